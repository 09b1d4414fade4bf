"""What a moved slider costs: every metric of an organ with another alpha/beta, recovery, shift or regimen.

A pair of courses on grids of 13 million voxels, 28 organs. The samples are made once; then each organ is
asked again with values that nobody asked before. Beside it, as a ratio of processor time in the same run,
what the DVH engine needs for the same organs.

Run: ``python benchmarks/what_if.py [--quick]``
"""

from __future__ import annotations

import argparse
import functools
import itertools
import statistics
import time
from collections.abc import Callable

import numpy as np
from voxel_sum import METRICS, NEW, OLD, grid, organs

from dicom_io.dvh import compute_dvh
from dicom_io.objects import GridGeometry, RigidTransform, Structure, identity
from rtplan.sums import (
    CumulativeField,
    DosePart,
    Motion,
    OrganSamples,
    RememberedField,
    TriedRegimen,
    metric_of_points,
)

GOAL_ORGAN_MS, GOAL_ALL_S = 50.0, 1.0
POINTS = 40_000


def pair(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> CumulativeField:
    """Two courses; the earlier one through a turn of two degrees."""
    half = [-(n - 1) * step / 2 for n, step in zip(shape, spacing, strict=True)]
    geometry = GridGeometry.axial(shape=shape, origin=(half[2], half[1], half[0]), spacing=spacing)
    angle = np.radians(2.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    way = RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")
    earlier = RememberedField(dose=grid(OLD, 1, shape, geometry), transform=way)
    new = grid(NEW, 2, shape, geometry)
    parts = (
        DosePart(course="earlier", dose=earlier, n_fractions=28, transform=identity(NEW)),
        DosePart(course="new", dose=new, n_fractions=5, transform=identity(NEW)),
    )
    return CumulativeField(parts=parts, alpha_beta=3.0, geometry=geometry)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work, s."""
    started = time.process_time()
    work()
    return time.process_time() - started


def volume_cc(structure: Structure) -> float:
    """Volume of a structure that is drawn as ellipses 3 mm apart."""
    areas = []
    for contour in structure.contours:
        x, y = contour.points[:, 0], contour.points[:, 1]
        areas.append(0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))))
    return 3.0 * sum(areas) / 1000


def read(samples: OrganSamples, alpha_beta: float, factor: float, recovered: float) -> None:
    """Every metric of an organ."""
    dose = samples.eqd2_of(
        alpha_beta, recovered={"earlier": recovered}, regimens={"new": TriedRegimen(dose_factor=factor)}
    )
    for metric in METRICS:
        metric_of_points(metric, dose, samples.volume_cc)


def moved_and_read(samples: OrganSamples, shift: float) -> None:
    """The same with the earlier dose elsewhere."""
    motion = Motion(shift_mm=(0.0, shift, 0.0), rotation_degrees=(0.0, 0.0, 1.0))
    read(samples.moved(motion, courses=("earlier",)), 3.0, 1.0, 0.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller pair and 6 organs")
    quick = parser.parse_args().quick
    total = pair((60, 100, 100), (3.0, 2.5, 2.5)) if quick else pair((130, 320, 320), (2.5, 1.2, 1.2))
    drawn = organs(6 if quick else 28, np.zeros(3))
    spacing = [(volume_cc(organ) * 1000 / POINTS) ** (1 / 3) for organ in drawn]
    kept: list[OrganSamples] = []

    def sample_all() -> None:
        pairs = zip(drawn, spacing, strict=True)
        kept.extend(OrganSamples.of(total, organ, spacing_mm=min(1.2, step)) for organ, step in pairs)

    once = seconds(sample_all)
    engine = seconds(lambda: [compute_dvh(organ, total) for organ in drawn])
    values = itertools.cycle(np.linspace(1.5, 4.5, 7).tolist())
    still = [seconds(functools.partial(read, s, next(values), 0.9, 0.2)) for s in kept]
    moving = [seconds(functools.partial(moved_and_read, s, next(values))) for s in kept]
    points = [len(s.points) for s in kept]
    voxels = int(np.prod(total.geometry.shape))
    print(
        f"{voxels / 1e6:.1f} million voxels a course, {len(kept)} organs of {min(points)} to {max(points)} "
        "points"
    )
    print(f"samples made once: {once:.2f} s; the DVH engine on the same organs: {engine:.2f} s")
    for name, spent in (("alpha/beta, recovery, regimen", still), ("shift and turn", moving)):
        median, whole = 1000 * statistics.median(spent), sum(spent)
        print(
            f"{name}: organ {median:.1f} ms median, {1000 * max(spent):.1f} ms at most "
            f"(goal {GOAL_ORGAN_MS:g}); "
            f"all {whole:.2f} s (goal {GOAL_ALL_S:g}); 1/{engine / whole:.0f} of the engine"
        )


if __name__ == "__main__":
    main()
