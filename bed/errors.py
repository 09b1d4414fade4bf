"""Errors and warnings of the radiobiology package.

Every error is a `BedError` and also the built-in error that a plain Python function would raise, so
that callers may catch either. Each class has a `code`, a word for programs that stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "BedError",
    "BedTypeError",
    "BedValueError",
    "OutsideValidityWarning",
    "RegimenError",
    "TissueLookupError",
]


class BedError(Exception):
    """Root of all errors raised by `bed`.

    Attributes
    ----------
    code : str
        The same for every error of the class.
    missing : tuple of str
        What must be given before there is an answer.
    where : str or None
        The value that was refused.
    """

    code: ClassVar[str] = "not_computable"

    def __init__(self, *message: object, missing: Sequence[str] = (), where: str | None = None) -> None:
        super().__init__(*message)
        self.missing = tuple(missing)
        self.where = where


class BedValueError(BedError, ValueError):
    """A number outside the range in which the model has a meaning."""

    code = "bad_value"


class BedTypeError(BedError, TypeError):
    """Quantities of different kinds were combined, such as BED with physical dose."""

    code = "kinds_mixed"


class RegimenError(BedValueError):
    """A fractionation regimen that cannot be understood or contradicts itself."""

    code = "bad_regimen"


class TissueLookupError(BedError, LookupError):
    """No published parameter fits, or several do and the caller must choose."""

    code = "no_single_tissue"


class OutsideValidityWarning(UserWarning):
    """The result exists, but the model is used outside the domain its source supports."""
