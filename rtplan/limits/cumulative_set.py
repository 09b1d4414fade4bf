"""A carried set as limits on the summed EQD2: what it says of several courses, each row used or named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dicom_io.dvh import Metric
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits.constraint import Constraint, ConstraintSet, Scope
from rtplan.limits.cumulative import CumulativeLimit
from rtplan.limits.shipped_sets import constraint_sets, load_constraint_set

__all__ = [
    "CumulativeSet",
    "cumulative_set",
    "cumulative_set_names",
    "load_cumulative_set",
    "set_or_file",
]


@dataclass(frozen=True, kw_only=True)
class CumulativeSet:
    """The limits of one published table or institution on the sum of several courses.

    Attributes
    ----------
    name : str
    title : str
    sha256 : str
        Hash of the file's content.
    limits : tuple of CumulativeLimit
        Each at its own alpha/beta, with its source, agreement and condition.
    unused : tuple of str
        Every other row, with the reason why no sum is held against it.
    findings : tuple of str
        What is odd about the set.
    """

    name: str
    title: str
    sha256: str
    limits: tuple[CumulativeLimit, ...]
    unused: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def organs(self) -> tuple[str, ...]:
        """Organs that have a limit, each once."""
        return tuple(dict.fromkeys(limit.organ for limit in self.limits))


def load_cumulative_set(name: str) -> CumulativeSet:
    """Load a carried set of limits over several courses by its name; there is no default one.

    Parameters
    ----------
    name : str

    Raises
    ------
    RtplanLookupError
        If there is no such set; those that hold such limits are listed.
    RtplanValueError
        If none of its rows can be held against a sum of EQD2; each reason is listed.

    Examples
    --------
    >>> pelvis = load_cumulative_set("pelvis-reirradiation-delphi-2021")
    >>> [str(limit) for limit in pelvis.limits if limit.organ == "Bladder"]
    ['Bladder:D0.5cc[Gy]<=80', 'Bladder:D0.5cc[Gy]<=110 including recovery from 12 months']
    """
    known = [entry.name for entry in constraint_sets()]
    if name not in known:
        raise RtplanLookupError(
            f"no set of limits over several courses {name!r}; there are: {', '.join(cumulative_set_names())}"
        )
    return cumulative_set(load_constraint_set(name))


def set_or_file(text: str | None) -> tuple[str | None, Path | None]:
    """Read what names limits over several courses: a carried set, or a file, which goes before it.

    Raises
    ------
    RtplanLookupError
        A word that is neither; the sets are listed.
    """
    if text is None:
        return None, None
    path = Path(text)
    if path.suffix or path.exists():
        return None, path
    if text in [entry.name for entry in constraint_sets()]:
        return text, None
    raise RtplanLookupError(
        f"{path.name!r} is no file of limits and no set; the sets of limits over several courses are: "
        f"{', '.join(cumulative_set_names())}"
    )


def cumulative_set_names() -> tuple[str, ...]:
    """Return the names of the carried sets with a limit that a sum of EQD2 can be held against."""
    return tuple(
        entry.name
        for entry in constraint_sets()
        if any(_why_unused(c) is None for c in load_constraint_set(entry.name).constraints)
    )


def cumulative_set(content: ConstraintSet) -> CumulativeSet:
    """Return the limits of a set on the summed EQD2, and its other rows with their reasons.

    Parameters
    ----------
    content : ConstraintSet

    Raises
    ------
    RtplanValueError
        If no row can be held against such a sum.
    """
    reasons = [(c, _why_unused(c)) for c in content.constraints]
    limits = [limit for c, why in reasons if why is None for limit in _limits(c)]
    unused = tuple(f"{c.describe()}: {why}" for c, why in reasons if why is not None)
    if not limits:
        raise RtplanValueError(
            f"{content.name} holds no limit on a sum of EQD2: {'; '.join(unused[:3]) or 'it has no rows'}"
        )
    return CumulativeSet(
        name=content.name,
        title=content.title,
        sha256=content.sha256,
        limits=tuple(limits),
        unused=unused,
        findings=content.findings,
    )


def _why_unused(c: Constraint) -> str | None:
    """Say why a row is no limit that a sum of EQD2 can be held against; None where it is one."""
    is_of_sum = c.metric.courses == "cumulative" and c.metric.quantity == "EQD2"
    is_a_dose = c.metric.dvh is not None and c.unit == "Gy EQD2"
    reasons = (
        (not c.role.is_enforced, f"{c.role.value}, not a limit"),
        (c.scope is not Scope.SEVERAL_COURSES or not is_of_sum, "it does not speak of a sum of EQD2"),
        (not is_a_dose, "it is no dose in Gy EQD2"),
        (c.comparator not in ("<", "<="), "it is no upper limit"),
        (c.limit is not None and c.limit.is_range, "a range: state the end that counts"),
        (c.alpha_beta_gy is None, "its source states no alpha/beta"),
        (c.includes_recovery is None, "its source does not say here whether it includes recovery"),
    )
    return next((why for is_so, why in reasons if is_so), None)


def _limits(c: Constraint) -> list[CumulativeLimit]:
    """One limit for each organ that a row names."""
    assert c.comparator in ("<", "<=")
    assert c.limit is not None
    assert c.metric.dvh is not None
    return [
        CumulativeLimit(
            organ=organ,
            metric=Metric.parse(c.metric.dvh),
            comparator=c.comparator,
            eqd2_gy=c.limit.low,
            source=c.source,
            alpha_beta_gy=c.alpha_beta_gy,
            recovery_interval=c.recovery_interval,
            agreement=c.agreement,
            condition=c.condition,
        )
        for organ in c.organs
    ]
