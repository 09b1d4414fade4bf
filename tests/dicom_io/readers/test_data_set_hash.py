"""One data set has one hash, however it was sent; another value makes another."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)
from synthetic import dicom_objects as made

from dicom_io.phantom import write_phantom
from dicom_io.readers import data_set_sha256, read_dose, read_plan, read_structure_set

SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)


def sent(content: bytes, syntax: UID, *, by: str = "ANOTHER NODE") -> bytes:
    """Return an object as another node stores what it received in another transfer syntax."""
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.SourceApplicationEntityTitle = by
    dataset.file_meta.ImplementationVersionName = "OTHER"
    file = io.BytesIO()
    pydicom.dcmwrite(
        file,
        dataset,
        implicit_vr=None if syntax == DeflatedExplicitVRLittleEndian else syntax.is_implicit_VR,
        little_endian=None if syntax == DeflatedExplicitVRLittleEndian else syntax.is_little_endian,
        force_encoding=syntax != DeflatedExplicitVRLittleEndian,
    )
    return file.getvalue()


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Plan, structures and dose of a phantom, and its registration."""
    folder = tmp_path_factory.mktemp("phantom") / "patient"
    write_phantom("pelvis-two-courses", folder)
    found = {path.name: path.read_bytes() for path in (folder / "second-course").iterdir()}
    kept = {name: content for name, content in found.items() if name.startswith("RT")}
    return kept | {"REG": (folder / "registration.dcm").read_bytes()}


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_another_file_meta_and_another_transfer_syntax_are_the_same_data_set(
    objects: dict[str, bytes], syntax: UID
) -> None:
    assert len(objects) == 4
    for name, content in objects.items():
        again = sent(content, syntax)
        assert again != content, name
        assert data_set_sha256(again) == data_set_sha256(content) != "", name


def test_the_same_object_of_another_program_in_both_byte_orders_and_compressed(shared_data: Path) -> None:
    """Files of pydicom's own test set: one dose in little endian, big endian and RLE."""
    folder = shared_data / "dicom" / "small_objects"
    for frames in ("", "_1frame"):
        little, big, packed = (
            data_set_sha256((folder / f"pydicom_rtdose{kind}{frames}.dcm").read_bytes())
            for kind in ("", "_expb", "_rle")
        )
        assert little == big == packed != ""


def test_undefined_lengths_and_group_lengths_change_nothing() -> None:
    plan = made.plan(prescription=30.0, groups={1: (5, (1, 2))})
    plain = made.as_bytes(plan)
    for item in plan.FractionGroupSequence:
        item.is_undefined_length_sequence_item = True
    plan["FractionGroupSequence"].is_undefined_length = True
    plan.add_new(0x00100000, "UL", 4711)
    assert made.as_bytes(plan) != plain
    assert data_set_sha256(made.as_bytes(plan)) == data_set_sha256(plain) != ""


def test_compressed_pixels_are_those_that_they_decode_to() -> None:
    dose = made.dose(np.arange(60, dtype=np.int64).reshape(3, 4, 5), scaling=0.01, bits=16)
    plain = made.as_bytes(dose)
    packed = pydicom.dcmread(io.BytesIO(plain))
    packed.compress(RLELossless, generate_instance_uid=False)
    file = io.BytesIO()
    packed.save_as(file)
    assert len(file.getvalue()) != len(plain)
    assert data_set_sha256(file.getvalue()) == data_set_sha256(plain) != ""


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("RTPlanLabel", "OTHER"),
        ("PatientID", "OTHER"),
        ("SOPInstanceUID", "1.2.9"),
        ("RTPlanDate", "20200102"),
    ],
)
def test_another_value_is_another_data_set(keyword: str, value: str) -> None:
    plan = made.plan(prescription=30.0, groups={1: (5, (1, 2))})
    before = data_set_sha256(made.as_bytes(plan))
    setattr(plan, keyword, value)
    assert data_set_sha256(made.as_bytes(plan)) != before


def test_a_moved_point_of_a_contour_is_another_data_set() -> None:
    def drawn(x: float) -> bytes:
        square = [[x, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 0.0], [0.0, 10.0, 0.0]]
        return made.as_bytes(made.structure_set([made.roi(1, "Rectum", [square])]))

    assert data_set_sha256(drawn(0.0)) == data_set_sha256(drawn(0.0))
    assert data_set_sha256(drawn(0.0)) != data_set_sha256(drawn(0.1))


def test_a_value_does_not_pass_for_another_element() -> None:
    """Values stand with their tag and length: text that moves from one element to the next is a change."""
    one, other = Dataset(), Dataset()
    one.StudyDescription, one.SeriesDescription = "AB", "C"
    other.StudyDescription, other.SeriesDescription = "A", "BC"
    assert data_set_sha256(made.as_bytes(one)) != data_set_sha256(made.as_bytes(other))


def test_a_damaged_file_has_none(objects: dict[str, bytes]) -> None:
    content = objects["RTPLAN.dcm"]
    assert data_set_sha256(content[: len(content) // 2]) == ""
    assert data_set_sha256(b"") == data_set_sha256(b"")


def test_objects_carry_it_as_it_is(objects: dict[str, bytes]) -> None:
    readers = {"RTPLAN.dcm": read_plan, "RTSTRUCT.dcm": read_structure_set}
    for name, reader in readers.items():
        assert reader(objects[name]).source_data_set_sha256 == data_set_sha256(objects[name])
    dose = read_dose(objects["RTDOSE.dcm"])
    assert dose.source_data_set_sha256 == (data_set_sha256(objects["RTDOSE.dcm"]),)
