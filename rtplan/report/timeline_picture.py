"""A timeline as a picture: one row for each step, time to the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from rtplan.drawing import OKABE_ITO, figure_svg, new_figure, plain_text
from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord, Originals, write_whole
from rtplan.protocols import Event, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_timeline", "timeline_svg", "write_timeline_picture"]

_COLOURS: Final = {
    "cycles": OKABE_ITO[0],
    "radiotherapy": OKABE_ITO[1],
    "sabr": OKABE_ITO[4],
    "period": OKABE_ITO[5],
    "day": OKABE_ITO[2],
    "visits": OKABE_ITO[2],
    "washout": OKABE_ITO[3],
}
_HATCHES: Final = {"period": "..."}
"""Hatches repeat what the colours say; a row holds one kind, and says which."""
_LABEL_WIDTH: Final = 38


def plot_timeline(axes: Axes, timeline: Timeline) -> Axes:
    """Draw a timeline, one row for each step that has a date.

    Cycles beyond the fewest are drawn pale, rows in conflict are named so. The axis ends with the last
    period; single days after it, such as the end of a follow-up, are written at its end.

    Parameters
    ----------
    axes : matplotlib Axes
    timeline : Timeline

    Returns
    -------
    Axes
        The same axes.
    """
    dated = [event for event in timeline.events if event.first is not None]
    rows = list(dict.fromkeys(event.step for event in dated))
    in_conflict = {step for conflict in timeline.conflicts for step in conflict.steps}
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - slow to load

    end = _end_of_axis(dated)
    for event in dated:
        _draw(axes, event, rows.index(event.step), end)
    labels = [_row_label(row, dated, conflict=row in in_conflict) for row in rows]
    axes.set_yticks(range(len(rows)), labels=labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    if dated:
        axes.set_xlim(_on_axis(min(e.first for e in dated if e.first)) - 4, _on_axis(end) + 4)
    axes.axvline(_on_axis(timeline.start), color="0.3", linewidth=0.8, linestyle="dotted")
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.grid(visible=True, axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(plain_text(f"{timeline.protocol.name} from {timeline.start}"), fontsize=10)
    return axes


def _end_of_axis(events: Sequence[Event]) -> date:
    """The last day of a period; of all days where there is none."""
    days = [(event.last or event.first, event.kind) for event in events]
    periods = [day for day, kind in days if day and kind not in ("day", "washout")]
    return max(periods or [day for day, _ in days if day], default=date.min)


def _row_label(row: str, events: Sequence[Event], *, conflict: bool) -> str:
    label = next(event.label for event in events if event.step == row).partition(", cycle")[0]
    lines = wrap(f"{'conflict: ' if conflict else ''}{label}", _LABEL_WIDTH)[:2]
    return "\n".join(map(plain_text, lines))


def _draw(axes: Axes, event: Event, row: int, end: date) -> None:
    """Draw one bar, a diamond for a single day, or the date where the axis has ended before."""
    assert event.first is not None
    colour = _COLOURS[event.kind]
    if event.first > end:
        axes.text(
            _on_axis(end), row, f"{event.first} \N{RIGHTWARDS ARROW}", ha="right", va="center", fontsize=8
        )
    elif event.last is None or event.last == event.first:
        middle = _on_axis(event.first) + 0.5
        axes.plot([middle], [row], marker="D", color=colour, markersize=5, linestyle="none")
    else:
        axes.barh(
            row,
            _length(event.first, event.last),
            left=_on_axis(event.first),
            height=0.6,
            color=colour,
            alpha=0.35 if event.optional else 0.9,
            edgecolor="white" if event.kind in ("cycles", "period") else colour,
            hatch=_HATCHES.get(event.kind),
            linewidth=0.8,
        )


def _on_axis(day: date) -> float:
    from matplotlib.dates import date2num  # noqa: PLC0415 - slow to load

    return float(date2num(day))  # type: ignore[no-untyped-call]


def _length(first: date, last: date) -> float:
    return (last - first + timedelta(days=1)) / timedelta(days=1)


def timeline_svg(timeline: Timeline) -> str:
    """Return the picture of a timeline as an SVG document that has the same bytes each time.

    Parameters
    ----------
    timeline : Timeline
    """
    rows = len({event.step for event in timeline.events if event.first is not None})
    figure = new_figure(width=9.0, height=1.0 + 0.4 * max(rows, 1))
    plot_timeline(figure.add_subplot(), timeline)
    return figure_svg(figure)


def write_timeline_picture(timeline: Timeline, path: Path, *, overwrite: bool = False) -> None:
    """Write a timeline as an SVG picture.

    Parameters
    ----------
    timeline : Timeline
    path : Path
        Ends in ``.svg``; its folder exists.
    overwrite : bool
        Whether a picture of other content may be replaced.

    Raises
    ------
    RtplanValueError
        Another ending, or a folder that does not exist.
    OutputExistsError
        A picture of other content is there.
    """
    if path.suffix.lower() != ".svg":
        raise RtplanValueError(f"picture {path.name!r}: a name that ends in .svg is needed")
    if not path.parent.is_dir():
        raise RtplanValueError(f"picture {path.name!r}: its folder does not exist")
    protocol = InputRecord(role="protocol", sha256=timeline.protocol.sha256)
    write_whole(
        path,
        timeline_svg(timeline).encode(),
        overwrite=overwrite,
        originals=Originals.of(inputs=[protocol]),
    )
