"""Curves of recovery: their ends, and what no curve is."""

from __future__ import annotations

import pytest

from bed.errors import BedValueError
from bed.retreatment import (
    DamageDecay,
    LinearRecovery,
    RecoveryEdge,
    RecoveryPoints,
    RecoverySteps,
    recovered_fraction,
    stated_recovery,
)


def test_the_edges_of_points_are_the_first_and_the_last_with_their_own_fractions() -> None:
    points = RecoveryPoints(days=(100.0, 150.0, 200.0), fractions=(0.2, 0.4, 0.6))
    first = RecoveryEdge(edge_days=100.0, before=None, after=0.2)
    last = RecoveryEdge(edge_days=200.0, before=0.6, after=None)
    assert points.edge_near(95, within_days=10) == points.edge_near(110, within_days=10) == first
    assert points.edge_near(195, within_days=10) == points.edge_near(210, within_days=10) == last
    assert points.edge_near(150, within_days=10) is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: RecoverySteps(edges_days=(), fractions=()),
        lambda: RecoverySteps(edges_days=(0.0, 1.0), fractions=(0.0,)),
        lambda: RecoverySteps(edges_days=(1.0, 0.0), fractions=(0.0, 0.5)),
        lambda: RecoverySteps(edges_days=(-1.0, 0.0), fractions=(0.0, 0.5)),
        lambda: RecoverySteps(edges_days=(0.0, 1.0), fractions=(0.5, 0.2)),
        lambda: RecoverySteps(edges_days=(0.0,), fractions=(25.0,)),
        lambda: RecoveryPoints(days=(1.0,), fractions=(0.5,)),
        lambda: RecoveryPoints(days=(2.0, 1.0), fractions=(0.1, 0.2)),
        lambda: RecoveryPoints(days=(1.0, 2.0), fractions=(0.3, 0.2)),
        lambda: DamageDecay(permanent_fraction=1.5, time_constant_days=1),
        lambda: DamageDecay(permanent_fraction=0.5, time_constant_days=0),
        lambda: LinearRecovery(start_days=-1, fraction_per_year=0.1, largest_fraction=0.5),
        lambda: LinearRecovery(start_days=0, fraction_per_year=-0.1, largest_fraction=0.5),
        lambda: LinearRecovery(start_days=0, fraction_per_year=0.1, largest_fraction=1.1),
        lambda: recovered_fraction(recovered_dose=-1, initial_dose=44),
        lambda: recovered_fraction(recovered_dose=1, initial_dose=0),
        lambda: stated_recovery(fraction=0.2, tissue="Rectum", source=""),
        lambda: stated_recovery(fraction=25, tissue="Rectum", source="percent by mistake"),
    ],
)
def test_impossible_rules_are_refused(wrong: object) -> None:
    with pytest.raises(BedValueError):
        wrong()  # type: ignore[operator]


def test_before_the_first_step_nothing_is_known() -> None:
    steps = RecoverySteps(edges_days=(100.0,), fractions=(0.5,))
    assert steps.at(99) is None
    assert steps.at(100) == 0.5
