"""Deformable registration: direction, order, coverage, inversion, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import (
    ContradictionError,
    DeformableTransform,
    DicomReadError,
    DicomValueError,
    GridGeometry,
    MissingObjectError,
    load_study,
    read_deformable_registration,
    read_registration,
)

TURN = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
SHIFT = np.array([[1, 0, 0, 100], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
SOURCE = "1.2.826.0.1.200"


def _registration(made, vectors=None, *, pre=None, post=None, grid=None, item=None, **changes):
    """A deformable registration; `vectors` is [frame, row, column, xyz]."""
    vectors = np.zeros((2, 3, 4, 3)) if vectors is None else np.asarray(vectors)
    frames, rows, columns, _ = vectors.shape
    field = made.filled(
        ImagePositionPatient=[0, 0, 0],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        GridDimensions=[columns, rows, frames],
        GridResolution=[4.0, 3.0, 5.0],
        VectorGridData=vectors.astype("<f4").tobytes(),
    )
    for keyword, value in (grid or {}).items():
        setattr(field, keyword, value)
    content = made.filled(SourceFrameOfReferenceUID=SOURCE, DeformableRegistrationGridSequence=[field])
    for keyword, matrix in (("Pre", pre), ("Post", post)):
        if matrix is not None:
            entry = made.filled(
                FrameOfReferenceTransformationMatrixType="RIGID",
                FrameOfReferenceTransformationMatrix=[float(x) for x in np.ravel(matrix)],
            )
            setattr(content, f"{keyword}DeformationMatrixRegistrationSequence", [entry])
    for keyword, value in (item or {}).items():
        if value is None:
            delattr(content, keyword)
        else:
            setattr(content, keyword, value)
    return made.registration(
        [],
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.3",
        RegistrationSequence=None,
        DeformableRegistrationSequence=[content],
        **changes,
    )


def _read(made, *args, **kwargs) -> DeformableTransform:
    (transform,) = read_deformable_registration(made.as_bytes(_registration(made, *args, **kwargs)))
    return transform


def test_points_of_the_registered_frame_go_to_the_source_frame(made):
    vectors = np.zeros((2, 3, 4, 3))
    vectors[..., :] = [1, 2, 3]
    transform = _read(made, vectors)
    assert (transform.maps_from, transform.maps_to) == (made.FRAME, SOURCE)
    np.testing.assert_allclose(transform.apply([5, 4, 2.5]), [6, 6, 5.5])
    assert transform.largest_vector_mm == pytest.approx(np.sqrt(14))


def test_matrix_before_then_vector_then_matrix_after(made):
    vectors = np.zeros((2, 3, 4, 3))
    vectors[..., 0] = 7
    transform = _read(made, vectors, pre=TURN, post=SHIFT)
    # (5, 4, 0) turned by 90 degrees: (-4, 5, 0); + 7 in x: (3, 5, 0); shifted: (103, 5, 0).
    np.testing.assert_allclose(transform.apply([5, 4, 0]), [103, 5, 0], atol=1e-12)


def test_vectors_are_looked_up_at_the_point_itself_with_x_fastest(made):
    vectors = np.zeros((2, 3, 4, 3))
    vectors[1, 2, 3] = [0.5, 0, 0]
    transform = _read(made, vectors, pre=SHIFT)
    np.testing.assert_allclose(transform.apply([12, 6, 5]), [112.5, 6, 5])
    np.testing.assert_allclose(transform.apply([10, 6, 5]), [110.25, 6, 5])
    np.testing.assert_allclose(transform.apply([0, 6, 5]), [100, 6, 5])


def test_a_linear_field_is_interpolated_exactly(made):
    frame, row, column = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing="ij")
    place = np.stack([column * 4.0, row * 3.0, frame * 5.0], axis=-1)
    matrix = np.array([[0.05, 0.01, 0], [0.02, -0.03, 0.01], [0, 0.02, 0.04]])
    transform = _read(made, place @ matrix.T)
    points = np.array([[1.3, 2.2, 3.1], [11.9, 5.9, 0.1]])
    np.testing.assert_allclose(transform.apply(points), points + points @ matrix.T, atol=1e-5)


def test_outside_the_grid_and_beside_unknown_vectors_nothing_is_covered(made):
    vectors = np.zeros((2, 3, 4, 3))
    vectors[0, 0, 0] = np.nan
    transform = _read(made, vectors)
    outside = transform.apply([[-0.1, 0, 0], [12.1, 0, 0], [0, 6.1, 0], [0, 0, 5.1], [1, 1, 1]])
    assert np.all(np.isnan(outside))
    np.testing.assert_allclose(transform.apply([8, 3, 2]), [8, 3, 2])


def test_no_grid_is_no_deformation(made):
    transform = _read(made, item={"DeformableRegistrationGridSequence": None}, post=SHIFT)
    np.testing.assert_allclose(transform.apply([[1e4, 2, 3]]), [[1e4 + 100, 2, 3]])
    assert transform.largest_vector_mm == 0


def test_the_inverse_leads_back_with_its_residual_or_nowhere(made):
    frame, row, column = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing="ij")
    bulge = np.stack([0.6 * np.sin(column), 0.5 * np.cos(row), 0.4 * frame], axis=-1)
    transform = _read(made, bulge, pre=TURN, post=SHIFT)
    points = np.array([[3.0, 2.0, 1.0], [9.0, 4.0, 3.0]])
    back = transform.inverted(transform.apply(points), tolerance_mm=0.01)
    np.testing.assert_allclose(back.points, points, atol=1e-3)
    assert np.all(back.residual_mm <= 0.01)
    lost = transform.inverted([[5000.0, 0, 0]], tolerance_mm=0.01)
    assert np.all(np.isnan(lost.points))
    assert np.all(np.isnan(lost.residual_mm))
    with pytest.raises(DicomValueError, match="tolerance_mm"):
        transform.inverted(points, tolerance_mm=0)


@pytest.mark.parametrize("syntax", ["implicit", "explicit"])
def test_encodings_agree(made, syntax):
    vectors = np.arange(72).reshape(2, 3, 4, 3) / 10
    (read,) = read_deformable_registration(made.as_bytes(_registration(made, vectors), syntax))
    np.testing.assert_allclose(read.vectors, vectors, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"FrameOfReferenceUID": None}, MissingObjectError, "FrameOfReferenceUID"),
        ({"item": {"SourceFrameOfReferenceUID": None}}, MissingObjectError, "SourceFrameOfReferenceUID"),
        ({"grid": {"VectorGridData": bytes(12)}}, DicomReadError, "holds 12"),
        ({"grid": {"GridDimensions": [4_000_000_000, 3, 2]}}, DicomReadError, "holds 288"),
        ({"grid": {"GridDimensions": [0, 0, 0]}}, DicomReadError, "needs 0 bytes"),
        ({"grid": {"GridResolution": [4, 3]}}, MissingObjectError, "GridResolution"),
        ({"grid": {"GridResolution": [4, 0, 5]}}, DicomValueError, "row_spacing"),
        ({"pre": np.diag([1, 1, -1, 1])}, DicomValueError, "mirrors"),
        ({"post": SHIFT.T}, DicomValueError, "column-major"),
    ],
)
def test_what_cannot_be_followed_is_refused(made, changes, error, message):
    with pytest.raises(error, match=message):
        read_deformable_registration(made.as_bytes(_registration(made, **changes)))


def test_rigid_and_deformable_objects_are_not_taken_for_each_other(made):
    with pytest.raises(DicomReadError, match="deformable"):
        read_registration(made.as_bytes(_registration(made)))
    with pytest.raises(DicomReadError, match="not a Deformable"):
        read_deformable_registration(made.as_bytes(made.registration([("1.2.3", [SHIFT])])))


def test_a_study_tells_the_two_apart(made, tmp_path):
    rigid = made.registration([("1.2.3", [SHIFT])], SOPInstanceUID="1.2.9.1")
    made.write(tmp_path, a=rigid, b=_registration(made))
    found = {entry.is_deformable: entry for entry in load_study(tmp_path).registrations}
    assert len(found[False].transforms) == len(found[True].deformations) == 1
    with pytest.raises(DicomReadError, match="a deformable registration"):
        _ = found[True].transforms
    with pytest.raises(DicomReadError, match="not a Deformable"):
        _ = found[False].deformations
    assert found[True].label.endswith("deformable registration")


def test_vectors_that_do_not_fit_the_grid_are_refused():
    grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1, 1, 1))
    with pytest.raises(DicomValueError, match="on a grid that needs"):
        DeformableTransform(
            geometry=grid,
            vectors=np.zeros((2, 2, 2), dtype=np.float32),
            pre=np.eye(4),
            post=np.eye(4),
            maps_from="1.2",
            maps_to="1.3",
        )


def test_a_deformation_of_a_frame_within_itself_is_refused_and_an_identity_is_left_out(made):
    within = {"SourceFrameOfReferenceUID": made.FRAME}
    with pytest.raises(ContradictionError, match="within itself"):
        read_deformable_registration(made.as_bytes(_registration(made, item=within)))
    no_grid = {**within, "DeformableRegistrationGridSequence": None}
    with pytest.raises(ContradictionError, match="within itself"):
        read_deformable_registration(made.as_bytes(_registration(made, pre=SHIFT, item=no_grid)))
    assert read_deformable_registration(made.as_bytes(_registration(made, pre=np.eye(4), item=no_grid))) == ()
