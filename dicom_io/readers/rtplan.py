"""RT Plan and RT Ion Plan objects: fractions, prescription, beams, applicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydicom.dataset import Dataset

from dicom_io.errors import DicomValueError
from dicom_io.objects import Beam, FractionGroup, Plan, Prescription, ReferenceDose
from dicom_io.readers.dataset import (
    Origin,
    Source,
    check_class,
    code,
    date,
    integer,
    items,
    number,
    numbers,
    open_dataset,
    reading,
    referenced_uids,
    text,
    uid,
)

__all__ = ["RT_PLAN", "prescriptions", "read_plan"]

RT_PLAN = {
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.8": "RTPLAN",
}
"""RT Plan (external beam and brachytherapy) and RT Ion Plan."""


def read_plan(source: Source) -> Plan:
    """Return what one RT Plan or RT Ion Plan says about fractions, prescription and beams.

    Parameters
    ----------
    source : path, bytes or Dataset

    Returns
    -------
    Plan
        What the plan does not say is None or empty, never filled in.

    Raises
    ------
    DicomReadError
        Not a plan, or damaged.
    """
    with reading("RT Plan") as oddities:
        dataset, origin = open_dataset(source)
        check_class(dataset, RT_PLAN, what="an RT Plan")
        plan = _plan(dataset, origin)
        findings = (*_findings(plan), *oddities)
    return replace(plan, findings=findings)


def _plan(dataset: Dataset, origin: Origin) -> Plan:
    beams = (*items(dataset, "BeamSequence"), *items(dataset, "IonBeamSequence"))
    setups = items(dataset, "ApplicationSetupSequence")
    brachy = bool(setups) or bool(code(dataset, "BrachyTreatmentType"))
    radiations = [code(beam, "RadiationType") for beam in beams]
    sources = items(dataset, "SourceSequence") if brachy else ()
    positions = [code(setup, "PatientPosition") for setup in items(dataset, "PatientSetupSequence")]
    return Plan(
        label=text(dataset, "RTPlanLabel"),
        sop_instance_uid=uid(dataset, "SOPInstanceUID"),
        frame_of_reference_uid=uid(dataset, "FrameOfReferenceUID"),
        structure_set_uid=(referenced_uids(dataset, "ReferencedStructureSetSequence") or ("",))[0],
        fraction_groups=_fraction_groups(dataset, beams),
        prescriptions=prescriptions(dataset),
        radiation_types=_once([*radiations, *(text(source, "SourceIsotopeName") for source in sources)]),
        approval_status=code(dataset, "ApprovalStatus"),
        intent=code(dataset, "PlanIntent"),
        date=date(dataset, "RTPlanDate"),
        patient_positions=_once(positions),
        is_brachytherapy=brachy,
        brachy_type=code(dataset, "BrachyTreatmentType"),
        beams=tuple(_beam(beam) for beam in beams),
        source_sha256=origin.sha256,
        source_data_set_sha256=origin.data_set_sha256,
    )


def _once(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _beam(item: Dataset) -> Beam:
    return Beam(
        number=integer(item, "BeamNumber"),
        name=text(item, "BeamName"),
        radiation_type=code(item, "RadiationType"),
        delivery_type=code(item, "TreatmentDeliveryType"),
    )


def _fraction_groups(dataset: Dataset, beams: tuple[Dataset, ...]) -> tuple[FractionGroup, ...]:
    coefficients = {
        number: _coefficients(beam) for beam in beams if (number := integer(beam, "BeamNumber")) is not None
    }
    treating = {beam.number for beam in map(_beam, beams) if beam.treats}
    return tuple(
        _fraction_group(item, {n: found for n, found in coefficients.items() if n in treating})
        for item in items(dataset, "FractionGroupSequence")
    )


def _coefficients(beam: Dataset) -> dict[int, float | None]:
    """Return the part of the beam's dose that each dose reference gets, by its last control point."""
    found: dict[int, float | None] = {}
    for point in (*items(beam, "ControlPointSequence"), *items(beam, "IonControlPointSequence")):
        for reference in items(point, "ReferencedDoseReferenceSequence"):
            named = integer(reference, "ReferencedDoseReferenceNumber")
            if named is not None:
                found[named] = number(reference, "CumulativeDoseReferenceCoefficient")
    return found


def _reference_doses(
    beam_doses: Mapping[int, float | None], coefficients: Mapping[int, Mapping[int, float | None]]
) -> tuple[ReferenceDose, ...]:
    """Return the dose per fraction of each dose reference that a beam names."""
    treating = [beam for beam in beam_doses if beam in coefficients]
    found = []
    for reference in sorted({named for beam in treating for named in coefficients[beam]}):
        parts = {beam: _product(beam_doses[beam], coefficients[beam].get(reference)) for beam in treating}
        without = tuple(beam for beam, part in parts.items() if part is None)
        told = [part for part in parts.values() if part is not None]
        found.append(
            ReferenceDose(
                reference_number=reference,
                dose_gy=None if without else sum(told),
                beam_numbers_without=without,
            )
        )
    return tuple(found)


def _product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


_LARGEST_PRESCRIPTION_GY = 10_000.0
"""Above every treatment, also where the file holds cGy by mistake: that is found beside the dose."""


def _prescribed(item: Dataset) -> float | None:
    prescribed = number(item, "TargetPrescriptionDose")
    if prescribed is not None and not 0 <= prescribed <= _LARGEST_PRESCRIPTION_GY:
        raise DicomValueError(
            f"TargetPrescriptionDose is {prescribed:g}: 0 to {_LARGEST_PRESCRIPTION_GY:g} Gy is allowed"
        )
    return prescribed


def _fraction_group(item: Dataset, coefficients: Mapping[int, Mapping[int, float | None]]) -> FractionGroup:
    beams = items(item, "ReferencedBeamSequence")
    setups = items(item, "ReferencedBrachyApplicationSetupSequence")
    planned = integer(item, "NumberOfFractionsPlanned")
    if planned is not None and planned < 0:
        raise DicomValueError(f"NumberOfFractionsPlanned is {planned}: a course has at least 1 fraction")
    doses = {integer(beam, "ReferencedBeamNumber") or 0: number(beam, "BeamDose") for beam in beams}
    named = (
        integer(reference, "ReferencedDoseReferenceNumber")
        for reference in items(item, "ReferencedDoseReferenceSequence")
    )
    return FractionGroup(
        number=integer(item, "FractionGroupNumber") or 0,
        n_fractions_planned=planned if planned else None,
        beam_dose_points_mm=tuple(_point(beam, "BeamDoseSpecificationPoint") for beam in beams),
        beam_numbers=tuple(integer(beam, "ReferencedBeamNumber") or 0 for beam in beams),
        beam_doses_gy=tuple(number(beam, "BeamDose") for beam in beams),
        application_setup_numbers=tuple(
            integer(setup, "ReferencedBrachyApplicationSetupNumber") or 0 for setup in setups
        ),
        application_setup_doses_gy=tuple(number(setup, "BrachyApplicationSetupDose") for setup in setups),
        dose_reference_numbers=tuple(one for one in named if one is not None),
        reference_doses=_reference_doses(doses, coefficients),
    )


def prescriptions(dataset: Dataset) -> tuple[Prescription, ...]:
    """Return the dose references of an opened plan. To be called within `reading`."""
    return tuple(
        Prescription(
            structure_type=code(item, "DoseReferenceStructureType"),
            reference_type=code(item, "DoseReferenceType"),
            description=text(item, "DoseReferenceDescription"),
            target_prescription_gy=_prescribed(item),
            organ_at_risk_maximum_gy=number(item, "OrganAtRiskMaximumDose"),
            delivery_maximum_gy=number(item, "DeliveryMaximumDose"),
            referenced_roi_number=integer(item, "ReferencedROINumber"),
            number=integer(item, "DoseReferenceNumber"),
            point_mm=_point(item, "DoseReferencePointCoordinates"),
        )
        for item in items(dataset, "DoseReferenceSequence")
    )


def _point(item: Dataset, keyword: str) -> tuple[float, float, float] | None:
    """Return the coordinates of a point; None where there are none."""
    found = numbers(item, keyword)
    return (float(found[0]), float(found[1]), float(found[2])) if found.size == 3 else None


def _findings(plan: Plan) -> tuple[str, ...]:
    findings = []
    if not plan.fraction_groups:
        findings.append("the plan has no fraction group: the number of fractions is not known")
    for group in plan.delivering_groups:
        if group.n_fractions_planned is None:
            findings.append(f"fraction group {group.number} does not say how many fractions are planned")
    if len(plan.delivering_groups) > 1:
        told = ", ".join(str(group.n_fractions_planned or "?") for group in plan.delivering_groups)
        findings.append(f"the plan has {len(plan.delivering_groups)} fraction groups, of {told} fractions")
    idle = [str(group.number) for group in plan.fraction_groups if group not in plan.delivering_groups]
    if idle:
        findings.append(f"fraction group {', '.join(idle)} has no beam and adds nothing")
    if plan.prescription_gy is None:
        findings.append("the plan states no target prescription dose" + _elsewhere(plan.prescriptions))
    if not plan.structure_set_uid:
        findings.append("the plan refers to no structure set")
    return tuple(findings)


def _elsewhere(references: tuple[Prescription, ...]) -> str:
    """Say where doses stand that may be meant as a prescription but are not stated as one."""
    count = sum(
        reference.delivery_maximum_gy is not None or reference.organ_at_risk_maximum_gy is not None
        for reference in references
    )
    if not count:
        return ""
    return (
        f"; {count} of its dose references hold a maximum for an organ or a point, which is not taken for one"
    )
