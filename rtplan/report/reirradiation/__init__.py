"""The sections of a re-irradiation report, one module each."""

from __future__ import annotations

from rtplan.report.reirradiation.demo import demo_report
from rtplan.report.reirradiation.page import reirradiation_report

__all__ = [
    "demo_report",
    "reirradiation_report",
]
