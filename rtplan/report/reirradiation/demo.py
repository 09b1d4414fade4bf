"""The demo's page: the answer, the plan check, and the known answers beside the computed ones."""

from __future__ import annotations

from collections.abc import Sequence

from rtplan.files import InputRecord
from rtplan.plan_check import PlanCheck
from rtplan.reirradiation import Reirradiation
from rtplan.report.model import Cell, Paragraph, Report, Section, Table
from rtplan.report.parts import number_cell
from rtplan.report.reirradiation.page import reirradiation_report
from rtplan.selftest import DEMO_NOTE, known_answers

__all__ = ["demo_report"]


def demo_report(summed: Reirradiation, check: PlanCheck, *, inputs: Sequence[InputRecord]) -> Report:
    """Build the page.

    Parameters
    ----------
    summed : Reirradiation
    check : PlanCheck
        Of the new plan alone.
    inputs : sequence of InputRecord
        What both rest on.
    """
    rows = [
        [
            Cell(text=answer.organ),
            Cell(text=answer.metric),
            Cell(text=answer.quantity),
            number_cell(answer.computed.value, uncertainty=answer.computed.uncertainty),
            Cell(text=f"{answer.known_gy:.3f}", is_number=True),
            Cell(text="yes" if answer.agrees else "NO", tone="within" if answer.agrees else "exceeds"),
        ]
        for answer in known_answers(summed)
    ]
    headings = [
        "organ",
        "metric",
        "quantity",
        "computed, Gy",
        "closed form, Gy",
        "within the stated half-width",
    ]
    table = Table(caption="Computed and known, for the contours as drawn", columns=headings, rows=rows)
    section = Section(title="Known answers of this phantom", blocks=[Paragraph(text=DEMO_NOTE), table])
    return reirradiation_report(
        summed,
        inputs=inputs,
        warnings=[DEMO_NOTE, *summed.warnings],
        date=None,
        check=check,
        extra_sections=[section],
    )
