"""dicompyler-core as second engine: in its own process, its faults worked around or named."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom.dicomio
import pytest

from dicom_io import DoseGrid, GridField, compute_dvh, read_dose, read_structure_set
from dicom_io.comparison import cross_check, known_limits
from dicom_io.errors import DicomReadError


@pytest.fixture(scope="module")
def box(made: ModuleType) -> tuple[bytes, bytes]:
    """A box of 80 x 80 x 30 mm in a dose that rises along x, drawn on planes 2.5 mm apart."""
    planes = [made.square(z, half=40.0) for z in np.arange(0.0, 30.0, 2.5)]
    structures = made.structure_set([made.roi(7, "Box", planes), made.roi(8, "Empty", [])])
    x = np.broadcast_to(np.arange(50), (20, 50, 50)) * 100
    dose = made.dose(
        x,
        scaling=0.01,
        ImagePositionPatient=[-49, -49, -10],
        PixelSpacing=[2, 2],
        GridFrameOffsetVector=[2.5 * k for k in range(20)],
    )
    return made.as_bytes(structures), made.as_bytes(dose)


def dose_of(content: bytes) -> DoseGrid:
    return read_dose(content)


def test_both_engines_agree_on_a_box_in_a_linear_dose(box: tuple[bytes, bytes]) -> None:
    """The box holds 192 cc at a mean of 24.5 Gy; the engines share no code."""
    structures = read_structure_set(box[0]).structures
    found = cross_check(*box, structures, timeout_s=120)
    ours = compute_dvh(structures[0], GridField.of(dose_of(box[1])))
    theirs = found.dvhs[7]
    assert found.engine.startswith("dicompyler-core ")
    assert ours.volume_cc == pytest.approx(192.0)
    assert theirs.volume_cc == pytest.approx(192.0, rel=0.06)
    for engine in (ours, theirs):
        assert engine.metric("Mean[Gy]").value == pytest.approx(24.5, abs=0.02)
    assert found.dvhs[8].metric("Mean[Gy]").value is None


def test_nothing_is_patched_in_this_process(box: tuple[bytes, bytes]) -> None:
    cross_check(*box, read_structure_set(box[0]).structures[:1], timeout_s=120)
    assert not hasattr(pydicom.dicomio, "read_file")


def test_absolute_frame_offsets_give_the_same_doses(made: ModuleType, box: tuple[bytes, bytes]) -> None:
    with_absolute = pydicom.dcmread(BytesIO(box[1]))
    with_absolute.GridFrameOffsetVector = [-10 + 2.5 * k for k in range(20)]
    structures = read_structure_set(box[0]).structures[:1]
    found = cross_check(box[0], made.as_bytes(with_absolute), structures, timeout_s=120).dvhs[7]
    assert found.metric("Mean[Gy]").value == pytest.approx(24.5, abs=0.02)


def test_open_contours_are_no_areas_and_files_without_meta_information_work(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "monaco_tg119_ffs"
    structures = read_structure_set(folder / "RTStructures_TESTEIMRT.dcm").structures
    (chosen,) = (structure for structure in structures if structure.name == "PTV")
    content = [
        (folder / name).read_bytes() for name in ("RTStructures_TESTEIMRT.dcm", "RTDose_TESTEIMRT.dcm")
    ]
    ptv = cross_check(content[0], content[1], [chosen], timeout_s=120).dvhs[chosen.number]
    assert ptv.volume_cc == pytest.approx(81.4, rel=0.02)


def test_its_known_faults_are_named(made: ModuleType, box: tuple[bytes, bytes]) -> None:
    field = GridField.of(dose_of(box[1]))
    drawn = [
        made.roi(1, "small", [made.square(z, half=3.0) for z in (0.0, 2.5)]),
        made.roi(2, "uneven", [made.square(z, half=40.0) for z in (0.0, 2.5, 5.0, 10.0)]),
        made.roi(3, "outside", [made.square(z, half=40.0) for z in np.arange(30.0, 60.0, 2.5)]),
    ]
    small, uneven, outside = read_structure_set(made.as_bytes(made.structure_set(drawn))).structures
    told = [
        " ".join(known_limits(structure, compute_dvh(structure, field), field.geometry))
        for structure in (small, uneven, outside)
    ]
    assert "whole dose voxels" in told[0]
    assert "smallest distance between contour planes" in told[1]
    assert "outside the dose grid" in told[2]


def test_failures_of_the_other_engine_show_no_text_of_it(
    box: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    structures = read_structure_set(box[0]).structures
    garbage = cross_check(b"Zzsurname" * 50, b"Zzgiven" * 50, structures, timeout_s=120)
    assert {dvh.reason for dvh in garbage.dvhs.values()} == {"it fails with AttributeError"}

    def never_ends(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired(cmd="Zzsurname", timeout=1)

    monkeypatch.setattr(subprocess, "run", never_ends)
    with pytest.raises(DicomReadError, match="did not end within 5 s"):
        cross_check(*box, structures, timeout_s=5)
