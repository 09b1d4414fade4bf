"""RECIST 1.1, exact rates, times to an event."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from rtplan.errors import RtplanValueError
from rtplan.protocols import (
    Assessment,
    TargetLesion,
    best_overall_response,
    duration_of_response,
    exact_rate,
    overall_response,
    overall_survival_time,
    progression_free_time,
    responses,
    target_response,
)
from rtplan.protocols.recist import Response, ResponseRow

DAY = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("baseline", "nadir", "now", "expected"),
    [
        (100, 100, 70, "PR"),  # exactly 30 % below baseline
        (100, 100, 70.1, "SD"),
        (100, 100, 119.9, "SD"),
        (100, 100, 120, "PD"),  # exactly 20 % above the smallest
        (100, 60, 72, "PD"),
        (100, 60, 71.9, "SD"),
        (100, 50, 60, "PD"),  # 40 % below baseline and 20 % above the nadir: progression
        (20, 20, 24.9, "SD"),  # 24.5 % but less than 5 mm
        (20, 20, 25, "PD"),  # 5 mm
        (100, 100, 125, "PD"),
        (30, 10, 14.9, "PR"),  # 49 % above the nadir but less than 5 mm
        (30, 10, 15, "PD"),
        (0.7, 0.7, 0.49, "PR"),  # 30 % in spite of binary fractions
        (100, 0, 4.9, "PR"),
        (100, 0, 5, "PD"),
    ],
)
def test_target_response_by_sums(baseline: float, nadir: float, now: float, expected: str) -> None:
    found = target_response(now, baseline_mm=baseline, nadir_mm=nadir, all_disappeared=False)
    assert found == expected


def test_all_gone_is_complete_even_where_nodes_leave_a_sum() -> None:
    assert target_response(9, baseline_mm=40, nadir_mm=9, all_disappeared=True) is Response.CR


@pytest.mark.parametrize(
    ("target", "non_target", "new", "expected"),
    [
        # RECIST 1.1, table 1
        ("CR", "CR", False, "CR"),
        ("CR", "none", False, "CR"),
        ("CR", "non-CR/non-PD", False, "PR"),
        ("CR", "not evaluated", False, "PR"),
        ("PR", "non-CR/non-PD", False, "PR"),
        ("PR", "not evaluated", False, "PR"),
        ("SD", "non-CR/non-PD", False, "SD"),
        ("SD", "not evaluated", False, "SD"),
        ("NE", "non-CR/non-PD", False, "NE"),
        ("PD", "CR", False, "PD"),
        ("CR", "PD", False, "PD"),
        ("CR", "CR", True, "PD"),
        ("NE", "PD", False, "PD"),
        ("NE", "CR", True, "PD"),
        # table 2: no target lesions
        (None, "CR", False, "CR"),
        (None, "non-CR/non-PD", False, "non-CR/non-PD"),
        (None, "not evaluated", False, "NE"),
        (None, "PD", False, "PD"),
        (None, "CR", True, "PD"),
        # nobody looked for new lesions
        ("CR", "CR", None, "NE"),
        ("PD", "CR", None, "PD"),
    ],
)
def test_overall_response_by_the_tables(
    target: str | None, non_target: Any, new: bool | None, expected: str
) -> None:
    given_target = None if target is None else Response(target)
    assert overall_response(given_target, non_target, new_lesion=new) == expected


TUMOUR, NODE = TargetLesion(name="tumour"), TargetLesion(name="node", is_node=True)


def seen(days: int, tumour: float | None, node: float | None, **other: Any) -> Assessment:
    stated: dict[str, Any] = {"non_target": "none", "new_lesion": False, **other}
    return Assessment(day=DAY + timedelta(days=days), diameters_mm={"tumour": tumour, "node": node}, **stated)


def judged(*follow_ups: Assessment) -> list[str]:
    rows = responses([TUMOUR, NODE], seen(0, 40, 20), follow_ups)
    return [row.overall.value for row in rows]


def test_a_node_below_10_mm_is_gone_and_one_of_10_mm_is_not() -> None:
    assert judged(seen(60, 0, 9.9)) == ["CR"]
    assert judged(seen(60, 0, 10)) == ["PR"]


def test_the_smallest_sum_so_far_is_what_growth_is_counted_from() -> None:
    assert judged(seen(60, 20, 10), seen(120, 25, 10), seen(180, 25, 11)) == ["PR", "PR", "PD"]
    rows = responses([TUMOUR, NODE], seen(0, 40, 20), [seen(60, 20, 10), seen(120, 25, 11)])
    assert (rows[1].sum_mm, rows[1].nadir_mm) == (36, 30)
    assert rows[1].change_from_nadir == pytest.approx(0.2)
    assert rows[1].change_from_baseline == pytest.approx(-0.4)


def test_a_lesion_that_was_not_measured_is_not_taken_for_stable() -> None:
    assert judged(seen(60, None, 10)) == ["NE"]
    assert judged(seen(60, 80, None)) == ["PD"]  # what was measured shows it alone


def test_a_lesion_that_comes_back_after_all_were_gone_is_progression() -> None:
    assert judged(seen(60, 0, 5), seen(120, 3, 5)) == ["CR", "PD"]
    assert judged(seen(60, 0, 12), seen(120, 3, 12)) == ["PR", "PR"]


def test_mistakes_in_measurements_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="tumour: a diameter above 0 mm at baseline"):
        responses([TUMOUR, NODE], seen(0, None, 20), [])
    with pytest.raises(RtplanValueError, match="in order of time"):
        judged(seen(60, 20, 10), seen(60, 20, 10))
    with pytest.raises(RtplanValueError, match="no target lesion of that name"):
        responses([NODE], seen(0, 40, 20), [])
    with pytest.raises(RtplanValueError, match="were cm typed"):
        seen(0, -4, 20)


def rows_of(*found: tuple[int, str]) -> list[ResponseRow]:
    return [
        ResponseRow(
            day=DAY + timedelta(days=days), sum_mm=None, nadir_mm=None, change_from_baseline=None,
            change_from_nadir=None, target=Response(overall), overall=Response(overall),
        )
        for days, overall in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected", "confirmed"),
    [
        ([(60, "PR"), (88, "PR")], "PR", True),  # 28 days
        ([(60, "PR"), (87, "PR")], "SD", False),  # 27 days
        ([(60, "CR"), (90, "CR")], "CR", True),
        ([(60, "PR"), (90, "CR")], "PR", True),
        ([(60, "CR"), (90, "PR")], "SD", False),  # disease after a complete response: progression
        ([(30, "CR"), (60, "PR"), (90, "PR")], "PD", False),
        ([(60, "PR"), (90, "PR"), (120, "CR"), (150, "PR")], "PR", True),
        ([(60, "PR"), (90, "PD"), (120, "PR")], "SD", False),
        ([(60, "PR"), (90, "NE"), (120, "PR")], "PR", True),
        ([(30, "SD"), (50, "PD")], "PD", False),  # too early to be stable
        ([(42, "SD"), (90, "PD")], "SD", False),
        ([(30, "SD")], "NE", False),
        ([(60, "PD")], "PD", False),
        ([(60, "NE")], "NE", False),
        ([(60, "non-CR/non-PD")], "non-CR/non-PD", False),
        ([], "NE", False),
    ],
)
def test_best_response_needs_confirmation(
    found: list[tuple[int, str]], expected: str, confirmed: bool
) -> None:
    best = best_overall_response(rows_of(*found), baseline_day=DAY, min_stable_days=42)
    assert (best.response.value, best.confirmed) == (expected, confirmed)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 10, 0.0, 1 - 0.025**0.1),  # closed form
        (10, 10, 0.025**0.1, 1.0),
        (1, 1, 0.025, 1.0),
        (0, 44, 0.0, 1 - 0.025 ** (1 / 44)),
    ],
)
def test_rates_without_and_with_all_events_have_a_closed_form(
    count: int, total: int, low: float, high: float
) -> None:
    found = exact_rate(count, total, confidence=0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12, abs=1e-15)


@given(total=st.integers(1, 300), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_is_clopper_and_pearsons(total: int, share: float, confidence: float) -> None:
    """P(X >= k | low) and P(X <= k | high) are each half of what the confidence leaves."""
    count = round(share * total)
    found = exact_rate(count, total, confidence=confidence)
    other = binomtest(count, total).proportion_ci(confidence, method="exact")
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-9)
    assert found.low <= found.rate <= found.high
    if count > 0:
        assert binom.sf(count - 1, total, found.low) == pytest.approx((1 - confidence) / 2, rel=1e-6)
    if count < total:
        assert binom.cdf(count, total, found.high) == pytest.approx((1 - confidence) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("count", "total", "confidence"), [(3, 2, 0.95), (-1, 5, 0.95), (0, 0, 0.95), (1, 2, 95)]
)
def test_impossible_rates_are_refused(count: int, total: int, confidence: float) -> None:
    with pytest.raises(RtplanValueError):
        exact_rate(count, total, confidence=confidence)


START, LATER, LAST = date(2025, 1, 2), date(2025, 7, 1), date(2025, 12, 31)


@pytest.mark.parametrize(
    ("progression", "death", "last", "counts", "days", "event", "by"),
    [
        (LATER, None, LAST, "event", 180, True, "progression"),
        (LATER, LAST, LAST, "event", 180, True, "progression"),
        (None, LATER, LATER, "event", 180, True, "death"),
        (None, LATER, LATER, "censored", 180, False, "death"),
        (None, None, LATER, "event", 180, False, "last follow-up"),
        (None, None, START, "event", 0, False, "last follow-up"),
    ],
)
def test_progression_free_time(
    progression: date | None, death: date | None, last: date, counts: Any, days: int, event: bool, by: str
) -> None:
    found = progression_free_time(
        START, progression=progression, death=death, last_follow_up=last, death_counts=counts
    )
    assert (found.days, found.event, found.ended_by) == (days, event, by)


def test_survival_and_duration_of_response() -> None:
    assert overall_survival_time(START, death=LATER, last_follow_up=LATER).event
    assert not overall_survival_time(START, death=None, last_follow_up=LAST).event
    assert overall_survival_time(START, death=None, last_follow_up=LAST).days == 363
    assert duration_of_response(LATER, progression=None, last_follow_up=LAST).days == 183
    assert not duration_of_response(LATER, progression=None, last_follow_up=LAST).event


def test_dates_out_of_order_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="before the start"):
        overall_survival_time(LATER, death=START, last_follow_up=START)
    with pytest.raises(RtplanValueError, match="after death"):
        overall_survival_time(START, death=LATER, last_follow_up=LAST)
    with pytest.raises(RtplanValueError, match="event or censored"):
        progression_free_time(
            START,
            progression=None,
            death=None,
            last_follow_up=LAST,
            death_counts="ignored",  # type: ignore[arg-type]
        )
