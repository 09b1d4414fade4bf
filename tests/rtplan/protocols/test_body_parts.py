"""A word for a part of the body that is not known is unknown, never another organ and never outside."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.protocols import load_protocol, patient_of_tables, screen
from rtplan.protocols.body_parts import body_part

TORCH_R = load_protocol("torch-r")
STARTS = date(2024, 2, 12)


def result(criterion: str, tables: dict[str, Any]) -> Any:
    """One criterion of TORCH-R for a patient file."""
    return screen(TORCH_R, patient_of_tables(tables, TORCH_R.facts)).result(criterion)


def irradiated(*regions: str, planned: str = "40Gy/5") -> dict[str, Any]:
    return {
        "earlier_radiotherapy": [
            {"regimen": "50.4Gy/28", "ended": date(2023, 8, 12), "region": region} for region in regions
        ],
        "planned_radiotherapy": {"regimen": planned, "starts": STARTS},
    }


def metastases(*organs: str, **measured: float) -> dict[str, Any]:
    return {"metastases": [{"organ": organ, **measured} for organ in organs]}


@pytest.mark.parametrize(
    "region",
    ["pelvis", "rectum", "Rectum", "sacrum", "Becken", "pelvic lymph nodes", "Rektum", "prostate bed"],
)
def test_40_gy_in_5_fractions_after_radiotherapy_of_the_pelvis_is_not_met(region: str) -> None:
    """TORCH-R allows 25 to 30 Gy in 5 fractions after pelvic radiotherapy, 25 to 40 Gy without."""
    assert result("regimen", irradiated(region)).status == "not_met"


def test_another_region_is_no_pelvis_and_an_unknown_one_is_asked_for() -> None:
    assert result("regimen", irradiated("breast")).status == "met"
    for region in ("zzz", "not the pelvis", "spine", "breast and zzz", ""):
        asked = result("regimen", irradiated(region))
        assert asked.status == "unknown", region
        assert not region or repr(region) in " ".join(asked.reasons)
    assert result("regimen", irradiated("zzz", "rectum")).status == "not_met"
    assert result("regimen", irradiated("zzz", planned="25Gy/5")).status == "met"


@pytest.mark.parametrize("organ", ["brain", "cerebellum", "Kleinhirn", "left frontal lobe", "brainstem"])
def test_every_part_of_the_brain_is_brain(organ: str) -> None:
    found = metastases(organ, diameter_mm=40.0, volume_cc=33.0)
    assert result("brain-metastasis-diameter", found).status == "not_met"
    assert result("brain-metastasis-volume", found).status == "not_met"


def test_an_organ_whose_word_is_not_known_may_be_the_brain() -> None:
    large = metastases("zzz", diameter_mm=40.0, volume_cc=33.0)
    asked = result("brain-metastasis-diameter", large)
    assert asked.status == "unknown"
    assert "'zzz' is no word for an organ" in " ".join(asked.reasons)
    small = metastases("zzz", diameter_mm=5.0, volume_cc=1.0)
    assert result("brain-metastasis-diameter", small).status == "met"
    assert result("brain-metastasis-diameter", metastases("lung", diameter_mm=40.0)).status == "met"


def test_four_words_for_lung_are_one_organ_and_unknown_words_leave_the_number_open() -> None:
    lungs = result("metastatic-organs", metastases("lung", "left lung", "right lung", "Lunge"))
    assert (lungs.status, lungs.value) == ("met", "1: lung")
    assert result("metastatic-organs", metastases("lung", "liver", "bone", "brain")).status == "not_met"
    assert result("metastatic-organs", metastases("lung", "liver", "bone", "zzz")).status == "unknown"
    assert result("metastatic-organs", metastases("lung", "zzz", "yyy")).status == "met"


def test_an_unknown_word_leaves_it_open_whether_there_are_liver_metastases() -> None:
    def of_liver(*organs: str) -> Any:
        return patient_of_tables(metastases(*organs), TORCH_R.facts).value("disease.liver_metastases")

    assert (of_liver("Leber"), of_liver("lung"), of_liver("zzz"), of_liver("zzz", "liver")) == (
        True, False, None, True,
    )  # fmt: skip


@given(word=st.text(alphabet="qxz", min_size=2, max_size=12))
def test_no_word_outside_of_the_table_is_ever_a_no(word: str) -> None:
    """Law: of a word that nobody knows neither a region nor an organ follows."""
    assert body_part(word) is None
    assert result("regimen", irradiated(word)).status == "unknown"
    assert result("brain-metastasis-volume", metastases(word, volume_cc=33.0)).status == "unknown"


def test_the_right_answers_to_the_shared_patients(shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "files"

    def of(name: str) -> dict[str, Any]:
        return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    assert result("regimen", of("region_rectum")).status == "not_met"
    for criterion in ("brain-metastasis-diameter", "brain-metastasis-volume"):
        assert result(criterion, of("metastasis_cerebellum")).status == "not_met"
    assert result("metastatic-organs", of("metastases_lung_words")).value == "1: lung"
