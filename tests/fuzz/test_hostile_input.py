"""A short run of the fuzzer: 500 damaged folders, each a result or one of the package's own errors.

The long run, 20,000 of them, is ``python tools/fuzz.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("worker.py")
SEED, COUNT, PARTS = 20240229, 500, 4

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the fuzzer limits memory and processor time as Linux does"
)


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_folders_end_in_a_result_or_in_an_error_of_our_own(part: int) -> None:
    words = ["--seed", SEED, "--first", part, "--step", PARTS, "--count", COUNT // PARTS]
    run = subprocess.run(
        [sys.executable, str(WORKER), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    told = [json.loads(line) for line in run.stdout.splitlines()]
    ended = [line for line in told if "outcome" in line]
    assert [line for line in ended if "fault" in line] == []
    assert len(ended) == COUNT // PARTS, run.stderr[-2000:]
    # Damage that always ends the same way would test one line.
    assert len({line["outcome"] for line in ended}) >= 5
    print(f"{len(ended)} mutated inputs, seed {SEED}")
