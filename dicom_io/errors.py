"""Errors and warnings of the DICOM-RT package.

Every error is a `DicomIoError` and also the built-in error that a plain Python function would raise.
Messages never contain a patient's name, ID or birth date, nor an absolute path.
"""

from __future__ import annotations

__all__ = [
    "AmbiguousStudyError",
    "ContradictionError",
    "DicomIoError",
    "DicomReadError",
    "DicomValueError",
    "MissingObjectError",
]


class DicomIoError(Exception):
    """Root of all errors raised by `dicom_io`."""


class DicomReadError(DicomIoError, OSError):
    """A file that cannot be read as the DICOM object it should be."""


class DicomValueError(DicomIoError, ValueError):
    """A value, in a file or an argument, outside what it may be."""


class MissingObjectError(DicomIoError, LookupError):
    """An object, structure or attribute that is needed is not there."""


class AmbiguousStudyError(DicomIoError, LookupError):
    """More than one plan, dose or structure set fits; the choice is asked for, never made silently."""


class ContradictionError(DicomIoError, ValueError):
    """Two objects that should agree do not: patients, frames of reference, doses and prescriptions."""
