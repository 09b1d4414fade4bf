"""Planes through the patient: where the courses overlap most, and what dose, image and outlines lie there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack
from dicom_io.objects import GridGeometry, ScalarField, Structure
from dicom_io.study import ImageSeries
from rtplan.drawing import SliceView
from rtplan.sums import CumulativeField, PointTransform

__all__ = [
    "AXIAL",
    "CORONAL",
    "SAGITTAL",
    "SQUARE_MM",
    "Hottest",
    "Plane",
    "checkered_views",
    "hottest_overlap",
    "plane_views",
]

FloatArray = NDArray[np.float64]

_STEP_MM: Final = 2.0
_SOFT_TISSUE_WINDOW: Final = (-160.0, 240.0)
_EQUAL: Final = 1e-9
"""Sums that differ by no more, relatively, are equally hot."""
_OVERLAPPING: Final = 0.5
_ROOM_MM: Final = 10.0
_ALONE_MM: Final = 1.0
"""How thick a contour alone is where images and dose are single planes."""
_AXIAL_TOLERANCE_MM: Final = 0.01
SQUARE_MM: Final = 24.0
"""Side of a checkerboard's squares."""


@dataclass(frozen=True, kw_only=True)
class Plane:
    """One of the three main planes.

    Attributes
    ----------
    name : str
    normal : int
        Patient axis (0 x, 1 y, 2 z) that the plane is perpendicular to.
    across, up : int
        Patient axes of the picture's horizontal and vertical.
    upwards : bool
        Whether the vertical axis grows towards the top of the picture.
    """

    name: str
    normal: int
    across: int
    up: int
    upwards: bool


AXIAL: Final = Plane(name="axial", normal=2, across=0, up=1, upwards=False)
CORONAL: Final = Plane(name="coronal", normal=1, across=0, up=2, upwards=True)
SAGITTAL: Final = Plane(name="sagittal", normal=0, across=1, up=2, upwards=True)
_AXES: Final = ("x, patient's left +, mm", "y, posterior +, mm", "z, superior +, mm")


@dataclass(frozen=True, kw_only=True, eq=False)
class Hottest:
    """Where to look.

    Attributes
    ----------
    point_mm : ndarray, shape (3,)
        Centre of a voxel; the planes that are drawn go through it.
    overlap_gy : float
        The EQD2 that at least two courses gave there; 0 where they do not overlap.
    total_gy : float
    """

    point_mm: FloatArray
    overlap_gy: float
    total_gy: float


def hottest_overlap(total: CumulativeField, *, courses: Sequence[str]) -> Hottest | None:
    """Return the hottest voxel of a sum among those where courses overlap; None where nothing is covered.

    The overlap at a voxel is the second largest of the courses' EQD2 there: at least two courses gave that
    much. Voxels with at least half of the largest overlap count, and among them the highest sum. Of equal
    ones the most central is taken.

    Parameters
    ----------
    total : CumulativeField
        Asked at the centre of every voxel of every course's grid.
    courses : sequence of str
        Labels of the courses, at least two.
    """
    fields = [total.of_course(label) for label in courses]
    frames = total.voxel_frames()  # one after the other: all at once they are large
    found = [_sum_and_overlap(fields, frame()) for frame in frames]
    largest = max(float(np.max(overlap, initial=-np.inf)) for _, overlap in found)
    if not np.isfinite(largest):
        return None
    summed = [np.where(overlap >= _OVERLAPPING * largest, both, -np.inf) for both, overlap in found]
    highest = max(float(np.max(frame, initial=-np.inf)) for frame in summed) * (1 - _EQUAL)
    hot = [np.flatnonzero(frame >= highest) for frame in summed]
    points = np.concatenate([frames[k]()[which] for k, which in enumerate(hot) if len(which)])
    values = np.concatenate([np.column_stack(one)[which] for one, which in zip(found, hot, strict=True)])
    central = int(np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1)))
    total_gy, overlap_gy = values[central].tolist()
    return Hottest(point_mm=points[central], overlap_gy=overlap_gy, total_gy=total_gy)


def _sum_and_overlap(fields: Sequence[ScalarField], points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum and the second largest part at points; minus infinity where one is not known."""
    parts = np.sort(np.stack([field.sample(points) for field in fields]), axis=0)
    summed = parts.sum(axis=0)
    covered = np.isfinite(summed)
    return np.where(covered, summed, -np.inf), np.where(covered, parts[-2], -np.inf)


def _axial_contours(structure: Structure) -> dict[float, list[FloatArray]]:
    """Return the closed contours that lie in planes of constant z, by z in ascending order."""
    found: dict[float, list[FloatArray]] = {}
    for contour in structure.contours:
        points = contour.points
        flat = len(points) >= 3 and np.ptp(points[:, 2]) < _AXIAL_TOLERANCE_MM
        if flat and contour.geometric_type.startswith("CLOSED"):
            found.setdefault(round(float(points[0, 2]), 2), []).append(points)
    return dict(sorted(found.items()))


def plane_views(
    fields: Sequence[tuple[ScalarField, str]],
    *,
    planes: Sequence[Plane],
    point_mm: FloatArray,
    structures: Iterable[Structure],
    images: ImageSeries | None,
    within: GridGeometry,
    body: Structure | None = None,
) -> list[SliceView]:
    """Return every field on every plane through a point, with images and outlines.

    Parameters
    ----------
    fields : sequence of (ScalarField, str)
        Each with what it is, for the picture's title; all in one frame of reference.
    planes : sequence of Plane
    point_mm : ndarray, shape (3,)
    structures : iterable of Structure
        In the fields' frame of reference.
    images : ImageSeries or None
        Drawn behind where they are in the same frame of reference.
    within : GridGeometry
        The dose grid of the fields' frame of reference, beyond whose ends nothing is shown.
    body : Structure or None
        The patient's outline: what lies outside is not shown, nor what lies beyond the dose grid's ends.

    Returns
    -------
    list of SliceView
        Field by field, plane by plane.
    """
    field = fields[0][0]
    shown = list(structures)
    low, high = _box(within, images, body)
    grids = [_grid(plane, point_mm, low, high) for plane in planes]
    pictures = _images_on(images, grids, field.frame_of_reference_uid)
    thick = _thickness(images, within)
    outlines = [{s.name: _outlines(s, p, point_mm, thickness_mm=thick) for s in shown} for p in planes]
    return [
        SliceView(
            image=picture,
            image_window=_SOFT_TISSUE_WINDOW,
            dose=dose.sample(grid.reshape(-1, 3)).reshape(grid.shape[:2]),
            extent_mm=_edges(grid, plane),
            outlines=drawn,
            dose_label=label,
            axis_labels=(_AXES[plane.across], _AXES[plane.up]),
            cross_mm=(float(point_mm[plane.across]), float(point_mm[plane.up])),
        )
        for dose, label in fields
        for plane, grid, picture, drawn in zip(planes, grids, pictures, outlines, strict=True)
    ]


def checkered_views(
    new: ImageSeries,
    earlier: ImageSeries,
    transform: PointTransform,
    *,
    planes: Sequence[Plane],
    point_mm: FloatArray,
    structures: Iterable[Structure],
    within: GridGeometry,
    body: Structure | None = None,
) -> list[SliceView]:
    """Return the images of two courses as one checkerboard on every plane: the eye follows edges across.

    Parameters
    ----------
    new, earlier : ImageSeries
    transform : PointTransform
        From the new images' frame of reference to the earlier ones'.
    planes : sequence of Plane
    point_mm : ndarray, shape (3,)
    structures : iterable of Structure
        Outlined, in the new frame.
    within : GridGeometry
        The dose grid, beyond whose ends nothing is shown.
    body : Structure or None

    Returns
    -------
    list of SliceView
        Plane by plane, without isodoses; every second square is of the earlier images.
    """
    shown = list(structures)
    low, high = _box(within, new, body)
    grids = [_grid(plane, point_mm, low, high) for plane in planes]
    there = [transform.apply(grid.reshape(-1, 3)).reshape(grid.shape) for grid in grids]
    thick = _thickness(new, within)
    one = _images_on(new, grids, new.frame_of_reference_uid)
    other = _images_on(earlier, there, earlier.frame_of_reference_uid)
    return [
        SliceView(
            image=None if a is None or b is None else np.where(_squares(grid, plane), b, a),
            image_window=_SOFT_TISSUE_WINDOW,
            dose=np.full(grid.shape[:2], np.nan),
            extent_mm=_edges(grid, plane),
            outlines={s.name: _outlines(s, plane, point_mm, thickness_mm=thick) for s in shown},
            dose_label="new and earlier images by turns",
            axis_labels=(_AXES[plane.across], _AXES[plane.up]),
        )
        for plane, grid, a, b in zip(planes, grids, one, other, strict=True)
    ]


def _squares(grid: FloatArray, plane: Plane) -> NDArray[np.bool_]:
    """Return where the earlier images show."""
    across = np.floor((grid[..., plane.across] - grid[0, 0, plane.across]) / SQUARE_MM)
    up = np.floor((grid[..., plane.up] - grid[0, 0, plane.up]) / SQUARE_MM)
    odd: NDArray[np.bool_] = (across + up) % 2 == 1
    return odd


def _box(
    geometry: GridGeometry, images: ImageSeries | None, body: Structure | None
) -> tuple[FloatArray, FloatArray]:
    """Return the corners of what is shown: images or dose grid, cut to the body and the dose grid's ends."""
    dose_low, dose_high = _corners(geometry)
    shown = None if images is None else images.geometry
    low, high = _corners(geometry if shown is None else shown)
    if body is not None and body.contours:
        points = np.vstack([contour.points for contour in body.contours])
        low = np.maximum(low, points.min(axis=0) - _ROOM_MM)
        high = np.minimum(high, points.max(axis=0) + _ROOM_MM)
    low[2], high[2] = max(low[2], dose_low[2]), min(high[2], dose_high[2])
    return low, high


def _corners(geometry: GridGeometry) -> tuple[FloatArray, FloatArray]:
    ends = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(geometry.shape) - 1)
    corners = geometry.to_patient(ends)
    return corners.min(axis=0), corners.max(axis=0)


def _grid(plane: Plane, point_mm: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return pixel centres, shape (rows, columns, 3); the first row is the top of the picture."""
    across, up = (
        np.arange(low[axis] + _STEP_MM / 2, max(high[axis], low[axis] + _STEP_MM), _STEP_MM)
        for axis in (plane.across, plane.up)
    )
    rows = up[::-1] if plane.upwards else up
    grid = np.empty((rows.size, across.size, 3))
    grid[..., plane.normal] = point_mm[plane.normal]
    grid[..., plane.across] = across[None, :]
    grid[..., plane.up] = rows[:, None]
    return grid


def _edges(grid: FloatArray, plane: Plane) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top edge of the pixels."""
    half = _STEP_MM / 2
    left, right = grid[0, 0, plane.across] - half, grid[0, -1, plane.across] + half
    outwards = half if plane.upwards else -half
    return left, right, grid[-1, 0, plane.up] - outwards, grid[0, 0, plane.up] + outwards


def _images_on(
    images: ImageSeries | None, grids: Sequence[FloatArray], frame_of_reference_uid: str
) -> list[FloatArray | None]:
    """Return the nearest image voxels at each grid's pixels, reading each image once; None without images."""
    if images is None or images.geometry is None or images.frame_of_reference_uid != frame_of_reference_uid:
        return [None] * len(grids)
    indices = [np.round(images.geometry.to_index(grid)) for grid in grids]
    limits = np.array(images.geometry.shape)
    inside = [np.all((index >= 0) & (index < limits), axis=-1) for index in indices]
    values: list[FloatArray | None] = [np.full(grid.shape[:2], np.nan) for grid in grids]
    for frame in sorted({int(f) for i, ok in zip(indices, inside, strict=True) for f in i[ok][:, 0]}):
        slice_values = images.slice_values(frame)
        for index, ok, filled in zip(indices, inside, values, strict=True):
            here = ok & (index[..., 0] == frame)
            rows, columns = index[here][:, 1:].astype(int).T
            assert filled is not None
            filled[here] = slice_values[rows, columns]
    return values


def _outlines(
    structure: Structure, plane: Plane, point_mm: FloatArray, *, thickness_mm: float
) -> list[FloatArray]:
    """Return where a structure's outline cuts a plane, as polygons in the picture's two axes."""
    contours = _axial_contours(structure)
    if not contours:
        return []
    at_mm = float(point_mm[plane.normal])
    if plane.normal == 2:
        return _polygons_at(structure, contours, at_mm, thickness_mm)
    crossings = {z: _crossings(polygons, plane, at_mm) for z, polygons in contours.items()}
    return _joined_levels(crossings)


def _polygons_at(
    structure: Structure, contours: dict[float, list[FloatArray]], at_mm: float, thickness_mm: float
) -> list[FloatArray]:
    """Return the contours whose slab holds an axial plane: none where the structure has ended."""
    stack = SlabStack.of(structure, slice_thickness=thickness_mm)
    if stack.reason is not None:
        return []
    upwards = float(stack.normal[2])
    holds = (stack.bounds[:, 0] <= at_mm * upwards) & (at_mm * upwards <= stack.bounds[:, 1])
    return [
        points[:, :2]
        for z, polygons in contours.items()
        if holds[np.argmin(np.abs(stack.positions - z * upwards))]
        for points in polygons
    ]


def _thickness(images: ImageSeries | None, geometry: GridGeometry) -> float:
    """Return how thick a contour alone is, mm: a slice of the images, else a frame of the dose."""
    shown = None if images is None else images.geometry
    offsets = (geometry if shown is None else shown).frame_offsets
    return float(np.median(np.abs(np.diff(offsets)))) if len(offsets) > 1 else _ALONE_MM


def _crossings(polygons: Sequence[FloatArray], plane: Plane, at_mm: float) -> FloatArray:
    """Return where the polygons of one level cross a plane, ascending; an even number."""
    found = []
    for start in polygons:
        end = np.roll(start, -1, axis=0)
        across = (start[:, plane.normal] < at_mm) != (end[:, plane.normal] < at_mm)
        p, q = start[across], end[across]
        share = (at_mm - p[:, plane.normal]) / (q[:, plane.normal] - p[:, plane.normal])
        found.append(p[:, plane.across] + share * (q[:, plane.across] - p[:, plane.across]))
    return np.sort(np.concatenate(found))


def _joined_levels(crossings: dict[float, FloatArray]) -> list[FloatArray]:
    """Join the crossings of neighbouring levels of equal number; each end reaches half a step beyond."""
    levels = np.array(list(crossings))
    step = float(np.median(np.diff(levels))) if levels.size > 1 else 0.0
    runs: list[list[float]] = []
    for z, here in crossings.items():
        last = runs[-1][-1] if runs else None
        if last is not None and z - last < 1.5 * step and here.size == crossings[last].size:
            runs[-1].append(z)
        elif here.size:
            runs.append([z])
    return [polygon for run in runs for polygon in _run_polygons(run, crossings, step / 2)]


def _run_polygons(run: Sequence[float], crossings: dict[float, FloatArray], half: float) -> list[FloatArray]:
    edges = np.array([crossings[z] for z in [run[0], *run, run[-1]]])
    z = np.array([run[0] - half, *run, run[-1] + half])
    return [
        np.vstack([np.column_stack([edges[:, k], z]), np.column_stack([edges[::-1, k + 1], z[::-1]])])
        for k in range(0, edges.shape[1] - 1, 2)
    ]
