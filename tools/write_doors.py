"""Write the names that `bed` brings, and the stubs of all three packages: run it when a public name changes.

`bed` brings every public name of its modules and rooms; `dicom_io` and `rtplan` bring the names that their
`__init__.py` lists. Each name loads its room when it is first used; the stub tells type checkers and editors
the same names. The tests of the public names fail when a stub is behind.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BED = ROOT / "bed"
CORE = ("errors",)
INTERNAL = {"__init__", "arguments", "notation", "tables"}
OF_THE_ROOM_ONLY = {"published": {"OracleCheck", "check_oracles"}}

HEAD = '''"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them.

Each name loads its module when first used, so that importing this package costs next to nothing, not even
NumPy.
"""

from __future__ import annotations

import importlib
from typing import Any

'''

TAIL = '''

def __getattr__(name: str) -> Any:
    """Load the room that brings a name when the name is first used."""
    if name in _LOADED_WHEN_USED:
        return importlib.import_module(f"bed.{name}")
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"bed.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted(set(globals()) | set(__all__))
'''


def literal(file: Path, name: str) -> object:
    """Read what a module assigns to a name, without importing it."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if (
            isinstance(target, ast.Name)
            and target.id == name
            and isinstance(node, ast.Assign | ast.AnnAssign)
        ):
            assert node.value is not None
            return ast.literal_eval(node.value)
    raise SystemExit(f"{file.relative_to(ROOT)} has no {name}")


def names_of_bed() -> dict[str, list[str]]:
    """Return the public names of each module and room of `bed`."""
    files = {path.stem: path for path in BED.glob("*.py")}
    files |= {path.parent.name: path for path in BED.glob("*/__init__.py")}
    found = {place: literal(path, "__all__") for place, path in files.items() if place not in INTERNAL}
    return {
        place: sorted(set(names) - OF_THE_ROOM_ONLY.get(place, set()))
        for place, names in sorted(found.items())
        if isinstance(names, list)
    }


def source_of_bed(names: dict[str, list[str]]) -> str:
    """Return the text of ``bed/__init__.py``."""
    lines = [f"from bed.{module} import {', '.join(names[module])}\n" for module in CORE]
    lines.append("\n_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {\n")
    lines += [
        f'    "{room}": ({" ".join(f"{name!r}," for name in names[room])}),\n'
        for room in sorted(set(names) - set(CORE))
    ]
    lines.append('}\n"""Room and the public names that it brings."""\n\n')
    lines.append("_ROOM_OF = {name: room for room, names in _LOADED_WHEN_USED.items() for name in names}\n\n")
    lines.append(f"__all__ = [{', '.join(repr(name) for module in CORE for name in names[module])}]\n")
    lines.append("__all__ += list(_ROOM_OF)\n")
    return HEAD + "".join(lines) + TAIL


def stub(package: str, names: dict[str, list[str]]) -> str:
    """Return the text of a package's stub."""
    lines = [
        f"from {package}.{place} import {', '.join(f'{name} as {name}' for name in listed)}\n"
        for place, listed in sorted(names.items())
    ]
    every = sorted(name for listed in names.values() for name in listed)
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        raise SystemExit(f"{package}: public names of two rooms: {', '.join(twice)}")
    return "".join(lines) + f"\n__all__ = [{', '.join(map(repr, every))}]\n"


def listed_names(package: str) -> dict[str, list[str]]:
    """Return what a package lists itself."""
    found = literal(ROOT / package / "__init__.py", "_LOADED_WHEN_USED")
    assert isinstance(found, dict)
    version = {"_version": ["__version__"]} if package == "rtplan" else {}
    return {place: sorted(names) for place, names in found.items()} | version


def main() -> None:
    """Write the four files."""
    bed = names_of_bed()
    sources = {
        BED / "__init__.py": source_of_bed(bed),
        BED / "__init__.pyi": stub("bed", bed),
        ROOT / "dicom_io" / "__init__.pyi": stub("dicom_io", listed_names("dicom_io")),
        ROOT / "rtplan" / "__init__.pyi": stub("rtplan", listed_names("rtplan")),
    }
    for file, source in sources.items():
        file.write_text(source, encoding="utf-8")
    for words in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *words, *map(str, sources)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
