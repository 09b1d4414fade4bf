"""The parent's side: a child process that answers one question after the other, within limits."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Final, cast

from rtplan.documents import Refusal
from rtplan.work.desk import Reply, Task
from rtplan.work.frames import Frame, FrameError, read_frame, write_frame

__all__ = ["Allowance", "Child", "Outcome", "Reply", "Task"]

_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Each thread of a numeric library reserves memory that it never uses; a limit of memory counts it."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What one question may take.

    Attributes
    ----------
    seconds : float
        By the clock.
    memory_mb : int
        Address space of the child, where the system can limit it.
    """

    seconds: float
    memory_mb: int

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.memory_mb > 0):
            raise ValueError(f"{self.seconds} s and {self.memory_mb} MB: both have to be above 0")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a question: an answer, or why there is none.

    Attributes
    ----------
    reply : Reply or None
    refusal : Refusal or None
        Exactly one of the two is there.
    """

    reply: Reply | None = None
    refusal: Refusal | None = None


@dataclass(eq=False)
class Child:
    """A process that answers tasks; it is started when it is first asked, and again after it was lost.

    One question at a time: a second thread waits for the first.

    Attributes
    ----------
    allowance : Allowance
        Of each question.
    """

    allowance: Allowance
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def ask(
        self, task: Task, arguments: Mapping[str, Any], *, progress: Callable[[str], None] = lambda _: None
    ) -> Outcome:
        """Have a task answered.

        Parameters
        ----------
        task : function of a module
            Takes a `Desk`, returns a `Reply`.
        arguments : mapping
            As JSON has it.
        progress : callable
            Told what the task says it is doing.

        Returns
        -------
        Outcome
            A refusal where the task refused (its own code and words), took too much time (``time_limit``)
            or memory (``memory_limit``), or its process ended (``child_ended``).
        """
        with self._lock:
            process = self._started()
            late = threading.Event()
            timer = threading.Timer(self.allowance.seconds, _kill, args=(process, late))
            timer.start()
            try:
                outcome = _asked(process, _name_of(task), arguments, progress)
            finally:
                timer.cancel()
            if outcome is not None:
                return outcome
            self._end()
            return Outcome(refusal=_lost(process.returncode, self.allowance, is_late=late.is_set()))

    def close(self) -> None:
        """End the process; what it keeps in memory is gone."""
        with self._lock:
            self._end()

    def kill(self) -> None:
        """End the process at once, also while it answers: whoever asked gets ``child_ended``."""
        process = self._process
        if process is not None:
            process.kill()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _start(self.allowance.memory_mb)
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not read any more
                    stream.close()
        self._process = None


def _start(memory_mb: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    is_told = environment.get("RTPLAN_TRACEBACK") == "1"
    return subprocess.Popen(
        [sys.executable, "-m", "rtplan.work.worker", str(memory_mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if is_told else subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _name_of(task: Task) -> str:
    return f"{task.__module__}:{task.__qualname__}"


def _asked(
    process: subprocess.Popen[bytes],
    name: str,
    arguments: Mapping[str, Any],
    progress: Callable[[str], None],
) -> Outcome | None:
    """Ask, and read until the answer; None where the process ended before it."""
    questions, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        write_frame(questions, {"task": name, "arguments": dict(arguments)})
        while (frame := read_frame(answers)) is not None:
            if frame.head.get("kind") != "progress":
                return _outcome(frame)
            progress(str(frame.head.get("words", "")))
    except (OSError, FrameError):
        process.kill()
    process.wait()
    return None


def _outcome(frame: Frame) -> Outcome:
    head = frame.head
    if head.get("kind") == "done":
        return Outcome(reply=Reply(body=head.get("body") or {}, content=frame.content))
    where = head.get("where")
    return Outcome(
        refusal=Refusal(
            code=str(head.get("code", "refused")),
            message=str(head.get("message", "")),
            where=None if where is None else str(where),
            missing=tuple(map(str, head.get("missing") or ())),
            is_fault=bool(head.get("is_fault")),
        )
    )


def _lost(status: int | None, allowance: Allowance, *, is_late: bool) -> Refusal:
    """Return why a process that ended gave no answer."""
    if is_late:
        return Refusal(
            code="time_limit",
            message=f"not answered within {allowance.seconds:g} s, and stopped; ask for less at once, or "
            "allow more time",
        )
    how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
    return Refusal(
        code="child_ended",
        message=f"the process that computes ended by itself ({how}), nothing was answered and nothing else "
        "was harmed; a damaged file or too little memory may be why: leave out a file, or allow more memory",
        is_fault=True,
    )
