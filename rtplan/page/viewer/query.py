"""What a request says, checked: words become numbers or are refused in words for a person."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums import Motion, TriedRegimen
from rtplan.what_if import Tried

__all__ = ["Quantity", "number", "numbers", "quantity_of", "tried_of"]

QUANTITIES: Final = ("eqd2", "physical", "remaining")
_TRIED_KEYS: Final = frozenset(
    {"alpha_beta", "recovered", "shift", "turn", "dose_factor", "n_fractions", "limits"}
)
_LONGEST: Final = 20_000
_LEAST_ALPHA_BETA_GY: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a dose picture shows.

    Attributes
    ----------
    kind : {"eqd2", "physical", "remaining"}
    course : int or None
        Place of the course, earlier ones first; None for the sum, and for what remains.
    alpha_beta : float
        Gy; plays no part in physical dose.
    limit_gy, n_fractions : float, int
        For what remains below a limit in so many fractions; 0 otherwise.
    """

    kind: str
    course: int | None
    alpha_beta: float
    limit_gy: float = 0.0
    n_fractions: int = 0

    def __post_init__(self) -> None:
        if self.kind not in QUANTITIES:
            raise RtplanLookupError(f"no quantity {self.kind!r}; there are: {', '.join(QUANTITIES)}")
        if self.kind == "physical" and self.course is None:
            raise RtplanValueError(
                "physical doses of different courses are not added: choose one course, or EQD2 for the sum"
            )
        if not _LEAST_ALPHA_BETA_GY <= self.alpha_beta <= 100:
            raise RtplanValueError(
                f"alpha/beta of {self.alpha_beta} Gy; {_LEAST_ALPHA_BETA_GY} to 100 Gy are drawn"
            )
        if self.kind == "remaining" and not (self.limit_gy > 0 and self.n_fractions >= 1):
            raise RtplanValueError("what remains needs a limit above 0 Gy EQD2 and at least 1 fraction")


def number(query: Mapping[str, str], key: str, default: float | None = None) -> float:
    """Return a finite number that a request says."""
    text = query.get(key)
    if text is None or not text.strip():
        if default is None:
            raise RtplanValueError(f"{key} is missing: a number is needed")
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RtplanValueError(f"{key} {text[:40]!r}: a number is needed")
    return value


def _whole_of(query: Mapping[str, str], key: str, default: float | None = None) -> int:
    value = number(query, key, default)
    if not value.is_integer():
        raise RtplanValueError(f"{key} {query.get(key, '')[:40]!r}: a whole number is needed")
    return int(value)


def numbers(query: Mapping[str, str], key: str, *, most: int) -> tuple[float, ...]:
    """Return the numbers of a list with commas; empty where it is not there."""
    words = [word for word in query.get(key, "").split(",") if word.strip()]
    if len(words) > most:
        raise RtplanValueError(f"{key}: {len(words)} numbers; up to {most} are drawn")
    return tuple(number({key: word}, key) for word in words)


def quantity_of(query: Mapping[str, str], *, alpha_beta: float, n_courses: int) -> Quantity:
    """Return what a request wants to see; the sum of EQD2 where it does not say.

    Parameters
    ----------
    query : mapping of str to str
        ``quantity``, ``course`` (``sum`` or a place from 0), ``alpha_beta``, ``limit``, ``fractions``.
    alpha_beta : float
        Where none is named, Gy.
    n_courses : int
    """
    said = query.get("course", "sum")
    course = None if said in ("sum", "") else _whole_of(query, "course")
    if course is not None and not 0 <= course < n_courses:
        raise RtplanLookupError(f"no course {said!r}: there are {n_courses}, counted from 0")
    kind = query.get("quantity", "eqd2")
    return Quantity(
        kind=kind,
        course=None if kind == "remaining" else course,
        alpha_beta=number(query, "alpha_beta", alpha_beta),
        limit_gy=number(query, "limit", 0.0),
        n_fractions=_whole_of(query, "fractions", 0.0),
    )


def tried_of(query: Mapping[str, str], *, centre_mm: tuple[float, float, float]) -> Tried:
    """Return what is tried, from ``try``: a JSON object; nothing where it is not there.

    Parameters
    ----------
    query : mapping of str to str
    centre_mm : (float, float, float)
        What a turn is about.

    Raises
    ------
    RtplanValueError
        Not such an object, an unknown key, or values that mean nothing.
    """
    text = query.get("try", "")
    if not text:
        return Tried()
    if len(text) > _LONGEST:
        raise RtplanValueError("what is tried is longer than any page would ask")
    try:
        said = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        said = None
    if not isinstance(said, dict) or not set(said) <= _TRIED_KEYS:
        keys = ", ".join(sorted(_TRIED_KEYS))
        raise RtplanValueError(f"what is tried is a JSON object with some of the keys {keys}")
    try:
        return _tried(said, centre_mm)
    except (TypeError, ValueError, OverflowError) as mistake:
        if isinstance(mistake, RtplanValueError):
            raise
        raise RtplanValueError("what is tried has a value of the wrong kind: numbers are needed") from mistake


def _tried(said: Mapping[str, Any], centre_mm: tuple[float, float, float]) -> Tried:
    recovered, n = said.get("recovered"), said.get("n_fractions")
    return Tried(
        alpha_beta={
            (str(organ), float(stated)): float(now) for organ, stated, now in said.get("alpha_beta", ())
        },
        recovered=None if recovered is None else float(recovered),
        motion=Motion(
            shift_mm=_three(said.get("shift")), rotation_degrees=_three(said.get("turn")), centre_mm=centre_mm
        ),
        regimen=TriedRegimen(
            dose_factor=float(said.get("dose_factor", 1.0)), n_fractions=None if n is None else _whole(n)
        ),
        limits={(str(organ), str(metric)): float(gy) for organ, metric, gy in said.get("limits", ())},
    )


def _three(said: Any) -> tuple[float, float, float]:
    x, y, z = (0.0, 0.0, 0.0) if said is None else said
    return float(x), float(y), float(z)


def _whole(said: Any) -> int:
    if float(said) != int(said):
        raise RtplanValueError(f"{said} fractions: a whole number is needed")
    return int(said)
