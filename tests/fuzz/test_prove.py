"""What the longer proofs take from pyproject.toml, and which Pythons they find."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROVE = ROOT / "tools" / "prove.py"

pytestmark = pytest.mark.skipif(not PROVE.is_file(), reason="the tool lies beside the packages")


@pytest.fixture(scope="module")
def prove() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prove", PROVE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["prove"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_dependency_has_a_lowest_version_that_is_proved(prove: ModuleType) -> None:
    wanted = [each for each in prove._requirements() if not each.startswith("rtplan[")]
    held = prove.lowest(wanted)
    assert len(held) == len(wanted) > 15
    assert all(one.split("==")[0] == each.split(">=")[0] for one, each in zip(held, wanted, strict=True))
    assert prove.lowest(["numpy>=2.0", "a.b-c[x,y]>=1.2.3", "unbounded"]) == ["numpy==2.0", "a.b-c==1.2.3"]


def test_the_pythons_are_those_that_the_project_names(prove: ModuleType) -> None:
    named = prove.named_pythons(prove._project())
    assert named[0] == prove._project()["requires-python"].removeprefix(">=")
    assert len(named) >= 3


def test_a_stand_in_that_does_not_start_is_passed_over(
    prove: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3.99", "python3.98"):
        stand_in = tmp_path / name
        stand_in.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
        stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert prove.python_of("3.99") is None
    here = "{}.{}".format(*sys.version_info)
    assert prove.python_of(here) == Path(sys.executable)


def test_a_python_that_pyenv_keeps_is_found_behind_its_stand_in(
    prove: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "pyenv" / "versions" / "3.99.1" / "bin" / "python3.99"
    real.parent.mkdir(parents=True)
    real.write_text("#!/bin/sh\necho 3.99\n", encoding="utf-8")
    real.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert prove.python_of("3.99") == real


def test_a_part_that_fails_is_told_and_one_that_is_missing_is_named(prove: ModuleType) -> None:
    assert prove.skipped("no browser") == prove.Outcome(held=True, words="skipped: no browser")
    assert not prove.of(1, "600 with seed 1").held
    assert prove.of(1, "600 with seed 1").words.startswith("FAILED")
    assert prove.of(0, "600 with seed 1").held
