"""``rtplan constraints``: the constraint sets that are carried, and a clinic's own files."""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.files import InputRecord, write_whole
from rtplan.limits import (
    CLINIC_TEMPLATE,
    COLUMNS,
    REQUIRED_COLUMNS,
    Comparison,
    Constraint,
    ConstraintSet,
    Difference,
    SetFinding,
    check_constraints,
    compare_transcriptions,
    constraint_sets,
    diff_sets,
    load_constraint_set,
)
from rtplan.names import near_names, structure_names

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan constraints list | show | verify | diff | export``."""
    parser = subparsers.add_parser(
        "constraints",
        help="the constraint sets that are carried",
        description="One set is one published table in one edition. Sets are compared, never blended. "
        "A clinic's own file (.csv, .toml or .xlsx) has one row per limit with "
        f"{', '.join(REQUIRED_COLUMNS)}, and may have "
        f"{', '.join(c for c in COLUMNS if c not in REQUIRED_COLUMNS)}.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_json_flag(actions.add_parser("list", help="the sets, their sources and content hashes"))
    show = actions.add_parser("show", help="the rows of one set")
    show.add_argument("set", help="a set's name, or a clinic's file")
    show.add_argument("--organ", metavar="NAME", help="only rows of this organ")
    add_json_flag(show)
    verify = actions.add_parser("verify", help="check a file, or all sets, for what looks copied wrongly")
    verify.add_argument("file", nargs="?", help="a clinic's file or a set's name; all sets when left out")
    add_json_flag(verify)
    diff = actions.add_parser("diff", help="what two sets do not share")
    diff.add_argument("a")
    diff.add_argument("b")
    add_json_flag(diff)
    export = actions.add_parser("export", help="write one set as CSV, to be edited by hand")
    export.add_argument("set")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument("--overwrite", action="store_true", help="replace a file of other content")
    add_json_flag(export)
    template = actions.add_parser("clinic-template", help="a clinic's file to start from")
    add_json_flag(template)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Do what the action says."""
    return _ACTIONS[args.action](args)


def _list(args: argparse.Namespace) -> CommandResult:
    rows = []
    for entry in constraint_sets():
        found = load_constraint_set(entry.name)
        rows.append(
            {
                "set": entry.name,
                "title": entry.title,
                "edition": entry.edition,
                "citation": entry.citation,
                "rows": len(found.constraints),
                "limits": sum(c.role.is_enforced for c in found.constraints),
                "n_fractions": list(found.fraction_texts),
                "verification": dict(Counter(c.verification for c in found.constraints)),
                "sha256": found.sha256,
                "findings": list(found.findings),
            }
        )
    width = max(len(str(row["set"])) for row in rows)
    text = "\n".join(
        f"{str(row['set']).ljust(width)}  {row['limits']:>4} limits  {row['title']}" for row in rows
    )
    return CommandResult(schema="rtplan.constraints.list/1", body={"sets": rows}, text=text)


def _show(args: argparse.Namespace) -> CommandResult:
    found = load_constraint_set(args.set)
    rows = [c for c in found.constraints if not args.organ or _is_of(c, args.organ)]
    warnings = list(found.findings)
    if not rows:
        near = ", ".join(near_names(args.organ, found.organs)) or "none is alike"
        warnings.append(f"{found.name} has no row for {args.organ!r}; near names: {near}")
    return CommandResult(
        schema="rtplan.constraints.show/1",
        body={"set": found.name, "sha256": found.sha256, "rows": [constraint_row(c) for c in rows]},
        text=_show_text(found, rows),
        inputs=[_input(found)],
        warnings=warnings,
    )


def _is_of(constraint: Constraint, organ: str) -> bool:
    return organ in constraint.organs or organ == constraint.organ_as_published


def constraint_row(c: Constraint) -> dict[str, Any]:
    """Return one row of a set as data."""
    limit: float | list[float] | None = None
    if c.limit is not None:
        limit = [c.limit.low, c.limit.high] if c.limit.is_range else c.limit.low
    return {
        "organ": list(c.organs),
        "organ_as_published": c.organ_as_published,
        "n_fractions": c.fractions.text,
        "metric": c.metric.text,
        "dvh_metric": c.metric.dvh,
        "comparator": c.comparator,
        "limit": limit,
        "published": c.limit_as_published,
        "unit": c.unit,
        "priority": c.priority or None,
        "role": c.role.value,
        "scope": c.scope.value,
        "condition": c.condition or None,
        "endpoint": c.endpoint or None,
        "alpha_beta_gy": c.alpha_beta_gy,
        "table": c.table,
        "source": c.source,
        "url": c.url or None,
        "verification": c.verification,
        "note": c.note or None,
    }


def _show_text(found: ConstraintSet, rows: Sequence[Constraint]) -> str:
    lines = [f"{found.title} ({found.name})", f"content {found.sha256}", ""]
    for c in rows:
        role = "" if c.role.is_enforced else f"  [{c.role.value}, not a limit]"
        scope = f"  [{c.scope.value}: {c.condition}]" if c.condition else ""
        lines.append(f"{c.describe()}{role}{scope}")
    for (source, verification), count in Counter((c.source, c.verification) for c in rows).items():
        lines.append(f"  {count} from {source}: {verification}")
    return "\n".join(lines)


def _verify(args: argparse.Namespace) -> CommandResult:
    """Verify sets; what is odd in a published table is shown, in a file of one's own it is a failure."""
    names = [args.file] if args.file else [entry.name for entry in constraint_sets()]
    sets = [load_constraint_set(name) for name in names]
    rows = [_verified(found) for found in sets]
    shipped = [entry.name for entry in constraint_sets()]
    failed = any(
        row["conflicts"] or row["changed"] or (row["set"] not in shipped and _is_odd(row)) for row in rows
    )
    return CommandResult(
        schema="rtplan.constraints.verify/1",
        body={"sets": rows},
        text="\n".join(line for row in rows for line in _verify_lines(row)),
        inputs=[_input(found) for found in sets],
        limit_failed=failed,
    )


def _is_odd(row: dict[str, Any]) -> bool:
    return bool(row["findings"] or row["unknown_names"])


def _verified(found: ConstraintSet) -> dict[str, Any]:
    """Everything that looks odd about one set."""
    comparisons = compare_transcriptions(found)
    unknown = [organ for organ in found.organs if structure_names().standard_of(organ) != organ]
    return {
        "set": found.name,
        "sha256": found.sha256,
        "rows": len(found.constraints),
        "changed": list(found.findings),
        "findings": [_finding_row(f) for f in check_constraints(found.constraints)],
        "unknown_names": [
            {"name": name, "near_names": list(near_names(name, structure_names().standards))}
            for name in unknown
        ],
        "second_transcription": dict(Counter(c.status for c in comparisons)),
        "conflicts": [_comparison_row(c) for c in comparisons if c.status == "conflict"],
    }


def _finding_row(finding: SetFinding) -> dict[str, Any]:
    return {"rule": finding.rule, "text": finding.text, "rows": list(finding.rows)}


def _comparison_row(comparison: Comparison) -> dict[str, Any]:
    return {
        "limit": comparison.constraint.describe(),
        "second": comparison.second,
        "source": comparison.source,
        "url": comparison.url,
    }


def _verify_lines(row: dict[str, Any]) -> list[str]:
    """One set's verification for a person."""
    double = ", ".join(f"{count} {status}" for status, count in row["second_transcription"].items())
    lines = [f"{row['set']}: {row['rows']} rows; second transcription: {double or 'nothing to compare'}"]
    lines += [f"  changed: {text}" for text in row["changed"]]
    lines += [f"  {found['rule']}: {found['text']}" for found in row["findings"]]
    lines += [f"  no standard name: {unknown['name']}" for unknown in row["unknown_names"]]
    lines += [f"  conflict: {c['limit']}, but {c['second']} in {c['source']}" for c in row["conflicts"]]
    return lines


def _diff(args: argparse.Namespace) -> CommandResult:
    a, b = load_constraint_set(args.a), load_constraint_set(args.b)
    differences = diff_sets(a, b)
    return CommandResult(
        schema="rtplan.constraints.diff/1",
        body={"a": a.name, "b": b.name, "differences": [asdict(d) for d in differences]},
        text="\n".join(_difference_line(d) for d in differences) or "the two sets have the same limits",
        inputs=[_input(a), _input(b)],
        warnings=[*a.findings, *b.findings],
    )


def _clinic_template(args: argparse.Namespace) -> CommandResult:
    return CommandResult(
        schema="rtplan.constraints.clinic-template/1",
        body={"template": CLINIC_TEMPLATE},
        text=CLINIC_TEMPLATE.rstrip("\n"),
    )


def _difference_line(d: Difference) -> str:
    priority = f", {d.priority}" if d.priority else ""
    return f"{d.organ} {d.metric} ({d.n_fractions} fx{priority}): {d.in_a or '-'} | {d.in_b or '-'}"


def _export(args: argparse.Namespace) -> CommandResult:
    found = load_constraint_set(args.set)
    write_whole(args.out, export_text(found).encode(), overwrite=args.overwrite)
    return CommandResult(
        schema="rtplan.constraints.export/1",
        body={
            "set": found.name,
            "sha256": found.sha256,
            "file": args.out.name,
            "rows": len(found.constraints),
        },
        text=f"{len(found.constraints)} rows of {found.name} written to {args.out.name}",
        inputs=[_input(found)],
        warnings=list(found.findings),
        files_written=[args.out.name],
    )


def export_text(found: ConstraintSet) -> str:
    """Return a set as CSV text that can be read back."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for c in found.constraints:
        cells = {
            "organ": "|".join(c.organs),
            "n_fractions": c.fractions.text,
            "metric": c.metric.text,
            "comparator": c.comparator or "observed",
            "limit": c.limit_as_published,
            "role": c.role.value,
            "scope": c.scope.value,
            "alpha_beta_gy": "" if c.alpha_beta_gy is None else f"{c.alpha_beta_gy:g}",
        }
        writer.writerow([cells[name] if name in cells else getattr(c, name) for name in COLUMNS])
    return buffer.getvalue()


def _input(found: ConstraintSet) -> InputRecord:
    return InputRecord(role=f"constraints {found.name}", sha256=found.sha256)


_ACTIONS = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "diff": _diff,
    "export": _export,
    "clinic-template": _clinic_template,
}
