"""Structures expanded or contracted by a margin, the same in all directions or by axis.

The solid is that of the slabs (each polygon fills half-way to its neighbours). Its expansion is every point
that is no farther from the slabs than the margin, its contraction every point whose whole surroundings within
the margin are inside; a margin by axis is the ellipsoid with these half-axes. On a fine grid in plane, the
distance from each polygon is exact; the border is where it equals what the margin leaves in that plane, found
by linear interpolation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.contours import FAR_MM, PlaneGrid, SlabStack, zero_lines
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure
from dicom_io.shapes.derived import Derived, PlaneSolid, nothing

__all__ = ["contract_structure", "expand_structure"]


LARGEST_MARGIN_MM = 50.0
SMALLEST_AXIS_MM = 0.5
"""In plane: of a margin by axis. Across planes 0 is allowed, which leaves the ends where they are."""
GRID_MM = 0.25
"""Grid in plane; the border is found to better than 0.1 mm."""
CORNER_GRID_MM = 0.1
"""The same for contractions, whose corners are sharp: corners are the only places that a grid blunts."""
LAYER_MM = 0.5
"""Layers across the planes that the made structure is drawn on."""
_ALIGNED = 1e-6

Margin = float | tuple[float, float, float]


def expand_structure(structure: Structure, margin_mm: Margin, *, number: int, name: str) -> Derived:
    """Expand a structure by a margin, such as to a planning risk volume.

    Parameters
    ----------
    structure : Structure
    margin_mm : float or (float, float, float)
        More than 0, at most 50: in all directions, or along the patient's x (left), y (posterior) and z
        (head); then across the planes 0 is allowed, and in plane at least 0.5 is needed.
    number, name : int, str
        Of the new structure.

    Raises
    ------
    DicomValueError
        For a margin that is not allowed.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0, 6.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> made = expand_structure(cube, 3.0, number=2, name="Cube_PRV03")
    >>> f"{made.volume_cc:.1f} cc, {made.reach_mm[0]:g} to {made.reach_mm[1]:g} mm beyond the last plane"
    '9.7 cc, 3 to 4.5 mm beyond the last plane'
    """
    _check(margin_mm)
    stack = SlabStack.of(structure)
    if stack.reason is not None:
        return nothing(f"{structure.name}: {stack.reason}")
    reach = _Reach.of(margin_mm, stack)
    if isinstance(reach, str):
        return nothing(reach)
    solid = reach.scaled(PlaneSolid.of(stack, stack))
    grid = PlaneGrid.around(solid.corners, reach.in_plane, finest_mm=GRID_MM)
    shape = _Expanded(solid=solid, grid=grid, reach=reach)
    low, high = solid.bounds[:, 0].min() - reach.across, solid.bounds[:, 1].max() + reach.across
    made = _drawn(shape, stack, (low, high), structure=structure, number=number, name=name)
    half = max(
        float(solid.positions.min() - solid.bounds[:, 0].min()),
        float(solid.bounds[:, 1].max() - solid.positions.max()),
    )
    return Derived(
        structure=made,
        volume_cc=SlabStack.of(made).volume_cc,
        grid_mm=grid.step,
        reach_mm=(reach.across, reach.across + half),
    )


def contract_structure(structure: Structure, margin_mm: Margin, *, number: int, name: str) -> Derived:
    """Contract a structure by a margin: what is left is at least the margin inside its surface.

    Parameters
    ----------
    structure : Structure
    margin_mm : float or (float, float, float)
        As in `expand_structure`; the ends of the slabs count as surface.
    number, name : int, str
        Of the new structure.

    Returns
    -------
    Derived
        Without a structure, and with the reason, where it is nowhere thick enough.

    Raises
    ------
    DicomValueError
        For a margin that is not allowed.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in range(0, 20, 2)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> f"{contract_structure(cube, 5.0, number=2, name='Core').volume_cc:.2f} cc"
    '1.00 cc'
    >>> contract_structure(cube, 10.0, number=2, name="Core").reason
    'nothing is left: Cube is nowhere more than 20 mm thick'
    """
    _check(margin_mm)
    stack = SlabStack.of(structure)
    if stack.reason is not None:
        return nothing(f"{structure.name}: {stack.reason}")
    reach = _Reach.of(margin_mm, stack)
    if isinstance(reach, str):
        return nothing(reach)
    solid = reach.scaled(PlaneSolid.of(stack, stack).with_borders())
    grid = PlaneGrid.around(solid.corners, 0.0, finest_mm=CORNER_GRID_MM)
    shape = _Contracted(solid=solid, grid=grid, reach=reach, voids=_voids(solid))
    low, high = solid.bounds[:, 0].min() + reach.across, solid.bounds[:, 1].max() - reach.across
    left = None
    if high - low > _ALIGNED:
        left = _drawn(shape, stack, (low, high), structure=structure, number=number, name=name)
    if left is None or not left.contours:
        return nothing(
            f"nothing is left: {structure.name} is nowhere more than {_doubled(margin_mm)} mm thick"
        )
    found = SlabStack.of(left)
    if found.reason is not None:
        return nothing(f"nothing that can be drawn is left of {structure.name}: {found.reason}")
    return Derived(structure=left, volume_cc=found.volume_cc, grid_mm=grid.step)


def _check(margin_mm: Margin) -> None:
    """Refuse margins that are none."""
    by_axis = np.atleast_1d(np.asarray(margin_mm, dtype=np.float64))
    if by_axis.shape not in ((1,), (3,)):
        raise DicomValueError(f"margin {margin_mm}: one number in mm, or three along x, y and z")
    if (
        not np.all(np.isfinite(by_axis) & (by_axis >= 0) & (by_axis <= LARGEST_MARGIN_MM))
        or not by_axis.any()
    ):
        raise DicomValueError(
            f"margin {margin_mm} mm: more than 0 and at most {LARGEST_MARGIN_MM:g} mm is allowed; "
            "did you pass another unit?"
        )


def _doubled(margin_mm: Margin) -> str:
    """Twice a margin, in words."""
    by_axis = np.unique(np.atleast_1d(np.asarray(margin_mm, dtype=np.float64)))
    if len(by_axis) == 1:
        return f"{2 * by_axis[0]:g}"
    x, y, z = np.asarray(margin_mm, dtype=np.float64) * 2
    return f"{x:g} x {y:g} x {z:g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reach:
    """A margin in the axes of a stack; coordinates in plane are scaled so that it is the same along both."""

    in_plane: float
    across: float
    scale: FloatArray  # of u and v

    @classmethod
    def of(cls, margin_mm: Margin, stack: SlabStack) -> _Reach | str:
        """The margin along (u, v, normal), or why it cannot be had."""
        if not isinstance(margin_mm, tuple):
            return cls(in_plane=float(margin_mm), across=float(margin_mm), scale=np.ones(2))
        axes = np.abs(np.stack([stack.u, stack.v, stack.normal]))
        if np.max(np.minimum(axes, 1 - axes)) > _ALIGNED:
            return "a margin by axis needs contours on planes along the patient's axes; these are oblique"
        u, v, across = (float(one) for one in np.rint(axes) @ np.asarray(margin_mm, dtype=np.float64))
        if min(u, v) < SMALLEST_AXIS_MM:
            return (
                f"a margin by axis of {min(u, v):g} mm in plane: at least {SMALLEST_AXIS_MM:g} mm is needed"
            )
        largest = max(u, v)
        return cls(in_plane=largest, across=across, scale=np.array([largest / u, largest / v]))

    def scaled(self, solid: PlaneSolid) -> PlaneSolid:
        """The solid in scaled coordinates."""
        factor = np.tile(self.scale, 2)
        return PlaneSolid(
            edges=[one * factor for one in solid.edges], positions=solid.positions, bounds=solid.bounds
        )

    def left_in_plane(self, gap: float) -> float | None:
        """What the margin leaves in plane at a height above a face; None where nothing."""
        if gap == 0:
            return self.in_plane
        if gap >= self.across:
            return None
        return self.in_plane * float(np.sqrt(1 - (gap / self.across) ** 2))


def _voids(solid: PlaneSolid) -> FloatArray:
    """Heights between which nothing is filled: below, above and between separate parts; shape (voids, 2)."""
    bottoms = np.append(solid.bounds[:, 0], np.inf)
    tops = np.append(-np.inf, solid.bounds[:, 1])
    voids = np.stack([tops, bottoms], axis=1)
    found: FloatArray = voids[voids[:, 1] - voids[:, 0] > _ALIGNED]
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Expanded:
    """The expansion as a field: negative inside."""

    solid: PlaneSolid
    grid: PlaneGrid
    reach: _Reach

    def fields(self, heights: FloatArray) -> Iterator[FloatArray]:
        """Yield the field at each height; heights ascend, so that few distances are kept."""
        known: dict[int, FloatArray] = {}
        for height in heights:
            field = np.full(self.grid.shape, FAR_MM)
            left = _left_by_plane(self.solid, self.reach, height)
            known = {plane: known[plane] for plane in left if plane in known}
            for plane, margin in left.items():
                if plane not in known:
                    edges = self.solid.edges[plane]
                    known[plane] = self.grid.signed_distance(edges, self.reach.in_plane + 2 * self.grid.step)
                np.minimum(field, known[plane] - margin, out=field)
            yield field


@dataclass(frozen=True, kw_only=True, eq=False)
class _Contracted:
    """The contraction as a field: negative inside."""

    solid: PlaneSolid
    grid: PlaneGrid
    reach: _Reach
    voids: FloatArray

    def fields(self, heights: FloatArray) -> Iterator[FloatArray]:
        """Yield the field at each height; heights ascend, so that few distances are kept."""
        known: dict[int, FloatArray] = {}
        for height in heights:
            if self._near_void(height):
                yield np.full(self.grid.shape, FAR_MM)
                continue
            field = np.full(self.grid.shape, -FAR_MM)
            left = _left_by_plane(self.solid, self.reach, height)
            known = {plane: known[plane] for plane in left if plane in known}
            for plane, margin in left.items():
                if plane not in known:
                    edges = self.solid.edges[plane]
                    known[plane] = self.grid.signed_distance(edges, self.reach.in_plane + 2 * self.grid.step)
                np.maximum(field, known[plane] + margin, out=field)
            yield field

    def _near_void(self, height: float) -> bool:
        """Whether the margin reaches into where nothing is filled."""
        gaps = np.maximum(self.voids[:, 0] - height, height - self.voids[:, 1])
        return bool(np.any(gaps < self.reach.across))


def _left_by_plane(solid: PlaneSolid, reach: _Reach, height: float) -> dict[int, float]:
    """What the margin leaves in the planes whose slabs it reaches."""
    found = {plane: reach.left_in_plane(gap) for plane, gap in enumerate(solid.gaps(height).tolist())}
    return {plane: left for plane, left in found.items() if left is not None}


def _drawn(
    shape: _Expanded | _Contracted,
    frame: SlabStack,
    ends: tuple[float, float],
    *,
    structure: Structure,
    number: int,
    name: str,
) -> Structure:
    """Draw the zero line of a shape's field on even layers between two heights."""
    count = max(2, int(np.ceil((ends[1] - ends[0]) / LAYER_MM)))
    thickness = (ends[1] - ends[0]) / count
    heights = ends[0] + thickness * (np.arange(count, dtype=np.float64) + 0.5)
    axes = np.stack([frame.u, frame.v])
    grid, scale = shape.grid, shape.reach.scale
    contours = [
        Contour(
            points=((grid.origin + grid.step * loop) / scale) @ axes + height * frame.normal,
            geometric_type="CLOSED_PLANAR",
        )
        for height, field in zip(heights, shape.fields(heights), strict=True)
        for loop in zero_lines(field)
    ]
    return Structure(
        number=number,
        name=name,
        interpreted_type="",
        contours=tuple(contours),
        frame_of_reference_uid=structure.frame_of_reference_uid,
    )
