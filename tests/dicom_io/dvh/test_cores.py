from __future__ import annotations

import threading

import pytest

from dicom_io.dvh import side_by_side
from dicom_io.dvh.cores import usable_cores


def test_results_come_in_the_order_of_the_items() -> None:
    assert side_by_side(lambda item: item * item, range(50)) == [item * item for item in range(50)]
    assert side_by_side(str, []) == []


def test_no_more_run_at_a_time_than_there_are_cores() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        total = sum(range(20_000))
        with lock:
            running -= 1
        return total + item

    side_by_side(work, range(40))
    assert 1 <= most <= usable_cores()


def test_an_error_reaches_the_caller_as_it_was_raised() -> None:
    def work(item: int) -> int:
        if item == 3:
            raise LookupError("the third")
        return item

    with pytest.raises(LookupError, match="the third"):
        side_by_side(work, range(10))
