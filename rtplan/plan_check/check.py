"""Check one plan: names, sanity, limits and distances, as data that can be printed or put into a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dicom_io import DicomIoError
from dicom_io.dvh import DVH, MetricValue, compute_dvhs
from dicom_io.objects import DoseGrid, GridField, Structure
from dicom_io.study import TreatmentSet
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import (
    Acceptance,
    ConstraintSet,
    Evaluation,
    FractionConversion,
    Judgement,
    PlanFractions,
    Scope,
    SetEvaluation,
    Verdict,
    check_constraints,
    constraint_sets,
    convert_fractions,
    evaluate_set,
    gravest_first,
    unused_acceptances,
)
from rtplan.names import Assignment, NameDictionary, assign, structure_names, target_type
from rtplan.plan_check.distances import DistanceRule, TargetDistance, judge_distance, target_distances
from rtplan.plan_check.icru import IcruReport, icru_reports
from rtplan.plan_check.partial_dose import lower_bound
from rtplan.plan_check.risk_volumes import RiskMargin, RiskVolume, make_risk_volumes
from rtplan.plan_check.sanity import check_plan_sanity
from rtplan.plan_check.targets import TargetQuality, target_quality
from rtplan.text import frame_of, table_html, value_text

__all__ = ["JudgedDistance", "PlanCheck", "check_plan", "fractions_of"]


@dataclass(frozen=True, kw_only=True)
class JudgedDistance:
    """A distance that a rule was asked about.

    Attributes
    ----------
    distance : TargetDistance
    rule : DistanceRule
    judgement : Judgement
    """

    distance: TargetDistance
    rule: DistanceRule
    judgement: Judgement


@dataclass(frozen=True, kw_only=True)
class PlanCheck:
    """Everything that was found about one plan and one constraint set.

    Attributes
    ----------
    treatment : TreatmentSet
    constraint_set : ConstraintSet
    fractions : PlanFractions
    assignment : Assignment
        Which structures stand for which organs, and on what evidence.
    limits : SetEvaluation
    distances : tuple of TargetDistance
    judged_distances : tuple of JudgedDistance
        For the rules that were asked for.
    dvhs : tuple of DVH
        Of the structures that were judged, in file order.
    findings : tuple of str
        What a person must know, in words, each once.
    targets : tuple of TargetQuality
        Indices of every PTV.
    acceptances : tuple of Acceptance
        What persons accepted, and why; no verdict is changed by it.
    icru : tuple of IcruReport
        The reporting block of every GTV, CTV, ITV and PTV.
    risk_volumes : tuple of RiskVolume
        Those that were asked for.
    further_sets : tuple of ConstraintSet
        Sets that were judged beside `constraint_set`, such as a clinic's own limits.
    """

    treatment: TreatmentSet
    constraint_set: ConstraintSet
    fractions: PlanFractions
    assignment: Assignment
    limits: SetEvaluation
    distances: tuple[TargetDistance, ...]
    judged_distances: tuple[JudgedDistance, ...]
    dvhs: tuple[DVH, ...]
    findings: tuple[str, ...]
    targets: tuple[TargetQuality, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    icru: tuple[IcruReport, ...] = ()
    risk_volumes: tuple[RiskVolume, ...] = ()
    further_sets: tuple[ConstraintSet, ...] = ()

    @property
    def all_within(self) -> bool:
        """Whether everything that was asked for is kept for certain."""
        return self.limits.all_within and all(j.judgement.verdict.is_pass for j in self.judged_distances)

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each verdict, in the set's order, ready for a data frame."""
        return [_record(evaluation) for evaluation in self.limits.evaluations]

    def to_frame(self) -> Any:
        """Return the verdicts as a pandas frame."""
        return frame_of(self.records())

    def __repr__(self) -> str:
        counts = Counter(evaluation.verdict for evaluation in self.limits.evaluations)
        told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
        return f"PlanCheck({self.treatment.label} against {self.constraint_set.name}: {told})"

    def _repr_html_(self) -> str:
        columns = ("verdict", "organ", "structure", "metric", "value", "limit", "why")
        rows = [_shown_row(evaluation) for evaluation in gravest_first(self.limits.evaluations)]
        return table_html(repr(self), columns, rows, notes=self.findings)


def _record(evaluation: Evaluation) -> dict[str, Any]:
    constraint = evaluation.constraint
    return {
        "organ": evaluation.organ,
        "structure": evaluation.structure,
        "metric": evaluation.metric,
        "value": evaluation.value,
        "uncertainty": evaluation.uncertainty,
        "comparator": constraint.comparator if constraint else None,
        "limit": str(constraint.limit) if constraint and constraint.limit else None,
        "unit": constraint.unit if constraint else None,
        "margin": evaluation.judgement.margin,
        "verdict": evaluation.verdict.value,
        "reason": evaluation.judgement.reason,
        "source": constraint.source if constraint else None,
        "verification": constraint.verification if constraint else None,
    }


def _shown_row(evaluation: Evaluation) -> tuple[str, ...]:
    constraint = evaluation.constraint
    limit = f"{constraint.comparator} {constraint.limit} {constraint.unit}" if constraint else ""
    return (
        evaluation.verdict.value,
        evaluation.organ,
        evaluation.structure or "",
        evaluation.metric or "",
        value_text(evaluation.value, evaluation.uncertainty),
        limit,
        evaluation.judgement.reason or "",
    )


def check_plan(
    treatment: TreatmentSet,
    constraint_set: ConstraintSet,
    *,
    by_hand: Sequence[tuple[str, str]] = (),
    dictionary: NameDictionary | None = None,
    rules: Sequence[DistanceRule] = (),
    distance_from: Sequence[str] = (),
    conversion: FractionConversion | None = None,
    acceptances: Sequence[Acceptance] = (),
    further_sets: Sequence[ConstraintSet] = (),
    risk_margins: Sequence[RiskMargin] = (),
) -> PlanCheck:
    """Check a plan against one constraint set.

    Parameters
    ----------
    treatment : TreatmentSet
        With dose and structures; without a plan nothing is known of fractions, and limits that ask for them
        are not evaluable.
    constraint_set : ConstraintSet
    by_hand : sequence of (str, str)
        Structure and standard name, chosen by a person.
    dictionary : NameDictionary, optional
    rules : sequence of DistanceRule
        Distance rules that count as limits.
    distance_from : sequence of str
        Targets to measure distances from instead of the GTVs.
    conversion : FractionConversion, optional
        Derive limits for the plan's number of fractions where the set has none; each is labelled.
    acceptances : sequence of Acceptance
        Recorded beside the verdicts they speak of.
    further_sets : sequence of ConstraintSet
        Judged beside the first, each row by the set it is of; nothing is blended.
    risk_margins : sequence of RiskMargin
        Planning risk volumes to be made, checked and judged by limits for them.

    Returns
    -------
    PlanCheck

    Raises
    ------
    RtplanValueError
        If there is no dose or no structure set, or a target to measure from has no contours.
    RtplanLookupError
        If a structure chosen by hand is not there.
    """
    if treatment.dose is None or treatment.structure_set is None:
        raise RtplanValueError("a check needs a dose and a structure set")
    structures = treatment.structure_set.structures
    _check_targets(structures, distance_from)
    considered, set_aside = _drawn(structures, by_hand)
    assignment = assign(
        [(s.number, s.name) for s in considered],
        dictionary=dictionary,
        by_hand=by_hand,
        other_standards=[organ for one in (constraint_set, *further_sets) for organ in _own_contours(one)],
    )
    risk_volumes = make_risk_volumes(structures, assignment, treatment.dose, margins=risk_margins)
    made = [volume.assigned for volume in risk_volumes]
    assignment = replace(assignment, assigned=(*assignment.assigned, *(a for a in made if a is not None)))
    fractions = fractions_of(treatment)
    sets = [_converted(one, fractions, conversion) for one in (constraint_set, *further_sets)]
    dvhs = _dvhs(treatment, sets, assignment, risk_volumes)
    sanity = check_plan_sanity(
        treatment.plan,
        structures,
        assignment,
        dose_geometry=treatment.dose.geometry,
        image_geometry=treatment.image_geometry,
    )
    judged = [
        evaluate_set(
            one,
            assignment,
            fractions=fractions,
            metric_of=_metric_of(dvhs),
            volume_of=lambda number: dvhs[number].volume_cc,
            lower_bound_of=lambda number, metric: lower_bound(dvhs[number], metric),
            blocked={**_other_modality(treatment, one, assignment), **sanity.blocked},
        )
        for one in sets
    ]
    limits = _joined(judged)
    distances = target_distances(
        structures,
        assignment,
        image_geometry=treatment.image_geometry,
        image_modality=treatment.images.modality if treatment.images else None,
        from_names=distance_from,
    )
    target_dvhs = _target_dvhs(treatment.dose, structures)
    findings = (
        *(finding for one in sets for finding in one.findings),
        *treatment.findings,
        *set_aside,
        *assignment.findings,
        *sanity.findings,
        *(finding for dvh in dvhs.values() for finding in dvh.findings),
        *(finding for volume in risk_volumes for finding in volume.findings),
        *limits.findings,
        *(finding for one in sets for finding in _table_findings(one, assignment, fractions)),
        *unused_acceptances(limits.evaluations, acceptances),
    )
    return PlanCheck(
        treatment=treatment,
        constraint_set=sets[0],
        fractions=fractions,
        assignment=assignment,
        limits=limits,
        distances=distances,
        judged_distances=tuple(_judged(distances, rules)),
        dvhs=tuple(dvhs.values()),
        findings=tuple(dict.fromkeys(findings)),
        targets=target_quality(treatment.plan, structures, treatment.dose, dvhs=target_dvhs),
        acceptances=tuple(acceptances),
        icru=icru_reports(structures, target_dvhs),
        risk_volumes=risk_volumes,
        further_sets=tuple(sets[1:]),
    )


def _converted(
    constraint_set: ConstraintSet, fractions: PlanFractions, conversion: FractionConversion | None
) -> ConstraintSet:
    """A set with limits derived for the plan's number of fractions, where that was asked for."""
    if conversion is None:
        return constraint_set
    return convert_fractions(constraint_set, fractions.n_fractions, conversion=conversion)


def _joined(judged: Sequence[SetEvaluation]) -> SetEvaluation:
    """The rows of several sets, one after the other."""
    return SetEvaluation(
        evaluations=tuple(row for one in judged for row in one.evaluations),
        shown=tuple(row for one in judged for row in one.shown),
        findings=tuple(finding for one in judged for finding in one.findings),
    )


def _target_dvhs(dose: DoseGrid, structures: Sequence[Structure]) -> dict[int, DVH]:
    """DVHs of every target by its own name."""
    targets = [s for s in structures if target_type(s.name) is not None and s.contours]
    return compute_dvhs(targets, GridField.of(dose))


def _other_modality(
    treatment: TreatmentSet, constraint_set: ConstraintSet, assignment: Assignment
) -> dict[int, str]:
    """Keep a brachytherapy plan from being judged by published limits, all of which are for external beam."""
    is_published = constraint_set.name in [entry.name for entry in constraint_sets()]
    if treatment.plan is None or not treatment.plan.is_brachytherapy or not is_published:
        return {}
    reason = "a brachytherapy plan: the limits are for external beam, at another dose rate"
    return {a.number: reason for a in assignment.assigned}


def _table_findings(
    constraint_set: ConstraintSet, assignment: Assignment, fractions: PlanFractions
) -> list[str]:
    """What looks copied wrongly in the table, as far as the limits that were judged go."""
    judged = {
        c.row
        for c in constraint_set.constraints
        if fractions.match(c).matches and any(assignment.of(organ) for organ in c.organs)
    }
    return [
        f"{constraint_set.name}: {finding.text}"
        for finding in check_constraints(constraint_set.constraints)
        if judged & set(finding.rows)
    ]


def _own_contours(constraint_set: ConstraintSet) -> list[str]:
    """Organs of a table that have no standard name and may be chosen by hand."""
    return list(
        dict.fromkeys(
            c.organ_as_published
            for c in constraint_set.constraints
            if c.scope is Scope.OWN_CONTOUR or not c.organs
        )
    )


def _drawn(
    structures: Sequence[Structure], by_hand: Sequence[tuple[str, str]]
) -> tuple[list[Structure], list[str]]:
    """Leave out structures without contours where a drawn one has the same standard name, and say so."""
    names = structure_names()
    drawn = {names.standard_of(s.name) for s in structures if s.contours} - {None}
    chosen = {written for written, _ in by_hand}
    empty = [
        s
        for s in structures
        if not s.contours and s.name not in chosen and names.standard_of(s.name) in drawn
    ]
    said = [f"{s.name!r} (number {s.number}) has no contours and is not considered" for s in empty]
    return [s for s in structures if s not in empty], said


def _check_targets(structures: Sequence[Structure], names: Sequence[str]) -> None:
    present = [structure.name for structure in structures]
    for name in names:
        if name not in present:
            raise RtplanLookupError(f"no structure {name!r} to measure from; there are: {', '.join(present)}")


def fractions_of(treatment: TreatmentSet) -> PlanFractions:
    """Return the fractions of the dose, and the prescription's dose per fraction where both are stated."""
    n_fractions = treatment.n_fractions
    prescription = treatment.plan.prescription_gy if treatment.plan else None
    per_fraction = prescription / n_fractions if prescription is not None and n_fractions else None
    return PlanFractions(n_fractions=n_fractions, dose_per_fraction_gy=per_fraction)


def _dvhs(
    treatment: TreatmentSet,
    sets: Sequence[ConstraintSet],
    assignment: Assignment,
    risk_volumes: Sequence[RiskVolume],
) -> dict[int, DVH]:
    """DVHs of the structures that stand for an organ of a set, and of no other."""
    assert treatment.dose is not None
    assert treatment.structure_set is not None
    organs = {organ for one in sets for organ in (*one.organs, *_own_contours(one))}
    numbers = {a.number for a in assignment.assigned if a.standard in organs}
    wanted = [s for s in treatment.structure_set.structures if s.number in numbers]
    made = {v.structure.number: v.dvh for v in risk_volumes if v.structure is not None and v.dvh is not None}
    return compute_dvhs(wanted, GridField.of(treatment.dose)) | {n: made[n] for n in numbers & made.keys()}


def _metric_of(dvhs: dict[int, DVH]) -> Callable[[int, str], MetricValue]:
    def metric_of(number: int, metric: str) -> MetricValue:
        try:
            return dvhs[number].metric(metric)
        except DicomIoError as refusal:
            return MetricValue(text=metric, value=None, unit="", reason=str(refusal))

    return metric_of


def _judged(distances: Sequence[TargetDistance], rules: Sequence[DistanceRule]) -> list[JudgedDistance]:
    """Judge every distance to the organ that a rule speaks of."""
    return [
        JudgedDistance(distance=found, rule=rule, judgement=judge_distance(found, rule))
        for rule in rules
        for found in distances
        if found.to_organ == rule.to_organ
    ]
