"""The question checks itself: whatever is refused is refused here, by keyword as by record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from dicom_io.objects import PatientIdentity
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments, parse_isodose
from rtplan.errors import RtplanTypeError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import CumulativeLimit, NamedRecoveryLimit, RecoveryInterval, parse_limit
from rtplan.reirradiation import ReirradiationQuestion, accumulate, reirradiate
from rtplan.reirradiation.organ import parse_tissues

ENDED, STARTS = date(2023, 6, 8), date(2024, 2, 12)
GAP = Interval(ended=ENDED, starts=STARTS)
RECTUM = parse_tissues(["Rectum=3"])


@pytest.fixture
def new(sets: ModuleType) -> Course:
    return course_of_treatments([(sets.treatment(sets.linear((0, 0, 0), 20.0), n=5), Delivery())], role="new")


@pytest.fixture
def prior(sets: ModuleType) -> Course:
    treatment = sets.treatment(sets.linear((0, 0, 0), 40.0), n=20, label="2023-04-01 …2222 40 Gy")
    return course_of_treatments([(treatment, Delivery())], role="prior", ended=ENDED)


def question(new: Course, *priors: Course, **stated: Any) -> ReirradiationQuestion:
    given = {"new_starts": STARTS, "tissues": RECTUM, **stated}
    return ReirradiationQuestion(new=new, priors=priors, **given)


def of_somebody(course: Course, patient_id: str, *, birth_date: str = "") -> Course:
    whose = PatientIdentity(patient_id=patient_id, birth_date=birth_date, sex="")
    return replace(course, patients=(whose,))


def limit(gy: float, **changes: Any) -> CumulativeLimit:
    return replace(parse_limit(f"Rectum:Mean[Gy]<={gy}"), **changes)


def test_a_question_and_the_same_words_by_keyword_have_one_answer(new: Course, prior: Course) -> None:
    limits = (limit(90.0),)
    asked = reirradiate(question(new, prior, limits=limits, n_fractions=(5, 5, 3)))
    by_keyword = reirradiate(new, [prior], intervals=[GAP], tissues=RECTUM, limits=limits, n_fractions=[5, 3])
    assert asked.records() == by_keyword.records()
    assert asked.warnings == by_keyword.warnings
    assert asked.question.n_fractions == (5, 3)
    with pytest.raises(RtplanTypeError, match="nothing goes beside it"):
        reirradiate(question(new, prior), [prior])  # type: ignore[call-overload]


def test_the_interval_is_derived_from_the_one_day_on_which_a_course_ended(new: Course, prior: Course) -> None:
    assert question(new, prior).intervals == (GAP,)
    undated = replace(prior, ended=None)
    with pytest.raises(RtplanValueError, match="State when it ended"):
        question(new, undated)
    # An interval states the day of a course that does not say.
    told = ReirradiationQuestion.of(new, [undated], intervals=[GAP], tissues=RECTUM)
    assert (told.priors[0].ended, told.new_starts) == (ENDED, STARTS)


def test_two_last_days_of_one_course_are_refused(new: Course, prior: Course) -> None:
    late = replace(prior, ended=date(2024, 1, 20))
    with pytest.raises(RtplanValueError, match="ended on 2024-01-20 by the course, on 2023-06-08 by the"):
        reirradiate(new, [late], intervals=[GAP], tissues=RECTUM)
    with pytest.raises(RtplanValueError, match="starts on several days: 2024-02-12, 2024-02-13"):
        ReirradiationQuestion.of(new, [prior], intervals=[GAP], new_starts=date(2024, 2, 13), tissues=RECTUM)
    with pytest.raises(RtplanValueError, match="ends on 2024-02-01, before it starts on 2024-02-12"):
        question(replace(new, ended=date(2024, 2, 1)), prior)
    with pytest.raises(RtplanValueError, match="before the earlier one ended"):
        question(new, prior, new_starts=date(2023, 1, 1))
    with pytest.raises(RtplanValueError, match="State new_starts"):
        ReirradiationQuestion.of(new, [prior], tissues=RECTUM)


@pytest.mark.parametrize("number", [0, -3, 2.5])
def test_a_number_of_fractions_below_one_is_refused(new: Course, prior: Course, number: float) -> None:
    with pytest.raises(RtplanValueError, match=f"remaining dose in {number} fractions"):
        reirradiate(new, [prior], intervals=[GAP], tissues=RECTUM, n_fractions=[5, number])


def test_two_patients_are_refused_by_both_sums_and_nobody_is_shown(new: Course, prior: Course) -> None:
    somebody, other = of_somebody(prior, "ZZ-4711"), of_somebody(new, "YY-0815")
    for ask in (
        lambda **more: reirradiate(other, [somebody], intervals=[GAP], tissues=RECTUM, **more),
        lambda **more: accumulate([somebody, other], alpha_beta=3, **more),
    ):
        with pytest.raises(RtplanValueError, match="are they one patient's") as caught:
            ask()
        told = ask(same_patient=True)
        assert told.warnings[0].endswith("stated to be the same patient")
        for secret in ("zz-4711", "yy-0815"):
            assert secret not in (str(caught.value) + repr(told) + repr(somebody)).lower()


def test_two_phases_of_two_patients_are_refused(new: Course, prior: Course) -> None:
    mixed = replace(prior, patients=(*of_somebody(prior, "A").patients, *of_somebody(prior, "B").patients))
    with pytest.raises(RtplanValueError, match="one patient's"):
        question(new, mixed)


def test_what_only_one_course_says_of_its_patient_is_no_difference(new: Course, prior: Course) -> None:
    found = question(of_somebody(new, "A", birth_date="19500101"), of_somebody(prior, "A"))
    assert not any("whose course" in warning for warning in reirradiate(found).warnings)
    with pytest.raises(RtplanValueError, match="one patient's"):
        question(of_somebody(new, "A", birth_date="19500101"), of_somebody(prior, "A", birth_date="19500102"))


def test_courses_that_name_nobody_are_named(new: Course) -> None:
    paper = course_of_regimen("50Gy/25", role="prior", ended=ENDED)
    found = reirradiate(question(new, paper))
    assert found.warnings[0] == "whose course it is could not be compared: prior: 50Gy/25"


def test_two_limits_of_one_kind_are_refused_in_either_order(new: Course, prior: Course) -> None:
    strict, loose = limit(50.0), limit(120.0)
    for limits in ([strict, loose], [loose, strict], [strict, strict]):
        with pytest.raises(RtplanValueError, match=r"two limits for Mean\[Gy\] of Rectum"):
            question(new, prior, limits=limits)
    with pytest.raises(RtplanValueError, match="two limits"):
        question(new, prior, limits=[strict, replace(loose, alpha_beta_gy=3.0)])


def test_limits_that_differ_in_source_or_recovery_are_judged_each(new: Course, prior: Course) -> None:
    limits = [
        limit(50.0, source="clinic"),
        limit(120.0, source="trial"),
        limit(120.0, source="clinic", recovery_interval=RecoveryInterval(from_months=2)),
    ]
    named = [NamedRecoveryLimit(organ="Rectum", because="no late effects")]
    found = reirradiate(question(new, prior, limits=limits, recovery_limits=named))
    # 40 Gy in 20 and 20 Gy in 5 at alpha/beta 3: 40 + 28 Gy.
    rows = [row for row in found.rows if row.metric == "Mean[Gy]"]
    assert [(str(row.limit), row.verdict and row.verdict.value) for row in rows] == [
        ("Rectum:Mean[Gy]<=50", "exceeds"),
        ("Rectum:Mean[Gy]<=120", "within"),
        ("Rectum:Mean[Gy]<=120 including recovery from 2 months", "within"),
    ]
    assert found.limit_failed
    assert found.row("Rectum", "Mean[Gy]", source="trial").verdict == "within"


def test_a_limit_at_another_alpha_beta_is_a_row_of_its_own(new: Course, prior: Course) -> None:
    limits = [limit(50.0, alpha_beta_gy=3.0), limit(120.0, alpha_beta_gy=10.0)]
    found = reirradiate(question(new, prior, limits=limits, tissues=parse_tissues(["Rectum=3", "Rectum=10"])))
    assert found.row("Rectum", "Mean[Gy]", alpha_beta=3.0).verdict == "exceeds"
    assert found.row("Rectum", "Mean[Gy]", alpha_beta=10.0).verdict == "within"


def test_a_course_in_progress_agrees_with_its_records(sets: ModuleType, prior: Course) -> None:
    treatment = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, delivered=2)
    whole = course_of_treatments([(treatment, Delivery(n_fractions=5))], role="new")
    assert question(whole, prior, delivered=(2,)).delivered == (2,)
    with pytest.raises(
        RtplanValueError, match="3 fractions given as stated, but the treatment records count 2"
    ):
        question(whole, prior, delivered=(3,))


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"tissues": ()}, "no tissue is stated"),
        ({"tissues": [*RECTUM, *RECTUM]}, "Rectum=3 is stated twice"),
        ({"target_alpha_beta": 0.0}, "targets: alpha/beta 0 Gy"),
        ({"target_alpha_beta": 30.0}, "targets: alpha/beta 30 Gy; did you type 3"),
        ({"alpha_beta_intervals": {"Rectum": (2.0, 30.0)}}, "Rectum, interval: alpha/beta 30 Gy; did you"),
        ({"delivered": (5,)}, "5 fractions given of 5"),
        ({"alpha_beta_intervals": {"Rectum": (4.0, 5.0)}}, "the stated value inside"),
        ({"recovery_intervals": {"Rectum": (0.1, 1.4)}}, "low before high"),
    ],
)
def test_statements_that_cannot_be_meant_are_refused(
    new: Course, prior: Course, stated: dict[str, Any], message: str
) -> None:
    with pytest.raises(RtplanValueError, match=message):
        question(new, prior, **stated)


def test_a_question_prints_what_it_is_about_and_nobody(new: Course, prior: Course) -> None:
    assert repr(question(of_somebody(new, "ZZ"), prior, same_patient=True)).startswith(
        "ReirradiationQuestion(prior: "
    )


@pytest.mark.parametrize(
    ("isodose", "words"),
    [("90Gy", "no dose of new"), ("10Gy", "")],
)
def test_an_isodose_that_no_course_reaches_is_said(
    new: Course, prior: Course, isodose: str, words: str
) -> None:
    found = reirradiate(question(new, prior, isodose=parse_isodose(isodose)))
    said = [warning for warning in found.warnings if f"{found.rert_class.isodose} isodose" in warning]  # type: ignore[union-attr]
    assert bool(said) == bool(words)
    assert all(words in warning and "reaches 90 Gy" in warning for warning in said)


def test_an_isodose_in_per_cent_of_no_prescription_is_said(sets: ModuleType, prior: Course) -> None:
    treatment = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, prescription=None)
    new = course_of_treatments([(treatment, Delivery())], role="new")
    found = reirradiate(question(new, prior, isodose=parse_isodose("50%")))
    assert any("the isodose that was stated has no effect" in warning for warning in found.warnings)


def test_an_isodose_of_a_course_without_dose_is_said(new: Course, prior: Course) -> None:
    typed = course_of_regimen("50Gy/25", role="prior 2", ended=ENDED)
    found = reirradiate(question(new, prior, typed, isodose=parse_isodose("5Gy")))
    assert found.rert_class is not None
    assert found.rert_class.decided is not None
    assert any("the 5 Gy isodose that was stated: " in warning for warning in found.warnings)


def test_that_nothing_contradicts_one_patient_is_said_where_it_was_stated(new: Course, prior: Course) -> None:
    words = "nothing says otherwise, so that changed nothing"
    assert any(words in w for w in reirradiate(question(new, prior, same_patient=True)).warnings)
    assert not any(words in w for w in reirradiate(question(new, prior)).warnings)
    one, other = of_somebody(new, "a"), of_somebody(prior, "b")
    assert not any(words in w for w in reirradiate(question(one, other, same_patient=True)).warnings)
