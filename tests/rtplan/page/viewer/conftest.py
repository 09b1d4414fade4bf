"""The demo's answer as the viewer looks at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.page.viewer import Scene, scene_of
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.selftest import demo_case


@pytest.fixture(scope="session")
def answer(two_courses: Path) -> Reirradiation:
    return reirradiate(demo_case(two_courses).question())


@pytest.fixture(scope="session")
def scene(answer: Reirradiation) -> Scene:
    return scene_of(answer)
