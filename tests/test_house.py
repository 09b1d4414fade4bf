"""The house: rooms of at most sixteen modules with one door each, short functions, thin commands."""

from __future__ import annotations

import ast
import importlib.util
import io
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bed", "dicom_io", "rtplan")
MOST_MODULES, MOST_LINES, MOST_PARAMETERS = 16, 60, 8
MOST_LOGIC_IN_COMMANDS = 0.40

LONG: frozenset[str] = frozenset()
"""Functions that are still longer than sixty lines; this list only shrinks."""

MANY_PARAMETERS: frozenset[str] = frozenset()
"""Functions that still take more than eight parameters; this list only shrinks."""


def modules() -> list[Path]:
    """Every source module."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def rooms() -> list[Path]:
    """Every folder of source with modules in it."""
    return sorted({path.parent for path in modules()})


@pytest.mark.parametrize("room", rooms(), ids=dotted)
def test_no_folder_of_source_holds_more_than_sixteen_modules(room: Path) -> None:
    assert len([path for path in room.glob("*.py") if path.stem != "__init__"]) <= MOST_MODULES


@pytest.mark.parametrize("room", rooms(), ids=dotted)
def test_each_room_has_a_door_with_a_paragraph_and_a_list(room: Path) -> None:
    door = tree_of(room / "__init__.py")
    assert ast.get_docstring(door)
    assigned = {
        target.id
        for node in door.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in assigned or len(door.body) == 1, "a door lists its names, or brings none"


def imports_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of each import of the package's own."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            yield from ((node.module, alias.name) for alias in node.names)


def is_room(module: str) -> bool:
    return (ROOT / module.replace(".", "/")).is_dir()


def room_of(module: str) -> str:
    return module if is_room(module) else module.rpartition(".")[0]


@pytest.mark.parametrize("path", [p for p in modules() if p.parent.parent != ROOT], ids=dotted)
def test_other_rooms_are_entered_by_their_door_only(path: Path) -> None:
    """A module imports from its own room, from the floors it stands on, and from doors."""
    here = room_of(dotted(path))
    for module, name in imports_of(path):
        room = room_of(module)
        own = here == room or here.startswith(f"{room}.") or path.stem == "__init__"
        assert own or is_room(module), f"{dotted(path)} reaches past a door: from {module} import {name}"


def functions() -> Iterator[tuple[str, Path, ast.FunctionDef]]:
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                yield f"{dotted(path)}.{node.name}", path, node


@cache
def code_lines(path: Path) -> frozenset[int]:
    """Lines that hold code: neither blank nor comment."""
    idle = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return frozenset(
        line for token in tokens if token.type not in idle for line in range(token.start[0], token.end[0] + 1)
    )


def lines_of(path: Path, node: ast.FunctionDef) -> int:
    """Code lines of a function, its docstring left out."""
    first = node.body[0]
    doc = range(first.lineno, (first.end_lineno or 0) + 1) if ast.get_docstring(node) else range(0)
    return len(code_lines(path) & (set(range(node.lineno, (node.end_lineno or 0) + 1)) - set(doc)))


def test_no_function_has_more_than_sixty_lines_of_code() -> None:
    long = {name for name, path, node in functions() if lines_of(path, node) > MOST_LINES}
    assert long == LONG


def test_no_function_takes_more_than_eight_parameters() -> None:
    def count(node: ast.FunctionDef) -> int:
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        return len([each for each in taken if each.arg not in ("self", "cls")])

    many = {name for name, _, node in functions() if count(node) > MOST_PARAMETERS}
    assert many == MANY_PARAMETERS


def is_about_arguments(node: ast.AST) -> bool:
    """Whether a function only declares the words of a command: it takes or makes a parser."""
    if not isinstance(node, ast.FunctionDef):
        return False
    spoken_of = [*(each.annotation for each in node.args.args), node.returns]
    return any(each is not None and "ArgumentParser" in ast.unparse(each) for each in spoken_of)


def test_commands_are_thin() -> None:
    """Of the command line's code, at most two fifths are neither arguments nor imports."""
    total = logic = 0
    for path in (ROOT / "rtplan" / "cli").rglob("*.py"):
        if path.name == "arguments.py":  # how words are written, and nothing else
            continue
        idle: set[int] = set()
        for node in ast.walk(tree_of(path)):
            span = range(getattr(node, "lineno", 1), (getattr(node, "end_lineno", 0) or 0) + 1)
            if isinstance(node, ast.Import | ast.ImportFrom) or is_about_arguments(node):
                idle |= set(span)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                first = node.body[0]
                idle |= set(range(first.lineno, (first.end_lineno or 0) + 1))
        docs = {
            line
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
            for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        }
        total += len(code_lines(path) - docs)
        logic += len(code_lines(path) - idle)
    assert logic <= MOST_LOGIC_IN_COMMANDS * total, f"{logic} of {total} lines: {logic / total:.0%}"


def test_the_drawing_shows_what_the_contracts_hold() -> None:
    """Draw it again with ``python tools/draw_house.py`` after a change of the floors."""
    spec = importlib.util.spec_from_file_location("draw_house", ROOT / "tools" / "draw_house.py")
    assert spec is not None
    assert spec.loader is not None
    draw_house = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = draw_house  # its dataclass looks itself up there
    spec.loader.exec_module(draw_house)
    picture = ROOT / "docs" / "images" / "house.svg"
    assert picture.read_text(encoding="utf-8") == draw_house.drawn()


def test_every_slow_file_that_is_listed_is_there() -> None:
    listed = (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines()
    files = [line for line in listed if line and not line.startswith("#")]
    assert files == sorted(set(files))
    assert all((ROOT / file).is_file() for file in files)
