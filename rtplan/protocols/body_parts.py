"""Words for parts of the body, as people type them: which organ each is of, and in which region it lies.

``data/body_parts.csv`` has the words. One that is not there is not known: never another organ, and never
outside of a region.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rtplan.files import shipped_file
from rtplan.names import structure_names

__all__ = ["BodyPart", "body_part"]


@dataclass(frozen=True, kw_only=True)
class BodyPart:
    """What a word stands for.

    Attributes
    ----------
    organ : str
        One name for all words of an organ, such as ``"lung"``; empty for a word of a region alone.
    region : str
        ``"pelvis"`` or another region; empty where the organ lies in several.
    """

    organ: str
    region: str


def body_part(text: str) -> BodyPart | None:
    """Return what typed words stand for, or None where that is not known.

    Words such as *left*, *lobe* or *of* go along. Of several parts all have to be known and of one organ or
    one region: whatever they differ in is left empty.

    Examples
    --------
    >>> [body_part(text).organ for text in ("cerebellum", "upper lobe of the right lung", "Lunge")]
    ['brain', 'lung', 'lung']
    >>> body_part("Becken").region, body_part("rectum and sacrum"), body_part("outside the pelvis")
    ('pelvis', BodyPart(organ='', region='pelvis'), None)
    """
    plain = _plain(text)
    parts = _parts()
    if plain in parts:
        return parts[plain]
    standard = structure_names().match(text.strip()).standard
    if standard is not None and _plain(standard) in parts:
        return parts[_plain(standard)]
    every = plain.split()
    led = next((k for k, word in enumerate(every) if word not in _beside()), len(every))
    if " ".join(every[led:]) in parts:
        return parts[" ".join(every[led:])]
    words = [word for word in every if word not in _beside() and not word.isdecimal()]
    known = [parts[word] for word in words if word in parts]
    if not known or len(known) != len(words):
        return None
    organs, regions = {part.organ for part in known}, {part.region for part in known}
    return BodyPart(
        organ=organs.pop() if len(organs) == 1 else "", region=regions.pop() if len(regions) == 1 else ""
    )


@cache
def _parts() -> dict[str, BodyPart]:
    """Return every word for a part of the body."""
    return {
        row["word"]: BodyPart(organ=row["organ"], region=row["region"])
        for row in _rows()
        if row["organ"] or row["region"]
    }


@cache
def _beside() -> frozenset[str]:
    """Return the words that go along and stand for nothing."""
    return frozenset(row["word"] for row in _rows() if not (row["organ"] or row["region"]))


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return tuple(row.cells for row in shipped_file("rtplan.protocols", "body_parts.csv").rows())


def _plain(text: str) -> str:
    """Return words in lower case without accents, one space between them."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", letters))
