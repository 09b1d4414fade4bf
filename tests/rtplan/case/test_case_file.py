"""A question as a file: written by one door, read by another, refused once with everything that is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.case import (
    KINDS,
    CaseFileError,
    CheckCase,
    Decision,
    ReirradiationCase,
    ScreenCase,
    SumCase,
    case_template,
    case_text,
    read_case,
    save_case,
)
from rtplan.courses import CourseSource
from rtplan.errors import OutputIsInputError, RtplanLookupError, RtplanValueError
from rtplan.limits import Acceptance, NamedRecoveryLimit, dose_metric, parse_limit
from rtplan.plan_check import PlanCheckRequest, PlanChoice, RiskMargin
from rtplan.regimens import PointSumQuestion
from rtplan.reirradiation import BodyLevels
from rtplan.reirradiation.organ import TissueChoice
from rtplan.sums import RegistrationUncertainty


def whole_case(folder: Path) -> ReirradiationCase:
    """A re-irradiation that states everything that can be stated."""
    return ReirradiationCase(
        new=folder / "second",
        new_starts=date(2024, 2, 12),
        priors=(
            CourseSource(source=str(folder / "first"), ended=date(2023, 6, 8), plan="A 1", n_fractions=27),
            CourseSource(source="50.4Gy/28", ended=date(2020, 1, 2)),
        ),
        new_plan="B",
        delivered=(2,),
        registrations=(folder / "reg.dcm",),
        matches={"Bladder": ("bladder new", "Blase", "-")},
        tissues=(TissueChoice(organ="Bladder", alpha_beta=3.0, source='a "paper"\nof 2009'),),
        tissue_file=folder / "tissues.toml",
        limits=(parse_limit("Bladder:D0.03cc[Gy]<=85 including recovery from 6 months"),),
        limit_file=folder / "limits.csv",
        limit_set="pelvis-reirradiation-delphi-2021",
        recovery_limits=(
            NamedRecoveryLimit(
                organ="Bladder", metric=dose_metric("D0.5cc"), because="no late effects after 14 months"
            ),
        ),
        metrics=("D2cc[Gy]",),
        n_fractions=(5, 15),
        recovery="none",
        cord_rules=True,
        target_alpha_beta=10.0,
        isodose="50%",
        overlap="20Gy",
        same_patient=True,
        alpha_beta_intervals={"Bladder": (2.0, 5.0)},
        recovery_intervals={"Bladder": (0.0, 0.25)},
        registration_uncertainty=RegistrationUncertainty(shift_mm=2.0, steps=3, rotation_degrees=1.5),
        body=BodyLevels(levels_gy=(40.0, 60.0), alpha_beta=3.0),
        constraints="timmerman-2021",
        protocol="tracer",
        patient=folder / "patient.toml",
        decisions=(
            Decision(about="registration 1", decided_by="physicist B", because="checked on the sacrum"),
            Decision(about="match of Bladder", because="drawn by hand"),
            Decision(
                about="limit Bladder:D0.03cc[Gy]<=85 including recovery from 6 months",
                decided_by="Dr A",
                because="tumour board",
            ),
            Decision(
                about="recovery limit Bladder:D0.5cc[Gy]",
                decided_by="Dr A",
                because="no late effects after 14 months",
            ),
            Decision(about="recovery", decided_by="Dr A"),
            Decision(about="method", because="same scanner"),
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_re_irradiation_comes_back_as_it_was_stated(folder: Path) -> None:
    case = whole_case(folder)
    save_case(case, folder / "case.toml")
    assert read_case(folder / "case.toml") == case


def test_paths_are_relative_to_the_file(folder: Path) -> None:
    (folder / "cases").mkdir()
    save_case(whole_case(folder), folder / "cases" / "case.toml")
    text = (folder / "cases" / "case.toml").read_text(encoding="utf-8")
    assert 'source = "../second"' in text
    assert str(folder) not in text
    read = read_case(folder / "cases" / "case.toml")
    assert isinstance(read, ReirradiationCase)
    assert read.new.resolve() == (folder / "second").resolve()


def test_a_check_comes_back_as_it_was_stated(folder: Path) -> None:
    case = CheckCase(
        request=PlanCheckRequest(
            constraints="quantec",
            clinic=folder / "clinic.toml",
            names=folder / "names.csv",
            by_hand=(("Blase", "Bladder"),),
            distance_from=("PTV",),
            conversion="eqd2:3",
            acceptances=(
                Acceptance(organ="Rectum", metric="D2cc[Gy]", accepted_by="Dr A", because="palliative"),
            ),
            risk_margins=(RiskMargin(organ="SpinalCord", margin_mm=2.5),),
            required_organs=("SpinalCord",),
        ),
        choices=(PlanChoice(folder=folder / "second", plan="B"), PlanChoice(folder=folder / "first")),
        decisions=(Decision(about="Blase taken for Bladder", decided_by="B"),),
    )
    save_case(case, folder / "case.toml")
    assert read_case(folder / "case.toml") == case


def test_a_sum_and_a_screening_come_back_as_they_were_stated(folder: Path) -> None:
    sums = SumCase(
        question=PointSumQuestion(
            courses=("50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01"),
            alpha_betas=(3.0, 10.0),
            limits_eqd2_gy=(90.0,),
            n_fractions=(5,),
        ),
        decisions=(Decision(about="recovery", because="tumour within the field"),),
    )
    screening = ScreenCase(
        protocol="tracer",
        patient=folder / "patient.toml",
        plan=folder / "second",
        earlier=(folder / "first",),
    )
    for case in (sums, screening):
        save_case(case, folder / "case.toml", overwrite=True)
        assert read_case(folder / "case.toml") == case


def test_json_has_the_same_tables(folder: Path) -> None:
    values = {"schema": "rtplan.case/1", "kind": "sum", "courses": ["50Gy/25"], "alpha_betas": [3]}
    (folder / "case.json").write_text(json.dumps(values), encoding="utf-8")
    read = read_case(folder / "case.json")
    assert isinstance(read, SumCase)
    assert read.question.courses == ("50Gy/25",)


def refusal(folder: Path, text: str) -> str:
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaseFileError) as refused:
        read_case(path)
    return str(refused.value)


def test_everything_that_is_wrong_is_said_at_once(folder: Path) -> None:
    message = refusal(
        folder,
        """
        schema = "rtplan.case/1"
        kind = "reirradiate"
        n_fractions = [5, "six"]
        metricks = ["D2cc[Gy]"]
        [new]
        source = "second"
        starts = "2024-02-12"
        [[prior]]
        sorce = "first"
        ended = 2023-06-08
        [[tissue]]
        organ = "Bladder"
        alpha_beta = -3
        source = "x"
        [[limit]]
        limit = "Bladder: 85"
        source = "x"
        """,
    )
    for part in (
        "n_fractions",
        "'metricks' is not known; is 'metrics' meant?",
        "new: starts '2024-02-12': a date",
        "prior 1: 'sorce' is not known; is 'source' meant?",
        "prior 1: source is missing",
        "tissue 1: alpha_beta: alpha/beta -3 Gy; above 0 Gy is needed",
        "limit 1: 'Bladder: 85' is no limit",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('kind = "sum"', "this version reads 'rtplan.case/1'"),
        ('schema = "rtplan.case/2"\nkind = "sum"', "this version reads 'rtplan.case/1'"),
        ('schema = "rtplan.case/1"\nkind = "plan"', "one of reirradiate, check, sum, screen"),
        ('schema = "rtplan.case/1"\nkind = "check"', "at least one [[plan]]"),
        ('schema = "rtplan.case/1"\nkind = "check"\n[plan]\nfolder = "x"', "written as [[plan]]"),
        ("schema = ", "cannot be read as TOML"),
    ],
)
def test_what_is_no_case_is_refused(folder: Path, text: str, words: str) -> None:
    assert words in refusal(folder, text)


def test_a_file_that_is_there_is_kept(folder: Path) -> None:
    save_case(whole_case(folder), folder / "case.toml")
    other = replace(whole_case(folder), n_fractions=(3,))
    with pytest.raises(RtplanValueError, match=r"case\.toml"):
        save_case(other, folder / "case.toml")
    save_case(other, folder / "case.toml", overwrite=True)
    assert read_case(folder / "case.toml") == other


def test_a_case_is_written_as_toml_only(folder: Path) -> None:
    with pytest.raises(RtplanValueError, match=r"ends in \.toml"):
        save_case(whole_case(folder), folder / "case.json")
    assert not (folder / "case.json").exists()


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_template_is_a_case_file_and_knows_every_key(kind: str) -> None:
    text = case_template(kind)
    tomllib.loads(text)
    every = re.sub(r"^# (?=[\[\w.]+(?: = |\]))", "", text, flags=re.M)
    values = tomllib.loads(every)
    for table in KINDS[kind]:
        rows = values
        for part in filter(None, table.name.split(".")):
            rows = rows[part]
        row = rows[0] if table.is_list else rows
        assert set(table.key_names) <= set(row)


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(RtplanLookupError, match=r"there are: reirradiate, check, sum, screen"):
        case_template("regimen")


plain = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(str.strip)


@given(who=plain, why=plain, source=plain)
def test_whatever_a_person_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, who: str, why: str, source: str
) -> None:
    """Any text in a case file is read as it was written."""
    folder = tmp_path_factory.mktemp("case")
    case = ReirradiationCase(
        new=folder,
        new_starts=date(2024, 1, 1),
        priors=(CourseSource(source="50Gy/25", ended=date(2020, 1, 1)),),
        tissues=(TissueChoice(organ="Rectum", alpha_beta=3, source=source),),
        decisions=(Decision(about="method", decided_by=who, because=why),),
    )
    (folder / "case.toml").write_text(case_text(case, folder=folder), encoding="utf-8", newline="")
    assert read_case(folder / "case.toml") == case


@pytest.mark.parametrize(
    "field",
    [
        "new", "priors", "registrations", "tissue_file", "limit_file", "clinic", "constraints", "protocol",
        "patient",
    ],
)  # fmt: skip
def test_a_case_is_never_written_over_a_file_that_it_names(folder: Path, field: str) -> None:
    named = folder / "named.toml"
    named.write_text("what a person wrote", encoding="utf-8")
    (folder / "same.toml").symlink_to(named)
    values = {
        "priors": (CourseSource(source=str(named), ended=date(2023, 6, 8)),),
        "registrations": (named,),
        "constraints": str(named),
        "protocol": str(named),
    }
    case = replace(whole_case(folder), **{field: values.get(field, named)})
    for target in (named, folder / "same.toml"):
        with pytest.raises(OutputIsInputError, match="is an input"):
            save_case(case, target, overwrite=True)
    assert named.read_text(encoding="utf-8") == "what a person wrote"
    save_case(case, folder / "other.toml")


@pytest.mark.parametrize("name", ["clinic", "names", "constraints"])
def test_the_case_of_a_check_is_never_written_over_a_file_that_it_names(folder: Path, name: str) -> None:
    named = folder / "named.toml"
    named.write_text("what a person wrote", encoding="utf-8")
    stated = {"constraints": "quantec", name: str(named) if name == "constraints" else named}
    case = CheckCase(
        request=PlanCheckRequest(**stated),  # type: ignore[arg-type]
        choices=(PlanChoice(folder=folder / "second"),),
    )
    with pytest.raises(OutputIsInputError):
        save_case(case, named, overwrite=True)
