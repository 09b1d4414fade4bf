"""Arguments that several sub-commands read the same way."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.regimens import alpha_beta_values as parse_alpha_betas
from rtplan.regimens import dose_in_gy as positive_gy
from rtplan.regimens import fraction_number as one_fraction_number

__all__ = [
    "add_alpha_beta",
    "add_parameters",
    "allow_several",
    "one_fraction_number",
    "parse_alpha_betas",
    "positive_gy",
    "refuse_alone",
    "stated_alpha_beta",
]


def add_alpha_beta(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add ``--alpha-beta X``, repeatable and without a default."""
    parser.add_argument(
        "--alpha-beta",
        action="append",
        required=required,
        metavar="GY",
        help="alpha/beta in Gy, such as 3 or inf; several at once or repeated. One above 25 Gy that is "
        'meant is written "30 unusual"',
    )


def refuse_alone(args: argparse.Namespace, needs: Mapping[str, str]) -> None:
    """Refuse an option whose partner is missing: it would be passed over in silence."""
    for option, partner in needs.items():
        if getattr(args, option) not in (None, False) and not getattr(args, partner):
            shown, needed = (f"--{name.replace('_', '-')}" for name in (option, partner))
            raise RtplanValueError(f"{shown} needs {needed} beside it")


def stated_alpha_beta(text: str | None, what: str) -> float | None:
    """Read the alpha/beta that an option states; None where it was not given."""
    return None if text is None else parse_alpha_beta(text, what)


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
        float(word.removesuffix("unusual"))
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
