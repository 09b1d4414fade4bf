"""A structure as points of known volume, for questions that are asked hundreds of times of one organ.

The DVH engine is exact and answers once; scenarios and the search for what flips a verdict ask the same organ
again and again. They sum on these points and report *differences* from the engine's own value, so that what
the points get wrong by being points cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.metric import Metric
from dicom_io.ragged import expand
from dicom_io.slabs import SlabStack
from dicom_io.structure import Structure
from rtplan.errors import RtplanValueError

__all__ = ["OrganPoints", "filled_pixels", "metric_of_points", "metric_of_rows", "pixel_frame"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FEWEST_POINTS: Final = 2_000
MOST_POINTS: Final = 400_000


def pixel_frame(stack: SlabStack, step: float) -> tuple[FloatArray, int, int]:
    """Return the corner of the first pixel along `stack.u` and `stack.v`, and how many rows and columns."""
    ends = stack.edges.reshape(-1, 2)
    extent = ends.max(axis=0) - ends.min(axis=0)
    columns, rows = (np.floor(extent / step) + 1).astype(int)
    # Centred on the structure, so that the pixels of a symmetric one have its centre.
    low = ends.min(axis=0) - (np.array([columns, rows]) * step - extent) / 2
    return low, int(rows), int(columns)


def filled_pixels(stack: SlabStack, plane: int, step: float) -> BoolArray:
    """Return which pixel centres of a plane lie inside, even-odd, shape (rows, columns)."""
    low, rows, columns = pixel_frame(stack, step)
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

    Examples
    --------
    >>> from dicom_io.structure import Contour
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

    @classmethod
    def of(cls, structure: Structure, *, spacing_mm: float) -> OrganPoints:
        """Return the points of a structure, no farther apart than a spacing; closer in small organs."""
        stack = SlabStack.of(structure)
        if stack.reason is not None:
            raise RtplanValueError(f"{structure.name}: {stack.reason}")
        step = _step(stack.volume_cc, spacing_mm)
        layers = [_layer_points(stack, plane, step) for plane in range(len(stack.positions))]
        points = np.concatenate([found for found, _ in layers])
        if not len(points):
            raise RtplanValueError(f"{structure.name}: its contours enclose no volume")
        volume = np.concatenate([volume for _, volume in layers])
        # Pixels miss or add a little of the polygons: each point stands for its share of the true volume.
        volume *= stack.volume_cc / volume.sum()
        return cls(points=points, volume_cc=volume, step_mm=step)

    def every(self, step: int) -> OrganPoints:
        """Return each so-manieth point with the volume of all that it stands for."""
        return OrganPoints(
            points=self.points[::step], volume_cc=self.volume_cc[::step] * step, step_mm=self.step_mm
        )


def _step(volume_cc: float, spacing_mm: float) -> float:
    """Distance of the points: the spacing, unless that gives too few of them or too many."""
    fine = float(np.cbrt(volume_cc * 1000 / FEWEST_POINTS))
    coarse = float(np.cbrt(volume_cc * 1000 / MOST_POINTS))
    return max(min(spacing_mm, fine), coarse)


def _layer_points(stack: SlabStack, plane: int, step: float) -> tuple[FloatArray, FloatArray]:
    """Points of one slab, in layers no thicker than the step, and the volume of each."""
    low, _, _ = pixel_frame(stack, step)
    row, column = np.nonzero(filled_pixels(stack, plane, step))
    bottom, top = stack.bounds[plane]
    n_layers = max(int(np.ceil((top - bottom) / step - 1e-6)), 1)
    heights = bottom + (np.arange(n_layers) + 0.5) * (top - bottom) / n_layers
    in_plane = np.outer(low[0] + (column + 0.5) * step, stack.u) + np.outer(
        low[1] + (row + 0.5) * step, stack.v
    )
    points = (in_plane[None, :, :] + np.multiply.outer(heights, stack.normal)[:, None, :]).reshape(-1, 3)
    volume = step * step * (top - bottom) / n_layers / 1000
    return points, np.full(len(points), volume)


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


def metric_of_rows(metric: Metric, dose_gy: FloatArray, volume_cc: FloatArray) -> FloatArray:
    """Return a dose metric of many doses at the same points, shape (rows, n) to (rows,)."""
    mean: FloatArray = dose_gy @ volume_cc / volume_cc.sum()
    if metric.kind == "Mean":
        return mean
    return np.where(np.isnan(mean), np.nan, _dose_of_rows(metric, dose_gy, volume_cc))


def _dose_of_rows(metric: Metric, dose_gy: FloatArray, volume_cc: FloatArray) -> FloatArray:
    if metric.kind in ("Max", "Min"):
        return np.asarray(dose_gy.max(axis=1) if metric.kind == "Max" else dose_gy.min(axis=1))
    whole = float(volume_cc.sum())
    wanted = _hottest_cc(metric, whole)
    if np.ptp(volume_cc) <= 1e-9 * volume_cc[0]:
        return _rows_of_equal_points(dose_gy, wanted / float(volume_cc[0]))
    hot = wanted <= whole / 2
    found = _rows_at_hottest(dose_gy if hot else -dose_gy, volume_cc, wanted if hot else whole - wanted)
    return found if hot else -found


def _rows_of_equal_points(dose_gy: FloatArray, n_hottest: float) -> FloatArray:
    """Dose between the two points whose middles enclose so many points: selection instead of sorting."""
    n = dose_gy.shape[1]
    place = min(max(n_hottest - 0.5, 0.0), n - 1.0)
    hotter = n - 1 - int(place)
    colder = max(hotter - 1, 0)
    chosen = np.partition(dose_gy, sorted({hotter, colder}), axis=1)
    part = place - int(place)
    return np.asarray(chosen[:, hotter] * (1 - part) + chosen[:, colder] * part, dtype=np.float64)


def _rows_at_hottest(dose_gy: FloatArray, volume_cc: FloatArray, wanted: float) -> FloatArray:
    """`_at_hottest` row by row, sorted all at once."""
    n = dose_gy.shape[1]
    count = min(int(np.ceil(wanted / float(volume_cc.min()))) + 1, n)
    hottest = np.argpartition(dose_gy, n - count, axis=1)[:, n - count :]
    values = np.take_along_axis(dose_gy, hottest, axis=1)
    order = np.argsort(-values, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    volumes = volume_cc[np.take_along_axis(hottest, order, axis=1)]
    middles = np.cumsum(volumes, axis=1) - volumes / 2
    return np.array([np.interp(wanted, at, row) for at, row in zip(middles, values, strict=True)])


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
