"""What the rows of one organ are read from: the courses, its curves, the recovery rule applied to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bed import BedError
from bed.retreatment import Recovery, no_recovery, recovery_rule
from dicom_io.dvh import DVH, Metric
from dicom_io.objects import Structure
from rtplan.courses import Course, Isodose, curve_of_export, curve_of_record, stored_dvh
from rtplan.interval import Interval
from rtplan.limits import NamedRecoveryLimit
from rtplan.reirradiation.organ.joined import Joined, curve_of_dvh
from rtplan.reirradiation.organ.match import OrganMatch
from rtplan.reirradiation.organ.row import OrganDvhs
from rtplan.reirradiation.organ.tissue import TissueChoice
from rtplan.sums import (
    CumulativeField,
    EllipsoidMaximum,
    MovableSum,
    OrganCurve,
    RegistrationUncertainty,
    Scenarios,
    scenarios_of,
)

__all__ = [
    "Context",
    "Organ",
    "OrganRecovery",
    "curves_at",
    "prior_curve",
    "recovered_total",
    "recovery_for",
]

_SEARCH_POINTS: Final = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Context:
    """What all organs share."""

    joined: Joined
    intervals: tuple[Interval, ...]
    recovery: str
    n_fractions: tuple[int, ...]
    delivered: tuple[int, ...] | None
    alpha_beta_intervals: Mapping[str, tuple[float, float]]
    recovery_intervals: Mapping[str, tuple[float, float]]
    uncertainty: RegistrationUncertainty | None
    overlap: Isodose | None
    recovery_limits: tuple[NamedRecoveryLimit, ...] = ()

    @property
    def priors(self) -> tuple[Course, ...]:
        """Earlier courses in order."""
        return tuple(one.course for one in self.joined.priors)

    @property
    def new(self) -> Course:
        """The new course."""
        return self.joined.new.course


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganRecovery:
    """A recovery rule applied to one organ, one fraction for each earlier course."""

    rule: Recovery
    fractions: tuple[float, ...] | None
    reason: str | None
    statement: str

    @property
    def is_chosen(self) -> bool:
        """Whether something may be taken off."""
        return self.rule.assumes_recovery and self.fractions is not None


def recovery_for(match: OrganMatch, name: str, *, intervals: Sequence[Interval]) -> OrganRecovery:
    """Return a rule applied to an organ.

    Nothing is taken off where its source does not speak of the organ, nor where today's structure is a target
    by its type or name.
    """
    if name == "none":
        rule = no_recovery()
        return OrganRecovery(
            rule=rule, fractions=None, reason="no recovery was chosen", statement=rule.statement(0)
        )
    try:
        rule = recovery_rule(name, tissue=match.organ)
        fractions = tuple(rule.fraction(interval.days) for interval in intervals)
    except BedError as refusal:
        return _nothing_taken_off(str(refusal))
    if rule.assumes_recovery and (target := match.new_target) is not None:
        assert match.new is not None
        return _nothing_taken_off(
            f"{match.new.name!r} is a target by its {target.evidence}, and a target never recovers"
        )
    statement = " ".join(dict.fromkeys(rule.statement(interval.days) for interval in intervals))
    return OrganRecovery(rule=rule, fractions=fractions, reason=None, statement=statement)


def _nothing_taken_off(reason: str) -> OrganRecovery:
    return OrganRecovery(
        rule=no_recovery(), fractions=None, reason=reason, statement=f"No recovery taken off: {reason}"
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Organ:
    """One organ at one alpha/beta with all that its rows are read from."""

    context: Context
    choice: TissueChoice
    structure: Structure
    match: OrganMatch
    dvhs: OrganDvhs
    curves: tuple[OrganCurve | None, ...]
    recovery: OrganRecovery
    ellipsoid: EllipsoidMaximum | None
    metrics: tuple[Metric, ...]

    @property
    def is_target(self) -> bool:
        """Whether the structure is a target, which never recovers."""
        return self.match.new_target is not None

    @cached_property
    def movable(self) -> MovableSum:
        """The sum on the organ's points, made once."""
        return MovableSum.of(
            self.context.joined.total(self.choice.alpha_beta),
            self.structure,
            moved=[course.label for course in self.context.priors],
            uncertainty=self.context.uncertainty,
        )

    @cached_property
    def scenarios(self) -> Scenarios | None:
        """Every metric with the earlier doses moved; None without a voxel sum or a stated uncertainty."""
        uncertainty = self.context.uncertainty
        if uncertainty is None or self.context.joined.reason is not None:
            return None
        return scenarios_of(self.movable, self.metrics, uncertainty=uncertainty)

    @cached_property
    def few(self) -> MovableSum:
        """The same on fewer points, for searches of many steps."""
        return self.movable.thinned(_SEARCH_POINTS)

    @property
    def known_curves(self) -> list[OrganCurve] | None:
        """All curves, or None where one is missing."""
        curves = [curve for curve in self.curves if curve is not None]
        return curves if len(curves) == len(self.curves) else None

    @property
    def silent_courses(self) -> list[str]:
        """Courses of which nothing bounds this organ."""
        courses = (*self.context.priors, self.context.new)
        return [
            f"{course.label} ({course.grade.value})"
            for course, curve in zip(courses, self.curves, strict=True)
            if curve is None
        ]


def recovered_total(context: Context, alpha_beta: float, recovery: OrganRecovery) -> CumulativeField:
    """Return the voxel sum with what the rule takes off each earlier course."""
    labels = [course.label for course in context.priors]
    forgotten = dict(zip(labels, recovery.fractions or (), strict=False))
    return context.joined.total(alpha_beta, recovered=forgotten)


def curves_at(
    context: Context,
    match: OrganMatch,
    eqd2: Mapping[str, DVH],
    alpha_beta: float,
) -> tuple[OrganCurve | None, ...]:
    """Return what each course's own files or record say of an organ; None where they say nothing."""
    own = eqd2.get(context.new.label)
    today = None if own is None else curve_of_dvh(own, label=context.new.label)
    if today is None:
        return (*(None for _ in context.priors), None)
    priors = [
        prior_curve(course, match.name_in(place), eqd2, alpha_beta=alpha_beta, volume_cc=today.volume_cc)
        for place, course in enumerate(context.priors)
    ]
    return (*priors, today)


def prior_curve(
    course: Course, name: str | None, eqd2: Mapping[str, DVH], *, alpha_beta: float, volume_cc: float
) -> OrganCurve | None:
    """Return what an earlier course's own dose, its DVH export or its record says of an organ.

    Parameters
    ----------
    course : Course
    name : str or None
        What the course calls the organ; None where it has none.
    eqd2 : mapping of str to DVH
        EQD2 curves by course label, where the dose distribution is known.
    alpha_beta : float
        Gy.
    volume_cc : float
        Today's volume, for a record or export that gives none.
    """
    if course.label in eqd2:
        return curve_of_dvh(eqd2[course.label], label=course.label)
    if name is None or course.n_fractions is None:
        return None
    if course.export is not None:
        stored = stored_dvh(course.export, name, stated=name)
        assert stored is not None
        return curve_of_export(
            stored,
            n_fractions=course.n_fractions,
            alpha_beta=alpha_beta,
            label=course.label,
            volume_cc=volume_cc,
        )
    record = course.record(name)
    if record is None:
        return None
    return curve_of_record(
        record,
        n_fractions=course.n_fractions,
        alpha_beta=alpha_beta,
        label=course.label,
        volume_cc=volume_cc,
    )
