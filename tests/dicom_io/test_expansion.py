"""Expansions and common parts against closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dicom_io.errors import DicomValueError
from dicom_io.expansion import common_part, expand_structure, zero_lines
from dicom_io.margins import distance
from dicom_io.slabs import SlabStack
from dicom_io.structure import Contour, Structure


def prism(
    polygon: NDArray[np.float64], heights: NDArray[np.float64] | list[float], *, frame: str = "1.2"
) -> Structure:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return Structure(number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid=frame)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float64]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def circle(radius: float, x: float = 0.0, y: float = 0.0, n: int = 720) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def turned(structure: Structure) -> Structure:
    """The same on sagittal planes."""
    contours = tuple(
        Contour(points=c.points[:, [2, 0, 1]], geometric_type=c.geometric_type) for c in structure.contours
    )
    return Structure(number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid="1.2")


@pytest.mark.parametrize("margin", [0.7, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("spacing", [1.0, 3.0, 5.0])
def test_an_expanded_box_has_the_volume_of_steiners_formula(margin: float, spacing: float) -> None:
    box = prism(rectangle(3, -4, 15, 6), np.arange(5) * spacing)
    a, b, c = 12.0, 10.0, 5 * spacing
    expected = (
        a * b * c
        + 2 * (a * b + b * c + c * a) * margin
        + np.pi * (a + b + c) * margin**2
        + 4 / 3 * np.pi * margin**3
    )
    made = expand_structure(box, margin, number=9, name="made")
    assert made.volume_cc == pytest.approx(expected / 1000, rel=2e-3)
    assert made.reach_mm == pytest.approx((margin, margin + spacing / 2))


@pytest.mark.parametrize("margin", [2.0, 3.0])
def test_in_plane_the_border_is_a_margin_away_within_a_tenth_of_a_millimetre(margin: float) -> None:
    star = circle(8.0, 2.0, 1.0, n=14) * np.where(np.arange(14) % 2, 1.0, 0.6)[:, None]
    made = expand_structure(prism(star, np.arange(9) * 2.0), margin, number=9, name="made").structure
    assert made is not None
    closed = np.vstack([star, star[:1]])
    steps = np.linspace(0, 1, 2000, endpoint=False)[:, None]
    border = np.vstack([p + steps * (q - p) for p, q in pairwise(closed)])
    middle = [c for c in made.contours if 4 < c.points[0, 2] < 12]
    found = np.vstack([c.points[:, :2] for c in middle])
    away = KDTree(border).query(found)[0]
    assert np.all(np.abs(away - margin) < 0.1)


def test_across_planes_it_reaches_the_margin_beyond_the_slab() -> None:
    made = expand_structure(prism(circle(5.0), np.arange(4) * 3.0), 3.0, number=9, name="made").structure
    assert made is not None
    bounds = SlabStack.of(made).bounds
    assert (bounds.min(), bounds.max()) == pytest.approx((-1.5 - 3.0, 10.5 + 3.0), abs=0.3)


def test_the_cap_of_a_cylinder_is_rounded() -> None:
    made = expand_structure(prism(circle(5.0), np.arange(4) * 3.0), 3.0, number=9, name="made").structure
    assert made is not None
    for contour in made.contours:
        above = max(contour.points[0, 2] - 10.5, -1.5 - contour.points[0, 2], 0.0)
        radius = np.hypot(*contour.points[:, :2].T)
        assert radius == pytest.approx(5.0 + np.sqrt(9.0 - above**2), abs=0.1)


def test_a_hole_is_filled_as_far_as_the_margin() -> None:
    ring = Structure(
        number=1,
        name="Ring",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=(
            *prism(circle(20.0), np.arange(9) * 2.0).contours,
            *prism(circle(10.0), np.arange(9) * 2.0).contours,
        ),
    )
    made = expand_structure(ring, 3.0, number=9, name="made").structure
    assert made is not None
    middle = [c for c in made.contours if abs(c.points[0, 2] - 8.0) < 0.3]
    radii = sorted({round(float(np.hypot(*c.points[:, :2].T).mean()), 1) for c in middle})
    assert radii == [7.0, 23.0]


def test_sagittal_planes_expand_like_axial_ones() -> None:
    plain = prism(circle(6.0, 3.0, 4.0), np.arange(4) * 3.0)
    axial = expand_structure(plain, 3.0, number=9, name="made")
    sagittal = expand_structure(turned(plain), 3.0, number=9, name="made")
    assert sagittal.volume_cc == pytest.approx(axial.volume_cc, rel=1e-6)


def test_what_is_a_margin_away_touches_the_expansion() -> None:
    cord, target = prism(circle(5.0), np.arange(9) * 2.0), prism(circle(8.0, 18.0), np.arange(9) * 2.0)
    made = expand_structure(cord, 3.0, number=9, name="made").structure
    assert made is not None
    assert distance(cord, target).distance_mm == pytest.approx(5.0, abs=0.01)
    assert distance(made, target).distance_mm == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), 51.0, 300.0])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(DicomValueError, match="margin"):
        expand_structure(prism(circle(5.0), [0.0, 3.0]), margin, number=9, name="made")


def test_without_contours_there_is_no_expansion() -> None:
    empty = Structure(number=1, name="A", interpreted_type="", contours=(), frame_of_reference_uid="1.2")
    assert "no contours" in (expand_structure(empty, 3.0, number=9, name="made").reason or "")


def test_two_boxes_share_a_box() -> None:
    shared = common_part(
        prism(rectangle(0, 0, 20, 20), np.arange(4) * 3.0),
        prism(rectangle(15, 10, 40, 30), np.arange(6) * 2.0),
        number=9,
        name="shared",
    )
    assert shared.volume_cc == pytest.approx(5 * 10 * (10.5 - -1.0) / 1000, rel=5e-3)


def test_a_structure_shares_itself_with_itself_and_with_what_holds_it() -> None:
    inner, outer = prism(circle(5.0), np.arange(4) * 3.0), prism(circle(9.0), np.arange(6) * 3.0 - 3.0)
    volume = SlabStack.of(inner).volume_cc
    for other in (inner, outer):
        found = common_part(inner, other, number=9, name="shared")
        assert found.volume_cc == pytest.approx(volume, rel=3e-3)


def test_the_common_part_is_the_overlap_that_distances_know() -> None:
    cord, target = prism(circle(5.0), np.arange(9) * 2.0), prism(circle(8.0, 9.0, 3.0), np.arange(9) * 2.0)
    exact = distance(cord, target).overlap_cc
    assert common_part(cord, target, number=9, name="shared").volume_cc == pytest.approx(exact, rel=1e-2)


def test_what_is_apart_shares_nothing() -> None:
    a = prism(circle(5.0), [0.0, 3.0])
    for b in (prism(circle(5.0, 20.0), [0.0, 3.0]), prism(circle(5.0), [30.0, 33.0])):
        assert common_part(a, b, number=9, name="shared").reason == "they share no volume"
    corners = common_part(a, prism(circle(5.0, 8.0, 8.0), [0.0, 3.0]), number=9, name="shared")
    assert corners.reason == "they share no volume"
    elsewhere = prism(circle(5.0), [0.0, 3.0], frame="9")
    assert "frames of reference" in (common_part(a, elsewhere, number=9, name="shared").reason or "")
    across = common_part(a, turned(a), number=9, name="shared")
    assert "not parallel" in (across.reason or "")


def test_a_zero_line_keeps_the_negative_on_its_left() -> None:
    field = np.hypot(*(np.indices((40, 50)) - np.array([20.0, 25.0])[:, None, None])) - 9.3
    (line,) = zero_lines(field)
    x, y = line.T
    area = 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
    assert area == pytest.approx(np.pi * 9.3**2, rel=5e-3)
    assert len(zero_lines(np.minimum(field, 1.0 + field))) == 1
