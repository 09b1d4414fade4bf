from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits import read_limit_file

HEADER = "organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source\n"


def test_a_csv_and_a_toml_say_the_same(tmp_path: Path) -> None:
    table = tmp_path / "limits.csv"
    table.write_text(HEADER + 'SpinalCord,Max[Gy],<=,60,2,no,"Rulach 2021, consensus"\n')
    tree = tmp_path / "limits.toml"
    tree.write_text(
        '[[limit]]\norgan = "SpinalCord"\nmetric = "Max[Gy]"\ncomparator = "<="\neqd2_gy = 60\n'
        'alpha_beta_gy = 2\nincludes_recovery = false\nsource = "Rulach 2021, consensus"\n'
    )
    (one,), (other,) = read_limit_file(table), read_limit_file(tree)
    assert one == other
    assert (one.eqd2_gy, one.alpha_beta_gy, one.includes_recovery) == (60.0, 2.0, False)
    assert one.source == "Rulach 2021, consensus"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("SpinalCord,Max[Gy],<=,60,2,,Rulach", "missing: includes_recovery"),
        ("SpinalCord,Max[Gy],<=,60,,no,Rulach", "missing: alpha_beta_gy"),
        ("SpinalCord,Max[Gy],<=,60,2,no,", "missing: source"),
        ("SpinalCord,Max[Gy],<=,6000,2,no,Rulach", "cGy"),
        ("SpinalCord,Max[Gy],>=,60,2,no,Rulach", "comparator"),
        ("SpinalCord,Maxx,<=,60,2,no,Rulach", "no metric"),
        ("SpinalCord,Max[Gy],<=,60,2,perhaps,Rulach", "yes or no"),
        ("SpinalCord,Max[Gy],<=,60,-2,no,Rulach", "above 0"),
    ],
)
def test_a_row_with_a_mistake_names_it(tmp_path: Path, row: str, message: str) -> None:
    table = tmp_path / "limits.csv"
    table.write_text(HEADER + row + "\n")
    with pytest.raises(RtplanValueError, match=message):
        read_limit_file(table)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    table = tmp_path / "limits.csv"
    table.write_text(HEADER + "A,Max[Gy],<=,x,2,no,s\nB,Max[Gy],<=,60,2,,s\n")
    with pytest.raises(RtplanValueError, match=r"row 1: .*\n  row 2: "):
        read_limit_file(table)


def test_two_limits_of_one_metric_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "limits.csv"
    table.write_text(HEADER + "A,Max[Gy],<=,60,2,no,s\nA,Max[Gy],<=,70,2,no,s\n")
    with pytest.raises(RtplanValueError, match="two limits"):
        read_limit_file(table)


@pytest.mark.parametrize("name", ["limits.txt", "empty.csv", "empty.toml"])
def test_a_file_without_limits_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("")
    with pytest.raises(RtplanValueError, match=r"\.csv or \.toml|no limit"):
        read_limit_file(path)


def test_a_row_that_includes_recovery_needs_the_interval_it_was_published_for(tmp_path: Path) -> None:
    header = HEADER.replace("source", "from_months,to_months,source")
    table = tmp_path / "limits.csv"
    table.write_text(header + "Rectum,Max[Gy],<=,100,3,yes,,,x\n", encoding="utf-8")
    with pytest.raises(RtplanValueError, match="from_months is missing"):
        read_limit_file(table)
    table.write_text(header + "Rectum,Max[Gy],<=,100,3,no,6,,x\n", encoding="utf-8")
    with pytest.raises(RtplanValueError, match="belong to a limit with includes_recovery yes"):
        read_limit_file(table)
    table.write_text(header + "Rectum,Max[Gy],<=,100,3,yes,6,6,x\n", encoding="utf-8")
    with pytest.raises(RtplanValueError, match="to_months 6: more than from_months"):
        read_limit_file(table)
    table.write_text(header + "Rectum,Max[Gy],<=,100,3,yes,6,12,x\n", encoding="utf-8")
    (kept,) = read_limit_file(table)
    assert str(kept.recovery_interval) == "6 to 12 months"


def test_the_tables_that_were_handed_out_without_an_interval_are_refused(shared_data: Path) -> None:
    evidence = shared_data / "evidence"
    assert len(read_limit_file(evidence / "slevin2021_without_recovery.csv")) == 7
    with pytest.raises(RtplanValueError, match="from_months is missing"):
        read_limit_file(evidence / "slevin2021_after_12_months.csv")
