"""The answer as objects and arrays that other systems read."""

from __future__ import annotations

from rtplan.export.files import ExportChoice, MapChoice, export_maps, export_sums

__all__ = [
    "ExportChoice",
    "MapChoice",
    "export_maps",
    "export_sums",
]
