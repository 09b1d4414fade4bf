"""Build the documentation site: ``python tools/build_docs.py [--out DIR] [--execute-notebooks]``.

Markdown pages under ``docs/`` become plain HTML that opens from disk without a network. What they show is
made here: a ``run`` block is run on synthetic patients and its output put below it, a ``table`` block names
one of `TABLES`, the reference comes from the docstrings, the examples from the notebooks. The same sources
give the same bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import importlib
import inspect
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import latex2mathml.converter
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from dicom_io import GridField, compute_dvh, load_study
from dicom_io.phantom import build_case, known_organs, write_phantom
from rtplan.cli import main as run_rtplan
from rtplan.cli.commands import command_entries
from rtplan.limits import constraint_sets, load_constraint_set
from rtplan.reirradiation.organ import ORGAN_COLUMNS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (
    "index.md",
    "quick-start.md",
    "commands.md",
    "glossary.md",
    "theory.md",
    "validation.md",
    "dvh_accuracy.md",
    "dvh_nelms.md",
    "sum_coverage.md",
    "validation_stored_dvhs.md",
    "benchmarks.md",
    "hazards.md",
    "limits-of-use.md",
    "architecture.md",
    "protocol_format.md",
    "course_file.md",
    "case_file.md",
    "page.md",
    "clinic_file.md",
)
FOLDERS = ("validation", "how-to", "formats")
"""Folders of pages; the first page of each is in the menu and leads to the others."""
PACKAGES = ("bed", "dicom_io", "rtplan", "rtplan.protocols")
SOLIDS = ("sphere", "sphere-x", "cylinder", "cylinder-x", "cylinder-lying", "cone", "cone-x", "cone-lying")
MOST_LINES = 40
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.M)


@dataclass(frozen=True)
class Page:
    """One page of the site: its file name without ending, its title, its body as HTML."""

    name: str
    title: str
    body: str


# --- Markdown


def markdown() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .use(anchors_plugin, max_level=3)
        .use(dollarmath_plugin, renderer=_mathml, allow_space=False)
    )


def _mathml(formula: str, options: dict[str, Any]) -> str:
    display = "block" if options["display_mode"] else "inline"
    return latex2mathml.converter.convert(formula, display=display)


def to_html(text: str) -> str:
    flat = re.sub(r'href="([^"#:]+)\.md', r'href="\1.html', markdown().render(text))
    for folder in FOLDERS:
        flat = flat.replace(f'href="{folder}/', f'href="{folder}-')
    return flat


def title_of(text: str) -> str:
    return re.search(r"^# (.+)$", text, flags=re.M)[1]  # type: ignore[index]


# --- what is made while building


def expanded(text: str, tables: dict[str, Callable[[], str]]) -> str:
    """Replace run and table blocks by what they give."""
    text = re.sub(r"^```run\n(.*?)^```$", lambda m: _ran(m[1]), text, flags=re.M | re.S)
    return re.sub(r"^```table\n(.*?)\n```$", lambda m: tables[m[1].strip()](), text, flags=re.M | re.S)


def _ran(block: str) -> str:
    shown = "\n".join(_one_command(line[2:]) for line in block.splitlines() if line.startswith("$ "))
    return f"```console\n{shown}\n```"


def _one_command(command: str) -> str:
    """Run one command line in the current folder and return it with what it printed."""
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        status = run_rtplan(shlex.split(command)[1:])
    ended = [] if status == 0 else [f"(exit status {status})"]
    return "\n".join([f"$ {command}", *_shown(out.getvalue()), *_shown(said.getvalue()), *ended, ""])


def _shown(printed: str) -> list[str]:
    lines = printed.rstrip().splitlines()
    left_out = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"... ({left_out} more lines)"] if left_out > 0 else lines


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(text.replace('|', '/') for text in row)} |" for row in cells)


def table_of_commands() -> str:
    entries = command_entries().items()
    linked = [(f"[`rtplan {name}`](#rtplan-{name})", entry.summary) for name, entry in entries]
    return _rows(["command", "what it does"], linked)


def table_of_constraint_sets() -> str:
    rows = [
        (entry.name, entry.edition, str(len(load_constraint_set(entry.name).constraints)), entry.citation)
        for entry in constraint_sets()
    ]
    return _rows(["set", "edition", "rows", "citation"], rows)


def table_of_organ_keys() -> str:
    """Every key of an organ's row, with what tables for people call it and how it is read."""
    rows = [(f"`{column.key}`", column.title, column.note) for column in ORGAN_COLUMNS if column.key]
    return _rows(["key", "in tables", "how to read it"], rows)


def table_of_solids() -> str:
    """Closed form and engine for solids in a linear dose."""
    columns = [
        "solid",
        "volume cc",
        "engine",
        "D0.03cc Gy",
        "engine",
        "stated half-width",
        "mean Gy",
        "engine",
    ]
    return _rows(columns, [_solid_row(case) for case in SOLIDS])


def _solid_row(case: str) -> list[str]:
    write_phantom(case, f"solids/{case}")
    built, plan = build_case(case), load_study(f"solids/{case}").select()
    assert plan.structure_set is not None
    assert plan.dose is not None
    organ = known_organs(built)[0]
    known = organ.physical(built.courses[0].label)
    dvh = compute_dvh(plan.structure_set.named(organ.name), GridField.of(plan.dose))
    hot = dvh.metric("D0.03cc[Gy]")
    numbers = (known.volume_cc, dvh.volume_cc, known.value_at_hottest(0.03), hot.value, hot.uncertainty)
    return [case, *(f"{number:.3f}" for number in (*numbers, known.mean, dvh.mean_gy))]


def table_of_known_answers() -> str:
    """The two-course patient: computed EQD2 beside its closed form, from the demo's own document."""
    twin = Path("demo-output", "report.json")
    if not twin.is_file():  # the page of commands has run the demo already
        _document("rtplan demo --json --out demo-output")
    found = json.loads(twin.read_text(encoding="utf-8"))
    rows = [
        (
            row["organ"],
            row["metric"],
            row["quantity"],
            f"{row['computed_gy']:.3f}",
            f"{row['uncertainty_gy']:.3f}",
            f"{row['known_gy']:.3f}",
            "yes" if row["agrees"] else "no",
        )
        for row in found["known_answers"]
    ]
    columns = ["organ", "metric", "quantity", "computed Gy", "± Gy", "closed form Gy", "agrees"]
    return _rows(columns, rows)


def _document(command: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        run_rtplan(shlex.split(command)[1:])
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def table_of_published_examples() -> str:
    found = _document("rtplan selftest --json")
    rows = next(
        value for value in found.values() if isinstance(value, list) and value and "source" in value[0]
    )
    told = [_counted([row for row in rows if row["model"] == model]) for model in _models(rows)]
    columns = ["model", "published examples", "hold", "of them unverified transcriptions"]
    return _rows(columns, [*told, ["**all**", *_counted(rows)[1:]]])


def _models(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["model"] for row in rows))


def _counted(rows: Sequence[dict[str, Any]]) -> list[str]:
    held, unverified = sum(row["holds"] for row in rows), sum(row["tag"] == "M" for row in rows)
    return [rows[0]["model"], str(len(rows)), str(held), str(unverified)]


TABLES: dict[str, Callable[[], str]] = {
    "commands": table_of_commands,
    "constraint sets": table_of_constraint_sets,
    "organ keys": table_of_organ_keys,
    "solids": table_of_solids,
    "known answers": table_of_known_answers,
    "published examples": table_of_published_examples,
}


# --- reference from docstrings


def reference_page(package: str) -> Page:
    module = importlib.import_module(package)
    names = sorted((n for n in module.__all__ if not n.startswith("__")), key=str.casefold)
    listed = " ".join(f'<a href="#{name}"><code>{name}</code></a>' for name in names)
    intro = to_html(inspect.cleandoc(module.__doc__ or ""))
    body = "\n".join(_entry(name, getattr(module, name)) for name in names)
    heading = f"<h1><code>{package}</code></h1>"
    return Page(f"reference-{package}", f"{package}: reference", f"{heading}{intro}<p>{listed}</p>{body}")


def _entry(name: str, value: Any) -> str:
    doc = inspect.getdoc(value) if callable(value) else None
    told = docstring_html(doc) if doc else "<p>A constant.</p>"
    heading = f"<h2><code>{html.escape(_signature(name, value))}</code></h2>"
    return f'<section class="entry" id="{name}">{heading}{told}</section>'


def _signature(name: str, value: Any) -> str:
    if not callable(value) or isinstance(value, type):
        return name
    written = re.sub(r"<[^>]*>", "...", str(inspect.signature(value)))
    return name + re.sub(r"(: |-> )'([^']*)'", r"\1\2", written)  # annotations are kept as text


def docstring_html(doc: str) -> str:
    """Return a numpydoc docstring as HTML."""
    head, *rest = SECTION.split(doc)
    parts = [_prose(head)]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        parts.append(f"<h3>{html.escape(title)}</h3>{_section(title, body)}")
    return "\n".join(parts)


def _section(title: str, body: str) -> str:
    if title == "Examples":
        return f"<pre><code>{html.escape(body.strip())}</code></pre>"
    if title in ("Parameters", "Attributes", "Returns", "Raises"):
        return f"<dl>{''.join(_terms(body))}</dl>"
    return _prose(body)


def _terms(body: str) -> Iterator[str]:
    """Each unindented line is a term, what is indented below it its description."""
    for found in re.finditer(r"^(\S.*)\n?((?:(?:[ \t]+.*)?\n?(?!\S))*)", body, flags=re.M):
        described = inspect.cleandoc(found[2]) if found[2].strip() else ""
        yield f"<dt><code>{html.escape(found[1])}</code></dt>"
        if described:
            yield f"<dd>{_prose(described)}</dd>"


def _prose(text: str) -> str:
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return "".join(f"<p>{_code(html.escape(part))}</p>" for part in paragraphs)


def _code(escaped: str) -> str:
    return re.sub(r"``(.+?)``|`([^`]+)`", lambda m: f"<code>{m[1] or m[2]}</code>", escaped, flags=re.S)


# --- notebooks


def notebook_page(path: Path, *, execute: bool) -> Page:
    cells = _executed(path) if execute else json.loads(path.read_text(encoding="utf-8"))["cells"]
    body = "\n".join(_cell(cell) for cell in cells)
    first = "".join(cells[0]["source"])
    where = f'<p class="note">From <code>notebooks/{path.name}</code>, which the tests run.</p>'
    return Page(f"notebook-{path.stem}", title_of(first), body + where)


def _executed(path: Path) -> list[Any]:
    # Deferred: needed with --execute-notebooks alone, and slow to import.
    import nbformat  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        notebook = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    return list(notebook.cells)


def _cell(cell: Any) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return to_html(source)
    outputs = "".join(_output(output) for output in cell.get("outputs", ()))
    return f'<pre class="cell"><code>{html.escape(source)}</code></pre>{outputs}'


def _output(output: Any) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        picture = data["image/png"].strip()
        return f'<img alt="the figure drawn by the cell above" src="data:image/png;base64,{picture}">'
    if "text/html" in data:
        return f'<div class="output">{"".join(data["text/html"])}</div>'
    text = "".join(data.get("text/plain", output.get("text", "")))
    return f'<pre class="output">{html.escape(text)}</pre>' if text else ""


# --- the site


def markdown_page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    return Page(path.stem, title_of(text), to_html(expanded(text, TABLES)))


def folder_pages(folder: str) -> list[Page]:
    """Pages of a folder of the documentation, its first page first."""
    paths = sorted((DOCS / folder).glob("*.md"), key=lambda path: (path.stem != "index", path.stem))
    return [folder_page(path) for path in paths]


def folder_page(path: Path) -> Page:
    """A page one folder deeper in the checkout, beside all others in the site."""
    text, folder = path.read_text(encoding="utf-8"), path.parent.name
    body = to_html(text)
    body = re.sub(r'href="([^"/#:]+)\.html', rf'href="{folder}-\1.html', body)
    body = re.sub(r'href="([^"/#:]+\.(?:csv|json))"', rf'href="../docs/{folder}/\1"', body)
    body = re.sub(r'href="\.\./([^"/.]+\.html)', r'href="\1', body)
    body = re.sub(rf'href="\.\./({"|".join(FOLDERS)})/([^"/.]+\.html)', r'href="\1-\2', body)
    body = re.sub(r'href="\.\./\.\./([^"/.]+)\.html"', r'href="../\1.md"', body)
    return Page(f"{folder}-{path.stem}", title_of(text), body.replace('href="../../', 'href="../'))


def in_menu(page: Page) -> bool:
    """Of a folder the first page, which leads to the others."""
    folder = next((name for name in FOLDERS if page.name.startswith(f"{name}-")), None)
    return folder is None or page.name == f"{folder}-index"


def all_pages(*, execute_notebooks: bool) -> list[Page]:
    """Build every page in a folder of its own; commands and tables write there."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        written = [markdown_page(DOCS / name) for name in PAGES if (DOCS / name).is_file()]
    deeper = [page for folder in FOLDERS for page in folder_pages(folder)]
    examples = [notebook_page(path, execute=execute_notebooks) for path in notebooks]
    return [*written, *deeper, *examples, *map(reference_page, PACKAGES)]


def menu(pages: Sequence[Page], here: Page) -> str:
    items = []
    for page in filter(in_menu, pages):
        current = ' aria-current="page"' if page is here else ""
        items.append(f'<li><a href="{page.name}.html"{current}>{html.escape(page.title)}</a></li>')
    return f'<nav aria-label="Pages"><ul>{"".join(items)}</ul></nav>'


def document(page: Page, pages: Sequence[Page], out: Path) -> str:
    style = (DOCS / "site.css").read_text(encoding="utf-8")
    body = _links_into_checkout(page.body, out)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(page.title)} – rtplan</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{menu(pages, page)}\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _links_into_checkout(body: str, out: Path) -> str:
    """Links such as ``../tests/...`` lead from the site to the sources it was built from."""
    up = os.path.relpath(ROOT, out)
    return body.replace('href="../', f'href="{up}/')


def build(out: Path, *, execute_notebooks: bool) -> list[Path]:
    """Write the site and return its pages."""
    pages = all_pages(execute_notebooks=execute_notebooks)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for page in pages:
        target = out / f"{page.name}.html"
        target.write_text(document(page, pages, out), encoding="utf-8", newline="\n")
        written.append(target)
    if (DOCS / "images").is_dir():
        shutil.copytree(DOCS / "images", out / "images", dirs_exist_ok=True)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs", metavar="DIR")
    parser.add_argument(
        "--execute-notebooks", action="store_true", help="show the notebooks with their outputs"
    )
    args = parser.parse_args()
    pages = build(args.out.resolve(), execute_notebooks=args.execute_notebooks)
    print(f"{len(pages)} pages; start at {os.path.relpath(pages[0])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
