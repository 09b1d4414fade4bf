"""A plan check as the command line's document, and as a table for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from dicom_io import number_text
from dicom_io.dvh import MetricValue
from rtplan.limits import Evaluation, Limit, LimitState, Shown, Verdict, acceptances_of, gravest_first
from rtplan.plan_check import (
    DrawnWithoutLimit,
    IcruReport,
    JudgedDistance,
    PlanCheck,
    RiskVolume,
    TargetDistance,
    TargetOverlap,
    TargetQuality,
)

__all__ = ["check_document", "check_text"]

_HEADER: Final = ("verdict", "organ", "structure", "metric", "value", "limit", "margin", "why")


def check_document(check: PlanCheck) -> dict[str, Any]:
    """Return a check as the keys of the JSON document; lists keep the order of the set and of the files.

    Parameters
    ----------
    check : PlanCheck

    Returns
    -------
    dict
    """
    plan = check.treatment.plan
    return {
        "plan": None
        if plan is None
        else {
            "label": plan.label,
            "uid": plan.sop_instance_uid,
            "n_fractions": check.treatment.n_fractions,
            "prescription_gy": plan.prescription_gy,
        },
        "n_fractions": check.fractions.n_fractions,
        "dose_per_fraction_gy": check.fractions.dose_per_fraction_gy,
        "constraints": {"set": check.constraint_set.name, "sha256": check.constraint_set.sha256},
        "verdicts": [
            *(_verdict_row(e, check) for e in check.limits.evaluations),
            *(_judged_distance_row(j) for j in check.judged_distances),
        ],
        "counts": check.verdict_counts,
        "n_judged": check.n_judged,
        "drawn_without_limit": [_without_limit_row(one) for one in check.drawn_without_limit],
        "required": [
            {"organ": one.organ, "judged": one.is_judged, "reason": one.reason} for one in check.required
        ],
        "shown": [_shown_row(row) for row in check.limits.shown],
        "distances": [_distance_row(found) for found in check.distances],
        "targets": [_target_row(target) for target in check.targets],
        "icru": [_icru_row(report) for report in check.icru],
        "risk_volumes": [_risk_volume_row(volume) for volume in check.risk_volumes],
        "further_sets": [{"set": one.name, "sha256": one.sha256} for one in check.further_sets],
        "names": [
            {"structure": a.written, "number": a.number, "organ": a.standard, "evidence": a.evidence.value}
            for a in check.assignment.assigned
        ],
        "unmatched_names": [{"structure": m.written, "reason": m.reason} for m in check.assignment.unmatched],
    }


def _verdict_row(e: Evaluation, check: PlanCheck) -> dict[str, Any]:
    """One verdict, with the limit it rests on."""
    c = e.constraint
    return {
        "organ": e.organ,
        "structure": e.structure,
        "metric": e.metric,
        "comparator": c.comparator if c else None,
        "limit": _limit(c.limit if c else None),
        "unit": c.unit if c else None,
        "value": e.value,
        "uncertainty": e.uncertainty,
        "verdict": e.verdict.value if e.verdict else None,
        "reason": e.reason,
        "priority": (c.priority or None) if c else None,
        "source": c.source if c else None,
        "verification": c.verification if c else None,
        "margin": e.margin,
        "state": e.state.value,
        "set": e.set_name,
        "evidence": e.evidence,
        "near_names": list(e.near),
        "n_fractions": c.fractions.text if c else None,
        "table": (c.table or None) if c else None,
        "organ_as_published": (c.organ_as_published or None) if c else None,
        "metric_as_published": c.metric.text if c else None,
        "condition": (c.condition or None) if c else None,
        "endpoint": (c.endpoint or None) if c else None,
        "note": (c.note or None) if c else None,
        "accepted": [
            {"by": a.accepted_by, "because": a.because} for a in acceptances_of(e, check.acceptances)
        ],
    }


def _judged_distance_row(judged: JudgedDistance) -> dict[str, Any]:
    """A distance rule, in the shape of a verdict."""
    found, rule = judged.distance, judged.rule
    half = None
    if found.distance_mm is not None and found.low_mm is not None and found.high_mm is not None:
        half = max(found.high_mm - found.distance_mm, found.distance_mm - found.low_mm)
    return {
        "organ": rule.to_organ,
        "structure": f"{found.from_name} to {found.to_name}",
        "metric": "distance[mm]",
        "comparator": rule.comparator,
        "limit": rule.limit_mm,
        "unit": "mm",
        "value": found.distance_mm,
        "uncertainty": half,
        "verdict": judged.judgement.verdict.value,
        "reason": judged.judgement.reason,
        "priority": None,
        "source": rule.source,
        "verification": rule.verification,
        "margin": judged.judgement.margin,
        "state": (
            LimitState.NOT_EVALUABLE
            if judged.judgement.verdict is Verdict.NOT_EVALUABLE
            else LimitState.JUDGED
        ).value,
        "note": rule.statement,
    }


def _without_limit_row(one: DrawnWithoutLimit) -> dict[str, Any]:
    """A drawn organ that no limit speaks of, with what it gets."""
    return {
        "organ": one.organ,
        "structure": one.structure,
        "at_other_fractions": one.at_other_fractions,
        "reason": one.reason,
        "metrics": _metrics((one.maximum_gy, one.mean_gy)),
    }


def _shown_row(row: Shown) -> dict[str, Any]:
    """A row that is no limit."""
    c = row.constraint
    return {
        "organ": row.organ,
        "structure": row.structure,
        "metric": row.metric,
        "role": c.role.value,
        "comparator": c.comparator,
        "published": c.limit_as_published,
        "unit": c.unit,
        "value": row.value,
        "uncertainty": row.uncertainty,
        "reason": row.reason,
        "endpoint": c.endpoint or None,
        "source": c.source,
        "verification": c.verification,
        "note": c.note or None,
    }


def _distance_row(found: TargetDistance) -> dict[str, Any]:
    return {
        "from": found.from_name,
        "to": found.to_name,
        "distance_mm": found.distance_mm,
        "low_mm": found.low_mm,
        "high_mm": found.high_mm,
        "overlap_cc": found.overlap_cc,
        "reason": found.reason,
        "to_organ": found.to_organ,
        "notes": list(found.notes),
    }


def _target_row(target: TargetQuality) -> dict[str, Any]:
    return {
        "name": target.structure,
        "prescription_gy": target.prescription_gy,
        "reason": target.prescription_reason,
        "volume_cc": target.volume_cc,
        "indices": {
            index.name: {"value": index.value, "uncertainty": index.uncertainty, "reason": index.reason}
            for index in target.indices
        },
        "notes": list(target.notes),
    }


def _icru_row(report: IcruReport) -> dict[str, Any]:
    """The reporting block of one target."""
    return {
        "name": report.structure,
        "kind": report.kind,
        "volume_cc": report.volume_cc,
        "rule": report.rule,
        "verification": report.verification,
        "values": {
            name: {
                "metric": index.name,
                "value": index.value,
                "uncertainty": index.uncertainty,
                "reason": index.reason,
            }
            for name, index in report.values.items()
        },
    }


def _risk_volume_row(volume: RiskVolume) -> dict[str, Any]:
    """One planning risk volume."""
    low, high = volume.reach_mm or (None, None)
    return {
        "name": volume.name,
        "organ": volume.margin.organ,
        "structure": volume.organ_structure,
        "margin_mm": volume.margin.margin_mm,
        "volume_cc": volume.volume_cc,
        "reach_across_planes_low_mm": low,
        "reach_across_planes_high_mm": high,
        "metrics": _metrics(volume.metrics),
        "overlaps": [
            {
                "target": overlap.target,
                "overlap_cc": overlap.volume_cc,
                "metrics": _metrics(overlap.doses),
                "reason": overlap.reason,
            }
            for overlap in volume.overlaps
        ],
        "drawn": volume.drawn,
        "drawn_lacks_cc": volume.missed_cc,
        "drawn_has_more_cc": volume.beyond_cc,
        "notes": list(volume.notes),
        "reason": volume.reason,
    }


def _metrics(values: Sequence[MetricValue]) -> dict[str, Any]:
    return {v.text: {"value": v.value, "uncertainty": v.uncertainty, "reason": v.reason} for v in values}


def _limit(limit: Limit | None) -> float | list[float] | None:
    """A number, or the two ends of a range."""
    if limit is None:
        return None
    return [limit.low, limit.high] if limit.is_range else limit.low


def check_text(check: PlanCheck) -> str:
    """Return a check as text: drawn organs without a limit, then what exceeds, what is within last.

    Parameters
    ----------
    check : PlanCheck

    Returns
    -------
    str
    """
    judged = [e for e in gravest_first(check.limits.evaluations) if e.is_drawn]
    rows = [*(_distance_cells(j) for j in check.judged_distances), *(_cells(e, check) for e in judged)]
    return "\n".join(
        [
            *_head(check),
            *_without_limit_lines(check.drawn_without_limit),
            *(f"required: {one.organ}: {one.reason}" for one in check.required if one.reason),
            "",
            *([] if check.n_judged else ["nothing was judged"]),
            *(_table([_HEADER, *rows]) if rows else []),
            *_not_drawn_lines(check),
            *_shown_lines(check.limits.shown),
            *_distance_lines(check.distances),
            *_risk_volume_lines(check.risk_volumes),
            *_target_lines(check.targets),
            *_icru_lines(check.icru),
            *_verification_lines(judged),
        ]
    )


def _head(check: PlanCheck) -> Iterator[str]:
    """Plan, set and the count of verdicts."""
    plan, fractions = check.treatment.plan, check.fractions
    label = repr(plan.label) if plan else "none in this folder"
    prescription = plan.prescription_gy if plan else None
    given = f"{prescription:g} Gy" if prescription is not None else "unknown"
    yield f"plan: {label}, {fractions.n_fractions or 'unknown'} fractions, prescription {given}"
    yield f"constraints: {check.constraint_set.title} ({check.constraint_set.name})"
    yield f"  content {check.constraint_set.sha256}"
    for further in check.further_sets:
        yield f"and: {further.title} ({further.name})"
        yield f"  content {further.sha256}"
    counted = check.verdict_counts.items()
    yield "verdicts: " + ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counted)


def _without_limit_lines(found: Sequence[DrawnWithoutLimit]) -> Iterator[str]:
    """Drawn organs that no verdict below speaks of, with what they get."""
    if found:
        yield ""
        yield "drawn, and without a limit at this number of fractions:"
    for one in found:
        known = "; ".join(_metric_text(v) for v in (one.maximum_gy, one.mean_gy) if v.value is not None)
        name = one.organ if one.structure == one.organ else f"{one.organ} ({one.structure})"
        yield f"  {name}: {known or one.maximum_gy.reason}; {one.reason}"


def _cells(e: Evaluation, check: PlanCheck) -> tuple[str, ...]:
    """One line of the table."""
    accepted = [f"accepted by {a.accepted_by}: {a.because}" for a in acceptances_of(e, check.acceptances)]
    c = e.constraint
    limit = f"{c.comparator} {c.limit} {c.unit}" if c else "-"
    priority = f" {c.priority}" if c and c.priority else ""
    return (
        (e.verdict or e.state).value.replace("_", " "),
        e.organ,
        f"{e.structure} [{e.evidence}]" if e.evidence != "exact" else e.structure or "-",
        e.metric or "-",
        _value(e.value, e.uncertainty, e.metric or ""),
        limit + priority,
        "-" if e.margin is None else f"{e.margin:+.2f}",
        "; ".join([*([e.reason] if e.reason else []), *accepted]),
    )


def _distance_cells(judged: JudgedDistance) -> tuple[str, ...]:
    row = _judged_distance_row(judged)
    return (
        row["verdict"].replace("_", " "),
        row["organ"],
        row["structure"],
        row["metric"],
        _interval(judged.distance),
        f"{row['comparator']} {row['limit']:g} mm",
        "-" if row["margin"] is None else f"{row['margin']:+.2f}",
        row["reason"] or row["note"],
    )


def _value(value: float | None, uncertainty: float | None, metric: str = "") -> str:
    if value is None:
        return "-"
    if uncertainty is not None and "(" in (text := number_text(value, uncertainty, metric=metric)):
        return text  # ends, where one of them is cut
    return f"{value:.2f}" if uncertainty is None else f"{value:.2f} +/- {uncertainty:.2g}"


def _interval(found: TargetDistance) -> str:
    """A distance with its interval across planes, mm."""
    if found.distance_mm is None or found.low_mm is None or found.high_mm is None:
        return "-"
    return f"{found.distance_mm:.2f} ({found.low_mm:.2f} to {found.high_mm:.2f})"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns; the last one is as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


def _not_drawn_lines(check: PlanCheck) -> Iterator[str]:
    """Organs that nobody drew, in one line, and drawn structures that stand for no organ, in another."""
    not_drawn = check.limits.not_drawn
    if not_drawn:
        organs = {e.organ: e.near for e in not_drawn}
        named = (f"{organ} (near: {', '.join(near)})" if near else organ for organ, near in organs.items())
        yield ""
        yield f"not drawn ({len(not_drawn)} limits): {'; '.join(named)}"
    if check.unrecognised:
        yield ""
        yield f"drawn, and taken for no organ: {', '.join(check.unrecognised)}"


def _shown_lines(shown: Sequence[Shown]) -> Iterator[str]:
    """Rows that are no limits."""
    if shown:
        yield ""
        yield "shown, not limits:"
    for row in shown:
        c = row.constraint
        value = _value(row.value, row.uncertainty, row.metric)
        yield (
            f"  {row.structure} {row.metric} = {value}; {c.role.value}: "
            f"{c.comparator or 'observed'} {c.limit_as_published} {c.unit}"
            f"{f', {c.endpoint}' if c.endpoint else ''}"
        )


def _distance_lines(distances: Sequence[TargetDistance]) -> Iterator[str]:
    """Distances, with what a reader must know about each."""
    yield ""
    yield "distances (mm, and their interval across planes):"
    for found in distances:
        yield f"  {found.from_name} to {found.to_name}: {_interval(found)}" + (
            f" {found.reason}" if found.reason else ""
        )
    for note in dict.fromkeys(note for found in distances for note in found.notes):
        yield f"    {note}"


def _target_lines(targets: Sequence[TargetQuality]) -> Iterator[str]:
    """Indices of each target, a few to a line."""
    if targets:
        yield ""
        yield "targets:"
    for target in targets:
        given = target.prescription_reason or f"prescription {target.prescription_gy:g} Gy"
        volume = "-" if target.volume_cc is None else f"{target.volume_cc:.2f} cc"
        yield f"  {target.structure}: {volume}, {given}"
        known = [i for i in target.indices if i.value is not None]
        for start in range(0, len(known), 4):
            row = known[start : start + 4]
            yield "    " + "; ".join(f"{i.name} {_value(i.value, i.uncertainty)}" for i in row)
        for reason in dict.fromkeys(i.reason for i in target.indices if i.reason):
            names = ", ".join(i.name for i in target.indices if i.reason == reason)
            yield f"    {names}: {reason}"
        for note in target.notes:
            yield f"    {note}"


def _risk_volume_lines(volumes: Sequence[RiskVolume]) -> Iterator[str]:
    """Planning risk volumes: how made, their doses, and where they overlap a target."""
    if volumes:
        yield ""
        yield "planning risk volumes:"
    for volume in volumes:
        if volume.reason is not None:
            yield f"  {volume.name}: {volume.reason}"
            continue
        doses = "; ".join(_metric_text(value) for value in volume.metrics if value.value is not None)
        why = next((value.reason for value in volume.metrics if value.reason), "")
        yield f"  {volume.name}: {volume.volume_cc:.2f} cc; {doses or why}"
        if volume.drawn is not None and volume.missed_cc is not None and volume.beyond_cc is not None:
            yield (
                f"    drawn as {volume.drawn!r}, which is judged: it lacks {volume.missed_cc:.2f} cc of this "
                f"and has {volume.beyond_cc:.2f} cc more"
            )
        yield from (_overlap_line(overlap) for overlap in volume.overlaps)
        yield from (f"    {note}" for note in volume.notes)


def _overlap_line(overlap: TargetOverlap) -> str:
    if overlap.doses:
        doses = "; ".join(_metric_text(value) for value in overlap.doses)
        return f"    overlaps {overlap.target} in {overlap.volume_cc:.2f} cc: {doses}"
    return f"    {overlap.target}: {overlap.reason}"


def _metric_text(value: MetricValue) -> str:
    return f"{value.text} {_value(value.value, value.uncertainty, value.text)}"


def _icru_lines(reports: Sequence[IcruReport]) -> Iterator[str]:
    """The reporting block of each target, one line."""
    if reports:
        yield ""
        yield "doses to report (ICRU 83 and 91):"
    for report in reports:
        known = [
            f"{name} {index.name} {_value(index.value, index.uncertainty)}"
            for name, index in report.values.items()
            if index.value is not None
        ]
        why = next((index.reason for index in report.values.values() if index.reason), None)
        volume = "-" if report.volume_cc is None else f"{report.volume_cc:.2f} cc"
        yield f"  {report.structure}: {volume}; {'; '.join(known) or why or '-'} ({report.rule})"


def _verification_lines(judged: Sequence[Evaluation]) -> Iterator[str]:
    """How the limits were checked, by source."""
    counted = Counter((e.constraint.source, e.constraint.verification) for e in judged if e.constraint)
    if counted:
        yield ""
        yield "sources of the limits:"
    for (source, verification), count in counted.items():
        yield f"  {count} from {source}: {verification}"
