"""Speed of the DVH engine on a pelvic plan: 25 structures, 780,000 contour points, 250 x 180 x 150 voxels.

Run: ``python benchmarks/dvh_speed.py [--repeat N]``
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import compute_dvhs
from dicom_io.objects import Contour, GridField, GridGeometry, Structure

FRAME = "1.2.3"
SPACING_MM = 2.0
METRICS = ("D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "D0.03cc[Gy]", "V20Gy[cc]", "V40Gy[%]", "Mean[Gy]")


def field() -> GridField:
    geometry = GridGeometry.axial(
        shape=(150, 180, 250), origin=(-249.0, -179.0, -149.0), spacing=(SPACING_MM,) * 3
    )
    z, y, x = (
        start + SPACING_MM * np.arange(n)
        for start, n in zip((-149.0, -179.0, -249.0), geometry.shape, strict=True)
    )
    z, y, x = np.meshgrid(z, y, x, indexing="ij", sparse=True)
    target = np.exp(-(((x / 45) ** 2 + (y / 40) ** 2 + (z / 50) ** 2) ** 2) / 2)
    bath = 0.45 * np.exp(-((z / 80) ** 4)) * (0.6 + 0.4 * np.cos(4 * np.arctan2(y, x)))
    dose = 50 * np.maximum(target, bath * np.exp(-(x**2 + y**2) / 220**2))
    return GridField(geometry=geometry, values=dose.astype(np.float32), frame_of_reference_uid=FRAME)


def ellipsoid(
    number: int, centre: tuple[float, float, float], radii: tuple[float, float, float], dz: float, points: int
) -> Structure:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    wave = 1 + 0.04 * np.sin(7 * angle) + 0.02 * np.cos(13 * angle)
    contours = []
    for z in np.arange(np.ceil((centre[2] - radii[2]) / dz) + 0.5, (centre[2] + radii[2]) / dz) * dz:
        r = np.sqrt(max(0.0, 1 - ((z - centre[2]) / radii[2]) ** 4))
        x = np.round(centre[0] + r * radii[0] * wave * np.cos(angle), 2)
        y = np.round(centre[1] + r * radii[1] * wave * np.sin(angle), 2)
        contours.append(
            Contour(points=np.column_stack([x, y, np.full(points, z)]), geometric_type="CLOSED_PLANAR")
        )
    return Structure(
        number=number,
        name=f"S{number}",
        interpreted_type="",
        contours=tuple(contours),
        frame_of_reference_uid=FRAME,
    )


def structures() -> list[Structure]:
    found = [ellipsoid(1, (0, 0, 0), (190.0, 120.0, 900.0), 3.0, 1300)]
    found[0] = Structure(
        number=1,
        name="Body",
        interpreted_type="EXTERNAL",
        contours=tuple(c for c in found[0].contours if abs(c.points[0, 2]) < 146),
        frame_of_reference_uid=FRAME,
    )
    rng = np.random.default_rng(1)
    sizes: NDArray[np.float64] = np.array(
        [95, 75, 60, 55, 50, 45, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18, 15, 12, 10, 8, 6, 5]
    )
    for number, size in enumerate(sizes, start=2):
        centre = rng.uniform(-1, 1, 3) * np.array([60, 40, 40])
        radii = size * rng.uniform(0.8, 1.2, 3)
        found.append(
            ellipsoid(
                number,
                (centre[0], centre[1], centre[2]),
                (radii[0], radii[1], radii[2]),
                3.0,
                int(760 + 12 * size),
            )
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    chosen, dose = structures(), field()
    points = sum(len(contour.points) for structure in chosen for contour in structure.contours)
    print(f"{len(chosen)} structures, {points} points, grid {dose.geometry.shape}")
    for _ in range(args.repeat):
        start, cpu = time.perf_counter(), time.process_time()
        dvhs = compute_dvhs(chosen, dose)
        values = {number: [dvh.metric(m) for m in METRICS] for number, dvh in dvhs.items()}
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(f"{wall:.3f} s wall, {cpu:.3f} s cpu, {len(values)} DVHs")


if __name__ == "__main__":
    main()
