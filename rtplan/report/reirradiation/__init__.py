"""The sections of a re-irradiation report, one module each."""

from __future__ import annotations

from rtplan.report.reirradiation.page import reirradiation_report

__all__ = [
    "reirradiation_report",
]
