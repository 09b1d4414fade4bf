"""Which structure, exported curve or record stands for an organ in each course: by the user's word, by its
name, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from dicom_io.dvh import DVHExport
from dicom_io.objects import Structure
from rtplan.courses import Course, curve_names, stored_dvh
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import (
    Evidence,
    NameDictionary,
    Target,
    match_name,
    near_names,
    standing_for,
    target_of,
)

__all__ = ["NO_STRUCTURES", "OrganMatch", "match_organ", "parse_match"]

NO_STRUCTURES: Final = "no structures"
"""Evidence of a course that has none to match: its grade says so already."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganMatch:
    """The structures that stand for one organ.

    Attributes
    ----------
    organ : str
        Standard name.
    new : Structure or None
        In the new course.
    priors : tuple of Structure or None
        One for each earlier course; None where that course has no structure for it.
    evidence : tuple of str
        Why each structure was taken, new course first.
    names : tuple of str or None
        One for each earlier course: the name under which its structures, its DVH export or its record
        have the organ; None where they have none. Empty stands for the organ's own name everywhere.
    is_carried : bool
        Whether an earlier course's contour, carried through the registration, stands for the organ today.
    """

    organ: str
    new: Structure | None
    priors: tuple[Structure | None, ...]
    evidence: tuple[str, ...]
    names: tuple[str | None, ...] = ()
    is_carried: bool = False

    def __repr__(self) -> str:
        return f"OrganMatch({self.organ}: {'; '.join(self.evidence)})"

    @property
    def new_target(self) -> Target | None:
        """What says that today's structure is a target; None where nothing does."""
        return None if self.new is None else target_of(self.new)

    def name_in(self, place: int) -> str | None:
        """Return what an earlier course calls the organ."""
        return self.names[place] if self.names else self.organ


def parse_match(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read ``STANDARD=NEW,PRIOR`` words: the structure of the new course, then of each earlier one.

    Examples
    --------
    >>> parse_match(["Bladder=bladder_new,Blase"])
    {'Bladder': ('bladder_new', 'Blase')}
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        organ, equals, names = text.partition("=")
        given = tuple(name.strip() for name in names.split(","))
        if not equals or not organ.strip() or not all(given):
            raise RtplanValueError(
                f"{text!r} is no match: write STANDARD=NEW,PRIOR with the structures' names"
            )
        if organ.strip() in found:
            raise RtplanValueError(f"{organ.strip()} is matched twice")
        found[organ.strip()] = given
    return found


def match_organ(
    organ: str,
    new: Course,
    priors: Sequence[Course],
    *,
    stated: Mapping[str, tuple[str, ...]],
    carried: Structure | None = None,
    dictionary: NameDictionary | None = None,
) -> OrganMatch:
    """Find an organ's structure in each course.

    Parameters
    ----------
    organ : str
    new : Course
    priors : sequence of Course
    stated : mapping of str to tuple of str
        The user's matches, see `parse_match`.
    carried : Structure, optional
        An earlier course's contour that stands for the organ today, see `carried_contour`.
    dictionary : NameDictionary, optional
        Names that the clinic has confirmed.

    Raises
    ------
    RtplanLookupError
        A stated structure that is not there; an organ that several structures may stand for.
    RtplanValueError
        A stated match that does not name one structure for each course.
    """
    courses = (new, *priors)
    names = stated.get(organ)
    if names is not None and len(names) != len(courses):
        raise RtplanValueError(
            f"match of {organ}: {len(names)} structures for {len(courses)} courses; name the new course's, "
            "then one for each earlier course in order"
        )
    found = [
        _in_course(course, organ, names[place] if names else None, dictionary)
        for place, course in enumerate(priors, 1)
    ]
    if carried is None:
        today = _in_course(new, organ, names[0] if names else None, dictionary)
    else:
        today = _Found(carried, carried.name, f"{carried.name}: the earlier contour, carried over by hand")
    found.insert(0, today)
    return OrganMatch(
        organ=organ,
        new=found[0].structure,
        priors=tuple(one.structure for one in found[1:]),
        evidence=tuple(one.evidence for one in found),
        names=tuple(one.name for one in found[1:]),
        is_carried=carried is not None,
    )


class _Found(NamedTuple):
    """What stands for the organ in one course."""

    structure: Structure | None
    name: str | None
    evidence: str


def _in_course(course: Course, organ: str, stated: str | None, dictionary: NameDictionary | None) -> _Found:
    if course.export is not None:
        return _in_export(course.export, organ, stated, dictionary)
    if course.records:
        return _in_records(course, organ, stated, dictionary)
    structure, why = _by_name(course, organ, dictionary) if stated is None else _stated(course, stated)
    return _Found(structure, None if structure is None else structure.name, why)


def _in_export(
    export: DVHExport, organ: str, stated: str | None, dictionary: NameDictionary | None
) -> _Found:
    curve = stored_dvh(export, organ, stated=stated, dictionary=dictionary)
    if curve is None:
        return _Found(
            None, None, f"no curve of the DVH export stands for {organ}; there are: {curve_names(export)}"
        )
    return _Found(
        None, curve.structure_name, f"curve {_why(curve.structure_name, organ, stated, dictionary)}"
    )


def _in_records(course: Course, organ: str, stated: str | None, dictionary: NameDictionary | None) -> _Found:
    """Take the record of the name chosen, else the one of the organ's or the same standard name."""
    there = [record.name for record in course.records]
    if stated is None:
        found = [there[place] for place in standing_for(organ, there, dictionary=dictionary)]
    else:
        found = [name for name in there if name.casefold() == stated.casefold()]
    if len(found) == 1:
        return _Found(None, found[0], f"record {_why(found[0], organ, stated, dictionary)}")
    if found:
        raise RtplanLookupError(
            f"{course.label}: {len(found)} records stand for {organ}: {', '.join(map(repr, found))}; "
            f"choose with a match {organ}=NEW,PRIOR"
        )
    if stated is not None:
        raise RtplanLookupError(f"{course.label}: no record {stated!r}; there are: {', '.join(there)}")
    return _Found(
        None, None, f"no record of {course.label} stands for {organ}; there are: {', '.join(there)}"
    )


def _why(name: str, organ: str, stated: str | None, dictionary: NameDictionary | None) -> str:
    if stated is not None:
        return f"{name}: chosen by hand"
    evidence = match_name(name, dictionary).evidence
    is_same = name.casefold() == organ.casefold() and evidence is not Evidence.DICTIONARY
    return f"{name}: {'same name' if is_same or evidence is None else evidence.value}"


def _stated(course: Course, name: str) -> tuple[Structure | None, str]:
    if not course.structures:
        return None, NO_STRUCTURES
    found = [structure for structure in course.structures if structure.name == name]
    if len(found) == 1:
        return found[0], f"{name}: chosen by hand"
    trouble = f"{len(found)} structures are" if found else "no structure is"
    near = near_names(name, [s.name for s in course.structures])
    hint = f"near names: {', '.join(near)}" if near else f"there are: {_listed(course)}"
    raise RtplanLookupError(f"{course.label}: {trouble} named {name!r}; {hint}")


def _by_name(course: Course, organ: str, dictionary: NameDictionary | None) -> tuple[Structure | None, str]:
    """Take the one structure that stands for the organ; drawn ones go before empty ones."""
    if not course.structures:
        return None, NO_STRUCTURES
    names = [structure.name for structure in course.structures]
    fitting = [course.structures[place] for place in standing_for(organ, names, dictionary=dictionary)]
    fitting = [structure for structure in fitting if structure.contours] or fitting
    if len(fitting) > 1:
        raise RtplanLookupError(
            f"{course.label}: {organ} may be {' or '.join(repr(s.name) for s in fitting)}; "
            f"choose with a match {organ}=NEW,PRIOR"
        )
    if not fitting:
        return None, f"no structure of {course.label} stands for {organ}"
    return fitting[0], _why(fitting[0].name, organ, None, dictionary)


def _listed(course: Course) -> str:
    return ", ".join(structure.name for structure in course.structures)
