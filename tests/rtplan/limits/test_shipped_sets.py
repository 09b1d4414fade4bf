"""Constraint sets that are shipped, and what is in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rtplan.errors import RtplanLookupError
from rtplan.files import TypedFile, shipped_file
from rtplan.limits import (
    COLUMNS,
    REQUIRED_COLUMNS,
    VERIFICATION,
    Role,
    Scope,
    constraint_sets,
    load_constraint_set,
)
from rtplan.names import structure_names

ALL_SETS = [entry.name for entry in constraint_sets()]


def test_the_promised_sets_are_shipped() -> None:
    promised = {
        "tg101-2010",
        "timmerman-2021",
        "uk-sabr-2018",
        "uk-sabr-2022",
        "hytec",
        "quantec",
        "pelvis-conventional",
        "reirradiation-cord",
    }
    assert promised <= set(ALL_SETS)


@pytest.mark.parametrize("name", ALL_SETS)
def test_every_row_says_its_source_and_how_it_was_checked(name: str) -> None:
    for constraint in load_constraint_set(name).constraints:
        assert constraint.source
        assert constraint.verification in VERIFICATION.values()


@pytest.mark.parametrize("name", ALL_SETS)
def test_a_shipped_set_is_the_released_one(name: str) -> None:
    assert load_constraint_set(name).findings == ()


def test_a_changed_set_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from rtplan.limits import shipped_sets as module  # noqa: PLC0415 - the module itself is patched

    def changed(room: str, name: str) -> TypedFile:
        file = shipped_file(room, name)
        return replace(file, content=file.content.replace(b"<=,38,", b"<=,83,"))

    monkeypatch.setattr(module, "shipped_file", changed)
    found = load_constraint_set("tg101-2010")
    assert "differs from the released one" in found.findings[0]


@pytest.mark.parametrize(
    ("name", "organ", "fractions", "metric", "comparator", "limit"),
    [
        ("tg101-2010", "Rectum", "5", "D0.035cc", "<=", "38"),
        ("timmerman-2021", "Rectum", "5", "D0.035cc", "<=", "55"),
        ("hytec", "SpinalCord", "1", "Dmax", "<=", "12.4-14"),
        ("hytec", "SpinalCord", "5", "Dmax", "<=", "25.3"),
        ("uk-sabr-2022", "Brain", "1", "V12Gy", "<", "10-15"),
        ("quantec", "Rectum", "conventional (1.8-2 Gy/fx)", "V50Gy", "<", "50"),
        ("reirradiation-cord", "ThecalSac", "1-5", "Dmax cumulative EQD2", "<=", "70"),
        ("reirradiation-thorax-2021", "Esophagus", "any", "Dmax cumulative EQD2", "<=", "75-100"),
    ],
)
def test_limits_are_those_of_the_publication(
    name: str, organ: str, fractions: str, metric: str, comparator: str, limit: str
) -> None:
    found = [
        (c.comparator, str(c.limit))
        for c in load_constraint_set(name).constraints
        if c.organ_label == organ
        and c.fractions.text == fractions
        and c.metric.text == metric
        and c.role.is_enforced
    ]
    assert (comparator, limit) in found


def test_observations_risk_points_and_alternates_are_never_limits() -> None:
    roles = {
        name: [c for c in load_constraint_set(name).constraints if not c.role.is_enforced]
        for name in ("reirradiation-observed", "quantec", "tg101-2010", "hytec", "reirradiation-cord")
    }
    assert len(roles["reirradiation-observed"]) == 37
    assert all(c.role is Role.OBSERVATION for c in load_constraint_set("reirradiation-observed").constraints)
    assert {c.role for c in roles["quantec"]} == {Role.RISK_POINT}
    assert len(roles["quantec"]) == 15
    assert [c.role for c in roles["tg101-2010"]] == [Role.ALTERNATE] * 4
    assert sum(c.role is Role.ALTERNATE for c in roles["hytec"]) == 4
    assert [c.limit_as_published for c in roles["reirradiation-cord"]] == ["120"]


def test_limits_of_pelvic_organs_over_several_courses_are_those_of_a_consensus_and_of_one_institution() -> (
    None
):
    pelvic = {"Rectum", "Bladder", "Bowel", "Bowel_Small", "Ureter_L", "SacralPlex", "Colon", "Colon_Sigmoid"}
    of_pelvis = {
        name
        for name in ALL_SETS
        for c in load_constraint_set(name).constraints
        if c.role.is_enforced and c.scope is Scope.SEVERAL_COURSES and pelvic & set(c.organs)
    }
    # One treatment of external beam and brachytherapy is no re-irradiation.
    assert of_pelvis == {
        "pelvis-reirradiation-delphi-2021",
        "michigan-cumulative",
        "pelvis-conventional",
    }


@pytest.mark.parametrize("name", ["pelvis-reirradiation-delphi-2021", "michigan-cumulative"])
def test_each_limit_of_a_panel_or_institution_says_agreement_recovery_and_that_it_is_second_hand(
    name: str,
) -> None:
    for c in load_constraint_set(name).constraints:
        assert c.agreement
        assert c.includes_recovery is not None
        assert c.verification != VERIFICATION["read in source"]


def test_the_pelvic_consensus_has_each_limit_with_and_without_recovery() -> None:
    rows = load_constraint_set("pelvis-reirradiation-delphi-2021").constraints
    without = {c.organ_label: (str(c.limit), c.alpha_beta_gy) for c in rows if not c.includes_recovery}
    included = {c.organ_label: str(c.limit) for c in rows if c.includes_recovery}
    assert without["Bladder"] == ("80", 3.0)
    assert without["SacralPlex"] == without["CaudaEquina"] == ("67", 2.0)
    assert without["Bowel_Small"] == ("70", 3.0)
    assert included == {
        "Bladder": "110",
        "CaudaEquina": "85",
        "SacralPlex": "85",
        "Bowel_Small": "90",
        "Colon": "100",
        "Colon_Sigmoid": "100",
        "Rectum": "100",
    }
    assert {str(c.recovery_interval) for c in rows if c.includes_recovery} == {"12 months or more"}


def test_a_limit_that_includes_recovery_is_never_merged_with_the_one_that_does_not() -> None:
    ranges = [
        c.describe()
        for name in ("pelvis-reirradiation-delphi-2021", "michigan-cumulative")
        for c in load_constraint_set(name).constraints
        if c.limit is not None and c.limit.is_range
    ]
    assert ranges == []


def test_a_subvolume_is_not_the_organ() -> None:
    subvolumes = [c for c in load_constraint_set("tg101-2010").constraints if c.scope is Scope.OWN_CONTOUR]
    assert len(subvolumes) == 6
    assert all(not c.organs for c in subvolumes)


def test_rows_after_an_earlier_course_are_marked() -> None:
    for constraint in load_constraint_set("reirradiation-cord").constraints:
        assert constraint.scope is not Scope.PLAN
    assert {c.scope for c in load_constraint_set("mdacc-3fx-reirradiation-template").constraints} == {
        Scope.AFTER_EARLIER_COURSE
    }


def test_every_organ_of_every_set_is_a_name_that_matching_knows() -> None:
    known = structure_names()
    organs = {organ for name in ALL_SETS for organ in load_constraint_set(name).organs}
    assert sorted(organ for organ in organs if known.standard_of(organ) != organ) == []


def test_an_unknown_set_lists_the_sets() -> None:
    with pytest.raises(RtplanLookupError, match="tg101-2010"):
        load_constraint_set("tg-101")


def test_the_columns_of_shipped_and_clinic_files_are_the_same() -> None:
    assert set(REQUIRED_COLUMNS) <= set(COLUMNS)
