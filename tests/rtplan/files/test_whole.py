"""Output appears whole or not at all and replaces nothing unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rtplan.errors import RtplanValueError
from rtplan.files import write_whole
from rtplan.files.whole import OutputError


def test_other_content_is_not_replaced_unasked(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(b"old")
    with pytest.raises(RtplanValueError, match="--overwrite"):
        write_whole(file, b"new", overwrite=False)
    assert file.read_bytes() == b"old"
    write_whole(file, b"new", overwrite=True)
    assert file.read_bytes() == b"new"


def test_the_same_content_again_is_no_overwriting(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_whole(file, b"same", overwrite=False)
    before = file.stat().st_mtime_ns
    write_whole(file, b"same", overwrite=False)
    assert file.stat().st_mtime_ns == before


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_whole(file, b"new", overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert file.read_bytes() == b"old"


def test_a_missing_folder_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"'report.html' could not be written"):
        write_whole(tmp_path / "none" / "report.html", b"", overwrite=False)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(RtplanValueError, match="is a folder"):
        write_whole(tmp_path, b"", overwrite=True)
