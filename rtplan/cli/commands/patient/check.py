"""``rtplan check``: a plan against published limits."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from dicom_io import DicomIoError
from dicom_io.study import TreatmentSet, load_study
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.documents import check_document, check_text
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import InputRecord, input_of_file
from rtplan.limits import (
    Acceptance,
    Clinic,
    ConstraintSet,
    FractionConversion,
    load_constraint_set,
    read_clinic_file,
)
from rtplan.names import NameDictionary, near_names
from rtplan.plan_check import (
    DistanceRule,
    PlanCheck,
    PlanComparison,
    RiskMargin,
    check_plan,
    compare_plans,
    comparison_rows,
    comparison_text,
    distance_rules,
    fractions_of,
)
from rtplan.protocols import (
    Folders,
    Screening,
    gather_radiotherapy,
    load_protocol,
    patient_of_tables,
    protocol_rows,
    protocol_text_lines,
    radiotherapy_only,
    read_patient_file,
    screen,
)
from rtplan.report import Report

__all__ = ["add_subparser", "plan_check_of", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan check``."""
    parser = subparsers.add_parser(
        "check",
        help="a plan against published limits",
        description="Which limits of one constraint set a plan keeps, which it exceeds, and which could not "
        "be judged, and why. Sets: rtplan constraints list. Several folders, or one folder and several "
        "--plan, are put side by side.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="+",
        help="folder (or zip archive) with the plan, structures and dose; several to compare plans",
    )
    parser.add_argument(
        "--constraints", metavar="SET", help="a set's name, or a file of limits; else the clinic's choice"
    )
    parser.add_argument(
        "--clinic",
        type=Path,
        metavar="FILE",
        help="the clinic's own limits, alpha/beta, names and preferred sets; a template: rtplan constraints "
        "clinic-template",
    )
    parser.add_argument(
        "--organ",
        action="append",
        default=[],
        metavar="NAME=STANDARD",
        help="take this structure for that organ; repeatable",
    )
    parser.add_argument("--names", type=Path, metavar="FILE", help="the clinic's dictionary of names")
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which plan, where the folder holds several",
    )
    parser.add_argument(
        "--dose",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which dose, where the plan has several",
    )
    parser.add_argument(
        "--structures",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which structure set, where several fit",
    )
    parser.add_argument(
        "--protocol",
        metavar="ID",
        help="add what a trial protocol asks of regimen, earlier dose, interval and distance",
    )
    parser.add_argument(
        "--patient",
        type=Path,
        metavar="FILE.toml",
        help="what is known of the patient, for --protocol (rtplan protocol template ID)",
    )
    parser.add_argument(
        "--distance-rule",
        action="append",
        default=[],
        metavar="ID",
        help="a published distance rule to apply",
    )
    parser.add_argument(
        "--distance-from", action="append", default=[], metavar="NAME", help="measure from this, not the GTVs"
    )
    parser.add_argument(
        "--prv-margin",
        action="append",
        default=[],
        metavar="MM|ORGAN=MM",
        help="make the spinal cord's (or another organ's) planning risk volume with this margin, check it "
        "and judge limits for it; repeatable",
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="ORGAN:METRIC=WHO:WHY",
        help="record a reasoned acceptance beside a verdict; it changes nothing; repeatable",
    )
    parser.add_argument(
        "--convert-fractions",
        metavar="linear|eqd2:ALPHA_BETA|eqd2:clinic",
        help="derive limits where the set has none for the plan's number of fractions; each is labelled",
    )
    add_report_flags(parser)
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Check the plan, or several, and return the verdicts as data and text."""
    check_report_flags(args)
    asked = _asked(args)
    choices = _choices(args)
    if len(choices) > 1:
        return _run_several(args, asked, choices)
    check, inputs = _checked(asked, _loaded(choices[0]))
    screening = _screened(args, choices[0])
    body, text, failed = check_document(check), check_text(check), not check.all_within
    warnings = list(check.findings)
    if screening is not None:
        body["verdicts"] += protocol_rows(screening)
        text = "\n".join([text, *protocol_text_lines(screening)])
        failed = failed or any(result.status != "met" for result in screening.results)
        warnings = list(dict.fromkeys([*warnings, *screening.findings]))
        inputs = [*inputs, *_inputs_of(screening, args)]
    found = CommandResult(
        schema="rtplan.check/1",
        body=body,
        text=text,
        inputs=list(dict.fromkeys(inputs)),
        warnings=warnings,
        limit_failed=failed,
    )
    if args.report:
        write_reports(
            args.report, result=found, build=lambda: _report(found, check, args), overwrite=args.overwrite
        )
    return found


def _report(found: CommandResult, check: PlanCheck, args: argparse.Namespace) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report import check_report  # noqa: PLC0415 - what is not asked for is not loaded

    return check_report(check, inputs=found.inputs, date=report_date(args))


def _screened(args: argparse.Namespace, choice: Mapping[str, Any]) -> Screening | None:
    """Hold the protocol against the plan, and against the patient file where there is one."""
    if args.protocol is None:
        if args.patient is not None:
            raise RtplanValueError("--patient is for --protocol ID, which is missing")
        return None
    protocol = load_protocol(args.protocol)
    if args.patient is not None:
        patient = read_patient_file(args.patient, protocol.facts)
        base = args.patient.parent
    else:
        patient, base = patient_of_tables({}, protocol.facts), Path()
    folders = Folders(base=base, plan=choice["folder"], plan_label=choice["plan"])
    return radiotherapy_only(screen(protocol, patient, gather_radiotherapy(patient, folders)))


def _inputs_of(screening: Screening, args: argparse.Namespace) -> list[InputRecord]:
    """Protocol, patient file and the plans of earlier courses; the new plan is listed already."""
    protocol = screening.protocol
    found = [InputRecord(role=f"protocol {protocol.id}", sha256=protocol.sha256)]
    found += [input_of_file(args.patient, role="patient")] if args.patient else []
    earlier = [i for i in screening.inputs if i.role.startswith("earlier")]
    return found + [InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in earlier]


def _run_several(
    args: argparse.Namespace, asked: _Asked, choices: Sequence[Mapping[str, Any]]
) -> CommandResult:
    """Check several plans and put them side by side; a page is of one plan."""
    if args.protocol is not None or args.patient is not None:
        raise RtplanValueError("--protocol is for one plan; several are compared by limits alone")
    pages = [path.name for path in args.report or () if path.suffix.lower() != ".json"]
    if pages:
        raise RtplanValueError(f"{pages[0]!r}: a report page is of one plan; several go into a .json file")
    treatments = [_loaded_as(label, choice) for label, choice in zip(ascii_uppercase, choices, strict=False)]
    _check_by_hand(asked.by_hand, treatments)
    done = [_checked(asked, treatment, is_one_of_several=True) for treatment in treatments]
    comparison = compare_plans([check for check, _ in done])
    plans = [
        {
            "column": label,
            **check_document(check),
            "warnings": list(check.findings),
            "inputs": [{"role": i.role, "sha256": i.sha256, "uid": i.uid} for i in inputs],
        }
        for label, (check, inputs) in zip(comparison.labels, done, strict=True)
    ]
    found = CommandResult(
        schema="rtplan.check.several/1",
        body={"comparison": comparison_rows(comparison), "plans": plans},
        text=comparison_text(comparison),
        inputs=list(dict.fromkeys(i for _, inputs in done for i in inputs)),
        warnings=_labelled_findings(comparison),
        limit_failed=not comparison.all_within,
    )
    if args.report:
        write_reports(args.report, result=found, build=_no_page, overwrite=args.overwrite)
    return found


def _no_page() -> Report:
    raise RtplanValueError("a report page is of one plan")


def _labelled_findings(comparison: PlanComparison) -> list[str]:
    """Findings with the plans that they are about."""
    about: dict[str, list[str]] = {}
    for label, check in zip(comparison.labels, comparison.checks, strict=True):
        for finding in check.findings:
            about.setdefault(finding, []).append(label)
    return [f"{', '.join(labels)}: {finding}" for finding, labels in about.items()]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the arguments ask of every plan, read and checked before any folder is."""

    constraint_set: ConstraintSet | None
    clinic: Clinic | None
    dictionary: NameDictionary | None
    by_hand: Sequence[tuple[str, str]]
    conversion: FractionConversion | None
    rules: Sequence[DistanceRule]
    distance_from: Sequence[str]
    acceptances: Sequence[Acceptance]
    risk_margins: Sequence[RiskMargin]
    inputs: Sequence[InputRecord]


def _asked(args: argparse.Namespace) -> _Asked:
    """Read everything that is no DICOM."""
    clinic = read_clinic_file(args.clinic) if args.clinic else None
    if args.constraints is None and (clinic is None or not (clinic.limits or clinic.preferred_sets)):
        raise RtplanValueError(
            "--constraints SET is needed (rtplan constraints list), or a --clinic file with limits or "
            "preferred sets"
        )
    names = NameDictionary.read(args.names) if args.names else None
    by_organ = clinic.alpha_beta_by_organ if clinic else None
    inputs = [InputRecord(role="clinic", sha256=clinic.sha256)] if clinic else []
    inputs += [input_of_file(args.names, role="names")] if args.names else []
    return _Asked(
        constraint_set=load_constraint_set(args.constraints) if args.constraints is not None else None,
        clinic=clinic,
        dictionary=_joined_names(names, clinic.dictionary if clinic else None),
        by_hand=[choice_by_hand(text) for text in args.organ],
        conversion=FractionConversion.parse(args.convert_fractions, by_organ=by_organ)
        if args.convert_fractions
        else None,
        rules=[_rule(identifier) for identifier in args.distance_rule],
        distance_from=args.distance_from,
        acceptances=[Acceptance.parse(text) for text in args.accept],
        risk_margins=[RiskMargin.parse(text) for text in args.prv_margin],
        inputs=inputs,
    )


def _joined_names(one: NameDictionary | None, other: NameDictionary | None) -> NameDictionary | None:
    """Names of two dictionaries, which must not disagree."""
    if one is None or other is None:
        return one or other
    for written in one.standards.keys() & other.standards.keys():
        if one.standards[written] != other.standards[written]:
            raise RtplanValueError(
                f"{written!r} is {one.standards[written]} in the dictionary of --names and "
                f"{other.standards[written]} in the clinic's file"
            )
    return NameDictionary(standards={**one.standards, **other.standards})


_SELECTORS = {"plan": "plan", "dose": "dose", "structures": "structure_set"}


def _choices(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Folder, plan, dose and structure set of each plan that is to be checked.

    An option given once is for all folders, given as often as there are plans for one each; several --plan
    with one folder are several plans of that folder.
    """
    given: dict[str, list[Any]] = {"folder": args.folder}
    given |= {keyword: getattr(args, option) for option, keyword in _SELECTORS.items()}
    count = max(map(len, given.values()))
    for option, keyword in {"folder": "folder", **_SELECTORS}.items():
        if len(given[keyword]) not in (0, 1, count):
            raise RtplanValueError(
                f"{len(given[keyword])} times {option} for {count} plans: give it once, or once for each"
            )
    if count > len(ascii_uppercase):
        raise RtplanValueError(f"{count} plans: at most {len(ascii_uppercase)} are put side by side")
    spread = {k: (v * count if len(v) == 1 else v or [None] * count) for k, v in given.items()}
    choices = [dict(zip(spread, values, strict=True)) for values in zip(*spread.values(), strict=True)]
    if len({tuple(map(str, choice.values())) for choice in choices}) < len(choices):
        raise RtplanValueError("the same plan is given twice")
    return choices


def plan_check_of(args: argparse.Namespace) -> tuple[PlanCheck, list[InputRecord]]:
    """Read what the arguments name and check the one plan."""
    return _checked(_asked(args), _loaded(_choices(args)[0]))


def _loaded_as(label: str, choice: Mapping[str, Any]) -> TreatmentSet:
    """Read one plan of several; a refusal says which."""
    try:
        return _loaded(choice)
    except DicomIoError as refusal:
        raise RtplanValueError(f"plan {label}: {refusal.args[0] if refusal.args else refusal}") from None


def _loaded(choice: Mapping[str, Any]) -> TreatmentSet:
    """Read one plan."""
    progress = Progress()
    progress("reading the folder")
    selectors = {keyword: choice[keyword] for keyword in _SELECTORS.values()}
    treatment = load_study(choice["folder"]).select(**selectors)
    progress.done()
    return treatment


def _checked(
    asked: _Asked, treatment: TreatmentSet, *, is_one_of_several: bool = False
) -> tuple[PlanCheck, list[InputRecord]]:
    """Check one plan."""
    progress = Progress()
    sets, said = _sets_for(asked, treatment)
    progress(f"checking against {sets[0].name}")
    by_hand = asked.by_hand
    if is_one_of_several:
        by_hand = [choice for choice in by_hand if choice[0] in _names_of(treatment)]
    check = check_plan(
        treatment,
        sets[0],
        by_hand=by_hand,
        dictionary=asked.dictionary,
        rules=asked.rules,
        distance_from=asked.distance_from,
        conversion=asked.conversion,
        acceptances=asked.acceptances,
        further_sets=sets[1:],
        risk_margins=asked.risk_margins,
    )
    progress.done()
    inputs = [InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in treatment.inputs]
    inputs.append(InputRecord(role="constraints", sha256=sets[0].sha256))
    return replace(check, findings=(*said, *check.findings)), [*inputs, *asked.inputs]


def _names_of(treatment: TreatmentSet) -> list[str]:
    structures = treatment.structure_set.structures if treatment.structure_set else ()
    return [structure.name.strip() for structure in structures]


def _check_by_hand(by_hand: Sequence[tuple[str, str]], treatments: Sequence[TreatmentSet]) -> None:
    """Refuse a choice by hand of a structure that no plan has; one plan alone is told by the check itself."""
    present = list(dict.fromkeys(name for treatment in treatments for name in _names_of(treatment)))
    for written, standard in by_hand:
        if written not in present:
            near = ", ".join(near_names(written, present)) or "none is alike"
            raise RtplanLookupError(
                f"no plan has a structure {written!r} to take for {standard!r}; near names: {near}"
            )


def _sets_for(asked: _Asked, treatment: TreatmentSet) -> tuple[list[ConstraintSet], list[str]]:
    """The set that was asked for or that the clinic prefers, then the clinic's own limits."""
    own = [asked.clinic.limits] if asked.clinic and asked.clinic.limits else []
    if asked.constraint_set is not None:
        return [asked.constraint_set, *own], []
    assert asked.clinic is not None
    fractions = fractions_of(treatment)
    name = asked.clinic.preferred_set(fractions.n_fractions, dose_per_fraction=fractions.dose_per_fraction_gy)
    told = f"{fractions.n_fractions or 'an unknown number of'} fractions"
    if name is not None:
        return [load_constraint_set(name), *own], [
            f"{name} is the set that the clinic's file prefers for {told}"
        ]
    if not own:
        raise RtplanLookupError(
            f"the clinic's file prefers no set for {told} and has no limits of its own; "
            "give --constraints SET"
        )
    said = [f"the clinic's file prefers no set for {told}"] if asked.clinic.preferred_sets else []
    return own, [*said, "only the clinic's own limits were judged"]


def choice_by_hand(text: str) -> tuple[str, str]:
    """Read ``NAME=STANDARD``; the name may hold an equals sign, the standard name does not.

    Examples
    --------
    >>> choice_by_hand("rectum stump=Rectum")
    ('rectum stump', 'Rectum')
    """
    written, sign, standard = text.rpartition("=")
    if not sign or not written.strip() or not standard.strip():
        raise RtplanValueError(f"{text!r} is no choice of a structure; write NAME=STANDARD")
    return written.strip(), standard.strip()


def _rule(identifier: str) -> DistanceRule:
    for rule in distance_rules():
        if rule.id == identifier:
            return rule
    known = ", ".join(rule.id for rule in distance_rules())
    raise RtplanLookupError(f"no distance rule {identifier!r}; there are: {known}")
