"""``rtplan reirradiate``: cumulative dose of an earlier and a new course, and what is left."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bed.errors import RegimenError
from dicom_io.readers.dvh_text import read_dvh_text
from dicom_io.selection import SourceFile, TreatmentSet
from dicom_io.study import load_study
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.course import Course, Delivery, course_of_export, course_of_regimen, course_of_treatments
from rtplan.course_file import read_course_file
from rtplan.cumulative_limit import CumulativeLimit, parse_limits, refuse_two
from rtplan.cumulative_limit_file import read_limit_file
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.export_files import ExportChoice, export_map, export_sums
from rtplan.fhir_summary import read_fhir_summary
from rtplan.interval import Interval, parse_date
from rtplan.joining import Registration
from rtplan.matrix_file import read_matrix_file
from rtplan.organ_match import parse_match
from rtplan.provenance import InputRecord
from rtplan.reirradiation import DEFAULT_METRICS, BodyLevels, Reirradiation, reirradiate
from rtplan.reirradiation_document import reirradiation_body, reirradiation_text
from rtplan.remaining_map import remaining_map
from rtplan.report.model import Report
from rtplan.rert_class import parse_isodose
from rtplan.robustness import RegistrationUncertainty
from rtplan.tissue_choice import TissueChoice, parse_tissues, read_tissue_file

__all__ = ["CourseInputs", "add_subparser", "answer", "read_courses", "run", "solve"]

_DVH_EXPORTS = (".txt", ".dvh")
_NEVER_READ = (".pdf", ".csv", ".xml", ".xlsx", ".xls", ".docx", ".doc", ".png", ".jpg", ".jpeg")


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan reirradiate``."""
    parser = subparsers.add_parser(
        "reirradiate",
        help="cumulative dose of an earlier and a new course",
        description=(
            "Bounds without registration, voxel sums with one, and the remaining dose, side by side. "
            "A prior source is a folder, a course file (.toml), a DVH text export (.txt), a FHIR course "
            "summary (.json) or a regimen such as 50.4Gy/28."
        ),
    )
    _add_courses(parser)
    _add_questions(parser)
    add_json_flag(parser)
    return parser


def _add_courses(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--new", required=True, type=Path, metavar="FOLDER", help="the new course's DICOM folder")
    add("--new-plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    add("--new-starts", required=True, metavar="DATE", help="first fraction of the new course, YYYY-MM-DD")
    add("--prior", required=True, action="append", metavar="SOURCE", help="an earlier course; repeatable")
    add(
        "--prior-ended",
        required=True,
        action="append",
        metavar="DATE",
        help="last fraction of that course, YYYY-MM-DD; one for each --prior, in order",
    )
    add(
        "--prior-plan",
        action="append",
        metavar="LABEL|UID",
        help="which plan of a prior folder that holds several; one for each --prior, in order",
    )
    add(
        "--prior-fractions",
        action="append",
        metavar="N",
        help="fractions delivered of a DVH export; one for each --prior, in order, empty for other sources",
    )
    add(
        "--registration",
        action="append",
        type=Path,
        metavar="FILE",
        help="spatial registration object or matrix file (.toml, .json); repeatable",
    )
    add("--match", action="append", metavar="STANDARD=NEW,PRIOR", help="structures chosen by hand")
    add(
        "--same-patient",
        action="store_true",
        help="you state that both are the same patient although ID, birth date or sex differ",
    )


def _add_questions(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    tissues = parser.add_mutually_exclusive_group(required=True)
    tissues.add_argument(
        "--tissue", action="append", metavar="ORGAN=ALPHA_BETA", help="alpha/beta in Gy; repeatable"
    )
    tissues.add_argument("--tissues", type=Path, metavar="FILE", help="alpha/beta from a TOML file")
    add("--metric", action="append", metavar="METRIC", help='shown for each organ, such as "D2cc[Gy]"')
    add(
        "--limit",
        action="append",
        metavar='"ORGAN:METRIC<=EQD2"',
        help='in Gy EQD2; add "including recovery" where the limit already does',
    )
    add("--limits", type=Path, metavar="FILE", help="limits from a .csv or .toml file, each with its source")
    add("--recovery", default="none", metavar="RULE", help="a recovery rule by name; off unless chosen")
    add(
        "--fractions",
        action="append",
        type=int,
        metavar="N",
        help="remaining dose in N fractions; repeatable",
    )
    add("--new-delivered", type=int, metavar="K", help="fractions of the new course already given")
    _add_further_questions(parser)
    _add_export(parser)
    add_report_flags(parser)
    add("--shift-mm", type=float, metavar="MM", help="registration uncertainty (95 %%) for the scenario band")
    add("--shift-steps", type=int, default=5, metavar="N", help="shifts along each axis, odd; 5 gives 125")
    add("--rotation-degrees", type=float, default=0.0, metavar="DEG", help="its rotational part")


def _add_further_questions(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--alpha-beta-interval",
        action="append",
        metavar="ORGAN=LOW,HIGH",
        help="range of an organ's alpha/beta in Gy: gives a band, and bounds the search for what flips",
    )
    add(
        "--recovery-interval",
        action="append",
        metavar="ORGAN=LOW,HIGH",
        help="range of the recovered fraction, 0 to 1: gives a band",
    )
    add("--cord-rules", action="store_true", help="rules of Nieder, Sahgal and HyTEC on cord and thecal sac")
    add("--target-alpha-beta", type=float, metavar="GY", help="gives the targets' cumulative BED and EQD2")
    add(
        "--body-level",
        action="append",
        type=float,
        metavar="EQD2",
        help="volume of the body outside all named organs above it, Gy; repeatable",
    )
    add("--body-alpha-beta", type=float, metavar="GY", help="alpha/beta of that tissue")
    add(
        "--isodose",
        metavar="50%|20Gy",
        help="what counts as irradiated when the class of re-irradiation is looked for",
    )


def _add_export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--export-dose",
        type=Path,
        metavar="FILE.dcm",
        help="write the EQD2 sum as RTDOSE (EFFECTIVE); with a recovery rule also FILE_recovered.dcm",
    )
    add("--export-alpha-beta", type=float, metavar="GY", help="of the file, where the organs have several")
    add(
        "--uncovered-as-zero",
        action="store_true",
        help="store 0 Gy where a course does not cover, with a NOT_COVERED structure",
    )
    add(
        "--tag-physical",
        action="store_true",
        help="also write FILE_tagged_physical.dcm for systems that ignore EFFECTIVE",
    )
    add("--remaining-map", type=Path, metavar="FILE.npz", help="dose left voxel by voxel, as an array file")
    add("--remaining-limit", type=float, metavar="EQD2", help="its cumulative limit at a point, Gy")
    add("--remaining-alpha-beta", type=float, metavar="GY", help="its alpha/beta")
    add(
        "--remaining-level",
        action="append",
        type=float,
        metavar="GY",
        help="level that is written as a structure (RTSTRUCT) beside the map; repeatable",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseInputs:
    """The courses and transforms that were read.

    Attributes
    ----------
    new : Course
    priors : tuple of Course
    intervals : tuple of Interval
    registrations : tuple of RigidTransform or DeformableTransform
    warnings : tuple of str
    """

    new: Course
    priors: tuple[Course, ...]
    intervals: tuple[Interval, ...]
    registrations: tuple[Registration, ...]
    warnings: tuple[str, ...] = ()


def run(args: argparse.Namespace) -> CommandResult:
    """Read the courses, compute, and return the answer as data and text."""
    check_report_flags(args)
    export = _export_choice(args)
    result, inputs, warnings = answer(args)
    exported = [] if export is None else export_sums(result, args.new, export)
    exported += _export_map(result, args)
    found = CommandResult(
        schema="rtplan.reirradiate/1",
        body={**reirradiation_body(result), "exported": exported},
        text="\n".join([reirradiation_text(result), *exported]),
        inputs=inputs,
        warnings=warnings,
        limit_failed=result.limit_failed,
    )
    if args.report:
        write_reports(
            args.report, result=found, build=lambda: _report(found, result, args), overwrite=args.overwrite
        )
    return found


def _export_choice(args: argparse.Namespace) -> ExportChoice | None:
    """Refuse, before anything is computed, an export that could not be written."""
    if args.export_dose is None:
        if args.uncovered_as_zero or args.tag_physical or args.export_alpha_beta is not None:
            raise RtplanValueError("the options of the export need --export-dose FILE beside them")
        return None
    return ExportChoice(
        path=args.export_dose,
        alpha_beta=args.export_alpha_beta,
        uncovered_as_zero=args.uncovered_as_zero,
        tag_physical=args.tag_physical,
        overwrite=args.overwrite,
    )


def _export_map(result: Reirradiation, args: argparse.Namespace) -> list[str]:
    """Write the map of the remaining dose where it is asked for."""
    if args.remaining_map is None:
        return []
    numbers = args.fractions or []
    if args.remaining_limit is None or args.remaining_alpha_beta is None or len(numbers) != 1:
        raise RtplanValueError(
            "--remaining-map needs --remaining-limit, --remaining-alpha-beta and exactly one --fractions"
        )
    found = remaining_map(
        result.joined,
        limit_eqd2_gy=args.remaining_limit,
        alpha_beta=args.remaining_alpha_beta,
        n_fractions=numbers[0],
    )
    return export_map(
        result,
        args.new,
        args.remaining_map,
        found,
        levels_gy=args.remaining_level or (),
        overwrite=args.overwrite,
    )


def _report(found: CommandResult, result: Reirradiation, args: argparse.Namespace) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report.reirradiation import reirradiation_report  # noqa: PLC0415 - matplotlib is heavy

    return reirradiation_report(result, inputs=found.inputs, warnings=found.warnings, date=report_date(args))


def answer(args: argparse.Namespace) -> tuple[Reirradiation, list[InputRecord], list[str]]:
    """Read the courses and compute; return the answer, what it rests on, and what to know about it."""
    progress = Progress()
    tissues = parse_tissues(args.tissue) if args.tissue else read_tissue_file(_file(args.tissues))
    progress("reading the courses")
    inputs = read_courses(args)
    progress("summing voxel by voxel")
    result = solve(args, inputs, tissues)
    progress.done()
    return result, _records(result, inputs.registrations, args), [*inputs.warnings, *result.warnings]


def solve(args: argparse.Namespace, inputs: CourseInputs, tissues: Sequence[TissueChoice]) -> Reirradiation:
    """Compute the answer that the options ask for."""
    return reirradiate(
        inputs.new,
        inputs.priors,
        intervals=inputs.intervals,
        tissues=tissues,
        registrations=inputs.registrations,
        limits=_limits(args),
        metrics=args.metric or DEFAULT_METRICS,
        matches=parse_match(args.match or ()),
        recovery=args.recovery,
        n_fractions=_fraction_numbers(args.fractions or ()),
        delivered=args.new_delivered,
        cord_rules=args.cord_rules,
        target_alpha_beta=args.target_alpha_beta,
        body=_body_levels(args),
        isodose=None if args.isodose is None else parse_isodose(args.isodose),
        alpha_beta_intervals=_intervals(args.alpha_beta_interval or (), "--alpha-beta-interval"),
        recovery_intervals=_intervals(args.recovery_interval or (), "--recovery-interval"),
        registration_uncertainty=_uncertainty(args),
    )


def _limits(args: argparse.Namespace) -> tuple[CumulativeLimit, ...]:
    """Read the limits of the command line and of the file; one organ and metric has one of them."""
    limits = parse_limits(args.limit or ())
    if args.limits is not None:
        limits += read_limit_file(_file(args.limits))
        refuse_two(limits)
    return limits


def _body_levels(args: argparse.Namespace) -> BodyLevels | None:
    if args.body_level is None:
        return None
    if args.body_alpha_beta is None:
        raise RtplanValueError("--body-level needs --body-alpha-beta beside it: no tissue has a default")
    return BodyLevels(levels_gy=tuple(args.body_level), alpha_beta=args.body_alpha_beta)


def _intervals(texts: Sequence[str], option: str) -> dict[str, tuple[float, float]]:
    """Read ``ORGAN=LOW,HIGH`` words."""
    found: dict[str, tuple[float, float]] = {}
    for text in texts:
        organ, _, ends = text.partition("=")
        try:
            low, high = (float(end) for end in ends.split(","))
        except ValueError:
            raise RtplanValueError(f"{option} {text!r}: write ORGAN=LOW,HIGH") from None
        found[organ.strip()] = (low, high)
    return found


def _fraction_numbers(numbers: Sequence[int]) -> tuple[int, ...]:
    for number in numbers:
        if number < 1:
            raise RtplanValueError(f"--fractions {number}: at least 1 is needed")
    return tuple(dict.fromkeys(numbers))


def _uncertainty(args: argparse.Namespace) -> RegistrationUncertainty | None:
    if args.shift_mm is None:
        if args.rotation_degrees:
            raise RtplanValueError("--rotation-degrees needs --shift-mm beside it")
        return None
    return RegistrationUncertainty(
        shift_mm=args.shift_mm, rotation_degrees=args.rotation_degrees, steps=args.shift_steps
    )


def read_courses(args: argparse.Namespace) -> CourseInputs:
    """Read everything that the options name, and compare whose it is."""
    ended = [parse_date(text) for text in args.prior_ended]
    plans = _one_each(args.prior_plan, args.prior, "--prior-plan")
    fractions = _one_each(args.prior_fractions, args.prior, "--prior-fractions")
    if len(ended) != len(args.prior):
        raise RtplanValueError(
            f"{len(args.prior)} --prior but {len(ended)} --prior-ended: one for each is needed"
        )
    starts = parse_date(args.new_starts)
    intervals = tuple(Interval(ended=day, starts=starts) for day in ended)
    treatment = load_study(args.new).select(plan=args.new_plan)
    new = course_of_treatments([(treatment, _new_delivery(treatment, args))], role="new")
    roles = ["prior"] if len(args.prior) == 1 else [f"prior {k + 1}" for k in range(len(args.prior))]
    priors = tuple(
        _prior(source, role=role, ended=day, plan=plan, fractions=n)
        for source, role, day, plan, n in zip(args.prior, roles, ended, plans, fractions, strict=True)
    )
    warnings = tuple(_identity_warnings(new, priors, same_patient=args.same_patient))
    registrations = tuple(t for path in args.registration or () for t in _registrations(path))
    return CourseInputs(
        new=new, priors=priors, intervals=intervals, registrations=registrations, warnings=warnings
    )


def _new_delivery(treatment: TreatmentSet, args: argparse.Namespace) -> Delivery:
    """Count the whole plan of a course in progress: its records say only what was given so far."""
    recorded = treatment.n_fractions_delivered
    if args.new_delivered is None:
        return Delivery()
    if recorded is not None and recorded != args.new_delivered:
        raise RtplanValueError(
            f"--new-delivered {args.new_delivered}, but the treatment records count {recorded} fractions"
        )
    return Delivery(n_fractions=treatment.n_fractions)


def _one_each(given: Sequence[str] | None, priors: Sequence[str], option: str) -> list[str | None]:
    if given is None:
        return [None] * len(priors)
    if len(given) != len(priors):
        raise RtplanValueError(f"{len(given)} {option} for {len(priors)} --prior: one for each, in order")
    return [text or None for text in given]


def _prior(source: str, *, role: str, ended: date, plan: str | None, fractions: str | None) -> Course:
    """Read a prior course: a course file, a folder or archive, else a regimen."""
    path = Path(source)
    if path.suffix.lower() == ".toml" and path.is_file():
        return read_course_file(path, role=role, ended=ended)
    if path.suffix.lower() == ".json" and path.is_file():
        return read_fhir_summary(path, role=role, ended=ended)
    if path.suffix.lower() in _DVH_EXPORTS and path.is_file():
        return _exported_course(path, role=role, ended=ended, fractions=fractions)
    if fractions is not None:
        raise RtplanValueError(f"--prior-fractions {fractions} for {path.name!r}: only a DVH export needs it")
    if path.is_file() and path.suffix.lower() in _NEVER_READ:
        raise RtplanLookupError(
            f"prior {path.name!r} is no kind of file that is read: give a DICOM folder, an archive (.zip), a "
            "course file (.toml), a DVH text export (.txt), a FHIR course summary (.json) or a regimen such "
            "as 50.4Gy/28"
        )
    if path.exists():
        treatment = load_study(path).select(plan=plan, require=("dose",))
        return course_of_treatments([(treatment, Delivery())], role=role, ended=ended)
    try:
        return course_of_regimen(source, role=role, ended=ended)
    except RegimenError as fault:
        raise RtplanLookupError(
            f"prior {path.name!r} is no folder or course file that exists, and no regimen: {fault}"
        ) from None


def _exported_course(path: Path, *, role: str, ended: date, fractions: str | None) -> Course:
    """Read a DVH text export; how many fractions its doses are of is the user's word."""
    export = read_dvh_text(path)
    if fractions is None:
        raise RtplanValueError(
            f"prior {path.name!r}: a DVH export states no number of fractions: give --prior-fractions N"
        )
    if not fractions.isdigit():
        raise RtplanValueError(f"--prior-fractions {fractions!r}: a whole number is needed")
    return course_of_export(export, role=role, n_fractions=int(fractions), modality="not stated", ended=ended)


def _treatments(course: Course) -> list[TreatmentSet]:
    return [phase.treatment for phase in course.phases]


def _identity_warnings(new: Course, priors: Sequence[Course], *, same_patient: bool) -> list[str]:
    """Refuse courses of two patients; say where nothing could be compared. Shows no identity."""
    keys = [(course, t.patient_key) for course in (*priors, new) for t in _treatments(course)]
    known = {key for _, key in keys if key}
    if len(known) > 1 and not same_patient:
        raise RtplanValueError(
            "the courses carry different patient ID, birth date or sex: are they one patient's? "
            "State --same-patient if one of them was anonymised"
        )
    found = []
    if len(known) > 1:
        found.append(
            "patient ID, birth date or sex differ between the courses; stated to be the same patient"
        )
    unknown = [course.label for course, key in keys if not key]
    unknown += [course.label for course in priors if not course.phases]
    if unknown:
        found.append(f"whose course it is could not be compared: {', '.join(unknown)}")
    return found


def _registrations(path: Path) -> tuple[Registration, ...]:
    if not path.exists():
        raise RtplanLookupError(f"registration {path.name!r} does not exist")
    if path.suffix.lower() in (".toml", ".json"):
        return (read_matrix_file(path),)
    entries = load_study(path).registrations
    if not entries:
        raise RtplanLookupError(f"{path.name!r} holds no spatial registration object")
    found: list[Registration] = []
    for entry in entries:
        found += entry.deformations if entry.is_deformable else entry.transforms
    return tuple(found)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise RtplanLookupError(f"file {path.name!r} does not exist")
    return path


def _records(
    result: Reirradiation, registrations: Sequence[Registration], args: argparse.Namespace
) -> list[InputRecord]:
    """List every input that a number rests on."""
    records = []
    for course in (*result.priors, result.new):
        role = course.label.partition(":")[0]
        records += [_record(role, source) for source in course.inputs]
        if course.prescription is not None and not course.inputs:
            typed = str(course.prescription)
            records.append(
                InputRecord(role=f"{role} regimen", sha256=hashlib.sha256(typed.encode()).hexdigest())
            )
    seen = {t.source_sha256: t for t in registrations}
    records += [
        InputRecord(role=t.source, sha256=t.source_sha256 or None, uid=t.source_uid or None)
        for t in seen.values()
    ]
    if args.tissues is not None:
        digest = hashlib.sha256(args.tissues.read_bytes()).hexdigest()
        records.append(InputRecord(role="tissue file", sha256=digest))
    if args.limits is not None:
        digest = hashlib.sha256(args.limits.read_bytes()).hexdigest()
        records.append(InputRecord(role="limit file", sha256=digest))
    return records


def _record(role: str, source: SourceFile) -> InputRecord:
    return InputRecord(role=f"{role} {source.role}", sha256=source.sha256 or None, uid=source.uid or None)
