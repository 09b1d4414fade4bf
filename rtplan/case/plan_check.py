"""The case of a plan check: the plans, the set, and what a person chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtplan.case.decisions import Decision, decision_at, who_and_why
from rtplan.case.sheet import CaseSheet, relative
from rtplan.case.tables import CaseTable, Tables
from rtplan.errors import RtplanValueError
from rtplan.limits import Acceptance
from rtplan.plan_check import PlanCheckRequest, PlanChoice, RiskMargin

__all__ = ["CheckCase", "check_case", "check_tables"]


@dataclass(frozen=True, kw_only=True)
class CheckCase:
    """What is stated of a plan check; nothing is read yet.

    Attributes
    ----------
    request : PlanCheckRequest
    choices : tuple of PlanChoice
        The plans, in order.
    protocol : str or None
        A trial that the one plan is held against as well.
    patient : Path or None
        What the protocol asks.
    decisions : tuple of Decision

    Raises
    ------
    RtplanValueError
        If a patient file stands without a protocol, or a protocol beside several plans.
    """

    request: PlanCheckRequest
    choices: tuple[PlanChoice, ...]
    protocol: str | None = None
    patient: Path | None = None
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        if self.patient is not None and self.protocol is None:
            raise RtplanValueError("--patient is for --protocol ID, which is missing")
        if self.protocol is not None and len(self.choices) > 1:
            raise RtplanValueError("--protocol is for one plan; several are compared by limits alone")


def check_tables(case: CheckCase, folder: Path) -> Tables:
    """Return a case as the tables of a file that stands in a folder."""
    asked, name = case.request, case.request.constraints
    is_file = name is not None and Path(name).is_file()
    return {
        "constraints": relative(Path(name), folder) if name is not None and is_file else name,
        "clinic": relative(asked.clinic, folder),
        "names": relative(asked.names, folder),
        "convert_fractions": asked.conversion,
        "distance_rules": asked.rules,
        "distance_from": asked.distance_from,
        "required_organs": asked.required_organs,
        "protocol": case.protocol,
        "patient": relative(case.patient, folder),
        "plan": [
            {
                "folder": relative(choice.folder, folder),
                "plan": choice.plan,
                "dose": choice.dose,
                "structures": choice.structures,
            }
            for choice in case.choices
        ],
        "organ": [
            {
                "structure": structure,
                "organ": organ,
                **who_and_why(case.decisions, f"{structure} taken for {organ}"),
            }
            for structure, organ in asked.by_hand
        ],
        "risk_margin": [{"organ": m.organ, "margin_mm": m.margin_mm} for m in asked.risk_margins],
        "accept": [
            {
                "organ": accepted.organ,
                "metric": accepted.metric,
                "decided_by": accepted.accepted_by,
                "because": accepted.because,
            }
            for accepted in asked.acceptances
        ],
        "method": who_and_why(case.decisions, "method"),
    }


def check_case(sheet: CaseSheet) -> CheckCase | None:
    """Build the case that a file states; None where the mistakes that were added leave none."""
    top, organs = sheet.table(""), sheet.rows("organ")
    choices = [choice for table in sheet.rows("plan") for choice in _choice(table)]
    margins = [margin for table in sheet.rows("risk_margin") for margin in _margin(sheet, table)]
    accepted = [each for table in sheet.rows("accept") for each in _acceptance(sheet, table)]
    by_hand = [pair for table in organs for pair in _by_hand(table)]
    if not choices:
        sheet.mistakes.add("plan: at least one [[plan]] with its folder is needed")
    constraints = top.text("constraints")
    beside = None if constraints is None else sheet.folder / constraints
    if sheet.mistakes:
        return None
    requests = top.made(
        lambda: PlanCheckRequest(
            constraints=str(beside) if beside is not None and beside.is_file() else constraints,
            clinic=top.path("clinic"),
            names=top.path("names"),
            by_hand=tuple(by_hand),
            rules=top.texts("distance_rules"),
            distance_from=top.texts("distance_from"),
            conversion=top.text("convert_fractions"),
            acceptances=tuple(accepted),
            risk_margins=tuple(margins),
            required_organs=top.texts("required_organs"),
        )
    )
    if not requests:
        return None
    cases = top.made(
        lambda: CheckCase(
            request=requests[0],
            choices=tuple(choices),
            protocol=top.text("protocol"),
            patient=top.path("patient"),
            decisions=_decisions(sheet, by_hand),
        )
    )
    return cases[0] if cases else None


def _decisions(sheet: CaseSheet, by_hand: Sequence[tuple[str, str]]) -> tuple[Decision, ...]:
    about = [
        *(
            (table, f"{structure} taken for {organ}")
            for table, (structure, organ) in zip(sheet.rows("organ"), by_hand, strict=True)
        ),
        (sheet.table("method"), "method"),
    ]
    return tuple(decision for table, what in about for decision in decision_at(table, what))


def _choice(table: CaseTable) -> list[PlanChoice]:
    folder = table.path("folder")
    plan, dose, structures = table.text("plan"), table.text("dose"), table.text("structures")
    if not table.needs("folder") or folder is None:
        return []
    return [PlanChoice(folder=folder, plan=plan, dose=dose, structures=structures)]


def _by_hand(table: CaseTable) -> list[tuple[str, str]]:
    structure, organ = table.text("structure"), table.text("organ")
    return [(structure, organ)] if table.needs("structure", "organ") and structure and organ else []


def _margin(sheet: CaseSheet, table: CaseTable) -> list[RiskMargin]:
    organ, margin = table.text("organ"), table.number("margin_mm")
    if not table.needs("organ", "margin_mm") or organ is None or margin is None:
        return []
    return table.made(lambda: RiskMargin(organ=organ, margin_mm=margin))


def _acceptance(sheet: CaseSheet, table: CaseTable) -> list[Acceptance]:
    organ, metric = table.text("organ"), table.text("metric")
    who, why = table.text("decided_by"), table.text("because")
    table.needs("organ", "metric", "decided_by", "because")
    if not (organ and metric and who and why):
        return []
    return table.made(lambda: Acceptance(organ=organ, metric=metric, accepted_by=who, because=why))
