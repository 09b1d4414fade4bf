"""Hold a protocol against one patient, criterion by criterion.

The answer is a list. There is no overall verdict: some criteria are for clinicians, and a count of those that
are met is no permission.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dicom_io.study import SourceFile
from rtplan.errors import RtplanLookupError, RtplanTypeError
from rtplan.protocols.judging import Answer, Case, Truth, holds
from rtplan.protocols.patient_file import Patient
from rtplan.protocols.protocol_file import Criterion, Note, Protocol
from rtplan.protocols.question import ScreeningQuestion
from rtplan.protocols.radiotherapy import Radiotherapy
from rtplan.protocols.sheet import sheet_tissues
from rtplan.text import frame_of, table_html

__all__ = ["STATUSES", "CriterionResult", "Screening", "Status", "screen"]

Status = Literal["met", "not_met", "unknown", "clinician"]
STATUSES: Final[tuple[Status, ...]] = ("not_met", "unknown", "clinician", "met")
"""The four answers, the one that speaks against first."""

_NO_VERDICT: Final = "a list of single answers, no decision on taking part"


@dataclass(frozen=True, kw_only=True)
class CriterionResult:
    """One criterion and its answer.

    Attributes
    ----------
    criterion : Criterion
    status : {"met", "not_met", "unknown", "clinician"}
        `met`: the patient fits; for an exclusion criterion that it does not apply.
    value : str or None
        What is known, in words.
    reasons : tuple of str
        What is missing, or the question for the clinician.
    notes : tuple of str
        What a reader must know of the value.
    conflicts : tuple of Note
        The protocol's notes on this criterion.
    """

    criterion: Criterion
    status: Status
    value: str | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    conflicts: tuple[Note, ...]

    def __repr__(self) -> str:
        told = self.value or "; ".join(self.reasons)
        return f"<{self.criterion.id}: {self.status} ({told})>"


@dataclass(frozen=True, kw_only=True)
class Screening:
    """A protocol held against a patient.

    Attributes
    ----------
    protocol : Protocol
    results : tuple of CriterionResult
        In the order of the protocol.
    pseudonym : str
    findings : tuple of str
        What the files said that a reader must know.
    inputs : tuple of SourceFile
    """

    protocol: Protocol
    results: tuple[CriterionResult, ...]
    pseudonym: str = ""
    findings: tuple[str, ...] = ()
    inputs: tuple[SourceFile, ...] = field(default=(), repr=False)

    @property
    def counts(self) -> dict[Status, int]:
        """How many criteria have each status."""
        found = Counter(result.status for result in self.results)
        return {status: found[status] for status in STATUSES}

    def with_status(self, status: Status) -> tuple[CriterionResult, ...]:
        """Return the results of one status, in the order of the protocol."""
        return tuple(result for result in self.results if result.status == status)

    @property
    def against(self) -> tuple[CriterionResult, ...]:
        """What speaks against: the criteria that are not met."""
        return self.with_status("not_met")

    def result(self, identifier: str) -> CriterionResult:
        """Return the result of one criterion."""
        for result in self.results:
            if result.criterion.id == identifier:
                return result
        raise RtplanLookupError(f"{self.protocol.name} has no criterion {identifier!r}")

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each criterion, ready for a data frame."""
        return [
            {
                "protocol": self.protocol.id,
                "criterion": result.criterion.id,
                "kind": result.criterion.kind,
                "status": result.status,
                "value": result.value,
                "required": result.criterion.required,
                "reason": "; ".join(result.reasons) or None,
                "source": result.criterion.source,
            }
            for result in self.results
        ]

    @property
    def summary(self) -> str:
        """The counts in one line, and that they are no verdict."""
        counted = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in self.counts.items())
        return f"{counted}; {_NO_VERDICT}"

    def __repr__(self) -> str:
        against = ", ".join(result.criterion.id for result in self.against) or "nothing that is known"
        return f"<Screening for {self.protocol.name}: {self.summary}; against: {against}>"

    def to_frame(self) -> Any:
        """Return `records` as a pandas frame; needs pandas."""
        return frame_of(self.records())

    def _repr_html_(self) -> str:
        ordered = [result for status in STATUSES for result in self.with_status(status)]
        columns = ("status", "criterion", "known", "required", "open", "source", "notes")
        caption = f"{self.protocol.name} ({self.protocol.registry}): {self.summary}"
        return table_html(caption, columns, map(_html_cells, ordered), notes=self.findings)


def _html_cells(result: CriterionResult) -> tuple[str | None, ...]:
    return (
        result.status.replace("_", " "),
        result.criterion.text,
        result.value,
        result.criterion.required,
        "; ".join(result.reasons),
        result.criterion.source,
        "; ".join((*result.notes, *map(str, result.conflicts))),
    )


def screen(
    asked: ScreeningQuestion | Protocol,
    patient: Patient | None = None,
    radiotherapy: Radiotherapy | None = None,
) -> Screening:
    """Hold a protocol against a patient, criterion by criterion.

    Parameters
    ----------
    asked : ScreeningQuestion or Protocol
        The whole question; or the protocol alone, with the patient beside it.
    patient : Patient, optional
        Needed beside a protocol alone.
    radiotherapy : Radiotherapy, optional
        As `gather_radiotherapy` finds it; what the patient file alone says where it is left out.

    Returns
    -------
    Screening

    Raises
    ------
    RtplanTypeError
        Something stands beside a question, or no patient beside a protocol.
    RtplanValueError
        The question contradicts itself, see `ScreeningQuestion`.

    Examples
    --------
    >>> from rtplan.protocols import patient_of_tables
    >>> from rtplan.protocols import load_protocol
    >>> trial = load_protocol("sparkle")
    >>> patient = patient_of_tables(
    ...     {"earlier_radiotherapy": [{"regimen": "50.4Gy/28", "region": "pelvis"}]}, trial.facts)
    >>> found = screen(trial, patient)
    >>> found.result("previous-dose").status
    'not_met'
    >>> found.counts["met"]
    0
    """
    if isinstance(asked, ScreeningQuestion):
        if patient is not None or radiotherapy is not None:
            raise RtplanTypeError("a question holds its patient and radiotherapy: nothing goes beside it")
        return _answered(asked)
    if patient is None:
        raise RtplanTypeError("a protocol alone is no question: give the patient as the second argument")
    if radiotherapy is None:
        return _answered(ScreeningQuestion.of(asked, patient))
    return _answered(ScreeningQuestion(protocol=asked, patient=patient, radiotherapy=radiotherapy))


def _answered(question: ScreeningQuestion) -> Screening:
    case = Case(
        protocol=question.protocol,
        patient=question.patient,
        radiotherapy=question.radiotherapy,
        alpha_betas=tuple((tissue.name, tissue.alpha_beta) for tissue in sheet_tissues()),
    )
    return Screening(
        protocol=question.protocol,
        results=tuple(_result(criterion, case) for criterion in question.protocol.criteria),
        pseudonym=question.patient.pseudonym,
        findings=question.radiotherapy.findings,
        inputs=question.radiotherapy.inputs,
    )


def _result(criterion: Criterion, case: Case) -> CriterionResult:
    answer = holds(criterion.condition, case)
    return CriterionResult(
        criterion=criterion,
        status=_status(answer, excludes=criterion.excludes),
        value=answer.value or None,
        reasons=answer.reasons if answer.truth in (Truth.UNKNOWN, Truth.CLINICIAN) else (),
        notes=answer.notes,
        conflicts=case.protocol.notes_on(criterion.id, *_regimens_of(criterion, case)),
    )


def _regimens_of(criterion: Criterion, case: Case) -> tuple[str, ...]:
    """Notes on regimens belong to the criterion that asks for one of them."""
    return tuple(r.id for r in case.protocol.regimens) if criterion.id == "regimen" else ()


def _status(answer: Answer, *, excludes: bool) -> Status:
    if answer.truth is Truth.UNKNOWN:
        return "unknown"
    if answer.truth is Truth.CLINICIAN:
        return "clinician"
    return "met" if (answer.truth is Truth.YES) != excludes else "not_met"
