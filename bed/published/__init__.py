"""Tables from papers with their sources, and worked examples that are recomputed.

Alpha/beta values of tissues, and the published answers that tests and ``rtplan selftest`` compute again.
"""

from __future__ import annotations

from bed.published.oracles import OracleCheck, check_oracles
from bed.published.selection import select_tissue_parameters
from bed.published.tissues import (
    TISSUE_PARAMETERS,
    TissueParameter,
    find_tissue_parameters,
    tissue_parameter,
    tissue_parameters,
)

__all__ = [
    "TISSUE_PARAMETERS",
    "OracleCheck",
    "TissueParameter",
    "check_oracles",
    "find_tissue_parameters",
    "select_tissue_parameters",
    "tissue_parameter",
    "tissue_parameters",
]
