"""Matrix files: a rigid transform in a small file that says everything and leaves nothing to assume."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_io import DicomValueError
from dicom_io.objects import RigidTransform
from rtplan.files import TypedFile, TypedFileError, read_typed_file, unknown_keys

__all__ = ["MATRIX_FILE_KEYS", "read_matrix_file"]

MATRIX_FILE_KEYS: Final = ("maps_from", "maps_to", "axes", "unit", "matrix")


def read_matrix_file(path: Path) -> RigidTransform:
    """Read a rigid transform from a matrix file.

    Parameters
    ----------
    path : Path
        A ``.toml`` or ``.json`` file with ``maps_from`` and ``maps_to`` (frame of reference UIDs),
        ``axes = "LPS"``, ``unit = "mm"`` and ``matrix``, four rows of four numbers, row-major, acting on
        column vectors (x, y, z, 1).

    Raises
    ------
    RtplanValueError
        A key is missing, unknown or says something else; the matrix is no rotation and translation.
    """
    file = read_typed_file(path, kind="matrix file")
    said = _parsed(file)
    _check_keys(said, file)
    try:
        return RigidTransform(
            matrix=np.array(said["matrix"], dtype=np.float64),
            maps_from=str(said["maps_from"]),
            maps_to=str(said["maps_to"]),
            source="matrix file",
            source_sha256=file.sha256,
        )
    except (DicomValueError, TypeError, ValueError) as fault:
        raise TypedFileError(file.label, [str(fault)]) from fault


def _parsed(file: TypedFile) -> Mapping[str, Any]:
    said = file.json() if file.name.lower().endswith(".json") else file.toml()
    if not isinstance(said, dict):
        file.refuse(f"it must hold {', '.join(MATRIX_FILE_KEYS)}")
    return said


def _check_keys(said: Mapping[str, Any], file: TypedFile) -> None:
    mistakes = file.mistakes()
    missing = [key for key in MATRIX_FILE_KEYS if key not in said]
    if missing:
        mistakes.add(f"missing: {', '.join(missing)} (it must say {', '.join(MATRIX_FILE_KEYS)})")
    mistakes.add(*unknown_keys(said, MATRIX_FILE_KEYS))
    for key, needed in (("axes", "LPS"), ("unit", "mm")):
        if said.get(key, needed) != needed:
            mistakes.add(f"{key} is {said[key]!r}, only {needed!r} is read")
    for key in ("maps_from", "maps_to"):
        if not said.get(key, "absent"):
            mistakes.add(f"{key} is empty: it is a frame of reference UID")
    mistakes.raise_any()
