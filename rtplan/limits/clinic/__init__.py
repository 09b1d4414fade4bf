"""One file of a clinic, read whole: the same `Clinic` serves every command and every notebook."""

from __future__ import annotations

from rtplan.limits.clinic.clinic import Clinic, ClinicAlphaBeta, PreferredSet
from rtplan.limits.clinic.clinic_file import CLINIC_TABLES, clinic_template, read_clinic_file

__all__ = [
    "CLINIC_TABLES",
    "Clinic",
    "ClinicAlphaBeta",
    "PreferredSet",
    "clinic_template",
    "read_clinic_file",
]
