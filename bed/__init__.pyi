from bed.errors import BedError as BedError
from bed.errors import BedTypeError as BedTypeError
from bed.errors import BedValueError as BedValueError
from bed.errors import OutsideValidityWarning as OutsideValidityWarning
from bed.errors import RegimenError as RegimenError
from bed.errors import TissueLookupError as TissueLookupError
from bed.high_dose import BesideLQ as BesideLQ
from bed.high_dose import HighDoseEffect as HighDoseEffect
from bed.high_dose import HighDoseModel as HighDoseModel
from bed.high_dose import bed_lqc as bed_lqc
from bed.high_dose import bed_lql as bed_lql
from bed.high_dose import bed_lql_incomplete_repair as bed_lql_incomplete_repair
from bed.high_dose import bed_mlq as bed_mlq
from bed.high_dose import bed_mlq_protracted as bed_mlq_protracted
from bed.high_dose import bed_usc as bed_usc
from bed.high_dose import beside_lq as beside_lq
from bed.high_dose import dose_per_fraction_lqc as dose_per_fraction_lqc
from bed.high_dose import dose_per_fraction_lql as dose_per_fraction_lql
from bed.high_dose import dose_per_fraction_mlq as dose_per_fraction_mlq
from bed.high_dose import dose_per_fraction_usc as dose_per_fraction_usc
from bed.high_dose import eqd2_lqc as eqd2_lqc
from bed.high_dose import eqd2_lql as eqd2_lql
from bed.high_dose import eqd2_mlq as eqd2_mlq
from bed.high_dose import eqd2_usc as eqd2_usc
from bed.high_dose import high_dose_model as high_dose_model
from bed.high_dose import high_dose_model_names as high_dose_model_names
from bed.high_dose import lql_tangent_slope as lql_tangent_slope
from bed.high_dose import model_beside_lq as model_beside_lq
from bed.high_dose import single_fraction_equivalent_dose_usc as single_fraction_equivalent_dose_usc
from bed.high_dose import usc_alpha_beta as usc_alpha_beta
from bed.high_dose import usc_beta as usc_beta
from bed.high_dose import usc_transition_dose as usc_transition_dose
from bed.isoeffect import FractionNumber as FractionNumber
from bed.isoeffect import WholeFractions as WholeFractions
from bed.isoeffect import alpha_beta_from_isoeffect as alpha_beta_from_isoeffect
from bed.isoeffect import dose_per_fraction_for_bed as dose_per_fraction_for_bed
from bed.isoeffect import isoeffective_dose as isoeffective_dose
from bed.isoeffect import n_fractions_for_bed as n_fractions_for_bed
from bed.isoeffect import n_fractions_with_repopulation as n_fractions_with_repopulation
from bed.isoeffect import total_dose_for_bed as total_dose_for_bed
from bed.isoeffect import tumour_bed_at_organ_limit as tumour_bed_at_organ_limit
from bed.kinetics import MONDAY_TO_FRIDAY as MONDAY_TO_FRIDAY
from bed.kinetics import CompromiseCurve as CompromiseCurve
from bed.kinetics import Gap as Gap
from bed.kinetics import GapCategory as GapCategory
from bed.kinetics import GapOutcome as GapOutcome
from bed.kinetics import InterruptedCourse as InterruptedCourse
from bed.kinetics import LateTissue as LateTissue
from bed.kinetics import RepopulatingTumour as RepopulatingTumour
from bed.kinetics import Schedule as Schedule
from bed.kinetics import bed_after_repopulation as bed_after_repopulation
from bed.kinetics import bed_at_times as bed_at_times
from bed.kinetics import bed_at_times_biexponential as bed_at_times_biexponential
from bed.kinetics import bed_external_and_high_dose_rate as bed_external_and_high_dose_rate
from bed.kinetics import bed_incomplete_repair as bed_incomplete_repair
from bed.kinetics import bed_intervals as bed_intervals
from bed.kinetics import bed_low_dose_rate as bed_low_dose_rate
from bed.kinetics import bed_low_dose_rate_steady_state as bed_low_dose_rate_steady_state
from bed.kinetics import bed_permanent_implant as bed_permanent_implant
from bed.kinetics import bed_protracted as bed_protracted
from bed.kinetics import bed_pulsed_dose_rate as bed_pulsed_dose_rate
from bed.kinetics import bed_radionuclide as bed_radionuclide
from bed.kinetics import bed_radionuclide_cycles as bed_radionuclide_cycles
from bed.kinetics import bed_radiosurgery_equal_shots as bed_radiosurgery_equal_shots
from bed.kinetics import bed_temporary_implant as bed_temporary_implant
from bed.kinetics import compensate_gap as compensate_gap
from bed.kinetics import compromise_curve as compromise_curve
from bed.kinetics import effective_half_life as effective_half_life
from bed.kinetics import effective_treatment_time as effective_treatment_time
from bed.kinetics import eqd2_after_proliferation as eqd2_after_proliferation
from bed.kinetics import eqd2_with_time as eqd2_with_time
from bed.kinetics import eqd2_with_time_on_weekdays as eqd2_with_time_on_weekdays
from bed.kinetics import fast_weight_from_partition as fast_weight_from_partition
from bed.kinetics import g_constant as g_constant
from bed.kinetics import g_decaying as g_decaying
from bed.kinetics import g_intervals as g_intervals
from bed.kinetics import g_multi_exponential as g_multi_exponential
from bed.kinetics import g_of_rate as g_of_rate
from bed.kinetics import g_permanent as g_permanent
from bed.kinetics import g_pulsed as g_pulsed
from bed.kinetics import gap_category as gap_category
from bed.kinetics import incomplete_repair_factor as incomplete_repair_factor
from bed.kinetics import incomplete_repair_factor_biexponential as incomplete_repair_factor_biexponential
from bed.kinetics import lea_catcheside as lea_catcheside
from bed.kinetics import mean_decay as mean_decay
from bed.kinetics import planned_schedule as planned_schedule
from bed.kinetics import relative_effectiveness_complete_decay as relative_effectiveness_complete_decay
from bed.kinetics import repopulation_rate_from_doubling as repopulation_rate_from_doubling
from bed.kinetics import two_component as two_component
from bed.kinetics import weekday_overall_time as weekday_overall_time
from bed.lq import LQ as LQ
from bed.lq import bed_from_dose as bed_from_dose
from bed.lq import bed_to_eqd2 as bed_to_eqd2
from bed.lq import bed_to_eqdx as bed_to_eqdx
from bed.lq import eqd2 as eqd2
from bed.lq import eqd2_to_bed as eqd2_to_bed
from bed.lq import eqdx as eqdx
from bed.lq import lq_effect as lq_effect
from bed.lq import lq_effect_alpha_spread as lq_effect_alpha_spread
from bed.lq import lq_validity_note as lq_validity_note
from bed.outcome import CoxCurve as CoxCurve
from bed.outcome import KallmanCurve as KallmanCurve
from bed.outcome import LogisticCurve as LogisticCurve
from bed.outcome import LogisticRegression as LogisticRegression
from bed.outcome import LogLogisticCurve as LogLogisticCurve
from bed.outcome import NtcpModel as NtcpModel
from bed.outcome import PoissonCurve as PoissonCurve
from bed.outcome import ProbitCurve as ProbitCurve
from bed.outcome import ResponseCurve as ResponseCurve
from bed.outcome import TumourResponse as TumourResponse
from bed.outcome import cell_kill_eud as cell_kill_eud
from bed.outcome import complication_free_control as complication_free_control
from bed.outcome import control_without_complication_agren as control_without_complication_agren
from bed.outcome import damaged_fraction as damaged_fraction
from bed.outcome import gamma50_from_m as gamma50_from_m
from bed.outcome import geud as geud
from bed.outcome import geud_exponent as geud_exponent
from bed.outcome import log_surviving_clonogens as log_surviving_clonogens
from bed.outcome import m_from_gamma50 as m_from_gamma50
from bed.outcome import ntcp_critical_volume as ntcp_critical_volume
from bed.outcome import ntcp_lkb as ntcp_lkb
from bed.outcome import ntcp_model as ntcp_model
from bed.outcome import ntcp_model_names as ntcp_model_names
from bed.outcome import ntcp_models_of as ntcp_models_of
from bed.outcome import ntcp_relative_seriality as ntcp_relative_seriality
from bed.outcome import shifted_by_risk_factors as shifted_by_risk_factors
from bed.outcome import tcp_alpha_spread as tcp_alpha_spread
from bed.outcome import tcp_from_log_survivors as tcp_from_log_survivors
from bed.outcome import tcp_poisson as tcp_poisson
from bed.outcome import tcp_zaider_minerbo as tcp_zaider_minerbo
from bed.outcome import tumour_recurrence_from_log_survivors as tumour_recurrence_from_log_survivors
from bed.outcome import tumour_response as tumour_response
from bed.outcome import tumour_response_rows as tumour_response_rows
from bed.outcome import volume_shares as volume_shares
from bed.particles import PROTON_RBE_ICRU_78 as PROTON_RBE_ICRU_78
from bed.particles import bed_ion as bed_ion
from bed.particles import bed_with_oxygen as bed_with_oxygen
from bed.particles import jones_alpha as jones_alpha
from bed.particles import jones_alpha_saturated as jones_alpha_saturated
from bed.particles import jones_beta as jones_beta
from bed.particles import jones_beta_saturated as jones_beta_saturated
from bed.particles import oxygen_enhancement_ratio as oxygen_enhancement_ratio
from bed.particles import photon_equivalent_dose_per_fraction as photon_equivalent_dose_per_fraction
from bed.particles import physical_dose as physical_dose
from bed.particles import rbe_carabe as rbe_carabe
from bed.particles import rbe_linear_let as rbe_linear_let
from bed.particles import rbe_linear_quadratic as rbe_linear_quadratic
from bed.particles import rbe_max_carabe as rbe_max_carabe
from bed.particles import rbe_max_mcnamara as rbe_max_mcnamara
from bed.particles import rbe_max_wedenberg as rbe_max_wedenberg
from bed.particles import rbe_mcnamara as rbe_mcnamara
from bed.particles import rbe_min_carabe as rbe_min_carabe
from bed.particles import rbe_min_mcnamara as rbe_min_mcnamara
from bed.particles import rbe_wedenberg as rbe_wedenberg
from bed.particles import rbe_weighted_dose as rbe_weighted_dose
from bed.published import TISSUE_PARAMETERS as TISSUE_PARAMETERS
from bed.published import TissueParameter as TissueParameter
from bed.published import find_tissue_parameters as find_tissue_parameters
from bed.published import select_tissue_parameters as select_tissue_parameters
from bed.published import tissue_parameter as tissue_parameter
from bed.published import tissue_parameters as tissue_parameters
from bed.quantity import BED as BED
from bed.quantity import EQD2 as EQD2
from bed.quantity import PhysicalDose as PhysicalDose
from bed.regimen import ParsedRegimens as ParsedRegimens
from bed.regimen import Regimen as Regimen
from bed.regimen import RegimenSequence as RegimenSequence
from bed.regimen import parse_regimens as parse_regimens
from bed.retreatment import DAYS_PER_MONTH as DAYS_PER_MONTH
from bed.retreatment import DAYS_PER_YEAR as DAYS_PER_YEAR
from bed.retreatment import EDGE_WINDOW_DAYS as EDGE_WINDOW_DAYS
from bed.retreatment import CordRule as CordRule
from bed.retreatment import DamageDecay as DamageDecay
from bed.retreatment import LinearRecovery as LinearRecovery
from bed.retreatment import NiederScore as NiederScore
from bed.retreatment import Recovery as Recovery
from bed.retreatment import RecoveryCurve as RecoveryCurve
from bed.retreatment import RecoveryEdge as RecoveryEdge
from bed.retreatment import RecoveryPoints as RecoveryPoints
from bed.retreatment import RecoverySteps as RecoverySteps
from bed.retreatment import TargetKind as TargetKind
from bed.retreatment import WoolleyRetreatment as WoolleyRetreatment
from bed.retreatment import damage_decay_recovery as damage_decay_recovery
from bed.retreatment import hytec_de_novo_cord as hytec_de_novo_cord
from bed.retreatment import is_part_of_target as is_part_of_target
from bed.retreatment import linear_recovery as linear_recovery
from bed.retreatment import nieder_low_risk_rules as nieder_low_risk_rules
from bed.retreatment import nieder_score as nieder_score
from bed.retreatment import no_recovery as no_recovery
from bed.retreatment import recovered_fraction as recovered_fraction
from bed.retreatment import recovery_rule as recovery_rule
from bed.retreatment import recovery_rule_names as recovery_rule_names
from bed.retreatment import recovery_rule_tissues as recovery_rule_tissues
from bed.retreatment import sahgal_hytec_rules as sahgal_hytec_rules
from bed.retreatment import stated_recovery as stated_recovery
from bed.retreatment import target_kind_of_name as target_kind_of_name
from bed.retreatment import woolley_repair_exponent as woolley_repair_exponent
from bed.retreatment import woolley_retreatment as woolley_retreatment
from bed.retreatment import woolley_tolerance as woolley_tolerance
from bed.uncertainty import Distribution as Distribution
from bed.uncertainty import LogNormal as LogNormal
from bed.uncertainty import MonteCarlo as MonteCarlo
from bed.uncertainty import Normal as Normal
from bed.uncertainty import Parameter as Parameter
from bed.uncertainty import ParameterInterval as ParameterInterval
from bed.uncertainty import ReciprocalNormal as ReciprocalNormal
from bed.uncertainty import ScanBounds as ScanBounds
from bed.uncertainty import Triangular as Triangular
from bed.uncertainty import UncertainCourse as UncertainCourse
from bed.uncertainty import Uniform as Uniform
from bed.uncertainty import VarianceShare as VarianceShare
from bed.uncertainty import alpha_beta_of_fit as alpha_beta_of_fit
from bed.uncertainty import cumulative_eqd2 as cumulative_eqd2
from bed.uncertainty import monte_carlo as monte_carlo
from bed.uncertainty import scan_bounds as scan_bounds
from bed.uncertainty import scan_voxel_bounds as scan_voxel_bounds
from bed.uncertainty import variance_shares as variance_shares
from bed.unequal import bed_of_fractions as bed_of_fractions
from bed.unequal import eqd2_of_fractions as eqd2_of_fractions
from bed.unequal import summed_bed as summed_bed
from bed.unequal import summed_eqd2 as summed_eqd2

__all__ = [
    "BED",
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "EDGE_WINDOW_DAYS",
    "EQD2",
    "LQ",
    "MONDAY_TO_FRIDAY",
    "PROTON_RBE_ICRU_78",
    "TISSUE_PARAMETERS",
    "BedError",
    "BedTypeError",
    "BedValueError",
    "BesideLQ",
    "CompromiseCurve",
    "CordRule",
    "CoxCurve",
    "DamageDecay",
    "Distribution",
    "FractionNumber",
    "Gap",
    "GapCategory",
    "GapOutcome",
    "HighDoseEffect",
    "HighDoseModel",
    "InterruptedCourse",
    "KallmanCurve",
    "LateTissue",
    "LinearRecovery",
    "LogLogisticCurve",
    "LogNormal",
    "LogisticCurve",
    "LogisticRegression",
    "MonteCarlo",
    "NiederScore",
    "Normal",
    "NtcpModel",
    "OutsideValidityWarning",
    "Parameter",
    "ParameterInterval",
    "ParsedRegimens",
    "PhysicalDose",
    "PoissonCurve",
    "ProbitCurve",
    "ReciprocalNormal",
    "Recovery",
    "RecoveryCurve",
    "RecoveryEdge",
    "RecoveryPoints",
    "RecoverySteps",
    "Regimen",
    "RegimenError",
    "RegimenSequence",
    "RepopulatingTumour",
    "ResponseCurve",
    "ScanBounds",
    "Schedule",
    "TargetKind",
    "TissueLookupError",
    "TissueParameter",
    "Triangular",
    "TumourResponse",
    "UncertainCourse",
    "Uniform",
    "VarianceShare",
    "WholeFractions",
    "WoolleyRetreatment",
    "alpha_beta_from_isoeffect",
    "alpha_beta_of_fit",
    "bed_after_repopulation",
    "bed_at_times",
    "bed_at_times_biexponential",
    "bed_external_and_high_dose_rate",
    "bed_from_dose",
    "bed_incomplete_repair",
    "bed_intervals",
    "bed_ion",
    "bed_low_dose_rate",
    "bed_low_dose_rate_steady_state",
    "bed_lqc",
    "bed_lql",
    "bed_lql_incomplete_repair",
    "bed_mlq",
    "bed_mlq_protracted",
    "bed_of_fractions",
    "bed_permanent_implant",
    "bed_protracted",
    "bed_pulsed_dose_rate",
    "bed_radionuclide",
    "bed_radionuclide_cycles",
    "bed_radiosurgery_equal_shots",
    "bed_temporary_implant",
    "bed_to_eqd2",
    "bed_to_eqdx",
    "bed_usc",
    "bed_with_oxygen",
    "beside_lq",
    "cell_kill_eud",
    "compensate_gap",
    "complication_free_control",
    "compromise_curve",
    "control_without_complication_agren",
    "cumulative_eqd2",
    "damage_decay_recovery",
    "damaged_fraction",
    "dose_per_fraction_for_bed",
    "dose_per_fraction_lqc",
    "dose_per_fraction_lql",
    "dose_per_fraction_mlq",
    "dose_per_fraction_usc",
    "effective_half_life",
    "effective_treatment_time",
    "eqd2",
    "eqd2_after_proliferation",
    "eqd2_lqc",
    "eqd2_lql",
    "eqd2_mlq",
    "eqd2_of_fractions",
    "eqd2_to_bed",
    "eqd2_usc",
    "eqd2_with_time",
    "eqd2_with_time_on_weekdays",
    "eqdx",
    "fast_weight_from_partition",
    "find_tissue_parameters",
    "g_constant",
    "g_decaying",
    "g_intervals",
    "g_multi_exponential",
    "g_of_rate",
    "g_permanent",
    "g_pulsed",
    "gamma50_from_m",
    "gap_category",
    "geud",
    "geud_exponent",
    "high_dose_model",
    "high_dose_model_names",
    "hytec_de_novo_cord",
    "incomplete_repair_factor",
    "incomplete_repair_factor_biexponential",
    "is_part_of_target",
    "isoeffective_dose",
    "jones_alpha",
    "jones_alpha_saturated",
    "jones_beta",
    "jones_beta_saturated",
    "lea_catcheside",
    "linear_recovery",
    "log_surviving_clonogens",
    "lq_effect",
    "lq_effect_alpha_spread",
    "lq_validity_note",
    "lql_tangent_slope",
    "m_from_gamma50",
    "mean_decay",
    "model_beside_lq",
    "monte_carlo",
    "n_fractions_for_bed",
    "n_fractions_with_repopulation",
    "nieder_low_risk_rules",
    "nieder_score",
    "no_recovery",
    "ntcp_critical_volume",
    "ntcp_lkb",
    "ntcp_model",
    "ntcp_model_names",
    "ntcp_models_of",
    "ntcp_relative_seriality",
    "oxygen_enhancement_ratio",
    "parse_regimens",
    "photon_equivalent_dose_per_fraction",
    "physical_dose",
    "planned_schedule",
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
    "recovered_fraction",
    "recovery_rule",
    "recovery_rule_names",
    "recovery_rule_tissues",
    "relative_effectiveness_complete_decay",
    "repopulation_rate_from_doubling",
    "sahgal_hytec_rules",
    "scan_bounds",
    "scan_voxel_bounds",
    "select_tissue_parameters",
    "shifted_by_risk_factors",
    "single_fraction_equivalent_dose_usc",
    "stated_recovery",
    "summed_bed",
    "summed_eqd2",
    "target_kind_of_name",
    "tcp_alpha_spread",
    "tcp_from_log_survivors",
    "tcp_poisson",
    "tcp_zaider_minerbo",
    "tissue_parameter",
    "tissue_parameters",
    "total_dose_for_bed",
    "tumour_bed_at_organ_limit",
    "tumour_recurrence_from_log_survivors",
    "tumour_response",
    "tumour_response_rows",
    "two_component",
    "usc_alpha_beta",
    "usc_beta",
    "usc_transition_dose",
    "variance_shares",
    "volume_shares",
    "weekday_overall_time",
    "woolley_repair_exponent",
    "woolley_retreatment",
    "woolley_tolerance",
]
