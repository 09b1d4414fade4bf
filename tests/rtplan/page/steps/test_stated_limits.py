"""The limits of the page: one that includes recovery says from which interval on, and why it may judge."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps.forms import Form
from rtplan.page.steps.limits import limit_rows, state_limits

FILLED = {
    "organ-0": ["Bladder"],
    "metric-0": ["D0.5cc[Gy]"],
    "comparator-0": ["<="],
    "gy-0": ["110"],
    "recovery_from-0": ["12"],
    "source-0": ["consensus"],
    "decided_by-0": ["Dr A"],
    "because-0": ["no late effects"],
}


def stated(**changes: str) -> Sheet:
    values = FILLED | {name.replace("_0", "-0"): [text] for name, text in changes.items()}
    return state_limits(Sheet(revision=1, kind="reirradiate", tables={}), Form(values=values))


def test_a_limit_with_recovery_has_its_interval_and_judges_where_its_row_says_why() -> None:
    sheet = stated()
    (row,) = sheet.tables["limit"]
    assert row["limit"] == "Bladder:D0.5cc[Gy]<=110 including recovery from 12 months"
    (named,) = sheet.tables["recovery_limit"]
    assert (named["organ"], named["because"], named["decided_by"]) == ("Bladder", "no late effects", "Dr A")
    assert limit_rows(sheet)[0]["recovery_from"] == 12


def test_without_a_reason_it_is_stated_and_named_by_nobody() -> None:
    assert stated(because_0="").tables["recovery_limit"] == []
    assert stated(recovery_from_0="").tables["limit"][0]["limit"] == "Bladder:D0.5cc[Gy]<=110"


def test_an_interval_that_is_none_is_a_mistake_of_the_form() -> None:
    with pytest.raises(RtplanValueError, match="limit 1"):
        stated(recovery_from_0="soon")
