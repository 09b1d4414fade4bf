"""Reports: built as data (`rtplan.report.model`), then rendered; the clock stays outside."""

from __future__ import annotations

from rtplan.report.forms import check_report_paths, write_reports
from rtplan.report.model import Cell, Paragraph, Report, Section, Table
from rtplan.report.parts import number_cell
from rtplan.report.plan_check import check_report
from rtplan.report.protocol import screening_report
from rtplan.report.timeline_picture import timeline_svg, write_timeline_picture

__all__ = [
    "Cell",
    "Paragraph",
    "Report",
    "Section",
    "Table",
    "check_report",
    "check_report_paths",
    "number_cell",
    "screening_report",
    "timeline_svg",
    "write_reports",
    "write_timeline_picture",
]
