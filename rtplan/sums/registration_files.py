"""Registrations from files: spatial registration objects, and matrices typed into a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dicom_io.study import RegistrationEntry, load_study
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums.matrix_file import read_matrix_file
from rtplan.sums.transforms import Registration

__all__ = ["read_registrations"]


def read_registrations(path: Path) -> tuple[Registration, ...]:
    """Read every transform of a registration object, a folder of them, or a matrix file.

    Parameters
    ----------
    path : Path
        A DICOM file or folder, or a matrix file (.toml, .json).

    Raises
    ------
    RtplanLookupError
        Nothing is there, or no registration is in it.
    RtplanValueError
        A registration that joins no two frames of reference.
    """
    if not path.exists():
        raise RtplanLookupError(f"registration {path.name!r} does not exist")
    if path.suffix.lower() in (".toml", ".json"):
        return (read_matrix_file(path),)
    entries = load_study(path).registrations
    if not entries:
        raise RtplanLookupError(f"{path.name!r} holds no spatial registration object")
    return tuple(transform for entry in entries for transform in _transforms(entry, path.name))


def _transforms(entry: RegistrationEntry, name: str) -> tuple[Registration, ...]:
    """Return what a registration object says, with whose it is; one that says nothing is refused."""
    found = entry.deformations if entry.is_deformable else entry.transforms
    if not found:
        raise RtplanValueError(
            f"registration {name!r}: {entry.label} joins no two frames of reference: nothing can be carried "
            "over by it; is it the one that was approved?"
        )
    return tuple(replace(transform, patient=entry.patient) for transform in found)
