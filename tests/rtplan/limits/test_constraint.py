"""One limit as data: what makes two rows the same."""

from __future__ import annotations

from rtplan.limits import constraint_sets, load_constraint_set

ALL_SETS = [entry.name for entry in constraint_sets()]


def test_rows_with_different_near_maximum_volumes_are_never_one_limit() -> None:
    keys = [c.key for name in ALL_SETS for c in load_constraint_set(name).constraints]
    assert len(keys) == len(set(keys))
