"""A second course to the spinal cord: Woolley 2018, Nieder's score, the rules of Sahgal and HyTEC.

All of them know two courses only, photons only, and alpha/beta 2 Gy; other inputs are refused. Unlike a
`Recovery` they do not forget a fraction of the earlier dose: they answer for the second course directly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bed.arguments import outside_validity
from bed.errors import BedTypeError, BedValueError
from bed.quantity import BED, EQD2
from bed.retreatment.recovery import EDGE_WINDOW_DAYS
from bed.retreatment.recovery_curves import DAYS_PER_MONTH, DAYS_PER_YEAR
from bed.tables import toml_document

__all__ = [
    "CordRule",
    "NiederScore",
    "WoolleyRetreatment",
    "hytec_de_novo_cord",
    "nieder_low_risk_rules",
    "nieder_score",
    "sahgal_hytec_rules",
    "woolley_repair_exponent",
    "woolley_retreatment",
    "woolley_tolerance",
]

_RISKS: Final = ("low", "intermediate", "high")


@dataclass(frozen=True, kw_only=True)
class WoolleyRetreatment:
    """Answer of the model of Woolley 2018 for a second course.

    Attributes
    ----------
    tolerance_gy : float
        Dose of a single course in 2 Gy fractions that carries the chosen risk in humans.
    first_percent : float
        BED of the first course as a percentage of the tolerance BED.
    second_percent : float or None
        BED left for the second course in the same percentage; None without an answer.
    second_bed : BED or None
        The same in Gy at alpha/beta 2 Gy.
    reason : str or None
        Why there is no answer.
    source : str
        Where the model's constants come from.
    """

    tolerance_gy: float
    first_percent: float
    second_percent: float | None
    second_bed: BED | None
    reason: str | None
    source: str

    def dose_per_fraction(self, n_fractions: int) -> float:
        r"""Dose per fraction, in Gy, that spends the second course's BED in a number of fractions.

        .. math:: d = \frac{2 B/n}{1 + \sqrt{1 + 4 B / (n\,\alpha/\beta)}}

        Raises
        ------
        BedValueError
            If the model gave no answer, or `n_fractions` is not a whole positive number.
        """
        if self.second_bed is None:
            raise BedValueError(f"Woolley 2018 gives no second course: {self.reason}")
        if n_fractions < 1 or n_fractions != int(n_fractions):
            raise BedValueError(f"n_fractions must be a whole number of 1 or more, got {n_fractions}")
        per_fraction = float(self.second_bed.gy) / n_fractions
        return 2 * per_fraction / (1 + math.sqrt(1 + 4 * per_fraction / self.second_bed.alpha_beta))


@dataclass(frozen=True, kw_only=True)
class NiederScore:
    """Score of Nieder 2005 and the rates observed in 2006.

    Attributes
    ----------
    score : float
        Points for the cumulative BED, the interval and the highest course.
    risk : str
        ``"low"``, ``"intermediate"`` or ``"high"``.
    observed_rate_percent : float
        Myelopathy observed in that group.
    score_across_edge : float or None
        Score on the other side of the six-month edge where the interval lies within half a month of it.
    within_low_risk_limits : bool
        Cumulative BED up to 135.5 Gy, each course up to 98 Gy, six months or more.
    source, tag : str
        Origin; the score is an unverified transcription (M).
    """

    score: float
    risk: str
    observed_rate_percent: float
    score_across_edge: float | None
    within_low_risk_limits: bool
    source: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class CordRule:
    """One published condition and how a case stands to it.

    Attributes
    ----------
    name, unit, comparator, source : str
        What is compared, in which unit, ``"<="`` or ``">="``, and who says so.
    value, limit : float
        The case and the published limit.
    """

    name: str
    value: float
    comparator: str
    limit: float
    unit: str
    source: str

    @property
    def holds(self) -> bool:
        """Whether the condition is met."""
        return self.value <= self.limit if self.comparator == "<=" else self.value >= self.limit


def woolley_tolerance(*, risk_percent: float, conservative_percent: float) -> float:
    """Single-course cord dose in 2 Gy fractions that carries a risk, after Woolley 2018.

    The primate probit curve is shifted so that it passes through 54.8 Gy at 1 %, lowered by the
    conservative percentage.

    Parameters
    ----------
    risk_percent : float
        Risk of myelopathy in percent, between 0 and 100.
    conservative_percent : float
        Percentage by which the doses at 1 % are lowered; 0 for none, below 100.

    Returns
    -------
    float
        Gy in 2 Gy fractions.

    Notes
    -----
    Woolley 2018, Int J Radiat Biol 94:515.

    Examples
    --------
    >>> woolley_tolerance(risk_percent=0.1, conservative_percent=0)
    49.6595
    """
    w = _table("woolley")
    at_risk, at_reference = (_probit_dose(0, risk) for risk in (risk_percent, w["reference_risk_percent"]))
    kept = 1 - _checked_conservative(conservative_percent) / 100
    return float(at_risk - at_reference + kept * w["human_dose_at_reference_risk_gy"])


def woolley_repair_exponent(
    *, interval_days: float, risk_percent: float, conservative_percent: float
) -> float:
    """Exponent r(t) of Woolley 2018: 0 up to 0.19 years, then the cubic through the primate points.

    Parameters
    ----------
    interval_days : float
        From 0 to three years; the cubic is not extrapolated.
    risk_percent, conservative_percent : float
        See `woolley_tolerance`.

    Returns
    -------
    float

    Raises
    ------
    BedValueError
        Beyond three years, or where the primate points allow no exponent at this risk.

    Warns
    -----
    OutsideValidityWarning
        Before 0.19 years, where the model assumes no recovery.

    Examples
    --------
    >>> woolley_repair_exponent(interval_days=365.25, risk_percent=0.1, conservative_percent=0)
    5.3188
    """
    w = _table("woolley")
    years = _checked_interval(interval_days) / DAYS_PER_YEAR
    if years > w["retreatment_years"][-1]:
        raise BedValueError(_beyond(interval_days))
    if years <= w["onset_years"]:
        _warn_before_onset(years)
        return 0.0
    nodes = (w["onset_years"], *w["retreatment_years"])
    values = (0.0, *_exponents_of_primates(risk_percent, _checked_conservative(conservative_percent)))
    return _cubic_through(nodes, values, years)


def woolley_retreatment(
    first_bed: BED, *, interval_days: float, risk_percent: float, conservative_percent: float
) -> WoolleyRetreatment:
    r"""BED that a spinal cord may still receive, after Woolley 2018 (BEDx, photons then photons).

    .. math::
        B_2 = 100(1-b)\left[1 + \left((1-b)^{-r/(r+1)} - 1\right)
        \tfrac12\left(1 + \tanh s_0\left(B_1 - \tfrac{B_{thr}}{1 + s_1 r}\right)\right)\right],
        \quad b = B_1/100

    Parameters
    ----------
    first_bed : BED
        Of the first course at the cord, at alpha/beta 2 Gy; one number.
    interval_days : float
        From the end of the first course to the start of the second, 0 to three years.
    risk_percent, conservative_percent : float
        See `woolley_tolerance`.

    Returns
    -------
    WoolleyRetreatment
        Without an answer, and with the reason, where the first course alone reaches the tolerance or the
        interval exceeds three years.

    Raises
    ------
    BedTypeError, BedValueError
        For another alpha/beta, an array, or a parameter out of range.

    Warns
    -----
    OutsideValidityWarning
        Before 0.19 years, where the model assumes no recovery.

    Notes
    -----
    Woolley 2018, Int J Radiat Biol 94:515; Moore 2021, doi 10.1080/09553002.2021.1981554. Valid for two
    courses, 70 days to 3 years; before that the model itself assumes no recovery.

    Examples
    --------
    >>> first = BED(gy=85.5, alpha_beta=2)   # 45 Gy in 25 fractions
    >>> answer = woolley_retreatment(first, interval_days=365.25, risk_percent=0.1, conservative_percent=0)
    >>> float(answer.second_bed.gy), answer.dose_per_fraction(20)
    (72.69, 1.8756)
    """
    w = _table("woolley")
    first_gy = _one_number(first_bed, BED, w["alpha_beta_gy"], "first_bed")
    tolerance = woolley_tolerance(risk_percent=risk_percent, conservative_percent=conservative_percent)
    tolerance_bed = tolerance * (1 + 2 / w["alpha_beta_gy"])
    first_percent = 100 * first_gy / tolerance_bed
    second, reason = None, _no_answer(first_percent, interval_days)
    if reason is None:
        try:
            exponent = woolley_repair_exponent(
                interval_days=interval_days,
                risk_percent=risk_percent,
                conservative_percent=conservative_percent,
            )
            second = _second_percent(first_percent, exponent)
        except BedValueError as no_exponent:
            reason = str(no_exponent)
    return WoolleyRetreatment(
        tolerance_gy=tolerance,
        first_percent=first_percent,
        second_percent=second,
        second_bed=None
        if second is None
        else BED(gy=second * tolerance_bed / 100, alpha_beta=w["alpha_beta_gy"]),
        reason=reason,
        source=w["source"],
    )


def nieder_score(course_beds: Sequence[BED], *, interval_days: float) -> NiederScore:
    """Risk score for myelopathy after two courses to the cervical or thoracic cord.

    Parameters
    ----------
    course_beds : sequence of two BED
        BED of each course at the cord, alpha/beta 2 Gy (the score's bands are in Gy at 2).
    interval_days : float
        Between the courses.

    Returns
    -------
    NiederScore

    Raises
    ------
    BedTypeError, BedValueError
        For another number of courses, another alpha/beta, an array, or a negative interval.

    Notes
    -----
    Nieder 2005, Int J Radiat Oncol Biol Phys 61:851, updated 2006, 66:1446.

    Examples
    --------
    >>> nieder_score([BED(gy=75, alpha_beta=2), BED(gy=60, alpha_beta=2)], interval_days=400).score
    2.0
    """
    table = _table("nieder")
    if len(course_beds) != 2:
        raise BedValueError(f"the score was made for two courses, got {len(course_beds)}")
    first, second = (_one_number(bed, BED, table["alpha_beta_gy"], "course_beds") for bed in course_beds)
    edge = table["short_interval_months"] * DAYS_PER_MONTH
    short = _checked_interval(interval_days) < edge
    score = _nieder_points(first, second, short=short)
    risk = _RISKS[(score > table["low_up_to"]) + (score > table["intermediate_up_to"])]
    return NiederScore(
        score=score,
        risk=risk,
        observed_rate_percent=table["observed_rate_percent"][risk],
        score_across_edge=(
            _nieder_points(first, second, short=not short)
            if abs(interval_days - edge) <= EDGE_WINDOW_DAYS
            else None
        ),
        within_low_risk_limits=(
            not short
            and first + second <= table["low_risk_cumulative_bed_gy"]
            and max(first, second) <= table["low_risk_course_bed_gy"]
        ),
        source=table["source"],
        tag=table["tag"],
    )


def nieder_low_risk_rules(course_beds: Sequence[BED], *, interval_days: float) -> tuple[CordRule, ...]:
    """Conditions under which Nieder saw no myelopathy, each with the case's own value.

    Parameters
    ----------
    course_beds, interval_days
        As in `nieder_score`.

    Returns
    -------
    tuple of CordRule
        Cumulative BED, BED of the higher course, interval.

    Raises
    ------
    BedTypeError, BedValueError
        As in `nieder_score`.

    Notes
    -----
    Nieder 2005, Int J Radiat Oncol Biol Phys 61:851, updated 2006, 66:1446.

    Examples
    --------
    >>> rules = nieder_low_risk_rules([BED(gy=75, alpha_beta=2), BED(gy=65, alpha_beta=2)], interval_days=400)
    >>> [(rule.limit, rule.holds) for rule in rules]
    [(135.5, False), (98.0, True), (6.0, True)]
    """
    t = _table("nieder")
    if len(course_beds) != 2:
        raise BedValueError(f"the score was made for two courses, got {len(course_beds)}")
    first, second = (_one_number(bed, BED, t["alpha_beta_gy"], "course_beds") for bed in course_beds)
    rows = (
        ("cumulative BED", first + second, "<=", t["low_risk_cumulative_bed_gy"], "Gy BED"),
        ("BED of the higher course", max(first, second), "<=", t["low_risk_course_bed_gy"], "Gy BED"),
        (
            "interval",
            _checked_interval(interval_days) / DAYS_PER_MONTH,
            ">=",
            t["short_interval_months"],
            "months",
        ),
    )
    return tuple(
        CordRule(name=name, value=value, comparator=comparator, limit=limit, unit=unit, source=t["source"])
        for name, value, comparator, limit, unit in rows
    )


def sahgal_hytec_rules(earlier: EQD2, sbrt: EQD2, *, interval_days: float) -> tuple[CordRule, ...]:
    """Conditions of Sahgal 2012 and HyTEC 2021 for spinal SBRT after conventional radiotherapy.

    Parameters
    ----------
    earlier, sbrt : EQD2
        Maximum of the thecal sac in each course, alpha/beta 2 Gy.
    interval_days : float
        Between the courses.

    Returns
    -------
    tuple of CordRule
        SBRT alone, cumulative, SBRT's share of the cumulative, interval.

    Raises
    ------
    BedTypeError, BedValueError
        For another alpha/beta, an array, a negative interval, or courses without any dose.

    Examples
    --------
    >>> rules = sahgal_hytec_rules(
    ...     EQD2(gy=45, alpha_beta=2), EQD2(gy=25, alpha_beta=2), interval_days=200
    ... )
    >>> [(rule.name, rule.holds) for rule in rules][:2]
    [('SBRT EQD2', True), ('cumulative EQD2', True)]
    """
    t = _table("sahgal_hytec")
    before, now = (
        _one_number(x, EQD2, t["alpha_beta_gy"], "EQD2 of the thecal sac") for x in (earlier, sbrt)
    )
    if before + now <= 0:
        raise BedValueError(
            "both courses are 0 Gy at the thecal sac: SBRT has no share of the cumulative dose"
        )
    months = _checked_interval(interval_days) / DAYS_PER_MONTH
    rows = (
        ("SBRT EQD2", now, "<=", t["sbrt_eqd2_gy"], "Gy"),
        ("cumulative EQD2", before + now, "<=", t["cumulative_eqd2_gy"], "Gy"),
        ("SBRT share of the cumulative EQD2", now / (before + now), "<=", t["sbrt_share"], ""),
        ("interval", months, ">=", t["interval_months"], "months"),
    )
    return tuple(
        CordRule(name=name, value=value, comparator=comparator, limit=limit, unit=unit, source=t["source"])
        for name, value, comparator, limit, unit in rows
    )


def hytec_de_novo_cord(n_fractions: int) -> tuple[float, float]:
    """Cord maximum in Gy for a 1 to 5 % risk without an earlier course, lower and upper value.

    Parameters
    ----------
    n_fractions : int
        1 to 5; nothing is published for others and nothing is interpolated.

    Returns
    -------
    tuple of float

    Raises
    ------
    BedValueError
        For another number of fractions.

    Examples
    --------
    >>> hytec_de_novo_cord(1)
    (12.4, 14.0)
    """
    maximum = _table("hytec_de_novo")["maximum_gy"]
    if str(n_fractions) not in maximum:
        raise BedValueError(f"HyTEC gives 1 to 5 fractions, not {n_fractions}")
    low, high = maximum[str(n_fractions)]
    return low, high


@cache
def _tables() -> dict[str, Any]:
    return toml_document("bed.retreatment", "cord.toml")


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = _tables()[name]
    return table


def _probit_dose(curve: int, risk_percent: float) -> float:
    """Dose of one primate curve at a risk."""
    from scipy.special import ndtri  # noqa: PLC0415 - scipy loads only where it is used

    if not 0 < risk_percent < 100:
        raise BedValueError(f"risk_percent must lie between 0 and 100 (1 means 1 %), got {risk_percent}")
    w = _table("woolley")
    return float(w["probit_d50_gy"][curve] * (1 + ndtri(risk_percent / 100) / w["probit_slope"][curve]))


def _conservative_dose(curve: int, risk_percent: float, conservative_percent: float) -> float:
    """Dose of a curve shifted down by a percentage of its dose at the reference risk."""
    reference = _probit_dose(curve, _table("woolley")["reference_risk_percent"])
    return _probit_dose(curve, risk_percent) - conservative_percent / 100 * reference


def _exponents_of_primates(risk_percent: float, conservative_percent: float) -> list[float]:
    """Exponents at which equation (4) gives back each retreatment point."""
    single, *again = (_conservative_dose(i, risk_percent, conservative_percent) for i in range(4))
    first_percent = 100 * _table("woolley")["first_course_gy"] / single
    if not 0 < first_percent < 100:
        raise BedValueError(
            f"at a risk of {risk_percent:g} % lowered by {conservative_percent:g} % the first course of the "
            "primates alone reaches the tolerance: the model has no answer"
        )
    return [_exponent_for(first_percent, 100 * dose / single) for dose in again]


def _exponent_for(first_percent: float, second_percent: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

    def gap(exponent: float) -> float:
        return _second_percent(first_percent, exponent) - second_percent

    # The primate points lie between the two ends at every risk for which the first course has room.
    return float(brentq(gap, 0.0, 1e6, xtol=1e-12, rtol=1e-14))


def _warn_before_onset(years: float) -> None:
    onset: float = _table("woolley")["onset_years"]
    if years < onset * (1 - 1e-9):
        outside_validity(f"Woolley 2018 speaks of {onset:g} to 3 years; before that it assumes no recovery")


def _second_percent(first_percent: float, exponent: float) -> float:
    w = _table("woolley")
    left = 1 - first_percent / 100
    onset = 0.5 * (
        1 + math.tanh(w["s0"] * (first_percent - w["threshold_percent"] / (1 + w["s1"] * exponent)))
    )
    return float(100 * left * (1 + (left ** (-exponent / (exponent + 1)) - 1) * onset))


def _cubic_through(nodes: Sequence[float], values: Sequence[float], at: float) -> float:
    """Lagrange form of the polynomial through the points."""
    return sum(
        value * math.prod((at - other) / (node - other) for other in nodes if other != node)
        for node, value in zip(nodes, values, strict=True)
    )


def _no_answer(first_percent: float, interval_days: float) -> str | None:
    years = _checked_interval(interval_days) / DAYS_PER_YEAR
    if first_percent >= 100:
        return f"the first course alone is {first_percent:.4g} % of the tolerance"
    return _beyond(interval_days) if years > _table("woolley")["retreatment_years"][-1] else None


def _beyond(interval_days: float) -> str:
    return f"the primate data end at 3 years and are not extrapolated to {interval_days:g} days"


def _nieder_points(first: float, second: float, *, short: bool) -> float:
    t = _table("nieder")
    over = first + second - t["first_band_bed_gy"]
    # Band edges belong to the lower band; the rounding guards sums such as 60.1 + 69.9.
    band = math.ceil(round(over / t["band_width_gy"], 9)) if over > 0 else 0
    high = max(first, second) >= t["high_course_bed_gy"]
    return float(
        min(band, t["largest_band_points"])
        + short * t["short_interval_points"]
        + high * t["high_course_points"]
    )


def _one_number(value: Any, kind: type[BED] | type[EQD2], alpha_beta: float, name: str) -> float:
    if type(value) is not kind:
        raise BedTypeError(f"{name} must be {kind.__name__}, got {type(value).__name__}; convert it first")
    if value.alpha_beta != alpha_beta:
        raise BedValueError(f"{name} must be at alpha/beta {alpha_beta:g} Gy, got {value.alpha_beta:g} Gy")
    if not isinstance(value.gy, float) or not value.gy >= 0:
        raise BedValueError(f"{name} must be one number of 0 Gy or more")
    return value.gy


def _checked_interval(interval_days: float) -> float:
    if not (math.isfinite(interval_days) and interval_days >= 0):
        raise BedValueError(f"interval_days must be 0 or more, got {interval_days}; are the dates in order?")
    return interval_days


def _checked_conservative(percent: float) -> float:
    if not 0 <= percent < 100:
        raise BedValueError(f"conservative_percent must lie in [0, 100), got {percent}")
    return percent
