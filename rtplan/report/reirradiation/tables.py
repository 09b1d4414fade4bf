"""The tables of a re-irradiation report: verdicts, cumulative doses, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rtplan.limits import REMAINING_COLUMNS, verdict_cell
from rtplan.reirradiation.organ import COURSE_COLUMNS, ORGAN_COLUMNS, OrganRow
from rtplan.report.model import Block, Facts, Figure, Section, Table
from rtplan.report.reirradiation.pictures import remaining_figure_svg, short_label
from rtplan.text import ABSENT, Cell, Column, comparator_text, headed, share_text, signed_cell

__all__ = [
    "alpha_beta_text",
    "brief",
    "cumulative_blocks",
    "limit_text",
    "remaining_sections",
    "sorted_by_margin",
    "verdict_table",
    "worst_table",
]


def brief(row: OrganRow, text: str | None) -> str:
    """Return a sentence with the courses called by their role instead of their whole label."""
    shown = text or ""
    for course in row.courses:
        shown = shown.replace(course.label, short_label(course.label))
    return shown


def alpha_beta_text(row: OrganRow) -> str:
    """Return the row's alpha/beta with its unit."""
    return "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g} Gy"


def sorted_by_margin(judged: Sequence[OrganRow]) -> list[OrganRow]:
    """Return rows with a verdict, the gravest first, then by their margin; what is only shown comes last."""

    def gravity(row: OrganRow) -> tuple[bool, int, float]:
        assert row.judgement is not None
        margin = row.judgement.margin
        return row.is_shown_only, row.judgement.verdict.gravity, 0.0 if margin is None else margin

    return sorted(judged, key=gravity)


def limit_text(row: OrganRow) -> str:
    """Return the metric with its limit; empty where none was asked for."""
    if row.limit is None:
        return ""
    return f"{row.metric} {comparator_text(row.limit.comparator)} {row.limit.eqd2_gy:g} Gy"


def worst_table(rows: Sequence[OrganRow]) -> Table:
    """Return the summary of the tightest limits: what is needed at a glance, no reasons."""
    caption = "Worst margins to the cumulative limits, EQD2 at each organ's alpha/beta"
    return _table(_SUMMARY, rows, caption=caption)


def verdict_table(rows: Sequence[OrganRow]) -> Table:
    """Return every limit with all that its verdict rests on."""
    caption = "Cumulative limits that were asked for, gravest first, then by margin"
    return replace(_table(_VERDICTS, rows, caption=caption), remarks=[brief(row, row.reason) for row in rows])


def _table(columns: Sequence[Column[OrganRow]], rows: Sequence[OrganRow], *, caption: str) -> Table:
    """Return rows under the columns that have something to say of them."""
    shown = headed(columns, rows)
    return Table(
        caption=caption,
        columns=[column.title for column in shown],
        rows=[[column.cell(row) for column in shown] for row in rows],
    )


def _margin(row: OrganRow) -> float | None:
    return None if row.judgement is None else row.judgement.margin


def _share_of_limit(row: OrganRow) -> float | None:
    if row.limit is None or row.voxel_sum.value is None:
        return None
    return row.voxel_sum.value / row.limit.eqd2_gy


def _what_it_rests_on(row: OrganRow) -> str:
    """Return how well the courses are known, and whether what joins them was judged."""
    return row.grade.value if row.registration is None else f"{row.grade.value}; {row.registration.short}"


_COLUMNS: Final = {column.key: column for column in ORGAN_COLUMNS}
_OF_LIMITS: Final = ("alpha_beta_gy", "limit_gy", "verdict", "verdict_without_recovery", "reason")
"""Columns that stand in the tables of limits and not in that of doses."""
_GRADED: Final[Column[OrganRow]] = replace(
    _COLUMNS["verdict"], show=lambda row: verdict_cell(row.verdict, note=_what_it_rests_on(row))
)
_MARGIN: Final[Column[OrganRow]] = Column(
    key="", heading="margin", unit="Gy", read=_margin, show=lambda row: signed_cell(_margin(row))
)
_SHARE: Final[Column[OrganRow]] = Column(
    key="",
    heading="sum / limit",
    read=_share_of_limit,
    show=lambda row: Cell(text=share_text(_share_of_limit(row)), is_number=True),
)
_ANSWERS: Final = (_COLUMNS["voxel_sum_gy"], _COLUMNS["bounds_gy"])
_RECOVERED: Final = (_COLUMNS["with_recovery_gy"], _COLUMNS["verdict_without_recovery"])
_NAMES: Final = (_COLUMNS["name"], _COLUMNS["metric"])
_SUMMARY: Final = (_COLUMNS["verdict"], *_NAMES, *_ANSWERS, *_RECOVERED, _COLUMNS["limit_gy"], _MARGIN)
_VERDICTS: Final = (
    *(_GRADED, *_NAMES, _COLUMNS["alpha_beta_gy"], *_ANSWERS),
    *(_COLUMNS["limit_gy"], _MARGIN, _SHARE, *_RECOVERED),
)


def cumulative_blocks(
    rows: Sequence[OrganRow], columns: Sequence[Column[OrganRow]] = ORGAN_COLUMNS
) -> list[Block]:
    """Return every organ, metric and alpha/beta with all answers side by side, and how to read them.

    Every column with a heading is shown, but for those of the tables of limits.
    """
    shown = headed([c for c in columns if c.key not in _OF_LIMITS], rows)
    first = [column for column in shown if column.key in ("name", "metric")]
    others = [column for column in shown if column not in first]
    roles = _roles(rows)
    table = Table(
        caption="Gy; EQD2 at the organ's alpha/beta, with 95 % half-widths of the numerics",
        columns=[
            *(column.heading for column in first),
            *(f"{role}: {column.heading}" for role in roles for column in _OF_COURSES),
            *(column.heading for column in others),
        ],
        rows=[
            [
                *(_with_alpha_beta(column, row) for column in first),
                *_course_cells(row, len(roles)),
                *(column.cell(row) for column in others),
            ]
            for row in rows
        ],
        remarks=[_reasons(row) for row in rows],
    )
    readings = [(column.heading, column.note) for column in others if column.note]
    return [table, Facts(caption="How to read the columns", items=readings)]


_OF_COURSES: Final = [column for column in COURSE_COLUMNS if column.heading]


def _roles(rows: Sequence[OrganRow]) -> list[str]:
    """Return what the courses are called; rows without alpha/beta name none."""
    named = next((row.courses for row in rows if row.courses), ())
    return [short_label(course.label) for course in named]


def _with_alpha_beta(column: Column[OrganRow], row: OrganRow) -> Cell:
    """Return the organ's name with its alpha/beta below it, the metric as it is."""
    if column.key != "name":
        return column.cell(row)
    ratio = f"\N{GREEK SMALL LETTER ALPHA}/\N{GREEK SMALL LETTER BETA} {alpha_beta_text(row)}"
    return replace(column.cell(row), note=ratio)


def _course_cells(row: OrganRow, n_courses: int) -> list[Cell]:
    cells = [column.cell(course) for course in row.courses for column in _OF_COURSES]
    absent = n_courses * len(_OF_COURSES) - len(cells)
    return [*cells, *[Cell(text=ABSENT, is_number=True)] * absent]


def _reasons(row: OrganRow) -> str:
    """Return why values of a row are missing, each reason once with all that it holds for."""
    missing = [
        (f"{short_label(course.label)} {column.heading}", column.reason(course))
        for course in row.courses
        for column in _OF_COURSES
        if column.reason
    ]
    missing += [(column.heading, column.reason(row)) for column in ORGAN_COLUMNS if column.reason]
    grouped: dict[str, list[str]] = {}
    for what, reason in missing:
        if reason:
            grouped.setdefault(brief(row, reason), []).append(what)
    return "; ".join(f"{', '.join(what)}: {reason}" for reason, what in grouped.items())


def remaining_sections(rows: Sequence[OrganRow]) -> list[Section]:
    """Return what is left below each limit, where it was asked for."""
    of_row = [(row, left) for row in rows for left in row.remaining]
    if not of_row:
        return []
    recovered = any(left.recovery != "none" for _, left in of_row)
    shown = [
        column
        for column in REMAINING_COLUMNS
        if column.heading and column.key != "reason" and (recovered or column.key != "recovery")
    ]
    table = Table(
        caption="Dose left below each cumulative limit",
        columns=["organ", "limit", *(column.title for column in shown)],
        rows=[
            [
                Cell(text=row.name),
                Cell(text=limit_text(row), note=f"alpha/beta {alpha_beta_text(row)}"),
                *(column.cell(left) for column in shown),
            ]
            for row, left in of_row
        ],
        remarks=[brief(row, left.reason) for row, left in of_row],
    )
    return [Section(title="Remaining dose", blocks=[table, *_remaining_figure(rows), _REMAINING_READINGS])]


_REMAINING_READINGS: Final = Facts(
    caption="Readings",
    items=[
        (
            "point",
            "a point that received the earlier metric in full: LQ solved for the dose in n fractions; "
            "at least and at most where only bounds of the earlier metric are known",
        ),
        (
            "plan",
            "the factor on the new plan's dose, at its own n, that brings its voxel sum to the limit",
        ),
    ],
)


def _remaining_figure(rows: Sequence[OrganRow]) -> list[Block]:
    picture = remaining_figure_svg(rows)
    if picture is None:
        return []
    return [
        Figure(
            caption=(
                "Total dose that a point may still receive below each limit, against the number of "
                "fractions; no recovery, equal and fully repaired fractions, LQ model."
            ),
            alternative="One line for each limit with dose left; the table above has the numbers asked for.",
            svg=picture,
        )
    ]
