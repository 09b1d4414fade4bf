"""Whether a report is still true, as data and as text."""

from __future__ import annotations

from rtplan._version import __version__
from rtplan.documents.document import Document
from rtplan.files import InputRecord
from rtplan.verification import Verification

__all__ = ["report_verification_document"]


def report_verification_document(found: Verification) -> Document:
    """Return a verification as data and text; a stale report has the exit status of a limit not kept."""
    status = "current" if found.is_current else "stale"
    return Document(
        schema="rtplan.verify/1",
        body={
            "status": status,
            "report": {"schema": found.report.schema, "version": found.report.version},
            "checked": [
                {
                    "role": checked.record.role,
                    "uid": checked.record.uid,
                    "state": checked.state.value,
                    "reason": checked.said or None,
                }
                for checked in found.inputs
            ],
            "differences": [{"kind": kind.value, "message": said} for kind, said in found.differences],
        },
        text="\n".join(_lines(found)),
        inputs=[InputRecord(role="report", sha256=found.report.sha256)],
        warnings=found.remarks,
        limit_failed=not found.is_current,
    )


def _lines(found: Verification) -> list[str]:
    lines = [f"{found.report.schema} of version {found.report.version}, held against version {__version__}"]
    lines += [
        f"  {checked.name}: {checked.state.value}{f' ({checked.said})' if checked.said else ''}"
        for checked in found.inputs
    ]
    if found.is_current:
        return [*lines, "current: nothing differs that the report rests on"]
    return [*lines, *(f"stale, {kind.value}: {said}" for kind, said in found.differences)]
