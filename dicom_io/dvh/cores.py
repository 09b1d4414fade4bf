"""How many things to do side by side: compiled array work lets go of the interpreter while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

__all__ = ["side_by_side", "usable_cores"]

_MOST: Final = 4
"""More share the memory's bandwidth and hold more at once without getting faster."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Return how many cores this process may use, at most four.

    Examples
    --------
    >>> 1 <= usable_cores() <= 4
    True
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(len(allowed), _MOST)


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the result for each item, in their order; as many at a time as there are cores.

    Parameters
    ----------
    work : callable
        Of one item; it changes nothing that the others read.
    items : iterable

    Raises
    ------
    Exception
        What `work` raised for the first item that it failed on.

    Examples
    --------
    >>> side_by_side(len, ["a", "bcd"])
    [1, 3]
    """
    chosen = list(items)
    cores = min(usable_cores(), len(chosen))
    if cores <= 1:
        return [work(item) for item in chosen]
    with ThreadPoolExecutor(max_workers=cores) as pool:
        return list(pool.map(work, chosen))
