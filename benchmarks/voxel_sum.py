"""What voxel sums and the scenario band cost, as ratios to `scipy.ndimage.map_coordinates` in the same run.

Two courses on 250 x 180 x 150 grids, a rigid transform, 25 organs: the sum with all metrics against
resampling the whole grid; the band with 125 shifts against 125 resamplings of the organs' bounding boxes.

Run: ``python benchmarks/voxel_sum.py [--quick]``
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from scipy.ndimage import map_coordinates

from dicom_io.dvh import compute_dvh
from dicom_io.field import GridField
from dicom_io.geometry import GridGeometry
from dicom_io.metric import Metric
from dicom_io.registration import RigidTransform, identity
from dicom_io.structure import Contour, Structure
from rtplan.accumulation import CumulativeField, DosePart, RememberedField
from rtplan.robustness import MovableSum, RegistrationUncertainty, scenarios_of

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


def resampled(field: GridField, transform: RigidTransform, points: np.ndarray) -> float:
    """Seconds of one `map_coordinates` of a dose at points; mapping the points is not counted."""
    index = np.ascontiguousarray(field.geometry.to_index(transform.apply(points)).T)
    started = time.perf_counter()
    map_coordinates(field.values, index, order=1, output=np.float32, mode="nearest", prefilter=False)
    return time.perf_counter() - started


def box_points(structure: Structure, geometry: GridGeometry) -> np.ndarray:
    """Voxel centres of a structure's bounding box."""
    index = geometry.to_index(np.concatenate([contour.points for contour in structure.contours]))
    low, high = np.floor(index.min(0)).astype(int), np.ceil(index.max(0)).astype(int)
    axes = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    return geometry.to_patient(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="grids of an eighth and 5 organs")
    quick = parser.parse_args().quick
    shape = (75, 90, 125) if quick else (150, 180, 250)
    step = 5.0 if quick else 2.5
    geometry = GridGeometry.axial(shape=shape, origin=(-310, -225, -187), spacing=(step, step, step))
    turn = np.radians(4.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:3, 3] = [4.0, -6.0, 3.0]
    transform = RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")
    new, old = grid(NEW, 0, shape, geometry), grid(OLD, 1, shape, geometry)
    drawn = organs(5 if quick else 25, np.zeros(3))

    every = geometry.to_patient(np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 3))
    whole = min(resampled(old, transform, every) for _ in range(2))
    del every
    boxes = [box_points(organ, geometry) for organ in drawn]
    one_pass = min(sum(resampled(old, transform, points) for points in boxes) for _ in range(3))

    def total() -> CumulativeField:
        """A sum that remembers nothing yet."""
        parts = tuple(
            DosePart(
                course=name,
                dose=RememberedField(dose=field, transform=way),
                n_fractions=n,
                transform=identity(NEW),
            )
            for name, field, way, n in (("prior", old, transform, 28), ("new", new, identity(NEW), 5))
        )
        return CumulativeField(parts=parts, alpha_beta=3.0, geometry=geometry)

    started = time.perf_counter()
    for organ in drawn:
        dvh = compute_dvh(organ, total())
        for metric in METRICS:
            dvh.metric(metric)
    summed = time.perf_counter() - started

    started = time.perf_counter()
    for organ in drawn:
        movable = MovableSum.of(total(), organ, moved=["prior"])
        scenarios_of(movable, METRICS, uncertainty=RegistrationUncertainty(shift_mm=4.0))
    band = time.perf_counter() - started

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"grids {shape}, {len(drawn)} organs, {sum(map(len, boxes))} voxels in their boxes")
    print(f"one resampling of the grid: {whole:.2f} s; of the organs' boxes: {1000 * one_pass:.0f} ms")
    print(f"sum and {len(METRICS)} metrics: {summed:.2f} s = {summed / whole:.2f} resamplings (goal 3)")
    print(f"band of 125 shifts: {band:.1f} s = {band / one_pass:.0f} resamplings of the boxes (goal 125)")
    print(f"peak memory {peak:.0f} MB (goal 2000)")


if __name__ == "__main__":
    main()
