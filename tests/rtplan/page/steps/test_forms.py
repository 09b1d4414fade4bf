"""A form's texts: what is no plain number is a mistake in words, never a fault."""

from __future__ import annotations

import pytest

from rtplan.page.steps import Form, whole_number

SUPERSCRIPT_TWO = "\N{SUPERSCRIPT TWO}"


@pytest.mark.parametrize("text", [SUPERSCRIPT_TWO, "-1", "1.0", "", "many", "9" * 5000])
def test_only_plain_digits_are_a_whole_number(text: str) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize("text", [f"5, {SUPERSCRIPT_TWO}", "0", "9" * 5000])
def test_a_number_that_is_none_is_a_mistake_of_its_field(text: str) -> None:
    form = Form(values={"n": [text]})
    assert form.wholes("n", "fractions") == []
    assert "whole numbers such as 5, 15" in form.mistakes[0]
    assert Form(values={"n": ["5, 15 5"]}).wholes("n", "fractions") == [5, 15]
