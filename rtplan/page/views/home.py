"""The list of cases: begin one, begin with the demo's patient, wipe one."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from rtplan.case import draft_tables
from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Casebook, Sheet
from rtplan.page.steps import STEPS, Card, Form, step_states, with_card
from rtplan.page.tasks import write_demo_patient
from rtplan.page.views.courses import look_at_new_cards
from rtplan.page.views.handling import book_of, office_of, page, see
from rtplan.work import private_folder

__all__ = ["ask_wipe", "case_start", "demo_case", "home", "new_case", "wipe_case"]

_DEMO_SOURCE: Final = "the demo's own round number, nobody's recommendation"
_DEMO_TITLE: Final = "Demo: synthetic pelvis, two courses"


def home(request: Request) -> Response:
    """Show the cases."""
    office = office_of(request)
    values = {
        "cases": [entry for entry in office.shelf.entries() if entry.kind == "reirradiate"],
        "offered": len(office.resources.folders),
        "keep_days": office.resources.keep_days,
        "clinic": office.resources.clinic,
    }
    return page(request, "home.html", values)


def new_case(request: Request, form: Form) -> Response:
    """Begin a case, with the folders that the page was started with where that is asked for."""
    office = office_of(request)
    book = office.shelf.new(nonce=form.text("nonce"))
    if book.sheet().revision == 0:
        cards = (
            [
                Card(id=f"p{number}", source=str(folder.resolve()), how="path")
                for number, folder in enumerate(office.resources.folders, start=1)
            ]
            if form.is_ticked("offered")
            else []
        )

        def begin(sheet: Sheet) -> Sheet:
            if sheet.revision:  # the same form sent twice at once
                return sheet
            for card in cards:
                sheet = with_card(sheet, card)
            return with_clinic(request, sheet).noting(begun=True)

        book.change(begin, what="begun", revision=None)
        look_at_new_cards(request, book)
    return see(f"/case/{book.name}/courses")


def with_clinic(request: Request, sheet: Sheet) -> Sheet:
    """Return a sheet that names the clinic's file, where the page was started with one."""
    clinic = office_of(request).resources.clinic
    return sheet if clinic is None else sheet.stating(files={"clinic": str(clinic.resolve())})


def with_clinic_of_check(request: Request, sheet: Sheet) -> Sheet:
    """Return a check's sheet that names the clinic's file, where the page was started with one."""
    clinic = office_of(request).resources.clinic
    return sheet if clinic is None else sheet.stating(clinic=str(clinic.resolve()))


def demo_case(request: Request, form: Form) -> Response:
    """Begin a case with the synthetic patient, as far as the demo states it."""
    office = office_of(request)
    book = office.shelf.new(nonce=form.text("nonce"))
    if book.sheet().revision == 0:
        folder = private_folder(book.folder / "courses") / "demo"
        outcome = office.ask(book, write_demo_patient, {"folder": str(folder), "beside": str(book.folder)})
        if outcome.refusal is not None:
            raise RtplanValueError(outcome.refusal.message)
        assert outcome.reply is not None
        tables = draft_tables(outcome.reply.body["case"])
        book.change(lambda sheet: _demo_sheet(request, sheet, tables), what="begun", revision=None)
        look_at_new_cards(request, book)
    return see(f"/case/{book.name}/courses")


def _demo_sheet(request: Request, sheet: Sheet, tables: dict[str, Any]) -> Sheet:
    """Return what the demo states: its courses and dates as cards, its round numbers as such."""
    if sheet.revision:  # the same form sent twice at once
        return sheet
    new, (prior,) = tables["new"], tables["prior"]
    cards = [
        Card(id="demo1", source=prior["source"], how="demo", role="prior", day=str(prior["ended"])),
        Card(id="demo2", source=new["source"], how="demo", role="new", day=str(new["starts"])),
        Card(id="demo3", source="courses/demo/registration.dcm", how="demo", role="none"),
    ]
    stated = sheet.stating(
        tissue=[{**row, "source": _DEMO_SOURCE} for row in tables["tissue"]],
        limit=[{**row, "source": _DEMO_SOURCE} for row in tables["limit"]],
        n_fractions=tables["n_fractions"],
    )
    stated = stated.noting(title=_DEMO_TITLE, who=sheet.who or "Demo user")
    for card in cards:
        stated = with_card(stated, card)
    return with_clinic(request, stated)


def ask_wipe(request: Request) -> Response:
    """Ask before a case is removed."""
    book = book_of(request)
    return page(request, "wipe.html", {"case": book.name, "sheet": book.sheet(), "step": ""})


def wipe_case(request: Request, form: Form) -> Response:
    """Remove a case and everything that was dropped for it."""
    office_of(request).forget(request.path_params["case"])
    return see("/")


def case_start(request: Request) -> Response:
    """Go to the first step that lacks something."""
    book: Casebook = book_of(request)
    if book.sheet().kind == "check":
        return see(f"/case/{book.name}/check")
    states = step_states(book.sheet())
    first = next((state.name for state in states if not state.is_done), STEPS[-1])
    return see(f"/case/{book.name}/{first}")
