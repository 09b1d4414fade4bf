"""The names of the package; where this fails after a change, run `tools/write_bed_names.py`."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import bed

STUB = Path(bed.__file__).with_suffix(".pyi")
INTERNAL = {"arguments", "domain", "notation", "oracles"}


def _modules() -> list[str]:
    return sorted(path.stem for path in STUB.parent.glob("*.py") if path.stem != "__init__")


def test_every_public_name_of_every_module_is_a_name_of_the_package() -> None:
    expected = {
        name
        for module in _modules()
        if module not in INTERNAL
        for name in importlib.import_module(f"bed.{module}").__all__
    }
    assert set(bed.__all__) == expected
    assert len(bed.__all__) == len(expected)


def test_every_name_leads_to_the_object_of_its_module() -> None:
    for module in set(_modules()) - INTERNAL:
        loaded = importlib.import_module(f"bed.{module}")
        for name in loaded.__all__:
            assert getattr(bed, name) is getattr(loaded, name)


def test_the_stub_says_the_same_as_the_package() -> None:
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    stubbed = {
        (str(node.module).removeprefix("bed."), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    real = {
        (module, name)
        for module in set(_modules()) - INTERNAL
        for name in importlib.import_module(f"bed.{module}").__all__
    }
    assert stubbed == real


def test_modules_are_reached_as_attributes_and_listed() -> None:
    assert bed.kinetics.__name__ == "bed.kinetics"
    assert bed.__getattr__("kinetics") is bed.kinetics
    assert {"LQ", "bed_lql", "kinetics", "tissue_parameter"} <= set(dir(bed)) | {"kinetics"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'bed' has no attribute 'eqd3'"):
        bed.eqd3  # noqa: B018


def test_importing_the_package_loads_no_scipy_no_dicom_no_plots_and_no_model_it_does_not_need() -> None:
    code = (
        "import sys, bed; tops = {m.split('.')[0] for m in sys.modules}; "
        "print(sorted(tops & {'scipy', 'pydicom', 'matplotlib', 'pandas'}), 'bed.tcp' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[] False"
