"""The bar of progress: a step is done when it lacks nothing; the answer lacks what they lack."""

from __future__ import annotations

from rtplan.page.casebook import Sheet
from rtplan.page.steps import STEPS, step_states
from rtplan.page.texts import load_catalogue


def test_an_empty_case_lacks_something_in_every_step_and_says_what() -> None:
    states = step_states(Sheet(revision=0, kind="reirradiate", tables={}))
    assert [state.name for state in states] == list(STEPS)
    assert not any(state.is_done for state in states)
    assert states[-1].open == tuple(each for state in states[:-1] for each in state.open)
    for key, names in states[-1].open:
        assert load_catalogue()(key, **names)
