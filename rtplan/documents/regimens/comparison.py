"""Several regimens over a range of alpha/beta as a document."""

from __future__ import annotations

from typing import Any

from rtplan.documents.document import Document
from rtplan.documents.regimens.effects import AT_A_POINT
from rtplan.files import inputs_of_text
from rtplan.regimens import Crossing, RegimenComparison, RegimenEffect
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["comparison_document"]


def comparison_document(comparison: RegimenComparison) -> Document:
    """Return a comparison of regimens as data and text."""
    return Document(
        schema="rtplan.compare/1",
        body={
            "label": AT_A_POINT,
            "parameters": comparison.parameters.stated,
            "rows": [_row(effect) for effect in comparison.effects],
            "crossings": [_crossing(pair) for pair in comparison.crossings],
        },
        text=_text(comparison),
        inputs=inputs_of_text(comparison.typed, role="regimen"),
        warnings=comparison.notes,
    )


def _row(effect: RegimenEffect) -> dict[str, Any]:
    return {
        "regimen": str(effect.regimen),
        "alpha_beta_gy": json_number(effect.alpha_beta),
        "bed_gy": effect.bed_gy,
        "eqd2_gy": effect.eqd2_gy,
        "bed_full_repair_gy": effect.bed_full_repair_gy,
        "reason": effect.reason,
    }


def _crossing(pair: Crossing) -> dict[str, Any]:
    return {
        "first": str(pair.first),
        "second": str(pair.second),
        "alpha_beta_gy": pair.alpha_beta,
        "reason": pair.reason,
    }


def _text(comparison: RegimenComparison) -> str:
    ratios = [f"{ratio_text(json_number(ratio))} Gy" for ratio in comparison.alpha_betas]
    effects = comparison.effects
    table = [
        [str(regimen), *(cell(effect.eqd2_gy) for effect in effects if effect.regimen == regimen)]
        for regimen in comparison.regimens
    ]
    same = [f"{pair.first} and {pair.second}: {_where(pair)}" for pair in comparison.crossings]
    reasons = dict.fromkeys(f"{effect.regimen}: {effect.reason}" for effect in effects if effect.reason)
    lines = columns([["EQD2 Gy at alpha/beta", *ratios], *table])
    return "\n".join([AT_A_POINT, "", *lines, "", "same effect:", *same, *reasons])


def _where(pair: Crossing) -> str:
    if pair.alpha_beta is None:
        return f"not found, {pair.reason}"
    return f"at alpha/beta {pair.alpha_beta:.3g} Gy"
