"""Step 2, the organs: structures of all courses side by side, confirmed, with their alpha/beta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bed.published import TissueParameter, tissue_parameters
from rtplan.page.casebook import Sheet
from rtplan.page.steps.courses import Card, cards_of
from rtplan.page.steps.forms import Form

__all__ = [
    "OrganChoice",
    "organ_choices",
    "organs_open",
    "published_alpha_betas",
    "state_organs",
    "targets_of",
]

_CARRIED: Final = "@"
"""Begins the new course's name in a match where an earlier course's contour is used."""
_NOT_ORGANS: Final = ("EXTERNAL", "SUPPORT", "FIXATION", "MARKER", "ISOCENTER", "CONTROL")


@dataclass(frozen=True, kw_only=True)
class OrganChoice:
    """One line of the step.

    Attributes
    ----------
    organ : str
        Standard name.
    structures : tuple of str
        What stands for it: in the new course, then in each earlier one; empty where nothing does.
    options : tuple of tuple of str
        What could stand for it in each course.
    evidence : tuple of str
        Why each was proposed.
    is_used : bool
        It has an alpha/beta, and so is asked about.
    alpha_beta : float, str or None
        Gy; a text such as ``"30 unusual"`` where a value above 25 Gy is meant.
    source : str
    low, high : float or None
        Range of the value, Gy.
    """

    organ: str
    structures: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    evidence: tuple[str, ...]
    is_used: bool
    alpha_beta: float | str | None
    source: str
    low: float | None
    high: float | None


def organ_choices(sheet: Sheet) -> list[OrganChoice]:
    """Return the organs that a course has contoured or a person typed, those of both courses first."""
    courses = _courses(sheet)
    tissues = {row["organ"]: row for row in sheet.tables.get("tissue", [])}
    matched = {row["organ"]: row["structures"] for row in sheet.tables.get("match", [])}
    by_course = [_standing(card) for card in courses]
    names = dict.fromkeys([*tissues, *_organs_of(by_course)])
    options = _options(courses)
    return [_choice(organ, by_course, options, matched.get(organ), tissues.get(organ, {})) for organ in names]


def _choice(
    organ: str,
    by_course: Sequence[Mapping[str, tuple[str, str]]],
    options: Sequence[tuple[str, ...]],
    matched: Sequence[str] | None,
    tissue: Mapping[str, Any],
) -> OrganChoice:
    proposed = [standing.get(organ, ("", "")) for standing in by_course]
    return OrganChoice(
        organ=organ,
        structures=tuple(matched) if matched else tuple(name for name, _ in proposed),
        options=tuple(options),
        evidence=tuple(why for _, why in proposed),
        is_used=bool(tissue),
        alpha_beta=tissue.get("alpha_beta"),
        source=tissue.get("source", ""),
        low=tissue.get("low"),
        high=tissue.get("high"),
    )


def _courses(sheet: Sheet) -> list[Card]:
    """Return the new course's card, then those of the earlier ones in order."""
    cards = cards_of(sheet)
    return [card for role in ("new", "prior") for card in cards if card.role == role]


def _standing(card: Card) -> dict[str, tuple[str, str]]:
    """Return what stands for each organ, with the evidence; two structures of one organ stay a question."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in card.structures:
        if row["standard"] and row["is_drawn"] and not row["target"] and row["type"] not in _NOT_ORGANS:
            found.setdefault(row["standard"], []).append((row["name"], row["evidence"] or ""))
    return {organ: names[0] if len(names) == 1 else ("", "") for organ, names in found.items()}


def _organs_of(by_course: Sequence[Mapping[str, tuple[str, str]]]) -> list[str]:
    new = list(by_course[0]) if by_course else []
    others = [organ for standing in by_course[1:] for organ in standing]
    shared = [organ for organ in new if organ in others]
    return list(dict.fromkeys([*shared, *new, *others]))


def _options(courses: Sequence[Card]) -> list[tuple[str, ...]]:
    priors = [card for card in courses if card.role == "prior"]
    roles = ["prior"] if len(priors) == 1 else [f"prior {n}" for n in range(1, len(priors) + 1)]
    carried = tuple(f"{_CARRIED}{role}" for role, card in zip(roles, priors, strict=True) if card.structures)
    return [
        (
            *(row["name"] for row in card.structures if row["is_drawn"] and row["type"] not in _NOT_ORGANS),
            *(carried if card.role == "new" else ()),
        )
        for card in courses
    ]


def targets_of(sheet: Sheet) -> list[Mapping[str, Any]]:
    """Return the targets of the new course, with what says so."""
    return [row for card in _courses(sheet)[:1] for row in card.structures if row["target"]]


def published_alpha_betas(organ: str) -> list[TissueParameter]:
    """Return the published values for an organ: with a value, of normal tissue, those read in a source first.

    Examples
    --------
    >>> all("Rectum" in row.organs for row in published_alpha_betas("Rectum"))
    True
    """
    rows = [
        row
        for row in tissue_parameters()
        if row.parameter == "alpha_beta"
        and row.kind == "normal tissue"
        and row.value is not None
        and row.value > 0
        and organ in row.organs
    ]
    return sorted(rows, key=lambda row: not row.is_verified)


def state_organs(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of the organs states it: alpha/beta with source, structures confirmed.

    Raises
    ------
    RtplanValueError
        All mistakes of the form at once.
    """
    tissues: list[dict[str, Any]] = []
    matches: list[dict[str, Any]] = []
    courses = _courses(sheet)
    for number in range(len([name for name in form.values if name.startswith("organ-")])):
        organ = form.text(f"organ-{number}")
        if not organ or not form.is_ticked(f"use-{number}"):
            continue
        tissues.append(_tissue(form, number, organ))
        names = [form.text(f"structure-{number}-{place}") for place in range(len(courses))]
        filled = [
            name or ("" if card.structures else organ) for name, card in zip(names, courses, strict=True)
        ]
        if all(filled):
            evidence = form.text(f"evidence-{number}")
            matches.append(
                {"organ": organ, "structures": filled, "decided_by": sheet.who, "because": evidence}
            )
    target = form.alpha_beta("target_alpha_beta", "tumour")
    form.refuse_mistakes()
    return sheet.stating(tissue=tissues, match=matches, target_alpha_beta=target).noting(
        organs_confirmed_by=sheet.who if form.is_ticked("confirmed") else ""
    )


def _tissue(form: Form, number: int, organ: str) -> dict[str, Any]:
    """Return an organ's alpha/beta: as typed, else as picked from the published or the clinic's values."""
    value = form.alpha_beta(f"alpha_beta-{number}", organ)
    source = form.text(f"source-{number}")
    picked = form.text(f"picked-{number}").partition("|")
    if picked[0] and value is None:
        value = Form(values={"picked": [picked[0]]}).alpha_beta("picked", organ)
        source = picked[2]
    if value is None:
        form.mistakes.append(f"{organ}: its alpha/beta is missing")
    if not source:
        form.mistakes.append(f"{organ}: where is its alpha/beta from?")
    return {
        "organ": organ,
        "alpha_beta": value,
        "source": source,
        "low": form.number(f"low-{number}", f"{organ}, lowest alpha/beta"),
        "high": form.number(f"high-{number}", f"{organ}, highest alpha/beta"),
    }


def organs_open(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    """Return what the organs still lack."""
    found: list[tuple[str, dict[str, Any]]] = []
    clinic = sheet.tables.get("files", {}).get("clinic")
    if not sheet.tables.get("tissue") and not clinic:
        found.append(("organs.open.none", {}))
    if not sheet.beside.get("organs_confirmed_by"):
        found.append(("organs.open.unconfirmed", {}))
    return found
