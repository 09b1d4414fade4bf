"""What a dose or plan says that cannot be right, and what is missing of it, is said or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io import (
    Beam,
    ContradictionError,
    DicomIoError,
    DoseGrid,
    FractionGroup,
    GridField,
    GridGeometry,
    Plan,
    Prescription,
    compute_dvhs,
    load_study,
)
from dicom_io.objects import stack_planes
from dicom_io.study.reconcile import fractions_doubt


def plan_of(
    n_fractions: int,
    *beam_doses: float | None,
    prescription: float | None,
    points: tuple[tuple[float, float, float] | None, ...] = (),
) -> Plan:
    group = FractionGroup(
        number=1,
        n_fractions_planned=n_fractions,
        beam_numbers=tuple(range(1, len(beam_doses) + 1)),
        beam_doses_gy=beam_doses,
        beam_dose_points_mm=points,
    )
    reference = Prescription(
        structure_type="SITE",
        reference_type="TARGET",
        description="",
        target_prescription_gy=prescription,
        referenced_roi_number=None,
    )
    return Plan(
        label="P",
        sop_instance_uid="1.2",
        frame_of_reference_uid="1.3",
        structure_set_uid="1.4",
        fraction_groups=(group,),
        prescriptions=(reference,),
        radiation_types=("PHOTON",),
        approval_status="",
        intent="",
        date="",
        beams=tuple(
            Beam(number=k, name="", radiation_type="PHOTON", delivery_type="TREATMENT")
            for k in range(1, len(beam_doses) + 1)
        ),
    )


@pytest.mark.parametrize("n_fractions", [100, 20, 16, 6, 1])
def test_fractions_that_contradict_the_plans_own_beam_doses_are_not_known(n_fractions: int) -> None:
    """35 Gy in fractions of 3.5 Gy are 10: twice, ten times, 1.6 times as many or fewer contradict it."""
    doubt = fractions_doubt(36.0, plan_of(n_fractions, 1.5, 2.0, prescription=35.0))
    assert doubt is not None
    assert "3.5 Gy in each fraction" in doubt
    assert fractions_doubt(36.0, plan_of(10, 1.5, 2.0, prescription=35.0)) is None


def test_without_a_prescription_the_dose_maximum_is_what_beam_doses_are_held_against() -> None:
    assert fractions_doubt(36.0, plan_of(20, 3.5, prescription=None)) is None
    assert fractions_doubt(36.0, plan_of(40, 3.5, prescription=None)) is not None
    assert fractions_doubt(None, plan_of(40, 3.5, prescription=None)) is None


def test_more_than_a_hundred_fractions_are_asked_back() -> None:
    assert "120 fractions" in (fractions_doubt(60.0, plan_of(120, None, prescription=60.0)) or "")
    assert fractions_doubt(60.0, plan_of(100, None, prescription=60.0)) is None


def test_beam_doses_at_points_far_apart_are_not_added() -> None:
    """Five targets of 20 Gy, each with a beam of its own, are no plan of 100 Gy."""
    points = tuple((30.0 * k, 0.0, 0.0) for k in range(5))
    assert fractions_doubt(25.0, plan_of(1, *[20.0] * 5, prescription=20.0, points=points)) is None
    assert fractions_doubt(25.0, plan_of(1, *[20.0] * 5, prescription=20.0)) is not None


@given(
    n_fractions=st.integers(1, 40),
    per_fraction=st.floats(1.0, 20.0),
    share=st.floats(0.05, 0.95),
    factor=st.floats(1.6, 20.0),
    fewer=st.booleans(),
)
def test_law_a_factor_of_more_than_one_and_a_half_is_doubted_in_both_directions(
    n_fractions: int, per_fraction: float, share: float, factor: float, fewer: bool
) -> None:
    """Beam doses times fractions beyond 1.5 times the prescription, or below it by as much, are doubted."""
    total = n_fractions * per_fraction
    doses = (share * per_fraction, (1 - share) * per_fraction)
    assert fractions_doubt(total, plan_of(n_fractions, *doses, prescription=total)) is None
    prescription = total / factor if fewer else total * factor
    assert fractions_doubt(total, plan_of(n_fractions, *doses, prescription=prescription)) is not None


def test_a_group_without_beams_adds_no_fractions(made, tmp_path) -> None:
    plan = made.plan(groups={1: (28, (1, 2))})
    empty = made.filled(FractionGroupNumber=2, NumberOfFractionsPlanned=1, NumberOfBeams=0)
    plan.FractionGroupSequence.append(empty)
    dose = made.dose(np.full((2, 3, 4), 5040))
    chosen = load_study(made.write(tmp_path, p=plan, s=made.structure_set(), d=dose)).select()
    assert chosen.n_fractions == 28
    assert "fraction group 2 has no beam" in " ".join(chosen.findings)


def test_planned_fractions_below_zero_are_impossible(made, tmp_path) -> None:
    folder = made.write(tmp_path, p=made.plan(groups={1: (-25, (1,))}), s=made.structure_set(), d=made.dose())
    with pytest.raises(DicomIoError, match="NumberOfFractionsPlanned is -25"):
        load_study(folder).select()


def test_a_dose_of_treatment_records_is_held_against_the_prescription_and_its_fractions_are_unknown(
    made, tmp_path
) -> None:
    one = made.dose(np.full((2, 3, 4), 180), DoseSummationType="RECORD")
    folder = made.write(tmp_path / "one", p=made.plan(), s=made.structure_set(), d=one)
    with pytest.raises(ContradictionError, match="the dose of one fraction"):
        load_study(folder).select()
    whole = made.dose(np.full((2, 3, 4), 5040), DoseSummationType="RECORD")
    folder = made.write(tmp_path / "all", p=made.plan(), s=made.structure_set(), d=whole)
    chosen = load_study(folder).select()
    assert chosen.n_fractions is None
    assert "RECORD" in chosen.n_fractions_reason


@pytest.mark.parametrize(
    "words", ["EQD2, alpha/beta 3 Gy", "Sum in BED", "eqd2_sum", "biologically effective"]
)
def test_a_physical_dose_whose_words_say_eqd2_or_bed_is_named(made, tmp_path, words: str) -> None:
    dose = made.dose(np.full((2, 3, 4), 5040), SeriesDescription=words)
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert "own words (SeriesDescription) say EQD2 or BED" in " ".join(chosen.findings)


def test_a_bed_is_furniture(made, tmp_path) -> None:
    dose = made.dose(np.full((2, 3, 4), 5040), SeriesDescription="without bed, embedded")
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert "own words" not in " ".join(chosen.findings)


def test_centigray_written_as_gray_is_asked_about_without_a_plan_too(made, tmp_path) -> None:
    dose = made.dose(np.full((2, 3, 4), 50400), DoseGridScaling=0.1)
    chosen = load_study(made.write(tmp_path, s=made.structure_set(), d=dose)).select()
    assert "were cGy written as Gy?" in " ".join(chosen.findings)


def test_names_are_had_whatever_the_dose_is(made, tmp_path) -> None:
    dose = made.dose(np.full((2, 3, 4), 5040), DoseType="EFFECTIVE")
    study = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose))
    chosen = study.select(require=("structures",))
    assert chosen.structure_set is not None
    assert chosen.dose is None
    assert "the dose is not used" in " ".join(chosen.findings)
    with pytest.raises(DicomIoError, match="EFFECTIVE"):
        study.select()


@pytest.mark.parametrize("silent", ["dose", "structures"])
def test_a_frame_of_reference_that_one_side_does_not_state_is_refused_in_true_words(
    made, tmp_path, silent: str
) -> None:
    dose, structures = made.dose(np.full((2, 3, 4), 5040)), made.structure_set()
    if silent == "dose":
        del dose.FrameOfReferenceUID
    else:
        for roi in structures.StructureSetROISequence:
            del roi.ReferencedFrameOfReferenceUID
        for name in ("FrameOfReferenceUID", "ReferencedFrameOfReferenceSequence"):
            if name in structures:
                delattr(structures, name)
    study = load_study(made.write(tmp_path, p=made.plan(), s=structures, d=dose))
    chosen = study.select()
    told = f"frame of reference of the {silent} is not stated"
    assert told in " ".join(chosen.findings)
    with pytest.raises(ContradictionError, match=told):
        compute_dvhs(chosen.structure_set.structures, GridField.of(chosen.dose))


def _field(offsets: list[float]) -> GridField:
    geometry = replace(
        GridGeometry.axial(shape=(len(offsets), 3, 3), origin=(0, 0, 0), spacing=(3.0, 5.0, 5.0)),
        frame_offsets=np.array(offsets),
    )
    dose = DoseGrid(
        geometry=geometry,
        dose_gy=np.full(geometry.shape, 20, dtype=np.float32),
        frame_of_reference_uid="1.2",
    )
    return GridField.of(dose)


@pytest.mark.parametrize(
    ("offsets", "hole"),
    [
        ([0, 3, 6, 36, 39, 42], (6, 36)),
        ([0, 3, 6, 12, 15, 18], (6, 12)),
        ([0, 3, 6, 9, 24], (9, 24)),
        ([0, 30, 33, 36], (0, 30)),
        ([0, 3, 6, 21, 36, 39, 42], (6, 36)),
    ],
)
def test_what_lies_between_frames_that_are_missing_is_not_covered(offsets, hole) -> None:
    field = _field(offsets)
    heights = np.linspace(offsets[0], offsets[-1], 85)
    values = field.sample(np.stack([np.full(85, 5.0), np.full(85, 5.0), heights], axis=1))
    in_hole = (heights > hole[0] + 1e-3) & (heights < hole[1] - 1e-3)
    on_frame = np.isclose(heights[:, None], offsets).any(axis=1)
    assert np.isnan(values[in_hole & ~on_frame]).all()
    assert values[~in_hole] == pytest.approx(20)
    assert "has no frames between" in field.findings[0]


@pytest.mark.parametrize("offsets", [[0, 3, 6, 9], [0, 3, 6, 11, 16, 21, 26], [0, 2, 4.5, 7, 9], [0, 5]])
def test_uneven_frames_without_a_hole_are_covered(offsets) -> None:
    assert _field(offsets).findings == ()


def test_a_plane_missing_among_single_plane_files_is_a_hole() -> None:
    planes = [
        DoseGrid(
            geometry=GridGeometry.axial(shape=(1, 3, 3), origin=(0, 0, z), spacing=(3.0, 5.0, 5.0)),
            dose_gy=np.full((1, 3, 3), 20, dtype=np.float32),
            frame_of_reference_uid="1.2",
        )
        for z in (0, 3, 6, 18, 21, 24)
    ]
    stacked = stack_planes(planes)
    assert "between z 6 and 18 mm" in stacked.findings[0]
    assert np.isnan(GridField.of(stacked).sample(np.array([[5.0, 5, 12]]))).all()


def test_the_largest_whole_number_is_no_dose_where_nothing_else_comes_near(made, tmp_path) -> None:
    stored = np.full((2, 3, 4), 5040, dtype=np.uint32)
    stored[0, 0, 0] = 0x7FFFFFFF
    dose = made.dose(stored, BitsAllocated=32, BitsStored=32, HighBit=31)
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert chosen.dose is not None
    assert chosen.dose.dose_gy.max() == pytest.approx(50.4)
    assert int(np.isnan(GridField.of(chosen.dose).values).sum()) == 1
    assert "1 of 24 voxels hold the largest whole number" in " ".join(chosen.findings)


def test_a_grid_scaled_to_the_largest_whole_number_keeps_its_maximum(made, tmp_path) -> None:
    stored = np.linspace(2**30, 2**31 - 1, 24).astype(np.uint32).reshape(2, 3, 4)
    scaling = 50.4 / (2**31 - 1)
    dose = made.dose(stored, BitsAllocated=32, BitsStored=32, HighBit=31, DoseGridScaling=scaling)
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert chosen.dose is not None
    assert chosen.dose.covered is None
    assert chosen.dose.dose_gy.max() == pytest.approx(50.4)


@pytest.mark.parametrize(("first", "z"), [("4.44e-16", 0.0), ("-7.04", -7.0)])
def test_a_first_offset_that_rounding_moved_is_none(made, tmp_path, first: str, z: float) -> None:
    """4e-16 is 0, and an absolute offset rounded by 0.04 mm is the position."""
    dose = made.dose(np.full((2, 3, 4), 5040))
    steps = [float(value) - float(dose.GridFrameOffsetVector[0]) for value in dose.GridFrameOffsetVector]
    position = [float(value) for value in dose.ImagePositionPatient]
    position[2] = z
    dose.ImagePositionPatient = position
    start = float(first)
    dose.GridFrameOffsetVector = [f"{start + step:.6g}" for step in steps[:1]] + [
        f"{(z if z else 0.0) + step:.6g}" for step in steps[1:]
    ]
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=dose)).select()
    assert chosen.dose is not None
    assert chosen.dose.geometry.frame_offsets == pytest.approx(steps, abs=0.05)
