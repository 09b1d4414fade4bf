"""H23: a proton course labelled photon."""

from __future__ import annotations

import pytest

from rtplan.course import Delivery, course_of_treatments
from rtplan.errors import RtplanValueError


@pytest.mark.parametrize(("radiation", "name"), [("PROTON", "proton"), ("ION", "carbon")])
def test_the_rbe_of_particles_is_asked_for(sets, radiation, name) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 50.0), n=25, radiation=(radiation,))
    with pytest.raises(RtplanValueError, match="whether it contains the RBE"):
        course_of_treatments([(treated, Delivery())], role="prior")
    included = course_of_treatments([(treated, Delivery(modality=name, rbe="included"))], role="prior")
    assert included.phases[0].dose_factor == 1.0
    applied = course_of_treatments([(treated, Delivery(modality=name, rbe=1.1))], role="prior")
    assert applied.phases[0].dose_factor == pytest.approx(1.1)


def test_a_proton_plan_stated_to_be_photons_is_refused(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 50.0), n=25, radiation=("PROTON",))
    with pytest.raises(RtplanValueError, match="stated photon, but the plan says proton"):
        course_of_treatments([(treated, Delivery(modality="photon"))], role="prior")


def test_a_photon_plan_stated_to_be_protons_is_refused_too(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 50.0), n=25)
    with pytest.raises(RtplanValueError, match="stated proton, but the plan says photon"):
        course_of_treatments([(treated, Delivery(modality="proton", rbe=1.1))], role="prior")
