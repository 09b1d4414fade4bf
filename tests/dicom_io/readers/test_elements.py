"""Sequence items walked in bytes: the same as a full parser gives, or handed to it, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import DicomReadError, read_structure_set
from dicom_io.readers.elements import item_elements

TYPE = 0x30060042
ITEM = b"\xfe\xff\x00\xe0"
IMPLICIT = b"\x06\x30\x42\x00" + b"\x06\x00\x00\x00" + b"POINT "


def walked(blob, *, implicit=True):
    """The walk of a little-endian sequence for its contour types."""
    return item_elements(blob, frozenset({TYPE}), implicit=implicit, little=True)


def length(number):
    """A length of four bytes."""
    return number.to_bytes(4, "little")


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian"])
@pytest.mark.parametrize("undefined", ["nothing", "sequence", "items", "image sequence"])
def test_defined_and_undefined_lengths_give_the_same_contours(made, syntax, undefined):
    image = made.filled(ReferencedSOPInstanceUID="1.2.3")
    dataset = made.structure_set()
    contours = dataset.ROIContourSequence[0].ContourSequence
    for contour in contours:
        contour.ContourImageSequence = [image]
        contour["ContourImageSequence"].is_undefined_length = undefined == "image sequence"
        contour.is_undefined_length_sequence_item = undefined == "items"
    dataset.ROIContourSequence[0]["ContourSequence"].is_undefined_length = undefined == "sequence"
    (cord,) = read_structure_set(made.as_bytes(dataset, syntax)).structures
    for contour, z in zip(cord.contours, (0, 2.5, 5), strict=True):
        np.testing.assert_array_equal(contour.points, made.square(z))
        assert contour.geometric_type == "CLOSED_PLANAR"


def test_wanted_elements_are_returned_item_by_item():
    other = b"\x06\x30\x46\x00" + length(2) + b"1 "
    blob = ITEM + length(len(IMPLICIT)) + IMPLICIT + ITEM + length(len(other)) + other + ITEM + length(0)
    assert walked(blob) == [{TYPE: b"POINT "}, {}, {}]
    assert walked(b"") == []


@pytest.mark.parametrize(
    "blob",
    [
        ITEM + length(0xFFFFFFFF) + IMPLICIT,
        ITEM + length(8) + b"\x06\x30\x16\x00" + length(0xFFFFFFFF),
    ],
)
def test_undefined_lengths_take_a_full_parser(blob):
    assert walked(blob) is None


def test_implicit_elements_in_an_explicit_file_take_a_full_parser():
    assert walked(ITEM + length(len(IMPLICIT)) + IMPLICIT, implicit=False) is None


@pytest.mark.parametrize(
    "blob",
    [
        ITEM,
        ITEM + length(99) + IMPLICIT,
        b"\x06\x30\x42\x00" + length(0),
        ITEM + length(4) + IMPLICIT[:4],
        ITEM + length(10) + IMPLICIT[:10],
    ],
)
@pytest.mark.parametrize("implicit", [True, False])
def test_what_reaches_beyond_its_container_is_refused(blob, implicit):
    explicit = blob.replace(b"\x42\x00\x06\x00\x00\x00", b"\x42\x00CS\x06\x00")
    with pytest.raises(DicomReadError):
        walked(blob if implicit else explicit, implicit=implicit)


def test_a_long_form_cut_in_its_length_is_refused():
    with pytest.raises(DicomReadError, match="cut short"):
        walked(ITEM + length(10) + b"\x06\x30\x50\x00UN\x00\x00\x01\x00", implicit=False)
