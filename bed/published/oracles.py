"""Published worked examples and the calls that recompute them.

The table ``data/oracles.csv`` holds what publications, other programs and arithmetic say; `CALLS` holds, for
each row, the call of this package that must give the same. Nothing is parsed from the table's prose.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from bed.errors import BedValueError
from bed.high_dose import (
    bed_lql,
    bed_mlq,
    bed_usc,
    eqd2_lql,
    lql_tangent_slope,
    usc_alpha_beta,
    usc_beta,
    usc_transition_dose,
)
from bed.isoeffect import alpha_beta_from_isoeffect, isoeffective_dose, n_fractions_for_bed
from bed.kinetics import (
    bed_after_repopulation,
    bed_external_and_high_dose_rate,
    bed_incomplete_repair,
    bed_low_dose_rate_steady_state,
    bed_permanent_implant,
    bed_radionuclide,
    bed_radiosurgery_equal_shots,
    eqd2_with_time_on_weekdays,
    g_constant,
    g_permanent,
    incomplete_repair_factor,
    lea_catcheside,
    relative_effectiveness_complete_decay,
    repopulation_rate_from_doubling,
)
from bed.lq import bed_from_dose, bed_to_eqd2, eqd2
from bed.outcome import (
    CoxCurve,
    LogisticCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    gamma50_from_m,
    geud,
    ntcp_lkb,
    ntcp_model,
    shifted_by_risk_factors,
    tcp_poisson,
    tcp_zaider_minerbo,
)
from bed.particles import (
    PROTON_RBE_ICRU_78,
    jones_beta_saturated,
    photon_equivalent_dose_per_fraction,
    physical_dose,
    rbe_max_mcnamara,
    rbe_min_mcnamara,
)
from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import Regimen
from bed.retreatment import (
    DAYS_PER_YEAR,
    WoolleyRetreatment,
    recovered_fraction,
    sahgal_hytec_rules,
    woolley_retreatment,
    woolley_tolerance,
)
from bed.tables import csv_rows
from bed.uncertainty import alpha_beta_of_fit
from bed.unequal import summed_bed, summed_eqd2

__all__ = [
    "CALLS",
    "RECONSTRUCTED_INPUTS",
    "OracleCheck",
    "OracleRow",
    "check_oracle",
    "check_oracles",
    "oracle_rows",
]


@dataclass(frozen=True, kw_only=True)
class OracleRow:
    """One published answer.

    Attributes
    ----------
    id, model, inputs : str
        Name of the row, the model it exercises, its inputs in words.
    expected, tolerance : float
        Published value and the absolute difference allowed.
    tag : str
        R read in a source, S authors' software, M unverified transcription, I identity.
    source : str
        Where the value stands.
    """

    id: str
    model: str
    inputs: str
    expected: float
    tolerance: float
    tag: str
    source: str

    @property
    def verified(self) -> bool:
        """Whether someone has seen the value in its source, or it is an identity."""
        return self.tag != "M"


@dataclass(frozen=True, kw_only=True)
class OracleCheck:
    """A published answer beside the one computed here.

    Attributes
    ----------
    row : OracleRow
        What is expected.
    got : float
        What this package computes.
    notes : tuple of str
        Warnings that the call gave, and how inputs were reconstructed where the table has lost them.
    """

    row: OracleRow
    got: float
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the two agree within the tolerance; never for a NaN."""
        return abs(self.got - self.row.expected) <= self.row.tolerance


def oracle_rows() -> tuple[OracleRow, ...]:
    """Return every row of the table, in its order.

    Examples
    --------
    >>> oracle_rows()[0].source[:11]
    'Nieder 2006'
    """
    return _rows()


def check_oracle(row: OracleRow) -> OracleCheck:
    """Recompute one row.

    Parameters
    ----------
    row : OracleRow
        Of `oracle_rows`.

    Returns
    -------
    OracleCheck

    Raises
    ------
    BedValueError
        If no call is registered for the row.

    Examples
    --------
    >>> check_oracle(oracle_rows()[0]).got
    100.0
    """
    if row.id not in CALLS:
        raise BedValueError(f"no call recomputes row {row.id} of the oracle table")
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        got = float(CALLS[row.id]())
    notes = [str(warning.message) for warning in given]
    if row.id in RECONSTRUCTED_INPUTS:
        notes.append(f"inputs reconstructed: {RECONSTRUCTED_INPUTS[row.id]}")
    return OracleCheck(row=row, got=got, notes=tuple(notes))


def check_oracles() -> tuple[OracleCheck, ...]:
    """Recompute every row of the table.

    Examples
    --------
    >>> all(check.holds for check in check_oracles())
    True
    """
    return tuple(check_oracle(row) for row in oracle_rows())


@cache
def _rows() -> tuple[OracleRow, ...]:
    return tuple(
        OracleRow(
            id=row["id"],
            model=row["model"],
            inputs=row["inputs"],
            expected=float(row["published"]),
            tolerance=float(row["tol"]),
            tag=row["provenance"],
            source=row["source"],
        )
        for row in csv_rows("bed.published", "oracles.csv")
    )


# Repair half-time of the rows that state mu 0.46 per hour.
_MU_046: Final = math.log(2) / 0.46


def _isoeffective_alpha_beta(first: str, second: str) -> float:
    return alpha_beta_from_isoeffect(Regimen.parse(first), Regimen.parse(second))


def _two_a_day(dose: float, n_fractions: int) -> float:
    repaired = bed_incomplete_repair(
        dose, n_fractions, 3.5, fractions_per_day=2, interval_h=6, repair_half_time_h=5
    )
    return _number(bed_after_repopulation(repaired, 1.4 * n_fractions, 0.3, 0))


def _implant(dose: float, source_half_life: float) -> float:
    rate = repopulation_rate_from_doubling(0.15, 42)
    return _number(
        bed_permanent_implant(
            dose, 3, source_half_life=source_half_life, repair_half_time_h=0.27, repopulation_rate=rate
        )
    )


def _bed_after_regrowth(
    bed_gy: float, overall_time: float, alpha: float, doubling_time: float, kick_off: float
) -> float:
    rate = repopulation_rate_from_doubling(alpha, doubling_time)
    return _number(bed_after_repopulation(bed_gy, overall_time, rate, kick_off))


def _linear_above(dose: float, n_fractions: int, alpha_beta: float, transition_dose: float) -> float:
    return _number(
        bed_lql(dose, n_fractions, alpha_beta, transition_dose=transition_dose, gamma_over_alpha=5)
    )


def _bed_after_regrowth_as_lql_equiv(
    bed_gy: float, alpha: float, doubling_time: float, kick_off: float
) -> float:
    """35 days of the program's calendar; it writes 0.693 for ln 2, which the last digits show."""
    return _number(bed_after_repopulation(bed_gy, 1.4 * 25, 0.693 / (alpha * doubling_time), kick_off))


def _prostate_eqd2(bed_gy: float) -> float:
    rate = _number(repopulation_rate_from_doubling(0.35, 42))
    return _number(eqd2_with_time_on_weekdays(bed_gy, 3.1, rate, 21, first_day=1)[0])


def _huang(mean_dose: float) -> float:
    model = ntcp_model("Esophagus", endpoint="acute oesophagitis grade 2 or worse", name="oesophagitis-huang")
    with_chemotherapy = ["concurrent chemotherapy"]
    return _number(
        model.probability(PhysicalDose(gy=mean_dose), risk_factors=with_chemotherapy, n_fractions=35)
    )


def _lung(mean_dose: float) -> float:
    model = ntcp_model("Lungs", endpoint="pneumonitis", name="lung-quantec-logistic")
    return _number(model.probability(PhysicalDose(gy=mean_dose)))


def _slope_at_d50() -> float:
    curve, step = LogLogisticCurve(d50_gy=60.0, gamma50=2.0), 1e-3
    rise = _number(curve.probability(60 + step)) - _number(curve.probability(60 - step))
    return 60 * rise / (2 * step)


def _one_of_three_dies(survival: float) -> float:
    return tcp_zaider_minerbo(
        fraction_days=[0],
        fraction_effects=[-math.log(survival)],
        at_day=0,
        n_clonogens=3,
        birth_rate_per_day=0,
        death_rate_per_day=0,
    )


def _recovered_percent(dose: float) -> float:
    return 100 * recovered_fraction(recovered_dose=dose, initial_dose=44)


def _woolley(
    dose: float, n_fractions: int, years: float, risk_percent: float, conservative_percent: float = 0
) -> WoolleyRetreatment:
    return woolley_retreatment(
        BED(gy=bed_from_dose(dose, n_fractions, 2), alpha_beta=2),
        interval_days=years * DAYS_PER_YEAR,
        risk_percent=risk_percent,
        conservative_percent=conservative_percent,
    )


def _remaining_percent(answer: WoolleyRetreatment) -> float:
    return math.nan if answer.second_bed is None else _number(answer.second_bed.gy)


def _percent_without_answer() -> float:
    answer = _woolley(50, 25, 1, 0.1)
    return answer.first_percent if answer.second_bed is None else math.nan


def _sbrt_share() -> float:
    rules = sahgal_hytec_rules(EQD2(gy=45, alpha_beta=2), EQD2(gy=25, alpha_beta=2), interval_days=200)
    return rules[2].value


def _number(value: Any) -> float:
    return float(value)


RECONSTRUCTED_INPUTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "E152": "40 Gy in 20 fractions, 0.5 years, risk 0.1 %; the row it refers to is not in the table",
        "E158": "50 Gy in 25 fractions, 3 years, risk 5 %; the row it refers to is not in the table",
    }
)
"""Rows whose inputs stood in a row that is gone, and the only usual regimen that gives their value."""

CALLS: Final[Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "E001": lambda: bed_from_dose(50, 25, 2),
        "E002": lambda: bed_from_dose(50, 25, 4),
        "E003": lambda: bed_to_eqd2(135.5, 2),
        "E005": lambda: bed_from_dose(60, 30, 3),
        "E006": lambda: bed_from_dose(60, 25, 10),
        "E008": lambda: summed_eqd2([8, 8], [1, 1], 2),
        "E009": lambda: eqd2(20, 5, 2),
        "E011": lambda: summed_eqd2([45, 30], [25, 15], 2),
        "E012": lambda: eqd2(50, 20, 2),
        "E014": lambda: eqd2(50.4, 28, 2),
        "E015": lambda: eqd2(8, 1, 2),
        "E017": lambda: bed_from_dose(60, 20, 10),
        "E018": lambda: bed_from_dose(70, 35, 3),
        "E020": lambda: eqd2(50, 10, 3),
        "E021": lambda: eqd2(45, 15, 3),
        "E023": lambda: eqd2(20, 5, 3),
        "E024": lambda: eqd2(60, 60, 3),
        "E026": lambda: eqd2(60, 20, 1.5),
        "E027": lambda: eqd2(25.3, 5, 2),
        "E028": lambda: bed_from_dose(48, 4, 10),
        "E029": lambda: bed_from_dose(54, 3, 10),
        "E030": lambda: bed_from_dose(60, 3, 10),
        "E031": lambda: bed_from_dose(50, 5, 10),
        "E032": lambda: bed_from_dose(45, 3, 10),
        "E033": lambda: bed_from_dose(34, 1, 10),
        "E034": lambda: bed_from_dose(60, 8, 10),
        "E035": lambda: bed_from_dose(25, 5, 10),
        "E036": lambda: bed_from_dose(50.4, 28, 10),
        "E037": lambda: bed_from_dose(25, 5, 3),
        "E039": lambda: isoeffective_dose(12.4, 1, 2, new_n_fractions=3),
        "E040": lambda: isoeffective_dose(12.4, 1, 2, new_n_fractions=4),
        "E042": lambda: n_fractions_for_bed(bed_from_dose(60, 20, 10), 10, dose_per_fraction=2).n_fractions,
        "E043": lambda: _isoeffective_alpha_beta("62Gy/20", "80Gy/40"),
        "E044": lambda: _isoeffective_alpha_beta("60Gy/20", "79.2Gy/44"),
        "E045": lambda: _isoeffective_alpha_beta("41.6Gy/13", "50Gy/25"),
        "E046": lambda: isoeffective_dose(29.2318, 15, 10, new_n_fractions=35),
        "E047": lambda: isoeffective_dose(14.6125, 15, 10, new_n_fractions=35),
        "E049": lambda: alpha_beta_of_fit(alpha=0.339, beta=0.067),
        "E050": lambda: summed_bed([45, 24], [25, 3], 10),
        "E052": lambda: summed_eqd2([50, 24], [25, 3], 3),
        "E053": lambda: bed_to_eqd2(_number(bed_external_and_high_dose_rate(45, 25, 28, 4, 10)), 10),
        "E054": lambda: bed_to_eqd2(_number(bed_external_and_high_dose_rate(45, 25, 30, 5, 10)), 10),
        "E055": lambda: bed_to_eqd2(_number(bed_external_and_high_dose_rate(45, 25, 30, 6, 10)), 10),
        "E056": lambda: bed_to_eqd2(_number(bed_external_and_high_dose_rate(45, 25, 27.5, 5, 10)), 10),
        "E057": lambda: eqd2(45, 25, 10),
        "E058": lambda: eqd2(45, 25, 3),
        "E059": lambda: incomplete_repair_factor(2, 6, 1.0),
        "E060": lambda: incomplete_repair_factor(2, 6, 1.5),
        "E061": lambda: incomplete_repair_factor(2, 6, 2.0),
        "E062": lambda: incomplete_repair_factor(2, 6, 3.0),
        "E063": lambda: incomplete_repair_factor(2, 6, 4.0),
        "E064": lambda: incomplete_repair_factor(2, 8, 2.0),
        "E065": lambda: incomplete_repair_factor(2, 8, 4.0),
        "E066": lambda: incomplete_repair_factor(2, 4, 2.5),
        "E067": lambda: incomplete_repair_factor(3, 6, 1.5),
        "E068": lambda: _two_a_day(30, 10),
        "E070": lambda: _two_a_day(15, 5),
        "E071": lambda: incomplete_repair_factor(2, 6, -6 * math.log(2) / math.log(0.38860157044272986)),
        "E072": lambda: incomplete_repair_factor(3, 6, math.inf),
        "E073": lambda: bed_low_dose_rate_steady_state(40, 0.55, 10, _MU_046),
        "E075": lambda: lea_catcheside(1e-9),
        "E076": lambda: lea_catcheside(400),
        "E077": lambda: g_constant(24, _MU_046),
        "E078": lambda: g_permanent(9.7 * 24, 1.5),
        "E079": lambda: g_permanent(10, 2),
        "E080": lambda: relative_effectiveness_complete_decay(
            2, 3, source_half_life_h=math.log(2) / 0.05, repair_half_time_h=_MU_046
        ),
        "E081": lambda: _implant(145, 59.4),
        "E082": lambda: _implant(125, 16.99),
        "E083": lambda: bed_radionuclide(20, 2.6, effective_half_life_h=50, repair_half_time_h=2.8),
        "E084": lambda: bed_radiosurgery_equal_shots(
            12,
            4,
            1.0,
            5 / 60,
            2.47,
            fast_half_time_h=11.4 / 60,
            slow_half_time_h=129.6 / 60,
            fast_weight=0.5295,
        ),
        "E085": lambda: bed_after_repopulation(bed_from_dose(70, 35, 10), 46, 0.9, 28),
        "E086": lambda: bed_from_dose(70, 35, 3),
        "E087": lambda: _bed_after_regrowth(bed_from_dose(70, 35, 10), 46, 0.35, 2.5, 7),
        "E089": lambda: _bed_after_regrowth_as_lql_equiv(bed_from_dose(50, 25, 7.2), 0.35, 5, 21),
        "E090": lambda: _bed_after_regrowth_as_lql_equiv(bed_from_dose(50, 25, 10), 0.35, 9, 21),
        "E092": lambda: _bed_after_regrowth_as_lql_equiv(_linear_above(50, 25, 0.9, 1.8), 0.208, 5, 28),
        "E093": lambda: _prostate_eqd2(_bed_after_regrowth(bed_from_dose(60, 20, 3.1), 26, 0.35, 42, 21)),
        "E095": lambda: _prostate_eqd2(bed_from_dose(42.7, 7, 3.1)),
        "E096": lambda: _prostate_eqd2(_linear_above(36.25, 5, 3.1, 6.2)),
        "E098": lambda: eqd2_lql(36.25, 5, 3.1, transition_dose=6.2, gamma_over_alpha=5),
        "E099": lambda: _linear_above(25.3, 5, 2, 4),
        "E100": lambda: lql_tangent_slope(2, 4),
        "E101": lambda: usc_beta(0.33, 1.25, 1.8),
        "E102": lambda: usc_alpha_beta(0.33, 1.25, 1.8),
        "E103": lambda: usc_transition_dose(0.33, 1.25, 1.8),
        "E104": lambda: bed_usc(usc_transition_dose(0.33, 1.25, 1.8), 1, alpha=0.33, d0=1.25, dq=1.8),
        "E105": lambda: bed_mlq(54, 3, 10, delta=1e-9),
        "E106": lambda: physical_dose(74, PROTON_RBE_ICRU_78),
        "E107": lambda: rbe_max_mcnamara(2, 2.5),
        "E108": lambda: rbe_min_mcnamara(2, 2.5),
        "E110": lambda: jones_beta_saturated(0.03),
        "E111": lambda: photon_equivalent_dose_per_fraction(
            2, alpha=0.06, beta=0.03, let_kev_per_um=2.5, let_saturation=30.4, let_reference=0.22
        ),
        "E113": lambda: _huang(32.0023),
        "E114": lambda: _huang(15.3618),
        "E116": lambda: (
            shifted_by_risk_factors(LogisticCurve(d50_gy=34.4, gamma50=1.19), odds_ratio=0.62 * 2.27).d50_gy
        ),
        "E117": lambda: LogisticRegression(intercept=-6.418, per_gy=0.117).d50_gy,
        "E119": lambda: LogisticRegression(intercept=-5.17, per_gy=0.0644).d50_gy,
        "E120": lambda: LogisticRegression(intercept=-4.53, per_gy=0.0882).d50_gy,
        "E122": lambda: CoxCurve(baseline_hazard=0.0155, per_gy=0.0774).d50_gy,
        "E123": lambda: LogisticRegression(intercept=-5.17, per_gy=0.0644).probability(40.0),
        "E125": lambda: _lung(7),
        "E126": lambda: _lung(13),
        "E127": lambda: _lung(20),
        "E128": lambda: _lung(24),
        "E129": lambda: _lung(27),
        "E130": lambda: LogisticRegression(intercept=-3.87, per_gy=0.126).d50_gy,
        "E131": lambda: ntcp_lkb([76.9], td50=76.9, m=0.13, n=0.09),
        "E132": _slope_at_d50,
        "E133": lambda: gamma50_from_m(0.13),
        "E134": lambda: tcp_poisson(math.log(1e7) / 0.3, alpha=0.3, n_clonogens=1e7),
        "E135": lambda: PoissonCurve.from_clonogens(d50_gy=60, n_clonogens=1e7).gamma37,
        "E136": lambda: geud([10.0, 20.0, 30.0], a=1),
        "E137": lambda: geud([10.0, 20.0, 30.0], a=200),
        "E138": lambda: _one_of_three_dies(0.3),
        "E139": lambda: _recovered_percent(33.6),
        "E140": lambda: _recovered_percent(37.6),
        "E141": lambda: _recovered_percent(44.6),
        "E142": lambda: _recovered_percent(26.8),
        "E143": lambda: _remaining_percent(_woolley(45, 25, 1, 0.1)),
        "E144": lambda: _woolley(45, 25, 1, 0.1).dose_per_fraction(20),
        "E146": lambda: _woolley(45, 25, 2, 0.1).dose_per_fraction(20),
        "E147": lambda: _remaining_percent(_woolley(45, 25, 3, 0.1)),
        "E149": lambda: _remaining_percent(_woolley(30, 10, 2, 0.1)),
        "E150": lambda: _woolley(30, 10, 2, 0.1).dose_per_fraction(10),
        "E152": lambda: _woolley(40, 20, 0.5, 0.1).dose_per_fraction(10),
        "E153": lambda: _remaining_percent(_woolley(45, 25, 2, 0.1, 10)),
        "E155": lambda: _remaining_percent(_woolley(20, 5, 1, 1.0)),
        "E156": lambda: _woolley(20, 5, 1, 1.0).dose_per_fraction(5),
        "E158": lambda: _woolley(50, 25, 3, 5.0).dose_per_fraction(25),
        "E159": lambda: _remaining_percent(_woolley(45, 25, 0.19, 0.1)),
        "E161": lambda: woolley_tolerance(risk_percent=0.1, conservative_percent=0),
        "E162": _percent_without_answer,
        "E164": _sbrt_share,
        "E165": lambda: bed_to_eqd2(104, 3),
    }
)
"""For each row of the table, the call that recomputes it."""
