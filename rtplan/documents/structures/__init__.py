"""A folder's structures as documents: their DVHs, their size and distances, their names."""

from __future__ import annotations

from rtplan.documents.structures.dvh import dvh_document
from rtplan.documents.structures.geometry import geometry_document
from rtplan.documents.structures.names import names_document

__all__ = ["dvh_document", "geometry_document", "names_document"]
