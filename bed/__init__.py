"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them.

Regimens, quantities and the LQ model load at once; the other modules load when one of their names is first
used, so that importing this package costs little more than importing NumPy.
"""

from __future__ import annotations

import importlib
from typing import Any

from bed.errors import (
    BedError,
    BedTypeError,
    BedValueError,
    OutsideValidityWarning,
    RegimenError,
    TissueLookupError,
)
from bed.lq import LQ, bed_from_dose, bed_to_eqd2, bed_to_eqdx, eqd2, eqd2_to_bed, eqdx, lq_validity_note
from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import ParsedRegimens, Regimen, RegimenSequence, parse_regimens

_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {
    "brachytherapy": (
        "bed_external_and_high_dose_rate",
        "bed_low_dose_rate",
        "bed_low_dose_rate_steady_state",
        "bed_permanent_implant",
        "bed_pulsed_dose_rate",
        "bed_radionuclide",
        "bed_radionuclide_cycles",
        "bed_temporary_implant",
        "effective_half_life",
        "effective_treatment_time",
        "relative_effectiveness_complete_decay",
    ),
    "cord": (
        "CordRule",
        "NiederScore",
        "WoolleyRetreatment",
        "hytec_de_novo_cord",
        "nieder_low_risk_rules",
        "nieder_score",
        "sahgal_hytec_rules",
        "woolley_repair_exponent",
        "woolley_retreatment",
        "woolley_tolerance",
    ),
    "distributions": (
        "Distribution",
        "Interval",
        "LogNormal",
        "Normal",
        "Parameter",
        "ReciprocalNormal",
        "Triangular",
        "Uniform",
    ),
    "dose_rate": (
        "bed_intervals",
        "bed_protracted",
        "bed_radiosurgery_equal_shots",
        "fast_weight_from_partition",
        "g_constant",
        "g_decaying",
        "g_intervals",
        "g_multi_exponential",
        "g_of_rate",
        "g_permanent",
        "g_pulsed",
        "lea_catcheside",
        "mean_decay",
        "two_component",
    ),
    "dose_response": (
        "CoxCurve",
        "KallmanCurve",
        "LogLogisticCurve",
        "LogisticCurve",
        "LogisticRegression",
        "PoissonCurve",
        "ProbitCurve",
        "ResponseCurve",
        "gamma50_from_m",
        "m_from_gamma50",
        "shifted_by_risk_factors",
    ),
    "eud": (
        "cell_kill_eud",
        "geud",
        "geud_exponent",
        "volume_shares",
    ),
    "gaps": (
        "CompromiseCurve",
        "GapCategory",
        "GapOutcome",
        "InterruptedCourse",
        "LateTissue",
        "RepopulatingTumour",
        "compensate_gap",
        "compromise_curve",
        "gap_category",
    ),
    "high_dose": (
        "BesideLQ",
        "bed_lqc",
        "bed_lql",
        "bed_lql_incomplete_repair",
        "bed_mlq",
        "bed_mlq_protracted",
        "bed_usc",
        "beside_lq",
        "dose_per_fraction_lqc",
        "dose_per_fraction_lql",
        "dose_per_fraction_mlq",
        "dose_per_fraction_usc",
        "eqd2_lqc",
        "eqd2_lql",
        "eqd2_mlq",
        "eqd2_usc",
        "lql_tangent_slope",
        "single_fraction_equivalent_dose_usc",
        "usc_alpha_beta",
        "usc_beta",
        "usc_transition_dose",
    ),
    "isoeffect": (
        "FractionNumber",
        "WholeFractions",
        "alpha_beta_from_isoeffect",
        "dose_per_fraction_for_bed",
        "isoeffective_dose",
        "n_fractions_for_bed",
        "n_fractions_with_repopulation",
        "total_dose_for_bed",
        "tumour_bed_at_organ_limit",
    ),
    "kinetics": (
        "bed_after_repopulation",
        "bed_at_times",
        "bed_at_times_biexponential",
        "bed_incomplete_repair",
        "eqd2_after_proliferation",
        "eqd2_with_time",
        "eqd2_with_time_on_weekdays",
        "incomplete_repair_factor",
        "incomplete_repair_factor_biexponential",
        "repopulation_rate_from_doubling",
        "weekday_overall_time",
    ),
    "ntcp": (
        "NtcpModel",
        "damaged_fraction",
        "ntcp_critical_volume",
        "ntcp_lkb",
        "ntcp_model",
        "ntcp_model_names",
        "ntcp_models_of",
        "ntcp_relative_seriality",
    ),
    "rbe": (
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
    ),
    "recovery": (
        "DAYS_PER_MONTH",
        "DAYS_PER_YEAR",
        "DamageDecay",
        "EDGE_WINDOW_DAYS",
        "LinearRecovery",
        "Recovery",
        "RecoveryCurve",
        "RecoveryEdge",
        "RecoveryPoints",
        "RecoverySteps",
        "damage_decay_recovery",
        "linear_recovery",
        "no_recovery",
        "recovered_fraction",
        "recovery_rule",
        "recovery_rule_names",
        "recovery_rule_tissues",
        "stated_recovery",
    ),
    "schedule": (
        "Gap",
        "MONDAY_TO_FRIDAY",
        "Schedule",
        "planned_schedule",
    ),
    "survival": (
        "lq_effect",
        "lq_effect_alpha_spread",
    ),
    "tcp": (
        "TumourResponse",
        "complication_free_control",
        "control_without_complication_agren",
        "log_surviving_clonogens",
        "tcp_alpha_spread",
        "tcp_from_log_survivors",
        "tcp_poisson",
        "tcp_zaider_minerbo",
        "tumour_recurrence_from_log_survivors",
        "tumour_response",
        "tumour_response_rows",
    ),
    "tissues": (
        "TISSUE_PARAMETERS",
        "TissueParameter",
        "find_tissue_parameters",
        "tissue_parameter",
        "tissue_parameters",
    ),
    "uncertainty": (
        "Bounds",
        "MonteCarlo",
        "UncertainCourse",
        "VarianceShare",
        "alpha_beta_of_fit",
        "cumulative_eqd2",
        "monte_carlo",
        "scan_bounds",
        "scan_voxel_bounds",
        "variance_shares",
    ),
    "unequal": (
        "bed_of_fractions",
        "eqd2_of_fractions",
        "summed_bed",
        "summed_eqd2",
    ),
}
"""Module and the public names it brings."""

_MODULE_OF = {name: module for module, names in _LOADED_WHEN_USED.items() for name in names}

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
    "TissueLookupError",
    "bed_from_dose",
    "bed_to_eqd2",
    "bed_to_eqdx",
    "eqd2",
    "eqd2_to_bed",
    "eqdx",
    "lq_validity_note",
    "parse_regimens",
]
__all__ += list(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load the module that brings a name when the name is first used."""
    if name in _LOADED_WHEN_USED:
        return importlib.import_module(f"bed.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"bed.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted(set(globals()) | set(__all__))
