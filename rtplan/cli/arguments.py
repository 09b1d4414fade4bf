"""Arguments that several sub-commands read the same way."""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord

__all__ = [
    "add_alpha_beta",
    "add_parameters",
    "allow_several",
    "input_of_text",
    "one_fraction_number",
    "parse_alpha_betas",
    "positive_gy",
]


def add_alpha_beta(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add ``--alpha-beta X``, repeatable and without a default."""
    parser.add_argument(
        "--alpha-beta",
        action="append",
        required=required,
        metavar="GY",
        help="alpha/beta in Gy, such as 3 or inf; several at once or repeated",
    )


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Add ``--param NAME=VALUE``, repeatable."""
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a model parameter, such as repair_half_time_h=1.5 and interval_h=6 for several fractions a day",
    )


def allow_several(parser: argparse.ArgumentParser) -> None:
    """Let ``--alpha-beta 3 10`` stand for ``--alpha-beta 3 --alpha-beta 10``, wherever the regimens are.

    Only words that look like a further value are taken, so that ``--alpha-beta 3 25Gy/5`` stays one value
    and a regimen.
    """
    plain = parser.parse_known_args

    def parse_known_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        return plain(None if args is None else repeated(args), namespace)

    parser.parse_known_args = parse_known_args  # type: ignore[method-assign, assignment]


def repeated(words: Sequence[str]) -> list[str]:
    """Write the option again before each further value.

    Examples
    --------
    >>> repeated(["--alpha-beta", "3", "10", "25Gy/5"])
    ['--alpha-beta', '3', '--alpha-beta', '10', '25Gy/5']
    """
    expanded: list[str] = []
    option, values = "", 0
    for word in words:
        if word.startswith("--"):
            option, values = word, 0
        elif option in _FURTHER_VALUE and values and _FURTHER_VALUE[option](word):
            expanded.append(option)
            values += 1
        else:
            values += 1
            option = option if values == 1 else ""
        expanded.append(word)
    return expanded


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


_FURTHER_VALUE: dict[str, Callable[[str], bool]] = {
    "--alpha-beta": _is_number,
    "--dose-per-fraction": _is_number,
    "--fractions": str.isdecimal,
    "--limit": _is_number,
    "--model": str.isalpha,
    "--param": lambda word: "=" in word,
}
"""Options that may be followed by several values, and what a further value looks like."""


def parse_alpha_betas(texts: Sequence[str]) -> tuple[float, ...]:
    """Read alpha/beta values in the order given, each once.

    Examples
    --------
    >>> parse_alpha_betas(["3", "10", "inf"])
    (3.0, 10.0, inf)
    """
    return tuple(dict.fromkeys(map(_alpha_beta, texts)))


def _alpha_beta(text: str) -> float:
    value = float(text) if _is_number(text) else math.nan
    if not value > 0:
        raise RtplanValueError(f"alpha/beta {text!r}: a number above 0 Gy is needed, such as 3, 10 or inf")
    return value


def one_fraction_number(text: str) -> int:
    """Read one number of fractions.

    Examples
    --------
    >>> one_fraction_number("5")
    5
    """
    if not text.strip().isdecimal() or int(text) < 1:
        raise RtplanValueError(f"{text!r} is no number of fractions: a whole number of at least 1 is needed")
    return int(text)


def positive_gy(text: str, name: str) -> float:
    """Read a dose in Gy, finite and above 0.

    Examples
    --------
    >>> positive_gy("1.8", "dose per fraction")
    1.8
    """
    value = float(text) if _is_number(text) else math.nan
    if not (math.isfinite(value) and value > 0):
        raise RtplanValueError(f"{name} {text!r}: a number above 0 Gy is needed")
    return value


def input_of_text(texts: Iterable[str], *, role: str) -> list[InputRecord]:
    """Record typed inputs by the hash of their text."""
    return [InputRecord(role=role, sha256=hashlib.sha256(text.encode("utf-8")).hexdigest()) for text in texts]
