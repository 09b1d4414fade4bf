"""Whether objects that should agree do: patients, frames of reference, dose and prescription."""

from __future__ import annotations

from collections.abc import Sequence

from dicom_io.errors import ContradictionError
from dicom_io.patient import PatientIdentity
from dicom_io.plan import Plan

__all__ = [
    "LEAST_OF_PRESCRIPTION",
    "PER_FRACTION_RANGE",
    "check_patients",
    "dose_findings",
]

LEAST_OF_PRESCRIPTION = 0.5
"""A dose maximum below this part of the prescription contradicts it: a target dose is met somewhere."""

PER_FRACTION_RANGE = (0.8, 1.6)
"""A dose maximum of this many times the prescription per fraction looks like the dose of one fraction."""

_WORTH_SAYING = (0.9, 1.5)
"""Outside this range of maximum over prescription a finding is written."""

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

    A maximum below half of the prescription is refused (for two fractions, three quarters, since the dose
    of one fraction of two is about half). So is a prescription that the maximum exceeds about n-fold,
    n at least 4: then one of the two is per fraction. With several fraction groups the prescriptions may
    add up or not, so nothing is refused. Brachytherapy has no meaningful maximum.

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
    unit = _unit_finding(maximum_gy)
    prescription, n_fractions = plan.prescription_gy, plan.n_fractions
    if len(plan.fraction_groups) > 1:
        return (*unit, "several fraction groups: dose and prescription were not compared")
    if prescription is None or prescription <= 0:
        return (*unit, "no prescription dose: dose and prescription were not compared")
    if n_fractions is None:
        return (
            *unit,
            "number of fractions not stated: whether the dose is that of all fractions was not checked",
        )
    _refuse_contradiction(maximum_gy, prescription, n_fractions)
    return (*unit, *_unusual(maximum_gy, prescription))


def _refuse_contradiction(maximum_gy: float, prescription_gy: float, n_fractions: int) -> None:
    prescribed = f"{prescription_gy:g} Gy in {n_fractions} fractions"
    told = f"the dose maximum is {maximum_gy:.2f} Gy, the prescription {prescribed}"
    least = 0.75 if n_fractions == 2 else LEAST_OF_PRESCRIPTION
    if maximum_gy < least * prescription_gy:
        raise ContradictionError(f"{told}: {_likely(maximum_gy, prescription_gy, n_fractions)}")
    low, high = PER_FRACTION_RANGE
    if n_fractions >= 4 and low * n_fractions <= maximum_gy / prescription_gy <= high * n_fractions:
        raise ContradictionError(f"{told}: is the prescription that of one fraction?")


def _likely(maximum_gy: float, prescription_gy: float, n_fractions: int) -> str:
    """Return the likely mistake behind a dose that is too low."""
    low, high = (factor * prescription_gy / n_fractions for factor in PER_FRACTION_RANGE)
    if n_fractions > 1 and low <= maximum_gy <= high:
        return "this looks like the dose of one fraction, not of all"
    if maximum_gy > prescription_gy / 125 and prescription_gy > _TOO_HIGH_GY:
        return "is the prescription in cGy?"
    return "is this another plan's dose, one beam's, or a grid beside the target?"


def _unit_finding(maximum_gy: float) -> tuple[str, ...]:
    if maximum_gy <= _TOO_HIGH_GY:
        return ()
    return (f"the dose maximum is {maximum_gy:.0f} Gy: were cGy written as Gy?",)


def _unusual(maximum_gy: float, prescription_gy: float) -> tuple[str, ...]:
    ratio = maximum_gy / prescription_gy
    low, high = _WORTH_SAYING
    if low <= ratio <= high:
        return ()
    return (f"the dose maximum is {100 * ratio:.0f} % of the prescription of {prescription_gy:g} Gy",)
