"""The structures of one folder: their DVHs, their size and distances, what their names stand for.

Each question names a folder and what is wanted of it, and has one function that answers it.
"""

from __future__ import annotations

from rtplan.structures.chosen import structures_named
from rtplan.structures.dvhs import DEFAULT_METRICS, IN_DOSE_FILE, DvhQuestion, FolderDvhs, dvhs_of_folder
from rtplan.structures.geometry import FolderGeometry, GeometryQuestion, geometry_of_folder
from rtplan.structures.naming import (
    FolderNames,
    NamedStructure,
    NamesQuestion,
    names_of_folder,
    proposed_dictionary,
    write_proposal,
)

__all__ = [
    "DEFAULT_METRICS",
    "IN_DOSE_FILE",
    "DvhQuestion",
    "FolderDvhs",
    "FolderGeometry",
    "FolderNames",
    "GeometryQuestion",
    "NamedStructure",
    "NamesQuestion",
    "dvhs_of_folder",
    "geometry_of_folder",
    "names_of_folder",
    "proposed_dictionary",
    "structures_named",
    "write_proposal",
]
