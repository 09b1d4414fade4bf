"""Conditions that criteria are made of: data that say what to look at, compared with what.

A condition is one table of a protocol file. Comparators are those of the record's own wording: ``<`` is not
``<=``. Which answer a condition has for a patient is computed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, get_args

from rtplan.errors import RtplanValueError
from rtplan.interval import add_months
from rtplan.protocols.facts import ULN, Fact

__all__ = [
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "DatedWithin",
    "DistanceIs",
    "EarlierDose",
    "EarlierInterval",
    "EventWithin",
    "Is",
    "Judgement",
    "LastedFor",
    "MetastasesAre",
    "NoEarlierRadiotherapy",
    "NoneWithin",
    "NotAfter",
    "NumberIs",
    "OneOf",
    "Period",
    "RegimenInBand",
    "SabrToAll",
    "When",
    "leaves",
    "parse_condition",
]

Comparison = Literal["<", "<=", ">", ">=", "between"]
MetastasisMeasure = Literal["number", "organs", "largest_diameter", "total_volume"]

_LONGEST: Final = 1000
_MEASURE_UNITS: Final = {
    "number": ("",),
    "organs": ("",),
    "largest_diameter": ("mm", "cm"),
    "total_volume": ("cc",),
}
_MEASURE_WORDS: Final = {
    "number": "number of {}metastases",
    "organs": "number of organs with {}metastases",
    "largest_diameter": "largest diameter of a {}metastasis",
    "total_volume": "total volume of {}metastases",
}


@dataclass(frozen=True, kw_only=True)
class Period:
    """A length of time as a record states it.

    Attributes
    ----------
    count : int
    unit : {"days", "weeks", "months", "years"}
        Months and years are those of the calendar, clamped to the end of a shorter month.

    Examples
    --------
    >>> Period(count=6, unit="months").after(date(2023, 8, 31))
    datetime.date(2024, 2, 29)
    """

    count: int
    unit: Literal["days", "weeks", "months", "years"]

    def after(self, day: date) -> date:
        """Return the day that lies this long after another."""
        if self.unit in ("months", "years"):
            return add_months(day, self.count * (12 if self.unit == "years" else 1))
        return day + timedelta(days=self.count * (7 if self.unit == "weeks" else 1))

    def before(self, day: date) -> date:
        """Return the day that lies this long before another."""
        return Period(count=-self.count, unit=self.unit).after(day)

    def __str__(self) -> str:
        return f"{self.count} {self.unit.removesuffix('s') if abs(self.count) == 1 else self.unit}"


@dataclass(frozen=True, kw_only=True)
class NumberIs:
    """A number of the patient file compared with a limit; `between` includes both ends."""

    fact: Fact
    comparison: Comparison
    limit: float
    high: float | None
    unit: str

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.comparison == "between":
            return f"{self.fact.label} {self.limit:g} to {self.high:g}{unit}"
        return f"{self.fact.label} {self.comparison} {self.limit:g}{unit}"


@dataclass(frozen=True, kw_only=True)
class Is:
    """A yes or no of the patient file."""

    fact: Fact
    expected: bool

    def __str__(self) -> str:
        return f"{'' if self.expected else 'not: '}{self.fact.label}"


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """A choice of the patient file."""

    fact: Fact
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fact.label}: {' or '.join(self.allowed)}"


@dataclass(frozen=True, kw_only=True)
class EventWithin:
    """Something happened less than `within` before a day; ever, where there is no period.

    On the anniversary the period has passed.
    """

    fact: Fact
    within: Period | None
    before: Fact | None

    def __str__(self) -> str:
        if self.within is None or self.before is None:
            return self.fact.label
        return f"{self.fact.label} within {self.within} before {self.before.label}"


@dataclass(frozen=True, kw_only=True)
class DatedWithin:
    """A date lies at most `within` before another day, and not after it."""

    fact: Fact
    within: Period
    before: Fact

    def __str__(self) -> str:
        return f"{self.fact.label} within {self.within} before {self.before.label}"


@dataclass(frozen=True, kw_only=True)
class NotAfter:
    """One date is not later than another."""

    fact: Fact
    other: Fact

    def __str__(self) -> str:
        return f"{self.fact.label} not after {self.other.label}"


@dataclass(frozen=True, kw_only=True)
class LastedFor:
    """The time between two dates in calendar months; "more than" needs a day after the anniversary."""

    start: Fact
    end: Fact
    comparison: Literal[">", ">="]
    period: Period

    def __str__(self) -> str:
        return f"from {self.start.label} to {self.end.label} {_how_long(self.comparison)} {self.period}"


@dataclass(frozen=True, kw_only=True)
class NoEarlierRadiotherapy:
    """The patient had no radiotherapy before."""

    def __str__(self) -> str:
        return "no earlier radiotherapy"


@dataclass(frozen=True, kw_only=True)
class NoneWithin:
    """No earlier radiotherapy less than `period` before the new course; on the anniversary it has passed."""

    period: Period

    def __str__(self) -> str:
        return f"no radiotherapy within {self.period} before the first fraction"


@dataclass(frozen=True, kw_only=True)
class EarlierInterval:
    """From the last fraction of every earlier course to the first of the new one."""

    comparison: Literal[">", ">="]
    period: Period

    def __str__(self) -> str:
        return (
            f"{_how_long(self.comparison)} {self.period} from the last earlier fraction "
            "to the first fraction of the new course"
        )


@dataclass(frozen=True, kw_only=True)
class EarlierDose:
    """Physical dose of the earlier courses, added up, Gy."""

    comparison: Literal["<", "<="]
    limit_gy: float

    def __str__(self) -> str:
        return f"earlier radiotherapy dose {self.comparison} {self.limit_gy:g} Gy"


@dataclass(frozen=True, kw_only=True)
class RegimenInBand:
    """The planned regimen is one of the protocol's for a patient with this history."""

    def __str__(self) -> str:
        return "a regimen of the protocol"


@dataclass(frozen=True, kw_only=True)
class SabrToAll:
    """SABR is planned to every metastasis."""

    def __str__(self) -> str:
        return "SABR planned to every metastasis"


@dataclass(frozen=True, kw_only=True)
class MetastasesAre:
    """Something counted or measured on the list of metastases, of one organ or of all."""

    measure: MetastasisMeasure
    organ: str
    comparison: Literal["<", "<=", ">", ">="]
    limit: float
    unit: str

    def __str__(self) -> str:
        what = _MEASURE_WORDS[self.measure].format(f"{self.organ} " if self.organ else "")
        return f"{what} {self.comparison} {self.limit:g}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True, kw_only=True)
class DistanceIs:
    """Smallest distance between a target and an organ, mm, from contours or as measured."""

    target: str
    organ: str
    comparison: Literal["<", "<="]
    limit_mm: float
    measured: Fact | None

    def __str__(self) -> str:
        return f"{self.target} to {self.organ} {self.comparison} {self.limit_mm:g} mm"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What only a clinician can say."""

    question: str

    def __str__(self) -> str:
        return f"a clinician judges: {self.question}"


@dataclass(frozen=True, kw_only=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return _joined(self.parts, " and ")


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return _joined(self.parts, " or ")


@dataclass(frozen=True, kw_only=True)
class When:
    """One condition for patients of a kind, another for the rest."""

    when: Condition
    then: Condition
    otherwise: Condition

    def __str__(self) -> str:
        return f"{self.otherwise}; with {self.when}: {self.then}"


Leaf = (
    NumberIs
    | Is
    | OneOf
    | EventWithin
    | DatedWithin
    | NotAfter
    | LastedFor
    | NoEarlierRadiotherapy
    | NoneWithin
    | EarlierInterval
    | EarlierDose
    | RegimenInBand
    | SabrToAll
    | MetastasesAre
    | DistanceIs
    | Judgement
)
Condition = Leaf | AllOf | AnyOf | When


def _how_long(comparison: str) -> str:
    return "more than" if comparison == ">" else "at least"


def _joined(parts: tuple[Condition, ...], word: str) -> str:
    return word.join(f"({part})" if isinstance(part, (AllOf, AnyOf, When)) else str(part) for part in parts)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Return the single questions that a condition asks, in order.

    Parameters
    ----------
    condition : Condition

    Examples
    --------
    >>> [str(leaf) for leaf in leaves(AllOf(parts=(NoEarlierRadiotherapy(), RegimenInBand())))]
    ['no earlier radiotherapy', 'a regimen of the protocol']
    """
    if isinstance(condition, (AllOf, AnyOf)):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, When):
        for part in (condition.when, condition.then, condition.otherwise):
            yield from leaves(part)
    else:
        yield condition


def parse_condition(table: Any, facts: Mapping[str, Fact]) -> tuple[Condition | None, list[str]]:
    """Read one condition of a protocol file; mistakes are returned, so that a file shows all at once.

    Parameters
    ----------
    table : mapping
        As in TOML, such as ``{"number": "patient.ecog", "is": "<=", "limit": 1}``.
    facts : mapping of str to Fact
        The keys that patient files may hold.

    Returns
    -------
    Condition or None, list of str

    Examples
    --------
    >>> from rtplan.protocols.facts import shared_facts
    >>> table = {"number": "laboratory.bilirubin", "is": ">", "limit": 1.5, "unit": "ULN"}
    >>> print(parse_condition(table, shared_facts())[0])
    total bilirubin > 1.5 ULN
    """
    kinds = [kind for kind in _READERS if isinstance(table, dict) and kind in table]
    if len(kinds) != 1:
        return None, [f"a condition has exactly one of {', '.join(_READERS)}"]
    reader, allowed = _READERS[kinds[0]]
    unknown = [entry for entry in table if entry not in (kinds[0], *allowed)]
    if unknown:
        entries = ", ".join(allowed) or "nothing else"
        return None, [
            f"{kinds[0]}: unknown entry {', '.join(map(repr, unknown))}; allowed beside it: {entries}"
        ]
    try:
        return reader(_Table(table, facts)), []
    except _Mistakes as found:
        return None, [f"{kinds[0]}: {text}" for text in found.texts]
    except RtplanValueError as found:
        return None, [f"{kinds[0]}: {found}"]


class _Mistakes(Exception):  # noqa: N818 - what it carries, not what it is
    """Mistakes found inside parts of a condition."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__("; ".join(texts))
        self.texts = texts


class _Table:
    """A condition's table beside the keys it may name."""

    def __init__(self, entries: Mapping[str, Any], facts: Mapping[str, Fact]) -> None:
        self.entries, self.facts = entries, facts

    def fact(self, entry: str, *kinds: str) -> Fact:
        key = self.entries.get(entry)
        if not isinstance(key, str) or key not in self.facts:
            raise RtplanValueError(
                f"{entry} names {key!r}, which is no key of a patient file; define it under [facts]"
            )
        fact = self.facts[key]
        if fact.kind not in kinds:
            raise RtplanValueError(f"{key} is a {fact.kind}, not a {' or '.join(kinds)}")
        return fact

    def comparison(self, *allowed: str) -> Any:
        found = self.entries.get("is")
        if not isinstance(found, str) or found not in allowed:
            raise RtplanValueError(f"is = {found!r}: one of {', '.join(allowed)} is needed")
        return found

    def limit(self, entry: str = "limit") -> float:
        found = self.entries.get(entry)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise RtplanValueError(f"{entry} = {found!r}: a number is needed")
        return float(found)

    def unit(self, *allowed: str) -> str:
        found = self.entries.get("unit", "")
        if not isinstance(found, str) or found not in allowed:
            raise RtplanValueError(f"unit {found!r}: one of {', '.join(map(repr, allowed))} is needed")
        return str(found)

    def period(self, entry: str) -> Period:
        return period_of(self.entries.get(entry), entry)

    def parts(self, entry: str) -> tuple[Condition, ...]:
        tables = self.entries[entry]
        if not isinstance(tables, list) or len(tables) < 2:
            raise RtplanValueError("a list of two or more conditions is needed")
        return self._read(tables)

    def part(self, entry: str) -> Condition:
        return self._read([self.entries.get(entry)])[0]

    def _read(self, tables: list[Any]) -> tuple[Condition, ...]:
        read = [parse_condition(table, self.facts) for table in tables]
        mistakes = [text for _, texts in read for text in texts]
        if mistakes:
            raise _Mistakes(mistakes)
        return tuple(condition for condition, _ in read if condition is not None)


def period_of(table: Any, entry: str) -> Period:
    """Read ``{months = 6}``, ``{days = 7}`` and the like."""
    units = ("days", "weeks", "months", "years")
    if isinstance(table, dict) and len(table) == 1:
        ((unit, count),) = table.items()
        if unit in units and type(count) is int and abs(count) <= _LONGEST:
            return Period(count=count, unit=unit)
    raise RtplanValueError(f"{entry} = {table!r}: write a whole number such as {{ months = 6 }}")


def _number(table: _Table) -> Condition:
    fact = table.fact("number", "number", "quantity")
    if "between" in table.entries:
        ends = table.entries["between"]
        plain = isinstance(ends, list) and len(ends) == 2 and all(type(end) in (int, float) for end in ends)
        if "is" in table.entries or not (plain and ends[0] < ends[1]):
            raise RtplanValueError("between = [low, high] stands alone, without is and limit")
        return NumberIs(
            fact=fact,
            comparison="between",
            limit=float(ends[0]),
            high=float(ends[1]),
            unit=_unit(table, fact),
        )
    comparison = table.comparison("<", "<=", ">", ">=")
    return NumberIs(fact=fact, comparison=comparison, limit=table.limit(), high=None, unit=_unit(table, fact))


def _unit(table: _Table, fact: Fact) -> str:
    """The unit of a limit: the fact's own, said again so that a reader sees it, or a multiple of ULN."""
    return table.unit(*((fact.unit, ULN) if fact.has_uln else (fact.unit,)))


def _event(table: _Table) -> Condition:
    fact = table.fact("event", "event")
    if "within" not in table.entries and "before" not in table.entries:
        return EventWithin(fact=fact, within=None, before=None)
    return EventWithin(fact=fact, within=table.period("within"), before=table.fact("before", "date"))


def _date(table: _Table) -> Condition:
    fact = table.fact("date", "date")
    if "not_after" in table.entries:
        return NotAfter(fact=fact, other=table.fact("not_after", "date"))
    return DatedWithin(fact=fact, within=table.period("within"), before=table.fact("before", "date"))


def _lasted(table: _Table) -> Condition:
    return LastedFor(
        start=table.fact("from", "date"),
        end=table.fact("to", "date"),
        comparison=table.comparison(">", ">="),
        period=table.period("lasted"),
    )


def _radiotherapy(table: _Table) -> Condition:
    asked = table.entries["radiotherapy"]
    if asked == "none":
        return NoEarlierRadiotherapy()
    if asked == "none_within":
        return NoneWithin(period=table.period("period"))
    if asked == "interval":
        return EarlierInterval(comparison=table.comparison(">", ">="), period=table.period("period"))
    if asked == "earlier_dose":
        table.unit("Gy")
        return EarlierDose(comparison=table.comparison("<", "<="), limit_gy=table.limit())
    if asked == "regimen":
        return RegimenInBand()
    if asked == "sabr_to_all_metastases":
        return SabrToAll()
    raise RtplanValueError(
        f"{asked!r} is none of none, none_within, interval, earlier_dose, regimen, sabr_to_all_metastases"
    )


def _metastases(table: _Table) -> Condition:
    measure = table.entries["metastases"]
    if measure not in get_args(MetastasisMeasure):
        raise RtplanValueError(f"{measure!r} is none of {', '.join(get_args(MetastasisMeasure))}")
    return MetastasesAre(
        measure=measure,
        organ=str(table.entries.get("organ", "")),
        comparison=table.comparison("<", "<=", ">", ">="),
        limit=table.limit(),
        unit=table.unit(*_MEASURE_UNITS[measure]),
    )


def _distance(table: _Table) -> Condition:
    ends = str(table.entries["distance"]).split(" to ")
    if len(ends) != 2:
        raise RtplanValueError('written "GTV to SpinalCord"')
    table.unit("mm")
    return DistanceIs(
        target=ends[0],
        organ=ends[1],
        comparison=table.comparison("<", "<="),
        limit_mm=table.limit(),
        measured=table.fact("measured", "number") if "measured" in table.entries else None,
    )


def _choice(table: _Table) -> Condition:
    fact = table.fact("choice", "choice")
    allowed = table.entries.get("among")
    if not isinstance(allowed, list) or not allowed or not all(one in fact.choices for one in allowed):
        raise RtplanValueError(
            f"among = {allowed!r}: a list of {', '.join(map(repr, fact.choices))} is needed"
        )
    return OneOf(fact=fact, allowed=tuple(allowed))


def _judgement(table: _Table) -> Condition:
    question = table.entries["judgement"]
    if not isinstance(question, str) or not question.strip():
        raise RtplanValueError("the question in words is needed")
    return Judgement(question=question)


_READERS: dict[str, tuple[Callable[[_Table], Condition], tuple[str, ...]]] = {
    "number": (_number, ("is", "limit", "between", "unit")),
    "yes": (lambda t: Is(fact=t.fact("yes", "yes_no"), expected=True), ()),
    "no": (lambda t: Is(fact=t.fact("no", "yes_no"), expected=False), ()),
    "choice": (_choice, ("among",)),
    "event": (_event, ("within", "before")),
    "date": (_date, ("within", "before", "not_after")),
    "lasted": (_lasted, ("from", "to", "is")),
    "radiotherapy": (_radiotherapy, ("is", "limit", "unit", "period")),
    "metastases": (_metastases, ("organ", "is", "limit", "unit")),
    "distance": (_distance, ("is", "limit", "unit", "measured")),
    "judgement": (_judgement, ()),
    "all": (lambda t: AllOf(parts=t.parts("all")), ()),
    "any": (lambda t: AnyOf(parts=t.parts("any")), ()),
    "when": (
        lambda t: When(when=t.part("when"), then=t.part("then"), otherwise=t.part("otherwise")),
        ("then", "otherwise"),
    ),
}
"""How each kind of condition is read, by the entry that names it, and what may stand beside it."""
