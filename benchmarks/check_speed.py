"""How long limits take beside the DVHs: loading all sets, and 25 structures against over 100 limits.

python benchmarks/check_speed.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

from dicom_io import MetricValue
from rtplan.limits import PlanFractions, constraint_sets, evaluate_set, load_constraint_set
from rtplan.names import assign

STRUCTURES = [
    "Rectum",
    "Bladder",
    "Bowel_Small",
    "SacralPlex",
    "CaudaEquina",
    "SpinalCord",
    "Femur_Head_L",
    "Femur_Head_R",
    "GTV",
    "PTV",
    "External",
    "CTV",
    "Colon",
    "Skin",
    "Liver",
    "Kidney_L",
    "Kidney_R",
    "zRing",
    "PTV_opt",
    "Bladder_PRV05",
    "Heart",
    "Lungs",
    "Stomach",
    "Duodenum",
    "PenileBulb",
]


def best_of(times: int, work: Callable[[], object]) -> float:
    """Shortest of several runs, ms."""
    shortest = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - started)
    return 1000 * shortest


def load_all() -> None:
    """Load every shipped set."""
    for entry in constraint_sets():
        load_constraint_set(entry.name)


def evaluate() -> int:
    """Name 25 structures and judge them by three sets; return the number of rows."""
    assignment = assign(list(enumerate(STRUCTURES)))
    rows = 0
    for name in ("tg101-2010", "timmerman-2021", "uk-sabr-2022"):
        found = evaluate_set(
            SETS[name],
            assignment,
            fractions=PlanFractions(n_fractions=5, dose_per_fraction_gy=6.0),
            metric_of=lambda _, text: MetricValue(text=text, value=1.0, unit="Gy", uncertainty=0.1),
            volume_of=lambda _: 100.0,
        )
        rows += len(found.evaluations)
    return rows


if __name__ == "__main__":
    loading = best_of(10, load_all)
    print(
        f"all {len(constraint_sets())} sets load in {loading:.0f} ms: {loading / 50:.2f} of the goal (50 ms)"
    )
    SETS = {entry.name: load_constraint_set(entry.name) for entry in constraint_sets()}
    rows, judging = evaluate(), best_of(10, evaluate)
    print(
        f"{len(STRUCTURES)} structures against {rows} limits in {judging:.0f} ms: "
        f"{judging / 200:.2f} of the goal (200 ms for 100 limits)"
    )
