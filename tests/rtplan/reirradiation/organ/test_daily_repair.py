"""Several fractions a day: the truth lies between full repair and none, and so does every verdict."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.kinetics import bed_incomplete_repair
from bed.lq import bed_from_dose, eqd2
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments, read_course_file
from rtplan.documents import reirradiation_body, reirradiation_text
from rtplan.errors import RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import Verdict, parse_limit
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
FULL, NONE = 30.0 * (1.25 + 3) / 5, 30.0 * (2.5 + 3) / 5
"""30 Gy in 24 at alpha/beta 3: fractions of 1.25 Gy, or 12 days of 2.5 Gy."""


def twice(sets: ModuleType, role: str = "prior", gy: float = 30.0, n: int = 24) -> Course:
    treated = sets.treatment(sets.linear((0, 0, 0), gy), n=n, prescription=gy)
    return course_of_treatments([(treated, Delivery(fractions_per_day=2))], role=role)


def once(sets: ModuleType, role: str = "new") -> Course:
    treated = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, prescription=20.0)
    return course_of_treatments([(treated, Delivery())], role=role)


def answer(
    new: Course, prior: Course, limit: float | None = None, *, metric: str = "Mean[Gy]", **options: object
) -> Reirradiation:
    limits = [] if limit is None else [parse_limit(f"Rectum:{metric}<={limit}")]
    return reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3"]),
        limits=limits,
        metrics=["Mean[Gy]"],
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.filterwarnings("ignore::bed.errors.OutsideValidityWarning")  # h_m assumes a repaired night
@given(
    dose=st.floats(min_value=1, max_value=80),
    days=st.integers(min_value=1, max_value=30),
    per_day=st.integers(min_value=1, max_value=4),
    half_time=st.floats(min_value=0.1, max_value=24),
    hours=st.floats(min_value=0.5, max_value=7),
    ratio=st.floats(min_value=0.5, max_value=20),
)
def test_the_bed_of_any_repair_lies_between_full_repair_and_one_fraction_a_day(
    dose: float, days: int, per_day: int, half_time: float, hours: float, ratio: float
) -> None:
    """Full repair <= incomplete repair <= the fractions of a day merged into one."""
    n = days * per_day
    between = bed_incomplete_repair(
        dose, n, ratio, fractions_per_day=per_day, interval_h=hours, repair_half_time_h=half_time
    )
    assert bed_from_dose(dose, n, ratio) <= between * (1 + 1e-9)
    assert between <= bed_from_dose(dose, days, ratio) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [(70.0, Verdict.WITHIN), (55.0, Verdict.BORDERLINE), (50.0, Verdict.EXCEEDS)],
)
def test_a_verdict_is_certain_where_full_repair_and_none_agree(
    sets: ModuleType, limit: float, verdict: Verdict
) -> None:
    total = eqd2(20.0, 5, 3.0)
    assert total == pytest.approx(28.0)
    assert (total + FULL, total + NONE) == (pytest.approx(53.5), pytest.approx(61.0))
    row = answer(once(sets), twice(sets), limit).row("Rectum", "Mean[Gy]")
    assert row.verdict is verdict
    assert row.voxel_sum.value == pytest.approx(53.5, abs=1e-4)
    assert row.without_repair is not None
    assert row.without_repair.voxel_sum.value == pytest.approx(61.0, abs=1e-4)
    if verdict is Verdict.BORDERLINE:
        assert "within with full repair" in str(row.reason)
        assert "exceeds without any: 53.50 to 61.00 Gy" in str(row.reason)
    if verdict is Verdict.WITHIN:
        assert "also without any repair" in str(row.reason)


def test_both_readings_of_what_is_left_are_given(sets: ModuleType) -> None:
    found = answer(once(sets), twice(sets), 70.0, n_fractions=[5], metric="Max[Gy]")
    left = {r.reading: r for r in found.row("Rectum", "Max[Gy]").remaining}
    full, none = left["point"], left["no repair within a day: point"]
    assert eqd2(full.total_dose_gy, 5, 3.0) == pytest.approx(70.0 - FULL, abs=1e-4)
    assert eqd2(none.total_dose_gy, 5, 3.0) == pytest.approx(70.0 - NONE, abs=1e-4)
    assert left["no repair within a day: plan"].n_fractions == 5


def test_a_new_course_of_two_fractions_a_day_keeps_its_own_number_in_the_plan_reading(
    sets: ModuleType,
) -> None:
    found = answer(twice(sets, "new"), once(sets, "prior"), 70.0)
    left = next(
        r for r in found.row("Rectum", "Mean[Gy]").remaining if r.reading == "no repair within a day: plan"
    )
    assert left.n_fractions == 24
    assert left.factor is not None
    assert eqd2(left.factor * 30.0, 12, 3.0) == pytest.approx(70.0 - 28.0, abs=1e-3)
    with pytest.raises(RtplanValueError, match="2 fractions a day is not read"):
        answer(twice(sets, "new"), once(sets, "prior"), 70.0, delivered=4)


def test_the_caveat_is_in_text_document_and_warnings(sets: ModuleType) -> None:
    found = answer(once(sets), twice(sets), 55.0)
    assert any("2 fractions a day: its EQD2 is that of full repair" in one for one in found.warnings)
    row = reirradiation_body(found)["organs"][0]
    assert row["without_repair_in_a_day"]["voxel_sum_gy"] == pytest.approx(61.0, abs=1e-4)
    assert reirradiation_body(found)["courses"][0]["fractions_per_day"] == 2
    text = reirradiation_text(found)
    assert "24 fractions, 2 a day" in text
    assert "without any repair between the fractions of a day: voxel sum 61.00" in text
    assert (
        reirradiation_body(answer(once(sets), once(sets, "prior")))["organs"][0]["without_repair_in_a_day"]
        is None
    )


def test_a_record_and_a_regimen_say_how_many_a_day(tmp_path: Path) -> None:
    assert course_of_regimen("40.8Gy/34 BID", role="prior").fractions_per_day == 2
    path = tmp_path / "twice.toml"
    said = 'label = "2019"\nunit = "Gy"\nn_fractions = 24\nmodality = "photon"\n{}\n'
    said += "[organs.Rectum]\nDmax = 30.0\n"
    path.write_text(said.format("fractions_per_day = 2"), encoding="utf-8")
    assert read_course_file(path, role="prior", ended=None).fractions_per_day == 2
    path.write_text(said.format('prescription = "30Gy/24 BID"'), encoding="utf-8")
    assert read_course_file(path, role="prior", ended=None).fractions_per_day == 2
    path.write_text(said.format("fractions_per_day = 9"), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="9 fractions per day"):
        read_course_file(path, role="prior", ended=None)


def test_a_record_of_two_fractions_a_day_is_bounded_without_repair_too(
    sets: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "twice.toml"
    path.write_text(
        'label = "2019"\nunit = "Gy"\nn_fractions = 24\nmodality = "photon"\nfractions_per_day = 2\n'
        "[organs.Rectum]\nDmax = 30.0\n",
        encoding="utf-8",
    )
    found = reirradiate(
        once(sets),
        [read_course_file(path, role="prior", ended=None)],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3"]),
        limits=[parse_limit("Rectum:Max[Gy]<=58")],
    )
    row = found.row("Rectum", "Max[Gy]")
    assert row.bounds.high == pytest.approx(28.0 + FULL, abs=1e-4)
    assert row.without_repair is not None
    assert row.without_repair.bounds.high == pytest.approx(28.0 + NONE, abs=1e-4)
    assert row.verdict is Verdict.BORDERLINE


@given(more=st.integers(min_value=0, max_value=20), per_day=st.integers(min_value=2, max_value=3))
def test_a_last_day_that_is_not_full_is_never_counted_as_a_whole_one(more: int, per_day: int) -> None:
    """Without repair within a day, what n fractions are counted as is no less than their days, one by one.

    As one more full day they would be spread over more days than there were doses for.
    """
    n = per_day + more
    course = course_of_regimen(f"{2 * n}Gy/{n} {'BID' if per_day == 2 else 'TID'}", role="prior")
    assert course.fractions_per_day == per_day
    days = [min(per_day, n - done) for done in range(0, n, per_day)]
    day_by_day = sum(float(eqd2(2.0 * fractions, 1, 3.0)) for fractions in days)
    counted = course.without_repair().n_fractions
    assert counted is not None
    assert float(eqd2(2.0 * n, counted, 3.0)) >= day_by_day - 1e-9


@pytest.mark.parametrize(("n", "days"), [(5, 2), (6, 3), (1, 1)])
def test_an_incomplete_last_day_counts_with_the_day_before(sets: ModuleType, n: int, days: int) -> None:
    row = answer(once(sets), twice(sets, gy=15.0, n=n)).row("Rectum", "Mean[Gy]")
    assert row.without_repair is not None
    expected = float(eqd2(15.0, days, 3.0)) + float(eqd2(20.0, 5, 3.0))
    assert row.without_repair.voxel_sum.value == pytest.approx(expected, abs=1e-3)
