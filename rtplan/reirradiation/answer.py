"""Cumulative dose of earlier courses and a new one: every answer side by side, each with what it rests on.

Without any registration there are bounds; with a transform there is the voxel sum; what is left is read at a
point and for the plan. A pure function of courses, alpha/beta values, limits and transforms: it reads no file
and looks at no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations
from typing import Any, Final

from bed.retreatment import recovery_rule_names
from dicom_io.dvh import Metric
from rtplan.courses import Course
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import CumulativeLimit, Verdict, check_dose_metric
from rtplan.reirradiation.beside import (
    CORD_ORGANS,
    BodyAbove,
    CordRuleSet,
    Isodose,
    Observation,
    OrganResidual,
    RertClass,
    TargetDose,
    body_above,
    body_structure,
    classify,
    observations_for,
    registration_quality,
    target_doses,
    target_structures,
)
from rtplan.reirradiation.organ import (
    EARLIER,
    NO_STRUCTURES,
    Context,
    Joined,
    OrganDvhs,
    OrganMatch,
    OrganRow,
    TissueChoice,
    between_repairs,
    carried_contour,
    disagreement,
    join,
    match_organ,
    rests_on_recovery,
)
from rtplan.reirradiation.rows import OrganAnswer, organ_answer, row_without_tissue, speaks_of
from rtplan.sums import (
    CumulativeField,
    InvertedDeformation,
    Registration,
    RegistrationUncertainty,
    UsedTransform,
)
from rtplan.text import frame_of, table_html, value_text

__all__ = ["DEFAULT_METRICS", "BodyLevels", "Reirradiation", "reirradiate"]

DEFAULT_METRICS: Final = ("D0.03cc[Gy]", "Mean[Gy]")
"""Shown for each organ beside the metrics of its limits: the near-maximum and the mean."""


@dataclass(frozen=True, kw_only=True)
class BodyLevels:
    """Levels for the body outside all named organs.

    Attributes
    ----------
    levels_gy : tuple of float
        EQD2, Gy, above 0.
    alpha_beta : float
        Gy, of the tissue that nobody contoured, as the user states it.
    """

    levels_gy: tuple[float, ...]
    alpha_beta: float

    def __post_init__(self) -> None:
        if not self.levels_gy or not self.alpha_beta > 0:
            raise RtplanValueError("levels of EQD2 for the body and an alpha/beta above 0 Gy are needed")


@dataclass(frozen=True, kw_only=True, eq=False)
class Reirradiation:
    """The whole answer.

    Attributes
    ----------
    new : Course
    priors : tuple of Course
    intervals : tuple of Interval
        One for each earlier course.
    joined : Joined
        The courses' doses seen from the new course's frame of reference: `Joined.total` and
        `Joined.physical` give fields for pictures and export.
    matches : tuple of OrganMatch
        One for each organ.
    rows : tuple of OrganRow
        One for each organ, metric and alpha/beta.
    dvhs : tuple of OrganDvhs
        One for each organ and alpha/beta.
    transforms : tuple of RigidTransform, DeformableTransform or InvertedDeformation
        What was used to join the courses, beyond identities.
    recovery : str
    unassigned : tuple of str
        Contoured structures of the new course for which no alpha/beta was stated.
    warnings : tuple of str
    targets : tuple of TargetDose
        The targets' cumulative dose, where an alpha/beta of the tumour was stated.
    body : tuple of BodyAbove
        The body outside all named organs above stated levels; empty without a voxel sum.
    cord_rules : tuple of CordRuleSet
    observations : tuple of Observation
        What others observed of these organs; never judged.
    rert_class : RertClass or None
    registration_quality : tuple of OrganResidual
        How well contours present in both courses meet after each transform.
    """

    new: Course
    priors: tuple[Course, ...]
    intervals: tuple[Interval, ...]
    joined: Joined = field(repr=False)
    matches: tuple[OrganMatch, ...]
    rows: tuple[OrganRow, ...]
    dvhs: tuple[OrganDvhs, ...]
    transforms: tuple[UsedTransform, ...]
    recovery: str
    unassigned: tuple[str, ...]
    warnings: tuple[str, ...]
    targets: tuple[TargetDose, ...] = ()
    body: tuple[BodyAbove, ...] = ()
    cord_rules: tuple[CordRuleSet, ...] = ()
    observations: tuple[Observation, ...] = ()
    rert_class: RertClass | None = None
    registration_quality: tuple[OrganResidual, ...] = ()

    @property
    def limit_failed(self) -> bool:
        """Whether a limit or a rule that was asked for is not kept for certain."""
        verdicts = [row.verdict for row in self.rows if row.verdict is not None]
        verdicts += [rule.verdict for rule in self.cord_rules]
        return not all(verdict.is_pass for verdict in verdicts)

    def row(self, organ: str, metric: str, *, alpha_beta: float | None = None) -> OrganRow:
        """Return one row; the alpha/beta may be left out where the organ has one."""
        wanted = str(Metric.parse(metric))
        found = [
            row
            for row in self.rows
            if row.name == organ and row.metric == wanted and alpha_beta in (None, row.alpha_beta_gy)
        ]
        if len(found) == 1:
            return found[0]
        raise RtplanLookupError(
            f"{len(found)} rows of {organ}, {wanted}; name the alpha/beta if it has several"
        )

    def total(self, alpha_beta: float) -> CumulativeField:
        """Return the plain voxel sum in the new course's frame."""
        return self.joined.total(alpha_beta)

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each row, ready for a data frame."""
        return [_record(row) for row in self.rows]

    def to_frame(self) -> Any:
        """Return the rows as a pandas frame."""
        return frame_of(self.records())

    def _repr_html_(self) -> str:
        columns = ("organ", "metric", "α/β Gy", "voxel sum Gy", "bounds Gy", "limit Gy", "verdict", "why")
        rows = [_shown_row(row) for row in self.rows]
        return table_html(f"Cumulative EQD2: {self!r}", columns, rows, notes=self.warnings)

    def plot(self, organ: str, *, alpha_beta: float | None = None) -> Any:
        """Draw an organ's EQD2 histograms, each course's own and the sum's, on a new figure.

        Parameters
        ----------
        organ : str
        alpha_beta : float, optional
            Gy; may be left out where the organ has one.

        Returns
        -------
        matplotlib Figure
            It shows itself in a notebook.
        """
        from rtplan.drawing import Curve, new_figure, plot_dvhs  # noqa: PLC0415 - matplotlib is heavy

        found = [d for d in self.dvhs if d.organ == organ and alpha_beta in (None, d.alpha_beta)]
        if len(found) != 1:
            raise RtplanLookupError(f"{len(found)} curves of {organ}; name the alpha/beta if it has several")
        drawn = {f"{label}, own images": dvh for label, dvh in found[0].eqd2.items()}
        drawn |= {"voxel sum": found[0].total} if found[0].total is not None else {}
        drawn |= {f"recovery {self.recovery}": found[0].recovered} if found[0].recovered is not None else {}
        curves = [
            Curve(label=label, dose_gy=dvh.knots_gy, volume=dvh.knots_cc)
            for label, dvh in drawn.items()
            if dvh.reason is None
        ]
        if not curves:
            raise RtplanLookupError(f"{organ} has no histogram to draw")
        figure = new_figure(width=6.5, height=4.2)
        axes = plot_dvhs(
            figure.add_subplot(),
            curves,
            dose_label=f"EQD2 at alpha/beta {found[0].alpha_beta:g} Gy, Gy",
            volume_label="volume, cc",
        )
        axes.set_title(organ)
        axes.legend(fontsize=8)
        return figure

    def __repr__(self) -> str:
        courses = " + ".join(course.label for course in (*self.priors, self.new))
        return f"Reirradiation({courses}; {len(self.rows)} rows, recovery {self.recovery})"


def _record(row: OrganRow) -> dict[str, Any]:
    return {
        "organ": row.name,
        "alpha_beta_gy": row.alpha_beta_gy,
        "metric": row.metric,
        "voxel_sum_gy": row.voxel_sum.value,
        "uncertainty_gy": row.voxel_sum.uncertainty,
        "low_gy": row.bounds.low,
        "high_gy": row.bounds.high,
        "sum_of_maxima_gy": row.sum_of_maxima_gy,
        "with_recovery_gy": row.with_recovery.value,
        "limit_gy": None if row.limit is None else row.limit.eqd2_gy,
        "verdict": None if row.verdict is None else row.verdict.value,
        "reason": row.reason,
    }


def _shown_row(row: OrganRow) -> tuple[str, ...]:
    return (
        row.name,
        row.metric,
        "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g}",
        value_text(row.voxel_sum.value, row.voxel_sum.uncertainty),
        f"{value_text(row.bounds.low)} to {value_text(row.bounds.high)}",
        "" if row.limit is None else f"{row.limit.eqd2_gy:g}",
        "" if row.verdict is None else row.verdict.value,
        row.reason or "",
    )


def reirradiate(
    new: Course,
    priors: Sequence[Course],
    *,
    intervals: Sequence[Interval],
    tissues: Sequence[TissueChoice],
    registrations: Sequence[Registration] = (),
    limits: Sequence[CumulativeLimit] = (),
    metrics: Sequence[str] = DEFAULT_METRICS,
    matches: Mapping[str, tuple[str, ...]] | None = None,
    recovery: str = "none",
    n_fractions: Sequence[int] = (),
    delivered: int | Sequence[int] | None = None,
    cord_rules: bool = False,
    target_alpha_beta: float | None = None,
    body: BodyLevels | None = None,
    isodose: Isodose | None = None,
    alpha_beta_intervals: Mapping[str, tuple[float, float]] | None = None,
    recovery_intervals: Mapping[str, tuple[float, float]] | None = None,
    registration_uncertainty: RegistrationUncertainty | None = None,
) -> Reirradiation:
    """Compute the cumulative dose of earlier courses and a new one.

    Parameters
    ----------
    new : Course
        With dose and structures.
    priors : sequence of Course
        Earlier courses, of any grade.
    intervals : sequence of Interval
        One for each earlier course.
    tissues : sequence of TissueChoice
        Organs and their alpha/beta; an organ may come with several.
    registrations : sequence of RigidTransform or DeformableTransform
        All that are known; equal frames of reference need none.
    limits : sequence of CumulativeLimit
    metrics : sequence of str
        Shown for each organ beside those of its limits.
    matches : mapping of str to tuple of str, optional
        Structures chosen by hand, see `parse_match`.
    recovery : str
        Name of a recovery rule; ``"none"`` counts every course in full.
    n_fractions : sequence of int
        Numbers of fractions for which the remaining dose is wanted.
    delivered : int or sequence of int, optional
        Fractions of the new course already given, one number for each of its phases and fewer than planned in
        all: the readings then also say what the rest of it may give.
    cord_rules : bool
        Apply the published rules for a second course to SpinalCord and ThecalSac.
    target_alpha_beta : float, optional
        Alpha/beta of the tumour, Gy: gives the targets' cumulative dose.
    body : BodyLevels, optional
        Levels above which the body outside all named organs is measured.
    isodose : Isodose, optional
        What counts as irradiated when the class of re-irradiation is looked for.
    alpha_beta_intervals, recovery_intervals : mapping of str to (float, float), optional
        By organ, the range over which alpha/beta (Gy) and the recovered fraction are uncertain.
    registration_uncertainty : RegistrationUncertainty, optional
        For the scenario band; without it there is none.

    Returns
    -------
    Reirradiation

    Raises
    ------
    RtplanValueError, RtplanLookupError
        Input that contradicts itself, an organ that the new course does not have, a limit that already
        includes recovery together with a recovery rule.
    """
    _check(new, priors, intervals, limits, recovery)
    shown = _metrics(metrics)
    joined = join(new, priors, registrations)
    context = Context(
        joined=joined,
        intervals=tuple(intervals),
        recovery=recovery,
        n_fractions=tuple(n_fractions),
        delivered=_delivered(new, delivered),
        alpha_beta_intervals=_intervals(alpha_beta_intervals, tissues, "alpha/beta"),
        recovery_intervals=_intervals(recovery_intervals, tissues, "recovered fraction"),
        uncertainty=registration_uncertainty,
    )
    organs = list(dict.fromkeys(choice.organ for choice in tissues))
    found = {organ: _match(organ, joined, matches or {}) for organ in organs}
    _refuse_unused(matches or {}, organs)

    def answers(of: Context) -> list[OrganAnswer]:
        return [
            organ_answer(of, choice, found[choice.organ], limits, shown, with_cord_rules=cord_rules)
            for choice in tissues
        ]

    built = answers(context)
    rows = [row for one in built for row in one.rows]
    if joined.most_per_day > 1:
        unrepaired = answers(replace(context, joined=joined.without_repair()))
        rows = [
            between_repairs(full, without, new_fractions=new.n_fractions)
            for full, without in zip(rows, [row for one in unrepaired for row in one.rows], strict=True)
        ]
    rows += [
        row_without_tissue(limit, new, priors)
        for limit in limits
        if not any(speaks_of(limit, choice) for choice in tissues)
    ]
    unassigned = _unassigned(new, list(found.values()))
    return Reirradiation(
        new=new,
        priors=tuple(priors),
        intervals=tuple(intervals),
        joined=joined,
        matches=tuple(found.values()),
        rows=tuple(rows),
        dvhs=tuple(one.dvhs for one in built),
        transforms=_used(joined),
        recovery=recovery,
        unassigned=unassigned,
        warnings=tuple(
            dict.fromkeys(
                [
                    *_dates_at_odds(new, priors, intervals),
                    *_warnings(new, priors, joined, rows, found, unassigned),
                    *_nothing_to_read(limits, n_fractions, delivered),
                    *_not_measured(joined, body),
                ]
            )
        ),
        targets=() if target_alpha_beta is None else target_doses(new, joined, alpha_beta=target_alpha_beta),
        body=_body(new, joined, found, body),
        cord_rules=_cord_rules([rule for one in built for rule in one.cord_rules], asked=cord_rules),
        observations=observations_for(organs),
        rert_class=None if isodose is None else classify(joined, rows, isodose=isodose),
        registration_quality=registration_quality(joined, list(found.values())),
    )


def _body(
    new: Course, joined: Joined, matches: Mapping[str, OrganMatch], asked: BodyLevels | None
) -> tuple[BodyAbove, ...]:
    if asked is None or joined.reason is not None:
        return ()
    organs = [match.new for match in matches.values() if match.new is not None]
    return body_above(
        joined.total(asked.alpha_beta),
        body_structure(new),
        organs=organs,
        targets=target_structures(new),
        levels_gy=asked.levels_gy,
    )


def _cord_rules(found: Sequence[CordRuleSet], *, asked: bool) -> tuple[CordRuleSet, ...]:
    """Rules that were asked for and found no cord are not passed over in silence."""
    if found or not asked:
        return tuple(found)
    reason = f"no tissue was stated for {' or '.join(CORD_ORGANS)}"
    return (
        CordRuleSet(
            name="cord rules", organ="", conditions=(), verdict=Verdict.NOT_EVALUABLE, statement=reason
        ),
    )


def _check(
    new: Course,
    priors: Sequence[Course],
    intervals: Sequence[Interval],
    limits: Sequence[CumulativeLimit],
    recovery: str,
) -> None:
    if not priors:
        raise RtplanValueError("at least one earlier course is needed")
    if len(intervals) != len(priors):
        raise RtplanValueError(f"{len(intervals)} intervals for {len(priors)} earlier courses")
    if not new.structures:
        raise RtplanLookupError(f"{new.label}: the new course needs its structures")
    labels = [course.label for course in (new, *priors)]
    if len(set(labels)) != len(labels):
        raise RtplanValueError("two courses have the same label: were the same files given twice?")
    if recovery not in recovery_rule_names():
        names = ", ".join(recovery_rule_names())
        raise RtplanValueError(f"no recovery rule {recovery!r}; there are: {names}")
    both = [limit for limit in limits if limit.includes_recovery]
    if both and recovery != "none":
        raise RtplanValueError(
            f"the limit {both[0]} already includes recovery: the rule {recovery!r} would take it off twice"
        )


def _delivered(new: Course, delivered: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """Check how many fractions of each phase of the new course were given: some, but not all."""
    if delivered is None:
        return None
    given = (delivered,) if isinstance(delivered, int) else tuple(delivered)
    planned = [phase.n_fractions for phase in new.phases]
    told = " + ".join(str(n) for n in planned)
    if len(given) != len(planned):
        raise RtplanValueError(
            f"{new.label}: {len(given)} numbers of fractions given for {len(planned)} phases of {told}; "
            "one for each is needed, 0 where a phase has not begun"
        )
    if new.fractions_per_day > 1:
        raise RtplanValueError(
            f"{new.label}: a course in progress with {new.fractions_per_day} fractions a day is not read"
        )
    if any(not 0 <= k <= n for k, n in zip(given, planned, strict=True)) or not 0 < sum(given) < sum(planned):
        shown = " + ".join(str(k) for k in given)
        raise RtplanValueError(
            f"{new.label}: {shown} fractions given of {told}; at least 1 and not all of them"
        )
    return given


def _intervals(
    given: Mapping[str, tuple[float, float]] | None, tissues: Sequence[TissueChoice], what: str
) -> dict[str, tuple[float, float]]:
    """Check that each interval belongs to an organ and holds its stated value."""
    stated = {choice.organ: choice.alpha_beta for choice in tissues}
    highest = 1.0 if what == "recovered fraction" else float("inf")
    for organ, (low, high) in (given or {}).items():
        if organ not in stated:
            raise RtplanValueError(f"an interval of {what} for {organ}, whose tissue was not stated")
        if not 0 <= low < high <= highest or (what == "alpha/beta" and not 0 < low <= stated[organ] <= high):
            raise RtplanValueError(
                f"{organ}: interval of {what} {low:g} to {high:g}: low before high, the stated value inside"
            )
    return dict(given or {})


def _metrics(texts: Sequence[str]) -> tuple[Metric, ...]:
    shown = tuple(dict.fromkeys(Metric.parse(text) for text in texts))
    for metric in shown:
        check_dose_metric(metric)
    return shown


def _match(organ: str, joined: Joined, stated: Mapping[str, tuple[str, ...]]) -> OrganMatch:
    new, priors = joined.new.course, [one.course for one in joined.priors]
    chosen = stated.get(organ, ("",))
    carried = carried_contour(joined, organ, chosen) if chosen[0].startswith(EARLIER) else None
    found = match_organ(organ, new, priors, stated=stated, carried=carried)
    if found.new is None:
        names = ", ".join(structure.name for structure in new.structures)
        raise RtplanLookupError(
            f"no structure of the new course stands for {organ!r}; there are: {names}. "
            f"Choose one with a match {organ}=NEW,PRIOR"
        )
    return found


def _refuse_unused(stated: Mapping[str, tuple[str, ...]], organs: Sequence[str]) -> None:
    unused = [organ for organ in stated if organ not in organs]
    if unused:
        raise RtplanValueError(f"matched but without alpha/beta: {', '.join(unused)}; state its tissue too")


def _given_twice(courses: Sequence[Course]) -> list[str]:
    """Say when two courses rest on the same dose file: a plan may be repeated, or a folder mistaken."""
    doses = [(c.label, {i.sha256 for i in c.inputs if i.role == "dose" and i.sha256}) for c in courses]
    return [
        f"{label} and {other} rest on the same files: is one of them another course?"
        for (label, files), (other, its_files) in combinations(doses, 2)
        if files & its_files
    ]


def _planned_on(course: Course) -> date | None:
    """Return the latest day that a plan of the course bears; None where none does."""
    days = []
    for phase in course.phases:
        written = phase.treatment.plan.date if phase.treatment.plan else ""
        try:
            days.append(datetime.strptime(written, "%Y%m%d").date())
        except ValueError:
            continue
    return max(days, default=None)


def _dates_at_odds(new: Course, priors: Sequence[Course], intervals: Sequence[Interval]) -> list[str]:
    """Say where stated days contradict those of the plans: recovery and cord rules rest on the interval."""
    found = []
    today = _planned_on(new)
    for prior, gap in zip(priors, intervals, strict=True):
        planned = _planned_on(prior)
        if planned is not None and planned > gap.ended:
            found.append(
                f"{prior.label}: planned on {planned}, after its stated last fraction on {gap.ended}: "
                "is the date right?"
            )
        if today is not None and today < gap.ended:
            found.append(
                f"{new.label}: planned on {today}, before {prior.label} ended on {gap.ended}: are the "
                "courses or the dates swapped?"
            )
    if today is not None and today > intervals[0].starts:
        found.append(
            f"{new.label}: planned on {today}, after its stated first fraction on {intervals[0].starts}: "
            "is the date right?"
        )
    return found


def _nothing_to_read(
    limits: Sequence[CumulativeLimit], n_fractions: Sequence[int], delivered: int | Sequence[int] | None
) -> list[str]:
    """Say when a remaining dose was asked for and no limit stated."""
    if limits or not (n_fractions or delivered is not None):
        return []
    return ["no limit was stated, so no remaining dose is read"]


def _not_measured(joined: Joined, body: BodyLevels | None) -> list[str]:
    """Say when the body outside named organs was asked for and cannot be measured."""
    if body is None or joined.reason is None:
        return []
    return ["the body outside all named organs is not measured: that needs a voxel sum"]


def _unassigned(new: Course, matches: Sequence[OrganMatch]) -> tuple[str, ...]:
    """Name contoured structures without alpha/beta; the outer contour is no tissue."""
    used = {match.new.number for match in matches if match.new is not None}
    return tuple(
        structure.name
        for structure in new.structures
        if structure.number not in used and structure.interpreted_type != "EXTERNAL" and structure.contours
    )


def _used(joined: Joined) -> tuple[UsedTransform, ...]:
    every = [t for one in joined.courses for t in one.transforms if t.source != "identity"]
    return tuple(every)


def _warnings(
    new: Course,
    priors: Sequence[Course],
    joined: Joined,
    rows: Sequence[OrganRow],
    matches: Mapping[str, OrganMatch],
    unassigned: Sequence[str],
) -> list[str]:
    found = [finding for course in (*priors, new) for finding in course.findings]
    found += _given_twice((*priors, new))
    if joined.reason is not None:
        found.append(f"no voxel sum: {joined.reason}")
    found += [
        f"a deformable registration was inverted numerically; largest residual {t.residual_mm:.2g} mm"
        for t in _used(joined)
        if isinstance(t, InvertedDeformation)
    ]
    for match in matches.values():
        found += [
            f"{match.organ}: {why}"
            for why, name in zip(match.evidence[1:], match.names, strict=True)
            if name is None and why != NO_STRUCTURES
        ]
    found += [
        f"{match.organ}: today's contour is an earlier one, carried over by the registration: its bounds "
        "rest on the registration as well"
        for match in matches.values()
        if match.is_carried
    ]
    if unassigned:
        found.append(f"no alpha/beta was stated, so nothing was computed, for: {', '.join(unassigned)}")
    found += [warning for row in rows if (warning := disagreement(row)) is not None]
    found += [warning for row in rows if (warning := rests_on_recovery(row)) is not None]
    return found
