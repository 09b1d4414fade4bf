"""One report held against what there is now: every input has a state, every difference a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from dicom_io.study import ListedFile
from rtplan._version import __version__
from rtplan.case import Case, ReirradiationCase, question_sha256
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import InputRecord
from rtplan.limits import CumulativeLimit, constraint_sets, load_constraint_set
from rtplan.protocols import load_protocol
from rtplan.verification.given_files import GivenFiles, read_given_files
from rtplan.verification.stated_report import StatedReport, limit_in_words, read_report

__all__ = ["CheckedInput", "InputState", "Stale", "Verification", "verify_report"]


class InputState(StrEnum):
    """What became of one input of a report."""

    SAME_FILE = "same file"
    SAME_DATA_SET = "same data set in another file"
    CARRIED = "carried by this version, unchanged"
    TYPED = "typed: nothing to compare"
    CHANGED = "changed"
    MISSING = "missing"

    @property
    def is_kept(self) -> bool:
        """Whether the report still rests on it."""
        return self not in (InputState.CHANGED, InputState.MISSING)


class Stale(StrEnum):
    """Why a report is no longer known to be true."""

    VERSION = "version"
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    LIMITS = "limits"
    QUESTION = "question"


@dataclass(frozen=True, kw_only=True)
class CheckedInput:
    """One input of a report.

    Attributes
    ----------
    record : InputRecord
        As the report states it.
    state : InputState
    said : str
        What was found, where the state alone does not say it.
    """

    record: InputRecord
    state: InputState
    said: str = ""

    @property
    def name(self) -> str:
        """Role and end of the UID."""
        return _named(self.record.role, self.record.uid)


@dataclass(frozen=True, kw_only=True, eq=False)
class Verification:
    """Whether a report is still true.

    Attributes
    ----------
    report : StatedReport
    inputs : tuple of CheckedInput
    differences : tuple of (Stale, str)
        Empty where the report is current.
    remarks : tuple of str
        What else lies there, and what was not compared.
    """

    report: StatedReport
    inputs: tuple[CheckedInput, ...]
    differences: tuple[tuple[Stale, str], ...]
    remarks: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether nothing differs that the report rests on."""
        return not self.differences

    def __repr__(self) -> str:
        state = "current" if self.is_current else f"stale, {len(self.differences)} differences"
        return f"Verification({self.report.schema}: {state})"


def verify_report(report: Path, locations: Sequence[Path]) -> Verification:
    """Say whether a report is still true of some files, of the limits carried and of this version.

    An object is the same where its file is, or where its data set is: one that was received again by network
    has other file meta information and perhaps another transfer syntax.

    Parameters
    ----------
    report : Path
        The JSON document of an answer.
    locations : sequence of Path
        Folders, archives and files that it was made from: also a clinic's file, files of limits or tissues,
        and the case file, whose question is then compared as well.

    Returns
    -------
    Verification

    Raises
    ------
    RtplanValueError, RtplanLookupError, DicomIoError
        No report, nothing to hold it against, or a file that cannot be read.
    """
    if not locations:
        raise RtplanValueError("a report is verified against files: name the folders that it was made from")
    stated = read_report(report)
    given = read_given_files([path for path in locations if path.resolve() != report.resolve()])
    inputs = tuple(_checked(record, stated, given) for record in stated.inputs)
    differences = [
        *_of_version(stated),
        *_of_inputs(inputs),
        *_of_records(stated, given),
        *_of_cases(stated, given),
    ]
    return Verification(
        report=stated,
        inputs=inputs,
        differences=tuple(dict.fromkeys(differences)),
        remarks=tuple(dict.fromkeys([*_of_extra(stated, given), *_not_compared(given)])),
    )


def _named(role: str, uid: str | None) -> str:
    return f"{role} …{uid[-_TAIL:]}" if uid else role


_TAIL: Final = 6
_PROTOCOL, _REGIMEN = "protocol ", "regimen"


def _checked(record: InputRecord, stated: StatedReport, given: GivenFiles) -> CheckedInput:
    """Return what became of one input."""
    if record.uid is not None:
        return _checked_object(record, given.objects(record.uid))
    name = stated.sets.get(record.sha256 or "")
    if name is not None:
        return _checked_set(record, name, given)
    if record.role.startswith(_PROTOCOL):
        return _checked_protocol(record, given)
    if record.role.endswith(_REGIMEN):
        return CheckedInput(record=record, state=InputState.TYPED)
    return _checked_file(record, given)


def _checked_object(record: InputRecord, there: Sequence[ListedFile]) -> CheckedInput:
    if not there:
        return CheckedInput(record=record, state=InputState.MISSING, said="no file given holds this object")
    if any(file.sha256 == record.sha256 for file in there):
        return CheckedInput(record=record, state=InputState.SAME_FILE)
    if record.data_set_sha256 is None:
        said = "another file, and the report has no hash of its data set"
        return CheckedInput(record=record, state=InputState.CHANGED, said=said)
    if any(file.data_set_sha256 == record.data_set_sha256 for file in there):
        return CheckedInput(record=record, state=InputState.SAME_DATA_SET)
    return CheckedInput(record=record, state=InputState.CHANGED, said="its data set is another one")


def _checked_set(record: InputRecord, name: str, given: GivenFiles) -> CheckedInput:
    """A set is carried by name, else it is a file that has to be given."""
    if name not in {entry.name for entry in constraint_sets()}:
        return _checked_file(record, given, called=f"set {name}")
    if load_constraint_set(name).sha256 == record.sha256:
        return CheckedInput(record=record, state=InputState.CARRIED, said=name)
    return CheckedInput(record=record, state=InputState.CHANGED, said=f"the limits of {name} are others now")


def _checked_protocol(record: InputRecord, given: GivenFiles) -> CheckedInput:
    name = record.role.removeprefix(_PROTOCOL)
    try:
        carried = load_protocol(name).sha256
    except RtplanLookupError:
        return _checked_file(record, given)
    if carried == record.sha256:
        return CheckedInput(record=record, state=InputState.CARRIED, said=name)
    if record.sha256 in given.hashes:
        return CheckedInput(record=record, state=InputState.SAME_FILE)
    return CheckedInput(record=record, state=InputState.CHANGED, said=f"the protocol {name} is another now")


def _checked_file(record: InputRecord, given: GivenFiles, *, called: str = "") -> CheckedInput:
    if record.sha256 in given.hashes:
        return CheckedInput(record=record, state=InputState.SAME_FILE, said=called)
    carried = {entry.sha256: entry.name for entry in constraint_sets()}
    if record.sha256 in carried:
        return CheckedInput(record=record, state=InputState.CARRIED, said=carried[record.sha256])
    missing = "no file given has its content: it was changed, or is not among them"
    said = f"{called}: {missing}" if called else missing
    return CheckedInput(record=record, state=InputState.MISSING, said=said)


def _of_version(stated: StatedReport) -> Iterator[tuple[Stale, str]]:
    if stated.version != __version__:
        yield Stale.VERSION, f"made by version {stated.version}, this is {__version__}"


def _of_inputs(inputs: Sequence[CheckedInput]) -> Iterator[tuple[Stale, str]]:
    for checked in inputs:
        if not checked.state.is_kept:
            kind = Stale.CHANGED if checked.state is InputState.CHANGED else Stale.MISSING
            yield kind, f"{checked.name}: {checked.said}"


def _of_records(stated: StatedReport, given: GivenFiles) -> Iterator[tuple[Stale, str]]:
    """A treatment record of a plan of the report is read with it, so a new one changes what was given."""
    known = {record.uid for record in stated.inputs}
    for file in given.files:
        if file.kind == "record" and file.uid not in known and known.intersection(file.plan_uids):
            yield Stale.ADDED, f"{_named('treatment record', file.uid)} of a plan of the report is not in it"


def _of_extra(stated: StatedReport, given: GivenFiles) -> Iterator[str]:
    """Name objects that lie there and are not in the report."""
    known = {record.uid for record in stated.inputs}
    for file in given.files:
        if file.kind not in ("", "image", "record") and file.uid not in known:
            yield f"{_named(file.kind, file.uid)} lies there and is no input of the report"


def _of_cases(stated: StatedReport, given: GivenFiles) -> Iterator[tuple[Stale, str]]:
    """Ask the question of a case file anew and compare it with the report's."""
    for name, case in given.cases:
        if not isinstance(case, ReirradiationCase) or stated.question_sha256 is None:
            continue
        question = case.question()
        if question_sha256(question) == stated.question_sha256:
            continue
        now = {_in_words(limit) for limit in question.limits}
        before = stated.limits
        yield from (
            (Stale.LIMITS, f"{name}: limit {limit} is in the report and no longer asked")
            for limit in sorted(before - now)
        )
        yield from (
            (Stale.LIMITS, f"{name}: limit {limit} is asked and not in the report")
            for limit in sorted(now - before)
        )
        yield Stale.QUESTION, f"{name} asks another question than the report answers"


def _in_words(limit: CumulativeLimit) -> str:
    return limit_in_words(
        f"{limit.organ}:{limit.metric}",
        comparator=limit.comparator,
        eqd2_gy=limit.eqd2_gy,
        includes_recovery=limit.includes_recovery,
    )


def _not_compared(given: GivenFiles) -> Iterator[str]:
    yield from (
        f"{name}: the question of a case of this kind is not compared, only the files of the report are"
        for name, case in given.cases
        if not _is_compared(case)
    )


def _is_compared(case: Case) -> bool:
    return isinstance(case, ReirradiationCase)
