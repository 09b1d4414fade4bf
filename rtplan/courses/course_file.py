"""Course files: what is known of a course, typed into a small TOML file.

Either organ doses from a printed record, or a planning system's DVH export, or DICOM folders with what their
files do not say (fractions delivered, phases, modality, RBE, fractions per day). Nothing in it has a default.

    label = "2019 pelvis, printed plan"
    unit = "Gy"
    n_fractions = 28
    modality = "photon"
    [organs.Bladder]
    Dmax = 51.0
    Dmean = 30.2
    "D0.1cc" = 50.6
    volume_cc = 118

or

    dvh_export = "plan1.txt"
    n_fractions = 20
    planned_fractions = 28
    modality = "photon"

or

    [[phases]]
    folder = "first-plan"
    n_fractions = 20
    modality = "proton"
    rbe = "included"

``n_fractions`` are those delivered. Doses of a plan that was not given in full say of how many fractions they
are (``planned_fractions``) and count with the share that was given. ``fractions_per_day`` is said where it is
not one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from bed import BedError, Regimen, parse_regimens
from dicom_io import DicomIoError
from dicom_io.dvh import Metric
from dicom_io.readers import read_dvh_text
from dicom_io.study import SourceFile, Study, TreatmentSet, load_study
from rtplan.courses.course import Course
from rtplan.courses.delivery import Delivery
from rtplan.courses.makers import course_of_export, course_of_records, course_of_treatments
from rtplan.courses.printed_record import OrganRecord
from rtplan.errors import RtplanError, RtplanValueError
from rtplan.files import TypedFileError, read_typed_file, unknown_keys

__all__ = ["read_course_file"]

_DELIVERY_KEYS: Final = ("n_fractions", "planned_fractions", "modality", "rbe", "fractions_per_day")
_RECORD_KEYS: Final = ("label", "unit", *_DELIVERY_KEYS, "ended", "prescription", "organs")
_NEEDED: Final = ("label", "unit", "n_fractions", "modality", "organs")
_EXPORT_KEYS: Final = ("label", "dvh_export", *_DELIVERY_KEYS, "ended")
_PHASE_KEYS: Final = ("folder", "plan", "n_fractions", "modality", "rbe", "fractions_per_day")
_SHORT: Final = {"dmax": "Max[Gy]", "dmean": "Mean[Gy]", "dmin": "Min[Gy]", "dmedian": "Median[Gy]"}


def read_course_file(path: Path, *, role: str, ended: date | None) -> Course:
    """Read a course file.

    Parameters
    ----------
    path : Path
    role : str
        Such as ``"prior"``; begins the course's label.
    ended : date or None
        Day of the last fraction as stated elsewhere; an ``ended`` in the file must agree.

    Raises
    ------
    RtplanValueError
        All mistakes of the file in one message.
    """
    file = read_typed_file(path, kind="course file")
    said = file.toml()
    source = SourceFile(role="course file", sha256=file.sha256, uid="")
    try:
        ended = _ended(said, ended)
        if "phases" in said:
            return _of_phases(said, path.parent, role, ended)
        if "dvh_export" in said:
            return _of_export(said, path.parent, source, role, ended)
        return _of_records(said, source, role, ended)
    except (RtplanError, BedError, DicomIoError) as fault:
        raise TypedFileError(file.label, str(fault).split("\n")) from fault


def _ended(said: Mapping[str, Any], ended: date | None) -> date | None:
    """Return the day of the last fraction, by the file or as stated elsewhere; both have to agree."""
    if "ended" not in said:
        return ended
    written = said["ended"]
    if not isinstance(written, date):
        raise RtplanValueError("ended is a date without quotes, such as 2019-05-01")
    if ended is not None and written != ended:
        raise RtplanValueError(f"it ended on {written} by the file, on {ended} as stated beside it")
    return written


def _refuse_keys(said: Mapping[str, Any], allowed: tuple[str, ...], needed: tuple[str, ...]) -> None:
    missing = [key for key in needed if key not in said]
    wrong = [f"missing: {', '.join(missing)}"] if missing else []
    wrong += unknown_keys(said, allowed)
    if wrong:
        raise RtplanValueError("\n".join(wrong))


def _of_records(said: Mapping[str, Any], source: SourceFile, role: str, ended: date | None) -> Course:
    _refuse_keys(said, _RECORD_KEYS, _NEEDED)
    if said["unit"] != "Gy":
        raise RtplanValueError(f"unit is {said['unit']!r}; doses are typed in Gy")
    prescription = Regimen.parse(str(said["prescription"])) if "prescription" in said else None
    given = _whole(said["n_fractions"], "n_fractions")
    if prescription is not None and prescription.n_fractions < given:
        raise RtplanValueError(f"{given} fractions delivered of a prescription of {prescription}")
    if prescription is not None and prescription.n_fractions > given and "planned_fractions" not in said:
        raise RtplanValueError(
            f"{given} fractions delivered of a prescription of {prescription}: are the doses of the plan "
            f"(planned_fractions = {prescription.n_fractions}) or of what was delivered "
            f"(planned_fractions = {given})?"
        )
    course = course_of_records(
        _records(said["organs"]),
        role=role,
        label=str(said["label"]),
        n_fractions=given,
        modality=_text(said, "modality"),
        rbe=_rbe(said),
        fractions_per_day=_per_day(said),
        dose_share=_share(said, given),
        ended=ended,
        inputs=(source,),
        prescription=prescription,
    )
    if prescription is None:
        return course
    return replace(course, findings=(*parse_regimens(str(said["prescription"])).notes, *course.findings))


def _of_export(
    said: Mapping[str, Any], folder: Path, source: SourceFile, role: str, ended: date | None
) -> Course:
    _refuse_keys(said, _EXPORT_KEYS, ("dvh_export", "n_fractions", "modality"))
    path = folder / str(said["dvh_export"])
    if not path.is_file():
        raise RtplanValueError(f"DVH export {path.name!r} does not exist beside the course file")
    given = _whole(said["n_fractions"], "n_fractions")
    return course_of_export(
        read_dvh_text(path),
        role=role,
        label=_text(said, "label"),
        n_fractions=given,
        modality=_text(said, "modality"),
        rbe=_rbe(said),
        fractions_per_day=_per_day(said),
        dose_share=_share(said, given),
        ended=ended,
        inputs=(source,),
    )


def _text(said: Mapping[str, Any], key: str) -> str | None:
    return None if key not in said else str(said[key])


def _rbe(said: Mapping[str, Any]) -> Any:
    rbe = said.get("rbe")
    if isinstance(rbe, bool):
        raise RtplanValueError(f"rbe is {rbe}: 'included' or a factor between 0.5 and 5 is needed")
    return rbe


def _per_day(said: Mapping[str, Any]) -> int | None:
    return None if "fractions_per_day" not in said else _whole(said["fractions_per_day"], "fractions_per_day")


def _share(said: Mapping[str, Any], given: int) -> float:
    """Return the share of the doses that was delivered."""
    if "planned_fractions" not in said:
        return 1.0
    planned = _whole(said["planned_fractions"], "planned_fractions")
    if planned < given:
        raise RtplanValueError(f"{given} fractions delivered of {planned} planned")
    return given / planned


def _whole(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RtplanValueError(f"{key} is {value!r}; a whole number of at least 1 is needed")
    return value


def _records(organs: Any) -> list[OrganRecord]:
    """Read all organs; every mistake is collected before any is raised."""
    if not isinstance(organs, dict) or not organs:
        raise RtplanValueError("organs holds a table for each organ, such as [organs.Bladder]")
    found, mistakes = [], []
    for name, table in organs.items():
        try:
            found.append(_record(name, table))
        except (RtplanValueError, DicomIoError) as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise RtplanValueError("\n".join(mistakes))
    return found


def _record(name: str, table: Any) -> OrganRecord:
    if not isinstance(table, dict):
        raise RtplanValueError(f"{name}: a table of doses is needed")
    doses = {
        _metric(key): _number(name, key, value)
        for key, value in table.items()
        if key not in ("volume_cc", "assumed")
    }
    volume = table.get("volume_cc")
    if not isinstance(table.get("assumed", False), bool):
        raise RtplanValueError(f"{name}: assumed is {table['assumed']!r}: true or false, without quotes")
    return OrganRecord(
        name=name,
        doses_gy=doses,
        volume_cc=None if volume is None else _number(name, "volume_cc", volume),
        assumed=table.get("assumed", False),
    )


def _metric(key: str) -> Metric:
    """Read ``Dmax``, ``D0.1cc`` or ``D0.1cc[Gy]``: the file's unit is Gy throughout."""
    text = _SHORT.get(key.casefold(), key)
    return Metric.parse(text if re.search(r"\[.*\]", text) else f"{text}[Gy]")


def _number(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RtplanValueError(f"{name}: {key} is {value!r}, no number")
    return float(value)


def _of_phases(said: Mapping[str, Any], folder: Path, role: str, ended: date | None) -> Course:
    _refuse_keys(said, ("label", "ended", "phases"), ("phases",))
    if not isinstance(said["phases"], list) or not said["phases"]:
        raise RtplanValueError("phases are tables such as [[phases]] with a folder each")
    phases = [_phase(table, folder) for table in said["phases"]]
    label = said.get("label")
    return course_of_treatments(
        [(chosen, delivery) for _, chosen, delivery in phases],
        role=role,
        ended=ended,
        label=None if label is None else str(label),
        folders=tuple(dict.fromkeys(folder / str(table["folder"]) for table in said["phases"])),
        registrations=[entry for study, _, _ in phases for entry in study.registrations],
    )


def _phase(table: Any, folder: Path) -> tuple[Study, TreatmentSet, Delivery]:
    if not isinstance(table, dict):
        raise RtplanValueError("phases are tables such as [[phases]] with a folder each")
    _refuse_keys(table, _PHASE_KEYS, ("folder",))
    delivery = Delivery(
        n_fractions=_whole(table["n_fractions"], "n_fractions") if "n_fractions" in table else None,
        modality=_text(table, "modality"),
        rbe=_rbe(table),
        fractions_per_day=_per_day(table),
    )
    study = load_study(folder / str(table["folder"]))
    return study, study.select(plan=table.get("plan"), require=("dose",)), delivery
