"""Every shipped table can be made again from what is in the repository, and says where it is from."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from rtplan.limits import constraint_sets

ROOT = Path(__file__).resolve().parents[2]
DATA = sorted(path for path in (ROOT / "rtplan").rglob("data") if path.is_dir())
TYPED_BY_HAND = {
    "second-transcription.csv",
    "known-oddities.csv",
    "distance_rules.csv",
    "point_rules.csv",
    "rert_definitions.csv",
    "reporting_items.csv",
    "protocol_facts.toml",
    "protocol_sheet.toml",
    "body_parts.csv",
    "clinic_template.toml",
}


def script(name: str) -> ModuleType:
    """A committed script of ``tools/``."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def count_rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as handle:
        return len(list(csv.DictReader(handle)))


def test_every_table_is_built_again_byte_by_byte_or_says_that_it_was_typed(tmp_path: Path) -> None:
    built: dict[str, bytes] = {}
    for name in ("build_constraints", "build_names"):
        script(name).main(tmp_path / name)
        built |= {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    shipped = {path.name: path for folder in DATA for path in folder.glob("*.*") if path.suffix != ".md"}
    assert set(shipped) - set(built) == TYPED_BY_HAND
    for name, content in built.items():
        assert shipped[name].read_bytes() == content, name


def test_every_collected_row_is_in_exactly_one_set() -> None:
    collected = ROOT / "tools" / "sources"
    shipped = ROOT / "rtplan" / "limits" / "data"
    built = list(script("build_constraints").SETS)
    files = [
        *(collected / "constraints").glob("*.csv"),
        collected / "added_rows.csv",
        collected / "evidence" / "reirradiation_cumulative_new.csv",
        collected / "evidence" / "michigan_cumulative.csv",
    ]
    assert sum(map(count_rows, files)) == sum(count_rows(shipped / f"{name}.csv") for name in built)
    assert set(built) <= {entry.name for entry in constraint_sets()}


def test_the_sources_are_those_that_were_collected(shared_data: Path) -> None:
    for folder in ("constraints", "evidence"):
        for path in (ROOT / "tools" / "sources" / folder).glob("*.csv"):
            assert path.read_bytes() == (shared_data / folder / path.name).read_bytes(), path.name


@pytest.mark.parametrize("folder", DATA, ids=lambda path: path.parent.name)
def test_a_data_folder_says_what_its_tables_are_from_and_what_made_them(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    for words in ("ource|record", "erif", "made by|Made by|made them"):
        assert re.search(words, text), words
    for path in folder.iterdir():
        assert path.suffix == ".md" or path.name in text or folder.parent.name == "limits" or path.is_dir()
