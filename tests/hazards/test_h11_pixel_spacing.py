"""H11: PixelSpacing axes swapped. It is [between rows, between columns], so [y, x] of an axial grid."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import load_study, read_dose


@pytest.mark.parametrize("syntax", ["implicit", "big endian"])
def test_a_hot_voxel_of_a_2_by_3_mm_grid_is_where_it_was_put(made, syntax):
    stored = np.zeros((2, 3, 4))
    stored[1, 2, 3] = 5000
    read = read_dose(made.as_bytes(made.dose(stored, PixelSpacing=[2, 3]), syntax))
    hottest = np.unravel_index(np.argmax(read.dose_gy), read.dose_gy.shape)
    # x: 3 columns of 3 mm; y: 2 rows of 2 mm; swapped it would be at (-4, -14).
    np.testing.assert_allclose(read.geometry.to_patient(hottest), [-10 + 9, -20 + 4, 32.5])
    assert (read.geometry.row_spacing, read.geometry.column_spacing) == (2, 3)


def test_image_slices_keep_their_axes_apart_too(made, tmp_path):
    made.write(tmp_path, a=made.ct_slice(0), b=made.ct_slice(2.5))
    geometry = load_study(tmp_path).images[0].geometry
    np.testing.assert_allclose(geometry.to_patient([1, 3, 4]), [-8 + 4 * 4, -6 + 3 * 3, 2.5])
