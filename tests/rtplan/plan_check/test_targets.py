"""Indices of plan quality against closed forms: a box target in a dose that falls linearly."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import Contour, DoseGrid, FractionGroup, GridGeometry, Plan, Prescription, Structure
from rtplan.plan_check import Index, TargetQuality
from rtplan.plan_check.targets import target_quality

GRID = GridGeometry.axial(shape=(33, 61, 81), origin=(-80, -60, -32), spacing=(2.0, 2.0, 2.0))


def block(
    number: int, name: str, *, half_x: float, half_y: float, half_z: float, kind: str = ""
) -> Structure:
    square = np.array([[-half_x, -half_y], [half_x, -half_y], [half_x, half_y], [-half_x, half_y]])
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(-half_z + 1, half_z, 2.0)
    )
    return Structure(
        number=number, name=name, interpreted_type=kind, contours=contours, frame_of_reference_uid="1.2"
    )


def plan(*prescriptions: tuple[float, int | None]) -> Plan:
    return Plan(
        label="plan",
        sop_instance_uid="1.2",
        frame_of_reference_uid="1.2",
        structure_set_uid="",
        fraction_groups=(FractionGroup(number=1, n_fractions_planned=5, beam_numbers=(), beam_doses_gy=()),),
        prescriptions=tuple(
            Prescription(
                structure_type="VOLUME",
                reference_type="TARGET",
                description="",
                target_prescription_gy=dose,
                referenced_roi_number=number,
            )
            for dose, number in prescriptions
        ),
        radiation_types=("PHOTON",),
        approval_status="APPROVED",
        intent="",
        date="",
    )


def falling_in_x() -> DoseGrid:
    """40 Gy on the plane x = 0, falling by 0.5 Gy/mm on both sides: every node on a multiple of 2 mm."""
    x = -80 + 2.0 * np.arange(81)
    values = np.broadcast_to(40 - 0.5 * np.abs(x), (33, 61, 81)).astype(np.float32)
    return DoseGrid(geometry=GRID, dose_gy=np.ascontiguousarray(values), frame_of_reference_uid="1.2")


BODY = block(1, "External", half_x=60, half_y=40, half_z=20, kind="EXTERNAL")
PTV = block(2, "PTV", half_x=20, half_y=20, half_z=10)


def indices(found: TargetQuality) -> dict[str, Index]:
    return {index.name: index for index in found.indices}


def test_the_indices_are_those_of_the_closed_form() -> None:
    (found,) = target_quality(plan((35.0, 2)), [BODY, PTV], falling_in_x())
    # The 35 Gy isodose is |x| <= 10 mm, that of 17.5 Gy |x| <= 45 mm, through a body of 80 x 40 mm.
    target, common = 40 * 40 * 20 / 1000, 20 * 40 * 20 / 1000
    isodose, half = 20 * 80 * 40 / 1000, 90 * 80 * 40 / 1000
    expected = {
        "coverage[%]": 100 * common / target,
        "CI RTOG": isodose / target,
        "CI Paddick": common**2 / (target * isodose),
        "CN van 't Riet": common / target * common / isodose,
        "selectivity": common / isodose,
        "gradient index": half / isodose,
        "R50": half / target,
        "HI RTOG": 40.0 / 35.0,
        "quality of coverage RTOG": 30.0 / 35.0,
        "D98%[Gy]": 40 - 0.5 * 0.98 * 20,
        "D50%[Gy]": 40 - 0.5 * 0.50 * 20,
        "D2%[Gy]": 40 - 0.5 * 0.02 * 20,
        "Mean[Gy]": 35.0,
        "HI": (0.5 * 0.96 * 20) / 35.0,
        "D2cm[Gy]": 40.0,  # above and below the target, where x is 0
        "D2cm[%]": 100 * 40.0 / 35.0,
    }
    for name, truth in expected.items():
        index = indices(found)[name]
        assert index.value is not None, name
        assert index.uncertainty is not None
        assert index.value == pytest.approx(truth, abs=index.uncertainty + 1e-3 * abs(truth)), name


def test_a_prescription_is_told_by_its_reference() -> None:
    other = block(3, "PTV2", half_x=10, half_y=10, half_z=10)
    found = target_quality(plan((35.0, 2), (30.0, 3)), [BODY, PTV, other], falling_in_x())
    assert [f.prescription_gy for f in found] == [35.0, 30.0]
    assert found[0].notes[0] == "the prescription isodose is shared by several targets"
    assert "other targets" in found[0].notes[1]


def test_the_only_prescription_is_that_of_the_only_target() -> None:
    (found,) = target_quality(plan((35.0, None)), [BODY, PTV], falling_in_x())
    assert found.prescription_gy == 35.0


def test_no_prescription_is_guessed() -> None:
    (found,) = target_quality(plan((35.0, None), (30.0, None)), [BODY, PTV], falling_in_x())
    assert found.prescription_gy is None
    assert "does not state one prescription" in (found.prescription_reason or "")
    assert "coverage[%]" not in indices(found)
    (without,) = target_quality(None, [BODY, PTV], falling_in_x())
    assert without.prescription_reason == "there is no plan"


def test_without_an_outline_there_is_no_conformity() -> None:
    (found,) = target_quality(plan((35.0, 2)), [PTV], falling_in_x())
    assert indices(found)["CI Paddick"].value is None
    assert "outline" in (indices(found)["CI Paddick"].reason or "")
    assert indices(found)["coverage[%]"].value is not None


def test_an_isodose_that_may_leave_the_grid_has_no_volume() -> None:
    wide = block(1, "External", half_x=60, half_y=90, half_z=20, kind="EXTERNAL")
    (found,) = target_quality(plan((35.0, 2)), [wide, PTV], falling_in_x())
    assert indices(found)["CI RTOG"].reason == "the isodose may leave the dose grid"


def test_an_unreached_prescription_divides_by_nothing() -> None:
    (found,) = target_quality(plan((60.0, 2)), [BODY, PTV], falling_in_x())
    assert indices(found)["coverage[%]"].value == 0.0
    assert indices(found)["gradient index"].reason == "a volume it is divided by is 0"


def test_what_is_made_from_a_target_is_none() -> None:
    assert (
        target_quality(
            plan((35.0, 2)), [BODY, block(2, "PTV_ring", half_x=9, half_y=9, half_z=9)], falling_in_x()
        )
        == ()
    )
