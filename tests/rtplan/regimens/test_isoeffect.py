"""Regimens of the same effect, asked of the library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.regimens import find_isoeffects

DOSES = st.integers(min_value=5, max_value=49)
NUMBERS = st.integers(min_value=1, max_value=40)
RATIOS = st.sampled_from([1.5, 2.0, 3.0, 10.0])


@given(total=DOSES, n=NUMBERS, other=NUMBERS, ratio=RATIOS)
def test_another_number_of_fractions_has_the_same_bed(total: int, n: int, other: int, ratio: float) -> None:
    """n d (1 + d / (alpha/beta)) is the same before and after."""
    (row,) = find_isoeffects(f"{total}Gy/{n}", alpha_betas=[ratio], n_fractions=[other]).rows
    assert row.total_dose is not None
    assert row.dose_per_fraction is not None
    again = row.total_dose * (1 + row.dose_per_fraction / ratio)
    assert again == pytest.approx(total * (1 + total / n / ratio), rel=1e-9)


@given(total=DOSES, n=NUMBERS, size=st.sampled_from([1.8, 2.0, 3.0, 8.0]), ratio=RATIOS)
def test_a_fraction_size_gives_the_whole_numbers_on_either_side(
    total: int, n: int, size: float, ratio: float
) -> None:
    """The exact number lies between the numbers that are offered, or is the one that is."""
    rows = find_isoeffects(f"{total}Gy/{n}", alpha_betas=[ratio], doses_per_fraction=[size]).rows
    offered = [row.n_fractions for row in rows if row.n_fractions is not None]
    exact = rows[0].n_fractions_exact
    assert exact is not None
    assert max(offered) >= exact - 1e-9
    assert min(offered) <= exact + 1e-9 or min(offered) == 1


def test_a_regimen_without_a_bed_has_rows_with_the_reason() -> None:
    """Twice a day without a repair half-time: nothing is made up for either question."""
    table = find_isoeffects("39Gy/26 BID", alpha_betas=[3], n_fractions=[5], doses_per_fraction=[2])
    assert [(row.n_fractions, row.dose_per_fraction, row.total_dose) for row in table.rows] == [
        (5, None, None),
        (None, 2.0, None),
    ]
    assert all(row.reason for row in table.rows)
