"""A running page as a person starts it, and a visitor who holds the key."""

from __future__ import annotations

import html
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A browser without script: reads pages, fills in their forms, follows where it is sent."""

    client: httpx.Client
    work: Path

    def read(self, address: str) -> httpx.Response:
        return self.client.get(address)

    def send(self, address: str, values: Mapping[str, str | Sequence[str]]) -> httpx.Response:
        return self.client.post(address, data=dict(values))

    def fill(self, page: str, action: str, **changed: str) -> httpx.Response:
        """Send a form of a page as it stands, some fields changed; in their names ``__`` stands for -."""
        values = form_of(self.read(page).text, action)
        values |= {name.replace("__", "-"): [value] for name, value in changed.items()}
        return self.send(action, values)

    def demo(self) -> str:
        """Begin a case with the demo's patient and return its address."""
        nonce = form_of(self.read("/").text, "/demo")["nonce"][0]
        return self.send("/demo", {"nonce": nonce}).url.path.removesuffix("/courses")

    def answered(self, case: str) -> None:
        """Confirm every step as the demo states it, and wait for the answer."""
        self.fill(f"{case}/courses", f"{case}/courses")
        self.fill(f"{case}/organs", f"{case}/organs", confirmed="1")
        self.fill(f"{case}/limits", f"{case}/limits")
        page = f"{case}/registration"
        self.fill(page, page, how="object", because="checked on the sacrum", then="answer")
        self.wait(case)

    def wait(self, case: str) -> None:
        self.read(f"{case}/answer")
        self.wait_for_state(case)

    def wait_for_state(self, case: str) -> None:
        until = time.monotonic() + 120
        while self.read(f"{case}/answer/state").json()["state"] in ("running", "drawing"):
            assert time.monotonic() < until, "no answer in two minutes"
            time.sleep(0.2)


def form_of(text: str, action: str) -> dict[str, list[str]]:
    """Return the fields of a form as a browser would send them."""
    found = re.search(rf'<form method="post" action="{re.escape(action)}"[^>]*>(.*?)</form>', text, re.S)
    assert found, f"no form {action}"
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input ([^>]*)>", found[1]):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_off = said.get("type") in ("checkbox", "radio") and not re.search(r"\bchecked\b", tag)
        if "name" in said and not is_off:
            values.setdefault(said["name"], []).append(html.unescape(said.get("value", "")))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', found[1], re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        values[name] = [html.unescape(chosen[1]) if chosen else ""]
    return values


@dataclass(frozen=True, kw_only=True)
class Served:
    """A page as it is started by a person.

    Attributes
    ----------
    process : Popen
    address : str
        As it was printed.
    work : Path
        Where it keeps its cases.
    """

    process: subprocess.Popen[str]
    address: str
    work: Path

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    def stop(self) -> None:
        """Interrupt it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def client(self) -> httpx.Client:
        """Return a client that has opened the address."""
        client = httpx.Client(
            base_url=self.base, headers={"origin": self.base}, follow_redirects=True, timeout=120
        )
        assert client.get(self.address).status_code == 200
        return client


def serve(work: Path, *words: str) -> Served:
    """Start a page and wait for the line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rtplan", "page", "--no-browser", "--work", str(work), *words],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return Served(process=process, address=process.stdout.readline().strip(), work=work)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page that lives as long as these tests."""
    page = serve(tmp_path_factory.mktemp("page") / "work")
    yield page
    page.stop()


@pytest.fixture(scope="session")
def visitor(served: Served) -> Iterator[Visitor]:
    """A visitor of that page."""
    client = served.client()
    yield Visitor(client=client, work=served.work)
    client.close()


@pytest.fixture(scope="session")
def demo(visitor: Visitor) -> str:
    """The address of the demo's case, answered."""
    case = visitor.demo()
    visitor.answered(case)
    return case


@pytest.fixture
def serving() -> Iterator[Callable[..., Served]]:
    """Start pages that end with the test."""
    started: list[Served] = []

    def start(work: Path, *words: str) -> Served:
        started.append(serve(work, *words))
        return started[-1]

    yield start
    for page in started:
        page.stop()
