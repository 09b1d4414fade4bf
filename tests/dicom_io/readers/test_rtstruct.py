"""RT Structure Set: contours as drawn, odd exports, refusals that say where."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dicom_io import ContradictionError, DicomReadError, MissingObjectError, read_structure_set
from dicom_io.contours import SlabStack


def _with_contour_text(made, *texts: bytes):
    """A structure set whose contours hold these bytes, whatever they are."""
    dataset = made.structure_set([made.roi(7, "cord", [made.square(float(z)) for z in range(len(texts))])])
    for item, content in zip(dataset.ROIContourSequence[0].ContourSequence, texts, strict=True):
        tag = Tag("ContourData")
        padded = content + b" " * (len(content) % 2)
        item._dict[tag] = RawDataElement(tag, "DS", len(padded), padded, 0, False, True)
    return dataset


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian", "deflated"])
def test_contours_come_back_as_drawn(made, syntax):
    read = read_structure_set(made.as_bytes(made.structure_set(), syntax))
    (cord,) = read.structures
    assert (cord.number, cord.name, cord.interpreted_type) == (1, "cord", "ORGAN")
    assert cord.frame_of_reference_uid == read.frame_of_reference_uid == made.FRAME
    assert [contour.geometric_type for contour in cord.contours] == ["CLOSED_PLANAR"] * 3
    np.testing.assert_array_equal(cord.contours[1].points, made.square(2.5))


def test_a_data_set_in_memory_reads_like_its_file(made):
    from_memory = read_structure_set(made.structure_set()).structures[0]
    np.testing.assert_array_equal(from_memory.contours[2].points, made.square(5))


@pytest.mark.parametrize(
    "content",
    [
        rb"0\0\1\5\0\1\5\5\1",
        rb" 0 \ 0\1\5\0\1\5\5\1 ",
        b"0\\0\\1\\5\\0\\1\\5\\5\\1\x00",
        rb"0.0\0.\1E0\+5\-0\.1e1\5.000000\5\1",
    ],
)
def test_every_way_to_write_a_decimal_string_is_read(made, content):
    read = read_structure_set(made.as_bytes(_with_contour_text(made, content)))
    np.testing.assert_array_equal(read.structures[0].contours[0].points, [[0, 0, 1], [5, 0, 1], [5, 5, 1]])


@pytest.mark.parametrize(
    "content",
    [
        rb"0\0\1\5\x\1",
        rb"0\0\1\\0\1",
        rb"0\0\1\5 5\0\1",
        rb"0\0\nan\5\0\1",
        rb"0\0\1\1_0\0\1",
        b"0,0,1,5,0,1",
        rb"0\0\1\5\0\1e999",
    ],
)
def test_coordinates_that_are_no_numbers_are_named_by_structure_and_contour(made, content):
    good = rb"0\0\0\5\0\0\5\5\0"
    read = read_structure_set(made.as_bytes(_with_contour_text(made, good, content)))
    assert "structure 7, contour 2" in read.structures[0].unread
    assert "structure 7, contour 2" in " ".join(read.findings)


def test_half_a_point_is_named_by_structure_and_contour(made):
    read = read_structure_set(made.as_bytes(_with_contour_text(made, rb"0\0\0\5\0\0\5\5")))
    assert "structure 7, contour 1: 8 coordinates" in read.structures[0].unread


def test_a_bad_contour_refuses_only_its_structure(made):
    """A trailing backslash in one structure: it has the reason, the other is read, neither is empty."""
    dataset = made.structure_set(
        [made.roi(1, "bad", [made.square(0)]), made.roi(2, "good", [made.square(0)])]
    )
    contour = dataset.ROIContourSequence[0].ContourSequence[0]
    coordinates = "\\".join(str(value) for value in contour.ContourData) + "\\"
    contour.add_new(0x30060050, "UT", coordinates)
    read = read_structure_set(made.as_bytes(dataset))
    bad, good = read.structures
    assert (bad.contours, len(good.contours)) == ((), 1)
    assert bad.is_drawn
    assert "13 coordinates are not whole points" in (SlabStack.of(bad).reason or "")
    assert "without contours" not in " ".join(read.findings)


def test_observations_and_contours_of_no_structure_are_said_and_the_others_read(made):
    rois = [made.roi(1, "cord", [made.square(0)]), made.roi(2, "x", [made.square(0)])]
    dataset = made.structure_set(rois)
    dataset.RTROIObservationsSequence = [Dataset()]
    del dataset.ROIContourSequence[1].ReferencedROINumber
    read = read_structure_set(made.as_bytes(dataset))
    assert [len(structure.contours) for structure in read.structures] == [1, 0]
    assert "1 observation of no structure" in " ".join(read.findings)
    assert "contours of 1 structure are left out: they do not say whose" in " ".join(read.findings)


@pytest.mark.parametrize("syntax", ["implicit", "explicit"])
def test_a_contour_keeps_the_one_image_that_it_names(made, syntax):
    dataset = made.structure_set([made.roi(1, "cord", [made.square(0), made.square(3), made.square(6)])])
    named, several, _ = dataset.ROIContourSequence[0].ContourSequence
    named.ContourImageSequence = [Dataset()]
    named.ContourImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    several.ContourImageSequence = [Dataset(), Dataset()]
    read = read_structure_set(made.as_bytes(dataset, syntax=syntax))
    assert [contour.image_uid for contour in read.structures[0].contours] == ["1.2.3", "", ""]


def test_a_contour_without_points_is_left_out_and_said(made):
    read = read_structure_set(made.as_bytes(_with_contour_text(made, b"", rb"0\0\0\5\0\0\5\5\0")))
    assert len(read.structures[0].contours) == 1
    assert "structure 7: 1 contours without points" in " ".join(read.findings)


def test_a_closing_point_that_repeats_the_first_is_dropped(made):
    closed = [*made.square(1.0), made.square(1.0)[0]]
    read = read_structure_set(made.as_bytes(made.structure_set([made.roi(1, "cord", [closed])])))
    assert len(read.structures[0].contours[0].points) == 4


@pytest.mark.parametrize("kind", ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", "CLOSEDPLANAR_XOR"])
def test_every_kind_of_contour_is_kept_with_its_kind(made, kind):
    read = read_structure_set(made.as_bytes(made.structure_set([made.roi(1, "x", [[[1, 2, 3]]], kind=kind)])))
    assert read.structures[0].contours[0].geometric_type == kind


def test_structures_without_contours_and_with_number_zero_are_kept(made):
    rois = [made.roi(0, "prostate", [made.square(0)]), made.roi(5, "later", [])]
    read = read_structure_set(made.as_bytes(made.structure_set(rois)))
    assert [structure.number for structure in read.structures] == [0, 5]
    assert read.structures[1].contours == ()
    assert "without contours: number 5" in " ".join(read.findings)


def test_names_used_twice_are_said_and_numbers_used_twice_refused(made):
    twice = [made.roi(1, "cord", [made.square(0)]), made.roi(2, "cord", [made.square(1)])]
    read = read_structure_set(made.as_bytes(made.structure_set(twice)))
    assert "used more than once: 'cord'" in " ".join(read.findings)
    same = [made.roi(1, "cord", [made.square(0)]), made.roi(1, "bladder", [made.square(1)])]
    with pytest.raises(ContradictionError, match="number 1 is given to 2 structures"):
        read_structure_set(made.as_bytes(made.structure_set(same)))


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Rückenmark é"),
        ("ISO_IR 192", "直腸 Rückenmark"),
        ("ISO_IR 144", "Спинной мозг"),
        ("ISO_IR 13", "ｾｷｽﾞｲ"),
        ("GB18030", "脊髓"),
        (["", "ISO 2022 IR 87"], "脊髄"),
        ("ISO_IR 126", "νωτιαίος"),
    ],
)
def test_names_in_any_character_set(made, charset, name):
    dataset = made.structure_set([made.roi(1, name, [made.square(0)])], SpecificCharacterSet=charset)
    assert read_structure_set(made.as_bytes(dataset)).names == (name,)


def test_an_unknown_character_set_is_no_reason_to_fail(made):
    content = made.as_bytes(made.structure_set(SpecificCharacterSet="ISO_IR 100"))
    read = read_structure_set(content.replace(b"ISO_IR 100", b"ISO_IR 999"))
    assert read.names == ("cord",)


def test_two_frames_of_reference_are_told_apart(made):
    rois = [made.roi(1, "cord", [made.square(0)]), made.roi(2, "rectum", [made.square(0)], frame="1.2.3")]
    read = read_structure_set(made.as_bytes(made.structure_set(rois)))
    assert read.frame_of_reference_uid == ""
    assert [structure.frame_of_reference_uid for structure in read.structures] == [made.FRAME, "1.2.3"]
    assert "2 different frames of reference" in " ".join(read.findings)


def test_the_frame_of_reference_of_the_set_stands_in_for_missing_ones(made):
    referenced = made.filled(FrameOfReferenceUID=made.FRAME)
    rois = [made.roi(1, "cord", [made.square(0)], frame=None)]
    dataset = made.structure_set(rois, ReferencedFrameOfReferenceSequence=[referenced])
    assert read_structure_set(made.as_bytes(dataset)).structures[0].frame_of_reference_uid == made.FRAME


def test_contours_of_an_unlisted_structure_are_left_out_and_said(made):
    dataset = made.structure_set([made.roi(1, "cord", [made.square(0)]), made.roi(2, "x", [made.square(0)])])
    del dataset.StructureSetROISequence[1]
    assert "does not list are left out: number 2" in " ".join(
        read_structure_set(made.as_bytes(dataset)).findings
    )


def test_a_structure_without_number_is_left_out_and_named(made):
    dataset = made.structure_set()
    name, others = dataset.StructureSetROISequence[0].ROIName, len(dataset.StructureSetROISequence) - 1
    del dataset.StructureSetROISequence[0].ROINumber
    read = read_structure_set(made.as_bytes(dataset))
    assert len(read.structures) == others
    assert f"without a number are left out, whose contours they have cannot be told: '{name}'" in " ".join(
        read.findings
    )


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian"])
def test_a_contour_too_long_for_its_length_field_is_read(made, syntax):
    """More than 65534 bytes do not fit a decimal string of explicit VR; writers mark them as unknown."""
    angle = np.linspace(0, 2 * np.pi, 6000, endpoint=False)
    circle = np.round(np.stack([50 * np.cos(angle), 50 * np.sin(angle), np.full(6000, 2.5)], axis=1), 4)
    read = read_structure_set(made.as_bytes(made.structure_set([made.roi(1, "body", [circle])]), syntax))
    np.testing.assert_array_equal(read.structures[0].contours[0].points, circle)


def test_a_point_count_that_lies_is_said(made):
    dataset = made.structure_set()
    dataset.ROIContourSequence[0].ContourSequence[0].NumberOfContourPoints = 9
    assert "stated number of points" in " ".join(read_structure_set(made.as_bytes(dataset)).findings)


def test_every_truncation_is_an_error_of_ours_or_names_what_is_lost(made):
    whole = made.as_bytes(made.structure_set())
    for length in range(0, len(whole) - 1, 5):
        try:
            read = read_structure_set(whole[:length])
        except (DicomReadError, MissingObjectError):
            continue
        # Cut between two elements of the top level: nothing tells, but what is lost is missing visibly.
        assert not read.structures or not all(s.contours and s.interpreted_type for s in read.structures)
