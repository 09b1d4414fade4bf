"""The other tabs: calculators for typed regimens, trials, and checks of one plan or several."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import constraint_sets
from rtplan.page.steps import Form, cards_of, state_check
from rtplan.page.tasks import calculate, draw_comparison, list_trials, screen_trial
from rtplan.page.views.handling import book_of, change, office_of, page, see
from rtplan.page.views.home import with_clinic_of_check
from rtplan.work import Reply, Task

__all__ = [
    "calculators",
    "check_case",
    "checks",
    "comparison_picture",
    "new_check",
    "save_check",
    "screening",
    "trials",
]

_CALCULATORS: Final = ("effect", "compare", "isoeffect", "sum", "gap")
_PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def _asked(request: Request, task: Task, arguments: dict[str, object]) -> Reply:
    outcome = office_of(request).ask_typed(task, arguments)
    if outcome.reply is None:
        assert outcome.refusal is not None
        raise RtplanValueError(outcome.refusal.message, where=outcome.refusal.where)
    return outcome.reply


def calculators(request: Request) -> Response:
    """Show the calculators; what was typed stands in the address, so that a result can be kept as a link."""
    typed = dict(request.query_params)
    chosen = typed.pop("calculator", "")
    if chosen and chosen not in _CALCULATORS:
        raise RtplanLookupError("there is no such calculator; choose one above")
    values: dict[str, object] = {
        "tab": "calculators",
        "names": _CALCULATORS,
        "chosen": chosen or _CALCULATORS[0],
        "typed": typed,
        "text": None,
        "mistake": None,
        "query": request.url.query,
    }
    if chosen:
        try:
            reply = _asked(request, calculate, {"calculator": chosen, "typed": typed})
            values["text"] = reply.body["text"]
        except RtplanValueError as refusal:
            values["mistake"] = str(refusal)
    return page(request, "calculators.html", values)


def comparison_picture(request: Request) -> Response:
    """Return the picture of a comparison."""
    reply = _asked(request, draw_comparison, {"typed": dict(request.query_params)})
    return Response(
        reply.content, media_type="image/svg+xml", headers={"Content-Security-Policy": _PICTURE_POLICY}
    )


def trials(request: Request) -> Response:
    """Show the trials that are carried."""
    chosen = request.query_params.get("protocol", "")
    return _trials_page(request, chosen, patient="", plan="", result=None)


def screening(request: Request, form: Form) -> Response:
    """Hold a trial against what was filled in; nothing of it is kept."""
    chosen, patient, plan = form.text("protocol"), form.text("patient"), form.text("plan")
    asked = {"protocol": chosen, "patient": patient, "plan": plan}
    reply = _asked(request, screen_trial, dict(asked))
    return _trials_page(request, chosen, patient=patient, plan=plan, result=reply.body["document"])


def _trials_page(request: Request, chosen: str, *, patient: str, plan: str, result: object) -> Response:
    listed = _asked(request, list_trials, {}).body
    values = {
        "tab": "trials",
        "trials": listed["rows"],
        "chosen": chosen,
        "patient": patient or listed["templates"].get(chosen, ""),
        "plan": plan,
        "result": result,
    }
    return page(request, "trials.html", values)


def checks(request: Request) -> Response:
    """Show the checks that were begun."""
    entries = [entry for entry in office_of(request).shelf.entries() if entry.kind == "check"]
    return page(request, "checks.html", {"tab": "check", "checks": entries})


def new_check(request: Request, form: Form) -> Response:
    """Begin a check."""
    book = office_of(request).shelf.new(kind="check", nonce=form.text("nonce"))
    if book.sheet().revision == 0:
        book.change(lambda sheet: with_clinic_of_check(request, sheet), what="begun", revision=None)
    return see(f"/case/{book.name}/check")


def check_case(request: Request) -> Response:
    """Show a check: its plans, its set, its verdicts."""
    book = book_of(request)
    sheet = book.sheet()
    answer = office_of(request).answer(book, sheet)
    values = {
        "tab": "check",
        "case": book.name,
        "sheet": sheet,
        "cards": cards_of(sheet),
        "sets": constraint_sets(),
        "answer": answer,
        "document": answer.document,
    }
    return page(request, "check.html", values)


def save_check(request: Request, form: Form) -> Response:
    """State which plans are held against which set, and have it answered."""
    book = book_of(request)
    sheet = change(request, form, lambda now: state_check(now, form), what="check")
    if form.text("then") == "run":
        if not sheet.tables.get("plan"):
            raise RtplanValueError("no plan to check yet; drop its folder first")
        office_of(request).run(book)
    return see(f"/case/{book.name}/check")
