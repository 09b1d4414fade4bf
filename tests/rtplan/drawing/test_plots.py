"""Plots: what is drawn is what was given, units stand on the axes, and the bytes repeat."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from bed.regimen import Regimen
from rtplan.drawing import (
    Curve,
    SliceView,
    figure_svg,
    new_figure,
    plain_text,
    plot_dvhs,
    plot_remaining,
    plot_slice,
)
from rtplan.drawing.plots import plot_isoeffect

CURVE = Curve(label="sum", dose_gy=np.array([0.0, 10.0, 20.0]), volume=np.array([30.0, 15.0, 0.0]))


def slice_view(dose: np.ndarray) -> SliceView:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    return SliceView(
        image=np.zeros((4, 4)),
        image_window=(-160.0, 240.0),
        dose=dose,
        extent_mm=(-4.0, 4.0, 4.0, -4.0),
        outlines={"Bladder": [square], "$_odd$": [square]},
        dose_label="EQD2",
    )


def test_dvh_curves_are_drawn_as_given_with_units() -> None:
    axes = plot_dvhs(
        new_figure(width=3, height=3).subplots(), [CURVE], dose_label="EQD2, Gy", volume_label="volume, cc"
    )
    x, y = axes.lines[0].get_data()
    assert np.array_equal(x, CURVE.dose_gy)
    assert np.array_equal(y, CURVE.volume)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("EQD2, Gy", "volume, cc")


def test_a_band_is_shaded_between_its_bounds() -> None:
    axes = new_figure(width=3, height=3).subplots()
    high = Curve(label="high", dose_gy=CURVE.dose_gy + 5, volume=CURVE.volume)
    plot_dvhs(axes, [CURVE], dose_label="d", volume_label="v", band=(CURVE, high))
    vertices = axes.collections[0].get_paths()[0].vertices
    assert np.asarray(vertices)[:, 0].max() == 25.0


def test_lines_differ_in_style_as_well_as_colour() -> None:
    axes = plot_dvhs(new_figure(width=3, height=3).subplots(), [CURVE] * 3, dose_label="d", volume_label="v")
    assert len({line.get_linestyle() for line in axes.lines}) == 3
    assert len({line.get_color() for line in axes.lines}) == 3


def test_the_same_picture_has_the_same_bytes() -> None:
    def draw() -> str:
        figure = new_figure(width=3, height=3)
        dose = np.add.outer(np.arange(4.0), np.arange(4.0))
        plot_slice(figure.subplots(), slice_view(dose), isodose_levels_gy=[1, 3, 50])
        return figure_svg(figure)

    assert draw() == draw()


def test_an_isodose_lies_where_the_dose_is() -> None:
    axes = new_figure(width=3, height=3).subplots()
    dose = np.repeat(np.arange(4.0)[:, None], 4, axis=1)  # pixel rows at y = -3, -1, 1, 3 mm
    plot_slice(axes, slice_view(dose), isodose_levels_gy=[1.5])
    vertices = np.vstack([path.vertices for path in axes.collections[0].get_paths()])
    assert np.allclose(vertices[:, 1], 0.0)


def test_not_covered_dose_draws_no_isodose() -> None:
    axes = new_figure(width=3, height=3).subplots()
    plot_slice(axes, slice_view(np.full((4, 4), np.nan)), isodose_levels_gy=[1.5])
    assert len(axes.collections) == 0


def test_names_are_not_taken_for_commands() -> None:
    assert plain_text("_nolegend_")[0] != "_"
    assert plain_text("$a$") == r"\$a\$"
    assert len(plain_text("x" * 300)) == 40


def test_no_global_style_is_touched() -> None:
    before = dict(mpl.rcParams)
    figure_svg(new_figure(width=2, height=2))
    assert dict(mpl.rcParams) == before


def test_what_is_left_is_drawn_against_the_number_of_fractions_with_units() -> None:
    axes = new_figure(width=3, height=3).subplots()
    for number in range(3):
        plot_remaining(axes, [1, 2, 5], [8.0, np.nan, 20.0 + number], label=f"limit {number}", number=number)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("number of fractions", "total physical dose, Gy")
    assert np.array_equal(axes.lines[2].get_ydata(), [8.0, np.nan, 22.0], equal_nan=True)
    assert len({(line.get_linestyle(), line.get_marker(), line.get_color()) for line in axes.lines}) == 3


def test_an_isoeffect_curve_keeps_the_effect_of_the_regimen_and_marks_it() -> None:
    regimen = Regimen.parse("30Gy/5")
    axes = plot_isoeffect(
        new_figure(width=3, height=3).subplots(), regimen, alpha_betas=[2.0, 10.0], n_fractions=[1, 5, 30]
    )
    for line, alpha_beta in zip(axes.lines[:2], (2.0, 10.0), strict=True):
        n, dose = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert dose * (1 + dose / n / alpha_beta) == pytest.approx(30 * (1 + 6 / alpha_beta))
    assert list(axes.lines[2].get_xdata()) == [5]
    assert list(axes.lines[2].get_ydata()) == [30.0]


def test_two_figures_made_one_after_the_other_have_the_same_bytes_with_a_legend_outside() -> None:
    def draw() -> str:
        figure = new_figure(width=6, height=3)
        for axes in figure.subplots(1, 3):
            plot_dvhs(axes, [CURVE], dose_label="EQD2, Gy", volume_label="volume, cc")
        figure.legend(loc="outside lower center")
        return figure_svg(figure)

    assert len({draw() for _ in range(5)}) == 1


def test_letters_that_the_font_lacks_do_not_disturb() -> None:
    figure = new_figure(width=2, height=2)
    figure.subplots().set_title(plain_text("\U0001f984 \u05e9\u05dc\u05d5\u05dd \u6f22"))
    assert "<svg" in figure_svg(figure)


def test_a_later_line_that_runs_higher_is_not_cut_off() -> None:
    axes = new_figure(width=4, height=3).subplots()
    plot_remaining(axes, [1, 5], [8.0, 20.0], label="low", number=0)
    plot_remaining(axes, [1, 5], [12.0, 90.0], label="high", number=1)
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] > 90.0
