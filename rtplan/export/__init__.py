"""The answer as objects and arrays that other systems read."""

from __future__ import annotations

from rtplan.export.files import (
    ExportChoice,
    ExportedFiles,
    MapChoice,
    export_maps,
    export_sums,
    exported_set,
    map_files,
    originals_of,
    sum_files,
)

__all__ = [
    "ExportChoice",
    "ExportedFiles",
    "MapChoice",
    "export_maps",
    "export_sums",
    "exported_set",
    "map_files",
    "originals_of",
    "sum_files",
]
