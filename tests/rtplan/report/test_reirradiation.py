"""The re-irradiation report of every kind of earlier course: complete, honest about what is missing."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pytest

from dicom_io import load_study
from dicom_io.dvh import Metric
from rtplan.courses import (
    Course,
    Delivery,
    OrganRecord,
    course_of_records,
    course_of_regimen,
    course_of_treatments,
)
from rtplan.interval import Interval
from rtplan.limits import parse_limits
from rtplan.record import record_items, record_of
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.beside import OrganResidual
from rtplan.reirradiation.organ import parse_match, parse_tissues
from rtplan.report import Report, Table
from rtplan.report.model import Facts, Figure, Paragraph
from rtplan.report.reirradiation import reirradiation_report
from rtplan.report.reirradiation.further import residual_blocks
from rtplan.report.reirradiation.pictures import bounds_band
from rtplan.report.render import render_excel, render_html, render_pdf
from rtplan.selftest import demo_case
from rtplan.sums import RegistrationUncertainty

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
LIMITS = ("Rectum:D0.03cc[Gy]<=60", "Bladder:D0.03cc[Gy]<=200")


def new_course(sets: ModuleType, **changes: Any) -> Course:
    treatment = sets.treatment(sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0, **changes)
    return course_of_treatments([(treatment, Delivery())], role="new")


def prior_course(sets: ModuleType, role: str = "prior", at_origin: float = 40.0, **changes: Any) -> Course:
    changes.setdefault("label", f"2022-01-01 \N{HORIZONTAL ELLIPSIS}{role} 50.4 Gy")
    treatment = sets.treatment(sets.linear((-1.0, 0, 0), at_origin), n=28, prescription=50.4, **changes)
    return course_of_treatments([(treatment, Delivery())], role=role)


def solved(new: Course, priors: Sequence[Course], **options: Any) -> Reirradiation:
    return reirradiate(
        new,
        priors,
        intervals=[GAP] * len(priors),
        tissues=parse_tissues(options.pop("tissues", ["Rectum=3", "Bladder=3"])),
        limits=parse_limits(options.pop("limits", LIMITS)),
        n_fractions=(5,),
        **options,
    )


def report_of(result: Reirradiation) -> Report:
    return reirradiation_report(result, inputs=[], warnings=result.warnings, date=None)


def tables(report: Report) -> dict[str, Table]:
    blocks = [*report.summary, *(block for section in report.sections for block in section.blocks)]
    return {block.caption: block for block in blocks if isinstance(block, Table)}


def figures(report: Report) -> list[Figure]:
    return [b for section in report.sections for b in section.blocks if isinstance(b, Figure)]


def render_everywhere(report: Report) -> str:
    """Render all forms and return the page; none may fail."""
    assert render_pdf(report).startswith(b"%PDF-")
    openpyxl.load_workbook(io.BytesIO(render_excel(report)))
    return render_html(report)


def test_the_first_page_has_courses_worst_margins_and_counts(sets: ModuleType) -> None:
    report = report_of(solved(new_course(sets), [prior_course(sets)]))
    courses, worst = (block for block in report.summary if isinstance(block, Table))
    assert [row[0].text for row in courses.rows] == ["prior", "new"]
    assert [(row[0].text, row[1].text) for row in worst.rows] == [
        ("exceeds", "Rectum"),
        ("within", "Bladder"),
    ]
    margins = [row[-1].value for row in worst.rows]
    assert margins == sorted(margins, key=float)  # type: ignore[arg-type]  # none is missing
    assert report.tiles[0].value == "1 exceeds, 1 within"
    assert report.tiles[0].tone == "exceeds"
    render_everywhere(report)


def test_organs_without_a_limit_and_verdicts_beyond_the_fifth_are_named_on_the_first_page(
    sets: ModuleType,
) -> None:
    limits = [f"Rectum:D{volume}cc[Gy]<=100" for volume in (0.1, 0.2, 0.3, 0.5, 1, 2, 5)]
    report = report_of(solved(new_course(sets), [prior_course(sets)], limits=limits))
    said = [block.text for block in report.summary if isinstance(block, Paragraph)]
    assert "Summed, and no limit was stated: Bladder." in said
    _, worst = (block for block in report.summary if isinstance(block, Table))
    assert f"{len(limits) - len(worst.rows)} further on page 2." in said
    assert len(worst.rows) == 5


def test_three_planes_and_each_course_alone_are_drawn(sets: ModuleType) -> None:
    report = report_of(solved(new_course(sets), [prior_course(sets)]))
    captions = [figure.caption for figure in figures(report)]
    assert len(captions) == 4
    assert any("hottest sum" in caption for caption in captions)
    assert all(figure.svg.count("<svg") == 1 for figure in figures(report))


def test_a_paper_record_has_bounds_and_says_why_there_is_no_picture(sets: ModuleType) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse("Max[Gy]"): 51.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    report = report_of(solved(new_course(sets), [paper]))
    page = render_everywhere(report)
    assert "No picture of the sum: " in page
    (worst,) = (t for t in tables(report).values() if t.caption.startswith("Worst margins"))
    rectum = next(row for row in worst.rows if row[1].text == "Rectum")
    assert rectum[3].value is None
    assert re.fullmatch(r"\d+\.\d\d to \d+\.\d\d", rectum[4].text)


def test_a_prescription_alone_leaves_everything_open_and_named(sets: ModuleType) -> None:
    typed = course_of_regimen("50.4Gy/28", role="prior")
    report = report_of(solved(new_course(sets), [typed]))
    page = render_everywhere(report)
    assert report.tiles[0].value == "2 not evaluable"
    assert report.tiles[0].tone == "not_evaluable"
    summary = page.split("Could not be judged")[1].split("</section>")[0]
    assert "Rectum D0.03cc[Gy]" in summary
    assert "Bladder D0.03cc[Gy]" in summary


def test_three_earlier_courses_have_a_column_pair_and_a_row_each(sets: ModuleType) -> None:
    priors = [prior_course(sets, f"prior {k}", at_origin=10.0 * k) for k in (1, 2, 3)]
    report = report_of(solved(new_course(sets), priors))
    render_everywhere(report)
    found = tables(report)
    assert [row[0].text for row in found["Courses"].rows] == ["prior 1", "prior 2", "prior 3", "new"]
    cumulative = next(t for t in found.values() if t.caption.startswith("Gy; EQD2"))
    assert sum(column.endswith(": EQD2") for column in cumulative.columns) == 4


def test_recovery_and_bands_get_columns_of_their_own(sets: ModuleType) -> None:
    result = solved(
        new_course(sets),
        [prior_course(sets)],
        tissues=["Rectum=3"],
        limits=["Rectum:D0.03cc[Gy]<=60"],
        registration_uncertainty=RegistrationUncertainty(shift_mm=3.0, steps=3),
    )
    report = report_of(result)
    render_everywhere(report)
    cumulative = next(t for t in tables(report).values() if t.caption.startswith("Gy; EQD2"))
    assert {"scenario band", "ellipsoid, anywhere", "ellipsoid, in the organ"} <= set(cumulative.columns)


def test_no_limit_gives_no_verdict_section(sets: ModuleType) -> None:
    report = report_of(solved(new_course(sets), [prior_course(sets)], limits=()))
    assert "Verdicts" not in [section.title for section in report.sections]
    assert "without a verdict" in render_everywhere(report)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
        '#evil("x")',
        "x" * 300,
        "\u05de\u05e2\u05d9 $5$ _a",
        "\U0001f984",
        "a\x07b\u202e",
    ],
)
def test_a_structure_of_any_name_is_drawn_and_named(sets: ModuleType, name: str) -> None:
    organs = {name: sets.BOX["Rectum"]}
    result = solved(
        new_course(sets, organs=organs),
        [prior_course(sets, organs=organs)],
        tissues=[f"{name}=3"],
        limits=(),
    )
    report = report_of(result)
    page = render_everywhere(report)
    assert "<script>" not in page
    assert len(figures(report)) >= 3


def test_the_band_encloses_the_voxel_sum(sets: ModuleType) -> None:
    result = solved(new_course(sets), [prior_course(sets)])
    rectum = result.dvhs[0]
    band = bounds_band(result, rectum)
    assert band is not None
    low, high = band
    assert rectum.total is not None
    inner = slice(1, -1)  # at no volume and at the whole one a voxel sum is known to its own half-width only
    total = np.asarray(rectum.total.dose_at_volume(low.volume[inner]))
    assert np.all(total >= low.dose_gy[inner] - 0.2)
    assert np.all(total <= high.dose_gy[inner] + 0.2)
    assert np.all(np.diff(low.dose_gy) <= 1e-9)
    assert np.all(np.diff(high.dose_gy) <= 1e-9)


def test_the_same_answer_has_the_same_bytes_in_every_form(sets: ModuleType) -> None:
    def rendered() -> tuple[bytes, ...]:
        report = report_of(solved(new_course(sets), [prior_course(sets)]))
        return render_html(report).encode(), render_pdf(report), render_excel(report)

    first = rendered()
    time.sleep(2.1)  # zip archives count time in steps of two seconds
    assert rendered() == first


def test_a_match_by_hand_is_said(sets: ModuleType) -> None:
    result = solved(
        new_course(sets, organs={"stump": sets.BOX["Rectum"]}),
        [prior_course(sets, organs={"old": sets.BOX["Rectum"]})],
        tissues=["Rectum=3"],
        limits=(),
        matches=parse_match(["Rectum=stump,old"]),
    )
    assert "stump: chosen by hand" in render_html(report_of(result))


def test_the_least_that_is_left_is_never_what_may_be_left_at_most(sets: ModuleType) -> None:
    """Of a mean alone nothing bounds the maximum from above: what is left at least is not known."""
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse("Mean[Gy]"): 30.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    result = solved(new_course(sets), [paper], tissues=["Rectum=3"], limits=["Rectum:Max[Gy]<=90"])
    left = {one.reading: one.total_dose_gy for one in result.row("Rectum", "Max[Gy]").remaining}
    assert left["point, at least"] is None
    assert left["point, at most"] is not None
    (tile,) = (tile for tile in report_of(result).tiles if tile.label.startswith("Least left"))
    assert (tile.value, tile.note, tile.tone) == ("not known", "Rectum", "not_evaluable")


def test_the_least_that_is_left_counts_a_days_fractions_without_repair(sets: ModuleType) -> None:
    treatment = sets.treatment(sets.linear((0, 0, 0), 40.0), n=28, prescription=40.0)
    twice = course_of_treatments([(treatment, Delivery(fractions_per_day=2))], role="prior")
    result = solved(new_course(sets), [twice], tissues=["Rectum=3"], limits=["Rectum:Max[Gy]<=90"])
    left = {one.reading: one.total_dose_gy for one in result.row("Rectum", "Max[Gy]").remaining}
    (tile,) = (tile for tile in report_of(result).tiles if tile.label.startswith("Least left"))
    assert tile.value == f"{left['no repair within a day: point']:.1f} Gy in 5"
    render_everywhere(report_of(result))


def test_a_pass_by_recovery_stands_beside_the_sum_and_the_verdict_without_it(sets: ModuleType) -> None:
    plain = solved(
        new_course(sets), [prior_course(sets)], tissues=["Rectum=3"], limits=["Rectum:Mean[Gy]<=99"]
    )
    total = plain.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert total is not None
    limits = [f"Rectum:Mean[Gy]<={total - 1:.2f}"]
    found = solved(
        new_course(sets), [prior_course(sets)], tissues=["Rectum=3"], limits=limits, recovery="michigan-2019"
    )
    (worst,) = (t for t in tables(report_of(found)).values() if t.caption.startswith("Worst margins"))
    shown = dict(zip(worst.columns, worst.rows[0], strict=True))
    assert (shown["verdict"].text, shown["without recovery"].text) == ("within", "exceeds")
    assert shown["with recovery, Gy"].value == found.row("Rectum", "Mean[Gy]").with_recovery.value
    (worst,) = (t for t in tables(report_of(plain)).values() if t.caption.startswith("Worst margins"))
    assert "with recovery, Gy" not in worst.columns


def test_each_verdict_says_how_well_its_courses_are_known(sets: ModuleType) -> None:
    report = report_of(solved(new_course(sets), [prior_course(sets)]))
    (verdicts,) = (t for t in tables(report).values() if t.caption.startswith("Cumulative limits that"))
    assert {row[0].note for row in verdicts.rows} == {"DICOM with structures; registration not judged"}


def test_a_checkerboard_of_both_images_is_there_for_the_eye(two_courses: Path) -> None:
    new, prior = (
        course_of_treatments([(load_study(two_courses / name).select(), Delivery())], role=role)
        for name, role in (("second-course", "new"), ("first-course", "prior"))
    )
    transforms = [t for e in load_study(two_courses / "registration.dcm").registrations for t in e.transforms]
    result = solved(new, [prior], tissues=["Rectum=3"], limits=[], registrations=transforms)
    (fused,) = (f for f in figures(report_of(result)) if "every second square" in f.caption)
    assert fused.svg.count("<image") == 3


@pytest.mark.parametrize(
    ("registered", "said"),
    [
        ([True], "meet after the registration"),
        ([False], "meet in the frame of reference that they share, unregistered"),
        ([False, True], "after the registration or in the frame of reference that they share, unregistered"),
    ],
)
def test_contours_that_no_registration_joined_are_not_said_to_meet_after_one(
    registered: list[bool], said: str
) -> None:
    found = [OrganResidual(organ="Cord", course="prior", is_registered=each) for each in registered]
    result = SimpleNamespace(registration_quality=found, priors=found)
    (table,) = residual_blocks(result)  # type: ignore[arg-type]
    assert table.caption.endswith(said)


def test_the_record_has_its_own_page_and_what_is_missing_stands_on_page_one(two_courses: Path) -> None:
    case = demo_case(two_courses)
    result = reirradiate(case.question())
    record = record_of(case, result)
    report = reirradiation_report(result, inputs=[], warnings=[], date=None, record=record)
    (section,) = (section for section in report.sections if section.title == "Record")
    assert section.has_own_page
    shown = [row[0].text for block in section.blocks if isinstance(block, Table) for row in block.rows]
    assert shown == [item.text for item in record_items()]
    (missing,) = (b for b in report.summary if isinstance(b, Facts) and b.caption == "Missing")
    ((what, names),) = missing.items
    assert what == f"record, {len(record.missing)} of 41 items"
    assert all(entry.item.short in names for entry in record.missing)


def test_page_one_of_a_pdf_ends_with_who_prepared_checked_and_approved(
    two_courses: Path, tmp_path: Path
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    case = demo_case(two_courses)
    result = reirradiate(case.question())
    report = reirradiation_report(
        result, inputs=[], warnings=result.warnings, date=None, record=record_of(case, result)
    )
    (tmp_path / "report.pdf").write_bytes(render_pdf(report))

    def page(number: int) -> str:
        words = ["pdftotext", "-f", str(number), "-l", str(number), "-layout", "report.pdf", "-"]
        return subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    first, second = page(1), page(2)
    acts = [line.split()[0] for line in first.splitlines() if line.rstrip().endswith("date")]
    assert acts == ["prepared", "checked", "approved"]
    for words in ("Method", "Missing", "registration not judged", "SacralPlex"):
        assert words in first
    assert second.lstrip().startswith("1 Verdicts")
