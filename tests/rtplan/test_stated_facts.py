"""Numbers that anyone can work out by hand, through the public interface and through the commands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import rtplan
from bed.lq import LQ, eqd2
from bed.quantity import EQD2
from bed.regimen import Regimen
from bed.retreatment import recovery_rule
from dicom_io import DoseGrid, GridGeometry, identity
from dicom_io.objects import GridField
from rtplan.cli import main

POINT = np.array([[1.0, 1.0, 1.0]])
NOW = "2024-02-05"


def part(gy: float, n: int) -> rtplan.DosePart:
    grid = GridGeometry.axial(shape=(3, 3, 3), origin=(0, 0, 0), spacing=(1.0, 1.0, 1.0))
    dose = DoseGrid(geometry=grid, dose_gy=np.full((3, 3, 3), gy, np.float32), frame_of_reference_uid="1.2")
    return rtplan.DosePart(
        course=f"{gy:g} Gy in {n}", dose=GridField.of(dose), n_fractions=n, transform=identity("1.2")
    )


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) in (0, 1)
    return json.loads(capsys.readouterr().out)


def reirradiated(
    boxes: ModuleType,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    before: tuple[float, int],
    now: tuple[float, int],
    *words: str,
    beyond: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return the one row of two uniform courses, given as (Gy, fractions).

    `beyond` is a y, in mm, from which on the new course gave another dose, in Gy.
    """

    def new_dose(points: np.ndarray) -> np.ndarray:
        everywhere = np.full(points.shape[:-1], now[0])
        return everywhere if beyond is None else np.where(points[..., 1] > beyond[0], beyond[1], everywhere)

    first = boxes.uniform(before[0])
    boxes.write_course(
        folder / "before", first, n=before[1], prescription=before[0], tail="11", date="20230401"
    )
    boxes.write_course(folder / "now", new_dose, n=now[1], prescription=now[0], tail="22", date="20240129")
    (row,) = printed(
        capsys,
        *("reirradiate", "--new", str(folder / "now"), "--new-starts", NOW),
        *("--prior", str(folder / "before"), "--prior-ended", "2023-06-01"),
        *("--metric", "Max[Gy]", *words),
    )["organs"]
    return row  # type: ignore[no-any-return]


def test_25_gy_in_5_after_50_gy_in_25_at_alpha_beta_3_is_90_gy(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """50 (2 + 3)/5 + 25 (5 + 3)/5 = 50 + 40."""
    model = LQ(alpha_beta=3)
    total = model.eqd2_of(Regimen.parse("50Gy/25")) + model.eqd2_of(Regimen.parse("25Gy/5"))
    assert isinstance(total, EQD2)
    assert total.gy == pytest.approx(90.0, abs=1e-9)
    field = rtplan.accumulate([part(50.0, 25), part(25.0, 5)], alpha_beta=3)
    assert field.sample(POINT) == pytest.approx([90.0], abs=1e-5)
    said = printed(
        capsys, "sum", "50Gy/25@2023-06-01", f"25Gy/5@{NOW}", "--alpha-beta", "3", "--limit", "100"
    )
    assert said["rows"][0]["cumulative_eqd2_gy"] == pytest.approx(90.0, abs=1e-9)
    row = reirradiated(boxes, tmp_path, capsys, (50.0, 25), (25.0, 5), "--tissue", "Rectum=3")
    assert row["voxel_sum_gy"] == pytest.approx(90.0, abs=1e-4)
    assert row["bounds_gy"] == pytest.approx([90.0, 90.0], abs=1e-4)
    assert row["sum_of_point_maxima_gy"] == pytest.approx(90.0, abs=1e-4)


def test_a_12_gy_voxel_of_50_gy_in_5_at_alpha_beta_2_is_13_2_gy(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """12 (2.4 + 2)/4: the voxel's own 2.4 Gy per fraction, not the prescription's 10 Gy."""
    assert eqd2(12.0, 5, 2) == pytest.approx(13.2, abs=1e-9)
    assert rtplan.accumulate([part(12.0, 5)], alpha_beta=2).sample(POINT) == pytest.approx([13.2], abs=1e-5)
    row = reirradiated(
        boxes, tmp_path, capsys, (2.0, 1), (50.0, 5), "--tissue", "SpinalCord=2", beyond=(16.0, 12.0)
    )
    assert row["courses"][1]["eqd2_gy"] == pytest.approx(13.2, abs=1e-4)
    assert row["courses"][1]["physical_gy"] == pytest.approx(12.0, abs=1e-4)


def test_25_percent_recovery_of_25_gy_in_5_at_alpha_beta_3_leaves_30_gy(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """25 (5 + 3)/5 = 40, and 40 (1 - 0.25) = 30."""
    rule = recovery_rule("michigan-2019", tissue="Rectum")
    days = (date(2024, 2, 5) - date(2023, 6, 1)).days
    assert rule.fraction(days) == pytest.approx(0.25)
    left = rule.apply(LQ(alpha_beta=3).eqd2_of(Regimen.parse("25Gy/5")), interval_days=days)
    assert left.gy == pytest.approx(30.0, abs=1e-9)
    said = printed(
        capsys,
        *("sum", "25Gy/5@2023-06-01", f"50Gy/25@{NOW}", "--alpha-beta", "3"),
        *("--recovery", "michigan-2019", "--tissue", "Rectum"),
    )
    # 50 Gy in 25 are 50 Gy EQD2, so the rest of the sum is what is left of the first course.
    assert said["rows"][0]["with_recovery_eqd2_gy"] - 50.0 == pytest.approx(30.0, abs=1e-9)
    assert said["rows"][0]["cumulative_eqd2_gy"] == pytest.approx(90.0, abs=1e-9)
    row = reirradiated(
        boxes,
        tmp_path,
        capsys,
        (25.0, 5),
        (50.0, 25),
        *("--tissue", "Rectum=3", "--recovery", "michigan-2019"),
    )
    assert row["with_recovery_gy"] - 50.0 == pytest.approx(30.0, abs=1e-4)
    assert row["voxel_sum_gy"] == pytest.approx(90.0, abs=1e-4)
    assert row["courses"][0]["recovered_fraction"] == pytest.approx(0.25)
