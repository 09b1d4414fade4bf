"""Expansions and contractions against closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dicom_io.contours import SlabStack, zero_lines
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure
from dicom_io.shapes import combine_structures, contract_structure, distance, expand_structure


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


def test_a_zero_line_keeps_the_negative_on_its_left() -> None:
    field = np.hypot(*(np.indices((40, 50)) - np.array([20.0, 25.0])[:, None, None])) - 9.3
    (line,) = zero_lines(field)
    x, y = line.T
    area = 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
    assert area == pytest.approx(np.pi * 9.3**2, rel=5e-3)
    assert len(zero_lines(np.minimum(field, 1.0 + field))) == 1


@pytest.mark.parametrize("margin", [1.0, 3.0, 4.5])
@pytest.mark.parametrize("spacing", [1.0, 3.0])
def test_a_contracted_box_is_a_smaller_box(margin: float, spacing: float) -> None:
    planes = int(18 / spacing)
    box = prism(rectangle(3, -4, 15, 6), np.arange(planes) * spacing)
    made = contract_structure(box, margin, number=9, name="made")
    assert made.structure is not None
    expected = (12 - 2 * margin) * (10 - 2 * margin) * (planes * spacing - 2 * margin)
    assert made.volume_cc == pytest.approx(expected / 1000, rel=1e-2)
    points = np.concatenate([c.points for c in made.structure.contours])
    assert points[:, :2].min(axis=0) == pytest.approx([3 + margin, -4 + margin], abs=0.01)
    assert points[:, :2].max(axis=0) == pytest.approx([15 - margin, 6 - margin], abs=0.01)
    bounds = SlabStack.of(made.structure).bounds
    ends = (-spacing / 2 + margin, (planes - 0.5) * spacing - margin)
    assert (bounds.min(), bounds.max()) == pytest.approx(ends, abs=1e-6)


def test_a_contracted_cylinder_has_the_radius_less_the_margin() -> None:
    made = contract_structure(prism(circle(10.0), np.arange(9) * 3.0), 4.0, number=9, name="made").structure
    assert made is not None
    for contour in made.contours:
        assert np.hypot(*contour.points[:, :2].T) == pytest.approx(6.0, abs=0.02)


def test_a_step_is_felt_as_far_as_the_margin_reaches() -> None:
    wide, narrow = prism(circle(20.0), np.arange(5) * 2.0), prism(circle(8.0), 10.0 + np.arange(5) * 2.0)
    both = Structure(
        number=1,
        name="Step",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=(*wide.contours, *narrow.contours),
    )
    made = contract_structure(both, 3.0, number=9, name="made").structure
    assert made is not None
    for contour in made.contours:
        below = 9.0 - contour.points[0, 2]  # of the face between wide and narrow
        radius = np.hypot(*contour.points[:, :2].T)
        expected = 17.0 if below >= 3.0 else 8.0 - np.sqrt(9.0 - max(below, 0.0) ** 2)
        assert radius == pytest.approx(expected, abs=0.1)


def test_a_contraction_stays_clear_of_a_hole_and_of_a_gap() -> None:
    ring = Structure(
        number=1,
        name="Ring",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=(
            *prism(circle(20.0), np.arange(9) * 2.0).contours,
            *prism(circle(10.0), np.arange(9) * 2.0).contours,
            *prism(circle(20.0), 40.0 + np.arange(9) * 2.0).contours,
        ),
    )
    made = contract_structure(ring, 3.0, number=9, name="made").structure
    assert made is not None
    heights = np.array([c.points[0, 2] for c in made.contours])
    assert not np.any((heights > 14.0) & (heights < 42.0))
    middle = [c for c in made.contours if abs(c.points[0, 2] - 8.0) < 0.3]
    radii = sorted({round(float(np.hypot(*c.points[:, :2].T).mean()), 1) for c in middle})
    assert radii == [13.0, 17.0]


def test_a_keyhole_bridge_is_no_surface() -> None:
    outer = rectangle(0, 0, 30, 30)
    inner = np.array([[10, 10], [10, 20], [20, 20], [20, 10], [10, 10]])
    keyhole = prism(np.vstack([outer, outer[:1], inner]), np.arange(9) * 3.0)
    made = contract_structure(keyhole, 2.0, number=9, name="made")
    assert made.volume_cc == pytest.approx((26**2 - 14**2 + (4 - np.pi) * 4) * 23 / 1000, rel=5e-3)


def test_a_structure_thinner_than_twice_the_margin_leaves_nothing_and_says_so() -> None:
    for thin in (prism(rectangle(0, 0, 40, 5), np.arange(9) * 3.0), prism(circle(20.0), [0.0, 2.0])):
        made = contract_structure(thin, 2.6, number=9, name="made")
        assert made.structure is None
        assert made.reason == "nothing is left: A is nowhere more than 5.2 mm thick"


def test_what_is_contracted_after_an_expansion_holds_what_it_was_made_from() -> None:
    star = circle(8.0, 2.0, 1.0, n=14) * np.where(np.arange(14) % 2, 1.0, 0.6)[:, None]
    drawn = prism(star, np.arange(9) * 2.0)
    larger = expand_structure(drawn, 3.0, number=9, name="larger").structure
    assert larger is not None
    closed = contract_structure(larger, 3.0, number=9, name="closed").structure
    assert closed is not None
    lost = combine_structures(drawn, closed, operation="difference", number=9, name="lost")
    assert (lost.volume_cc or 0.0) < 0.03 * SlabStack.of(drawn).volume_cc


@pytest.mark.parametrize("margin", [(2.0, 4.0, 6.0), (5.0, 3.0, 0.0)])
def test_a_margin_by_axis_moves_each_face_by_its_own(margin: tuple[float, float, float]) -> None:
    box = prism(rectangle(3, -4, 23, 16), np.arange(8) * 3.0)
    for make, way in ((expand_structure, 1), (contract_structure, -1)):
        made = make(box, margin, number=9, name="made").structure
        assert made is not None
        points = np.concatenate([c.points for c in made.contours])
        low = np.array([3.0, -4.0]) - way * np.array(margin[:2])
        high = np.array([23.0, 16.0]) + way * np.array(margin[:2])
        assert points[:, :2].min(axis=0) == pytest.approx(low, abs=0.02)
        assert points[:, :2].max(axis=0) == pytest.approx(high, abs=0.02)
        bounds = SlabStack.of(made).bounds
        ends = (-1.5 - way * margin[2], 22.5 + way * margin[2])
        assert (bounds.min(), bounds.max()) == pytest.approx(ends, abs=0.3)


def test_a_margin_by_axis_follows_the_patient_not_the_planes() -> None:
    plain = prism(rectangle(0, 0, 10, 20), np.arange(8) * 3.0)
    axial = expand_structure(plain, (1.0, 2.0, 3.0), number=9, name="made")
    sagittal = expand_structure(turned(plain), (3.0, 1.0, 2.0), number=9, name="made")
    assert sagittal.volume_cc == pytest.approx(axial.volume_cc, rel=1e-6)


def test_a_corner_expanded_by_axis_is_that_of_an_ellipsoid() -> None:
    a, b, c = 2.0, 5.0, 3.0
    box = prism(rectangle(0, 0, 20, 20), np.arange(10) * 2.0)
    made = expand_structure(box, (a, b, c), number=9, name="made")
    faces = 20**3 + 2 * 20**2 * (a + b + c)
    rounded = np.pi * 20 * (a * b + b * c + c * a) + 4 / 3 * np.pi * a * b * c
    assert made.volume_cc == pytest.approx((faces + rounded) / 1000, rel=2e-3)


def test_a_margin_by_axis_that_cannot_be_had_says_why() -> None:
    box = prism(rectangle(0, 0, 20, 20), np.arange(10) * 2.0)
    assert "in plane" in (expand_structure(box, (0.0, 5.0, 5.0), number=9, name="made").reason or "")
    tilt = np.array([[1, 0, 0], [0, np.cos(0.2), -np.sin(0.2)], [0, np.sin(0.2), np.cos(0.2)]])
    oblique = Structure(
        number=1,
        name="A",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=tuple(
            Contour(points=c.points @ tilt.T, geometric_type=c.geometric_type) for c in box.contours
        ),
    )
    assert "oblique" in (contract_structure(oblique, (1.0, 2.0, 3.0), number=9, name="made").reason or "")
    plain = contract_structure(oblique, 2.0, number=9, name="made").volume_cc
    assert plain == pytest.approx(contract_structure(box, 2.0, number=9, name="made").volume_cc, rel=1e-3)
    for wrong in ((1.0, 2.0), (1.0, -2.0, 3.0), (0.0, 0.0, 0.0)):
        with pytest.raises(DicomValueError, match="margin"):
            contract_structure(box, wrong, number=9, name="made")  # type: ignore[arg-type]


def test_without_contours_there_is_no_contraction() -> None:
    empty = Structure(number=1, name="A", interpreted_type="", contours=(), frame_of_reference_uid="1.2")
    assert "no contours" in (contract_structure(empty, 3.0, number=9, name="made").reason or "")
