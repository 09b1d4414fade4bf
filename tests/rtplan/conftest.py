"""Fixtures of the tests of `rtplan`."""

from __future__ import annotations

from types import ModuleType

import pytest
from synthetic import box_patients


@pytest.fixture(scope="session")
def boxes() -> ModuleType:
    """The makers of small two-course patients as DICOM files."""
    return box_patients
