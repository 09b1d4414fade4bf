"""Forms of the same page: HTML, PDF and Excel."""

from __future__ import annotations

from rtplan.report.render.excel import render_excel
from rtplan.report.render.html import render_html
from rtplan.report.render.pdf import render_pdf

__all__ = [
    "render_excel",
    "render_html",
    "render_pdf",
]
