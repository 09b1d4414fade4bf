"""H03: a preset or guessed number of fractions, or one read from a file name."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest

import bed
import rtplan
from bed.lq import eqd2
from rtplan.cli import main

ASKED_FOR = {"n_fractions", "alpha_beta", "dose_per_fraction", "total_dose", "overall_time"}


def _course(made, folder, *, n_fractions):
    plan = made.plan(groups={1: (n_fractions, (1, 2))})
    return made.write(folder, p=plan, s=made.structure_set(), d=made.dose(np.full((2, 3, 4), 5200)))


def _functions():
    for package in (bed, rtplan):
        for name in package.__all__:
            thing = getattr(package, name)
            if callable(thing) and not (isinstance(thing, type) and issubclass(thing, BaseException)):
                yield pytest.param(thing, id=f"{package.__name__}.{name}")


@pytest.mark.parametrize("function", list(_functions()))
def test_no_public_function_presets_a_number_of_fractions_or_a_biological_parameter(function):
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:
        return
    preset = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name in ASKED_FOR
        and parameter.default not in (inspect.Parameter.empty, None)
        # An empty list of fraction numbers asks for nothing; a number would be a preset.
        and parameter.default != ()
    }
    assert preset == {}


def test_leaving_the_fractions_out_is_an_error():
    with pytest.raises(TypeError):
        eqd2(50.0, alpha_beta=3.0)  # type: ignore[call-overload]


@pytest.mark.parametrize("words", [["bed", "50Gy", "--alpha-beta", "3"], ["bed", "50", "--alpha-beta", "3"]])
def test_a_dose_without_fractions_is_no_regimen(words, capsys):
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "50" in printed.err


def test_a_number_in_the_folders_name_is_not_the_number_of_fractions(made, tmp_path, capsys):
    folder = _course(made, tmp_path / "plan 50.4Gy-28fx", n_fractions=None)
    assert main(["check", str(folder), "--constraints", "quantec", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["n_fractions"] is None
    assert {row["verdict"] for row in said["verdicts"]} <= {"not_evaluable"}


def test_an_earlier_course_without_fractions_is_refused_and_asked_about(made, tmp_path, capsys):
    prior = _course(made, tmp_path / "prior", n_fractions=None)
    new = _course(made, tmp_path / "new", n_fractions=28)
    words = ["reirradiate", "--new", str(new), "--prior", str(prior), "--prior-ended", "2020-01-01"]
    assert main([*words, "--new-starts", "2024-01-01", "--tissue", "SpinalCord=2"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "does not say how many fractions" in printed.err
