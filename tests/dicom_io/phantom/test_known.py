"""Closed forms against independent integration: quadrature, sampling, and textbook formulas."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from dicom_io.errors import DicomValueError, MissingObjectError
from dicom_io.phantom import KnownDistribution, KnownOrgan, build_case, known_organs
from dicom_io.phantom.distance import polygon_distance_mm, slab_distance_mm
from dicom_io.phantom.distribution import Piece
from dicom_io.phantom.ideal import IdealSolid
from dicom_io.phantom.known import known_dose
from dicom_io.phantom.moments import polygon_moments, slab_moments, volume_mm3
from dicom_io.phantom.profiles import AnalyticDose, DoseTerm, PiecewiseLinear, flat
from dicom_io.phantom.shapes import Slab, area_mm2, ellipse, inside, prism, rectangle, stack
from dicom_io.phantom.solids import SHAPES, drawn_solid

LETTER_L = np.array([[0, 0], [6, 0], [6, 2], [2, 2], [2, 5], [0, 5.0]])
PELVIS = build_case("pelvis-two-courses")
ORGANS = {organ.name: organ for organ in known_organs(PELVIS) if len(organ.drawn_in) == 2}


def unit(*components: float) -> np.ndarray:
    vector = np.array(components, dtype=np.float64)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.5707963, 2.9])
def test_the_moments_of_a_polygon_are_those_of_its_rectangles(angle: float) -> None:
    direction = unit(np.cos(angle), np.sin(angle))
    whole = polygon_moments(LETTER_L, direction, -np.inf, np.inf)
    parts = [((0, 6), (0, 2)), ((0, 2), (2, 5))]
    for k in range(4):
        expected = sum(
            integrate.dblquad(lambda y, x, k=k: (direction @ (x, y)) ** k, *xs, *ys)[0] for xs, ys in parts
        )
        assert whole[k] == pytest.approx(expected, rel=1e-10)


@given(st.floats(-8, 12), st.floats(-8, 12), st.floats(0, 6.2))
def test_strips_of_a_polygon_that_meet_add_up(a: float, b: float, angle: float) -> None:
    """The moments of two strips that share a line are those of the strip they make together."""
    low, high = sorted([a, b])
    direction = unit(np.cos(angle), np.sin(angle))
    middle = (low + high) / 2
    parts = polygon_moments(LETTER_L, direction, low, middle) + polygon_moments(
        LETTER_L, direction, middle, high
    )
    np.testing.assert_allclose(parts, polygon_moments(LETTER_L, direction, low, high), atol=1e-8)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1).filter(lambda z: abs(z) > 0.01), st.floats(-6, 9))
def test_an_oblique_cut_of_a_prism_is_the_integral_of_its_slices(
    x: float, y: float, z: float, level: float
) -> None:
    """The part of a prism below an oblique plane is the integral over z of its polygon's part below it."""
    direction = unit(x, y, z)
    slab = Slab(polygons=(LETTER_L,), z_low=-1.0, z_high=3.0)
    in_plane = float(np.hypot(direction[0], direction[1]))
    if in_plane < 1e-3:
        return
    flat_direction = direction[:2] / in_plane

    def area(height: float) -> float:
        bound = (level - direction[2] * height) / in_plane
        return float(polygon_moments(LETTER_L, flat_direction, -np.inf, bound)[0])

    nodes, weights = np.polynomial.legendre.leggauss(8)
    kinks = (level - in_plane * (LETTER_L @ flat_direction)) / direction[2]
    edges = np.unique(np.clip(np.append(kinks, [-1.0, 3.0]), -1.0, 3.0))
    expected = sum(
        (b - a)
        / 2
        * sum(w * area((a + b) / 2 + n * (b - a) / 2) for n, w in zip(nodes, weights, strict=True))
        for a, b in itertools.pairwise(edges)
    )
    assert slab_moments([slab], direction, -np.inf, level)[0] == pytest.approx(expected, abs=1e-6)


def test_oblique_moments_are_those_of_many_points() -> None:
    direction = unit(0.3, -0.5, -0.8)
    slab = Slab(polygons=(LETTER_L,), z_low=-1.0, z_high=3.0)
    steps = np.stack(np.meshgrid(*[(np.arange(80) + 0.5) / 80] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    points = steps * [6, 5, 4] + [0, 0, -1]
    s = points[inside(LETTER_L, points[:, :2])] @ direction
    s = s[(s > -2) & (s < 1)]
    cell = 6 * 5 * 4 / len(steps)
    found = slab_moments([slab], direction, -2.0, 1.0)
    np.testing.assert_allclose(found, [cell * np.sum(s**k) for k in range(3)], rtol=0.01, atol=0.2)


def test_a_nearly_vertical_direction_gives_the_vertical_answer() -> None:
    slab = Slab(polygons=(LETTER_L,), z_low=-1.0, z_high=3.0)
    upright = slab_moments([slab], unit(0, 0, 1), 0.0, 2.0)
    tilted = slab_moments([slab], unit(1e-6, 0, 1), 0.0, 2.0)
    np.testing.assert_allclose(tilted, upright, rtol=1e-5)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_hot_volume_and_dose_at_volume_are_inverse(first: list[float], second: list[float]) -> None:
    """At least v is at D_v or above, and at most v is above it."""
    cube = (Slab(polygons=(rectangle(low=(0, 0), high=(10, 10)),), z_low=0.0, z_high=10.0),)
    pieces = (
        Piece(low=0.0, high=4.0, coefficients=np.array(first)),
        Piece(low=4.0, high=10.0, coefficients=np.array(second)),
    )
    known = KnownDistribution(slabs=cube, direction=np.array([1.0, 0, 0]), pieces=pieces)
    for volume in (0.0, 0.03, 0.3, 0.9, 1.0):
        value = known.value_at_hottest(volume)
        # Beside a turning point a volume goes with the square root of the rounding of its dose.
        assert known.volume_at_least(value) >= volume - 1e-7
        assert known.volume_at_least(value + 1e-9 * (1 + abs(value))) <= volume + 1e-3
    assert known.minimum - 1e-9 <= known.mean <= known.maximum + 1e-9


def test_a_quadratic_is_solved_on_both_sides_of_its_vertex() -> None:
    cube = (Slab(polygons=(rectangle(low=(0, 0), high=(10, 10)),), z_low=0.0, z_high=10.0),)
    bowl = Piece(low=0.0, high=10.0, coefficients=np.array([25.0, -10.0, 1.0]))  # (s - 5)^2
    known = KnownDistribution(slabs=cube, direction=np.array([0, 1.0, 0]), pieces=(bowl,))
    assert known.minimum == 0.0
    assert known.volume_at_least(9.0) == pytest.approx(0.4)
    assert known.value_at_hottest(0.4) == pytest.approx(9.0)
    assert known.mean == pytest.approx(25 / 3)


def test_more_volume_than_there_is_is_refused() -> None:
    with pytest.raises(DicomValueError, match="cc are asked of"):
        ORGANS["A_Iliac_L"].physical("first-course").value_at_hottest(7.0)


@pytest.mark.parametrize("name", [name for name in ORGANS if name not in {"External", "SpinalCord"}])
@pytest.mark.parametrize("course", ["first-course", "second-course"])
def test_an_organs_known_dose_is_the_formula_at_every_point(name: str, course: str) -> None:
    organ, entry = ORGANS[name], PELVIS.course(course)
    known = organ.doses[course]
    assert known is not None
    points = points_within(organ)
    expected = entry.dose.at(entry.from_main(points))
    s = points @ (np.zeros(3) if known.direction is None else known.direction)
    np.testing.assert_allclose(known(s), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["Bladder", "Rectum", "SacralPlex", "CaudaEquina", "Femur_Head_R"])
def test_a_distribution_is_that_of_many_points(name: str) -> None:
    organ = ORGANS[name]
    points = points_within(organ, n=40000)
    weights = {"first-course": (0.5, 0.01), "second-course": (0.5, 0.05)}
    values = np.zeros(len(points))
    for course, (a, b) in weights.items():
        entry = PELVIS.course(course)
        dose = entry.dose.at(entry.from_main(points))
        values += a * dose + b * dose**2
    known = organ.distribution(weights)
    spread = known.maximum - known.minimum
    assert known.mean == pytest.approx(values.mean(), abs=0.02 * spread)
    for share in (0.05, 0.3, 0.7):
        expected = np.quantile(values, 1 - share)
        assert known.value_at_hottest(share * known.volume_cc) == pytest.approx(expected, abs=0.03 * spread)


def points_within(organ: KnownOrgan, n: int = 5000) -> np.ndarray:
    """Random points of an organ, evenly over its volume."""
    random = np.random.default_rng(7)
    found = []
    sizes = [area_mm2(p) * (s.z_high - s.z_low) for s in organ.solid.slabs for p in s.polygons]
    bodies = [(s, p) for s in organ.solid.slabs for p in s.polygons]
    for slab, polygon in bodies:
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        box = float(np.prod(high - low)) * (slab.z_high - slab.z_low)
        tries = random.uniform(low, high, (round(n * box / sum(sizes)) + 1, 2))
        kept = tries[inside(polygon, tries)]
        found.append(np.column_stack([kept, random.uniform(slab.z_low, slab.z_high, len(kept))]))
    return np.concatenate(found)


def test_the_maximum_is_taken_where_the_organ_is_and_not_between_its_parts() -> None:
    """Both halves of the plexus lie beside the hot box, which is hottest between them."""
    plexus = ORGANS["SacralPlex"].physical("second-course")
    assert plexus.maximum < 30.0
    entry = PELVIS.course("second-course")
    assert plexus.maximum == pytest.approx(entry.dose.at(points_within(ORGANS["SacralPlex"])).max(), abs=0.2)


def test_an_organ_that_is_not_covered_in_full_has_answers_for_its_covered_part_only() -> None:
    cord = ORGANS["SpinalCord"]
    assert cord.covered_cc("first-course") == pytest.approx(cord.volume_cc * 24 / 45)
    with pytest.raises(MissingObjectError, match="not covered in full"):
        cord.physical("first-course")
    assert cord.physical("first-course", covered_only=True).volume_cc == cord.covered_cc("first-course")


@pytest.mark.parametrize("name", ["Bladder", "Femur_Head_R", "A_Iliac_L", "SacralPlex"])
def test_the_centre_of_an_organ_is_the_mean_of_its_points(name: str) -> None:
    found = points_within(ORGANS[name], n=40000).mean(axis=0)
    np.testing.assert_allclose(ORGANS[name].centroid, found, atol=0.4)


def test_what_is_not_known_says_why() -> None:
    organs = {(o.name, o.drawn_in): o for o in known_organs(PELVIS)}
    target = organs["PTV", ("first-course",)]
    assert target.reason("first-course") is None
    assert target.reason("second-course") == "the dose depends on more than one coordinate"
    both = ("first-course", "second-course")
    assert "along more than z" in str(organs["External", both].reason("second-course"))
    assert organs["External", both].covered_cc("second-course") is None
    with pytest.raises(MissingObjectError, match="no elementary form"):
        target.physical("second-course")


def test_an_organ_beyond_the_grid_is_not_covered() -> None:
    lost = KnownOrgan(
        name="A",
        drawn_in=("one",),
        solid=prism("A", [LETTER_L], z=(0, 3), contour_spacing=3),
        doses={"one": None},
        covered_z={"one": (10.0, 3.0)},
    )
    assert lost.covered_cc("one") == 0
    assert lost.reason("one") == "not covered by the dose grid"


def test_a_dose_that_depends_on_two_coordinates_is_not_known() -> None:
    ramp = PiecewiseLinear(knots=[0, 10], values=[0, 1])
    dose = AnalyticDose(terms=(DoseTerm(gy=10.0, x=ramp, y=ramp, z=flat()),))
    corner = prism("A", [rectangle(low=(2, 2), high=(4, 4))], z=(0, 3), contour_spacing=3)
    beyond = prism("B", [rectangle(low=(2, 12), high=(4, 14))], z=(0, 3), contour_spacing=3)
    asked = {"course": "one", "from_dose_frame": None, "covered_z": (0.0, 3.0)}
    assert known_dose(corner, dose, **asked) is None  # type: ignore[arg-type]
    known = known_dose(beyond, dose, **asked)  # type: ignore[arg-type]
    assert known is not None
    assert known.direction == pytest.approx([1, 0, 0])


def test_two_terms_along_different_axes_are_not_known() -> None:
    ramp = PiecewiseLinear(knots=[0, 10], values=[0, 1])
    along_x = DoseTerm(gy=10.0, x=ramp, y=flat(), z=flat())
    along_z = DoseTerm(gy=10.0, x=flat(), y=flat(), z=ramp)
    cube = prism("A", [rectangle(low=(2, 2), high=(4, 4))], z=(0, 3), contour_spacing=3)
    asked = {"course": "one", "from_dose_frame": None, "covered_z": (0.0, 3.0)}
    assert known_dose(cube, AnalyticDose(terms=(along_x, along_z)), **asked) is None  # type: ignore[arg-type]


def test_doses_along_different_directions_have_no_elementary_sum() -> None:
    tilted = build_case("pelvis-two-courses-tilted")
    bowel = next(organ for organ in known_organs(tilted) if organ.name == "Bag_Bowel")
    assert bowel.physical("first-course").mean > 0
    with pytest.raises(MissingObjectError, match="different directions"):
        bowel.distribution({"first-course": (1.0, 0.0), "second-course": (1.0, 0.0)})


def test_monotonicity_is_stated_over_the_organs_own_range() -> None:
    cauda = ORGANS["CaudaEquina"]
    second = cauda.doses["second-course"]
    assert second is not None
    assert second.monotonicity(*cauda.solid.z_range) == "decreasing"
    assert second.monotonicity(-80, 195) == "neither"
    assert second.monotonicity(-65, -60) == "flat"
    assert second.monotonicity(-80, 0) == "increasing"
    bladder = ORGANS["Bladder"].doses["first-course"]
    assert bladder is not None
    assert bladder.is_flat
    assert bladder.monotonicity(-100, 100) == "flat"


def sphere_beyond(t: float) -> float:
    return float(integrate.quad(lambda s: np.pi * (144 - s * s), t, 12)[0])


@pytest.mark.parametrize("t", [-11.0, -4.0, 0.0, 0.5, 7.3, 11.9])
@pytest.mark.parametrize(
    ("shape", "axis", "gradient_axis"),
    [
        ("sphere", "z", "x"),
        ("cylinder", "z", "z"),
        ("cylinder", "z", "y"),
        ("cone", "z", "z"),
        ("cone", "x", "y"),
    ],
)
def test_a_smooth_solids_volume_beyond_a_plane_is_its_integral(
    shape: str, axis: str, gradient_axis: str, t: float
) -> None:
    solid = IdealSolid(shape=shape, radius_mm=12, length_mm=24, axis=axis, gradient_axis=gradient_axis)

    def segment(r: float) -> float:
        c = float(np.clip(t / r, -1, 1)) if r > 0 else np.sign(t)
        return float(r * r * (np.arccos(c) - c * np.sqrt(1 - c * c))) if abs(t) < r or t < 0 else 0.0

    if shape == "sphere":
        expected = sphere_beyond(t)
    elif axis == gradient_axis:
        radius = (lambda s: 12 * (0.5 - s / 24)) if shape == "cone" else (lambda _: 12.0)
        expected = integrate.quad(lambda s: np.pi * radius(s) ** 2, t, 12)[0]
    elif shape == "cylinder":
        expected = 24 * segment(12.0)
    else:
        expected = integrate.quad(lambda h: segment(12 * h), 0, 1, points=[min(abs(t) / 12, 1)], limit=200)[0]
        expected *= 24
    assert 1000 * solid.volume_above_cc(t) == pytest.approx(expected, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", ["z", "x"])
def test_what_is_drawn_approaches_the_smooth_solid(shape: str, axis: str) -> None:
    ideal = IdealSolid(shape=shape, radius_mm=12, length_mm=24, axis=axis, gradient_axis="y")
    errors = []
    for spacing in (2.0, 1.0, 0.2):
        drawn = drawn_solid(
            shape, radius_mm=12, length_mm=24, axis=axis, contour_spacing=spacing, n_vertices=720
        )
        errors.append(abs(volume_mm3(drawn.slabs) / 1000 / ideal.volume_cc - 1))
    assert errors[2] < 1e-3
    assert errors[2] <= errors[0] + 1e-12


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5])
def test_contour_planes_shift_with_their_phase_and_all_cut_the_solid(phase: float) -> None:
    drawn = drawn_solid(
        "sphere", radius_mm=5, length_mm=10, axis="z", contour_spacing=2.0, phase=phase, n_vertices=24
    )
    heights = [contour[0, 2] for contour in drawn.contours()]
    assert all(abs(z) < 5 for z in heights)
    assert np.allclose(np.mod(np.array(heights) / 2 - 0.5 - phase, 1.0), 0, atol=1e-9) or np.allclose(
        np.mod(np.array(heights) / 2 - 0.5 - phase, 1.0), 1, atol=1e-9
    )


def test_an_unknown_shape_names_those_there_are() -> None:
    with pytest.raises(DicomValueError, match="sphere, cylinder, cone"):
        drawn_solid("cube", radius_mm=1, length_mm=1, axis="z", contour_spacing=1)


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_polygon_distance_is_that_of_the_nearest_points(dx: float, dy: float) -> None:
    """No two points of the outlines are nearer than the distance, and some are as near."""
    a, b = LETTER_L, ellipse(centre=(dx, dy), half_axes=(3, 2), n_vertices=16)

    def outline(polygon: np.ndarray) -> np.ndarray:
        share = np.linspace(0, 1, 60, endpoint=False)[:, None, None]
        return ((1 - share) * polygon + share * np.roll(polygon, -1, axis=0)).reshape(-1, 2)

    nearest = np.min(np.linalg.norm(outline(a)[:, None] - outline(b)[None], axis=-1))
    found = polygon_distance_mm(a, b)
    if found > 0:
        assert found <= nearest + 1e-9
        assert nearest <= found + 0.12


def test_polygons_within_each_other_are_no_distance_apart() -> None:
    outer, inner = (
        ellipse(centre=(0, 0), half_axes=(9, 9), n_vertices=24),
        rectangle(low=(-1, -1), high=(1, 1)),
    )
    cross = rectangle(low=(-20, -1), high=(20, 1))
    assert polygon_distance_mm(outer, inner) == polygon_distance_mm(inner, outer) == 0.0
    assert polygon_distance_mm(outer, cross) == 0.0


@pytest.mark.parametrize("gap", [2, 5])
@pytest.mark.parametrize("where", ["", "-across"])
def test_the_gap_to_the_cord_is_the_one_that_is_stated(gap: int, where: str) -> None:
    case = build_case(f"spine-sabr-{gap}mm{where}")
    course = case.courses[0]
    assert slab_distance_mm(course.named("GTV"), course.named("SpinalCord")) == gap
    assert case.gaps[0].as_slabs_mm == gap
    gtv = np.array([c[0, 2] for c in course.named("GTV").contours()])
    cord = np.array([c[0, 2] for c in course.named("SpinalCord").contours()])
    between = np.min(np.abs(gtv[:, None] - cord[None]))
    assert between == (gap + 1 if where else 0)
    assert case.gaps[0].as_planes_mm == (between or gap)


def test_a_solid_with_a_gap_between_its_slabs_is_refused() -> None:
    with pytest.raises(DicomValueError, match="without gaps"):
        stack("A", lambda _: [LETTER_L], z=(0, 6), contour_spacing=3).__class__(
            name="A",
            interpreted_type="",
            slabs=(
                Slab(polygons=(LETTER_L,), z_low=0, z_high=3),
                Slab(polygons=(LETTER_L,), z_low=6, z_high=9),
            ),
            contour_spacing=3,
        )
    with pytest.raises(DicomValueError, match="whole number"):
        prism("A", [LETTER_L], z=(0, 4), contour_spacing=3)
    with pytest.raises(DicomValueError, match="no thickness"):
        Slab(polygons=(LETTER_L,), z_low=1, z_high=1)


def test_a_dose_that_bends_between_grid_nodes_is_refused() -> None:
    course = PELVIS.courses[1]
    bend = PiecewiseLinear(knots=[-30, 0.7, 30], values=[0, 1, 0])
    dose = AnalyticDose(terms=(DoseTerm(gy=1.0, x=bend, y=flat(), z=flat()),))
    with pytest.raises(DicomValueError, match="between grid nodes"):
        dose.on(course.dose_geometry)


def test_a_profile_has_to_increase() -> None:
    with pytest.raises(DicomValueError, match="increase"):
        PiecewiseLinear(knots=[0, 0], values=[0, 1])
    with pytest.raises(DicomValueError, match="as many"):
        PiecewiseLinear(knots=[0, 1], values=[0])
