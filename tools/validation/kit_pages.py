"""Pages of the kit that are made of data files: requirements, risks, anomalies, measurements, materials."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kit_materials import Component
from kit_requirements import Hazard, Requirement, shown_by
from kit_tables import page, table

MEASURED_COLUMNS = ("id", "what", "command", "seed", "count", "result", "holds", "date", "commit")
SHOWN = {
    "tests": "by the tests named",
    "tests and measured": "by the tests named and by a recorded measurement",
    "measured": "by a recorded measurement",
    "in part": "in part; what is missing is said",
    "not shown": "by nothing in this kit",
    "NOT MET": "a recorded measurement misses it",
}
ANOMALY_KINDS = {
    "fault": "ours, to be mended",
    "gap": "expected, not there",
    "evidence": "there, but weakly shown",
    "surroundings": "in other programs",
}


# --- requirements


def requirement_page(
    made: str, found: Sequence[Requirement], measurements: Mapping[str, Mapping[str, str]]
) -> str:
    """Return a list for each area: each requirement with what shows it."""
    states = {r.id: shown_by(r, measurements) for r in found}
    counted = Counter(states.values())
    words = [(word, SHOWN[word], counted[word]) for word in SHOWN if counted[word]]
    areas = {area: [r for r in found if r.area == area] for area in dict.fromkeys(r.area for r in found)}
    lists = []
    for area, chosen in areas.items():
        told = "\n".join(_requirement_item(r, states[r.id], measurements) for r in chosen)
        lists.append(f"## {area}\n\n{told}")
    return page(
        "requirements",
        made=made,
        count=str(len(found)),
        summary=table(["shown", "meaning", "requirements"], words),
        areas="\n\n".join(lists),
    )


def _requirement_item(
    requirement: Requirement, state: str, measurements: Mapping[str, Mapping[str, str]]
) -> str:
    recorded = [name for name in requirement.measured if name in measurements]
    absent = [name for name in requirement.measured if name not in measurements]
    by = [_linked(name) for name in requirement.tests]
    by += [f"[measured](measured.md), `{name}`: {measurements[name]['result']}" for name in recorded]
    by += [f"*not shown:* {requirement.not_shown}"] if requirement.not_shown else []
    by += [f"*not shown:* no measurement `{name}` is recorded" for name in absent]
    by += ["*not shown:* no test and no measurement"] if not by else []
    head = f"- **{requirement.id}** {requirement.text} **[{state}]**"
    return "\n".join([head, *(f"  - {line}" for line in by)])


def _linked(name: str) -> str:
    """Return a link to the file of a test."""
    file, _, function = name.partition("::")
    return (
        f"[`{function}`](../../{file})" if function else f"[all tests of `{Path(file).name}`](../../{file})"
    )


def test_run_page(made: str, found: Sequence[Requirement], rows: Sequence[Mapping[str, str]]) -> str:
    """Return what became of the tests named, from the last recorded run of them."""
    if not rows:
        told = (
            "No run of the tests named is recorded: `python tools/validation build --date DATE --run-tests`."
        )
        return page("test-run", made=made, told=told, rows="")
    texts = {requirement.id: requirement.text for requirement in found}
    failed = sum(int(row["failed"]) for row in rows)
    told = (
        f"The tests named in [the requirements](requirements.md) were run on {rows[0]['date']}: "
        f"{failed} failed. A test that serves two requirements counts in both; cases with several sets of "
        "values count one by one; tests that need data or programs that were not there skip by name."
    )
    columns = ["id", "requirement", "passed", "failed", "skipped"]
    kept = [
        (r["requirement"], texts[r["requirement"]], r["passed"], r["failed"], r["skipped"])
        for r in rows
        if r["requirement"] in texts
    ]
    return page("test-run", made=made, told=told, rows=table(columns, kept))


# --- risks


def risk_page(made: str, path: Path, listed: Sequence[Hazard]) -> str:
    """Return hazards as risks: cause, harm, severity, guard, tests, what remains."""
    rows: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    severities: dict[str, str] = rows.pop("severity")
    odd = sorted(set(rows) ^ {hazard.id for hazard in listed})
    odd += [name for name, row in rows.items() if row["severity"] not in severities]
    if odd:
        raise ValueError(
            f"{path.name}: hazards that the table lacks or has alone, or unknown severity: {odd}"
        )
    counted = Counter(row["severity"] for row in rows.values())
    words = [(word, text, counted[word]) for word, text in severities.items()]
    columns = ["id", "what goes wrong, and why", "harm", "severity", "guard, and its test", "what remains"]
    return page(
        "risks",
        made=made,
        severities=table(["severity", "meaning", "risks"], words),
        rows=table(columns, [_risk_row(hazard, rows[hazard.id]) for hazard in listed]),
    )


def _risk_row(hazard: Hazard, row: Mapping[str, str]) -> tuple[str, ...]:
    tests = ", ".join(f"[test](../../{test})" for test in hazard.tests)
    return (
        hazard.id,
        f"{hazard.goes_wrong}. *Cause:* {row['cause']}",
        row["harm"],
        row["severity"],
        f"{hazard.guard} ({tests})",
        row["residual"],
    )


# --- known anomalies


def anomaly_page(made: str, path: Path) -> str:
    """Return what is known to be wrong, missing or weak."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["anomaly"]
    unknown = [row["id"] for row in rows if row["kind"] not in ANOMALY_KINDS]
    if unknown:
        raise ValueError(f"{path.name}: unknown kind in {unknown}; kinds: {', '.join(ANOMALY_KINDS)}")
    columns = ["id", "kind", "what", "whom it touches", "workaround"]
    cells = [(row["id"], row["kind"], row["what"], row["touches"], row["workaround"]) for row in rows]
    kinds = table(["kind", "meaning"], ANOMALY_KINDS.items())
    return page("known-anomalies", made=made, kinds=kinds, rows=table(columns, cells))


# --- measurements


def measured_page(made: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return the long proofs as they were recorded."""
    columns = ["what", "how", "result", "holds", "recorded"]
    told = table(columns, [_measured_row(row) for row in rows]) if rows else "Nothing is recorded."
    return page("measured", made=made, rows=told)


def _measured_row(row: Mapping[str, str]) -> tuple[str, ...]:
    how = [f"`{row['command']}`", f"seed {row['seed']}" if row["seed"] else "", row["count"]]
    recorded = [row["date"], f"commit {row['commit']}" if row["commit"] else ""]
    return (
        f"`{row['id']}`: {row['what']}",
        ", ".join(filter(None, how)),
        row["result"],
        row["holds"] if row["holds"] == "yes" else f"**{row['holds'].upper()}**",
        ", ".join(filter(None, recorded)),
    )


# --- materials and versions


def materials_page(made: str, found: Sequence[Component]) -> str:
    """Return the bill of materials for a person."""
    columns = ["package", "version", "licence", "needed", "installed files (SHA-256)"]
    rows = [
        (f"`{c.name}`", c.version, c.licence, c.scope, f"`{c.files_sha256[:16]}…`" if c.files_sha256 else "-")
        for c in found
    ]
    return page("materials", made=made, rows=table(columns, rows))


def version_page(
    made: str,
    found: Sequence[Component],
    *,
    machine: Sequence[tuple[str, str]],
    version: str,
    sources: Mapping[str, str],
) -> str:
    """Return versions and machine."""
    needed = [(f"`{c.name}`", c.version) for c in found if c.scope == "required"]
    hashes = [(f"`{name}`", version, f"`{sha256}`") for name, sha256 in sources.items()]
    return page(
        "versions",
        made=made,
        sources=table(["package", "version", "SHA-256"], hashes),
        machine=table(["what", "value"], machine),
        packages=table(["package", "version"], needed),
    )
