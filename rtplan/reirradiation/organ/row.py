"""The rows of a re-irradiation table: one organ, one metric, one alpha/beta, every answer side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dicom_io.dvh import DVH, MetricValue
from rtplan.courses import Grade
from rtplan.limits import CumulativeLimit, Judgement, Remaining, Verdict
from rtplan.reirradiation.organ.adding import Method, MetricSum, OverlapSum
from rtplan.reirradiation.organ.flip import Flip
from rtplan.sums import Band, Bounds, RegistrationStanding

__all__ = ["OrganCourse", "OrganDvhs", "OrganRow", "disagreement", "rests_on_recovery"]


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganCourse:
    """What one course gave an organ, in its own images.

    Attributes
    ----------
    label : str
    grade : Grade
    interval_days : int or None
        To the new course's start; None for the new course itself.
    physical, eqd2 : MetricValue
        Total physical dose and EQD2 of the metric.
    recovered_fraction : float or None
        What the chosen rule takes off its EQD2; None where no rule was chosen or it says nothing.
    """

    label: str
    grade: Grade
    interval_days: int | None
    physical: MetricValue
    eqd2: MetricValue
    recovered_fraction: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganDvhs:
    """The curves of one organ at one alpha/beta, for pictures.

    Attributes
    ----------
    organ : str
    alpha_beta : float
    physical, eqd2 : mapping of str to DVH
        By course label, each in its own images; courses without a curve are left out.
    total : DVH or None
        Of the voxel sum, in the new course's images.
    recovered : DVH or None
        The same with recovery taken off.
    """

    organ: str
    alpha_beta: float
    physical: Mapping[str, DVH] = field(repr=False)
    eqd2: Mapping[str, DVH] = field(repr=False)
    total: DVH | None = field(repr=False)
    recovered: DVH | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganRow:
    """One organ, metric and alpha/beta.

    Attributes
    ----------
    name : str
        Standard name of the organ.
    alpha_beta_gy : float or None
        None where nobody stated one.
    alpha_beta_source : str or None
    metric : str
    courses : tuple of OrganCourse
        Earlier ones in order, the new one last.
    grade : Grade
        The worst of the courses': the verdict inherits it.
    voxel_sum : MetricValue
    bounds : Bounds
    sum_of_point_maxima_gy : float or None
        Each course's own maximum, added: the crudest corner of the bounds.
    sum_of_metric : MetricSum
        The courses' own values of the metric, added: no bound, and no verdict rests on it.
    band : Band or None
    band_reason : str or None
    ellipsoid_free, ellipsoid_restricted : MetricValue
        The per-voxel ellipsoid maximum, searched anywhere and only inside the organ.
    with_recovery : MetricValue
    recovery : str
        Name of the rule, ``"none"``.
    recovery_statement : str
    limit : CumulativeLimit or None
    judgement : Judgement or None
        None where no limit was asked for.
    without_recovery : Judgement or None
        The same limit judged on the plain sum.
    covered_fraction : float or None
        Of the organ, by all courses together.
    remaining : tuple of Remaining
    findings : tuple of str
        What is odd about the contours and doses that the row rests on, by course.
    flips : tuple of Flip
        Which input would flip the verdict, and at what value.
    alpha_beta_band_gy, recovery_band_gy : (float, float) or None
        Range of the sum over the stated interval of alpha/beta and of the recovered fraction.
    overlap : OverlapSum or None
        The metric added inside the overlap with an earlier isodose: no bound; None where none was asked for.
    stands_beside : bool
        The limit includes recovery, and one of the same metric without recovery judges in its place: where it
        does not judge itself, it is shown only.
    without_repair : OrganRow or None
        The same with nothing repaired between the fractions of a day; None where every course had one a day.
    registration : RegistrationStanding or None
        What persons found, for this organ, of the registrations that the row rests on; None where it rests on
        none.
    """

    name: str
    alpha_beta_gy: float | None
    alpha_beta_source: str | None
    metric: str
    courses: tuple[OrganCourse, ...]
    grade: Grade
    voxel_sum: MetricValue
    bounds: Bounds
    sum_of_point_maxima_gy: float | None
    sum_of_metric: MetricSum
    band: Band | None
    band_reason: str | None
    ellipsoid_free: MetricValue
    ellipsoid_restricted: MetricValue
    with_recovery: MetricValue
    recovery: str
    recovery_statement: str
    limit: CumulativeLimit | None
    judgement: Judgement | None
    without_recovery: Judgement | None
    covered_fraction: float | None
    remaining: tuple[Remaining, ...]
    findings: tuple[str, ...] = ()
    flips: tuple[Flip, ...] = ()
    alpha_beta_band_gy: tuple[float, float] | None = None
    recovery_band_gy: tuple[float, float] | None = None
    overlap: OverlapSum | None = None
    without_repair: OrganRow | None = field(default=None, repr=False)
    stands_beside: bool = False
    registration: RegistrationStanding | None = None

    def __repr__(self) -> str:
        ratio = "not stated" if self.alpha_beta_gy is None else f"{self.alpha_beta_gy:g} Gy"
        ends = f"{_shown(self.bounds.low)} to {_shown(self.bounds.high)} Gy"
        judged = "" if self.verdict is None else f"; limit {self.limit}: {self.verdict.value}"
        return (
            f"OrganRow({self.name} {self.metric} at alpha/beta {ratio}: voxel sum {self.voxel_sum!r}, bounds "
            f"{ends}{judged}; {self.grade.value})"
        )

    @property
    def bounds_uncertainty_gy(self) -> float:
        """The larger numerical half-width of the two ends of the bounds, Gy."""
        return self.bounds.uncertainty

    @property
    def verdict(self) -> Verdict | None:
        """The verdict; None where no limit was asked for."""
        return None if self.judgement is None else self.judgement.verdict

    @property
    def method(self) -> Method | None:
        """How the number was made that a limit is held against; None where nothing is known."""
        if self.voxel_sum.value is not None:
            return Method.VOXEL_SUM
        return None if self.bounds.low is None and self.bounds.high is None else Method.BOUNDS

    @property
    def is_shown_only(self) -> bool:
        """Whether the limit only stands there, since one without recovery judges in its place."""
        return self.stands_beside and self.verdict is Verdict.NOT_EVALUABLE

    @property
    def reason(self) -> str | None:
        """Why the verdict, or the sum, is what it is."""
        return self.voxel_sum.reason if self.judgement is None else self.judgement.reason


def disagreement(row: OrganRow) -> str | None:
    """Say when a voxel sum lies outside the bounds: registration or contours contradict each other."""
    value = row.voxel_sum.value
    if value is None:
        return None
    if not row.bounds.contradict(value, row.voxel_sum.uncertainty):
        return None
    low, high = (_shown(end) for end in (row.bounds.low, row.bounds.high))
    return (
        f"{row.name} {row.metric} at alpha/beta {row.alpha_beta_gy:g}: the voxel sum of {value:.2f} Gy lies "
        f"outside the bounds of {low} to {high} Gy: registration or contours of the courses disagree"
    )


def rests_on_recovery(row: OrganRow) -> str | None:
    """Say when a limit is kept only because of the recovery that was chosen."""
    if (
        row.verdict is not Verdict.WITHIN
        or row.without_recovery is None
        or row.without_recovery.verdict.is_pass
    ):
        return None
    return (
        f"{row.name} {row.metric} at alpha/beta {row.alpha_beta_gy:g}: within only with the recovery rule "
        f"{row.recovery!r}; {row.without_recovery.verdict.value} without it"
    )


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
