"""Step 4, the registration: the same frame, an object, a matrix, or none; judged, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps.courses import cards_of
from rtplan.page.steps.forms import Form

__all__ = [
    "FoundRegistration",
    "found_registrations",
    "matrix_text",
    "registration_open",
    "same_frame",
    "state_registration",
]


@dataclass(frozen=True, kw_only=True)
class FoundRegistration:
    """A registration that can be chosen.

    Attributes
    ----------
    file : str
        As the case file writes it.
    label : str
    is_deformable : bool
    is_used : bool
    """

    file: str
    label: str
    is_deformable: bool
    is_used: bool


def found_registrations(sheet: Sheet) -> list[FoundRegistration]:
    """Return every registration among what was dropped, and those typed as a matrix."""
    used = {row["file"] for row in sheet.tables.get("registration", [])}
    found: dict[str, FoundRegistration] = {}
    rows = [
        *(row for card in cards_of(sheet) for row in (card.facts or {}).get("registrations", ())),
        *sheet.beside.get("matrices", ()),
    ]
    for row in rows:
        found[row["file"]] = FoundRegistration(
            file=row["file"],
            label=row["label"],
            is_deformable=row["is_deformable"],
            is_used=row["file"] in used,
        )
    return list(found.values())


def same_frame(sheet: Sheet) -> bool:
    """Whether every course with a dose distribution has the same frame of reference."""
    frames = {(card.facts or {}).get("frame_uid", "") for card in cards_of(sheet) if card.is_course}
    return len(frames) == 1 and "" not in frames


def state_registration(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of the registration states it.

    Raises
    ------
    RtplanValueError
        All mistakes of the form at once.
    """
    chosen = form.texts("file") if form.text("how") == "object" else []
    known = {each.file for each in found_registrations(sheet)}
    if not set(chosen) <= known:
        form.mistakes.append("a registration was chosen that is not among those found; drop it again")
    if form.text("how") == "object" and not chosen:
        form.mistakes.append("which registration? Tick one, or say that there is none")
    who, why = form.text("decided_by"), form.text("because")
    shift = form.number("shift_mm", "shift along each axis, mm")
    rotation = form.number("rotation_degrees", "rotation, degrees")
    if rotation is not None and shift is None:
        form.mistakes.append("a rotation is stated without a shift: state both, 0 where there is none")
    form.refuse_mistakes()
    uncertainty = {} if shift is None else {"shift_mm": shift, "rotation_degrees": rotation}
    return sheet.stating(
        registration=[{"file": file, "decided_by": who, "because": why} for file in chosen],
        registration_uncertainty=uncertainty,
    ).noting(registration_how=form.text("how"))


def registration_open(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    """Return what the registration still lacks."""
    rows = sheet.tables.get("registration", [])
    if not sheet.beside.get("registration_how"):
        return [("registration.open.unsaid", {})]
    if any(not (row.get("decided_by") and row.get("because")) for row in rows):
        return [("registration.open.judged", {})]
    return []


def matrix_text(numbers: Sequence[float], *, maps_from: str, maps_to: str) -> str:
    """Return a matrix file.

    Parameters
    ----------
    numbers : sequence of float
        Twelve or sixteen, row by row.
    maps_from, maps_to : str
        Frame of reference UIDs.

    Raises
    ------
    RtplanValueError
        Another count of numbers, or a last row that is not 0 0 0 1.

    Examples
    --------
    >>> print(matrix_text([1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0], maps_from="1.2", maps_to="1.3"))
    maps_from = "1.2"
    maps_to = "1.3"
    axes = "LPS"
    unit = "mm"
    matrix = [
      [1.0, 0.0, 0.0, 5.0],
      [0.0, 1.0, 0.0, 0.0],
      [0.0, 0.0, 1.0, 0.0],
      [0.0, 0.0, 0.0, 1.0],
    ]
    <BLANKLINE>
    """
    values = [float(number) for number in numbers]
    if len(values) == 12:
        values += [0.0, 0.0, 0.0, 1.0]
    if len(values) != 16 or values[12:] != [0.0, 0.0, 0.0, 1.0]:
        raise RtplanValueError(
            f"{len(numbers)} numbers: a matrix has four rows of four, the last 0 0 0 1; translations in mm"
        )
    rows = [f"  [{', '.join(map(repr, values[4 * row : 4 * row + 4]))}]," for row in range(4)]
    head = [f'maps_from = "{maps_from}"', f'maps_to = "{maps_to}"', 'axes = "LPS"', 'unit = "mm"']
    return "\n".join([*head, "matrix = [", *rows, "]"]) + "\n"
