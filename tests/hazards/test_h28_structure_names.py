"""H28: structure names; nothing stands in for an organ because it looks alike."""

from __future__ import annotations

import json

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.names import assign, structure_names

IMPOSTORS = {
    "Bladder": ["PTV_Bladder", "Bladder_PRV05", "zBladder", "Bladder-PTV", "optBladder", "Bladder_L"],
    "Bowel": ["Bowel+5mm", "PTV_Bowel", "zBowel", "Bowel~"],
    "Rectum": ["rectum overlap", "Rectum_PRV", "RectumPTV", "Rectum+3mm", "Rectum stump"],
    "SpinalCord": ["SpinalCord_PRV05", "Cord+5mm", "Cord_5mm", "CordCanal", "SpinalCord_05"],
    "Kidney_L": ["Kidney_R", "Right Kidney", "Kidney", "Kidney_L_R", "Kidney_L_PRV05", "Kidney_L2"],
    "Femur_Head_R": ["FemoralHead_L", "L_FemoralHead", "Femoral Heads", "Femur right"],
}


@pytest.mark.parametrize(("organ", "written"), [(o, w) for o, names in IMPOSTORS.items() for w in names])
def test_an_impostor_never_stands_for_the_organ(organ, written):
    assert structure_names().standard_of(written) != organ
    assert assign([(1, written)]).of(organ) == ()


@pytest.mark.parametrize("standard", [n for n in structure_names().standards if n.endswith(("_L", "_R"))])
def test_no_case_separator_or_order_brings_a_wrong_side(standard):
    stem, other = standard[:-2], {"L": ("R", "Right", "Rt"), "R": ("L", "Left", "Lt")}[standard[-1]]
    for side in other:
        for written in (f"{stem}_{side}", f"{side} {stem}", f"{stem}{side}", f"{side}_{stem}".lower()):
            assert structure_names().standard_of(written) != standard


def _rewritten(folder, rename):
    """Rename structures of a phantom's structure set, as a planner might have."""
    pydicom = pytest.importorskip("pydicom")
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        if dataset.Modality == "RTSTRUCT":
            for item in dataset.StructureSetROISequence:
                item.ROIName = rename.get(item.ROIName, item.ROIName)
            dataset.save_as(path)


def _check(folder, capsys, *words):
    status = main(["check", str(folder), "--constraints", "tg101-2010", "--json", *words])
    return status, json.loads(capsys.readouterr().out)


def _row(found, organ):
    return [row for row in found["verdicts"] if row["organ"] == organ]


def test_a_mislabelled_pair_is_not_judged(tmp_path, capsys):
    write_phantom("pelvis-two-courses", tmp_path / "patient")
    folder = tmp_path / "patient" / "second-course"
    _rewritten(folder, {"Femur_Head_L": "Femur_Head_R", "Femur_Head_R": "Femur_Head_L"})
    status, found = _check(folder, capsys)
    assert status == 1
    rows = [row for row in found["verdicts"] if row["organ"].startswith("Femur_Head")]
    assert {row["verdict"] for row in rows} == {"not_evaluable"}
    assert all("sides look swapped" in row["reason"] for row in rows)


def test_a_planning_risk_volume_alone_leaves_the_organ_unjudged(tmp_path, capsys):
    write_phantom("pelvis-two-courses", tmp_path / "patient")
    folder = tmp_path / "patient" / "second-course"
    _rewritten(folder, {"Rectum": "Rectum_PRV05"})
    _, found = _check(folder, capsys)
    rows = _row(found, "Rectum")
    assert {(row["verdict"], row["state"]) for row in rows} == {(None, "not_drawn")}
    assert all(row["near_names"] == ["Rectum_PRV05"] for row in rows)


def test_two_structures_for_one_organ_are_not_chosen_from(tmp_path, capsys):
    write_phantom("pelvis-two-courses", tmp_path / "patient")
    folder = tmp_path / "patient" / "second-course"
    _rewritten(folder, {"Bladder": "rectum"})
    _, found = _check(folder, capsys)
    assert all("2 structures stand for Rectum" in row["reason"] for row in _row(found, "Rectum"))
    _, chosen = _check(folder, capsys, "--organ", "Rectum=Rectum")
    assert {row["evidence"] for row in _row(chosen, "Rectum")} == {"chosen by hand"}
    assert any("set aside" in warning for warning in chosen["warnings"])
