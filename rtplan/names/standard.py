"""Structure names against the standard (TG-263), with the evidence for every match.

A name matches when it is a standard name, up to case and separators, or a listed synonym. Nothing is matched
by likeness: what is left over in a name, such as a side, ``PRV``, ``PTV``, ``+5mm`` or a leading ``z``, makes
it another structure. Names that look alike are listed as near, for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache
from typing import Final, Literal

from bed.retreatment import target_kind_of_name
from rtplan.files import shipped_file

__all__ = [
    "Evidence",
    "NameMatch",
    "Side",
    "StructureNames",
    "contradicts_side",
    "near_names",
    "split_side",
    "structure_names",
]

Side = Literal["L", "R"]
_SIDE_WORDS: Final[Mapping[str, Side]] = {
    **dict.fromkeys(("l", "lt", "left", "links", "li", "gauche"), "L"),
    **dict.fromkeys(("r", "rt", "right", "rechts", "re", "droit", "droite"), "R"),
}
_SEPARATORS: Final = re.compile(r"[\s_.\-]+")
_MINUS_TARGET: Final = re.compile(r"\s*-\s*(?=i?(?:gtv|ctv|itv|ptv))", re.IGNORECASE)
_SIDES: Final[tuple[Side, ...]] = ("L", "R")
_LEADING_SIDE: Final = re.compile(r"^(?:[LR](?=[A-Z][a-z])|(?:Left|Right|Lt|Rt)(?=[A-Z]))")
_TRAILING_SIDE: Final = re.compile(r"(?<=[a-z])(?:[LR]|Left|Right|Lt|Rt)$")
_TARGET_WORD: Final = re.compile(r"(?:^|[^a-z])i?[gcp]tv|(?:^|[^a-z])itv|(?:gtv|ctv|ptv|itv)(?:[^a-z]|$)")
_MADE: Final = re.compile(
    r"^(?:zz?(?=[A-Z_])|_|[xX]_|opt(?!ic)|Opt(?!ic)|OPT(?!IC))|[+~^*]"
    r"|(?i:overlap|ring|avoid|dummy|_opti?$|help|minus|ohne|couch|artefact|artifact|sub|\d ?[mc]m)"
)
_NEAR_RATIO: Final = 0.7


class Evidence(StrEnum):
    """Why a structure is taken for an organ."""

    EXACT = "exact"
    TOLERANT = "exact but for case or separators"
    SYNONYM = "synonym"
    DICTIONARY = "dictionary"
    BY_HAND = "chosen by hand"
    MADE = "made from the organ"


@dataclass(frozen=True, kw_only=True)
class NameMatch:
    """What a written name stands for.

    Attributes
    ----------
    written : str
    standard : str or None
        TG-263 name, or None where nothing matches.
    evidence : Evidence or None
    reason : str or None
        Why nothing matches, or what to know about the match.
    """

    written: str
    standard: str | None
    evidence: Evidence | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class StructureNames:
    """The standard names and how they are written elsewhere.

    Attributes
    ----------
    standards : tuple of str
        TG-263 names, in table order.
    keys : mapping
        Organ key and side to standard name; see `split_side`.
    synonym_keys : mapping
        The same for synonyms.
    refused : mapping
        Written names that were turned down, with the reason.
    """

    standards: tuple[str, ...]
    keys: Mapping[tuple[str, Side | None], str]
    synonym_keys: Mapping[tuple[str, Side | None], str]
    refused: Mapping[tuple[str, Side | None], str]

    def match(self, written: str) -> NameMatch:
        """Match one name, exactly or not at all.

        Examples
        --------
        >>> names = structure_names()
        >>> names.match("femoral head L").standard
        'Femur_Head_L'
        >>> names.match("Bladder_PRV05").standard
        'Bladder_PRV05'
        >>> names.match("Bladder_PTV").reason
        'made from a target volume'
        """
        name = written.strip()
        if name in self.standards:
            return NameMatch(written=written, standard=name, evidence=Evidence.EXACT)
        found = {m.standard: m for key in reversed(_readings(name)) if (m := self._match_key(written, key))}
        if len(found) == 1:
            return next(iter(found.values()))
        reason = f"may be {' or '.join(map(str, found))}" if found else self._why_not(name)
        return NameMatch(written=written, standard=None, evidence=None, reason=reason)

    def standard_of(self, written: str) -> str | None:
        """The standard name of a written one, or None."""
        return self.match(written).standard

    def _match_key(self, written: str, key: tuple[str, Side | None]) -> NameMatch | None:
        """Match one reading of a name: a standard name, a synonym, or a planning risk volume of one."""
        if key in self.keys:
            return NameMatch(written=written, standard=self.keys[key], evidence=Evidence.TOLERANT)
        if key in self.synonym_keys:
            return NameMatch(written=written, standard=self.synonym_keys[key], evidence=Evidence.SYNONYM)
        return self._match_prv(written, key)

    def _match_prv(self, written: str, key: tuple[str, Side | None]) -> NameMatch | None:
        """Match a planning risk volume: an organ, then PRV and two digits of mm or none."""
        body, side = key
        found = re.fullmatch(r"(.+?)prv(\d\d)?", body)
        organ = found and (self.keys.get((found[1], side)) or self.synonym_keys.get((found[1], side)))
        if not found or not organ or target_kind_of_name(organ) or split_side(organ)[1] != side:
            return None
        stem = organ.removesuffix(f"_{side}") if side else organ
        standard = f"{stem}_PRV{found[2] or ''}{f'_{side}' if side else ''}"
        evidence = Evidence.EXACT if written.strip() == standard else Evidence.TOLERANT
        if (found[1], side) not in self.keys:
            evidence = Evidence.SYNONYM
        return NameMatch(written=written, standard=standard, evidence=evidence)

    def _why_not(self, name: str) -> str:
        """Say why a name stands for nothing."""
        readings = _readings(name)
        for key in readings:
            if key in self.refused:
                return self.refused[key]
        if any("prv" in body for body, _ in readings):
            return "a planning risk volume that is not written as organ, PRV and two digits of mm"
        if target_kind_of_name(name):
            return "a target of its own, not the plain standard one"
        if _TARGET_WORD.search(name.lower()):
            return "made from a target volume"
        if any(side and self._match_key(name, (body, None)) for body, side in readings):
            return "names a side of an organ that has none"
        if any(self._match_key(name, (body, side)) for body, has in readings if not has for side in _SIDES):
            return "does not name its side"
        if _MADE.search(name):
            return "made from another structure"
        return "no standard name and no known synonym"


@cache
def structure_names() -> StructureNames:
    """Return the shipped table of standard names.

    Examples
    --------
    >>> structure_names().standard_of("RECTUM")
    'Rectum'
    """
    rows = _table("tg263.csv")
    keys = {split_side(row["name"]): row["name"] for row in rows}
    synonyms = {
        split_side(written): row["name"] for row in rows for written in row["synonyms"].split("; ") if written
    }
    return StructureNames(
        standards=tuple(row["name"] for row in rows),
        keys=keys,
        synonym_keys=synonyms,
        refused={split_side(row["written"]): row["reason"] for row in _table("tg263_refused.csv")},
    )


def split_side(name: str) -> tuple[str, Side | None]:
    """Split a name into its organ, folded in case and without separators, and its side.

    The side is a word of its own at the beginning or the end (``L``, ``Lt``, ``Left``, ``links`` ...). A name
    with two sides, or a side glued on, has none: it stays part of the organ.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of str and (str or None)

    Examples
    --------
    >>> split_side("L_Femoral Head")
    ('femoralhead', 'L')
    >>> split_side("Retinal")
    ('retinal', None)
    >>> split_side("Left_Kidney_R")
    ('leftkidneyr', None)
    """
    words = _SEPARATORS.split(_MINUS_TARGET.sub(" minus ", name.strip()))
    folded = [word.casefold() or "_" for word in words]  # a separator at an end stays part of the name
    at_ends = [i for i in dict.fromkeys((0, len(folded) - 1)) if folded and folded[i] in _SIDE_WORDS]
    if len(at_ends) != 1 or len(folded) < 2:
        return "".join(folded), None
    side = _SIDE_WORDS[folded.pop(at_ends[0])]
    return "".join(folded), side


def _readings(name: str) -> tuple[tuple[str, Side | None], ...]:
    """Ways to read a name: as written, and with a side that only a capital sets apart (``KidneyL``)."""
    apart = _LEADING_SIDE.sub(lambda found: f"{found[0]} ", name.strip(), count=1)
    apart = _TRAILING_SIDE.sub(lambda found: f" {found[0]}", apart)
    return tuple(dict.fromkeys((split_side(name), split_side(apart))))


def contradicts_side(written: str, standard: str) -> bool:
    """Whether a name says one side and the standard name the other."""
    other = split_side(standard)[1]
    return other is not None and any(side not in (None, other) for _, side in _readings(written))


def near_names(name: str, among: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Names that look alike, the likest first; they are shown, never used.

    Examples
    --------
    >>> near_names("Rectum", ["RectumPRV", "Bladder", "rectum_stump"])
    ('RectumPRV', 'rectum_stump')
    """
    wanted = split_side(name)[0]
    scored = [
        (_likeness(wanted, split_side(other)[0]), position, other) for position, other in enumerate(among)
    ]
    best = sorted((-score, position, other) for score, position, other in scored if score >= _NEAR_RATIO)
    return tuple(other for _, _, other in best[:count])


def _likeness(wanted: str, other: str) -> float:
    """Ratio of common characters; a name that holds the other counts as alike."""
    shorter, longer = sorted((wanted, other), key=len)
    inside = 0.9 if len(shorter) >= 4 and shorter in longer else 0.0
    matcher = SequenceMatcher(None, wanted, other, autojunk=False)
    if matcher.real_quick_ratio() < _NEAR_RATIO or matcher.quick_ratio() < _NEAR_RATIO:
        return inside
    return max(inside, matcher.ratio())


def _table(file: str) -> list[Mapping[str, str]]:
    return [row.cells for row in shipped_file("rtplan.names", file).rows()]
