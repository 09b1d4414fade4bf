"""What a re-irradiation is asked beyond its sums: the rest of a course, flips, body, targets, cord, class."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io.dvh import Metric
from rtplan.courses import (
    Course,
    Delivery,
    OrganRecord,
    course_of_records,
    course_of_treatments,
    parse_isodose,
)
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import Verdict, parse_limit
from rtplan.reirradiation import BodyLevels, Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues, scaled_sums
from rtplan.sums import RegistrationUncertainty

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
X = np.linspace(-10, 10, 20_001)


def course(sets: ModuleType, role: str, dose: Any, *, n: int, **changes: Any) -> Course:
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), Delivery())], role=role)


@pytest.fixture
def new(sets: ModuleType) -> Course:
    return course(sets, "new", sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0)


@pytest.fixture
def prior(sets: ModuleType) -> Course:
    return course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4)


def answer(new: Course, *priors: Course, **options: Any) -> Reirradiation:
    tissues = parse_tissues(options.pop("tissues", ["Rectum=3"]))
    limits = [parse_limit(text) for text in options.pop("limits", ())]
    gaps = options.pop("intervals", [GAP] * len(priors))
    return reirradiate(new, priors, intervals=gaps, tissues=tissues, limits=limits, **options)


def mean_sum(alpha_beta: float = 3.0, *, kept: float = 1.0, shift: float = 0.0) -> float:
    """Mean over the rectum of both linear doses, converted one by one; the earlier one moved along x."""
    earlier = np.asarray(eqd2(40.0 - (X - shift), 28, alpha_beta))
    return float(np.mean(kept * earlier + np.asarray(eqd2(20.0 + 0.5 * X, 5, alpha_beta))))


def flip(found: Reirradiation, name: str, metric: str = "Mean[Gy]") -> Any:
    return next(one for one in found.row("Rectum", metric).flips if one.input == name)


def test_the_rest_of_a_course_in_progress_meets_the_limit(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Mean[Gy]<=80"], delivered=2)
    left = next(r for r in found.row("Rectum", "Mean[Gy]").remaining if r.basis == "rest of the course, plan")
    assert left.n_fractions == 3
    assert left.factor is not None
    dose = 20.0 + 0.5 * X
    given = np.asarray(eqd2(dose * 2 / 5, 2, 3.0))
    to_come = np.asarray(eqd2(left.factor * dose * 3 / 5, 3, 3.0))
    earlier = np.asarray(eqd2(40.0 - X, 28, 3.0))
    assert float(np.mean(earlier + given + to_come)) == pytest.approx(80.0, abs=0.03)
    assert left.total_dose_gy == pytest.approx(left.factor * 30.0 * 3 / 5)


def test_at_a_point_what_was_given_counts_among_the_earlier_doses(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Max[Gy]<=90"], delivered=2)
    left = {r.basis: r for r in found.row("Rectum", "Max[Gy]").remaining}
    reading = left["rest of the course, point, at least"]
    assert reading.total_dose_gy is not None
    spent = eqd2(50.0, 28, 3.0) + eqd2(25.0 * 2 / 5, 2, 3.0)
    assert spent + eqd2(reading.total_dose_gy, 3, 3.0) == pytest.approx(90.0, abs=0.15)


@pytest.mark.parametrize("given", [0, 5, 7])
def test_a_course_that_has_not_begun_or_is_over_is_not_in_progress(
    new: Course, prior: Course, given: int
) -> None:
    with pytest.raises(RtplanValueError, match="of 5"):
        answer(new, prior, delivered=given)


def phases(sets: ModuleType) -> Course:
    """30 Gy in 15 to the pelvis, then 15 Gy in 3 of a boost, both linear along x."""
    first = sets.treatment(
        sets.linear((0.5, 0, 0), 30.0), n=15, prescription=30.0, label="2024-01-29 …1 30 Gy"
    )
    boost = sets.treatment(
        sets.linear((0.2, 0, 0), 10.0), n=3, prescription=15.0, label="2024-02-19 …2 15 Gy"
    )
    return course_of_treatments([(first, Delivery()), (boost, Delivery())], role="new")


@pytest.mark.parametrize("given", [(10, 0), (15, 1), (0, 2)])
def test_the_rest_of_a_course_of_phases_meets_the_limit(
    sets: ModuleType, prior: Course, given: tuple[int, int]
) -> None:
    found = answer(phases(sets), prior, limits=["Rectum:Mean[Gy]<=95"], delivered=given)
    left = {r.basis: r for r in found.row("Rectum", "Mean[Gy]").remaining}
    plan = left["rest of the course, plan"]
    n = [15 - given[0], 3 - given[1]]
    assert plan.n_fractions == sum(n)
    assert plan.factor is not None
    doses = [(30.0 + 0.5 * X, 15), (10.0 + 0.2 * X, 3)]
    so_far = [np.asarray(eqd2(d * k / m, k, 3.0)) for (d, m), k in zip(doses, given, strict=True) if k]
    rest = [
        np.asarray(eqd2(plan.factor * d * k / m, k, 3.0)) for (d, m), k in zip(doses, n, strict=True) if k
    ]
    earlier = np.asarray(eqd2(40.0 - X, 28, 3.0))
    assert float(np.mean(earlier + sum(so_far) + sum(rest))) == pytest.approx(95.0, abs=0.05)
    prescribed = 30.0 * n[0] / 15 + 15.0 * n[1] / 3
    assert plan.total_dose_gy == pytest.approx(plan.factor * prescribed)
    # Fractions of 2 Gy and of 5 Gy have no one dose per fraction.
    assert (plan.dose_per_fraction_gy is None) == all(n)
    point = left["rest of the course, point"]
    assert point.n_fractions == sum(n)
    assert point.total_dose_gy is None
    assert point.reason == "a mean is not received at a point: see the plan's factor"
    # What can still be changed comes first.
    assert next(iter(left)) == "rest of the course, plan"


def test_a_mean_limit_has_the_plan_reading_and_none_at_a_point(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Mean[Gy]<=80", "Rectum:Max[Gy]<=120"], n_fractions=(5,))
    mean = {r.basis: r for r in found.row("Rectum", "Mean[Gy]").remaining}
    assert mean["point"].total_dose_gy is None
    assert mean["point"].reason == "a mean is not received at a point: see the plan's factor"
    assert mean["plan"].factor is not None
    highest = {r.basis: r for r in found.row("Rectum", "Max[Gy]").remaining}
    assert highest["point"].total_dose_gy is not None


def test_a_rule_without_a_source_makes_an_exceeded_limit_borderline_at_most(
    new: Course, prior: Course
) -> None:
    full = answer(new, prior).row("Rectum", "Mean[Gy]").voxel_sum.value
    assert full is not None
    limit = [f"Rectum:Mean[Gy]<={full - 5:.1f}"]
    verdicts = {
        rule: answer(new, prior, limits=limit, recovery=rule).row("Rectum", "Mean[Gy]")
        for rule in ("radreirradiation-default", "michigan-2019", "none")
    }
    assert verdicts["none"].verdict is Verdict.EXCEEDS
    assert verdicts["michigan-2019"].verdict is Verdict.WITHIN
    eased = verdicts["radreirradiation-default"]
    assert eased.verdict is Verdict.BORDERLINE
    assert eased.judgement is not None
    assert eased.judgement.reason is not None
    assert f"{full:.2f} Gy without" in eased.judgement.reason
    assert f"{eased.with_recovery.value:.2f} Gy with it" in eased.judgement.reason
    assert answer(new, prior, limits=limit, recovery="radreirradiation-default").limit_failed


def test_a_rule_that_does_not_speak_of_an_organ_is_not_named_as_its_rule(new: Course, prior: Course) -> None:
    found = answer(
        new, prior, tissues=["Rectum=3", "Bladder=3"], recovery="step-25-50", limits=["Rectum:Max[Gy]<=200"]
    )
    assert {row.recovery for row in found.rows} == {"none"}
    spoken_of = answer(new, prior, recovery="michigan-2019").row("Rectum", "Mean[Gy]")
    assert spoken_of.recovery == "michigan-2019"


def test_statements_that_change_nothing_are_said(new: Course, prior: Course) -> None:
    found = answer(
        new,
        prior,
        target_alpha_beta=10.0,
        recovery_intervals={"Rectum": (0.1, 0.3)},
    )
    assert (
        "an alpha/beta of the tumour was stated, but the new course has no contoured target" in found.warnings
    )
    assert any("gives a band only: no recovery was chosen" in warning for warning in found.warnings)


def test_the_uncertainty_of_a_registration_without_a_sum_is_said(sets: ModuleType, new: Course) -> None:
    elsewhere = course(sets, "prior", sets.linear((0, 0, 0), 40.0), n=20, frame=sets.OLD_FRAME)
    found = answer(new, elsewhere, registration_uncertainty=RegistrationUncertainty(shift_mm=3.0))
    assert any("uncertainty of the registration that was stated has no effect" in w for w in found.warnings)


@pytest.mark.parametrize("given", [(15, 3), (0, 0), (16, 0), (10,), (1, 1, 1), (-1, 3)])
def test_what_was_given_of_a_course_of_phases_is_some_and_not_all(
    sets: ModuleType, prior: Course, given: tuple[int, ...]
) -> None:
    with pytest.raises(RtplanValueError, match=r"15 \+ 3"):
        answer(phases(sets), prior, delivered=given)


def test_a_remaining_dose_without_a_limit_is_said_to_be_missing(new: Course, prior: Course) -> None:
    found = answer(new, prior, n_fractions=[5])
    assert "no limit was stated, so no remaining dose is read" in found.warnings


def test_the_point_reading_carries_the_earlier_metrics_uncertainty(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Max[Gy]<=80"], n_fractions=[5])
    row = found.row("Rectum", "Max[Gy]")
    left = next(r for r in row.remaining if r.basis == "point")
    half = row.courses[0].eqd2.uncertainty
    earlier = row.courses[0].eqd2.value
    assert half is not None
    assert earlier is not None
    assert left.low_gy is not None
    assert left.high_gy is not None
    assert eqd2(left.low_gy, 5, 3.0) == pytest.approx(80.0 - earlier - half, abs=1e-9)
    assert eqd2(left.high_gy, 5, 3.0) == pytest.approx(80.0 - earlier + half, abs=1e-9)


KEPT = 0.75
"""michigan-2019: 9 months take 25 % off the earlier EQD2 of a rectum."""


def test_the_point_reading_with_recovery_counts_what_is_kept(new: Course, prior: Course) -> None:
    """D (d + a/b) / (2 + a/b) = limit - kept x EQD2 of the earlier maximum, 50 Gy in 28."""
    found = answer(new, prior, limits=["Rectum:Max[Gy]<=80"], n_fractions=[5], recovery="michigan-2019")
    left = {r.recovery: r for r in found.row("Rectum", "Max[Gy]").remaining if r.basis == "point"}
    assert set(left) == {"none", "michigan-2019"}
    for rule, kept in (("none", 1.0), ("michigan-2019", KEPT)):
        assert left[rule].total_dose_gy is not None
        spent = 80.0 - float(eqd2(left[rule].total_dose_gy, 5, 3.0))
        assert spent == pytest.approx(kept * float(eqd2(50.0, 28, 3.0)), abs=0.01)
        low, high = left[rule].low_gy, left[rule].high_gy
        half = found.row("Rectum", "Max[Gy]").courses[0].eqd2.uncertainty
        assert None not in (low, high, half)
        assert eqd2(high, 5, 3.0) - eqd2(low, 5, 3.0) == pytest.approx(2 * kept * half, abs=1e-6)


def test_the_rest_of_a_course_at_a_point_counts_what_is_kept(new: Course, prior: Course) -> None:
    """Of the upper bound: the earlier maximum, what is kept of it, beside that of the fractions given."""
    options = {"limits": ["Rectum:Max[Gy]<=90"], "delivered": 2, "recovery": "michigan-2019"}
    found = answer(new, prior, **options).row("Rectum", "Max[Gy]").remaining
    left = {r.recovery: r for r in found if r.basis == "rest of the course, point, at least"}
    for rule, kept in (("none", 1.0), ("michigan-2019", KEPT)):
        assert left[rule].total_dose_gy is not None
        spent = 90.0 - float(eqd2(left[rule].total_dose_gy, 3, 3.0))
        given = float(eqd2(25.0 * 2 / 5, 2, 3.0))
        assert spent == pytest.approx(kept * float(eqd2(50.0, 28, 3.0)) + given, abs=0.02)


def test_the_recovered_fraction_that_flips_a_verdict_solves_the_sum(new: Course, prior: Course) -> None:
    limit = mean_sum() - 6.0
    found = answer(new, prior, limits=[f"Rectum:Mean[Gy]<={limit:.4f}"])
    at = flip(found, "recovered fraction").at
    assert at is not None
    assert mean_sum(kept=1 - at) == pytest.approx(limit, abs=0.06)


def test_the_alpha_beta_that_flips_a_verdict_solves_the_sum(new: Course, prior: Course) -> None:
    limit = mean_sum(3.7)
    found = answer(
        new, prior, limits=[f"Rectum:Mean[Gy]<={limit:.4f}"], alpha_beta_intervals={"Rectum": (2.0, 5.0)}
    )
    one = flip(found, "alpha/beta")
    assert one.at == pytest.approx(3.7, abs=0.15)
    assert (one.low, one.high) == (2.0, 5.0)


def test_the_shift_that_flips_a_verdict_is_the_shortest(new: Course, prior: Course) -> None:
    limit = mean_sum(shift=3.0)
    found = answer(
        new,
        prior,
        limits=[f"Rectum:Mean[Gy]<={limit:.4f}"],
        registration_uncertainty=RegistrationUncertainty(shift_mm=5.0, steps=3),
    )
    one = flip(found, "registration shift")
    # The earlier dose falls along x: 3 mm along x raise it most, any other direction needs more.
    assert one.at == pytest.approx(3.0, abs=0.1)
    assert one.note.startswith("x, y, z: +")


def test_a_limit_is_answered_alike_alone_and_beside_others(new: Course, prior: Course) -> None:
    limits = {"Mean[Gy]": mean_sum() + 1, "Max[Gy]": 90, "D0.03cc[Gy]": 75, "D50%[Gy]": mean_sum() - 1}
    asked = {metric: f"Rectum:{metric}<={value}" for metric, value in limits.items()}
    together = answer(new, prior, limits=list(asked.values()), delivered=2)
    for metric, limit in asked.items():
        row = together.row("Rectum", metric)
        alone = answer(new, prior, limits=[limit], delivered=2).row("Rectum", metric)
        assert row.flips == alone.flips != ()
        assert (row.remaining, row.judgement) == (alone.remaining, alone.judgement)


def test_further_limits_ask_the_dvh_engine_only_for_what_differs(
    new: Course, prior: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    engine = scaled_sums.compute_dvh
    monkeypatch.setattr(scaled_sums, "compute_dvh", lambda *given: asked.append(given) or engine(*given))
    metrics = ["Mean[Gy]", "Max[Gy]", "D0.03cc[Gy]", "D50%[Gy]", "D2cc[Gy]", "D10%[Gy]"]
    answer(new, prior, limits=[f"Rectum:{metric}<=300" for metric in metrics])
    # 0, 1, 2, 4 and so on are asked once for all, and then a few each
    assert len(asked) <= 6 + 5 * len(metrics)


def test_what_does_not_flip_says_what_was_searched(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Mean[Gy]<=300"])
    row = found.row("Rectum", "Mean[Gy]")
    assert [one.at for one in row.flips] == [None] * 4
    assert "none within 1.5..6 Gy" in str(row.flips[0])
    assert "none within 0..10 mm" in str(row.flips[2])


def test_flips_of_bounds_follow_the_bound_that_decided(new: Course) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse("Max[Gy]"): 51.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    found = answer(new, paper, limits=["Rectum:Max[Gy]<=92"])
    row = found.row("Rectum", "Max[Gy]")
    assert row.verdict is Verdict.WITHIN
    at = flip(found, "alpha/beta", "Max[Gy]").at
    assert at is not None
    assert eqd2(51.0, 28, at) + eqd2(25.0, 5, at) == pytest.approx(92.0, abs=0.1)
    assert "no registration" in flip(found, "registration shift", "Max[Gy]").note


def test_a_band_over_alpha_beta_and_recovery_spans_their_intervals(new: Course, prior: Course) -> None:
    found = answer(
        new,
        prior,
        alpha_beta_intervals={"Rectum": (2.0, 5.0)},
        recovery_intervals={"Rectum": (0.1, 0.4)},
    )
    row = found.row("Rectum", "Mean[Gy]")
    ends = sorted([mean_sum(2.0), mean_sum(5.0)])
    assert row.alpha_beta_band_gy == pytest.approx(tuple(ends), abs=0.05)
    assert row.recovery_band_gy == pytest.approx((mean_sum(kept=0.6), mean_sum(kept=0.9)), abs=0.05)
    with pytest.raises(RtplanValueError, match="low before high"):
        answer(new, prior, alpha_beta_intervals={"Rectum": (4.0, 5.0)})
    with pytest.raises(RtplanValueError, match="tissue was not stated"):
        answer(new, prior, recovery_intervals={"Bladder": (0.0, 0.2)})


def test_a_pass_that_rests_on_recovery_is_warned_of(new: Course, prior: Course) -> None:
    limit = f"Rectum:Mean[Gy]<={mean_sum() - 1:.2f}"
    found = answer(new, prior, recovery="michigan-2019", limits=[limit])
    assert any("within only with the recovery rule" in warning for warning in found.warnings)
    assert not any("within only" in warning for warning in answer(new, prior, limits=[limit]).warnings)


def with_body(sets: ModuleType, role: str, dose: Any, n: int, **changes: Any) -> Course:
    boxes = {
        "Rectum": ((-10, 10), (-10, 10), (-12, 12)),
        "Bladder": ((20, 40), (-10, 10), (-12, 12)),
        "External": ((-40, 40), (-30, 30), (-20, 20)),
        "PTV": ((-30, -20), (-10, 10), (-12, 12)),
    }
    return course(sets, role, dose, n=n, organs=boxes, **changes)


def test_the_body_outside_named_organs_is_counted_above_levels(sets: ModuleType) -> None:
    now = with_body(sets, "new", sets.linear((0, 0, 0), 10.0), 5, prescription=30.0)
    before = with_body(sets, "prior", sets.linear((-0.5, 0, 0), 30.0), 30)
    level = eqd2(10.0, 5, 3.0) + eqd2(30.0, 30, 3.0)  # where x is 0
    found = answer(now, before, body=BodyLevels(levels_gy=(level, 500.0), alpha_beta=3.0))
    above, none = found.body
    body, rectum = 40 * 60 * 40 / 1000, 10 * 20 * 24 / 1000
    assert above.volume_cc == pytest.approx(body - rectum, abs=max(above.uncertainty_cc, 3.0))
    assert above.in_targets_cc == pytest.approx(10 * 20 * 24 / 1000, rel=0.1)
    assert above.uncertainty_cc > 0
    assert (none.volume_cc, above.not_covered_cc) == (0.0, 0.0)


def test_without_a_sum_the_body_is_said_not_to_be_measured(sets: ModuleType) -> None:
    now = with_body(sets, "new", sets.linear((0, 0, 0), 10.0), 5, prescription=30.0)
    elsewhere = course(sets, "prior", sets.linear((0, 0, 0), 30.0), n=30, frame=sets.OLD_FRAME)
    found = answer(now, elsewhere, body=BodyLevels(levels_gy=(20.0,), alpha_beta=3.0))
    assert found.body == ()
    assert "the body outside all named organs is not measured: that needs a voxel sum" in found.warnings


def test_cord_rules_say_where_the_modality_was_not_stated(sets: ModuleType) -> None:
    box = {"SpinalCord": ((-5, 5), (-5, 5), (-12, 12))}
    treated = sets.treatment(sets.linear((0, 0, 0), 40.0), n=20, organs=box, with_plan=False, label="bare")
    before = course_of_treatments([(treated, Delivery())], role="prior")
    now = cord_course(sets, "new", 14.0, 2)
    rules = answer(now, before, tissues=["SpinalCord=2"], cord_rules=True).cord_rules
    assert all("modality not stated, read as photons: prior: bare" in rule.statement for rule in rules)


def test_targets_have_their_cumulative_dose_without_recovery(sets: ModuleType) -> None:
    now = with_body(sets, "new", sets.linear((0, 0, 0), 30.0), 5, prescription=30.0)
    before = with_body(sets, "prior", sets.linear((0, 0, 0), 50.4), 28)
    found = answer(now, before, target_alpha_beta=10.0, recovery="michigan-2019")
    dose = next(one for one in found.targets if one.metric == "D98%[Gy]")
    assert dose.name == "PTV"
    expected = eqd2(30.0, 5, 10.0) + eqd2(50.4, 28, 10.0)
    assert dose.total_gy.value == pytest.approx(expected, abs=0.01)
    assert dose.total_bed_gy == pytest.approx(30.0 * 1.6 + 50.4 * 1.18, abs=0.01)


def cord_course(sets: ModuleType, role: str, gy: float, n: int) -> Course:
    box = {"SpinalCord": ((-5, 5), (-5, 5), (-12, 12))}
    return course(sets, role, sets.linear((0, 0, 0), gy), n=n, organs=box)


def test_cord_rules_are_applied_as_a_whole(sets: ModuleType) -> None:
    now, before = cord_course(sets, "new", 14.0, 2), cord_course(sets, "prior", 40.0, 20)
    found = answer(now, before, tissues=["SpinalCord=2"], cord_rules=True)
    nieder, sahgal = found.cord_rules
    by_name = {one.name: one for one in sahgal.conditions}
    assert by_name["SBRT EQD2"].value == pytest.approx(14 * (7 + 2) / 4, abs=0.01)
    assert by_name["cumulative EQD2"].value == pytest.approx(31.5 + 40.0, abs=0.01)
    assert by_name["SBRT share of the cumulative EQD2"].value == pytest.approx(31.5 / 71.5, abs=1e-3)
    assert by_name["interval"].value == pytest.approx(276 / 30.4375, abs=1e-3)
    assert by_name["SBRT EQD2"].judgement.verdict is Verdict.EXCEEDS
    assert by_name["interval"].judgement.verdict is Verdict.WITHIN
    assert sahgal.verdict is Verdict.EXCEEDS
    assert found.limit_failed
    # 80 + 63 = 143 Gy BED at alpha/beta 2: three bands over 120 Gy.
    assert "score 3" in nieder.statement
    assert {one.name: one.judgement.verdict for one in nieder.conditions}["cumulative BED"] is Verdict.EXCEEDS
    assert "sum of maxima" in nieder.statement


@pytest.mark.parametrize(
    ("tissues", "priors", "why"),
    [(["SpinalCord=3"], 1, "alpha/beta 2"), (["SpinalCord=2"], 2, "two courses")],
)
def test_what_the_cord_rules_do_not_know_is_not_evaluable(
    sets: ModuleType, tissues: list[str], priors: int, why: str
) -> None:
    earlier = [cord_course(sets, f"prior {k}", 40.0, 20) for k in range(priors)]
    found = answer(cord_course(sets, "new", 14.0, 2), *earlier, tissues=tissues, cord_rules=True)
    assert {rule.verdict for rule in found.cord_rules} == {Verdict.NOT_EVALUABLE}
    assert all(why in rule.statement for rule in found.cord_rules)
    assert found.limit_failed


def test_cord_rules_without_a_cord_say_so(new: Course, prior: Course) -> None:
    (rule,) = answer(new, prior, cord_rules=True).cord_rules
    assert rule.verdict is Verdict.NOT_EVALUABLE
    assert answer(new, prior).cord_rules == ()


def test_observations_are_shown_and_never_judged(new: Course, prior: Course) -> None:
    found = answer(new, prior)
    assert any("median cumulative max BED observed 104" in seen.text for seen in found.observations)
    assert not found.limit_failed


def test_overlap_of_stated_isodoses_makes_type_1(sets: ModuleType, new: Course, prior: Course) -> None:
    found = answer(new, prior, isodose=parse_isodose("15Gy")).rert_class
    assert found is not None
    assert found.decided == "Re-irradiation type 1"
    # 20 + x/2 >= 15 from x = -10 on, 40 - x >= 15 up to 25: 18 columns of voxels over the whole grid.
    assert found.overlap_cc == pytest.approx(18 * 2 * 51 * 2 * 21 * 4 / 1000)
    assert answer(new, prior).rert_class is None


def test_without_overlap_the_candidates_are_the_clinicians(new: Course, prior: Course) -> None:
    found = answer(new, prior, isodose=parse_isodose("44Gy")).rert_class
    assert found is not None
    assert found.decided is None
    assert found.candidates == (
        "Re-irradiation type 2",
        "Repeat organ irradiation",
        "Repeat irradiation",
    )
    assert any(said.startswith("Rectum D0.03cc[Gy]") for said in found.informing)


def test_overlap_that_cannot_be_measured_keeps_type_1_among_the_candidates(
    sets: ModuleType, new: Course
) -> None:
    elsewhere = course(
        sets, "prior", sets.linear((0, 0, 0), 40.0), n=28, frame=sets.OLD_FRAME, prescription=50.4
    )
    found = answer(new, elsewhere, isodose=parse_isodose("50%")).rert_class
    assert found is not None
    assert found.decided is None
    assert "Re-irradiation type 1" in found.candidates
    assert "not excluded" in found.reason


@pytest.mark.parametrize("text", ["50", "0%", "5000Gy", "half"])
def test_an_isodose_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError, match="isodose"):
        parse_isodose(text)


def test_contours_of_both_courses_measure_the_registration(sets: ModuleType, new: Course) -> None:
    moved = {"Rectum": ((-7, 13), (-10, 10), (-12, 12))}
    before = course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, organs=moved)
    (one,) = answer(new, before).registration_quality
    assert one.centroid_shift_mm == pytest.approx((3.0, 0.0, 0.0), abs=0.05)
    assert one.dice == pytest.approx(17 / 20, abs=0.02)
    assert one.largest_surface_mm == pytest.approx(3.0, abs=0.1)
    assert one.determinant == pytest.approx(1.0)
    assert one.rotation_degrees == pytest.approx(0.0, abs=1e-6)


def test_an_organ_is_drawn_with_each_courses_curve_and_the_sums(new: Course, prior: Course) -> None:
    figure = answer(new, prior, recovery="michigan-2019").plot("Rectum")
    (axes,) = figure.axes
    labels = [line.get_label() for line in axes.get_lines()]
    assert labels[0].startswith("prior")
    assert labels[1].startswith("new")
    assert labels[2:] == ["voxel sum", "recovery michigan-2019"]
    assert "EQD2 at alpha/beta 3 Gy" in axes.get_xlabel()
    with pytest.raises(RtplanLookupError, match="0 curves"):
        answer(new, prior).plot("Bladder")
