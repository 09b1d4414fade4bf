"""The table of high-dose models: a row of ``data/models.csv`` and the module of the same name.

The row says what does not depend on code (parameters, units, validity, source); the module brings the
functions as ``EFFECT``. A model is known when both are there: ``docs/how-to/add-high-dose-model.md``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from numpy.typing import ArrayLike

from bed.arguments import Real
from bed.errors import BedValueError
from bed.high_dose.effect import HighDoseEffect
from bed.tables import csv_rows

__all__ = ["HighDoseModel", "high_dose_model", "high_dose_model_names"]


@dataclass(frozen=True, kw_only=True)
class HighDoseModel:
    """A model for large doses per fraction, with its source.

    Attributes
    ----------
    name, title : str
        Name to ask for it by, and the name that reports print.
    parameters, units : tuple of str
        What it needs beside alpha/beta, and the unit of each; ``"1"`` where there is none.
    validity : str
        Where it is defined.
    source, doi, tag, how_verified : str
        Where it is published (DOI empty where there is none) and how that was checked: R read in a source, M
        unverified transcription.
    effect : HighDoseEffect
        Its functions.

    Examples
    --------
    >>> high_dose_model("mlq").bed(54, 3, alpha_beta=10, parameters={"delta": 0.15})
    101.13
    """

    name: str
    title: str
    parameters: tuple[str, ...]
    units: tuple[str, ...]
    validity: str
    source: str
    doi: str
    tag: str
    how_verified: str
    effect: HighDoseEffect

    def __post_init__(self) -> None:
        if len(self.parameters) != len(self.units) or not self.source or not self.how_verified:
            raise BedValueError(
                f"high-dose model {self.name}: data/models.csv must give a unit for each parameter, a source "
                "and how it was verified"
            )

    @property
    def fixes_alpha_beta(self) -> bool:
        """Whether alpha/beta follows from the parameters."""
        return self.effect.own_alpha_beta is not None

    def alpha_beta(self, stated: ArrayLike | None, parameters: Mapping[str, ArrayLike]) -> ArrayLike:
        """Alpha/beta in Gy: the stated one, or the model's own where its parameters fix it.

        Raises
        ------
        BedValueError
            Parameters missing or not known; an alpha/beta for a model that fixes its own, or none for one
            that does not.

        Examples
        --------
        >>> high_dose_model("usc").alpha_beta(None, {"alpha": 0.33, "d0": 1.25, "dq": 1.8})
        8.6
        """
        if set(parameters) != set(self.parameters):
            raise BedValueError(
                f"{self.title} needs {', '.join(self.parameters)}; got {', '.join(parameters) or 'none'}"
            )
        if self.effect.own_alpha_beta is not None:
            if stated is not None:
                raise BedValueError(f"alpha/beta of {self.title} follows from its parameters: state none")
            return self.effect.own_alpha_beta(**parameters)
        if stated is None:
            raise BedValueError(f"{self.title} needs alpha_beta")
        return stated

    def bed(
        self,
        dose: ArrayLike,
        n_fractions: ArrayLike,
        *,
        alpha_beta: ArrayLike | None,
        parameters: Mapping[str, ArrayLike],
    ) -> Real:
        """BED in Gy of total doses in equal fractions, one a day.

        Parameters
        ----------
        dose, n_fractions : array_like
            Total dose in Gy, >= 0, and number of fractions, >= 1; any shapes that broadcast.
        alpha_beta : array_like or None
            As in `alpha_beta`.
        parameters : mapping
            The model's parameters by name.

        Raises
        ------
        BedValueError
            As for `alpha_beta`, or numbers outside the model's range.
        """
        return self.effect.bed(dose, n_fractions, *self._ratio(alpha_beta, parameters), **parameters)

    def eqd2(
        self,
        dose: ArrayLike,
        n_fractions: ArrayLike,
        *,
        alpha_beta: ArrayLike | None,
        parameters: Mapping[str, ArrayLike],
    ) -> Real:
        """EQD2 in Gy by the model's own survival; see `bed`."""
        return self.effect.eqd2(dose, n_fractions, *self._ratio(alpha_beta, parameters), **parameters)

    def _ratio(self, stated: ArrayLike | None, parameters: Mapping[str, ArrayLike]) -> tuple[ArrayLike, ...]:
        """Return alpha/beta as an argument for models that take one, nothing for those that fix it."""
        ratio = self.alpha_beta(stated, parameters)
        return () if self.fixes_alpha_beta else (ratio,)


def high_dose_model_names() -> tuple[str, ...]:
    """Names of the models, in the order of the table.

    Examples
    --------
    >>> high_dose_model_names()
    ('lql', 'usc', 'mlq', 'lqc')
    """
    return tuple(_rows())


@cache
def high_dose_model(name: str) -> HighDoseModel:
    """Look up a high-dose model.

    Parameters
    ----------
    name : str
        One of `high_dose_model_names`.

    Returns
    -------
    HighDoseModel

    Raises
    ------
    BedValueError
        No such model.

    Examples
    --------
    >>> high_dose_model("lql").parameters
    ('transition_dose', 'gamma_over_alpha')
    """
    if name not in _rows():
        raise BedValueError(f"no high-dose model {name!r}; there are {', '.join(_rows())}")
    row = _rows()[name]
    return HighDoseModel(
        name=name,
        title=row["title"],
        parameters=tuple(row["parameters"].split("|")),
        units=tuple(row["units"].split("|")),
        validity=row["validity"],
        source=row["source"],
        doi=row["doi"],
        tag=row["tag"],
        how_verified=row["how_verified"],
        effect=importlib.import_module(f"bed.high_dose.{name}").EFFECT,
    )


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in csv_rows("bed.high_dose", "models.csv")}
