"""Relative effectiveness: protons by LET, ions, and oxygen.

Published models of RBE and OER as functions; none is applied unless it is named.
"""

from __future__ import annotations

from bed.particles.ions import (
    bed_ion,
    jones_alpha,
    jones_alpha_saturated,
    jones_beta,
    jones_beta_saturated,
    photon_equivalent_dose_per_fraction,
)
from bed.particles.oxygen import bed_with_oxygen, oxygen_enhancement_ratio
from bed.particles.proton_rbe import (
    PROTON_RBE_ICRU_78,
    physical_dose,
    rbe_carabe,
    rbe_linear_let,
    rbe_linear_quadratic,
    rbe_max_carabe,
    rbe_max_mcnamara,
    rbe_max_wedenberg,
    rbe_mcnamara,
    rbe_min_carabe,
    rbe_min_mcnamara,
    rbe_wedenberg,
    rbe_weighted_dose,
)

__all__ = [
    "PROTON_RBE_ICRU_78",
    "bed_ion",
    "bed_with_oxygen",
    "jones_alpha",
    "jones_alpha_saturated",
    "jones_beta",
    "jones_beta_saturated",
    "oxygen_enhancement_ratio",
    "photon_equivalent_dose_per_fraction",
    "physical_dose",
    "rbe_carabe",
    "rbe_linear_let",
    "rbe_linear_quadratic",
    "rbe_max_carabe",
    "rbe_max_mcnamara",
    "rbe_max_wedenberg",
    "rbe_mcnamara",
    "rbe_min_carabe",
    "rbe_min_mcnamara",
    "rbe_wedenberg",
    "rbe_weighted_dose",
]
