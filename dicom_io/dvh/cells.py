"""Cells: the pieces of a structure that single lattice cells hold, with their volume and range of dose."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours import Coverage, expand
from dicom_io.dvh.lattice import Lattice, Nodes

__all__ = ["Cells", "cells_at", "cells_of", "divided", "outline_doses"]


_SLIVER = 1e-9
"""Part of a pixel's area below which it counts as not touched: rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Pieces of a structure; all arrays have shape (cells,).

    Attributes
    ----------
    volume_cc : ndarray
    dose_gy : ndarray
        Mean dose; NaN where not covered.
    spread_gy : ndarray
        Half-width of the uniform distribution that has the variance of the dose in the cell.
    low_gy, high_gy : ndarray
        Bounds of the dose in the cell.
    layer : ndarray of int
        Layer of the lattice.
    pixel : ndarray of int
        Pixel within the lattice's rows and columns, flat.
    cut : ndarray of int
        Index into the coverage's touched pixels; -1 for a pixel wholly inside.
    x, y, z : ndarray
        Centroid, in node steps from node (0, 0, 0).
    """

    volume_cc: FloatArray
    dose_gy: FloatArray
    spread_gy: FloatArray
    low_gy: FloatArray
    high_gy: FloatArray
    layer: IntArray
    pixel: IntArray
    cut: IntArray
    x: FloatArray
    y: FloatArray
    z: FloatArray

    def __getitem__(self, chosen: BoolArray | IntArray | slice) -> Cells:
        return Cells(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @staticmethod
    def joined(parts: list[Cells]) -> Cells:
        """Return all cells of several."""
        return Cells(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(Cells)
            }
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Boxes:
    """Where pieces lie: centroid in node steps, second central moments in node steps squared."""

    layer: IntArray
    row: IntArray  # of the node cell
    column: IntArray
    x: FloatArray
    y: FloatArray
    z: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    zz: FloatArray


def cells_of(
    lattice: Lattice, coverage: Coverage, nodes: Nodes, *, without: BoolArray | None = None
) -> Cells:
    """Return the pieces of a structure.

    Parameters
    ----------
    lattice, coverage, nodes
        Of the structure.
    without : ndarray of bool, shape (node layers, rows, columns), optional
        Whole node cells that are accounted for elsewhere.
    """
    known = _Known.of(lattice, nodes)
    chosen = np.flatnonzero(
        (coverage.area > _SLIVER) & known.in_plane.reshape(-1)[coverage.pixel % known.size]
    )
    layer, nth = _layers_of(lattice, known.layers, coverage.pixel[chosen], coverage.shape)
    cut = chosen[nth]
    of_cut = coverage.pixel[cut] % known.size
    if without is None:
        inside = np.flatnonzero(coverage.full & known.in_plane)
        layer_of_full, which = _layers_of(lattice, known.layers, inside, coverage.shape)
        of_full = inside[which] % known.size
    else:
        layer_of_full, of_full = _full_without(lattice, known, coverage, without)
    layer, pixel = np.concatenate([layer, layer_of_full]), np.concatenate([of_cut, of_full])
    cut = np.concatenate([cut, np.full(len(of_full), -1)])
    kept = known.holds(lattice, layer, pixel)
    return _evaluated(lattice, coverage, nodes, layer=layer[kept], pixel=pixel[kept], cut=cut[kept])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Known:
    """Where a field has values: what lies outside is left out before anything is computed of it.

    Attributes
    ----------
    layers : ndarray of int
        Layers of which some may be known.
    in_plane : ndarray of bool, shape (rows, columns)
        Pixels of which some may be known.
    cells : ndarray of bool, shape (node layers, rows, columns), or None
        Node cells with a value at every corner; None where all within the nodes are asked.
    """

    layers: IntArray
    in_plane: BoolArray
    cells: BoolArray | None

    @classmethod
    def of(cls, lattice: Lattice, nodes: Nodes) -> _Known:
        """Return what is known on a lattice."""
        rows, columns = (
            (np.arange(size) + first) // lattice.times
            for size, first in zip(lattice.shape, lattice.first, strict=True)
        )
        below, (n_layers, n_rows, n_columns) = lattice.layers.below, (size - 1 for size in nodes.shape)
        in_layers = (below >= 0) & (below < n_layers)
        in_rows, in_columns = (rows >= 0) & (rows < n_rows), (columns >= 0) & (columns < n_columns)
        in_plane = np.logical_and.outer(in_rows, in_columns)
        if lattice.grid_axes is not None:
            return cls(layers=np.flatnonzero(in_layers), in_plane=in_plane, cells=None)
        cells = _with_every_corner(np.isfinite(nodes.values).reshape(nodes.shape))
        some: BoolArray = np.logical_or.reduce(cells, axis=(1, 2))
        in_layers &= some[below.clip(0, n_layers - 1)]
        return cls(layers=np.flatnonzero(in_layers), in_plane=in_plane & cells.any(axis=0), cells=cells)

    @property
    def size(self) -> int:
        """Pixels of a plane."""
        return self.in_plane.size

    def holds(self, lattice: Lattice, layer: IntArray, pixel: IntArray) -> BoolArray | slice:
        """Return which pixels of layers are known; a lattice of its own has one node cell for each."""
        if self.cells is None:
            return slice(None)
        known: BoolArray = self.cells.reshape(len(self.cells), -1)[lattice.layers.below[layer], pixel]
        return known


def _with_every_corner(known: BoolArray) -> BoolArray:
    """Return which cells between nodes are known at each of their corners."""
    along_columns = known[:, :, 1:] & known[:, :, :-1]
    in_plane = along_columns[:, 1:] & along_columns[:, :-1]
    return in_plane[1:] & in_plane[:-1]


def cells_at(lattice: Lattice, coverage: Coverage, nodes: Nodes, below: IntArray, pixel: IntArray) -> Cells:
    """Return all layers of pixels that are wholly inside, given the node plane below them."""
    order = np.argsort(lattice.layers.below, kind="stable")
    start = np.searchsorted(lattice.layers.below[order], np.arange(nodes.shape[0] + 1))
    which, place = expand(np.diff(start)[below])
    return _evaluated(
        lattice,
        coverage,
        nodes,
        layer=order[start[below[which]] + place],
        pixel=pixel[which],
        cut=np.full(len(which), -1),
    )


def _layers_of(
    lattice: Lattice, layers: IntArray, pixel: IntArray, shape: tuple[int, int, int]
) -> tuple[IntArray, IntArray]:
    """Each of some layers with every chosen pixel of its plane: layer, index into the pixels (increasing)."""
    plane = pixel // (shape[1] * shape[2])
    start = np.searchsorted(plane, np.arange(shape[0] + 1))
    count = np.diff(start)
    nth, place = expand(count[lattice.layers.plane[layers]])
    layer = layers[nth]
    return layer, start[lattice.layers.plane[layer]] + place


def _full_without(
    lattice: Lattice, known: _Known, coverage: Coverage, without: BoolArray
) -> tuple[IntArray, IntArray]:
    """Layers and pixels that are wholly inside but not part of the cells accounted for elsewhere."""
    planes = (coverage.full & known.in_plane).reshape(coverage.shape[0], -1)
    done = without.reshape(len(without), -1)
    below, plane = lattice.layers.below, lattice.layers.plane
    found = [np.flatnonzero(planes[plane[layer]] & ~done[below[layer]]) for layer in known.layers]
    layer = np.repeat(known.layers, [len(one) for one in found])
    return layer, np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _evaluated(
    lattice: Lattice, coverage: Coverage, nodes: Nodes, *, layer: IntArray, pixel: IntArray, cut: IntArray
) -> Cells:
    """Cells with their volumes and doses."""
    row, column = np.divmod(pixel, lattice.shape[1])
    is_cut = cut >= 0
    area, x, y, xx, xy, yy = (
        np.where(is_cut, of_cut[cut], of_full) if len(of_cut) else np.full(len(cut), of_full)
        for of_cut, of_full in (
            (coverage.area, 1.0),
            (coverage.x, 0.5),
            (coverage.y, 0.5),
            (coverage.xx, 1 / 12),
            (coverage.xy, 0.0),
            (coverage.yy, 1 / 12),
        )
    )
    layers, times = lattice.layers, lattice.times
    boxes = _Boxes(
        layer=layers.below[layer],
        row=(row + lattice.first[0]) // times,
        column=(column + lattice.first[1]) // times,
        x=(column + lattice.first[1] + x) / times,
        y=(row + lattice.first[0] + y) / times,
        z=layers.below[layer] + 0.5 * (layers.start + layers.stop)[layer],
        xx=xx / times**2,
        xy=xy / times**2,
        yy=yy / times**2,
        zz=((layers.stop - layers.start)[layer]) ** 2 / 12,
    )
    volume = area * (lattice.pixel_cc_per_mm * layers.thickness)[layer]
    return _with_doses(boxes, nodes, volume, layer, pixel, cut)


def _with_doses(
    boxes: _Boxes, nodes: Nodes, volume_cc: FloatArray, layer: IntArray, pixel: IntArray, cut: IntArray
) -> Cells:
    """Ask the trilinear field for mean and variance over each box."""
    inside = nodes.contains(boxes.layer, boxes.row, boxes.column)
    at = [np.where(inside, index, 0) for index in (boxes.layer, boxes.row, boxes.column)]
    corners = list(nodes.corners(*at))
    x, y, z = boxes.x - boxes.column, boxes.y - boxes.row, boxes.z - boxes.layer
    rise = [upper - lower for lower, upper in zip(corners[:4], corners[4:], strict=True)]
    level = [lower + z * step for lower, step in zip(corners[:4], rise, strict=True)]
    front, back = level[0] + x * (level[1] - level[0]), level[2] + x * (level[3] - level[2])
    along_y, twist = back - front, (level[3] - level[2]) - (level[1] - level[0])
    along_x = level[1] - level[0] + y * twist
    front_rise, back_rise = rise[0] + x * (rise[1] - rise[0]), rise[2] + x * (rise[3] - rise[2])
    along_z = front_rise + y * (back_rise - front_rise)
    variance = along_x**2 * boxes.xx + 2 * along_x * along_y * boxes.xy + along_y**2 * boxes.yy
    variance += along_z**2 * boxes.zz
    wide, deep, high = (np.sqrt(3 * moment.clip(0)) for moment in (boxes.xx, boxes.yy, boxes.zz))
    bent_x, bent_y = rise[1] - rise[0], back_rise - front_rise
    bent = (rise[3] - rise[2]) - bent_x
    reach = wide * np.abs(along_x) + deep * np.abs(along_y) + high * np.abs(along_z)
    reach += wide * deep * (np.abs(twist) + high * np.abs(bent))
    reach += high * (wide * np.abs(bent_x + y * bent) + deep * np.abs(bent_y))
    dose = np.where(inside, front + y * along_y + twist * boxes.xy, np.nan)
    return Cells(
        volume_cc=volume_cc,
        dose_gy=dose,
        spread_gy=np.sqrt(3 * variance.clip(0)),
        low_gy=np.maximum(dose - reach, reduce(np.minimum, corners)),
        high_gy=np.minimum(dose + reach, reduce(np.maximum, corners)),
        layer=layer,
        pixel=pixel,
        cut=cut,
        x=boxes.x,
        y=boxes.y,
        z=boxes.z,
    )


def divided(cells: Cells, times: int, lattice: Lattice, coverage: Coverage, nodes: Nodes) -> Cells:
    """Return cells cut into `times` parts along each axis, each with its exact share of the structure."""
    moments = _parts_of_pixels(cells.cut, times, coverage)
    owner, down, right = np.nonzero(moments[0] > _SLIVER)
    area, x, y, xx, xy, yy = (moment[owner, down, right] for moment in moments)
    up = np.tile(np.arange(times), len(owner))
    owner, down, right = (np.repeat(one, times) for one in (owner, down, right))
    area, x, y, xx, xy, yy = (np.repeat(one, times) for one in (area, x, y, xx, xy, yy))
    row, column = np.divmod(cells.pixel[owner], lattice.shape[1])
    row, column = row + lattice.first[0], column + lattice.first[1]
    layers, layer, scale = lattice.layers, cells.layer[owner], lattice.times * times
    height = (layers.stop - layers.start)[layer] / times
    boxes = _Boxes(
        layer=layers.below[layer],
        row=row // lattice.times,
        column=column // lattice.times,
        x=(column * times + right + x) / scale,
        y=(row * times + down + y) / scale,
        z=layers.below[layer] + layers.start[layer] + (up + 0.5) * height,
        xx=xx / scale**2,
        xy=xy / scale**2,
        yy=yy / scale**2,
        zz=height**2 / 12,
    )
    volume = area * (lattice.pixel_cc_per_mm * layers.thickness)[layer] / times**3
    return _with_doses(boxes, nodes, volume, layer, cells.pixel[owner], cells.cut[owner])


def outline_doses(
    lattice: Lattice, coverage: Coverage, nodes: Nodes, layer: IntArray, cut: IntArray
) -> FloatArray:
    """Return the doses where pieces of the outline begin, on both faces of layers.

    They begin where it bends or passes from pixel to pixel: a dose that is linear within a cell has its
    extremes there.

    Parameters
    ----------
    lattice, coverage, nodes
        Of the structure.
    layer, cut : ndarray of int, shape (cells,)
        Layers and touched pixels (index into `coverage.pixel`) to be looked at.

    Returns
    -------
    ndarray
        NaN where not covered.
    """
    layer, cut = np.divmod(np.unique(layer * len(coverage.pixel) + cut), len(coverage.pixel))
    pixels, which = np.unique(coverage.pixel[cut], return_inverse=True)
    pieces = coverage.pieces
    wanted = np.zeros(int(np.prod(coverage.shape)), dtype=np.bool_)
    wanted[pixels] = True
    near = np.flatnonzero(wanted[pieces.pixel])
    near = near[np.argsort(pieces.pixel[near], kind="stable")]
    first = np.searchsorted(pieces.pixel[near], pixels)
    count = np.diff(np.append(first, len(near)))
    owner, place = expand(count[which])
    piece, layer = near[first[which[owner]] + place], layer[owner]
    layers = lattice.layers
    height = np.concatenate([layers.start[layer], layers.stop[layer]])  # lower faces, then upper ones
    piece, layer = np.tile(piece, 2), np.tile(layer, 2)
    row, column = np.divmod(pieces.pixel[piece] % (lattice.shape[0] * lattice.shape[1]), lattice.shape[1])
    row, column = row + lattice.first[0], column + lattice.first[1]
    below = layers.below[layer]
    cell = row // lattice.times, column // lattice.times
    inside = nodes.contains(below, *cell)
    values = np.stack(list(nodes.corners(*(np.where(inside, index, 0) for index in (below, *cell)))))
    along_y = (row + pieces.y0[piece]) / lattice.times - cell[0]
    along_x = (column + pieces.x0[piece]) / lattice.times - cell[1]
    for part in (height, along_y, along_x):  # corners are ordered column fastest, layer slowest
        half = len(values) // 2
        values = values[:half] + part * (values[half:] - values[:half])
    return np.where(inside, values[0], np.nan)


def _parts_of_pixels(cut: IntArray, times: int, coverage: Coverage) -> list[FloatArray]:
    """Area, centroid and second moments of the parts of pixels, each (cells, times, times)."""
    touched, which = np.unique(cut[cut >= 0], return_inverse=True)
    parts = []
    finer = coverage.refined(coverage.pixel[touched], times) if len(touched) else None
    for name, of_full in (("area", 1.0), ("x", 0.5), ("y", 0.5), ("xx", 1 / 12), ("xy", 0.0), ("yy", 1 / 12)):
        part = np.full((len(cut), times, times), of_full)
        if finer is not None:
            dense = np.where(finer.full, of_full, 0.0)
            dense.reshape(-1)[finer.pixel] = getattr(finer, name)
            part[cut >= 0] = dense[which.reshape(-1), :times, :times]
        parts.append(part)
    return parts
