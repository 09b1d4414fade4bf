"""Trial protocols as files: one trial, one TOML file, versioned and hashed.

The format is described in ``docs/protocol_format.md``. A file is read whole; all its mistakes are told at
once. Nothing that a record leaves open is filled in: it is listed as not specified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from bed import BedError, Regimen, parse_regimens
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import TypedFile, TypedFileError, read_typed_file, shipped_file
from rtplan.limits import VERIFICATION
from rtplan.protocols.condition import Condition, Period, leaves, parse_condition, period_of
from rtplan.protocols.facts import Fact, facts_from_tables, shared_facts
from rtplan.text import table_html

__all__ = [
    "FORMAT",
    "Criterion",
    "Endpoint",
    "Note",
    "Protocol",
    "ProtocolFileError",
    "ProtocolRegimen",
    "Record",
    "Step",
    "load_protocol",
    "protocol_ids",
    "read_protocol_file",
]

FORMAT: Final = 1
"""Edition of the file format."""

CriterionKind = Literal["inclusion", "exclusion", "treatment"]
StepKind = Literal["cycles", "radiotherapy", "sabr", "period", "day", "visits"]


class ProtocolFileError(TypedFileError):
    """A protocol file with mistakes; the message lists all of them."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A text that the protocol was encoded from.

    Attributes
    ----------
    id, title, date, how_verified : str
        The date as the record states it, in words where it states none.
    url : str
    """

    id: str
    title: str
    date: str
    how_verified: str
    url: str = ""

    @property
    def verification(self) -> str:
        """How it was checked, as a report prints it."""
        return VERIFICATION[self.how_verified]


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that must, or must not, hold.

    Attributes
    ----------
    id : str
    kind : {"inclusion", "exclusion", "treatment"}
        `treatment` is a rule about the treatment itself.
    text : str
        The record's words.
    source : str
        Which record, and where in it.
    condition : Condition
    excludes : bool
        Whether the patient does not fit when the condition holds; else when it does not.
    reading : str
        How the words were read where they can be read in two ways.
    """

    id: str
    kind: CriterionKind
    text: str
    source: str
    condition: Condition
    excludes: bool
    reading: str = ""

    @property
    def required(self) -> str:
        """What is asked for, in words."""
        return f"must not hold: {self.condition}" if self.excludes else str(self.condition)


@dataclass(frozen=True, kw_only=True)
class ProtocolRegimen:
    """A regimen or band of the protocol.

    Attributes
    ----------
    id : str
    written : str
        As the record writes it, such as ``"25-40Gy/5Fx"``.
    low, high : Regimen
        Its ends; equal where it is no band.
    after_pelvic_radiotherapy : bool
        Whether it is for patients with earlier pelvic radiotherapy.
    text, source, how_verified : str
    in_record : bool
        False where the figures come from elsewhere, such as a registry entry.
    """

    id: str
    written: str
    low: Regimen
    high: Regimen
    after_pelvic_radiotherapy: bool
    text: str
    source: str
    how_verified: str
    in_record: bool

    @property
    def label(self) -> str:
        """The band or regimen in its canonical form."""
        return self.written if self.low == self.high else (parse_regimens(self.written).band or self.written)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A conflict in or between records, or what a reader must know; never resolved silently.

    Attributes
    ----------
    id, text, source : str
    concerns : tuple of str
        Criteria, regimens, endpoints, steps, or ``"protocol"``: where the note is shown.
    conflict : bool
        Whether texts contradict each other.
    handling : str
        What the product does about it.
    """

    id: str
    text: str
    source: str
    concerns: tuple[str, ...]
    conflict: bool
    handling: str

    def __str__(self) -> str:
        return f"{self.text} ({self.handling})" if self.handling else self.text


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint in the record's words.

    Attributes
    ----------
    id : str
    role : {"primary", "secondary"}
    text, source : str
    horizon : str
    arithmetic : str
        Which function of `rtplan.protocols.endpoints` computes it, or empty.
    death : {"event", "censored", ""}
        How a time to an event counts death.
    """

    id: str
    role: str
    text: str
    source: str
    horizon: str = ""
    arithmetic: str = ""
    death: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the treatment schedule.

    Attributes
    ----------
    id : str
    kind : {"cycles", "radiotherapy", "sabr", "period", "day", "visits"}
    label, text, source : str
    after : str
        An earlier step of the file, ``"start"``, or empty where the record does not say.
    from_end : bool
        Whether the offset counts from the last day of `after`; else from its first.
    offset : Period or None
        From there to the first day; None is the same day, or the day after an end.
    n_cycles : (int, int) or None
        Fewest and most cycles.
    cycle_days : int or None
        Length of a cycle; None where the record does not give it.
    duration : Period or None
    until_cycle : int or None
        With `after` a step of cycles: counts from the end of this cycle.
    every : Period or None
        For visits.
    not_before : bool
        The record says only that it follows.
    between_cycles : bool
        No day of it may lie inside a cycle.
    """

    id: str
    kind: StepKind
    label: str
    text: str
    source: str
    after: str = ""
    from_end: bool = False
    offset: Period | None = None
    n_cycles: tuple[int, int] | None = None
    cycle_days: int | None = None
    duration: Period | None = None
    until_cycle: int | None = None
    every: Period | None = None
    not_before: bool = False
    between_cycles: bool = False


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One trial's rules.

    Attributes
    ----------
    id, version, name, title, registry, registry_note, phase, design, sponsor, status, record_date : str
    records : tuple of Record
    regimens : tuple of ProtocolRegimen
    criteria : tuple of Criterion
    endpoints : tuple of Endpoint
    steps : tuple of Step
    notes : tuple of Note
    not_specified : tuple of str
        What the record leaves open.
    treatment : str
        The treatment in the record's words.
    facts : mapping of str to Fact
        The keys that a patient file for this protocol may hold.
    sha256 : str
        Of the file.

    Examples
    --------
    >>> load_protocol("torch-r")
    <Protocol TORCH-R (NCT05628038), version 1, record date 2025-06-26: 50 criteria, 2 regimens>
    """

    id: str
    version: str
    name: str
    title: str
    registry: str
    registry_note: str
    phase: str
    design: str
    sponsor: str
    status: str
    record_date: str
    treatment: str
    records: tuple[Record, ...]
    regimens: tuple[ProtocolRegimen, ...]
    criteria: tuple[Criterion, ...]
    endpoints: tuple[Endpoint, ...]
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]
    not_specified: tuple[str, ...]
    facts: Mapping[str, Fact] = field(repr=False)
    sha256: str

    def criterion(self, identifier: str) -> Criterion:
        """Return the criterion of an id."""
        for criterion in self.criteria:
            if criterion.id == identifier:
                return criterion
        raise RtplanLookupError(f"{self.name} has no criterion {identifier!r}")

    def notes_on(self, *identifiers: str) -> tuple[Note, ...]:
        """Return the notes that concern any of these."""
        return tuple(note for note in self.notes if set(note.concerns) & set(identifiers))

    @property
    def keys_asked(self) -> tuple[str, ...]:
        """The keys of a patient file that the criteria look at, in the order they are defined."""
        asked = {fact.key for c in self.criteria for leaf in leaves(c.condition) for fact in _facts_of(leaf)}
        return tuple(key for key in self.facts if key in asked)

    def __repr__(self) -> str:
        counted = f"{len(self.criteria)} criteria, {len(self.regimens)} regimens"
        return (
            f"<Protocol {self.name} ({self.registry}), version {self.version}, "
            f"record date {self.record_date}: {counted}>"
        )

    def _repr_html_(self) -> str:
        rows = [(c.kind, c.id, c.text, c.required, c.source) for c in self.criteria]
        columns = ("kind", "criterion", "record", "required", "source")
        return table_html(
            f"{self.name} ({self.registry}): {self.title}", columns, rows, notes=map(str, self.notes)
        )


def _facts_of(leaf: Any) -> Iterable[Fact]:
    """The keys that one question looks at, those that dates are counted from included."""
    return (value for value in vars(leaf).values() if isinstance(value, Fact))


@cache
def protocol_ids() -> tuple[str, ...]:
    """Return the ids of the protocols that are carried.

    Examples
    --------
    >>> protocol_ids()
    ('sparkle', 'torch-r', 'toripalimab-sbrt-oligomet', 'tracer')
    """
    folder = resources.files("rtplan.protocols").joinpath("data/trials")
    names = (file.name for file in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_protocol(name: str) -> Protocol:
    """Return a protocol that is carried, or read one from a file.

    Parameters
    ----------
    name : str
        An id, a registry number, or a path that ends in ``.toml``.

    Raises
    ------
    RtplanLookupError
        Neither is there.
    ProtocolFileError
        All mistakes of the file.

    Examples
    --------
    >>> load_protocol("NCT06751394").name
    'TRACER'
    """
    if name.lower().endswith(".toml"):
        return read_protocol_file(Path(name))
    for protocol in map(_carried, protocol_ids()):
        if name.casefold() in (protocol.id, protocol.registry.casefold(), protocol.name.casefold()):
            return protocol
    raise RtplanLookupError(
        f"no protocol {name!r}; there are: {', '.join(protocol_ids())}, or a protocol file (.toml)"
    )


@cache
def _carried(identifier: str) -> Protocol:
    return _protocol(shipped_file("rtplan.protocols", f"trials/{identifier}.toml"))


def read_protocol_file(path: Path) -> Protocol:
    """Read a protocol file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RtplanLookupError
        No such file.
    ProtocolFileError
        All mistakes of the file in one message.
    """
    return _protocol(read_typed_file(path, kind="protocol file", error=ProtocolFileError))


_TEXTS: Final = (
    "id", "version", "name", "title", "registry", "registry_note", "phase", "design", "sponsor", "status",
    "record_date", "treatment",
)  # fmt: skip
_TABLES: Final = ("records", "regimens", "criteria", "endpoints", "steps", "notes")


def _protocol(file: TypedFile) -> Protocol:
    """Build a protocol from a file, or raise with all its mistakes."""
    return _of_tables(file.toml(), file.name, file.sha256)


def _of_tables(said: Mapping[str, Any], name: str, sha256: str) -> Protocol:
    """Build a protocol from its tables, or raise with all their mistakes."""
    mistakes: list[str] = _top_mistakes(said)
    own, fact_mistakes = facts_from_tables(said.get("facts", {}))
    facts = {**shared_facts(), **own}
    mistakes += fact_mistakes
    mistakes += [
        f"fact {key!r} is shared by all protocols: use another key" for key in own if key in shared_facts()
    ]
    parts: dict[str, Any] = {table: tuple(_read_all(said, table, facts, mistakes)) for table in _TABLES}
    mistakes += _across_mistakes(parts)
    if mistakes:
        raise ProtocolFileError(f"protocol file {name}", mistakes)
    parts["notes"] = (*parts["notes"], *_reading_notes(parts["regimens"]))
    texts: dict[str, Any] = {key: str(said[key]) for key in _TEXTS}
    return Protocol(
        **texts,
        **parts,
        not_specified=tuple(said.get("not_specified", ())),
        facts=MappingProxyType(facts),
        sha256=sha256,
    )


def _reading_notes(regimens: Sequence[ProtocolRegimen]) -> Iterator[Note]:
    """How a regimen of the file was read that can be read in two ways, such as ``12x4``."""
    for regimen in regimens:
        for number, reading in enumerate(parse_regimens(regimen.written).notes, start=1):
            yield Note(
                id=f"reading-{regimen.id}-{number}",
                text=reading,
                source="how this program read the protocol's file",
                concerns=(regimen.id, "protocol"),
                conflict=False,
                handling="",
            )


def _top_mistakes(said: Mapping[str, Any]) -> list[str]:
    mistakes = []
    if said.get("format") != FORMAT:
        mistakes.append(f"format = {said.get('format')!r}: this version reads format = {FORMAT}")
    known = ("format", "not_specified", "facts", *_TEXTS, *_TABLES)
    mistakes += [f"{key}: unknown entry; known are {', '.join(known)}" for key in said if key not in known]
    open_points = said.get("not_specified", [])
    if not isinstance(open_points, list) or not all(isinstance(text, str) for text in open_points):
        mistakes.append("not_specified: a list of texts is needed")
    mistakes += [
        f"{key}: a text is needed" for key in _TEXTS if not isinstance(said.get(key), str) or not said[key]
    ]
    return mistakes


def _read_all(
    said: Mapping[str, Any], table: str, facts: Mapping[str, Fact], mistakes: list[str]
) -> Iterable[Any]:
    """Read one list of tables, collecting the mistakes of every entry."""
    entries = said.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        mistakes.append(f"{table}: tables such as [[{table}]] are needed")
        return
    if table in ("records", "criteria") and not entries:
        mistakes.append(f"{table}: at least one [[{table}]] is needed")
    for number, entry in enumerate(entries, start=1):
        where = f"{table} {entry.get('id', number)}"
        reader, needed, optional = _ENTRIES[table]
        own = _entry_mistakes(entry, needed, optional)
        if not own:
            try:
                yield reader(entry, facts, own)
            except (RtplanValueError, BedError) as fault:
                own.append(str(fault))
        mistakes += [f"{where}: {text}" for text in own]


_FLAGS: Final = ("in_record", "conflict", "from_end", "not_before", "between_cycles")
_COUNTS: Final = ("cycle_days", "until_cycle")
_STRUCTURES: Final = ("needs", "excludes", "offset", "duration", "every", "n_cycles", "concerns")
_TYPE_NAMES: Final[Mapping[type, str]] = {str: "a text", bool: "true or false", int: "a whole number"}


def _type_of(key: str) -> type:
    """What an entry must be; structures are looked at by those who read them."""
    if key in _FLAGS:
        return bool
    if key in _COUNTS:
        return int
    return object if key in _STRUCTURES else str


def _is_odd_number(key: str, entry: Mapping[str, Any]) -> bool:
    """A count that is none: true, or below 1."""
    return key in _COUNTS and (isinstance(entry[key], bool) or entry[key] < 1)


def _entry_mistakes(entry: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str]) -> list[str]:
    missing = [key for key in needed if key not in entry or entry[key] == ""]
    unknown = [key for key in entry if key not in (*needed, *optional)]
    wrong = [key for key in entry if not isinstance(entry[key], _type_of(key)) or _is_odd_number(key, entry)]
    return [
        *(f"{key} = {entry[key]!r}: {_TYPE_NAMES[_type_of(key)]} is needed" for key in wrong),
        *([f"missing: {', '.join(missing)}"] if missing else []),
        *([f"unknown entry: {', '.join(unknown)}"] if unknown else []),
    ]


def _record(entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]) -> Record:
    if entry["how_verified"] not in VERIFICATION:
        mistakes.append(f"how_verified {entry['how_verified']!r} is none of {', '.join(VERIFICATION)}")
    return Record(**entry)


def _criterion(entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]) -> Criterion | None:
    kinds = ("inclusion", "exclusion", "treatment")
    if entry["kind"] not in kinds:
        mistakes.append(f"kind {entry['kind']!r} is none of {', '.join(kinds)}")
    ways = [way for way in ("needs", "excludes") if way in entry]
    if len(ways) != 1:
        mistakes.append("exactly one of needs and excludes is needed")
        return None
    condition, found = parse_condition(entry[ways[0]], facts)
    mistakes += found
    if condition is None:
        return None
    return Criterion(
        id=entry["id"],
        kind=entry["kind"],
        text=entry["text"],
        source=entry["source"],
        condition=condition,
        excludes=ways[0] == "excludes",
        reading=entry.get("reading", ""),
    )


def _regimen(
    entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]
) -> ProtocolRegimen | None:
    ends = parse_regimens(entry["regimen"]).regimens
    low, high = ends[0], ends[-1]
    if not isinstance(low, Regimen) or not isinstance(high, Regimen) or low.n_fractions != high.n_fractions:
        mistakes.append("one regimen, or a band of doses in one number of fractions, is needed")
        return None
    if entry["for"] not in ("primary", "re-irradiation"):
        mistakes.append('for = "primary" or "re-irradiation" (patients with earlier pelvic radiotherapy)')
    if entry["how_verified"] not in VERIFICATION:
        mistakes.append(f"how_verified {entry['how_verified']!r} is none of {', '.join(VERIFICATION)}")
    return ProtocolRegimen(
        id=entry["id"],
        written=entry["regimen"],
        low=low,
        high=high,
        after_pelvic_radiotherapy=entry["for"] == "re-irradiation",
        text=entry["text"],
        source=entry["source"],
        how_verified=entry["how_verified"],
        in_record=entry["in_record"],
    )


def _endpoint(entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]) -> Endpoint:
    arithmetic = (
        "",
        "response_rate",
        "rate",
        "progression_free_time",
        "overall_survival",
        "duration_of_response",
    )
    if entry["role"] not in ("primary", "secondary"):
        mistakes.append("role is primary or secondary")
    if entry.get("arithmetic", "") not in arithmetic:
        mistakes.append(f"arithmetic is one of {', '.join(arithmetic[1:])}, or left out")
    if entry.get("death", "") not in ("", "event", "censored"):
        mistakes.append("death is event or censored, or left out")
    return Endpoint(**entry)


def _step(entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]) -> Step:
    kinds = ("cycles", "radiotherapy", "sabr", "period", "day", "visits")
    if entry["kind"] not in kinds:
        mistakes.append(f"kind {entry['kind']!r} is none of {', '.join(kinds)}")
    if entry["kind"] == "visits" and "every" not in entry:
        mistakes.append("visits need every, such as { months = 3 }")
    periods: dict[str, Any] = {
        name: period_of(entry[name], name) for name in ("offset", "duration", "every") if name in entry
    }
    cycles = entry.get("n_cycles")
    whole = isinstance(cycles, list) and len(cycles) == 2 and all(type(count) is int for count in cycles)
    if cycles is not None and not (whole and 1 <= cycles[0] <= cycles[1]):
        mistakes.append("n_cycles = [fewest, most] is needed")
        cycles = None
    plain = {key: value for key, value in entry.items() if key not in (*periods, "n_cycles")}
    return Step(**plain, **periods, n_cycles=None if cycles is None else tuple(cycles))


def _note(entry: Mapping[str, Any], facts: Mapping[str, Fact], mistakes: list[str]) -> Note:
    listed = entry["concerns"]
    concerns = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
    if not concerns or len(concerns) != len(listed):
        mistakes.append('concerns is a list of ids, or ["protocol"]')
    return Note(
        id=entry["id"],
        text=entry["text"],
        source=entry["source"],
        concerns=concerns,
        conflict=entry["conflict"],
        handling=entry.get("handling", ""),
    )


_Reader = Callable[[Mapping[str, Any], Mapping[str, Fact], list[str]], Any]
_ENTRIES: dict[str, tuple[_Reader, tuple[str, ...], tuple[str, ...]]] = {
    "records": (_record, ("id", "title", "date", "how_verified"), ("url",)),
    "regimens": (
        _regimen,
        ("id", "regimen", "for", "text", "source", "how_verified", "in_record"),
        (),
    ),
    "criteria": (_criterion, ("id", "kind", "text", "source"), ("needs", "excludes", "reading")),
    "endpoints": (_endpoint, ("id", "role", "text", "source"), ("horizon", "arithmetic", "death")),
    "steps": (
        _step,
        ("id", "kind", "label", "text", "source"),
        (
            "after", "from_end", "offset", "n_cycles", "cycle_days", "duration", "until_cycle", "every",
            "not_before",
            "between_cycles",
        ),
    ),
    "notes": (_note, ("id", "text", "source", "concerns", "conflict"), ("handling",)),
}  # fmt: skip
"""How the entries of each list are read, what they need and what they may have."""


def _across_mistakes(parts: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """What is wrong between entries: ids used twice, references to what is not there."""
    mistakes = []
    for table, entries in parts.items():
        ids = [entry.id for entry in entries if entry is not None]
        mistakes += [
            f"{table}: the id {one!r} is used twice" for one in sorted({i for i in ids if ids.count(i) > 1})
        ]
    known = {entry.id for entries in parts.values() for entry in entries if entry is not None}
    for note in parts["notes"]:
        unknown = [c for c in note.concerns if c not in (*known, "protocol")]
        mistakes += (
            [f"notes {note.id}: concerns {', '.join(unknown)}, which is no id of this file"]
            if unknown
            else []
        )
    mistakes += _order_mistakes(parts["steps"])
    return mistakes


def _order_mistakes(steps: Sequence[Step]) -> list[str]:
    """A step follows the start or a step before it in the file."""
    mistakes, seen = [], {"", "start"}
    for step in steps:
        if step.after not in seen:
            mistakes.append(f"steps {step.id}: after = {step.after!r} is neither start nor a step above it")
        seen.add(step.id)
    return mistakes
