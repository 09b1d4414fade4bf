"""Which names speak of a target: nothing is forgiven there, whatever a recovery rule says."""

from __future__ import annotations

import re
from typing import Final, Literal

__all__ = ["TargetKind", "is_part_of_target", "target_kind_of_name"]

TargetKind = Literal["GTV", "CTV", "ITV", "PTV", "target"]
"""``"target"`` where a name says no more than that."""

_KINDS: Final[dict[str, TargetKind]] = {"gtv": "GTV", "ctv": "CTV", "itv": "ITV", "ptv": "PTV"}
_TARGET: Final = re.compile(r"(?:hr|ir|lr|i)?[-_ ]?(gtv|ctv|itv|ptv)", re.IGNORECASE)
_WORD: Final = re.compile(r"tumou?r|target", re.IGNORECASE)
_AROUND: Final = re.compile(
    r"(?:^|[^a-z]|tv)(?:ring|wall|shell|rind|halo|collar)|avoid|outside|fall.?off", re.IGNORECASE
)
_PART: Final = re.compile(r"-\s*[a-z]|[+~^*]|opti?(?:m|_|$)|minus|sub|help|dummy|overlap|crop", re.IGNORECASE)


def target_kind_of_name(name: str) -> TargetKind | None:
    """Return what kind of target a name says it is, or None where it says of no target.

    A name says so when it begins with GTV, CTV, ITV or PTV (with I, HR, IR or LR before it), or with tumour
    or target. What lies around one, such as a ring, is none.

    Examples
    --------
    >>> [target_kind_of_name(name) for name in ("PTV_High", "GTV-1", "IGTV", "HR-CTV", "tumour bed")]
    ['PTV', 'GTV', 'GTV', 'CTV', 'target']
    >>> [target_kind_of_name(name) for name in ("PTV_ring", "BRAIN - PTV", "Rectum")]
    [None, None, None]
    """
    written = name.strip()
    if _AROUND.search(written):
        return None
    found = _TARGET.match(written)
    if found:
        return _KINDS[found[1].lower()]
    return "target" if _WORD.match(written) else None


def is_part_of_target(name: str) -> bool:
    """Whether a target's name says that the structure was made from one, such as ``PTV_opt``.

    Examples
    --------
    >>> [is_part_of_target(name) for name in ("PTV-Rectum", "PTV_opt", "GTV-1", "PTV_5040")]
    [True, True, False, False]
    """
    found = _TARGET.match(name.strip())
    return found is not None and _PART.search(name.strip()[found.end() :]) is not None
