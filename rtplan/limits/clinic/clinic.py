"""What a clinic wants of its own: limits, alpha/beta, names, preferred sets and organs that must be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from rtplan.alpha_beta import check_alpha_beta
from rtplan.limits.constraint import ConstraintSet
from rtplan.limits.cumulative import CumulativeLimit
from rtplan.limits.cumulative_set import CumulativeSet
from rtplan.limits.fraction_numbers import FractionNumbers
from rtplan.names import NameDictionary

__all__ = ["Clinic", "ClinicAlphaBeta", "PreferredSet"]


@dataclass(frozen=True, kw_only=True)
class PreferredSet:
    """A set that the clinic uses for some numbers of fractions.

    Attributes
    ----------
    name : str
        A shipped set.
    fractions : FractionNumbers
    """

    name: str
    fractions: FractionNumbers


@dataclass(frozen=True, kw_only=True)
class ClinicAlphaBeta:
    """An alpha/beta value that the clinic uses.

    Attributes
    ----------
    organ : str
        Standard name.
    alpha_beta_gy : float
    source : str
    """

    organ: str
    alpha_beta_gy: float
    source: str

    def __post_init__(self) -> None:
        check_alpha_beta(self.alpha_beta_gy, self.organ)


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """What a clinic wants of its own; whatever asks for it, it is read from one file.

    Attributes
    ----------
    name : str
    sha256 : str
        Hash of the file's text with LF line ends.
    limits : ConstraintSet or None
        Its own limits of one course.
    dictionary : NameDictionary or None
    alpha_betas : tuple of ClinicAlphaBeta
    preferred_sets : tuple of PreferredSet
        In the order of preference.
    cumulative_limits : tuple of CumulativeLimit
        Over several courses, each with recovery and source.
    cumulative_sets : tuple of CumulativeSet
        Carried sets of limits over several courses, by name.
    required_organs : tuple of str
        Standard names of organs that must be drawn and have a judged limit.
    """

    name: str
    sha256: str
    limits: ConstraintSet | None
    dictionary: NameDictionary | None
    alpha_betas: tuple[ClinicAlphaBeta, ...]
    preferred_sets: tuple[PreferredSet, ...]
    cumulative_limits: tuple[CumulativeLimit, ...] = ()
    cumulative_sets: tuple[CumulativeSet, ...] = ()
    required_organs: tuple[str, ...] = ()

    def preferred_set(self, n_fractions: int | None, *, dose_per_fraction: float | None) -> str | None:
        """Return the first preferred set for a plan, or None."""
        for preferred in self.preferred_sets:
            if preferred.fractions.match(n_fractions, dose_per_fraction=dose_per_fraction).matches:
                return preferred.name
        return None

    @property
    def alpha_beta_by_organ(self) -> dict[str, float]:
        """Standard name to alpha/beta, Gy."""
        return {entry.organ: entry.alpha_beta_gy for entry in self.alpha_betas}

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but a name."""
        return not (
            self.limits
            or self.dictionary
            or self.alpha_betas
            or self.preferred_sets
            or self.cumulative_limits
            or self.cumulative_sets
            or self.required_organs
        )
