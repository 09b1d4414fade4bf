"""Frames between a parent and its child: a JSON head and bytes, each with its length before it.

Nothing is unpickled: a child that reads what strangers sent must not be able to run anything in its parent.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any, Final, NamedTuple

__all__ = ["Frame", "FrameError", "read_frame", "write_frame"]

_LENGTHS: Final = struct.Struct(">QQ")
_MOST_BYTES: Final = 2**30


class FrameError(Exception):
    """The other side sent something that is no frame."""


class Frame(NamedTuple):
    """A head and its bytes."""

    head: dict[str, Any]
    content: bytes


def write_frame(stream: IO[bytes], head: Mapping[str, Any], content: bytes = b"") -> None:
    """Write one frame and let it go at once.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_frame(stream, {"kind": "done"}, b"png")
    >>> _ = stream.seek(0)
    >>> read_frame(stream)
    Frame(head={'kind': 'done'}, content=b'png')
    """
    text = json.dumps(head, allow_nan=False).encode()
    stream.write(_LENGTHS.pack(len(text), len(content)) + text + content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Frame | None:
    """Read one frame; None where the other side has ended.

    Raises
    ------
    FrameError
        A frame that is cut off, too long, or no JSON object.
    """
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    n_head, n_content = _LENGTHS.unpack(lengths)
    if n_head + n_content > _MOST_BYTES:
        raise FrameError("a frame of more than 1 GiB")
    text, content = stream.read(n_head), stream.read(n_content)
    if len(text) < n_head or len(content) < n_content:
        return None
    try:
        head = json.loads(text)
    except ValueError as fault:
        raise FrameError("a head that is no JSON") from fault
    if not isinstance(head, dict):
        raise FrameError("a head that is no object")
    return Frame(head=head, content=content)
