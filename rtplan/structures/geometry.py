"""Size, place and distances of a folder's structures, as drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dicom_io.objects import StructureSet
from dicom_io.shapes import StructureShape, SurfaceDistance, measure_shape, surface_distance
from dicom_io.study import TreatmentSet
from rtplan.structures.chosen import FolderChoice, one_structure_named, structures_named

__all__ = ["FolderGeometry", "GeometryQuestion", "geometry_of_folder"]


@dataclass(frozen=True, kw_only=True)
class GeometryQuestion(FolderChoice):
    """Which structures to measure, and between which.

    Attributes
    ----------
    structures : sequence of str
        Names; all structures when empty.
    between : sequence of pairs of str
        Names whose surfaces' distance is asked for.
    """

    structures: Sequence[str] = ()
    between: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderGeometry:
    """What was measured.

    Attributes
    ----------
    treatment : TreatmentSet
    structure_set : StructureSet
    shapes : tuple of StructureShape
    distances : tuple of SurfaceDistance
    findings : tuple of str
    """

    treatment: TreatmentSet
    structure_set: StructureSet
    shapes: tuple[StructureShape, ...]
    distances: tuple[SurfaceDistance, ...]
    findings: tuple[str, ...]


def geometry_of_folder(
    question: GeometryQuestion, *, progress: Callable[[str], None] = lambda _: None
) -> FolderGeometry:
    """Measure the structures of a folder; a structure set is enough.

    Parameters
    ----------
    question : GeometryQuestion
    progress : callable
        Is told what is being done.

    Returns
    -------
    FolderGeometry

    Raises
    ------
    DicomIoError
        The folder, an object or a structure is not there or is ambiguous.
    """
    progress("reading the folder")
    _, treatment = question.load(require=("structures",))
    structure_set = treatment.structure_set
    assert structure_set is not None
    structures = structures_named(structure_set, question.structures)
    pairs = [[one_structure_named(structure_set, name) for name in pair] for pair in question.between]
    progress(f"measuring {len(structures)} structures")
    shapes = tuple(measure_shape(structure) for structure in structures)
    distances = []
    for first, second in pairs:
        progress(f"measuring from {first.name} to {second.name}")
        distances.append(surface_distance(first, second))
    findings = [*structure_set.findings, *(finding for shape in shapes for finding in shape.findings)]
    return FolderGeometry(
        treatment=treatment,
        structure_set=structure_set,
        shapes=shapes,
        distances=tuple(distances),
        findings=tuple(dict.fromkeys(findings)),
    )
