"""What is dropped: its name is no path, its size and number have a limit that is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page import dropped
from rtplan.page.casebook import Casebook
from rtplan.page.dropped import keep_file, limited, refuse_size


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    opened = Casebook(tmp_path / "work" / "case", clock=lambda: 0.0)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boot.ini",
        "DOE^JOHN.dcm",
        "a" * 5000,
        "",
        "\x00",
        "con.dcm",
    ],
)
def test_the_name_of_a_file_is_no_path_and_is_not_kept(book: Casebook, name: str, tmp_path: Path) -> None:
    kept = keep_file(book, [b"plan"], name=name, group="g1")
    assert kept.source == "courses/g1"
    inside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(book.folder) for path in inside)
    assert (book.folder / "courses" / "g1" / f"{kept.sha256}.dcm").read_bytes() == b"plan"
    assert not any("DOE" in path.name or "passwd" in path.name for path in inside)


@pytest.mark.parametrize("name", ["course.ZIP", "x/record.toml", "dvh.txt"])
def test_a_file_that_is_a_course_by_itself_is_a_source_by_itself(book: Casebook, name: str) -> None:
    kept = keep_file(book, [b"content"], name=name, group="g1")
    assert kept.source == f"courses/g1/{kept.sha256}{Path(name).suffix.lower()}"


@pytest.mark.parametrize("group", ["..", "a/b", "", "a" * 41, "g 1", "ä"])
def test_a_group_that_could_be_a_path_is_refused(book: Casebook, group: str) -> None:
    with pytest.raises(RtplanValueError, match="drop it again"):
        keep_file(book, [b"plan"], name="plan.dcm", group=group)


def test_the_same_files_again_change_nothing(book: Casebook) -> None:
    first = keep_file(book, [b"plan"], name="a.dcm", group="g1")
    again = keep_file(book, [b"plan"], name="b.dcm", group="g1")
    assert first == again
    assert len(list((book.folder / "courses" / "g1").iterdir())) == 1


def test_a_file_too_large_is_refused_and_nothing_of_it_stays(book: Casebook) -> None:
    with pytest.raises(RtplanValueError, match="choose its folder by path"):
        list(limited([b"x" * 10, b"x" * 10], most=15))


def test_the_most_that_a_file_may_have_is_taken() -> None:
    refuse_size(15, most=15)
    assert list(limited([b"x" * 10, b"x" * 5], most=15)) == [b"x" * 10, b"x" * 5]


def test_too_many_files_and_too_many_sources_are_refused(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropped, "MOST_FILES", 2)
    monkeypatch.setattr(dropped, "MOST_SOURCES", 2)
    for content in (b"1", b"2"):
        keep_file(book, [content], name="a.dcm", group="g1")
    with pytest.raises(RtplanValueError, match="more than 2 files"):
        keep_file(book, [b"3"], name="a.dcm", group="g1")
    keep_file(book, [b"1"], name="a.dcm", group="g2")
    with pytest.raises(RtplanValueError, match="more than 2 sources"):
        keep_file(book, [b"1"], name="a.dcm", group="g3")
