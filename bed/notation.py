"""The grammar of regimens as people write them: text in, exact numbers out.

Numbers are read as decimals, so that `28 x 1.8 Gy` is 50.4 Gy and not 50.400000000000006 Gy. What the text
does not say is refused with the likely mistake, never filled in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bed.errors import RegimenError

__all__ = [
    "FREQUENCY_WORDS",
    "MODALITY_WORDS",
    "WrittenEnd",
    "WrittenPhase",
    "format_number",
    "read_phase",
    "split_sequence",
]

FREQUENCY_WORDS = {1: "QD", 2: "BID", 3: "TID"}
"""Printed word for one, two and three fractions a day; more are printed as `4/day`."""

MODALITY_WORDS = {
    "external beam": "",
    "HDR brachytherapy": "HDR",
    "PDR brachytherapy": "PDR",
    "LDR brachytherapy": "LDR",
    "permanent implant": "permanent implant",
    "radionuclide": "radionuclide",
}
"""Each modality and the word it is printed and read with; external beam is written without one."""

_NUMBER = r"(?<![\d.])(?:\d+(?:\.\d+)?|\.\d+)(?![\d.])"
_UNIT = r"(?:gy|gray|cgy|centigray)\b"
_FX = r"(?:\s*(?:fractions?|fracs?|fxs?|frx?|f|\#)(?![a-z]))"
_TO = r"\s*(?:-|\bto\b)\s*"


def _dose_pattern(name: str) -> str:
    return (
        rf"(?P<{name}_low>{_NUMBER})\s*(?P<{name}_low_unit>{_UNIT})?"
        rf"(?:{_TO}(?P<{name}_high>{_NUMBER})\s*(?P<{name}_unit>{_UNIT})?)?"
    )


_COUNT = rf"(?P<n_low>{_NUMBER})(?:{_TO}(?P<n_high>{_NUMBER}))?"
_TOTAL, _EACH = _dose_pattern("total"), _dose_pattern("each")
_PER_FX = rf"(?:\s*(?:/|per|a|each)?{_FX}|\s*each)"
_SUM = rf"(?:\s*(?:=|total(?:ling)?)\s*{_TOTAL}(?:\s*total)?)?"

# Patterns are compiled by `re` when first used, which keeps the import of the package short.
_FORMS = (
    # 50.4Gy/28, 50.4 Gy in 28 fractions of 1.8 Gy, 39Gy/26 1.5Gy
    rf"{_TOTAL}\s*(?:/|\bin\b)\s*{_COUNT}{_FX}?(?:\s*(?P<joint>of|at|@|x|a)?\s*{_EACH}{_PER_FX}?)?",
    # 28 x 1.8 Gy, 5x5, 25 fractions of 2 Gy
    rf"{_COUNT}{_FX}?\s*(?:x|of|at|@)\s*{_EACH}{_PER_FX}?{_SUM}",
    # 1.2 Gy x 34, 5 x 5 fx
    rf"{_EACH}{_PER_FX}?\s*(?:x|times)\s*{_COUNT}(?P<counted>{_FX})?{_SUM}",
    # 70Gy 35#, 30Gy10fx
    rf"(?P<beside>{_TOTAL})\s*{_COUNT}{_FX}",
    # 50.4 Gy (28 x 1.8 Gy), 50.4 Gy (28 fractions of 1.8 Gy)
    rf"(?P<beside>{_TOTAL})\s*=?\s*{_COUNT}{_FX}?\s*(?:x|of|at|@)\s*{_EACH}{_PER_FX}?",
    # 50.4 Gy (1.8 Gy x 28)
    rf"(?P<beside>{_TOTAL})\s*=?\s*{_EACH}{_PER_FX}?\s*x\s*{_COUNT}{_FX}?",
    # 60 Gy at 2 Gy/fx, 45Gy/1.8Gy
    rf"{_TOTAL}\s*(?:/|at|@|of|in|by)?\s*{_EACH}{_PER_FX}?",
)

_FREQUENCIES = (
    (r"(?<![a-z])(?:bid|b\.i\.d\.?|bd|b\.d\.?|twice[ -](?:a[ -]day|daily|per day))(?![a-z])", 2),
    (r"(?<![a-z])(?:tid|t\.i\.d\.?|(?:thrice|three times)[ -](?:a[ -]day|daily|per day))(?![a-z])", 3),
    (r"(?<![a-z])(?:qd|q\.d\.?|od|once[ -](?:a[ -]day|daily|per day)|daily)(?![a-z])", 1),
)
_OVERALL_TIME = rf"\bover\s+(?P<time>{_NUMBER}(?:{_TO}{_NUMBER})?\s*(?:weeks?|wks?|days?|months?))\b"
_INTEGRATED_BOOST = r"\bsib\b|\bintegrated[ -]boost\b"

_PER_DAY = rf"(?<![\d./])\b(?P<m>\d+)\s*(?:x|times|{_FX})?\s*(?:/|per|a)\s*(?:day|d)\b"

_MODALITIES = (
    (r"\bhdr(?:[ -]?(?:brachytherapy|brachy|bt))?\b", "HDR brachytherapy"),
    (r"\bpdr(?:[ -]?(?:brachytherapy|brachy|bt))?\b", "PDR brachytherapy"),
    (r"\bldr(?:[ -]?(?:brachytherapy|brachy|bt))?\b", "LDR brachytherapy"),
    (r"\b(?:permanent )?(?:implant|seeds)\b", "permanent implant"),
    (r"\bradionuclide\b", "radionuclide"),
    (r"\b(?:ebrt|external[ -]beam|sbrt|sabr|srs|srt|imrt|vmat)\b", "external beam"),
)


@dataclass(frozen=True, kw_only=True)
class WrittenEnd:
    """One end of what was written: total dose in Gy and number of fractions, both exact.

    Attributes
    ----------
    total_dose : Decimal
        Gy.
    n_fractions : Decimal
        As written; whether it is whole is for the regimen to judge.
    """

    total_dose: Decimal
    n_fractions: Decimal


@dataclass(frozen=True, kw_only=True)
class WrittenPhase:
    """One phase as written: one end, or the two ends of a band.

    Attributes
    ----------
    ends : tuple of WrittenEnd
        One, or two from low to high.
    fractions_per_day : int
        1 unless the text says otherwise.
    modality : str or None
        None where the text does not say.
    notes : tuple of str
        How an ambiguous text was read.
    """

    ends: tuple[WrittenEnd, ...]
    fractions_per_day: int
    modality: str | None
    notes: tuple[str, ...]


def format_number(value: float | Decimal) -> str:
    """Print a number in full, without exponent and without trailing zeros.

    Parameters
    ----------
    value : float or Decimal
        Any finite number.

    Returns
    -------
    str
        Text that reads back as the same float.

    Examples
    --------
    >>> format_number(50.40)
    '50.4'
    >>> format_number(25.0)
    '25'
    """
    text = format(value if isinstance(value, Decimal) else Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def split_sequence(text: str) -> tuple[str, ...]:
    """Split `45Gy/25 + 5.4Gy/3` into its phases.

    Parameters
    ----------
    text : str
        Phases joined by `+`, `then` or `followed by`.

    Returns
    -------
    tuple of str
        The phases, in order.

    Raises
    ------
    RegimenError
        Empty text or an empty phase.

    Examples
    --------
    >>> split_sequence("45Gy/25 + 5.4Gy/3")
    ('45Gy/25', '5.4Gy/3')
    """
    parts = tuple(
        part.strip() for part in re.split(r"\+|\bthen\b|\bfollowed by\b", text, flags=re.IGNORECASE)
    )
    if not all(parts):
        raise RegimenError(f"{text!r}: a regimen is missing; write for example '45Gy/25 + 5.4Gy/3'")
    return parts


def read_phase(text: str) -> WrittenPhase:
    """Read one phase, which may be a band.

    Parameters
    ----------
    text : str
        Such as `50.4 Gy in 28 fractions`, `28 x 1.8 Gy`, `39Gy/26 1.5Gy BID` or `25-40Gy/5fx`.

    Returns
    -------
    WrittenPhase
        Its ends as exact numbers.

    Raises
    ------
    RegimenError
        What is not understood, incomplete or contradicts itself.

    Examples
    --------
    >>> read_phase("28 x 1.8 Gy").ends[0].total_dose
    Decimal('50.4')
    """
    plain = _normalise(text)
    _refuse_non_numbers(text, plain)
    _refuse_integrated_boost(text, plain)
    plain, time_notes = _take_overall_time(text, plain)
    plain, modality = _take_modality(text, plain)
    plain, per_day = _take_frequency(text, plain)
    match = _match_form(text, plain)
    ends, notes = _ends(text, match)
    return WrittenPhase(ends=ends, fractions_per_day=per_day, modality=modality, notes=(*notes, *time_notes))


def _normalise(text: str) -> str:
    """Lower case, one kind of dash, times sign and space; brackets and commas between words dropped."""
    plain = re.sub(r"[‐-―−]", "-", text.casefold())
    plain = re.sub(r"[×✕·*⋅]", "x", plain)
    if re.search(r"gy\s*\(?(?:rbe|e\b)|\bcge\b", plain):
        raise RegimenError(
            f"{text!r}: an RBE-weighted dose; write plain Gy if the RBE is in it, and state the RBE apart"
        )
    if re.search(r"\d,\d", plain):
        raise RegimenError(f"{text!r}: write a decimal point, not a comma")
    plain = re.sub(r"[(),;]|(?<=gy)(?=x|\d)", " ", plain)
    return " ".join(plain.split()).rstrip(".")


def _refuse_non_numbers(text: str, plain: str) -> None:
    if re.search(r"(?:^|/|x|@|\bin\b|\bof\b|\bat\b)\s*-\s*[\d.]", plain):
        raise RegimenError(f"{text!r}: negative numbers have no meaning here")
    if re.search(r"\b(?:nan|inf|infinity)", plain):
        raise RegimenError(f"{text!r}: not a finite number")


def _refuse_integrated_boost(text: str, plain: str) -> None:
    if re.search(_INTEGRATED_BOOST, plain):
        raise RegimenError(
            f"{text!r}: a simultaneous integrated boost (SIB) is one regimen for each dose level; write the "
            "one that the question is about, for example '70Gy/35' or '56Gy/35'"
        )


def _take_overall_time(text: str, plain: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without an overall time, and that it is no part of the regimen."""
    found = re.search(_OVERALL_TIME, plain)
    if found is None:
        return plain, ()
    without = " ".join((plain[: found.start()] + " " + plain[found.end() :]).split())
    return without, (
        f"{text!r}: the overall time of {found['time']} is no part of the regimen and is not used",
    )


def _take_modality(text: str, plain: str) -> tuple[str, str | None]:
    modalities = set()
    for pattern, modality in _MODALITIES:
        plain, count = re.subn(pattern, " ", plain)
        modalities |= {modality} if count else set()
    if len(modalities) > 1:
        raise RegimenError(f"{text!r}: names two modalities, {' and '.join(sorted(modalities))}")
    return " ".join(plain.split()), modalities.pop() if modalities else None


def _take_frequency(text: str, plain: str) -> tuple[str, int]:
    per_days = {int(m["m"]) for m in re.finditer(_PER_DAY, plain)}
    plain = re.sub(_PER_DAY, " ", plain)
    for pattern, per_day in _FREQUENCIES:
        plain, count = re.subn(pattern, " ", plain)
        per_days |= {per_day} if count else set()
    if len(per_days) > 1:
        raise RegimenError(f"{text!r}: says {' and '.join(map(str, sorted(per_days)))} fractions a day")
    return " ".join(plain.split()), per_days.pop() if per_days else 1


def _match_form(text: str, plain: str) -> re.Match[str]:
    for form in _FORMS:
        match = re.fullmatch(form, plain)
        if match and _names_its_unit_or_word(match.groupdict()):
            return match
    mistake, missing = _likely_mistake(plain)
    raise RegimenError(f"{text!r}: {mistake}", missing=missing)


def _names_its_unit_or_word(groups: dict[str, str | None]) -> bool:
    """A dose per fraction is recognised by its unit or by the word that joins it to the rest.

    A total that only stands beside the number of fractions needs its unit.
    """
    has_unit = bool(groups.get("each_low_unit") or groups.get("each_unit"))
    if "beside" in groups:
        return bool(groups["total_low_unit"] or groups["total_unit"])
    if "counted" in groups:
        return has_unit or bool(groups["counted"])
    if "joint" in groups:
        return not groups["each_low"] or has_unit or bool(groups["joint"])
    return has_unit or "n_low" in groups


def _likely_mistake(plain: str) -> tuple[str, tuple[str, ...]]:
    """The likely mistake in a text that fits no form, and what is missing from it."""
    if re.fullmatch(_TOTAL, plain):
        return "does not say in how many fractions; write for example '50.4Gy/28'", ("n_fractions",)
    if re.fullmatch(rf"{_COUNT}{_FX}", plain):
        return "does not say which dose; write for example '50.4Gy/28'", ("dose",)
    return "not understood; write for example '50.4Gy/28', '28 x 1.8 Gy', '39Gy/26 BID' or '25-40Gy/5'", ()


def _gy(text: str, groups: dict[str, str | None], name: str) -> tuple[Decimal, ...]:
    """The one or two values of a dose in Gy."""
    low_unit, unit = groups[f"{name}_low_unit"], groups[f"{name}_unit"]
    high = groups[f"{name}_high"]
    if high and low_unit and low_unit != unit:
        raise RegimenError(f"{text!r}: the two ends of a band need one unit")
    scale = Decimal("0.01") if (unit or low_unit or "").startswith("c") else Decimal(1)
    return _band(text, groups[f"{name}_low"], high, scale)


def _band(text: str, low: str | None, high: str | None, scale: Decimal = Decimal(1)) -> tuple[Decimal, ...]:
    ends = tuple(Decimal(end) * scale for end in (low, high) if end)
    if len(ends) == 2 and not ends[0] < ends[1]:
        raise RegimenError(f"{text!r}: write a band from its low to its high end")
    return ends


def _ends(text: str, match: re.Match[str]) -> tuple[tuple[WrittenEnd, ...], tuple[str, ...]]:
    groups = match.groupdict()
    total = _gy(text, groups, "total") if groups.get("total_low") else ()
    each = _gy(text, groups, "each") if groups.get("each_low") else ()
    count = _band(text, groups["n_low"], groups["n_high"]) if groups.get("n_low") else ()
    if any(value == 0 for value in (*total, *each, *count)):
        raise RegimenError(f"{text!r}: dose and number of fractions must be above zero")
    _refuse_fractional(text, total, count, each)
    ends = _join_ends(text, total, count, each)
    return ends, _notes(text, groups, ends)


def _refuse_fractional(
    text: str, total: tuple[Decimal, ...], count: tuple[Decimal, ...], each: tuple[Decimal, ...]
) -> None:
    for n in count:
        if n % 1:
            raise RegimenError(
                f"{text!r}: {format_number(n)} fractions is not a whole number{_swap_hint(n, total, each)}"
            )


def _swap_hint(n: Decimal, total: tuple[Decimal, ...], each: tuple[Decimal, ...]) -> str:
    """Name the reading in which the fractional number is a dose per fraction."""
    if total and total[0] % n == 0:
        return (
            f"; did you mean {format_number(total[0])}Gy in fractions of {format_number(n)}Gy, that is "
            f"{format_number(total[0])}Gy/{format_number(total[0] / n)}?"
        )
    if each and each[0] % 1 == 0:
        return f"; did you mean {format_number(each[0])} x {format_number(n)} Gy?"
    return ""


def _join_ends(
    text: str, total: tuple[Decimal, ...], count: tuple[Decimal, ...], each: tuple[Decimal, ...]
) -> tuple[WrittenEnd, ...]:
    """Join what was written to ends, which must belong together beyond doubt."""
    bands = [values for values in (total, count, each) if len(values) == 2]
    if len(bands) > 1 and not _pair_up(total, count):
        raise RegimenError(
            f"{text!r}: two bands at once leave open which ends belong together; write two regimens"
        )
    width = 2 if bands else 1
    totals, counts, doses = (
        values * width if len(values) == 1 else values for values in (total, count, each)
    )
    if not count:
        return tuple(_from_total_and_dose(text, t, d) for t, d in zip(totals, doses, strict=True))
    if not total:
        return tuple(WrittenEnd(total_dose=n * d, n_fractions=n) for n, d in zip(counts, doses, strict=True))
    if each:
        _refuse_contradiction(text, totals, counts, doses)
    return tuple(WrittenEnd(total_dose=t, n_fractions=n) for t, n in zip(totals, counts, strict=True))


def _pair_up(total: tuple[Decimal, ...], count: tuple[Decimal, ...]) -> bool:
    """Whether two bands pair up by themselves: one dose per fraction at both ends, as in 36-45Gy/20-25."""
    return len(total) == len(count) == 2 and total[0] * count[1] == total[1] * count[0]


def _from_total_and_dose(text: str, total: Decimal, each: Decimal) -> WrittenEnd:
    if total % each:
        raise RegimenError(
            f"{text!r}: {format_number(total)} Gy is no whole number of fractions of {format_number(each)} Gy"
        )
    return WrittenEnd(total_dose=total, n_fractions=total / each)


def _refuse_contradiction(
    text: str, totals: tuple[Decimal, ...], counts: tuple[Decimal, ...], doses: tuple[Decimal, ...]
) -> None:
    """Refuse total, number and dose that disagree by more than rounding to 0.01 Gy explains."""
    for total, n, dose in zip(totals, counts, doses, strict=True):
        rounding = n * min(Decimal(1).scaleb(int(dose.as_tuple().exponent)), Decimal("0.01")) / 2
        if abs(n * dose - total) > rounding:
            raise RegimenError(
                f"{text!r}: contradicts itself: {format_number(n)} x {format_number(dose)} Gy is "
                f"{format_number(n * dose)} Gy, not {format_number(total)} Gy"
            )


def _notes(text: str, groups: dict[str, str | None], ends: tuple[WrittenEnd, ...]) -> tuple[str, ...]:
    """Echo how a text without a unit was read, or one that does not say what its dose is of."""
    end = ends[0]
    n, each = format_number(end.n_fractions), format_number(end.total_dose / end.n_fractions)
    if groups.get("beside") and not groups.get("each_low"):
        total = format_number(end.total_dose)
        if end.total_dose < end.n_fractions:
            raise RegimenError(
                f"{text!r}: {total} Gy in all, or {n} fractions of {total} Gy? Write '{total}Gy/{n}' or "
                f"'{n} x {total} Gy'"
            )
        return (f"{text!r} is read as {total} Gy in {n} fractions, in all",)
    if any(value for key, value in groups.items() if key.endswith("unit")):
        return ()
    if groups.get("total_low"):
        return (f"{text!r} has no unit: read as {format_number(end.total_dose)} Gy in {n} fractions",)
    return (f"{text!r} has no unit: read as {n} fractions of {each} Gy",)
