"""The DVH phantom of Nelms et al.: files that another system wrote, against analytical values."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def nelms() -> ModuleType:
    path = ROOT / "benchmarks" / "nelms.py"
    spec = importlib.util.spec_from_file_location("nelms_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["nelms_benchmark"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "dicom" / "nelms_dvh_phantom_sphere_cylinder"


@pytest.fixture(scope="module")
def found(nelms: ModuleType, folder: Path) -> list:
    parameters: list = nelms.run(folder)
    return parameters


@pytest.fixture(scope="module")
def cones(nelms: ModuleType) -> list:
    parameters: list = nelms.cones()
    return parameters


def test_fewer_parameters_are_off_than_in_the_best_published_system(
    nelms: ModuleType, found: list, cones: list
) -> None:
    chosen = nelms.counted(found)
    assert len(chosen) == 3 * 3 * 17
    assert len(cones) == 2 * 3 * 17
    assert sum(p.is_off for p in [*chosen, *cones]) < min(nelms.PUBLISHED.values())


def test_ours_are_the_exact_values_of_the_contours_as_drawn(found: list, cones: list) -> None:
    """Whatever is off is off in the contours: volume, mean and all doses of theirs within 0.1 %."""
    inner = [p for p in [*found, *cones] if p.name not in ("Dmin", "Dmax")]
    assert len(inner) > 400
    assert max(abs(p.ours / p.drawn - 1) for p in inner) < 1e-3


def test_extremes_are_those_of_the_contours_corners_and_all(found: list, cones: list) -> None:
    extremes = [p for p in [*found, *cones] if p.name in ("Dmin", "Dmax")]
    assert max(abs(p.ours - p.drawn) for p in extremes) < 1e-4


def test_everything_that_is_off_has_its_reason(nelms: ModuleType, found: list, cones: list) -> None:
    off = [p for p in [*nelms.counted(found), *cones] if p.is_off]
    assert [p for p in off if nelms.reason_for(p) == "not explained"] == []


def test_where_slabs_and_solid_have_the_same_doses_the_published_ones_are_met(found: list) -> None:
    """Prisms of their contours, or gradients within the contour planes; shifted shapes as well."""
    same = [
        p
        for p in found
        if p.spacing_mm == p.grid_mm and (p.direction == "AntPost" or p.structure.startswith("Cylinder"))
    ]
    doses = [p for p in same if p.name != "volume"]
    assert len(doses) == 8 * 24
    assert max(abs(p.percent) for p in doses) < 0.6
    prisms = [p for p in same if p.name == "volume" and p.structure.startswith("Cylinder")]
    assert max(abs(p.percent) for p in prisms) < 0.02


def test_with_contours_of_a_fifth_of_a_millimetre_everything_is_within_half_a_percent(found: list) -> None:
    fine = [p for p in found if p.spacing_mm == 0.2]
    assert len(fine) == 3 * 3 * 2 * 9
    assert max(abs(p.percent) for p in fine) < 0.5


def test_the_dose_grid_does_not_matter_for_a_linear_dose(found: list) -> None:
    by_case: dict[tuple[str, str, str], list[float]] = {}
    for p in found:
        if p.spacing_mm == 0.2 and p.name not in ("Dmin", "Dmax"):
            by_case.setdefault((p.structure, p.direction, p.name), []).append(p.ours)
    for values in by_case.values():
        assert max(values) - min(values) < 2e-3 * max(values)


@pytest.mark.parametrize(
    ("end_caps", "length_mm"),
    [("none", 24), ("full", 30), ("interpolated-half", 27), ("interpolated-none", 24)],
)
def test_other_ends_give_a_cylinder_another_length(
    nelms: ModuleType, folder: Path, end_caps: str, length_mm: float
) -> None:
    row = next(r for r in nelms.rows(folder) if r["Structure name"] == "Cylinder_30_0")
    volume = nelms.parameters(row, folder, end_caps=end_caps)[0]
    assert volume.ours == pytest.approx(volume.exact * length_mm / 27, rel=1e-3)


def test_the_page_tells_what_is_found_now(nelms: ModuleType, found: list, cones: list) -> None:
    text = (ROOT / "docs" / "dvh_nelms.md").read_text(encoding="utf-8")
    told = re.search(r"\*\*Ours: (\d+) of 153 from the files, (\d+) of 102 of the own cones", text)
    assert told is not None
    assert int(told[1]) == sum(p.is_off for p in nelms.counted(found))
    assert int(told[2]) == sum(p.is_off for p in cones)
    assert "not explained" not in text
