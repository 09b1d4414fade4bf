"""What an alpha/beta may be, wherever one is stated: above 0 Gy, and above 25 Gy only where that is meant."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from rtplan.errors import RtplanValueError

__all__ = ["UnusualAlphaBeta", "check_alpha_beta", "is_alpha_beta_value", "parse_alpha_beta"]

_HIGHEST_USUAL_GY: Final = 25.0
_UNUSUAL: Final = re.compile(r"\s+unusual\s*$", re.IGNORECASE)


class UnusualAlphaBeta(float):
    """An alpha/beta above 25 Gy, beyond any published estimate, that is meant.

    Examples
    --------
    >>> check_alpha_beta(UnusualAlphaBeta(30), "Bladder")
    """

    __slots__ = ()


def check_alpha_beta(value: float, what: str, *, allow_infinity: bool = True) -> None:
    """Refuse what is no alpha/beta, and ask back a finite one that nobody published.

    Parameters
    ----------
    value : float or UnusualAlphaBeta
        Gy.
    what : str
        Whose it is; begins the message.
    allow_infinity : bool
        Infinity, where EQD2 is the physical dose, is a value here.

    Raises
    ------
    RtplanValueError
        It is not above 0 Gy, or finite and above 25 Gy without being stated as unusual.

    Examples
    --------
    >>> check_alpha_beta(3, "Bladder")
    >>> check_alpha_beta(30, "Bladder")
    Traceback (most recent call last):
        ...
    rtplan.errors.RtplanValueError: Bladder: alpha/beta 30 Gy; did you type 3? No estimate above 25 Gy is \
published; write "30 unusual" (in Python UnusualAlphaBeta(30)) if it is meant
    """
    if not value > 0:
        raise RtplanValueError(f"{what}: alpha/beta {value:g} Gy; above 0 Gy is needed, such as 3, 10 or inf")
    if math.isinf(value) and not allow_infinity:
        raise RtplanValueError(f"{what}: alpha/beta {value:g} Gy; a finite value above 0 Gy is needed")
    if _HIGHEST_USUAL_GY < value < math.inf and not isinstance(value, UnusualAlphaBeta):
        raise RtplanValueError(
            f"{what}: alpha/beta {value:g} Gy; did you type {value / (10 if value < 100 else 100):g}? No "
            f'estimate above {_HIGHEST_USUAL_GY:g} Gy is published; write "{value:g} unusual" (in Python '
            f"UnusualAlphaBeta({value:g})) if it is meant"
        )


def is_alpha_beta_value(value: Any) -> bool:
    """Whether a value of a TOML file can be an alpha/beta: a number, or a text such as ``"30 unusual"``.

    Examples
    --------
    >>> is_alpha_beta_value(3), is_alpha_beta_value("30 unusual"), is_alpha_beta_value("3")
    (True, True, False)
    """
    if isinstance(value, str):
        return _UNUSUAL.search(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse_alpha_beta(given: str | float, what: str) -> float:
    """Read an alpha/beta as people type it, with ``unusual`` behind one above 25 Gy that is meant.

    Parameters
    ----------
    given : str or float
        Gy.
    what : str
        Whose it is; begins the message.

    Raises
    ------
    RtplanValueError
        No number, or one that `check_alpha_beta` refuses.

    Examples
    --------
    >>> parse_alpha_beta("3", "Bladder"), parse_alpha_beta("30 unusual", "Bladder")
    (3.0, 30.0)
    """
    if not isinstance(given, str):
        value = given if isinstance(given, UnusualAlphaBeta) else float(given)
        check_alpha_beta(value, what)
        return value
    plain = _UNUSUAL.sub("", given)
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise RtplanValueError(f"{what}: alpha/beta {given!r}: a number above 0 Gy is needed, such as 3")
    value = value if plain == given else UnusualAlphaBeta(value)
    check_alpha_beta(value, what)
    return value
