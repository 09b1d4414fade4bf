"""Every file of a folder with what it is, for who compares files instead of reading a treatment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from dicom_io.readers import reading, referenced_uids
from dicom_io.study.files import StoredFile, stored_files
from dicom_io.study.index import index_files

__all__ = ["ListedFile", "list_files"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ListedFile:
    """One file.

    Attributes
    ----------
    kind : str
        ``"plan"``, ``"structures"``, ``"dose"``, ``"registration"``, ``"record"`` or ``"image"``; empty for
        a file that is none of these, a copy of another or damaged.
    uid : str
        SOP instance UID; empty for a file without a kind.
    plan_uids : tuple of str
        Plans that it refers to.
    file : StoredFile
    """

    kind: str
    uid: str
    plan_uids: tuple[str, ...]
    file: StoredFile = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hash of the file."""
        return self.file.sha256

    @property
    def data_set_sha256(self) -> str:
        """Hash of the data set in it; empty where it is none."""
        return self.file.data_set_sha256


def list_files(location: str | os.PathLike[str]) -> tuple[ListedFile, ...]:
    """Return the files of a folder, of a zip archive, or the one file that is named; only headers are read.

    Parameters
    ----------
    location : path

    Raises
    ------
    NoSuchFolderError
        Nothing is there.
    """
    files = stored_files(location)
    found = {item.file.position: item for item in index_files(files).found}
    listed = []
    for file in files:
        item = found.get(file.position)
        if item is None:
            listed.append(ListedFile(kind="", uid="", plan_uids=(), file=file))
            continue
        with reading(f"header of {file.name}"):
            plans = referenced_uids(item.header, "ReferencedRTPlanSequence")
        listed.append(ListedFile(kind=item.kind, uid=item.uid, plan_uids=plans, file=file))
    return tuple(listed)
