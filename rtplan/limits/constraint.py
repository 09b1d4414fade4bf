"""Published dose limits as data: one row, one limit, with its source and how it was checked.

A set is one published table in one edition. Sets are compared, never blended. A clinic writes its own as CSV
or TOML, or in a spreadsheet; all mistakes of a file are reported at once, and its content hash goes into
every report, so that a changed file shows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rtplan.errors import RtplanError, RtplanLookupError, RtplanValueError
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.metric import PublishedMetric
from rtplan.limits.verdict import COMPARATORS, Comparator, Limit
from rtplan.text import frame_of, table_html

__all__ = [
    "COLUMNS",
    "REQUIRED_COLUMNS",
    "VERIFICATION",
    "Constraint",
    "ConstraintFileError",
    "ConstraintSet",
    "Role",
    "Scope",
    "SetEntry",
    "constraint_sets",
    "constraints_from_rows",
    "load_constraint_set",
    "read_constraint_file",
]

COLUMNS: Final = (
    "table",
    "organ",
    "organ_as_published",
    "n_fractions",
    "metric",
    "comparator",
    "limit",
    "unit",
    "priority",
    "role",
    "scope",
    "condition",
    "endpoint",
    "alpha_beta_gy",
    "source",
    "url",
    "how_verified",
    "note",
)
"""Columns of a constraint file, in the order that the shipped ones have."""

REQUIRED_COLUMNS: Final = (
    "organ",
    "n_fractions",
    "metric",
    "comparator",
    "limit",
    "unit",
    "source",
    "how_verified",
)

VERIFICATION: Final[Mapping[str, str]] = {
    "read in source": "verified",
    "read in secondary": ("transcribed from a secondary source, check the original before clinical use"),
    "own": "the clinic's own limit",
}
"""What a report prints for each way a row was checked; a row with none of them is refused."""

_PLAIN_UNITS: Final = ("Gy", "cc", "%")
_LARGEST_PLAUSIBLE: Final[Mapping[str, float]] = {"Gy": 250.0, "%": 100.0, "cc": 20000.0}
_ONE_THIRD_NOTE: Final = "larger of stated or 1/3"


class ConstraintFileError(RtplanValueError):
    """A constraint file with mistakes, all of them listed.

    Attributes
    ----------
    mistakes : tuple of str
        One sentence each, in row order.
    """

    def __init__(self, name: str, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = f"{len(self.mistakes)} mistake{'s' if len(self.mistakes) > 1 else ''}"
        super().__init__(f"{name}: {count}\n" + "\n".join(f"  {mistake}" for mistake in self.mistakes))


class Role(StrEnum):
    """Whether a row is a limit or only worth knowing."""

    LIMIT = "limit"
    OBSERVATION = "observation"
    RISK_POINT = "risk point"
    ALTERNATE = "alternate"

    @property
    def is_enforced(self) -> bool:
        """Only limits are; the others are shown."""
        return self is Role.LIMIT


class Scope(StrEnum):
    """What a row needs beside one plan's dose."""

    PLAN = "plan"
    AFTER_EARLIER_COURSE = "after earlier course"
    SEVERAL_COURSES = "several courses"
    OWN_CONTOUR = "own contour"


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One published limit.

    Attributes
    ----------
    table : str
        Published table that the row belongs to.
    organs : tuple of str
        TG-263 names; alternatives, each of which is tested where it is contoured.
    organ_as_published : str
    fractions : FractionNumbers
    metric : PublishedMetric
    comparator : {"<", "<=", ">", ">="} or None
        None for an observation.
    limit : Limit or None
        A number or a range; None only where an observation is no number.
    limit_as_published : str
    unit : str
    priority : str
        Such as ``"optimal"`` or ``"mandatory"``; empty where the table has none.
    role : Role
    scope : Scope
    condition : str
        What the row presupposes, in words.
    endpoint : str
    alpha_beta_gy : float or None
        The one that the source used.
    source, url, how_verified, note : str
    row : int
        Row in its file, the first after the header being 1.
    derived : str
        How the limit was derived from published ones on request; empty for a published limit.
    """

    table: str
    organs: tuple[str, ...]
    organ_as_published: str
    fractions: FractionNumbers
    metric: PublishedMetric
    comparator: Comparator | None
    limit: Limit | None
    limit_as_published: str
    unit: str
    priority: str
    role: Role
    scope: Scope
    condition: str
    endpoint: str
    alpha_beta_gy: float | None
    source: str
    url: str
    how_verified: str
    note: str
    row: int
    derived: str = ""

    def __post_init__(self) -> None:
        if not self.organs and not self.organ_as_published:
            raise RtplanValueError("the organ is missing")
        if self.how_verified not in VERIFICATION:
            raise RtplanValueError(
                f"how_verified {self.how_verified!r} is none of {', '.join(map(repr, VERIFICATION))}"
            )
        if not self.source:
            raise RtplanValueError("the source is missing")
        if self.role.is_enforced and (self.comparator is None or self.limit is None):
            raise RtplanValueError("a limit needs a comparator and a number, or a range such as 10-15")
        self._check_size()

    def _check_size(self) -> None:
        largest = _LARGEST_PLAUSIBLE.get(self.unit)
        if largest is None or self.limit is None:
            return
        if self.limit.high > largest:
            hint = "; did you pass cGy?" if self.unit == "Gy" else ""
            raise RtplanValueError(f"limit {self.limit} {self.unit} is not plausible{hint}")

    @property
    def verification(self) -> str:
        """How the row was checked, as a report prints it."""
        checked = VERIFICATION[self.how_verified]
        return f"{checked}; the limit itself is derived, not published" if self.derived else checked

    @property
    def organ_label(self) -> str:
        """The organ's standard names, or its published name where it has none."""
        return "|".join(self.organs) or self.organ_as_published

    @property
    def uses_a_third_of_the_organ(self) -> bool:
        """Whether the critical volume is the larger of the stated one and a third of the organ."""
        return self.metric.critical_volume_cc is not None and _ONE_THIRD_NOTE in self.note

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same limit: everything but its number.

        The metric is part of it: D0.03cc and D0.035cc are two limits.
        """
        return (
            self.table,
            self.organ_label,
            self.organ_as_published,
            self.fractions.text,
            self.metric.text,
            self.comparator or "",
            self.unit,
            self.priority,
            self.role,
            self.scope,
            self.endpoint,
        )

    def describe(self) -> str:
        """Return the limit in one line.

        Examples
        --------
        >>> rows = load_constraint_set("tg101-2010").constraints
        >>> next(c for c in rows if c.organs == ("Rectum",) and c.fractions.text == "5").describe()
        'Rectum D20cc < 25 Gy (5 fx)'
        """
        sign = self.comparator or "observed"
        extra = f", {self.priority}" if self.priority else ""
        return (
            f"{self.organ_label} {self.metric.text} {sign} {self.limit_as_published} {self.unit} "
            f"({self.fractions.text} fx{extra})"
        )


@dataclass(frozen=True, kw_only=True)
class ConstraintSet:
    """One published table in one edition, or a clinic's own file.

    Attributes
    ----------
    name : str
        Such as ``"uk-sabr-2022"``; a file's name without its ending.
    title : str
    constraints : tuple of Constraint
        In file order; two rows for one key are one row with a range.
    sha256 : str
        Hash of the file's content (text with LF line ends, else its bytes).
    findings : tuple of str
        What is odd about the set, in words.
    """

    name: str
    title: str
    constraints: tuple[Constraint, ...]
    sha256: str
    findings: tuple[str, ...] = ()

    @property
    def fraction_texts(self) -> tuple[str, ...]:
        """The fraction numbers that the limits of this set were published for, in order of appearance."""
        return tuple(dict.fromkeys(c.fractions.text for c in self.constraints if c.role.is_enforced))

    @property
    def organs(self) -> tuple[str, ...]:
        """Standard names that any row names, in order of appearance."""
        return tuple(dict.fromkeys(organ for c in self.constraints for organ in c.organs))

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each row, ready for a data frame."""
        return [_record(constraint) for constraint in self.constraints]

    def to_frame(self) -> Any:
        """Return the rows as a pandas frame."""
        return frame_of(self.records())

    def __repr__(self) -> str:
        return f"ConstraintSet({self.name}: {self.title}, {len(self.constraints)} rows)"

    def _repr_html_(self) -> str:
        columns = ("organ", "metric", "limit", "fractions", "role", "source", "verification")
        rows = [_shown_row(constraint) for constraint in self.constraints]
        return table_html(repr(self), columns, rows, notes=self.findings)


def _record(c: Constraint) -> dict[str, Any]:
    return {
        "organs": "|".join(c.organs),
        "organ_as_published": c.organ_as_published,
        "fractions": c.fractions.text,
        "metric": c.metric.text,
        "comparator": c.comparator,
        "limit": str(c.limit) if c.limit else None,
        "unit": c.unit,
        "role": c.role.value,
        "source": c.source,
        "verification": c.verification,
    }


def _shown_row(c: Constraint) -> tuple[str, ...]:
    limit = f"{c.comparator or ''} {c.limit or ''} {c.unit}".strip()
    return (c.organ_label, c.metric.text, limit, c.fractions.text, c.role.value, c.source, c.verification)


@dataclass(frozen=True, kw_only=True)
class SetEntry:
    """One line of the list of shipped sets.

    Attributes
    ----------
    name, title, edition, citation : str
    sha256 : str
        Of the file as released; a file that differs is reported.
    """

    name: str
    title: str
    edition: str
    citation: str
    sha256: str


@cache
def constraint_sets() -> tuple[SetEntry, ...]:
    """Return the sets that are shipped.

    Examples
    --------
    >>> "tg101-2010" in [entry.name for entry in constraint_sets()]
    True
    """
    return tuple(SetEntry(**row) for row in csv.DictReader(io.StringIO(_shipped_text("sets.csv"))))


def load_constraint_set(name: str | Path) -> ConstraintSet:
    """Load a shipped set by its name, or a file by its path.

    Parameters
    ----------
    name : str or Path
        One of `constraint_sets`, or a file ending in ``.csv``, ``.toml`` or ``.xlsx``.

    Returns
    -------
    ConstraintSet

    Raises
    ------
    RtplanLookupError
        If there is neither such a set nor such a file; the sets are listed.
    ConstraintFileError
        If the file has mistakes; all are listed.

    Examples
    --------
    >>> load_constraint_set("quantec").constraints[0].describe()
    'Brain Dmax <= 60 Gy (conventional (1.8-2 Gy/fx) fx, QUANTEC summary value)'
    """
    entry = next((entry for entry in constraint_sets() if entry.name == str(name)), None)
    if entry is not None:
        return _load_shipped(entry)
    path = Path(name)
    if path.is_file():
        return read_constraint_file(path)
    known = ", ".join(entry.name for entry in constraint_sets())
    raise RtplanLookupError(f"no constraint set or file {path.name!r}; the sets are: {known}")


def read_constraint_file(path: Path) -> ConstraintSet:
    """Read a clinic's own limits from ``.csv``, ``.toml`` or ``.xlsx``.

    Parameters
    ----------
    path : Path
        CSV and spreadsheet: a header row with `REQUIRED_COLUMNS` and any of `COLUMNS`. TOML: a list
        ``[[constraint]]`` with the same keys.

    Returns
    -------
    ConstraintSet

    Raises
    ------
    ConstraintFileError
        With all mistakes of the file at once.
    RtplanLookupError
        If the file is not there.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RtplanValueError(f"{path.name}: a constraint file ends in {', '.join(_READERS)}")
    if not path.is_file():
        raise RtplanLookupError(f"no constraint file {path.name!r}")
    content = path.read_bytes()
    try:
        rows = reader(content)
    except RtplanError:
        raise
    except Exception as why:  # a damaged spreadsheet raises whatever its damage leads to
        raise ConstraintFileError(path.name, [f"cannot be read: {why}"]) from None
    return ConstraintSet(
        name=path.stem,
        title=path.stem,
        constraints=constraints_from_rows(rows, name=path.name),
        sha256=_content_hash(content, is_text=path.suffix.lower() != ".xlsx"),
    )


def constraints_from_rows(rows: Sequence[Mapping[str, str]], *, name: str) -> tuple[Constraint, ...]:
    """Turn rows into constraints, or report all mistakes of all rows.

    Parameters
    ----------
    rows : sequence of mapping
        Column to text.
    name : str
        What the rows come from, for the message.

    Returns
    -------
    tuple of Constraint
        Two rows for one key are merged into one with a range.

    Raises
    ------
    ConstraintFileError
    """
    mistakes = _column_mistakes(rows)
    constraints: list[Constraint] = []
    for number, row in enumerate(rows, start=1):
        try:
            constraints.append(_constraint(row, number))
        except _RowError as found:
            mistakes.extend(f"row {number}: {mistake}" for mistake in found.mistakes)
    if mistakes:
        raise ConstraintFileError(name, mistakes)
    return _merge_ranges(constraints)


class _RowError(RtplanError):
    """All mistakes of one row; it never leaves this module."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistakes))


def _column_mistakes(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Say which columns are missing or unknown, once for the whole file."""
    if not rows:
        return ["there are no rows"]
    present = list(dict.fromkeys(column for row in rows for column in row))
    missing = [column for column in REQUIRED_COLUMNS if column not in present]
    unknown = [column for column in present if column not in COLUMNS]
    found = []
    if missing:
        found.append(f"columns missing: {', '.join(missing)}")
    if unknown:
        found.append(f"columns not known: {', '.join(map(str, unknown))} (known: {', '.join(COLUMNS)})")
    return found


def _constraint(row: Mapping[str, str], number: int) -> Constraint:
    """Build one constraint; every field's mistake is collected before raising."""
    text = {column: str(row.get(column) or "").strip() for column in COLUMNS}
    mistakes: list[str] = []

    def read(reader: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return reader(*args, **kwargs)
        except RtplanValueError as mistake:
            mistakes.append(str(mistake))
            return None

    role = read(_role, text)
    observed = role is not None and not role.is_enforced
    fields = {
        "fractions": read(_fraction_numbers, text["n_fractions"]),
        "metric": read(_metric, text, observed=observed),
        "comparator": read(_comparator, text["comparator"]),
        "limit": read(_limit, text["limit"], observed=observed),
        "scope": read(_scope, text["scope"]),
        "alpha_beta_gy": read(_alpha_beta, text["alpha_beta_gy"]),
    }
    if not mistakes:
        built = read(_build, text, fields, role=role, number=number)
        if built is not None:
            return built  # type: ignore[no-any-return]
    raise _RowError(mistakes)


def _build(text: Mapping[str, str], fields: Mapping[str, Any], *, role: Role, number: int) -> Constraint:
    """Join the read fields and the plain texts."""
    organs = tuple(organ.strip() for organ in text["organ"].split("|") if organ.strip())
    plain = ("table", "organ_as_published", "unit", "priority", "condition", "endpoint", "source", "url")
    return Constraint(
        organs=organs,
        role=role,
        limit_as_published=text["limit"],
        how_verified=text["how_verified"],
        note=text["note"],
        row=number,
        **{column: text[column] for column in plain},  # type: ignore[arg-type]
        **fields,
    )


def _role(text: Mapping[str, str]) -> Role:
    if text["comparator"] == "observed" and not text["role"]:
        return Role.OBSERVATION
    try:
        return Role(text["role"] or "limit")
    except ValueError:
        raise RtplanValueError(f"role {text['role']!r} is none of {', '.join(Role)}") from None


def _scope(text: str) -> Scope:
    try:
        return Scope(text or "plan")
    except ValueError:
        raise RtplanValueError(f"scope {text!r} is none of {', '.join(Scope)}") from None


def _comparator(text: str) -> Comparator | None:
    if text == "observed":
        return None
    sign = text.replace("≤", "<=").replace("≥", ">=")
    for known in COMPARATORS:
        if sign == known:
            return known
    raise RtplanValueError(f"comparator {text!r} is none of {', '.join(COMPARATORS)} or observed")


def _metric(text: Mapping[str, str], *, observed: bool) -> PublishedMetric:
    if not text["metric"]:
        raise RtplanValueError("the metric is missing")
    if text["scope"] in ("", "plan") and not observed and text["unit"] not in _PLAIN_UNITS:
        raise RtplanValueError(f"unit {text['unit']!r} is none of {', '.join(_PLAIN_UNITS)}")
    return _published_metric(text["metric"], text["unit"])


@cache
def _published_metric(text: str, unit: str) -> PublishedMetric:
    """A metric; tables repeat the same few."""
    return PublishedMetric.parse(text, unit=unit)


@cache
def _fraction_numbers(text: str) -> FractionNumbers:
    """Fraction numbers; tables repeat the same few."""
    return FractionNumbers.parse(text)


def _limit(text: str, *, observed: bool) -> Limit | None:
    try:
        return Limit.parse(text)
    except RtplanValueError:
        if observed:
            return None
        raise


def _alpha_beta(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 0 < float(text) <= 100:
        raise RtplanValueError(f"alpha_beta_gy {text!r} is no positive number of Gy")
    return float(text)


def _merge_ranges(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """Make one row with a range of all rows with one key."""
    merged: dict[tuple[str, ...], Constraint] = {}
    for constraint in constraints:
        first = merged.get(constraint.key)
        merged[constraint.key] = constraint if first is None else _joined(first, constraint)
    return tuple(merged.values())


def _joined(first: Constraint, second: Constraint) -> Constraint:
    """Span the limits of two rows with one key."""
    if first.limit is None or second.limit is None:
        return first
    limit = Limit(low=min(first.limit.low, second.limit.low), high=max(first.limit.high, second.limit.high))
    return replace(first, limit=limit, limit_as_published=str(limit))


def _load_shipped(entry: SetEntry) -> ConstraintSet:
    """Load a shipped set and say so when its file is not the released one."""
    text = _shipped_text(f"{entry.name}.csv")
    sha256 = _content_hash(text.encode(), is_text=True)
    findings = []
    if sha256 != entry.sha256:
        findings.append(f"{entry.name}: the file differs from the released one; its limits may be changed")
    return ConstraintSet(
        name=entry.name,
        title=entry.title,
        constraints=constraints_from_rows(_csv_rows(text.encode()), name=entry.name),
        sha256=sha256,
        findings=tuple(findings),
    )


def _shipped_text(file: str) -> str:
    return resources.files("rtplan.limits").joinpath("data").joinpath(file).read_text(encoding="utf-8")


def _content_hash(content: bytes, *, is_text: bool) -> str:
    """Hash of a text with LF line ends, so that a checkout on Windows is not taken for a change."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n") if is_text else content).hexdigest()


def _csv_rows(content: bytes) -> list[Mapping[str, str]]:
    text = content.decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if any(None in row for row in rows):
        raise ValueError("a row has more fields than the header; quote a text that holds the separator")
    return [row for row in rows if any((value or "").strip() for value in row.values())]


def _toml_rows(content: bytes) -> list[Mapping[str, str]]:
    rows = tomllib.loads(content.decode("utf-8")).get("constraint", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("a TOML constraint file is a list of [[constraint]] tables")
    return [{key: str(value) for key, value in row.items()} for row in rows]


def _spreadsheet_rows(content: bytes) -> list[Mapping[str, str]]:
    """Read the first sheet; openpyxl is an extra and heavy, so it is imported only here."""
    try:
        import openpyxl  # noqa: PLC0415
    except ImportError:
        raise ValueError(
            'reading a spreadsheet needs the extra "excel": pip install "rtplan[excel]"'
        ) from None
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    header, *body = [list(row) for row in sheet.iter_rows(values_only=True)] or [[]]
    columns = [str(cell or "").strip() for cell in header]
    return [
        {column: "" if cell is None else _cell_text(cell) for column, cell in zip(columns, row, strict=False)}
        for row in body
        if any(cell not in (None, "") for cell in row)
    ]


def _cell_text(cell: object) -> str:
    """Text of a cell; a spreadsheet that made a date of 1-5 is caught, not guessed at."""
    if hasattr(cell, "isoformat"):
        raise ValueError(f"a cell was read as the date {cell}; format its column as text (1-5, not 1 May)")
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


_READERS: Final = {".csv": _csv_rows, ".toml": _toml_rows, ".xlsx": _spreadsheet_rows}
