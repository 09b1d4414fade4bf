"""The summed EQD2 as arrays ready to be stored: what is covered, what is left out, and the statement with it.

RTDOSE cannot say *not covered*. The sum is therefore cropped to a box that every course covers, and it is
refused where that box does not hold the organs, unless the user wants the rest stored as 0 Gy together with a
structure that shows where nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.objects import Contour, DeformableTransform, GridGeometry, Structure
from rtplan._version import __version__
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import target_structures
from rtplan.reirradiation.organ import recovery_for
from rtplan.sums import BioGrid, CumulativeField, OrganMask

__all__ = [
    "ExportedSum",
    "covered_box",
    "exported_sum",
    "level_structures",
    "plan_uids",
    "with_recovery",
]

BoolArray = NDArray[np.bool_]
Box = tuple[slice, slice, slice]

_LONGEST_STATEMENT: Final = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedSum:
    """A sum ready to be stored.

    Attributes
    ----------
    eqd2_gy : ndarray of float32, shape (frames, rows, columns)
        Finite everywhere.
    geometry : GridGeometry
    alpha_beta : float
    recovery : str
        Name of the rule that was taken off inside the organs it speaks of, ``"none"``.
    left_out : str
        What the box leaves out, in words.
    not_covered : Structure or None
        Where 0 Gy stands for *unknown*; None where every voxel is covered.
    statement : str
        At most 1024 characters.
    machine_statement : str
        The same as JSON.
    """

    eqd2_gy: NDArray[np.float32]
    geometry: GridGeometry
    alpha_beta: float
    recovery: str
    left_out: str
    not_covered: Structure | None
    statement: str
    machine_statement: str


def plan_uids(result: Reirradiation) -> tuple[str, ...]:
    """Return the plans that the sum is of: at least two, since a MULTI_PLAN dose has to name them.

    Raises
    ------
    RtplanLookupError
        Fewer than two courses have a plan object.
    """
    phases = [phase for course in (*result.priors, result.new) for phase in course.phases]
    found = tuple(
        dict.fromkeys(
            phase.treatment.plan.sop_instance_uid for phase in phases if phase.treatment.plan is not None
        )
    )
    if len([uid for uid in found if uid]) < 2:
        raise RtplanLookupError(
            f"the EQD2 sum cannot be stored as a MULTI_PLAN dose: it has to name at least two plans, and "
            f"{len(found)} of the courses' plan objects are there"
        )
    return found


def covered_box(covered: BoolArray) -> Box:
    """Return a large box of covered voxels: the face with most gaps is trimmed until none is left.

    Raises
    ------
    RtplanValueError
        No voxel is covered.

    Examples
    --------
    >>> mask = np.ones((3, 4, 5), dtype=bool)
    >>> mask[0] = False
    >>> covered_box(mask)
    (slice(1, 3, None), slice(0, 4, None), slice(0, 5, None))
    """
    if not covered.any():
        raise RtplanValueError("no voxel of the new dose grid is covered by every course")
    low, high = [0, 0, 0], list(covered.shape)
    while True:
        inner = covered[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        if inner.size == 0:
            raise RtplanValueError("no box of the new dose grid is covered by every course")
        if inner.all():
            return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])
        axis, at_end = _worst_face(inner)
        if at_end:
            high[axis] -= 1
        else:
            low[axis] += 1


def _worst_face(inner: BoolArray) -> tuple[int, bool]:
    """Face of a box with the largest share of voxels that are not covered; of equal ones the first."""
    shares = [
        (float(np.mean(~np.take(inner, -1 if at_end else 0, axis=axis))), axis, at_end)
        for axis in range(3)
        for at_end in (False, True)
    ]
    _, axis, at_end = max(shares, key=lambda one: one[0])
    return axis, at_end


def _cropped(geometry: GridGeometry, box: Box) -> GridGeometry:
    starts = [part.start for part in box]
    shape = (box[0].stop - box[0].start, box[1].stop - box[1].start, box[2].stop - box[2].start)
    offsets = geometry.frame_offsets[box[0]]
    return replace(
        geometry,
        shape=shape,
        origin=geometry.to_patient(starts),
        frame_offsets=offsets - offsets[0],
        slice_thickness=geometry.slice_thickness,
    )


def exported_sum(
    result: Reirradiation, *, alpha_beta: float, recovered: bool, uncovered_as_zero: bool
) -> ExportedSum:
    """Lay the summed EQD2 on the new course's dose grid, ready to be stored.

    Parameters
    ----------
    result : Reirradiation
        With a voxel sum.
    alpha_beta : float
        One for the whole grid, Gy.
    recovered : bool
        Take the chosen rule off inside the organs it speaks of; elsewhere, and in targets, every course
        counts in full.
    uncovered_as_zero : bool
        Store 0 Gy where a course does not cover, with a structure that says where.

    Raises
    ------
    RtplanLookupError
        There is no voxel sum.
    RtplanValueError
        The box that every course covers does not hold the organs.
    """
    total = result.total(alpha_beta)
    geometry = result.joined.geometry
    values = np.array(BioGrid.of(total, geometry).eqd2.gy, dtype=np.float32)
    if recovered:
        values = with_recovery(result, total, geometry, values)
    covered = np.isfinite(values)
    box: Box = (
        slice(0, geometry.shape[0]),
        slice(0, geometry.shape[1]),
        slice(0, geometry.shape[2]),
    )
    unknown = None
    if uncovered_as_zero and not covered.all():
        unknown = _not_covered(geometry, covered, result.joined.frame_of_reference_uid)
        left_out = (
            f"{np.mean(~covered):.1%} of the voxels are not covered and stored as 0 Gy: see NOT_COVERED"
        )
    elif not uncovered_as_zero:
        box = covered_box(covered)
        left_out = _left_out(geometry, box)
        _check_organs(result, _cropped(geometry, box))
    else:
        left_out = "nothing: every voxel of the new dose grid is covered"
    recovery = result.recovery if recovered else "none"
    inner = _cropped(geometry, box)
    return ExportedSum(
        eqd2_gy=np.nan_to_num(values[box], nan=0.0),
        geometry=inner,
        alpha_beta=alpha_beta,
        recovery=recovery,
        left_out=left_out,
        not_covered=unknown,
        statement=_statement(result, alpha_beta, recovery, left_out),
        machine_statement=_machine_statement(result, alpha_beta, recovery, left_out, inner),
    )


def with_recovery(
    result: Reirradiation, total: CumulativeField, geometry: GridGeometry, plain: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take recovery off inside the organs that the chosen rule speaks of.

    Where two organs overlap the larger dose stays; inside targets, and inside named organs that the rule does
    not speak of, every course counts in full.

    Parameters
    ----------
    result : Reirradiation
    total : CumulativeField
        Without recovery; of all courses or of the earlier ones.
    geometry : GridGeometry
    plain : ndarray of float32, shape (frames, rows, columns)
        `total` on the grid.
    """
    found = plain.copy()
    points = geometry.to_patient(np.stack(np.unravel_index(np.arange(plain.size), geometry.shape), axis=-1))
    flat, in_full = found.reshape(-1), np.zeros(plain.size, dtype=np.bool_)
    touched = np.zeros(plain.size, dtype=np.bool_)
    kept: list[Structure] = list(target_structures(result.new))
    for match in result.matches:
        rule = recovery_for(match, result.recovery, intervals=result.intervals)
        if match.new is None:
            continue
        if not rule.is_chosen or rule.fractions is None:
            kept.append(match.new)
            continue
        forgotten = dict(zip([course.label for course in result.priors], rule.fractions, strict=True))
        inside = np.flatnonzero(OrganMask.of(match.new).holds(points))
        here = _forgetting(total, forgotten).sample(points[inside]).astype(np.float32)
        flat[inside] = np.where(touched[inside], np.maximum(flat[inside], here), here)
        touched[inside] = True
    for structure in kept:
        in_full |= OrganMask.of(structure).holds(points)
    flat[in_full] = plain.reshape(-1)[in_full]
    return found


def _forgetting(total: CumulativeField, forgotten: Mapping[str, float]) -> CumulativeField:
    parts = tuple(replace(part, recovered=forgotten.get(part.course, 0.0)) for part in total.parts)
    return replace(total, parts=parts)


def _left_out(geometry: GridGeometry, box: Box) -> str:
    kept = int(np.prod([part.stop - part.start for part in box]))
    if kept == np.prod(geometry.shape):
        return "nothing: every voxel of the new dose grid is covered"
    gone = [
        f"{part.start} and {size - part.stop} {name}"
        for part, size, name in zip(box, geometry.shape, ("frames", "rows", "columns"), strict=True)
        if part.start or size - part.stop
    ]
    share = 1 - kept / float(np.prod(geometry.shape))
    return f"{share:.1%} of the new dose grid, not covered by every course: {', '.join(gone)} at its two ends"


def _check_organs(result: Reirradiation, geometry: GridGeometry) -> None:
    """Refuse a box that cuts an organ off."""
    ends = np.array(geometry.shape) - 1
    outside = []
    for match in result.matches:
        if match.new is None or not match.new.contours:
            continue
        points = np.concatenate([contour.points for contour in match.new.contours])
        index = geometry.to_index(points)
        if not np.all((index >= -1e-6) & (index <= ends + 1e-6)):  # NaN beyond the frames is outside too
            outside.append(match.organ)
    if outside:
        raise RtplanValueError(
            f"the box that every course covers does not hold {', '.join(outside)}: not exported; "
            "--uncovered-as-zero stores 0 Gy there, with a NOT_COVERED structure"
        )


def _statement(result: Reirradiation, alpha_beta: float, recovery: str, left_out: str) -> str:
    courses = "; ".join(
        f"{course.label}, {course.n_fractions} fractions" for course in (*result.priors, result.new)
    )
    transforms = ", ".join(t.source_sha256[:12] or t.source for t in result.transforms) or "shared frame"
    text = (
        f"EQD2, not physical dose: sum over courses of D(d + a/b)/(2 + a/b) voxel by voxel, "
        f"a/b {alpha_beta:g} Gy everywhere. Recovery: {recovery}"
        + (" (inside the organs it speaks of)" if recovery != "none" else "")
        + ("; full repair between the fractions of a day" if result.joined.most_per_day > 1 else "")
        + f". Left out: {left_out}. Registration: {transforms}. rtplan {__version__}. Courses: {courses}"
    )
    return text if len(text) <= _LONGEST_STATEMENT else text[: _LONGEST_STATEMENT - 3] + "..."


def _machine_statement(
    result: Reirradiation, alpha_beta: float, recovery: str, left_out: str, geometry: GridGeometry
) -> str:
    said = {
        "quantity": "EQD2",
        "alpha_beta_gy": alpha_beta,
        "recovery": recovery,
        "left_out": left_out,
        "grid": list(geometry.shape),
        "version": __version__,
        "courses": [
            {
                "label": course.label,
                "n_fractions": course.n_fractions,
                "fractions_per_day": course.fractions_per_day,
                "inputs": [{"role": i.role, "sha256": i.sha256, "uid": i.uid} for i in course.inputs],
            }
            for course in (*result.priors, result.new)
        ],
        "transforms": [
            {
                "source": t.source,
                "sha256": t.source_sha256,
                "deformable": isinstance(t, DeformableTransform),
            }
            for t in result.transforms
        ],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _not_covered(geometry: GridGeometry, covered: BoolArray, frame: str) -> Structure:
    """Draw where no dose is known, frame by frame, along the faces of the voxels."""
    (structure,) = level_structures(
        geometry, (~covered).astype(np.float64), [0.5], names=["NOT_COVERED"], frame=frame
    )
    return structure


def level_structures(
    geometry: GridGeometry,
    values: NDArray[np.floating],
    levels: Sequence[float],
    *,
    names: Sequence[str],
    frame: str,
) -> tuple[Structure, ...]:
    """Draw where values lie above each level, as closed contours on the frames of a grid.

    Parameters
    ----------
    geometry : GridGeometry
    values : ndarray, shape (frames, rows, columns)
        NaN counts as below every level.
    levels : sequence of float
        Above 0.
    names : sequence of str
        One for each level.
    frame : str
        Frame of reference UID.

    Returns
    -------
    tuple of Structure
        Holes are contours inside contours.
    """
    from contourpy import contour_generator  # noqa: PLC0415 - comes with matplotlib; only exports draw

    drawn = []
    padded = np.pad(np.nan_to_num(values, nan=0.0), ((0, 0), (1, 1), (1, 1)))
    lines_of = [contour_generator(z=plane).lines for plane in padded]
    for number, (level, name) in enumerate(zip(levels, names, strict=True), start=1):
        contours = [
            _contour(geometry, place, np.asarray(line))
            for place, of in enumerate(lines_of)
            for line in of(level)
        ]
        drawn.append(
            Structure(
                number=number,
                name=name,
                interpreted_type="CONTROL",
                contours=tuple(contours),
                frame_of_reference_uid=frame,
            )
        )
    return tuple(drawn)


def _contour(geometry: GridGeometry, place: int, line: NDArray[np.float64]) -> Contour:
    """One closed line of (column, row) in a padded frame as a contour in the patient."""
    open_line = line[:-1]
    index = np.column_stack([np.full(len(open_line), place), open_line[:, 1] - 1, open_line[:, 0] - 1])
    return Contour(points=geometry.to_patient(index), geometric_type="CLOSED_PLANAR")
