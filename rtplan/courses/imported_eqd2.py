"""An EQD2 that somebody else computed, beside what the linear-quadratic model makes of its own dose."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ImportedEqd2"]

_SAME = 0.01
"""Relative difference that rounding of a printed value explains."""


@dataclass(frozen=True, kw_only=True)
class ImportedEqd2:
    """A stated EQD2 or BED and its recomputation; the stated number is never used.

    Attributes
    ----------
    volume : str
        What it was stated of.
    quantity : {"EQD2", "BED"}
    stated_gy : float
    alpha_beta_gy : float or None
        As stated with it.
    recomputed_gy : float or None
        From the physical dose and fractions of the same volume; None with the `reason`.
    reason : str or None
    """

    volume: str
    quantity: str
    stated_gy: float
    alpha_beta_gy: float | None
    recomputed_gy: float | None
    reason: str | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether both are the same to 1 %; None where nothing could be recomputed."""
        if self.recomputed_gy is None:
            return None
        return abs(self.stated_gy - self.recomputed_gy) <= _SAME * max(self.recomputed_gy, 1e-9)

    def __str__(self) -> str:
        ratio = "" if self.alpha_beta_gy is None else f" at alpha/beta {self.alpha_beta_gy:g} Gy"
        said = f"{self.volume}: {self.quantity}{ratio} stated as {self.stated_gy:.4g} Gy"
        if self.recomputed_gy is None:
            return f"{said}, not recomputed: {self.reason}"
        verdict = "agrees" if self.agrees else "DOES NOT AGREE"
        return f"{said}, recomputed as {self.recomputed_gy:.4g} Gy: {verdict}"
