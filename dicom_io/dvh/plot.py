"""How a dose-volume histogram is drawn; it takes arrays and axes and knows no structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicom_io.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_cumulative", "draw_differential", "new_axes"]


_BAND_ALPHA = 0.25


def new_axes() -> Axes:
    """Return empty axes on a figure of their own, outside pyplot's list of open figures."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    return Figure(layout="constrained").subplots()


def draw_cumulative(
    axes: Axes, dose: FloatArray, volume: FloatArray, half_width: FloatArray, *, label: str
) -> None:
    """Draw a cumulative curve with the band of its doses' half-widths.

    Parameters
    ----------
    axes : Axes
    dose, volume, half_width : ndarray, shape (knots,)
        In the units of the axes; doses increase, volumes do not.
    label : str
        Drawn as it is: no mathematics, no hidden legend entry.
    """
    # from no dose at all, which everything receives
    (line,) = axes.plot(np.append(0.0, dose), np.append(volume[:1], volume), label=_plain(label))
    axes.fill_betweenx(
        volume,
        np.maximum(dose - half_width, 0.0),
        dose + half_width,
        color=line.get_color(),
        alpha=_BAND_ALPHA,
        linewidth=0,
    )
    _start_at_zero(axes)


def draw_differential(axes: Axes, edges: FloatArray, density: FloatArray, *, label: str) -> None:
    """Draw a differential histogram as steps.

    Parameters
    ----------
    axes : Axes
    edges : ndarray, shape (bins + 1,)
        Doses.
    density : ndarray, shape (bins,)
        Volume per dose.
    label : str
    """
    axes.stairs(density, edges, label=_plain(label))
    _start_at_zero(axes)


def _start_at_zero(axes: Axes) -> None:
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, color="0.9", linewidth=0.6)


def _plain(label: str) -> str:
    shown = label.replace("$", r"\$")
    return f"\N{WORD JOINER}{shown}" if shown.startswith("_") else shown
