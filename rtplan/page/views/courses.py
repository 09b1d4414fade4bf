"""Step 1 over HTTP: files dropped, sent by a form or chosen by path; courses typed; cards filled in."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from rtplan.documents import refusal_body, refusal_of
from rtplan.errors import RtplanError, RtplanLookupError, RtplanValueError
from rtplan.page.casebook import Casebook, Sheet
from rtplan.page.dropped import Dropped, group_name, keep_file, refuse_size
from rtplan.page.steps import (
    Card,
    Form,
    cards_of,
    state_courses,
    with_another_plan,
    with_card,
    with_facts,
    without_card,
)
from rtplan.page.tasks import look_at_course
from rtplan.page.views.handling import book_of, case_page, change, office_of, see, status_of

__all__ = [
    "add_other_plan",
    "cards_page",
    "choose_path",
    "courses",
    "dropped",
    "look_at_new_cards",
    "remove_course",
    "save_courses",
    "take_file",
    "type_course",
    "type_table",
    "upload",
]

_CHUNK: Final = 2**20
_SINGLE: Final = (".zip", ".toml", ".json", ".txt", ".dvh")


def courses(request: Request) -> Response:
    """Show the cards."""
    book = book_of(request)
    return case_page(request, book, "courses", {"cards": cards_of(book.sheet())})


def save_courses(request: Request, form: Form) -> Response:
    """Apply the form of the cards; a plan that was chosen is looked at."""
    book = book_of(request)
    before = {card.id: (card.plan, card.n_fractions) for card in cards_of(book.sheet())}
    sheet = change(request, form, lambda now: state_courses(now, form), what="courses")
    changed = [card for card in cards_of(sheet) if before.get(card.id) != (card.plan, card.n_fractions)]
    for card in changed:
        look_at(request, book, card)
    return see(f"/case/{book.name}/{form.text('then') or 'courses'}")


async def take_file(request: Request) -> Response:
    """Keep one file that the script sends: its bytes are the whole body."""
    with tempfile.TemporaryFile(dir=office_of(request).resources.work) as spooled:
        try:
            async for chunk in request.stream():
                spooled.write(chunk)
                refuse_size(spooled.tell())
            return await run_in_threadpool(lambda: _taken(request, spooled))
        except ClientDisconnect:  # half a file is no file
            return Response(status_code=400)
        except (RtplanError, OSError) as error:
            return JSONResponse(refusal_body(refusal_of(error)), status_code=status_of(error))


def _taken(request: Request, spooled: IO[bytes]) -> Response:
    spooled.seek(0)
    name, group = request.query_params.get("name", ""), request.query_params.get("group", "")
    kept = keep_file(book_of(request), _chunks(spooled), name=name, group=group)
    return JSONResponse({"source": kept.source, "sha256": kept.sha256, "size": kept.size})


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def dropped(request: Request, form: Form) -> Response:
    """Make a card of each source that the script has sent, and look at it."""
    book = book_of(request)
    for source in form.texts("source"):
        place = (book.folder / source).resolve()
        if not _is_dropped(place, (book.folder / "courses").resolve()):
            raise RtplanLookupError("what was dropped is not there any more; drop it again")
        _add_card(book, Card(id=_card_id(source), source=source, how="files", n_files=_count(place)))
    look_at_new_cards(request, book)
    return see(cards_page(book))


def _is_dropped(place: Path, courses: Path) -> bool:
    """Whether a place is one group of what was dropped, or a file in one: all groups are no course."""
    if not place.is_relative_to(courses):
        return False
    depth = len(place.relative_to(courses).parts)
    return place.is_dir() if depth == 1 else depth == 2 and place.is_file()


def upload(request: Request, form: Form) -> Response:
    """Keep the files of a form that was sent without script; folders are told apart by their first name."""
    book = book_of(request)
    files: list[UploadFile] = [file for file in request.state.files if file.filename]
    if not files:
        raise RtplanValueError("no file was chosen; choose a folder, or files, and send the form again")
    kept = [_kept_of_form(book, file, form.text("nonce")) for file in files]
    for source in dict.fromkeys(one.source for one in kept):
        place = book.folder / source
        _add_card(book, Card(id=_card_id(source), source=source, how="files", n_files=_count(place)))
    look_at_new_cards(request, book)
    return see(cards_page(book))


def _kept_of_form(book: Casebook, file: UploadFile, nonce: str) -> Dropped:
    name = file.filename or ""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    is_single = PurePosixPath(name).suffix.lower() in _SINGLE
    whole = name if is_single or len(parts) < 2 else parts[0]
    group = hashlib.sha256(f"{nonce}/{whole if is_single or len(parts) > 1 else ''}".encode()).hexdigest()[
        :12
    ]
    return keep_file(book, _chunks(file.file), name=name, group=group_name(f"u{group}"))


def choose_path(request: Request, form: Form) -> Response:
    """Make a card of a folder or a file of this machine; it is read where it lies and never changed."""
    book, text = book_of(request), form.text("path").strip("\"'")
    place = Path(text).expanduser()
    if not text or not place.is_absolute() or not place.exists():
        raise RtplanLookupError(
            "there is no such folder or file on this machine; write its whole path, as the file manager "
            "shows it"
        )
    source = str(place.resolve())
    _add_card(book, Card(id=_card_id(source), source=source, how="path", n_files=_count(place)))
    look_at_new_cards(request, book)
    return see(cards_page(book))


def type_course(request: Request, form: Form) -> Response:
    """Make a card of a regimen."""
    book, text = book_of(request), form.text("regimen")
    if not text:
        raise RtplanValueError("no regimen was typed; write it as 50.4Gy/28")
    if (book.folder / text).exists() or Path(text).exists():
        raise RtplanValueError(f"{text!r} is no regimen; write it as 50.4Gy/28")
    _add_card(book, Card(id=_card_id(text), source=text, how="typed", role="prior"))
    look_at_new_cards(request, book)
    return see(cards_page(book))


def type_table(request: Request, form: Form) -> Response:
    """Make a course file of an organ table that was typed, and a card of it."""
    book = book_of(request)
    text = _course_file(form)
    kept = keep_file(book, [text.encode()], name="course.toml", group=f"t{_card_id(text)}")
    _add_card(book, Card(id=_card_id(text), source=kept.source, how="table", role="prior", n_files=1))
    look_at_new_cards(request, book)
    return see(cards_page(book))


def _course_file(form: Form) -> str:
    """Return the course file that a typed organ table states."""
    lines = [
        f'label = "{_quoted(form.text("label") or "typed from a record")}"',
        'unit = "Gy"',
        f"n_fractions = {form.whole('n_fractions', 'fractions delivered') or ''}",
        f'modality = "{_quoted(form.text("modality"))}"',
    ]
    if not form.text("n_fractions"):
        form.mistakes.append("fractions delivered are missing")
    organs = [number for number in range(len(form.values)) if form.text(f"organ-{number}")]
    for number in organs:
        lines.append(f'[organs."{_quoted(form.text(f"organ-{number}"))}"]')
        for key in ("Dmax", "Dmean", "volume_cc"):
            value = form.number(f"{key}-{number}", f"{form.text(f'organ-{number}')}, {key}")
            lines += [] if value is None else [f"{key} = {value}"]
    if not organs:
        form.mistakes.append("no organ was typed; give at least one with its maximum or its mean")
    form.refuse_mistakes()
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def add_other_plan(request: Request, form: Form) -> Response:
    """Make a card of another plan of the same files: a folder may hold both courses."""
    book = book_of(request)
    change(request, form, lambda sheet: with_another_plan(sheet, form.text("card")), what="course added")
    look_at_new_cards(request, book)
    return see(cards_page(book))


def remove_course(request: Request, form: Form) -> Response:
    """Take a card away; its files stay until the case is wiped."""
    book = book_of(request)
    change(request, form, lambda sheet: without_card(sheet, form.text("card")), what="course removed")
    return see(cards_page(book))


def cards_page(book: Casebook) -> str:
    """Return the address of the page that shows a case's cards."""
    return f"/case/{book.name}/{'check' if book.sheet().kind == 'check' else 'courses'}"


def look_at_new_cards(request: Request, book: Casebook) -> None:
    """Look at every card at which nobody has looked yet."""
    for card in cards_of(book.sheet()):
        if card.facts is None and not card.refusal:
            look_at(request, book, card)


def look_at(request: Request, book: Casebook, card: Card) -> None:
    """Look at one card's source in the child, and note what is there or why nothing is."""
    place = book.folder / card.source
    clinic = office_of(request).resources.clinic
    arguments: dict[str, Any] = {
        "source": str(place) if place.exists() else card.source,
        "plan": card.plan,
        "n_fractions": card.n_fractions,
        "clinic": None if clinic is None else str(clinic),
        "beside": str(book.folder),
    }
    outcome = office_of(request).ask(book, look_at_course, arguments)
    facts = None if outcome.reply is None else outcome.reply.body
    refusal = "" if outcome.refusal is None else outcome.refusal.message

    def noted(sheet: Sheet) -> Sheet:
        return with_facts(sheet, card.id, facts=facts, refusal=refusal, looked_at=card)

    book.change(noted, what="looked at", revision=None)


def _add_card(book: Casebook, card: Card) -> None:
    book.change(lambda sheet: with_card(sheet, card), what="course added", revision=None)


def _card_id(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:8]


def _count(place: Path) -> int:
    found: Iterable[Path] = place.rglob("*") if place.is_dir() else [place]
    return sum(path.is_file() for path in found)
