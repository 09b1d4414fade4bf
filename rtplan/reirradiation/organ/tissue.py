"""Which alpha/beta each organ is computed with: always the user's word, with where it is from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtplan.alpha_beta import (
    UnusualAlphaBeta,
    check_alpha_beta,
    is_alpha_beta_value,
    parse_alpha_beta,
)
from rtplan.errors import RtplanValueError
from rtplan.files import read_typed_file

__all__ = [
    "TissueChoice",
    "each_once",
    "parse_alpha_beta_ranges",
    "parse_ranges",
    "parse_tissue",
    "parse_tissues",
    "read_tissue_file",
]


@dataclass(frozen=True, kw_only=True)
class TissueChoice:
    """One alpha/beta for one organ.

    Attributes
    ----------
    organ : str
        Standard name.
    alpha_beta : float
        Gy, above 0; infinity is allowed.
    source : str
        Where the value is from, ``"stated on the command line"`` where nobody says more.
    unusual : bool
        It is stated that a finite value above 25 Gy, beyond any that is published, is meant.
    """

    organ: str
    alpha_beta: float
    source: str
    unusual: bool = False

    def __post_init__(self) -> None:
        if not self.organ.strip():
            raise RtplanValueError("an alpha/beta without an organ: write ORGAN=ALPHA_BETA")
        if self.unusual:
            object.__setattr__(self, "alpha_beta", UnusualAlphaBeta(self.alpha_beta))
        check_alpha_beta(self.alpha_beta, self.organ)
        object.__setattr__(self, "unusual", isinstance(self.alpha_beta, UnusualAlphaBeta))
        if not self.source.strip():
            raise RtplanValueError(f"{self.organ}: say where its alpha/beta is from")


def parse_tissue(text: str) -> TissueChoice:
    """Read ``ORGAN=ALPHA_BETA``, such as ``"Bladder=3"``.

    Examples
    --------
    >>> parse_tissue("Bladder=3")
    TissueChoice(organ='Bladder', alpha_beta=3.0, source='stated on the command line', unusual=False)
    """
    organ, equals, number = text.rpartition("=")
    if not equals or not number.strip():
        raise RtplanValueError(f"{text!r} is no tissue: write ORGAN=ALPHA_BETA, such as Bladder=3")
    return TissueChoice(
        organ=organ.strip(),
        alpha_beta=parse_alpha_beta(number, organ.strip()),
        source="stated on the command line",
    )


def parse_tissues(texts: Iterable[str]) -> tuple[TissueChoice, ...]:
    """Read several; an organ may come with several alpha/beta, each once."""
    return each_once([parse_tissue(text) for text in texts])


def each_once(choices: Sequence[TissueChoice]) -> tuple[TissueChoice, ...]:
    """Return the choices; an organ with the same alpha/beta twice is refused."""
    keys = [(choice.organ, choice.alpha_beta) for choice in choices]
    for key in keys:
        if keys.count(key) > 1:
            raise RtplanValueError(f"{key[0]}={key[1]:g} is stated twice")
    return tuple(choices)


def read_tissue_file(path: Path) -> tuple[TissueChoice, ...]:
    """Read alpha/beta values from a TOML file: a table for each organ.

    Parameters
    ----------
    path : Path
        Tables such as ``[Bladder]`` with ``alpha_beta`` (a number or a list of them, Gy) and ``source``;
        ``unusual = true``, or ``"30 unusual"`` as the value, where one above 25 Gy is meant.

    Raises
    ------
    RtplanValueError
        All mistakes of the file in one message.
    """
    file = read_typed_file(path, kind="tissue file")
    mistakes = file.mistakes()
    choices: list[TissueChoice] = []
    for organ, table in file.toml().items():
        with mistakes.at(organ):
            choices += _of_table(organ, table)
    if not choices and not mistakes:
        mistakes.add("no organ in it")
    mistakes.raise_any()
    return each_once(choices)


def _of_table(organ: str, table: Any) -> list[TissueChoice]:
    if not isinstance(table, dict) or set(table) - {"unusual"} != {"alpha_beta", "source"}:
        raise RtplanValueError("exactly alpha_beta and source are needed")
    values = table["alpha_beta"] if isinstance(table["alpha_beta"], list) else [table["alpha_beta"]]
    if not all(map(is_alpha_beta_value, values)):
        raise RtplanValueError("alpha_beta is a number of Gy or a list of them")
    unusual = table.get("unusual", False)
    if not isinstance(unusual, bool):
        raise RtplanValueError("unusual is true or false, without quotes")
    return [
        TissueChoice(organ=organ, alpha_beta=value, source=str(table["source"]))
        for value in (_stated(value, organ, unusual=unusual) for value in values)
    ]


def _stated(value: float | str, organ: str, *, unusual: bool) -> float:
    """Return a file's alpha/beta; its key says that it is meant, or the word behind the number."""
    return UnusualAlphaBeta(value) if unusual else parse_alpha_beta(value, organ)


def parse_alpha_beta_ranges(texts: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Read ``ORGAN=LOW,HIGH`` words of alpha/beta; an end may be ``30 unusual``.

    Examples
    --------
    >>> parse_alpha_beta_ranges(["Bladder=2,5"])
    {'Bladder': (2.0, 5.0)}
    """
    return _ranges(texts, "--alpha-beta-interval", lambda end: parse_alpha_beta(end, "an interval's end"))


def parse_ranges(texts: Iterable[str], what: str) -> dict[str, tuple[float, float]]:
    """Read ``ORGAN=LOW,HIGH`` words.

    Parameters
    ----------
    texts : iterable of str
    what : str
        What they are ranges of; begins the message where one is not understood.

    Examples
    --------
    >>> parse_ranges(["Bladder=0.1,0.4"], "recovered fraction")
    {'Bladder': (0.1, 0.4)}
    """
    return _ranges(texts, what, float)


def _ranges(texts: Iterable[str], what: str, read: Callable[[str], float]) -> dict[str, tuple[float, float]]:
    ranges: dict[str, tuple[float, float]] = {}
    for text in texts:
        organ, _, ends = text.partition("=")
        written = ends.split(",")
        try:
            low, high = (read(end.strip()) for end in written)
        except ValueError as mistake:
            if isinstance(mistake, RtplanValueError) and len(written) == 2:
                raise
            raise RtplanValueError(f"{what} {text!r}: write ORGAN=LOW,HIGH") from None
        ranges[organ.strip()] = (low, high)
    return ranges
