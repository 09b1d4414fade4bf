"""Steps 2 to 4 over HTTP: organs, limits, registration."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bed.retreatment import recovery_rule, recovery_rule_names, recovery_rule_tissues
from rtplan.errors import RtplanValueError
from rtplan.limits import constraint_sets
from rtplan.names import structure_names
from rtplan.page.dropped import keep_file
from rtplan.page.steps import (
    Form,
    cards_of,
    found_registrations,
    limit_rows,
    matrix_text,
    organ_choices,
    published_alpha_betas,
    same_frame,
    state_limits,
    state_organs,
    state_registration,
    targets_of,
)
from rtplan.page.views.handling import book_of, case_page, change, office_of, see

__all__ = [
    "limits",
    "organs",
    "registration",
    "save_limits",
    "save_matrix",
    "save_organs",
    "save_registration",
]


def organs(request: Request) -> Response:
    """Show the structures of all courses side by side."""
    book = book_of(request)
    sheet = book.sheet()
    cards = cards_of(sheet)
    choices = organ_choices(sheet)
    clinic = office_of(request).clinic
    values = {
        "choices": choices,
        "courses": [card for role in ("new", "prior") for card in cards if card.role == role],
        "targets": targets_of(sheet),
        "published": {choice.organ: published_alpha_betas(choice.organ) for choice in choices},
        "clinic": {} if clinic is None else {row.organ: row for row in clinic.alpha_betas},
        "standard_names": structure_names().standards,
        "unmatched": [
            (card, [row for row in card.structures if not row["standard"] and not row["target"]])
            for card in cards
            if card.is_course
        ],
    }
    return case_page(request, book, "organs", values)


def save_organs(request: Request, form: Form) -> Response:
    """Apply the form of the organs."""
    change(request, form, lambda sheet: state_organs(sheet, form), what="organs")
    return see(f"/case/{book_of(request).name}/{form.text('then') or 'organs'}")


def limits(request: Request) -> Response:
    """Show limits, sets and recovery."""
    book = book_of(request)
    clinic = office_of(request).clinic
    values = {
        "rows": limit_rows(book.sheet()),
        "organs": [row["organ"] for row in book.sheet().tables.get("tissue", [])],
        "sets": constraint_sets(),
        "rules": [_rule(name) for name in recovery_rule_names()],
        "clinic_limits": () if clinic is None else clinic.cumulative_limits,
    }
    return case_page(request, book, "limits", values)


def _rule(name: str) -> dict[str, str]:
    """Return a recovery rule with what it rests on."""
    tissues = recovery_rule_tissues(name)
    rule = recovery_rule(name, tissue=None if len(tissues) < 2 or name == "none" else tissues[0])
    return {"name": name, "tissues": ", ".join(tissues), "source": rule.source, "note": rule.note}


def save_limits(request: Request, form: Form) -> Response:
    """Apply the form of the limits."""
    change(request, form, lambda sheet: state_limits(sheet, form), what="limits")
    return see(f"/case/{book_of(request).name}/{form.text('then') or 'limits'}")


def registration(request: Request) -> Response:
    """Show the registrations that were found, and what the answer says of them where there is one."""
    book = book_of(request)
    sheet = book.sheet()
    answer = office_of(request).answer(book, sheet)
    values = {
        "found": found_registrations(sheet),
        "same_frame": same_frame(sheet),
        "quality": (answer.document or {}).get("registration_quality", []),
        "chosen": (sheet.tables.get("registration") or [{}])[0],
        "uncertainty": sheet.tables.get("registration_uncertainty", {}),
        "courses": [card for card in cards_of(sheet) if card.is_course],
    }
    return case_page(request, book, "registration", values)


def save_registration(request: Request, form: Form) -> Response:
    """Apply the form of the registration."""
    change(request, form, lambda sheet: state_registration(sheet, form), what="registration")
    return see(f"/case/{book_of(request).name}/{form.text('then') or 'registration'}")


def save_matrix(request: Request, form: Form) -> Response:
    """Make a matrix file of typed numbers, from one course's frame of reference to the other's."""
    book = book_of(request)
    frames = {card.id: (card.facts or {}).get("frame_uid") for card in cards_of(book.sheet())}
    maps_from, maps_to = frames.get(form.text("from")), frames.get(form.text("to"))
    if not maps_from or not maps_to or maps_from == maps_to:
        raise RtplanValueError("say from which course's images to which other's the matrix carries points")
    try:
        numbers = [float(word) for word in form.text("matrix").replace(",", " ").split()]
    except ValueError:
        raise RtplanValueError(
            "the matrix holds something that is no number; write 12 or 16 numbers"
        ) from None
    text = matrix_text(numbers, maps_from=maps_from, maps_to=maps_to)
    kept = keep_file(book, [text.encode()], name="matrix.toml", group="matrices")
    row = {"file": kept.source, "label": "matrix, typed here", "is_deformable": False}

    change(
        request,
        form,
        lambda sheet: sheet.noting(matrices=_once([*sheet.beside.get("matrices", []), row])),
        what="matrix typed",
    )
    return see(f"/case/{book.name}/registration")


def _once(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return list({str(row["file"]): row for row in rows}.values())
