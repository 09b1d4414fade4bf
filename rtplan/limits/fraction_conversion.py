"""Limits for a number of fractions that a table does not list: derived on request, and labelled as such.

A derived limit is nobody's recommendation. It is never made unasked, and its row says how it was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bed import isoeffective_dose
from rtplan.alpha_beta import check_alpha_beta, parse_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.limits.constraint import Constraint, ConstraintSet
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.verdict import Limit

__all__ = ["FractionConversion", "convert_fractions"]


@dataclass(frozen=True, kw_only=True)
class FractionConversion:
    """How limits are derived for another number of fractions.

    Attributes
    ----------
    alpha_beta_gy : float or None
        Gy, for the same EQD2 as the nearest tabulated limit; None for straight lines between tabulated
        numbers of fractions.
    by_organ : mapping of str to float, optional
        alpha/beta by standard name instead, Gy; a limit of another organ is not converted.

    Examples
    --------
    >>> FractionConversion.parse("eqd2:2").alpha_beta_gy
    2.0
    """

    alpha_beta_gy: float | None
    by_organ: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.alpha_beta_gy is not None and self.by_organ is not None:
            raise RtplanValueError("one alpha/beta for all organs or one for each, not both")
        if self.alpha_beta_gy is not None:
            check_alpha_beta(self.alpha_beta_gy, "conversion", allow_infinity=False)
        for organ, value in (self.by_organ or {}).items():
            check_alpha_beta(value, f"conversion, {organ}", allow_infinity=False)

    @classmethod
    def parse(cls, text: str, *, by_organ: Mapping[str, float] | None = None) -> FractionConversion:
        """Read ``"linear"``, ``"eqd2:ALPHA_BETA"`` or ``"eqd2:clinic"``.

        No alpha/beta is taken unless it is given: `by_organ` are those of the clinic's file.
        """
        if text == "linear":
            return cls(alpha_beta_gy=None)
        kind, _, number = text.partition(":")
        if (kind, number) == ("eqd2", "clinic"):
            if not by_organ:
                raise RtplanValueError("eqd2:clinic needs --clinic FILE with [[alpha_beta]] entries")
            return cls(alpha_beta_gy=None, by_organ=by_organ)
        if kind == "eqd2" and number.strip():
            return cls(alpha_beta_gy=parse_alpha_beta(number, f"conversion {text!r}"))
        raise RtplanValueError(
            f"{text!r} is no conversion; write linear, eqd2:ALPHA_BETA such as eqd2:3, or eqd2:clinic"
        )

    def alpha_beta_of(self, constraint: Constraint) -> float | None:
        """The one alpha/beta for a limit, Gy; None where its organs have none or several."""
        if self.by_organ is None:
            return self.alpha_beta_gy
        known = {self.by_organ.get(organ) for organ in constraint.organs}
        return known.pop() if len(known) == 1 else None

    @property
    def is_linear(self) -> bool:
        """Whether limits lie on straight lines between tabulated ones."""
        return self.alpha_beta_gy is None and self.by_organ is None


def convert_fractions(
    constraint_set: ConstraintSet, n_fractions: int | None, *, conversion: FractionConversion
) -> ConstraintSet:
    """Add derived limits where a set has none for a number of fractions.

    Parameters
    ----------
    constraint_set : ConstraintSet
    n_fractions : int or None
        The plan's; with None nothing is derived.
    conversion : FractionConversion
        Straight lines need tabulated numbers on both sides. The same EQD2 is taken from the nearest tabulated
        number, the smaller of two equally near, and for doses at a volume only: a mean dose or a volume at a
        dose has no such conversion.

    Returns
    -------
    ConstraintSet
        The published rows, then the derived ones. A limit that has no conversion is a row that cannot be
        evaluated and says why.

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> tg101 = load_constraint_set("tg101-2010")
    >>> four = convert_fractions(tg101, 4, conversion=FractionConversion(alpha_beta_gy=None))
    >>> next(c for c in four.constraints if c.derived and c.organs == ("Rectum",)).derived
    'derived: on a straight line between < 24 Gy (3 fx) and < 25 Gy (5 fx)'
    """
    if n_fractions is None:
        return constraint_set
    derived, without = [], []
    for group in _by_fractions(constraint_set.constraints).values():
        if any(c.fractions.match(n_fractions, dose_per_fraction=None).matches for c in group):
            continue
        try:
            derived.append(_converted(group, n_fractions, conversion))
        except _NoConversionError as why:
            without.append(_not_converted(_nearest(group, n_fractions), n_fractions, str(why)))
    note = (
        f"{len(derived)} limits for {n_fractions} fractions were derived on request; they are not published"
    )
    return replace(
        constraint_set,
        constraints=(*constraint_set.constraints, *derived, *without),
        findings=(*constraint_set.findings, *([note] if derived else [])),
    )


class _NoConversionError(RtplanValueError):
    """Why a limit has no conversion; it never leaves this module."""


def _converted(group: Sequence[Constraint], n_fractions: int, conversion: FractionConversion) -> Constraint:
    if conversion.is_linear:
        return _on_a_line(group, n_fractions)
    alpha_beta = conversion.alpha_beta_of(group[0])
    if alpha_beta is None:
        raise _NoConversionError(f"the clinic's file has no one alpha/beta for {group[0].organ_label}")
    return _of_same_eqd2(_nearest(group, n_fractions), n_fractions, alpha_beta)


def _nearest(group: Sequence[Constraint], n_fractions: int) -> Constraint:
    """The limit at the nearest tabulated number, the smaller of two equally near."""
    return min(group, key=lambda c: (abs(_number(c) - n_fractions), _number(c)))


def _not_converted(source: Constraint, n_fractions: int, why: str) -> Constraint:
    """A row for the plan's number of fractions that no value is held against."""
    reason = f"{_short(source)} was not converted to {n_fractions} fractions: {why}"
    return replace(
        source,
        fractions=FractionNumbers.parse(str(n_fractions)),
        metric=replace(source.metric, dvh=None, span_end=None, reason=reason),
    )


def _by_fractions(constraints: Sequence[Constraint]) -> dict[tuple[str, ...], list[Constraint]]:
    """Limits of one plan that differ in their single number of fractions only."""
    groups: dict[tuple[str, ...], list[Constraint]] = defaultdict(list)
    for c in constraints:
        is_single = c.fractions.kind == "numbers" and c.fractions.low == c.fractions.high
        if c.role.is_enforced and c.scope.is_of_one_plan and is_single:
            key = (c.table, c.organ_label, c.organ_as_published, c.metric.text, str(c.comparator), c.unit)
            groups[(*key, c.priority, c.endpoint)].append(c)
    for group in groups.values():
        group.sort(key=_number)
    return groups


def _number(constraint: Constraint) -> int:
    assert constraint.fractions.low is not None
    return constraint.fractions.low


def _on_a_line(group: Sequence[Constraint], n_fractions: int) -> Constraint:
    """The limit on a straight line between the tabulated neighbours."""
    below = [c for c in group if _number(c) < n_fractions]
    above = [c for c in group if _number(c) > n_fractions]
    if not below or not above:
        raise _NoConversionError("a straight line needs tabulated numbers on both sides")
    fewer, more = below[-1], above[0]
    assert fewer.limit is not None
    assert more.limit is not None
    share = (n_fractions - _number(fewer)) / (_number(more) - _number(fewer))
    limit = Limit(
        low=_between(fewer.limit.low, more.limit.low, share),
        high=_between(fewer.limit.high, more.limit.high, share),
    )
    how = f"derived: on a straight line between {_short(fewer)} and {_short(more)}"
    return _derived(fewer, n_fractions, limit=limit, how=how)


def _between(low: float, high: float, share: float) -> float:
    return round(low + share * (high - low), 6)


def _of_same_eqd2(nearest: Constraint, n_fractions: int, alpha_beta: float) -> Constraint:
    """The limit with the EQD2 of the nearest tabulated one."""
    is_dose_at_volume = nearest.metric.hottest_volume or nearest.metric.critical_volume_cc
    if nearest.metric.dose_level_gy is not None:
        raise _NoConversionError("a volume at a dose has no such conversion")
    if nearest.unit != "Gy" or is_dose_at_volume is None or nearest.limit is None:
        raise _NoConversionError(
            "only a dose at a volume has such a conversion, no mean and no relative dose"
        )
    low, high = (
        round(float(isoeffective_dose(end, _number(nearest), alpha_beta, new_n_fractions=n_fractions)), 6)
        for end in (nearest.limit.low, nearest.limit.high)
    )
    how = f"derived: the EQD2 of {_short(nearest)} at alpha/beta {alpha_beta:g} Gy"
    return _derived(nearest, n_fractions, limit=Limit(low=low, high=high), how=how)


def _derived(source: Constraint, n_fractions: int, *, limit: Limit, how: str) -> Constraint:
    return replace(
        source,
        fractions=FractionNumbers.parse(str(n_fractions)),
        limit=limit,
        limit_as_published=str(limit),
        derived=how,
    )


def _short(constraint: Constraint) -> str:
    return f"{constraint.comparator} {constraint.limit} {constraint.unit} ({constraint.fractions.text} fx)"
