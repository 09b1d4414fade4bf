"""The sum as a notebook asks for it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import rtplan
from bed.lq import eqd2
from dicom_io import RigidTransform, identity
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments

X = np.linspace(-10, 10, 20_001)


def course(sets: ModuleType, role: str, dose: Any, n: int, **changes: Any) -> Course:
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), Delivery())], role=role)


def both(sets: ModuleType, **changes: Any) -> list[Course]:
    prior = course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), 28, **changes)
    return [prior, course(sets, "new", sets.linear((0.5, 0, 0), 20.0), 5)]


def exact() -> np.ndarray:
    return np.asarray(eqd2(40.0 - X, 28, 3.0)) + np.asarray(eqd2(20.0 + 0.5 * X, 5, 3.0))


def test_courses_are_summed_and_tabulated_by_structure(sets: ModuleType) -> None:
    found = rtplan.accumulate(both(sets), alpha_beta=3)
    assert isinstance(found, rtplan.CourseSum)
    assert repr(found) == (
        "CourseSum(prior: 2024-01-29 …1111 50 Gy + new: 2024-01-29 …1111 50 Gy: EQD2 at alpha/beta 3 Gy)"
    )
    frame = found.to_frame(metrics=["Mean[Gy]"])
    assert list(frame["structure"]) == ["Rectum", "Bladder"]
    mean = float(frame["eqd2_gy"][0])
    assert mean == pytest.approx(float(np.mean(exact())), abs=float(frame["uncertainty_gy"][0]) + 2e-3)
    assert found.field.sample(np.array([[4.0, 0.0, 0.0]])) == pytest.approx(
        [eqd2(36.0, 28, 3.0) + eqd2(22.0, 5, 3.0)], abs=1e-4
    )
    assert found.grid.eqd2.alpha_beta == 3
    assert "<table>" in found._repr_html_()


def test_the_histograms_of_the_sum_are_drawn(sets: ModuleType) -> None:
    found = rtplan.accumulate(both(sets), alpha_beta=3)
    assert isinstance(found, rtplan.CourseSum)
    (axes,) = found.plot(["Rectum"]).axes
    (line,) = axes.get_lines()
    assert line.get_label() == "Rectum"
    assert "alpha/beta 3 Gy" in axes.get_xlabel()
    assert max(line.get_xdata()) == pytest.approx(float(exact().max()), abs=0.2)
    with pytest.raises(rtplan.RtplanLookupError, match="there are: Rectum, Bladder"):
        found.plot(["Kidney"])


def test_other_frames_need_a_registration(sets: ModuleType) -> None:
    apart = both(sets, frame=sets.OLD_FRAME)
    with pytest.raises(rtplan.RtplanLookupError, match="no registration leads to it"):
        rtplan.accumulate(apart, alpha_beta=3)
    same = RigidTransform(
        matrix=np.eye(4), maps_from=sets.OLD_FRAME, maps_to=sets.NEW_FRAME, source="matrix file"
    )
    found = rtplan.accumulate(apart, alpha_beta=3, registrations=[same])
    assert isinstance(found, rtplan.CourseSum)
    value = found.dvh("Rectum").metric("Mean[Gy]")
    assert value.value == pytest.approx(float(np.mean(exact())), abs=0.02)


def test_parts_give_the_bare_field(sets: ModuleType) -> None:
    parts = [c.phases[0].part(c.label, identity(sets.NEW_FRAME)) for c in both(sets)]
    found = rtplan.accumulate(parts, alpha_beta=3)
    assert isinstance(found, rtplan.CumulativeField)
    with pytest.raises(rtplan.RtplanTypeError, match="its own transform"):
        rtplan.accumulate(parts, alpha_beta=3, registrations=[identity(sets.NEW_FRAME)])


@pytest.mark.parametrize("alpha_beta", [0.0, -3.0, float("nan"), float("inf")])
def test_an_alpha_beta_that_is_none_is_refused(sets: ModuleType, alpha_beta: float) -> None:
    with pytest.raises(rtplan.RtplanValueError, match="above 0 Gy"):
        rtplan.accumulate(both(sets), alpha_beta=alpha_beta)


def test_what_is_no_sum_of_courses_is_refused(sets: ModuleType) -> None:
    prior, new = both(sets)
    with pytest.raises(rtplan.RtplanValueError, match="1 courses"):
        rtplan.accumulate([new], alpha_beta=3)
    with pytest.raises(rtplan.RtplanTypeError, match="not DosePart"):
        rtplan.accumulate([prior, new.phases[0].part("x", identity(sets.NEW_FRAME))], alpha_beta=3)  # type: ignore[list-item]
    with pytest.raises(rtplan.RtplanTypeError, match="geometry is for parts"):
        rtplan.accumulate([prior, new], alpha_beta=3, geometry=sets.GRID)
    with pytest.raises(rtplan.RtplanLookupError, match="prescription only"):
        rtplan.accumulate([course_of_regimen("50Gy/25", role="prior"), new], alpha_beta=3)


def test_what_a_notebook_shows_is_short_and_says_what_it_is(sets: ModuleType) -> None:
    prior, new = both(sets)
    found = rtplan.reirradiate(
        new,
        [prior],
        intervals=[
            rtplan.Interval(ended=rtplan.parse_date("2023-05-01"), starts=rtplan.parse_date("2024-02-01"))
        ],
        tissues=rtplan.parse_tissues(["Rectum=3"]),
        limits=rtplan.parse_limits(["Rectum:Mean[Gy]<=90"]),
        n_fractions=[5],
    )
    row = found.row("Rectum", "Mean[Gy]")
    shown = [repr(thing) for thing in (row, row.bounds, row.remaining[0], found.matches[0], new.phases[0])]
    assert "Rectum Mean[Gy] at alpha/beta 3 Gy: voxel sum" in shown[0]
    assert "within" in shown[0]
    assert shown[1].startswith("Bounds(")
    assert "point, 5 fractions" in shown[2]
    assert shown[3] == "OrganMatch(Rectum: Rectum: same name; Rectum: same name)"
    assert "5 fractions, 1 of the planned dose" in shown[4]
    assert all(len(text) < 250 for text in shown)
