"""What the user states about how a course was given: fractions, modality, RBE; nothing has a default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rtplan.errors import RtplanValueError

__all__ = ["NOT_STATED", "PARTICLES", "Delivery", "Modality"]

Modality = Literal[
    "photon", "electron", "proton", "carbon", "HDR brachytherapy", "PDR brachytherapy", "LDR brachytherapy"
]
_MODALITIES: Final[tuple[Modality, ...]] = (
    "photon",
    "electron",
    "proton",
    "carbon",
    "HDR brachytherapy",
    "PDR brachytherapy",
    "LDR brachytherapy",
)
PARTICLES: Final = ("proton", "carbon")
NOT_STATED: Final = "not stated"
_MOST_PER_DAY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What the user states about how a course was given; None leaves it to the plan.

    Attributes
    ----------
    n_fractions : int or None
        Fractions delivered.
    modality : str or None
        ``"photon"``, ``"electron"``, ``"proton"``, ``"carbon"``, ``"HDR brachytherapy"`` ...
    rbe : float or "included" or None
        Needed for protons and carbon ions: a constant factor on the dose, or that the dose contains it.
    fractions_per_day : int or None
        None is one a day.
    """

    n_fractions: int | None = None
    modality: str | None = None
    rbe: float | Literal["included"] | None = None
    fractions_per_day: int | None = None

    def __post_init__(self) -> None:
        if self.n_fractions is not None and (
            self.n_fractions < 1 or self.n_fractions != int(self.n_fractions)
        ):
            raise RtplanValueError(
                f"{self.n_fractions} fractions delivered: a whole number of at least 1 is needed"
            )
        if self.modality is not None and self.modality not in _MODALITIES:
            raise RtplanValueError(f"modality {self.modality!r}: one of {', '.join(_MODALITIES)} is needed")
        if self.rbe not in (None, "included") and not (
            isinstance(self.rbe, (int, float)) and 0.5 <= self.rbe <= 5
        ):
            raise RtplanValueError(f"rbe {self.rbe!r}: 'included' or a factor between 0.5 and 5 is needed")
        if self.rbe is not None and self.modality is None:
            raise RtplanValueError("an rbe without a modality: say of what")
        if self.rbe is not None and self.modality not in PARTICLES:
            raise RtplanValueError(f"rbe {self.rbe!r} of {self.modality}: an rbe belongs to proton or carbon")
        if self.fractions_per_day is not None and not 1 <= self.fractions_per_day <= _MOST_PER_DAY:
            raise RtplanValueError(
                f"{self.fractions_per_day} fractions per day: 1 to {_MOST_PER_DAY} are allowed"
            )

    @property
    def rbe_factor(self) -> float:
        """What the dose is multiplied by for its RBE; 1 where the dose contains it or has none."""
        return float(self.rbe) if isinstance(self.rbe, (int, float)) else 1.0
