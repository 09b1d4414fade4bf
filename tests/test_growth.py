"""How growth is told: the exponent of processor time, found on made-up sizes; no time is asserted."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "growth.py"


@pytest.fixture(scope="module")
def growth() -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("needs benchmarks/ beside the tests")
    spec = importlib.util.spec_from_file_location("growth", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_is_that_of_the_sizes_that_last(growth: ModuleType, power: float) -> None:
    sizes = [
        growth.Size(n=n, seconds=0.05 + 1e-3 * n**power, peak_mb=1.0) for n in (1, 1000, 10_000, 100_000)
    ]
    assert growth.exponent(sizes) == pytest.approx(power, abs=0.02)


@pytest.mark.parametrize("axis", ["islands", "planes", "courses", "shifts", "files"])
def test_each_axis_has_work_of_the_size_asked_for(growth: ModuleType, axis: str) -> None:
    assert growth.AXES[axis][0](27)() is not None
