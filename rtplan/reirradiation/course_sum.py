"""The cumulative dose of courses as a notebook asks for it: ``accumulate([earlier, new], alpha_beta=3)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dicom_io.dvh import DVH, MetricValue, compute_dvh
from dicom_io.objects import GridGeometry
from rtplan.alpha_beta import check_alpha_beta
from rtplan.courses import Course, one_patient
from rtplan.errors import RtplanLookupError, RtplanTypeError, RtplanValueError
from rtplan.limits import dose_metric
from rtplan.reirradiation.organ import Joined, join
from rtplan.reirradiation.registrations import registration_findings
from rtplan.sums import BioGrid, CumulativeField, DosePart, Registration, refuse_motion_within
from rtplan.sums import accumulate as accumulate_parts
from rtplan.text import Column, columns_html, frame_of, record_of

__all__ = ["COURSE_SUM_COLUMNS", "CourseSum", "SummedMetric", "accumulate"]

_SHOWN = ("D0.03cc[Gy]", "Mean[Gy]")


@dataclass(frozen=True, kw_only=True)
class SummedMetric:
    """A metric of the summed EQD2 in one structure.

    Attributes
    ----------
    structure : str
    alpha_beta_gy : float
    eqd2 : MetricValue
    """

    structure: str
    alpha_beta_gy: float
    eqd2: MetricValue


COURSE_SUM_COLUMNS: Final[tuple[Column[SummedMetric], ...]] = (
    Column(key="structure", heading="structure", read=lambda row: row.structure),
    Column(key="alpha_beta_gy", read=lambda row: row.alpha_beta_gy),
    Column(key="metric", heading="metric", read=lambda row: row.eqd2.text),
    Column(
        key="eqd2_gy",
        heading="EQD2",
        unit="Gy",
        read=lambda row: row.eqd2.value,
        half_width=lambda row: row.eqd2.uncertainty,
        reason=lambda row: row.eqd2.reason,
    ),
    Column(key="uncertainty_gy", read=lambda row: row.eqd2.uncertainty),
    Column(key="reason", heading="why", read=lambda row: row.eqd2.reason, only_where_known=True),
)
"""A structure and metric of a sum of courses."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseSum:
    """The EQD2 of several courses, summed voxel by voxel at one alpha/beta, every course in full.

    Full repair is assumed between fractions of one day; `reirradiate` judges what no repair would add.

    Attributes
    ----------
    joined : Joined
    alpha_beta : float
        Gy, the same for every structure that is asked for.
    warnings : tuple of str
        Whose courses they are, where that could not be compared; registrations that have no effect.
    """

    joined: Joined = field(repr=False)
    alpha_beta: float
    warnings: tuple[str, ...] = ()

    @property
    def field(self) -> CumulativeField:
        """The sum as a field that can be asked at any point of the new course's frame."""
        return self.joined.total(self.alpha_beta)

    @property
    def grid(self) -> BioGrid:
        """The sum on the new course's dose grid."""
        return BioGrid.of(self.field, self.joined.geometry)

    @property
    def structures(self) -> tuple[str, ...]:
        """Names of the new course's contoured structures."""
        return tuple(s.name for s in self.joined.new.course.structures if s.contours)

    def dvh(self, structure: str) -> DVH:
        """Return the histogram of the sum in one structure of the new course."""
        return compute_dvh(self.joined.new.course.structure(structure), self.field)

    def rows(
        self, structures: Sequence[str] | None = None, *, metrics: Sequence[str] = _SHOWN
    ) -> tuple[SummedMetric, ...]:
        """Return each metric of each structure.

        Parameters
        ----------
        structures : sequence of str, optional
            All that the new course has, unless named.
        metrics : sequence of str
        """
        dvhs = {name: self.dvh(name) for name in (self.structures if structures is None else structures)}
        return tuple(
            SummedMetric(structure=name, alpha_beta_gy=self.alpha_beta, eqd2=dvh.metric(dose_metric(text)))
            for name, dvh in dvhs.items()
            for text in metrics
        )

    def records(
        self, structures: Sequence[str] | None = None, *, metrics: Sequence[str] = _SHOWN
    ) -> list[dict[str, Any]]:
        """Return `rows` as dictionaries with the keys of `COURSE_SUM_COLUMNS`."""
        return [record_of(COURSE_SUM_COLUMNS, row) for row in self.rows(structures, metrics=metrics)]

    def to_frame(self, structures: Sequence[str] | None = None, *, metrics: Sequence[str] = _SHOWN) -> Any:
        """Return `records` as a pandas frame."""
        return frame_of(self.records(structures, metrics=metrics), COURSE_SUM_COLUMNS)

    def plot(self, structures: Sequence[str] | None = None) -> Any:
        """Draw the histograms of the sum on a new figure.

        Returns
        -------
        matplotlib Figure
            It shows itself in a notebook.
        """
        from rtplan.drawing import Curve, new_figure, plot_dvhs  # noqa: PLC0415 - matplotlib is heavy

        named = self.structures if structures is None else tuple(structures)
        found = {name: self.dvh(name) for name in named}
        curves = [
            Curve(label=name, dose_gy=dvh.knots_gy, volume=100 * dvh.knots_cc / dvh.knots_cc[0])
            for name, dvh in found.items()
            if dvh.reason is None
        ]
        if not curves:
            raise RtplanValueError(f"no histogram to draw of {', '.join(named) or 'no structure'}")
        figure = new_figure(width=6.5, height=4.2)
        axes = plot_dvhs(
            figure.add_subplot(),
            curves,
            dose_label=f"EQD2 of all courses at alpha/beta {self.alpha_beta:g} Gy, Gy",
            volume_label="volume, %",
        )
        axes.legend(fontsize=8)
        return figure

    def _repr_html_(self) -> str:
        return columns_html(repr(self), COURSE_SUM_COLUMNS, self.rows(), notes=self.warnings)

    def __repr__(self) -> str:
        courses = " + ".join(one.course.label for one in self.joined.courses)
        return f"CourseSum({courses}: EQD2 at alpha/beta {self.alpha_beta:g} Gy)"


def accumulate(
    courses: Sequence[Course] | Sequence[DosePart],
    *,
    alpha_beta: float,
    registrations: Sequence[Registration] = (),
    geometry: GridGeometry | None = None,
    same_patient: bool = False,
) -> CourseSum | CumulativeField:
    """Sum the EQD2 of several courses, voxel by voxel.

    Parameters
    ----------
    courses : sequence of Course or of DosePart
        Courses in order, the new one last: its frame of reference is that of the sum, its structures are
        asked. Parts, for those who bring doses and transforms of their own, give the bare field.
    alpha_beta : float
        Of the tissue, Gy, above 0.
    registrations : sequence of RigidTransform or DeformableTransform
        Between courses of different frames of reference; only for courses.
    geometry : GridGeometry, optional
        Grid on whose scale the sum is looked at; only for parts.
    same_patient : bool
        It is stated that the courses are one patient's although patient ID, birth date or sex differ.

    Returns
    -------
    CourseSum or CumulativeField

    Raises
    ------
    RtplanLookupError
        No shared frame of reference and no transform: there is no sum.
    RtplanTypeError
        Courses and parts mixed, or something else.
    RtplanValueError
        Fewer than two courses, courses or registrations of two patients, a registration that moves a frame
        of reference within itself, or an alpha/beta that is not above 0.

    Examples
    --------
    >>> accumulate(["50Gy/25", "25Gy/5"], alpha_beta=3)
    Traceback (most recent call last):
        ...
    rtplan.errors.RtplanTypeError: courses or dose parts are summed, not str; use sum_courses for regimens
    """
    of_parts = bool(courses) and all(isinstance(one, DosePart) for one in courses)
    check_alpha_beta(alpha_beta, "sum of courses", allow_infinity=of_parts)
    if of_parts:
        if registrations:
            raise RtplanTypeError("each part brings its own transform: registrations are for courses")
        parts = [one for one in courses if isinstance(one, DosePart)]
        return accumulate_parts(parts, alpha_beta=alpha_beta, geometry=geometry)
    whole = [one for one in courses if isinstance(one, Course)]
    if len(whole) < len(courses):
        other = next(type(one).__name__ for one in courses if not isinstance(one, Course))
        raise RtplanTypeError(f"courses or dose parts are summed, not {other}; use sum_courses for regimens")
    if geometry is not None:
        raise RtplanTypeError("the grid of courses is the new one's dose grid: geometry is for parts")
    if len(whole) < 2:
        raise RtplanValueError(f"{len(whole)} courses: at least an earlier one and the new one are needed")
    refuse_motion_within(registrations)
    warnings = one_patient(whole, registrations=registrations, same_patient=same_patient)
    joined = join(whole[-1], whole[:-1], registrations)
    warnings = (*warnings, *registration_findings(joined, registrations))
    found = CourseSum(joined=joined, alpha_beta=alpha_beta, warnings=warnings)
    if found.joined.reason is not None:
        raise RtplanLookupError(f"no sum of these courses: {found.joined.reason}")
    return found
