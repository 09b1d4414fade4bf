"""Every item of the checklist is traced to a field; what nobody stated is missing, never invented."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rtplan.case import (
    KINDS,
    EarlierCourse,
    FollowUp,
    MethodOfOrgan,
    NotApplicable,
    Patient,
    RecordStatements,
    ReirradiationCase,
    Review,
    Treatment,
    read_case,
    save_case,
)
from rtplan.cli import main
from rtplan.documents import reirradiation_body
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import NamedRecoveryLimit, RecoveryInterval
from rtplan.record import Record, State, record_csv, record_items, record_of
from rtplan.record.record import RULES
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.selftest import demo_case
from rtplan.sums import RegistrationJudgement

ORGANS = ("Bladder", "Rectum", "Bag_Bowel", "SacralPlex", "CaudaEquina", "SpinalCord")


def filled_record(**changes: Any) -> RecordStatements:
    stated: dict[str, Any] = {
        "reirradiation_class": "type 1",
        "all_courses_known": "two other centres asked, no further course",
        "registration_because": "sacrum drawn in both",
        "uncertainty": "2 mm at the sacrum, judged by eye",
        "patient": Patient(
            characteristics="63, f",
            tumour="rectal adenocarcinoma, presacral recurrence",
            performance_status="ECOG 1",
            estimated_survival="more than 12 months",
            response="complete for 2 years",
        ),
        "treatment": Treatment(
            region="pelvis",
            indication="painful recurrence",
            intent="local control",
            technique="VMAT",
            image_guidance="daily cone-beam CT",
            coverage="yields to the plexus",
            ctv_to_ptv_mm=5.0,
        ),
        "follow_up": FollowUp(protocol="every 3 months, MRI", quality_of_life="EORTC QLQ-C30"),
        "earlier": (
            EarlierCourse(
                prior=1, intent="adjuvant", technique="3D conformal", completeness="whole", toxicity="none"
            ),
        ),
        "methods": (
            MethodOfOrgan(organ="Rectum", method="direct point-dose sum", because="it fills and empties"),
            MethodOfOrgan(organ="Bladder", method="point dose within the overlap", because="one wall only"),
        ),
        "registrations": (
            RegistrationJudgement(
                judged_by="N. N.",
                role="physicist",
                judged_on=date(2024, 2, 10),
                because="bones within 1 mm",
                suitable_for=("SacralPlex", "CaudaEquina", "SpinalCord"),
                unsuitable_for=("Bladder", "Rectum", "Bag_Bowel"),
                instead="the bounds",
            ),
        ),
        "reviews": (
            Review(kind="peer review", by="tumour board", on=date(2024, 2, 11), found="agreed"),
            Review(kind="independent check", by="M. M.", on=date(2024, 2, 11), found="plexus by hand: 99 Gy"),
        ),
        "not_applicable": (
            NotApplicable(item="worst-case", decided_by="N. N.", because="the cord gets 1 Gy"),
            NotApplicable(item="conservative-sum", decided_by="N. N.", because="the cord gets 1 Gy"),
        ),
    }
    return RecordStatements(**(stated | changes))


def filled_case(patient: Path, **changes: Any) -> ReirradiationCase:
    """The demo's case with everything stated that a person can state."""
    case = demo_case(patient)
    return replace(
        case,
        tissues=tuple(replace(choice, source="clinic's list, 2024") for choice in case.tissues),
        target_alpha_beta=10.0,
        record=filled_record(**changes),
        decisions=(_why("method"),),
    )


def _why(about: str) -> Any:
    from rtplan.case import Decision  # noqa: PLC0415 - beside its only use

    return Decision(about=about, decided_by="N. N.", because="both courses are complete")


@pytest.fixture(scope="module")
def empty(two_courses: Path) -> tuple[ReirradiationCase, Reirradiation]:
    case = demo_case(two_courses)
    return case, reirradiate(case.question())


@pytest.fixture(scope="module")
def filled(two_courses: Path) -> tuple[ReirradiationCase, Reirradiation]:
    case = filled_case(two_courses)
    return case, reirradiate(case.question())


def states(record: Record) -> dict[str, State]:
    return {entry.item.id: entry.state for entry in record.entries}


def test_the_items_are_those_of_the_checklist_in_its_order(shared_data: Path) -> None:
    path = shared_data / "evidence" / "reporting_checklist.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    shipped = [(i.document, i.doi, i.year, i.text, i.verification, i.place) for i in record_items()]
    assert shipped == [
        (row["document"], row["doi"], row["year"], row["item"], row["tag"], row["place"]) for row in rows
    ]
    assert len(shipped) == 41


def test_each_item_has_a_rule_and_a_source() -> None:
    ids = [item.id for item in record_items()]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(RULES)
    assert all(item.document and item.year and item.verification and item.place for item in record_items())


def known_fields() -> set[str]:
    return {f"{table.name}.{key.name}".lstrip(".") for table in KINDS["reirradiate"] for key in table.keys}


def test_each_item_is_traced_to_a_field_of_the_case_or_of_the_answer(
    empty: tuple[ReirradiationCase, Reirradiation],
) -> None:
    document = reirradiation_body(empty[1])
    for item in record_items():
        assert item.case_fields or item.answer_field, item.id
        assert set(item.case_fields) <= known_fields(), item.id
        assert item.answer_field in {"", *document}, item.id


def test_a_filled_case_leaves_nothing_missing(filled: tuple[ReirradiationCase, Reirradiation]) -> None:
    record = record_of(*filled)
    assert [entry.item.id for entry in record.missing] == []
    assert record.is_complete
    assert all(entry.text for entry in record.entries)


def test_an_empty_case_lists_what_only_persons_know(empty: tuple[ReirradiationCase, Reirradiation]) -> None:
    found = states(record_of(*empty))
    persons = {
        *("patient", "tumour", "indication", "follow-up", "quality-of-life", "decision-factors"),
        *("peer-review", "independent-check", "registration-judged", "registration-method", "method-reason"),
        *("class-type-1", "first-treatment", "new-course", "earlier-complete", "one-alpha-beta"),
        *("uncertainties", "conservative-sum", "thorax-margin", "cumulative-targets"),
    }
    assert {item for item in persons if found[item] is not State.MISSING} == set()
    objects = {"interval", "rescaled", "no-physical-sum", "alpha-beta", "complete-dicom", "method-3d"}
    assert {item for item in objects if found[item] is not State.THERE} == set()


FALL_BACK = {"record.method.method", "record.earlier.intent", "record.earlier.completeness"}
"""Fields whose items the answer fills where nobody states them."""


def without(text: str, field: str) -> str:
    """Return a case file without a key of one of its tables."""
    table, _, key = field.rpartition(".")
    kept, here = [], ""
    for line in text.splitlines():
        heading = re.fullmatch(r"\[\[?([\w.]+)\]\]?", line)
        here = heading[1] if heading else here
        if not (here == table and line.startswith(f"{key} = ")):
            kept.append(line)
    return "\n".join(kept) + "\n"


RECORDED = sorted({f for item in record_items() for f in item.case_fields if f.startswith("record.")})
OBLIGATORY = {
    *("record.method.because", "record.method.method", "record.review.kind"),
    "record.registration.instead",
}
"""Keys without which their table is refused; `test_what_is_stated_decides` takes out the whole table."""


@pytest.mark.parametrize("field", [f for f in RECORDED if f not in OBLIGATORY])
def test_a_field_taken_out_of_a_filled_case_changes_its_items(
    field: str, filled: tuple[ReirradiationCase, Reirradiation], tmp_path: Path
) -> None:
    """Each item reads the field that its row names: without it, it is missing, or filled by the answer."""
    path = tmp_path / "case.toml"
    thoracic = replace(filled[0].record.treatment, region="thorax")
    whole = replace(filled[0], record=filled_record(treatment=thoracic))
    save_case(whole, path)
    text = path.read_text(encoding="utf-8")
    thinner = without(text, field)
    assert thinner != text
    path.write_text(thinner, encoding="utf-8")
    case = read_case(path)
    assert isinstance(case, ReirradiationCase)
    # The answer is the filled case's: what is judged of a registration is read when it is asked again.
    answer = reirradiate(case.question()) if field.startswith("record.registration.") else filled[1]
    before, after = (record_of(*asked) for asked in ((whole, filled[1]), (case, answer)))
    changed = [
        entry.item
        for entry, other in zip(before.entries, after.entries, strict=True)
        if (entry.state, entry.text) != (other.state, other.text)
    ]
    assert any(field in item.case_fields for item in changed)
    if field not in FALL_BACK:
        assert any(field in entry.item.case_fields for entry in after.missing)


@pytest.mark.parametrize(
    ("changes", "item", "state"),
    [
        ({"reviews": ()}, "peer-review", State.MISSING),
        ({"reviews": ()}, "independent-check", State.MISSING),
        ({"methods": ()}, "method-direct", State.NOT_APPLICABLE),
        ({"methods": ()}, "method-overlap", State.NOT_APPLICABLE),
        ({"not_applicable": ()}, "worst-case", State.MISSING),
        ({"reirradiation_class": "repeat irradiation"}, "class-repeat", State.THERE),
        ({"reirradiation_class": "repeat irradiation"}, "class-type-1", State.NOT_APPLICABLE),
    ],
)
def test_what_is_stated_decides(
    changes: Mapping[str, Any],
    item: str,
    state: State,
    filled: tuple[ReirradiationCase, Reirradiation],
) -> None:
    case = replace(filled[0], record=filled_record(**changes))
    assert record_of(case, filled[1]).entry(item).state is state


def test_a_thoracic_case_is_asked_for_its_margin_and_images(
    filled: tuple[ReirradiationCase, Reirradiation],
) -> None:
    treatment = replace(filled[0].record.treatment, region="thorax", ctv_to_ptv_mm=4.0, image_guidance="")
    record = record_of(replace(filled[0], record=filled_record(treatment=treatment)), filled[1])
    assert record.entry("thorax-margin").text == "4 mm, less than the 5 mm of the consensus"
    assert record.entry("thorax-imaging").state is State.MISSING
    assert record.entry("thorax-registration").state is State.THERE


def test_a_class_that_the_isodoses_contradict_is_asked_back(two_courses: Path) -> None:
    case = replace(filled_case(two_courses, reirradiation_class="type 2"), isodose="50%")
    record = record_of(case, reirradiate(case.question()))
    assert record.entry("class-type-2").state is State.MISSING
    assert "stated as type 2, but the 50% isodoses" in record.entry("class-type-2").text


def test_that_an_item_does_not_apply_needs_a_person_and_a_reason() -> None:
    with pytest.raises(RtplanValueError, match="because is missing"):
        NotApplicable(item="peer-review", decided_by="N. N.", because="")


def test_an_item_that_there_is_not_is_refused_with_the_near_one(
    filled: tuple[ReirradiationCase, Reirradiation],
) -> None:
    waived = (NotApplicable(item="peer-reviews", decided_by="N. N.", because="no"),)
    case = replace(filled[0], record=filled_record(not_applicable=waived))
    with pytest.raises(RtplanLookupError, match="is 'peer-review' meant"):
        record_of(case, filled[1])


def test_recovery_asks_for_whose_judgement_it_is(two_courses: Path) -> None:
    case = replace(filled_case(two_courses), recovery="michigan-2019")
    record = record_of(case, reirradiate(case.question()))
    assert record.entry("recovery-judgement").text == "why recovery, who decided recovery"
    decided = replace(case, decisions=(*case.decisions, _why("recovery")))
    assert record_of(decided, reirradiate(case.question())).entry("recovery-judgement").state is State.THERE


def test_the_table_for_a_registry_has_one_row_for_each_item(
    filled: tuple[ReirradiationCase, Reirradiation],
) -> None:
    spoken = filled_record(follow_up=FollowUp(protocol="=1+1", quality_of_life="none"))
    rows = list(
        csv.DictReader(io.StringIO(record_csv(record_of(replace(filled[0], record=spoken), filled[1]))))
    )
    assert [row["id"] for row in rows] == [item.id for item in record_items()]
    assert next(row for row in rows if row["id"] == "follow-up")["value"] == "'=1+1"


def test_the_command_ends_with_0_for_a_filled_case_and_1_for_an_empty_one(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_case(demo_case(two_courses), tmp_path / "empty.toml")
    save_case(filled_case(two_courses), tmp_path / "filled.toml")
    assert main(["record", str(tmp_path / "empty.toml")]) == 1
    assert "peer-review" in capsys.readouterr().out.split("there:")[0]
    table = tmp_path / "record.csv"
    assert main(["record", str(tmp_path / "filled.toml"), "--json", "--table", str(table)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "rtplan.record/1"
    assert said["complete"]
    assert said["counts"]["missing"] == 0
    assert len(said["items"]) == len(table.read_text(encoding="utf-8").splitlines()) - 1 == 41
    assert main(["record", str(tmp_path / "filled.toml"), "--table", str(tmp_path / "filled.toml")]) == 2


def test_a_record_comes_back_as_it_was_stated(two_courses: Path, tmp_path: Path) -> None:
    case = filled_case(two_courses)
    save_case(case, tmp_path / "case.toml")
    tomllib.loads((tmp_path / "case.toml").read_text(encoding="utf-8"))
    read = read_case(tmp_path / "case.toml")
    assert isinstance(read, ReirradiationCase)
    assert read.record == case.record


def test_why_a_limit_with_recovery_judges_is_read_where_the_case_names_it(two_courses: Path) -> None:
    case = filled_case(two_courses)
    limit = replace(case.limits[0], eqd2_gy=110.0, recovery_interval=RecoveryInterval(from_months=6))
    named = NamedRecoveryLimit(organ=limit.organ, because="late recurrence, discussed")
    asked = replace(case, limits=(limit, *case.limits[1:]), recovery_limits=(named,))
    record = record_of(asked, reirradiate(asked.question()))
    assert "late recurrence, discussed" in record.entry("recovery-justified").text
    assert record.entry("recovery-judgement").text == f"who decided recovery limit {named}"
