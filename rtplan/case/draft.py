"""A question that is not complete yet: the same tables as in its file, with blanks where nobody spoke."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from rtplan.case.keys import EDITION, KINDS
from rtplan.case.tables import Tables, toml_text
from rtplan.errors import RtplanLookupError, RtplanValueError

__all__ = ["draft_tables", "draft_text"]


def draft_text(kind: str, tables: Tables) -> str:
    """Return tables as the text of a case file; what is blank is left out.

    `read_case` of the file says what is missing. Nothing is checked here.

    Parameters
    ----------
    kind : {"reirradiate", "check", "sum", "screen"}
    tables : mapping
        As `draft_tables` returns them; keys that this kind of case does not have are left out.

    Raises
    ------
    RtplanLookupError
        No such kind.

    Examples
    --------
    >>> print(draft_text("reirradiate", {"new": {"source": "second-course", "starts": None}}))
    schema = "rtplan.case/1"
    kind = "reirradiate"
    <BLANKLINE>
    <BLANKLINE>
    [new]
    source = "second-course"
    <BLANKLINE>
    """
    if kind not in KINDS:
        raise RtplanLookupError(f"no kind of case {kind!r}; there are: {', '.join(KINDS)}")
    stated = _without_blanks(tables)
    found = {table.name: _at(stated, table.name) for table in KINDS[kind] if "." in table.name}
    said = {name: value for name, value in found.items() if value is not None}
    return f'schema = "{EDITION}"\nkind = "{kind}"\n' + toml_text({**stated, **said}, KINDS[kind])


def draft_tables(text: str) -> dict[str, Any]:
    """Return the tables of a draft, as TOML has them.

    Raises
    ------
    RtplanValueError
        Text that is no TOML.

    Examples
    --------
    >>> draft_tables('[new]\\nsource = "second-course"')
    {'new': {'source': 'second-course'}}
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise RtplanValueError(f"the draft of a case is no TOML: {fault}") from None


def _at(tables: Tables, name: str) -> Any:
    """Return the table of a dotted name, such as ``"record.patient"``; None where it is not there."""
    found: Any = tables
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _without_blanks(value: Any) -> Any:
    """Return tables without texts that are empty and rows that say nothing."""
    if isinstance(value, Mapping):
        kept = {key: _without_blanks(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", (), [], {})}
    if isinstance(value, list | tuple):
        return [each for each in map(_without_blanks, value) if each not in (None, "", {})]
    return value
