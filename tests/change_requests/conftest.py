"""A copy of the packages in a folder of its own, to be changed as the how-to pages say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class PackageCopy:
    """The three packages in a folder where they may be changed."""

    root: Path

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run ``rtplan`` with these words in a process that imports the copy."""
        return self._python(["-m", "rtplan", *words])

    def python(self, code: str) -> str:
        """Run a few lines with the copy and return what they print."""
        done = self._python(["-c", code])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _python(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def package_copy(tmp_path: Path) -> PackageCopy:
    """A fresh copy of `bed`, `dicom_io` and `rtplan`."""
    for package in ("bed", "dicom_io", "rtplan"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return PackageCopy(root=tmp_path)


def shown_blocks(page: str, language: str = "python") -> list[str]:
    """Return the code blocks of a how-to page, as a reader would copy them."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, flags=re.M | re.S)
    return [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in found]


@pytest.fixture
def blocks_of() -> object:
    """The function that reads the code blocks of a how-to page."""
    return shown_blocks
