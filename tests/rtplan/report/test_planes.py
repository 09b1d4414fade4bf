"""Planes through the patient: the hottest overlap is where courses meet, outlines lie where the organ is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bed import eqd2
from dicom_io import Contour, GridGeometry, Structure
from dicom_io.objects import DeformableTransform, GridField, RigidTransform, identity
from rtplan.courses import CourseSource, read_earlier_courses, read_new_course
from rtplan.reirradiation import reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.report.reirradiation.planes import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    SQUARE_MM,
    checkered_views,
    hottest_overlap,
    plane_views,
)
from rtplan.sums import CumulativeField, DosePart, InvertedDeformation, RememberedField

FRAME = "1.2.3"


def geometry(spacing: float = 2.0, n: int = 40) -> GridGeometry:
    """Return a grid of n voxels along each axis around the origin."""
    start = -spacing * (n - 1) / 2
    return GridGeometry.axial(shape=(n, n, n), origin=(start,) * 3, spacing=(spacing,) * 3)


class Blob:
    """A ball of dose that falls off linearly; NaN outside the grid's reach is not needed here."""

    def __init__(self, centre: tuple[float, float, float], peak: float, radius: float) -> None:
        self.centre, self.peak, self.radius = np.array(centre), peak, radius
        self.geometry = geometry()
        self.frame_of_reference_uid = FRAME

    def sample(self, points: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(points - self.centre, axis=1)
        return np.maximum(self.peak * (1 - distance / self.radius), 0.0)


class Sum:
    """What `hottest_overlap` asks of a cumulative field."""

    def __init__(self, **courses: Blob) -> None:
        self.courses = courses
        self.geometry = geometry()

    def of_course(self, label: str) -> Blob:
        return self.courses[label]

    def voxel_frames(self) -> list[Callable[[], np.ndarray]]:
        _, rows, columns = self.geometry.shape
        plane = np.indices((1, rows, columns)).reshape(3, -1).T
        return [partial(self.geometry.to_patient, plane + [k, 0, 0]) for k in range(self.geometry.shape[0])]


def box(x: tuple[float, float], y: tuple[float, float], levels: list[float], *, number: int = 1) -> Structure:
    corners = np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]])
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in levels
    )
    return Structure(
        number=number,
        name=f"Box{number}",
        interpreted_type="ORGAN",
        contours=contours,
        frame_of_reference_uid=FRAME,
    )


def test_the_hottest_overlap_is_where_the_courses_meet_not_where_one_is_hottest() -> None:
    both = Sum(first=Blob((-10, 0, 0), 50, 25), second=Blob((15, 0, 0), 200, 25))
    found = hottest_overlap(both, courses=["first", "second"])  # type: ignore[arg-type]  # a stand-in
    assert found is not None
    assert found.overlap_gy > 0
    assert -10 < found.point_mm[0] < 15
    first, second = (blob.sample(found.point_mm[None])[0] for blob in both.courses.values())
    assert min(first, second) == pytest.approx(found.overlap_gy)
    assert first + second == pytest.approx(found.total_gy)


@pytest.mark.parametrize("voxel", [(20, 17, 23), (20, 18, 23), (21, 17, 23), (20, 17, 24)])
def test_the_hottest_overlap_is_the_hottest_of_all_voxels(voxel: tuple[int, int, int]) -> None:
    """Two narrow summits at the centre of one voxel, whichever it is: the value and the place are theirs."""
    centre = tuple(geometry().to_patient(np.array(voxel)))
    both = Sum(first=Blob(centre, 60, 3), second=Blob(centre, 30, 3))
    found = hottest_overlap(both, courses=["first", "second"])  # type: ignore[arg-type]  # a stand-in
    assert found is not None
    assert found.point_mm == pytest.approx(np.array(centre), abs=1e-9)
    assert (found.total_gy, found.overlap_gy) == pytest.approx((90.0, 30.0))


def test_a_lower_summit_that_is_wider_draws_nothing_away() -> None:
    """Near-hottest voxels elsewhere had been averaged into the point: 99.8 % is not the hottest."""
    narrow, wide = (-21.0, 1.0, 1.0), (21.0, 1.0, 1.0)

    class Two(Blob):
        def sample(self, points: np.ndarray) -> np.ndarray:
            return np.maximum(
                super().sample(points), Blob(wide, 59.9, 1e4).sample(points) * (points[:, 0] > 9)
            )

    both = Sum(first=Two(narrow, 60, 3), second=Two(narrow, 60, 3))
    found = hottest_overlap(both, courses=["first", "second"])  # type: ignore[arg-type]  # a stand-in
    assert found is not None
    assert found.point_mm == pytest.approx(np.array(narrow))
    assert found.total_gy == pytest.approx(120.0)


def test_of_equally_hot_voxels_the_most_central_is_taken() -> None:
    class Ball(Blob):
        def sample(self, points: np.ndarray) -> np.ndarray:
            return np.minimum(super().sample(points), 30.0)

    both = Sum(first=Ball((5, -7, 11), 60, 20), second=Ball((5, -7, 11), 60, 20))
    found = hottest_overlap(both, courses=["first", "second"])  # type: ignore[arg-type]  # a stand-in
    assert found is not None
    assert np.linalg.norm(found.point_mm - [5, -7, 11]) < 2


def test_the_hottest_overlap_of_a_real_plan_is_that_of_its_stored_values(shared_data: Path) -> None:
    """An SRS plan taken twice: the largest EQD2 of its stored doses, 446.0 Gy at alpha/beta 2 Gy."""
    folder = shared_data / "dicom" / "raystation_brain_srs_imrt"
    (prior,) = read_earlier_courses([CourseSource(source=str(folder), ended=date(2022, 1, 1))])
    new = read_new_course(folder)
    result = reirradiate(new, [prior], new_starts=date(2024, 2, 12), tissues=parse_tissues(["Brainstem=2"]))
    total = result.total(2.0)
    found = hottest_overlap(total, courses=[prior.label, new.label])
    assert found is not None
    assert found.total_gy == pytest.approx(446.0, abs=0.05)
    assert found.point_mm == pytest.approx([53.81, 64.37, -4.0], abs=1e-6)
    assert float(total.sample(found.point_mm[None])[0]) == pytest.approx(found.total_gy)


def lying(frame: str, spacing: float, spike_mm: tuple[float, float, float], gy: float) -> GridField:
    """A dose of 10 Gy with one voxel of more, on a cube of voxels about a point of its own frame."""
    n = int(60 / spacing) + 1
    grid = GridGeometry.axial(
        shape=(n, n, n), origin=tuple(np.array(spike_mm) - spacing * (n // 2)), spacing=(spacing,) * 3
    )
    values = np.full(grid.shape, 10.0, dtype=np.float32)
    values[n // 2, n // 2, n // 2] = gy
    return GridField(geometry=grid, values=values, frame_of_reference_uid=frame)


@pytest.mark.parametrize("finer", [1.0, 5.0])
@pytest.mark.parametrize("remembered", [True, False])
def test_the_hottest_overlap_may_be_a_voxel_of_an_earlier_grid(finer: float, remembered: bool) -> None:
    """A spike of an earlier course between the voxels of the new one, in a frame 500 mm away and turned."""
    turned = np.array([[0, -1.0, 0, 7.3], [1.0, 0, 0, -4.1], [0, 0, 1.0, 500.0], [0, 0, 0, 1]])
    to_earlier = RigidTransform(matrix=turned, maps_from=FRAME, maps_to="1.9", source="matrix file")
    at = (3.17, -2.21, 1.43)
    new = lying(FRAME, 3.0, (0.0, 0.0, 0.0), 10.0)
    earlier = lying("1.9", finer, tuple(to_earlier.apply(np.array(at))), 60.0)
    seen = RememberedField(dose=earlier, transform=to_earlier) if remembered else earlier
    way = identity(FRAME) if remembered else to_earlier
    total = CumulativeField(
        parts=(
            DosePart(course="earlier", dose=seen, n_fractions=1, transform=way),
            DosePart(course="new", dose=new, n_fractions=1, transform=identity(FRAME)),
        ),
        alpha_beta=3.0,
        geometry=min((new, earlier), key=lambda one: one.geometry.row_spacing).geometry,
    )
    found = hottest_overlap(total, courses=["earlier", "new"])
    assert found is not None
    assert found.point_mm == pytest.approx(np.array(at), abs=1e-6)
    assert found.total_gy == pytest.approx(float(total.sample(np.array([at]))[0]))
    assert found.total_gy > eqd2(60.0, 1, 3.0)


@pytest.mark.parametrize("backwards", [False, True])
def test_voxels_that_a_deformation_leads_to_are_looked_at_where_it_puts_them(backwards: bool) -> None:
    field = GridGeometry.axial(shape=(21, 21, 21), origin=(-60, -60, -60), spacing=(6.0, 6.0, 6.0))
    vectors = np.broadcast_to(np.array([3.3, -1.7, 2.1]), (*field.shape, 3)).astype(np.float32)
    ends = ("1.9", FRAME) if backwards else (FRAME, "1.9")
    given = DeformableTransform(
        geometry=field, vectors=vectors, pre=np.eye(4), post=np.eye(4), maps_from=ends[0], maps_to=ends[1]
    )
    new = lying(FRAME, 3.0, (0.0, 0.0, 0.0), 10.0)
    way = InvertedDeformation.of(given, new.geometry) if backwards else given
    shift = np.array([3.3, -1.7, 2.1]) * (-1 if backwards else 1)
    earlier = lying("1.9", 3.0, (1.0, 2.0, 3.0), 60.0)
    total = CumulativeField(
        parts=(
            DosePart(course="earlier", dose=earlier, n_fractions=1, transform=way),
            DosePart(course="new", dose=new, n_fractions=1, transform=identity(FRAME)),
        ),
        alpha_beta=3.0,
        geometry=new.geometry,
    )
    found = hottest_overlap(total, courses=["earlier", "new"])
    assert found is not None
    assert found.point_mm == pytest.approx(np.array([1.0, 2.0, 3.0]) - shift, abs=1e-2)


def test_a_grid_that_several_parts_have_is_asked_once() -> None:
    new, other = lying(FRAME, 3.0, (0.0, 0.0, 0.0), 20.0), lying(FRAME, 3.0, (0.0, 0.0, 0.0), 50.0)
    beside = lying(FRAME, 3.0, (0.5, 0.0, 0.0), 50.0)

    def frames(*doses: GridField) -> int:
        parts = tuple(
            DosePart(course=str(k), dose=dose, n_fractions=1, transform=identity(FRAME))
            for k, dose in enumerate(doses)
        )
        return len(CumulativeField(parts=parts, alpha_beta=3.0, geometry=new.geometry).voxel_frames())

    assert (frames(new), frames(new, other), frames(new, beside)) == (21, 21, 42)


def test_where_nothing_is_covered_there_is_no_hottest_point() -> None:
    empty = Blob((0, 0, 0), np.nan, 30)
    assert hottest_overlap(Sum(first=empty, second=empty), courses=["first", "second"]) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plane", "across", "up"),
    [
        (AXIAL, (-6.0, 10.0), (-3.0, 4.0)),
        (CORONAL, (-6.0, 10.0), (-11.5, 9.5)),
        (SAGITTAL, (-3.0, 4.0), (-11.5, 9.5)),
    ],
)
def test_an_outline_is_the_organs_cross_section(
    plane: type, across: tuple[float, float], up: tuple[float, float]
) -> None:
    """Contours fill the slab half-way to their neighbours, so the ends reach half a step of 3 mm further."""
    organ = box((-6, 10), (-3, 4), [-10.0, -7.0, -4.0, -1.0, 2.0, 5.0, 8.0])
    view = one_view(plane, organ)
    polygons = view.outlines["Box1"]
    points = np.vstack(polygons)
    assert (points[:, 0].min(), points[:, 0].max()) == across
    assert (points[:, 1].min(), points[:, 1].max()) == up


@pytest.mark.parametrize(
    ("levels", "is_shown"),
    [
        ([-6.0, -4.0, -2.0, 0.0], False),  # ends at 1 mm, the plane lies at 2 mm
        ([-6.0, -3.0, 0.0], False),  # ends at 1.5 mm
        ([-4.0, 0.0], True),  # ends at 2 mm
        ([-8.0, 0.0, 8.0], True),  # 2 mm lies within the middle slab
        ([6.0, 14.0], True),  # begins at 2 mm
        ([8.0, 14.0], False),
    ],
)
def test_an_axial_outline_is_drawn_where_the_organ_is_and_nowhere_else(
    levels: list[float], is_shown: bool
) -> None:
    assert bool(one_view(AXIAL, box((-6, 10), (-3, 4), levels)).outlines["Box1"]) is is_shown


def test_an_axial_outline_is_of_the_slice_that_holds_the_plane() -> None:
    wide, narrow = box((-20, 20), (-5, 5), [-2.0, 1.0]), box((-6, 10), (-3, 4), [4.0, 7.0])
    both = replace(wide, contours=(*wide.contours, *narrow.contours))
    (polygon,) = one_view(AXIAL, both).outlines["Box1"]
    assert polygon[:, 0].min() == -20.0  # the plane at 2 mm lies below 2.5 mm


def test_two_legs_are_two_polygons_and_the_gap_stays_empty() -> None:
    legs = [box((-20, -10), (-5, 5), [0.0, 3.0, 6.0]), box((10, 20), (-5, 5), [0.0, 3.0, 6.0])]
    trousers = Structure(
        number=1,
        name="Box1",
        interpreted_type="ORGAN",
        contours=legs[0].contours + legs[1].contours,
        frame_of_reference_uid=FRAME,
    )
    polygons = one_view(CORONAL, trousers).outlines["Box1"]
    spans = sorted((p[:, 0].min(), p[:, 0].max()) for p in polygons)
    assert spans == [(-20.0, -10.0), (10.0, 20.0)]


def test_an_organ_beside_the_plane_has_no_outline_but_keeps_its_colour() -> None:
    view = one_view(SAGITTAL, box((20, 30), (-5, 5), [0.0, 3.0]))
    assert view.outlines == {"Box1": []}


def one_view(plane, organ):  # type: ignore[no-untyped-def]  # test shorthand
    blob = Blob((0, 0, 0), 60, 30)
    (view,) = plane_views(
        [(blob, "dose")],
        planes=[plane],
        point_mm=np.array([0.0, 0.0, 2.0]),
        structures=[organ],
        images=None,
        within=blob.geometry,
    )
    return view


@pytest.mark.parametrize("plane", [AXIAL, CORONAL, SAGITTAL])
def test_a_pixel_shows_the_dose_at_its_own_place(plane) -> None:  # type: ignore[no-untyped-def]
    blob = Blob((8, -6, 12), 60, 40)
    point = np.array([8.0, -6.0, 12.0])
    (view,) = plane_views(
        [(blob, "dose")], planes=[plane], point_mm=point, structures=[], images=None, within=blob.geometry
    )
    left, right, bottom, top = view.extent_mm
    rows, columns = view.dose.shape
    row, column = np.unravel_index(np.argmax(view.dose), view.dose.shape)
    across = left + (column + 0.5) * (right - left) / columns
    up = top + (row + 0.5) * (bottom - top) / rows
    assert abs(across - point[plane.across]) <= 1
    assert abs(up - point[plane.up]) <= 1


def test_superior_is_up_and_anterior_is_up_in_an_axial_picture() -> None:
    blob = Blob((0, 0, 0), 60, 40)
    point = np.zeros(3)
    axial, coronal = plane_views(
        [(blob, "dose")],
        planes=[AXIAL, CORONAL],
        point_mm=point,
        structures=[],
        images=None,
        within=blob.geometry,
    )
    assert axial.extent_mm[2] > axial.extent_mm[3]  # y grows downwards: posterior below
    assert coronal.extent_mm[2] < coronal.extent_mm[3]  # z grows upwards: superior above


class Images:
    """What a checkerboard asks of an image series; each value is a known function of its place."""

    def __init__(self, frame: str, value: float) -> None:
        self.geometry, self.frame_of_reference_uid, self.value = geometry(), frame, value

    def slice_values(self, frame: int) -> np.ndarray:
        points = self.geometry.to_patient(
            np.stack(np.meshgrid([frame], np.arange(40), np.arange(40), indexing="ij"), axis=-1)
        )[0]
        return self.value + points[..., 0]


def test_every_second_square_shows_the_earlier_images_where_the_transform_puts_them() -> None:
    shift = np.eye(4)
    shift[0, 3] = 8.0
    moved = RigidTransform(matrix=shift, maps_from=FRAME, maps_to="1.2.4", source="matrix file")
    (view,) = checkered_views(
        Images(FRAME, 0.0),  # type: ignore[arg-type]
        Images("1.2.4", 1000.0),  # type: ignore[arg-type]
        moved,
        planes=[AXIAL],
        point_mm=np.zeros(3),
        structures=[box((-10, 10), (-10, 10), [0.0])],
        within=geometry(),
    )
    assert view.image is not None
    size = round(SQUARE_MM / 2)
    first, second = view.image[: size - 1, : size - 1], view.image[: size - 1, size + 1 : 2 * size - 1]
    x = np.linspace(*view.extent_mm[:2], view.image.shape[1] + 1)[:-1] + 1.0
    assert first == pytest.approx(np.broadcast_to(x[: size - 1], first.shape), abs=1.5)
    # Voxels of the earlier images lie 8 mm further on.
    assert second == pytest.approx(
        np.broadcast_to(1008.0 + x[size + 1 : 2 * size - 1], second.shape), abs=1.5
    )
    assert np.isnan(view.dose).all()
    assert set(view.outlines) == {"Box1"}
