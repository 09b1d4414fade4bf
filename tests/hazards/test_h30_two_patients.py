"""H30: two patients mixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dicom_io import ContradictionError, load_study
from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH
from dicom_io.objects import PatientIdentity
from rtplan.courses import course_of_export
from rtplan.errors import RtplanValueError
from rtplan.reirradiation import accumulate, reirradiate
from rtplan.selftest import demo_question


def _study(made, folder, *, dose=None, structures=None, plan=None):
    return load_study(
        made.write(
            folder,
            p=made.plan(**(plan or {})),
            s=made.structure_set(**(structures or {})),
            d=made.dose(np.full((2, 3, 4), 5200), **(dose or {})),
        )
    )


@pytest.mark.parametrize("which", ["dose", "structures", "plan"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"PatientID": "OTHER-ID"}, "patient ID"),
        ({"PatientBirthDate": "19700101"}, "birth date"),
        ({"PatientSex": "M"}, "sex"),
        ({"PatientID": "OTHER-ID", "PatientSex": "M"}, "patient ID and sex"),
    ],
)
def test_a_file_of_another_patient_stops_everything_and_shows_nobody(made, tmp_path, which, change, told):
    study = _study(made, tmp_path, **{which: change})
    with pytest.raises(ContradictionError, match=f"two patients: {told} differ") as caught:
        study.select()
    for secret in (*made.SECRETS, "OTHER-ID", "19700101"):
        assert secret not in str(caught.value) + repr(study) + str(study.findings)


def test_images_of_another_patient_stop_everything_too(made, tmp_path):
    made.write(tmp_path, c=made.ct_slice(0, PatientID="OTHER-ID"))
    with pytest.raises(ContradictionError, match="patient ID"):
        _study(made, tmp_path).select()


def test_other_patients_in_the_folder_are_said_and_do_no_harm(made, tmp_path):
    made.write(tmp_path / "other", p=made.plan(PatientID="OTHER-ID", SOPInstanceUID="1.2.3"))
    study = _study(made, tmp_path)
    assert "the files carry 2 different patient IDs" in study.findings
    assert study.select(made.PLAN).n_fractions == 28


def test_blank_identities_are_said_and_not_taken_for_a_match(made, tmp_path):
    study = _study(made, tmp_path, dose={"PatientID": "", "PatientBirthDate": ""})
    told = " ".join(study.select().findings)
    assert "1 of 3 objects chosen carry no patient ID: identity was not compared" in told


def test_the_same_identity_written_otherwise_is_one_patient(made, tmp_path):
    spelt = {"PatientID": " zzid-4711 ", "PatientBirthDate": "1948.02.29", "PatientName": "ZZSURNAME"}
    assert _study(made, tmp_path, structures=spelt).select().n_fractions == 28


@pytest.mark.parametrize("what", ["patient_id", "birth_date", "sex"])
def test_courses_of_two_patients_are_never_summed(two_courses, what):
    question = demo_question(two_courses)
    (mine,) = question.new.patients
    stranger = PatientIdentity(
        **{"patient_id": mine.patient_id, "birth_date": mine.birth_date, "sex": mine.sex, what: "zz-other"}
    )
    other = replace(question.priors[0], patients=(stranger,))
    with pytest.raises(RtplanValueError, match="one patient's") as caught:
        reirradiate(replace(question, priors=(other,)))
    with pytest.raises(RtplanValueError, match="one patient's"):
        accumulate([other, question.new], alpha_beta=3, registrations=question.registrations)
    assert "zz-other" not in str(caught.value) + repr(other)


def _export(**stated):
    nobody = {"patient_id": "", "birth_date": "", "sex": ""}
    cord = StoredDVH(
        structure_name="Bladder",
        source="test",
        volume_cc=20.0,
        dose_gy=np.array([0.0, 50.0]),
        volume_fraction=np.array([1.0, 0.0]),
    )
    return DVHExport(
        system="test",
        plans=(ExportedPlan(label="P"),),
        dvhs=(cord,),
        patient=PatientIdentity(**(nobody | stated)),
        source_sha256="",
    )


@pytest.mark.parametrize(
    "stated", [{"patient_id": "zz-other"}, {"birth_date": "19700101"}, {"patient_id": "", "sex": "zz-other"}]
)
def test_a_dvh_export_of_another_patient_is_never_summed(two_courses, stated):
    question = demo_question(two_courses)

    def known_by(export):
        prior = course_of_export(
            export, role="prior", n_fractions=25, modality="photon", ended=question.priors[0].ended
        )
        return replace(question, priors=(prior,))

    with pytest.raises(RtplanValueError, match="one patient's") as caught:
        reirradiate(known_by(_export(**stated)))
    assert not any(value and value in str(caught.value) for value in stated.values())
    (mine,) = question.new.patients
    own = reirradiate(known_by(_export(patient_id=mine.patient_id)))
    assert not any("could not be compared" in told for told in own.warnings)
    nobodys = reirradiate(known_by(_export()))
    assert any("could not be compared" in told for told in nobodys.warnings)
