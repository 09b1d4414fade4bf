"""A clinic's own limits as CSV, TOML or a spreadsheet; all mistakes of a file are reported at once.

Every row becomes a limit or is refused with its place and text; a sheet that holds no limits is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.errors import RtplanError, RtplanValueError
from rtplan.files import Row, TypedFile, TypedFileError, read_typed_file, read_workbook, unknown_keys
from rtplan.limits.constraint import Constraint, ConstraintSet, Role, Scope
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.metric import METRIC_UNITS, PublishedMetric
from rtplan.limits.recovery_interval import recovery_interval, yes_or_no
from rtplan.limits.verdict import COMPARATORS, Comparator, Limit

__all__ = [
    "COLUMNS",
    "REQUIRED_COLUMNS",
    "ConstraintFileError",
    "constraints_from_rows",
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
    "agreement",
    "earlier_eqd2_gy",
    "includes_recovery",
    "from_months",
    "to_months",
)
"""Columns of a constraint file, in the order that the shipped ones have; the last five only where needed."""
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


class ConstraintFileError(TypedFileError):
    """A constraint file with mistakes, all of them listed."""


def read_constraint_file(path: Path) -> ConstraintSet:
    """Read a clinic's own limits from ``.csv``, ``.toml`` or ``.xlsx``.

    Parameters
    ----------
    path : Path
        CSV and spreadsheet: a header row with `REQUIRED_COLUMNS` and any of `COLUMNS`; all sheets are
        read, and one without any of these columns is named. TOML: a list ``[[constraint]]`` with the same
        keys.

    Returns
    -------
    ConstraintSet
        One constraint for each row.

    Raises
    ------
    ConstraintFileError
        With all mistakes of the file at once; a second limit for the same organ, metric, number of fractions
        and source is one.
    RtplanLookupError
        If the file is not there.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RtplanValueError(f"{path.name}: a constraint file ends in {', '.join(_READERS)}")
    file = read_typed_file(path, kind="constraint file", error=ConstraintFileError)
    rows, findings = reader(file)
    return ConstraintSet(
        name=path.stem,
        title=path.stem,
        constraints=own_constraints(rows, file=file),
        sha256=file.sha256 if path.suffix.lower() == ".xlsx" else file.text_sha256,
        findings=findings,
    )


def own_constraints(rows: Sequence[Row], *, file: TypedFile) -> tuple[Constraint, ...]:
    """Turn the rows of a clinic's file into constraints, or report all mistakes of all rows.

    Parameters
    ----------
    rows : sequence of Row
    file : TypedFile
        What the rows come from, for the message.

    Raises
    ------
    ConstraintFileError
        A row that is no limit, or a second limit beside another one of the same source.
    """
    constraints, mistakes = _constraints(rows)
    mistakes += _second_limits(constraints, rows)
    if mistakes:
        raise ConstraintFileError(file.label, mistakes)
    return tuple(constraints)


def constraints_from_rows(rows: Sequence[Mapping[str, str]], *, name: str) -> tuple[Constraint, ...]:
    """Turn rows of a published table into constraints, or report all mistakes of all rows.

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
    placed = [Row(place=f"row {number}", cells=cells) for number, cells in enumerate(rows, start=1)]
    constraints, mistakes = _constraints(placed)
    if mistakes:
        raise ConstraintFileError(name, mistakes)
    return _merge_ranges(constraints)


def _constraints(rows: Sequence[Row]) -> tuple[list[Constraint], list[str]]:
    """Read every row; the mistakes of all of them come back beside the limits."""
    mistakes = _column_mistakes(rows)
    constraints: list[Constraint] = []
    for number, row in enumerate(rows, start=1):
        try:
            constraints.append(_constraint(row.cells, number))
        except _RowError as refused:
            mistakes.extend(f"{row.place}: {mistake}" for mistake in refused.mistakes)
    return constraints, mistakes


def _second_limits(constraints: Sequence[Constraint], rows: Sequence[Row]) -> list[str]:
    """Name rows that limit what another row of the same source limits already."""
    first: dict[tuple[str, ...], Constraint] = {}
    mistakes = []
    for constraint in constraints:
        key = (*constraint.key, constraint.source)
        other = first.setdefault(key, constraint)
        if other is not constraint:
            mistakes.append(
                f"{rows[constraint.row - 1].place}: a second limit beside {rows[other.row - 1].place} "
                f"({other.describe()}): keep the one that counts, or write a range such as 10-15"
            )
    return mistakes


class _RowError(RtplanError):
    """All mistakes of one row; it never leaves this module."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistakes))


def _column_mistakes(rows: Sequence[Row]) -> list[str]:
    """Say which columns are missing or unknown, once for the whole file."""
    if not rows:
        return ["there are no rows"]
    present = list(dict.fromkeys(column for row in rows for column in row.cells))
    missing = [column for column in REQUIRED_COLUMNS if column not in present]
    return [
        *([f"columns missing: {', '.join(missing)}"] if missing else []),
        *(f"column {text}" for text in unknown_keys(present, COLUMNS)),
    ]


def _constraint(row: Mapping[str, str], number: int) -> Constraint:
    """Build one constraint; every field's mistake is collected before raising."""
    text = {column: str(row.get(column) or "").strip() for column in COLUMNS}
    mistakes: list[str] = []
    if text["limit"].endswith("%") and text["unit"] in ("", "%"):
        text |= {"limit": text["limit"].removesuffix("%").strip(), "unit": "%"}

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
        "alpha_beta_gy": read(_alpha_beta, text),
        "earlier_eqd2_gy": read(_earlier_eqd2, text["earlier_eqd2_gy"]),
        **(read(_recovery, text) or {}),
    }
    if not mistakes and role is Role.LIMIT and fields["scope"].is_of_one_plan:
        read(_check_fractions, fields["fractions"])
    if not mistakes:
        built = read(_build, text, fields, role=role, number=number)
        if built is not None:
            return built  # type: ignore[no-any-return]
    raise _RowError(mistakes)


def _build(text: Mapping[str, str], fields: Mapping[str, Any], *, role: Role, number: int) -> Constraint:
    """Join the read fields and the plain texts."""
    organs = tuple(organ.strip() for organ in text["organ"].split("|") if organ.strip())
    plain = (
        *("table", "organ_as_published", "unit", "priority", "condition", "endpoint", "source", "url"),
        "agreement",
    )
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


def _check_fractions(fractions: FractionNumbers) -> None:
    """Refuse a limit of one plan for a number of fractions that no plan can be compared with."""
    if fractions.kind == "other":
        raise RtplanValueError(
            f'n_fractions {fractions.text!r} is none: write a number, "1-5", "conventional" or "any"'
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
    if (
        text["scope"] in ("", "plan", "no earlier course")
        and not observed
        and text["unit"] not in METRIC_UNITS
    ):
        raise RtplanValueError(f"unit {text['unit']!r} is none of {', '.join(METRIC_UNITS)}")
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


def _alpha_beta(text: Mapping[str, str]) -> float | None:
    stated = text["alpha_beta_gy"]
    return parse_alpha_beta(stated, text["organ"] or "alpha_beta_gy") if stated else None


def _earlier_eqd2(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not float(text) > 0:
        raise RtplanValueError(f"earlier_eqd2_gy {text!r} is no positive number of Gy")
    return float(text)


def _recovery(text: Mapping[str, str]) -> dict[str, Any]:
    """Whether a row includes recovery, and the interval that it was then published for."""
    included = yes_or_no(text["includes_recovery"]) if text["includes_recovery"] else None
    interval = recovery_interval(text["from_months"], text["to_months"], includes_recovery=included)
    return {"includes_recovery": included, "recovery_interval": interval}


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


def _csv_rows(file: TypedFile) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    return file.rows(), ()


def _toml_rows(file: TypedFile) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    tables = file.toml()
    mistakes = file.mistakes()
    mistakes.add(*unknown_keys(tables, ("constraint",)))
    rows = tables.get("constraint", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        mistakes.add("a TOML constraint file is a list of [[constraint]] tables")
    mistakes.raise_any()
    return rows_of_tables(rows), ()


def rows_of_tables(tables: Sequence[Mapping[str, Any]], *, place: str = "row") -> tuple[Row, ...]:
    """Return tables of TOML as rows of text; `place` is what a row is called."""
    return tuple(
        Row(place=f"{place} {number}", cells={key: str(value).strip() for key, value in table.items()})
        for number, table in enumerate(tables, start=1)
    )


def _spreadsheet_rows(file: TypedFile) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Rows of every sheet that has a column of limits; the others are named."""
    sheets = read_workbook(file)
    of_limits = [sheet for sheet in sheets if set(sheet.columns) & set(REQUIRED_COLUMNS)]
    left = [sheet.title for sheet in sheets if sheet not in of_limits]
    findings = tuple(f"sheet {title!r} has no column of limits and was not read" for title in left)
    return tuple(row for sheet in of_limits for row in sheet.rows), findings


_READERS: Final = {".csv": _csv_rows, ".toml": _toml_rows, ".xlsx": _spreadsheet_rows}
