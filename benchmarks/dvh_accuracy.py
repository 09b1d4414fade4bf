"""Accuracy of the DVH engine against the exact DVH of the contours as drawn.

Spheres, cylinders and cones as stacks of polygons, each extruded half-way to its neighbours; doses that
are linear (1 Gy/mm) or Gaussian along an axis, known in closed form at every point. The volume of a slab
polygon on one side of a plane is a line integral over its edges, so the reference has no grid, no
sampling and shares no code with the engine. The Gaussian is compared twice: with the dose as sampled
(linear between the grid's voxels), which shows the engine, and with the true one, which shows whether
the stated uncertainty covers what the grid leaves out.

Run: ``python benchmarks/dvh_accuracy.py [--quick] [--rows]``
"""

from __future__ import annotations

import argparse
import itertools
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import DVH, compute_dvh
from dicom_io.field import GridField
from dicom_io.geometry import GridGeometry
from dicom_io.structure import Contour, Structure

Array = NDArray[np.float64]

AXES = {"x": 0, "y": 1, "z": 2}
KINDS = ("linear", "gauss as sampled", "gauss")
METRICS = ("D99%", "D95%", "D50%", "D5%", "D1%", "D0.03cc")
DOSE_OFFSET = 50.0
SIGMA_MM = 12.0
PEAK_MM = 3.0
FRAME = "1.2.3"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Polygons (points, 2) with the heights of their planes."""

    name: str
    polygons: tuple[Array, ...]
    heights: Array

    @property
    def bounds(self) -> Array:
        """Lower and upper face of each slab, mm."""
        gaps = np.diff(self.heights)
        below, above = np.append(gaps[0], gaps) / 2, np.append(gaps, gaps[-1]) / 2
        return np.stack([self.heights - below, self.heights + above], axis=1)

    @property
    def structure(self) -> Structure:
        """The same for the engine."""
        contours = tuple(
            Contour(
                points=np.column_stack([polygon, np.full(len(polygon), height)]),
                geometric_type="CLOSED_PLANAR",
            )
            for polygon, height in zip(self.polygons, self.heights, strict=True)
        )
        return Structure(
            number=1, name=self.name, interpreted_type="", contours=contours, frame_of_reference_uid=FRAME
        )


def area_left_of(polygon: Array, position: Array, axis: int) -> Array:
    """Area of the polygon's part whose coordinate is at most each position: line integral of min(u, c) dv."""
    u, v = (polygon[:, 0], polygon[:, 1]) if axis == 0 else (polygon[:, 1], -polygon[:, 0])
    u0, u1, dv = u[:, None], np.roll(u, -1)[:, None], (np.roll(v, -1) - v)[:, None]
    c = position[None, :]
    low, high = np.minimum(u0, u1), np.maximum(u0, u1)
    span = np.where(high > low, high - low, 1.0)
    t = np.clip((c - low) / span, 0, 1)
    mean = np.where(high > low, t * (low + np.minimum(c, high)) / 2 + (1 - t) * c, np.minimum(low, c))
    return np.sum(mean * dv, axis=0)


def volume_below(drawn: Drawn, position: Array, axis: int) -> Array:
    """Volume (cc) of the slabs whose coordinate along an axis is at most each position."""
    total = np.zeros(len(position))
    for polygon, (lower, upper) in zip(drawn.polygons, drawn.bounds, strict=True):
        if axis == 2:
            area = area_left_of(polygon, np.array([1e6]), 0)
            total += area * np.clip(position - lower, 0, upper - lower)
        else:
            total += (upper - lower) * area_left_of(polygon, position, axis)
    return total / 1000.0


def circle(radius: float, centre: tuple[float, float], points: int = 144) -> Array:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])


def mirrored(x: Array, half_width: Array, centre: tuple[float, float]) -> Array:
    """Polygon of a profile and its mirror image."""
    upper = np.column_stack([x, half_width])
    lower = np.column_stack([x, -half_width])[::-1]
    points = np.concatenate([lower[::-1], upper[::-1]])
    keep = np.any(np.abs(points - np.roll(points, 1, axis=0)) > 1e-12, axis=1)
    return points[keep] + np.array(centre)


def section(shape: str, size: float, z: float, centre: tuple[float, float]) -> Array | None:
    """Cross-section of a solid at height z above its middle; None outside."""
    length, radius = 24.0, 12.0
    if shape == "sphere":
        return circle(np.sqrt(size**2 - z**2), centre) if abs(z) < 0.999 * size else None
    if shape in ("cylinder z", "cone z"):
        if abs(z) > length / 2:
            return None
        r = radius if shape == "cylinder z" else radius * (0.5 - z / length)
        return circle(r, centre) if r > 0.05 else None
    if abs(z) >= 0.999 * radius:
        return None
    if shape == "cylinder x":
        half = np.full(2, np.sqrt(radius**2 - z**2))
        return mirrored(np.array([-length / 2, length / 2]), half, centre)
    tip = length / 2 - length * abs(z) / radius
    x = np.linspace(-length / 2, tip, 80)
    r = radius * (0.5 - x / length)
    return mirrored(x, np.sqrt(np.maximum(r**2 - z**2, 0.0)), centre)


def draw(shape: str, size: float, spacing: float, shift: Array) -> Drawn:
    reach = size + 15
    steps = np.arange(-np.ceil(reach / spacing), np.ceil(reach / spacing) + 1) + shift[2]
    heights, polygons = [], []
    for z in steps * spacing:
        polygon = section(shape, size, z, (shift[0] * spacing, shift[1] * spacing))
        if polygon is not None:
            polygons.append(polygon)
            heights.append(z)
    name = f"{shape} {size:g}" if shape == "sphere" else shape
    return Drawn(name=name, polygons=tuple(polygons), heights=np.array(heights))


def field_of(kind: str, axis: int, spacing: float, shift: Array) -> GridField:
    half = 33.0
    n = int(np.ceil(2 * half / spacing)) + 1
    geometry = GridGeometry.axial(shape=(n, n, n), origin=-half + shift * spacing, spacing=(spacing,) * 3)
    along = geometry.origin[axis] + np.arange(n) * spacing
    shape = [1, 1, 1]
    shape[2 - axis] = -1
    values = np.broadcast_to(dose_at(kind, along).reshape(shape), geometry.shape)
    return GridField(geometry=geometry, values=values.astype(np.float32), frame_of_reference_uid=FRAME)


def dose_at(kind: str, along: Array) -> Array:
    if kind == "linear":
        return DOSE_OFFSET + along
    return DOSE_OFFSET * np.exp(-0.5 * ((along - PEAK_MM) / SIGMA_MM) ** 2)


@dataclass(frozen=True, kw_only=True)
class Exact:
    """The exact DVH of a solid in a dose that varies along one axis."""

    kind: str
    drawn: Drawn
    axis: int
    along: Array
    values: Array

    def volume_at(self, dose: Array) -> Array:
        """Volume (cc) that receives at least each dose."""
        left, right = self.between(dose)
        return volume_below(self.drawn, right, self.axis) - volume_below(self.drawn, left, self.axis)

    def between(self, dose: Array) -> tuple[Array, Array]:
        """Where along the axis the dose is at least as high."""
        if self.kind == "linear":
            return dose - DOSE_OFFSET, np.full(len(dose), 1e6)
        if self.kind == "gauss":
            reach = SIGMA_MM * np.sqrt(2 * np.log(DOSE_OFFSET / np.clip(dose, 1e-9, DOSE_OFFSET)))
            return PEAK_MM - reach, PEAK_MM + reach
        peak = int(np.argmax(self.values))
        left = np.interp(dose, self.values[: peak + 1], self.along[: peak + 1])
        right = np.interp(-dose, -self.values[peak:], self.along[peak:])
        none = dose > self.values[peak]
        return np.where(none, 0.0, left), np.where(none, 0.0, right)

    def dose_at(self, volume: Array, low: float, high: float) -> Array:
        """Dose of the hottest volumes, by bisection."""
        low, high = np.full(len(volume), low), np.full(len(volume), high)
        for _ in range(45):
            middle = 0.5 * (low + high)
            enough = self.volume_at(middle) >= volume
            low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        return 0.5 * (low + high)


def exact_mean(exact: Exact, low: float, high: float) -> float:
    """Mean dose: lowest dose plus the integral of the relative curve, Gauss-Legendre in pieces."""
    node, weight = np.polynomial.legendre.leggauss(4)
    ends = np.linspace(low, high, 2001)
    half = 0.5 * np.diff(ends)
    dose = 0.5 * (ends[1:] + ends[:-1])[:, None] + half[:, None] * node
    curve = exact.volume_at(dose.ravel()).reshape(dose.shape)
    whole = exact.volume_at(np.array([low]))[0]
    return low + float(np.sum(half[:, None] * weight * curve) / whole)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one case showed: engine minus exact."""

    case: str
    kind: str
    volume_error_percent: float
    dvh_error_percent: float
    errors: dict[str, float]
    stated: dict[str, float]


def compare(drawn: Drawn, dose: str, axis: int, spacing: float, shift: Array, case: str) -> list[Row]:
    field = field_of(dose, axis, spacing, shift)
    dvh = compute_dvh(drawn.structure, field)
    along = field.geometry.origin[axis] + np.arange(field.geometry.shape[0]) * spacing
    values = np.moveaxis(field.values, 2 - axis, 0)[:, 0, 0].astype(np.float64)
    kinds = [kind for kind in KINDS if kind.startswith(dose)]
    return [
        _row(dvh, Exact(kind=kind, drawn=drawn, axis=axis, along=along, values=values), case)
        for kind in kinds
    ]


def _row(dvh: DVH, exact: Exact, case: str) -> Row:
    volume = volume_below(exact.drawn, np.array([1e6]), 2)[0]
    low, high = (DOSE_OFFSET - 40, DOSE_OFFSET + 40) if exact.kind == "linear" else (0.0, DOSE_OFFSET)
    asked = np.linspace(dvh.min_gy - 0.5, min(dvh.max_gy + 0.5, high), 400)
    found = {name: dvh.metric(f"{name}[Gy]") for name in (*METRICS, "Mean")}
    at = [0.03 if name.endswith("cc") else float(name[1:-1]) / 100 * volume for name in METRICS]
    true = dict(zip(METRICS, exact.dose_at(np.array(at), low, high), strict=True))
    true["Mean"] = exact_mean(exact, low, high)
    return Row(
        case=case,
        kind=exact.kind,
        volume_error_percent=100 * (dvh.volume_cc / volume - 1),
        dvh_error_percent=100
        * float(np.max(np.abs(dvh.volume_at_dose(asked) - exact.volume_at(asked))))
        / volume,
        errors={name: value.value - true[name] for name, value in found.items()},
        stated={name: value.uncertainty for name, value in found.items()},
    )


def cases(quick: bool) -> list[tuple[str, float, float, float, str, str, Array]]:
    shapes = [("sphere", r) for r in (5.0, 10.0, 12.0, 20.0)]
    shapes += [(name, 12.0) for name in ("cylinder z", "cylinder x", "cone z", "cone x")]
    spacings = (1.0, 3.0) if quick else (0.2, 1.0, 2.0, 3.0)
    grids = (1.0, 3.0) if quick else (0.4, 1.0, 2.0, 3.0)
    shifts = [np.array([0.0, 0.0, 0.0]), np.array([0.31, 0.17, 0.43])]
    kinds = ("linear", "gauss")
    chosen = itertools.product(shapes, spacings, grids, kinds, "xyz", shifts)
    return [(*shape, spacing, grid, kind, axis, shift) for shape, spacing, grid, kind, axis, shift in chosen]


def run(quick: bool) -> list[Row]:
    rows = []
    for shape, size, spacing, grid, kind, axis, shift in cases(quick):
        drawn = draw(shape, size, spacing, shift)
        case = f"{drawn.name:>10} dz {spacing:3g} grid {grid:3g} along {axis} shift {shift[0]:.2f}"
        rows += compare(drawn, kind, AXES[axis], grid, shift[[1, 2, 0]], case)
    return rows


def report(rows: list[Row], show_rows: bool) -> bool:
    names = [*METRICS, "Mean"]
    if show_rows:
        for row in rows:
            numbers = " ".join(f"{row.errors[n]:+.3f}/{row.stated[n]:.3f}" for n in names)
            print(
                f"{row.kind} {row.case} vol {row.volume_error_percent:+.3f}% "
                f"dvh {row.dvh_error_percent:.2f}% {numbers}"
            )
    passed = True
    for kind in KINDS:
        chosen = [row for row in rows if row.kind == kind]
        dvh = np.array([row.dvh_error_percent for row in chosen])
        volume = np.array([abs(row.volume_error_percent) for row in chosen])
        print(
            f"\n{kind}: {len(chosen)} cases; volume error max {volume.max():.4f} %; "
            f"DVH difference median {np.median(dvh):.3f} %, max {dvh.max():.3f} % of volume"
        )
        passed &= volume.max() < 0.1 and (kind == "gauss" or dvh.max() < 0.5)
        for name in names:
            error = np.abs([row.errors[name] for row in chosen])
            stated = np.array([row.stated[name] for row in chosen])
            allowed = 0.01 + (stated if kind == "gauss" else 0) if name == "Mean" else 0.05 + stated
            covered = 100 * np.mean(error <= stated)
            print(
                f"  {name:>8}: |error| median {np.median(error):.4f} max {error.max():.4f} Gy, stated median "
                f"{np.median(stated):.4f} max {stated.max():.4f} Gy, covers {covered:.1f} %, "
                f"beyond what is allowed {int(np.sum(error > allowed))}"
            )
            passed &= bool(np.all(error <= allowed))
    error = np.concatenate([[abs(row.errors[n]) for n in names] for row in rows])
    stated = np.concatenate([[row.stated[n] for n in names] for row in rows])
    share = np.mean(error <= stated)
    print(f"\nstated uncertainty covers the error in {100 * share:.1f} % of {len(error)} numbers")
    return passed and share >= 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer spacings")
    parser.add_argument("--rows", action="store_true", help="print every case")
    args = parser.parse_args()
    return 0 if report(run(args.quick), args.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
