"""Metrics by their TG-263 names."""

from __future__ import annotations

import pytest

from dicom_io.dvh import Metric, MetricValue
from dicom_io.errors import DicomValueError


@pytest.mark.parametrize(
    "text",
    [
        "D0.03cc[Gy]",
        "D95%[Gy]",
        "D0.03cc[%]",
        "V20Gy[cc]",
        "V95%[%]",
        "CV14Gy[cc]",
        "CV14Gy[%]",
        "DC700cc[Gy]",
        "DC10%[%]",
        "Mean[Gy]",
        "Max[%]",
        "Min[Gy]",
        "Median[Gy]",
        "HI",
    ],
)
def test_canonical_names_survive_a_round_trip(text: str) -> None:
    assert str(Metric.parse(text)) == text
    assert Metric.parse(str(Metric.parse(text))) == Metric.parse(text)


def test_spelling_is_forgiven_but_not_the_meaning() -> None:
    assert str(Metric.parse(" d0.030CC [gy] ")) == "D0.03cc[Gy]"
    assert str(Metric.parse("mean [GY]")) == "Mean[Gy]"
    assert str(Metric.parse("hi")) == "HI"
    assert [str(Metric.parse(text)) for text in ("Dmax", "d mean", "Dmin[%]")] == [
        "Max[Gy]",
        "Mean[Gy]",
        "Min[%]",
    ]
    assert Metric.parse("D.5cc[Gy]").at == 0.5


@pytest.mark.parametrize("text", ["D95%", "V20Gy", "Mean", "D0.03cc"])
def test_a_missing_unit_is_asked_for_not_guessed(text: str) -> None:
    with pytest.raises(DicomValueError, match="names no unit"):
        Metric.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "D95",
        "D5Gy[cc]",
        "V20Gy[Gy]",
        "V5cc[Gy]",
        "D101%[Gy]",
        "D-5cc[Gy]",
        "Mean[cc]",
        "EUD",
        "Max[]",
    ],
)
def test_what_is_no_metric_is_refused(text: str) -> None:
    with pytest.raises(DicomValueError):
        Metric.parse(text)


def test_metric_objects_are_checked_too() -> None:
    with pytest.raises(DicomValueError):
        Metric(kind="D", at=None, at_unit="cc", unit="Gy")
    with pytest.raises(DicomValueError):
        Metric(kind="Mean", at=3.0, unit="Gy")
    with pytest.raises(DicomValueError):
        Metric(kind="Dmax", unit="Gy")


@pytest.mark.parametrize("at", [-1e-9, 1e9, 1.1e9, float("nan"), float("inf")])
def test_what_a_metric_is_asked_at_lies_between_0_and_a_thousand_million(at: float) -> None:
    with pytest.raises(DicomValueError, match="a number of at least 0 is needed"):
        Metric(kind="V", at=at, at_unit="Gy", unit="cc")
    assert Metric(kind="V", at=0.0, at_unit="Gy", unit="cc").at == 0
    assert Metric(kind="V", at=9.99e8, at_unit="Gy", unit="cc").at == 9.99e8


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("D95%[Gy]", False),
        ("D95%[%]", True),
        ("V20Gy[%]", False),
        ("V95%[cc]", True),
        ("Max[%]", True),
        ("HI", False),
    ],
)
def test_only_percentages_of_dose_need_a_prescription(text: str, needs: bool) -> None:
    assert Metric.parse(text).needs_prescription is needs


def test_a_value_and_a_reason_exclude_each_other() -> None:
    with pytest.raises(DicomValueError):
        MetricValue(text="Mean[Gy]", value=1.0, unit="Gy", reason="why")
    with pytest.raises(DicomValueError):
        MetricValue(text="Mean[Gy]", value=None, unit="Gy")
    assert (
        repr(MetricValue(text="Mean[Gy]", value=1.5, unit="Gy", uncertainty=0.01))
        == "Mean[Gy]: 1.50 ± 0.01 Gy"
    )
