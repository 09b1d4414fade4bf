"""Patient files: mistakes all at once, nothing personal told, nothing missing ever met."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.protocols import (
    load_protocol,
    patient_of_tables,
    patient_template,
    protocol_ids,
    read_patient_file,
    screen,
)
from rtplan.protocols.facts import shared_facts
from rtplan.protocols.patient_file import PatientFileError, Quantity

FACTS = shared_facts()
FOLDER = Path(__file__).with_name("protocol_patients")


def base(protocol: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{protocol}.toml").read_text(encoding="utf-8"))


def statuses(name: str, tables: dict[str, Any]) -> dict[str, str]:
    protocol = load_protocol(name)
    found = screen(protocol, patient_of_tables(tables, protocol.facts))
    return {result.criterion.id: result.status for result in found.results}


def mistakes(tables: dict[str, Any]) -> str:
    with pytest.raises(PatientFileError) as caught:
        patient_of_tables(tables, FACTS)
    return str(caught.value)


@pytest.mark.parametrize("name", protocol_ids())
def test_an_empty_file_meets_nothing_and_speaks_against_nothing(name: str) -> None:
    assert set(statuses(name, {}).values()) <= {"unknown", "clinician"}


@pytest.mark.parametrize("name", protocol_ids())
def test_an_unfilled_template_meets_nothing(name: str) -> None:
    tables = tomllib.loads(patient_template(load_protocol(name)))
    assert set(statuses(name, tables).values()) <= {"unknown", "clinician"}


@pytest.mark.parametrize("name", protocol_ids())
def test_a_template_names_every_key_that_is_asked_for(name: str) -> None:
    protocol = load_protocol(name)
    text = patient_template(protocol)
    for key in protocol.keys_asked:
        section, _, entry = key.partition(".")
        part = text.partition(f"[{section}]")[2].partition("\n[")[0]
        assert f"# {entry} = " in part


def test_taking_away_a_sign_without_typing_a_value_states_nothing() -> None:
    """No line of a template is a statement as it is printed: an uncommented one is no TOML."""
    lines = [line for line in patient_template(load_protocol("torch-r")).splitlines() if " = " in line]
    before_lists = lines[: next(i for i, line in enumerate(lines) if "earlier_radiotherapy" in line)]
    stated = [line for line in before_lists if "pseudonym" not in line]
    assert len(stated) > 40
    for line in stated:
        with pytest.raises(tomllib.TOMLDecodeError):
            tomllib.loads(line.removeprefix("# "))


def leaf_paths(tables: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The entries that can be taken away: keys of sections and of listed tables, not the lists' tables."""
    found = []
    for key, value in tables.items():
        if isinstance(value, list) and value:
            for number, entry in enumerate(value):
                found += [(key, number, name) for name in entry if name != "organ"]
        elif isinstance(value, dict):
            found += [(*path, key, name) for name in value]
        else:
            found.append((*path, key))
    return found


def without(tables: dict[str, Any], paths: list[tuple[Any, ...]]) -> dict[str, Any]:
    left = copy.deepcopy(tables)
    for path in paths:
        at: Any = left
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
    return left


@pytest.mark.parametrize("name", protocol_ids())
def test_each_entry_that_is_taken_away_leaves_something_unknown(name: str) -> None:
    tables = base(name)
    for path in leaf_paths(tables):
        if path[-1] in UNASKED.get(name, ()) or (name, *path) in UNASKED_OF_EARLIER:
            continue
        found = statuses(name, without(tables, [path]))
        assert "unknown" in found.values(), path
        assert "not_met" not in found.values(), path


UNASKED = {
    "torch-r": (
        "pseudonym", "progression_after_first_line", "diameter_mm", "volume_cc", "malignant_effusion",
        "nyha_grade", "lvef_percent", "screening", "enrolment",
    ),
    "sparkle": (
        "white_cells", "neutrophils", "recurrence_confirmed_by_pathology", "recurrence_on_imaging",
        "sacral_infiltration_at_or_above_s2", "lateral_pelvic_wall_invasion", "obturator_infiltration",
        "refuses_exenteration_or_debulking", "oligometastases_resectable_or_controllable",
    ),
    "tracer": (
        "recurrence_confirmed_by_pathology", "hbv_infection", "hcv_infection", "consent", "screening",
    ),
}  # fmt: skip
"""Entries beside which another one decides alone: an "or", an "and", or no event to count days from."""

UNASKED_OF_EARLIER = (
    ("torch-r", "earlier_radiotherapy", 0, "regimen"),  # only its end is asked about
    ("tracer", "earlier_radiotherapy", 0, "regimen"),
    ("torch-r", "earlier_radiotherapy", 0, "region"),  # 25 Gy in 5 lies in both bands
)

BROKEN = {
    "torch-r": {
        ("patient", "ecog"): 2,
        ("laboratory", "platelets"): {"value": 90, "unit": "10^9/L"},
        ("laboratory", "bilirubin"): {"value": 40, "unit": "umol/L", "uln": 20},
        ("history", "thrombosis"): date(2024, 12, 24),
        ("history", "blood_transfusion"): [date(2024, 1, 1), date(2025, 1, 10)],
        ("patient", "nyha_grade"): 3,
        ("patient", "lvef_percent"): 35,
        ("disease", "tumour_to_cord_mm"): 2,
        ("planned_radiotherapy", "regimen"): "42Gy/5",
        ("metastases",): [
            {"organ": "brain", "diameter_mm": 40, "volume_cc": 33, "sabr_planned": False},
            {"organ": "liver", "diameter_mm": 10, "volume_cc": 1},
        ],
        ("earlier_radiotherapy",): [
            {"regimen": "45Gy/25", "ended": date(2024, 12, 1), "region": "pelvis"},
            {"regimen": "8Gy/1", "ended": date(2020, 1, 1), "region": "femur"},
        ],
    },
    "sparkle": {
        ("laboratory", "ast"): {"value": 200, "unit": "U/L", "uln": 40},
        ("disease", "mismatch_repair"): "dMMR/MSI-H",
        ("history", "late_small_bowel_or_bladder_toxicity"): True,
        ("earlier_radiotherapy",): [
            {"regimen": "45Gy/25", "ended": date(2024, 12, 1), "region": "pelvis"},
            {"regimen": "20Gy/5", "ended": date(2020, 1, 1)},
        ],
    },
    "tracer": {
        ("history", "hbv_infection"): True,
        ("history", "hcv_infection"): True,
        ("laboratory", "hbv_dna_iu"): {"value": 800, "unit": "IU/mL"},
        ("history", "hepatitis_treated"): False,
        ("metastases",): [{"organ": "lung"}],
    },
    "toripalimab-sbrt-oligomet": {("disease", "response_to_first_line"): "PD"},
}


def broken(name: str, chosen: set[int]) -> dict[str, Any]:
    tables = base(name)
    for number, (path, value) in enumerate(BROKEN[name].items()):
        if number in chosen:
            at = tables
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = copy.deepcopy(value)
    return tables


@given(
    name=st.sampled_from(protocol_ids()),
    chosen=st.sets(st.integers(0, 10)),
    data=st.data(),
)
def test_what_is_missing_never_turns_into_met(name: str, chosen: set[int], data: st.DataObject) -> None:
    """Taking entries away never makes a criterion met or not met that was not so before."""
    tables = broken(name, chosen)
    paths = leaf_paths(tables)
    taken = data.draw(st.lists(st.sampled_from(paths), unique=True, max_size=len(paths)))
    before, after = statuses(name, tables), statuses(name, without(tables, taken))
    for criterion, status in after.items():
        if status in ("met", "not_met"):
            assert before[criterion] == status, criterion


def test_a_judgement_is_never_met_whatever_is_typed() -> None:
    found = statuses("torch-r", base("torch-r"))
    left = sorted(criterion for criterion, status in found.items() if status == "clinician")
    assert left == ["electrolytes", "gastrointestinal-risk", "investigator", "mental-abnormality"]


def test_an_effusion_needs_a_judgement_only_where_there_is_one() -> None:
    tables = base("torch-r")
    assert statuses("torch-r", tables)["effusion"] == "met"
    tables["disease"]["malignant_effusion"] = True
    assert statuses("torch-r", tables)["effusion"] == "clinician"


def test_a_threshold_that_depends_on_what_is_missing_is_unknown_only_between_the_two() -> None:
    tables = base("torch-r")
    del tables["metastases"]
    for value, expected in ((79, "not_met"), (90, "unknown"), (100, "met")):
        tables["laboratory"]["platelets"] = {"value": value, "unit": "10^9/L"}
        assert statuses("torch-r", tables)["platelets"] == expected


def test_a_missing_upper_limit_of_normal_is_said() -> None:
    tables = base("torch-r")
    tables["laboratory"]["ast"] = {"value": 22, "unit": "U/L"}
    protocol = load_protocol("torch-r")
    found = screen(protocol, patient_of_tables(tables, protocol.facts)).result("ast")
    assert found.status == "unknown"
    assert found.reasons == ("missing: laboratory.ast.uln, the laboratory's upper limit of normal",)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"value": 91, "unit": "g/L"}, "met"),
        ({"value": 9.0, "unit": "g/dL"}, "met"),
        ({"value": 8.9, "unit": "g/dL"}, "not_met"),
    ],
)
def test_units_are_converted(typed: dict[str, Any], expected: str) -> None:
    tables = base("torch-r")
    tables["laboratory"]["haemoglobin"] = typed
    assert statuses("torch-r", tables)["haemoglobin"] == expected


def test_multiples_of_the_upper_limit_may_be_typed_as_such() -> None:
    tables = base("torch-r")
    for value, expected in ((1.5, "met"), (1.6, "not_met")):
        tables["laboratory"]["bilirubin"] = {"value": value, "unit": "ULN"}
        assert statuses("torch-r", tables)["bilirubin"] == expected


def test_the_creatinine_clearance_is_that_of_cockcroft_and_gault() -> None:
    """A woman of 60, 60 kg, creatinine 1 mg/dL: (140 - 60) x 60 / 72 x 0.85 = 56.67 mL/min."""
    tables = {
        "patient": {"age_at_consent_years": 60, "weight_kg": 60, "sex": "female"},
        "laboratory": {"creatinine": {"value": 1.0, "unit": "mg/dL", "uln": 1.1}},
    }
    found = patient_of_tables(tables, FACTS).value("laboratory.creatinine_clearance")
    assert isinstance(found, Quantity)
    assert found.value == pytest.approx(56.6667, abs=1e-3)
    tables["patient"]["sex"] = "male"
    found = patient_of_tables(tables, FACTS).value("laboratory.creatinine_clearance")
    assert isinstance(found, Quantity)
    assert found.value == pytest.approx(66.6667, abs=1e-3)
    del tables["patient"]["sex"]
    assert patient_of_tables(tables, FACTS).value("laboratory.creatinine_clearance") is None


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(
        {
            "patient": {"ecog": 7, "name": "Zzsurname", "weight_kg": True},
            "laboratory": {
                "haemoglobin": {"value": 9.1, "unit": "g/L"},
                "ast": {"value": 30, "unit": "umol/L"},
                "platelets": 210,
            },
            "labortory": {"x": 1},
            "history": {"thrombosis": "last year", "bleeding": []},
            "dates": {"consent": "2025-01-10"},
            "metastases": [{"diameter_mm": 3}],
            "earlier_radiotherapy": [{"regimen": "45-50Gy/25"}, {"regimen": "45Gy/25", "folder": "x"}],
        }
    )
    assert "13 mistakes" in told
    for part in (
        "patient.ecog: 7",
        "patient.name: no such key",
        "patient.weight_kg: True is no number",
        "laboratory.haemoglobin: 9.1 g/L: at least 20 and at most 250 is needed; is the unit right?",
        "laboratory.ast: unit 'umol/L' is none of 'U/L', 'ULN'",
        'laboratory.platelets: write { value = 210, unit = "10^9/L" }',
        "labortory.x: no such key",
        "history.thrombosis",
        "dates.consent: a date without quotes",
        "metastases 1: organ",
        "earlier_radiotherapy 1: '45-50Gy/25' is a band",
        "earlier_radiotherapy 2: regimen or folder, not both",
    ):
        assert part in told
    assert "Zzsurname" not in told


BORN, CONSENT = date(1960, 1, 1), date(2025, 1, 1)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"patient": {"age_at_consent_years": 70}, "dates": {"birth": BORN, "consent": CONSENT}},
            "patient.age_at_consent_years: what is typed and what follows",
        ),
        (
            {"disease": {"liver_metastases": False}, "metastases": [{"organ": "Liver"}]},
            "disease.liver_metastases: what is typed and what follows",
        ),
        ({"dates": {"birth": CONSENT, "consent": BORN}}, "dates.consent: before dates.birth"),
        (
            {"metastases": [{"organ": "lung", "sabr_regimen": "54Gy/3", "sabr_planned": False}]},
            "sabr_planned = false",
        ),
        ({"metastases": {"organ": "lung"}}, "metastases = [] where there was none"),
        ({"planned_radiotherapy": {"start": CONSENT}}, "unknown entry 'start'"),
        ({"laboratory": {"ast": {"value": -3, "unit": "U/L"}}}, "a value below 0"),
        (
            {"laboratory": {"ast": {"value": 3, "unit": "U/L", "uln": 0}}},
            "limit of normal that is not above 0",
        ),
        ({"laboratory": {"ast": {"value": float("nan"), "unit": "U/L"}}}, "is no number"),
    ],
)
def test_contradictions_and_impossible_values_are_refused(tables: dict[str, Any], message: str) -> None:
    told = mistakes(tables)
    assert message in told
    assert "1960" not in told
    assert "2025" not in told


def test_a_birth_date_is_shown_nowhere() -> None:
    protocol = load_protocol("torch-r")
    patient = patient_of_tables(base("torch-r"), protocol.facts)
    found = screen(protocol, patient)
    shown = found._repr_html_() + repr(found) + str(found.records()) + repr(patient)
    assert "1960" not in shown
    assert "64 years" in shown


def test_a_file_that_is_none_is_refused_without_its_path(tmp_path: Path) -> None:
    path = tmp_path / "patient.toml"
    path.write_text("[patient", encoding="utf-8")
    with pytest.raises(
        PatientFileError, match=r"patient file patient.toml: 1 mistake\n  cannot be read as TOML"
    ) as caught:
        read_patient_file(path, FACTS)
    assert str(tmp_path) not in str(caught.value)


def test_several_earlier_courses_are_added_and_the_latest_counts() -> None:
    tables = base("sparkle")
    tables["earlier_radiotherapy"] = [
        {"regimen": "25Gy/5", "ended": date(2015, 5, 4), "region": "pelvis"},
        {"regimen": "30Gy/10", "ended": date(2024, 12, 1), "region": "femur"},
    ]
    protocol = load_protocol("sparkle")
    found = screen(protocol, patient_of_tables(tables, protocol.facts))
    dose = found.result("previous-dose")
    assert dose.status == "not_met"
    assert "55 Gy physical (25Gy/5 + 30Gy/10), 4.6 Gy above 50.4 Gy" in (dose.value or "")
    # EQD2 at alpha/beta 3: 25 x (5 + 3) / 5 + 30 x (3 + 3) / 5 = 40 + 36
    assert "76.0 Gy (alpha/beta 3)" in (dose.value or "")
    assert any("not of the pelvis" in note for note in dose.notes)
    assert found.result("radiotherapy-interval").status == "not_met"


def test_no_earlier_radiotherapy_is_a_statement() -> None:
    tables = base("sparkle")
    tables["earlier_radiotherapy"] = []
    tables["planned_radiotherapy"]["regimen"] = "35Gy/5"
    found = statuses("sparkle", tables)
    rules = ("radiotherapy-interval", "previous-dose", "late-toxicity", "regimen")
    assert {found[rule] for rule in rules} == {"met"}
    del tables["earlier_radiotherapy"]
    found = statuses("sparkle", tables)
    assert {found[rule] for rule in rules[:2]} == {"unknown"}


def test_exactly_50_4_gy_is_called_out_with_its_eqd2() -> None:
    tables = base("sparkle")
    tables["earlier_radiotherapy"][0]["regimen"] = "50.4Gy/28"
    protocol = load_protocol("sparkle")
    found = screen(protocol, patient_of_tables(tables, protocol.facts)).result("previous-dose")
    assert found.status == "not_met"
    # 50.4 x (1.8 + 3) / 5 = 48.384; x (1.8 + 10) / 12 = 49.56
    assert "exactly at 50.4 Gy" in (found.value or "")
    assert "48.4 Gy (alpha/beta 3)" in (found.value or "")
    assert "49.6 Gy (alpha/beta 10)" in (found.value or "")
    assert any("read as <= 50.4 Gy it would be met" in note for note in found.notes)
    assert any(note.id == "previous-dose" for note in found.conflicts)


def test_sabr_must_be_planned_to_every_metastasis() -> None:
    tables = base("torch-r")
    tables["metastases"] = [{"organ": "lung", "sabr_planned": True}, {"organ": "bone"}]
    assert statuses("torch-r", tables)["sabr-to-all-metastases"] == "unknown"
    tables["metastases"][1]["sabr_planned"] = False
    assert statuses("torch-r", tables)["sabr-to-all-metastases"] == "not_met"
    tables["metastases"][1]["sabr_planned"] = True
    assert statuses("torch-r", tables)["sabr-to-all-metastases"] == "met"


def test_both_figures_of_tracer_are_carried_with_the_conflict() -> None:
    protocol = load_protocol("tracer")
    for regimen, other in (("30Gy/15", "30Gy/25f"), ("30Gy/25", "30Gy/15Fx")):
        tables = base("tracer")
        tables["planned_radiotherapy"]["regimen"] = regimen
        found = screen(protocol, patient_of_tables(tables, protocol.facts)).result("regimen")
        assert any(f"the other figure of the record is {other}" in note for note in found.notes)
        assert any(note.id == "reirradiation-fractionation" for note in found.conflicts)
