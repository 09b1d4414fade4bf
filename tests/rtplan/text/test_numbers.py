"""One form of a number: value, half-width, sign and absence read the same wherever they stand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io import MetricValue
from rtplan.text import cell, number_cell, range_text, share_text, signed_cell, signed_text, value_text

VALUES = st.floats(min_value=-1e4, max_value=1e4)
HALF_WIDTHS = st.floats(min_value=1e-4, max_value=1e3)


@pytest.mark.parametrize(
    ("half_width", "shown"),
    [
        (None, "48.38"),
        (0.0, "48.38 ± 0.00"),
        (0.001, "48.38 ± <0.01"),
        (0.012, "48.38 ± 0.01"),
        (0.5, "48.38 ± 0.50"),
        (1.234, "48.4 ± 1.2"),
        (12.34, "48 ± 12"),
        (math.inf, "48.38 ± inf"),
    ],
)
def test_digits_follow_the_half_width(half_width: float | None, shown: str) -> None:
    assert value_text(48.384, half_width) == shown


@given(VALUES, HALF_WIDTHS)
def test_rounding_moves_a_value_by_less_than_its_half_width_or_half_of_the_last_decimal(
    value: float, half_width: float
) -> None:
    """A limit that lies further off than the half-width stays on the same side of the shown value."""
    shown = float(value_text(value, half_width).partition(" ")[0])
    assert abs(shown - value) <= max(0.5 * half_width, 0.005) * (1 + 1e-9)


@given(VALUES, HALF_WIDTHS)
def test_repr_notebook_and_page_show_the_same_digits(value: float, half_width: float) -> None:
    """The same number in four faces: the metric's line, text, a notebook's cell, a page's cell."""
    text = value_text(value, half_width)
    metric = MetricValue(text="Mean[Gy]", value=value, unit="Gy", uncertainty=half_width)
    assert repr(metric) == f"Mean[Gy]: {text} Gy"
    assert number_cell(value, uncertainty=half_width).line == text


def test_what_is_absent_is_a_dash_and_keeps_its_reason() -> None:
    assert (value_text(None), cell(None)) == ("–", "-")
    assert number_cell(None, reason="no dose").line == "– no dose"
    assert (range_text(None, None), range_text(None, 3.0)) == ("–", "unknown to 3.00")
    assert share_text(None) == signed_cell(None).text == "–"


def test_signs() -> None:
    assert [signed_text(value) for value in (1.0, -1.0, 0.0, -0.001)] == ["+1.00", "-1.00", "+0.00", "+0.00"]
    assert signed_cell(-1.25).value == -1.25


def test_nothing_that_rounds_to_nothing_is_negative() -> None:
    assert value_text(-0.001) == "0.00"
