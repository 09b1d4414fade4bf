"""Synthetic patients with errors planted in their files: otherwise good data, to see a guard act."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydicom import config
from pydicom.dataset import Dataset

from dicom_io.errors import DicomValueError
from dicom_io.phantom.cases import build_case
from dicom_io.phantom.write import case_objects
from dicom_io.writers import save

__all__ = ["write_planted"]

_STEP = re.compile(r"(\w+)(?:\[(\d+|\*)\])?")


def write_planted(
    case: str, folder: Path, *, changes: Mapping[str, Mapping[str, Any]], images: int = 3
) -> None:
    """Write a synthetic patient with some attributes changed, and few of its images.

    Parameters
    ----------
    case : str
        A name of `CASES`.
    folder : Path
        Made when it is not there; files of the same names are replaced.
    changes : mapping of str to mapping
        By file name what to change: attribute keyword to value, None to leave the attribute out, a list of
        mappings for a sequence. Items of sequences are reached by ``"BeamSequence[0].RadiationType"``, all
        of them by ``[*]``.
    images : int
        How many images are written for each course.

    Raises
    ------
    DicomValueError
        When a file or a sequence item that should be changed is not there.

    Examples
    --------
    >>> import tempfile
    >>> from dicom_io import load_study
    >>> with tempfile.TemporaryDirectory() as name:
    ...     write_planted("sphere", Path(name), changes={"RTDOSE.dcm": {"DoseUnits": "RELATIVE"}})
    ...     load_study(name).select()
    Traceback (most recent call last):
    dicom_io.errors.MissingObjectError: ... dose is RELATIVE, not in Gy: ...
    """
    objects = case_objects(build_case(case))
    unknown = sorted(set(changes) - set(objects))
    if unknown:
        raise DicomValueError(f"{case} has no file {', '.join(unknown)}")
    for name, dataset in objects.items():
        if _is_further_image(name, images):
            continue
        for path, value in changes.get(name, {}).items():
            _change(dataset, path, value)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        save(dataset, folder / name, overwrite=True)


def _is_further_image(name: str, images: int) -> bool:
    found = re.search(r"CT\.(\d+)\.dcm$", name)
    return found is not None and int(found[1]) > images


def _change(dataset: Dataset, path: str, value: Any) -> None:
    """Set or delete one attribute, in every item that the path reaches."""
    *steps, keyword = path.split(".")
    for holder in _reached(dataset, steps):
        with config.disable_value_validation():
            if value is not None:
                setattr(holder, keyword, _as_element_value(value))
            elif keyword in holder:
                delattr(holder, keyword)


def _as_element_value(value: Any) -> Any:
    """Return items of a sequence as data sets, other values as they are."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return value
    items = []
    for attributes in value:
        item = Dataset()
        for keyword, one in attributes.items():
            setattr(item, keyword, one)
        items.append(item)
    return items


def _reached(dataset: Dataset, steps: list[str]) -> Iterator[Dataset]:
    if not steps:
        yield dataset
        return
    found = _STEP.fullmatch(steps[0])
    items = None if found is None else dataset.get(found[1])
    if found is None or not items:
        raise DicomValueError(f"no sequence {steps[0]} to change")
    for item in items if found[2] == "*" else [items[int(found[2] or 0)]]:
        yield from _reached(item, steps[1:])
