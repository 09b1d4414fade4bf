"""What a notebook needs is importable from `dicom_io`, and importing it stays light."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import dicom_io

STUB = Path(dicom_io.__file__).with_suffix(".pyi")


def test_every_name_leads_to_the_object_of_its_module() -> None:
    for module, names in dicom_io._LOADED_WHEN_USED.items():  # type: ignore[attr-defined]
        loaded = importlib.import_module(f"dicom_io.{module}")
        assert set(names) <= set(loaded.__all__), module
        assert all(getattr(dicom_io, name) is getattr(loaded, name) for name in names)


def test_the_stub_tells_the_same_names() -> None:
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    told = {(node.module, alias.name) for node in imports for alias in node.names}
    loaded = dicom_io._LOADED_WHEN_USED.items()  # type: ignore[attr-defined]
    assert told == {(f"dicom_io.{module}", name) for module, names in loaded for name in names}


def test_no_name_is_that_of_a_module_which_would_hide_it() -> None:
    modules = {path.stem for path in STUB.parent.glob("*.py")}
    modules |= {path.name for path in STUB.parent.iterdir() if path.is_dir()}
    assert not modules & set(dicom_io.__all__)


def test_a_name_that_is_not_there_is_refused_and_the_others_are_listed() -> None:
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        _ = dicom_io.guess  # type: ignore[attr-defined]
    assert {"load_study", "compute_dvhs", "read_dose"} <= set(dir(dicom_io))


def test_importing_the_package_imports_none_of_the_heavy_ones() -> None:
    for imported, light in (
        ("import dicom_io", {"numpy", "scipy", "pydicom", "matplotlib"}),
        ("from dicom_io import load_study, compute_dvhs", {"scipy", "matplotlib", "pandas"}),
        ("import rtplan.cli", {"scipy", "pydicom", "matplotlib", "pandas"}),
    ):
        code = f"import sys; {imported}; print(sorted({light!r} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]", imported
