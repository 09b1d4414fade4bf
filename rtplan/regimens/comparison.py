"""Several regimens over a range of alpha/beta: which has more effect, and where they swap places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bed import Regimen, RegimenSequence
from rtplan.errors import RtplanValueError
from rtplan.regimens.effect import ModelParameters, RegimenEffect, regimen_effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Crossing", "crossings", "eqd2_curve", "plot_regimens", "sampled_alpha_betas"]

_POINTS = 201


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where two regimens have the same LQ effect.

    Attributes
    ----------
    first, second : Regimen or RegimenSequence
    alpha_beta : float or None
        Gy; below it the one with the larger dose per fraction has more effect. None without one.
    reason : str or None
        Why there is none.
    """

    first: Regimen | RegimenSequence
    second: Regimen | RegimenSequence
    alpha_beta: float | None
    reason: str | None


def sampled_alpha_betas(low: float, high: float) -> NDArray[np.float64]:
    """Return alpha/beta values from low to high, evenly spaced, ends included.

    Parameters
    ----------
    low, high : float
        Gy, finite, 0 < low < high.

    Returns
    -------
    ndarray, shape (201,)

    Raises
    ------
    RtplanValueError
        Ends that are not in order or not positive.

    Examples
    --------
    >>> sampled_alpha_betas(1, 11)[:3]
    array([1.  , 1.05, 1.1 ])
    """
    if not (0 < low < high < math.inf):
        raise RtplanValueError(
            f"alpha/beta from {low:g} to {high:g} Gy: two different values above 0 are needed"
        )
    return np.linspace(low, high, _POINTS)


def eqd2_curve(
    regimen: Regimen | RegimenSequence,
    alpha_betas: Sequence[float] | NDArray[np.float64],
    parameters: ModelParameters,
) -> NDArray[np.float64]:
    """EQD2 of a regimen at each alpha/beta; NaN where it cannot be computed.

    Parameters
    ----------
    regimen : Regimen or RegimenSequence
    alpha_betas : sequence of float
        Gy.
    parameters : ModelParameters
        Repair half-time and interval for several fractions a day.

    Returns
    -------
    ndarray, shape (len(alpha_betas),)
        Gy.

    Examples
    --------
    >>> eqd2_curve(Regimen.parse("25Gy/5"), [3.0, 10.0], ModelParameters())
    array([40.  , 31.25])
    """
    effects = [
        regimen_effect(regimen, model="lq", alpha_beta=float(ratio), parameters=parameters)
        for ratio in alpha_betas
    ]
    return np.array([math.nan if effect.eqd2_gy is None else effect.eqd2_gy for effect in effects])


def crossings(
    regimens: Sequence[Regimen | RegimenSequence], parameters: ModelParameters
) -> tuple[Crossing, ...]:
    """Alpha/beta at which each pair of regimens has the same effect.

    BED = D + Q / (alpha/beta) for every LQ regimen, so a pair crosses at (Q2 - Q1) / (D1 - D2) or nowhere.

    Parameters
    ----------
    regimens : sequence of Regimen or RegimenSequence
    parameters : ModelParameters
        Repair half-time and interval for several fractions a day.

    Returns
    -------
    tuple of Crossing
        For each pair, in order.

    Examples
    --------
    >>> pair = [Regimen.parse("62Gy/20"), Regimen.parse("80Gy/40")]
    >>> crossings(pair, ModelParameters())[0].alpha_beta
    1.788
    """
    return tuple(_crossing(first, second, parameters) for first, second in combinations(regimens, 2))


def _crossing(
    first: Regimen | RegimenSequence, second: Regimen | RegimenSequence, parameters: ModelParameters
) -> Crossing:
    effects = [
        regimen_effect(regimen, model="lq", alpha_beta=1.0, parameters=parameters)
        for regimen in (first, second)
    ]
    ratio, reason = _same_effect(*effects)
    return Crossing(first=first, second=second, alpha_beta=ratio, reason=reason)


def _same_effect(first: RegimenEffect, second: RegimenEffect) -> tuple[float | None, str | None]:
    """Alpha/beta of equal BED = D + Q / (alpha/beta), with Q read off at alpha/beta = 1 Gy."""
    if first.bed_gy is None or second.bed_gy is None:
        unknown = [str(effect.regimen) for effect in (first, second) if effect.bed_gy is None]
        return None, f"the BED of {' and '.join(unknown)} is not known"
    difference = first.regimen.total_dose - second.regimen.total_dose
    if math.isclose(difference, 0.0, abs_tol=1e-9):
        return None, "their total doses are equal"
    ratio = (second.bed_gy - first.bed_gy) / difference + 1.0
    return (ratio, None) if ratio > 0 else (None, "one has more effect at every alpha/beta")


def plot_regimens(
    axes: Axes,
    regimens: Sequence[Regimen | RegimenSequence],
    *,
    alpha_beta_range: tuple[float, float],
    parameters: ModelParameters,
) -> Axes:
    """Draw EQD2 of each regimen against alpha/beta.

    Parameters
    ----------
    axes : matplotlib Axes
    regimens : sequence of Regimen or RegimenSequence
    alpha_beta_range : (float, float)
        Gy.
    parameters : ModelParameters
        Repair half-time and interval for several fractions a day.

    Returns
    -------
    Axes
        The same axes.
    """
    # Deferred: matplotlib takes longer to import than the table takes to compute.
    from rtplan.drawing import OKABE_ITO, plain_text  # noqa: PLC0415

    ratios = sampled_alpha_betas(*alpha_beta_range)
    styles = ("solid", "dashed", "dotted", "dashdot")
    for number, regimen in enumerate(regimens):
        axes.plot(
            ratios,
            eqd2_curve(regimen, ratios, parameters),
            color=OKABE_ITO[number % len(OKABE_ITO)],
            linestyle=styles[number % len(styles)],
            linewidth=1.6,
            label=plain_text(str(regimen)),
        )
    axes.set_xlim(*alpha_beta_range)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("alpha/beta [Gy]")
    axes.set_ylabel("EQD2 [Gy]")
    axes.grid(visible=True, color="0.9", linewidth=0.6)
    axes.legend(frameon=False)
    return axes
