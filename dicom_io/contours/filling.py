"""Which layers of the patient each contour fills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray, IntArray
from dicom_io.contours.drawn import Drawn
from dicom_io.contours.islands import Islands, islands_of
from dicom_io.contours.planes import slice_distance
from dicom_io.contours.spacing import Slabs, at_planes, slabs_of
from dicom_io.objects import ImageSlices

__all__ = ["Filling", "filling_of"]

_LEAST_FILLED = 0.9
"""Slabs of a part that is drawn without a gap add up to at least this part of its extent."""
_NEXT = 1.5
"""An outline goes on without a gap where the next is at most this many times the usual distance away."""
_SAME_FACE_MM = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Filling:
    """Layers, and the contours that fill them.

    Attributes
    ----------
    positions : ndarray, shape (layers,)
        Of the plane that fills each layer, or where islands have planes of their own its middle, mm.
    bounds : ndarray, shape (layers, 2)
    contour, layer : ndarray of int, shape (filled,)
        Which contour fills which layer.
    findings : tuple of str
    reason : str or None
        Why nothing can be filled.
    """

    positions: FloatArray
    bounds: FloatArray
    contour: IntArray
    layer: IntArray
    findings: tuple[str, ...] = ()
    reason: str | None = None


def filling_of(
    drawn: Drawn,
    positions: FloatArray,
    plane: IntArray,
    *,
    end_caps: str,
    slice_thickness: float | None,
    slices: ImageSlices | None,
) -> Filling:
    """Return which layers contours fill: half-way to the neighbouring planes of those that share slices.

    Parameters
    ----------
    drawn : Drawn
    positions : ndarray, shape (planes,)
        Increasing, mm.
    plane : ndarray of int, shape (contours,)
        Each contour's plane.
    end_caps : str
        What lies beyond the last planes.
    slice_thickness : float or None
        Stated, of a structure on one plane, mm.
    slices : ImageSlices or None
        Of the image that the contours were drawn on.
    """
    islands = islands_of(drawn, positions, plane)
    image = slice_distance(slices, drawn.normal, positions)
    thickness = slice_thickness or _image_thickness(slices, image)
    faces = np.zeros((len(plane), 2))
    apart = np.zeros(len(positions), dtype=np.bool_)
    made = []
    for number in range(islands.n_families):
        members = islands.family == number
        own = np.unique(plane[members])
        slabs = slabs_of(
            positions[own],
            end_caps=end_caps,
            thickness=thickness if islands.n_families == 1 else thickness or islands.usual_mm,
            image=None if image is None else image[own],
        )
        made.append(slabs)
        if slabs.reason is None:
            faces[members] = slabs.bounds[np.searchsorted(own, plane[members])]
            apart[own[:-1][slabs.apart]] = True
    findings = _findings(made, islands, positions, plane)
    reason = next((slabs.reason for slabs in made if slabs.reason), None)
    reason = reason or _lost_part(islands, faces, positions[plane])
    if islands.n_families == 1:
        bounds = made[0].bounds
        return Filling(
            positions=positions,
            bounds=bounds,
            contour=np.arange(len(plane)),
            layer=plane,
            findings=findings,
            reason=reason,
        )
    return _layered(faces, findings, reason)


def _image_thickness(slices: ImageSlices | None, image: FloatArray | None) -> float | None:
    """Thickness of a slice of the image."""
    if image is not None:
        return float(image[0])
    return None if slices is None else slices.thickness


def _findings(made: list[Slabs], islands: Islands, positions: FloatArray, plane: IntArray) -> tuple[str, ...]:
    findings = tuple(dict.fromkeys(text for slabs in made for text in slabs.findings))
    if islands.n_families == 1:
        return findings
    fewer = np.unique(plane[islands.family != 0])
    return (
        f"islands lie on planes of their own, as on {at_planes(positions[fewer])}: "
        "each fills half-way to its own neighbours",
        *findings,
    )


def _lost_part(islands: Islands, faces: FloatArray, height: FloatArray) -> str | None:
    """Why the slabs cannot be right: those of a part that is drawn without a gap do not fill it."""
    if islands.usual_mm is None:
        return None
    gap = height[islands.upper] - height[islands.lower]
    goes_on = gap <= _NEXT * islands.usual_mm
    lower, upper, gap = islands.lower[goes_on], islands.upper[goes_on], gap[goes_on]
    filled = np.minimum(faces[lower, 1] - height[lower], gap / 2) + np.minimum(
        height[upper] - faces[upper, 0], gap / 2
    )
    if np.all(filled >= _LEAST_FILLED * gap):
        return None
    part = _parts(len(height), lower, upper)[lower]
    extent, slabs = np.bincount(part, weights=gap), np.bincount(part, weights=filled)
    lost = slabs < _LEAST_FILLED * extent
    if not lost.any():
        return None
    worst = int(np.argmin(np.where(lost, slabs / np.maximum(extent, _SAME_FACE_MM), 1.0)))
    return (
        f"the slabs of a part fill only {slabs[worst]:.3g} of its {extent[worst]:.3g} mm: "
        "which contours lie on one slice cannot be told"
    )


def _parts(count: int, lower: IntArray, upper: IntArray) -> IntArray:
    """Number of each contour's part."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - scipy loads only where it is used
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - scipy loads only where it is used

    joined = coo_array((np.ones(len(lower)), (lower, upper)), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int64)


def _layered(faces: FloatArray, findings: tuple[str, ...], reason: str | None) -> Filling:
    """Layers between all faces, so that none overlaps another, each with the contours that fill it."""
    ends = np.unique(faces)
    ends = ends[np.append(True, np.diff(ends) > _SAME_FACE_MM)]
    bounds = np.stack([ends[:-1], ends[1:]], axis=1)
    middle = bounds.mean(axis=1)
    layer, contour = np.nonzero((faces[:, 0] < middle[:, None]) & (middle[:, None] < faces[:, 1]))
    used, number = np.unique(layer, return_inverse=True)
    return Filling(
        positions=middle[used],
        bounds=bounds[used],
        contour=contour.astype(np.int64),
        layer=number.reshape(-1).astype(np.int64),
        findings=findings,
        reason=reason,
    )
