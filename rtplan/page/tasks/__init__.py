"""What the page asks its child process: courses looked at, a case answered, its answer shown and exported.

Here the library is called; nothing here knows HTTP or a database.
"""

from __future__ import annotations

from rtplan.page.tasks.answering import answer_case
from rtplan.page.tasks.calculating import calculate, draw_comparison, list_trials, screen_trial
from rtplan.page.tasks.demonstration import write_demo_patient
from rtplan.page.tasks.exporting import export_dose
from rtplan.page.tasks.looking import look_at_course
from rtplan.page.tasks.viewing import view_case

__all__ = [
    "answer_case",
    "calculate",
    "draw_comparison",
    "export_dose",
    "list_trials",
    "look_at_course",
    "screen_trial",
    "view_case",
    "write_demo_patient",
]
