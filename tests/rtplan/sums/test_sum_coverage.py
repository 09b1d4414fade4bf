"""The coverage of sums: its oracle against closed forms, its quick run within what is required."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = ROOT / "benchmarks" / "sum_coverage.py"
    spec = importlib.util.spec_from_file_location("sum_coverage_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def oracle(benchmark: ModuleType) -> ModuleType:
    return sys.modules["sum_oracle"]


def test_the_oracle_knows_a_box_in_a_ramp(oracle: ModuleType) -> None:
    """EQD2 of d(z) rises with z: the hottest v per cent lie above the height where they begin."""
    box = oracle.box(np.zeros(3), np.array([10.0, 6.0, 9.0]), 3.0)
    points, volume = box.points(0.5)
    assert volume.sum() == pytest.approx(20 * 12 * 18 / 1000, rel=1e-4)
    assert np.abs(points[:, 2]).max() <= 9
    ramp = oracle.ramp(50.0, np.array([0.0, 0.0, 0.5]))
    given = oracle.Given(course="new", dose=ramp, n_fractions=5, seen_through=lambda points: points)

    def eqd2(dose: float) -> float:
        return dose * (dose / 5 + 3) / 5

    found = oracle.true_metrics(box, [given], 3.0, ("D25%", "D50%", "D90%", "Mean"))
    assert found["D50%"] == pytest.approx(eqd2(50.0), abs=0.01)
    assert found["D25%"] == pytest.approx(eqd2(50 + 0.5 * 4.5), abs=0.01)
    assert found["D90%"] == pytest.approx(eqd2(50 - 0.5 * 7.2), abs=0.01)
    # the mean of a square is the square of the mean and the variance
    assert found["Mean"] == pytest.approx(eqd2(50.0) + (0.25 * 18**2 / 12) / 25, abs=0.01)


def test_the_oracle_knows_a_ball_about_a_summit(oracle: ModuleType) -> None:
    """Round a Gaussian the hottest volume is a ball about its centre."""
    ball = oracle.ellipsoid(np.zeros(3), np.full(3, 15.0), 0.5)
    summit = oracle.gaussian(40.0, np.zeros(3), np.full(3, 12.0))
    given = oracle.Given(course="new", dose=summit, n_fractions=20, seen_through=lambda points: points)
    found = oracle.true_metrics(ball, [given], 2.0, ("D0.5cc", "D5cc"))
    for name, volume in (("D0.5cc", 0.5), ("D5cc", 5.0)):
        radius = np.cbrt(3 * volume * 1000 / (4 * np.pi))
        dose = 40 * np.exp(-0.5 * (radius / 12) ** 2)
        assert found[name] == pytest.approx(dose * (dose / 20 + 2) / 4, abs=0.01)


def test_the_oracle_knows_the_bounds_of_two_ramps(oracle: ModuleType) -> None:
    """Along a box two linear doses fall with the volume: the bounds of such curves have a closed form."""
    box = oracle.box(np.zeros(3), np.array([10.0, 6.0, 9.0]), 3.0)
    whole = 20 * 12 * 18 / 1000
    # at an infinite alpha/beta EQD2 is the dose; 18 mm long, so from 40 to 22 Gy and from 24 to 15 Gy
    doses = [oracle.ramp(31.0, np.array([0, 0, 1.0])), oracle.ramp(19.5, np.array([0, 0, 0.5]))]
    given = [
        [oracle.Given(course=name, dose=dose, n_fractions=10**9, seen_through=lambda points: points)]
        for name, dose in zip(("earlier", "new"), doses, strict=True)
    ]
    found = oracle.true_bounds(box, given, 1e9, ("D1cc", "D50%", "Mean"))
    for name, part in (("D1cc", 1 / whole), ("D50%", 0.5)):
        low, high = found[name]
        # above, the steeper curve is read at v; below, it is too, beside the minimum of the other
        assert high == pytest.approx(40 - 18 * part + 24, abs=0.01)
        assert low == pytest.approx(max(40 - 18 * part + 15, 22 + 24 - 9 * part), abs=0.01)
    assert found["Mean"] == pytest.approx((31.0 + 19.5,) * 2, abs=0.01)


def test_the_warp_of_the_oracle_is_undone(benchmark: ModuleType) -> None:
    random = np.random.default_rng(1)
    warp = benchmark.Warp.of(random)
    points = random.uniform(-20, 20, (50, 3))
    assert warp.apply(warp.inverse(points)) == pytest.approx(points, abs=1e-9)


def test_sums_are_covered_in_each_family_and_no_wider_than_needed(benchmark: ModuleType) -> None:
    rows = benchmark.run(quick=True, processes=1)
    for family in benchmark.SUMMARISED:
        found = benchmark.Summary.of(family, rows)
        assert found.count >= 30
        assert found.passed, found


@pytest.mark.parametrize("missed", ["oblique", "bounds, oblique"])
def test_a_missed_gate_is_said_and_ends_with_status_1(
    missed: str, benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"case": 0, "metric": "Mean", "value": 50.0, "half_width": 0.2}
    rows = [
        benchmark.Row(family=family, true=50.3 if family == missed else 50.1, **kept)
        for family in benchmark.SUMMARISED
    ]
    monkeypatch.setattr(benchmark, "run", lambda **_: rows)
    monkeypatch.setattr(sys, "argv", ["sum_coverage.py", "--quick"])
    assert benchmark.main() == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "MISSED" in line]
    assert len(said) == 1
    assert said[0].startswith(f"| {missed} |")
