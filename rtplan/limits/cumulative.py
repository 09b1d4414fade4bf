"""Limits on the summed EQD2 of an organ, as typed by the user."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from dicom_io.dvh import Metric
from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.limits.verdict import Comparator

__all__ = ["CumulativeLimit", "check_dose_metric", "dose_metric", "parse_limit", "parse_limits", "refuse_two"]

_FORM: Final = re.compile(
    r"(?P<organ>[^:]+):(?P<metric>[^<>=]+?)(?P<comparator><=|<)\s*(?P<limit>\d+(?:\.\d*)?|\.\d+)"
    r"\s*(?:Gy)?\s*(?P<recovery>incl(?:uding|\.)? recovery)?\s*",
    re.IGNORECASE,
)
_KINDS: Final = ("D", "DC", "Mean", "Max", "Min", "Median")


@dataclass(frozen=True, kw_only=True)
class CumulativeLimit:
    """One limit.

    Attributes
    ----------
    organ : str
        Standard name.
    metric : Metric
        A dose of the organ's EQD2 distribution, in Gy.
    comparator : {"<", "<="}
    eqd2_gy : float
        The limit, at the organ's alpha/beta.
    includes_recovery : bool
        The limit was derived with recovery already taken into account, so none may be taken off the sum.
    source : str
    alpha_beta_gy : float or None
        At which the limit was published; None where it speaks of whatever the organ is computed with.
    """

    organ: str
    metric: Metric
    comparator: Comparator
    eqd2_gy: float
    includes_recovery: bool
    source: str = "stated on the command line"
    alpha_beta_gy: float | None = None

    def __post_init__(self) -> None:
        check_dose_metric(self.metric)
        if not (math.isfinite(self.eqd2_gy) and self.eqd2_gy > 0):
            raise RtplanValueError(f"{self.organ}: a limit of {self.eqd2_gy} Gy EQD2 is none")
        if self.eqd2_gy > 1000:
            raise RtplanValueError(f"{self.organ}: a limit of {self.eqd2_gy:g} Gy EQD2; did you type cGy?")
        if self.alpha_beta_gy is not None:
            check_alpha_beta(self.alpha_beta_gy, self.organ)

    def contradicts(self, other: CumulativeLimit) -> bool:
        """Whether another limit of the same source speaks of the same organ, metric and condition."""
        at = {self.alpha_beta_gy, other.alpha_beta_gy} - {None}
        return (
            (self.organ, self.metric, self.source) == (other.organ, other.metric, other.source)
            and self.includes_recovery == other.includes_recovery
            and len(at) < 2
        )

    def __str__(self) -> str:
        suffix = " including recovery" if self.includes_recovery else ""
        return f"{self.organ}:{self.metric}{self.comparator}{self.eqd2_gy:g}{suffix}"


def check_dose_metric(metric: Metric) -> None:
    """Refuse a metric that is no dose in Gy: sums, bounds and limits are doses."""
    if metric.kind not in _KINDS or metric.unit != "Gy":
        raise RtplanValueError(
            f"{metric}: cumulative metrics are doses in Gy, such as D0.03cc[Gy], Mean[Gy] or Max[Gy]"
        )


def dose_metric(text: str) -> Metric:
    """Read a metric of a dose in Gy, with or without its unit, as tables or TG-263 write it.

    Examples
    --------
    >>> [str(dose_metric(text)) for text in ("D0.03cc", "D0.03cc[Gy]", "Dmax", "Mean[Gy]", "mean")]
    ['D0.03cc[Gy]', 'D0.03cc[Gy]', 'Max[Gy]', 'Mean[Gy]', 'Mean[Gy]']
    """
    plain = text.strip()
    return Metric.parse(plain if plain.endswith("]") else f"{plain}[Gy]")


def parse_limit(text: str) -> CumulativeLimit:
    """Read ``ORGAN:METRIC<=EQD2``; "including recovery" after it says that the limit already does.

    Examples
    --------
    >>> limit = parse_limit("Bladder:D0.03cc[Gy]<=85")
    >>> limit.organ, str(limit.metric), limit.eqd2_gy, limit.includes_recovery
    ('Bladder', 'D0.03cc[Gy]', 85.0, False)
    >>> parse_limit("SpinalCord:Max[Gy]<=70 including recovery").includes_recovery
    True
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise RtplanValueError(
            f'{text!r} is no limit: write "ORGAN:D0.03cc[Gy]<=EQD2" with a number of Gy EQD2, and '
            '"including recovery" after it where the limit already does'
        )
    comparator: Comparator = "<=" if found["comparator"] == "<=" else "<"
    return CumulativeLimit(
        organ=found["organ"].strip(),
        metric=dose_metric(found["metric"]),
        comparator=comparator,
        eqd2_gy=float(found["limit"]),
        includes_recovery=found["recovery"] is not None,
    )


def parse_limits(texts: Iterable[str]) -> tuple[CumulativeLimit, ...]:
    """Read several; two limits for one organ and metric are refused."""
    limits = tuple(parse_limit(text) for text in texts)
    refuse_two(limits)
    return limits


def refuse_two(limits: Iterable[CumulativeLimit]) -> None:
    """Refuse two limits for one organ and metric under one condition and of one source.

    Which of them judges is the user's choice. Limits that differ in source, in recovery or in alpha/beta
    stand side by side.
    """
    for one, other in combinations(limits, 2):
        if one.contradicts(other):
            raise RtplanValueError(f"two limits for {one.metric} of {one.organ}: give the one that counts")
