"""What a planning system's DVH export says of an organ's EQD2: its stored points, nothing between them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bed import eqd2
from dicom_io.dvh import DVHExport, Metric, MetricValue, StoredDVH
from rtplan.errors import RtplanLookupError
from rtplan.names import NameDictionary, standing_for
from rtplan.sums import OrganCurve

__all__ = ["curve_names", "curve_of_export", "eqd2_of_stored", "export_times", "stored_dvh"]

FloatArray = NDArray[np.float64]

_SOME: Final = 1e-9
"""Share of the organ that stands for v = 0 from below."""


def export_times(export: DVHExport, factor: float) -> DVHExport:
    """Return an export with every dose multiplied by a factor: a stated RBE, or the share delivered."""
    if factor == 1.0:
        return export
    return replace(export, dvhs=tuple(_times(one, factor) for one in export.dvhs))


def _times(stored: StoredDVH, factor: float) -> StoredDVH:
    def times(dose: float | None) -> float | None:
        return None if dose is None else dose * factor

    return replace(
        stored,
        min_gy=times(stored.min_gy),
        mean_gy=times(stored.mean_gy),
        max_gy=times(stored.max_gy),
        prescription_gy=times(stored.prescription_gy),
        stated_tolerance_gy=stored.stated_tolerance_gy * factor,
        dose_gy=stored.dose_gy * factor,
        dose_tolerance_gy=stored.dose_tolerance_gy * factor,
    )


def stored_dvh(
    export: DVHExport, organ: str, *, stated: str | None = None, dictionary: NameDictionary | None = None
) -> StoredDVH | None:
    """Return the stored curve that stands for an organ: as chosen, else of its name or its standard name.

    Parameters
    ----------
    export : DVHExport
    organ : str
    stated : str, optional
        Name of the curve that the user chose.
    dictionary : NameDictionary, optional
        Names that the clinic has confirmed.

    Raises
    ------
    RtplanLookupError
        Several may be meant, such as those of two plans, or there is no curve of the name that was chosen.
    """
    if stated is not None:
        found = [one for one in export.dvhs if one.structure_name == stated]
        if not found:
            raise RtplanLookupError(
                f"the DVH export holds no curve {stated!r}; there are: {curve_names(export)}"
            )
    else:
        names = [one.structure_name for one in export.dvhs]
        found = [export.dvhs[place] for place in standing_for(organ, names, dictionary=dictionary)]
    if len(found) > 1:
        listed = ", ".join(f"{one.structure_name} of {one.plan or 'an unnamed plan'}" for one in found)
        several_plans = len({one.plan for one in found}) > 1
        advice = "export one plan" if several_plans else f"choose with a match {organ}=NEW,PRIOR"
        raise RtplanLookupError(f"the DVH export holds several curves for {organ}: {listed}; {advice}")
    return found[0] if found else None


def curve_names(export: DVHExport) -> str:
    """Return the names of an export's curves, for a message."""
    return ", ".join(dict.fromkeys(one.structure_name for one in export.dvhs)) or "none"


def curve_of_export(
    stored: StoredDVH, *, n_fractions: int, alpha_beta: float, label: str, volume_cc: float
) -> OrganCurve | None:
    """Return what a stored curve says of the EQD2 curve of its organ.

    EQD2 rises with the dose, so each stored point converts as it is; between two of them the curve may be
    anything that does not rise. What the stored curve does not describe may have received any dose.

    Parameters
    ----------
    stored : StoredDVH
    n_fractions : int
        Fractions of the plan; an export does not state them.
    alpha_beta : float
        Gy.
    label : str
        The course.
    volume_cc : float
        Volume of the organ where the export gives none.

    Returns
    -------
    OrganCurve or None
        None for a structure without a usable curve.

    Examples
    --------
    >>> stored = StoredDVH(
    ...     structure_name="Cord", source="Eclipse text", volume_cc=20.0,
    ...     dose_gy=np.array([0.0, 10.0, 20.0]), volume_fraction=np.array([1.0, 0.5, 0.0]))
    >>> curve = curve_of_export(stored, n_fractions=10, alpha_beta=2, label="2019", volume_cc=20)
    >>> curve.at_most(np.array([0.0, 10.0, 15.0])), curve.at_least(np.array([0.0, 10.0, 15.0]))
    (array([20. , 20. ,  7.5]), array([7.5, 7.5, 0. ]))
    """
    if stored.reason is not None or stored.covered_fraction != 1:
        return None
    whole = stored.volume_cc or volume_cc
    volumes = stored.volume_fraction * whole
    low = np.asarray(eqd2(stored.dose_gy, n_fractions, alpha_beta), dtype=np.float64)
    high = np.asarray(
        eqd2(stored.dose_gy + stored.dose_tolerance_gy, n_fractions, alpha_beta), dtype=np.float64
    )
    top = _top(stored, high, n_fractions, alpha_beta)
    falling = -volumes

    def at_most(volume: FloatArray) -> FloatArray:
        # The first stored point that less than this volume receives; beyond the last one, the maximum.
        place = np.searchsorted(falling, -volume * (1 - 1e-12), side="right")
        # A maximum above the first dose that "nothing" receives says that printing hid some volume there.
        beyond = np.append(np.where(volumes > 0, np.minimum(high, top), top), top)
        return beyond[np.minimum(place, len(high))]

    def at_least(volume: FloatArray) -> FloatArray:
        # That nothing receives the last dose does not make it the maximum: some volume has to.
        some = np.maximum(volume * (1 - 1e-12), _SOME * whole)
        place = np.searchsorted(falling, -some, side="right") - 1
        return np.where(place >= 0, low[np.maximum(place, 0)], 0.0)

    nodes = np.unique(np.concatenate([[0.0, whole], volumes]))
    middles = (nodes[1:] + nodes[:-1]) / 2
    widths = np.diff(nodes) / whole
    return OrganCurve(
        label=label,
        volume_cc=whole,
        at_most=at_most,
        at_least=at_least,
        nodes_cc=nodes,
        mean_gy=(float(at_least(middles) @ widths), float(at_most(middles) @ widths)),
    )


def _top(stored: StoredDVH, high: FloatArray, n_fractions: int, alpha_beta: float) -> float:
    """Largest EQD2 of the organ: the stated maximum, else the first dose that nothing receives."""
    if stored.max_gy is not None:
        return float(eqd2(stored.max_gy + stored.stated_tolerance_gy, n_fractions, alpha_beta))
    nothing = high[stored.volume_fraction <= 0]
    return float(nothing[0]) if len(nothing) else math.inf


def eqd2_of_stored(value: MetricValue, metric: Metric, *, n_fractions: int, alpha_beta: float) -> MetricValue:
    """Return the EQD2 of a stored dose metric; a mean has none of its own."""
    if value.value is None:
        return value
    if metric.kind == "Mean":
        why = "a mean has no EQD2 of its own: see the bounds"
        return MetricValue.absent(metric, reason=why)
    half = value.uncertainty or 0.0
    middle, above = (float(eqd2(dose, n_fractions, alpha_beta)) for dose in (value.value, value.value + half))
    return MetricValue(text=str(metric), value=middle, unit="Gy", uncertainty=above - middle)
