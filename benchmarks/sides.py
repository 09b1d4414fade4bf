"""The two or three sides of each comparison: what this package does, and what stands beside it.

A side is a function that prepares (imports, synthetic input; not timed) and returns the work to be timed. The
work returns numbers by name; all sides of a comparison return the same names, to be held against each other.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Numbers = dict[str, float]
Work = Callable[[], Numbers]
CONSTRAINTS = "tg101-2010"
ORGAN_ALPHA_BETA = 3.0


# --- reading


def read_ours(folder: Path, quick: bool) -> Work:
    from dicom_io import load_study  # noqa: PLC0415 - not timed

    def work() -> Numbers:
        chosen = load_study(folder / "plan").select()
        assert chosen.dose is not None
        assert chosen.structure_set is not None
        points = [c.points for s in chosen.structure_set.structures for c in s.contours]
        return _read_numbers(points, chosen.dose.dose_gy)

    return work


def read_pydicom(folder: Path, quick: bool) -> Work:
    import pydicom  # noqa: PLC0415 - not timed

    def work() -> Numbers:
        drawn, dose = (pydicom.dcmread(folder / "plan" / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        points = [
            np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            for roi in drawn.ROIContourSequence
            for contour in roi.get("ContourSequence", ())
        ]
        return _read_numbers(points, dose.pixel_array * float(dose.DoseGridScaling))

    return work


def _read_numbers(points: list[Any], dose_gy: Any) -> Numbers:
    return {
        "contour points": float(sum(len(one) for one in points)),
        "sum of coordinates, mm": float(sum(np.sum(np.abs(one)) for one in points)),
        "dose maximum, Gy": float(np.max(dose_gy)),
    }


# --- dose-volume histograms


def dvh_ours(folder: Path, quick: bool) -> Work:
    from dicom_io import GridField, compute_dvhs, load_study  # noqa: PLC0415 - not timed

    metrics = ("D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "D0.03cc[Gy]", "V20Gy[cc]", "V40Gy[%]")

    def work() -> Numbers:
        chosen = load_study(folder / "plan").select()
        assert chosen.dose is not None
        assert chosen.structure_set is not None
        dvhs = compute_dvhs(chosen.structure_set.structures, GridField.of(chosen.dose))
        for dvh in dvhs.values():
            for metric in metrics:
                dvh.metric(metric)
        return {f"mean of structure {number}, Gy": dvh.mean_gy for number, dvh in dvhs.items()}

    return work


def dvh_dicompyler(folder: Path, quick: bool) -> Work:
    import pydicom.dicomio  # noqa: PLC0415 - not timed

    pydicom.dicomio.read_file = pydicom.dcmread
    from dicompylercore import dvhcalc  # noqa: PLC0415 - imports only now

    def work() -> Numbers:
        drawn, dose = (pydicom.dcmread(folder / "plan" / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        found = {}
        for roi in drawn.StructureSetROISequence:
            dvh = dvhcalc.get_dvh(drawn, dose, int(roi.ROINumber))
            for percent in (95, 50, 2):
                dvh.dose_constraint(percent)
            for gray in (20, 40):
                dvh.volume_constraint(gray, "Gy")
            dvh.dose_constraint(0.03, "cm3")
            found[f"mean of structure {int(roi.ROINumber)}, Gy"] = float(dvh.mean)
        return found

    return work


def dvh_floor(folder: Path, quick: bool) -> Work:
    """Read both files, parse every contour number from raw bytes, histogram as many voxels: no DVH at all."""
    import pydicom  # noqa: PLC0415 - not timed

    voxels = json.loads((folder / "voxels.json").read_text(encoding="utf-8"))

    def work() -> Numbers:
        drawn, dose = (pydicom.dcmread(folder / "plan" / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        for roi in drawn.ROIContourSequence:
            for contour in roi.get("ContourSequence", ()):
                np.fromstring(contour.get_item("ContourData").value, sep="\\")
        stored = np.frombuffer(dose.PixelData, dtype=f"<u{dose.BitsAllocated // 8}")
        dose_gy = stored.astype(np.float32) * np.float32(dose.DoseGridScaling)
        for count in voxels:
            np.bincount((dose_gy[:count] * 100).astype(np.int32))
        return {}

    return work


# --- checking a plan


def check_ours(folder: Path, quick: bool) -> Work:
    from dicom_io import load_study  # noqa: PLC0415 - not timed
    from rtplan.limits import load_constraint_set  # noqa: PLC0415 - not timed
    from rtplan.plan_check import check_plan  # noqa: PLC0415 - not timed

    def work() -> Numbers:
        found = check_plan(load_study(folder / "checked").select(), load_constraint_set(CONSTRAINTS))
        judged = {row.structure for row in found.limits.evaluations if row.value is not None}
        return {
            f"mean of {d.structure_name}, Gy": d.mean_gy for d in found.dvhs if d.structure_name in judged
        }

    return work


def check_dicompyler(folder: Path, quick: bool) -> Work:
    """Read, compute the DVHs of the structures with limits and each limit's metric: no more.

    Its near-maxima of small structures are known to be off (nearest bin), so means are what is compared.
    """
    import pydicom.dicomio  # noqa: PLC0415 - not timed

    pydicom.dicomio.read_file = pydicom.dcmread
    from dicompylercore import dvhcalc  # noqa: PLC0415 - imports only now

    with (folder / "limits.csv").open(encoding="utf-8", newline="") as file:
        limits = list(csv.DictReader(file))

    def work() -> Numbers:
        drawn, dose = (pydicom.dcmread(folder / "checked" / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        numbers = {roi.ROIName: int(roi.ROINumber) for roi in drawn.StructureSetROISequence}
        dvhs = {
            name: dvhcalc.get_dvh(drawn, dose, numbers[name])
            for name in dict.fromkeys(row["structure"] for row in limits)
        }
        for row in limits:
            _asked(dvhs[row["structure"]], row)
        return {f"mean of {name}, Gy": float(dvh.mean) for name, dvh in dvhs.items()}

    return work


def _asked(dvh: Any, row: dict[str, str]) -> float:
    """Return a metric as dicompyler-core computes it."""
    kind, at, unit = row["kind"], row["at"], row["at_unit"]
    if kind == "Max":
        return float(dvh.max)
    if kind == "Mean":
        return float(dvh.mean)
    if kind == "DC":
        at = str(dvh.volume - float(at))
    if kind in ("D", "DC"):
        return float(dvh.dose_constraint(float(at), "cm3" if unit == "cc" else None).value)
    volume = float(dvh.volume_constraint(float(at), "Gy").value)
    return 100 * volume / dvh.volume if row["unit"] == "%" else volume


# --- the sum of two courses


def _two_courses(quick: bool) -> Any:
    """Two smooth doses, a rigid transform and ellipsoid organs: those of voxel_sum.py."""
    import voxel_sum  # noqa: PLC0415 - not every side needs it

    from dicom_io.objects import GridGeometry, RigidTransform  # noqa: PLC0415 - not timed

    shape = (75, 90, 125) if quick else (150, 180, 250)
    step = 5.0 if quick else 2.5
    geometry = GridGeometry.axial(shape=shape, origin=(-310, -225, -187), spacing=(step, step, step))
    turn, matrix = np.radians(4.0), np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:3, 3] = [4.0, -6.0, 3.0]
    transform = RigidTransform(
        matrix=matrix, maps_from=voxel_sum.NEW, maps_to=voxel_sum.OLD, source="matrix file"
    )
    new = voxel_sum.grid(voxel_sum.NEW, 0, shape, geometry)
    old = voxel_sum.grid(voxel_sum.OLD, 1, shape, geometry)
    return new, old, transform, voxel_sum.organs(5 if quick else 25, np.zeros(3))


def _total(new: Any, old: Any, transform: Any) -> Any:
    """The sum of 28 and 5 fractions, which remembers nothing yet."""
    from dicom_io.objects import identity  # noqa: PLC0415 - not every side needs it
    from rtplan.sums import CumulativeField, DosePart, RememberedField  # noqa: PLC0415 - likewise

    here = identity(new.frame_of_reference_uid)
    parts = tuple(
        DosePart(
            course=name,
            dose=RememberedField(dose=field, transform=way),
            n_fractions=n,
            transform=here,
        )
        for name, field, way, n in (("prior", old, transform, 28), ("new", new, here, 5))
    )
    return CumulativeField(parts=parts, alpha_beta=ORGAN_ALPHA_BETA, geometry=new.geometry)


def sum_ours(folder: Path, quick: bool) -> Work:
    import voxel_sum  # noqa: PLC0415 - not timed

    from dicom_io.dvh import compute_dvh  # noqa: PLC0415 - not timed

    new, old, transform, organs = _two_courses(quick)

    def work() -> Numbers:
        found = {}
        total = _total(new, old, transform)
        for organ in organs:
            dvh = compute_dvh(organ, total)
            for metric in voxel_sum.METRICS:
                dvh.metric(metric)
            found |= _sum_numbers(organ, dvh.mean_gy, dvh.metric("D2cc[Gy]").value)
        return found

    return work


def sum_by_hand(folder: Path, quick: bool) -> Work:
    """Resample the earlier dose at the voxels inside each organ, convert both, add, sort."""
    new, old, transform, organs = _two_courses(quick)
    grid = new.geometry
    voxel_cc = grid.row_spacing * grid.column_spacing * grid.frame_spacing / 1000

    def work() -> Numbers:
        found = {}
        for organ in organs:
            index = _voxels_inside(organ, new.geometry)
            total = _eqd2(_at(old, transform.apply(new.geometry.to_patient(index))), 28)
            total += _eqd2(new.values[tuple(index.T)], 5)
            hottest = np.sort(total)[::-1]
            near_maximum = hottest[min(round(2.0 / voxel_cc), len(hottest)) - 1]
            found |= _sum_numbers(organ, float(np.mean(total)), float(near_maximum))
        return found

    return work


def sum_one_resampling(folder: Path, quick: bool) -> Work:
    """The earlier dose on the whole grid, once: no conversion, no organ."""
    new, old, transform, _ = _two_courses(quick)
    every = new.geometry.to_patient(np.moveaxis(np.indices(new.geometry.shape), 0, -1).reshape(-1, 3))
    index = np.ascontiguousarray(old.geometry.to_index(transform.apply(every)).T)
    del every

    def work() -> Numbers:
        _interpolated(old.values, index)
        return {}

    return work


def _sum_numbers(organ: Any, mean: float, near_maximum: float | None) -> Numbers:
    return {f"{organ.name} mean EQD2, Gy": mean, f"{organ.name} D2cc EQD2, Gy": float(near_maximum or np.nan)}


def _eqd2(dose: Any, n_fractions: int) -> Any:
    return dose * (dose / n_fractions + ORGAN_ALPHA_BETA) / (2 + ORGAN_ALPHA_BETA)


def _interpolated(values: Any, index: Any) -> Any:
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - not every side needs it

    return map_coordinates(values, index, order=1, output=np.float32, mode="nearest", prefilter=False)


def _at(field: Any, points: Any) -> Any:
    return _interpolated(field.values, np.ascontiguousarray(field.geometry.to_index(points).T))


def _voxels_inside(organ: Any, geometry: Any) -> Any:
    """Return indices of the voxels whose centre lies in the nearest contour, plane by plane."""
    from matplotlib.path import Path as Outline  # noqa: PLC0415 - not every side needs it

    planes = {float(contour.points[0, 2]): Outline(contour.points[:, :2]) for contour in organ.contours}
    heights = np.array(sorted(planes))
    index = _box_index(organ, geometry)
    points = geometry.to_patient(index)
    nearest = np.argmin(np.abs(points[:, 2, None] - heights[None, :]), axis=1)
    half = np.diff(heights).min() / 2
    inside = np.abs(points[:, 2] - heights[nearest]) <= half
    for plane in np.unique(nearest):
        here = np.flatnonzero((nearest == plane) & inside)
        inside[here] = planes[float(heights[plane])].contains_points(points[here, :2])
    return index[inside]


def _box_index(organ: Any, geometry: Any) -> Any:
    corners = geometry.to_index(np.concatenate([contour.points for contour in organ.contours]))
    low, high = np.floor(corners.min(0)).astype(int) - 1, np.ceil(corners.max(0)).astype(int) + 1
    axes = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


# --- the band of scenarios


def _band_metrics() -> Any:
    import voxel_sum  # noqa: PLC0415 - not every side needs it

    return voxel_sum.METRICS


def band_ours(folder: Path, quick: bool) -> Work:
    from dicom_io.dvh import Metric  # noqa: PLC0415 - not timed
    from rtplan.sums import MovableSum, RegistrationUncertainty, scenarios_of  # noqa: PLC0415 - not timed

    new, old, transform, organs = _two_courses(quick)
    metrics, mean = _band_metrics(), Metric.parse("Mean[Gy]")

    def work() -> Numbers:
        found = {}
        for organ in organs:
            movable = MovableSum.of(_total(new, old, transform), organ, moved=["prior"])
            shifted = scenarios_of(movable, metrics, uncertainty=RegistrationUncertainty(shift_mm=4.0))
            found |= _band_numbers(organ, shifted.values[mean])
        return found

    return work


def band_by_hand(folder: Path, quick: bool) -> Work:
    """Shift the earlier dose 125 times at the voxels inside each organ, convert, add, take the metrics."""
    from rtplan.sums import RegistrationUncertainty  # noqa: PLC0415 - the same shifts

    new, old, transform, organs = _two_courses(quick)
    shifts = RegistrationUncertainty(shift_mm=4.0).shifts()

    def work() -> Numbers:
        found = {}
        for organ in organs:
            index = _voxels_inside(organ, new.geometry)
            points, stays = new.geometry.to_patient(index), _eqd2(new.values[tuple(index.T)], 5)
            means = []
            for shift in shifts:
                total = stays + _eqd2(_at(old, transform.apply(points - shift)), 28)
                np.sort(total)
                means.append(float(np.mean(total)))
            found |= _band_numbers(organ, means)
        return found

    return work


def band_resamplings(folder: Path, quick: bool) -> Work:
    """125 resamplings of the organs' boxes: no shift, no conversion, no metric."""
    import voxel_sum  # noqa: PLC0415 - not timed

    new, old, transform, organs = _two_courses(quick)
    boxes = [transform.apply(voxel_sum.box_points(organ, new.geometry)) for organ in organs]
    indices = [np.ascontiguousarray(old.geometry.to_index(points).T) for points in boxes]

    def work() -> Numbers:
        for _ in range(125):
            for index in indices:
                _interpolated(old.values, index)
        return {}

    return work


def _band_numbers(organ: Any, means: Any) -> Numbers:
    return {
        f"{organ.name} lowest mean EQD2, Gy": float(np.min(means)),
        f"{organ.name} highest mean EQD2, Gy": float(np.max(means)),
    }


# --- EQD2 of a large grid


def _large_grid(quick: bool) -> Any:
    voxels = 2_000_000 if quick else 50_000_000
    return np.random.default_rng(0).random(voxels, dtype=np.float32) * 60


def eqd2_ours(folder: Path, quick: bool) -> Work:
    import eqd2_grid  # noqa: PLC0415 - not timed

    dose = _large_grid(quick)
    return lambda: _grid_numbers(eqd2_grid.package_function(dose))


def eqd2_by_hand(folder: Path, quick: bool) -> Work:
    import eqd2_grid  # noqa: PLC0415 - not timed

    dose = _large_grid(quick)
    return lambda: _grid_numbers(eqd2_grid.plain_expression(dose))


def _grid_numbers(result: Any) -> Numbers:
    return {"EQD2 of the first voxel, Gy": float(result[0]), "EQD2 of the last voxel, Gy": float(result[-1])}
