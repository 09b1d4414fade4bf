"""Constraint sets as documents: which there are, one set's rows, what looks odd, what two do not share."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rtplan.documents.document import Document
from rtplan.files import InputRecord, Originals, write_whole
from rtplan.limits import (
    COLUMNS,
    AddedSet,
    Comparison,
    Constraint,
    ConstraintSet,
    Difference,
    SetFinding,
    check_constraints,
    clinic_template,
    compare_transcriptions,
    constraint_sets,
    diff_sets,
    independent_readings,
    load_constraint_set,
)
from rtplan.names import near_names, structure_names

__all__ = [
    "added_set_document",
    "clinic_template_document",
    "constraint_csv",
    "constraint_set_document",
    "constraint_sets_document",
    "differences_document",
    "export_document",
    "verification_document",
    "write_constraint_set",
]


def constraint_sets_document() -> Document:
    """Return the sets that are carried, with their sources and content hashes."""
    rows = []
    for entry in constraint_sets():
        content = load_constraint_set(entry.name)
        rows.append(
            {
                "set": entry.name,
                "title": entry.title,
                "edition": entry.edition,
                "citation": entry.citation,
                "rows": len(content.constraints),
                "limits": sum(c.role.is_enforced for c in content.constraints),
                "n_fractions": list(content.fraction_texts),
                "verification": dict(Counter(c.verification for c in content.constraints)),
                "sha256": content.sha256,
                "findings": list(content.findings),
            }
        )
    width = max(len(str(row["set"])) for row in rows)
    text = "\n".join(
        f"{str(row['set']).ljust(width)}  {row['limits']:>4} limits  {row['title']}" for row in rows
    )
    return Document(schema="rtplan.constraints.list/1", body={"sets": rows}, text=text)


def constraint_set_document(content: ConstraintSet, *, organ: str | None = None) -> Document:
    """Return the rows of one set.

    Parameters
    ----------
    content : ConstraintSet
    organ : str, optional
        Only rows of this organ, by its standard name or as published.
    """
    rows = [c for c in content.constraints if not organ or _is_of(c, organ)]
    warnings = list(content.findings)
    if not rows and organ:
        near = ", ".join(near_names(organ, content.organs)) or "none is alike"
        warnings.append(f"{content.name} has no row for {organ!r}; near names: {near}")
    return Document(
        schema="rtplan.constraints.show/1",
        body={"set": content.name, "sha256": content.sha256, "rows": [_constraint_row(c) for c in rows]},
        text=_show_text(content, rows),
        inputs=[_input(content)],
        warnings=warnings,
    )


def _is_of(constraint: Constraint, organ: str) -> bool:
    return organ in constraint.organs or organ == constraint.organ_as_published


def _constraint_row(c: Constraint) -> dict[str, Any]:
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
        "agreement": c.agreement or None,
        "earlier_eqd2_gy": c.earlier_eqd2_gy,
        "includes_recovery": c.includes_recovery,
        "from_months": None if c.recovery_interval is None else c.recovery_interval.from_months,
        "to_months": None if c.recovery_interval is None else c.recovery_interval.to_months,
        "endpoint": c.endpoint or None,
        "alpha_beta_gy": c.alpha_beta_gy,
        "table": c.table,
        "source": c.source,
        "url": c.url or None,
        "verification": c.verification,
        "note": c.note or None,
    }


def _show_text(content: ConstraintSet, rows: Sequence[Constraint]) -> str:
    lines = [f"{content.title} ({content.name})", f"content {content.sha256}", ""]
    for c in rows:
        role = "" if c.role.is_enforced else f"  [{c.role.value}, not a limit]"
        lines.append(f"{c.describe()}{role}{_shown_condition(c)}")
    for (source, verification), count in Counter((c.source, c.verification) for c in rows).items():
        lines.append(f"  {count} from {source}: {verification}")
    return "\n".join(lines)


def _shown_condition(c: Constraint) -> str:
    """What a row presupposes and who agreed to it; a scope that says the condition is not said twice."""
    stated = c.condition if c.condition in ("", c.scope.value) else f"{c.scope.value}: {c.condition}"
    ratio = "" if c.alpha_beta_gy is None or c.metric.quantity == "physical" else f"a/b {c.alpha_beta_gy:g}"
    words = [text for text in (ratio, stated, c.agreement) if text]
    return f"  [{'; '.join(words)}]" if words else ""


def verification_document(sets: Sequence[ConstraintSet]) -> Document:
    """Return what looks copied wrongly in sets.

    What is odd and known to be printed so is shown with where; anything else that is odd is a failure, as are
    a second transcription that disagrees undecided and a carried table that was changed. Each row says how
    many independent readings of it there are.
    """
    rows = [_verified(content) for content in sets]
    carried = [entry.name for entry in constraint_sets()]
    failed = any(
        row["conflicts"] or row["changed"] or _is_odd(row, is_carried=row["set"] in carried) for row in rows
    )
    return Document(
        schema="rtplan.constraints.verify/1",
        body={"sets": rows},
        text="\n".join(line for row in rows for line in _verify_lines(row, with_rows=len(rows) == 1)),
        inputs=[_input(content) for content in sets],
        limit_failed=failed,
    )


def _is_odd(row: dict[str, Any], *, is_carried: bool) -> bool:
    unflagged = [finding for finding in row["findings"] if not finding["printed_so"]]
    return bool(unflagged) or (bool(row["unknown_names"]) and not is_carried)


def _verified(content: ConstraintSet) -> dict[str, Any]:
    """Everything that looks odd about one set."""
    comparisons = compare_transcriptions(content)
    unknown = [organ for organ in content.organs if structure_names().standard_of(organ) != organ]
    return {
        "set": content.name,
        "sha256": content.sha256,
        "rows": len(content.constraints),
        "changed": list(content.findings),
        "findings": [_finding_row(f) for f in check_constraints(content.constraints, set_name=content.name)],
        "unknown_names": [
            {"name": name, "near_names": list(near_names(name, structure_names().standards))}
            for name in unknown
        ],
        "second_transcription": dict(Counter(c.status for c in comparisons)),
        "conflicts": [_comparison_row(c) for c in comparisons if c.status == "conflict"],
        "decided": [_comparison_row(c) for c in comparisons if c.status == "decided"],
        "readings": [
            {"limit": c.describe(), "independent_readings": independent_readings(content.name, c)}
            for c in content.constraints
        ],
    }


def _finding_row(finding: SetFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "text": finding.text,
        "rows": list(finding.rows),
        "printed_so": finding.printed_so or None,
    }


def _comparison_row(comparison: Comparison) -> dict[str, Any]:
    return {
        "limit": comparison.constraint.describe(),
        "second": comparison.second,
        "source": comparison.source,
        "url": comparison.url,
        "decision": comparison.decision or None,
    }


def _verify_lines(row: dict[str, Any], *, with_rows: bool) -> list[str]:
    """One set's verification for a person; the readings of each row where one set is asked about."""
    counted = Counter(one["independent_readings"] for one in row["readings"])
    readings = ", ".join(f"{counted[n]} rows read {_times(n)}" for n in sorted(counted, reverse=True))
    double = ", ".join(f"{count} {status}" for status, count in row["second_transcription"].items())
    lines = [f"{row['set']}: {row['rows']} rows; second transcription: {double or 'nothing to compare'}"]
    lines.append(f"  {readings or 'no rows'}")
    lines += [f"  changed: {text}" for text in row["changed"]]
    lines += [
        f"  {'printed so, ' if finding['printed_so'] else ''}{finding['rule']}: {finding['text']}"
        f"{'; ' + finding['printed_so'] if finding['printed_so'] else ''}"
        for finding in row["findings"]
    ]
    lines += [
        f"  decided: {c['limit']}, {c['second']} in {c['source']}: {c['decision']}" for c in row["decided"]
    ]
    lines += [f"  no standard name: {unknown['name']}" for unknown in row["unknown_names"]]
    lines += [f"  conflict: {c['limit']}, but {c['second']} in {c['source']}" for c in row["conflicts"]]
    if with_rows:
        lines += [f"  read {_times(one['independent_readings'])}: {one['limit']}" for one in row["readings"]]
    return lines


def _times(n: int) -> str:
    return {1: "once", 2: "twice independently"}[n]


def differences_document(a: ConstraintSet, b: ConstraintSet) -> Document:
    """Return what two sets do not share."""
    differences = diff_sets(a, b)
    return Document(
        schema="rtplan.constraints.diff/1",
        body={"a": a.name, "b": b.name, "differences": [asdict(d) for d in differences]},
        text="\n".join(_difference_line(d) for d in differences) or "the two sets have the same limits",
        inputs=[_input(a), _input(b)],
        warnings=[*a.findings, *b.findings],
    )


def _difference_line(d: Difference) -> str:
    priority = f", {d.priority}" if d.priority else ""
    return f"{d.organ} {d.metric} ({d.n_fractions} fx{priority}): {d.in_a or '-'} | {d.in_b or '-'}"


def added_set_document(added: AddedSet) -> Document:
    """Return that a set was added to those that are carried, with what looks copied wrongly."""
    rows = added.constraint_set.constraints
    return Document(
        schema="rtplan.constraints.add/1",
        body={"set": asdict(added.entry), "rows": len(rows)},
        text=f"{len(rows)} rows added as {added.entry.name}\ncontent {added.entry.sha256}",
        inputs=[_input(added.constraint_set)],
        warnings=[finding.text for finding in check_constraints(rows)],
        files_written=[f"{added.entry.name}.csv", "sets.csv"],
    )


def clinic_template_document() -> Document:
    """Return a clinic's file to start from."""
    return Document(
        schema="rtplan.constraints.clinic-template/1",
        body={"template": clinic_template()},
        text=clinic_template().rstrip("\n"),
    )


def export_document(content: ConstraintSet, *, file: str) -> Document:
    """Return that a set was written into a file, which is named without its folders."""
    count = len(content.constraints)
    return Document(
        schema="rtplan.constraints.export/1",
        body={"set": content.name, "sha256": content.sha256, "file": file, "rows": count},
        text=f"{count} rows of {content.name} written to {file}",
        inputs=[_input(content)],
        warnings=list(content.findings),
        files_written=[file],
    )


def write_constraint_set(content: ConstraintSet, path: Path, *, overwrite: bool) -> None:
    """Write a set as a CSV file that can be read back, whole or not at all.

    Parameters
    ----------
    content : ConstraintSet
    path : Path
    overwrite : bool
        Whether a file of other content may be replaced; the set's own file never is.
    """
    own = InputRecord(role="constraints", sha256=content.sha256)
    text = constraint_csv(content).encode()
    write_whole(path, text, overwrite=overwrite, originals=Originals.of(inputs=[own]))


def constraint_csv(content: ConstraintSet) -> str:
    """Return a set as CSV text that can be read back."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for c in content.constraints:
        cells = {
            "organ": "|".join(c.organs),
            "n_fractions": c.fractions.text,
            "metric": c.metric.text,
            "comparator": c.comparator or "observed",
            "limit": c.limit_as_published,
            "role": c.role.value,
            "scope": c.scope.value,
            "alpha_beta_gy": "" if c.alpha_beta_gy is None else f"{c.alpha_beta_gy:g}",
            "earlier_eqd2_gy": "" if c.earlier_eqd2_gy is None else f"{c.earlier_eqd2_gy:g}",
            **_recovery_cells(c),
        }
        writer.writerow([cells[name] if name in cells else getattr(c, name) for name in COLUMNS])
    return buffer.getvalue()


def _recovery_cells(c: Constraint) -> dict[str, str]:
    interval = c.recovery_interval
    return {
        "includes_recovery": {None: "", True: "yes", False: "no"}[c.includes_recovery],
        "from_months": "" if interval is None else str(interval.from_months),
        "to_months": "" if interval is None or interval.to_months is None else str(interval.to_months),
    }


def _input(content: ConstraintSet) -> InputRecord:
    return InputRecord(role=f"constraints {content.name}", sha256=content.sha256)
