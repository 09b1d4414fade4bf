"""Writing the summed EQD2 as RTDOSE objects, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dicom_io.study import load_study
from dicom_io.writers import (
    DoseAttributes,
    ObjectHeader,
    SeriesHeader,
    content_uid,
    dose_object,
    encoded,
    header_like,
    structure_set_object,
)
from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.export.remaining_map import RemainingMap, remaining_map
from rtplan.export.sum_dose import ExportedSum, exported_sum, plan_uids
from rtplan.files import InputRecord, Originals, write_set
from rtplan.reirradiation import Reirradiation

__all__ = [
    "ExportChoice",
    "ExportedFiles",
    "MapChoice",
    "check_export",
    "export_maps",
    "export_sums",
    "exported_set",
    "map_files",
    "originals_of",
    "sum_files",
]

_NOT_PHYSICAL = "EQD2 NOT PHYSICAL"


@dataclass(frozen=True, kw_only=True)
class ExportChoice:
    """What to export.

    Attributes
    ----------
    path : Path
        Of the plain sum, ``.dcm``; further files have its name with an ending.
    alpha_beta : float or None
        None takes the one that all organs share.
    uncovered_as_zero : bool
    tag_physical : bool
        Also write a file labelled physical, for systems that ignore EFFECTIVE.
    overwrite : bool
    """

    path: Path
    alpha_beta: float | None
    uncovered_as_zero: bool
    tag_physical: bool
    overwrite: bool

    def __post_init__(self) -> None:
        if self.path.suffix.lower() != ".dcm":
            raise RtplanValueError(f"--export-dose {self.path.name!r}: a name ending in .dcm is needed")
        if not self.path.parent.is_dir():
            raise RtplanValueError(f"--export-dose {self.path.name!r}: its folder does not exist")
        if self.alpha_beta is not None:
            check_alpha_beta(self.alpha_beta, "exported sum")

    def with_ending(self, ending: str) -> Path:
        """Return the path of a file that goes with the first one."""
        return self.path.with_name(f"{self.path.stem}{ending}{self.path.suffix}")


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedFiles:
    """Files ready to be written as one set, and what each of them is, in words."""

    contents: Mapping[Path, bytes]
    said: tuple[str, ...]


def check_export(result: Reirradiation, choice: ExportChoice) -> float:
    """Return the one alpha/beta of the export; several, and nothing chosen, are refused."""
    if result.joined.reason is not None:
        raise RtplanLookupError(f"no EQD2 sum to export: {result.joined.reason}")
    if choice.alpha_beta is not None:
        return choice.alpha_beta
    ratios = {row.alpha_beta_gy for row in result.rows if row.alpha_beta_gy is not None}
    if len(ratios) != 1:
        shown = ", ".join(f"{ratio:g}" for ratio in sorted(ratios)) or "none"
        raise RtplanValueError(
            f"one file has one alpha/beta, the organs have {shown}: choose with --export-alpha-beta"
        )
    return ratios.pop()


def export_sums(result: Reirradiation, new_folders: Sequence[Path], choice: ExportChoice) -> list[str]:
    """Write every file that the choice asks for; nothing is written before all of it can be.

    Parameters
    ----------
    result : Reirradiation
    new_folders : sequence of Path
        The new course's, of whose dose files one names patient and study.
    choice : ExportChoice

    Returns
    -------
    list of str
        What was written and what it leaves out, in words.
    """
    return _written(sum_files(result, new_folders, choice), result, overwrite=choice.overwrite)


def exported_set(
    result: Reirradiation, *, sums: ExportChoice | None = None, maps: MapChoice | None = None
) -> ExportedFiles:
    """Return every file that was asked for, as one set to be written.

    Parameters
    ----------
    result : Reirradiation
    sums : ExportChoice, optional
        The EQD2 sum as a dose.
    maps : MapChoice, optional
        The dose that is left, voxel by voxel.
    """
    folders = result.new.folders
    parts = [] if sums is None else [sum_files(result, folders, sums)]
    parts += [] if maps is None else [map_files(result, folders, maps)]
    return ExportedFiles(
        contents={path: content for part in parts for path, content in part.contents.items()},
        said=tuple(line for part in parts for line in part.said),
    )


def sum_files(result: Reirradiation, new_folders: Sequence[Path], choice: ExportChoice) -> ExportedFiles:
    """Return what `export_sums` writes, without writing it."""
    alpha_beta = check_export(result, choice)
    uids = plan_uids(result)
    content = _dose_file(result, new_folders)
    recoveries = [False] if result.recovery == "none" else [False, True]
    files: dict[Path, bytes] = {}
    said: list[str] = []
    for recovered in recoveries:
        found = exported_sum(
            result,
            alpha_beta=alpha_beta,
            recovered=recovered,
            uncovered_as_zero=choice.uncovered_as_zero,
        )
        ending = "_recovered" if recovered else ""
        path = choice.with_ending(ending)
        files[path] = encoded(_effective(found, content, uids))
        said.append(
            f"{path.name}: EQD2 at alpha/beta {alpha_beta:g} Gy, recovery {found.recovery}; "
            f"left out: {found.left_out}"
        )
        if choice.tag_physical:
            tagged = choice.with_ending(f"{ending}_tagged_physical")
            files[tagged] = encoded(_tagged(found, content, uids))
            said.append(f"{tagged.name}: the same labelled physical; it must never be summed or converted")
        if found.not_covered is not None and not recovered:
            unknown = choice.with_ending("_NOT_COVERED")
            files[unknown] = encoded(_structures(found, content))
            said.append(f"{unknown.name}: where 0 Gy stands for unknown")
    return ExportedFiles(contents=files, said=tuple(said))


def originals_of(result: Reirradiation) -> Originals:
    """Return what a re-irradiation rests on: the courses' folders, and every file by its hash."""
    courses = (*result.priors, result.new)
    hashes = [source.sha256 for course in courses for source in course.inputs]
    hashes += [transform.source_sha256 for transform in result.transforms]
    return Originals.of(
        paths=[folder for course in courses for folder in course.folders],
        inputs=[InputRecord(role="input", sha256=sha256 or None) for sha256 in hashes],
    )


def _written(files: ExportedFiles, result: Reirradiation, *, overwrite: bool) -> list[str]:
    write_set(files.contents, overwrite=overwrite, originals=originals_of(result))
    return list(files.said)


@dataclass(frozen=True, kw_only=True)
class MapChoice:
    """Which maps of the remaining dose to write.

    Attributes
    ----------
    path : Path
        ``.npz``; with several numbers of fractions each file's name ends in its own, and with a recovery rule
        there is a further file for it.
    limit_eqd2_gy, alpha_beta : float
    n_fractions : tuple of int
    levels_gy : tuple of float
        Total doses that are written as structures.
    overwrite : bool
    """

    path: Path
    limit_eqd2_gy: float
    alpha_beta: float
    n_fractions: tuple[int, ...]
    levels_gy: tuple[float, ...]
    overwrite: bool

    def __post_init__(self) -> None:
        if self.path.suffix.lower() != ".npz" or not self.path.parent.is_dir():
            raise RtplanValueError(
                f"--remaining-map {self.path.name!r}: a name ending in .npz in a folder that exists"
            )
        if not 0 < self.limit_eqd2_gy < float("inf"):
            raise RtplanValueError(f"--remaining-limit {self.limit_eqd2_gy:g}: above 0 Gy is needed")
        check_alpha_beta(self.alpha_beta, "map of the remaining dose", allow_infinity=False)
        if not self.n_fractions or any(n != int(n) or n < 1 for n in self.n_fractions):
            raise RtplanValueError(
                f"dose left in {', '.join(map(str, self.n_fractions)) or 'no'} fractions: whole numbers of "
                "at least 1 are needed"
            )
        if any(not 0 < level < float("inf") for level in self.levels_gy):
            raise RtplanValueError(f"--remaining-level {min(self.levels_gy):g}: above 0 Gy is needed")

    def path_of(self, found: RemainingMap) -> Path:
        """Return the file of one map."""
        number = f"_{found.n_fractions}fx" if len(self.n_fractions) > 1 else ""
        recovered = "" if found.recovery == "none" else "_recovered"
        return self.path.with_name(f"{self.path.stem}{number}{recovered}{self.path.suffix}")


def export_maps(result: Reirradiation, new_folders: Sequence[Path], choice: MapChoice) -> list[str]:
    """Write each map as ``.npz``, and levels that are asked for as RTSTRUCT; all of them or none.

    Parameters
    ----------
    result : Reirradiation
    new_folders : sequence of Path
        The new course's, of whose dose files one names patient and study.
    choice : MapChoice

    Returns
    -------
    list of str
        What was written, in words.
    """
    return _written(map_files(result, new_folders, choice), result, overwrite=choice.overwrite)


def map_files(result: Reirradiation, new_folders: Sequence[Path], choice: MapChoice) -> ExportedFiles:
    """Return what `export_maps` writes, without writing it."""
    content = _dose_file(result, new_folders)
    files: dict[Path, bytes] = {}
    said: list[str] = []
    for n_fractions in choice.n_fractions:
        for recovered in [False] if result.recovery == "none" else [False, True]:
            found = remaining_map(
                result,
                limit_eqd2_gy=choice.limit_eqd2_gy,
                alpha_beta=choice.alpha_beta,
                n_fractions=n_fractions,
                recovered=recovered,
            )
            path = choice.path_of(found)
            files[path] = found.to_npz()
            said.append(_said_of_map(path, found))
            if choice.levels_gy:
                levels = path.with_name(f"{path.stem}_levels.dcm")
                files[levels] = encoded(_levels(found, content, choice.levels_gy))
                said.append(_said_of_map(levels, found))
    return ExportedFiles(contents=files, said=tuple(said))


def _said_of_map(path: Path, found: RemainingMap) -> str:
    recovery = "no recovery" if found.recovery == "none" else f"recovery {found.recovery} in its organs"
    return (
        f"{path.name}: dose left at a point in {found.n_fractions} fractions below "
        f"{found.limit_eqd2_gy:g} Gy EQD2 at alpha/beta {found.alpha_beta:g} Gy after the earlier courses, "
        f"{recovery}"
    )


def _levels(found: RemainingMap, content: bytes, levels_gy: Sequence[float]) -> Any:
    header = _header(
        content,
        f"REMAINING DOSE a/b {found.alpha_beta:g} limit {found.limit_eqd2_gy:g} Gy EQD2",
        f"{found.n_fractions}",
        found.recovery,
        *(f"{level:g}" for level in levels_gy),
    )
    return structure_set_object(found.levels(levels_gy), header=header, label="REMAINING")


def _dose_file(result: Reirradiation, folders: Sequence[Path]) -> bytes:
    """Return the content of a dose file of the new course."""
    uids = {i.uid for i in result.new.inputs if i.role == "dose"}
    for folder in folders:
        for entry in load_study(folder).doses:
            if entry.sop_instance_uid in uids:
                return entry.file.content()
    raise RtplanLookupError("the new course's dose file, which names patient and study, was not found")


def _header(content: bytes, description: str, *parts: str) -> ObjectHeader:
    return header_like(
        content,
        series=SeriesHeader(
            series_instance_uid=content_uid("rtplan export", description, *parts),
            number=1,
            description=description[:64],
        ),
    )


def _parts(found: ExportedSum, uids: Iterable[str]) -> list[str]:
    return [*uids, f"{found.alpha_beta:g}", found.recovery, found.left_out]


def _effective(found: ExportedSum, content: bytes, uids: tuple[str, ...]) -> Any:
    described = f"EQD2 SUM a/b {found.alpha_beta:g} Gy, recovery {found.recovery}"
    return dose_object(
        found.eqd2_gy,
        found.geometry,
        header=_header(content, described, *_parts(found, uids)),
        attributes=DoseAttributes(
            dose_type="EFFECTIVE",
            summation_type="MULTI_PLAN",
            plan_uids=uids,
            comment=described[:64],
            derivation_description=found.statement,
            image_comments=found.machine_statement[:10240],
        ),
    )


def _tagged(found: ExportedSum, content: bytes, uids: tuple[str, ...]) -> Any:
    described = f"{_NOT_PHYSICAL} a/b {found.alpha_beta:g} Gy, recovery {found.recovery}"
    return dose_object(
        found.eqd2_gy,
        found.geometry,
        header=_header(content, described, *_parts(found, uids)),
        attributes=DoseAttributes(
            dose_type="PHYSICAL",
            summation_type="MULTI_PLAN",
            plan_uids=uids,
            comment=described[:64],
            derivation_description=found.statement,
            image_comments=found.machine_statement[:10240],
            not_physical=f"EQD2 at alpha/beta {found.alpha_beta:g} Gy",
        ),
    )


def _structures(found: ExportedSum, content: bytes) -> Any:
    assert found.not_covered is not None
    return structure_set_object(
        [found.not_covered],
        header=_header(content, "NOT COVERED BY EVERY COURSE", found.left_out),
        label="NOT_COVERED",
    )
