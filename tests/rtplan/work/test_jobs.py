"""Jobs: each is done once, a lost worker's is taken again, and a kill loses none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtplan.errors import RtplanLookupError
from rtplan.work import JobQueue, JobState


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    opened = JobQueue(tmp_path / "jobs.sqlite", lease=60, pause=10)
    yield opened
    opened.close()


def test_the_same_thing_asked_again_is_one_job(queue: JobQueue) -> None:
    first, again = queue.add("answer", "a", {"case": 1}), queue.add("answer", "a", {"case": 2})
    assert first == again
    assert len(queue.jobs()) == 1


def test_a_job_is_taken_by_one_worker(queue: JobQueue) -> None:
    queue.add("answer", "a", {})
    taken = queue.take(now=0)
    assert taken is not None
    assert taken.state is JobState.RUNNING
    assert queue.take(now=1) is None


def test_the_oldest_of_the_kind_comes_first(queue: JobQueue) -> None:
    for key in ("a", "b"):
        queue.add("answer", key, {})
    queue.add("send", "c", {})
    taken = queue.take(now=0), queue.take(now=0, kind="send")
    assert [job.key for job in taken if job] == ["a", "c"]


def test_a_lost_workers_job_is_taken_again(queue: JobQueue) -> None:
    queue.add("answer", "a", {})
    queue.take(now=0)
    again = queue.take(now=61)
    assert again is not None
    assert again.attempts == 2


def test_a_worker_that_is_still_there_keeps_its_job(queue: JobQueue) -> None:
    job = queue.add("answer", "a", {})
    queue.take(now=0)
    queue.extend(job.number, now=50, said={"words": "summing"})
    assert queue.take(now=100) is None
    assert queue.job(job.number).said == {"words": "summing"}


def test_each_attempt_waits_longer_than_the_last(queue: JobQueue) -> None:
    job = queue.add("answer", "a", {})
    waits, now = [], 0.0
    for _ in range(3):
        assert queue.take(now=now) is not None
        queue.retry(job.number, now=now)
        began = now
        while queue.take(now=now) is None:
            now += 1
        queue.change(job.number, JobState.READY)
        waits.append(now - began)
    assert waits == sorted(waits)
    assert waits[0] == 10


def test_a_refused_job_stays_refused(queue: JobQueue) -> None:
    job = queue.add("answer", "a", {})
    queue.take(now=0)
    queue.refuse(job.number, {"code": "not_stated"})
    assert queue.take(now=1e9) is None
    assert queue.jobs(state=JobState.REFUSED)[0].said == {"code": "not_stated"}


def test_a_dropped_job_is_not_known_any_more(queue: JobQueue) -> None:
    job = queue.add("answer", "a", {})
    queue.drop(job.number)
    with pytest.raises(RtplanLookupError, match="dropped"):
        queue.job(job.number)


def test_a_job_that_waits_is_not_taken_before_it_is_ready(queue: JobQueue) -> None:
    job = queue.add("answer", "a", {}, state=JobState.WAITING)
    assert queue.take(now=1e9) is None
    queue.change(job.number, JobState.READY)
    assert queue.take(now=0) is not None


def test_a_kill_in_the_middle_loses_no_job(tmp_path: Path) -> None:
    """What a killed process had added is there, and what it was doing is done again."""
    path = tmp_path / "jobs.sqlite"
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from rtplan.work import JobQueue
        queue = JobQueue(Path(sys.argv[1]), lease=1000)
        for number in range(20):
            queue.add("answer", str(number), {"number": number})
        queue.take(now=0)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False, env={**os.environ})
    assert done.returncode == -signal.SIGKILL
    queue = JobQueue(path, lease=60)
    assert [job.arguments["number"] for job in queue.jobs()] == list(range(20))
    assert queue.release_all() == 1
    assert len(queue.jobs(state=JobState.READY)) == 20
    queue.close()
