"""An input is never replaced, whatever name an output gives it; a set is in place whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dicom_io import is_leftover
from rtplan.errors import OutputExistsError, OutputIsInputError, RtplanValueError
from rtplan.files import (
    InputRecord,
    Originals,
    OutputError,
    input_of_file,
    read_typed_file,
    write_set,
    write_whole,
)

DICOM = bytes(128) + b"DICM"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder with one DICOM file, one page, and other names of the DICOM file beside it."""
    folder = tmp_path / "course"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "rd.dcm").write_bytes(DICOM)
    (folder / "page.html").write_bytes(b"<p>")
    (tmp_path / "soft.dcm").symlink_to(folder / "deeper" / "rd.dcm")
    (tmp_path / "RD.DCM").hardlink_to(folder / "deeper" / "rd.dcm")  # what another case is to some disks
    (tmp_path / "linked").symlink_to(folder)
    return folder


NAMES = [
    "course/deeper/rd.dcm",
    "course/../course/deeper/rd.dcm",
    "soft.dcm",
    "RD.DCM",
    "linked/deeper/rd.dcm",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known_by", ["folder", "file", "hash"])
def test_an_input_is_never_replaced_under_any_name(course: Path, name: str, known_by: str) -> None:
    top, file = course.parent, course / "deeper" / "rd.dcm"
    originals = {
        "folder": Originals.of(paths=[course]),
        "file": Originals.of(paths=[file]),
        "hash": Originals.of(inputs=[input_of_file(file, role="dose")]),
    }[known_by]
    before = sorted(path.name for path in top.rglob("*"))
    with pytest.raises(OutputIsInputError, match="is an input"):
        write_set({top / "other.dcm": b"new", top / name: b"new"}, overwrite=True, originals=originals)
    assert file.read_bytes() == DICOM
    assert sorted(path.name for path in top.rglob("*")) == before


def test_an_input_is_refused_by_a_relative_name(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course)
    with pytest.raises(OutputIsInputError):
        write_whole(Path("deeper/rd.dcm"), b"", overwrite=True, originals=Originals.of(paths=[course]))


def test_a_report_beside_the_inputs_may_be_replaced(course: Path) -> None:
    write_whole(course / "page.html", b"<p>new", overwrite=True, originals=Originals.of(paths=[course]))
    assert (course / "page.html").read_bytes() == b"<p>new"


# Sets ------------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_refusal_of_the_last_file_of_a_set_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        write_set({tmp_path / "a": b"new", tmp_path / "b": b"new"}, overwrite=False)
    assert files_in(tmp_path) == {"b": b"old"}


@pytest.mark.parametrize("call", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_disk_that_fails_at_any_file_leaves_the_set_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int
) -> None:
    (tmp_path / "b").write_bytes(b"old")
    real: Callable[..., object] = getattr(os, call.removeprefix("os."))
    calls = []

    def fail_once(*given: object) -> object:
        calls.append(given)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        return real(*given)

    monkeypatch.setattr(call, fail_once)
    with pytest.raises(OutputError, match="No space left on device"):
        write_set({tmp_path / name: b"new" for name in "abc"}, overwrite=True)
    assert files_in(tmp_path) == {"b": b"old"}


def test_two_names_of_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RtplanValueError, match="are one file"):
        write_set({tmp_path / "a": b"1", tmp_path / "folder" / ".." / "a": b"2"}, overwrite=True)
    assert files_in(tmp_path) == {}


class Killed(BaseException):
    """Stands for the end of the process: nothing is tidied up after it."""


def kill_at_rename(monkeypatch: pytest.MonkeyPatch, folder: Path, at: int) -> None:
    """Write a set of three over an old ``b`` and end at one of its renames, with nothing tidied up."""
    real, seen = os.replace, []

    def replace(source: str, target: str) -> None:
        seen.append(target)
        if len(seen) == at:
            raise Killed
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(Killed):
            write_set({folder / name: b"new" for name in "abc"}, overwrite=True)


def test_a_kill_between_renames_is_told_by_the_next_run_and_made_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").write_bytes(b"old")
    kill_at_rename(monkeypatch, tmp_path, 2)
    left = files_in(tmp_path)
    assert {name: left[name] for name in left if not is_leftover(name)} == {"a": b"new", "b": b"old"}
    (note,) = tmp_path.glob(".rtplan-*.set")
    assert json.loads(note.read_bytes()) == ["a", "b", "c"]
    with pytest.raises(RtplanValueError, match="ended while it put 'a', 'b', 'c' in place"):
        write_whole(tmp_path / "c", b"new", overwrite=True)
    with pytest.raises(RtplanValueError, match="an earlier run was ended"):
        write_set({tmp_path / name: b"new" for name in "abc"}, overwrite=False)
    with pytest.warns(UserWarning, match="an earlier run was ended"):
        write_whole(tmp_path / "elsewhere", b"x", overwrite=False)
    with pytest.warns(UserWarning, match="all are written again now"):
        write_set({tmp_path / name: b"new" for name in "abc"}, overwrite=True)
    assert not list(tmp_path.glob(".rtplan-*.set"))
    assert {name: content for name, content in files_in(tmp_path).items() if name in "abc"} == dict.fromkeys(
        "abc", b"new"
    )


# What is no file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, overwrite: bool) -> None:
    pipe = tmp_path / "report.json"
    os.mkfifo(pipe)
    with pytest.raises(RtplanValueError, match="a pipe or a device"):
        write_whole(pipe, b"{}", overwrite=overwrite)
    assert pipe.is_fifo()


def test_the_programs_own_output_is_refused_as_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    with file.open("wb") as stream:
        monkeypatch.setattr("rtplan.files.whole._OWN_STREAMS", (stream.fileno(),))
        with pytest.raises(RtplanValueError, match="own words go to"):
            write_whole(file, b"{}", overwrite=True)


@pytest.mark.parametrize("content", [b"a = 1\nb = 2\n", b"a = 1\r\nb = 2\r\n"])
def test_a_typed_file_that_is_known_by_its_text_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clinic.toml"
    path.write_bytes(content)
    text_sha256 = read_typed_file(path, kind="clinic file").text_sha256
    known = Originals.of(inputs=[InputRecord(role="clinic", sha256=text_sha256)])
    with pytest.raises(OutputIsInputError):
        write_whole(path, b"new", overwrite=True, originals=known)
