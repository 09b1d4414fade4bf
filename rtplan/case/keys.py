"""What a case file may say: its tables and keys, with what each means and an example.

One list serves the template, the writer and the refusal of unknown keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["EDITION", "KINDS", "Key", "Table"]

EDITION: Final = "rtplan.case/1"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a table.

    Attributes
    ----------
    name : str
    meaning : str
        One line for the template.
    example : str
        A value as TOML writes it.
    is_needed : bool
        Without it there is no question; the template leaves the others commented out.
    """

    name: str
    meaning: str
    example: str
    is_needed: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a case file.

    Attributes
    ----------
    name : str
        Empty for the keys at the top of the file; with a full stop for a table inside another one.
    meaning : str
    keys : tuple of Key
    is_list : bool
        It may stand several times, as ``[[name]]``.
    """

    name: str
    meaning: str
    keys: tuple[Key, ...]
    is_list: bool = False

    @property
    def key_names(self) -> tuple[str, ...]:
        """Names of its keys."""
        return tuple(key.name for key in self.keys)


_WHO: Final = (
    Key(name="decided_by", meaning="who decided this", example='"N. N., physicist"'),
    Key(name="because", meaning="why", example='"..."'),
)

_METHOD: Final = Table(name="method", meaning="how the courses are compared, and who decided so", keys=_WHO)

_RECORD: Final = (
    Table(
        name="record",
        meaning="what no object says; rtplan record lists what is missing",
        keys=(
            Key(
                name="reirradiation_class",
                meaning="type 1, type 2, repeat organ irradiation or repeat irradiation",
                example='"type 1"',
            ),
            Key(name="all_courses_known", meaning="are these all, and how is that known", example='"..."'),
            Key(name="registration_because", meaning="why registered this way", example='"..."'),
            Key(name="uncertainty", meaning="of registration and dose", example='"..."'),
        ),
    ),
    Table(
        name="record.patient",
        meaning="the patient and the tumour; no name, no number",
        keys=(
            Key(name="characteristics", meaning="age, sex, comorbidity", example='"..."'),
            Key(name="tumour", meaning="site, histology, stage", example='"..."'),
            Key(name="performance_status", meaning="such as ECOG", example='"ECOG 1"'),
            Key(name="estimated_survival", meaning="as estimated", example='"..."'),
            Key(name="response", meaning="to the first radiotherapy", example='"..."'),
        ),
    ),
    Table(
        name="record.treatment",
        meaning="the new course",
        keys=(
            Key(
                name="region",
                meaning="brain, head and neck, breast, thorax, abdomen, pelvis, spine or limb",
                example='"pelvis"',
            ),
            Key(name="indication", meaning="why again", example='"..."'),
            Key(name="intent", meaning="curative, palliative ...", example='"..."'),
            Key(name="technique", meaning="such as VMAT", example='"..."'),
            Key(name="image_guidance", meaning="such as daily cone-beam CT", example='"..."'),
            Key(name="coverage", meaning="does the target's yield to organs", example='"..."'),
            Key(name="ctv_to_ptv_mm", meaning="margin, mm", example="5.0"),
        ),
    ),
    Table(
        name="record.earlier",
        meaning="an earlier course",
        is_list=True,
        keys=(
            Key(name="prior", meaning="which, from 1 in the order above", example="1", is_needed=True),
            Key(name="intent", meaning="curative, palliative ...", example='"..."'),
            Key(name="technique", meaning="such as 3D conformal", example='"..."'),
            Key(name="completeness", meaning="what is there, what is not, why", example='"..."'),
            Key(name="toxicity", meaning="after it", example='"..."'),
        ),
    ),
    Table(
        name="record.method",
        meaning="how the courses were compared for an organ, where another way than the answer's was used",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            Key(
                name="method",
                meaning="direct point-dose sum, point dose within the overlap, voxel sum or bounds",
                example='"voxel sum"',
                is_needed=True,
            ),
            Key(
                name="because",
                meaning="data, anatomy, uncertainty, resources",
                example='"..."',
                is_needed=True,
            ),
            Key(name="decided_by", meaning="who decided this", example='"N. N., physicist"'),
        ),
    ),
    Table(
        name="record.registration",
        meaning="a judgement of what joins the courses, a shared frame of reference included",
        is_list=True,
        keys=(
            Key(name="prior", meaning="which earlier course; without it, all", example="1"),
            Key(name="judged_by", meaning="who", example='"N. N."', is_needed=True),
            Key(name="role", meaning="as what", example='"medical physicist"', is_needed=True),
            Key(name="judged_on", meaning="day", example="2024-02-10", is_needed=True),
            Key(name="because", meaning="what was seen", example='"..."', is_needed=True),
            Key(name="suitable_for", meaning="organs", example='["SacralPlex"]'),
            Key(name="unsuitable_for", meaning="organs", example='["Bladder"]'),
            Key(name="instead", meaning="what is done for those", example='"bounds"'),
        ),
    ),
    Table(
        name="record.follow_up",
        meaning="after the new course",
        keys=(
            Key(name="protocol", meaning="visits, images", example='"..."'),
            Key(name="quality_of_life", meaning="how it is measured", example='"..."'),
        ),
    ),
    Table(
        name="record.review",
        meaning="a peer review, or an independent check of the numbers",
        is_list=True,
        keys=(
            Key(
                name="kind",
                meaning="peer review or independent check",
                example='"peer review"',
                is_needed=True,
            ),
            Key(name="by", meaning="name and role, or board", example='"N. N."', is_needed=True),
            Key(name="on", meaning="day", example="2024-02-11", is_needed=True),
            Key(name="found", meaning="what was looked at, outcome", example='"..."', is_needed=True),
        ),
    ),
    Table(
        name="record.not_applicable",
        meaning="an item of the record that does not apply",
        is_list=True,
        keys=(
            Key(
                name="item",
                meaning="its id, as rtplan record prints it",
                example='"independent-check"',
                is_needed=True,
            ),
            Key(name="decided_by", meaning="who says so", example='"N. N."', is_needed=True),
            Key(name="because", meaning="why", example='"..."', is_needed=True),
        ),
    ),
)

_REIRRADIATE: Final = (
    Table(
        name="",
        meaning="",
        keys=(
            Key(name="metrics", meaning="shown for each organ", example='["D0.03cc[Gy]", "Mean[Gy]"]'),
            Key(name="n_fractions", meaning="remaining dose in so many fractions", example="[5, 15]"),
            Key(name="cord_rules", meaning="rules on cord and thecal sac", example="true"),
            Key(name="target_alpha_beta", meaning="of the tumour, Gy", example="10.0"),
            Key(name="isodose", meaning="what counts as irradiated", example='"50%"'),
            Key(name="overlap", meaning="earlier isodose to add metrics in", example='"50%"'),
            Key(name="same_patient", meaning="stated although identities differ", example="true"),
        ),
    ),
    Table(
        name="new",
        meaning="the new course",
        keys=(
            Key(
                name="source",
                meaning="its DICOM folder, or a course file",
                example='"second-course"',
                is_needed=True,
            ),
            Key(name="starts", meaning="day of its first fraction", example="2024-02-12", is_needed=True),
            Key(name="plan", meaning="label or UID, where the folder holds several", example='"PLAN 1"'),
            Key(name="delivered", meaning="fractions already given, for each phase", example="[2]"),
        ),
    ),
    Table(
        name="prior",
        meaning="an earlier course: a folder, archive, course file, DVH export, FHIR summary or regimen",
        is_list=True,
        keys=(
            Key(
                name="source", meaning="where it is, or its regimen", example='"first-course"', is_needed=True
            ),
            Key(name="ended", meaning="day of its last fraction", example="2023-06-08", is_needed=True),
            Key(name="plan", meaning="label or UID, where the folder holds several", example='"PLAN 1"'),
            Key(name="n_fractions", meaning="delivered, where no file says so", example="28"),
        ),
    ),
    Table(
        name="registration",
        meaning="a spatial registration object or matrix file",
        is_list=True,
        keys=(Key(name="file", meaning="where it is", example='"registration.dcm"', is_needed=True), *_WHO),
    ),
    Table(
        name="match",
        meaning="structures chosen by hand: that of the new course, then of each earlier one",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            Key(name="structures", meaning="in that order", example='["bladder", "Blase"]', is_needed=True),
            *_WHO,
        ),
    ),
    Table(
        name="tissue",
        meaning="an organ and its alpha/beta",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            Key(name="alpha_beta", meaning="Gy", example="3.0", is_needed=True),
            Key(name="source", meaning="where the value is from", example='"..."', is_needed=True),
            Key(name="unusual", meaning="a value above 25 Gy is meant", example="true"),
            Key(name="low", meaning="range of the value, Gy", example="2.0"),
            Key(name="high", meaning="range of the value, Gy", example="5.0"),
        ),
    ),
    Table(
        name="limit",
        meaning="a cumulative limit in Gy EQD2",
        is_list=True,
        keys=(
            Key(
                name="limit",
                meaning='"including recovery from 12 months" after it where it already does',
                example='"Bladder:D0.03cc[Gy]<=85"',
                is_needed=True,
            ),
            Key(name="source", meaning="where it is from", example='"..."', is_needed=True),
            Key(name="alpha_beta", meaning="at which it was published, Gy", example="3.0"),
            *_WHO,
        ),
    ),
    Table(
        name="recovery_limit",
        meaning="a limit that already includes recovery and shall judge; without this table none does",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            Key(name="metric", meaning="which of its limits, where it has several", example='"D0.5cc[Gy]"'),
            Key(name="because", meaning="why it may judge", example='"..."', is_needed=True),
            _WHO[0],
        ),
    ),
    Table(
        name="recovery",
        meaning="what is taken off the earlier courses; without this table nothing is",
        keys=(
            Key(name="rule", meaning="a rule by name", example='"none"', is_needed=True),
            *_WHO,
        ),
    ),
    Table(
        name="recovery_range",
        meaning="range of an organ's recovered fraction, 0 to 1",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            Key(name="low", meaning="lowest", example="0.0", is_needed=True),
            Key(name="high", meaning="highest", example="0.25", is_needed=True),
        ),
    ),
    Table(
        name="registration_uncertainty",
        meaning="95 % of the registration's error, for the scenario band",
        keys=(
            Key(name="shift_mm", meaning="along each axis", example="2.0", is_needed=True),
            Key(name="steps", meaning="shifts along each axis, odd", example="5"),
            Key(name="rotation_degrees", meaning="its rotational part", example="1.0"),
        ),
    ),
    Table(
        name="body",
        meaning="volume of the body outside all named organs above levels of EQD2",
        keys=(
            Key(name="levels_gy", meaning="EQD2, Gy", example="[40.0]", is_needed=True),
            Key(name="alpha_beta", meaning="Gy", example="3.0", is_needed=True),
        ),
    ),
    Table(
        name="files",
        meaning="files with more of the same",
        keys=(
            Key(name="tissues", meaning="alpha/beta", example='"tissues.toml"'),
            Key(name="limits", meaning="cumulative limits", example='"limits.csv"'),
            Key(
                name="limit_set",
                meaning="a set of limits over several courses, by name",
                example='"pelvis-reirradiation-delphi-2021"',
            ),
            Key(name="clinic", meaning="a clinic's alpha/beta, limits and names", example='"clinic.toml"'),
        ),
    ),
    Table(
        name="beside",
        meaning="what the new plan alone is held against",
        keys=(
            Key(name="constraints", meaning="a set (rtplan constraints list)", example='"timmerman-2021"'),
            Key(name="protocol", meaning="a trial (rtplan protocol list)", example='"tracer"'),
            Key(name="patient", meaning="what the protocol asks", example='"patient.toml"'),
        ),
    ),
    _METHOD,
    *_RECORD,
)

_CHECK: Final = (
    Table(
        name="",
        meaning="",
        keys=(
            Key(name="constraints", meaning="a set's name, or a file of limits", example='"timmerman-2021"'),
            Key(name="clinic", meaning="the clinic's file", example='"clinic.toml"'),
            Key(name="names", meaning="the clinic's dictionary of names", example='"names.csv"'),
            Key(name="convert_fractions", meaning="derive limits for other fractions", example='"eqd2:3"'),
            Key(name="distance_rules", meaning="ids of published distance rules", example="[]"),
            Key(name="distance_from", meaning="measure from these, not the GTVs", example='["PTV"]'),
            Key(name="required_organs", meaning="have to be drawn and judged", example='["SpinalCord"]'),
            Key(name="protocol", meaning="a trial (rtplan protocol list)", example='"tracer"'),
            Key(name="patient", meaning="what the protocol asks", example='"patient.toml"'),
        ),
    ),
    Table(
        name="plan",
        meaning="a plan; several are put side by side",
        is_list=True,
        keys=(
            Key(name="folder", meaning="folder or zip archive", example='"second-course"', is_needed=True),
            Key(name="plan", meaning="label or UID, where the folder holds several", example='"PLAN 1"'),
            Key(name="dose", meaning="label or UID, where the plan has several", example='"1.2.3"'),
            Key(name="structures", meaning="label or UID, where several fit", example='"1.2.3"'),
        ),
    ),
    Table(
        name="organ",
        meaning="a structure taken for an organ by hand",
        is_list=True,
        keys=(
            Key(name="structure", meaning="as the file names it", example='"Blase"', is_needed=True),
            Key(name="organ", meaning="standard name", example='"Bladder"', is_needed=True),
            *_WHO,
        ),
    ),
    Table(
        name="risk_margin",
        meaning="a planning risk volume to be made",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"SpinalCord"', is_needed=True),
            Key(name="margin_mm", meaning="all round", example="3.0", is_needed=True),
        ),
    ),
    Table(
        name="accept",
        meaning="a reasoned acceptance beside a verdict; it changes nothing",
        is_list=True,
        keys=(
            Key(name="organ", meaning="standard name", example='"Rectum"', is_needed=True),
            Key(name="metric", meaning="of the limit", example='"D0.03cc[Gy]"', is_needed=True),
            Key(name="decided_by", meaning="who accepts it", example='"N. N."', is_needed=True),
            Key(name="because", meaning="why", example='"..."', is_needed=True),
        ),
    ),
    _METHOD,
)

_SUM: Final = (
    Table(
        name="",
        meaning="",
        keys=(
            Key(
                name="courses",
                meaning="regimens with their dates, the earliest first",
                example='["50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01"]',
                is_needed=True,
            ),
            Key(name="alpha_betas", meaning="Gy", example="[3.0]", is_needed=True),
            Key(name="limits_eqd2_gy", meaning="one for all alpha/beta, or one for each", example="[90.0]"),
            Key(name="limit_includes_recovery", meaning="it was derived with recovery", example="true"),
            Key(name="limit_from_months", meaning="then: from which interval on", example="12"),
            Key(name="limit_to_months", meaning="and up to which, where printed", example="24"),
            Key(name="limit_because", meaning="and why it may judge", example='"..."'),
            Key(name="tissue", meaning="the organ, for a recovery rule by name", example='"SpinalCord"'),
            Key(name="n_fractions", meaning="remaining dose in so many fractions", example="[5]"),
            Key(
                name="parameters",
                meaning="for several fractions a day, hours",
                example='["repair_half_time_h=1.5", "interval_h=6"]',
            ),
        ),
    ),
    Table(
        name="recovery",
        meaning="what is taken off the earlier courses; without this table nothing is",
        keys=(Key(name="rule", meaning="a rule by name", example='"none"', is_needed=True), *_WHO),
    ),
    _METHOD,
)

_SCREEN: Final = (
    Table(
        name="",
        meaning="",
        keys=(
            Key(
                name="protocol", meaning="a trial (rtplan protocol list)", example='"tracer"', is_needed=True
            ),
            Key(
                name="patient",
                meaning="a filled template (rtplan protocol template ID)",
                example='"patient.toml"',
                is_needed=True,
            ),
            Key(name="plan", meaning="DICOM folder of the new plan", example='"second-course"'),
            Key(name="plan_label", meaning="label or UID, where it holds several", example='"PLAN 1"'),
            Key(name="earlier", meaning="DICOM folders of earlier courses", example='["first-course"]'),
            Key(name="earlier_labels", meaning="label or UID of a plan of each", example='["PLAN 1"]'),
            Key(name="dates_as_planned", meaning="without records, the plans' own dates", example="true"),
        ),
    ),
    _METHOD,
)

KINDS: Final[Mapping[str, tuple[Table, ...]]] = MappingProxyType(
    {"reirradiate": _REIRRADIATE, "check": _CHECK, "sum": _SUM, "screen": _SCREEN}
)
"""The tables of each kind of case."""
