"""Which objects of a study belong together: by reference, else by frame of reference, else asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dicom_io.errors import (
    AmbiguousStudyError,
    ContradictionError,
    DicomIoError,
    DicomValueError,
    MissingObjectError,
)
from dicom_io.study.dose_sets import DoseSet, dose_set
from dicom_io.study.entries import (
    DoseEntry,
    Entry,
    ImageSeries,
    PlanEntry,
    RegistrationEntry,
    StructureSetEntry,
    TreatmentRecordEntry,
)

__all__ = ["Indexed", "Links", "images_of", "link"]

AnEntry = TypeVar("AnEntry", bound=Entry)

_SHORTEST_TAIL = 3
"""Characters of the end of a UID that call an object: labels show four, without a leading dot."""


class Indexed(Protocol):
    """A study's lists of entries."""

    @property
    def plans(self) -> tuple[PlanEntry, ...]:
        """Plans."""
        ...

    @property
    def structure_sets(self) -> tuple[StructureSetEntry, ...]:
        """Structure sets."""
        ...

    @property
    def doses(self) -> tuple[DoseEntry, ...]:
        """Doses."""
        ...

    @property
    def images(self) -> tuple[ImageSeries, ...]:
        """Image series."""
        ...

    @property
    def registrations(self) -> tuple[RegistrationEntry, ...]:
        """Spatial registrations."""
        ...

    @property
    def treatment_records(self) -> tuple[TreatmentRecordEntry, ...]:
        """Treatment records."""
        ...

    @property
    def findings(self) -> tuple[str, ...]:
        """What is odd about the folder."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Links:
    """The entries that belong together.

    Attributes
    ----------
    plan : PlanEntry or None
    doses : DoseSet or None
    structure_set : StructureSetEntry or None
    findings : tuple of str
        How they were linked, where that is worth saying.
    """

    plan: PlanEntry | None
    doses: DoseSet | None
    structure_set: StructureSetEntry | None
    findings: tuple[str, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them: plan, structures, doses."""
        dose_entries = self.doses.entries if self.doses else ()
        return tuple(entry for entry in (self.plan, self.structure_set, *dose_entries) if entry is not None)


def link(
    study: Indexed,
    *,
    plan: str | None,
    dose: str | None,
    structure_set: str | None,
    needs_dose: bool = True,
) -> Links:
    """Return the objects that belong together.

    Parameters
    ----------
    study : Indexed
    plan, dose, structure_set : str or None
        What is asked for by name.
    needs_dose : bool
        Whether doses that fit nothing are refused; else they are left out and said.
    """
    findings: list[str] = []
    chosen_dose = _named(study.doses, dose, "dose") if dose else None
    plan_entry = _plan(study, plan, chosen_dose, findings)
    try:
        doses = _doses(study, plan_entry, chosen_dose, findings)
    except DicomIoError as error:
        if needs_dose or dose:
            raise
        doses = None
        findings.append(f"the dose is not used: {error}")
    if structure_set:
        structures: StructureSetEntry | None = _named(study.structure_sets, structure_set, "structure set")
    else:
        structures = _structures(study, plan_entry, doses, findings)
    return Links(plan=plan_entry, doses=doses, structure_set=structures, findings=tuple(findings))


def _named(entries: Sequence[AnEntry], wanted: str, what: str) -> AnEntry:
    """Return the one entry that is called so."""
    fits = [entry for entry in entries if _is_called(entry, wanted)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise AmbiguousStudyError(f"{len(fits)} {what}s are called so; choose one of: {_labels(fits)}")
    raise MissingObjectError(
        f"no {what} is called {wanted!r}; there are: {_labels(entries) or 'none'}", where=wanted
    )


def _is_called(entry: Entry, wanted: str) -> bool:
    uid = entry.sop_instance_uid
    if wanted in (uid, entry.label) or (isinstance(entry, PlanEntry) and wanted == entry.plan_label):
        return True
    tail = wanted.lstrip("…")
    if len(tail) >= _SHORTEST_TAIL and uid.endswith(tail):
        return True
    is_hex = len(wanted) >= 6 and set(wanted.lower()) <= set("0123456789abcdef")
    return is_hex and entry.sha256.startswith(wanted.lower())


def _labels(entries: Sequence[Entry]) -> str:
    return "; ".join(entry.label for entry in entries)


def _plan(
    study: Indexed, wanted: str | None, dose: DoseEntry | None, findings: list[str]
) -> PlanEntry | None:
    """Return the plan that is asked for, the dose's, or the only one."""
    if wanted:
        return _named(study.plans, wanted, "plan")
    if dose:
        return _plan_of_dose(study, dose, findings)
    if len(study.plans) > 1:
        referred = {uid for entry in study.doses for uid in entry.header.plan_uids}
        told = "; ".join(
            entry.label + ("" if entry.sop_instance_uid in referred else " (no dose here)")
            for entry in study.plans
        )
        raise AmbiguousStudyError(f"{len(study.plans)} plans; choose one of: {told}")
    return study.plans[0] if study.plans else None


def _plan_of_dose(study: Indexed, dose: DoseEntry, findings: list[str]) -> PlanEntry | None:
    fits = [entry for entry in study.plans if entry.sop_instance_uid in dose.header.plan_uids]
    if len(fits) > 1:
        findings.append(f"the dose refers to {len(fits)} plans of the folder")
    return fits[0] if len(fits) == 1 else None


def _doses(
    study: Indexed, plan: PlanEntry | None, chosen: DoseEntry | None, findings: list[str]
) -> DoseSet | None:
    """Return the doses of the plan, of the only plan that is referred to, or the one asked for."""
    if chosen:
        return _chosen_dose(chosen, plan)
    if not study.doses:
        return None
    of_plan = _doses_of_plan(study.doses, plan, findings) if plan else _doses_without_plan(study.doses)
    if not of_plan:
        return None
    if plan is None and any(entry.header.plan_uids for entry in of_plan):
        findings.append("the plan that the dose refers to is not among the files")
    found = dose_set(of_plan, plan.plan if plan else None)
    findings.extend(found.findings)
    return found


def _chosen_dose(chosen: DoseEntry, plan: PlanEntry | None) -> DoseSet:
    header = chosen.header
    if "SESSION" in header.summation_type or header.summation_type == "CONTROL_POINT":
        raise DicomValueError(
            f"the dose chosen is that of a part of one fraction ({header.summation_type}), not of a course"
        )
    if plan and plan.sop_instance_uid not in header.plan_uids:
        raise ContradictionError("the dose that was chosen does not refer to the plan that was chosen")
    return DoseSet(entries=(chosen,), kind="one")


def _doses_of_plan(doses: Sequence[DoseEntry], plan: PlanEntry, findings: list[str]) -> list[DoseEntry]:
    of_plan = [entry for entry in doses if plan.sop_instance_uid in entry.header.plan_uids]
    if of_plan:
        return of_plan
    unlinked = [entry for entry in doses if not entry.header.plan_uids]
    if unlinked:
        findings.append("the dose refers to no plan; it is taken for that of the plan chosen")
        return unlinked
    findings.append(f"none of the {len(doses)} doses refers to the plan chosen ({plan.label})")
    return []


def _doses_without_plan(doses: Sequence[DoseEntry]) -> list[DoseEntry]:
    """Return the doses of the one plan, itself not there, that all refer to."""
    plans = {entry.header.plan_uids for entry in doses}
    if len(plans) > 1:
        raise AmbiguousStudyError(
            f"{len(doses)} doses of {len(plans)} plans; choose one of: {_labels(doses)}"
        )
    return list(doses)


def _structures(
    study: Indexed, plan: PlanEntry | None, doses: DoseSet | None, findings: list[str]
) -> StructureSetEntry | None:
    """Return the structure set by reference, else the only one in the dose's frame of reference."""
    sets = study.structure_sets
    of_doses = [uid for entry in (doses.entries if doses else ()) for uid in entry.header.structure_set_uids]
    wanted = [uid for uid in ((plan.structure_set_uid if plan else ""), *of_doses) if uid]
    for uid in dict.fromkeys(wanted):
        fits = [entry for entry in sets if entry.sop_instance_uid == uid]
        if len(fits) == 1:
            return fits[0]
    if wanted:
        findings.append("the structure set that plan or dose refers to is not among the files")
    frame = _frame_of(doses, plan)
    fits = [entry for entry in sets if not frame or frame in entry.frames_of_reference] or list(sets)
    if len(fits) > 1:
        raise AmbiguousStudyError(f"{len(fits)} structure sets fit; choose one of: {_labels(fits)}")
    if fits:
        findings.append("the structure set is linked by frame of reference only, no reference names it")
    return fits[0] if fits else None


def _frame_of(doses: DoseSet | None, plan: PlanEntry | None) -> str:
    of_doses = [entry.frame_of_reference_uid for entry in doses.entries] if doses else []
    return next((uid for uid in (*of_doses, plan.frame_of_reference_uid if plan else "") if uid), "")


def images_of(study: Indexed, links: Links) -> ImageSeries | None:
    """Return the series that the structures were drawn on, else the only one in the frame of reference."""
    frames = links.structure_set.frames_of_reference if links.structure_set else ()
    frame = frames[0] if frames else _frame_of(links.doses, links.plan)
    fits = [series for series in study.images if frame and series.frame_of_reference_uid == frame]
    if len(fits) > 1 and links.structure_set:
        drawn_on = set(links.structure_set.structure_set.referenced_image_uids)
        fits = [series for series in fits if drawn_on & set(series.image_uids)]
    return fits[0] if len(fits) == 1 else None
