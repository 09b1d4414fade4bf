"""Laws of bounds, samples and shares of the variance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bed.uncertainty import (
    Distribution,
    LogNormal,
    Normal,
    ParameterInterval,
    ReciprocalNormal,
    Triangular,
    UncertainCourse,
    Uniform,
    cumulative_eqd2,
    monte_carlo,
    scan_bounds,
    scan_voxel_bounds,
    variance_shares,
)

courses = st.lists(
    st.builds(UncertainCourse, dose=st.floats(0, 80), n_fractions=st.integers(1, 40)), min_size=1, max_size=3
)
ends = st.tuples(st.floats(0.5, 10), st.floats(0.1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))
distributions: st.SearchStrategy[Distribution] = st.one_of(
    st.builds(Normal, mean=st.floats(1, 10), sd=st.floats(0.1, 3), above=st.just(0.0)),
    st.builds(LogNormal, median=st.floats(0.5, 20), sigma_ln=st.floats(0.05, 1)),
    st.builds(ReciprocalNormal, mean=st.floats(0.05, 1), sd=st.floats(0.01, 0.5)),
    ends.map(lambda pair: Uniform(low=pair[0], high=pair[1])),
    ends.map(lambda pair: Triangular(low=pair[0], mode=(2 * pair[0] + pair[1]) / 3, high=pair[1])),
)


def worst_of(given_courses: list[UncertainCourse]) -> object:
    """Largest single course: a maximum of curves that rise and fall, as in the worst voxel of a sum."""

    def model(alpha_beta: object) -> object:
        return np.max(
            [cumulative_eqd2([c], alpha_beta=alpha_beta, forgotten=None) for c in given_courses], axis=0
        )

    return model


@settings(max_examples=60)
@given(courses, ends, st.floats(0, 1))
def test_no_value_inside_the_box_lies_outside_the_bounds(
    given_courses: list[UncertainCourse], pair: tuple[float, float], where: float
) -> None:
    """Whatever alpha/beta of the interval is true, its result lies within the scanned bounds."""
    model = worst_of(given_courses)
    bounds = scan_bounds(model, {"alpha_beta": ParameterInterval(low=pair[0], high=pair[1])})  # type: ignore[arg-type]
    inside = model(pair[0] + where * (pair[1] - pair[0]))  # type: ignore[operator]
    slack = 1e-9 * (1 + abs(inside))
    assert bounds.low - slack <= inside <= bounds.high + slack


@given(courses, ends)
def test_the_bounds_occur_where_they_say(
    given_courses: list[UncertainCourse], pair: tuple[float, float]
) -> None:
    """Both extremes are attained at the parameters reported with them, inside the box."""
    model = worst_of(given_courses)
    bounds = scan_bounds(model, {"alpha_beta": ParameterInterval(low=pair[0], high=pair[1])})  # type: ignore[arg-type]
    for value, at in ((bounds.low, bounds.at_low), (bounds.high, bounds.at_high)):
        assert pair[0] <= at["alpha_beta"] <= pair[1]
        assert model(**at) == pytest.approx(value, rel=1e-12, abs=1e-12)  # type: ignore[operator]


@given(courses, ends, st.integers(2, 9))
def test_voxel_bounds_hold_every_scanned_scenario(
    given_courses: list[UncertainCourse], pair: tuple[float, float], points: int
) -> None:
    """Every scenario of the grid lies between the two arrays, voxel by voxel."""

    def each(alpha_beta: float) -> np.ndarray:
        return np.array([cumulative_eqd2([c], alpha_beta=alpha_beta, forgotten=None) for c in given_courses])

    box = ParameterInterval(low=pair[0], high=pair[1])
    low, high = scan_voxel_bounds(each, {"alpha_beta": box}, points=points)
    for value in box.points(points):
        assert np.all((low <= each(value)) & (each(value) <= high))


@given(distributions, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_quantiles_never_fall(distribution: Distribution, one: float, other: float) -> None:
    """A larger probability never has a smaller quantile."""
    low, high = sorted((one, other))
    assert distribution.quantile(low) <= distribution.quantile(high)


@settings(max_examples=40)
@given(distributions, st.integers(0, 2**32))
def test_samples_stay_within_the_distribution(distribution: Distribution, seed: int) -> None:
    """Half of the samples lie below the median, to the accuracy of the sampling, and all are finite."""
    sampled = monte_carlo(lambda x: x, {"x": distribution}, n_samples=4000, seed=seed)
    assert np.all(np.isfinite(sampled.samples))
    assert np.mean(sampled.samples < distribution.quantile(0.5)) == pytest.approx(0.5, abs=0.05)


@given(distributions, st.integers(0, 1000))
def test_an_interval_holds_the_median_and_widens_with_coverage(distribution: Distribution, seed: int) -> None:
    """Wider coverage never gives a narrower interval, and the median lies inside each."""
    sampled = monte_carlo(lambda x: x, {"x": distribution}, n_samples=500, seed=seed)
    (a, b), (c, d) = sampled.interval(0.5), sampled.interval(0.95)
    assert c <= a <= sampled.median <= b <= d


@given(distributions, st.floats(-1, 30), st.floats(-1, 30))
def test_a_higher_limit_is_never_exceeded_more_often(
    distribution: Distribution, one: float, other: float
) -> None:
    """The probability of exceeding a limit is a probability and never rises with the limit."""
    sampled = monte_carlo(lambda x: x, {"x": distribution}, n_samples=300, seed=1)
    low, high = sorted((one, other))
    assert 0 <= sampled.probability_above(high)[0] <= sampled.probability_above(low)[0] <= 1


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 5), st.floats(0.2, 5))
def test_shares_of_an_additive_model_add_to_one(a: float, b: float) -> None:
    """Without interactions the first-order shares add up to the whole variance."""
    shares = variance_shares(
        lambda x, y: a * x + b * y,
        {"x": Normal(mean=0, sd=1), "y": Uniform(low=0, high=1)},
        n_samples=20_000,
        seed=7,
    )
    assert sum(share.first_order for share in shares) == pytest.approx(1, abs=0.06)
    assert sum(share.total for share in shares) == pytest.approx(1, abs=0.06)
