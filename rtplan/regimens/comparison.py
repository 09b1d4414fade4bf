"""Several regimens over a range of alpha/beta: which has more effect, and where they swap places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bed import Regimen, RegimenSequence, parse_regimens
from rtplan.errors import RtplanValueError
from rtplan.files import write_whole
from rtplan.regimens.effect import (
    ModelParameters,
    RegimenEffect,
    regimen_effect,
    unused_parameters,
)
from rtplan.regimens.typed_numbers import alpha_beta_values, dose_in_gy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Crossing",
    "RegimenComparison",
    "compare_regimens",
    "crossings",
    "eqd2_curve",
    "plot_regimens",
    "sampled_alpha_betas",
    "write_comparison_plot",
]

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


@dataclass(frozen=True, kw_only=True)
class RegimenComparison:
    """Several regimens at several alpha/beta, and where they swap places.

    Attributes
    ----------
    typed : tuple of str
        The regimens as they were written.
    regimens : tuple of Regimen or RegimenSequence
        At least two, each once.
    alpha_betas : tuple of float
        Gy.
    effects : tuple of RegimenEffect
        LQ, of each regimen at each alpha/beta.
    crossings : tuple of Crossing
        Of each pair.
    parameters : ModelParameters
    notes : tuple of str
    """

    typed: tuple[str, ...]
    regimens: tuple[Regimen | RegimenSequence, ...]
    alpha_betas: tuple[float, ...]
    effects: tuple[RegimenEffect, ...]
    crossings: tuple[Crossing, ...]
    parameters: ModelParameters
    notes: tuple[str, ...]


def compare_regimens(
    regimens: Sequence[str],
    *,
    alpha_betas: Sequence[str | float],
    parameters: ModelParameters | None = None,
) -> RegimenComparison:
    """Compare regimens as people write them.

    Parameters
    ----------
    regimens : sequence of str
        Two or more different ones; a band stands for its two ends.
    alpha_betas : sequence of float or str
        Gy, each > 0; infinity allowed.
    parameters : ModelParameters, optional
        Repair half-time and interval for several fractions a day.

    Returns
    -------
    RegimenComparison

    Raises
    ------
    RtplanValueError, RegimenError
        Fewer than two regimens, or a number or a regimen out of range.

    Examples
    --------
    >>> compare_regimens(["62Gy/20", "80Gy/40"], alpha_betas=[3]).crossings[0].alpha_beta
    1.788
    """
    parsed = [parse_regimens(text) for text in regimens]
    different = tuple(dict.fromkeys(regimen for entry in parsed for regimen in entry.regimens))
    if len(different) < 2:
        raise RtplanValueError("two or more different regimens are needed to compare")
    stated, ratios = parameters or ModelParameters(), alpha_beta_values(alpha_betas)
    effects = tuple(
        regimen_effect(regimen, model="lq", alpha_beta=ratio, parameters=stated)
        for regimen in different
        for ratio in ratios
    )
    notes = [note for entry in parsed for note in entry.notes]
    notes += [note for effect in effects for note in effect.notes]
    notes += unused_parameters(stated, different)
    return RegimenComparison(
        typed=tuple(regimens),
        regimens=different,
        alpha_betas=ratios,
        effects=effects,
        crossings=crossings(different, stated),
        parameters=stated,
        notes=tuple(dict.fromkeys(notes)),
    )


def write_comparison_plot(
    comparison: RegimenComparison,
    path: Path,
    *,
    alpha_beta_range: Sequence[str | float] | None = None,
    overwrite: bool = False,
) -> None:
    """Write EQD2 against alpha/beta as SVG.

    Parameters
    ----------
    comparison : RegimenComparison
    path : Path
        Ends in ``.svg``.
    alpha_beta_range : two of float or str, optional
        Gy; the smallest and largest alpha/beta of the comparison unless given.
    overwrite : bool
        Whether a file of other content may be replaced.

    Raises
    ------
    RtplanValueError
        Another ending, or a range without two different finite ends above 0.
    """
    # Deferred: matplotlib takes longer to import than the table takes to compute.
    from rtplan.drawing import figure_svg, new_figure  # noqa: PLC0415 - matplotlib is heavy

    if path.suffix.lower() != ".svg":
        raise RtplanValueError(f"{path.name!r}: the plot is written as SVG; name a file that ends in .svg")
    stated = alpha_beta_range or [f"{min(comparison.alpha_betas)}", f"{max(comparison.alpha_betas)}"]
    low, high = (dose_in_gy(end, "--plot-range") for end in stated)
    figure = new_figure(width=7.0, height=4.5)
    plot_regimens(
        figure.subplots(),
        comparison.regimens,
        alpha_beta_range=(low, high),
        parameters=comparison.parameters,
    )
    write_whole(path, figure_svg(figure).encode("utf-8"), overwrite=overwrite)


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
    from rtplan.drawing import OKABE_ITO, plain_text  # noqa: PLC0415 - matplotlib is heavy

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
