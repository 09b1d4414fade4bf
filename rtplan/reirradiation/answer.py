"""The answer to a re-irradiation: the cumulative dose of all courses, every reading side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rtplan.courses import Course
from rtplan.errors import RtplanLookupError
from rtplan.interval import Interval
from rtplan.limits import dose_metric
from rtplan.reirradiation.beside import (
    BodyAbove,
    CordRuleSet,
    Observation,
    OrganResidual,
    RertClass,
    TargetDose,
)
from rtplan.reirradiation.organ import ORGAN_COLUMNS, Joined, OrganDvhs, OrganMatch, OrganRow
from rtplan.reirradiation.question import ReirradiationQuestion
from rtplan.sums import CumulativeField, UsedTransform
from rtplan.text import columns_html, frame_of, record_of

__all__ = ["Reirradiation"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reirradiation:
    """The whole answer.

    Attributes
    ----------
    question : ReirradiationQuestion
        The courses and all that was stated.
    joined : Joined
        The courses' doses seen from the new course's frame of reference: `Joined.total` and
        `Joined.physical` give fields for pictures and export.
    matches : tuple of OrganMatch
        One for each organ.
    rows : tuple of OrganRow
        One for each organ, metric and alpha/beta.
    dvhs : tuple of OrganDvhs
        One for each organ and alpha/beta.
    transforms : tuple of RigidTransform, DeformableTransform or InvertedDeformation
        What was used to join the courses, beyond identities.
    unassigned : tuple of str
        Contoured structures of the new course for which no alpha/beta was stated.
    warnings : tuple of str
    targets : tuple of TargetDose
        The targets' cumulative dose, where an alpha/beta of the tumour was stated.
    body : tuple of BodyAbove
        The body outside all named organs above stated levels; empty without a voxel sum.
    cord_rules : tuple of CordRuleSet
    observations : tuple of Observation
        What others observed of these organs; never judged.
    rert_class : RertClass or None
    registration_quality : tuple of OrganResidual
        How well contours present in both courses meet after each transform.
    """

    question: ReirradiationQuestion
    joined: Joined = field(repr=False)
    matches: tuple[OrganMatch, ...]
    rows: tuple[OrganRow, ...]
    dvhs: tuple[OrganDvhs, ...]
    transforms: tuple[UsedTransform, ...]
    unassigned: tuple[str, ...]
    warnings: tuple[str, ...]
    targets: tuple[TargetDose, ...] = ()
    body: tuple[BodyAbove, ...] = ()
    cord_rules: tuple[CordRuleSet, ...] = ()
    observations: tuple[Observation, ...] = ()
    rert_class: RertClass | None = None
    registration_quality: tuple[OrganResidual, ...] = ()

    @property
    def new(self) -> Course:
        """The new course."""
        return self.question.new

    @property
    def priors(self) -> tuple[Course, ...]:
        """Earlier courses in order."""
        return self.question.priors

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """From the end of each earlier course to the start of the new one."""
        return self.question.intervals

    @property
    def recovery(self) -> str:
        """Name of the recovery rule."""
        return self.question.recovery

    @property
    def limit_failed(self) -> bool:
        """Whether a limit or a rule that was asked for is not kept for certain."""
        verdicts = [row.verdict for row in self.rows if row.verdict is not None and not row.is_shown_only]
        verdicts += [rule.verdict for rule in self.cord_rules]
        return not all(verdict.is_pass for verdict in verdicts)

    def row(
        self, organ: str, metric: str, *, alpha_beta: float | None = None, source: str | None = None
    ) -> OrganRow:
        """Return one row; alpha/beta and the limit's source may be left out where the organ has one."""
        wanted = str(dose_metric(metric))
        found = [
            row
            for row in self.rows
            if row.name == organ
            and row.metric == wanted
            and alpha_beta in (None, row.alpha_beta_gy)
            and (source is None or (row.limit is not None and row.limit.source == source))
        ]
        if len(found) == 1:
            return found[0]
        raise RtplanLookupError(
            f"{len(found)} rows of {organ}, {wanted}; name the alpha/beta, or the limit's source, if it has "
            "several"
        )

    def total(self, alpha_beta: float) -> CumulativeField:
        """Return the plain voxel sum in the new course's frame."""
        return self.joined.total(alpha_beta)

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary for each row, with the keys of the JSON document."""
        return [record_of(ORGAN_COLUMNS, row) for row in self.rows]

    def to_frame(self) -> Any:
        """Return the rows as a pandas frame."""
        return frame_of(self.records(), ORGAN_COLUMNS)

    def _repr_html_(self) -> str:
        caption = f"Cumulative EQD2: {self!r}"
        return columns_html(caption, ORGAN_COLUMNS, self.rows, notes=self.warnings)

    def plot(self, organ: str, *, alpha_beta: float | None = None) -> Any:
        """Draw an organ's EQD2 histograms, each course's own and the sum's, on a new figure.

        Parameters
        ----------
        organ : str
        alpha_beta : float, optional
            Gy; may be left out where the organ has one.

        Returns
        -------
        matplotlib Figure
            It shows itself in a notebook.
        """
        from rtplan.drawing import Curve, new_figure, plot_dvhs  # noqa: PLC0415 - matplotlib is heavy

        found = [d for d in self.dvhs if d.organ == organ and alpha_beta in (None, d.alpha_beta)]
        if len(found) != 1:
            raise RtplanLookupError(f"{len(found)} curves of {organ}; name the alpha/beta if it has several")
        drawn = {f"{label}, own images": dvh for label, dvh in found[0].eqd2.items()}
        drawn |= {"voxel sum": found[0].total} if found[0].total is not None else {}
        drawn |= {f"recovery {self.recovery}": found[0].recovered} if found[0].recovered is not None else {}
        curves = [
            Curve(label=label, dose_gy=dvh.knots_gy, volume=dvh.knots_cc)
            for label, dvh in drawn.items()
            if dvh.reason is None
        ]
        if not curves:
            raise RtplanLookupError(f"{organ} has no histogram to draw")
        figure = new_figure(width=6.5, height=4.2)
        axes = plot_dvhs(
            figure.add_subplot(),
            curves,
            dose_label=f"EQD2 at alpha/beta {found[0].alpha_beta:g} Gy, Gy",
            volume_label="volume, cc",
        )
        axes.set_title(organ)
        axes.legend(fontsize=8)
        return figure

    def __repr__(self) -> str:
        courses = " + ".join(course.label for course in (*self.priors, self.new))
        return f"Reirradiation({courses}; {len(self.rows)} rows, recovery {self.recovery})"
