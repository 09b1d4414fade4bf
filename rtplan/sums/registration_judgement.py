"""What a person found of a registration for this patient: for which organs it will do, and for which not.

Nothing here measures anything. A sum that rests on a registration that nobody has judged says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from rtplan.errors import RtplanValueError

__all__ = ["NOT_JUDGED", "RegistrationJudgement", "RegistrationStanding", "Suitability", "standing_of"]

NOT_JUDGED: Final = "registration not judged"
"""Said beside each verdict and value that rests on a registration that no person has judged."""


class Suitability(StrEnum):
    """What is known of a registration for one organ."""

    NOT_SUITABLE = "not suitable"
    NOT_JUDGED = "not judged"
    SUITABLE = "suitable"


@dataclass(frozen=True, kw_only=True)
class RegistrationJudgement:
    """A person's judgement of what joins an earlier course to the new one, a shared frame included.

    Attributes
    ----------
    judged_by, role : str
        Who, and as what.
    judged_on : date
    because : str
        What was looked at, and what was seen.
    suitable_for, unsuitable_for : tuple of str
        Organs, by standard name; at least one in all, and none in both.
    instead : str
        What is done for organs that it is not suitable for; needed where there are any.
    prior : int or None
        Which earlier course, from 1 in the order given; None speaks of all.

    Raises
    ------
    RtplanValueError
        If one of these is missing, or an organ is in both lists.

    Examples
    --------
    >>> judged = RegistrationJudgement(judged_by="N. N.", role="physicist", judged_on=date(2024, 2, 10),
    ...                                because="bones agree within 1 mm", suitable_for=("SacralPlex",))
    >>> judged.suitability("SacralPlex"), judged.suitability("Bladder")
    (<Suitability.SUITABLE: 'suitable'>, <Suitability.NOT_JUDGED: 'not judged'>)
    """

    judged_by: str
    role: str
    judged_on: date
    because: str
    suitable_for: tuple[str, ...] = ()
    unsuitable_for: tuple[str, ...] = ()
    instead: str = ""
    prior: int | None = None

    def __post_init__(self) -> None:
        for name in ("judged_by", "role", "because"):
            if not getattr(self, name).strip():
                raise RtplanValueError(f"a judgement of a registration needs {name}: who, as what, and why")
        if not (self.suitable_for or self.unsuitable_for):
            raise RtplanValueError(
                "a judgement of a registration names organs: suitable_for, unsuitable_for, or both"
            )
        both = sorted(set(self.suitable_for) & set(self.unsuitable_for))
        if both:
            raise RtplanValueError(f"{', '.join(both)}: suitable and not suitable at once")
        if self.unsuitable_for and not self.instead.strip():
            organs = ", ".join(self.unsuitable_for)
            raise RtplanValueError(
                f"the registration is not suitable for {organs}: what is done instead? "
                'Such as instead = "the bounds judge"'
            )
        if self.prior is not None and self.prior < 1:
            raise RtplanValueError(f"earlier course {self.prior}: counted from 1 in the order given")

    def suitability(self, organ: str) -> Suitability:
        """Return what is said of an organ."""
        if organ in self.unsuitable_for:
            return Suitability.NOT_SUITABLE
        return Suitability.SUITABLE if organ in self.suitable_for else Suitability.NOT_JUDGED

    @property
    def who(self) -> str:
        """Name, role and day."""
        return f"{self.judged_by}, {self.role}, {self.judged_on.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class RegistrationStanding:
    """What persons found, for one organ, of all registrations that a value rests on.

    Attributes
    ----------
    suitability : Suitability
        The worst of them.
    judgements : tuple of RegistrationJudgement
        Those that decide it; empty where nobody has judged.
    """

    suitability: Suitability
    judgements: tuple[RegistrationJudgement, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether a person has judged every one of them."""
        return self.suitability is not Suitability.NOT_JUDGED

    @property
    def short(self) -> str:
        """The same without who and why."""
        return f"registration judged {self.suitability.value}" if self.is_judged else NOT_JUDGED

    def __str__(self) -> str:
        if not self.is_judged:
            return NOT_JUDGED
        said = "; ".join(dict.fromkeys(_words(one, self.suitability) for one in self.judgements))
        return f"{self.short}: {said}"


def _words(judgement: RegistrationJudgement, suitability: Suitability) -> str:
    if suitability is Suitability.SUITABLE:
        return judgement.who
    return f"{judgement.because} ({judgement.who}); instead: {judgement.instead}"


def standing_of(
    organ: str, priors: Sequence[int], judgements: Sequence[RegistrationJudgement]
) -> RegistrationStanding | None:
    """Return what was found of the registrations that an organ's value rests on.

    Parameters
    ----------
    organ : str
    priors : sequence of int
        The earlier courses that a registration carries over, from 1.
    judgements : sequence of RegistrationJudgement

    Returns
    -------
    RegistrationStanding or None
        None where the value rests on no registration. One that is not suitable is told before one that
        nobody has judged.
    """
    if not priors:
        return None
    found = [_of_course(organ, number, judgements) for number in priors]
    worst = min((one.suitability for one in found), key=list(Suitability).index)
    told = [judgement for one in found if one.suitability is worst for judgement in one.judgements]
    return RegistrationStanding(suitability=worst, judgements=tuple(dict.fromkeys(told)))


def _of_course(organ: str, number: int, judgements: Sequence[RegistrationJudgement]) -> RegistrationStanding:
    spoken = [one for one in judgements if one.prior in (None, number)]
    for suitability in (Suitability.NOT_SUITABLE, Suitability.SUITABLE):
        of_this = tuple(one for one in spoken if one.suitability(organ) is suitability)
        if of_this:
            return RegistrationStanding(suitability=suitability, judgements=of_this)
    return RegistrationStanding(suitability=Suitability.NOT_JUDGED)
