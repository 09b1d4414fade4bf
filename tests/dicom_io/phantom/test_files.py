"""The synthetic patients as files: valid, linked, the same every time, and read back as the formula."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from scipy.interpolate import RegularGridInterpolator

from dicom_io import GridField, compute_dvh, load_study, read_dose
from dicom_io.errors import DicomIoError, DicomValueError
from dicom_io.phantom import build_case, known_organs, write_phantom
from dicom_io.phantom.write import case_objects
from dicom_io.writers import encoded

ONE_OF_EACH = (
    "pelvis-two-courses",
    "pelvis-two-courses-tilted",
    "spine-sabr-2mm",
    "spine-sabr-2mm-ffs",
    "spine-sabr-2mm-hfdr",
    "spine-sabr-5mm-across",
    "sphere",
    "cone-lying",
)
COURSES = [(name, course.label) for name in ONE_OF_EACH for course in build_case(name).courses]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("phantoms")
    for name in ONE_OF_EACH:
        write_phantom(name, base / name)
    return base


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("name", ["pelvis-two-courses", "spine-sabr-2mm-hfdr", "sphere"])
def test_writing_twice_gives_the_same_bytes(name: str, written: Path, tmp_path: Path) -> None:
    write_phantom(name, tmp_path / "again")
    assert digest(tmp_path / "again") == digest(written / name)


def test_the_pelvis_is_laid_out_as_two_folders_and_a_registration(written: Path) -> None:
    files = set(digest(written / "pelvis-two-courses"))
    assert "registration.dcm" in files
    for course in ("first-course", "second-course"):
        assert {f"{course}/{kind}.dcm" for kind in ("RTSTRUCT", "RTPLAN", "RTDOSE", "CT.001")} <= files
    assert sum((written / "pelvis-two-courses" / name).stat().st_size for name in files) < 15e6


def test_cases_that_are_alike_share_no_uid() -> None:
    alike = ("spine-sabr-2mm", "spine-sabr-2mm-ffs", "sphere", "sphere-x")
    uids = [o.SOPInstanceUID for name in alike for o in case_objects(build_case(name)).values()]
    assert len(uids) == len(set(uids))


@pytest.mark.parametrize(("name", "label"), COURSES)
def test_objects_refer_to_each_other_and_share_one_frame_of_reference(
    name: str, label: str, written: Path
) -> None:
    folder = written / name / label
    plan, structures, dose = (
        pydicom.dcmread(folder / f"{kind}.dcm") for kind in ("RTPLAN", "RTSTRUCT", "RTDOSE")
    )
    images = [pydicom.dcmread(path, stop_before_pixels=True) for path in sorted(folder.glob("CT.*.dcm"))]
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    frames = {o.FrameOfReferenceUID for o in (plan, structures, dose, *images)}
    assert len(frames) == 1
    assert {o.StudyInstanceUID for o in (plan, structures, dose, *images)} == {plan.StudyInstanceUID}
    assert len({o.SeriesInstanceUID for o in (plan, structures, dose, *images)}) == 4
    series = (
        structures.ReferencedFrameOfReferenceSequence[0]
        .RTReferencedStudySequence[0]
        .RTReferencedSeriesSequence[0]
    )
    listed = [item.ReferencedSOPInstanceUID for item in series.ContourImageSequence]
    assert sorted(listed) == sorted(image.SOPInstanceUID for image in images)


def test_both_courses_are_of_one_patient_and_in_two_frames(written: Path) -> None:
    plans = [
        pydicom.dcmread(written / "pelvis-two-courses" / course / "RTPLAN.dcm")
        for course in ("first-course", "second-course")
    ]
    assert plans[0].PatientID == plans[1].PatientID
    assert plans[0].FrameOfReferenceUID != plans[1].FrameOfReferenceUID
    assert plans[0].StudyInstanceUID != plans[1].StudyInstanceUID
    assert str(plans[0].PatientName).startswith("Phantom^")


@pytest.mark.parametrize("name", ["pelvis-two-courses", "pelvis-two-courses-tilted"])
def test_the_registration_carries_the_first_courses_points_into_the_second_courses_frame(
    name: str, written: Path
) -> None:
    """A point of an organ in the first structure set lands on the same point in the second."""
    registration = pydicom.dcmread(written / name / "registration.dcm")
    sets = [
        pydicom.dcmread(written / name / course / "RTSTRUCT.dcm")
        for course in ("first-course", "second-course")
    ]
    assert registration.FrameOfReferenceUID == sets[1].FrameOfReferenceUID
    items = {item.FrameOfReferenceUID: item for item in registration.RegistrationSequence}
    assert set(items) == {s.FrameOfReferenceUID for s in sets}

    def matrix(uid: str) -> np.ndarray:
        step = items[uid].MatrixRegistrationSequence[0].MatrixSequence[0]
        return np.array(step.FrameOfReferenceTransformationMatrix, dtype=float).reshape(4, 4)

    np.testing.assert_array_equal(matrix(sets[1].FrameOfReferenceUID), np.eye(4))
    carried = matrix(sets[0].FrameOfReferenceUID)
    for organ in ("Bladder", "Femur_Head_L", "SpinalCord"):
        first, second = (points_of(s, organ) for s in sets)
        np.testing.assert_allclose(first @ carried[:3, :3].T + carried[:3, 3], second, atol=2e-6)


def points_of(structures: pydicom.Dataset, name: str) -> np.ndarray:
    number = next(r.ROINumber for r in structures.StructureSetROISequence if r.ROIName == name)
    drawn = next(c for c in structures.ROIContourSequence if c.ReferencedROINumber == number)
    data = [np.array(c.ContourData, dtype=float).reshape(-1, 3) for c in drawn.ContourSequence]
    return np.concatenate(data)


@pytest.mark.parametrize(("name", "label"), COURSES)
def test_the_dose_between_the_nodes_is_the_formula_where_answers_are_known(
    name: str, label: str, written: Path
) -> None:
    """Trilinear interpolation, by another library, of the dose as read from the file."""
    case = build_case(name)
    course = case.course(label)
    dose = read_dose(written / name / label / "RTDOSE.dcm")
    axes = [np.arange(n, dtype=float) for n in dose.geometry.shape]
    interpolate = RegularGridInterpolator(axes, dose.dose_gy.astype(np.float64))
    for organ in known_organs(case):
        known = organ.doses[label]
        if known is None or label not in organ.drawn_in:
            continue
        low, high = known.covered_z
        points = np.concatenate(organ.solid.contours())
        points = points[(points[:, 2] >= low) & (points[:, 2] <= high)]
        s = points @ (np.zeros(3) if known.direction is None else known.direction)
        found = interpolate(dose.geometry.to_index(course.from_main(points)))
        np.testing.assert_allclose(found, known(s), atol=5e-6, err_msg=organ.name)


@pytest.mark.parametrize(("name", "label"), COURSES)
def test_the_engines_dvhs_agree_with_the_closed_forms(name: str, label: str, written: Path) -> None:
    case = build_case(name)
    chosen = load_study(written / name / label).select()
    assert chosen.structure_set is not None
    assert chosen.dose is not None
    assert chosen.n_fractions == case.course(label).n_fractions
    field = GridField.of(chosen.dose)
    for organ in known_organs(case):
        if label not in organ.drawn_in or organ.name == "External" or organ.doses[label] is None:
            continue
        dvh = compute_dvh(chosen.structure_set.named(organ.name), field)
        known = organ.physical(label, covered_only=True)
        assert dvh.volume_cc == pytest.approx(organ.volume_cc, rel=1e-3)
        assert dvh.mean_gy == pytest.approx(known.mean, abs=0.01)
        if organ.covered_cc(label) == pytest.approx(organ.volume_cc):
            for volume in (0.03, 0.5 * known.volume_cc, 0.95 * known.volume_cc):
                value = float(dvh.dose_at_volume(volume))
                assert value == pytest.approx(known.value_at_hottest(volume), abs=0.06), organ.name


def test_oblique_contours_hold_the_same_volume(written: Path) -> None:
    folder = written / "pelvis-two-courses-tilted"
    sets = [load_study(folder / c).select() for c in ("first-course", "second-course")]
    for chosen in sets:
        assert chosen.structure_set is not None
        assert chosen.dose is not None
        dvh = compute_dvh(chosen.structure_set.named("Bladder"), GridField.of(chosen.dose))
        assert dvh.volume_cc == pytest.approx(119.621358, rel=1e-6)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="needs dciodvfy of dicom3tools")
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_dciodvfy_finds_nothing_wrong_with_any_kind_of_object(name: str, written: Path) -> None:
    for path in sorted((written / name).rglob("*.dcm")):
        if path.name.startswith("CT.") and path.name != "CT.001.dcm":
            continue
        found = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        lines = (found.stdout + found.stderr).splitlines()
        assert found.returncode == 0
        assert len(lines) == 1, (path.name, lines)
        assert lines[0] in {"CTImage", "RTStructureSet", "RTPlan", "RTDose", "SpatialRegistration"}


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DicomIoError, match="not empty"):
        write_phantom("sphere", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_overwriting_replaces_its_own_files_and_no_others(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_phantom("sphere", target)
    (target / "notes.txt").write_text("mine")
    (target / "RTDOSE.dcm").write_bytes(b"damaged")
    written_again = write_phantom("sphere", target, overwrite=True)
    assert (target / "notes.txt").read_text() == "mine"
    assert pydicom.dcmread(target / "RTDOSE.dcm").Modality == "RTDOSE"
    assert set(written_again.files) | {"notes.txt"} == set(digest(target))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fail(_: str) -> None:
        raise DicomIoError("stopped")

    with pytest.raises(DicomIoError, match="stopped"):
        write_phantom("sphere", tmp_path / "out", report=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(DicomIoError, match="is a file"):
        write_phantom("sphere", tmp_path / "out")
    (tmp_path / "base").write_text("mine")
    with pytest.raises(DicomIoError) as refusal:
        write_phantom("sphere", tmp_path / "base" / "out")
    assert str(tmp_path) not in str(refusal.value)


def test_an_unknown_case_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DicomValueError, match="there are"):
        write_phantom("cube", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_the_files_names_this_machine_or_the_day() -> None:
    data = b"".join(encoded(o) for o in case_objects(build_case("sphere")).values())
    assert str(Path.home()).encode() + b"/" not in data
    dates = {o.SeriesDate for o in case_objects(build_case("sphere")).values()}
    assert dates == {"20240102", "20240103"}


def test_ct_numbers_show_the_anatomy(written: Path) -> None:
    """Air outside, fat under the skin, soft tissue and bone within."""
    folder = written / "pelvis-two-courses" / "second-course"
    image = pydicom.dcmread(folder / "CT.018.dcm")
    hounsfield = image.pixel_array.astype(int) + int(image.RescaleIntercept)
    assert hounsfield[0, 0] == -1000
    assert {-95, 50, 450} <= set(np.unique(hounsfield).tolist())


@pytest.mark.parametrize("course", ["first-course", "second-course"])
def test_structures_lie_over_their_own_ct_numbers(course: str, written: Path) -> None:
    """The femoral heads' pixels are those that the contours enclose: images and contours share a frame."""
    folder = written / "pelvis-two-courses" / course
    points = points_of(pydicom.dcmread(folder / "RTSTRUCT.dcm"), "Femur_Head_L")
    for path in sorted(folder.glob("CT.*.dcm")):
        image = pydicom.dcmread(path)
        on_plane = points[np.abs(points[:, 2] - float(image.ImagePositionPatient[2])) < 0.1]
        if len(on_plane):
            centre = on_plane[:, :2].mean(axis=0)
            origin = [float(v) for v in image.ImagePositionPatient[:2]]
            column, row = np.rint((centre - origin) / float(image.PixelSpacing[0])).astype(int)
            assert int(image.pixel_array[row, column]) + int(image.RescaleIntercept) == 450
