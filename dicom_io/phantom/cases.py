"""The synthetic patients that are carried, by name."""

from __future__ import annotations

from collections.abc import Callable

from dicom_io.errors import DicomValueError
from dicom_io.phantom import pelvis
from dicom_io.phantom.case import PhantomCase

__all__ = ["CASES", "build_case"]

_BUILDERS: dict[str, Callable[[], PhantomCase]] = {
    "pelvis-two-courses": pelvis.upright,
    "pelvis-two-courses-tilted": pelvis.tilted,
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
