"""A study travels to another process: small, and what it names is read there when it is asked for."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from dicom_io import load_study
from dicom_io.phantom import write_phantom


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("phantom") / "set"
    write_phantom("spine-sabr-5mm", place)
    return place


@pytest.mark.parametrize("packed", [False, True])
def test_a_study_is_pickled_without_what_was_read_of_it(folder: Path, *, packed: bool) -> None:
    location = shutil.make_archive(str(folder), "zip", folder) if packed else str(folder)
    study = load_study(location)
    grid = study.doses[0].dose.dose_gy
    content = pickle.dumps(study)
    assert len(content) < min(200_000, grid.nbytes)
    again = pickle.loads(content)
    assert again.findings == study.findings
    assert np.array_equal(again.doses[0].dose.dose_gy, grid)
    assert again.doses[0].sha256 == study.doses[0].sha256


def test_a_treatment_set_is_pickled_with_its_arrays_once(folder: Path) -> None:
    chosen = load_study(folder).select()
    content = pickle.dumps(chosen)
    again = pickle.loads(content)
    assert chosen.dose is not None
    assert again.dose is not None
    assert np.array_equal(again.dose.dose_gy, chosen.dose.dose_gy)
    assert len(content) < 1.5 * chosen.dose.dose_gy.nbytes + 2_000_000
    assert again.inputs == chosen.inputs
