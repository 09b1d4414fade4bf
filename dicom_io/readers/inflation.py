"""Deflated files: what they unpack to is counted before memory is taken for it."""

from __future__ import annotations

import struct
import zlib

from dicom_io.errors import DicomReadError

__all__ = ["end_of_meta", "may_be_deflated", "refuse_inflation"]

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_LONG_FORM = frozenset({b"OB", b"OW", b"UN", b"UT", b"SQ"})
_ALWAYS = 2**27
_MOST_TIMES = 3
_PIECE = 2**20


def may_be_deflated(start: bytes) -> bool:
    """Return whether the first bytes of a file (some thousands) name the deflated transfer syntax.

    Examples
    --------
    >>> may_be_deflated(b"...1.2.840.10008.1.2.1.99 ...")
    True
    """
    return _DEFLATED in start


def refuse_inflation(content: bytes) -> None:
    """Raise when a deflated file unpacks to more than 128 MiB plus 3 times its size.

    A file of a megabyte can unpack to a gigabyte.
    """
    most, unpacked = _ALWAYS + _MOST_TIMES * len(content), 0
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes = content[end_of_meta(content) :]
    while rest and not inflater.eof:
        try:
            unpacked += len(inflater.decompress(rest, _PIECE))
        except zlib.error:
            return  # reading it will say so
        rest = inflater.unconsumed_tail
        if unpacked > most:
            raise DicomReadError(
                f"a deflated file of {len(content)} bytes that unpacks to more than {most} bytes is refused"
            )


def end_of_meta(content: bytes) -> int:
    """Return where the file meta information, group 0002 in explicit little endian, ends."""
    place = 132 if content[128:132] == b"DICM" else 0
    while content[place : place + 2] == b"\x02\x00" and place + 12 <= len(content):
        if content[place + 4 : place + 6] in _LONG_FORM:
            place += 12 + int(struct.unpack_from("<L", content, place + 8)[0])
        else:
            place += 8 + int(struct.unpack_from("<H", content, place + 6)[0])
    return place
