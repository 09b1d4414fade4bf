"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them."""

from bed.errors import (
    BedError,
    BedTypeError,
    BedValueError,
    OutsideValidityWarning,
    RegimenError,
    TissueLookupError,
)
from bed.isoeffect import (
    FractionNumber,
    WholeFractions,
    alpha_beta_from_isoeffect,
    dose_per_fraction_for_bed,
    isoeffective_dose,
    n_fractions_for_bed,
    n_fractions_with_repopulation,
    total_dose_for_bed,
    tumour_bed_at_organ_limit,
)
from bed.lq import LQ, bed_from_dose, bed_to_eqd2, bed_to_eqdx, eqd2, eqd2_to_bed, eqdx, lq_validity_note
from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import ParsedRegimens, Regimen, RegimenSequence, parse_regimens
from bed.schedule import MONDAY_TO_FRIDAY, Gap, Schedule, planned_schedule
from bed.tissues import (
    PARAMETERS,
    TissueParameter,
    find_tissue_parameters,
    tissue_parameter,
    tissue_parameters,
)
from bed.unequal import bed_of_fractions, eqd2_of_fractions, summed_bed, summed_eqd2

__all__ = [
    "BED",
    "EQD2",
    "LQ",
    "MONDAY_TO_FRIDAY",
    "PARAMETERS",
    "BedError",
    "BedTypeError",
    "BedValueError",
    "FractionNumber",
    "Gap",
    "OutsideValidityWarning",
    "ParsedRegimens",
    "PhysicalDose",
    "Regimen",
    "RegimenError",
    "RegimenSequence",
    "Schedule",
    "TissueLookupError",
    "TissueParameter",
    "WholeFractions",
    "alpha_beta_from_isoeffect",
    "bed_from_dose",
    "bed_of_fractions",
    "bed_to_eqd2",
    "bed_to_eqdx",
    "dose_per_fraction_for_bed",
    "eqd2",
    "eqd2_of_fractions",
    "eqd2_to_bed",
    "eqdx",
    "find_tissue_parameters",
    "isoeffective_dose",
    "lq_validity_note",
    "n_fractions_for_bed",
    "n_fractions_with_repopulation",
    "parse_regimens",
    "planned_schedule",
    "summed_bed",
    "summed_eqd2",
    "tissue_parameter",
    "tissue_parameters",
    "total_dose_for_bed",
    "tumour_bed_at_organ_limit",
]
