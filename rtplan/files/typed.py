"""Files that people type: read once, hashed, decoded, and refused once with all their mistakes.

TOML, CSV and JSON files of every room enter here, and so do the package's own tables. What a file means is
the business of the room that asks for it; what it is (its bytes, their hash, its text and rows) is said here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final, NoReturn

from bed import BedError
from dicom_io import DicomIoError
from rtplan.errors import NoSuchFileError, RtplanError, RtplanValueError

__all__ = [
    "Mistakes",
    "Row",
    "TypedFile",
    "TypedFileError",
    "read_typed_file",
    "shipped_file",
    "unknown_keys",
]

MOST_BYTES: Final = 20_000_000
"""More than anybody types; a larger file is another one than was meant."""

_DELIMITERS: Final = (",", ";", "\t")
_MARKED_ENCODINGS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class TypedFileError(RtplanValueError):
    """A typed file with mistakes, all of them listed.

    Attributes
    ----------
    mistakes : tuple of str
        One sentence each, in the order of the file.
    """

    code = "file_mistakes"

    def __init__(self, file: str, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = f"{len(self.mistakes)} mistake{'s' if len(self.mistakes) > 1 else ''}"
        super().__init__(
            f"{file}: {count}\n" + "\n".join(f"  {mistake}" for mistake in self.mistakes), where=file
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    place : str
        Where it stands, as its owner would look for it, such as ``"row 3"`` or ``"sheet 'Limits' row 3"``.
    cells : mapping of str to str
        Column to text without surrounding blanks; a missing cell is empty.
    """

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class TypedFile:
    """A file that was read.

    Attributes
    ----------
    kind : str
        What it was read as, such as ``"course file"``; begins every message.
    name : str
        Its own name; its folder is in no message.
    content : bytes
    error : type
        How a room refuses its files; a `TypedFileError`.
    """

    kind: str
    name: str
    content: bytes = field(repr=False)
    error: type[TypedFileError] = TypedFileError

    @property
    def label(self) -> str:
        """Kind and name."""
        return f"{self.kind} {self.name}"

    @property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text_sha256(self) -> str:
        """Hash of a text with LF line ends, so that a checkout on Windows is not taken for a change."""
        return hashlib.sha256(self.content.replace(b"\r\n", b"\n")).hexdigest()

    def refuse(self, *mistakes: str) -> NoReturn:
        """Refuse the file with everything that is wrong with it."""
        raise self.error(self.label, mistakes)

    def mistakes(self) -> Mistakes:
        """Return an empty list of mistakes of this file."""
        return Mistakes(self)

    def text(self) -> str:
        """Decode UTF-8, or UTF-16 where a byte order mark says so.

        Raises
        ------
        TypedFileError
            If it is something else; the line is named.
        """
        encoding = next((name for mark, name in _MARKED_ENCODINGS if self.content.startswith(mark)), "utf-8")
        try:
            text = self.content.decode(encoding)
        except UnicodeDecodeError as fault:
            line = self.content[: fault.start].count(b"\n") + 1
            self.refuse(f"cannot be read as text: line {line} is not {encoding.upper()}; save it as UTF-8")
        if "\0" in text:
            self.refuse("cannot be read as text: it holds zero bytes, as spreadsheets and images do")
        return text

    def toml(self) -> dict[str, Any]:
        """Parse TOML.

        Raises
        ------
        TypedFileError
        """
        try:
            return tomllib.loads(self.text().replace("\r\n", "\n"))
        except RecursionError:
            self.refuse("cannot be read as TOML: it is nested too deeply")
        except ValueError as fault:
            if isinstance(fault, RtplanError):
                raise
            self.refuse(f"cannot be read as TOML: {fault}")

    def json(self) -> Any:
        """Parse JSON; NaN, infinities and a key that stands twice are no JSON.

        Raises
        ------
        TypedFileError
        """
        try:
            return json.loads(self.text(), parse_constant=_refuse_constant, object_pairs_hook=_each_key_once)
        except RecursionError:
            self.refuse("cannot be read as JSON: it is nested too deeply")
        except ValueError as fault:
            if isinstance(fault, RtplanError):
                raise
            self.refuse(f"cannot be read as JSON: {fault}")

    def rows(self) -> tuple[Row, ...]:
        """Parse CSV with a header; the separator is that of the header: comma, semicolon or tab.

        Rows are counted from 1 below the header, blank ones too, and those without a text are left out.

        Raises
        ------
        TypedFileError
            A column named twice, a row with more fields than the header, quotes that do not close.
        """
        header, *body = self._lines()
        columns = [column.strip() for column in header]
        self._check_columns(columns, body)
        return tuple(
            Row(place=f"row {number}", cells=_cells(columns, fields))
            for number, fields in enumerate(body, start=1)
            if any(cell.strip() for cell in fields)
        )

    def columns(self) -> tuple[str, ...]:
        """Return the header of a CSV file.

        Raises
        ------
        TypedFileError
        """
        return tuple(column.strip() for column in self._lines()[0])

    def _lines(self) -> list[list[str]]:
        """Fields of every line of a CSV file; an empty file has an empty header."""
        text = self.text()
        delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
        try:
            return list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)) or [[]]
        except csv.Error as fault:
            self.refuse(f"cannot be read as a table: {fault}")

    def _check_columns(self, columns: Sequence[str], body: Sequence[Sequence[str]]) -> None:
        twice = sorted({column for column in columns if column and columns.count(column) > 1})
        mistakes = [f"column {column!r} is there twice" for column in twice]
        mistakes += [
            f"row {number} has more fields than the header; quote a text that holds the separator"
            for number, fields in enumerate(body, start=1)
            if any(cell.strip() for cell in fields[len(columns) :])
        ]
        if mistakes:
            self.refuse(*mistakes)


class Mistakes:
    """What is wrong with one file, collected before the file is refused once.

    Examples
    --------
    >>> from rtplan.errors import NoSuchFileError, RtplanValueError
    >>> mistakes = TypedFile(kind="limit file", name="own.csv", content=b"").mistakes()
    >>> with mistakes.at("row 1"):
    ...     raise RtplanValueError("the organ is missing")
    >>> mistakes.add("row 2: the source is missing")
    >>> mistakes.texts
    ['row 1: the organ is missing', 'row 2: the source is missing']
    """

    def __init__(self, file: TypedFile) -> None:
        self.file = file
        self.texts: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.texts)

    def add(self, *texts: str) -> None:
        """Add sentences."""
        self.texts.extend(texts)

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Add what is refused inside, with its place, and go on after it."""
        try:
            yield
        except TypedFileError as refused:
            self.add(*(f"{place}: {mistake}" for mistake in refused.mistakes))
        except (RtplanError, BedError, DicomIoError) as refused:
            self.add(f"{place}: {refused}")

    def raise_any(self) -> None:
        """Refuse the file when there are any."""
        if self.texts:
            self.file.refuse(*self.texts)


def read_typed_file(path: Path, *, kind: str, error: type[TypedFileError] = TypedFileError) -> TypedFile:
    """Read a file's bytes.

    Parameters
    ----------
    path : Path
    kind : str
        What it is read as, such as ``"course file"``.
    error : type, optional
        A `TypedFileError` of the room that asks.

    Raises
    ------
    NoSuchFileError
        If there is no such file.
    TypedFileError
        If it cannot be read or is larger than anything that is typed.
    """
    if not path.is_file():
        raise NoSuchFileError(f"no {kind} {path.name!r}", where=path.name)
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as fault:
        raise error(
            f"{kind} {path.name}", [f"cannot be read: {fault.strerror or 'unknown reason'}"]
        ) from None
    file = TypedFile(kind=kind, name=path.name, content=content, error=error)
    if len(content) > MOST_BYTES:
        file.refuse(f"it is larger than {MOST_BYTES // 1_000_000} MB: is it another file than was meant?")
    return file


def shipped_file(room: str, file: str) -> TypedFile:
    """Read a table that lies in the ``data`` folder of a room of this package.

    Parameters
    ----------
    room : str
        Such as ``"rtplan.names"``.
    file : str
    """
    content = resources.files(room).joinpath("data").joinpath(file).read_bytes()
    return TypedFile(kind="table", name=file, content=content)


def unknown_keys(keys: Iterable[str], known: Sequence[str]) -> list[str]:
    """Say which keys are not known, each with the near one.

    Examples
    --------
    >>> unknown_keys(["orgn", "metric"], ["organ", "metric"])
    ["'orgn' is not known; is 'organ' meant? (known: organ, metric)"]
    """
    return [
        f"{key!r} is not known{_meant(key, known)} (known: {', '.join(known)})"
        for key in keys
        if key not in known
    ]


def _meant(key: str, known: Sequence[str]) -> str:
    inside = [name for name in known if len(key) >= 4 and key.casefold() in name.casefold()]
    near = get_close_matches(key.casefold(), known, n=1, cutoff=0.6) or inside[:1]
    return f"; is {near[0]!r} meant?" if near else ""


def _cells(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    padded = [*fields, *([""] * (len(columns) - len(fields)))]
    return {column: cell.strip() for column, cell in zip(columns, padded, strict=False)}


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return said
