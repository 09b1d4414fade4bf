"""DVHs stored in an RT Dose: units, kinds and structures told apart; what contradicts itself is named."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dicom_io import StoredDVH, read_stored_dvhs
from dicom_io.errors import DicomValueError


def stored(
    made: ModuleType,
    data: list[float],
    *,
    rois: tuple[tuple[int, str], ...] = ((1, "INCLUDED"),),
    syntax: str = "explicit",
    normalisation: float | None = None,
    **changes: Any,
) -> StoredDVH:
    """Read one DVH back from the bytes of an RT Dose."""
    item: Dataset = made.filled(
        **{
            "DVHType": "CUMULATIVE",
            "DoseUnits": "GY",
            "DoseType": "PHYSICAL",
            "DVHDoseScaling": 1,
            "DVHVolumeUnits": "CM3",
            "DVHNumberOfBins": len(data) // 2,
            "DVHData": data,
            "DVHReferencedROISequence": [
                made.filled(ReferencedROINumber=number, DVHROIContributionType=kind) for number, kind in rois
            ],
            **changes,
        }
    )
    content = made.as_bytes(made.dose(DVHSequence=[item]), syntax)
    (found,) = read_stored_dvhs(
        content, names={1: "Prostate", 2: "Urethra"}, normalisation_dose_gy=normalisation
    )
    return found


CUMULATIVE = [10.0, 40.0, 10.0, 30.0, 10.0, 10.0, 10.0, 0.0]
"""40 cc in all, 30 above 10 Gy, 10 above 20 Gy, none above 30 Gy."""


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian"])
def test_bin_widths_add_up_to_doses(made: ModuleType, syntax: str) -> None:
    found = stored(made, CUMULATIVE, syntax=syntax)
    assert (found.structure_name, found.structure_number, found.volume_cc) == ("Prostate", 1, 40.0)
    assert found.dose_gy.tolist() == [0.0, 10.0, 20.0, 30.0]
    assert found.metric("V10Gy[cc]").value == pytest.approx(30.0)
    assert found.metric("D50%[Gy]").value == pytest.approx(15.0)


def test_differential_bins_are_the_same_curve(made: ModuleType) -> None:
    cumulative = stored(made, CUMULATIVE)
    differential = stored(made, [10.0, 10.0, 10.0, 20.0, 10.0, 10.0], DVHType="DIFFERENTIAL")
    for metric in ("V10Gy[cc]", "V15Gy[%]", "D50%[Gy]", "D5cc[Gy]"):
        assert differential.metric(metric).value == pytest.approx(cumulative.metric(metric).value)
    assert differential.metric("Mean[Gy]").value == pytest.approx((5 * 10 + 15 * 20 + 25 * 10) / 40)


def test_which_end_of_a_bin_is_meant_is_part_of_the_uncertainty(made: ModuleType) -> None:
    """Whether volumes are meant at the start or at the end of their bins, the true dose is within."""
    found = stored(made, CUMULATIVE).metric("D50%[Gy]")
    for start in (15.0, 25.0):
        assert abs(found.value - start) <= found.uncertainty


def test_the_scaling_is_applied(made: ModuleType) -> None:
    found = stored(made, CUMULATIVE, DVHDoseScaling=0.01)
    assert found.dose_gy[-1] == pytest.approx(0.3)


def test_percent_volumes_have_no_cubic_centimetres(made: ModuleType) -> None:
    found = stored(made, [10, 100, 10, 75, 10, 25, 10, 0], DVHVolumeUnits="PERCENT")
    assert found.metric("V10Gy[%]").value == pytest.approx(75.0)
    assert found.metric("D2cc[Gy]").reason == "the file states no volume in cc"


def test_relative_doses_need_the_dose_they_are_relative_to(made: ModuleType) -> None:
    data = [0.2, 40.0, 0.2, 30.0, 0.2, 10.0, 0.2, 0.0]
    assert "RELATIVE" in (stored(made, data, DoseUnits="RELATIVE").metric("D50%[Gy]").reason or "")
    given = stored(made, data, DoseUnits="RELATIVE", normalisation=50.0)
    assert given.metric("V10Gy[cc]").value == pytest.approx(30.0)
    with pytest.raises(DicomValueError, match="cGy"):
        stored(made, data, DoseUnits="RELATIVE", normalisation=5000.0)


def test_structures_taken_away_are_named(made: ModuleType) -> None:
    found = stored(made, CUMULATIVE, rois=((1, "INCLUDED"), (2, "EXCLUDED")))
    assert found.structure_name == "Prostate without Urethra"
    assert (found.included_numbers, found.excluded_numbers) == ((1,), (2,))


def test_a_wrong_number_of_bins_is_named_and_those_held_are_used(made: ModuleType) -> None:
    found = stored(made, CUMULATIVE, DVHNumberOfBins=65)
    assert any("declares 65 bins and holds 4" in finding for finding in found.findings)
    assert found.metric("V10Gy[cc]").value == pytest.approx(30.0)


def test_a_truncated_end_is_named_and_nothing_is_read_beyond_it(made: ModuleType) -> None:
    found = stored(made, CUMULATIVE[:6])
    assert any("stops at 20 Gy with 25 % of the volume above" in finding for finding in found.findings)
    assert found.metric("D5cc[Gy]").value is None
    assert found.metric("V25Gy[cc]").value is None
    assert found.metric("Mean[Gy]").value is None
    assert found.metric("D20cc[Gy]").value == pytest.approx(15.0)


def test_stated_doses_that_contradict_the_curve_are_not_used(made: ModuleType) -> None:
    fits = stored(made, CUMULATIVE, DVHMinimumDose=4, DVHMeanDose=16, DVHMaximumDose=29)
    assert (fits.metric("Max[Gy]").value, fits.metric("Mean[Gy]").value) == (29.0, 16.0)
    percent = stored(made, CUMULATIVE, DVHMinimumDose=4, DVHMeanDose=80, DVHMaximumDose=104)
    assert percent.max_gy is None
    assert any("percent instead of Gy" in finding for finding in percent.findings)
    assert percent.metric("Max[Gy]").value == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("kind", "keyword", "least", "most"),
    [
        # 40 cc above 0, 30 above 10, 10 above 20, none above 30 Gy: the mean is 10 to 20 Gy; where the doses
        # of cumulative bins are their lower ends, all is up to one bin hotter
        ("CUMULATIVE", "DVHMeanDose", 10.0, 30.0),
        ("DIFFERENTIAL", "DVHMeanDose", 10.0, 20.0),
        ("CUMULATIVE", "DVHMinimumDose", None, 20.0),
        ("DIFFERENTIAL", "DVHMinimumDose", None, 10.0),
        # printing may hide the last volumes: 2 % of 30 Gy
        ("CUMULATIVE", "DVHMaximumDose", 20.0, 40.6),
        ("DIFFERENTIAL", "DVHMaximumDose", 20.0, 30.6),
    ],
)
def test_a_stated_dose_is_held_against_the_bin_that_the_curve_leaves_open(
    made: ModuleType, kind: str, keyword: str, least: float | None, most: float
) -> None:
    data = CUMULATIVE if kind == "CUMULATIVE" else [10.0, 10.0, 10.0, 20.0, 10.0, 10.0]

    def is_used(gy: float) -> bool:
        found = stored(made, data, DVHType=kind, **{keyword: gy})
        told = any("contradict" in finding for finding in found.findings)
        values = {
            "DVHMeanDose": found.mean_gy,
            "DVHMinimumDose": found.min_gy,
            "DVHMaximumDose": found.max_gy,
        }
        assert (values[keyword] is None) == told
        return not told

    assert is_used(most)
    assert not is_used(most + 0.1)
    if least is not None:
        assert is_used(least)
        assert not is_used(least - 0.1)


def test_a_stated_dose_that_is_no_number_is_named_and_the_curve_stays(made: ModuleType) -> None:
    found = stored(made, CUMULATIVE, DVHMeanDose=["1", "2"], DVHMaximumDose=29)
    assert any("DVHMeanDose" in finding for finding in found.findings)
    assert found.metric("Max[Gy]").value == 29.0
    assert found.metric("Mean[Gy]").value == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        ([1, 40, 2, 30, 3, 10, 4, 5, 5, 0], {}, "doses instead of widths"),
        (CUMULATIVE, {"DVHType": "NATURAL"}, "DVHType is NATURAL"),
        (CUMULATIVE, {"DVHVolumeUnits": "PER_U"}, "DVHVolumeUnits is PER_U"),
        (CUMULATIVE, {"DoseType": "EFFECTIVE"}, "not physical dose"),
        (CUMULATIVE, {"DVHDoseScaling": None}, "DVHDoseScaling"),
        ([10, 40, 10, 30, 10], {}, "hold 5 numbers"),
        ([10, 40, 10, 10, 10, 30], {}, "rise with dose"),
        ([10, 1, 10, 0.5, 10, 0], {"DVHVolumeUnits": "PERCENT"}, "fractions of 1?"),
        ([10, 0, 10, 0, 10, 0], {}, "no volume"),
    ],
)
def test_what_cannot_be_used_says_why(
    made: ModuleType, data: list[float], changes: dict[str, Any], words: str
) -> None:
    found = stored(made, data, **changes)
    assert words in (found.metric("D50%[Gy]").reason or "")


def test_an_object_without_histograms_gives_none(made: ModuleType) -> None:
    assert read_stored_dvhs(made.as_bytes(made.dose())) == ()


def test_stored_means_of_a_real_export_lie_within_the_uncertainty_of_its_curves(shared_data: Path) -> None:
    """The export states its means in percent of 14 Gy, which are not read; its curves must agree."""
    percent = {3: 0.56081753, 5: 4.62539474, 7: 0.76826905, 8: 45.14311782, 9: 102.07611175}
    found = {
        dvh.structure_number: dvh
        for dvh in read_stored_dvhs(shared_data / "dicom" / "dicompyler_boost_breast" / "rtdose.dcm")
    }
    assert len(found) == 9
    for number, stated in percent.items():
        mean = found[number].metric("Mean[Gy]")
        assert abs(mean.value - stated / 100 * 14) <= mean.uncertainty


def test_the_truncated_brachytherapy_export_says_all_that_is_odd(shared_data: Path) -> None:
    found = read_stored_dvhs(shared_data / "dicom" / "vitesse_hdr_prostate_phantom" / "DO001.dcm")
    prostate, urethra, _ = found
    assert (prostate.included_numbers, prostate.excluded_numbers) == ((0,), (1,))
    told = " ".join(prostate.findings)
    assert "declares 65 bins and holds 1000" in told
    assert "stops at 47.952 Gy" in told
    assert prostate.volume_cc == 49.5979
    assert urethra.metric("D0.03cc[Gy]").value == pytest.approx(17.15, abs=0.05)
