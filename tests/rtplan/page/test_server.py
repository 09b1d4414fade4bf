"""The page as a process: one line, this machine only, and nothing lost wherever it is killed."""

from __future__ import annotations

import importlib.util
import re
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rtplan.cli import main
from rtplan.cli.commands.patient import page
from rtplan.page import default_work_folder

Visitor = Any
"""As tests/rtplan/page/conftest.py has it."""
STEPS = ("courses", "organs", "limits", "registration")


def test_it_prints_its_address_as_one_line_and_ends_when_interrupted(
    serving: Callable[..., Any], tmp_path: Path
) -> None:
    page = serving(tmp_path / "work")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", page.address)
    page.process.send_signal(signal.SIGINT)
    rest, _ = page.process.communicate(timeout=30)
    assert rest == ""
    assert page.process.returncode == 0


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system does not list its sockets there")
def test_it_listens_on_this_machine_only(served: Any) -> None:
    port = f"{int(served.base.rpartition(':')[2]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [words[1] for words in lines if words[3] == "0A" and words[1].endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]
    six = Path("/proc/net/tcp6")
    assert not six.exists() or not re.search(rf":{port} 0{{32}}:0000 0A", six.read_text())


def test_what_it_keeps_is_its_owners_only(served: Any) -> None:
    for folder in (served.work, served.work / "cases"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_stranger_without_the_address_sees_nothing(served: Any) -> None:
    for path in ("/", "/static/page.css", "/case/00000000/courses", "/docs", "/?token="):
        assert httpx.get(served.base + path).status_code == 403, path


def kill(page: Any) -> None:
    page.process.kill()
    page.process.wait()
    page.process.stdout.close()


@pytest.fixture
def again(serving: Callable[..., Any], visitor: Visitor, tmp_path: Path) -> Iterator[Callable[[], Visitor]]:
    """Kill what serves, if anything does, and serve the same cases again."""
    pages: list[Any] = []
    clients: list[httpx.Client] = []

    def restarted() -> Visitor:
        if pages:
            kill(pages[-1])
            clients[-1].close()
        pages.append(serving(tmp_path / "work"))
        clients.append(pages[-1].client())
        return type(visitor)(client=clients[-1], work=tmp_path / "work")

    yield restarted
    clients[-1].close()


def test_a_kill_at_any_step_loses_nothing(again: Callable[[], Visitor]) -> None:
    """After each step, and while the answer is computed, the process is killed; the next one goes on."""
    here = again()
    case = here.demo()
    case_file = here.work / "cases" / case[6:] / "case.toml"
    sent = {"organs": {"confirmed": "1"}, "registration": {"how": "object", "because": "on the sacrum"}}
    for step in STEPS:
        here.fill(f"{case}/{step}", f"{case}/{step}", **sent.get(step, {}))
        stated = case_file.read_bytes()
        here = again()
        assert case_file.read_bytes() == stated
        assert '<aside class="open"' not in here.read(f"{case}/{step}").text
    here.read(f"{case}/answer")
    time.sleep(1.0)
    here = again()
    here.wait(case)
    assert "exceeds by 29.0 Gy" in here.read(f"{case}/answer").text


def test_an_extra_that_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(page, "find_spec", lambda name: None if name == "starlette" else found(name))
    assert main(["page", "--no-browser"]) == 2
    assert "pip install rtplan[page]" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--folder", "nowhere"], ["--clinic", "nowhere.toml"]])
def test_what_is_not_there_is_refused_before_anything_is_served(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["page", "--no-browser", *words]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_clinics_file_with_mistakes_is_refused_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text('name = "x"\n[[alpha_beta]]\norgan = "Bladder"\n', encoding="utf-8")
    assert main(["page", "--no-browser", "--work", str(tmp_path / "work"), "--clinic", str(clinic)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "alpha_beta_gy" in printed.err


def test_without_a_word_the_users_own_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_work_folder() == tmp_path / "rtplan" / "page"
