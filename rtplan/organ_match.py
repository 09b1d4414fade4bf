"""Which structure stands for an organ in each course: by the user's word, by its name, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dicom_io.structure import Structure
from rtplan.course import Course
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import near_names, structure_names

__all__ = ["OrganMatch", "match_organ", "parse_match"]


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
    """

    organ: str
    new: Structure | None
    priors: tuple[Structure | None, ...]
    evidence: tuple[str, ...]


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
    organ: str, new: Course, priors: Sequence[Course], *, stated: Mapping[str, tuple[str, ...]]
) -> OrganMatch:
    """Find an organ's structure in each course.

    Parameters
    ----------
    organ : str
    new : Course
    priors : sequence of Course
    stated : mapping of str to tuple of str
        The user's matches, see `parse_match`.

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
        _stated(course, names[place]) if names else _by_name(course, organ)
        for place, course in enumerate(courses)
    ]
    return OrganMatch(
        organ=organ,
        new=found[0][0],
        priors=tuple(structure for structure, _ in found[1:]),
        evidence=tuple(why for _, why in found),
    )


def _stated(course: Course, name: str) -> tuple[Structure | None, str]:
    if not course.structures:
        return None, "no structures"
    found = [structure for structure in course.structures if structure.name == name]
    if len(found) == 1:
        return found[0], f"{name}: chosen by hand"
    trouble = f"{len(found)} structures are" if found else "no structure is"
    near = near_names(name, [s.name for s in course.structures])
    hint = f"near names: {', '.join(near)}" if near else f"there are: {_listed(course)}"
    raise RtplanLookupError(f"{course.label}: {trouble} named {name!r}; {hint}")


def _by_name(course: Course, organ: str) -> tuple[Structure | None, str]:
    """Take the structure of exactly this name, else the one whose name stands for the same standard."""
    exact = [structure for structure in course.structures if structure.name == organ]
    if len(exact) == 1:
        return exact[0], f"{organ}: same name"
    standard = structure_names().standard_of(organ) or organ
    matches = [(s, structure_names().match(s.name)) for s in course.structures]
    fitting = exact or [s for s, match in matches if match.standard == standard]
    if len(fitting) > 1:
        raise RtplanLookupError(
            f"{course.label}: {organ} may be {' or '.join(repr(s.name) for s in fitting)}; "
            f"choose with a match {organ}=NEW,PRIOR"
        )
    if not fitting:
        return None, f"no structure of {course.label} stands for {organ}"
    why = next(match.evidence for s, match in matches if s is fitting[0])
    return fitting[0], f"{fitting[0].name}: {why.value if why else 'same name'}"


def _listed(course: Course) -> str:
    return ", ".join(structure.name for structure in course.structures)
