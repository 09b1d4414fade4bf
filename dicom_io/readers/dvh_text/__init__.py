"""DVH text exports of planning systems: cumulative DVHs with what the file states beside them.

One module for each system, found by its record `SYSTEM`: ``docs/how-to/add-dvh-export.md``. What is the same
for all of them lies beside: fields and numbers (`fields`), units of dose (`units`), and a curve that is held
against what its file says (`curve`). The patient's name is not kept.
"""

from __future__ import annotations

from dicom_io.readers.dvh_text.read import read_dvh_text
from dicom_io.readers.dvh_text.units import dose_unit

__all__ = ["dose_unit", "read_dvh_text"]
