"""The door to pydicom: bytes to data sets, attributes to plain values, trouble to our own errors.

pydicom keeps its settings process-wide, warns through `warnings` and quotes values in its messages. Here
its settings are put back as they were, its warnings are caught, and its messages are not passed on, since
they may hold a patient's name or a path.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
from pydicom import config, dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomIoError, DicomReadError, DicomValueError
from dicom_io.readers.data_set_hash import data_set_sha256
from dicom_io.readers.inflation import may_be_deflated, refuse_inflation

__all__ = [
    "Origin",
    "Source",
    "check_class",
    "code",
    "date",
    "integer",
    "items",
    "looks_like_dicom",
    "number",
    "numbers",
    "open_dataset",
    "parse_decimals",
    "raw_sequence",
    "raw_value",
    "reading",
    "referenced_uids",
    "text",
    "texts",
    "told_code",
    "uid",
]

Source: TypeAlias = str | os.PathLike[str] | bytes | Dataset

_TERMS = frozenset({
    "CR", "CT", "DOC", "DX", "FID", "KO", "MG", "MR", "NM", "OT", "PLAN", "PR", "PT", "REG", "RF", "RTDOSE",
    "RTIMAGE", "RTINTENT", "RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SC", "SEG", "SR",
    "US", "XA", "GY", "CGY", "RELATIVE", "PERCENT", "PHYSICAL", "EFFECTIVE", "ERROR", "UNREADABLE",
})  # fmt: skip
"""Modalities, dose units and dose types (DICOM PS3.3, C.7.3.1.1.1 and C.8.8.3)."""

_ASCII_VR = frozenset({"DS", "IS", "CS", "UI", "UN"})
"""Text in one byte per character in every character set; UN where a writer found no room for the length."""

_PLAIN_VR = frozenset({"LO", "SH", "DA", "CS", "UI"})
_PLAIN = re.compile(rb"[0-9A-Za-z .:_\-\x00]+")
"""Characters that no character set changes, none that divides values."""

_META = 4096
"""Bytes within which the file meta information of honest files ends."""

_UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXEL_DATA = 0x7FE00010

_UID = re.compile(r"[0-9.]{1,80}")
_CODE = re.compile(r"[A-Z0-9_ ]{0,16}")
_DATE = re.compile(r"[0-9]{8}")


class _Mute(logging.Filter):
    """Drops every record: pydicom's log lines may quote a patient's data."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for every record."""
        return False


@contextmanager
def reading(what: str) -> Iterator[list[str]]:
    """Read inside: pydicom kept quiet, every stray exception turned into our own.

    Yields a list that, on leaving, holds what the parser found odd, in words of ours.
    """
    findings: list[str] = []
    mute = _Mute()
    config.logger.addFilter(mute)
    try:
        with warnings.catch_warnings(record=True) as caught, config.disable_value_validation():
            warnings.simplefilter("always")
            yield findings
        if caught:
            findings.append(f"{what}: the DICOM parser found {len(caught)} encoding oddities")
    except DicomIoError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise DicomReadError(f"the {what} is damaged and cannot be read ({kind} while parsing)") from None
    finally:
        config.logger.removeFilter(mute)


def looks_like_dicom(start: bytes) -> bool:
    """Return whether the first bytes of a file (at least 132) are those of a DICOM object.

    With a preamble it says so itself; without one the first element must be a plausible element of
    group 0002 or 0008 in one of the three encodings.

    Examples
    --------
    >>> looks_like_dicom(bytes(128) + b"DICM")
    True
    >>> looks_like_dicom(b"a text file, long enough to be one")
    False
    """
    if start[128:132] == b"DICM":
        return True
    if len(start) < 12:
        return False
    return _plausible_element(start, "little") or _plausible_element(start, "big")


def _plausible_element(start: bytes, order: str) -> bool:
    """Return whether a data set of this byte order may begin so."""
    little = order == "little"
    group = int.from_bytes(start[0:2], "little" if little else "big")
    element = int.from_bytes(start[2:4], "little" if little else "big")
    if group not in (0x0002, 0x0008) or element > 0x0100:
        return False
    if start[4:6].isalpha() and start[4:6].isupper():
        return True
    return little and int.from_bytes(start[4:8], "little") < 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Origin:
    """The bytes that a data set was read from.

    Attributes
    ----------
    content : bytes
        Empty for a data set that never was a file; its hashes are empty too.
    """

    content: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.content).hexdigest() if self.content else ""

    @cached_property
    def data_set_sha256(self) -> str:
        """Hash of the data set in it, see `data_set_sha256`."""
        return data_set_sha256(self.content) if self.content else ""


def open_dataset(source: Source) -> tuple[Dataset, Origin]:
    """Return the data set of a file, of bytes or as it is, with the bytes that it was read from.

    To be called within `reading`.
    """
    if isinstance(source, Dataset):
        return source, Origin(content=b"")
    content = source if isinstance(source, bytes) else _content(source)
    if not looks_like_dicom(content[:132]):
        raise DicomReadError(f"not a DICOM file ({len(content)} bytes)")
    if may_be_deflated(content[:_META]):
        refuse_inflation(content)
    dataset = dcmread(BytesIO(content), force=True)
    _check_complete(dataset)
    return dataset, Origin(content=content)


def _content(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file; the error names no path."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise DicomReadError(f"a file cannot be read: {reason}")


def _check_complete(dataset: Dataset) -> None:
    """Raise when an element holds fewer bytes than it declares: the file is cut short."""
    for element in dataset.values():
        if not isinstance(element, RawDataElement) or element.length == _UNDEFINED_LENGTH:
            continue
        held = len(element.value) if isinstance(element.value, bytes) else 0
        if held < element.length and element.tag != _PIXEL_DATA:
            raise DicomReadError(f"the file is cut short: {held} of {element.length} bytes of {element.tag}")


def check_class(dataset: Dataset, allowed: dict[str, str], *, what: str) -> None:
    """Raise unless the SOP class, or where it is missing the modality, is one of those allowed."""
    sop_class, modality = uid(dataset, "SOPClassUID"), code(dataset, "Modality")
    if sop_class in allowed or (not sop_class and modality in allowed.values()):
        return
    raise DicomReadError(f"not {what}: its modality is {told_code(modality)}")


def raw_value(dataset: Dataset, keyword: str) -> bytes | None:
    """Return the bytes of a text element as they stand in the file; None where it is absent or not raw."""
    tag = _tag(keyword)
    try:
        element: object = dataset.get_item(tag)
    except KeyError:
        return None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
        return None
    return element.value if (element.VR or _vr(tag)) in _ASCII_VR else None


def raw_sequence(dataset: Dataset, keyword: str) -> tuple[bytes, bool, bool] | None:
    """Return the bytes of a sequence not parsed yet, and whether they are implicit and little endian."""
    try:
        element: object = dataset.get_item(_tag(keyword))
    except KeyError:
        return None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
        return None
    return element.value, element.is_implicit_VR, element.is_little_endian


@cache
def _tag(keyword: str) -> BaseTag:
    return Tag(keyword)


@cache
def _vr(tag: BaseTag) -> str:
    return dictionary_VR(tag)


_MOST_DIGITS = 9
"""With more, a whole number may exceed 32 bits."""
_LARGEST_WHOLE = 2**32


def parse_decimals(blob: bytes) -> FloatArray:
    r"""Return the numbers of a decimal string, all in one call.

    Parameters
    ----------
    blob : bytes
        Numbers separated by backslashes; spaces around them are allowed.

    Returns
    -------
    ndarray, shape (numbers,)

    Raises
    ------
    DicomValueError
        When anything in it is not a number.

    Examples
    --------
    >>> parse_decimals(b"1.5\\-2\\3e1 ")
    array([ 1.5, -2. , 30. ])
    """
    blob = blob.rstrip(b" \x00")
    if not blob:
        return np.empty(0)
    try:
        with warnings.catch_warnings():
            # Older NumPy warns where newer raises on text that is no number.
            warnings.simplefilter("error", DeprecationWarning)
            values: FloatArray = np.fromstring(blob, sep="\\")
    except (ValueError, DeprecationWarning):
        values = np.empty(0)
    if values.size != blob.count(b"\\") + 1 or not np.all(np.isfinite(values)):
        raise DicomValueError("a decimal string holds something that is not a number")
    return values


def numbers(dataset: Dataset, keyword: str) -> FloatArray:
    """Return all numbers of an attribute; an empty array where it is absent or empty."""
    blob = raw_value(dataset, keyword)
    try:
        if blob is not None:
            return parse_decimals(blob)
        value = dataset.get(keyword)
        if value is None or value == "":
            return np.empty(0)
        return np.atleast_1d(np.array(value, dtype=np.float64))
    except (DicomValueError, ValueError, TypeError, OverflowError):
        pass
    raise DicomValueError(f"{keyword} holds something that is not a number")


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return the one number of an attribute; None where it is absent or empty."""
    values = numbers(dataset, keyword)
    if values.size > 1:
        raise DicomValueError(f"{keyword} has {values.size} values, one is allowed")
    return float(values[0]) if values.size else None


def integer(dataset: Dataset, keyword: str) -> int | None:
    """Return the one whole number of an attribute; None where it is absent or empty."""
    blob = raw_value(dataset, keyword)
    digits = b"" if blob is None else blob.strip(b" \x00")
    if digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return int(digits)
    value = number(dataset, keyword)
    if value is None:
        return None
    if value != round(value):
        raise DicomValueError(f"{keyword} is {value}, a whole number is needed")
    if abs(value) >= _LARGEST_WHOLE:
        raise DicomValueError(f"{keyword} is {value:.3g}: whole numbers of DICOM have at most 32 bits")
    return round(value)


def text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute as stripped text; empty where it is absent."""
    return "\\".join(texts(dataset, keyword))


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values of an attribute as stripped text; no value where it is absent."""
    plain = _plain_text(dataset, keyword)
    if plain is not None:
        return (plain.strip(" \x00"),)
    value = dataset.get(keyword)
    if value is None:
        return ()
    values = value if isinstance(value, MultiValue | list | tuple) else [value]
    return tuple(str(part).strip(" \x00") for part in values)


def _plain_text(dataset: Dataset, keyword: str) -> str | None:
    """Return text that is the same in every character set as it stands in the file; None where it is not."""
    tag = _tag(keyword)
    element: object = dataset.get_item(tag) if tag in dataset else None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
        return None
    content = element.value
    if not content or (element.VR or _vr(tag)) not in _PLAIN_VR or not _PLAIN.fullmatch(content):
        return None
    return content.decode("ascii")


def uid(dataset: Dataset, keyword: str) -> str:
    """Return a UID; empty where it is absent or a word such as UNKNOWN.

    What has other characters than a UID stands as a hash: it can still be compared, and if damage has put
    a patient's name there it is not shown.
    """
    blob = raw_value(dataset, keyword)
    value = text(dataset, keyword) if blob is None else blob.decode("latin-1").strip(" \x00")
    if _UID.fullmatch(value):
        return value
    if not any(character.isdigit() for character in value):
        return ""
    return f"odd-{hashlib.sha256(value.encode()).hexdigest()[:12]}"


def code(dataset: Dataset, keyword: str) -> str:
    """Return a code string in capitals; empty where it is absent, ``UNREADABLE`` where it cannot be one."""
    blob = raw_value(dataset, keyword)
    value = text(dataset, keyword) if blob is None else blob.decode("latin-1").strip(" \x00")
    value = value.upper()
    return value if _CODE.fullmatch(value) else "UNREADABLE"


def told_code(value: str) -> str:
    """Return a code string as a message may show it: damage can put a name where a defined term belongs."""
    if not value:
        return "not given"
    return value if value in _TERMS else "no defined term"


def date(dataset: Dataset, *keywords: str) -> str:
    """Return the first date (YYYYMMDD) of some attributes; empty where there is none that is one."""
    return next((day for keyword in keywords if _DATE.fullmatch(day := text(dataset, keyword))), "")


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; none where it is absent."""
    value = dataset.get(keyword)
    if value is None:
        return ()
    if not hasattr(value, "__iter__") or isinstance(value, str | bytes):
        raise DicomReadError(f"{keyword} is no sequence")
    return tuple(value)


def referenced_uids(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the SOP instance UIDs that the items of a sequence refer to, empty ones left out."""
    found = (uid(item, "ReferencedSOPInstanceUID") for item in items(dataset, keyword))
    return tuple(value for value in found if value)
