"""The child's side: reads a task, answers it, reads the next; started by `rtplan.work.Child` only."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Mapping
from typing import IO, Any, cast

from rtplan.documents import Refusal, refusal_of
from rtplan.work.desk import Desk, Task
from rtplan.work.frames import read_frame, write_frame

__all__ = ["answer", "serve"]


def limit_memory(megabytes: int) -> None:
    """Let this process have so much address space and no more, where the system can."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return
    most = megabytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def answer(head: Mapping[str, Any], desk: Desk) -> tuple[dict[str, Any], bytes]:
    """Run one task and return the frame that says what became of it."""
    try:
        reply = task_of(str(head["task"]))(desk)
    except MemoryError:
        desk.kept.clear()
        return _refused(
            Refusal(
                code="memory_limit",
                message="this needs more memory than is allowed; ask for less at once, or allow more",
            )
        )
    except Exception as error:  # whatever it is, it is told
        if os.environ.get("RTPLAN_TRACEBACK") == "1":
            traceback.print_exc()
        return _refused(refusal_of(error, words=_words(head)))
    return {"kind": "done", "body": dict(reply.body)}, reply.content


def task_of(name: str) -> Task:
    """Return the function of a module that ``module:function`` names."""
    module, _, function = name.partition(":")
    return cast(Task, getattr(importlib.import_module(module), function))


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    kept: dict[str, Any] = {}
    while (frame := read_frame(questions)) is not None:
        desk = Desk(
            arguments=frame.head.get("arguments") or {},
            kept=kept,
            progress=lambda words: write_frame(answers, {"kind": "progress", "words": words}),
        )
        head, content = answer(frame.head, desk)
        write_frame(answers, head, content)


def _words(head: Mapping[str, Any]) -> list[str]:
    """Return what was asked as words, so that a refusal shows no folder of it."""
    return [str(value) for value in (head.get("arguments") or {}).values() if isinstance(value, str)]


def _refused(refusal: Refusal) -> tuple[dict[str, Any], bytes]:
    return {
        "kind": "refused",
        "code": refusal.code,
        "message": refusal.message,
        "where": refusal.where,
        "missing": list(refusal.missing),
        "is_fault": refusal.is_fault,
    }, b""


def main() -> None:
    """Serve on the streams that the parent holds; what a library prints goes elsewhere."""
    limit_memory(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
    except (BrokenPipeError, KeyboardInterrupt):  # the parent is gone
        os._exit(0)


if __name__ == "__main__":
    main()
