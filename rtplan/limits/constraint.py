"""Published dose limits as data: one row, one limit, with its source and how it was checked.

A set is one published table in one edition. Sets are compared, never blended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.limits.metric import PublishedMetric
from rtplan.limits.recovery_interval import RecoveryInterval
from rtplan.limits.verdict import Comparator, Limit
from rtplan.text import frame_of, table_html

__all__ = ["VERIFICATION", "Constraint", "ConstraintSet", "Role", "Scope"]

VERIFICATION: Final[Mapping[str, str]] = {
    "read in source": "verified",
    "read in secondary": ("transcribed from a secondary source, check the original before clinical use"),
    "two secondary agree": ("two secondary transcriptions agree, check the original before clinical use"),
    "two readings disagree": (
        "two transcriptions disagree, the stricter is carried: check the original before clinical use"
    ),
    "own": "the clinic's own limit",
}
"""What a report prints for each way a row was checked; a row with none of them is refused."""
_LARGEST_PLAUSIBLE: Final[Mapping[str, float]] = {"Gy": 250.0, "%": 100.0, "cc": 20000.0}
_LARGEST_RELATIVE_DOSE: Final = 200.0
"""In % of the prescribed dose."""
_FIRST_COURSE_ONLY: Final = "holds without earlier radiotherapy only, and here there is an earlier course"
_ONE_THIRD_NOTE: Final = "larger of stated or 1/3"


class Role(StrEnum):
    """Whether a row is a limit or only worth knowing."""

    LIMIT = "limit"
    OBSERVATION = "observation"
    RISK_POINT = "risk point"
    ALTERNATE = "alternate"

    @property
    def is_enforced(self) -> bool:
        """Only limits are; the others are shown."""
        return self is Role.LIMIT


class Scope(StrEnum):
    """What a row needs beside one plan's dose."""

    PLAN = "plan"
    AFTER_EARLIER_COURSE = "after earlier course"
    SEVERAL_COURSES = "several courses"
    OWN_CONTOUR = "own contour"
    NO_EARLIER_COURSE = "no earlier course"

    @property
    def is_of_one_plan(self) -> bool:
        """Whether one plan's dose is all that is compared."""
        return self in (Scope.PLAN, Scope.NO_EARLIER_COURSE)


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One published limit.

    Attributes
    ----------
    table : str
        Published table that the row belongs to.
    organs : tuple of str
        TG-263 names; alternatives, each of which is tested where it is contoured.
    organ_as_published : str
    fractions : FractionNumbers
    metric : PublishedMetric
    comparator : {"<", "<=", ">", ">="} or None
        None for an observation.
    limit : Limit or None
        A number or a range; None only where an observation is no number.
    limit_as_published : str
    unit : str
    priority : str
        Such as ``"optimal"`` or ``"mandatory"``; empty where the table has none.
    role : Role
    scope : Scope
    condition : str
        What the row presupposes, in words.
    endpoint : str
    alpha_beta_gy : float or None
        The one that the source used.
    source, url, how_verified, note : str
    row : int
        Its place among the rows of its file, from 1.
    derived : str
        How the limit was derived from published ones on request; empty for a published limit.
    includes_recovery : bool or None
        Whether the number already contains recovery after an earlier course; None where nothing says so.
    recovery_interval : RecoveryInterval or None
        The time for which such a limit was published; there where `includes_recovery` is true, and only then.
    agreement : str
        How many of a panel agreed, in the source's terms; empty where the source is no panel.
    earlier_eqd2_gy : float or None
        What an earlier course gave, Gy EQD2 at `alpha_beta_gy`, in a row for one such course.
    """

    table: str
    organs: tuple[str, ...]
    organ_as_published: str
    fractions: FractionNumbers
    metric: PublishedMetric
    comparator: Comparator | None
    limit: Limit | None
    limit_as_published: str
    unit: str
    priority: str
    role: Role
    scope: Scope
    condition: str
    endpoint: str
    alpha_beta_gy: float | None
    source: str
    url: str
    how_verified: str
    note: str
    row: int
    derived: str = ""
    includes_recovery: bool | None = None
    recovery_interval: RecoveryInterval | None = None
    agreement: str = ""
    earlier_eqd2_gy: float | None = None

    def __post_init__(self) -> None:
        if not self.organs and not self.organ_as_published:
            raise RtplanValueError("the organ is missing")
        if self.how_verified not in VERIFICATION:
            raise RtplanValueError(
                f"how_verified {self.how_verified!r} is none of {', '.join(map(repr, VERIFICATION))}"
            )
        if not self.source:
            raise RtplanValueError("the source is missing")
        if self.role.is_enforced and (self.comparator is None or self.limit is None):
            raise RtplanValueError("a limit needs a comparator and a number, or a range such as 10-15")
        if bool(self.includes_recovery) != (self.recovery_interval is not None):
            raise RtplanValueError(
                "a limit that includes recovery says from which interval on, no other does"
            )
        if self.alpha_beta_gy is not None:
            check_alpha_beta(self.alpha_beta_gy, self.organ_label)
        self._check_size()

    def _check_size(self) -> None:
        is_relative = self.unit == "%" and self.metric.text.startswith("D")
        largest = _LARGEST_RELATIVE_DOSE if is_relative else _LARGEST_PLAUSIBLE.get(self.unit)
        if largest is None or self.limit is None:
            return
        if self.limit.high > largest:
            hint = "; did you pass cGy?" if self.unit == "Gy" else ""
            raise RtplanValueError(f"limit {self.limit} {self.unit} is not plausible{hint}")

    @property
    def verification(self) -> str:
        """How the row was checked, as a report prints it."""
        checked = VERIFICATION[self.how_verified]
        return f"{checked}; the limit itself is derived, not published" if self.derived else checked

    @property
    def organ_label(self) -> str:
        """The organ's standard names, or its published name where it has none."""
        return "|".join(self.organs) or self.organ_as_published

    @property
    def uses_a_third_of_the_organ(self) -> bool:
        """Whether the critical volume is the larger of the stated one and a third of the organ."""
        return self.metric.critical_volume_cc is not None and _ONE_THIRD_NOTE in self.note

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same limit: everything but its number.

        The metric is part of it: D0.03cc and D0.035cc are two limits.
        """
        return (
            self.table,
            self.organ_label,
            self.organ_as_published,
            self.fractions.text,
            self.metric.text,
            self.comparator or "",
            self.unit,
            self.priority,
            self.role,
            self.scope,
            self.condition,
            self.endpoint,
            str(self.recovery_interval or ""),
        )

    def describe(self) -> str:
        """Return the limit in one line.

        Examples
        --------
        >>> from rtplan import load_constraint_set
        >>> rows = load_constraint_set("tg101-2010").constraints
        >>> next(c for c in rows if c.organs == ("Rectum",) and c.fractions.text == "5").describe()
        'Rectum D20cc < 25 Gy (5 fx)'
        """
        sign = self.comparator or "observed"
        extra = f", {self.priority}" if self.priority else ""
        extra += "" if self.recovery_interval is None else f", including recovery, {self.recovery_interval}"
        return (
            f"{self.organ_label} {self.metric.text} {sign} {self.limit_as_published} {self.unit} "
            f"({self.fractions.text} fx{extra})"
        )


@dataclass(frozen=True, kw_only=True)
class ConstraintSet:
    """One published table in one edition, or a clinic's own file.

    Attributes
    ----------
    name : str
        Such as ``"uk-sabr-2022"``; a file's name without its ending.
    title : str
    constraints : tuple of Constraint
        In file order; two rows for one key are one row with a range.
    sha256 : str
        Hash of the file's content (text with LF line ends, else its bytes).
    findings : tuple of str
        What is odd about the set, in words.
    """

    name: str
    title: str
    constraints: tuple[Constraint, ...]
    sha256: str
    findings: tuple[str, ...] = ()

    @property
    def fraction_texts(self) -> tuple[str, ...]:
        """The fraction numbers that the limits of this set were published for, in order of appearance."""
        return tuple(dict.fromkeys(c.fractions.text for c in self.constraints if c.role.is_enforced))

    @property
    def organs(self) -> tuple[str, ...]:
        """Standard names that any row names, in order of appearance."""
        return tuple(dict.fromkeys(organ for c in self.constraints for organ in c.organs))

    def after_earlier_course(self) -> ConstraintSet:
        """Return the set for a patient who was irradiated before: limits of a first course are not evaluable.

        Examples
        --------
        >>> from rtplan import load_constraint_set
        >>> hytec = load_constraint_set("hytec").after_earlier_course()
        >>> next(c for c in hytec.constraints if c.scope is Scope.NO_EARLIER_COURSE).metric.reason
        'holds without earlier radiotherapy only, and here there is an earlier course'
        """
        return replace(
            self,
            constraints=tuple(
                replace(c, metric=replace(c.metric, dvh=None, span_end=None, reason=_FIRST_COURSE_ONLY))
                if c.scope is Scope.NO_EARLIER_COURSE
                else c
                for c in self.constraints
            ),
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each row, ready for a data frame."""
        return [_record(constraint) for constraint in self.constraints]

    def to_frame(self) -> Any:
        """Return the rows as a pandas frame."""
        return frame_of(self.records())

    def __repr__(self) -> str:
        return f"ConstraintSet({self.name}: {self.title}, {len(self.constraints)} rows)"

    def _repr_html_(self) -> str:
        columns = ("organ", "metric", "limit", "fractions", "role", "source", "verification")
        rows = [_shown_row(constraint) for constraint in self.constraints]
        return table_html(repr(self), columns, rows, notes=self.findings)


def _record(c: Constraint) -> dict[str, Any]:
    return {
        "organs": "|".join(c.organs),
        "organ_as_published": c.organ_as_published,
        "fractions": c.fractions.text,
        "metric": c.metric.text,
        "comparator": c.comparator,
        "limit": str(c.limit) if c.limit else None,
        "unit": c.unit,
        "role": c.role.value,
        "source": c.source,
        "verification": c.verification,
        "condition": c.condition,
        "agreement": c.agreement,
        "includes_recovery": c.includes_recovery,
        "recovery_interval": None if c.recovery_interval is None else str(c.recovery_interval),
    }


def _shown_row(c: Constraint) -> tuple[str, ...]:
    limit = f"{c.comparator or ''} {c.limit or ''} {c.unit}".strip()
    return (c.organ_label, c.metric.text, limit, c.fractions.text, c.role.value, c.source, c.verification)
