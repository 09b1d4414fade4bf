"""What a notebook needs is importable from `rtplan`, and importing it stays light."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rtplan

STUB = Path(rtplan.__file__).with_suffix(".pyi")


def test_every_public_name_loads() -> None:
    assert all(hasattr(rtplan, name) for name in rtplan.__all__)


def test_every_name_is_public_in_its_module() -> None:
    for module, names in rtplan._LOADED_WHEN_USED.items():  # type: ignore[attr-defined]
        assert set(names) <= set(importlib.import_module(f"rtplan.{module}").__all__), module


def test_the_stub_tells_the_same_names() -> None:
    imports = [
        node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)
    ]
    told = {(node.module, alias.name) for node in imports for alias in node.names}
    loaded = rtplan._LOADED_WHEN_USED.items()  # type: ignore[attr-defined]
    assert told - {("rtplan._version", "__version__")} == {
        (f"rtplan.{module}", name) for module, names in loaded for name in names
    }


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'recommend'"):
        _ = rtplan.recommend  # type: ignore[attr-defined]


def test_importing_rtplan_imports_none_of_the_heavy_packages() -> None:
    code = (
        "import sys, rtplan; print({'numpy', 'scipy', 'pydicom', 'matplotlib', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_names_are_listed() -> None:
    assert {"reirradiate", "check_plan", "sum_courses", "accumulate"} <= set(dir(rtplan))


def test_no_name_is_that_of_a_module_which_would_hide_it() -> None:
    modules = {path.stem for path in STUB.parent.glob("*.py")} | {
        p.name for p in STUB.parent.iterdir() if p.is_dir()
    }
    assert not modules & set(rtplan.__all__)


def test_the_version_is_that_of_the_distribution_and_asking_for_it_loads_no_numpy() -> None:
    project = tomllib.loads((Path(rtplan.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert rtplan.__version__ == project["project"]["version"]
    loaded = "import sys, rtplan.cli; print('numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
