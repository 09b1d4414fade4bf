"""H24: a brachytherapy prior course treated as external beam."""

from __future__ import annotations

import pytest

from rtplan.courses import Delivery, course_of_treatments
from rtplan.errors import RtplanValueError


def test_a_brachytherapy_plan_is_asked_for_its_dose_rate(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 28.0), n=4, radiation=(), brachytherapy=True)
    with pytest.raises(RtplanValueError, match="whether it was HDR"):
        course_of_treatments([(treated, Delivery())], role="prior")


@pytest.mark.parametrize("rate", ["LDR", "PDR"])
def test_low_and_pulsed_dose_rate_cannot_be_converted(sets, rate) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 28.0), n=4, radiation=(), brachytherapy=True)
    with pytest.raises(RtplanValueError, match="cannot be converted: its dose rate matters"):
        course_of_treatments([(treated, Delivery(modality=f"{rate} brachytherapy"))], role="prior")


def test_high_dose_rate_is_converted_when_it_is_stated(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 28.0), n=4, radiation=(), brachytherapy=True)
    course = course_of_treatments([(treated, Delivery(modality="HDR brachytherapy"))], role="prior")
    assert course.modality == "HDR brachytherapy"


def test_a_brachytherapy_plan_is_never_external_beam(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 28.0), n=4, radiation=(), brachytherapy=True)
    with pytest.raises(RtplanValueError, match="stated photon, but the plan says brachytherapy"):
        course_of_treatments([(treated, Delivery(modality="photon"))], role="prior")
