"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them."""

from bed.errors import BedError, BedTypeError, BedValueError, OutsideValidityWarning, RegimenError
from bed.lq import (
    LQ,
    bed_from_dose,
    bed_to_eqd2,
    bed_to_eqdx,
    eqd2,
    eqd2_to_bed,
    eqdx,
    lq_validity_note,
)
from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import ParsedRegimens, Regimen, RegimenSequence, parse_regimens

__all__ = [
    "BED",
    "EQD2",
    "LQ",
    "BedError",
    "BedTypeError",
    "BedValueError",
    "OutsideValidityWarning",
    "ParsedRegimens",
    "PhysicalDose",
    "Regimen",
    "RegimenError",
    "RegimenSequence",
    "bed_from_dose",
    "bed_to_eqd2",
    "bed_to_eqdx",
    "eqd2",
    "eqd2_to_bed",
    "eqdx",
    "lq_validity_note",
    "parse_regimens",
]
