"""A constraint set is one data file and one command."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import Any


def test_the_file_and_the_command_of_the_page_make_a_set(package_copy: Any, blocks_of: Any) -> None:
    (rows,) = blocks_of("add-constraint-set.md", "csv")
    (command,) = blocks_of("add-constraint-set.md", "console")
    (package_copy.root / "example-2024.csv").write_text(rows, encoding="utf-8")
    before = {path: path.read_bytes() for path in package_copy.root.rglob("*") if path.is_file()}
    done = package_copy.run([*shlex.split(command)[1:], "--json"])
    assert done.returncode == 0, done.stderr
    changed = {
        path.name for path in package_copy.root.rglob("*.csv") if before.get(path) != path.read_bytes()
    }
    assert changed == {"example-2024.csv", "sets.csv"}
    said = json.loads(done.stdout)
    assert said["set"]["sha256"] == hashlib.sha256(rows.encode()).hexdigest()
    shown = json.loads(package_copy.run(["constraints", "show", "example-2024", "--json"]).stdout)
    assert [row["organ"] for row in shown["rows"]] == [["Rectum"], ["SpinalCord"]]
    assert shown["warnings"] == []
    assert "example-2024" in package_copy.run(["constraints", "list"]).stdout


def test_a_set_with_mistakes_changes_nothing(package_copy: Any) -> None:
    (package_copy.root / "Own.csv").write_text(
        "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"
        "Rectumm,5,D0.035cc,<=,38,Gy,Example,read in source\n"
        "Rectum,5,D5,<=,38,Gy,Example,read in source\n",
        encoding="utf-8",
    )
    before = {path: path.read_bytes() for path in package_copy.root.rglob("*.csv")}
    words = ["--title", "T", "--edition", " ", "--citation", "C"]
    done = package_copy.run(["constraints", "add", "Own.csv", *words])
    assert done.returncode == 2
    for words_told in (
        "'Own' is no name of a set",
        "its edition is missing",
        "row 2: metric 'D5' is not known",
    ):
        assert words_told in done.stderr
    assert {path: path.read_bytes() for path in package_copy.root.rglob("*.csv")} == before
    fixed = (package_copy.root / "Own.csv").read_text(encoding="utf-8").replace("D5,", "Dmax,")
    (package_copy.root / "own-2024.csv").write_text(fixed, encoding="utf-8")
    unknown = package_copy.run(
        ["constraints", "add", "own-2024.csv", "--title", "T", "--edition", "1", "--citation", "C"]
    )
    assert (unknown.returncode, "'Rectumm' is no standard name" in unknown.stderr) == (2, True)
