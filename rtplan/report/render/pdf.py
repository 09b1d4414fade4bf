"""A report as a PDF file for the record, typeset by Typst: no date of its own, fonts that never change."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from rtplan.errors import RtplanError
from rtplan.report.model import MARKS, Block, Cell, Facts, Figure, Report, Table, Tile
from rtplan.text import visible_text

__all__ = ["PdfError", "render_pdf"]

_MISSING: Final = "a PDF report needs the typst package: pip install rtplan[pdf]"


class PdfError(RtplanError, RuntimeError):
    """A PDF could not be made."""

    code = "page_not_made"


def render_pdf(report: Report) -> bytes:
    """Return the report as a PDF file.

    The report's text goes to the typesetter as data, so that nothing in it is read as markup. The fonts are
    those that matplotlib and the typesetter bring along: the same report has the same bytes everywhere.

    Parameters
    ----------
    report : Report

    Returns
    -------
    bytes

    Raises
    ------
    PdfError
        When the typst package is missing or refuses the report.
    """
    typst = _typst()
    import matplotlib as mpl  # noqa: PLC0415 - slow to load

    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    template = files("rtplan.report.render").joinpath("report.typ").read_bytes()
    compiler = typst.Compiler(
        template,
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)]),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_report_data(report))},
    )
    try:
        made: bytes = compiler.compile(format="pdf")
    except typst.TypstError as refusal:
        raise PdfError(f"the PDF report could not be typeset: {refusal.message}") from None
    return made


def _typst() -> ModuleType:
    try:
        import typst  # noqa: PLC0415 - an extra that not everybody installs
    except ImportError:
        raise PdfError(_MISSING) from None
    return typst


def _report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data with all text made visible."""
    return {
        "title": visible_text(report.title),
        "subtitle": visible_text(report.subtitle),
        "date": None if report.date is None else visible_text(report.date),
        "statement": visible_text(report.statement),
        "foot": visible_text(f"{report.title}. {report.subtitle}"),
        "tiles": [_tile_data(tile) for tile in report.tiles],
        "summary": [_block_data(block) for block in report.summary],
        "sections": [
            {
                "title": visible_text(s.title),
                "own_page": s.has_own_page,
                "blocks": [_block_data(block) for block in s.blocks],
            }
            for s in report.sections
        ],
        "provenance": visible_text(report.provenance),
        "marks": MARKS,
        "signatures": [
            [one.act, *(visible_text(f"{what} {getattr(one, what)}") for what in ("name", "role", "date"))]
            for one in report.signatures
        ],
    }


def _tile_data(tile: Tile) -> dict[str, Any]:
    label, value, note = (visible_text(text) for text in (tile.label, tile.value, tile.note))
    return {"label": label, "value": value, "note": note, "tone": tile.tone}


def _block_data(block: Block) -> dict[str, Any]:
    if isinstance(block, Table):
        return {
            "kind": "table",
            "caption": visible_text(block.caption),
            "columns": [visible_text(column) for column in block.columns],
            "rows": [[_cell_data(cell) for cell in row] for row in block.rows],
            "numeric": [block.is_numeric(place) for place in range(len(block.columns))],
            "remarks": [visible_text(remark) for remark in block.remarks],
        }
    if isinstance(block, Facts):
        items = [[visible_text(name), visible_text(value)] for name, value in block.items]
        return {"kind": "facts", "caption": visible_text(block.caption), "items": items}
    if isinstance(block, Figure):
        texts = {"caption": visible_text(block.caption), "alternative": visible_text(block.alternative)}
        return {"kind": "figure", **texts, "svg": block.svg}
    return {"kind": "paragraph", "text": visible_text(block.text), "tone": block.tone}


def _cell_data(cell: Cell) -> dict[str, Any]:
    text, note = visible_text(cell.text), visible_text(cell.note)
    return {"text": text, "note": note, "tone": cell.tone, "is_number": cell.is_number}
