"""Whether objects that should agree do: patients, frames of reference, dose and prescription."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist

from dicom_io.errors import ContradictionError
from dicom_io.objects import PatientIdentity, Plan

__all__ = [
    "LEAST_OF_PRESCRIPTION",
    "MOST_FRACTIONS",
    "PER_FRACTION_RANGE",
    "check_patients",
    "dose_findings",
    "fractions_doubt",
    "unit_finding",
]

LEAST_OF_PRESCRIPTION = 0.5
"""A dose maximum below this part of the prescription contradicts it: a target dose is met somewhere."""

PER_FRACTION_RANGE = (0.8, 1.6)
"""A dose maximum of this many times the prescription per fraction looks like the dose of one fraction."""

_WORTH_SAYING = (0.9, 1.5)
"""Outside this range of maximum over prescription a finding is written."""

MOST_FRACTIONS = 100
"""No course has more: the number is asked back."""

_BEAM_DOSES_OF_PRESCRIPTION, _BEAM_DOSES_OF_MAXIMUM = 1.5, 3.0
"""Beam doses of all fractions that differ from the prescription (or the maximum) by more contradict it."""

_ONE_POINT_MM = 10.0
"""Beam doses at points farther apart are not the doses of one place and add up nowhere."""

_TOO_HIGH_GY = 300.0
"""No external-beam course comes near this maximum; an export in cGy does."""


def check_patients(patients: Sequence[PatientIdentity]) -> tuple[str, ...]:
    """Raise when objects belong to different patients; return what could not be compared.

    Raises
    ------
    ContradictionError
        Names which of patient ID, birth date and sex differ, and shows none of them.
    """
    for place, first in enumerate(patients):
        for other in patients[place + 1 :]:
            if differing := first.differences(other):
                told = " and ".join(differing)
                raise ContradictionError(f"objects of two patients: {told} differ between the files chosen")
    blank = sum(patient.is_blank for patient in patients)
    if blank:
        return (f"{blank} of {len(patients)} objects chosen carry no patient ID: identity was not compared",)
    return ()


def dose_findings(maximum_gy: float, plan: Plan | None) -> tuple[str, ...]:
    """Reconcile the maximum of a plan's total dose with its prescription and fractions.

    A maximum below half of the lowest target prescription is refused (for two fractions, three quarters,
    since the dose of one fraction of two is about half), and so is one that looks like a single fraction of
    the highest. Also refused: a prescription that the maximum exceeds about n-fold, n at least 4, since then
    one of the two is per fraction. A plan may carry the prescription of the whole course beside its own, so
    a dose between lowest and highest is not refused. With several fraction groups the maximum must reach
    half of the highest prescription; more cannot be said. Brachytherapy has no meaningful maximum.

    Parameters
    ----------
    maximum_gy : float
        Maximum of the total dose, Gy.
    plan : Plan or None

    Returns
    -------
    tuple of str
        What could not be checked, or is unusual.

    Raises
    ------
    ContradictionError
        Dose and prescription exclude each other.
    """
    if plan is None:
        return ()
    if plan.is_brachytherapy:
        return (
            "brachytherapy: the dose maximum is at the source and was not compared with the prescription",
        )
    unit = unit_finding(maximum_gy)
    doses = [reference.target_prescription_gy or 0.0 for reference in plan.prescriptions]
    prescribed = sorted(dose for dose in doses if dose > 0)
    if not prescribed:
        return (*unit, "no prescription dose: dose and prescription were not compared")
    if len(plan.delivering_groups) > 1:
        _refuse_low(maximum_gy, prescribed[-1], LEAST_OF_PRESCRIPTION, n_fractions=None)
        return (*unit, "several fraction groups: dose and prescription were compared only roughly")
    if plan.n_fractions is None:
        return (
            *unit,
            "number of fractions not stated: whether the dose is that of all fractions was not checked",
        )
    _refuse_contradiction(maximum_gy, prescribed, plan.n_fractions)
    return (*unit, *_unusual(maximum_gy, prescribed[-1]))


def _refuse_contradiction(maximum_gy: float, prescribed: Sequence[float], n_fractions: int) -> None:
    """Raise when the maximum does not go with any of the prescriptions, lowest first."""
    least = 0.75 if n_fractions == 2 else LEAST_OF_PRESCRIPTION
    _refuse_low(maximum_gy, prescribed[0], least, n_fractions=n_fractions)
    low, high = _WORTH_SAYING
    fits_one = any(low <= maximum_gy / dose <= high for dose in prescribed)
    if not fits_one and _like_one_fraction(maximum_gy, prescribed[-1], n_fractions):
        _refuse_low(maximum_gy, prescribed[-1], least, n_fractions=n_fractions)
    low, high = PER_FRACTION_RANGE
    if n_fractions >= 4 and low * n_fractions <= maximum_gy / prescribed[-1] <= high * n_fractions:
        told = _told(maximum_gy, prescribed[-1], n_fractions)
        raise ContradictionError(f"{told}: is the prescription that of one fraction?")


def _refuse_low(maximum_gy: float, prescription_gy: float, least: float, *, n_fractions: int | None) -> None:
    if maximum_gy < least * prescription_gy:
        told = _told(maximum_gy, prescription_gy, n_fractions)
        raise ContradictionError(f"{told}: {_likely(maximum_gy, prescription_gy, n_fractions)}")


def _told(maximum_gy: float, prescription_gy: float, n_fractions: int | None) -> str:
    fractions = "several fraction groups" if n_fractions is None else f"{n_fractions} fractions"
    return f"the dose maximum is {maximum_gy:.2f} Gy, the prescription {prescription_gy:g} Gy in {fractions}"


def _like_one_fraction(maximum_gy: float, prescription_gy: float, n_fractions: int) -> bool:
    low, high = (factor * prescription_gy / n_fractions for factor in PER_FRACTION_RANGE)
    return n_fractions > 1 and low <= maximum_gy <= high


def _likely(maximum_gy: float, prescription_gy: float, n_fractions: int | None) -> str:
    """Return the likely mistake behind a dose that is too low."""
    if n_fractions is not None and _like_one_fraction(maximum_gy, prescription_gy, n_fractions):
        return "this looks like the dose of one fraction, not of all"
    if maximum_gy > prescription_gy / 125 and prescription_gy > _TOO_HIGH_GY:
        return "is the prescription in cGy?"
    return "is this another plan's dose, one beam's, or a grid beside the target?"


def fractions_doubt(maximum_gy: float | None, plan: Plan) -> str | None:
    """Return why the plan's number of fractions cannot be right; None where nothing contradicts it.

    The doses that the plan gives for each beam and fraction, times the number of fractions, must come within
    a factor of 1.5 of a prescription, or without one of 3 of the dose maximum, in both directions.

    Parameters
    ----------
    maximum_gy : float or None
        Maximum of the dose, Gy; None without a dose.
    plan : Plan
    """
    n_fractions = plan.n_fractions
    if n_fractions is None:
        return None
    if n_fractions > MOST_FRACTIONS:
        return f"the plan states {n_fractions} fractions, more than any course has"
    low, high = (n_fractions * dose for dose in _beam_doses_per_fraction(plan))
    if not high > 0:
        return None
    prescribed = [dose for dose in (one.target_prescription_gy for one in plan.prescriptions) if dose]
    stated, factor = prescribed, _BEAM_DOSES_OF_PRESCRIPTION
    if not prescribed:
        stated, factor = [maximum_gy] if maximum_gy else [], _BEAM_DOSES_OF_MAXIMUM
    factor *= 1 + 1e-9
    if not stated or any(low / factor <= dose <= high * factor for dose in stated):
        return None
    told = " and ".join(f"{dose:g}" for dose in stated)
    what = "the prescription" if prescribed else "the dose maximum"
    return (
        f"the plan's beams give {high / n_fractions:g} Gy in each fraction, {high:g} Gy in its {n_fractions} "
        f"fractions, but {what} is {told} Gy: is the number of fractions wrong?"
    )


def _beam_doses_per_fraction(plan: Plan) -> tuple[float, float]:
    """Least and most that the treating beams give in a fraction, Gy; 0 where a beam does not say."""
    (group,) = plan.delivering_groups
    treating = {beam.number for beam in plan.beams if beam.treats}
    points = group.beam_dose_points_mm or (None,) * len(group.beam_numbers)
    told = [
        (dose, point)
        for number, dose, point in zip(group.beam_numbers, group.beam_doses_gy, points, strict=True)
        if number in treating
    ]
    doses = [dose for dose, _ in told if dose is not None]
    if not doses or len(doses) < len(told):
        return 0.0, 0.0
    places = [point for _, point in told if point is not None]
    apart = any(dist(places[0], place) > _ONE_POINT_MM for place in places[1:])
    return (max(doses) if apart else sum(doses)), sum(doses)


def unit_finding(maximum_gy: float) -> tuple[str, ...]:
    """Return whether a dose maximum looks like one in cGy."""
    if maximum_gy <= _TOO_HIGH_GY:
        return ()
    return (f"the dose maximum is {maximum_gy:.0f} Gy: were cGy written as Gy?",)


def _unusual(maximum_gy: float, prescription_gy: float) -> tuple[str, ...]:
    ratio = maximum_gy / prescription_gy
    low, high = _WORTH_SAYING
    if low <= ratio <= high:
        return ()
    return (f"the dose maximum is {100 * ratio:.0f} % of the prescription of {prescription_gy:g} Gy",)
