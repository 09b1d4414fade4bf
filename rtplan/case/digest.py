"""One hash for one question, whichever door it came through.

It is taken of what is asked (the canonical question) and of the hashes of the data sets that it is asked of;
neither paths nor who decided what, nor where a value is quoted from, are part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from dicom_io.study import SourceFile
from rtplan.courses import Course
from rtplan.limits import Clinic, CumulativeLimit
from rtplan.plan_check import PlanCheckQuestion
from rtplan.protocols import ScreeningQuestion
from rtplan.regimens import PointSumQuestion
from rtplan.reirradiation import ReirradiationQuestion

__all__ = ["Question", "question_sha256"]

Question = ReirradiationQuestion | PlanCheckQuestion | PointSumQuestion | ScreeningQuestion
"""One record for each kind of question."""


def question_sha256(question: Question) -> str:
    """Return the hash of a question.

    Parameters
    ----------
    question : ReirradiationQuestion, PlanCheckQuestion, PointSumQuestion or ScreeningQuestion

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Examples
    --------
    >>> one = PointSumQuestion(courses=("50.4Gy/28",), alpha_betas=(3,))
    >>> other = PointSumQuestion(courses=["50.4Gy/28"], alpha_betas=[3.0])
    >>> question_sha256(one) == question_sha256(other)
    True
    """
    asked = _canonical(question)
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _canonical(question: Question) -> dict[str, Any]:
    """Return what is asked, without what does not change an answer."""
    if isinstance(question, ReirradiationQuestion):
        return _reirradiation(question)
    if isinstance(question, PlanCheckQuestion):
        return _check(question)
    return _point_sum(question) if isinstance(question, PointSumQuestion) else _screening(question)


def _reirradiation(question: ReirradiationQuestion) -> dict[str, Any]:
    body, isodose, doubt = question.body, question.isodose, question.registration_uncertainty
    return {
        "kind": "reirradiate",
        "courses": [_course(course) for course in question.courses],
        "new_starts": _day(question.new_starts),
        "tissues": sorted([choice.organ, float(choice.alpha_beta)] for choice in question.tissues),
        "registrations": sorted(
            transform.source_data_set_sha256 or transform.source_sha256
            for transform in question.registrations
        ),
        "limits": sorted(_limit(limit) for limit in question.limits),
        **_recovery_limits(question),
        "metrics": [str(metric) for metric in question.shown_metrics],
        "matches": {organ: list(names) for organ, names in question.matches.items()},
        "recovery": question.recovery,
        "n_fractions": list(question.n_fractions),
        "delivered": None if question.delivered is None else list(question.delivered),
        "cord_rules": question.cord_rules,
        "target_alpha_beta": question.target_alpha_beta,
        "body": body and [sorted(map(float, body.levels_gy)), float(body.alpha_beta)],
        "isodose": isodose and [float(isodose.value), isodose.unit],
        "alpha_beta_intervals": {k: list(map(float, v)) for k, v in question.alpha_beta_intervals.items()},
        "recovery_intervals": {k: list(map(float, v)) for k, v in question.recovery_intervals.items()},
        "registration_uncertainty": doubt and [doubt.shift_mm, doubt.steps, doubt.rotation_degrees],
        "same_patient": question.same_patient,
        **_overlap(question),
        **_names(question.clinic),
    }


def _overlap(question: ReirradiationQuestion) -> dict[str, Any]:
    """The isodose of the overlap, where one is asked for: questions without keep their hash."""
    asked = question.overlap
    return {} if asked is None else {"overlap": [float(asked.value), asked.unit]}


def _recovery_limits(question: ReirradiationQuestion) -> dict[str, Any]:
    """Which limits with recovery in them judge; why they do changes no answer."""
    named = sorted(str(one) for one in question.recovery_limits)
    return {"recovery_limits": named} if named else {}


def _names(clinic: Clinic | None) -> dict[str, Any]:
    """Names that a clinic confirmed: they say which structure an organ is."""
    dictionary = None if clinic is None else clinic.dictionary
    return {} if dictionary is None else {"names": sorted(dictionary.standards.items())}


def _course(course: Course) -> dict[str, Any]:
    return {
        "role": course.role,
        "data": sorted(_data_of(source) for source in course.inputs),
        "prescription": None if course.prescription is None else str(course.prescription),
        "ended": _day(course.ended),
        "n_fractions": course.n_fractions,
        "modality": course.modality,
        "phases": [
            [phase.n_fractions, phase.dose_factor, phase.fractions_per_day] for phase in course.phases
        ],
    }


def _data_of(source: SourceFile) -> str:
    """Hash of the data set where there is one: received again by network, the same object is the same."""
    return source.data_set_sha256 or source.sha256


def _limit(limit: CumulativeLimit) -> list[Any]:
    return [str(limit), "" if limit.alpha_beta_gy is None else float(limit.alpha_beta_gy)]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _check(question: PlanCheckQuestion) -> dict[str, Any]:
    names = question.dictionary.standards if question.dictionary else {}
    return {
        "kind": "check",
        "data": sorted(_data_of(source) for source in question.treatment.inputs),
        "sets": [each.sha256 for each in question.sets],
        "by_hand": sorted(map(list, question.by_hand)),
        "names": dict(names),
        "rules": sorted(rule.id for rule in question.rules),
        "distance_from": sorted(question.distance_from),
        "conversion": None if question.conversion is None else repr(question.conversion),
        "risk_margins": sorted([margin.organ, float(margin.margin_mm)] for margin in question.risk_margins),
        "required_organs": sorted(question.required_organs),
    }


def _point_sum(question: PointSumQuestion) -> dict[str, Any]:
    return {
        "kind": "sum",
        "courses": list(question.courses),
        "alpha_betas": _numbers(question.alpha_betas),
        "limits_eqd2_gy": _numbers(question.limits_eqd2_gy),
        "limit_includes_recovery": question.limit_includes_recovery,
        "limit_months": [question.limit_from_months, question.limit_to_months],
        "recovery": question.rule.name,
        "tissue": question.tissue,
        "n_fractions": list(question.n_fractions),
        "parameters": repr(question.parameters),
    }


def _screening(question: ScreeningQuestion) -> dict[str, Any]:
    """What is known of the patient is part of it; where a plan lies and the pseudonym are not."""
    known = question.radiotherapy
    return {
        "kind": "screen",
        "protocol": question.protocol.sha256,
        "patient": {key: repr(value) for key, value in question.patient.values.items()},
        "data": sorted(_data_of(source) for source in known.inputs),
        "earlier": None
        if known.earlier is None
        else [
            [*_stated(course.regimen, course.ended), course.dates_from, course.region]
            for course in known.earlier
        ],
        "planned": known.planned
        and [*_stated(known.planned.regimen, known.planned.starts), known.planned.dates_from],
        "metastases": None if known.metastases is None else [repr(asdict(one)) for one in known.metastases],
    }


def _stated(regimen: object, day: date | None) -> list[str | None]:
    """A course's regimen and its day."""
    return [None if regimen is None else repr(regimen), _day(day)]


def _numbers(values: Sequence[float]) -> list[float]:
    return [float(value) for value in values]
