"""The hash of a data set, whatever file and transfer syntax it came in.

An object that was received again by network has other bytes: another file meta information, often another
transfer syntax. What is hashed are the elements with their values, in one form:

- without preamble, file meta information, group lengths and trailing padding of the data set;
- without value representations, lengths and delimiters, so that implicit and explicit, little and big endian,
  defined and undefined lengths are one; a deflated data set is unpacked;
- numbers in little endian; text without the blanks or nulls around each of its values;
- pixel data as decoded where they are compressed and a decoder is there, else as stored.

Everything else is part of it: an archive that changes a patient's name or a date makes another data set.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from struct import Struct
from typing import Final

import numpy as np
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dicom_io.errors import DicomIoError, DicomReadError
from dicom_io.readers.elements import LONG_FORM
from dicom_io.readers.inflation import end_of_meta, refuse_inflation

__all__ = ["data_set_sha256"]

_UNDEFINED: Final = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_ITEM_BYTES: Final = b"\xfe\xff\x00\xe0"
_TRAILING_PADDING, _PIXEL_DATA, _BITS_ALLOCATED = 0xFFFCFFFC, 0x7FE00010, 0x00280100
_SYNTAX: Final = b"\x02\x00\x10\x00UI"
_TEXT: Final = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_WIDTH: Final = {
    **dict.fromkeys((b"US", b"SS", b"OW", b"AT"), 2),
    **dict.fromkeys((b"UL", b"SL", b"FL", b"OF", b"OL"), 4),
    **dict.fromkeys((b"FD", b"OD", b"SV", b"UV", b"OV"), 8),
}
"""Bytes of a number, by value representation (PS3.5, 6.2)."""
_DEEPEST: Final = 32
_ALWAYS_DECODED, _MOST_DECODED = 2**27, 5
"""No more bytes are decoded, beyond 128 MiB, than so many times those of the file."""
_TAG, _LENGTH = Struct("<HH"), Struct("<Q")


def data_set_sha256(content: bytes) -> str:
    """Return the SHA-256 of the data set in a DICOM file.

    Parameters
    ----------
    content : bytes
        Of the whole file.

    Returns
    -------
    str
        Hexadecimal; empty where the bytes cannot be followed to their end, as in a damaged file.

    Examples
    --------
    >>> from pydicom.dataset import Dataset, FileMetaDataset
    >>> def stored(syntax, station):
    ...     dataset, file = Dataset(), BytesIO()
    ...     dataset.file_meta = FileMetaDataset()
    ...     dataset.file_meta.TransferSyntaxUID, dataset.file_meta.ImplementationVersionName = syntax, station
    ...     dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.2"
    ...     dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    ...     dataset.SOPInstanceUID, dataset.DoseGridScaling, dataset.BitsAllocated = "1.2.3", "0.01", 16
    ...     dataset.save_as(file, enforce_file_format=True)
    ...     return data_set_sha256(file.getvalue())
    >>> stored("1.2.840.10008.1.2", "HERE") == stored("1.2.840.10008.1.2.1", "THERE")
    True
    """
    try:
        body, encoding = _body(content)
        parts: list[bytes] = []
        _Walk(blob=body, compressed=lambda: _decoded(content)).elements(0, len(body), encoding, parts)
    except (DicomIoError, struct.error, zlib.error, RecursionError):
        return ""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Encoding:
    """How elements are written."""

    implicit: bool
    little: bool

    @property
    def order(self) -> str:
        return "<" if self.little else ">"


_IMPLICIT: Final = _Encoding(implicit=True, little=True)


def _body(content: bytes) -> tuple[bytes, _Encoding]:
    """Return the bytes of the data set, unpacked, and how they are written."""
    start = end_of_meta(content)
    body = content[start:]
    place = content.find(_SYNTAX, 0, start)
    if place < 0:
        return body, _guessed(body)
    length = int.from_bytes(content[place + 6 : place + 8], "little")
    syntax = UID(content[place + 8 : place + 8 + length].decode("latin-1").strip(" \x00"))
    if syntax == DeflatedExplicitVRLittleEndian:
        refuse_inflation(content)
        return zlib.decompress(body, -zlib.MAX_WBITS), _Encoding(implicit=False, little=True)
    return body, _Encoding(implicit=syntax == ImplicitVRLittleEndian, little=syntax != ExplicitVRBigEndian)


def _guessed(body: bytes) -> _Encoding:
    """How a data set without file meta information is written, by its first element."""
    little = body[1:2] == b"\x00"
    explicit = body[4:6].isalpha() and body[4:6].isupper()
    return _Encoding(implicit=not explicit, little=little)


@cache
def _known_vr(tag: int) -> str:
    """Value representation of a standard element; empty for private and unknown ones."""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""


@dataclass(kw_only=True, eq=False)
class _Walk:
    """The way through the bytes of one data set."""

    blob: bytes
    compressed: Callable[[], bytes | None]
    bits_allocated: int = 16

    def elements(self, place: int, end: int, encoding: _Encoding, parts: list[bytes], depth: int = 0) -> int:
        """Add the elements between two places; return where they end."""
        if depth > _DEEPEST:
            raise DicomReadError("sequences inside sequences without an end")
        while place < end:
            tag, vr, length, start = self._header(place, encoding)
            if tag == _ITEM_END:
                return start
            if length == _UNDEFINED:
                place = self._undefined(tag, vr, start, encoding, parts, depth)
                continue
            place = start + length
            if place > end:
                raise DicomReadError("an element reaches beyond the data set")
            if tag & 0xFFFF and tag != _TRAILING_PADDING:
                self._defined(tag, vr, (start, place), encoding, parts, depth)
        return place

    def _header(self, place: int, encoding: _Encoding) -> tuple[int, bytes, int, int]:
        """Return tag, value representation as written, length and where the value begins."""
        header = _HEADERS[encoding]
        group, element, length = header.implicit.unpack_from(self.blob, place)
        tag = group << 16 | element
        if encoding.implicit or group == 0xFFFE:
            return tag, b"", length, place + 8
        _, _, vr, short = header.explicit.unpack_from(self.blob, place)
        if not b"AA" <= vr <= b"ZZ":  # some writers change to implicit within sequences
            return tag, b"", length, place + 8
        if vr in LONG_FORM:
            (length,) = header.length.unpack_from(self.blob, place + 8)
            return tag, vr, length, place + 12
        return tag, vr, short, place + 8

    def _undefined(
        self, tag: int, vr: bytes, start: int, encoding: _Encoding, parts: list[bytes], depth: int
    ) -> int:
        """Add a sequence, or compressed pixel data, of undefined length; return where it ends."""
        if tag == _PIXEL_DATA:
            fragments: list[bytes] = []
            place = self._items(start, len(self.blob), None, fragments, depth)
            value = self.compressed() if depth == 0 else None
            self._add(tag, b"".join(fragments) if value is None else value, parts)
            return place
        inside = _IMPLICIT if vr == b"UN" else encoding
        parts.append(b"S" + _TAG.pack(tag >> 16, tag & 0xFFFF))
        place = self._items(start, len(self.blob), inside, parts, depth)
        parts.append(b"s")
        return place

    def _defined(
        self,
        tag: int,
        vr: bytes,
        value_at: tuple[int, int],
        encoding: _Encoding,
        parts: list[bytes],
        depth: int,
    ) -> None:
        """Add an element of a known length."""
        start, end = value_at
        known = _known_vr(tag)
        if known == "SQ" or vr == b"SQ" or (not known and self.blob[start : start + 4] == _ITEM_BYTES):
            inside = encoding if vr in (b"SQ", b"") else _IMPLICIT
            try:
                found: list[bytes] = []
                self._items(start, end, inside, found, depth)
            except (DicomReadError, struct.error):
                if known == "SQ" or vr == b"SQ":
                    raise
            else:
                parts += [b"S" + _TAG.pack(tag >> 16, tag & 0xFFFF), *found, b"s"]
                return
        value = self.blob[start:end]
        if tag == _BITS_ALLOCATED and depth == 0:
            self.bits_allocated = int.from_bytes(value[:2], "little" if encoding.little else "big")
        if not encoding.little:
            value = self._in_little_endian(tag, vr, value)
        self._add(tag, _without_padding(value) if known in _TEXT else value, parts)

    def _add(self, tag: int, value: bytes, parts: list[bytes]) -> None:
        parts.append(b"E" + _TAG.pack(tag >> 16, tag & 0xFFFF) + _LENGTH.pack(len(value)))
        parts.append(value)

    def _in_little_endian(self, tag: int, vr: bytes, value: bytes) -> bytes:
        width = self.bits_allocated // 8 if tag == _PIXEL_DATA else _WIDTH.get(vr, 1)
        if width not in (2, 4, 8) or len(value) % width:
            return value
        return np.frombuffer(value, dtype=f">u{width}").astype(f"<u{width}").tobytes()

    def _items(self, place: int, end: int, encoding: _Encoding | None, parts: list[bytes], depth: int) -> int:
        """Add the items of a sequence, or with no encoding its fragments; return where it ends."""
        order = "<" if encoding is None else encoding.order
        header = Struct(order + "HHL")
        while place < end:
            group, element, length = header.unpack_from(self.blob, place)
            tag, place = group << 16 | element, place + 8
            if tag == _SEQUENCE_END:
                return place
            stop = len(self.blob) if length == _UNDEFINED else place + length
            if tag != _ITEM or stop > len(self.blob):
                raise DicomReadError("an item of a sequence is cut short or none")
            if encoding is None:
                parts.append(self.blob[place:stop])
                place = stop
                continue
            parts.append(b"I")
            place = self.elements(place, stop, encoding, parts, depth + 1)
            parts.append(b"i")
        return place


def _without_padding(value: bytes) -> bytes:
    """Return a text, of several values each, without what pads it."""
    if b" " in value and b"\\" in value:
        value = b"\\".join(one.strip(b" ") for one in value.split(b"\\"))
    return value.strip(b" \x00")


@dataclass(frozen=True, kw_only=True)
class _Headers:
    """The forms of an element's first bytes in one byte order."""

    implicit: Struct
    explicit: Struct
    length: Struct

    @classmethod
    def of(cls, order: str) -> _Headers:
        return cls(
            implicit=Struct(order + "HHL"), explicit=Struct(order + "HH2sH"), length=Struct(order + "L")
        )


_HEADERS: Final = {
    _Encoding(implicit=implicit, little=little): _Headers.of("<" if little else ">")
    for implicit in (True, False)
    for little in (True, False)
}


def _decoded(content: bytes) -> bytes | None:
    """Return compressed pixel data as decoded, little endian; None where nothing installed decodes them."""
    try:
        dataset = dcmread(BytesIO(content), force=True)
        voxels = dataset.Rows * dataset.Columns * int(dataset.get("NumberOfFrames") or 1)
        if voxels * dataset.BitsAllocated // 8 > max(_ALWAYS_DECODED, _MOST_DECODED * len(content)):
            return None
        pixels = np.asarray(dataset.pixel_array)
    except Exception:  # what a decoder raises depends on the decoder
        return None
    value = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))).tobytes()
    return value + b"\x00" * (len(value) % 2)
