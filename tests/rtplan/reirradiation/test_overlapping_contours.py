"""Bounds of an organ whose contours partly overlap hold both readings, and a verdict needs both to agree.

Two boxes overlap in x: as a union the organ is one box, by the even-odd rule the common part is a hole. The
dose is linear in x, that of the other course even, so each reading's D50% has a closed form.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.interval import Interval
from rtplan.limits import Verdict, parse_limit
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import OrganRow, parse_tissues
from rtplan.report.reirradiation.pictures import bounds_band

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
BOXES = {"hotter as a union": ((-10, 10), (4, 20)), "colder as a union": ((-10, 4), (-20, -4))}
"""x of both boxes; the second pair is such that its hole is colder than what is left."""
EVEN = 20.0


def median_x(reading: str, boxes: tuple[tuple[int, int], tuple[int, int]]) -> float:
    """The x beyond which half of an organ of two overlapping boxes lies."""
    x = np.linspace(-20, 20, 400_001)
    times = sum((low <= x) & (x <= high) for low, high in boxes)
    return float(np.median(x[times >= 1 if reading == "union" else times == 1]))


def overlapping(sets: ModuleType, role: str, boxes: tuple[tuple[int, int], ...], **options: object) -> Course:
    organs = {str(place): (x, (-10, 10), (-12, 12)) for place, x in enumerate(boxes)}
    treated = sets.treatment(sets.linear((1.0, 0, 0), 30.0), n=10, organs=organs, **options)
    one, other = treated.structure_set.structures
    organ = replace(one, name="Rectum", contours=one.contours + other.contours)
    drawn = replace(treated.structure_set, structures=(organ,))
    return course_of_treatments([(replace(treated, structure_set=drawn), Delivery())], role=role)


def even(sets: ModuleType, role: str, boxes: tuple[tuple[int, int], ...], **options: object) -> Course:
    """A course of one dose, its organ as large as the union."""
    union = (min(low for low, _ in boxes), max(high for _, high in boxes))
    options["organs"] = {"Rectum": (union, (-10, 10), (-12, 12))}
    treated = sets.treatment(lambda points: np.full(points.shape[:-1], EVEN), n=10, **options)
    return course_of_treatments([(treated, Delivery())], role=role)


def answered(new: Course, prior: Course, limit: float, **options: Any) -> Reirradiation:
    return reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3"]),
        limits=[parse_limit(f"Rectum:D50%[Gy]<={limit}")],
        n_fractions=[10],
        **options,
    )


def row(new: Course, prior: Course, limit: float, **options: Any) -> OrganRow:
    return answered(new, prior, limit, **options).row("Rectum", "D50%[Gy]")


def ends(boxes: tuple[tuple[int, int], tuple[int, int]]) -> list[float]:
    """EQD2 of D50% of both readings, the lower first."""
    return sorted(float(eqd2(30 + median_x(reading, boxes), 10, 3.0)) for reading in ("union", "even-odd"))


@pytest.mark.parametrize("which", BOXES)
@pytest.mark.parametrize("overlaps_in", ["new", "prior"])
def test_bounds_hold_both_readings_and_a_limit_between_them_is_borderline(
    sets: ModuleType, which: str, overlaps_in: str
) -> None:
    low, high = ends(BOXES[which])
    other = float(eqd2(EVEN, 10, 3.0))
    assert high - low > 2.0
    frames = {"new": {}, "prior": {"frame": "1.2.826.0.1.299"}}
    courses = {
        role: overlapping(sets, role, BOXES[which], **frames[role])
        if role == overlaps_in
        else even(sets, role, BOXES[which], **frames[role])
        for role in ("new", "prior")
    }

    def judged(limit: float) -> OrganRow:
        return row(courses["new"], courses["prior"], limit)

    between = judged(other + (low + high) / 2)
    assert between.voxel_sum.value is None
    assert between.bounds.low == pytest.approx(low + other, abs=between.bounds.low_uncertainty + 0.02)
    assert between.bounds.high == pytest.approx(high + other, abs=between.bounds.high_uncertainty + 0.02)
    assert between.verdict is Verdict.BORDERLINE
    assert judged(other + high + 1.0).verdict is Verdict.WITHIN
    assert judged(other + low - 1.0).verdict is Verdict.EXCEEDS


def test_recovery_is_taken_off_both_readings(sets: ModuleType) -> None:
    """michigan-2019: nine months take 25 % off the earlier EQD2 of a rectum, in either reading."""
    boxes = BOXES["hotter as a union"]
    low, high = ends(boxes)
    new, prior = even(sets, "new", boxes), overlapping(sets, "prior", boxes, frame="1.2.826.0.1.299")
    other = float(eqd2(EVEN, 10, 3.0))
    judged = row(new, prior, other + 0.75 * (low + high) / 2, recovery="michigan-2019")
    assert judged.verdict is Verdict.BORDERLINE
    assert row(new, prior, other + 0.75 * high + 0.5, recovery="michigan-2019").judgement.reason.startswith(
        f"by the upper bound of {other + 0.75 * high:.1f}"
    )


def test_the_shaded_band_holds_both_readings(sets: ModuleType) -> None:
    """Beside an even dose the lowest and the highest curve are those of the readings."""
    boxes = BOXES["hotter as a union"]
    new, prior = overlapping(sets, "new", boxes), even(sets, "prior", boxes, frame="1.2.826.0.1.299")
    found = answered(new, prior, 80.0)
    (organ,) = found.dvhs
    band = bounds_band(found, organ)
    assert band is not None
    low, high = band
    volumes = low.volume
    other = float(eqd2(EVEN, 10, 3.0))
    # 2 x 0.24 cc for each mm: the union from -10 to 20 mm, by even-odd without 4 to 10 mm
    x = {"union": 20 - volumes / 0.48, "even-odd": 20 - volumes / 0.48 - 6 * (volumes > 10 * 0.48)}
    of_union, of_rest = (np.asarray(eqd2(30 + each, 10, 3.0)) + other for each in x.values())
    inside = (volumes > 0.1) & (volumes < 24 * 0.48 - 0.1)
    assert high.dose_gy[inside] == pytest.approx(of_union[inside], abs=0.05)
    assert low.dose_gy[inside] == pytest.approx(of_rest[inside], abs=0.05)
    assert low.dose_gy[-1] == 0.0


def test_what_is_left_at_a_point_is_read_from_both_readings(sets: ModuleType) -> None:
    boxes = BOXES["hotter as a union"]
    low, high = ends(boxes)
    new, prior = even(sets, "new", boxes), overlapping(sets, "prior", boxes, frame="1.2.826.0.1.299")
    left = [one for one in row(new, prior, 80.0).remaining if one.basis.startswith("point")]
    assert len(left) == 2
    spent = [80.0 - float(eqd2(one.total_dose_gy, 10, 3.0)) for one in left]
    assert sorted(spent) == pytest.approx([low, high], abs=0.1)
