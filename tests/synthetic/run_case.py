"""Run one script of `cases/dicom` in this process: its harness calls the program without starting another.

python run_case.py SCRIPT WORK_FOLDER
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path
from typing import Any

from rtplan.cli import main


def run(*words: object, show: bool = False) -> tuple[int, Any, str, str]:
    """Do what the harness's own function does; a refusal is no document there."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(word) for word in words])
    document = json.loads(out.getvalue()) if "--json" in words and status != 2 else None
    return status, document, out.getvalue(), err.getvalue()


def prepare(folder: Path, script: Path) -> None:
    """Write the base folders, as `prepare.sh` does."""
    for case, name in (("pelvis-two-courses", "base"), ("sphere", "sph")):
        run("phantom", "--out", folder / name, "--case", case, "--overwrite")
    (folder / "lim.csv").write_bytes((script.parent / "lim.csv").read_bytes())


if __name__ == "__main__":
    path, work = Path(sys.argv[1]), Path(sys.argv[2])
    if not (work / "lim.csv").exists():
        prepare(work, path)
    sys.path.insert(0, str(path.parent))
    import mk  # type: ignore[import-not-found]

    mk.run = run
    runpy.run_path(str(path))
