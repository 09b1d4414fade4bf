"""What the uncertainty of a registration does to a cumulative metric: the scenario band.

Coherent rigid shifts, and rotations about the organ, of the whole earlier dose; each scenario is summed
anew and the metric read again. It is one of two methods, and is named apart from the other: the per-voxel
ellipsoid maximum, which lets every voxel choose its own shift.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dicom_io.dvh import DVH, compute_dvh
from dicom_io.metric import Metric
from dicom_io.structure import Structure
from rtplan.accumulation import CumulativeField, DosePart, PointTransform
from rtplan.errors import RtplanValueError

__all__ = ["Band", "MovedDose", "RegistrationUncertainty", "Scenarios", "scenarios_of"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RegistrationUncertainty:
    """How far a registration may be off.

    Attributes
    ----------
    shift_mm : float
        Half-width with 95 % coverage along each axis, mm.
    rotation_degrees : float
        Half-width about each axis through the organ's centre, degrees.
    steps : int
        Shifts along each axis from end to end, odd; 5 gives 125 shifts.
    """

    shift_mm: float
    rotation_degrees: float = 0.0
    steps: int = 5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift_mm) and 0 < self.shift_mm <= 100):
            raise RtplanValueError(f"registration uncertainty of {self.shift_mm} mm: above 0, up to 100 mm")
        if not 0 <= self.rotation_degrees <= 45:
            raise RtplanValueError(f"registration uncertainty of {self.rotation_degrees} degrees: 0 to 45")
        if self.steps < 3 or self.steps % 2 == 0:
            raise RtplanValueError(f"{self.steps} steps: an odd number of at least 3 is needed")

    def shifts(self) -> FloatArray:
        """Return all shifts, shape (steps^3, 3), mm; the middle one is none."""
        along = np.linspace(-self.shift_mm, self.shift_mm, self.steps)
        return np.array(list(itertools.product(along, repeat=3)))

    def rotations(self) -> list[FloatArray]:
        """Return both ends of the rotation about each axis; none where no rotation is uncertain."""
        if self.rotation_degrees == 0:
            return []
        ends = np.radians([-self.rotation_degrees, self.rotation_degrees])
        return [_rotation(axis, angle) for axis in range(3) for angle in ends]


def _rotation(axis: int, angle: float) -> FloatArray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


@dataclass(frozen=True, kw_only=True, eq=False)
class MovedDose:
    """A transform after which the dose lies elsewhere: turned about a centre, then shifted.

    Attributes
    ----------
    inner : PointTransform
    rotation : ndarray, shape (3, 3)
        Of the dose, about `centre`.
    centre, shift : ndarray, shape (3,)
        mm, in the frame that the points are given in.
    """

    inner: PointTransform
    rotation: FloatArray
    centre: FloatArray
    shift: FloatArray

    @property
    def maps_from(self) -> str:
        """Frame of reference UID of the points given."""
        return self.inner.maps_from

    @property
    def maps_to(self) -> str:
        """Frame of reference UID of the points returned."""
        return self.inner.maps_to

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return where the moved dose's own value at each point comes from."""
        before = np.asarray(points, dtype=np.float64) - self.shift - self.centre
        # The dose is turned by R, so what is at p was at R^-1 p; rows times R is that.
        return self.inner.apply(before @ self.rotation + self.centre)


@dataclass(frozen=True, kw_only=True, eq=False)
class Band:
    """The range of a metric over all scenarios.

    Attributes
    ----------
    low_gy, high_gy : float or None
        Gy EQD2; None with the `reason`.
    method : str
    n_scenarios : int
    worst_shift_mm : tuple of float or None
        The shift of the scenario with the highest value.
    reason : str or None
    """

    low_gy: float | None
    high_gy: float | None
    method: str
    n_scenarios: int
    worst_shift_mm: tuple[float, ...] | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenarios:
    """An organ's curves in every scenario.

    Attributes
    ----------
    curves : tuple of DVH
    shifts_mm : tuple of ndarray, shape (3,)
        Of each scenario; zero where the dose is turned.
    method : str
    """

    curves: tuple[DVH, ...]
    shifts_mm: tuple[FloatArray, ...]
    method: str

    def band(self, metric: Metric) -> Band:
        """Return the range of a metric; none where a scenario leaves part of the organ uncovered."""
        found = [curve.metric(metric) for curve in self.curves]
        for value, shift in zip(found, self.shifts_mm, strict=True):
            if value.value is None:
                reason = f"moved by {_shown(shift)} mm: {value.reason}"
                return self._band(None, None, None, reason)
        values = [value.value for value in found if value.value is not None]
        worst = self.shifts_mm[int(np.argmax(values))]
        return self._band(min(values), max(values), tuple(float(part) for part in worst), None)

    def _band(
        self, low: float | None, high: float | None, worst: tuple[float, ...] | None, reason: str | None
    ) -> Band:
        return Band(
            low_gy=low,
            high_gy=high,
            method=self.method,
            n_scenarios=len(self.curves),
            worst_shift_mm=worst,
            reason=reason,
        )


def scenarios_of(
    total: CumulativeField,
    structure: Structure,
    *,
    moved: Sequence[str],
    uncertainty: RegistrationUncertainty,
) -> Scenarios:
    """Sum anew with the earlier dose elsewhere, once for each scenario.

    Parameters
    ----------
    total : CumulativeField
    structure : Structure
        In the frame of the sum.
    moved : sequence of str
        Labels of the courses whose dose moves, all of them together.
    uncertainty : RegistrationUncertainty
    """
    centre = np.mean(np.concatenate([contour.points for contour in structure.contours]), axis=0)
    motions = [(np.eye(3), shift) for shift in uncertainty.shifts()]
    motions += [(rotation, np.zeros(3)) for rotation in uncertainty.rotations()]
    curves = tuple(
        compute_dvh(structure, _moved(total, set(moved), rotation=rotation, centre=centre, shift=shift))
        for rotation, shift in motions
    )
    return Scenarios(
        curves=curves,
        shifts_mm=tuple(shift for _, shift in motions),
        method="coherent shifts" if uncertainty.rotation_degrees == 0 else "coherent shifts and rotations",
    )


def _shown(shift: FloatArray) -> str:
    return "(" + ", ".join(f"{part:+g}" for part in shift) + ")"


def _moved(total: CumulativeField, labels: set[str], **motion: Any) -> CumulativeField:
    parts = tuple(_moved_part(part, **motion) if part.course in labels else part for part in total.parts)
    return replace(total, parts=parts)


def _moved_part(part: DosePart, **motion: Any) -> DosePart:
    return replace(part, transform=MovedDose(inner=part.transform, **motion))
