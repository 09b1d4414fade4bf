"""A short look at the report in a browser; the audit of every width and scheme is part of ``make prove``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main

BROWSER = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)

PROBE = """<script>addEventListener("load", () => {
const page = document.documentElement;
document.title = JSON.stringify({
  sideways: page.scrollWidth > page.clientWidth,
  undrawn: [...document.images].filter(i => !i.complete || !i.naturalWidth).length,
  flat: [...document.querySelectorAll("table, figure img")]
    .filter(e => !e.getBoundingClientRect().height).length,
  tables: document.querySelectorAll("table").length,
})})</script>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's report without its rule against scripts, and with one that measures it."""
    if BROWSER is None:
        pytest.skip("needs chromium")
    folder = tmp_path_factory.mktemp("browser")
    assert main(["demo", "--out", str(folder / "demo")]) == 0
    text = (folder / "demo" / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    probed = folder / "probed.html"
    probed.write_text(text.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    return probed


def measured(page: Path, width: int) -> dict[str, Any]:
    """Return what the page says of itself in a window of a width."""
    words = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    words += ["--disable-background-networking", f"--user-data-dir={page.parent / 'profile'}"]
    words += [f"--window-size={width},900", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    title = re.search(r"<title>(.*?)</title>", done.stdout, flags=re.S)
    assert title is not None
    answer: dict[str, Any] = json.loads(title[1])
    return answer


@pytest.mark.parametrize("width", [1280, 600])
def test_a_report_is_drawn_whole_and_never_scrolls_sideways(page: Path, width: int) -> None:
    seen = measured(page, width)
    assert seen["tables"] >= 5
    assert (seen["sideways"], seen["undrawn"], seen["flat"]) == (False, 0, 0)
