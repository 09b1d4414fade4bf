"""Several plans side by side against one set."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main

HEADER = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


@pytest.fixture(scope="module")
def spines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("several")
    for case in ("spine-sabr-2mm", "spine-sabr-5mm"):
        write_phantom(case, folder / case)
    return folder / "spine-sabr-2mm", folder / "spine-sabr-5mm"


def limits(folder: Path, *rows: str) -> str:
    path = folder / "limits.csv"
    path.write_text(HEADER + "".join(f"{row},made up,own\n" for row in rows), encoding="utf-8")
    return str(path)


def asked(capsys: pytest.CaptureFixture[str], *words: str, status: int) -> dict[str, Any]:
    assert main(["check", *words, "--json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_each_plan_has_its_own_document_and_a_column(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = limits(tmp_path, "SpinalCord,5,D0.035cc,<=,100,Gy")
    found = asked(capsys, *map(str, spines), "--constraints", file, status=0)
    assert [plan["column"] for plan in found["plans"]] == ["A", "B"]
    for folder, plan in zip(spines, found["plans"], strict=True):
        alone = asked(capsys, str(folder), "--constraints", file, status=0)
        for key in ("plan", "n_fractions", "constraints", "verdicts", "distances", "targets", "warnings"):
            assert plan[key] == alone[key]
    (row,) = found["comparison"]
    values = [plan["verdicts"][0]["value"] for plan in found["plans"]]
    assert [row["plans"][label]["value"] for label in ("A", "B")] == values
    assert values[0] > values[1]  # nearer to the target


def test_one_failing_plan_is_status_1(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = asked(
        capsys, *map(str, spines), "--constraints", limits(tmp_path, "SpinalCord,5,Dmax,<=,200,Gy"), status=0
    )
    first, second = (plan["verdicts"][0]["value"] for plan in plain["plans"])
    between = limits(tmp_path, f"SpinalCord,5,Dmax,<=,{(first + second) / 2:.3f},Gy")
    found = asked(capsys, *map(str, spines), "--constraints", between, status=1)
    assert [cell["verdict"] for cell in found["comparison"][0]["plans"].values()] == ["exceeds", "within"]


def test_the_text_is_one_table_with_a_column_per_plan(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = limits(tmp_path, "SpinalCord,5,D0.035cc,<=,100,Gy", "Heart,5,Dmean,<=,5,Gy")
    words = [*map(str, spines), "--constraints", file, "--distance-rule", "torch-r-cord"]
    assert main(["check", *words]) == 1
    printed = capsys.readouterr()
    header = next(line for line in printed.out.splitlines() if line.startswith("organ"))
    assert header.split() == ["organ", "metric", "limit", "A", "B"]
    row = next(line for line in printed.out.splitlines() if "distance from GTV" in line)
    assert "exceeds 2.00" in row
    assert "within 5.00" in row
    assert "not drawn in any plan (1 limits): Heart" in printed.out


def test_a_choice_by_hand_is_for_the_plans_that_have_the_structure(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = limits(tmp_path, "Heart,5,Dmean,<=,200,Gy")
    found = asked(capsys, *map(str, spines), "--constraints", file, "--organ", "SpinalCord=Heart", status=0)
    assert {plan["verdicts"][0]["evidence"] for plan in found["plans"]} == {"chosen by hand"}
    assert main(["check", *map(str, spines), "--constraints", file, "--organ", "SpinalCrd=Heart"]) == 2
    assert "no plan has a structure 'SpinalCrd'" in capsys.readouterr().err


def test_several_plans_of_one_folder_are_chosen_by_repeating_the_option(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = limits(tmp_path, "SpinalCord,5,D0.035cc,<=,100,Gy")
    uids = [asked(capsys, str(folder), "--constraints", file, status=0)["plan"]["uid"] for folder in spines]
    both = tmp_path / "both"
    for folder in spines:
        shutil.copytree(folder, both / folder.name)
    words = (str(both), "--constraints", file, "--plan", uids[1], "--plan", uids[0])
    found = asked(capsys, *words, status=0)
    assert [plan["plan"]["uid"] for plan in found["plans"]] == uids[::-1]


def test_words_that_do_not_fit_are_refused(
    spines: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = map(str, spines)
    rest = ["--constraints", "tg101-2010"]
    for words, message in (
        ([a, a, *rest], "the same plan is given twice"),
        ([a, b, *rest, *(["--plan", "x"] * 3)], "2 times folder for 3 plans"),
        ([a, b, *rest, "--report", str(tmp_path / "x.html")], "a report page is of one plan"),
        ([a, b, *rest, "--dose", "nothing"], "plan A: no dose"),
        ([a, str(tmp_path / "absent"), *rest], "plan B: there is no such folder"),
    ):
        assert main(["check", *words]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert message in printed.err
    assert main(["check", a, b, *rest, "--report", str(tmp_path / "both.json")]) == 0
    assert json.loads((tmp_path / "both.json").read_text(encoding="utf-8"))["plans"]
