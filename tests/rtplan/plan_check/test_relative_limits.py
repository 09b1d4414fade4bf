"""Limits relative to the prescription are judged where the plan states one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtplan.cli import main

ROWS = """organ,n_fractions,metric,comparator,limit,unit,source,how_verified
Rectum,5,D2%,<=,107,%,c,own
Rectum,5,D2%,<=,33,Gy,c,own
Rectum,5,V50%,<=,100,%,c,own
Rectum,5,V15Gy,<=,100,%,c,own
"""


def test_a_relative_limit_is_the_absolute_one_in_percent_of_the_prescribed_30_gy(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(ROWS, encoding="utf-8")
    assert main(["check", str(two_courses / "second-course"), "--constraints", str(path), "--json"]) in (0, 1)
    rows = {row["metric"]: row["value"] for row in json.loads(capsys.readouterr().out)["verdicts"]}
    assert rows["D2%[%]"] == pytest.approx(rows["D2%[Gy]"] / 30 * 100)
    assert rows["V50%[%]"] == pytest.approx(rows["V15Gy[%]"])
