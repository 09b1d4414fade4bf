"""How far two surfaces are apart: mean, Hausdorff, and how deep one structure reaches into another.

Nobody drew between planes, so every number is had twice. *Slabs*: the surface of the polygons extruded
half-way to their neighbours, walls, steps and ends. *Linked*: between planes the outline passes evenly (by
signed distance) from one to the next, and ends flat on the last plane; it is looked at from the outlines
that were drawn and from the ends. In plane both are exact for the polygons.

The distance of a point from either surface follows from its distances d_k from the polygons of the planes:
with z along the normal it is the distance of (z, 0) from the line through (z_k, d_k), a staircase for
slabs. The surface is divided into small pieces; where the largest distance may be, they are divided further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours import Border, SlabStack, along_edges, signed_distances
from dicom_io.objects import Structure
from dicom_io.shapes.derived import PlaneSolid, why_not_together
from dicom_io.shapes.distances import distance
from dicom_io.shapes.measure import Measured

if TYPE_CHECKING:
    from scipy.spatial import KDTree

__all__ = ["SurfaceDistance", "surface_distance"]


PIECE_MM: Final = 1.5
MOST_PIECES: Final = 6_000
"""Of each surface; a larger one is divided into larger pieces."""
RESOLVED_MM: Final = 0.05
"""Where the largest distance may be, pieces are divided until it is known to this."""
_MOST_KEPT: Final = 120
_MOST_ROUNDS: Final = 6
_TOUCHING_MM: Final = 1e-6
_PERCENTILE: Final = 95.0

_DEEPER_MM: Final = 0.1
"""A point deeper inside than any surface is looked for if it may be deeper by this."""
_BLOCK: Final = 4000
_NONE: Final = np.zeros((0, 4))


@dataclass(frozen=True, kw_only=True)
class SurfaceDistance:
    """Distances between the surfaces of two structures; every value by slabs, its interval from both models.

    Attributes
    ----------
    from_name, to_name : str
    signed_mm : Measured or None
        The smallest distance of the solids where they are apart; where they overlap, less than 0: how deep a
        point of either lies inside the other, at its deepest. So a structure that reaches 4 mm into another
        has -4, and one that goes right through it minus half its thickness.
    mean_mm : Measured or None
        Mean distance of a point of either surface from the other surface, by area (average symmetric surface
        distance).
    hausdorff_mm : Measured or None
        Largest distance of any point of either surface from the other surface.
    hausdorff95_mm : Measured or None
        Of each surface, 95 % of the area is at most so far from the other: the larger of the two.
    overlap_cc : float or None
        Volume that both slabs fill.
    reason : str or None
        Why there is no distance.
    """

    from_name: str
    to_name: str
    signed_mm: Measured | None = None
    mean_mm: Measured | None = None
    hausdorff_mm: Measured | None = None
    hausdorff95_mm: Measured | None = None
    overlap_cc: float | None = None
    reason: str | None = None


def surface_distance(a: Structure, b: Structure, *, slice_thickness: float | None = None) -> SurfaceDistance:
    """Return the distances between the surfaces of two structures.

    Parameters
    ----------
    a, b : Structure
        In one frame of reference, drawn on parallel planes.
    slice_thickness : float, optional
        Thickness of a structure drawn on one plane only, mm.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> def block(number: int, x: float) -> Structure:
    ...     contours = tuple(
    ...         Contour(points=square + [x, 0, z], geometric_type="CLOSED_PLANAR") for z in range(0, 30, 3)
    ...     )
    ...     return Structure(number=number, name=f"Block{number}", interpreted_type="", contours=contours,
    ...                      frame_of_reference_uid="1.2")
    >>> found = surface_distance(block(1, 0.0), block(2, 16.0))
    >>> found.signed_mm.value, found.hausdorff_mm.value
    (-4.0, 16.0)
    """
    stacks = (
        SlabStack.of(a, slice_thickness=slice_thickness),
        SlabStack.of(b, slice_thickness=slice_thickness),
    )
    reason = why_not_together(a, b, stacks)
    if reason is not None:
        return SurfaceDistance(from_name=a.name, to_name=b.name, reason=reason)
    nearest = distance(a, b, slice_thickness=slice_thickness)
    assert nearest.distance_mm is not None
    assert nearest.low_mm is not None
    assert nearest.high_mm is not None
    solids = [PlaneSolid.of(stack, stacks[0]).with_borders() for stack in stacks]
    # either model's smallest distance: `nearest` has the slabs' and, on its other side, the linked one's
    linked_apart = nearest.low_mm if nearest.distance_mm == nearest.high_mm else nearest.high_mm
    slabs = _compared(_Slabs.of(solids[0]), _Slabs.of(solids[1]), nearest.distance_mm)
    linked = _compared(_Linked.of(solids[0]), _Linked.of(solids[1]), linked_apart)
    return SurfaceDistance(
        from_name=a.name,
        to_name=b.name,
        signed_mm=Measured.among(slabs.signed, linked.signed),
        mean_mm=Measured.among(slabs.mean, linked.mean),
        hausdorff_mm=Measured.among(slabs.largest, linked.largest),
        hausdorff95_mm=Measured.among(slabs.most, linked.most),
        overlap_cc=nearest.overlap_cc,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pieces:
    """Small pieces of a surface: upright rectangles over edges, and level squares.

    A level square counts where its middle is on the surface; one that only may reach it is kept for the
    search of the largest distance, without area.
    """

    middle: FloatArray  # u, v, height
    half: FloatArray  # half an edge: u, v
    rise: FloatArray  # half the height; of a level square, half its side instead
    area: FloatArray
    is_level: BoolArray
    step: IntArray  # which level face a square is on
    counts: BoolArray

    @property
    def radius(self) -> FloatArray:
        """From the middle to a corner."""
        upright = np.hypot(np.hypot(*self.half.T), self.rise)
        return np.where(self.is_level, np.sqrt(2) * self.rise, upright)

    def __getitem__(self, which: BoolArray | IntArray) -> _Pieces:
        return _Pieces(
            middle=self.middle[which],
            half=self.half[which],
            rise=self.rise[which],
            area=self.area[which],
            is_level=self.is_level[which],
            step=self.step[which],
            counts=self.counts[which],
        )

    @classmethod
    def joined(cls, parts: list[_Pieces]) -> _Pieces:
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in ("middle", "half", "rise", "area", "is_level", "step", "counts")
            }
        )

    @classmethod
    def walls(
        cls, edges: FloatArray, low: float, high: float, *, longest: float, stands_for: float | None = None
    ) -> _Pieces:
        """Pieces of the walls over edges; lines may stand for more height than they have."""
        pieces, _ = along_edges(edges, longest)
        rows = max(1, int(np.ceil((high - low) / longest)))
        rise = (high - low) / rows / 2
        heights = low + (high - low) / rows * (np.arange(rows, dtype=np.float64) + 0.5)
        count = len(pieces)
        half = 0.5 * (pieces[:, 2:] - pieces[:, :2])
        middle = np.column_stack([np.tile(pieces[:, :2] + half, (rows, 1)), np.repeat(heights, count)])
        length = 2 * np.hypot(*half.T)
        return cls(
            middle=middle,
            half=np.tile(half, (rows, 1)),
            rise=np.full(rows * count, rise),
            area=np.tile(length * (2 * rise if stands_for is None else stands_for), rows),
            is_level=np.zeros(rows * count, dtype=np.bool_),
            step=np.full(rows * count, -1),
            counts=np.ones(rows * count, dtype=np.bool_),
        )

    @classmethod
    def squares(cls, centres: FloatArray, height: float, half_side: FloatArray, step: IntArray) -> _Pieces:
        """Level squares, none of them known to be on the surface yet."""
        count = len(centres)
        return cls(
            middle=np.column_stack([centres, np.full(count, height)]),
            half=np.zeros((count, 2)),
            rise=half_side,
            area=(2 * half_side) ** 2,
            is_level=np.ones(count, dtype=np.bool_),
            step=step,
            counts=np.zeros(count, dtype=np.bool_),
        )

    def divided(self) -> _Pieces:
        """Each upright piece in two or four, each square in four."""
        upright, level = self[~self.is_level], self[self.is_level]
        parts = []
        for along, up in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            flat = upright.rise == 0
            chosen = upright[~flat | (up > 0)]
            moved = np.column_stack([along * chosen.half / 2, up * chosen.rise / 2])
            parts.append(
                replace(chosen, middle=chosen.middle + moved, half=chosen.half / 2, rise=chosen.rise / 2)
            )
            moved = np.column_stack([along * level.rise / 2, up * level.rise / 2, np.zeros(len(level.rise))])
            parts.append(replace(level, middle=level.middle + moved, rise=level.rise / 2))
        return _Pieces.joined(parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Face:
    """A level part of a surface: what only one of two outlines encloses, at a height."""

    height: float
    below: FloatArray
    above: FloatArray

    def squares(self, step: int, side: float) -> _Pieces:
        """A raster of squares over the face."""
        ends = np.concatenate([self.below, self.above]).reshape(-1, 2)
        low, high = ends.min(axis=0), ends.max(axis=0)
        count = np.maximum(np.ceil((high - low) / side).astype(np.int64), 1)
        u, v = (low[k] + side * (np.arange(count[k], dtype=np.float64) + 0.5) for k in range(2))
        centres = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
        every = np.full(len(centres), 0.5 * side)
        return _Pieces.squares(centres, self.height, every, np.full(len(centres), step))

    def reached(self, pieces: _Pieces) -> _Pieces:
        """Those of some squares that are or may be on the face."""
        centres = pieces.middle[:, :2]
        first, second = (signed_distances(centres, edges) for edges in (self.below, self.above))
        on_face = (first < 0) != (second < 0)
        near = np.minimum(np.abs(first), np.abs(second)) <= pieces.radius
        return replace(pieces, counts=on_face)[on_face | near]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Surface:
    """What both models share: polygons by plane, the heights each counts for, and level faces."""

    solid: PlaneSolid
    joined: BoolArray  # whether a plane and the next one belong to one part
    faces: tuple[_Face, ...]
    drawn: KDTree  # points of the outlines as drawn, which both surfaces pass through
    borders: tuple[Border, ...]

    @property
    def extents(self) -> FloatArray:
        """Heights between which a plane has a say, shape (planes, 2)."""
        raise NotImplementedError

    def outlines(self, longest: float) -> list[_Pieces]:
        """Pieces of what is upright."""
        raise NotImplementedError

    def depths(self, points: FloatArray) -> FloatArray:
        """Distance of points (u, v, height) from the surface, positive inside."""
        found = [self._depths(points[first : first + _BLOCK]) for first in range(0, len(points), _BLOCK)]
        return np.concatenate(found) if found else np.zeros(0)

    def distances(self, points: FloatArray) -> FloatArray:
        """Distance of points from the surface."""
        return np.abs(self.depths(points))

    def _depths(self, points: FloatArray) -> FloatArray:
        raise NotImplementedError

    def away(self, points: FloatArray) -> FloatArray:
        """Signed distance of points from the polygon of each plane; NaN where it cannot matter."""
        reach = np.asarray(self.drawn.query(points)[0])[:, None] + _TOUCHING_MM
        low, high = self.extents.T
        height = points[:, 2, None]
        wanted = np.maximum(low - height, height - high) <= reach
        away = np.full(wanted.shape, np.nan)
        half = 0.0
        for plane in np.flatnonzero(wanted.any(axis=0)).tolist():
            here, border = wanted[:, plane], self.borders[plane]
            inside = border.inside(points[here, :2])
            away[here, plane] = np.where(inside, -1.0, 1.0) * border.roughly(points[here, :2])
            half = max(half, border.half_mm)
        # exactly only where the nearest point of the surface may be
        near = self.by_plane(points, away)
        needed = near <= np.fmin.reduce(near, axis=1)[:, None] + 2 * half + _TOUCHING_MM
        for plane in np.flatnonzero((needed & wanted).any(axis=0)).tolist():
            here = needed[:, plane] & wanted[:, plane]
            exact = self.borders[plane].distances(points[here, :2])
            away[here, plane] = np.copysign(exact, away[here, plane])
        return away

    def by_plane(self, points: FloatArray, away: FloatArray) -> FloatArray:
        """Smallest distance of points from what hangs on each plane; NaN where not known."""
        raise NotImplementedError

    @property
    def longest(self) -> float:
        """How large pieces have to be so that there are not too many."""
        thickness = self.solid.bounds[:, 1] - self.solid.bounds[:, 0]
        size = sum(
            float(np.hypot(*(edges[:, 2:] - edges[:, :2]).T).sum()) * high
            for edges, high in zip(self.solid.edges, thickness.tolist(), strict=True)
        )
        for face in self.faces:
            ends = np.concatenate([face.below, face.above]).reshape(-1, 2)
            size += float(np.prod(ends.max(axis=0) - ends.min(axis=0)))
        return max(PIECE_MM, float(np.sqrt(size / MOST_PIECES)))

    def pieces(self) -> _Pieces:
        """The whole surface in pieces."""
        longest = self.longest
        level = [face.reached(face.squares(step, longest)) for step, face in enumerate(self.faces)]
        return _Pieces.joined([*self.outlines(longest), *level])

    def divided(self, pieces: _Pieces) -> _Pieces:
        """Smaller pieces; squares that are nowhere on their face are left out."""
        finer = pieces.divided()
        parts = [finer[~finer.is_level]]
        for step in np.unique(finer.step[finer.is_level]).tolist():
            parts.append(self.faces[step].reached(finer[finer.step == step]))
        return _Pieces.joined(parts)


def _drawn_points(solid: PlaneSolid) -> KDTree:
    """The outlines as drawn, by points at most a millimetre apart."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

    middles = []
    for edges, height in zip(solid.edges, solid.positions.tolist(), strict=True):
        pieces, _ = along_edges(edges, PIECE_MM)
        middle = 0.5 * (pieces[:, :2] + pieces[:, 2:])
        middles.append(np.column_stack([middle, np.full(len(middle), height)]))
    return KDTree(np.concatenate(middles))


def _borders(solid: PlaneSolid) -> tuple[Border, ...]:
    return tuple(Border.of(edges) for edges in solid.edges)


def _joined(solid: PlaneSolid) -> BoolArray:
    touching: BoolArray = np.abs(solid.bounds[1:, 0] - solid.bounds[:-1, 1]) < _TOUCHING_MM
    return touching


@dataclass(frozen=True, kw_only=True, eq=False)
class _Slabs(_Surface):
    """The surface of the slabs."""

    @classmethod
    def of(cls, solid: PlaneSolid) -> _Slabs:
        joined = _joined(solid)
        first, last = np.append(True, ~joined), np.append(~joined, True)
        faces = []
        for plane, edges in enumerate(solid.edges):
            low, high = solid.bounds[plane].tolist()
            if first[plane]:
                faces.append(_Face(height=low, below=_NONE, above=edges))
            above = _NONE if last[plane] else solid.edges[plane + 1]
            faces.append(_Face(height=high, below=edges, above=above))
        some = tuple(face for face in faces if len(face.below) or len(face.above))
        return cls(
            solid=solid, joined=joined, faces=some, drawn=_drawn_points(solid), borders=_borders(solid)
        )

    @property
    def extents(self) -> FloatArray:
        return self.solid.bounds

    def outlines(self, longest: float) -> list[_Pieces]:
        return [
            _Pieces.walls(edges, low, high, longest=longest)
            for edges, (low, high) in zip(self.solid.edges, self.solid.bounds.tolist(), strict=True)
        ]

    def by_plane(self, points: FloatArray, away: FloatArray) -> FloatArray:
        low, high = self.solid.bounds.T
        gap = np.maximum(low - points[:, 2, None], points[:, 2, None] - high).clip(0)
        walls: FloatArray = np.hypot(gap, away)
        return walls

    def _depths(self, points: FloatArray) -> FloatArray:
        away, height = self.away(points), points[:, 2, None]
        low, high = self.solid.bounds.T
        walls = np.fmin.reduce(self.by_plane(points, away), axis=1)
        filled = away < 0
        before = np.concatenate([np.zeros((len(points), 1), dtype=np.bool_), filled[:, :-1]], axis=1)
        after = np.concatenate([filled[:, 1:], np.zeros((len(points), 1), dtype=np.bool_)], axis=1)
        # a level face is where one slab is filled and the one that touches it is not
        is_bottom = filled & ~(before & np.append(False, self.joined))
        is_top = filled & ~(after & np.append(self.joined, False))
        levels = np.minimum(
            np.where(is_bottom, np.abs(height - low), np.inf), np.where(is_top, np.abs(height - high), np.inf)
        ).min(axis=1)
        inside = np.any(filled & (height >= low) & (height <= high), axis=1)
        depths: FloatArray = np.where(inside, 1.0, -1.0) * np.fmin(walls, levels)
        return depths


@dataclass(frozen=True, kw_only=True, eq=False)
class _Linked(_Surface):
    """The surface that passes evenly from outline to outline, ending flat on the last planes."""

    @classmethod
    def of(cls, solid: PlaneSolid) -> _Linked:
        joined = _joined(solid)
        ends = np.append(True, ~joined) | np.append(~joined, True)
        faces = tuple(
            _Face(height=float(solid.positions[plane]), below=_NONE, above=solid.edges[plane])
            for plane in np.flatnonzero(ends).tolist()
            if len(solid.edges[plane])
        )
        return cls(
            solid=solid, joined=joined, faces=faces, drawn=_drawn_points(solid), borders=_borders(solid)
        )

    @property
    def extents(self) -> FloatArray:
        at = self.solid.positions
        below, above = np.append(at[0], at[:-1]), np.append(at[1:], at[-1])
        return np.stack(
            [
                np.where(np.append(False, self.joined), below, at),
                np.where(np.append(self.joined, False), above, at),
            ],
            axis=1,
        )

    def outlines(self, longest: float) -> list[_Pieces]:
        return [
            _Pieces.walls(edges, at, at, longest=longest, stands_for=high - low)
            for edges, at, (low, high) in zip(
                self.solid.edges, self.solid.positions.tolist(), self.solid.bounds.tolist(), strict=True
            )
        ]

    def by_plane(self, points: FloatArray, away: FloatArray) -> FloatArray:
        found: FloatArray = np.hypot(points[:, 2, None] - self.solid.positions, away)
        for plane in np.flatnonzero(self.joined).tolist():
            strip, _ = self._strip(points, away, plane)
            found[:, plane] = np.fmin(found[:, plane], strip)
            found[:, plane + 1] = np.fmin(found[:, plane + 1], strip)
        return found

    def _strip(self, points: FloatArray, away: FloatArray, plane: int) -> tuple[FloatArray, BoolArray]:
        """Distance from what links a plane to the next one, and which points it has inside."""
        bottom, top = (self.solid.positions[k] - points[:, 2] for k in (plane, plane + 1))
        rise = away[:, plane + 1] - away[:, plane]
        at = np.clip(
            -(bottom * (top - bottom) + away[:, plane] * rise) / ((top - bottom) ** 2 + rise**2), 0, 1
        )
        distance = np.hypot(bottom + at * (top - bottom), away[:, plane] + at * rise)
        inside = (bottom <= 0) & (top >= 0) & (away[:, plane] - bottom / (top - bottom) * rise < 0)
        return distance, inside

    def _depths(self, points: FloatArray) -> FloatArray:
        away = self.away(points)
        best = np.fmin.reduce(self.by_plane(points, away), axis=1)
        ends = np.append(True, ~self.joined) | np.append(~self.joined, True)
        gap = np.abs(points[:, 2, None] - self.solid.positions)
        best = np.fmin(best, np.where(ends & (away < 0), gap, np.inf).min(axis=1))
        inside = np.zeros(len(points), dtype=np.bool_)
        for plane in np.flatnonzero(self.joined).tolist():
            inside |= self._strip(points, away, plane)[1]
        depths: FloatArray = np.where(inside, 1.0, -1.0) * best
        return depths


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What one model says."""

    signed: float
    mean: float
    most: float
    largest: float


def _compared(a: _Surface, b: _Surface, apart: float) -> _Found:
    """Measure both ways between two surfaces."""
    ways = [_OneWay.of(a, b), _OneWay.of(b, a)]
    area = sum(way.area for way in ways)
    signed = apart
    if apart <= 0:
        deepest = max(0.0, *(way.farthest(way.other.depths) for way in ways))
        signed = -max(_deepest(a, b, deepest), _deepest(b, a, deepest))
    return _Found(
        signed=signed,
        mean=sum(way.mean * way.area for way in ways) / area,
        most=max(way.within(_PERCENTILE) for way in ways),
        largest=max(way.farthest(way.other.distances) for way in ways),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _OneWay:
    """A surface in pieces, and how far the middles are from another one."""

    surface: _Surface
    other: _Surface
    pieces: _Pieces
    distance: FloatArray

    @classmethod
    def of(cls, surface: _Surface, other: _Surface) -> _OneWay:
        pieces = surface.pieces()
        return cls(surface=surface, other=other, pieces=pieces, distance=np.abs(other.depths(pieces.middle)))

    @property
    def weight(self) -> FloatArray:
        return np.where(self.pieces.counts, self.pieces.area, 0.0)

    @property
    def area(self) -> float:
        return float(self.weight.sum())

    @property
    def mean(self) -> float:
        return float(self.distance @ self.weight) / self.area

    def within(self, percent: float) -> float:
        """Distance that so much of the area does not exceed."""
        order = np.argsort(self.distance)
        part = np.cumsum(self.weight[order]) - 0.5 * self.weight[order]
        return float(np.interp(percent / 100 * self.area, part, self.distance[order]))

    def farthest(self, measure: Callable[[FloatArray], FloatArray]) -> float:
        """Largest value of a measure that changes by no more than one moves."""
        pieces, best = self.pieces, -np.inf
        for _ in range(_MOST_ROUNDS):
            value = measure(pieces.middle)
            best = max(best, float(np.max(value[pieces.counts], initial=-np.inf)))
            at_most = value + pieces.radius
            hopeful = np.flatnonzero(at_most > best + RESOLVED_MM)
            if not len(hopeful):
                break
            hopeful = hopeful[np.argsort(-at_most[hopeful], kind="stable")[:_MOST_KEPT]]
            pieces = self.surface.divided(pieces[hopeful])
        return best


def _deepest(a: _Surface, b: _Surface, known: float) -> float:
    """How deep a point of one solid lies inside the other, where it is more than what is known already.

    Cubes that may hold such a point are divided until they are smaller than a tenth of a millimetre.
    """
    boxes = [
        np.stack(
            [
                np.append(
                    one.solid.corners[k],
                    one.solid.bounds[:, k].min() if k == 0 else one.solid.bounds[:, k].max(),
                )
                for k in range(2)
            ]
        )
        for one in (a, b)
    ]
    low, high = np.maximum(boxes[0][0], boxes[1][0]), np.minimum(boxes[0][1], boxes[1][1])
    if np.any(high <= low):
        return known
    half = float(np.max(high - low)) / 16
    steps = [
        start + half * (2 * np.arange(np.ceil((stop - start) / (2 * half))) + 1)
        for start, stop in zip(low, high, strict=True)
    ]
    middle = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    best = known
    while half > 0.03 and len(middle):
        own, other = a.depths(middle), b.depths(middle)
        best = max(best, float(np.max(other[own >= 0], initial=-np.inf)))
        radius = np.sqrt(3) * half
        hopeful = np.flatnonzero((own >= -radius) & (other + radius > best + _DEEPER_MM))
        hopeful = hopeful[np.argsort(-other[hopeful], kind="stable")[: 4 * _MOST_KEPT]]
        half /= 2
        corners = half * (2.0 * np.stack(np.meshgrid(*3 * [[0, 1]]), axis=-1).reshape(-1, 3) - 1)
        middle = (middle[hopeful, None] + corners).reshape(-1, 3)
    return best
