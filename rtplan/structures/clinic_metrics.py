"""What a clinic's file adds to the DVHs of a folder: organs of structures, and the metrics that it limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from dicom_io.dvh import Metric
from dicom_io.objects import Structure
from rtplan.limits import Clinic
from rtplan.names import assign

__all__ = ["NO_CLINIC", "ClinicMetrics", "OrganOfClinic", "metrics_of_clinic"]


@dataclass(frozen=True, kw_only=True)
class OrganOfClinic:
    """The organ that a structure stands for.

    Attributes
    ----------
    organ : str
        Standard name.
    evidence : str
        Why the structure stands for it.
    metrics : tuple of Metric
        Of the clinic's own limits of this organ, at whatever number of fractions.
    """

    organ: str
    evidence: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class ClinicMetrics:
    """What a clinic's file says of the structures of a set.

    Attributes
    ----------
    organs : mapping of int to OrganOfClinic
        By structure number.
    findings : tuple of str
        What played no part, and why.
    """

    organs: Mapping[int, OrganOfClinic]
    findings: tuple[str, ...]


NO_CLINIC = ClinicMetrics(organs=MappingProxyType({}), findings=())
"""Where no clinic's file was given."""


def metrics_of_clinic(clinic: Clinic, structures: Sequence[Structure]) -> ClinicMetrics:
    """Return the organs that structures stand for, with the metrics that the clinic limits.

    Parameters
    ----------
    clinic : Clinic
    structures : sequence of Structure
        All of the set, in file order.
    """
    named = [(structure.number, structure.name) for structure in structures]
    assignment = assign(named, dictionary=clinic.dictionary)
    drawn = {structure.number for structure in structures if structure.is_drawn}
    organs = {
        one.number: OrganOfClinic(
            organ=one.standard, evidence=one.evidence.value, metrics=_metrics(clinic, one.standard)
        )
        for one in assignment.assigned
    }
    present = {organs[number].organ for number in drawn & organs.keys()}
    return ClinicMetrics(organs=organs, findings=(*assignment.findings, *_left_out(clinic, present)))


def _metrics(clinic: Clinic, organ: str) -> tuple[Metric, ...]:
    limits = () if clinic.limits is None else clinic.limits.constraints
    asked = [
        end
        for limit in limits
        if organ in limit.organs and limit.metric.quantity == "physical"
        for end in (limit.metric.dvh, limit.metric.span_end)
        if end is not None
    ]
    return tuple(dict.fromkeys(map(Metric.parse, asked)))


def _left_out(clinic: Clinic, drawn: Iterable[str]) -> list[str]:
    """Name the entries of the file that play no part in DVHs, or speak of organs that nobody drew."""
    present = set(drawn)
    limits = () if clinic.limits is None else clinic.limits.constraints
    absent = dict.fromkeys(limit.organ_label for limit in limits if not present & set(limit.organs))
    untold = dict.fromkeys(f"{c.organ_label} {c.metric.text}" for c in limits if c.metric.dvh is None)
    missing = [organ for organ in clinic.required_organs if organ not in present]
    idle = {
        "alpha/beta": clinic.alpha_betas,
        "cumulative limits": clinic.cumulative_limits,
        "preferred sets": clinic.preferred_sets,
    }
    unused = [name for name, entries in idle.items() if entries]
    said = {
        "not drawn, so the metrics of their limits are not shown": list(absent),
        "no DVH can tell": list(untold),
        "required, and not drawn": missing,
        "of no use to DVHs, which are of physical dose": unused,
    }
    return [f"clinic file: {why}: {', '.join(names)}" for why, names in said.items() if names]
