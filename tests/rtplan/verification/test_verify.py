"""A report is current as long as nothing differs that it rests on; each difference is named."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from synthetic import dicom_objects as made

from rtplan.cli import main
from rtplan.errors import RtplanError, RtplanValueError
from rtplan.verification import InputState, Stale, Verification, read_report, verify_report

LIMITS = (
    "organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source\n"
    "Rectum,{metric},<=,{limit},3,no,tumour board\n"
)


@pytest.fixture
def patient(two_courses: Path, tmp_path: Path) -> Path:
    """Two courses, a registration and a file of limits."""
    folder = Path(shutil.copytree(two_courses, tmp_path / "patient"))
    limit_file(folder, 120.0)
    return folder


def limit_file(patient: Path, limit: float) -> Path:
    path = patient.parent / "limits.csv"
    path.write_text(LIMITS.format(metric="D2cc[Gy]", limit=limit))
    return path


def report_of(patient: Path, capsys: Any, *more: str) -> Path:
    """Ask a re-irradiation and keep its JSON document and its case."""
    path = patient.parent / "report.json"
    words = [
        "reirradiate",
        *("--new", str(patient / "second-course"), "--prior", str(patient / "first-course")),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12", "--metric", "D2cc[Gy]"),
        *("--registration", str(patient / "registration.dcm"), "--tissue", "Rectum=3"),
        *("--limits", str(patient.parent / "limits.csv"), "--limit", "Rectum:Mean[Gy]<=80"),
        *("--save-case", str(patient.parent / "case.toml"), "--report", str(path), *more),
    ]
    assert main(words) == 0
    capsys.readouterr()
    return path


def held(report: Path, patient: Path, *more: str) -> Verification:
    return verify_report(report, [patient, patient.parent / "limits.csv", *map(Path, more)])


def changed(path: Path, change: Callable[[pydicom.Dataset], None], *, recoded: bool = False) -> None:
    """Write an object again after a change, as another node would; `recoded` in another transfer syntax."""
    dataset = pydicom.dcmread(io.BytesIO(path.read_bytes()))
    dataset.file_meta.SourceApplicationEntityTitle = "ARCHIVE"
    dataset.file_meta.ImplementationVersionName = "OTHER 2.0"
    change(dataset)
    syntax = dataset.file_meta.TransferSyntaxUID
    if recoded:
        syntax = ExplicitVRLittleEndian if syntax.is_implicit_VR else ImplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=True)


def structures(patient: Path) -> Path:
    return patient / "second-course" / "RTSTRUCT.dcm"


def move_a_point(dataset: pydicom.Dataset) -> None:
    contour = dataset.ROIContourSequence[0].ContourSequence[0]
    points = list(contour.ContourData)
    points[0] = float(points[0]) + 1.0
    contour.ContourData = points


def test_nothing_changed_is_current_and_every_input_is_named(patient: Path, capsys: Any) -> None:
    found = held(report_of(patient, capsys), patient)
    assert found.is_current
    assert found.differences == ()
    assert found.remarks == ()
    assert [one.state for one in found.inputs] == [InputState.SAME_FILE] * 8
    assert {one.record.role for one in found.inputs} == {
        *("prior plan", "prior structures", "prior dose", "new plan", "new structures", "new dose"),
        *("registration object", "limit file"),
    }


@pytest.mark.parametrize("recoded", [False, True], ids=["other file meta", "other transfer syntax"])
def test_objects_received_again_by_network_are_the_same(patient: Path, capsys: Any, recoded: bool) -> None:
    report = report_of(patient, capsys)
    for path in [*patient.rglob("RT*.dcm"), patient / "registration.dcm"]:
        changed(path, lambda dataset: None, recoded=recoded)
    found = held(report, patient, str(patient.parent / "case.toml"))
    assert found.is_current
    states = [one.state for one in found.inputs]
    assert states.count(InputState.SAME_DATA_SET) == 7
    assert states.count(InputState.SAME_FILE) == 1


def test_a_changed_contour_is_named(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    changed(structures(patient), move_a_point)
    found = held(report, patient)
    assert not found.is_current
    ((kind, said),) = found.differences
    assert kind is Stale.CHANGED
    assert said.startswith("new structures …")
    assert said.endswith("its data set is another one")


def test_a_contour_saved_as_another_object_is_missing_and_the_new_one_is_said(
    patient: Path, capsys: Any
) -> None:
    report = report_of(patient, capsys)
    changed(structures(patient), lambda dataset: setattr(dataset, "SOPInstanceUID", "1.2.3.4.987654"))
    found = held(report, patient)
    assert [kind for kind, _ in found.differences] == [Stale.MISSING]
    assert found.remarks == ("structures …987654 lies there and is no input of the report",)


def test_a_missing_dose_is_named(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    (patient / "first-course" / "RTDOSE.dcm").unlink()
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.MISSING
    assert said.startswith("prior dose …")


def test_a_changed_limit_file_is_named(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    limit_file(patient, 100.0)
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.MISSING
    assert said.startswith("limit file: no file given has its content")


def test_a_case_file_names_the_limit_that_was_changed(patient: Path, capsys: Any) -> None:
    report, case = report_of(patient, capsys), patient.parent / "case.toml"
    assert held(report, patient, str(case)).is_current
    case.write_text(case.read_text().replace("Rectum:Mean[Gy]<=80", "Rectum:Mean[Gy]<=75"))
    found = held(report, patient, str(case))
    assert found.differences == (
        (Stale.LIMITS, "case.toml: limit Rectum:Mean[Gy]<=80 is in the report and no longer asked"),
        (Stale.LIMITS, "case.toml: limit Rectum:Mean[Gy]<=75 is asked and not in the report"),
        (Stale.QUESTION, "case.toml asks another question than the report answers"),
    )


def test_a_case_file_that_asks_at_another_alpha_beta_asks_another_question(
    patient: Path, capsys: Any
) -> None:
    report, case = report_of(patient, capsys), patient.parent / "case.toml"
    case.write_text(case.read_text().replace("alpha_beta = 3.0", "alpha_beta = 4.0"))
    case.write_text(case.read_text().replace('limits = "limits.csv"', ""))
    kinds = {kind for kind, _ in held(report, patient, str(case)).differences}
    assert Stale.QUESTION in kinds


def test_a_changed_clinic_file_is_named(patient: Path, capsys: Any) -> None:
    clinic = patient.parent / "clinic.toml"
    clinic.write_text('[[alpha_beta]]\norgan = "Bladder"\nalpha_beta_gy = 3.0\nsource = "clinic, 2024"\n')
    report = report_of(patient, capsys, "--clinic", str(clinic))
    assert held(report, patient, str(clinic)).is_current
    clinic.write_text(clinic.read_text().replace("3.0", "5.0"))
    ((_, said),) = held(report, patient, str(clinic)).differences
    assert said.startswith("clinic: no file given has its content")


def rewritten(report: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    body = json.loads(report.read_text(encoding="utf-8"))
    change(body)
    report.write_text(json.dumps(body), encoding="utf-8")
    return report


def test_another_version_is_named(patient: Path, capsys: Any) -> None:
    report = rewritten(report_of(patient, capsys), lambda body: body.update(version="0.0.9"))
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.VERSION
    assert said.startswith("made by version 0.0.9, this is ")


def test_a_report_without_hashes_of_data_sets_is_compared_by_its_files(patient: Path, capsys: Any) -> None:
    def without(body: dict[str, Any]) -> None:
        for entry in body["inputs"]:
            del entry["data_set_sha256"]

    report = rewritten(report_of(patient, capsys), without)
    assert held(report, patient).is_current
    changed(structures(patient), lambda dataset: None)
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.CHANGED
    assert said.endswith("another file, and the report has no hash of its data set")


def test_a_new_treatment_record_of_a_plan_of_the_report_makes_it_stale(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    plan = pydicom.dcmread(patient / "second-course" / "RTPLAN.dcm").SOPInstanceUID
    record = made.treatment_record([1, 2], plan_uid=plan)
    (patient / "second-course" / "record.dcm").write_bytes(made.as_bytes(record))
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.ADDED
    assert "treatment record" in said


def test_treatment_records_that_were_read_are_inputs(patient: Path, capsys: Any) -> None:
    prior = patient / "first-course"
    plan = pydicom.dcmread(prior / "RTPLAN.dcm")
    record = made.treatment_record(range(1, 29), plan_uid=plan.SOPInstanceUID, PatientID=plan.PatientID)
    for keyword in ("PatientBirthDate", "PatientSex"):
        setattr(record, keyword, plan.get(keyword, ""))
    (prior / "record.dcm").write_bytes(made.as_bytes(record))
    report = report_of(patient, capsys)
    assert "prior record" in {one.role for one in read_report(report).inputs}
    assert held(report, patient).is_current
    (prior / "record.dcm").unlink()
    ((kind, said),) = held(report, patient).differences
    assert kind is Stale.MISSING
    assert said.startswith("prior record")


def test_a_typed_course_has_nothing_to_compare(patient: Path, capsys: Any) -> None:
    report = patient.parent / "typed.json"
    words = [
        *("reirradiate", "--new", str(patient / "second-course"), "--prior", "50.4Gy/28"),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12", "--tissue", "Rectum=3"),
        *("--report", str(report)),
    ]
    assert main(words) == 0
    capsys.readouterr()
    found = verify_report(report, [patient / "second-course"])
    assert found.is_current
    assert found.inputs[0].state is InputState.TYPED


def test_a_course_file_is_compared_by_its_bytes(patient: Path, capsys: Any) -> None:
    record, report = patient.parent / "first.toml", patient.parent / "record.json"
    text = (
        'label = "print"\nunit = "Gy"\nn_fractions = 28\nmodality = "photon"\n[organs.Rectum]\nDmax = 50.0\n'
    )
    record.write_text(text)
    words = [
        *("reirradiate", "--new", str(patient / "second-course"), "--prior", str(record)),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12", "--tissue", "Rectum=3"),
        *("--report", str(report)),
    ]
    assert main(words) == 0
    capsys.readouterr()
    assert verify_report(report, [patient / "second-course", record]).is_current
    record.write_text(text.replace("50.0", "51.0"))
    ((_, said),) = verify_report(report, [patient / "second-course", record]).differences
    assert said.startswith("prior course file")


# --- reports of checks


def check_report(patient: Path, capsys: Any) -> Path:
    path = patient.parent / "check.json"
    words = [
        "check",
        str(patient / "second-course"),
        "--constraints",
        "timmerman-2021",
        "--report",
        str(path),
    ]
    assert main(words) in (0, 1)
    capsys.readouterr()
    return path


def test_a_check_is_verified_as_well(patient: Path, capsys: Any) -> None:
    report = check_report(patient, capsys)
    found = verify_report(report, [patient / "second-course"])
    assert found.is_current
    assert found.inputs[-1].state is InputState.CARRIED
    changed(structures(patient), move_a_point)
    ((kind, said),) = verify_report(report, [patient / "second-course"]).differences
    assert kind is Stale.CHANGED
    assert said.startswith("structures …")


def test_another_edition_of_a_set_of_limits_is_named(patient: Path, capsys: Any) -> None:
    def other_edition(body: dict[str, Any]) -> None:
        body["constraints"]["sha256"] = "0" * 64
        for entry in body["inputs"]:
            if entry["role"] == "constraints":
                entry["sha256"] = "0" * 64

    report = rewritten(check_report(patient, capsys), other_edition)
    ((kind, said),) = verify_report(report, [patient / "second-course"]).differences
    assert kind is Stale.CHANGED
    assert said == "constraints: the limits of timmerman-2021 are others now"


def test_a_clinics_own_limits_are_a_file_that_is_given(patient: Path, capsys: Any) -> None:
    own, report = patient.parent / "own.csv", patient.parent / "own.json"
    header = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified"
    own.write_text(f"{header}\nRectum,5,D0.03cc,<=,40,Gy,protocol 7,own\n")
    words = ["check", str(patient / "second-course"), "--constraints", str(own), "--report", str(report)]
    assert main(words) in (0, 1)
    capsys.readouterr()
    assert verify_report(report, [patient / "second-course", own]).is_current
    own.write_text(own.read_text().replace("40", "38"))
    ((_, said),) = verify_report(report, [patient / "second-course", own]).differences
    assert "set own: no file given has its content" in said


def test_several_plans_and_archives_are_verified_as_well(patient: Path, capsys: Any) -> None:
    report, folders = patient.parent / "both.json", [patient / "second-course", patient / "first-course"]
    words = ["check", *map(str, folders), "--constraints", "timmerman-2021", "--report", str(report)]
    assert main(words) in (0, 1)
    capsys.readouterr()
    archive = Path(shutil.make_archive(str(patient.parent / "first"), "zip", folders[1]))
    assert verify_report(report, [folders[0], archive]).is_current
    found = verify_report(report, [folders[0]])
    assert [kind for kind, _ in found.differences] == [Stale.MISSING] * 3


# --- refusals, and the command


@pytest.mark.parametrize(
    "content",
    ["<html></html>", "[]", '{"schema": "other/1"}', '{"schema": "rtplan.refusal/1"}', '{"a": '],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(RtplanValueError, match="needed is the JSON document of an answer"):
        verify_report(path, [tmp_path])


def test_a_report_against_nothing_is_refused(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    with pytest.raises(RtplanValueError, match="name the folders"):
        verify_report(report, [])
    with pytest.raises(RtplanError):
        verify_report(patient.parent / "nowhere.json", [patient])


def test_the_command_says_current_with_0_stale_with_1_and_refuses_with_2(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    words = ["verify", str(report), str(patient), str(patient.parent / "limits.csv")]
    assert main(words) == 0
    assert "current: nothing differs" in capsys.readouterr().out
    changed(structures(patient), move_a_point)
    assert main(words) == 1
    assert "stale, changed: new structures …" in capsys.readouterr().out
    assert main([*words, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "rtplan.verify/1"
    assert document["status"] == "stale"
    assert [one["kind"] for one in document["differences"]] == ["changed"]
    assert len(document["checked"]) == 8
    assert main(["verify", str(report), str(patient / "no-such-folder"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["schema"] == "rtplan.refusal/1"


def test_no_name_of_a_patient_or_file_is_printed(patient: Path, capsys: Any) -> None:
    report = report_of(patient, capsys)
    named = pydicom.dcmread(structures(patient))
    structures(patient).rename(structures(patient).with_name("Zzsurname^Given.dcm"))
    assert main(["verify", str(report), str(patient), str(patient.parent / "limits.csv")]) == 0
    printed = "".join(capsys.readouterr())
    assert "Zzsurname" not in printed
    assert str(named.PatientID) not in printed
