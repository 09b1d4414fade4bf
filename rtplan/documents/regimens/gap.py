"""An interrupted course and its compensations as a document."""

from __future__ import annotations

from typing import Any, Final

from bed import Regimen
from bed.kinetics import GapCategory, GapOutcome
from rtplan.documents.document import Document
from rtplan.files import inputs_of_text
from rtplan.regimens import GapAnswer, GapQuestion
from rtplan.text import cell, columns

__all__ = ["gap_document"]

STATEMENT: Final = (
    "Outcomes of published strategies side by side, not a recommendation: acute reactions, concurrent drugs "
    "and the uncertainty of the parameters are not in them."
)


def gap_document(answer: GapAnswer) -> Document:
    """Return the outcomes of all strategies as data and text."""
    body = _body(answer)
    return Document(
        schema="rtplan.gap/1",
        body=body,
        text=_text(body),
        inputs=inputs_of_text([answer.question.regimen], role="regimen"),
        warnings=answer.notes,
    )


def _body(answer: GapAnswer) -> dict[str, Any]:
    course = answer.course
    return {
        "regimen": str(Regimen.parse(answer.question.regimen)),
        "first_day": course.planned.days[0].isoformat(),
        "planned_last_day": course.planned.days[-1].isoformat(),
        "n_fractions_delivered": course.delivered.n_fractions,
        "last_delivered_day": course.delivered.days[-1].isoformat(),
        "n_fractions_remaining": course.n_remaining,
        "resumes": course.resumes.isoformat(),
        "parameters": _parameters(answer.question),
        "category": None if answer.category is None else _category(answer.category),
        "strategies": [_row(outcome, answer) for outcome in answer.outcomes],
        "statement": STATEMENT,
        "compromise": _compromise(answer),
        "compromise_reason": answer.compromise_reason,
    }


def _parameters(question: GapQuestion) -> dict[str, float]:
    return {
        "tumour_alpha_beta_gy": question.tumour.alpha_beta,
        "repopulation_rate_gy_per_day": question.tumour.repopulation_rate,
        "kick_off_days": question.tumour.kick_off,
        "late_alpha_beta_gy": question.late.alpha_beta,
        "repair_half_time_h": question.late.repair_half_time_h,
        "hours_between_h": question.hours_between,
    }


def _compromise(answer: GapAnswer) -> list[dict[str, float]] | None:
    curve = answer.compromise
    if curve is None:
        return None
    points = zip(curve.dose_per_fraction, curve.tumour_difference_gy, curve.late_difference_gy, strict=True)
    return [
        {
            "dose_per_fraction_gy": float(dose),
            "tumour_difference_gy": float(tumour),
            "late_difference_gy": float(late),
        }
        for dose, tumour, late in points
    ]


def _category(category: GapCategory) -> dict[str, Any]:
    return {
        "category": category.category,
        "name": category.name,
        "allowed_prolongation_days": category.allowed_prolongation_days,
        "source": category.source,
        "verification": category.verification,
    }


def _row(outcome: GapOutcome, answer: GapAnswer) -> dict[str, Any]:
    schedule = outcome.schedule
    days = None if schedule is None else [moment.date().isoformat() for moment in schedule.times]
    return {
        "strategy": outcome.strategy,
        "description": outcome.description,
        "n_fractions_remaining": outcome.n_remaining,
        "dose_per_fraction_gy": outcome.dose_per_fraction,
        "last_day": None if schedule is None else schedule.days[-1].isoformat(),
        "overall_time_days": None if schedule is None else schedule.overall_time,
        "prolongation_days": outcome.prolongation,
        "within_category": answer.is_within_category(outcome),
        "tumour_bed_gy": outcome.tumour_bed_gy,
        "tumour_difference_gy": outcome.tumour_difference_gy,
        "late_bed_gy": outcome.late_bed_gy,
        "late_difference_gy": outcome.late_difference_gy,
        "fraction_days": days,
        "reason": outcome.reason,
    }


def _text(body: dict[str, Any]) -> str:
    parameters, rows = body["parameters"], body["strategies"]
    header = ["strategy", "left", "Gy/fraction", "last day", "days", "longer", "tumour BED Gy", "change"]
    table = columns([[*header, "late BED Gy", "change"], *map(_text_row, rows)])
    lines = [
        f"{body['regimen']} from {body['first_day']}, planned to end on {body['planned_last_day']}; "
        f"{body['n_fractions_delivered']} fractions given, the last on {body['last_delivered_day']}; "
        f"{body['n_fractions_remaining']} left, planned anew from {body['resumes']}",
        f"tumour: alpha/beta {parameters['tumour_alpha_beta_gy']:g} Gy, "
        f"{parameters['repopulation_rate_gy_per_day']:g} Gy per day after day "
        f"{parameters['kick_off_days']:g}; late tissue: alpha/beta {parameters['late_alpha_beta_gy']:g} Gy, "
        f"repair half-time {parameters['repair_half_time_h']:g} h; "
        f"two a day {parameters['hours_between_h']:g} h apart",
        "",
        *table,
        "",
        *(f"{row['strategy']}: {row['description']}" for row in rows if row["reason"] is None),
        *(f"{row['strategy']}: not possible, {row['reason']}" for row in rows if row["reason"] is not None),
        "",
        *_compromise_lines(body),
        *_category_lines(body),
        body["statement"],
    ]
    return "\n".join(lines)


def _text_row(row: dict[str, Any]) -> list[str]:
    return [
        row["strategy"],
        cell(row["n_fractions_remaining"]),
        cell(row["dose_per_fraction_gy"]),
        cell(row["last_day"]),
        cell(row["overall_time_days"]),
        cell(row["prolongation_days"]),
        cell(row["tumour_bed_gy"]),
        _change(row["tumour_difference_gy"]),
        cell(row["late_bed_gy"]),
        _change(row["late_difference_gy"]),
    ]


def _change(value: float | None) -> str:
    """A difference with its sign; what rounds to nothing has none."""
    return "-" if value is None else f"{round(value, 2) or 0.0:+.2f}"


def _compromise_lines(body: dict[str, Any]) -> list[str]:
    if body["compromise"] is None:
        return []
    points = [
        f"{point['dose_per_fraction_gy']:.2f} Gy: tumour {_change(point['tumour_difference_gy'])}, "
        f"late {_change(point['late_difference_gy'])}"
        for point in body["compromise"]
    ]
    return ["between the two larger fraction sizes, change of BED in Gy: " + "; ".join(points)]


def _category_lines(body: dict[str, Any]) -> list[str]:
    category = body["category"]
    if category is None:
        return []
    beyond = [row["strategy"] for row in body["strategies"] if row["within_category"] is False]
    unverified = ", unverified transcription" if category["verification"] == "M" else ""
    return [
        f"category {category['category']} ({category['name']}) tolerates "
        f"{category['allowed_prolongation_days']} days of prolongation [{category['source']}{unverified}]; "
        f"beyond it: {', '.join(beyond) or 'none'}"
    ]
