"""What is forgiven before a second course, and published rules for the spinal cord.

Recovery rules by name, with what each assumes; none is applied unless it is chosen.
"""

from __future__ import annotations

from bed.retreatment.cord import (
    CordRule,
    NiederScore,
    WoolleyRetreatment,
    hytec_de_novo_cord,
    nieder_low_risk_rules,
    nieder_score,
    sahgal_hytec_rules,
    woolley_repair_exponent,
    woolley_retreatment,
    woolley_tolerance,
)
from bed.retreatment.recovery import (
    EDGE_WINDOW_DAYS,
    Recovery,
    damage_decay_recovery,
    linear_recovery,
    no_recovery,
    recovered_fraction,
    stated_recovery,
)
from bed.retreatment.recovery_curves import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    DamageDecay,
    LinearRecovery,
    RecoveryCurve,
    RecoveryEdge,
    RecoveryPoints,
    RecoverySteps,
)
from bed.retreatment.recovery_rules import recovery_rule, recovery_rule_names, recovery_rule_tissues
from bed.retreatment.target_names import TargetKind, is_part_of_target, target_kind_of_name

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "EDGE_WINDOW_DAYS",
    "CordRule",
    "DamageDecay",
    "LinearRecovery",
    "NiederScore",
    "Recovery",
    "RecoveryCurve",
    "RecoveryEdge",
    "RecoveryPoints",
    "RecoverySteps",
    "TargetKind",
    "WoolleyRetreatment",
    "damage_decay_recovery",
    "hytec_de_novo_cord",
    "is_part_of_target",
    "linear_recovery",
    "nieder_low_risk_rules",
    "nieder_score",
    "no_recovery",
    "recovered_fraction",
    "recovery_rule",
    "recovery_rule_names",
    "recovery_rule_tissues",
    "sahgal_hytec_rules",
    "stated_recovery",
    "target_kind_of_name",
    "woolley_repair_exponent",
    "woolley_retreatment",
    "woolley_tolerance",
]
