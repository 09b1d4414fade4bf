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
from rtplan.limits.recovery_interval import RecoveryInterval, recovery_interval
from rtplan.limits.verdict import Comparator

__all__ = [
    "CumulativeLimit",
    "NamedRecoveryLimit",
    "check_dose_metric",
    "dose_metric",
    "parse_limit",
    "parse_limits",
    "refuse_two",
]

_FORM: Final = re.compile(
    r"(?P<organ>[^:]+):(?P<metric>[^<>=]+?)(?P<comparator><=|<)\s*(?P<limit>\d+(?:\.\d*)?|\.\d+)"
    r"\s*(?:Gy)?\s*(?P<recovery>incl(?:uding|\.)? recovery"
    r"(?:,?\s+from\s+(?P<from>\d+)\s+months?(?:\s+to\s+(?P<to>\d+)\s+months?)?)?)?\s*",
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
    source : str
    alpha_beta_gy : float or None
        At which the limit was published; None where it speaks of whatever the organ is computed with.
    recovery_interval : RecoveryInterval or None
        The limit was derived with recovery already taken into account, for earlier courses so long ago: none
        may be taken off the sum, and it is not evaluable outside that time.
    agreement : str
        How many of a panel agreed, in the source's terms.
    condition : str
        What the source presupposes, in its terms.
    """

    organ: str
    metric: Metric
    comparator: Comparator
    eqd2_gy: float
    source: str = "stated on the command line"
    alpha_beta_gy: float | None = None
    recovery_interval: RecoveryInterval | None = None
    agreement: str = ""
    condition: str = ""

    def __post_init__(self) -> None:
        check_dose_metric(self.metric)
        if not (math.isfinite(self.eqd2_gy) and self.eqd2_gy > 0):
            raise RtplanValueError(f"{self.organ}: a limit of {self.eqd2_gy} Gy EQD2 is none")
        if self.eqd2_gy > 1000:
            raise RtplanValueError(f"{self.organ}: a limit of {self.eqd2_gy:g} Gy EQD2; did you type cGy?")
        if self.alpha_beta_gy is not None:
            check_alpha_beta(self.alpha_beta_gy, self.organ)

    @property
    def includes_recovery(self) -> bool:
        """Whether the limit was derived with recovery already taken into account."""
        return self.recovery_interval is not None

    def contradicts(self, other: CumulativeLimit) -> bool:
        """Whether another limit of the same source speaks of the same organ, metric, condition and time.

        One that includes recovery for 6 to 12 months and one from 12 months on stand side by side.
        """
        at = {self.alpha_beta_gy, other.alpha_beta_gy} - {None}
        mine, its = self.recovery_interval, other.recovery_interval
        return (
            (self.organ, self.metric, self.source) == (other.organ, other.metric, other.source)
            and len(at) < 2
            and (mine.overlaps(its) if mine is not None and its is not None else mine is its)
        )

    def __str__(self) -> str:
        suffix = ""
        if self.recovery_interval is not None:
            suffix = f" including recovery from {self.recovery_interval.in_words}"
        return f"{self.organ}:{self.metric}{self.comparator}{self.eqd2_gy:g}{suffix}"


@dataclass(frozen=True, kw_only=True)
class NamedRecoveryLimit:
    """Somebody's decision that a limit which includes recovery judges in this case.

    Attributes
    ----------
    organ : str
        Standard name.
    because : str
        Why: recovery is a judgement of the clinician, never a function of time alone.
    metric : Metric or None
        Which limit of the organ; None for all that include recovery.
    """

    organ: str
    because: str
    metric: Metric | None = None

    def __post_init__(self) -> None:
        if not self.organ.strip():
            raise RtplanValueError("a limit that includes recovery is named by its organ")
        if not self.because.strip():
            raise RtplanValueError(
                f"{self.organ}: why may its limit with recovery in it judge? State because"
            )

    @classmethod
    def parse(cls, text: str) -> NamedRecoveryLimit:
        """Read ``ORGAN=WHY`` or ``ORGAN:METRIC=WHY``.

        Examples
        --------
        >>> NamedRecoveryLimit.parse("Bladder=no late effects after 14 months").because
        'no late effects after 14 months'
        """
        named, sign, why = text.partition("=")
        if not sign:
            raise RtplanValueError(f"{text!r}: write ORGAN=WHY or ORGAN:METRIC=WHY")
        organ, _, metric = named.partition(":")
        return cls(
            organ=organ.strip(),
            metric=dose_metric(metric) if metric.strip() else None,
            because=why.strip(),
        )

    def is_of(self, limit: CumulativeLimit) -> bool:
        """Whether it names this limit, which includes recovery."""
        return limit.includes_recovery and self.organ == limit.organ and self.metric in (None, limit.metric)

    def __str__(self) -> str:
        return self.organ if self.metric is None else f"{self.organ}:{self.metric}"


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
    """Read ``ORGAN:METRIC<=EQD2``; "including recovery from 12 months" after it says that the limit does.

    Examples
    --------
    >>> limit = parse_limit("Bladder:D0.03cc[Gy]<=85")
    >>> limit.organ, str(limit.metric), limit.eqd2_gy, limit.includes_recovery
    ('Bladder', 'D0.03cc[Gy]', 85.0, False)
    >>> str(parse_limit("Bladder:D0.5cc<=110 including recovery from 12 months"))
    'Bladder:D0.5cc[Gy]<=110 including recovery from 12 months'
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise RtplanValueError(
            f'{text!r} is no limit: write "ORGAN:D0.03cc[Gy]<=EQD2" with a number of Gy EQD2, and '
            '"including recovery from N months" after it where the limit already does'
        )
    if found["recovery"] and not found["from"]:
        raise RtplanValueError(
            f'{text!r}: a limit that includes recovery says from which interval on: "including recovery from '
            '12 months", or "from 6 months to 12 months", as its source prints them'
        )
    comparator: Comparator = "<=" if found["comparator"] == "<=" else "<"
    return CumulativeLimit(
        organ=found["organ"].strip(),
        metric=dose_metric(found["metric"]),
        comparator=comparator,
        eqd2_gy=float(found["limit"]),
        recovery_interval=recovery_interval(
            found["from"] or "", found["to"] or "", includes_recovery=found["recovery"] is not None
        ),
    )


def parse_limits(texts: Iterable[str]) -> tuple[CumulativeLimit, ...]:
    """Read several; two limits for one organ and metric are refused."""
    limits = tuple(parse_limit(text) for text in texts)
    refuse_two(limits)
    return limits


def refuse_two(limits: Iterable[CumulativeLimit]) -> None:
    """Refuse two limits for one organ and metric under one condition and of one source.

    Which of them judges is the user's choice. Limits that differ in source, in recovery or its interval, or
    in alpha/beta stand side by side.
    """
    for one, other in combinations(limits, 2):
        if one.contradicts(other):
            raise RtplanValueError(f"two limits for {one.metric} of {one.organ}: give the one that counts")
