"""Union, intersection and difference of structures against closed forms."""

from __future__ import annotations

import io
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io import read_structure_set
from dicom_io.contours import SlabStack
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure
from dicom_io.shapes import combine_structures, common_part, distance
from dicom_io.shapes.boolean import STRUCTURE_OPERATIONS
from dicom_io.writers import ObjectHeader, Patient, SeriesHeader, StudyHeader, structure_set_object


def prism(
    polygon: NDArray[np.float64], heights: NDArray[np.float64] | list[float], *, frame: str = "1.2"
) -> Structure:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return Structure(number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid=frame)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float64]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def circle(radius: float, x: float = 0.0, y: float = 0.0, n: int = 720) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def turned(structure: Structure) -> Structure:
    """The same on sagittal planes."""
    contours = tuple(
        Contour(points=c.points[:, [2, 0, 1]], geometric_type=c.geometric_type) for c in structure.contours
    )
    return Structure(number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid="1.2")


def volumes(a: Structure, b: Structure) -> list[float]:
    """In the order of the operations, each checked against what its contours alone say."""
    found = []
    for operation in STRUCTURE_OPERATIONS:
        made = combine_structures(a, b, operation=operation, number=9, name="made")
        assert made.structure is not None
        assert made.volume_cc is not None
        assert SlabStack.of(made.structure).volume_cc == pytest.approx(made.volume_cc, rel=1e-4)
        found.append(made.volume_cc)
    return found


def test_two_boxes_share_a_box() -> None:
    shared = common_part(
        prism(rectangle(0, 0, 20, 20), np.arange(4) * 3.0),
        prism(rectangle(15, 10, 40, 30), np.arange(6) * 2.0),
        number=9,
        name="shared",
    )
    assert shared.volume_cc == pytest.approx(5 * 10 * (10.5 - -1.0) / 1000, rel=5e-3)


def test_a_structure_shares_itself_with_itself_and_with_what_holds_it() -> None:
    inner, outer = prism(circle(5.0), np.arange(4) * 3.0), prism(circle(9.0), np.arange(6) * 3.0 - 3.0)
    volume = SlabStack.of(inner).volume_cc
    for other in (inner, outer):
        found = common_part(inner, other, number=9, name="shared")
        assert found.volume_cc == pytest.approx(volume, rel=3e-3)


def test_the_common_part_is_the_overlap_that_distances_know() -> None:
    cord, target = prism(circle(5.0), np.arange(9) * 2.0), prism(circle(8.0, 9.0, 3.0), np.arange(9) * 2.0)
    exact = distance(cord, target).overlap_cc
    assert common_part(cord, target, number=9, name="shared").volume_cc == pytest.approx(exact, rel=1e-2)


def test_what_is_apart_shares_nothing() -> None:
    a = prism(circle(5.0), [0.0, 3.0])
    for b in (prism(circle(5.0, 20.0), [0.0, 3.0]), prism(circle(5.0), [30.0, 33.0])):
        assert common_part(a, b, number=9, name="shared").reason == "they share no volume"
    corners = common_part(a, prism(circle(5.0, 8.0, 8.0), [0.0, 3.0]), number=9, name="shared")
    assert corners.reason == "they share no volume"
    elsewhere = prism(circle(5.0), [0.0, 3.0], frame="9")
    assert "frames of reference" in (common_part(a, elsewhere, number=9, name="shared").reason or "")
    across = common_part(a, turned(a), number=9, name="shared")
    assert "not parallel" in (across.reason or "")


@pytest.mark.parametrize(
    "heights",
    [
        np.arange(6) * 3.0,
        np.arange(6) * 3.0 + 1.0,
        np.arange(9) * 2.0,
        np.arange(9) * 2.0 + 0.37,
        np.arange(4) * 5.0 - 2.3,
        np.array([2.0, 3.0, 5.0, 8.0, 9.0]),
    ],
)
def test_boxes_on_any_planes_combine_exactly(heights: NDArray[np.float64]) -> None:
    a, b = prism(rectangle(0, 0, 20, 20), np.arange(6) * 3.0), prism(rectangle(15, 10, 40, 30), heights)
    bounds_a, bounds_b = SlabStack.of(a).bounds, SlabStack.of(b).bounds
    common = min(bounds_a.max(), bounds_b.max()) - max(bounds_a.min(), bounds_b.min())
    whole_a, whole_b = 400 * np.ptp(bounds_a) / 1000, 500 * np.ptp(bounds_b) / 1000
    shared = 50 * common / 1000
    assert volumes(a, b) == pytest.approx([whole_a + whole_b - shared, shared, whole_a - shared], rel=1e-9)


def test_on_shared_planes_the_result_is_drawn_there() -> None:
    planes = np.arange(6) * 3.0
    a, b = prism(circle(10.0), planes), prism(circle(6.0, 9.0), planes[1:4])
    for operation in STRUCTURE_OPERATIONS:
        made = combine_structures(a, b, operation=operation, number=9, name="made")
        assert made.structure is not None
        assert made.notes == ()
        assert {contour.points[0, 2] for contour in made.structure.contours} <= set(planes)


def test_what_is_left_around_a_gap_is_not_filled() -> None:
    rod, plug = (
        prism(rectangle(0, 0, 9, 9), np.arange(8) * 3.0),
        prism(rectangle(-1, -1, 10, 10), [9.0, 12.0]),
    )
    made = combine_structures(rod, plug, operation="difference", number=9, name="made")
    assert made.structure is not None
    assert made.volume_cc == pytest.approx(81 * 18 / 1000, rel=1e-9)
    assert SlabStack.of(made.structure).volume_cc == pytest.approx(81 * 18 / 1000, rel=1e-6)
    assert "planes of its own" in made.notes[0]


def test_a_hole_is_drawn_so_that_it_stays_one() -> None:
    planes = np.arange(5) * 2.0
    made = combine_structures(
        prism(circle(10.0), planes), prism(circle(4.0), planes), operation="difference", number=9, name="made"
    )
    assert made.structure is not None
    assert {contour.geometric_type for contour in made.structure.contours} == {"CLOSEDPLANAR_XOR"}
    ring = 0.5 * 720 * np.sin(2 * np.pi / 720) * (100 - 16)
    assert made.volume_cc == pytest.approx(ring * 10 / 1000, rel=1e-6)


def test_holes_keyholes_and_shared_borders_combine() -> None:
    planes = np.arange(5) * 2.0
    outer, inner = rectangle(0, 0, 30, 30), np.array([[10, 10], [10, 20], [20, 20], [20, 10], [10, 10]])
    keyhole = prism(np.vstack([outer, outer[:1], inner]), planes)
    # the plug shares all of its border with the hole
    assert volumes(keyhole, prism(rectangle(10, 10, 20, 25), planes)) == pytest.approx(
        [9.0, 0.5, 7.5], rel=1e-9
    )
    left, right = prism(rectangle(0, 0, 10, 10), planes), prism(rectangle(10, 0, 20, 10), planes)
    side_by_side = combine_structures(left, right, operation="union", number=9, name="made")
    assert side_by_side.structure is not None
    assert len(side_by_side.structure.contours) == 5
    assert side_by_side.volume_cc == pytest.approx(2.0)


def test_sagittal_planes_combine_like_axial_ones() -> None:
    a, b = prism(circle(6.0, 3.0, 4.0), np.arange(4) * 3.0), prism(circle(5.0, 7.0, 4.0), np.arange(6) * 2.0)
    assert volumes(turned(a), turned(b)) == pytest.approx(volumes(a, b), rel=1e-6)


def test_planes_counted_from_the_other_side_combine_too() -> None:
    """The second structure's planes have the opposite normal: their order is the first one's, reversed."""
    tilt = np.array([[1, 0, 0], [0, np.cos(2.5), -np.sin(2.5)], [0, np.sin(2.5), np.cos(2.5)]])

    def tilted(structure: Structure, *, backwards: bool) -> Structure:
        contours = tuple(
            Contour(
                points=(c.points[::-1] if backwards else c.points) @ tilt.T, geometric_type=c.geometric_type
            )
            for c in structure.contours
        )
        return Structure(
            number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
        )

    a, b = prism(circle(6.0), np.arange(4) * 3.0), prism(circle(5.0, 4.0), np.arange(6) * 2.0 + 1)
    found = volumes(tilted(a, backwards=False), tilted(b, backwards=True))
    assert found == pytest.approx(volumes(a, b), rel=1e-5)


def test_nothing_left_says_so() -> None:
    a, b = prism(circle(5.0), [0.0, 3.0]), prism(circle(9.0), [-3.0, 0.0, 3.0, 6.0])
    left = combine_structures(a, b, operation="difference", number=9, name="made")
    assert left.structure is None
    assert left.reason == "nothing of 'A' lies outside 'A'"
    with pytest.raises(DicomValueError, match="xor"):
        combine_structures(a, b, operation="xor", number=9, name="made")


@pytest.mark.parametrize("operation", STRUCTURE_OPERATIONS)
def test_what_is_written_and_read_again_has_the_same_volume(operation: str, made: ModuleType) -> None:
    a, b = prism(circle(9.0), np.arange(6) * 3.0), prism(circle(4.0, 2.0), np.arange(9) * 2.0 + 0.4)
    found = combine_structures(a, b, operation=operation, number=9, name="made")
    assert found.structure is not None
    header = ObjectHeader(
        patient=Patient(name="Phantom^Water", patient_id="W1"),
        study=StudyHeader(study_instance_uid="2.25.1"),
        series=SeriesHeader(series_instance_uid="2.25.2"),
        frame_of_reference_uid="1.2",
    )
    written = io.BytesIO()
    structure_set_object([found.structure], header=header, label="DERIVED").save_as(written)
    (read,) = read_structure_set(written.getvalue()).structures
    assert SlabStack.of(read).volume_cc == pytest.approx(found.volume_cc, rel=1e-4)
