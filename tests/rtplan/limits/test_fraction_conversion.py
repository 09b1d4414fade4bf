"""Limits derived for another number of fractions: on request, labelled, and never over a published one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits import (
    Constraint,
    ConstraintSet,
    FractionConversion,
    Scope,
    constraint_sets,
    convert_fractions,
    load_constraint_set,
    read_constraint_file,
)

LINEAR = FractionConversion(alpha_beta_gy=None)
TG101 = load_constraint_set("tg101-2010")


def derived(found: ConstraintSet, organ: str, metric: str) -> Constraint:
    (constraint,) = [
        c for c in found.constraints if c.derived and c.organ_label == organ and c.metric.text == metric
    ]
    return constraint


def test_a_straight_line_between_two_tabulated_numbers() -> None:
    four = derived(convert_fractions(TG101, 4, conversion=LINEAR), "Rectum", "D0.035cc")
    assert four.limit is not None
    assert four.limit.high == pytest.approx((28.2 + 38) / 2)
    assert four.fractions.text == "4"
    assert "straight line between <= 28.2 Gy (3 fx) and <= 38 Gy (5 fx)" in four.derived
    assert four.verification.endswith("the limit itself is derived, not published")


def test_no_line_leaves_the_table() -> None:
    assert not any(c.derived for c in convert_fractions(TG101, 8, conversion=LINEAR).constraints)


def test_the_same_eqd2_of_the_nearest_limit() -> None:
    # (D + D^2/(n a/b)) is kept: 38 Gy in 5 at a/b 3 is BED 38 * (1 + 7.6 / 3) = 134.2667 Gy.
    six = derived(
        convert_fractions(TG101, 6, conversion=FractionConversion(alpha_beta_gy=3.0)), "Rectum", "D0.035cc"
    )
    assert six.limit is not None
    dose = six.limit.high
    assert dose * (1 + dose / 6 / 3) == pytest.approx(38 * (1 + 7.6 / 3), abs=1e-4)
    assert "alpha/beta 3 Gy" in six.derived


def test_a_mean_dose_or_a_volume_at_a_dose_is_not_converted() -> None:
    found = convert_fractions(
        load_constraint_set("uk-sabr-2022"), 6, conversion=FractionConversion(alpha_beta_gy=3.0)
    )
    metrics = {c.metric.text for c in found.constraints if c.derived}
    assert metrics
    assert not any(metric.startswith(("V", "Dmean")) for metric in metrics)


@pytest.mark.parametrize("name", [entry.name for entry in constraint_sets()])
@pytest.mark.parametrize("n_fractions", [1, 3, 5, 28])
def test_published_limits_are_never_replaced(name: str, n_fractions: int) -> None:
    original = load_constraint_set(name)
    found = convert_fractions(original, n_fractions, conversion=LINEAR)
    assert found.constraints[: len(original.constraints)] == original.constraints
    published = {
        (c.organ_label, c.organ_as_published, c.metric.text, c.priority)
        for c in original.constraints
        if c.fractions.match(n_fractions, dose_per_fraction=None).matches and c.role.is_enforced
    }
    for c in found.constraints:
        if c.derived and not c.endpoint:
            assert (c.organ_label, c.organ_as_published, c.metric.text, c.priority) not in published


def test_derived_limits_are_announced() -> None:
    found = convert_fractions(TG101, 4, conversion=LINEAR)
    assert "derived on request; they are not published" in found.findings[0]
    assert convert_fractions(TG101, None, conversion=LINEAR) is TG101


@pytest.mark.parametrize("text", ["", "eqd2", "eqd2:", "eqd2:0", "eqd2:-3", "bed:3", "quadratic", "eqd2:nan"])
def test_a_conversion_states_its_alpha_beta(text: str) -> None:
    with pytest.raises(RtplanValueError):
        FractionConversion.parse(text)


def rows_for(text: str, tmp_path: Path, n_fractions: int, conversion: FractionConversion) -> list[Constraint]:
    """What a file of limits at four fractions has for another number."""
    header = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"
    path = tmp_path / "own.csv"
    path.write_text(header + text, encoding="utf-8")
    found = convert_fractions(read_constraint_file(path), n_fractions, conversion=conversion)
    return [c for c in found.constraints if c.fractions.text == str(n_fractions)]


def test_what_has_no_conversion_is_a_row_that_says_so(tmp_path: Path) -> None:
    """21.7617 and 10.7003 Gy solve D (1 + D / (5 * 3)) = D4 (1 + D4 / (4 * 3)) for D4 = 20 and 10 Gy."""
    text = "Bladder,4,D0.03cc,<=,20,Gy,c,own\nBladder,4,V4Gy,<=,5,cc,c,own\n"
    text += "Bladder,4,Dmean,<=,10,Gy,c,own\nBladder,4,CV(50cc),<,10,Gy,c,own\n"
    rows = rows_for(text, tmp_path, 5, FractionConversion(alpha_beta_gy=3.0))
    assert [c.limit.high for c in rows if c.derived and c.limit] == pytest.approx(
        [21.7617, 10.7003], abs=1e-4
    )
    reasons = [c.metric.reason for c in rows if not c.derived]
    assert reasons == [
        "<= 5 cc (4 fx) was not converted to 5 fractions: a volume at a dose has no such conversion",
        "<= 10 Gy (4 fx) was not converted to 5 fractions: only a dose at a volume has such a conversion, "
        "no mean and no relative dose",
    ]


def test_an_organ_without_alpha_beta_and_a_number_outside_the_table_say_so(tmp_path: Path) -> None:
    by_organ = FractionConversion(alpha_beta_gy=None, by_organ={"Rectum": 3.0})
    (row,) = rows_for("Bladder,4,D0.03cc,<=,20,Gy,c,own\n", tmp_path, 5, by_organ)
    assert "has no one alpha/beta for Bladder" in str(row.metric.reason)
    (row,) = rows_for("Bladder,4,D0.03cc,<=,20,Gy,c,own\n", tmp_path, 5, LINEAR)
    assert "on both sides" in str(row.metric.reason)


@pytest.mark.parametrize("name", [entry.name for entry in constraint_sets()])
@pytest.mark.parametrize(
    "conversion", [LINEAR, FractionConversion(alpha_beta_gy=3.0)], ids=["linear", "eqd2"]
)
def test_law_every_limit_of_a_plan_has_a_row_at_every_number_of_fractions(
    name: str, conversion: FractionConversion
) -> None:
    """Asked for a conversion, no limit that was published for single numbers of fractions is left out."""
    found = convert_fractions(load_constraint_set(name), 7, conversion=conversion).constraints
    single = [c for c in found if c.fractions.low is not None and c.fractions.low == c.fractions.high]
    asked = {key_of(c) for c in single if c.role.is_enforced and c.scope is Scope.PLAN}
    assert (
        asked
        == {
            key_of(c)
            for c in found
            if c.role.is_enforced and c.fractions.match(7, dose_per_fraction=None).matches
        }
        & asked
    )


def key_of(c: Constraint) -> tuple[str, ...]:
    """What makes limits at different numbers of fractions the same."""
    return (
        c.table,
        c.organ_label,
        c.organ_as_published,
        c.metric.text,
        str(c.comparator),
        c.unit,
        c.priority,
        c.endpoint,
    )
