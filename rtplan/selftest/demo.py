"""The demo: a synthetic patient of two courses, the question asked of it, and the known answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dicom_io.dvh import Metric, MetricValue
from rtplan.case import ReirradiationCase
from rtplan.courses import CourseSource
from rtplan.errors import RtplanValueError
from rtplan.limits import load_constraint_set, parse_limits
from rtplan.plan_check import PlanCheck, check_plan
from rtplan.reirradiation import Reirradiation, ReirradiationQuestion
from rtplan.reirradiation.organ import parse_tissues
from rtplan.selftest.known_answers import known_cumulative, known_value

__all__ = [
    "DEMO_CASE",
    "DEMO_CONSTRAINTS",
    "DEMO_NOTE",
    "KnownAnswer",
    "demo_case",
    "demo_check",
    "demo_question",
    "demo_words",
    "known_answers",
    "refuse_occupied",
]

DEMO_CASE: Final = "pelvis-two-courses"
DEMO_CONSTRAINTS: Final = "timmerman-2021"

DEMO_NOTE: Final = (
    "The patient is synthetic and the cumulative limits are round numbers chosen to show each verdict; "
    "they are nobody's recommendation."
)

_ENDED, _STARTS = date(2023, 6, 8), date(2024, 2, 12)
_TISSUES: Final = (
    "Bladder=3",
    "Rectum=3",
    "Bag_Bowel=3",
    "SacralPlex=3",
    "CaudaEquina=2",
    "SpinalCord=2",
)
_LIMITS: Final = (
    "Bladder:D0.03cc[Gy]<=85",
    "SacralPlex:D0.03cc[Gy]<=70",
    "CaudaEquina:D0.03cc[Gy]<=60",
    "SpinalCord:D0.03cc[Gy]<=50",
)
"""Round numbers for showing the report, not advice."""
_FRACTIONS: Final = 5


def refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder with anything in it, before anything is written."""
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise RtplanValueError(
            f"folder {folder.name!r} is not empty; add --overwrite to replace an earlier demo in it"
        )


def demo_case(patient: Path) -> ReirradiationCase:
    """Return what the demo asks of a folder into which its patient was written."""
    return ReirradiationCase(
        new=patient / "second-course",
        new_starts=_STARTS,
        priors=(CourseSource(source=str(patient / "first-course"), ended=_ENDED),),
        registrations=(patient / "registration.dcm",),
        tissues=parse_tissues(_TISSUES),
        limits=parse_limits(_LIMITS),
        n_fractions=(_FRACTIONS,),
    )


def demo_question(patient: Path) -> ReirradiationQuestion:
    """Return the demo's question with its courses read."""
    return demo_case(patient).question()


def demo_check(question: ReirradiationQuestion) -> PlanCheck:
    """Hold the demo's new plan alone against `DEMO_CONSTRAINTS`."""
    return check_plan(question.new.phases[0].treatment, load_constraint_set(DEMO_CONSTRAINTS))


def demo_words(patient: Path) -> list[str]:
    """Return the same question as it is typed after ``rtplan reirradiate``."""
    words = ["--new", str(patient / "second-course"), "--prior", str(patient / "first-course")]
    words += ["--prior-ended", str(_ENDED), "--new-starts", str(_STARTS)]
    words += [word for tissue in _TISSUES for word in ("--tissue", tissue)]
    words += [word for limit in _LIMITS for word in ("--limit", limit)]
    return [*words, "--fractions", str(_FRACTIONS), "--registration", str(patient / "registration.dcm")]


@dataclass(frozen=True, kw_only=True)
class KnownAnswer:
    """A computed number with its closed form.

    Attributes
    ----------
    organ, metric, quantity : str
    computed : MetricValue
    known_gy : float
        Of the contours as drawn and the dose as sampled.
    """

    organ: str
    metric: str
    quantity: str
    computed: MetricValue
    known_gy: float

    @property
    def error_gy(self) -> float | None:
        """Computed minus known, Gy."""
        return None if self.computed.value is None else self.computed.value - self.known_gy

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is within the stated uncertainty; None where nothing was computed."""
        if self.error_gy is None or self.computed.uncertainty is None:
            return None
        return bool(abs(self.error_gy) <= self.computed.uncertainty)


def known_answers(summed: Reirradiation, *, case: str = DEMO_CASE) -> list[KnownAnswer]:
    """Return every computed EQD2 of the answer, by course and summed, with its closed form."""
    answers = []
    for row in summed.rows:
        if (
            row.alpha_beta_gy is None or row.voxel_sum.value is None
        ):  # not covered in full: nothing to compare
            continue
        known = known_cumulative(case, row.name, alpha_beta=row.alpha_beta_gy)
        metric = Metric.parse(row.metric)
        computed = [
            (f"EQD2 of the {label}", course.eqd2, distribution)
            for course, (label, distribution) in zip(row.courses, known.eqd2.items(), strict=True)
        ]
        for quantity, value, distribution in [*computed, ("EQD2, voxel sum", row.voxel_sum, known.total)]:
            answers.append(
                KnownAnswer(
                    organ=row.name,
                    metric=row.metric,
                    quantity=quantity,
                    computed=value,
                    known_gy=known_value(distribution, metric),
                )
            )
    return answers
