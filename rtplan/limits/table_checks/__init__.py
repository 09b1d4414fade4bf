"""Whether a table of limits makes sense, how often it was read, and what two tables do not share.

What looks copied wrongly is found by the table's own order and conditions, and by second readings.
"""

from __future__ import annotations

from rtplan.limits.table_checks.differences import Difference, diff_sets
from rtplan.limits.table_checks.findings import SetFinding, check_constraints
from rtplan.limits.table_checks.readings import Comparison, compare_transcriptions, independent_readings

__all__ = [
    "Comparison",
    "Difference",
    "SetFinding",
    "check_constraints",
    "compare_transcriptions",
    "diff_sets",
    "independent_readings",
]
