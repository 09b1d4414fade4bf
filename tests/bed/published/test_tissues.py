from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from bed.errors import BedError, TissueLookupError
from bed.published import TISSUE_PARAMETERS, find_tissue_parameters, tissue_parameter, tissue_parameters

ROWS = tissue_parameters()


def test_every_row_has_a_source_an_endpoint_and_says_how_it_was_verified() -> None:
    for row in ROWS:
        assert row.source
        assert row.endpoint
        assert row.tag in {"R", "S", "M"}
        assert row.is_verified == (row.how_verified != "unverified transcription")
        assert row.unit == TISSUE_PARAMETERS[row.parameter]
        assert row.kind in {"normal tissue", "tumour"}
        assert row.basis in {"estimate", "convention"}


def test_every_row_has_a_value_a_bound_or_a_range_in_order() -> None:
    for row in ROWS:
        assert (row.value, row.low, row.high) != (None, None, None), row
        if row.low is not None and row.high is not None:
            assert row.low < row.high
            assert row.value is None or row.low <= row.value <= row.high
            assert row.level
        if row.bound:
            assert row.value is None


def test_every_row_can_be_reached_by_endpoint_and_source() -> None:
    keys = Counter((row.parameter, row.tissue, row.endpoint, row.source) for row in ROWS)
    assert {key for key, count in keys.items() if count > 1} == set()


def test_looking_up_a_value_needs_the_endpoint() -> None:
    with pytest.raises(TypeError, match="endpoint"):
        tissue_parameter("rectum", parameter="alpha_beta")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("tissue", "endpoint"), [("prostate tumour", "biochemical control"), ("rectal tumour", "local control")]
)
def test_rectal_tumour_and_prostate_never_have_one_silent_value(tissue: str, endpoint: str) -> None:
    with pytest.raises(TissueLookupError, match="published values, name the source of one"):
        tissue_parameter(tissue, parameter="alpha_beta", endpoint=endpoint)


def test_an_ambiguous_look_up_lists_every_choice_with_its_source() -> None:
    with pytest.raises(TissueLookupError) as caught:
        tissue_parameter("prostate tumour", parameter="alpha_beta", endpoint="biochemical control")
    for part in ("1.4 Gy (95 % 0.9 to 2.2)", "-0.07 Gy", "0.47 Gy", "3.1 Gy", "Miralbell", "Vogelius"):
        assert part in str(caught.value)


def test_the_source_settles_an_ambiguous_look_up() -> None:
    row = tissue_parameter(
        "prostate tumour", parameter="alpha_beta", endpoint="biochemical control", source="miralbell"
    )
    assert (row.value, row.low, row.high, row.doi) == (1.4, 0.9, 2.2, "10.1016/j.ijrobp.2010.10.075")


def test_the_rectal_tumour_value_with_a_time_factor_is_an_endpoint_of_its_own() -> None:
    row = tissue_parameter(
        "Rectal tumour",
        parameter="alpha_beta",
        endpoint="local control, with a time factor of 0.15 Gy per day",
    )
    assert row.value == 11.1
    assert "time factor" in row.note


def test_tissues_are_found_by_their_standard_organ_name_in_any_case() -> None:
    by_name = find_tissue_parameters("spinalcord", parameter="alpha_beta")
    assert by_name == find_tissue_parameters("spinal cord", parameter="alpha_beta")
    assert {row.value for row in by_name} == {None, 0.87, 2.0, 3.7}


def test_repair_half_times_are_in_hours_and_apart_from_alpha_beta() -> None:
    (row,) = find_tissue_parameters("pelvis", parameter="repair_half_time", endpoint="pelvic complications")
    assert (row.value, row.low, row.high, row.unit) == (None, 1.5, 2.5, "h")
    assert row.value_text == "1.5 to 2.5 h"


@pytest.mark.parametrize(
    ("parameter", "tissue", "endpoint", "source", "text"),
    [
        ("alpha_beta", "spinal cord", "myelopathy", "Dische", "< 3.3 Gy"),
        ("repair_half_time", "spinal cord", "myelopathy", "widget page", "> 5 h"),
        ("alpha_beta", "tonsil tumour", "local control", None, "7.2 Gy (95 % 3.6 to inf)"),
        ("alpha_beta", "larynx, supraglottic", "late effects", None, "3.8 Gy (95 % 0.8 to 14)"),
        ("alpha_beta", "vocal cord tumour", "local control", None, "13 Gy"),
    ],
)
def test_bounds_ranges_and_values_are_written_as_published(
    parameter: str, tissue: str, endpoint: str, source: str | None, text: str
) -> None:
    row = tissue_parameter(tissue, parameter=parameter, endpoint=endpoint, source=source)
    assert row.value_text == text


def test_unverified_transcriptions_say_so_when_printed() -> None:
    row = tissue_parameter("liposarcoma", parameter="alpha_beta", endpoint="local control")
    assert not row.is_verified
    assert "unverified transcription" in str(row)
    read = tissue_parameter("rectum", parameter="alpha_beta", endpoint="late toxicity grade 2 or worse")
    assert "unverified" not in str(read)


def test_an_unknown_tissue_offers_the_nearest_names_or_all() -> None:
    with pytest.raises(TissueLookupError, match=r"did you mean rectum"):
        find_tissue_parameters("rektum", parameter="alpha_beta")
    with pytest.raises(TissueLookupError, match=r"known: .*bladder.*SpinalCord"):
        find_tissue_parameters("zzzz", parameter="alpha_beta")


def test_unknown_endpoints_sources_and_parameters_list_what_there_is() -> None:
    with pytest.raises(TissueLookupError, match=r"nothing for endpoint 'fistula'; there is: .*proctitis"):
        find_tissue_parameters("rectum", parameter="alpha_beta", endpoint="fistula")
    with pytest.raises(TissueLookupError, match=r"nothing for source 'Nobody'"):
        find_tissue_parameters("rectum", parameter="alpha_beta", source="Nobody")
    with pytest.raises(TissueLookupError, match="known: alpha_beta, repair_half_time"):
        find_tissue_parameters("rectum", parameter="alpha")


def test_look_up_errors_belong_to_the_package() -> None:
    assert issubclass(TissueLookupError, BedError)
    assert issubclass(TissueLookupError, LookupError)


def test_every_row_of_the_shared_table_is_carried_with_its_value(shared_data: Path) -> None:
    with (shared_data / "other" / "alpha_beta.csv").open(encoding="utf-8", newline="") as file:
        shared = list(csv.DictReader(file))
    assert shared
    for published in shared:
        organs = tuple(published["organ_tg263"].split("|"))
        value = float(published["alpha_beta_gy"])
        carried = [
            row
            for row in ROWS
            if row.value == value
            and (row.organs == organs or organs == ("GTV", "CTV"))
            and row.how_verified == published["how_verified"]
        ]
        assert carried, published


def test_every_value_published_since_2019_is_carried_with_its_interval(shared_data: Path) -> None:
    with (shared_data / "evidence" / "alpha_beta_new.csv").open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    carried = {(row.parameter, row.tissue, row.source, row.value, row.low, row.high) for row in ROWS}
    for new in published:
        ends = [float(new[key]) if new[key] else None for key in ("value", "low", "high")]
        assert (new["parameter"], new["tissue"], new["source"], *ends) in carried, new


def test_plexus_and_nerve_have_rows_and_values_without_a_primary_abstract_say_so() -> None:
    for tissue in ("sacral plexus", "peripheral nerve"):
        (row,) = (row for row in ROWS if row.tissue == tissue)
        assert (row.value, row.basis) == (2.0, "convention")
        assert "no estimate" in row.note
    bounds = [r for r in ROWS if r.parameter == "repair_half_time" and r.bound == ">"]
    assert all(
        "no primary abstract supports it" in r.note for r in bounds if r.tissue in ("brain", "spinal cord")
    )
