"""Published examples recomputed, and planted errors caught, as documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from bed.published import OracleCheck
from rtplan.documents.document import Document

if TYPE_CHECKING:
    from rtplan.selftest import Replay

__all__ = ["examples_document", "seeded_errors_document"]

TAGS: Final[dict[str, str]] = {
    "R": "read in a publication, page, report or another program's tests",
    "S": "output of the model authors' own software",
    "M": "unverified transcription: nobody has opened the publication yet",
    "I": "identity, limit or arithmetic",
}
"""What the tag of a published value says."""


def examples_document(checks: Sequence[OracleCheck]) -> Document:
    """Return recomputed examples as data and text; one that does not hold fails the whole."""
    failed = [check for check in checks if not check.holds]
    return Document(
        schema="rtplan.selftest/1",
        body={
            "rows": [_row(check) for check in checks],
            "n_rows": len(checks),
            "n_failed": len(failed),
            "tags": TAGS,
        },
        text=_text(checks, failed),
        limit_failed=bool(failed),
    )


def seeded_errors_document(replays: Sequence[Replay]) -> Document:
    """Return planted errors as data and text; one that is not caught fails the whole."""
    missed = [replay for replay in replays if not replay.caught]
    return Document(
        schema="rtplan.selftest.seeded-errors/1",
        body={
            "rows": [asdict(replay) for replay in replays],
            "n_rows": len(replays),
            "n_missed": len(missed),
        },
        text=_seeded_text(replays, missed),
        limit_failed=bool(missed),
    )


def _seeded_text(replays: Sequence[Replay], missed: Sequence[Replay]) -> str:
    lines = []
    for replay in replays:
        lines.append(f"{replay.id}  {'caught' if replay.caught else 'MISSED'}  {replay.planted}")
        lines.append(f"             {replay.how}")
    names = ", ".join(replay.id for replay in missed)
    outcome = f"{len(missed)} MISSED: {names}." if missed else "all caught."
    return "\n".join([*lines, "", f"{len(replays)} errors planted in synthetic patients; {outcome}"])


def _row(check: OracleCheck) -> dict[str, Any]:
    row = check.row
    finite = math.isfinite(check.got)
    return {
        "id": row.id,
        "model": row.model,
        "inputs": row.inputs,
        "expected": row.expected,
        "got": check.got if finite else None,
        "tolerance": row.tolerance,
        "holds": check.holds,
        "tag": row.tag,
        "source": row.source,
        "notes": list(check.notes),
        "reason": None if finite else "the call gave no finite number",
    }


def _text(checks: Sequence[OracleCheck], failed: Sequence[OracleCheck]) -> str:
    lines = [f"{'row':<5} {'':<5} {'expected':>12} {'got':>12} {'tolerance':>10} tag  model: inputs [source]"]
    lines += [_line(check) for check in checks]
    lines.append("")
    lines += [f"{tag}  {meaning}" for tag, meaning in TAGS.items()]
    lines.append(_summary(checks, failed))
    return "\n".join(lines)


def _line(check: OracleCheck) -> str:
    row, sign = check.row, "ok" if check.holds else "FAILS"
    numbers = f"{row.expected:>12.6g} {check.got:>12.6g} {row.tolerance:>10.2g}"
    notes = "".join(f" (note: {note})" for note in check.notes)
    return f"{row.id:<5} {sign:<5} {numbers} {row.tag:<4} {row.model}: {row.inputs} [{row.source}]{notes}"


def _summary(checks: Sequence[OracleCheck], failed: Sequence[OracleCheck]) -> str:
    unverified = sum(not check.row.verified for check in checks)
    counted = f"{len(checks)} published examples recomputed, {unverified} of them unverified transcriptions"
    if not failed:
        return f"{counted}; all hold."
    return f"{counted}; {len(failed)} FAIL: {', '.join(check.row.id for check in failed)}."
