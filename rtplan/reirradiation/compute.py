"""The one function that answers a re-irradiation: from courses and statements to every reading.

Without any registration there are bounds; with a transform there is the voxel sum; what is left is read at a
point and for the plan. A pure function of its question: it reads no file and looks at no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack, overload

from rtplan.courses import Course
from rtplan.errors import RtplanLookupError, RtplanTypeError
from rtplan.limits import Verdict
from rtplan.reirradiation.answer import Reirradiation
from rtplan.reirradiation.beside import (
    CORD_ORGANS,
    BodyAbove,
    CordRuleSet,
    body_above,
    body_structure,
    classify,
    observations_for,
    registration_quality,
    target_doses,
    target_structures,
)
from rtplan.reirradiation.findings import findings_of, used_transforms
from rtplan.reirradiation.organ import (
    EARLIER,
    Context,
    Joined,
    OrganMatch,
    OrganRow,
    between_repairs,
    carried_contour,
    join,
    match_organ,
    stands_beside,
)
from rtplan.reirradiation.question import BodyLevels, ReirradiationQuestion, Stated
from rtplan.reirradiation.registrations import with_registration
from rtplan.reirradiation.rows import OrganAnswer, organ_answer, row_without_tissue

__all__ = ["reirradiate"]


@overload
def reirradiate(question: ReirradiationQuestion, /) -> Reirradiation: ...


@overload
def reirradiate(new: Course, priors: Sequence[Course], /, **stated: Unpack[Stated]) -> Reirradiation: ...


def reirradiate(
    asked: ReirradiationQuestion | Course, priors: Sequence[Course] | None = None, /, **stated: Unpack[Stated]
) -> Reirradiation:
    """Compute the cumulative dose of earlier courses and a new one.

    Parameters
    ----------
    asked : ReirradiationQuestion or Course
        The whole question; or the new course, for those who ask by keyword.
    priors : sequence of Course, optional
        Earlier courses, beside a new course.
    **stated
        What is stated beside a new course, see `ReirradiationQuestion.of`.

    Returns
    -------
    Reirradiation

    Raises
    ------
    RtplanValueError, RtplanLookupError
        A question that contradicts itself, an organ that the new course does not have.
    """
    if isinstance(asked, ReirradiationQuestion):
        if priors is not None or stated:
            raise RtplanTypeError("a question holds its courses and statements: nothing goes beside it")
        return _answered(asked)
    return _answered(ReirradiationQuestion.of(asked, priors or (), **stated))


def _answered(question: ReirradiationQuestion) -> Reirradiation:
    new = question.new
    joined = join(new, question.priors, question.registrations)
    matches = {organ: _match(organ, joined, question) for organ in question.organs}
    answers = _organ_answers(_context(question, joined), question, matches)
    rows = [
        with_registration(row, joined, question.registration_judgements)
        for row in _rows(question, joined, matches, answers)
    ]
    rert_class = None if question.isodose is None else classify(joined, rows, isodose=question.isodose)
    return Reirradiation(
        question=question,
        joined=joined,
        matches=tuple(matches.values()),
        rows=tuple(rows),
        dvhs=tuple(answer.dvhs for answer in answers),
        transforms=used_transforms(joined),
        unassigned=_unassigned(new, list(matches.values())),
        warnings=tuple(
            dict.fromkeys(
                [
                    *findings_of(question, joined, rows, matches, _unassigned(new, list(matches.values()))),
                    *([rert_class.finding] if rert_class is not None and rert_class.finding else []),
                ]
            )
        ),
        targets=()
        if question.target_alpha_beta is None
        else target_doses(new, joined, alpha_beta=question.target_alpha_beta),
        body=_body(new, joined, matches, question.body),
        cord_rules=_cord_rules(
            [rule for answer in answers for rule in answer.cord_rules], asked=question.cord_rules
        ),
        observations=observations_for(question.organs),
        rert_class=rert_class,
        registration_quality=registration_quality(joined, list(matches.values())),
    )


def _context(question: ReirradiationQuestion, joined: Joined) -> Context:
    return Context(
        joined=joined,
        intervals=question.intervals,
        recovery=question.recovery,
        n_fractions=question.n_fractions,
        delivered=question.delivered,
        alpha_beta_intervals=question.alpha_beta_intervals,
        recovery_intervals=question.recovery_intervals,
        uncertainty=question.registration_uncertainty,
        overlap=question.overlap,
        recovery_limits=question.recovery_limits,
    )


def _organ_answers(
    context: Context, question: ReirradiationQuestion, matches: Mapping[str, OrganMatch]
) -> list[OrganAnswer]:
    """Compute every organ at every stated alpha/beta, then at those that only a limit is published at."""
    stated = [
        organ_answer(
            context,
            choice,
            matches[choice.organ],
            question.limits,
            question.shown_metrics,
            with_cord_rules=question.cord_rules,
        )
        for choice in question.tissues
    ]
    of_limits = [
        organ_answer(
            context,
            choice,
            matches[choice.organ],
            [limit for limit in question.limits if limit.alpha_beta_gy == choice.alpha_beta],
            (),
            with_cord_rules=False,
        )
        for choice in question.tissues_of_limits
    ]
    return stated + of_limits


def _rows(
    question: ReirradiationQuestion,
    joined: Joined,
    matches: Mapping[str, OrganMatch],
    answers: Sequence[OrganAnswer],
) -> list[OrganRow]:
    """Return every row, also those of limits whose tissue is not stated."""
    rows = [row for answer in answers for row in answer.rows]
    if joined.most_per_day > 1:
        context = _context(question, joined.without_repair())
        unrepaired = _organ_answers(context, question, matches)
        rows = [
            between_repairs(full, without, new_fractions=question.new.n_fractions)
            for full, without in zip(rows, [row for one in unrepaired for row in one.rows], strict=True)
        ]
    return rows + [
        replace(
            row_without_tissue(limit, question.new, question.priors),
            stands_beside=stands_beside(limit, question.limits),
        )
        for limit in question.limits
        if limit.organ not in question.organs
    ]


def _match(organ: str, joined: Joined, question: ReirradiationQuestion) -> OrganMatch:
    stated = question.matches
    dictionary = None if question.clinic is None else question.clinic.dictionary
    new, priors = joined.new.course, [one.course for one in joined.priors]
    chosen = stated.get(organ, ("",))
    carried = carried_contour(joined, organ, chosen) if chosen[0].startswith(EARLIER) else None
    found = match_organ(organ, new, priors, stated=stated, carried=carried, dictionary=dictionary)
    if found.new is None:
        names = ", ".join(structure.name for structure in new.structures)
        raise RtplanLookupError(
            f"no structure of the new course stands for {organ!r}; there are: {names}. "
            f"Choose one with a match {organ}=NEW,PRIOR"
        )
    return found


def _unassigned(new: Course, matches: Sequence[OrganMatch]) -> tuple[str, ...]:
    """Name contoured structures without alpha/beta; the outer contour is no tissue."""
    used = {match.new.number for match in matches if match.new is not None}
    return tuple(
        structure.name
        for structure in new.structures
        if structure.number not in used and structure.interpreted_type != "EXTERNAL" and structure.contours
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
