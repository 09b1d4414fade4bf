"""Which transform carries points of one frame of reference into another: chained, inverted, or not there.

Equal UIDs are the identity and nothing else is: two frames without a registration stay apart.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_io.errors import DicomValueError
from dicom_io.registration import RigidTransform, identity
from rtplan.errors import RtplanLookupError, RtplanValueError

__all__ = ["MATRIX_FILE_KEYS", "has_transform", "read_matrix_file", "transform_between"]

MATRIX_FILE_KEYS: Final = ("maps_from", "maps_to", "axes", "unit", "matrix")
_SAME_MM: Final = 1e-3


def transform_between(
    transforms: Iterable[RigidTransform], *, maps_from: str, maps_to: str
) -> RigidTransform:
    """Return the transform from one frame of reference to another.

    Registrations are used in either direction and chained through frames in between; the shortest chain
    is taken. Equal frames give the identity.

    Parameters
    ----------
    transforms : iterable of RigidTransform
        All that is known.
    maps_from, maps_to : str
        Frame of reference UIDs, not empty.

    Raises
    ------
    RtplanLookupError
        No chain joins the two.
    RtplanValueError
        Two registrations of the same pair of frames disagree, or a frame has no UID.

    Examples
    --------
    >>> shift = np.eye(4); shift[:3, 3] = [10, 0, 0]
    >>> known = RigidTransform(matrix=shift, maps_from="1.2.3", maps_to="1.2.4", source="matrix file")
    >>> transform_between([known], maps_from="1.2.4", maps_to="1.2.3").translation_mm
    array([-10., 0., 0.])
    """
    if not maps_from or not maps_to:
        raise RtplanValueError("a frame of reference without a UID cannot be joined to another")
    if maps_from == maps_to:
        return identity(maps_from)
    steps = list(transforms)
    _refuse_disagreement(steps)
    found = _shortest_chain([*steps, *(step.inverse() for step in steps)], maps_from, maps_to)
    if found is None:
        raise RtplanLookupError(
            "the frames of reference differ and no registration joins them: no voxel sum can be made; "
            "give a registration object or a matrix file"
        )
    return found


def has_transform(transforms: Iterable[RigidTransform], *, maps_from: str, maps_to: str) -> bool:
    """Say whether a transform between two frames is known."""
    try:
        transform_between(transforms, maps_from=maps_from, maps_to=maps_to)
    except RtplanLookupError:
        return False
    return True


def _shortest_chain(steps: Sequence[RigidTransform], start: str, goal: str) -> RigidTransform | None:
    """Search outwards from the start, one registration at a time."""
    reached = {start: identity(start)}
    frontier = [start]
    while frontier and goal not in reached:
        next_frontier = []
        for frame in frontier:
            for step in steps:
                if step.maps_from == frame and step.maps_to not in reached:
                    reached[step.maps_to] = step if frame == start else reached[frame].then(step)
                    next_frontier.append(step.maps_to)
        frontier = next_frontier
    return reached.get(goal)


def _refuse_disagreement(steps: Sequence[RigidTransform]) -> None:
    """Refuse two registrations of one pair of frames that are not the same transform."""
    for first, second in combinations(steps, 2):
        ends = (second.maps_from, second.maps_to)
        if ends == (first.maps_from, first.maps_to):
            other = second
        elif ends == (first.maps_to, first.maps_from):
            other = second.inverse()
        else:
            continue
        if not np.allclose(first.matrix, other.matrix, atol=_SAME_MM, rtol=0):
            raise RtplanValueError(
                "two registrations join the same frames of reference and disagree "
                f"({_name(first)} and {_name(second)}): give only the one that was approved"
            )


def _name(transform: RigidTransform) -> str:
    tail = transform.source_uid[-8:] or transform.source_sha256[:8]
    return f"{transform.source} ...{tail}" if tail else transform.source


def read_matrix_file(path: Path) -> RigidTransform:
    """Read a rigid transform from a matrix file, which says everything and leaves nothing to assume.

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
    except ValueError as fault:
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
