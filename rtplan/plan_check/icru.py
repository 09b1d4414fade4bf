"""The doses that ICRU reports ask to be reported of a target.

Report 83 (2010) asks for the median dose, the near-minimum D98% and the near-maximum D2%, with the mean and
a homogeneity index. Report 91 (2017), for small fields and small targets, asks below 2 cc for the dose to all
but the coldest and to the hottest 35 mm3 instead, as percentages of so small a volume are a few voxels.
The 2 cc and the 35 mm3 are transcribed from secondary sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dicom_io.dvh import DVH
from dicom_io.objects import Structure
from rtplan.limits import VERIFICATION
from rtplan.names import drawn_targets
from rtplan.plan_check.targets import Index, index_of

__all__ = ["SMALL_TARGET_CC", "IcruReport", "icru_reports"]

SMALL_TARGET_CC: Final = 2.0
"""Targets of a smaller volume have their near-minimum and near-maximum at 35 mm3."""

_LARGE: Final[Mapping[str, str]] = {
    "near-minimum": "D98%[Gy]",
    "median": "D50%[Gy]",
    "near-maximum": "D2%[Gy]",
    "mean": "Mean[Gy]",
    "homogeneity index": "HI",
}
_SMALL: Final[Mapping[str, str]] = {
    **_LARGE,
    "near-minimum": "DC0.035cc[Gy]",
    "near-maximum": "D0.035cc[Gy]",
}


@dataclass(frozen=True, kw_only=True)
class IcruReport:
    """One target.

    Attributes
    ----------
    structure : str
    kind : str
        ``"GTV"``, ``"CTV"``, ``"ITV"`` or ``"PTV"``, by its name, else by its type; ``"target"`` where
        neither says.
    volume_cc : float or None
    rule : str
        Which report's near-minimum and near-maximum these are.
    verification : str
        How the rule was checked.
    values : mapping of str to Index
        Such as ``"near-maximum"``; the index names the metric that it was read from.
    """

    structure: str
    kind: str
    volume_cc: float | None
    rule: str
    verification: str
    values: Mapping[str, Index]


def icru_reports(structures: Sequence[Structure], dvhs: Mapping[int, DVH]) -> tuple[IcruReport, ...]:
    """Return the reporting block of every target.

    Parameters
    ----------
    structures : sequence of Structure
    dvhs : mapping
        ROI number to DVH; structures that it lacks are left out.

    Returns
    -------
    tuple of IcruReport
        In file order.
    """
    return tuple(
        _report(dvhs[s.number], target.kind) for s, target in drawn_targets(structures) if s.number in dvhs
    )


def _report(dvh: DVH, kind: str) -> IcruReport:
    is_small = dvh.volume_cc is not None and dvh.volume_cc < SMALL_TARGET_CC
    asked = _SMALL if is_small else _LARGE
    rule = "ICRU 91, below 2 cc: 35 mm3" if is_small else "ICRU 83: 98 % and 2 % of the volume"
    return IcruReport(
        structure=dvh.structure_name,
        kind=kind,
        volume_cc=dvh.volume_cc,
        rule=rule,
        verification=VERIFICATION["read in secondary"],
        values={name: index_of(dvh, metric) for name, metric in asked.items()},
    )
