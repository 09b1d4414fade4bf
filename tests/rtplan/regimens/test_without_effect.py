"""What is stated and changes nothing is said, in the answer's own notes: a notebook hears it too."""

from __future__ import annotations

import pytest

from rtplan.cli import main
from rtplan.regimens import (
    ModelParameters,
    compare_regimens,
    effects_of_regimens,
    find_isoeffects,
    sum_courses,
)

IDLE = ModelParameters.stating(delta=0.15)
REPAIR = ModelParameters.stating(repair_half_time_h=1.5, interval_h=6)
COURSES = ["50Gy/25@2020-01-01..2020-02-04", "30Gy/5@2024-02-01..2024-02-07"]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"n_fractions": [5]}, "no limit was stated, so no remaining dose is read"),
        ({"limit_includes_recovery": True}, "limit_includes_recovery has no effect"),
        ({"tissue": "Bladder"}, "the tissue has no effect"),
        ({"parameters": REPAIR}, "repair_half_time_h, interval_h was stated and has no effect here"),
        ({"parameters": IDLE}, "delta was stated and has no effect here"),
    ],
)
def test_a_sum_says_which_statements_change_nothing(stated: dict[str, object], words: str) -> None:
    assert any(words in note for note in sum_courses(COURSES, alpha_betas=[3], **stated).notes)  # type: ignore[arg-type]
    assert not sum_courses(COURSES, alpha_betas=[3]).notes


def test_statements_that_are_used_are_not_named() -> None:
    found = sum_courses(
        ["39Gy/26 BID@2020-01-01..2020-02-04", COURSES[1]],
        alpha_betas=[3],
        parameters=REPAIR,
        limits_eqd2_gy=[120],
        n_fractions=[5],
        recovery="step-25-50",
        tissue="SpinalCord",
    )
    assert not any("effect" in note for note in found.notes)


def test_typed_commands_name_parameters_that_no_number_rests_on() -> None:
    for answer in (
        effects_of_regimens(["50Gy/25"], alpha_betas=[3], parameters=IDLE),
        find_isoeffects("50Gy/25", alpha_betas=[3], n_fractions=[5], parameters=IDLE),
        compare_regimens(["50Gy/25", "25Gy/5"], alpha_betas=[3], parameters=IDLE),
    ):
        assert "delta was stated and has no effect here" in answer.notes
    lql = ModelParameters.stating(transition_dose=6, gamma_over_alpha=2.2)
    shown = effects_of_regimens(["54Gy/3"], alpha_betas=[10], models=["lql"], parameters=lql)
    assert not any("effect" in note for note in shown.notes)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("compare 50Gy/25 25Gy/5 --alpha-beta 3 --plot-range 1 10", "--plot-range needs --plot beside it"),
        ("compare 50Gy/25 25Gy/5 --alpha-beta 3 --overwrite", "--overwrite needs --plot beside it"),
        ("names nowhere --overwrite", "--overwrite needs --propose beside it"),
        ("check nowhere --constraints quantec --report-date 2024-01-01", "--report-date needs --report"),
    ],
)
def test_an_option_that_says_nothing_alone_is_refused(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    assert words in capsys.readouterr().err
