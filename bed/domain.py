"""What an argument of a model may be: checks at the door, and the warning that a result is out of domain.

The models compute in float64 and broadcast like NumPy. Doses may hold NaN (not covered), which stays NaN;
parameters may not.
"""

from __future__ import annotations

import warnings
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bed.arguments import Real, checked_dose, checked_finite, checked_fractions, real
from bed.errors import BedValueError, OutsideValidityWarning

__all__ = [
    "Array",
    "doses",
    "external_dose_per_fraction",
    "finite",
    "non_negative",
    "outside_validity",
    "positive",
    "result",
    "share",
    "whole",
]

Array: TypeAlias = NDArray[np.float64]

_EXTERNAL_BEAM_LIMIT_GY = 100.0


def _refuse(bad: NDArray[np.bool_], value: Array, name: str, allowed: str) -> None:
    """Raise with the first offending value when there is one."""
    if np.any(bad):
        raise BedValueError(f"{name} must be {allowed}, got {float(value[bad].flat[0]):g}")


def _array(value: ArrayLike, name: str) -> Array:
    return np.asarray(real(value, name), dtype=np.float64)


def doses(value: ArrayLike, name: str) -> Array:
    """Return physical doses as float64: finite and >= 0 Gy, NaN (not covered) allowed.

    Examples
    --------
    >>> doses([0, 2], "dose")
    array([0., 2.])
    """
    return np.asarray(checked_dose(value, name), dtype=np.float64)


def external_dose_per_fraction(value: Array, name: str) -> Array:
    """Refuse an external-beam dose per fraction above 100 Gy, which is cGy taken for Gy.

    Examples
    --------
    >>> external_dose_per_fraction(np.array(1.8), "dose per fraction")
    array(1.8)
    """
    allowed = f"at most {_EXTERNAL_BEAM_LIMIT_GY:g} Gy per external-beam fraction (did you pass cGy?)"
    _refuse(value > _EXTERNAL_BEAM_LIMIT_GY, value, name, allowed)
    return value


def finite(value: ArrayLike, name: str) -> Array:
    """Return BED-like values as float64: finite, any sign, NaN (not covered) allowed.

    Examples
    --------
    >>> finite(-1, "bed")
    array(-1.)
    """
    return np.asarray(checked_finite(value, name), dtype=np.float64)


def positive(value: ArrayLike, name: str, *, unit: str, infinite: bool = False) -> Array:
    """Return a parameter as float64: > 0, finite unless infinity has a meaning for it.

    Examples
    --------
    >>> positive(3, "alpha_beta", unit="Gy")
    array(3.)
    """
    array = _array(value, name)
    allowed = f"> 0 {unit}" if infinite else f"finite and > 0 {unit}"
    _refuse(~(array > 0) | (np.isinf(array) & (not infinite)), array, name, allowed.strip())
    return array


def non_negative(value: ArrayLike, name: str, *, unit: str, infinite: bool = False) -> Array:
    """Return a parameter as float64: >= 0, finite unless infinity has a meaning for it.

    Examples
    --------
    >>> non_negative(0, "kick_off", unit="days")
    array(0.)
    """
    array = _array(value, name)
    allowed = f">= 0 {unit}" if infinite else f"finite and >= 0 {unit}"
    _refuse(~(array >= 0) | (np.isinf(array) & (not infinite)), array, name, allowed.strip())
    return array


def share(value: ArrayLike, name: str) -> Array:
    """Return a weight as float64, within [0, 1].

    Examples
    --------
    >>> share(0.5, "fast_weight")
    array(0.5)
    """
    array = _array(value, name)
    _refuse(~((array >= 0) & (array <= 1)), array, name, "within 0 to 1")
    return array


def whole(value: ArrayLike, name: str) -> Array:
    """Return a count as float64: whole and >= 1.

    Examples
    --------
    >>> whole(28, "n_fractions")
    array(28.)
    """
    return np.asarray(checked_fractions(value, name), dtype=np.float64)


def result(value: Any) -> Real:
    """Return a float for one number and the array for an array.

    Examples
    --------
    >>> result(np.array(2.0))
    2.0
    """
    array: Array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def outside_validity(message: str) -> None:
    """Warn that a result exists although its model is used outside the domain its source supports."""
    warnings.warn(message, OutsideValidityWarning, stacklevel=3)
