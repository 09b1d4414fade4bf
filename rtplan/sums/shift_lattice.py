"""One lattice of points from which an organ is read at each of many shifts.

The points of an organ stand in layers, rows and columns, and shifts come in steps along the same directions:
moved points meet again and again. Where they do, the earlier dose is carried, interpolated and converted once
for each place where some moved point comes to lie, and a shift costs no more than picking its values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtplan.sums.points import OrganPoints

__all__ = ["ShiftLattice"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SAME_MM = 1e-6
"""Positions closer than this are one: rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ShiftLattice:
    """Where an organ's points come to lie.

    Attributes
    ----------
    along_mm : tuple of ndarray
        Positions across layers, along rows' and columns' directions.
    directions : ndarray, shape (3, 3)
        Rows are the unit vectors that `along_mm` counts in.
    index : tuple of ndarray of int, shape (steps of the axis, n)
        What each point adds to the place of its value, for each step along an axis.
    step_of : ndarray of int, shape (3, shifts)
        Which step along each axis a shift is.
    """

    along_mm: tuple[FloatArray, ...]
    directions: FloatArray
    index: tuple[IntArray, ...]
    step_of: IntArray

    @classmethod
    def of(cls, organ: OrganPoints, shifts: FloatArray) -> ShiftLattice | None:
        """Return the lattice of an organ, each point less each shift; None where it would not save work.

        Parameters
        ----------
        organ : OrganPoints
        shifts : ndarray, shape (shifts, 3)
            mm.
        """
        found = [
            _moved_along(at, -(shifts @ direction))
            for at, direction in zip(organ.along_mm, organ.directions, strict=True)
        ]
        sizes = [len(positions) for positions, _, _ in found]
        if np.prod(sizes, dtype=np.float64) > len(shifts) * len(organ.volume_cc) / 2:
            return None
        strides = (sizes[1] * sizes[2], sizes[2], 1)
        return cls(
            along_mm=tuple(positions for positions, _, _ in found),
            directions=organ.directions,
            index=tuple(
                np.ascontiguousarray(moved[:, place]) * stride
                for (_, moved, _), place, stride in zip(found, organ.place, strides, strict=True)
            ),
            step_of=np.stack([which for _, _, which in found]),
        )

    @property
    def n_layers(self) -> int:
        """How many layers the lattice has."""
        return len(self.along_mm[0])

    @property
    def n_in_layer(self) -> int:
        """How many points a layer of the lattice has."""
        return len(self.along_mm[1]) * len(self.along_mm[2])

    def positions(
        self, layers: slice, *, origin: FloatArray | None = None, directions: FloatArray | None = None
    ) -> FloatArray:
        """Return where the points of some layers are, shape (3, n), mm.

        Parameters
        ----------
        layers : slice
        origin : ndarray, shape (3,), optional
            Where the lattice's own origin lies in other coordinates; without it patient coordinates.
        directions : ndarray, shape (3, 3), optional
            Rows are the lattice's directions in these coordinates.
        """
        heights, rows, columns = self.along_mm
        start = np.zeros(3) if origin is None else origin
        axes = self.directions if directions is None else directions
        heights = heights[layers]
        found = np.empty((3, len(heights), len(rows), len(columns)))
        for axis, plane in enumerate(found):
            in_plane = np.add.outer(rows * axes[1, axis], columns * axes[2, axis])
            np.add(in_plane, (start[axis] + heights * axes[0, axis])[:, None, None], out=plane)
        return found.reshape(3, -1)

    def picked(self, values: FloatArray, chosen: slice) -> FloatArray:
        """Return the values of all points for some of the shifts, shape (shifts, n)."""
        steps = self.step_of[:, chosen]
        found = np.empty((steps.shape[1], self.index[0].shape[1]))
        layered: dict[tuple[int, int], IntArray] = {}
        for row, (across, down, right) in zip(found, steps.T.tolist(), strict=True):
            if (across, down) not in layered:
                layered = {(across, down): self.index[0][across] + self.index[1][down]}
            np.take(values, layered[across, down] + self.index[2][right], out=row, mode="clip")
        return found


def _moved_along(at: FloatArray, steps: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Where positions come to lie on one axis: all places, each moved position's, each step's number."""
    distinct, which = np.unique(np.round(steps / _SAME_MM).astype(np.int64), return_inverse=True)
    first = np.array([np.flatnonzero(which == step)[0] for step in range(len(distinct))])
    moved = at[None, :] + steps[first][:, None]
    places, nearest, index = np.unique(
        np.round(moved / _SAME_MM).astype(np.int64), return_index=True, return_inverse=True
    )
    del places
    return moved.reshape(-1)[nearest], index.reshape(moved.shape), which
