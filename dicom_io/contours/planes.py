"""Which contours lie on one slice.

Contours of one slice may differ by the rounding of a file, or by what a system does to islands and holes.
Planes that lie close are one slice where the image says so, or where their contours name the same image;
else where they are nearer than a quarter of the distance at which their own outlines go on. Never by a
chain: an even run of close planes stays planes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray, IntArray
from dicom_io.contours.boxes import overlapping_pairs
from dicom_io.contours.drawn import Drawn
from dicom_io.contours.ragged import expand
from dicom_io.objects import ImageSlices

__all__ = ["LARGEST_SLICE_MM", "SAME_PLANE_MM", "planes_of", "slice_distance"]

SAME_PLANE_MM = 0.05
"""Contours whose planes are closer than this are on one plane; no scanner slices thinner than 0.1 mm."""
LARGEST_SLICE_MM = 10.0
"""No scanner's slices are farther apart: an outline that comes back beyond this is another part."""
SMALLEST_SLICE_MM = 0.5
"""Of contours drawn twice at slightly different heights, at most so far apart."""
ONE_SLICE = 0.25
"""Planes nearer than this part of the distance there are one slice."""
_CLEARLY = 0.1
"""Outlines have so much more in common where they are of one island and the nearer ones are not."""
_EVEN = 0.34
"""Of distances that differ by less none is a quarter of another."""
_MANY_PAIRS = 1_000_000
"""So many pairs of outlines are compared one by one; beyond, only those whose boxes overlap."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Planes:
    """Distinct planes and what tells whether two of them are one slice."""

    positions: FloatArray
    plane: IntArray  # of each contour
    goes_on: FloatArray  # distance at which the outlines of a plane go on; infinite where they do not
    slices: FloatArray | None  # distance of the image's slices at each plane
    images: list[frozenset[int]]  # named by the contours of each plane

    def are_one_slice(self, first: int, last: int) -> bool:
        """Whether planes from `first` to `last` lie on one slice."""
        extent = self.positions[last] - self.positions[first]
        goes_on = float(self.goes_on[first : last + 1].min())
        if self._is_doubled(first, last):
            return True
        if 2 * extent >= goes_on:
            return False  # an even run of planes
        if self.slices is not None and extent < ONE_SLICE * float(self.slices[first : last + 1].max()):
            return True
        named = frozenset[int]().union(*self.images[first : last + 1])
        if len(named) == 1 and -1 not in named:
            return True
        return bool(np.isfinite(goes_on)) and extent < ONE_SLICE * goes_on

    def _is_doubled(self, first: int, last: int) -> bool:
        """Whether two planes are one drawn twice: no slices are so thin, and both neighbours are far."""
        extent = self.positions[last] - self.positions[first]
        if last != first + 1 or extent >= SMALLEST_SLICE_MM:
            return False
        around = [
            self.positions[first] - self.positions[first - 1] if first else np.inf,
            self.positions[last + 1] - self.positions[last] if last + 1 < len(self.positions) else np.inf,
        ]
        near = [gap for gap in around if gap <= LARGEST_SLICE_MM]
        return bool(near) and all(extent < ONE_SLICE * gap for gap in around)


def planes_of(drawn: Drawn, slices: ImageSlices | None) -> tuple[FloatArray, IntArray]:
    """Return the positions of the distinct slices, increasing, and each contour's slice.

    Parameters
    ----------
    drawn : Drawn
    slices : ImageSlices or None
        Of the image that the contours were drawn on, where it is there.
    """
    positions, plane = _distinct(drawn.positions)
    gaps = np.diff(positions)
    if not len(gaps) or (
        gaps.min() > _EVEN * min(gaps.max(), LARGEST_SLICE_MM) and not _is_split(drawn.images, plane)
    ):
        return positions, plane
    found = _Planes(
        positions=positions,
        plane=plane,
        goes_on=_distance_to_next(drawn, positions, plane),
        slices=slice_distance(slices, drawn.normal, positions),
        images=_named_images(drawn.images, plane, len(positions)),
    )
    return _joined(drawn.positions, plane, _slice_numbers(found))


def _distinct(contour_positions: FloatArray) -> tuple[FloatArray, IntArray]:
    """Positions of planes farther apart than rounding, and each contour's plane."""
    order = np.argsort(contour_positions, kind="stable")
    plane = np.empty(len(order), dtype=np.int64)
    number, first = 0, float(contour_positions[order[0]])
    for contour in order.tolist():
        if contour_positions[contour] - first > SAME_PLANE_MM:
            number, first = number + 1, float(contour_positions[contour])
        plane[contour] = number
    return _joined(contour_positions, plane, np.arange(number + 1))


def _joined(contour_positions: FloatArray, plane: IntArray, number: IntArray) -> tuple[FloatArray, IntArray]:
    """Mean position of each joined plane, and each contour's."""
    joined = number[plane]
    return np.bincount(joined, weights=contour_positions) / np.bincount(joined), joined


def _slice_numbers(found: _Planes) -> IntArray:
    """Number of each plane's slice, in order."""
    number = np.zeros(len(found.positions), dtype=np.int64)
    first = 0
    for last in range(1, len(number)):
        if found.are_one_slice(first, last):
            number[last] = number[last - 1]
        else:
            first = last
            number[last] = number[last - 1] + 1
    return number


def _distance_to_next(drawn: Drawn, positions: FloatArray, plane: IntArray) -> FloatArray:
    """Distance from each plane at which its outlines go on.

    Looked at are the next two planes above and below with an outline over it: it goes on in the nearest
    where the outline is about as alike as in any. What lies between is a hole or an island of its slice.
    """
    order = np.argsort(plane, kind="stable")
    height, boxes = positions[plane[order]], drawn.boxes[order]
    one, other = _within_a_slice(height, boxes)
    alike, rise = box_likeness(boxes[one], boxes[other]), height[other] - height[one]
    over = (rise != 0) & (alike > 0)
    one, alike, rise = _two_planes_either_side(one[over], alike[over], rise[over])
    best = np.zeros(len(order))
    np.maximum.at(best, one, alike)
    goes_on = alike >= best[one] - _CLEARLY
    found = np.full(len(positions), np.inf)
    np.minimum.at(found, plane[order][one[goes_on]], np.abs(rise[goes_on]))
    return found


def _within_a_slice(height: FloatArray, boxes: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs of outlines no farther apart than the largest slice; of many, only those whose boxes overlap."""
    first = np.searchsorted(height, height - LARGEST_SLICE_MM, side="left")
    stop = np.searchsorted(height, height + LARGEST_SLICE_MM, side="right")
    if np.sum(stop - first) <= _MANY_PAIRS:
        one, nth = expand(stop - first)
        return one, first[one] + nth
    starts = np.flatnonzero(np.diff(height, prepend=-np.inf))
    ends = np.append(starts[1:], len(height))
    pairs = []
    for start, end in zip(starts, ends, strict=True):
        near = slice(first[start], stop[start])
        one, other = overlapping_pairs(boxes[start:end], boxes[near])
        pairs.append((start + one, near.start + other))
    one, other = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    return one, other


def _two_planes_either_side(
    one: IntArray, alike: FloatArray, rise: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Of outlines over contours the most alike of each plane, of the nearest two planes above and below."""
    upwards, away = rise > 0, np.abs(rise)
    by_plane = np.lexsort((-alike, away, upwards, one))
    one, upwards, away, alike = one[by_plane], upwards[by_plane], away[by_plane], alike[by_plane]
    side = 2 * one + upwards
    is_side = np.diff(side, prepend=-1) != 0
    is_plane = is_side | (np.diff(away, prepend=-1.0) > 0)
    side, is_side = side[is_plane], is_side[is_plane]
    one, alike, rise = one[is_plane], alike[is_plane], rise[by_plane][is_plane]
    place = np.arange(len(side)) - np.flatnonzero(is_side)[np.cumsum(is_side) - 1]
    near = place < 2
    return one[near], alike[near], rise[near]


def box_likeness(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the common area of boxes over the area of both, row by row: 1 of equal ones, 0 of separate.

    Parameters
    ----------
    a, b : ndarray, shape (boxes, 4)
        Smallest u and v, largest u and v.
    """
    side = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    common = np.prod(side.clip(0), axis=1)
    both = np.prod(a[:, 2:] - a[:, :2], axis=1) + np.prod(b[:, 2:] - b[:, :2], axis=1) - common
    likeness: FloatArray = np.divide(common, both, out=np.zeros(len(a)), where=both > 0)
    return likeness


def slice_distance(
    slices: ImageSlices | None, normal: FloatArray, positions: FloatArray
) -> FloatArray | None:
    """Return the distance between the image's slices at some positions, mm; None where it does not say.

    Parameters
    ----------
    slices : ImageSlices or None
    normal : ndarray, shape (3,)
        Along which the positions are measured.
    positions : ndarray
    """
    if slices is None:
        return None
    heights = slices.heights_along(normal)
    if len(heights) < 2:
        return None
    gaps = np.diff(heights)
    at = np.searchsorted(heights, positions, side="right") - 1
    # a plane on a slice has a gap on either side: the larger tells the slice, not a scan that overlaps
    around = np.stack([gaps[np.clip(at + step, 0, len(gaps) - 1)] for step in (-1, 0)])
    found: FloatArray = around.max(axis=0)
    return found


def _is_split(images: IntArray, plane: IntArray) -> bool:
    """Whether contours on several planes name one image."""
    named = images >= 0
    pairs = np.unique(np.stack([images[named], plane[named]]), axis=1)
    return bool(len(np.unique(pairs[0])) < pairs.shape[1])


def _named_images(images: IntArray, plane: IntArray, count: int) -> list[frozenset[int]]:
    """The images that the contours of each plane name; -1 among them where one names none."""
    named: list[set[int]] = [set() for _ in range(count)]
    for image, at in zip(images.tolist(), plane.tolist(), strict=True):
        named[at].add(image)
    return [frozenset(numbers) for numbers in named]
