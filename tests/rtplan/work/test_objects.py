"""Objects kept by content: whole or not at all, whatever they are called and wherever it stops."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtplan.errors import RtplanLookupError
from rtplan.work import DiskFullError, ObjectStore


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_object_is_found_by_the_hash_of_its_content(store: ObjectStore) -> None:
    kept = store.keep([b"one ", b"object"])
    assert kept.sha256 == hashlib.sha256(b"one object").hexdigest()
    assert store.path(kept.sha256).read_bytes() == b"one object"


def test_the_same_object_twice_is_one(store: ObjectStore) -> None:
    assert store.keep([b"x"]).is_new
    assert not store.keep([b"x"]).is_new
    assert len(files_in(store.folder)) == 1


def test_only_its_owner_enters(store: ObjectStore) -> None:
    kept = store.keep([b"x"])
    for folder in (store.folder, store.path(kept.sha256).parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path(kept.sha256).stat().st_mode) & 0o077 == 0


def test_a_sender_that_is_lost_half_way_leaves_nothing(store: ObjectStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.keep(broken())
    assert files_in(store.folder) == []


def test_a_full_disk_says_so_and_keeps_what_was_there(store: ObjectStore) -> None:
    before = store.keep([b"before"])

    def full() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFullError, match="disk is full"):
        store.keep(full())
    assert files_in(store.folder) == [store.path(before.sha256)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "0" * 64])
def test_what_is_no_hash_of_an_object_is_no_path(store: ObjectStore, name: str) -> None:
    with pytest.raises(RtplanLookupError):
        store.path(name)


def test_an_object_appears_under_another_name_as_well(store: ObjectStore, tmp_path: Path) -> None:
    kept = store.keep([b"x"])
    for _ in range(2):
        store.link(kept.sha256, tmp_path / "course.dcm")
    assert (tmp_path / "course.dcm").read_bytes() == b"x"
