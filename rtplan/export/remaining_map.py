"""The dose that each voxel may still receive below one cumulative limit: an array, and levels to plan with.

It is no dose of any plan and is never written as RTDOSE. Each voxel is solved by itself, n equal fractions:
D (d + alpha/beta) / (2 + alpha/beta) = limit - what the earlier courses gave there.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bed import dose_per_fraction_for_bed, eqd2_to_bed
from dicom_io.objects import GridGeometry, Structure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.export.sum_dose import level_structures, with_recovery
from rtplan.reirradiation import Reirradiation
from rtplan.sums import BioGrid

__all__ = ["RemainingMap", "remaining_map"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RemainingMap:
    """What is left, voxel by voxel, on the new course's dose grid.

    Attributes
    ----------
    total_dose_gy : ndarray of float32, shape (frames, rows, columns)
        Physical dose in n fractions, Gy; 0 where the limit is spent, NaN where not covered.
    geometry : GridGeometry
    frame_of_reference_uid : str
    limit_eqd2_gy, alpha_beta : float
    n_fractions : int
    recovery : str
        Name of the rule that was taken off inside the organs it speaks of, ``"none"``.
    """

    total_dose_gy: NDArray[np.float32]
    geometry: GridGeometry
    frame_of_reference_uid: str
    limit_eqd2_gy: float
    alpha_beta: float
    n_fractions: int
    recovery: str

    def to_npz(self) -> bytes:
        """Return the content of an ``.npz`` file: the map, its geometry and what it rests on.

        Equal maps give equal bytes.
        """
        arrays: dict[str, NDArray[Any]] = {
            "remaining_dose_gy": self.total_dose_gy,
            "origin_mm": self.geometry.origin,
            "row_direction": self.geometry.row_direction,
            "column_direction": self.geometry.column_direction,
            "spacing_row_column_mm": np.array([self.geometry.row_spacing, self.geometry.column_spacing]),
            "frame_offsets_mm": self.geometry.frame_offsets,
            "frame_of_reference_uid": np.array(self.frame_of_reference_uid),
            "limit_eqd2_gy": np.array(self.limit_eqd2_gy),
            "alpha_beta_gy": np.array(self.alpha_beta),
            "n_fractions": np.array(self.n_fractions),
            "recovery": np.array(self.recovery),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in arrays.items():
                member = io.BytesIO()
                np.save(member, array, allow_pickle=False)
                # A fixed date: numpy.savez would write the clock's.
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue())
        return buffer.getvalue()

    def levels(self, levels_gy: Sequence[float]) -> tuple[Structure, ...]:
        """Return where no more than each level is left, as structures that a planner can optimise against.

        Voxels of which nothing is known belong to every level: nothing shows that they may receive more.

        Parameters
        ----------
        levels_gy : sequence of float
            Physical dose in n fractions, Gy, above 0.
        """
        if not levels_gy or min(levels_gy) <= 0:
            raise RtplanValueError(f"levels {list(levels_gy)} Gy: above 0 Gy are needed")
        top = 2 * max(levels_gy)
        lacking = top - np.minimum(np.nan_to_num(self.total_dose_gy, nan=0.0), top)
        return level_structures(
            self.geometry,
            lacking,
            [top - level for level in levels_gy],
            names=[
                f"Remaining_max_{level:g}Gy_{self.n_fractions}fx"
                + ("" if self.recovery == "none" else "_recovered")
                for level in levels_gy
            ],
            frame=self.frame_of_reference_uid,
        )


def remaining_map(
    result: Reirradiation, *, limit_eqd2_gy: float, alpha_beta: float, n_fractions: int, recovered: bool
) -> RemainingMap:
    """Solve every voxel of the new course's grid for the dose that is left.

    Only the earlier courses count; nothing of the new one does. Where a course gave several fractions a day,
    nothing is taken to be repaired between them.

    Parameters
    ----------
    result : Reirradiation
    limit_eqd2_gy : float
        Cumulative limit at a point, Gy EQD2, above 0.
    alpha_beta : float
        Gy, above 0.
    n_fractions : int
        At least 1.
    recovered : bool
        Take the chosen rule off inside the organs it speaks of; elsewhere every course counts in full.

    Raises
    ------
    RtplanLookupError
        There is no voxel sum of the earlier courses.
    """
    joined = result.joined.without_repair()
    if joined.reason is not None:
        raise RtplanLookupError(f"no map of the remaining dose: {joined.reason}")
    if not limit_eqd2_gy > 0 or n_fractions < 1:
        raise RtplanValueError(
            f"a limit above 0 Gy and at least 1 fraction, not {limit_eqd2_gy}, {n_fractions}"
        )
    label = joined.new.course.label
    total = joined.total(alpha_beta)
    earlier = replace(
        total,
        parts=tuple(part for part in total.parts if part.course != label),
        geometry=joined.geometry,
    )
    counted = np.asarray(BioGrid.of(earlier, joined.geometry).eqd2.gy, dtype=np.float32)
    if recovered:
        counted = with_recovery(result, earlier, joined.geometry, counted)
    given = counted.astype(np.float64)
    room = np.where(np.isnan(given), np.nan, np.maximum(limit_eqd2_gy - given, 0.0))
    per_fraction = dose_per_fraction_for_bed(eqd2_to_bed(room, alpha_beta), n_fractions, alpha_beta)
    return RemainingMap(
        total_dose_gy=np.asarray(per_fraction * n_fractions, dtype=np.float32),
        geometry=joined.geometry,
        frame_of_reference_uid=joined.frame_of_reference_uid,
        limit_eqd2_gy=limit_eqd2_gy,
        alpha_beta=alpha_beta,
        n_fractions=n_fractions,
        recovery=result.recovery if recovered else "none",
    )
