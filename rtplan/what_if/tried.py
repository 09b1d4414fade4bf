"""The values that are tried: frozen, checked, and apart from what was stated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.reirradiation import Reirradiation
from rtplan.sums import Motion, TriedRegimen

__all__ = ["Tried"]

_LARGEST_ALPHA_BETA: Final = 100.0


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What is tried in place of what was stated; whatever is left out stays as stated.

    Attributes
    ----------
    alpha_beta : mapping of (str, float) to float
        Organ and its stated alpha/beta to the one tried, Gy, above 0, up to 100.
    recovered : float or None
        Fraction of every earlier course's EQD2 that is taken off, 0 to 1, in every organ but targets, which
        never recover; None for the rule that was stated.
    motion : Motion
        Of every earlier course together.
    regimen : TriedRegimen
        Of the new course.
    limits : mapping of (str, str) to float
        Organ and metric to the limit tried, Gy EQD2, above 0.

    Examples
    --------
    >>> Tried().is_stated
    True
    >>> Tried(recovered=0.25).is_stated
    False
    """

    alpha_beta: Mapping[tuple[str, float], float] = field(default_factory=dict)
    recovered: float | None = None
    motion: Motion = field(default_factory=Motion)
    regimen: TriedRegimen = field(default_factory=TriedRegimen)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (organ, _), value in self.alpha_beta.items():
            if not 0 < value <= _LARGEST_ALPHA_BETA:
                raise RtplanValueError(
                    f"{organ}: alpha/beta of {value} Gy tried; above 0, up to {_LARGEST_ALPHA_BETA:g} Gy"
                )
        if self.recovered is not None and not 0 <= self.recovered <= 1:
            raise RtplanValueError(f"recovery of {self.recovered} tried; 0 to 1 is allowed")
        for (organ, metric), value in self.limits.items():
            if not (math.isfinite(value) and value > 0):
                raise RtplanValueError(f"{organ}: a limit of {value} Gy EQD2 tried on {metric} is none")

    @property
    def is_stated(self) -> bool:
        """Whether nothing is tried."""
        return (
            not self.alpha_beta
            and not self.limits
            and self.recovered is None
            and self.motion.is_none
            and self.regimen == TriedRegimen()
        )

    def alpha_beta_of(self, organ: str, stated: float) -> float:
        """Return the alpha/beta that counts for an organ, Gy."""
        return self.alpha_beta.get((organ, stated), stated)

    def regimens(self, answer: Reirradiation) -> Mapping[str, TriedRegimen]:
        """Return the regimens tried, by label of their course."""
        return {} if self.regimen == TriedRegimen() else {answer.new.label: self.regimen}
