"""H02: n wrong, a per-fraction dose cube taken for the total."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import ContradictionError, load_study
from dicom_io.objects import Plan
from dicom_io.study.reconcile import dose_findings


def _course(made, folder, *, maximum_gy, prescription, n_fractions, summation="PLAN"):
    plan = made.plan(prescription=prescription, groups={1: (n_fractions, (1,))})
    dose = made.dose(np.full((2, 3, 4), round(maximum_gy * 100)), DoseSummationType=summation)
    return load_study(made.write(folder, p=plan, s=made.structure_set(), d=dose))


@pytest.mark.parametrize(("prescription", "n_fractions"), [(50.4, 28), (30, 5), (24, 3), (16, 2)])
@pytest.mark.parametrize("hot_spot", [1.0, 1.1, 1.35])
def test_the_dose_of_one_fraction_is_not_taken_for_the_course(
    made, tmp_path, prescription, n_fractions, hot_spot
):
    study = _course(
        made,
        tmp_path,
        maximum_gy=hot_spot * prescription / n_fractions,
        prescription=prescription,
        n_fractions=n_fractions,
    )
    with pytest.raises(ContradictionError, match="the dose of one fraction, not of all"):
        study.select()


@pytest.mark.parametrize("summation", ["PLAN", "FRACTION"])
def test_a_fraction_dose_object_is_held_against_the_prescription_too(made, tmp_path, summation):
    study = _course(made, tmp_path, maximum_gy=1.9, prescription=50.4, n_fractions=28, summation=summation)
    with pytest.raises(ContradictionError):
        study.select()


def test_another_plans_lower_dose_is_refused(made, tmp_path):
    study = _course(made, tmp_path, maximum_gy=14.2, prescription=50.4, n_fractions=28)
    with pytest.raises(ContradictionError, match="another plan"):
        study.select()


def test_a_prescription_of_one_fraction_beside_the_total_dose_is_refused(made, tmp_path):
    study = _course(made, tmp_path, maximum_gy=52, prescription=1.8, n_fractions=28)
    with pytest.raises(ContradictionError, match="prescription that of one fraction"):
        study.select()


def test_a_prescription_in_cgy_is_asked_about(made, tmp_path):
    study = _course(made, tmp_path, maximum_gy=52, prescription=5040, n_fractions=28)
    with pytest.raises(ContradictionError, match="cGy"):
        study.select()


@pytest.mark.parametrize(
    ("maximum_gy", "prescription", "n_fractions"),
    [(52, 50.4, 28), (60, 30, 5), (47.1, 46, 23), (66, 30, 3), (8.2, 8, 1), (29, 50.4, 28)],
)
def test_sound_courses_pass_hot_spots_and_cold_plans_included(
    made, tmp_path, maximum_gy, prescription, n_fractions
):
    study = _course(made, tmp_path, maximum_gy=maximum_gy, prescription=prescription, n_fractions=n_fractions)
    assert study.select().n_fractions == n_fractions


def _references(made, *doses):
    return [
        made.filled(DoseReferenceNumber=n, DoseReferenceType="TARGET", TargetPrescriptionDose=dose)
        for n, dose in enumerate(doses, start=1)
    ]


def test_a_boost_that_also_carries_the_prescription_of_the_whole_course_passes(made, tmp_path):
    plan = made.plan(groups={1: (7, (1,))}, DoseReferenceSequence=_references(made, 64.4, 14))
    dose = made.dose(np.full((2, 3, 4), 1470))
    assert load_study(made.write(tmp_path, p=plan, s=made.structure_set(), d=dose)).select().n_fractions == 7


def test_one_fraction_of_an_integrated_boost_is_not_taken_for_the_course(made, tmp_path):
    plan = made.plan(groups={1: (3, (1,))}, DoseReferenceSequence=_references(made, 54, 30))
    dose = made.dose(np.full((2, 3, 4), 1850))
    with pytest.raises(ContradictionError, match="dose of one fraction"):
        load_study(made.write(tmp_path, p=plan, s=made.structure_set(), d=dose)).select()


def test_one_fraction_of_each_fraction_group_is_not_taken_for_the_course(made, tmp_path):
    plan = made.plan(prescription=70, groups={1: (35, (1,)), 2: (10, (2,))})
    dose = made.dose(np.full((2, 3, 4), 500))
    with pytest.raises(ContradictionError, match="several fraction groups"):
        load_study(made.write(tmp_path, p=plan, s=made.structure_set(), d=dose)).select()


def test_unusual_but_possible_doses_are_said(made, tmp_path):
    told = _course(made, tmp_path, maximum_gy=29, prescription=50.4, n_fractions=28).select().findings
    assert "58 % of the prescription" in " ".join(told)


def _plan(**changes) -> Plan:
    basis = {
        "label": "",
        "sop_instance_uid": "1.2",
        "frame_of_reference_uid": "",
        "structure_set_uid": "",
        "fraction_groups": (),
        "prescriptions": (),
        "radiation_types": (),
        "approval_status": "",
        "intent": "",
        "date": "",
    }
    return Plan(**{**basis, **changes})


def test_what_cannot_be_compared_is_said():
    assert "no prescription dose" in " ".join(dose_findings(50.0, _plan()))
    assert "brachytherapy" in " ".join(dose_findings(2000.0, _plan(is_brachytherapy=True)))
    assert "cGy written as Gy" in " ".join(dose_findings(9896.0, _plan()))
