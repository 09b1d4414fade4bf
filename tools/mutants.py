"""The small changes that ``tools/mutate.py`` tries, one at a time, and a seeded sample of them.

An operator or a comparison turned, a number moved, a condition negated, an argument's name swapped, a
statement left out. Texts of messages are left alone.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

CHANGED = (
    "bed/**/*.py",
    *(
        f"dicom_io/dvh/{name}.py"
        for name in ("bulk", "cells", "curve", "engine", "histogram", "interpolation")
    ),
    *(f"dicom_io/dvh/{name}.py" for name in ("lattice", "metric", "spread")),
    *(f"dicom_io/contours/{name}.py" for name in ("polygons", "ragged", "raster", "slabs")),
    "dicom_io/objects/field.py",
    *("rtplan/sums/fields.py", "rtplan/sums/bounds.py", "rtplan/limits/remaining.py"),
    *("rtplan/reirradiation/organ/joined.py", "rtplan/courses/printed_record.py"),
)
"""Patterns of the files that are changed; doors and the recomputation of examples are left out."""


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
    lines : range
        The lines of the statement that it is in, of its head if other statements are inside.
    source : str
        The text of the line.
    was, became : str
        The source of the changed expression or statement.
    """

    file: str
    place: int
    line: int
    lines: range
    source: str
    was: str
    became: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.was}  ->  {self.became}  in  {self.source}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names it after lines have moved."""
        return self.file, self.source, self.was, self.became


def files() -> list[str]:
    """Return the files that are changed."""
    chosen = [path for pattern in CHANGED for path in sorted(ROOT.glob(pattern))]
    return [path.relative_to(ROOT).as_posix() for path in chosen if path.stem not in ("__init__", "oracles")]


def sample(names: Sequence[str], *, count: int, seed: int) -> list[Mutant]:
    """Return a seeded sample of all mutants of some files, in the order of the source.

    Each mutant is drawn by its own text: a change to one line leaves the rest of the sample as it was.
    """
    drawn = []
    for name in names:
        seen: Counter[tuple[str, ...]] = Counter()
        for each in mutants_of(name):
            seen[each.key] += 1
            words = json.dumps([seed, *each.key, seen[each.key]])
            drawn.append((hashlib.sha256(words.encode()).digest(), each))
    chosen = [each for _, each in sorted(drawn, key=lambda pair: pair[0])[:count]]
    return sorted(chosen, key=lambda each: (each.file, each.place))


def text_of(name: str) -> str:
    """Return the source of a file."""
    return (ROOT / name).read_text(encoding="utf-8")


def mutants_of(name: str) -> list[Mutant]:
    """Return every small change of a file."""
    text = text_of(name)
    tree, lines = ast.parse(text), text.splitlines()
    around = _statement_lines(tree)
    return [
        Mutant(
            file=name,
            place=place,
            line=node.lineno,
            lines=around.get(node.lineno, range(node.lineno, node.lineno + 1)),
            source=lines[node.lineno - 1].strip(),
            was=_short(node),
            became=_short(change(copy.deepcopy(node))),
        )
        for place, (node, change) in enumerate(sites(tree))
    ]


def _statement_lines(tree: ast.Module) -> dict[int, range]:
    """Return for each line those of the smallest statement around it; of its head if others are inside."""
    found: dict[int, range] = {}
    for node in ast.walk(tree):  # breadth first: what is inside comes after what it is in
        if isinstance(node, ast.stmt):
            inside = [
                part.lineno for part in ast.walk(node) if isinstance(part, ast.stmt) and part is not node
            ]
            last = min(inside) - 1 if inside else node.end_lineno or node.lineno
            lines = range(node.lineno, max(last, node.lineno) + 1)
            found.update(dict.fromkeys(lines, lines))
    return found


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
    elif isinstance(node, ast.Constant) and type(node.value) in CHANGED_CONSTANTS:
        yield CHANGED_CONSTANTS[type(node.value)]
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


def _turned(node: Any) -> ast.Constant:
    return ast.Constant(not node.value)


CHANGED_CONSTANTS: dict[type, Callable[[Any], ast.AST]] = {
    int: _with_number,
    float: _with_number,
    bool: _turned,
}


def _is_text(node: ast.AST) -> bool:
    return any(isinstance(part, ast.JoinedStr) or _is_string(part) for part in ast.walk(node))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_doc(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def sites(tree: ast.Module) -> list[tuple[Any, Callable[[Any], ast.AST]]]:
    """Return every node that can be changed with its change, in the order of the source."""
    found: list[tuple[Any, Callable[[Any], ast.AST]]] = []

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


def mutated(name: str, place: int) -> ast.Module:
    """Return a file's tree with one change."""
    tree = ast.parse(text_of(name))
    node, change = sites(tree)[place]
    replacement = ast.copy_location(change(copy.deepcopy(node)), node)
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, replacement)
            elif isinstance(value, list) and any(item is node for item in value):
                setattr(parent, field, [replacement if item is node else item for item in value])
    return ast.fix_missing_locations(tree)


def _short(node: ast.AST) -> str:
    first = ast.unparse(node).splitlines()[0]
    return first if len(first) <= 90 else first[:87] + "..."
