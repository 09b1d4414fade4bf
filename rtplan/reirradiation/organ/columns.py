"""The columns of an organ's row, of the courses inside it, of its flips: one list for every form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dicom_io.dvh import Metric, MetricValue
from rtplan.limits import REMAINING_COLUMNS, RecoveryInterval, verdict_cell
from rtplan.reirradiation.organ.adding import NO_BOUND, MetricSum, OverlapCourse
from rtplan.reirradiation.organ.flip import Flip
from rtplan.reirradiation.organ.row import OrganCourse, OrganRow
from rtplan.sums import Band
from rtplan.text import Cell, Column, comparator_text, number_cell, range_text, record_of, share_text

__all__ = ["COURSE_COLUMNS", "FLIP_COLUMNS", "ORGAN_COLUMNS", "OVERLAP_COLUMNS", "UNREPAIRED_COLUMNS"]


def _range_cell(ends: Sequence[float | None] | None) -> Cell:
    low, high = ends or (None, None)
    return Cell(text=range_text(low, high), is_number=True)


def _metric_cell(metric_of: Callable[[OrganRow], MetricValue]) -> Callable[[OrganRow], Cell]:
    """Return the cell of a metric with its half-width."""
    return lambda row: number_cell(metric_of(row).value, uncertainty=metric_of(row).uncertainty)


def _alpha_beta_cell(row: OrganRow) -> Cell:
    if row.alpha_beta_gy is None:
        return Cell(text="not stated", is_number=True)
    return Cell(text=f"{row.alpha_beta_gy:g}", is_number=True, value=row.alpha_beta_gy)


def _bounds(row: OrganRow) -> list[float | None]:
    return [row.bounds.low, row.bounds.high]


def _known_band(row: OrganRow) -> Band | None:
    return None if row.band is None or row.band.reason else row.band


def _band_cell(row: OrganRow) -> Cell:
    band = _known_band(row)
    return _range_cell((band.low_gy, band.high_gy) if band else None)


def _recovery_interval(row: OrganRow) -> RecoveryInterval | None:
    return None if row.limit is None else row.limit.recovery_interval


def _limit_cell(row: OrganRow) -> Cell:
    text = "" if row.limit is None else f"{comparator_text(row.limit.comparator)} {row.limit.eqd2_gy:g}"
    if _recovery_interval(row) is not None:
        text = f"{text} incl. recovery, {_recovery_interval(row)}"
    return Cell(text=text, is_number=True)


def _unjudged(row: OrganRow) -> str:
    standing = row.registration
    return "" if standing is None or standing.is_judged or row.verdict is None else standing.short


def _registration_cell(row: OrganRow) -> Cell:
    if row.registration is None:
        return Cell(text="no registration")
    judged = "; ".join(judgement.who for judgement in row.registration.judgements)
    return Cell(text=row.registration.short, note=judged)


def _verdict_without_recovery(row: OrganRow) -> str | None:
    return None if row.without_recovery is None else row.without_recovery.verdict.value


_NO_OVERLAP: Final = MetricSum.absent(Metric.parse("Mean[Gy]"), reason="no overlap was asked for")
_NO_VOLUME: Final = MetricValue.absent(Metric.parse("V0Gy[cc]"), reason="no overlap was asked for")


def _overlap_sum(row: OrganRow) -> MetricSum:
    return _NO_OVERLAP if row.overlap is None else row.overlap.total


def _overlap_volume(row: OrganRow) -> MetricValue:
    return _NO_VOLUME if row.overlap is None else row.overlap.volume


def _ends(ends: tuple[float, float] | None) -> list[float] | None:
    return None if ends is None else list(ends)


COURSE_COLUMNS: Final[tuple[Column[OrganCourse], ...]] = (
    Column(key="label", read=lambda course: course.label),
    Column(key="grade", read=lambda course: course.grade.value),
    Column(key="interval_days", read=lambda course: course.interval_days),
    Column(
        key="physical_gy",
        heading="physical",
        unit="Gy",
        read=lambda course: course.physical.value,
        half_width=lambda course: course.physical.uncertainty,
        reason=lambda course: course.physical.reason,
    ),
    Column(key="physical_uncertainty_gy", read=lambda course: course.physical.uncertainty),
    Column(
        key="eqd2_gy",
        heading="EQD2",
        unit="Gy",
        read=lambda course: course.eqd2.value,
        half_width=lambda course: course.eqd2.uncertainty,
        reason=lambda course: course.eqd2.reason,
    ),
    Column(key="eqd2_uncertainty_gy", read=lambda course: course.eqd2.uncertainty),
    Column(key="recovered_fraction", read=lambda course: course.recovered_fraction),
    Column(key="reason", read=lambda course: course.eqd2.reason),
)
"""What one course gave an organ, in its own images."""

OVERLAP_COLUMNS: Final[tuple[Column[OverlapCourse], ...]] = (
    Column(key="label", read=lambda course: course.label),
    Column(key="isodose_gy", read=lambda course: course.isodose_gy),
    Column(key="eqd2_gy", read=lambda course: course.eqd2.value),
    Column(key="eqd2_uncertainty_gy", read=lambda course: course.eqd2.uncertainty),
    Column(key="reason", read=lambda course: course.eqd2.reason),
)
"""What one course gave the overlap of an organ with earlier isodoses."""

FLIP_COLUMNS: Final[tuple[Column[Flip], ...]] = (
    Column(key="input", read=lambda flip: flip.input),
    Column(key="unit", read=lambda flip: flip.unit),
    Column(key="stated", read=lambda flip: flip.stated),
    Column(key="searched", read=lambda flip: None if flip.low is None else [flip.low, flip.high]),
    Column(key="flips_at", read=lambda flip: flip.at),
    Column(key="becomes", read=lambda flip: flip.becomes),
    Column(
        key="reason",
        read=lambda flip: (
            flip.note or (None if flip.at is not None else f"none within {flip.low:g}..{flip.high:g}")
        ),
    ),
)
"""The value of one input at which a verdict would change."""

UNREPAIRED_COLUMNS: Final[tuple[Column[OrganRow], ...]] = (
    Column(key="voxel_sum_gy", read=lambda row: row.voxel_sum.value),
    Column(key="bounds_gy", read=_bounds),
    Column(key="sum_of_point_maxima_gy", read=lambda row: row.sum_of_point_maxima_gy),
    Column(key="sum_of_metric_gy", read=lambda row: row.sum_of_metric.plain.value),
    Column(key="with_recovery_gy", read=lambda row: row.with_recovery.value),
    Column(key="verdict", read=lambda row: None if row.verdict is None else row.verdict.value),
)
"""The same row with nothing repaired between the fractions of a day."""


def _records_of(columns: Sequence[Column[Any]], rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [record_of(columns, row) for row in rows]


ORGAN_COLUMNS: Final[tuple[Column[OrganRow], ...]] = (
    Column(key="name", heading="organ", read=lambda row: row.name),
    Column(
        key="alpha_beta_gy",
        heading="alpha/beta",
        unit="Gy",
        read=lambda row: row.alpha_beta_gy,
        show=_alpha_beta_cell,
    ),
    Column(key="alpha_beta_source", read=lambda row: row.alpha_beta_source),
    Column(key="metric", heading="metric", read=lambda row: row.metric),
    Column(key="quantity", read=lambda row: "EQD2"),
    Column(key="grade", read=lambda row: row.grade.value),
    Column(key="courses", read=lambda row: _records_of(COURSE_COLUMNS, row.courses)),
    Column(key="method", read=lambda row: None if row.method is None else row.method.value),
    Column(
        key="voxel_sum_gy",
        heading="voxel sum",
        unit="Gy",
        read=lambda row: row.voxel_sum.value,
        half_width=lambda row: row.voxel_sum.uncertainty,
        reason=lambda row: row.voxel_sum.reason,
        note="physical dose of each course interpolated through the registration, converted to EQD2 with "
        "the voxel's own dose per fraction, then summed",
    ),
    Column(key="voxel_sum_uncertainty_gy", read=lambda row: row.voxel_sum.uncertainty),
    Column(key="voxel_sum_reason", read=lambda row: row.voxel_sum.reason),
    Column(
        key="bounds_gy",
        heading="bounds without registration",
        unit="Gy",
        read=_bounds,
        reason=lambda row: row.bounds.reason,
        show=lambda row: _range_cell(_bounds(row)),
        note="what the courses' own EQD2 histograms allow, whatever voxel met whatever voxel",
    ),
    Column(key="bounds_uncertainty_gy", read=lambda row: row.bounds_uncertainty_gy),
    Column(key="bounds_low_uncertainty_gy", read=lambda row: row.bounds.low_uncertainty),
    Column(key="bounds_high_uncertainty_gy", read=lambda row: row.bounds.high_uncertainty),
    Column(key="bounds_absolute_high_gy", read=lambda row: row.bounds.high_absolute),
    Column(key="bounds_relative_high_gy", read=lambda row: row.bounds.high_relative),
    Column(key="bounds_assume", read=lambda row: list(row.bounds.statements)),
    Column(key="bounds_reason", read=lambda row: row.bounds.reason),
    Column(
        key="sum_of_point_maxima_gy",
        heading="sum of point maxima",
        unit="Gy",
        read=lambda row: row.sum_of_point_maxima_gy,
        note="the crudest corner of the bounds: each course's own maximum, added",
    ),
    Column(
        key="sum_of_metric_gy",
        heading=f"sum of the courses' own ({NO_BOUND})",
        unit="Gy",
        read=lambda row: row.sum_of_metric.plain.value,
        half_width=lambda row: row.sum_of_metric.plain.uncertainty,
        reason=lambda row: row.sum_of_metric.plain.reason,
        note="each course's own value of the metric, added, as records write it down: it bounds nothing, "
        "since the voxel sum may lie above or below it, and no verdict rests on it",
    ),
    Column(key="sum_of_metric_uncertainty_gy", read=lambda row: row.sum_of_metric.plain.uncertainty),
    Column(key="sum_of_metric_reason", read=lambda row: row.sum_of_metric.plain.reason),
    Column(
        key="sum_of_metric_with_recovery_gy",
        heading=f"sum of the courses' own with recovery ({NO_BOUND})",
        unit="Gy",
        read=lambda row: row.sum_of_metric.with_recovery.value,
        show=_metric_cell(lambda row: row.sum_of_metric.with_recovery),
        note="each earlier course's own value with the chosen recovery taken off, added to the new course's",
        only_where_known=True,
    ),
    Column(key="sum_of_metric_with_recovery_reason", read=lambda row: row.sum_of_metric.with_recovery.reason),
    Column(key="overlap_isodose", read=lambda row: None if row.overlap is None else row.overlap.isodose),
    Column(
        key="overlap_cc",
        heading="overlap",
        unit="cc",
        read=lambda row: _overlap_volume(row).value,
        half_width=lambda row: _overlap_volume(row).uncertainty,
        reason=lambda row: None if row.overlap is None else row.overlap.volume.reason,
        note="part of today's organ where the physical dose of an earlier course, carried over by the "
        "registration, is at least the stated isodose",
        only_where_known=True,
    ),
    Column(key="overlap_uncertainty_cc", read=lambda row: _overlap_volume(row).uncertainty),
    Column(
        key="overlap_sum_of_metric_gy",
        heading=f"sum in the overlap ({NO_BOUND})",
        unit="Gy",
        read=lambda row: _overlap_sum(row).plain.value,
        half_width=lambda row: _overlap_sum(row).plain.uncertainty,
        reason=lambda row: None if row.overlap is None else row.overlap.total.plain.reason,
        note="each course's own value of the metric inside the overlap, added: it bounds nothing, and no "
        "verdict rests on it",
        only_where_known=True,
    ),
    Column(key="overlap_sum_of_metric_uncertainty_gy", read=lambda row: _overlap_sum(row).plain.uncertainty),
    Column(
        key="overlap_sum_of_metric_with_recovery_gy",
        heading=f"sum in the overlap with recovery ({NO_BOUND})",
        unit="Gy",
        read=lambda row: _overlap_sum(row).with_recovery.value,
        half_width=lambda row: _overlap_sum(row).with_recovery.uncertainty,
        only_where_known=True,
    ),
    Column(
        key="overlap_reason",
        read=lambda row: None if row.overlap is None else row.overlap.total.plain.reason,
    ),
    Column(
        key="overlap_courses",
        read=lambda row: [] if row.overlap is None else _records_of(OVERLAP_COLUMNS, row.overlap.courses),
    ),
    Column(
        key="band_gy",
        heading="scenario band",
        unit="Gy",
        read=lambda row: [band.low_gy, band.high_gy] if (band := _known_band(row)) else None,
        show=_band_cell,
        note="lowest and highest value over coherent shifts and rotations of the whole earlier dose",
        only_where_known=True,
    ),
    Column(key="band_method", read=lambda row: None if row.band is None else row.band.method),
    Column(key="band_reason", read=lambda row: row.band_reason),
    Column(
        key="ellipsoid_free_gy",
        heading="ellipsoid, anywhere",
        unit="Gy",
        read=lambda row: row.ellipsoid_free.value,
        show=_metric_cell(lambda row: row.ellipsoid_free),
        note="every voxel takes the worst dose within the registration's uncertainty, wherever it lies",
        only_where_known=True,
    ),
    Column(key="ellipsoid_free_uncertainty_gy", read=lambda row: row.ellipsoid_free.uncertainty),
    Column(
        key="ellipsoid_restricted_gy",
        heading="ellipsoid, in the organ",
        unit="Gy",
        read=lambda row: row.ellipsoid_restricted.value,
        show=_metric_cell(lambda row: row.ellipsoid_restricted),
        note="the same, searched only inside the organ: it can hide a hot spot beside it",
        only_where_known=True,
    ),
    Column(key="ellipsoid_restricted_uncertainty_gy", read=lambda row: row.ellipsoid_restricted.uncertainty),
    Column(key="ellipsoid_reason", read=lambda row: row.ellipsoid_free.reason),
    Column(
        key="with_recovery_gy",
        heading="with recovery",
        unit="Gy",
        read=lambda row: row.with_recovery.value,
        show=_metric_cell(lambda row: row.with_recovery),
        note="the chosen recovery rule taken off the earlier courses; the plain sum stands beside it",
        only_where_known=True,
    ),
    Column(key="with_recovery_reason", read=lambda row: row.with_recovery.reason),
    Column(key="recovery_statement", read=lambda row: row.recovery_statement),
    Column(key="comparator", read=lambda row: None if row.limit is None else row.limit.comparator),
    Column(
        key="limit_gy",
        heading="limit",
        unit="Gy",
        read=lambda row: None if row.limit is None else row.limit.eqd2_gy,
        show=_limit_cell,
    ),
    Column(
        key="limit_includes_recovery",
        read=lambda row: None if row.limit is None else row.limit.includes_recovery,
    ),
    Column(
        key="limit_from_months",
        read=lambda row: None if (kept := _recovery_interval(row)) is None else kept.from_months,
    ),
    Column(
        key="limit_to_months",
        read=lambda row: None if (kept := _recovery_interval(row)) is None else kept.to_months,
    ),
    Column(
        key="limit_agreement", read=lambda row: None if row.limit is None else row.limit.agreement or None
    ),
    Column(
        key="limit_condition", read=lambda row: None if row.limit is None else row.limit.condition or None
    ),
    Column(key="limit_is_shown_only", read=lambda row: None if row.limit is None else row.is_shown_only),
    Column(key="limit_source", read=lambda row: None if row.limit is None else row.limit.source),
    Column(
        key="verdict",
        heading="verdict",
        read=lambda row: None if row.verdict is None else row.verdict.value,
        show=lambda row: verdict_cell(row.verdict, note=_unjudged(row)),
    ),
    Column(
        key="verdict_without_recovery",
        heading="without recovery",
        read=_verdict_without_recovery,
        show=lambda row: verdict_cell(None if row.without_recovery is None else row.without_recovery.verdict),
        only_where_known=True,
    ),
    Column(key="reason", heading="why", read=lambda row: row.reason),
    Column(
        key="registration",
        heading="rests on",
        read=lambda row: None if row.registration is None else str(row.registration),
        show=_registration_cell,
        note="whether a person has judged, for this organ, what carries the earlier courses over",
        only_where_known=True,
    ),
    Column(
        key="covered_fraction",
        heading="covered",
        read=lambda row: row.covered_fraction,
        show=lambda row: Cell(text=share_text(row.covered_fraction), is_number=True),
        note="share of the organ inside the dose grids of all courses; outside is unknown, not 0 Gy",
    ),
    Column(key="findings", read=lambda row: list(row.findings)),
    Column(key="remaining", read=lambda row: _records_of(REMAINING_COLUMNS, row.remaining)),
    Column(key="flips", read=lambda row: _records_of(FLIP_COLUMNS, row.flips)),
    Column(
        key="alpha_beta_band_gy",
        heading="over alpha/beta",
        unit="Gy",
        read=lambda row: _ends(row.alpha_beta_band_gy),
        show=lambda row: _range_cell(row.alpha_beta_band_gy),
        note="range of the sum over the stated interval of alpha/beta",
        only_where_known=True,
    ),
    Column(
        key="recovery_band_gy",
        heading="over recovery",
        unit="Gy",
        read=lambda row: _ends(row.recovery_band_gy),
        show=lambda row: _range_cell(row.recovery_band_gy),
        note="range of the sum over the stated interval of the recovered fraction",
        only_where_known=True,
    ),
    Column(
        key="without_repair_in_a_day",
        read=lambda row: (
            None if row.without_repair is None else record_of(UNREPAIRED_COLUMNS, row.without_repair)
        ),
    ),
)
"""One organ, metric and alpha/beta with every answer."""
