"""Canary names, IDs and birth dates through every command and every error path: they come out nowhere.

What a file is for is another matter: an exported dose belongs to the patient and says so. Names of structures
and plans are data, and shown.
"""

from __future__ import annotations

import io
import json
import logging
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bed.errors import BedError
from dicom_io import GridField, compute_dvhs, load_study
from dicom_io.errors import DicomIoError
from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.errors import RtplanError

pydicom = pytest.importorskip("pydicom")

CANARY = "Zqcanary"
BIRTH_DATES = ("19010203", "1901-02-03", "03.02.1901", "02/03/1901", "3 February 1901")
SHOWN = {"ROIName", "RTPlanLabel", "StructureSetLabel", "BeamName", "TreatmentMachineName"}
"""Text that is data: whoever names a structure after a patient is beyond help."""


def _plant(dataset) -> int:
    """Put canaries into every name, text and ID at any depth; return how many."""
    planted = 0
    for element in dataset:
        if element.VR == "SQ":
            planted += sum(_plant(item) for item in element.value)
        elif element.VR == "PN":
            element.value = f"{CANARY}^{element.keyword}"
            planted += 1
        elif element.VR in ("LO", "LT", "ST", "UT") and element.keyword not in SHOWN:
            element.value = f"{CANARY} {element.keyword}"[:60]
            planted += 1
    return planted


def _identify(dataset) -> None:
    """Add what real files say of patients, beyond what the phantoms do."""
    dataset.PatientName = f"{CANARY}^Given"
    dataset.PatientID = f"{CANARY}-4711"
    dataset.PatientBirthDate = "19010203"
    dataset.OtherPatientNames = f"{CANARY}^Maiden"
    dataset.PatientMotherBirthName = f"{CANARY}^Mother"
    dataset.OtherPatientIDs = f"{CANARY}-0815"
    dataset.PatientAddress = f"{CANARY} Street"
    dataset.PatientTelephoneNumbers = f"{CANARY} 555"[:16]
    dataset.PatientComments = f"{CANARY} was here"
    dataset.AccessionNumber = f"{CANARY}-1"
    dataset.StudyID = f"{CANARY}-2"
    dataset.InstitutionName = f"{CANARY} Hospital"
    dataset.ReferringPhysicianName = f"{CANARY}^Doctor"
    dataset.OperatorsName = f"{CANARY}^Operator"


@pytest.fixture(scope="module")
def patient(tmp_path_factory) -> Path:
    """The pelvic patient of two courses, canaries in every file and every file name."""
    folder = tmp_path_factory.mktemp("canaries") / "patient"
    write_phantom("pelvis-two-courses", folder)
    planted = 0
    for path in sorted(folder.rglob("*.dcm")):
        if path.name.startswith("CT") and not path.name.startswith("CT.00"):
            path.unlink()
            continue
        dataset = pydicom.dcmread(path)
        _identify(dataset)
        planted += _plant(dataset)
        path.unlink()
        dataset.save_as(path.with_name(f"{CANARY}_{path.name}"))
    assert planted > 200
    return folder


@pytest.fixture
def seen(capfd, caplog, tmp_path, monkeypatch) -> Callable[[], str]:
    """Everything that came out: both streams, every log record, every file left or made for a while."""
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    kept: list[bytes] = []
    unlink = Path.unlink

    def keeping(path: Path, missing_ok: bool = False) -> None:
        if path.is_file():
            kept.append(path.read_bytes())
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", keeping)

    def everything() -> str:
        streams = capfd.readouterr()
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        contents = [_text(path.read_bytes()) for path in files] + [_text(content) for content in kept]
        records = [record.getMessage() for record in caplog.records]
        return "\n".join([streams.out, streams.err, *records, *(path.name for path in files), *contents])

    return everything


def _text(content: bytes) -> str:
    """All text of a file; a spreadsheet is an archive."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode("latin-1") for name in archive.namelist())
    return content.decode("latin-1")


def _check_silent(told: str) -> None:
    assert CANARY.casefold() not in told.casefold()
    for birth_date in BIRTH_DATES:
        assert birth_date not in told


def _reirradiate(patient: Path, *more: str) -> list[str]:
    return [
        "reirradiate",
        *("--new", str(patient / "second-course"), "--prior", str(patient / "first-course")),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12"),
        *("--registration", str(patient / f"{CANARY}_registration.dcm")),
        *("--tissue", "Rectum=3", "--tissue", "CaudaEquina=2", "--limit", "Rectum:D0.03cc[Gy]<=85"),
        *("--fractions", "5", *more),
    ]


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(
    "words",
    [
        ["dvh", "FOLDER", "--curve"],
        ["dvh", "FOLDER", "--stored", "--structure", "Rectum"],
        ["dvh", "FOLDER", "--cross-check", "--structure", "Rectum"],
        ["check", "FOLDER", "--constraints", "timmerman-2021"],
        ["check", "FOLDER", "--constraints", "tg101-2010", "--distance-from", "GTV"],
        ["names", "FOLDER"],
    ],
    ids=["dvh", "dvh stored", "dvh cross-check", "check", "check distances", "names"],
)
def test_no_command_on_a_plan_shows_whose_it_is(patient, seen, words, form):
    folder = str(patient / "second-course")
    assert main([folder if word == "FOLDER" else word for word in [*words, *form]]) in (0, 1)
    told = seen()
    assert "Rectum" in told
    _check_silent(told)


def test_no_report_of_a_plan_check_shows_whose_it_is(patient, seen, tmp_path):
    reports = [str(tmp_path / f"check{suffix}") for suffix in (".html", ".json", ".xlsx")]
    words = ["check", str(patient / "second-course"), "--constraints", "timmerman-2021"]
    assert main([*words, "--report", *reports]) in (0, 1)
    _check_silent(seen())


@pytest.mark.parametrize("more", [["--json"], ["--shift-mm", "3", "--shift-steps", "3", "--cord-rules"]])
def test_no_cumulative_answer_or_report_shows_whose_it_is(patient, seen, tmp_path, more):
    reports = [str(tmp_path / f"sum{suffix}") for suffix in (".html", ".json", ".xlsx")]
    assert main(_reirradiate(patient, *more, "--report", *reports)) in (0, 1)
    told = seen()
    assert "voxel" in told
    _check_silent(told)


def test_names_to_be_filled_in_hold_structures_only(patient, seen, tmp_path):
    words = ["names", str(patient / "first-course"), "--propose", str(tmp_path / "names.csv")]
    assert main(words) == 0
    _check_silent(seen())


# Errors ---------------------------------------------------------------------------------------------------


def _damage(path: Path, kind: str) -> None:
    """Damage one file so that something is told about it."""
    content = path.read_bytes()
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
        return
    if kind == "name over the UID":
        path.write_bytes(
            content.replace(b"1.2.840.10008.5.1.4.1.1.481", b"Zqcanary^Given^19010203-4711"[:27])
        )
        return
    if kind == "bytes":
        chance = np.random.default_rng(4711)
        changed = bytearray(content)
        for place in chance.integers(132, min(len(content), 3000), 40):
            changed[place] = chance.integers(256)
        path.write_bytes(bytes(changed))
        return
    dataset = pydicom.dcmread(path)
    changes = {
        "another patient": {"PatientID": f"{CANARY}-OTHER", "PatientBirthDate": "19010203"},
        "no units": {"DoseUnits": f"{CANARY}"},
        "effective": {"DoseType": "EFFECTIVE"},
        "name for a number": {"DoseGridScaling": None, "Rows": None},
        "another frame": {"FrameOfReferenceUID": "1.2.3"},
        "name as modality": {"Modality": f"{CANARY.upper()}", "SOPClassUID": None},
        "name as date": {"RTPlanDate": None, "StructureSetDate": None, "InstanceCreationDate": None},
        "odd characters": {"SpecificCharacterSet": "ISO 2022 IR 87"},
    }[kind]
    with pydicom.config.disable_value_validation():
        for keyword, value in changes.items():
            if value is not None:
                setattr(dataset, keyword, value)
            elif keyword in dataset:
                delattr(dataset, keyword)
        if kind == "name for a number":
            dataset.add_new("DoseGridScaling", "LO", f"{CANARY}^Given")
        if kind == "name as date":
            dataset.add_new("InstanceCreationDate", "LO", f"{CANARY}^Given")
    dataset.save_as(path)


KINDS = [
    "cut", "bytes", "name over the UID", "another patient", "no units", "effective", "name for a number",
    "another frame", "name as modality", "name as date", "odd characters",
]  # fmt: skip


@pytest.fixture
def course(patient, tmp_path_factory) -> Path:
    """A copy of the new course, without images, that may be damaged; its folder is the user's own word."""
    folder = tmp_path_factory.mktemp("damaged") / "plan"
    folder.mkdir()
    for path in (patient / "second-course").glob(f"{CANARY}_RT*.dcm"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.filterwarnings("ignore")  # writing damaged files is what pydicom warns of
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["RTDOSE", "RTPLAN", "RTSTRUCT"])
def test_no_error_shows_whose_file_it_is(course, seen, kind, which):
    _damage(course / f"{CANARY}_{which}.dcm", kind)
    for words in (["dvh", "--structure", "Rectum"], ["check", "--constraints", "timmerman-2021"], ["names"]):
        assert main([words[0], str(course), *words[1:], "--json"]) in (0, 1, 2)
    words = ["reirradiate", "--new", str(course), "--prior", "50.4Gy/28", "--prior-ended", "2020-01-01"]
    assert main([*words, "--new-starts", "2024-01-01", "--tissue", "Rectum=3"]) in (0, 1, 2)
    _check_silent(seen() + _raised(course))


def _raised(folder: Path) -> str:
    """What a program that uses the library would log: representations, findings, the whole traceback."""
    try:
        study = load_study(folder)
        told = [repr(study), *map(repr, (*study.plans, *study.doses, *study.structure_sets)), *study.findings]
        chosen = study.select()
        told += [
            repr(chosen),
            *chosen.findings,
            repr(chosen.plan),
            repr(chosen.dose),
            repr(chosen.structure_set),
        ]
        assert chosen.dose is not None
        assert chosen.structure_set is not None
        told += map(repr, compute_dvhs(chosen.structure_set.structures, GridField.of(chosen.dose)).values())
        return "\n".join(told)
    except (BedError, DicomIoError, RtplanError) as error:
        return "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)


def test_courses_of_two_patients_are_refused_without_naming_either(patient, course, seen):
    for path in course.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.PatientID = f"{CANARY}-OTHER"
        dataset.save_as(path)
    words = ["reirradiate", "--new", str(course), "--prior", str(patient / "first-course")]
    words += ["--prior-ended", "2020-01-01", "--new-starts", "2024-01-01", "--tissue", "Rectum=3"]
    assert main(words) == 2
    told = seen()
    assert "are they one patient's?" in told
    _check_silent(told)


def test_the_canaries_would_be_seen(patient, seen, tmp_path):
    """A check that cannot fail is none: the same look finds the canary in a file that holds it."""
    dose = next((patient / "second-course").glob("*RTDOSE.dcm"))
    (tmp_path / "leak.json").write_text(json.dumps({"name": str(pydicom.dcmread(dose).PatientName)}))
    with pytest.raises(AssertionError):
        _check_silent(seen())
