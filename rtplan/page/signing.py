"""A signature: who signed which report, by its hash; valid as long as the case is the one that was signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rtplan.errors import NotStatedError, RtplanContradictionError

__all__ = ["SIGNED_SCHEMA", "Signature", "sign_lines", "signed_document", "unsigned_sha256"]

SIGNED_SCHEMA: Final = "rtplan.signed/1"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who signed what.

    Attributes
    ----------
    name, role : str
    signed_on : str
        The day as typed, ``YYYY-MM-DD``: no clock signs.
    statement : str
        What was agreed to, word for word.
    report_sha256 : str
        Of the unsigned report's JSON document.
    case_sha256 : str
        Of the case file.

    Raises
    ------
    NotStatedError
        Name, role or day are missing.
    """

    name: str
    role: str
    signed_on: str
    statement: str
    report_sha256: str
    case_sha256: str

    def __post_init__(self) -> None:
        missing = [key for key in ("name", "role", "signed_on") if not str(getattr(self, key)).strip()]
        if missing:
            raise NotStatedError(
                "name, role and day are needed to sign; missing: " + ", ".join(missing), missing=missing
            )
        date.fromisoformat(self.signed_on)

    def refuse_other(self, report_sha256: str) -> None:
        """Refuse to sign a report that is not the one that was looked at.

        Raises
        ------
        RtplanContradictionError
        """
        if report_sha256 != self.report_sha256:
            raise RtplanContradictionError(
                "the report is not any more the one that you looked at; look at it again before you sign"
            )

    def is_of(self, case_sha256: str, report_sha256: str) -> bool:
        """Whether it still speaks of this case and this report."""
        return (self.case_sha256, self.report_sha256) == (case_sha256, report_sha256)


def unsigned_sha256(folder: Path) -> str:
    """Return the hash of the unsigned report in a folder of an answer."""
    return hashlib.sha256((folder / "report.json").read_bytes()).hexdigest()


def signed_document(report: Mapping[str, Any], signatures: Sequence[Signature]) -> dict[str, Any]:
    """Return the signed document: the report as it was, and who signed its hash."""
    return {
        "schema": SIGNED_SCHEMA,
        "signatures": [asdict(signature) for signature in signatures],
        "report": dict(report),
    }


def sign_lines(signatures: Sequence[Signature]) -> list[str]:
    """Return what the signed page prints.

    Examples
    --------
    >>> signature = Signature(
    ...     name="A. Person", role="physicist", signed_on="2024-02-12", statement="I have read it.",
    ...     report_sha256="ab" * 32, case_sha256="cd" * 32,
    ... )
    >>> sign_lines([signature])[0]
    'A. Person, physicist, on 2024-02-12: I have read it.'
    """
    lines = [f"{s.name}, {s.role}, on {s.signed_on}: {s.statement}" for s in signatures]
    hashes = dict.fromkeys(s.report_sha256 for s in signatures)
    return [*lines, *(f"SHA-256 of the unsigned report (report.json): {sha256}" for sha256 in hashes)]
