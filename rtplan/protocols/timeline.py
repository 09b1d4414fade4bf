"""The schedule of a protocol as dates from a start date, checked for conflicts.

What the record does not give, such as the length of a cycle, has no date until somebody states it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from bed.kinetics import planned_schedule
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import parse_date
from rtplan.protocols.condition import EarlierInterval, NoneWithin, Period, leaves
from rtplan.protocols.judging import Truth, interval_answer
from rtplan.protocols.protocol_file import Criterion, Protocol, Step
from rtplan.protocols.radiotherapy import next_weekday
from rtplan.text import frame_of, table_html

__all__ = ["Conflict", "Event", "Timeline", "TimelineChoices", "build_timeline"]

Value = TypeVar("Value")

WASHOUT: Final = "radiotherapy-washout"
_VISITS_SHOWN: Final = 4
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class TimelineChoices:
    """What the user states beside the start date; nothing has a value unless stated.

    Attributes
    ----------
    cycle_days : int or None
        Length of a cycle, for records that do not give it.
    n_cycles : mapping of str to int
        Number of cycles of a step, within the record's range.
    fractions : mapping of str to int
        Number of fractions of a step, one on each weekday.
    at : mapping of str to date
        First day of a step.
    breaks : mapping of (str, int) to int
        Days without treatment after a cycle of a step: where SABR may lie.
    earlier_ended : date or None
        Last fraction of the latest earlier course.
    closed : collection of date
        Weekdays without radiotherapy.
    """

    cycle_days: int | None = None
    n_cycles: Mapping[str, int] = field(default_factory=dict)
    fractions: Mapping[str, int] = field(default_factory=dict)
    at: Mapping[str, date] = field(default_factory=dict)
    breaks: Mapping[tuple[str, int], int] = field(default_factory=dict)
    earlier_ended: date | None = None
    closed: Collection[date] = ()

    def __post_init__(self) -> None:
        counts = (self.cycle_days, *self.n_cycles.values(), *self.fractions.values(), *self.breaks.values())
        for count in counts:
            if count is not None and not 1 <= count <= 366:
                raise RtplanValueError(f"{count}: a whole number from 1 to 366 is needed")

    @classmethod
    def of_words(
        cls,
        *,
        cycle_days: int | None = None,
        cycles: Sequence[str] = (),
        fractions: Sequence[str] = (),
        at: Sequence[str] = (),
        breaks: Sequence[str] = (),
        earlier_ended: str | None = None,
        closed: Sequence[str] = (),
    ) -> TimelineChoices:
        """Read choices as people write them.

        Parameters
        ----------
        cycle_days : int, optional
        cycles, fractions : sequence of str
            ``STEP=N``.
        at : sequence of str
            ``STEP=DATE``.
        breaks : sequence of str
            ``STEP:K=DAYS``, days without treatment after cycle K.
        earlier_ended : str, optional
            A date.
        closed : sequence of str
            Dates.

        Raises
        ------
        RtplanValueError
            If something is not written so.

        Examples
        --------
        >>> TimelineChoices.of_words(cycles=["toripalimab=4"], breaks=["toripalimab:2=7"]).breaks
        {('toripalimab', 2): 7}
        """
        return cls(
            cycle_days=cycle_days,
            n_cycles=dict(_pair(text, "--cycles", _count) for text in cycles),
            fractions=dict(_pair(text, "--fractions", _count) for text in fractions),
            at=dict(_pair(text, "--at", parse_date) for text in at),
            breaks=dict(_break(text) for text in breaks),
            earlier_ended=parse_date(earlier_ended) if earlier_ended else None,
            closed=frozenset(map(parse_date, closed)),
        )


def _pair(text: str, option: str, read: Callable[[str], Value]) -> tuple[str, Value]:
    """Read ``STEP=VALUE``."""
    step, equals, value = text.partition("=")
    if not equals or not step.strip() or not value.strip():
        raise RtplanValueError(f"{option} {text!r}: write STEP=VALUE")
    return step.strip(), read(value.strip())


def _count(text: str) -> int:
    if not text.isdecimal():
        raise RtplanValueError(f"{text!r} is no whole number")
    return int(text)


def _break(text: str) -> tuple[tuple[str, int], int]:
    """Read ``STEP:K=DAYS``."""
    place, days = _pair(text, "--break", _count)
    step, colon, cycle = place.partition(":")
    if not colon:
        raise RtplanValueError(f"--break {text!r}: write STEP:K=DAYS, such as toripalimab:2=7")
    return (step, _count(cycle)), days


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the timeline.

    Attributes
    ----------
    step : str
        Id of the protocol's step.
    kind, label, text, source : str
    first, last : date or None
        With the fewest cycles; None where a date cannot be computed.
    latest_first, latest_last : date or None
        With the most cycles, where that differs.
    optional : bool
        A cycle beyond the fewest.
    not_before : bool
        The record says only that it follows: not earlier than this.
    reason : str or None
        Why there is no date.
    notes : tuple of str
    """

    step: str
    kind: str
    label: str
    text: str
    source: str
    first: date | None = None
    last: date | None = None
    latest_first: date | None = None
    latest_last: date | None = None
    optional: bool = False
    not_before: bool = False
    reason: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two things that do not go together.

    Attributes
    ----------
    text : str
    steps : tuple of str
    """

    text: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A protocol's schedule.

    Attributes
    ----------
    protocol : Protocol
    start : date
    events : tuple of Event
    conflicts : tuple of Conflict
    assumptions : tuple of str
        What the dates rest on, and what was not checked.
    """

    protocol: Protocol
    start: date
    events: tuple[Event, ...]
    conflicts: tuple[Conflict, ...]
    assumptions: tuple[str, ...]

    def of(self, step: str) -> tuple[Event, ...]:
        """Return the events of one step."""
        return tuple(event for event in self.events if event.step == step)

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each event, ready for a data frame."""
        return [
            {
                "step": event.step,
                "label": event.label,
                "first_day": event.first,
                "last_day": event.last,
                "latest_first_day": event.latest_first,
                "latest_last_day": event.latest_last,
                "optional": event.optional,
                "not_before": event.not_before,
                "reason": event.reason,
            }
            for event in self.events
        ]

    def __repr__(self) -> str:
        return (
            f"<Timeline of {self.protocol.name} from {self.start}: {len(self.events)} events, "
            f"{len(self.conflicts)} conflicts>"
        )

    def to_frame(self) -> Any:
        """Return `records` as a pandas frame; needs pandas."""
        return frame_of(self.records())

    def _repr_html_(self) -> str:
        rows = [
            [e.label, *(str(day) if day else None for day in (e.first, e.last, e.latest_last)), e.reason]
            for e in self.events
        ]
        columns = ("step", "first day", "last day", "latest", "open")
        notes = [*(f"conflict: {conflict}" for conflict in self.conflicts), *self.assumptions]
        return table_html(f"{self.protocol.name} from {self.start}", columns, rows, notes=notes)


@dataclass(frozen=True, kw_only=True)
class _Anchor:
    """A day to count from, earliest and latest, or why there is none."""

    day: date | None = None
    latest: date | None = None
    reason: str | None = None

    def moved(self, move: Callable[[date], date]) -> _Anchor:
        return _Anchor(
            day=move(self.day) if self.day else None,
            latest=move(self.latest) if self.latest else None,
            reason=self.reason,
        )


def build_timeline(protocol: Protocol, start: date, choices: TimelineChoices | None = None) -> Timeline:
    """Compute the dates of a protocol.

    Parameters
    ----------
    protocol : Protocol
    start : date
        First day of the protocol's treatment.
    choices : TimelineChoices, optional

    Returns
    -------
    Timeline

    Raises
    ------
    RtplanLookupError
        A choice for a step that the protocol does not have.
    RtplanValueError
        A number of cycles outside the record's range.

    Examples
    --------
    >>> from rtplan.protocols import load_protocol
    >>> trial = load_protocol("sparkle")
    >>> found = build_timeline(trial, date(2025, 1, 6), TimelineChoices(cycle_days=21))
    >>> [(e.first.isoformat(), e.last.isoformat()) for e in found.of("sbrt")]
    [('2025-01-27', '2025-01-31')]
    >>> found.of("assessment")[0].first
    datetime.date(2025, 3, 14)
    """
    chosen = choices or TimelineChoices()
    _refuse_unknown_steps(protocol, chosen)
    events: list[Event] = list(_washouts(protocol, chosen))
    for step in protocol.steps:
        events += _events(step, protocol, start, chosen, events)
    return Timeline(
        protocol=protocol,
        start=start,
        events=tuple(events),
        conflicts=tuple(_conflicts(protocol, chosen, events)),
        assumptions=tuple(_assumptions(protocol, chosen, events)),
    )


def _refuse_unknown_steps(protocol: Protocol, chosen: TimelineChoices) -> None:
    known = [step.id for step in protocol.steps]
    named = (*chosen.n_cycles, *chosen.fractions, *chosen.at, *(step for step, _ in chosen.breaks))
    for name in named:
        if name not in known:
            raise RtplanLookupError(f"{protocol.name} has no step {name!r}; there are: {', '.join(known)}")


def _interval_rules(protocol: Protocol) -> list[tuple[Criterion, NoneWithin | EarlierInterval]]:
    return [
        (criterion, leaf)
        for criterion in protocol.criteria
        for leaf in leaves(criterion.condition)
        if isinstance(leaf, (NoneWithin, EarlierInterval))
    ]


def _washouts(protocol: Protocol, chosen: TimelineChoices) -> list[Event]:
    """The first day that each rule on the interval leaves for radiotherapy."""
    found = []
    for criterion, rule in _interval_rules(protocol):
        base = Event(
            step=WASHOUT,
            kind="washout",
            label=f"earliest first fraction: {rule}",
            text=criterion.text,
            source=criterion.source,
            not_before=True,
        )
        if chosen.earlier_ended is None:
            found.append(replace(base, reason="no earlier radiotherapy was stated"))
            continue
        strict = isinstance(rule, EarlierInterval) and rule.comparison == ">"
        day = rule.period.after(chosen.earlier_ended) + (_ONE_DAY if strict else timedelta())
        found.append(replace(base, first=day, last=day))
    return found


def _events(
    step: Step, protocol: Protocol, start: date, chosen: TimelineChoices, before: Sequence[Event]
) -> list[Event]:
    """All lines of one step."""
    anchor = _first_day(step, start, chosen, before)
    base = Event(
        step=step.id,
        kind=step.kind,
        label=step.label,
        text=step.text,
        source=step.source,
        not_before=step.not_before and step.id not in chosen.at,
    )
    if anchor.day is None:
        return [replace(base, reason=anchor.reason)]
    return _BUILDERS[step.kind](step, base, anchor, protocol, chosen)


def _first_day(step: Step, start: date, chosen: TimelineChoices, before: Sequence[Event]) -> _Anchor:
    """Where a step begins: as stated, from the start, or from a step before it."""
    if step.id in chosen.at:
        return _Anchor(day=chosen.at[step.id])
    if not step.after:
        return _Anchor(reason="the record does not say when: state its first day")
    offset = step.offset.after if step.offset else (lambda day: day)
    if step.after == "start":
        return _Anchor(day=start).moved(offset)
    anchor = _anchor_on(step, [event for event in before if event.step == step.after])
    if step.from_end and step.offset is None:
        return anchor.moved(lambda day: day + _ONE_DAY)
    return anchor.moved(offset)


def _anchor_on(step: Step, events: Sequence[Event]) -> _Anchor:
    """First or last day of an earlier step; with the most cycles where that is later."""
    missing = f"it follows {step.after}, which has no date" if any(event.reason for event in events) else None
    if step.until_cycle is not None:
        events = [event for event in events if not event.optional][: step.until_cycle]
    surely = [event for event in events if not event.optional]
    if not step.from_end:
        first = surely[0]
        return _Anchor(day=first.first, latest=first.latest_first, reason=missing)
    last = surely[-1].last
    if last is None:
        return _Anchor(reason=missing)
    latest = [day for event in events if (day := event.latest_last or event.last)]
    return _Anchor(day=last, latest=max(latest) if max(latest) > last else None)


_Builder = Callable[[Step, Event, _Anchor, Protocol, TimelineChoices], list[Event]]


def _one_day(
    step: Step, base: Event, anchor: _Anchor, protocol: Protocol, chosen: TimelineChoices
) -> list[Event]:
    return [
        replace(
            base, first=anchor.day, last=anchor.day, latest_first=anchor.latest, latest_last=anchor.latest
        )
    ]


def _period(
    step: Step, base: Event, anchor: _Anchor, protocol: Protocol, chosen: TimelineChoices
) -> list[Event]:
    assert anchor.day is not None
    if step.duration is None:
        return [replace(base, first=anchor.day, reason="the record does not say how long")]
    length = step.duration
    latest = anchor.latest
    return [
        replace(
            base,
            first=anchor.day,
            last=length.after(anchor.day - _ONE_DAY),
            latest_first=latest,
            latest_last=length.after(latest - _ONE_DAY) if latest else None,
        )
    ]


def _visits(
    step: Step, base: Event, anchor: _Anchor, protocol: Protocol, chosen: TimelineChoices
) -> list[Event]:
    """The first visits; how long they go on is not said."""
    assert anchor.day is not None
    assert step.every is not None
    found = []
    for number in range(1, _VISITS_SHOWN + 1):
        day = Period(count=step.every.count * number, unit=step.every.unit).after(anchor.day)
        found.append(replace(base, label=f"{step.label} {number}", first=day, last=day))
    return found


def _cycles(
    step: Step, base: Event, anchor: _Anchor, protocol: Protocol, chosen: TimelineChoices
) -> list[Event]:
    """Cycle by cycle; as one span where only its whole length is known."""
    assert anchor.day is not None
    length = step.cycle_days or chosen.cycle_days
    fewest, most, trouble = _cycle_numbers(step, length, chosen)
    if length is None or trouble is not None:
        if step.duration is not None:
            whole = _period(step, base, anchor, protocol, chosen)[0]
            return [replace(whole, kind="period", notes=(trouble or _NO_CYCLE_LENGTH,))]
        return [replace(base, first=anchor.day, latest_first=anchor.latest, reason=_NO_CYCLE_LENGTH)]
    found, shift = [], timedelta()
    for number in range(1, most + 1):
        first = anchor.day + timedelta(days=(number - 1) * length) + shift
        last = first + timedelta(days=length - 1)
        later = anchor.latest - anchor.day if anchor.latest else None
        found.append(
            replace(
                base,
                label=f"{step.label}, cycle {number} of {_range(fewest, most)}",
                first=first,
                last=last,
                latest_first=first + later if later else None,
                latest_last=last + later if later else None,
                optional=number > fewest,
                not_before=base.not_before and number == 1,
            )
        )
        shift += timedelta(days=chosen.breaks.get((step.id, number), 0))
    return found


_NO_CYCLE_LENGTH: Final = "the record does not give the length of a cycle: state it"


def _range(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest} to {most}"


def _cycle_numbers(step: Step, length: int | None, chosen: TimelineChoices) -> tuple[int, int, str | None]:
    """Fewest and most cycles, or why a step cannot be divided into cycles."""
    if step.n_cycles is None:
        if length is None or step.duration is None:
            return 0, 0, _NO_CYCLE_LENGTH
        days = (step.duration.after(date(2001, 1, 1)) - date(2001, 1, 1)).days
        if days % length:
            return 0, 0, f"{step.duration} are no whole number of cycles of {length} days"
        return days // length, days // length, None
    fewest, most = step.n_cycles
    asked = chosen.n_cycles.get(step.id)
    if asked is None:
        return fewest, most, None
    if not fewest <= asked <= most:
        raise RtplanValueError(f"{step.id}: {asked} cycles, but the record gives {_range(fewest, most)}")
    return asked, asked, None


def _fractions(
    step: Step, base: Event, anchor: _Anchor, protocol: Protocol, chosen: TimelineChoices
) -> list[Event]:
    """One fraction on each weekday from the first possible day."""
    assert anchor.day is not None
    count = _n_fractions(step, protocol, chosen)
    first = _treatment_day(anchor.day, chosen.closed)
    notes = (f"{anchor.day} is no treatment day: moved to {first}",) if first != anchor.day else ()
    if count is None:
        reason = "the number of fractions is not settled by the record: state it"
        return [replace(base, first=first, reason=reason, notes=notes)]
    latest = _treatment_day(anchor.latest, chosen.closed) if anchor.latest else None
    return [
        replace(
            base,
            label=f"{step.label}, {count} fractions",
            first=first,
            last=_last_fraction(first, count, chosen),
            latest_first=latest,
            latest_last=_last_fraction(latest, count, chosen) if latest else None,
            notes=notes,
        )
    ]


def _n_fractions(step: Step, protocol: Protocol, chosen: TimelineChoices) -> int | None:
    """As stated; else the protocol's, where all its regimens agree."""
    if step.id in chosen.fractions:
        return chosen.fractions[step.id]
    if step.kind == "sabr":
        return None
    counts = {entry.low.n_fractions for entry in protocol.regimens}
    return counts.pop() if len(counts) == 1 else None


def _treatment_day(day: date, closed: Collection[date]) -> date:
    day = next_weekday(day)
    while day in closed:
        day = next_weekday(day + _ONE_DAY)
    return day


def _last_fraction(first: date, count: int, chosen: TimelineChoices) -> date:
    return planned_schedule(count, first_day=first, closed=chosen.closed).days[-1]


_BUILDERS: Final[Mapping[str, _Builder]] = {
    "cycles": _cycles,
    "radiotherapy": _fractions,
    "sabr": _fractions,
    "period": _period,
    "day": _one_day,
    "visits": _visits,
}


def _conflicts(protocol: Protocol, chosen: TimelineChoices, events: Sequence[Event]) -> list[Conflict]:
    return [
        *_interval_conflicts(protocol, chosen, events),
        *_inside_cycles(protocol, events),
        *_out_of_order(protocol, chosen, events),
        *_no_treatment_days(protocol, chosen),
    ]


def _radiotherapy(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.kind in ("radiotherapy", "sabr") and event.first is not None]


def _interval_conflicts(
    protocol: Protocol, chosen: TimelineChoices, events: Sequence[Event]
) -> list[Conflict]:
    """Radiotherapy too soon after the earlier course."""
    found = []
    for criterion, rule in _interval_rules(protocol):
        for event in _radiotherapy(events):
            if chosen.earlier_ended is None:
                continue
            answer = interval_answer(
                rule, ended=chosen.earlier_ended, starts=event.first, label="the earlier course"
            )
            if answer.truth is not Truth.YES:
                told = answer.value or "; ".join(answer.reasons)
                found.append(
                    Conflict(
                        text=f"{event.label}: {told}; the record asks {rule}",
                        steps=(event.step, criterion.id),
                    )
                )
    return found


def _inside_cycles(protocol: Protocol, events: Sequence[Event]) -> list[Conflict]:
    """Treatment that belongs between cycles, on a day of a cycle."""
    apart = {step.id for step in protocol.steps if step.between_cycles}
    cycles = [(event, span) for event in events if event.kind == "cycles" and (span := _span(event))]
    found = []
    for event in _radiotherapy(events):
        span = _span(event)
        if event.step not in apart or span is None:
            continue
        for cycle, days in cycles:
            if span[0] <= days[1] and days[0] <= span[1]:
                text = f"{event.label} ({_days(span)}) lies inside {cycle.label} ({_days(days)})"
                found.append(Conflict(text=text, steps=(event.step, cycle.step)))
    return found


def _span(event: Event) -> tuple[date, date] | None:
    """First and last day; the first alone where the last is not known."""
    return None if event.first is None else (event.first, event.last or event.first)


def _days(span: tuple[date, date]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"


def _out_of_order(protocol: Protocol, chosen: TimelineChoices, events: Sequence[Event]) -> list[Conflict]:
    """A day that was stated, before the step it follows has ended."""
    found = []
    for step in protocol.steps:
        ends = [e.last for e in events if e.step == step.after and e.last and not e.optional]
        if step.id in chosen.at and step.from_end and ends and chosen.at[step.id] <= max(ends):
            text = f"{step.label} on {chosen.at[step.id]}, but {step.after} lasts until {max(ends)}"
            found.append(Conflict(text=text, steps=(step.id, step.after)))
    return found


def _no_treatment_days(protocol: Protocol, chosen: TimelineChoices) -> list[Conflict]:
    found = []
    for step in protocol.steps:
        day = chosen.at.get(step.id)
        if step.kind in ("radiotherapy", "sabr") and day and _treatment_day(day, chosen.closed) != day:
            text = f"{step.label}: {day:%A} {day} is no treatment day"
            found.append(Conflict(text=text, steps=(step.id,)))
    return found


def _assumptions(protocol: Protocol, chosen: TimelineChoices, events: Sequence[Event]) -> list[str]:
    told = []
    if any(event.last for event in _radiotherapy(events)):
        closed = (
            f", {len(chosen.closed)} closed days left out" if chosen.closed else "; holidays are not known"
        )
        told.append(f"one fraction on each weekday{closed}")
    if chosen.cycle_days is not None and any(
        s.kind == "cycles" and s.cycle_days is None for s in protocol.steps
    ):
        told.append(f"cycles of {chosen.cycle_days} days as stated; the record does not give their length")
    if any(step.kind == "cycles" and step.duration for step in protocol.steps):
        told.append("the last day of a drug is taken as the end of its whole period, breaks included")
    if _interval_rules(protocol) and chosen.earlier_ended is None:
        told.append(
            "the interval from earlier radiotherapy was not checked: no earlier radiotherapy was stated"
        )
    elif _interval_rules(protocol) and not _radiotherapy(events):
        told.append("the interval from earlier radiotherapy was not checked: radiotherapy has no date")
    return [*told, *_unchecked_cycles(protocol, events)]


def _unchecked_cycles(protocol: Protocol, events: Sequence[Event]) -> list[str]:
    """Why it was not checked whether a treatment lies inside a cycle."""
    undivided = {step.id for step in protocol.steps if step.kind == "cycles"} - {
        event.step for event in events if event.kind == "cycles" and event.last
    }
    told = []
    for step in protocol.steps:
        placed = any(event.first for event in events if event.step == step.id)
        if step.between_cycles and (undivided or not placed):
            why = "the cycles have no dates" if placed else "it has no date"
            told.append(f"whether {step.label} lies inside a cycle was not checked: {why}")
    return told
