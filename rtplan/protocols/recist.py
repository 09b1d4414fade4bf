"""Response by RECIST 1.1: target-lesion sums, the other lesions, and the best response.

Eisenhauer 2009, Eur J Cancer 45:228, doi:10.1016/j.ejca.2008.10.026. What was not measured is not evaluable;
it is never taken for stable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from rtplan.errors import RtplanValueError

__all__ = [
    "Assessment",
    "BestResponse",
    "NonTarget",
    "Response",
    "ResponseRow",
    "TargetLesion",
    "best_overall_response",
    "overall_response",
    "responses",
    "target_response",
]

_PROGRESSION_MM: Final = 5.0
_NODE_NORMAL_MM: Final = 10.0
_ROUNDING: Final = 1e-9
CONFIRMED_AFTER_DAYS: Final = 28
"""RECIST 1.1, section 4.6: confirmation no less than 4 weeks later."""


class Response(StrEnum):
    """The answers of RECIST 1.1."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"
    NE = "NE"
    NON_CR_NON_PD = "non-CR/non-PD"


NonTarget = Literal["none", "CR", "non-CR/non-PD", "PD", "not evaluated"]
_NON_TARGETS: Final = ("none", "CR", "non-CR/non-PD", "PD", "not evaluated")


@dataclass(frozen=True, kw_only=True)
class TargetLesion:
    """A target lesion.

    Attributes
    ----------
    name : str
    is_node : bool
        A lymph node is measured by its short axis and is normal below 10 mm; others by their longest
        diameter.
    """

    name: str
    is_node: bool = False


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """One imaging assessment.

    Attributes
    ----------
    day : date
    diameters_mm : mapping of str to float or None
        By lesion; 0 where it has disappeared, None (or left out) where it was not measured.
    non_target : str
        ``"none"`` (there are none), ``"CR"``, ``"non-CR/non-PD"``, ``"PD"`` or ``"not evaluated"``.
    new_lesion : bool or None
        None where nobody looked.
    """

    day: date
    diameters_mm: Mapping[str, float | None]
    non_target: NonTarget
    new_lesion: bool | None

    def __post_init__(self) -> None:
        if self.non_target not in _NON_TARGETS:
            raise RtplanValueError(f"non_target {self.non_target!r} is none of {', '.join(_NON_TARGETS)}")
        for name, size in self.diameters_mm.items():
            if size is not None and not 0 <= size < 1000:
                raise RtplanValueError(f"{name}: {size} mm is no diameter; were cm typed?")


@dataclass(frozen=True, kw_only=True)
class ResponseRow:
    """One assessment, judged.

    Attributes
    ----------
    day : date
    sum_mm : float or None
        Sum of the target diameters; None where one was not measured.
    nadir_mm : float or None
        Smallest sum before this assessment, baseline included.
    change_from_baseline, change_from_nadir : float or None
        As a fraction; None where there is no sum, or the nadir is 0.
    target, overall : Response
    """

    day: date
    sum_mm: float | None
    nadir_mm: float | None
    change_from_baseline: float | None
    change_from_nadir: float | None
    target: Response
    overall: Response


def target_response(sum_mm: float, *, baseline_mm: float, nadir_mm: float, all_disappeared: bool) -> Response:
    """Response of the target lesions from their sums.

    Progression: at least 20 % and at least 5 mm above the smallest sum on study. Partial response: at least
    30 % below baseline. Progression comes first where both hold.

    Parameters
    ----------
    sum_mm, baseline_mm, nadir_mm : float
        Sums of diameters in mm: now, at baseline, and the smallest before now (baseline included).
    all_disappeared : bool
        All target lesions gone, nodes below 10 mm in short axis.

    Returns
    -------
    Response

    Raises
    ------
    RtplanValueError
        A baseline that is not above 0, negative sums, or a nadir above the baseline.

    Examples
    --------
    >>> [target_response(s, baseline_mm=100, nadir_mm=60, all_disappeared=False).value for s in (70, 72)]
    ['PR', 'PD']
    """
    if not baseline_mm > 0 or sum_mm < 0 or not 0 <= nadir_mm <= baseline_mm:
        raise RtplanValueError(
            f"sums {sum_mm:g}, baseline {baseline_mm:g}, nadir {nadir_mm:g} mm: a baseline above 0 and a "
            "nadir not above it are needed"
        )
    if all_disappeared:
        return Response.CR
    increase = sum_mm - nadir_mm
    if increase >= 0.2 * nadir_mm - _ROUNDING and increase >= _PROGRESSION_MM - _ROUNDING:
        return Response.PD
    if baseline_mm - sum_mm >= 0.3 * baseline_mm - _ROUNDING:
        return Response.PR
    return Response.SD


def overall_response(target: Response | None, non_target: NonTarget, *, new_lesion: bool | None) -> Response:
    """Overall response at one assessment: tables 1 and 2 of RECIST 1.1.

    Parameters
    ----------
    target : Response or None
        None where there are no target lesions.
    non_target : str
        As in `Assessment`.
    new_lesion : bool or None
        None where nobody looked: then there is no complete and no partial response.

    Returns
    -------
    Response

    Examples
    --------
    >>> overall_response(Response.CR, "non-CR/non-PD", new_lesion=False).value
    'PR'
    >>> overall_response(Response.PR, "CR", new_lesion=True).value
    'PD'
    """
    if new_lesion or non_target == "PD" or target is Response.PD:
        return Response.PD
    if new_lesion is None:
        return Response.NE
    if target is None:
        return _NON_TARGET_ONLY[non_target]
    if target is Response.CR:
        return Response.CR if non_target in ("none", "CR") else Response.PR
    return target


_NON_TARGET_ONLY: Final[Mapping[str, Response]] = {
    "none": Response.NE,
    "CR": Response.CR,
    "non-CR/non-PD": Response.NON_CR_NON_PD,
    "not evaluated": Response.NE,
}


def responses(
    lesions: Sequence[TargetLesion],
    baseline: Assessment,
    follow_ups: Sequence[Assessment],
) -> tuple[ResponseRow, ...]:
    """Judge every assessment after baseline.

    Parameters
    ----------
    lesions : sequence of TargetLesion
        At most five, at most two for each organ, as RECIST 1.1 has it; may be empty.
    baseline : Assessment
        With the diameter of every target lesion.
    follow_ups : sequence of Assessment
        In order of time.

    Returns
    -------
    tuple of ResponseRow

    Raises
    ------
    RtplanValueError
        A lesion not measured at baseline, an unknown lesion, assessments out of order.

    Examples
    --------
    >>> tumour = TargetLesion(name="presacral")
    >>> def seen(day, mm):
    ...     return Assessment(day=day, diameters_mm={"presacral": mm}, non_target="none", new_lesion=False)
    >>> rows = responses([tumour], seen(date(2025, 1, 2), 40),
    ...                  [seen(date(2025, 3, 1), 28), seen(date(2025, 5, 1), 35)])
    >>> [(row.sum_mm, row.overall.value) for row in rows]
    [(28.0, 'PR'), (35.0, 'PD')]
    """
    _check(lesions, baseline, follow_ups)
    if not lesions:
        return tuple(_row_without_targets(seen) for seen in follow_ups)
    base = _sum(lesions, baseline)
    assert base is not None
    nadir = base
    rows: list[ResponseRow] = []
    for seen in follow_ups:
        were_gone = any(row.target is Response.CR for row in rows)
        rows.append(_row(lesions, seen, base, nadir, were_gone=were_gone))
        total = rows[-1].sum_mm
        nadir = nadir if total is None else min(nadir, total)
    return tuple(rows)


def _names(lesions: Sequence[TargetLesion]) -> list[str]:
    return [lesion.name for lesion in lesions]


def _check(lesions: Sequence[TargetLesion], baseline: Assessment, follow_ups: Sequence[Assessment]) -> None:
    names = _names(lesions)
    if len(set(names)) != len(names) or len(names) > 5:
        raise RtplanValueError("target lesions: at most five, each with a name of its own")
    for name in names:
        if not (baseline.diameters_mm.get(name) or 0) > 0:
            raise RtplanValueError(f"{name}: a diameter above 0 mm at baseline is needed")
    for seen in (baseline, *follow_ups):
        unknown = [name for name in seen.diameters_mm if name not in names]
        if unknown:
            raise RtplanValueError(f"{', '.join(unknown)}: no target lesion of that name")
    days = [seen.day for seen in (baseline, *follow_ups)]
    if sorted(set(days)) != days:
        raise RtplanValueError("assessments are given in order of time, one for each day")


def _sum(lesions: Sequence[TargetLesion], seen: Assessment) -> float | None:
    sizes = [seen.diameters_mm.get(lesion.name) for lesion in lesions]
    known = [size for size in sizes if size is not None]
    return float(sum(known)) if len(known) == len(sizes) else None


def _row_without_targets(seen: Assessment) -> ResponseRow:
    overall = overall_response(None, seen.non_target, new_lesion=seen.new_lesion)
    return ResponseRow(
        day=seen.day,
        sum_mm=None,
        nadir_mm=None,
        change_from_baseline=None,
        change_from_nadir=None,
        target=Response.NE,
        overall=overall,
    )


def _row(
    lesions: Sequence[TargetLesion], seen: Assessment, base: float, nadir: float, *, were_gone: bool
) -> ResponseRow:
    total = _sum(lesions, seen)
    target = (
        _partly_measured(seen, nadir)
        if total is None
        else _target(lesions, seen, base, nadir, were_gone=were_gone)
    )
    return ResponseRow(
        day=seen.day,
        sum_mm=total,
        nadir_mm=nadir,
        change_from_baseline=None if total is None else total / base - 1,
        change_from_nadir=None if total is None or nadir == 0 else total / nadir - 1,
        target=target,
        overall=overall_response(target, seen.non_target, new_lesion=seen.new_lesion),
    )


def _partly_measured(seen: Assessment, nadir: float) -> Response:
    """Progression where what was measured shows it alone; else not evaluable."""
    measured = sum(size for size in seen.diameters_mm.values() if size is not None)
    grown = measured - nadir >= max(0.2 * nadir, _PROGRESSION_MM) - _ROUNDING
    return Response.PD if grown else Response.NE


def _target(
    lesions: Sequence[TargetLesion], seen: Assessment, base: float, nadir: float, *, were_gone: bool
) -> Response:
    """Response of the targets; a lesion that comes back after all were gone is progression."""
    sizes = [(lesion, seen.diameters_mm[lesion.name] or 0.0) for lesion in lesions]
    if were_gone and any(size > 0 and not lesion.is_node for lesion, size in sizes):
        return Response.PD
    gone = all(size < _NODE_NORMAL_MM if lesion.is_node else size == 0 for lesion, size in sizes)
    total = sum(size for _, size in sizes)
    return target_response(total, baseline_mm=base, nadir_mm=nadir, all_disappeared=gone)


@dataclass(frozen=True, kw_only=True)
class BestResponse:
    """The best overall response.

    Attributes
    ----------
    response : Response
    day : date or None
        Of the assessment that first showed it.
    confirmed : bool
        Whether a complete or partial response was seen again at least 4 weeks later.
    progression_day : date or None
    """

    response: Response
    day: date | None
    confirmed: bool
    progression_day: date | None


def best_overall_response(
    rows: Sequence[ResponseRow], *, baseline_day: date, min_stable_days: int
) -> BestResponse:
    """Best response with confirmation, up to progression (RECIST 1.1, table 3).

    A complete response is confirmed by another at least 4 weeks later, a partial one by a partial or complete
    response. Any disease that is seen after a complete response is progression. A response that is not
    confirmed counts as stable disease where it was seen late enough, else it is not evaluable.

    Parameters
    ----------
    rows : sequence of ResponseRow
        In order of time.
    baseline_day : date
    min_stable_days : int
        From baseline: the protocol says from when on disease counts as stable.

    Returns
    -------
    BestResponse

    Examples
    --------
    >>> def row(day, overall):
    ...     return ResponseRow(day=day, sum_mm=None, nadir_mm=None, change_from_baseline=None,
    ...                        change_from_nadir=None, target=overall, overall=overall)
    >>> best = best_overall_response(
    ...     [row(date(2025, 3, 1), Response.PR), row(date(2025, 3, 29), Response.PR)],
    ...     baseline_day=date(2025, 1, 1), min_stable_days=42)
    >>> best.response.value, best.confirmed
    ('PR', True)
    """
    stop = next((i for i, row in enumerate(rows) if _progressed(row, rows[:i])), len(rows))
    before, progression = rows[:stop], rows[stop].day if stop < len(rows) else None
    for wanted, confirming in (
        (Response.CR, (Response.CR,)),
        (Response.PR, (Response.PR, Response.CR)),
    ):
        day = _confirmed_on(before, wanted, confirming)
        if day is not None:
            return BestResponse(response=wanted, day=day, confirmed=True, progression_day=progression)
    return _unconfirmed(before, progression, baseline_day, min_stable_days)


def _progressed(row: ResponseRow, before: Sequence[ResponseRow]) -> bool:
    """Progression; any disease seen after a complete response is one (footnote to table 3)."""
    was_complete = any(earlier.overall is Response.CR for earlier in before)
    still = (Response.CR, Response.NE)
    return row.overall is Response.PD or (was_complete and row.overall not in still)


def _confirmed_on(rows: Sequence[ResponseRow], wanted: Response, again: Sequence[Response]) -> date | None:
    """Day of the first response that is seen again at least 4 weeks later."""
    for i, row in enumerate(rows):
        if row.overall is wanted and any(
            later.overall in again and (later.day - row.day).days >= CONFIRMED_AFTER_DAYS
            for later in rows[i + 1 :]
        ):
            return row.day
    return None


def _unconfirmed(
    rows: Sequence[ResponseRow], progression: date | None, baseline_day: date, min_stable_days: int
) -> BestResponse:
    stable = (Response.CR, Response.PR, Response.SD, Response.NON_CR_NON_PD)
    late = [row for row in rows if row.overall in stable and (row.day - baseline_day).days >= min_stable_days]
    if late:
        only_other = all(row.overall is Response.NON_CR_NON_PD for row in late)
        answer = Response.NON_CR_NON_PD if only_other else Response.SD
        return BestResponse(response=answer, day=late[0].day, confirmed=False, progression_day=progression)
    answer = Response.PD if progression else Response.NE
    return BestResponse(response=answer, day=progression, confirmed=False, progression_day=progression)
