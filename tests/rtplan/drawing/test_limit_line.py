"""The number line of a verdict: each thing stands where its number says, and the words say the same."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.drawing import LimitLine, limit_line_svg

SVG = "{http://www.w3.org/2000/svg}"
GY = st.floats(min_value=0.1, max_value=300)


def drawn(line: LimitLine) -> ET.Element:
    return ET.fromstring(limit_line_svg(line))


def x_of_limit(root: ET.Element) -> float:
    (line,) = [each for each in root.iter(f"{SVG}line") if each.get("stroke") == "#a4161a"]
    return float(line.get("x1", "nan"))


def x_of_sum(root: ET.Element) -> float:
    (dot,) = root.iter(f"{SVG}circle")
    return float(dot.get("cx", "nan"))


@given(limit=GY, value=GY)
def test_the_sum_lies_on_the_side_of_the_limit_that_its_number_has(limit: float, value: float) -> None:
    """Drawn places keep the order of the numbers, to the tenth of a pixel that they are written with."""
    root = drawn(LimitLine(unit="Gy EQD2", limit=limit, value=value))
    if value > 1.01 * limit:
        assert x_of_sum(root) > x_of_limit(root)
    if limit > 1.01 * value:
        assert x_of_sum(root) < x_of_limit(root)


@given(low=GY, wide=st.floats(min_value=0, max_value=100))
def test_what_is_possible_is_drawn_from_end_to_end(low: float, wide: float) -> None:
    line = LimitLine(unit="Gy EQD2", possible=(low, low + wide), value=low + wide / 2)
    root = drawn(line)
    (bar,) = root.iter(f"{SVG}rect")
    left, width = float(bar.get("x", "nan")), float(bar.get("width", "nan"))
    assert left - 0.1 <= x_of_sum(root) <= left + width + 0.1


def test_an_open_end_is_marked_and_said() -> None:
    line = LimitLine(unit="Gy EQD2", limit=50, possible=(0.9, None))
    assert "?" in "".join(drawn(line).itertext())
    assert line.sentence == "limit 50, no sum, possible without a registration 0.9 to open; Gy EQD2"


def test_the_band_is_drawn_and_said() -> None:
    line = LimitLine(unit="Gy EQD2", limit=60, value=58.7, half_width=0.42, band=(55.0, 61.5))
    assert "with the registration's uncertainty 55.0 to 61.5" in (drawn(line).get("aria-label") or "")
    assert "58.7 ± 0.4" in "".join(drawn(line).itertext())


@pytest.mark.parametrize(
    "line", [LimitLine(unit="Gy"), LimitLine(unit="Gy", limit=0.001), LimitLine(unit="<&>")]
)
def test_whatever_is_known_it_is_an_svg_without_styles_or_scripts(line: LimitLine) -> None:
    text = limit_line_svg(line)
    assert ET.fromstring(text).tag == f"{SVG}svg"
    assert "style" not in text
    assert "script" not in text
