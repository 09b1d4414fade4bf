"""Write `bed/__init__.py` and its stub from the `__all__` of the modules: run it when a public name changes.

The package loads its core at once and the other modules when one of their names is first used; the stub tells
type checkers and editors the same names. `tests/bed/test_public_names.py` fails when the two are behind.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

BED = Path(__file__).resolve().parents[1] / "bed"
CORE = ("errors", "lq", "quantity", "regimen")
INTERNAL = {"__init__", "arguments", "domain", "notation", "oracles"}

HEAD = '''"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them.

Regimens, quantities and the LQ model load at once; the other modules load when one of their names is first
used, so that importing this package costs little more than importing NumPy.
"""

from __future__ import annotations

import importlib
from typing import Any

'''

TAIL = '''

def __getattr__(name: str) -> Any:
    """Load the module that brings a name when the name is first used."""
    if name in _LOADED_WHEN_USED:
        return importlib.import_module(f"bed.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"bed.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted(set(globals()) | set(__all__))
'''


def public_names(module: str) -> list[str]:
    """Read `__all__` without importing the module."""
    for node in ast.parse((BED / f"{module}.py").read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "__all__":
            return sorted(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    raise SystemExit(f"bed/{module}.py has no __all__")


def package_source(names: dict[str, list[str]]) -> str:
    lines = [f"from bed.{module} import {', '.join(names[module])}\n" for module in CORE]
    lines.append("\n_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {\n")
    lines += [
        f'    "{module}": ({" ".join(f"{name!r}," for name in names[module])}),\n'
        for module in sorted(set(names) - set(CORE))
    ]
    lines.append('}\n"""Module and the public names it brings."""\n\n')
    lines.append(
        "_MODULE_OF = {name: module for module, names in _LOADED_WHEN_USED.items() for name in names}\n\n"
    )
    lines.append(f"__all__ = [{', '.join(repr(name) for module in CORE for name in names[module])}]\n")
    lines.append("__all__ += list(_MODULE_OF)\n")
    return HEAD + "".join(lines) + TAIL


def stub_source(names: dict[str, list[str]]) -> str:
    lines = [
        f"from bed.{module} import {', '.join(f'{name} as {name}' for name in listed)}\n"
        for module, listed in sorted(names.items())
    ]
    every = sorted(name for listed in names.values() for name in listed)
    return "".join(lines) + f"\n__all__ = [{', '.join(map(repr, every))}]\n"


def main() -> None:
    modules = sorted({path.stem for path in BED.glob("*.py")} - INTERNAL)
    names = {module: public_names(module) for module in modules}
    every = [name for listed in names.values() for name in listed]
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        raise SystemExit(f"public names of two modules: {', '.join(twice)}")
    files = [BED / "__init__.py", BED / "__init__.pyi"]
    for file, source in zip(files, (package_source(names), stub_source(names)), strict=True):
        file.write_text(source, encoding="utf-8")
    for words in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *words, *map(str, files)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
