"""A question answered in a child: whatever becomes of the child, the parent gets a message and lives."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rtplan.work import Allowance, Child

GENEROUS = Allowance(seconds=120, memory_mb=4096)
NEEDS_LIMITS = pytest.mark.skipif(sys.platform == "win32", reason="this system limits no memory")


@pytest.fixture(scope="module")
def tasks() -> Iterator[ModuleType]:
    """The tasks as a module that the child finds by its name."""
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("work_tasks", Path(folder) / "work_tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["work_tasks"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def child(tasks: ModuleType) -> Iterator[Child]:
    with Child(GENEROUS) as started:
        yield started


def test_a_task_is_answered_with_data_bytes_and_what_it_is_doing(child: Child, tasks: ModuleType) -> None:
    said: list[str] = []
    outcome = child.ask(tasks.add, {"a": 2, "b": 3}, progress=said.append)
    assert outcome.reply is not None
    assert (outcome.reply.body, outcome.reply.content, said) == ({"sum": 5}, b"\x00picture", ["adding"])


def test_what_a_task_keeps_the_next_one_finds(child: Child, tasks: ModuleType) -> None:
    first, second = child.ask(tasks.count, {}).reply, child.ask(tasks.count, {}).reply
    assert first is not None
    assert second is not None
    assert second.body["times"] == first.body["times"] + 1


def test_what_a_library_prints_is_no_answer(child: Child, tasks: ModuleType) -> None:
    reply = child.ask(tasks.chatter, {}).reply
    assert reply is not None
    assert reply.body == {"said": True}


def test_a_refusal_keeps_its_code_and_names_no_folder(child: Child, tasks: ModuleType) -> None:
    refusal = child.ask(tasks.refuse, {"folder": "/archive/doe/plans"}).refusal
    assert refusal is not None
    assert (refusal.code, refusal.missing) == ("not_stated", ("--prior",))
    assert refusal.message == "nothing known of plans"


def test_a_fault_is_a_message_and_the_child_lives(child: Child, tasks: ModuleType) -> None:
    refusal = child.ask(tasks.fault, {"zero": 0}).refusal
    assert refusal is not None
    assert refusal.is_fault
    assert child.ask(tasks.add, {"a": 1, "b": 1}).reply is not None


def test_a_child_that_ends_is_a_message_and_another_is_started(child: Child, tasks: ModuleType) -> None:
    refusal = child.ask(tasks.die, {}).refusal
    assert refusal is not None
    assert refusal.code == "child_ended"
    assert "status 7" in refusal.message
    assert child.ask(tasks.add, {"a": 1, "b": 1}).reply is not None


def test_a_child_that_is_killed_is_a_message(child: Child, tasks: ModuleType) -> None:
    assert child.ask(tasks.add, {"a": 1, "b": 1}).reply is not None
    process = child._process
    assert process is not None
    timer = threading.Timer(0.3, os.kill, args=(process.pid, signal.SIGKILL))
    timer.start()
    refusal = child.ask(tasks.hang, {}).refusal
    assert refusal is not None
    assert refusal.code == "child_ended"


def test_a_question_that_takes_too_long_is_stopped(tasks: ModuleType) -> None:
    with Child(Allowance(seconds=4, memory_mb=4096)) as child:
        refusal = child.ask(tasks.hang, {}).refusal
    assert refusal is not None
    assert refusal.code == "time_limit"
    assert "4 s" in refusal.message


@NEEDS_LIMITS
def test_a_question_that_takes_too_much_memory_is_refused(tasks: ModuleType) -> None:
    with Child(Allowance(seconds=120, memory_mb=2048)) as child:
        refusal = child.ask(tasks.hoard, {"megabytes": 4096}).refusal
        assert refusal is not None
        assert refusal.code == "memory_limit"
        assert child.ask(tasks.hoard, {"megabytes": 8}).reply is not None


def test_an_allowance_is_above_nothing() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Allowance(seconds=0, memory_mb=1)
