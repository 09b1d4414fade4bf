"""Axes in, axes out: curves, planes and regimens drawn with matplotlib; knows no medicine."""

from __future__ import annotations

from rtplan.drawing.limit_line import LimitLine, limit_line_svg
from rtplan.drawing.plots import (
    OKABE_ITO,
    Curve,
    SliceView,
    figure_svg,
    new_figure,
    plain_text,
    plot_dvhs,
    plot_remaining,
    plot_slice,
)

__all__ = [
    "OKABE_ITO",
    "Curve",
    "LimitLine",
    "SliceView",
    "figure_svg",
    "limit_line_svg",
    "new_figure",
    "plain_text",
    "plot_dvhs",
    "plot_remaining",
    "plot_slice",
]
