"""H04: a per-beam RTDOSE taken for the plan's dose, or the first file wins."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import AmbiguousStudyError, ContradictionError, MissingObjectError, load_study


def _beam(made, beams, gy, **changes):
    uid = "1.2.826.0.1.2." + "".join(map(str, beams))
    return made.dose(
        np.full((2, 3, 4), gy * 100),
        beams=beams,
        **{"DoseSummationType": "BEAM", "SOPInstanceUID": uid, **changes},
    )


def _study(made, folder, *doses, **plan):
    groups = {1: (28, (1, 2, 3))}
    named = {f"d{place}": dose for place, dose in enumerate(doses)}
    return load_study(made.write(folder, p=made.plan(groups=groups, **plan), s=made.structure_set(), **named))


def test_a_complete_set_of_beams_is_summed(made, tmp_path):
    chosen = _study(made, tmp_path, *(_beam(made, (n,), 17) for n in (1, 2, 3))).select()
    np.testing.assert_allclose(chosen.dose.dose_gy, 51, rtol=1e-6)
    assert len(chosen.dose.sop_instance_uids) == 3
    assert len([item for item in chosen.inputs if item.role == "dose"]) == 3
    assert "sum of 3 files" in " ".join(chosen.findings)


def test_one_beam_of_three_is_not_the_plan(made, tmp_path):
    with pytest.raises(MissingObjectError, match="beams 2, 3 missing"):
        _study(made, tmp_path, _beam(made, (1,), 50)).select()


def test_beams_that_do_not_treat_need_no_dose(made, tmp_path):
    doses = [_beam(made, (n,), 25) for n in (1, 3)]
    chosen = _study(made, tmp_path, *doses, setup_beams=(2,)).select()
    np.testing.assert_allclose(chosen.dose.dose_gy, 50, rtol=1e-6)


def test_beams_without_the_plan_cannot_be_known_to_be_all(made, tmp_path):
    made.write(tmp_path, s=made.structure_set(), d=_beam(made, (1,), 50))
    with pytest.raises(MissingObjectError, match="plan that says which there are is missing"):
        load_study(tmp_path).select()


def test_a_beam_with_two_doses_is_not_counted_twice(made, tmp_path):
    doses = [_beam(made, (n,), 17) for n in (1, 2, 3)]
    with pytest.raises(AmbiguousStudyError, match="more than one dose"):
        _study(made, tmp_path, *doses, _beam(made, (1,), 17, SOPInstanceUID="1.2.3")).select()


def test_the_total_wins_over_its_beams_and_that_is_said(made, tmp_path):
    total = made.dose(np.full((2, 3, 4), 5100))
    chosen = _study(made, tmp_path, _beam(made, (1,), 17), total).select()
    assert float(chosen.dose.dose_gy.max()) == 51
    assert "1 doses of parts of the plan are left out" in " ".join(chosen.findings)


def test_beams_on_different_grids_are_not_summed(made, tmp_path):
    doses = [
        _beam(made, (1,), 17),
        _beam(made, (2,), 17),
        _beam(made, (3,), 17, ImagePositionPatient=[-10, -20, 31]),
    ]
    with pytest.raises(ContradictionError, match="different grids"):
        _study(made, tmp_path, *doses).select()


def test_an_all_zero_export_beside_the_real_beams_is_left_out_and_said(made, tmp_path):
    doses = [*(_beam(made, (n,), 17) for n in (1, 2, 3)), _beam(made, (1, 2, 3), 0)]
    chosen = _study(made, tmp_path, *doses).select()
    np.testing.assert_allclose(chosen.dose.dose_gy, 51, rtol=1e-6)
    assert "0 Gy everywhere is left out" in " ".join(chosen.findings)


def test_doses_of_another_plan_are_not_taken(made, tmp_path):
    with pytest.raises(MissingObjectError, match="none of the 1 doses refers to the plan"):
        _study(made, tmp_path, made.dose(np.full((2, 3, 4), 5100), plan_uid="1.2.3.4")).select()


@pytest.mark.parametrize(
    "summation", ["CONTROL_POINT", "FRACTION_SESSION", "BEAM_SESSION", "BRACHY_SESSION", "XYZ"]
)
def test_doses_of_parts_of_a_fraction_are_refused_by_name(made, tmp_path, summation):
    with pytest.raises(MissingObjectError, match=summation):
        _study(made, tmp_path, made.dose(DoseSummationType=summation)).select()


def test_one_beam_may_be_looked_at_when_asked_for_by_name(made, tmp_path):
    chosen = _study(made, tmp_path, _beam(made, (1,), 17), _beam(made, (2,), 17)).select(dose="2.1")
    assert float(chosen.dose.dose_gy.max()) == 17
    assert "not stated to be the plan's total" in " ".join(chosen.findings)


def test_fraction_groups_are_summed_only_when_all_are_there(made, tmp_path):
    plan = made.plan(groups={1: (20, (1,)), 2: (8, (2,))})
    first = made.dose(
        np.full((2, 3, 4), 3600), fraction_group=1, DoseSummationType="FRACTION", SOPInstanceUID="1.1"
    )
    second = made.dose(
        np.full((2, 3, 4), 1440), fraction_group=2, DoseSummationType="FRACTION", SOPInstanceUID="1.2"
    )
    made.write(tmp_path / "all", p=plan, s=made.structure_set(), a=first, b=second)
    made.write(tmp_path / "one", p=plan, s=made.structure_set(), a=first)
    assert float(load_study(tmp_path / "all").select().dose.dose_gy.max()) == pytest.approx(50.4, rel=1e-6)
    with pytest.raises(MissingObjectError, match="fraction groups 2 missing"):
        load_study(tmp_path / "one").select()


def test_a_sum_over_several_plans_has_no_number_of_fractions(made, tmp_path):
    chosen = _study(
        made, tmp_path, made.dose(np.full((2, 3, 4), 5100), DoseSummationType="MULTI_PLAN")
    ).select()
    assert chosen.n_fractions is None
    assert chosen.n_fractions_reason == "the dose is the sum of several plans"
