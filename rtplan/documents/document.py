"""One answer as a document: the same data for a program and for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rtplan._version import __version__
from rtplan.files import InputRecord

__all__ = ["Document", "document_body", "to_json"]


@dataclass(frozen=True, kw_only=True)
class Document:
    """What was answered, as data; printing is done elsewhere.

    Attributes
    ----------
    schema : str
        Name and edition of the JSON document, such as ``"rtplan.bed/1"``.
    body : mapping
        The document's own keys. Values not computable are ``None`` beside a ``reason``.
    text : str
        The same for a person, without a trailing newline.
    inputs : sequence of InputRecord
    warnings : sequence of str
    limit_failed : bool
        A limit that was asked for exceeds, is borderline or could not be evaluated: exit status 1.
    files_written : sequence of str
        Names without folders.
    """

    schema: str
    body: Mapping[str, Any]
    text: str
    inputs: Sequence[InputRecord] = ()
    warnings: Sequence[str] = ()
    limit_failed: bool = False
    files_written: Sequence[str] = ()

    @property
    def exit_status(self) -> int:
        """0 done, 1 done and a limit that was asked for is not kept for certain."""
        return 1 if self.limit_failed else 0


def document_body(document: Document) -> dict[str, Any]:
    """Return the whole JSON document: schema, version, inputs, warnings, then its own keys."""
    return {
        "schema": document.schema,
        "version": __version__,
        "inputs": [i.as_json() for i in document.inputs],
        "warnings": list(document.warnings),
        **document.body,
    }


def to_json(document: Document | Mapping[str, Any], *, encoding: str = "utf-8") -> str:
    """Return a document as text that can be written in an encoding.

    Parameters
    ----------
    document : Document or mapping
    encoding : str
        Where it cannot hold every letter, all letters beyond ASCII are written as JSON's own escapes.

    Raises
    ------
    ValueError
        A NaN or an infinity is in it, which is a mistake of this program.

    Examples
    --------
    >>> print(to_json({"organ": "Dünndarm"}, encoding="ascii"))
    {
     "organ": "D\\u00fcnndarm"
    }
    """
    body = document_body(document) if isinstance(document, Document) else document
    text = json.dumps(body, indent=1, allow_nan=False, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(body, indent=1, allow_nan=False, ensure_ascii=True)
    return text
