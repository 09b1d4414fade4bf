"""What the accuracy benchmark measures of each case, and the limits that are required of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KINDS = ("linear", "gauss as sampled", "gauss")
METRICS = ("D99%", "D95%", "D50%", "D5%", "D1%", "D0.03cc")
NAMES = (*METRICS, "Mean")
ENGINES = ("ours", "dicompyler-core")

VOLUME_PERCENT = 0.1
MEAN_GY = 0.01
DOSE_GY = 0.05
DVH_PERCENT = 0.5
COVERED = 0.95


@dataclass(frozen=True, kw_only=True)
class Case:
    """One solid as drawn in one dose."""

    solid: str
    spacing_mm: float
    is_shifted: bool
    grid_mm: float
    axis: str

    def __str__(self) -> str:
        shift = "shifted" if self.is_shifted else "aligned"
        lengths = f"contours {self.spacing_mm:g} mm, grid {self.grid_mm:g} mm {shift}"
        return f"{self.solid}, {lengths}, dose along {self.axis}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one engine makes of one case: its number minus the exact one.

    `dvh_percent` is the largest difference of the two curves over the volume; `beyond_percent` the same
    beyond the stated uncertainty of the curve.
    """

    engine: str
    kind: str
    case: Case
    volume_percent: float
    dvh_percent: float
    beyond_percent: float
    errors: dict[str, float]
    stated: dict[str, float]

    @property
    def faults(self) -> list[str]:
        """Which of the required limits it breaks."""
        is_true = self.kind == "gauss"
        found = []
        if abs(self.volume_percent) > VOLUME_PERCENT:
            found.append(f"volume {self.volume_percent:+.3f} %")
        if not is_true and self.dvh_percent > DVH_PERCENT:
            found.append(f"DVH difference {self.dvh_percent:.3f} %")
        for name, error in self.errors.items():
            if name == "Mean":
                allowed = MEAN_GY + (self.stated[name] if is_true else 0.0)
            else:
                allowed = DOSE_GY + self.stated[name]
            if abs(error) > allowed:
                found.append(f"{name} {error:+.4f} Gy, allowed {allowed:.4f}")
        return found


@dataclass(frozen=True, kw_only=True)
class EndRow:
    """What one convention for the ends of contours makes of one solid, against the smooth solid."""

    end_caps: str
    case: Case
    volume_percent: float
    dvh_percent: float
    errors: dict[str, float]


def covered(rows: Iterable[Row]) -> tuple[int, int]:
    """Return how many numbers the stated uncertainty covers, of how many."""
    inside = [abs(row.errors[name]) <= row.stated[name] for row in rows for name in NAMES]
    return sum(inside), len(inside)


def passed(rows: Sequence[Row]) -> bool:
    """Return whether every case keeps the limits and the stated uncertainty covers enough."""
    ours = [row for row in rows if row.engine == ENGINES[0]]
    inside, count = covered(ours)
    return not any(row.faults for row in ours) and inside >= COVERED * count
