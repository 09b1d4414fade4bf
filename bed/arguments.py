"""Checks of arguments that all models share: a number or a whole array, looked at as a whole.

Two families. The `checked_*` functions keep what the caller passed, a float or an array of its own width:
they serve LQ on whole grids, look at extremes only and make no temporary of the array's size. `doses`,
`positive` and the other short names give float64 arrays that broadcast, for models with several parameters.
NaN (not covered) passes wherever a dose is meant, never in a parameter.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning

__all__ = [
    "BoolArray",
    "FloatArray",
    "Real",
    "as_given",
    "checked_alpha_beta",
    "checked_dose",
    "checked_finite",
    "checked_fractions",
    "checked_positive",
    "doses",
    "external_dose_per_fraction",
    "extremes",
    "finite",
    "non_negative",
    "one_number",
    "outside_validity",
    "positive",
    "real",
    "result",
    "share",
    "whole",
]

FloatArray: TypeAlias = NDArray[np.floating[Any]]
"""A whole array of real numbers."""

BoolArray: TypeAlias = NDArray[np.bool_]
"""A whole array of yes and no."""

Real: TypeAlias = "float | FloatArray"
"""One number or one whole array."""

_EXTERNAL_BEAM_LIMIT_GY = 100.0


def real(value: Any, name: str) -> Real:
    """Return a number as float and anything else as a floating array, without copying one that is.

    Parameters
    ----------
    value : float or array_like
        What the caller passed, any shape.
    name : str
        The argument's name for the message.

    Returns
    -------
    float or ndarray
        Zero-dimensional arrays become floats; integers and half precision become wider floats.

    Raises
    ------
    BedTypeError
        Text, booleans, None, complex numbers or objects such as a typed quantity.

    Examples
    --------
    >>> real(3, "alpha_beta")
    3.0
    """
    if value is None or isinstance(value, (bool, str)):
        raise BedTypeError(f"{name} takes a number or an array of numbers, not {value!r}")
    if isinstance(value, int):
        return _float_of(value)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise BedTypeError(f"{name} takes real numbers, not {type(value).__name__} of {array.dtype}")
    if array.ndim == 0:
        return float(array)
    if array.dtype.kind != "f":
        return array.astype(np.float64)
    return array if array.dtype.itemsize >= 4 else array.astype(np.float32)


def _float_of(value: int) -> float:
    """Return an integer of any size as float; one beyond the floats is infinite and is refused as such."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_given(value: Any) -> Real:
    """Return a result as float where it is one number, else the array itself.

    Parameters
    ----------
    value : float, numpy scalar or ndarray
        Result of array arithmetic.

    Returns
    -------
    float or ndarray
        The same value.

    Examples
    --------
    >>> as_given(np.float64(2.0))
    2.0
    """
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def extremes(value: Real) -> tuple[float, float]:
    """Smallest and largest value, NaN passed over; NaN for an empty or all-NaN array.

    Parameters
    ----------
    value : float or ndarray
        As returned by `real`.

    Returns
    -------
    tuple of float
        Low and high.

    Examples
    --------
    >>> extremes(np.array([2.0, np.nan, 1.0]))
    (1.0, 2.0)
    """
    if isinstance(value, float):
        return value, value
    if value.size == 0:
        return math.nan, math.nan
    return float(np.fmin.reduce(value, axis=None)), float(np.fmax.reduce(value, axis=None))


def checked_finite(value: ArrayLike, name: str) -> Real:
    """Return `real(value, name)` after refusing infinity; NaN passes.

    Parameters
    ----------
    value : float or array_like
        Any sign, any shape.
    name : str
        The argument's name for the message.

    Returns
    -------
    float or ndarray
        The value.

    Raises
    ------
    BedValueError
        An infinite value.

    Examples
    --------
    >>> checked_finite(-2.5, "bed_gy")
    -2.5
    """
    plain = real(value, name)
    if any(map(math.isinf, extremes(plain))):
        raise BedValueError(f"{name} must be finite (NaN where not covered)")
    return plain


def checked_dose(dose: ArrayLike, name: str = "dose") -> Real:
    """Return a dose after refusing negative and infinite values; NaN (not covered) passes.

    Parameters
    ----------
    dose : float or array_like
        Dose in Gy, any shape.
    name : str
        The argument's name for the message.

    Returns
    -------
    float or ndarray
        The dose.

    Raises
    ------
    BedValueError
        A negative or infinite dose.

    Examples
    --------
    >>> checked_dose(50.4)
    50.4
    """
    value = real(dose, name)
    low, high = extremes(value)
    if low < 0 or math.isinf(high):
        raise BedValueError(
            f"{name} must be finite and >= 0 Gy (NaN where not covered), got {low:g} to {high:g} Gy"
        )
    return value


def checked_fractions(n_fractions: ArrayLike, name: str = "n_fractions") -> Real:
    """Return numbers of fractions after refusing all that are not whole and >= 1.

    Parameters
    ----------
    n_fractions : int or array_like of int
        Any shape; whole numbers held as floats pass.
    name : str
        The argument's name for the message.

    Returns
    -------
    float or ndarray
        The numbers.

    Raises
    ------
    BedValueError
        Zero, negative, fractional, infinite or NaN.

    Examples
    --------
    >>> checked_fractions(28)
    28.0
    """
    value = real(n_fractions, name)
    low, high = extremes(value)
    whole = math.isfinite(high) and low >= 1 and bool(np.all(np.equal(np.floor(value), value)))
    if not whole and np.size(value):
        raise BedValueError(f"{name} must be whole and >= 1, got {_text(value)}")
    return value


def _text(value: Real) -> str:
    return f"{value:g}" if isinstance(value, float) else np.array2string(value, threshold=4, edgeitems=2)


def checked_positive(value: ArrayLike, name: str) -> Real:
    """Return a value after refusing all that is not > 0; infinity passes, NaN does not.

    Parameters
    ----------
    value : float or array_like
        Any shape.
    name : str
        The argument's name for the message.

    Returns
    -------
    float or ndarray
        The value.

    Raises
    ------
    BedValueError
        Zero, negative or NaN.

    Examples
    --------
    >>> checked_positive(1.5, "repair_half_time")
    1.5
    """
    plain = real(value, name)
    if not np.all(np.asarray(plain) > 0):
        raise BedValueError(f"{name} must be > 0, got {_text(plain)}")
    return plain


def checked_alpha_beta(alpha_beta: ArrayLike) -> Real:
    """Return alpha/beta in Gy after refusing all that is not > 0; infinity passes.

    Parameters
    ----------
    alpha_beta : float or array_like
        Alpha/beta in Gy, any shape.

    Returns
    -------
    float or ndarray
        The value.

    Raises
    ------
    BedValueError
        Zero, negative or NaN.

    Examples
    --------
    >>> checked_alpha_beta(10)
    10.0
    """
    return checked_positive(alpha_beta, "alpha_beta")


def one_number(value: ArrayLike, name: str) -> float:
    """Return one real number as float, refusing arrays.

    Parameters
    ----------
    value : float
        The number.
    name : str
        The argument's name for the message.

    Returns
    -------
    float
        The number.

    Raises
    ------
    BedTypeError
        An array, or not a real number.

    Examples
    --------
    >>> one_number(2, "dose_per_fraction")
    2.0
    """
    plain = real(value, name)
    if not isinstance(plain, float):
        raise BedTypeError(f"{name} takes one number, not an array of shape {plain.shape}")
    return plain


def doses(value: ArrayLike, name: str) -> FloatArray:
    """Return physical doses as float64: finite and >= 0 Gy, NaN (not covered) allowed.

    Examples
    --------
    >>> doses([0, 2], "dose")
    array([0., 2.])
    """
    return np.asarray(checked_dose(value, name), dtype=np.float64)


def external_dose_per_fraction(value: FloatArray, name: str) -> FloatArray:
    """Refuse an external-beam dose per fraction above 100 Gy, which is cGy taken for Gy.

    Examples
    --------
    >>> external_dose_per_fraction(np.array(1.8), "dose per fraction")
    array(1.8)
    """
    allowed = f"at most {_EXTERNAL_BEAM_LIMIT_GY:g} Gy per external-beam fraction (did you pass cGy?)"
    _refuse(value > _EXTERNAL_BEAM_LIMIT_GY, value, name, allowed)
    return value


def finite(value: ArrayLike, name: str) -> FloatArray:
    """Return BED-like values as float64: finite, any sign, NaN (not covered) allowed.

    Examples
    --------
    >>> finite(-1, "bed")
    array(-1.)
    """
    return np.asarray(checked_finite(value, name), dtype=np.float64)


def positive(value: ArrayLike, name: str, *, unit: str, infinite: bool = False) -> FloatArray:
    """Return a parameter as float64: > 0, finite unless infinity has a meaning for it.

    Examples
    --------
    >>> positive(3, "alpha_beta", unit="Gy")
    array(3.)
    """
    array = _float64(value, name)
    allowed = f"> 0 {unit}" if infinite else f"finite and > 0 {unit}"
    _refuse(~(array > 0) | (np.isinf(array) & (not infinite)), array, name, allowed.strip())
    return array


def non_negative(value: ArrayLike, name: str, *, unit: str, infinite: bool = False) -> FloatArray:
    """Return a parameter as float64: >= 0, finite unless infinity has a meaning for it.

    Examples
    --------
    >>> non_negative(0, "kick_off", unit="days")
    array(0.)
    """
    array = _float64(value, name)
    allowed = f">= 0 {unit}" if infinite else f"finite and >= 0 {unit}"
    _refuse(~(array >= 0) | (np.isinf(array) & (not infinite)), array, name, allowed.strip())
    return array


def share(value: ArrayLike, name: str) -> FloatArray:
    """Return a weight as float64, within [0, 1].

    Examples
    --------
    >>> share(0.5, "fast_weight")
    array(0.5)
    """
    array = _float64(value, name)
    _refuse(~((array >= 0) & (array <= 1)), array, name, "within 0 to 1")
    return array


def whole(value: ArrayLike, name: str) -> FloatArray:
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
    array: FloatArray = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def outside_validity(message: str) -> None:
    """Warn that a result exists although its model is used outside the domain its source supports."""
    warnings.warn(message, OutsideValidityWarning, stacklevel=3)


def _float64(value: ArrayLike, name: str) -> FloatArray:
    return np.asarray(real(value, name), dtype=np.float64)


def _refuse(bad: BoolArray, value: FloatArray, name: str, allowed: str) -> None:
    """Raise with the first offending value when there is one."""
    if np.any(bad):
        raise BedValueError(f"{name} must be {allowed}, got {float(value[bad].flat[0]):g}")
