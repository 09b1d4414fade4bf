"""Dose-volume histograms of a folder, beside what others say of the same objects where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from dicom_io.comparison import (
    Beside,
    beside,
    cross_check,
    export_of_structures,
    known_limits,
    stored_of_structures,
)
from dicom_io.dvh import DVH, DVHExport, Metric, StoredDVH, compute_dvhs
from dicom_io.objects import DoseGrid, GridField, Plan, Structure, StructureSet
from dicom_io.readers import EffectiveGrid, read_dvh_text, read_stored_dvhs
from dicom_io.study import DoseEntry, Study, TreatmentSet, load_study
from rtplan.errors import RtplanLookupError
from rtplan.limits import Clinic, read_clinic_file
from rtplan.structures.chosen import FolderChoice, structures_named
from rtplan.structures.clinic_metrics import NO_CLINIC, ClinicMetrics, metrics_of_clinic

__all__ = ["DEFAULT_METRICS", "IN_DOSE_FILE", "DvhQuestion", "FolderDvhs", "dvhs_of_folder"]

DEFAULT_METRICS: Final[tuple[str, ...]] = ("D0.03cc[Gy]", "D50%[Gy]", "D95%[Gy]")
"""Shown when no metric is asked for: near-maximum, median and near-minimum coverage."""

IN_DOSE_FILE: Final = "(the dose file)"
"""Stands for the DVHs that the dose file stores; no file can be called so."""

_IONS: Final = ("PROTON", "ION")
"""RadiationType of plans whose EFFECTIVE dose is weighted by RBE."""

_CROSS_CHECK_TIMEOUT_S: Final = 1800.0
"""dicompyler-core takes about a minute for a large plan."""


@dataclass(frozen=True, kw_only=True)
class DvhQuestion(FolderChoice):
    """Which DVHs of which folder, and what to put beside them.

    Attributes
    ----------
    structures : sequence of str
        Names; all structures when empty.
    metrics : sequence of str
        Such as ``"D0.03cc[Gy]"``.
    end_caps : str
        What lies between and beyond the drawn planes, one of `dicom_io.contours.END_CAPS`.
    stored : str or None
        `IN_DOSE_FILE`, or a DVH text export of a planning system, to be shown beside ours.
    with_cross_check : bool
        Compute all with dicompyler-core too.
    clinic : Path or None
        A clinic's file: which organ each structure is by its names, and the metrics of its own limits.
    """

    structures: Sequence[str] = ()
    metrics: Sequence[str] = DEFAULT_METRICS
    end_caps: str = "half"
    stored: str | None = None
    with_cross_check: bool = False
    clinic: Path | None = None
    parsed_metrics: tuple[Metric, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parsed_metrics", tuple(Metric.parse(text) for text in self.metrics))


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderDvhs:
    """The DVHs of a folder.

    Attributes
    ----------
    question : DvhQuestion
    treatment : TreatmentSet
        The objects that they are of.
    structures : tuple of Structure
        In file order.
    dvhs : mapping of int to DVH
        By structure number.
    others : mapping of str to mapping of int to Beside
        What others say: ``"stored"``, ``"cross_check"``, by structure number.
    findings : tuple of str
    effective : EffectiveGrid or None
        The dose where it is EFFECTIVE: shown as the file states it, never converted.
    clinic : ClinicMetrics
        What a clinic's file says of the structures.
    clinic_sha256 : str or None
        Of the clinic's file.
    """

    question: DvhQuestion
    treatment: TreatmentSet
    structures: tuple[Structure, ...]
    dvhs: Mapping[int, DVH]
    others: Mapping[str, Mapping[int, Beside]]
    findings: tuple[str, ...]
    effective: EffectiveGrid | None = None
    clinic: ClinicMetrics = NO_CLINIC
    clinic_sha256: str | None = None

    @property
    def dose(self) -> DoseGrid | EffectiveGrid:
        """The dose that the DVHs are of."""
        return _dose_of(self.treatment) if self.effective is None else self.effective

    @property
    def quantity(self) -> str:
        """What the values are: of an EFFECTIVE dose no more than its file states."""
        return (
            "physical dose, Gy"
            if self.effective is None
            else quantity_of(self.effective, self.treatment.plan)
        )

    @property
    def prescription_gy(self) -> float | None:
        """What the plan prescribes; None without a plan."""
        return self.treatment.plan.prescription_gy if self.treatment.plan else None


def dvhs_of_folder(question: DvhQuestion, *, progress: Callable[[str], None] = lambda _: None) -> FolderDvhs:
    """Compute the DVHs of a folder.

    Parameters
    ----------
    question : DvhQuestion
    progress : callable
        Is told what is being done.

    Returns
    -------
    FolderDvhs

    Raises
    ------
    DicomIoError
        The folder, an object or a structure is not there, is ambiguous or contradicts another; a metric is
        not understood.
    RtplanLookupError
        Another source is asked for and the dose is the sum of several files.
    """
    clinic = None if question.clinic is None else read_clinic_file(question.clinic)
    progress("reading the folder")
    study, treatment, effective = _loaded(question)
    of_clinic = _of_clinic(clinic, treatment, effective)
    structures = structures_named(_structure_set_of(treatment), question.structures)
    progress(f"computing {len(structures)} DVHs")
    dvhs = compute_dvhs(structures, _field_of(treatment, effective), end_caps=question.end_caps)
    stored, findings = _stored(question, study, treatment, progress)
    sources = stored | _cross_checked(question, study, treatment, structures, progress)
    answer = FolderDvhs(
        question=question,
        treatment=treatment,
        structures=structures,
        dvhs=dvhs,
        others={},
        effective=effective,
        clinic=of_clinic,
        clinic_sha256=None if clinic is None else clinic.sha256,
        findings=tuple(
            dict.fromkeys(
                [
                    *of_clinic.findings,
                    *_of_effective(effective),
                    *treatment.findings,
                    *findings,
                    *(f for s in structures for f in dvhs[s.number].findings),
                ]
            )
        ),
    )
    return _with_others(answer, sources)


def _of_clinic(
    clinic: Clinic | None, treatment: TreatmentSet, effective: EffectiveGrid | None
) -> ClinicMetrics:
    """Return what the clinic's file adds; limits of a physical dose add nothing to another one."""
    if clinic is None:
        return NO_CLINIC
    found = metrics_of_clinic(clinic, _structure_set_of(treatment).structures)
    if effective is None:
        return found
    organs = {number: replace(organ, metrics=()) for number, organ in found.organs.items()}
    said = "clinic file: its limits speak of physical dose: their metrics of an EFFECTIVE dose are not shown"
    return ClinicMetrics(organs=organs, findings=(*found.findings, said))


def _loaded(question: DvhQuestion) -> tuple[Study, TreatmentSet, EffectiveGrid | None]:
    """Return the folder and the objects that are meant, with the dose where it is EFFECTIVE."""
    study = load_study(question.folder)
    entry = _effective_entry(study, question.dose)
    if entry is None:
        return (*question.load(), None)
    if question.stored is not None or question.with_cross_check:
        raise RtplanLookupError("the dose is EFFECTIVE: nothing is put beside its DVHs")
    plan = question.plan
    treatment = study.select(plan=plan, structure_set=question.structure_set, require=("structures",))
    said = tuple(text for text in treatment.findings if not text.startswith("the dose is not used"))
    return study, replace(treatment, findings=said), entry.effective_dose


def _effective_entry(study: Study, wanted: str | None) -> DoseEntry | None:
    """Return the one EFFECTIVE dose that is asked for, or the only dose of a folder."""
    doses = [entry for entry in study.doses if entry.header.has_grid]
    if wanted is not None:
        doses = [e for e in doses if wanted == e.label or e.sop_instance_uid.endswith(wanted.lstrip("…"))]
    if len(doses) != 1 or doses[0].header.dose_type != "EFFECTIVE":
        return None
    return doses[0]


def _field_of(treatment: TreatmentSet, effective: EffectiveGrid | None) -> GridField:
    if effective is None:
        return GridField.of(_dose_of(treatment))
    return GridField(
        geometry=effective.geometry,
        values=effective.values,
        frame_of_reference_uid=effective.frame_of_reference_uid,
    )


def _of_effective(effective: EffectiveGrid | None) -> tuple[str, ...]:
    if effective is None:
        return ()
    return ("the dose is EFFECTIVE: its values are shown as the file states them and are never converted",)


def quantity_of(effective: EffectiveGrid, plan: Plan | None) -> str:
    """Return what the values of an EFFECTIVE dose are, as far as its file or an ion plan says.

    Parameters
    ----------
    effective : EffectiveGrid
    plan : Plan or None
        Gy(RBE) is said of plans of ions, and where the file says it.
    """
    said = " ".join((effective.comment, effective.derivation_description, effective.image_comments))
    if "EQD2" in said.upper():
        return "EQD2, Gy, as the file states"
    of_ions = plan is not None and any(kind in _IONS for kind in plan.radiation_types)
    if of_ions or "RBE" in said.upper():
        return "Gy(RBE), as the file states"
    return "effective dose, Gy, as the file states"


_Source = tuple[str, Mapping[int, StoredDVH]]
"""Who says so, and what by structure number."""


def _with_others(answer: FolderDvhs, sources: Mapping[str, _Source]) -> FolderDvhs:
    """Return the answer with each source beside it."""
    others = {}
    for key, (source, theirs) in sources.items():
        others[key] = {
            s.number: beside(
                answer.dvhs[s.number],
                theirs.get(s.number),
                answer.question.parsed_metrics,
                prescription_gy=answer.prescription_gy,
                source=source,
                findings=known_limits(s, answer.dvhs[s.number], answer.dose.geometry)
                if key == "cross_check"
                else (),
            )
            for s in answer.structures
        }
    return replace(answer, others=others)


def _stored(
    question: DvhQuestion, study: Study, treatment: TreatmentSet, progress: Callable[[str], None]
) -> tuple[dict[str, _Source], Sequence[str]]:
    """Return stored DVHs, from the dose file or from a text export, and what is odd about them."""
    if question.stored is None:
        return {}, ()
    progress("reading stored DVHs")
    names = {structure.number: structure.name for structure in _structure_set_of(treatment).structures}
    if question.stored == IN_DOSE_FILE:
        stored = read_stored_dvhs(_one_dose_file(study, treatment, "stored DVHs"), names=names)
        findings = () if stored else ("the dose file stores no DVHs",)
        return {"stored": ("the dose file", stored_of_structures(stored))}, findings
    plan = treatment.plan.label if treatment.plan else None
    export = read_dvh_text(question.stored)
    exported, odd = export_of_structures(export, names, plan=plan)
    return {"stored": ("the DVH export", exported)}, (*odd, *_whose(export, treatment))


def _whose(export: DVHExport, treatment: TreatmentSet) -> tuple[str, ...]:
    """Ask where a DVH export and the objects state two patients; shows neither."""
    differing = " and ".join(treatment.patient.differences(export.patient))
    return (
        (f"the DVH export is not this patient's: {differing} differ from the objects'",) if differing else ()
    )


def _cross_checked(
    question: DvhQuestion,
    study: Study,
    treatment: TreatmentSet,
    structures: Sequence[Structure],
    progress: Callable[[str], None],
) -> dict[str, _Source]:
    """Return what dicompyler-core computes from the same two files."""
    if not question.with_cross_check:
        return {}
    progress("computing all with dicompyler-core")
    uid = _structure_set_of(treatment).sop_instance_uid
    drawn = next(entry for entry in study.structure_sets if entry.sop_instance_uid == uid)
    dose = _one_dose_file(study, treatment, "a cross-check")
    other = cross_check(drawn.file.content(), dose, structures, timeout_s=_CROSS_CHECK_TIMEOUT_S)
    return {"cross_check": (other.engine, other.dvhs)}


def _one_dose_file(study: Study, treatment: TreatmentSet, what: str) -> bytes:
    """Return the bytes of the one dose file; refuse where the dose is the sum of several."""
    uids = _dose_of(treatment).sop_instance_uids
    if len(uids) != 1:
        raise RtplanLookupError(f"the dose is the sum of {len(uids)} files: {what} can be had for one only")
    return next(entry for entry in study.doses if entry.sop_instance_uid == uids[0]).file.content()


def _dose_of(treatment: TreatmentSet) -> DoseGrid:
    assert treatment.dose is not None
    return treatment.dose


def _structure_set_of(treatment: TreatmentSet) -> StructureSet:
    assert treatment.structure_set is not None
    return treatment.structure_set
