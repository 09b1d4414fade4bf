"""What the pages of the file formats show is read by the readers that they speak of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rtplan.limits import read_constraint_file, read_limit_file
from rtplan.names import NameDictionary
from rtplan.reirradiation.organ import read_tissue_file
from rtplan.sums import read_matrix_file

PAGES = Path(__file__).resolve().parents[2] / "docs" / "formats"


@pytest.mark.parametrize(
    ("page", "language", "name", "reader", "shown"),
    [
        ("limits.md", "csv", "own.csv", read_constraint_file, "V95% >= 95 % (any fx)"),
        ("limits.md", "cumulative", "own.csv", read_limit_file, "the clinic's protocol 9"),
        ("tissues.md", "toml", "own.toml", read_tissue_file, "alpha_beta=0.87"),
        ("names.md", "csv", "own.csv", NameDictionary.read, "rectum stump"),
        ("matrix.md", "toml", "own.toml", read_matrix_file, "1.2.840.10008.1"),
    ],
)
def test_the_example_of_a_page_is_read(
    tmp_path: Path, page: str, language: str, name: str, reader: Callable[[Path], Any], shown: str
) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)
    (tmp_path / name).write_text(block, encoding="utf-8")
    found = reader(tmp_path / name)
    rows = getattr(found, "constraints", ())
    assert shown in (repr(found) + " ".join(row.describe() for row in rows))
