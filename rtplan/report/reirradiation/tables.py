"""The tables of a re-irradiation report: verdicts, cumulative doses, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dicom_io.dvh import MetricValue
from rtplan.limits import Remaining
from rtplan.reirradiation.organ import OrganRow
from rtplan.report.model import Block, Cell, Facts, Figure, Section, Table
from rtplan.report.parts import number, number_cell, verdict_cell
from rtplan.report.reirradiation.pictures import remaining_figure_svg, short_label

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

_BAND: Final = "scenario band"
_RECOVERED: Final = "with recovery"
_OVER_ALPHA_BETA: Final = "over alpha/beta"
_OVER_RECOVERY: Final = "over recovery"
_FREE: Final = "ellipsoid, anywhere"
_RESTRICTED: Final = "ellipsoid, in the organ"
_SIGNS: Final = {"<": "<", "<=": "\N{LESS-THAN OR EQUAL TO}"}
_SAME_GY: Final = 0.01
_NONE: Final = "\N{EN DASH}"


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
    """Return rows with a verdict, the gravest first, then by their margin to the limit."""

    def gravity(row: OrganRow) -> tuple[int, float]:
        assert row.judgement is not None
        margin = row.judgement.margin
        return row.judgement.verdict.gravity, 0.0 if margin is None else margin

    return sorted(judged, key=gravity)


def limit_text(row: OrganRow) -> str:
    """Return the metric with its limit; empty where none was asked for."""
    if row.limit is None:
        return ""
    return f"{row.metric} {_SIGNS[row.limit.comparator]} {row.limit.eqd2_gy:g} Gy"


def worst_table(rows: Sequence[OrganRow]) -> Table:
    """Return the summary of the tightest limits: what is needed at a glance, no reasons."""
    recovered = any(row.recovery != "none" for row in rows)
    columns = ["verdict", "organ", "metric", "voxel sum, Gy", "bounds, Gy"]
    columns += [*([_RECOVERED, "without recovery"] if recovered else []), "limit, Gy", "margin, Gy"]
    cells = [
        [
            verdict_cell(row.verdict),
            Cell(text=row.name),
            Cell(text=row.metric),
            number_cell(row.voxel_sum.value),
            _ends(row.bounds.low, row.bounds.high),
            *(_recovered_cells(row) if recovered else []),
            _limit_cell(row),
            number_cell(None if row.judgement is None else row.judgement.margin),
        ]
        for row in rows
    ]
    caption = "Worst margins to the cumulative limits, EQD2 at each organ's alpha/beta"
    return Table(caption=caption, columns=columns, rows=cells)


def _recovered_cells(row: OrganRow) -> list[Cell]:
    """Return the sum with recovery, which the verdict rests on, and the verdict without it."""
    plain = row.without_recovery
    return [_metric_cell(row.with_recovery), verdict_cell(None if plain is None else plain.verdict)]


def _limit_cell(row: OrganRow) -> Cell:
    text = "" if row.limit is None else f"{_SIGNS[row.limit.comparator]} {row.limit.eqd2_gy:g}"
    return Cell(text=text, is_number=True)


def verdict_table(rows: Sequence[OrganRow]) -> Table:
    """Return every limit with all that its verdict rests on."""
    recovered = any(row.with_recovery.value is not None for row in rows)
    columns = ["verdict", "organ", "metric", "alpha/beta", "voxel sum, Gy", "bounds, Gy", "limit, Gy"]
    columns += ["margin, Gy", "sum / limit", *([_RECOVERED, "without recovery"] if recovered else [])]
    return Table(
        caption="Cumulative limits that were asked for, gravest first, then by margin",
        columns=columns,
        rows=[_verdict_row(row, recovered=recovered) for row in rows],
        remarks=[brief(row, row.reason) for row in rows],
    )


def _verdict_row(row: OrganRow, *, recovered: bool) -> list[Cell]:
    return [
        replace(verdict_cell(row.verdict), note=row.grade.value),
        Cell(text=row.name),
        Cell(text=row.metric),
        Cell(text=alpha_beta_text(row), is_number=True, value=row.alpha_beta_gy),
        _metric_cell(row.voxel_sum),
        _ends(row.bounds.low, row.bounds.high),
        _limit_cell(row),
        number_cell(None if row.judgement is None else row.judgement.margin),
        _share_of_limit(row),
        *(_recovered_cells(row) if recovered else []),
    ]


def _share_of_limit(row: OrganRow) -> Cell:
    if row.limit is None or row.voxel_sum.value is None:
        return Cell(text=_NONE, is_number=True)
    share = row.voxel_sum.value / row.limit.eqd2_gy
    return Cell(text=f"{100 * share:.1f} %", is_number=True)


def _metric_cell(value: MetricValue) -> Cell:
    """Return a value with its half-width; the reason of a missing one is said under the row."""
    return number_cell(value.value, uncertainty=value.uncertainty)


def _ends(low: float | None, high: float | None) -> Cell:
    if low is None and high is None:
        return Cell(text=_NONE, is_number=True)
    end = "unknown" if high is None else number(high)
    return Cell(text=f"{number(low)} to {end}", is_number=True)


def cumulative_blocks(rows: Sequence[OrganRow]) -> list[Block]:
    """Return every organ, metric and alpha/beta with all answers side by side, and how to read them."""
    optional = _optional_columns(rows)
    roles = _roles(rows)
    columns = ["organ", "metric"]
    for role in roles:
        columns += [f"{role}: physical", f"{role}: EQD2"]
    columns += ["voxel sum", "bounds without registration", "sum of maxima", *optional, "covered"]
    table = Table(
        caption="Gy; EQD2 at the organ's alpha/beta, with 95 % half-widths of the numerics",
        columns=columns,
        rows=[_cumulative_row(row, optional, len(roles)) for row in rows],
        remarks=[_reasons(row) for row in rows],
    )
    return [table, _readings(optional)]


def _roles(rows: Sequence[OrganRow]) -> list[str]:
    """Return what the courses are called; rows without alpha/beta name none."""
    named = next((row.courses for row in rows if row.courses), ())
    return [short_label(course.label) for course in named]


def _optional_columns(rows: Sequence[OrganRow]) -> tuple[str, ...]:
    """Return the columns that some row has something to say in."""
    said = {
        _BAND: any(row.band is not None and row.band.reason is None for row in rows),
        _FREE: any(row.ellipsoid_free.value is not None for row in rows),
        _RESTRICTED: any(row.ellipsoid_restricted.value is not None for row in rows),
        _RECOVERED: any(row.with_recovery.value is not None for row in rows),
        _OVER_ALPHA_BETA: any(row.alpha_beta_band_gy is not None for row in rows),
        _OVER_RECOVERY: any(row.recovery_band_gy is not None for row in rows),
    }
    return tuple(column for column, present in said.items() if present)


def _cumulative_row(row: OrganRow, optional: Sequence[str], n_courses: int) -> list[Cell]:
    cells = [
        Cell(
            text=row.name,
            note=f"\N{GREEK SMALL LETTER ALPHA}/\N{GREEK SMALL LETTER BETA} {alpha_beta_text(row)}",
        )
    ]
    cells.append(Cell(text=row.metric))
    for course in row.courses:
        cells += [_metric_cell(course.physical), _metric_cell(course.eqd2)]
    cells += [Cell(text=_NONE, is_number=True)] * (2 * (n_courses - len(row.courses)))
    band = None if row.band is None or row.band.reason else row.band
    shown = {
        _BAND: _ends(band.low_gy, band.high_gy) if band else Cell(text=_NONE, is_number=True),
        _FREE: _metric_cell(row.ellipsoid_free),
        _RESTRICTED: _metric_cell(row.ellipsoid_restricted),
        _RECOVERED: _metric_cell(row.with_recovery),
        _OVER_ALPHA_BETA: _ends(*(row.alpha_beta_band_gy or (None, None))),
        _OVER_RECOVERY: _ends(*(row.recovery_band_gy or (None, None))),
    }
    covered = _NONE if row.covered_fraction is None else f"{100 * row.covered_fraction:.1f} %"
    return [
        *cells,
        _metric_cell(row.voxel_sum),
        _ends(row.bounds.low, row.bounds.high),
        number_cell(row.sum_of_maxima_gy),
        *(shown[column] for column in optional),
        Cell(text=covered, is_number=True),
    ]


def _reasons(row: OrganRow) -> str:
    """Return why values of a row are missing, each reason once with all that it holds for."""
    missing: list[tuple[str, str | None]] = []
    for course in row.courses:
        role = short_label(course.label)
        missing += [(f"{role} physical", course.physical.reason), (f"{role} EQD2", course.eqd2.reason)]
    missing += [("voxel sum", row.voxel_sum.reason), ("bounds", row.bounds.reason)]
    grouped: dict[str, list[str]] = {}
    for what, reason in missing:
        if reason:
            grouped.setdefault(brief(row, reason), []).append(what)
    return "; ".join(f"{', '.join(what)}: {reason}" for reason, what in grouped.items())


def _readings(optional: Sequence[str]) -> Facts:
    """Return how to read the columns of the cumulative table."""
    always = [
        (
            "voxel sum",
            "physical dose of each course interpolated through the registration, converted to EQD2 with "
            "the voxel's own dose per fraction, then summed",
        ),
        (
            "bounds without registration",
            "what the courses' own EQD2 histograms allow, whatever voxel met whatever voxel",
        ),
        ("sum of maxima", "the crudest corner of the bounds: each course's own maximum, added"),
        ("covered", "share of the organ inside the dose grids of all courses; outside is unknown, not 0 Gy"),
    ]
    extra = {
        _BAND: "lowest and highest value over coherent shifts and rotations of the whole earlier dose",
        _FREE: "every voxel takes the worst dose within the registration's uncertainty, wherever it lies",
        _RESTRICTED: "the same, searched only inside the organ: it can hide a hot spot beside it",
        _OVER_ALPHA_BETA: "range of the sum over the stated interval of alpha/beta",
        _OVER_RECOVERY: "range of the sum over the stated interval of the recovered fraction",
        _RECOVERED: "the chosen recovery rule taken off the earlier courses; the plain sum stands beside it",
    }
    said = [(column, extra[column]) for column in optional]
    return Facts(caption="How to read the columns", items=[*always, *said])


def remaining_sections(rows: Sequence[OrganRow]) -> list[Section]:
    """Return what is left below each limit, where it was asked for."""
    found = [(row, left) for row in rows for left in row.remaining]
    if not found:
        return []
    columns = ["organ", "limit", "reading", "fractions", "total, Gy", "per fraction, Gy", "of the new plan"]
    recovered = any(left.recovery != "none" for _, left in found)
    columns += ["recovery"] if recovered else []
    table = Table(
        caption="Dose left below each cumulative limit",
        columns=columns,
        rows=[_remaining_row(row, left, recovered=recovered) for row, left in found],
        remarks=[brief(row, left.reason) for row, left in found],
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


def _range_of(left: Remaining) -> str:
    """Return the ends of a reading over the numerical half-width of what it rests on."""
    if left.low_gy is None or left.high_gy is None or left.high_gy - left.low_gy < _SAME_GY:
        return ""
    return f"{left.low_gy:.2f} to {left.high_gy:.2f}"


def _remaining_row(row: OrganRow, left: Remaining, *, recovered: bool) -> list[Cell]:
    factor = _NONE if left.factor is None else f"\N{MULTIPLICATION SIGN} {left.factor:.3f}"
    return [
        Cell(text=row.name),
        Cell(text=limit_text(row), note=f"alpha/beta {alpha_beta_text(row)}"),
        Cell(text=left.basis),
        Cell(text=str(left.n_fractions), is_number=True, value=left.n_fractions),
        replace(number_cell(left.total_dose_gy), note=_range_of(left)),
        number_cell(left.dose_per_fraction_gy),
        Cell(text=factor, is_number=True),
        *([Cell(text=left.recovery)] if recovered else []),
    ]
