"""Protocol schedules as dates, and the conflicts that are found in them."""

from __future__ import annotations

from datetime import date

import pytest

from rtplan.drawing import new_figure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.protocols import Timeline, TimelineChoices, build_timeline, load_protocol, protocol_ids
from rtplan.protocols.timeline import WASHOUT
from rtplan.report import timeline_svg
from rtplan.report.timeline_picture import plot_timeline

MONDAY = date(2025, 1, 6)


def timeline(name: str, start: date = MONDAY, **choices: object) -> Timeline:
    return build_timeline(load_protocol(name), start, TimelineChoices(**choices))  # type: ignore[arg-type]


def span(found: Timeline, step: str, number: int = 0) -> tuple[date | None, date | None]:
    event = found.of(step)[number]
    return event.first, event.last


def test_torch_r_counts_18_weeks_of_toripalimab_in_cycles_of_the_stated_length() -> None:
    found = timeline("torch-r", cycle_days=21)
    cycles = found.of("toripalimab")
    assert [event.first for event in cycles] == [
        date(2025, 1, 6), date(2025, 1, 27), date(2025, 2, 17), date(2025, 3, 10), date(2025, 3, 31),
        date(2025, 4, 21),
    ]  # fmt: skip
    assert cycles[-1].last == date(2025, 5, 11)  # 18 weeks from 6 January
    assert span(found, "decision") == (date(2025, 5, 12), date(2025, 5, 12))
    assert span(found, "toxicity")[1] == date(2025, 8, 9)  # 90 days after 11 May
    assert span(found, "contraception")[1] == date(2025, 11, 11)  # 6 months after 11 May
    assert span(found, "laboratory") == (date(2024, 12, 30), date(2025, 1, 6))  # 7 days before
    assert span(found, "three-years")[0] == date(2028, 1, 6)


def test_without_the_length_of_a_cycle_the_18_weeks_stand_as_one() -> None:
    found = timeline("torch-r")
    assert span(found, "toripalimab") == (date(2025, 1, 6), date(2025, 5, 11))
    assert "the record does not give the length of a cycle: state it" in found.of("toripalimab")[0].notes
    assert any("was not checked" in text for text in found.assumptions)


def test_18_weeks_are_not_divided_into_what_does_not_fit() -> None:
    found = timeline("torch-r", cycle_days=20)
    assert len(found.of("toripalimab")) == 1
    assert "18 weeks are no whole number of cycles of 20 days" in found.of("toripalimab")[0].notes


def test_sparkle_goes_from_cycle_to_sbrt_to_cycles() -> None:
    found = timeline("sparkle", cycle_days=21)
    assert span(found, "induction") == (date(2025, 1, 6), date(2025, 1, 26))
    assert span(found, "sbrt") == (date(2025, 1, 27), date(2025, 1, 31))  # 5 weekdays
    assert span(found, "assessment")[0] == date(2025, 3, 14)  # 6 weeks after 31 January
    cycles = found.of("consolidation")
    assert [event.optional for event in cycles] == [False] * 3 + [True] * 3
    assert cycles[0].first == date(2025, 2, 1)
    assert cycles[2].last == date(2025, 4, 4)
    surgery = found.of("surgery")[0]
    assert (surgery.first, surgery.latest_first) == (date(2025, 4, 5), date(2025, 6, 7))
    assert surgery.not_before


def test_a_stated_number_of_cycles_settles_what_follows() -> None:
    surgery = timeline("sparkle", cycle_days=21, n_cycles={"consolidation": 4}).of("surgery")[0]
    assert (surgery.first, surgery.latest_first) == (date(2025, 4, 26), None)
    with pytest.raises(RtplanValueError, match="7 cycles, but the record gives 3 to 6"):
        timeline("sparkle", cycle_days=21, n_cycles={"consolidation": 7})


def test_what_the_record_leaves_open_has_no_date_and_says_why() -> None:
    found = timeline("sparkle")
    assert span(found, "induction") == (MONDAY, None)
    for step in ("sbrt", "consolidation", "assessment", "surgery"):
        (event,) = found.of(step)
        assert event.first is None
        assert event.reason
    assert found.of("visits")[0].reason == "the record does not say when: state its first day"


def test_visits_come_every_three_months_from_a_stated_day() -> None:
    visits = timeline("sparkle", at={"visits": date(2025, 8, 31)}).of("visits")
    assert [v.first for v in visits] == [
        date(2025, 11, 30), date(2026, 2, 28), date(2026, 5, 31), date(2026, 8, 31),
    ]  # fmt: skip


def test_tracers_fractions_are_not_picked_from_the_conflict() -> None:
    event = timeline("tracer", cycle_days=21).of("radiotherapy")[0]
    assert event.first == date(2025, 2, 17)
    assert event.last is None
    assert event.reason == "the number of fractions is not settled by the record: state it"
    for count, last in ((25, date(2025, 3, 21)), (15, date(2025, 3, 7))):
        found = timeline("tracer", cycle_days=21, fractions={"radiotherapy": count})
        assert span(found, "radiotherapy") == (date(2025, 2, 17), last)


def test_the_oligometastatic_trial_has_its_own_cycles_of_21_days() -> None:
    found = timeline("toripalimab-sbrt-oligomet", fractions={"sbrt": 5})
    assert span(found, "sbrt") == (date(2025, 1, 6), date(2025, 1, 10))
    assert found.of("toripalimab")[0].first == date(2025, 1, 11)
    assert found.of("toripalimab")[3].last == date(2025, 4, 4)
    assert span(found, "response-assessment")[0] == date(2025, 4, 5)  # the end of 4 cycles
    assert span(found, "immune-markers-assessment")[0] == date(2025, 5, 17)
    assert span(found, "toxicity")[1] == date(2025, 11, 16)  # 6 months after 16 May


@pytest.mark.parametrize(
    ("name", "ended", "conflicts", "earliest"),
    [
        ("torch-r", date(2024, 7, 26), 0, date(2025, 1, 26)),
        ("torch-r", date(2024, 7, 27), 0, date(2025, 1, 27)),
        ("torch-r", date(2024, 7, 28), 1, date(2025, 1, 28)),
        ("sparkle", date(2024, 7, 26), 0, date(2025, 1, 27)),
        ("sparkle", date(2024, 7, 27), 1, date(2025, 1, 28)),
    ],
)
def test_radiotherapy_too_soon_after_the_earlier_course_is_a_conflict(
    name: str, ended: date, conflicts: int, earliest: date
) -> None:
    """The first fraction is on 27 January 2025."""
    at = {"radiotherapy": date(2025, 1, 27)} if name == "torch-r" else {}
    found = timeline(name, cycle_days=21, earlier_ended=ended, at=at)
    assert len([c for c in found.conflicts if "radiotherapy-interval" in c.steps]) == conflicts
    assert span(found, WASHOUT)[0] == earliest


def test_sabr_inside_a_cycle_is_a_conflict_and_in_a_break_it_is_none() -> None:
    placed = {"at": {"sabr": date(2025, 2, 17)}, "fractions": {"sabr": 5}, "cycle_days": 21}
    inside = timeline("torch-r", **placed)
    (conflict,) = inside.conflicts
    assert "2025-02-17 to 2025-02-21) lies inside toripalimab with chemotherapy, cycle 3 of 6" in str(
        conflict
    )
    between = timeline("torch-r", **placed, breaks={("toripalimab", 2): 7})
    assert between.conflicts == ()
    assert between.of("toripalimab")[2].first == date(2025, 2, 24)
    on_the_edge = timeline("torch-r", **placed, breaks={("toripalimab", 2): 4})
    assert len(on_the_edge.conflicts) == 1  # the fifth fraction falls on the next cycle's first day


def test_a_step_before_the_one_it_follows_is_a_conflict() -> None:
    found = timeline("sparkle", cycle_days=21, at={"sbrt": date(2025, 1, 20)})
    assert any("SBRT to the recurrence on 2025-01-20, but induction lasts until 2025-01-26" in str(c)
               for c in found.conflicts)  # fmt: skip


def test_a_weekend_is_a_conflict_where_it_was_asked_for_and_moved_where_it_follows() -> None:
    saturday = date(2025, 2, 1)
    found = timeline("torch-r", at={"radiotherapy": saturday})
    assert any("Saturday 2025-02-01 is no treatment day" in str(c) for c in found.conflicts)
    moved = timeline("sparkle", start=date(2025, 1, 11), cycle_days=21).of("sbrt")[0]
    assert moved.first == date(2025, 2, 3)
    assert moved.notes == ("2025-02-01 is no treatment day: moved to 2025-02-03",)


def test_closed_days_are_left_out() -> None:
    found = timeline("sparkle", cycle_days=21, closed=frozenset({date(2025, 1, 27), date(2025, 1, 29)}))
    assert span(found, "sbrt") == (date(2025, 1, 28), date(2025, 2, 4))


def test_an_interval_that_was_not_checked_is_said() -> None:
    assert any("was not checked" in text for text in timeline("torch-r").assumptions)
    placed = timeline("torch-r", earlier_ended=date(2020, 1, 1), at={"radiotherapy": MONDAY})
    assert not any("interval" in text for text in placed.assumptions)


def test_unknown_steps_and_impossible_numbers_are_refused() -> None:
    with pytest.raises(RtplanLookupError, match="no step 'srs'; there are: laboratory"):
        timeline("torch-r", at={"srs": MONDAY})
    with pytest.raises(RtplanValueError, match="a whole number from 1 to 366"):
        timeline("torch-r", cycle_days=0)


@pytest.mark.parametrize("name", protocol_ids())
def test_a_timeline_shows_itself(name: str) -> None:
    found = timeline(name, cycle_days=21, fractions={"sbrt": 5} if "oligomet" in name else {})
    assert load_protocol(name).name in repr(found)
    assert found._repr_html_().startswith("<table>")
    assert len(found.records()) == len(found.events)


def test_the_picture_has_a_row_for_each_dated_step_and_marks_conflicts() -> None:
    found = timeline("torch-r", cycle_days=21, at={"sabr": date(2025, 2, 17)}, fractions={"sabr": 3})
    axes = new_figure(width=6, height=3).add_subplot()
    assert plot_timeline(axes, found) is axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    dated = {event.step for event in found.events if event.first}
    assert len(labels) == len(dated)
    assert sum(label.startswith("conflict: ") for label in labels) == 2  # SABR and the cycles it lies in


def test_the_picture_has_the_same_bytes_each_time() -> None:
    found = timeline("tracer", cycle_days=21)
    assert timeline_svg(found) == timeline_svg(found)
    assert "<svg" in timeline_svg(found)
