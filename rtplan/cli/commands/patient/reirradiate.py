"""``rtplan reirradiate``: cumulative dose of an earlier and a new course, and what is left."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bed.retreatment import recovery_rule_names
from rtplan.alpha_beta import parse_alpha_beta
from rtplan.case import CheckBeside, ReirradiationCase, check_beside, parse_course_sources
from rtplan.cli.arguments import refuse_alone, stated_alpha_beta
from rtplan.cli.case_options import add_case_flag, save_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.documents import reirradiation_document
from rtplan.errors import RtplanValueError
from rtplan.export import ExportChoice, MapChoice, exported_set, originals_of
from rtplan.interval import parse_date
from rtplan.limits import NamedRecoveryLimit, parse_limits, set_or_file
from rtplan.record import Record, record_of
from rtplan.reirradiation import (
    DEFAULT_METRICS,
    BodyLevels,
    Reirradiation,
    reirradiate,
)
from rtplan.reirradiation.organ import parse_alpha_beta_ranges, parse_match, parse_ranges, parse_tissues
from rtplan.report import Report
from rtplan.sums import RegistrationUncertainty

__all__ = ["add_export_flags", "add_subparser", "answer_case", "run"]

_SHIFT_STEPS = 5


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
    add_check_flags(parser)
    add_case_flag(parser)
    add_json_flag(parser)
    return parser


def add_check_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--constraints``, ``--protocol`` and ``--patient``."""
    add = parser.add_argument
    add(
        "--constraints",
        metavar="SET",
        help="also check the new plan alone against a published set (rtplan constraints list)",
    )
    add("--protocol", metavar="ID", help="also screen for a trial protocol (rtplan protocol list)")
    add("--patient", type=Path, metavar="FILE.toml", help="what --protocol asks: rtplan protocol template ID")


def _add_courses(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--new",
        required=True,
        type=Path,
        metavar="FOLDER|FILE",
        help="the new course's DICOM folder, or a course file (.toml) with its phases",
    )
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
        help="fractions delivered of a DVH export, or of a folder whose plan was not given in full; one for "
        "each --prior, in order, empty where nothing is to be said",
    )
    add(
        "--registration",
        action="append",
        type=Path,
        metavar="FILE",
        help="spatial registration object or matrix file (.toml, .json); repeatable",
    )
    add(
        "--match",
        action="append",
        metavar="STANDARD=NEW,PRIOR",
        help="structures chosen by hand, in a DVH export or a record too; @prior (@prior 2 ...) for NEW "
        "takes that course's contour, carried over by a rigid registration",
    )
    add(
        "--same-patient",
        action="store_true",
        help="you state that both are the same patient although ID, birth date or sex differ",
    )


def _add_questions(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--clinic",
        type=Path,
        metavar="FILE",
        help="the clinic's alpha/beta, cumulative limits and names, for organs that are drawn; a template: "
        "rtplan constraints clinic-template",
    )
    tissues = parser.add_mutually_exclusive_group()
    tissues.add_argument(
        "--tissue", action="append", metavar="ORGAN=ALPHA_BETA", help="alpha/beta in Gy; repeatable"
    )
    tissues.add_argument("--tissues", type=Path, metavar="FILE", help="alpha/beta from a TOML file")
    add("--metric", action="append", metavar="METRIC", help='shown for each organ, such as "D2cc[Gy]"')
    _add_limits(parser)
    add(
        "--recovery",
        default="none",
        metavar="RULE",
        help=f"a recovery rule by name, off unless chosen: {', '.join(recovery_rule_names())}",
    )
    add(
        "--fractions",
        action="append",
        type=int,
        metavar="N",
        help="remaining dose in N fractions; repeatable",
    )
    add(
        "--new-delivered",
        action="append",
        type=int,
        metavar="K",
        help="fractions of the new course already given; one for each of its phases, in order",
    )
    _add_further_questions(parser)
    add_export_flags(parser)
    add_report_flags(parser)
    add("--shift-mm", type=float, metavar="MM", help="registration uncertainty (95 %%) for the scenario band")
    add(
        "--shift-steps", type=int, metavar="N", help="shifts along each axis, odd; 5, unless given, makes 125"
    )
    add("--rotation-degrees", type=float, metavar="DEG", help="its rotational part")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--limit",
        action="append",
        metavar='"ORGAN:METRIC<=EQD2"',
        help='in Gy EQD2; add "including recovery from 12 months" where the limit already does',
    )
    add(
        "--limits",
        metavar="FILE|SET",
        help="limits from a .csv or .toml file, each with its source, or a carried set of limits over "
        "several courses by name (rtplan constraints list)",
    )
    add(
        "--recovery-limit",
        action="append",
        metavar='"ORGAN=WHY"',
        help="let the limit of this organ that already includes recovery judge, and why; repeatable",
    )


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
    add("--target-alpha-beta", metavar="GY", help="gives the targets' cumulative BED and EQD2")
    add(
        "--body-level",
        action="append",
        type=float,
        metavar="EQD2",
        help="volume of the body outside all named organs above it, Gy; repeatable",
    )
    add("--body-alpha-beta", metavar="GY", help="alpha/beta of that tissue")
    add(
        "--isodose",
        metavar="50%|20Gy",
        help="what counts as irradiated when the class of re-irradiation is looked for",
    )
    add(
        "--overlap",
        metavar="50%|20Gy",
        help="also add each course's own metric inside today's organ where an earlier physical dose is at "
        "least this; per cent of that course's own prescription",
    )


def add_export_flags(parser: argparse.ArgumentParser) -> None:
    """Add what may be written for other systems."""
    add = parser.add_argument
    add(
        "--export-dose",
        type=Path,
        metavar="FILE.dcm",
        help="write the EQD2 sum as RTDOSE (EFFECTIVE); with a recovery rule also FILE_recovered.dcm",
    )
    add("--export-alpha-beta", metavar="GY", help="of the file, where the organs have several")
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
    add(
        "--remaining-map",
        type=Path,
        metavar="FILE.npz",
        help="dose left voxel by voxel, as an array file; several --fractions give a FILE_5fx.npz each, a "
        "recovery rule also gives FILE_recovered.npz",
    )
    add("--remaining-limit", type=float, metavar="EQD2", help="its cumulative limit at a point, Gy")
    add("--remaining-alpha-beta", metavar="GY", help="its alpha/beta")
    add(
        "--remaining-level",
        action="append",
        type=float,
        metavar="GY",
        help="level that is written as a structure (RTSTRUCT) beside the map; repeatable",
    )


def run(args: argparse.Namespace) -> CommandResult:
    """Ask what the words state."""
    check_report_flags(args)
    refuse_alone(args, _NEEDS)
    return answer_case(_case_of(args), args)


def answer_case(case: ReirradiationCase, args: argparse.Namespace) -> CommandResult:
    """Read the courses, compute, and return the answer as data and text, and as the files asked for."""
    check_report_flags(args)
    export, maps = _export_choice(args), _map_choice(args, case.n_fractions)
    progress = Progress()
    question = case.question(progress)
    save_asked(args, case)
    beside = check_beside(case, question)
    progress("summing voxel by voxel")
    result = reirradiate(question)
    progress.done()
    exported = exported_set(result, sums=export, maps=maps)
    answer = reirradiation_document(case, result, beside, exported=exported.said)
    if args.report or exported.contents:
        write_reports(
            args.report or (),
            result=answer,
            build=lambda: _report(answer, record_of(case, result), result, beside, args).identified(
                args.identity
            ),
            overwrite=args.overwrite,
            also=exported.contents,
            originals=originals_of(result),
        )
    return answer


_NEEDS = {
    "body_alpha_beta": "body_level",
    "shift_steps": "shift_mm",
    "rotation_degrees": "shift_mm",
    "remaining_limit": "remaining_map",
    "remaining_alpha_beta": "remaining_map",
    "remaining_level": "remaining_map",
    "uncovered_as_zero": "export_dose",
    "tag_physical": "export_dose",
    "export_alpha_beta": "export_dose",
    "report_date": "report",
    "identity": "report",
}
"""An option that says nothing without another."""


def _export_choice(args: argparse.Namespace) -> ExportChoice | None:
    """Refuse, before anything is computed, an export that could not be written."""
    if args.export_dose is None:
        return None
    return ExportChoice(
        path=args.export_dose,
        alpha_beta=stated_alpha_beta(args.export_alpha_beta, "exported sum"),
        uncovered_as_zero=args.uncovered_as_zero,
        tag_physical=args.tag_physical,
        overwrite=args.overwrite,
    )


def _map_choice(args: argparse.Namespace, n_fractions: Sequence[int]) -> MapChoice | None:
    """Refuse, before anything is computed, a map that could not be written."""
    if args.remaining_map is None:
        return None
    if args.remaining_limit is None or args.remaining_alpha_beta is None or not n_fractions:
        raise RtplanValueError(
            "--remaining-map needs --remaining-limit, --remaining-alpha-beta and at least one --fractions"
        )
    return MapChoice(
        path=args.remaining_map,
        limit_eqd2_gy=args.remaining_limit,
        alpha_beta=parse_alpha_beta(args.remaining_alpha_beta, "map of the remaining dose"),
        n_fractions=tuple(dict.fromkeys(n_fractions)),
        levels_gy=tuple(args.remaining_level or ()),
        overwrite=args.overwrite,
    )


def _report(
    answer: CommandResult,
    record: Record,
    result: Reirradiation,
    beside: CheckBeside,
    args: argparse.Namespace,
) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report.reirradiation import reirradiation_report  # noqa: PLC0415 - matplotlib is heavy

    return reirradiation_report(
        result,
        inputs=answer.inputs,
        warnings=answer.warnings,
        date=report_date(args),
        check=beside.check,
        screening=beside.screening,
        record=record,
    ).identified(args.identity)


def _case_of(args: argparse.Namespace) -> ReirradiationCase:
    """Return what the words state; nothing is read yet."""
    limit_set, limit_file = set_or_file(args.limits)
    return ReirradiationCase(
        new=args.new,
        new_plan=args.new_plan,
        new_starts=parse_date(args.new_starts),
        delivered=None if args.new_delivered is None else tuple(args.new_delivered),
        priors=parse_course_sources(
            args.prior, ended=args.prior_ended, plans=args.prior_plan, n_fractions=args.prior_fractions
        ),
        registrations=tuple(args.registration or ()),
        matches=parse_match(args.match or ()),
        same_patient=args.same_patient,
        tissues=parse_tissues(args.tissue or ()),
        tissue_file=args.tissues,
        limits=parse_limits(args.limit or ()),
        limit_set=limit_set,
        limit_file=limit_file,
        recovery_limits=tuple(NamedRecoveryLimit.parse(text) for text in args.recovery_limit or ()),
        clinic=args.clinic,
        metrics=tuple(args.metric or DEFAULT_METRICS),
        recovery=args.recovery,
        n_fractions=tuple(args.fractions or ()),
        cord_rules=args.cord_rules,
        target_alpha_beta=stated_alpha_beta(args.target_alpha_beta, "targets"),
        body=_body_levels(args),
        isodose=args.isodose,
        overlap=args.overlap,
        alpha_beta_intervals=parse_alpha_beta_ranges(args.alpha_beta_interval or ()),
        recovery_intervals=parse_ranges(args.recovery_interval or (), "--recovery-interval"),
        registration_uncertainty=_uncertainty(args),
        constraints=args.constraints,
        protocol=args.protocol,
        patient=args.patient,
    )


def _body_levels(args: argparse.Namespace) -> BodyLevels | None:
    if args.body_level is None:
        return None
    alpha_beta = stated_alpha_beta(args.body_alpha_beta, "body")
    if alpha_beta is None:
        raise RtplanValueError("--body-level needs --body-alpha-beta beside it: no tissue has a default")
    return BodyLevels(levels_gy=tuple(args.body_level), alpha_beta=alpha_beta)


def _uncertainty(args: argparse.Namespace) -> RegistrationUncertainty | None:
    if args.shift_mm is None:
        return None
    return RegistrationUncertainty(
        shift_mm=args.shift_mm,
        rotation_degrees=args.rotation_degrees or 0.0,
        steps=_SHIFT_STEPS if args.shift_steps is None else args.shift_steps,
    )
