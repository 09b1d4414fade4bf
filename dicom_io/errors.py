"""Errors and warnings of the DICOM-RT package.

Every error is a `DicomIoError` and also the built-in error that a plain Python function would raise.
Messages never contain a patient's name, ID or birth date, nor an absolute path. Each class has a `code`, a
word for programs that stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "AmbiguousStudyError",
    "ContradictionError",
    "DicomIoError",
    "DicomReadError",
    "DicomValueError",
    "FolderNotEmptyError",
    "MissingObjectError",
    "NoSuchFolderError",
    "NoSuchStructureError",
]


class DicomIoError(Exception):
    """Root of all errors raised by `dicom_io`.

    Attributes
    ----------
    code : str
        The same for every error of the class.
    missing : tuple of str
        What must be there before there is an answer, such as ``"the dose (RTDOSE)"``.
    where : str or None
        The file (its name without folders), object or value that was refused.
    """

    code: ClassVar[str] = "not_possible"

    def __init__(self, *message: object, missing: Sequence[str] = (), where: str | None = None) -> None:
        super().__init__(*message)
        self.missing = tuple(missing)
        self.where = where


class DicomReadError(DicomIoError, OSError):
    """A file that cannot be read as the DICOM object it should be."""

    code = "unreadable_file"


class DicomValueError(DicomIoError, ValueError):
    """A value, in a file or an argument, outside what it may be."""

    code = "bad_value"


class MissingObjectError(DicomIoError, LookupError):
    """An object, structure or attribute that is needed is not there."""

    code = "missing_object"


class NoSuchFolderError(MissingObjectError):
    """The folder, archive or file that was named is not there."""

    code = "no_such_folder"


class NoSuchStructureError(MissingObjectError):
    """No structure has the name that was asked for."""

    code = "no_such_structure"


class FolderNotEmptyError(DicomIoError):
    """A folder that would be written into holds something already."""

    code = "output_exists"


class AmbiguousStudyError(DicomIoError, LookupError):
    """More than one plan, dose or structure set fits; the choice is asked for, never made silently."""

    code = "ambiguous_study"


class ContradictionError(DicomIoError, ValueError):
    """Two objects that should agree do not: patients, frames of reference, doses and prescriptions."""

    code = "contradiction"
