"""What others observed after re-irradiation of an organ: shown beside the sums, never judged.

The rows come from the shipped set of observations. An observed dose is no limit: nobody showed that less is
tolerated or that more is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rtplan.limits import Constraint, Role, load_constraint_set

__all__ = ["Observation", "observations_for"]

OBSERVED_SET: Final = "reirradiation-observed"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One published observation of one organ.

    Attributes
    ----------
    organ : str
        The organ that was asked for.
    text : str
        Metric, number and unit as published.
    alpha_beta_gy : float or None
        The one that the source used.
    endpoint, source, verification, note : str
    """

    organ: str
    text: str
    alpha_beta_gy: float | None
    endpoint: str
    source: str
    verification: str
    note: str


def observations_for(organs: Sequence[str]) -> tuple[Observation, ...]:
    """Return what was published of these organs, in the order asked.

    Examples
    --------
    >>> for seen in observations_for(["Rectum"])[:1]:
    ...     print(seen.text, "|", seen.endpoint)
    median cumulative max BED observed 104 Gy BED | No grade 3-5 toxicity in 27 pts
    """
    rows = [row for row in load_constraint_set(OBSERVED_SET).constraints if row.role is Role.OBSERVATION]
    return tuple(_observation(organ, row) for organ in organs for row in rows if _is_of(row, organ))


def _is_of(row: Constraint, organ: str) -> bool:
    """Bowel stands for its parts: a source that says bowel does not say which."""
    return any(
        organ == name or organ.removeprefix("Bag_").startswith(f"{name}_") or organ == f"Bag_{name}"
        for name in row.organs
    )


def _observation(organ: str, row: Constraint) -> Observation:
    return Observation(
        organ=organ,
        text=f"{row.metric.text} observed {row.limit_as_published} {row.unit}",
        alpha_beta_gy=row.alpha_beta_gy,
        endpoint=row.endpoint,
        source=row.source,
        verification=row.verification,
        note=row.note,
    )
