"""Which contours share their slices: islands that are drawn on planes of their own fill slabs of their own.

An island is followed from plane to plane by the outlines that lie above each other. Where it goes on at its
usual distance across a plane on which only others are drawn, those planes are no slices of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
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

    def conflicts_with(self, other: _Chain) -> bool:
        """Whether one goes on across a plane of the other."""
        return _passes(self.live, other.planes) or _passes(other.live, self.planes)


def _passes(steps: list[tuple[int, int]], planes: list[int]) -> bool:
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
    found = []
    for one, at in enumerate(plane.tolist()):
        nexts: list[int] = []
        other = at + step
        while not nexts and 0 <= other < len(positions):
            if abs(positions[other] - positions[at]) > LARGEST_SLICE_MM:
                break
            nexts = outlines.over(one, on_plane[other])
            other += step
        found.append(nexts)
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Outlines:
    """Contours seen along the normal."""

    boxes: FloatArray
    edges: FloatArray
    starts: IntArray

    def over(self, one: int, others: IntArray) -> list[int]:
        """Which of some contours overlap one, seen along the normal."""
        likeness = box_likeness(np.repeat(self.boxes[None, one], len(others), axis=0), self.boxes[others])
        near = np.flatnonzero(likeness > 0)
        return [
            int(others[k]) for k in near if likeness[k] > _SURELY_ABOVE or self._overlap(one, int(others[k]))
        ]

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
    families: list[list[_Chain]] = []
    crossing = any(chain.live for chain in chains)
    for chain in sorted(chains, key=lambda one: -len(one.planes)) if crossing else []:
        own = set(chain.planes)
        fits = [family for family in families if not any(map(chain.conflicts_with, family))]
        if fits:
            max(fits, key=lambda family: sum(len(own & set(one.planes)) for one in family)).append(chain)
        else:
            families.append([chain])
    return families or [chains]
