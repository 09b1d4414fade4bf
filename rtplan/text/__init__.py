"""How numbers, names and plain tables are written, once for screen, notebook and page."""

from __future__ import annotations

from rtplan.text.notebook import frame_of, table_html, value_text
from rtplan.text.numbers import cell, json_number, ratio_text
from rtplan.text.tables import columns
from rtplan.text.visible import visible_text

__all__ = [
    "cell",
    "columns",
    "frame_of",
    "json_number",
    "ratio_text",
    "table_html",
    "value_text",
    "visible_text",
]
