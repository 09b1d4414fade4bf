"""The case of a re-irradiation: what a person states, and where the courses are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from rtplan.case.decisions import Decision, decision_at, who_and_why
from rtplan.case.record import RecordStatements
from rtplan.case.record_tables import record_case, record_tables
from rtplan.case.sheet import CaseSheet, relative
from rtplan.case.tables import CaseTable, Tables
from rtplan.courses import CourseSource, parse_isodose, read_earlier_courses, read_new_course
from rtplan.limits import (
    CumulativeLimit,
    NamedRecoveryLimit,
    dose_metric,
    load_cumulative_set,
    parse_limit,
    read_clinic_file,
    read_limit_file,
)
from rtplan.reirradiation import DEFAULT_METRICS, BodyLevels, ReirradiationQuestion
from rtplan.reirradiation.organ import TissueChoice, read_tissue_file
from rtplan.sums import RegistrationUncertainty, read_registrations

__all__ = ["ReirradiationCase", "reirradiation_case", "reirradiation_tables"]

_STEPS = 5

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class ReirradiationCase:
    """What is stated of a re-irradiation; nothing is read yet.

    Attributes
    ----------
    new : Path
        DICOM folder of the new course, or a course file.
    new_starts : date
    priors : tuple of CourseSource
    new_plan : str or None
    delivered : tuple of int or None
        Fractions of the new course already given, for each of its phases.
    registrations : tuple of Path
    matches : mapping of str to tuple of str
    tissues : tuple of TissueChoice
    tissue_file : Path or None
        More of them.
    limits : tuple of CumulativeLimit
    limit_file : Path or None
        More of them.
    limit_set : str or None
        A carried set of limits over several courses, by name.
    recovery_limits : tuple of NamedRecoveryLimit
        Limits that already include recovery and shall judge, each with why.
    clinic : Path or None
        A clinic's file, with alpha/beta, limits and names.
    metrics : tuple of str
    n_fractions : tuple of int
    recovery : str
    cord_rules : bool
    target_alpha_beta : float or None
    isodose : str or None
        Such as ``"50%"``.
    overlap : str or None
        The same: earlier isodose inside which the courses' own metrics are added.
    same_patient : bool
    alpha_beta_intervals, recovery_intervals : mapping of str to (float, float)
    registration_uncertainty : RegistrationUncertainty or None
    body : BodyLevels or None
    constraints, protocol : str or None
        What the new plan alone is held against.
    patient : Path or None
        What the protocol asks.
    decisions : tuple of Decision
    record : RecordStatements
        What no object says.
    """

    new: Path
    new_starts: date
    priors: tuple[CourseSource, ...]
    new_plan: str | None = None
    delivered: tuple[int, ...] | None = None
    registrations: tuple[Path, ...] = ()
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tissues: tuple[TissueChoice, ...] = ()
    tissue_file: Path | None = None
    limits: tuple[CumulativeLimit, ...] = ()
    limit_file: Path | None = None
    limit_set: str | None = None
    recovery_limits: tuple[NamedRecoveryLimit, ...] = ()
    clinic: Path | None = None
    metrics: tuple[str, ...] = DEFAULT_METRICS
    n_fractions: tuple[int, ...] = ()
    recovery: str = "none"
    cord_rules: bool = False
    target_alpha_beta: float | None = None
    isodose: str | None = None
    overlap: str | None = None
    same_patient: bool = False
    alpha_beta_intervals: Mapping[str, Range] = field(default_factory=dict)
    recovery_intervals: Mapping[str, Range] = field(default_factory=dict)
    registration_uncertainty: RegistrationUncertainty | None = None
    body: BodyLevels | None = None
    constraints: str | None = None
    protocol: str | None = None
    patient: Path | None = None
    decisions: tuple[Decision, ...] = ()
    record: RecordStatements = field(default_factory=RecordStatements)

    def __post_init__(self) -> None:
        known = {decision.about for decision in self.decisions}
        reasons = {f"recovery limit {one}": one.because for one in self.recovery_limits}
        added = (Decision(about=what, because=why) for what, why in reasons.items() if what not in known)
        object.__setattr__(self, "decisions", (*self.decisions, *added))

    def question(self, progress: Callable[[str], None] = lambda _: None) -> ReirradiationQuestion:
        """Read everything that is named; the question checks itself.

        Parameters
        ----------
        progress : callable, optional
            Told what is done now.

        Raises
        ------
        RtplanValueError, RtplanLookupError, DicomIoError
            A file that is not there or wrong, or a question that contradicts itself.
        """
        more_tissues = () if self.tissue_file is None else read_tissue_file(self.tissue_file)
        more_limits = () if self.limit_file is None else read_limit_file(self.limit_file)
        progress("reading the courses")
        return ReirradiationQuestion(
            new=read_new_course(self.new, plan=self.new_plan, in_progress=self.delivered is not None),
            priors=read_earlier_courses(self.priors),
            new_starts=self.new_starts,
            tissues=(*self.tissues, *more_tissues),
            registrations=tuple(t for path in self.registrations for t in read_registrations(path)),
            limits=(*self.limits, *more_limits),
            limit_sets=() if self.limit_set is None else (load_cumulative_set(self.limit_set),),
            recovery_limits=self.recovery_limits,
            metrics=self.metrics,
            matches=self.matches,
            recovery=self.recovery,
            n_fractions=self.n_fractions,
            delivered=self.delivered,
            cord_rules=self.cord_rules,
            target_alpha_beta=self.target_alpha_beta,
            body=self.body,
            isodose=None if self.isodose is None else parse_isodose(self.isodose),
            overlap=None if self.overlap is None else parse_isodose(self.overlap),
            alpha_beta_intervals=self.alpha_beta_intervals,
            recovery_intervals=self.recovery_intervals,
            registration_uncertainty=self.registration_uncertainty,
            registration_judgements=self.record.registrations,
            same_patient=self.same_patient,
            clinic=None if self.clinic is None else read_clinic_file(self.clinic),
        )


def reirradiation_tables(case: ReirradiationCase, folder: Path) -> Tables:
    """Return a case as the tables of a file that stands in a folder."""
    decided = case.decisions
    return {
        "metrics": case.metrics,
        "n_fractions": case.n_fractions,
        "cord_rules": case.cord_rules or None,
        "target_alpha_beta": case.target_alpha_beta,
        "isodose": case.isodose,
        "overlap": case.overlap,
        "same_patient": case.same_patient or None,
        "new": {
            "source": relative(case.new, folder),
            "starts": case.new_starts,
            "plan": case.new_plan,
            "delivered": case.delivered,
        },
        "prior": [_prior_row(source, folder) for source in case.priors],
        "registration": [
            {"file": relative(path, folder), **who_and_why(decided, f"registration {number}")}
            for number, path in enumerate(case.registrations, start=1)
        ],
        "match": [
            {"organ": organ, "structures": names, **who_and_why(decided, f"match of {organ}")}
            for organ, names in case.matches.items()
        ],
        "tissue": [_tissue_row(case, choice) for choice in case.tissues],
        "limit": [_limit_row(case, limit) for limit in case.limits],
        "recovery_limit": [_recovery_limit_row(case, one) for one in case.recovery_limits],
        "recovery": {"rule": case.recovery, **who_and_why(decided, "recovery")},
        "recovery_range": [
            {"organ": organ, "low": low, "high": high}
            for organ, (low, high) in case.recovery_intervals.items()
        ],
        "registration_uncertainty": _uncertainty_row(case.registration_uncertainty),
        "body": case.body and {"levels_gy": case.body.levels_gy, "alpha_beta": case.body.alpha_beta},
        "files": _only_stated(
            tissues=relative(case.tissue_file, folder),
            limits=relative(case.limit_file, folder),
            limit_set=case.limit_set,
            clinic=relative(case.clinic, folder),
        ),
        "beside": _only_stated(
            constraints=_set_or_file(case.constraints, folder),
            protocol=case.protocol,
            patient=relative(case.patient, folder),
        ),
        "method": who_and_why(decided, "method"),
        **record_tables(case.record),
    }


def _prior_row(source: CourseSource, folder: Path) -> dict[str, Any]:
    written = relative(source.path, folder) if source.path.exists() else source.source
    return {
        "source": written,
        "ended": source.ended,
        "plan": source.plan,
        "n_fractions": source.n_fractions,
    }


def _tissue_row(case: ReirradiationCase, choice: TissueChoice) -> dict[str, Any]:
    low, high = case.alpha_beta_intervals.get(choice.organ, (None, None))
    return {
        "organ": choice.organ,
        "alpha_beta": choice.alpha_beta,
        "source": choice.source,
        "unusual": choice.unusual or None,
        "low": low,
        "high": high,
    }


def _limit_row(case: ReirradiationCase, limit: CumulativeLimit) -> dict[str, Any]:
    return {
        "limit": str(limit),
        "source": limit.source,
        "alpha_beta": limit.alpha_beta_gy,
        **who_and_why(case.decisions, f"limit {limit}"),
    }


def _recovery_limit_row(case: ReirradiationCase, one: NamedRecoveryLimit) -> dict[str, Any]:
    return {
        "organ": one.organ,
        "metric": None if one.metric is None else str(one.metric),
        **who_and_why(case.decisions, f"recovery limit {one}"),
        "because": one.because,
    }


def _uncertainty_row(uncertainty: RegistrationUncertainty | None) -> dict[str, Any] | None:
    if uncertainty is None:
        return None
    return {
        "shift_mm": uncertainty.shift_mm,
        "steps": uncertainty.steps,
        "rotation_degrees": uncertainty.rotation_degrees,
    }


def _only_stated(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _set_or_file(name: str | None, folder: Path) -> str | None:
    return relative(Path(name), folder) if name is not None and Path(name).is_file() else name


def reirradiation_case(sheet: CaseSheet) -> ReirradiationCase | None:
    """Build the case that a file states; None where the mistakes that were added leave none."""
    top, new, files, beside = (sheet.table(name) for name in ("", "new", "files", "beside"))
    priors = [source for table in sheet.rows("prior") for source in _prior(sheet, table)]
    tissues = [choice for table in sheet.rows("tissue") for choice in _tissue(sheet, table)]
    limits = [limit for table in sheet.rows("limit") for limit in _limit(sheet, table)]
    named = [one for table in sheet.rows("recovery_limit") for one in _recovery_limit(table)]
    uncertainty, body, record = _uncertainty(sheet), _body(sheet), record_case(sheet)
    if not new.needs("source", "starts"):
        return None
    source, starts = new.path("source"), new.day("starts")
    if sheet.mistakes or source is None or starts is None:
        return None
    rule = sheet.table("recovery").text("rule") or "none"
    return ReirradiationCase(
        new=source,
        new_starts=starts,
        priors=tuple(priors),
        new_plan=new.text("plan"),
        delivered=new.wholes("delivered") or None,
        registrations=tuple(path for table in sheet.rows("registration") if (path := table.path("file"))),
        matches={
            organ: table.texts("structures")
            for table in sheet.rows("match")
            if (organ := table.text("organ"))
        },
        tissues=tuple(tissues),
        tissue_file=files.path("tissues"),
        limits=tuple(limits),
        limit_file=files.path("limits"),
        limit_set=files.text("limit_set"),
        recovery_limits=tuple(named),
        clinic=files.path("clinic"),
        metrics=top.texts("metrics") or DEFAULT_METRICS,
        n_fractions=top.wholes("n_fractions"),
        recovery=rule,
        cord_rules=top.flag("cord_rules"),
        target_alpha_beta=top.alpha_beta("target_alpha_beta"),
        isodose=top.text("isodose"),
        overlap=top.text("overlap"),
        same_patient=top.flag("same_patient"),
        alpha_beta_intervals=dict(_ranges(sheet.rows("tissue"), CaseTable.alpha_beta)),
        recovery_intervals=dict(_ranges(sheet.rows("recovery_range"), CaseTable.number)),
        registration_uncertainty=uncertainty,
        body=body,
        constraints=_found_or_name(sheet.folder, beside.text("constraints")),
        protocol=beside.text("protocol"),
        patient=beside.path("patient"),
        decisions=_decisions(sheet, tuple(limits)),
        record=record,
    )


def _prior(sheet: CaseSheet, table: CaseTable) -> list[CourseSource]:
    text, ended = table.text("source"), table.day("ended")
    plan, n_fractions = table.text("plan"), table.whole("n_fractions")
    if not table.needs("source", "ended") or text is None:
        return []
    path = table.path("source")
    written = str(path) if path is not None and path.exists() else text
    return table.made(lambda: CourseSource(source=written, ended=ended, plan=plan, n_fractions=n_fractions))


def _tissue(sheet: CaseSheet, table: CaseTable) -> list[TissueChoice]:
    unusual = table.flag("unusual")
    organ, source = table.text("organ"), table.text("source")
    alpha_beta = table.alpha_beta("alpha_beta", unusual=unusual)
    if not table.needs("organ", "alpha_beta", "source") or organ is None or alpha_beta is None or not source:
        return []
    return table.made(
        lambda: TissueChoice(organ=organ, alpha_beta=alpha_beta, source=source, unusual=unusual)
    )


def _limit(sheet: CaseSheet, table: CaseTable) -> list[CumulativeLimit]:
    text, source, alpha_beta = table.text("limit"), table.text("source"), table.alpha_beta("alpha_beta")
    if not table.needs("limit", "source") or text is None or source is None:
        return []
    return table.made(lambda: replace(parse_limit(text), source=source, alpha_beta_gy=alpha_beta))


def _recovery_limit(table: CaseTable) -> list[NamedRecoveryLimit]:
    organ, metric, because = table.text("organ"), table.text("metric"), table.text("because")
    if not table.needs("organ", "because") or organ is None or because is None:
        return []
    return table.made(
        lambda: NamedRecoveryLimit(
            organ=organ, because=because, metric=None if metric is None else dose_metric(metric)
        )
    )


def _ranges(
    tables: list[CaseTable], read: Callable[[CaseTable, str], float | None]
) -> list[tuple[str, Range]]:
    found = []
    for table in tables:
        organ, low, high = table.text("organ"), read(table, "low"), read(table, "high")
        if organ is not None and low is not None and high is not None:
            found.append((organ, (low, high)))
    return found


def _uncertainty(sheet: CaseSheet) -> RegistrationUncertainty | None:
    table = sheet.table("registration_uncertainty")
    shift, steps, rotation = table.number("shift_mm"), table.whole("steps"), table.number("rotation_degrees")
    if not table or not table.needs("shift_mm") or shift is None:
        return None
    made = table.made(
        lambda: RegistrationUncertainty(
            shift_mm=shift, steps=_STEPS if steps is None else steps, rotation_degrees=rotation or 0.0
        )
    )
    return made[0] if made else None


def _body(sheet: CaseSheet) -> BodyLevels | None:
    table = sheet.table("body")
    levels, alpha_beta = table.numbers("levels_gy"), table.alpha_beta("alpha_beta")
    if not table or not table.needs("levels_gy", "alpha_beta") or alpha_beta is None:
        return None
    made = table.made(lambda: BodyLevels(levels_gy=levels, alpha_beta=alpha_beta))
    return made[0] if made else None


def _found_or_name(folder: Path, text: str | None) -> str | None:
    """A set of limits is a name, or a file that stands beside the case."""
    return os.fspath(folder / text) if text is not None and (folder / text).is_file() else text


def _decisions(sheet: CaseSheet, limits: tuple[CumulativeLimit, ...]) -> tuple[Decision, ...]:
    matches = sheet.rows("match")
    about = [
        *((table, f"registration {n}") for n, table in enumerate(sheet.rows("registration"), start=1)),
        *((table, f"match of {table.text('organ')}") for table in matches),
        *((table, f"limit {limit}") for table, limit in zip(sheet.rows("limit"), limits, strict=True)),
        *(
            (table, f"recovery limit {one}")
            for table in sheet.rows("recovery_limit")
            for one in _recovery_limit(table)
        ),
        (sheet.table("recovery"), "recovery"),
        (sheet.table("method"), "method"),
    ]
    return tuple(decision for table, what in about for decision in decision_at(table, what))
