"""Patient files: what is known of one patient, typed into a TOML file; all its mistakes are told at once.

Nothing has a default: a key that is not there is not known. Name, identifier and address have no key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bed import BedError, Regimen, RegimenSequence, parse_regimens
from rtplan.errors import RtplanValueError
from rtplan.files import TypedFileError, read_typed_file
from rtplan.interval import Interval
from rtplan.names import near_names
from rtplan.protocols.body_parts import body_part
from rtplan.protocols.facts import ULN, Fact

__all__ = [
    "EarlierEntry",
    "Event",
    "LesionEntry",
    "Patient",
    "PatientFileError",
    "PlannedEntry",
    "Quantity",
    "patient_of_tables",
    "read_patient_file",
]

LISTS: Final = ("earlier_radiotherapy", "planned_radiotherapy", "metastases")
_EARLIER_KEYS: Final = ("regimen", "ended", "region", "folder", "plan", "dates")
_PLANNED_KEYS: Final = ("regimen", "starts", "folder", "plan", "dates")
_LESION_KEYS: Final = (
    "organ", "structure", "diameter_mm", "volume_cc", "sabr_planned", "sabr_regimen",
)  # fmt: skip
AS_PLANNED: Final = "as planned"


class PatientFileError(TypedFileError):
    """A patient file with mistakes; the message lists all of them and no personal data."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A value with its unit, in the fact's own unit or as a multiple of the upper limit of normal.

    Attributes
    ----------
    value : float
    unit : str
    uln : float or None
        Upper limit of normal in the same unit.
    typed : str
        As it stood in the file.
    """

    value: float
    unit: str
    uln: float | None
    typed: str

    @property
    def times_uln(self) -> float | None:
        """The value as a multiple of the upper limit of normal; None where that is not known."""
        if self.unit == ULN:
            return self.value
        return None if self.uln is None else self.value / self.uln


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, or not.

    Attributes
    ----------
    happened : bool
    days : tuple of date
        Empty where it happened and nobody said when.
    """

    happened: bool
    days: tuple[date, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EarlierEntry:
    """One table of ``earlier_radiotherapy``: a regimen as typed, or a folder to read."""

    regimen: Regimen | RegimenSequence | None
    ended: date | None
    region: str
    folder: str
    plan: str | None
    as_planned: bool
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlannedEntry:
    """The table ``planned_radiotherapy``."""

    regimen: Regimen | RegimenSequence | None
    starts: date | None
    folder: str
    plan: str | None
    as_planned: bool
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LesionEntry:
    """One table of ``metastases``."""

    organ: str
    structure: str
    diameter_mm: float | None
    volume_cc: float | None
    sabr_planned: bool | None
    sabr_regimen: str
    readings: tuple[str, ...] = ()


Value = date | bool | float | str | Quantity | Event


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is known of a patient.

    Attributes
    ----------
    values : mapping of str to value
        By key; a key that is not there is not known.
    earlier : tuple of EarlierEntry or None
        Empty when stated that there was none.
    planned : PlannedEntry or None
    metastases : tuple of LesionEntry or None
        Empty when stated that there is none.
    pseudonym : str
    sha256 : str
        Of the file.
    """

    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    earlier: tuple[EarlierEntry, ...] | None = None
    planned: PlannedEntry | None = None
    metastases: tuple[LesionEntry, ...] | None = None
    pseudonym: str = ""
    sha256: str = ""

    def value(self, key: str) -> Value | None:
        """Return what is known under a key: as typed, or computed from other keys; None where it is not.

        Computed are the age, the creatinine clearance (Cockcroft and Gault 1976,
        doi:10.1159/000180580) and whether there are liver metastases.
        """
        if key in self.values:
            return self.values[key]
        return _DERIVED[key](self) if key in _DERIVED else None

    def is_derived(self, key: str) -> bool:
        """Whether a value is computed and not typed."""
        return key not in self.values and key in _DERIVED


def read_patient_file(path: Path, facts: Mapping[str, Fact]) -> Patient:
    """Read a patient file.

    Parameters
    ----------
    path : Path
        TOML; `rtplan protocol template` prints one to fill in.
    facts : mapping of str to Fact
        The keys it may hold.

    Raises
    ------
    RtplanLookupError
        No such file.
    PatientFileError
        All mistakes of the file in one message.
    """
    file = read_typed_file(path, kind="patient file", error=PatientFileError)
    return patient_of_tables(file.toml(), facts, sha256=file.sha256)


def patient_of_tables(tables: Mapping[str, Any], facts: Mapping[str, Fact], *, sha256: str = "") -> Patient:
    """Return the patient that the tables of a patient file describe.

    Parameters
    ----------
    tables : mapping
        As TOML gives them.
    facts : mapping of str to Fact
    sha256 : str
        Of the file.

    Raises
    ------
    PatientFileError
        All mistakes in one message.

    Examples
    --------
    >>> from rtplan.protocols.facts import shared_facts
    >>> tables = {"laboratory": {"haemoglobin": {"value": 9.1, "unit": "g/dL"}}}
    >>> patient_of_tables(tables, shared_facts()).value("laboratory.haemoglobin").value
    91.0
    >>> patient_of_tables({"laboratory": {"haemoglobin": 9.1}}, shared_facts())
    Traceback (most recent call last):
    rtplan.protocols.patient_file.PatientFileError: the patient file: 1 mistake
      laboratory.haemoglobin: write { value = 9.1, unit = "g/L" }
    """
    mistakes: list[str] = []
    values: dict[str, Value] = {}
    for section, table in tables.items():
        if section in (*LISTS, "pseudonym"):
            continue
        if not isinstance(table, dict):
            mistakes.append(f"{section}: no such entry; sections are {', '.join(_sections(facts))}")
            continue
        for name, typed in table.items():
            key = f"{section}.{name}"
            _collect(key, typed, facts, values, mistakes)
    earlier = _list_of(tables, "earlier_radiotherapy", _earlier, mistakes)
    metastases = _list_of(tables, "metastases", _lesion, mistakes)
    planned = _planned_entry(tables, mistakes)
    if not isinstance(tables.get("pseudonym", ""), str):
        mistakes.append("pseudonym: a text is needed")
    patient = Patient(
        values=MappingProxyType(values),
        earlier=earlier,
        planned=planned,
        metastases=metastases,
        pseudonym=str(tables.get("pseudonym", "")),
        sha256=sha256,
    )
    mistakes += _contradictions(patient)
    if mistakes:
        raise PatientFileError("the patient file", mistakes)
    return patient


def _sections(facts: Mapping[str, Fact]) -> list[str]:
    return [*dict.fromkeys(fact.section for fact in facts.values()), *LISTS]


def _collect(
    key: str, typed: Any, facts: Mapping[str, Fact], values: dict[str, Value], mistakes: list[str]
) -> None:
    """Read one key into `values`, or say what is wrong with it; personal values are not repeated."""
    if key not in facts:
        near = ", ".join(near_names(key, facts)) or "none is alike"
        mistakes.append(f"{key}: no such key; near keys: {near}")
        return
    try:
        values[key] = _READERS[facts[key].kind](facts[key], typed)
    except RtplanValueError as mistake:
        mistakes.append(f"{key}: {mistake}")


def _read_date(fact: Fact, typed: Any) -> Value:
    if not _is_day(typed):
        raise RtplanValueError("a date without quotes is needed, such as 2024-02-29")
    assert isinstance(typed, date)
    return typed


def _is_day(typed: Any) -> bool:
    return isinstance(typed, date) and not isinstance(typed, datetime)


def _read_yes_no(fact: Fact, typed: Any) -> Value:
    if not isinstance(typed, bool):
        raise RtplanValueError("true or false is needed; leave the key out where it is not known")
    return typed


def _read_choice(fact: Fact, typed: Any) -> Value:
    if typed not in fact.choices:
        raise RtplanValueError(f"{typed!r} is none of {', '.join(map(repr, fact.choices))}")
    return str(typed)


def _finite(typed: Any) -> float:
    if isinstance(typed, bool) or not isinstance(typed, (int, float)) or not math.isfinite(typed):
        raise RtplanValueError(f"{typed!r} is no number")
    return float(typed)


def _in_range(fact: Fact, value: float) -> None:
    """Refuse what can only be a typing error."""
    unit = f" {fact.unit}" if fact.unit else ""
    if (fact.low is not None and value < fact.low) or (fact.high is not None and value > fact.high):
        ends = (
            f"at least {fact.low:g}" if fact.low is not None else "",
            f"at most {fact.high:g}" if fact.high else "",
        )
        raise RtplanValueError(
            f"{value:g}{unit}: {' and '.join(filter(None, ends))} is needed; is the unit right?"
        )
    if fact.is_whole and value != int(value):
        raise RtplanValueError(f"{value:g}: a whole number is needed")


def _read_number(fact: Fact, typed: Any) -> Value:
    value = _finite(typed)
    _in_range(fact, value)
    return value


def _read_quantity(fact: Fact, typed: Any) -> Value:
    if not isinstance(typed, dict):
        raise RtplanValueError(f'write {{ value = {typed!r}, unit = "{fact.unit}" }}')
    unknown = sorted(set(typed) - {"value", "unit", *(("uln",) if fact.has_uln else ())})
    missing = [name for name in ("value", "unit") if name not in typed]
    if unknown or missing:
        raise RtplanValueError(
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )
    unit = typed["unit"]
    if unit not in fact.units:
        raise RtplanValueError(f"unit {unit!r} is none of {', '.join(map(repr, fact.units))}")
    value, uln = _finite(typed["value"]), (_finite(typed["uln"]) if "uln" in typed else None)
    if value < 0 or (uln is not None and uln <= 0):
        raise RtplanValueError("a value below 0, or an upper limit of normal that is not above 0")
    factor = fact.also.get(unit, 1.0)
    if unit != ULN:
        _in_range(fact, value * factor)
    return Quantity(
        value=value * factor,
        unit=ULN if unit == ULN else fact.unit,
        uln=None if uln is None else uln * factor,
        typed=f"{value:g} {unit}" + (f" (ULN {uln:g})" if uln is not None else ""),
    )


def _read_event(fact: Fact, typed: Any) -> Value:
    if isinstance(typed, bool):
        return Event(happened=typed)
    days = typed if isinstance(typed, list) else [typed]
    if not days or not all(map(_is_day, days)):
        raise RtplanValueError("false, true (day not known), a date, or a list of dates is needed")
    return Event(happened=True, days=tuple(sorted(days)))


_READERS: Final[Mapping[str, Callable[[Fact, Any], Value]]] = {
    "date": _read_date,
    "yes_no": _read_yes_no,
    "choice": _read_choice,
    "number": _read_number,
    "quantity": _read_quantity,
    "event": _read_event,
}


def _list_of(
    tables: Mapping[str, Any],
    name: str,
    read: Callable[[dict[str, Any]], Any],
    mistakes: list[str],
) -> Any:
    """Read a list of tables; None where the file does not hold it."""
    if name not in tables:
        return None
    entries = tables[name]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        mistakes.append(f"{name}: tables such as [[{name}]] are needed, or {name} = [] where there was none")
        return None
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(read(entry))
        except (RtplanValueError, BedError) as mistake:
            mistakes.append(f"{name} {number}: {mistake}")
    return tuple(found)


def _refuse_unknown(entry: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    unknown = [key for key in entry if key not in allowed]
    if unknown:
        raise RtplanValueError(
            f"unknown entry {', '.join(map(repr, unknown))}; allowed: {', '.join(allowed)}"
        )


def _earlier(entry: dict[str, Any]) -> EarlierEntry:
    _refuse_unknown(entry, _EARLIER_KEYS)
    _one_source(entry)
    return EarlierEntry(
        regimen=_typed_regimen(entry),
        ended=_typed_day(entry, "ended"),
        region=_region(str(entry.get("region", ""))),
        folder=str(entry.get("folder", "")),
        plan=str(entry["plan"]) if "plan" in entry else None,
        as_planned=_as_planned(entry),
        readings=_readings(entry.get("regimen")),
    )


def _region(text: str) -> str:
    """Fold the words for parts of the pelvis into one; what else is typed stays as it is."""
    part = body_part(text)
    return "pelvis" if part is not None and part.region == "pelvis" else text.strip().casefold()


def _organ(text: str) -> str:
    """Fold the words for one organ into one; what is not known stays as it is typed."""
    part = body_part(text)
    return part.organ if part is not None and part.organ else text.strip().casefold()


def _one_source(entry: Mapping[str, Any]) -> None:
    if "regimen" in entry and "folder" in entry:
        raise RtplanValueError("regimen or folder, not both: the folder's plan says what was prescribed")


def _typed_regimen(entry: Mapping[str, Any]) -> Regimen | RegimenSequence | None:
    if "regimen" not in entry:
        return None
    parsed = parse_regimens(entry["regimen"])
    if parsed.band is not None:
        raise RtplanValueError(f"{entry['regimen']!r} is a band; one regimen is needed")
    return parsed.regimens[0]


def _readings(regimen: str | None) -> tuple[str, ...]:
    """How a regimen was read that can be read in two ways, such as ``12x4``."""
    return parse_regimens(regimen).notes if regimen else ()


def _typed_day(entry: Mapping[str, Any], name: str) -> date | None:
    if name in entry and not _is_day(entry[name]):
        raise RtplanValueError(f"{name}: a date without quotes is needed, such as 2024-02-29")
    return entry.get(name)


def _as_planned(entry: Mapping[str, Any]) -> bool:
    if entry.get("dates", AS_PLANNED) != AS_PLANNED:
        raise RtplanValueError(f'dates = "{AS_PLANNED}" takes the plan\'s own date; leave it out otherwise')
    return "dates" in entry


def _planned_entry(tables: Mapping[str, Any], mistakes: list[str]) -> PlannedEntry | None:
    if "planned_radiotherapy" not in tables:
        return None
    entry = tables["planned_radiotherapy"]
    try:
        if not isinstance(entry, dict):
            raise RtplanValueError("one table [planned_radiotherapy] is needed")
        _refuse_unknown(entry, _PLANNED_KEYS)
        _one_source(entry)
        return PlannedEntry(
            regimen=_typed_regimen(entry),
            starts=_typed_day(entry, "starts"),
            folder=str(entry.get("folder", "")),
            plan=str(entry["plan"]) if "plan" in entry else None,
            as_planned=_as_planned(entry),
            readings=_readings(entry.get("regimen")),
        )
    except (RtplanValueError, BedError) as mistake:
        mistakes.append(f"planned_radiotherapy: {mistake}")
        return None


def _lesion(entry: dict[str, Any]) -> LesionEntry:
    _refuse_unknown(entry, _LESION_KEYS)
    if not isinstance(entry.get("organ"), str) or not entry["organ"].strip():
        raise RtplanValueError('organ = "liver" or the like is needed')
    planned = entry.get("sabr_planned")
    if planned is not None and not isinstance(planned, bool):
        raise RtplanValueError("sabr_planned is true or false")
    regimen = str(entry.get("sabr_regimen", ""))
    if regimen and planned is False:
        raise RtplanValueError("a sabr_regimen, but sabr_planned = false")
    return LesionEntry(
        organ=_organ(entry["organ"]),
        structure=str(entry.get("structure", "")),
        diameter_mm=_positive(entry, "diameter_mm"),
        volume_cc=_positive(entry, "volume_cc"),
        sabr_planned=True if regimen and str(parse_regimens(regimen).regimens[0]) else planned,
        sabr_regimen=regimen,
        readings=_readings(regimen),
    )


def _positive(entry: Mapping[str, Any], name: str) -> float | None:
    if name not in entry:
        return None
    value = _finite(entry[name])
    if not 0 < value < 10_000:
        raise RtplanValueError(f"{name} = {value:g}: above 0 is needed; is the unit right?")
    return value


def _age(patient: Patient) -> Value | None:
    """Completed years between birth and consent."""
    born, consent = patient.values.get("dates.birth"), patient.values.get("dates.consent")
    if not isinstance(born, date) or not isinstance(consent, date) or consent < born:
        return None
    return float(Interval(ended=born, starts=consent).whole_months // 12)


def _creatinine_clearance(patient: Patient) -> Value | None:
    """(140 - age) x weight / (72 x serum creatinine in mg/dL), times 0.85 in women."""
    age, weight = patient.value("patient.age_at_consent_years"), patient.value("patient.weight_kg")
    sex, creatinine = patient.value("patient.sex"), patient.value("laboratory.creatinine")
    if not isinstance(age, float) or not isinstance(weight, float) or not isinstance(sex, str):
        return None
    if not isinstance(creatinine, Quantity) or creatinine.unit == ULN or creatinine.value <= 0:
        return None
    mg_per_dl = creatinine.value / 88.4
    clearance = (140 - age) * weight / (72 * mg_per_dl) * (0.85 if sex == "female" else 1.0)
    return Quantity(value=clearance, unit="mL/min", uln=None, typed=f"{clearance:.1f} mL/min")


def _liver_metastases(patient: Patient) -> Value | None:
    if patient.metastases is None:
        return None
    if any(lesion.organ == "liver" for lesion in patient.metastases):
        return True
    return None if any(body_part(lesion.organ) is None for lesion in patient.metastases) else False


_DERIVED: Final[Mapping[str, Callable[[Patient], Value | None]]] = {
    "patient.age_at_consent_years": _age,
    "laboratory.creatinine_clearance": _creatinine_clearance,
    "disease.liver_metastases": _liver_metastases,
}


def _contradictions(patient: Patient) -> list[str]:
    """What two entries of one file say differently; nothing personal is repeated."""
    found = []
    values = patient.values
    for key, computed in (
        ("patient.age_at_consent_years", _age),
        ("disease.liver_metastases", _liver_metastases),
    ):
        other = computed(patient)
        if key in values and other is not None and values[key] != other:
            found.append(f"{key}: what is typed and what follows from other entries differ")
    born, consent = values.get("dates.birth"), values.get("dates.consent")
    if isinstance(born, date) and isinstance(consent, date) and consent < born:
        found.append("dates.consent: before dates.birth")
    return found
