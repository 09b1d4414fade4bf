"""Our DVHs beside those that planning systems and other programs stored, for every real set that has some.

Prints the tables and writes them to a page with ``--out docs/validation_stored_dvhs.md``. Each difference of
more than 2 % of a volume or a dose, or of more than 0.5 Gy, is explained by computing the same number under
another convention, or it is listed as not explained.

Run: ``python tools/compare_stored_dvhs.py [FOLDER] [--out FILE]`` with the folder of the real DICOM sets.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from dicom_io import (
    DVH,
    GridField,
    StoredDVH,
    Structure,
    TreatmentSet,
    compute_dvh,
    load_study,
    read_dvh_text,
    read_stored_dvhs,
)

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "dicom"
METRICS = (
    "Mean[Gy]",
    "Min[Gy]",
    "D98%[Gy]",
    "D95%[Gy]",
    "D50%[Gy]",
    "D2%[Gy]",
    "D0.03cc[Gy]",
    "Max[Gy]",
)
PERCENT, GY = 2.0, 0.5
"""Larger differences are explained."""
FEW_VOXELS = 8.0
"""What lies between the corners of one cell of the dose grid; programs that count voxels can miss it."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solid:
    """A structure as points that fill it evenly."""

    volume_cc: float
    dose_gy: Array

    def value(self, name: str) -> float | None:
        """Return the volume or a metric; None where part of it is not covered."""
        if name == "volume":
            return self.volume_cc
        if not len(self.dose_gy) or not np.all(np.isfinite(self.dose_gy)):
            return None
        dose = np.sort(self.dose_gy)
        simple = {"Mean[Gy]": dose.mean(), "Min[Gy]": dose[0], "Max[Gy]": dose[-1]}
        if name in simple:
            return float(simple[name])
        at = name[1:].partition("[")[0]
        part = float(at[:-1]) / 100 if at.endswith("%") else float(at[:-2]) / self.volume_cc
        return float(np.quantile(dose, 1 - min(part, 1.0)))


@dataclass(eq=False)
class Case:
    """One structure with what another program stored of it."""

    structure: Structure
    stored: StoredDVH
    field: GridField

    @cached_property
    def ours(self) -> DVH:
        """Return our DVH, end slabs reaching half a slice beyond the last contours."""
        return compute_dvh(self.structure, self.field)

    @cached_property
    def without_caps(self) -> DVH:
        """Return ours without end caps."""
        return compute_dvh(self.structure, self.field, end_caps="none")

    @cached_property
    def joined(self) -> DVH:
        """Return ours with the outlines interpolated between planes, without end caps."""
        return compute_dvh(self.structure, self.field, end_caps="interpolated-none")

    @cached_property
    def coarse(self) -> Solid:
        """Return the dose voxels whose centre is inside, plane by plane."""
        return voxel_centres(self.structure, self.field)


@dataclass(frozen=True)
class Difference:
    """A number of ours and of another program, with its reason where they differ."""

    name: str
    ours: float | None
    theirs: float | None
    reason: str

    @property
    def is_large(self) -> bool:
        """Whether it is more than 2 % or 0.5 Gy."""
        return self.ours is not None and self.theirs is not None and large(self.name, self.ours, self.theirs)


def large(name: str, ours: float, theirs: float) -> bool:
    """Return whether two numbers differ by more than 2 %, or doses by more than 0.5 Gy."""
    change = abs(ours - theirs)
    return change > PERCENT / 100 * abs(theirs) or (name != "volume" and change > GY)


def outlines(structure: Structure) -> dict[float, list[Array]]:
    """Return the contours of each plane."""
    planes: dict[float, list[Array]] = {}
    for contour in structure.contours:
        planes.setdefault(round(float(contour.points[0, 2]), 2), []).append(contour.points[:, :2])
    return dict(sorted(planes.items()))


def inside(polygons: Sequence[Array], x: Array, y: Array) -> NDArray[np.bool_]:
    """Return which points of a grid are inside by the even-odd rule."""
    points = np.stack([a.ravel() for a in np.meshgrid(x, y)], axis=1)
    mask = np.zeros(len(points), dtype=bool)
    for polygon in polygons:
        mask ^= Outline(polygon).contains_points(points)
    return mask.reshape(len(y), len(x))


def voxel_centres(structure: Structure, field: GridField, *, whole: bool = False) -> Solid:
    """Count dose voxels on each contour plane: with their centre inside, or with all corners as well."""
    grid = field.geometry
    index = np.stack(np.meshgrid(0, np.arange(grid.shape[1]), np.arange(grid.shape[2]), indexing="ij"), -1)
    places = grid.to_patient(index)[0]
    x, y = places[0, :, 0], places[:, 0, 1]
    planes = outlines(structure)
    heights = np.array(list(planes))
    thickness = float(np.min(np.diff(heights))) if len(heights) > 1 else 0.0
    doses = []
    for z, polygons in planes.items():
        chosen = inside(polygons, x, y)
        if whole:
            half_x, half_y = 0.5 * (x[1] - x[0]), 0.5 * (y[1] - y[0])
            for side, up in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
                chosen &= inside(polygons, x + side * half_x, y + up * half_y)
        row, column = np.nonzero(chosen)
        doses.append(field.sample(np.column_stack([x[column], y[row], np.full(len(row), z)])))
    dose = np.concatenate(doses) if doses else np.zeros(0)
    return Solid(len(dose) * grid.row_spacing * grid.column_spacing * thickness / 1000, dose)


def differences(case: Case) -> list[Difference]:
    """Return all numbers of a structure, large differences with their reason."""
    found = [volume_difference(case)]
    for name in METRICS:
        ours, theirs = case.ours.metric(name), case.stored.metric(name)
        reason = ours.reason or theirs.reason or ""
        if ours.value is not None and theirs.value is not None and large(name, ours.value, theirs.value):
            assert ours.uncertainty is not None
            assert theirs.uncertainty is not None
            reason = explanation(
                case, name, ours.value, theirs.value, open_gy=ours.uncertainty + theirs.uncertainty
            )
        found.append(Difference(name, ours.value, theirs.value, reason))
    return found


def volume_difference(case: Case) -> Difference:
    ours, theirs = case.ours.volume_cc, case.stored.volume_cc
    reason = ""
    if ours is not None and theirs is not None and large("volume", ours, theirs):
        reason = explanation(case, "volume", ours, theirs, open_gy=case.stored.volume_tolerance_cc)
    return Difference("volume", ours, theirs, reason)


def explanation(case: Case, name: str, ours: float, theirs: float, *, open_gy: float) -> str:
    """Return why two numbers differ: the first convention that brings them together."""
    if abs(ours - theirs) <= open_gy:
        return "within the stated uncertainty of both"
    for told, variant in VARIANTS.items():
        value = variant(case, name)
        if value is not None and (not large(name, value, theirs) or abs(value - theirs) <= open_gy):
            return f"{told}: {value:.4g}"
    few = few_voxels(case, name, theirs)
    if few:
        return few
    bare = _without_caps(case, name)
    if bare is not None and min(ours, bare) <= theirs <= max(ours, bare):
        return f"between ours and no end caps ({bare:.4g}): ends of another length"
    joined = _of(case.joined, name)
    if bare is not None and joined is not None and min(bare, joined) <= theirs <= max(bare, joined):
        return f"between no end caps ({bare:.4g}) and outlines interpolated as well ({joined:.4g})"
    coarse = case.coarse.value(name)
    if coarse is not None and min(ours, coarse) <= theirs <= max(ours, coarse):
        return f"between ours and the dose voxels whose centre is inside ({coarse:.4g}): coarser sampling"
    whole = voxel_centres(case.structure, case.field, whole=True).value(name)
    if whole is not None and min(ours, whole) <= theirs <= max(ours, whole):
        return f"between ours and the dose voxels that are inside as a whole ({whole:.4g}): coarser sampling"
    return "not explained"


def few_voxels(case: Case, name: str, theirs: float) -> str:
    """Return how little of ours lies beyond their extreme; empty where it is more than a few voxels."""
    if name not in ("Min[Gy]", "Max[Gy]") or case.ours.volume_cc is None:
        return ""
    above = float(case.ours.volume_at_dose(theirs))
    beyond_cc = above if name == "Max[Gy]" else case.ours.volume_cc - above
    grid = case.field.geometry
    voxels = beyond_cc * 1000 / (grid.row_spacing * grid.column_spacing * grid.frame_spacing)
    if voxels > FEW_VOXELS:
        return ""
    return f"an extreme of {voxels:.1f} dose voxels at the surface ({beyond_cc:.3f} cc of ours beyond theirs)"


def _without_caps(case: Case, name: str) -> float | None:
    return _of(case.without_caps, name)


def _of(dvh: DVH, name: str) -> float | None:
    return dvh.volume_cc if name == "volume" else dvh.metric(name).value


def _with_some_dose(case: Case, name: str) -> float | None:
    """Return the volume that receives at least half of the first stored bin."""
    if name != "volume" or case.stored.source != "RTDOSE":
        return None
    return float(case.ours.volume_at_dose(0.5 * case.stored.dose_gy[1]))


VARIANTS: Mapping[str, Callable[[Case, str], float | None]] = {
    "no end caps": _without_caps,
    "their first bin leaves out what receives less than half its width": _with_some_dose,
    "no end caps and outlines interpolated between planes": lambda case, name: _of(case.joined, name),
    "dose voxels whose centre is inside": lambda case, name: case.coarse.value(name),
}


def breast(folder: Path) -> Iterator[tuple[str, list[Case]]]:
    yield "dicompyler_boost_breast: DVHs in the RTDOSE", of_rtdose(folder, "rtdose.dcm")


def vitesse(folder: Path) -> Iterator[tuple[str, list[Case]]]:
    yield "vitesse_hdr_prostate_phantom: DVHs in the RTDOSE (Vitesse 4.0)", of_rtdose(folder, "DO001.dcm")


def eclipse(folder: Path) -> Iterator[tuple[str, list[Case]]]:
    chosen = load_study(folder).select()
    export = read_dvh_text(folder / "DVH_Eclipse_export.txt")
    yield "eclipse81_rando_prostate: Eclipse 8.1 text export", by_name(chosen, export.dvhs)
    for program in ("Eclipse", "SlicerRT", "CERR"):
        stored = table(folder / f"EclipseProstate_DvhTable_{program}.csv", f"{program} table")
        yield f"eclipse81_rando_prostate: table by {program}", by_name(chosen, stored)


def of_rtdose(folder: Path, name: str) -> list[Case]:
    """Return the DVHs of an RT Dose with the structure that each includes first."""
    chosen = load_study(folder).select()
    assert chosen.structure_set is not None
    names = {s.number: s.name for s in chosen.structure_set.structures}
    stored = read_stored_dvhs(folder / name, names=names)
    by_number = {s.number: s for s in chosen.structure_set.structures}
    field = field_of(chosen)
    return [Case(by_number[d.structure_number], d, field) for d in stored if d.structure_number is not None]


def by_name(chosen: TreatmentSet, stored: Sequence[StoredDVH]) -> list[Case]:
    """Return stored DVHs with the structures of the same name, blanks apart."""
    assert chosen.structure_set is not None
    structures = {s.name.replace(" ", ""): s for s in chosen.structure_set.structures}
    field = field_of(chosen)
    return [Case(structures[d.structure_name.replace(" ", "")], d, field) for d in stored]


def field_of(chosen: TreatmentSet) -> GridField:
    assert chosen.dose is not None
    return GridField.of(chosen.dose)


def table(path: Path, source: str) -> list[StoredDVH]:
    """Return the DVHs of a table with a dose and a percent column for each structure."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    found = []
    for column in range(0, len(header) - 1, 2):
        name = header[column].split(" Dose")[0].removesuffix("_DvhArray")
        volume = header[column + 1].split("of ")[1].split(" cc")[0]
        pairs = [(float(r[column]), float(r[column + 1])) for r in rows if len(r) > column + 1 and r[column]]
        dose, percent = np.array(pairs).T
        falls = np.flatnonzero(np.diff(dose) < 0) + 1
        dose, percent = np.delete(dose, falls), np.delete(percent, falls)
        found.append(
            StoredDVH(
                structure_name=name,
                source=source,
                volume_cc=float(volume),
                volume_tolerance_cc=0.5 * 10.0 ** -len(volume.partition(".")[2]),
                dose_gy=dose,
                volume_fraction=np.minimum.accumulate(np.clip(percent / 100, 0, 1)),
                findings=tuple(
                    f"{name}: row {k + 2} of the table has a falling dose: left out" for k in falls
                ),
            )
        )
    return found


SETS: Mapping[str, Callable[[Path], Iterator[tuple[str, list[Case]]]]] = {
    "dicompyler_boost_breast": breast,
    "eclipse81_rando_prostate": eclipse,
    "vitesse_hdr_prostate_phantom": vitesse,
}

INTRODUCTION = f"""# Stored DVHs beside ours

Written by `tools/compare_stored_dvhs.py` from the real sets that hold DVHs of another program. Each cell is
ours / theirs, volumes in cc, doses in Gy; a dash is a number that one of the two does not have. Ours fill
half a slice beyond the first and last contour (end caps `half`) and interpolate the dose trilinearly.
*No end caps* is `rtplan dvh --end-caps none`, *outlines interpolated between planes* is
`--end-caps interpolated-none`.

Differences of more than {PERCENT:g} %, or of more than {GY:g} Gy, are marked * and explained below each
table: the same number is computed under another convention, and the first one that brings it to within these
limits is named with its value. *Not explained* means that none of them does.
"""


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 10000 else f"{value:.2f}" if value >= 0.995 else f"{value:.3f}"


def grouped(structure: str, found: Sequence[Difference]) -> list[str]:
    """Return a line for each reason with all the numbers that it explains."""
    by_reason: dict[str, list[str]] = {}
    for difference in found:
        by_reason.setdefault(difference.reason, []).append(difference.name.replace("[Gy]", ""))
    return [f"- {structure}, {', '.join(names)}: {reason}." for reason, names in by_reason.items()]


def page(title: str, cases: Sequence[Case]) -> tuple[list[str], int, int]:
    """Return the lines of one table, how many numbers were compared and how many are not explained."""
    names = ["volume", *METRICS]
    lines = [f"## {title}", "", "| structure | " + " | ".join(n.replace("[Gy]", "") for n in names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    notes, compared, unexplained = [], 0, 0
    for case in cases:
        found = differences(case)
        cells = [f"{number(d.ours)} / {number(d.theirs)}{' *' if d.is_large else ''}" for d in found]
        lines.append(f"| {case.stored.structure_name} | " + " | ".join(cells) + " |")
        compared += sum(d.ours is not None and d.theirs is not None for d in found)
        notes += grouped(case.stored.structure_name, [d for d in found if d.is_large])
        unexplained += sum(d.is_large and d.reason == "not explained" for d in found)
        missing = dict.fromkeys(d.reason for d in found if d.reason and not d.is_large)
        notes += [f"- {case.stored.structure_name}: {reason}." for reason in missing]
        notes += [f"- {finding}." for finding in case.stored.findings]
    return [*lines, "", *notes, ""], compared, unexplained


def run(folder: Path) -> list[str]:
    """Return the page."""
    lines, compared, unexplained = [], 0, 0
    for name, cases_of in SETS.items():
        for title, cases in cases_of(folder / name):
            found, n, n_open = page(title, cases)
            lines += found
            compared, unexplained = compared + n, unexplained + n_open
    summary = f"{compared} numbers compared; {unexplained} large differences are not explained."
    return [*INTRODUCTION.splitlines(), "", summary, "", *lines]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DATA)
    parser.add_argument("--out", type=Path, help="write the page to this file as well")
    args = parser.parse_args()
    if not args.folder.is_dir():
        print("the folder of real DICOM sets is not there: give it as argument", file=sys.stderr)
        return 2
    text = "\n".join(run(args.folder)).rstrip() + "\n"
    print(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
