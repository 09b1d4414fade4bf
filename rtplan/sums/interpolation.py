"""What the grids behind a sum leave open: of each dose its own, of a deformation that of its vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import ComposedField, displacement_shift, interpolation_shift
from dicom_io.objects import DeformableTransform, ScalarField
from rtplan.sums.sampling import sample_field
from rtplan.sums.transforms import InvertedDeformation, PointTransform, mapped

__all__ = ["shifts_through"]

FloatArray = NDArray[np.float64]


def shifts_through(
    transform: PointTransform, dose: ScalarField, points: FloatArray, width: FloatArray
) -> FloatArray:
    """Return the estimated true values of a dose seen through a transform, minus the interpolated ones.

    Parameters
    ----------
    transform : PointTransform
        To the frame of reference of the dose.
    dose : ScalarField
    points : ndarray, shape (n, 3)
        mm, in the frame where the transform starts.
    width : ndarray, shape (n,)
        Side of the cube over which the shift is averaged, mm.

    Returns
    -------
    ndarray, shape (grids, n)
        By the grid of the dose and, of a deformation, by that of its vectors; 0 where nothing can be told.
    """
    there = mapped(transform, points)
    if isinstance(dose, ComposedField):
        of_dose = dose.interpolation_shifts(there, width)
    else:
        of_dose = interpolation_shift(dose, there, width)[None]
    astray = _astray(transform, points, there, width)
    if astray is None:
        return np.nan_to_num(of_dose)
    moved = sample_field(dose, there + astray) - sample_field(dose, there)
    return np.nan_to_num(np.vstack([of_dose, moved]))


def _astray(
    transform: PointTransform, points: FloatArray, there: FloatArray, width: FloatArray
) -> FloatArray | None:
    """How far mapped points may be off because vectors are interpolated, mm; None where there are none."""
    if isinstance(transform, DeformableTransform):
        return displacement_shift(transform, points, width) @ transform.post[:3, :3].T
    if isinstance(transform, InvertedDeformation):
        deformation = transform.deformation
        vectors = displacement_shift(deformation, there, width)
        return -vectors @ np.asarray(np.linalg.inv(deformation.pre[:3, :3]).T, dtype=np.float64)
    return None
