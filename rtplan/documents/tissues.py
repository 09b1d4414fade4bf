"""Published tissue parameters as a document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bed.published import TissueParameter
from rtplan.documents.document import Document
from rtplan.text import columns

__all__ = ["tissues_document"]


def tissues_document(rows: Sequence[TissueParameter]) -> Document:
    """Return published values as data and text."""
    return Document(schema="rtplan.tissues/1", body={"rows": [_row(row) for row in rows]}, text=_text(rows))


def _row(row: TissueParameter) -> dict[str, Any]:
    return {
        "parameter": row.parameter,
        "tissue": row.tissue,
        "organs": list(row.organs),
        "kind": row.kind,
        "endpoint": row.endpoint,
        "basis": row.basis,
        "value": row.value,
        "low": row.low,
        "high": row.high if row.high is None or math.isfinite(row.high) else "inf",
        "bound": row.bound or None,
        "level": row.level or None,
        "unit": row.unit,
        "source": row.source,
        "doi": row.doi or None,
        "tag": row.tag,
        "how_verified": row.how_verified,
        "note": row.note or None,
    }


def _text(rows: Sequence[TissueParameter]) -> str:
    numbers = {source: n for n, source in enumerate(dict.fromkeys(row.source for row in rows), start=1)}
    header = ["tissue", "parameter", "value", "endpoint", "basis", "verified", "source"]
    table = [
        [
            row.tissue,
            row.parameter,
            row.value_text,
            row.endpoint,
            row.basis,
            row.how_verified,
            f"[{numbers[row.source]}]",
        ]
        for row in rows
    ]
    notes = dict.fromkeys(f"{row.tissue}, {row.endpoint}: {row.note}" for row in rows if row.note)
    sources = [f"[{number}] {source}" for source, number in numbers.items()]
    return "\n".join([*columns([header, *table]), "", *sources, *(["", *notes] if notes else [])])
