"""Laws of the isoeffect solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bed.isoeffect import (
    alpha_beta_from_isoeffect,
    dose_per_fraction_for_bed,
    isoeffective_dose,
    n_fractions_for_bed,
    n_fractions_with_repopulation,
    total_dose_for_bed,
    tumour_bed_at_organ_limit,
)
from bed.lq import bed_from_dose, eqd2
from bed.regimen import Regimen

DOSES = st.floats(min_value=1e-3, max_value=300.0)
RATIOS = st.one_of(st.floats(min_value=1e-6, max_value=1e12), st.just(math.inf))
FRACTIONS = st.integers(min_value=1, max_value=100)
SIZES = st.floats(min_value=0.05, max_value=30.0)


@given(dose=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_the_dose_per_fraction_inverts_bed(dose: float, n: int, alpha_beta: float) -> None:
    """n d(BED(D, n)) = D to 1e-9 relative, for alpha/beta from 1e-6 Gy to infinity."""
    assert n * dose_per_fraction_for_bed(bed_from_dose(dose, n, alpha_beta), n, alpha_beta) == pytest.approx(
        dose, rel=1e-9
    )


@given(dose=DOSES, n=FRACTIONS, new=FRACTIONS, alpha_beta=RATIOS)
def test_law_an_isoeffective_dose_has_the_same_bed_and_converts_back(
    dose: float, n: int, new: int, alpha_beta: float
) -> None:
    """BED(D', n') = BED(D, n), and converting back returns D, to 1e-9 relative."""
    other = isoeffective_dose(dose, n, alpha_beta, new_n_fractions=new)
    assert bed_from_dose(other, new, alpha_beta) == pytest.approx(
        bed_from_dose(dose, n, alpha_beta), rel=1e-9
    )
    assert isoeffective_dose(other, new, alpha_beta, new_n_fractions=n) == pytest.approx(dose, rel=1e-9)


@given(dose=DOSES, n=FRACTIONS, new=FRACTIONS, alpha_beta=RATIOS)
def test_law_more_fractions_take_more_dose(dose: float, n: int, new: int, alpha_beta: float) -> None:
    """The isoeffective total dose does not fall when the number of fractions rises."""
    assume(new >= n)
    assert isoeffective_dose(dose, n, alpha_beta, new_n_fractions=new) >= dose * (1 - 1e-9)


@given(n=FRACTIONS, size=SIZES, alpha_beta=RATIOS)
def test_law_the_number_of_fractions_inverts_bed(n: int, size: float, alpha_beta: float) -> None:
    """The number of fractions of size d with the BED of n x d is n, a whole number without residual."""
    target = bed_from_dose(n * size, n, alpha_beta)
    found = n_fractions_for_bed(target, alpha_beta, dose_per_fraction=size)
    assert found.n_fractions == pytest.approx(n, rel=1e-9)
    assert min(abs(option.bed_error_gy) for option in found.options) <= 1e-9 * target


@given(bed_gy=DOSES, size=SIZES, alpha_beta=RATIOS)
def test_law_whole_options_enclose_the_target(bed_gy: float, size: float, alpha_beta: float) -> None:
    """The whole numbers offered are neighbours of the real solution and miss on opposite sides, if two."""
    found = n_fractions_for_bed(bed_gy, alpha_beta, dose_per_fraction=size)
    assert all(abs(option.n_fractions - found.n_fractions) <= max(1, 1e-9) for option in found.options)
    if len(found.options) == 2:
        low, high = found.options
        assert high.n_fractions == low.n_fractions + 1
        assert low.bed_error_gy < 0 < high.bed_error_gy


@given(dose=DOSES, n=FRACTIONS, size=SIZES, alpha_beta=RATIOS)
def test_law_total_dose_for_a_bed_divided_by_its_size_is_the_real_fraction_number(
    dose: float, n: int, size: float, alpha_beta: float
) -> None:
    """D(d) / d is the real n of the solver for n; in 2 Gy fractions D is EQD2."""
    target = bed_from_dose(dose, n, alpha_beta)
    total = total_dose_for_bed(target, alpha_beta, dose_per_fraction=size)
    real_n = n_fractions_for_bed(target, alpha_beta, dose_per_fraction=size).n_fractions
    assert total / size == pytest.approx(real_n, rel=1e-9)
    assert total_dose_for_bed(target, alpha_beta, dose_per_fraction=2.0) == pytest.approx(
        eqd2(dose, n, alpha_beta), rel=1e-9
    )


@given(
    dose=st.floats(min_value=5.0, max_value=100.0),
    n=st.integers(min_value=1, max_value=40),
    new=st.integers(min_value=1, max_value=40),
    alpha_beta=st.floats(min_value=0.5, max_value=30.0),
)
def test_law_alpha_beta_is_recovered_from_an_isoeffective_pair(
    dose: float, n: int, new: int, alpha_beta: float
) -> None:
    """Two regimens made isoeffective at an alpha/beta give that alpha/beta back."""
    assume(abs(n - new) >= 1)
    other = isoeffective_dose(dose, n, alpha_beta, new_n_fractions=new)
    assume(max(dose / n, other / new) <= 50 and other <= 300)  # what a regimen may be
    assume(abs(dose - other) > 1e-3)
    pair = Regimen(total_dose=dose, n_fractions=n), Regimen(total_dose=other, n_fractions=new)
    assert alpha_beta_from_isoeffect(*pair) == pytest.approx(alpha_beta, rel=1e-6)


@given(bed_gy=DOSES, size=SIZES, alpha_beta=RATIOS)
def test_law_without_repopulation_the_search_finds_the_closed_form(
    bed_gy: float, size: float, alpha_beta: float
) -> None:
    """With K = 0 the options of the search are those of the closed form."""
    found = n_fractions_for_bed(bed_gy, alpha_beta, dose_per_fraction=size)
    assume(1 < found.n_fractions < 60)
    assume(abs(found.n_fractions - round(found.n_fractions)) > 1e-6)
    searched = n_fractions_with_repopulation(
        bed_gy,
        alpha_beta,
        dose_per_fraction=size,
        loss_per_day=0.0,
        kick_off=0.0,
        overall_time=float,
        max_fractions=61,
    )
    assert [option.n_fractions for option in searched] == [option.n_fractions for option in found.options]


@given(
    n=FRACTIONS,
    limit=st.floats(min_value=1.0, max_value=300.0),
    sparing=st.floats(min_value=0.1, max_value=1.5),
    organ=st.floats(min_value=0.5, max_value=20.0),
    tumour=st.floats(min_value=0.5, max_value=20.0),
)
def test_law_best_fraction_number_depends_on_one_comparison(
    n: int, limit: float, sparing: float, organ: float, tumour: float
) -> None:
    """Tumour BED at an organ limit rises with n iff organ alpha/beta < s x tumour alpha/beta."""
    assume(abs(organ - sparing * tumour) > 1e-3)
    few, more = np.asarray(
        tumour_bed_at_organ_limit(
            [n, n + 1],
            organ_bed_limit=limit,
            sparing_factor=sparing,
            organ_alpha_beta=organ,
            tumour_alpha_beta=tumour,
        )
    )
    gain = (more - few) / max(few, more)
    assert gain > -1e-12 if organ < sparing * tumour else gain < 1e-12
