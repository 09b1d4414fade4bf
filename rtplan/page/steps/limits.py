"""Step 3, the limits: cumulative ones with source, recovery with its reason, sets for the new plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dicom_io import DicomIoError
from rtplan.errors import RtplanError
from rtplan.limits import parse_limit
from rtplan.page.casebook import Sheet
from rtplan.page.steps.forms import Form

__all__ = ["limit_rows", "limits_open", "state_limits"]

_BLANK_ROWS: Final = 2


def limit_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the limits as fields of a form, with a few blank rows after them."""
    return [*(_fields(row) for row in sheet.tables.get("limit", [])), *({} for _ in range(_BLANK_ROWS))]


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stated limit as the fields that it was typed into."""
    limit = parse_limit(row["limit"])
    return {
        **row,
        "organ": limit.organ,
        "metric": str(limit.metric),
        "comparator": limit.comparator,
        "gy": f"{limit.eqd2_gy:g}",
        "recovery_from": "" if limit.recovery_interval is None else limit.recovery_interval.from_months,
    }


def state_limits(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of the limits states it.

    Raises
    ------
    RtplanValueError
        All mistakes of the form at once.
    """
    n_rows = len([name for name in form.values if name.startswith("gy-")])
    rows = [_row(form, number) for number in range(n_rows) if form.text(f"gy-{number}")]
    recovery = {
        "rule": form.text("recovery") or "none",
        "decided_by": form.text("recovery_by"),
        "because": form.text("recovery_because"),
    }
    numbers = form.wholes("n_fractions", "remaining dose in so many fractions")
    form.refuse_mistakes()
    beside = {**sheet.tables.get("beside", {}), "constraints": form.text("constraints")}
    return sheet.stating(
        limit=rows,
        recovery_limit=[
            _named(row) for row in rows if "including recovery" in row["limit"] and row["because"]
        ],
        recovery=recovery,
        n_fractions=numbers,
        cord_rules=form.is_ticked("cord_rules") or None,
        beside=beside,
        method={"decided_by": form.text("method_by"), "because": form.text("method_because")},
    ).noting(limits_seen=True)


def _row(form: Form, number: int) -> dict[str, Any]:
    organ, gy = form.text(f"organ-{number}"), form.text(f"gy-{number}").replace(",", ".")
    months = form.text(f"recovery_from-{number}")
    suffix = f" including recovery from {months} months" if months else ""
    metric, comparator = form.text(f"metric-{number}"), form.text(f"comparator-{number}") or "<="
    text = f"{organ}:{metric}{comparator}{gy}{suffix}"
    source = form.text(f"source-{number}")
    try:
        text = str(parse_limit(text))
    except (DicomIoError, RtplanError) as fault:
        form.mistakes.append(f"limit {number + 1}: {fault}")
    if not source:
        form.mistakes.append(f"limit {number + 1}, {organ}: where is it from?")
    return {
        "limit": text,
        "source": source,
        "alpha_beta": form.number(f"alpha_beta-{number}", f"limit {number + 1}, alpha/beta"),
        "decided_by": form.text(f"decided_by-{number}"),
        "because": form.text(f"because-{number}"),
    }


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A limit that includes recovery judges where its row says why."""
    limit = parse_limit(row["limit"])
    return {
        "organ": limit.organ,
        "metric": str(limit.metric),
        "because": row["because"],
        "decided_by": row["decided_by"],
    }


def limits_open(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    """Return what the limits still lack."""
    recovery = sheet.tables.get("recovery", {})
    found: list[tuple[str, dict[str, Any]]] = []
    if not sheet.beside.get("limits_seen"):
        found.append(("limits.open.unseen", {}))
    if recovery.get("rule", "none") != "none" and not (
        recovery.get("decided_by") and recovery.get("because")
    ):
        found.append(("limits.open.recovery", {}))
    stated = {row["organ"] for row in sheet.tables.get("tissue", [])}
    clinic = sheet.tables.get("files", {}).get("clinic")
    for row in sheet.tables.get("limit", []):
        organ = parse_limit(row["limit"]).organ
        if organ not in stated and not clinic:
            found.append(("limits.open.no_tissue", {"organ": organ}))
    return found
