"""BED and EQD2 of typed regimens under a named model, or the reason why there is none.

LQ is always among the models shown; a high-dose model stands beside it and never replaces it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bed import Regimen, RegimenSequence, bed_from_dose, bed_to_eqd2, eqd2, lq_validity_note
from bed.high_dose import HighDoseModel, high_dose_model, high_dose_model_names
from bed.kinetics import bed_incomplete_repair, incomplete_repair_factor
from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import NotStatedError, RtplanValueError

__all__ = [
    "MODEL_PARAMETERS",
    "ModelParameters",
    "RegimenEffect",
    "regimen_effect",
    "regimen_effects",
    "unused_parameters",
]

MODEL_PARAMETERS: dict[str, tuple[str, ...]] = {
    "lq": (),
    **{name: high_dose_model(name).parameters for name in high_dose_model_names()},
}
"""The models and the parameters each needs beside alpha/beta; the three of the USC fix its alpha/beta."""

_REPAIR = ("repair_half_time_h", "interval_h")
_KNOWN = tuple(dict.fromkeys((*_REPAIR, *(name for names in MODEL_PARAMETERS.values() for name in names))))
_ALIASES = {"repair_half_time": "repair_half_time_h", "interval": "interval_h"}


@dataclass(frozen=True, kw_only=True)
class ModelParameters:
    """Parameters that the caller stated; what is not stated is absent and is never filled in.

    Attributes
    ----------
    values : tuple of (str, float)
        Name and value, each finite and above 0, no name twice: ``repair_half_time_h`` and ``interval_h``
        (half-time of repair and time between the fractions of one day, hours), and the parameters of the
        high-dose models in the units of their table (`bed.high_dose.high_dose_model`).

    Examples
    --------
    >>> ModelParameters.parse(["repair_half_time=1.5", "interval_h=6"]).stated
    {'repair_half_time_h': 1.5, 'interval_h': 6.0}
    """

    values: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.values]
        for name, value in self.values:
            if name not in _KNOWN:
                raise RtplanValueError(f"{name!r} is no parameter: use one of {', '.join(_KNOWN)}")
            if names.count(name) > 1:
                raise RtplanValueError(f"{name} is stated twice")
            if not (math.isfinite(value) and value > 0):
                raise RtplanValueError(f"{name}={value}: a finite number above 0 is needed")

    @classmethod
    def stating(cls, **values: float) -> ModelParameters:
        """State parameters by name.

        Examples
        --------
        >>> ModelParameters.stating(delta=0.15).stated
        {'delta': 0.15}
        """
        return cls(values=tuple(values.items()))

    @classmethod
    def parse(cls, texts: Iterable[str]) -> ModelParameters:
        """Read ``NAME=VALUE`` texts.

        Parameters
        ----------
        texts : iterable of str
            Such as ``"transition_dose=6.2"``.

        Returns
        -------
        ModelParameters

        Raises
        ------
        RtplanValueError
            An unknown name, a value that is no positive number, or a name stated twice.

        Examples
        --------
        >>> ModelParameters.parse(["delta=0.15"]).stated
        {'delta': 0.15}
        """
        values = []
        for text in texts:
            name, equals, value = text.partition("=")
            name = _ALIASES.get(name.strip(), name.strip())
            if not equals or name not in _KNOWN:
                raise RtplanValueError(
                    f"{text!r} is no parameter: write NAME=VALUE with one of {', '.join(_KNOWN)}"
                )
            values.append((name, _positive(value, name)))
        return cls(values=tuple(values))

    @property
    def stated(self) -> dict[str, float]:
        """The parameters that were stated, by name, in the order in which they are known."""
        values = dict(self.values)
        return {name: values[name] for name in _KNOWN if name in values}

    def of(self, names: Sequence[str], *, needed_by: str) -> dict[str, float]:
        """Return the named parameters.

        Parameters
        ----------
        names : sequence of str
            Their names.
        needed_by : str
            Who needs them, for the message.

        Raises
        ------
        RtplanValueError
            One of them was not stated.

        Examples
        --------
        >>> ModelParameters.stating(delta=0.15).of(["delta"], needed_by="mlq")
        {'delta': 0.15}
        """
        missing = [name for name in names if name not in self.stated]
        if missing:
            raise NotStatedError(
                f"{needed_by} needs {' and '.join(missing)}: add "
                + " ".join(f"--param {name}=VALUE" for name in missing),
                missing=missing,
            )
        return {name: self.stated[name] for name in names}


def _positive(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise RtplanValueError(f"{name}={text.strip()}: a finite number above 0 is needed")
    return value


@dataclass(frozen=True, kw_only=True)
class RegimenEffect:
    """BED and EQD2 of one regimen under one model at one alpha/beta.

    Attributes
    ----------
    regimen : Regimen or RegimenSequence
    model : str
        Name in `MODEL_PARAMETERS`.
    alpha_beta : float
        Gy.
    bed_gy, eqd2_gy : float or None
        None where it cannot be computed.
    bed_full_repair_gy, eqd2_full_repair_gy : float or None
        LQ as if the fractions of a day did not interact, for several fractions a day: a lower bound.
    reason : str or None
        Why there is no value, or what a reader must know of a sequence.
    notes : tuple of str
        Warnings that travel with the result.
    """

    regimen: Regimen | RegimenSequence
    model: str
    alpha_beta: float
    bed_gy: float | None
    eqd2_gy: float | None
    bed_full_repair_gy: float | None
    eqd2_full_repair_gy: float | None
    reason: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Phase:
    """BED and EQD2 of one phase, or why not."""

    bed_gy: float | None
    eqd2_gy: float | None
    reason: str | None = None


def regimen_effects(
    regimen: Regimen | RegimenSequence,
    *,
    alpha_betas: Sequence[float],
    models: Sequence[str],
    parameters: ModelParameters,
) -> tuple[RegimenEffect, ...]:
    """Return the effect of a regimen under LQ and every further model asked for, at every alpha/beta.

    Parameters
    ----------
    regimen : Regimen or RegimenSequence
    alpha_betas : sequence of float
        Gy, each > 0; infinity allowed, a finite one above 25 only as ``UnusualAlphaBeta(30)``.
    models : sequence of str
        Names in `MODEL_PARAMETERS`. LQ is always shown, first. A model whose parameters fix its alpha/beta is
        shown at that one only, with LQ at the same alpha/beta before it.
    parameters : ModelParameters

    Returns
    -------
    tuple of RegimenEffect

    Raises
    ------
    RtplanValueError
        An unknown model, or a parameter it needs is not stated.

    Examples
    --------
    >>> rows = regimen_effects(Regimen.parse("25Gy/5"), alpha_betas=[3, 10], models=[],
    ...                        parameters=ModelParameters())
    >>> [(row.model, row.alpha_beta, row.eqd2_gy) for row in rows]
    [('lq', 3, 40.0), ('lq', 10, 31.25)]
    """
    for ratio in alpha_betas:
        check_alpha_beta(ratio, "a point")
    others = [model for model in dict.fromkeys(models) if model != "lq"]
    fixing = [
        model for model in others if model in MODEL_PARAMETERS and high_dose_model(model).fixes_alpha_beta
    ]
    pairs = [(model, ratio) for ratio in alpha_betas for model in ("lq", *others) if model not in fixing]
    for model in fixing:
        stated = parameters.of(MODEL_PARAMETERS[model], needed_by=model)
        own = float(np.asarray(high_dose_model(model).alpha_beta(None, stated)))
        pairs += [("lq", own), (model, own)]
    return tuple(
        regimen_effect(regimen, model=model, alpha_beta=ratio, parameters=parameters)
        for model, ratio in pairs
    )


def unused_parameters(
    parameters: ModelParameters,
    regimens: Iterable[Regimen | RegimenSequence],
    *,
    models: Iterable[str] = (),
) -> list[str]:
    """Say which stated parameters no number rests on; nothing is said of parameters that are used.

    Parameters
    ----------
    parameters : ModelParameters
    regimens : iterable of Regimen or RegimenSequence
        Repair between fractions counts where one of them has several a day.
    models : iterable of str
        Shown beside LQ.

    Examples
    --------
    >>> unused_parameters(ModelParameters.stating(delta=0.15), [Regimen.parse("25Gy/5")])
    ['delta was stated and has no effect here']
    """
    used = {name for model in models for name in MODEL_PARAMETERS.get(model, ())}
    if any(phase.fractions_per_day > 1 for regimen in regimens for phase in regimen.phases):
        used |= set(_REPAIR)
    idle = [name for name in parameters.stated if name not in used]
    return [f"{', '.join(idle)} was stated and has no effect here"] if idle else []


def regimen_effect(
    regimen: Regimen | RegimenSequence, *, model: str, alpha_beta: float, parameters: ModelParameters
) -> RegimenEffect:
    """Return the effect of a regimen at a point that receives the prescribed dose.

    Parameters
    ----------
    regimen : Regimen or RegimenSequence
        Phases of a sequence are converted one by one and added.
    model : str
        Name in `MODEL_PARAMETERS`.
    alpha_beta : float
        Gy, > 0; infinity allowed.
    parameters : ModelParameters
        What the model and the repair between fractions of a day need.

    Returns
    -------
    RegimenEffect
        Without value, and with the reason, for several fractions a day without a repair half-time, and for
        sources whose dose rate matters.

    Raises
    ------
    RtplanValueError
        An unknown model, or a parameter it needs is not stated.
    BedValueError
        alpha_beta or a parameter out of range.

    Examples
    --------
    >>> effect = regimen_effect(Regimen.parse("39Gy/26 BID"), model="lq", alpha_beta=3,
    ...                         parameters=ModelParameters())
    >>> effect.bed_gy, effect.bed_full_repair_gy
    (None, 58.5)
    """
    if model not in MODEL_PARAMETERS:
        raise RtplanValueError(f"unknown model {model!r}; known: {', '.join(MODEL_PARAMETERS)}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        phases = [_phase(model, phase, alpha_beta, parameters) for phase in regimen.phases]
    full = [_full_repair(phase, alpha_beta) for phase in regimen.phases]
    several = any(phase.fractions_per_day > 1 for phase in regimen.phases)
    return RegimenEffect(
        regimen=regimen,
        model=model,
        alpha_beta=alpha_beta,
        bed_gy=_total([phase.bed_gy for phase in phases]),
        eqd2_gy=_total([phase.eqd2_gy for phase in phases]),
        bed_full_repair_gy=_total([phase.bed_gy for phase in full]) if several else None,
        eqd2_full_repair_gy=_total([phase.eqd2_gy for phase in full]) if several else None,
        reason="; ".join(dict.fromkeys(phase.reason for phase in phases if phase.reason)) or None,
        notes=(*_validity(regimen, model), *(str(warning.message) for warning in caught)),
    )


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _validity(regimen: Regimen | RegimenSequence, model: str) -> tuple[str, ...]:
    notes = (lq_validity_note(phase.dose_per_fraction) for phase in regimen.phases if not phase.is_protracted)
    return tuple(f"{regimen}: {note}" for note in notes if note and model == "lq")


def _full_repair(phase: Regimen, alpha_beta: float) -> _Phase:
    """LQ as if the fractions of a day did not interact."""
    if phase.is_protracted:
        return _Phase(bed_gy=None, eqd2_gy=None)
    return _known(
        bed_from_dose(phase.total_dose, phase.n_fractions, alpha_beta),
        eqd2(phase.total_dose, phase.n_fractions, alpha_beta),
    )


def _known(bed_gy: float, eqd2_gy: float) -> _Phase:
    """Wrap two numbers; NaN and infinity are no numbers to hand out."""
    if math.isfinite(bed_gy) and math.isfinite(eqd2_gy):
        return _Phase(bed_gy=bed_gy, eqd2_gy=eqd2_gy)
    return _Phase(
        bed_gy=None, eqd2_gy=None, reason="the model is not defined at this dose per fraction and alpha/beta"
    )


def _protracted(phase: Regimen) -> _Phase:
    return _Phase(
        bed_gy=None,
        eqd2_gy=None,
        reason=f"{phase.modality} gives its dose over hours or days: its dose rate and the repair half-time "
        "are needed, which a regimen does not say",
    )


def _lq(phase: Regimen, alpha_beta: float, parameters: ModelParameters) -> _Phase:
    if phase.is_protracted:
        return _protracted(phase)
    if phase.fractions_per_day == 1:
        return _full_repair(phase, alpha_beta)
    missing = [name for name in _REPAIR if name not in parameters.stated]
    if missing:
        return _Phase(bed_gy=None, eqd2_gy=None, reason=_why_no_repair(phase, missing))
    bed_gy = float(
        bed_incomplete_repair(
            phase.total_dose,
            phase.n_fractions,
            alpha_beta,
            fractions_per_day=phase.fractions_per_day,
            **parameters.of(_REPAIR, needed_by="incomplete repair"),
        )
    )
    return _known(bed_gy, bed_to_eqd2(bed_gy, alpha_beta))


def _why_no_repair(phase: Regimen, missing: Sequence[str]) -> str:
    hint = " ".join(f"--param {name}=HOURS" for name in missing)
    return (
        f"{phase.fractions_per_day} fractions a day repair incompletely: {' and '.join(missing)} not stated "
        f"({hint}); full repair gives a lower bound"
    )


def _phase(model: str, phase: Regimen, alpha_beta: float, parameters: ModelParameters) -> _Phase:
    if model == "lq":
        return _lq(phase, alpha_beta, parameters)
    return _high_dose(high_dose_model(model), phase, alpha_beta, parameters)


def _high_dose(
    model: HighDoseModel, phase: Regimen, alpha_beta: float, parameters: ModelParameters
) -> _Phase:
    own = parameters.of(model.parameters, needed_by=model.name)
    if phase.is_protracted:
        return _protracted(phase)
    if phase.fractions_per_day > 1:
        return _several_a_day(model, phase, alpha_beta, parameters)
    course = (phase.total_dose, phase.n_fractions)
    ratio = None if model.fixes_alpha_beta else alpha_beta
    return _known(
        float(model.bed(*course, alpha_beta=ratio, parameters=own)),
        float(model.eqd2(*course, alpha_beta=ratio, parameters=own)),
    )


def _several_a_day(
    model: HighDoseModel, phase: Regimen, alpha_beta: float, parameters: ModelParameters
) -> _Phase:
    """Incomplete repair for the models that are defined for it."""
    bed_incomplete = model.effect.bed_incomplete_repair
    if bed_incomplete is None:
        reason = f"{model.name} is not defined for several fractions a day"
        return _Phase(bed_gy=None, eqd2_gy=None, reason=reason)
    missing = [name for name in _REPAIR if name not in parameters.stated]
    if missing:
        return _Phase(bed_gy=None, eqd2_gy=None, reason=_why_no_repair(phase, missing))
    repair = parameters.of(_REPAIR, needed_by="incomplete repair")
    own = parameters.of(model.parameters, needed_by=model.name)
    factor = incomplete_repair_factor(phase.fractions_per_day, *(repair[name] for name in reversed(_REPAIR)))
    bed_gy = float(bed_incomplete(phase.total_dose, phase.n_fractions, alpha_beta, factor, **own))
    relative = float(model.bed(2.0, 1, alpha_beta=alpha_beta, parameters=own)) / 2.0
    return _known(bed_gy, bed_gy / relative)
