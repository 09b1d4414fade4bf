"""Regimens as typed, each under every model and at every alpha/beta."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bed import Regimen, RegimenSequence, parse_regimens
from rtplan.regimens.effect import (
    ModelParameters,
    RegimenEffect,
    regimen_effects,
    unused_parameters,
)
from rtplan.regimens.typed_numbers import alpha_beta_values

__all__ = ["EffectRow", "EffectTable", "dose_per_fraction", "effects_of_regimens"]


@dataclass(frozen=True, kw_only=True)
class EffectRow:
    """One regimen under one model at one alpha/beta.

    Attributes
    ----------
    band : str or None
        The band as typed whose end the regimen is.
    effect : RegimenEffect
    """

    band: str | None
    effect: RegimenEffect


@dataclass(frozen=True, kw_only=True)
class EffectTable:
    """The effects of several regimens.

    Attributes
    ----------
    typed : tuple of str
        The regimens as they were written.
    rows : tuple of EffectRow
        In the order of what was written.
    parameters : ModelParameters
    notes : tuple of str
        How ambiguous texts were read, and what a reader must know of the numbers.
    """

    typed: tuple[str, ...]
    rows: tuple[EffectRow, ...]
    parameters: ModelParameters
    notes: tuple[str, ...]


def effects_of_regimens(
    regimens: Sequence[str],
    *,
    alpha_betas: Sequence[str | float],
    models: Sequence[str] = (),
    parameters: ModelParameters | None = None,
) -> EffectTable:
    """Return BED and EQD2 of regimens as people write them.

    Parameters
    ----------
    regimens : sequence of str
        Such as ``"50.4Gy/28"``, ``"25-40Gy/5fx"`` (its two ends), ``"45Gy/25 + 5.4Gy/3"``.
    alpha_betas : sequence of float or str
        Gy, each > 0; infinity allowed.
    models : sequence of str
        Names in `MODEL_PARAMETERS`, shown beside LQ, which is always there.
    parameters : ModelParameters, optional
        What the models and the repair between fractions of a day need; none by default.

    Returns
    -------
    EffectTable

    Raises
    ------
    RegimenError
        A regimen that is not understood or contradicts itself.
    RtplanValueError
        An alpha/beta out of range, an unknown model, or a parameter that a model needs and nobody stated.

    Examples
    --------
    >>> table = effects_of_regimens(["25-40Gy/5fx"], alpha_betas=[3])
    >>> [(str(row.effect.regimen), row.band, row.effect.eqd2_gy) for row in table.rows]
    [('25Gy/5', '25-40Gy/5', 40.0), ('40Gy/5', '25-40Gy/5', 88.0)]
    """
    parsed = [parse_regimens(text) for text in regimens]
    stated, ratios = parameters or ModelParameters(), alpha_beta_values(alpha_betas)
    rows = tuple(
        EffectRow(band=entry.band, effect=effect)
        for entry in parsed
        for regimen in entry.regimens
        for effect in regimen_effects(regimen, alpha_betas=ratios, models=models, parameters=stated)
    )
    notes = [note for entry in parsed for note in entry.notes]
    notes += [note for row in rows for note in row.effect.notes]
    notes += unused_parameters(stated, [row.effect.regimen for row in rows], models=models)
    return EffectTable(typed=tuple(regimens), rows=rows, parameters=stated, notes=tuple(dict.fromkeys(notes)))


def dose_per_fraction(regimen: Regimen | RegimenSequence) -> float | None:
    """Return the dose per fraction in Gy; a sequence has none of its own.

    Examples
    --------
    >>> dose_per_fraction(Regimen.parse("25Gy/5"))
    5.0
    """
    return regimen.dose_per_fraction if isinstance(regimen, Regimen) else None
