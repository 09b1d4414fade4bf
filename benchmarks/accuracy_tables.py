"""The tables of the accuracy benchmark."""

from __future__ import annotations

import csv
import itertools
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from accuracy_rows import (
    COVERED,
    DOSE_GY,
    DVH_PERCENT,
    ENGINES,
    KINDS,
    MEAN_GY,
    METRICS,
    NAMES,
    VOLUME_PERCENT,
    EndRow,
    Row,
    covered,
)

from dicom_io import END_CAPS


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table in Markdown that is readable as it is."""
    cells = [list(header), *map(list, rows)]
    width = [max(len(row[k]) for row in cells) for k in range(len(header))]
    lines = ["| " + " | ".join(f"{c:<{w}}" for c, w in zip(row, width, strict=True)) + " |" for row in cells]
    return [lines[0], "|" + "|".join("-" * (w + 2) for w in width) + "|", *lines[1:], ""]


def of(rows: Sequence[Row], engine: str, kind: str) -> list[Row]:
    return [row for row in rows if row.engine == engine and row.kind == kind]


def worst(values: Iterable[float], digits: int = 3) -> str:
    return f"{max(map(abs, values), default=0.0):.{digits}f}"


def middle_and_worst(values: Iterable[float], digits: int = 3) -> str:
    sizes = np.abs(list(values))
    return f"{np.median(sizes):.{digits}f} / {sizes.max():.{digits}f}"


def summary(rows: Sequence[Row]) -> list[str]:
    """Return the required limits and what was found."""
    ours = [row for row in rows if row.engine == ENGINES[0]]
    broken = [row for row in ours if row.faults]
    inside, count = covered(ours)
    cases = len([row for row in ours if row.kind != "gauss as sampled"])
    lines = [
        f"{cases} dose cases, {len(ours)} comparisons, {count} doses with a stated uncertainty. "
        f"{len(broken)} comparisons break a limit. The stated uncertainty covers the true error of "
        f"{100 * inside / count:.1f} % of all doses (at least {100 * COVERED:.0f} % are required).",
        "",
    ]
    lines += [f"- {row.kind}, {row.case}: {'; '.join(row.faults)}" for row in broken]
    lines += [""] if broken else []
    body = []
    for kind in KINDS:
        chosen = of(rows, ENGINES[0], kind)
        inside, count = covered(chosen)
        body.append(
            [
                kind,
                str(len(chosen)),
                worst((r.volume_percent for r in chosen), 4),
                middle_and_worst(r.dvh_percent for r in chosen),
                worst(r.beyond_percent for r in chosen),
                worst((r.errors["Mean"] for r in chosen), 4),
                worst(r.errors[name] for r in chosen for name in METRICS),
                f"{100 * inside / count:.1f}",
            ]
        )
    header = ["dose", "cases", "volume %", "DVH % (median / worst)", "DVH % beyond stated", "mean Gy", "D Gy"]
    return [*lines, *table([*header, "covered %"], body)]


def by_metric(rows: Sequence[Row]) -> list[str]:
    body = []
    for kind, name in itertools.product(KINDS, NAMES):
        chosen = of(rows, ENGINES[0], kind)
        error, stated = (
            np.array([abs(getattr(r, what)[name]) for r in chosen]) for what in ("errors", "stated")
        )
        body.append(
            [
                kind,
                name,
                f"{np.median(error):.4f} / {error.max():.4f}",
                f"{np.median(stated):.4f} / {stated.max():.4f}",
                f"{100 * np.mean(error <= stated):.1f}",
                worst(np.clip(error - stated, 0, None), 4),
            ]
        )
    return table(
        [
            "dose",
            "metric",
            "error Gy (median / worst)",
            "stated Gy (median / worst)",
            "covered %",
            "beyond stated Gy",
        ],
        body,
    )


def by_solid(rows: Sequence[Row], kind: str) -> list[str]:
    """Return the largest error of each number for each solid."""
    chosen = of(rows, ENGINES[0], kind)
    body = []
    for solid in dict.fromkeys(row.case.solid for row in chosen):
        some = [row for row in chosen if row.case.solid == solid]
        doses = [worst(row.errors[name] for row in some) for name in METRICS]
        body.append(
            [
                solid,
                worst((r.volume_percent for r in some), 4),
                worst(r.dvh_percent for r in some),
                worst((r.errors["Mean"] for r in some), 4),
                *doses,
            ]
        )
    return table(["solid", "volume %", "DVH %", "mean Gy", *(f"{name} Gy" for name in METRICS)], body)


def by_grid(rows: Sequence[Row], kind: str) -> list[str]:
    """Return the largest DVH difference and dose error for each contour spacing and dose grid."""
    chosen = of(rows, ENGINES[0], kind)
    grids = sorted({row.case.grid_mm for row in chosen})
    body = []
    for spacing in sorted({row.case.spacing_mm for row in chosen}):
        cells = []
        for grid in grids:
            some = [r for r in chosen if (r.case.spacing_mm, r.case.grid_mm) == (spacing, grid)]
            doses = worst(r.errors[name] for r in some for name in METRICS)
            cells.append(f"{worst(r.dvh_percent for r in some)} / {doses}")
        body.append([f"{spacing:g} mm", *cells])
    return table(["contours", *(f"grid {grid:g} mm" for grid in grids)], body)


def engines_beside(rows: Sequence[Row]) -> list[str]:
    body = []
    for kind, engine in itertools.product(KINDS, ENGINES):
        chosen = of(rows, engine, kind)
        if not chosen:
            continue
        body.append(
            [
                kind,
                engine,
                str(len(chosen)),
                middle_and_worst((r.dvh_percent for r in chosen), 2),
                middle_and_worst((r.volume_percent for r in chosen), 2),
                middle_and_worst((r.errors["Mean"] for r in chosen), 3),
                *(middle_and_worst((r.errors[n] for r in chosen), 2) for n in ("D99%", "D1%", "D0.03cc")),
            ]
        )
    header = ["dose", "engine", "cases", "DVH %", "volume %", "mean Gy", "D99% Gy", "D1% Gy", "D0.03cc Gy"]
    return table(header, body)


def by_end_caps(ends: Sequence[EndRow]) -> list[str]:
    body = []
    for spacing, caps in itertools.product(sorted({r.case.spacing_mm for r in ends}), END_CAPS):
        some = [r for r in ends if (r.case.spacing_mm, r.end_caps) == (spacing, caps)]
        body.append(
            [
                f"{spacing:g} mm",
                f"`{caps}`",
                middle_and_worst((r.volume_percent for r in some), 2),
                middle_and_worst((r.dvh_percent for r in some), 2),
                *(
                    middle_and_worst((r.errors[n] for r in some), 2)
                    for n in ("Mean", "D99%", "D1%", "D0.03cc")
                ),
            ]
        )
    header = ["contours", "end caps", "volume %", "DVH %", "mean Gy", "D99% Gy", "D1% Gy", "D0.03cc Gy"]
    return table(header, body)


def volumes_by_end_caps(ends: Sequence[EndRow]) -> list[str]:
    """Return the volume of each solid by each convention; the dose along z, both shifts."""
    body = []
    for solid, spacing in dict.fromkeys((r.case.solid, r.case.spacing_mm) for r in ends):
        cells = []
        for caps in END_CAPS:
            some = [
                r for r in ends if (r.case.solid, r.case.spacing_mm, r.end_caps) == (solid, spacing, caps)
            ]
            cells.append(
                " / ".join(dict.fromkeys(f"{r.volume_percent:+.2f}" for r in some if r.case.axis == "z"))
            )
        body.append([solid, f"{spacing:g} mm", *cells])
    return table(["solid", "contours", *(f"`{caps}`" for caps in END_CAPS)], body)


INTRODUCTION = """\
Spheres of 5, 10, 12 and 20 mm, cylinders and cones along and across the axis (radius 12 mm, length 24
mm, after Nelms et al., Med Phys 42:4435, 2015), drawn every 0.2, 1, 2 and 3 mm, on dose grids of 0.4,
1, 2 and 3 mm, contours and grid aligned and shifted by fractions of a voxel, doses along x, y and z.
"""
LIMITS = f"""\
Each polygon is extruded half-way to its neighbours. The reference is a closed form: no grid and no code
of the engine takes part. *linear* is 1 Gy/mm; *gauss as sampled* is a Gaussian of 50 Gy and sigma 12 mm
as the grid holds it, linear between voxels: what the engine is given; *gauss* is the Gaussian itself,
of which the grid has samples only: what lies between them is for the stated uncertainty to cover.

Required of every case: volume within {VOLUME_PERCENT:g} %; mean within {MEAN_GY:g} Gy; D99%, D95%,
D50%, D5%, D1% and D0.03cc within {DOSE_GY:g} Gy plus the stated uncertainty; largest difference of the
curves within {DVH_PERCENT:g} % of the volume. Of the true Gaussian the mean may be off by its stated
uncertainty as well, and its curve is shown only: around its summit, where 0.1 Gy are a quarter of a small
solid's volume, straight lines between voxels cannot follow it.
"""
AS_IT_COMES = """\
As it comes, in a process that supplies the name that pydicom 3 removed; its histogram interpolated,
volumes of percentages its own. Median / worst.
"""
CONVENTIONS = """\
Contours say nothing between and beyond their planes. Contours every 1, 2 and 3 mm (at 0.2 mm there is too
little between them to tell), linear dose, grid of 1 mm, median / worst over all solids, shifts and
directions. `half` is what every command computes; the others can be asked for by name, to compare with a
planning system that does so. None is right for every solid: it depends on what was not drawn.
"""


def page(rows: Sequence[Row], ends: Sequence[EndRow], *, date: str, command: str) -> str:
    """Return all tables as a page."""
    names = ("rtplan", "numpy", "scipy", "pydicom", "dicompyler-core")
    versions = ", ".join([f"Python {platform.python_version()}", *(f"{n} {version(n)}" for n in names)])
    lines = [
        "# How accurate the histograms are",
        "",
        f"Made by `{command}` on {date} with {versions}.",
        "",
        INTRODUCTION,
        "## Against the exact histogram of the contours as drawn",
        "",
        LIMITS,
        *summary(rows),
        "### By metric",
        "",
        *by_metric(rows),
    ]
    for kind in KINDS:
        lines += [
            f"### By solid, {kind}",
            "",
            "Largest errors.",
            "",
            *by_solid(rows, kind),
            f"### By contour spacing and dose grid, {kind}",
            "",
            "Largest difference of the curves, % of the volume / largest error of D99% to D0.03cc, Gy.",
            "",
            *by_grid(rows, kind),
        ]
    lines += [
        "## dicompyler-core on the same cases",
        "",
        AS_IT_COMES,
        *engines_beside(rows),
        "## Against the smooth solid, by convention for what is not drawn",
        "",
        CONVENTIONS,
        *by_end_caps(ends),
        "### Volume of each solid, % off the smooth one (aligned / shifted)",
        "",
        *volumes_by_end_caps(ends),
    ]
    return "\n".join(lines).rstrip() + "\n"


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write every comparison as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = [f"{name} {what} Gy" for name in NAMES for what in ("error", "stated")]
        writer.writerow(["engine", "dose", "case", "volume %", "DVH %", "DVH % beyond stated", *columns])
        for row in rows:
            numbers = [row.volume_percent, row.dvh_percent, row.beyond_percent]
            numbers += [part[name] for name in NAMES for part in (row.errors, row.stated)]
            writer.writerow([row.engine, row.kind, str(row.case), *(f"{number:.6g}" for number in numbers)])
