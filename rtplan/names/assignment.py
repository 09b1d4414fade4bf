"""Which structures of a plan stand for which organs, and what a person must know about it.

Names of the table, of the clinic's dictionary and choices by hand are joined; two structures of one organ
stay a question, and a choice whose own name says something else is a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names.dictionary import NameDictionary
from rtplan.names.standard import Evidence, NameMatch, contradicts_side, near_names, structure_names

__all__ = ["Assigned", "Assignment", "assign", "match_name", "standing_for"]


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """One structure taken for one organ.

    Attributes
    ----------
    number : int
        ROI number.
    written, standard : str
    evidence : Evidence
    """

    number: int
    written: str
    standard: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Which structures of a plan stand for which organs.

    Attributes
    ----------
    assigned : tuple of Assigned
        Every structure that stands for an organ, choices by hand first, then in file order.
    unmatched : tuple of NameMatch
        Structures that stand for nothing, each with the reason.
    findings : tuple of str
        What a person must know: one structure for two organs, a PRV chosen for its organ, names set aside.
    """

    assigned: tuple[Assigned, ...]
    unmatched: tuple[NameMatch, ...]
    findings: tuple[str, ...]

    def of(self, standard: str) -> tuple[Assigned, ...]:
        """All structures that stand for an organ; more than one is a question, not an answer."""
        return tuple(a for a in self.assigned if a.standard == standard)


def assign(
    structures: Sequence[tuple[int, str]],
    *,
    dictionary: NameDictionary | None = None,
    by_hand: Sequence[tuple[str, str]] = (),
    other_standards: Sequence[str] = (),
) -> Assignment:
    """Say which structures stand for which organs.

    Parameters
    ----------
    structures : sequence of (int, str)
        ROI number and written name, in file order.
    dictionary : NameDictionary, optional
        Names that the clinic has confirmed; they go before the shipped table.
    by_hand : sequence of (str, str)
        Written name and standard name; they go before everything and set others of that organ aside.
    other_standards : sequence of str
        Further organs that may be chosen by hand, such as a table's own subvolumes.

    Returns
    -------
    Assignment

    Raises
    ------
    RtplanLookupError
        If a structure or a standard name chosen by hand does not exist, or a name is there twice.
    RtplanValueError
        If a choice contradicts the side that the name says, or two choices are for one organ.

    Examples
    --------
    >>> found = assign([(1, "Rectum"), (2, "stump")], by_hand=[("stump", "Canal_Anal")])
    >>> [(a.written, a.standard, a.evidence.value) for a in found.assigned]
    [('stump', 'Canal_Anal', 'chosen by hand'), ('Rectum', 'Rectum', 'exact')]
    """
    chosen = [_chosen(written, standard, structures, other_standards) for written, standard in by_hand]
    _check_one_choice_per_organ(chosen)
    matches = [(number, match_name(written, dictionary)) for number, written in structures]
    taken = {choice.standard for choice in chosen}
    found = [
        Assigned(number=number, written=m.written, standard=m.standard, evidence=m.evidence)
        for number, m in matches
        if m.standard is not None and m.evidence is not None
    ]
    kept = [*chosen, *(a for a in found if a.standard not in taken)]
    by_choice = {choice.number for choice in chosen}
    return Assignment(
        assigned=tuple(kept),
        unmatched=tuple(m for n, m in matches if m.standard is None and n not in by_choice),
        findings=(*_set_aside(found, chosen), *_serving_two(kept), *_unlike_the_organ(kept)),
    )


def standing_for(
    organ: str, names: Sequence[str], *, dictionary: NameDictionary | None = None
) -> tuple[int, ...]:
    """Places of the names that stand for an organ; more than one is a question, never a precedence.

    Parameters
    ----------
    organ : str
        Standard name, or any other that the user chose.
    names : sequence of str
    dictionary : NameDictionary, optional
        What it says of a name goes before what the name says itself.

    Examples
    --------
    >>> standing_for("Bladder", ["Harnblase", "Rectum", "bladder", "Bladder_PRV05"])
    (0, 2)
    """
    standard = structure_names().standard_of(organ) or organ
    return tuple(
        place
        for place, (name, match) in enumerate((name, match_name(name, dictionary)) for name in names)
        if match.standard == standard
        or (match.evidence is not Evidence.DICTIONARY and name.strip().casefold() == organ.casefold())
    )


def match_name(written: str, dictionary: NameDictionary | None) -> NameMatch:
    """Match one name, by the clinic's dictionary before the shipped table."""
    if dictionary is not None and written.strip().casefold() in dictionary.standards:
        standard = dictionary.standards[written.strip().casefold()]
        return NameMatch(written=written, standard=standard, evidence=Evidence.DICTIONARY)
    return structure_names().match(written)


def _chosen(
    written: str, standard: str, structures: Sequence[tuple[int, str]], other_standards: Sequence[str]
) -> Assigned:
    """Check one choice by hand."""
    numbers = [number for number, name in structures if name.strip() == written.strip()]
    if not numbers:
        near = ", ".join(near_names(written, [name for _, name in structures])) or "none is alike"
        raise RtplanLookupError(f"no structure {written!r} to take for {standard!r}; near names: {near}")
    if len(numbers) > 1:
        raise RtplanLookupError(f"{len(numbers)} structures are named {written!r}; rename one")
    if structure_names().standard_of(standard) != standard and standard not in other_standards:
        near = ", ".join(near_names(standard, structure_names().standards)) or "none is alike"
        raise RtplanLookupError(f"{standard!r} is no standard name; near names: {near}")
    if contradicts_side(written, standard):
        raise RtplanValueError(f"{written!r} says the other side than {standard!r}")
    return Assigned(number=numbers[0], written=written, standard=standard, evidence=Evidence.BY_HAND)


def _check_one_choice_per_organ(chosen: Sequence[Assigned]) -> None:
    standards = [choice.standard for choice in chosen]
    for standard in standards:
        if standards.count(standard) > 1:
            raise RtplanValueError(f"two structures were chosen for {standard!r}; one limit needs one")


def _set_aside(found: Sequence[Assigned], chosen: Sequence[Assigned]) -> list[str]:
    """Name the structures that a choice by hand has replaced."""
    picked = {choice.standard: choice for choice in chosen}
    return [
        f"{a.written!r} ({a.evidence}) is set aside for {a.standard}: "
        f"{picked[a.standard].written!r} was chosen by hand"
        for a in found
        if a.standard in picked and picked[a.standard].number != a.number
    ]


def _serving_two(assigned: Sequence[Assigned]) -> list[str]:
    """Name the structures that stand for more than one organ."""
    organs: dict[int, list[Assigned]] = defaultdict(list)
    for a in assigned:
        organs[a.number].append(a)
    return [
        f"{group[0].written!r} stands for {len(group)} organs: "
        + ", ".join(f"{a.standard} ({a.evidence})" for a in group)
        for group in organs.values()
        if len(group) > 1
    ]


def _unlike_the_organ(assigned: Sequence[Assigned]) -> list[str]:
    """Name the choices whose own name says that it is something else."""
    found = []
    for a in assigned:
        own = structure_names().match(a.written)
        is_choice = a.evidence in (Evidence.BY_HAND, Evidence.DICTIONARY)
        if is_choice and own.standard != a.standard:
            says = f"by its name it is {own.standard}" if own.standard else own.reason
            found.append(f"{a.written!r} is taken for {a.standard} ({a.evidence}); {says}")
    return found
