"""Units of dose and volume as planning systems write them; none is assumed."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["DoseUnit", "dose_unit", "is_cc"]


class DoseUnit(NamedTuple):
    """A unit of dose.

    Attributes
    ----------
    gy : float
        Gy, or Gy(RBE), of one of it.
    is_rbe_weighted : bool
        Whether the dose contains an RBE.
    """

    gy: float
    is_rbe_weighted: bool


_DOSE_UNITS: Final = {
    "gy": DoseUnit(1.0, is_rbe_weighted=False),
    "cgy": DoseUnit(0.01, is_rbe_weighted=False),
    "gyrbe": DoseUnit(1.0, is_rbe_weighted=True),
    "cgyrbe": DoseUnit(0.01, is_rbe_weighted=True),
    "gye": DoseUnit(1.0, is_rbe_weighted=True),
    "cgye": DoseUnit(0.01, is_rbe_weighted=True),
    "cge": DoseUnit(1.0, is_rbe_weighted=True),  # cobalt gray equivalent: no hundredth
}


def dose_unit(text: str) -> DoseUnit | None:
    """Return an absolute unit of dose; None for any other, such as % or none at all.

    Examples
    --------
    >>> dose_unit("cGy"), dose_unit("Gy (RBE)"), dose_unit("CGE").gy, dose_unit("%"), dose_unit("")
    (DoseUnit(gy=0.01, is_rbe_weighted=False), DoseUnit(gy=1.0, is_rbe_weighted=True), 1.0, None, None)
    """
    return _DOSE_UNITS.get(re.sub(r"[\s()_-]", "", text).casefold())


def is_cc(text: str) -> bool:
    """Return whether a unit of volume is the cubic centimetre.

    Examples
    --------
    >>> is_cc("cm³"), is_cc("cm3"), is_cc("cc"), is_cc("%"), is_cc("cm")
    (True, True, True, False, False)
    """
    # whatever follows "cm" may have been spoilt by a code page
    word = text.strip().casefold()
    return word in ("cc", "ccm") or re.fullmatch(r"cm\s*\S{1,3}", word) is not None
