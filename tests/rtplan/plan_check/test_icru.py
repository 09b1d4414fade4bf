"""The reporting block of targets, against doses that fall linearly."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import Contour, GridField, GridGeometry, Structure, compute_dvhs
from rtplan.plan_check import IcruReport
from rtplan.plan_check.icru import icru_reports

GRID = GridGeometry.axial(shape=(31, 61, 61), origin=(-30, -30, -15), spacing=(1.0, 1.0, 1.0))


def cube(number: int, name: str, half: float) -> Structure:
    square = half * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(-half + 0.5, half, 1.0)
    )
    return Structure(
        number=number, name=name, interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


def reported(*structures: Structure) -> tuple[IcruReport, ...]:
    x = GRID.to_patient(np.moveaxis(np.indices(GRID.shape), 0, -1).astype(float))[..., 0]
    field = GridField(geometry=GRID, values=40.0 + x, frame_of_reference_uid="1.2")
    return icru_reports(structures, compute_dvhs(structures, field))


def test_a_large_target_reports_percentages_of_its_volume() -> None:
    (found,) = reported(cube(1, "PTV", 10.0))
    assert found.rule.startswith("ICRU 83")
    expected = {
        "near-minimum": ("D98%[Gy]", 40 - 10 + 0.02 * 20),
        "median": ("D50%[Gy]", 40.0),
        "near-maximum": ("D2%[Gy]", 40 + 10 - 0.02 * 20),
        "mean": ("Mean[Gy]", 40.0),
        "homogeneity index": ("HI", 0.96 * 20 / 40),
    }
    for name, (metric, truth) in expected.items():
        assert found.values[name].name == metric
        assert found.values[name].value == pytest.approx(truth, abs=0.01)


def test_a_small_target_reports_35_cubic_millimetres() -> None:
    (found,) = reported(cube(1, "GTV", 5.0))
    assert found.rule.startswith("ICRU 91")
    share = 0.035 / 1.0
    assert found.values["near-maximum"].name == "D0.035cc[Gy]"
    assert found.values["near-maximum"].value == pytest.approx(45 - share * 10, abs=0.01)
    assert found.values["near-minimum"].name == "DC0.035cc[Gy]"
    assert found.values["near-minimum"].value == pytest.approx(35 + share * 10, abs=0.01)
    assert "check the original" in found.verification


def test_targets_are_reported_and_what_lies_around_one_is_not() -> None:
    names = ["GTVp1", "CTV", "PTV_ring", "PTV_Bladder", "Rectum", "PTV"]
    found = reported(*(cube(number, name, 10.0) for number, name in enumerate(names)))
    assert [(r.structure, r.kind) for r in found] == [
        ("GTVp1", "GTV"),
        ("CTV", "CTV"),
        ("PTV_Bladder", "PTV"),
        ("PTV", "PTV"),
    ]
