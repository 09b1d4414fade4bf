"""H15: near-maximum volumes mixed (max, 0.03, 0.035, 0.1, 0.5 cc)."""

from __future__ import annotations

import pytest

from rtplan.limits import (
    PublishedMetric,
    constraint_sets,
    constraints_from_rows,
    diff_sets,
    load_constraint_set,
)

NEAR_MAXIMA = ["Dmax", "D0.01cc", "D0.03cc", "D0.035cc", "D0.1cc", "D0.5cc"]


def test_every_near_maximum_asks_the_dvh_something_else():
    asked = [PublishedMetric.parse(text, unit="Gy").dvh for text in NEAR_MAXIMA]
    assert len(set(asked)) == len(NEAR_MAXIMA)


def test_the_metric_is_part_of_a_limits_identity():
    row = {
        "organ": "SpinalCord",
        "n_fractions": "5",
        "comparator": "<=",
        "unit": "Gy",
        "source": "planted",
        "how_verified": "own",
    }
    rows = [row | {"metric": metric, "limit": str(30 - i)} for i, metric in enumerate(NEAR_MAXIMA)]
    found = constraints_from_rows(rows, name="planted")
    assert [c.metric.text for c in found] == NEAR_MAXIMA
    assert not any(c.limit.is_range for c in found)


@pytest.mark.parametrize("name", [entry.name for entry in constraint_sets()])
def test_no_shipped_range_was_made_of_two_metrics(name):
    for constraint in load_constraint_set(name).constraints:
        assert constraint.metric.text == constraint.key[4]


def test_sets_that_differ_in_their_near_maximum_differ():
    differences = diff_sets(load_constraint_set("uk-sabr-2018"), load_constraint_set("uk-sabr-2022"))
    canal = {d.metric: (d.in_a, d.in_b) for d in differences if d.organ == "SpinalCanal"}
    assert canal == {"D0.1cc[Gy]": ("< 25 Gy", None), "D0.035cc[Gy]": (None, "< 32 Gy")}
