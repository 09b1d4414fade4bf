"""Fractions that are not equal, and several courses: effects are added, never doses.

A composite of fraction groups has no number of fractions of its own. Each fraction or group is converted
with its own dose per fraction, voxel by voxel, and the BED or EQD2 are summed at one alpha/beta.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, as_given, checked_alpha_beta, checked_dose, one_number
from bed.errors import BedValueError
from bed.lq import bed_from_dose, bed_to_eqd2, eqd2

__all__ = ["bed_of_fractions", "eqd2_of_fractions", "summed_bed", "summed_eqd2"]


def bed_of_fractions(fraction_doses: ArrayLike, alpha_beta: float) -> Real:
    """BED of fully repaired fractions that differ: sum of d_i (1 + d_i / (alpha/beta)).

    Parameters
    ----------
    fraction_doses : array_like
        Dose of each fraction in Gy, >= 0, the fractions along the first axis and any voxel axes behind:
        shape ``(n,)`` or ``(n, z, y, x)``. NaN (not covered) makes that voxel NaN.
    alpha_beta : float
        Alpha/beta in Gy, > 0; infinity is allowed and gives the sum of the doses.

    Returns
    -------
    float or ndarray
        BED in Gy, a float for shape ``(n,)``, else of the voxel axes' shape.

    Raises
    ------
    BedValueError
        No fraction, negative or infinite doses, alpha_beta <= 0 or NaN.

    Notes
    -----
    Adapted courses enter with the true dose of each day: the BED of the mean fraction is never above this
    sum. Bortfeld and Paganetti 2006.

    Examples
    --------
    >>> bed_of_fractions([2.0] * 20 + [5.0] * 2, 3)
    93.3333
    """
    doses = checked_dose(fraction_doses, "fraction_doses")
    if isinstance(doses, float) or doses.shape[0] == 0:
        raise BedValueError("fraction_doses needs the dose of at least one fraction, along the first axis")
    ratio = one_number(checked_alpha_beta(alpha_beta), "alpha_beta")
    squares = np.einsum("f...,f...->...", doses, doses)
    return as_given(doses.sum(axis=0) + squares / ratio)


def eqd2_of_fractions(fraction_doses: ArrayLike, alpha_beta: float) -> Real:
    """EQD2 of fully repaired fractions that differ; see `bed_of_fractions`.

    Parameters
    ----------
    fraction_doses : array_like
        Dose of each fraction in Gy, the fractions along the first axis.
    alpha_beta : float
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        No fraction, negative or infinite doses, alpha_beta <= 0 or NaN.

    Examples
    --------
    >>> eqd2_of_fractions([2.0] * 20 + [5.0] * 2, 3)
    56.0
    """
    return bed_to_eqd2(bed_of_fractions(fraction_doses, alpha_beta), alpha_beta)


def summed_bed(doses: Sequence[ArrayLike], n_fractions: Sequence[int], alpha_beta: float) -> Real:
    """BED of several courses or fraction groups: each converted with its own n, then summed.

    Parameters
    ----------
    doses : sequence of float or array_like
        Total dose of each course at the same points, in Gy; all of one shape. NaN (not covered by one
        course) makes the sum NaN, because the sum there is not known.
    n_fractions : sequence of int
        Number of fractions of each course.
    alpha_beta : float
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        No course, lengths or shapes that differ, arguments out of range as in `bed_from_dose`.

    Examples
    --------
    >>> summed_bed([45.0, 24.0], [25, 3], 10)
    96.3
    """
    return _sum_of_fractions(bed_from_dose, doses, n_fractions, alpha_beta)


def summed_eqd2(doses: Sequence[ArrayLike], n_fractions: Sequence[int], alpha_beta: float) -> Real:
    """EQD2 of several courses or fraction groups: each converted with its own n, then summed.

    Parameters
    ----------
    doses : sequence of float or array_like
        Total dose of each course at the same points, in Gy; all of one shape. NaN makes the sum NaN.
    n_fractions : sequence of int
        Number of fractions of each course.
    alpha_beta : float
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        No course, lengths or shapes that differ, arguments out of range as in `eqd2`.

    Examples
    --------
    25 Gy in 5 and 50 Gy in 25 fractions at one voxel; 75 Gy in 30 fractions would wrongly give 82.5 Gy:

    >>> summed_eqd2([25.0, 50.0], [5, 25], 3)
    90.0
    """
    return _sum_of_fractions(eqd2, doses, n_fractions, alpha_beta)


def _sum_of_fractions(
    model: Any, doses: Sequence[ArrayLike], n_fractions: Sequence[int], alpha_beta: float
) -> Real:
    if not len(doses) or len(doses) != len(n_fractions):
        raise BedValueError(
            f"give one number of fractions for each course, got {len(n_fractions)} for {len(doses)} courses"
        )
    shapes = {np.shape(dose) for dose in doses}
    if len(shapes) > 1:
        raise BedValueError(f"all courses need dose at the same points, got the shapes {sorted(shapes)}")
    ratio = one_number(checked_alpha_beta(alpha_beta), "alpha_beta")
    total: Real | FloatArray = model(doses[0], n_fractions[0], ratio)
    for dose, n in zip(doses[1:], n_fractions[1:], strict=True):
        total += model(dose, n, ratio)
    return total
