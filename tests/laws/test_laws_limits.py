"""Laws of lists of limits: of N that are given, N are answered or named."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import treatment_sets

from dicom_io.dvh import MetricValue
from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.errors import RtplanValueError
from rtplan.limits import (
    ConstraintSet,
    LimitState,
    PlanFractions,
    SetEvaluation,
    evaluate_set,
    read_constraint_file,
    read_limit_file,
)
from rtplan.limits.constraint_file import ConstraintFileError
from rtplan.limits.cumulative_file import LIMIT_COLUMNS
from rtplan.names import assign
from rtplan.reirradiation import ReirradiationQuestion, reirradiate
from rtplan.reirradiation.organ import parse_tissues

COLUMNS = ("organ", "n_fractions", "metric", "comparator", "limit", "unit", "scope", "source", "how_verified")
NAMES = ("Rectum", "blase", "Kidney_L", "PTV", "something")
ORGANS = ("Rectum", "Bladder", "SpinalCord", "Kidney_L|Kidney_R", "Bowel_Small")
DOSES = ("D0.035cc", "D10%", "Dmean", "Dmax", "D0.035cc[Gy]", "D5-10cc")
SCOPES = ("", "after earlier course", "several courses")

rows = st.fixed_dictionaries(
    {
        "organ": st.sampled_from(ORGANS),
        "n_fractions": st.sampled_from(
            ["5", "3", "1-5", "<=5", "5 fx", "5.0", "25-28 fx", "conventional", "any", ">=20", "8"]
        ),
        "metric": st.sampled_from(DOSES),
        "comparator": st.sampled_from(["<", "<="]),
        "limit": st.sampled_from(["20", "38", "10-15"]),
        "unit": st.just("Gy"),
        "scope": st.sampled_from(SCOPES),
        "source": st.sampled_from(["one paper", "another"]),
        "how_verified": st.just("own"),
    }
)
plans = st.builds(
    PlanFractions,
    n_fractions=st.sampled_from([None, 3, 5, 28]),
    dose_per_fraction_gy=st.sampled_from([None, 1.8, 6.0]),
)


def _limits(given_rows: list[dict[str, str]]) -> ConstraintSet | list[str]:
    """Read the rows as a file; where some are refused, the mistakes."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(given_rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ours.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        try:
            return read_constraint_file(path)
        except ConstraintFileError as refused:
            return list(refused.mistakes)


def _evaluated(limits: ConstraintSet, plan: PlanFractions) -> SetEvaluation:
    return evaluate_set(
        limits,
        assign(list(enumerate(NAMES, start=1))),
        fractions=plan,
        metric_of=lambda _, metric: MetricValue(text=metric, value=20.0, unit="Gy", uncertainty=0.1),
        volume_of=lambda _: 100.0,
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, min_size=1, max_size=14), plans)
def test_each_limit_of_a_file_is_refused_answered_or_counted(
    given_rows: list[dict[str, str]], plan: PlanFractions
) -> None:
    """Of N rows of a file, N are limits or the file is refused; of N limits, N are answered or counted."""
    limits = _limits(given_rows)
    if isinstance(limits, list):
        assert all("a second limit beside row" in mistake for mistake in limits)
        return
    assert len(limits.constraints) == len(given_rows)
    found = _evaluated(limits, plan)
    answered = {e.constraint.row for e in found.evaluations if e.constraint is not None}
    elsewhere = {c.row for c in found.other_fractions if plan.match(c).matches is False}
    assert answered | {c.row for c in found.other_fractions} == set(range(1, len(given_rows) + 1))
    assert not answered & elsewhere


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, min_size=1, max_size=14), plans)
def test_each_metric_of_a_drawn_organ_is_judged_or_said(
    given_rows: list[dict[str, str]], plan: PlanFractions
) -> None:
    """Of a drawn organ no metric that has a limit is absent: a row judges it, or words name it."""
    limits = _limits(given_rows)
    if isinstance(limits, list):
        return
    found = _evaluated(limits, plan)
    told = "\n".join([*found.findings, *(e.reason or "" for e in found.evaluations)])
    for organ in ("Rectum", "Bladder", "Kidney_L"):
        of_organ = [c for c in limits.constraints if organ in c.organs]
        seen = {e.constraint.metric.dvh for e in found.evaluations if e.constraint and e.organ == organ}
        none_matches = not any(plan.match(c).matches for c in of_organ)
        for c in of_organ:
            if none_matches:
                assert f"limits {organ} at these numbers of fractions only" in told
            else:
                assert c.metric.dvh in seen or f"these metrics of {organ}" in told


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=14))
def test_a_plan_that_does_not_say_its_fractions_never_passes_a_limit_that_needs_them(
    given_rows: list[dict[str, str]],
) -> None:
    """Where the plan does not say its fractions, a limit of some number of them is open, never within."""
    limits = _limits(given_rows)
    if isinstance(limits, list):
        return
    found = _evaluated(limits, PlanFractions(n_fractions=None, dose_per_fraction_gy=None))
    for evaluation in found.evaluations:
        if evaluation.constraint is not None and evaluation.constraint.fractions.kind != "any":
            assert evaluation.state is not LimitState.JUDGED
    is_open = {e.organ for e in found.evaluations if e.state is LimitState.NOT_EVALUABLE}
    for c in limits.constraints:
        if c.fractions.kind != "any" and c.organs[0] in ("Rectum", "Bladder"):
            assert c.organs[0] in is_open


cumulative_rows = st.fixed_dictionaries(
    {
        "organ": st.sampled_from(["Rectum", "Bladder", "SpinalCord", "Bowel"]),
        "metric": st.sampled_from(["D0.03cc", "Dmax", "Dmean", "Max[Gy]", "D50%"]),
        "comparator": st.sampled_from(["<", "<="]),
        "eqd2_gy": st.sampled_from(["60", "75.5", "100"]),
        "alpha_beta_gy": st.sampled_from(["2", "3"]),
        "includes_recovery": st.sampled_from(["yes", "no"]),
        "source": st.sampled_from(["one paper", "another"]),
    }
).map(lambda row: row | {"from_months": "6" if row["includes_recovery"] == "yes" else ""})


def _course(role: str, gy: float, n_fractions: int, ended: date | None = None) -> Course:
    treatment = treatment_sets.treatment(treatment_sets.linear((0, 0, 0), gy), n=n_fractions, label=role)
    return course_of_treatments([(treatment, Delivery())], role=role, ended=ended)


@settings(max_examples=12, deadline=None)
@given(st.lists(cumulative_rows, min_size=1, max_size=5))
def test_each_cumulative_limit_of_a_file_has_a_row(given_rows: list[dict[str, str]]) -> None:
    """Of N cumulative limits that a file states, N have a row of their own, or the file is refused."""
    text = StringIO()
    writer = csv.DictWriter(text, (*LIMIT_COLUMNS, "from_months"))
    writer.writeheader()
    writer.writerows(given_rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "limits.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        try:
            limits = read_limit_file(path)
        except RtplanValueError as refused:
            mistake = str(refused)
            limits = ()
    if not limits:
        assert "two limits" in mistake
        return
    assert len(limits) == len(given_rows)
    new, prior = _course("new", 20.0, 5), _course("prior", 40.0, 20, ended=date(2023, 6, 8))
    answer = reirradiate(
        ReirradiationQuestion(
            new=new,
            priors=(prior,),
            new_starts=date(2024, 2, 12),
            tissues=parse_tissues(["Rectum=3"]),
            limits=limits,
        )
    )
    assert Counter(row.limit for row in answer.rows if row.limit is not None) == Counter(limits)
    for row in answer.rows:
        if row.limit is not None and (row.limit.organ != "Rectum" or row.limit.includes_recovery):
            assert row.judgement is not None
            assert row.judgement.reason
