"""How processor time and memory grow with each of what a study has more of, and how fast, as an exponent.

One axis grows at a time, everything else stays. Each size is a process of its own, run three times; the least
processor time counts, less that of the imports. The exponent is the slope of a straight line through the
logarithms: 1 is in proportion, 2 with the square. It is taken of all sizes and of those that last longer than
the tenth part of a second, and the larger counts: what is paid once would flatter it.

Run: ``python benchmarks/growth.py [AXIS ...] [--json FILE]``; ends with 1 where an exponent is above 1.1.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dicom_io import compute_dvh, compute_dvhs, load_study
from dicom_io.dvh import Metric
from dicom_io.objects import Contour, GridField, GridGeometry, RigidTransform, Structure, identity
from dicom_io.phantom import write_phantom
from rtplan.sums import (
    CumulativeField,
    DosePart,
    MovableSum,
    RegistrationUncertainty,
    RememberedField,
    scenarios_of,
)

MOST = 1.1
FEWEST_SECONDS = 0.1
FRAME = "1.2.3"
METRICS = [Metric.parse(text) for text in ("D0.03cc[Gy]", "D50%[Gy]", "Mean[Gy]")]


def field(step_mm: float = 2.5) -> GridField:
    """A smooth dose over half a metre."""
    shape = (int(300 / step_mm), int(360 / step_mm), int(500 / step_mm))
    start = tuple(-0.5 * step_mm * (size - 1) for size in reversed(shape))
    grid = GridGeometry.axial(shape=shape, origin=start, spacing=(step_mm,) * 3)
    z, y, x = np.meshgrid(*[np.linspace(-2, 2, size) for size in shape], indexing="ij", sparse=True)
    values = 50 * np.exp(-(x**2) - y**2 - z**2) + 5 * np.sin(3 * x) * np.cos(2 * y)
    return GridField(geometry=grid, values=(values + 6).astype(np.float32), frame_of_reference_uid=FRAME)


def rod(
    centre: tuple[float, float] = (0.0, 0.0),
    *,
    radius: float = 30.0,
    points: int = 200,
    planes: int = 40,
    number: int = 1,
    apart_mm: float = 3.0,
) -> Structure:
    """A wavy cylinder."""
    return Structure(
        number=number,
        name=f"Rod{number}",
        interpreted_type="",
        frame_of_reference_uid=FRAME,
        contours=tuple(
            ring(centre, radius, points, z) for z in apart_mm * (np.arange(planes) - 0.5 * (planes - 1))
        ),
    )


def ring(centre: tuple[float, float], radius: float, points: int, z: float) -> Contour:
    """One contour."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = radius * (1 + 0.05 * np.sin(5 * angle))
    corners = [centre[0] + r * np.cos(angle), centre[1] + r * np.sin(angle), np.full(points, z)]
    return Contour(points=np.column_stack(corners), geometric_type="CLOSED_PLANAR")


def islands(count: int) -> Structure:
    """Rods of 1 mm beside each other on four planes."""
    side = int(np.sqrt(count))
    corner = 3.0 * (np.stack(np.divmod(np.arange(count), side), axis=1) - 0.5 * (side - 1))
    rings = [ring((x, y), 1.0, 24, z) for z in (-4.5, -1.5, 1.5, 4.5) for x, y in corner.tolist()]
    return replace(rod(), contours=tuple(rings))


def summed(courses: int) -> CumulativeField:
    """A new course and earlier ones through a rigid transform."""
    matrix = np.eye(4)
    matrix[:3, 3] = (4.0, -6.0, 3.0)
    moved = RigidTransform(matrix=matrix, maps_from=FRAME, maps_to="1.2.4", source="matrix file")
    new = field()
    old = replace(new, frame_of_reference_uid="1.2.4")

    def part(k: int) -> DosePart:
        seen = RememberedField(dose=old if k else new, transform=moved if k else identity(FRAME))
        return DosePart(course=f"course {k}", dose=seen, n_fractions=5 + k, transform=identity(FRAME))

    return CumulativeField(
        parts=tuple(part(k) for k in range(courses)), alpha_beta=3.0, geometry=new.geometry
    )


def of_structures(count: int) -> Callable[[], object]:
    """DVHs of so many alike structures."""
    dose, drawn = field(), [rod(number=k + 1) for k in range(count)]
    return lambda: compute_dvhs(drawn, dose)


def of_points(count: int) -> Callable[[], object]:
    """The DVH of one structure of so many points a contour."""
    dose, drawn = field(), rod(points=count)
    return lambda: compute_dvh(drawn, dose)


def of_voxels(count: int) -> Callable[[], object]:
    """The DVH of a large structure in a grid of so many voxels."""
    dose, drawn = field(float(np.cbrt(300 * 360 * 500 / count))), rod(radius=150.0, planes=90)
    return lambda: compute_dvh(drawn, dose)


def of_islands(count: int) -> Callable[[], object]:
    """The DVH of so many islands on each of four planes."""
    dose, drawn = field(), islands(count)
    return lambda: compute_dvh(drawn, dose)


def of_planes(count: int) -> Callable[[], object]:
    """The DVH of a structure drawn on so many planes."""
    dose, drawn = field(), rod(planes=count, apart_mm=280.0 / count)
    return lambda: compute_dvh(drawn, dose)


def of_files(count: int) -> Callable[[], object]:
    """The index of a series of so many images."""
    folder = Path(tempfile.mkdtemp())
    write_phantom("spine-sabr-5mm", folder / "phantom")
    one = next(path for path in sorted((folder / "phantom").rglob("*.dcm")) if path.name.startswith("CT"))
    content, place = one.read_bytes(), folder / "series"
    uid = bytes(content)[content.index(b"\x08\x00\x18\x00UI") + 8 :].split(b"\x08\x00", 1)[0].rstrip(b"\x00")
    place.mkdir()
    for k in range(count):
        own = uid[: -len(str(k))] + str(k).encode()
        (place / f"CT.{k:06d}.dcm").write_bytes(content.replace(uid, own))
    return lambda: load_study(place)


def of_courses(count: int) -> Callable[[], object]:
    """The DVH of a sum of so many courses."""
    total, drawn = summed(count), rod()
    return lambda: compute_dvh(drawn, total)


def of_shifts(count: int) -> Callable[[], object]:
    """The scenario band of so many shifts."""
    steps = round(count ** (1 / 3))
    uncertainty = RegistrationUncertainty(shift_mm=4.0, steps=steps)
    movable = MovableSum.of(summed(2), rod(), moved=["course 1"], uncertainty=uncertainty)
    return lambda: scenarios_of(movable, METRICS, uncertainty=uncertainty)


AXES: dict[str, tuple[Callable[[int], Callable[[], object]], tuple[int, ...]]] = {
    "structures": (of_structures, (10, 20, 40, 80)),
    "points": (of_points, (500, 2000, 8000, 32000)),
    "voxels": (of_voxels, (1_000_000, 4_000_000, 16_000_000, 32_000_000)),
    "islands": (of_islands, (400, 1600, 6400)),
    "planes": (of_planes, (50, 100, 200, 400)),
    "files": (of_files, (500, 1000, 2000, 4000)),
    "courses": (of_courses, (2, 4, 8, 16)),
    "shifts": (of_shifts, (27, 125, 343, 729)),
}
"""What grows, and to which sizes."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What one size needs."""

    n: int
    seconds: float
    peak_mb: float


def measure(axis: str, n: int) -> None:
    """Print processor seconds and peak memory of one size; for a process of its own."""
    work = AXES[axis][0](n)
    before = time.process_time()
    work()
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"n": n, "seconds": seconds, "peak_mb": peak}))


def size_of(axis: str, n: int, repeat: int) -> Size:
    """Return the least of several runs, each a process of its own."""
    command = [sys.executable, __file__, "--measure", axis, str(n)]
    runs = [
        Size(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        for _ in range(repeat)
    ]
    return min(runs, key=lambda run: run.seconds)


def exponent(sizes: list[Size]) -> float:
    """Return the exponent of time: the larger of that of all sizes and that of the long ones."""
    long = [size for size in sizes if size.seconds >= FEWEST_SECONDS]
    return max(slope(sizes), slope(long if len(long) > 1 else sizes[-2:]))


def slope(sizes: list[Size]) -> float:
    """Return the slope of a straight line through the logarithms."""
    n, seconds = np.log([size.n for size in sizes]), np.log([size.seconds for size in sizes])
    return float(np.polyfit(n, seconds, 1)[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("axes", nargs="*", metavar="AXIS", help=f"of {', '.join(AXES)}; all without")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure[0], int(args.measure[1]))
        return 0
    found = {}
    print("| axis | sizes | processor seconds | exponent | peak MB |\n| --- | --- | --- | --- | --- |")
    for axis in args.axes or AXES:
        sizes = [size_of(axis, n, args.repeat) for n in AXES[axis][1]]
        found[axis] = {"exponent": exponent(sizes), "sizes": [vars(size) for size in sizes]}
        cells = [
            " / ".join(f"{s.n}" for s in sizes),
            " / ".join(f"{s.seconds:.2f}" for s in sizes),
            f"{exponent(sizes):.2f}",
            " / ".join(f"{s.peak_mb:.0f}" for s in sizes),
        ]
        print(f"| {axis} | {' | '.join(cells)} |", flush=True)
    if args.json:
        args.json.write_text(json.dumps({"schema": "rtplan.growth/1", "axes": found}, indent=1))
    return int(any(axis["exponent"] > MOST for axis in found.values()))


if __name__ == "__main__":
    sys.exit(main())
