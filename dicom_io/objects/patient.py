"""Whose objects these are: compared across files, never shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields

__all__ = ["PatientIdentity"]


@dataclass(frozen=True, kw_only=True)
class PatientIdentity:
    """Patient ID, birth date and sex as written in one object; its text shows none of them.

    Attributes
    ----------
    patient_id : str
    birth_date : str
    sex : str
        Each empty where the object does not say.

    Examples
    --------
    >>> first = PatientIdentity(patient_id="A1", birth_date="19500101", sex="F")
    >>> first
    PatientIdentity()
    >>> first.differences(PatientIdentity(patient_id="A2", birth_date="", sex="F"))
    ('patient ID',)
    """

    patient_id: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)

    def __post_init__(self) -> None:
        for item in fields(self):
            tidy = getattr(self, item.name).strip(" \x00").casefold()
            if item.name == "birth_date":
                tidy = tidy.replace(".", "").replace("-", "")
            object.__setattr__(self, item.name, tidy)

    def differences(self, other: PatientIdentity) -> tuple[str, ...]:
        """Return the names of what both state and state differently."""
        named = {"patient_id": "patient ID", "birth_date": "birth date", "sex": "sex"}
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in named}
        return tuple(
            named[name] for name, (mine, theirs) in pairs.items() if mine and theirs and mine != theirs
        )

    @property
    def is_blank(self) -> bool:
        """Whether there is no patient ID to compare."""
        return not self.patient_id

    @property
    def key(self) -> str:
        """A hash for comparing two studies; empty when nothing is stated. Not for printing."""
        told = "\x1f".join((self.patient_id, self.birth_date, self.sex))
        return hashlib.sha256(told.encode()).hexdigest() if told.strip("\x1f") else ""
