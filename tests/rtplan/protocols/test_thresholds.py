"""Patients that walk across every numeric threshold of every trial: below, exactly at, above.

What is expected here was written down from the records' wording: "<", "<=", "within", "more than", "no more
than". A trial's data and this list must name the same thresholds, so that none is left out.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rtplan.protocols import Protocol, load_protocol, patient_of_tables, protocol_ids, screen
from rtplan.protocols.condition import (
    DatedWithin,
    DistanceIs,
    EarlierDose,
    EarlierInterval,
    EventWithin,
    LastedFor,
    Leaf,
    MetastasesAre,
    NoneWithin,
    NumberIs,
    RegimenInBand,
    leaves,
)

Tables = dict[str, Any]
Setter = Callable[[Tables, Any], None]
MET, NOT_MET = "met", "not_met"


def base(protocol: str) -> Tables:
    """The tables of a patient who meets all that a program can answer."""
    path = Path(__file__).with_name("protocol_patients") / f"{protocol}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def typed(section: str, name: str) -> Setter:
    def put(tables: Tables, value: Any) -> None:
        tables.setdefault(section, {})[name] = value

    return put


def quantity(name: str, unit: str) -> Setter:
    def put(tables: Tables, value: Any) -> None:
        tables["laboratory"][name] = {"value": value, "unit": unit}

    return put


def times_uln(name: str) -> Setter:
    """A laboratory value out of an upper limit of 40 (or 36 seconds); the multiple is what is walked."""

    def put(tables: Tables, value: Any) -> None:
        kept = tables["laboratory"][name]
        tables["laboratory"][name] = {"value": value * kept["uln"], "unit": kept["unit"], "uln": kept["uln"]}

    return put


def with_liver(setter: Setter) -> Setter:
    def put(tables: Tables, value: Any) -> None:
        tables["metastases"] = [{"organ": "liver", "sabr_planned": True}]
        setter(tables, value)

    return put


def and_also(setter: Setter, section: str, name: str, value: Any) -> Setter:
    """The condition that stands beside the threshold holds."""

    def put(tables: Tables, walked: Any) -> None:
        typed(section, name)(tables, value)
        setter(tables, walked)

    return put


def only(setter: Setter, name: str, value: float) -> Setter:
    """The other half of an "or" does not help."""

    def put(tables: Tables, walked: Any) -> None:
        tables["laboratory"][name] = {"value": value, "unit": "10^9/L"}
        setter(tables, walked)

    return put


def earlier(name: str) -> Setter:
    def put(tables: Tables, value: Any) -> None:
        tables["earlier_radiotherapy"][0][name] = value

    return put


def planned(history: bool) -> Setter:
    def put(tables: Tables, value: Any) -> None:
        tables["planned_radiotherapy"]["regimen"] = value
        if not history:
            tables["earlier_radiotherapy"] = []

    return put


def lesions(tables: Tables, count: int) -> None:
    tables["metastases"] = [{"organ": "lung"} for _ in range(count)]


def organs(tables: Tables, count: int) -> None:
    tables["metastases"] = [{"organ": name} for name in ("lung", "liver", "bone", "brain", "node")[:count]]


def brain_diameter(tables: Tables, mm: float) -> None:
    tables["metastases"] = [{"organ": "brain", "diameter_mm": mm, "volume_cc": 2}]


def brain_volume(tables: Tables, cc: float) -> None:
    """Two lesions: the total counts."""
    tables["metastases"] = [
        {"organ": "brain", "diameter_mm": 20, "volume_cc": cc - 4},
        {"organ": "brain", "diameter_mm": 20, "volume_cc": 4},
    ]


def age(tables: Tables, consent: date) -> None:
    """Born on 1 March 1950; the age is what the two dates give."""
    tables["dates"]["birth"] = date(1950, 3, 1)
    tables["dates"]["consent"] = consent
    tables["patient"].pop("age_at_consent_years", None)


def age_18(tables: Tables, consent: date) -> None:
    tables["dates"]["birth"] = date(2007, 1, 10)
    tables["dates"]["consent"] = consent
    tables["patient"].pop("age_at_consent_years", None)


@dataclass(frozen=True)
class Walk:
    """One threshold of one criterion, and what is expected below, at and above it.

    `limit` is the number as the record prints it.
    """

    protocol: str
    criterion: str
    limit: float
    put: Setter
    steps: tuple[tuple[Any, str], ...]

    def __str__(self) -> str:
        return f"{self.protocol}-{self.criterion}-{self.limit:g}"


def up(
    protocol: str, criterion: str, limit: float, put: Setter, below: Any, at: Any, above: Any, fits: str
) -> Walk:
    """`fits` says below, at and above with + and -: the record's wording in three signs."""
    statuses = [MET if sign == "+" else NOT_MET for sign in fits]
    return Walk(protocol, criterion, limit, put, tuple(zip((below, at, above), statuses, strict=True)))


def days(year: int, month: int, *numbers: int) -> tuple[date, ...]:
    return tuple(date(year, month, number) for number in numbers)


T, S, R, O = "torch-r", "sparkle", "tracer", "toripalimab-sbrt-oligomet"  # noqa: E741

WALKS = [
    # TORCH-R, inclusion. "18-75 years old at the time of signing": completed years.
    up(T, "age", 18, age_18, *days(2025, 1, 9, 10, 11), "-++"),
    up(T, "age", 75, age, date(2025, 3, 1), date(2026, 2, 28), date(2026, 3, 1), "++-"),
    up(T, "performance-status", 1, typed("patient", "ecog"), 0, 1, 2, "++-"),
    up(T, "number-of-metastases", 5, lesions, 4, 5, 6, "++-"),
    up(T, "metastatic-organs", 3, organs, 2, 3, 4, "++-"),
    # "No prior radiotherapy within 6 month", first fraction 3 February 2025
    up(T, "radiotherapy-interval", 6, earlier("ended"), *days(2024, 8, 2, 3, 4), "++-"),
    up(T, "life-expectancy", 24, typed("patient", "life_expectancy_weeks"), 23.9, 24, 24.1, "-++"),
    # "within 7 days before the first administration" on 20 January 2025
    up(T, "organ-function", 7, typed("laboratory", "date"), *days(2025, 1, 12, 13, 14), "-++"),
    # TORCH-R, exclusion
    up(T, "neutrophils", 1.5, quantity("neutrophils", "10^9/L"), 1.49, 1.5, 1.51, "-++"),
    up(T, "platelets", 100, quantity("platelets", "10^9/L"), 99, 100, 101, "-++"),
    up(T, "platelets", 80, with_liver(quantity("platelets", "10^9/L")), 79, 80, 81, "-++"),
    up(T, "haemoglobin", 90, quantity("haemoglobin", "g/L"), 89, 90, 91, "-++"),
    # "transfusion within 2 weeks before enrollment" on 15 January 2025
    up(T, "transfusion", 2, typed("history", "blood_transfusion"),
       date(2024, 12, 31), *days(2025, 1, 1, 2), "++-"),
    up(T, "bilirubin", 1.5, times_uln("bilirubin"), 1.49, 1.5, 1.51, "++-"),
    up(T, "bilirubin", 2.5, with_liver(times_uln("bilirubin")), 2.49, 2.5, 2.51, "++-"),
    up(T, "ast", 2.5, times_uln("ast"), 2.49, 2.5, 2.51, "++-"),
    up(T, "ast", 5, with_liver(times_uln("ast")), 4.9, 5, 5.1, "++-"),
    up(T, "alt", 2.5, times_uln("alt"), 2.49, 2.5, 2.51, "++-"),
    up(T, "alt", 5, with_liver(times_uln("alt")), 4.9, 5, 5.1, "++-"),
    up(T, "creatinine", 1.5, times_uln("creatinine"), 1.49, 1.5, 1.51, "++-"),
    up(T, "creatinine-clearance", 50, quantity("creatinine_clearance", "mL/min"), 49.9, 50, 50.1, "-++"),
    up(T, "aptt", 1.5, times_uln("aptt"), 1.49, 1.5, 1.51, "++-"),
    up(T, "pt", 1.5, times_uln("pt"), 1.49, 1.5, 1.51, "++-"),
    up(T, "urine-protein", 2, typed("laboratory", "urine_protein_plus"), 1, 2, 3, "+--"),
    up(T, "urine-protein", 1, quantity("urine_protein_24h", "g/24h"), 0.99, 1.0, 1.01, "+--"),
    up(T, "blood-pressure", 140, typed("patient", "systolic_mmhg"), 139, 140, 141, "++-"),
    up(T, "blood-pressure", 90, typed("patient", "diastolic_mmhg"), 89, 90, 91, "++-"),
    # "within 6 months", "within 2 months", looking back from 10 January 2025
    up(T, "thrombosis", 6, typed("history", "thrombosis"), *days(2024, 7, 9, 10, 11), "++-"),
    up(T, "bleeding", 2, typed("history", "bleeding"), *days(2024, 11, 9, 10, 11), "++-"),
    up(T, "heart-disease", 6, typed("history", "heart_disease"), *days(2024, 7, 9, 10, 11), "++-"),
    up(T, "cardiac-insufficiency", 2, and_also(typed("patient", "nyha_grade"), "patient", "lvef_percent", 40),
       1, 2, 3, "+--"),
    up(T, "cardiac-insufficiency", 50, and_also(typed("patient", "lvef_percent"), "patient", "nyha_grade", 2),
       49, 50, 51, "-++"),
    up(T, "other-malignancy", 5, and_also(typed("history", "other_malignancy"),
                                          "history", "other_malignancies_exempt", False),
       *days(2020, 1, 9, 10, 11), "++-"),
    up(T, "hepatitis-b", 1e4, quantity("hbv_dna", "/mL"), 9999, 1e4, 10001, "+--"),
    up(T, "hepatitis-c", 1e3, quantity("hcv_nucleic_acid", "/mL"), 999, 1e3, 1001, "+--"),
    up(T, "brain-metastasis-diameter", 3, brain_diameter, 29.9, 30, 30.1, "++-"),
    up(T, "brain-metastasis-volume", 30, brain_volume, 29.9, 30, 30.1, "++-"),
    # "tumours within 3 mm of the spinal cord": 3 mm is within 3 mm
    up(T, "cord-distance", 3, typed("disease", "tumour_to_cord_mm"), 2.9, 3, 3.1, "--+"),
    up(T, "regimen", 25, planned(history=False), "24.5Gy/5", "25Gy/5", "25.5Gy/5", "-++"),
    up(T, "regimen", 40, planned(history=False), "39.5Gy/5", "40Gy/5", "40.5Gy/5", "++-"),
    up(T, "regimen", 15, planned(history=True), "14.5Gy/5", "15Gy/5", "15.5Gy/5", "-++"),
    up(T, "regimen", 30, planned(history=True), "29.5Gy/5", "30Gy/5", "30.5Gy/5", "++-"),
    # SPARKLE
    up(S, "age", 18, age_18, *days(2025, 1, 9, 10, 11), "-++"),
    up(S, "age", 75, age, date(2025, 3, 1), date(2026, 2, 28), date(2026, 3, 1), "++-"),
    up(S, "performance-status", 1, typed("patient", "ecog"), 0, 1, 2, "++-"),
    # "more than 6 months": a day after the anniversary is needed
    up(S, "radiotherapy-interval", 6, earlier("ended"), *days(2024, 8, 2, 3, 4), "+--"),
    up(S, "previous-dose", 50.4, earlier("regimen"), "50.39Gy/28", "50.4Gy/28", "50.41Gy/28", "+--"),
    # "tested within 15 days before treatment start" on 20 January 2025
    up(S, "laboratory-date", 15, typed("laboratory", "date"), *days(2025, 1, 4, 5, 6), "-++"),
    up(S, "white-cells", 3, only(quantity("white_cells", "10^9/L"), "neutrophils", 1.0),
       2.99, 3, 3.01, "-++"),
    up(S, "white-cells", 1.5, only(quantity("neutrophils", "10^9/L"), "white_cells", 2.0),
       1.49, 1.5, 1.51, "-++"),
    up(S, "haemoglobin", 80, quantity("haemoglobin", "g/L"), 79, 80, 81, "-++"),
    up(S, "platelets", 100, quantity("platelets", "10^9/L"), 99, 100, 101, "-++"),
    up(S, "ast", 3, times_uln("ast"), 2.99, 3, 3.01, "+--"),
    up(S, "alt", 3, times_uln("alt"), 2.99, 3, 3.01, "+--"),
    up(S, "bilirubin", 1.5, times_uln("bilirubin"), 1.49, 1.5, 1.51, "+--"),
    up(S, "creatinine", 1.5, times_uln("creatinine"), 1.49, 1.5, 1.51, "+--"),
    up(S, "expected-survival", 12, typed("patient", "life_expectancy_months"), 11.9, 12, 12.1, "-++"),
    up(S, "regimen", 25, planned(history=False), "24.5Gy/5", "25Gy/5", "25.5Gy/5", "-++"),
    up(S, "regimen", 40, planned(history=False), "39.5Gy/5", "40Gy/5", "40.5Gy/5", "++-"),
    up(S, "regimen", 15, planned(history=True), "14.5Gy/5", "15Gy/5", "15.5Gy/5", "-++"),
    up(S, "regimen", 25, planned(history=True), "24.5Gy/5", "25Gy/5", "25.5Gy/5", "++-"),
    # TRACER
    up(R, "age", 18, age_18, *days(2025, 1, 9, 10, 11), "-++"),
    up(R, "age", 75, age, date(2025, 3, 1), date(2026, 2, 28), date(2026, 3, 1), "++-"),
    up(R, "performance-status", 1, typed("patient", "ecog"), 0, 1, 2, "++-"),
    up(R, "radiotherapy-interval", 6, earlier("ended"), *days(2024, 8, 2, 3, 4), "++-"),
    up(R, "life-expectancy", 24, typed("patient", "life_expectancy_weeks"), 23.9, 24, 24.1, "-++"),
    up(R, "organ-function", 7, typed("laboratory", "date"), *days(2025, 1, 12, 13, 14), "-++"),
    up(R, "neutrophils", 1.5, quantity("neutrophils", "10^9/L"), 1.49, 1.5, 1.51, "-++"),
    up(R, "platelets", 75, quantity("platelets", "10^9/L"), 74, 75, 76, "-++"),
    up(R, "bilirubin", 1.5, times_uln("bilirubin"), 1.49, 1.5, 1.51, "++-"),
    up(R, "ast", 2.5, times_uln("ast"), 2.49, 2.5, 2.51, "++-"),
    up(R, "alt", 2.5, times_uln("alt"), 2.49, 2.5, 2.51, "++-"),
    up(R, "creatinine", 1.5, times_uln("creatinine"), 1.49, 1.5, 1.51, "++-"),
    up(R, "coronary-event", 12, typed("history", "coronary_event"), *days(2024, 1, 9, 10, 11), "++-"),
    up(R, "thrombosis", 6, typed("history", "thrombosis"), *days(2024, 7, 9, 10, 11), "++-"),
    up(R, "heart-failure", 2, typed("patient", "nyha_grade"), 1, 2, 3, "+--"),
    up(R, "hepatitis-b", 500,
       and_also(quantity("hbv_dna_iu", "IU/mL"), "history", "hepatitis_treated", False),
       499, 500, 501, "+--"),
    up(R, "other-malignancy", 5, typed("history", "other_malignancy"), *days(2020, 1, 9, 10, 11), "++-"),
    up(R, "regimen", 45, planned(history=False), "44.5Gy/25", "45Gy/25", "45.5Gy/25", "-++"),
    up(R, "regimen", 50, planned(history=False), "49.5Gy/25", "50Gy/25", "50.5Gy/25", "++-"),
    up(R, "regimen", 30, planned(history=True), "29.5Gy/15", "30Gy/15", "30.5Gy/15", "-+-"),
    up(R, "regimen", 30, planned(history=True), "29.5Gy/25", "30Gy/25", "30.5Gy/25", "-+-"),
    # "for more than 3 months": started on 1 June 2024
    up(O, "first-line-duration", 3, typed("history", "first_line_ended"),
       date(2024, 8, 31), *days(2024, 9, 1, 2), "--+"),
]  # fmt: skip
"""The whole numbers of fractions and counts that have nothing below them are in `ONE_SIDED`."""

ONE_SIDED = [
    (T, "performance-status", 0),  # ECOG starts at 0
    (R, "no-distant-metastasis", 0),
    (R, "performance-status", 0),
    (S, "performance-status", 0),
    (S, "metastases", 0),
]


def thresholds(protocol: Protocol) -> Iterator[tuple[str, str, float]]:
    """Every number that a criterion of the data compares something with."""
    for criterion in protocol.criteria:
        for leaf in leaves(criterion.condition):
            for limit in _numbers(leaf, protocol):
                yield protocol.id, criterion.id, limit


def _numbers(leaf: Leaf, protocol: Protocol) -> list[float]:
    if isinstance(leaf, NumberIs):
        return [leaf.limit, *([leaf.high] if leaf.high is not None else [])]
    if isinstance(leaf, EventWithin):
        return [leaf.within.count] if leaf.within else []
    if isinstance(leaf, DatedWithin):
        return [leaf.within.count]
    if isinstance(leaf, (LastedFor, NoneWithin, EarlierInterval)):
        return [leaf.period.count]
    if isinstance(leaf, EarlierDose):
        return [leaf.limit_gy]
    if isinstance(leaf, MetastasesAre):
        return [leaf.limit]
    if isinstance(leaf, DistanceIs):
        return [leaf.limit_mm]
    if isinstance(leaf, RegimenInBand):
        return [end.total_dose for entry in protocol.regimens for end in (entry.low, entry.high)]
    return []


def test_every_threshold_of_the_data_is_walked_and_no_other() -> None:
    in_data = {row for name in protocol_ids() for row in thresholds(load_protocol(name))}
    walked = {(walk.protocol, walk.criterion, float(walk.limit)) for walk in WALKS}
    assert in_data == walked | {(p, c, float(limit)) for p, c, limit in ONE_SIDED}


@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_below_at_and_above_a_threshold(walk: Walk) -> None:
    protocol = load_protocol(walk.protocol)
    for value, expected in walk.steps:
        tables = copy.deepcopy(base(walk.protocol))
        walk.put(tables, value)
        found = screen(protocol, patient_of_tables(tables, protocol.facts))
        assert found.result(walk.criterion).status == expected, value


CALLED_OUT = [walk for walk in WALKS if walk.criterion not in ("age", "regimen")]
"""Ages are whole years; a regimen is shown beside its band."""


@pytest.mark.parametrize("walk", CALLED_OUT, ids=str)
def test_the_value_at_a_threshold_is_called_out(walk: Walk) -> None:
    protocol = load_protocol(walk.protocol)
    tables = copy.deepcopy(base(walk.protocol))
    walk.put(tables, walk.steps[1][0])
    found = screen(protocol, patient_of_tables(tables, protocol.facts)).result(walk.criterion)
    assert any("exactly" in note for note in found.notes)


@pytest.mark.parametrize(("name", "criterion"), [(R, "no-distant-metastasis"), (S, "metastases")])
def test_none_means_none(name: str, criterion: str) -> None:
    protocol = load_protocol(name)
    for count, expected in ((0, MET), (1, NOT_MET)):
        tables = base(name)
        lesions(tables, count)
        assert (
            screen(protocol, patient_of_tables(tables, protocol.facts)).result(criterion).status == expected
        )


@pytest.mark.parametrize("name", protocol_ids())
def test_the_base_patient_meets_all_that_a_program_can_answer(name: str) -> None:
    protocol = load_protocol(name)
    found = screen(protocol, patient_of_tables(base(name), protocol.facts))
    assert {r.criterion.id: r.status for r in found.results if r.status not in (MET, "clinician")} == {}


@pytest.mark.parametrize(
    ("ended", "starts", "torch_r", "sparkle"),
    [
        (date(2023, 8, 31), date(2024, 2, 28), NOT_MET, NOT_MET),
        (date(2023, 8, 31), date(2024, 2, 29), MET, NOT_MET),  # clamped to the end of February
        (date(2023, 8, 31), date(2024, 3, 1), MET, MET),
        (date(2024, 8, 31), date(2025, 2, 28), MET, NOT_MET),
        (date(2024, 2, 29), date(2024, 8, 28), NOT_MET, NOT_MET),
        (date(2024, 2, 29), date(2024, 8, 29), MET, NOT_MET),
        (date(2024, 7, 2), date(2025, 1, 1), NOT_MET, NOT_MET),
        (date(2024, 7, 2), date(2025, 1, 2), MET, NOT_MET),
        (date(2024, 7, 2), date(2025, 1, 3), MET, MET),
    ],
)
def test_months_are_those_of_the_calendar(ended: date, starts: date, torch_r: str, sparkle: str) -> None:
    for name, expected in (("torch-r", torch_r), ("sparkle", sparkle)):
        protocol = load_protocol(name)
        tables = base(name)
        tables["earlier_radiotherapy"][0]["ended"] = ended
        tables["planned_radiotherapy"]["starts"] = starts
        found = screen(protocol, patient_of_tables(tables, protocol.facts))
        assert found.result("radiotherapy-interval").status == expected


@pytest.mark.parametrize(
    ("regimen", "history", "torch_r", "sparkle", "tracer"),
    [
        ("30Gy/5", False, MET, MET, NOT_MET),
        ("30Gy/5", True, MET, NOT_MET, NOT_MET),
        ("20Gy/5", False, NOT_MET, NOT_MET, NOT_MET),
        ("25Gy/6", True, NOT_MET, NOT_MET, NOT_MET),
        ("45Gy/25", False, NOT_MET, NOT_MET, MET),
        ("45Gy/25", True, NOT_MET, NOT_MET, NOT_MET),
        ("30Gy/15", True, NOT_MET, NOT_MET, MET),
        ("30Gy/15", False, NOT_MET, NOT_MET, NOT_MET),
        ("30Gy/25", True, NOT_MET, NOT_MET, MET),
        ("30Gy/20", True, NOT_MET, NOT_MET, NOT_MET),
        ("39Gy/30 BID", True, "clinician", "clinician", "clinician"),
    ],
)
def test_the_regimen_belongs_to_the_band_of_the_history(
    regimen: str, history: bool, torch_r: str, sparkle: str, tracer: str
) -> None:
    for name, expected in (("torch-r", torch_r), ("sparkle", sparkle), ("tracer", tracer)):
        protocol = load_protocol(name)
        tables = base(name)
        planned(history)(tables, regimen)
        found = screen(protocol, patient_of_tables(tables, protocol.facts))
        assert found.result("regimen").status == expected
