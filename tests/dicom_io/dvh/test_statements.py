"""A stated minimum, mean or maximum that no curve through the stored points can have is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io.dvh import StoredDVH, statement_fault

CORD = StoredDVH(
    structure_name="Cord",
    source="test",
    dose_gy=np.array([0.0, 10.0, 20.0, 30.0]),
    volume_fraction=np.array([1.0, 0.75, 0.25, 0.0]),
)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"mean_gy": 28.0}, "mean of 28 Gy contradicts its curve (10 to 20 Gy)"),
        ({"mean_gy": 9.0}, "mean of 9 Gy"),
        ({"max_gy": 45.0}, "maximum of 45 Gy"),
        ({"max_gy": 19.0}, "maximum of 19 Gy"),
        ({"min_gy": 12.0}, "minimum of 12 Gy"),
    ],
)
def test_what_contradicts_the_curve_is_named_with_what_the_curve_allows(
    stated: dict[str, float], words: str
) -> None:
    assert words in (statement_fault(replace(CORD, **stated)) or "")


def test_a_curve_that_stops_early_allows_what_the_stated_maximum_allows() -> None:
    stops = replace(CORD, dose_gy=CORD.dose_gy[:3], volume_fraction=CORD.volume_fraction[:3])
    assert statement_fault(replace(stops, mean_gy=19.5, max_gy=30.0)) is None
    assert "mean of 28 Gy" in (statement_fault(replace(stops, mean_gy=28.0, max_gy=30.0)) or "")
    assert statement_fault(replace(stops, mean_gy=28.0)) is None
    assert "mean of 9 Gy" in (statement_fault(replace(stops, mean_gy=9.0)) or "")


@given(
    doses=st.lists(st.floats(0.0, 80.0), min_size=3, max_size=60),
    bins=st.integers(2, 40),
)
def test_the_true_minimum_mean_and_maximum_never_contradict_their_own_curve(
    doses: list[float], bins: int
) -> None:
    """Law: a histogram of voxels, sampled anywhere, agrees with the voxels' minimum, mean and maximum."""
    voxels = np.array(doses)
    edges = np.linspace(0.0, float(voxels.max()) + 0.1, bins + 1)
    left = np.array([np.mean(voxels >= edge) for edge in edges])
    dvh = StoredDVH(
        structure_name="x",
        source="test",
        dose_gy=edges,
        volume_fraction=left,
        min_gy=float(voxels.min()),
        mean_gy=float(voxels.mean()),
        max_gy=float(voxels.max()),
    )
    assert statement_fault(dvh) is None
