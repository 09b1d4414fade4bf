"""What is asked of a trial screening: a protocol, a patient, and what is known of the radiotherapy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtplan.errors import RtplanValueError
from rtplan.names import near_names
from rtplan.protocols.gathering import Folders, gather_radiotherapy
from rtplan.protocols.patient_file import Patient
from rtplan.protocols.protocol_file import Protocol
from rtplan.protocols.radiotherapy import Radiotherapy

__all__ = ["ScreeningQuestion"]


@dataclass(frozen=True, kw_only=True)
class ScreeningQuestion:
    """A protocol and the patient that it is held against.

    Attributes
    ----------
    protocol : Protocol
    patient : Patient
    radiotherapy : Radiotherapy
        Of this patient, as `gather_radiotherapy` finds it in patient file and plans.

    Raises
    ------
    RtplanValueError
        If the patient has keys that the protocol does not ask, or the radiotherapy lacks what the patient
        file states.

    Examples
    --------
    >>> from rtplan.protocols import load_protocol, patient_of_tables
    >>> trial = load_protocol("sparkle")
    >>> patient = patient_of_tables({"planned_radiotherapy": {"regimen": "30Gy/5"}}, trial.facts)
    >>> ScreeningQuestion.of(trial, patient).radiotherapy.planned.regimen.n_fractions
    5
    >>> ScreeningQuestion(protocol=trial, patient=patient, radiotherapy=Radiotherapy())
    Traceback (most recent call last):
    rtplan.errors.RtplanValueError: the patient file states planned radiotherapy and the radiotherapy that ...
    """

    protocol: Protocol
    patient: Patient
    radiotherapy: Radiotherapy

    def __post_init__(self) -> None:
        for key in self.patient.values:
            if key not in self.protocol.facts:
                near = ", ".join(near_names(key, self.protocol.facts)) or "none is alike"
                raise RtplanValueError(
                    f"{key}: no such key in {self.protocol.name}; near keys: {near}; read the patient file "
                    "for this protocol"
                )
        known = self.radiotherapy
        _refuse_lost("earlier radiotherapy", self.patient.earlier, known.earlier)
        _refuse_lost("metastases", self.patient.metastases, known.metastases)
        if self.patient.planned is not None and known.planned is None:
            raise RtplanValueError(_LOST.format(what="planned radiotherapy"))

    @classmethod
    def of(cls, protocol: Protocol, patient: Patient, *, folders: Folders | None = None) -> ScreeningQuestion:
        """Ask a protocol of a patient; what the patient file names is read, and the plans in `folders`.

        Parameters
        ----------
        protocol : Protocol
        patient : Patient
        folders : Folders, optional
            Where plans lie; the patient file alone where it is left out.

        Raises
        ------
        RtplanValueError
            If file and plans contradict each other, or are of two patients.
        DicomIoError
            If a folder cannot be read.
        """
        known = gather_radiotherapy(patient, folders or Folders())
        return cls(protocol=protocol, patient=patient, radiotherapy=known)


_LOST = (
    "the patient file states {what} and the radiotherapy that was gathered does not have it: gather it for "
    "this patient"
)


def _refuse_lost(what: str, stated: Sequence[object] | None, known: Sequence[object] | None) -> None:
    """Refuse radiotherapy in which an entry of the patient file is missing: no criterion would see it."""
    if stated is not None and (known is None or len(known) != len(stated)):
        raise RtplanValueError(_LOST.format(what=what))
