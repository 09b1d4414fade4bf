"""Laws of dose-volume histograms: each docstring is the law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io.dvh import compute_dvh
from dicom_io.dvh.engine import DVH
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

Array = NDArray[np.float64]
FRAME = "1.2.3"
RULES = settings(max_examples=25, deadline=None, derandomize=True)


def assert_is_dvh(dvh: DVH) -> None:
    """Finite, not increasing, the whole covered volume at 0 Gy, nothing above the maximum."""
    _, volume = dvh.curve(n=500)
    assert np.all(np.isfinite(volume))
    assert np.all(np.diff(volume) <= 0)
    assert volume[0] == dvh.covered_cc
    assert np.all(np.diff(dvh.knots_gy) >= 0)
    assert np.all(np.diff(dvh.knots_cc) <= 0)
    assert float(dvh.volume_at_dose(dvh.max_gy + 1e-9)) == 0
    assert np.all(dvh.knots_uncertainty_gy >= 0)
    assert dvh.min_gy <= dvh.mean_gy <= dvh.max_gy
    assert (
        -0.001 < np.trapezoid(dvh.knots_cc, dvh.knots_gy) / dvh.covered_cc + dvh.min_gy - dvh.mean_gy < 0.001
    )


@st.composite
def organs(draw: st.DrawFn) -> Structure:
    """Star-shaped organs with 2 to 6 planes, anywhere near the origin."""
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    points, planes = int(rng.integers(3, 40)), int(rng.integers(2, 7))
    angle = np.sort(rng.uniform(0, 2 * np.pi, points))
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False) + 0.3 * rng.uniform(0, 1 / points, points)
    size, spacing = rng.uniform(3, 18), rng.uniform(0.5, 4)
    centre = rng.uniform(-5, 5, 3)
    contours = []
    for plane in range(planes):
        radius = size * rng.uniform(0.5, 1.0, points)
        polygon = centre[:2] + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        z = np.full(points, centre[2] + plane * spacing)
        contours.append(Contour(points=np.column_stack([polygon, z]), geometric_type="CLOSED_PLANAR"))
    return Structure(
        number=seed, name="Organ", interpreted_type="", contours=tuple(contours), frame_of_reference_uid=FRAME
    )


@st.composite
def fields(draw: st.DrawFn) -> GridField:
    """Smooth doses on grids of random spacing and origin that cover all organs."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    spacing = rng.uniform(1.0, 4.0, 3)
    shape = tuple(int(n) for n in np.ceil(100 / spacing) + 1)
    grid = GridGeometry.axial(
        shape=(shape[0], shape[1], shape[2]),
        origin=-50 - rng.uniform(0, 1, 3) * spacing[[2, 1, 0]],
        spacing=(spacing[0], spacing[1], spacing[2]),
    )
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    wave, phase = rng.normal(0, 0.06, (3, 3)), rng.uniform(0, 6, 3)
    values = 30 + 8 * np.sin(points @ wave + phase).sum(axis=-1)
    return GridField(geometry=grid, values=values, frame_of_reference_uid=FRAME)


def moved(structure: Structure, shift: Array) -> Structure:
    contours = tuple(replace(one, points=one.points + shift) for one in structure.contours)
    return replace(structure, contours=contours)


def moved_field(field: GridField, shift: Array) -> GridField:
    return replace(field, geometry=replace(field.geometry, origin=field.geometry.origin + shift))


def doses(dvh: DVH, shares: Array | None = None) -> Array:
    shares = np.linspace(0.01, 0.99, 50) if shares is None else shares
    return dvh.dose_at_volume(shares * dvh.covered_cc)


@RULES
@given(organs(), fields())
def test_every_dvh_is_one(organ: Structure, field: GridField) -> None:
    """A DVH is finite, falls from the whole volume at 0 Gy to nothing, and its area is the mean dose."""
    assert_is_dvh(compute_dvh(organ, field))


@RULES
@given(organs(), fields())
def test_volume_comes_from_the_contours_alone(organ: Structure, field: GridField) -> None:
    """The volume of a structure does not depend on the dose it is asked with, and its pieces add up to it."""
    polygons = [one.points[:, :2] for one in organ.contours]
    heights = np.array([one.points[0, 2] for one in organ.contours])
    gaps = np.diff(heights)
    thickness = (np.append(gaps[0], gaps) + np.append(gaps, gaps[-1])) / 2
    areas = [
        0.5 * abs(np.sum(p[:, 0] * np.roll(p[:, 1], -1) - np.roll(p[:, 0], -1) * p[:, 1])) for p in polygons
    ]
    dvh = compute_dvh(organ, field)
    assert dvh.volume_cc == pytest.approx(float(np.array(areas) @ thickness) / 1000, rel=1e-9)
    assert dvh.covered_cc == pytest.approx(dvh.volume_cc, rel=1e-9)


@RULES
@given(organs(), fields(), st.integers(0, 1000))
def test_moving_patient_and_dose_together_changes_nothing(
    organ: Structure, field: GridField, seed: int
) -> None:
    """The DVH of a structure and a dose moved by the same shift is the same."""
    shift = np.random.default_rng(seed).uniform(-300, 300, 3)
    plain = compute_dvh(organ, field)
    shifted = compute_dvh(moved(organ, shift), moved_field(field, shift))
    assert doses(shifted) == pytest.approx(doses(plain), abs=1e-3)
    assert shifted.mean_gy == pytest.approx(plain.mean_gy, abs=1e-6)


@RULES
@given(organs(), fields(), st.booleans(), st.integers(0, 50))
def test_where_and_which_way_round_drawing_starts_is_irrelevant(
    organ: Structure, field: GridField, backwards: bool, start: int
) -> None:
    """Neither the first point nor the direction of a contour nor the order of contours matters."""
    step = -1 if backwards else 1
    contours = [replace(one, points=np.roll(one.points, start, axis=0)[::step]) for one in organ.contours]
    again = compute_dvh(replace(organ, contours=tuple(contours[::-1])), field)
    plain = compute_dvh(organ, field)
    assert doses(again) == pytest.approx(doses(plain), abs=1e-6)
    assert again.volume_cc == pytest.approx(plain.volume_cc, rel=1e-9)


@RULES
@given(organs(), fields())
def test_points_added_on_the_edges_change_nothing(organ: Structure, field: GridField) -> None:
    """A contour with more points on the same lines has the same DVH."""
    contours = []
    for one in organ.contours:
        middle = 0.5 * (one.points + np.roll(one.points, -1, axis=0))
        contours.append(replace(one, points=np.stack([one.points, middle], axis=1).reshape(-1, 3)))
    again = compute_dvh(replace(organ, contours=tuple(contours)), field)
    assert doses(again) == pytest.approx(doses(compute_dvh(organ, field)), abs=1e-6)


@RULES
@given(organs(), fields())
def test_dvh_of_disjoint_parts_adds_up(organ: Structure, field: GridField) -> None:
    """The DVH of the union of disjoint structures is the sum of theirs."""
    other = moved(organ, np.array([30.0, 0.0, 0.0]))
    far = moved(organ, np.array([-5.0, 0.0, 0.0]))
    both = replace(organ, contours=(*far.contours, *other.contours))
    parts = [compute_dvh(far, field), compute_dvh(other, field)]
    whole = compute_dvh(both, field)
    level = np.linspace(whole.min_gy, whole.max_gy, 60)
    total = parts[0].volume_at_dose(level) + parts[1].volume_at_dose(level)
    assert whole.volume_at_dose(level) == pytest.approx(total, abs=2e-3 * whole.volume_cc)
    assert whole.volume_cc == pytest.approx(parts[0].volume_cc + parts[1].volume_cc, rel=1e-9)


@RULES
@given(organs(), fields(), st.floats(0.001, 0.999))
def test_dose_at_volume_and_volume_at_dose_are_inverse(
    organ: Structure, field: GridField, share: float
) -> None:
    """V(D(v)) = v and D(V(d)) = d wherever the curve falls."""
    dvh = compute_dvh(organ, field)
    volume = share * dvh.covered_cc
    assert float(dvh.volume_at_dose(dvh.dose_at_volume(volume))) == pytest.approx(volume, rel=1e-9)


@RULES
@given(organs(), fields(), st.floats(0.1, 3.0), st.floats(-20, 20))
def test_dvh_follows_the_dose(organ: Structure, field: GridField, factor: float, offset: float) -> None:
    """Scaling and shifting the dose scales and shifts every dose of the DVH."""
    again = compute_dvh(organ, replace(field, values=field.values * factor + offset))
    plain = compute_dvh(organ, field)
    assert doses(again) == pytest.approx(doses(plain) * factor + offset, abs=2e-3)
    assert again.mean_gy == pytest.approx(plain.mean_gy * factor + offset, abs=1e-6)


@RULES
@given(organs(), fields())
def test_more_dose_nowhere_gives_less(organ: Structure, field: GridField) -> None:
    """When no voxel's dose falls, no volume's dose falls."""
    rng = np.random.default_rng(organ.number)
    more = replace(field, values=field.values + rng.uniform(0, 2, field.values.shape))
    assert np.all(doses(compute_dvh(organ, more)) >= doses(compute_dvh(organ, field)) - 0.02)


@RULES
@given(organs(), fields())
def test_hottest_and_coldest_are_two_views_of_one_curve(organ: Structure, field: GridField) -> None:
    """DC of a volume is D of the rest; CV of a dose is what V leaves."""
    dvh = compute_dvh(organ, field)
    some = 0.3 * dvh.volume_cc
    coldest = dvh.metric(f"DC{some:.12f}cc[Gy]").value
    assert coldest == pytest.approx(float(dvh.dose_at_volume(0.7 * dvh.volume_cc)), abs=1e-6)
    volumes = [dvh.metric(f"{kind}30Gy[cc]").value for kind in ("V", "CV")]
    assert sum(volumes) == pytest.approx(dvh.volume_cc)
