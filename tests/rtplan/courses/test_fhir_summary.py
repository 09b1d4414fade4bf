from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rtplan.courses import Grade, read_fhir_summary
from rtplan.errors import RtplanValueError

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
CODEX = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/"
ENDED = date(2021, 9, 10)


def dose(
    volume: str, value: float, n: int | None, *, unit: str = "cGy", metric: str = "", **flags: bool
) -> Any:
    parts: list[dict[str, Any]] = [
        {"url": "volume", "valueReference": {"reference": f"BodyStructure/{volume}"}},
        {"url": "totalDoseDelivered", "valueQuantity": {"value": value, "code": unit}},
    ]
    parts += [] if n is None else [{"url": "fractionsDelivered", "valueUnsignedInt": n}]
    parts += [{"url": CODEX + name, "valueBoolean": said} for name, said in flags.items()]
    parts += [{"url": CODEX + "codexrt-radiobiologic-metric", "valueString": metric}] if metric else []
    return {"url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume", "extension": parts}


def summary(*doses: Any, modality: str = "External beam radiation therapy using photons (procedure)") -> Any:
    technique = {
        "url": MCODE + "mcode-radiotherapy-modality-and-technique",
        "extension": [
            {
                "url": MCODE + "mcode-radiotherapy-modality",
                "valueCodeableConcept": {"coding": [{"display": modality}]},
            }
        ],
    }
    return {
        "resourceType": "Procedure",
        "meta": {"profile": [CODEX + "codexrt-radiotherapy-course-summary"]},
        "status": "completed",
        "subject": {"display": "A Patient Name"},
        "performedPeriod": {"end": "2021-09-10T13:21:17+01:00"},
        "extension": [technique, *doses],
    }


def read(folder: Path, content: Any) -> Any:
    path = folder / "summary.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_fhir_summary(path, role="prior", ended=ENDED)


def test_a_bundle_gives_the_course_and_the_names_of_its_volumes(tmp_path: Path) -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {
                "resource": summary(
                    dose("1", 800, 4), dose("2", 720, 4, **{"codexrt-radiotherapy-primary-plan-dose": True})
                )
            },
            {"resource": {"resourceType": "BodyStructure", "id": "1", "description": "Prostate"}},
        ],
    }
    course = read(tmp_path, bundle)
    assert course.grade is Grade.PRESCRIPTION
    assert (course.n_fractions, course.modality) == (4, "photon")
    assert course.prescription is not None
    assert course.prescription.total_dose == pytest.approx(7.2)
    assert any("Prostate: 8 Gy delivered in 4 fractions" in said for said in course.findings)
    assert any("bounds no organ" in said for said in course.findings)
    assert "Patient" not in repr(course) + " ".join(course.findings)


@pytest.mark.parametrize(
    ("metric", "partner", "reason"),
    [
        ("EQD2Gy", dose("1", 720, 4), "no alpha/beta"),
        ("EQD2Gy(a/b=3)", dose("2", 720, 4), "0 physical doses"),
        ("EQD2Gy(a/b=3)", dose("1", 720, None), "no number of fractions"),
        (
            "EQD2Gy(a/b=3)",
            dose("1", 720, 4, **{"codexrt-radiotherapy-uniform-fractionation": False}),
            "not uniform",
        ),
    ],
)
def test_what_cannot_be_recomputed_says_why(tmp_path: Path, metric: str, partner: Any, reason: str) -> None:
    course = read(tmp_path, summary(partner, dose("1", 1000, 4, metric=metric)))
    (one,) = course.imported
    assert one.recomputed_gy is None
    assert one.agrees is None
    assert reason in str(one.reason)


def test_a_bed_is_recomputed_too(tmp_path: Path) -> None:
    stated = dose("1", 14.4, 4, unit="Gy", metric="BED(a/b=1.8)")
    (one,) = read(tmp_path, summary(dose("1", 720, 4), stated)).imported
    assert (one.quantity, one.recomputed_gy) == ("BED", pytest.approx(14.4))
    assert one.agrees is True
    # An EQD2 is no physical dose: it is not taken for the course's.
    assert read(tmp_path, summary(dose("1", 720, 4), stated)).n_fractions == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON"),
        ("[]", "one radiotherapy course summary"),
        ({"resourceType": "Patient"}, "one radiotherapy course summary"),
        ({"resourceType": "Bundle", "entry": [{"resource": summary()}] * 2}, "it holds 2"),
        (summary(dose("1", 7, 4, unit="mg")), "Gy or cGy"),
        (summary(dose("1", 7200000, 4)), "0 to 300 Gy"),
        (summary(dose("1", 720, 4), modality="High dose rate brachytherapy"), "brachytherapy"),
        ({**summary(dose("1", 720, 4)), "status": "entered-in-error"}, "entered in error"),
        ({**summary(dose("1", 720, 4)), "status": "not-done"}, "not done"),
        ({**summary(dose("1", 720, 4)), "status": "preparation"}, "had not begun"),
        (
            summary(dose("1", 720, 4, **{"codexrt-radiotherapy-uniform-fractionation": "false"})),  # type: ignore[arg-type]
            "true or false, without quotes",
        ),
        ({**summary(dose("1", 720, 4)), "performedPeriod": {"end": "2020-01-01"}}, "ended on 2020-01-01"),
    ],
)
def test_what_is_no_usable_summary_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(RtplanValueError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (
            dose("1", 5040, 28, metric="RBE(factor=1.1)"),
            "50.4 Gy delivered in 28 fractions as 'RBE(f",
        ),
        (
            dose("1", 50.4, 28, unit="Gy(RBE)"),
            "50.4 Gy(RBE) delivered in 28 fractions, not used: it",
        ),
        (dose("1", 50.4, 28, unit="CGE"), "50.4 Gy(RBE) delivered in 28 fractions, not used"),
        (
            dose("1", 5040, 28, unit="cGy(RBE)", metric="EQD2Gy(a/b=3)"),
            "as 'EQD2Gy(a/b=3)', not used: it",
        ),
        (dose("1", 60, 28, unit="Gy", metric="BED3"), "60 Gy delivered in 28 fractions as 'BED3', not used"),
    ],
)
def test_a_dose_that_is_not_physical_is_shown_as_stated_with_why_it_is_not_used(
    tmp_path: Path, stated: Any, words: str
) -> None:
    """Law: every dose that a summary states is in the findings or among the recomputed ones."""
    course = read(tmp_path, summary(stated))
    assert (course.prescription, course.n_fractions, course.imported) == (None, None, ())
    assert course.label == "prior: FHIR course summary"
    assert any(words in finding for finding in course.findings)
    beside = read(tmp_path, summary(dose("1", 5040, 28), stated))
    assert beside.prescription is not None
    assert any(words in finding for finding in beside.findings)


def test_a_course_that_was_not_uniform_is_no_regimen(tmp_path: Path) -> None:
    flag = {"codexrt-radiotherapy-uniform-fractionation": False}
    course = read(tmp_path, summary(dose("1", 5040, 28, **flag)))
    assert course.label == "prior: FHIR course summary, 50.4 Gy in 28 unequal fractions"
    assert (course.n_fractions, course.prescription) == (28, None)
    assert any("were not uniform" in finding for finding in course.findings)


def test_code_and_unit_of_a_dose_have_to_agree(tmp_path: Path) -> None:
    stated = dose("1", 50.4, 28, unit="Gy")
    stated["extension"][1]["valueQuantity"]["unit"] = "cGy"
    with pytest.raises(RtplanValueError, match="a dose in Gy and cGy"):
        read(tmp_path, summary(stated))


def test_the_right_answers_to_the_shared_summaries(shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "files"
    with pytest.raises(RtplanValueError, match="entered in error"):
        read_fhir_summary(folder / "status_entered-in-error.json", role="prior", ended=ENDED)
    for name, words in (("proton_rbe", "contains an RBE"), ("unknown_metric", "'BED3', not used")):
        course = read_fhir_summary(folder / f"{name}.json", role="prior", ended=ENDED)
        assert any(words in finding for finding in course.findings), name
    course = read_fhir_summary(folder / "not_uniform.json", role="prior", ended=ENDED)
    assert "50.4Gy/28" not in course.label


@pytest.mark.parametrize("ions", ["protons", "carbon ions"])
def test_doses_of_ions_in_plain_gray_are_asked_about(tmp_path: Path, ions: str) -> None:
    of_ions = f"External beam radiation therapy using {ions} (procedure)"
    found = read(tmp_path, summary(dose("a", 5040, 28), modality=of_ions))
    (said,) = [finding for finding in found.findings if "RBE" in finding]
    assert "not in Gy(RBE)" in said
    photons = read(tmp_path, summary(dose("a", 5040, 28)))
    assert not any("RBE" in finding for finding in photons.findings)
