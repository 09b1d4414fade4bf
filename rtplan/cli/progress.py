"""Progress on standard error for what takes longer than a second; quiet when that is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, TextIO

__all__ = ["Progress"]


@dataclass(kw_only=True)
class Progress:
    """Says what is being done, on one line that replaces itself, from the first second onwards.

    Attributes
    ----------
    stream : text stream
        Where to write; standard error unless told otherwise.
    quiet_seconds : float
        Nothing is shown before this much time has passed.
    clock : callable
        Seconds, monotonic; tests pass their own.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    quiet_seconds: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _shown: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def __call__(self, doing: str) -> None:
        """Show what is being done now, when a person is looking and a second has passed."""
        if self.stream.isatty() and self.clock() - self._started >= self.quiet_seconds:
            self.stream.write(f"\r\x1b[K{doing} ...")
            self.stream.flush()
            self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.done()

    def done(self) -> None:
        """Clear the line, so that what follows starts on a clean one."""
        if self._shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self._shown = False
