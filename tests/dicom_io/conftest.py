"""Fixtures of the DICOM tests."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The makers of small DICOM-RT objects."""
    spec = importlib.util.spec_from_file_location(
        "dicom_objects", Path(__file__).parents[1] / "dicom_objects.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
