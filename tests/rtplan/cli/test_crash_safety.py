"""Killed at any point, on a full disk, in a folder that takes nothing: the old output or the new, no part."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.files import whole as output

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills and limits processes as Linux does")

# Runs a command over and over in a forked process that kills itself at its first, second, third ... event
# that changes files, and prints after each what is there. The parent only imports.
KILLED = """
import hashlib, json, os, shutil, signal, sys
from pathlib import Path
import dicom_io.phantom, rtplan.cli, rtplan.report
import rtplan.cli.commands.patient.check, rtplan.cli.commands.carried.phantom
top, old, step, words = Path(sys.argv[1]), sys.argv[2] == "old", int(sys.argv[3]), sys.argv[4:]
EVENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "tempfile.mkstemp"}
SEEN = 0

def killer(at):
    def hook(event, arguments):
        global SEEN
        flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
        if flags & (os.O_WRONLY | os.O_RDWR) or event in EVENTS:
            SEEN += 1
            if SEEN == at:
                os.kill(os.getpid(), signal.SIGKILL)
    return hook

def there():
    return {
        path.relative_to(top).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(top.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(top).parts)
    }

at = 0
while True:
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    if old:
        place = top / "out"
        if place.suffix or "--report" in words:
            (top / "out.html").write_text("old")
        else:
            place.mkdir()
            (place / "RTPLAN.dcm").write_text("old")
            (place / "notes.txt").write_text("old")
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        sys.addaudithook(killer(at + 1))
        os._exit(rtplan.cli.main(words))
    _, ended = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(ended)
    print(json.dumps({"at": at + 1, "killed": killed, "there": there()}), flush=True)
    if not killed:
        break
    at += step
"""


def _killed(top: Path, words: list[str], *, old: bool, step: int) -> list[dict]:
    """Return what is there after each kill; the last entry is the run that ended by itself."""
    command = [sys.executable, "-c", KILLED, str(top), "old" if old else "new", str(step), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert told, run.stderr[-2000:]
    assert not told[-1]["killed"]
    assert all(entry["killed"] for entry in told[:-1])
    return told


def test_a_killed_phantom_is_there_whole_or_not_at_all(tmp_path):
    told = _killed(tmp_path / "top", ["phantom", "--case", "sphere", "--out", str(tmp_path / "top/out")],
                   old=False, step=13)  # fmt: skip
    whole = told[-1]["there"]
    assert len(told) > 10
    assert len(whole) == 63
    assert all(entry["there"] in ({}, whole) for entry in told)


def test_each_file_of_a_killed_replacement_is_the_old_one_or_the_new_one(tmp_path):
    words = ["phantom", "--case", "sphere", "--out", str(tmp_path / "top/out"), "--overwrite"]
    told = _killed(tmp_path / "top", words, old=True, step=23)
    whole, before = told[-1]["there"], told[0]["there"]
    assert set(before) == {"out/RTPLAN.dcm", "out/notes.txt"}
    for entry in told:
        assert entry["there"]["out/notes.txt"] == before["out/notes.txt"]
        assert all(digest in (whole[name], before.get(name)) for name, digest in entry["there"].items())


@pytest.mark.parametrize("old", [False, True])
def test_a_killed_report_is_the_old_one_the_new_one_or_none(tmp_path, old):
    write_phantom("sphere", tmp_path / "patient")
    words = ["check", str(tmp_path / "patient"), "--constraints", "timmerman-2021", "--overwrite"]
    told = _killed(tmp_path / "top", [*words, "--report", str(tmp_path / "top/out.html")], old=old, step=1)
    new, before = told[-1]["there"]["out.html"], told[0]["there"].get("out.html")
    assert (before is None) is not old
    assert {entry["there"].get("out.html") for entry in told} == {before, new}


# Disks and folders ----------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from rtplan.cli import main
sys.exit(main(sys.argv[2:]))
"""


def _with_file_limit(limit: int, words: list[str], **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, str(limit), *words]
    return subprocess.run(command, text=True, check=False, timeout=300, stderr=subprocess.PIPE, **more)


def _is_one_message(run: subprocess.CompletedProcess[str], words: str) -> None:
    assert run.returncode == 2
    assert not run.stdout
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr
    assert words in run.stderr


def test_a_phantom_on_a_full_disk_leaves_nothing_and_says_so(tmp_path):
    words = ["phantom", "--case", "sphere", "--out", str(tmp_path / "out")]
    run = _with_file_limit(20_000, words, stdout=subprocess.PIPE)
    _is_one_message(run, "could not be written: File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_report_on_a_full_disk_leaves_the_old_one_and_says_so(tmp_path):
    write_phantom("sphere", tmp_path / "patient")
    report = tmp_path / "out" / "report.html"
    report.parent.mkdir()
    report.write_text("old", encoding="utf-8")
    words = ["check", str(tmp_path / "patient"), "--constraints", "timmerman-2021", "--overwrite"]
    run = _with_file_limit(1000, [*words, "--report", str(report)], stdout=subprocess.PIPE)
    _is_one_message(run, "'report.html' could not be written: File too large")
    assert [path.name for path in report.parent.iterdir()] == ["report.html"]
    assert report.read_text(encoding="utf-8") == "old"


def test_a_full_disk_behind_standard_output_is_one_message():
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        run = _with_file_limit(10**9, ["tissues", "--json"], stdout=full)
    assert run.returncode == 2
    assert run.stderr == "rtplan: No space left on device\n"


# /proc takes no new files from anybody, the superuser included.
@pytest.mark.parametrize(
    "words",
    [
        ["phantom", "--case", "sphere", "--out", "/proc/rtplan"],
        ["demo", "--out", "/proc/rtplan"],
        ["compare", "50Gy/25", "30Gy/10", "--alpha-beta", "3", "10", "--plot", "/proc/rtplan.svg"],
    ],
    ids=["phantom", "demo", "plot"],
)
def test_a_folder_that_takes_nothing_is_one_message(words, capsys):
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
    assert "could not be written" in printed.err
    assert "/proc" not in printed.err


@pytest.mark.parametrize("fault", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.fsync", "os.replace"])
def test_whatever_the_system_refuses_leaves_the_old_file(tmp_path, monkeypatch, fault, call):
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def refuse(*_, **__):
        raise OSError(fault, "no")

    monkeypatch.setattr(call, refuse)
    with pytest.raises(output.OutputError, match=r"'report\.html' could not be written: no"):
        output.write_whole(path, b"new", overwrite=True)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("report.html", b"old")]
