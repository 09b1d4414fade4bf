"""Tables beside their readers: every one has a page that says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

import bed
from bed.tables import csv_rows, data_names, toml_document

DATA = sorted(Path(bed.__file__).parent.glob("*/data"))


@pytest.mark.parametrize("folder", DATA, ids=lambda folder: folder.parent.name)
def test_each_data_folder_says_where_each_of_its_files_comes_from(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    for entry in folder.iterdir():
        assert entry.name == "README.md" or f"`{entry.name}" in page, entry.name
    for word in ("Source", "Edition", "Verified", "Made"):
        assert word in page, word


def test_rows_come_by_the_heading_of_their_columns() -> None:
    rows = csv_rows("bed.high_dose", "models.csv")
    assert rows[0]["title"] == "LQ-L"
    assert set(rows[0]) == {
        "name", "title", "parameters", "units", "validity", "source", "doi", "tag", "how_verified",
    }  # fmt: skip


def test_files_of_a_folder_are_found_in_the_order_of_their_names_and_nothing_else_is() -> None:
    names = data_names("bed.retreatment", "recovery", suffix=".toml")
    assert names == tuple(sorted(names))
    assert "README.md" not in names
    assert toml_document("bed.retreatment", f"recovery/{names[0]}.toml")["kind"] == "points"
