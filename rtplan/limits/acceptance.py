"""A person's reasoned acceptance of a verdict: recorded beside it, and never a change to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtplan.errors import RtplanValueError
from rtplan.limits.evaluation import Evaluation

__all__ = ["Acceptance", "acceptances_of", "unused_acceptances"]

_FORM = re.compile(r"\s*(?P<organ>[^:=]+):(?P<metric>[^=]+)=(?P<by>[^:]+):(?P<because>.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """Who accepts a verdict, and why.

    Attributes
    ----------
    organ, metric : str
        Standard name, and the metric as published or as asked of the DVH.
    accepted_by, because : str

    Examples
    --------
    >>> Acceptance.parse("Rectum:D0.035cc=Dr A:palliative intent").because
    'palliative intent'
    """

    organ: str
    metric: str
    accepted_by: str
    because: str

    def __post_init__(self) -> None:
        if not all(text.strip() for text in (self.organ, self.metric, self.accepted_by, self.because)):
            raise RtplanValueError("an acceptance names organ, metric, who accepts it and why")

    @classmethod
    def parse(cls, text: str) -> Acceptance:
        """Read ``ORGAN:METRIC=WHO:WHY``."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise RtplanValueError(
                f"{text!r} is no acceptance; write ORGAN:METRIC=WHO:WHY, such as "
                '"Rectum:D0.035cc=Dr A:palliative intent"'
            )
        return cls(
            organ=found["organ"].strip(),
            metric=found["metric"].strip(),
            accepted_by=found["by"].strip(),
            because=found["because"].strip(),
        )

    def is_about(self, evaluation: Evaluation) -> bool:
        """Whether it speaks of this row."""
        published = evaluation.constraint.metric.text if evaluation.constraint else None
        return self.organ == evaluation.organ and self.metric in (evaluation.metric, published)


def acceptances_of(evaluation: Evaluation, acceptances: Sequence[Acceptance]) -> list[Acceptance]:
    """Return what was said about one verdict; a pass needs no acceptance and takes none."""
    if not _asks_for_one(evaluation):
        return []
    return [acceptance for acceptance in acceptances if acceptance.is_about(evaluation)]


def unused_acceptances(evaluations: Sequence[Evaluation], acceptances: Sequence[Acceptance]) -> list[str]:
    """Say which acceptances speak of nothing that was judged short of a pass."""
    return [
        f"the acceptance of {a.organ} {a.metric} by {a.accepted_by} speaks of no verdict short of a pass"
        for a in acceptances
        if not any(a.is_about(e) and _asks_for_one(e) for e in evaluations)
    ]


def _asks_for_one(evaluation: Evaluation) -> bool:
    """Whether there is a verdict short of a pass to accept."""
    return evaluation.verdict is not None and not evaluation.verdict.is_pass
