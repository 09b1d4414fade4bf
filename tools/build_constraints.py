"""Build the shipped constraint sets from the published tables that were collected beside this script.

    python tools/build_constraints.py [FOLDER]

FOLDER is where the sets are written, the package's own ``rtplan/limits/data`` when left out. The rows are
those of ``tools/sources/constraints`` and ``tools/sources/evidence`` (one per published limit, each with its
citation and how it was checked), with what ``tools/sources/corrections.csv`` changes in them and why. Nothing
is typed here that is not in those files: this script only sorts rows into sets, one per table and edition,
and says of each row whether it is a limit, and what it presupposes. Sets that ``rtplan
constraints add`` has added are their own source: they are carried over, with the hash of what they hold now.

Decisions, all from the notes of the rows themselves:

* ``observed``, "do not enforce" and "observation; ..." rows become observations; "risk point (not a limit)"
  rows become risk points; rows marked as alternates, and the upper values of a file whose abstract states
  only the lower figure, become alternates. None of these is ever enforced.
* Rows that speak of a course after earlier radiotherapy presuppose that course.
* Rows whose metric adds courses up, or compares them, need several courses.
* "must be contoured separately" rows need a contour of their own.
* Of an institution's own limits, a row with a further condition that no dose can tell is an alternate; an
  organ named without its side is both; a volume to be spared is the dose that its coldest cc stay below.
* Rows that were collected as evidence beside the limits are observations, whatever their comparator.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
from functools import cache
from pathlib import Path

from rtplan.limits import COLUMNS

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources" / "constraints"
EVIDENCE = HERE / "sources" / "evidence"
CORRECTIONS = HERE / "sources" / "corrections.csv"
ADDED_ROWS = HERE / "sources" / "added_rows.csv"
SHIPPED = HERE.parent / "rtplan" / "limits" / "data"
OPTIONAL_COLUMNS = ("agreement", "earlier_eqd2_gy", "includes_recovery", "from_months", "to_months")
SELECTORS = ("table", "organ_as_published", "n_fractions", "metric", "limit")
PELVIS = "Slevin 2021 pelvic SABR re-irradiation"
MICHIGAN = "michigan-cumulative"
MICHIGAN_SOURCE = (
    "Institutional cumulative limits that go with the recovery rule michigan-2019 "
    "(Paradis 2019, Adv Radiat Oncol 4:559); original not opened"
)
INDEX_COLUMNS = ("name", "title", "edition", "citation", "sha256")

SETS: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    # name: (title, edition, citation, shared file, published tables)
    "tg101-2010": (
        "AAPM TG-101, SBRT in 1, 3 and 5 fractions",
        "2010",
        "Benedict SH et al. Med Phys 2010;37:4078-4101",
        "tg101.csv",
        ("TG-101", "TG-101 (alternate value in secondary)"),
    ),
    "timmerman-2021": (
        "Timmerman, 1 to 30 fractions",
        "2021",
        "Timmerman R. Int J Radiat Oncol Biol Phys 2021",
        "timmerman2021.csv",
        ("Timmerman 2021",),
    ),
    "uk-sabr-2018": (
        "UK consensus on SABR, first edition (Hanna)",
        "2018",
        "Hanna GG et al. Clin Oncol 2018;30:5-14",
        "uk_sabr.csv",
        ("UK 2018 (Hanna)",),
    ),
    "uk-sabr-2022": (
        "UK consensus on SABR, second edition (Diez)",
        "2022",
        "Diez P et al. Clin Oncol 2022;34:288-300",
        "uk_sabr.csv",
        ("UK 2022 (Diez)",),
    ),
    "uk-type-poster": (
        "Limits of UK type as printed on a vendor's poster; attribution not row-exact",
        "2022",
        "IBA dose-constraint poster",
        "uk_sabr.csv",
        ("UK-type optimal/mandatory (IBA poster)",),
    ),
    "norway-clinic-sabr": (
        "Values of a Norwegian clinic's script, close to UK 2022",
        "as published",
        "dicom/raystation-scripts, settings/tolerance_doses.py",
        "uk_sabr.csv",
        ("Norwegian clinic script values (UK-2022-like)",),
    ),
    "hytec": (
        "HyTEC organ papers",
        "2021",
        "HyTEC. Int J Radiat Oncol Biol Phys 2021;110(1)",
        "hytec.csv",
        ("HyTEC", "HyTEC (upper value in UW file)", "HyTEC (upper value in a second text)"),
    ),
    "quantec": (
        "QUANTEC summary table",
        "2010",
        "Marks LB et al. Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S10-S19",
        "quantec.csv",
        ("QUANTEC", "QUANTEC-SRS", "QUANTEC-SBRT"),
    ),
    "pelvis-conventional": (
        "Pelvic chemoradiotherapy, nodal and anal protocols; each row names its own table",
        "collected",
        "several protocols, see each row",
        "pelvis_conventional.csv",
        (
            "Rectal CRT protocol (PMC5031350)",
            "Anorectal IMRT goals (UW, RTOG 0529-like)",
            "NCCN anal v2.2022 via CORSAIR",
            "CORSAIR",
            "ESTRO ACROP pancreas via CORSAIR",
            "NRG pelvic-node prostate RT",
            "Bowel dose-volume review 2021",
            "Cervix EBRT+BT cumulative (ASTRO)",
        ),
    ),
    "spine-sbrt-trial-2025": (
        "Spine SBRT in 1 or 2 fractions, trial table",
        "2025",
        "BMC Cancer 2025;25:323",
        "sbrt_other.csv",
        ("Spine SBRT 1-2 fx trial (PMC11846292)",),
    ),
    "spine-sbrt-cohort": (
        "Institutional planning limits of a spine SBRT cohort",
        "as published",
        "PMC9515434",
        "sbrt_other.csv",
        ("Institutional cohort PMC9515434",),
    ),
    "prostate-4fx-2019": (
        "Prostate SBRT in 4 fractions, phase I",
        "2019",
        "Radiat Oncol 2019, doi 10.1186/s13014-019-1369-y",
        "sbrt_other.csv",
        ("Prostate 4-fx phase I",),
    ),
    "mdacc-5fx-template": (
        "Institutional template, 40 Gy in 5 fractions",
        "as transcribed",
        "Spine SBRT templates transcribed in a public app",
        "sbrt_other.csv",
        ("MDACC 40 Gy/5 template (secondary)",),
    ),
    "reirradiation-cord": (
        "Cumulative limits of the spinal cord and thecal sac over several courses",
        "collected",
        "Nieder 2006; Sahgal 2012; HyTEC 2021",
        "reirradiation_cumulative.csv",
        ("Sahgal 2012", "HyTEC re-RT", "Sahgal re-RT table (secondary)", "Nieder 2006"),
    ),
    "reirradiation-thorax-2021": (
        "UK thoracic re-irradiation consensus and the columns it quotes",
        "2021",
        "Rulach R et al. Adv Radiat Oncol 2021, PMC8022147 Table 4",
        "reirradiation_cumulative.csv",
        ("Rulach 2021 consensus", "Paradis via Rulach 2021", "Troost via Rulach 2021", "ARS via Rulach 2021"),
    ),
    "reirradiation-observed": (
        "Observations over several courses; none is a limit",
        "collected",
        "Abusaris 2012; Das 2018; Evans 2013; Sminia and Mayer 2012; further series, each row names its own",
        "reirradiation_cumulative.csv",
        (
            "Abusaris 2012 (observed, not a limit)",
            "Das 2018 / Nieder 2017 via dashboard",
            "Evans 2013 via dashboard",
            "Sminia & Mayer 2012",
        ),
    ),
    "mdacc-3fx-reirradiation-template": (
        "Institutional template, 3 fractions after earlier radiotherapy",
        "as transcribed",
        "Spine SBRT templates transcribed in a public app",
        "reirradiation_cumulative.csv",
        ("MDACC 3-fx prior-RT template (secondary)",),
    ),
    "pelvis-reirradiation-delphi-2021": (
        "Expert consensus on pelvic SABR after earlier radiotherapy, with the agreement on each limit",
        "2021",
        "Slevin F et al. Radiother Oncol 2021;164:104-114, doi 10.1016/j.radonc.2021.09.010",
        "reirradiation_cumulative_new.csv",
        (PELVIS,),
    ),
    MICHIGAN: (
        "Institutional cumulative limits that go with the recovery rule michigan-2019",
        "as transcribed",
        MICHIGAN_SOURCE,
        "michigan_cumulative.csv",
        (MICHIGAN,),
    ),
}


def role_of(row: dict[str, str]) -> str:
    """Say whether a row is a limit, from its own words."""
    note = row["note"].lower()
    if row["comparator"] == "observed" or "do not enforce" in note or note.startswith("observation"):
        return "observation"
    if "Evans 2013" in row["set"]:  # a rate above and below one dose, not a tolerance
        return "observation"
    if row["mandatory_or_optimal"] == "risk point (not a limit)":
        return "risk point"
    if "alternate" in row["set"] or "upper value" in row["set"]:
        return "alternate"
    return "limit"


def scope_of(row: dict[str, str]) -> str:
    """Say what a row needs beside one plan's dose."""
    metric, published = row["metric"], row["organ_as_published"].lower()
    if any(word in metric for word in ("cumulative", "ratio", "interval", "each course", "EQD2")):
        return "several courses"
    if "must be contoured separately" in row["note"]:
        return "own contour"
    if "prior" in published or "prior" in row["set"] or "re-irradiation" in published:
        return "after earlier course"
    return "plan"


def condition_of(row: dict[str, str]) -> str:
    """Repeat what a row presupposes."""
    scope = scope_of(row)
    if scope in ("after earlier course", "own contour"):
        return row["organ_as_published"]
    for words in (
        "primary prostate SBRT only",
        "conditions: interval >=6 months AND each course <=98 Gy BED",
    ):
        if words in row["note"]:
            return words
    return ""


def shipped_row(row: dict[str, str]) -> dict[str, str]:
    """Rename the columns of a shared row, then correct what was found wrong in it."""
    if row["set"] == MICHIGAN:
        return corrected(michigan_row(row))
    if "verification_tag" in row:
        return corrected(evidence_row(row))
    return corrected(collected_row(row))


def collected_row(row: dict[str, str]) -> dict[str, str]:
    """Rename the columns of a collected row; the values stay as they are."""
    scope = scope_of(row)
    return {
        "table": row["set"],
        "organ": "" if scope == "own contour" else row["organ_tg263"],
        "organ_as_published": row["organ_as_published"],
        "n_fractions": row["n_fractions"],
        "metric": row["metric"],
        "comparator": row["comparator"],
        "limit": row["limit"],
        "unit": row["unit"],
        "priority": row["mandatory_or_optimal"],
        "role": role_of(row),
        "scope": scope,
        "condition": condition_of(row),
        "endpoint": row["endpoint"],
        "alpha_beta_gy": row["alpha_beta"],
        "source": row["source_citation"],
        "url": row["url"],
        "how_verified": row["how_verified"],
        "note": row["note"],
        "agreement": "",
        "earlier_eqd2_gy": earlier_eqd2_of(row["organ_as_published"]),
        "includes_recovery": "",
        "from_months": "",
        "to_months": "",
    }


def earlier_eqd2_of(published: str) -> str:
    """EQD2 at alpha/beta 2 of the earlier course that a row is for, from its dose and fractions."""
    found = re.search(r"after prior (\d+) Gy/(\d+) \(EQD2_2", published)
    if found is None:
        return ""
    total, n_fractions = float(found[1]), int(found[2])
    return f"{total * (total / n_fractions + 2) / 4:g}"


def evidence_row(row: dict[str, str]) -> dict[str, str]:
    """Rename the columns of a row that was collected as evidence; only the consensus states limits."""
    plain = collected_row(row)
    is_limit = row["set"] == PELVIS
    condition = row["recovery_or_interval_condition"]
    months = re.match(r"(\d+) months or more", condition) if row["includes_recovery"] == "yes" else None
    return plain | {
        "role": "limit" if is_limit else "observation",
        "scope": "several courses",
        "condition": condition,
        "agreement": row["consensus_strength"],
        "includes_recovery": row["includes_recovery"] if is_limit else "",
        "from_months": months[1] if months else "",
        "source": f"{row['source_citation']}{', doi ' + row['doi'] if row['doi'] else ''}",
    }


def michigan_row(row: dict[str, str]) -> dict[str, str]:
    """One institutional limit; a volume to be spared becomes the dose that its coldest cc stay below."""
    metric, comparator, limit, notes = row["metric"], row["comparator"], row["eqd2_gy"], [row["note"]]
    conditions = [part.strip() for part in row["condition"].split(";")]
    spared = re.fullmatch(r"C?V(\d+)Gy", metric)
    if spared:
        notes.append(f"published as {metric} {comparator} {limit} cc")
        metric, comparator, limit = f"CV({limit}cc)", "<", spared[1]
        conditions = []
    condition = "; ".join(text for text in conditions if text)
    return dict.fromkeys((*COLUMNS,), "") | {
        "table": MICHIGAN,
        "organ": both_sides(row["organ_tg263"]),
        "organ_as_published": row["organ_tg263"],
        "n_fractions": "any",
        "metric": f"{metric} cumulative EQD2",
        "comparator": comparator,
        "limit": limit,
        "unit": "Gy EQD2",
        "role": "alternate" if condition else "limit",
        "scope": "several courses",
        "condition": condition,
        "alpha_beta_gy": row["alpha_beta_gy"],
        "source": MICHIGAN_SOURCE,
        "url": "public repositories",
        "how_verified": "two secondary agree" if row["transcriptions"] == "2" else "read in secondary",
        "note": "; ".join(text for text in notes if text),
        "agreement": "institutional",
        "includes_recovery": row["includes_recovery"],
    }


def both_sides(organ: str) -> str:
    """Both organs of a pair that a table names without its side."""
    return f"{organ}_L|{organ}_R" if organ in ("BrachialPlex", "Cochlea", "OpticNrv", "Retina") else organ


def corrected(row: dict[str, str]) -> dict[str, str]:
    """Apply what ``corrections.csv`` says of a row, which is found by what was collected."""
    found = dict(row)
    for change in corrections():
        if change["column"] and all(change[key] in ("*", row[key]) for key in SELECTORS):
            USED.add(change["number"])
            column = change["column"]
            if column.endswith("+"):
                column = column.removesuffix("+")
                found[column] = "; ".join(text for text in (found[column], change["value"]) if text)
            else:
                found[column] = change["value"]
    return found


USED: set[str] = set()
"""Numbers of the corrections that found their row."""


@cache
def corrections() -> list[dict[str, str]]:
    """What is changed in the collected rows, each with its reason."""
    return [row | {"number": str(number)} for number, row in enumerate(rows_of(CORRECTIONS), start=2)]


def csv_text(rows: list[dict[str, str]], columns: tuple[str, ...]) -> str:
    """Write rows as CSV text with LF line ends."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def check_complete() -> None:
    """Stop when a published table of the sources is in no set, or a correction found no row."""
    listed = {table for *_, tables in SETS.values() for table in tables}
    for path in [*sorted(SOURCES.glob("*.csv")), ADDED_ROWS]:
        left = {row["set"] for row in rows_of(path)} - listed
        if left:
            raise SystemExit(f"{path.name}: tables in no set: {sorted(left)}")
    idle = [row["number"] for row in corrections() if row["column"] and row["number"] not in USED]
    if idle:
        raise SystemExit(f"{CORRECTIONS.name}: lines that change no row: {', '.join(idle)}")


def collected(name: str, file: str, tables: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a set as collected, those that were added by hand last."""
    folder = SOURCES if (SOURCES / file).exists() else EVIDENCE
    rows = [{"set": name} | row for row in rows_of(folder / file)]
    own = [row for row in [*rows, *rows_of(ADDED_ROWS)] if row["set"] in tables]
    if name != "reirradiation-observed":
        return own
    return own + [
        row for row in rows_of(EVIDENCE / "reirradiation_cumulative_new.csv") if row["set"] != PELVIS
    ]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def built_sets() -> dict[str, tuple[dict[str, str], str]]:
    """Index entry and text of each set that is built from the sources."""
    built = {}
    for name, (title, edition, citation, file, tables) in SETS.items():
        rows = [shipped_row(row) for row in collected(name, file, tables)]
        columns = tuple(c for c in COLUMNS if c not in OPTIONAL_COLUMNS or any(row[c] for row in rows))
        entry = {"name": name, "title": title, "edition": edition, "citation": citation}
        built[name] = (entry, csv_text([{c: row[c] for c in columns} for row in rows], columns))
    check_complete()
    return built


def added_sets() -> dict[str, tuple[dict[str, str], str]]:
    """Index entry and text of each set that was added and is its own source."""
    return {
        entry["name"]: (entry, (SHIPPED / f"{entry['name']}.csv").read_text(encoding="utf-8"))
        for entry in rows_of(SHIPPED / "sets.csv")
        if entry["name"] not in SETS
    }


def main(target: Path) -> None:
    """Write every set and the list of sets."""
    target.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, (entry, text) in (built_sets() | added_sets()).items():
        (target / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
        entries.append({**entry, "sha256": hashlib.sha256(text.encode()).hexdigest()})
    (target / "sets.csv").write_text(csv_text(entries, INDEX_COLUMNS), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else SHIPPED)
