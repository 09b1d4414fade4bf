"""Files that people type: read once, hashed, decoded, refused once with all their mistakes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import TypedFile, TypedFileError, read_typed_file, shipped_file, unknown_keys


def typed(content: bytes | str, name: str = "own.csv") -> TypedFile:
    data = content.encode() if isinstance(content, str) else content
    return TypedFile(kind="limit file", name=name, content=data)


def test_a_file_is_its_bytes_and_their_hash_and_never_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"a = 1\r\n")
    file = read_typed_file(path, kind="limit file")
    assert file.toml() == {"a": 1}
    assert file.sha256 == hashlib.sha256(b"a = 1\r\n").hexdigest()
    assert file.text_sha256 == hashlib.sha256(b"a = 1\n").hexdigest()
    assert str(tmp_path) not in repr(file) + file.label


def test_an_absent_file_and_a_folder_are_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(RtplanLookupError, match="no limit file"):
            read_typed_file(path, kind="limit file")


def test_a_file_too_large_to_be_typed_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtplan.files.typed.MOST_BYTES", 10)
    (tmp_path / "large.csv").write_bytes(b"x" * 11)
    with pytest.raises(TypedFileError, match="is it another file than was meant"):
        read_typed_file(tmp_path / "large.csv", kind="limit file")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marked_encodings_give_the_same_text(encoding: str) -> None:
    text = "organ;limit\nRektum ä;38\n"
    (row,) = typed(text.encode(encoding)).rows()
    assert row.cells == {"organ": "Rektum ä", "limit": "38"}


def test_other_encodings_are_refused_with_their_line() -> None:
    with pytest.raises(TypedFileError, match="line 3 is not UTF-8; save it as UTF-8"):
        typed("a,b\n1,2\nä,3\n".encode("latin-1")).rows()
    with pytest.raises(TypedFileError, match="zero bytes"):
        typed(b"a,b\n\x00,2\n").rows()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,a\n1,2,3\n", "column 'a' is there twice"),
        ("a,b\n1,2,3\n", "row 1 has more fields than the header"),
        ('a,b\n"1,2\n', "cannot be read as a table"),
    ],
)
def test_a_table_that_is_ambiguous_is_refused(text: str, words: str) -> None:
    with pytest.raises(TypedFileError, match=words):
        typed(text).rows()


def test_rows_keep_the_number_that_their_owner_counts() -> None:
    rows = typed("a,b\n1,2\n,\n3\n").rows()
    assert [(row.place, dict(row.cells)) for row in rows] == [
        ("row 1", {"a": "1", "b": "2"}),
        ("row 3", {"a": "3", "b": ""}),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 1, "a": 2}', "key 'a' stands twice"),
        ("{", "cannot be read as JSON"),
    ],
)
def test_json_that_says_two_things_or_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(TypedFileError, match=words):
        typed(text).json()


def test_toml_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(TypedFileError, match=r"own\.toml: 1 mistake\n  cannot be read as TOML: "):
        typed("a = ", "own.toml").toml()
    with pytest.raises(TypedFileError, match="cannot be read as TOML"):
        typed("a = " + "[" * 100_000, "own.toml").toml()


def test_all_mistakes_of_a_file_are_one_refusal() -> None:
    mistakes = typed("").mistakes()
    mistakes.raise_any()
    with mistakes.at("row 1"):
        raise RtplanValueError("the organ is missing")
    with mistakes.at("row 2"):
        typed("").refuse("one", "two")
    with pytest.raises(TypedFileError) as refused:
        mistakes.raise_any()
    assert refused.value.mistakes == ("row 1: the organ is missing", "row 2: one", "row 2: two")


def test_a_fault_of_the_program_is_no_mistake_of_the_file() -> None:
    with pytest.raises(ZeroDivisionError), typed("").mistakes().at("row 1"):
        raise ZeroDivisionError


def test_an_unknown_key_is_told_with_the_near_one() -> None:
    assert unknown_keys(["organ", "Limits", "zz"], ["organ", "limit"]) == [
        "'Limits' is not known; is 'limit' meant? (known: organ, limit)",
        "'zz' is not known (known: organ, limit)",
    ]


def test_the_packages_own_tables_are_read_the_same_way() -> None:
    assert shipped_file("rtplan.names", "tg263.csv").rows()[0].cells["name"]


CELL = st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=("Cs",)), max_size=12)


@given(cells=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=8), mark=st.sampled_from([",", ";"]))
def test_law_every_row_with_a_text_is_read_or_the_file_is_refused(cells: list[list[str]], mark: str) -> None:
    """Quoted as tables are, whatever its cells hold, no row is lost and none is made."""
    quoted = [mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    rows = typed("\n".join([f"a{mark}b", *quoted])).rows()
    filled = [[cell.strip() for cell in row] for row in cells if any(cell.strip() for cell in row)]
    assert [list(row.cells.values()) for row in rows] == filled


@given(content=st.binary(max_size=60), way=st.sampled_from(["toml", "json", "rows"]))
def test_law_any_bytes_are_read_or_refused_in_one_way(content: bytes, way: str) -> None:
    """Whatever the bytes are, a file is parsed or raises `TypedFileError`, nothing else."""
    with suppress(TypedFileError):
        assert getattr(typed(content), way)() is not Ellipsis
