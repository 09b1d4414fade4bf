"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings
from synthetic import treatment_sets

from dicom_io.phantom import write_phantom

# A loaded machine must not fail a law: none of them is about time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the files that ``tests/slow.txt`` lists."""
    listed = Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines()
    root = Path(__file__).resolve().parents[1]
    slow = {root / line for line in listed if line and not line.startswith("#")}
    for item in items:
        if item.path in slow:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of published tables and real DICOM sets; the test skips by name where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs {SHARED_DATA.parent.name}/{SHARED_DATA.name} beside the checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def two_courses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the synthetic pelvic patient: ``first-course``, ``second-course``, ``registration.dcm``."""
    folder = tmp_path_factory.mktemp("two-courses") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder


@pytest.fixture(scope="session")
def sets() -> ModuleType:
    """The makers of treatment sets: box organs in linear doses."""
    return treatment_sets
