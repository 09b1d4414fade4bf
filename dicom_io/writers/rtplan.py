"""RTPLAN: prescription, one fraction group, static photon beams, patient setup, approval."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from dicom_io.errors import DicomValueError
from dicom_io.writers.header import (
    ObjectHeader,
    add_approval,
    decimal,
    decimals,
    finished,
    new_object,
    reference,
)

__all__ = ["BeamContent", "PlanContent", "plan_object"]


@dataclass(frozen=True, kw_only=True)
class BeamContent:
    """One static photon beam of rectangular shape.

    Attributes
    ----------
    name : str
    gantry_angle : float
        Degrees, IEC 61217, from 0 to below 360.
    jaw_x, jaw_y : (float, float)
        Jaw positions at the isocentre, mm.
    dose_gy : float
        Dose of one fraction at the isocentre, Gy.
    meterset_mu : float
        Monitor units of one fraction.
    energy_mv : float
        Nominal Beam Energy.
    """

    name: str
    gantry_angle: float
    jaw_x: tuple[float, float]
    jaw_y: tuple[float, float]
    dose_gy: float
    meterset_mu: float
    energy_mv: float

    def __post_init__(self) -> None:
        if not 0 <= self.gantry_angle < 360:
            raise DicomValueError(f"gantry angle {self.gantry_angle}: 0 to below 360 degrees is allowed")
        if not (self.dose_gy >= 0 and self.meterset_mu > 0):
            raise DicomValueError("a beam needs a dose of at least 0 Gy and monitor units above 0")


@dataclass(frozen=True, kw_only=True)
class PlanContent:
    """What a plan says.

    Attributes
    ----------
    label : str
        RT Plan Label, at most 16 characters.
    n_fractions : int
    prescription_gy : float
        Target prescription dose, all fractions, Gy.
    target_roi_number : int
        Structure that the prescription is for.
    structure_set_uid : str
    isocentre : (float, float, float)
        mm.
    patient_position : str
    beams : tuple of BeamContent
    date, time : str
        YYYYMMDD, HHMMSS.
    intent : str
        ``"CURATIVE"``, ``"PALLIATIVE"`` ...
    approval_status : str
        ``"APPROVED"``, ``"UNAPPROVED"`` or ``"REJECTED"``.
    reviewer : str
        DICOM person name of who approved or rejected it.
    """

    label: str
    n_fractions: int
    prescription_gy: float
    target_roi_number: int
    structure_set_uid: str
    isocentre: tuple[float, float, float]
    patient_position: str
    beams: tuple[BeamContent, ...]
    date: str
    time: str = "090000"
    intent: str = "CURATIVE"
    approval_status: str = "UNAPPROVED"
    reviewer: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.label) <= 16:
            raise DicomValueError(f"plan label {self.label!r}: 1 to 16 characters are allowed")
        if self.n_fractions < 1 or not self.prescription_gy > 0 or not self.beams:
            raise DicomValueError("a plan needs at least one fraction, a prescription above 0 Gy and beams")


def plan_object(content: PlanContent, *, header: ObjectHeader) -> Dataset:
    """Return the RTPLAN object of a plan.

    Parameters
    ----------
    content : PlanContent
    header : ObjectHeader

    Returns
    -------
    Dataset
        With a UID from its content.

    Examples
    --------
    >>> from dicom_io.writers import Patient, SeriesHeader, StudyHeader
    >>> header = ObjectHeader(patient=Patient(name="Phantom^Water", patient_id="W1"),
    ...     study=StudyHeader(study_instance_uid="2.25.1"), series=SeriesHeader(series_instance_uid="2.25.2"),
    ...     frame_of_reference_uid="2.25.3")
    >>> beam = BeamContent(name="AP", gantry_angle=0, jaw_x=(-50, 50), jaw_y=(-50, 50), dose_gy=1.8,
    ...     meterset_mu=200, energy_mv=6)
    >>> plan = plan_object(PlanContent(label="PELVIS", n_fractions=28, prescription_gy=50.4,
    ...     target_roi_number=1, structure_set_uid="2.25.5", isocentre=(0, 0, 0), patient_position="HFS",
    ...     beams=(beam,), date="20230424"), header=header)
    >>> int(plan.FractionGroupSequence[0].NumberOfFractionsPlanned)
    28
    """
    plan = new_object(header, sop_class_uid=RTPlanStorage, modality="RTPLAN")
    _add_general(plan, content)
    plan.DoseReferenceSequence = [_target(content)]
    plan.FractionGroupSequence = [_fraction_group(content)]
    plan.PatientSetupSequence = [_setup(content)]
    plan.BeamSequence = [_beam(beam, content, number=k) for k, beam in enumerate(content.beams, start=1)]
    plan.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, content.structure_set_uid)]
    add_approval(
        plan,
        status=content.approval_status,
        date=content.date,
        time=content.time,
        reviewer=content.reviewer,
    )
    return finished(plan)


def _add_general(plan: Dataset, content: PlanContent) -> None:
    plan.InstanceNumber = 1
    plan.RTPlanLabel = content.label
    plan.RTPlanName = content.label
    plan.RTPlanDate, plan.RTPlanTime = content.date, content.time
    plan.PlanIntent = content.intent
    plan.RTPlanGeometry = "PATIENT"


def _target(content: PlanContent) -> Dataset:
    target = Dataset()
    target.DoseReferenceNumber = 1
    target.ReferencedROINumber = content.target_roi_number
    target.DoseReferenceStructureType = "VOLUME"
    target.DoseReferenceDescription = "PTV"
    target.DoseReferenceType = "TARGET"
    target.DeliveryMaximumDose = decimal(1.1 * content.prescription_gy)
    target.TargetPrescriptionDose = decimal(content.prescription_gy)
    return target


def _fraction_group(content: PlanContent) -> Dataset:
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfFractionsPlanned = content.n_fractions
    group.NumberOfBeams = len(content.beams)
    group.NumberOfBrachyApplicationSetups = 0
    group.ReferencedBeamSequence = [
        _beam_of_group(beam, number=k) for k, beam in enumerate(content.beams, start=1)
    ]
    return group


def _beam_of_group(beam: BeamContent, *, number: int) -> Dataset:
    item = Dataset()
    item.ReferencedBeamNumber = number
    item.BeamDose = decimal(beam.dose_gy)
    item.BeamMeterset = decimal(beam.meterset_mu)
    return item


def _setup(content: PlanContent) -> Dataset:
    setup = Dataset()
    setup.PatientSetupNumber = 1
    setup.PatientPosition = content.patient_position
    setup.SetupTechnique = "ISOCENTRIC"
    return setup


def _beam(beam: BeamContent, content: PlanContent, *, number: int) -> Dataset:
    item = Dataset()
    item.BeamNumber = number
    item.BeamName = beam.name
    item.BeamType = "STATIC"
    item.RadiationType = "PHOTON"
    item.TreatmentDeliveryType = "TREATMENT"
    item.TreatmentMachineName = "PHANTOM"
    item.PrimaryDosimeterUnit = "MU"
    item.SourceAxisDistance = "1000"
    item.Manufacturer = "rtplan"
    item.ManufacturerModelName = "no machine"
    item.BeamLimitingDeviceSequence = [_jaws("ASYMX"), _jaws("ASYMY")]
    item.ReferencedPatientSetupNumber = 1
    item.NumberOfWedges = item.NumberOfCompensators = item.NumberOfBoli = item.NumberOfBlocks = 0
    item.FinalCumulativeMetersetWeight = "1"
    item.NumberOfControlPoints = 2
    item.ControlPointSequence = [_first_control_point(beam, content), _last_control_point()]
    return item


def _jaws(kind: str) -> Dataset:
    jaws = Dataset()
    jaws.RTBeamLimitingDeviceType = kind
    jaws.NumberOfLeafJawPairs = 1
    return jaws


def _jaw_positions(kind: str, positions: tuple[float, float]) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = kind
    item.LeafJawPositions = decimals(positions)
    return item


def _first_control_point(beam: BeamContent, content: PlanContent) -> Dataset:
    point = Dataset()
    point.ControlPointIndex = 0
    point.CumulativeMetersetWeight = "0"
    point.NominalBeamEnergy = decimal(beam.energy_mv)
    point.DoseRateSet = "600"
    point.BeamLimitingDevicePositionSequence = [
        _jaw_positions("ASYMX", beam.jaw_x),
        _jaw_positions("ASYMY", beam.jaw_y),
    ]
    point.GantryAngle = decimal(beam.gantry_angle)
    point.BeamLimitingDeviceAngle = point.PatientSupportAngle = point.TableTopEccentricAngle = "0"
    point.GantryRotationDirection = point.BeamLimitingDeviceRotationDirection = "NONE"
    point.PatientSupportRotationDirection = point.TableTopEccentricRotationDirection = "NONE"
    point.TableTopVerticalPosition = point.TableTopLongitudinalPosition = None
    point.TableTopLateralPosition = None
    point.IsocenterPosition = decimals(content.isocentre)
    return point


def _last_control_point() -> Dataset:
    point = Dataset()
    point.ControlPointIndex = 1
    point.CumulativeMetersetWeight = "1"
    return point
