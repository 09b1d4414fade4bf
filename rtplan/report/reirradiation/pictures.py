"""The pictures of a report: curves and planes taken from results, drawn by `rtplan.drawing.plots`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from bed import eqd2
from dicom_io.dvh import DVH
from rtplan.drawing import (
    Curve,
    SliceView,
    figure_svg,
    new_figure,
    plain_text,
    plot_dvhs,
    plot_remaining,
    plot_slice,
)
from rtplan.limits import remaining_at_point
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.organ import OrganDvhs, OrganRow, curve_of_dvh, prior_curve
from rtplan.sums import Bounds, OrganCurve, dose_bounds

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "bounds_band",
    "dvh_figure_svg",
    "isodose_levels",
    "remaining_figure_svg",
    "short_label",
    "slices_figure_svg",
]

FloatArray = NDArray[np.float64]

_CURVE_POINTS: Final = 201
_BAND_POINTS: Final = 41
_PANELS_PER_ROW: Final = 3
_WIDTH_INCHES: Final = 11.5
_LEGEND_INCHES: Final = 1.4
_MOST_FRACTIONS: Final = 30


def _curve(dvh: DVH, label: str) -> Curve | None:
    """Return a DVH ready to draw; None where nothing of the structure is covered."""
    if dvh.max_gy is None:
        return None
    dose_gy = np.linspace(0, dvh.max_gy, _CURVE_POINTS)
    return Curve(
        label=label, dose_gy=dose_gy, volume=np.asarray(dvh.volume_at_dose(dose_gy), dtype=np.float64)
    )


def short_label(course: str) -> str:
    """Return what a course is called where there is no room for its whole label.

    Examples
    --------
    >>> short_label("prior: 2023-04-24 ...2467 50.4 Gy")
    'prior'
    """
    return course.partition(":")[0]


def bounds_band(result: Reirradiation, organ: OrganDvhs) -> tuple[Curve, Curve] | None:
    """Return the lowest and highest cumulative DVH that the sum can have without any registration.

    Parameters
    ----------
    result : Reirradiation
    organ : OrganDvhs

    Returns
    -------
    (Curve, Curve) or None
        On the same volumes, in cc of today's organ; None where one of the ends is not known.
    """
    own = organ.eqd2.get(result.new.label)
    today = None if own is None else curve_of_dvh(own, label=result.new.label)
    if today is None:
        return None
    match = next(match for match in result.matches if match.organ == organ.organ)
    priors = [
        prior_curve(
            prior,
            match.name_in(place),
            organ.eqd2,
            alpha_beta=organ.alpha_beta,
            volume_cc=today.volume_cc,
        )
        for place, prior in enumerate(result.priors)
    ]
    curves = [curve for curve in priors if curve is not None]
    if len(curves) < len(result.priors):
        return None
    volumes = today.volume_cc * np.linspace(0, 1, _BAND_POINTS) ** 2
    readings = list(product(*(curve.as_exact.readings for curve in (*curves, today))))
    bounds = [_bounds_of_readings(readings, float(volume)) for volume in volumes]
    if any(bound.low is None or bound.high is None for bound in bounds):
        return None
    low, high = (np.array([getattr(bound, end) for bound in bounds]) for end in ("low", "high"))
    return (
        Curve(label="lowest", dose_gy=low, volume=volumes),
        Curve(label="highest", dose_gy=high, volume=volumes),
    )


def _bounds_of_readings(readings: Sequence[tuple[OrganCurve, ...]], volume_cc: float) -> Bounds:
    """Bound D_v in every reading of contours that overlap; a reading of less volume has no dose there."""
    nothing = Bounds(low=0.0, high=0.0, high_absolute=None, high_relative=0.0)
    found = [
        dose_bounds(curves, volume_cc) if volume_cc <= curves[-1].volume_cc * (1 + 1e-9) else nothing
        for curves in readings
    ]
    return reduce(Bounds.holding, found)


def dvh_figure_svg(result: Reirradiation, organs: Sequence[OrganDvhs]) -> str:
    """Draw one panel for each organ and alpha/beta: each course, the sum, and the bounds of the sum.

    Parameters
    ----------
    result : Reirradiation
    organs : sequence of OrganDvhs
        At least one.

    Returns
    -------
    str
        An SVG document.
    """
    figure, panels = _panels(len(organs), height=2.7)
    for panel, organ in zip(panels, organs, strict=True):
        _draw_organ(panel, result, organ)
    _one_legend(figure, panels)
    return figure_svg(figure)


def _panels(count: int, *, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many axes in rows of three, the rest left empty."""
    rows = -(-count // _PANELS_PER_ROW)
    figure = new_figure(width=_WIDTH_INCHES, height=height * rows + 0.4)
    every = list(figure.subplots(rows, _PANELS_PER_ROW, squeeze=False).flat)
    for spare in every[count:]:
        spare.set_visible(False)
    return figure, every[:count]


def _one_legend(figure: Figure, panels: Sequence[Axes], *, columns: int = 6) -> None:
    """Put one legend under all panels; what is alike is named once."""
    found: dict[str, Artist] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(str(label), handle)
    if found:
        ncols = min(columns, len(found))
        figure.legend(
            list(found.values()), list(found), loc="outside lower center", ncols=ncols, frameon=False
        )


def _draw_organ(panel: Axes, result: Reirradiation, organ: OrganDvhs) -> None:
    """Draw the curves of one organ, or say that there is none."""
    curves = [_curve(dvh, plain_text(short_label(label))) for label, dvh in organ.eqd2.items()]
    if organ.total is not None:
        curves.append(_curve(organ.total, "sum, voxel by voxel"))
    drawn = [curve for curve in curves if curve is not None]
    plot_dvhs(
        panel,
        drawn,
        dose_label=f"EQD2 (alpha/beta {organ.alpha_beta:g} Gy), Gy",
        volume_label="volume, cc",
        band=bounds_band(result, organ),
    )
    panel.set_title(plain_text(organ.organ) + _covered(organ), fontsize=10)
    if not drawn:
        panel.text(0.5, 0.5, "no curve: nothing covered", ha="center", va="center", transform=panel.transAxes)


def _covered(organ: OrganDvhs) -> str:
    """Say in the title when part of the organ lies outside the dose grids."""
    fraction = None if organ.total is None else organ.total.covered_fraction
    return "" if fraction is None or fraction > 0.9999 else f" ({100 * fraction:.1f} % covered)"


def isodose_levels(highest_gy: float) -> list[float]:
    """Return about six round levels below the highest dose, Gy.

    Examples
    --------
    >>> isodose_levels(70)
    [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    """
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if highest_gy / s <= 8 or s == 500)
    return [float(level) for level in np.arange(step, highest_gy, step)]


def slices_figure_svg(views: Sequence[SliceView], titles: Sequence[str]) -> str:
    """Draw planes side by side with one set of isodoses, and one legend for all outlines.

    Parameters
    ----------
    views : sequence of SliceView
        At most four.
    titles : sequence of str
        One for each.
    """
    shapes = [_width_to_height(view) for view in views]
    height = (_WIDTH_INCHES - 0.75 * len(views)) / sum(shapes)
    figure = new_figure(width=_WIDTH_INCHES, height=min(height, 4.6) + _LEGEND_INCHES)
    panels = list(figure.subplots(1, len(views), squeeze=False, width_ratios=shapes)[0])
    highest = max((float(np.nanmax(v.dose)) for v in views if np.isfinite(v.dose).any()), default=0.0)
    levels = isodose_levels(highest) if highest > 0 else []
    for panel, view, title in zip(panels, views, titles, strict=True):
        plot_slice(panel, view, isodose_levels_gy=levels)
        panel.set_title(title, fontsize=9)
    _one_legend(figure, panels)
    return figure_svg(figure)


def _width_to_height(view: SliceView) -> float:
    left, right, bottom, top = view.extent_mm
    return abs((right - left) / (top - bottom))


def remaining_figure_svg(rows: Sequence[OrganRow]) -> str | None:
    """Draw what is left at a point against the number of fractions; None where no row has a limit and a sum.

    Parameters
    ----------
    rows : sequence of OrganRow
        Those with a limit are drawn, each from the largest dose that its earlier courses can have given.
    """
    drawn = [(row, earlier) for row in rows if (earlier := _earlier(row)) is not None]
    if not drawn:
        return None
    figure = new_figure(width=_WIDTH_INCHES, height=3.4)
    axes = figure.subplots()
    for number, (row, earlier) in enumerate(drawn):
        _draw_remaining(axes, row, earlier, number)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8)
    return figure_svg(figure)


def _earlier(row: OrganRow) -> float | None:
    """Return what the earlier courses gave, read back from what is left at a point; None where unknown."""
    if row.limit is None or row.alpha_beta_gy is None:
        return None
    # What is left if nothing was repaired within a day comes last and is the least.
    for left in reversed(row.remaining):
        known = left.basis.is_certain_at_a_point and left.recovery == "none" and left.total_dose_gy
        if known and left.total_dose_gy is not None:
            return row.limit.eqd2_gy - float(eqd2(left.total_dose_gy, left.n_fractions, row.alpha_beta_gy))
    return None


def _sign(comparator: str) -> str:
    return {"<=": "\N{LESS-THAN OR EQUAL TO}"}.get(comparator, comparator)


def _draw_remaining(axes: Axes, row: OrganRow, earlier_gy: float, number: int) -> None:
    assert row.limit is not None
    assert row.alpha_beta_gy is not None
    n_fractions = np.arange(1, _MOST_FRACTIONS + 1)
    left = [
        remaining_at_point(row.limit.eqd2_gy, earlier_gy, n_fractions=int(n), alpha_beta=row.alpha_beta_gy)
        for n in n_fractions
    ]
    plot_remaining(
        axes,
        n_fractions,
        np.array([one.total_dose_gy for one in left], dtype=np.float64),
        label=plain_text(f"{row.name} {row.metric} {_sign(row.limit.comparator)} {row.limit.eqd2_gy:g} Gy"),
        number=number,
    )
