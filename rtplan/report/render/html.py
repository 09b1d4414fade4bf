"""A report as one HTML file: no network, opens from disk, prints, reads on a phone, light and dark."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from importlib.resources import files

from rtplan.report.model import (
    MARKS,
    Block,
    Cell,
    Facts,
    Figure,
    Paragraph,
    Report,
    Section,
    Signature,
    Table,
    Tile,
    Tone,
)
from rtplan.text import visible_text

__all__ = ["render_html"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The page may load nothing: all it shows is inside it."""


def render_html(report: Report) -> str:
    """Return the whole page.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        An HTML document without a script and without a link that leaves it.

    Examples
    --------
    >>> page = render_html(Report(title="<b>", subtitle="", date=None, statement="", tiles=(), summary=(),
    ...                           sections=(), provenance=""))
    >>> "<h1>&lt;b&gt;</h1>" in page
    True
    """
    style = files("rtplan.report.render").joinpath("report.css").read_text(encoding="utf-8")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{_text(report.title)}</title>",
        f"<style>\n{style}</style>",
        "</head>",
        "<body>",
        _header(report),
        "<main>",
        _summary(report),
        _contents(report),
        *(_section(number, section) for number, section in enumerate(report.sections, start=1)),
        "</main>",
        _footer(report),
        "</body>",
        "</html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    """Return text as it stands, whatever it says; long runs of letters may break."""
    return html.escape(visible_text(text))


def _header(report: Report) -> str:
    date = _text(report.date) if report.date else '<span class="fill-in">date: </span>'
    return (
        f'<header><div><h1>{_text(report.title)}</h1><p class="subtitle">{_text(report.subtitle)}</p></div>'
        f'<p class="date">{date}</p></header>'
    )


def _summary(report: Report) -> str:
    tiles = "\n".join(_tile(tile) for tile in report.tiles)
    blocks = "\n".join(_block(block, level=2) for block in report.summary)
    return (
        f'<section aria-label="Summary" class="summary"><p class="statement">{_text(report.statement)}</p>'
        f'\n<div class="tiles">\n{tiles}\n</div>\n{blocks}\n{_signatures(report.signatures)}</section>'
    )


def _tile(tile: Tile) -> str:
    note = f'<p class="note">{_text(tile.note)}</p>' if tile.note else ""
    return (
        f'<div class="tile {tile.tone}"><p class="label">{_text(tile.label)}</p>'
        f'<p class="value">{_mark(tile.tone)}{_text(tile.value)}</p>{note}</div>'
    )


def _contents(report: Report) -> str:
    if not report.sections:
        return ""
    links = "".join(
        f'<li><a href="#section-{number}">{_text(section.title)}</a></li>'
        for number, section in enumerate(report.sections, start=1)
    )
    return f'<nav aria-label="Contents"><ol>{links}</ol></nav>'


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(_block(block, level=3) for block in section.blocks)
    heading = f'<h2 id="section-{number}">{_text(section.title)}</h2>'
    own = ' class="own-page"' if section.has_own_page else ""
    return f'<section{own} aria-labelledby="section-{number}">{heading}\n{blocks}\n</section>'


def _block(block: Block, *, level: int) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Facts):
        return _facts(block, level=level)
    if isinstance(block, Figure):
        return _figure(block)
    return _paragraph(block)


def _table(table: Table) -> str:
    head = "".join(_heading(table, place) for place in range(len(table.columns)))
    body = "\n".join(_row(table, number) for number in range(len(table.rows)))
    caption = _text(table.caption)
    return (
        f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0">'
        f'<table role="table"><caption>{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{body}\n</tbody></table></div>'
    )


def _heading(table: Table, place: int) -> str:
    """Return a column's heading, flush right over numbers."""
    attribute = ' class="over-numbers"' if table.is_numeric(place) else ""
    return f'<th scope="col" role="columnheader"{attribute}>{_text(table.columns[place])}</th>'


def _row(table: Table, number: int) -> str:
    """Return a row, and under it what must be said of it across the table's whole width."""
    pairs = zip(table.rows[number], table.columns, strict=True)
    cells = "".join(_cell(cell, column) for cell, column in pairs)
    remark = table.remarks[number] if table.remarks else ""
    if not remark:
        return f'<tr role="row">{cells}</tr>'
    below = f'<td colspan="{len(table.columns)}" role="cell" dir="auto">{_text(remark)}</td>'
    return f'<tr role="row" class="remarked">{cells}</tr><tr role="row" class="remark">{below}</tr>'


def _cell(cell: Cell, column: str) -> str:
    """Return a cell with its column's name, which a narrow screen shows beside it."""
    classes = " ".join(
        name for name in ("number" if cell.is_number else "", cell.tone) if name and name != "plain"
    )
    attribute = f' class="{classes}"' if classes else ""
    note = f"<small>{_text(cell.note)}</small>" if cell.note else ""
    shown = f"<div>{_mark(cell.tone)}{_text(cell.text)}{note}</div>"
    return f'<td{attribute} role="cell" dir="auto" data-label="{_text(column)}">{shown}</td>'


def _mark(tone: Tone) -> str:
    mark = MARKS[tone]
    return f'<span class="mark" aria-hidden="true">{mark}</span> ' if mark else ""


def _facts(facts: Facts, *, level: int) -> str:
    items = "\n".join(
        f'<div><dt>{_text(name)}</dt><dd dir="auto">{_text(value)}</dd></div>' for name, value in facts.items
    )
    return f'<h{level} class="minor">{_text(facts.caption)}</h{level}>\n<dl>\n{items}\n</dl>'


def _paragraph(paragraph: Paragraph) -> str:
    attribute = "" if paragraph.tone == "plain" else f' class="callout {paragraph.tone}"'
    return f"<p{attribute}>{_mark(paragraph.tone)}{_text(paragraph.text)}</p>"


def _figure(figure: Figure) -> str:
    data = base64.b64encode(figure.svg.encode("utf-8")).decode("ascii")
    return (
        f'<figure><div class="scroll" role="region" aria-label="{_text(figure.caption)}" tabindex="0">'
        f'<img alt="{_text(figure.alternative)}" src="data:image/svg+xml;base64,{data}"></div>'
        f"<figcaption>{_text(figure.caption)}</figcaption></figure>"
    )


def _signatures(signatures: Sequence[Signature]) -> str:
    lines = "".join(
        f'<div class="signature"><b>{_text(one.act)}</b>'
        + "".join(f"<span>{what} {_text(getattr(one, what))}</span>" for what in ("name", "role", "date"))
        + "</div>"
        for one in signatures
    )
    return f'<div class="signatures">{lines}</div>'


def _footer(report: Report) -> str:
    return f"<footer><p>{_text(report.provenance)}</p></footer>"
