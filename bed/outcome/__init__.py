"""From a dose distribution to a probability: generalised EUD, TCP and NTCP.

Each model under its published name, with the parameter sets that its paper states and no others.
"""

from __future__ import annotations

from bed.outcome.dose_response import (
    CoxCurve,
    KallmanCurve,
    LogisticCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    ProbitCurve,
    ResponseCurve,
    gamma50_from_m,
    m_from_gamma50,
    shifted_by_risk_factors,
)
from bed.outcome.eud import cell_kill_eud, geud, geud_exponent, volume_shares
from bed.outcome.ntcp import (
    NtcpModel,
    damaged_fraction,
    ntcp_critical_volume,
    ntcp_lkb,
    ntcp_model,
    ntcp_model_names,
    ntcp_models_of,
    ntcp_relative_seriality,
)
from bed.outcome.tcp import (
    TumourResponse,
    complication_free_control,
    control_without_complication_agren,
    log_surviving_clonogens,
    tcp_alpha_spread,
    tcp_from_log_survivors,
    tcp_poisson,
    tcp_zaider_minerbo,
    tumour_recurrence_from_log_survivors,
    tumour_response,
    tumour_response_rows,
)

__all__ = [
    "CoxCurve",
    "KallmanCurve",
    "LogLogisticCurve",
    "LogisticCurve",
    "LogisticRegression",
    "NtcpModel",
    "PoissonCurve",
    "ProbitCurve",
    "ResponseCurve",
    "TumourResponse",
    "cell_kill_eud",
    "complication_free_control",
    "control_without_complication_agren",
    "damaged_fraction",
    "gamma50_from_m",
    "geud",
    "geud_exponent",
    "log_surviving_clonogens",
    "m_from_gamma50",
    "ntcp_critical_volume",
    "ntcp_lkb",
    "ntcp_model",
    "ntcp_model_names",
    "ntcp_models_of",
    "ntcp_relative_seriality",
    "shifted_by_risk_factors",
    "tcp_alpha_spread",
    "tcp_from_log_survivors",
    "tcp_poisson",
    "tcp_zaider_minerbo",
    "tumour_recurrence_from_log_survivors",
    "tumour_response",
    "tumour_response_rows",
    "volume_shares",
]
