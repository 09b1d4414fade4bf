"""What a notebook shows of large objects is one short line, without identities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicom_io import GridField, GridGeometry, StructureSet, Study, load_study
from dicom_io.phantom import write_phantom


@pytest.fixture(scope="module")
def sphere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reprs") / "sphere"
    write_phantom("sphere", str(folder))
    return folder


def test_every_object_of_a_study_is_shown_in_one_short_line(sphere: Path) -> None:
    study = load_study(sphere)
    chosen = study.select()
    assert chosen.structure_set is not None
    assert chosen.dose is not None
    parts = (study, chosen, chosen.structure_set, chosen.dose, GridField.of(chosen.dose))
    structure = chosen.structure_set.structures[0]
    for shown in map(repr, (*parts, structure, structure.contours[0])):
        assert "\n" not in shown
        assert len(shown) < 250
        assert "PHANTOM-SPHERE" not in shown
        assert "Phantom^" not in shown


def test_the_line_says_what_is_there(sphere: Path) -> None:
    study = load_study(sphere)
    assert repr(study) == "Study(plan: 1, structure set: 1, dose: 1, series of images: 1)"
    chosen = study.select()
    assert repr(chosen).endswith("50 Gy: plan, dose, structures, images; 25 fractions)")
    assert chosen.structure_set is not None
    assert repr(chosen.structure_set.named("Sphere")) == "Structure(1 'Sphere' PTV: 24 contours)"


def test_empty_ones_say_so() -> None:
    assert repr(Study()) == "Study(nothing)"
    empty = StructureSet(structures=(), label="", sop_instance_uid="", frame_of_reference_uid="1.2")
    assert repr(empty) == "StructureSet('': no structures)"


def test_a_grid_shows_size_spacing_and_corner() -> None:
    grid = GridGeometry.axial(shape=(3, 4, 5), origin=(-1, 0, 2.5), spacing=(3.0, 2.0, 1.0))
    assert repr(grid) == "GridGeometry(3 x 4 x 5 voxels of 3 x 2 x 1 mm from (-1, 0, 2.5) mm)"


def test_a_field_of_which_nothing_is_known_says_so() -> None:
    grid = GridGeometry.axial(shape=(1, 2, 2), origin=(0, 0, 0), spacing=(3.0, 2.0, 1.0))
    field = GridField(geometry=grid, values=np.full((1, 2, 2), np.nan), frame_of_reference_uid="1.2")
    assert repr(field).startswith("GridField(nothing known on GridGeometry(1 x 2 x 2")
