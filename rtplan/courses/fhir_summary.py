"""A course from an mCODE or CodeX Radiotherapy Course Summary (FHIR R4 JSON).

A summary states doses delivered to volumes: representative doses, no maxima. It therefore bounds no organ and
has the grade of a prescription. Every EQD2 or BED in it is recomputed from the physical dose and fractions of
the same volume and shown beside; none is ever used. A dose in Gy(RBE), or under a metric that is not known,
is shown as stated with why it is not used.

Profiles: hl7.org/fhir/us/mcode, mcode-radiotherapy-course-summary; hl7.org/fhir/us/codex-radiation-therapy,
codexrt-radiobiologic-metric.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from bed import BedError, Regimen, bed_from_dose, eqd2
from dicom_io.readers import dose_unit
from dicom_io.study import SourceFile
from rtplan.courses.course import Course, Grade
from rtplan.courses.imported_eqd2 import ImportedEqd2
from rtplan.errors import RtplanValueError
from rtplan.interval import parse_date

__all__ = ["read_fhir_summary"]

_SUMMARY: Final = "radiotherapy-course-summary"
_TO_VOLUME: Final = "mcode-radiotherapy-dose-delivered-to-volume"
_UNIFORM: Final = "codexrt-radiotherapy-uniform-fractionation"
_PRIMARY: Final = "codexrt-radiotherapy-primary-plan-dose"
_METRIC: Final = "codexrt-radiobiologic-metric"
_MODALITY: Final = "mcode-radiotherapy-modality"
_COURSE_CODE: Final = "1217123003"
_NOT_GIVEN: Final = {
    "entered-in-error": "it was entered in error",
    "not-done": "the treatment was not done",
    "preparation": "the treatment had not begun",
}
_METRIC_FORM: Final = re.compile(
    r"\s*(?P<quantity>BED|EQD2)(?:Gy)?\s*(?:\(\s*a/b\s*=\s*(?P<ratio>\d+(?:\.\d*)?)\s*\))?\s*", re.IGNORECASE
)
_RBE: Final = re.compile(r"RBE|CGE|Gy\s*\(?E\b|equivalent", re.IGNORECASE)
_WORDS: Final = ("photon", "electron", "proton", "carbon")
_OF_IONS: Final = ("proton", "carbon")


@dataclass(frozen=True, kw_only=True)
class _Delivered:
    """One dose delivered to one volume."""

    volume: str
    key: str
    dose_gy: float
    n_fractions: int | None
    metric: str
    is_rbe_weighted: bool
    is_uniform: bool | None
    is_primary: bool

    @property
    def is_physical(self) -> bool:
        """Whether it is a dose in Gy under no metric."""
        return not (self.metric or self.is_rbe_weighted)

    @property
    def in_words(self) -> str:
        """Volume, dose and fractions as stated."""
        fractions = "an unknown number of" if self.n_fractions is None else str(self.n_fractions)
        unit = "Gy(RBE)" if self.is_rbe_weighted else "Gy"
        return f"{self.volume}: {self.dose_gy:g} {unit} delivered in {fractions} fractions"


def read_fhir_summary(path: Path, *, role: str, ended: date | None) -> Course:
    """Read a course summary: a Procedure, or a Bundle that holds one.

    Parameters
    ----------
    path : Path
        JSON.
    role : str
        Such as ``"prior"``; begins the course's label.
    ended : date or None
        Day of the last fraction as stated elsewhere; the summary's own must agree.

    Raises
    ------
    RtplanValueError
        No JSON, no course summary or several, one entered in error, not done or not begun, units other than
        Gy, cGy and Gy(RBE), dates that disagree, brachytherapy.
    """
    content = path.read_bytes()
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise RtplanValueError(f"{path.name} is no JSON: a FHIR course summary was expected") from fault
    try:
        return _course(said, hashlib.sha256(content).hexdigest(), role, ended)
    except (RtplanValueError, BedError) as fault:
        raise RtplanValueError(f"FHIR summary {path.name}: {fault}") from fault


def _course(said: Any, sha256: str, role: str, ended: date | None) -> Course:
    summary, names = _summary(said)
    _refuse_not_given(summary)
    ended = _ended(summary, ended)
    modality = _modality(summary)
    entries = [_delivered(one, names) for one in _extensions(summary, _TO_VOLUME)]
    physical = [one for one in entries if one.is_physical]
    imported = tuple(found for one in entries if one.metric for found in _recomputed(one, physical))
    main = _main(physical)
    label = "FHIR course summary" if main is None else f"FHIR course summary, {_schedule(main)}"
    return Course(
        role=role,
        label=f"{role}: {label}",
        grade=Grade.PRESCRIPTION,
        ended=ended,
        modality=modality,
        n_fractions=None if main is None else main.n_fractions,
        prescription=_regimen(main),
        findings=(
            *_findings(summary, entries, role),
            *_of_protons(modality, physical, role),
            *(f"{role} course: {stated}" for stated in imported),
        ),
        inputs=(SourceFile(role="FHIR summary", sha256=sha256, uid=""),),
        imported=imported,
    )


def _of_protons(modality: str, physical: Sequence[_Delivered], role: str) -> Iterator[str]:
    """Ask about doses of protons or ions in plain Gy: an RBE may be in them or not."""
    if modality in _OF_IONS and any(one.is_physical for one in physical):
        yield (
            f"{role} course: {modality} doses are stated in Gy, not in Gy(RBE): whether they are weighted by "
            "an RBE is not said, and nothing was multiplied; state it in a course file (rbe)"
        )


def _summary(said: Any) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Return the one course summary, and the names of volumes that come with it."""
    resources = _resources(said)
    found = [one for one in resources if _is_summary(one)]
    if len(found) != 1:
        raise RtplanValueError(f"one radiotherapy course summary is needed, it holds {len(found)}")
    names = {
        f"BodyStructure/{one['id']}": str(one.get("description") or one["id"])
        for one in resources
        if one.get("resourceType") == "BodyStructure" and "id" in one
    }
    return found[0], names


def _refuse_not_given(summary: Mapping[str, Any]) -> None:
    status = str(summary.get("status", "")).strip().casefold()
    if status in _NOT_GIVEN:
        raise RtplanValueError(f"its status is {status}: {_NOT_GIVEN[status]}, so that it counts nothing")


def _resources(said: Any) -> list[Mapping[str, Any]]:
    if not isinstance(said, dict):
        return []
    if said.get("resourceType") != "Bundle":
        return [said]
    entries = said.get("entry")
    resources = (
        [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    )
    return [one for one in resources if isinstance(one, dict)]


def _is_summary(resource: Mapping[str, Any]) -> bool:
    if resource.get("resourceType") != "Procedure":
        return False
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    named = any(_SUMMARY in str(profile) for profile in profiles) if isinstance(profiles, list) else False
    code = resource.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    coded = isinstance(codings, list) and any(
        isinstance(one, dict) and one.get("code") == _COURSE_CODE for one in codings
    )
    return named or coded


def _extensions(element: Any, name: str) -> list[Mapping[str, Any]]:
    """Return the element's own extensions whose URL ends in a name."""
    listed = element.get("extension") if isinstance(element, dict) else None
    if not isinstance(listed, list):
        return []
    return [
        one for one in listed if isinstance(one, dict) and str(one.get("url", "")).rsplit("/", 1)[-1] == name
    ]


def _nested(element: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield extensions of a name at any depth."""
    if isinstance(element, dict):
        yield from _extensions(element, name)
        for value in element.values():
            yield from _nested(value, name)
    elif isinstance(element, list):
        for value in element:
            yield from _nested(value, name)


def _first(element: Mapping[str, Any], name: str, value: str) -> Any:
    return next((one.get(value) for one in _extensions(element, name) if value in one), None)


def _ended(summary: Mapping[str, Any], ended: date | None) -> date | None:
    """Return the day of the last fraction, by the summary or as stated elsewhere; both have to agree."""
    period = summary.get("performedPeriod")
    end = period.get("end") if isinstance(period, dict) else None
    if not isinstance(end, str) or len(end) < len("2021-09-10"):
        return ended
    if ended is not None and end[:10] != ended.isoformat():
        raise RtplanValueError(f"it ended on {end[:10]} by the summary, on {ended} as stated beside it")
    return parse_date(end[:10])


def _modality(summary: Mapping[str, Any]) -> str:
    """Return the modality by the words beside its code; brachytherapy cannot be converted from a summary."""
    words = " ".join(_texts([one.get("valueCodeableConcept") for one in _nested(summary, _MODALITY)])).lower()
    if "brachytherapy" in words:
        raise RtplanValueError(
            "brachytherapy: its dose rate matters and a summary does not state it; type the organ doses "
            "into a course file (.toml)"
        )
    found = [word for word in _WORDS if word in words]
    return found[0] if len(found) == 1 else "not stated"


def _texts(concepts: Sequence[Any]) -> Iterator[str]:
    for concept in concepts:
        if isinstance(concept, dict):
            yield str(concept.get("text", ""))
            codings = concept.get("coding")
            yield from (
                str(one.get("display", ""))
                for one in (codings if isinstance(codings, list) else [])
                if isinstance(one, dict)
            )


def _delivered(entry: Mapping[str, Any], names: Mapping[str, str]) -> _Delivered:
    reference = _first(entry, "volume", "valueReference")
    key = str(reference.get("reference", "")) if isinstance(reference, dict) else ""
    shown = str(reference.get("display", "")) if isinstance(reference, dict) else ""
    quantity = _first(entry, "totalDoseDelivered", "valueQuantity")
    if not isinstance(quantity, dict):
        raise RtplanValueError("a dose delivered to a volume without totalDoseDelivered")
    fractions = _first(entry, "fractionsDelivered", "valueUnsignedInt")
    is_uniform = _first(entry, _UNIFORM, "valueBoolean")
    if not (is_uniform is None or isinstance(is_uniform, bool)):
        raise RtplanValueError(f"{_UNIFORM} is {is_uniform!r}: true or false, without quotes")
    dose_gy, is_rbe_weighted = _gy(quantity)
    return _Delivered(
        volume=shown or names.get(key, "") or "a volume without a name",
        key=key or shown,
        dose_gy=dose_gy,
        n_fractions=fractions if isinstance(fractions, int) and fractions >= 1 else None,
        metric=_metric_text(entry),
        is_rbe_weighted=is_rbe_weighted,
        is_uniform=is_uniform,
        is_primary=_first(entry, _PRIMARY, "valueBoolean") is True,
    )


def _gy(quantity: Mapping[str, Any]) -> tuple[float, bool]:
    """Return a dose in Gy and whether it is Gy(RBE); code and unit have to say the same."""
    written = [str(quantity[key]) for key in ("code", "unit") if quantity.get(key)]
    units = [unit for unit in map(dose_unit, written) if unit is not None]
    if not written or dose_unit(written[0]) is None or len(set(units)) != 1:
        raise RtplanValueError(
            f"a dose in {' and '.join(dict.fromkeys(written)) or 'no unit'}: Gy or cGy is needed; Gy(RBE) is "
            "shown and not used"
        )
    unit = units[0]
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value * unit.gy <= 300:
        raise RtplanValueError(f"a dose of {value!r} {written[0]}: 0 to 300 Gy is allowed")
    return float(value) * unit.gy, unit.is_rbe_weighted


def _metric_text(entry: Mapping[str, Any]) -> str:
    for one in _nested(entry, _METRIC):
        concept = one.get("valueCodeableConcept")
        text = one.get("valueString") or (concept.get("text") if isinstance(concept, dict) else None)
        return str(text or one.get("valueCode") or "unknown metric")
    return ""


def _recomputed(stated: _Delivered, physical: Sequence[_Delivered]) -> Iterator[ImportedEqd2]:
    """Recompute a stated EQD2 or BED from the physical dose of the same volume."""
    form = _METRIC_FORM.fullmatch(stated.metric)
    if form is None or stated.is_rbe_weighted:
        return
    quantity = form["quantity"].upper()
    ratio = None if form["ratio"] is None else float(form["ratio"])
    partner = [one for one in physical if one.key == stated.key]
    reason = _why_not(ratio, partner)
    value = None
    if reason is None and ratio is not None:
        dose, n = partner[0].dose_gy, partner[0].n_fractions
        assert n is not None
        value = float(eqd2(dose, n, ratio) if quantity == "EQD2" else bed_from_dose(dose, n, ratio))
    yield ImportedEqd2(
        volume=stated.volume,
        quantity=quantity,
        stated_gy=stated.dose_gy,
        alpha_beta_gy=ratio,
        recomputed_gy=value,
        reason=reason,
    )


def _why_not(ratio: float | None, partner: Sequence[_Delivered]) -> str | None:
    if ratio is None or not (math.isfinite(ratio) and ratio > 0):
        return "it states no alpha/beta"
    if len(partner) != 1:
        return f"{len(partner)} physical doses of this volume are stated"
    if partner[0].n_fractions is None:
        return "no number of fractions is stated"
    if partner[0].is_uniform is False:
        return "the fractions were not uniform"
    return None


def _main(physical: Sequence[_Delivered]) -> _Delivered | None:
    """Return the dose that describes the course: the primary one, else the only one."""
    chosen = [one for one in physical if one.is_primary] or list(physical)
    return chosen[0] if len(chosen) == 1 and chosen[0].n_fractions is not None else None


def _schedule(one: _Delivered) -> str:
    if one.is_uniform is False:
        return f"{one.dose_gy:g} Gy in {one.n_fractions} unequal fractions"
    return f"{one.dose_gy:g}Gy/{one.n_fractions}"


def _regimen(main: _Delivered | None) -> Regimen | None:
    if main is None or main.dose_gy == 0 or main.is_uniform is False:
        return None
    return Regimen.parse(_schedule(main))


def _findings(summary: Mapping[str, Any], entries: Sequence[_Delivered], role: str) -> Iterator[str]:
    yield f"{role} course: a summary states doses to volumes, no organ's maximum: it bounds no organ"
    if summary.get("status") != "completed":
        yield f"{role} course: status {summary.get('status') or 'not stated'!s}: was it completed?"
    for stated in entries:
        if stated.is_physical:
            unequal = ", which were not uniform: no EQD2 of it is known" if stated.is_uniform is False else ""
            yield f"{role} course: {stated.in_words}{unequal}"
        elif stated.is_rbe_weighted or _METRIC_FORM.fullmatch(stated.metric) is None:
            yield f"{role} course: {_not_used(stated)}"


def _not_used(stated: _Delivered) -> str:
    """Show a dose as stated, with why it is not used."""
    under = f" as {stated.metric!r}" if stated.metric else ""
    if stated.is_rbe_weighted or _RBE.search(stated.metric):
        why = "it contains an RBE, and the physical dose cannot be had from it"
    else:
        why = "this metric is not known; BED(a/b=3) and EQD2Gy(a/b=3) are"
    return f"{stated.in_words}{under}, not used: {why}"
