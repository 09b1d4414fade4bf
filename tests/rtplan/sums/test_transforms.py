"""A deformable transform that is analytically known: a shift that grows linearly along x."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io import DeformableTransform, GridGeometry, MissingObjectError, RigidTransform
from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.documents import reirradiation_body, reirradiation_text
from rtplan.errors import RtplanValueError
from rtplan.interval import Interval
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import InvertedDeformation, Registration, transform_to

GRID = GridGeometry.axial(shape=(7, 11, 13), origin=(-60, -50, -30), spacing=(10.0, 10.0, 10.0))
STRETCH, OFFSET = 0.1, 2.0
GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))


def stretched(maps_from: str, maps_to: str) -> DeformableTransform:
    """x goes to 1.1 x + 2: linear, so trilinear interpolation of the vectors is exact."""
    index = np.stack(np.meshgrid(*map(np.arange, GRID.shape), indexing="ij"), axis=-1)
    vectors = np.zeros((*GRID.shape, 3), dtype=np.float32)
    vectors[..., 0] = OFFSET + STRETCH * GRID.to_patient(index)[..., 0]
    return DeformableTransform(
        geometry=GRID,
        vectors=vectors,
        pre=np.eye(4),
        post=np.eye(4),
        maps_from=maps_from,
        maps_to=maps_to,
        source_sha256="ab" * 32,
    )


def courses(sets: ModuleType) -> tuple[Course, Course]:
    new = sets.treatment(sets.linear((0.5, 0, 0), 20.0), n=5)
    old = sets.treatment(
        sets.linear((-1.0, 0, 0), 40.0), n=28, frame=sets.OLD_FRAME, organs={}, label="2020 …2 50.4 Gy"
    )
    return (
        course_of_treatments([(new, Delivery())], role="new"),
        course_of_treatments([(old, Delivery())], role="prior"),
    )


def answer(sets: ModuleType, registrations: list[Registration]) -> Reirradiation:
    new, prior = courses(sets)
    return reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3"]),
        registrations=registrations,
        metrics=["Mean[Gy]"],
    )


def mean_sum(mapped: Any) -> float:
    x = np.linspace(-10, 10, 200_001)
    earlier = np.asarray(eqd2(40.0 - mapped(x), 28, 3.0))
    return float(np.mean(earlier + np.asarray(eqd2(20.0 + 0.5 * x, 5, 3.0))))


def test_a_deformable_registration_carries_registered_points_to_the_source(sets: ModuleType) -> None:
    found = answer(sets, [stretched(sets.NEW_FRAME, sets.OLD_FRAME)])
    value = found.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert value == pytest.approx(mean_sum(lambda x: (1 + STRETCH) * x + OFFSET), abs=0.02)
    said = reirradiation_body(found)["transforms"][0]
    assert said["rotation_degrees"] is None
    # At x = 60 mm, the grid's far end, the vector is 8 mm long.
    assert said["largest_vector_mm"] == pytest.approx(8.0)
    assert "vectors up to 8.0 mm" in reirradiation_text(found)


def test_the_other_direction_is_inverted_with_its_residual_shown(sets: ModuleType) -> None:
    found = answer(sets, [stretched(sets.OLD_FRAME, sets.NEW_FRAME)])
    value = found.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert value == pytest.approx(mean_sum(lambda x: (x - OFFSET) / (1 + STRETCH)), abs=0.02)
    assert any("inverted numerically" in warning for warning in found.warnings)
    assert reirradiation_body(found)["transforms"][0]["inversion_residual_mm"] < 0.1


def test_points_that_the_vectors_do_not_cover_are_not_covered(sets: ModuleType) -> None:
    transform = stretched(sets.NEW_FRAME, sets.OLD_FRAME)
    assert np.isnan(transform.apply([[200.0, 0.0, 0.0]])).all()
    far = InvertedDeformation.of(stretched(sets.OLD_FRAME, sets.NEW_FRAME), GRID)
    assert np.isnan(far.apply(np.array([[200.0, 0.0, 0.0]]))).all()
    assert (far.maps_from, far.maps_to) == (sets.NEW_FRAME, sets.OLD_FRAME)
    assert far.source_uid == ""


def test_a_deformation_that_lies_elsewhere_cannot_be_inverted_here(sets: ModuleType) -> None:
    elsewhere = GridGeometry.axial(shape=(5, 5, 5), origin=(500, 500, 500), spacing=(10.0, 10.0, 10.0))
    with pytest.raises(RtplanValueError, match="cannot be inverted"):
        InvertedDeformation.of(stretched(sets.OLD_FRAME, sets.NEW_FRAME), elsewhere)


def test_a_rigid_and_a_deformable_registration_are_not_chosen_between(sets: ModuleType) -> None:
    rigid = RigidTransform(
        matrix=np.eye(4), maps_from=sets.NEW_FRAME, maps_to=sets.OLD_FRAME, source="matrix file"
    )
    with pytest.raises(RtplanValueError, match="1 deformable and 1 rigid"):
        answer(sets, [rigid, stretched(sets.NEW_FRAME, sets.OLD_FRAME)])


def test_a_deformation_between_other_frames_joins_nothing(sets: ModuleType) -> None:
    with pytest.raises(MissingObjectError):
        transform_to(
            [stretched("1.9.1", "1.9.2")], maps_from=sets.NEW_FRAME, maps_to=sets.OLD_FRAME, probe=GRID
        )
