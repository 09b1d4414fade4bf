"""Classes of re-irradiation after the ESTRO/EORTC consensus, as far as numbers can decide them.

Overlap of the stated isodoses of two courses makes type 1. Without overlap the class depends on a concern for
toxicity that only the clinician can have: the candidates are listed with the cumulative doses that inform the
choice. Definitions and reporting items are read from a table with their source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from rtplan.courses import Isodose
from rtplan.files import shipped_file
from rtplan.reirradiation.organ import Joined, OrganRow
from rtplan.sums import PhysicalField

__all__ = ["RertClass", "RertItem", "classify", "rert_items"]

_CANDIDATES: Final = ("Re-irradiation type 2", "Repeat organ irradiation", "Repeat irradiation")
_CHUNK: Final = 200_000


@dataclass(frozen=True, kw_only=True)
class RertItem:
    """One definition or reporting item of the consensus.

    Attributes
    ----------
    item, text, source, url, how_verified : str
    """

    item: str
    text: str
    source: str
    url: str
    how_verified: str


@cache
def rert_items() -> tuple[RertItem, ...]:
    """Return the definitions and reporting items as shipped.

    Examples
    --------
    >>> rert_items()[0].item, rert_items()[0].text
    ('Re-irradiation type 1', 'new course with geometric overlap of irradiated volumes')
    """
    rows = [row.cells for row in shipped_file("rtplan.reirradiation.beside", "rert_definitions.csv").rows()]
    return tuple(
        RertItem(
            item=row["item"],
            text=row["definition_or_requirement"],
            source=row["source_citation"],
            url=row["url"],
            how_verified=row["how_verified"],
        )
        for row in rows
    )


@dataclass(frozen=True, kw_only=True)
class RertClass:
    """What the numbers say of the class.

    Attributes
    ----------
    decided : str or None
        ``"Re-irradiation type 1"`` where isodoses overlap; None where the clinician decides.
    candidates : tuple of str
        Classes that remain.
    overlap_cc : float or None
        Of the isodoses, for the course that overlaps most; None where it could not be measured.
    not_covered_cc : float or None
        Part of the new course's isodose that an earlier dose grid does not cover.
    isodose : str
    reason : str
        What was compared, or why it could not be.
    finding : str or None
        What the stated isodose could not be compared with; None where every course was.
    informing : tuple of str
        The cumulative doses that inform the choice.
    """

    decided: str | None
    candidates: tuple[str, ...]
    overlap_cc: float | None
    not_covered_cc: float | None
    isodose: str
    reason: str
    informing: tuple[str, ...]
    finding: str | None = None


def classify(joined: Joined, rows: Sequence[OrganRow], *, isodose: Isodose) -> RertClass:
    """Measure the overlap of the stated isodoses and say which classes remain.

    Parameters
    ----------
    joined : Joined
    rows : sequence of OrganRow
        Their sums or bounds inform the choice.
    isodose : Isodose
    """
    informing = tuple(said for row in rows if (said := _informs(row)) is not None)
    level = isodose.of_course(joined.new.course)
    if level is None:
        why = f"{joined.new.course.label} states no prescription, so {isodose} of it is no dose"
        open_class = _open(isodose, why, informing, candidates=("Re-irradiation type 1", *_CANDIDATES))
        return replace(open_class, finding=f"the isodose that was stated has no effect: {why}")
    found: list[tuple[float, float]] = []
    unknown: list[str] = []
    for prior in joined.priors:
        earlier = isodose.of_course(prior.course)
        if prior.reason is not None or earlier is None:
            unknown.append(prior.reason or f"{prior.course.label} states no prescription")
            continue
        found.append(_overlap(joined, prior.course.label, level, earlier))
    decided = _decided(isodose, found, unknown, informing)
    finding = "; ".join(unknown + ([] if decided.overlap_cc else _not_reached(joined, isodose)))
    return replace(
        decided,
        finding=f"the {isodose} isodose that was stated: {finding}" if finding else None,
    )


def _not_reached(joined: Joined, isodose: Isodose) -> list[str]:
    """Name courses of which no voxel reaches the stated isodose: it cannot overlap anything there."""
    found = []
    for one in (joined.new, *joined.priors):
        level = isodose.of_course(one.course)
        if level is None or one.reason is not None:
            continue
        if not _hot_voxels(joined.physical(one.course.label), joined, level).size:
            found.append(f"no dose of {one.course.label} on the new dose's grid reaches {level:g} Gy")
    return found


def _decided(
    isodose: Isodose, found: Sequence[tuple[float, float]], unknown: Sequence[str], informing: tuple[str, ...]
) -> RertClass:
    overlap = max((volume for volume, _ in found), default=None)
    missing = max((lost for _, lost in found), default=None)
    if overlap is not None and overlap > 0:
        return RertClass(
            decided="Re-irradiation type 1",
            candidates=("Re-irradiation type 1",),
            overlap_cc=overlap,
            not_covered_cc=missing,
            isodose=str(isodose),
            reason=f"the {isodose} isodoses of the courses overlap in {overlap:.1f} cc",
            informing=informing,
        )
    if unknown or missing:
        why = "; ".join(unknown) or f"{missing:.1f} cc of the new isodose lie outside an earlier dose grid"
        return _open(
            isodose,
            f"overlap is not excluded: {why}",
            informing,
            candidates=("Re-irradiation type 1", *_CANDIDATES),
            overlap=overlap,
            missing=missing,
        )
    why = f"the {isodose} isodoses of the courses do not overlap; the clinician decides"
    return _open(isodose, why, informing, candidates=_CANDIDATES, overlap=overlap, missing=missing)


def _open(
    isodose: Isodose,
    reason: str,
    informing: tuple[str, ...],
    *,
    candidates: tuple[str, ...],
    overlap: float | None = None,
    missing: float | None = None,
) -> RertClass:
    return RertClass(
        decided=None,
        candidates=candidates,
        overlap_cc=overlap,
        not_covered_cc=missing,
        isodose=str(isodose),
        reason=reason,
        informing=informing,
    )


def _overlap(joined: Joined, label: str, level_gy: float, earlier_gy: float) -> tuple[float, float]:
    """Volume of the new grid in both isodoses, and of what the earlier dose does not cover, cc."""
    new, earlier = joined.physical(joined.new.course.label), joined.physical(label)
    geometry = joined.geometry
    points = geometry.to_patient(
        np.stack(np.unravel_index(_hot_voxels(new, joined, level_gy), geometry.shape), axis=-1)
    )
    dose = earlier.sample(points)
    voxel_cc = geometry.frame_spacing * geometry.row_spacing * geometry.column_spacing / 1000
    return float(np.sum(dose >= earlier_gy) * voxel_cc), float(np.isnan(dose).sum() * voxel_cc)


def _hot_voxels(
    new: PhysicalField, joined: Joined, level_gy: float
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Flat indices of the new grid's voxels at or above the level."""
    geometry = joined.geometry
    found = []
    for start in range(0, int(np.prod(geometry.shape)), _CHUNK):
        flat = np.arange(start, min(start + _CHUNK, int(np.prod(geometry.shape))))
        points = geometry.to_patient(np.stack(np.unravel_index(flat, geometry.shape), axis=-1))
        found.append(flat[new.sample(points) >= level_gy])
    return np.concatenate(found)


def _informs(row: OrganRow) -> str | None:
    """One organ's cumulative dose in words; None where nothing is known."""
    value = row.voxel_sum.value
    if value is not None:
        return f"{row.name} {row.metric}: {value:.1f} Gy EQD2 in all (alpha/beta {row.alpha_beta_gy:g})"
    if row.bounds.high is not None:
        return (
            f"{row.name} {row.metric}: at most {row.bounds.high:.1f} Gy EQD2 in all "
            f"(alpha/beta {row.alpha_beta_gy:g}, without registration)"
        )
    return None
