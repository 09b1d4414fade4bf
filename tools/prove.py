"""Longer proofs: the wheel outside the source tree on every Python here, the demo's page in a real browser.

Run by ``make prove``. What this machine lacks is skipped by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AUDIT_PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
PYTHONS = ("python3.11", "python3.12", "python3.13")


def build(folder: Path) -> Path:
    """Build sdist and wheel and return the wheel."""
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return next(folder.glob("*.whl"))


def runs(python: str) -> bool:
    """Whether this Python is here and starts."""
    if shutil.which(python) is None:
        return False
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def prove_wheel(python: str, *, wheel: Path, folder: Path) -> bool:
    """Install the wheel into a new environment and run the tests against it, away from the sources."""
    environment, work = folder / f"venv-{python}", folder / f"work-{python}"
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    inside = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([str(inside), "-m", "pip", "install", "--quiet", f"{wheel}[dev]"], check=True)
    (work / "repository").mkdir(parents=True)
    for name in ("tests", "notebooks", "docs"):
        shutil.copytree(ROOT / name, work / "repository" / name)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, work / "repository" / name)
    command = [str(inside), "-m", "pytest", "tests", "-n", "2", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=work / "repository", check=False).returncode == 0


def prove_page(folder: Path) -> bool:
    """Open the demo's report in a browser, light and dark, wide and narrow, and audit it."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    missing += [] if browser else [BROWSERS[0]]
    if browser is None or missing:
        print(f"the page in a browser: skipped, not on this machine: {', '.join(missing)}")
        return True
    demo, packages = folder / "demo", folder / "npm"
    subprocess.run(
        [sys.executable, "-m", "rtplan", "demo", "--out", str(demo)], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run(["npm", "install", "--silent", "--prefix", str(packages), *AUDIT_PACKAGES], check=True)
    command = ["node", str(ROOT / "tools" / "audit_report.js"), str(demo / "report.html"), browser]
    environment = os.environ | {"NODE_PATH": str(packages / "node_modules")}
    good = subprocess.run(command, check=False, env=environment).returncode == 0
    print(f"the page in a browser: {'nothing leaves it, nothing serious found' if good else 'FAILED'}")
    return good


def main() -> int:
    """Prove the page, then the wheel on each Python; the exit status says whether all held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = prove_page(folder)
        wheel = build(folder / "dist")
        for python in PYTHONS:
            if not runs(python):
                print(f"{python}: skipped, it is not on this machine")
                continue
            good = prove_wheel(python, wheel=wheel, folder=folder)
            print(f"{python}: {'the wheel passes' if good else 'FAILED'}")
            held = held and good
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
