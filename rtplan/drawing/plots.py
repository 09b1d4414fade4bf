"""Plots as functions that take axes and return axes; no global style is touched.

Colours come from the Okabe-Ito palette, which colour-blind readers can tell apart; line styles repeat
what the colours say.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bed import Regimen, isoeffective_dose
from rtplan.text import visible_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "OKABE_ITO",
    "Curve",
    "SliceView",
    "figure_svg",
    "new_figure",
    "plain_text",
    "plot_dvhs",
    "plot_isoeffect",
    "plot_remaining",
    "plot_slice",
]

OKABE_ITO: tuple[str, ...] = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#8C7B00",
)
"""Okabe and Ito's eight colours (2008), the yellow darkened so that a thin line of it shows on white."""

_LINE_STYLES = ("solid", "dashed", "dotted", "dashdot")
_MARKERS = ("o", "s", "^", "D", "v")

_SVG_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "rtplan",  # element ids from content, not from chance
    "svg.fonttype": "path",  # glyphs travel with the picture
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same everywhere
    "path.simplify": False,
}


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A cumulative DVH ready to draw.

    Attributes
    ----------
    label : str
    dose_gy : ndarray, shape (n,)
    volume : ndarray, shape (n,)
        In the unit of the axis it is drawn on.
    """

    label: str
    dose_gy: NDArray[np.float64]
    volume: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SliceView:
    """One plane through the patient.

    Attributes
    ----------
    image : ndarray or None, shape (rows, columns)
        Grey background, such as CT numbers; None draws none.
    image_window : (float, float)
        Values drawn black and white.
    dose : ndarray, shape (rows, columns)
        Gy, NaN where not covered.
    extent_mm : (float, float, float, float)
        Left, right, bottom and top edge of the pixels, mm.
    outlines : mapping of str to sequence of ndarray
        Polygons of shape (points, 2) in mm for each structure.
    dose_label : str
        What the dose is, such as ``"EQD2 (alpha/beta 3 Gy)"``.
    axis_labels : (str, str)
        Of the horizontal and the vertical axis, with unit.
    cross_mm : (float, float), optional
        A point that thin lines mark, such as where another plane cuts this one.
    """

    image: NDArray[np.float64] | None
    image_window: tuple[float, float]
    dose: NDArray[np.float64]
    extent_mm: tuple[float, float, float, float]
    outlines: Mapping[str, Sequence[NDArray[np.float64]]]
    dose_label: str
    axis_labels: tuple[str, str] = ("x, patient's left +, mm", "y, posterior +, mm")
    cross_mm: tuple[float, float] | None = None


def plain_text(name: str) -> str:
    """Return a name so that matplotlib draws it as it is: no mathematics, no hidden legend entry.

    Examples
    --------
    >>> plain_text("Bladder")
    'Bladder'
    """
    seen = visible_text(name)
    shown = seen if len(seen) <= 40 else f"{seen[:39]}\N{HORIZONTAL ELLIPSIS}"
    visible = f"\N{WORD JOINER}{shown}" if shown.startswith("_") else shown
    return visible.replace("$", r"\$")


def new_figure(*, width: float, height: float) -> Figure:
    """Return an empty figure of the given size in inches, outside pyplot's list of open figures."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    return Figure(figsize=(width, height), layout="constrained")


def figure_svg(figure: Figure) -> str:
    """Return a figure as an SVG document that has the same bytes each time."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load

    buffer = io.StringIO()
    with mpl.rc_context(_SVG_SETTINGS), warnings.catch_warnings():
        # A name may hold letters that the font lacks; a box stands for them, and the tables have the name.
        warnings.filterwarnings("ignore", message="(?s)Glyph .* missing from")
        _fix_layout(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _fix_layout(figure: Figure) -> None:
    """Lay out once and round: the layout solver's last digits vary from run to run."""
    engine = figure.get_layout_engine()
    if engine is None or not figure.axes:
        return
    engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        x, y, width, height = (round(value, 5) for value in axes.get_position(original=True).bounds)
        axes.set_position((x, y, width, height))


def plot_dvhs(
    axes: Axes,
    curves: Sequence[Curve],
    *,
    dose_label: str,
    volume_label: str,
    band: tuple[Curve, Curve] | None = None,
) -> Axes:
    """Draw cumulative DVHs, each with a colour and a line style of its own.

    Parameters
    ----------
    axes : matplotlib Axes
    curves : sequence of Curve
    dose_label, volume_label : str
        Axis labels with their units.
    band : (Curve, Curve), optional
        Lower and upper bound of the last curve, on the same volumes; shaded between.

    Returns
    -------
    Axes
        The same axes.
    """
    for number, curve in enumerate(curves):
        axes.plot(
            curve.dose_gy,
            curve.volume,
            color=OKABE_ITO[number % len(OKABE_ITO)],
            linestyle=_LINE_STYLES[number % len(_LINE_STYLES)],
            linewidth=1.6,
            label=curve.label,
        )
    if band is not None:
        low, high = band
        axes.fill_betweenx(
            low.volume,
            low.dose_gy,
            high.dose_gy,
            color="0.5",
            alpha=0.25,
            linewidth=0,
            label="bounds of the sum",
        )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(dose_label)
    axes.set_ylabel(volume_label)
    axes.grid(visible=True, color="0.9", linewidth=0.6)
    return axes


def plot_slice(axes: Axes, view: SliceView, *, isodose_levels_gy: Sequence[float]) -> Axes:
    """Draw a plane with its image, isodose lines labelled in Gy, and structure outlines.

    Parameters
    ----------
    axes : matplotlib Axes
    view : SliceView
    isodose_levels_gy : sequence of float
        Ascending. Levels that the plane does not reach are left out.

    Returns
    -------
    Axes
        The same axes, equal scales, millimetres.
    """
    left, right, bottom, top = view.extent_mm
    if view.image is not None:
        axes.imshow(
            view.image,
            cmap="gray",
            vmin=view.image_window[0],
            vmax=view.image_window[1],
            extent=(left, right, bottom, top),
            interpolation="nearest",
        )
    if view.cross_mm is not None:
        axes.axvline(view.cross_mm[0], color="0.6", linewidth=0.6, linestyle="dotted")
        axes.axhline(view.cross_mm[1], color="0.6", linewidth=0.6, linestyle="dotted")
    _draw_isodoses(axes, view, isodose_levels_gy)
    _draw_outlines(axes, view)
    axes.set_aspect("equal")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel(view.axis_labels[0])
    axes.set_ylabel(view.axis_labels[1])
    return axes


def _draw_isodoses(axes: Axes, view: SliceView, levels: Sequence[float]) -> None:
    """Draw isodose lines at voxel centres; NaN parts stay empty."""
    rows, columns = view.dose.shape
    left, right, bottom, top = view.extent_mm
    half_column, half_row = (right - left) / columns / 2, (bottom - top) / rows / 2
    x = np.linspace(left + half_column, right - half_column, columns)
    y = np.linspace(top + half_row, bottom - half_row, rows)
    finite = view.dose[np.isfinite(view.dose)]
    reached = [level for level in levels if finite.size and finite.min() < level < finite.max()]
    if not reached or min(view.dose.shape) < 2:  # no line can be drawn through one row of voxels
        return
    import matplotlib as mpl  # noqa: PLC0415 - slow to load
    from matplotlib.patheffects import withStroke  # noqa: PLC0415 - slow to load

    colours = mpl.colormaps["plasma"](np.linspace(0.4, 1.0, len(levels)))
    chosen = [tuple(colours[list(levels).index(level)]) for level in reached]
    lines = axes.contour(x, y, np.ma.masked_invalid(view.dose), levels=reached, colors=chosen, linewidths=1.3)
    labels = axes.clabel(lines, fmt=lambda level: f"{level:g} Gy", fontsize=7, inline=False, colors="white")
    for label in labels:
        label.set_rotation(0)  # along a line, 100 reads as 001
        label.set_path_effects([withStroke(linewidth=2, foreground="black")])
    lines.set_path_effects([withStroke(linewidth=2.3, foreground="black")])


def _draw_outlines(axes: Axes, view: SliceView) -> None:
    """Draw structure outlines, dashed by turns, each named once in the legend."""
    for number, (name, polygons) in enumerate(view.outlines.items()):
        for part, polygon in enumerate(polygons):
            closed = np.vstack([polygon, polygon[:1]])
            axes.plot(
                closed[:, 0],
                closed[:, 1],
                color=OKABE_ITO[number % len(OKABE_ITO)],
                linestyle=_LINE_STYLES[(number // len(OKABE_ITO)) % len(_LINE_STYLES)],
                linewidth=1.8,
                label=plain_text(name) if part == 0 else None,
            )


def plot_remaining(
    axes: Axes, n_fractions: ArrayLike, total_dose_gy: ArrayLike, *, label: str, number: int = 0
) -> Axes:
    """Draw a dose that is left, or any total dose, against the number of fractions it is given in.

    Parameters
    ----------
    axes : matplotlib Axes
    n_fractions : array_like of int, shape (n,)
        Ascending.
    total_dose_gy : array_like, shape (n,)
        Physical dose, Gy; NaN where it cannot be computed, which leaves a gap.
    label : str
    number : int
        Which of several lines this is: it decides colour, line style and marker.

    Returns
    -------
    Axes
        The same axes.
    """
    axes.plot(
        np.asarray(n_fractions),
        np.asarray(total_dose_gy, dtype=np.float64),
        color=OKABE_ITO[number % len(OKABE_ITO)],
        linestyle=_LINE_STYLES[number % len(_LINE_STYLES)],
        marker=_MARKERS[number % len(_MARKERS)],
        markersize=3,
        linewidth=1.4,
        label=label,
    )
    # Scales stay free, or the first line would cut off every later one that runs higher.
    axes.set_xlim(left=0, auto=True)
    axes.set_ylim(bottom=0, auto=True)
    axes.set_xlabel("number of fractions")
    axes.set_ylabel("total physical dose, Gy")
    axes.grid(visible=True, color="0.9", linewidth=0.6)
    return axes


def plot_isoeffect(
    axes: Axes, regimen: Regimen, *, alpha_betas: Sequence[float], n_fractions: Sequence[int]
) -> Axes:
    """Draw the total dose that has the LQ effect of a regimen, against the number of fractions.

    Parameters
    ----------
    axes : matplotlib Axes
    regimen : Regimen
        Once a day; marked with a star.
    alpha_betas : sequence of float
        Gy, one line for each.
    n_fractions : sequence of int
        Ascending.

    Returns
    -------
    Axes
        The same axes.

    Examples
    --------
    >>> axes = plot_isoeffect(new_figure(width=4, height=3).subplots(), Regimen.parse("25Gy/5"),
    ...                       alpha_betas=[3, 10], n_fractions=[1, 5, 20])
    >>> axes.lines[0].get_ydata()
    array([12.72146265, 25.        , 40.        ])
    """
    for number, alpha_beta in enumerate(alpha_betas):
        doses = isoeffective_dose(
            np.asarray(regimen.total_dose), regimen.n_fractions, alpha_beta, new_n_fractions=n_fractions
        )
        plot_remaining(axes, n_fractions, doses, label=f"alpha/beta {alpha_beta:g} Gy", number=number)
    axes.plot(
        [regimen.n_fractions],
        [regimen.total_dose],
        "k*",
        markersize=9,
        label=plain_text(str(regimen)),
        zorder=3,
    )
    return axes
