"""How far the slab of each plane reaches: half-way to the next plane, unless a gap separates parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray
from dicom_io.contours.planes import LARGEST_SLICE_MM, SAME_PLANE_MM, SMALLEST_SLICE_MM

__all__ = ["HALF_WAY", "LARGEST_GAP", "SLAB_END_CAPS", "Slabs", "at_planes", "slabs_of"]

SLAB_END_CAPS = ("half", "none", "full")
"""``half``: the end slabs reach half the local spacing beyond the last plane; ``none``: they end on it;
``full``: they reach the whole spacing beyond it, to where the next contour would have been."""
LARGEST_GAP = 4.0
"""A gap of more than this many times the usual spacing separates two parts instead of being filled."""
HALF_WAY = "each polygon fills half-way to its neighbours"

_EVEN = 1.5
"""Distances that differ by less are those of one scan."""
_REGULAR_GAPS = 3
"""Gaps of one size that come so often are how the structure was drawn, not where its parts end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slabs:
    """The faces of the slabs of planes that share their slices.

    Attributes
    ----------
    bounds : ndarray, shape (planes, 2)
        Lower and upper face, mm.
    apart : ndarray of bool, shape (planes - 1,)
        Which gaps separate parts.
    findings : tuple of str
    reason : str or None
        Why no slab is known to be right.
    """

    bounds: FloatArray
    apart: BoolArray
    findings: tuple[str, ...] = ()
    reason: str | None = None


def slabs_of(
    positions: FloatArray, *, end_caps: str, thickness: float | None, image: FloatArray | None
) -> Slabs:
    """Return the slabs of planes.

    Parameters
    ----------
    positions : ndarray, shape (planes,)
        Increasing, mm.
    end_caps : str
        One of `SLAB_END_CAPS`.
    thickness : float or None
        Of a single plane's slab, mm.
    image : ndarray, shape (planes,), or None
        Distance of the image's slices at each plane, mm, where it is known.
    """
    if len(positions) == 1:
        return _single(positions, end_caps, thickness)
    gaps = np.diff(positions)
    usual = usual_distance(gaps)
    apart = _apart(gaps, usual, image)
    below, above = _half_spacings(gaps, apart, np.full(len(positions), usual) if image is None else image)
    first_of_part = np.concatenate([[True], apart])
    last_of_part = np.concatenate([apart, [True]])
    reach = {"none": 0.0, "half": 1.0, "full": 2.0}[end_caps]
    below, above = np.where(first_of_part, reach, 1.0) * below, np.where(last_of_part, reach, 1.0) * above
    return Slabs(
        bounds=np.stack([positions - below, positions + above], axis=1),
        apart=apart,
        findings=_gap_findings(positions, gaps, apart, usual),
        reason=_why_not(gaps[apart], usual),
    )


def _single(positions: FloatArray, end_caps: str, thickness: float | None) -> Slabs:
    """The slab of a structure drawn on one plane only."""
    if thickness is None:
        return Slabs(
            bounds=np.zeros((0, 2)),
            apart=np.zeros(0, dtype=np.bool_),
            reason="drawn on one plane only: its thickness is unknown; with the files of the image that "
            "it was drawn on in the same folder it is that of the slice",
        )
    half = 0.0 if end_caps == "none" else 0.5 * thickness
    return Slabs(
        bounds=positions[:, None] + np.array([[-half, half]]),
        apart=np.zeros(0, dtype=np.bool_),
        findings=(f"drawn on one plane only, taken {2 * half:g} mm thick",),
    )


def usual_distance(gaps: FloatArray) -> float:
    """Return the usual distance of planes, not ruled by the smallest: no scanner slices thinner than 0.5 mm.

    Parameters
    ----------
    gaps : ndarray
        Distances between neighbouring planes, mm; at least one.
    """
    of_slices = (gaps >= SMALLEST_SLICE_MM) & (gaps <= LARGEST_SLICE_MM)
    return float(np.median(gaps[of_slices] if of_slices.any() else gaps))


def _apart(gaps: FloatArray, usual: float, image: FloatArray | None) -> BoolArray:
    """Which gaps separate parts: far larger than usual, and no run of slices that lie farther apart there."""
    wide: BoolArray = np.asarray(gaps > LARGEST_GAP * usual)
    if not wide.any():
        return wide
    if image is not None:
        beyond: BoolArray = gaps > LARGEST_GAP * np.maximum(image[1:], image[:-1])
        return wide & beyond
    like_next = np.maximum(gaps[1:], gaps[:-1]) <= _EVEN * np.minimum(gaps[1:], gaps[:-1])
    in_run = np.append(like_next, False) | np.append(False, like_next)
    found: BoolArray = wide & ~(in_run & (gaps <= LARGEST_SLICE_MM))
    return found


def _half_spacings(gaps: FloatArray, apart: BoolArray, alone: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Half of the spacing below and above each plane; at ends of parts that of the other side."""
    joined = np.where(apart, np.nan, gaps)
    below, above = np.append(np.nan, joined), np.append(joined, np.nan)
    below, above = (
        np.where(np.isnan(here), np.where(np.isnan(other), alone, other), here) / 2
        for here, other in ((below, above), (above, below))
    )
    return below, above


def _why_not(gaps_apart: FloatArray, usual: float) -> str | None:
    """Why gaps that would not be filled may be no gaps: they come regularly."""
    if len(gaps_apart) < _REGULAR_GAPS or gaps_apart.max() > LARGEST_SLICE_MM:
        return None
    if gaps_apart.max() > _EVEN * gaps_apart.min():
        return None
    return (
        f"{len(gaps_apart)} gaps of {_span(gaps_apart)} among planes usually {usual:g} mm apart: whether its "
        "slices lie so far apart or it ends there cannot be told"
    )


def _gap_findings(positions: FloatArray, gaps: FloatArray, apart: BoolArray, usual: float) -> tuple[str, ...]:
    findings = []
    uneven = ~apart & (np.abs(gaps - usual) > 0.01 * usual + SAME_PLANE_MM)
    if uneven.any():
        # Two gaps that differ are both off their median: then there is nothing usual to name.
        others = gaps[~apart & ~uneven]
        usually = f"usually {_span(others)}, " if others.size else ""
        findings.append(
            f"planes unevenly spaced: {usually}{_span(gaps[uneven])} "
            f"above {at_planes(positions[:-1][uneven])}; {HALF_WAY}"
        )
    if apart.any():
        findings.append(
            f"no contour for {gaps[apart].max():g} mm above {at_planes(positions[:-1][apart])}, more than "
            f"{LARGEST_GAP:g} times the usual {usual:g} mm: taken as separate parts, the gap is not filled"
        )
    return tuple(findings)


def _span(lengths: FloatArray) -> str:
    """Smallest and largest length in words."""
    low, high = np.round([lengths.min(), lengths.max()], 2)
    return f"{low:g} mm" if low == high else f"{low:g} to {high:g} mm"


def at_planes(positions: FloatArray) -> str:
    """Return planes in words, the first few by position.

    Examples
    --------
    >>> at_planes(np.array([1.0, 2.5]))
    'planes 1, 2.5 mm'
    """
    shown = ", ".join(f"{position:g}" for position in np.round(positions[:4], 2) + 0.0)
    more = f" and {len(positions) - 4} more" if len(positions) > 4 else ""
    return f"plane{'s' * (len(positions) > 1)} {shown}{more} mm"
