"""A structure's contours as solid slabs: each polygon extruded along the normal of its plane.

Area is counted by the even-odd rule within each plane, so holes, islands, keyholes and
CLOSEDPLANAR_XOR contours need no special case. The convention between planes is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.polygons import even_odd_edges, nesting_signs, rotation_numbers
from dicom_io.contours.ragged import tally
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure

__all__ = ["SLAB_END_CAPS", "SlabStack"]


SLAB_END_CAPS = ("half", "none", "full")
"""``half``: the end slabs reach half the local spacing beyond the last plane; ``none``: they end on it;
``full``: they reach the whole spacing beyond it, to where the next contour would have been."""

SAME_PLANE_MM = 0.05
"""Contours whose planes are closer than this are on one plane; no scanner slices thinner than 0.1 mm."""
FLAT_MM = 0.5
"""A contour that leaves its plane by more than this is not planar."""
LONGEST_MM = 5000.0
"""No structure is longer: a coordinate far away would only ask for memory."""
LARGEST_GAP = 4.0
"""A gap of more than this many times the usual spacing separates two parts instead of being filled."""
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
HALF_WAY = "each polygon fills half-way to its neighbours"


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

    Examples
    --------
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
        closed, findings = _closed_contours(structure)
        if not closed:
            return _nothing(structure, end_caps, findings, _why_no_contour(structure))
        points = np.concatenate([contour.points for contour in closed])
        longest = _longest_side(points)
        if longest > LONGEST_MM:
            reason = f"its contours span {longest / 1000:.3g} m, which no body does: a coordinate is wrong"
            return _nothing(structure, end_caps, findings, reason)
        drawn = _Drawn.of(closed, points)
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

    def resolved(self, planes: IntArray) -> SlabStack:
        """Return the stack with the edges of some planes cut where they cross (even-odd rule)."""
        chosen = np.isin(self.edge_plane, planes)
        edges, edge_plane, crossed = even_odd_edges(
            self.edges[chosen], self.edge_sign[chosen], self.edge_plane[chosen]
        )
        if not len(crossed):
            return self
        finding = (
            f"{self.name}: contours cross themselves or each other on {_at(self.positions[crossed])}; "
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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn:
    """Closed contours in the coordinates of their planes."""

    u: FloatArray
    v: FloatArray
    normal: FloatArray
    points: FloatArray  # (points, 2)
    lengths: IntArray  # points per contour
    positions: FloatArray  # of each contour
    is_xor: BoolArray
    off_plane: float

    @classmethod
    def of(cls, contours: list[Contour], points: FloatArray) -> _Drawn:
        lengths = np.array([len(contour.points) for contour in contours], dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        u, v, normal = _plane_axes(points, starts)
        along = _component(points, normal)
        low, high = np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)
        return cls(
            u=u,
            v=v,
            normal=normal,
            points=np.stack([_component(points, u), _component(points, v)], axis=1),
            lengths=lengths,
            positions=np.add.reduceat(along, starts) / lengths,
            is_xor=np.array([contour.geometric_type == "CLOSEDPLANAR_XOR" for contour in contours]),
            off_plane=float(np.max(high - low)),
        )


def _longest_side(points: FloatArray) -> float:
    """The longest side of a box around all points, mm."""
    halves = [along.max() / 2 - along.min() / 2 for along in points.T]
    return float(max(halves)) * 2  # halves: a difference of huge numbers would overflow


def _closed_contours(structure: Structure) -> tuple[list[Contour], tuple[str, ...]]:
    """The contours that enclose an area, and what was left out."""
    closed, findings = [], []
    ignored: dict[str, int] = {}
    for contour in structure.contours:
        if contour.geometric_type not in CLOSED:
            ignored[contour.geometric_type] = ignored.get(contour.geometric_type, 0) + 1
        elif len(contour.points) < 3:
            key = f"{contour.geometric_type} of fewer than 3 points"
            ignored[key] = ignored.get(key, 0) + 1
        else:
            closed.append(contour)
    for kind, count in ignored.items():
        findings.append(
            f"{structure.name}: {count} {kind} contour{'s' * (count > 1)} enclose nothing, ignored"
        )
    return closed, tuple(findings)


def _why_no_contour(structure: Structure) -> str:
    if not structure.contours:
        return "structure has no contours"
    kinds = sorted({contour.geometric_type for contour in structure.contours})
    return f"structure has no closed contour, only {', '.join(kinds)}"


def _plane_axes(points: FloatArray, starts: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """In-plane axes and normal of contours: a patient axis where all are flat along it, else Newell's."""
    axes = np.eye(3)
    for normal in (2, 0, 1):
        along = np.ascontiguousarray(points[:, normal])
        flat = np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)
        if np.max(flat) < 1e-3:
            return axes[(normal + 1) % 3], axes[(normal + 2) % 3], axes[normal]
    normal_vector = _common_normal(points, starts)
    across = axes[int(np.argmin(np.abs(normal_vector)))]
    u = across - (across @ normal_vector) * normal_vector
    u /= np.linalg.norm(u)
    return u, np.cross(normal_vector, u), normal_vector


def _common_normal(points: FloatArray, starts: IntArray) -> FloatArray:
    """Unit normal of the contours, weighted by area; towards its largest coordinate."""
    following = _next_points(points, starts)
    reference = np.repeat(points[starts], np.diff(np.append(starts, len(points))), axis=0)
    area = 0.5 * np.add.reduceat(np.cross(points - reference, following - reference), starts)
    largest = area[np.argmax(np.linalg.norm(area, axis=1))]
    total = np.sum(area * np.sign(area @ largest)[:, None], axis=0)
    length = np.linalg.norm(total)
    if length == 0:
        return np.array([0.0, 0.0, 1.0])
    unit: FloatArray = total / length
    upwards: FloatArray = unit * np.sign(unit[np.argmax(np.abs(unit))])
    return upwards


def _component(points: FloatArray, direction: FloatArray) -> FloatArray:
    """Coordinates along a unit vector; of a patient axis simply that column."""
    axis = int(np.argmax(np.abs(direction)))
    if direction[axis] == 1:
        return points[:, axis]
    along: FloatArray = points @ direction
    return along


def _next_points(points: FloatArray, starts: IntArray) -> FloatArray:
    """Each point's successor within its closed contour."""
    following = np.empty_like(points)
    following[:-1] = points[1:]
    ends = np.append(starts[1:], len(points)) - 1
    following[ends] = points[starts]
    return following


def _stacked(
    structure: Structure,
    drawn: _Drawn,
    end_caps: str,
    slice_thickness: float | None,
    findings: tuple[str, ...],
) -> SlabStack:
    """Group contours by plane, find nesting and slabs."""
    positions, plane = _planes(drawn.positions)
    bounds, gap_findings = _slab_bounds(positions, end_caps, slice_thickness)
    if bounds is None:
        reason = "drawn on one plane only: its thickness is unknown; give slice_thickness"
        return _nothing(structure, end_caps, findings, reason)
    starts = np.cumsum(drawn.lengths) - drawn.lengths
    edges = np.concatenate([drawn.points, _next_points(drawn.points, starts)], axis=1)
    area = _signed_areas(edges, starts)
    kept, dropped = _kept_contours(edges, starts, area, plane, drawn.is_xor, positions)
    if not kept.any():
        return _nothing(structure, end_caps, findings, "its contours enclose no area")
    sign, entangled = nesting_signs(edges, starts, plane, area, kept)
    edge_kept = np.repeat(kept, drawn.lengths)
    stack = SlabStack(
        name=structure.name,
        number=structure.number,
        normal=drawn.normal,
        u=drawn.u,
        v=drawn.v,
        positions=positions,
        bounds=bounds,
        edges=edges[edge_kept],
        edge_plane=np.repeat(plane, drawn.lengths)[edge_kept],
        edge_sign=np.repeat(sign, drawn.lengths)[edge_kept],
        end_caps=end_caps,
        findings=(*findings, *(f"{structure.name}: {text}" for text in (*dropped, *gap_findings))),
    )
    turned = np.abs(np.abs(rotation_numbers(edges, starts)) - 1) > 0.01
    doubtful = np.union1d(plane[turned & kept], entangled)
    return stack.resolved(doubtful) if len(doubtful) else stack


def _planes(contour_positions: FloatArray) -> tuple[FloatArray, IntArray]:
    """Positions of the distinct planes and each contour's plane."""
    order = np.argsort(contour_positions, kind="stable")
    is_new = np.diff(contour_positions[order], prepend=-np.inf) > SAME_PLANE_MM
    plane = np.empty(len(order), dtype=np.int64)
    plane[order] = np.cumsum(is_new) - 1
    return np.bincount(plane, weights=contour_positions) / np.bincount(plane), plane


def _slab_bounds(
    positions: FloatArray, end_caps: str, slice_thickness: float | None
) -> tuple[FloatArray | None, tuple[str, ...]]:
    """Lower and upper face of each plane's slab; None when nothing tells the thickness."""
    if len(positions) == 1:
        if slice_thickness is None:
            return None, ()
        half = 0.0 if end_caps == "none" else 0.5 * slice_thickness
        finding = f"drawn on one plane only, taken {2 * half:g} mm thick"
        return positions[:, None] + np.array([[-half, half]]), (finding,)
    gaps = np.diff(positions)
    usual = float(np.median(gaps))
    apart = gaps > LARGEST_GAP * usual
    below, above = _half_spacings(gaps, apart, usual)
    first_of_part = np.concatenate([[True], apart])
    last_of_part = np.concatenate([apart, [True]])
    reach = {"none": 0.0, "half": 1.0, "full": 2.0}[end_caps]
    below, above = np.where(first_of_part, reach, 1.0) * below, np.where(last_of_part, reach, 1.0) * above
    bounds = np.stack([positions - below, positions + above], axis=1)
    return bounds, _gap_findings(positions, gaps, apart, usual)


def _half_spacings(gaps: FloatArray, apart: BoolArray, usual: float) -> tuple[FloatArray, FloatArray]:
    """Half of the spacing below and above each plane; at ends of parts that of the other side."""
    joined = np.where(apart, np.nan, gaps)
    below, above = np.append(np.nan, joined), np.append(joined, np.nan)
    below, above = (
        np.where(np.isnan(here), np.where(np.isnan(other), usual, other), here) / 2
        for here, other in ((below, above), (above, below))
    )
    return below, above


def _gap_findings(positions: FloatArray, gaps: FloatArray, apart: BoolArray, usual: float) -> tuple[str, ...]:
    findings = []
    uneven = ~apart & (np.abs(gaps - usual) > 0.01 * usual + SAME_PLANE_MM)
    if uneven.any():
        # Two gaps that differ are both off their median: then there is nothing usual to name.
        others = gaps[~apart & ~uneven]
        usually = f"usually {_span(others)}, " if others.size else ""
        findings.append(
            f"planes unevenly spaced: {usually}{_span(gaps[uneven])} "
            f"above {_at(positions[:-1][uneven])}; {HALF_WAY}"
        )
    if apart.any():
        findings.append(
            f"no contour for {gaps[apart].max():g} mm above {_at(positions[:-1][apart])}, more than "
            f"{LARGEST_GAP:g} times the usual {usual:g} mm: taken as separate parts, the gap is not filled"
        )
    return tuple(findings)


def _span(lengths: FloatArray) -> str:
    """Smallest and largest length in words."""
    low, high = np.round([lengths.min(), lengths.max()], 2)
    return f"{low:g} mm" if low == high else f"{low:g} to {high:g} mm"


def _at(positions: FloatArray) -> str:
    """Planes in words, the first few by position."""
    shown = ", ".join(f"{position:g}" for position in np.round(positions[:4], 2) + 0.0)
    more = f" and {len(positions) - 4} more" if len(positions) > 4 else ""
    return f"plane{'s' * (len(positions) > 1)} {shown}{more} mm"


def _signed_areas(edges: FloatArray, starts: IntArray) -> FloatArray:
    """Area of each contour, positive where drawn anticlockwise in (u, v)."""
    u0, v0, u1, v1 = (edges - np.tile(edges[0, :2], 2)).T
    return 0.5 * np.add.reduceat(u0 * v1 - u1 * v0, starts)


def _kept_contours(
    edges: FloatArray,
    starts: IntArray,
    area: FloatArray,
    plane: IntArray,
    is_xor: BoolArray,
    positions: FloatArray,
) -> tuple[BoolArray, tuple[str, ...]]:
    """Which contours count: not those drawn twice."""
    lengths = np.diff(np.append(starts, len(edges)))
    middle = np.add.reduceat(edges[:, :2], starts) / lengths[:, None]
    corner = np.minimum.reduceat(edges[:, :2], starts)
    key = np.column_stack([plane, lengths, np.round(np.column_stack([np.abs(area), middle, corner]), 2)])
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    is_repeat = (first[which.reshape(-1)] != np.arange(len(plane))) & ~is_xor
    findings = []
    if is_repeat.any():
        where = _at(positions[np.unique(plane[is_repeat])])
        findings.append(f"{is_repeat.sum()} contours drawn twice on {where}, counted once")
    return ~is_repeat, tuple(findings)


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
