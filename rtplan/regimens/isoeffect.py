"""The same LQ effect in another number of fractions, or in fractions of another size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bed import dose_per_fraction_for_bed, lq_validity_note, n_fractions_for_bed, parse_regimens
from rtplan.errors import NotStatedError
from rtplan.regimens.effect import (
    ModelParameters,
    RegimenEffect,
    regimen_effect,
    unused_parameters,
)
from rtplan.regimens.typed_numbers import alpha_beta_values, dose_in_gy, fraction_number

__all__ = ["Isoeffect", "IsoeffectTable", "find_isoeffects"]


@dataclass(frozen=True, kw_only=True)
class Isoeffect:
    """One regimen of the same effect, or the reason why there is none.

    Attributes
    ----------
    effect : RegimenEffect
        Of the regimen that is matched.
    n_fractions : int or None
    dose_per_fraction : float or None
        Gy.
    bed_gy : float or None
        Of the new regimen; None where the effect to match is not known.
    n_fractions_exact : float or None
        The number of fractions of this size that would match exactly.
    bed_error_gy : float or None
        What the whole number of fractions leaves over.
    """

    effect: RegimenEffect
    n_fractions: int | None = None
    dose_per_fraction: float | None = None
    bed_gy: float | None = None
    n_fractions_exact: float | None = None
    bed_error_gy: float | None = None

    @property
    def total_dose(self) -> float | None:
        """Number of fractions times dose per fraction, Gy."""
        if self.n_fractions is None or self.dose_per_fraction is None:
            return None
        return self.n_fractions * self.dose_per_fraction

    @property
    def reason(self) -> str | None:
        """Why there is no such regimen."""
        return self.effect.reason if self.bed_gy is None else None


@dataclass(frozen=True, kw_only=True)
class IsoeffectTable:
    """Regimens with the same effect.

    Attributes
    ----------
    typed : str
        The regimen as it was written.
    band : str or None
        The band that was written.
    rows : tuple of Isoeffect
    parameters : ModelParameters
    notes : tuple of str
    """

    typed: str
    band: str | None
    rows: tuple[Isoeffect, ...]
    parameters: ModelParameters
    notes: tuple[str, ...]


def find_isoeffects(
    regimen: str,
    *,
    alpha_betas: Sequence[str | float],
    n_fractions: Sequence[str | int] = (),
    doses_per_fraction: Sequence[str | float] = (),
    parameters: ModelParameters | None = None,
) -> IsoeffectTable:
    """Return regimens of the same LQ effect at a point, once a day and without repopulation.

    Parameters
    ----------
    regimen : str
        Such as ``"25Gy/5"``; the two ends of a band are matched one by one.
    alpha_betas : sequence of float or str
        Gy, each > 0; infinity allowed.
    n_fractions : sequence of int or str
        Numbers of fractions asked for, each at least 1.
    doses_per_fraction : sequence of float or str
        Gy; each gives the whole numbers of fractions on either side of the exact one.
    parameters : ModelParameters, optional
        Repair half-time and interval for several fractions a day.

    Returns
    -------
    IsoeffectTable

    Raises
    ------
    NotStatedError
        Neither numbers nor sizes of fractions.
    RtplanValueError, RegimenError
        A number or a regimen out of range.

    Examples
    --------
    >>> row = find_isoeffects("62Gy/20", alpha_betas=[1.5], n_fractions=[40]).rows[0]
    >>> round(row.total_dose, 2)
    80.94
    """
    numbers = [fraction_number(given) for given in n_fractions]
    sizes = [dose_in_gy(given, "dose per fraction") for given in doses_per_fraction]
    if not numbers and not sizes:
        raise NotStatedError(
            "say in how many fractions: add --fractions N or --dose-per-fraction GY", missing=("n_fractions",)
        )
    parsed, stated = parse_regimens(regimen), parameters or ModelParameters()
    effects = [
        regimen_effect(entry, model="lq", alpha_beta=ratio, parameters=stated)
        for entry in parsed.regimens
        for ratio in alpha_beta_values(alpha_betas)
    ]
    rows = tuple(row for effect in effects for row in _matching(effect, numbers, sizes))
    notes = [*parsed.notes, *(note for effect in effects for note in effect.notes)]
    used = [row.dose_per_fraction for row in rows if row.dose_per_fraction is not None]
    notes += [note for note in map(lq_validity_note, used) if note]
    notes += unused_parameters(stated, parsed.regimens)
    return IsoeffectTable(
        typed=regimen, band=parsed.band, rows=rows, parameters=stated, notes=tuple(dict.fromkeys(notes))
    )


def _matching(effect: RegimenEffect, numbers: Sequence[int], sizes: Sequence[float]) -> Iterator[Isoeffect]:
    """One row for each number of fractions, and for each whole number beside a fraction size."""
    bed_gy = effect.bed_gy
    if bed_gy is None:
        yield from (Isoeffect(effect=effect, n_fractions=n) for n in numbers)
        yield from (Isoeffect(effect=effect, dose_per_fraction=size) for size in sizes)
        return
    for n in numbers:
        yield Isoeffect(
            effect=effect,
            n_fractions=n,
            dose_per_fraction=dose_per_fraction_for_bed(bed_gy, n, effect.alpha_beta),
            bed_gy=bed_gy,
            n_fractions_exact=n,
            bed_error_gy=0.0,
        )
    for size in sizes:
        exact = n_fractions_for_bed(bed_gy, effect.alpha_beta, dose_per_fraction=size)
        for option in exact.options:
            yield Isoeffect(
                effect=effect,
                n_fractions=option.n_fractions,
                dose_per_fraction=size,
                bed_gy=option.bed_gy,
                n_fractions_exact=exact.n_fractions,
                bed_error_gy=option.bed_error_gy,
            )
