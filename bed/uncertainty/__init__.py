"""What is known of a parameter, and what that does to a result.

Distributions and intervals of parameters, carried through any function of them.
"""

from __future__ import annotations

from bed.uncertainty.distributions import (
    Distribution,
    LogNormal,
    Normal,
    Parameter,
    ParameterInterval,
    ReciprocalNormal,
    Triangular,
    Uniform,
)
from bed.uncertainty.propagation import (
    MonteCarlo,
    ScanBounds,
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
    "Distribution",
    "LogNormal",
    "MonteCarlo",
    "Normal",
    "Parameter",
    "ParameterInterval",
    "ReciprocalNormal",
    "ScanBounds",
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
