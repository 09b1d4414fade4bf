"""H08: EQD2 added to physical dose, or converted twice."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedTypeError
from bed.quantity import EQD2, PhysicalDose
from dicom_io import DicomIoError, GridField, GridGeometry, identity, load_study
from rtplan.cli import main
from rtplan.errors import RtplanTypeError
from rtplan.sums import DosePart, PhysicalField

GRID = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1.0, 1.0, 1.0))


def test_physical_dose_and_eqd2_do_not_add() -> None:
    with pytest.raises(BedTypeError, match="physical dose"):
        EQD2(gy=40.0, alpha_beta=3.0) + PhysicalDose(gy=10.0)


def test_physical_doses_of_two_courses_are_never_summed() -> None:
    def part(course: str) -> DosePart:
        field = GridField(geometry=GRID, values=np.full((2, 2, 2), 20.0), frame_of_reference_uid="1.2")
        return DosePart(course=course, dose=field, n_fractions=5, transform=identity("1.2"))

    with pytest.raises(RtplanTypeError, match="convert each to EQD2"):
        PhysicalField(parts=(part("first"), part("second")), geometry=GRID)


def test_an_effective_dose_is_no_course_to_be_converted_again(made, tmp_path) -> None:
    folder = made.write(
        tmp_path,
        p=made.plan(),
        s=made.structure_set(),
        d=made.dose(np.full((2, 3, 4), 5200), DoseType="EFFECTIVE"),
    )
    with pytest.raises(DicomIoError):
        load_study(folder).select()


def test_the_command_refuses_an_effective_dose_with_one_message(made, tmp_path, capsys) -> None:
    folder = made.write(
        tmp_path,
        p=made.plan(),
        s=made.structure_set(),
        d=made.dose(np.full((2, 3, 4), 5200), DoseType="EFFECTIVE"),
    )
    words = ["reirradiate", "--new", str(folder), "--prior", "50Gy/25", "--prior-ended", "2020-01-01"]
    words += ["--new-starts", "2024-01-01", "--tissue", "Rectum=3"]
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
