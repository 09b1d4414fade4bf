"""What the names of a folder's structures stand for, asked of the library."""

from __future__ import annotations

import csv

from rtplan.names import assign
from rtplan.structures import NamedStructure, proposed_dictionary
from rtplan.structures.naming import match_names


def rows_of(*names: str) -> tuple[NamedStructure, ...]:
    structures = list(enumerate(names, start=1))
    return match_names(structures, assign(structures))


def test_open_names_have_a_reason_and_near_names() -> None:
    (row,) = rows_of("Rectum stump")
    assert row.standard is None
    assert row.reason
    assert row.near_names == ("Rectum",)


def test_a_proposal_holds_the_open_names_and_confirms_nothing() -> None:
    lines = list(
        csv.DictReader(proposed_dictionary(rows_of("Rectum", "Rectum stump", "zBladder")).splitlines())
    )
    assert [(line["written"], line["standard"], line["confirmed_by"]) for line in lines] == [
        ("Rectum stump", "", ""),
        ("zBladder", "", ""),
    ]
