"""The elements of a sequence's items straight from bytes, for sequences of thousands of small items.

A structure set has a contour item for each plane of each structure; making a data set of each takes longer
than reading the numbers in it. This walks items and elements of explicit length and keeps bytes.
"""

from __future__ import annotations

from struct import Struct

from dicom_io.errors import DicomReadError

__all__ = ["LONG_FORM", "item_elements"]

_UNDEFINED_LENGTH = 0xFFFFFFFF
_ITEM = 0xFFFEE000
LONG_FORM = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
"""Value representations whose explicit form has two reserved bytes and a length of four (PS3.5, 7.1.2)."""


def item_elements(
    blob: bytes, wanted: frozenset[int], *, implicit: bool, little: bool
) -> list[dict[int, bytes]] | None:
    """Return the wanted elements of each item of a sequence.

    Parameters
    ----------
    blob : bytes
        The value of the sequence.
    wanted : frozenset of int
        Tags.
    implicit, little : bool
        Encoding of the value.

    Returns
    -------
    list of dict, or None
        Per item the bytes by tag; None where it takes a full parser: at an undefined length or a
        change of encoding.

    Raises
    ------
    DicomReadError
        An item or element that reaches beyond its container.
    """
    header = Struct("<HHL" if little else ">HHL")
    found, place = [], 0
    while place < len(blob):
        if place + 8 > len(blob):
            raise DicomReadError("an item of a sequence is cut short")
        group, element, length = header.unpack_from(blob, place)
        if length == _UNDEFINED_LENGTH:
            return None
        place += 8
        if group << 16 | element != _ITEM or place + length > len(blob):
            raise DicomReadError("an item of a sequence is cut short or none")
        elements = _elements(blob, place, place + length, wanted, implicit=implicit, little=little)
        if elements is None:
            return None
        found.append(elements)
        place += length
    return found


def _elements(
    blob: bytes, place: int, end: int, wanted: frozenset[int], *, implicit: bool, little: bool
) -> dict[int, bytes] | None:
    """Return the wanted elements between two places; None where it takes a full parser."""
    order = "<" if little else ">"
    plain, short, long = Struct(order + "HHL"), Struct(order + "HH2sH"), Struct(order + "L")
    found = {}
    while place < end:
        if place + 8 > end:
            raise DicomReadError("an element of a sequence item is cut short")
        if implicit:
            group, element, length = plain.unpack_from(blob, place)
            place += 8
        else:
            group, element, vr, length = short.unpack_from(blob, place)
            place += 8
            if not b"AA" <= vr <= b"ZZ":
                return None  # some writers change to implicit within sequences
            if vr in LONG_FORM:
                if place + 4 > end:
                    raise DicomReadError("an element of a sequence item is cut short")
                (length,) = long.unpack_from(blob, place)
                place += 4
        if length == _UNDEFINED_LENGTH:
            return None
        if place + length > end:
            raise DicomReadError("an element reaches beyond its sequence item")
        if (tag := group << 16 | element) in wanted:
            found[tag] = blob[place : place + length]
        place += length
    return found
