"""The page on stored DVHs: made by its tool from the real sets, every large difference explained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

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
