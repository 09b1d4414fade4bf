"""Fractionation regimens: what was prescribed, parsed from and printed as people write it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import Any, Self

from bed.arguments import one_number
from bed.errors import RegimenError
from bed.notation import (
    FREQUENCY_WORDS,
    MODALITY_WORDS,
    WrittenPhase,
    format_number,
    read_phase,
    split_sequence,
)

__all__ = ["ParsedRegimens", "Regimen", "RegimenSequence", "parse_regimens"]

_MAX_TOTAL_GY = 300.0
_MAX_PER_FRACTION_GY = 50.0
_MOST_FRACTIONS = 1000
_LONGEST_TEXT = 300
_PROTRACTED = frozenset({"PDR brachytherapy", "LDR brachytherapy", "permanent implant", "radionuclide"})
_UNLIMITED = frozenset(MODALITY_WORDS) - {"external beam"}


@dataclass(frozen=True, kw_only=True)
class Regimen:
    """Equal fractions: a total dose in a number of fractions.

    Attributes
    ----------
    total_dose : float
        Prescribed total dose in Gy, > 0; at most 300 Gy, and at most 50 Gy per fraction, for external beam.
    n_fractions : int
        Number of fractions, whole, 1 to 1000.
    fractions_per_day : int
        How many of them on one day.
    modality : str
        `external beam` (photons, electrons, or particles whose dose already contains the RBE),
        `HDR brachytherapy`, `PDR brachytherapy`, `LDR brachytherapy`, `permanent implant` or `radionuclide`.

    Raises
    ------
    RegimenError
        Numbers without meaning, with the likely mistake named.

    Examples
    --------
    >>> Regimen(total_dose=50.4, n_fractions=28).dose_per_fraction
    1.8
    >>> print(Regimen.parse("1.2 Gy x 34 BID"))
    40.8Gy/34 BID
    """

    total_dose: float
    n_fractions: int
    fractions_per_day: int = 1
    modality: str = "external beam"

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_dose", one_number(self.total_dose, "total_dose"))
        object.__setattr__(self, "n_fractions", _whole(self.n_fractions, "n_fractions"))
        object.__setattr__(self, "fractions_per_day", _whole(self.fractions_per_day, "fractions_per_day"))
        if self.modality not in MODALITY_WORDS:
            raise RegimenError(f"unknown modality {self.modality!r}; known: {', '.join(MODALITY_WORDS)}")
        if not (math.isfinite(self.total_dose) and self.total_dose > 0):
            raise RegimenError(f"total_dose must be finite and > 0 Gy, got {self.total_dose:g}")
        if self.n_fractions > _MOST_FRACTIONS:
            raise RegimenError(
                f"{self.n_fractions} fractions: no course has more than {_MOST_FRACTIONS}; "
                "did you swap dose and number of fractions?"
            )
        if self.fractions_per_day > self.n_fractions:
            raise RegimenError(
                f"{self.fractions_per_day} fractions a day contradict {self.n_fractions} fraction(s) in all"
            )
        if self.modality not in _UNLIMITED:
            _refuse_implausible(self)

    @property
    def dose_per_fraction(self) -> float:
        """Prescribed dose per fraction in Gy."""
        return self.total_dose / self.n_fractions

    @property
    def phases(self) -> tuple[Regimen, ...]:
        """The regimen itself as the only phase, as a sequence has several."""
        return (self,)

    @property
    def is_protracted(self) -> bool:
        """Whether the dose is given over hours or days, so that its rate matters."""
        return self.modality in _PROTRACTED

    @classmethod
    def parse(cls, text: str) -> Regimen:
        """Read one regimen as people write it.

        Parameters
        ----------
        text : str
            `50.4Gy/28`, `50.4 Gy in 28 fractions`, `28 x 1.8 Gy`, `5x5` (5 fractions of 5 Gy),
            `39Gy/26 1.5Gy BID`, `1.2 Gy x 34 BID`, `28Gy/4 HDR`, `8Gyx5`, `30Gy10fx`,
            `50.4 Gy (28 x 1.8 Gy) over 6 weeks`. cGy only where written.

        Returns
        -------
        Regimen
            What was written.

        Raises
        ------
        RegimenError
            What is not understood, incomplete, contradictory or implausible; bands and sequences, which
            `parse_regimens` reads.

        Examples
        --------
        >>> Regimen.parse("50.4 Gy in 28 fractions")
        Regimen(total_dose=50.4, n_fractions=28, fractions_per_day=1, modality='external beam')
        """
        parsed = parse_regimens(text)
        first = parsed.regimens[0]
        if parsed.band is not None or not isinstance(first, Regimen):
            what = "a band of regimens" if parsed.band is not None else "a sequence of regimens"
            raise RegimenError(f"{text!r} is {what}, not one regimen; read it with parse_regimens()")
        return first

    def __str__(self) -> str:
        return f"{format_number(self.total_dose)}Gy/{self.n_fractions}{_suffix(self)}"

    def _repr_html_(self) -> str:
        return f"<b>{escape(str(self))}</b>: {self.n_fractions} × {self.dose_per_fraction:.4g} Gy"


def _whole(value: Any, name: str) -> int:
    number = one_number(value, name)
    if not (math.isfinite(number) and number >= 1 and number == int(number)):
        raise RegimenError(f"{name} must be whole and >= 1, got {number:g}")
    return int(number)


def _refuse_implausible(regimen: Regimen) -> None:
    each = regimen.dose_per_fraction
    if regimen.total_dose > _MAX_TOTAL_GY:
        raise RegimenError(
            f"{regimen.total_dose:g} Gy in total exceeds the {_MAX_TOTAL_GY:g} Gy that external beam stays "
            f"below; did you pass cGy? {regimen.total_dose:g} cGy is {regimen.total_dose / 100:g} Gy"
        )
    if each > _MAX_PER_FRACTION_GY:
        raise RegimenError(
            f"{each:g} Gy per fraction exceeds the {_MAX_PER_FRACTION_GY:g} Gy that external beam stays "
            f"below; is {regimen.n_fractions} the number of fractions, or did you pass cGy?"
        )


def _suffix(regimen: Regimen) -> str:
    """Frequency and modality, printed only where they differ from once a day by external beam."""
    per_day = regimen.fractions_per_day
    frequency = "" if per_day == 1 else FREQUENCY_WORDS.get(per_day, f"{per_day}/day")
    return "".join(f" {word}" for word in (frequency, MODALITY_WORDS[regimen.modality]) if word)


@dataclass(frozen=True, kw_only=True)
class RegimenSequence:
    """Regimens given one after the other to the same point, such as a plan and its boost.

    Attributes
    ----------
    phases : tuple of Regimen
        Two or more, in order. Each keeps its own number of fractions: a sequence has no dose per fraction.

    Raises
    ------
    RegimenError
        Fewer than two phases.

    Examples
    --------
    >>> sequence = RegimenSequence(phases=(Regimen.parse("45Gy/25"), Regimen.parse("5.4Gy/3")))
    >>> print(sequence, "=", sequence.total_dose, "Gy")
    45Gy/25 + 5.4Gy/3 = 50.4 Gy
    """

    phases: tuple[Regimen, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "phases", tuple(self.phases))
        if len(self.phases) < 2:
            raise RegimenError("a sequence has two or more phases; one alone is a Regimen")

    @property
    def total_dose(self) -> float:
        """Sum of the physical doses in Gy."""
        return math.fsum(phase.total_dose for phase in self.phases)

    @property
    def n_fractions(self) -> int:
        """Number of fractions of all phases."""
        return sum(phase.n_fractions for phase in self.phases)

    @classmethod
    def of(cls, phases: tuple[Regimen, ...]) -> Regimen | Self:
        """Return the one phase itself, or the sequence of several.

        Parameters
        ----------
        phases : tuple of Regimen
            One or more.

        Returns
        -------
        Regimen or RegimenSequence
            The simplest type that holds them.

        Raises
        ------
        RegimenError
            No phase.

        Examples
        --------
        >>> print(RegimenSequence.of((Regimen.parse("5x5"),)))
        25Gy/5
        """
        return phases[0] if len(phases) == 1 else cls(phases=phases)

    def __str__(self) -> str:
        return " + ".join(map(str, self.phases))

    def _repr_html_(self) -> str:
        return " + ".join(phase._repr_html_() for phase in self.phases)


@dataclass(frozen=True, kw_only=True)
class ParsedRegimens:
    """What a text says: one regimen or sequence, or the two ends of a band.

    Attributes
    ----------
    text : str
        As given.
    band : str or None
        The band in its canonical form; None where the text is not a band.
    regimens : tuple
        One `Regimen` or `RegimenSequence`, or two from the low to the high end of the band.
    notes : tuple of str
        How a text without units was read.
    """

    text: str
    band: str | None
    regimens: tuple[Regimen | RegimenSequence, ...]
    notes: tuple[str, ...]


def parse_regimens(text: str) -> ParsedRegimens:
    """Read a regimen, a sequence or a band as people write it.

    Parameters
    ----------
    text : str
        All that `Regimen.parse` reads, bands such as `25-40Gy/5fx` or `45-50 Gy/25fx` (any dash), and
        sequences such as `45Gy/25 + 5.4Gy/3`.

    Returns
    -------
    ParsedRegimens
        The regimens, with the band and how the text was read.

    Raises
    ------
    RegimenError
        What is not understood, incomplete, contradictory or implausible.

    Examples
    --------
    >>> parsed = parse_regimens("25–40Gy/5fx")
    >>> parsed.band, [str(regimen) for regimen in parsed.regimens]
    ('25-40Gy/5', ['25Gy/5', '40Gy/5'])
    >>> parse_regimens("5x5").notes
    ("'5x5' has no unit: read as 5 fractions of 5 Gy",)
    """
    if not isinstance(text, str):
        raise RegimenError(f"a regimen is text such as '50.4Gy/28', not {type(text).__name__}")
    if len(text) > _LONGEST_TEXT:
        raise RegimenError(
            f"a regimen of {len(text)} characters is not understood; write for example '50.4Gy/28'"
        )
    written = tuple(map(read_phase, split_sequence(text)))
    width = max(len(phase.ends) for phase in written)
    regimens = tuple(
        RegimenSequence.of(tuple(_regimen(text, phase, end) for phase in written)) for end in range(width)
    )
    band = None if width == 1 else " + ".join(_band_text(text, phase) for phase in written)
    notes = tuple(chain.from_iterable(phase.notes for phase in written))
    return ParsedRegimens(text=text, band=band, regimens=regimens, notes=notes)


def _regimen(text: str, phase: WrittenPhase, end: int) -> Regimen:
    written = phase.ends[min(end, len(phase.ends) - 1)]
    try:
        return Regimen(
            total_dose=float(written.total_dose),
            n_fractions=int(written.n_fractions),
            fractions_per_day=phase.fractions_per_day,
            modality=phase.modality or "external beam",
        )
    except RegimenError as error:
        raise RegimenError(f"{text!r}: {error}") from None


def _band_text(text: str, phase: WrittenPhase) -> str:
    """Canonical form of a phase with both ends of its band."""
    low, high = phase.ends[0], phase.ends[-1]
    doses = "-".join(dict.fromkeys(format_number(end.total_dose) for end in (low, high)))
    counts = "-".join(dict.fromkeys(format_number(end.n_fractions) for end in (low, high)))
    return f"{doses}Gy/{counts}{_suffix(_regimen(text, phase, 0))}"
