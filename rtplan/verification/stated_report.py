"""What a report says that it rests on: read from its JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord, TypedFile, read_typed_file

__all__ = ["StatedReport", "limit_in_words", "read_report"]

_WHAT = "the JSON document of an answer: rtplan reirradiate or check with --report FILE.json, or with --json"


@dataclass(frozen=True, kw_only=True, eq=False)
class StatedReport:
    """A report as far as it says what it rests on.

    Attributes
    ----------
    schema : str
        Such as ``"rtplan.reirradiate/1"``.
    version : str
        Of the program that made it.
    sha256 : str
        Of the report itself.
    inputs : tuple of InputRecord
        Each once.
    sets : mapping of str to str
        Names of the sets of limits that judged, by hash.
    limits : frozenset of str
        Cumulative limits that were judged, as words.
    question_sha256 : str or None
    """

    schema: str
    version: str
    sha256: str
    inputs: tuple[InputRecord, ...] = field(repr=False)
    sets: Mapping[str, str]
    limits: frozenset[str] = field(repr=False)
    question_sha256: str | None


def read_report(path: Path) -> StatedReport:
    """Read the JSON document of an answer.

    Parameters
    ----------
    path : Path

    Raises
    ------
    NoSuchFileError
        No such file.
    RtplanValueError
        It is no JSON document of an answer, such as a page (.html, .pdf) or a refusal.
    """
    file = read_typed_file(path, kind="report")
    body = _body(file)
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not isinstance(body.get("version"), str):
        raise RtplanValueError(
            f"{file.label}: {body['schema']} does not say what it rests on; needed is {_WHAT}",
            where=file.name,
        )
    question = body.get("question")
    return StatedReport(
        schema=body["schema"],
        version=body["version"],
        sha256=file.sha256,
        inputs=tuple(dict.fromkeys(_input(file, entry) for entry in inputs)),
        sets=dict(_sets(body)),
        limits=frozenset(_limits(body)),
        question_sha256=_text(question, "sha256") if isinstance(question, dict) else None,
    )


def limit_in_words(of: str, *, comparator: str, eqd2_gy: float, includes_recovery: bool) -> str:
    """Return a cumulative limit as people write it."""
    return f"{of}{comparator}{eqd2_gy:g}{' including recovery' if includes_recovery else ''}"


def _body(file: TypedFile) -> dict[str, Any]:
    """Return the document; anything that is none is refused."""
    try:
        body = json.loads(file.content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not str(body.get("schema", "")).startswith("rtplan."):
        raise RtplanValueError(
            f"{file.label} is no report that can be verified; needed is {_WHAT}", where=file.name
        )
    return body


def _input(file: TypedFile, entry: Any) -> InputRecord:
    role = _text(entry, "role") if isinstance(entry, dict) else None
    if role is None:
        raise RtplanValueError(
            f"{file.label}: an input has no role: was the report changed?", where=file.name
        )
    return InputRecord(
        role=role,
        sha256=_text(entry, "sha256"),
        uid=_text(entry, "uid"),
        data_set_sha256=_text(entry, "data_set_sha256"),
    )


def _text(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) and value else None


def _answers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the document and the answers inside it."""
    plans = body.get("plans")
    inside = [body.get("check"), body.get("reirradiate"), *(plans if isinstance(plans, list) else [])]
    yield body
    yield from (answer for answer in inside if isinstance(answer, dict))


def _sets(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for answer in _answers(body):
        further = answer.get("further_sets")
        for used in [answer.get("constraints"), *(further if isinstance(further, list) else [])]:
            if isinstance(used, dict) and (digest := _text(used, "sha256")) and (name := _text(used, "set")):
                yield digest, name


def _limits(body: Mapping[str, Any]) -> Iterator[str]:
    """Return each cumulative limit as a case file writes it."""
    for answer in _answers(body):
        organs = answer.get("organs")
        for row in organs if isinstance(organs, list) else []:
            if isinstance(row, dict) and isinstance(limit := row.get("limit_gy"), int | float):
                yield limit_in_words(
                    f"{row.get('name')}:{row.get('metric')}",
                    comparator=str(row.get("comparator")),
                    eqd2_gy=limit,
                    includes_recovery=bool(row.get("limit_includes_recovery")),
                )
