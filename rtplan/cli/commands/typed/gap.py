"""``rtplan gap``: what an interruption costs and what each published compensation gives."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from bed import BedValueError, OutsideValidityWarning, Regimen
from bed.kinetics import (
    MONDAY_TO_FRIDAY,
    GapCategory,
    GapOutcome,
    InterruptedCourse,
    LateTissue,
    RepopulatingTumour,
    Schedule,
    compensate_gap,
    compromise_curve,
    gap_category,
    planned_schedule,
)
from rtplan.cli.arguments import input_of_text
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.errors import RtplanValueError
from rtplan.text import cell, columns

__all__ = ["add_subparser", "run"]

CURVE_POINTS = 5

STATEMENT = (
    "Outcomes of published strategies side by side, not a recommendation: acute reactions, concurrent drugs "
    "and the uncertainty of the parameters are not in them."
)


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan gap``."""
    parser = subparsers.add_parser(
        "gap",
        help="what an interruption costs and what each compensation gives",
        description=(
            "Works out every published strategy for an interrupted once-daily course, Monday to Friday. "
            "Overall times are the last treatment day minus the first. No parameter has a default."
        ),
    )
    parser.add_argument("regimen", metavar="REGIMEN", help="the course as planned, such as 70Gy/35")
    parser.add_argument("--start", required=True, type=_day, metavar="DATE", help="first treatment day")
    parser.add_argument(
        "--missed",
        required=True,
        nargs="+",
        type=_days,
        metavar="DATE",
        help="treatment days that were missed, one by one or as FIRST..LAST",
    )
    parser.add_argument(
        "--resumes",
        type=_day,
        metavar="DATE",
        help="first day still to plan; earlier planned days not named as missed count as given. "
        "The day after the last missed one unless given",
    )
    parser.add_argument(
        "--closed",
        nargs="+",
        type=_days,
        default=[],
        metavar="DATE",
        help="days without treatment in any case",
    )
    for option, meaning in _PARAMETERS.items():
        parser.add_argument(option, required=True, type=float, metavar="X", help=meaning)
    parser.add_argument("--category", type=int, metavar="1|2|3", help="guideline category of the course")
    add_json_flag(parser)
    return parser


_PARAMETERS = {
    "--tumour-alpha-beta": "alpha/beta of the tumour in Gy",
    "--repopulation-rate": "BED lost to repopulation per day after the kick-off, in Gy per day",
    "--kick-off": "days after the first treatment day at which repopulation accelerates",
    "--late-alpha-beta": "alpha/beta of the late-reacting tissue in Gy",
    "--repair-half-time": "half-time of repair of the late-reacting tissue in hours",
    "--hours-between": "hours between two fractions where a strategy gives two a day",
}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write 2024-01-31") from None


def _days(text: str) -> list[date]:
    """One day, or all days of ``FIRST..LAST``."""
    first, _, last = text.partition("..")
    begin = _day(first)
    end = _day(last) if last else begin
    if end < begin:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return [begin + timedelta(days=i) for i in range((end - begin).days + 1)]


def run(args: argparse.Namespace) -> CommandResult:
    """Work out all strategies and return them as data and text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", OutsideValidityWarning)
        course = _course(args)
        tumour = RepopulatingTumour(
            alpha_beta=args.tumour_alpha_beta,
            repopulation_rate=args.repopulation_rate,
            kick_off=args.kick_off,
        )
        late = LateTissue(alpha_beta=args.late_alpha_beta, repair_half_time_h=args.repair_half_time)
        category = None if args.category is None else gap_category(args.category)
        outcomes = compensate_gap(course, tumour=tumour, late=late)
        curve = _curve(course, tumour, late)
    body = _body(args, course, category, outcomes) | curve
    return CommandResult(
        schema="rtplan.gap/1",
        body=body,
        text=_text(body),
        inputs=input_of_text([args.regimen], role="regimen"),
        warnings=list(dict.fromkeys(str(warning.message) for warning in caught)),
    )


def _course(args: argparse.Namespace) -> InterruptedCourse:
    regimen = Regimen.parse(args.regimen)
    if regimen.fractions_per_day != 1 or regimen.modality != "external beam":
        raise RtplanValueError(f"{regimen}: the published strategies are for external beam once a day")
    closed = frozenset(day for days in args.closed for day in days)
    planned = planned_schedule(regimen.n_fractions, first_day=args.start, closed=closed)
    missed = _missed(planned, [day for days in args.missed for day in days], closed)
    resumes = args.resumes or max(missed) + timedelta(days=1)
    if resumes <= max(missed):
        raise RtplanValueError(f"treatment cannot resume on {resumes}: {max(missed)} was still missed")
    given = [day for day in planned.days if day < resumes and day not in missed]
    if not given:
        raise RtplanValueError(
            "no fraction was given before the gap: plan the course anew from its first day"
        )
    return InterruptedCourse(
        dose_per_fraction=regimen.dose_per_fraction,
        planned=planned,
        delivered=Schedule.on_days(given),
        resumes=resumes,
        hours_between=args.hours_between,
        weekdays=MONDAY_TO_FRIDAY,
        closed=closed,
    )


def _missed(planned: Schedule, days: Sequence[date], closed: frozenset[date]) -> frozenset[date]:
    """The missed treatment days; a weekend or a closed day within a range is no treatment day."""
    missed = frozenset(days) & frozenset(planned.days)
    wrong = [d for d in days if d not in missed and d not in closed and d.weekday() in MONDAY_TO_FRIDAY]
    if wrong or not missed:
        raise RtplanValueError(
            f"{(wrong or list(days))[0]} is no treatment day of the plan, which runs from "
            f"{planned.days[0]} to {planned.days[-1]}"
        )
    return missed


def _curve(course: InterruptedCourse, tumour: RepopulatingTumour, late: LateTissue) -> dict[str, Any]:
    try:
        curve = compromise_curve(course, tumour=tumour, late=late, n_points=CURVE_POINTS)
    except BedValueError as refusal:
        return {"compromise": None, "compromise_reason": str(refusal)}
    points = zip(curve.dose_per_fraction, curve.tumour_difference_gy, curve.late_difference_gy, strict=True)
    return {
        "compromise": [
            {
                "dose_per_fraction_gy": float(d),
                "tumour_difference_gy": float(t),
                "late_difference_gy": float(n),
            }
            for d, t, n in points
        ],
        "compromise_reason": None,
    }


def _body(
    args: argparse.Namespace,
    course: InterruptedCourse,
    category: GapCategory | None,
    outcomes: Sequence[GapOutcome],
) -> dict[str, Any]:
    return {
        "regimen": str(Regimen.parse(args.regimen)),
        "first_day": course.planned.days[0].isoformat(),
        "planned_last_day": course.planned.days[-1].isoformat(),
        "n_fractions_delivered": course.delivered.n_fractions,
        "last_delivered_day": course.delivered.days[-1].isoformat(),
        "n_fractions_remaining": course.n_remaining,
        "resumes": course.resumes.isoformat(),
        "parameters": {
            "tumour_alpha_beta_gy": args.tumour_alpha_beta,
            "repopulation_rate_gy_per_day": args.repopulation_rate,
            "kick_off_days": args.kick_off,
            "late_alpha_beta_gy": args.late_alpha_beta,
            "repair_half_time_h": args.repair_half_time,
            "hours_between_h": args.hours_between,
        },
        "category": None if category is None else _category(category),
        "strategies": [_row(outcome, category) for outcome in outcomes],
        "statement": STATEMENT,
    }


def _category(category: GapCategory) -> dict[str, Any]:
    return {
        "category": category.category,
        "name": category.name,
        "allowed_prolongation_days": category.allowed_prolongation_days,
        "source": category.source,
        "verification": category.verification,
    }


def _row(outcome: GapOutcome, category: GapCategory | None) -> dict[str, Any]:
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
        "within_category": _within(outcome, category),
        "tumour_bed_gy": outcome.tumour_bed_gy,
        "tumour_difference_gy": outcome.tumour_difference_gy,
        "late_bed_gy": outcome.late_bed_gy,
        "late_difference_gy": outcome.late_difference_gy,
        "fraction_days": days,
        "reason": outcome.reason,
    }


def _within(outcome: GapOutcome, category: GapCategory | None) -> bool | None:
    """Whether the prolongation is tolerated; None without a category or a schedule."""
    if category is None or outcome.prolongation is None:
        return None
    return outcome.prolongation <= category.allowed_prolongation_days


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
