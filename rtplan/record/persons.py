"""Items that only persons can fill: patient, decision, recovery as a judgement, reviews, follow-up."""

from __future__ import annotations

from collections.abc import Callable

from rtplan.case import RecordStatements
from rtplan.record.entry import Basis, Finding, absent, idle, known

__all__ = [
    "decision_factors",
    "indication",
    "recovery_judgement",
    "recovery_justified",
    "recovery_stated",
    "review_item",
    "stated_item",
]


def stated_item(read: Callable[[RecordStatements], str], what: str) -> Callable[[Basis], Finding]:
    """Return the rule of an item that one statement fills."""

    def found(basis: Basis) -> Finding:
        said = read(basis.case.record)
        return known(said) if said else absent(what)

    return found


def review_item(kind: str) -> Callable[[Basis], Finding]:
    """Return the rule of a kind of review."""
    return stated_item(lambda record: record.review(kind), f"who made the {kind}, when, and what was found")


def indication(basis: Basis) -> Finding:
    """Why again, and to which end."""
    treatment = basis.case.record.treatment
    missing = [name for name in ("indication", "intent") if not getattr(treatment, name)]
    return absent(" and ".join(missing)) if missing else known(f"{treatment.indication}; {treatment.intent}")


def decision_factors(basis: Basis) -> Finding:
    """Performance status, estimated survival, response to the first radiotherapy."""
    patient = basis.case.record.patient
    parts = {
        "performance status": patient.performance_status,
        "estimated survival": patient.estimated_survival,
        "response to the first radiotherapy": patient.response,
    }
    missing = [name for name, value in parts.items() if not value]
    return absent(", ".join(missing)) if missing else known("; ".join(f"{k}: {v}" for k, v in parts.items()))


def recovery_stated(basis: Basis) -> Finding:
    """What is taken off the earlier courses."""
    if basis.answer.recovery == "none":
        return known("none: each earlier course counts in full")
    statements = dict.fromkeys(row.recovery_statement for row in basis.answer.rows if row.recovery_statement)
    return known(f"{basis.answer.recovery}: {' '.join(statements)}")


def _limits_with_recovery(basis: Basis) -> list[str]:
    """Return what each limit with recovery in it is called where the case says why it judges."""
    limits = [row.limit for row in basis.answer.rows if row.limit is not None and not row.is_shown_only]
    named = basis.case.recovery_limits
    return list(
        dict.fromkeys(
            next((f"recovery limit {one}" for one in named if one.is_of(limit)), f"limit {limit}")
            for limit in limits
            if limit.includes_recovery
        )
    )


def _recovery_decision(basis: Basis, *, needs_person: bool) -> Finding:
    limits = _limits_with_recovery(basis)
    if basis.answer.recovery == "none" and not limits:
        return idle("no recovery is taken off, and no limit includes it")
    about = [
        *(["recovery"] if basis.answer.recovery != "none" else []),
        *limits,
    ]
    said, missing = [], []
    for what in about:
        who, why = basis.decided_by(what), basis.because(what)
        missing += [] if why else [f"why {what}"]
        missing += [f"who decided {what}"] if needs_person and not who else []
        said.append(f"{what}: {why}" + (f" ({who})" if who else ""))
    return absent(", ".join(missing)) if missing else known("; ".join(said))


def recovery_justified(basis: Basis) -> Finding:
    """Why recovery is assumed, on the earlier courses' EQD2."""
    return _recovery_decision(basis, needs_person=False)


def recovery_judgement(basis: Basis) -> Finding:
    """Whose judgement the recovery is, and why."""
    return _recovery_decision(basis, needs_person=True)
