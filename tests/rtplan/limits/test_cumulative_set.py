"""Carried sets as limits over several courses: each row is a limit or says why it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import (
    constraint_sets,
    cumulative_set,
    cumulative_set_names,
    load_constraint_set,
    load_cumulative_set,
    refuse_two,
    set_or_file,
)


def test_the_sets_with_limits_on_a_sum_are_these() -> None:
    assert cumulative_set_names() == (
        "reirradiation-thorax-2021",
        "pelvis-reirradiation-delphi-2021",
        "michigan-cumulative",
    )


@pytest.mark.parametrize("name", cumulative_set_names())
def test_every_row_is_a_limit_or_says_why_it_is_none(name: str) -> None:
    content, found = load_constraint_set(name), load_cumulative_set(name)
    used = [
        c for c in content.constraints if not any(t.startswith(f"{c.describe()}: ") for t in found.unused)
    ]
    assert sum(len(c.organs) for c in used) == len(found.limits)
    assert len(used) + len(found.unused) == len(content.constraints)
    assert found.sha256 == content.sha256
    refuse_two(found.limits)


@pytest.mark.parametrize("name", cumulative_set_names())
def test_every_limit_of_a_set_is_at_its_own_alpha_beta_and_has_its_source(name: str) -> None:
    for limit in load_cumulative_set(name).limits:
        assert limit.alpha_beta_gy is not None
        assert limit.source != "stated on the command line"


def test_a_volume_to_be_spared_is_a_dose_of_the_coldest_cc() -> None:
    limits = load_cumulative_set("michigan-cumulative").limits
    assert {str(x) for x in limits if x.organ in ("Kidneys", "Lungs", "Liver")} == {
        "Kidneys:DC200cc[Gy]<23",
        "Lungs:DC1000cc[Gy]<16",
        "Liver:DC700cc[Gy]<32",
    }


def test_a_limit_with_a_condition_that_no_dose_tells_is_no_limit_by_name() -> None:
    found = load_cumulative_set("michigan-cumulative")
    assert [limit.eqd2_gy for limit in found.limits if limit.organ == "SpinalCord"] == [50.0]
    assert any("55" in text and "alternate" in text for text in found.unused)


def test_a_source_that_does_not_say_whether_recovery_is_in_it_gives_no_limit() -> None:
    found = load_cumulative_set("reirradiation-thorax-2021")
    assert all(limit.includes_recovery for limit in found.limits)
    assert any("does not say here whether it includes recovery" in text for text in found.unused)


@pytest.mark.parametrize("name", [e.name for e in constraint_sets() if e.name not in cumulative_set_names()])
def test_other_sets_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(RtplanValueError, match="holds no limit on a sum of EQD2"):
        cumulative_set(load_constraint_set(name))


def test_a_word_is_a_set_or_a_file(tmp_path: Path) -> None:
    assert set_or_file(None) == (None, None)
    assert set_or_file("michigan-cumulative") == ("michigan-cumulative", None)
    assert set_or_file("limits.csv") == (None, Path("limits.csv"))
    with pytest.raises(RtplanLookupError, match="pelvis-reirradiation-delphi-2021"):
        set_or_file("pelvis-delphi")
    with pytest.raises(RtplanLookupError, match="michigan-cumulative"):
        load_cumulative_set("pelvis-delphi")
