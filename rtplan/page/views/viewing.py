"""The viewer over HTTP: what is asked goes to the case's child as it is; what it refuses is said in words."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rtplan.documents import refusal_body, refusal_of
from rtplan.errors import RtplanError, RtplanLookupError
from rtplan.page.casebook import ChangedMeanwhileError
from rtplan.page.office import answer_folder, case_snapshot
from rtplan.page.stand import stand_sha256
from rtplan.page.tasks import view_case
from rtplan.page.views.handling import book_of, office_of, status_of

__all__ = ["view"]


def view(request: Request) -> Response:
    """Return a picture or numbers of the answer; what is refused is told to the script in its own form."""
    try:
        return _view(request)
    except RtplanError as error:
        return JSONResponse(refusal_body(refusal_of(error)), status_code=status_of(error))


def _view(request: Request) -> Response:
    book = book_of(request)
    sheet = book.sheet()
    stand = stand_sha256(book, sheet)
    if request.path_params.get("stand", stand[:16]) != stand[:16]:
        raise ChangedMeanwhileError("this case or its files were changed meanwhile: load the page again")
    if not (answer_folder(book, stand) / "report.json").is_file():
        raise RtplanLookupError("this case, as it stands now, has no answer yet; open its answer first")
    arguments = {
        "case": str(case_snapshot(book, sheet)),
        "sha256": sheet.sha256,
        "stand": stand,
        "what": request.path_params["what"],
        "query": dict(request.query_params),
    }
    outcome = office_of(request).ask(book, view_case, arguments)
    if outcome.reply is None:
        said = outcome.refusal
        message = "no answer came" if said is None else said.message
        return JSONResponse({"schema": "rtplan.refusal/1", "message": message}, status_code=400)
    return Response(outcome.reply.content, media_type=outcome.reply.body["media_type"])
