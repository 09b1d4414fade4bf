"""The inside of large structures: whole cells of the dose grid, counted by class instead of one by one.

A large structure is nearly all inside; its whole cells differ in nothing but their dose and its spread.
They are counted in a table of spread class by dose, with one `bincount` for millions of cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours import Coverage, tally
from dicom_io.dvh.lattice import Lattice, Nodes

__all__ = ["Bulk", "SpreadTable", "bulk_of"]

Float32Array = NDArray[np.float32]

FEWEST = 12_000
"""Below this number of whole cells they are treated one by one."""
SAMPLE = 50_000
"""Cells that tell the mean spread of each class."""
MOST_CANDIDATES = 100_000
"""More cells than this in the tails are a plateau."""
_EIGHTH_OCTAVE = 20
"""Bits of a float32 below its exponent and three digits: what is left over counts eighths of an octave."""
_SMALLEST = 2.0
"""Spreads below this many bins are one class: they change nothing that the bins can show."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bulk:
    """Whole node cells inside a structure and inside the field.

    Attributes
    ----------
    mask : ndarray of bool, shape (node layers, rows, columns)
    count : ndarray of int, shape (node layers,)
        Cells of each layer.
    dose_gy, spread_gy : ndarray of float32, shape (cells,)
        Mean dose, and half-width of the uniform distribution of the same variance, in mask order.
    layer_cc : ndarray, shape (node layers,)
        Volume of one cell of each layer, cc.
    corner_low_gy, corner_high_gy : float
        Bounds of the doses at the corners of the cells.
    """

    mask: BoolArray
    count: IntArray
    dose_gy: Float32Array
    spread_gy: Float32Array
    layer_cc: FloatArray
    corner_low_gy: float
    corner_high_gy: float

    @property
    def volume_cc(self) -> float:
        """Volume of all cells, cc."""
        return float(self.count @ self.layer_cc)

    @property
    def dose_volume(self) -> float:
        """Sum of volume times dose, cc Gy."""
        ends = np.concatenate([[0], np.cumsum(self.count)])
        sums = [np.sum(self.dose_gy[a:b], dtype=np.float64) for a, b in pairwise(ends)]
        return float(np.array(sums) @ self.layer_cc)

    def tails(self, lattice: Lattice, nodes: Nodes, *, cold: float, hot: float, least: float) -> BoolArray:
        """Return which cells have a corner below `cold` or above `hot` and a range of more than `least`."""
        rows, columns = _within(lattice, nodes)
        corner = (0, rows.start + lattice.first[0], columns.start + lattice.first[1])
        size = (nodes.shape[0], rows.stop - rows.start + 1, columns.stop - columns.start + 1)
        block = nodes.block(corner, size)
        extreme = (block > hot) | (block < cold)
        chosen = np.zeros_like(self.mask)
        part = chosen[:, rows, columns]
        for up, down, right in np.ndindex(2, 2, 2):
            part |= extreme[
                up : up + part.shape[0], down : down + part.shape[1], right : right + part.shape[2]
            ]
        part &= self.mask[:, rows, columns]
        layer, row, column = np.nonzero(part)
        if len(layer) > MOST_CANDIDATES:
            return np.zeros(len(self.dose_gy), dtype=np.bool_)
        at = (layer, row + corner[1], column + corner[2])
        values = np.stack(list(nodes.corners(*at))) if len(layer) else np.zeros((8, 0))
        flat = np.ptp(values, axis=0) <= least
        part[layer[flat], row[flat], column[flat]] = False
        return chosen[self.mask]

    def position(self, which: IntArray) -> tuple[IntArray, IntArray]:
        """Return layer and pixel (flat) of cells by their place in mask order, which must increase."""
        ends = np.cumsum(self.count)
        layer = np.searchsorted(ends, which, side="right")
        pixel = np.empty(len(which), dtype=np.int64)
        for one in np.unique(layer):
            here = layer == one
            pixel[here] = np.flatnonzero(self.mask[one])[which[here] - (ends[one] - self.count[one])]
        return layer, pixel

    def weights(self, which: IntArray | slice) -> FloatArray | float:
        """Return the volumes of cells, cc; one number where all layers are alike."""
        if np.ptp(self.layer_cc) <= 1e-9 * self.layer_cc[0]:
            return float(self.layer_cc[0])
        volumes: FloatArray = np.repeat(self.layer_cc, self.count)[which]
        return volumes


@dataclass(frozen=True, kw_only=True, eq=False)
class SpreadTable:
    """Volume by class of spread and by dose.

    Attributes
    ----------
    volume_cc : ndarray, shape (classes, bins)
    spread_gy : ndarray, shape (classes,)
    """

    volume_cc: FloatArray
    spread_gy: FloatArray

    @classmethod
    def of(cls, bulk: Bulk, which: IntArray | slice, *, start: float, step: float, count: int) -> SpreadTable:
        """Count cells in bins of dose from `start` and in eighths of an octave of spread."""
        spreads = np.maximum(bulk.spread_gy[which], np.float32(_SMALLEST * step))
        bits = spreads.view(np.int32) >> _EIGHTH_OCTAVE
        lowest = int(np.array([_SMALLEST * step], dtype=np.float32).view(np.int32)[0] >> _EIGHTH_OCTAVE)
        code = ((bulk.dose_gy[which] - np.float32(start)) * np.float32(1 / step)).astype(np.int32)
        np.clip(code, 0, count - 1, out=code)
        classes = int(bits.max(initial=lowest)) - lowest + 1
        code += (bits - lowest) * count
        weights = bulk.weights(which)
        if isinstance(weights, float):
            volume = weights * np.bincount(code, minlength=classes * count).astype(np.float64)
        else:
            volume = tally(code, weights, classes * count)
        spread = _class_spreads(spreads, bits - lowest, lowest, classes)
        return cls(volume_cc=volume.reshape(classes, count), spread_gy=spread)

    def cumulative_below(self, step: float) -> FloatArray:
        """Return the volume below each knot between the bins, every bin spread evenly over its range."""
        total = np.zeros(self.volume_cc.shape[1] + 1)
        for volume, spread in zip(self.volume_cc, self.spread_gy, strict=True):
            if volume.any():
                below = np.concatenate([[0.0], np.cumsum(volume)])
                total += below if spread < step else _smeared(below, spread / step)
        return total


def _smeared(below: FloatArray, reach: float) -> FloatArray:
    """The mean over `reach` places to both sides of a curve of straight lines, level beyond its ends."""
    whole = int(reach)
    part, places = reach - whole, whole + 1
    integral = np.zeros(len(below) + 2 * places)
    np.cumsum(0.5 * (below[1:] + below[:-1]), out=integral[places + 1 : places + len(below)])
    integral[places + len(below) :] = integral[places + len(below) - 1] + below[-1] * np.arange(1, places + 1)
    # Between knots the integral is read linearly, as if the curve had steps there.
    upper = integral[places + whole : places + whole + len(below)]
    after = integral[places + whole + 1 : places + whole + 1 + len(below)]
    lower = integral[places - whole : places - whole + len(below)]
    before = integral[places - whole - 1 : places - whole - 1 + len(below)]
    rise = upper - lower + part * ((after - upper) - (before - lower))
    mean: FloatArray = rise / (2 * reach)
    return mean


def _class_spreads(spreads: Float32Array, index: NDArray[np.int32], lowest: int, classes: int) -> FloatArray:
    """Root mean square spread of each class, by a sample; of classes it misses the middle."""
    ends = (np.arange(lowest, lowest + classes + 1, dtype=np.int32) << _EIGHTH_OCTAVE).view(np.float32)
    middle = 0.5 * (ends[1:].astype(np.float64) + ends[:-1])
    some = slice(None, None, max(1, len(index) // SAMPLE))
    count = np.bincount(index[some], minlength=classes)
    squares = tally(index[some], spreads[some].astype(np.float64) ** 2, classes)
    return np.where(count > 0, np.sqrt(squares / np.maximum(count, 1)), middle)


def bulk_of(lattice: Lattice, coverage: Coverage, nodes: Nodes) -> Bulk | None:
    """Return the whole node cells of a large structure; None when there are few."""
    if lattice.times != 1 or coverage.full.sum() < FEWEST:
        return None
    mask, rows, columns = _whole_cells(lattice, coverage, nodes)
    count = mask.reshape(len(mask), -1).sum(axis=1)
    if count.sum() < FEWEST:
        return None
    dose, spread = np.empty(count.sum(), np.float32), np.empty(count.sum(), np.float32)
    ends = np.concatenate([[0], np.cumsum(count)])
    corner = (rows.start + lattice.first[0], columns.start + lattice.first[1])
    size = (rows.stop - rows.start + 1, columns.stop - columns.start + 1)
    low, high = np.inf, -np.inf
    for layer in np.flatnonzero(count):
        chosen = slice(ends[layer], ends[layer + 1])
        pair = nodes.block((int(layer), *corner), (2, *size))
        dose[chosen], spread[chosen] = _cell_doses(pair, mask[layer, rows, columns])
        low, high = (
            np.fmin(low, np.fmin.reduce(pair, axis=None)),
            np.fmax(high, np.fmax.reduce(pair, axis=None)),
        )
    layer_cc = np.diff(lattice.heights) * lattice.pixel_cc_per_mm
    covered = np.isfinite(dose)
    if not covered.all():
        mask[mask] = covered
        count, dose, spread = mask.reshape(len(mask), -1).sum(axis=1), dose[covered], spread[covered]
    return Bulk(
        mask=mask,
        count=count,
        dose_gy=dose,
        spread_gy=spread,
        layer_cc=layer_cc,
        corner_low_gy=float(low),
        corner_high_gy=float(high),
    )


def _whole_cells(lattice: Lattice, coverage: Coverage, nodes: Nodes) -> tuple[BoolArray, slice, slice]:
    """Node cells that are inside over their whole height; and the rows and columns within the field."""
    _, rows, columns = coverage.shape
    layers = lattice.layers
    mask = np.zeros((nodes.shape[0] - 1, rows, columns), dtype=bool)
    height = np.bincount(
        layers.below[layers.below >= 0],
        weights=(layers.stop - layers.start)[layers.below >= 0],
        minlength=len(mask),
    )
    for layer in np.flatnonzero(height > 1 - 1e-6):
        planes = np.unique(layers.plane[layers.below == layer])
        mask[layer] = np.logical_and.reduce(coverage.full[planes], axis=0)
    in_rows, in_columns = _within(lattice, nodes)
    within = np.zeros((rows, columns), dtype=bool)
    within[in_rows, in_columns] = True
    mask &= within
    return mask, in_rows, in_columns


def _within(lattice: Lattice, nodes: Nodes) -> tuple[slice, slice]:
    """Rows and columns of pixels that are within the nodes."""
    rows, columns = (
        slice(max(0, -first), max(0, -first, min(size, many - 1 - first)))
        for first, size, many in zip(lattice.first, lattice.shape, nodes.shape[1:], strict=True)
    )
    return rows, columns


def _cell_doses(pair: NDArray[np.floating], chosen: BoolArray) -> tuple[Float32Array, Float32Array]:
    """Mean and spread of the trilinear dose in the chosen cells between two node planes."""
    total, rise = pair[0] + pair[1], pair[1] - pair[0]
    along_row, step = total[:, 1:] + total[:, :-1], total[:, 1:] - total[:, :-1]
    rise = rise[:, 1:] + rise[:, :-1]
    mean = (along_row[1:] + along_row[:-1])[chosen]
    variance = np.zeros(len(mean), dtype=mean.dtype)
    for slope in (along_row[1:] - along_row[:-1], step[1:] + step[:-1], rise[1:] + rise[:-1]):
        picked = slope[chosen]
        variance += picked * picked
    return mean * np.float32(0.125), np.sqrt(variance) * np.float32(0.125)
