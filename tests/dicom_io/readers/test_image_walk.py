"""An image's header is walked only where the full parser would say the same."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicom_io.readers import IMAGE, reading, text, walked_header
from dicom_io.study import index


def image(syntax: str = ExplicitVRLittleEndian, **changes: object) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, "1.2.3"
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = CTImageStorage, "1.2.3", "CT"
    dataset.PatientID, dataset.PatientBirthDate, dataset.PatientSex = "A 17", "", "F"
    dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = "1.2.4", "1.2.5"
    dataset.SeriesDate, dataset.PatientPosition, dataset.SliceThickness = "20240102", "HFS", "3"
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 3.5], [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.Rows, dataset.Columns = [1.5, 1.5], 200, 512
    inner = Dataset()
    inner.ReferencedSOPInstanceUID = "1.2.9"
    outer = Dataset()
    outer.PurposeOfReferenceCodeSequence = Sequence([inner])
    dataset.SourceImageSequence = Sequence([outer])
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    for item in (*dataset.SourceImageSequence, dataset):
        for element in item:
            if element.VR == "SQ":
                element.is_undefined_length = True
    dataset.PixelData = bytes(64)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


PLAIN, IMPLICIT = image(), image(ImplicitVRLittleEndian)


def walked(content: bytes) -> Dataset | None:
    return walked_header(content, index._WANTED, IMAGE.keys())


def parsed(content: bytes) -> Dataset:
    return dcmread(BytesIO(content), stop_before_pixels=True, force=True, specific_tags=list(index._HEADER))


def raw(dataset: Dataset) -> dict[int, tuple[object, ...]]:
    found = {}
    for tag, element in dataset.items():
        if isinstance(element, RawDataElement) and tag != 0x00080005:
            found[int(tag)] = (element.VR, element.value, element.is_implicit_VR)
    return found


@pytest.mark.parametrize("content", [PLAIN, IMPLICIT])
def test_a_plain_image_is_walked_and_says_what_the_full_parser_says(content: bytes) -> None:
    found = walked(content)
    assert found is not None
    assert raw(found) == {tag: value for tag, value in raw(parsed(content)).items() if tag in index._WANTED}
    assert (found.Rows, found.Columns, found.PatientID) == (200, 512, "A 17")


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace(b"1.2.840.10008.1.2.1\x00", b"1.2.840.10008.1.2.2\x00"),
        image(PatientID="M\xfcller"),
        image(SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3"),
        PLAIN[:600],
        PLAIN[132:],
        b"",
    ],
)
def test_what_is_odd_is_left_to_the_full_parser(content: bytes) -> None:
    assert walked(content) is None


@settings(max_examples=400)
@given(
    st.sampled_from([PLAIN, IMPLICIT]),
    st.lists(st.tuples(st.integers(128, len(PLAIN) - 70), st.integers(0, 255)), max_size=3),
    st.one_of(st.none(), st.integers(140, len(PLAIN))),
)
@example(PLAIN, [], None)
def test_damage_never_changes_what_is_said(
    content: bytes, changes: list[tuple[int, int]], end: int | None
) -> None:
    """Where a damaged file is walked, the full parser reads the same elements from it."""
    damaged = bytearray(content)
    for place, value in changes:
        damaged[min(place, len(damaged) - 1)] = value
    given_bytes = bytes(damaged[:end])
    found = walked(given_bytes)
    if found is None:
        return
    with reading("file"):
        full = parsed(given_bytes)
        wanted = {tag: value for tag, value in raw(full).items() if tag in index._WANTED}
        assert raw(found) == wanted
        for keyword in ("PatientID", "SeriesDate", "Modality"):
            assert text(found, keyword) == text(full, keyword)


@given(
    st.sampled_from(["PatientID", "SeriesDate", "PatientSex", "SOPInstanceUID", "StructureSetLabel"]),
    st.text(alphabet="09AZaz .:_-\x00\\=^", max_size=20),
)
def test_plain_text_is_what_pydicom_makes_of_it(keyword: str, value: str) -> None:
    """Text read as it stands in the file is that of the full conversion."""
    tag = Tag(keyword)
    element = RawDataElement(
        tag, dictionary_VR(tag), len(value), value.encode(), 0, is_implicit_VR=False, is_little_endian=True
    )
    with reading("value"):
        converted = Dataset({tag: element})
        converted[tag]
        assert text(Dataset({tag: element}), keyword) == text(converted, keyword)
