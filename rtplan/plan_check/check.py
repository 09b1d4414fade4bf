"""Check one plan: names, sanity, limits and distances, as data that can be printed or put into a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack, cast

from dicom_io import DicomIoError
from dicom_io.dvh import DVH, MetricValue, compute_dvhs
from dicom_io.objects import DoseGrid, GridField, Structure
from dicom_io.study import TreatmentSet
from rtplan.errors import RtplanValueError
from rtplan.limits import (
    Acceptance,
    ConstraintSet,
    FractionConversion,
    LimitState,
    PlanFractions,
    SetEvaluation,
    Verdict,
    acceptances_of,
    check_constraints,
    constraint_sets,
    convert_fractions,
    evaluate_set,
    unused_acceptances,
)
from rtplan.names import Assignment, assign, drawn_targets, structure_names, target_of, target_questions
from rtplan.plan_check.columns import (
    DISTANCE_RULE_COLUMNS,
    VERDICT_COLUMNS,
    AcceptedEvaluation,
    JudgedDistance,
    verdict_table,
)
from rtplan.plan_check.coverage import (
    DrawnWithoutLimit,
    RequiredOrgan,
    drawn_without_limit,
    required_organs,
)
from rtplan.plan_check.distances import DistanceRule, TargetDistance, judge_distance, target_distances
from rtplan.plan_check.icru import IcruReport, icru_reports
from rtplan.plan_check.partial_dose import lower_bound
from rtplan.plan_check.question import PlanCheckQuestion, StatedCheck, own_contours
from rtplan.plan_check.risk_volumes import RiskVolume, make_risk_volumes
from rtplan.plan_check.sanity import check_plan_sanity
from rtplan.plan_check.targets import TargetQuality, target_quality
from rtplan.text import frame_of, record_of, table_html

__all__ = ["JudgedDistance", "PlanCheck", "check_plan", "fractions_of"]


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
    drawn_without_limit : tuple of DrawnWithoutLimit
        Drawn organs that no set limits at the plan's number of fractions, with what they get.
    required : tuple of RequiredOrgan
        Organs that had to be judged, and whether they were.
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
    drawn_without_limit: tuple[DrawnWithoutLimit, ...] = ()
    required: tuple[RequiredOrgan, ...] = ()

    @property
    def n_judged(self) -> int:
        """How many limits and distance rules were held against a dose or a distance."""
        rules = (j.judgement.verdict is not Verdict.NOT_EVALUABLE for j in self.judged_distances)
        return self.limits.n_judged + sum(rules)

    @property
    def all_within(self) -> bool:
        """Whether something was judged, and everything drawn or required is kept for certain.

        Limits of organs that nobody drew do not count, unless the organ is required. A drawn organ that a set
        limits at other numbers of fractions only is not kept for certain.
        """
        return (
            self.n_judged > 0
            and not self.limits.open_or_failed
            and all(j.judgement.verdict.is_pass for j in self.judged_distances)
            and all(one.is_judged for one in self.required)
        )

    @property
    def unrecognised(self) -> tuple[str, ...]:
        """Names of drawn structures that stand for no organ and are no target."""
        assert self.treatment.structure_set is not None
        unmatched = {match.written for match in self.assignment.unmatched}
        return tuple(
            s.name
            for s in self.treatment.structure_set.structures
            if s.name in unmatched and s.contours and target_of(s) is None
        )

    @property
    def verdict_counts(self) -> dict[str, int]:
        """How many limits and distance rules have each verdict, the gravest first, and how many have none."""
        counts = Counter(e.verdict for e in self.limits.evaluations)
        counts.update(j.judgement.verdict for j in self.judged_distances)
        return {verdict.value: counts[verdict] for verdict in Verdict} | {
            LimitState.NOT_DRAWN.value: counts[None]
        }

    @property
    def verdict_rows(self) -> tuple[AcceptedEvaluation, ...]:
        """Each limit with its verdict and what persons said of it, in the order of the sets."""
        return tuple(
            AcceptedEvaluation(evaluation=e, acceptances=tuple(acceptances_of(e, self.acceptances)))
            for e in self.limits.evaluations
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary for each verdict, with the keys of the JSON document; distance rules last.

        A distance rule has None for what only a limit of a dose has.
        """
        empty = dict.fromkeys(column.key for column in VERDICT_COLUMNS)
        return [
            *(record_of(VERDICT_COLUMNS, row) for row in self.verdict_rows),
            *(empty | record_of(DISTANCE_RULE_COLUMNS, judged) for judged in self.judged_distances),
        ]

    def to_frame(self) -> Any:
        """Return the verdicts as a pandas frame."""
        return frame_of(self.records(), VERDICT_COLUMNS)

    def __repr__(self) -> str:
        counted = ", ".join(f"{count} {state}" for state, count in self.verdict_counts.items())
        return f"PlanCheck({self.treatment.label} against {self.constraint_set.name}: {counted})"

    def _repr_html_(self) -> str:
        headings, rows = verdict_table(self.verdict_rows, self.judged_distances)
        lines = ([cell.line for cell in row] for row in rows)
        return table_html(repr(self), headings, lines, notes=self.findings)


def check_plan(
    asked: PlanCheckQuestion | TreatmentSet,
    constraint_set: ConstraintSet | None = None,
    **stated: Unpack[StatedCheck],
) -> PlanCheck:
    """Answer a question about one plan.

    Parameters
    ----------
    asked : PlanCheckQuestion or TreatmentSet
        The whole question; or the plan alone, with the set and what else is asked as further arguments.
    constraint_set : ConstraintSet, optional
        Needed with a plan alone, refused with a question, which has its own.
    **stated
        The other attributes of `PlanCheckQuestion`, for a plan alone.

    Returns
    -------
    PlanCheck

    Raises
    ------
    RtplanValueError
        If the question contradicts itself, or a choice by hand contradicts the side that a name says.
    RtplanLookupError
        If a structure chosen by hand, a target to measure from or a required organ is not there.
    """
    return _answer(_question(asked, constraint_set, stated))


def _question(
    asked: PlanCheckQuestion | TreatmentSet, constraint_set: ConstraintSet | None, stated: StatedCheck
) -> PlanCheckQuestion:
    """The question as given, or made of a plan, a set and what was stated."""
    if isinstance(asked, PlanCheckQuestion):
        if constraint_set is not None or stated:
            raise RtplanValueError(
                "a question has its own set and choices: change the question, or give a plan instead of it"
            )
        return asked
    if constraint_set is None:
        raise RtplanValueError("a plan is checked against a set: give one as the second argument")
    return PlanCheckQuestion(
        treatment=asked,
        constraint_set=constraint_set,
        **cast(dict[str, Any], stated),
    )


def _answer(question: PlanCheckQuestion) -> PlanCheck:
    """Judge the plan and put everything that was found together."""
    treatment, structures = question.treatment, question.structures
    assignment, risk_volumes, set_aside = _stand_for_organs(question)
    fractions = fractions_of(treatment)
    sets = [_converted(one, fractions, question.conversion) for one in question.sets]
    dvhs = _dvhs(question, sets, assignment, risk_volumes)
    sanity = check_plan_sanity(
        treatment.plan,
        structures,
        assignment,
        dose_geometry=question.dose.geometry,
        image_geometry=treatment.image_geometry,
    )
    limits = _judged_limits(question, sets, assignment, dvhs=dvhs, swapped=sanity.blocked)
    distances = target_distances(
        structures,
        assignment,
        image_geometry=treatment.image_geometry,
        image_modality=treatment.images.modality if treatment.images else None,
        from_names=question.distance_from,
    )
    target_dvhs = _target_dvhs(question.dose, structures)
    required = required_organs(
        question.required_organs, assignment, evaluations=limits.evaluations, empty=_empty(structures)
    )
    findings = (
        *question.remarks,
        *(finding for one in sets for finding in one.findings),
        *treatment.findings,
        *set_aside,
        *assignment.findings,
        *target_questions(structures),
        *sanity.findings,
        *(finding for dvh in dvhs.values() for finding in dvh.findings),
        *(finding for volume in risk_volumes for finding in volume.findings),
        *(f"{one.organ} is required: {one.reason}" for one in required if one.reason),
        *limits.findings,
        *(finding for one in sets for finding in _table_findings(one, assignment, fractions)),
        *unused_acceptances(limits.evaluations, question.acceptances),
    )
    return PlanCheck(
        treatment=treatment,
        constraint_set=sets[0],
        fractions=fractions,
        assignment=assignment,
        limits=limits,
        distances=distances,
        judged_distances=tuple(_judged(distances, question.rules)),
        dvhs=tuple(dvhs.values()),
        findings=tuple(dict.fromkeys(findings)),
        targets=target_quality(treatment.plan, structures, question.dose, dvhs=target_dvhs),
        acceptances=question.acceptances,
        icru=icru_reports(structures, target_dvhs),
        risk_volumes=risk_volumes,
        further_sets=tuple(sets[1:]),
        drawn_without_limit=drawn_without_limit(
            structures, assignment, question.dose, evaluations=limits.evaluations
        ),
        required=required,
    )


def _stand_for_organs(
    question: PlanCheckQuestion,
) -> tuple[Assignment, tuple[RiskVolume, ...], list[str]]:
    """Which structures, drawn or made, stand for which organs, and which were not considered."""
    considered, set_aside = _drawn(question.structures, question.by_hand)
    assignment = assign(
        [(s.number, s.name) for s in considered],
        dictionary=question.dictionary,
        by_hand=question.by_hand,
        other_standards=[organ for one in question.sets for organ in own_contours(one)],
    )
    risk_volumes = make_risk_volumes(
        question.structures, assignment, question.dose, margins=question.risk_margins
    )
    made = [volume.assigned for volume in risk_volumes]
    assignment = replace(assignment, assigned=(*assignment.assigned, *(a for a in made if a is not None)))
    return assignment, risk_volumes, set_aside


def _judged_limits(
    question: PlanCheckQuestion,
    sets: Sequence[ConstraintSet],
    assignment: Assignment,
    *,
    dvhs: Mapping[int, DVH],
    swapped: Mapping[int, str],
) -> SetEvaluation:
    """The limits of every set, one set after the other."""
    return _joined(
        [
            evaluate_set(
                one,
                assignment,
                fractions=fractions_of(question.treatment),
                metric_of=_metric_of(dvhs, _prescription(question.treatment)),
                volume_of=lambda number: dvhs[number].volume_cc,
                lower_bound_of=lambda number, metric: lower_bound(dvhs[number], metric),
                blocked={**_other_modality(question.treatment, one, assignment), **swapped},
                empty=_empty(question.structures),
            )
            for one in sets
        ]
    )


def _empty(structures: Sequence[Structure]) -> list[int]:
    """ROI numbers of structures that are listed and not drawn."""
    return [s.number for s in structures if not s.is_drawn]


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
        other_fractions=tuple(limit for one in judged for limit in one.other_fractions),
    )


def _target_dvhs(dose: DoseGrid, structures: Sequence[Structure]) -> dict[int, DVH]:
    """DVHs of every target."""
    return compute_dvhs([s for s, _ in drawn_targets(structures)], GridField.of(dose))


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


def _drawn(
    structures: Sequence[Structure], by_hand: Sequence[tuple[str, str]]
) -> tuple[list[Structure], list[str]]:
    """Leave out structures without contours where a drawn one has the same standard name, and say so."""
    names = structure_names()
    drawn = {names.standard_of(s.name) for s in structures if s.is_drawn} - {None}
    chosen = {written for written, _ in by_hand}
    empty = [
        s
        for s in structures
        if not s.is_drawn and s.name not in chosen and names.standard_of(s.name) in drawn
    ]
    said = [f"{s.name!r} (number {s.number}) has no contours and is not considered" for s in empty]
    return [s for s in structures if s not in empty], said


def fractions_of(treatment: TreatmentSet) -> PlanFractions:
    """Return the fractions of the dose, and the prescription's dose per fraction where both are stated."""
    n_fractions = treatment.n_fractions
    prescription = _prescription(treatment)
    per_fraction = prescription / n_fractions if prescription is not None and n_fractions else None
    return PlanFractions(n_fractions=n_fractions, dose_per_fraction_gy=per_fraction)


def _dvhs(
    question: PlanCheckQuestion,
    sets: Sequence[ConstraintSet],
    assignment: Assignment,
    risk_volumes: Sequence[RiskVolume],
) -> dict[int, DVH]:
    """DVHs of the structures that stand for an organ of a set, and of no other."""
    organs = {organ for one in sets for organ in (*one.organs, *own_contours(one))}
    numbers = {a.number for a in assignment.assigned if a.standard in organs}
    wanted = [s for s in question.structures if s.number in numbers]
    made = {v.structure.number: v.dvh for v in risk_volumes if v.structure is not None and v.dvh is not None}
    return compute_dvhs(wanted, GridField.of(question.dose)) | {n: made[n] for n in numbers & made.keys()}


def _prescription(treatment: TreatmentSet) -> float | None:
    """Return the prescribed dose, Gy, where the plan states one."""
    return treatment.plan.prescription_gy if treatment.plan else None


def _metric_of(dvhs: Mapping[int, DVH], prescription_gy: float | None) -> Callable[[int, str], MetricValue]:
    def metric_of(number: int, metric: str) -> MetricValue:
        try:
            return dvhs[number].metric(metric, prescription_gy=prescription_gy)
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
