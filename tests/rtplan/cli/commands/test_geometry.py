"""``rtplan geometry``: what a person and a program get, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dicom_io import SlabStack, distance, load_study
from dicom_io.phantom import write_phantom
from rtplan.cli import main


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("geometry") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder / "second-course"


def test_the_document_has_every_number_with_its_interval(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--structure", "Bladder", "--structure", "Rectum", "--between", "Bladder", "Rectum"]
    assert main(["geometry", str(patient), *asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "rtplan.geometry/1"
    assert len(found["inputs"]) == 1
    structures = load_study(patient).select(require=("structures",)).structure_set
    assert structures is not None
    bladder, rectum = structures.named("Bladder"), structures.named("Rectum")
    row = found["structures"][0]
    assert row["name"] == "Bladder"
    assert row["volume_cc"] == pytest.approx(SlabStack.of(bladder).volume_cc)
    assert row["surface_low_cm2"] <= row["surface_cm2"] <= row["surface_high_cm2"]
    # no body of this volume has less surface than a ball
    assert row["surface_low_cm2"] > 4.835 * row["volume_cc"] ** (2 / 3)
    assert all(
        low <= at <= high
        for low, at, high in zip(row["box_mm"][0], row["centroid_mm"], row["box_mm"][1], strict=True)
    )
    (pair,) = found["distances"]
    assert (pair["from"], pair["to"]) == ("Bladder", "Rectum")
    assert pair["distance_mm"] == pytest.approx(distance(bladder, rectum).distance_mm)
    assert pair["distance_mm"] <= pair["mean_mm"] <= pair["hausdorff_mm"]
    assert pair["reason"] is None


def test_the_text_says_what_a_negative_distance_is(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["geometry", str(patient), "--structure", "PTV", "--between", "PTV", "Bladder"]) == 0
    out = capsys.readouterr().out
    assert "PTV" in out
    negative = next(line for line in out.splitlines() if line.startswith("PTV") and "Bladder" in line)
    assert ("inside the other" in out) == (" -" in negative)


def test_a_structure_without_contours_has_a_reason(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["geometry", str(patient), "--between", "Bladder", "Nowhere"]) == 2
    assert "no structure 'Nowhere'" in capsys.readouterr().err
