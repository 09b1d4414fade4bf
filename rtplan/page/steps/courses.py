"""Step 1, the courses: a card for each source, from which the case's new and earlier courses are stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import Any, Final

from rtplan.page.casebook import Sheet
from rtplan.page.steps.forms import Form

__all__ = [
    "Card",
    "cards_of",
    "courses_open",
    "propose_roles",
    "state_courses",
    "with_another_plan",
    "with_card",
    "with_facts",
    "without_card",
]

_EXPORTS: Final = (".txt", ".dvh")
_ROLES: Final = ("new", "prior", "none")
_REGISTRATION: Final = ("registration", "registration_uncertainty")
_SAID_BY: Final = {"patient_id": "patient ID", "birth_date": "birth date", "sex": "sex"}


@dataclass(frozen=True, kw_only=True)
class Card:
    """One source on the page.

    Attributes
    ----------
    id : str
        Of the card, for forms.
    source : str
        As the case file writes it: a path from the file, or a regimen.
    how : {"files", "path", "typed", "table", "demo"}
        How it came here.
    role : {"new", "prior", "none", ""}
        Empty before anybody or anything said.
    plan : str or None
        Label or UID, where the source holds several.
    day : str
        Of the last fraction of an earlier course, of the first one of the new course; ``YYYY-MM-DD``.
    n_fractions : int or None
        Delivered, where no file says so.
    n_files : int
    facts : mapping or None
        What was found, see `rtplan.page.tasks.look_at_course`; None before it was looked at.
    refusal : str
        Why nothing was found.
    """

    id: str
    source: str
    how: str
    role: str = ""
    plan: str | None = None
    day: str = ""
    n_fractions: int | None = None
    n_files: int = 0
    facts: Mapping[str, Any] | None = field(default=None, repr=False)
    refusal: str = ""

    @property
    def has_dose(self) -> bool:
        """Whether it can be a course: a dose, an organ table, curves or a prescription."""
        if self.facts is None:
            return False
        return self.facts.get("kind") != "dicom" or bool(self.facts.get("n_doses"))

    @property
    def is_refused_export(self) -> bool:
        """Whether it is a DVH export, which says no number of fractions: a person has to."""
        return bool(self.refusal) and self.source.endswith(_EXPORTS)

    @property
    def asks_fractions(self) -> bool:
        """Whether nothing but a person may say how many fractions were delivered."""
        if self.is_refused_export:
            return True
        delivered = (self.facts or {}).get("n_fractions_delivered")
        return self.has_dose and self.role != "new" and not delivered

    @property
    def is_course(self) -> bool:
        """Whether it is counted as one."""
        return self.role in ("new", "prior")

    @property
    def structures(self) -> Sequence[Mapping[str, Any]]:
        """What was found of its structures."""
        return tuple((self.facts or {}).get("structures", ()))

    @property
    def plan_date(self) -> str:
        """The latest date of its plans; empty where none says."""
        return max((plan.get("date") or "" for plan in (self.facts or {}).get("plans", ())), default="")


def cards_of(sheet: Sheet) -> list[Card]:
    """Return the cards of a case, in the order in which they came."""
    return [Card(**card) for card in sheet.beside.get("cards", [])]


def with_card(sheet: Sheet, card: Card) -> Sheet:
    """Return the sheet with a card more; the same source and plan again changes nothing."""
    cards = cards_of(sheet)
    if any((one.source, one.plan) == (card.source, card.plan) for one in cards):
        return sheet
    return _with_cards(sheet, [*cards, card])


def with_another_plan(sheet: Sheet, card_id: str) -> Sheet:
    """Return the sheet with a card more of the same source, for a plan of it that no card has yet."""
    cards = cards_of(sheet)
    card = next((one for one in cards if one.id == card_id), None)
    if card is None:
        return sheet
    plans = [plan["uid"] for plan in (card.facts or {}).get("plans", ())]
    taken = {one.plan for one in cards if one.source == card.source}
    free = next((plan for plan in plans if plan not in taken), None)
    if free is None or card.plan is None:
        return sheet
    return with_card(sheet, Card(id=f"{card_id}-{len(cards)}", source=card.source, how=card.how, plan=free))


def without_card(sheet: Sheet, card_id: str) -> Sheet:
    """Return the sheet without a card."""
    return _with_cards(sheet, [card for card in cards_of(sheet) if card.id != card_id])


def with_facts(
    sheet: Sheet,
    card_id: str,
    *,
    facts: Mapping[str, Any] | None,
    refusal: str = "",
    looked_at: Card | None = None,
) -> Sheet:
    """Return the sheet with what was found at a card's source, or why nothing was.

    ``looked_at`` is the card as it was when its source was looked at: where the card asks for another plan
    by now, or states other fractions, what was found is not of it and nothing changes.
    """
    before = cards_of(sheet)
    now = next((card for card in before if card.id == card_id), None)
    if looked_at is not None and (now is None or _asked(now) != _asked(looked_at)):
        return sheet
    cards = [replace(card, facts=facts, refusal=refusal) if card.id == card_id else card for card in before]
    if any(_identity(old) != _identity(now) for old, now in zip(before, cards, strict=True) if old.is_course):
        sheet = sheet.stating(same_patient=None)
    return _with_cards(sheet, propose_roles(cards))


def _asked(card: Card) -> tuple[str, str | None, int | None]:
    """Return what a source is looked at for."""
    return card.source, card.plan, card.n_fractions


def propose_roles(cards: Sequence[Card]) -> list[Card]:
    """Propose which course is the new one: the one planned last; a person can say otherwise.

    Only cards about which nobody said anything are touched, and a day is never proposed.
    """
    undecided = [card for card in cards if not card.role and card.facts is not None]
    has_new = any(card.role == "new" for card in cards)
    dated = [card for card in undecided if card.has_dose and card.plan_date]
    latest = max(dated, key=lambda card: card.plan_date, default=None)
    proposed = []
    for card in cards:
        if card not in undecided:
            proposed.append(card)
        elif not card.has_dose:
            proposed.append(replace(card, role="none"))
        elif card is latest and not has_new and sum(one.has_dose for one in cards) > 1:
            proposed.append(replace(card, role="new"))
        else:
            proposed.append(replace(card, role="prior"))
    return _one_new(proposed)


def _one_new(cards: list[Card]) -> list[Card]:
    """Of dated courses that nobody sorted, a later one that arrives takes the place of the new one."""
    courses = [card for card in cards if card.is_course]
    if any(card.day for card in courses) or sum(card.role == "new" for card in courses) > 1:
        return cards
    latest = max(courses, key=lambda card: card.plan_date, default=None)
    if latest is None or not latest.plan_date or len(courses) < 2:
        return cards
    return [
        replace(card, role="new" if card is latest else "prior") if card.is_course else card for card in cards
    ]


def state_courses(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of the courses states it.

    A tick that one patient was checked counts for the courses beside which it was given: one that was there
    already does not outlive a course that comes.

    Raises
    ------
    RtplanValueError
        All mistakes of the form at once.
    """
    cards = [_stated(card, form) for card in cards_of(sheet)]
    form.refuse_mistakes()
    noted = sheet.noting(title=form.text("title"), who=form.text("who"))
    stated = _with_cards(noted, cards)
    is_new_tick = not sheet.tables.get("same_patient")
    holds = form.is_ticked("same_patient") and (is_new_tick or stated.tables.get("same_patient"))
    return stated.stating(same_patient=True if holds else None)


def _stated(card: Card, form: Form) -> Card:
    def name(what: str) -> str:
        return f"{what}-{card.id}"

    role = form.text(name("role"))
    day = form.day(name("day"), "date")
    return replace(
        card,
        role=role if role in _ROLES else card.role,
        day="" if day is None else day.isoformat(),
        plan=form.text(name("plan")) or None,
        n_fractions=form.whole(name("n_fractions"), "fractions delivered"),
    )


def _with_cards(sheet: Sheet, cards: Sequence[Card]) -> Sheet:
    """Return the sheet with cards, and with the tables of the case file that they state."""
    news = [card for card in cards if card.role == "new"]
    priors = [card for card in cards if card.role == "prior"]
    new = (
        {"source": news[0].source, "starts": _date(news[0].day), "plan": news[0].plan}
        if len(news) == 1
        else {}
    )
    stated = sheet.stating(
        new={**_kept_of_new(sheet, new), **new},
        prior=[
            {
                "source": card.source,
                "ended": _date(card.day),
                "plan": card.plan,
                "n_fractions": card.n_fractions,
            }
            for card in priors
        ],
    )
    return _without_stale(stated, before=sheet).noting(cards=[asdict(card) for card in cards])


def _without_stale(sheet: Sheet, *, before: Sheet) -> Sheet:
    """Return the sheet without what people judged of other courses: matches, registrations, one patient."""
    if _places(sheet) == _places(before):
        return sheet
    registration = {key: type(sheet.tables[key])() for key in _REGISTRATION if sheet.tables.get(key)}
    sheet = sheet.stating(match=[], **registration).noting(organs_confirmed_by="", registration_how="")
    if not set(_places(sheet)) <= {*_places(before), (None, None)}:
        sheet = sheet.stating(same_patient=None)
    return sheet


def _kept_of_new(sheet: Sheet, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was stated of the new course beside its card, where it is still the same course."""
    before = sheet.tables.get("new", {})
    is_same = all(before.get(key) == new.get(key) for key in ("source", "plan"))
    return {key: value for key, value in before.items() if key == "delivered" and is_same}


def _places(sheet: Sheet) -> list[tuple[Any, Any]]:
    """Return the courses in order: structures are matched by their places."""
    rows = [sheet.tables.get("new", {}), *sheet.tables.get("prior", [])]
    return [(row.get("source"), row.get("plan")) for row in rows]


def _date(day: str) -> date | None:
    return date.fromisoformat(day) if day else None


def courses_open(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    """Return what the courses still lack: a key of the catalogue with what it names, the gravest first."""
    cards = cards_of(sheet)
    found: list[tuple[str, dict[str, Any]]] = []
    news = [card for card in cards if card.role == "new"]
    priors = [card for card in cards if card.role == "prior"]
    differing = _differences([*news, *priors])
    if differing and not sheet.tables.get("same_patient"):
        found.append(("courses.open.patient", {"what": ", ".join(differing)}))
    if len(news) != 1:
        found.append(("courses.open.no_new" if not news else "courses.open.several_new", {}))
    if not priors:
        found.append(("courses.open.no_prior", {}))
    for number, card in enumerate(cards, start=1):
        found += [(key, {"number": number}) for key in _card_open(card)]
    if not sheet.who:
        found.append(("courses.open.who", {}))
    return found


def _card_open(card: Card) -> list[str]:
    if not card.is_course:
        return []
    open_here = []
    if card.refusal or (card.facts or {}).get("problem"):
        open_here.append("courses.open.refused")
    if not card.day:
        open_here.append("courses.open.starts" if card.role == "new" else "courses.open.ended")
    return open_here


def _differences(cards: Sequence[Card]) -> list[str]:
    """Return what says that the courses are not one patient's."""
    told = [_identity(card) for card in cards]
    return [
        _SAID_BY[key]
        for key in _SAID_BY
        if any(key in one and key in other and one[key] != other[key] for one, other in combinations(told, 2))
    ]


def _identity(card: Card) -> Mapping[str, Any]:
    """Return what a card's source says of its patient, as digests; empty where nothing does."""
    return (card.facts or {}).get("identity") or {}
