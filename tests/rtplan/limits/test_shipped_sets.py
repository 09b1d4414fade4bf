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
    assert len(roles["reirradiation-observed"]) == 12
    assert {c.role for c in roles["quantec"]} == {Role.RISK_POINT}
    assert len(roles["quantec"]) == 15
    assert [c.role for c in roles["tg101-2010"]] == [Role.ALTERNATE] * 4
    assert [c.role for c in roles["hytec"]] == [Role.ALTERNATE] * 3
    assert [c.limit_as_published for c in roles["reirradiation-cord"]] == ["120"]


def test_no_pelvic_organ_has_a_cumulative_limit() -> None:
    pelvic = {"Rectum", "Bladder", "Bowel", "Ureter_L", "SacralPlex", "Colon_Sigmoid"}
    for name in ALL_SETS:
        if not name.startswith("reirradiation"):
            continue
        for constraint in load_constraint_set(name).constraints:
            assert not (constraint.role.is_enforced and pelvic & set(constraint.organs)), constraint


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
