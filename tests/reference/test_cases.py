"""Every input that once gave a wrong number or none: the right value, or the refusal that is right.

The inputs lie beside the checkout (``../shared/cases``); what is right is said there in a README or in the
first line of each script, and here once more as words that have to be in the answer, or must not be.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main

RUN_CASE = Path(__file__).parents[1] / "synthetic" / "run_case.py"


@pytest.fixture(scope="session")
def cases(shared_data: Path) -> Path:
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("needs shared/cases beside the checkout")
    return folder


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any, str]:
    """Ask with --json: the status, the document (None of a refusal) and what a person reads."""
    capsys.readouterr()
    status = main([*map(str, words), "--json"])
    printed = capsys.readouterr()
    return status, json.loads(printed.out) if status != 2 else None, printed.err + printed.out


# Clinic files, patient files, exports, summaries -----------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "course", "right"),
    [
        (
            "mixed_fx.csv",
            "second-course",
            {"D0.03cc[Gy]": ("within", None), "V4Gy[%]": ("exceeds", 14.4), "Mean[Gy]": ("exceeds", 4.21)},
        ),
        ("any_caps.csv", "second-course", 5),
        ("conv_caps.csv", "first-course", 5),
        ("percent_cell.xlsx", "second-course", {"V20Gy[%]": (None, None)}),
        ("two_sheets.xlsx", "second-course", {"D0.03cc[Gy]": ("exceeds", 31.56)}),
    ],
)
def test_every_row_of_a_clinics_file_is_answered(
    cases: Path, two_courses: Path, file: str, course: str, right: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if file.endswith(".xlsx"):
        pytest.importorskip("openpyxl")
    _, found, _ = asked(capsys, "check", two_courses / course, "--constraints", cases / "files" / file)
    rows = [row for row in found["verdicts"] if row["limit"] is not None]
    if isinstance(right, int):
        assert len(rows) == right
        assert all(row["verdict"] in ("within", "exceeds", "borderline") for row in rows)
        return
    for metric, (verdict, value) in right.items():
        of_metric = [row for row in rows if row["metric"] == metric]
        assert any(
            verdict in (None, row["verdict"]) and (value is None or abs(row["value"] - value) <= 0.01)
            for row in of_metric
        )


def test_a_per_cent_cell_is_what_its_owner_sees(
    cases: Path, two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openpyxl")
    limits = cases / "files" / "percent_cell.xlsx"
    _, found, _ = asked(capsys, "check", two_courses / "second-course", "--constraints", limits)
    rows = {
        row["organ"]: (row["verdict"], round(row["value"], 1))
        for row in found["verdicts"]
        if row["limit"] is not None
    }
    assert rows["SacralPlex"] == ("exceeds", 34.7)
    assert rows["Rectum"] == ("within", 21.4)


def test_the_clinics_file_has_both_rows_answered(
    cases: Path, two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = cases / "files" / "clinic.toml"
    _, found, _ = asked(capsys, "check", two_courses / "second-course", "--clinic", clinic)
    assert found["n_judged"] == 2


def test_what_cannot_be_converted_is_not_evaluable(
    cases: Path, two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = cases / "files" / "conv.csv"
    words = ("check", two_courses / "second-course", "--constraints", limits, "--convert-fractions", "eqd2:3")
    _, found, _ = asked(capsys, *words)
    verdicts = [row["verdict"] for row in found["verdicts"]]
    assert sorted(verdicts) == ["not_evaluable", "not_evaluable", "within", "within"]
    assert sorted(float(row["limit"]) for row in found["verdicts"] if row["verdict"] == "within") == [
        pytest.approx(10.7003, abs=1e-3),
        pytest.approx(21.7617, abs=1e-3),
    ]


@pytest.mark.parametrize(
    ("file", "criterion", "right"),
    [
        ("region_rectum.toml", "regimen", {"not_met", "unknown"}),
        ("metastasis_cerebellum.toml", "brain-metastasis-diameter", {"not_met", "unknown"}),
        ("metastasis_cerebellum.toml", "brain-metastasis-volume", {"not_met", "unknown"}),
    ],
)
def test_words_of_a_patient_file_are_never_taken_for_a_no(
    cases: Path, file: str, criterion: str, right: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, found, _ = asked(capsys, "protocol", "screen", "torch-r", "--patient", cases / "files" / file)
    (row,) = [row for row in found["criteria"] if row["id"] == criterion]
    assert row["status"] in right


PRIORS = [
    ("syn.toml", "Bladder", "2 records stand for Bladder"),
    ("two_bladders.txt", "Bladder", "several curves for Bladder"),
    ("status_entered-in-error.json", "Bladder", "entered in error"),
    ("eclipse_rbe_units.txt", "Bladder", r"Gy\(RBE\).*modality"),
    ("ray_40cc_nounit.txt", "CaudaEquina", "start at 40 and have no unit"),
    ("proton_rbe.json", "Bladder", "not used: it contains an RBE"),
    ("unknown_metric.json", "Bladder", "'BED3', not used"),
    ("not_uniform.json", "Bladder", "28 unequal fractions"),
    ("ecl_start40.txt", "SpinalCord", "40"),
    ("mean28.txt", "SpinalCord", "mean"),
    ("cover_na.txt", "SpinalCord", "cover"),
]


@pytest.mark.parametrize(("file", "organ", "words"), PRIORS, ids=[file for file, _, _ in PRIORS])
def test_an_earlier_course_that_contradicts_itself_is_refused_or_named_and_never_within(
    cases: Path, two_courses: Path, file: str, organ: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fractions = ["--prior-fractions", "28"] if file.endswith(".txt") else []
    matched = ["--match", f"{organ}={organ},Cord"] if file in ("mean28.txt", "cover_na.txt") else []
    status, found, printed = asked(
        capsys, "reirradiate", "--new", two_courses / "second-course", "--new-starts", "2024-02-12",
        "--prior", cases / "files" / file, "--prior-ended", "2021-09-10", *fractions, *matched,
        "--same-patient",
        "--tissue", f"{organ}=3", "--limit", f"{organ}:Max[Gy]<=60",
    )  # fmt: skip
    assert re.search(words, printed, re.IGNORECASE)
    if status != 2:
        assert [row["verdict"] for row in found["organs"] if row["limit_gy"] is not None] == ["not_evaluable"]


def test_a_curve_in_per_cent_gives_its_dose(
    cases: Path, two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found, _ = asked(
        capsys, "reirradiate", "--new", two_courses / "second-course", "--new-starts", "2024-02-12",
        "--prior", cases / "files" / "ray_percent_same_curve.txt", "--prior-ended", "2021-09-10",
        "--prior-fractions", "28", "--same-patient", "--tissue", "CaudaEquina=3", "--metric", "D10%[Gy]",
    )  # fmt: skip
    assert found["organs"][0]["courses"][0]["physical_gy"] == pytest.approx(45.0, abs=0.2)


# Sets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("cgy_noplan", "were cGy written as Gy"),
        ("cgy_plan", "were cGy written as Gy"),
        ("sentinel_noplan", "3038 of 183799 voxels hold the largest whole number"),
        ("plane2d", "6 of 2704 voxels hold the largest whole number"),
        ("effective", "never converted"),
    ],
)
def test_what_is_odd_about_a_set_is_said(
    cases: Path, folder: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found, _ = asked(capsys, "dvh", cases / "sets" / folder)
    assert status == 0
    assert any(words in warning for warning in found["warnings"])


def test_names_and_geometry_answer_whatever_the_dose_is(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("names", "geometry"):
        assert asked(capsys, command, cases / "sets" / "effective")[0] == 0


# Two and three courses of an independent writer ------------------------------------------------------------


def test_a_fine_grid_over_a_coarse_one_is_held_by_its_half_width(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cases / "courses" / "halfwidth_sum"
    _, found, _ = asked(
        capsys, "reirradiate", "--new", folder / "c2", "--new-starts", "2024-02-12",
        "--prior", folder / "c1", "--prior-ended", "2021-09-10", "--registration", folder / "reg1.dcm",
        "--tissue", "Bladder=3", "--metric", "D0.03cc", "--metric", "Dmean", "--metric", "D95%[Gy]",
        "--limit", "Bladder:D0.03cc<=90.55",
    )  # fmt: skip
    rows = {row["metric"]: row for row in found["organs"]}
    for metric, truth in (("D0.03cc[Gy]", 90.640), ("Mean[Gy]", 87.758), ("D95%[Gy]", 81.632)):
        row = rows[metric]
        assert abs(row["voxel_sum_gy"] - truth) <= row["voxel_sum_uncertainty_gy"]
    assert rows["D0.03cc[Gy]"]["verdict"] != "within"


def test_two_phases_on_two_images_are_summed(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cases / "courses" / "phases_two_frames"
    _, found, _ = asked(
        capsys, "reirradiate", "--new", folder / "c3", "--new-starts", "2024-02-12",
        "--prior", folder / "prior2.toml", "--prior-ended", "2021-09-10",
        "--registration", folder / "reg1.dcm", "--registration", folder / "reg2.dcm",
        "--tissue", "Bladder=3",
    )  # fmt: skip
    assert all(row["voxel_sum_gy"] is not None for row in found["organs"])


# Scripts: their first line says what is right --------------------------------------------------------------

SCRIPTS: dict[str, tuple[list[str], list[str]]] = {
    "r01_close_planes": (
        [
            r"vol 19\.566", r"voxel sum 99\.02",
            *[rf"apart by {e} mm: volume 16\.8 " for e in ("0.0", "0.1", "1.5")],
        ],
        [r"apart by \S+ mm: volume (?!16\.8 )"],
    ),
    "r02_dense_sparse": ([r"vol 4\.0 .*39\.85", r"'exceeds'"], []),
    "r03_findings_lost": ([r"even-odd told anywhere in the document: True"], []),
    "r05_registration_unused": (
        [r"was given and has no effect", r"another patient|different patient ID", r"was not named"],
        [],
    ),
    "r06_hole_in_frames": ([r"no frames between z -15 and 15 mm", r"'S' vol 8\.4 .* 20\.7"], [r"24\.5"]),
    "r07_record_dose": ([r"looks like the dose of one fraction"], [r"EQD2 \[1\.1", r"within"]),
    "r08_drawn_twice": (
        [r"r08a rc=0\n +'S' vol 8\.4 ", r"r08b rc=0\n +'S' vol 8\.4 ", r"12\.6 cc as their union"],
        [],
    ),
    "r09_frame_not_stated": (
        [r"r09a rc=2", r"of the dose is not stated", r"of the structures is not stated", r"'S' vol 8\.4 "],
        [r"frame of reference is another one"],
    ),
    "r10_refusals": (
        [
            r"r10a rc=0\n +'S' vol 8\.4 .* 40\.0 ", r"r10b rc=0\n +'S' vol 8\.4 .* 40\.01",
            r"r10c rc=0\n +'S' vol 8\.4 ", r"'Good' vol 2\.1 ", r"image that it was drawn on",
            r"RELATIVE, not in Gy", r"type that is not stated", r"fraction group 2 has no beam",
            r"NumberOfFractionsPlanned is -25", r"voxel sum 99\.02",
        ],
        [],
    ),
    "r11_eqd2_label": ([r"say EQD2 or BED although its type is PHYSICAL"], []),
}  # fmt: skip


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


def test_every_script_is_known(cases: Path) -> None:
    assert {path.stem for path in (cases / "dicom").glob("r*.py")} == set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_what_its_first_line_calls_right(cases: Path, work: Path, script: str) -> None:
    done = subprocess.run(
        [sys.executable, RUN_CASE, cases / "dicom" / f"{script}.py", work],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CASES": str(work)},
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    present, absent = SCRIPTS[script]
    for pattern in present:
        assert re.search(pattern, done.stdout), pattern
    for pattern in absent:
        assert not re.search(pattern, done.stdout), pattern
