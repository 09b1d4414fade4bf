"""H26: RELATIVE dose grids, percent read as Gy."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import DicomValueError, MissingObjectError, load_study, read_dose


def test_a_relative_dose_is_refused_without_its_normalisation(made, tmp_path):
    relative = made.dose(np.full((2, 3, 4), 10400), DoseUnits="RELATIVE")
    with pytest.raises(MissingObjectError, match="RELATIVE"):
        read_dose(made.as_bytes(relative))
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=relative)
    with pytest.raises(MissingObjectError, match="RELATIVE"):
        load_study(tmp_path).select()


def test_with_a_stated_normalisation_it_is_read(made):
    percent = made.dose(np.full((2, 3, 4), 10400), DoseUnits="RELATIVE")
    read = read_dose(made.as_bytes(percent), normalisation_dose_gy=0.504)
    np.testing.assert_allclose(read.dose_gy, 104 * 0.504, rtol=1e-6)


@pytest.mark.parametrize("normalisation", [0, -2, 5040.0, float("nan")])
def test_an_impossible_normalisation_is_refused(made, normalisation):
    with pytest.raises(DicomValueError, match="cGy"):
        read_dose(made.as_bytes(made.dose(DoseUnits="RELATIVE")), normalisation_dose_gy=normalisation)


def test_a_normalisation_for_a_dose_in_gy_is_refused(made):
    with pytest.raises(DicomValueError, match="in Gy already"):
        read_dose(made.as_bytes(made.dose()), normalisation_dose_gy=50.4)


def test_a_weighted_dose_is_not_read_as_physical(made):
    with pytest.raises(DicomValueError, match="EFFECTIVE"):
        read_dose(made.as_bytes(made.dose(DoseType="EFFECTIVE")))


def test_of_a_physical_and_a_weighted_dose_the_physical_one_is_taken_and_that_is_said(made, tmp_path):
    physical = made.dose(np.full((2, 3, 4), 5000))
    weighted = made.dose(np.full((2, 3, 4), 5500), DoseType="EFFECTIVE", SOPInstanceUID="1.2.3")
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), a=weighted, b=physical)
    chosen = load_study(tmp_path).select()
    assert float(chosen.dose.dose_gy.max()) == 50
    assert "EFFECTIVE are left out" in " ".join(chosen.findings)
