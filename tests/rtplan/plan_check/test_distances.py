"""The distance from the tumour to the spinal cord, and the rule of 3 mm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicom_io import Contour, GridGeometry, Structure, load_study
from dicom_io.phantom import build_case, write_phantom
from rtplan.limits import Verdict
from rtplan.names import assign
from rtplan.plan_check import TargetDistance, distance_rules, judge_distance, target_distances

RULE = distance_rules()[0]
SPINES = [
    f"spine-sabr-{gap}{across}{position}"
    for gap in ("2mm", "5mm")
    for across in ("", "-across")
    for position in ("", "-ffs", "-hfp", "-ffp", "-hfdr")
]


def box(number: int, name: str, *, x: tuple[float, float], z: tuple[float, ...]) -> Structure:
    low, high = x
    square = np.array([[low, 0.0], [high, 0.0], [high, 10.0], [low, 10.0]])
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, height)]), geometric_type="CLOSED_PLANAR")
        for height in z
    )
    return Structure(
        number=number, name=name, interpreted_type="", contours=contours, frame_of_reference_uid="1.2.3"
    )


def measured(
    *structures: Structure,
    geometry: GridGeometry | None = None,
    modality: str | None = "MR",
    from_names: tuple[str, ...] = (),
) -> tuple[TargetDistance, ...]:
    return target_distances(
        structures,
        assign([(s.number, s.name) for s in structures]),
        image_geometry=geometry,
        image_modality=modality,
        from_names=from_names,
    )


def found(distance: float | None, low: float | None, high: float | None) -> TargetDistance:
    return TargetDistance(
        from_name="GTV",
        to_name="SpinalCord",
        to_organ="SpinalCord",
        distance_mm=distance,
        low_mm=low,
        high_mm=high,
        overlap_cc=0.0,
        reason=None if distance is not None else "no cord",
    )


@pytest.mark.parametrize(
    ("distance", "low", "high", "verdict"),
    [
        (3.0, 3.0, 3.0, "exceeds"),
        (3.0 + 1e-9, 3.0 + 1e-9, 3.0 + 1e-9, "exceeds"),
        (2.9, 2.9, 2.9, "exceeds"),
        (3.1, 3.1, 3.1, "within"),
        (2.0, 2.0, 5.0, "borderline"),
        (3.0, 3.0, 4.0, "borderline"),
        (3.5, 3.5, 6.5, "within"),
        (0.0, 0.0, 0.0, "exceeds"),
        (None, None, None, "not_evaluable"),
    ],
)
def test_within_3_mm_includes_exactly_3_mm(
    distance: float | None, low: float | None, high: float | None, verdict: str
) -> None:
    assert judge_distance(found(distance, low, high), RULE).verdict == verdict


def test_the_rule_carries_its_source() -> None:
    assert "NCT05628038" in RULE.source
    assert "check the original" in RULE.verification


@pytest.mark.parametrize("case", SPINES)
def test_the_spine_phantoms_are_found_as_such_in_every_position(case: str, tmp_path: Path) -> None:
    write_phantom(case, tmp_path / case)
    treatment = load_study(tmp_path / case).select()
    assert treatment.structure_set is not None
    rows = target_distances(
        treatment.structure_set.structures,
        assign([(s.number, s.name) for s in treatment.structure_set.structures]),
        image_geometry=treatment.image_geometry,
        image_modality="CT",
    )
    (known,) = build_case(case).gaps
    (row,) = [r for r in rows if r.to_organ == "SpinalCord"]
    assert row.low_mm is not None
    assert row.high_mm is not None
    assert row.low_mm == pytest.approx(known.as_slabs_mm, abs=0.1)
    assert row.high_mm == pytest.approx(known.as_planes_mm, abs=0.1)
    expected = Verdict.WITHIN if "5mm" in case else Verdict.EXCEEDS  # 1 mm slices: 2 to 3 mm is within 3 mm
    assert judge_distance(row, RULE).verdict is expected


def test_a_ptv_is_never_taken_for_the_tumour_unless_chosen_and_then_it_is_labelled() -> None:
    cord = box(1, "SpinalCord", x=(0, 10), z=(0, 3, 6))
    ptv = box(2, "PTV", x=(12, 30), z=(0, 3, 6))
    (row,) = measured(cord, ptv)
    assert row.distance_mm is None
    assert "no GTV is contoured" in (row.reason or "")
    (chosen,) = measured(cord, ptv, from_names=("PTV",))
    assert chosen.distance_mm == pytest.approx(2.0)
    assert "measured from 'PTV', which is PTV and no GTV" in chosen.notes


def test_every_gtv_is_measured_and_one_made_from_a_target_is_asked_about() -> None:
    cord = box(1, "SpinalCord", x=(0, 10), z=(0, 3, 6))
    others = [
        box(n, name, x=(10.0 + n, 40), z=(0, 3, 6)) for n, name in ((2, "GTVp"), (3, "GTV_2"), (4, "GTV-PTV"))
    ]
    rows = measured(cord, *others)
    assert [(r.from_name, round(r.distance_mm or 0)) for r in rows] == [
        ("GTVp", 2),
        ("GTV_2", 3),
        ("GTV-PTV", 4),
    ]
    question = "'GTV-PTV' is made from a target by its name: is it a target?"
    assert [question in r.notes for r in rows] == [False, False, True]


def test_neighbours_are_shown_beside_the_cord_and_never_instead_of_it() -> None:
    gtv = box(1, "GTV", x=(20, 30), z=(0, 3, 6))
    sac = box(2, "ThecalSac", x=(0, 10), z=(0, 3, 6))
    rows = measured(gtv, sac)
    assert [(r.to_organ, r.distance_mm) for r in rows] == [("SpinalCord", None), ("ThecalSac", 10.0)]
    assert "no structure stands for SpinalCord" in (rows[0].reason or "")


def test_two_cords_are_a_question() -> None:
    rows = measured(
        box(1, "GTV", x=(20, 30), z=(0, 3)),
        box(2, "Cord", x=(0, 10), z=(0, 3)),
        box(3, "SpinalCord", x=(0, 9), z=(0, 3)),
    )
    assert "2 structures stand for SpinalCord" in (rows[0].reason or "")


def scan(slices: int) -> GridGeometry:
    return GridGeometry.axial(shape=(slices, 64, 64), origin=(-32, -32, 0), spacing=(3.0, 1.0, 1.0))


def test_a_cord_that_may_go_on_nearer_outside_the_scan_is_not_evaluable() -> None:
    cord = box(1, "SpinalCord", x=(0, 10), z=(0, 3, 6))
    far_beside = box(2, "GTV", x=(25, 31), z=(6, 9))
    (row,) = measured(cord, far_beside, geometry=scan(4))
    assert row.distance_mm is None
    assert "leaves the scan" in (row.reason or "")


def test_a_cord_that_leaves_the_scan_far_away_changes_nothing() -> None:
    heights = tuple(3.0 * i for i in range(21))
    cord = box(1, "SpinalCord", x=(0, 10), z=heights)
    gtv = box(2, "GTV", x=(15, 30), z=(27, 30, 33))
    (row,) = measured(cord, gtv, geometry=scan(21))
    assert row.distance_mm == pytest.approx(5.0)


def test_what_was_drawn_on_is_said() -> None:
    pair = (box(1, "SpinalCord", x=(0, 10), z=(0, 3)), box(2, "GTV", x=(15, 30), z=(0, 3)))
    assert any("stands in for the MRI" in note for note in measured(*pair, modality="CT")[0].notes)
    assert any("not known" in note for note in measured(*pair, modality=None)[0].notes)
    assert "'GTV' is drawn every 3 mm" in measured(*pair)[0].notes
