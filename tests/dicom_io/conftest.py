"""Fixtures of the DICOM tests."""

from __future__ import annotations

from types import ModuleType

import pytest
from synthetic import dicom_objects


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The makers of small DICOM-RT objects."""
    return dicom_objects
