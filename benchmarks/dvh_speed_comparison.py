"""From the folder on disk to all DVHs: ours, dicompyler-core and a floor, in the same run on the same files.

The plan is that of ``dvh_speed.py``: 25 structures, about 800,000 contour points, 250 x 180 x 150 voxels of
2 mm, written as RTSTRUCT and RTDOSE. Each run is a process of its own; its time starts when its imports are
done and ends when every structure has its D, V and mean metrics. The floor reads the same two files, parses
all contour numbers from raw bytes and histograms as many voxels as all structures hold, and that is all.
Processor time stands beside the wall clock, since on a machine with other work only the former means much.

Run: ``python benchmarks/dvh_speed_comparison.py [--repeat N] [--without-dicompyler] [--growth]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

METRICS = ("D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "D0.03cc[Gy]", "V20Gy[cc]", "V40Gy[%]", "Mean[Gy]")
GOALS = {"dicompyler-core over ours": (40.0, 80.0), "ours over floor": (4.0, 2.0)}
"""Required and hoped for."""
MEMORY_MB = 500.0


def write_plan(folder: Path) -> int:
    """Write the two files; return the number of contour points."""
    import dvh_speed  # noqa: PLC0415 - the plan is its own; a run that only measures does not need it

    from dicom_io.writers import (  # noqa: PLC0415 - likewise
        DoseAttributes,
        ObjectHeader,
        Patient,
        SeriesHeader,
        StudyHeader,
        dose_object,
        save,
        structure_set_object,
    )

    chosen, field = dvh_speed.structures(), dvh_speed.field()
    header = ObjectHeader(
        patient=Patient(name="Phantom^Speed", patient_id="SPEED"),
        study=StudyHeader(study_instance_uid="2.25.11"),
        series=SeriesHeader(series_instance_uid="2.25.12"),
        frame_of_reference_uid=dvh_speed.FRAME,
    )
    drawn = structure_set_object(chosen, header=header, label="SPEED")
    attributes = DoseAttributes(
        dose_type="PHYSICAL",
        summation_type="PLAN",
        plan_uids=("2.25.13",),
        structure_set_uid=str(drawn.SOPInstanceUID),
    )
    dose = dose_object(field.values, field.geometry, header=header, attributes=attributes)
    save(drawn, folder / "RTSTRUCT.dcm")
    save(dose, folder / "RTDOSE.dcm")
    return sum(len(contour.points) for structure in chosen for contour in structure.contours)


def prepare_ours(folder: Path) -> Callable[[], int]:
    from dicom_io import GridField, compute_dvhs, load_study  # noqa: PLC0415 - not timed

    def run() -> int:
        chosen = load_study(folder).select()
        dvhs = compute_dvhs(chosen.structure_set.structures, GridField.of(chosen.dose))
        return len([[dvh.metric(metric).value for metric in METRICS] for dvh in dvhs.values()])

    return run


def prepare_dicompyler(folder: Path) -> Callable[[], int]:
    import pydicom.dicomio  # noqa: PLC0415 - not timed

    pydicom.dicomio.read_file = pydicom.dcmread
    from dicompylercore import dvhcalc  # noqa: PLC0415 - imports only now

    def run() -> int:
        drawn, dose = (pydicom.dcmread(folder / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        done = 0
        for roi in drawn.StructureSetROISequence:
            dvh = dvhcalc.get_dvh(drawn, dose, int(roi.ROINumber))
            doses = [dvh.dose_constraint(percent) for percent in (95, 50, 2)]
            volumes = [dvh.volume_constraint(dose, "Gy") for dose in (20, 40)]
            done += len([*doses, dvh.dose_constraint(0.03, "cm3"), *volumes, dvh.mean]) > 0
        return done

    return run


def prepare_floor(folder: Path) -> Callable[[], int]:
    import pydicom  # noqa: PLC0415 - not timed

    voxels = json.loads((folder.parent / "voxels.json").read_text())

    def run() -> int:
        drawn, dose = (pydicom.dcmread(folder / name) for name in ("RTSTRUCT.dcm", "RTDOSE.dcm"))
        points = 0
        for roi in drawn.ROIContourSequence:
            for contour in roi.ContourSequence:
                points += np.fromstring(contour.get_item("ContourData").value, sep="\\").size // 3
        stored = np.frombuffer(dose.PixelData, dtype="<u4")
        dose_gy = stored.astype(np.float32) * np.float32(dose.DoseGridScaling)
        for count in voxels:
            np.bincount((dose_gy[:count] * 100).astype(np.int32))
        return len(voxels)

    return run


ENGINES: dict[str, Callable[[Path], Callable[[], int]]] = {
    "ours": prepare_ours,
    "floor": prepare_floor,
    "dicompyler-core": prepare_dicompyler,
}


def measure(engine: str, folder: Path) -> None:
    """Run one engine in this process and print its seconds and its peak memory."""
    run = ENGINES[engine](folder)
    imports_mb = peak_memory_mb()
    start, cpu = time.perf_counter(), time.process_time()
    done = run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak_mb = peak_memory_mb()
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "done": done, "peak_mb": peak_mb, "imports_mb": imports_mb}
        )
    )


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process; getrusage would include that of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def in_own_process(engine: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", __file__, "--measure", engine, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(repeat: int, *, with_dicompyler: bool) -> bool:
    """Print seconds, memory and ratios; return whether what is required is met."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "plan"
        folder.mkdir()
        points = write_plan(folder)
        (folder.parent / "voxels.json").write_text(json.dumps(voxel_counts(folder)))
        print(f"{points} contour points")
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "floor": [], "dicompyler-core": []}
        for turn in range(repeat):
            runs["ours"].append(in_own_process("ours", folder))
            runs["floor"].append(in_own_process("floor", folder))
            if with_dicompyler and turn < max(1, repeat // 3):
                runs["dicompyler-core"].append(in_own_process("dicompyler-core", folder))
    return report(runs)


def voxel_counts(folder: Path) -> list[int]:
    """Return how many dose voxels each structure holds."""
    from dicom_io import SlabStack, load_study  # noqa: PLC0415 - a run that only measures does not need it

    chosen = load_study(folder).select()
    grid = chosen.dose.geometry
    voxel_cc = grid.row_spacing * grid.column_spacing * grid.frame_spacing / 1000
    return [round(SlabStack.of(s).volume_cc / voxel_cc) for s in chosen.structure_set.structures]


def report(runs: dict[str, list[dict[str, float]]]) -> bool:
    print(f"{'':<16}{'median s':>9}{'lowest':>9}{'highest':>9}{'cpu s':>8}{'peak MB':>9}{'runs':>6}")
    middle = {}
    for engine, found in runs.items():
        if not found:
            continue
        seconds = [one["seconds"] for one in found]
        middle[engine] = statistics.median(seconds)
        cpu, peak = statistics.median(one["cpu"] for one in found), max(one["peak_mb"] for one in found)
        print(
            f"{engine:<16}{middle[engine]:>9.3f}{min(seconds):>9.3f}{max(seconds):>9.3f}{cpu:>8.3f}"
            f"{peak:>9.0f}{len(found):>6}"
        )
    met = True
    pairs = {
        "dicompyler-core over ours": ("dicompyler-core", "ours"),
        "ours over floor": ("ours", "floor"),
    }
    for name, (above, below) in pairs.items():
        if above not in middle:
            continue
        ratio = middle[above] / middle[below]
        each = [a["seconds"] / b["seconds"] for a in runs[above] for b in runs[below]]
        cpu = statistics.median(one["cpu"] for one in runs[above])
        cpu /= statistics.median(one["cpu"] for one in runs[below])
        required, goal = GOALS[name]
        met &= ratio >= required if above == "dicompyler-core" else ratio <= required
        print(
            f"{name}: {ratio:.1f} ({min(each):.1f} to {max(each):.1f}), by processor time {cpu:.1f}; "
            f"required {required:g}, goal {goal:g}"
        )
    peak = max(one["peak_mb"] for one in runs["ours"])
    print(f"peak memory of ours: {peak:.0f} MB, required below {MEMORY_MB:g}")
    return met and peak < MEMORY_MB


def growth() -> None:
    """Print how the engine's time grows with structures, contour points and voxels, one at a time."""
    import dvh_speed  # noqa: PLC0415 - a run that only measures does not need it

    from dicom_io import GridField, compute_dvhs  # noqa: PLC0415 - likewise

    every, field = dvh_speed.structures(), dvh_speed.field()

    def timed(structures: list, values: GridField) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            compute_dvhs(structures, values)
            best = min(best, time.perf_counter() - start)
        return best

    print("\nstructures (copies of one)   s    s per structure")
    for many in (5, 10, 20, 40):
        copies = [replace(every[5], number=k) for k in range(many)]
        seconds = timed(copies, field)
        print(f"{many:>10} {seconds:>20.3f} {seconds / many:>12.4f}")
    print("contour points               s    s per 100,000")
    for nth in (8, 4, 2, 1):
        thinned = [
            replace(s, contours=tuple(replace(c, points=c.points[::nth]) for c in s.contours)) for s in every
        ]
        points = sum(len(c.points) for s in thinned for c in s.contours)
        seconds = timed(thinned, field)
        print(f"{points:>10} {seconds:>20.3f} {1e5 * seconds / points:>12.4f}")
    print("voxels                       s    s per million")
    for spacing in (4.0, 3.0, 2.0, 1.5):
        finer = resampled(field, spacing)
        seconds = timed(every, finer)
        print(f"{finer.values.size:>10} {seconds:>20.3f} {1e6 * seconds / finer.values.size:>12.4f}")


def resampled(field, spacing: float):
    """Return the field on a grid of another spacing over the same box."""
    from dicom_io import GridField, GridGeometry  # noqa: PLC0415 - a run that only measures does not need it

    old = field.geometry
    reach = [(n - 1) * 2.0 for n in old.shape]
    shape = tuple(int(length / spacing) + 1 for length in reach)
    grid = GridGeometry.axial(shape=shape, origin=tuple(old.origin), spacing=(spacing,) * 3)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)
    parts = [field.sample(grid.to_patient(part)) for part in np.array_split(index, 40)]
    values = np.concatenate(parts).reshape(shape).astype(np.float32)
    return GridField(geometry=grid, values=values, frame_of_reference_uid=field.frame_of_reference_uid)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--without-dicompyler", action="store_true", help="it takes about a minute a run")
    parser.add_argument("--growth", action="store_true", help="also print how time grows")
    parser.add_argument("--measure", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure, args.folder)
        return 0
    met = compare(args.repeat, with_dicompyler=not args.without_dicompyler)
    if args.growth:
        growth()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
