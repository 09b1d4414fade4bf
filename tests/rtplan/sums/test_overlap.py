"""The part of an organ inside an earlier isodose, and metrics inside it, against closed forms.

A box organ of 20 x 20 x 24 mm, 9.6 cc, so 0.48 cc for each mm along x. The earlier dose is a plateau of 50 Gy
for x below -2 mm that falls linearly to 0 at 2 mm: its 25 Gy isodose is the plane x = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import treatment_sets

from bed.lq import eqd2
from dicom_io.dvh import Metric, compute_dvh
from dicom_io.objects import GridField, GridGeometry, RigidTransform, identity
from rtplan.errors import RtplanValueError
from rtplan.sums import CumulativeField, DosePart, IsodoseShare, PhysicalField, overlap_of

ORGAN = treatment_sets.box_organ("Rectum", number=1, frame=treatment_sets.NEW_FRAME)
CC_PER_MM = 0.48
TO_OLD = np.array([[0.0, -1, 0, 3], [1, 0, 0, -5], [0, 0, 1, 4], [0, 0, 0, 1]])
Dose = Callable[[np.ndarray], np.ndarray]


def plateau(points: np.ndarray) -> np.ndarray:
    """50 Gy up to x = -2 mm, none from 2 mm on."""
    return np.asarray(np.clip(25.0 - 12.5 * points[..., 0], 0.0, 50.0))


def rising(points: np.ndarray) -> np.ndarray:
    """20 Gy at x = 0, more towards larger x."""
    return np.asarray(20.0 + 0.5 * points[..., 0])


def part(dose: Dose, *, n: int, label: str, grid: GridGeometry = treatment_sets.GRID) -> DosePart:
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    field = GridField(
        geometry=grid,
        values=dose(grid.to_patient(index)).astype(np.float32),
        frame_of_reference_uid=treatment_sets.NEW_FRAME,
    )
    return DosePart(course=label, dose=field, n_fractions=n, transform=identity(treatment_sets.NEW_FRAME))


def physical(one: DosePart) -> PhysicalField:
    return PhysicalField(parts=(one,), geometry=one.dose.geometry)


def effect(one: DosePart, alpha_beta: float = 3.0) -> CumulativeField:
    return CumulativeField(parts=(one,), alpha_beta=alpha_beta, geometry=one.dose.geometry)


EARLIER = part(plateau, n=25, label="prior")
TODAY = part(rising, n=5, label="new")
HALF = IsodoseShare(doses=(physical(EARLIER),), levels_gy=(25.0,))


def inside(text: str, one: DosePart, share: IsodoseShare = HALF) -> Any:
    field = effect(one)
    return overlap_of(ORGAN, share).metric(Metric.parse(text), field, compute_dvh(ORGAN, field))


def test_half_of_the_box_lies_inside_the_isodose() -> None:
    volume = overlap_of(ORGAN, HALF).volume
    assert volume.value == pytest.approx(4.8, abs=0.01)
    assert volume.uncertainty is not None
    assert abs(volume.value - 4.8) <= volume.uncertainty + 1e-6


@pytest.mark.parametrize("volume_cc", [0.03, 0.5, 2.0, 4.0])
def test_a_near_maximum_inside_is_that_of_the_slab_beside_the_isodose(volume_cc: float) -> None:
    """Today's dose rises with x, so inside the hottest v lie just below the plane x = 0."""
    found = inside(f"D{volume_cc}cc[Gy]", TODAY)
    expected = eqd2(20.0 - 0.5 * volume_cc / CC_PER_MM, 5, 3.0)
    assert abs(found.value - expected) <= min(found.uncertainty, 0.1)


@pytest.mark.parametrize("text", ["D0.03cc[Gy]", "D2cc[Gy]"])
def test_what_is_hottest_inside_anyway_is_the_organs_own_value(text: str) -> None:
    """The earlier plateau lies inside: the engine's value of the whole organ, to the last digit."""
    whole = compute_dvh(ORGAN, effect(EARLIER)).metric(text)
    assert inside(text, EARLIER).value == pytest.approx(whole.value, abs=1e-9)
    assert whole.value == pytest.approx(eqd2(50.0, 25, 3.0), abs=0.01)


def test_mean_median_and_ends_are_those_of_the_half() -> None:
    x = np.linspace(-10.0, 0.0, 100_001)
    values = np.asarray(eqd2(20.0 + 0.5 * x, 5, 3.0))
    for text, expected in {
        "Mean[Gy]": float(values.mean()),
        "Median[Gy]": float(np.median(values)),
        "D50%[Gy]": float(np.median(values)),
        "Min[Gy]": float(values[0]),
        "Max[Gy]": float(values[-1]),
        "DC1cc[Gy]": float(eqd2(20.0 - 5.0 + 0.5 / CC_PER_MM, 5, 3.0)),
    }.items():
        found = inside(text, TODAY)
        assert abs(found.value - expected) <= max(found.uncertainty, 0.02), text
        assert found.value == pytest.approx(expected, abs=0.2), text


def test_more_volume_than_the_overlap_has_is_refused() -> None:
    found = inside("D5cc[Gy]", TODAY)
    assert found.value is None
    assert "asks for 5 cc, the overlap has 4.8 cc" in str(found.reason)


def test_an_isodose_that_does_not_reach_the_organ_gives_nothing() -> None:
    found = inside("D0.03cc[Gy]", TODAY, replace(HALF, levels_gy=(60.0,)))
    assert found.value is None
    assert "no part of the organ" in str(found.reason) or "asks for" in str(found.reason)


def test_a_grid_that_leaves_out_part_of_the_organ_leaves_the_overlap_unknown() -> None:
    low = GridGeometry.axial(shape=(11, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))
    short = part(plateau, n=25, label="prior", grid=low)
    volume = overlap_of(ORGAN, IsodoseShare(doses=(physical(short),), levels_gy=(25.0,))).volume
    assert volume.value is None
    assert "not covered" in str(volume.reason)
    assert "not covered" in str(inside("D2cc[Gy]", part(rising, n=5, label="new", grid=low)).reason)


def test_of_two_earlier_courses_either_isodose_counts() -> None:
    other = part(lambda points: plateau(-points), n=25, label="prior 2")
    share = IsodoseShare(doses=(physical(EARLIER), physical(other)), levels_gy=(25.0, 25.0))
    assert overlap_of(ORGAN, share).volume.value == pytest.approx(9.6, abs=0.02)
    # per cent of its own prescription: 10 Gy of the other one reach to x = -1.2 mm
    share = IsodoseShare(doses=(physical(EARLIER), physical(other)), levels_gy=(50.1, 10.0))
    assert overlap_of(ORGAN, share).volume.value == pytest.approx(CC_PER_MM * 11.2, abs=0.02)


def test_a_turned_earlier_course_gives_the_same() -> None:
    """The plateau drawn on a grid of another frame, turned by a right angle and shifted."""
    old = "1.2.826.0.1.999"
    known = RigidTransform(
        matrix=TO_OLD, maps_from=treatment_sets.NEW_FRAME, maps_to=old, source="matrix file"
    )
    grid = GridGeometry.axial(shape=(21, 51, 51), origin=(-47, -55, -36), spacing=(4.0, 2.0, 2.0))
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    back = np.linalg.inv(TO_OLD)
    values = plateau(grid.to_patient(index) @ back[:3, :3].T + back[:3, 3])
    field = GridField(geometry=grid, values=values.astype(np.float32), frame_of_reference_uid=old)
    turned = DosePart(course="prior", dose=field, n_fractions=25, transform=known)
    share = IsodoseShare(doses=(physical(turned),), levels_gy=(25.0,))
    assert overlap_of(ORGAN, share).volume.value == pytest.approx(4.8, abs=0.02)
    found = inside("D2cc[Gy]", TODAY, share)
    assert found.value == pytest.approx(eqd2(20.0 - 1.0 / CC_PER_MM, 5, 3.0), abs=0.05)


@settings(max_examples=25, deadline=None)
@given(
    slope=st.tuples(*[st.floats(-0.8, 0.8)] * 3),
    level=st.floats(1.0, 49.0),
    volume_cc=st.sampled_from([0.03, 0.2, 1.0, 3.0]),
)
def test_inside_is_never_hotter_than_the_whole_and_grows_with_the_isodose(
    slope: tuple[float, float, float], level: float, volume_cc: float
) -> None:
    """D_v inside an isodose is at most D_v of the organ, and at most that inside a lower isodose."""
    one = part(treatment_sets.linear(slope, 25.0), n=5, label="new")
    text = f"D{volume_cc}cc[Gy]"
    field = effect(one)
    whole = compute_dvh(ORGAN, field)
    found = [
        overlap_of(ORGAN, replace(HALF, levels_gy=(gy,))).metric(Metric.parse(text), field, whole)
        for gy in (level, 0.5 * level)
    ]
    values = [one.value for one in found if one.value is not None]
    assert all(value <= (whole.metric(text).value or 0.0) + 1e-9 for value in values)
    if len(values) == 2:
        assert values[0] <= values[1] + 1e-9


@pytest.mark.parametrize("levels", [(), (0.0,), (float("nan"),), (20.0, 20.0)])
def test_isodoses_that_mean_nothing_are_refused(levels: tuple[float, ...]) -> None:
    with pytest.raises(RtplanValueError, match="isodoses"):
        IsodoseShare(doses=(physical(EARLIER),), levels_gy=levels)
