"""Fixtures of the tests of `rtplan`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def boxes() -> ModuleType:
    """The makers of small two-course patients as DICOM files."""
    spec = importlib.util.spec_from_file_location(
        "box_patients", Path(__file__).parents[1] / "box_patients.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
