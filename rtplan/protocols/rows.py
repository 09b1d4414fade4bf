"""What a protocol asks of radiotherapy, as rows beside a plan's limits.

Regimen, earlier dose, interval and distance; the rest of a protocol's criteria is for ``rtplan protocol
screen``, and leaving them out here is no answer to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from rtplan.limits import Verdict
from rtplan.protocols.condition import (
    AllOf,
    AnyOf,
    Condition,
    DistanceIs,
    EarlierDose,
    EarlierInterval,
    NoEarlierRadiotherapy,
    NoneWithin,
    RegimenInBand,
    When,
)
from rtplan.protocols.screening import CriterionResult, Screening, Status

__all__ = ["protocol_rows", "protocol_text_lines", "radiotherapy_only"]

_OF_RADIOTHERAPY: Final = (
    DistanceIs,
    EarlierDose,
    EarlierInterval,
    NoEarlierRadiotherapy,
    NoneWithin,
    RegimenInBand,
)
_VERDICTS: Final[Mapping[Status, Verdict]] = {
    "met": Verdict.WITHIN,
    "not_met": Verdict.EXCEEDS,
    "unknown": Verdict.NOT_EVALUABLE,
    "clinician": Verdict.NOT_EVALUABLE,
}


def radiotherapy_only(screening: Screening) -> Screening:
    """Return a screening with the criteria on regimen, earlier dose, interval and distance alone.

    Parameters
    ----------
    screening : Screening

    Returns
    -------
    Screening
    """
    kept = tuple(
        result
        for result in screening.results
        if any(isinstance(leaf, _OF_RADIOTHERAPY) for leaf in _leaves(result.criterion.condition))
    )
    return replace(screening, results=kept)


def _leaves(condition: Condition) -> Iterator[Condition]:
    """The parts of a condition that ask something."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _leaves(part)
    elif isinstance(condition, When):
        for part in (condition.when, condition.then, condition.otherwise):
            yield from _leaves(part)
    else:
        yield condition


def protocol_rows(screening: Screening) -> list[dict[str, Any]]:
    """Return the criteria in the shape of verdicts; the answer of the screening stands beside it.

    Parameters
    ----------
    screening : Screening

    Returns
    -------
    list of dict
        `met` is `within`, `not_met` is `exceeds`; what is unknown or for a clinician is `not_evaluable`.
    """
    return [_row(result, screening) for result in screening.results]


def _row(result: CriterionResult, screening: Screening) -> dict[str, Any]:
    criterion = result.criterion
    verdict = _VERDICTS[result.status]
    reason = "; ".join(result.reasons)
    if verdict is Verdict.EXCEEDS:
        reason = f"{criterion.kind} criterion not met: {result.value or criterion.text}"
    return {
        "organ": None,
        "structure": None,
        "metric": f"{screening.protocol.id}: {criterion.id}",
        "comparator": None,
        "limit": None,
        "unit": None,
        "value": None,
        "uncertainty": None,
        "verdict": verdict.value,
        "reason": reason or result.value or criterion.text,
        "priority": None,
        "source": criterion.source,
        "verification": None,
        "set": screening.protocol.id,
        "status": result.status,
        "criterion": criterion.text,
        "required": criterion.required,
        "known": result.value,
        "notes": [*result.notes, *map(str, result.conflicts)],
    }


def protocol_text_lines(screening: Screening) -> list[str]:
    """Return the same for a person."""
    protocol = screening.protocol
    lines = ["", f"protocol {protocol.name} ({protocol.registry}), radiotherapy alone:"]
    for result in screening.results:
        told = "; ".join(result.reasons) or result.value or ""
        lines.append(f"  {result.status.replace('_', ' ')}: {result.criterion.text}")
        lines.append(f"    {told} [{result.criterion.source}]")
        lines += [f"    note: {note}" for note in (*result.notes, *map(str, result.conflicts))]
    lines.append(f"  every other criterion: rtplan protocol screen {protocol.id}")
    return lines
