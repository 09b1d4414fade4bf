"""Limits: each with its source; a recovery with a name and a reason; nothing is guessed."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import Form, limit_rows, limits_open, state_limits

SHEET = Sheet(
    revision=0,
    kind="reirradiate",
    tables={"tissue": [{"organ": "Bladder", "alpha_beta": 3, "source": "clinic"}]},
)


def filled(**changed: str) -> Form:
    said = {
        "organ-0": "Bladder", "metric-0": "D0.03cc[Gy]", "comparator-0": "<=", "gy-0": "85,5",
        "source-0": "tumour board", "decided_by-0": "Dr A", "gy-1": "",
    }  # fmt: skip
    said |= {name.replace("__", "-"): value for name, value in changed.items()}
    return Form(values={name: [value] for name, value in said.items()})


def test_a_limit_is_written_as_the_case_file_has_it() -> None:
    (row,) = state_limits(SHEET, filled()).tables["limit"]
    assert row["limit"] == "Bladder:D0.03cc[Gy]<=85.5"
    assert (row["source"], row["decided_by"]) == ("tumour board", "Dr A")
    (row,) = state_limits(SHEET, filled(recovery_from__0="6")).tables["limit"]
    assert row["limit"].endswith("including recovery from 6 months")


def test_what_is_stated_stands_in_the_fields_again_and_says_the_same() -> None:
    stated = state_limits(SHEET, filled(recovery_from__0="6", alpha_beta__0="2"))
    first = limit_rows(stated)[0]
    again = {f"{key}__0": str(first[key]) for key in ("organ", "metric", "comparator", "gy", "source")}
    said = filled(**again, recovery_from__0="6", alpha_beta__0="2")
    assert state_limits(stated, said).tables["limit"] == stated.tables["limit"]
    assert limit_rows(stated)[1:] == [{}, {}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gy__0": "many"}, "limit 1"),
        ({"metric__0": "V20[%]"}, "no metric"),
        ({"metric__0": "V20Gy[cc]"}, "doses in Gy"),
        ({"gy__0": "8500"}, "did you type cGy"),
        ({"source__0": ""}, "where is it from"),
        ({"n_fractions": "five"}, "whole numbers"),
    ],
)
def test_a_wrong_limit_is_refused_with_what_is_allowed(changed: dict[str, str], said: str) -> None:
    with pytest.raises(RtplanValueError, match=said):
        state_limits(SHEET, filled(**changed))


def test_no_recovery_is_said_as_such() -> None:
    assert state_limits(SHEET, filled()).tables["recovery"]["rule"] == "none"


def test_a_recovery_rule_needs_a_name_and_a_reason() -> None:
    chosen = state_limits(SHEET, filled(recovery="ang-2001", recovery_by="Dr A"))
    assert [key for key, _ in limits_open(chosen)] == ["limits.open.recovery"]
    reasoned = filled(recovery="ang-2001", recovery_by="Dr A", recovery_because="two years")
    assert limits_open(state_limits(SHEET, reasoned)) == []


def test_a_limit_of_an_organ_without_alpha_beta_is_named() -> None:
    stated = state_limits(SHEET, filled(organ__0="Rectum"))
    assert limits_open(stated) == [("limits.open.no_tissue", {"organ": "Rectum"})]
    with_clinic = stated.stating(files={"clinic": "clinic.toml"})
    assert limits_open(with_clinic) == [], "the clinic's file may have its alpha/beta"


def test_limits_that_nobody_looked_at_keep_the_answer_back() -> None:
    assert limits_open(SHEET) == [("limits.open.unseen", {})]
