"""H23: a proton course labelled photon."""

from __future__ import annotations

import pytest

from rtplan.courses import Delivery, course_of_treatments, read_course_file
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


RECORD = """
label = "2019, printed plan"
unit = "Gy"
n_fractions = 25
modality = "{modality}"
{rbe}
[organs.Rectum]
Dmax = 40.0
"""


@pytest.mark.parametrize("modality", ["proton", "carbon"])
def test_the_rbe_of_a_printed_particle_record_is_asked_for_too(modality, tmp_path) -> None:
    path = tmp_path / "printed.toml"
    path.write_text(RECORD.format(modality=modality, rbe=""), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="whether it contains the RBE"):
        read_course_file(path, role="prior", ended=None)
    for rbe, expected in (('rbe = "included"', 40.0), ("rbe = 1.1", 44.0)):
        path.write_text(RECORD.format(modality=modality, rbe=rbe), encoding="utf-8")
        course = read_course_file(path, role="prior", ended=None)
        assert course.record("Rectum").max_gy == pytest.approx(expected)
        assert course.modality == modality
    assert any("multiplied by the stated RBE of 1.1" in finding for finding in course.findings)


@pytest.mark.parametrize("rbe", ["rbe = 1.1", 'rbe = "included"'])
def test_an_rbe_of_photons_is_a_contradiction(rbe, tmp_path) -> None:
    path = tmp_path / "printed.toml"
    path.write_text(RECORD.format(modality="photon", rbe=rbe), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="an rbe belongs to proton or carbon"):
        read_course_file(path, role="prior", ended=None)


def test_a_modality_nobody_knows_is_refused(tmp_path) -> None:
    path = tmp_path / "printed.toml"
    path.write_text(RECORD.format(modality="protons", rbe=""), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="modality 'protons'"):
        read_course_file(path, role="prior", ended=None)
