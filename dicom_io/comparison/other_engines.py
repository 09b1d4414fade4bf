"""DVH numbers of another source beside ours: stored by a planning system, or of a second engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dicom_io.dvh import DVH, DVHExport, Metric, MetricValue, StoredDVH

__all__ = ["Beside", "beside", "export_of_structures", "stored_of_structures"]

ALWAYS = ("Min[Gy]", "Mean[Gy]", "Max[Gy]")
"""Compared whatever metrics are asked for."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Our numbers of one structure and those of another source.

    Attributes
    ----------
    own_name : str
        What we call the structure.
    source : str
        Such as ``"RTDOSE"``, ``"Eclipse text"`` or ``"dicompyler-core"``.
    other_name : str
        What the other source calls the structure.
    volumes_cc : tuple of float or None
        Ours, theirs.
    metrics : mapping of str to (MetricValue, MetricValue)
        Ours, theirs.
    reason : str or None
        Why the other source has nothing for this structure.
    findings : tuple of str
        What is odd about the other numbers, or can explain a difference.
    """

    own_name: str
    source: str
    other_name: str
    volumes_cc: tuple[float | None, float | None]
    metrics: Mapping[str, tuple[MetricValue, MetricValue]]
    reason: str | None = None
    findings: tuple[str, ...] = ()

    @property
    def differences(self) -> dict[str, float | None]:
        """Ours less theirs by metric; None where one of them has no value."""
        return {text: _difference(pair) for text, pair in self.metrics.items()}

    def document(self) -> dict[str, Any]:
        """Return what ``--json`` shows of the other source."""
        return {
            "source": self.source,
            "name": self.other_name,
            "volume_cc": self.volumes_cc[1],
            "metrics": {text: _metric(theirs) for text, (_, theirs) in self.metrics.items()},
            "differences": self.differences,
            "reason": self.reason,
            "findings": list(self.findings),
        }


def beside(
    dvh: DVH,
    other: StoredDVH | None,
    metrics: Sequence[Metric],
    *,
    prescription_gy: float | None,
    source: str,
    findings: Sequence[str] = (),
) -> Beside:
    """Return our numbers and those of another source; both read relative to the same prescription."""
    asked = list(dict.fromkeys([*ALWAYS, *map(str, metrics)]))
    if other is None:
        none_there = f"{source} holds no DVH of this structure"
        return Beside(
            own_name=dvh.structure_name,
            source=source,
            other_name="",
            volumes_cc=(dvh.volume_cc, None),
            metrics={},
            reason=none_there,
        )
    return Beside(
        own_name=dvh.structure_name,
        source=other.source,
        other_name=other.structure_name,
        volumes_cc=(dvh.volume_cc, other.volume_cc),
        metrics={
            text: (
                dvh.metric(text, prescription_gy=prescription_gy),
                other.metric(text, prescription_gy=prescription_gy),
            )
            for text in asked
        },
        reason=other.reason,
        findings=(*other.findings, *findings),
    )


def stored_of_structures(stored: Sequence[StoredDVH]) -> dict[int, StoredDVH]:
    """Return the DVHs of an RT Dose by structure number; of several for one, the one that excludes least."""
    found: dict[int, StoredDVH] = {}
    for dvh in sorted(stored, key=lambda one: -len(one.excluded_numbers)):
        if dvh.structure_number is not None:
            found[dvh.structure_number] = dvh
    return found


def export_of_structures(
    export: DVHExport, names: Mapping[int, str], *, plan: str | None
) -> tuple[dict[int, StoredDVH], list[str]]:
    """Return the DVHs of a text export by structure number, and what could not be told.

    Structures are matched by exactly equal names. Where the export holds several plans, those of the plan
    of this label are taken and no other.

    Parameters
    ----------
    export : DVHExport
    names : mapping of int to str
        Names by structure number.
    plan : str or None
        Label of the plan.
    """
    labels = dict.fromkeys(dvh.plan for dvh in export.dvhs)
    if len(labels) > 1 and plan not in labels:
        return {}, [f"the DVH export holds {len(labels)} plans, none of them has the plan's label"]
    of_plan = [dvh for dvh in export.dvhs if len(labels) == 1 or dvh.plan == plan]
    warnings = list(export.findings)
    if len(labels) == 1 and plan is not None and plan not in labels:
        warnings.append("the DVH export names another plan label than the plan: is it of this plan?")
    by_name = {dvh.structure_name: dvh for dvh in of_plan}
    return {number: by_name[name] for number, name in names.items() if name in by_name}, warnings


def _metric(found: MetricValue) -> dict[str, Any]:
    return {"value": found.value, "uncertainty": found.uncertainty, "reason": found.reason}


def _difference(pair: tuple[MetricValue, MetricValue]) -> float | None:
    ours, theirs = pair
    return None if ours.value is None or theirs.value is None else ours.value - theirs.value
