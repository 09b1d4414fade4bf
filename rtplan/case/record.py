"""What a record of a re-irradiation says and no object does: stated by persons, never guessed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.sums import RegistrationJudgement

__all__ = [
    "ADDING_METHODS",
    "CLASSES",
    "REGIONS",
    "REVIEWS",
    "EarlierCourse",
    "FollowUp",
    "MethodOfOrgan",
    "NotApplicable",
    "Patient",
    "RecordStatements",
    "Review",
    "Treatment",
]

CLASSES: Final = ("type 1", "type 2", "repeat organ irradiation", "repeat irradiation")
"""Classes of the ESTRO/EORTC consensus."""
ADDING_METHODS: Final = ("direct point-dose sum", "point dose within the overlap", "voxel sum", "bounds")
"""How the courses of an organ were compared: the first three are ReCOG's."""
REVIEWS: Final = ("peer review", "independent check")
REGIONS: Final = ("head and neck", "brain", "thorax", "abdomen", "pelvis", "spine", "limb", "breast")


def _one_of(what: str, value: str, allowed: Iterable[str]) -> None:
    if value and value not in allowed:
        raise RtplanValueError(f"{what} {value!r}: one of {', '.join(allowed)} is needed")


def _need(what: str, **values: str) -> None:
    missing = [name for name, value in values.items() if not value.strip()]
    if missing:
        raise RtplanValueError(f"{what}: {', '.join(missing)} is missing")


@dataclass(frozen=True, kw_only=True)
class Patient:
    """The patient and the tumour, without a name or a number; empty where nothing was stated.

    Attributes
    ----------
    characteristics, tumour, performance_status, estimated_survival, response : str
        The last one is the response to the first radiotherapy.
    """

    characteristics: str = ""
    tumour: str = ""
    performance_status: str = ""
    estimated_survival: str = ""
    response: str = ""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """The new course; empty where nothing was stated.

    Attributes
    ----------
    region : str
        One of `REGIONS`.
    indication, intent, technique, image_guidance, coverage : str
        `coverage` says whether that of the target yields to organs at risk.
    ctv_to_ptv_mm : float or None
    """

    region: str = ""
    indication: str = ""
    intent: str = ""
    technique: str = ""
    image_guidance: str = ""
    coverage: str = ""
    ctv_to_ptv_mm: float | None = None

    def __post_init__(self) -> None:
        _one_of("region", self.region, REGIONS)
        margin = self.ctv_to_ptv_mm
        if margin is not None and not (math.isfinite(margin) and 0 <= margin <= 50):
            raise RtplanValueError(f"ctv_to_ptv_mm {margin}: 0 to 50 mm; is it in cm or inches?")


@dataclass(frozen=True, kw_only=True)
class EarlierCourse:
    """What is stated of one earlier course.

    Attributes
    ----------
    prior : int
        From 1 in the order of the case.
    intent, technique, toxicity : str
    completeness : str
        What is there of its data, what is not, and why.
    """

    prior: int
    intent: str = ""
    technique: str = ""
    completeness: str = ""
    toxicity: str = ""

    def __post_init__(self) -> None:
        if self.prior < 1:
            raise RtplanValueError(f"earlier course {self.prior}: counted from 1 in the order given")


@dataclass(frozen=True, kw_only=True)
class MethodOfOrgan:
    """By which method the courses were compared for an organ, and why.

    Attributes
    ----------
    organ : str
        Standard name.
    method : str
        One of `ADDING_METHODS`.
    because : str
        Data, anatomy, uncertainty or resources.
    decided_by : str
    """

    organ: str
    method: str
    because: str
    decided_by: str = ""

    def __post_init__(self) -> None:
        _need("a method of an organ", organ=self.organ, method=self.method, because=self.because)
        _one_of(f"{self.organ}: method", self.method, ADDING_METHODS)


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """What is planned after the new course; empty where nothing was stated."""

    protocol: str = ""
    quality_of_life: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review by peers, or an independent check of the numbers.

    Attributes
    ----------
    kind : str
        One of `REVIEWS`.
    by : str
        Name and role, or the board.
    on : date
    found : str
        What was looked at, and the outcome.
    """

    kind: str
    by: str
    on: date
    found: str

    def __post_init__(self) -> None:
        _need("a review", kind=self.kind, by=self.by, found=self.found)
        _one_of("kind of review", self.kind, REVIEWS)

    def __str__(self) -> str:
        return f"{self.by}, {self.on.isoformat()}: {self.found}"


@dataclass(frozen=True, kw_only=True)
class NotApplicable:
    """A person's statement that an item of the record does not apply.

    Attributes
    ----------
    item : str
        Id of the item (``rtplan record CASE`` lists them).
    decided_by, because : str
    """

    item: str
    decided_by: str
    because: str

    def __post_init__(self) -> None:
        _need("what does not apply", item=self.item, decided_by=self.decided_by, because=self.because)


@dataclass(frozen=True, kw_only=True)
class RecordStatements:
    """All that is stated for the record; each part is empty where nothing was.

    Attributes
    ----------
    reirradiation_class : str
        One of `CLASSES`.
    all_courses_known : str
        Whether the earlier courses given are all there were, and how that is known.
    registration_because : str
        Why the courses were registered this way.
    uncertainty : str
        Of registration and dose, where the question states none.
    patient : Patient
    treatment : Treatment
    follow_up : FollowUp
    earlier : tuple of EarlierCourse
        At most one for each.
    methods : tuple of MethodOfOrgan
        At most one for each organ.
    registrations : tuple of RegistrationJudgement
    reviews : tuple of Review
    not_applicable : tuple of NotApplicable
        At most one for each item.

    Raises
    ------
    RtplanValueError
        If something is stated twice, or a word is none of those allowed.

    Examples
    --------
    >>> RecordStatements(reirradiation_class="type 3")
    Traceback (most recent call last):
    ...
    rtplan.errors.RtplanValueError: reirradiation_class 'type 3': one of type 1, type 2, ... is needed
    """

    reirradiation_class: str = ""
    all_courses_known: str = ""
    registration_because: str = ""
    uncertainty: str = ""
    patient: Patient = field(default_factory=Patient)
    treatment: Treatment = field(default_factory=Treatment)
    follow_up: FollowUp = field(default_factory=FollowUp)
    earlier: tuple[EarlierCourse, ...] = ()
    methods: tuple[MethodOfOrgan, ...] = ()
    registrations: tuple[RegistrationJudgement, ...] = ()
    reviews: tuple[Review, ...] = ()
    not_applicable: tuple[NotApplicable, ...] = ()

    def __post_init__(self) -> None:
        _one_of("reirradiation_class", self.reirradiation_class, CLASSES)
        stated = {
            "earlier course": [str(one.prior) for one in self.earlier],
            "method of": [one.organ for one in self.methods],
            "does not apply:": [one.item for one in self.not_applicable],
        }
        for what, names in stated.items():
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise RtplanValueError(f"{what} {', '.join(twice)}: stated twice")

    def of_prior(self, number: int) -> EarlierCourse:
        """Return what is stated of an earlier course, from 1; an empty statement where nothing is."""
        return next((one for one in self.earlier if one.prior == number), EarlierCourse(prior=number))

    def review(self, kind: str) -> str:
        """Return the reviews of a kind, in words; empty where there is none."""
        return "; ".join(str(one) for one in self.reviews if one.kind == kind)
