"""``rtplan protocol`` from its words to its documents."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.protocols import load_protocol, protocol_ids

PATIENTS = Path(__file__).resolve().parents[2] / "protocols" / "protocol_patients"
KEYS = ["id", "text", "status", "value", "required", "source"]


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("protocol") / "spine"
    write_phantom("spine-sabr-2mm", folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str, status: int) -> dict[str, Any]:
    assert main(["protocol", *words, "--json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["protocol", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def patient(name: str) -> str:
    return str(PATIENTS / f"{name}.toml")


def test_list_names_every_protocol_with_record_date_version_and_hash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = run(capsys, "list", status=0)
    assert [row["id"] for row in found["protocols"]] == list(protocol_ids())
    for row in found["protocols"]:
        assert row["sha256"] == load_protocol(row["id"]).sha256
        assert row["version"]
        assert row["record_date"]
    assert main(["protocol", "list"]) == 0
    assert "NCT06751394" in capsys.readouterr().out


@pytest.mark.parametrize("name", protocol_ids())
def test_show_carries_criteria_sheet_endpoints_and_conflicts(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    found = run(capsys, "show", name, status=0)
    protocol = load_protocol(name)
    assert [c["id"] for c in found["criteria"]] == [c.id for c in protocol.criteria]
    assert len(found["endpoints"]) == len(protocol.endpoints)
    assert [note["id"] for note in found["notes"]] == [note.id for note in protocol.notes]
    assert [row["alpha_beta_gy"] for row in found["regimen_sheet"]["alpha_betas"]] == [10.0, 5.06, 3.0, 2.0]
    assert main(["protocol", "show", name]) == 0
    text = capsys.readouterr().out
    assert all(f"{criterion.id}: " in text for criterion in protocol.criteria)


def test_a_record_without_a_dose_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "show", "toripalimab-sbrt-oligomet", status=0)
    assert found["regimen_sheet"]["reason"] == "not specified by the record"
    assert "dose and number of fractions of SBRT" in found["not_specified"]
    main(["protocol", "show", "toripalimab-sbrt-oligomet"])
    assert "Regimen: not specified by the record" in capsys.readouterr().out


@pytest.mark.parametrize("name", protocol_ids())
def test_a_template_can_be_screened_as_it_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    assert main(["protocol", "template", name]) == 0
    text = capsys.readouterr().out
    tomllib.loads(text)
    (tmp_path / "patient.toml").write_text(text, encoding="utf-8")
    found = run(capsys, "screen", name, "--patient", str(tmp_path / "patient.toml"), status=1)
    assert found["counts"]["met"] == 0
    assert found["counts"]["not_met"] == 0


def test_screen_has_the_keys_of_the_contract_and_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "screen", "torch-r", "--patient", patient("torch-r"), status=1)
    assert list(found)[:4] == ["schema", "version", "inputs", "warnings"]
    assert found["schema"] == "rtplan.protocol.screen/1"
    assert found["protocol"]["id"] == "torch-r"
    for row in found["criteria"]:
        assert list(row)[: len(KEYS)] == KEYS
        assert row["status"] in ("met", "not_met", "unknown", "clinician")
        assert row["value"] is not None or row["reason"]
    assert "eligible" not in json.dumps(found)
    assert [entry["role"] for entry in found["inputs"]] == ["protocol torch-r", "patient file"]


def test_the_counts_add_up_and_what_speaks_against_is_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = Path(patient("torch-r")).read_text(encoding="utf-8").replace("ecog = 0", "ecog = 2")
    path = tmp_path / "patient.toml"
    path.write_text(text.replace("value = 128,", "value = 89,"), encoding="utf-8")
    found = run(capsys, "screen", "torch-r", "--patient", str(path), status=1)
    assert found["against"] == ["performance-status", "haemoglobin"]
    assert sum(found["counts"].values()) == len(found["criteria"])
    main(["protocol", "screen", "torch-r", "--patient", str(path)])
    shown = capsys.readouterr().out
    assert shown.index("Speaks against (2)") < shown.index("For a clinician (4)") < shown.index("Met (")
    assert "no decision on taking part" in shown


def test_only_a_protocol_without_judgements_can_end_with_status_0(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "screen", "sparkle", "--patient", patient("sparkle"), status=0)
    text = Path(patient("sparkle")).read_text(encoding="utf-8")
    path = tmp_path / "patient.toml"
    path.write_text(text.replace("ecog = 1\n", ""), encoding="utf-8")
    run(capsys, "screen", "sparkle", "--patient", str(path), status=1)


def test_conflicts_stand_with_the_criteria_they_concern(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "screen", "sparkle", "--patient", patient("sparkle"), status=0)
    notes = {row["id"]: row["notes"] for row in found["criteria"]}
    assert any("'less than 50.4Gy' read strictly" in note for note in notes["previous-dose"])
    assert any("the record gives no dose" in note for note in notes["regimen"])
    assert any("the record has no registry number" in text for text in found["warnings"])


def test_the_plan_answers_what_it_can(
    capsys: pytest.CaptureFixture[str], spine: Path, tmp_path: Path
) -> None:
    path = tmp_path / "patient.toml"
    path.write_text("earlier_radiotherapy = []\n", encoding="utf-8")
    found = run(capsys, "screen", "torch-r", "--patient", str(path), "--plan", str(spine), status=1)
    rows = {row["id"]: row for row in found["criteria"]}
    assert rows["cord-distance"]["status"] == "not_met"
    assert rows["regimen"]["status"] == "met"
    assert rows["radiotherapy-interval"]["status"] == "met"
    assert {"planned course plan", "planned course structures"} <= {e["role"] for e in found["inputs"]}
    printed = json.dumps(found)
    assert str(spine.parent) not in printed
    assert "PHANTOM-" not in printed


def test_two_courses_are_screened_from_their_folders(
    capsys: pytest.CaptureFixture[str], two_courses: Path, tmp_path: Path
) -> None:
    path = tmp_path / "patient.toml"
    path.write_text("metastases = []\n", encoding="utf-8")
    words = ["screen", "sparkle", "--patient", str(path), "--plan", str(two_courses / "second-course"),
             "--prior", str(two_courses / "first-course")]  # fmt: skip
    rows = {row["id"]: row for row in run(capsys, *words, status=1)["criteria"]}
    assert rows["previous-dose"]["status"] == "not_met"
    assert "exactly at 50.4 Gy" in rows["previous-dose"]["value"]
    assert rows["radiotherapy-interval"]["status"] == "unknown"
    rows = {row["id"]: row for row in run(capsys, *words, "--dates-as-planned", status=1)["criteria"]}
    assert rows["radiotherapy-interval"]["status"] == "met"


def test_a_report_holds_the_criteria_and_the_conflicts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page, twin = tmp_path / "screening.html", tmp_path / "screening.json"
    words = ["protocol", "screen", "tracer", "--patient", patient("tracer")]
    assert main([*words, "--report", str(page), str(twin), "--report-date", "2025-02-01"]) == 1
    text = page.read_text(encoding="utf-8")
    assert "Criteria of TRACER (NCT06751394)" in text
    assert "both stand in the same record" in text
    assert "2025-02-01" in text
    assert json.loads(twin.read_text(encoding="utf-8"))["protocol"]["id"] == "tracer"
    first = page.read_bytes()
    main([*words, "--report", str(page), "--report-date", "2025-02-01", "--overwrite"])
    assert page.read_bytes() == first
    capsys.readouterr()


def test_timeline_gives_dates_conflicts_and_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "timeline.svg"
    found = run(
        capsys, "timeline", "torch-r", "--start", "2025-01-06", "--cycle-days", "21",
        "--at", "radiotherapy=2025-01-06", "--at", "sabr=2025-02-17", "--fractions", "sabr=5",
        "--break", "toripalimab:2=7", "--prior-ended", "2024-07-07", "--picture", str(picture), status=1,
    )  # fmt: skip
    assert found["schema"] == "rtplan.protocol.timeline/1"
    (conflict,) = found["conflicts"]
    assert conflict["steps"] == ["radiotherapy", "radiotherapy-interval"]
    events = [e for e in found["events"] if e["id"] == "toripalimab"]
    assert events[2]["first_day"] == "2025-02-24"
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


def test_a_timeline_without_conflict_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "timeline", "sparkle", "--start", "2025-01-06"]) == 0
    text = capsys.readouterr().out
    assert "no conflict found" in text
    assert "the record does not give the length of a cycle: state it" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "torch"], "no protocol 'torch'; there are: sparkle"),
        (["show", "gone.toml"], "no protocol file 'gone.toml'"),
        (["screen", "torch-r"], "--patient"),
        (["screen", "torch-r", "--patient", "gone.toml"], "no patient file 'gone.toml'"),
        (["timeline", "tracer", "--start", "06.01.2025"], "'06.01.2025' is no date"),
        (["timeline", "tracer", "--start", "2025-01-06", "--cycles", "induction"], "write STEP=VALUE"),
        (["timeline", "tracer", "--start", "2025-01-06", "--break", "induction=3"], "write STEP:K=DAYS"),
        (["timeline", "tracer", "--start", "2025-01-06", "--at", "x=2025-01-06"], "no step 'x'"),
        (["timeline", "tracer", "--start", "2025-01-06", "--fractions", "radiotherapy=x"], "no whole number"),
        (["timeline", "tracer", "--start", "2025-01-06", "--picture", "t.png"], "ends in .svg"),
        ([], "ACTION"),
    ],
)  # fmt: skip
def test_wrong_words_are_refused_with_one_message(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert message in refusal(capsys, *words)


def test_a_patient_file_with_mistakes_is_refused_with_all_of_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "patient.toml"
    path.write_text('[patient]\necog = 9\nname = "Zzsurname"\n', encoding="utf-8")
    told = refusal(capsys, "screen", "torch-r", "--patient", str(path))
    assert "2 mistakes" in told
    assert "patient.ecog" in told
    assert "patient.name" in told
    assert "Zzsurname" not in told
    assert str(tmp_path) not in told


def test_the_same_input_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["protocol", "screen", "torch-r", "--patient", patient("torch-r"), "--json"]
    main(words)
    first = capsys.readouterr().out
    main(words)
    assert capsys.readouterr().out == first
