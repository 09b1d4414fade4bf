"""Metrics of the tables, turned into what a DVH is asked for."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits import PublishedMetric


@pytest.mark.parametrize(
    ("text", "unit", "dvh"),
    [
        ("D0.035cc", "Gy", "D0.035cc[Gy]"),
        ("D5cc", "Gy", "D5cc[Gy]"),
        ("D10%", "Gy", "D10%[Gy]"),
        ("D66.7%", "Gy", "D66.7%[Gy]"),
        ("D100%", "Gy", "D100%[Gy]"),
        ("V20Gy", "%", "V20Gy[%]"),
        ("V46.5Gy", "cc", "V46.5Gy[cc]"),
        ("CV(700cc)", "Gy", "DC700cc[Gy]"),
        ("Dmax", "Gy", "Max[Gy]"),
        ("Dmean", "Gy", "Mean[Gy]"),
        ("Dmin", "Gy", "Min[Gy]"),
        ("Dmedian", "Gy", "Median[Gy]"),
    ],
)
def test_a_metric_of_one_plan_is_a_dvh_metric(text: str, unit: str, dvh: str) -> None:
    found = PublishedMetric.parse(text, unit=unit)
    assert (found.dvh, found.courses, found.quantity) == (dvh, "this course", "physical")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("D(2cm length)", "length"),
        ("D(<<1cc)", "not a number"),
    ],
)
def test_a_metric_that_no_dvh_can_tell_says_why(text: str, words: str) -> None:
    found = PublishedMetric.parse(text, unit="Gy")
    assert found.dvh is None
    assert words in (found.reason or "")


@pytest.mark.parametrize(
    ("text", "unit", "dvh", "quantity", "courses"),
    [
        ("Dmax cumulative EQD2", "Gy EQD2", "Max[Gy]", "EQD2", "cumulative"),
        ("D0.1cc cumulative EQD2", "Gy EQD2", "D0.1cc[Gy]", "EQD2", "cumulative"),
        ("V40Gy cumulative EQD2", "%", "V40Gy[%]", "EQD2", "cumulative"),
        ("D1cc cumulative physical", "Gy", "D1cc[Gy]", "physical", "cumulative"),
        ("Dmax SBRT course EQD2", "Gy EQD2", "Max[Gy]", "EQD2", "this course"),
        ("D2cc EQD2", "Gy EQD2", "D2cc[Gy]", "EQD2", "cumulative"),
        ("ratio SBRT EQD2 / cumulative EQD2", "ratio", None, "EQD2", "cumulative"),
        ("BED each course", "Gy BED", None, "BED", "cumulative"),
        ("interval between courses", "months", None, "EQD2", "cumulative"),
    ],
)
def test_a_test_over_several_courses_keeps_its_quantity(
    text: str, unit: str, dvh: str | None, quantity: str, courses: str
) -> None:
    found = PublishedMetric.parse(text, unit=unit)
    assert (found.dvh, found.quantity, found.courses) == (dvh, quantity, courses)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("V20Gy", "Gy"),
        ("D5cc", "cc"),
        ("D1-10cc", "%"),
        ("D0.03cc[Gy]", "%"),
        ("V20Gy[cc]", "%"),
        ("V2000Gy", "%"),
        ("V0Gy", "%"),
        ("D5", "Gy"),
        ("V20", "%"),
        ("means", "Gy"),
        ("CV(700)", "Gy"),
        ("", "Gy"),
    ],
)
def test_a_metric_or_unit_that_tables_do_not_use_is_refused(text: str, unit: str) -> None:
    with pytest.raises(RtplanValueError):
        PublishedMetric.parse(text, unit=unit)


def test_a_critical_volume_can_be_a_third_of_the_organ() -> None:
    assert PublishedMetric.parse("CV(700cc)", unit="Gy").with_volume(800.5).dvh == "DC800.5cc[Gy]"
    with pytest.raises(RtplanValueError, match="no critical volume"):
        PublishedMetric.parse("D5cc", unit="Gy").with_volume(800)


def test_a_span_of_volumes_asks_at_both_ends() -> None:
    span = PublishedMetric.parse("D60-70%", unit="Gy")
    assert (span.dvh, span.span_end, span.reason) == ("D60%[Gy]", "D70%[Gy]", None)
    with pytest.raises(RtplanValueError, match="ascend"):
        PublishedMetric.parse("D10-1cc", unit="Gy")
    with pytest.raises(RtplanValueError, match="measured in Gy"):
        PublishedMetric.parse("D1-10cc", unit="cc")


@pytest.mark.parametrize(
    ("text", "unit", "written", "dvh"),
    [
        ("D0.03cc[Gy]", "Gy", "D0.03cc", "D0.03cc[Gy]"),
        ("Max[Gy]", "Gy", "Dmax", "Max[Gy]"),
        ("dmax", "Gy", "Dmax", "Max[Gy]"),
        ("Mean[Gy]", "Gy", "Dmean", "Mean[Gy]"),
        ("mean", "Gy", "Dmean", "Mean[Gy]"),
        ("V20Gy[%]", "%", "V20Gy", "V20Gy[%]"),
        ("DC700cc[Gy]", "Gy", "CV(700cc)", "DC700cc[Gy]"),
        ("V100%", "%", "V100%", "V100%[%]"),
        ("V107%", "cc", "V107%", "V107%[cc]"),
        ("D2%", "%", "D2%", "D2%[%]"),
        ("Dmax", "%", "Dmax", "Max[%]"),
    ],
)
def test_a_metric_is_understood_as_tables_and_as_tg263_write_it(
    text: str, unit: str, written: str, dvh: str
) -> None:
    found = PublishedMetric.parse(text, unit=unit)
    assert (found.text, found.dvh) == (written, dvh)
