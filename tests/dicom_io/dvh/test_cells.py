"""Pieces of a structure: closed forms in whole cells of the grid, exact integrals in cut ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import Coverage, SlabStack, cover
from dicom_io.dvh.cells import Cells, cells_of, divided
from dicom_io.dvh.lattice import Lattice, Nodes, build_lattice, nodes_of
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

Array = NDArray[np.float64]
SPACING = np.array([3.0, 2.0, 2.5])
"""Frames, rows and columns, mm."""
SHAPE = (9, 12, 11)

BOX = np.array([[2.5, 2.0], [20.0, 2.0], [20.0, 18.0], [2.5, 18.0]])
"""Along the borders of cells: columns 1 to 8, rows 1 to 9."""
BLADE = np.array([[3.1, 2.7], [21.3, 5.9], [16.2, 19.4], [9.0, 11.3]])


def stack_of(polygon: Array, heights: Array) -> SlabStack:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return SlabStack.of(
        Structure(
            number=1, name="Organ", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
        )
    )


def field_of(values: Array) -> GridField:
    grid = GridGeometry.axial(shape=SHAPE, origin=(0.0, 0.0, 0.0), spacing=(3.0, 2.0, 2.5))
    return GridField(geometry=grid, values=values, frame_of_reference_uid="1.2")


def index_field(function) -> GridField:
    """A field of node indices: column x, row y, frame z."""
    z, y, x = (axis.astype(float) for axis in np.indices(SHAPE))
    return field_of(function(x, y, z))


def pieces(stack: SlabStack, field: GridField, times: int = 1) -> tuple[Cells, Lattice, Coverage, Nodes]:
    lattice = build_lattice(stack, field, times)
    coverage = cover(
        lattice.pixel_edges(stack),
        stack.edge_sign * lattice.handedness(stack),
        stack.edge_plane,
        shape=(len(stack.positions), *lattice.shape),
    )
    nodes = nodes_of(lattice, field, coverage)
    return cells_of(lattice, coverage, nodes), lattice, coverage, nodes


def whole(cells: Cells) -> Cells:
    """Those that fill a cell of the grid."""
    return cells[np.isclose(cells.volume_cc, np.prod(SPACING) / 1000)]


HEIGHTS = np.array([4.5, 7.5, 10.5, 13.5])
"""Slabs from 3 to 15 mm: whole frames."""


def test_whole_cells_of_a_linear_field_have_its_mean_its_range_and_its_spread() -> None:
    slope = np.array([3.0, -2.0, 5.0])
    cells = whole(pieces(stack_of(BOX, HEIGHTS), index_field(lambda x, y, z: 100 + 3 * x - 2 * y + 5 * z))[0])
    assert len(cells.dose_gy) == 7 * 8 * 4
    middle = np.stack([cells.x, cells.y, cells.z])
    assert np.allclose(middle % 1, 0.5)
    assert cells.dose_gy == pytest.approx(100 + slope @ middle, abs=1e-12)
    half = np.abs(slope).sum() / 2
    assert cells.dose_gy - cells.low_gy == pytest.approx(np.full(len(cells.dose_gy), half), abs=1e-12)
    assert cells.high_gy - cells.dose_gy == pytest.approx(np.full(len(cells.dose_gy), half), abs=1e-12)
    # variance of a linear field in a box: the slopes squared over 12; of an even distribution: s2 / 3
    assert cells.spread_gy == pytest.approx(
        np.full(len(cells.dose_gy), np.sqrt(3 * np.sum(slope**2) / 12)), rel=1e-12
    )


@pytest.mark.parametrize(
    ("pair", "function"),
    [
        ((0, 1), lambda x, y, z: 7 * x * y),
        ((0, 2), lambda x, y, z: 7 * x * z),
        ((1, 2), lambda x, y, z: 7 * y * z),
    ],
)
def test_spread_of_a_twisted_field_is_that_of_its_slope_in_the_middle(pair, function) -> None:
    cells = whole(pieces(stack_of(BOX, HEIGHTS), index_field(function))[0])
    middle = np.stack([cells.x, cells.y, cells.z])
    one, other = middle[pair[0]], middle[pair[1]]
    assert cells.dose_gy == pytest.approx(7 * one * other, abs=1e-10)
    assert cells.spread_gy == pytest.approx(7 * np.sqrt((one**2 + other**2) / 4), rel=1e-12)
    # the corners are met exactly: (x +- 1/2) (y +- 1/2)
    assert cells.high_gy == pytest.approx(7 * (one + 0.5) * (other + 0.5), abs=1e-10)
    assert (cells.low_gy <= 7 * (one - 0.5) * (other - 0.5) + 1e-10).all()
    assert cells.low_gy == pytest.approx(7 * (one - 0.5) * (other - 0.5), abs=7 * 0.5 + 1e-9)


def test_slopes_of_a_field_bent_along_all_three_axes_are_those_in_the_middle() -> None:
    cells = whole(pieces(stack_of(BOX, HEIGHTS), index_field(lambda x, y, z: 2 * x * y * z))[0])
    x, y, z = cells.x, cells.y, cells.z
    assert cells.dose_gy == pytest.approx(2 * x * y * z, abs=1e-9)
    squares = (2 * y * z) ** 2 + (2 * x * z) ** 2 + (2 * x * y) ** 2
    assert cells.spread_gy == pytest.approx(np.sqrt(squares / 4), rel=1e-12)
    assert cells.high_gy == pytest.approx(2 * (x + 0.5) * (y + 0.5) * (z + 0.5), rel=1e-12)


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_doses_inside_a_whole_pixel_lie_between_its_bounds(times: int, seed: int) -> None:
    """Whatever the field's nodes, no point of a whole pixel is colder or hotter than its piece says."""
    generator = np.random.default_rng(seed)
    field = field_of(generator.uniform(0, 60, SHAPE))
    stack = stack_of(BLADE, np.array([5.0, 8.0, 11.0, 14.0]))
    cells, lattice, *_ = pieces(stack, field, times)
    assert cells.volume_cc.sum() == pytest.approx(stack.volume_cc, rel=1e-9)
    cells = cells[cells.cut < 0]
    row, column = np.divmod(cells.pixel, lattice.shape[1])
    layers = lattice.layers
    start, stop = layers.start[cells.layer], layers.stop[cells.layer]
    for _ in range(40):
        at = generator.uniform(0, 1, (3, len(cells.dose_gy)))
        x = (column + lattice.first[1] + at[0]) / times
        y = (row + lattice.first[0] + at[1]) / times
        z = layers.below[cells.layer] + start + at[2] * (stop - start)
        dose = field.sample(lattice.points(x, y, z))
        assert (dose >= cells.low_gy - 1e-9).all()
        assert (dose <= cells.high_gy + 1e-9).all()


@pytest.mark.parametrize("times", [1, 2])
def test_pieces_of_a_bilinear_field_have_its_exact_integral(times: int) -> None:
    """The mean of x y over a piece is the product of its means and its mixed moment."""
    stack = stack_of(BLADE, np.array([5.0, 8.0, 11.0, 14.0]))
    field = index_field(lambda x, y, z: 1.5 * x * y)
    cells = pieces(stack, field, times)[0]
    # by Green's theorem, edge by edge: integral of x y over a polygon
    x0, y0 = BLADE[:, 0] / SPACING[2], BLADE[:, 1] / SPACING[1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    turn = x0 * y1 - x1 * y0
    exact = np.sum(turn * (x0 * y1 + 2 * x0 * y0 + 2 * x1 * y1 + x1 * y0)) / 24
    area = np.sum(turn) / 2
    assert np.sum(cells.volume_cc * cells.dose_gy) / np.sum(cells.volume_cc) == pytest.approx(
        1.5 * exact / area, rel=1e-9
    )


@pytest.mark.parametrize("parts", [2, 3])
def test_divided_pieces_share_out_volume_and_dose_exactly(parts: int) -> None:
    field = field_of(np.random.default_rng(7).uniform(0, 60, SHAPE))
    stack = stack_of(BLADE, np.array([5.0, 8.0, 11.0, 14.0]))
    cells, lattice, coverage, nodes = pieces(stack, field)
    finer = divided(cells, parts, lattice, coverage, nodes)
    assert finer.volume_cc.sum() == pytest.approx(cells.volume_cc.sum(), rel=1e-9)
    for (layer, pixel), volume, dose in zip(
        np.stack([cells.layer, cells.pixel], axis=1), cells.volume_cc, cells.dose_gy, strict=True
    ):
        own = (finer.layer == layer) & (finer.pixel == pixel)
        assert finer.volume_cc[own].sum() == pytest.approx(volume, rel=1e-6, abs=1e-9)
        if (cells.cut[(cells.layer == layer) & (cells.pixel == pixel)] < 0).all():
            assert np.average(finer.dose_gy[own], weights=finer.volume_cc[own]) == pytest.approx(dose)
    assert finer.low_gy.min() >= cells.low_gy.min() - 1e-9
    assert finer.high_gy.max() <= cells.high_gy.max() + 1e-9
    assert np.sum(finer.volume_cc * finer.spread_gy**2) < np.sum(cells.volume_cc * cells.spread_gy**2)
