"""DVHs of a folder, asked of the library."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicom_io import AmbiguousStudyError, NoSuchStructureError
from dicom_io.phantom import build_case, known_organs, write_phantom
from rtplan.structures import (
    DvhQuestion,
    GeometryQuestion,
    dvhs_of_folder,
    geometry_of_folder,
    structures_named,
)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("structures") / "sphere"
    write_phantom("sphere", folder)
    return folder


def test_structures_that_are_named_come_in_file_order_and_once(patient: Path) -> None:
    everything = dvhs_of_folder(DvhQuestion(folder=patient))
    names = [structure.name for structure in everything.structures]
    asked = dvhs_of_folder(DvhQuestion(folder=patient, structures=[*reversed(names), names[0]]))
    assert [structure.name for structure in asked.structures] == names


def test_volumes_are_those_of_the_closed_form(patient: Path) -> None:
    answer = dvhs_of_folder(DvhQuestion(folder=patient))
    volumes = {
        answer.dvhs[s.number].structure_name: answer.dvhs[s.number].volume_cc for s in answer.structures
    }
    for organ in known_organs(build_case("sphere")):
        assert volumes[organ.name] == pytest.approx(organ.volume_cc, rel=1e-6)


def test_a_metric_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="D0"):
        DvhQuestion(folder=Path("nowhere"), metrics=["D0.03"])


def test_two_structures_of_one_name_are_both_shown_and_have_no_distance(patient: Path) -> None:
    treatment = DvhQuestion(folder=patient).load()[1]
    structure_set = treatment.structure_set
    assert structure_set is not None
    first = structure_set.structures[0]
    assert structures_named(structure_set, [first.name]) == (first,)
    with pytest.raises(NoSuchStructureError, match="there are"):
        structures_named(structure_set, ["nobody drew this"])


def test_a_distance_needs_a_name_that_is_used_once(patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    treatment = DvhQuestion(folder=patient).load()[1]
    structure_set = treatment.structure_set
    assert structure_set is not None
    name = structure_set.structures[0].name
    monkeypatch.setattr(type(structure_set), "all_named", lambda self, _: self.structures[:1] * 2)
    with pytest.raises(AmbiguousStudyError, match="a distance needs one"):
        geometry_of_folder(GeometryQuestion(folder=patient, between=[(name, name)]))


def test_progress_is_told_what_is_done(patient: Path) -> None:
    steps: list[str] = []
    geometry_of_folder(GeometryQuestion(folder=patient), progress=steps.append)
    assert steps[0] == "reading the folder"
    assert len(steps) == 2
