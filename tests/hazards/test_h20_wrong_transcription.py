"""H20: a limit mis-transcribed; optimal and mandatory swapped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rtplan.cli import main
from rtplan.limits import (
    Limit,
    check_constraints,
    compare_transcriptions,
    constraints_from_rows,
    load_constraint_set,
    shipped_sets,
)
from rtplan.limits.table_checks import readings as constraint_checks

ROW = {
    "organ": "Rectum",
    "n_fractions": "5",
    "metric": "D0.035cc",
    "comparator": "<=",
    "unit": "Gy",
    "source": "planted",
    "how_verified": "own",
}


def _findings(*changes):
    return [
        f.rule for f in check_constraints(constraints_from_rows([ROW | c for c in changes], name="planted"))
    ]


def test_optimal_and_mandatory_swapped():
    swapped = [{"limit": "37", "priority": "optimal"}, {"limit": "30", "priority": "mandatory"}]
    assert _findings(*swapped) == ["priority order"]
    assert _findings({"limit": "30", "priority": "optimal"}, {"limit": "37", "priority": "mandatory"}) == []


def test_less_dose_in_more_fractions():
    assert _findings({"limit": "38", "n_fractions": "3"}, {"limit": "28.2"}) == ["fractions"]
    assert _findings({"limit": "28.2", "n_fractions": "3"}, {"limit": "38"}) == []


def test_more_dose_to_more_volume():
    assert _findings({"limit": "25"}, {"limit": "38", "metric": "D20cc"}) == ["volume"]
    assert _findings({"limit": "38"}, {"limit": "25", "metric": "D20cc"}) == []


def test_more_volume_at_more_dose():
    at = {"unit": "%", "comparator": "<"}
    wrong = [at | {"metric": "V50Gy", "limit": "35"}, at | {"metric": "V60Gy", "limit": "50"}]
    assert _findings(*wrong) == ["dose level"]


def test_a_lower_limit_is_read_the_other_way_round():
    at_least = {"comparator": ">=", "organ": "PTV", "metric": "D95%"}
    right = [
        at_least | {"limit": "30", "priority": "optimal"},
        at_least | {"limit": "28", "priority": "mandatory"},
    ]
    wrong = [
        at_least | {"limit": "28", "priority": "optimal"},
        at_least | {"limit": "30", "priority": "mandatory"},
    ]
    assert _findings(*right) == []
    assert _findings(*wrong) == ["priority order"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Rectum,Rectum,5,D0.035cc,<=,38,", "Rectum,Rectum,5,D0.035cc,<=,83,")],
)
def test_a_number_changed_in_a_shipped_file_shows_twice(monkeypatch, right, wrong):
    read = shipped_sets.shipped_file
    assert right.encode() in read("rtplan.limits", "tg101-2010.csv").content

    def changed_file(room, name):
        file = read(room, name)
        return replace(file, content=file.content.replace(right.encode(), wrong.encode()))

    monkeypatch.setattr(shipped_sets, "shipped_file", changed_file)
    changed = load_constraint_set("tg101-2010")
    assert "differs from the released one" in changed.findings[0]
    conflicts = [c for c in compare_transcriptions(changed) if c.status == "conflict"]
    assert [c.second for c in conflicts] == ["38"]
    assert "wiki" in conflicts[0].url


def test_the_limits_that_matter_most_agree_with_a_second_transcription():
    found = compare_transcriptions(load_constraint_set("tg101-2010"))
    assert len(found) == 39
    assert [c.second for c in found if c.status != "agrees"] == ["21.5"]
    assert all(c.decision for c in found if c.status == "decided")


def test_the_second_transcription_names_its_own_source():
    second = constraint_checks._second_transcription().values()
    assert all(row["source"] and row["url"] for row in second)
    assert {row["independent"] for row in second} == {"yes", "not shown"}
    assert not any("ray_scripts" in row["url"] or "CORSAIR" in row["source"] for row in second)


def test_a_limit_without_second_transcription_says_so():
    statuses = {c.status for c in compare_transcriptions(load_constraint_set("timmerman-2021"))}
    assert statuses == {"single transcription"}


EARLIER = ROW | {
    "organ": "ThecalSac",
    "metric": "Dmax",
    "scope": "after earlier course",
    "alpha_beta_gy": "2",
    "earlier_eqd2_gy": "37.5",
}
CONDITION = ROW | {
    "organ": "ThecalSac",
    "n_fractions": "1-5",
    "metric": "Dmax SBRT course EQD2",
    "limit": "25",
    "unit": "Gy EQD2",
    "scope": "several courses",
    "alpha_beta_gy": "2",
}


def _found(*planted):
    return [f.rule for f in check_constraints(constraints_from_rows(list(planted), name="planted"))]


def test_more_dose_after_a_higher_earlier_dose():
    less, more = (
        EARLIER | {"limit": "18"},
        EARLIER | {"limit": "20", "earlier_eqd2_gy": "40", "condition": "after more"},
    )
    assert _found(less, more) == ["earlier dose"]
    assert _found(less, more | {"limit": "18"}) == []


def test_a_cell_that_breaks_the_condition_of_its_own_set():
    # 19 Gy in 5 is 27.55 Gy EQD2 at alpha/beta 2, 18 Gy is 25.2 and may be 17.5 to 18.5 as printed.
    assert _found(CONDITION, EARLIER | {"limit": "19"}) == ["condition"]
    assert _found(CONDITION, EARLIER | {"limit": "18"}) == []
    total = CONDITION | {"metric": "Dmax cumulative EQD2", "limit": "70"}
    late = EARLIER | {"n_fractions": "3", "earlier_eqd2_gy": "50"}
    assert _found(total, late | {"limit": "14"}) == ["condition"]
    assert _found(total, late | {"limit": "12.5"}) == []


def test_more_cumulative_dose_to_a_larger_volume():
    row = CONDITION | {"metric": "D0.1cc cumulative EQD2", "limit": "60"}
    assert _found(row, row | {"metric": "D2cc cumulative EQD2", "limit": "65"}) == ["volume"]
    included = {
        "includes_recovery": "yes",
        "from_months": "12",
        "limit": "65",
        "metric": "D2cc cumulative EQD2",
    }
    assert _found(row, row | included) == []


@pytest.mark.parametrize(("earlier", "was"), [("30 Gy/10", "19"), ("40 Gy/20", "20"), ("45 Gy/25", "21")])
def test_the_checks_would_have_caught_the_three_cells(earlier, was):
    rows = load_constraint_set("reirradiation-cord").constraints
    changed = [
        replace(c, limit=Limit.parse(was), limit_as_published=was)
        if earlier in c.condition and c.fractions.text == "5"
        else c
        for c in rows
    ]
    assert {f.rule for f in check_constraints(changed)} >= {"condition", "earlier dose"}
    assert check_constraints(rows) == ()


def test_every_row_of_every_set_says_how_often_it_was_read(capsys):
    assert main(["constraints", "verify", "--json"]) == 0
    for one in json.loads(capsys.readouterr().out)["sets"]:
        assert len(one["readings"]) == one["rows"]
        assert {row["independent_readings"] for row in one["readings"]} <= {1, 2}
        assert all(finding["printed_so"] for finding in one["findings"])
    assert main(["constraints", "verify", "reirradiation-cord"]) == 0
    text = capsys.readouterr().out
    assert "22 rows read twice independently" in text
    assert text.count("decided:") == 4


def test_verify_fails_a_file_of_ones_own_and_shows_what_is_odd(tmp_path, capsys):
    path = tmp_path / "clinic.csv"
    path.write_text(
        "organ,n_fractions,metric,comparator,limit,unit,priority,source,how_verified\n"
        "Rectum,5,D0.035cc,<=,37,Gy,optimal,planted,own\n"
        "Rectum,5,D0.035cc,<=,30,Gy,mandatory,planted,own\n",
        encoding="utf-8",
    )
    assert main(["constraints", "verify", str(path), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)["sets"]
    assert [finding["rule"] for finding in row["findings"]] == ["priority order"]
