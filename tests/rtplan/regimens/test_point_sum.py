"""The sum of courses at a point, from a notebook and from the command line."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from bed.errors import RegimenError
from bed.lq import eqd2
from bed.retreatment import recovery_rule, stated_recovery
from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.limits import Verdict
from rtplan.regimens import ModelParameters, PointSum, PointSumRow, regimen_effect, sum_courses
from rtplan.regimens.sum_question import read_dated_regimens
from rtplan.regimens.trial_rules import point_rules, trial_rule_results

EXAMPLE = ["50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01"]


def example(**kwargs: Any) -> PointSum:
    return sum_courses(EXAMPLE, **({"alpha_betas": [3.0]} | kwargs))


def only(found: PointSum) -> PointSumRow:
    (row,) = found.rows
    return row


def verdict_of(found: PointSum) -> tuple[str, str | None]:
    judgement = only(found).judgement
    assert judgement is not None
    return judgement.verdict.value, judgement.reason


def test_courses_are_converted_one_by_one_and_added() -> None:
    row = only(example())
    assert [effect.eqd2_gy for effect in row.effects] == pytest.approx([48.384, 54.0])
    assert row.cumulative_eqd2_gy == pytest.approx(102.384)
    assert row.cumulative_bed_gy == pytest.approx(80.64 + 90.0)
    assert row.with_recovery_eqd2_gy is None
    assert row.judgement is None


def test_the_numbers_are_labelled_as_those_of_a_point() -> None:
    assert example().label == "at a point that received both doses in full"
    assert sum_courses(["25Gy/5"], alpha_betas=[3]).label == "at a point that received the dose in full"
    three = sum_courses(["25Gy/5"] * 3, alpha_betas=[3])
    assert three.label == "at a point that received all 3 doses in full"


def test_the_interval_is_in_days_and_calendar_months() -> None:
    (gap,) = example().intervals
    assert gap is not None
    assert (gap.days, gap.whole_months) == (276, 9)


def test_first_and_last_day_may_both_be_given() -> None:
    found = sum_courses(
        ["50.4Gy/28@2023-05-01..2023-06-08", "30Gy/5@2024-02-01..2024-02-07"], alpha_betas=[3]
    )
    (gap,) = found.intervals
    assert gap is not None
    assert gap.days == (date(2024, 2, 1) - date(2023, 6, 8)).days
    assert found.notes == ()


def test_a_single_date_is_taken_as_stated_and_said_so() -> None:
    assert any("last day of an earlier course" in note for note in example().notes)


def test_a_single_date_whose_meaning_decides_a_trial_rule_is_pointed_out() -> None:
    found = sum_courses(["50.4Gy/28@2023-05-01", "30Gy/5@2023-11-20"], alpha_betas=[3])
    (note,) = [note for note in found.notes if "was the first day" in note]
    assert "too short for SPARKLE, TORCH-R, TRACER" in note
    soon = sum_courses(["50.4Gy/28@2023-05-01", "30Gy/5@2023-05-20"], alpha_betas=[3])
    assert any("had not ended by 2023-05-20" in note for note in soon.notes)
    assert not any("was the first day" in note for note in example().notes)
    both_days = sum_courses(["50.4Gy/28@2023-05-01..2023-06-08", "30Gy/5@2023-11-20"], alpha_betas=[3])
    assert not any("was the first day" in note for note in both_days.notes)


def test_the_limit_is_held_against_the_sum() -> None:
    assert verdict_of(example(limits_eqd2_gy=[90])) == ("exceeds", None)
    assert verdict_of(example(limits_eqd2_gy=[103])) == ("within", None)
    assert example(limits_eqd2_gy=[90]).limit_failed
    assert not example(limits_eqd2_gy=[103]).limit_failed
    assert not example().limit_failed


def test_a_sum_exactly_at_its_limit_is_within() -> None:
    found = sum_courses(["25Gy/5", "50Gy/25"], alpha_betas=[3], limits_eqd2_gy=[90])
    assert verdict_of(found)[0] == "within"


def test_the_remaining_dose_brings_the_sum_to_the_limit() -> None:
    place, after = only(example(limits_eqd2_gy=[90], n_fractions=[5])).remaining
    assert place.reading == "point, in place of 30Gy/5"
    assert place.total_dose_gy is not None
    assert eqd2(50.4, 28, 3) + eqd2(place.total_dose_gy, 5, 3) == pytest.approx(90)
    assert (after.basis, after.total_dose_gy) == ("point, after all courses", 0.0)
    assert after.reason is not None
    assert "already gave 102.4 of 90" in after.reason


def test_remaining_dose_for_several_numbers_of_fractions_in_order() -> None:
    row = only(example(limits_eqd2_gy=[120], n_fractions=[5, 10]))
    assert [left.n_fractions for left in row.remaining] == [5, 5, 10, 10]


def test_one_course_leaves_what_comes_after_it() -> None:
    row = only(sum_courses(["50Gy/25"], alpha_betas=[3], limits_eqd2_gy=[90], n_fractions=[5]))
    (left,) = row.remaining
    assert (left.basis, left.total_dose_gy) == ("point, after all courses", pytest.approx(25.0))


def test_a_remaining_dose_above_ten_gray_per_fraction_carries_the_warning() -> None:
    found = example(limits_eqd2_gy=[120], n_fractions=[1])
    assert any(note.startswith("remaining dose: ") and "disputed" in note for note in found.notes)


def test_recovery_is_off_unless_chosen_and_the_plain_sum_stays_beside_it() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    found = example(recovery=rule, limits_eqd2_gy=[91], n_fractions=[5])
    row = only(found)
    # 276 days: 25 % of 48.384 Gy forgotten.
    assert row.recovered_fractions == (0.25,)
    assert row.cumulative_eqd2_gy == pytest.approx(102.384)
    assert row.with_recovery_eqd2_gy == pytest.approx(0.75 * 48.384 + 54)
    assert verdict_of(found) == ("within", "exceeds without recovery")
    assert [(left.reading[:21], left.recovery) for left in row.remaining] == [
        ("point, in place of 30", "none"),
        ("point, in place of 30", "step-25-50"),
        ("point, after all cour", "none"),
    ]
    assert row.remaining[1].total_dose_gy is not None
    assert eqd2(row.remaining[1].total_dose_gy, 5, 3) == pytest.approx(91 - 0.75 * 48.384)


def test_a_rule_that_changes_nothing_about_the_verdict_says_nothing() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    assert verdict_of(example(recovery=rule, limits_eqd2_gy=[120])) == ("within", None)


def test_a_rule_without_a_source_lets_no_limit_pass_and_both_values_are_said() -> None:
    rule = recovery_rule("radreirradiation-default", tissue="SpinalCord")
    assert rule.is_unsourced
    status, reason = verdict_of(example(recovery=rule, limits_eqd2_gy=[91]))
    row = only(example(recovery=rule))
    assert status == "borderline"
    assert reason == (
        f"kept only by a recovery rule that has no source: {row.with_recovery_eqd2_gy:.2f} Gy with it, "
        "102.38 Gy without; exceeds without recovery"
    )
    # What the rule does not decide keeps its verdict.
    assert verdict_of(example(recovery=rule, limits_eqd2_gy=[120])) == ("within", None)
    assert verdict_of(example(recovery=rule, limits_eqd2_gy=[55]))[0] == "exceeds"
    assert (
        main(
            [
                "sum",
                *EXAMPLE,
                "--alpha-beta",
                "3",
                "--limit",
                "91",
                "--recovery",
                rule.name,
                "--tissue",
                "SpinalCord",
            ]
        )
        == 1
    )


def test_pitfall_5_17_a_verdict_that_flips_at_a_jump_of_the_rule_is_borderline() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    for starts in ("2023-10-28", "2023-11-05"):  # 180 and 188 days, on both sides of six months
        found = sum_courses(
            ["50.4Gy/28@2023-05-01..2023-05-01", f"30Gy/5@{starts}"],
            alpha_betas=[3],
            recovery=rule,
            limits_eqd2_gy=[95],
        )
        status, reason = verdict_of(found)
        assert status == "borderline"
        assert reason is not None
        assert "jumps near this interval" in reason
        assert found.limit_failed


def test_pitfall_5_18_each_earlier_course_recovers_for_its_own_time() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    courses = ["50Gy/25@2020-01-01", "20Gy/10@2023-05-01", "10Gy/5@2024-02-01"]
    row = only(sum_courses(courses, alpha_betas=[2], recovery=rule))
    assert row.recovered_fractions == (0.5, 0.25)
    assert row.with_recovery_eqd2_gy == pytest.approx(25 + 15 + 10)


def test_h19_recovery_is_refused_beside_a_limit_that_already_includes_it() -> None:
    rule = stated_recovery(fraction=0.25, tissue="Rectum", source="our clinic")
    with pytest.raises(RtplanValueError, match="a second time"):
        example(recovery=rule, limits_eqd2_gy=[90], limit_includes_recovery=True)
    kept = {"limit_includes_recovery": True, "limit_from_months": 6, "limit_because": "no late effects"}
    assert only(example(limits_eqd2_gy=[120], **kept)).limit_includes_recovery


def test_recovery_needs_an_earlier_course_and_every_date() -> None:
    rule = stated_recovery(fraction=0.25, tissue="Rectum", source="our clinic")
    for courses in (["25Gy/5"], ["25Gy/5", "25Gy/5@2024-02-01"]):
        with pytest.raises(RtplanValueError, match="needs an earlier course and all dates"):
            sum_courses(courses, alpha_betas=[3], recovery=rule)


def test_a_rule_that_is_silent_for_the_interval_leaves_the_sum_with_recovery_open() -> None:
    rule = recovery_rule("ang-2001", tissue="SpinalCord")
    found = sum_courses(
        ["50.4Gy/28@2023-05-01", "30Gy/5@2023-06-01"], alpha_betas=[3], recovery=rule, limits_eqd2_gy=[90]
    )
    row = only(found)
    assert row.recovered_fractions == (None,)
    assert row.with_recovery_eqd2_gy is None
    status, reason = verdict_of(found)
    assert status == "not_evaluable"
    assert reason is not None
    assert "gives no value for this interval" in reason


def test_dates_out_of_order_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="swapped"):
        sum_courses(list(reversed(EXAMPLE)), alpha_betas=[3])
    with pytest.raises(RtplanValueError, match="before it starts"):
        read_dated_regimens("25Gy/5@2024-02-07..2024-02-01")


@pytest.mark.parametrize("text", ["25Gy/5@yesterday", "25Gy/5@01.02.2024", "25Gy/5@2024-02-30", "25Gy/5@"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError, match="YYYY-MM-DD"):
        read_dated_regimens(text)


def test_the_at_sign_of_a_fraction_size_is_no_date() -> None:
    (course,), _ = read_dated_regimens("60Gy @ 2Gy/fx")
    assert str(course) == "60Gy/30"
    (dated,), _ = read_dated_regimens("60Gy @ 2Gy/fx @2024-02-01")
    assert str(dated) == "60Gy/30@2024-02-01"


def test_regimens_that_are_not_understood_are_refused() -> None:
    with pytest.raises(RegimenError, match="in how many fractions"):
        sum_courses(["30Gy@2024-02-01"], alpha_betas=[3])


def test_a_band_gives_the_sum_at_both_its_ends() -> None:
    found = sum_courses(["50.4Gy/28", "25-40Gy/5fx"], alpha_betas=[3, 10])
    assert [(row.band_end, row.alpha_beta) for row in found.rows] == [
        ("low", 3),
        ("low", 10),
        ("high", 3),
        ("high", 10),
    ]
    assert found.rows[0].cumulative_eqd2_gy == pytest.approx(48.384 + 40)
    assert found.rows[2].cumulative_eqd2_gy == pytest.approx(48.384 + 88)


def test_several_fractions_a_day_leave_the_sum_open_without_a_repair_half_time() -> None:
    found = sum_courses(["45Gy/25", "39Gy/26 BID"], alpha_betas=[3], limits_eqd2_gy=[90], n_fractions=[5])
    row = only(found)
    assert row.cumulative_eqd2_gy is None
    assert row.reason is not None
    assert "39Gy/26 BID: 2 fractions a day" in row.reason
    assert verdict_of(found)[0] == "not_evaluable"
    place, after = row.remaining
    assert place.total_dose_gy is not None
    assert after.total_dose_gy is None
    assert after.reason == row.reason


def test_a_limit_passed_even_with_full_repair_is_exceeded_for_certain() -> None:
    status, reason = verdict_of(sum_courses(["45Gy/25", "39Gy/26 BID"], alpha_betas=[3], limits_eqd2_gy=[75]))
    assert status == "exceeds"
    assert reason is not None
    assert "already with full repair" in reason


def test_several_fractions_a_day_with_their_repair_half_time() -> None:
    known = ModelParameters.stating(repair_half_time_h=1.5, interval_h=6)
    row = only(sum_courses(["45Gy/25", "39Gy/26 BID"], alpha_betas=[3], parameters=known))
    assert row.cumulative_eqd2_gy == pytest.approx(43.2 + 39 * (1 + 1.0625 * 0.5) * 0.6)


def test_a_source_without_its_dose_rate_leaves_everything_open() -> None:
    found = sum_courses(["45Gy/25", "40Gy/1 LDR"], alpha_betas=[3], limits_eqd2_gy=[60])
    status, reason = verdict_of(found)
    assert status == "not_evaluable"
    assert reason is not None
    assert "dose rate" in reason


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), 9000])
def test_a_limit_is_a_plausible_number(limit: float) -> None:
    with pytest.raises(RtplanValueError, match="did you type cGy"):
        example(limits_eqd2_gy=[limit])


def test_limits_are_one_for_all_or_one_for_each_alpha_beta() -> None:
    for_all = example(alpha_betas=[3, 10], limits_eqd2_gy=[90])
    assert [row.limit_gy for row in for_all.rows] == [90, 90]
    assert any("one limit is held against the sum at every alpha/beta" in note for note in for_all.notes)
    for_each = example(alpha_betas=[3, 10], limits_eqd2_gy=[90, 80])
    assert [row.limit_gy for row in for_each.rows] == [90, 80]
    with pytest.raises(RtplanValueError, match="2 limits for 3 alpha/beta"):
        example(alpha_betas=[2, 3, 10], limits_eqd2_gy=[90, 80])


def test_courses_and_alpha_beta_are_needed() -> None:
    with pytest.raises(RtplanValueError, match="at least one alpha/beta"):
        example(alpha_betas=[])
    with pytest.raises(RtplanValueError, match="at least one course"):
        sum_courses([], alpha_betas=[3])


def test_an_unknown_model_is_refused() -> None:
    (course,), _ = read_dated_regimens("25Gy/5")
    with pytest.raises(RtplanValueError, match="unknown model 'best'; known: lq, lql"):
        regimen_effect(course.regimen, model="best", alpha_beta=3, parameters=ModelParameters())


def test_the_trial_rules_stand_beside_the_sum_with_the_distance_to_their_limit() -> None:
    status = {result.rule.id: (result.status, result.value) for result in example().trial_rules}
    assert status["sparkle-prior-dose"] == ("not_met", "50.4 Gy, exactly at 50.4 Gy")
    assert status["sparkle-interval"] == ("met", "276 days (9 months)")
    assert status["torch-r-interval"][0] == status["tracer-interval"][0] == "met"
    assert sum_courses(["25Gy/5"], alpha_betas=[3]).trial_rules == ()


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ("2023-10-30", ("not_met", "not_met")),
        ("2023-11-01", ("not_met", "met")),
        ("2023-11-02", ("met", "met")),
    ],
)
def test_six_months_to_the_day_is_more_than_six_months_for_no_one(
    starts: str, expected: tuple[str, str]
) -> None:
    found = sum_courses(["50Gy/25@2023-05-01", f"30Gy/5@{starts}"], alpha_betas=[3])
    status = {result.rule.id: result.status for result in found.trial_rules}
    assert (status["sparkle-interval"], status["torch-r-interval"]) == expected


@pytest.mark.parametrize(
    ("earlier", "status", "value"),
    [
        ("50Gy/25", "met", "50 Gy, 0.4 Gy below 50.4 Gy"),
        ("54Gy/30", "not_met", "54 Gy, 3.6 Gy above 50.4 Gy"),
        ("45Gy/25 + 5.4Gy/3", "not_met", "50.4 Gy, exactly at 50.4 Gy"),
    ],
)
def test_the_prior_dose_rule_is_read_strictly(earlier: str, status: str, value: str) -> None:
    (course,), _ = read_dated_regimens(earlier)
    results = {result.rule.id: result for result in trial_rule_results([course.regimen], None)}
    assert (results["sparkle-prior-dose"].status, results["sparkle-prior-dose"].value) == (status, value)
    assert results["sparkle-interval"].status == "unknown"


def test_every_trial_rule_cites_its_record() -> None:
    for rule in point_rules():
        assert rule.text
        assert "trial record" in rule.source
        assert rule.how_verified == "read in source"


def command(capsys: pytest.CaptureFixture[str], *words: str, status: int) -> dict[str, Any]:
    assert main(["sum", *words, "--json"]) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    read: dict[str, Any] = json.loads(captured.out)
    return read


def test_the_command_and_the_notebook_give_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    document = command(capsys, *EXAMPLE, "--alpha-beta", "3", "--limit", "90", "--fractions", "5", status=1)
    (row,) = document["rows"]
    (record,) = example(limits_eqd2_gy=[90], n_fractions=[5]).records()
    for key in ("alpha_beta_gy", "cumulative_bed_gy", "cumulative_eqd2_gy", "limit_gy", "verdict"):
        assert row[key] == record[key]
    assert [course["eqd2_gy"] for course in row["courses"]] == [
        record["course_1_eqd2_gy"],
        record["course_2_eqd2_gy"],
    ]
    place, after = row["remaining"]
    assert record["remaining_gy_in_5 (point, in place of 30Gy/5, recovery none)"] == place["total_dose_gy"]
    assert record["remaining_gy_in_5 (point, after all courses, recovery none)"] == after["total_dose_gy"]


def test_the_document_holds_courses_intervals_rows_and_trial_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = command(capsys, *EXAMPLE, "--alpha-beta", "3", "10", status=0)
    assert document["schema"] == "rtplan.sum/1"
    assert document["label"] == "at a point that received both doses in full"
    assert [course["regimen"] for course in document["courses"]] == ["50.4Gy/28", "30Gy/5"]
    assert document["intervals"][0]["days"] == 276
    assert document["intervals"][0]["whole_months"] == 9
    assert document["recovery"]["rule"] == "none"
    assert [row["alpha_beta_gy"] for row in document["rows"]] == [3.0, 10.0]
    assert document["rows"][0]["verdict"] is None
    assert document["rows"][0]["limit_includes_recovery"] is None
    assert {rule["status"] for rule in document["trial_rules"]} == {"met", "not_met"}


def test_the_document_with_recovery_shows_the_rule_and_both_sums(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--recovery", "step-25-50", "--tissue", "SpinalCord", "--alpha-beta", "2", "--limit", "200"]
    document = command(capsys, *EXAMPLE, *words, status=0)
    assert document["recovery"]["rule"] == "step-25-50"
    assert "25 % of the earlier EQD2 is forgotten" in document["recovery"]["statements"][0]
    (row,) = document["rows"]
    assert row["with_recovery_eqd2_gy"] < row["cumulative_eqd2_gy"]
    assert row["courses"][0]["recovered_fraction"] == 0.25


def test_unknown_dates_give_null_and_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    document = command(capsys, "50.4Gy/28", "30Gy/5", "--alpha-beta", "inf", status=0)
    assert document["intervals"][0]["days"] is None
    assert "a date is missing" in document["intervals"][0]["reason"]
    assert document["rows"][0]["alpha_beta_gy"] == "inf"


def test_the_table_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sum", *EXAMPLE, "--alpha-beta", "3", "--limit", "90", "--fractions", "5"]) == 1
    captured = capsys.readouterr()
    for part in (
        "at a point that received both doses in full",
        "276 days (9 months)",
        "No recovery assumed",
        "80.64 / 48.38",
        "102.38",
        "exceeds",
        "point, in place of 30Gy/5",
        "25.62",
        "not_met",
        "exactly at 50.4 Gy",
    ):
        assert part in captured.out
    assert "single date" in captured.err


def test_the_table_of_a_band_a_sequence_and_one_course(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["45Gy/25 + 5.4Gy/3", "25-40Gy/5fx", "--alpha-beta", "3", "--limit", "100"]
    assert main(["sum", *words]) == 1
    printed = capsys.readouterr().out
    assert "3 (high end)" in printed
    assert "interval unknown" in printed
    assert main(["sum", "25Gy/5", "--alpha-beta", "3"]) == 0
    assert "trial rule" not in capsys.readouterr().out
    assert main(["sum", "45Gy/25", "39Gy/26 BID", "--alpha-beta", "3", "--limit", "90"]) == 1
    assert "alpha/beta 3: 39Gy/26 BID: 2 fractions a day" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*EXAMPLE], "--alpha-beta"),
        (["--alpha-beta", "3"], "REGIMEN"),
        ([*EXAMPLE, "--alpha-beta", "3", "--limit", "0"], "above 0 Gy"),
        ([*EXAMPLE, "--alpha-beta", "3", "--fractions", "0"], "whole number"),
        ([*EXAMPLE, "--alpha-beta", "3", "--recovery", "hope"], "hope"),
        (
            [*EXAMPLE, "--alpha-beta", "3", "--recovery", "step-25-50", "--tissue", "Rectum"],
            "says nothing about",
        ),
        ([*reversed(EXAMPLE), "--alpha-beta", "3"], "swapped"),
        (["30Gy@2024-02-01", "--alpha-beta", "3"], "in how many fractions"),
    ],
)
def test_refusals_are_one_message_and_status_two(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sum", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_the_verdicts_used_here_are_those_of_the_toolkit() -> None:
    judgement = only(example(limits_eqd2_gy=[90])).judgement
    assert judgement is not None
    assert judgement.verdict is Verdict.EXCEEDS
    assert judgement.margin == pytest.approx(90 - 102.384)


RECOVERED = {"limit_includes_recovery": True, "limit_from_months": 12, "limit_because": "no late effects"}


def test_a_limit_that_includes_recovery_is_not_evaluable_below_its_interval() -> None:
    early = example(limits_eqd2_gy=[120], n_fractions=(5,), **RECOVERED)
    assert verdict_of(early)[0] == "not_evaluable"
    assert "12 months or more" in (verdict_of(early)[1] or "")
    assert [left.total_dose_gy for left in only(early).remaining] == [None, None]
    kept = RECOVERED | {"limit_from_months": 6}
    late = only(example(limits_eqd2_gy=[120], n_fractions=(5,), **kept))
    assert late.judgement is not None
    assert late.judgement.verdict.value == "within"
    # After all courses the time to the next one is not known.
    assert [left.total_dose_gy is None for left in late.remaining] == [False, True]


def test_a_limit_that_includes_recovery_asks_for_the_interval_the_reason_and_the_dates() -> None:
    for missing in ("limit_from_months", "limit_because"):
        stated = {key: value for key, value in RECOVERED.items() if key != missing}
        with pytest.raises(RtplanValueError, match=missing):
            example(limits_eqd2_gy=[120], **stated)
    with pytest.raises(RtplanValueError, match="belong to a limit that includes"):
        example(limits_eqd2_gy=[120], limit_because="x")
    undated = sum_courses(["50.4Gy/28", "30Gy/5"], alpha_betas=[3.0], limits_eqd2_gy=[120], **RECOVERED)
    assert "the interval is not known" in (verdict_of(undated)[1] or "")
