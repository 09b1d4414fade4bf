"""Which answer a condition has for a patient: yes, no, not known, or for a clinician to say.

Data that are missing never help: a condition that needs them is not known, unless the rest decides it alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from bed import Regimen, RegimenSequence
from rtplan.interval import Interval
from rtplan.limits import Verdict
from rtplan.plan_check import DistanceRule, TargetDistance, judge_distance
from rtplan.protocols.body_parts import body_part
from rtplan.protocols.condition import (
    AllOf,
    AnyOf,
    Condition,
    DatedWithin,
    DistanceIs,
    EarlierDose,
    EarlierInterval,
    EventWithin,
    Is,
    Judgement,
    LastedFor,
    MetastasesAre,
    NoEarlierRadiotherapy,
    NoneWithin,
    NotAfter,
    NumberIs,
    OneOf,
    RegimenInBand,
    SabrToAll,
    When,
)
from rtplan.protocols.facts import ULN, Fact
from rtplan.protocols.patient_file import Event, Patient, Quantity
from rtplan.protocols.protocol_file import Protocol, ProtocolRegimen
from rtplan.protocols.radiotherapy import EarlierCourse, Lesion, Radiotherapy
from rtplan.regimens import ModelParameters, regimen_effect

__all__ = ["Answer", "Case", "Truth", "holds", "interval_answer", "keeps_interval"]

_ROUNDING_GY: Final = 1e-6
_PELVIS: Final = "pelvis"


class Truth(StrEnum):
    """The four answers a condition can have."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    CLINICIAN = "clinician"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer and what it rests on.

    Attributes
    ----------
    truth : Truth
    value : str
        What is known, in words; empty where nothing is.
    reasons : tuple of str
        What is missing, or what a clinician has to say.
    notes : tuple of str
        What a reader must know, such as a value exactly at its limit.
    """

    truth: Truth
    value: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is known when a protocol is held against a patient.

    Attributes
    ----------
    protocol : Protocol
    patient : Patient
    radiotherapy : Radiotherapy
    alpha_betas : tuple of (str, float)
        Name and Gy: the EQD2 shown beside earlier doses.
    """

    protocol: Protocol
    patient: Patient
    radiotherapy: Radiotherapy
    alpha_betas: tuple[tuple[str, float], ...] = ()


def holds(condition: Condition, case: Case) -> Answer:
    """Return the answer that a condition has.

    Parameters
    ----------
    condition : Condition
    case : Case

    Returns
    -------
    Answer

    Examples
    --------
    >>> from rtplan.protocols import patient_of_tables
    >>> from rtplan.protocols import load_protocol
    >>> trial = load_protocol("torch-r")
    >>> patient = patient_of_tables({"patient": {"ecog": 2}}, trial.facts)
    >>> case = Case(protocol=trial, patient=patient, radiotherapy=Radiotherapy())
    >>> holds(trial.criterion("performance-status").condition, case).truth.value
    'no'
    >>> holds(trial.criterion("age").condition, case).reasons
    ('missing: patient.age_at_consent_years (or dates.birth and dates.consent)',)
    """
    return _ANSWERS[type(condition)](condition, case)


def _missing(fact: Fact, *, part: str = "") -> Answer:
    hint = f" ({fact.help})" if fact.help.startswith("or ") else ""
    return Answer(truth=Truth.UNKNOWN, reasons=(f"missing: {fact.key}{part}{hint}",))


def _yes_or_no(holds_true: bool, value: str, *notes: str) -> Answer:
    return Answer(truth=Truth.YES if holds_true else Truth.NO, value=value, notes=notes)


def _compare(value: float, comparison: str, limit: float) -> tuple[bool, bool]:
    """Whether a comparison holds, and whether the value is the limit itself up to rounding."""
    same = math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12)
    if comparison in ("<=", ">="):
        return same or (value < limit if comparison == "<=" else value > limit), same
    return not same and (value < limit if comparison == "<" else value > limit), same


def _exactly(same: bool, limit: float, unit: str) -> tuple[str, ...]:
    return (f"exactly at the limit of {limit:g}{f' {unit}' if unit else ''}",) if same else ()


def _number(condition: NumberIs, case: Case) -> Answer:
    fact = condition.fact
    known = case.patient.value(fact.key)
    if known is None:
        return _missing(fact)
    if isinstance(known, Quantity):
        value = known.times_uln if condition.unit == ULN else known.value
        if value is None:
            return _missing(fact, part=".uln, the laboratory's upper limit of normal")
        if condition.unit != ULN and known.unit == ULN:
            return _missing(fact, part=f" in {fact.unit}, not as a multiple of ULN")
        told = f"{value:.4g} ULN, from {known.typed}" if condition.unit == ULN else known.typed
    else:
        assert isinstance(known, float)
        value, told = known, f"{known:g}{f' {fact.unit}' if fact.unit else ''}"
    computed = (f"{fact.label}: computed",) if case.patient.is_derived(fact.key) else ()
    return _compared(condition, value, told, computed)


def _compared(condition: NumberIs, value: float, told: str, notes: tuple[str, ...]) -> Answer:
    if condition.comparison == "between":
        assert condition.high is not None
        (above, at_low), (below, at_high) = (
            _compare(value, ">=", condition.limit),
            _compare(value, "<=", condition.high),
        )
        edge = _exactly(at_low, condition.limit, condition.unit) + _exactly(
            at_high, condition.high, condition.unit
        )
        return _yes_or_no(above and below, told, *notes, *edge)
    found, same = _compare(value, condition.comparison, condition.limit)
    return _yes_or_no(found, told, *notes, *_exactly(same, condition.limit, condition.unit))


def _is(condition: Is, case: Case) -> Answer:
    known = case.patient.value(condition.fact.key)
    if known is None:
        return _missing(condition.fact)
    return _yes_or_no(known is condition.expected, f"{condition.fact.label}: {'yes' if known else 'no'}")


def _one_of(condition: OneOf, case: Case) -> Answer:
    known = case.patient.value(condition.fact.key)
    if known is None:
        return _missing(condition.fact)
    return _yes_or_no(known in condition.allowed, str(known))


def _dates(case: Case, *facts: Fact) -> tuple[list[date], Answer | None]:
    """The days under some keys, or what is missing."""
    known = [(fact, case.patient.value(fact.key)) for fact in facts]
    missing = [fact for fact, value in known if not isinstance(value, date)]
    if missing:
        return [], Answer(truth=Truth.UNKNOWN, reasons=tuple(f"missing: {fact.key}" for fact in missing))
    return [value for _, value in known if isinstance(value, date)], None


def _event(condition: EventWithin, case: Case) -> Answer:
    known = case.patient.value(condition.fact.key)
    if not isinstance(known, Event):
        return _missing(condition.fact)
    if not known.happened:
        return Answer(truth=Truth.NO, value="none")
    if condition.within is None or condition.before is None:
        return Answer(truth=Truth.YES, value=", ".join(map(str, known.days)) or "yes, day not stated")
    if not known.days:
        return Answer(
            truth=Truth.UNKNOWN, value="yes", reasons=(f"missing: the day of {condition.fact.key}",)
        )
    found, trouble = _dates(case, condition.before)
    if trouble:
        return replace(trouble, value=", ".join(map(str, known.days)))
    anchor, latest = found[0], known.days[-1]
    passed = condition.within.after(latest)
    notes = (f"exactly {condition.within} before",) if passed == anchor else ()
    if latest > anchor:
        notes = (f"after {condition.before.label} ({anchor})",)
        return Answer(truth=Truth.YES, value=str(latest), notes=notes)
    return _yes_or_no(anchor < passed, f"{latest}, {Interval(ended=latest, starts=anchor)} before", *notes)


def _dated_within(condition: DatedWithin, case: Case) -> Answer:
    found, trouble = _dates(case, condition.fact, condition.before)
    if trouble:
        return trouble
    day, anchor = found
    if day > anchor:
        return _yes_or_no(False, f"{day}, after {condition.before.label}")
    first = condition.within.before(anchor)
    notes = (f"exactly {condition.within} before",) if day == first else ()
    return _yes_or_no(day >= first, f"{day}, {Interval(ended=day, starts=anchor)} before", *notes)


def _not_after(condition: NotAfter, case: Case) -> Answer:
    found, trouble = _dates(case, condition.fact, condition.other)
    if trouble:
        return trouble
    return _yes_or_no(
        found[0] <= found[1], f"{condition.fact.label} {found[0]}, {condition.other.label} {found[1]}"
    )


def _lasted(condition: LastedFor, case: Case) -> Answer:
    found, trouble = _dates(case, condition.start, condition.end)
    if trouble:
        return trouble
    start, end = found
    if end < start:
        return Answer(
            truth=Truth.UNKNOWN, reasons=(f"{condition.end.key} lies before {condition.start.key}",)
        )
    edge = condition.period.after(start)
    notes = (f"exactly {condition.period}",) if end == edge else ()
    kept = end > edge if condition.comparison == ">" else end >= edge
    return _yes_or_no(kept, str(Interval(ended=start, starts=end)), *notes)


_EARLIER_MISSING = Answer(
    truth=Truth.UNKNOWN,
    reasons=("missing: earlier_radiotherapy (earlier_radiotherapy = [] where there was none)",),
)


def _no_earlier(condition: NoEarlierRadiotherapy, case: Case) -> Answer:
    earlier = case.radiotherapy.earlier
    if earlier is None:
        return _EARLIER_MISSING
    return _yes_or_no(not earlier, "" if earlier else "no earlier radiotherapy")


def keeps_interval(condition: NoneWithin | EarlierInterval, interval: Interval) -> bool:
    """Tell whether an interval keeps a rule in calendar months.

    Parameters
    ----------
    condition : NoneWithin or EarlierInterval
    interval : Interval

    Examples
    --------
    >>> from datetime import date
    >>> from rtplan.protocols.condition import Period
    >>> half_a_year = Interval(ended=date(2023, 8, 31), starts=date(2024, 2, 29))
    >>> six = Period(count=6, unit="months")
    >>> keeps_interval(NoneWithin(period=six), half_a_year)
    True
    >>> keeps_interval(EarlierInterval(comparison=">", period=six), half_a_year)
    False
    """
    edge = condition.period.after(interval.ended)
    strict = isinstance(condition, EarlierInterval) and condition.comparison == ">"
    return interval.starts > edge if strict else interval.starts >= edge


def interval_answer(
    condition: NoneWithin | EarlierInterval, *, ended: date | None, starts: date | None, label: str
) -> Answer:
    """Hold one earlier course against a rule on the interval.

    Parameters
    ----------
    condition : NoneWithin or EarlierInterval
    ended, starts : date or None
        Last fraction of the earlier course, first fraction of the new one.
    label : str
        Of the earlier course.
    """
    missing = [
        text
        for text, day in ((f"last fraction of {label}", ended), ("first fraction of the new course", starts))
        if day is None
    ]
    if ended is None or starts is None:
        return Answer(truth=Truth.UNKNOWN, reasons=tuple(f"missing: {text}" for text in missing))
    if starts < ended:
        return Answer(
            truth=Truth.UNKNOWN,
            reasons=(f"the new course starts on {starts}, before {label} ended on {ended}",),
        )
    interval = Interval(ended=ended, starts=starts)
    edge = condition.period.after(ended)
    notes = (f"exactly {condition.period} after {label}",) if starts == edge else ()
    return _yes_or_no(
        keeps_interval(condition, interval), f"{interval} from {ended} to {starts} ({label})", *notes
    )


def _interval(condition: NoneWithin | EarlierInterval, case: Case) -> Answer:
    """Every earlier course must keep the rule."""
    earlier, planned = case.radiotherapy.earlier, case.radiotherapy.planned
    if earlier is None:
        return _EARLIER_MISSING
    if not earlier:
        return Answer(truth=Truth.YES, value="no earlier radiotherapy")
    starts = planned.starts if planned else None
    answers = [
        _with_course(interval_answer(condition, ended=c.ended, starts=starts, label=c.label), c)
        for c in earlier
    ]
    joined = _all_of_answers(answers)
    if planned is None:
        return joined
    more = tuple(planned.reasons) if planned.starts is None else ()
    notes = tuple(planned.notes) if planned.dates_from == "plan date" else ()
    return replace(
        joined,
        reasons=_once(*joined.reasons, *more) if joined.truth is Truth.UNKNOWN else joined.reasons,
        notes=_once(*joined.notes, *notes),
    )


def _with_course(answer: Answer, course: EarlierCourse) -> Answer:
    """Add why a date is missing, or that it is none of a treatment record."""
    reasons = course.reasons if course.ended is None and answer.truth is Truth.UNKNOWN else ()
    notes = course.notes if course.dates_from == "plan date" else ()
    return replace(answer, reasons=_once(*answer.reasons, *reasons), notes=_once(*answer.notes, *notes))


def _once(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _earlier_dose(condition: EarlierDose, case: Case) -> Answer:
    """Physical dose of all earlier courses against a limit, with its EQD2 beside."""
    earlier = case.radiotherapy.earlier
    if earlier is None:
        return _EARLIER_MISSING
    if not earlier:
        return Answer(truth=Truth.YES, value="no earlier radiotherapy")
    known = [course.regimen for course in earlier if course.regimen is not None]
    total = math.fsum(regimen.total_dose for regimen in known)
    value = _dose_text(known, total, condition.limit_gy, case.alpha_betas)
    notes = _dose_notes(earlier, total, condition)
    exact = abs(total - condition.limit_gy) <= _ROUNDING_GY
    kept = (exact and condition.comparison == "<=") or (not exact and total < condition.limit_gy)
    if len(known) == len(earlier) or not kept:
        return _yes_or_no(kept, value, *notes)
    reasons = [
        f"missing: dose of {course.label}{f' ({why})' if (why := '; '.join(course.reasons)) else ''}"
        for course in earlier
        if course.regimen is None
    ]
    return Answer(truth=Truth.UNKNOWN, value=value if known else "", reasons=tuple(reasons), notes=notes)


def _dose_text(
    regimens: Sequence[Regimen | RegimenSequence],
    total: float,
    limit: float,
    alpha_betas: Sequence[tuple[str, float]],
) -> str:
    difference = limit - total
    where = (
        f"exactly at {limit:g} Gy"
        if abs(difference) <= _ROUNDING_GY
        else f"{abs(difference):.4g} Gy {'below' if difference > 0 else 'above'} {limit:g} Gy"
    )
    listed = " + ".join(map(str, regimens))
    return f"{total:.6g} Gy physical ({listed}), {where}{_eqd2_text(regimens, alpha_betas)}"


def _eqd2_text(
    regimens: Sequence[Regimen | RegimenSequence], alpha_betas: Sequence[tuple[str, float]]
) -> str:
    """The same dose as EQD2, each course converted by its own fractions."""
    told = []
    for _, ratio in alpha_betas:
        effects = [
            regimen_effect(r, model="lq", alpha_beta=ratio, parameters=ModelParameters()).eqd2_gy
            for r in regimens
        ]
        known = [effect for effect in effects if effect is not None]
        if len(known) == len(effects):
            told.append(f"{math.fsum(known):.1f} Gy (alpha/beta {ratio:g})")
    return f"; EQD2 {', '.join(told)}" if told else ""


def _dose_notes(earlier: Sequence[EarlierCourse], total: float, condition: EarlierDose) -> tuple[str, ...]:
    notes = [note for course in earlier for note in course.notes if not note.startswith("dates as planned")]
    if abs(total - condition.limit_gy) <= _ROUNDING_GY:
        other, answer = ("<=", "would be met") if condition.comparison == "<" else ("<", "would not be met")
        limit = f"{condition.limit_gy:g} Gy"
        notes.append(
            f"exactly {limit}: the record says {condition.comparison} {limit}; "
            f"read as {other} {limit} it {answer}"
        )
    if len(earlier) > 1:
        notes.append("several earlier courses are added up; the record does not say how they count")
    elsewhere = [course.label for course in earlier if _is_pelvic(course.region) is False]
    if elsewhere:
        notes.append(f"counted as well, though not of the pelvis: {', '.join(elsewhere)}")
    return tuple(notes)


def _had_pelvic_radiotherapy(radiotherapy: Radiotherapy) -> bool | None:
    """Whether an earlier course treated the pelvis; None where that is not known."""
    if radiotherapy.earlier is None:
        return None
    treated = {_is_pelvic(course.region) for course in radiotherapy.earlier}
    if True in treated:
        return True
    return None if None in treated else False


def _is_pelvic(region: str) -> bool | None:
    """Whether a typed region is in the pelvis; None where nobody said, or where the word is not known."""
    part = body_part(region)
    return None if part is None or not part.region else part.region == _PELVIS


def _unknown_regions(radiotherapy: Radiotherapy) -> str:
    """Name the typed regions that do not tell whether they are in the pelvis."""
    open_ones = [c.region for c in radiotherapy.earlier or () if c.region and _is_pelvic(c.region) is None]
    named = ", ".join(map(repr, dict.fromkeys(open_ones)))
    return f"; {named} does not tell: type pelvis or the part that was treated" if named else ""


def _regimen(condition: RegimenInBand, case: Case) -> Answer:
    """The planned regimen against the protocol's for this history."""
    planned = case.radiotherapy.planned
    if planned is None or planned.regimen is None:
        why = planned.reasons if planned else ()
        return Answer(truth=Truth.UNKNOWN, reasons=("missing: the planned regimen", *why))
    history = _had_pelvic_radiotherapy(case.radiotherapy)
    if history is not None:
        return _regimen_for(planned.regimen, history, case.protocol)
    first, again = (_regimen_for(planned.regimen, known, case.protocol) for known in (False, True))
    if first.truth == again.truth:
        note = "whether an earlier course treated the pelvis is not stated and makes no difference here"
        return replace(
            again, value=_both(first.value, again.value), notes=_once(*first.notes, *again.notes, note)
        )
    reason = (
        "missing: whether an earlier course treated the pelvis (earlier_radiotherapy with region)"
        f"{_unknown_regions(case.radiotherapy)}"
    )
    return Answer(truth=Truth.UNKNOWN, value=_both(first.value, again.value), reasons=(reason,))


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}; {other}"


def _regimen_for(regimen: Regimen | RegimenSequence, history: bool, protocol: Protocol) -> Answer:
    allowed = [r for r in protocol.regimens if r.after_pelvic_radiotherapy is history]
    who = "after pelvic radiotherapy" if history else "without pelvic radiotherapy"
    bands = " or ".join(r.label for r in allowed)
    fitting = [r for r in allowed if _in_band(regimen, r)]
    value = f"{regimen}; {who}: {bands}"
    if not isinstance(regimen, Regimen) or regimen.fractions_per_day != 1:
        reason = "several phases or several fractions a day: the record does not speak of them"
        return Answer(truth=Truth.CLINICIAN, value=value, reasons=(reason,))
    if not fitting:
        return _yes_or_no(False, f"{value} ({'; '.join(_how_far(regimen, r) for r in allowed)})")
    others = [r for r in allowed if r not in fitting]
    notes = [f"{r.label}: {r.source}" for r in fitting if others or not r.in_record]
    notes += [f"the other figure of the record is {r.label}: {r.source}" for r in others]
    return _yes_or_no(True, value, *notes)


def _in_band(regimen: Regimen | RegimenSequence, band: ProtocolRegimen) -> bool:
    low, high = band.low.total_dose - _ROUNDING_GY, band.high.total_dose + _ROUNDING_GY
    return regimen.n_fractions == band.low.n_fractions and low <= regimen.total_dose <= high


def _how_far(regimen: Regimen, band: ProtocolRegimen) -> str:
    if regimen.n_fractions != band.low.n_fractions:
        return f"{regimen.n_fractions} fractions, not {band.low.n_fractions}"
    below = band.low.total_dose - regimen.total_dose
    return (
        f"{below:.4g} Gy below {band.low.total_dose:g} Gy"
        if below > 0
        else f"{regimen.total_dose - band.high.total_dose:.4g} Gy above {band.high.total_dose:g} Gy"
    )


_METASTASES_MISSING = Answer(
    truth=Truth.UNKNOWN, reasons=("missing: metastases (metastases = [] where there is none)",)
)


def _sabr_to_all(condition: SabrToAll, case: Case) -> Answer:
    lesions = case.radiotherapy.metastases
    if lesions is None:
        return _METASTASES_MISSING
    if not lesions:
        return Answer(truth=Truth.YES, value="no metastasis")
    without = [_named(i, lesion) for i, lesion in enumerate(lesions, start=1) if lesion.sabr is False]
    open_ones = [_named(i, lesion) for i, lesion in enumerate(lesions, start=1) if lesion.sabr is None]
    planned = f"planned to {sum(lesion.sabr is True for lesion in lesions)} of {len(lesions)}"
    if without:
        return Answer(truth=Truth.NO, value=f"{planned}; not to {', '.join(without)}")
    if open_ones:
        reasons = tuple(f"missing: whether SABR is planned to {name}" for name in open_ones)
        return Answer(truth=Truth.UNKNOWN, value=planned, reasons=reasons)
    return Answer(truth=Truth.YES, value=planned)


def _named(number: int, lesion: Lesion) -> str:
    return f"metastasis {number} ({lesion.organ})"


def _metastases(condition: MetastasesAre, case: Case) -> Answer:
    """Lesions in an organ whose word is not known count as in the organ asked about and as in another."""
    lesions = case.radiotherapy.metastases
    if lesions is None:
        return _METASTASES_MISSING
    if condition.measure == "organs":
        return _organs(condition, lesions)
    belongs = [_is_of(lesion, condition.organ) for lesion in lesions]
    surely = [lesion for lesion, own in zip(lesions, belongs, strict=True) if own]
    unknown = [lesion.organ for lesion, own in zip(lesions, belongs, strict=True) if own is None]
    answer = _measured(condition, surely)
    if not unknown:
        return answer
    perhaps = [lesion for lesion, own in zip(lesions, belongs, strict=True) if own is not False]
    other = _measured(condition, perhaps)
    if answer.truth == other.truth:
        return other
    return Answer(truth=Truth.UNKNOWN, value=_both(answer.value, other.value), reasons=_ask_for(unknown))


def _is_of(lesion: Lesion, organ: str) -> bool | None:
    """Whether a lesion is in an organ; None where either word is not known."""
    asked = body_part(organ)
    if organ in ("", lesion.organ) or (asked is not None and asked.organ == lesion.organ):
        return True
    known = body_part(lesion.organ)
    return None if asked is None or known is None or not known.organ else False


def _ask_for(organs: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"missing: {word!r} is no word for an organ that is known: type the organ, such as brain or lung"
        for word in dict.fromkeys(organs)
    )


def _organs(condition: MetastasesAre, lesions: Sequence[Lesion]) -> Answer:
    """Number of organs; words that are not known may all be one of the others, or each one of its own."""
    chosen = [lesion for lesion in lesions if _is_of(lesion, condition.organ) is not False]
    words = sorted({lesion.organ for lesion in chosen})
    unknown = [word for word in words if (part := body_part(word)) is None or not part.organ]
    most = len(words)
    fewest = max(most - len(unknown), min(most, 1))
    value = f"{most}: {', '.join(words)}" if words else "0"
    answer = _counted(condition, most, value)
    if not unknown or _counted(condition, fewest, value).truth == answer.truth:
        return answer
    return Answer(truth=Truth.UNKNOWN, value=f"{fewest} to {value}", reasons=_ask_for(unknown))


def _measured(condition: MetastasesAre, chosen: Sequence[Lesion]) -> Answer:
    """Number, largest diameter or total volume of the lesions of an organ."""
    if condition.measure == "number":
        return _counted(condition, len(chosen), f"{len(chosen)} metastases")
    if not chosen:
        return Answer(truth=Truth.NO, value=f"no {condition.organ} metastasis".replace("  ", " "))
    return (
        _diameter(condition, chosen)
        if condition.measure == "largest_diameter"
        else _volume(condition, chosen)
    )


def _counted(condition: MetastasesAre, count: int, value: str) -> Answer:
    found, same = _compare(count, condition.comparison, condition.limit)
    return _yes_or_no(found, value, *_exactly(same and count > 0, condition.limit, ""))


def _diameter(condition: MetastasesAre, lesions: Sequence[Lesion]) -> Answer:
    """Any lesion may exceed the diameter; one whose contours leave it open is for a clinician."""
    per_mm = 10.0 if condition.unit == "cm" else 1.0
    return _any_of_answers(
        [_one_diameter(condition, lesion, per_mm, i) for i, lesion in enumerate(lesions, 1)]
    )


def _one_diameter(condition: MetastasesAre, lesion: Lesion, per_mm: float, number: int) -> Answer:
    name = f"{condition.organ} metastasis {number}".strip()
    if lesion.diameter_mm is None:
        return Answer(truth=Truth.UNKNOWN, reasons=(f"missing: diameter_mm of {name}",))
    ends = [_compare(mm / per_mm, condition.comparison, condition.limit) for mm in lesion.diameter_mm]
    low, high = (mm / per_mm for mm in lesion.diameter_mm)
    value = f"{low:.4g} {condition.unit}" if low == high else f"{low:.3g} to {high:.3g} {condition.unit}"
    told = f"{value} ({lesion.measured_on})"
    if ends[0][0] != ends[1][0]:
        reason = (
            f"{name}: {condition.limit:g} {condition.unit} lies between its diameter in a plane and in space"
        )
        return Answer(truth=Truth.CLINICIAN, value=told, reasons=(reason,))
    return _yes_or_no(ends[0][0], told, *_exactly(ends[0][1], condition.limit, condition.unit))


def _volume(condition: MetastasesAre, lesions: Sequence[Lesion]) -> Answer:
    """Total volume; what is known may exceed the limit alone."""
    known = [lesion.volume_cc for lesion in lesions if lesion.volume_cc is not None]
    total = math.fsum(known)
    found, same = _compare(total, condition.comparison, condition.limit)
    value = f"{total:.4g} cc in {len(known)} of {len(lesions)}"
    decided = found and condition.comparison in (">", ">=")
    if len(known) == len(lesions) or decided:
        return _yes_or_no(found, value, *_exactly(same, condition.limit, condition.unit))
    missing = f"missing: volume_cc of {len(lesions) - len(known)} {condition.organ} metastasis".strip()
    return Answer(truth=Truth.UNKNOWN, value=value, reasons=(missing,))


def _distance(condition: DistanceIs, case: Case) -> Answer:
    """The smallest distance decides: contours of the plan, and what was measured on MRI."""
    rows = [row for row in case.radiotherapy.distances if row.to_organ == condition.organ]
    answers = [_contoured(condition, row) for row in rows]
    typed = case.patient.value(condition.measured.key) if condition.measured else None
    if isinstance(typed, float):
        found, same = _compare(typed, condition.comparison, condition.limit_mm)
        answers.append(
            _yes_or_no(found, f"{typed:g} mm (patient file)", *_exactly(same, condition.limit_mm, "mm"))
        )
        answers = [a for a in answers if a.truth is not Truth.UNKNOWN]  # what was measured answers alone
    if not answers:
        keys = f" or {condition.measured.key}" if condition.measured else ""
        reason = f"missing: a plan with {condition.target} and {condition.organ}{keys}"
        return Answer(truth=Truth.UNKNOWN, reasons=(reason,))
    return _any_of_answers(answers)


def _contoured(condition: DistanceIs, row: TargetDistance) -> Answer:
    """One contoured pair; the published rule is the opposite of what excludes."""
    rule = DistanceRule(
        id="", from_target=condition.target, to_organ=condition.organ,
        comparator=">" if condition.comparison == "<=" else ">=",
        limit_mm=condition.limit_mm, statement="", source="", url="", how_verified="read in source",
    )  # fmt: skip
    judgement = judge_distance(row, rule)
    if row.distance_mm is None or row.low_mm is None or row.high_mm is None:
        return Answer(truth=Truth.UNKNOWN, reasons=(f"no distance: {judgement.reason}",))
    across = "" if row.low_mm == row.high_mm else f" ({row.low_mm:.2f} to {row.high_mm:.2f})"
    value = f"{row.from_name} to {row.to_name} {row.distance_mm:.2f} mm{across}"
    truth = {
        Verdict.EXCEEDS: Truth.YES, Verdict.WITHIN: Truth.NO, Verdict.BORDERLINE: Truth.CLINICIAN,
    }[judgement.verdict]  # fmt: skip
    same = abs(row.distance_mm - condition.limit_mm) <= 1e-6
    notes = (*row.notes, *_exactly(same, condition.limit_mm, "mm"))
    reasons = (judgement.reason,) if truth is Truth.CLINICIAN and judgement.reason else ()
    return Answer(truth=truth, value=value, reasons=reasons, notes=notes)


def _judgement(condition: Judgement, case: Case) -> Answer:
    return Answer(truth=Truth.CLINICIAN, reasons=(condition.question,))


def _all_of(condition: AllOf, case: Case) -> Answer:
    return _all_of_answers([holds(part, case) for part in condition.parts])


def _any_of(condition: AnyOf, case: Case) -> Answer:
    return _any_of_answers([holds(part, case) for part in condition.parts])


def _all_of_answers(answers: Sequence[Answer]) -> Answer:
    return _combined(answers, decides=Truth.NO)


def _any_of_answers(answers: Sequence[Answer]) -> Answer:
    return _combined(answers, decides=Truth.YES)


def _combined(answers: Sequence[Answer], *, decides: Truth) -> Answer:
    """One deciding answer is enough; else what is missing comes before what is to be judged."""
    deciding = [a for a in answers if a.truth is decides]
    open_ones = [a for a in answers if a.truth in (Truth.UNKNOWN, Truth.CLINICIAN)]
    if deciding:
        truth, shown = decides, deciding
    elif open_ones:
        unknown = any(a.truth is Truth.UNKNOWN for a in open_ones)
        truth, shown = (Truth.UNKNOWN if unknown else Truth.CLINICIAN), list(answers)
    else:
        truth, shown = (Truth.YES if decides is Truth.NO else Truth.NO), list(answers)
    return Answer(
        truth=truth,
        value="; ".join(_once(*(a.value for a in shown if a.value))),
        reasons=_once(*(reason for a in open_ones for reason in a.reasons)) if not deciding else (),
        notes=_once(*(note for a in shown for note in a.notes)),
    )


def _when(condition: When, case: Case) -> Answer:
    """The branch that the patient belongs to; both where that is not known, if they agree."""
    belongs = holds(condition.when, case)
    if belongs.truth in (Truth.YES, Truth.NO):
        return holds(condition.then if belongs.truth is Truth.YES else condition.otherwise, case)
    then, otherwise = holds(condition.then, case), holds(condition.otherwise, case)
    if then.truth == otherwise.truth and then.truth in (Truth.YES, Truth.NO):
        note = f"{condition.when}: not stated, and makes no difference here"
        return replace(then, notes=_once(*then.notes, *otherwise.notes, note))
    reasons = _once(*then.reasons, *otherwise.reasons, *belongs.reasons)
    return Answer(truth=Truth.UNKNOWN, value=_both(then.value, otherwise.value), reasons=reasons)


_ANSWERS: dict[type, Callable[[Any, Case], Answer]] = {
    NumberIs: _number,
    Is: _is,
    OneOf: _one_of,
    EventWithin: _event,
    DatedWithin: _dated_within,
    NotAfter: _not_after,
    LastedFor: _lasted,
    NoEarlierRadiotherapy: _no_earlier,
    NoneWithin: _interval,
    EarlierInterval: _interval,
    EarlierDose: _earlier_dose,
    RegimenInBand: _regimen,
    SabrToAll: _sabr_to_all,
    MetastasesAre: _metastases,
    DistanceIs: _distance,
    Judgement: _judgement,
    AllOf: _all_of,
    AnyOf: _any_of,
    When: _when,
}
"""Which function answers which kind of condition."""
