"""What if: an answer asked again with another alpha/beta, recovery, shift, regimen or limit, at once.

What is tried stands beside what was stated and never replaces it: no report is made from it.
"""

from __future__ import annotations

from rtplan.what_if.organ import StatedOrgan, stated_organs
from rtplan.what_if.tried import Tried
from rtplan.what_if.trying import TriedCurve, TriedRow, tried_curve, tried_rows

__all__ = ["StatedOrgan", "Tried", "TriedCurve", "TriedRow", "stated_organs", "tried_curve", "tried_rows"]
