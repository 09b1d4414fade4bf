"""Runs dicompyler-core in a process of its own; a script, started by `dicom_io.comparison.dicompyler` only.

Standard input: a line of JSON with the sizes of the two objects and the structure numbers, then the bytes of
the RT Structure Set and of the RT Dose. Standard output: one JSON document. Nothing else is written: what the
engine says may hold a patient's data, so of an error only its kind is passed on.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib.metadata import version
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pydicom.dicomio


def _supply_missing_names() -> None:
    """Give back the name that pydicom 3 removed and dicompyler-core 0.5.6 imports; in this process only."""
    if not hasattr(pydicom.dicomio, "read_file"):
        pydicom.dicomio.read_file = pydicom.dcmread  # type: ignore[attr-defined]


def _opened(content: bytes) -> Any:
    """Return a data set with the file meta information that dicompyler-core needs."""
    dataset = pydicom.dcmread(BytesIO(content), force=True)
    meta = getattr(dataset, "file_meta", None) or pydicom.dataset.FileMetaDataset()
    if "TransferSyntaxUID" not in meta:
        implicit, little = dataset.original_encoding
        explicit = "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"
        meta.TransferSyntaxUID = pydicom.uid.UID("1.2.840.10008.1.2" if implicit else explicit)
    meta.setdefault("MediaStorageSOPClassUID", dataset.get("SOPClassUID"))
    meta.setdefault("MediaStorageSOPInstanceUID", dataset.get("SOPInstanceUID"))
    dataset.file_meta = meta
    return dataset


def _with_relative_offsets(dose: Any) -> Any:
    """Make absolute frame offsets relative: dicompyler-core adds them to the position once more."""
    offsets = [float(offset) for offset in dose.get("GridFrameOffsetVector") or []]
    if offsets and offsets[0] != 0:
        dose.GridFrameOffsetVector = [offset - offsets[0] for offset in offsets]
    return dose


def _without_open_contours(structures: Any) -> Any:
    """Leave out points and open contours: dicompyler-core would take them for areas."""
    for roi in structures.get("ROIContourSequence") or []:
        if "ContourSequence" in roi:
            roi.ContourSequence = [
                contour
                for contour in roi.ContourSequence
                if str(contour.get("ContourGeometricType")).startswith("CLOSED")
            ]
    return structures


def _dvh(structures: Any, dose: Any, number: int) -> dict[str, Any]:
    from dicompylercore import dvhcalc  # noqa: PLC0415 - imports only once the missing name is supplied

    try:
        found = dvhcalc.get_dvh(structures, dose, number)
        counts = np.asarray(found.counts, dtype=np.float64)
    except Exception as error:  # whatever it is: the kind is all that may be told
        return {"number": number, "reason": f"it fails with {type(error).__name__}"}
    if found.notes and "Empty" in found.notes:
        return {"number": number, "reason": "it finds no dose in the structure"}
    return {"number": number, "bins_gy": np.asarray(found.bins).tolist(), "volume_cc": counts.tolist()}


def main() -> None:
    """Read the task, compute, write the answer."""
    logging.disable(logging.CRITICAL)
    answer, sys.stdout = sys.stdout, sys.stderr
    task = json.loads(sys.stdin.buffer.readline())
    structures = sys.stdin.buffer.read(task["structure_bytes"])
    dose = sys.stdin.buffer.read(task["dose_bytes"])
    _supply_missing_names()
    opened = _without_open_contours(_opened(structures)), _with_relative_offsets(_opened(dose))
    rows = [_dvh(*opened, number) for number in task["numbers"]]
    json.dump({"version": version("dicompyler-core"), "dvhs": rows}, answer)


if __name__ == "__main__":
    main()
