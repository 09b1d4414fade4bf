"""H29: a wrong printed record believed. EQD2 is never typed in but recomputed from dose and fractions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bed.lq import eqd2
from dicom_io import Metric
from rtplan import RtplanValueError, read_course_file
from rtplan.courses import curve_of_record

RECORD = """
label = "printed plan"
unit = "Gy"
n_fractions = 4
modality = "photon"
[organs.SpinalCord]
{doses}
"""


def written(folder: Path, doses: str) -> Path:
    path = folder / "printed.toml"
    path.write_text(RECORD.format(doses=doses), encoding="utf-8")
    return path


@pytest.mark.parametrize("key", ["EQD2 = 52.0", "eqd2_gy = 52.0", '"EQD2[Gy]" = 52.0', "BED = 93.6"])
def test_a_printed_eqd2_has_no_place_in_a_course_file(key: str, tmp_path: Path) -> None:
    with pytest.raises(RtplanValueError, match=r"course file printed\.toml"):
        read_course_file(written(tmp_path, f"Dmax = 7.2\n{key}"), role="prior", ended=None)


def test_the_eqd2_of_7_2_gy_in_4_is_6_88_whatever_was_printed(tmp_path: Path) -> None:
    course = read_course_file(written(tmp_path, "Dmax = 7.2"), role="prior", ended=None)
    record = course.record("SpinalCord")
    assert record is not None
    assert record.doses_gy == {Metric.parse("Max[Gy]"): 7.2}
    curve = curve_of_record(record, n_fractions=4, alpha_beta=2.5, label="printed", volume_cc=10)
    assert curve.max_gy == pytest.approx(7.2 * (1.8 + 2.5) / 4.5)
    assert eqd2(7.2, 4, 2.5) == pytest.approx(6.88)
