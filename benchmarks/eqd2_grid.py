"""EQD2 of a whole dose grid against the plain NumPy expression, in one run; and what `import bed` costs.

    python benchmarks/eqd2_grid.py [--voxels N]

Prints the ratio of times (best of several, alternating), the peak memory in units of the grid,
and the ratio of the time to import `bed` to the time to import NumPy. Exit status 1 when a target is missed:
2 times the plain expression, 2.2 grids in all.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bed.lq import eqd2

FRACTIONS, ALPHA_BETA = 25, 3.0
TIME_TARGET, MEMORY_TARGET = 2.0, 2.2
ROUNDS = 7

Grid = NDArray[np.float32]


def plain_expression(dose: Grid) -> Grid:
    """d * (d / n + ab) / (2 + ab) by hand, with in-place temporaries."""
    result = dose / np.float32(FRACTIONS)
    result += np.float32(ALPHA_BETA)
    result *= dose
    result /= np.float32(2.0 + ALPHA_BETA)
    return result


def package_function(dose: Grid) -> Grid:
    result: Any = eqd2(dose, FRACTIONS, ALPHA_BETA)
    return result


def seconds(function: Callable[[Grid], Grid], dose: Grid) -> float:
    start = time.perf_counter()
    function(dose)
    return time.perf_counter() - start


def best_times(dose: Grid) -> tuple[float, float]:
    """Best time of each, taken in turns so that both meet the same machine."""
    rounds = [(seconds(plain_expression, dose), seconds(package_function, dose)) for _ in range(ROUNDS)]
    return min(plain for plain, _ in rounds), min(package for _, package in rounds)


def peak_grids(function: Callable[[Grid], Grid], dose: Grid) -> float:
    """Peak memory in units of the grid, the input included."""
    tracemalloc.start()
    try:
        function(dose)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return 1.0 + peak / dose.nbytes


def import_seconds(statement: str) -> float:
    """Best time of a fresh interpreter that runs one statement."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--voxels", type=int, default=50_000_000)
    dose = np.random.default_rng(0).random(parser.parse_args().voxels, dtype=np.float32) * 60
    worst = float(np.max(np.abs(package_function(dose) - plain_expression(dose))))
    plain, package = best_times(dose)
    memory_plain, memory = peak_grids(plain_expression, dose), peak_grids(package_function, dose)
    bare, numpy_only, with_bed = (import_seconds(s) for s in ("pass", "import numpy", "import bed"))
    print(f"{dose.size} voxels float32, largest difference {worst:.2g} Gy")
    print(f"plain expression  {plain * 1e3:8.1f} ms  {memory_plain:.2f} grids")
    print(f"bed.eqd2          {package * 1e3:8.1f} ms  {memory:.2f} grids")
    print(f"time ratio        {package / plain:8.2f}     (target at most {TIME_TARGET:g})")
    print(f"peak memory       {memory:8.2f}     grids (target below {MEMORY_TARGET:g})")
    print(f"import bed / import numpy {(with_bed - bare) / (numpy_only - bare):.2f}")
    return int(package > TIME_TARGET * plain or memory >= MEMORY_TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
