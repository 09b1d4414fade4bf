"""The exit status of ``rtplan check`` says what its own verdicts say, on synthetic and on real patients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from dicom_io import DicomIoError
from dicom_io.phantom import CASES, write_phantom
from dicom_io.study import Study, load_study
from rtplan.cli import main
from rtplan.limits import load_constraint_set

SETS = ("timmerman-2021", "quantec")
FAMILIES = (
    "pelvis-two-courses", "spine-sabr-2mm", "spine-sabr-5mm-across-hfdr", "sphere", "cylinder-x", "cone-y",
    "cone-lying",
)  # fmt: skip
NOTHING = "nothing was judged"

Selection = tuple[str, ...]
"""Words that choose one plan, dose and structure set of a folder."""


def selections(study: Study) -> Iterator[Selection]:
    """Return every plan, dose and structure set of a folder that belong together."""
    plans = [plan.sop_instance_uid for plan in study.plans] or [None]
    doses = [entry.sop_instance_uid for entry in study.doses]
    structures = [entry.sop_instance_uid for entry in study.structure_sets]
    for plan, dose, drawn in product(plans, doses, structures):
        try:
            study.select(plan, dose=dose, structure_set=drawn)
        except DicomIoError:
            continue
        yield (*(("--plan", plan) if plan else ()), "--dose", dose, "--structures", drawn)


def asked(
    folder: Path, selection: Selection, constraints: str, capsys: pytest.CaptureFixture[str], file: Path
) -> tuple[int, str, dict[str, Any]]:
    """Return status, text and document of one check."""
    words = ["check", str(folder), *selection, "--constraints", constraints]
    status = main([*words, "--report", str(file), "--overwrite"])
    return status, capsys.readouterr().out, json.loads(file.read_text(encoding="utf-8"))


def status_by_verdicts(document: dict[str, Any]) -> int:
    """Return 0 where a limit was judged and everything drawn is within, and 1 anywhere else."""
    verdicts = [row["verdict"] for row in document["verdicts"] if row["state"] != "not_drawn"]
    judged = [verdict for verdict in verdicts if verdict != "not_evaluable"]
    return 0 if judged and set(judged) == {"within"} and len(judged) == len(verdicts) else 1


def organs_at_other_fractions_only(document: dict[str, Any], constraints: str) -> set[str]:
    """Return organs that have a name's match and limits, none of which is for this number of fractions."""
    limits = [c for c in load_constraint_set(constraints).constraints if c.role.is_enforced]
    stated = (document["n_fractions"], document["dose_per_fraction_gy"])
    named = {row["organ"] for row in document["names"]}
    fitting = {
        organ
        for c in limits
        if c.fractions.match(stated[0], dose_per_fraction=stated[1]).matches
        for organ in c.organs
    }
    return (named & {organ for c in limits for organ in c.organs}) - fitting


def assert_says_what_it_found(status: int, text: str, document: dict[str, Any], constraints: str) -> None:
    """Hold status and text against the document's own verdicts."""
    assert status == status_by_verdicts(document)
    judged = [row for row in document["verdicts"] if row["verdict"] not in (None, "not_evaluable")]
    assert (NOTHING in text.splitlines()) == (not judged)
    assert len(judged) == document["n_judged"]
    named_first = [row for row in document["drawn_without_limit"] if row["at_other_fractions"]]
    assert document["drawn_without_limit"][: len(named_first)] == named_first
    elsewhere = organs_at_other_fractions_only(document, constraints)
    empty = {row["organ"] for row in document["verdicts"] if "has no contours" in (row["reason"] or "")}
    assert {row["organ"] for row in named_first} == elsewhere - empty
    if named_first:
        assert status == 1
    for row in document["verdicts"]:
        assert (row["verdict"] is None) == (row["state"] == "not_drawn")


def test_every_family_of_synthetic_patients_is_here() -> None:
    assert set(FAMILIES) <= set(CASES)
    assert {name.split("-")[0] for name in CASES} == {name.split("-")[0] for name in FAMILIES}


@pytest.mark.parametrize("case", FAMILIES)
def test_a_synthetic_patient_ends_as_its_verdicts_say(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / case
    write_phantom(case, folder)
    found = list(selections(load_study(folder)))
    assert found
    for selection, constraints in product(found, SETS):
        answer = asked(folder, selection, constraints, capsys, tmp_path / "found.json")
        assert_says_what_it_found(*answer, constraints)


def test_every_real_set_ends_as_its_verdicts_say(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[int, bool, bool]] = []
    for folder in sorted(path for path in (shared_data / "dicom").iterdir() if path.is_dir()):
        try:
            found = list(selections(load_study(folder)))
        except DicomIoError:
            found = []
        if not found:
            assert main(["check", str(folder), "--constraints", SETS[0], "--json"]) == 2
            assert json.loads(capsys.readouterr().out)["schema"] == "rtplan.refusal/1"
        for selection, constraints in product(found, SETS):
            status, text, document = asked(folder, selection, constraints, capsys, tmp_path / "found.json")
            assert_says_what_it_found(status, text, document, constraints)
            elsewhere = any(row["at_other_fractions"] for row in document["drawn_without_limit"])
            seen.append((status, NOTHING in text, elsewhere))
    assert {(0, False, False), (1, True, False), (1, True, True)} <= set(seen)
