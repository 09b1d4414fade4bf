"""Which stored curve stands for an organ is one curve, or a question; and how far it bounds the organ."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from bed import eqd2
from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH
from dicom_io.objects import PatientIdentity
from rtplan.courses import curve_of_export, stored_dvh
from rtplan.errors import RtplanLookupError


def export_of(*names: str) -> DVHExport:
    """An export with a curve for each name, the first the hottest."""
    curves = tuple(
        StoredDVH(
            structure_name=name,
            source="test",
            volume_cc=20.0,
            dose_gy=np.array([0.0, 50.0 - 10 * place]),
            volume_fraction=np.array([1.0, 0.0]),
        )
        for place, name in enumerate(names)
    )
    nobody = PatientIdentity(patient_id="", birth_date="", sex="")
    return DVHExport(
        system="test", plans=(ExportedPlan(label="P"),), dvhs=curves, patient=nobody, source_sha256=""
    )


@pytest.mark.parametrize("names", list(permutations(("Bladder", "Harnblase", "bladder"), 2)))
def test_two_curves_that_stand_for_an_organ_are_a_question_whatever_their_order(
    names: tuple[str, str],
) -> None:
    """Law: no order and no spelling gives one of several curves precedence over the others."""
    with pytest.raises(
        RtplanLookupError, match=r"several curves for Bladder: .*choose with a match Bladder="
    ):
        stored_dvh(export_of(*names), "Bladder")
    chosen = stored_dvh(export_of(*names), "Bladder", stated=names[1])
    assert chosen is not None
    assert chosen.structure_name == names[1]


def test_one_curve_stands_for_its_organ_under_either_name() -> None:
    for name in ("Bladder", "Harnblase"):
        found = stored_dvh(export_of(name, "Rectum"), "Bladder")
        assert found is not None
        assert found.structure_name == name
    assert stored_dvh(export_of("Rectum"), "Bladder") is None


def test_a_maximum_above_the_end_of_the_curve_bounds_what_printing_hides() -> None:
    """A curve printed as 0 at 50 Gy beside a maximum of 50.5 Gy leaves some volume above 50 Gy."""
    stored = replace(export_of("Cord").dvhs[0], max_gy=50.5)
    curve = curve_of_export(stored, n_fractions=25, alpha_beta=2.0, label="2019", volume_cc=20.0)
    assert curve is not None
    assert curve.at_most(np.array([0.03]))[0] == pytest.approx(eqd2(50.5, 25, 2.0))


def test_a_curve_whose_coverage_is_left_open_bounds_nothing() -> None:
    for covered in (None, 0.6):
        stored = replace(export_of("Cord").dvhs[0], covered_fraction=covered)
        assert curve_of_export(stored, n_fractions=25, alpha_beta=2.0, label="x", volume_cc=20.0) is None
