"""Several fractions a day: the most that incomplete repair between them can add, and its part in a verdict.

With full repair m fractions of d a day count as m fractions of d; without any repair they act as one fraction
of m d (h_m = m - 1). As long as all is repaired overnight the truth lies between the two, whatever the
half-time of repair and the hours between the fractions, so a verdict is certain where both agree.

Source: Thames 1985, Int J Radiat Biol 47:319.
"""

from __future__ import annotations

from dataclasses import replace

from rtplan.limits import Basis, Judgement, Remaining, Verdict
from rtplan.reirradiation.organ.row import OrganRow

__all__ = ["between_repairs"]


def between_repairs(full: OrganRow, without: OrganRow, *, new_fractions: int | None) -> OrganRow:
    """Return the row of full repair with the row of no repair beside it, and the verdict of both.

    Parameters
    ----------
    full, without : OrganRow
        The same organ, metric and alpha/beta.
    new_fractions : int or None
        Fractions of the new course, as given and not merged into days.
    """
    return replace(
        full,
        judgement=_of_both(full, without, full.judgement, without.judgement),
        without_recovery=_of_both(full, without, full.without_recovery, without.without_recovery),
        remaining=(*full.remaining, *(_unrepaired(left, new_fractions) for left in without.remaining)),
        without_repair=without,
    )


def _of_both(
    full: OrganRow, without: OrganRow, repaired: Judgement | None, unrepaired: Judgement | None
) -> Judgement | None:
    """A failure with full repair stands, as no repair only adds; anything else needs both to agree."""
    if repaired is None or unrepaired is None or repaired.verdict is Verdict.EXCEEDS:
        return repaired
    if repaired.verdict is unrepaired.verdict:
        also = "also without any repair between the fractions of a day"
        return replace(
            unrepaired,
            reason=f"{repaired.reason}; {also}" if repaired.reason else also,
            margin=unrepaired.margin,
        )
    if Verdict.NOT_EVALUABLE in (repaired.verdict, unrepaired.verdict):
        why = repaired.reason if repaired.verdict is Verdict.NOT_EVALUABLE else unrepaired.reason
        return Judgement.unjudged(why)
    reason = (
        f"{repaired.verdict.value} with full repair between the fractions of a day, "
        f"{unrepaired.verdict.value} without any{_values(full, without)}"
    )
    return Judgement(verdict=Verdict.BORDERLINE, reason=reason, margin=unrepaired.margin)


def _values(full: OrganRow, without: OrganRow) -> str:
    one, other = full.voxel_sum.value, without.voxel_sum.value
    return "" if one is None or other is None else f": {one:.2f} to {other:.2f} Gy"


def _unrepaired(left: Remaining, new_fractions: int | None) -> Remaining:
    """Name the reading; one that scales the new plan speaks of its own fractions, not of its days."""
    named = replace(left, is_without_repair=True)
    if left.basis is not Basis.PLAN or new_fractions is None:
        return named
    dose = left.total_dose_gy
    return replace(
        named,
        n_fractions=new_fractions,
        dose_per_fraction_gy=None if dose is None else dose / new_fractions,
    )
