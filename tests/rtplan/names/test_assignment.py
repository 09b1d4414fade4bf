"""Which structures stand for which organs: choices, questions and what must be known about them."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import Evidence, assign


def structures(*names: str) -> list[tuple[int, str]]:
    return list(enumerate(names, start=1))


def test_two_structures_of_one_organ_are_both_kept_as_a_question() -> None:
    found = assign(structures("SpinalCord", "Cord"))
    assert [a.written for a in found.of("SpinalCord")] == ["SpinalCord", "Cord"]


def test_a_choice_by_hand_goes_first_and_sets_the_others_aside() -> None:
    found = assign(structures("SpinalCord", "Cord"), by_hand=[("Cord", "SpinalCord")])
    assert [(a.written, a.evidence) for a in found.of("SpinalCord")] == [("Cord", Evidence.BY_HAND)]
    assert "set aside" in found.findings[0]


def test_one_structure_never_serves_two_organs_unnoticed() -> None:
    found = assign(structures("Bowel_Small"), by_hand=[("Bowel_Small", "Bowel")])
    assert any("stands for 2 organs" in finding for finding in found.findings)


def test_a_planning_risk_volume_chosen_for_its_organ_is_noticed() -> None:
    found = assign(structures("Bladder_PRV05"), by_hand=[("Bladder_PRV05", "Bladder")])
    assert any("by its name it is Bladder_PRV05" in finding for finding in found.findings)


@pytest.mark.parametrize("written", ["Kidney_R", "Right Kidney", "RKidney"])
def test_a_choice_against_the_side_of_the_name_is_refused(written: str) -> None:
    with pytest.raises(RtplanValueError, match="the other side"):
        assign(structures(written), by_hand=[(written, "Kidney_L")])


def test_choices_must_exist_and_be_single() -> None:
    with pytest.raises(RtplanLookupError, match="near names: Rectum"):
        assign(structures("Rectum"), by_hand=[("Rectun", "Rectum")])
    with pytest.raises(RtplanLookupError, match="near names: Rectum"):
        assign(structures("Rectum"), by_hand=[("Rectum", "Rectun")])
    with pytest.raises(RtplanLookupError, match="2 structures are named"):
        assign(structures("a", "a"), by_hand=[("a", "Rectum")])
    with pytest.raises(RtplanValueError, match="two structures were chosen"):
        assign(structures("a", "b"), by_hand=[("a", "Rectum"), ("b", "Rectum")])


def test_a_table_may_name_organs_of_its_own() -> None:
    found = assign(structures("sub"), by_hand=[("sub", "Cord subvolume")], other_standards=["Cord subvolume"])
    assert found.of("Cord subvolume")[0].written == "sub"


def test_unmatched_structures_are_listed_with_their_reason() -> None:
    found = assign(structures("Rectum", "zBladder"))
    assert [m.written for m in found.unmatched] == ["zBladder"]
