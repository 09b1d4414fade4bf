"""The case of a typed sum: courses at a point, without DICOM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtplan.case.decisions import Decision, decision_at, who_and_why
from rtplan.case.sheet import CaseSheet
from rtplan.case.tables import Tables
from rtplan.regimens import ModelParameters, PointSumQuestion

__all__ = ["SumCase", "sum_case", "sum_tables"]


@dataclass(frozen=True, kw_only=True)
class SumCase:
    """What is stated of a typed sum.

    Attributes
    ----------
    question : PointSumQuestion
        It holds typed values only, so the case is the question and who decided what.
    decisions : tuple of Decision
    """

    question: PointSumQuestion
    decisions: tuple[Decision, ...] = ()


def sum_tables(case: SumCase, _: Path) -> Tables:
    """Return a case as the tables of a file."""
    asked = case.question
    return {
        "courses": asked.courses,
        "alpha_betas": asked.alpha_betas,
        "limits_eqd2_gy": asked.limits_eqd2_gy,
        "limit_includes_recovery": asked.limit_includes_recovery or None,
        "limit_from_months": asked.limit_from_months,
        "limit_to_months": asked.limit_to_months,
        "limit_because": asked.limit_because or None,
        "tissue": asked.tissue,
        "n_fractions": asked.n_fractions,
        "parameters": [f"{name}={value!r}" for name, value in asked.parameters.values],
        "recovery": {"rule": str(asked.rule.name), **who_and_why(case.decisions, "recovery")},
        "method": who_and_why(case.decisions, "method"),
    }


def sum_case(sheet: CaseSheet) -> SumCase | None:
    """Build the case that a file states; None where the mistakes that were added leave none."""
    top, recovery = sheet.table(""), sheet.table("recovery")
    courses, alpha_betas = top.texts("courses"), top.alpha_betas("alpha_betas")
    if not top.needs("courses", "alpha_betas") or sheet.mistakes:
        return None
    decisions = [*decision_at(recovery, "recovery"), *decision_at(sheet.table("method"), "method")]
    questions = top.made(
        lambda: PointSumQuestion(
            courses=courses,
            alpha_betas=alpha_betas,
            limits_eqd2_gy=top.numbers("limits_eqd2_gy"),
            limit_includes_recovery=top.flag("limit_includes_recovery"),
            limit_from_months=top.whole("limit_from_months"),
            limit_to_months=top.whole("limit_to_months"),
            limit_because=top.text("limit_because") or "",
            recovery=recovery.text("rule") or "none",
            tissue=top.text("tissue"),
            n_fractions=top.wholes("n_fractions"),
            parameters=ModelParameters.parse(top.texts("parameters")),
        )
    )
    return SumCase(question=questions[0], decisions=tuple(decisions)) if questions else None
