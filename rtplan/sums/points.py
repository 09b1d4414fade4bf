"""A structure as points of known volume, for questions that are asked hundreds of times of one organ.

The DVH engine is exact and answers once; scenarios and the search for what flips a verdict ask the same organ
again and again. They sum on these points and report *differences* from the engine's own value, so that what
the points get wrong by being points cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack, expand
from dicom_io.dvh import Metric
from dicom_io.objects import GridGeometry, Structure
from rtplan.errors import RtplanValueError

__all__ = [
    "OrganPoints",
    "PixelFrame",
    "filled_pixels",
    "finest_mm",
    "metric_of_points",
    "metrics_of_rows",
    "outlined_pixels",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FEWEST_POINTS: Final = 2_000
MOST_POINTS: Final = 400_000


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelFrame:
    """Square pixels around a structure, the same in all of its planes.

    Attributes
    ----------
    low : ndarray, shape (2,)
        Corner of the first pixel along the stack's `u` and `v`, mm.
    rows, columns : int
        Along `v` and along `u`.
    step : float
        Side of a pixel, mm.
    """

    low: FloatArray
    rows: int
    columns: int
    step: float

    @classmethod
    def around(cls, stack: SlabStack, *, step: float) -> PixelFrame:
        """Return the pixels around a structure, centred on it: those of a symmetric one have its centre."""
        ends = stack.edges.reshape(-1, 2).T
        low, high = ends.min(axis=1), ends.max(axis=1)
        # A width of whole pixels takes no more: points on its border would count on one side only.
        columns, rows = np.maximum(np.ceil((high - low) / step - 1e-6), 1).astype(int)
        corner = low - (np.array([columns, rows]) * step - (high - low)) / 2
        return cls(low=corner, rows=int(rows), columns=int(columns), step=step)


def filled_pixels(stack: SlabStack, plane: int, frame: PixelFrame) -> BoolArray:
    """Return which pixel centres of a plane lie inside, even-odd, shape (rows, columns)."""
    low, rows, columns, step = frame.low, frame.rows, frame.columns, frame.step
    u0, v0, u1, v1 = stack.edges[stack.edge_plane == plane].T
    first = np.ceil((np.minimum(v0, v1) - low[1]) / step - 0.5).astype(np.int64).clip(0, rows)
    stop = np.ceil((np.maximum(v0, v1) - low[1]) / step - 0.5).astype(np.int64).clip(0, rows)
    edge, nth = expand(stop - first)
    row = first[edge] + nth
    v = low[1] + (row + 0.5) * step
    at = u0[edge] + (v - v0[edge]) * (u1 - u0)[edge] / (v1 - v0)[edge]
    column = np.ceil((at - low[0]) / step - 0.5).astype(np.int64).clip(0, columns)
    crossings = np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1))
    inside: BoolArray = (np.cumsum(crossings.reshape(rows, columns + 1), axis=1) % 2 == 1)[:, :columns]
    return inside


def outlined_pixels(stack: SlabStack, plane: int, frame: PixelFrame) -> BoolArray:
    """Return which pixels of a plane an outline passes, or passes next to, shape (rows, columns)."""
    edges = stack.edges[stack.edge_plane == plane]
    start, span = edges[:, :2], edges[:, 2:] - edges[:, :2]
    # from one of these points to the next no outline leaves a pixel and its neighbours
    parts = np.ceil(2 * np.hypot(*span.T) / frame.step).astype(np.int64).clip(1)
    edge, nth = expand(parts + 1)
    column, row = np.floor(
        (start[edge] + (nth / parts[edge])[:, None] * span[edge] - frame.low) / frame.step
    ).T
    padded = np.zeros((frame.rows + 2, frame.columns + 2), dtype=np.bool_)
    for down in range(3):
        for right in range(3):
            rows = (row + down).astype(np.int64).clip(0, frame.rows + 1)
            padded[rows, (column + right).astype(np.int64).clip(0, frame.columns + 1)] = True
    outlined: BoolArray = padded[1:-1, 1:-1]
    return outlined


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganPoints:
    """Points inside a structure, each standing for a volume.

    Attributes
    ----------
    points : ndarray, shape (n, 3)
        mm, in the structure's frame of reference.
    volume_cc : ndarray, shape (n,)
    step_mm : float
        Distance of the points in plane.
    place : ndarray of int, shape (3, n)
        Layer, row and column of each point.
    along_mm : tuple of ndarray
        Where layers, rows and columns are along `directions`.
    directions : ndarray, shape (3, 3)
        Rows are the unit vectors across layers, rows and columns.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0, 6.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> found = OrganPoints.of(cube, spacing_mm=2.0)
    >>> float(found.volume_cc.sum()), len(found.points) >= 1800
    (3.6, True)
    """

    points: FloatArray
    volume_cc: FloatArray
    step_mm: float
    place: IntArray
    along_mm: tuple[FloatArray, FloatArray, FloatArray]
    directions: FloatArray

    @classmethod
    def of(
        cls, structure: Structure, *, spacing_mm: float, shift_step_mm: float | None = None
    ) -> OrganPoints:
        """Return the points of a structure, no farther apart than a spacing; closer in small organs.

        Parameters
        ----------
        structure : Structure
        spacing_mm : float
        shift_step_mm : float, optional
            The points' distance is made a whole part of it or a multiple of its half, so that points moved
            by such steps meet.
        """
        stack = SlabStack.of(structure)
        if stack.reason is not None:
            raise RtplanValueError(f"{structure.name}: {stack.reason}")
        step = _step(stack.volume_cc, spacing_mm)
        if shift_step_mm is not None:
            step = _meeting(step, shift_step_mm)
        frame = PixelFrame.around(stack, step=step)
        heights, plane, thickness = _layers(stack, step)
        in_plane = [np.nonzero(filled_pixels(stack, each, frame)) for each in range(len(stack.positions))]
        layer, nth = expand(np.array([len(in_plane[each][0]) for each in plane], dtype=np.int64))
        if not len(layer):
            raise RtplanValueError(f"{structure.name}: its contours enclose no volume")
        start = np.cumsum([0, *(len(row) for row, _ in in_plane)])[plane[layer]] + nth
        row = np.concatenate([row for row, _ in in_plane])[start]
        column = np.concatenate([column for _, column in in_plane])[start]
        along = (
            heights,
            frame.low[1] + (np.arange(frame.rows) + 0.5) * step,
            frame.low[0] + (np.arange(frame.columns) + 0.5) * step,
        )
        directions = np.stack([stack.normal, stack.v, stack.u])
        # Pixels miss or add a little of the polygons: each point stands for its share of the true volume.
        volume = thickness[layer] * (stack.volume_cc / thickness[layer].sum())
        place = np.stack([layer, row, column])
        points = np.stack([at[index] for at, index in zip(along, place, strict=True)], axis=1) @ directions
        return cls(
            points=points,
            volume_cc=volume,
            step_mm=step,
            place=place,
            along_mm=along,
            directions=directions,
        )

    def every(self, step: int) -> OrganPoints:
        """Return each so-manieth point with the volume of all that it stands for."""
        return replace(
            self,
            points=self.points[::step],
            volume_cc=self.volume_cc[::step] * step,
            place=self.place[:, ::step],
        )


def _step(volume_cc: float, spacing_mm: float) -> float:
    """Distance of the points: the spacing, unless that gives too few of them or too many."""
    fine = float(np.cbrt(volume_cc * 1000 / FEWEST_POINTS))
    coarse = float(np.cbrt(volume_cc * 1000 / MOST_POINTS))
    return max(min(spacing_mm, fine), coarse)


def _meeting(step: float, shift_step_mm: float) -> float:
    """The largest whole part, or multiple of half, of a shift's step that is no more than the distance."""
    if shift_step_mm >= step:
        return shift_step_mm / float(np.ceil(shift_step_mm / step - 1e-9))
    # Multiples of the whole step alone would nearly halve the distance at some numbers of shifts.
    half = shift_step_mm / 2
    return half * float(np.floor(step / half + 1e-9))


def _layers(stack: SlabStack, step: float) -> tuple[FloatArray, IntArray, FloatArray]:
    """Middles of layers no thicker than the step, the plane that each belongs to, and their thickness."""
    bottom, top = stack.bounds.T
    parts = np.maximum(np.ceil((top - bottom) / step - 1e-6).astype(np.int64), 1)
    plane, nth = expand(parts)
    thickness = ((top - bottom) / parts)[plane]
    return bottom[plane] + (nth + 0.5) * thickness, plane, thickness


def metric_of_points(metric: Metric, dose_gy: FloatArray, volume_cc: FloatArray) -> float:
    """Return a dose metric of points; NaN where a point has no dose.

    Parameters
    ----------
    metric : Metric
        A dose in Gy.
    dose_gy, volume_cc : ndarray, shape (n,)

    Examples
    --------
    >>> metric_of_points(Metric.parse("Mean[Gy]"), np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    2.0
    >>> metric_of_points(Metric.parse("D50%[Gy]"), np.arange(101.0), np.ones(101))
    50.0
    """
    if np.isnan(np.sum(dose_gy)):
        return float("nan")
    if metric.kind == "Mean":
        return float(dose_gy @ volume_cc / volume_cc.sum())
    if metric.kind in ("Max", "Min"):
        return float(dose_gy.max() if metric.kind == "Max" else dose_gy.min())
    whole = float(volume_cc.sum())
    wanted = _hottest_cc(metric, whole)
    if wanted <= whole / 2:
        return _at_hottest(dose_gy, volume_cc, wanted)
    return -_at_hottest(-dose_gy, volume_cc, whole - wanted)


def metrics_of_rows(
    metrics: Sequence[Metric], dose_gy: FloatArray, volume_cc: FloatArray
) -> dict[Metric, FloatArray]:
    """Return dose metrics of many doses at the same points, each of shape (rows,).

    Parameters
    ----------
    metrics : sequence of Metric
        Doses in Gy.
    dose_gy : ndarray, shape (rows, n)
    volume_cc : ndarray, shape (n,)

    Returns
    -------
    dict of Metric to ndarray
        NaN for rows with a point that has no dose.

    Examples
    --------
    >>> median = Metric.parse("D50%[Gy]")
    >>> metrics_of_rows([median], np.array([[0.0, 1.0, 2.0], [7.0, 8.0, 9.0]]), np.ones(3))[median]
    array([1., 8.])
    """
    # einsum keeps to one core: several scenarios are read side by side
    mean: FloatArray = np.einsum("ij,j->i", dose_gy, volume_cc) / volume_cc.sum()
    if all(metric.kind == "Mean" for metric in metrics):
        return dict.fromkeys(metrics, mean)
    known = np.isfinite(mean)
    even = np.ptp(volume_cc) <= 1e-9 * volume_cc[0]
    rows = _Rows.of_equal_points(dose_gy, volume_cc) if even else _Rows.of_points(dose_gy, volume_cc)
    return {
        metric: mean if metric.kind == "Mean" else np.where(known, rows.dose_of(metric), np.nan)
        for metric in metrics
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """Doses in rising order and the volume that is colder than the middle of each point."""

    dose_gy: FloatArray
    colder_cc: FloatArray | None  # None where all points are equal
    whole_cc: float

    @classmethod
    def of_equal_points(cls, dose_gy: FloatArray, volume_cc: FloatArray) -> _Rows:
        # Sorting whole rows takes less time than selecting several of their values one by one.
        whole = float(volume_cc[0]) * len(volume_cc)
        return cls(dose_gy=np.sort(dose_gy, axis=1), colder_cc=None, whole_cc=whole)

    @classmethod
    def of_points(cls, dose_gy: FloatArray, volume_cc: FloatArray) -> _Rows:
        order = np.argsort(dose_gy, axis=1)
        volumes: FloatArray = volume_cc[order]
        colder = np.asarray(np.cumsum(volumes, axis=1) - volumes / 2, dtype=np.float64)
        in_order = np.take_along_axis(dose_gy, order, axis=1)
        return cls(dose_gy=in_order, colder_cc=colder, whole_cc=float(volume_cc.sum()))

    def dose_of(self, metric: Metric) -> FloatArray:
        if metric.kind in ("Max", "Min"):
            return self.dose_gy[:, -1 if metric.kind == "Max" else 0]
        colder = self.whole_cc - _hottest_cc(metric, self.whole_cc)
        if self.colder_cc is not None:
            rows = zip(self.colder_cc, self.dose_gy, strict=True)
            return np.array([np.interp(colder, at, row) for at, row in rows])
        last = self.dose_gy.shape[1] - 1
        place = min(max(colder / self.whole_cc * (last + 1) - 0.5, 0.0), float(last))
        below = int(place)
        low, high = self.dose_gy[:, below], self.dose_gy[:, min(below + 1, last)]
        return np.asarray(low + (place - below) * (high - low), dtype=np.float64)


def finest_mm(geometry: GridGeometry) -> float:
    """Return the smallest distance between the voxel centres of a grid, mm."""
    return float(np.nanmin([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing]))


def _hottest_cc(metric: Metric, whole: float) -> float:
    if metric.kind == "Median" or metric.at is None:
        return whole / 2
    volume = metric.at if metric.at_unit == "cc" else metric.at / 100 * whole
    return min(whole - volume if metric.kind == "DC" else volume, whole)


def _at_hottest(dose_gy: FloatArray, volume_cc: FloatArray, wanted: float) -> float:
    """Dose at a volume of the falling curve through the points' middles, sorting no more than needed."""
    count = min(int(np.ceil(wanted / float(volume_cc.min()))) + 1, len(dose_gy))
    hottest = np.argpartition(dose_gy, len(dose_gy) - count)[len(dose_gy) - count :]
    order = hottest[np.argsort(-dose_gy[hottest], kind="stable")]
    middles = np.cumsum(volume_cc[order]) - volume_cc[order] / 2
    return float(np.interp(wanted, middles, dose_gy[order]))
