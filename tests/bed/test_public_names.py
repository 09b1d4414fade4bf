"""The names of the package; where this fails after a change, run `tools/write_doors.py`."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import bed

STUB = Path(bed.__file__).with_suffix(".pyi")
INTERNAL = {"__init__", "arguments", "notation", "tables"}
OF_THE_ROOM_ONLY = {("published", "OracleCheck"), ("published", "check_oracles")}


def _places() -> list[str]:
    """Modules at the root of the package and its rooms."""
    modules = {path.stem for path in STUB.parent.glob("*.py")} - INTERNAL
    return sorted(modules | {path.parent.name for path in STUB.parent.glob("*/__init__.py")})


def _public() -> set[tuple[str, str]]:
    names = {(place, name) for place in _places() for name in importlib.import_module(f"bed.{place}").__all__}
    return names - OF_THE_ROOM_ONLY


def test_every_public_name_of_every_module_and_room_is_a_name_of_the_package() -> None:
    names = [name for _, name in _public()]
    assert set(bed.__all__) == set(names)
    assert len(bed.__all__) == len(names)


def test_a_room_brings_every_public_name_of_its_modules() -> None:
    for door in STUB.parent.glob("*/__init__.py"):
        brought = set(importlib.import_module(f"bed.{door.parent.name}").__all__)
        for module in door.parent.glob("[a-z]*.py"):
            listed = importlib.import_module(f"bed.{door.parent.name}.{module.stem}").__all__
            if (door.parent.name, module.stem) == ("published", "oracles"):
                continue  # the recomputation of examples is no model
            assert set(listed) <= brought, module.name


def test_every_name_leads_to_the_object_of_its_place() -> None:
    for place, name in _public():
        assert getattr(bed, name) is getattr(importlib.import_module(f"bed.{place}"), name)


def test_the_stub_says_the_same_as_the_package() -> None:
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    stubbed = {
        (str(node.module).removeprefix("bed."), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert stubbed == _public()


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
        "print(sorted(tops & {'scipy', 'pydicom', 'matplotlib', 'pandas'}), 'bed.outcome.tcp' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[] False"
