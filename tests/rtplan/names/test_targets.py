"""Is it a target? One answer for the check, the reports, the sums and recovery."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.retreatment import recovery_rule, target_kind_of_name
from dicom_io import DicomIoError
from dicom_io.objects import Contour, Structure
from dicom_io.study import load_study
from rtplan.interval import Interval
from rtplan.limits import load_constraint_set
from rtplan.names import drawn_targets, target_of, target_questions
from rtplan.plan_check import check_plan
from rtplan.reirradiation.beside import target_structures
from rtplan.reirradiation.organ import OrganMatch, recovery_for

SQUARE = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 0.0], [0.0, 10.0, 0.0]])


def structure(name: str, kind: str = "", *, corners: int = 4) -> Structure:
    contour = Contour(points=SQUARE[:corners], geometric_type="CLOSED_PLANAR" if corners > 2 else "POINT")
    return Structure(
        number=1, name=name, interpreted_type=kind, contours=(contour,), frame_of_reference_uid="1"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PTV_High", "PTV"), ("PTV_5040", "PTV"), ("GTV-1", "GTV"), ("GTV 1", "GTV"), ("ITV", "ITV"),
        ("IGTV", "GTV"), ("HR-CTV", "CTV"), ("HRCTV", "CTV"), ("GTV_ALL", "GTV"), ("gtvp", "GTV"),
        ("PTV_during", "PTV"), ("tumour", "target"), ("Tumor bed", "target"),
    ],
)  # fmt: skip
def test_a_name_that_says_so_makes_a_target_without_a_type(name: str, kind: str) -> None:
    found = target_of(structure(name))
    assert found is not None
    assert (found.kind, found.evidence, found.question) == (kind, "name", None)


@pytest.mark.parametrize(
    "name", ["Rectum", "PTV_ring", "PTV1_WALL", "BRAIN - PTV", "Lungs-GTV", "Rectum in PTV", "TV", ""]
)
def test_what_lies_around_or_beside_a_target_is_none(name: str) -> None:
    assert target_of(structure(name, "ORGAN")) is None


@pytest.mark.parametrize(
    ("name", "typed", "kind", "question"),
    [
        ("PTV_High", "ORGAN", "PTV", "typed ORGAN and named PTV"),
        ("PTV_ring", "PTV", "PTV", "named as made from or around a target"),
        ("Rectum", "PTV", "PTV", "has an organ's name"),
        ("Kidney", "CTV", "CTV", "has an organ's name"),
        ("GTV_1", "PTV", "GTV", "it is taken for a GTV"),
        ("PTV-Rectum", "PTV", "PTV", "made from a target by its name"),
        ("tumor", "ORGAN", "target", "named as a target"),
        ("Boost", "PTV", "PTV", None),
        ("ITV", "CTV", "ITV", None),
        ("PTV", "PTV", "PTV", None),
    ],
)
def test_where_type_and_name_contradict_it_is_a_target_and_a_question(
    name: str, typed: str, kind: str, question: str | None
) -> None:
    found = target_of(structure(name, typed))
    assert found is not None
    assert found.kind == kind
    assert found.question is None if question is None else question in (found.question or "")
    assert target_questions([structure(name, typed)]) == ((found.question,) if found.question else ())


def test_an_isocentre_named_after_its_target_is_no_volume() -> None:
    assert target_of(structure("ptv4", "ISOCENTER", corners=1)) is None


@given(
    name=st.sampled_from(["PTV", "GTV-1", "CTV_x", "ITV", "Rectum", "Boost", "PTV_ring", "tumour"]),
    typed=st.sampled_from(["", "GTV", "CTV", "PTV", "ORGAN", "AVOIDANCE", "CONTROL"]),
)
def test_law_neither_type_nor_name_can_take_away_what_the_other_says(name: str, typed: str) -> None:
    """A structure is a target exactly when its type or its name says so."""
    says_so = typed in ("GTV", "CTV", "PTV") or target_kind_of_name(name) is not None
    assert (target_of(structure(name, typed)) is not None) == says_so


def test_law_no_real_structure_is_a_target_in_one_room_and_not_in_another(shared_data: Path) -> None:
    """Sums and pictures take what `target_of` takes, and nothing else fails to recover."""
    name = "radreirradiation-default"
    rule = recovery_rule(name, tissue="SpinalCord")
    gap = Interval(ended=date(2021, 5, 1), starts=date(2024, 2, 1))
    seen = 0
    for folder in sorted(path for path in (shared_data / "dicom").iterdir() if path.is_dir()):
        try:
            sets = load_study(folder).structure_sets
        except DicomIoError:
            continue
        for entry in sets:
            for s in entry.structure_set.structures:
                is_target = target_of(s) is not None and bool(s.contours)
                course = cast(Any, SimpleNamespace(structures=(s,)))
                assert bool(target_structures(course)) == bool(drawn_targets([s])) == is_target
                match = OrganMatch(organ="SpinalCord", new=s, priors=(None,), evidence=("by hand",))
                assert recovery_for(match, name, intervals=[gap]).is_chosen == (target_of(s) is None)
                if target_kind_of_name(s.name) is not None:
                    assert not rule.applies_to(s.name)
                    assert target_of(s) is not None or len(s.contours) == 1
                seen += is_target
    assert seen > 30


@pytest.mark.parametrize("folder", ["gtv", "gtv_dash"])
def test_a_gtv_is_found_however_it_is_numbered(shared_data: Path, folder: str) -> None:
    path = shared_data.parent / "cases" / "sets" / folder
    if not path.is_dir():
        pytest.skip(f"{folder} is not there")
    check = check_plan(load_study(path).select(), load_constraint_set("timmerman-2021"))
    assert [d.from_name for d in check.distances][:1] == ["GTV-1" if folder == "gtv_dash" else "GTV"]
    assert not any(d.reason and "no GTV" in d.reason for d in check.distances)


def test_targets_that_only_their_type_names_are_reported(shared_data: Path) -> None:
    study = load_study(shared_data / "dicom" / "raystation_proton_ramp10")
    treatment = next(
        t
        for plan in study.plans
        if (t := study.select(plan=plan.sop_instance_uid)).dose is not None and t.structure_set is not None
    )
    check = check_plan(treatment, load_constraint_set("quantec"))
    assert {"Cube101010", "Slope101004"} <= {t.structure for t in check.targets}
