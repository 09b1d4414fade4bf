"""Folders with something odd: archives, other objects, brachytherapy, sets of doses, images."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from dicom_io import (
    AmbiguousStudyError,
    ContradictionError,
    DicomReadError,
    DicomValueError,
    DoseGrid,
    GridGeometry,
    MissingObjectError,
    load_study,
    stack_planes,
    sum_doses,
)


def course(made, folder, *, plan=None, dose=None, **more):
    """A study of a plan, a structure set, a dose, and more."""
    given = {
        "p": plan if plan is not None else made.plan(),
        "s": made.structure_set(),
        "d": dose if dose is not None else made.dose(np.full((2, 3, 4), 5200)),
        **more,
    }
    return load_study(made.write(folder, **given))


def archive_of(made, path, *, encrypted=False):
    """A zip archive with one plan; `encrypted` only claims to be."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("plan.dcm", made.as_bytes(made.plan()))
    if encrypted:
        content = bytearray(path.read_bytes())
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(bytes(content))
    return path


def test_an_encrypted_archive_is_named_as_such(made, tmp_path):
    with pytest.raises(MissingObjectError, match=r"cannot be opened .* encrypted"):
        load_study(archive_of(made, tmp_path / "a.zip", encrypted=True))


def test_an_archive_whose_bytes_have_changed_is_damaged(made, tmp_path):
    path = archive_of(made, tmp_path / "a.zip")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"pelvis", b"thorax"))
    with pytest.raises(MissingObjectError, match=r"file 1 of 1: the file is damaged .*BadZipFile"):
        load_study(path)


def test_a_file_that_has_gone_is_named_by_position(made, tmp_path):
    study = course(made, tmp_path)
    (tmp_path / "Zzsurname_p").unlink()
    with pytest.raises(DicomReadError, match=r"file 2 of 3.*cannot be opened") as caught:
        study.select()
    assert str(tmp_path) not in str(caught.value)


def test_a_media_directory_is_counted_and_not_used(made, tmp_path):
    directory = made.filled(SOPClassUID="1.2.840.10008.1.3.10", SOPInstanceUID="1.2.9")
    assert (
        "1 of 4 files are of modality DICOMDIR, not used here" in course(made, tmp_path, i=directory).findings
    )


def test_images_that_say_not_where_they_lie_are_counted(made, tmp_path):
    scout = made.ct_slice(0, ImagePositionPatient=None)
    assert "1 images do not say where they lie" in " ".join(course(made, tmp_path, c=scout).findings)


@pytest.mark.parametrize(
    "odd",
    [
        {"PixelSpacing": [3, 5]},
        {"Rows": 5},
        {"ImagePositionPatient": [-8, -5, 5]},
        {"ImagePositionPatient": [-8, -6, 0]},
    ],
)
def test_images_that_are_no_stack_have_no_grid(made, tmp_path, odd):
    study = course(made, tmp_path, a=made.ct_slice(0), b=made.ct_slice(5, **odd))
    assert study.images[0].geometry is None
    assert study.select().image_geometry is None


def test_of_several_series_that_which_was_drawn_on_is_taken(made, tmp_path):
    drawn_on = made.ct_slice(0)
    other = made.ct_slice(0, SOPInstanceUID="1.2.9.1", SeriesInstanceUID="1.2.9")
    frame = made.filled(
        FrameOfReferenceUID=made.FRAME,
        RTReferencedStudySequence=[
            made.filled(
                RTReferencedSeriesSequence=[
                    made.filled(
                        ContourImageSequence=[made.filled(ReferencedSOPInstanceUID=drawn_on.SOPInstanceUID)]
                    )
                ]
            )
        ],
    )
    structures = made.structure_set(ReferencedFrameOfReferenceSequence=[frame])
    chosen = course(made, tmp_path, s=structures, a=drawn_on, b=other).select()
    assert chosen.images.image_uids == (drawn_on.SOPInstanceUID,)


def test_images_can_be_required(made, tmp_path):
    with pytest.raises(MissingObjectError, match="the images are missing"):
        course(made, tmp_path).select(require=("images",))


def brachy_plan(made, n_setups):
    """A brachytherapy plan of three fractions."""
    group = made.filled(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=3,
        ReferencedBrachyApplicationSetupSequence=[
            made.filled(ReferencedBrachyApplicationSetupNumber=n) for n in range(1, n_setups + 1)
        ],
    )
    setups = [made.filled(ApplicationSetupNumber=n) for n in range(1, n_setups + 1)]
    return made.plan(BeamSequence=None, FractionGroupSequence=[group], ApplicationSetupSequence=setups)


def brachy_dose(made, setup):
    """The dose of one application setup."""
    dataset = made.dose(
        np.full((2, 3, 4), 900), fraction_group=1, DoseSummationType="BRACHY", SOPInstanceUID=f"1.2.{setup}"
    )
    group = dataset.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence[0]
    group.ReferencedBrachyApplicationSetupSequence = [
        made.filled(ReferencedBrachyApplicationSetupNumber=setup)
    ]
    return dataset


def test_application_setups_are_summed_when_all_are_there(made, tmp_path):
    plan = brachy_plan(made, 2)
    both = course(
        made, tmp_path / "both", plan=plan, dose=brachy_dose(made, 1), e=brachy_dose(made, 2)
    ).select()
    np.testing.assert_allclose(both.dose.dose_gy, 18)
    assert both.n_fractions == 3
    with pytest.raises(MissingObjectError, match="application setups 2 missing"):
        course(made, tmp_path / "one", plan=plan, dose=brachy_dose(made, 1)).select()


def test_doses_of_beams_the_plan_does_not_have_are_refused(made, tmp_path):
    dose = made.dose(np.full((2, 3, 4), 5200), beams=(1, 2, 9), DoseSummationType="BEAM")
    with pytest.raises(MissingObjectError, match=r"beams \[9\] that the plan does not have"):
        course(made, tmp_path, dose=dose).select()


def test_beam_doses_that_are_all_zero_are_no_dose(made, tmp_path):
    zero = [
        made.dose(np.zeros((2, 3, 4)), beams=(n,), DoseSummationType="BEAM", SOPInstanceUID=f"1.{n}")
        for n in (1, 2)
    ]
    with pytest.raises(MissingObjectError, match="all doses of the beams are 0 Gy"):
        course(made, tmp_path, dose=zero[0], e=zero[1]).select()


def test_two_sums_of_several_plans_are_not_chosen_between(made, tmp_path):
    sums = [made.dose(DoseSummationType="MULTI_PLAN", SOPInstanceUID=f"1.{n}") for n in (1, 2)]
    with pytest.raises(AmbiguousStudyError, match="2 doses fit"):
        course(made, tmp_path, dose=sums[0], e=sums[1]).select()


def test_one_fraction_groups_dose_without_plan_is_usable_and_says_what_is_not_known(made, tmp_path):
    dose = made.dose(np.full((2, 3, 4), 5200), DoseSummationType="FRACTION", fraction_group=1)
    chosen = load_study(made.write(tmp_path, s=made.structure_set(), d=dose)).select()
    assert "without the plan it is not known whether there are others" in " ".join(chosen.findings)


def test_a_dose_without_reference_is_taken_for_the_only_plans_and_that_is_said(made, tmp_path):
    chosen = course(made, tmp_path, dose=made.dose(np.full((2, 3, 4), 5200), plan_uid=None)).select()
    told = " ".join(chosen.findings)
    assert "refers to no plan; it is taken for that of the plan chosen" in told


def test_a_dose_that_refers_to_two_plans_has_no_number_of_fractions(made, tmp_path):
    dose = made.dose(np.full((2, 3, 4), 5200))
    dose.ReferencedRTPlanSequence = [
        *dose.ReferencedRTPlanSequence,
        made.filled(ReferencedSOPInstanceUID="1.2.3"),
    ]
    chosen = course(made, tmp_path, dose=dose).select()
    assert (chosen.n_fractions, chosen.n_fractions_reason) == (None, "the dose refers to several plans")


def test_a_chosen_dose_must_be_of_the_chosen_plan_and_of_a_course(made, tmp_path):
    foreign = made.dose(np.full((2, 3, 4), 5200), plan_uid="1.2.3", SOPInstanceUID="1.2.77")
    session = made.dose(DoseSummationType="FRACTION_SESSION", SOPInstanceUID="1.2.88")
    study = course(made, tmp_path, e=foreign, f=session)
    with pytest.raises(ContradictionError, match="does not refer to the plan"):
        study.select("pelvis", dose="1.2.77")
    with pytest.raises(DicomValueError, match="FRACTION_SESSION"):
        study.select(dose="1.2.88")
    assert study.select(dose="1.2.77").plan is None


def test_one_fraction_group_chosen_by_name_has_its_own_number_of_fractions(made, tmp_path):
    plan = made.plan(groups={1: (20, (1,)), 2: (8, (2,))})
    first = made.dose(
        np.full((2, 3, 4), 3600), fraction_group=1, DoseSummationType="FRACTION", SOPInstanceUID="1.2.11"
    )
    second = made.dose(
        np.full((2, 3, 4), 1440), fraction_group=2, DoseSummationType="FRACTION", SOPInstanceUID="1.2.22"
    )
    study = course(made, tmp_path, plan=plan, dose=first, e=second)
    assert study.select(dose="2.22").n_fractions == 8
    assert [part.n_fractions for part in study.select().dose_parts] == [20, 8]


def test_plan_without_fraction_groups_has_no_number_of_fractions(made, tmp_path):
    chosen = course(made, tmp_path, plan=made.plan(FractionGroupSequence=None)).select()
    assert chosen.n_fractions_reason == "the plan has no fraction group"
    chosen = course(made, tmp_path / "none", plan=made.plan(groups={1: (None, (1,))})).select()
    assert "does not say how many fractions" in chosen.n_fractions_reason


def test_a_plan_in_another_frame_than_its_dose_is_said(made, tmp_path):
    told = course(made, tmp_path, plan=made.plan(FrameOfReferenceUID="1.2.3")).select().findings
    assert "plan and dose name different frames of reference" in told


def test_treatment_records_of_another_plan_are_not_counted(made, tmp_path):
    chosen = course(
        made, tmp_path, r=made.treatment_record([1], plan_uid="1.2.3"), t=made.ct_slice(0)
    ).select()
    assert chosen.n_fractions_delivered is None
    assert "none of the 1 treatment records refers to the plan chosen" in chosen.findings
    chosen = course(made, tmp_path / "own", r=made.treatment_record([1], ending="OPERATOR")).select()
    assert "at least one beam did not end normally" in " ".join(chosen.findings)


def test_a_name_that_fits_two_objects_is_not_chosen_between(made, tmp_path):
    study = course(made, tmp_path, q=made.plan(SOPInstanceUID="1.2.3"))
    with pytest.raises(AmbiguousStudyError, match="2 plans are called so"):
        study.select("pelvis")


def plane(z, gy, frame="1.2"):
    """A dose of one plane."""
    geometry = GridGeometry.axial(shape=(1, 2, 2), origin=(0, 0, z), spacing=(1, 1, 1))
    return DoseGrid(
        geometry=geometry, dose_gy=np.full((1, 2, 2), gy, dtype=np.float32), frame_of_reference_uid=frame
    )


def test_sums_and_stacks_keep_to_one_frame_of_reference():
    with pytest.raises(ContradictionError, match="different frames"):
        sum_doses([plane(0, 1), plane(0, 1, frame="1.3")], summation_type="PLAN")
    with pytest.raises(ContradictionError, match="same plane"):
        stack_planes([plane(0, 1), plane(0, 2)])
    assert float(sum_doses([plane(0, 1), plane(0, 2)], summation_type="PLAN").dose_gy.max()) == 3
    np.testing.assert_allclose(stack_planes([plane(5, 2), plane(0, 1)]).dose_gy[:, 0, 0], [1, 2])


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((1, 2, 3), np.float32),
        np.zeros((1, 2, 2)),
        np.full((1, 2, 2), -1, np.float32),
        np.full((1, 2, 2), np.nan, np.float32),
    ],
)
def test_a_dose_grid_refuses_other_shapes_types_and_impossible_values(values):
    geometry = GridGeometry.axial(shape=(1, 2, 2), origin=(0, 0, 0), spacing=(1, 1, 1))
    with pytest.raises(DicomValueError):
        DoseGrid(geometry=geometry, dose_gy=values, frame_of_reference_uid="1.2")
