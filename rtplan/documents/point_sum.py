"""The sum of typed courses at a point, as a JSON document and as text for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bed import Regimen, RegimenSequence
from rtplan.interval import Interval
from rtplan.limits import Remaining
from rtplan.regimens import (
    DatedRegimen,
    PointSum,
    PointSumRow,
    TrialRuleResult,
    interval_between,
)
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["point_sum_body", "point_sum_text"]


def point_sum_body(found: PointSum) -> dict[str, Any]:
    """Return the document's own keys."""
    low, high = found.courses[0], found.courses[-1]
    return {
        "label": found.label,
        "courses": [
            _course(number, course)
            for list_of in dict.fromkeys((low, high))
            for number, course in _numbered(list_of)
        ],
        "intervals": [
            _interval(number, shortest, longest)
            for number, (shortest, longest) in enumerate(
                zip(found.intervals, found.longest_intervals, strict=True), start=1
            )
        ],
        "recovery": {
            "rule": found.recovery.name,
            "tissues": list(found.recovery.tissues),
            "source": found.recovery.source,
            "how_verified": found.recovery.how_verified,
            "statements": list(_statements(found)),
        },
        "rows": [_row(row) for row in found.rows],
        "trial_rules": [_trial_rule(result) for result in found.trial_rules],
    }


def _numbered(courses: Sequence[DatedRegimen]) -> list[tuple[int, DatedRegimen]]:
    return list(enumerate(courses, start=1))


def _course(number: int, course: DatedRegimen) -> dict[str, Any]:
    return {
        "label": f"course {number}",
        "regimen": str(course.regimen),
        "starts": str(course.starts) if course.starts else None,
        "ends": str(course.ends) if course.ends else None,
        "total_dose_gy": course.regimen.total_dose,
        "n_fractions": course.regimen.n_fractions,
        "dose_per_fraction_gy": _dose_per_fraction(course.regimen),
    }


def _dose_per_fraction(regimen: Regimen | RegimenSequence) -> float | None:
    """Return the dose per fraction in Gy; a sequence has none."""
    return regimen.dose_per_fraction if isinstance(regimen, Regimen) else None


def _interval(number: int, interval: Interval | None, longest: Interval | None) -> dict[str, Any]:
    known = interval is not None
    return {
        "from": f"course {number}",
        "to": f"course {number + 1}",
        "days": interval.days if interval else None,
        "whole_months": interval.whole_months if interval else None,
        "longest_days": longest.days if longest else None,
        "text": str(interval) if known else None,
        "reason": None if known else "a date is missing: write REGIMEN@YYYY-MM-DD",
    }


def _statements(found: PointSum) -> list[str]:
    """What the rule says of each earlier course."""
    if not found.recovery.assumes_recovery:
        return [found.recovery.statement(0.0)]
    *earlier, last = found.courses[0]
    return [
        f"course {number}: {found.recovery.statement(interval.days)}"
        for number, course in _numbered(earlier)
        if (interval := interval_between(course, last)) is not None
    ]


def _row(row: PointSumRow) -> dict[str, Any]:
    judgement = row.judgement
    return {
        "alpha_beta_gy": json_number(row.alpha_beta),
        "band_end": row.band_end,
        "courses": [
            {
                "label": f"course {number}",
                "regimen": str(effect.regimen),
                "bed_gy": effect.bed_gy,
                "eqd2_gy": effect.eqd2_gy,
                "bed_full_repair_gy": effect.bed_full_repair_gy,
                "recovered_fraction": share,
                "reason": effect.reason,
            }
            for number, (effect, share) in enumerate(
                zip(row.effects, [*row.recovered_fractions, 0.0], strict=True), start=1
            )
        ],
        "cumulative_bed_gy": row.cumulative_bed_gy,
        "cumulative_eqd2_gy": row.cumulative_eqd2_gy,
        "with_recovery_eqd2_gy": row.with_recovery_eqd2_gy,
        "with_recovery_longest_eqd2_gy": row.with_recovery_longest_eqd2_gy,
        "limit_gy": row.limit_gy,
        "limit_includes_recovery": None if row.limit_gy is None else row.limit_includes_recovery,
        "verdict": judgement.verdict.value if judgement else None,
        "reason": _reason(row),
        "remaining": [_remaining(left) for left in row.remaining],
    }


def _remaining(left: Remaining) -> dict[str, Any]:
    return {
        "n_fractions": left.n_fractions,
        "basis": left.reading,
        "recovery": left.recovery,
        "total_dose_gy": left.total_dose_gy,
        "dose_per_fraction_gy": left.dose_per_fraction_gy,
        "reason": left.reason,
    }


def _trial_rule(result: TrialRuleResult) -> dict[str, Any]:
    rule = result.rule
    return {
        "id": rule.id,
        "protocol": rule.protocol_id,
        "text": rule.text,
        "status": result.status,
        "value": result.value,
        "required": result.required,
        "source": rule.source,
        "note": rule.note,
    }


def point_sum_text(found: PointSum) -> str:
    """Return the answer for a person."""
    parts = [
        [found.label],
        _courses_text(found),
        [f"course {number} to {number + 1}: {told}" for number, told in _intervals(found)],
        _statements(found),
        _sums_text(found.rows),
        _remaining_text(found.rows),
        _trial_text(found.trial_rules),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _intervals(found: PointSum) -> list[tuple[int, str]]:
    """Return each interval in words; where a month was given without its day both ends, shortest first."""
    pairs = zip(found.intervals, found.longest_intervals, strict=True)
    texts = [
        f"{shortest} to {longest}" if longest else str(shortest or "interval unknown")
        for shortest, longest in pairs
    ]
    return list(enumerate(texts, start=1))


def _courses_text(found: PointSum) -> list[str]:
    rows = [["course", "regimen", "dates", "Gy", "fractions", "Gy/fraction"]]
    for list_of in dict.fromkeys(found.courses):
        for number, course in _numbered(list_of):
            days = [str(day) for day in dict.fromkeys((course.starts, course.ends)) if day]
            each = _dose_per_fraction(course.regimen)
            rows.append(
                [
                    str(number),
                    str(course.regimen),
                    " to ".join(days) or "unknown",
                    f"{course.regimen.total_dose:.6g}",
                    str(course.regimen.n_fractions),
                    "-" if each is None else f"{each:.4g}",
                ]
            )
    return columns(rows)


def _reason(row: PointSumRow) -> str | None:
    return (row.judgement.reason if row.judgement else None) or row.reason


def _which(row: PointSumRow) -> str:
    """Alpha/beta, and the end of the band."""
    end = f" ({row.band_end} end)" if row.band_end else ""
    return ratio_text(json_number(row.alpha_beta)) + end


def _sums_text(rows: Sequence[PointSumRow]) -> list[str]:
    numbers = range(1, len(rows[0].effects) + 1)
    header = ["alpha/beta Gy", *(f"course {n} BED / EQD2" for n in numbers), "sum BED", "sum EQD2"]
    table = [[*header, "with recovery", "limit EQD2", "verdict"]]
    for row in rows:
        table.append(
            [
                _which(row),
                *(f"{cell(effect.bed_gy)} / {cell(effect.eqd2_gy)}" for effect in row.effects),
                cell(row.cumulative_bed_gy),
                cell(row.cumulative_eqd2_gy),
                cell(row.with_recovery_eqd2_gy),
                cell(row.limit_gy),
                row.judgement.verdict.value if row.judgement else "-",
            ]
        )
    reasons = [f"alpha/beta {_which(row)}: {why}" for row in rows if (why := _reason(row))]
    return [*columns(table), *reasons]


def _remaining_text(rows: Sequence[PointSumRow]) -> list[str]:
    table = [["remaining dose", "recovery", "alpha/beta Gy", "fractions", "Gy/fraction", "total Gy"]]
    table += [
        [
            left.reading,
            left.recovery,
            _which(row),
            str(left.n_fractions),
            cell(left.dose_per_fraction_gy),
            cell(left.total_dose_gy),
        ]
        for row in rows
        for left in row.remaining
    ]
    reasons = dict.fromkeys(left.reason for row in rows for left in row.remaining if left.reason)
    return [*columns(table), *(f"reason: {reason}" for reason in reasons)] if len(table) > 1 else []


def _trial_text(results: Sequence[TrialRuleResult]) -> list[str]:
    if not results:
        return []
    table = [["trial rule", "status", "asks for", "here"]]
    table += [[f"{r.rule.protocol} {r.rule.protocol_id}", r.status, r.required, r.value] for r in results]
    return [*columns(table), "rules of eligibility as typed courses answer them, not limits of an organ"]
