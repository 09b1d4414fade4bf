"""How numbers, names and plain tables are written, once for screen, notebook and page."""

from __future__ import annotations

from rtplan.text.cells import Cell, Tone, number_cell, signed_cell
from rtplan.text.column import Column, headed, record_of
from rtplan.text.notebook import columns_html, frame_of, table_html
from rtplan.text.numbers import (
    ABSENT,
    cell,
    comparator_text,
    decimals_of,
    json_number,
    range_text,
    ratio_text,
    share_text,
    signed_text,
    value_text,
)
from rtplan.text.tables import columns, left_aligned
from rtplan.text.visible import plain_lines, visible_text

__all__ = [
    "ABSENT",
    "Cell",
    "Column",
    "Tone",
    "cell",
    "columns",
    "columns_html",
    "comparator_text",
    "decimals_of",
    "frame_of",
    "headed",
    "json_number",
    "left_aligned",
    "number_cell",
    "plain_lines",
    "range_text",
    "ratio_text",
    "record_of",
    "share_text",
    "signed_cell",
    "signed_text",
    "table_html",
    "value_text",
    "visible_text",
]
