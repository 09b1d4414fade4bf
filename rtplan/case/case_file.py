"""Case files: a question as a file, written by every door and read by every door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rtplan.case.keys import EDITION, KINDS
from rtplan.case.named_files import originals_of_case
from rtplan.case.plan_check import CheckCase, check_case, check_tables
from rtplan.case.point_sum import SumCase, sum_case, sum_tables
from rtplan.case.reirradiation import ReirradiationCase, reirradiation_case, reirradiation_tables
from rtplan.case.screening import ScreenCase, screen_case, screen_tables
from rtplan.case.sheet import CaseSheet
from rtplan.case.tables import Tables, toml_text
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import TypedFile, TypedFileError, read_typed_file, write_whole

__all__ = ["Case", "CaseFileError", "case_template", "case_text", "kind_of", "read_case", "save_case"]

Case = ReirradiationCase | CheckCase | SumCase | ScreenCase
"""What is stated, of any kind."""


class CaseFileError(TypedFileError):
    """A case file with mistakes, all of them listed."""


_BUILDERS: Final[Mapping[str, Callable[[CaseSheet], Case | None]]] = MappingProxyType(
    {"reirradiate": reirradiation_case, "check": check_case, "sum": sum_case, "screen": screen_case}
)

_CLASSES: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {"reirradiate": ReirradiationCase, "check": CheckCase, "sum": SumCase, "screen": ScreenCase}
)


def kind_of(case: Case) -> str:
    """Return what kind of case it is: a key of `KINDS`."""
    return next(kind for kind, each in _CLASSES.items() if isinstance(case, each))


def _tables(case: Case, folder: Path) -> Tables:
    """Return what a case states as tables of a file in a folder."""
    if isinstance(case, ReirradiationCase):
        return reirradiation_tables(case, folder)
    if isinstance(case, CheckCase):
        return check_tables(case, folder)
    return sum_tables(case, folder) if isinstance(case, SumCase) else screen_tables(case, folder)


def case_text(case: Case, *, folder: Path = Path()) -> str:
    """Return a case as the text of its file.

    Parameters
    ----------
    case : Case
    folder : Path
        Where the file will stand: its paths are relative to it.

    Examples
    --------
    >>> from rtplan.regimens import PointSumQuestion
    >>> print(case_text(SumCase(question=PointSumQuestion(courses=("50.4Gy/28",), alpha_betas=(3,)))))
    schema = "rtplan.case/1"
    kind = "sum"
    courses = ["50.4Gy/28"]
    alpha_betas = [3]
    <BLANKLINE>
    [recovery]
    rule = "none"
    <BLANKLINE>
    """
    kind = kind_of(case)
    return f'schema = "{EDITION}"\nkind = "{kind}"\n' + toml_text(_tables(case, folder), KINDS[kind])


def save_case(case: Case, path: Path, *, overwrite: bool = False) -> None:
    """Write a case to a file, whole or not at all.

    Parameters
    ----------
    case : Case
    path : Path
        Ends in ``.toml``.
    overwrite : bool

    Raises
    ------
    RtplanValueError
        If the file is there already and may not be replaced, or its name ends otherwise.
    OutputIsInputError
        It is a file that the case names; none of them is ever replaced.
    """
    if path.suffix.lower() != ".toml":
        raise RtplanValueError(f"{path.name!r}: the name of a case file that is written ends in .toml")
    content = case_text(case, folder=path.parent).encode("utf-8")
    write_whole(path, content, overwrite=overwrite, originals=originals_of_case(case))


def read_case(path: Path) -> Case:
    """Read a case file.

    Parameters
    ----------
    path : Path
        TOML, or JSON with the same tables.

    Returns
    -------
    Case

    Raises
    ------
    RtplanLookupError
        If there is no such file.
    CaseFileError
        All mistakes of the file at once: unknown keys with the near name, wrong types, what is missing.
    """
    file = read_typed_file(path, kind="case file", error=CaseFileError)
    values = file.json() if path.suffix.lower() == ".json" else file.toml()
    return _case_of(file, values, path.parent)


def _case_of(file: TypedFile, values: Any, folder: Path) -> Case:
    if not isinstance(values, dict):
        file.refuse("it is no table of keys")
    if values.get("schema") != EDITION:
        file.refuse(f"schema {values.get('schema')!r}: this version reads {EDITION!r}")
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        file.refuse(f"kind {kind!r}: one of {', '.join(KINDS)} is needed")
    sheet = CaseSheet(kind=kind, values=values, mistakes=file.mistakes(), folder=folder)
    sheet.refuse_unknown()
    case = _BUILDERS[kind](sheet)
    sheet.mistakes.raise_any()
    assert case is not None
    return case


def case_template(kind: str) -> str:
    """Return a commented case file to be filled in.

    Parameters
    ----------
    kind : {"reirradiate", "check", "sum", "screen"}

    Raises
    ------
    RtplanLookupError

    Examples
    --------
    >>> print(case_template("sum").splitlines()[4])
    courses = ["50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01"]  # regimens with their dates, the earliest first
    """
    if kind not in KINDS:
        raise RtplanLookupError(f"no kind of case {kind!r}; there are: {', '.join(KINDS)}")
    lines = [
        "# A question as a file: fill in, then rtplan case show FILE, rtplan case run FILE.",
        "# Paths are relative to this file. Lines with a # in front are optional.",
        f'schema = "{EDITION}"',
        f'kind = "{kind}"',
    ]
    for table in KINDS[kind]:
        is_needed = any(key.is_needed for key in table.keys) and table.name in _NEEDED_TABLES
        off = "" if is_needed or not table.name else "# "
        if table.name:
            heading = f"[[{table.name}]]" if table.is_list else f"[{table.name}]"
            lines += ["", f"# {table.meaning}", f"{off}{heading}"]
        for key in table.keys:
            mark = "" if key.is_needed and not off else "# "
            lines.append(f"{mark}{key.name} = {key.example}  # {key.meaning}")
    return "\n".join(lines) + "\n"


_NEEDED_TABLES: Final = ("", "new", "prior", "tissue", "plan")
"""Tables without which there is no question."""
