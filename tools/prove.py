"""Longer proofs: damaged inputs, mutants, the demo's page in a browser, the wheel on every Python here.

    python tools/prove.py [--mutated-inputs 20000] [--mutants 600] [--seed 1] [--part NAME]

Run by ``make prove``. The wheel is installed and tested outside the source tree, at the lowest versions that
pyproject.toml allows, and on each Python that it names. What a machine lacks is skipped by name. Ends with a
table of what held and how long it took; the exit status is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AUDIT_PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")

NOT_OF_THE_WHEEL = (
    "tests/fuzz",
    "tests/test_docs.py",
    "tests/test_notebooks.py",
    "tests/test_validation_kit.py",
)
"""Tests that prove more than the wheel and take longest; the whole suite has them."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a part ended: whether it held, and in which words."""

    held: bool
    words: str


def skipped(why: str) -> Outcome:
    """Return the outcome of a part that this machine cannot do."""
    return Outcome(held=True, words=f"skipped: {why}")


def of(status: int, words: str) -> Outcome:
    """Return the outcome of a command."""
    return Outcome(held=status == 0, words=words if status == 0 else f"FAILED: {words}")


def called(command: Sequence[str | Path], *, folder: Path = ROOT) -> int:
    """Run a command and return its exit status."""
    print("$", *command, flush=True)
    return subprocess.run([str(word) for word in command], cwd=folder, check=False).returncode


# What pyproject.toml says ---------------------------------------------------------------------------------


def named_pythons(project: dict[str, list[str]]) -> list[str]:
    """Return the Pythons that a project names, as in ``3.11``.

    >>> named_pythons({"classifiers": ["Programming Language :: Python :: 3.11", "Typing :: Typed"]})
    ['3.11']
    """
    found = [
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each) for each in project["classifiers"]
    ]
    return [each.group(1) for each in found if each]


def lowest(requirements: Sequence[str]) -> list[str]:
    """Return each requirement at the lowest version that it allows.

    >>> lowest(["numpy>=2.0", "rtplan[pdf]"])
    ['numpy==2.0']
    """
    found = [re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?>=([\w.]+)", each) for each in requirements]
    return [f"{each.group(1)}=={each.group(2)}" for each in found if each]


# Pythons --------------------------------------------------------------------------------------------------


def python_of(version: str) -> Path | None:
    """Return a Python of this version that starts; a name on the path may be a stand-in that does not."""
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder, name)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/{name}"), reverse=True)


def _is(path: Path, version: str) -> bool:
    if not path.is_file():
        return False
    ask = [str(path), "-c", "import sys, venv; print('{}.{}'.format(*sys.version_info))"]
    told = subprocess.run(ask, check=False, capture_output=True, text=True)
    return told.returncode == 0 and told.stdout.strip() == version


# Parts ----------------------------------------------------------------------------------------------------


def prove_hostile_input(count: int, *, seed: int) -> Outcome:
    """Damage that many inputs: each ends in a result or in an error of our own."""
    if sys.platform != "linux":
        return skipped("its limits of memory and time are those of Linux")
    return _tool("fuzz.py", count=count, seed=seed)


def prove_mutants(count: int, *, seed: int) -> Outcome:
    """Change the code in that many places: the tests notice at least 85 % of the changes."""
    if not hasattr(os, "fork"):
        return skipped("this machine cannot fork")
    return _tool("mutate.py", count=count, seed=seed)


def _tool(name: str, *, count: int, seed: int) -> Outcome:
    if count == 0:
        return skipped("none were asked for")
    status = called([sys.executable, ROOT / "tools" / name, "--count", str(count), "--seed", str(seed)])
    return of(status, f"{count} with seed {seed}")


def prove_page(folder: Path) -> Outcome:
    """Open the demo's report in a browser, light and dark, wide and narrow, and audit it."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    missing += [] if browser else [BROWSERS[0]]
    if browser is None or missing:
        return skipped(f"not on this machine: {', '.join(missing)}")
    demo, packages = folder / "demo", folder / "npm"
    if called([sys.executable, "-m", "rtplan", "demo", "--out", demo]):
        return of(1, "no demo")
    if called(["npm", "install", "--silent", "--prefix", packages, *AUDIT_PACKAGES]):
        return of(1, "the audit's packages cannot be installed")
    os.environ["NODE_PATH"] = str(packages / "node_modules")
    status = called(["node", ROOT / "tools" / "audit_report.js", demo / "report.html", browser])
    return of(status, "nothing leaves it, nothing serious found")


def prove_wheel(version: str, *, lowest_versions: bool, folder: Path) -> Outcome:
    """Install the wheel into a new environment and run the tests against it, away from the sources."""
    python = python_of(version)
    if python is None:
        return skipped(f"no Python {version} on this machine starts")
    work = folder / f"{version}{'-lowest' if lowest_versions else ''}"
    inside = work / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if called([python, "-m", "venv", work / "venv"]):
        return of(1, "no environment")
    if called(
        [inside, "-m", "pip", "install", "-q", "-q", *_installed(lowest_versions, folder)], folder=work
    ):
        return of(1, "the wheel cannot be installed")
    repository = shutil.copytree(folder / "repository", work / "repository")
    ask = (
        "import bed, dicom_io, rtplan; print(*{each.__file__ for each in (bed, dicom_io, rtplan)}, sep='\\n')"
    )
    told = subprocess.run([inside, "-c", ask], cwd=repository, check=False, capture_output=True, text=True)
    if not all(line.startswith(str(work / "venv")) for line in told.stdout.splitlines() or [""]):
        return of(1, f"the packages are not those of the wheel:\n{told.stdout}{told.stderr}")
    ignored = [f"--ignore={name}" for name in NOT_OF_THE_WHEEL]
    command = [inside, "-m", "pytest", "tests", "-n", "2", "-p", "no:cacheprovider", *ignored]
    if lowest_versions:  # old libraries call by their old names what they use in newer ones
        command += ["-W", "ignore::DeprecationWarning"]
    return of(called(command, folder=repository), f"{python}, all tests but {', '.join(NOT_OF_THE_WHEEL)}")


def _installed(lowest_versions: bool, folder: Path) -> list[str | Path]:
    """Return what pip is to install: the wheel with what its tests need, held down if that is wanted."""
    wheel = f"{next((folder / 'dist').glob('*.whl'))}[dev]"
    if not lowest_versions:
        return [wheel]
    constraints = folder / "lowest.txt"
    constraints.write_text("\n".join(lowest(_requirements())) + "\n", encoding="utf-8")
    print(constraints.read_text(encoding="utf-8").replace("\n", " "))
    return ["--constraint", constraints, wheel]


def _requirements() -> list[str]:
    project = _project()
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(each for extra in extras for each in extra)]


def _project() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project: dict[str, Any] = tomllib.loads(text)["project"]
    return project


def _repository(folder: Path) -> Path:
    """Copy what tests need beside the packages, and not the packages."""
    for name in ("tests", "notebooks", "docs", "tools", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


# All of it ------------------------------------------------------------------------------------------------


def parts(args: argparse.Namespace, folder: Path) -> dict[str, Callable[[], Outcome]]:
    """Return every part by its name."""
    found: dict[str, Callable[[], Outcome]] = {
        "damaged inputs": functools.partial(prove_hostile_input, args.mutated_inputs, seed=args.seed),
        "mutants": functools.partial(prove_mutants, args.mutants, seed=args.seed),
        "page in a browser": functools.partial(prove_page, folder),
    }
    versions = named_pythons(_project())
    found["wheel, lowest versions"] = functools.partial(
        prove_wheel, versions[0], lowest_versions=True, folder=folder
    )
    for version in versions:
        found[f"wheel, Python {version}"] = functools.partial(
            prove_wheel, version, lowest_versions=False, folder=folder
        )
    return found


def asked() -> argparse.Namespace:
    """How much is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mutated-inputs", type=int, default=20_000)
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--part", action="append", help="this part only, by the start of its name; repeatable"
    )
    return parser.parse_args()


def main() -> int:
    """Prove one thing after the other; the exit status says whether all held."""
    args = asked()
    outcomes: list[tuple[str, Outcome, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = {
            part: prove
            for part, prove in parts(args, folder).items()
            if args.part is None or part.startswith(tuple(args.part))
        }
        if any(part.startswith("wheel") for part in chosen):
            status = called([sys.executable, "-m", "build", "--outdir", folder / "dist", ROOT])
            if status:
                raise SystemExit("the wheel cannot be built")
            _repository(folder / "repository")  # at once: both are of the same moment
        for part, prove in chosen.items():
            print(f"\n=== {part}", flush=True)
            started = time.perf_counter()
            outcomes.append((part, prove(), time.perf_counter() - started))
    print("\n=== what was proved")
    for part, outcome, seconds in outcomes:
        print(f"{part:24} {seconds:7.0f} s  {outcome.words}")
    return 0 if all(outcome.held for _, outcome, _ in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
