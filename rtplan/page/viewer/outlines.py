"""Outlines of structures on a slice, of the solids that doses are computed in, and isodose lines.

Where a slice lies in the contours' planes it shows the contours; where it stands on them, the slabs that they
fill, exactly; anything else is the border of the points that lie inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack
from dicom_io.objects import RigidTransform, Structure
from rtplan.page.viewer.planes import SlicePlane
from rtplan.page.viewer.scene import Scene
from rtplan.sums import UsedTransform

__all__ = ["Outline", "isodose_lines", "outline_of"]

FloatArray = NDArray[np.float64]
Line = FloatArray

_PARALLEL = 1e-5
_MASK_STEP_MM = 1.0
_SAME_MM = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Outline:
    """Lines on a slice.

    Attributes
    ----------
    lines : tuple of ndarray, shape (points, 2)
        Drawn places, mm: x to the right, y downwards.
    is_closed : bool
    """

    lines: tuple[Line, ...] = field(repr=False)
    is_closed: bool

    @property
    def path(self) -> str:
        """The ``d`` of an SVG path, mm."""
        end = "Z" if self.is_closed else ""
        return "".join(
            "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line.tolist()) + end for line in self.lines
        )

    def label_mm(self, *, at_left: bool = False) -> tuple[float, float] | None:
        """Return where a name is written: at its rightmost or leftmost point; None where nothing is drawn."""
        if not self.lines:
            return None
        points = np.concatenate(self.lines)
        side = -points[:, 0] if at_left else points[:, 0]
        x, y = points[int(np.argmax(side - 0.25 * points[:, 1]))]
        return float(x), float(y)


def isodose_lines(dose_gy: FloatArray, plane: SlicePlane, levels_gy: Sequence[float]) -> list[Outline]:
    """Return the lines of each level through the pixel centres of a slice.

    Parameters
    ----------
    dose_gy : ndarray, shape (rows, columns)
        NaN where not covered: lines end there.
    plane : SlicePlane
    levels_gy : sequence of float
    """
    from contourpy import contour_generator  # noqa: PLC0415 - comes with matplotlib; only pictures need it

    if min(dose_gy.shape) < 2 or not np.isfinite(dose_gy).any():
        return [Outline(lines=(), is_closed=False) for _ in levels_gy]
    lines_of = contour_generator(x=plane.x_mm, y=plane.y_mm, z=np.ma.masked_invalid(dose_gy)).lines
    return [
        Outline(lines=tuple(np.asarray(line) for line in lines_of(level)), is_closed=False)
        for level in levels_gy
    ]


def outline_of(scene: Scene, structure: Structure, way: UsedTransform, plane: SlicePlane) -> Outline:
    """Return a structure's outline on a slice.

    Parameters
    ----------
    scene : Scene
    structure : Structure
    way : transform
        From the frame of the slice to that of the structure.
    plane : SlicePlane
    """
    stack = scene.stack(structure)
    if stack.reason is not None or not len(stack.positions):
        return Outline(lines=(), is_closed=True)
    if isinstance(way, RigidTransform):
        here = way.inverse()
        across = way.matrix[:3, :3] @ plane.axes.directions[plane.across]
        if abs(abs(across @ stack.normal) - 1) < _PARALLEL:
            return _in_plane(stack, here, plane, way)
        if abs(across @ stack.normal) < _PARALLEL and _stands_upright(stack, way, plane):
            return _across(stack, here, plane, way)
    return _inside(scene, structure, way, plane)


def _height(way: RigidTransform, plane: SlicePlane, stack: SlabStack) -> float:
    middle = plane.to_patient([np.mean(plane.x_mm), np.mean(plane.y_mm)])
    return float(way.apply(middle) @ stack.normal)


def _in_plane(stack: SlabStack, here: RigidTransform, plane: SlicePlane, way: RigidTransform) -> Outline:
    """The polygons of the slab that the slice cuts."""
    height = _height(way, plane, stack)
    cut = np.flatnonzero((stack.bounds[:, 0] - _SAME_MM <= height) & (height < stack.bounds[:, 1] - _SAME_MM))
    if not len(cut) and abs(height - stack.bounds[-1, 1]) <= _SAME_MM:
        cut = np.array([len(stack.bounds) - 1])
    lines: list[Line] = []
    for each in cut[:1]:
        edges = stack.edges[stack.edge_plane == each]
        lines += [_placed(stack, here, plane, line, height) for line in _joined(edges)]
    return Outline(lines=tuple(lines), is_closed=False)


def _joined(edges: FloatArray) -> list[FloatArray]:
    """Edges that follow each other as lines of (u, v)."""
    breaks = np.flatnonzero(np.any(edges[1:, :2] != edges[:-1, 2:], axis=1)) + 1
    return [np.concatenate([part[:1, :2], part[:, 2:]]) for part in np.split(edges, breaks) if len(part)]


def _placed(
    stack: SlabStack, here: RigidTransform, plane: SlicePlane, line: FloatArray, height: float
) -> Line:
    points = line[:, :1] * stack.u + line[:, 1:] * stack.v + height * stack.normal
    return plane.to_drawn(here.apply(points))[:, :2]


def _stands_upright(stack: SlabStack, way: RigidTransform, plane: SlicePlane) -> bool:
    """Whether the slabs lie along the rows of the slice."""
    down = way.matrix[:3, :3] @ plane.axes.directions[plane.down]
    return bool(abs(abs(down @ stack.normal) - 1) < _PARALLEL)


def _across(stack: SlabStack, here: RigidTransform, plane: SlicePlane, way: RigidTransform) -> Outline:
    """The borders of all slabs that a slice standing on them cuts."""
    across = way.matrix[:3, :3] @ plane.axes.directions[plane.across]
    right = way.matrix[:3, :3] @ plane.axes.directions[plane.right]
    start = way.apply(plane.to_patient([0.0, 0.0]))
    ends = [_crossings(stack, each, start, across, right) for each in range(len(stack.positions))]
    bounds = stack.bounds
    segments = [(x, low, x, high) for xs, (low, high) in zip(ends, bounds, strict=True) for x in xs.tolist()]
    for each, xs in enumerate(ends):
        is_above = each + 1 < len(ends) and bounds[each + 1, 0] - bounds[each, 1] < _SAME_MM
        is_below = each > 0 and bounds[each, 0] - bounds[each - 1, 1] < _SAME_MM
        segments += _level(xs, ends[each + 1] if is_above else xs[:0], bounds[each, 1])
        if not is_below:
            segments += _level(xs, xs[:0], bounds[each, 0])
    if not segments:
        return Outline(lines=(), is_closed=False)
    flat = np.array(segments)
    at = start - (start @ right) * right - (start @ stack.normal) * stack.normal
    points = at + flat.reshape(-1, 2)[:, :1] * right + flat.reshape(-1, 2)[:, 1:] * stack.normal
    drawn = plane.to_drawn(here.apply(points))[:, :2].reshape(-1, 2, 2)
    return Outline(lines=tuple(drawn), is_closed=False)


def _crossings(
    stack: SlabStack, each: int, start: FloatArray, across: FloatArray, right: FloatArray
) -> FloatArray:
    """Where a slice enters and leaves the polygons of one slab, along its right, sorted."""
    edges = stack.edges[stack.edge_plane == each]
    to_plane = np.array([stack.u @ across, stack.v @ across])
    first, second = edges[:, :2] @ to_plane, edges[:, 2:] @ to_plane
    height = start @ across
    cut = (first <= height) != (second <= height)
    share = (height - first[cut]) / (second[cut] - first[cut])
    to_right = np.array([stack.u @ right, stack.v @ right])
    begin, end = edges[cut, :2] @ to_right, edges[cut, 2:] @ to_right
    return np.sort(begin + share * (end - begin))


def _level(one: FloatArray, other: FloatArray, height: float) -> list[tuple[float, float, float, float]]:
    """Where just one of two slabs that meet is filled: their intervals' ends, sorted together, in pairs."""
    ends = np.sort(np.concatenate([one, other]))
    return [
        (a, height, b, height)
        for a, b in ends[: len(ends) // 2 * 2].reshape(-1, 2).tolist()
        if b - a > _SAME_MM
    ]


def _inside(scene: Scene, structure: Structure, way: UsedTransform, plane: SlicePlane) -> Outline:
    """The border of the points of a slice that lie inside, about a millimetre apart."""
    from contourpy import contour_generator  # noqa: PLC0415 - comes with matplotlib; only pictures need it

    low, high = _box(structure, way, plane)
    if np.any(high <= low):
        return Outline(lines=(), is_closed=False)
    counts = np.maximum(np.ceil((high - low) / _MASK_STEP_MM).astype(int), 1) + 1
    x, y = (np.linspace(a, b, n) for a, b, n in zip(low, high, counts, strict=True))
    points = plane.to_patient(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    held = scene.mask(structure).holds(np.nan_to_num(way.apply(points), nan=1e9))
    lines = contour_generator(x=x, y=y, z=held.reshape(len(y), len(x)).astype(np.float64)).lines(0.5)
    return Outline(lines=tuple(np.asarray(line) for line in lines), is_closed=False)


def _box(structure: Structure, way: UsedTransform, plane: SlicePlane) -> tuple[FloatArray, FloatArray]:
    """Part of the slice that can hold a structure; all of it where the way back is not known."""
    x, y, width, height = plane.box_mm
    whole = np.array([x, y]), np.array([x + width, y + height])
    if not isinstance(way, RigidTransform):
        return whole
    points = np.concatenate([contour.points for contour in structure.contours])
    drawn = plane.to_drawn(way.inverse().apply(points))[:, :2]
    margin = 8.0
    return np.maximum(drawn.min(axis=0) - margin, whole[0]), np.minimum(drawn.max(axis=0) + margin, whole[1])
