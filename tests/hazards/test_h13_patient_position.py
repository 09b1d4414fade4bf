"""H13: contour planes between dose planes; feet-first, prone, decubitus patients."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import GridField, read_dose

COSINES = {
    "HFS": [1, 0, 0, 0, 1, 0],
    "HFP": [-1, 0, 0, 0, -1, 0],
    "FFS": [-1, 0, 0, 0, 1, 0],
    "FFP": [1, 0, 0, 0, -1, 0],
    "HFDR": [0, 1, 0, -1, 0, 0],
    "HFDL": [0, -1, 0, 1, 0, 0],
    "FFDR": [0, -1, 0, -1, 0, 0],
    "FFDL": [0, 1, 0, 1, 0, 0],
    "oblique": [0.8, 0.6, 0, -0.6, 0.8, 0],
}
GRADIENT = np.array([0.11, 0.07, 0.13])


@pytest.mark.parametrize("position", COSINES)
def test_a_dose_linear_in_patient_space_is_found_between_the_planes_of_any_grid(made, position):
    """A linear function is its own trilinear interpolation, so every point tells the true dose."""
    cosines = np.array(COSINES[position])
    frame, row, column = np.meshgrid(np.arange(5), np.arange(6), np.arange(7), indexing="ij")
    normal = np.cross(cosines[:3], cosines[3:])
    origin = np.array([12.0, -34.0, 56.0])
    points = (
        origin
        + frame[..., None] * 3.0 * normal
        + row[..., None] * 2.0 * cosines[3:]
        + column[..., None] * 4.0 * cosines[:3]
    )
    gy = 30 + points @ GRADIENT
    dataset = made.dose(
        np.rint(gy / 1e-6),
        scaling=1e-6,
        ImagePositionPatient=origin.tolist(),
        ImageOrientationPatient=cosines.tolist(),
        PixelSpacing=[2, 4],
        GridFrameOffsetVector=[0, 3, 6, 9, 12],
    )
    field = GridField.of(read_dose(made.as_bytes(dataset)))
    inside = origin + 5.2 * normal + 7.3 * cosines[3:] + 13.1 * cosines[:3]
    np.testing.assert_allclose(field.sample(inside[None]), 30 + inside @ GRADIENT, atol=2e-5)
