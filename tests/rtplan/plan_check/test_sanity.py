"""What is odd about a plan before any limit is looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dicom_io import Contour, FractionGroup, GridGeometry, Plan, Prescription, Structure
from rtplan.names import assign
from rtplan.plan_check.sanity import SanityCheck, check_plan_sanity

DOSE = GridGeometry.axial(shape=(20, 80, 80), origin=(-100, -100, -30), spacing=(3.0, 2.5, 2.5))
IMAGES = GridGeometry.axial(shape=(20, 200, 200), origin=(-100, -100, -30), spacing=(3.0, 1.0, 1.0))
PLAN = Plan(
    label="plan",
    sop_instance_uid="1.2",
    frame_of_reference_uid="1.3",
    structure_set_uid="1.4",
    fraction_groups=(FractionGroup(number=1, n_fractions_planned=5, beam_numbers=(), beam_doses_gy=()),),
    prescriptions=(
        Prescription(
            structure_type="SITE",
            reference_type="TARGET",
            description="",
            target_prescription_gy=30.0,
            referenced_roi_number=None,
        ),
    ),
    radiation_types=("PHOTON",),
    approval_status="APPROVED",
    intent="CURATIVE",
    date="20240101",
)


def cube(number: int, name: str, *, x: float, size: float = 20.0, kind: str = "ORGAN") -> Structure:
    half = size / 2
    square = np.array([[x - half, -half], [x + half, -half], [x + half, half], [x - half, half]])
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in (-3.0, 0.0, 3.0)
    )
    return Structure(
        number=number, name=name, interpreted_type=kind, contours=contours, frame_of_reference_uid="1.3"
    )


def checked(*structures: Structure, plan: Plan | None = PLAN) -> SanityCheck:
    return check_plan_sanity(
        plan,
        structures,
        assign([(s.number, s.name) for s in structures]),
        dose_geometry=DOSE,
        image_geometry=IMAGES,
    )


def test_a_sound_plan_has_no_findings() -> None:
    sound = checked(cube(1, "Kidney_L", x=40), cube(2, "Kidney_R", x=-40), cube(3, "Rectum", x=0))
    assert (sound.findings, dict(sound.blocked)) == ((), {})


def test_a_swapped_pair_is_blocked() -> None:
    swapped = checked(cube(1, "Left Kidney", x=-40), cube(2, "Right Kidney", x=40))
    assert set(swapped.blocked) == {1, 2}
    assert len(swapped.findings) == 1
    assert "80 mm to the patient's right of 'Right Kidney'" in swapped.findings[0]


def test_a_lone_side_beyond_the_middle_of_the_body_is_named() -> None:
    lone = checked(cube(1, "Kidney_L", x=-40), cube(2, "External", x=0, size=150, kind="EXTERNAL"))
    assert lone.blocked == {}
    assert "'Kidney_L' lies 40 mm to the right of the body's middle" in lone.findings


def test_a_structure_without_contours_does_not_disturb() -> None:
    empty = replace(cube(1, "Kidney_L", x=0), contours=())
    assert checked(empty, cube(2, "Kidney_R", x=-40)).findings == ()


def test_a_narrow_structure_is_named_with_the_grid() -> None:
    assert checked(cube(1, "OpticNrv_L", x=40, size=5)).findings == (
        "'OpticNrv_L' is 5.0 mm wide on a dose grid of 2.5 mm",
    )


def test_contours_outside_the_images_are_named() -> None:
    assert "'Rectum' has 6 contour points outside the images" in checked(cube(1, "Rectum", x=95)).findings


def test_couch_and_bolus_are_named() -> None:
    found = checked(cube(1, "Couch", x=0, kind="SUPPORT"), cube(2, "Bolus 5", x=0, kind="BOLUS"))
    assert found.findings == ("couch or support contoured: 'Couch'", "bolus contoured: 'Bolus 5'")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"approval_status": "UNAPPROVED"}, "approval status is UNAPPROVED"),
        ({"approval_status": ""}, "approval status is not given"),
        ({"is_brachytherapy": True}, "brachytherapy"),
        ({"radiation_types": ("PROTON",)}, "whether the dose is weighted by an RBE is not inferred"),
        ({"prescriptions": ()}, "no target prescription"),
    ],
)
def test_what_the_plan_says_about_itself_is_repeated(change: dict[str, object], words: str) -> None:
    findings = checked(plan=replace(PLAN, **change)).findings  # type: ignore[arg-type]
    assert len(findings) == 1
    assert words in findings[0]


def test_no_plan_is_said() -> None:
    assert checked(plan=None).findings == ("there is no plan: fractions and prescription are unknown",)
