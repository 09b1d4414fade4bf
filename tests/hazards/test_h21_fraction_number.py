"""H21: a 3-fraction limit applied to 5 fractions."""

from __future__ import annotations

import pytest

from dicom_io import MetricValue
from rtplan.limits import PlanFractions, Verdict, constraint_sets, evaluate_set, load_constraint_set
from rtplan.names import assign


def _evaluate(name, n_fractions, dose_per_fraction=None):
    limits = load_constraint_set(name)
    structures = list(enumerate(dict.fromkeys(limits.organs), start=1))
    return evaluate_set(
        limits,
        assign(structures),
        fractions=PlanFractions(n_fractions=n_fractions, dose_per_fraction_gy=dose_per_fraction),
        metric_of=lambda _, text: MetricValue(text=text, value=1.0, unit="Gy", uncertainty=0.0),
        volume_of=lambda _: 1000.0,
    )


@pytest.mark.parametrize("n_fractions", [1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 28, 30, 35])
@pytest.mark.parametrize("name", [entry.name for entry in constraint_sets()])
def test_every_limit_that_is_judged_was_published_for_that_number(name, n_fractions):
    for row in _evaluate(name, n_fractions).evaluations:
        if row.verdict is not Verdict.NOT_EVALUABLE:
            fractions = row.constraint.fractions
            assert fractions.kind == "any" or fractions.low <= n_fractions <= fractions.high


def test_tg101_has_nothing_to_say_about_four_fractions():
    found = _evaluate("tg101-2010", 4)
    assert {row.verdict for row in found.evaluations} == {Verdict.NOT_EVALUABLE}
    assert all("the plan has 4" in row.reason for row in found.evaluations)
    assert "the set's: 1, 3, 5" in found.findings[0]


def test_the_three_fraction_rectum_limit_is_not_used_for_five():
    limits = {
        (row.metric, row.constraint.limit.high)
        for row in _evaluate("tg101-2010", 5).evaluations
        if row.organ == "Rectum"
    }
    assert limits == {("D20cc[Gy]", 25.0), ("D0.035cc[Gy]", 38.0)}


def test_a_plan_that_does_not_state_its_fractions_is_judged_by_limits_for_any_number_only():
    for name in ("tg101-2010", "timmerman-2021", "quantec", "pelvis-conventional"):
        assert {row.verdict for row in _evaluate(name, None).evaluations} == {Verdict.NOT_EVALUABLE}


def test_conventional_limits_are_not_used_for_hypofractionation():
    for row in _evaluate("quantec", 15, dose_per_fraction=2.67).evaluations:
        assert row.verdict is Verdict.NOT_EVALUABLE
    judged = [r for r in _evaluate("quantec", 28, dose_per_fraction=1.8).evaluations if r.value is not None]
    assert judged
    assert {row.constraint.fractions.kind for row in judged} == {"conventional"}
