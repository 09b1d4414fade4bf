"""A limit that already includes recovery judges in its interval, where it is named, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import treatment_sets

from rtplan.courses import Delivery, course_of_treatments
from rtplan.errors import RtplanValueError
from rtplan.interval import add_months
from rtplan.limits import (
    NamedRecoveryLimit,
    RecoveryInterval,
    Verdict,
    load_cumulative_set,
    parse_limit,
)
from rtplan.reirradiation import Reirradiation, ReirradiationQuestion, inputs_of, reirradiate
from rtplan.reirradiation.organ import OrganRow, parse_tissues
from rtplan.selftest import demo_question

PELVIS = load_cumulative_set("pelvis-reirradiation-delphi-2021")
NAMED = NamedRecoveryLimit(organ="Bladder", because="no late effects")


@pytest.fixture(scope="module")
def demo(two_courses: Path) -> ReirradiationQuestion:
    """The demo's courses with the consensus for their limits, 249 days apart."""
    return replace(demo_question(two_courses), limits=(), limit_sets=(PELVIS,))


def bladder(found: Reirradiation) -> tuple[OrganRow, OrganRow]:
    """Its rows without and with recovery."""
    plain, included = (r for r in found.rows if r.name == "Bladder" and r.limit is not None)
    return plain, included


def totals(row: OrganRow) -> list[float | None]:
    return [left.total_dose_gy for left in row.remaining]


def test_below_the_interval_the_row_without_recovery_judges_alone(demo: ReirradiationQuestion) -> None:
    found = reirradiate(demo)
    assert found.intervals[0].days == 249
    plain, included = bladder(found)
    assert (str(plain.limit), plain.verdict) == ("Bladder:D0.5cc[Gy]<=80", Verdict.WITHIN)
    assert included.verdict is Verdict.NOT_EVALUABLE
    assert "12 months or more" in (included.reason or "")
    assert "249 days" in (included.reason or "")
    assert included.is_shown_only
    assert not plain.is_shown_only


def test_no_remaining_dose_is_read_below_a_limit_that_does_not_judge(demo: ReirradiationQuestion) -> None:
    early = replace(demo, new_starts=demo.intervals[0].ended + timedelta(days=92))
    plain, included = bladder(reirradiate(early))
    assert totals(included) == [None, None]
    assert all("12 months" in (left.reason or "") for left in included.remaining)
    # What 110 Gy would have left is 73.7 Gy; below 80 Gy the new plan may grow to 49.0 Gy.
    assert totals(plain)[-1] == pytest.approx(49.04, abs=0.01)


def test_from_the_interval_on_both_rows_stand_there_and_the_named_one_judges(
    demo: ReirradiationQuestion,
) -> None:
    late = replace(demo, new_starts=add_months(demo.intervals[0].ended, 12))
    plain, included = bladder(reirradiate(late))
    assert (plain.verdict, included.verdict) == (Verdict.WITHIN, Verdict.NOT_EVALUABLE)
    assert "nobody named it" in (included.reason or "")
    plain, included = bladder(reirradiate(replace(late, recovery_limits=(NAMED,))))
    assert (plain.verdict, included.verdict) == (Verdict.WITHIN, Verdict.WITHIN)
    assert totals(included)[-1] == pytest.approx(73.72, abs=0.01)


def test_a_limit_that_is_only_shown_decides_nothing(demo: ReirradiationQuestion) -> None:
    found = reirradiate(
        replace(demo, tissues=parse_tissues(["Bladder=3"]), limit_sets=(), limits=PELVIS.limits[:2])
    )
    assert [row.verdict for row in found.rows if row.limit] == ["within", "not_evaluable"]
    assert not found.limit_failed
    alone = replace(found.question, limits=PELVIS.limits[1:2])
    assert reirradiate(alone).limit_failed


def test_a_rule_of_recovery_beside_a_set_leaves_its_rows_with_recovery_aside(
    demo: ReirradiationQuestion,
) -> None:
    late = replace(demo, new_starts=add_months(demo.intervals[0].ended, 13), recovery="michigan-2019")
    _, included = bladder(reirradiate(late))
    assert included.verdict is Verdict.NOT_EVALUABLE
    assert "twice" in (included.reason or "")
    with pytest.raises(RtplanValueError, match="already includes recovery"):
        replace(late, recovery_limits=(NAMED,))


def test_a_name_that_no_limit_with_recovery_has_is_refused(demo: ReirradiationQuestion) -> None:
    with pytest.raises(RtplanValueError, match="no limit that includes recovery has this name"):
        replace(demo, recovery_limits=(NamedRecoveryLimit(organ="Heart", because="x"),))


def test_a_set_names_what_played_no_part_and_its_hash_is_an_input(demo: ReirradiationQuestion) -> None:
    found = reirradiate(demo)
    assert any("not drawn in the new course" in text and "Bowel_Small" in text for text in found.warnings)
    assert PELVIS.sha256 in [record.sha256 for record in inputs_of(found.question)]


def test_a_limit_is_judged_at_its_own_alpha_beta_and_the_stated_tissue_has_its_row(
    demo: ReirradiationQuestion,
) -> None:
    found = reirradiate(demo)
    at_two, at_three = (
        [row for row in found.rows if row.name == "SacralPlex" and row.alpha_beta_gy == ratio]
        for ratio in (2.0, 3.0)
    )
    assert {row.metric for row in at_two} == {"D0.1cc[Gy]"}
    assert all(row.limit is not None for row in at_two)
    assert "D0.1cc[Gy]" in [row.metric for row in at_three]
    assert all(row.limit is None for row in at_three)
    assert [choice.alpha_beta for choice in found.question.tissues if choice.organ == "SacralPlex"] == [3.0]


@cache
def two_boxes() -> ReirradiationQuestion:
    sets: ModuleType = treatment_sets
    new = course_of_treatments([(sets.treatment(sets.linear((0, 0, 0), 20.0), n=5), Delivery())], role="new")
    first = sets.treatment(sets.linear((0, 0, 0), 40.0), n=20, label="2023-04-01 …2222 40 Gy")
    prior = course_of_treatments([(first, Delivery())], role="prior", ended=date(2023, 6, 8))
    return ReirradiationQuestion(
        new=new,
        priors=(prior,),
        new_starts=date(2024, 2, 12),
        tissues=parse_tissues(["Rectum=3"]),
        n_fractions=(5,),
    )


@given(
    days=st.integers(0, 1500),
    from_months=st.integers(1, 36),
    lasts=st.none() | st.integers(1, 24),
    is_named=st.booleans(),
    gy=st.floats(1, 200),
)
def test_law_no_limit_that_includes_recovery_ever_judges_below_its_interval(
    days: int, from_months: int, lasts: int | None, is_named: bool, gy: float
) -> None:
    """No limit that includes recovery ever judges, or leaves a dose, below its interval or unnamed."""
    asked = two_boxes()
    ended = asked.intervals[0].ended
    kept = RecoveryInterval(from_months=from_months, to_months=None if lasts is None else from_months + lasts)
    limit = replace(parse_limit(f"Rectum:Max[Gy]<={gy:.3f}"), recovery_interval=kept)
    named = (NamedRecoveryLimit(organ="Rectum", because="a law"),) if is_named else ()
    starts = ended + timedelta(days=days)
    found = reirradiate(replace(asked, new_starts=starts, limits=(limit,), recovery_limits=named))
    (row,) = (row for row in found.rows if row.limit is not None)
    inside = starts >= add_months(ended, from_months) and (
        kept.to_months is None or starts <= add_months(ended, kept.to_months)
    )
    if inside and is_named:
        assert row.verdict is not Verdict.NOT_EVALUABLE
    else:
        assert row.verdict is Verdict.NOT_EVALUABLE
        assert all(total is None for total in totals(row))
        assert found.limit_failed
