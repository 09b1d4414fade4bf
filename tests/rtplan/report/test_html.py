"""The HTML rendering of a report: whole, self-contained, and nothing in it is taken for markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from rtplan.report import Cell, Paragraph, Report, Section, Table
from rtplan.report.model import Facts, Figure, Tile
from rtplan.report.render import render_html

HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="x',
    "=HYPERLINK(1)",
    "x" * 300,
    "\u05e9\u05dc\u05d5\u05dd 12 Gy",
    "\U0001f984 & <b>",
]


class Page(HTMLParser):
    """Collects tags, attributes and text; complains about tags that do not close."""

    VOID = ("meta", "img", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def report_saying(text: str) -> Report:
    """Return a report with the same text in every place that takes one."""
    blocks = [
        Table(
            caption=text, columns=[text], rows=[[Cell(text=text, tone="exceeds", note=text, is_number=True)]]
        ),
        Facts(caption=text, items=[(text, text)]),
        Paragraph(text=text, tone="borderline"),
        Figure(caption=text, alternative=text, svg="<svg/>"),
    ]
    return Report(
        title=text,
        subtitle=text,
        date=text,
        statement=text,
        tiles=[Tile(label=text, value=text, note=text, tone="not_evaluable")],
        summary=blocks,
        sections=[Section(title=text, blocks=blocks)],
        provenance=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_any_kind_appears_as_plain_text(text: str) -> None:
    page = Page(render_html(report_saying(text)))
    assert "script" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "".join(page.text).count(text) >= 10


def test_what_would_turn_the_reading_direction_is_written_out() -> None:
    page = "".join(Page(render_html(report_saying("PTV\u202e 50\x07"))).text)
    assert "\u202e" not in page
    assert page.count("PTV<U+202E> 50\N{SYMBOL FOR BELL}") >= 10


def test_a_remark_takes_the_whole_width_under_its_row() -> None:
    table = Table(caption="c", columns=["a", "b"], rows=[[Cell(text="1"), Cell(text="2")]], remarks=["why"])
    assert '<td colspan="2" role="cell" dir="auto">why</td>' in render_html(report_of(table))


def report_of(table: Table) -> Report:
    return Report(
        title="t", subtitle="", date=None, statement="", tiles=[], summary=[table], sections=[], provenance=""
    )


def test_the_page_refers_to_nothing_outside_itself() -> None:
    page = Page(render_html(report_saying("plain")))
    links = [value for name, value in page.attributes if name in ("src", "href", "action") and value]
    assert links
    assert all(link.startswith(("#", "data:image/svg+xml;base64,")) for link in links)
    assert "@import" not in render_html(report_saying("plain"))


def test_every_tone_has_a_mark_beside_its_colour() -> None:
    tones = ("within", "borderline", "exceeds", "not_evaluable")
    pages = {tone: render_html(report_with_tile(tone)) for tone in tones}
    marks = {page.split('class="mark" aria-hidden="true">')[1][0] for page in pages.values()}
    assert len(marks) == len(tones)


def report_with_tile(tone: str) -> Report:
    tile = Tile(label="l", value="v", tone=tone)  # type: ignore[arg-type]  # the four tones of the test above
    return Report(
        title="t", subtitle="", date=None, statement="", tiles=[tile], summary=[], sections=[], provenance=""
    )


def test_without_a_date_a_line_to_fill_in_is_left() -> None:
    assert "fill-in" in render_html(report_with_tile("within")).split("</style>")[1]


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 1 columns"):
        Table(caption="c", columns=["a"], rows=[[Cell(text="1"), Cell(text="2")]])
    with pytest.raises(ValueError, match="1 remarks for 0 rows"):
        Table(caption="c", columns=["a"], rows=[], remarks=["why"])
