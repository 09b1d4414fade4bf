"""What each structure of a folder stands for, and the names that a person still has to decide."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bed.retreatment import target_kind_of_name
from dicom_io.study import TreatmentSet
from rtplan.files import InputRecord, Originals, input_of_file, write_whole
from rtplan.limits import read_clinic_file
from rtplan.names import (
    DICTIONARY_COLUMNS,
    Assignment,
    NameDictionary,
    assign,
    joined_names,
    near_names,
    structure_names,
)
from rtplan.structures.chosen import FolderChoice

__all__ = [
    "FolderNames",
    "NamedStructure",
    "NamesQuestion",
    "match_names",
    "names_of_folder",
    "proposed_dictionary",
    "write_proposal",
]


@dataclass(frozen=True, kw_only=True)
class NamesQuestion(FolderChoice):
    """Whose names are asked for.

    Attributes
    ----------
    dictionary : Path or None
        The clinic's own dictionary of names.
    clinic : Path or None
        The clinic's file, of which the names count here.
    """

    dictionary: Path | None = None
    clinic: Path | None = None


@dataclass(frozen=True, kw_only=True)
class NamedStructure:
    """One structure and what it stands for.

    Attributes
    ----------
    name : str
    number : int
    standard : str or None
        TG-263 name; None where nothing is known.
    evidence : str or None
        What the match rests on.
    reason : str or None
        Why there is no match.
    near_names : tuple of str
        Standard names that the written one resembles.
    """

    name: str
    number: int
    standard: str | None = None
    evidence: str | None = None
    reason: str | None = None
    near_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderNames:
    """The names of a folder's structures.

    Attributes
    ----------
    question : NamesQuestion
    treatment : TreatmentSet
    structures : tuple of NamedStructure
        In file order.
    inputs : tuple of InputRecord
        The dictionary, where one was given.
    findings : tuple of str
    """

    question: NamesQuestion
    treatment: TreatmentSet
    structures: tuple[NamedStructure, ...]
    inputs: tuple[InputRecord, ...]
    findings: tuple[str, ...]


def names_of_folder(question: NamesQuestion) -> FolderNames:
    """Match the names of a structure set against the standard.

    Parameters
    ----------
    question : NamesQuestion

    Returns
    -------
    FolderNames

    Raises
    ------
    DicomIoError
        The folder or its structure set is not there or is ambiguous.
    RtplanError
        The dictionary is not there or has mistakes.
    """
    path = question.dictionary
    clinic = None if question.clinic is None else read_clinic_file(question.clinic)
    dictionary = joined_names(
        None if path is None else NameDictionary.read(path), None if clinic is None else clinic.dictionary
    )
    _, treatment = question.load(require=("structures",))
    assert treatment.structure_set is not None
    written = [(structure.number, structure.name) for structure in treatment.structure_set.structures]
    assignment = assign(written, dictionary=dictionary)
    return FolderNames(
        question=question,
        treatment=treatment,
        structures=match_names(written, assignment),
        inputs=(
            *(() if path is None else (input_of_file(path, role="names"),)),
            *(() if clinic is None else (InputRecord(role="clinic", sha256=clinic.sha256),)),
        ),
        findings=(*assignment.findings, *_ambiguous(assignment)),
    )


def match_names(structures: Sequence[tuple[int, str]], assignment: Assignment) -> tuple[NamedStructure, ...]:
    """Return what each structure stands for, in file order.

    Parameters
    ----------
    structures : sequence of (int, str)
        Number and name.
    assignment : Assignment
        Of the same structures.
    """
    matched = {assigned.number: assigned for assigned in assignment.assigned}
    reasons = {unmatched.written: unmatched.reason for unmatched in assignment.unmatched}
    return tuple(
        NamedStructure(
            name=name,
            number=number,
            standard=matched[number].standard,
            evidence=matched[number].evidence.value,
        )
        if number in matched
        else NamedStructure(
            name=name, number=number, reason=reasons.get(name), near_names=_near_standards(name)
        )
        for number, name in structures
    )


def _near_standards(name: str) -> tuple[str, ...]:
    """Standard names that a written one resembles; a target's own name resembles none."""
    return () if target_kind_of_name(name) else tuple(near_names(name, structure_names().standards))


def _ambiguous(assignment: Assignment) -> list[str]:
    """Name the organs for which several structures stand."""
    findings = []
    for standard in dict.fromkeys(assigned.standard for assigned in assignment.assigned):
        several = assignment.of(standard)
        if len(several) > 1:
            written = ", ".join(repr(assigned.written) for assigned in several)
            findings.append(f"{standard}: {written} all stand for it")
    return findings


def proposed_dictionary(structures: Sequence[NamedStructure]) -> str:
    """Return the open names as the text of a dictionary file that nobody has confirmed yet.

    Parameters
    ----------
    structures : sequence of NamedStructure

    Examples
    --------
    >>> print(proposed_dictionary([NamedStructure(name="x1", number=1, reason="no rule")]).splitlines()[1])
    x1,,,no rule
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(DICTIONARY_COLUMNS)
    for structure in structures:
        if structure.standard is None:
            near = ", ".join(structure.near_names)
            note = f"{structure.reason}; near names: {near}" if near else structure.reason
            writer.writerow([structure.name, "", "", note])
    return buffer.getvalue()


def write_proposal(answer: FolderNames, path: Path, *, overwrite: bool) -> None:
    """Write the open names of a folder as a dictionary to be filled in, whole or not at all.

    Parameters
    ----------
    answer : FolderNames
    path : Path
    overwrite : bool
        Whether a file of other content may be replaced.

    Raises
    ------
    OutputIsInputError
        It is the dictionary, the clinic's file or a file of the folder that was read.
    OutputExistsError
        A file of other content is there.
    """
    asked = answer.question
    read = (asked.folder, asked.dictionary, asked.clinic)
    write_whole(
        path,
        proposed_dictionary(answer.structures).encode(errors="backslashreplace"),
        overwrite=overwrite,
        originals=Originals.of(paths=[each for each in read if each is not None]),
    )
