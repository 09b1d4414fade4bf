"""The record of a case and its answer: each item with what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from rtplan.case import ReirradiationCase
from rtplan.errors import RtplanLookupError
from rtplan.record import courses, doses, method, persons
from rtplan.record.entry import ENTRY_COLUMNS, Basis, Entry, Finding, State, idle
from rtplan.record.items import RecordItem, record_items
from rtplan.reirradiation import Reirradiation
from rtplan.text import columns_html, frame_of
from rtplan.text import record_of as values_of

__all__ = ["RULES", "Record", "record_of"]

RULES: Final[Mapping[str, Callable[[Basis], Finding]]] = MappingProxyType(
    {
        "class-type-1": method.class_item("type 1"),
        "class-type-2": method.class_item("type 2"),
        "class-repeat": method.class_item("repeat organ irradiation", "repeat irradiation"),
        "patient": persons.stated_item(lambda r: r.patient.characteristics, "age, sex, comorbidity"),
        "tumour": persons.stated_item(lambda r: r.patient.tumour, "site, histology, stage"),
        "first-treatment": courses.first_treatment,
        "indication": persons.indication,
        "new-course": courses.new_course,
        "interval": courses.interval,
        "cumulative-targets": doses.cumulative_targets,
        "cumulative-organs": doses.cumulative_organs,
        "quality-of-life": persons.stated_item(
            lambda r: r.follow_up.quality_of_life, "how quality of life is measured"
        ),
        "follow-up": persons.stated_item(lambda r: r.follow_up.protocol, "which visits and images"),
        "decision-factors": persons.decision_factors,
        "complete-dicom": courses.complete_dicom,
        "rescaled": doses.rescaled,
        "no-physical-sum": doses.no_physical_sum,
        "one-alpha-beta": doses.one_alpha_beta,
        "registration-method": method.registration_method,
        "registration-judged": method.registration_judged,
        "conservative-sum": doses.conservative_sum,
        "means-from-3d": doses.means_from_3d,
        "recovery-justified": persons.recovery_justified,
        "uncertainties": doses.uncertainties,
        "peer-review": persons.review_item("peer review"),
        "method-direct": method.method_item("direct point-dose sum"),
        "method-overlap": method.method_item("point dose within the overlap"),
        "method-3d": method.method_item("voxel sum"),
        "method-reason": method.method_reason,
        "recovery-stated": persons.recovery_stated,
        "earlier-complete": courses.earlier_complete,
        "earlier-eqd2": doses.rescaled,
        "alpha-beta": doses.alpha_beta,
        "cumulative-eqd2": doses.cumulative_organs,
        "independent-check": persons.review_item("independent check"),
        "recovery-judgement": persons.recovery_judgement,
        "worst-case": doses.worst_case,
        "thorax-registration": method.thorax_registration,
        "thorax-margin": courses.thorax_margin,
        "thorax-coverage": courses.thorax_coverage,
        "thorax-imaging": courses.thorax_imaging,
    }
)
"""The rule that fills each item."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of every item.

    Attributes
    ----------
    entries : tuple of Entry
        In the order of the documents.
    """

    entries: tuple[Entry, ...]

    @property
    def missing(self) -> tuple[Entry, ...]:
        """Items that are to be filled in."""
        return tuple(entry for entry in self.entries if entry.state is State.MISSING)

    @property
    def is_complete(self) -> bool:
        """Whether every item is there or does not apply."""
        return not self.missing

    @property
    def counts(self) -> dict[str, int]:
        """How many items are there, are missing, do not apply."""
        found = Counter(entry.state for entry in self.entries)
        return {state.value: found[state] for state in State}

    def entry(self, item: str) -> Entry:
        """Return one item by its id.

        Raises
        ------
        RtplanLookupError
        """
        found = next((entry for entry in self.entries if entry.item.id == item), None)
        if found is None:
            raise _unknown(item)
        return found

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary for each item, with the keys of the JSON document."""
        return [values_of(ENTRY_COLUMNS, entry) for entry in self.entries]

    def to_frame(self) -> Any:
        """Return the items as a pandas frame."""
        return frame_of(self.records(), ENTRY_COLUMNS)

    def _repr_html_(self) -> str:
        return columns_html(repr(self), ENTRY_COLUMNS, self.entries)

    def __repr__(self) -> str:
        return f"Record({', '.join(f'{count} {state}' for state, count in self.counts.items())})"


def record_of(case: ReirradiationCase, answer: Reirradiation) -> Record:
    """Return the record of a case and its answer.

    Parameters
    ----------
    case : ReirradiationCase
    answer : Reirradiation
        To the case's question.

    Raises
    ------
    RtplanLookupError
        If the case says of an item that there is not that it does not apply.
    """
    waived = {one.item: f"{one.because} ({one.decided_by})" for one in case.record.not_applicable}
    known_ids = {item.id for item in record_items()}
    for item in waived:
        if item not in known_ids:
            raise _unknown(item)
    basis = Basis(case=case, answer=answer)
    return Record(entries=tuple(_entry(item, basis, waived) for item in record_items()))


def _entry(item: RecordItem, basis: Basis, waived: Mapping[str, str]) -> Entry:
    """Return one line; a person's word that it does not apply stands only where it is missing."""
    found = RULES[item.id](basis)
    if found.state is State.MISSING and item.id in waived:
        found = idle(waived[item.id])
    return Entry(item=item, state=found.state, text=found.text)


def _unknown(item: str) -> RtplanLookupError:
    near = get_close_matches(item, [each.id for each in record_items()], n=1)
    hint = f"; is {near[0]!r} meant?" if near else "; rtplan record lists them"
    return RtplanLookupError(f"no item {item!r} in the record{hint}")
