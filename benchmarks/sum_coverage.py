"""Coverage of cumulative doses: how often the stated half-width of a sum holds the true value.

Two or three plans of random smooth doses (Gaussians, edges, ramps, point sources) are sampled on grids and
summed by the package through a transform; the truth is from the dose functions (``sum_oracle.py``). Four
families: grids joined by a rigid transform; grids that lie across the contours; a deformable
registration, either way; an earlier course on a coarse grid under a new one on a fine grid. Of three of them
the bounds without a registration are measured too, each course in images of its own.

Required of each: at least 95 % of the metrics within their half-widths, none farther away than 1.5 of them,
and half-widths no wider than needed: their median at most 6 times that of the errors.

Run: ``python benchmarks/sum_coverage.py [--quick] [--record FILE --date DATE] [--rows FILE]``
"""

from __future__ import annotations

import argparse
import csv
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import sum_oracle
from sum_oracle import Array, ConvexStack, DoseFunction, Given, Mapping

from dicom_io.dvh import Metric, compute_dvh
from dicom_io.objects import DeformableTransform, GridField, GridGeometry, RigidTransform, identity
from rtplan.reirradiation.organ import bounds_of, curve_of_dvh
from rtplan.reirradiation.organ.joined import eqd2_dvh
from rtplan.sums import CumulativeField, DosePart, InvertedDeformation, OrganCurve, PointTransform

NEW, OLD = "1.2.1", "1.2.2"
METRICS = ("D0.03cc", "D2%", "D5%", "D50%", "D95%", "Mean")
CASES, QUICK_CASES = 26, 6
"""Of each family; six metrics each."""
COVERED_PERCENT, WORST, WIDEST = 95.0, 1.5, 6.0
HALF_MM = 60.0
"""Half of a dose grid's side: no organ reaches beyond it, moved or not."""


# --- what is drawn at random


def _dose(random: np.random.Generator, total_gy: float, finest_mm: float) -> DoseFunction:
    """One of the kinds of dose, no sharper than a few steps of the grid that is to hold it."""
    centre = random.uniform(-15, 15, 3)
    kind = random.integers(4)
    if kind == 0:
        return sum_oracle.gaussian(total_gy, centre, random.uniform(max(12.0, 4 * finest_mm), 35, 3))
    if kind == 1:
        turned = _turn(random.uniform(-20, 20, 3))
        sigma = random.uniform(max(4.0, 1.5 * finest_mm), 8.0)
        return sum_oracle.field_edges(total_gy, centre, random.uniform(15, 30, 3), sigma, turned)
    if kind == 2:
        return sum_oracle.ramp(0.5 * total_gy, random.uniform(-0.15, 0.15, 3))
    away = random.normal(size=3)
    away *= random.uniform(60, 80) / np.linalg.norm(away)
    return sum_oracle.inverse_square(total_gy * 40**2, away)


def _organ(random: np.random.Generator) -> ConvexStack:
    shape = (sum_oracle.ellipsoid, sum_oracle.cylinder, sum_oracle.box)[random.integers(3)]
    return shape(random.uniform(-8, 8, 3), random.uniform(8, 18, 3), float(random.choice([2.0, 2.5, 3.0])))


def _turn(degrees: Array) -> Array:
    """A rotation about x, y and z in turn."""
    turned = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        one = np.eye(3)
        one[i, i] = one[j, j] = np.cos(angle)
        one[i, j], one[j, i] = -np.sin(angle), np.sin(angle)
        turned = one @ turned
    return turned


def _rigid(random: np.random.Generator, degrees: float) -> RigidTransform:
    matrix = np.eye(4)
    matrix[:3, :3] = _turn(random.uniform(-degrees, degrees, 3))
    matrix[:3, 3] = random.uniform(-10, 10, 3)
    return RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")


@dataclass(frozen=True, kw_only=True, eq=False)
class Warp:
    """A smooth deformation: a wave along each axis, and a shift."""

    amplitude: Array
    wavelength: Array
    phase: Array
    shift: Array

    @classmethod
    def of(cls, random: np.random.Generator) -> Warp:
        """Return a random one: 1 to 4 mm over 70 to 120 mm."""
        return cls(
            amplitude=random.uniform(1, 4, 3),
            wavelength=random.uniform(70, 120, 3),
            phase=random.uniform(0, 2 * np.pi, 3),
            shift=random.uniform(-6, 6, 3),
        )

    def vectors(self, points: Array) -> Array:
        """Return how far points are moved, each axis by a wave along the next one, mm."""
        along = np.roll(points, -1, axis=-1)
        return self.shift + self.amplitude * np.sin(2 * np.pi * along / self.wavelength + self.phase)

    def apply(self, points: Array) -> Array:
        """Return the moved points."""
        return points + self.vectors(points)

    def inverse(self, points: Array) -> Array:
        """Return the points that are moved to these, by iteration."""
        found = points - self.shift
        for _ in range(60):
            found = points - self.vectors(found)
        return found

    def sampled(self, spacing_mm: float, *, maps_from: str, maps_to: str) -> DeformableTransform:
        """Return its vectors on a grid."""
        geometry = _grid(spacing_mm, HALF_MM + 25)
        vectors = self.vectors(_centres(geometry)).reshape(*geometry.shape, 3)
        return DeformableTransform(
            geometry=geometry,
            vectors=vectors.astype(np.float32),
            pre=np.eye(4),
            post=np.eye(4),
            maps_from=maps_from,
            maps_to=maps_to,
        )


def _deformation(random: np.random.Generator) -> tuple[PointTransform, Mapping]:
    """A registration object, of either course, and the deformation that it holds."""
    warp, spacing = Warp.of(random), random.uniform(3, 5)
    if random.random() < 0.7:
        return warp.sampled(spacing, maps_from=NEW, maps_to=OLD), warp.apply
    backwards = warp.sampled(spacing, maps_from=OLD, maps_to=NEW)
    return InvertedDeformation.of(backwards, _grid(10.0, 30.0)), warp.inverse


def _grid(spacing_mm: float, half_mm: float = HALF_MM, turned: Array | None = None) -> GridGeometry:
    """A cube of voxels about the origin, along the axes of the patient or turned."""
    n = int(np.ceil(2 * half_mm / spacing_mm)) + 1
    axes = np.eye(3) if turned is None else turned
    start = -0.5 * (n - 1) * spacing_mm + 0.29 * spacing_mm
    return GridGeometry(
        shape=(n, n, n),
        origin=np.full(3, start) @ axes,
        row_direction=axes[0],
        column_direction=axes[1],
        row_spacing=spacing_mm,
        column_spacing=spacing_mm,
        frame_offsets=np.arange(n) * spacing_mm,
    )


def _centres(geometry: GridGeometry) -> Array:
    return geometry.to_patient(np.moveaxis(np.indices(geometry.shape), 0, -1).reshape(-1, 3))


# --- cases


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """What the package is given and what is true of it."""

    organ: ConvexStack
    parts: tuple[DosePart, ...]
    given: tuple[Given, ...]
    alpha_beta: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """How one course of a family is held: its grid, and what leads to it."""

    frame: str
    geometry: GridGeometry
    transform: PointTransform
    mapping: Mapping

    def part(self, random: np.random.Generator, label: str, recovered: float) -> tuple[DosePart, Given]:
        """Return random fractions: as the package is given them, and as they are."""
        n, spacing = int(random.choice([5, 10, 25, 30])), self.geometry.row_spacing
        dose = _dose(random, random.uniform(25, 60) if n > 10 else random.uniform(15, 35), spacing)
        values = dose(_centres(self.geometry)).reshape(self.geometry.shape).astype(np.float32)
        field = GridField(geometry=self.geometry, values=values, frame_of_reference_uid=self.frame)
        part = DosePart(
            course=label, dose=field, n_fractions=n, transform=self.transform, recovered=recovered
        )
        given = Given(course=label, dose=dose, n_fractions=n, seen_through=self.mapping, kept=1 - recovered)
        return part, given


def _stay(points: Array) -> Array:
    return points


def _here(geometry: GridGeometry) -> Course:
    return Course(frame=NEW, geometry=geometry, transform=identity(NEW), mapping=_stay)


def _rigid_courses(
    random: np.random.Generator, degrees: float, grids: Sequence[GridGeometry]
) -> list[Course]:
    transform = _rigid(random, degrees)
    return [
        Course(frame=OLD, geometry=grids[0], transform=transform, mapping=transform.apply),
        _here(grids[1]),
    ]


def rigid(random: np.random.Generator) -> list[Course]:
    """Return both courses on grids of 2 to 3 mm along the patient, the earlier one a little turned."""
    return _rigid_courses(random, 4.0, [_grid(random.uniform(2, 3)) for _ in range(2)])


def oblique(random: np.random.Generator) -> list[Course]:
    """Return both courses on grids that lie across the contours and across each other."""
    turned = [_turn(random.uniform(-25, 25, 3)) for _ in range(2)]
    return _rigid_courses(random, 15.0, [_grid(random.uniform(2, 3), HALF_MM, turn) for turn in turned])


def deformable(random: np.random.Generator) -> list[Course]:
    """Return courses that a deformation joins."""
    transform, mapping = _deformation(random)
    earlier = Course(frame=OLD, geometry=_grid(random.uniform(2, 3)), transform=transform, mapping=mapping)
    return [earlier, _here(_grid(random.uniform(2, 3)))]


def coarse_under_fine(random: np.random.Generator) -> list[Course]:
    """Return an earlier course on 4 to 5 mm and a new one on 1.25 to 2 mm."""
    return _rigid_courses(random, 4.0, [_grid(random.uniform(4, 5)), _grid(random.uniform(1.25, 2))])


FAMILIES: dict[str, Callable[[np.random.Generator], list[Course]]] = {
    "rigid": rigid,
    "oblique": oblique,
    "deformable": deformable,
    "coarse under fine": coarse_under_fine,
}

BOUNDS = "bounds, "
SUMMARISED = (*FAMILIES, *(BOUNDS + family for family in FAMILIES if family != "deformable"))
"""All families, and the bounds of those in which the courses' own grids differ."""


def drawn_case(family: str, number: int) -> Case:
    """Return a case; every third one remembers less of the earlier course, every fourth has two phases."""
    random = np.random.default_rng([list(FAMILIES).index(family), number])
    courses = FAMILIES[family](random)
    recovered = 0.3 if number % 3 == 0 else 0.0
    held = [("earlier", courses[0], recovered), ("new", courses[1], 0.0)]
    if number % 4 == 0:
        held.insert(1, ("earlier", courses[0], recovered))
    pairs = [course.part(random, label, forgotten) for label, course, forgotten in held]
    return Case(
        organ=_organ(random),
        parts=tuple(part for part, _ in pairs),
        given=tuple(given for _, given in pairs),
        alpha_beta=float(random.choice([2.0, 3.0, 10.0])),
    )


# --- what is measured


@dataclass(frozen=True, kw_only=True)
class Row:
    """One metric: what the package says and what is true, Gy EQD2."""

    family: str
    case: int
    metric: str
    value: float
    half_width: float
    true: float

    @property
    def error(self) -> float:
        """Distance from the truth, Gy."""
        return abs(self.value - self.true)

    @property
    def in_half_widths(self) -> float:
        """The error over the stated half-width."""
        return self.error / self.half_width


def measured(family: str, number: int) -> list[Row]:
    """Return all metrics of one case."""
    case = drawn_case(family, number)
    finest = min(case.parts, key=lambda part: part.dose.geometry.row_spacing).dose.geometry
    total = CumulativeField(parts=case.parts, alpha_beta=case.alpha_beta, geometry=finest)
    dvh = compute_dvh(case.organ.structure(NEW), total)
    true = sum_oracle.true_metrics(case.organ, case.given, case.alpha_beta, METRICS)
    rows = []
    for name in METRICS:
        found = dvh.metric(f"{name}[Gy]")
        assert found.value is not None, found.reason
        assert found.uncertainty is not None
        rows.append(
            Row(
                family=family,
                case=number,
                metric=name,
                value=found.value,
                half_width=found.uncertainty,
                true=true[name],
            )
        )
    return rows


def measured_bounds(family: str, number: int) -> list[Row]:
    """Return the bounds of all metrics of one case, as if no registration were known."""
    case = drawn_case(family.removeprefix(BOUNDS), number)
    labels = ("earlier", "new")
    parts = [[part for part in case.parts if part.course == label] for label in labels]
    curves = [_own_curve(case, own) for own in parts]
    given = [
        [replace(one, seen_through=_stay) for one in case.given if one.course == label] for label in labels
    ]
    true = sum_oracle.true_bounds(case.organ, given, case.alpha_beta, METRICS)
    rows = []
    for name in METRICS:
        found = bounds_of(Metric.parse(f"{name}[Gy]"), curves)
        ends = [
            ("lowest", found.low, found.low_uncertainty, true[name][0]),
            ("highest", found.high, found.high_uncertainty, true[name][1]),
        ]
        for end, value, half_width, exact in ends[: 1 if name == "Mean" else 2]:
            assert value is not None
            rows.append(
                Row(
                    family=family,
                    case=number,
                    metric=f"{name}, {end}",
                    value=value,
                    half_width=half_width,
                    true=exact,
                )
            )
    return rows


def _own_curve(case: Case, parts: Sequence[DosePart]) -> OrganCurve:
    """What one course's dose says of the organ in images of its own, as a re-irradiation reads it."""
    frame, label = parts[0].dose.frame_of_reference_uid, parts[0].course
    organ = case.organ.structure(frame)
    if len(parts) == 1:
        converted = eqd2_dvh(
            compute_dvh(organ, parts[0].dose), n_fractions=parts[0].n_fractions, alpha_beta=case.alpha_beta
        )
    else:
        phases = tuple(replace(part, transform=identity(frame), recovered=0.0) for part in parts)
        field = CumulativeField(parts=phases, alpha_beta=case.alpha_beta, geometry=parts[0].dose.geometry)
        converted = compute_dvh(organ, field)
    curve = curve_of_dvh(converted, label=label)
    assert curve is not None
    return curve.times(1 - parts[0].recovered)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One family, held against what is required."""

    family: str
    count: int
    covered_percent: float
    worst: float
    median_error: float
    median_half_width: float

    @classmethod
    def of(cls, family: str, rows: Sequence[Row]) -> Summary:
        """Return what the rows of a family say."""
        own = [row for row in rows if row.family == family]
        return cls(
            family=family,
            count=len(own),
            covered_percent=100 * float(np.mean([row.in_half_widths <= 1 for row in own])),
            worst=max(row.in_half_widths for row in own),
            median_error=float(np.median([row.error for row in own])),
            median_half_width=float(np.median([row.half_width for row in own])),
        )

    @property
    def width(self) -> float:
        """Median half-width over median error."""
        return self.median_half_width / self.median_error

    @property
    def passed(self) -> bool:
        """Whether it keeps what is required."""
        return self.covered_percent >= COVERED_PERCENT and self.worst < WORST and self.width <= WIDEST


def run(*, quick: bool, processes: int) -> list[Row]:
    """Return all rows of all families."""
    cases = QUICK_CASES if quick else CASES
    asked = [(family, number) for family in SUMMARISED for number in range(cases)]
    if processes < 2:
        return [row for one in asked for row in _rows_of(*one)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [row for rows in pool.map(_rows_of, *zip(*asked, strict=True)) for row in rows]


def _rows_of(family: str, number: int) -> list[Row]:
    """Return the rows of one case: of its sum, or of its bounds."""
    return measured_bounds(family, number) if family.startswith(BOUNDS) else measured(family, number)


COLUMNS = (
    "family",
    "metrics",
    "covered %",
    "worst, half-widths",
    "median error Gy",
    "median half-width Gy",
    "width / error",
)
INTRODUCTION = f"""
Random Gaussians, field edges, ramps and point sources, as functions, are what was given; the package sees
them on grids only, through a transform, and states a half-width with each cumulative metric
({", ".join(METRICS)}). The truth is from the functions: a million points in each
organ, no grid, no interpolation, no code of the engine.

Families: *rigid*, both grids of 2 to 3 mm; *oblique*, grids that lie across the contours and each other;
*deformable*, vectors on 3 to 5 mm, of either course, the deformation itself a function; *coarse under fine*,
an earlier course on 4 to 5 mm under a new one on 1.25 to 2 mm. A third of the cases takes recovery off, a
quarter has two phases. *Bounds*: the same courses without a registration, the organ in images of each, the
lowest and the highest that each metric can have; the true ones are searched on the functions' own curves.

Required of each family: at least {COVERED_PERCENT:g} % of the metrics within their half-widths, the worst
error under {WORST} of them, and half-widths no wider than needed: their median at most {WIDEST:g} times the
median error.
"""


def table(summaries: Sequence[Summary]) -> str:
    """Return the table, as Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
    for one in summaries:
        cells = (
            one.family,
            str(one.count),
            f"{one.covered_percent:.1f}",
            f"{one.worst:.2f}",
            f"{one.median_error:.4f}",
            f"{one.median_half_width:.4f}",
            f"{one.width:.1f}" + ("" if one.passed else " MISSED"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def page(summaries: Sequence[Summary], *, date: str, command: str) -> str:
    """Return the table as a page."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("rtplan", "numpy", "scipy"))
    made = f"Made by `{command}` on {date} with Python {platform.python_version()}, {versions}."
    title = "# How often a sum's half-width holds the truth"
    return "\n".join([title, "", made, INTRODUCTION, table(summaries), ""])


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write every metric as CSV."""
    names = ("family", "case", "metric", "value", "half_width", "true", "in_half_widths")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([getattr(row, name) for name in names] for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_CASES} cases of each family, not {CASES}"
    )
    parser.add_argument("--processes", type=int, default=2, help="default: %(default)s")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write the page to this file; needs --date"
    )
    parser.add_argument("--date", help="what the page gives as its date")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write every metric as CSV")
    args = parser.parse_args()
    if args.record and not args.date:
        parser.error("--record needs --date")
    rows = run(quick=args.quick, processes=args.processes)
    summaries = [Summary.of(family, rows) for family in SUMMARISED]
    print(table(summaries))
    if args.record:
        command = "python benchmarks/sum_coverage.py" + " --quick" * args.quick
        text = page(summaries, date=args.date, command=command)
        args.record.write_text(text, encoding="utf-8", newline="\n")
    if args.rows:
        write_rows(rows, args.rows)
    return 0 if all(one.passed for one in summaries) else 1


if __name__ == "__main__":
    sys.exit(main())
