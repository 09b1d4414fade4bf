"""RT Plan, RT Ion Plan and brachytherapy: what the plan says, and nothing that it does not say."""

from __future__ import annotations

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dicom_io import DicomReadError, DicomValueError, read_plan
from dicom_io.readers import read_treatment_record


def test_fractions_prescription_and_beams_are_read(made):
    read = read_plan(made.as_bytes(made.plan(setup_beams=(2,))))
    assert (read.n_fractions, read.prescription_gy, read.label, read.date) == (28, 50.4, "pelvis", "20230501")
    assert read.structure_set_uid == made.STRUCTURES
    assert [beam.treats for beam in read.beams] == [True, False]
    assert read.fraction_groups[0].beam_doses_gy == (0.9, 0.9)
    assert read.findings == ()


@pytest.mark.parametrize("prescribed", [1e308, 20_000.0, -1.0])
def test_a_prescription_that_no_treatment_has_is_refused(made, prescribed):
    with pytest.raises(DicomValueError, match="0 to 10000 Gy is allowed"):
        read_plan(made.as_bytes(made.plan(prescription=prescribed)))


@pytest.mark.parametrize("planned", [None, 0])
def test_a_number_of_fractions_that_is_not_stated_is_none(made, planned):
    read = read_plan(made.as_bytes(made.plan(groups={1: (planned, (1,))})))
    assert read.n_fractions is None
    assert "how many fractions" in " ".join(read.findings)


def test_several_fraction_groups_have_no_one_number_of_fractions(made):
    read = read_plan(made.as_bytes(made.plan(groups={1: (20, (1,)), 2: (8, (2,))})))
    assert read.n_fractions is None
    assert "2 fraction groups, of 20, 8 fractions" in " ".join(read.findings)


def test_a_fraction_number_that_is_no_whole_number_is_refused(made):
    dataset = made.plan()
    tag = Tag("NumberOfFractionsPlanned")
    dataset.FractionGroupSequence[0]._dict[tag] = RawDataElement(tag, "IS", 4, b"28.5", 0, False, True)
    with pytest.raises(DicomValueError, match=r"28\.5"):
        read_plan(made.as_bytes(dataset))


def test_ion_beams_are_read_as_such(made):
    beam = made.filled(
        BeamNumber=1, BeamName="SOBP", RadiationType="PROTON", TreatmentDeliveryType="TREATMENT"
    )
    dataset = made.plan(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.8", BeamSequence=None, IonBeamSequence=[beam]
    )
    assert read_plan(made.as_bytes(dataset)).radiation_types == ("PROTON",)


def test_brachytherapy_is_recognised_with_its_applicators(made):
    group = made.filled(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=3,
        ReferencedBrachyApplicationSetupSequence=[
            made.filled(ReferencedBrachyApplicationSetupNumber=1, BrachyApplicationSetupDose=7)
        ],
    )
    dataset = made.plan(
        BeamSequence=None,
        BrachyTreatmentType="HDR",
        FractionGroupSequence=[group],
        SourceSequence=[made.filled(SourceIsotopeName="Ir-192")],
        ApplicationSetupSequence=[made.filled(ApplicationSetupNumber=1)],
    )
    read = read_plan(made.as_bytes(dataset))
    assert read.is_brachytherapy
    assert (read.brachy_type, read.radiation_types) == ("HDR", ("Ir-192",))
    assert read.fraction_groups[0].application_setup_doses_gy == (7.0,)


def test_what_is_no_plan_is_refused(made):
    with pytest.raises(DicomReadError, match="not an RT Plan: its modality is RTDOSE"):
        read_plan(made.as_bytes(made.dose()))


def test_a_plan_cut_short_is_refused(shared_data):
    with pytest.raises(DicomReadError, match="cut short"):
        read_plan(shared_data / "dicom" / "small_objects" / "pydicom_rtplan_truncated.dcm")


def test_treatment_records_tell_the_fractions_and_how_they_ended(made):
    record = read_treatment_record(made.as_bytes(made.treatment_record([1, 1, 2])))
    assert (record.plan_uid, record.fraction_numbers, record.interrupted) == (made.PLAN, (1, 2), False)
    assert read_treatment_record(made.as_bytes(made.treatment_record([3], ending="MACHINE"))).interrupted


def test_a_summary_record_states_the_fractions_delivered(made):
    summary = made.filled(ReferencedFractionGroupNumber=1, NumberOfFractionsDelivered=7)
    dataset = made.treatment_record(
        [],
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.7",
        TreatmentSessionBeamSequence=None,
        FractionGroupSummarySequence=[summary],
    )
    assert read_treatment_record(made.as_bytes(dataset)).n_fractions_delivered == 7
