"""The same answer in several forms, a file for each, chosen by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rtplan.documents import Document, to_json
from rtplan.errors import PackageMissingError, RtplanValueError
from rtplan.files import NO_ORIGINALS, Originals, write_set
from rtplan.report.model import Report
from rtplan.report.render import render_excel, render_html

__all__ = ["check_report_paths", "write_reports"]

_RENDERINGS: Final[dict[str, Callable[[Report], bytes]]] = {
    ".html": lambda report: render_html(report).encode("utf-8"),
    ".pdf": lambda report: _pdf(report),
    ".xlsx": render_excel,
}
_SUFFIXES: Final = (".html", ".json", ".pdf", ".xlsx")
_EXTRAS: Final = {".pdf": ("typst", "pdf"), ".xlsx": ("openpyxl", "excel")}
"""Package that a form needs, and the extra that installs it."""


def check_report_paths(paths: Sequence[Path]) -> None:
    """Refuse, before anything is computed, a report that could not be written.

    Parameters
    ----------
    paths : sequence of Path
        Each ends in ``.html``, ``.pdf``, ``.xlsx`` or ``.json``.

    Raises
    ------
    RtplanValueError
        Another ending, or a folder that does not exist.
    PackageMissingError
        The package that writes such a form is not installed.

    Examples
    --------
    >>> check_report_paths([Path("report.html")])
    """
    for path in paths:
        if path.suffix.lower() not in _SUFFIXES:
            raise RtplanValueError(
                f"report {path.name!r}: {', '.join(_SUFFIXES)} can be written", where=path.name
            )
        package, extra = _EXTRAS.get(path.suffix.lower(), (None, None))
        if package is not None and find_spec(package) is None:
            raise PackageMissingError(
                f"report {path.name!r} needs the {package} package: pip install rtplan[{extra}]",
                missing=(package,),
                where=path.name,
            )
        if not path.parent.is_dir():
            raise RtplanValueError(f"report {path.name!r}: its folder does not exist", where=path.name)


def write_reports(
    paths: Sequence[Path],
    *,
    result: Document,
    build: Callable[[], Report],
    overwrite: bool,
    also: Mapping[Path, bytes] = MappingProxyType({}),
    originals: Originals = NO_ORIGINALS,
) -> None:
    """Write each report in the form that its name asks for: all of them or none.

    A file that the result names among its inputs is never replaced.

    Parameters
    ----------
    paths : sequence of Path
    result : Document
        Its data are the JSON twin.
    build : callable
        Makes the report's data; called once, and only where more than the data is asked for.
    overwrite : bool
        Whether files of other content may be replaced.
    also : mapping of Path to bytes
        Further files of the same answer, written in one set with the reports.
    originals : Originals
        Never replaced either: what the answer rests on, by its place.

    Raises
    ------
    RtplanError
        As `check_report_paths` and `rtplan.files.write_whole` say.
    """
    check_report_paths(paths)
    report = cache(build)
    contents = {**also, **{path: _content(path, result, report) for path in paths}}
    known = Originals.of(paths=originals.paths, inputs=result.inputs)
    write_set(contents, overwrite=overwrite, originals=known)


def _content(path: Path, result: Document, report: Callable[[], Report]) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return f"{to_json(result)}\n".encode(errors="backslashreplace")  # half pairs as JSON writes them
    return _RENDERINGS[suffix](report())


def _pdf(report: Report) -> bytes:
    # Deferred: it needs matplotlib's fonts, which a data file or a page alone may not.
    from rtplan.report.render import render_pdf  # noqa: PLC0415 - typst and its fonts load for a PDF only

    return render_pdf(report)
