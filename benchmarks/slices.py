"""What a slice of the viewer costs at 512 x 512: CT, dose, lines, as ratios to a plain resampling.

Two courses on dose grids of 250 x 180 x 150, the earlier one through a turn. The yardstick is one
`scipy.ndimage.map_coordinates` of 512 x 512 points of each of the two doses, in turn with ours; processor
time.

Run: ``python benchmarks/slices.py [--repeat N]``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates
from voxel_sum import NEW, OLD, grid

from dicom_io.objects import GridField, GridGeometry, RigidTransform, identity
from rtplan.page.viewer import Axes, Image, SlicePlane
from rtplan.page.viewer.doses import sampled
from rtplan.page.viewer.outlines import isodose_lines
from rtplan.page.viewer.pictures import ct_png, dose_png
from rtplan.sums import DosePart

GOAL_MS = 100.0


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work."""
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    image_grid = GridGeometry.axial(
        shape=(120, 512, 512), origin=(-250, -250, -180), spacing=(3.0, 0.977, 0.977)
    )
    values = np.random.default_rng(1).integers(-1000, 1500, image_grid.shape).astype(np.int16)
    image = Image(geometry=image_grid, values=values, label="CT")
    dose_grid = GridGeometry.axial(shape=(150, 180, 250), origin=(-311, -224, -186), spacing=(2.5, 2.5, 2.5))
    first, second = (grid(frame, seed, dose_grid.shape, dose_grid) for frame, seed in ((OLD, 1), (NEW, 2)))
    angle = np.radians(2.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    way = RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")
    parts = (
        (DosePart(course="A", dose=first, n_fractions=25, transform=way),),
        (DosePart(course="B", dose=second, n_fractions=5, transform=identity(NEW)),),
    )
    spent: dict[str, list[float]] = {}
    axes = Axes.of(image_grid)
    for nth in range(repeat):
        plane = axes.plane("axial", -60.0 + 3.1 * nth)
        index = dose_grid.to_index(plane.pixel_points()).T
        found: list[np.ndarray] = []

        def plain(index: np.ndarray = index, fields: tuple[GridField, ...] = (first, second)) -> None:
            for field in fields:
                map_coordinates(field.values, index, order=1)

        def dose(plane: SlicePlane = plane, found: list[np.ndarray] = found) -> None:
            at = sampled(parts, plane.pixel_points())
            total = at.eqd2_of(0, 3.0) + at.eqd2_of(1, 3.0)
            found.append(total.reshape(plane.shape))
            dose_png(found[0], top_gy=150.0, low_gy=15.0)

        for name, work in (
            ("plain resampling of two doses", plain),
            ("CT", lambda: ct_png(image.on(plane), window=400, level=40)),  # noqa: B023 - called at once
            ("dose of two courses", dose),
            ("isodoses", lambda: isodose_lines(found[0], plane, [20, 40, 60, 80])),  # noqa: B023 - called at once
        ):
            spent.setdefault(name, []).append(milliseconds(work))
    yardstick = statistics.median(spent["plain resampling of two doses"])
    for name, each in spent.items():
        median = statistics.median(each)
        print(f"{name}: {median:.0f} ms (goal {GOAL_MS:g}), {median / yardstick:.2f} of a plain resampling")


if __name__ == "__main__":
    main()
