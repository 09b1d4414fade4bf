"""What every high-dose model needs: dose per fraction, the BED each fraction must reach, and roots of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    BoolArray,
    FloatArray,
    doses,
    external_dose_per_fraction,
    positive,
    whole,
)

__all__ = ["alpha_beta_of", "beyond", "course", "falling_newton", "lq_root", "target_per_fraction"]

_NEWTON_STEPS = 64


def course(dose: ArrayLike, n_fractions: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Dose per fraction and number of fractions of a course; cGy taken for Gy is refused."""
    total, number = doses(dose, "dose"), whole(n_fractions, "n_fractions")
    return external_dose_per_fraction(total / number, "dose / n_fractions"), number


def target_per_fraction(bed_gy: ArrayLike, n_fractions: ArrayLike) -> FloatArray:
    """BED per fraction that an inverse must reach."""
    return doses(bed_gy, "bed_gy") / whole(n_fractions, "n_fractions")


def alpha_beta_of(alpha_beta: ArrayLike) -> FloatArray:
    """Alpha/beta in Gy, > 0, infinity allowed."""
    return positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)


def beyond(value: FloatArray, limit: FloatArray) -> BoolArray:
    """Where a value exceeds its limit by more than the rounding of n d / n."""
    return value > limit * (1.0 + 1e-12)


def lq_root(effect: FloatArray, ratio: FloatArray) -> FloatArray:
    """Dose per fraction with this BED per fraction under LQ, in the form that never cancels."""
    return 2.0 * effect / (1.0 + np.sqrt(1.0 + 4.0 * effect / ratio))


def falling_newton(
    target: FloatArray,
    start: FloatArray,
    value: Callable[[FloatArray], FloatArray],
    slope: Callable[[FloatArray], FloatArray],
) -> FloatArray:
    """Root of a rising convex function from a start above it; Newton's steps then only fall."""
    dose = np.broadcast_to(start, np.broadcast_shapes(target.shape, start.shape)).astype(np.float64)
    for _ in range(_NEWTON_STEPS):  # pragma: no branch - ten steps suffice; the rest guards against rounding
        step = (value(dose) - target) / slope(dose)
        dose = dose - step
        if not np.any(np.abs(step) > 1e-15 * np.abs(dose)):
            break
    return dose
