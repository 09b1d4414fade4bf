"""What the module of a high-dose model brings to the table of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import ArrayLike

from bed.arguments import Real

__all__ = ["HighDoseEffect"]


@dataclass(frozen=True, kw_only=True)
class HighDoseEffect:
    """The functions of one high-dose model; each module of a model has one as ``EFFECT``.

    Attributes
    ----------
    bed, eqd2 : callable
        Of total dose (Gy), number of fractions and alpha/beta (Gy), then the model's parameters by name;
        in Gy. A model that fixes its alpha/beta takes none.
    departs_at : callable
        Of the parameters by name: the dose per fraction in Gy from which the model departs from LQ.
    own_alpha_beta : callable or None
        Of the parameters by name: alpha/beta in Gy where they fix it.
    bed_incomplete_repair : callable or None
        Like `bed`, of total dose, number of fractions, alpha/beta and the factor h_m, for several fractions a
        day; None where the model says nothing of them.
    """

    bed: Callable[..., Real]
    eqd2: Callable[..., Real]
    departs_at: Callable[..., ArrayLike]
    own_alpha_beta: Callable[..., Real] | None = None
    bed_incomplete_repair: Callable[..., Real] | None = None
