"""What a task finds in its child process, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Desk", "Reply", "Task"]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a task answers.

    Attributes
    ----------
    body : mapping
        As JSON has it.
    content : bytes
        A picture or a file beside it.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What lies before a task.

    Attributes
    ----------
    arguments : mapping
        What was asked, as JSON has it.
    kept : dict
        Lives as long as the child: what one task has read, the next need not read again.
    progress : callable
        Told what is done now, in words.
    """

    arguments: Mapping[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda _: None


Task = Callable[[Desk], Reply]
"""A function of a module, so that the child finds it by its name."""
