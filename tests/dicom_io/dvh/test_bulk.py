"""Whole cells of a large structure: volume and dose as cell by cell, and even spreads in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import SlabStack, cover
from dicom_io.dvh import bulk, compute_dvh, curve
from dicom_io.dvh.bulk import Bulk, SpreadTable, bulk_of
from dicom_io.dvh.cells import cells_at, cells_of
from dicom_io.dvh.lattice import build_lattice, nodes_of
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

Array = NDArray[np.float64]
SHAPE = (14, 40, 38)
OFFSETS = np.arange(14) * 3.0


def field_of(
    values: Array, offsets: Array = OFFSETS, origin: tuple[float, float, float] = (0, 0, 0)
) -> GridField:
    grid = GridGeometry(
        shape=SHAPE,
        origin=np.array(origin, dtype=float),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        row_spacing=2.0,
        column_spacing=2.5,
        frame_offsets=offsets,
    )
    return GridField(geometry=grid, values=values.astype(np.float32), frame_of_reference_uid="1.2")


def noise(seed: int = 5) -> Array:
    return np.random.default_rng(seed).uniform(0, 60, SHAPE)


def cylinder(middle: tuple[float, float] = (46.0, 39.0), radius: float = 34.0) -> SlabStack:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = np.column_stack([middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)])
    contours = tuple(
        Contour(points=np.column_stack([circle, np.full(90, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(4.0, 36.0, 3.0)
    )
    return SlabStack.of(
        Structure(number=1, name="Body", interpreted_type="", contours=contours, frame_of_reference_uid="1.2")
    )


def parts(stack: SlabStack, field: GridField):
    lattice = build_lattice(stack, field, 1)
    coverage = cover(
        lattice.pixel_edges(stack),
        stack.edge_sign * lattice.handedness(stack),
        stack.edge_plane,
        shape=(len(stack.positions), *lattice.shape),
    )
    return lattice, coverage, nodes_of(lattice, field, coverage)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts whole cells however few there are."""
    monkeypatch.setattr(bulk, "FEWEST", 10)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "offsets", [OFFSETS, np.cumsum(np.tile([2.0, 4.0], 7)) - 2.0], ids=["even", "uneven"]
)
@pytest.mark.parametrize("origin", [(0, 0, 0), (20, 10, 0), (-15, 12, 9)], ids=["inside", "left", "across"])
def test_whole_cells_and_the_rest_are_the_structure_cell_by_cell(
    offsets: Array, origin: tuple[float, float, float]
) -> None:
    lattice, coverage, nodes = parts(cylinder(), field_of(noise(), offsets, origin))
    every = cells_of(lattice, coverage, nodes)
    known = every[np.isfinite(every.dose_gy)]
    whole = bulk_of(lattice, coverage, nodes)
    assert whole is not None
    rest = cells_of(lattice, coverage, nodes, without=whole.mask)
    rest = rest[np.isfinite(rest.dose_gy)]
    assert whole.volume_cc + rest.volume_cc.sum() == pytest.approx(known.volume_cc.sum(), rel=1e-9)
    assert whole.dose_volume + np.sum(rest.volume_cc * rest.dose_gy) == pytest.approx(
        np.sum(known.volume_cc * known.dose_gy), rel=1e-6
    )
    assert whole.volume_cc > 0.2 * known.volume_cc.sum()


@pytest.mark.usefixtures("few")
def test_each_whole_cell_has_the_mean_of_its_corners_and_the_spread_of_its_slopes() -> None:
    lattice, coverage, nodes = parts(cylinder(), field_of(noise()))
    whole = bulk_of(lattice, coverage, nodes)
    assert whole is not None
    layer, pixel = whole.position(np.arange(len(whole.dose_gy)))
    row, column = np.divmod(pixel, lattice.shape[1])
    corner = np.stack(list(nodes.corners(layer, row + lattice.first[0], column + lattice.first[1])))
    assert whole.dose_gy == pytest.approx(corner.mean(axis=0), rel=1e-5)
    box = corner.reshape(2, 2, 2, -1)
    slopes = [np.diff(box.mean(axis=axes), axis=0)[0] for axes in ((1, 2), (0, 2), (0, 1))]
    assert whole.spread_gy == pytest.approx(np.sqrt(3 * np.sum(np.square(slopes), axis=0) / 12), rel=1e-4)
    assert (whole.corner_low_gy, whole.corner_high_gy) == (
        pytest.approx(nodes.values.min(), abs=0.5),
        pytest.approx(nodes.values.max(), abs=0.5),
    )
    assert whole.corner_low_gy <= corner.min()
    assert whole.corner_high_gy >= corner.max()


@pytest.mark.usefixtures("few")
def test_tails_are_the_cells_with_a_corner_beyond_and_a_range() -> None:
    values = noise()
    values[4:9, 10:20, 10:20] = 59.5  # a hot plateau: its cells have no range
    lattice, coverage, nodes = parts(cylinder(), field_of(values, origin=(20, 10, 0)))
    whole = bulk_of(lattice, coverage, nodes)
    assert whole is not None
    layer, pixel = whole.position(np.arange(len(whole.dose_gy)))
    row, column = np.divmod(pixel, lattice.shape[1])
    corner = np.stack(list(nodes.corners(layer, row + lattice.first[0], column + lattice.first[1])))
    expected = ((corner > 59).any(axis=0) | (corner < 1).any(axis=0)) & (np.ptp(corner, axis=0) > 0.002)
    found = whole.tails(lattice, nodes, cold=1.0, hot=59.0, least=0.002)
    assert 0 < expected.sum() < len(expected)
    assert (found == expected).all()
    # cells that are singled out come back one by one, with the same doses
    chosen = np.flatnonzero(found)
    cells = cells_at(lattice, coverage, nodes, *whole.position(chosen))
    dose, weight = whole.dose_gy[chosen].astype(float), np.repeat(whole.layer_cc, whole.count)[chosen]
    assert cells.volume_cc.sum() == pytest.approx(weight.sum(), rel=1e-9)
    assert np.sum(cells.volume_cc * cells.dose_gy) == pytest.approx(np.sum(weight * dose), rel=1e-5)


def test_few_whole_cells_are_not_counted_apart() -> None:
    lattice, coverage, nodes = parts(cylinder(radius=20.0), field_of(noise()))
    assert bulk_of(lattice, coverage, nodes) is None


def made(dose: Array, spread: Array, layer_cc: Array) -> Bulk:
    count = np.full(len(layer_cc), len(dose) // len(layer_cc))
    return Bulk(
        mask=np.ones((len(layer_cc), 1, int(count[0])), dtype=bool),
        count=count,
        dose_gy=dose.astype(np.float32),
        spread_gy=spread.astype(np.float32),
        layer_cc=layer_cc,
        corner_low_gy=float(dose.min()),
        corner_high_gy=float(dose.max()),
    )


@pytest.mark.parametrize("layer_cc", [np.full(4, 0.02), np.array([0.01, 0.02, 0.03, 0.02])])
@pytest.mark.parametrize("spread", [0.0, 0.02, 0.4, 3.0])
def test_volume_below_each_dose_is_that_of_even_cells(layer_cc: Array, spread: float) -> None:
    """Each cell's volume is even over its mean plus and minus its spread: sums of ramps."""
    generator = np.random.default_rng(3)
    dose = generator.uniform(20, 50, 4000)
    spreads = spread * generator.uniform(0.5, 1.5, 4000)
    whole = made(dose, spreads, layer_cc)
    start, step, count = 10.0, 0.05, 1000
    table = SpreadTable.of(whole, slice(None), start=start, step=step, count=count)
    weight = np.repeat(layer_cc, 1000)
    assert table.volume_cc.sum() == pytest.approx(weight.sum(), rel=1e-12)
    below = table.cumulative_below(step)
    knots = start + step * np.arange(count + 1)
    half = np.maximum(spreads, 1e-9)
    exact = np.array([np.sum(weight * ((knot - dose + half) / (2 * half)).clip(0, 1)) for knot in knots])
    assert below[0] == pytest.approx(0.0, abs=1e-12)
    assert below[-1] == pytest.approx(weight.sum(), rel=1e-12)
    assert np.max(np.abs(below - exact)) < 0.004 * weight.sum()
    assert np.mean(below - exact) == pytest.approx(0.0, abs=2e-4 * weight.sum())


def test_cells_beyond_the_bins_are_counted_in_the_last_ones() -> None:
    whole = made(np.array([9.0, 25.0, 41.0, 25.0]), np.full(4, 0.1), np.array([1.0]))
    table = SpreadTable.of(whole, slice(None), start=10.0, step=1.0, count=30)
    assert table.volume_cc.sum(axis=0)[[0, 15, 29]] == pytest.approx([1.0, 2.0, 1.0])
    chosen = SpreadTable.of(whole, np.array([1, 3]), start=10.0, step=1.0, count=30)
    assert chosen.volume_cc.sum() == pytest.approx(2.0)


def body_of(stack_radius: float = 34.0) -> Structure:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = np.column_stack([46 + stack_radius * np.cos(angle), 39 + stack_radius * np.sin(angle)])
    contours = tuple(
        Contour(points=np.column_stack([circle, np.full(90, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(4.0, 36.0, 3.0)
    )
    return Structure(
        number=1, name="Body", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


@pytest.mark.usefixtures("few")
def test_stripes_inside_a_body_reach_their_full_range_on_its_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 Gy but for stripes of 20 and 40 Gy along columns, deep inside."""
    monkeypatch.setattr(curve, "MOST_TAIL_CELLS", 50)  # so that whole cells stay whole
    values = np.full(SHAPE, 30.0)
    values[4:10, 12:28, 10:28] = np.where(np.arange(10, 28) % 2 == 0, 20.0, 40.0)
    dvh = compute_dvh(body_of(), field_of(values))
    assert dvh.min_gy == pytest.approx(20.0, abs=1e-3)
    assert dvh.max_gy == pytest.approx(40.0, abs=1e-3)
    assert dvh.volume_cc is not None
    # 5 x 15 x 17 whole cells are even from 20 to 40 Gy; what lies around them fades into 30 Gy
    even = 5 * 15 * 17 * 3.0 * 2.0 * 2.5 / 1000
    above = dvh.volume_at_dose([32.0, 35.0, 38.0])
    assert (above > even * np.array([0.4, 0.25, 0.1])).all()
    colder = dvh.volume_cc - dvh.volume_at_dose([28.0, 25.0, 22.0])
    assert above == pytest.approx(colder, rel=0.02)  # both ways alike


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("most", [50, 4000])
def test_stripes_all_over_make_every_dose_between_them_equally_likely(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(curve, "MOST_TAIL_CELLS", most)
    values = np.broadcast_to(np.where(np.arange(SHAPE[2]) % 2 == 0, 20.0, 40.0), SHAPE)
    dvh = compute_dvh(body_of(), field_of(values))
    dose = np.linspace(20, 40, 21)
    assert dvh.volume_cc is not None
    assert dvh.volume_at_dose(dose) == pytest.approx(
        dvh.volume_cc * (40 - dose) / 20, abs=0.004 * dvh.volume_cc
    )
    assert (dvh.min_gy, dvh.max_gy) == (pytest.approx(20.0, abs=1e-3), pytest.approx(40.0, abs=1e-3))


@pytest.mark.usefixtures("few")
def test_a_hot_voxel_beside_a_body_is_not_in_it() -> None:
    values = np.full(SHAPE, 30.0)
    values[:, 4:8, 4:8] = 70.0  # inside the box around the body, outside its outline
    values[:, 32:36, 30:34] = 5.0
    dvh = compute_dvh(body_of(), field_of(values))
    assert dvh.max_gy == pytest.approx(30.0, abs=1e-3)
    assert dvh.min_gy == pytest.approx(30.0, abs=1e-3)
    assert dvh.mean_gy == pytest.approx(30.0, abs=1e-6)
