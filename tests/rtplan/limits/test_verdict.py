"""Verdicts: ties, ranges, uncertainties and values that are not there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanValueError
from rtplan.limits import Comparator, Judgement, Limit, Verdict, borderline_by_unsourced_rule, judge
from rtplan.limits.verdict import margin_to_limit

LIMIT = Limit(low=38, high=38)


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [("<", "exceeds"), ("<=", "within"), (">", "exceeds"), (">=", "within")],
)
def test_an_exact_tie_keeps_a_limit_only_where_the_sign_includes_it(
    comparator: Comparator, expected: str
) -> None:
    assert judge(38.0, comparator, limit=LIMIT, uncertainty=0.0).verdict == expected


@pytest.mark.parametrize(
    ("value", "uncertainty", "expected"),
    [
        (37.0, 0.5, "within"),
        (37.6, 0.5, "borderline"),
        (38.4, 0.5, "borderline"),
        (38.6, 0.5, "exceeds"),
        (37.5, 0.5, "borderline"),
        (38.5, 0.5, "borderline"),
    ],
)
def test_a_limit_inside_the_uncertainty_is_borderline(
    value: float, uncertainty: float, expected: str
) -> None:
    assert judge(value, "<=", limit=LIMIT, uncertainty=uncertainty).verdict == expected


@pytest.mark.parametrize(
    ("value", "comparator", "expected"),
    [
        (9.9, "<=", "within"),
        (10.0, "<=", "borderline"),
        (12.0, "<", "borderline"),
        (15.0, "<=", "borderline"),
        (15.0, "<", "exceeds"),
        (15.1, "<=", "exceeds"),
        (15.1, ">=", "within"),
        (12.0, ">=", "borderline"),
        (9.9, ">=", "exceeds"),
    ],
)
def test_a_value_inside_a_published_range_is_borderline(
    value: float, comparator: Comparator, expected: str
) -> None:
    found = judge(value, comparator, limit=Limit.parse("10-15"), uncertainty=0.0)
    assert found.verdict == expected


def test_a_range_is_borderline_where_an_end_lies_inside_the_uncertainty() -> None:
    assert judge(9.8, "<=", limit=Limit.parse("10-15"), uncertainty=0.3).verdict is Verdict.BORDERLINE
    assert judge(15.2, "<=", limit=Limit.parse("10-15"), uncertainty=0.3).verdict is Verdict.BORDERLINE


def test_no_value_is_not_evaluable_and_keeps_its_reason() -> None:
    found = judge(None, "<=", limit=LIMIT, uncertainty=None, reason="organ leaves the dose grid")
    assert found == Judgement(verdict=Verdict.NOT_EVALUABLE, reason="organ leaves the dose grid", margin=None)


def test_a_missing_uncertainty_is_said() -> None:
    assert (
        judge(20.0, "<=", limit=LIMIT, uncertainty=None).reason == "no uncertainty is stated for this value"
    )


def test_only_within_is_a_pass() -> None:
    assert [verdict for verdict in Verdict if verdict.is_pass] == [Verdict.WITHIN]


def test_the_gravest_verdict_sorts_first() -> None:
    assert [v.value for v in sorted(Verdict, key=lambda v: v.gravity)] == [
        "exceeds",
        "borderline",
        "not_evaluable",
        "within",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(RtplanValueError, match="finite"):
        judge(value, "<=", limit=LIMIT, uncertainty=0.0)


@pytest.mark.parametrize("uncertainty", [-0.1, float("nan"), float("inf")])
def test_an_uncertainty_is_a_half_width(uncertainty: float) -> None:
    with pytest.raises(RtplanValueError, match="half-width"):
        judge(1.0, "<=", limit=LIMIT, uncertainty=uncertainty)


def test_an_unknown_sign_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="comparator '=<'"):
        judge(1.0, "=<", limit=LIMIT, uncertainty=0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "abc", "15-10", "-3", "30/17/10", "nan"])
def test_a_limit_is_a_number_or_an_ascending_range(text: str) -> None:
    with pytest.raises(RtplanValueError):
        Limit.parse(text)


def test_a_verdict_that_is_no_pass_needs_its_reason() -> None:
    with pytest.raises(RtplanValueError, match="needs a reason"):
        Judgement(verdict=Verdict.BORDERLINE, reason=None, margin=0.1)


finite = st.floats(min_value=0, max_value=200, allow_nan=False)


@given(value=finite, end=finite, uncertainty=st.floats(min_value=1e-6, max_value=20))
def test_law_beyond_the_uncertainty_the_sign_alone_decides(
    value: float, end: float, uncertainty: float
) -> None:
    """Further from the limit than the uncertainty the verdict is the comparison; nearer it is borderline."""
    found = judge(value, "<=", limit=Limit(low=end, high=end), uncertainty=uncertainty).verdict
    if abs(value - end) > uncertainty:
        assert found is (Verdict.WITHIN if value < end else Verdict.EXCEEDS)
    else:
        assert found is Verdict.BORDERLINE


@given(value=finite, end=finite, uncertainty=st.floats(min_value=0, max_value=20))
def test_law_a_wider_uncertainty_never_turns_one_certainty_into_the_other(
    value: float, end: float, uncertainty: float
) -> None:
    """Adding uncertainty leads to borderline, never from within to exceeds or back."""
    limit = Limit(low=end, high=end)
    exact = judge(value, "<", limit=limit, uncertainty=0.0).verdict
    wider = judge(value, "<", limit=limit, uncertainty=uncertainty).verdict
    assert wider in (exact, Verdict.BORDERLINE)


@given(value=finite, low=finite, width=st.floats(min_value=0, max_value=50))
def test_law_the_margin_is_the_room_to_the_strictest_reading(value: float, low: float, width: float) -> None:
    """A certain pass has room; a value past the strictest reading has none."""
    limit = Limit(low=low, high=low + width)
    margin = margin_to_limit(value, "<=", limit=limit)
    assert margin == limit.low - value
    if judge(value, "<=", limit=limit, uncertainty=0.0).verdict is Verdict.WITHIN:
        assert margin >= 0


@given(with_rule=st.sampled_from(Verdict), without=st.sampled_from(Verdict))
def test_law_a_rule_without_a_source_never_decides(with_rule: Verdict, without: Verdict) -> None:
    """Kept and exceeded are said only where the sum without the rule says the same."""
    found, plain = (Judgement(verdict=verdict, reason="why", margin=None) for verdict in (with_rule, without))
    ruled = borderline_by_unsourced_rule(found, plain=plain, recovered_gy=80.0, full_gy=100.0)
    if ruled.verdict in (Verdict.WITHIN, Verdict.EXCEEDS):
        assert ruled == plain
    if ruled is not found:
        assert ruled.reason is not None
        assert "80.00 Gy with it, 100.00 Gy without" in ruled.reason
