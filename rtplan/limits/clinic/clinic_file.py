"""One file of a clinic: its own limits, alpha/beta values, names, preferred sets and required organs.

The file is TOML and is validated whole: all its mistakes are reported at once. Its content hash goes into
every result that used it. Nothing in it changes a published set; own limits are judged beside one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.files import Row, TypedFile, read_typed_file, shipped_file, unknown_keys
from rtplan.limits.clinic.clinic import Clinic, ClinicAlphaBeta, PreferredSet
from rtplan.limits.constraint import ConstraintSet
from rtplan.limits.constraint_file import (
    COLUMNS,
    REQUIRED_COLUMNS,
    ConstraintFileError,
    own_constraints,
    rows_of_tables,
)
from rtplan.limits.cumulative import CumulativeLimit, refuse_two
from rtplan.limits.cumulative_file import LIMIT_COLUMNS, OPTIONAL_LIMIT_COLUMNS, cumulative_limit
from rtplan.limits.cumulative_set import CumulativeSet, load_cumulative_set
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.shipped_sets import constraint_sets
from rtplan.names import NameDictionary, near_names, row_mistakes, structure_names

__all__ = ["CLINIC_TABLES", "clinic_template", "read_clinic_file"]

CLINIC_TABLES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "preferred_set": (("set", "n_fractions"), ()),
    "required_organ": (("organ",), ("note",)),
    "constraint": (REQUIRED_COLUMNS, tuple(column for column in COLUMNS if column not in REQUIRED_COLUMNS)),
    "cumulative_limit": (LIMIT_COLUMNS, OPTIONAL_LIMIT_COLUMNS),
    "cumulative_set": (("set",), ("note",)),
    "alpha_beta": (("organ", "alpha_beta_gy", "source"), ("note",)),
    "names": (("written", "standard", "confirmed_by"), ("note",)),
}
"""The lists of a clinic's file: columns that each row has, and columns that it may have."""


def read_clinic_file(path: Path) -> Clinic:
    """Read a clinic's file.

    Parameters
    ----------
    path : Path
        TOML with ``name`` and any of the lists of `CLINIC_TABLES`.

    Returns
    -------
    Clinic

    Raises
    ------
    RtplanLookupError
        If the file is not there.
    ConstraintFileError
        With all mistakes of the file at once.
    """
    file = read_typed_file(path, kind="clinic file", error=ConstraintFileError)
    reading = _Reading(file)
    clinic = Clinic(
        name=reading.name() or path.stem,
        sha256=file.text_sha256,
        limits=reading.limits(path.stem),
        dictionary=reading.dictionary(),
        alpha_betas=reading.alpha_betas(),
        preferred_sets=reading.preferred_sets(),
        cumulative_limits=reading.cumulative_limits(),
        cumulative_sets=reading.cumulative_sets(),
        required_organs=reading.required_organs(),
    )
    if not reading.mistakes and clinic.is_empty:
        reading.mistakes.add(f"it holds none of {', '.join(CLINIC_TABLES)}")
    reading.mistakes.raise_any()
    return clinic


def clinic_template() -> str:
    """Return a file to start from: every list with an example behind ``#``."""
    return shipped_file("rtplan.limits.clinic", "clinic_template.toml").text()


class _Reading:
    """The tables of one file; mistakes are collected, not raised."""

    def __init__(self, file: TypedFile) -> None:
        self.file = file
        self.tables = file.toml()
        self.mistakes = file.mistakes()
        self.mistakes.add(*unknown_keys(self.tables, ("name", *CLINIC_TABLES)))

    def name(self) -> str:
        """The clinic's name."""
        name = self.tables.get("name", "")
        if not isinstance(name, str):
            self.mistakes.add("name is a text in quotes; names of structures go into [[names]]")
            return ""
        return name.strip()

    def _tables(self, table: str) -> tuple[Row, ...]:
        """Rows of a list as text; what is no list is a mistake."""
        tables = self.tables.get(table, [])
        if not isinstance(tables, list) or not all(isinstance(row, dict) for row in tables):
            self.mistakes.add(f"{table} is a list: write [[{table}]] before each entry")
            return ()
        return rows_of_tables(tables, place=table)

    def _rows(self, table: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Whole rows of a list with their place; unknown and missing columns are mistakes."""
        columns, optional = CLINIC_TABLES[table]
        for row in self._tables(table):
            self.mistakes.add(
                *(f"{row.place}: {text}" for text in unknown_keys(row.cells, (*columns, *optional)))
            )
            missing = [column for column in columns if not row.cells.get(column)]
            if missing:
                self.mistakes.add(f"{row.place}: {' and '.join(missing)} missing")
            else:
                yield row.place, row.cells

    def limits(self, stem: str) -> ConstraintSet | None:
        """The clinic's own limits of one course."""
        rows = self._tables("constraint")
        if not rows:
            return None
        try:
            constraints = own_constraints(rows, file=self.file)
        except ConstraintFileError as refused:
            self.mistakes.add(*refused.mistakes)
            return None
        title = f"{self.name() or stem}: own limits"
        return ConstraintSet(name=stem, title=title, constraints=constraints, sha256=self.file.text_sha256)

    def cumulative_limits(self) -> tuple[CumulativeLimit, ...]:
        """The clinic's own limits over several courses."""
        limits: list[CumulativeLimit] = []
        for row in self._tables("cumulative_limit"):
            with self.mistakes.at(row.place):
                limit = cumulative_limit(row.cells)
                _check_organ(limit.organ)
                refuse_two([*limits, limit])
                limits.append(limit)
        return tuple(limits)

    def cumulative_sets(self) -> tuple[CumulativeSet, ...]:
        """The carried sets of limits over several courses that the clinic works with."""
        sets: dict[str, CumulativeSet] = {}
        for place, row in self._rows("cumulative_set"):
            with self.mistakes.at(place):
                if row["set"] in sets:
                    raise RtplanValueError(f"{row['set']} is listed twice")
                sets[row["set"]] = load_cumulative_set(row["set"])
        return tuple(sets.values())

    def dictionary(self) -> NameDictionary | None:
        """The names that were confirmed."""
        standards: dict[str, str] = {}
        for place, row in self._rows("names"):
            self.mistakes.add(*(f"{place}: {text}" for text in row_mistakes(row, standards)))
            standards[row["written"].casefold()] = row["standard"]
        return NameDictionary(standards=standards) if standards else None

    def alpha_betas(self) -> tuple[ClinicAlphaBeta, ...]:
        """The alpha/beta values, each with its source."""
        values: dict[str, ClinicAlphaBeta] = {}
        for place, row in self._rows("alpha_beta"):
            with self.mistakes.at(place):
                _check_organ(row["organ"])
            with self.mistakes.at(place):
                value = parse_alpha_beta(row["alpha_beta_gy"], row["organ"])
                if row["organ"] in values:
                    raise RtplanValueError(f"{row['organ']} is listed twice")
                values[row["organ"]] = ClinicAlphaBeta(
                    organ=row["organ"], alpha_beta_gy=value, source=row["source"]
                )
        return tuple(values.values())

    def preferred_sets(self) -> tuple[PreferredSet, ...]:
        """The sets of preference."""
        known = [entry.name for entry in constraint_sets()]
        preferred = []
        for place, row in self._rows("preferred_set"):
            if row["set"] not in known:
                self.mistakes.add(f"{place}: no set {row['set']!r}; the sets are: {', '.join(known)}")
            with self.mistakes.at(place):
                preferred.append(PreferredSet(name=row["set"], fractions=_fractions(row["n_fractions"])))
        return tuple(preferred)

    def required_organs(self) -> tuple[str, ...]:
        """The organs that must be drawn."""
        organs: list[str] = []
        for place, row in self._rows("required_organ"):
            with self.mistakes.at(place):
                _check_organ(row["organ"])
                if row["organ"] in organs:
                    raise RtplanValueError(f"{row['organ']} is listed twice")
                organs.append(row["organ"])
        return tuple(organs)


def _check_organ(name: str) -> None:
    if structure_names().standard_of(name) != name:
        near = ", ".join(near_names(name, structure_names().standards)) or "none is alike"
        raise RtplanValueError(f"{name!r} is no standard name; near names: {near}")


def _fractions(text: str) -> FractionNumbers:
    fractions = FractionNumbers.parse(text)
    if fractions.kind == "other":
        raise RtplanValueError(f"n_fractions {text!r} is no number, range, conventional or any")
    return fractions
