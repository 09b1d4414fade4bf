"""Whatever is typed or written, parsers give a value or one of the package's own errors."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bed.errors import BedError
from bed.regimen import parse_regimens
from dicom_io import Metric, read_dose, read_plan, read_registration, read_structure_set
from dicom_io.errors import DicomIoError
from dicom_io.readers import refuse_inflation
from dicom_io.readers.dataset import parse_decimals
from dicom_io.readers.elements import item_elements
from rtplan.courses import read_course_file
from rtplan.errors import RtplanError
from rtplan.interval import parse_date
from rtplan.limits import parse_limits
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import read_matrix_file

OWN = (BedError, DicomIoError, RtplanError)

NUMBERS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(["1e400", "9" * 400, "½", "٣", "1_0", "0x1", "", "-0"]),
)
WORDS = [
    "Gy",
    "cc",
    "%",
    "[",
    "]",
    "/",
    "x",
    "+",
    "-",
    "@",
    "fx",
    "D",
    "V",
    "Max",
    "<=",
    ":",
    "=",
    "Rectum",
    "5.5h",
]
PIECES = st.one_of(
    NUMBERS,
    st.sampled_from(WORDS),
    st.text(max_size=4),
)
TYPED = st.lists(PIECES, max_size=8).map("".join)


@pytest.mark.parametrize(
    "parse",
    [
        Metric.parse,
        parse_regimens,
        parse_date,
        lambda text: parse_limits([text]),
        lambda text: parse_tissues([text]),
    ],
    ids=["metric", "regimen", "date", "limit", "tissue"],
)
@given(text=TYPED)
def test_typed_words_are_read_or_refused(parse, text):
    with contextlib.suppress(*OWN):
        assert parse(text) is not None


@given(blob=st.binary(max_size=300))
def test_bytes_behind_a_preamble_are_read_or_refused(blob):
    content = bytes(128) + b"DICM" + blob
    for reader in (read_dose, read_plan, read_structure_set, read_registration):
        with pytest.raises(OWN):
            reader(content)
    with contextlib.suppress(DicomIoError):
        refuse_inflation(content)


@given(blob=st.binary(max_size=60), implicit=st.booleans(), little=st.booleans())
def test_items_of_a_sequence_are_walked_within_their_bytes(blob, implicit, little):
    try:
        found = item_elements(blob, frozenset({0x30060050}), implicit=implicit, little=little)
    except DicomIoError:
        return
    assert found is None or sum(len(v) for item in found for v in item.values()) <= len(blob)


@given(numbers=st.lists(NUMBERS, max_size=6))
def test_decimal_strings_are_finite_or_refused(numbers):
    try:
        values = parse_decimals("\\".join(numbers).encode())
    except DicomIoError:
        return
    assert all(abs(value) < float("inf") for value in values)


TOML_VALUES = st.one_of(
    NUMBERS,
    st.sampled_from(
        ['"Gy"', '"photon"', "true", "[]", "{}", "2020-01-01", '"x"', "[[1,0],[0]]", "nan", "inf"]
    ),
)
KEYS = st.sampled_from(
    ["label", "unit", "n_fractions", "modality", "organs.Rectum.Dmax", "organs.Rectum.volume_cc", "ended",
     "phases", "prescription", "maps_from", "maps_to", "axes", "matrix", "organs"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(KEYS, TOML_VALUES), max_size=8))
def test_files_typed_by_people_are_read_or_refused(tmp_path: Path, rows):
    path = tmp_path / "typed.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in rows), encoding="utf-8")
    for reader in (lambda p: read_course_file(p, role="prior", ended=None), read_matrix_file):
        told = ""
        try:
            reader(path)
        except OWN as refusal:
            told = str(refusal)
        assert str(tmp_path) not in told
