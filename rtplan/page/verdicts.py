"""The first page of an answer: what each limit says, in the order of gravity, with one small drawing each.

Everything is read from the answer's document, the same that the command line prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rtplan.drawing import LimitLine, limit_line_svg

__all__ = ["VerdictCard", "drawn_without_limit", "verdict_cards", "verdict_counts"]

_ORDER: Final = ("exceeds", "borderline", "undecided", "not_evaluable", "within")
_MARKS: Final = {
    "exceeds": "\N{BLACK UP-POINTING TRIANGLE}",
    "borderline": "\N{ALMOST EQUAL TO}",
    "undecided": "\N{BLACK DIAMOND}",
    "not_evaluable": "?",
    "within": "\N{CHECK MARK}",
}


_HELP: Final = (
    ("not covered", "answer.next_grid"),
    ("no upper bound", "answer.next_record"),
    ("registration", "answer.next_registration"),
)
"""What a reason speaks of, and the key of what helps."""


@dataclass(frozen=True, kw_only=True)
class VerdictCard:
    """One limit, judged.

    Attributes
    ----------
    organ, metric : str
    alpha_beta : float or None
        Gy.
    verdict : str
        As the document has it.
    mark : str
        A sign beside the colour.
    margin_gy : float or None
        Distance of the sum from the limit, above 0 on the side that it is on.
    svg : str
    limit : str
        With its comparator.
    source, reason, grade : str
    notes : tuple of (str, mapping)
        Keys of the catalogue with what they name: what flips it, what may be left.
    is_sum : bool
        There is a voxel sum.
    """

    organ: str
    metric: str
    alpha_beta: float | None
    verdict: str
    mark: str
    margin_gy: float | None
    svg: str
    limit: str
    source: str
    reason: str
    grade: str
    notes: tuple[tuple[str, Mapping[str, Any]], ...]
    is_sum: bool


def verdict_cards(document: Mapping[str, Any]) -> list[VerdictCard]:
    """Return a card for each judged limit, the gravest first and the smallest margin before larger ones."""
    cards = [_card(row, document) for row in document.get("organs", ()) if row["verdict"] is not None]
    return sorted(cards, key=lambda card: (_ORDER.index(card.verdict), _urgency(card)))


def _urgency(card: VerdictCard) -> float:
    if card.margin_gy is None:
        return 0.0
    return -card.margin_gy if card.verdict == "exceeds" else card.margin_gy


def verdict_counts(cards: Sequence[VerdictCard]) -> list[tuple[str, int]]:
    """Return how many limits have each verdict, the gravest first; verdicts that nothing has are left out."""
    counts = [(verdict, sum(card.verdict == verdict for card in cards)) for verdict in _ORDER]
    return [(verdict, count) for verdict, count in counts if count]


def drawn_without_limit(document: Mapping[str, Any]) -> list[str]:
    """Return the organs that are asked about and drawn, and for which no limit was stated."""
    rows = document.get("organs", ())
    limited = {row["name"] for row in rows if row["limit_gy"] is not None}
    return [name for name in dict.fromkeys(row["name"] for row in rows) if name not in limited]


def _card(row: Mapping[str, Any], document: Mapping[str, Any]) -> VerdictCard:
    judged = _judged(row, str(document.get("recovery", "none")))
    limit = row["limit_gy"]
    recovery = " including recovery" if row["limit_includes_recovery"] else ""
    return VerdictCard(
        organ=row["name"],
        metric=row["metric"],
        alpha_beta=row["alpha_beta_gy"],
        verdict=row["verdict"],
        mark=_MARKS[row["verdict"]],
        margin_gy=None if judged is None else abs(judged - limit),
        svg=limit_line_svg(
            LimitLine(
                unit="Gy EQD2",
                limit=limit,
                value=judged if row["voxel_sum_gy"] is not None else None,
                half_width=row["voxel_sum_uncertainty_gy"],
                band=None if row["band_gy"] is None else tuple(row["band_gy"]),
                possible=tuple(row["bounds_gy"]),
            )
        ),
        limit=f"{row['comparator']} {limit:g} Gy EQD2{recovery}",
        source=row["limit_source"] or "",
        reason=row["reason"] or "",
        grade=row["grade"],
        notes=(*_flips(row), *_remaining(row), *_next_steps(row)),
        is_sum=row["voxel_sum_gy"] is not None,
    )


def _judged(row: Mapping[str, Any], recovery: str) -> float | None:
    """Return the value that the verdict speaks of: the sum, with recovery where a rule was chosen."""
    recovered: float | None = row["with_recovery_gy"]
    if recovery != "none" and not row["limit_includes_recovery"] and recovered is not None:
        return recovered
    summed: float | None = row["voxel_sum_gy"]
    if summed is not None:
        return summed
    low, high = row["bounds_gy"]
    known: float | None = low if row["verdict"] == "exceeds" else high if row["verdict"] == "within" else None
    return known


def _flips(row: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the inputs that would change the verdict, in the order of the document."""
    return [
        (
            "answer.flips",
            {"becomes": str(flip["becomes"]).replace("_", " "), **_place(flip)},
        )
        for flip in row["flips"]
        if flip["flips_at"] is not None
    ]


def _next_steps(row: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what would help where a limit could not be judged."""
    reason = row["reason"] or ""
    if row["verdict"] not in ("not_evaluable", "undecided"):
        return []
    keys = [key for words, key in _HELP if words in reason]
    return [(key, {}) for key in keys[:1]]


def _place(flip: Mapping[str, Any]) -> dict[str, str]:
    """Return where an input flips the verdict; a recovered fraction in per cent, as it is spoken of."""
    if flip["unit"]:
        return {"input": flip["input"], "at": f"{flip['flips_at']:.3g}", "unit": flip["unit"]}
    return {"input": "recovery", "at": f"{100 * flip['flips_at']:.0f}", "unit": "%"}


def _remaining(row: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what may be left at a point, where that is known for certain."""
    return [
        ("answer.left", {"dose": f"{left['total_dose_gy']:.1f}", "n": left["n_fractions"]})
        for left in row["remaining"]
        if left["basis"] == "point" and left["recovery"] == "none" and left["total_dose_gy"] is not None
    ]
