"""The case of a trial screening: the protocol, the patient file and where plans lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtplan.case.decisions import Decision, decision_at, who_and_why
from rtplan.case.sheet import CaseSheet, relative
from rtplan.case.tables import Tables
from rtplan.protocols import Folders

__all__ = ["ScreenCase", "screen_case", "screen_tables"]


@dataclass(frozen=True, kw_only=True)
class ScreenCase:
    """What is stated of a trial screening; nothing is read yet.

    Attributes
    ----------
    protocol : str
        A protocol that is carried, or a file.
    patient : Path
    plan : Path or None
        DICOM folder of the new plan.
    plan_label : str or None
    earlier : tuple of Path
        DICOM folders of earlier courses.
    earlier_labels : tuple of str
        Which plan of each, where one holds several; none or one for each.
    dates_as_planned : bool
        Without treatment records, take each plan's own date and one fraction on each weekday.
    decisions : tuple of Decision

    Raises
    ------
    RtplanValueError
        If the labels do not fit the folders.
    """

    protocol: str
    patient: Path
    plan: Path | None = None
    plan_label: str | None = None
    earlier: tuple[Path, ...] = ()
    earlier_labels: tuple[str, ...] = ()
    dates_as_planned: bool = False
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        Folders(earlier=self.earlier, earlier_labels=self.earlier_labels)  # its checks are this record's

    @property
    def folders(self) -> Folders:
        """Where the plans lie."""
        return Folders(
            base=self.patient.parent,
            plan=self.plan,
            plan_label=self.plan_label,
            earlier=self.earlier,
            earlier_labels=self.earlier_labels,
            as_planned=self.dates_as_planned,
        )


def screen_tables(case: ScreenCase, folder: Path) -> Tables:
    """Return a case as the tables of a file that stands in a folder."""
    return {
        "protocol": case.protocol,
        "patient": relative(case.patient, folder),
        "plan": relative(case.plan, folder),
        "plan_label": case.plan_label,
        "earlier": [relative(path, folder) for path in case.earlier],
        "earlier_labels": case.earlier_labels,
        "dates_as_planned": case.dates_as_planned or None,
        "method": who_and_why(case.decisions, "method"),
    }


def screen_case(sheet: CaseSheet) -> ScreenCase | None:
    """Build the case that a file states; None where the mistakes that were added leave none."""
    top = sheet.table("")
    protocol, patient = top.text("protocol"), top.path("patient")
    if not top.needs("protocol", "patient") or protocol is None or patient is None or sheet.mistakes:
        return None
    cases = top.made(
        lambda: ScreenCase(
            protocol=protocol,
            patient=patient,
            plan=top.path("plan"),
            plan_label=top.text("plan_label"),
            earlier=top.paths("earlier"),
            earlier_labels=top.texts("earlier_labels"),
            dates_as_planned=top.flag("dates_as_planned"),
            decisions=decision_at(sheet.table("method"), "method"),
        )
    )
    return cases[0] if cases else None
