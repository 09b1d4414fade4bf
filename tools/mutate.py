"""Change the code in small ways, one at a time, and see whether its tests notice.

    python tools/mutate.py [--count 600] [--seed 1] [--workers 2] [--only FILE] [--list]

A seeded sample of mutants of `bed` and of the code for DVHs, bounds and remaining dose: an operator or a
comparison turned, a number moved, a condition negated, an argument's name swapped, a statement left out.
Texts of messages are left alone. Each mutant runs in a process of its own, in memory: no file is changed.
Its own module's tests come first, the wider ones only if those notice nothing. Prints the kill rate and every
survivor; ``tools/mutants_that_live.csv`` says of those looked at why they live. The exit status is 1 when
fewer than 85 % are killed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import csv
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KNOWN = Path(__file__).with_name("mutants_that_live.csv")
NEEDED = 0.85
CPU_SECONDS, ADDRESS_SPACE = 240, 6 * 2**30

DVH = ("bulk", "cells", "curve", "dvh", "field", "histogram", "interpolation", "lattice", "metric", "planar",
       "ragged", "raster", "slabs", "spread")  # fmt: skip
CUMULATIVE = ("accumulation", "bounds", "remaining", "organ_dose", "organ_record")

WIDER = {
    "bed": ["tests/bed", "tests/laws", "tests/reference"],
    "dicom_io": [
        *(
            f"tests/dicom_io/test_{name}.py"
            for name in ("dvh", "raster", "slabs", "field", "metric", "planar")
        ),
        *(f"tests/hazards/test_h{number}_*.py" for number in (10, 13, 14)),
        "tests/dicom_io/test_dvh_nelms.py",
    ],
    "rtplan": [
        "tests/laws/test_laws_bounds.py",
        *(f"tests/rtplan/test_{name}.py" for name in (*CUMULATIVE, "joining", "reirradiation")),
    ],
}
"""Tests that run where those of the module itself notice nothing."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One small change.

    Attributes
    ----------
    file : str
        Relative to the repository.
    place : int
        Which of the file's possible changes it is.
    line : int
    was, became : str
        The source of the changed expression or statement.
    """

    file: str
    place: int
    line: int
    was: str
    became: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.was}  ->  {self.became}"


# Changes --------------------------------------------------------------------------------------------------

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
RENAMED = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "floor": "ceil", "ceil": "floor",
    "any": "all", "all": "any", "exp": "expm1", "log": "log1p", "argmin": "argmax", "argmax": "argmin",
    "left": "right", "right": "left",
}  # fmt: skip


def changes_of(node: ast.AST) -> Iterator[Callable[[Any], ast.AST]]:
    """Return the changes that can be made to a node; each takes a copy of it."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED and not _is_text(node):
        yield _with_operator
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
        yield _with_comparison
        if isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            yield _negated
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield lambda found: found.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield _with_number
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield lambda found: ast.Constant(not found.value)
    elif isinstance(node, ast.IfExp):
        yield lambda found: ast.IfExp(found.test, found.orelse, found.body)
    elif isinstance(node, ast.If):
        yield _with_negated_test
    elif isinstance(node, ast.Name | ast.Attribute) and _name(node) in RENAMED:
        yield _renamed
    elif isinstance(node, ast.Raise | ast.AugAssign | ast.Expr | ast.Break | ast.Continue) and not _is_doc(
        node
    ):
        yield lambda _: ast.Pass()


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _renamed(node: Any) -> Any:
    setattr(node, "id" if isinstance(node, ast.Name) else "attr", RENAMED[_name(node)])
    return node


def _with_operator(node: Any) -> Any:
    node.op = SWAPPED[type(node.op)]()
    return node


def _with_comparison(node: Any) -> Any:
    node.ops = [SWAPPED[type(node.ops[0])]()]
    return node


def _negated(node: Any) -> Any:
    return ast.UnaryOp(ast.Not(), node)


def _with_negated_test(node: Any) -> Any:
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return node


def _with_number(node: Any) -> Any:
    value = node.value
    return ast.Constant(value + 1 if isinstance(value, int) else value * 1.25 if value else 1.0)


def _is_text(node: ast.AST) -> bool:
    return any(isinstance(part, ast.JoinedStr) or _is_string(part) for part in ast.walk(node))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_doc(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def sites(tree: ast.Module) -> list[tuple[ast.AST, Callable[[Any], ast.AST]]]:
    """Return every node that can be changed with its change, in the order of the source."""
    found: list[tuple[ast.AST, Callable[[Any], ast.AST]]] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom) or _is_declaration(node):
            return
        found.extend((node, change) for change in changes_of(node))
        if isinstance(node, ast.Raise):  # what an error says is text
            return
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child)

    visit(tree)
    return found


def _is_declaration(node: ast.AST) -> bool:
    """What is there for type checkers and readers only."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test)
    if isinstance(node, ast.FunctionDef):
        return any("overload" in ast.dump(each) for each in node.decorator_list)
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def mutated(source: str, place: int) -> tuple[ast.Module, int, str, str]:
    """Return the tree with one change, its line, and what was there before and after."""
    tree = ast.parse(source)
    node, change = sites(tree)[place]
    was, line = _short(node), getattr(node, "lineno", 0)
    replacement = ast.copy_location(change(copy.deepcopy(node)), node)
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, replacement)
            elif isinstance(value, list) and any(item is node for item in value):
                setattr(parent, name, [replacement if item is node else item for item in value])
    return ast.fix_missing_locations(tree), line, was, _short(replacement)


def _short(node: ast.AST) -> str:
    first = ast.unparse(node).splitlines()[0]
    return first if len(first) <= 90 else first[:87] + "..."


# Running --------------------------------------------------------------------------------------------------


def files() -> list[str]:
    """Return the files that are changed."""
    package = [
        path for path in sorted((ROOT / "bed").glob("*.py")) if path.stem not in ("__init__", "oracles")
    ]
    chosen = [*package, *(ROOT / "dicom_io" / f"{name}.py" for name in DVH)]
    chosen += [ROOT / "rtplan" / f"{name}.py" for name in CUMULATIVE]
    return [path.relative_to(ROOT).as_posix() for path in chosen if path.is_file()]


def sample(names: Sequence[str], *, count: int, seed: int) -> list[Mutant]:
    """Return a seeded sample of all mutants of some files."""
    every = [
        (name, place)
        for name in names
        for place in range(len(sites(ast.parse((ROOT / name).read_text(encoding="utf-8")))))
    ]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    found = []
    for name, place in sorted(chosen):
        _, line, was, became = mutated((ROOT / name).read_text(encoding="utf-8"), place)
        found.append(Mutant(file=name, place=place, line=line, was=was, became=became))
    return found


def tests_of(name: str) -> list[list[str]]:
    """Return the tests of a file: its own first, then the wider ones."""
    path = Path(name)
    package, stem = path.parts[0], path.stem
    own = [f"tests/{package}/test_{stem}.py", f"tests/laws/test_laws_{stem}.py"]
    own = [name, *(test for test in own if (ROOT / test).is_file())]
    wider = [
        found.relative_to(ROOT).as_posix()
        for pattern in WIDER[package]
        for found in sorted(ROOT.glob(pattern))
    ]
    return [own, [test for test in wider if test not in own]]


class _Finder(importlib.abc.MetaPathFinder):
    """Gives one module changed, all others as they are."""

    def __init__(self, mutant: Mutant, tree: ast.Module) -> None:
        self.module = mutant.file.removesuffix(".py").replace("/", ".")
        self.path, self.tree = ROOT / mutant.file, tree

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module's spec, for its name only."""
        if fullname != self.module:
            return None
        finder = self

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> Any:
                return compile(finder.tree, str(finder.path), "exec")

        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=Loader(fullname, str(self.path))
        )


def run(mutants: Sequence[Mutant], *, workers: int) -> list[bool]:
    """Return for each mutant whether it is killed; some at a time, each in a process."""
    killed: dict[int, bool] = {}
    running: dict[int, int] = {}
    for place, mutant in enumerate(mutants):
        if len(running) == workers:
            _take_one(running, killed)
        child = os.fork()
        if child == 0:
            os._exit(0 if is_killed(mutant) else 1)
        running[child] = place
    while running:
        _take_one(running, killed)
    return [killed[place] for place in range(len(mutants))]


def _take_one(running: dict[int, int], killed: dict[int, bool]) -> None:
    """Wait for one process and note what became of its mutant."""
    child, ended = os.wait()
    killed[running.pop(child)] = os.waitstatus_to_exitcode(ended) == 0


def is_killed(mutant: Mutant) -> bool:
    """Run the tests on a mutant in processes of their own; whether one of them failed, crashed or hung."""
    return any(_fails(mutant, tests) for tests in tests_of(mutant.file) if tests)


def _fails(mutant: Mutant | None, tests: list[str]) -> bool:
    child = os.fork()
    if child == 0:
        _run_tests(mutant, tests)
    _, ended = os.waitpid(child, 0)
    return not (os.WIFEXITED(ended) and os.WEXITSTATUS(ended) == 0)


def _run_tests(mutant: Mutant | None, tests: list[str]) -> None:
    """In the child: limit it, give it the changed module, run the tests, and leave without cleaning up."""
    status = 1
    with contextlib.suppress(BaseException):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        os.chdir(ROOT)
        sys.path.insert(0, str(ROOT))
        if mutant is not None:
            tree, *_ = mutated((ROOT / mutant.file).read_text(encoding="utf-8"), mutant.place)
            sys.meta_path.insert(0, _Finder(mutant, tree))
        import pytest  # noqa: PLC0415 - loaded by the parent before, but not needed to list mutants

        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"]
        # The parent may have loaded what pytest would have liked to rewrite.
        options += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
        with open(os.devnull, "w", encoding="utf-8") as null:
            os.dup2(null.fileno(), 1)
            os.dup2(null.fileno(), 2)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                status = int(pytest.main([*options, *tests]))
    os._exit(0 if status == 5 else status)  # 5: a module without tests of its own


def known_survivors() -> dict[tuple[str, str, str], str]:
    """Return why mutants that were looked at live."""
    if not KNOWN.is_file():
        return {}
    with KNOWN.open(encoding="utf-8", newline="") as handle:
        return {(row["file"], row["was"], row["became"]): row["reason"] for row in csv.DictReader(handle)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--only", action="append", metavar="FILE", help="mutants of this file only; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    args = parser.parse_args()
    mutants = sample(args.only or files(), count=args.count, seed=args.seed)
    if args.list:
        print("\n".join(map(str, mutants)))
        return 0
    _load_what_tests_need()
    for tests in {tuple(group) for mutant in mutants for group in tests_of(mutant.file) if group}:
        if _fails(None, list(tests)):
            raise SystemExit(f"tests fail without any change: {' '.join(tests)}")
    killed = run(mutants, workers=args.workers)
    return _report(mutants, killed, seed=args.seed)


def _load_what_tests_need() -> None:
    """Import heavy libraries once, before forking; the three packages themselves are not imported here."""
    for name in (
        "hypothesis",
        "numpy",
        "pydicom",
        "pytest",
        "scipy.integrate",
        "scipy.ndimage",
        "scipy.optimize",
    ):
        importlib.import_module(name)


def _report(mutants: Sequence[Mutant], killed: Sequence[bool], *, seed: int) -> int:
    reasons = known_survivors()
    rate = sum(killed) / len(killed)
    print(f"{sum(killed)} of {len(killed)} mutants killed ({100 * rate:.1f} %), seed {seed}; survivors:")
    for mutant, dead in zip(mutants, killed, strict=True):
        if not dead:
            reason = reasons.get((mutant.file, mutant.was, mutant.became), "not looked at")
            print(f"  {mutant}  [{reason}]")
    return 0 if rate >= NEEDED else 1


if __name__ == "__main__":
    sys.exit(main())
