"""The command from its words to its document."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bed.lq import eqd2
from rtplan.cli import main
from rtplan.selftest import known_cumulative


def words(folder: Path, **changes: Any) -> list[str]:
    options: dict[str, Any] = {
        "--new": str(folder / "second-course"),
        "--prior": str(folder / "first-course"),
        "--prior-ended": "2023-06-01",
        "--new-starts": "2024-02-05",
        "--registration": str(folder / "registration.dcm"),
        "--tissue": "Bladder=3",
    }
    options |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    flat = ["reirradiate"]
    for option, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            flat += [] if one is None else [option, str(one)]
    return flat


ROW_KEYS = {
    *("name", "alpha_beta_gy", "metric", "quantity", "courses", "voxel_sum_gy", "bounds_gy"),
    *("sum_of_point_maxima_gy", "band_gy", "with_recovery_gy", "limit_gy", "limit_includes_recovery"),
    *("verdict", "reason", "covered_fraction", "remaining"),
}
REMAINING_KEYS = {"n_fractions", "basis", "recovery", "total_dose_gy", "dose_per_fraction_gy", "reason"}


def test_the_document_has_the_promised_keys(two_courses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = words(two_courses, limit="Bladder:D0.03cc[Gy]<=90", fractions=[5, 10])
    assert main([*given, "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    said = json.loads(printed.out)
    assert said["schema"] == "rtplan.reirradiate/1"
    assert {"version", "inputs", "warnings", "interval_days", "organs"} <= set(said)
    assert said["interval_days"] == 249
    row = said["organs"][0]
    assert set(row) >= ROW_KEYS
    assert row["quantity"] == "EQD2"
    assert (row["metric"], row["limit_gy"], row["verdict"]) == ("D0.03cc[Gy]", 90.0, "within")
    assert all(set(course) >= {"label", "physical_gy", "eqd2_gy"} for course in row["courses"])
    assert all(set(left) >= REMAINING_KEYS for left in row["remaining"])
    assert [(left["n_fractions"], left["basis"]) for left in row["remaining"]] == [
        (5, "point"),
        (10, "point"),
        (5, "plan"),
    ]
    roles = [record["role"] for record in said["inputs"]]
    assert {"new dose", "prior dose", "new plan", "prior structures", "registration object"} <= set(roles)
    assert all(len(record["sha256"]) == 64 for record in said["inputs"])


def test_the_numbers_are_those_of_the_closed_form(
    two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words(two_courses, metric="Mean[Gy]"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    known = known_cumulative("pelvis-two-courses", "Bladder", alpha_beta=3.0)
    assert row["voxel_sum_gy"] == pytest.approx(known.total.mean, abs=row["voxel_sum_uncertainty_gy"])
    assert row["courses"][0]["eqd2_gy"] == pytest.approx(known.eqd2["first-course"].mean, abs=0.02)
    assert row["covered_fraction"] == pytest.approx(1.0)


def test_two_runs_give_the_same_bytes(two_courses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        main([*words(two_courses), "--json"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert str(two_courses) not in printed[0]


def test_the_text_says_the_same_to_a_person(two_courses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = words(
        two_courses, limit="Bladder:D0.03cc[Gy]<=50", fractions=5, recovery="michigan-2019", metric="Mean[Gy]"
    )
    assert main(given) == 1
    text = capsys.readouterr().out
    for part in (
        "249 days",
        "voxel sum",
        "bounds without registration",
        "with recovery",
        "exceeds",
        "remaining",
    ):
        assert part in text
    assert "safe" not in text.lower()


def test_a_shift_gives_a_band(two_courses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = words(two_courses, tissue="Rectum=3", metric="Mean[Gy]", shift_mm=3, shift_steps=3)
    assert main([*given, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    low, high = row["band_gy"]
    assert low < row["voxel_sum_gy"] < high
    assert row["band_method"] == "coherent shifts"
    # Every voxel choosing its own worst displacement is never less than the worst coherent one.
    assert row["ellipsoid_free_gy"] >= row["ellipsoid_restricted_gy"] > row["voxel_sum_gy"]
    assert main([*words(two_courses), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["band_gy"] is None
    assert row["band_reason"]


def test_a_tissue_file_and_a_match_by_hand(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tissues = tmp_path / "tissues.toml"
    tissues.write_text('[Rectum]\nalpha_beta = [3, 5]\nsource = "local protocol"\n')
    given = words(two_courses, tissue=None, tissues=tissues, match="Rectum=Rectum,Bladder", metric="Max[Gy]")
    assert main([*given, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["alpha_beta_gy"] for row in said["organs"]] == [3.0, 5.0]
    assert said["organs"][0]["alpha_beta_source"] == "local protocol"
    assert "Bladder: chosen by hand" in said["matches"][0]["evidence"]
    assert any(record["role"] == "tissue file" for record in said["inputs"])
    # The bladder is not the rectum: volumes and bounds say so.
    assert any("volumes differ" in statement for statement in said["organs"][0]["bounds_assume"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prior": "30Gy"}, "no folder or course file"),
        ({"prior": "30Gy/0"}, "no folder or course file"),
        ({"prior": "nowhere"}, "nowhere"),
        ({"new": "nowhere"}, "no"),
        ({"prior_ended": "2025-01-01"}, "swapped"),
        ({"prior_ended": "1.6.2023"}, "YYYY-MM-DD"),
        ({"prior_ended": ["2023-06-01", "2022-06-01"]}, "one for each"),
        ({"prior_plan": ["a", "b"]}, "one for each"),
        ({"registration": "nowhere.dcm"}, "does not exist"),
        ({"tissue": "Kidney_L=3"}, "stands for 'Kidney_L'"),
        ({"limit": "Bladder<=50"}, "is no limit"),
        ({"limit": "Bladder:D0.03cc[%]<=50"}, "doses in Gy"),
        ({"fractions": 0}, "at least 1"),
        ({"recovery": "magic"}, "no recovery rule"),
        ({"rotation_degrees": 2}, "--shift-mm"),
        ({"shift_mm": -2}, "above 0"),
        ({"tissue": None, "tissues": "nowhere.toml"}, "no tissue file"),
    ],
)
def test_wrong_input_gets_one_message_and_status_2(
    two_courses: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    assert main([*words(two_courses, **changes), "--json"]) == 2
    printed = capsys.readouterr()
    assert message in json.loads(printed.out)["message"]
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert str(two_courses) not in printed.err


def test_a_folder_without_structures_for_the_new_course_is_refused(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("RTDOSE.dcm", "RTPLAN.dcm"):
        shutil.copy(two_courses / "second-course" / name, bare / name)
    assert main([*words(two_courses, new=bare), "--json"]) == 2
    assert "structures" in capsys.readouterr().err
    # The same as a prior course is a course of lower grade: a voxel sum, no bounds.
    shutil.copy(two_courses / "first-course" / "RTDOSE.dcm", bare / "RTDOSE.dcm")
    shutil.copy(two_courses / "first-course" / "RTPLAN.dcm", bare / "RTPLAN.dcm")
    assert main([*words(two_courses, prior=bare), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["grade"] == "DICOM without structures"
    assert row["voxel_sum_gy"] is not None
    assert row["bounds_gy"] == [None, None]


@pytest.mark.parametrize(("name", "message"), [("plan.pdf", "no kind of file"), ("plan.xlsx", "course file")])
def test_a_file_of_another_kind_gets_one_clear_message(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    other = tmp_path / name
    other.write_text("anything")
    assert main([*words(two_courses, prior=other), "--json"]) == 2
    assert message in capsys.readouterr().err


EXPORT = (
    "Type : Cumulative Dose Volume Histogram\n\nPlan: P1\nPrescribed dose [cGy]: 5040.0\n"
    "% for dose (%): 100.0\n\nStructure: Bladder\nPlan: P1\nVolume [cc]: 120.0\n\n"
    "Dose [cGy]   Ratio of Total Structure Volume [%]\n0 100\n5000 60\n5040 1\n5060 0\n"
)


def test_a_dvh_export_bounds_the_organ_by_its_points(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.txt"
    export.write_text(EXPORT)
    given = words(two_courses, prior=export, metric="Max[Gy]", registration=None)
    assert main([*given, "--json"]) == 2
    assert "--prior-fractions" in capsys.readouterr().err
    assert main([*given, "--prior-fractions", "28", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    assert row["grade"] == "DVH export of a planning system"
    assert row["voxel_sum_gy"] is None
    # The export ends at 50.60 Gy; the new course's own maximum is added to it.
    new = row["courses"][1]["eqd2_gy"]
    assert row["sum_of_point_maxima_gy"] == pytest.approx(eqd2(50.6, 28, 3.0) + new, abs=0.01)
    assert row["bounds_gy"][1] == pytest.approx(row["sum_of_point_maxima_gy"], abs=0.01)


def test_an_imported_eqd2_is_recomputed_and_shown_beside(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.json"
    summary.write_text(json.dumps(course_summary(eqd2_gy=52.0)))
    assert main([*words(two_courses, prior=summary), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (one,) = said["imported_eqd2"]
    assert (one["stated_gy"], one["alpha_beta_gy"], one["agrees"]) == (52.0, 2.5, False)
    assert one["recomputed_gy"] == pytest.approx(6.88)
    assert any("stated as 52 Gy, recomputed as 6.88 Gy: DOES NOT AGREE" in text for text in said["warnings"])
    assert said["organs"][0]["bounds_gy"] == [None, None]


def course_summary(*, eqd2_gy: float) -> dict[str, Any]:
    """A CodeX course summary of 7.2 Gy in 4 fractions that states an EQD2 too."""
    mcode = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
    codex = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/"

    def dose(gy: float, metric: str) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [
            {"url": "volume", "valueReference": {"reference": "BodyStructure/1", "display": "PelvNs"}},
            {"url": "totalDoseDelivered", "valueQuantity": {"value": gy * 100, "code": "cGy"}},
            {"url": "fractionsDelivered", "valueUnsignedInt": 4},
        ]
        if metric:
            parts.append({"url": codex + "codexrt-radiobiologic-metric", "valueString": metric})
        return {"url": mcode + "mcode-radiotherapy-dose-delivered-to-volume", "extension": parts}

    return {
        "resourceType": "Procedure",
        "meta": {"profile": [mcode + "mcode-radiotherapy-course-summary"]},
        "status": "completed",
        "performedPeriod": {"start": "2023-05-20T09:00:00Z", "end": "2023-06-01T09:00:00Z"},
        "extension": [dose(7.2, ""), dose(eqd2_gy, "EQD2Gy(a/b=2.5)")],
    }


def test_a_registration_file_that_is_none_is_refused(
    two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = two_courses / "first-course" / "RTPLAN.dcm"
    assert main([*words(two_courses, registration=other), "--json"]) == 2
    assert "no spatial registration" in capsys.readouterr().err
