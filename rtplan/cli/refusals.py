"""How the command line says no: one message on standard error and, with ``--json``, a document."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import NoReturn

from rtplan.cli.frame import to_json
from rtplan.errors import RtplanError
from rtplan.text import plain_lines

__all__ = ["FAULT", "INTERRUPTED", "REFUSED", "OneMessageParser", "WordsError", "escaped_output", "refuse"]

REFUSED, FAULT, INTERRUPTED = 2, 70, 130
"""Exit statuses: input refused; a fault of this program (`EX_SOFTWARE`); stopped from the keyboard."""

_ARE_MISSING = "the following arguments are required: "


class WordsError(RtplanError):
    """Words of the command line that were not understood."""

    code = "not_understood"


class OneMessageParser(argparse.ArgumentParser):
    """A parser whose refusal is an error like any other."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print; it names missing arguments in its message only."""
        missing = message.removeprefix(_ARE_MISSING).split(", ") if message.startswith(_ARE_MISSING) else ()
        raise WordsError(f"{message} (see {self.prog} --help)", missing=missing, where=self.prog)


def refuse(error: BaseException, words: Sequence[str], *, may_print: bool) -> int:
    """Print why there is no answer and return the exit status.

    Parameters
    ----------
    error : exception
    words : sequence of str
        The words of the command line.
    may_print : bool
        Whether standard output still takes something and nothing was printed there.
    """
    if os.environ.get("RTPLAN_TRACEBACK") == "1":
        traceback.print_exception(error, file=sys.stderr)
    # Deferred: it knows the errors of all packages, which an answer need not load.
    from rtplan.documents import refusal_body, refusal_of  # noqa: PLC0415 - see above

    command = next((word for word in words if not word.startswith("-")), None)
    refusal = refusal_of(error, words=words, where=f"rtplan {command}" if command else "rtplan")
    speaker = refusal.where if isinstance(error, WordsError) else "rtplan"
    print(f"{speaker}: {plain_lines(refusal.message)}", file=sys.stderr)
    if may_print and asks_for_json(words):
        print(to_json(refusal_body(refusal), encoding=sys.stdout.encoding or "utf-8"), flush=True)
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return FAULT if refusal.is_fault else REFUSED


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether ``--json``, which may be shortened, is among the words; they need not make sense otherwise.

    Examples
    --------
    >>> asks_for_json(["check", "--json"]), asks_for_json(["check", "--", "--json"])
    (True, False)
    """
    options = words[: words.index("--")] if "--" in words else words
    return any(len(word) > len("--") and "--json".startswith(word) for word in options)


@contextlib.contextmanager
def escaped_output() -> Iterator[None]:
    """Let both streams escape letters that they cannot hold, and leave them as they were."""
    changed = [
        (stream, stream.errors)
        for stream in (sys.stdout, sys.stderr)
        if isinstance(stream, io.TextIOWrapper) and not stream.closed
    ]
    for stream, _ in changed:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in changed:
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)
