"""Doses of reference points, images of many frames, EFFECTIVE doses: read or named, never taken for else."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dicom_io import GridGeometry, load_study, read_dose, read_effective_dose, read_plan
from dicom_io.errors import DicomReadError, DicomValueError, MissingObjectError
from dicom_io.objects import ReferenceDose
from dicom_io.writers import (
    DoseAttributes,
    ObjectHeader,
    Patient,
    SeriesHeader,
    StudyHeader,
    dose_object,
    encoded,
)


def with_coefficients(made: ModuleType, coefficients: dict[int, dict[int, float]], **changes: object):
    """Return a plan whose beams name dose references at their last control point."""
    plan = made.plan(**changes)
    for beam in plan.BeamSequence:
        named = coefficients.get(int(beam.BeamNumber), {})
        beam.ControlPointSequence = [
            made.filled(ControlPointIndex=0),
            made.filled(
                ControlPointIndex=1,
                ReferencedDoseReferenceSequence=[
                    made.filled(
                        ReferencedDoseReferenceNumber=number, CumulativeDoseReferenceCoefficient=value
                    )
                    for number, value in named.items()
                ],
            ),
        ]
    return plan


def test_beams_of_a_group_add_up_to_the_dose_of_each_reference(made: ModuleType) -> None:
    plan = with_coefficients(made, {1: {1: 1.0, 2: 0.5}, 2: {1: 1.0, 2: 0.25}})
    (group,) = read_plan(made.as_bytes(plan)).fraction_groups
    assert [found.reference_number for found in group.reference_doses] == [1, 2]
    assert group.reference_doses[0].dose_gy == pytest.approx(1.8)
    assert group.reference_doses[1].dose_gy == pytest.approx(0.9 * 0.75)


def test_a_beam_without_its_part_leaves_the_dose_unknown_and_is_named(made: ModuleType) -> None:
    plan = with_coefficients(made, {1: {1: 1.0}, 2: {}})
    (group,) = read_plan(made.as_bytes(plan)).fraction_groups
    assert group.reference_doses == (
        ReferenceDose(reference_number=1, dose_gy=None, beam_numbers_without=(2,)),
    )


def test_setup_beams_and_beams_of_other_groups_add_nothing(made: ModuleType) -> None:
    groups = {1: (20, (1, 2)), 2: (8, (3,))}
    plan = with_coefficients(made, {1: {1: 1.0}, 2: {}, 3: {1: 1.0}}, groups=groups, setup_beams=(2,))
    first, second = read_plan(made.as_bytes(plan)).fraction_groups
    assert first.reference_doses[0].dose_gy == first.beam_doses_gy[0]
    assert second.reference_doses[0].dose_gy == second.beam_doses_gy[0]


def test_the_dose_of_the_target_is_the_prescription_over_the_fractions(shared_data: Path) -> None:
    """A real boost of 14 Gy in 7 fractions: four beams of 0.5 Gy with coefficient 1."""
    plan = read_plan(shared_data / "dicom" / "dicompyler_boost_breast" / "rtplan.dcm")
    target, point = plan.fraction_groups[0].reference_doses
    (site,) = (p for p in plan.prescriptions if p.number == target.reference_number)
    assert target.dose_gy == pytest.approx(site.target_prescription_gy / plan.n_fractions)
    (place,) = (p for p in plan.prescriptions if p.number == point.reference_number)
    assert place.point_mm == pytest.approx((91.918, -319.571, -5.756), abs=1e-3)
    assert point.dose_gy * plan.n_fractions == pytest.approx(place.target_prescription_gy, abs=1e-4)


def test_fraction_groups_of_a_real_composite_name_their_references(shared_data: Path) -> None:
    plan = read_plan(shared_data / "dicom" / "monaco_tg119_ffs" / "RTPlan_TESTEIMRT.dcm")
    assert [group.dose_reference_numbers for group in plan.fraction_groups] == [(1,), (2,), (3,), (4,)]


@pytest.mark.parametrize(
    ("sop_class", "words"),
    [
        ("1.2.840.10008.5.1.4.1.1.2.1", "enhanced CT of many frames"),
        ("1.2.840.10008.5.1.4.1.1.4.1", "enhanced MR of many frames"),
    ],
)
def test_images_of_many_frames_are_named_and_not_read(
    made: ModuleType, tmp_path: Path, sop_class: str, words: str
) -> None:
    folder = made.write(tmp_path / "set", image=made.ct_slice(0.0, SOPClassUID=sop_class))
    with pytest.raises(MissingObjectError, match=words):
        load_study(folder)
    made.write(folder, dose=made.dose(), structures=made.structure_set())
    study = load_study(folder)
    assert study.images == ()
    assert any(words in finding for finding in study.findings)


GRID = GridGeometry.axial(shape=(3, 4, 5), origin=(-10, -20, 30), spacing=(3.0, 2.0, 2.5))
WEIGHTED = DoseAttributes(
    dose_type="EFFECTIVE",
    summation_type="MULTI_PLAN",
    plan_uids=("2.25.4", "2.25.6"),
    comment="EQD2, alpha/beta 3 Gy",
    derivation_description="EQD2 of two courses, alpha/beta 3 Gy, no recovery",
    image_comments='{"alpha_beta_gy": 3}',
)


def written(attributes: DoseAttributes) -> tuple[np.ndarray, bytes]:
    values = np.linspace(0, 60, 60).reshape(GRID.shape)
    header = ObjectHeader(
        patient=Patient(name="Phantom^Test", patient_id="T1"),
        study=StudyHeader(study_instance_uid="2.25.11"),
        series=SeriesHeader(series_instance_uid="2.25.12"),
        frame_of_reference_uid="2.25.13",
    )
    return values, encoded(dose_object(values, GRID, header=header, attributes=attributes))


def test_an_effective_dose_comes_back_with_all_its_statements() -> None:
    values, content = written(WEIGHTED)
    read = read_effective_dose(content)
    np.testing.assert_allclose(read.values, values, atol=1e-6)
    np.testing.assert_allclose(read.geometry.origin, GRID.origin)
    assert (read.comment, read.derivation_description, read.image_comments) == (
        WEIGHTED.comment,
        WEIGHTED.derivation_description,
        WEIGHTED.image_comments,
    )
    assert (read.summation_type, read.plan_uids) == ("MULTI_PLAN", ("2.25.4", "2.25.6"))


def test_effective_and_physical_dose_are_never_read_for_each_other() -> None:
    effective = written(WEIGHTED)[1]
    physical = written(DoseAttributes(dose_type="PHYSICAL", summation_type="PLAN", plan_uids=("2.25.4",)))[1]
    with pytest.raises(DicomValueError, match="physical dose is needed"):
        read_dose(effective)
    with pytest.raises(DicomValueError, match="EFFECTIVE was asked for"):
        read_effective_dose(physical)
    with pytest.raises(DicomReadError):
        read_effective_dose(b"no DICOM")
