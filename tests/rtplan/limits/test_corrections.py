"""Each row of the list of what a second text confirmed, contradicted or qualified does what the list says."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rtplan.limits import Constraint, Role, Scope, load_constraint_set

ROOT = Path(__file__).resolve().parents[3]
THECAL = "Sahgal re-RT table (secondary)"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def rows(name: str, **wanted: str) -> list[Constraint]:
    found = [
        c
        for c in load_constraint_set(name).constraints
        if all(wanted[key] in (of(c), "*") for key, of in _FIELDS.items() if key in wanted)
    ]
    assert found, (name, wanted)
    return found


_FIELDS: dict[str, Callable[[Constraint], str]] = {
    "table": lambda c: c.table,
    "organ": lambda c: c.organ_as_published,
    "n": lambda c: c.fractions.text,
    "metric": lambda c: c.metric.text,
}


def cell(earlier: str, n: int) -> Constraint:
    (found,) = (c for c in rows("reirradiation-cord", table=THECAL, n=str(n)) if earlier in c.condition)
    return found


def test_every_line_of_the_list_is_carried_out_or_has_a_reason(shared_data: Path) -> None:
    listed = {(r["set"], r["row"]) for r in rows_of(shared_data / "evidence" / "verification_mismatches.csv")}
    ours = rows_of(ROOT / "tools" / "sources" / "corrections.csv")
    assert {(r["evidence_set"], r["evidence_row"]) for r in ours} == listed
    assert all(r["why"] for r in ours)


@pytest.mark.parametrize(
    ("earlier", "withdrawn"), [("30 Gy/10", "19"), ("40 Gy/20", "20"), ("45 Gy/25", "21")]
)
def test_the_three_cells_of_five_fractions_are_the_lower_reading_and_say_that_two_disagree(
    earlier: str, withdrawn: str
) -> None:
    found = cell(earlier, 5)
    assert str(found.limit) == "18"
    assert "two transcriptions disagree" in found.verification
    assert f"{withdrawn} in the other" in found.note


def test_the_other_cells_are_those_of_both_readings(shared_data: Path) -> None:
    compared = rows_of(shared_data / "evidence" / "cord_rert_table_compare.csv")
    assert len(compared) == len(rows("reirradiation-cord", table=THECAL)) == 22
    for row in compared:
        found = cell(row["prior"].replace(" (EQD2", ""), int(row["n_fractions"]))
        assert found.limit is not None
        assert found.limit.low == found.limit.high == float(row["lower_of_two_gy"])
        assert found.earlier_eqd2_gy == pytest.approx(float(row["prior_eqd2_2_gy"]))
        said = "agree" if row["agree"] == "yes" else "disagree"
        assert f"transcriptions {said}," in found.verification
        assert "10.1016/j.ijrobp.2019.09.038" in found.source


def test_the_thecal_sac_table_is_of_the_point_maximum() -> None:
    assert {c.metric.dvh for c in rows("reirradiation-cord", table=THECAL)} == {"Max[Gy]"}


def test_a_cell_on_which_table_and_rule_differ_by_rounding_says_so() -> None:
    assert str(cell("50 Gy/25", 3).limit) == "12.5"
    assert "rounding" in cell("50 Gy/25", 2).note


def test_the_proximal_airway_did_not_reach_consensus() -> None:
    (found,) = rows("reirradiation-thorax-2021", table="Rulach 2021, consensus not reached")
    assert (found.organs, found.comparator, str(found.limit)) == (("AirWay_Prox",), "<", "80-105")
    assert found.agreement == "consensus not reached"
    assert "consensus not reached" in found.note


def test_columns_that_are_quoted_are_strict_and_state_only_what_their_source_states() -> None:
    for table in ("Paradis via Rulach 2021", "Troost via Rulach 2021", "ARS via Rulach 2021"):
        assert {c.comparator for c in rows("reirradiation-thorax-2021", table=table)} == {"<"}
    assert {c.alpha_beta_gy for c in rows("reirradiation-thorax-2021", table="ARS via Rulach 2021")} == {None}
    quoted = rows("reirradiation-thorax-2021", table="Paradis via Rulach 2021")
    assert {(c.includes_recovery, str(c.recovery_interval)) for c in quoted} == {(True, "6 to 12 months")}


def test_risk_points_of_hytec_are_no_limits() -> None:
    carotid = rows("hytec", organ="Carotid, H&N re-irradiation")
    assert {(c.metric.text, c.role, c.comparator) for c in carotid} == {
        ("D0.035cc", Role.OBSERVATION, "<="),
        ("D0.5cc", Role.LIMIT, "<"),
    }
    assert {c.role for c in rows("hytec", organ="Brain (incl. target)", n="1")} == {Role.OBSERVATION}
    optic = rows("hytec", organ="Optic nerves and chiasm", n="1")
    assert {(str(c.limit), c.role) for c in optic} == {("10", Role.LIMIT), ("12", Role.RISK_POINT)}
    assert {c.role for c in rows("hytec", organ="Liver minus GTV")} == {Role.OBSERVATION}
    assert {c.role for c in load_constraint_set("hytec").constraints if "Lungs" in c.organ_label} == {
        Role.OBSERVATION
    }


def test_the_bladder_of_hytec_is_relative_to_the_prescription() -> None:
    found = [c for c in load_constraint_set("hytec").constraints if c.organs == ("Bladder",)]
    assert {(c.metric.dvh, c.comparator, str(c.limit)) for c in found} == {("V100%[cc]", "<", "5-10")}


@pytest.mark.parametrize(
    "organ", ["Optic nerves and chiasm", "Rectum, prostate SBRT", "Urethra, prostate SBRT"]
)
def test_limits_of_a_first_course_are_not_evaluable_after_an_earlier_one(organ: str) -> None:
    assert {c.scope for c in rows("hytec", organ=organ)} == {Scope.NO_EARLIER_COURSE}
    after = load_constraint_set("hytec").after_earlier_course().constraints
    assert all(c.metric.dvh is None for c in after if c.organ_as_published == organ)
    assert all(c.metric.dvh for c in after if c.scope is Scope.PLAN)


def test_cord_values_of_hytec_say_what_they_are_of() -> None:
    cord = load_constraint_set("hytec").constraints
    upper = {c.fractions.text: str(c.limit) for c in cord if c.role is Role.ALTERNATE}
    assert upper == {"2": "19.3", "3": "23.1", "4": "26.2", "5": "28.8"}
    assert "thecal sac" in next(c.note for c in cord if str(c.limit) == "12.4-14")


def test_what_the_second_text_of_tg101_says() -> None:
    assert not any("erratum" in c.source for c in load_constraint_set("tg101-2010").constraints)
    (liver,) = rows("tg101-2010", organ="Liver", n="5")
    assert str(liver.limit) == "21"
    assert "21.5" in liver.note
    both = [c for c in rows("tg101-2010", organ="Rib", n="3") if c.metric.text in ("D1cc", "D30cc")]
    assert all("printed so" in c.note for c in both)


def test_limits_of_one_treatment_are_not_called_those_of_a_re_irradiation() -> None:
    assert all(
        "not re-irradiation" in c.note
        for c in rows("pelvis-conventional", table="Cervix EBRT+BT cumulative (ASTRO)")
    )


STATED_IN = (
    "README.md",
    "docs/limits-of-use.md",
    "docs/validation/known-anomalies.md",
    "docs/validation/intended-use.md",
)
FALSE = re.compile(
    r"no\s+(verified\s+)?cumulative\s+limit\s+of\s+(a|any)\s+pelvic\s+organ\s+exists|the\s+literature\s+has\s+none"
    r"|none\s+exists\s+in\s+the\s+literature",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", STATED_IN)
def test_the_sentence_on_limits_of_pelvic_organs_is_true_where_it_stands(name: str) -> None:
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    for words in (
        "expert consensus states cumulative limits",
        "partly with 75 % agreement",
        "derived from outcomes was found",
        "at second hand and enforces none by itself",
    ):
        assert words in text, words


def test_no_page_says_that_the_literature_has_no_limit_of_a_pelvic_organ() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.toml")]
    pages += (ROOT / "tools" / "validation" / "texts").glob("*.md")
    assert [p.name for p in pages if FALSE.search(p.read_text(encoding="utf-8"))] == []
