"""What the page works with: the cases, their child processes, the questions that are being answered."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rtplan.documents import Refusal, refusal_body, refusal_of
from rtplan.errors import RtplanLookupError
from rtplan.files import write_whole
from rtplan.limits import read_clinic_file
from rtplan.page.casebook import Casebook, Sheet
from rtplan.page.shelf import Shelf
from rtplan.page.stand import stand_sha256
from rtplan.page.tasks import answer_case
from rtplan.work import Allowance, Child, Job, JobQueue, JobState, Outcome, Task, private_folder

__all__ = ["AnswerState", "Office", "Resources", "answer_folder", "case_snapshot", "forms_of", "said_of"]

_MOST_CHILDREN: Final = 3
"""Processes that stay alive; the one that was not asked for longest ends."""
_TYPED: Final = "typed"
_LEASE_S: Final = 3600.0
_ALLOWANCE: Final = Allowance(seconds=900.0, memory_mb=12_288)


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What the page was started with.

    Attributes
    ----------
    work : Path
        Where everything is kept, mode 0700.
    clinic : Path or None
        The clinic's file.
    folders : tuple of Path
        Offered as courses of a new case.
    allowance : Allowance
        Of each question.
    keep_days : float
        Cases that nobody changed for so long are removed at the next start.
    """

    work: Path
    clinic: Path | None = None
    folders: tuple[Path, ...] = ()
    allowance: Allowance = _ALLOWANCE
    keep_days: float = 30.0


@dataclass(frozen=True, kw_only=True)
class AnswerState:
    """Where the answer to a case stands.

    Attributes
    ----------
    state : {"none", "running", "drawing", "refused", "done"}
        While it is drawn the document is there already, and its report is not.
    words : str
        What is being done.
    refusal : mapping or None
        As `rtplan.documents.refusal_body` returns it.
    document : mapping or None
        As ``rtplan case run --json`` prints it.
    folder : Path or None
        Where its reports are.
    """

    state: str
    words: str = ""
    refusal: Mapping[str, Any] | None = None
    document: Mapping[str, Any] | None = field(default=None, repr=False)
    folder: Path | None = None


class Office:
    """Cases, children and jobs of one running page.

    Parameters
    ----------
    resources : Resources

    Raises
    ------
    RtplanError
        The clinic's file has mistakes: all of them, before anything is served.
    """

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.clinic = None if resources.clinic is None else read_clinic_file(resources.clinic)
        self.shelf = Shelf(resources.work)
        self.wiped = self.shelf.wipe_older_than(resources.keep_days)
        self._jobs = JobQueue(resources.work / "jobs.sqlite", lease=_LEASE_S)
        self._jobs.release_all()
        self._children: OrderedDict[str, Child] = OrderedDict()
        self._lock = threading.Lock()
        self.signing = threading.Lock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._answer_jobs, daemon=True)

    def start(self) -> None:
        """Begin to answer; what a kill interrupted is taken up again."""
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """End every child; what was being answered is answered at the next start."""
        self._stopped.set()
        self._wake.set()
        for child in list(self._children.values()):
            child.kill()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        for child in list(self._children.values()):
            child.close()
        self._jobs.close()
        self.shelf.close()

    def ask(self, book: Casebook, task: Task, arguments: Mapping[str, Any]) -> Outcome:
        """Have the child of a case answer a task."""
        return self._child(book.name).ask(task, arguments)

    def ask_typed(self, task: Task, arguments: Mapping[str, Any]) -> Outcome:
        """Have a child that belongs to no case answer a task of typed values."""
        return self._child(_TYPED).ask(task, arguments)

    def run(self, book: Casebook) -> None:
        """Have the case as it stands answered; asked again, it is the same question."""
        sheet = book.sheet()
        stand = stand_sha256(book, sheet)
        key = f"{book.name} {stand}"
        job = self._jobs.by_key(key)
        if job is not None and job.state is JobState.REFUSED:
            self._jobs.drop(job.number)
        _snapshot(book, sheet)
        self._jobs.add("answer", key, {"case": book.name, "sha256": sheet.sha256, "stand": stand})
        self._wake.set()

    def answer(self, book: Casebook, sheet: Sheet | None = None) -> AnswerState:
        """Return where the answer to a case stands, as it is stated now."""
        sheet = book.sheet() if sheet is None else sheet
        stand = stand_sha256(book, sheet)
        job = self._jobs.by_key(f"{book.name} {stand}")
        folder = answer_folder(book, stand)
        if job is None:
            return AnswerState(state="none")
        if job.state is JobState.REFUSED:
            return AnswerState(state="refused", refusal=job.said)
        is_done, words = job.state is JobState.DONE, str(job.said.get("words", ""))
        if (folder / "report.json").is_file():
            document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            return AnswerState(
                state="done" if is_done else "drawing", words=words, document=document, folder=folder
            )
        return AnswerState(state="none" if is_done else "running", words=words)

    def forget(self, name: str) -> None:
        """Remove a case, its child, its jobs and everything that was dropped for it."""
        with self._lock:
            child = self._children.pop(name, None)
        for job in self._jobs.jobs():
            if job.arguments.get("case") == name:
                self._jobs.drop(job.number)
        if child is not None:
            child.kill()  # it may be answering: closing waits for the answer
            child.close()
        self.shelf.wipe(name)

    def _child(self, name: str) -> Child:
        with self._lock:
            child = self._children.pop(name, None) or Child(self.resources.allowance)
            self._children[name] = child
            ended = [
                self._children.pop(next(iter(self._children)))
                for _ in range(len(self._children) - _MOST_CHILDREN)
            ]
        for other in ended:
            other.close()
        return child

    def _answer_jobs(self) -> None:
        while not self._stopped.is_set():
            try:
                is_idle = not self._answer_next()
            except Exception:  # no disk left, a case wiped meanwhile: later cases are answered
                is_idle = True
            if is_idle:
                self._wake.wait(timeout=5.0)
                self._wake.clear()

    def _answer_next(self) -> bool:
        """Answer the next job; False where there is none. What goes wrong is the job's refusal."""
        job = self._jobs.take(now=time.time(), kind="answer")
        if job is None:
            return False
        try:
            self._answer(job)
        except Exception as error:  # else its case would say that it is running for ever
            if not self._stopped.is_set():
                self._jobs.refuse(job.number, said_of(refusal_of(error)))
        return True

    def _answer(self, job: Job) -> None:
        try:
            book = self.shelf.case(str(job.arguments["case"]))
        except RtplanLookupError:  # wiped meanwhile
            self._jobs.drop(job.number)
            return
        sha256 = str(job.arguments["sha256"])
        stand = str(job.arguments["stand"])
        out = private_folder(answer_folder(book, stand))

        def progress(words: str) -> None:
            self._jobs.extend(job.number, now=time.time(), said={"words": words})

        case = str(_snapshot_path(book, sha256))
        arguments = {"case": case, "sha256": sha256, "stand": stand, "out": str(out)}
        outcome = self._child(book.name).ask(answer_case, arguments, progress=progress)
        if self._stopped.is_set():
            return  # it is taken up again at the next start
        if outcome.refusal is not None:
            shutil.rmtree(out, ignore_errors=True)
            self._jobs.refuse(job.number, said_of(outcome.refusal))
            return
        self._jobs.finish(job.number, {})
        book.note("computed", who="")


def said_of(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as it is kept with a job."""
    return {**refusal_body(refusal), "is_fault": refusal.is_fault}


def answer_folder(book: Casebook, stand: str) -> Path:
    """Return where the answer of a case as it stood is kept."""
    return private_folder(book.folder / "answers") / stand[:16]


def _snapshot_path(book: Casebook, sha256: str) -> Path:
    """Return the case file of a hash: beside the case file, so that its paths lead to the same places."""
    return book.folder / f"case-{sha256[:16]}.toml"


def _snapshot(book: Casebook, sheet: Sheet) -> None:
    path = _snapshot_path(book, sheet.sha256)
    text = sheet.text.encode()
    if not path.is_file() or path.read_bytes() != text:  # a kill may have left half of it
        write_whole(path, text, overwrite=True)


def case_snapshot(book: Casebook, sheet: Sheet) -> Path:
    """Return the case file of a sheet, written where it is not there yet."""
    _snapshot(book, sheet)
    return _snapshot_path(book, sheet.sha256)


def forms_of(folder: Path) -> Sequence[str]:
    """Return the endings of the reports in a folder."""
    return [path.suffix for path in sorted(folder.glob("report.*"))]
