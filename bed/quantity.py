"""Doses that know what they are: physical dose, BED and EQD2 are three types that never mix.

A quantity wraps one number or one whole array; nothing is boxed per voxel. Two quantities combine only
when they are of the same type and, for BED and EQD2, of the same alpha/beta. Every other sum raises
`BedTypeError` and names the conversion that makes it legal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from bed.arguments import Real, checked_alpha_beta, checked_dose, checked_finite, extremes, one_number, real
from bed.errors import BedTypeError

__all__ = ["BED", "EQD2", "PhysicalDose"]


def _describe(value: Real) -> str:
    """Short text of the value for `repr`: the number, or shape and range of an array."""
    if isinstance(value, float):
        return f"{value:.6g} Gy"
    low, high = extremes(value)
    shape = "x".join(map(str, value.shape))
    return f"array {shape} {value.dtype}, {low:.6g} to {high:.6g} Gy"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _Quantity:
    """What the three types share: guarded sums, plain factors, comparisons."""

    gy: Real

    # An ndarray on the left must leave the operation to us instead of looping over its elements.
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        if isinstance(self.gy, _Quantity):
            raise BedTypeError(f"{type(self).__name__} was given {self.gy!r}; pass its .gy, or convert it")
        object.__setattr__(self, "gy", checked_finite(self.gy, type(self).__name__))

    def __array__(self, *_: Any, **__: Any) -> NDArray[Any]:
        raise BedTypeError(f"{type(self).__name__} does not turn into a bare array by itself; take its .gy")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_describe(self.gy)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def _guard(self, other: object, verb: str) -> Real:
        """Return the other's plain value, or raise the error that names the legal way."""
        if type(other) is not type(self):
            raise BedTypeError(f"cannot {verb} {self!r} and {_name_of(other)}: {self._way_out(other)}")
        return other.gy

    def _way_out(self, other: object) -> str:
        name = type(self).__name__
        if not isinstance(other, _Quantity):
            return f"a bare number says neither unit nor kind; wrap it as {name}(...)"
        if isinstance(self, PhysicalDose) or isinstance(other, PhysicalDose):
            return (
                "physical dose has no place in a biological sum; convert it with its own number of fractions "
                "by bed_from_dose(dose, n_fractions, alpha_beta) or eqd2(dose, n_fractions, alpha_beta)"
            )
        return "BED and EQD2 are different scales; use BED.to_eqd2() or EQD2.to_bed() first"

    def __add__(self, other: object) -> Self:
        return replace(self, gy=self.gy + self._guard(other, "add"))

    def __radd__(self, other: object) -> Self:
        # sum([...]) starts from the integer 0; any other number is refused.
        if type(other) is int and other == 0:
            return self
        return self + other

    def __sub__(self, other: object) -> Self:
        return replace(self, gy=self.gy - self._guard(other, "subtract"))

    def __rsub__(self, other: object) -> Self:
        self._guard(other, "subtract")
        raise AssertionError  # a quantity on the left has its own __sub__

    def __mul__(self, factor: object) -> Self:
        return replace(self, gy=self.gy * _factor(factor, self))

    __rmul__ = __mul__

    def __truediv__(self, divisor: object) -> Any:
        """Return the ratio of two like quantities, or the quantity over a plain number."""
        if isinstance(divisor, _Quantity):
            return self.gy / self._guard(divisor, "divide")
        return replace(self, gy=self.gy / _factor(divisor, self))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._tag() == other._tag() and bool(np.array_equal(self.gy, other.gy))

    def _tag(self) -> tuple[float, ...]:
        """Everything but the value that makes two quantities alike."""
        return ()

    def __lt__(self, other: object) -> Any:
        return self.gy < self._guard(other, "compare")

    def __le__(self, other: object) -> Any:
        return self.gy <= self._guard(other, "compare")

    def __gt__(self, other: object) -> Any:
        return self.gy > self._guard(other, "compare")

    def __ge__(self, other: object) -> Any:
        return self.gy >= self._guard(other, "compare")


def _name_of(other: object) -> str:
    return repr(other) if isinstance(other, (_Quantity, int, float)) else type(other).__name__


def _factor(value: object, quantity: _Quantity) -> Real:
    """Check that a factor is plain: a dose times a dose is no dose."""
    if isinstance(value, _Quantity):
        raise BedTypeError(f"cannot multiply {quantity!r} by {value!r}: a factor is a plain number")
    return real(value, "a factor")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PhysicalDose(_Quantity):
    """Absorbed dose in Gy, as planned or measured; says nothing about fractionation.

    Attributes
    ----------
    gy : float or ndarray
        Dose in Gy, >= 0; NaN marks what is not covered.

    Raises
    ------
    BedValueError
        Negative or infinite dose.
    BedTypeError
        On construction from another quantity and on every illegal combination.

    Examples
    --------
    >>> PhysicalDose(gy=50.4) + PhysicalDose(gy=9.6)
    PhysicalDose(60 Gy)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_dose(self.gy, "a physical dose")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _Biological(_Quantity):
    """BED and EQD2: a value in Gy that means something only together with its alpha/beta."""

    alpha_beta: float

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alpha_beta", one_number(checked_alpha_beta(self.alpha_beta), "alpha_beta"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_describe(self.gy)}, alpha/beta {self.alpha_beta:g} Gy)"

    def _tag(self) -> tuple[float, ...]:
        return (self.alpha_beta,)

    def _guard(self, other: object, verb: str) -> Real:
        value = super()._guard(other, verb)
        if self._tag() != other._tag():  # type: ignore[attr-defined]
            raise BedTypeError(
                f"cannot {verb} {self!r} and {other!r}: their alpha/beta differ; "
                "compute both from the physical doses at one alpha/beta"
            )
        return value


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BED(_Biological):
    """Biologically effective dose in Gy at one alpha/beta.

    Attributes
    ----------
    gy : float or ndarray
        BED in Gy. May be negative where repopulation outweighs the treatment; NaN marks what is not
        covered.
    alpha_beta : float
        Alpha/beta in Gy, > 0; infinity is allowed and makes BED the physical dose.

    Raises
    ------
    BedValueError
        Infinite values or alpha/beta <= 0.
    BedTypeError
        On every illegal combination, with the legal way named.

    Examples
    --------
    >>> BED(gy=100, alpha_beta=3) + BED(gy=20, alpha_beta=3)
    BED(120 Gy, alpha/beta 3 Gy)
    >>> BED(gy=100, alpha_beta=3).to_eqd2()
    EQD2(60 Gy, alpha/beta 3 Gy)
    """

    def to_eqd2(self) -> EQD2:
        """Return the same effect as dose in 2 Gy fractions: EQD2 = BED / (1 + 2 / (alpha/beta))."""
        return EQD2(gy=self.gy * (1.0 / (1.0 + 2.0 / self.alpha_beta)), alpha_beta=self.alpha_beta)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EQD2(_Biological):
    """Equivalent dose in 2 Gy fractions, in Gy, at one alpha/beta.

    Attributes
    ----------
    gy : float or ndarray
        EQD2 in Gy; NaN marks what is not covered. A difference of two EQD2 may be negative.
    alpha_beta : float
        Alpha/beta in Gy, > 0; infinity is allowed.

    Raises
    ------
    BedValueError
        Infinite values or alpha/beta <= 0.
    BedTypeError
        On every illegal combination, with the legal way named.

    Examples
    --------
    >>> EQD2(gy=48.4, alpha_beta=3)
    EQD2(48.4 Gy, alpha/beta 3 Gy)
    >>> EQD2(gy=48.4, alpha_beta=3) * 0.75
    EQD2(36.3 Gy, alpha/beta 3 Gy)
    """

    def to_bed(self) -> BED:
        """Return the same effect as BED: BED = EQD2 (1 + 2 / (alpha/beta))."""
        return BED(gy=self.gy * (1.0 + 2.0 / self.alpha_beta), alpha_beta=self.alpha_beta)
