"""Errors of the clinical package."""

from __future__ import annotations

__all__ = ["RtplanError", "RtplanLookupError", "RtplanTypeError", "RtplanValueError"]


class RtplanError(Exception):
    """Root of all errors raised by `rtplan`."""


class RtplanValueError(RtplanError, ValueError):
    """A value outside what it may be."""


class RtplanTypeError(RtplanError, TypeError):
    """Things that differ physically were combined."""


class RtplanLookupError(RtplanError, LookupError):
    """A named thing (structure, constraint set, tissue) that is not there."""
