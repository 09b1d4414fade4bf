"""How well a dose fits its target: coverage, conformity, gradient, homogeneity, dose at 2 cm.

Definitions as tabulated in PMC5965485, Table 1 (RTOG 1993; van 't Riet 1997; Paddick 2000; Lomax and Scheib
2003; Paddick and Lippitz 2006; RTOG 0915); near-minimum, near-maximum and homogeneity index after ICRU
Report 83. The prescription isodose is taken over the whole body outline, so several targets share it. D2cm is
the largest dose at 2 cm or more from the target in any direction (RTOG 0813, 0915), in Gy and in % of the
prescription.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dicom_io.dvh import DVH, compute_dvhs, maximum_beyond
from dicom_io.objects import DoseGrid, GridField, Plan, Structure
from rtplan.names import drawn_targets, target_of

__all__ = ["Index", "TargetQuality", "index_of", "target_quality"]

_OUTLINES: Final = ("EXTERNAL",)
_AWAY_MM: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Index:
    """One index of plan quality.

    Attributes
    ----------
    name : str
        With its unit in brackets where it has one.
    value, uncertainty : float or None
        Half-width with 95 % coverage, numerical only; terms add up linearly, which is never too small.
    reason : str or None
        Why there is no value.
    """

    name: str
    value: float | None
    uncertainty: float | None
    reason: str | None

    @property
    def unit(self) -> str:
        """The unit in the name's brackets; empty for a pure number."""
        return self.name.rpartition("[")[2].removesuffix("]") if self.name.endswith("]") else ""


@dataclass(frozen=True, kw_only=True)
class TargetQuality:
    """One target.

    Attributes
    ----------
    structure : str
    prescription_gy : float or None
    prescription_reason : str or None
        Why no prescription could be told.
    volume_cc : float or None
    indices : tuple of Index
    notes : tuple of str
    """

    structure: str
    prescription_gy: float | None
    prescription_reason: str | None
    volume_cc: float | None
    indices: tuple[Index, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Isodose:
    """Volume at or above a dose in the whole body, or why there is none."""

    volume_cc: float | None
    uncertainty_cc: float
    reason: str | None


def target_quality(
    plan: Plan | None,
    structures: Sequence[Structure],
    dose: DoseGrid,
    *,
    dvhs: Mapping[int, DVH] | None = None,
) -> tuple[TargetQuality, ...]:
    """Return the indices of every PTV.

    Parameters
    ----------
    plan : Plan or None
        Without it there is no prescription, and only doses at volumes are given.
    structures : sequence of Structure
    dose : DoseGrid
    dvhs : mapping, optional
        DVHs that are there already, by ROI number.

    Returns
    -------
    tuple of TargetQuality
        In file order; what counts as a PTV says `rtplan.names.target_of`.
    """
    targets = [s for s, _ in drawn_targets(structures, "PTV")]
    outlines = [s for s in structures if s.interpreted_type in _OUTLINES and s.contours]
    if not targets:
        return ()
    known = dict(dvhs or {})
    missing = [s for s in (*targets, *outlines) if s.number not in known]
    dvhs = known | compute_dvhs(missing, GridField.of(dose))
    body = dvhs[outlines[0].number] if len(outlines) == 1 else None
    return tuple(
        _quality(
            dvhs[target.number],
            *_prescription(plan, target, targets),
            target=target,
            body=body,
            dose=dose,
            n=len(targets),
        )
        for target in targets
    )


def _prescription(
    plan: Plan | None, target: Structure, targets: Sequence[Structure]
) -> tuple[float | None, str | None]:
    """The dose prescribed to a target: by reference, or the plan's only one for its only target."""
    if plan is None:
        return None, "there is no plan"
    own = [p.target_prescription_gy for p in plan.prescriptions if p.referenced_roi_number == target.number]
    doses = [dose for dose in own if dose is not None]
    if len(doses) == 1:
        return doses[0], None
    stated = {p.target_prescription_gy for p in plan.prescriptions if p.target_prescription_gy is not None}
    if not doses and len(stated) == 1 and _undoubted(targets) == [target]:
        return stated.pop(), None
    return None, "the plan does not state one prescription for this target"


def _undoubted(targets: Sequence[Structure]) -> list[Structure]:
    """The only target, or those about which type and name agree."""
    if len(targets) == 1:
        return list(targets)
    return [s for s in targets if (found := target_of(s)) is not None and found.question is None]


def _quality(
    dvh: DVH,
    prescription: float | None,
    reason: str | None,
    *,
    target: Structure,
    body: DVH | None,
    dose: DoseGrid,
    n: int,
) -> TargetQuality:
    """Put the indices of one target together."""
    indices = [
        index_of(dvh, name) for name in ("D98%[Gy]", "D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "D0.035cc[Gy]")
    ]
    indices += [index_of(dvh, "Mean[Gy]"), index_of(dvh, "HI")]
    if prescription is not None:
        whole, half = (_isodose(body, dose, share * prescription) for share in (1.0, 0.5))
        indices += _conformity(dvh, prescription, whole, half)
    indices += _at_2_cm(target, dose, prescription)
    notes = []
    if n > 1 and prescription is not None:
        notes.append("the prescription isodose is shared by several targets")
    if n > 1:
        notes.append("D2cm looks at other targets too where they lie 2 cm away")
    return TargetQuality(
        structure=dvh.structure_name,
        prescription_gy=prescription,
        prescription_reason=reason,
        volume_cc=dvh.volume_cc,
        indices=tuple(indices),
        notes=tuple(notes),
    )


def index_of(dvh: DVH, name: str) -> Index:
    """Return a metric of a DVH as an index."""
    found = dvh.metric(name)
    return Index(name=found.text, value=found.value, uncertainty=found.uncertainty, reason=found.reason)


def _at_2_cm(target: Structure, dose: DoseGrid, prescription: float | None) -> list[Index]:
    """The largest dose at 2 cm or more from a target, in Gy and in % of the prescription."""
    found = maximum_beyond(target, dose, _AWAY_MM)
    in_gy = Index(
        name="D2cm[Gy]", value=found.value_gy, uncertainty=found.uncertainty_gy, reason=found.reason
    )
    if prescription is None:
        return [in_gy]
    value, uncertainty = (
        None if number is None else 100 * number / prescription
        for number in (found.value_gy, found.uncertainty_gy)
    )
    return [in_gy, Index(name="D2cm[%]", value=value, uncertainty=uncertainty, reason=found.reason)]


def _isodose(body: DVH | None, dose: DoseGrid, level_gy: float) -> _Isodose:
    """Volume of an isodose within the outline; one that reaches the edge of the grid has none."""
    if body is None:
        return _Isodose(
            volume_cc=None, uncertainty_cc=0.0, reason="there is no single body outline (EXTERNAL)"
        )
    if body.reason is not None:
        return _Isodose(volume_cc=None, uncertainty_cc=0.0, reason=body.reason)
    edge = max(
        float(np.take(dose.dose_gy, (0, -1), axis=axis).max())
        for axis in range(3)
        if dose.dose_gy.shape[axis] > 1
    )
    if edge >= level_gy and (body.uncovered_cc or 0.0) > 0:
        return _Isodose(volume_cc=None, uncertainty_cc=0.0, reason="the isodose may leave the dose grid")
    return _Isodose(
        volume_cc=float(body.volume_at_dose(level_gy)),
        uncertainty_cc=float(body.volume_uncertainty(level_gy)),
        reason=None,
    )


def _conformity(dvh: DVH, prescription: float, whole: _Isodose, half: _Isodose) -> list[Index]:
    """Indices that relate target and isodose; TV target, PIV isodose, TVPIV their common volume."""
    covered = dvh.metric(f"V{prescription:.10g}Gy[cc]")
    common = _Isodose(
        volume_cc=covered.value, uncertainty_cc=covered.uncertainty or 0.0, reason=covered.reason
    )
    target = _Isodose(volume_cc=dvh.volume_cc, uncertainty_cc=0.0, reason=dvh.reason)
    return [
        _index("coverage[%]", lambda tv, c: 100 * c / tv, target, common),
        _index("CI RTOG", lambda tv, piv: piv / tv, target, whole),
        # Paddick's index is van 't Riet's conformation number when the reference isodose is the prescription
        _index("CI Paddick", lambda tv, c, piv: c * c / (tv * piv), target, common, whole),
        _index("CN van 't Riet", lambda tv, c, piv: (c / tv) * (c / piv), target, common, whole),
        _index("selectivity", lambda c, piv: c / piv, common, whole),
        _index("gradient index", lambda piv, piv50: piv50 / piv, whole, half),
        _index("R50", lambda tv, piv50: piv50 / tv, target, half),
        _of_prescription("HI RTOG", dvh, "Max[Gy]", prescription),
        _of_prescription("quality of coverage RTOG", dvh, "Min[Gy]", prescription),
    ]


def _of_prescription(name: str, dvh: DVH, metric: str, prescription: float) -> Index:
    """A dose over the prescribed one."""
    found = dvh.metric(metric)
    value, uncertainty = (
        None if number is None else number / prescription for number in (found.value, found.uncertainty)
    )
    return Index(name=name, value=value, uncertainty=uncertainty, reason=found.reason)


def _index(name: str, formula: Callable[..., float], *volumes: _Isodose) -> Index:
    """Evaluate a formula of volumes, its uncertainty from each volume's own."""
    missing = [v.reason for v in volumes if v.volume_cc is None]
    values = [v.volume_cc or 0.0 for v in volumes]
    if missing:
        return Index(name=name, value=None, uncertainty=None, reason=missing[0] or "a volume is missing")
    try:
        value = formula(*values)
        spread = sum(
            abs(formula(*values[:i], values[i] + v.uncertainty_cc, *values[i + 1 :]) - value)
            for i, v in enumerate(volumes)
        )
    except ZeroDivisionError:
        return Index(name=name, value=None, uncertainty=None, reason="a volume it is divided by is 0")
    return Index(name=name, value=value, uncertainty=spread, reason=None)
