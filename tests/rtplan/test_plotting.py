"""Plots: what is drawn is what was given, units stand on the axes, and the bytes repeat."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np

from rtplan.plotting import Curve, SliceView, figure_svg, new_figure, plain_text, plot_dvhs, plot_slice

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
