"""The benchmarks run side by side in one command, and both sides compute the same; no time is asserted."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "run.py"


@pytest.fixture(scope="module")
def run() -> ModuleType:
    if not SCRIPT.is_file():
        pytest.skip("needs benchmarks/ beside the tests")
    sys.path.insert(0, str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("run_benchmarks", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def quick(run: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the quick run printed, and the folder it wrote."""
    out = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, str(SCRIPT), "--quick", "--repeat", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, out


def test_every_ratio_is_printed_with_its_spread(run: ModuleType, quick: tuple[str, Path]) -> None:
    printed, _ = quick
    for comparison in run.COMPARISONS:
        for other in comparison.others:
            (line,) = [
                row for row in printed.splitlines() if row.startswith(f"| {comparison.name} | {other.name} |")
            ]
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert cells[2].endswith(")")
            assert " to " in cells[2]
            assert " to " in cells[3]
    assert "Machine and versions: " in printed


def test_both_sides_compute_the_same_numbers(quick: tuple[str, Path]) -> None:
    document = json.loads((quick[1] / "benchmarks.json").read_text(encoding="utf-8"))
    assert document["schema"] == "rtplan.benchmarks/1"
    whole = [row for row in document["comparisons"] if row["same_numbers"] is not None]
    assert {row["name"] for row in whole} == {
        "reading",
        "DVH",
        "check",
        "voxel sum",
        "band",
        "EQD2 of a grid",
    }
    for row in whole:
        assert row["same_numbers"] is True, row["largest_difference"]
        assert row["n_numbers"] >= 2
    for row in document["comparisons"]:
        assert row["wall"]["lowest"] <= row["wall"]["median"] <= row["wall"]["highest"]


def test_no_host_and_no_path_is_written(quick: tuple[str, Path]) -> None:
    for name in ("benchmarks.json", "benchmarks.md"):
        text = (quick[1] / name).read_text(encoding="utf-8")
        assert str(Path.home()) not in text
        assert str(ROOT) not in text


def test_a_number_that_differs_is_found(run: ModuleType) -> None:
    comparison = run.COMPARISONS[0]
    assert run._same(comparison, {"a": 1.0}, {"a": 1.0})[0] is True
    assert run._same(comparison, {"a": 1.0}, {"a": 1.1})[0] is False
    assert run._same(comparison, {"a": 1.0}, {"b": 1.0})[0] is False
    assert run._same(comparison, {"a": float("nan")}, {"a": 1.0})[0] is False
    assert run._same(comparison, {}, {})[0] is False


def test_a_ratio_is_taken_turn_by_turn(run: ModuleType) -> None:
    ratio = run.Ratio.of([2.0, 9.0, 4.0, 100.0], [1.0, 3.0, 4.0])
    assert (ratio.lowest, ratio.median, ratio.highest) == (1.0, 2.0, 3.0)
    assert str(ratio) == "2 (1 to 3)"


def test_a_page_is_recorded_from_its_template_with_the_date_passed_in(
    run: ModuleType, tmp_path: Path
) -> None:
    run.record(tmp_path / "page.md", "| a table |\n", day="2026-11-21", remark="the machine was shared")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "Recorded on 2026-11-21: the machine was shared.\n\n| a table |\n" in text
    assert "{recorded}" not in text


def test_a_page_can_be_made_of_an_earlier_run(quick: tuple[str, Path], tmp_path: Path) -> None:
    page, results = tmp_path / "page.md", quick[1] / "benchmarks.json"
    command = [sys.executable, str(SCRIPT), "--results", str(results), "--record", str(page)]
    done = subprocess.run([*command, "--date", "2026-11-21"], capture_output=True, check=False)
    assert done.returncode == 0
    assert (quick[1] / "benchmarks.md").read_text(encoding="utf-8").strip() in page.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    "arguments", [["--record", "page.md"], ["--record", "page.md", "--date", "2026-11-21", "--quick"]]
)
def test_a_record_needs_a_date_and_the_whole_run(
    run: ModuleType, tmp_path: Path, arguments: list[str]
) -> None:
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "--record needs --date" in done.stderr
