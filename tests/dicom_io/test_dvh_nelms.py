"""The DVH phantom of Nelms et al. (2015): contours and doses written by another system, known answers.

Where the solid is a prism of its contours, or the gradient lies in the contour planes, slabs and ideal solid
have the same dose distribution, and the published answers bind.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dicom_io.dvh import DVH, compute_dvh
from dicom_io.field import GridField
from dicom_io.readers.rtdose import read_dose
from dicom_io.readers.rtstruct import read_structure_set

DOSES = {"Dmin": "Min[Gy]", "Dmax": "Max[Gy]", "Dmean": "Mean[Gy]", "D99": "D99%[Gy]", "D95": "D95%[Gy]"}
DOSES |= {"D5": "D5%[Gy]", "D1": "D1%[Gy]", "D0.03cc": "D0.03cc[Gy]"}
GRADIENTS = {"Z(AP)": "AntPost", "Y(SI)": "SupInf"}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "dicom" / "nelms_dvh_phantom_sphere_cylinder"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "ANALYTICAL" / "dose_points.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if row["CT slice spacing (mm)"] == f"{row['Dose Voxel (mm)']}mm"]


def dvh_of(folder: Path, row: dict[str, str]) -> DVH:
    drawn = read_structure_set(folder / "STRUCTURES" / f"{row['Structure name']}.dcm")
    (structure,) = (one for one in drawn.structures if one.name != "POI_1")
    gradient = GRADIENTS[row["Gradient direction"]]
    dose = read_dose(folder / "DOSE_GRIDS" / f"Linear_{gradient}_{row['Dose Voxel (mm)']}mm_Aligned.dcm")
    return compute_dvh(structure, GridField.of(dose))


def test_published_doses_are_met_where_slabs_and_solid_agree(folder: Path) -> None:
    seen = 0
    for row in rows_of(folder):
        if row["Gradient direction"] != "Z(AP)" and not row["Structure name"].startswith("Cylinder"):
            continue
        dvh = dvh_of(folder, row)
        for column, metric in DOSES.items():
            assert dvh.metric(metric).value == pytest.approx(float(row[column]) / 100, rel=0.006), (
                row["Structure name"],
                column,
            )
            seen += 1
    assert seen == 8 * 24


def test_volumes_of_prisms_are_the_published_ones(folder: Path) -> None:
    for row in rows_of(folder):
        if row["Structure name"].startswith("Cylinder"):
            assert dvh_of(folder, row).volume_cc == pytest.approx(float(row["Total Volume (cc)"]), rel=2e-4)
