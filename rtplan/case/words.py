"""Earlier courses as they are typed: several lists of words, one entry for each course."""

from __future__ import annotations

from collections.abc import Sequence

from rtplan.courses import CourseSource
from rtplan.errors import RtplanValueError
from rtplan.interval import parse_date
from rtplan.regimens import fraction_number

__all__ = ["parse_course_sources"]


def parse_course_sources(
    sources: Sequence[str],
    *,
    ended: Sequence[str],
    plans: Sequence[str] | None = None,
    n_fractions: Sequence[str] | None = None,
) -> tuple[CourseSource, ...]:
    """Return each earlier course's source with the words that belong to it, in order.

    Parameters
    ----------
    sources : sequence of str
        Folders, files or regimens.
    ended : sequence of str
        Day of the last fraction of each.
    plans, n_fractions : sequence of str, optional
        One for each, empty where nothing is to be said.

    Raises
    ------
    RtplanValueError
        Lists of different lengths, no date, or no number of fractions.

    Examples
    --------
    >>> parse_course_sources(["50.4Gy/28"], ended=["2023-06-08"])[0].ended
    datetime.date(2023, 6, 8)
    """
    days = [parse_date(text) for text in ended]
    chosen = _one_each(plans, sources, "--prior-plan")
    given = _one_each(n_fractions, sources, "--prior-fractions")
    if len(days) != len(sources):
        raise RtplanValueError(
            f"{len(sources)} --prior but {len(days)} --prior-ended: one for each is needed"
        )
    return tuple(
        CourseSource(
            source=source, ended=day, plan=plan, n_fractions=None if n is None else fraction_number(n)
        )
        for source, day, plan, n in zip(sources, days, chosen, given, strict=True)
    )


def _one_each(given: Sequence[str] | None, sources: Sequence[str], option: str) -> list[str | None]:
    if given is None:
        return [None] * len(sources)
    if len(given) != len(sources):
        raise RtplanValueError(f"{len(given)} {option} for {len(sources)} --prior: one for each, in order")
    return [text or None for text in given]
