"""BED and EQD2 of regimens as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bed import RegimenSequence
from rtplan.documents.document import Document
from rtplan.files import inputs_of_text
from rtplan.regimens import EffectRow, EffectTable, dose_per_fraction
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["AT_A_POINT", "effects_document"]

AT_A_POINT: Final = "at a point that receives the prescribed dose"
"""A regimen says nothing about an organ: a voxel's dose per fraction is its own dose over n."""

_SEQUENCE: Final = "a sequence has no dose per fraction of its own; its phases are converted one by one"


def effects_document(table: EffectTable) -> Document:
    """Return the effects of several regimens as data and text."""
    rows = [_row(row) for row in table.rows]
    return Document(
        schema="rtplan.bed/1",
        body={"label": AT_A_POINT, "parameters": table.parameters.stated, "rows": rows},
        text=_text(rows),
        inputs=inputs_of_text(table.typed, role="regimen"),
        warnings=table.notes,
    )


def _row(row: EffectRow) -> dict[str, Any]:
    effect, regimen = row.effect, row.effect.regimen
    sequence = isinstance(regimen, RegimenSequence)
    return {
        "regimen": str(regimen),
        "band": row.band,
        "total_dose_gy": regimen.total_dose,
        "n_fractions": regimen.n_fractions,
        "dose_per_fraction_gy": dose_per_fraction(regimen),
        "alpha_beta_gy": json_number(effect.alpha_beta),
        "model": effect.model,
        "bed_gy": effect.bed_gy,
        "eqd2_gy": effect.eqd2_gy,
        "bed_full_repair_gy": effect.bed_full_repair_gy,
        "eqd2_full_repair_gy": effect.eqd2_full_repair_gy,
        "reason": effect.reason or (_SEQUENCE if sequence else None),
    }


def _text(rows: Sequence[dict[str, Any]]) -> str:
    header = ["regimen", "model", "alpha/beta Gy", "Gy", "fractions", "Gy/fraction", "BED Gy", "EQD2 Gy"]
    table = columns([header, *map(_text_row, rows)])
    bands = dict.fromkeys(
        f"{row['regimen']}: an end of the band {row['band']}" for row in rows if row["band"] is not None
    )
    reasons = dict.fromkeys(
        f"{row['regimen']}, {row['model']}: {row['reason']}" for row in rows if row["reason"]
    )
    full = dict.fromkeys(
        f"{row['regimen']}: with full repair, a lower bound, BED {cell(row['bed_full_repair_gy'])} Gy and "
        f"EQD2 {cell(row['eqd2_full_repair_gy'])} Gy at alpha/beta {ratio_text(row['alpha_beta_gy'])} Gy"
        for row in rows
        if row["bed_gy"] is None and row["model"] == "lq" and row["bed_full_repair_gy"] is not None
    )
    notes = [*bands, *reasons, *full]
    return "\n".join([AT_A_POINT, "", *table, *(["", *notes] if notes else [])])


def _text_row(row: dict[str, Any]) -> list[str]:
    return [
        row["regimen"],
        row["model"],
        ratio_text(row["alpha_beta_gy"]),
        f"{row['total_dose_gy']:.6g}",
        str(row["n_fractions"]),
        "-" if row["dose_per_fraction_gy"] is None else f"{row['dose_per_fraction_gy']:.4g}",
        cell(row["bed_gy"]),
        cell(row["eqd2_gy"]),
    ]
