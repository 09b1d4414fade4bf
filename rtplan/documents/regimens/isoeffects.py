"""Regimens of the same effect as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rtplan.documents.document import Document
from rtplan.documents.regimens.effects import AT_A_POINT
from rtplan.files import inputs_of_text
from rtplan.regimens import Isoeffect, IsoeffectTable
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["isoeffects_document"]

_NEGLIGIBLE_GY: Final = 1e-9
_HEADER: Final = (
    "same effect as",
    "alpha/beta Gy",
    "fractions",
    "Gy/fraction",
    "total Gy",
    "BED Gy",
    "BED error Gy",
)


def isoeffects_document(table: IsoeffectTable) -> Document:
    """Return regimens of the same effect as data and text."""
    rows = [_row(row) | {"band": table.band} for row in table.rows]
    return Document(
        schema="rtplan.isoeffect/1",
        body={"label": AT_A_POINT, "parameters": table.parameters.stated, "rows": rows},
        text=_text(rows),
        inputs=inputs_of_text([table.typed], role="regimen"),
        warnings=table.notes,
    )


def _row(row: Isoeffect) -> dict[str, Any]:
    return {
        "regimen": str(row.effect.regimen),
        "alpha_beta_gy": json_number(row.effect.alpha_beta),
        "n_fractions": row.n_fractions,
        "total_dose_gy": row.total_dose,
        "dose_per_fraction_gy": row.dose_per_fraction,
        "bed_gy": row.bed_gy,
        "n_fractions_exact": row.n_fractions_exact,
        "bed_error_gy": row.bed_error_gy,
        "reason": row.reason,
    }


def _text(rows: Sequence[dict[str, Any]]) -> str:
    table = columns([_HEADER, *map(_text_row, rows)])
    reasons = dict.fromkeys(f"{row['regimen']}: {row['reason']}" for row in rows if row["reason"])
    exact = dict.fromkeys(
        f"alpha/beta {ratio_text(row['alpha_beta_gy'])} Gy: {row['n_fractions_exact']:.2f} fractions of "
        f"{row['dose_per_fraction_gy']:.4g} Gy would match"
        for row in rows
        if row["bed_error_gy"] and abs(row["bed_error_gy"]) > _NEGLIGIBLE_GY
    )
    notes = [*reasons, *exact]
    return "\n".join([AT_A_POINT, "", *table, *(["", *notes] if notes else [])])


def _text_row(row: dict[str, Any]) -> list[str]:
    return [
        row["regimen"],
        ratio_text(row["alpha_beta_gy"]),
        cell(row["n_fractions"]),
        cell(row["dose_per_fraction_gy"], digits=3),
        cell(row["total_dose_gy"]),
        cell(row["bed_gy"]),
        cell(row["bed_error_gy"]),
    ]
