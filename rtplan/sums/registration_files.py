"""Registrations from files: spatial registration objects, and matrices typed into a file."""

from __future__ import annotations

from pathlib import Path

from dicom_io.study import load_study
from rtplan.errors import RtplanLookupError
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
    """
    if not path.exists():
        raise RtplanLookupError(f"registration {path.name!r} does not exist")
    if path.suffix.lower() in (".toml", ".json"):
        return (read_matrix_file(path),)
    entries = load_study(path).registrations
    if not entries:
        raise RtplanLookupError(f"{path.name!r} holds no spatial registration object")
    return tuple(
        transform
        for entry in entries
        for transform in (entry.deformations if entry.is_deformable else entry.transforms)
    )
