"""A folder to a treatment set: found, linked, labelled, checked; never chosen silently."""

from __future__ import annotations

import hashlib
import os
import warnings
import zipfile

import numpy as np
import pytest

from dicom_io import (
    AmbiguousStudyError,
    ContradictionError,
    DicomIoError,
    DicomReadError,
    DicomValueError,
    MissingObjectError,
    load_study,
)
from dicom_io.study.files import stored_files


def full_dose(made, **changes):
    """A dose whose maximum fits 50.4 Gy."""
    return made.dose(np.full((2, 3, 4), 5200), **changes)


@pytest.fixture
def folder(made, tmp_path):
    """A complete course, in sub-folders, with a text file beside it."""
    made.write(tmp_path / "a", plan=made.plan(), structures=made.structure_set())
    made.write(tmp_path / "a" / "b" / "c", dose=full_dose(made), ct1=made.ct_slice(2.5), ct0=made.ct_slice(0))
    (tmp_path / "Zzsurname notes.txt").write_text("not DICOM")
    return tmp_path


def _say_nothing_secret(made, told: str, *more: str) -> None:
    for secret in (*made.SECRETS, *more):
        assert secret not in told


def test_a_complete_course_is_linked_at_any_depth_and_under_any_name(made, folder):
    chosen = load_study(folder).select()
    assert chosen.plan.sop_instance_uid == made.PLAN
    assert chosen.structure_set.names == ("cord",)
    assert float(chosen.dose.dose_gy.max()) == np.float32(52)
    assert chosen.n_fractions == 28
    assert chosen.n_fractions_reason == ""
    assert chosen.images.modality == "CT"
    np.testing.assert_allclose(chosen.image_geometry.to_patient([1, 0, 0]), [-8, -6, 2.5])
    assert chosen.findings == ("1 of 6 files are not DICOM",)


def test_inputs_carry_role_hash_and_uid_of_every_file_used(made, folder):
    inputs = load_study(folder).select().inputs
    assert [(item.role, item.uid) for item in inputs] == [
        ("plan", made.PLAN),
        ("structures", made.STRUCTURES),
        ("dose", made.DOSE),
    ]
    content = (folder / "a" / "Zzsurname_plan").read_bytes()
    assert inputs[0].sha256 == hashlib.sha256(content).hexdigest()


def test_labels_are_date_uid_tail_and_prescription(folder):
    study = load_study(folder)
    assert [entry.label for entry in study.plans] == ["2023-05-01 …1111 50.4 Gy"]
    assert [entry.label for entry in study.doses] == ["2023-05-01 …3333 PLAN dose of 50.4 Gy"]
    assert [entry.label for entry in study.structure_sets] == ["2023-04-30 …2222 structures"]
    assert [entry.label for entry in study.images] == ["2023-04-29 …1.7 2 CT images"]


def test_labels_that_would_be_alike_take_more_of_the_uid(made, tmp_path):
    made.write(
        tmp_path, one=made.plan(SOPInstanceUID="1.2.31.4444"), two=made.plan(SOPInstanceUID="1.2.32.4444")
    )
    assert [entry.label for entry in load_study(tmp_path).plans] == [
        "2023-05-01 …1.4444 50.4 Gy",
        "2023-05-01 …2.4444 50.4 Gy",
    ]


def test_nothing_shows_a_patient_a_file_name_or_a_path(made, folder):
    study = load_study(folder)
    chosen = study.select()
    shown = repr(study) + repr(chosen.inputs) + str(chosen.findings) + chosen.label + repr(study.plans)
    _say_nothing_secret(made, shown, str(folder), "notes")
    with pytest.raises(MissingObjectError) as caught:
        study.select("no such plan")
    _say_nothing_secret(made, str(caught.value), str(folder))


def test_only_headers_are_read_until_something_is_asked_for(made, tmp_path):
    broken = made.dose(PixelData=bytes(4))
    study = load_study(made.write(tmp_path, plan=made.plan(), dose=broken, structures=made.structure_set()))
    assert len(study.doses) == 1
    with pytest.raises(
        DicomReadError, match=r"…3333 PLAN dose of 50.4 Gy \(file 1 of 3\): .*cut short"
    ) as caught:
        study.select()
    _say_nothing_secret(made, str(caught.value))


def test_a_zip_archive_reads_like_its_folder(folder, tmp_path_factory):
    archive = tmp_path_factory.mktemp("zip") / "course.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in folder.rglob("*"):
            packed.write(path, f"../../{path.relative_to(folder)}" if path.is_file() else path.name)
    before = sorted(archive.parent.parent.rglob("*"))
    unpacked, from_archive = load_study(folder).select(), load_study(archive).select()
    np.testing.assert_array_equal(unpacked.dose.dose_gy, from_archive.dose.dose_gy)
    assert {item.sha256 for item in unpacked.inputs} == {item.sha256 for item in from_archive.inputs}
    assert sorted(archive.parent.parent.rglob("*")) == before


def test_what_an_interrupted_write_left_behind_is_no_object(made, folder, tmp_path_factory):
    before = len(load_study(folder).doses)
    other = made.as_bytes(full_dose(made, SOPInstanceUID="1.2.3.77"))
    (folder / ".rtplan-x2.part").mkdir()
    (folder / ".rtplan-x2.part" / "RD.dcm").write_bytes(other)
    (folder / "a" / ".rtplan-x1.part").write_bytes(other)
    (folder / "a" / ".rtplan-x3.set").write_text("[]")
    archive = tmp_path_factory.mktemp("zip") / "course.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in folder.rglob("*"):
            packed.write(path, path.relative_to(folder))
    assert len(load_study(folder).doses) == len(load_study(archive).doses) == before
    (folder / "a" / ".rtplan-x1.part").rename(folder / "a" / "kept.dcm")
    assert len(load_study(folder).doses) == before + 1


def test_the_list_of_an_archive_is_read_once_however_many_members_are_read(tmp_path, monkeypatch):
    """Reading it again for each member takes time with the square of their number: minutes for 4000."""
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(300):
            packed.writestr(f"{number}.dcm", f"{number}")
    lists = []
    real = zipfile.ZipFile._RealGetContents
    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", lambda self: (lists.append(1), real(self)))
    files = stored_files(archive)
    assert {file.content() for file in files} == {f"{number}".encode() for number in range(300)}
    assert len({file.sha256 for file in files}) == 300
    assert len(lists) == 1


def test_a_packed_member_is_unpacked_once_however_often_its_reader_goes_back(tmp_path, monkeypatch):
    archive = tmp_path / "one.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("1.dcm", bytes(2**22))
    (file,) = stored_files(archive)
    with file.open() as stream:
        monkeypatch.setattr(zipfile.ZipExtFile, "_read1", None)  # what unpacks
        for place in range(2**22 - 9, 0, -(2**12)):
            stream.seek(place)
            assert stream.read(8) == bytes(8)


@pytest.mark.parametrize(
    ("most", "value", "message"),
    [
        ("_MOST_MEMBERS", 2, "3 files, 2 are read at most"),
        ("_ALWAYS_UNPACKED_IN_ALL", 2**20, "would unpack to"),
    ],
)
def test_an_archive_beyond_any_study_is_refused_before_it_is_unpacked(
    tmp_path, monkeypatch, most, value, message
):
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in "abc":
            packed.writestr(name, bytes(2**20))
    assert len(stored_files(archive)) == 3
    monkeypatch.setattr(f"dicom_io.study.files.{most}", value)
    with pytest.raises(DicomReadError, match=message):
        stored_files(archive)


def test_a_broken_archive_is_an_error_of_ours(folder, tmp_path_factory):
    archive = tmp_path_factory.mktemp("zip") / "course.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(folder / "a" / "Zzsurname_plan", "plan")
    content = bytearray(archive.read_bytes())
    content[60:200] = bytes(140)
    archive.write_bytes(bytes(content))
    with pytest.raises(DicomIoError):
        load_study(archive).select(require=("plan",))


def test_one_file_is_a_study_too(folder):
    study = load_study(folder / "a" / "Zzsurname_plan")
    assert len(study.plans) == 1


def test_what_is_not_there_is_named(tmp_path, made):
    with pytest.raises(MissingObjectError, match="no such folder"):
        load_study(tmp_path / "Zzsurname")
    with pytest.raises(MissingObjectError, match="it is empty"):
        load_study(tmp_path)
    (tmp_path / "text").write_text("no DICOM" * 100)
    with pytest.raises(MissingObjectError, match="1 of 1 files are not DICOM"):
        load_study(tmp_path)


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("dose", r"the dose \(RTDOSE\) is missing; there is: 1 plan, 1 structure set"),
        ("structures", r"the structures \(RTSTRUCT\) are missing; there is: 1 plan, 1 dose"),
    ],
)
def test_a_missing_object_is_named_with_what_is_there(made, tmp_path, without, message):
    objects = {"plan": made.plan(), "structures": made.structure_set(), "dose": full_dose(made)}
    del objects[without]
    with pytest.raises(MissingObjectError, match=message):
        load_study(made.write(tmp_path, **objects)).select()


def test_structures_and_dose_are_enough_and_what_cannot_be_checked_is_said_once(made, tmp_path):
    chosen = load_study(made.write(tmp_path, s=made.structure_set(), d=full_dose(made))).select()
    assert chosen.plan is None
    assert chosen.n_fractions is None
    assert chosen.n_fractions_reason == "there is no plan"
    assert sum("no plan: prescription" in finding for finding in chosen.findings) == 1
    assert "the plan that the dose refers to is not among the files" in chosen.findings
    with pytest.raises(MissingObjectError, match=r"plan \(RTPLAN\) is missing"):
        load_study(tmp_path).select(require=("plan", "dose"))


def test_several_plans_are_listed_and_a_choice_is_asked_for(made, tmp_path):
    other = {"SOPInstanceUID": "1.2.826.0.1.5.8888", "RTPlanLabel": "boost"}
    made.write(
        tmp_path,
        p1=made.plan(),
        p2=made.plan(prescription=14, **other),
        s=made.structure_set(),
        d=full_dose(made),
    )
    study = load_study(tmp_path)
    with pytest.raises(AmbiguousStudyError) as caught:
        study.select()
    assert "2023-05-01 …1111 50.4 Gy; 2023-05-01 …8888 14 Gy (no dose here)" in str(caught.value)
    for name in (made.PLAN, "pelvis", "1111", "…1111", "2023-05-01 …1111 50.4 Gy", study.plans[0].sha256[:8]):
        assert study.select(name).plan.label == "pelvis"
    with pytest.raises(MissingObjectError, match=r"none of the 1 doses refers to the plan chosen"):
        study.select("boost")


def test_several_doses_are_listed_and_one_is_chosen_by_name(made, tmp_path):
    second = full_dose(made, SOPInstanceUID="1.2.826.0.1.2.7777")
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d1=full_dose(made), d2=second)
    study = load_study(tmp_path)
    with pytest.raises(AmbiguousStudyError, match=r"…3333 .*…7777"):
        study.select()
    assert study.select(dose="7777").dose.sop_instance_uids == ("1.2.826.0.1.2.7777",)


def test_several_structure_sets_without_a_reference_are_listed(made, tmp_path):
    second = made.structure_set(SOPInstanceUID="1.2.826.0.1.3.6666")
    made.write(tmp_path, s1=made.structure_set(), s2=second, d=full_dose(made))
    study = load_study(tmp_path)
    with pytest.raises(AmbiguousStudyError, match="2 structure sets fit"):
        study.select()
    assert study.select(structure_set="6666").structure_set.sop_instance_uid.endswith("6666")


def test_the_plans_structure_set_is_taken_of_several(made, tmp_path):
    second = made.structure_set(SOPInstanceUID="1.2.826.0.1.3.6666")
    made.write(tmp_path, p=made.plan(), s1=made.structure_set(), s2=second, d=full_dose(made))
    assert load_study(tmp_path).select().structure_set.sop_instance_uid == made.STRUCTURES


def test_a_reference_to_a_structure_set_that_is_not_there_is_said(made, tmp_path):
    other = made.structure_set(SOPInstanceUID="1.2.826.0.1.3.6666")
    chosen = load_study(made.write(tmp_path, p=made.plan(), s=other, d=full_dose(made))).select()
    told = " ".join(chosen.findings)
    assert "refers to is not among the files" in told
    assert "linked by frame of reference only" in told


def test_dose_and_structures_of_different_frames_of_reference_are_refused(made, tmp_path):
    made.write(
        tmp_path, p=made.plan(), s=made.structure_set(), d=full_dose(made, FrameOfReferenceUID="1.2.3")
    )
    with pytest.raises(ContradictionError, match="different frames of reference"):
        load_study(tmp_path).select()


def test_a_missing_frame_of_reference_is_said(made, tmp_path):
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=full_dose(made, FrameOfReferenceUID=None))
    told = " ".join(load_study(tmp_path).select().findings)
    assert "the dose names no frame of reference" in told
    assert "was not checked" in told


def test_structures_in_another_frame_than_the_dose_are_left_out_and_named(made, tmp_path):
    rois = [made.roi(1, "cord", [made.square(0)]), made.roi(2, "on MR", [made.square(0)], frame="1.2.3")]
    chosen = load_study(
        made.write(tmp_path, p=made.plan(), s=made.structure_set(rois), d=full_dose(made))
    ).select()
    assert chosen.structure_set.names == ("cord",)
    assert "left out: 'on MR'" in " ".join(chosen.findings)


def test_copies_are_read_once_and_clashing_uids_told_apart(made, tmp_path):
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=full_dose(made))
    made.write(tmp_path / "again", p=made.plan(), d=full_dose(made))
    study = load_study(tmp_path)
    assert len(study.doses) == 1
    assert "2 files are copies" in " ".join(study.findings)
    made.write(tmp_path / "clash", d=made.dose(np.full((2, 3, 4), 5300)))
    clashing = load_study(tmp_path)
    assert "share SOP instance UIDs" in " ".join(clashing.findings)
    assert len({entry.label for entry in clashing.doses}) == 2
    with pytest.raises(AmbiguousStudyError):
        clashing.select()


def test_damaged_files_are_findings_by_position(made, tmp_path):
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=full_dose(made))
    (tmp_path / "Zzsurname_bad").write_bytes(
        bytes(128) + b"DICM" + b"\x08\x00\x16\x00ZZ\xff\xff" + b"\xfe" * 40
    )
    study = load_study(tmp_path)
    _say_nothing_secret(made, " ".join(study.findings), str(tmp_path))
    assert study.select().n_fractions == 28


def test_objects_of_other_modalities_are_counted(made, tmp_path):
    image = made.filled(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.1", SOPInstanceUID="1.2.9", Modality="RTIMAGE"
    )
    made.write(tmp_path, p=made.plan(), i=image)
    assert "1 of 2 files are of modality RTIMAGE, not used here" in load_study(tmp_path).findings


def test_treatment_records_tell_what_was_delivered(made, tmp_path):
    made.write(tmp_path, p=made.plan(), s=made.structure_set(), d=full_dose(made))
    made.write(tmp_path, **{f"r{n}": made.treatment_record([n]) for n in range(1, 8)})
    chosen = load_study(tmp_path).select()
    assert (chosen.n_fractions, chosen.n_fractions_delivered) == (28, 7)
    assert "treatment records: 7 fractions delivered, 28 planned" in chosen.findings


def test_the_composite_of_fraction_groups_has_no_number_of_fractions_but_its_parts_have(made, tmp_path):
    plan = made.plan(groups={1: (20, (1,)), 2: (8, (2,))})
    made.write(tmp_path / "whole", p=plan, s=made.structure_set(), d=full_dose(made))
    whole = load_study(tmp_path / "whole").select()
    assert whole.n_fractions is None
    assert "composite of 2 fraction groups of 20, 8 fractions" in whole.n_fractions_reason
    assert whole.dose_parts == ()
    parts = {
        f"d{beam}": made.dose(
            np.full((2, 3, 4), 1000 * beam), beams=(beam,), fraction_group=beam, DoseSummationType="BEAM",
            SOPInstanceUID=f"1.2.{beam}",
        )
        for beam in (1, 2)
    }  # fmt: skip
    made.write(tmp_path / "parts", p=plan, s=made.structure_set(), **parts)
    split = load_study(tmp_path / "parts").select()
    assert [(part.n_fractions, float(part.dose.dose_gy[0, 0, 0])) for part in split.dose_parts] == [
        (20, 10),
        (8, 20),
    ]
    assert float(split.dose.dose_gy[0, 0, 0]) == 30
    assert split.n_fractions is None


def test_two_studies_of_one_patient_have_one_key(made, folder, tmp_path_factory):
    spelt_otherwise = {"PatientName": "Zzsurname^Z.", "PatientID": "zzid-4711 "}
    other = made.write(
        tmp_path_factory.mktemp("other"), s=made.structure_set(**spelt_otherwise), d=full_dose(made)
    )
    stranger = made.write(
        tmp_path_factory.mktemp("stranger"),
        s=made.structure_set(PatientID="another"),
        d=full_dose(made, PatientID="another"),
    )
    key = load_study(folder).select().patient_key
    assert key
    assert load_study(other).select().patient_key == key
    assert load_study(stranger).select().patient_key != key


def test_an_unknown_requirement_is_refused(folder):
    with pytest.raises(DicomValueError, match="allowed"):
        load_study(folder).select(require=("does",))


def test_images_give_their_values_when_asked(folder):
    series = load_study(folder).images[0]
    assert series.slice_values(0).shape == (4, 5)
    assert float(series.slice_values(1)[0, 0]) == 0.0


def test_a_folder_that_cannot_be_listed_is_not_passed_over(folder):
    if os.geteuid() == 0:
        pytest.skip("root may list any folder")
    (folder / "a" / "b").chmod(0)
    try:
        with pytest.raises(DicomReadError, match="cannot be listed"):
            load_study(folder)
    finally:
        (folder / "a" / "b").chmod(0o755)


def test_registrations_of_the_folder_are_at_hand(made, tmp_path):
    made.write(tmp_path, r=made.registration([("1.2.3", [np.eye(4)])]))
    (entry,) = load_study(tmp_path).registrations
    assert entry.transforms[0].maps_from == "1.2.3"


def test_warnings_of_the_parser_never_reach_the_caller(made, tmp_path):
    odd = made.structure_set(FrameOfReferenceUID="UNKNOWN", StructureSetDate="UNKNOWN")
    made.write(tmp_path, s=odd, d=full_dose(made))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_study(tmp_path).select().structure_set.names == ("cord",)
