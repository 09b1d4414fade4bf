"""Published rules for a second course to the spinal cord, each as a whole: every condition with its value.

Nieder's score and the conditions of Sahgal 2012 and HyTEC 2021 know two courses of photons and alpha/beta
2 Gy. What they do not know is not evaluable; no rule is ever half applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bed import BED, EQD2, BedError, eqd2_to_bed
from bed.retreatment import CordRule, nieder_low_risk_rules, nieder_score, sahgal_hytec_rules
from dicom_io.dvh import Metric
from rtplan.interval import Interval
from rtplan.limits import Judgement, Limit, Verdict, judge
from rtplan.reirradiation.organ import Organ, bounds_of

__all__ = ["CORD_ORGANS", "CordCondition", "CordRuleSet", "cord_rules"]

CORD_ORGANS: Final = ("SpinalCord", "ThecalSac")
_ALPHA_BETA: Final = 2.0
_MAX: Final = Metric.parse("Max[Gy]")
_PHOTONS: Final = ("photon", "external beam", "electron")


@dataclass(frozen=True, kw_only=True)
class CordCondition:
    """One condition of a rule.

    Attributes
    ----------
    name : str
    value, limit : float
    uncertainty : float
        Half-width of the value.
    comparator, unit : str
    judgement : Judgement
    """

    name: str
    value: float
    limit: float
    uncertainty: float
    comparator: str
    unit: str
    judgement: Judgement


@dataclass(frozen=True, kw_only=True)
class CordRuleSet:
    """One published rule on one organ.

    Attributes
    ----------
    name : str
    organ : str
    conditions : tuple of CordCondition
        Empty where the rule cannot be applied.
    verdict : Verdict
        Of the rule as a whole: the gravest of its conditions.
    statement : str
        What the rule was made for, what the numbers rest on, or why it cannot be applied.
    source : str
    """

    name: str
    organ: str
    conditions: tuple[CordCondition, ...]
    verdict: Verdict
    statement: str
    source: str = ""


def cord_rules(organ: Organ) -> tuple[CordRuleSet, ...]:
    """Apply all rules to an organ at one alpha/beta.

    Parameters
    ----------
    organ : Organ
        SpinalCord or ThecalSac.
    """
    reason = _why_not(organ)
    if reason is not None:
        return tuple(_refused(name, organ, reason) for name in ("Nieder score", "Sahgal 2012 / HyTEC 2021"))
    return (_nieder(organ), _sahgal(organ))


def _why_not(organ: Organ) -> str | None:
    """Say why the rules know nothing of a case."""
    courses = (*organ.context.priors, organ.context.new)
    if organ.choice.alpha_beta != _ALPHA_BETA:
        return f"the rules are at alpha/beta 2 Gy, not {organ.choice.alpha_beta:g} Gy"
    if len(courses) != 2:
        return f"the rules were made for two courses, there are {len(courses)}"
    if organ.known_curves is None:
        return f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
    others = [c.modality for c in courses if c.modality not in (*_PHOTONS, "not stated")]
    if others:
        return f"the rules were made for photons, not for {others[0]}"
    if any(c.fractions_per_day > 1 for c in courses):
        return "the rules were made for one fraction a day"
    maxima = [curve.max_gy for curve in organ.known_curves]
    if not all(value < float("inf") for value in maxima):
        return "the maximum of the organ is not known in every course"
    return None


def _refused(name: str, organ: Organ, reason: str) -> CordRuleSet:
    return CordRuleSet(
        name=name,
        organ=organ.choice.organ,
        conditions=(),
        verdict=Verdict.NOT_EVALUABLE,
        statement=reason,
    )


def _maxima(organ: Organ) -> tuple[tuple[float, float], ...]:
    """Each course's own maximum EQD2 with its half-width."""
    assert organ.known_curves is not None
    found = []
    for course, curve in zip((*organ.context.priors, organ.context.new), organ.known_curves, strict=True):
        bounds = bounds_of(_MAX, [curve])
        assert bounds.high is not None
        dvh = organ.dvhs.eqd2.get(course.label)
        own = None if dvh is None else dvh.metric(_MAX)
        if own is not None and own.value is not None:
            found.append((own.value, own.uncertainty or 0.0))
        else:
            found.append((bounds.high, bounds.high_uncertainty))
    return tuple(found)


def _gap(organ: Organ) -> Interval:
    return organ.context.intervals[0]


def _basis(organ: Organ, made_for: str) -> str:
    total = organ.dvhs.total
    summed = None if total is None else total.metric(_MAX).value
    beside = "" if summed is None else f"; the voxel sum's maximum is {summed:.2f} Gy EQD2"
    unstated = [c.label for c in (*organ.context.priors, organ.context.new) if c.modality == "not stated"]
    taken = f"; modality not stated, read as photons: {', '.join(unstated)}" if unstated else ""
    return (
        f"made for {made_for}; read on {organ.choice.organ}, with each course's own maximum, wherever it "
        f"lies, so the cumulative value is the sum of maxima{beside}{taken}"
    )


def _nieder(organ: Organ) -> CordRuleSet:
    maxima = _maxima(organ)
    beds = [BED(gy=float(eqd2_to_bed(value, _ALPHA_BETA)), alpha_beta=_ALPHA_BETA) for value, _ in maxima]
    halves = [float(eqd2_to_bed(half, _ALPHA_BETA)) for _, half in maxima]
    days = _gap(organ).days
    try:
        score = nieder_score(beds, interval_days=days)
    except BedError as refusal:
        return _refused("Nieder score", organ, str(refusal))
    edge = (
        "" if score.score_across_edge is None else f"; {score.score_across_edge:g} across the interval's edge"
    )
    said = (
        f"score {score.score:g}{edge}: {score.risk} risk group, in which {score.observed_rate_percent:g} % "
        f"had myelopathy; {_basis(organ, 'the cervical and thoracic cord')}"
    )
    rules = nieder_low_risk_rules(beds, interval_days=days)
    of_higher = max(zip(maxima, halves, strict=True))[1]
    conditions = tuple(
        _of_rule(rule, half) for rule, half in zip(rules, (sum(halves), of_higher, 0.0), strict=True)
    )
    return CordRuleSet(
        name="Nieder score",
        organ=organ.choice.organ,
        conditions=conditions,
        verdict=_gravest(conditions),
        statement=said,
        source=f"{score.source} (transcription not verified)" if score.tag == "M" else score.source,
    )


def _sahgal(organ: Organ) -> CordRuleSet:
    (before, before_half), (now, now_half) = _maxima(organ)
    name = "Sahgal 2012 / HyTEC 2021"
    try:
        rules = sahgal_hytec_rules(
            EQD2(gy=before, alpha_beta=_ALPHA_BETA),
            EQD2(gy=now, alpha_beta=_ALPHA_BETA),
            interval_days=_gap(organ).days,
        )
    except BedError as refusal:
        return _refused(name, organ, str(refusal))
    total = before + now
    halves = (now_half, before_half + now_half, (before * now_half + now * before_half) / total**2, 0.0)
    conditions = tuple(_of_rule(rule, half) for rule, half in zip(rules, halves, strict=True))
    return CordRuleSet(
        name=name,
        organ=organ.choice.organ,
        conditions=conditions,
        verdict=_gravest(conditions),
        statement=_basis(organ, "the thecal sac in spinal SBRT after conventional radiotherapy"),
        source=rules[0].source,
    )


def _of_rule(rule: CordRule, half: float) -> CordCondition:
    """Judge one published condition with the half-width of the case's value."""
    judgement = judge(
        rule.value,
        ">=" if rule.comparator == ">=" else "<=",
        limit=Limit(low=rule.limit, high=rule.limit),
        uncertainty=half,
    )
    return CordCondition(
        name=rule.name,
        value=rule.value,
        limit=rule.limit,
        uncertainty=half,
        comparator=rule.comparator,
        unit=rule.unit,
        judgement=judgement,
    )


def _gravest(conditions: tuple[CordCondition, ...]) -> Verdict:
    return min((c.judgement.verdict for c in conditions), key=lambda verdict: verdict.gravity)
