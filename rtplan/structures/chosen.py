"""Which structures of a set are meant by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dicom_io import AmbiguousStudyError
from dicom_io.objects import Structure, StructureSet
from dicom_io.study import Study, TreatmentSet, load_study

__all__ = ["FolderChoice", "one_structure_named", "structures_named"]


@dataclass(frozen=True, kw_only=True)
class FolderChoice:
    """A folder, and which of its objects are meant where it holds several.

    Attributes
    ----------
    folder : Path
        Or a zip archive, or one file.
    plan, dose, structure_set : str or None
        Label, UID or their beginnings, as `dicom_io.study.Study.select` takes them.
    """

    folder: Path
    plan: str | None = None
    dose: str | None = None
    structure_set: str | None = None

    def load(self, *, require: Sequence[str] = ("dose", "structures")) -> tuple[Study, TreatmentSet]:
        """Return the whole folder and the objects that are meant."""
        study = load_study(self.folder)
        treatment = study.select(
            plan=self.plan, dose=self.dose, structure_set=self.structure_set, require=require
        )
        return study, treatment


def structures_named(structure_set: StructureSet, names: Sequence[str]) -> tuple[Structure, ...]:
    """Return the structures of these names in file order; all when none is named, all of one name.

    Raises
    ------
    NoSuchStructureError
        A name that no structure has; the message lists the names that are there.
    """
    if not names:
        return structure_set.structures
    wanted = {structure.number for name in names for structure in structure_set.all_named(name)}
    return tuple(structure for structure in structure_set.structures if structure.number in wanted)


def one_structure_named(structure_set: StructureSet, name: str) -> Structure:
    """Return the structure of a name that is used once.

    Raises
    ------
    NoSuchStructureError
        No structure has the name.
    AmbiguousStudyError
        Several have it.
    """
    same = structure_set.all_named(name)
    if len(same) > 1:
        raise AmbiguousStudyError(
            f"{len(same)} structures are named {name!r}: a distance needs one", where=name
        )
    return same[0]
