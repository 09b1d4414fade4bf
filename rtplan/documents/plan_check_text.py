"""A plan check as a table for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dicom_io.dvh import MetricValue
from rtplan.limits import Constraint, Evaluation, Shown
from rtplan.plan_check import (
    VERDICT_COLUMNS,
    DrawnWithoutLimit,
    IcruReport,
    PlanCheck,
    RiskVolume,
    TargetDistance,
    TargetOverlap,
    TargetQuality,
    verdict_table,
)
from rtplan.text import decimals_of, left_aligned, range_text, value_text

__all__ = ["check_text"]


def check_text(check: PlanCheck) -> str:
    """Return a check as text: drawn organs without a limit, then what exceeds, what is within last.

    Parameters
    ----------
    check : PlanCheck

    Returns
    -------
    str
    """
    judged = [row for row in check.verdict_rows if row.evaluation.is_drawn]
    columns = [column for column in VERDICT_COLUMNS if column.key != "endpoint"]
    headings, rows = verdict_table(judged, check.judged_distances, columns)
    lines = [[cell.terminal_line for cell in row] for row in rows]
    return "\n".join(
        [
            *_head(check),
            *_without_limit_lines(check.drawn_without_limit),
            *(f"required: {organ.organ}: {organ.reason}" for organ in check.required if organ.reason),
            "",
            *([] if check.n_judged else ["nothing was judged"]),
            *(left_aligned([headings, *lines]) if lines else []),
            *_not_drawn_lines(check),
            *_other_fractions_lines(check.limits.other_fractions),
            *_shown_lines(check.limits.shown),
            *_distance_lines(check.distances),
            *_risk_volume_lines(check.risk_volumes),
            *_target_lines(check.targets),
            *_icru_lines(check.icru),
            *_verification_lines([row.evaluation for row in judged]),
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


def _without_limit_lines(organs: Sequence[DrawnWithoutLimit]) -> Iterator[str]:
    """Drawn organs that no verdict below speaks of, with what they get."""
    if organs:
        yield ""
        yield "drawn, and without a limit at this number of fractions:"
    for drawn in organs:
        known = "; ".join(_metric_text(v) for v in (drawn.maximum_gy, drawn.mean_gy) if v.value is not None)
        name = drawn.organ if drawn.structure == drawn.organ else f"{drawn.organ} ({drawn.structure})"
        yield f"  {name}: {known or drawn.maximum_gy.reason}; {drawn.reason}"


def _value(value: float | None, uncertainty: float | None, unit: str = "", metric: str = "") -> str:
    return value_text(value, uncertainty, digits=decimals_of(unit), absent="-", metric=metric)


def _interval(distance: TargetDistance) -> str:
    """Return a distance with its interval across planes, mm."""
    if distance.distance_mm is None:
        return "-"
    return f"{value_text(distance.distance_mm)} ({range_text(distance.low_mm, distance.high_mm)})"


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


def _other_fractions_lines(limits: Sequence[Constraint]) -> Iterator[str]:
    """Limits that were published for other numbers of fractions, counted."""
    if limits:
        numbers = ", ".join(dict.fromkeys(limit.fractions.text for limit in limits))
        yield ""
        yield f"for other numbers of fractions ({len(limits)} limits): {numbers}"


def _shown_lines(shown: Sequence[Shown]) -> Iterator[str]:
    """Rows that are no limits."""
    if shown:
        yield ""
        yield "shown, not limits:"
    for row in shown:
        c = row.constraint
        value = _value(row.value, row.uncertainty, c.unit, row.metric)
        yield (
            f"  {row.structure} {row.metric} = {value}; {c.role.value}: "
            f"{c.comparator or 'observed'} {c.limit_as_published} {c.unit}"
            f"{f', {c.endpoint}' if c.endpoint else ''}"
        )


def _distance_lines(distances: Sequence[TargetDistance]) -> Iterator[str]:
    """Distances, with what a reader must know about each."""
    yield ""
    yield "distances (mm, and their interval across planes):"
    for distance in distances:
        yield f"  {distance.from_name} to {distance.to_name}: {_interval(distance)}" + (
            f" {distance.reason}" if distance.reason else ""
        )
    for note in dict.fromkeys(note for distance in distances for note in distance.notes):
        yield f"    {note}"


def _target_lines(targets: Sequence[TargetQuality]) -> Iterator[str]:
    """Indices of each target, a few to a line."""
    if targets:
        yield ""
        yield "targets:"
    for target in targets:
        given = target.prescription_reason or f"prescription {target.prescription_gy:g} Gy"
        volume = _volume(target.volume_cc)
        yield f"  {target.structure}: {volume}, {given}"
        known = [i for i in target.indices if i.value is not None]
        for start in range(0, len(known), 4):
            row = known[start : start + 4]
            yield "    " + "; ".join(f"{i.name} {_value(i.value, i.uncertainty, i.unit)}" for i in row)
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
        yield f"  {volume.name}: {_volume(volume.volume_cc)}; {doses or why}"
        if volume.drawn is not None and volume.missed_cc is not None and volume.beyond_cc is not None:
            yield (
                f"    drawn as {volume.drawn!r}, which is judged: it lacks {_volume(volume.missed_cc)} of "
                f"this and has {_volume(volume.beyond_cc)} more"
            )
        yield from (_overlap_line(overlap) for overlap in volume.overlaps)
        yield from (f"    {note}" for note in volume.notes)


def _overlap_line(overlap: TargetOverlap) -> str:
    if overlap.doses:
        doses = "; ".join(_metric_text(value) for value in overlap.doses)
        return f"    overlaps {overlap.target} in {_volume(overlap.volume_cc)}: {doses}"
    return f"    {overlap.target}: {overlap.reason}"


def _volume(volume_cc: float | None) -> str:
    return "-" if volume_cc is None else f"{value_text(volume_cc)} cc"


def _metric_text(value: MetricValue) -> str:
    return f"{value.text} {_value(value.value, value.uncertainty, value.unit, value.text)}"


def _icru_lines(reports: Sequence[IcruReport]) -> Iterator[str]:
    """The reporting block of each target, one line."""
    if reports:
        yield ""
        yield "doses to report (ICRU 83 and 91):"
    for report in reports:
        known = [
            f"{name} {index.name} {_value(index.value, index.uncertainty, index.unit)}"
            for name, index in report.values.items()
            if index.value is not None
        ]
        why = next((index.reason for index in report.values.values() if index.reason), None)
        volume = _volume(report.volume_cc)
        yield f"  {report.structure}: {volume}; {'; '.join(known) or why or '-'} ({report.rule})"


def _verification_lines(judged: Sequence[Evaluation]) -> Iterator[str]:
    """How the limits were checked, by source."""
    counted = Counter((e.constraint.source, e.constraint.verification) for e in judged if e.constraint)
    if counted:
        yield ""
        yield "sources of the limits:"
    for (source, verification), count in counted.items():
        yield f"  {count} from {source}: {verification}"
