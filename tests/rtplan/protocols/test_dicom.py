"""Rules that come out of the files: cord distance, interval, earlier dose, regimen, lesions."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from synthetic import dicom_objects

from dicom_io import Contour, Structure
from dicom_io.errors import AmbiguousStudyError
from dicom_io.phantom import build_case, write_phantom
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.protocols import (
    CriterionResult,
    Folders,
    Screening,
    gather_radiotherapy,
    load_protocol,
    patient_of_tables,
    screen,
)
from rtplan.protocols.radiotherapy import Radiotherapy, lesion_of_structure

PELVIC = {"region": "pelvis"}


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The makers of small DICOM-RT objects."""
    return dicom_objects


@pytest.fixture(scope="module")
def spines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spines")
    for case in SPINES:
        write_phantom(case, folder / case)
    return folder


@pytest.fixture
def patient_folder(two_courses: Path, tmp_path: Path) -> Path:
    """Plan, structures and dose of the pelvic patient's courses, to which treatment records are added."""
    for course in ("first-course", "second-course"):
        (tmp_path / course).mkdir()
        for file in (two_courses / course).glob("RT*"):
            shutil.copy(file, tmp_path / course)
    return tmp_path


def screened(protocol: str, folders: Folders, **tables: Any) -> Screening:
    trial = load_protocol(protocol)
    patient = patient_of_tables(tables, trial.facts)
    return screen(trial, patient, gather_radiotherapy(patient, folders))


def gathered(folders: Folders, **tables: Any) -> Radiotherapy:
    return gather_radiotherapy(patient_of_tables(tables, load_protocol("torch-r").facts), folders)


def told(result: CriterionResult) -> str:
    return f"{result.value} {' '.join(result.reasons)} {' '.join(result.notes)}"


def add_records(made: ModuleType, folder: Path, days: list[date]) -> None:
    """Write a treatment record for each fraction, of the folder's own plan and patient."""
    plan = pydicom.dcmread(next(folder.glob("RTPLAN*")))
    patient = {
        key: getattr(plan, key) for key in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
    }
    for number, day in enumerate(days, start=1):
        record = made.treatment_record(
            [number],
            plan_uid=plan.SOPInstanceUID,
            TreatmentDate=f"{day:%Y%m%d}",
            SOPInstanceUID=f"{plan.SOPInstanceUID}.{number}",
            **patient,
        )
        made.write(folder, **{f"record_{number:02}": record})


def weekdays(first: date, count: int) -> list[date]:
    days = [first + timedelta(days=offset) for offset in range(count * 2)]
    return [day for day in days if day.weekday() < 5][:count]


SPINES = {
    "spine-sabr-2mm": "not_met",
    "spine-sabr-2mm-hfp": "not_met",
    "spine-sabr-2mm-across-ffs": "not_met",
    "spine-sabr-5mm": "met",
    "spine-sabr-5mm-across": "met",
}
"""Gaps of 2 and 5 mm against "within 3 mm"; across planes 2 mm may be up to 3 mm, which is within 3 mm."""


@pytest.mark.parametrize(("case", "expected"), SPINES.items())
def test_the_3_mm_rule_comes_out_of_the_structure_set(spines: Path, case: str, expected: str) -> None:
    found = screened("torch-r", Folders(plan=spines / case)).result("cord-distance")
    (gap,) = build_case(case).gaps
    assert f"GTV to SpinalCord {gap.as_slabs_mm:.2f} mm" in (found.value or "")
    assert found.status == expected
    assert any("stands in for the MRI" in note for note in found.notes)


def test_what_was_measured_on_mri_counts_beside_the_contours(spines: Path) -> None:
    folders = Folders(plan=spines / "spine-sabr-5mm")
    found = screened("torch-r", folders, disease={"tumour_to_cord_mm": 2.5}).result("cord-distance")
    assert found.status == "not_met"
    assert "2.5 mm (patient file)" in (found.value or "")
    folders = Folders(plan=spines / "spine-sabr-2mm")
    found = screened("torch-r", folders, disease={"tumour_to_cord_mm": 9}).result("cord-distance")
    assert found.status == "not_met"


def test_without_a_plan_and_without_a_measurement_the_distance_is_unknown() -> None:
    found = screened("torch-r", Folders()).result("cord-distance")
    assert found.status == "unknown"
    assert "a plan with GTV and SpinalCord or disease.tumour_to_cord_mm" in found.reasons[0]


@pytest.mark.parametrize(
    ("ended", "starts", "torch_r", "sparkle"),
    [
        (date(2023, 7, 31), date(2024, 1, 30), "not_met", "not_met"),
        (date(2023, 7, 31), date(2024, 1, 31), "met", "not_met"),
        (date(2023, 7, 31), date(2024, 2, 1), "met", "met"),
        (date(2023, 8, 31), date(2024, 2, 29), "met", "not_met"),
    ],
)
def test_the_6_month_rule_comes_out_of_the_treatment_records(
    made: ModuleType, patient_folder: Path, ended: date, starts: date, torch_r: str, sparkle: str
) -> None:
    first = [ended - timedelta(days=7 * week) for week in range(27, -1, -1)]
    add_records(made, patient_folder / "first-course", first)
    add_records(made, patient_folder / "second-course", weekdays(starts, 2))
    folders = Folders(plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",))
    for name, expected in (("torch-r", torch_r), ("sparkle", sparkle)):
        found = screened(name, folders).result("radiotherapy-interval")
        assert found.status == expected
        assert f"from {ended} to {starts}" in (found.value or "")


def test_the_50_4_gy_rule_comes_out_of_the_plan(patient_folder: Path) -> None:
    folders = Folders(plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",))
    found = screened("sparkle", folders).result("previous-dose")
    assert found.status == "not_met"
    assert "50.4 Gy physical (50.4Gy/28), exactly at 50.4 Gy" in (found.value or "")
    assert "48.4 Gy (alpha/beta 3)" in (found.value or "")
    assert any("read as <= 50.4 Gy it would be met" in note for note in found.notes)


def test_delivered_fractions_count_not_planned_ones(made: ModuleType, patient_folder: Path) -> None:
    """20 of 28 fractions of 1.8 Gy are 36 Gy."""
    add_records(made, patient_folder / "first-course", weekdays(date(2023, 4, 24), 20))
    folders = Folders(plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",))
    found = screened("sparkle", folders).result("previous-dose")
    assert found.status == "met"
    assert "36 Gy physical (36Gy/20), 14.4 Gy below" in (found.value or "")
    assert any("20 of 28 planned fractions delivered" in note for note in found.notes)


def test_without_treatment_records_a_date_is_never_taken_from_the_plan_unasked(patient_folder: Path) -> None:
    folders = Folders(plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",))
    found = screened("torch-r", folders).result("radiotherapy-interval")
    assert found.status == "unknown"
    assert "whose own date is 2023-04-24: state the date, or that the plan's dates are taken" in told(found)


def test_the_plans_dates_count_where_that_is_stated_and_it_is_said(patient_folder: Path) -> None:
    """28 weekdays from Monday 24 April 2023 end on Wednesday 31 May; the new plan is of 29 January 2024."""
    folders = Folders(
        plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",), as_planned=True
    )
    found = screened("torch-r", folders).result("radiotherapy-interval")
    assert found.status == "met"
    assert "243 days (7 months and 29 days) from 2023-05-31 to 2024-01-29" in (found.value or "")
    assert any("dates as planned, not as treated" in note for note in found.notes)


def test_dates_of_the_patient_file_count_beside_a_folder(patient_folder: Path) -> None:
    folders = Folders(base=patient_folder, plan=patient_folder / "second-course")
    found = screened(
        "torch-r",
        folders,
        earlier_radiotherapy=[{"folder": "first-course", "ended": date(2023, 8, 1), "region": "pelvis"}],
        planned_radiotherapy={"starts": date(2024, 1, 31)},
    ).result("radiotherapy-interval")
    assert found.status == "not_met"
    assert "183 days" in (found.value or "")


def test_a_typed_date_that_the_records_contradict_is_refused(made: ModuleType, patient_folder: Path) -> None:
    add_records(made, patient_folder / "first-course", [date(2023, 5, 2)])
    with pytest.raises(RtplanValueError, match="the treatment records say 2023-05-02"):
        gathered(
            Folders(base=patient_folder),
            earlier_radiotherapy=[{"folder": "first-course", "ended": date(2023, 5, 3)}],
        )


@pytest.mark.parametrize(
    ("region", "torch_r", "sparkle"),
    [("pelvis", "met", "not_met"), ("femur", "met", "met"), ("", "met", "unknown")],
)
def test_the_regimen_of_the_plan_is_held_against_the_band_of_the_history(
    patient_folder: Path, region: str, torch_r: str, sparkle: str
) -> None:
    """30 Gy in 5 lies in both bands of TORCH-R, in SPARKLE only without earlier pelvic radiotherapy."""
    earlier = [{"folder": "first-course", "region": region}]
    for name, expected in (("torch-r", torch_r), ("sparkle", sparkle)):
        folders = Folders(base=patient_folder, plan=patient_folder / "second-course")
        assert screened(name, folders, earlier_radiotherapy=earlier).result("regimen").status == expected


def test_a_typed_regimen_that_the_plan_contradicts_is_refused(patient_folder: Path) -> None:
    with pytest.raises(RtplanValueError, match="the patient file says 25Gy/5, the plan 30Gy/5"):
        gathered(Folders(plan=patient_folder / "second-course"), planned_radiotherapy={"regimen": "25Gy/5"})


def test_plans_of_two_patients_are_refused_without_their_identity(spines: Path, patient_folder: Path) -> None:
    with pytest.raises(RtplanValueError, match="are they one patient's") as caught:
        gathered(Folders(plan=spines / "spine-sabr-2mm", earlier=(patient_folder / "first-course",)))
    assert "PHANTOM" not in str(caught.value)


def test_one_folder_of_two_plans_asks_which(two_courses: Path) -> None:
    with pytest.raises(AmbiguousStudyError, match="2 plans; choose one of"):
        gathered(Folders(plan=two_courses))
    found = gathered(Folders(plan=two_courses, plan_label="PRESACRAL 30"))
    assert found.planned is not None
    assert str(found.planned.regimen) == "30Gy/5"


def test_earlier_courses_are_named_in_one_place_only(patient_folder: Path) -> None:
    with pytest.raises(RtplanValueError, match="on the command line and in the patient file"):
        gathered(Folders(earlier=(patient_folder / "first-course",)), earlier_radiotherapy=[])


def ball(radius: float, spacing: float) -> Structure:
    """Circles of a ball, drawn at the middle of slabs that fill it from pole to pole."""
    count = round(2 * radius / spacing)
    heights = -radius + spacing * (np.arange(count) + 0.5)
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(180)])
    contours = tuple(
        Contour(
            points=circle * np.sqrt(radius**2 - height**2) + np.array([0, 0, height]),
            geometric_type="CLOSED_PLANAR",
        )
        for height in heights
    )
    return Structure(
        number=1, name="GTV_brain", interpreted_type="GTV", contours=contours, frame_of_reference_uid="1.2"
    )


def test_a_contoured_lesion_is_measured() -> None:
    """A ball of 15 mm radius: diameter 30 mm, volume 4/3 pi r^3 = 14.14 cc."""
    diameter, volume = lesion_of_structure(ball(15, 1.0))
    assert diameter is not None
    assert diameter[0] == pytest.approx(30, abs=0.05)
    assert 30 <= diameter[1] <= 31.1
    assert volume == pytest.approx(14.137, rel=0.005)


def test_a_contoured_brain_metastasis_whose_diameter_is_open_is_for_a_clinician(spines: Path) -> None:
    """The GTV of the spinal patient stands for a lesion: 40 mm across, 20 mm high."""
    lesion = {"organ": "brain", "structure": "GTV"}
    found = screened("torch-r", Folders(plan=spines / "spine-sabr-2mm"), metastases=[lesion])
    result = found.result("brain-metastasis-diameter")
    assert result.status == "not_met"
    assert "contours of GTV" in (result.value or "")
    # a superellipse of half-axes 20 and 18 mm over 20 mm holds less than its box of 28.8 cc
    assert found.result("brain-metastasis-volume").status == "met"
    small = {**lesion, "diameter_mm": 12}
    found = screened("torch-r", Folders(plan=spines / "spine-sabr-2mm"), metastases=[small])
    assert found.result("brain-metastasis-diameter").status == "met"


def test_a_structure_that_is_not_there_lists_those_that_are(spines: Path) -> None:
    with pytest.raises(RtplanLookupError, match="no structure is named 'GTV9'; there are: GTV, PTV"):
        gathered(
            Folders(plan=spines / "spine-sabr-2mm"), metastases=[{"organ": "brain", "structure": "GTV9"}]
        )


def test_the_inputs_are_recorded_by_hash_and_role(patient_folder: Path) -> None:
    found = gathered(
        Folders(plan=patient_folder / "second-course", earlier=(patient_folder / "first-course",))
    )
    roles = [source.role for source in found.inputs]
    assert "planned course plan" in roles
    assert "earlier course 1 plan" in roles
    assert all(len(source.sha256) == 64 for source in found.inputs)
