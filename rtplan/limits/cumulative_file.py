"""Cumulative limits from a file: a clinic's own, or published ones with their source.

CSV with a header, or TOML with ``[[limit]]`` tables; the keys are the same:

    organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source
    SpinalCord,Max[Gy],<=,60,2,no,"Rulach 2021, consensus"

Nothing has a default: a limit that does not say whether it includes recovery is refused.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dicom_io import DicomIoError
from dicom_io.dvh import Metric
from rtplan.errors import RtplanError, RtplanValueError
from rtplan.limits.cumulative import CumulativeLimit, refuse_two
from rtplan.limits.verdict import Comparator

__all__ = ["LIMIT_COLUMNS", "read_limit_file"]

LIMIT_COLUMNS: Final = (
    "organ",
    "metric",
    "comparator",
    "eqd2_gy",
    "alpha_beta_gy",
    "includes_recovery",
    "source",
)
_YES_NO: Final = {"yes": True, "no": False, "true": True, "false": False}


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
    rows = _rows(path)
    found: list[CumulativeLimit] = []
    mistakes: list[str] = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_limit(row))
        except (RtplanError, DicomIoError, ValueError) as fault:
            mistakes.append(f"row {number}: {fault}")
    if mistakes or not found:
        raise RtplanValueError(f"limit file {path.name}: {'; '.join(mistakes) or 'no limit in it'}")
    refuse_two(found)
    return tuple(found)


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".csv":
            return list(csv.DictReader(text.splitlines()))
        if path.suffix.lower() == ".toml":
            tables = tomllib.loads(text).get("limit")
            return tables if isinstance(tables, list) else []
    except (OSError, ValueError, RecursionError, csv.Error) as fault:
        raise RtplanValueError(f"limit file {path.name} cannot be read") from fault
    raise RtplanValueError(f"limit file {path.name}: .csv or .toml is read")


def _limit(row: Mapping[str, Any]) -> CumulativeLimit:
    missing = [
        key for key in LIMIT_COLUMNS if str(row.get(key) or "").strip() == "" and row.get(key) is not False
    ]
    unknown = [str(key) for key in row if key not in LIMIT_COLUMNS]
    if missing or unknown:
        raise RtplanValueError(
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )
    said = {key: str(row[key]).strip() for key in LIMIT_COLUMNS}
    alpha_beta = float(said["alpha_beta_gy"])
    if not alpha_beta > 0:
        raise RtplanValueError(f"alpha_beta_gy {alpha_beta}: above 0 Gy is needed")
    return CumulativeLimit(
        organ=said["organ"],
        metric=Metric.parse(said["metric"]),
        comparator=_comparator(said["comparator"]),
        eqd2_gy=float(said["eqd2_gy"]),
        includes_recovery=_yes_or_no(said["includes_recovery"]),
        source=said["source"],
        alpha_beta_gy=alpha_beta,
    )


def _comparator(text: str) -> Comparator:
    if text == "<=":
        return "<="
    if text == "<":
        return "<"
    raise RtplanValueError(f"comparator {text!r}: < or <= is needed")


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise RtplanValueError(f"includes_recovery {text!r}: yes or no is needed")
    return _YES_NO[text.lower()]
