"""What is known of a parameter, and what that does to a result.

Distributions and intervals of parameters, carried through any function of them.
"""

from __future__ import annotations

from bed.uncertainty.distributions import (
    Distribution,
    Interval,
    LogNormal,
    Normal,
    Parameter,
    ReciprocalNormal,
    Triangular,
    Uniform,
)
from bed.uncertainty.propagation import (
    Bounds,
    MonteCarlo,
    UncertainCourse,
    VarianceShare,
    alpha_beta_of_fit,
    cumulative_eqd2,
    monte_carlo,
    scan_bounds,
    scan_voxel_bounds,
    variance_shares,
)

__all__ = [
    "Bounds",
    "Distribution",
    "Interval",
    "LogNormal",
    "MonteCarlo",
    "Normal",
    "Parameter",
    "ReciprocalNormal",
    "Triangular",
    "UncertainCourse",
    "Uniform",
    "VarianceShare",
    "alpha_beta_of_fit",
    "cumulative_eqd2",
    "monte_carlo",
    "scan_bounds",
    "scan_voxel_bounds",
    "variance_shares",
]
