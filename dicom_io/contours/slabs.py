"""A structure's contours as solid slabs: each polygon extruded along the normal of its plane.

Area is counted by the even-odd rule within each plane, so holes, islands, keyholes and
CLOSEDPLANAR_XOR contours need no special case. Contours that partly overlap have two readings. The
convention between planes is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.drawn import Drawn, closed_contours, longest_side, why_no_contour
from dicom_io.contours.filling import Filling, filling_of
from dicom_io.contours.overlaps import PlaneContours, repeats, union_edges
from dicom_io.contours.planes import planes_of
from dicom_io.contours.polygons import even_odd_edges, inside, nesting_signs, rotation_numbers
from dicom_io.contours.ragged import expand, tally
from dicom_io.contours.spacing import SLAB_END_CAPS, at_planes
from dicom_io.errors import DicomValueError
from dicom_io.objects import Structure

__all__ = ["SlabStack"]

FLAT_MM = 0.5
"""A contour that leaves its plane by more than this is not planar."""
LONGEST_MM = 5000.0
"""No structure is longer: a coordinate far away would only ask for memory."""
_ONE_READING = 1e-3
"""Volumes that differ by a smaller part are one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SlabStack:
    """The polygons of a structure, plane by plane, with the slab that each plane fills.

    Coordinates in a plane are (u, v) = points @ (`u`, `v`); the plane's position is points @ `normal`.

    Attributes
    ----------
    name, number : str, int
        The structure's.
    normal, u, v : ndarray, shape (3,)
        Right-handed unit vectors (u, v, normal) in patient coordinates.
    positions : ndarray, shape (planes,)
        Position of each contour plane, mm, increasing.
    bounds : ndarray, shape (planes, 2)
        Lower and upper face of each plane's slab, mm.
    edges : ndarray, shape (edges, 4)
        Every polygon edge as u0, v0, u1, v1, mm.
    edge_plane : ndarray of int, shape (edges,)
        Index of each edge's plane.
    edge_sign : ndarray of float, shape (edges,)
        +1 where the edge's direction has the inside on its left, -1 where on its right.
    end_caps : str
        The convention: one of `SLAB_END_CAPS`, or one of `dicom_io.END_CAPS` that `solid_of` made.
    findings : tuple of str
        What is odd about the contours, in words.
    reason : str or None
        Why there is no solid; then all arrays are empty.
    other : SlabStack or None
        The same contours by the even-odd rule, where some partly overlap and this is their union.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0, 6.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> SlabStack.of(cube).volume_cc
    3.6
    """

    name: str
    number: int
    normal: FloatArray
    u: FloatArray
    v: FloatArray
    positions: FloatArray
    bounds: FloatArray
    edges: FloatArray
    edge_plane: IntArray
    edge_sign: FloatArray
    end_caps: str
    findings: tuple[str, ...] = ()
    reason: str | None = None
    other: SlabStack | None = None

    @classmethod
    def of(
        cls, structure: Structure, *, end_caps: str = "half", slice_thickness: float | None = None
    ) -> SlabStack:
        """Return the slabs of a structure.

        Parameters
        ----------
        structure : Structure
        end_caps : str
            One of `SLAB_END_CAPS`.
        slice_thickness : float, optional
            Thickness of the slab of a structure drawn on one plane only, mm: it has no neighbour to take
            it from, and without it no volume.

        Raises
        ------
        DicomValueError
            For an unknown convention or a thickness that is not positive.
        """
        if end_caps not in SLAB_END_CAPS:
            raise DicomValueError(f"end caps {end_caps!r}: one of {', '.join(SLAB_END_CAPS)} is needed")
        if slice_thickness is not None and not 0 < slice_thickness < 1000:
            raise DicomValueError(f"slice thickness {slice_thickness} mm: between 0 and 1000 mm is allowed")
        closed, findings = closed_contours(structure)
        if not closed:
            return _nothing(structure, end_caps, findings, why_no_contour(structure))
        longest = longest_side(closed)
        if longest > LONGEST_MM:
            reason = f"its contours span {longest / 1000:.3g} m, which no body does: a coordinate is wrong"
            return _nothing(structure, end_caps, findings, reason)
        drawn = Drawn.of(closed)
        if drawn.off_plane > FLAT_MM:
            reason = f"contours leave their common plane direction by up to {drawn.off_plane:.1f} mm"
            return _nothing(structure, end_caps, findings, reason)
        return _stacked(structure, drawn, end_caps, slice_thickness, findings)

    @property
    def plane_areas(self) -> FloatArray:
        """Area inside on each plane, mm2."""
        u0, v0, u1, v1 = self.edges.T
        signed = 0.5 * (u0 * v1 - u1 * v0) * self.edge_sign
        return tally(self.edge_plane, signed, len(self.positions))

    @property
    def thicknesses(self) -> FloatArray:
        """Thickness of each plane's slab, mm."""
        return self.bounds[:, 1] - self.bounds[:, 0]

    @property
    def volume_cc(self) -> float:
        """Volume of the slabs, cc: exact for the polygons."""
        return float(self.plane_areas @ self.thicknesses) / 1000.0

    def holds(self, points: FloatArray) -> BoolArray:
        """Return which points lie inside, exactly.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            x, y, z in mm.
        """
        height = points @ self.normal
        plane = np.searchsorted(self.bounds[:, 0], height, side="right") - 1
        within = (plane >= 0) & (height < self.bounds[plane, 1])
        in_plane = np.stack([points @ self.u, points @ self.v], axis=1)
        found = np.zeros(len(points), dtype=np.bool_)
        for one in np.unique(plane[within]):
            here = np.flatnonzero(within & (plane == one))
            found[here] = inside(in_plane[here], self.edges[self.edge_plane == one])
        return found

    def resolved(self, planes: IntArray) -> SlabStack:
        """Return the stack with the edges of some planes cut where they cross (even-odd rule)."""
        chosen = np.isin(self.edge_plane, planes)
        edges, edge_plane, crossed = even_odd_edges(
            self.edges[chosen], self.edge_sign[chosen], self.edge_plane[chosen]
        )
        if not len(crossed):
            return self
        finding = (
            f"{self.name}: contours cross themselves or each other on {at_planes(self.positions[crossed])}; "
            "their area is taken by the even-odd rule"
        )
        kept = ~np.isin(self.edge_plane, crossed)
        return replace(
            self,
            edges=np.concatenate([self.edges[kept], edges]),
            edge_plane=np.concatenate([self.edge_plane[kept], edge_plane]),
            edge_sign=np.concatenate([self.edge_sign[kept], np.ones(len(edges))]),
            findings=(*self.findings, finding),
        )


def _stacked(
    structure: Structure,
    drawn: Drawn,
    end_caps: str,
    slice_thickness: float | None,
    findings: tuple[str, ...],
) -> SlabStack:
    """Group contours by plane, find nesting and slabs."""
    positions, plane = planes_of(drawn, structure.slices)
    contours = PlaneContours.of(drawn.edges, drawn.starts, plane, drawn.is_xor)
    repeated = repeats(contours)
    single = drawn.only(~repeated)
    filling = filling_of(
        single,
        positions,
        plane[~repeated],
        end_caps=end_caps,
        slice_thickness=slice_thickness,
        slices=structure.slices,
    )
    if repeated.any():
        where = at_planes(positions[np.unique(plane[repeated])])
        twice = f"{structure.name}: {repeated.sum()} contours drawn twice on {where}, counted once"
        findings = (*findings, twice)
    findings = (*findings, *(f"{structure.name}: {text}" for text in filling.findings))
    if filling.reason is not None:
        return _nothing(structure, end_caps, findings, filling.reason)
    return _with_readings(structure, single, filling, end_caps, findings)


def _with_readings(
    structure: Structure, drawn: Drawn, filling: Filling, end_caps: str, findings: tuple[str, ...]
) -> SlabStack:
    """The slabs of contours, with both readings where some partly overlap."""
    filled = _in_layers(drawn, filling)
    kept = np.ones(len(filled.plane), dtype=np.bool_)
    sign, entangled = nesting_signs(filled.edges, filled.starts, filled.plane, filled.area, kept)
    lengths = filled.stops - filled.starts
    stack = SlabStack(
        name=structure.name,
        number=structure.number,
        normal=drawn.normal,
        u=drawn.u,
        v=drawn.v,
        positions=filling.positions,
        bounds=filling.bounds,
        edges=filled.edges,
        edge_plane=np.repeat(filled.plane, lengths),
        edge_sign=np.repeat(sign, lengths),
        end_caps=end_caps,
        findings=findings,
    )
    turned = np.abs(np.abs(rotation_numbers(filled.edges, filled.starts)) - 1) > 0.01
    doubtful = np.union1d(filled.plane[turned], entangled)
    if not len(doubtful):
        return stack
    even_odd = stack.resolved(doubtful)
    united = union_edges(filled, entangled)
    return _both_readings(stack, even_odd, united) if united else even_odd


def _in_layers(drawn: Drawn, filling: Filling) -> PlaneContours:
    """The contours that fill each layer."""
    contour = filling.contour
    _, nth = expand(drawn.lengths[contour])
    lengths = drawn.lengths[contour]
    starts = np.cumsum(lengths) - lengths
    point = np.repeat(drawn.starts[contour], lengths) + nth
    return PlaneContours.of(drawn.edges[point], starts, filling.layer, drawn.is_xor[contour])


def _both_readings(stack: SlabStack, even_odd: SlabStack, united: dict[int, FloatArray]) -> SlabStack:
    """The union of contours that partly overlap, with what the even-odd rule makes of them beside it."""
    planes = np.array(sorted(united), dtype=np.int64)
    left = ~np.isin(even_odd.edge_plane, planes)
    edges = [united[plane] for plane in planes.tolist()]
    union = replace(
        even_odd,
        edges=np.concatenate([even_odd.edges[left], *edges]),
        edge_plane=np.concatenate(
            [even_odd.edge_plane[left], np.repeat(planes, [len(one) for one in edges])]
        ),
        edge_sign=np.concatenate([even_odd.edge_sign[left], np.ones(sum(map(len, edges)))]),
    )
    if abs(union.volume_cc - even_odd.volume_cc) <= _ONE_READING * union.volume_cc:
        return even_odd
    finding = (
        f"{stack.name}: contours partly overlap on {at_planes(stack.positions[planes])}, which makes them "
        f"neither holes nor islands: {union.volume_cc:.4g} cc as their union, {even_odd.volume_cc:.4g} cc by "
        "the even-odd rule; metrics hold both, and a verdict is given only where both have the same"
    )
    findings = (*stack.findings, finding)
    return replace(union, findings=findings, other=replace(even_odd, findings=findings))


def _nothing(structure: Structure, end_caps: str, findings: tuple[str, ...], reason: str) -> SlabStack:
    """A stack without a solid."""
    return SlabStack(
        name=structure.name,
        number=structure.number,
        normal=np.array([0.0, 0.0, 1.0]),
        u=np.array([1.0, 0.0, 0.0]),
        v=np.array([0.0, 1.0, 0.0]),
        positions=np.zeros(0),
        bounds=np.zeros((0, 2)),
        edges=np.zeros((0, 4)),
        edge_plane=np.zeros(0, dtype=np.int64),
        edge_sign=np.zeros(0),
        end_caps=end_caps,
        findings=findings,
        reason=reason,
    )
