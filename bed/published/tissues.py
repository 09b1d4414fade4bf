"""Registry of published tissue parameters: alpha/beta and repair half-times, each with its source.

Nothing here is a default. A look-up names the tissue and the endpoint; where several publications answer,
it lists them and asks for the source. Rows whose transcription nobody has checked against the publication
say so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from bed.errors import TissueLookupError
from bed.tables import csv_rows

__all__ = [
    "TISSUE_PARAMETERS",
    "TissueParameter",
    "find_tissue_parameters",
    "tissue_parameter",
    "tissue_parameters",
]

TISSUE_PARAMETERS = {"alpha_beta": "Gy", "repair_half_time": "h"}
"""The parameters the registry holds, and their units."""


@dataclass(frozen=True, kw_only=True)
class TissueParameter:
    """One published value.

    Attributes
    ----------
    parameter : str
        `alpha_beta` or `repair_half_time`.
    tissue : str
        In plain English, such as `rectum` or `rectal tumour`.
    organs : tuple of str
        TG-263 names the row may be used for; empty for tumours and tissues without one.
    kind : str
        `normal tissue` or `tumour`.
    endpoint : str
        What was observed, or for a convention where the value is in use.
    basis : str
        `estimate` from observed effects, or `convention` chosen for calculation.
    value : float or None
        Point value; None where only a bound or a range is published. May be <= 0, as published: such a
        value means that LQ found no positive alpha/beta.
    low, high : float or None
        Interval of `level`, or the bound.
    bound : str
        `<` or `>` where only an upper or a lower bound is published, else empty.
    level : str
        What the interval is, such as `95 %`, `68 %` or `range`.
    unit : str
        Gy or h.
    source, doi : str
        Publication; the DOI where known.
    tag : str
        R read, S software of the authors, M transcribed from memory.
    how_verified : str
        In words.
    note : str
        What a user must know.
    """

    parameter: str
    tissue: str
    organs: tuple[str, ...]
    kind: str
    endpoint: str
    basis: str
    value: float | None
    low: float | None
    high: float | None
    bound: str
    level: str
    unit: str
    source: str
    doi: str
    tag: str
    how_verified: str
    note: str

    @property
    def is_verified(self) -> bool:
        """Whether someone read the value in a source; False for an unverified transcription."""
        return self.tag != "M"

    def __str__(self) -> str:
        """Return the value with its interval, source and verification in one line."""
        mark = "" if self.is_verified else "; unverified transcription"
        return f"{self.tissue}, {self.endpoint}: {self.value_text} ({self.source}{mark})"

    @property
    def value_text(self) -> str:
        """Value, interval and unit as a person writes them."""
        if self.bound:
            return f"{self.bound} {self.high if self.bound == '<' else self.low:g} {self.unit}"
        interval = "" if self.low is None else f"{self.low:g} to {self.high:g}"
        if self.value is None:
            return f"{interval} {self.unit}"
        return f"{self.value:g} {self.unit}" + (f" ({self.level} {interval})" if interval else "")


@cache
def tissue_parameters() -> tuple[TissueParameter, ...]:
    """Every row of the registry, in its order.

    Returns
    -------
    tuple of TissueParameter
        All parameters, tissues and endpoints.

    Examples
    --------
    >>> len({row.tissue for row in tissue_parameters()}) > 50
    True
    """
    return tuple(_row(cells) for cells in csv_rows("bed.published", "tissues.csv"))


def _row(cells: dict[str, str]) -> TissueParameter:
    typed: dict[str, Any] = dict(cells)
    typed |= {name: float(cells[name]) if cells[name] else None for name in ("value", "low", "high")}
    typed["organs"] = tuple(filter(None, cells["organs"].split("|")))
    return TissueParameter(**typed)


def find_tissue_parameters(
    tissue: str, *, parameter: str, endpoint: str | None = None, source: str | None = None
) -> tuple[TissueParameter, ...]:
    """All rows of a tissue, narrowed by endpoint and source.

    Parameters
    ----------
    tissue : str
        Plain English or TG-263 name, in any case.
    parameter : str
        `alpha_beta` or `repair_half_time`.
    endpoint : str, optional
        As in the registry, in any case.
    source : str, optional
        A part of the source, such as the first author.

    Returns
    -------
    tuple of TissueParameter
        One or more.

    Raises
    ------
    TissueLookupError
        Nothing fits; the message lists what there is.

    Examples
    --------
    >>> [row.value for row in find_tissue_parameters("rectal tumour", parameter="alpha_beta")]
    [5.06, 11.1, 10.0]
    """
    if parameter not in TISSUE_PARAMETERS:
        raise TissueLookupError(f"unknown parameter {parameter!r}; known: {', '.join(TISSUE_PARAMETERS)}")
    of_parameter = [row for row in tissue_parameters() if row.parameter == parameter]
    rows = [row for row in of_parameter if _speaks_of(row, tissue)]
    if not rows:
        raise TissueLookupError(f"no {parameter} of {tissue!r}; {_nearest(tissue, of_parameter)}")
    if endpoint is not None:
        rows = _refuse_none_left(
            rows, [r for r in rows if _is_same_text(r.endpoint, endpoint)], f"endpoint {endpoint!r}"
        )
    if source is not None:
        rows = _refuse_none_left(
            rows, [r for r in rows if source.casefold() in r.source.casefold()], f"source {source!r}"
        )
    return tuple(rows)


def _is_same_text(listed: str, asked: str) -> bool:
    return listed.casefold() == asked.casefold().strip()


def _speaks_of(row: TissueParameter, tissue: str) -> bool:
    return any(_is_same_text(name, tissue) for name in (row.tissue, *row.organs))


def _nearest(tissue: str, rows: Iterable[TissueParameter]) -> str:
    """Name the tissues that are spelt alike, or all of them."""
    known = sorted({name for row in rows for name in (row.tissue, *row.organs)}, key=str.casefold)
    near = difflib.get_close_matches(tissue, known, n=5, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"


def _refuse_none_left(
    before: list[TissueParameter], after: list[TissueParameter], what: str
) -> list[TissueParameter]:
    if not after:
        raise TissueLookupError(f"{before[0].tissue}: nothing for {what}; there is: {_choices(before)}")
    return after


def _choices(rows: Iterable[TissueParameter]) -> str:
    return "; ".join(str(row) for row in rows)


def tissue_parameter(
    tissue: str, *, parameter: str, endpoint: str, source: str | None = None
) -> TissueParameter:
    """The one published value for a tissue and an endpoint.

    Parameters
    ----------
    tissue : str
        Plain English or TG-263 name, in any case.
    parameter : str
        `alpha_beta` or `repair_half_time`.
    endpoint : str
        As in the registry, in any case; there is no value of a tissue without one.
    source : str, optional
        A part of the source; needed where several publications answer.

    Returns
    -------
    TissueParameter
        The row, with its interval, source and verification.

    Raises
    ------
    TissueLookupError
        Nothing fits, or several rows do; the message lists the choices.

    Examples
    --------
    >>> row = tissue_parameter("Rectum", parameter="alpha_beta", endpoint="late toxicity grade 2 or worse")
    >>> row.value, row.value_text
    (4.8, '4.8 Gy (68 % 0.6 to 46)')
    >>> tissue_parameter("prostate tumour", parameter="alpha_beta", endpoint="biochemical control")
    Traceback (most recent call last):
    bed.errors.TissueLookupError: prostate tumour, biochemical control: 4 published values, ...
    """
    rows = find_tissue_parameters(tissue, parameter=parameter, endpoint=endpoint, source=source)
    if len(rows) > 1:
        raise TissueLookupError(
            f"{rows[0].tissue}, {rows[0].endpoint}: {len(rows)} published values, name the source of one: "
            f"{_choices(rows)}"
        )
    return rows[0]
