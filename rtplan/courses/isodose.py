"""An isodose as people state it: a physical dose, or a share of each course's own prescription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rtplan.courses.course import Course
from rtplan.errors import RtplanValueError

__all__ = ["Isodose", "parse_isodose"]


@dataclass(frozen=True, kw_only=True)
class Isodose:
    """The isodose that counts as irradiated, for every course it is asked of.

    Attributes
    ----------
    value : float
        Above 0.
    unit : {"Gy", "%"}
        Physical dose as delivered, or per cent of the course's prescription as delivered.
    """

    value: float
    unit: Literal["Gy", "%"]

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and self.value > 0):
            raise RtplanValueError(f"isodose {self.value} {self.unit}: above 0 is needed")
        if self.value > 200:
            hint = "; did you type cGy?" if self.unit == "Gy" else ""
            raise RtplanValueError(f"isodose {self.value:g} {self.unit}: at most 200{hint}")

    def of_course(self, course: Course) -> float | None:
        """Return the physical dose of a course that it stands for, Gy; None without a prescription."""
        if self.unit == "Gy":
            return self.value
        prescribed = course.prescription_gy
        return None if prescribed is None else self.value / 100 * prescribed

    def __str__(self) -> str:
        return f"{self.value:g}{'%' if self.unit == '%' else ' Gy'}"


def parse_isodose(text: str) -> Isodose:
    """Read ``"50%"`` or ``"20Gy"``.

    Examples
    --------
    >>> parse_isodose("50%")
    Isodose(value=50.0, unit='%')
    """
    stripped = text.strip().replace(" ", "")
    unit: Literal["Gy", "%"] = "%" if stripped.endswith("%") else "Gy"
    if not stripped.lower().endswith(("%", "gy")):
        raise RtplanValueError(f"{text!r} is no isodose: write 50% (of the prescription) or 20Gy")
    try:
        return Isodose(value=float(stripped[: -len(unit)]), unit=unit)
    except ValueError as fault:
        raise RtplanValueError(f"{text!r} is no isodose: {fault}") from None
