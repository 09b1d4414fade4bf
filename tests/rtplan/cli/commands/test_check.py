"""``rtplan check`` on synthetic patients whose metrics are known in closed form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dicom_io.phantom import KnownOrgan, build_case, known_organs, write_phantom
from rtplan.cli import main

KEYS = [
    "organ", "structure", "metric", "comparator", "limit", "unit", "value", "uncertainty", "verdict",
    "reason", "priority", "source", "verification",
]  # fmt: skip
HEADER = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder


def check(capsys: pytest.CaptureFixture[str], folder: Path, *words: str, status: int = 1) -> dict[str, Any]:
    assert main(["check", str(folder), *words, "--json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the message of a refusal: status 2, nothing on standard output."""
    assert main(["check", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def clinic_file(folder: Path, *rows: str) -> str:
    path = folder / "clinic.csv"
    path.write_text(HEADER + "\n".join(f"{row},made up,own" for row in rows) + "\n", encoding="utf-8")
    return str(path)


def test_the_document_has_the_keys_of_the_contract(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check(capsys, patient / "second-course", "--constraints", "tg101-2010")
    assert found["schema"] == "rtplan.check/1"
    assert found["n_fractions"] == 5
    assert found["constraints"]["set"] == "tg101-2010"
    assert {entry["role"] for entry in found["inputs"]} == {"plan", "structures", "dose", "constraints"}
    assert found["constraints"]["sha256"] in [entry["sha256"] for entry in found["inputs"]]
    for row in found["verdicts"]:
        assert list(row)[: len(KEYS)] == KEYS
        assert row["value"] is not None or row["reason"]
        assert row["verdict"] in ("within", "exceeds", "borderline", "not_evaluable", None)
        assert (row["verdict"] is None) == (row["state"] == "not_drawn")
    (gtv_to_cord, *_) = found["distances"]
    assert list(gtv_to_cord)[:7] == [
        "from", "to", "distance_mm", "low_mm", "high_mm", "overlap_cc", "reason",
    ]  # fmt: skip


def test_how_a_limit_was_checked_travels_with_it(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check(capsys, patient / "second-course", "--constraints", "tg101-2010")
    assert {row["verification"] for row in found["verdicts"]} == {
        "transcribed from a secondary source, check the original before clinical use",
        "two secondary transcriptions agree, check the original before clinical use",
        "two transcriptions disagree, the stricter is carried: check the original before clinical use",
    }
    assert main(["check", str(patient / "second-course"), "--constraints", "tg101-2010"]) == 1
    assert "check the original before clinical use" in capsys.readouterr().out


def known_organ(name: str) -> KnownOrgan:
    return next(organ for organ in known_organs(build_case("pelvis-two-courses")) if organ.name == name)


@pytest.mark.parametrize("offset", [-3.0, -1.5, -0.5, 0.0, 0.5, 1.5, 3.0])
@pytest.mark.parametrize(("organ", "volume_cc"), [("Bladder", 2.0), ("SacralPlex", 0.1), ("Rectum", 1.0)])
def test_a_verdict_is_right_away_from_the_limit_and_borderline_next_to_it(
    patient: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    organ: str,
    volume_cc: float,
    offset: float,
) -> None:
    truth = known_organ(organ).physical("second-course").value_at_hottest(volume_cc)
    row = f"{organ},5,D{volume_cc:g}cc,<=,{truth:.6f},Gy"
    found = check_any(capsys, patient, clinic_file(tmp_path, row))
    uncertainty = found["verdicts"][0]["uncertainty"]
    limit = truth + offset * uncertainty
    verdict = check_any(
        capsys, patient, clinic_file(tmp_path, f"{organ},5,D{volume_cc:g}cc,<=,{limit:.6f},Gy")
    )["verdicts"][0]["verdict"]
    if abs(offset) > 1.5:
        assert verdict == ("within" if offset > 0 else "exceeds")
    if abs(offset) <= 0.5:
        assert verdict == "borderline"


def check_any(capsys: pytest.CaptureFixture[str], patient: Path, file: str) -> dict[str, Any]:
    status = main(["check", str(patient / "second-course"), "--constraints", file, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert status == (0 if all(r["verdict"] == "within" for r in document["verdicts"]) else 1)
    return document


def test_values_agree_with_the_closed_form(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    organ = known_organ("Bladder").physical("second-course")
    file = clinic_file(
        tmp_path, "Bladder,5,V10Gy,<=,50,%", "Bladder,5,D10%,<=,50,Gy", "Bladder,5,CV(20cc),<,30,Gy"
    )
    rows = check_any(capsys, patient, file)["verdicts"]
    truth = [
        100 * organ.volume_at_least(10.0) / organ.volume_cc,
        organ.value_at_hottest(0.1 * organ.volume_cc),
        organ.value_at_hottest(organ.volume_cc - 20.0),
    ]
    for row, expected in zip(rows, truth, strict=True):
        assert row["value"] == pytest.approx(expected, abs=1.5 * row["uncertainty"] + 1e-6)


def test_everything_within_is_status_0(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "Rectum,5,D0.035cc,<=,100,Gy")
    found = check(capsys, patient / "second-course", "--constraints", file, status=0)
    assert [row["verdict"] for row in found["verdicts"]] == ["within"]
    assert found["verdicts"][0]["verification"] == "the clinic's own limit"


def test_an_organ_the_grid_does_not_cover_is_no_pass(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "SpinalCord,5,D0.035cc,<=,100,Gy")
    found = check(capsys, patient / "second-course", "--constraints", file)
    assert found["verdicts"][0]["verdict"] == "not_evaluable"
    assert "not covered" in found["verdicts"][0]["reason"]


def test_a_structure_chosen_by_hand_is_used_and_said(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "Bladder_Wall,5,D0.035cc,<=,100,Gy")
    found = check(
        capsys, patient / "second-course", "--constraints", file, "--organ", "Bladder=Bladder_Wall", status=0
    )
    assert found["verdicts"][0]["evidence"] == "chosen by hand"
    assert any("stands for 2 organs" in warning for warning in found["warnings"])


def test_a_dictionary_is_used_and_hashed(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    names = tmp_path / "names.csv"
    names.write_text("written,standard,confirmed_by,note\nBladder,Bladder_Wall,AB,\n", encoding="utf-8")
    file = clinic_file(tmp_path, "Bladder_Wall,5,D0.035cc,<=,100,Gy")
    found = check(capsys, patient / "second-course", "--constraints", file, "--names", str(names), status=0)
    assert found["verdicts"][0]["evidence"] == "dictionary"
    assert "names" in {entry["role"] for entry in found["inputs"]}


def test_a_distance_rule_counts_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_phantom("spine-sabr-2mm", tmp_path / "spine")
    file = clinic_file(tmp_path, "Esophagus,5,D0.035cc,<=,200,Gy")
    plain = check(capsys, tmp_path / "spine", "--constraints", file, status=0)
    assert plain["distances"][0]["distance_mm"] == pytest.approx(2.0, abs=0.1)
    ruled = check(capsys, tmp_path / "spine", "--constraints", file, "--distance-rule", "torch-r-cord")
    row = ruled["verdicts"][-1]
    assert (row["organ"], row["metric"], row["comparator"], row["limit"], row["verdict"]) == (
        "SpinalCord", "distance[mm]", ">", 3.0, "exceeds",
    )  # fmt: skip
    assert (
        main(["check", str(tmp_path / "spine"), "--constraints", file, "--distance-rule", "torch-r-cord"])
        == 1
    )
    assert "2.00 (2.00 to 2.00)" in capsys.readouterr().out


def test_the_first_course_is_judged_as_conventional(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = check(capsys, patient / "first-course", "--constraints", "quantec")
    judged = [row for row in found["verdicts"] if row["value"] is not None]
    assert {row["n_fractions"] for row in judged} == {"conventional (1.8-2 Gy/fx)"}
    assert {row["role"] for row in found["shown"]} == {"risk point"}


def test_a_set_without_the_plans_fraction_number_says_so(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = check(capsys, patient / "first-course", "--constraints", "tg101-2010")
    assert {row["verdict"] for row in found["verdicts"]} == {"not_evaluable"}
    assert all("the plan has 28" in row["reason"] for row in found["verdicts"])
    assert any("no limit of this set is for the plan's number" in warning for warning in found["warnings"])


def test_the_table_has_the_gravest_first(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(
        tmp_path, "Bladder,5,D0.035cc,<=,100,Gy", "Rectum,5,D0.035cc,<=,1,Gy", "Liver,5,Dmean,<=,3,Gy"
    )
    assert main(["check", str(patient / "second-course"), "--constraints", file]) == 1
    text = capsys.readouterr().out
    rows = [line.split()[:2] for line in text.splitlines()]
    assert rows.index(["exceeds", "Rectum"]) < rows.index(["within", "Bladder"])
    assert "1 exceeds, 0 borderline, 0 not evaluable, 1 within, 1 not drawn" in text
    assert "not drawn (1 limits): Liver" in text


def test_no_path_and_no_patient_in_the_output(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(patient / "second-course"), "--constraints", "tg101-2010", "--json"])
    printed = capsys.readouterr().out
    assert str(patient.parent) not in printed
    assert "PHANTOM-" not in printed
    assert "Phantom^" not in printed


def test_the_same_input_gives_the_same_bytes(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", str(patient / "second-course"), "--constraints", "timmerman-2021", "--json"]
    main(words)
    first = capsys.readouterr().out
    main(words)
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--constraints", "tg-101"], "no constraint set or file 'tg-101'"),
        (["--constraints", "tg101-2010", "--organ", "Bladder"], "write NAME=STANDARD"),
        (["--constraints", "tg101-2010", "--organ", "Bladdr=Bladder"], "near names: Bladder"),
        (["--constraints", "tg101-2010", "--organ", "Femur_Head_L=Femur_Head_R"], "says the other side"),
        (["--constraints", "tg101-2010", "--distance-rule", "5mm"], "there are: torch-r-cord"),
        (["--constraints", "tg101-2010", "--distance-from", "GTV9"], "no structure 'GTV9' to measure from"),
        ([], "--constraints"),
    ],
)
def test_wrong_words_are_refused_with_one_message(
    patient: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert message in refusal(capsys, str(patient / "second-course"), *words)


def test_a_folder_without_dicom_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, str(tmp_path), "--constraints", "tg101-2010")


def test_a_file_with_mistakes_is_refused_with_all_of_them(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "Rectum,5,D0.035cc,<=,3800,Gy", "Rectum,5,D5,<=,38,Gy")
    message = refusal(capsys, str(patient / "second-course"), "--constraints", file)
    assert "2 mistakes" in message
    assert "row 1" in message
    assert "row 2" in message


def test_numbers_are_finite(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check(capsys, patient / "second-course", "--constraints", "timmerman-2021")
    values = [row["value"] for row in found["verdicts"] if row["value"] is not None]
    assert values
    assert np.all(np.isfinite(values))


def test_targets_have_their_indices(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check(capsys, patient / "second-course", "--constraints", "tg101-2010")
    (ptv,) = found["targets"]
    assert ptv["prescription_gy"] == 30.0
    assert 0 < ptv["indices"]["CI Paddick"]["value"] <= 1
    assert 0 < ptv["indices"]["coverage[%]"]["value"] <= 100
    assert main(["check", str(patient / "second-course"), "--constraints", "tg101-2010"]) == 1
    assert "CI Paddick" in capsys.readouterr().out


def test_an_acceptance_is_recorded_and_changes_nothing(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "Rectum,5,D0.035cc,<=,1,Gy", "Bladder,5,D0.035cc,<=,100,Gy")
    words = ("--accept", "Rectum:D0.035cc=Dr A:agreed with the patient: palliative")
    found = check(capsys, patient / "second-course", "--constraints", file, *words)
    rectum, bladder = found["verdicts"]
    assert rectum["verdict"] == "exceeds"
    assert rectum["accepted"] == [{"by": "Dr A", "because": "agreed with the patient: palliative"}]
    assert bladder["accepted"] == []
    assert main(["check", str(patient / "second-course"), "--constraints", file, *words]) == 1
    assert "accepted by Dr A" in capsys.readouterr().out


def test_an_acceptance_of_nothing_is_said(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = clinic_file(tmp_path, "Rectum,5,D0.035cc,<=,100,Gy")
    found = check(
        capsys,
        patient / "second-course",
        "--constraints",
        file,
        "--accept",
        "Rectum:D0.035cc=Dr A:why",
        status=0,
    )
    assert any("speaks of no verdict short of a pass" in warning for warning in found["warnings"])
    assert "write ORGAN:METRIC=WHO:WHY" in refusal(
        capsys, str(patient / "second-course"), "--constraints", file, "--accept", "Rectum is fine"
    )
