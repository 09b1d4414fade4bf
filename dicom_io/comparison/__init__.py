"""Numbers of other engines beside this one's.

A second dose-volume engine in a process of its own, and the histograms that a planning system stored.
"""

from __future__ import annotations

from dicom_io.comparison.dicompyler import cross_check, known_limits
from dicom_io.comparison.other_engines import Beside, beside, export_of_structures, stored_of_structures

__all__ = [
    "Beside",
    "beside",
    "cross_check",
    "export_of_structures",
    "known_limits",
    "stored_of_structures",
]
