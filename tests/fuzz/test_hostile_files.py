"""Text files that people and other systems write, damaged: each is read or refused, and shows nobody."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed.errors import BedError
from dicom_io.errors import DicomIoError
from dicom_io.readers import read_dvh_text
from rtplan.courses import read_course_file, read_fhir_summary
from rtplan.errors import RtplanError
from rtplan.limits import clinic_template, read_clinic_file, read_constraint_file, read_limit_file
from rtplan.names import NameDictionary
from rtplan.protocols import read_protocol_file
from rtplan.reirradiation.organ import read_tissue_file
from rtplan.sums import read_matrix_file

OWN = (BedError, DicomIoError, RtplanError)
NAME = "Zqcanary"
TIMES = 150

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-radiotherapy-"
SUMMARY = json.dumps(
    {
        "resourceType": "Procedure",
        "meta": {"profile": ["http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/"
                             "codexrt-radiotherapy-course-summary"]},
        "subject": {"display": NAME},
        "performedPeriod": {"end": "2021-09-10"},
        "extension": [
            {"url": MCODE + "modality-and-technique", "extension": [
                {"url": MCODE + "modality", "valueCodeableConcept": {"coding": [{"display": "photons"}]}}]},
            {"url": MCODE + "dose-delivered-to-volume", "extension": [
                {"url": "volume", "valueReference": {"reference": "BodyStructure/1"}},
                {"url": "totalDoseDelivered", "valueQuantity": {"value": 5040, "code": "cGy"}},
                {"url": "fractionsDelivered", "valueUnsignedInt": 28}]},
        ],
    }
)  # fmt: skip
EXPORT = (
    f"Patient Name         : {NAME}, Given ({NAME}-1)\nPatient ID           : {NAME}-1\n"
    "Type                 : Cumulative Dose Volume Histogram\n\n"
    "Plan: P1\nPrescribed dose [cGy]: 5000.0\n% for dose (%): 100.0\n\n"
    "Structure: Cord\nApproval Status: Approved\nPlan: P1\nCourse: C1\nVolume [cc]: 20.0\n\n\n"
    "Dose [cGy]   Relative dose [%] Ratio of Total Structure Volume [%]\n"
    "0 0 100\n1000 20 75\n2000 40 25\n3000 60 0\n\n"
)
COURSE = (
    'label = "2019"\nunit = "Gy"\nn_fractions = 28\nmodality = "photon"\nended = 2019-05-01\n'
    'prescription = "50.4Gy/28"\n[organs.Bladder]\nDmax = 51.0\nDmean = 30.2\n"D0.1cc" = 50.6\n'
)
MATRIX = (
    'maps_from = "1.2.3"\nmaps_to = "1.2.4"\naxes = "LPS"\nunit = "mm"\n'
    "matrix = [[1.0, 0.0, 0.0, 1.5], [0.0, 1.0, 0.0, -2.0], [0.0, 0.0, 1.0, 3.0], [0.0, 0.0, 0.0, 1.0]]\n"
)
LIMITS = (
    "organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source\n"
    'SpinalCord,Max[Gy],<=,60,2,no,"a paper"\n'
)
CONSTRAINTS = (
    "organ,n_fractions,metric,comparator,limit,unit,priority,source,how_verified\n"
    "Rectum,5,D0.035cc,<=,37,Gy,optimal,a paper,own\nRectum,5,V30Gy,<,20,%,mandatory,a paper,own\n"
)


def _spreadsheet() -> bytes:
    """The constraints as a spreadsheet."""
    openpyxl = pytest.importorskip("openpyxl")
    book, content = openpyxl.Workbook(), io.BytesIO()
    for line in CONSTRAINTS.splitlines():
        book.active.append(line.split(","))
    book.save(content)
    return content.getvalue()


CLINIC = clinic_template().replace("\n# ", "\n")
"""The template with its examples switched on, as people do, sentences and all."""

FILES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "summary.json": (SUMMARY, lambda path: read_fhir_summary(path, role="prior", ended=None)),
    "export.dvh": (EXPORT, read_dvh_text),
    "course.toml": (COURSE, lambda path: read_course_file(path, role="prior", ended=None)),
    "matrix.toml": (MATRIX, read_matrix_file),
    "limits.csv": (LIMITS, read_limit_file),
    "constraints.csv": (CONSTRAINTS, read_constraint_file),
    "tissues.toml": ('[Bladder]\nalpha_beta = [3, 5.0]\nsource = "a paper"\n', read_tissue_file),
    "names.csv": ("written,standard,confirmed_by,note\nblase,Bladder,AB,\n", NameDictionary.read),
    "clinic.toml": (CLINIC, read_clinic_file),
    "protocol.toml": (
        'id = "x"\ntitle = "y"\n[[criteria]]\nid = "age"\ntext = "adult"\n',
        read_protocol_file,
    ),
}
PIECES = [
    b"\xff\xfe", b"\x00", b"\xef\xbb\xbf", b'"', b"[", b"{", b"\n", b"\r", b"=", b",", b"1e999", b"NaN",
    b"-1", b"9" * 5000, b"[" * 20_000, b"[[a]]\n" * 50, b"true", b"2019-13-45", "½٣\u202e".encode(),
    b"1_000", b"''", b"\\ud800", b";" * 70_000, b"null", b"0x10", b"inf",
]  # fmt: skip


def _damaged(content: bytes, chance: random.Random) -> bytes:
    """Put in, take out, repeat or replace pieces."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        place = chance.randrange(len(changed) + 1)
        size = chance.choice([0, 1, 3, 10, 100])
        match chance.randrange(4):
            case 0:
                changed[place : place + size] = chance.choice(PIECES)
            case 1:
                del changed[place : place + size]
            case 2:
                changed[place:place] = changed[place : place + size]
            case _:
                changed[place : place + 1] = bytes([chance.randrange(256)])
    return bytes(changed)


def test_a_damaged_spreadsheet_is_read_or_refused(tmp_path):
    content, chance, path = _spreadsheet(), random.Random(4711), tmp_path / "constraints.xlsx"
    path.write_bytes(content)
    assert len(read_constraint_file(path).constraints) == 2
    for _ in range(TIMES):
        path.write_bytes(_damaged(content, chance))
        with contextlib.suppress(*OWN):
            read_constraint_file(path)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_text_file_is_read_or_refused(name, tmp_path):
    content, read = FILES[name]
    chance, path = random.Random(f"4711/{name}"), tmp_path / name
    refused = 0
    for _ in range(TIMES):
        path.write_bytes(_damaged(content.encode(), chance))
        told = ""
        try:
            read(path)
        except OWN as refusal:
            refused, told = refused + 1, str(refusal)
        assert NAME not in told
        assert str(tmp_path) not in told
    assert refused > TIMES // 10


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("protocol.toml", "clinic.toml")])
def test_the_sound_file_is_read(name, tmp_path):
    content, read = FILES[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    read(tmp_path / name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_may_not_be_read_is_refused_in_words(name, tmp_path):
    """A folder stands where the file should be: reading it fails as a forbidden file does."""
    (tmp_path / name).mkdir()
    with pytest.raises((*OWN, OSError)) as refusal:
        FILES[name][1](tmp_path / name)
    assert not isinstance(refusal.value, IsADirectoryError) or refusal.value.strerror
