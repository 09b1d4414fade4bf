"""The DVH phantom of Nelms et al.: files that another system wrote, against analytical values."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def nelms() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "nelms.py"
    spec = importlib.util.spec_from_file_location("nelms_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["nelms_benchmark"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(nelms: ModuleType, shared_data: Path) -> list:
    folder = shared_data / "dicom" / "nelms_dvh_phantom_sphere_cylinder"
    return [
        p
        for row in nelms.rows(folder)
        if row["Structure name"][-2:] == "_0"
        for p in nelms.parameters(row, folder)
    ]


def test_fewer_parameters_are_off_than_in_the_best_published_system(nelms: ModuleType, found: list) -> None:
    chosen = nelms.counted(found)
    assert len(chosen) == 3 * 3 * 17
    assert sum(p.is_off for p in chosen) < min(nelms.PUBLISHED.values())


def test_with_contours_of_a_fifth_of_a_millimetre_everything_is_within_half_a_percent(found: list) -> None:
    fine = [p for p in found if p.spacing_mm == 0.2]
    assert len(fine) == 3 * 3 * 2 * 9
    assert max(abs(p.percent) for p in fine) < 0.5


def test_solids_that_their_slabs_fill_exactly_are_right_at_any_spacing(found: list) -> None:
    """Slabs of half the spacing make a cylinder along the axis whole; what is left is how it was drawn."""
    upright = [p for p in found if p.structure.startswith("Cylinder")]
    assert max(abs(p.percent) for p in upright) < 0.5


def test_the_dose_grid_does_not_matter_for_a_linear_dose(found: list) -> None:
    by_case: dict[tuple[str, str, str], list[float]] = {}
    for p in found:
        if p.spacing_mm == 0.2 and p.name not in ("Dmin", "Dmax"):
            by_case.setdefault((p.structure, p.direction, p.name), []).append(p.ours)
    for values in by_case.values():
        assert max(values) - min(values) < 2e-3 * max(values)


def test_without_end_caps_the_volume_lacks_a_slice(nelms: ModuleType, shared_data: Path) -> None:
    folder = shared_data / "dicom" / "nelms_dvh_phantom_sphere_cylinder"
    row = next(r for r in nelms.rows(folder) if r["Structure name"] == "Cylinder_30_0")
    volume = nelms.parameters(row, folder, end_caps="none")[0]
    assert volume.ours == pytest.approx(volume.exact * 24 / 27, rel=1e-3)
