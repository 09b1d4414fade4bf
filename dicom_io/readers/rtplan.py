"""RT Plan and RT Ion Plan objects: fractions, prescription, beams, applicators."""

from __future__ import annotations

from dataclasses import replace

from pydicom.dataset import Dataset

from dicom_io.plan import Beam, FractionGroup, Plan, Prescription
from dicom_io.readers.dataset import (
    Source,
    check_class,
    code,
    date,
    integer,
    items,
    number,
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
        dataset, sha256 = open_dataset(source)
        check_class(dataset, RT_PLAN, what="an RT Plan")
        plan = _plan(dataset, sha256)
        findings = (*_findings(plan), *oddities)
    return replace(plan, findings=findings)


def _plan(dataset: Dataset, sha256: str) -> Plan:
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
        fraction_groups=tuple(_fraction_group(item) for item in items(dataset, "FractionGroupSequence")),
        prescriptions=prescriptions(dataset),
        radiation_types=_once([*radiations, *(text(source, "SourceIsotopeName") for source in sources)]),
        approval_status=code(dataset, "ApprovalStatus"),
        intent=code(dataset, "PlanIntent"),
        date=date(dataset, "RTPlanDate"),
        patient_positions=_once(positions),
        is_brachytherapy=brachy,
        brachy_type=code(dataset, "BrachyTreatmentType"),
        beams=tuple(_beam(beam) for beam in beams),
        source_sha256=sha256,
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


def _fraction_group(item: Dataset) -> FractionGroup:
    beams = items(item, "ReferencedBeamSequence")
    setups = items(item, "ReferencedBrachyApplicationSetupSequence")
    planned = integer(item, "NumberOfFractionsPlanned")
    return FractionGroup(
        number=integer(item, "FractionGroupNumber") or 0,
        n_fractions_planned=planned if planned else None,
        beam_numbers=tuple(integer(beam, "ReferencedBeamNumber") or 0 for beam in beams),
        beam_doses_gy=tuple(number(beam, "BeamDose") for beam in beams),
        application_setup_numbers=tuple(
            integer(setup, "ReferencedBrachyApplicationSetupNumber") or 0 for setup in setups
        ),
        application_setup_doses_gy=tuple(number(setup, "BrachyApplicationSetupDose") for setup in setups),
    )


def prescriptions(dataset: Dataset) -> tuple[Prescription, ...]:
    """Return the dose references of an opened plan. To be called within `reading`."""
    return tuple(
        Prescription(
            structure_type=code(item, "DoseReferenceStructureType"),
            reference_type=code(item, "DoseReferenceType"),
            description=text(item, "DoseReferenceDescription"),
            target_prescription_gy=number(item, "TargetPrescriptionDose"),
            organ_at_risk_maximum_gy=number(item, "OrganAtRiskMaximumDose"),
            delivery_maximum_gy=number(item, "DeliveryMaximumDose"),
            referenced_roi_number=integer(item, "ReferencedROINumber"),
        )
        for item in items(dataset, "DoseReferenceSequence")
    )


def _findings(plan: Plan) -> tuple[str, ...]:
    findings = []
    if not plan.fraction_groups:
        findings.append("the plan has no fraction group: the number of fractions is not known")
    for group in plan.fraction_groups:
        if group.n_fractions_planned is None:
            findings.append(f"fraction group {group.number} does not say how many fractions are planned")
    if len(plan.fraction_groups) > 1:
        told = ", ".join(str(group.n_fractions_planned or "?") for group in plan.fraction_groups)
        findings.append(f"the plan has {len(plan.fraction_groups)} fraction groups, of {told} fractions")
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
