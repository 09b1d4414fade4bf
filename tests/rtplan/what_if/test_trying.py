from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dicom_io.dvh import Metric, compute_dvh
from rtplan.courses import Course
from rtplan.errors import RtplanValueError
from rtplan.limits import CumulativeLimit, NamedRecoveryLimit, Verdict, parse_limits
from rtplan.reirradiation import Reirradiation, ReirradiationQuestion, reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.selftest import demo_case
from rtplan.sums import CumulativeField, Motion, TriedRegimen, metric_of_points, moved_part, tried_parts
from rtplan.what_if import StatedOrgan, Tried, stated_organs, tried_curve, tried_rows


@pytest.fixture(scope="module")
def question(two_courses: Path) -> ReirradiationQuestion:
    return demo_case(two_courses).question()


@pytest.fixture(scope="module")
def answer(question: ReirradiationQuestion) -> Reirradiation:
    return reirradiate(question)


@pytest.fixture(scope="module")
def organs(answer: Reirradiation) -> tuple[StatedOrgan, ...]:
    return stated_organs(answer)


def moved(organ: StatedOrgan, motion: Motion) -> StatedOrgan:
    assert organ.samples is not None
    return organ.with_samples(organ.samples.moved(motion, courses=organ.priors))


def covered(organs: tuple[StatedOrgan, ...]) -> Iterator[StatedOrgan]:
    yield from (organ for organ in organs if organ.samples is not None and organ.samples.is_covered)


def test_with_nothing_tried_the_rows_are_those_of_the_answer(
    answer: Reirradiation, organs: tuple[StatedOrgan, ...]
) -> None:
    rows = [row for organ in organs for row in tried_rows(organ, Tried(), regimens={})]
    assert [(row.organ, row.metric, row.tried, row.judgement) for row in rows] == [
        (row.name, row.metric, row.voxel_sum, row.judgement) for row in answer.rows
    ]


def test_trying_what_is_stated_gives_what_is_stated(
    answer: Reirradiation, organs: tuple[StatedOrgan, ...]
) -> None:
    """Stated values that pass through the samples are the answer's own within 1e-6 Gy."""
    for organ in organs:
        tried = Tried(alpha_beta={(organ.organ, organ.alpha_beta): organ.alpha_beta}, recovered=0.0)
        for row, stated in zip(tried_rows(organ, tried, regimens={}), organ.rows, strict=True):
            if stated.voxel_sum.value is None:
                assert row.tried.value is None
                continue
            assert row.tried.value == pytest.approx(stated.voxel_sum.value, abs=1e-6)
            assert row.tried.uncertainty == pytest.approx(stated.voxel_sum.uncertainty)
            assert None in (row.judgement, stated.judgement) or (
                row.judgement.verdict is stated.judgement.verdict  # type: ignore[union-attr]
            )


def slow_sum(answer: Reirradiation, organ: StatedOrgan, tried: Tried) -> CumulativeField:
    """The sum as the library makes it, with tried values put into its parts."""
    total = answer.total(tried.alpha_beta_of(organ.organ, organ.alpha_beta))
    parts = [moved_part(p, tried.motion) if p.course in organ.priors else p for p in total.parts]
    recovered = dict.fromkeys(organ.priors, tried.recovered or 0.0)
    return replace(total, parts=tried_parts(parts, recovered=recovered, regimens=tried.regimens(answer)))


TRIED = [
    Tried(recovered=0.3),
    Tried(regimen=TriedRegimen(dose_factor=0.8)),
    Tried(regimen=TriedRegimen(n_fractions=8)),
    Tried(motion=Motion(shift_mm=(2.0, -3.0, 5.0))),
    Tried(motion=Motion(rotation_degrees=(1.0, -2.0, 3.0), centre_mm=(0.0, 20.0, 5.0))),
]


@pytest.mark.parametrize("tried", TRIED, ids=repr)
def test_a_tried_value_is_the_stated_one_plus_what_the_metric_moves_on_the_points(
    answer: Reirradiation, organs: tuple[StatedOrgan, ...], tried: Tried
) -> None:
    """Within 1e-6 Gy of the library's own sum sampled at the same points."""
    for organ in covered(organs):
        assert organ.samples is not None
        here = moved(organ, tried.motion)
        slow = slow_sum(answer, organ, tried).sample(organ.samples.points)
        still = answer.total(organ.alpha_beta).sample(organ.samples.points)
        volume = organ.samples.volume_cc
        for row in tried_rows(here, tried, regimens=tried.regimens(answer)):
            if row.tried.value is None:
                assert np.isnan(slow).any()
                continue
            assert row.stated.value is not None
            metric = Metric.parse(row.metric)
            moves = metric_of_points(metric, slow, volume) - metric_of_points(metric, still, volume)
            assert row.tried.value == pytest.approx(row.stated.value + moves, abs=1e-6)


@pytest.mark.parametrize("tried", [TRIED[0], TRIED[1], TRIED[3]], ids=repr)
def test_the_engine_asked_anew_lies_inside_the_half_width(
    answer: Reirradiation, organs: tuple[StatedOrgan, ...], tried: Tried
) -> None:
    for organ in covered(organs):
        here = moved(organ, tried.motion)
        dvh = compute_dvh(organ.structure, slow_sum(answer, organ, tried))
        for row in tried_rows(here, tried, regimens=tried.regimens(answer)):
            exact = dvh.metric(Metric.parse(row.metric))
            if exact.value is None or row.tried.value is None:
                continue
            assert row.tried.uncertainty is not None
            assert row.tried.value == pytest.approx(exact.value, abs=row.tried.uncertainty + 0.02)


def test_a_number_of_fractions_is_the_plan_answered_in_so_many(
    question: ReirradiationQuestion, organs: tuple[StatedOrgan, ...], answer: Reirradiation
) -> None:
    """The mean with 8 fractions tried is that of a question in which the new course has 8."""
    phases = tuple(replace(phase, n_fractions=8) for phase in question.new.phases)
    new: Course = replace(question.new, phases=phases, n_fractions=8)
    asked = reirradiate(replace(question, new=new))
    tried = Tried(regimen=TriedRegimen(n_fractions=8))
    for organ in covered(organs):
        rows = {row.metric: row for row in tried_rows(organ, tried, regimens=tried.regimens(answer))}
        value = asked.row(organ.organ, "Mean[Gy]").voxel_sum.value
        assert rows["Mean[Gy]"].tried.value == pytest.approx(value, abs=0.01)


def test_an_uncovered_organ_stays_without_a_number(organs: tuple[StatedOrgan, ...]) -> None:
    cord = next(organ for organ in organs if organ.organ == "SpinalCord")
    for row in tried_rows(cord, Tried(recovered=0.5), regimens={}):
        assert row.tried.value is None
        assert row.tried.reason
        assert row.judgement is None or row.judgement.verdict is Verdict.NOT_EVALUABLE
    assert tried_curve(cord, Tried(recovered=0.5), regimens={}) is None


def test_a_tried_limit_is_judged_on_the_stated_value(organs: tuple[StatedOrgan, ...]) -> None:
    bladder = next(organ for organ in organs if organ.organ == "Bladder")
    tried = Tried(limits={("Bladder", "D0.03cc[Gy]"): 40.0})
    row = tried_rows(bladder, tried, regimens={})[0]
    assert (row.limit_gy, row.tried.value) == (40.0, pytest.approx(row.stated.value))
    assert row.judgement is not None
    assert row.judgement.verdict is Verdict.EXCEEDS
    assert row.stated_judgement is not None
    assert row.stated_judgement.verdict is Verdict.WITHIN


def with_limits(question: ReirradiationQuestion, limits: tuple[CumulativeLimit, ...]) -> StatedOrgan:
    tissues = parse_tissues(["SacralPlex=3"])
    named = [
        NamedRecoveryLimit(organ=limit.organ, because="a test") for limit in limits if limit.includes_recovery
    ]
    asked = replace(
        question,
        tissues=tissues,
        limits=limits,
        recovery_limits=tuple(named),
        metrics=("D0.03cc[Gy]",),
        n_fractions=(),
    )
    return stated_organs(reirradiate(asked))[0]


def test_a_recovery_that_is_only_tried_makes_nothing_within(question: ReirradiationQuestion) -> None:
    organ = with_limits(question, parse_limits(["SacralPlex:D0.03cc[Gy]<=80"]))
    (row,) = tried_rows(organ, Tried(recovered=0.9), regimens={})
    assert row.tried.value is not None
    assert row.tried.value < 75
    assert row.judgement is not None
    assert row.judgement.verdict is Verdict.BORDERLINE


def test_a_limit_of_one_alpha_beta_says_nothing_of_another(question: ReirradiationQuestion) -> None:
    (limit,) = parse_limits(["SacralPlex:D0.03cc[Gy]<=80"])
    organ = with_limits(question, (replace(limit, alpha_beta_gy=3.0),))
    (row,) = tried_rows(organ, Tried(alpha_beta={("SacralPlex", 3.0): 2.0}), regimens={})
    assert row.judgement is not None
    assert row.judgement.verdict is Verdict.NOT_EVALUABLE
    assert "says nothing of 2 Gy" in str(row.judgement.reason)


def test_a_limit_that_includes_recovery_is_not_judged_with_some(question: ReirradiationQuestion) -> None:
    organ = with_limits(question, parse_limits(["SacralPlex:D0.03cc[Gy]<=80 incl recovery from 6 months"]))
    (row,) = tried_rows(organ, Tried(recovered=0.5), regimens={})
    assert row.judgement is not None
    assert "taken off twice" in str(row.judgement.reason)


def test_a_limit_with_recovery_that_does_not_judge_is_not_judged_when_something_is_tried(
    question: ReirradiationQuestion,
) -> None:
    organ = with_limits(question, parse_limits(["SacralPlex:D0.03cc[Gy]<=180 incl recovery from 12 months"]))
    (row,) = tried_rows(organ, Tried(), regimens={})
    assert row.judgement is not None
    assert row.judgement.verdict is Verdict.NOT_EVALUABLE
    assert "12 months or more" in str(row.judgement.reason)


def test_a_stated_recovery_stays_until_another_is_tried(question: ReirradiationQuestion) -> None:
    asked = replace(
        question,
        recovery="michigan-2019",
        tissues=parse_tissues(["Bladder=3", "CaudaEquina=2", "Bag_Bowel=3"]),
        limits=(),
    )
    answer = reirradiate(asked)
    chosen = [organ for organ in covered(stated_organs(answer)) if organ.recovery.is_chosen]
    assert [organ.organ for organ in chosen] == ["Bladder", "CaudaEquina"]
    for organ in chosen:
        scaled = Tried(regimen=TriedRegimen(dose_factor=1.0, n_fractions=answer.new.n_fractions))
        for row, stated in zip(tried_rows(organ, scaled, regimens={}), organ.rows, strict=True):
            assert row.tried.value == pytest.approx(stated.with_recovery.value, abs=1e-6)
        for row, stated in zip(tried_rows(organ, Tried(recovered=0.0), regimens={}), organ.rows, strict=True):
            assert row.tried.value == pytest.approx(stated.voxel_sum.value, abs=1e-6)


def test_trying_what_is_stated_gives_the_stated_curve(organs: tuple[StatedOrgan, ...]) -> None:
    for organ in covered(organs):
        tried = Tried(alpha_beta={(organ.organ, organ.alpha_beta): organ.alpha_beta})
        curve = tried_curve(organ, tried, regimens={})
        assert curve is not None
        assert organ.dvhs.total is not None
        assert curve.dose_gy == pytest.approx(organ.dvhs.total.dose_at_volume(curve.volume_cc), abs=1e-6)


def test_a_tried_curve_is_a_dvh(organs: tuple[StatedOrgan, ...]) -> None:
    """It falls from the whole volume to the hottest point."""
    for organ in covered(organs):
        curve = tried_curve(organ, Tried(recovered=0.3), regimens={})
        assert curve is not None
        assert organ.samples is not None
        assert curve.volume_cc[0] == pytest.approx(organ.samples.volume_cc.sum())
        assert np.all(np.diff(curve.volume_cc) <= 0)
        assert np.all(np.diff(curve.dose_gy) >= 0)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha_beta": {("Bladder", 3.0): 0.0}}, {"recovered": 1.2}, {"limits": {("Bladder", "Mean[Gy]"): 0.0}}],
)
def test_values_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RtplanValueError):
        Tried(**wrong)  # type: ignore[arg-type]
