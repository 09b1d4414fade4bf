"""One dose that stands for a whole dose distribution: gEUD and the cell-kill EUD.

Both take the doses of an organ's voxels (or DVH bins) along the last axis. Use EQD2 voxels, not physical
dose, unless the parameters were fitted otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, doses, result
from bed.errors import BedValueError
from bed.lq import eqd2

__all__ = ["cell_kill_eud", "geud", "geud_exponent", "volume_shares"]

_SMALL_EXPONENT = 1e-3


def volume_shares(volume: ArrayLike | None, n_voxels: int) -> FloatArray:
    """Return the share of each voxel or bin, summing to 1.

    Parameters
    ----------
    volume : array_like or None
        Volumes in any one unit, shape (n_voxels,), not negative; None for voxels of equal volume.
    n_voxels : int
        Number of voxels or bins.

    Returns
    -------
    ndarray
        Shape (n_voxels,).

    Raises
    ------
    BedValueError
        For an empty structure, another shape, or volumes that are negative, not finite or all zero.

    Examples
    --------
    >>> volume_shares([1, 3], 2)
    array([0.25, 0.75])
    """
    if n_voxels == 0:
        raise BedValueError("the structure is empty: it has no equivalent dose and no response")
    if volume is None:
        return np.full(n_voxels, 1.0 / n_voxels)
    weights = np.asarray(volume, dtype=np.float64)
    if weights.shape != (n_voxels,):
        raise BedValueError(f"volume must have shape ({n_voxels},) like the doses, got {weights.shape}")
    if not np.all(np.isfinite(weights)) or np.any(weights < 0) or weights.sum() <= 0:
        raise BedValueError("volumes must be finite, not negative, and not all 0")
    return np.asarray(weights / weights.sum())


def geud_exponent(n: float) -> float:
    """Return a = 1/n, the exponent of gEUD, from Lyman's volume parameter n.

    Parameters
    ----------
    n : float
        0 (only the maximum counts) or more.

    Returns
    -------
    float
        Infinity for n = 0.

    Raises
    ------
    BedValueError
        If `n` is negative or NaN.

    Examples
    --------
    >>> geud_exponent(0.5)
    2.0
    """
    if not n >= 0:
        raise BedValueError(f"n must be 0 or more, got {n}; an exponent a goes to geud itself")
    return np.inf if n == 0 else 1.0 / n


def geud(dose: ArrayLike, *, a: float, volume: ArrayLike | None = None) -> Real:
    r"""Generalised equivalent uniform dose.

    .. math:: gEUD = \Big(\sum_i v_i D_i^a\Big)^{1/a}

    Parameters
    ----------
    dose : array_like
        Gy, shape (..., n_voxels), not negative; NaN (not covered) makes the result NaN.
    a : float
        Exponent, not 0. Large and positive tends to the maximum, large and negative to the minimum; plus or
        minus infinity is the maximum or minimum itself. Lyman's n is 1/a.
    volume : array_like, optional
        See `volume_shares`; bins without volume do not count.

    Returns
    -------
    float or ndarray
        Gy, shape (...).

    Raises
    ------
    BedValueError
        If `a` is 0 or NaN, a dose is negative, or the structure is empty.

    Notes
    -----
    Niemierko 1999; Kutcher and Burman 1989. Doses are divided by the largest (smallest, for negative a)
    before they are raised to the power, so nothing overflows.

    Examples
    --------
    >>> geud([10.0, 20.0, 30.0], a=1)
    20.0
    """
    value = np.atleast_1d(doses(dose, "dose"))
    shares = volume_shares(volume, value.shape[-1])
    if not a or np.isnan(a):
        raise BedValueError(f"a must be a number other than 0, got {a} (1 gives the mean)")
    counted = value[..., shares > 0]
    reference = np.max(counted, axis=-1) if a > 0 else np.min(counted, axis=-1)
    if np.isinf(a):
        return result(reference)
    log_mean = _log_power_mean(_log_ratio(counted, reference[..., None]), shares[shares > 0], a)
    with np.errstate(divide="ignore"):
        return result(np.exp(np.log(reference) + log_mean))


def cell_kill_eud(
    dose: ArrayLike, *, sf2: float, n_fractions: ArrayLike, alpha_beta: float, volume: ArrayLike | None = None
) -> Real:
    r"""Equivalent uniform dose that leaves the same surviving fraction, in 2 Gy fractions.

    .. math:: EUD = 2\,\frac{\ln \sum_i v_i\,SF_2^{\,EQD2_i/2}}{\ln SF_2}

    Parameters
    ----------
    dose : array_like
        Physical dose in Gy, shape (..., n_voxels), not negative; NaN makes the result NaN.
    sf2 : float
        Surviving fraction at 2 Gy, between 0 and 1 (0.3 to 0.8 in the source).
    n_fractions : array_like
        Number of fractions, whole, broadcast against `dose`.
    alpha_beta : float
        Gy, positive; infinity gives the formula on physical dose.
    volume : array_like, optional
        See `volume_shares`.

    Returns
    -------
    float or ndarray
        Gy in 2 Gy fractions, shape (...).

    Raises
    ------
    BedValueError
        If a parameter is out of range or the structure is empty.

    Notes
    -----
    Niemierko 1997, Med Phys 24:103. Computed in logarithms.

    Examples
    --------
    >>> cell_kill_eud([60.0, 60.0], sf2=0.5, n_fractions=30, alpha_beta=10)
    60.0
    """
    from scipy.special import logsumexp  # noqa: PLC0415 - scipy loads only where it is used

    value = np.atleast_1d(doses(dose, "dose"))
    shares = volume_shares(volume, value.shape[-1])
    if not 0 < sf2 < 1:
        raise BedValueError(f"sf2 must lie between 0 and 1, got {sf2}")
    equivalent = np.asarray(eqd2(value, n_fractions, alpha_beta))
    log_survival = logsumexp(equivalent / 2 * np.log(sf2), b=shares, axis=-1)
    return result(2 * log_survival / np.log(sf2))


def _log_ratio(value: FloatArray, reference: FloatArray) -> FloatArray:
    """Logarithm of value over reference; 0 where both are equal, 0 Gy included."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(value == reference, 0.0, np.log(value) - np.log(reference))


def _log_power_mean(log_ratio: FloatArray, shares: FloatArray, a: float) -> FloatArray:
    """Logarithm of the power mean of numbers up to 1 for a > 0 and from 1 up for a < 0."""
    if abs(a) >= _SMALL_EXPONENT:
        return np.asarray(np.log((shares * np.exp(a * log_ratio)).sum(axis=-1)) / a)
    # A tiny exponent tends to the geometric mean; 1 + a ln(x) would lose its digits in the power.
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p((shares * np.expm1(a * log_ratio)).sum(axis=-1)) / a)
