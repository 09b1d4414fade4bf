"""Longer proofs: damaged inputs, mutants, the wheel on every Python here, the demo's page in a real browser.

    python tools/prove.py [--mutated-inputs 20000] [--mutants 600] [--seed 1]

Run by ``make prove``. The wheel is tested outside the source tree. What a machine lacks is skipped by name.
"""

from __future__ import annotations

import argparse
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


def prove_hostile_input(count: int, *, seed: int) -> bool:
    """Damage that many inputs: each ends in a result or in an error of our own."""
    if sys.platform != "linux":
        print("damaged inputs: skipped, their limits of memory and time are those of Linux")
        return True
    return _tool("fuzz.py", count=count, seed=seed)


def prove_mutants(count: int, *, seed: int) -> bool:
    """Change the code in that many places: the tests notice at least 85 % of the changes."""
    if not hasattr(os, "fork"):
        print("mutants: skipped, this machine cannot fork")
        return True
    return _tool("mutate.py", count=count, seed=seed)


def _tool(name: str, *, count: int, seed: int) -> bool:
    if count == 0:
        print(f"{name}: skipped, none were asked for")
        return True
    command = [sys.executable, str(ROOT / "tools" / name), "--count", str(count), "--seed", str(seed)]
    return subprocess.run(command, check=False).returncode == 0


def asked() -> argparse.Namespace:
    """How much is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mutated-inputs", type=int, default=20_000)
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    """Prove one thing after the other; the exit status says whether all held."""
    args = asked()
    held = prove_hostile_input(args.mutated_inputs, seed=args.seed)
    held = prove_mutants(args.mutants, seed=args.seed) and held
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = prove_page(folder) and held
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
