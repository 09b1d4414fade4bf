"""H05: an old embedded DVH kept in a summed RTDOSE and shown as the sum's."""

from __future__ import annotations

import numpy as np

from dicom_io import load_study, read_dose


def test_a_planted_stale_histogram_reaches_no_result(made, tmp_path):
    stale = made.filled(DVHType="CUMULATIVE", DoseUnits="GY", DVHMaximumDose=99, DVHMeanDose=98)
    dose = made.dose(np.full((2, 3, 4), 5000), DVHSequence=[stale])
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert float(chosen.dose.dose_gy.max()) == 50
    assert "1 stored DVHs in the dose file are not used; DVHs are recomputed" in chosen.findings


def test_an_object_with_histograms_only_is_no_dose(made, tmp_path):
    without_grid = made.dose(
        Rows=None, Columns=None, PixelData=None, DVHSequence=[made.filled(DVHType="CUMULATIVE")]
    )
    grid = made.dose(np.full((2, 3, 4), 5000), SOPInstanceUID="1.2.3")
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=without_grid, e=grid)
    assert load_study(tmp_path).select().dose.sop_instance_uids == ("1.2.3",)
    assert read_dose(made.as_bytes(grid)).findings == ()
