"""Structure names: what matches, on what evidence, and what never does."""

from __future__ import annotations

import csv
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.names import (
    Evidence,
    contradicts_side,
    near_names,
    split_side,
    structure_names,
)

HERE = Path(__file__).parent
WRITTEN_NAMES = [
    (row["written"], row["standard"])
    for row in csv.DictReader((HERE / "structure_names.csv").read_text(encoding="utf-8").splitlines())
]
STANDARDS = structure_names().standards


def test_the_list_of_real_names_is_long_enough() -> None:
    assert len({written for written, _ in WRITTEN_NAMES}) >= 700
    assert sum(1 for _, standard in WRITTEN_NAMES if not standard) >= 200


@pytest.mark.parametrize(("written", "standard"), WRITTEN_NAMES)
def test_every_listed_name_has_its_right_answer(written: str, standard: str) -> None:
    assert (structure_names().standard_of(written) or "") == standard


@pytest.mark.parametrize(
    "written",
    ["PTV_Bladder", "Bladder_PRV05", "zBladder", "Bowel+5mm", "rectum overlap", "Kidney_L_R", "LBladder"],
)
def test_nothing_else_stands_in_for_the_organ(written: str) -> None:
    assert structure_names().standard_of(written) not in (
        "Bladder",
        "Bowel",
        "Rectum",
        "Kidney_L",
        "Kidney_R",
    )


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_standard_name_is_its_own(standard: str) -> None:
    found = structure_names().match(standard)
    assert (found.standard, found.evidence) == (standard, Evidence.EXACT)


@pytest.mark.parametrize(
    ("written", "evidence"),
    [
        ("Rectum", Evidence.EXACT),
        ("RECTUM", Evidence.TOLERANT),
        ("Left Kidney", Evidence.TOLERANT),
        ("Sigmoid", Evidence.SYNONYM),
    ],
)
def test_a_match_says_its_evidence(written: str, evidence: Evidence) -> None:
    assert structure_names().match(written).evidence is evidence


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Kidney", "does not name its side"),
        ("Bladder_L", "names a side of an organ that has none"),
        ("Cord PRV 5mm", "planning risk volume"),
        ("Bladder_PTV", "made from a target volume"),
        ("PTV_Bladder", "a target of its own"),
        ("GTV_2", "a target of its own"),
        ("zBladder", "made from another structure"),
        ("LCA", "carotid or coronary artery"),
        ("Structure1", "no standard name"),
    ],
)
def test_a_name_that_matches_nothing_says_why(written: str, words: str) -> None:
    assert words in (structure_names().match(written).reason or "")


def test_no_synonym_contradicts_the_side_of_its_name() -> None:
    names = structure_names()
    for (_, side), standard in names.synonym_keys.items():
        assert side is None or side == split_side(standard)[1]


@given(standard=st.sampled_from(STANDARDS), extra=st.text(string.ascii_letters + string.digits, min_size=2))
def test_law_a_name_with_anything_added_is_no_longer_matched_exactly(standard: str, extra: str) -> None:
    """What is left over in a name makes it another structure, unless the whole is itself a listed name."""
    found = structure_names().match(f"{standard}~{extra}")
    assert found.standard is None


@given(standard=st.sampled_from([name for name in STANDARDS if name.endswith(("_L", "_R"))]))
def test_law_swapping_the_side_swaps_the_answer(standard: str) -> None:
    """A name of the other side never stands for this one."""
    other = standard[:-1] + {"L": "R", "R": "L"}[standard[-1]]
    assert structure_names().standard_of(other) in (other, None)
    assert contradicts_side(other, standard)


@given(standard=st.sampled_from(STANDARDS), margin=st.integers(min_value=0, max_value=99))
def test_law_a_planning_risk_volume_is_never_its_organ(standard: str, margin: int) -> None:
    """Whatever the margin and wherever the suffix stands, the answer is not the organ."""
    for written in (f"{standard}_PRV{margin:02d}", f"{standard} PRV{margin}", f"PRV_{standard}"):
        assert structure_names().standard_of(written) != standard


def test_sides_are_words_of_their_own() -> None:
    assert split_side("Kidney_L") == ("kidney", "L")
    assert split_side("lt kidney") == ("kidney", "L")
    assert split_side("L") == ("l", None)
    assert split_side("") == ("_", None)


def test_near_names_are_sorted_by_likeness() -> None:
    assert near_names("Bladder", ["Liver", "Bladdr", "Bladder_PRV05"])[0] == "Bladdr"
    assert near_names("SpinalCord", ["Liver", "Heart"]) == ()
