"""What voxel sums and the scenario band cost, as ratios to `scipy.ndimage.map_coordinates` in the same run.

Two courses on 250 x 180 x 150 grids, a rigid transform, 25 organs: the sum with all metrics against
resampling the whole grid; the band with 125 shifts against 125 resamplings of the organs' bounding boxes.

The peer runs as often as it is compared with, in turn with ours.

Run: ``python benchmarks/voxel_sum.py [--quick] [--repeat N] [--growth]``
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import map_coordinates

from dicom_io.dvh import Metric, compute_dvh
from dicom_io.objects import Contour, GridField, GridGeometry, RigidTransform, Structure, identity
from rtplan.sums import (
    CumulativeField,
    DosePart,
    MovableSum,
    RegistrationUncertainty,
    RememberedField,
    scenarios_of,
)

NEW, OLD = "1.2.1", "1.2.2"
METRICS = [Metric.parse(text) for text in ("D0.03cc[Gy]", "D2cc[Gy]", "D50%[Gy]", "Mean[Gy]", "Max[Gy]")]


def grid(frame: str, seed: int, shape: tuple[int, int, int], geometry: GridGeometry) -> GridField:
    """A smooth dose on a grid."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij", sparse=True)
    values = 20 + 30 * np.exp(-3 * (x**2 + y**2 + (z - 0.1 * seed) ** 2)) + 2 * np.sin(4 * x + seed)
    return GridField(geometry=geometry, values=values.astype(np.float32), frame_of_reference_uid=frame)


def organs(n: int, centre: np.ndarray) -> list[Structure]:
    """Ellipsoids of 8 to 30 mm half-axes, drawn with 72 points a plane, 3 mm apart."""
    random = np.random.default_rng(5)
    drawn = []
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    for number in range(1, n + 1):
        half = random.uniform(8, 30, 3)
        middle = centre + random.uniform(-60, 60, 3)
        heights = np.arange(middle[2] - half[2] + 1.5, middle[2] + half[2], 3.0)
        contours = []
        for height in heights:
            scale = np.sqrt(max(1 - ((height - middle[2]) / half[2]) ** 2, 0.0))
            points = np.column_stack(
                [
                    middle[0] + half[0] * scale * np.cos(angle),
                    middle[1] + half[1] * scale * np.sin(angle),
                    np.full(72, height),
                ]
            )
            contours.append(Contour(points=points, geometric_type="CLOSED_PLANAR"))
        drawn.append(
            Structure(
                number=number,
                name=f"Organ{number}",
                interpreted_type="ORGAN",
                contours=tuple(contours),
                frame_of_reference_uid=NEW,
            )
        )
    return drawn


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds by the clock and of all processors."""

    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(wall=self.wall + other.wall, cpu=self.cpu + other.cpu)


def spent(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


def resampling(field: GridField, transform: RigidTransform, points: np.ndarray) -> Callable[[], object]:
    """One `map_coordinates` of a dose at points, with the indices ready."""
    index = np.ascontiguousarray(field.geometry.to_index(transform.apply(points)).T)
    return lambda: map_coordinates(
        field.values, index, order=1, output=np.float32, mode="nearest", prefilter=False
    )


def box_points(structure: Structure, geometry: GridGeometry) -> np.ndarray:
    """Voxel centres of a structure's bounding box."""
    index = geometry.to_index(np.concatenate([contour.points for contour in structure.contours]))
    low, high = np.floor(index.min(0)).astype(int), np.ceil(index.max(0)).astype(int)
    axes = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    return geometry.to_patient(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two courses on grids of one shape and a rigid transform between them."""

    shape: tuple[int, int, int]
    step: float

    @cached_property
    def geometry(self) -> GridGeometry:
        """The grid of both doses."""
        return GridGeometry.axial(
            shape=self.shape, origin=(-310, -225, -187), spacing=(self.step, self.step, self.step)
        )

    @cached_property
    def transform(self) -> RigidTransform:
        """From the new course's frame to the old one's."""
        turn = np.radians(4.0)
        matrix = np.eye(4)
        matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        matrix[:3, 3] = [4.0, -6.0, 3.0]
        return RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")

    @cached_property
    def new(self) -> GridField:
        """The new course."""
        return grid(NEW, 0, self.shape, self.geometry)

    @cached_property
    def old(self) -> GridField:
        """The earlier course."""
        return grid(OLD, 1, self.shape, self.geometry)

    def total(self) -> CumulativeField:
        """A sum that remembers nothing yet."""
        parts = tuple(
            DosePart(
                course=name,
                dose=RememberedField(dose=field, transform=way),
                n_fractions=n,
                transform=identity(NEW),
            )
            for name, field, way, n in (
                ("prior", self.old, self.transform, 28),
                ("new", self.new, identity(NEW), 5),
            )
        )
        return CumulativeField(parts=parts, alpha_beta=3.0, geometry=self.geometry)

    def sum_and_metrics(self, drawn: list[Structure]) -> None:
        """All organs' summed curves and metrics."""
        for organ in drawn:
            dvh = compute_dvh(organ, self.total())
            for metric in METRICS:
                dvh.metric(metric)

    def band(self, organ: Structure, steps: int = 5) -> None:
        """One organ's scenario band."""
        uncertainty = RegistrationUncertainty(shift_mm=4.0, steps=steps)
        movable = MovableSum.of(self.total(), organ, moved=["prior"], uncertainty=uncertainty)
        scenarios_of(movable, METRICS, uncertainty=uncertainty)

    def whole_grid(self) -> Callable[[], object]:
        """One resampling of the earlier dose on all voxels of the new one."""
        every = self.geometry.to_patient(np.moveaxis(np.indices(self.shape), 0, -1).reshape(-1, 3))
        return resampling(self.old, self.transform, every)


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def compare(case: Case, drawn: list[Structure], *, repeat: int) -> None:
    """Print ratios; what is compared runs in turn, so that other work of the machine meets both alike."""
    peer = case.whole_grid()
    pairs = [(spent(peer), spent(lambda: case.sum_and_metrics(drawn))) for _ in range(repeat)]
    del peer
    for name in ("wall", "cpu"):
        ratios = [getattr(ours, name) / getattr(one, name) for one, ours in pairs]
        print(f"sum and {len(METRICS)} metrics, {name}: {spread(ratios)} resamplings of the grid, gate 3")
    print(f"    {min(ours.wall for _, ours in pairs):.2f} s, goal 3 s")

    boxes = [resampling(case.old, case.transform, box_points(organ, case.geometry)) for organ in drawn]
    bands = []
    for _ in range(repeat):
        theirs, ours = Spent(), Spent()
        for organ, box in zip(drawn, boxes, strict=True):
            theirs += spent(lambda box=box: [box() for _ in range(125)])
            ours += spent(lambda organ=organ: case.band(organ))
        bands.append((theirs, ours))
    for name in ("wall", "cpu"):
        ratios = [125 * getattr(ours, name) / getattr(theirs, name) for theirs, ours in bands]
        print(f"band of 125 shifts, {name}: {spread(ratios)} resamplings of the organs' boxes, gate 125")
    print(f"    {min(ours.wall for _, ours in bands):.2f} s, goal 60 s")


def growth(drawn: list[Structure]) -> None:
    """Print how the cost grows with voxels and with shifts."""
    print("\nvoxels of a grid    sum, cpu s    per million    band, cpu s")
    for step in (4.0, 3.0, 2.5, 2.0):
        shape = tuple(int(n * 2.5 / step) for n in (150, 180, 250))
        case = Case(shape=shape, step=step)
        case.sum_and_metrics(drawn[:1])  # reads the fields
        total = min(spent(lambda case=case: case.sum_and_metrics(drawn)).cpu for _ in range(3))
        band = min(spent(lambda case=case: [case.band(organ) for organ in drawn]).cpu for _ in range(3))
        voxels = math.prod(shape)
        print(f"{voxels:>16} {total:>13.2f} {1e6 * total / voxels:>14.3f} {band:>14.2f}")
    print("shifts    band, cpu s    per 100 shifts")
    case = Case(shape=(150, 180, 250), step=2.5)
    for steps in (3, 5, 7, 9):
        band = min(
            spent(lambda steps=steps: [case.band(organ, steps) for organ in drawn]).cpu for _ in range(3)
        )
        print(f"{steps**3:>6} {band:>14.2f} {100 * band / steps**3:>17.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="grids of an eighth and 5 organs")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="also how the cost grows")
    args = parser.parse_args()
    case = Case(shape=(75, 90, 125), step=5.0) if args.quick else Case(shape=(150, 180, 250), step=2.5)
    drawn = organs(5 if args.quick else 25, np.zeros(3))
    print(f"grids {case.shape}, {len(drawn)} organs")
    compare(case, drawn, repeat=args.repeat)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, goal 2000 MB")
    if args.growth:
        growth(drawn)


if __name__ == "__main__":
    main()
