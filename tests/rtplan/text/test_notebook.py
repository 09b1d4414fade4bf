"""What a notebook shows: a short line, a table that escapes everything, and a pandas frame."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import Regimen, parse_regimens
from dicom_io import GridField, Metric, compute_dvh, load_study
from dicom_io.phantom import write_phantom
from rtplan import (
    Delivery,
    Interval,
    check_plan,
    course_of_records,
    course_of_treatments,
    load_constraint_set,
    parse_limits,
    parse_tissues,
    reirradiate,
    sum_courses,
)
from rtplan.courses import OrganRecord
from rtplan.text import frame_of, table_html

SCRIPT = "<script>alert(1)</script>"


def one_of_each(folder: Path) -> dict[str, Any]:
    """A result of every kind, of the two-course patient."""
    treatment = load_study(folder / "second-course").select()
    new = course_of_treatments([(treatment, Delivery())], role="new")
    paper = course_of_records(
        [OrganRecord(name="Bladder", doses_gy={Metric.parse("Max[Gy]"): 51.0})],
        role="prior",
        label=SCRIPT,
        n_fractions=28,
        modality="photon",
    )
    return {
        "check": check_plan(treatment, load_constraint_set("timmerman-2021")),
        "constraints": load_constraint_set("timmerman-2021"),
        "reirradiation": reirradiate(
            new,
            [paper],
            intervals=[Interval(ended=date(2019, 5, 1), starts=date(2024, 2, 12))],
            tissues=parse_tissues(["Bladder=3"]),
            limits=parse_limits(["Bladder:D0.03cc[Gy]<=85"]),
        ),
        "point sum": sum_courses(["50.4Gy/28", "30Gy/5"], alpha_betas=[3, 10], limits_eqd2_gy=[90]),
    }


@pytest.fixture(scope="module")
def results(two_courses: Path) -> dict[str, Any]:
    return one_of_each(two_courses)


KINDS = ("check", "constraints", "reirradiation", "point sum")


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_is_short(kind: str, results: dict[str, Any]) -> None:
    shown = repr(results[kind])
    assert len(shown) < 300
    assert "\n" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_the_frame_has_a_row_for_each_record(kind: str, results: dict[str, Any]) -> None:
    records = results[kind].records()
    frame = results[kind].to_frame()
    assert records
    assert list(frame.columns) == list(records[0])
    assert len(frame) == len(records)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_a_row_for_each_record_and_no_markup_of_its_contents(
    kind: str, results: dict[str, Any]
) -> None:
    shown = results[kind]._repr_html_()
    assert shown.count("<tr>") == 1 + len(results[kind].records())
    assert "<script" not in shown


def test_a_label_that_looks_like_markup_is_shown_as_text(results: dict[str, Any]) -> None:
    assert "&lt;script&gt;" in results["reirradiation"]._repr_html_()


def test_what_cannot_be_computed_is_no_number_in_frame_or_table(results: dict[str, Any]) -> None:
    row = results["reirradiation"].to_frame().iloc[0]
    assert row["verdict"] is not None
    assert row["voxel_sum_gy"] is None or row["voxel_sum_gy"] != row["voxel_sum_gy"]
    assert "<td>–</td>" in results["reirradiation"]._repr_html_()


def test_verdicts_stand_in_the_line_of_a_check(results: dict[str, Any]) -> None:
    frame = results["check"].to_frame()
    assert f"{(frame['verdict'] == 'within').sum()} within" in repr(results["check"])
    assert f"{(frame['state'] == 'not_drawn').sum()} not_drawn" in repr(results["check"])


def test_a_dvh_shows_itself(tmp_path: Path) -> None:
    write_phantom("sphere", tmp_path / "sphere")
    chosen = load_study(tmp_path / "sphere").select()
    assert chosen.structure_set is not None
    assert chosen.dose is not None
    dvh = compute_dvh(chosen.structure_set.named("Sphere"), GridField.of(chosen.dose))
    assert repr(dvh).startswith("DVH of Sphere: 7.2")
    assert "<th>volume</th>" in dvh._repr_html_()
    assert list(dvh.to_frame().columns) == ["dose_gy", "volume_cc", "volume_percent"]


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Regimen.parse("50.4Gy/28"), "<b>50.4Gy/28</b>: 28 × 1.8 Gy"),
        (
            parse_regimens("45Gy/25 + 5.4Gy/3").regimens[0],
            "<b>45Gy/25</b>: 25 × 1.8 Gy + <b>5.4Gy/3</b>: 3 × 1.8 Gy",
        ),
        (EQD2(gy=48.4, alpha_beta=3), "<code>EQD2(48.4 Gy, alpha/beta 3 Gy)</code>"),
        (BED(gy=80, alpha_beta=3), "<code>BED(80 Gy, alpha/beta 3 Gy)</code>"),
        (PhysicalDose(gy=50), "<code>PhysicalDose(50 Gy)</code>"),
    ],
)
def test_regimens_and_quantities_show_themselves_without_pandas(thing: Any, shown: str) -> None:
    assert thing._repr_html_() == shown


def test_everything_in_a_table_is_escaped() -> None:
    shown = table_html(SCRIPT, [SCRIPT], [[SCRIPT], [None]], notes=[SCRIPT])
    assert shown.count("&lt;script&gt;") == 4
    assert "<script" not in shown
    assert "<td></td>" in shown


def test_records_become_a_frame() -> None:
    frame = frame_of([{"organ": "Bladder", "eqd2_gy": 48.4}, {"organ": "Rectum", "eqd2_gy": None}])
    assert list(frame["organ"]) == ["Bladder", "Rectum"]
    assert frame["eqd2_gy"].isna().tolist() == [False, True]
