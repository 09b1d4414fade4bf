"""Typed regimens as documents: effects, regimens of the same effect, comparisons, interrupted courses."""

from __future__ import annotations

from rtplan.documents.regimens.comparison import comparison_document
from rtplan.documents.regimens.effects import effects_document
from rtplan.documents.regimens.gap import gap_document
from rtplan.documents.regimens.isoeffects import isoeffects_document

__all__ = ["comparison_document", "effects_document", "gap_document", "isoeffects_document"]
