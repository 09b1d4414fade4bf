"""The synthetic patients as data: what makes their answers exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from dicom_io.errors import DicomValueError
from dicom_io.phantom import CASES, PhantomCase, build_case, known_organs
from dicom_io.phantom.case import PATIENT_POSITIONS, grid
from dicom_io.phantom.distance import polygon_distance_mm
from dicom_io.phantom.moments import slabs_between
from dicom_io.phantom.shapes import corners, inside
from dicom_io.phantom.write import DOSE_STEP_GY

TWO_COURSES = ("pelvis-two-courses", "pelvis-two-courses-tilted")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> PhantomCase:
    return build_case(request.param)


def test_the_required_cases_are_there() -> None:
    asked = {"pelvis-two-courses", "spine-sabr-2mm", "spine-sabr-5mm", "sphere", "cylinder", "cone"}
    assert asked <= set(CASES)


def test_an_unknown_case_names_those_there_are() -> None:
    with pytest.raises(DicomValueError, match="pelvis-two-courses"):
        build_case("pelvis")


def test_each_dose_bends_on_grid_nodes_only_and_is_not_negative(case: PhantomCase) -> None:
    for course in case.courses:
        dose = course.dose.on(course.dose_geometry)
        assert dose.shape == course.dose_geometry.shape
        assert dose.min() >= 0


def test_a_grid_holds_the_formula_at_its_nodes(case: PhantomCase) -> None:
    random = np.random.default_rng(3)
    for course in case.courses:
        geometry = course.dose_geometry
        index = random.integers(0, geometry.shape, (200, 3))
        values = course.dose.on(geometry)[tuple(index.T)]
        np.testing.assert_allclose(values, course.dose.at(geometry.to_patient(index)), atol=1e-9)


def test_doses_of_known_organs_are_whole_stored_units_at_the_nodes_around_them(case: PhantomCase) -> None:
    """So that storing the grid rounds nothing there, and what is sampled is the formula."""
    for organ in known_organs(case):
        for course in case.courses:
            known = organ.doses[course.label]
            if known is None:
                continue
            part = slabs_between(organ.solid.slabs, *known.covered_z)
            index = course.dose_geometry.to_index(course.from_main(corners(part)))
            low = np.floor(index.min(axis=0)).astype(int)
            high = np.minimum(
                np.ceil(index.max(axis=0)).astype(int), np.subtract(course.dose_geometry.shape, 1)
            )
            # nodes inside the box of the organ, where the dose varies along one coordinate
            box = tuple(slice(a + 1, b) for a, b in zip(low, high, strict=True))
            units = course.dose.on(course.dose_geometry)[box] / DOSE_STEP_GY
            if course.keeps_z and units.size:
                assert np.max(np.abs(units - np.rint(units))) < 1e-6, (organ.name, course.label)


def test_the_dose_at_the_isocentre_is_what_the_beams_add_up_to(case: PhantomCase) -> None:
    for course in case.courses:
        per_fraction = sum(beam.dose_gy for beam in course.beams)
        assert course.dose.at(course.isocentre) == pytest.approx(per_fraction * course.n_fractions)


def test_the_prescription_is_reached_and_the_maximum_is_plausible(case: PhantomCase) -> None:
    for course in case.courses:
        highest = course.dose.on(course.dose_geometry).max()
        assert course.prescription_gy <= highest <= 1.21 * course.prescription_gy


def test_contours_lie_on_image_planes_and_within_the_images(case: PhantomCase) -> None:
    for course in case.courses:
        if not course.keeps_z:
            continue
        geometry = course.image_geometry
        for solid in course.solids:
            points = course.from_main(np.concatenate(solid.contours()))
            frame, row, column = geometry.to_index(points).T
            np.testing.assert_allclose(frame, np.rint(frame), atol=1e-9)
            assert row.min() >= 0
            assert column.min() >= 0
            assert row.max() <= geometry.shape[1] - 1
            assert column.max() <= geometry.shape[2] - 1


def test_organs_lie_within_the_body_and_apart_from_each_other_in_plane(case: PhantomCase) -> None:
    for course in case.courses:
        external = course.named("External")
        organs = [s for s in course.solids if s.interpreted_type == "ORGAN"]
        for solid in course.solids:
            for slab in solid.slabs:
                around = next(
                    s for s in external.slabs if s.z_low <= (slab.z_low + slab.z_high) / 2 < s.z_high
                )
                if solid is not external:
                    assert all(np.all(inside(around.polygons[0], p)) for p in slab.polygons), solid.name
        for k, one in enumerate(organs):
            for two in organs[k + 1 :]:
                for slab in one.slabs:
                    for other in slabs_between(two.slabs, slab.z_low, slab.z_high):
                        gaps = [polygon_distance_mm(p, q) for p in slab.polygons for q in other.polygons]
                        assert min(gaps) > 0, (one.name, two.name)


@pytest.mark.parametrize("name", TWO_COURSES)
def test_rotation_and_translation_do_not_commute(name: str) -> None:
    to_main = build_case(name).courses[0].to_main
    assert to_main is not None
    rotation, shift = to_main.matrix[:3, :3], to_main.matrix[:3, 3]
    assert np.linalg.norm(rotation @ shift - shift) > 4.0  # mm: seen by any test that swaps them
    assert to_main.rotation_degrees > 4


@pytest.mark.parametrize("name", TWO_COURSES)
def test_two_courses_differ_in_frame_spacing_and_extent(name: str) -> None:
    first, second = build_case(name).courses
    assert first.frame_of_reference_uid != second.frame_of_reference_uid
    one, two = first.dose_geometry, second.dose_geometry
    spacings = {(g.frame_spacing, g.row_spacing, g.column_spacing) for g in (one, two)}
    assert len(spacings) == 2
    assert one.row_spacing != one.column_spacing
    assert two.row_spacing != two.column_spacing
    assert one.shape != two.shape
    assert (first.prescription_gy, first.n_fractions) == (50.4, 28)
    assert (second.prescription_gy, second.n_fractions) == (30.0, 5)


def test_the_pelvis_has_the_organs_that_matter_in_both_structure_sets() -> None:
    names = {
        "Bladder", "Bag_Bowel", "Rectum", "SacralPlex", "CaudaEquina", "SpinalCord", "Femur_Head_L",
        "Femur_Head_R", "A_Iliac_L", "A_Iliac_R", "GTV", "PTV", "External",
    }  # fmt: skip
    for course in build_case("pelvis-two-courses").courses:
        assert {solid.name for solid in course.solids} == names


def test_in_the_pelvis_every_organ_but_the_body_has_a_closed_form_in_both_courses() -> None:
    case = build_case("pelvis-two-courses")
    shared = [organ for organ in known_organs(case) if len(organ.drawn_in) == 2]
    unknown = [organ.name for organ in shared if None in organ.doses.values()]
    assert unknown == ["External"]
    weights = {"first-course": (1.0, 0.0), "second-course": (1.0, 0.0)}
    for organ in shared:
        if organ.name != "External":
            total = organ.distribution(weights, covered_only=True)
            parts = [organ.doses[course] for course in weights]
            assert all(part is not None for part in parts)
            assert total.minimum - 1e-9 <= total.mean <= total.maximum + 1e-9


def test_some_organ_is_partly_outside_each_grid_and_gradients_oppose_somewhere() -> None:
    organs = {o.name: o for o in known_organs(build_case("pelvis-two-courses")) if len(o.drawn_in) == 2}
    cord = organs["SpinalCord"]
    for course in ("first-course", "second-course"):
        covered = cord.covered_cc(course)
        assert covered is not None
        assert 0 < covered < cord.volume_cc
    parts = {c: organs["CaudaEquina"].physical(c) for c in ("first-course", "second-course")}
    total = organs["CaudaEquina"].distribution(dict.fromkeys(parts, (1.0, 0.0)))
    assert total.maximum < sum(p.maximum for p in parts.values()) - 1


@pytest.mark.parametrize("name", ["spine-sabr-2mm", "spine-sabr-2mm-across"])
def test_a_patient_position_turns_the_images_and_leaves_the_patient(name: str) -> None:
    supine = build_case(name).courses[0]
    for suffix in ("-ffs", "-hfp", "-ffp", "-hfdr"):
        turned = build_case(name + suffix).courses[0]
        assert turned.patient_position == suffix[1:].upper()
        assert not np.allclose(turned.image_geometry.axes, supine.image_geometry.axes)
        for one, two in zip(turned.solids, supine.solids, strict=True):
            np.testing.assert_array_equal(corners(one.slabs), corners(two.slabs))
        ends = [
            np.sort(g.to_patient([[0, 0, 0], np.subtract(g.shape, 1)]), axis=0)
            for g in (turned.dose_geometry, supine.dose_geometry)
        ]
        np.testing.assert_allclose(*ends)


def test_patient_positions_are_those_of_planning_systems(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "orientation_rtdose_headers"
    for position, (row, column) in PATIENT_POSITIONS.items():
        header = pydicom.dcmread(folder / f"RD.DICOMORIENT.Dose_{position}_empty.dcm", force=True)
        assert [float(v) for v in header.ImageOrientationPatient] == [*row, *column]


def test_a_box_that_is_no_whole_number_of_spacings_is_refused() -> None:
    with pytest.raises(DicomValueError, match="whole number"):
        grid(low=(0, 0, 0), high=(10, 10, 10), spacing=(3, 2, 2))
