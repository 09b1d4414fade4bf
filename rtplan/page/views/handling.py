"""How a request is handled: forms read whole, refusals made pages, changes made once."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bed import BedError
from dicom_io import DicomIoError
from rtplan.documents import refusal_of
from rtplan.errors import RtplanError, RtplanLookupError
from rtplan.page.casebook import Casebook, ChangedMeanwhileError, Sheet
from rtplan.page.office import Office
from rtplan.page.rendering import Pages
from rtplan.page.steps import STEPS, Form, step_states, whole_number
from rtplan.work import DiskFullError

__all__ = [
    "Endpoint",
    "book_of",
    "case_page",
    "change",
    "changing",
    "office_of",
    "page",
    "reading",
    "refused",
    "see",
    "status_of",
]

Endpoint = Callable[[Request], Awaitable[Response]]

_MOST_FIELDS: Final = 20_000
_KNOWN: Final = (BedError, DicomIoError, RtplanError, OSError)


def office_of(request: Request) -> Office:
    """Return what the page works with."""
    office: Office = request.app.state.office
    return office


def book_of(request: Request) -> Casebook:
    """Return the case that the address names.

    Raises
    ------
    RtplanLookupError
        There is none.
    """
    return office_of(request).shelf.case(request.path_params["case"])


def page(
    request: Request, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> Response:
    """Return a page from a template."""
    pages: Pages = request.app.state.pages
    told = {"nonce": secrets.token_hex(8), "tab": "cases", "case": None, "message": None, **(values or {})}
    return HTMLResponse(pages.render(template, told), status_code=status)


def case_page(
    request: Request,
    book: Casebook,
    step: str,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    """Return a step of a case, with the bar of progress."""
    sheet = book.sheet()
    states = {state.name: state for state in step_states(sheet)}
    told = {
        "case": book.name,
        "sheet": sheet,
        "step": step,
        "steps": [states[name] for name in STEPS],
        "open": states[step].open,
        "next_step": STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)],
        **(values or {}),
    }
    return page(request, f"{step}.html", told, status=status)


def see(address: str) -> Response:
    """Send the browser on, so that loading the page again sends no form again."""
    return RedirectResponse(address, status_code=303)


def change(request: Request, form: Form, edit: Callable[[Sheet], Sheet], *, what: str) -> Sheet:
    """Change the case of the address, if it is still what the form was shown for."""
    revision = whole_number(form.text("revision"))
    return book_of(request).change(edit, what=what, revision=-1 if revision is None else revision)


def reading(handler: Callable[[Request], Response]) -> Endpoint:
    """Make an endpoint of a function that only reads."""

    async def endpoint(request: Request) -> Response:
        return await _guarded(request, lambda: handler(request))

    return endpoint


def changing(handler: Callable[[Request, Form], Response]) -> Endpoint:
    """Make an endpoint of a function that takes a form."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FIELDS) as sent:
            values: dict[str, list[str]] = {}
            for name, value in sent.multi_items():
                if not isinstance(value, UploadFile):
                    values.setdefault(name, []).append(value)
            request.state.files = [value for _, value in sent.multi_items() if isinstance(value, UploadFile)]
            return await _guarded(request, lambda: handler(request, Form(values=values)))

    return endpoint


async def _guarded(request: Request, work: Callable[[], Response]) -> Response:
    """Run a handler beside the loop; whatever it refuses becomes a page that says what to do next."""
    try:
        return await run_in_threadpool(work)
    except _KNOWN as error:
        return refused(request, error)


def refused(request: Request, error: BaseException) -> Response:
    """Return the page of a refusal."""
    refusal = refusal_of(error)
    back = request.headers.get("referer") or "/"
    values = {"refusal": refusal, "back": back if back.startswith(str(request.base_url)) else "/"}
    return page(request, "refused.html", values, status=status_of(error))


def status_of(error: BaseException) -> int:
    """Return the HTTP status that a refusal has."""
    if isinstance(error, ChangedMeanwhileError):
        return 409
    if not isinstance(error, _KNOWN):
        return 500
    if isinstance(error, DiskFullError) or getattr(error, "errno", None) == errno.ENOSPC:
        return 507
    return 404 if isinstance(error, RtplanLookupError) else 400
