"""Text from files, such as names of structures, made safe to look at in any form."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["plain_lines", "visible_text"]

_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_COMMANDING: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, the line feed apart, and those that turn the direction of writing."""
_SPACES: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_DELETE: Final = 0x7F


def plain_lines(text: str) -> str:
    """Return lines of text without characters that command a terminal; names in files may hold any.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> plain_lines("PTV\\x1b[2J")
    'PTV�[2J'
    """
    return _COMMANDING.sub("\N{REPLACEMENT CHARACTER}", text)


def visible_text(text: str) -> str:
    """Return text in which nothing acts unseen.

    Control characters become their pictures, line ends become spaces, and the characters that turn the
    reading direction around, which could make a number beside them read backwards, are written out. Letters
    of every script, emoji and punctuation stay as they are.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Also fit for XML, which refuses control characters and half pairs.

    Examples
    --------
    >>> visible_text("PTV\\x07 50\\u202eyG")
    'PTV␇ 50<U+202E>yG'
    """
    return _UNSEEN.sub(lambda found: _shown(found[0]), text)


def _shown(character: str) -> str:
    code = ord(character)
    if character in _SPACES:
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "\N{SYMBOL FOR DELETE}"
    if 0x202A <= code <= 0x2069:
        return f"<U+{code:04X}>"
    return "\N{REPLACEMENT CHARACTER}"
