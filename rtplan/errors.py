"""Errors of the clinical package.

Each class has a `code`, a word that stays the same from version to version; `rtplan.documents.refusal_body`
writes it beside the message, so that a program can tell refusals apart without reading English.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "NoSuchFileError",
    "NotStatedError",
    "OutputExistsError",
    "PackageMissingError",
    "RtplanContradictionError",
    "RtplanError",
    "RtplanLookupError",
    "RtplanTypeError",
    "RtplanValueError",
]


class RtplanError(Exception):
    """Root of all errors raised by `rtplan`.

    Attributes
    ----------
    code : str
        The same for every error of the class.
    missing : tuple of str
        What must be given or be there before the same question has an answer.
    where : str or None
        The file (its name without folders), option or value that was refused.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, *message: object, missing: Sequence[str] = (), where: str | None = None) -> None:
        super().__init__(*message)
        self.missing = tuple(missing)
        self.where = where


class RtplanValueError(RtplanError, ValueError):
    """A value outside what it may be."""

    code = "bad_value"


class NotStatedError(RtplanValueError):
    """Something that only a person can say was not said; nothing stands in for it."""

    code = "not_stated"


class RtplanContradictionError(RtplanValueError):
    """Two statements that cannot both be true."""

    code = "contradiction"


class OutputExistsError(RtplanValueError):
    """What would be written is there already with other content."""

    code = "output_exists"


class OutputIsInputError(RtplanValueError):
    """What would be written has the place of something that was read."""

    code = "output_is_input"


class RtplanTypeError(RtplanError, TypeError):
    """Things that differ physically were combined."""

    code = "kinds_mixed"


class RtplanLookupError(RtplanError, LookupError):
    """A named thing (structure, constraint set, tissue) that is not there."""

    code = "not_found"


class NoSuchFileError(RtplanLookupError):
    """A file that was named and is not there."""

    code = "no_such_file"


class PackageMissingError(RtplanLookupError):
    """An optional package that is needed for what was asked is not installed."""

    code = "needs_package"
