"""A refusal as data: codes that stay, no folders, nothing of a fault's own words."""

from __future__ import annotations

import importlib
import json
import pickle
from collections.abc import Iterator

import pytest

import bed.errors
import dicom_io.errors
import rtplan.documents as door
import rtplan.errors
from bed import BedError, RegimenError
from dicom_io import DicomIoError, DicomReadError
from rtplan.documents import refusal_body, refusal_of, without_folders
from rtplan.errors import NotStatedError, RtplanError
from rtplan.files import OutputError

CODES = {
    "BedError": "not_computable",
    "BedTypeError": "kinds_mixed",
    "BedValueError": "bad_value",
    "RegimenError": "bad_regimen",
    "TissueLookupError": "no_single_tissue",
    "AmbiguousStudyError": "ambiguous_study",
    "ContradictionError": "contradiction",
    "DicomIoError": "not_possible",
    "DicomReadError": "unreadable_file",
    "DicomValueError": "bad_value",
    "FolderNotEmptyError": "output_exists",
    "MissingObjectError": "missing_object",
    "NoSuchFolderError": "no_such_folder",
    "NoSuchStructureError": "no_such_structure",
    "NoSuchFileError": "no_such_file",
    "NotStatedError": "not_stated",
    "OutputExistsError": "output_exists",
    "PackageMissingError": "needs_package",
    "RtplanContradictionError": "contradiction",
    "RtplanError": "refused",
    "RtplanLookupError": "not_found",
    "RtplanTypeError": "kinds_mixed",
    "RtplanValueError": "bad_value",
}
"""A program reads these words: one is added with its class, none is changed."""


def error_classes() -> Iterator[type[Exception]]:
    for module in (bed.errors, dicom_io.errors, rtplan.errors):
        for name in module.__all__:
            found = getattr(module, name)
            if not issubclass(found, Warning):
                yield found


def test_the_codes_of_the_error_classes_stay() -> None:
    assert {kind.__name__: kind.code for kind in error_classes()} == CODES  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [*error_classes(), OutputError], ids=lambda kind: kind.__name__)
def test_an_error_keeps_what_is_missing_between_processes(kind: type[Exception]) -> None:
    error = pickle.loads(pickle.dumps(kind("said", missing=("dose",), where="plan.dcm")))
    refusal = refusal_of(error)
    assert (refusal.message, refusal.where, refusal.missing) == ("said", "plan.dcm", ("dose",))
    assert not refusal.is_fault


def test_every_module_with_an_error_of_its_own_gives_it_a_code() -> None:
    for module in ("rtplan.limits", "rtplan.protocols", "rtplan.report.render", "rtplan.files"):
        importlib.import_module(module)

    def below(kind: type[Exception]) -> Iterator[type[Exception]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    roots = (BedError, DicomIoError, RtplanError)
    plain = [k for root in roots for k in below(root) if not k.__name__.startswith("_")]
    assert plain
    assert [k.__name__ for k in plain if k.code in ("refused", "not_possible", "not_computable")] == []  # type: ignore[attr-defined]


def test_any_other_exception_is_a_fault_whose_words_are_not_shown() -> None:
    refusal = refusal_of(KeyError("Doe^Jane"))
    assert refusal.is_fault
    assert "Doe" not in json.dumps(refusal_body(refusal))


def test_the_document_has_the_keys_that_are_promised() -> None:
    body = refusal_body(refusal_of(NotStatedError("say when", missing=("--new-starts",)), where="rtplan sum"))
    assert list(body) == ["schema", "version", "code", "message", "where", "missing"]
    assert body["missing"] == ["--new-starts"]


def test_our_own_errors_are_not_taken_for_the_systems() -> None:
    assert refusal_of(DicomReadError("no DICOM")).code == "unreadable_file"
    assert refusal_of(OutputError("the disk is full")).code == "output_failed"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("/home/Doe/plan.dcm", "plan.dcm"),
        ("../Doe/plan/", "plan"),
        ("C:\\Users\\Doe\\plan.dcm", "plan.dcm"),
        ("Doe/plan.dcm", "plan.dcm"),
        ("50.4Gy/28", "50.4Gy/28"),
        ("45 Gy/25 + 5.4 Gy/3", "45 Gy/25 + 5.4 Gy/3"),
        ("70/35", "70/35"),
        ("alpha/beta=3", "alpha/beta=3"),
        ("--new=/home/Doe/plan", "--new=plan"),
    ],
)
def test_paths_are_shown_by_their_last_part_and_regimens_whole(word: str, shown: str) -> None:
    assert without_folders(f"{word!r} is not there", [word]) == f"{shown!r} is not there"


def test_a_regimen_error_is_also_a_value_error() -> None:
    with pytest.raises(ValueError, match="in how many fractions"):
        raise RegimenError("in how many fractions", missing=("n_fractions",))


def test_no_document_has_the_name_of_its_module() -> None:
    """The door loads a module when its name is used: the module would hide the name."""
    assert not set(door._MODULES) & set(door._MODULE_OF)
    assert set(door.__all__) == set(door._MODULE_OF)
