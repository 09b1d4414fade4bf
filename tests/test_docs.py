"""The documentation builds without a network, its links lead somewhere, its claims about tests hold."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
HAZARDS = ROOT / "docs" / "hazards.md"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "tools" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("docs")
    builder.build(out, execute_notebooks=False)
    return out


def hazard_rows() -> list[str]:
    return re.findall(r"^\| H\d\d .*$", HAZARDS.read_text(encoding="utf-8"), flags=re.M)


def test_every_page_is_built_and_none_loads_anything(site: Path) -> None:
    names = {path.stem for path in site.glob("*.html")}
    assert {"index", "quick-start", "commands", "glossary", "theory", "validation", "hazards"} <= names
    assert {f"notebook-{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= names
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'<(?:script|link|iframe)|src="(?!data:|images/)', text), path.name


def test_every_link_leads_somewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r'href="([^"]+)"', text):
            target, _, anchor = link.partition("#")
            page = path if not target else (path.parent / target).resolve()
            assert target.startswith("https://") or page.exists(), f"{path.name}: {link}"
            if anchor and not target.startswith("https://"):
                assert f'id="{anchor}"' in page.read_text(encoding="utf-8"), f"{path.name}: {link}"


def test_no_page_shows_a_path_of_this_machine(site: Path) -> None:
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8").replace(f'href="{ROOT}', "")
        assert str(Path.home()) not in text, path.name
        assert not re.search(r"/tmp/\w", text), path.name


def test_every_command_has_a_how_to_that_was_run(site: Path, builder: ModuleType) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    for command in builder.command_entries():
        assert f'id="rtplan-{command}"' in text, f"docs/commands.md says nothing of {command}"
        assert re.search(rf"^(?:<pre>.*>)?\$ rtplan {command}\b", text, flags=re.M), command


def test_every_command_shown_is_done_or_refused_on_purpose(site: Path) -> None:
    pages = [(site / f"{name}.html").read_text(encoding="utf-8") for name in ("quick-start", "commands")]
    shown = [command for page in pages for command in page.split("$ rtplan ")[1:]]
    refused = [command.splitlines()[0] for command in shown if "(exit status 2)" in command]
    assert refused == ["bed 1800/5 --alpha-beta 3", "dvh no-such-folder --json"]


def test_markdown_gives_the_same_page_every_time(builder: ModuleType) -> None:
    text = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    first = builder.to_html(text)
    assert first == builder.to_html(text)
    assert "<math" in first
    assert "$" not in re.sub(r"<math.*?</math>", "", first, flags=re.S)


def test_a_docstring_becomes_sections_and_markup_in_it_stays_text(builder: ModuleType) -> None:
    parameters = "Parameters\n----------\ndose : float\n    Gy, at least ``0``.\n\n"
    doc = f"Sum <b>.\n\n{parameters}Examples\n--------\n>>> 1 < 2\n"
    shown = builder.docstring_html(doc)
    assert "Sum &lt;b&gt;." in shown
    assert "<dt><code>dose : float</code></dt>" in shown
    assert "Gy, at least <code>0</code>." in shown
    assert "&gt;&gt;&gt; 1 &lt; 2" in shown


def test_all_thirty_hazards_are_listed_with_a_guard_and_a_test() -> None:
    rows = hazard_rows()
    assert [row[2:5] for row in rows] == [f"H{number:02}" for number in range(1, 31)]
    assert all("](../tests/" in row for row in rows)


def test_every_hazard_test_that_is_named_exists() -> None:
    for row in hazard_rows():
        for name, link in re.findall(r"\[([^\]]+)\]\(\.\./([^)]+)\)", row):
            assert (ROOT / link).is_file(), link
            if name.startswith("`"):
                assert f"def {name.strip('`')}(" in (ROOT / link).read_text(encoding="utf-8"), (
                    f"{link}: {name}"
                )


def test_every_test_in_the_hazard_folder_is_named_in_the_list() -> None:
    text = HAZARDS.read_text(encoding="utf-8")
    missing = [p.name for p in (ROOT / "tests" / "hazards").glob("test_*.py") if p.name not in text]
    assert not missing, f"add to docs/hazards.md: {missing}"
