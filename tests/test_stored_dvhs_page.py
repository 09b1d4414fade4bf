"""The page on stored DVHs: made by its tool from the real sets, every large difference explained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation_stored_dvhs.md"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "compare_stored_dvhs", ROOT / "tools" / "compare_stored_dvhs.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare_stored_dvhs"] = module
    spec.loader.exec_module(module)
    return module


def test_every_set_with_stored_dvhs_is_on_the_page_and_nothing_is_left_unexplained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert " 0 large differences are not explained." in text
    assert text.count("\n## ") == 6
    for name in ("dicompyler_boost_breast", "eclipse81_rando_prostate", "vitesse_hdr_prostate_phantom"):
        assert name in text


def test_the_table_of_the_text_export_is_what_the_tool_makes_now(tool: ModuleType, shared_data: Path) -> None:
    """Numbers of the page within what an engine's last digits may change; volumes of theirs exactly."""
    title, cases = next(tool.eclipse(shared_data / "dicom" / "eclipse81_rando_prostate"))
    text = PAGE.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    for case in cases:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {case.stored.structure_name} |")]
        ours, theirs = row.split("|")[2].strip(" *").split(" / ")
        assert float(theirs) == pytest.approx(case.stored.volume_cc, rel=1e-3)
        assert float(ours) == pytest.approx(case.ours.volume_cc, rel=1e-3)
        assert case.ours.volume_cc == pytest.approx(case.stored.volume_cc, rel=0.02)


def test_middle_doses_of_all_structures_agree_with_eclipse_to_a_tenth_of_a_gray(
    tool: ModuleType, shared_data: Path
) -> None:
    _, cases = next(tool.eclipse(shared_data / "dicom" / "eclipse81_rando_prostate"))
    for case in cases:
        if case.ours.uncovered_cc:
            continue
        for metric in ("Mean[Gy]", "D50%[Gy]", "D2%[Gy]"):
            ours, theirs = case.ours.metric(metric), case.stored.metric(metric)
            assert ours.value == pytest.approx(theirs.value, abs=0.1), case.stored.structure_name


def test_interpolated_outlines_of_a_cone_are_its_volume(tool: ModuleType) -> None:
    """A frustum between two circles: pi h / 3 (R^2 + R r + r^2)."""
    from dicom_io import Contour, GridField, GridGeometry, Structure  # noqa: PLC0415

    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)

    def circle(radius: float, z: float) -> Contour:
        points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(200, z)])
        return Contour(points=points, geometric_type="CLOSED_PLANAR")

    cone = Structure(
        number=1,
        name="cone",
        interpreted_type="",
        contours=(circle(20, 0), circle(10, 10)),
        frame_of_reference_uid="1",
    )
    grid = GridGeometry.axial(shape=(9, 30, 30), origin=(-45, -45, -10), spacing=(4.0, 3.0, 3.0))
    field = GridField(geometry=grid, values=np.full(grid.shape, 7.0), frame_of_reference_uid="1")
    found = tool.interpolated(cone, field)
    assert found.volume_cc == pytest.approx(np.pi * 10 / 3 * (400 + 200 + 100) / 1000, rel=0.01)
    assert found.value("D50%[Gy]") == pytest.approx(7.0)
