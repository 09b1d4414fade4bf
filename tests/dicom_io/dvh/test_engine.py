"""The DVH engine against exact distributions of the contours as drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.dvh import compute_dvh, compute_dvhs
from dicom_io.dvh.engine import DVH
from dicom_io.errors import ContradictionError, DicomValueError
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

Array = NDArray[np.float64]
FRAME = "1.2.3"


class Opaque:
    """A field that can only be asked at points."""

    def __init__(self, field: GridField) -> None:
        self.field = field

    @property
    def geometry(self) -> GridGeometry:
        return self.field.geometry

    @property
    def frame_of_reference_uid(self) -> str:
        return self.field.frame_of_reference_uid

    def sample(self, points: Array) -> Array:
        return self.field.sample(points)


def structure_of(polygons: list[Array], heights: Array, name: str = "Organ") -> Structure:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for polygon, z in zip(polygons, heights, strict=True)
    )
    return Structure(
        number=4, name=name, interpreted_type="", contours=contours, frame_of_reference_uid=FRAME
    )


def box(x0: float, x1: float, y0: float, y1: float, heights: Array, name: str = "Box") -> Structure:
    polygon = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return structure_of([polygon] * len(heights), heights, name)


def circle(radius: float, x: float = 0.0, y: float = 0.0, n: int = 120) -> Array:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def sphere(radius: float, spacing: float) -> tuple[list[Array], Array]:
    heights = np.arange(-np.floor(radius / spacing), radius, spacing) * 0.999 + 0.1
    heights = heights[np.abs(heights) < radius]
    return [circle(float(np.sqrt(radius**2 - z**2)), 0.3, -0.2) for z in heights], heights


def linear_field(
    slope: tuple[float, float, float],
    *,
    spacing: tuple[float, float, float] = (3.0, 2.0, 2.5),
    half: float = 45.0,
    offset: float = 50.0,
) -> GridField:
    shape = tuple(int(2 * half / step) + 2 for step in spacing)
    grid = GridGeometry.axial(
        shape=(shape[0], shape[1], shape[2]), origin=(-half - 0.3, -half + 0.2, -half - 0.7), spacing=spacing
    )
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    return GridField(geometry=grid, values=offset + points @ np.array(slope), frame_of_reference_uid=FRAME)


def area_left_of(polygon: Array, position: float) -> float:
    """Area where x <= position: the line integral of min(x, position) dy, edge by edge."""
    total = 0.0
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        low, high = min(x0, x1), max(x0, x1)
        if high == low:
            mean = min(low, position)
        else:
            part = min(1.0, max(0.0, (position - low) / (high - low)))
            mean = part * (low + min(position, high)) / 2 + (1 - part) * position
        total += mean * (y1 - y0)
    return total


def turned(polygon: Array, direction: tuple[float, float]) -> Array:
    """The polygon with `direction` along x."""
    cos, sin = np.array(direction) / np.hypot(*direction)
    return polygon @ np.array([[cos, -sin], [sin, cos]])


@pytest.mark.parametrize("slope", [(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.6, 0.8, 0.0), (-0.9, 0.3, 0.0)])
@pytest.mark.parametrize(("radius", "spacing"), [(5.0, 3.0), (12.0, 2.0), (20.0, 1.0)])
@pytest.mark.parametrize("opaque", [False, True])
def test_dvh_of_a_sphere_in_a_gradient_is_that_of_its_polygons(
    slope: tuple[float, float, float], radius: float, spacing: float, opaque: bool
) -> None:
    polygons, heights = sphere(radius, spacing)
    field = linear_field(slope)
    dvh = compute_dvh(structure_of(polygons, heights), Opaque(field) if opaque else field)
    step, length = spacing * 0.999, float(np.hypot(slope[0], slope[1]))
    flat = [turned(polygon, (slope[0], slope[1])) for polygon in polygons]
    whole = sum(area_left_of(polygon, 1e6) for polygon in flat) * step / 1000
    assert dvh.volume_cc == pytest.approx(whole, rel=1e-9)
    doses = np.linspace(50 - length * radius, 50 + length * radius, 41)
    exact = np.array(
        [whole - sum(area_left_of(p, (d - 50) / length) for p in flat) * step / 1000 for d in doses]
    )
    assert np.max(np.abs(dvh.volume_at_dose(doses) - exact)) < 0.001 * whole
    for volume, dose in zip(exact[4:-4], doses[4:-4], strict=True):
        error = abs(float(dvh.dose_at_volume(volume)) - dose)
        assert error < 0.01
        assert error < 0.003 + float(dvh.dose_uncertainty(volume))


@pytest.mark.parametrize("opaque", [False, True])
def test_gradient_across_the_planes_gives_the_slabs(opaque: bool) -> None:
    heights = np.array([0.0, 3.0, 6.0, 9.0])
    polygons = [circle(radius) for radius in (4.0, 8.0, 10.0, 6.0)]
    field = linear_field((0.0, 0.0, 1.0))
    dvh = compute_dvh(structure_of(polygons, heights), Opaque(field) if opaque else field)
    areas = np.array([area_left_of(polygon, 1e6) for polygon in polygons])
    ends = np.array([-1.5, 1.5, 4.5, 7.5, 10.5])
    above = np.append(np.cumsum((areas * 3)[::-1])[::-1], 0.0) / 1000
    assert dvh.volume_at_dose(50 + ends) == pytest.approx(above, abs=1e-3 * above[0])
    assert dvh.mean_gy == pytest.approx(50 + float(areas @ heights) / areas.sum(), abs=1e-6)
    assert (dvh.min_gy, dvh.max_gy) == pytest.approx((48.5, 60.5), abs=0.02)


def test_mean_is_exact_for_bilinear_doses_and_cut_pixels() -> None:
    triangle = np.array([[0.0, 0], [17, 3], [5, 14]])
    grid = GridGeometry.axial(shape=(4, 20, 20), origin=(-5, -5, -5), spacing=(5, 3, 3))
    x, y, _ = np.moveaxis(grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    field = GridField(geometry=grid, values=20 + 0.1 * x * y, frame_of_reference_uid=FRAME)
    dvh = compute_dvh(structure_of([triangle] * 2, np.array([0.0, 2.0])), field)
    (x0, y0), (x1, y1), (x2, y2) = triangle
    sums, products = (x0 + x1 + x2) * (y0 + y1 + y2), x0 * y0 + x1 * y1 + x2 * y2
    assert dvh.mean_gy == pytest.approx(20 + 0.1 * (sums + products) / 12, abs=1e-9)


def test_uniform_dose_is_the_dose_of_every_volume() -> None:
    field = linear_field((0.0, 0.0, 0.0), offset=40.0)
    dvh = compute_dvh(box(0, 10, 0, 10, np.arange(5) * 3.0), field)
    assert dvh.volume_cc == pytest.approx(1.5)
    for text in ("D0.5cc[Gy]", "D0.03cc[Gy]", "D100%[Gy]", "Max[Gy]", "Min[Gy]", "Mean[Gy]", "DC1cc[Gy]"):
        assert dvh.metric(text).value == pytest.approx(40.0, abs=1e-4), text
    assert dvh.metric("V40.001Gy[cc]").value == 0
    assert dvh.metric("V39.999Gy[%]").value == pytest.approx(100)


@pytest.fixture(scope="module")
def ramp() -> DVH:
    """10 cc, evenly from 40 to 60 Gy."""
    return compute_dvh(box(-10, 10, -10, 10, np.arange(-10, 11, 5.0) + 2.5), linear_field((1.0, 0.0, 0.0)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("D95%[Gy]", 41.0),
        ("D2cc[Gy]", 56.0),
        ("D95%[%]", 82.0),
        ("D0.03cc[Gy]", 59.94),
        ("V50Gy[cc]", 5.0),
        ("V45Gy[%]", 75.0),
        ("V110%[%]", 25.0),
        ("CV45Gy[cc]", 2.5),
        ("CV45Gy[%]", 25.0),
        ("DC2.5cc[Gy]", 45.0),
        ("DC10%[Gy]", 42.0),
        ("Mean[Gy]", 50.0),
        ("Mean[%]", 100.0),
        ("Max[Gy]", 60.0),
        ("Min[Gy]", 40.0),
        ("Median[Gy]", 50.0),
        ("HI", (59.6 - 40.4) / 50),
    ],
)
def test_metrics_of_an_even_ramp(text: str, expected: float) -> None:
    heights = np.array([-10.0, -5.0, 0.0, 5.0, 10.0])
    dvh = compute_dvh(box(-10, 10, -10, 10, heights), linear_field((1.0, 0.0, 0.0)))
    value = dvh.metric(text, prescription_gy=50.0)
    assert value.value == pytest.approx(expected, abs=2e-3)
    assert value.uncertainty is not None
    assert 0 < value.uncertainty < 0.5


def test_a_metric_that_asks_for_more_than_there_is_has_a_reason(ramp: DVH) -> None:
    value = ramp.metric("D50cc[Gy]")
    assert value.value is None
    assert value.reason == "asks for 50 cc, the structure has 10 cc"
    with pytest.raises(DicomValueError, match="10 cc are there"):
        ramp.dose_at_volume(50.0)
    with pytest.raises(DicomValueError):
        ramp.dose_at_volume(-1.0)


def test_percent_of_dose_needs_the_prescription(ramp: DVH) -> None:
    assert "prescription" in (ramp.metric("V95%[%]").reason or "")
    with pytest.raises(DicomValueError, match="prescription"):
        ramp.metric("V95%[%]", prescription_gy=0.0)


def test_curves_run_from_all_to_nothing(ramp: DVH) -> None:
    dose, volume = ramp.curve(bin_gy=0.5)
    assert (dose[0], volume[0]) == (0.0, ramp.covered_cc)
    assert volume[-1] == pytest.approx(0.0, abs=1e-9)
    assert dose[-1] == pytest.approx(60.0, abs=0.51)
    dose, volume = ramp.curve(n=100)
    assert len(dose) == len(volume) == 100
    centre, part = ramp.differential(bin_gy=1.0)
    assert part.sum() == pytest.approx(ramp.covered_cc)
    assert centre == pytest.approx(np.arange(len(centre)) + 0.5)
    assert part[(centre > 40) & (centre < 60)] == pytest.approx(0.5, rel=0.02)
    for wrong in ({}, {"bin_gy": 0.0}, {"n": 1}, {"bin_gy": 1.0, "n": 3}):
        with pytest.raises(DicomValueError):
            ramp.curve(**wrong)


def test_bins_of_a_part_of_a_gray_have_their_centres_half_a_bin_up(ramp: DVH) -> None:
    centre, part = ramp.differential(bin_gy=0.25)
    assert centre == pytest.approx(0.25 * np.arange(len(centre)) + 0.125)
    assert np.sum(centre * part) / np.sum(part) == pytest.approx(50.0, abs=0.02)


@pytest.mark.parametrize(
    ("volume_cc", "text"),
    [(0.01234, "0.0123 cc"), (45.67, "45.7 cc"), (1234.6, "1235 cc"), (23456.0, "23456 cc")],
)
def test_volumes_are_told_to_three_digits_and_never_as_powers_of_ten(
    ramp: DVH, volume_cc: float, text: str
) -> None:
    told = repr(replace(ramp, volume_cc=volume_cc))
    assert told.startswith(f"DVH of Box: {text}, ")
    assert f"<td>{text}</td>" in replace(ramp, volume_cc=volume_cc)._repr_html_()


def test_frames_and_representations(ramp: DVH) -> None:
    frame = pytest.importorskip("pandas") and ramp.to_frame(bin_gy=1.0)
    assert list(frame.columns) == ["dose_gy", "volume_cc", "volume_percent"]
    assert frame["volume_percent"].iloc[0] == 100
    assert repr(ramp).startswith("DVH of Box: 10 cc, min 40.0")
    html = replace(ramp, structure_name="<GTV>")._repr_html_()
    assert "&lt;GTV&gt;" in html
    assert "D95%[Gy]" in html


def test_part_outside_the_grid_is_not_covered_rather_than_0_gy() -> None:
    field = linear_field((0.0, 0.0, 0.0), offset=30.0)
    edge = float(field.geometry.origin[0])
    dvh = compute_dvh(box(edge - 5, edge + 15, 0, 10, np.arange(4) * 5.0), field)
    assert dvh.volume_cc == pytest.approx(4.0)
    assert dvh.covered_cc == pytest.approx(3.0)
    assert dvh.covered_fraction == pytest.approx(0.75)
    assert dvh.min_gy == pytest.approx(30.0, abs=1e-4)
    assert dvh.dose_at_volume(3.0) == pytest.approx(30.0, abs=1e-4)
    for text in ("D95%[Gy]", "Mean[Gy]", "Max[Gy]", "V20Gy[cc]", "D0.03cc[Gy]"):
        value = dvh.metric(text)
        assert value.value is None
        assert value.reason == "not covered: 1 cc outside the dose grid"


@pytest.mark.parametrize("opaque", [False, True])
def test_coverage_along_the_normal_and_by_a_mask(opaque: bool) -> None:
    field = linear_field((0.0, 0.0, 0.0), offset=30.0)
    top = float(field.geometry.origin[2] + field.geometry.frame_offsets[-1])
    heights = top + np.array([-6.0, -2.0, 2.0])
    high = compute_dvh(box(0, 10, 0, 10, heights), Opaque(field) if opaque else field)
    assert high.covered_fraction == pytest.approx(8 / 12, abs=0.02 if opaque else 1e-9)
    covered = np.ones(field.geometry.shape, dtype=bool)
    covered[:, :, : field.geometry.shape[2] // 2] = False
    first = float(field.geometry.to_patient([0, 0, field.geometry.shape[2] // 2])[0])
    masked = replace(field, covered=covered)
    part = compute_dvh(
        box(first - 6, first + 14, 0, 10, np.arange(4) * 3.0), Opaque(masked) if opaque else masked
    )
    assert part.covered_fraction == pytest.approx(0.7, abs=0.05 if opaque else 1e-9)


def test_wholly_outside_is_not_covered() -> None:
    dvh = compute_dvh(box(500, 510, 0, 10, np.arange(3) * 3.0), linear_field((0, 0, 0)))
    assert dvh.volume_cc == pytest.approx(0.9)
    assert (dvh.covered_cc, dvh.covered_fraction, dvh.mean_gy) == (0.0, 0.0, None)
    assert "not covered" in (dvh.metric("Mean[Gy]").reason or "")


def test_single_frame_covers_half_its_thickness_and_is_flagged() -> None:
    grid = GridGeometry(
        shape=(1, 30, 30),
        origin=np.array([-10.0, -10, 5]),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        row_spacing=1.0,
        column_spacing=1.0,
        frame_offsets=np.zeros(1),
        slice_thickness=4.0,
    )
    field = GridField(geometry=grid, values=np.full(grid.shape, 9.0), frame_of_reference_uid=FRAME)
    dvh = compute_dvh(box(0, 10, 0, 10, np.array([2.5, 7.5])), field)
    assert dvh.covered_fraction == pytest.approx(0.4)
    assert any("2 mm to both sides" in finding for finding in dvh.findings)
    beside = compute_dvh(box(0, 10, 0, 10, np.array([6.25, 6.75])), field, end_caps="none")
    assert (beside.covered_fraction, beside.mean_gy) == (1.0, pytest.approx(9.0))
    under = compute_dvh(box(0, 10, 0, 10, np.array([3.25, 3.75])), field, end_caps="none")
    assert (under.covered_fraction, under.mean_gy) == (1.0, pytest.approx(9.0))
    unknown = replace(field, geometry=replace(grid, slice_thickness=None))
    assert compute_dvh(box(0, 10, 0, 10, np.array([2.5, 7.5])), unknown).covered_fraction == 0


def test_structures_without_volume_have_a_reason() -> None:
    field = linear_field((0, 0, 0))
    empty = Structure(number=1, name="E", interpreted_type="", contours=(), frame_of_reference_uid=FRAME)
    dvh = compute_dvh(empty, field)
    assert (dvh.volume_cc, dvh.mean_gy, dvh.covered_fraction, dvh.median_gy) == (None, None, None, None)
    assert dvh.metric("Mean[Gy]").reason == "structure has no contours"
    assert len(dvh.knots_gy) == len(dvh.knots_cc) == len(dvh.knots_uncertainty_gy) == 0
    assert "none" in repr(dvh)
    assert "no curve" in dvh._repr_html_()
    with pytest.raises(DicomValueError, match="no contours"):
        dvh.volume_at_dose(1.0)
    single = compute_dvh(box(0, 10, 0, 10, np.array([0.0])), field)
    assert "one plane" in (single.reason or "")
    assert compute_dvh(box(0, 10, 0, 10, np.array([0.0])), field, slice_thickness=3.0).volume_cc == 0.3
    line = np.array([[0.0, 0], [5, 0], [10, 0]])
    flat = compute_dvh(structure_of([line] * 2, np.array([0.0, 3])), field)
    assert flat.reason == "its contours enclose no volume"


def test_what_the_grid_covers_wholly_is_covered_to_the_last_digit() -> None:
    polygons, heights = sphere(12.0, 2.0)
    dvh = compute_dvh(structure_of(polygons, heights), linear_field((0.6, 0.8, 0.0)))
    assert dvh.covered_cc == dvh.volume_cc == dvh.knots_cc[0]
    assert (dvh.uncovered_cc, dvh.covered_fraction) == (0.0, 1.0)
    assert "covered" not in repr(dvh)


def test_volumes_may_be_off_by_rounding_and_no_more(ramp: DVH) -> None:
    whole = float(ramp.knots_cc[0])
    assert ramp.dose_at_volume([0.0, -1e-13 * whole]) == pytest.approx([ramp.max_gy] * 2, abs=1e-9)
    assert ramp.dose_at_volume([whole, whole * (1 + 1e-13)]) == pytest.approx([ramp.min_gy] * 2, abs=1e-9)
    for volume in (-0.001 * whole, 1.001 * whole, np.nan):
        with pytest.raises(DicomValueError, match="are there"):
            ramp.dose_at_volume([1.0, volume])


def test_a_structure_of_many_pixels_is_refused_only_where_the_grid_has_far_fewer_voxels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in ("_MOST_PIXELS", "_MOST_CROSSINGS"):
        monkeypatch.setattr(f"dicom_io.dvh.engine.{limit}", 10)
    organ = box(0, 20, 0, 20, np.arange(5) * 3.0)
    assert compute_dvh(organ, linear_field((1.0, 0, 0))).mean_gy == pytest.approx(60.0)
    coarse = linear_field((1.0, 0, 0), spacing=(45.0, 45.0, 45.0))
    assert "too large for this dose grid" in str(compute_dvh(organ, coarse).reason)


def test_the_half_width_of_homogeneity_adds_up_those_of_its_three_doses(ramp: DVH) -> None:
    # D2% 59.6, D98% 40.4, D50% 50 Gy; half-widths 0.3, 0.1 and 0.2 Gy there
    at = np.array([0.0, 0.02, 0.5, 0.98, 1.0])
    made = replace(
        ramp,
        knots_cc=at[::-1] * 10,
        knots_gy=60 - 20 * at[::-1],
        knots_uncertainty_gy=np.array([0.1, 0.1, 0.2, 0.3, 0.3]),
        volume_cc=10.0,
        covered_cc=10.0,
    )
    found = made.metric("HI")
    assert found.value == pytest.approx(19.2 / 50)
    assert found.uncertainty == pytest.approx((0.3 + 0.1 + 19.2 / 50 * 0.2) / 50)


def test_a_name_in_any_letters_stays_readable_in_the_stored_dvh(ramp: DVH) -> None:
    assert "Rückenmark" in replace(ramp, structure_name="Rückenmark").to_json()
    with pytest.raises(ValueError, match="JSON"):
        replace(ramp, mean_gy=float("nan")).to_json()


def test_no_dose_is_surer_than_its_storage_as_float32() -> None:
    polygons, heights = sphere(12.0, 2.0)
    dvh = compute_dvh(structure_of(polygons, heights), linear_field((0.0, 0.0, 0.0), offset=64.0))
    half_width = dvh.dose_uncertainty(np.array([0.0, 0.5, 1.0]) * dvh.knots_cc[0])
    assert (half_width >= 64 * 2.0**-23).all()
    assert (half_width < 1e-4).all()


def test_frames_of_reference_must_agree() -> None:
    with pytest.raises(ContradictionError, match="frames of reference"):
        compute_dvh(
            replace(box(0, 1, 0, 1, np.arange(3.0)), frame_of_reference_uid="9.9"), linear_field((0, 0, 0))
        )


def test_many_structures_come_by_number() -> None:
    field = linear_field((1.0, 0, 0))
    some = [replace(box(0, 10, 0, 10, np.arange(3.0)), number=number) for number in (9, 2)]
    found = compute_dvhs(some, field)
    assert list(found) == [9, 2]
    assert found[9].mean_gy == pytest.approx(55.0)


def rotation(axis: tuple[float, float, float], degrees: float) -> Array:
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    turn: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turn


def moved(structure: Structure, turn: Array) -> Structure:
    contours = tuple(replace(one, points=one.points @ turn.T) for one in structure.contours)
    return replace(structure, contours=contours)


def moved_field(field: GridField, turn: Array) -> GridField:
    grid = field.geometry
    return replace(
        field,
        geometry=replace(
            grid,
            origin=turn @ grid.origin,
            row_direction=turn @ grid.row_direction,
            column_direction=turn @ grid.column_direction,
        ),
    )


PATIENT_POSITIONS = {
    "prone": rotation((0, 0, 1), 180),
    "decubitus": rotation((0, 0, 1), 90),
    "feet first": rotation((0, 1, 0), 180),
    "coronal": rotation((1, 0, 0), 90),
    "sagittal": rotation((1, 1, 1), 120),
    "oblique": rotation((1, 2, 3), 33),
}


@pytest.mark.parametrize("position", PATIENT_POSITIONS)
def test_patient_position_changes_nothing(position: str) -> None:
    turn = PATIENT_POSITIONS[position]
    polygons, heights = sphere(9.0, 2.0)
    organ, field = structure_of(polygons, heights), linear_field((0.5, -0.7, 0.4))
    plain, rotated = compute_dvh(organ, field), compute_dvh(moved(organ, turn), moved_field(field, turn))
    assert rotated.volume_cc == pytest.approx(plain.volume_cc, rel=1e-6)
    assert rotated.mean_gy == pytest.approx(plain.mean_gy, abs=1e-5)
    volume = np.linspace(0.02, 0.98, 25) * plain.volume_cc
    assert np.max(np.abs(rotated.dose_at_volume(volume) - plain.dose_at_volume(volume))) < 0.005


@pytest.mark.parametrize("position", PATIENT_POSITIONS)
def test_contours_across_the_grid_in_any_direction(position: str) -> None:
    polygons, heights = sphere(9.0, 2.0)
    organ = moved(structure_of(polygons, heights), PATIENT_POSITIONS[position])
    slope = np.array([0.5, -0.7, 0.4])
    dvh = compute_dvh(organ, linear_field((0.5, -0.7, 0.4)))
    straight = compute_dvh(
        structure_of(polygons, heights), linear_field(tuple(PATIENT_POSITIONS[position].T @ slope))
    )
    assert dvh.covered_fraction == pytest.approx(1.0, abs=1e-6)
    assert dvh.mean_gy == pytest.approx(straight.mean_gy, abs=1e-4)
    volume = np.linspace(0.02, 0.98, 25) * straight.volume_cc
    assert np.max(np.abs(dvh.dose_at_volume(volume) - straight.dose_at_volume(volume))) < 0.01


def test_uneven_frames_are_sampled_where_they_are() -> None:
    offsets = np.array([0.0, 2.0, 7.0, 9.0, 20.0, 26.0, 40.0])
    grid = GridGeometry(
        shape=(7, 40, 40),
        origin=np.array([-20.0, -20, -12]),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        row_spacing=1.0,
        column_spacing=1.0,
        frame_offsets=offsets,
    )
    z = grid.origin[2] + offsets
    field = GridField(
        geometry=grid,
        values=np.broadcast_to((50 + z)[:, None, None], grid.shape).copy(),
        frame_of_reference_uid=FRAME,
    )
    dvh = compute_dvh(box(-5, 5, -5, 5, np.arange(-9, 25, 3.0)), field)
    assert dvh.mean_gy == pytest.approx(57.5, abs=1e-5)
    assert dvh.median_gy == pytest.approx(57.5, abs=0.005)


def test_large_structures_count_whole_cells_to_the_same_curve() -> None:
    heights = np.arange(-30, 31, 3.0)
    field = linear_field((0.5, 0.7, 0.4), spacing=(1.5, 1.5, 1.5))
    organ = structure_of([circle(30.0)] * len(heights), heights)
    whole = compute_dvh(organ, field)
    parts = compute_dvh(organ, linear_field((0.5, 0.7, 0.4), spacing=(3.0, 3.0, 3.0)))
    assert whole.mean_gy == pytest.approx(parts.mean_gy, abs=1e-4)
    volume = np.concatenate([[0.03, 0.1], np.linspace(0.005, 0.995, 40) * whole.volume_cc])
    assert np.max(np.abs(whole.dose_at_volume(volume) - parts.dose_at_volume(volume))) < 0.03


def test_large_structures_reaching_out_of_the_grid_count_only_what_is_inside() -> None:
    field = linear_field((0.5, 0.0, 0.0), spacing=(1.5, 1.5, 1.5), half=30.0)
    low = field.geometry.origin
    high = field.geometry.to_patient(np.array(field.geometry.shape) - 1)
    heights = np.arange(-50, 51, 2.0)
    dvh = compute_dvh(box(-60, 60, -60, 60, heights), field)
    assert dvh.covered_cc == pytest.approx(float(np.prod(high - low)) / 1000, rel=1e-6)
    assert dvh.mean_gy == pytest.approx(50 + 0.5 * (low[0] + high[0]) / 2, abs=1e-4)


def test_a_hot_spot_of_a_large_organ_is_found_between_voxels() -> None:
    grid = GridGeometry.axial(shape=(40, 60, 60), origin=(-60, -60, -40), spacing=(2, 2, 2))
    values = np.full(grid.shape, 20.0)
    values[20, 30, 30] = 60.0
    field = GridField(geometry=grid, values=values, frame_of_reference_uid=FRAME)
    dvh = compute_dvh(box(-50, 50, -50, 50, np.arange(-30, 31, 3.0)), field)
    node = np.linspace(-2, 2, 801)
    hat = 1 - np.abs(0.5 * (node[1:] + node[:-1])) / 2
    # the trilinear peak is a product of three hats: volume above a level by direct summation of two of them
    level = 0.5
    pair = np.outer(hat, hat).ravel()
    reach = np.clip(1 - level / pair[pair > level], 0, 1) * 2
    above = float(np.sum(2 * reach) * (node[1] - node[0]) ** 2) / 1000
    assert dvh.volume_at_dose(20 + 40 * level) == pytest.approx(above, abs=2e-4)
    assert dvh.max_gy == pytest.approx(60.0, abs=0.5)
    assert dvh.metric("D0.03cc[Gy]").value > 20.5


@pytest.mark.parametrize("plateau", [0.0, 12.0])
def test_a_plateau_over_most_of_a_large_organ_takes_nothing_from_the_rest(plateau: float) -> None:
    grid = GridGeometry.axial(shape=(50, 60, 60), origin=(-60, -60, -50), spacing=(2, 2, 2))
    x = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 0]
    field = GridField(geometry=grid, values=plateau + np.maximum(x - 20.0, 0.0), frame_of_reference_uid=FRAME)
    organ = box(-50, 50, -50, 50, np.arange(-40, 41, 5.0))
    dvh = compute_dvh(organ, field)
    for above in (0.5, 5.0, 20.0, 29.0):
        exact = (30.0 - above) * 100 * 85 / 1000
        assert float(dvh.volume_at_dose(plateau + above)) == pytest.approx(exact, rel=1e-3)
    opaque = compute_dvh(organ, Opaque(field))
    share = np.array([0.001, 0.05, 0.2, 0.28]) * dvh.volume_cc
    assert dvh.dose_at_volume(share) == pytest.approx(opaque.dose_at_volume(share), abs=0.01)
    assert dvh.min_gy == pytest.approx(plateau, abs=1e-6)


def test_contours_over_a_grid_far_too_fine_for_them_are_refused_before_memory_is_taken() -> None:
    fine = GridGeometry.axial(shape=(6, 4, 4), origin=(0.0, 0.0, 0.0), spacing=(1.0, 1e-3, 1e-3))
    field = GridField(geometry=fine, values=np.ones(fine.shape), frame_of_reference_uid=FRAME)
    long = box(-50.0, 750.0, -5e-4, 2e-3, np.array([0.0, 1.0, 2.0, 3.0]))
    dvh = compute_dvh(long, field)
    assert dvh.reason is not None
    assert "contours cross 6 million pixels" in dvh.reason
    assert dvh.volume_cc == pytest.approx(800 * 2.5e-3 * 4 / 1000)


def even_odd_area(polygon: Array, lines: int = 4000) -> float:
    """Area between every odd and even crossing of many horizontal lines."""
    low, high = polygon[:, 1].min(), polygon[:, 1].max()
    following, step = np.roll(polygon, -1, axis=0), (high - low) / lines
    total = 0.0
    for level in low + step * (np.arange(lines) + 0.5):
        crossed = (polygon[:, 1] <= level) != (following[:, 1] <= level)
        start, end = polygon[crossed], following[crossed]
        across = np.sort(
            start[:, 0] + (level - start[:, 1]) * (end - start)[:, 0] / (end[:, 1] - start[:, 1])
        )
        total += float(np.sum(across[1::2] - across[::2])) * step
    return total


@pytest.mark.parametrize(
    "corners",
    [
        [[6, 17], [15, 8], [11, 11], [17, 0], [9, 13], [9, 18], [19, 16], [9, 17]],
        [[14, 5], [12, 16], [16, 2], [19, 14], [13, 3], [18, 7], [18, 4], [1, 16]],
        [[19, 4], [0, 19], [13, 15], [16, 7], [17, 12], [12, 7], [6, 7], [14, 10]],
    ],
)
def test_crossings_whose_turns_cancel_are_found_on_the_lattice(corners: list[list[int]]) -> None:
    polygon, heights = np.array(corners, dtype=np.float64), np.array([0.0, 2.0, 4.0])
    grid = GridGeometry.axial(shape=(8, 30, 30), origin=(-5.0, -5.0, -4.0), spacing=(2.0, 1.0, 1.0))
    field = GridField(geometry=grid, values=np.full(grid.shape, 10.0), frame_of_reference_uid=FRAME)
    dvh = compute_dvh(structure_of([polygon] * 3, heights), field)
    assert dvh.volume_cc == pytest.approx(even_odd_area(polygon) * 6 / 1000, rel=1e-3)
    assert any("cross" in text for text in dvh.findings)


class Round:
    """A dose that falls with the square of the distance, asked for at points."""

    def __init__(self, sign: float, *, jumps: bool) -> None:
        self.sign, self.jumps = sign, jumps

    geometry = GridGeometry.axial(shape=(13, 13, 13), origin=(-36.0, -36.0, -36.0), spacing=(6.0, 6.0, 6.0))
    frame_of_reference_uid = FRAME

    def sample(self, points: Array) -> Array:
        return 50.0 - self.sign * 0.02 * np.sum(points**2, axis=1)


def test_a_summit_between_nodes_is_asked_of_the_field_itself() -> None:
    polygons, heights = sphere(20.0, 2.0)
    summit = compute_dvh(structure_of(polygons, heights), Round(1.0, jumps=False)).metric("D0.03cc[Gy]")
    exact = 50.0 - 0.02 * (30.0 * 3 / (4 * np.pi)) ** (2 / 3)
    assert summit.value == pytest.approx(exact, abs=0.01)
    kept = compute_dvh(structure_of(polygons, heights), Round(1.0, jumps=True)).metric("D0.03cc[Gy]")
    assert kept.value is not None
    assert kept.value < exact - 0.012  # of a field that jumps a summit between nodes is not believed


def test_between_the_nodes_of_a_field_that_jumps_nothing_is_seen_too_high() -> None:
    polygons, heights = sphere(20.0, 2.0)
    solid = structure_of(polygons, heights)
    free = compute_dvh(solid, Round(-1.0, jumps=False)).metric("D0.03cc[Gy]")
    kept = compute_dvh(solid, Round(-1.0, jumps=True)).metric("D0.03cc[Gy]")
    assert free.value is not None
    # 0.02 Gy/mm2 at 20 mm, and at the corners of slabs up to a millimetre farther out.
    assert 58.0 < free.value < 50.0 + 0.02 * 21.0**2
    assert kept.value == pytest.approx(free.value, abs=1e-9)
