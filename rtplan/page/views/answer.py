"""Step 5 over HTTP: the answer, its reports, the record, the signature, the export."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rtplan.documents import to_json
from rtplan.errors import RtplanContradictionError, RtplanLookupError, RtplanValueError
from rtplan.files import write_whole
from rtplan.page.casebook import Casebook, Sheet
from rtplan.page.office import AnswerState, case_snapshot
from rtplan.page.signing import Signature, sign_lines, signed_document, unsigned_sha256
from rtplan.page.stand import stand_sha256
from rtplan.page.steps import Form, record_parts, state_record, step_states
from rtplan.page.tasks import answer_case, export_dose
from rtplan.page.verdicts import drawn_without_limit, verdict_cards, verdict_counts
from rtplan.page.views.handling import book_of, case_page, change, office_of, page, see
from rtplan.work import private_folder

__all__ = [
    "answer",
    "answer_state",
    "dose",
    "export_case",
    "record",
    "report",
    "run_case",
    "save_record",
    "save_signature",
    "sign",
]

_MEDIA: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
}
_REPORT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def answer(request: Request) -> Response:
    """Show the answer; where there is none yet and nothing is missing, it is asked for."""
    book = book_of(request)
    sheet = book.sheet()
    state = office_of(request).answer(book, sheet)
    is_complete = all(step.is_done for step in step_states(sheet)[:-1])
    if state.state == "none" and is_complete:
        office_of(request).run(book)
        state = office_of(request).answer(book, sheet)
    values: dict[str, Any] = {
        "answer": state,
        "is_complete": is_complete,
        "has_viewer": state.document is not None,
        "stand": stand_sha256(book, sheet)[:16],
        **_shown(book, sheet, state),
    }
    return case_page(request, book, "answer", values)


def _shown(book: Casebook, sheet: Sheet, state: AnswerState) -> dict[str, Any]:
    if state.document is None or state.folder is None:
        return {"signatures": (), "voided": _voided(book, sheet, None)}
    cards = verdict_cards(state.document)
    return {
        "document": state.document,
        "verdicts": cards,
        "counts": verdict_counts(cards),
        "no_limit": drawn_without_limit(state.document),
        "forms": [path.suffix for path in sorted(state.folder.glob("report.*"))],
        "signatures": _valid(book, sheet, state.folder),
        "voided": _voided(book, sheet, state.folder),
        "is_drawn": state.state == "done",
        "alpha_betas": _alpha_betas(state.document),
    }


def _alpha_betas(document: Mapping[str, Any]) -> list[float]:
    """Return each alpha/beta that a sum was made with, once."""
    rows = [row for row in document["organs"] if row["voxel_sum_gy"] is not None]
    return sorted({row["alpha_beta_gy"] for row in rows if row["alpha_beta_gy"] is not None})


def _signatures(book: Casebook) -> list[Signature]:
    return [Signature(**record) for record in book.signatures()]


def _valid(book: Casebook, sheet: Sheet, folder: Path) -> list[Signature]:
    sha256 = unsigned_sha256(folder)
    return [s for s in _signatures(book) if s.is_of(sheet.sha256, sha256)]


def _voided(book: Casebook, sheet: Sheet, folder: Path | None) -> list[Signature]:
    """Return the signatures that a change of the case has voided."""
    valid = [] if folder is None else _valid(book, sheet, folder)
    return [s for s in _signatures(book) if s not in valid]


def answer_state(request: Request) -> Response:
    """Say how far the answer is, for the script."""
    state = office_of(request).answer(book_of(request))
    return JSONResponse({"state": state.state, "words": state.words})


def run_case(request: Request, form: Form) -> Response:
    """Have the case answered, or answered again where it was refused."""
    book = book_of(request)
    office_of(request).run(book)
    return see(f"/case/{book.name}/answer")


def report(request: Request) -> Response:
    """Return the report, as printed: of the answer, or signed."""
    book = book_of(request)
    folder = _done(request, book)
    if request.path_params["which"] == "signed":
        folder = folder / "signed"
    path = folder / f"report.{request.path_params['form']}"
    if path.suffix not in _MEDIA or not path.is_file():
        raise RtplanLookupError("there is no such report of this case; the answer page lists what there is")
    headers = {"Content-Security-Policy": _REPORT_POLICY} if path.suffix == ".html" else {}
    if path.suffix != ".html":
        headers["Content-Disposition"] = f'inline; filename="rtplan-{book.name}{path.suffix}"'
    return Response(path.read_bytes(), media_type=_MEDIA[path.suffix], headers=headers)


def _done(request: Request, book: Casebook) -> Path:
    state = office_of(request).answer(book)
    if state.folder is None or state.state != "done":
        raise RtplanLookupError("this case, as it stands now, has no report yet; open its answer first")
    return state.folder


def record(request: Request) -> Response:
    """Show what no object says and the record asks for, and which items of it are there."""
    book = book_of(request)
    sheet = book.sheet()
    document = office_of(request).answer(book, sheet).document or {}
    values = {
        "case": book.name,
        "sheet": sheet,
        "step": "answer",
        "parts": record_parts(sheet),
        "items": document.get("record", {}).get("items", []),
    }
    return page(request, "record.html", values)


def save_record(request: Request, form: Form) -> Response:
    """Apply the form of the record."""
    change(request, form, lambda sheet: state_record(sheet, form), what="record")
    return see(f"/case/{book_of(request).name}/record")


def sign(request: Request) -> Response:
    """Show what is about to be signed."""
    book = book_of(request)
    folder = _done(request, book)
    values = {
        "sheet": book.sheet(),
        "case": book.name,
        "step": "answer",
        "report_sha256": unsigned_sha256(folder),
        "has_pdf": (folder / "report.pdf").is_file(),
        "signatures": _valid(book, book.sheet(), folder),
    }
    return page(request, "sign.html", values)


def save_signature(request: Request, form: Form) -> Response:
    """Keep a signature, and write the signed document and pages; one after the other."""
    book = book_of(request)
    with office_of(request).signing:
        _sign(request, form, book)
    return see(f"/case/{book.name}/answer")


def _sign(request: Request, form: Form, book: Casebook) -> None:
    sheet, folder = book.sheet(), _done(request, book)
    day = form.day("signed_on", "day")
    form.refuse_mistakes()
    if not form.is_ticked("agreed"):
        raise RtplanValueError("tick that you have read the report; without it nothing is signed")
    signature = Signature(
        name=form.text("name"),
        role=form.text("role"),
        signed_on="" if day is None else day.isoformat(),
        statement=request.app.state.pages.catalogue("sign.statement"),
        report_sha256=form.text("report_sha256"),
        case_sha256=sheet.sha256,
    )
    signature.refuse_other(unsigned_sha256(folder))
    signed = list(dict.fromkeys([*_valid(book, sheet, folder), signature]))
    _write_signed(request, book, sheet, folder, signed)
    if asdict(signature) not in book.signatures():
        book.sign(asdict(signature))
        book.note("signed", who=f"{signature.name}, {signature.role}")


def _write_signed(
    request: Request, book: Casebook, sheet: Sheet, folder: Path, signed: list[Signature]
) -> None:
    """Write the signed pages by the same function as the unsigned ones, then the signed document.

    They are made beside and take their place only when they are whole and of the report that was signed.
    """
    out = private_folder(folder / f"signed-{secrets.token_hex(4)}")
    try:
        _write_signed_into(out, request, book, sheet, signed)
        shutil.rmtree(folder / "signed", ignore_errors=True)
        out.rename(folder / "signed")
    finally:
        shutil.rmtree(out, ignore_errors=True)  # what did not take its place is nobody's report


def _write_signed_into(
    out: Path, request: Request, book: Casebook, sheet: Sheet, signed: list[Signature]
) -> None:
    arguments = {
        **_asked(book, sheet),
        "out": str(out),
        "date": signed[-1].signed_on,
        "signed": sign_lines(signed),
    }
    outcome = office_of(request).ask(book, answer_case, arguments)
    if outcome.refusal is not None:
        raise RtplanValueError(outcome.refusal.message)
    if unsigned_sha256(out) != signed[-1].report_sha256:
        raise RtplanContradictionError(
            "what the courses hold is not any more what was answered: have the case answered again, look at "
            "it, then sign"
        )
    unsigned = json.loads((out / "report.json").read_text(encoding="utf-8"))
    text = to_json(signed_document(unsigned, signed)) + "\n"
    write_whole(out / "report.json", text.encode(errors="backslashreplace"), overwrite=True)


def _asked(book: Casebook, sheet: Sheet) -> dict[str, str]:
    """Return which case is asked about, as it stands."""
    path = str(case_snapshot(book, sheet))
    return {"case": path, "sha256": sheet.sha256, "stand": stand_sha256(book, sheet)}


def export_case(request: Request) -> Response:
    """Return the case file, the reports, the signatures and the trail in one archive, without the objects."""
    book = book_of(request)
    sheet = book.sheet()
    state = office_of(request).answer(book, sheet)
    members: dict[str, bytes] = {
        "case.toml": sheet.text.encode(),
        "trail.json": to_json({"trail": [asdict(trace) for trace in book.trail()]}).encode(),
        "signatures.json": to_json({"signatures": list(book.signatures())}).encode(),
    }
    if state.folder is not None:
        members |= {
            path.relative_to(state.folder).as_posix(): path.read_bytes()
            for path in sorted((*state.folder.glob("report.*"), *state.folder.glob("signed/report.*")))
        }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
    book.note("exported", who=sheet.who)
    headers = {"Content-Disposition": f'attachment; filename="rtplan-{book.name}.zip"'}
    return Response(buffer.getvalue(), media_type="application/zip", headers=headers)


def dose(request: Request) -> Response:
    """Return the EQD2 sum as RT Dose objects."""
    book = book_of(request)
    _done(request, book)
    arguments = {
        **_asked(book, book.sheet()),
        "alpha_beta": request.query_params.get("alpha_beta", ""),
        "uncovered_as_zero": "uncovered_as_zero" in request.query_params,
    }
    outcome = office_of(request).ask(book, export_dose, arguments)
    if outcome.reply is None:
        assert outcome.refusal is not None
        raise RtplanValueError(outcome.refusal.message, where=outcome.refusal.where)
    headers = {"Content-Disposition": f'attachment; filename="rtplan-{book.name}-dose.zip"'}
    return Response(outcome.reply.content, media_type="application/zip", headers=headers)
