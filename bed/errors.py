"""Errors and warnings of the radiobiology package.

Every error is a `BedError` and also the built-in error that a plain Python function would raise, so
that callers may catch either.
"""

from __future__ import annotations

__all__ = [
    "BedError",
    "BedTypeError",
    "BedValueError",
    "OutsideValidityWarning",
    "RegimenError",
    "TissueLookupError",
]


class BedError(Exception):
    """Root of all errors raised by `bed`."""


class BedValueError(BedError, ValueError):
    """A number outside the range in which the model has a meaning."""


class BedTypeError(BedError, TypeError):
    """Quantities of different kinds were combined, such as BED with physical dose."""


class RegimenError(BedValueError):
    """A fractionation regimen that cannot be understood or contradicts itself."""


class TissueLookupError(BedError, LookupError):
    """No published parameter fits, or several do and the caller must choose."""


class OutsideValidityWarning(UserWarning):
    """The result exists, but the model is used outside the domain its source supports."""
