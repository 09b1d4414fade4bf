"""Recovery of normal tissue between two courses of radiotherapy.

A recovery rule says which fraction of an earlier course's EQD2 (or BED) a tissue has forgotten after an
interval. It never applies to physical dose, never to a target, and never to a tissue its source did not
study. Not assuming any recovery is a rule of its own, `no_recovery`, and is printed as such.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final, Protocol, Self, TypeVar

from bed.errors import BedTypeError, BedValueError
from bed.quantity import PhysicalDose

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "EDGE_WINDOW_DAYS",
    "DamageDecay",
    "LinearRecovery",
    "Recovery",
    "RecoveryCurve",
    "RecoveryEdge",
    "RecoveryPoints",
    "RecoverySteps",
    "damage_decay_recovery",
    "linear_recovery",
    "no_recovery",
    "recovered_fraction",
    "recovery_rule",
    "recovery_rule_names",
    "recovery_rule_tissues",
    "stated_recovery",
]

DAYS_PER_YEAR: Final = 365.25
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12
EDGE_WINDOW_DAYS: Final = DAYS_PER_MONTH / 2
"""Half a month: intervals are published in whole months, so an edge is no sharper than this."""

_ANY: Final = "any"
_TARGET_PREFIXES: Final = ("gtv", "ctv", "ptv", "itv", "igtv", "ictv", "tumour", "tumor", "target")


class _Scalable(Protocol):
    def __mul__(self, factor: float, /) -> Self: ...


Effect = TypeVar("Effect", bound=_Scalable)


@dataclass(frozen=True, kw_only=True)
class RecoveryEdge:
    """A jump of a step rule, seen from both sides.

    Attributes
    ----------
    edge_days : float
        Interval at which the rule jumps, in days.
    before, after : float or None
        Fraction just below and just above the edge; None where the source gives no value.
    """

    edge_days: float
    before: float | None
    after: float | None


@dataclass(frozen=True, kw_only=True)
class RecoverySteps:
    """Constant fractions between edges; an interval equal to an edge belongs to the later step.

    Attributes
    ----------
    edges_days : tuple of float
        Start of each step in days, ascending; the last step is open.
    fractions : tuple of float or None
        One fraction in [0, 1] per step, never falling; None where the source gives no value.
    """

    edges_days: tuple[float, ...]
    fractions: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if not self.edges_days or len(self.edges_days) != len(self.fractions):
            raise BedValueError("a step rule needs one fraction for each of its edges")
        if any(b <= a for a, b in pairwise(self.edges_days)) or self.edges_days[0] < 0:
            raise BedValueError(f"edges must ascend from 0 days or later, got {self.edges_days}")
        _check_rising([f for f in self.fractions if f is not None])

    def at(self, interval_days: float) -> float | None:
        """Fraction after an interval, or None where the source gives no value."""
        step = sum(edge <= interval_days for edge in self.edges_days) - 1
        return self.fractions[step] if step >= 0 else None

    def edge_near(self, interval_days: float, *, within_days: float) -> RecoveryEdge | None:
        """Nearest jump no further away than `within_days`, or None."""
        jumps = [
            RecoveryEdge(edge_days=edge, before=before, after=after)
            for edge, (before, after) in zip(self.edges_days[1:], pairwise(self.fractions), strict=True)
            if before != after and abs(edge - interval_days) <= within_days
        ]
        return min(jumps, key=lambda jump: abs(jump.edge_days - interval_days), default=None)


@dataclass(frozen=True, kw_only=True)
class RecoveryPoints:
    """Published points joined by straight lines; nothing is said outside the first and last.

    Attributes
    ----------
    days : tuple of float
        Intervals of the points, ascending.
    fractions : tuple of float
        Fractions in [0, 1], never falling.
    """

    days: tuple[float, ...]
    fractions: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.days) < 2 or len(self.days) != len(self.fractions):
            raise BedValueError("points need at least two intervals and one fraction for each")
        if any(b <= a for a, b in pairwise(self.days)) or self.days[0] < 0:
            raise BedValueError(f"intervals must ascend from 0 days or later, got {self.days}")
        _check_rising(self.fractions)

    def at(self, interval_days: float) -> float | None:
        """Fraction after an interval, or None outside the published points."""
        for (t0, f0), (t1, f1) in pairwise(zip(self.days, self.fractions, strict=True)):
            if t0 <= interval_days <= t1:
                return f0 + (f1 - f0) * (interval_days - t0) / (t1 - t0)
        return None

    def edge_near(self, interval_days: float, *, within_days: float) -> RecoveryEdge | None:
        """Where the published points begin or end, if no further away than `within_days`."""
        if abs(interval_days - self.days[0]) <= within_days:
            return RecoveryEdge(edge_days=self.days[0], before=None, after=self.fractions[0])
        if abs(interval_days - self.days[-1]) <= within_days:
            return RecoveryEdge(edge_days=self.days[-1], before=self.fractions[-1], after=None)
        return None


@dataclass(frozen=True, kw_only=True)
class DamageDecay:
    r"""Damage that decays towards a part that stays: fraction :math:`(1-f_\infty)(1-e^{-t/\tau})`.

    Attributes
    ----------
    permanent_fraction : float
        :math:`f_\infty`, the part of the effect that is never forgotten, in [0, 1].
    time_constant_days : float
        :math:`\tau` in days, positive.
    """

    permanent_fraction: float
    time_constant_days: float

    def __post_init__(self) -> None:
        _check_fraction(self.permanent_fraction, "permanent_fraction")
        _check_positive(self.time_constant_days, "time_constant_days")

    def at(self, interval_days: float) -> float:
        """Fraction after an interval."""
        return (1 - self.permanent_fraction) * -math.expm1(-interval_days / self.time_constant_days)

    def edge_near(self, interval_days: float, *, within_days: float) -> None:
        """Return None: this curve is continuous."""


@dataclass(frozen=True, kw_only=True)
class LinearRecovery:
    """Recovery linear in time from a start, up to a largest fraction.

    Attributes
    ----------
    start_days : float
        No recovery before this interval.
    fraction_per_year : float
        Slope after the start, not negative.
    largest_fraction : float
        Ceiling in [0, 1].
    """

    start_days: float
    fraction_per_year: float
    largest_fraction: float

    def __post_init__(self) -> None:
        _check_not_negative(self.start_days, "start_days")
        _check_not_negative(self.fraction_per_year, "fraction_per_year")
        _check_fraction(self.largest_fraction, "largest_fraction")

    def at(self, interval_days: float) -> float:
        """Fraction after an interval."""
        years = max(0.0, interval_days - self.start_days) / DAYS_PER_YEAR
        return min(self.largest_fraction, self.fraction_per_year * years)

    def edge_near(self, interval_days: float, *, within_days: float) -> None:
        """Return None: this curve is continuous."""


RecoveryCurve = RecoverySteps | RecoveryPoints | DamageDecay | LinearRecovery


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

    def applies_to(self, tissue: str) -> bool:
        """Whether the source speaks of this tissue; never true for a target."""
        if tissue.strip().lower().startswith(_TARGET_PREFIXES):
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
    _check_not_negative(recovered_dose, "recovered_dose")
    _check_positive(initial_dose, "initial_dose")
    return recovered_dose / initial_dose


def recovery_rule_names() -> tuple[str, ...]:
    """Names of the rules, ``"none"`` first.

    Examples
    --------
    >>> recovery_rule_names()[:2]
    ('none', 'step-25-50')
    """
    return ("none", *dict.fromkeys(row["rule"] for row in _rows()))


def recovery_rule_tissues(name: str) -> tuple[str, ...]:
    """Tissues for which a rule has numbers; ``("any",)`` for any normal tissue.

    Examples
    --------
    >>> recovery_rule_tissues("step-25-50")
    ('SpinalCord',)
    """
    _check_rule_name(name)
    listed = [tissue for row in _rows_of(name) for tissue in row["tissues"].split("|")]
    return tuple(dict.fromkeys(listed)) or (_ANY,)


def recovery_rule(name: str, *, tissue: str | None = None) -> Recovery:
    """Look up a published rule.

    Parameters
    ----------
    name : str
        One of `recovery_rule_names`.
    tissue : str, optional
        The tissue it is wanted for. Needed where the rule differs between organs; where given, a tissue that
        the source does not speak of is refused.

    Returns
    -------
    Recovery

    Raises
    ------
    BedValueError
        If the rule is not known, does not cover the tissue, or needs one.

    Examples
    --------
    >>> recovery_rule("michigan-2019", tissue="Kidney_L").fraction(1000)
    0.0
    """
    _check_rule_name(name)
    if name == "none":
        return no_recovery()
    variants = [_recovery_from(rows) for rows in _variants(name)]
    if tissue is None:
        if len(variants) > 1:
            choices = _listed(recovery_rule_tissues(name))
            raise BedValueError(f"{name} differs between organs: name the tissue, one of {choices}")
        return variants[0]
    for variant in variants:
        if variant.applies_to(tissue):
            return variant
    raise BedValueError(
        f"{name} says nothing about {tissue!r}; it covers {_listed(recovery_rule_tissues(name))} "
        "(a recovery measured in one tissue is not carried to another, nor to a target)"
    )


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files("bed.retreatment").joinpath("data/recovery.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _rows_of(name: str) -> list[dict[str, str]]:
    return [row for row in _rows() if row["rule"] == name]


def _variants(name: str) -> list[list[dict[str, str]]]:
    by_tissue: dict[str, list[dict[str, str]]] = {}
    for row in _rows_of(name):
        by_tissue.setdefault(row["tissues"], []).append(row)
    return list(by_tissue.values())


def _recovery_from(rows: list[dict[str, str]]) -> Recovery:
    first = rows[0]
    return Recovery(
        name=first["rule"],
        tissues=tuple(first["tissues"].split("|")),
        curve=_curve_from(rows),
        source=first["source"],
        how_verified=first["how_verified"],
        tag=first["tag"],
        note="; ".join(dict.fromkeys(row["note"] for row in rows)),
    )


def _curve_from(rows: list[dict[str, str]]) -> RecoverySteps | RecoveryPoints:
    days = tuple(float(row["from_months"]) * DAYS_PER_MONTH for row in rows)
    if rows[0]["kind"] == "points":
        return RecoveryPoints(days=days, fractions=tuple(float(row["fraction"]) for row in rows))
    return RecoverySteps(
        edges_days=days, fractions=tuple(float(row["fraction"]) if row["fraction"] else None for row in rows)
    )


def _check_rule_name(name: str) -> None:
    if name not in recovery_rule_names():
        raise BedValueError(f"no recovery rule {name!r}; there are {_listed(recovery_rule_names())}")


def _check_interval(interval_days: float) -> float:
    if not (math.isfinite(interval_days) and interval_days >= 0):
        raise BedValueError(
            f"interval_days must be 0 or more, got {interval_days}; are the two dates in the right order?"
        )
    return float(interval_days)


def _check_fraction(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise BedValueError(f"{name} must lie in [0, 1], got {value}; did you pass a percentage?")


def _check_positive(value: float, name: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise BedValueError(f"{name} must be positive and finite, got {value}")


def _check_not_negative(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise BedValueError(f"{name} must be 0 or more and finite, got {value}")


def _check_rising(fractions: Sequence[float]) -> None:
    for value in fractions:
        _check_fraction(value, "fraction")
    if any(b < a for a, b in pairwise(fractions)):
        raise BedValueError(f"recovery cannot fall with time, got {tuple(fractions)}")


def _percent(fraction: float | None) -> str:
    return "no value" if fraction is None else f"{100 * fraction:.3g} %"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
