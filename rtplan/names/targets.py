"""Is it a target? One answer, from a structure's type and its name, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bed.retreatment import TargetKind, is_part_of_target, target_kind_of_name
from dicom_io.objects import Structure
from rtplan.names.standard import split_side, structure_names

__all__ = ["Target", "drawn_targets", "target_of", "target_questions"]

_TYPES: Final[dict[str, TargetKind]] = {"GTV": "GTV", "CTV": "CTV", "ITV": "ITV", "PTV": "PTV"}
_NO_ORGANS: Final = ("Boost", "Scar")
"""Standard names that go with a target's type."""

_FEWEST_CORNERS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Target:
    """That a structure is a target.

    Attributes
    ----------
    kind : {"GTV", "CTV", "ITV", "PTV", "target"}
        By its name where that says one, else by its type; ``"target"`` where neither does.
    evidence : str
        What says so.
    question : str or None
        What a person must settle, where type and name contradict each other or the name says that the
        structure was made from a target.
    """

    kind: TargetKind
    evidence: str
    question: str | None = None


def target_of(structure: Structure) -> Target | None:
    """Say whether a structure is a target, on what evidence, and what contradicts it.

    A structure is a target when its type (GTV, CTV, ITV, PTV) or its name says so. Where the two contradict
    each other it is one, and the contradiction is a question: a target is never dropped because of its label.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    Target or None
        None also for points, such as an isocentre named after its target: they have no volume.

    Examples
    --------
    >>> from dataclasses import replace
    >>> rectum = Structure(
    ...     number=1, name="Rectum", interpreted_type="ORGAN", contours=(), frame_of_reference_uid="1"
    ... )
    >>> target_of(rectum) is None
    True
    >>> target_of(replace(rectum, name="PTV_High")).question
    "'PTV_High' is typed ORGAN and named PTV: is it a target?"
    >>> target_of(replace(rectum, name="GTV-1", interpreted_type="GTV"))
    Target(kind='GTV', evidence='type GTV and name', question=None)
    """
    by_type = _TYPES.get(structure.interpreted_type.strip().upper())
    by_name = target_kind_of_name(structure.name)
    if (by_type is None and by_name is None) or _is_point(structure):
        return None
    said_by = [f"type {by_type}"] * (by_type is not None) + ["name"] * (by_name is not None)
    return Target(
        kind=_kind(by_type, by_name),
        evidence=" and ".join(said_by),
        question=_question(structure, by_type, by_name),
    )


def drawn_targets(
    structures: Iterable[Structure], *kinds: TargetKind
) -> tuple[tuple[Structure, Target], ...]:
    """Return the targets that have contours, in file order; of the given kinds where any is given.

    Parameters
    ----------
    structures : iterable of Structure
    *kinds : {"GTV", "CTV", "ITV", "PTV", "target"}
    """
    found = ((s, target_of(s)) for s in structures if s.contours)
    return tuple((s, t) for s, t in found if t is not None and (not kinds or t.kind in kinds))


def target_questions(structures: Sequence[Structure]) -> tuple[str, ...]:
    """What a person must settle about the targets that are drawn, each once."""
    return tuple(dict.fromkeys(t.question for _, t in drawn_targets(structures) if t.question))


def _is_point(structure: Structure) -> bool:
    """Whether there are contours and none encloses an area."""
    return bool(structure.contours) and all(len(c.points) < _FEWEST_CORNERS for c in structure.contours)


def _kind(by_type: TargetKind | None, by_name: TargetKind | None) -> TargetKind:
    """The kind that the name says, else the type's."""
    return by_name if by_name is not None and by_name != "target" else by_type or "target"


def _question(structure: Structure, by_type: TargetKind | None, by_name: TargetKind | None) -> str | None:
    """What contradicts the answer, or None."""
    name, typed = repr(structure.name), structure.interpreted_type
    if by_type is None:
        kind = by_name if by_name != "target" else "as a target"
        return f"{name} is typed {typed} and named {kind}: is it a target?" if typed else _part(structure)
    if by_name is None:
        return _unlike_its_type(structure)
    if by_name not in ("target", "ITV", by_type):
        return f"{name} is typed {typed} and named {by_name}: it is taken for a {by_name}; is that right?"
    return _part(structure)


def _part(structure: Structure) -> str | None:
    if not is_part_of_target(structure.name):
        return None
    return f"{structure.name!r} is made from a target by its name: is it a target?"


def _unlike_its_type(structure: Structure) -> str | None:
    """Why a name does not go with a target's type: it is an organ's, or says something around a target."""
    typed = f"{structure.name!r} is typed {structure.interpreted_type}"
    organ, side = split_side(structure.name)
    names = structure_names()
    standard = names.standard_of(structure.name) or (
        names.standard_of(f"{organ} L") if side is None else None
    )
    if standard not in (None, *_NO_ORGANS) and target_kind_of_name(standard) is None:
        return f"{typed} and has an organ's name: is it a target?"
    if "tv" in organ:
        return f"{typed} and named as made from or around a target: is it a target?"
    return None
