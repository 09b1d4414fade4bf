"""The smooth solids behind the drawn ones: their values stand beside those of the contours as drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["IdealSolid"]


@dataclass(frozen=True, kw_only=True)
class IdealSolid:
    """The smooth solid around the origin, for comparison with what is drawn of it.

    Attributes
    ----------
    shape : str
    radius_mm, length_mm : float
    axis : str
        Of the solid, ``"z"`` or ``"x"``.
    gradient_axis : str
        Axis of the coordinate s, ``"x"``, ``"y"`` or ``"z"``.

    Examples
    --------
    >>> ball = IdealSolid(shape="sphere", radius_mm=12, length_mm=24, axis="z", gradient_axis="z")
    >>> ball.volume_cc, ball.volume_above_cc(0.0)
    (7.238, 3.619)
    """

    shape: str
    radius_mm: float
    length_mm: float
    axis: str
    gradient_axis: str

    @property
    def volume_cc(self) -> float:
        """Volume of the smooth solid, cc."""
        return self.volume_above_cc(-1e3)

    def volume_above_cc(self, s: float) -> float:
        """Return the volume on the far side of the plane at coordinate `s` (mm), cc."""
        r, h = self.radius_mm, self.length_mm
        along = self.gradient_axis == self.axis
        if self.shape == "sphere":
            t = float(np.clip(s, -r, r))
            return np.pi * (r - t) ** 2 * (2 * r + t) / 3 / 1000
        if along:
            t = float(np.clip(s, -h / 2, h / 2))
            share = (0.5 - t / h) ** 3 / 3 if self.shape == "cone" else 0.5 - t / h
            return np.pi * r**2 * h * share / 1000
        t = float(np.clip(s, -r, r))
        return (_cone_beyond(t, r, h) if self.shape == "cone" else _segment(t, r) * h) / 1000

    def coordinate_at_hottest(self, volume_cc: float) -> float:
        """Return the coordinate beyond which `volume_cc` lies, mm."""
        low, high = -self.radius_mm - self.length_mm, self.radius_mm + self.length_mm
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if self.volume_above_cc(middle) >= volume_cc else (low, middle)
        return low


def _segment(t: float, r: float) -> float:
    """Return the area of a circle beyond a chord at distance t from its centre."""
    return float(r**2 * np.arccos(t / r) - t * np.sqrt(max(r**2 - t**2, 0.0)))


def _cone_beyond(t: float, r: float, h: float) -> float:
    """Return the volume of a cone beyond a plane parallel to its axis, at distance t from it.

    The integral over the axis of circle segments of radius rho = r .. |t|:
    h / r (r^3 acos(t/r) / 3 - 2/3 t r q + t^3 / 3 ln((r + q) / t)) with q = sqrt(r^2 - t^2), t > 0.
    """
    if t < 0:
        return float(np.pi * r**2 * h / 3) - _cone_beyond(-t, r, h)
    if t == 0:
        return float(np.pi * r**2 * h / 6)
    q = np.sqrt(max(r**2 - t**2, 0.0))
    inner = r**3 * np.arccos(t / r) / 3 - 2 * t * r * q / 3 + t**3 / 3 * np.log((r + q) / t)
    return float(h / r * inner)
