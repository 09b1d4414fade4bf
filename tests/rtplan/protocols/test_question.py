"""The question of a screening checks itself; one function answers it, whole or in parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import rtplan
from rtplan.case import ScreenCase, question_sha256
from rtplan.errors import RtplanError, RtplanTypeError, RtplanValueError
from rtplan.files import shipped_file
from rtplan.protocols import (
    Folders,
    Patient,
    Protocol,
    ScreeningQuestion,
    gather_radiotherapy,
    load_protocol,
    patient_of_tables,
    read_patient_file,
    screen,
)
from rtplan.protocols.radiotherapy import Radiotherapy

PATIENTS = Path(__file__).with_name("protocol_patients")
KNOWN: dict[str, Any] = {
    "earlier_radiotherapy": [{"regimen": "50.4Gy/28", "ended": date(2021, 5, 1), "region": "pelvis"}],
    "planned_radiotherapy": {"regimen": "30Gy/5", "starts": date(2024, 2, 1)},
    "metastases": [{"organ": "liver", "diameter_mm": 12.0}],
}


@pytest.fixture(scope="module")
def trial() -> Protocol:
    return load_protocol("torch-r")


@pytest.fixture
def patient(trial: Protocol) -> Patient:
    return patient_of_tables(KNOWN, trial.facts)


def test_a_question_and_its_parts_give_the_same_answer(trial: Protocol) -> None:
    patient = read_patient_file(PATIENTS / "torch-r.toml", trial.facts)
    known = gather_radiotherapy(patient, Folders(base=PATIENTS))
    question = ScreeningQuestion(protocol=trial, patient=patient, radiotherapy=known)
    assert screen(question).records() == screen(trial, patient, known).records()
    assert ScreeningQuestion.of(trial, patient, folders=Folders(base=PATIENTS)) == question


def test_it_is_brought_by_rtplan_and_cannot_be_changed(trial: Protocol, patient: Patient) -> None:
    question = rtplan.ScreeningQuestion.of(trial, patient)
    with pytest.raises(AttributeError):
        question.patient = patient  # type: ignore[misc]
    assert rtplan.screen(question).protocol is trial


def test_a_question_takes_nothing_beside_itself(trial: Protocol, patient: Patient) -> None:
    question = ScreeningQuestion.of(trial, patient)
    with pytest.raises(RtplanTypeError, match="nothing goes beside it"):
        screen(question, patient)
    with pytest.raises(RtplanTypeError, match="give the patient"):
        screen(trial)


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ({"earlier": None}, "states earlier radiotherapy"),
        ({"earlier": ()}, "states earlier radiotherapy"),
        ({"planned": None}, "states planned radiotherapy"),
        ({"metastases": ()}, "states metastases"),
    ],
)
def test_radiotherapy_that_lacks_what_the_patient_file_states_is_refused(
    trial: Protocol, patient: Patient, lost: dict[str, Any], message: str
) -> None:
    known = replace(gather_radiotherapy(patient, Folders()), **lost)
    with pytest.raises(RtplanValueError, match=message):
        screen(trial, patient, known)


def test_a_patient_read_for_another_protocol_is_refused(trial: Protocol) -> None:
    with pytest.raises(RtplanValueError, match=r"patient.ecogg: no such key in TORCH-R; near keys: patient"):
        screen(trial, Patient(values={"patient.ecogg": 1.0}))
    assert screen(trial, Patient()).counts["met"] == 0


@pytest.mark.parametrize(
    "made", [Folders, lambda **parts: ScreenCase(protocol="sparkle", patient=Path("p.toml"), **parts)]
)
def test_labels_that_do_not_fit_the_earlier_courses_are_refused(made: Any) -> None:
    with pytest.raises(RtplanError, match="2 labels of plans for 1 earlier courses"):
        made(earlier=(Path("a"),), earlier_labels=("x", "y"))


def test_the_hash_is_of_what_is_asked_and_of_nothing_else(trial: Protocol, patient: Patient) -> None:
    question = ScreeningQuestion.of(trial, patient)
    same = patient_of_tables(KNOWN | {"pseudonym": "case 7"}, trial.facts, sha256="1" * 64)
    assert question_sha256(ScreeningQuestion.of(trial, same)) == question_sha256(question)
    others = [
        KNOWN | {"patient": {"ecog": 1}},
        KNOWN | {"planned_radiotherapy": {"regimen": "25Gy/5", "starts": date(2024, 2, 1)}},
        KNOWN
        | {"earlier_radiotherapy": [{"regimen": "50.4Gy/28", "ended": date(2022, 5, 1), "region": "pelvis"}]},
        KNOWN | {"metastases": []},
    ]
    hashes = {question_sha256(ScreeningQuestion.of(trial, patient_of_tables(t, trial.facts))) for t in others}
    hashes.add(question_sha256(ScreeningQuestion.of(load_protocol("sparkle"), Patient())))
    assert len(hashes - {question_sha256(question)}) == len(others) + 1
    assert question_sha256(
        ScreeningQuestion(protocol=trial, patient=Patient(), radiotherapy=Radiotherapy())
    ) == question_sha256(ScreeningQuestion.of(trial, Patient()))


def test_how_a_regimen_without_units_was_read_is_said_of_patient_and_protocol_files(tmp_path: Path) -> None:
    trial = load_protocol("torch-r")
    tables = {
        "earlier_radiotherapy": [{"regimen": "28x1.8Gy"}, {"regimen": "12x4"}],
        "planned_radiotherapy": {"regimen": "5x5"},
        "metastases": [{"organ": "liver", "sabr_regimen": "3x15"}],
    }
    found = gather_radiotherapy(patient_of_tables(tables, trial.facts), Folders())
    assert [finding.partition(":")[0] for finding in found.findings] == [
        "earlier course 2",
        "planned course",
        "metastasis 1",
    ]
    assert "12 fractions of 4 Gy" in found.findings[0]
    text = shipped_file("rtplan.protocols", "trials/torch-r.toml").text()
    written = trial.regimens[0].written
    own = tmp_path / "own.toml"
    own.write_text(text.replace(f'"{written}"', '"5x5"', 1), encoding="utf-8")
    notes = [note.text for note in load_protocol(str(own)).notes_on("protocol")]
    assert any("5 fractions of 5 Gy" in note for note in notes)
