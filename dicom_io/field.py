"""Scalar fields in the patient: values that can be asked for at any point, and where they are unknown.

The DVH engine works on a `ScalarField` and knows no more of it than this: a `GridField` is a grid of
values sampled trilinearly; other packages make fields of their own (a sum over courses, say) from them.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dicom_io.geometry import GridGeometry

__all__ = ["ScalarField"]


class ScalarField(Protocol):
    """Values at points of the patient.

    Attributes
    ----------
    geometry : GridGeometry
        The grid that tells how finely the field varies; sampling starts from its spacing.
    frame_of_reference_uid : str
    """

    @property
    def geometry(self) -> GridGeometry:
        """The grid that tells how finely the field varies."""
        ...

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        ...

    def sample(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points of shape (n, 3), mm; NaN where not covered."""
        ...
