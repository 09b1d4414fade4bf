"""RT Dose: encodings, geometry, scaling and refusals."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from pydicom import config
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless

from dicom_io import (
    ContradictionError,
    DicomReadError,
    DicomValueError,
    GridGeometry,
    MissingObjectError,
    read_dose,
    read_dose_geometry,
    read_dose_header,
)


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian", "deflated"])
@pytest.mark.parametrize("bits", [16, 32])
def test_every_encoding_gives_the_same_dose(made, syntax, bits):
    stored = np.arange(24).reshape(2, 3, 4) * 1000
    read = read_dose(made.as_bytes(made.dose(stored, bits=bits, scaling=0.002), syntax))
    assert read.dose_gy.dtype == np.float32
    np.testing.assert_allclose(read.dose_gy, stored * 0.002, rtol=1e-6)


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian"])
def test_a_file_without_preamble_and_meta_information_is_read(made, syntax):
    read = read_dose(made.as_bytes(made.dose(), syntax, bare=True))
    np.testing.assert_allclose(read.dose_gy, np.arange(24).reshape(2, 3, 4) * 0.01, rtol=1e-6)


def test_run_length_compressed_pixels_are_decoded(made):
    dataset = made.dose(bits=16)
    made.as_bytes(dataset)
    dataset.compress(RLELossless, generate_instance_uid=False)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    read = read_dose(buffer.getvalue())
    np.testing.assert_allclose(read.dose_gy, np.arange(24).reshape(2, 3, 4) * 0.01, rtol=1e-6)


def test_compression_without_a_decoder_is_named(made):
    dataset = made.dose()
    made.as_bytes(dataset)
    dataset.PixelData = encapsulate([b"no such stream!!"] * 2)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    with pytest.raises(DicomReadError, match=r"JPEG 2000.* cannot be decoded"):
        read_dose(buffer.getvalue())


def test_big_endian_and_run_length_files_of_another_writer_agree_with_little_endian(shared_data):
    folder = shared_data / "dicom" / "small_objects"
    little, big, packed = (
        read_dose(folder / f"pydicom_rtdose{kind}.dcm", normalisation_dose_gy=1.0)
        for kind in ("", "_expb", "_rle")
    )
    assert float(little.dose_gy.max()) > 0
    np.testing.assert_array_equal(little.dose_gy, big.dose_gy)
    np.testing.assert_array_equal(little.dose_gy, packed.dose_gy)


@pytest.mark.parametrize("position", ["HFS", "HFP", "HFDL", "HFDR", "FFS", "FFP", "FFDL", "FFDR"])
def test_axes_of_all_patient_positions_are_those_published_with_the_headers(shared_data, position):
    folder = shared_data / "dicom" / "orientation_rtdose_headers"
    expected = json.loads((folder / "expected_dicom_xyz.json").read_text())[position]
    geometry = read_dose_geometry(folder / f"RD.DICOMORIENT.Dose_{position}_empty.dcm")
    found = _coordinates_along_grid_directions(geometry)
    for patient_axis, wanted in enumerate(expected):
        np.testing.assert_allclose(found[patient_axis], np.sort(wanted), atol=1e-3)


def _coordinates_along_grid_directions(geometry: GridGeometry) -> dict[int, np.ndarray]:
    """For patient x, y and z the coordinates of the voxels along the grid direction that runs that way.

    The published lists are such: of a grid that runs towards -x they hold -x. This tells the direction too.
    """
    found = {}
    for axis, count in enumerate(geometry.shape):
        index = np.zeros((count, 3))
        index[:, axis] = np.arange(count)
        direction = geometry.axes[axis]
        found[int(np.argmax(np.abs(direction)))] = geometry.to_patient(index) @ direction
    return found


def test_a_header_without_voxels_says_so(shared_data):
    folder = shared_data / "dicom" / "orientation_rtdose_headers"
    with pytest.raises(MissingObjectError, match="no pixel data"):
        read_dose(folder / "RD.DICOMORIENT.Dose_HFS_empty.dcm")


def test_an_oblique_grid_keeps_its_directions(made):
    along_row, along_column = [0.8, 0.6, 0.0], [-0.6, 0.8, 0.0]
    geometry = read_dose_geometry(
        made.as_bytes(made.dose(ImageOrientationPatient=[*along_row, *along_column]))
    )
    np.testing.assert_allclose(geometry.to_patient([0, 0, 2]), [-10 + 6 * 0.8, -20 + 6 * 0.6, 30])
    np.testing.assert_allclose(geometry.to_patient([0, 2, 0]), [-10 - 4 * 0.6, -20 + 4 * 0.8, 30])


def test_a_single_frame_needs_no_offsets(made):
    single = made.dose(np.ones((1, 3, 4)), NumberOfFrames=None, GridFrameOffsetVector=None, SliceThickness=5)
    read = read_dose(made.as_bytes(single))
    assert read.geometry.shape == (1, 3, 4)
    assert read.geometry.slice_thickness == 5


def test_a_slice_thickness_of_zero_is_unknown(made):
    assert read_dose_geometry(made.as_bytes(made.dose(SliceThickness=0))).slice_thickness is None


def test_header_tells_plan_beams_and_groups(made):
    header = read_dose_header(
        made.as_bytes(made.dose(beams=(1, 3), fraction_group=2, DoseSummationType="BEAM"))
    )
    assert header.plan_uids == (made.PLAN,)
    assert header.fraction_groups == (2,)
    assert header.beam_numbers == (1, 3)
    assert header.summation_type == "BEAM"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"DoseGridScaling": None}, MissingObjectError, "DoseGridScaling"),
        ({"DoseGridScaling": 0}, DicomValueError, "positive"),
        ({"DoseGridScaling": -0.5}, DicomValueError, "positive"),
        ({"DoseGridScaling": 1e12}, DicomValueError, "at most 1e\\+06 Gy is possible"),
        ({"DoseGridScaling": 1e-15}, DicomValueError, "is DoseGridScaling wrong"),
        ({"DoseUnits": "CGY"}, DicomValueError, "CGY"),
        ({"DoseUnits": None}, DicomValueError, "not given"),
        ({"DoseType": None}, DicomValueError, "not given"),
        ({"DoseType": "ERROR"}, DicomValueError, "ERROR"),
        ({"BitsAllocated": 8}, DicomValueError, "16 or 32"),
        ({"BitsStored": 12}, DicomValueError, "must agree"),
        ({"SamplesPerPixel": 3}, DicomValueError, "one sample"),
        ({"PixelData": None}, MissingObjectError, "no pixel data"),
        ({"PixelData": bytes(10)}, DicomReadError, "cut short"),
        ({"PixelData": bytes(200)}, DicomReadError, "inconsistent"),
        ({"Rows": 60000, "Columns": 60000}, DicomReadError, "declares"),
        ({"Rows": None}, MissingObjectError, "Rows"),
        ({"NumberOfFrames": 0, "GridFrameOffsetVector": None}, DicomValueError, "at least 1"),
        ({"PixelSpacing": None}, MissingObjectError, "PixelSpacing"),
        ({"PixelSpacing": [1, 2, 3]}, DicomValueError, "PixelSpacing"),
        ({"PixelSpacing": [0, 2]}, DicomValueError, "row_spacing"),
        ({"PixelSpacing": [2, 1e-300]}, DicomValueError, "column_spacing"),
        ({"ImagePositionPatient": None}, MissingObjectError, "ImagePositionPatient"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, DicomValueError, "right angles"),
        ({"GridFrameOffsetVector": [0, 1, 2]}, ContradictionError, "3 entries for 2 frames"),
        ({"GridFrameOffsetVector": [0, 0]}, ContradictionError, "same place"),
        ({"GridFrameOffsetVector": [0, 1e-9]}, DicomValueError, "less than 0.001 mm apart"),
        ({"GridFrameOffsetVector": None}, ContradictionError, "0 entries for 2 frames"),
        ({"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, DicomReadError, "not an RT Dose"),
    ],
)
def test_what_makes_no_sound_dose_is_refused_by_name(made, changes, error, message):
    with pytest.raises(error, match=message):
        read_dose(made.as_bytes(made.dose(**changes)))


def test_negative_dose_is_refused(made):
    signed = made.dose(PixelRepresentation=1, PixelData=np.full(24, -3, dtype="<i4").tobytes())
    with pytest.raises(DicomValueError, match="negative"):
        read_dose(made.as_bytes(signed))


def test_zero_everywhere_is_read_and_said(made):
    read = read_dose(made.as_bytes(made.dose(np.zeros((2, 3, 4)))))
    assert "0 Gy everywhere" in " ".join(read.findings)


def test_stored_histograms_are_not_used_and_said(made):
    dataset = made.dose(DVHSequence=[made.filled(DVHType="CUMULATIVE")])
    assert "1 stored DVHs" in " ".join(read_dose(made.as_bytes(dataset)).findings)


def test_scaling_is_applied_in_double_precision(made):
    stored = np.full((1, 1, 2), 2**31 + 1, dtype=np.uint32)
    scaling = 3.0000001e-8
    read = read_dose(made.as_bytes(made.dose(stored, scaling=scaling)))
    assert read.dose_gy[0, 0, 0] == np.float32((2**31 + 1) * scaling)


@pytest.mark.parametrize("content", [b"", b"short", b"a text file that is long enough to be looked at " * 9])
def test_what_is_no_dicom_is_refused(content):
    with pytest.raises(DicomReadError, match="not a DICOM file"):
        read_dose(content)


def test_every_truncation_is_an_error_of_ours(made):
    whole = made.as_bytes(made.dose())
    for length in range(0, len(whole), 7):
        with pytest.raises((DicomReadError, MissingObjectError, DicomValueError, ContradictionError)):
            read_dose(whole[:length])


def test_a_missing_file_is_an_error_without_its_path(tmp_path):
    with pytest.raises(DicomReadError, match="cannot be read") as caught:
        read_dose(tmp_path / "Zzsurname.dcm")
    assert "Zzsurname" not in str(caught.value)


def test_reading_leaves_pydicom_as_it_was(made):
    before = config.settings.reading_validation_mode
    read_dose(made.as_bytes(made.dose(FrameOfReferenceUID="UNKNOWN")))
    assert config.settings.reading_validation_mode == before
