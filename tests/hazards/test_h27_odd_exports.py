"""H27: odd exports: one RTDOSE per plane, prescription kept in organ lists."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import AmbiguousStudyError, ContradictionError, load_study, read_plan


def _plane(made, z, gy, **changes):
    basis = {
        "NumberOfFrames": None,
        "GridFrameOffsetVector": None,
        "ImagePositionPatient": [-10, -20, z],
        "SOPInstanceUID": f"1.2.826.0.1.2.{round(z * 10)}",
    }
    return made.dose(np.full((1, 3, 4), gy * 100), **{**basis, **changes})


def _course(made, folder, *planes):
    named = {f"plane{place}": plane for place, plane in enumerate(planes)}
    return load_study(made.write(folder, p=made.plan(), s=made.structure_set(), **named))


def test_one_dose_file_per_plane_becomes_one_grid(made, tmp_path):
    planes = [_plane(made, z, gy) for z, gy in ((35, 52), (30, 50), (32.5, 51))]
    chosen = _course(made, tmp_path, *planes).select()
    assert chosen.dose.geometry.shape == (3, 3, 4)
    np.testing.assert_allclose(chosen.dose.dose_gy[:, 0, 0], [50, 51, 52])
    np.testing.assert_allclose(chosen.dose.geometry.to_patient([2, 0, 0]), [-10, -20, 35])
    assert "plane by plane: 3 files are stacked" in " ".join(chosen.findings)


@pytest.mark.parametrize(
    "odd",
    [
        {"ImagePositionPatient": [-11, -20, 35]},
        {"PixelSpacing": [2, 2]},
        {"ImagePositionPatient": [-10, -20, 30]},
        {"FrameOfReferenceUID": "1.2.3"},
    ],
)
def test_planes_that_are_no_stack_are_refused(made, tmp_path, odd):
    planes = [_plane(made, 30, 50), _plane(made, 32.5, 51), _plane(made, 35, 52, **odd)]
    with pytest.raises(ContradictionError):
        _course(made, tmp_path, *planes).select()


def test_a_plane_beside_a_grid_is_no_stack(made, tmp_path):
    grid = made.dose(np.full((2, 3, 4), 5000), SOPInstanceUID="1.2.3")
    with pytest.raises(AmbiguousStudyError, match="2 doses fit"):
        _course(made, tmp_path, _plane(made, 30, 50), grid).select()


def test_a_maximum_for_an_organ_is_not_taken_for_the_prescription(made):
    organ = made.filled(
        DoseReferenceNumber=1,
        DoseReferenceStructureType="VOLUME",
        DoseReferenceType="ORGAN_AT_RISK",
        OrganAtRiskMaximumDose=45,
        DeliveryMaximumDose=46,
    )
    read = read_plan(made.as_bytes(made.plan(DoseReferenceSequence=[organ])))
    assert read.prescription_gy is None
    assert "1 of its dose references hold a maximum for an organ" in " ".join(read.findings)
    assert read.prescriptions[0].organ_at_risk_maximum_gy == 45


def test_real_plans_that_keep_their_prescription_there_say_so(shared_data):
    read = read_plan(shared_data / "dicom" / "small_objects" / "RP.brachyvision_hdr_water.dcm")
    assert read.prescription_gy is None
    assert "2 of its dose references hold a maximum" in " ".join(read.findings)
