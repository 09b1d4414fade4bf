"""A curve is held against what its file says: whole volume at 0 Gy, coverage, units, stated doses."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicom_io.dvh import DVHExport
from dicom_io.readers import read_dvh_text

ECLIPSE = (
    "Type : Cumulative Dose Volume Histogram\n\nPlan: P1\nTotal dose [Gy]: 50.0\n% for dose (%): 100.0\n\n"
    "Structure: Cord\nPlan: P1\nVolume [cc]: 20.0\n{more}\n\n{columns}\n{rows}\n"
)
RATIO = "Dose [Gy] Ratio of Total Structure Volume [%]"
ROWS = "0 100\n10 75\n20 25\n30 0\n"


def eclipse(*, more: str = "", columns: str = RATIO, rows: str = ROWS) -> DVHExport:
    """Return an Eclipse export of one structure, read."""
    return read_dvh_text(ECLIPSE.format(more=more, columns=columns, rows=rows).encode())


def raystation(*, heads: str, rows: str) -> DVHExport:
    """Return a RayStation export of one structure, read."""
    return read_dvh_text(f"#PatientId:1\n#Dosename:PB\n#RoiName:Cord\n{heads}{rows}".encode())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": "0 40\n10 30\n30 0\n"}, "starts at 40 %"),
        ({"rows": "0 40\n10 30\n30 0\n", "more": "Dose Cover.[%]: 100.0"}, "starts at 40 %"),
        ({"rows": "0 0.4\n10 0.3\n30 0\n"}, "starts at 0.4 %"),
        ({"rows": "0 0\n10 0\n"}, "whole volume"),
        (
            {"columns": "Dose [Gy] Structure Volume [cm³]", "rows": "0 8\n10 4\n30 0\n"},
            "starts at 8 cc, the whole volume is 20 cc",
        ),
        ({"more": "Mean Dose [Gy]: 28.0"}, "mean of 28 Gy contradicts"),
        ({"more": "Mean Dose [%]: 56.0"}, "mean of 28 Gy contradicts"),
        ({"more": "Max Dose [Gy]: 45.0"}, "maximum of 45 Gy contradicts"),
        ({"more": "Min Dose [Gy]: 12.0"}, "minimum of 12 Gy contradicts"),
        ({"more": "Max Dose [Gy(RBE)]: 30.0"}, "some in Gy(RBE)"),
        ({"columns": "Dose [rad] Ratio of Total Structure Volume [%]"}, "doses are in rad"),
    ],
)
def test_a_contradiction_leaves_neither_curve_nor_statement_to_use(
    change: dict[str, str], words: str
) -> None:
    cord = eclipse(**change).named("Cord")
    assert words in (cord.reason or "")
    for metric in ("D10%[Gy]", "V10Gy[%]"):
        assert words in (cord.metric(metric).reason or "")


@pytest.mark.parametrize("cover", ["N/A", "not defined", ""])
def test_a_coverage_that_is_no_number_is_not_the_whole(cover: str) -> None:
    assert eclipse(more="Dose Cover.[%]: 100.0").named("Cord").metric("D10%[Gy]").value == 26.0
    cord = eclipse(more=f"Dose Cover.[%]: {cover}\nMean Dose [Gy]: 15.0").named("Cord")
    assert all("leaves open" in (cord.metric(m).reason or "") for m in ("D10%[Gy]", "Mean[Gy]"))
    ray = raystation(heads=f"#Roi volume fraction outside grid: {cover}\n#Dose unit: Gy\n", rows=ROWS)
    assert "leaves open" in (ray.named("Cord").metric("D10%[Gy]").reason or "")


def test_volumes_without_a_unit_are_read_only_where_every_unit_gives_the_same() -> None:
    in_percent = raystation(heads="#Dose unit: Gy\n", rows=ROWS)
    assert in_percent.named("Cord").metric("D10%[Gy]").value == 26.0
    no_unit = raystation(heads="#Dose unit: Gy\n", rows="0 40\n10 30\n20 10\n30 0\n").named("Cord")
    assert "no unit" in (no_unit.metric("D10%[Gy]").reason or "")
    in_cc = raystation(
        heads="#Roi volume: 40.0\n#Dose unit: Gy\n#Volume unit: cm3\n", rows="0 40\n10 30\n20 10\n30 0\n"
    )
    assert in_cc.named("Cord").metric("D10%[Gy]").value == 26.0
    assert "dose unit is not given" in (raystation(heads="", rows=ROWS).named("Cord").reason or "")


@pytest.mark.parametrize("unit", ["Gy(RBE)", "Gy (RBE)", "GyE", "CGE", "cGy(RBE)"])
def test_doses_with_an_rbe_are_absolute_and_marked(unit: str) -> None:
    scale = 100 if unit.startswith("c") else 1
    rows = "".join(f"{scale * dose} {volume}\n" for dose, volume in ((0, 100), (10, 75), (20, 25), (30, 0)))
    export = eclipse(columns=RATIO.replace("Gy", unit, 1), rows=rows)
    assert export.is_rbe_weighted
    assert any("Gy(RBE)" in finding for finding in export.named("Cord").findings)
    assert export.named("Cord").metric("D10%[Gy]").value == pytest.approx(26.0)


def test_the_right_values_of_the_shared_files(shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "files"
    read = {name: read_dvh_text(folder / f"{name}.txt").dvhs[0] for name in (
        "ray_40cc_nounit", "ray_percent_same_curve", "ecl_start40", "mean28", "cover_na", "eclipse_french",
        "eclipse_rbe_units", "eclipse_comma_header_only",
    )}  # fmt: skip
    assert read["ray_percent_same_curve"].metric("D10%[Gy]").value == pytest.approx(45.0)
    for name in ("ray_40cc_nounit", "ecl_start40", "mean28", "cover_na"):
        assert read[name].metric("D10%[Gy]").value is None, name
        assert read[name].metric("Mean[Gy]").value is None, name
    french, comma = read["eclipse_french"], read["eclipse_comma_header_only"]
    assert (french.mean_gy, french.max_gy) == (15.0, 30.0)
    assert (comma.volume_cc, comma.max_gy, comma.mean_gy) == (20.0, 30.5, 15.0)
    assert read["eclipse_rbe_units"].is_rbe_weighted
