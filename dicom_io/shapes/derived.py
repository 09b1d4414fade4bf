"""What structures made from structures have in common: the solid they are made of, and the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.contours import SlabStack, border
from dicom_io.objects import Structure

__all__ = ["PARALLEL", "Derived", "PlaneSolid", "nothing", "why_not_together"]


PARALLEL = 1e-6
"""1 - cosine below which contour planes count as parallel: 0.08 degrees."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Derived:
    """A structure made from others.

    Attributes
    ----------
    structure : Structure or None
        Each of its contours fills half-way to its neighbours, like any other's.
    volume_cc : float or None
    grid_mm : float or None
        Grid in plane that a border was interpolated on; finer than 0.3 mm unless the structure is very
        large. None where the border is exact.
    reach_mm : (float, float) or None
        How far an expansion reaches beyond the last drawn plane: from the margin alone, if the structure ends
        on it, to the margin beyond the end of its slab. Nobody drew in between.
    notes : tuple of str
        What has to be known about how it is drawn.
    reason : str or None
        Why there is no structure.
    """

    structure: Structure | None
    volume_cc: float | None
    grid_mm: float | None = None
    reach_mm: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    reason: str | None = None


def nothing(reason: str) -> Derived:
    """Return an answer without a structure."""
    return Derived(structure=None, volume_cc=None, reason=reason)


def why_not_together(a: Structure, b: Structure, stacks: tuple[SlabStack, SlabStack]) -> str | None:
    """Return why two structures cannot be compared or joined, or None.

    Parameters
    ----------
    a, b : Structure
    stacks : (SlabStack, SlabStack)
        Theirs.
    """
    if a.frame_of_reference_uid != b.frame_of_reference_uid:
        return "the structures are in different frames of reference"
    for stack in stacks:
        if stack.reason is not None:
            return f"{stack.name}: {stack.reason}"
    if abs(stacks[0].normal @ stacks[1].normal) < 1 - PARALLEL:
        return "the structures are drawn on planes that are not parallel"
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneSolid:
    """Polygons by plane in the axes of a common stack, and the slab each fills.

    Attributes
    ----------
    edges : list of ndarray, shape (edges, 4)
        Of each plane: u0, v0, u1, v1, mm.
    positions : ndarray, shape (planes,)
        Along the common normal, increasing.
    bounds : ndarray, shape (planes, 2)
    """

    edges: list[FloatArray]
    positions: FloatArray
    bounds: FloatArray

    @classmethod
    def of(cls, stack: SlabStack, frame: SlabStack) -> PlaneSolid:
        """Return the polygons of a stack in the axes of another that is parallel to it."""
        turn = np.stack([stack.u, stack.v]) @ np.stack([frame.u, frame.v], axis=1)
        order = np.argsort(stack.edge_plane, kind="stable")
        edges = np.concatenate([stack.edges[order, :2] @ turn, stack.edges[order, 2:] @ turn], axis=1)
        by_plane = np.split(edges, np.searchsorted(stack.edge_plane[order], np.arange(1, len(stack.bounds))))
        up = float(np.sign(stack.normal @ frame.normal))
        step = 1 if up > 0 else -1
        return cls(
            edges=by_plane[::step],
            positions=(up * stack.positions)[::step],
            bounds=np.sort(up * stack.bounds, axis=1)[::step],
        )

    @property
    def corners(self) -> FloatArray:
        """Lowest and highest (u, v)."""
        ends = np.concatenate(self.edges).reshape(-1, 2)
        return np.stack([ends.min(axis=0), ends.max(axis=0)])

    def with_borders(self) -> PlaneSolid:
        """The same without keyhole bridges and edges that parts share; inside on the left."""
        return PlaneSolid(
            edges=[border(one) for one in self.edges], positions=self.positions, bounds=self.bounds
        )

    def gaps(self, height: float) -> FloatArray:
        """Return the distance of a height from each slab, 0 within it."""
        gaps: FloatArray = np.maximum(self.bounds[:, 0] - height, height - self.bounds[:, 1]).clip(0)
        return gaps

    def plane_at(self, height: float) -> int | None:
        """Return the plane whose slab holds a height, or None."""
        gaps = self.gaps(height)
        plane = int(np.argmin(gaps))
        return plane if gaps[plane] == 0 else None
