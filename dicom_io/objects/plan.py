"""What a plan says about fractions, prescription and beams."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Beam", "FractionGroup", "Plan", "Prescription", "ReferenceDose"]


@dataclass(frozen=True, kw_only=True)
class Prescription:
    """One dose reference of the plan.

    Attributes
    ----------
    structure_type : str
        DoseReferenceStructureType, such as ``"SITE"`` or ``"VOLUME"``.
    reference_type : str
        DoseReferenceType, ``"TARGET"`` or ``"ORGAN_AT_RISK"``.
    description : str
    target_prescription_gy : float or None
        TargetPrescriptionDose, Gy.
    referenced_roi_number : int or None
    organ_at_risk_maximum_gy : float or None
        OrganAtRiskMaximumDose, Gy: a limit, never taken for a prescription.
    delivery_maximum_gy : float or None
        DeliveryMaximumDose, Gy: the most that may be delivered, never taken for a prescription.
    number : int or None
        DoseReferenceNumber, by which fraction groups and beams name it.
    point_mm : tuple of float, or None
        DoseReferencePointCoordinates, mm (LPS), of a reference that is a point.
    """

    structure_type: str
    reference_type: str
    description: str = field(repr=False)
    target_prescription_gy: float | None
    referenced_roi_number: int | None
    organ_at_risk_maximum_gy: float | None = None
    delivery_maximum_gy: float | None = None
    number: int | None = None
    point_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceDose:
    """What the beams of a fraction group give to one dose reference in each fraction.

    Attributes
    ----------
    reference_number : int
        DoseReferenceNumber.
    dose_gy : float or None
        Sum over the beams of BeamDose times the last CumulativeDoseReferenceCoefficient, Gy per fraction;
        None when a treating beam states one of the two only or neither: its part is unknown, not 0.
    beam_numbers_without : tuple of int
        Treating beams of the group whose part is unknown.
    """

    reference_number: int
    dose_gy: float | None
    beam_numbers_without: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Beam:
    """One beam of the plan.

    Attributes
    ----------
    number : int or None
    name : str
    radiation_type : str
        ``"PHOTON"``, ``"ELECTRON"``, ``"PROTON"``, ``"ION"`` ... or empty.
    delivery_type : str
        TreatmentDeliveryType: ``"TREATMENT"``, ``"SETUP"`` ... or empty.
    """

    number: int | None
    name: str
    radiation_type: str
    delivery_type: str

    @property
    def treats(self) -> bool:
        """Whether the beam delivers treatment dose; one that does not say is taken to."""
        return self.delivery_type in ("TREATMENT", "CONTINUATION", "")


@dataclass(frozen=True, kw_only=True)
class FractionGroup:
    """One fraction group of the plan.

    Attributes
    ----------
    number : int
    n_fractions_planned : int or None
        None when the plan does not say: it is never guessed.
    beam_numbers : tuple of int
    beam_doses_gy : tuple of float or None
        BeamDose per fraction of each beam, Gy, in the order of `beam_numbers`; None where not given.
    beam_dose_points_mm : tuple of tuple of float, or None
        BeamDoseSpecificationPoint of each beam, mm (LPS), in the order of `beam_numbers`; None where not
        given.
    application_setup_numbers : tuple of int
        Brachytherapy application setups.
    application_setup_doses_gy : tuple of float or None
        Dose of each application setup, Gy, in the order of `application_setup_numbers`.
    dose_reference_numbers : tuple of int
        Dose references that the group itself names.
    reference_doses : tuple of ReferenceDose
        Dose per fraction of each dose reference that a beam of the group names.
    """

    number: int
    n_fractions_planned: int | None
    beam_numbers: tuple[int, ...]
    beam_doses_gy: tuple[float | None, ...]
    application_setup_numbers: tuple[int, ...] = ()
    application_setup_doses_gy: tuple[float | None, ...] = ()
    dose_reference_numbers: tuple[int, ...] = ()
    reference_doses: tuple[ReferenceDose, ...] = ()
    beam_dose_points_mm: tuple[tuple[float, float, float] | None, ...] = ()

    @property
    def delivers(self) -> bool:
        """Whether it names any beam or application setup."""
        return bool(self.beam_numbers or self.application_setup_numbers)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One RTPLAN or RT Ion Plan object, as far as dose and fractions go.

    Attributes
    ----------
    label : str
    sop_instance_uid : str
    frame_of_reference_uid : str
        Empty when the plan does not say.
    structure_set_uid : str
        Empty when the plan refers to none.
    fraction_groups : tuple of FractionGroup
    prescriptions : tuple of Prescription
    radiation_types : tuple of str
        Of the beams that the plan holds, each once: ``"PHOTON"``, ``"PROTON"`` ...
    approval_status : str
    intent : str
    date : str
        RTPlanDate (YYYYMMDD) or empty.
    patient_positions : tuple of str
        Of the patient setups, each once.
    is_brachytherapy : bool
    brachy_type : str
        BrachyTreatmentType: ``"HDR"``, ``"LDR"``, ``"PDR"``, ``"MANUAL"`` ... or empty.
    beams : tuple of Beam
        In file order; fraction groups name them by number.
    source_sha256, source_data_set_sha256 : str
        Of the file, and of the data set in it, whatever file and transfer syntax it came in.
    findings : tuple of str
    """

    label: str
    sop_instance_uid: str
    frame_of_reference_uid: str
    structure_set_uid: str
    fraction_groups: tuple[FractionGroup, ...]
    prescriptions: tuple[Prescription, ...]
    radiation_types: tuple[str, ...]
    approval_status: str
    intent: str
    date: str
    patient_positions: tuple[str, ...] = ()
    is_brachytherapy: bool = False
    brachy_type: str = ""
    beams: tuple[Beam, ...] = ()
    source_sha256: str = ""
    source_data_set_sha256: str = ""
    findings: tuple[str, ...] = ()

    @property
    def delivering_groups(self) -> tuple[FractionGroup, ...]:
        """The fraction groups that add dose: those with beams or setups; all where none names any."""
        delivering = tuple(group for group in self.fraction_groups if group.delivers)
        return delivering or self.fraction_groups

    @property
    def n_fractions(self) -> int | None:
        """The number of fractions when one fraction group states it; None otherwise, never a guess."""
        if len(self.delivering_groups) != 1:
            return None
        return self.delivering_groups[0].n_fractions_planned

    @property
    def prescription_gy(self) -> float | None:
        """The largest target prescription dose, Gy; None where the plan states none."""
        doses = [p.target_prescription_gy for p in self.prescriptions if p.target_prescription_gy is not None]
        return max(doses, default=None)
