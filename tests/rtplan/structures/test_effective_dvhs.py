"""DVHs of an EFFECTIVE dose are shown as the file states it, and are never converted."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from dicom_io.objects import Plan
from dicom_io.readers import EffectiveGrid
from rtplan.cli import main
from rtplan.structures import DvhQuestion, dvhs_of_folder
from rtplan.structures.dvhs import quantity_of


@pytest.fixture
def effective_set(two_courses: Path, tmp_path: Path) -> Path:
    """A course whose dose is EFFECTIVE."""
    folder = tmp_path / "effective"
    shutil.copytree(two_courses / "second-course", folder)
    dose = pydicom.dcmread(folder / "RTDOSE.dcm")
    dose.DoseType = "EFFECTIVE"
    dose.DoseComment = "weighted somehow"
    dose.save_as(folder / "RTDOSE.dcm")
    return folder


def test_values_are_those_of_the_file_under_its_own_words(effective_set: Path, two_courses: Path) -> None:
    answer = dvhs_of_folder(DvhQuestion(folder=effective_set, structures=("Bladder",)))
    physical = dvhs_of_folder(DvhQuestion(folder=two_courses / "second-course", structures=("Bladder",)))
    (number,) = answer.dvhs
    assert answer.quantity == "effective dose, Gy, as the file states"
    assert answer.dvhs[number].mean_gy == pytest.approx(physical.dvhs[number].mean_gy)
    assert "never converted" in answer.findings[0]
    assert answer.treatment.dose is None


def test_the_document_says_what_the_values_are(
    effective_set: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["dvh", str(effective_set), "--structure", "Bladder", "--json"])
    dose = json.loads(capsys.readouterr().out)["dose"]
    assert dose["quantity"] == "effective dose, Gy, as the file states"
    assert dose["description"].startswith("weighted")


def test_words_of_the_file_that_may_be_a_name_are_not_shown(
    effective_set: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dose_file,) = effective_set.glob("*RTDOSE*")
    stored = pydicom.dcmread(dose_file)
    stored.DoseComment = "EQD2 alpha/beta 3 Gy, sum of Doe^Jane 471147"
    stored.save_as(dose_file)
    main(["dvh", str(effective_set), "--structure", "Bladder", "--json"])
    dose = json.loads(capsys.readouterr().out)["dose"]
    assert dose["description"].startswith("EQD2 alpha/beta 3 Gy sum of …")
    assert "Doe" not in dose["description"]
    assert "4711" not in dose["description"]


@pytest.mark.parametrize(
    ("comment", "radiation", "quantity"),
    [
        ("", "PHOTON", "effective dose, Gy, as the file states"),
        ("", "PROTON", "Gy(RBE), as the file states"),
        ("RBE 1.1", "PHOTON", "Gy(RBE), as the file states"),
        ("EQD2, alpha/beta 3", "PROTON", "EQD2, Gy, as the file states"),
    ],
)
def test_rbe_is_said_of_ions_or_where_the_file_says_so(
    effective_set: Path, comment: str, radiation: str, quantity: str
) -> None:
    answer = dvhs_of_folder(DvhQuestion(folder=effective_set, structures=("Bladder",)))
    assert isinstance(answer.effective, EffectiveGrid)
    given, plan = answer.effective, answer.treatment.plan
    assert isinstance(plan, Plan)
    worded = replace(given, comment=comment, derivation_description="", image_comments="")
    assert quantity_of(worded, replace(plan, radiation_types=(radiation,))) == quantity
