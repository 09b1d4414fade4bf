"""What is to be known beside the rows: dates at odds, files given twice, what could not be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import combinations

from bed.retreatment import target_kind_of_name
from rtplan.courses import Course, identities_differ, one_patient
from rtplan.names import target_questions
from rtplan.reirradiation.beside import target_structures
from rtplan.reirradiation.organ import (
    NO_STRUCTURES,
    Joined,
    OrganMatch,
    OrganRow,
    disagreement,
    not_of_this_patient,
    not_used_of_set,
    rests_on_recovery,
)
from rtplan.reirradiation.question import BodyLevels, ReirradiationQuestion
from rtplan.reirradiation.registrations import registration_findings
from rtplan.sums import InvertedDeformation, UsedTransform

__all__ = ["findings_of", "used_transforms"]


def findings_of(
    question: ReirradiationQuestion,
    joined: Joined,
    rows: Sequence[OrganRow],
    matches: Mapping[str, OrganMatch],
    unassigned: Sequence[str],
) -> tuple[str, ...]:
    """Return all that is to be known beside the rows, each once.

    Parameters
    ----------
    question : ReirradiationQuestion
    joined : Joined
    rows : sequence of OrganRow
    matches : mapping of str to OrganMatch
        By organ.
    unassigned : sequence of str
        Contoured structures without alpha/beta.
    """
    found = [
        *one_patient(
            question.courses, registrations=question.registrations, same_patient=question.same_patient
        ),
        *_dates_at_odds(question),
        *_findings(question, joined, matches),
        *(finding for row in rows for finding in row.findings),
        *registration_findings(joined, question.registrations),
        *_of_targets(question, matches),
        *_of_structures(unassigned),
        *_of_rows(rows),
        *_nothing_to_read(question),
        *_not_measured(joined, question.body),
        *_without_effect(question, joined, rows),
    ]
    return tuple(dict.fromkeys(found))


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


def _dates_at_odds(question: ReirradiationQuestion) -> list[str]:
    """Say where stated days contradict those of the plans: recovery and cord rules rest on the interval."""
    found = []
    new, starts = question.new, question.new_starts
    today = _planned_on(new)
    for prior, gap in zip(question.priors, question.intervals, strict=True):
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
    if today is not None and today > starts:
        found.append(
            f"{new.label}: planned on {today}, after its stated first fraction on {starts}: "
            "is the date right?"
        )
    return found


def _nothing_to_read(question: ReirradiationQuestion) -> list[str]:
    """Say when a remaining dose was asked for and no limit stated."""
    if question.limits or not (question.n_fractions or question.delivered is not None):
        return []
    return ["no limit was stated, so no remaining dose is read"]


def _not_measured(joined: Joined, body: BodyLevels | None) -> list[str]:
    """Say when the body outside named organs was asked for and cannot be measured."""
    if body is None or joined.reason is None:
        return []
    return ["the body outside all named organs is not measured: that needs a voxel sum"]


def _without_effect(question: ReirradiationQuestion, joined: Joined, rows: Sequence[OrganRow]) -> list[str]:
    """Say which statements change nothing in this answer, and why."""
    found = []
    if question.same_patient and not identities_differ(question.courses, question.registrations):
        found.append(
            "it was stated that all is one patient's: nothing says otherwise, so that changed nothing"
        )
    if question.target_alpha_beta is not None and not target_structures(question.new):
        found.append("an alpha/beta of the tumour was stated, but the new course has no contoured target")
    if question.registration_uncertainty is not None and joined.reason is not None:
        found.append("the uncertainty of the registration that was stated has no effect without a voxel sum")
    bands = {row.name for row in rows if row.recovery_band_gy is not None}
    found += [
        f"the interval of the recovered fraction of {organ} that was stated gives no band: no sum"
        for organ in question.recovery_intervals
        if organ not in bands
    ]
    if question.recovery == "none" and bands:
        found.append(
            "an interval of the recovered fraction gives a band only: no recovery was chosen, so no verdict "
            "rests on it"
        )
    bands = {row.name for row in rows if row.alpha_beta_band_gy is not None}
    found += [
        f"the interval of alpha/beta of {organ} that was stated gives no band: its sum is not known"
        for organ in question.alpha_beta_intervals
        if organ not in bands
    ]
    return found


def used_transforms(joined: Joined) -> tuple[UsedTransform, ...]:
    """Return what was used to join the courses, beyond identities."""
    return tuple(t for one in joined.courses for t in one.transforms if t.source != "identity")


def _findings(
    question: ReirradiationQuestion, joined: Joined, matches: Mapping[str, OrganMatch]
) -> list[str]:
    """Say what the courses, their registration and the matched structures bring with them."""
    found = [finding for course in question.courses for finding in course.findings]
    found += _given_twice((*question.priors, question.new))
    if joined.reason is not None:
        found.append(f"no voxel sum: {joined.reason}")
    found += [
        f"a deformable registration was inverted numerically; largest residual {t.residual_mm:.2g} mm"
        for t in used_transforms(joined)
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
    for one in question.limit_sets:
        found += not_used_of_set(one, question.new, organs=question.organs, clinic=question.clinic)
    if question.clinic is not None:
        found += not_of_this_patient(question.clinic, question.new, organs=question.organs)
    return found + _unused_records(question, matches)


def _unused_records(question: ReirradiationQuestion, matches: Mapping[str, OrganMatch]) -> list[str]:
    """Name organs that were typed for an earlier course and stand for none that was asked about."""
    found = []
    for place, prior in enumerate(question.priors):
        used = {match.name_in(place) for match in matches.values()}
        unused = [record.name for record in prior.records if record.name not in used]
        if unused:
            found.append(
                f"{prior.label}: its records of {', '.join(unused)} played no part: they stand for none of "
                f"{', '.join(question.organs)}"
            )
    return found


def _of_targets(question: ReirradiationQuestion, matches: Mapping[str, OrganMatch]) -> list[str]:
    """Ask about targets that stand for an organ, then about those whose doses are summed."""
    found = []
    for match in matches.values():
        target = match.new_target
        if match.new is None or target is None:
            continue
        if target_kind_of_name(match.organ) is None:
            found.append(
                f"{match.organ}: {match.new.name!r} is a target by its {target.evidence}, so nothing of its "
                "dose recovers: is it a target?"
            )
        if match.organ in question.recovery_intervals:
            found.append(
                f"{match.organ}: a target never recovers: its stated recovered fractions play no part"
            )
    if question.target_alpha_beta is not None:
        found += target_questions(question.new.structures)
    return found


def _of_structures(unassigned: Sequence[str]) -> list[str]:
    if not unassigned:
        return []
    return [f"no alpha/beta was stated, so nothing was computed, for: {', '.join(unassigned)}"]


def _of_rows(rows: Sequence[OrganRow]) -> list[str]:
    """Say which rows contradict their bounds, then which rest on recovery."""
    found = [warning for row in rows if (warning := disagreement(row)) is not None]
    return found + [warning for row in rows if (warning := rests_on_recovery(row)) is not None]
