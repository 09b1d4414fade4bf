"""The wanted elements of an image's header straight from its first bytes, for series of thousands of files.

Only a file in which nothing is odd is read here: with a preamble, in an encoding of explicit lengths, its
elements in order up to the pixel data. Whatever else comes is left to the full parser.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from struct import Struct
from typing import Final, cast

from pydicom.dataelem import RawDataElement, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicom_io.readers.elements import LONG_FORM

__all__ = ["walked_header"]

_META: Final = 132
_PIXEL_DATA: Final = 0x7FE00010
_TRANSFER_SYNTAX: Final = 0x00020010
_SOP_CLASS: Final = 0x00080016
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_IMPLICIT: Final = b"1.2.840.10008.1.2"
_EXPLICIT: Final = (b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.5")
_COMPRESSED: Final = b"1.2.840.10008.1.2.4."
"""Explicit little endian, and compressed pixels in it; neither deflated nor big endian."""
_CHARACTER_SET: Final = 0x00080005
_ASCII_SETS: Final = (b"", b"ISO_IR 6", b"ISO_IR 100", b"ISO_IR 192")
"""Character sets in which ASCII is ASCII."""
_ITEM, _ITEM_ENDS, _SEQUENCE_ENDS = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_SHORT_FORM: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_EVERY_FORM: Final = _SHORT_FORM | LONG_FORM
_SEQUENCE: Final = frozenset({b"SQ", b""})
"""What may have items: in an implicit encoding nothing is said."""
_LONGEST: Final = 12
"""Bytes of the longest head of an element."""
_IDENTIFYING, _PIXELS = b"\x08\x00", b"\xe0\x7f\x10\x00"
"""What a data set begins with, and what ends its header."""
_PIXELS_GROUP: Final = 0x0028
_NUMBERS: Final = frozenset({b"US", b"SS", b"UL", b"SL", b"FL", b"FD"})
_PLAIN: Final = Struct("<HHL")
_WITH_VR: Final = Struct("<HH2sH")
_LONG: Final = Struct("<L")


def walked_header(start: bytes, wanted: Mapping[int, BaseTag], classes: Set[str]) -> Dataset | None:
    """Return the wanted elements of an image; None where it takes a full parser.

    Parameters
    ----------
    start : bytes
        The first bytes of a file.
    wanted : mapping of int to BaseTag
        Tags; none of a sequence that images have.
    classes : set of str
        SOP classes of the images that are read here.
    """
    if start[128:132] != b"DICM":
        return None
    meta = _elements(
        start, _META, {_TRANSFER_SYNTAX: BaseTag(_TRANSFER_SYNTAX)}, implicit=False, stop=0x00030000
    )
    if meta is None or _TRANSFER_SYNTAX not in meta[0] or not start.startswith(_IDENTIFYING, meta[1]):
        return None
    syntax = bytes(meta[0][_TRANSFER_SYNTAX].value or b"").rstrip(b" \x00")
    implicit = syntax == _IMPLICIT
    if not (implicit or syntax in _EXPLICIT or syntax.startswith(_COMPRESSED)):
        return None
    if implicit and start[meta[1] + 4 : meta[1] + 6].isalpha():
        return None  # explicit in spite of what it says
    found = _elements(start, meta[1], wanted, implicit=implicit, stop=_PIXEL_DATA)
    if found is None or _SOP_CLASS not in found[0] or not start.startswith(_PIXELS, found[1]):
        return None
    sop_class = bytes(found[0][_SOP_CLASS].value or b"").rstrip(b" \x00").decode("latin-1")
    if sop_class not in classes:
        return None
    return Dataset({element.tag: element for element in found[0].values()})


def _elements(
    start: bytes, place: int, wanted: Mapping[int, BaseTag], *, implicit: bool, stop: int
) -> tuple[dict[int, RawDataElement], int] | None:
    """Return the wanted elements before a tag and where that begins; None where anything is odd."""
    found: dict[int, RawDataElement] = {}
    before, last = 0, len(start) - _LONGEST
    while place <= last:
        tag, vr, length, value = _head(start, place, implicit=implicit)
        if tag >= stop:
            return found, place
        if tag <= before or (not implicit and vr not in _EVERY_FORM):
            return None
        if length == _UNDEFINED_LENGTH:
            past = (
                _past_sequence(start, value, implicit=implicit)
                if vr in _SEQUENCE and tag not in wanted
                else None
            )
            if past is None:
                return None
            before, place = tag, past
            continue
        if tag in wanted:
            element = _element(start, wanted[tag], vr, slice(value, value + length), implicit=implicit)
            if element is None:
                return None
            found[tag] = element
        before, place = tag, value + length
    return None


def _head(start: bytes, place: int, *, implicit: bool) -> tuple[int, bytes, int, int]:
    """Return tag, value representation, length and place of the value of an element."""
    if implicit:
        group, element, length = _PLAIN.unpack_from(start, place)
        return group << 16 | element, b"", length, place + 8
    group, element, vr, length = _WITH_VR.unpack_from(start, place)
    if vr in LONG_FORM:
        return group << 16 | element, vr, _LONG.unpack_from(start, place + 8)[0], place + 12
    return group << 16 | element, vr, length, place + 8


def _element(start: bytes, tag: BaseTag, vr: bytes, at: slice, *, implicit: bool) -> RawDataElement | None:
    """Return an element; None of a sequence and of text in another character set."""
    content: bytes | None = start[at]
    assert content is not None
    is_number = vr in _NUMBERS or tag >> 16 == _PIXELS_GROUP
    if vr == b"SQ" or not (is_number or (content.isascii() and b"\x1b" not in content)):
        return None
    if tag == _CHARACTER_SET and content.strip(b" \x00") not in _ASCII_SETS:
        return None
    representation = vr.decode() or None
    if not content:  # raw=True: bytes, whatever the library's annotation says
        empty = None if representation is None else empty_value_for_VR(representation, raw=True)
        content = cast("bytes | None", empty)
    return RawDataElement(tag, representation, at.stop - at.start, content, at.start, implicit, True)


def _past_sequence(start: bytes, place: int, *, implicit: bool) -> int | None:
    """Return where a sequence of undefined length has ended."""
    last = len(start) - _LONGEST
    while place <= last:
        group, element, length = _PLAIN.unpack_from(start, place)
        tag, place = group << 16 | element, place + 8
        if tag == _SEQUENCE_ENDS:
            return place
        if tag != _ITEM:
            return None
        end = None if length == _UNDEFINED_LENGTH else place + length
        past = _past_item(start, place, end, implicit=implicit)
        if past is None:
            return None
        place = past
    return None


def _past_item(start: bytes, place: int, end: int | None, *, implicit: bool) -> int | None:
    """Return where an item has ended: at its stated end, or where it says so."""
    last = len(start) - _LONGEST
    while place <= last:
        if end is not None and place >= end:
            return place if place == end else None
        tag, vr, length, value = _head(start, place, implicit=implicit)
        if tag == _ITEM_ENDS and end is None:
            return place + 8
        if not implicit and vr not in _EVERY_FORM:
            return None
        if length == _UNDEFINED_LENGTH:
            past = _past_sequence(start, value, implicit=implicit) if vr in _SEQUENCE else None
            if past is None:
                return None
            place = past
        else:
            place = value + length
    return None
