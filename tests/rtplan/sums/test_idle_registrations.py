"""Of N registrations given, N are used, refused or named."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io import DicomIoError
from dicom_io.objects import DeformableTransform, GridGeometry, RigidTransform
from rtplan.errors import RtplanValueError
from rtplan.sums import (
    Registration,
    idle_registrations,
    refuse_motion_within,
    registrations_between,
    transform_to,
)

GRID = GridGeometry.axial(shape=(4, 5, 6), origin=(-25, -20, -15), spacing=(10.0, 10.0, 10.0))
FRAMES = ("1.2.1", "1.2.2", "1.2.3", "1.2.4")
NEW, OLD, THIRD, FOURTH = FRAMES


def shift(maps_from: str, maps_to: str, x: float, *, uid: str = "1.2.9.4321") -> RigidTransform:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return RigidTransform(
        matrix=matrix, maps_from=maps_from, maps_to=maps_to, source="registration object", source_uid=uid
    )


def deformable(maps_from: str, maps_to: str, x: float) -> DeformableTransform:
    post = np.eye(4)
    post[0, 3] = x
    return DeformableTransform(
        geometry=None,
        vectors=np.empty(0, dtype=np.float32),
        pre=np.eye(4),
        post=post,
        maps_from=maps_from,
        maps_to=maps_to,
    )


def idle(registrations: Sequence[Registration], *, doses: Sequence[str] = (OLD,)) -> tuple[str, ...]:
    used: list[Registration] = []
    for frame in doses:
        with suppress(DicomIoError):
            used += registrations_between(registrations, maps_from=NEW, maps_to=frame)
    return idle_registrations(registrations, used=used, frame=NEW, dose_frames=(NEW, *doses), probe=GRID)


def test_one_that_is_used_is_not_named() -> None:
    assert idle([shift(NEW, OLD, 12.0)]) == ()
    assert idle([shift(OLD, NEW, 12.0)]) == ()
    assert idle([deformable(OLD, NEW, 12.0)]) == ()
    assert idle([shift(NEW, THIRD, 5.0), shift(OLD, THIRD, 3.0)]) == ()


def test_courses_of_one_frame_use_none() -> None:
    (said,) = idle([shift(OLD, THIRD, 12.0)], doses=())
    assert said == (
        "registration object …4321 was given and has no effect: it joins two frames of reference in which no "
        "dose of these courses lies"
    )
    (said,) = idle([shift(OLD, NEW, 12.0)], doses=())
    assert "leads to a frame of reference in which no dose of these courses lies" in said


def test_a_longer_chain_that_contradicts_the_way_taken_is_named_with_by_how_much() -> None:
    said = idle([shift(NEW, OLD, 12.0), shift(NEW, THIRD, 4.0), shift(THIRD, OLD, 1.0)])
    assert len(said) == 2
    # 4 + 1 mm instead of 12 mm.
    assert "differs from that way by up to 7.0 mm: which of them was approved?" in said[1]


def test_a_chain_that_agrees_and_the_same_object_given_twice_are_said_to_agree() -> None:
    agreeing = idle([shift(NEW, OLD, 12.0), shift(NEW, THIRD, 4.0), shift(THIRD, OLD, 8.0)])
    assert "says what the registrations that are used say already" in agreeing[1]
    (again,) = idle([shift(NEW, OLD, 12.0), shift(NEW, OLD, 12.0)])
    assert "say already" in again


def test_rigid_registrations_beside_a_deformable_one_are_named() -> None:
    said = idle([deformable(NEW, OLD, 12.0), shift(NEW, THIRD, 4.0), shift(THIRD, OLD, 1.0)])
    assert len(said) == 2
    assert "up to 7.0 mm" in said[1]


def test_a_deformable_one_that_would_have_to_be_chained_is_named() -> None:
    said = idle([deformable(NEW, THIRD, 4.0), shift(THIRD, OLD, 1.0)])
    assert len(said) == 2


def test_one_that_leaves_a_frame_where_it_is_is_named_and_one_that_moves_it_is_refused() -> None:
    (said,) = idle([shift(NEW, NEW, 0.0)], doses=())
    assert "leaves a frame of reference where it is" in said
    refuse_motion_within([shift(NEW, NEW, 0.0), shift(NEW, OLD, 3.0)])
    for moving in (shift(NEW, NEW, 3.0), deformable(OLD, OLD, 0.0)):
        with pytest.raises(RtplanValueError, match="moves a frame of reference within itself"):
            refuse_motion_within([moving])


ENDS = st.tuples(st.sampled_from(FRAMES), st.sampled_from(FRAMES)).filter(lambda ends: ends[0] != ends[1])


@st.composite
def any_registrations(draw: st.DrawFn) -> list[Registration]:
    """Up to five between four frames of reference, each with a UID of its own."""
    found: list[Registration] = []
    for number in range(draw(st.integers(0, 5))):
        make = draw(st.sampled_from([shift, shift, shift, deformable]))
        made = make(*draw(ENDS), draw(st.sampled_from([0.0, 5.0, 12.0])))
        found.append(replace(made, source_uid=f"1.2.9.10{number:02d}"))
    return found


def ways(registrations: Sequence[Registration], doses: Sequence[str]) -> list[float | None]:
    """Return where each way carries the origin along x; None where a dose is not reached."""
    found: list[float | None] = []
    for frame in doses:
        try:
            way = transform_to(registrations, maps_from=NEW, maps_to=frame, probe=GRID)
        except DicomIoError:
            found.append(None)
        else:
            found.append(round(float(way.apply(np.zeros((1, 3)))[0, 0]), 2))
    return found


@given(any_registrations(), st.sets(st.sampled_from(FRAMES[1:]), min_size=1))
def test_of_n_registrations_given_each_is_used_refused_or_named(
    registrations: list[Registration], doses: set[str]
) -> None:
    """Without those named every dose is reached as before; without any other one, not."""
    frames = sorted(doses)
    try:
        before, said = ways(registrations, frames), idle(registrations, doses=frames)
    except RtplanValueError:
        return
    kept = [one for one in registrations if not any(f"…{one.source_uid[-4:]} " in text for text in said)]
    assert len(kept) + len(said) == len(registrations)
    assert ways(kept, frames) == before
    for one in kept:
        assert ways([other for other in kept if other is not one], frames) != before
