"""Limits derived for another number of fractions: on request, labelled, and never over a published one."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits import (
    Constraint,
    ConstraintSet,
    FractionConversion,
    constraint_sets,
    convert_fractions,
    load_constraint_set,
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
