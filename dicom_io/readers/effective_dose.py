"""EFFECTIVE doses (EQD2, RBE-weighted ...): read only when asked for by name, never as physical dose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.errors import DicomValueError
from dicom_io.objects import GridGeometry
from dicom_io.readers.dataset import Source, check_class, open_dataset, reading, text, told_code
from dicom_io.readers.grid import grid_geometry
from dicom_io.readers.rtdose import RT_DOSE, dose_header, scaled_grid

__all__ = ["EffectiveGrid", "read_effective_dose"]


@dataclass(frozen=True, kw_only=True, eq=False)
class EffectiveGrid:
    """An EFFECTIVE dose as its file has it: what the values mean is only in its statements.

    Attributes
    ----------
    not_physical : str
        What a private mark says that the values are, where DoseType had to say PHYSICAL; else empty.
    geometry : GridGeometry
    values : ndarray of float32, shape (frames, rows, columns)
        In the unit that the statements give, such as Gy EQD2; not physical dose. NaN where there is none.
    frame_of_reference_uid : str
    sop_instance_uid : str
    summation_type : str
    plan_uids : tuple of str
    comment : str
        DoseComment.
    derivation_description : str
        How the values were made, in words.
    image_comments : str
        The same for programs; JSON where this toolkit wrote it.
    source_sha256 : str
    """

    geometry: GridGeometry
    values: NDArray[np.float32]
    frame_of_reference_uid: str
    sop_instance_uid: str
    summation_type: str
    plan_uids: tuple[str, ...]
    comment: str
    derivation_description: str
    image_comments: str
    source_sha256: str
    not_physical: str = ""


def read_effective_dose(source: Source) -> EffectiveGrid:
    """Return the values and the statements of one RT Dose of type EFFECTIVE.

    Parameters
    ----------
    source : path, bytes or Dataset

    Raises
    ------
    DicomValueError
        When it is neither EFFECTIVE nor marked as not physical, or its units are not GY: a physical dose is
        read by `read_dose`.
    DicomReadError
        Not an RT Dose, or damaged.
    """
    with reading("RT Dose"):
        dataset, origin = open_dataset(source)
        check_class(dataset, RT_DOSE, what="an RT Dose")
        header = dose_header(dataset)
        if header.dose_type != "EFFECTIVE" and not header.not_physical:
            raise DicomValueError(
                f"DoseType is {told_code(header.dose_type)}, EFFECTIVE was asked for: a PHYSICAL dose is "
                "read by read_dose"
            )
        if header.units != "GY":
            raise DicomValueError(f"DoseUnits of the EFFECTIVE dose is {told_code(header.units)}, not GY")
        geometry, order = grid_geometry(dataset)
        values, covered = scaled_grid(dataset, 1.0, order)
        return EffectiveGrid(
            geometry=geometry,
            values=values if covered is None else np.where(covered, values, np.float32(np.nan)),
            frame_of_reference_uid=header.frame_of_reference_uid,
            sop_instance_uid=header.sop_instance_uid,
            summation_type=header.summation_type,
            plan_uids=header.plan_uids,
            comment=text(dataset, "DoseComment"),
            derivation_description=text(dataset, "DerivationDescription"),
            image_comments=text(dataset, "ImageComments"),
            source_sha256=origin.sha256,
            not_physical=header.not_physical,
        )
