from __future__ import annotations

import pytest

from dicom_io.dvh import MetricValue
from rtplan.errors import RtplanValueError
from rtplan.limits import (
    CumulativeLimit,
    Judgement,
    NamedRecoveryLimit,
    RecoveryInterval,
    Verdict,
    parse_limit,
    parse_limits,
    refuse_two,
)
from rtplan.reirradiation.organ import judge_sum
from rtplan.sums import Bounds


@pytest.mark.parametrize(
    "text", ["Rectum:D0.03cc[Gy]<=80", " Rectum : D0.03cc[Gy] <= 80 Gy ", "Rectum:d0.030cc[gy]<=80."]
)
def test_a_limit_is_read_as_people_type_it(text: str) -> None:
    limit = parse_limit(text)
    assert (limit.organ, str(limit.metric), limit.comparator, limit.eqd2_gy) == (
        "Rectum",
        "D0.03cc[Gy]",
        "<=",
        80.0,
    )
    assert not limit.includes_recovery


def test_a_limit_may_include_recovery() -> None:
    assert (
        str(parse_limit("Rectum:Mean[Gy]<60 including recovery from 12 months"))
        == "Rectum:Mean[Gy]<60 including recovery from 12 months"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Rectum",
        "Rectum<=80",
        "Rectum:Mean[Gy]>=80",
        "Rectum:Mean[Gy]<=",
        "Rectum:Mean[Gy]<=-5",
        ":Mean[Gy]<=5",
    ],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError, match="is no limit"):
        parse_limit(text)


@pytest.mark.parametrize("text", ["Rectum:V20Gy[cc]<=80", "Rectum:D95%[%]<=80", "Rectum:Mean[Gy]<=0"])
def test_a_limit_that_is_no_dose_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError):
        parse_limit(text)


@pytest.mark.parametrize("text", ["D0.03cc", "D0.03cc[Gy]"])
def test_the_metric_of_a_limit_in_gy_needs_no_unit(text: str) -> None:
    assert str(parse_limit(f"Rectum:{text}<=80")) == "Rectum:D0.03cc[Gy]<=80"


@pytest.mark.parametrize("text", ["Dmax", "Max[Gy]", "max", "DMAX"])
def test_a_maximum_is_understood_as_tables_and_as_tg263_write_it(text: str) -> None:
    assert str(parse_limit(f"Rectum:{text}<=80")) == "Rectum:Max[Gy]<=80"


def test_a_limit_in_cgy_is_asked_about() -> None:
    with pytest.raises(RtplanValueError, match="cGy"):
        parse_limit("Rectum:Mean[Gy]<=8000")


def test_two_limits_for_one_metric_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="two limits"):
        parse_limits(["Rectum:Mean[Gy]<=60", "Rectum:Mean[Gy]<=50"])
    assert len(parse_limits(["Rectum:Mean[Gy]<=60", "Rectum:Max[Gy]<=80"])) == 2


def test_a_limit_that_includes_recovery_says_from_which_interval_on() -> None:
    with pytest.raises(RtplanValueError, match="from which interval on"):
        parse_limit("Rectum:Mean[Gy]<60 including recovery")
    kept = parse_limit("Rectum:Mean[Gy]<60 including recovery, from 6 months to 12 months")
    assert kept.recovery_interval == RecoveryInterval(from_months=6, to_months=12)
    assert parse_limit(str(kept)) == kept
    assert not parse_limit("Rectum:Mean[Gy]<60").includes_recovery


def test_limits_for_one_time_after_an_earlier_course_contradict_each_other_and_for_two_do_not() -> None:
    plain, six, twelve, later = (
        parse_limit(f"Rectum:Mean[Gy]<60{text}")
        for text in (
            "",
            " including recovery from 6 months to 12 months",
            " including recovery from 12 months",
            " including recovery from 24 months",
        )
    )
    assert not plain.contradicts(six)
    assert not six.contradicts(twelve)
    assert twelve.contradicts(later)
    with pytest.raises(RtplanValueError, match="two limits"):
        refuse_two([twelve, later])


def test_a_limit_that_includes_recovery_is_named_with_a_reason() -> None:
    named = NamedRecoveryLimit.parse("Rectum:D2cc = no late effects")
    assert (str(named), named.because) == ("Rectum:D2cc[Gy]", "no late effects")
    assert named.is_of(parse_limit("Rectum:D2cc<=90 including recovery from 12 months"))
    assert not named.is_of(parse_limit("Rectum:D2cc<=90"))
    for text in ("Rectum", "Rectum=", "=why"):
        with pytest.raises(RtplanValueError):
            NamedRecoveryLimit.parse(text)


LIMIT = parse_limit("Rectum:Mean[Gy]<=60")


def value(gy: float | None, uncertainty: float | None = 0.1) -> MetricValue:
    if gy is None:
        return MetricValue(text="Mean[Gy]", value=None, unit="Gy", reason="no voxel sum")
    return MetricValue(text="Mean[Gy]", value=gy, unit="Gy", uncertainty=uncertainty)


def ends(low: float | None, high: float | None, reason: str | None = None) -> Bounds:
    return Bounds(
        low=low,
        high=high,
        high_absolute=None,
        high_relative=high,
        reason=reason,
        low_uncertainty=0.1,
        high_uncertainty=0.1,
    )


@pytest.mark.parametrize(
    ("voxel_sum", "bounds", "verdict"),
    [
        (value(50.0), ends(45.0, 55.0), Verdict.WITHIN),
        (value(60.05), ends(45.0, 65.0), Verdict.BORDERLINE),
        (value(61.0), ends(45.0, 65.0), Verdict.EXCEEDS),
        # The registration's value passes, but no arrangement of the two courses could give it.
        (value(50.0), ends(52.0, 65.0), Verdict.NOT_EVALUABLE),
        (value(50.0), ends(30.0, 40.0), Verdict.NOT_EVALUABLE),
        (value(70.0), ends(30.0, 40.0), Verdict.EXCEEDS),
        (value(None), ends(45.0, 55.0), Verdict.WITHIN),
        (value(None), ends(45.0, 65.0), Verdict.BORDERLINE),
        (value(None), ends(61.0, 65.0), Verdict.EXCEEDS),
        (value(None), ends(59.95, 60.05), Verdict.BORDERLINE),
        (value(None), ends(45.0, None, "no maximum"), Verdict.NOT_EVALUABLE),
        (value(None), ends(61.0, None, "no maximum"), Verdict.EXCEEDS),
        (value(None), ends(None, None, "nothing known"), Verdict.NOT_EVALUABLE),
    ],
)
def test_the_voxel_sum_judges_and_bounds_stand_in_for_it(
    voxel_sum: MetricValue, bounds: Bounds, verdict: Verdict
) -> None:
    found = judge_sum(LIMIT, voxel_sum, bounds)
    assert found.verdict is verdict
    if verdict in (Verdict.BORDERLINE, Verdict.NOT_EVALUABLE):
        assert found.reason


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        ((60.4, 0.1), (65.0, 9.0), Verdict.EXCEEDS),
        ((60.4, 0.5), (65.0, 0.0), Verdict.BORDERLINE),
        ((20.0, 9.0), (59.6, 0.1), Verdict.WITHIN),
        ((20.0, 0.0), (59.6, 0.5), Verdict.BORDERLINE),
    ],
)
def test_each_bound_is_judged_with_its_own_half_width(
    low: tuple[float, float], high: tuple[float, float], verdict: Verdict
) -> None:
    bounds = Bounds(
        low=low[0],
        high=high[0],
        high_absolute=None,
        high_relative=high[0],
        low_uncertainty=low[1],
        high_uncertainty=high[1],
    )
    assert judge_sum(LIMIT, value(None), bounds).verdict is verdict


def test_a_sum_outside_the_bounds_is_told_by_the_half_widths_of_both() -> None:
    bounds = Bounds(
        low=40.0,
        high=50.0,
        high_absolute=None,
        high_relative=50.0,
        low_uncertainty=0.3,
        high_uncertainty=1.0,
    )
    inside = [(39.65, 0.1), (51.05, 0.1), (39.0, 0.8), (45.0, None)]
    outside = [(39.55, 0.1), (51.15, 0.1), (39.65, 0.0), (51.05, None)]
    assert [bounds.contradict(*one) for one in (*inside, *outside)] == [False] * 4 + [True] * 4


def test_a_deformed_mean_beside_its_bounds_is_judged_where_both_keep_the_limit() -> None:
    """Bounds of a mean are one number, which a deformation passes; the disagreement stays said."""

    def judged(bound: float, limit: CumulativeLimit = LIMIT, *, deformed: bool = True) -> Judgement:
        return judge_sum(limit, value(50.0), ends(bound, bound), deformed=deformed)

    for bound in (49.0, 51.5, 40.0):
        found = judged(bound)
        assert found.verdict is Verdict.WITHIN
        assert found.reason is not None
        assert "outside the bounds" in found.reason
        # a rigid transform moves no mean so far: its registration, or the contours, are wrong
        assert judged(bound, deformed=False).verdict is Verdict.NOT_EVALUABLE
    assert judged(59.95).verdict is Verdict.NOT_EVALUABLE  # not sure to keep the limit
    assert judged(61.0).verdict is Verdict.NOT_EVALUABLE
    near_maximum = parse_limit("Rectum:D0.03cc[Gy]<=60")
    assert judged(40.0, near_maximum).verdict is Verdict.NOT_EVALUABLE


def test_a_verdict_that_differs_without_recovery_says_so() -> None:
    plain = Judgement(verdict=Verdict.EXCEEDS, reason=None, margin=-1.0)
    found = judge_sum(LIMIT, value(50.0), ends(45.0, 55.0), plain=plain)
    assert found.verdict is Verdict.WITHIN
    assert found.reason == "exceeds without recovery"
    same = judge_sum(LIMIT, value(61.0), ends(45.0, 65.0), plain=plain)
    assert same.reason is None
