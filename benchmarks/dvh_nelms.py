"""The DVH phantom of Nelms et al. (Med Phys 42:4435, 2015): files of another system, analytical answers.

Sphere, cylinder and rotated cylinder drawn in Pinnacle, linear dose grids of 1, 2 and 3 mm. Counts the
tabulated parameters that are off by more than 3 %, as the paper does, for equal slice and dose spacing.
The analytical answers are those of the ideal solids (with half-slice end caps), not of the polygons.

Run: ``python benchmarks/dvh_nelms.py FOLDER [--rows]``
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from dicom_io.dvh import DVH, compute_dvh
from dicom_io.field import GridField
from dicom_io.readers.rtdose import read_dose
from dicom_io.readers.rtstruct import read_structure_set

PARAMETERS = {
    "Total Volume (cc)": None,
    "Dmin": "Min[Gy]",
    "Dmax": "Max[Gy]",
    "Dmean": "Mean[Gy]",
    "D99": "D99%[Gy]",
    "D95": "D95%[Gy]",
    "D5": "D5%[Gy]",
    "D1": "D1%[Gy]",
    "D0.03cc": "D0.03cc[Gy]",
}
DIRECTIONS = {"Z(AP)": "AntPost", "Y(SI)": "SupInf"}


def dvh_of(folder: Path, row: dict[str, str]) -> DVH:
    name, spacing = row["Structure name"], row["Dose Voxel (mm)"]
    drawn = read_structure_set(folder / "STRUCTURES" / f"{name}.dcm")
    grid = f"Linear_{DIRECTIONS[row['Gradient direction']]}_{spacing}mm_Aligned.dcm"
    field = GridField.of(read_dose(folder / "DOSE_GRIDS" / grid))
    (structure,) = (one for one in drawn.structures if one.name != "POI_1")
    return compute_dvh(structure, field)


def differences(folder: Path, row: dict[str, str]) -> dict[str, float]:
    """Percent off, by parameter."""
    dvh, found = dvh_of(folder, row), {}
    for column, metric in PARAMETERS.items():
        value = dvh.volume_cc if metric is None else dvh.metric(metric).value
        exact = float(row[column]) / (1 if metric is None else 100)
        found[column] = 100 * (value / exact - 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", action="store_true", help="print every case")
    args = parser.parse_args()
    with (args.folder / "ANALYTICAL" / "dose_points.csv").open(encoding="utf-8-sig") as stream:
        rows = [row for row in csv.DictReader(stream) if "x" not in row["Dose Voxel (mm)"]]
    off = dict.fromkeys(PARAMETERS, 0)
    equal = equal_off = 0
    for row in rows:
        found = differences(args.folder, row)
        beyond = [name for name, percent in found.items() if abs(percent) > 3]
        for name in beyond:
            off[name] += 1
        if row["CT slice spacing (mm)"] == f"{row['Dose Voxel (mm)']}mm":
            equal += len(found) - 1
            equal_off += len([name for name in beyond if name != "Total Volume (cc)"])
        if args.rows:
            numbers = " ".join(f"{name} {percent:+.2f}" for name, percent in found.items())
            case = f"{row['Structure name']:>22} {row['Dose Voxel (mm)']} mm {row['Gradient direction']}"
            print(f"{case}: {numbers}")
    print(f"{len(rows)} cases; off by more than 3 %: {off}")
    print(f"equal slice and dose spacing: {equal_off} of {equal} doses off by more than 3 %")


if __name__ == "__main__":
    main()
