"""Spatial registration: directions, order of matrices, chains, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import (
    AmbiguousStudyError,
    ContradictionError,
    DicomReadError,
    DicomValueError,
    MissingObjectError,
    RigidTransform,
    find_transform,
    read_registration,
)
from dicom_io.objects import find_chain

TURN = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
SHIFT = np.array([[1, 0, 0, 10], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)


def test_the_matrix_carries_points_of_the_items_frame_into_the_registered_frame(made):
    items = [(made.FRAME, [np.eye(4)]), ("1.2.3", [SHIFT @ TURN])]
    (transform,) = read_registration(made.as_bytes(made.registration(items)))
    assert (transform.maps_from, transform.maps_to) == ("1.2.3", made.FRAME)
    # (1, 0, 0) turned by 90 degrees is (0, 1, 0), then shifted by 10 mm in x.
    np.testing.assert_allclose(transform.apply([1, 0, 0]), [10, 1, 0], atol=1e-12)


def test_matrices_of_one_item_multiply_in_item_order(made):
    (transform,) = read_registration(made.as_bytes(made.registration([("1.2.3", [SHIFT, TURN])])))
    # SHIFT x TURN on a column vector: turned first, shifted then; the other order gives (0, 11, 0).
    np.testing.assert_allclose(transform.apply([1, 0, 0]), [10, 1, 0], atol=1e-12)


def test_the_registered_frame_itself_needs_no_matrix(made):
    items = [(made.FRAME, []), ("1.2.3", [SHIFT])]
    (transform,) = read_registration(made.as_bytes(made.registration(items)))
    np.testing.assert_allclose(transform.apply([1, 0, 0]), [11, 0, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("items", "changes", "error", "message"),
    [
        ([("1.2.3", [SHIFT])], {"FrameOfReferenceUID": None}, MissingObjectError, "no FrameOfReferenceUID"),
        ([(None, [SHIFT])], {}, MissingObjectError, "what it maps is not known"),
        ([("1.2.3", [])], {}, MissingObjectError, "no matrix"),
        ([("1.2.3", [np.eye(3)])], {}, DicomValueError, "9 values"),
        ([("1.2.3", [np.diag([1, 1, -1, 1])])], {}, DicomValueError, "mirrors"),
        ([("1.2.3", [np.diag([1.1, 1, 1, 1])])], {}, DicomValueError, "scales"),
        ([("1.2.3", [SHIFT.T])], {}, DicomValueError, "column-major"),
        ([("1.2.826.0.1.100", [SHIFT])], {}, ContradictionError, "within itself"),
        ([], {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.3"}, DicomReadError, "deformable"),
        (
            [],
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.2", "Modality": "RTDOSE"},
            DicomReadError,
            "not a Spat",
        ),
    ],
)
def test_what_is_no_rigid_transform_between_two_frames_is_refused(made, items, changes, error, message):
    with pytest.raises(error, match=message):
        read_registration(made.as_bytes(made.registration(items, **changes)))


def test_a_real_registration_without_frame_of_reference_is_refused(shared_data):
    with pytest.raises(MissingObjectError, match="FrameOfReferenceUID"):
        read_registration(shared_data / "dicom" / "small_objects" / "REG.onkodicom_incomplete.dcm")


def _between(maps_from: str, maps_to: str, matrix: np.ndarray) -> RigidTransform:
    return RigidTransform(matrix=matrix, maps_from=maps_from, maps_to=maps_to, source="registration object")


def test_chains_invert_and_follow_through_frames():
    known = [_between("a", "b", SHIFT), _between("c", "b", TURN)]
    found = find_transform(known, maps_from="a", maps_to="c")
    # a to b: shifted; b to c: turned back.
    np.testing.assert_allclose(found.apply([0, 0, 0]), [0, -10, 0], atol=1e-12)
    back = find_transform(known, maps_from="c", maps_to="a")
    np.testing.assert_allclose(back.apply(found.apply([3, 4, 5])), [3, 4, 5], atol=1e-9)


def test_the_shortest_chain_is_taken():
    known = [_between("a", "b", SHIFT), _between("b", "c", SHIFT), _between("a", "c", TURN)]
    np.testing.assert_array_equal(find_transform(known, maps_from="a", maps_to="c").matrix, TURN)


def test_a_shared_frame_needs_no_registration():
    np.testing.assert_array_equal(find_transform([], maps_from="a", maps_to="a").matrix, np.eye(4))


def test_no_chain_and_no_name_are_refused():
    with pytest.raises(MissingObjectError, match="joins"):
        find_transform([_between("a", "b", SHIFT)], maps_from="a", maps_to="c")
    with pytest.raises(MissingObjectError, match="not named"):
        find_transform([], maps_from="", maps_to="")


def test_two_registrations_that_differ_are_not_chosen_between():
    with pytest.raises(AmbiguousStudyError, match="2 registrations"):
        find_transform([_between("a", "b", SHIFT), _between("b", "a", TURN)], maps_from="a", maps_to="b")
    same = [_between("a", "b", SHIFT), _between("b", "a", np.linalg.inv(SHIFT))]
    np.testing.assert_allclose(find_transform(same, maps_from="a", maps_to="b").matrix, SHIFT)


def test_a_chain_is_told_in_the_transforms_that_were_given() -> None:
    first, second, idle = _between("b", "a", SHIFT), _between("b", "c", TURN), _between("c", "d", TURN)
    assert find_chain([idle, second, first], maps_from="a", maps_to="c") == (first, second)
    assert find_chain([first], maps_from="a", maps_to="a") == ()
    with pytest.raises(MissingObjectError):
        find_chain([first], maps_from="a", maps_to="c")
