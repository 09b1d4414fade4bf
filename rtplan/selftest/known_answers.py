"""Closed forms of the synthetic two-course patients: EQD2 by course, and of the sum.

Within each organ both courses' doses are piecewise-linear functions of one coordinate, so every EQD2, being
linear plus quadratic in the dose, is a piecewise quadratic of it. No dose grid, rasteriser or histogram takes
part; nothing here knows the DVH engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dicom_io import MissingObjectError
from dicom_io.dvh import Metric
from dicom_io.phantom import KnownDistribution, KnownOrgan, build_case, known_organs
from rtplan.errors import RtplanLookupError, RtplanValueError

__all__ = ["KnownCumulative", "eqd2_weights", "known_cumulative", "known_value"]


def eqd2_weights(n_fractions: int, alpha_beta: float, *, kept: float = 1.0) -> tuple[float, float]:
    """Return a and b of EQD2 = a D + b D^2 for a course of n equal fractions.

    Parameters
    ----------
    n_fractions : int
    alpha_beta : float
        Gy.
    kept : float
        What recovery leaves of the EQD2, 0 to 1.

    Examples
    --------
    >>> a, b = eqd2_weights(5, 2)
    >>> a * 12 + b * 12**2
    13.2
    """
    return kept * alpha_beta / (2 + alpha_beta), kept / (n_fractions * (2 + alpha_beta))


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownCumulative:
    """What is known in closed form of one organ at one alpha/beta.

    Attributes
    ----------
    organ : KnownOrgan
    alpha_beta : float
    eqd2 : mapping of str to KnownDistribution
        Each course's own EQD2, by course label.
    total : KnownDistribution
        The voxel sum.
    """

    organ: KnownOrgan
    alpha_beta: float
    eqd2: Mapping[str, KnownDistribution]
    total: KnownDistribution


def known_cumulative(
    case: str, organ: str, *, alpha_beta: float, kept: Sequence[float] = (), covered_only: bool = False
) -> KnownCumulative:
    """Return the closed forms of an organ that all courses of a synthetic patient have.

    Parameters
    ----------
    case : str
        Name of the synthetic patient, such as ``"pelvis-two-courses"``.
    organ : str
        Structure name.
    alpha_beta : float
        Gy.
    kept : sequence of float
        What recovery leaves of each course's EQD2, in order; nothing is taken off where it is short.
    covered_only : bool
        Of the part that all dose grids cover.

    Raises
    ------
    RtplanLookupError
        No such organ, or no elementary answer in it.

    Examples
    --------
    >>> bladder = known_cumulative("pelvis-two-courses", "Bladder", alpha_beta=3)
    >>> bladder.eqd2["first-course"].maximum
    48.384
    """
    built = build_case(case)
    found = [o for o in known_organs(built) if o.name == organ and len(o.drawn_in) == len(built.courses)]
    if len(found) != 1:
        raise RtplanLookupError(f"{case} has no organ {organ!r} in all its courses")
    shares = [*kept, *(1.0 for _ in built.courses)]
    weights = {
        course.label: eqd2_weights(course.n_fractions, alpha_beta, kept=share)
        for course, share in zip(built.courses, shares, strict=False)
    }
    try:
        return KnownCumulative(
            organ=found[0],
            alpha_beta=alpha_beta,
            eqd2={
                label: found[0].distribution({label: weight}, covered_only=covered_only)
                for label, weight in weights.items()
            },
            total=found[0].distribution(weights, covered_only=covered_only),
        )
    except MissingObjectError as fault:
        raise RtplanLookupError(str(fault)) from fault


def known_value(distribution: KnownDistribution, metric: Metric) -> float:
    """Return a dose metric of a distribution in closed form, Gy.

    Examples
    --------
    >>> bladder = known_cumulative("pelvis-two-courses", "Bladder", alpha_beta=3)
    >>> known_value(bladder.eqd2["first-course"], Metric.parse("Mean[Gy]"))
    48.384
    """
    whole = distribution.volume_cc
    plain = {
        "Mean": lambda: distribution.mean,
        "Max": lambda: distribution.maximum,
        "Min": lambda: distribution.minimum,
        "Median": lambda: distribution.value_at_hottest(whole / 2),
    }
    if metric.kind in plain:
        return plain[metric.kind]()
    if metric.kind not in ("D", "DC") or metric.at is None:
        raise RtplanValueError(f"{metric}: no dose of the distribution")
    volume = metric.at if metric.at_unit == "cc" else metric.at / 100 * whole
    return distribution.value_at_hottest(whole - volume if metric.kind == "DC" else volume)
