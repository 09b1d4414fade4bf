"""Accuracy of the DVH engine against the exact DVH of the contours as drawn, dicompyler-core beside it.

Spheres, cylinders and cones as stacks of polygons, each extruded half-way to its neighbours; doses that
are linear (1 Gy/mm) or Gaussian along an axis, known in closed form at every point; the reference is in
``exact_dvh.py``. The Gaussian is compared twice: with the dose as sampled (linear between the grid's voxels),
which shows the engine, and with the true one, which shows whether the stated uncertainty covers what the grid
leaves out. A last table compares each convention for the ends of contours with the smooth solid itself.

Run: ``python benchmarks/dvh_accuracy.py [--quick] [--processes N] [--record FILE --date DATE] [--rows FILE]``
"""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import pydicom
import pydicom.dicomio
from accuracy_rows import ENGINES, KINDS, METRICS, NAMES, Case, EndRow, Row, passed
from accuracy_tables import page, write_rows
from exact_dvh import (
    AXES,
    FRAME,
    LENGTH_MM,
    OFFSET_GY,
    RADIUS_MM,
    Array,
    Dose,
    Drawn,
    Exact,
    Profile,
    dose_at,
    draw,
)

from dicom_io import DVH, END_CAPS, GridField, GridGeometry, compute_dvh
from dicom_io.phantom.ideal import IdealSolid
from dicom_io.writers import (
    DoseAttributes,
    ObjectHeader,
    Patient,
    SeriesHeader,
    StudyHeader,
    dose_object,
    structure_set_object,
)

SOLIDS = (
    *(("sphere", radius) for radius in (5.0, 10.0, 12.0, 20.0)),
    *((name, RADIUS_MM) for name in ("cylinder z", "cylinder x", "cone z", "cone x")),
)
SPACINGS_MM = (0.2, 1.0, 2.0, 3.0)
GRIDS_MM = (0.4, 1.0, 2.0, 3.0)
SHIFTS = ((0.0, 0.0, 0.0), (0.31, 0.17, 0.43))
"""Of contours, in fractions of their spacing; the dose grid is shifted by the same fractions, turned."""
HALF_MM = 33.0
"""Half of a dose grid's side."""

Found = tuple[list[Row], list[EndRow]]


# --- what is measured


def field_of(kind: str, axis: int, spacing: float, shift: Sequence[float]) -> GridField:
    """Return a dose that varies along one axis, on a cube of voxels."""
    n = int(np.ceil(2 * HALF_MM / spacing)) + 1
    origin = -HALF_MM + np.array(shift) * spacing
    geometry = GridGeometry.axial(shape=(n, n, n), origin=origin, spacing=(spacing,) * 3)
    along = geometry.origin[axis] + np.arange(n) * spacing
    shape = [1, 1, 1]
    shape[2 - axis] = -1
    values = np.broadcast_to(dose_at(kind, along).reshape(shape), geometry.shape)
    return GridField(geometry=geometry, values=values.astype(np.float32), frame_of_reference_uid=FRAME)


def samples_of(kind: str, field: GridField, axis: int) -> Dose:
    """Return a dose with what the field holds of it."""
    count = field.geometry.shape[0]
    spacing = field.geometry.column_spacing
    values = np.moveaxis(field.values, 2 - axis, 0)[:, 0, 0].astype(np.float64)
    return Dose(kind=kind, along=field.geometry.origin[axis] + np.arange(count) * spacing, values=values)


def measured(
    solid: tuple[str, float, float, bool], grids: Sequence[float], dicompyler: bool, ends_along: str
) -> Found:
    """Return all rows of one drawn solid; its exact cross-sections are made once for all doses."""
    shape, size, spacing, is_shifted = solid
    shift = np.array(SHIFTS[is_shifted])
    drawn = draw(shape, size, spacing, shift)
    profiles = {axis: Profile.of(drawn, number) for axis, number in AXES.items()}
    rows: list[Row] = []
    for grid, axis, dose in itertools.product(grids, AXES, ("linear", "gauss")):
        case = Case(solid=drawn.name, spacing_mm=spacing, is_shifted=is_shifted, grid_mm=grid, axis=axis)
        field = field_of(dose, AXES[axis], grid, shift[[1, 2, 0]])
        ours = compute_dvh(drawn.structure, field)
        theirs = dicompyler_dvh(drawn, field) if dicompyler else None
        for kind in (kind for kind in KINDS if kind.startswith(dose)):
            exact = Exact(profile=profiles[axis], dose=samples_of(kind, field, AXES[axis]))
            truth = _truth(exact)
            asked = np.linspace(ours.knots_gy[0] - 0.5, ours.knots_gy[-1] + 0.5, 2001)
            curve = exact.volume_at_dose(asked)
            rows.append(_row_of_ours(ours, kind, case, truth, asked, curve))
            if theirs is not None:
                rows.append(_row_of_theirs(theirs, kind, case, truth, asked, curve))
    return rows, list(_ends(drawn, solid, ends_along))


def _truth(exact: Exact) -> dict[str, float]:
    """Exact volume (cc) and metrics (Gy)."""
    volume = exact.profile.volume_cc
    at = [0.03 if name.endswith("cc") else float(name[1:-1]) / 100 * volume for name in METRICS]
    doses = exact.dose_at_volume(np.array(at)).tolist()
    return {"volume": volume, "Mean": exact.mean_gy, **dict(zip(METRICS, doses, strict=True))}


def _row_of_ours(dvh: DVH, kind: str, case: Case, truth: dict[str, float], asked: Array, curve: Array) -> Row:
    assert dvh.volume_cc is not None
    values = {name: dvh.metric(f"{name}[Gy]") for name in NAMES}
    apart = np.abs(dvh.volume_at_dose(asked) - curve)
    beyond = np.max(apart - dvh.volume_uncertainty(asked), initial=0.0)
    errors, stated = {}, {}
    for name, found in values.items():
        assert found.value is not None
        assert found.uncertainty is not None
        errors[name], stated[name] = found.value - truth[name], found.uncertainty
    return Row(
        engine=ENGINES[0],
        kind=kind,
        case=case,
        volume_percent=100 * (dvh.volume_cc / truth["volume"] - 1),
        dvh_percent=100 * float(np.max(apart)) / truth["volume"],
        beyond_percent=100 * float(beyond) / truth["volume"],
        errors=errors,
        stated=stated,
    )


# --- dicompyler-core, in a process of its own


def supply_missing_name() -> None:
    """Give back the name that pydicom 3 removed and dicompyler-core imports; only in a worker process."""
    pydicom.dicomio.read_file = pydicom.dcmread  # type: ignore[attr-defined]
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")


def dicompyler_dvh(drawn: Drawn, field: GridField) -> tuple[Array, Array]:
    """Return doses (Gy) and the volume (cc) at or above each, by dicompyler-core as it comes."""
    from dicompylercore import dvhcalc  # noqa: PLC0415 - imports only once the missing name is supplied

    header = ObjectHeader(
        patient=Patient(name="Phantom^Accuracy", patient_id="ACCURACY"),
        study=StudyHeader(study_instance_uid="2.25.21"),
        series=SeriesHeader(series_instance_uid="2.25.22"),
        frame_of_reference_uid=FRAME,
    )
    structures = structure_set_object([drawn.structure], header=header, label="ACCURACY")
    attributes = DoseAttributes(
        dose_type="PHYSICAL",
        summation_type="PLAN",
        plan_uids=("2.25.23",),
        structure_set_uid=str(structures.SOPInstanceUID),
    )
    dose = dose_object(field.values, field.geometry, header=header, attributes=attributes)
    found = dvhcalc.get_dvh(structures, dose, 1)
    return np.asarray(found.bins, dtype=np.float64), np.append(
        np.asarray(found.counts, dtype=np.float64), 0.0
    )


def _row_of_theirs(
    found: tuple[Array, Array], kind: str, case: Case, truth: dict[str, float], asked: Array, curve: Array
) -> Row:
    """Compare its cumulative histogram, interpolated; percentages are of its own volume."""
    dose, volume = found
    whole = float(volume[0])
    at = [0.03 if name.endswith("cc") else float(name[1:-1]) / 100 * whole for name in METRICS]
    values = dict(zip(METRICS, np.interp(at, volume[::-1], dose[::-1]).tolist(), strict=True))
    values["Mean"] = float(np.sum(0.5 * (dose[1:] + dose[:-1]) * -np.diff(volume)) / whole)
    apart = np.abs(np.interp(asked, dose, volume, left=whole, right=0.0) - curve)
    worst = 100 * float(np.max(apart)) / truth["volume"]
    return Row(
        engine=ENGINES[1],
        kind=kind,
        case=case,
        volume_percent=100 * (whole / truth["volume"] - 1),
        dvh_percent=worst,
        beyond_percent=worst,
        errors={name: values[name] - truth[name] for name in NAMES},
        stated=dict.fromkeys(NAMES, 0.0),
    )


# --- the smooth solid, for each convention


def _ends(drawn: Drawn, solid: tuple[str, float, float, bool], axes: str) -> Iterator[EndRow]:
    """Yield what each convention gives in a linear dose on a grid of 1 mm."""
    shape, size, spacing, is_shifted = solid
    shift = np.array(SHIFTS[is_shifted])
    for axis in axes:
        number = AXES[axis]
        field = field_of("linear", number, 1.0, shift[[1, 2, 0]])
        middle = OFFSET_GY + float([shift[0] * spacing, shift[1] * spacing, 0.0][number])
        case = Case(solid=drawn.name, spacing_mm=spacing, is_shifted=is_shifted, grid_mm=1.0, axis=axis)
        asked, curve, truth = _ideal(shape, size, axis)
        for caps in END_CAPS:
            dvh = compute_dvh(drawn.structure, field, end_caps=caps)
            assert dvh.volume_cc is not None
            apart = np.abs(dvh.volume_at_dose(asked + middle) - curve)
            errors = {}
            for name in NAMES:
                value = dvh.metric(f"{name}[Gy]").value
                assert value is not None
                errors[name] = value - middle - truth[name]
            yield EndRow(
                end_caps=caps,
                case=case,
                volume_percent=100 * (dvh.volume_cc / truth["volume"] - 1),
                dvh_percent=100 * float(np.max(apart)) / truth["volume"],
                errors=errors,
            )


@cache
def _ideal(shape: str, size: float, axis: str) -> tuple[Array, Array, dict[str, float]]:
    """Closed form of the smooth solid: coordinates, volume beyond each, and metrics, mm as Gy."""
    name, _, own = shape.partition(" ")
    solid = IdealSolid(shape=name, radius_mm=size, length_mm=LENGTH_MM, axis=own or "z", gradient_axis=axis)
    asked = np.linspace(-size - 8, size + 8, 1201)
    curve = np.array([solid.volume_above_cc(float(at)) for at in asked])
    volume = solid.volume_cc
    at = {n: 0.03 if n.endswith("cc") else float(n[1:-1]) / 100 * volume for n in METRICS}
    truth = {n: solid.coordinate_at_hottest(v) for n, v in at.items()}
    # a cone has its centre at a quarter of its height
    truth["Mean"] = -LENGTH_MM / 4 if name == "cone" and own == axis else 0.0
    return asked, curve, {"volume": volume, **truth}


# --- all of it


def solids(quick: bool) -> list[tuple[str, float, float, bool]]:
    """Return shape, size, contour spacing and shift of all drawn solids."""
    spacings = (1.0, 3.0) if quick else SPACINGS_MM
    shifts = (True,) if quick else (False, True)
    return [(*solid, spacing, shift) for solid, spacing, shift in itertools.product(SOLIDS, spacings, shifts)]


def run(
    *,
    quick: bool,
    processes: int,
    dicompyler: bool,
    ends: bool = True,
    said: Callable[[str], Any] | None = None,
) -> Found:
    """Return all rows, and those of other conventions (`ends`); dicompyler-core only in worker processes."""
    grids = (1.0, 3.0) if quick else GRIDS_MM
    axes = "" if not ends else "z" if quick else "xyz"
    # half a slice of 0.2 mm is too little to tell conventions apart
    tasks = [(solid, grids, dicompyler, axes if solid[2] >= 1 else "") for solid in solids(quick)]
    if processes < 2 and not dicompyler:
        return _joined(itertools.starmap(measured, tasks), len(tasks), said)
    workers = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=supply_missing_name)
    with workers as pool:
        return _joined(pool.map(measured, *zip(*tasks, strict=True)), len(tasks), said)


def _joined(parts: Iterable[Found], total: int, said: Callable[[str], Any] | None) -> Found:
    rows, ends = [], []
    for done, (some_rows, some_ends) in enumerate(parts, start=1):
        rows += some_rows
        ends += some_ends
        if said is not None:
            said(f"\r{done} of {total} solids")
    if said is not None:
        said("\n")
    return rows, ends


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer spacings, grids and shifts")
    parser.add_argument("--processes", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--without-dicompyler", action="store_true")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write the page to this file; needs --date"
    )
    parser.add_argument("--date", help="what the page gives as its date")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write every comparison as CSV")
    args = parser.parse_args()
    if args.record and not args.date:
        parser.error("--record needs --date")
    found = run(
        quick=args.quick,
        processes=args.processes,
        dicompyler=not args.without_dicompyler,
        said=lambda text: print(text, end="", file=sys.stderr, flush=True),
    )
    command = "python benchmarks/dvh_accuracy.py" + " --quick" * args.quick
    text = page(*found, date=args.date or "an unstated date", command=command)
    print(text)
    if args.record:
        args.record.write_text(text, encoding="utf-8", newline="\n")
    if args.rows:
        write_rows(found[0], args.rows)
    return 0 if passed(found[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
