"""Planning risk volumes of the cord: made, checked, judged, and where they overlap the target."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dicom_io import SlabStack, Structure, TreatmentSet, load_study
from dicom_io.phantom import write_phantom
from dicom_io.shapes import expand_structure
from rtplan.cli import main
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import load_constraint_set
from rtplan.plan_check import PlanCheck, RiskMargin, RiskVolume, check_plan

SPINE_SET = load_constraint_set("spine-sbrt-trial-2025")
HEADER = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("risk-volume") / "spine"
    write_phantom("spine-sabr-2mm", folder)
    return folder


@pytest.fixture(scope="module")
def treatment(spine: Path) -> TreatmentSet:
    return load_study(spine).select()


def checked(treatment: TreatmentSet, *margins: str) -> PlanCheck:
    return check_plan(treatment, SPINE_SET, risk_margins=[RiskMargin.parse(text) for text in margins])


def only(check: PlanCheck) -> RiskVolume:
    (volume,) = check.risk_volumes
    return volume


def with_structure(treatment: TreatmentSet, structure: Structure) -> TreatmentSet:
    assert treatment.structure_set is not None
    structures = (*treatment.structure_set.structures, structure)
    return replace(treatment, structure_set=replace(treatment.structure_set, structures=structures))


def test_nothing_is_made_unasked(treatment: TreatmentSet) -> None:
    assert checked(treatment).risk_volumes == ()


def test_the_volume_is_that_of_a_wider_and_rounded_prism(treatment: TreatmentSet) -> None:
    assert treatment.structure_set is not None
    cord = treatment.structure_set.named("SpinalCord")
    ring = cord.contours[0].points
    area = SlabStack.of(cord).plane_areas[0]
    around = np.sum(np.hypot(*(ring - np.roll(ring, 1, axis=0))[:, :2].T))
    length = np.ptp([c.points[0, 2] for c in cord.contours]) + 1.0
    volume = only(checked(treatment, "3"))
    # Steiner's formula for a straight prism with a convex outline
    mantle = length * (area + around * 3.0 + np.pi * 9.0)
    expected = (mantle + 2 * area * 3.0 + np.pi / 2 * around * 9.0 + 4 / 3 * np.pi * 27.0) / 1000
    assert volume.name == "SpinalCord_PRV03"
    assert volume.volume_cc == pytest.approx(expected, rel=0.005)
    assert volume.reach_mm == pytest.approx((3.0, 3.5))


def test_the_near_maximum_rises_with_the_margin(treatment: TreatmentSet) -> None:
    assert treatment.structure_set is not None
    found = [
        {m.text: m.value for m in only(checked(treatment, margin)).metrics}["D0.035cc[Gy]"]
        for margin in ("1", "2", "3", "5")
    ]
    assert None not in found
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_the_dose_where_target_and_risk_volume_overlap(treatment: TreatmentSet) -> None:
    (overlap,) = only(checked(treatment, "3")).overlaps
    assert overlap.target == "PTV"
    assert overlap.volume_cc == pytest.approx(0.1454, rel=0.02)
    low, mean, high = (value.value for value in overlap.doses)
    assert low is not None
    assert mean is not None
    assert high is not None
    assert 0 < low <= mean <= high
    (apart,) = only(checked(treatment, "0.5")).overlaps
    assert (apart.volume_cc, apart.reason) == (0.0, "they share no volume")


def test_limits_for_the_risk_volume_are_judged_by_the_made_one(treatment: TreatmentSet) -> None:
    one_fraction = replace(treatment, n_fractions=1)
    rows = [e for e in checked(one_fraction, "2").limits.evaluations if e.organ == "SpinalCord_PRV02"]
    assert [(e.structure, e.evidence) for e in rows] == [("SpinalCord_PRV02", "made from the organ")] * 2
    assert all(e.value is not None for e in rows)
    without = [e for e in checked(one_fraction, "3").limits.evaluations if e.organ == "SpinalCord_PRV02"]
    assert all(e.structure is None for e in without)  # a margin of 3 mm does not stand for one of 2


def test_a_drawn_risk_volume_is_judged_and_held_against_the_made_one(treatment: TreatmentSet) -> None:
    assert treatment.structure_set is not None
    cord = treatment.structure_set.named("SpinalCord")
    for margin, lacks in ((2.0, False), (1.0, True)):
        drawn = expand_structure(cord, margin, number=77, name="SpinalCord_PRV02").structure
        assert drawn is not None
        check = checked(replace(with_structure(treatment, drawn), n_fractions=1), "2")
        volume = only(check)
        assert volume.drawn == "SpinalCord_PRV02"
        rows = [e for e in check.limits.evaluations if e.organ == "SpinalCord_PRV02"]
        assert {e.evidence for e in rows} == {"exact"}
        assert any("lacks" in finding for finding in check.findings) is lacks


def test_what_cannot_be_made_says_why(treatment: TreatmentSet) -> None:
    check = checked(treatment, "Brainstem=3")
    assert only(check).reason == "no structure stands for Brainstem"
    assert any("Brainstem_PRV03 could not be made" in finding for finding in check.findings)
    assert treatment.structure_set is not None
    cord = treatment.structure_set.named("SpinalCord")
    twice = checked(with_structure(treatment, replace(cord, number=88, name="Cord")), "3")
    assert "2 structures stand for SpinalCord" in (only(twice).reason or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3mm", "is no margin"),
        ("SpinalCord=", "is no margin"),
        ("0", "more than 0"),
        ("-3", "more than 0"),
        ("nan", "more than 0"),
        ("300", "another unit"),
        ("Spinal=3", "near names: "),
        ("SpinalCord_PRV03=3", "no standard name of an organ"),
    ],
)
def test_a_wrong_margin_is_refused(text: str, words: str) -> None:
    with pytest.raises((RtplanValueError, RtplanLookupError), match=words):
        RiskMargin.parse(text)


def test_sides_stay_at_the_end_of_the_name() -> None:
    assert RiskMargin.parse("Kidney_L=5").name == "Kidney_PRV05_L"
    assert RiskMargin.parse("2.5").standard is None


def test_the_command_prints_what_was_made(
    spine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = tmp_path / "clinic.csv"
    limits.write_text(HEADER + "SpinalCord_PRV03,5,D0.035cc,<=,200,Gy,made up,own\n", encoding="utf-8")
    words = ["check", str(spine), "--constraints", str(limits), "--prv-margin", "3"]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (row,) = document["verdicts"]
    assert (row["structure"], row["verdict"]) == ("SpinalCord_PRV03", "within")
    (volume,) = document["risk_volumes"]
    assert volume["margin_mm"] == 3.0
    assert volume["reach_across_planes_high_mm"] == pytest.approx(3.5)
    assert volume["overlaps"][0]["metrics"]["Max[Gy]"]["value"] > 0
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "SpinalCord_PRV03: " in text
    assert "overlaps PTV in 0.1" in text
    assert "doses to report (ICRU 83 and 91):" in text
    assert "D2cm[%]" in text
    assert main([*words[:4], "--prv-margin", "3 cm"]) == 2
    assert "is no margin" in capsys.readouterr().err
