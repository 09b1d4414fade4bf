"""Hostile folders: sound DICOM sets with seeded damage to bytes, elements, numbers, links and files.

A case is named by its seed and its index alone: `hostile_case` gives the same files for the same two numbers.
"""

from __future__ import annotations

import io
import random
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from pydicom import config, dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from dicom_io.phantom import write_phantom

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a program of its own has no pytest to say so

from synthetic import dicom_objects

__all__ = ["BASES", "Base", "Case", "hostile_case", "load_bases", "write_case"]

LARGEST_REAL_FILE = 300_000
"""Bytes; larger real files would make a run slow without adding another kind of content."""

MOST_ITEMS, MOST_VALUES = 200, 2000
"""Repeating goes no further, so that repeated repeating does not fill the machine."""

HOSTILE_NUMBERS = [
    "NaN", "nan", "inf", "-inf", "1e308", "-1e308", "1e-308", "1e400", "0", "-0", "-1", "1", "1e9", "65535",
    "65536", "2147483647", "-2147483648", "4294967295", "4294967296", "9" * 16, "9" * 400, "", " ", "1,5",
    "1.5.2", "0x10", "1e", "½", "\x00", "1\\2", "1e5", "0.1", "1e-5", "1d3", "--1", "1_000", "٣",
]  # fmt: skip
HOSTILE_TEXTS = [
    "", " ", "\x00", "\x1b[31mred\x1b[0m", "A" * 70_000, "../../etc/passwd", "/etc/passwd", "a\\b\\c", "a^b",
    "=HYPERLINK(1)", "<script>alert(1)</script>", "\u202eevil", "ÿþ", "%s%s%n", "{0}", "\n\r\t", "'; --",
]  # fmt: skip
HOSTILE_UIDS = ["", "1", "1.2.3", "0" * 64, "9" * 400, "../1.2", "1..2", "a.b", "1.2.826.0.1.100", "\x00"]
SYNTAXES = [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
    "1.2.3.4", "",
]  # fmt: skip
CHARACTER_SETS = ["ISO_IR 192", "ISO_IR 100", "ISO 2022 IR 87", "GB18030", "NONSENSE", "", "ISO_IR 13"]
VRS = [b"OB", b"OW", b"UN", b"SQ", b"DS", b"IS", b"US", b"FD", b"PN", b"UT", b"AT", b"??", b"\x00\x00"]
LENGTHS = [0, 1, 3, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]
SIZE_KEYWORDS = [
    "Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "SamplesPerPixel",
    "PixelRepresentation", "PixelSpacing", "GridFrameOffsetVector", "ImagePositionPatient",
    "ImageOrientationPatient", "DoseGridScaling", "SliceThickness", "GridDimensions", "GridResolution",
    "NumberOfContourPoints", "ContourData", "TargetPrescriptionDose", "NumberOfFractionsPlanned",
    "FrameOfReferenceTransformationMatrix",
]  # fmt: skip

Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Base:
    """A sound set of files that damage is done to.

    Attributes
    ----------
    name : str
    files : mapping of str to bytes
        By path below the case's folder.
    weight : int
        How often it is taken.
    two_courses : bool
        Whether it holds ``new``, ``prior`` and ``registration.dcm``.
    """

    name: str
    files: Mapping[str, bytes]
    weight: int = 1
    two_courses: bool = False


@dataclass(kw_only=True)
class Case:
    """A hostile folder, not written yet.

    Attributes
    ----------
    base : Base
    files : dict of str to bytes
    done : list of str
        What was done, in words.
    links : dict of str to str
        Symbolic links by path; the target ``OUTSIDE`` is a folder beside the case, out of bounds.
    archive : bytes or None
        A zip archive instead of the folder.
    """

    base: Base
    files: Files
    done: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    archive: bytes | None = None


def _small_set(made: ModuleType, syntax: str, *, course: int = 0) -> Files:
    """One course of a small patient: 8 x 9 x 10 voxels, two organs, one slice of CT, one treatment record."""
    frame, plan_uid = f"1.2.826.0.1.100.{course}", f"1.2.826.0.1.5.1111.{course}"
    stored = np.rint(4000 + 1500 * np.sin(np.arange(8 * 9 * 10)).reshape(8, 9, 10)).astype(int)
    heights = [31 + 2.5 * k for k in range(6)]
    rois = [
        made.roi(1, "Rectum", [_box(z, 8, 6) for z in heights], frame=frame),
        made.roi(2, "SpinalCord", [_box(z, 4, 3) for z in heights], frame=frame),
        made.roi(3, "PTV", [_box(z, 6, 6) for z in heights[1:4]], frame=frame),
    ]
    objects = {
        "dose.dcm": made.dose(stored, plan_uid=plan_uid, FrameOfReferenceUID=frame,
                              SOPInstanceUID=f"1.2.826.0.1.2.3333.{course}"),
        "structures.dcm": made.structure_set(rois, SOPInstanceUID=f"1.2.826.0.1.3.2222.{course}"),
        "plan.dcm": made.plan(SOPInstanceUID=plan_uid, FrameOfReferenceUID=frame,
                              ReferencedStructureSetSequence=[
                                  made.filled(ReferencedSOPInstanceUID=f"1.2.826.0.1.3.2222.{course}")]),
        "image.dcm": made.ct_slice(30 + course, FrameOfReferenceUID=frame),
        "record.dcm": made.treatment_record([1, 2, 3], plan_uid=plan_uid),
    }  # fmt: skip
    return {name: made.as_bytes(dataset, syntax) for name, dataset in objects.items()}


def _box(z: float, half_x: float, half_y: float) -> list[list[float]]:
    x, y = 2.0, -12.0
    return [
        [x - half_x, y - half_y, z],
        [x + half_x, y - half_y, z],
        [x + half_x, y + half_y, z],
        [x - half_x, y + half_y, z],
    ]


def _two_small_courses(made: ModuleType) -> Files:
    files = {}
    for course, folder in enumerate(("prior", "new")):
        for name, content in _small_set(made, "explicit", course=course).items():
            files[f"{folder}/{name}"] = content
    moved = np.eye(4)
    moved[:3, 3] = (1.0, -2.0, 0.5)
    registration = made.registration(
        [("1.2.826.0.1.100.1", [np.eye(4)]), ("1.2.826.0.1.100.0", [moved])],
        FrameOfReferenceUID="1.2.826.0.1.100.1",
    )
    return {**files, "registration.dcm": made.as_bytes(registration)}


def _phantom(case: str, folder: Path) -> Files:
    """A synthetic patient with three of its images."""
    written = write_phantom(case, folder / case)
    images = [name for name in written.files if name.startswith("CT")]
    kept = [name for name in written.files if name not in images[3:]]
    return {name: (folder / case / name).read_bytes() for name in kept}


def _real(folder: Path) -> list[Base]:
    """Small real objects, each folder one base; none where the folder is absent."""
    bases = []
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        small = [p for p in sorted(place.glob("*.[dD][cC][mM]")) if p.stat().st_size < LARGEST_REAL_FILE]
        for start in range(0, len(small), 4):
            files = {path.name: path.read_bytes() for path in small[start : start + 4]}
            bases.append(Base(name=f"{place.name} {start}", files=files))
    return bases


def load_bases(folder: Path, *, real: Path | None) -> list[Base]:
    """Return every base; phantoms are written below `folder`, real objects read from `real` where given."""
    made = dicom_objects
    bases = [
        Base(name=f"small, {syntax}", files=_small_set(made, syntax), weight=8)
        for syntax in ("explicit", "implicit", "big endian", "deflated")
    ]
    bases.append(Base(name="two small courses", files=_two_small_courses(made), weight=16, two_courses=True))
    bases.append(Base(name="sphere", files=_phantom("sphere", folder), weight=6))
    bases.append(Base(name="spine-sabr-2mm", files=_phantom("spine-sabr-2mm", folder), weight=1))
    return bases + (_real(real) if real is not None else [])


BASES = ("small", "two small courses", "sphere", "spine-sabr-2mm", "real objects")
"""What cases are made from."""


# Bytes -------------------------------------------------------------------------------------------------


def _bytes_changed(content: bytes, chance: random.Random) -> bytes:
    """Change, delete, insert, repeat or cut off bytes."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 5, 50])):
        place = chance.randrange(max(1, len(changed)))
        size = chance.choice([1, 2, 4, 8, 64, 1000])
        match chance.randrange(7):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[place : place + size]
            case 2:
                changed[place:place] = chance.randbytes(size)
            case 3:
                changed[place:place] = changed[place : place + size]
            case 4:
                changed[place : place + 4] = b"\xff\xff\xff\xff"
            case 5:
                changed[place : place + size] = bytes(len(changed[place : place + size]))
            case _:
                del changed[place:]
    return bytes(changed)


def _places(content: bytes) -> list[int]:
    """Where elements of explicit VR seem to start."""
    known = (b"DS", b"IS", b"UI", b"SQ", b"OW", b"US", b"LO", b"PN", b"CS", b"DA", b"SH", b"UL", b"OF")
    start = 132 if content[128:132] == b"DICM" else 0
    region = content[start : start + 100_000]
    return [start + k for k in range(0, len(region) - 8, 2) if region[k + 4 : k + 6] in known]


def _element_header(content: bytes, chance: random.Random) -> bytes:
    """Change the tag, the VR or the length in an element's header."""
    places = _places(content)
    if not places:
        return _bytes_changed(content, chance)
    place, changed = chance.choice(places), bytearray(content)
    match chance.randrange(4):
        case 0:
            changed[place : place + 4] = chance.choice(
                [changed[128:132], chance.randbytes(4), b"\x08\0\x18\0"]
            )
        case 1:
            changed[place + 4 : place + 6] = chance.choice(VRS)
        case 2:
            changed[place + 6 : place + 8] = struct.pack("<H", chance.choice(LENGTHS) & 0xFFFF)
        case _:
            changed[place + 8 : place + 12] = struct.pack("<L", chance.choice(LENGTHS))
    return bytes(changed)


# Elements ----------------------------------------------------------------------------------------------


def _opened(content: bytes) -> Dataset | None:
    """The data set of a file; None where earlier damage made it unreadable."""
    try:
        dataset = dcmread(io.BytesIO(content), force=True)
        for _ in dataset.iterall():  # the damage shows when values are asked for
            pass
    except Exception:
        return None
    return dataset


def _saved(dataset: Dataset, otherwise: bytes) -> bytes:
    """The bytes of a changed data set; those before where pydicom will not write it."""
    buffer = io.BytesIO()
    try:
        dataset.save_as(buffer, enforce_file_format=False)
    except Exception:
        return otherwise
    return buffer.getvalue()


def _all_elements(dataset: Dataset) -> list[tuple[Dataset, DataElement]]:
    found = []
    for element in dataset:
        found.append((dataset, element))
        if element.VR == "SQ":
            # Of long sequences the first and last items, so that no structure drowns the rest.
            items = list(element.value)
            for item in items if len(items) < 4 else [*items[:3], items[-1]]:
                found += _all_elements(item)
    return found


def _chosen(dataset: Dataset, chance: random.Random, wanted: Callable[[DataElement], bool]):
    found = [pair for pair in _all_elements(dataset) if wanted(pair[1])]
    return chance.choice(found) if found else None


def _set_raw(element: DataElement, value: str | list[str]) -> None:
    """Put text where a number was, just as a file could hold it."""
    element.VR = {"DS": "LO", "IS": "LO"}.get(element.VR, element.VR)
    element._value = value


def _rewritten_numbers(dataset: Dataset, chance: random.Random) -> str:
    """Put a hostile number into a numeric element, preferably one that declares a size."""
    sizes_only = chance.random() < 0.7
    pair = _chosen(
        dataset,
        chance,
        lambda e: (
            e.VR in ("DS", "IS", "US", "UL", "SS", "FL", "FD")
            and (not sizes_only or e.keyword in SIZE_KEYWORDS)
        ),
    )
    if pair is None:
        return "no number"
    _, element = pair
    if element.VR in ("US", "UL", "SS", "FL", "FD"):
        limits = {
            "US": [0, 1, 8, 12, 65535],
            "UL": [0, 2**32 - 1],
            "SS": [-1, -32768],
            "FL": [1e38],
            "FD": [1e308],
        }
        element._value = chance.choice(limits[element.VR])
        return f"{element.keyword} {element._value}"
    values = [str(v) for v in (element.value if element.VM > 1 else [element.value])]
    hostile = chance.choice(HOSTILE_NUMBERS) if chance.random() < 0.8 else repr(chance.uniform(-1e4, 1e4))
    match chance.randrange(5):
        case 0:
            values = [hostile] * len(values)
        case 1:
            values = (values * chance.choice([2, 3, 50]))[: max(len(values), MOST_VALUES)]
        case 2:
            values = values[: chance.randrange(len(values) + 1)]
        case _:
            values[chance.randrange(len(values))] = hostile
    _set_raw(element, values)
    return f"{element.keyword} numbers"


def _rewritten_text(dataset: Dataset, chance: random.Random) -> str:
    pair = _chosen(
        dataset, chance, lambda e: e.VR in ("LO", "SH", "PN", "CS", "ST", "LT", "DA", "UT", "DT", "TM")
    )
    if pair is None:
        return "no text"
    pair[1]._value = chance.choice(HOSTILE_TEXTS)
    return f"{pair[1].keyword} text"


def _relinked(dataset: Dataset, chance: random.Random) -> str:
    """Point a UID elsewhere: nowhere, to itself, to another object."""
    pair = _chosen(dataset, chance, lambda e: e.VR == "UI" and e.VM <= 1)
    if pair is None:
        return "no UID"
    others = [str(e.value) for _, e in _all_elements(dataset) if e.VR == "UI"]
    pair[1]._value = UID(chance.choice(others if chance.random() < 0.5 else HOSTILE_UIDS))
    return f"{pair[1].keyword} points elsewhere"


def _dropped(dataset: Dataset, chance: random.Random) -> str:
    pair = _chosen(dataset, chance, lambda e: True)
    if pair is None:
        return "nothing to drop"
    holder, element = pair
    if chance.random() < 0.3:
        element._value = Sequence([]) if element.VR == "SQ" else None
        return f"{element.keyword} emptied"
    del holder[element.tag]
    return f"{element.keyword} dropped"


def _sequence_changed(dataset: Dataset, chance: random.Random) -> str:
    """Repeat, nest, empty or retype a sequence."""
    pair = _chosen(dataset, chance, lambda e: e.VR == "SQ")
    if pair is None:
        return "no sequence"
    holder, element = pair
    items = list(element.value)
    match chance.randrange(5):
        case 0:
            element._value = Sequence((items * chance.choice([2, 3, 100]))[: max(len(items), MOST_ITEMS)])
        case 1:
            element._value = Sequence([Dataset(), *items])
        case 2:
            chance.shuffle(items)
            element._value = Sequence(items)
        case 3:
            nested = Dataset()
            for _ in range(chance.choice([3, 20])):
                outer = Dataset()
                outer.add_new(element.tag, "SQ", Sequence([nested]))
                nested = outer
            element._value = Sequence([nested])
        case _:
            holder[element.tag] = DataElement(element.tag, "LO", "no sequence")
    return f"{element.keyword} sequence"


def _character_set(dataset: Dataset, chance: random.Random) -> str:
    dataset.SpecificCharacterSet = chance.choice(CHARACTER_SETS)
    return "character set"


def _syntax_changed(dataset: Dataset, chance: random.Random) -> str:
    """State another transfer syntax than the file is written in."""
    if getattr(dataset, "file_meta", None) is None:
        return "no file meta information"
    dataset.file_meta.add_new("TransferSyntaxUID", "UI", chance.choice(SYNTAXES))
    return "transfer syntax"


_ELEMENT_CHANGES = [
    _rewritten_numbers,
    _rewritten_numbers,
    _rewritten_numbers,
    _rewritten_text,
    _relinked,
    _dropped,
    _dropped,
    _sequence_changed,
    _character_set,
]


def _elements_changed(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Change elements of the data set and write it again."""
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = _opened(content)
        if dataset is None:
            return _bytes_changed(content, chance), "bytes"
        told = []
        for _ in range(chance.choice([1, 1, 2, 4])):
            try:
                told.append(chance.choice(_ELEMENT_CHANGES)(dataset, chance))
            except Exception as error:  # pydicom refuses some values even unchecked
                told.append(f"refused by the writer ({type(error).__name__})")
        return _saved(dataset, content), ", ".join(told)


def _restated_syntax(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Overwrite the transfer syntax in the file's own bytes, so that the rest is read wrongly."""
    if content[128:132] != b"DICM":
        return _bytes_changed(content, chance), "bytes"
    place = content.find(b"\x02\x00\x10\x00UI", 132)
    if place < 0:
        return _bytes_changed(content, chance), "bytes"
    size = struct.unpack_from("<H", content, place + 6)[0]
    syntax = chance.choice(SYNTAXES).encode()[:size].ljust(size, b"\x00")
    return content[: place + 8] + syntax + content[place + 8 + size :], "transfer syntax restated"


def _nested(content: bytes, chance: random.Random) -> bytes:
    """Put sequences within sequences, to any depth, before the pixels or the end."""
    depth, tag = (
        chance.choice([50, 500, 5000]),
        chance.choice([(0x300A, 0x0070), (0x3006, 0x0039), (0x0008, 0x1140)]),
    )
    opening = struct.pack("<HH2sHL", *tag, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    closing = struct.pack("<HHL", 0xFFFE, 0xE00D, 0) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return content + opening * depth + (closing * depth if chance.random() < 0.5 else b"")


@cache
def _deflate_bomb(size: int) -> bytes:
    """A deflated data set that unpacks to hundreds of times its size."""
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(struct.pack("<HH2sHL", 8, 5, b"UT", 0, size))
    piece = b" " * 1_000_000
    for _ in range(size // len(piece)):
        body += packer.compress(piece)
    return bytes(128) + b"DICM" + meta + body + packer.flush()


# Files -------------------------------------------------------------------------------------------------


def _file_changed(case: Case, chance: random.Random) -> None:
    """Add, drop, repeat or replace whole files."""
    name = chance.choice(sorted(case.files))
    match chance.randrange(9):
        case 0:
            del case.files[name]
            case.done.append("a file dropped")
        case 1:
            case.files[f"copy of {name.replace('/', ' ')}"] = case.files[name]
            case.done.append("a file twice")
        case 2:
            case.files[name] = b""
            case.done.append("a file emptied")
        case 3:
            case.files["note.txt"] = chance.choice(
                [b"\xff\xd8\xff\xe0 JFIF", b"text", b"\x00" * 4000, b"<html>"]
            )
            case.done.append("a foreign file")
        case 4:
            other = chance.choice(sorted(case.files))
            case.files[name], case.files[other] = case.files[other], case.files[name]
            case.done.append("two files swapped")
        case 5:
            case.files[name] = case.files[name][132:]
            case.done.append("a file without its preamble")
        case 6:
            case.files[name] = _deflate_bomb(chance.choice([10_000_000, 800_000_000]))
            case.done.append("a deflate bomb")
        case 7:
            case.files[name] = _nested(case.files[name], chance)
            case.done.append("nested sequences")
        case _:
            for depth in range(chance.choice([3, 40])):
                name = f"d{depth}/{name}"
            case.files[name] = next(iter(case.files.values()))
            case.done.append("a deep folder")


def _linked(case: Case, chance: random.Random) -> None:
    """Add symbolic links: out of the folder, to nowhere, to itself, to a device."""
    target = chance.choice(
        ["OUTSIDE/secret.dcm", "OUTSIDE", "..", ".", "nowhere", "self", "/dev/zero", "/proc/self/mem", "/etc"]
    )
    name = "self" if target == "self" else f"link{chance.randrange(100)}"
    case.links[f"new/{name}" if case.base.two_courses and "new/plan.dcm" in case.files else name] = target
    case.done.append(f"a link to {target}")


_MEMBER_NAMES = [
    "../outside.dcm",
    "/tmp/absolute.dcm",
    "a/../../b.dcm",
    "C:\\x.dcm",
    "x" * 3000,
    "é\u202e.dcm",
    "..",
    "",
]


def _archived(case: Case, chance: random.Random) -> None:
    """Put the files into a zip archive, some under names that lead elsewhere."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in case.files.items():
            entry = zipfile.ZipInfo(chance.choice(_MEMBER_NAMES) if chance.random() < 0.3 else name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if chance.random() < 0.05:
                entry.external_attr = 0o120777 << 16  # a symbolic link
            archive.writestr(entry, content)
        if chance.random() < 0.05:
            archive.writestr(
                "bomb.dcm", bytes(128) + b"DICM" + bytes(chance.choice([10_000_000, 700_000_000]))
            )
    content = buffer.getvalue()
    case.archive = _bytes_changed(content, chance) if chance.random() < 0.4 else content
    case.done.append("an archive")


def hostile_case(bases: list[Base], *, seed: int, index: int) -> Case:
    """Return the case of this seed and index."""
    chance = random.Random(f"{seed}/{index}")
    base = chance.choices(bases, weights=[base.weight for base in bases])[0]
    case = Case(base=base, files=dict(base.files))
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        _one_change(case, chance)
    if not base.two_courses and chance.random() < 0.1 and case.files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # two members of one name are meant
            _archived(case, chance)
    return case


def _one_change(case: Case, chance: random.Random) -> None:
    if not case.files:
        return None
    name, kind = chance.choice(sorted(case.files)), chance.random()
    if kind < 0.55:
        case.files[name], told = _elements_changed(case.files[name], chance)
    elif kind < 0.70:
        case.files[name], told = _bytes_changed(case.files[name], chance), "bytes"
    elif kind < 0.82:
        case.files[name], told = _element_header(case.files[name], chance), "element header"
    elif kind < 0.88:
        case.files[name], told = _restated_syntax(case.files[name], chance)
    elif kind < 0.96:
        return _file_changed(case, chance)
    else:
        return _linked(case, chance)
    case.done.append(f"{name}: {told}")
    return None


def write_case(case: Case, folder: Path, *, outside: Path) -> Path:
    """Write a case below `folder` and return what a command is given: a folder or an archive."""
    if case.archive is not None:
        archive = folder / "case.zip"
        archive.write_bytes(case.archive)
        return archive
    place = folder / "case"
    place.mkdir()
    for name, content in case.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, target in case.links.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).symlink_to(target.replace("OUTSIDE", str(outside)))
    return place
