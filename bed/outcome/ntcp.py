"""Normal tissue complication probability from dose distributions, and published parameter sets.

The functions take numbers and arrays; a published set, `NtcpModel`, also knows on which dose scale it was
fitted and refuses doses of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import Real, doses, positive, result, share
from bed.errors import BedTypeError, BedValueError
from bed.outcome.dose_response import (
    KallmanCurve,
    LogisticCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    ProbitCurve,
    ResponseCurve,
    shifted_by_risk_factors,
)
from bed.outcome.eud import geud, geud_exponent, volume_shares
from bed.quantity import EQD2, PhysicalDose
from bed.tables import csv_rows

__all__ = [
    "NtcpModel",
    "damaged_fraction",
    "ntcp_critical_volume",
    "ntcp_lkb",
    "ntcp_model",
    "ntcp_model_names",
    "ntcp_models_of",
    "ntcp_relative_seriality",
]


def ntcp_lkb(dose: ArrayLike, *, td50: float, m: float, n: float, volume: ArrayLike | None = None) -> Real:
    r"""Complication probability by Lyman, Kutcher and Burman.

    .. math:: NTCP = \Phi\Big(\frac{gEUD - TD_{50}}{m\,TD_{50}}\Big), \quad
              gEUD = \Big(\sum v_i D_i^{1/n}\Big)^n

    Parameters
    ----------
    dose : array_like
        Gy, shape (..., n_voxels), on the dose scale of the parameters; NaN makes the result NaN.
    td50 : float
        Gy, positive.
    m : float
        Slope parameter, positive: gamma50 = 1 / (m sqrt(2 pi)).
    n : float
        Volume parameter, 0 (maximum) or more (1 is the mean).
    volume : array_like, optional
        See `bed.outcome.eud.volume_shares`.

    Returns
    -------
    float or ndarray
        Shape (...), within [0, 1].

    Raises
    ------
    BedValueError
        If a parameter is out of range or the structure is empty.

    Notes
    -----
    Lyman 1985; Kutcher and Burman 1989; Kutcher 1991.

    Examples
    --------
    >>> ntcp_lkb([76.9, 76.9], td50=76.9, m=0.13, n=0.09)
    0.5
    """
    curve = ProbitCurve(d50_gy=td50, m=m)
    return curve.probability(geud(dose, a=geud_exponent(n), volume=volume))


def ntcp_relative_seriality(
    dose: ArrayLike,
    *,
    curve: KallmanCurve | PoissonCurve,
    seriality: float,
    volume: ArrayLike | None = None,
) -> Real:
    r"""Complication probability of an organ between parallel and serial.

    .. math:: NTCP = \Big[1 - \prod_i \big(1 - P(D_i)^s\big)^{v_i}\Big]^{1/s}

    Parameters
    ----------
    dose : array_like
        Gy, shape (..., n_voxels); NaN makes the result NaN.
    curve : KallmanCurve or PoissonCurve
        Response P of the whole organ to a uniform dose, with the slope its source used.
    seriality : float
        s, positive; 1 is serial.
    volume : array_like, optional
        See `bed.outcome.eud.volume_shares`.

    Returns
    -------
    float or ndarray
        Shape (...), within [0, 1].

    Raises
    ------
    BedValueError
        If `seriality` is not positive or the structure is empty.

    Notes
    -----
    Källman 1992, Int J Radiat Biol 62:249. Computed in logarithms.

    Examples
    --------
    >>> ntcp_relative_seriality([60.0, 60.0], curve=KallmanCurve(d50_gy=60, gamma=3), seriality=0.7)
    0.5
    """
    value = np.atleast_1d(doses(dose, "dose"))
    shares = volume_shares(volume, value.shape[-1])
    s = float(positive(seriality, "seriality", unit=""))
    # A bin without volume must not count even where its factor is 0.
    response = np.asarray(curve.probability(value[..., shares > 0])) ** s
    with np.errstate(divide="ignore"):
        log_free = (shares[shares > 0] * np.log1p(-response)).sum(axis=-1)
    return result((-np.expm1(log_free)) ** (1 / s))


def damaged_fraction(dose: ArrayLike, *, curve: ResponseCurve, volume: ArrayLike | None = None) -> Real:
    r"""Fraction of an organ's functional subunits that is destroyed, :math:`f_d = \sum v_i p(D_i)`.

    Parameters
    ----------
    dose : array_like
        Gy, shape (..., n_voxels); NaN makes the result NaN.
    curve : ResponseCurve
        Response of one subunit.
    volume : array_like, optional
        See `bed.outcome.eud.volume_shares`.

    Returns
    -------
    float or ndarray
        Shape (...), within [0, 1].

    Raises
    ------
    BedValueError
        If the structure is empty.

    Notes
    -----
    Niemierko and Goitein 1993; Jackson 1995.

    Examples
    --------
    >>> damaged_fraction([0.0, 1000.0], curve=ProbitCurve(d50_gy=20, m=0.2))
    0.5
    """
    value = np.atleast_1d(doses(dose, "dose"))
    shares = volume_shares(volume, value.shape[-1])
    response = np.asarray(curve.probability(value[..., shares > 0]))
    return result((shares[shares > 0] * response).sum(axis=-1))


def ntcp_critical_volume(damaged: ArrayLike, *, reserve_mean: float, reserve_sd: float) -> Real:
    r"""Complication probability of a parallel organ whose reserve varies between patients.

    .. math:: NTCP = \Phi\Big(\frac{f_d - \bar f}{\sigma_f}\Big)

    Parameters
    ----------
    damaged : array_like
        Damaged fraction within [0, 1], see `damaged_fraction`.
    reserve_mean, reserve_sd : float
        Mean functional reserve within [0, 1] and its standard deviation, positive.

    Returns
    -------
    float or ndarray

    Raises
    ------
    BedValueError
        If a value is out of range.

    Notes
    -----
    Niemierko and Goitein 1993; Jackson 1995.

    Examples
    --------
    >>> ntcp_critical_volume(0.4, reserve_mean=0.4, reserve_sd=0.1)
    0.5
    """
    from scipy.special import ndtr  # noqa: PLC0415 - scipy loads only where it is used

    mean = share(reserve_mean, "reserve_mean")
    sd = positive(reserve_sd, "reserve_sd", unit="")
    return result(ndtr((share(damaged, "damaged") - mean) / sd))


@dataclass(frozen=True, kw_only=True)
class NtcpModel:
    """A published parameter set together with its endpoint, dose scale and source.

    Attributes
    ----------
    name, endpoint : str
        Name of the set and what it predicts.
    organs : tuple of str
        TG-263 names it was fitted for.
    curve : ProbitCurve, LogisticCurve, LogLogisticCurve or LogisticRegression
        With the slope in the source's own parameterisation.
    a : float
        Exponent of gEUD; 1 is the mean dose.
    dose_scale : str
        ``"EQD2"`` or ``"physical"``.
    alpha_beta : float or None
        Of the EQD2 scale; None where the set prints none, and the caller's EQD2 brings its own.
    n_fractions : int or None
        Number of fractions the physical dose must have been converted to.
    risk_factors : mapping
        Risk factor to (kind, value), kind ``"odds ratio"`` or ``"coefficient"``.
    d50_interval_gy : tuple of float or None
        Published interval of D50.
    tag, source, url, note : str
        How it was verified, where it comes from, what to know.
    """

    name: str
    endpoint: str
    organs: tuple[str, ...]
    curve: ProbitCurve | LogisticCurve | LogLogisticCurve | LogisticRegression
    a: float
    dose_scale: str
    alpha_beta: float | None
    n_fractions: int | None
    d50_interval_gy: tuple[float, float] | None
    tag: str
    source: str
    url: str
    note: str
    risk_factors: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    def probability(
        self,
        dose: EQD2 | PhysicalDose,
        *,
        volume: ArrayLike | None = None,
        risk_factors: Sequence[str] | None = None,
        n_fractions: int | None = None,
    ) -> Real:
        """Complication probability of a dose distribution on the set's own dose scale.

        Parameters
        ----------
        dose : EQD2 or PhysicalDose
            Voxels or DVH bins along the last axis, of the kind the set was fitted on.
        volume : array_like, optional
            See `bed.outcome.eud.volume_shares`.
        risk_factors : sequence of str, optional
            Those present; needed (an empty list for none) where the set has any.
        n_fractions : int, optional
            Number of fractions the dose is expressed in; needed where the set asks for one.

        Returns
        -------
        float or ndarray

        Raises
        ------
        BedTypeError
            If the dose is of another kind or another alpha/beta.
        BedValueError
            If risk factors are not stated or not known, or the number of fractions differs.

        Examples
        --------
        >>> model = ntcp_model("Rectum", endpoint="late bleeding grade 2 or worse")
        >>> model.probability(EQD2(gy=[60.0, 70.0, 76.0], alpha_beta=3))
        0.29
        """
        self._check_scale(dose, n_fractions)
        curve = self._curve_with(self._check_factors(risk_factors))
        return curve.probability(geud(np.asarray(dose.gy), a=self.a, volume=volume))

    def _check_scale(self, dose: EQD2 | PhysicalDose, n_fractions: int | None) -> None:
        wanted = EQD2 if self.dose_scale == "EQD2" else PhysicalDose
        if not isinstance(dose, wanted):
            raise BedTypeError(f"{self.name} was fitted on {self.dose_scale} dose, got {dose!r}")
        if isinstance(dose, EQD2) and self.alpha_beta is not None and dose.alpha_beta != self.alpha_beta:
            raise BedTypeError(
                f"{self.name} needs alpha/beta {self.alpha_beta:g} Gy, got {dose.alpha_beta:g} Gy"
            )
        if n_fractions != self.n_fractions:
            raise BedValueError(
                f"{self.name} takes n_fractions={self.n_fractions}, got {n_fractions}; "
                "convert the dose voxel by voxel first"
            )

    def _check_factors(self, present: Sequence[str] | None) -> Sequence[str]:
        if present is None and self.risk_factors:
            raise BedValueError(
                f"{self.name}: state which are present (or []): {', '.join(self.risk_factors)}"
            )
        unknown = set(present or ()) - set(self.risk_factors)
        if unknown:
            raise BedValueError(f"{self.name} knows no risk factor {sorted(unknown)}")
        return present or ()

    def _curve_with(self, present: Sequence[str]) -> ResponseCurve:
        values = [self.risk_factors[factor][1] for factor in dict.fromkeys(present)]
        if isinstance(self.curve, LogisticCurve):
            return shifted_by_risk_factors(self.curve, odds_ratio=float(np.prod(values)))
        if isinstance(self.curve, LogisticRegression):
            return LogisticRegression(intercept=self.curve.intercept + sum(values), per_gy=self.curve.per_gy)
        return self.curve


def ntcp_model_names() -> tuple[str, ...]:
    """Names of the published sets.

    Examples
    --------
    >>> ntcp_model_names()[0]
    'rectum-quantec'
    """
    return tuple(row["name"] for row in csv_rows("bed.outcome", "ntcp.csv"))


def ntcp_models_of(organ: str) -> tuple[NtcpModel, ...]:
    """All sets for an organ (TG-263 name), in the table's order.

    Examples
    --------
    >>> [model.name for model in ntcp_models_of("Rectum")]
    ['rectum-quantec']
    """
    return tuple(model for model in _models() if organ in model.organs)


def ntcp_model(organ: str, *, endpoint: str, name: str | None = None) -> NtcpModel:
    """Look up one published set by organ and endpoint.

    Parameters
    ----------
    organ, endpoint : str
        As in the table; `ntcp_models_of` lists what an organ has.
    name : str, optional
        The set's name, needed where several sets share organ and endpoint.

    Returns
    -------
    NtcpModel

    Raises
    ------
    BedValueError
        If there is none, or more than one; the message lists the choices.

    Examples
    --------
    >>> ntcp_model("Brainstem", endpoint="necrosis or infarction").curve.d50_gy
    65.0
    """
    of_organ = ntcp_models_of(organ)
    matching = [m for m in of_organ if m.endpoint == endpoint and name in (None, m.name)]
    if len(matching) == 1:
        return matching[0]
    choices = "; ".join(f"{m.name}: {m.endpoint}" for m in (matching or of_organ or _models()))
    problem = "several sets match" if matching else "no set matches"
    raise BedValueError(f"{problem} {organ!r}, {endpoint!r}; choose by name from: {choices}")


@cache
def _models() -> tuple[NtcpModel, ...]:
    return tuple(_model_from(row) for row in csv_rows("bed.outcome", "ntcp.csv"))


def _model_from(row: dict[str, str]) -> NtcpModel:
    low, high = row["d50_low_gy"], row["d50_high_gy"]
    return NtcpModel(
        name=row["name"],
        organs=tuple(row["organ"].split("|")),
        endpoint=row["endpoint"],
        curve=_curve_from(row),
        a=float(row["a"]) if row["a"] else geud_exponent(float(row["n"])),
        dose_scale=row["dose_scale"],
        alpha_beta=float(row["alpha_beta_gy"]) if row["alpha_beta_gy"] else None,
        n_fractions=int(row["n_fractions"]) if row["n_fractions"] else None,
        d50_interval_gy=(float(low), float(high)) if low else None,
        tag=row["tag"],
        source=row["source"],
        url=row["url"],
        note=row["note"],
        risk_factors=_risk_factors_of(row["name"]),
    )


def _curve_from(row: dict[str, str]) -> ProbitCurve | LogisticCurve | LogLogisticCurve | LogisticRegression:
    slope = float(row["slope"])
    if row["curve"] == "regression":
        return LogisticRegression(intercept=float(row["intercept"]), per_gy=slope)
    d50 = float(row["d50_gy"])
    if row["curve"] == "probit":
        return ProbitCurve(d50_gy=d50, m=slope)
    family = LogisticCurve if row["curve"] == "logistic" else LogLogisticCurve
    return family(d50_gy=d50, gamma50=slope)


def _risk_factors_of(name: str) -> dict[str, tuple[str, float]]:
    rows = csv_rows("bed.outcome", "ntcp_risk_factors.csv")
    return {row["risk_factor"]: (row["kind"], float(row["value"])) for row in rows if row["name"] == name}
