"""Cumulative limits from a file: a clinic's own, or published ones with their source.

CSV with a header, or TOML with ``[[limit]]`` tables; the keys are the same:

    organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source
    SpinalCord,Max[Gy],<=,60,2,no,"the clinic's protocol 9"

Nothing has a default: a limit that does not say whether it includes recovery is refused, and so is one that
includes it and does not say from which interval on (``from_months``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.files import Row, TypedFile, read_typed_file, unknown_keys
from rtplan.limits.constraint_file import rows_of_tables
from rtplan.limits.cumulative import CumulativeLimit, dose_metric, refuse_two
from rtplan.limits.recovery_interval import recovery_interval, yes_or_no
from rtplan.limits.verdict import Comparator

__all__ = ["LIMIT_COLUMNS", "OPTIONAL_LIMIT_COLUMNS", "cumulative_limit", "read_limit_file"]

LIMIT_COLUMNS: Final = (
    "organ",
    "metric",
    "comparator",
    "eqd2_gy",
    "alpha_beta_gy",
    "includes_recovery",
    "source",
)
OPTIONAL_LIMIT_COLUMNS: Final = ("from_months", "to_months", "agreement", "condition")


def read_limit_file(path: Path) -> tuple[CumulativeLimit, ...]:
    """Read a file of cumulative limits.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.toml``.

    Raises
    ------
    RtplanValueError
        All mistakes of the file in one message.
    """
    file = read_typed_file(path, kind="limit file")
    mistakes = file.mistakes()
    limits: list[CumulativeLimit] = []
    for row in _rows(file):
        with mistakes.at(row.place):
            limits.append(cumulative_limit(row.cells))
    if not limits and not mistakes:
        mistakes.add("no limit in it")
    mistakes.raise_any()
    refuse_two(limits)
    return tuple(limits)


def _rows(file: TypedFile) -> tuple[Row, ...]:
    suffix = Path(file.name).suffix.lower()
    if suffix == ".csv":
        return file.rows()
    if suffix != ".toml":
        file.refuse(".csv or .toml is read")
    tables = file.toml()
    mistakes = file.mistakes()
    mistakes.add(*unknown_keys(tables, ("limit",)))
    limits = tables.get("limit", [])
    if not isinstance(limits, list) or not all(isinstance(table, dict) for table in limits):
        mistakes.add("limit is a list: write [[limit]] before each entry")
    mistakes.raise_any()
    return rows_of_tables(limits)


def cumulative_limit(row: Mapping[str, str]) -> CumulativeLimit:
    """Return the limit that one row of a file states.

    Parameters
    ----------
    row : mapping
        `LIMIT_COLUMNS`, and any of `OPTIONAL_LIMIT_COLUMNS`, to text.

    Raises
    ------
    RtplanValueError
        All mistakes of the row in one message.
    """
    missing = [key for key in LIMIT_COLUMNS if not row.get(key)]
    wrong = [f"missing: {', '.join(missing)}"] if missing else []
    wrong += unknown_keys(row, (*LIMIT_COLUMNS, *OPTIONAL_LIMIT_COLUMNS))
    if wrong:
        raise RtplanValueError("; ".join(wrong))
    return CumulativeLimit(
        organ=row["organ"],
        metric=dose_metric(row["metric"]),
        comparator=_comparator(row["comparator"]),
        eqd2_gy=_number(row, "eqd2_gy"),
        recovery_interval=recovery_interval(
            row.get("from_months", ""),
            row.get("to_months", ""),
            includes_recovery=yes_or_no(row["includes_recovery"]),
        ),
        source=row["source"],
        alpha_beta_gy=parse_alpha_beta(row["alpha_beta_gy"], row["organ"]),
        agreement=row.get("agreement", ""),
        condition=row.get("condition", ""),
    )


def _number(row: Mapping[str, str], key: str) -> float:
    try:
        value = float(row[key])
    except ValueError:
        raise RtplanValueError(f"{key} {row[key]!r} is no number of Gy") from None
    if not value > 0:
        raise RtplanValueError(f"{key} {row[key]}: above 0 Gy is needed")
    return value


def _comparator(text: str) -> Comparator:
    if text == "<=":
        return "<="
    if text == "<":
        return "<"
    raise RtplanValueError(f"comparator {text!r}: < or <= is needed")
