"""Matrix files: a rigid transform in a small file that says everything and leaves nothing to assume."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_io import DicomValueError
from dicom_io.objects import RigidTransform
from rtplan.errors import RtplanValueError

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
    content = path.read_bytes()
    said = _parsed(content, path.name)
    _check_keys(said, path.name)
    try:
        return RigidTransform(
            matrix=np.array(said["matrix"], dtype=np.float64),
            maps_from=str(said["maps_from"]),
            maps_to=str(said["maps_to"]),
            source="matrix file",
            source_sha256=hashlib.sha256(content).hexdigest(),
        )
    except (DicomValueError, TypeError, ValueError) as fault:
        raise RtplanValueError(f"matrix file {path.name}: {fault}") from fault


def _parsed(content: bytes, name: str) -> Mapping[str, Any]:
    try:
        said = json.loads(content) if name.lower().endswith(".json") else tomllib.loads(content.decode())
    except (ValueError, RecursionError) as fault:
        raise RtplanValueError(f"matrix file {name} is neither TOML nor JSON: {fault}") from fault
    if not isinstance(said, dict):
        raise RtplanValueError(f"matrix file {name} must hold {', '.join(MATRIX_FILE_KEYS)}")
    return said


def _check_keys(said: Mapping[str, Any], name: str) -> None:
    missing = [key for key in MATRIX_FILE_KEYS if key not in said]
    unknown = [key for key in said if key not in MATRIX_FILE_KEYS]
    if missing or unknown:
        raise RtplanValueError(
            f"matrix file {name} must say {', '.join(MATRIX_FILE_KEYS)}; "
            f"missing: {', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}"
        )
    for key, needed in (("axes", "LPS"), ("unit", "mm")):
        if said[key] != needed:
            raise RtplanValueError(f"matrix file {name}: {key} is {said[key]!r}, only {needed!r} is read")
    if not said["maps_from"] or not said["maps_to"]:
        raise RtplanValueError(f"matrix file {name}: maps_from and maps_to are frame of reference UIDs")
