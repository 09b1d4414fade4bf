"""The accuracy benchmark: its reference against closed forms, and its quick run within the limits."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.special import erf

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = ROOT / "benchmarks" / "dvh_accuracy.py"
    spec = importlib.util.spec_from_file_location("dvh_accuracy_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference(benchmark: ModuleType) -> ModuleType:
    return sys.modules["exact_dvh"]


@pytest.fixture(scope="module")
def found(benchmark: ModuleType) -> tuple[list, list]:
    rows: tuple[list, list] = benchmark.run(quick=True, processes=1, dicompyler=False)
    return rows


def box(reference: ModuleType) -> object:
    """20 x 10 x 12 mm around (0, 5, 0)."""
    square = np.array([[-10.0, 0], [10, 0], [10, 10], [-10, 10]])
    return reference.Drawn(name="box", polygons=(square,) * 4, heights=np.array([-4.5, -1.5, 1.5, 4.5]))


def test_the_reference_cuts_a_box_as_it_should(reference: ModuleType) -> None:
    for axis, (low, high) in enumerate([(-10, 10), (0, 10), (-6, 6)]):
        profile = reference.Profile.of(box(reference), axis)
        at = np.linspace(low - 3, high + 3, 23)
        share = np.clip((at - low) / (high - low), 0, 1)
        np.testing.assert_allclose(profile.below(at), 2.4 * share, atol=1e-12)


def test_the_reference_cuts_a_turned_square_as_it_should(reference: ModuleType) -> None:
    """A square standing on its corner: the part below a height grows with its square."""
    diamond = np.array([[0.0, -10], [10, 0], [0, 10], [-10, 0]])
    drawn = reference.Drawn(name="d", polygons=(diamond,) * 2, heights=np.array([0.0, 2.0]))
    for axis in (0, 1):
        below = reference.Profile.of(drawn, axis).below(np.array([-10.0, -5.0, 0.0, 5.0, 10.0]))
        np.testing.assert_allclose(below, 4 * np.array([0, 25, 100, 175, 200]) / 1000, atol=1e-12)


def test_the_reference_agrees_with_a_second_way_to_cut_polygons(reference: ModuleType) -> None:
    """The area left of a line is the line integral of min(u, c) dv; knots of vertices play no part in it."""
    drawn = reference.draw("cone x", 12.0, 3.0, np.array([0.31, 0.17, 0.43]))
    at = np.linspace(-14, 14, 57)
    for axis in (0, 1):
        total = np.zeros(len(at))
        for polygon, (lower, upper) in zip(drawn.polygons, drawn.bounds, strict=True):
            u, v = (polygon[:, 0], polygon[:, 1]) if axis == 0 else (polygon[:, 1], -polygon[:, 0])
            u0, u1, dv = u[:, None], np.roll(u, -1)[:, None], (np.roll(v, -1) - v)[:, None]
            low, high = np.minimum(u0, u1), np.maximum(u0, u1)
            span = np.where(high > low, high - low, 1.0)
            t = np.clip((at - low) / span, 0, 1)
            mean = np.where(
                high > low, t * (low + np.minimum(at, high)) / 2 + (1 - t) * at, np.minimum(low, at)
            )
            total += (upper - lower) * np.sum(mean * dv, axis=0)
        np.testing.assert_allclose(reference.Profile.of(drawn, axis).below(at), total / 1000, atol=1e-10)


def test_exact_doses_of_a_box(reference: ModuleType) -> None:
    profile = reference.Profile.of(box(reference), 0)
    nothing = np.zeros(0)
    linear = reference.Exact(
        profile=profile, dose=reference.Dose(kind="linear", along=nothing, values=nothing)
    )
    assert linear.mean_gy == pytest.approx(50)
    np.testing.assert_allclose(linear.dose_at_volume(np.array([0.24, 1.2, 2.16])), [58, 50, 42], atol=1e-9)
    gauss = reference.Exact(profile=profile, dose=reference.Dose(kind="gauss", along=nothing, values=nothing))
    peak, sigma = reference.PEAK_MM, reference.SIGMA_MM
    integral = erf((10 - peak) / sigma / np.sqrt(2)) + erf((10 + peak) / sigma / np.sqrt(2))
    assert gauss.mean_gy == pytest.approx(50 * sigma * np.sqrt(np.pi / 8) * integral / 10 / 1, rel=1e-9)
    # 5 mm to both sides of the peak lie inside: half of the box
    (dose,) = gauss.dose_at_volume(np.array([1.2]))
    assert dose == pytest.approx(50 * np.exp(-0.5 * (5 / sigma) ** 2), rel=1e-9)


def test_every_case_of_the_quick_run_keeps_the_limits(
    benchmark: ModuleType, found: tuple[list, list]
) -> None:
    rows, _ = found
    assert len(rows) == 8 * 2 * 2 * 3 * 3
    assert {row.kind for row in rows} == {"linear", "gauss as sampled", "gauss"}
    assert [row.faults for row in rows if row.faults] == []
    assert benchmark.passed(rows)


def test_limits_can_be_broken(benchmark: ModuleType, found: tuple[list, list]) -> None:
    """A volume 0.2 % off, or a mean 0.02 Gy off, would be told."""
    from dataclasses import replace  # noqa: PLC0415

    row = found[0][0]
    wrong = [
        replace(row, volume_percent=0.2),
        replace(row, dvh_percent=0.6),
        replace(row, errors=row.errors | {"Mean": 0.02}),
        replace(row, errors=row.errors | {"D0.03cc": row.stated["D0.03cc"] + 0.06}),
    ]
    assert [len(one.faults) for one in wrong] == [1, 1, 1, 1]
    assert not benchmark.passed(wrong)


def test_conventions_differ_from_the_smooth_solid_as_their_names_say(found: tuple[list, list]) -> None:
    """Of a cylinder that ends on contours, half a slab at both ends adds a slice and a whole one two."""
    ends = {
        row.end_caps: row.volume_percent
        for row in found[1]
        if row.case.solid == "cylinder z" and row.case.spacing_mm == 3
    }
    assert ends["half"] - ends["none"] == pytest.approx(100 * 3 / 24, rel=0.01)
    assert ends["full"] - ends["none"] == pytest.approx(100 * 6 / 24, rel=0.01)
    assert abs(ends["half"]) < 0.1  # shifted: what is drawn ends half a slice before the cylinder does


def test_the_page_holds_every_case_and_says_that_none_fails() -> None:
    text = (ROOT / "docs" / "dvh_accuracy.md").read_text(encoding="utf-8")
    assert "1536 dose cases, 2304 comparisons" in text
    assert " 0 comparisons break a limit." in text
    assert "--quick" not in text.partition("## ")[0]
    assert "| gauss            | dicompyler-core |" in text
