"""One organ as the answer states it: its rows, its samples and what they give with nothing tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from dicom_io.dvh import Metric
from dicom_io.objects import Structure
from rtplan.errors import RtplanLookupError
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.organ import OrganDvhs, OrganMatch, OrganRecovery, OrganRow, recovery_for
from rtplan.sums import OrganSamples, metric_of_points

__all__ = ["StatedOrgan", "stated_organs"]

_POINTS: Final = 40_000
"""At least about so many in an organ: the near-maximum of 0.03 cc then stands on many of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StatedOrgan:
    """An organ at one alpha/beta, ready to be asked with other values.

    Attributes
    ----------
    organ : str
        Standard name.
    alpha_beta : float
        As stated, Gy.
    match : OrganMatch
    rows : tuple of OrganRow
        Those of the answer, each metric and limit.
    priors : tuple of str
        Labels of the earlier courses.
    recovery : OrganRecovery
        The stated rule, applied to this organ.
    dvhs : OrganDvhs
        Its curves as the answer has them.
    several_a_day : bool
        Whether a course gave several fractions a day.
    samples : OrganSamples or None
        None where there is no voxel sum, or the organ encloses no volume.
    plain_gy, recovered_gy : mapping of Metric to float
        Its metrics on the unmoved samples with nothing tried: in full, and with the stated recovery off.
    reason : str or None
        Why there are no samples.
    """

    organ: str
    alpha_beta: float
    match: OrganMatch = field(repr=False)
    rows: tuple[OrganRow, ...] = field(repr=False)
    priors: tuple[str, ...] = field(repr=False)
    recovery: OrganRecovery = field(repr=False)
    dvhs: OrganDvhs = field(repr=False)
    several_a_day: bool
    samples: OrganSamples | None = field(repr=False)
    plain_gy: Mapping[Metric, float] = field(repr=False)
    recovered_gy: Mapping[Metric, float] = field(repr=False)
    reason: str | None

    @property
    def structure(self) -> Structure:
        """Today's contours."""
        assert self.match.new is not None
        return self.match.new

    @property
    def stated_recovery(self) -> Mapping[str, float]:
        """Fraction that the stated rule takes off each earlier course, by label; empty where none."""
        return _taken_off(self.priors, self.recovery)

    def with_samples(self, samples: OrganSamples) -> StatedOrgan:
        """Return the same organ on samples that were moved; what nothing tried gives stays."""
        return replace(self, samples=samples)


def stated_organs(answer: Reirradiation) -> tuple[StatedOrgan, ...]:
    """Return every organ and alpha/beta of an answer, sampled; an organ's samples serve all its alpha/beta.

    Parameters
    ----------
    answer : Reirradiation

    Returns
    -------
    tuple of StatedOrgan
        In the order of the answer's histograms.

    Raises
    ------
    RtplanLookupError
        The answer has no organ with an alpha/beta.
    """
    if not answer.dvhs:
        raise RtplanLookupError("no organ with an alpha/beta is in this answer: nothing can be tried")
    matches = {match.organ: match for match in answer.matches}
    priors = tuple(course.label for course in answer.priors)
    sampled: dict[str, tuple[OrganSamples | None, str | None]] = {}
    found = []
    for dvhs in answer.dvhs:
        match = matches[dvhs.organ]
        if dvhs.organ not in sampled:
            sampled[dvhs.organ] = _sampled(answer, match, dvhs.alpha_beta)
        samples, reason = sampled[dvhs.organ]
        recovery = recovery_for(match, answer.recovery, intervals=answer.intervals)
        rows = tuple(
            row for row in answer.rows if row.name == dvhs.organ and row.alpha_beta_gy == dvhs.alpha_beta
        )
        plain, recovered = (
            _on_samples(samples, rows, dvhs.alpha_beta, taken) for taken in ({}, _taken_off(priors, recovery))
        )
        found.append(
            StatedOrgan(
                organ=dvhs.organ,
                alpha_beta=dvhs.alpha_beta,
                match=match,
                rows=rows,
                priors=priors,
                recovery=recovery,
                dvhs=dvhs,
                several_a_day=answer.joined.most_per_day > 1,
                samples=samples,
                plain_gy=plain,
                recovered_gy=recovered,
                reason=reason,
            )
        )
    return tuple(found)


def _taken_off(priors: tuple[str, ...], recovery: OrganRecovery) -> dict[str, float]:
    return dict(zip(priors, recovery.fractions or (), strict=True)) if recovery.is_chosen else {}


def _on_samples(
    samples: OrganSamples | None,
    rows: Sequence[OrganRow],
    alpha_beta: float,
    recovered: Mapping[str, float],
) -> dict[Metric, float]:
    """The metrics of rows on samples."""
    if samples is None:
        return {}
    dose = samples.eqd2_of(alpha_beta, recovered=recovered)
    metrics = dict.fromkeys(Metric.parse(row.metric) for row in rows)
    return {metric: metric_of_points(metric, dose, samples.volume_cc) for metric in metrics}


def _sampled(
    answer: Reirradiation, match: OrganMatch, alpha_beta: float
) -> tuple[OrganSamples | None, str | None]:
    """The samples of an organ, or why there are none."""
    if answer.joined.reason is not None:
        return None, answer.joined.reason
    total = next((d.total for d in answer.dvhs if d.organ == match.organ and d.total is not None), None)
    if match.new is None or total is None or total.reason is not None:
        return None, "there is no voxel sum" if total is None else total.reason
    volume = total.volume_cc or 0.0
    spacing = min(_finest_mm(answer), (volume * 1000 / _POINTS) ** (1 / 3))
    return OrganSamples.of(answer.total(alpha_beta), match.new, spacing_mm=spacing), None


def _finest_mm(answer: Reirradiation) -> float:
    geometry = answer.joined.geometry
    return float(np.nanmin([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing]))
