"""Calculators and trials: what is typed becomes a question of the library, its answer a document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bed.kinetics import LateTissue, RepopulatingTumour
from rtplan.case import ScreenCase, SumCase
from rtplan.documents import (
    Document,
    document_body,
    patient_template_document,
    protocols_document,
    screening_document,
    sum_document,
)
from rtplan.documents.regimens import (
    comparison_document,
    effects_document,
    gap_document,
    isoeffects_document,
)
from rtplan.errors import NotStatedError, RtplanLookupError, RtplanValueError
from rtplan.interval import parse_date
from rtplan.protocols import ScreeningQuestion, load_protocol, protocol_ids, read_patient_file, screen
from rtplan.regimens import (
    GapQuestion,
    PointSumQuestion,
    alpha_beta_values,
    answer_gap,
    compare_regimens,
    dose_in_gy,
    effects_of_regimens,
    find_isoeffects,
    fraction_number,
    parse_days,
    sum_courses,
    write_comparison_plot,
)
from rtplan.work import Desk, Reply

__all__ = ["calculate", "draw_comparison", "list_trials", "screen_trial"]

Typed = Mapping[str, str]
"""What was typed, by the name of the field."""


def calculate(desk: Desk) -> Reply:
    """Answer one calculator.

    Parameters
    ----------
    desk : Desk
        ``calculator``: a key of `_CALCULATORS`; ``typed``: the texts of its fields.
    """
    calculator = _CALCULATORS.get(desk.arguments["calculator"])
    if calculator is None:
        raise RtplanLookupError("there is no such calculator")
    return _replied(calculator(desk.arguments["typed"]))


def draw_comparison(desk: Desk) -> Reply:
    """Draw EQD2 of several regimens against alpha/beta, as SVG."""
    typed: Typed = desk.arguments["typed"]
    comparison = compare_regimens(_lines(typed, "regimens"), alpha_betas=_words(typed, "alpha_betas"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comparison.svg"
        write_comparison_plot(comparison, path)
        return Reply(content=path.read_bytes())


def list_trials(desk: Desk) -> Reply:
    """List the trials that are carried, each with the patient file that it asks for."""
    protocols = [load_protocol(identifier) for identifier in protocol_ids()]
    templates = {
        identifier: patient_template_document(protocol).body["template"]
        for identifier, protocol in zip(protocol_ids(), protocols, strict=True)
    }
    return Reply(body={"rows": protocols_document(protocols).body["protocols"], "templates": templates})


def screen_trial(desk: Desk) -> Reply:
    """Hold a trial against what is known of a patient, criterion by criterion.

    Parameters
    ----------
    desk : Desk
        ``protocol``: its id; ``patient``: the filled patient file, as text; ``plan``: folder of the new plan,
        or empty.
    """
    asked = desk.arguments
    protocol = load_protocol(asked["protocol"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patient.toml"
        path.write_text(asked["patient"], encoding="utf-8")
        case = ScreenCase(
            protocol=asked["protocol"],
            patient=path,
            plan=Path(asked["plan"]) if asked.get("plan") else None,
        )
        patient = read_patient_file(path, protocol.facts)
        question = ScreeningQuestion.of(protocol, patient, folders=case.folders)
        return _replied(screening_document(case, question, screen(question)))


def _replied(document: Document) -> Reply:
    return Reply(body={"text": document.text, "document": document_body(document)})


def _effects(typed: Typed) -> Document:
    return effects_document(
        effects_of_regimens(_lines(typed, "regimens"), alpha_betas=_words(typed, "alpha_betas"))
    )


def _isoeffects(typed: Typed) -> Document:
    table = find_isoeffects(
        _needed(typed, "regimen"), alpha_betas=_words(typed, "alpha_betas"), n_fractions=_words(typed, "n")
    )
    return isoeffects_document(table)


def _comparison(typed: Typed) -> Document:
    return comparison_document(
        compare_regimens(_lines(typed, "regimens"), alpha_betas=_words(typed, "alpha_betas"))
    )


def _sum(typed: Typed) -> Document:
    question = PointSumQuestion(
        courses=tuple(_lines(typed, "courses")),
        alpha_betas=alpha_beta_values(_words(typed, "alpha_betas")),
        limits_eqd2_gy=tuple(dose_in_gy(word, "limit") for word in _words(typed, "limits", is_needed=False)),
        recovery=typed.get("recovery") or "none",
        tissue=typed.get("tissue") or None,
        n_fractions=tuple(fraction_number(word) for word in _words(typed, "n", is_needed=False)),
    )
    return sum_document(SumCase(question=question), sum_courses(question))


def _gap(typed: Typed) -> Document:
    numbers = {key: _number(typed, key) for key in _GAP_NUMBERS}
    question = GapQuestion(
        regimen=_needed(typed, "regimen"),
        first_day=parse_date(_needed(typed, "start")),
        missed=parse_days(_words(typed, "missed")),
        resumes=None,
        closed=parse_days(_words(typed, "closed", is_needed=False)),
        tumour=RepopulatingTumour(
            alpha_beta=numbers["tumour_alpha_beta"],
            repopulation_rate=numbers["repopulation_rate"],
            kick_off=numbers["kick_off"],
        ),
        late=LateTissue(
            alpha_beta=numbers["late_alpha_beta"], repair_half_time_h=numbers["repair_half_time"]
        ),
        hours_between=numbers["hours_between"],
        category=None,
    )
    return gap_document(answer_gap(question))


_GAP_NUMBERS: Final = (
    "tumour_alpha_beta",
    "repopulation_rate",
    "kick_off",
    "late_alpha_beta",
    "repair_half_time",
    "hours_between",
)

_CALCULATORS: Final[Mapping[str, Callable[[Typed], Document]]] = MappingProxyType(
    {"effect": _effects, "isoeffect": _isoeffects, "compare": _comparison, "sum": _sum, "gap": _gap}
)


def _needed(typed: Typed, key: str) -> str:
    text = typed.get(key, "").strip()
    if not text:
        raise NotStatedError(f"{key.replace('_', ' ')} is missing", missing=(key,))
    return text


def _lines(typed: Typed, key: str) -> list[str]:
    """Return what stands on lines of its own."""
    return [line.strip() for line in _needed(typed, key).splitlines() if line.strip()]


def _words(typed: Typed, key: str, *, is_needed: bool = True) -> list[str]:
    """Return what is separated by blanks, commas or lines."""
    text = _needed(typed, key) if is_needed else typed.get(key, "")
    return text.replace(",", " ").split()


def _number(typed: Typed, key: str) -> float:
    text = _needed(typed, key).replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise RtplanValueError(f"{key.replace('_', ' ')}: {text!r} is no number", where=key) from None
