"""Half-widths beside a brachytherapy source: an inverse-square dose, whose iso-doses are balls.

D_v = S (4 pi / 3v)^(2/3) wherever the ball of volume v lies inside the organ.
"""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import number_text
from dicom_io.dvh import DVH, compute_dvh
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

STRENGTH = 2250.0
"""Gy mm2: 10 Gy at 15 mm."""
VOLUMES_CC = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""The ball of 30 cc has a radius of 19.3 mm."""
SOURCES = ([0.37, -0.21, 0.45], [0.5, 0.5, 0.5], [1.3, 0.7, -0.4], [0.9, -1.1, 0.25])


def organ() -> Structure:
    """A ball of 22 mm, drawn every millimetre."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(len(angle))])
    contours = tuple(
        Contour(points=np.sqrt(22.0**2 - z**2) * circle + [0, 0, z], geometric_type="CLOSED_PLANAR")
        for z in np.arange(-21.5, 22.0)
    )
    return Structure(
        number=1, name="Prostate", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


def computed(source: list[float], spacing_mm: float) -> DVH:
    n = int(60 / spacing_mm) + 1
    grid = GridGeometry.axial(shape=(n, n, n), origin=(-30.0,) * 3, spacing=(spacing_mm,) * 3)
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    values = STRENGTH / np.sum((points - np.array(source)) ** 2, axis=-1)
    field = GridField(geometry=grid, values=values.astype(np.float32), frame_of_reference_uid="1.2")
    return compute_dvh(organ(), field)


def true_dose(volume_cc: float) -> float:
    return STRENGTH * (4 * np.pi / (3000 * volume_cc)) ** (2 / 3)


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0, 2.5])
@pytest.mark.parametrize("source", SOURCES)
def test_doses_away_from_the_source_lie_within_half_widths_that_are_no_part_of_its_dose(
    source: list[float], spacing_mm: float
) -> None:
    """What is open at the source, thousands of Gy, is not carried to the doses that a plan is judged by."""
    dvh = computed(source, spacing_mm)
    assert dvh.max_gy is not None
    for volume in VOLUMES_CC:
        found, half_width = float(dvh.dose_at_volume(volume)), float(dvh.dose_uncertainty(volume))
        assert abs(found - true_dose(volume)) <= half_width, (volume, found, true_dose(volume), half_width)
        if volume >= 10:
            assert half_width < 0.2 * found, volume


def test_the_verdict_on_a_cover_dose_is_not_borderline_ten_per_cent_away() -> None:
    """D20cc of a source of 10 Gy at 15 mm is 7.9 Gy: a limit of 7 Gy lies outside its half-width."""
    dvh = computed([0.5, 0.5, 0.5], 1.0)
    assert float(dvh.dose_at_volume(20.0)) - float(dvh.dose_uncertainty(20.0)) > 7.0


def test_what_is_shown_ends_at_0_gy_and_at_0_and_100_per_cent() -> None:
    """The other end stays: at the source a dose may be much higher, and a cover much lower."""
    dvh = computed([0.37, -0.21, 0.45], 2.5)
    near = dvh.metric("V500Gy[%]")
    assert near.value is not None
    assert near.uncertainty is not None
    assert near.value < near.uncertainty  # less than nothing receives no dose
    assert f"(0.00 to {near.value + near.uncertainty:.2f}) %" in repr(near)
    whole = dvh.metric("V4.7Gy[%]")
    assert whole.value is not None
    assert whole.uncertainty is not None
    assert whole.value + whole.uncertainty > 100 > whole.value
    assert f"({whole.value - whole.uncertainty:.1f} to 100.0) %" in repr(whole)


@pytest.mark.parametrize(
    ("value", "half_width", "metric", "shown"),
    [
        (16.0, 41.0, "D90%[Gy]", "16 (0 to 57)"),
        (48.0, 0.2, "D90%[Gy]", "48.00 ± 0.20"),
        (90.0, 15.0, "V16Gy[%]", "90 (75 to 100)"),
        (90.0, 95.0, "CV16Gy[%]", "90 (0 to 100)"),
        (98.0, 15.0, "D2%[%]", "98 ± 15"),  # of a prescription: may be above it
        (0.0, 0.001, "V16Gy[cc]", "0.00 ± <0.01"),
        (-3.0, 5.0, "", "-3.0 ± 5.0"),  # a difference has no end at 0
    ],
)
def test_a_half_width_that_reaches_where_nothing_can_be_is_shown_by_its_ends(
    value: float, half_width: float, metric: str, shown: str
) -> None:
    assert number_text(value, half_width, metric=metric) == shown
