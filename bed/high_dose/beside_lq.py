"""The BED of a high-dose model beside that of LQ, which is never replaced silently.

For an organ at risk LQ is the conservative side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    Real,
    non_negative,
    result,
)
from bed.high_dose._per_fraction import (
    course,
)
from bed.high_dose.models import high_dose_model
from bed.lq import bed_from_dose

__all__ = ["BesideLQ", "beside_lq", "model_beside_lq"]


@dataclass(frozen=True, kw_only=True)
class BesideLQ:
    """BED of a high-dose model beside that of LQ.

    Attributes
    ----------
    model : str
        Name of the model.
    lq_bed_gy : float or ndarray
        BED of LQ in Gy.
    model_bed_gy : float or ndarray
        BED of the model in Gy; NaN where the model is not defined.
    difference_gy : float or ndarray
        Model minus LQ in Gy.
    above_transition : bool or ndarray of bool
        Where the dose per fraction exceeds the dose from which the model departs from LQ.
    """

    model: str
    lq_bed_gy: Real
    model_bed_gy: Real
    difference_gy: Real
    above_transition: object


def beside_lq(
    model: str,
    model_bed_gy: ArrayLike,
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    transition_dose: ArrayLike,
) -> BesideLQ:
    """Put the BED of a high-dose model beside LQ's, with the difference.

    Parameters
    ----------
    model : str
        Name of the model, for the report.
    model_bed_gy : float or array_like
        BED by the model in Gy, from one of the functions of this module.
    dose : float or array_like
        Total dose in Gy, >= 0, any shape.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy of both models, > 0.
    transition_dose : float or array_like
        Dose per fraction in Gy from which the model departs from LQ; 0 for models that do so at once.

    Returns
    -------
    BesideLQ
        Both values, their difference, and where it matters.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    LQ over-predicts effect at large doses per fraction, so for an organ at risk it is the safer of the two.

    Examples
    --------
    >>> from bed import bed_lql
    >>> pair = beside_lq("LQ-L", bed_lql(25.3, 5, 2, transition_dose=4, gamma_over_alpha=5),
    ...                  25.3, 5, 2, transition_dose=4)
    >>> round(pair.lq_bed_gy, 1), round(pair.model_bed_gy, 1), round(pair.difference_gy, 1)
    (89.3, 86.5, -2.8)
    """
    per_fraction, _ = course(dose, n_fractions)
    transition = non_negative(transition_dose, "transition_dose", unit="Gy")
    lq, other = (
        np.asarray(bed_from_dose(dose, n_fractions, alpha_beta)),
        np.asarray(model_bed_gy, dtype=np.float64),
    )
    above = np.asarray(per_fraction > transition)
    return BesideLQ(
        model=model,
        lq_bed_gy=result(lq),
        model_bed_gy=result(other),
        difference_gy=result(other - lq),
        above_transition=bool(above) if above.ndim == 0 else above,
    )


def model_beside_lq(
    name: str,
    dose: ArrayLike,
    n_fractions: ArrayLike,
    *,
    alpha_beta: ArrayLike | None = None,
    parameters: Mapping[str, ArrayLike],
) -> BesideLQ:
    """Put a model of the table beside LQ at the same alpha/beta.

    Parameters
    ----------
    name : str
        One of `high_dose_model_names`.
    dose, n_fractions : float or array_like
        As in `beside_lq`.
    alpha_beta : float or array_like, optional
        Alpha/beta in Gy, > 0; none for a model whose parameters fix it.
    parameters : mapping
        The model's parameters by name.

    Returns
    -------
    BesideLQ

    Raises
    ------
    BedValueError
        No such model, parameters missing or not known, or numbers outside the model's range.

    Examples
    --------
    >>> lung = {"alpha": 0.33, "d0": 1.25, "dq": 1.8}
    >>> round(model_beside_lq("usc", 54, 3, parameters=lung).difference_gy, 1)
    -49.1
    """
    model = high_dose_model(name)
    ratio = model.alpha_beta(alpha_beta, parameters)
    return beside_lq(
        model.title,
        model.bed(dose, n_fractions, alpha_beta=alpha_beta, parameters=parameters),
        dose,
        n_fractions,
        ratio,
        transition_dose=model.effect.departs_at(**parameters),
    )
