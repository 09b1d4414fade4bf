"""A patient file to fill in: every key that a protocol asks for, commented out.

What stays commented out is not known, and nothing in it counts as met.
"""

from __future__ import annotations

from itertools import groupby

from rtplan.protocols.condition import (
    DistanceIs,
    EarlierDose,
    EarlierInterval,
    MetastasesAre,
    NoEarlierRadiotherapy,
    NoneWithin,
    RegimenInBand,
    SabrToAll,
    leaves,
)
from rtplan.protocols.facts import Fact
from rtplan.protocols.protocol_file import Protocol

__all__ = ["patient_template"]

_EARLIER = (NoEarlierRadiotherapy, NoneWithin, EarlierInterval, EarlierDose, RegimenInBand)
_PLANNED = (NoneWithin, EarlierInterval, RegimenInBand)
_LESIONS = (MetastasesAre, SabrToAll)

_EXAMPLES = {"date": "YYYY-MM-DD", "yes_no": "true | false", "event": "false | true | YYYY-MM-DD"}
"""To be replaced: none of them is TOML, so that nothing is stated by accident."""

_EARLIER_TEXT = """\
# Earlier radiotherapy, one table for each course; where there was none, write above all tables:
# earlier_radiotherapy = []
# [[earlier_radiotherapy]]
# regimen = "45Gy/25 + 5.4Gy/3"    # as delivered; or folder = "..." with the DICOM plan, never both
# ended = 2023-06-07               # last fraction; treatment records in the folder say it themselves
# region = "pelvis"                # or the part treated, such as rectum or thorax
# dates = "as planned"             # with a folder without treatment records: take the plan's own date\
"""

_PLANNED_TEXT = """\
# The new course; --plan FOLDER on the command line gives it from the DICOM plan.
# [planned_radiotherapy]
# regimen = "30Gy/5"
# starts = 2024-02-01              # first fraction\
"""

_LESION_TEXT = """\
# Distant metastases, one table for each; where there is none, write above all tables:
# metastases = []
# [[metastases]]
# organ = "liver"
# diameter_mm = 22                 # or structure = "name in the plan's structure set"
# volume_cc = 5.4
# sabr_planned = true              # or sabr_regimen = "30Gy/3"\
"""


def patient_template(protocol: Protocol) -> str:
    """Return a patient file to fill in, as TOML that can be read as it is.

    Parameters
    ----------
    protocol : Protocol

    Examples
    --------
    >>> from rtplan.protocols import load_protocol
    >>> print(patient_template(load_protocol("toripalimab-sbrt-oligomet")).splitlines()[0])
    # Patient file for Toripalimab with SBRT in oligometastatic colorectal cancer (not stated), ...
    """
    facts = [protocol.facts[key] for key in protocol.keys_asked]
    facts += [protocol.facts[key] for key in _sources_of(facts, protocol)]
    asked = [leaf for criterion in protocol.criteria for leaf in leaves(criterion.condition)]
    parts = [_head(protocol)]
    parts += [
        f"[{section}]\n" + "\n".join(map(_line, group))
        for section, group in groupby(sorted(facts, key=lambda f: _order(f, protocol)), lambda f: f.section)
    ]
    if any(isinstance(leaf, _EARLIER) for leaf in asked):
        parts.append(_EARLIER_TEXT)
    if any(isinstance(leaf, _PLANNED) for leaf in asked):
        parts.append(_PLANNED_TEXT)
    if any(isinstance(leaf, _LESIONS) for leaf in asked):
        parts.append(_LESION_TEXT)
    if any(isinstance(leaf, DistanceIs) for leaf in asked):
        parts.append("# Distances between tumour and organs come from the contours of --plan FOLDER.")
    return "\n\n".join(parts) + "\n"


def _head(protocol: Protocol) -> str:
    return (
        f"# Patient file for {protocol.name} ({protocol.registry}), protocol version {protocol.version}.\n"
        "# Take the sign # away from what is known; what stays out is not known, and is never met.\n"
        "# No name and no identifier belongs here.\n"
        '# pseudonym = "P01"'
    )


def _sources_of(facts: list[Fact], protocol: Protocol) -> list[str]:
    """Keys from which an asked one can be computed."""
    needed = {
        "patient.age_at_consent_years": ("dates.birth", "dates.consent"),
        "laboratory.creatinine_clearance": ("patient.sex", "patient.weight_kg", "laboratory.creatinine"),
    }
    asked = {fact.key for fact in facts}
    more = [key for source in needed if source in asked for key in needed[source]]
    return [key for key in dict.fromkeys(more) if key not in asked]


def _order(fact: Fact, protocol: Protocol) -> int:
    return list(protocol.facts).index(fact.key)


def _line(fact: Fact) -> str:
    help_text = f"; {fact.help}" if fact.help else ""
    return f"# {fact.name} = {_example(fact)}    # {fact.label}{help_text}"


def _example(fact: Fact) -> str:
    if fact.kind == "quantity":
        uln = ", uln = " if fact.has_uln else ""
        return f'{{ value = , unit = "{fact.unit}"{uln} }}'
    if fact.kind == "choice":
        return " | ".join(f'"{choice}"' for choice in fact.choices)
    return _EXAMPLES.get(fact.kind, "")
