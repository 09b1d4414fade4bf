"""What a DVH is turned into: JSON and back, plots, bins."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from dicom_io.dvh import DVH
from dicom_io.errors import DicomValueError

DVH_ASKED = DVH(
    structure_name="Rückenmark",
    structure_number=3,
    volume_cc=12.0 + 1e-15,
    covered_cc=9.0,
    min_gy=10.0,
    mean_gy=0.1 + 0.2,
    max_gy=30.0,
    mean_uncertainty_gy=1e-17,
    knots_gy=np.array([10.0, 20.0 + 1 / 3, 30.0]),
    knots_cc=np.array([9.0, 3.0, 0.0]),
    knots_uncertainty_gy=np.array([0.5, 0.25, 1 / 7]),
    end_caps="half",
    findings=("Rückenmark: drawn on one plane only, taken 3 mm thick",),
)
WHOLE = replace(DVH_ASKED, volume_cc=9.0)
NONE = DVH(
    structure_name="Empty",
    structure_number=4,
    volume_cc=None,
    covered_cc=None,
    min_gy=None,
    mean_gy=None,
    max_gy=None,
    mean_uncertainty_gy=None,
    knots_gy=np.zeros(0),
    knots_cc=np.zeros(0),
    knots_uncertainty_gy=np.zeros(0),
    end_caps="none",
    reason="structure has no contours",
)


@pytest.mark.parametrize("dvh", [DVH_ASKED, NONE])
def test_json_and_back_is_the_same_digit_by_digit(dvh: DVH) -> None:
    again = DVH.from_json(dvh.to_json())
    for field in fields(DVH):
        before, after = getattr(dvh, field.name), getattr(again, field.name)
        assert type(before) is type(after), field.name
        assert np.array_equal(before, after) if isinstance(before, np.ndarray) else before == after
    assert again.to_json() == dvh.to_json()


def test_what_came_back_answers_like_the_first() -> None:
    again = DVH.from_json(WHOLE.to_json())
    for metric in ("D50%[Gy]", "D2cc[Gy]", "V25Gy[cc]", "Mean[Gy]", "HI"):
        assert again.metric(metric) == WHOLE.metric(metric)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "dicom_io.dvh/0"},
        {"knots_gy": [1.0, "x", 3.0]},
        {"knots_gy": [1.0, 2.0]},
        {"knots_cc": [[9.0], [3.0], [0.0]]},
        {"reason": "none"},
        {"unknown_gy": 1.0},
        {"mean_gy": "x"},
    ],
)
def test_json_that_is_no_dvh_is_refused(change: dict[str, object]) -> None:
    document = json.loads(DVH_ASKED.to_json()) | change
    with pytest.raises(DicomValueError):
        DVH.from_json(json.dumps(document))
    for text in ("[1, 2]", "{", "null"):
        with pytest.raises(DicomValueError):
            DVH.from_json(text)


def test_the_cumulative_plot_has_units_a_band_and_the_whole_volume_at_no_dose() -> None:
    axes = WHOLE.plot()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("dose, Gy", "volume, %")
    (line,) = axes.lines
    assert line.get_label() == "Rückenmark"
    assert np.asarray(line.get_xydata())[0].tolist() == [0.0, 100.0]
    assert np.asarray(line.get_xydata())[1:] == pytest.approx(
        np.column_stack([WHOLE.knots_gy, WHOLE.knots_cc * 100 / 9])
    )
    corners = axes.collections[0].get_paths()[0].vertices
    for dose, volume, half_width in zip(
        WHOLE.knots_gy, WHOLE.knots_cc, WHOLE.knots_uncertainty_gy, strict=True
    ):
        for side in (-1, 1):
            wanted = [dose + side * half_width, volume * 100 / 9]
            assert np.min(np.linalg.norm(corners - wanted, axis=1)) < 1e-9


def test_absolute_volume_and_relative_dose_are_labelled_as_such() -> None:
    axes = DVH_ASKED.plot(absolute_volume=True, prescription_gy=20.0)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("dose, % of the prescription", "volume, cc")
    points = np.asarray(axes.lines[0].get_xydata())
    assert points[-1] == pytest.approx([150.0, 0.0])
    assert points[0] == pytest.approx([0.0, 9.0])
    assert axes.lines[0].get_label() == "Rückenmark (75 % of it covered)"


@pytest.mark.parametrize(("absolute", "whole"), [(True, 9.0), (False, 100.0)])
@pytest.mark.parametrize("prescription", [None, 20.0])
def test_the_differential_plot_encloses_the_volume(
    absolute: bool, whole: float, prescription: float | None
) -> None:
    axes = WHOLE.plot(differential=True, absolute_volume=absolute, prescription_gy=prescription, bin_gy=0.7)
    (steps,) = axes.patches
    density, edges, _ = steps.get_data()
    assert np.sum(density * np.diff(edges)) == pytest.approx(whole)
    unit = "Gy" if prescription is None else "%"
    assert axes.get_ylabel() == f"volume per dose, {'cc' if absolute else '%'}/{unit}"


def test_several_structures_share_axes_and_names_are_no_mathematics() -> None:
    axes = WHOLE.plot()
    assert replace(WHOLE, structure_name="_PTV_$50$").plot(axes) is axes
    assert [line.get_label() for line in axes.lines] == ["Rückenmark", "\N{WORD JOINER}_PTV_\\$50\\$"]


def test_what_cannot_be_drawn_says_why() -> None:
    with pytest.raises(DicomValueError, match="no contours"):
        NONE.plot()
    with pytest.raises(DicomValueError, match="prescription"):
        WHOLE.plot(prescription_gy=0.0)
