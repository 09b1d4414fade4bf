"""Which contours share their slices: islands that are drawn on planes of their own fill slabs of their own.

An island is followed from plane to plane by the outlines that lie above each other. Where it goes on at its
usual distance across a plane on which only others are drawn, those planes are no slices of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.boxes import overlapping_pairs
from dicom_io.contours.drawn import Drawn
from dicom_io.contours.planes import LARGEST_SLICE_MM, box_likeness
from dicom_io.contours.polygons import crosses, inside

__all__ = ["Islands", "islands_of"]

_SURELY_ABOVE = 0.5
"""Boxes that have this much in common hold outlines that lie above each other."""
_USUAL = 1.5
"""An island goes on where its next outline is at most this many times the usual distance away."""
_REGULAR, _FEWEST_STEPS, _SPARSEST = 1.5, 3, 4.0
"""So it does where it takes at least 3 even steps of at most 4 times the usual one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Islands:
    """Contours followed from plane to plane.

    Attributes
    ----------
    family : ndarray of int, shape (contours,)
        Contours of one family share their slices.
    lower, upper : ndarray of int, shape (links,)
        Contours of which the upper is of the next plane that holds any above the lower one.
    usual_mm : float or None
        The usual distance from an outline to the next one of its island; None where nothing goes on.
    """

    family: IntArray
    lower: IntArray
    upper: IntArray
    usual_mm: float | None

    @property
    def n_families(self) -> int:
        """Number of families."""
        return int(self.family.max()) + 1


@dataclass(frozen=True, kw_only=True, eq=False)
class _Chain:
    """One island from plane to plane."""

    contours: list[int]
    planes: list[int]
    live: list[tuple[int, int]]  # planes between which it goes on across others


@dataclass(kw_only=True, eq=False)
class _Family:
    """Islands that share their slices: how many lie on each plane, and where any goes on across others."""

    chains: list[_Chain] = field(default_factory=list)
    planes: Counter[int] = field(default_factory=Counter)
    live: set[tuple[int, int]] = field(default_factory=set)

    def add(self, chain: _Chain) -> None:
        self.chains.append(chain)
        self.planes.update(chain.planes)
        self.live.update(chain.live)

    def conflicts_with(self, chain: _Chain) -> bool:
        """Whether an island goes on across a plane of the family, or one of the family across one of it."""
        return _passes(self.live, chain.planes) or _passes(chain.live, self.planes)

    def shared_with(self, chain: _Chain) -> int:
        """How often the family is drawn on the planes of an island."""
        return sum(self.planes[plane] for plane in set(chain.planes))


def _passes(steps: Iterable[tuple[int, int]], planes: Iterable[int]) -> bool:
    return any(low < plane < high for low, high in steps for plane in planes)


def islands_of(drawn: Drawn, positions: FloatArray, plane: IntArray) -> Islands:
    """Return which contours share their slices, and which follow each other.

    Parameters
    ----------
    drawn : Drawn
    positions : ndarray, shape (planes,)
        Increasing, mm.
    plane : ndarray of int, shape (contours,)
        Each contour's plane.
    """
    above = _next_contours(drawn, positions, plane, upwards=True)
    lower = np.repeat(np.arange(len(above)), [len(nexts) for nexts in above])
    upper = np.array([one for nexts in above for one in nexts], dtype=np.int64)
    family = np.zeros_like(plane)
    if not len(lower):
        return Islands(family=family, lower=lower, upper=upper, usual_mm=None)
    usual = float(np.median(positions[plane[upper]] - positions[plane[lower]]))
    if np.any(plane[upper] > plane[lower] + 1):
        below = _next_contours(drawn, positions, plane, upwards=False)
        chains = _chains(_steps(above, below), positions, plane, usual)
        for number, members in enumerate(_families(chains)):
            family[[contour for chain in members for contour in chain.contours]] = number
    return Islands(family=family, lower=lower, upper=upper, usual_mm=usual)


def _steps(above: list[list[int]], below: list[list[int]]) -> dict[int, int]:
    """Each contour's only next one above, where it is the only one below that."""
    return {one: nexts[0] for one, nexts in enumerate(above) if len(nexts) == 1 and below[nexts[0]] == [one]}


def _next_contours(drawn: Drawn, positions: FloatArray, plane: IntArray, *, upwards: bool) -> list[list[int]]:
    """For each contour those of the next plane that has any above it (or below)."""
    order = np.argsort(plane, kind="stable")
    on_plane: list[IntArray] = np.split(order, np.cumsum(np.bincount(plane))[:-1])
    outlines = _Outlines(boxes=drawn.boxes, edges=drawn.edges, starts=drawn.starts)
    step = 1 if upwards else -1
    found: list[list[int]] = [[] for _ in plane]
    for at, contours in enumerate(on_plane):
        other, alone = at + step, contours
        while len(alone) and 0 <= other < len(positions):
            if abs(positions[other] - positions[at]) > LARGEST_SLICE_MM:
                break
            for one, next_one in outlines.above(alone, on_plane[other]):
                found[one].append(next_one)
            alone = np.array([one for one in alone.tolist() if not found[one]], dtype=np.int64)
            other += step
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Outlines:
    """Contours seen along the normal."""

    boxes: FloatArray
    edges: FloatArray
    starts: IntArray

    def above(self, some: IntArray, others: IntArray) -> Iterator[tuple[int, int]]:
        """Yield which of other contours overlap which of some, seen along the normal."""
        one, other = overlapping_pairs(self.boxes[some], self.boxes[others])
        one, other = some[one], others[other]
        likeness = box_likeness(self.boxes[one], self.boxes[other])
        for k in np.flatnonzero(likeness > 0):
            pair = int(one[k]), int(other[k])
            if likeness[k] > _SURELY_ABOVE or self._overlap(*pair):
                yield pair

    def _overlap(self, one: int, other: int) -> bool:
        a, b = self._edges_of(one), self._edges_of(other)
        return bool(
            inside(a[:: max(1, len(a) // 8), :2], b).any()
            or inside(b[:: max(1, len(b) // 8), :2], a).any()
            or crosses(a, b)
        )

    def _edges_of(self, contour: int) -> FloatArray:
        stop = self.starts[contour + 1] if contour + 1 < len(self.starts) else len(self.edges)
        return self.edges[self.starts[contour] : stop]


def _chains(steps: dict[int, int], positions: FloatArray, plane: IntArray, usual: float) -> list[_Chain]:
    """All islands from plane to plane."""
    chains = []
    for first in sorted(set(range(len(plane))) - set(steps.values())):
        contours = [first]
        while contours[-1] in steps:
            contours.append(steps[contours[-1]])
        planes = plane[contours]
        live = _live_steps(np.diff(planes), np.diff(positions[planes]), usual)
        across = [
            (int(low), int(high))
            for low, high, goes_on in zip(planes[:-1], planes[1:], live, strict=True)
            if goes_on and high > low + 1
        ]
        chains.append(_Chain(contours=contours, planes=planes.tolist(), live=across))
    return chains


def _live_steps(jumps: IntArray, length: FloatArray, usual: float) -> BoolArray:
    """Which steps of an island are no gap."""
    live: BoolArray = (jumps == 1) | (length <= _USUAL * usual)
    if len(length) < _FEWEST_STEPS:
        return live
    is_regular = length.max() <= min(_REGULAR * length.min(), _SPARSEST * usual)
    return live | bool(is_regular)


def _families(chains: list[_Chain]) -> list[list[_Chain]]:
    """Islands that share their slices; the longest first."""
    if not any(chain.live for chain in chains):
        return [chains]
    families: list[_Family] = []
    for chain in sorted(chains, key=lambda one: -len(one.planes)):
        fits = [family for family in families if not family.conflicts_with(chain)]
        if not fits:
            fits = [_Family()]
            families += fits
        max(fits, key=lambda family: family.shared_with(chain)).add(chain)
    return [family.chains for family in families]
