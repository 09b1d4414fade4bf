"""What type or name calls a target recovers nothing, whatever it stands for, and is asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import treatment_sets

from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.interval import Interval
from rtplan.limits import parse_limit
from rtplan.names import target_of
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import OrganMatch, parse_tissues, recovery_for

GAP = Interval(ended=date(2021, 5, 1), starts=date(2024, 2, 1))
RULE = "radreirradiation-default"


def course(sets: ModuleType, role: str, *, drawn: str = "Rectum", typed: str = "ORGAN") -> Course:
    """Return a course with one box that is named and typed as is said."""
    treatment = sets.treatment(
        sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0, organs={drawn: sets.BOX["Rectum"]}, label=role
    )
    drawings = treatment.structure_set
    structures = tuple(replace(s, interpreted_type=typed) for s in drawings.structures)
    treatment = replace(treatment, structure_set=replace(drawings, structures=structures))
    return course_of_treatments([(treatment, Delivery())], role=role)


def answer(new: Course, prior: Course, **stated: Any) -> Reirradiation:
    drawn = new.structures[0].name
    asked: dict[str, Any] = {
        "tissues": parse_tissues(["Rectum=3"]),
        "matches": {"Rectum": (drawn, "Rectum")},
        "recovery": RULE,
        "limits": [parse_limit("Rectum:Mean[Gy]<=100")],
    }
    return reirradiate(new, [prior], intervals=[GAP], **(asked | stated))


@pytest.mark.parametrize(
    ("drawn", "typed", "evidence"),
    [
        ("Borders", "CTV", "type CTV"),
        ("Rectum", "PTV", "type PTV"),
        ("PTV_High", "ORGAN", "name"),
        ("GTV-1", "GTV", "type GTV and name"),
    ],
)
def test_a_target_that_stands_for_an_organ_recovers_nothing_and_is_asked_about(
    sets: ModuleType, drawn: str, typed: str, evidence: str
) -> None:
    prior = course(sets, "prior")
    found = answer(course(sets, "new", drawn=drawn, typed=typed), prior)
    row = found.row("Rectum", "Mean[Gy]")
    reason = f"{drawn!r} is a target by its {evidence}, and a target never recovers"
    assert (row.with_recovery.value, row.with_recovery.reason) == (None, reason)
    assert row.recovery_statement == f"No recovery taken off: {reason}"
    assert row.courses[0].recovered_fraction is None
    assert (
        f"Rectum: {drawn!r} is a target by its {evidence}, so nothing of its dose recovers: is it a target?"
        in found.warnings
    )
    plain = answer(course(sets, "new"), prior)
    assert row.voxel_sum.value == plain.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert plain.row("Rectum", "Mean[Gy]").with_recovery.value is not None
    assert not any("is it a target" in warning for warning in plain.warnings)


def test_the_verdict_of_a_target_is_that_of_the_full_sum(sets: ModuleType) -> None:
    new, prior = course(sets, "new"), course(sets, "prior")
    stated: dict[str, Any] = {"recovery": "michigan-2019"}
    row = answer(new, prior, **stated).row("Rectum", "Mean[Gy]")
    assert row.voxel_sum.value is not None
    assert row.with_recovery.value is not None
    limit = parse_limit(f"Rectum:Mean[Gy]<={(row.voxel_sum.value + row.with_recovery.value) / 2:.2f}")
    organ = answer(new, prior, limits=[limit], **stated).row("Rectum", "Mean[Gy]")
    typed = course(sets, "new", typed="CTV")
    target = answer(typed, prior, limits=[limit], **stated).row("Rectum", "Mean[Gy]")
    assert (organ.verdict.value, target.verdict.value) == ("within", "exceeds")


def test_recovered_fractions_stated_for_a_target_play_no_part_and_are_named(sets: ModuleType) -> None:
    stated = {"recovery_intervals": {"Rectum": (0.1, 0.4)}}
    found = answer(course(sets, "new", typed="CTV"), course(sets, "prior"), **stated)
    assert found.row("Rectum", "Mean[Gy]").recovery_band_gy is None
    assert "Rectum: a target never recovers: its stated recovered fractions play no part" in found.warnings
    organ = answer(course(sets, "new"), course(sets, "prior"), **stated).row("Rectum", "Mean[Gy]")
    assert organ.recovery_band_gy is not None


@pytest.mark.parametrize(
    ("alpha_beta", "is_asked"), [(10.0, True), (None, False)], ids=["summed", "not summed"]
)
def test_questions_about_targets_stand_beside_their_summed_doses(
    sets: ModuleType, alpha_beta: float | None, is_asked: bool
) -> None:
    new = course(sets, "new", drawn="Rectum", typed="PTV")
    found = answer(new, course(sets, "prior"), target_alpha_beta=alpha_beta)
    assert bool(found.targets) == is_asked
    question = "'Rectum' is typed PTV and has an organ's name: is it a target?"
    assert (question in found.warnings) == is_asked


@given(
    drawn=st.sampled_from(["Borders", "Rectum", "PTV_High", "GTV-1", "SpinalCord", "PTV_ring", "tumour"]),
    typed=st.sampled_from(["", "GTV", "CTV", "PTV", "ORGAN", "AVOIDANCE", "CONTROL"]),
    organ=st.sampled_from(["SpinalCord", "Rectum", "Bladder"]),
)
def test_law_recovery_is_taken_off_exactly_what_is_no_target(drawn: str, typed: str, organ: str) -> None:
    """Under a rule for every organ, something recovers exactly where `target_of` finds no target."""
    structure = replace(
        treatment_sets.box_organ(drawn, number=1, frame="1.2", box=treatment_sets.BOX["Rectum"]),
        interpreted_type=typed,
    )
    match = OrganMatch(organ=organ, new=structure, priors=(None,), evidence=("by hand",))
    found = recovery_for(match, RULE, intervals=[GAP])
    assert found.is_chosen == (target_of(structure) is None)
    assert (found.reason is None) == found.is_chosen
