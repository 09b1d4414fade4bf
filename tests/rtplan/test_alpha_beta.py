"""A finite alpha/beta above 25 Gy is asked back wherever one can be stated, and taken where it is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bed import Regimen
from bed.kinetics import LateTissue, RepopulatingTumour
from dicom_io.dvh import Metric
from rtplan import (
    CumulativeLimit,
    FractionConversion,
    ModelParameters,
    RtplanValueError,
    TissueChoice,
    UnusualAlphaBeta,
    load_constraint_set,
    read_tissue_file,
)
from rtplan.alpha_beta import check_alpha_beta, parse_alpha_beta
from rtplan.case import SumCase, read_case, save_case
from rtplan.cli import main
from rtplan.export import ExportChoice, MapChoice
from rtplan.limits import ClinicAlphaBeta, read_clinic_file, read_constraint_file, read_limit_file
from rtplan.regimens import (
    GapQuestion,
    PointSumQuestion,
    compare_regimens,
    effects_of_regimens,
    find_isoeffects,
    regimen_effects,
)
from rtplan.reirradiation import BodyLevels, accumulate


def _gap(tumour: float = 10.0, late: float = 3.0) -> GapQuestion:
    return GapQuestion(
        regimen="70Gy/35",
        first_day=date(2024, 1, 1),
        missed=(date(2024, 1, 22),),
        tumour=RepopulatingTumour(alpha_beta=tumour, repopulation_rate=0.9, kick_off=28),
        late=LateTissue(alpha_beta=late, repair_half_time_h=1.5),
        hours_between=6,
    )


def _limit(value: float) -> CumulativeLimit:
    return CumulativeLimit(
        organ="Bladder",
        metric=Metric.parse("Max[Gy]"),
        comparator="<=",
        eqd2_gy=80.0,
        alpha_beta_gy=value,
    )


def _export(value: float, folder: Path) -> ExportChoice:
    return ExportChoice(
        path=folder / "sum.dcm",
        alpha_beta=value,
        uncovered_as_zero=False,
        tag_physical=False,
        overwrite=False,
    )


def _map(value: float, folder: Path) -> MapChoice:
    return MapChoice(
        path=folder / "left.npz",
        limit_eqd2_gy=80.0,
        alpha_beta=value,
        n_fractions=(5,),
        levels_gy=(),
        overwrite=False,
    )


def _constraint(value: float) -> Any:
    return replace(load_constraint_set("tg101-2010").constraints[0], alpha_beta_gy=value)


_LIBRARY: dict[str, Callable[[float, Path], Any]] = {
    "tissue": lambda value, _: TissueChoice(organ="Bladder", alpha_beta=value, source="a paper"),
    "body": lambda value, _: BodyLevels(levels_gy=(50.0,), alpha_beta=value),
    "cumulative limit": lambda value, _: _limit(value),
    "limit of one course": lambda value, _: _constraint(value),
    "clinic": lambda value, _: ClinicAlphaBeta(organ="Bladder", alpha_beta_gy=value, source="ours"),
    "conversion": lambda value, _: FractionConversion(alpha_beta_gy=value),
    "conversion by organ": lambda value, _: FractionConversion(
        alpha_beta_gy=None, by_organ={"Bladder": value}
    ),
    "export": _export,
    "map": _map,
    "typed sum": lambda value, _: PointSumQuestion(courses=("50Gy/25",), alpha_betas=(3.0, value)),
    "bed": lambda value, _: effects_of_regimens(["50Gy/25"], alpha_betas=[value]),
    "effects": lambda value, _: regimen_effects(
        Regimen.parse("50Gy/25"), alpha_betas=[value], models=[], parameters=ModelParameters()
    ),
    "isoeffect": lambda value, _: find_isoeffects("50Gy/25", alpha_betas=[value], n_fractions=[5]),
    "compare": lambda value, _: compare_regimens(["50Gy/25", "25Gy/5"], alpha_betas=[3.0, value]),
    "gap, tumour": lambda value, _: _gap(tumour=value),
    "gap, late": lambda value, _: _gap(late=value),
}


@pytest.mark.parametrize("state", _LIBRARY.values(), ids=_LIBRARY)
@pytest.mark.parametrize(("value", "meant"), [(30.0, "3"), (300.0, "3"), (25.5, "2.55")])
def test_an_alpha_beta_beyond_any_published_is_asked_back_by_the_library(
    state: Callable[[float, Path], Any], value: float, meant: str, tmp_path: Path
) -> None:
    with pytest.raises(RtplanValueError, match=f"alpha/beta {value:g} Gy; did you type {meant}\\?"):
        state(value, tmp_path)
    state(UnusualAlphaBeta(value), tmp_path)
    state(25.0, tmp_path)


def test_the_sum_of_courses_asks_before_it_looks_at_them() -> None:
    with pytest.raises(RtplanValueError, match="did you type 3"):
        accumulate([], alpha_beta=30.0)


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan")])
def test_what_is_no_alpha_beta_is_refused(value: float) -> None:
    with pytest.raises(RtplanValueError, match="above 0 Gy is needed"):
        check_alpha_beta(value, "Bladder")


@pytest.mark.parametrize("text", ["", "three", "nan", "unusual"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError, match="Bladder: alpha/beta"):
        parse_alpha_beta(text, "Bladder")


def test_infinity_is_an_alpha_beta_where_it_can_be_computed_with() -> None:
    assert parse_alpha_beta("inf", "Bladder") == float("inf")
    with pytest.raises(RtplanValueError, match="a finite value"):
        check_alpha_beta(float("inf"), "conversion", allow_infinity=False)


_FILES: dict[str, tuple[str, str, Callable[[Path], Any]]] = {
    "tissues": ("t.toml", '[Bladder]\nalpha_beta = {}\nsource = "a paper"\n', read_tissue_file),
    "limits": (
        "l.toml",
        '[[limit]]\norgan = "Bladder"\nmetric = "Max[Gy]"\ncomparator = "<="\neqd2_gy = 80\n'
        'alpha_beta_gy = {}\nincludes_recovery = "no"\nsource = "ours"\n',
        read_limit_file,
    ),
    "constraints": (
        "c.toml",
        '[[constraint]]\norgan = "Bladder"\nn_fractions = 5\nmetric = "Dmax"\ncomparator = "<"\nlimit = 38\n'
        'unit = "Gy"\nalpha_beta_gy = {}\nsource = "ours"\nhow_verified = "own"\n',
        read_constraint_file,
    ),
    "clinic": (
        "clinic.toml",
        'name = "ours"\n[[alpha_beta]]\norgan = "Bladder"\nalpha_beta_gy = {}\nsource = "ours"\n',
        read_clinic_file,
    ),
}


@pytest.mark.parametrize(("name", "content", "read"), _FILES.values(), ids=_FILES)
def test_a_typed_file_is_asked_back_and_says_with_a_word_that_it_is_meant(
    name: str, content: str, read: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content.format("30"), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="did you type 3"):
        read(path)
    path.write_text(content.format('"30 unusual"'), encoding="utf-8")
    read(path)


def test_a_case_keeps_that_an_alpha_beta_is_meant(tmp_path: Path) -> None:
    asked = PointSumQuestion(courses=("50Gy/25",), alpha_betas=(3.0, UnusualAlphaBeta(30), float("inf")))
    save_case(SumCase(question=asked), tmp_path / "sum.toml")
    again = read_case(tmp_path / "sum.toml")
    assert isinstance(again, SumCase)
    assert again.question.alpha_betas == (3.0, 30.0, float("inf"))


_TYPED = {
    "bed": ["bed", "50Gy/25", "--alpha-beta", "{}"],
    "isoeffect": ["isoeffect", "50Gy/25", "--alpha-beta", "{}", "--fractions", "5"],
    "sum": ["sum", "50Gy/25", "25Gy/5", "--alpha-beta", "3", "{}"],
    "compare": ["compare", "50Gy/25", "25Gy/5", "--alpha-beta", "{}"],
}


@pytest.mark.parametrize("words", _TYPED.values(), ids=_TYPED)
def test_a_typed_command_asks_back(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word.format("30") for word in words]) == 2
    assert "did you type 3?" in capsys.readouterr().err
    assert main([word.format("30 unusual") for word in words]) == 0
