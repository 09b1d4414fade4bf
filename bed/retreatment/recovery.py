"""Recovery of normal tissue between two courses of radiotherapy.

A recovery rule says which fraction of an earlier course's EQD2 (or BED) a tissue has forgotten after an
interval. It never applies to physical dose, never to a target, and never to a tissue its source did not
study. Not assuming any recovery is a rule of its own, `no_recovery`, and is printed as such.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeVar

from bed.arguments import non_negative, positive
from bed.errors import BedTypeError, BedValueError
from bed.quantity import PhysicalDose
from bed.retreatment.recovery_curves import (
    DAYS_PER_MONTH,
    DamageDecay,
    LinearRecovery,
    RecoveryCurve,
    RecoveryEdge,
    RecoverySteps,
)
from bed.retreatment.target_names import target_kind_of_name

__all__ = [
    "EDGE_WINDOW_DAYS",
    "Recovery",
    "damage_decay_recovery",
    "linear_recovery",
    "no_recovery",
    "recovered_fraction",
    "stated_recovery",
]

EDGE_WINDOW_DAYS: Final = DAYS_PER_MONTH / 2
"""Half a month: intervals are published in whole months, so an edge is no sharper than this."""

_ANY: Final = "any"


class _Scalable(Protocol):
    def __mul__(self, factor: float, /) -> Self: ...


Effect = TypeVar("Effect", bound=_Scalable)


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Which fraction of an earlier course's EQD2 or BED a tissue has forgotten, and who says so.

    Attributes
    ----------
    name : str
        Name of the rule.
    tissues : tuple of str
        Tissues the source speaks of (TG-263 names); ``("any",)`` for any normal tissue.
    curve : RecoveryCurve
        Fraction as a function of the interval.
    source, how_verified : str
        Where the numbers come from and how they were checked.
    tag : str
        R read in a source, S authors' software, M unverified transcription, I identity or the user's word.
    note : str
        What a reader must know before using the rule.

    Examples
    --------
    >>> from bed import recovery_rule
    >>> rule = recovery_rule("step-25-50", tissue="SpinalCord")
    >>> rule.fraction(400)
    0.5
    >>> rule.apply(40.0, interval_days=400)
    20.0
    """

    name: str
    tissues: tuple[str, ...]
    curve: RecoveryCurve
    source: str
    how_verified: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.source or not self.tissues:
            raise BedValueError("a recovery rule needs a name, a source and the tissues it applies to")
        if self.tag not in ("R", "S", "M", "I"):
            raise BedValueError(f"tag must be R, S, M or I, got {self.tag!r}")

    @property
    def assumes_recovery(self) -> bool:
        """Whether the rule ever forgets anything."""
        return not (isinstance(self.curve, RecoverySteps) and set(self.curve.fractions) == {0.0})

    @property
    def is_unsourced(self) -> bool:
        """Whether its own note calls it a convention without a source."""
        return self.note.startswith("unsourced")

    def applies_to(self, tissue: str) -> bool:
        """Whether the source speaks of this tissue; never true for a target."""
        if target_kind_of_name(tissue) is not None:
            return not self.assumes_recovery
        return _ANY in self.tissues or tissue.strip().lower() in {name.lower() for name in self.tissues}

    def is_defined(self, interval_days: float) -> bool:
        """Whether the source gives a value at this interval."""
        return self.curve.at(_check_interval(interval_days)) is not None

    def fraction(self, interval_days: float) -> float:
        """Fraction of the earlier EQD2 or BED that is forgotten.

        Parameters
        ----------
        interval_days : float
            From the last fraction of the earlier course to the first of the new one, not negative.

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        BedValueError
            If the interval is negative or not finite, or the source gives no value there.
        """
        value = self.curve.at(_check_interval(interval_days))
        if value is None:
            raise BedValueError(
                f"{self.name} gives no recovery after {interval_days:g} days ({self.source}); "
                "choose another rule, or no recovery"
            )
        return value

    def edge_near(
        self, interval_days: float, *, within_days: float = EDGE_WINDOW_DAYS
    ) -> RecoveryEdge | None:
        """Jump of the rule close to the interval, with the fractions on both sides, or None."""
        return self.curve.edge_near(_check_interval(interval_days), within_days=within_days)

    def apply(self, effect: Effect, *, interval_days: float) -> Effect:
        """Return what is left of an earlier EQD2 or BED after the interval.

        Parameters
        ----------
        effect : EQD2, BED, array or float
            Equi-effective dose in Gy. Physical dose is refused: convert it first.
        interval_days : float
            See `fraction`.

        Returns
        -------
        same type as `effect`
            ``effect * (1 - fraction)``.

        Raises
        ------
        BedTypeError
            If `effect` is a physical dose.
        """
        if isinstance(effect, PhysicalDose):
            raise BedTypeError("recovery applies to EQD2 or BED; convert the physical dose to EQD2 first")
        return effect * (1.0 - self.fraction(interval_days))

    def statement(self, interval_days: float) -> str:
        """Sentence for a report: what was assumed, on whose word, and what lies beyond a near edge."""
        if not self.assumes_recovery:
            return "No recovery assumed: the earlier course counts in full."
        parts = [self._statement_of_value(interval_days)]
        edge = self.edge_near(interval_days)
        if edge is not None:
            parts.append(
                f"The rule jumps at {edge.edge_days:.0f} days: {_percent(edge.before)} before, "
                f"{_percent(edge.after)} from then on."
            )
        if self.note:
            parts.append(f"Note: {self.note}.")
        if self.tag == "M":
            parts.append("Unverified transcription.")
        return " ".join(parts)

    def _statement_of_value(self, interval_days: float) -> str:
        value = self.curve.at(_check_interval(interval_days))
        tissues = "any normal tissue" if _ANY in self.tissues else ", ".join(self.tissues)
        origin = f"rule {self.name} for {tissues} ({self.source})"
        if value is None:
            return f"After {interval_days:g} days no recovery is defined by {origin}."
        return f"After {interval_days:g} days {_percent(value)} of the earlier EQD2 is forgotten, {origin}."


def no_recovery() -> Recovery:
    """State that the earlier course counts in full.

    Returns
    -------
    Recovery
        Zero at every interval, for every tissue and target.

    Examples
    --------
    >>> no_recovery().statement(900)
    'No recovery assumed: the earlier course counts in full.'
    """
    return Recovery(
        name="none",
        tissues=(_ANY,),
        curve=RecoverySteps(edges_days=(0.0,), fractions=(0.0,)),
        source="no assumption",
        how_verified="identity",
        tag="I",
    )


def stated_recovery(*, fraction: float, tissue: str, source: str) -> Recovery:
    """State one fraction for all intervals, on the user's own word.

    Parameters
    ----------
    fraction : float
        In [0, 1].
    tissue : str
        The tissue it is stated for.
    source : str
        Who says so; printed in every report.

    Returns
    -------
    Recovery

    Examples
    --------
    >>> stated_recovery(fraction=0.25, tissue="SacralPlex", source="tumour board").fraction(10)
    0.25
    """
    return Recovery(
        name=f"stated-{fraction:g}",
        tissues=(tissue,),
        curve=RecoverySteps(edges_days=(0.0,), fractions=(fraction,)),
        source=source,
        how_verified="stated by the user",
        tag="I",
    )


def damage_decay_recovery(
    *, permanent_fraction: float, time_constant_days: float, tissue: str, source: str
) -> Recovery:
    r"""Let the earlier effect decay towards a part that stays.

    .. math:: BED_{res}(t) = BED_1\,[f_\infty + (1 - f_\infty) e^{-t/\tau}]

    Parameters
    ----------
    permanent_fraction : float
        :math:`f_\infty` in [0, 1].
    time_constant_days : float
        :math:`\tau` in days, positive.
    tissue, source : str
        The tissue, and who chose the two numbers.

    Returns
    -------
    Recovery

    Examples
    --------
    >>> rule = damage_decay_recovery(
    ...     permanent_fraction=0.5, time_constant_days=365.25, tissue="SpinalCord", source="example"
    ... )
    >>> rule.fraction(365.25)
    0.3161
    """
    return Recovery(
        name="damage-decay",
        tissues=(tissue,),
        curve=DamageDecay(permanent_fraction=permanent_fraction, time_constant_days=time_constant_days),
        source=source,
        how_verified="stated by the user",
        tag="I",
    )


def linear_recovery(
    *, start_days: float, fraction_per_year: float, largest_fraction: float, tissue: str, source: str
) -> Recovery:
    """Let recovery rise linearly with time, as in the third model of Jones and Hopewell (2014).

    Parameters
    ----------
    start_days : float
        No recovery before this interval.
    fraction_per_year : float
        Slope, not negative.
    largest_fraction : float
        Ceiling in [0, 1].
    tissue, source : str
        The tissue, and who chose the three numbers; the abstract of the paper gives none.

    Returns
    -------
    Recovery

    Examples
    --------
    >>> rule = linear_recovery(
    ...     start_days=70, fraction_per_year=0.25, largest_fraction=0.5, tissue="SpinalCord", source="example"
    ... )
    >>> rule.fraction(70 + 365.25)
    0.25
    """
    return Recovery(
        name="linear",
        tissues=(tissue,),
        curve=LinearRecovery(
            start_days=start_days, fraction_per_year=fraction_per_year, largest_fraction=largest_fraction
        ),
        source=source,
        how_verified="stated by the user",
        tag="I",
    )


def recovered_fraction(*, recovered_dose: float, initial_dose: float) -> float:
    """Recovered part of an initial dose given in the same fractionation, not limited to 1.

    Parameters
    ----------
    recovered_dose, initial_dose : float
        Gy, in fractions of the same size; the initial dose positive.

    Returns
    -------
    float

    Examples
    --------
    >>> recovered_fraction(recovered_dose=33.6, initial_dose=44)
    0.7636
    """
    non_negative(recovered_dose, "recovered_dose", unit="Gy")
    positive(initial_dose, "initial_dose", unit="Gy")
    return recovered_dose / initial_dose


def _check_interval(interval_days: float) -> float:
    if not (math.isfinite(interval_days) and interval_days >= 0):
        raise BedValueError(
            f"interval_days must be 0 or more, got {interval_days}; are the two dates in the right order?"
        )
    return float(interval_days)


def _percent(fraction: float | None) -> str:
    return "no value" if fraction is None else f"{100 * fraction:.3g} %"
