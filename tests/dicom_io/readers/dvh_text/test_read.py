"""DVH text exports: values as another system printed them, units made plain, patients kept out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import trapezoid

from dicom_io.dvh import StoredDVH
from dicom_io.errors import DicomReadError, DicomValueError, MissingObjectError
from dicom_io.readers import read_dvh_text

HEAD = """Patient Name         : Zzsurname, Zzgiven (ZZID-4711)
Patient ID           : ZZID-4711
Comment              : DVHs for one plan
Date                 : 11.07.2012  15:36:39
Exported by          : zzuser
Type                 : Cumulative Dose Volume Histogram
Description          : The cumulative DVH displays the percentage (relative)
                       or volume (absolute) of structures that receive a dose

"""
PLAN = "Plan: P1\nPrescribed dose [cGy]: 5000.0\n% for dose (%): 100.0\n\n"
ROWS = "0 0 100\n1000 20 75\n2000 40 25\n3000 60 0\n"


def export(
    *,
    plans: str = PLAN,
    columns: str = "Dose [cGy]   Relative dose [%] Ratio of Total Structure Volume [%]",
    rows: str = ROWS,
    volume: str = "Volume [cc]: 20.0",
    more: str = "",
    plan: str = "Plan: P1",
) -> bytes:
    """Return an Eclipse export of one structure."""
    told = f"Structure: Cord\nApproval Status: Approved\n{plan}\nCourse: C1\n{volume}\n{more}"
    return f"{HEAD}{plans}{told}\n\n{columns}\n{rows}\n".encode("cp1252")


def test_values_are_those_that_eclipse_printed(shared_data: Path) -> None:
    read = read_dvh_text(shared_data / "dicom" / "eclipse81_rando_prostate" / "DVH_Eclipse_export.txt")
    assert read.system == "Eclipse"
    assert [dvh.structure_name for dvh in read.dvhs] == [
        "Bladder", "BODY", "Rectum", "Femoral Head RT", "PTV", "Femoral Head Lt",
    ]  # fmt: skip
    assert read.plans[0].prescription_gy == 46.0
    bladder = read.named("Bladder")
    assert (bladder.plan, bladder.course, bladder.is_plan_sum) == ("PROS", "C1", False)
    assert bladder.volume_cc == 116.8
    # the file states 67.3, 99.8 and 102.2 % of 46 Gy
    assert bladder.min_gy == pytest.approx(0.673 * 46)
    assert bladder.mean_gy == pytest.approx(0.998 * 46)
    assert bladder.max_gy == pytest.approx(1.022 * 46)
    assert bladder.metric("Mean[Gy]").uncertainty == pytest.approx(0.0005 * 46)


def test_the_stated_mean_is_the_area_under_the_stored_curve(shared_data: Path) -> None:
    """Both are the other system's: a reader that shifts or scales one of them fails."""
    for name in ("eclipse81_rando_prostate/DVH_Eclipse_export.txt", "eclipse_dvh_text/Jane_Doe.dvh"):
        for dvh in read_dvh_text(shared_data / "dicom" / name).dvhs:
            area = dvh.dose_gy[0] + trapezoid(dvh.volume_fraction, dvh.dose_gy)
            assert area == pytest.approx(dvh.mean_gy, abs=0.06), dvh.structure_name


def test_stated_median_lies_on_the_curve(shared_data: Path) -> None:
    """Jane_Doe.dvh prints medians of 276.4, 703.1 and 4942.7 cGy, which the reader does not take over."""
    read = read_dvh_text(shared_data / "dicom" / "eclipse_dvh_text" / "Jane_Doe.dvh")
    for name, median_gy in (("LIVER", 2.764), ("LEFT_KIDNEY", 7.031), ("DUODENUM", 49.427)):
        found = read.named(name).metric("Median[Gy]")
        assert found.value == pytest.approx(median_gy, abs=found.uncertainty)


def test_metrics_and_what_the_points_leave_open() -> None:
    dvh = read_dvh_text(export()).named("Cord")
    assert dvh.metric("D50%[Gy]").value == pytest.approx(15.0)
    assert dvh.metric("D50%[Gy]").uncertainty == pytest.approx(5.0)
    assert dvh.metric("D5cc[Gy]").value == pytest.approx(20.0)
    assert dvh.metric("V10Gy[%]").value == pytest.approx(75.0)
    assert dvh.metric("V20Gy[cc]").value == pytest.approx(5.0)
    assert dvh.metric("CV20Gy[cc]").value == pytest.approx(15.0)
    assert dvh.metric("D50%[%]").value == pytest.approx(30.0)
    assert dvh.metric("V40%[%]").value == pytest.approx(25.0)
    assert dvh.metric("Mean[Gy]").value == pytest.approx(15.0)
    assert dvh.metric("Max[Gy]").value == pytest.approx(25.0)
    assert dvh.metric("D0cc[Gy]").uncertainty == pytest.approx(10.0)
    assert dvh.metric("Min[Gy]").value == pytest.approx(0.0)
    assert dvh.metric("D30cc[Gy]").reason == "asks for 30 cc, the structure has 20 cc"


def test_any_curve_through_the_points_stays_within_the_uncertainty() -> None:
    """A known distribution sampled at coarse points: its true metrics lie within what is stated."""
    dose = np.linspace(0, 40, 9)
    true = np.exp(-dose / 10) - np.exp(-4) * dose / 40
    dvh = StoredDVH(
        structure_name="x", source="test", volume_cc=10.0, dose_gy=dose, volume_fraction=np.maximum(true, 0)
    )
    fine = np.linspace(0, 40, 400001)
    exact = np.exp(-fine / 10) - np.exp(-4) * fine / 40
    for percent in (1, 5, 20, 50, 80, 95):
        found = dvh.metric(f"D{percent}%[Gy]")
        wanted = fine[np.searchsorted(-exact, -percent / 100)]
        assert abs(found.value - wanted) <= found.uncertainty
    mean = dvh.metric("Mean[Gy]")
    assert abs(mean.value - trapezoid(exact, fine)) <= mean.uncertainty


def test_relative_doses_need_the_prescription() -> None:
    columns, rows = "Relative dose [%]   Structure Volume [cm³]", "0 20\n50 10\n100 0\n"
    read = read_dvh_text(export(columns=columns, rows=rows, volume="Volume [cm³]: 20.0"))
    assert read.named("Cord").metric("V25Gy[cc]").value == pytest.approx(10.0)
    undefined = (
        "Plan sum: P1\nCourse: C1\nPrescribed dose [cGy]: not defined\n% for dose (%): not defined\n\n"
    )
    total = read_dvh_text(export(plans=undefined, columns=columns, rows=rows)).named("Cord")
    assert total.is_plan_sum is True
    assert "prescription is not defined" in (total.metric("V25Gy[cc]").reason or "")


def test_the_percentage_of_the_prescription_isodose_is_applied() -> None:
    plans = PLAN.replace("100.0", "80.0")
    read = read_dvh_text(
        export(
            plans=plans, columns="Relative dose [%] Ratio of Total Structure Volume [%]", rows="0 100\n80 0\n"
        )
    )
    assert read.named("Cord").metric("D0cc[Gy]").uncertainty == pytest.approx(50.0)


def test_plan_sums_and_several_plans_are_told_apart() -> None:
    plans = (
        "Plan sum: Total\nCourse: C1\nPrescribed dose [cGy]: not defined\n% for dose (%): not defined\n\n"
        "Plan: P1\nCourse: C1\nPrescribed dose [cGy]: 5000.0\n% for dose (%): 100.0\n\n"
    )
    one, other = export(plans=plans), export(plans="", plan="Plan: Total")[len(HEAD) :]
    read = read_dvh_text(one + other)
    assert [(dvh.plan, dvh.is_plan_sum, dvh.prescription_gy) for dvh in read.dvhs] == [
        ("P1", False, 50.0),
        ("Total", True, None),
    ]
    assert read.named("Cord", plan="Total").metric("D50%[Gy]").value == pytest.approx(15.0)
    with pytest.raises(MissingObjectError, match="choose a plan"):
        read.named("Cord")
    with pytest.raises(MissingObjectError, match="there are: Cord"):
        read.named("cord")


def test_a_table_that_contradicts_its_prescription_is_named() -> None:
    read = read_dvh_text(export(plans=PLAN.replace("5000.0", "6000.0")))
    assert any("contradict the prescription" in finding for finding in read.named("Cord").findings)


def test_partly_covered_structures_give_no_metrics() -> None:
    dvh = read_dvh_text(export(more="Dose Cover.[%]: 91.0")).named("Cord")
    assert "91.0 % of the structure" in (dvh.metric("D50%[Gy]").reason or "")


def test_a_curve_that_stops_early_says_so_beyond_its_end() -> None:
    dvh = read_dvh_text(export(rows="0 0 100\n1000 20 75\n2000 40 25\n")).named("Cord")
    assert dvh.metric("D50%[Gy]").value == pytest.approx(15.0)
    assert "stops at 20 Gy" in (dvh.metric("D0.03cc[Gy]").reason or "")
    assert "stops at 20 Gy" in (dvh.metric("Max[Gy]").reason or "")
    closed = read_dvh_text(export(rows="0 0 100\n1000 20 75\n2000 40 25\n", more="Max Dose [cGy]: 2500.0"))
    assert closed.named("Cord").metric("Max[Gy]").value == 25.0
    assert closed.named("Cord").metric("D0cc[Gy]").value == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("0 0 100\n1000 20 40\n2000 40 75\n", "rise with dose"),
        ("0 0 100\n2000 20 40\n1000 40 0\n", "doses that fall"),
        ("0 0 100\n1,000 20 75\n2,000 40 0\n", "decimals or of thousands"),
        ("0 100\n1000 0\n", "3 numbers"),
        ("", "empty"),
    ],
)
def test_a_damaged_table_gives_a_reason_and_no_number(rows: str, words: str) -> None:
    dvh = read_dvh_text(export(rows=rows)).named("Cord")
    assert words in (dvh.metric("D50%[Gy]").reason or "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_give_the_same_numbers(encoding: str) -> None:
    columns = "Dose [cGy]   Relative dose [%] Structure Volume [cm³]"
    text = export(columns=columns, rows="0 0 20\n2000 40 5\n3000 60 0\n").decode("cp1252")
    found = read_dvh_text(text.replace("\n", "\r\n").encode(encoding)).named("Cord").metric("V20Gy[cc]")
    assert found.value == pytest.approx(5.0)


def test_raystation_sections_are_read() -> None:
    content = (
        b"#PatientName:Zzsurname^Zzgiven\n#PatientId:ZZID-4711\n#Dosename:Plan dose: PB\n"
        b"#RoiName:Heart\n#Roi volume fraction outside grid: 0 %\n#Dose unit: cGy\n"
        b"0.0\t100.0\n1000\t50\n2000\t0\n"
        b"#RoiName:Lung\n#Roi volume fraction outside grid: 12 %\n#Unit: cGy\n0.0\t100.0\n1000\t0\n"
    )
    read = read_dvh_text(content)
    assert read.system == "RayStation"
    assert read.named("Heart").metric("D50%[Gy]").value == pytest.approx(10.0)
    assert read.named("Heart").metric("D2cc[Gy]").reason == "the file states no volume in cc"
    assert "88.0 %" in (read.named("Lung").metric("D50%[Gy]").reason or "")


MONACO_ROWS = (
    "Cord Left          0.000   {0}\nCord Left         10.000   {1}\nCord Left         20.000   {2}\n"
    "PTV_60 1            0.000   {0}\nPTV_60 1           60.000   {0}\nPTV_60 1           62.000   {2}\n"
)


def monaco(
    *, dose: str = "Gy", volume: str = "%", bins: str = "0.10(Gy)", rows: str = "", values: str = "100 50 0"
) -> bytes:
    head = (
        "Patient ID: Zzsurname, Zzgiven~ZZID-4711 | Plan Name: Prostate1 | Resolution: 0.30(cm) | "
        f"Bin Width: {bins} | Dose Units: {dose} | Volume Units: {volume}\n\nStructure   Dose   Volume\n"
    )
    return (head + (rows or MONACO_ROWS.format(*values.split())) + "\n2024-02-12-Mon 11:22:33\n").encode()


def test_monaco_exports_are_read_with_their_bins_left_open() -> None:
    read = read_dvh_text(monaco())
    assert (read.system, read.plans[0].label) == ("Monaco", "Prostate1")
    assert [dvh.structure_name for dvh in read.dvhs] == ["Cord Left", "PTV_60 1"]
    found = read.named("Cord Left").metric("D25%[Gy]")
    assert found.value == pytest.approx(15.0)
    assert found.uncertainty == pytest.approx(5.1)
    assert read.named("Cord Left").metric("D2cc[Gy]").reason == "the file states no volume in cc"
    assert any("cumulative" in finding for finding in read.findings)
    shown = repr(read) + repr(read.dvhs)
    assert not any(secret in shown for secret in ("Zzsurname", "Zzgiven", "4711"))
    assert read.patient.key == read_dvh_text(export()).patient.key


def test_monaco_volumes_in_cm3_and_doses_in_cgy() -> None:
    content = monaco(dose="cGy", volume="cm\N{SUPERSCRIPT THREE}", bins="10.0(cGy)", values="24.5 10 0")
    for encoded in (content, content.decode().encode("cp1252")):
        cord = read_dvh_text(encoded).named("Cord Left")
        assert cord.volume_cc == 24.5
        assert cord.metric("V0.1Gy[cc]").value == pytest.approx(10.0)
        assert cord.dose_tolerance_gy == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (monaco(dose="%"), "relative"),
        (monaco(dose="rad"), "rad"),
        (monaco(volume="voxels"), "voxels"),
        (monaco(values="80 40 0"), "whole volume at 0 Gy"),
        (monaco(rows="Cord 1.0 100\nCord 2.0 0\n"), "whole volume at 0 Gy"),
        (monaco(rows="Cord 0 100\nCord 5 50\nCord 4 0\n"), "doses that fall"),
    ],
)
def test_a_monaco_curve_that_cannot_be_had_in_gy_says_why(content: bytes, reason: str) -> None:
    assert reason in (read_dvh_text(content).dvhs[0].reason or "")


def test_monaco_files_that_are_differential_or_damaged_are_refused() -> None:
    for values in ("10 50 0", "0 7 3"):
        with pytest.raises(DicomReadError, match="differential"):
            read_dvh_text(monaco(values=values))
    with pytest.raises(DicomReadError, match="decimals or of thousands"):
        read_dvh_text(monaco(rows="Cord 0 100\nCord 1,500 100\nCord 3,000 0\n"))
    with pytest.raises(DicomReadError, match="no structures"):
        read_dvh_text(monaco(rows="Cord\n"))


def test_other_files_and_differential_exports_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DicomReadError, match="of Monaco and of RayStation"):
        read_dvh_text(b"dear colleague,\n")
    with pytest.raises(DicomReadError, match="cumulative"):
        read_dvh_text(export().replace(b"Type                 : Cumulative", b"Type : Differential"))
    with pytest.raises(DicomReadError, match="no structures"):
        read_dvh_text((HEAD + PLAN).encode())
    with pytest.raises(DicomReadError) as refused:
        read_dvh_text(tmp_path / "Zzsurname.txt")
    assert "Zzsurname" not in str(refused.value)


def test_no_patient_leaves_the_reader() -> None:
    content = export(rows="0 0 100\n1000 20 40\n2000 40 75\n")
    read = read_dvh_text(content)
    shown = repr(read) + repr(read.dvhs) + repr(read.named("Cord").metric("D50%[Gy]"))
    for secret in ("Zzsurname", "Zzgiven", "ZZID-4711", "zzuser"):
        assert secret.lower() not in shown.lower()
    assert read.source_sha256 == hashlib.sha256(content).hexdigest()
    assert read.patient.key == read_dvh_text(export()).patient.key


def test_impossible_curves_cannot_be_made() -> None:
    with pytest.raises(DicomValueError, match="rise with dose"):
        StoredDVH(
            structure_name="x",
            source="test",
            dose_gy=np.array([0.0, 1.0]),
            volume_fraction=np.array([0.5, 1.0]),
        )
