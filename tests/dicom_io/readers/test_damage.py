"""Damaged files: whatever the bytes, one of our errors or a value, and never a patient in a message."""

from __future__ import annotations

import random

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dicom_io import DicomIoError, load_study, read_dose, read_plan, read_registration, read_structure_set
from dicom_io.errors import DicomValueError
from dicom_io.readers import code, date, read_image, read_treatment_record, uid
from dicom_io.readers.dataset import integer


def _readers_and_files(made):
    return [
        (read_dose, made.dose()),
        (read_structure_set, made.structure_set()),
        (read_plan, made.plan()),
        (read_registration, made.registration([("1.2.3", [np.eye(4)])])),
        (read_treatment_record, made.treatment_record([1])),
        (read_image, made.ct_slice(0)),
    ]


def _damaged(content: bytes, chance: random.Random) -> bytes:
    """Return the content with bytes changed, deleted, inserted, or a length made undefined."""
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        place = chance.randrange(len(damaged) - 8)
        match chance.randrange(4):
            case 0:
                damaged[place] = chance.randrange(256)
            case 1:
                del damaged[place : place + chance.randrange(1, 8)]
            case 2:
                damaged[place:place] = chance.randbytes(4)
            case _:
                damaged[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(damaged)


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian", "deflated"])
def test_damaged_objects_raise_our_errors_only_and_show_nobody(made, syntax):
    chance = random.Random(20240229)
    for reader, dataset in _readers_and_files(made):
        content = made.as_bytes(dataset, syntax)
        for _ in range(60):
            told = _told(reader, _damaged(content, chance))
            assert not any(secret in told for secret in made.SECRETS)


def _told(reader, content: bytes) -> str:
    try:
        reader(content)
    except DicomIoError as error:
        return str(error)
    return ""


def test_damaged_folders_show_nobody_in_findings_labels_and_text(made, tmp_path):
    chance = random.Random(4711)
    contents = [made.as_bytes(dataset) for _, dataset in _readers_and_files(made)]
    for _ in range(60):
        for place, content in enumerate(contents):
            (tmp_path / f"file{place}").write_bytes(_damaged(content, chance))
        told = _told_by_folder(tmp_path)
        assert not any(secret in told for secret in made.SECRETS)


def _told_by_folder(folder) -> str:
    try:
        study = load_study(folder)
        told = repr(study)
        chosen = study.select()
    except DicomIoError as error:
        return str(error)
    return told + str(chosen.findings) + chosen.label


def test_a_uid_that_is_none_is_not_shown_yet_can_be_compared(made):
    sound, word, odd, again = (
        made.filled(FrameOfReferenceUID=value) for value in ("1.2.3", "UNKNOWN", "Zz^1948", "Zz^1948")
    )
    assert uid(sound, "FrameOfReferenceUID") == "1.2.3"
    assert uid(word, "FrameOfReferenceUID") == ""
    assert uid(odd, "FrameOfReferenceUID") == uid(again, "FrameOfReferenceUID") != ""
    assert "1948" not in uid(odd, "FrameOfReferenceUID")


def test_codes_and_dates_that_are_none_are_not_shown(made):
    odd = made.filled(Modality="Zzsurname^Zzgiven", StudyDate="UNKNOWN", SeriesDate="20240229")
    assert code(odd, "Modality") == "UNREADABLE"
    assert date(odd, "StudyDate", "SeriesDate") == "20240229"


@pytest.mark.parametrize("said", ["9" * 300, "9" * 5000, "99999999999", "-99999999999"])
def test_a_whole_number_beyond_32_bits_is_refused(said: str) -> None:
    dataset = Dataset()
    dataset.add(
        RawDataElement(Tag("NumberOfFractionsPlanned"), "IS", len(said), said.encode(), 0, False, True)
    )
    with pytest.raises(DicomValueError, match="NumberOfFractionsPlanned"):
        integer(dataset, "NumberOfFractionsPlanned")
