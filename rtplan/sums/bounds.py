"""What two or more courses can have given an organ together, when no registration says where.

Each course is known by its own EQD2 curve of the organ: D_v, the dose that the hottest volume v receives at
least, D_0 the maximum, D_V the minimum. Whatever voxel met whatever voxel,

    min over 0 <= u <= v of D_{v-u}(1) + D_u(2)  >=  D_v(sum)
    D_v(sum)  >=  max over v <= u <= V of D_u(1) + D_{V+v-u}(2).

They follow from V_sum(>= a+b) <= V1(>= a) + V2(>= b) and V_sum(>= a+b) >= V1(>= a) + V2(>= b) - V, under one
assumption: the organ of all courses is the same tissue, matched one to one with its volume preserved. Any u
gives a true bound, so searching it on nodes can lose sharpness and never truth. For two courses each bound is
sharp, metric by metric; for more the formulas fold, stay true and may be loose.

Each formula rises with every D_u of every curve. Where each course's true curve lies between a colder and a
hotter one, the true bound therefore lies between the bounds of all colder and of all hotter curves: that is
its half-width. It belongs to the volumes that the bound is read at (D_0.03cc of a sum is bounded by the
minimum of one course beside the near-maximum of the other), not to the same metric of each course.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rtplan.errors import RtplanValueError

__all__ = [
    "ASSUMPTION",
    "LOOSE",
    "VOLUME_TOLERANCE",
    "Bounds",
    "OrganCurve",
    "curve_of_points",
    "curve_of_voxels",
    "dose_bounds",
    "lower_bound",
    "mean_bounds",
    "sum_of_point_maxima",
    "upper_bound",
    "volume_bounds",
]

FloatArray = NDArray[np.float64]
DoseOfVolume: TypeAlias = Callable[[FloatArray], FloatArray]

ASSUMPTION: Final = (
    "bounds hold if the organ is the same tissue in all courses, matched one to one with volume preserved"
)
LOOSE: Final = "more than two courses: the bounds are folded pair by pair, true but possibly loose"
VOLUME_TOLERANCE: Final = 0.05
"""Organ volumes that differ by more than this share of the larger one are judged in two ways."""

_FOLD_STEPS: Final = 840
"""Steps of the volume grid on which three or more courses fold; divisible by all small numbers of voxels."""
_BISECTIONS: Final = 60
_SOME_VOLUME: Final = 1e-9
"""Share of the organ that stands for v = 0 from below: an overlap of no volume proves no dose."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganCurve:
    """What is known of the EQD2 that one course gave an organ.

    Attributes
    ----------
    label : str
        The course.
    volume_cc : float
        Volume of the organ in that course, cc, above 0.
    at_most, at_least : callable
        Volumes in cc (array) to the largest and smallest value that D_v can have, Gy; equal where the curve
        is known, infinite and 0 where nothing is known.
    nodes_cc : ndarray
        Volumes at which the curve bends or jumps.
    mean_gy : (float, float)
        Smallest and largest mean EQD2; infinite where no upper bound is known.
    ends : (OrganCurve, OrganCurve) or None
        The colder and the hotter curve between which numerical half-widths leave this one; None where it has
        none, as of typed numbers.
    other : OrganCurve or None
        The other reading of contours of which some partly overlap.
    """

    label: str
    volume_cc: float
    at_most: DoseOfVolume
    at_least: DoseOfVolume
    nodes_cc: FloatArray
    mean_gy: tuple[float, float]
    ends: tuple[OrganCurve, OrganCurve] | None = None
    other: OrganCurve | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.volume_cc) and self.volume_cc > 0):
            raise RtplanValueError(f"organ volume {self.volume_cc} cc in {self.label}: above 0 cc is needed")

    def rescaled(self, volume_cc: float) -> OrganCurve:
        """Return the curve of the organ changed uniformly to another volume (relative volumes kept)."""
        scale = self.volume_cc / volume_cc
        return OrganCurve(
            label=self.label,
            volume_cc=volume_cc,
            at_most=lambda volume: self.at_most(np.minimum(volume * scale, self.volume_cc)),
            at_least=lambda volume: self.at_least(np.minimum(volume * scale, self.volume_cc)),
            nodes_cc=self.nodes_cc / scale,
            mean_gy=self.mean_gy,
        )

    def hottest(self, volume_cc: float) -> OrganCurve:
        """Return what a part of this volume received at most: as much as the organ's hottest part of it."""
        inner = self.nodes_cc[self.nodes_cc < volume_cc]
        nodes = np.unique(np.concatenate([np.linspace(0.0, volume_cc, _FOLD_STEPS + 1), inner]))
        dose = self.at_most(nodes[:-1])  # the curve falls, so the left node overestimates each step
        mean = float(np.sum(dose * np.diff(nodes)) / volume_cc)
        return OrganCurve(
            label=self.label,
            volume_cc=volume_cc,
            at_most=self.at_most,
            at_least=np.zeros_like,
            nodes_cc=nodes,
            mean_gy=(0.0, mean),
        )

    def times(self, factor: float) -> OrganCurve:
        """Return the curve with every dose multiplied by a factor; times 0 what nothing bounds is 0 too."""
        low, high = self.mean_gy
        return replace(
            self,
            at_most=lambda volume: self.at_most(volume) * factor if factor else np.zeros_like(volume),
            at_least=lambda volume: self.at_least(volume) * factor,
            mean_gy=(low * factor, high * factor) if factor else (0.0, 0.0),
            ends=None if self.ends is None else (self.ends[0].times(factor), self.ends[1].times(factor)),
            other=None if self.other is None else self.other.times(factor),
        )

    @property
    def as_exact(self) -> OrganCurve:
        """The curve without half-widths: for searches and pictures, which show the bounds alone."""
        return replace(self, ends=None, other=None if self.other is None else self.other.as_exact)

    @property
    def readings(self) -> tuple[OrganCurve, ...]:
        """This reading of the contours and, where some partly overlap, the other one."""
        return (self,) if self.other is None else (replace(self, other=None), self.other)

    @property
    def max_gy(self) -> float:
        """The largest EQD2 that the organ can have received, Gy; infinite where nothing bounds it."""
        return max(float(one.at_most(np.zeros(1))[0]) for one in self.readings)


def curve_of_voxels(eqd2_gy: ArrayLike, *, voxel_cc: float, label: str) -> OrganCurve:
    """Return the curve of an organ of equal voxels.

    Parameters
    ----------
    eqd2_gy : array_like
        EQD2 of each voxel, Gy, any order and shape.
    voxel_cc : float
        Volume of one voxel, cc.
    label : str
        The course.

    Examples
    --------
    >>> organ = curve_of_voxels([10.0, 30.0, 20.0], voxel_cc=0.1, label="first")
    >>> organ.at_most(np.array([0.0, 0.1, 0.25]))
    array([30., 30., 10.])
    """
    descending = np.sort(np.asarray(eqd2_gy, dtype=np.float64).ravel())[::-1]
    if descending.size == 0 or not np.all(np.isfinite(descending)):
        raise RtplanValueError("an organ needs at least one voxel, and each a finite EQD2")

    def dose_at(volume: FloatArray) -> FloatArray:
        rank = np.ceil(volume / voxel_cc * (1 - 1e-12)).astype(np.int64) - 1
        found: FloatArray = descending[np.clip(rank, 0, descending.size - 1)]
        return found

    mean = float(np.mean(descending))
    return OrganCurve(
        label=label,
        volume_cc=descending.size * voxel_cc,
        at_most=dose_at,
        at_least=dose_at,
        nodes_cc=np.arange(descending.size + 1, dtype=np.float64) * voxel_cc,
        mean_gy=(mean, mean),
    )


def curve_of_points(
    points: Iterable[tuple[float, float]],
    *,
    volume_cc: float,
    label: str,
    mean_gy: tuple[float, float] = (0.0, math.inf),
) -> OrganCurve:
    """Return what single numbers, such as a maximum and a D0.1cc from a printed record, say of the curve.

    D_v never rises with v, so each number bounds all larger volumes from above and all smaller ones from
    below: D0.1cc says nothing of D0.03cc from above, and without a maximum the hottest spot has no bound.

    Parameters
    ----------
    points : iterable of (volume in cc, EQD2 in Gy)
        Volume 0 is the maximum. The doses must not rise with the volume.
    volume_cc : float
        Volume of the organ.
    label : str
        The course.
    mean_gy : (float, float)
        Bounds of the mean EQD2.

    Examples
    --------
    >>> printed = curve_of_points([(0.0, 60.0), (0.1, 50.0)], volume_cc=10, label="printed record")
    >>> printed.at_most(np.array([0.03, 0.1, 5.0])), printed.at_least(np.array([0.03, 0.1, 5.0]))
    (array([60., 50., 50.]), array([50., 50.,  0.]))
    """
    pairs = sorted(points)
    volumes = np.array([volume for volume, _ in pairs], dtype=np.float64)
    doses = np.array([dose for _, dose in pairs], dtype=np.float64)
    if np.any(np.diff(doses) > 0) or np.any(np.diff(volumes) == 0) or np.any(volumes > volume_cc):
        raise RtplanValueError(
            f"{label}: doses must not rise with the volume, nor a volume exceed the organ's {volume_cc:g} cc"
        )
    steps_down, steps_up = np.append(np.inf, doses), np.append(doses, 0.0)
    return OrganCurve(
        label=label,
        volume_cc=volume_cc,
        at_most=lambda volume: steps_down[np.searchsorted(volumes, volume, side="right")],
        at_least=lambda volume: steps_up[np.searchsorted(volumes, volume, side="left")],
        nodes_cc=np.unique(np.concatenate([[0.0, volume_cc], volumes])),
        mean_gy=mean_gy,
    )


def _candidates(low: float, high: float, *nodes: FloatArray) -> FloatArray:
    """Ends, nodes in between, and the middles between all of them, where steps show their inner value."""
    inner = np.concatenate([part[(part > low) & (part < high)] for part in nodes])
    ends = np.unique(np.concatenate([[low, high], inner]))
    return np.unique(np.concatenate([ends, (ends[1:] + ends[:-1]) / 2]))


def _upper_of_two(first: OrganCurve, second: OrganCurve, volume_cc: float) -> float:
    u = _candidates(0.0, volume_cc, second.nodes_cc, volume_cc - first.nodes_cc)
    return float(np.min(_inside(first, volume_cc - u) + _inside(second, u)))


def _inside(curve: OrganCurve, volume: FloatArray) -> FloatArray:
    """Upper curve, infinite beyond the organ's own volume, so that no minimum is taken there."""
    return np.where(volume > curve.volume_cc * (1 + 1e-12), np.inf, curve.at_most(volume))


def _lower_of_two(first: OrganCurve, second: OrganCurve, volume_cc: float) -> float:
    whole = min(first.volume_cc, second.volume_cc)
    u = _candidates(volume_cc, whole, first.nodes_cc, whole + volume_cc - second.nodes_cc)
    return float(np.max(first.at_least(u) + second.at_least(whole + volume_cc - u)))


def _fold_down(total: FloatArray, following: FloatArray) -> FloatArray:
    """Minimum of total[m - k] + following[k] over k for each m: the upper bound on an even grid."""
    steps = np.arange(total.size)
    gap = steps[:, None] - steps[None, :]
    sums = np.where(gap >= 0, total[np.maximum(gap, 0)] + following[None, :], np.inf)
    folded: FloatArray = np.min(sums, axis=1)
    return folded


def _fold_up(total: FloatArray, following: FloatArray) -> FloatArray:
    """Maximum of total[k] + following[last + m - k] over k >= m for each m: the lower bound."""
    return -_fold_down(-total[::-1], -following[::-1])[::-1]


def upper_bound(curves: Sequence[OrganCurve], volume_cc: float) -> float:
    """Return the largest D_v that the sum of the courses can have; infinite where nothing bounds it.

    Parameters
    ----------
    curves : sequence of OrganCurve
        One for each course.
    volume_cc : float
        v, from 0 (the maximum) to the organ's volume.

    Returns
    -------
    float
        EQD2, Gy.

    Examples
    --------
    >>> first = curve_of_voxels([30.0, 20.0, 10.0], voxel_cc=1, label="first")
    >>> second = curve_of_voxels([8.0, 4.0, 0.0], voxel_cc=1, label="second")
    >>> upper_bound([first, second], 2.0)
    28.0
    """
    _check(curves, volume_cc)
    if len(curves) == 2:
        return _upper_of_two(curves[0], curves[1], volume_cc)
    grid = np.linspace(0.0, volume_cc, _FOLD_STEPS + 1)
    return float(reduce(_fold_down, [_inside(curve, grid) for curve in curves])[-1])


def lower_bound(curves: Sequence[OrganCurve], volume_cc: float) -> float:
    """Return the smallest D_v that the sum of the courses can have.

    Parameters
    ----------
    curves : sequence of OrganCurve
        One for each course, of one volume (see `OrganCurve.rescaled`).
    volume_cc : float
        v, from 0 (the maximum) to the organ's volume.

    Returns
    -------
    float
        EQD2, Gy.

    Examples
    --------
    >>> first = curve_of_voxels([30.0, 20.0, 10.0], voxel_cc=1, label="first")
    >>> second = curve_of_voxels([8.0, 4.0, 0.0], voxel_cc=1, label="second")
    >>> lower_bound([first, second], 2.0)
    20.0
    """
    _check(curves, volume_cc)
    whole = min(curve.volume_cc for curve in curves)
    start = max(volume_cc, whole * _SOME_VOLUME)
    if len(curves) == 2:
        return _lower_of_two(curves[0], curves[1], start)
    grid = np.linspace(start, whole, _FOLD_STEPS + 1)
    return float(reduce(_fold_up, [curve.at_least(grid) for curve in curves])[0])


def _check(curves: Sequence[OrganCurve], volume_cc: float) -> None:
    if not curves:
        raise RtplanValueError("bounds need at least one course")
    largest = max(curve.volume_cc for curve in curves)
    if not 0 <= volume_cc <= largest * (1 + 1e-9):
        raise RtplanValueError(f"{volume_cc:g} cc of an organ of {largest:g} cc: no dose belongs to it")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a metric of the summed EQD2 can be, without any registration.

    Attributes
    ----------
    low, high : float or None
        Gy, or cc for volumes at a dose; None where nothing bounds it, with the `reason`.
    high_absolute, high_relative : float or None
        The upper bound with absolute and with relative volumes; the larger one is `high`.
    statements : tuple of str
        What the bounds assume.
    reason : str or None
        Why an end is missing.
    low_uncertainty, high_uncertainty : float
        Numerical half-width of each end, in its unit: how far it moves between the bounds of all curves at
        the colder and at the hotter end of theirs.
    """

    low: float | None
    high: float | None
    high_absolute: float | None
    high_relative: float | None
    statements: tuple[str, ...] = (ASSUMPTION,)
    reason: str | None = None
    low_uncertainty: float = 0.0
    high_uncertainty: float = 0.0

    @classmethod
    def unknown(cls, reason: str) -> Bounds:
        """Return that nothing bounds the metric, and why; nothing is assumed."""
        return cls(low=None, high=None, high_absolute=None, high_relative=None, statements=(), reason=reason)

    def __repr__(self) -> str:
        low, high = ("unknown" if end is None else f"{end:.4g}" for end in (self.low, self.high))
        return f"Bounds({low} to {high}{f': {self.reason}' if self.reason else ''})"

    @property
    def uncertainty(self) -> float:
        """The larger half-width of the two ends."""
        return max(self.low_uncertainty, self.high_uncertainty)

    def contradict(self, value: float, uncertainty: float | None) -> bool:
        """Whether a value lies outside, farther than both half-widths reach."""
        own = uncertainty or 0.0
        too_low = self.low is not None and value < self.low - self.low_uncertainty - own
        too_high = self.high is not None and value > self.high + self.high_uncertainty + own
        return too_low or too_high

    def holding(self, other: Bounds) -> Bounds:
        """Return the bounds that hold these and those of another reading of the same contours.

        An end that one reading does not have is missing in both; each end keeps what its half-width reaches.

        Examples
        --------
        >>> union = Bounds(low=10.0, high=40.0, high_absolute=40.0, high_relative=39.0, high_uncertainty=0.5)
        >>> union.holding(Bounds(low=12.0, high=39.8, high_absolute=38.0, high_relative=39.8,
        ...                      high_uncertainty=1.0))
        Bounds(10 to 40)
        """
        low, below = _farther(
            (self.low, self.low_uncertainty), (other.low, other.low_uncertainty), towards=-1
        )
        high, above = _farther(
            (self.high, self.high_uncertainty), (other.high, other.high_uncertainty), towards=1
        )
        return Bounds(
            low=low,
            high=high,
            high_absolute=_larger(self.high_absolute, other.high_absolute),
            high_relative=_larger(self.high_relative, other.high_relative),
            statements=tuple(dict.fromkeys((*self.statements, *other.statements))),
            reason=self.reason or other.reason,
            low_uncertainty=below,
            high_uncertainty=above,
        )


def _farther(
    one: tuple[float | None, float], other: tuple[float | None, float], *, towards: int
) -> tuple[float | None, float]:
    """Return the end that lies farther down (-1) or up (1), and how far either half-width reaches from it."""
    if one[0] is None or other[0] is None:
        return None, 0.0
    end = towards * max(towards * one[0], towards * other[0])
    reach = max(
        towards * value + half_width for value, half_width in ((one[0], one[1]), (other[0], other[1]))
    )
    return end, reach - towards * end


def _larger(one: float | None, other: float | None) -> float | None:
    """Return the larger of two upper bounds; None where one is missing."""
    return None if one is None or other is None else max(one, other)


def sum_of_point_maxima(curves: Sequence[OrganCurve]) -> float | None:
    """Return the bounds' crudest corner, every course's own maximum added; None where one is unknown."""
    total = sum(curve.max_gy for curve in curves)
    return total if math.isfinite(total) else None


def _relative(curves: Sequence[OrganCurve]) -> list[OrganCurve]:
    return [curve.rescaled(curves[-1].volume_cc) for curve in curves[:-1]] + [curves[-1]]


def _absolute(curves: Sequence[OrganCurve]) -> list[OrganCurve] | None:
    """Return earlier organs as the larger whole that today's is part of; None where one is smaller."""
    today = curves[-1].volume_cc
    if any(curve.volume_cc < today * (1 - 1e-9) for curve in curves[:-1]):
        return None
    return [curve.hottest(today) for curve in curves[:-1]] + [curves[-1]]


def _differing(curves: Sequence[OrganCurve]) -> list[OrganCurve]:
    """Earlier organs whose volume is not today's, to 5 % of the larger one."""
    today = curves[-1].volume_cc
    return [c for c in curves[:-1] if abs(c.volume_cc - today) > VOLUME_TOLERANCE * max(c.volume_cc, today)]


def _volume_statements(curves: Sequence[OrganCurve]) -> tuple[str, ...]:
    """Say how much the volumes differ and what each way of reading that assumes."""
    today = curves[-1].volume_cc
    differing = _differing(curves)
    if not differing:
        return ()
    volumes = ", ".join(f"{curve.volume_cc:.4g} cc in {curve.label}" for curve in differing)
    absolute = "valid when today's organ is part of the earlier one"
    if _absolute(curves) is None:
        absolute = "not available, as today's organ is larger and cannot be part of the earlier one"
    return (
        f"volumes differ by more than 5 %: {volumes}, {today:.4g} cc today; relative volumes assume a "
        f"uniform change, absolute volumes give an upper bound only, {absolute}; the larger upper bound "
        "judges",
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _joined(
    curves: Sequence[OrganCurve],
    low: Callable[[Sequence[OrganCurve]], float],
    high: Callable[[Sequence[OrganCurve]], float],
    why_open: str,
    *,
    with_absolute: bool = True,
) -> Bounds:
    """Read both bounds with relative and with absolute volumes; the larger upper bound counts."""
    found = _read(curves, low, high, with_absolute=with_absolute)
    statements = (ASSUMPTION, *_volume_statements(curves), *((LOOSE,) if len(curves) > 2 else ()))
    if any(curve.ends is not None for curve in curves):
        colder, hotter = (
            _read(_at_end(curves, end), low, high, with_absolute=with_absolute) for end in (0, 1)
        )
        found = replace(
            found,
            low_uncertainty=_half_width(colder.low, found.low, hotter.low),
            high_uncertainty=_half_width(colder.high, found.high, hotter.high),
        )
    return replace(found, statements=statements, reason=None if found.high is not None else why_open)


def _read(
    curves: Sequence[OrganCurve],
    low: Callable[[Sequence[OrganCurve]], float],
    high: Callable[[Sequence[OrganCurve]], float],
    *,
    with_absolute: bool,
) -> Bounds:
    """Read both bounds of curves as they are."""
    relative, absolute = _relative(curves), _absolute(curves) if with_absolute else None
    of_relative = high(relative)
    of_absolute = None if absolute is None else high(absolute)
    largest = max(value for value in (of_relative, of_absolute) if value is not None)
    return Bounds(
        low=low(relative),
        high=_finite(largest),
        high_absolute=_finite(of_absolute),
        high_relative=_finite(of_relative),
    )


def _at_end(curves: Sequence[OrganCurve], end: int) -> list[OrganCurve]:
    """Return every curve at its colder (0) or hotter (1) end."""
    return [curve if curve.ends is None else curve.ends[end] for curve in curves]


def _half_width(colder: float | None, here: float | None, hotter: float | None) -> float:
    """Return how far a bound moves to either end; 0 where there is no bound."""
    if colder is None or here is None or hotter is None:
        return 0.0
    return max(hotter - here, here - colder, 0.0)


def _why_open(labels: Sequence[str], wanted: str) -> str:
    return f"no upper bound: {' and '.join(labels)} {'state' if len(labels) > 1 else 'states'} no {wanted}"


def dose_bounds(curves: Sequence[OrganCurve], volume_cc: float) -> Bounds:
    """Bound D_v of the sum: the EQD2 that the hottest volume v receives at least.

    Parameters
    ----------
    curves : sequence of OrganCurve
        One for each course, today's last: its volume is the one that the metric speaks of.
    volume_cc : float
        v in cc, from 0 (the maximum) to today's volume (the minimum).

    Returns
    -------
    Bounds
        Gy EQD2. Where volumes differ by more than 5 % both readings are kept and the larger judges.

    Examples
    --------
    >>> first = curve_of_voxels([30.0, 20.0, 10.0], voxel_cc=1, label="first")
    >>> second = curve_of_voxels([8.0, 4.0, 0.0], voxel_cc=1, label="second")
    >>> found = dose_bounds([first, second], 0.0)
    >>> found.low, found.high
    (30.0, 38.0)
    """
    unknown = [curve.label for curve in curves if not math.isfinite(curve.max_gy)]
    return _joined(
        curves,
        lambda of: lower_bound(of, volume_cc),
        lambda of: upper_bound(of, volume_cc),
        _why_open(unknown, f"dose of {volume_cc:g} cc or of any smaller volume"),
    )


def mean_bounds(curves: Sequence[OrganCurve]) -> Bounds:
    """Bound the mean EQD2 of the sum; exact where the volumes agree and every mean is known."""
    unknown = [curve.label for curve in curves if not math.isfinite(curve.mean_gy[1])]
    return _joined(
        curves,
        lambda of: sum(curve.mean_gy[0] for curve in of),
        lambda of: sum(curve.mean_gy[1] for curve in of),
        _why_open(unknown, "mean together with a maximum"),
        with_absolute=bool(_differing(curves)),
    )


def volume_bounds(curves: Sequence[OrganCurve], eqd2_gy: float) -> Bounds:
    """Bound V_d of the sum: the volume that receives at least a stated EQD2.

    Parameters
    ----------
    curves : sequence of OrganCurve
        One for each course, today's last.
    eqd2_gy : float
        The dose level, Gy EQD2, not negative.

    Returns
    -------
    Bounds
        In cc of today's organ; the bounds of D_v read the other way round.
    """
    whole = curves[-1].volume_cc
    return _joined(
        curves,
        lambda of: _crossing(lambda volume: lower_bound(of, volume), eqd2_gy, whole)[0],
        lambda of: _crossing(lambda volume: upper_bound(of, volume), eqd2_gy, whole)[1],
        "no upper bound",
    )


def _crossing(dose_at: Callable[[float], float], level: float, whole: float) -> tuple[float, float]:
    """Bracket the volume at which a falling curve passes below a level: (still at least, already below)."""
    if dose_at(whole) >= level:
        return whole, whole
    if dose_at(0.0) < level:
        return 0.0, 0.0
    inside, outside = 0.0, whole
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if dose_at(middle) >= level else (inside, middle)
    return inside, outside
