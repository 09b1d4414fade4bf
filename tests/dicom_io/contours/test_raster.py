"""Exact coverage of pixels, against closed forms of polygons."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import Coverage, cover

Array = NDArray[np.float64]


def edges_of(polygon: Array) -> Array:
    return np.concatenate([polygon, np.roll(polygon, -1, axis=0)], axis=1)


def covered(polygon: Array, shape: tuple[int, int] = (40, 50)) -> Coverage:
    edges = edges_of(polygon)
    return cover(edges, np.ones(len(edges)), np.zeros(len(edges), dtype=int), shape=(1, *shape))


def polygon_moments(polygon: Array) -> Array:
    """Area and raw moments x, y, xx, xy, yy of a polygon by Green's theorem."""
    x, y = polygon.T
    xn, yn = np.roll(x, -1), np.roll(y, -1)
    cross = x * yn - xn * y
    return np.array(
        [
            cross.sum() / 2,
            (cross * (x + xn)).sum() / 6,
            (cross * (y + yn)).sum() / 6,
            (cross * (x * x + x * xn + xn * xn)).sum() / 12,
            (cross * (x * yn + 2 * x * y + 2 * xn * yn + xn * y)).sum() / 24,
            (cross * (y * y + y * yn + yn * yn)).sum() / 12,
        ]
    )


def raster_moments(coverage: Coverage) -> Array:
    """The same summed over pixels."""
    _, rows, columns = coverage.shape
    row, column = np.divmod(coverage.pixel % (rows * columns), columns)
    x, y, area = column + coverage.x, row + coverage.y, coverage.area
    cut = [area, area * x, area * y]
    cut += [area * (x * x + coverage.xx), area * (x * y + coverage.xy), area * (y * y + coverage.yy)]
    _, row, column = np.nonzero(coverage.full)
    x, y = column + 0.5, row + 0.5
    full = [np.ones(len(x)), x, y, x * x + 1 / 12, x * y, y * y + 1 / 12]
    return np.array([one.sum() + other.sum() for one, other in zip(cut, full, strict=True)])


POLYGONS = {
    "square on pixel borders": np.array([[2.0, 3], [10, 3], [10, 9], [2, 9]]),
    "tiny in one pixel": np.array([[2.1, 3.2], [2.9, 3.3], [2.5, 3.8]]),
    "long diagonal": np.array([[0.0, 0.0], [47.3, 36.1], [46.9, 37.2]]),
    "star": np.array(
        [
            [25 + r * np.cos(a), 20 + r * np.sin(a)]
            for a, r in zip(np.arange(10) * np.pi / 5 + 0.1, [18.0, 7.3] * 5, strict=True)
        ]
    ),
    "circle": np.array([[22.3 + 15 * np.cos(a), 18.1 + 15 * np.sin(a)] for a in np.linspace(0, 6.28, 500)]),
}


@pytest.mark.parametrize("name", POLYGONS)
def test_area_centroid_and_second_moments_are_exact(name: str) -> None:
    assert raster_moments(covered(POLYGONS[name])) == pytest.approx(polygon_moments(POLYGONS[name]), rel=1e-9)


def test_each_pixel_is_exact_for_a_triangle() -> None:
    triangle = covered(np.array([[0.0, 0], [2, 0], [0, 2]]), (3, 3))
    assert np.allclose(triangle.dense_area[0], [[1, 0.5, 0], [0.5, 0, 0], [0, 0, 0]])


def test_a_hole_drawn_the_other_way_round_is_not_covered() -> None:
    outer, hole = POLYGONS["square on pixel borders"], np.array([[4.5, 5], [4.5, 7], [6, 7], [6, 5]])
    edges = np.concatenate([edges_of(outer), edges_of(hole)])
    found = cover(edges, np.ones(8), np.zeros(8, dtype=int), shape=(1, 40, 50))
    assert found.dense_area.sum() == pytest.approx(48 - 3)
    assert not len(found.crossed)


def test_planes_do_not_mix() -> None:
    edges = np.concatenate([edges_of(POLYGONS["star"]), edges_of(POLYGONS["circle"])])
    plane = np.repeat([2, 0], [10, 500])
    found = cover(edges, np.ones(510), plane, shape=(3, 40, 50)).dense_area.sum(axis=(1, 2))
    exact = [polygon_moments(POLYGONS[name])[0] for name in ("circle", "star")]
    assert found == pytest.approx([exact[0], 0, exact[1]])


def test_crossing_contours_are_noticed() -> None:
    bow_tie = np.array([[5.0, 5], [15, 15], [15, 5], [5, 15]])
    assert list(covered(bow_tie).crossed) == [0]
    twice = np.concatenate([edges_of(POLYGONS["circle"])] * 2)
    assert list(cover(twice, np.ones(1000), np.zeros(1000, dtype=int), shape=(1, 40, 50)).crossed) == [0]


@pytest.mark.parametrize("times", [2, 5])
def test_refined_pixels_share_out_the_coverage_of_the_finer_lattice(times: int) -> None:
    coarse, fine = covered(POLYGONS["star"]), covered(POLYGONS["star"] * times, (40 * times, 50 * times))
    chosen = np.random.default_rng(2).permutation(coarse.pixel)[:60]
    found = coarse.refined(chosen, times)
    for plane, pixel in enumerate(chosen):
        row, column = np.array(np.divmod(pixel, 50)) * times
        expected = fine.dense_area[0, row : row + times, column : column + times]
        assert np.allclose(found.dense_area[plane, :times, :times], expected, atol=1e-9)
