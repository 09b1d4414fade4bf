"""Planning risk volumes: made from the organ with a stated margin, held against the drawn one, and where
they overlap a target.

The margin is the user's; nothing here chooses one. A made volume stands for the planning risk volume of that
margin (``SpinalCord_PRV03``) and for nothing else, and only where none is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dicom_io.contours import SlabStack
from dicom_io.dvh import DVH, MetricValue, compute_dvh
from dicom_io.objects import DoseGrid, GridField, Structure
from dicom_io.shapes import LARGEST_MARGIN_MM, Derived, common_part, expand_structure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import (
    Assigned,
    Assignment,
    Evidence,
    drawn_targets,
    near_names,
    split_side,
    structure_names,
)

__all__ = ["RiskMargin", "RiskVolume", "TargetOverlap", "make_risk_volumes"]

DEFAULT_ORGAN: Final = "SpinalCord"
"""The organ that a margin without a name is for: the command is about the cord."""

_NEAR_MAXIMA: Final = ("Max[Gy]", "D0.03cc[Gy]", "D0.035cc[Gy]", "D0.1cc[Gy]", "D2%[Gy]")
_ROUGH: Final = 0.05
"""A drawn volume that lacks less than this part is rounded, drawn on pixels or ends half a slice earlier."""
_OVERLAP_DOSES: Final = ("Min[Gy]", "Mean[Gy]", "Max[Gy]")


@dataclass(frozen=True, kw_only=True)
class RiskMargin:
    """A margin that was asked for.

    Attributes
    ----------
    organ : str
        Standard name.
    margin_mm : float

    Examples
    --------
    >>> RiskMargin.parse("3").name
    'SpinalCord_PRV03'
    >>> RiskMargin.parse("CaudaEquina=2.5").name
    'CaudaEquina + 2.5 mm'
    """

    organ: str
    margin_mm: float

    def __post_init__(self) -> None:
        if structure_names().standard_of(self.organ) != self.organ or "PRV" in self.organ:
            near = ", ".join(near_names(self.organ, structure_names().standards)) or "none is alike"
            raise RtplanLookupError(f"{self.organ!r} is no standard name of an organ; near names: {near}")
        if not 0 < self.margin_mm <= LARGEST_MARGIN_MM:
            raise RtplanValueError(
                f"margin {self.margin_mm:g} mm: more than 0 and at most {LARGEST_MARGIN_MM:g} mm is allowed; "
                "did you pass another unit?"
            )

    @classmethod
    def parse(cls, text: str) -> RiskMargin:
        """Read ``MM`` for the spinal cord, or ``ORGAN=MM``."""
        organ, sign, margin = text.rpartition("=")
        try:
            return cls(organ=organ.strip() if sign else DEFAULT_ORGAN, margin_mm=float(margin))
        except ValueError as why:
            if isinstance(why, RtplanValueError):
                raise
            raise RtplanValueError(
                f"{text!r} is no margin; write a number of mm for the spinal cord, or ORGAN=MM"
            ) from None

    @property
    def standard(self) -> str | None:
        """The standard name of the planning risk volume; None where the margin is no whole number of mm."""
        if self.margin_mm != round(self.margin_mm):
            return None
        side = split_side(self.organ)[1]
        stem = self.organ.removesuffix(f"_{side}") if side else self.organ
        return f"{stem}_PRV{self.margin_mm:02.0f}{f'_{side}' if side else ''}"

    @property
    def name(self) -> str:
        """The standard name, or the organ and the margin."""
        return self.standard or f"{self.organ} + {self.margin_mm:g} mm"


@dataclass(frozen=True, kw_only=True)
class TargetOverlap:
    """Where a planning risk volume and a target overlap.

    Attributes
    ----------
    target : str
    volume_cc : float or None
    doses : tuple of MetricValue
        Smallest, mean and largest dose of the common part; empty where there is none.
    reason : str or None
        Why there is no common part.
    """

    target: str
    volume_cc: float | None
    doses: tuple[MetricValue, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class RiskVolume:
    """A planning risk volume as made.

    Attributes
    ----------
    margin : RiskMargin
    organ_structure : str or None
        The structure it was made from.
    name : str
    volume_cc : float or None
    reach_mm : (float, float) or None
        How far it reaches beyond the organ's last plane: nobody drew in between.
    metrics : tuple of MetricValue
    overlaps : tuple of TargetOverlap
        One for each PTV.
    drawn : str or None
        The structure that was drawn for the same margin; it is the one that limits are judged by.
    missed_cc, beyond_cc : float or None
        What the drawn one lacks of the made one, and what it has in addition.
    notes : tuple of str
    reason : str or None
        Why nothing could be made.
    structure : Structure or None
    dvh : DVH or None
    """

    margin: RiskMargin
    organ_structure: str | None
    name: str
    volume_cc: float | None = None
    reach_mm: tuple[float, float] | None = None
    metrics: tuple[MetricValue, ...] = ()
    overlaps: tuple[TargetOverlap, ...] = ()
    drawn: str | None = None
    missed_cc: float | None = None
    beyond_cc: float | None = None
    notes: tuple[str, ...] = ()
    reason: str | None = None
    structure: Structure | None = None
    dvh: DVH | None = None

    @property
    def findings(self) -> tuple[str, ...]:
        """What a person must know: nothing made, or a drawn volume that lacks part of the made one."""
        if self.reason is not None:
            return (f"{self.name} could not be made: {self.reason}",)
        if self.drawn is None or self.missed_cc is None or self.volume_cc is None:
            return ()
        if self.missed_cc <= _ROUGH * self.volume_cc:
            return ()
        return (
            f"{self.drawn!r} lacks {self.missed_cc:.2f} cc of {self.organ_structure!r} with "
            f"{self.margin.margin_mm:g} mm in all directions ({self.volume_cc:.2f} cc)",
        )

    @property
    def assigned(self) -> Assigned | None:
        """What it stands for, where limits are to be judged by it."""
        if self.structure is None or self.drawn is not None or self.margin.standard is None:
            return None
        return Assigned(
            number=self.structure.number,
            written=self.name,
            standard=self.margin.standard,
            evidence=Evidence.MADE,
        )


def make_risk_volumes(
    structures: Sequence[Structure],
    assignment: Assignment,
    dose: DoseGrid,
    *,
    margins: Sequence[RiskMargin],
) -> tuple[RiskVolume, ...]:
    """Make the planning risk volumes that were asked for.

    Parameters
    ----------
    structures : sequence of Structure
    assignment : Assignment
        Which structures stand for which organs; the organ of a margin must be exactly one.
    dose : DoseGrid
    margins : sequence of RiskMargin

    Returns
    -------
    tuple of RiskVolume
        One for each margin, with the reason where nothing could be made.
    """
    first = max((s.number for s in structures), default=0) + 1
    return tuple(
        _made(margin, structures, assignment, dose, number=first + place)
        for place, margin in enumerate(dict.fromkeys(margins))
    )


def _made(
    margin: RiskMargin,
    structures: Sequence[Structure],
    assignment: Assignment,
    dose: DoseGrid,
    *,
    number: int,
) -> RiskVolume:
    """Make one, or say why not."""
    assigned = assignment.of(margin.organ)
    if len(assigned) != 1:
        listed = ", ".join(repr(a.written) for a in assigned)
        reason = f"{len(assigned)} structures stand for {margin.organ}: {listed}; choose one"
        if not assigned:
            reason = f"no structure stands for {margin.organ}"
        return RiskVolume(margin=margin, organ_structure=None, name=margin.name, reason=reason)
    organ = next(s for s in structures if s.number == assigned[0].number)
    made = expand_structure(organ, margin.margin_mm, number=number, name=margin.name)
    if made.structure is None:
        return RiskVolume(margin=margin, organ_structure=organ.name, name=margin.name, reason=made.reason)
    field = GridField.of(dose)
    dvh = compute_dvh(made.structure, field)
    drawn = _drawn(margin, structures, assignment)
    missed, beyond = _difference(made, drawn)
    return RiskVolume(
        margin=margin,
        organ_structure=organ.name,
        name=margin.name,
        volume_cc=made.volume_cc,
        reach_mm=made.reach_mm,
        metrics=tuple(dvh.metric(metric) for metric in _NEAR_MAXIMA),
        overlaps=tuple(_overlap(made.structure, target, field) for target in _targets(structures)),
        drawn=drawn.name if drawn else None,
        missed_cc=missed,
        beyond_cc=beyond,
        notes=tuple(_notes(organ, made, margin)),
        structure=made.structure,
        dvh=dvh,
    )


def _targets(structures: Sequence[Structure]) -> list[Structure]:
    return [s for s, _ in drawn_targets(structures, "PTV")]


def _drawn(margin: RiskMargin, structures: Sequence[Structure], assignment: Assignment) -> Structure | None:
    """The one structure that was drawn for the same organ and margin."""
    assigned = assignment.of(margin.standard) if margin.standard else ()
    found = [s for a in assigned for s in structures if s.number == a.number and s.contours]
    return found[0] if found else None


def _difference(made: Derived, drawn: Structure | None) -> tuple[float | None, float | None]:
    """What a drawn volume lacks of the made one, and has in addition, cc."""
    if drawn is None or made.structure is None or made.volume_cc is None:
        return None, None
    stack = SlabStack.of(drawn)
    whole = None if stack.reason else stack.volume_cc
    shared = common_part(made.structure, drawn, number=made.structure.number, name="common")
    if whole is None or (shared.volume_cc is None and shared.reason != "they share no volume"):
        return None, None
    common = shared.volume_cc or 0.0
    return max(0.0, made.volume_cc - common), max(0.0, whole - common)


def _overlap(made: Structure, target: Structure, field: GridField) -> TargetOverlap:
    """The common part of a made volume and a target, with its doses."""
    shared = common_part(made, target, number=made.number, name=f"{made.name} in {target.name}")
    if shared.structure is None:
        is_nothing = shared.reason == "they share no volume"
        return TargetOverlap(target=target.name, volume_cc=0.0 if is_nothing else None, reason=shared.reason)
    dvh = compute_dvh(shared.structure, field)
    return TargetOverlap(
        target=target.name,
        volume_cc=shared.volume_cc,
        doses=tuple(dvh.metric(metric) for metric in _OVERLAP_DOSES),
    )


def _notes(organ: Structure, made: Derived, margin: RiskMargin) -> list[str]:
    """How the volume was made."""
    assert made.reach_mm is not None
    low, high = made.reach_mm
    found = [
        f"made from {organ.name!r}: {margin.margin_mm:g} mm in all directions, exact to 0.1 mm in plane; "
        f"across planes it ends {low:g} to {high:g} mm beyond the last one drawn"
    ]
    if margin.standard is None:
        found.append(f"no standard name has a margin of {margin.margin_mm:g} mm: no limit is judged by it")
    return found
