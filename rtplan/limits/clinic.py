"""One file of a clinic: its own limits, alpha/beta values, names and preferred sets.

The file is TOML and is validated whole: all its mistakes are reported at once. Its content hash goes into
every result that used it. Nothing in it changes a published set; own limits are judged beside one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.files import TypedFile, read_typed_file, unknown_keys
from rtplan.limits.constraint import ConstraintSet
from rtplan.limits.constraint_file import ConstraintFileError, own_constraints, rows_of_tables
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.shipped_sets import constraint_sets
from rtplan.names import NameDictionary, contradicts_side, near_names, structure_names

__all__ = ["CLINIC_TEMPLATE", "Clinic", "ClinicAlphaBeta", "PreferredSet", "read_clinic_file"]

_LARGEST_ALPHA_BETA_GY: Final = 100.0

CLINIC_TEMPLATE: Final = """\
# A clinic's file for `rtplan check FOLDER --clinic FILE`. Every entry is an example: replace or delete it.
name = "Example clinic"

# Which set is used where --constraints is not given: the first that is for the plan's fractions.
# n_fractions: a number, "1-5", "conventional" (1.8 to 2 Gy per fraction) or "any".
# [[preferred_set]]
# set = "uk-sabr-2022"
# n_fractions = "1-8"

# alpha/beta by organ, for --convert-fractions eqd2:clinic. The source is needed.
# [[alpha_beta]]
# organ = "Rectum"
# alpha_beta_gy = 3.0
# source = "who published it, where"

# Names that a person has confirmed; they go before the shipped table.
# [[names]]
# written = "rectum stump"
# standard = "Rectum"
# confirmed_by = "AB"

# Own limits, judged beside the set; how_verified is "own". Columns: rtplan constraints --help.
# [[constraint]]
# organ = "Rectum"
# n_fractions = "5"
# metric = "D0.035cc"
# comparator = "<="
# limit = "38"
# unit = "Gy"
# source = "the clinic's protocol 7, 2024"
# how_verified = "own"
"""
"""A file to start from; `rtplan constraints clinic-template` prints it."""


@dataclass(frozen=True, kw_only=True)
class PreferredSet:
    """A set that the clinic uses for some numbers of fractions.

    Attributes
    ----------
    name : str
        A shipped set.
    fractions : FractionNumbers
    """

    name: str
    fractions: FractionNumbers


@dataclass(frozen=True, kw_only=True)
class ClinicAlphaBeta:
    """An alpha/beta value that the clinic uses.

    Attributes
    ----------
    organ : str
        Standard name.
    alpha_beta_gy : float
    source : str
    """

    organ: str
    alpha_beta_gy: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """A clinic's file.

    Attributes
    ----------
    name : str
    sha256 : str
        Hash of the file's text with LF line ends.
    limits : ConstraintSet or None
        Its own limits.
    dictionary : NameDictionary or None
    alpha_betas : tuple of ClinicAlphaBeta
    preferred_sets : tuple of PreferredSet
        In the order of preference.
    required_organs : tuple of str
        Standard names of organs that must be drawn and have a judged limit.
    """

    name: str
    sha256: str
    limits: ConstraintSet | None
    dictionary: NameDictionary | None
    alpha_betas: tuple[ClinicAlphaBeta, ...]
    preferred_sets: tuple[PreferredSet, ...]
    required_organs: tuple[str, ...] = ()

    def preferred_set(self, n_fractions: int | None, *, dose_per_fraction: float | None) -> str | None:
        """Return the first preferred set for a plan, or None."""
        for preferred in self.preferred_sets:
            if preferred.fractions.match(n_fractions, dose_per_fraction=dose_per_fraction).matches:
                return preferred.name
        return None

    @property
    def alpha_beta_by_organ(self) -> dict[str, float]:
        """Standard name to alpha/beta, Gy."""
        return {entry.organ: entry.alpha_beta_gy for entry in self.alpha_betas}


def read_clinic_file(path: Path) -> Clinic:
    """Read a clinic's file.

    Parameters
    ----------
    path : Path
        TOML with ``name`` and any of the lists ``[[constraint]]``, ``[[names]]``, ``[[alpha_beta]]`` and
        ``[[preferred_set]]``.

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
    sha256 = file.text_sha256
    clinic = Clinic(
        name=reading.name() or path.stem,
        sha256=sha256,
        limits=reading.limits(path.stem),
        dictionary=reading.dictionary(),
        alpha_betas=reading.alpha_betas(),
        preferred_sets=reading.preferred_sets(),
    )
    if not reading.mistakes and not _holds_something(clinic):
        reading.mistakes.append("it holds no constraint, names, alpha_beta or preferred_set")
    if reading.mistakes:
        file.refuse(*reading.mistakes)
    return clinic


def _holds_something(clinic: Clinic) -> bool:
    return bool(clinic.limits or clinic.dictionary or clinic.alpha_betas or clinic.preferred_sets)


class _Reading:
    """The tables of one file; mistakes are collected, not raised."""

    _COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
        "names": ("written", "standard", "confirmed_by", "note"),
        "alpha_beta": ("organ", "alpha_beta_gy", "source", "note"),
        "preferred_set": ("set", "n_fractions"),
    }

    def __init__(self, file: TypedFile) -> None:
        self.file = file
        self.tables = file.toml()
        self.mistakes = unknown_keys(
            self.tables, ("name", "constraint", "names", "alpha_beta", "preferred_set")
        )

    def name(self) -> str:
        """The clinic's name."""
        name = self.tables.get("name", "")
        if not isinstance(name, str):
            self.mistakes.append("name is a text in quotes; names of structures go into [[names]]")
            return ""
        return name.strip()

    def _rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Rows of a list as text, with their place; wrong kinds and unknown columns are mistakes."""
        rows = self.tables.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.mistakes.append(f"{table} is a list: write [[{table}]] before each entry")
            return
        for number, row in enumerate(rows, start=1):
            place = f"{table} {number}"
            self.mistakes += [f"{place}: {text}" for text in unknown_keys(row, columns)]
            yield place, {column: str(row.get(column, "")).strip() for column in columns}

    def _needed(self, place: str, row: Mapping[str, str], columns: Sequence[str]) -> bool:
        missing = [column for column in columns if not row[column]]
        if missing:
            self.mistakes.append(f"{place}: {' and '.join(missing)} missing")
        return not missing

    def limits(self, stem: str) -> ConstraintSet | None:
        """The clinic's own limits."""
        rows = self.tables.get("constraint", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.mistakes.append("constraint is a list: write [[constraint]] before each entry")
            return None
        if not rows:
            return None
        try:
            found = own_constraints(rows_of_tables(rows), file=self.file)
        except ConstraintFileError as refused:
            self.mistakes.extend(f"constraint {mistake}" for mistake in refused.mistakes)
            return None
        title = f"{self.name() or stem}: own limits"
        return ConstraintSet(name=stem, title=title, constraints=found, sha256=self.file.text_sha256)

    def dictionary(self) -> NameDictionary | None:
        """The names that were confirmed."""
        standards: dict[str, str] = {}
        for place, row in self._rows("names", self._COLUMNS["names"]):
            written, standard = row["written"], row["standard"]
            if not self._needed(place, row, ("written", "standard", "confirmed_by")):
                continue
            if structure_names().standard_of(standard) != standard:
                self.mistakes.append(f"{place}: {_no_standard(standard)}")
            elif contradicts_side(written, standard):
                self.mistakes.append(f"{place}: {written!r} names the other side than {standard!r}")
            if written.casefold() in standards:
                self.mistakes.append(f"{place}: {written!r} is listed twice")
            standards[written.casefold()] = standard
        return NameDictionary(standards=standards) if standards else None

    def alpha_betas(self) -> tuple[ClinicAlphaBeta, ...]:
        """The alpha/beta values, each with its source."""
        found: dict[str, ClinicAlphaBeta] = {}
        for place, row in self._rows("alpha_beta", self._COLUMNS["alpha_beta"]):
            if not self._needed(place, row, ("organ", "alpha_beta_gy", "source")):
                continue
            organ, value = row["organ"], _number(row["alpha_beta_gy"])
            if structure_names().standard_of(organ) != organ:
                self.mistakes.append(f"{place}: {_no_standard(organ)}")
            if not 0 < value <= _LARGEST_ALPHA_BETA_GY:
                self.mistakes.append(
                    f"{place}: alpha_beta_gy {row['alpha_beta_gy']!r} is no number of Gy above 0 and up to "
                    f"{_LARGEST_ALPHA_BETA_GY:g}"
                )
            if organ in found:
                self.mistakes.append(f"{place}: {organ} is listed twice")
            found[organ] = ClinicAlphaBeta(organ=organ, alpha_beta_gy=value, source=row["source"])
        return tuple(found.values())

    def preferred_sets(self) -> tuple[PreferredSet, ...]:
        """The sets of preference."""
        known = [entry.name for entry in constraint_sets()]
        found = []
        for place, row in self._rows("preferred_set", self._COLUMNS["preferred_set"]):
            if not self._needed(place, row, ("set", "n_fractions")):
                continue
            if row["set"] not in known:
                self.mistakes.append(f"{place}: no set {row['set']!r}; the sets are: {', '.join(known)}")
            fractions = self._checked(place, FractionNumbers.parse, row["n_fractions"])
            if fractions is not None and fractions.kind == "other":
                self.mistakes.append(
                    f"{place}: n_fractions {row['n_fractions']!r} is no number, range, conventional or any"
                )
            elif fractions is not None:
                found.append(PreferredSet(name=row["set"], fractions=fractions))
        return tuple(found)

    def _checked(
        self, place: str, reader: Callable[[str], FractionNumbers], text: str
    ) -> FractionNumbers | None:
        try:
            return reader(text)
        except RtplanValueError as why:
            self.mistakes.append(f"{place}: {why}")
            return None


def _no_standard(name: str) -> str:
    near = ", ".join(near_names(name, structure_names().standards)) or "none is alike"
    return f"{name!r} is no standard name; near names: {near}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
