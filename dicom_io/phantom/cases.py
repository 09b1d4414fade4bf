"""The synthetic patients that are carried, by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from dicom_io.errors import DicomValueError
from dicom_io.phantom import pelvis
from dicom_io.phantom.case import PhantomCase
from dicom_io.phantom.solids import SHAPES, solid_case
from dicom_io.phantom.spine import spine_sabr

__all__ = ["CASES", "build_case"]

_POSITIONS = {"": "HFS", "-ffs": "FFS", "-hfp": "HFP", "-ffp": "FFP", "-hfdr": "HFDR"}


def _spines() -> dict[str, Callable[[], PhantomCase]]:
    """Return the spinal patients: both gaps in plane and across planes, in every position."""
    builders: dict[str, Callable[[], PhantomCase]] = {}
    for gap_mm, across in itertools.product((2, 5), (False, True)):
        for suffix, position in _POSITIONS.items():
            name = f"spine-sabr-{gap_mm}mm{'-across' if across else ''}{suffix}"
            builders[name] = partial(
                spine_sabr,
                name,
                gap_mm=float(gap_mm),
                across_planes=across,
                patient_position=position,
            )
    return builders


def _solids() -> dict[str, Callable[[], PhantomCase]]:
    """Return the solids: the gradient along z by plain name, and across; cylinder and cone lying down."""
    builders: dict[str, Callable[[], PhantomCase]] = {}
    for shape in SHAPES:
        for suffix, gradient_axis in {"": "z", "-x": "x", "-y": "y"}.items():
            name = f"{shape}{suffix}"
            builders[name] = partial(solid_case, name, shape=shape, axis="z", gradient_axis=gradient_axis)
    for shape in ("cylinder", "cone"):
        name = f"{shape}-lying"
        builders[name] = partial(solid_case, name, shape=shape, axis="x", gradient_axis="y")
    return builders


_BUILDERS: dict[str, Callable[[], PhantomCase]] = {
    "pelvis-two-courses": pelvis.upright,
    "pelvis-two-courses-tilted": pelvis.tilted,
    **_spines(),
    **_solids(),
}

CASES: tuple[str, ...] = tuple(_BUILDERS)
"""Names of the cases, in the order they are listed."""


def build_case(name: str) -> PhantomCase:
    """Return a synthetic patient as data.

    Parameters
    ----------
    name : str
        One of `CASES`.

    Raises
    ------
    DicomValueError
        When no case has this name; the message lists those that are there.

    Examples
    --------
    >>> [course.n_fractions for course in build_case("pelvis-two-courses").courses]
    [28, 5]
    """
    if name not in _BUILDERS:
        raise DicomValueError(f"no synthetic patient {name!r}; there are: {', '.join(CASES)}")
    return _BUILDERS[name]()
