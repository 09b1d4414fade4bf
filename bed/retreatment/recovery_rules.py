"""Published recovery rules: one file for each in ``data/recovery``, named like the rule.

A rule is there when its file is; nothing else lists it. ``docs/how-to/add-recovery-rule.md`` says what a
file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from bed.arguments import one_number
from bed.errors import BedValueError
from bed.retreatment.recovery import Recovery, no_recovery
from bed.retreatment.recovery_curves import (
    DAYS_PER_MONTH,
    DamageDecay,
    LinearRecovery,
    RecoveryCurve,
    RecoveryPoints,
    RecoverySteps,
)
from bed.tables import data_names, toml_document

__all__ = ["recovery_rule", "recovery_rule_names", "recovery_rule_tissues"]

_ROOM: Final = "bed.retreatment"
_NONE: Final = "none"
_CITATION: Final = ("source", "edition", "how_verified", "tag")
_OPTIONAL: Final = ("doi", "url", "note")


def recovery_rule_names() -> tuple[str, ...]:
    """Names of the rules, ``"none"`` first, the others in alphabetical order.

    Examples
    --------
    >>> recovery_rule_names()[:2]
    ('none', 'ang-2001')
    """
    return (_NONE, *_published_names())


def recovery_rule_tissues(name: str) -> tuple[str, ...]:
    """Tissues for which a rule has numbers; ``("any",)`` for any normal tissue.

    Examples
    --------
    >>> recovery_rule_tissues("step-25-50")
    ('SpinalCord',)
    """
    listed = [tissue for variant in _variants(name) for tissue in variant.tissues]
    return tuple(dict.fromkeys(listed))


def recovery_rule(name: str, *, tissue: str | None = None) -> Recovery:
    """Look up a published rule.

    Parameters
    ----------
    name : str
        One of `recovery_rule_names`.
    tissue : str, optional
        The tissue it is wanted for. Needed where the rule differs between organs; where given, a tissue that
        the source does not speak of is refused.

    Returns
    -------
    Recovery

    Raises
    ------
    BedValueError
        If the rule is not known, does not cover the tissue, or needs one; if its file is wrong.

    Examples
    --------
    >>> recovery_rule("michigan-2019", tissue="Kidney_L").fraction(1000)
    0.0
    """
    variants = _variants(name)
    if name == _NONE:
        return variants[0]
    if tissue is None:
        if len(variants) > 1:
            choices = ", ".join(recovery_rule_tissues(name))
            raise BedValueError(f"{name} differs between organs: name the tissue, one of {choices}")
        return variants[0]
    for variant in variants:
        if variant.applies_to(tissue):
            return variant
    raise BedValueError(
        f"{name} says nothing about {tissue!r}; it covers {', '.join(recovery_rule_tissues(name))} "
        "(a recovery measured in one tissue is not carried to another, nor to a target)"
    )


@cache
def _published_names() -> tuple[str, ...]:
    return data_names(_ROOM, "recovery", suffix=".toml")


@cache
def _variants(name: str) -> tuple[Recovery, ...]:
    """Return a rule once for each group of tissues that it treats alike."""
    if name == _NONE:
        return (no_recovery(),)
    if name not in _published_names():
        raise BedValueError(f"no recovery rule {name!r}; there are {', '.join(recovery_rule_names())}")
    return rule_of_document(name, toml_document(_ROOM, f"recovery/{name}.toml"))


def rule_of_document(name: str, document: Mapping[str, Any]) -> tuple[Recovery, ...]:
    """Return what a rule's file says: one rule for each of its curves.

    Parameters
    ----------
    name : str
        Name of the rule, that of its file.
    document : mapping
        The content: ``kind``, the citation, and ``curve`` entries with ``tissues`` and what the kind needs.

    Returns
    -------
    tuple of Recovery

    Raises
    ------
    BedValueError
        A key that is missing or not known, a kind that does not exist, or numbers that no curve has.

    Examples
    --------
    >>> rule_of_document("mine", {
    ...     "kind": "linear", "source": "a paper", "edition": "2026", "how_verified": "read", "tag": "R",
    ...     "curve": [{"tissues": ["SpinalCord"], "start_days": 180, "fraction_per_year": 0.2,
    ...                "largest_fraction": 0.5}]})[0].fraction(180 + 365.25)
    0.2
    """
    where = f"recovery rule {name}"
    if name == _NONE:
        raise BedValueError(f"{where}: the name means that nothing is forgotten; name the file otherwise")
    _check_keys(document, needed=("kind", *_CITATION, "curve"), optional=_OPTIONAL, where=where)
    kind = document["kind"]
    if kind not in _KINDS:
        raise BedValueError(f"{where}: no kind {kind!r}; there are {', '.join(_KINDS)}")
    needed, curve_of = _KINDS[kind]
    for curve in document["curve"]:
        _check_keys(curve, needed=("tissues", *needed), where=f"{where}, a curve of kind {kind}")
    _check_tissues([curve["tissues"] for curve in document["curve"]], where=where)
    return tuple(
        Recovery(
            name=name,
            tissues=tuple(curve["tissues"]),
            curve=curve_of(curve),
            source=document["source"],
            how_verified=document["how_verified"],
            tag=document["tag"],
            note=document.get("note", ""),
        )
        for curve in document["curve"]
    )


def _check_keys(
    given: Mapping[str, Any], *, needed: Sequence[str], optional: Sequence[str] = (), where: str
) -> None:
    """Refuse keys that are missing and keys that nothing reads, all at once."""
    wrong = [f"{key} is missing" for key in needed if key not in given]
    wrong += [f"{key} is not known" for key in given if key not in (*needed, *optional)]
    if wrong:
        allowed = ", ".join((*needed, *optional))
        raise BedValueError(f"{where}: {'; '.join(wrong)} (keys: {allowed})")


def _check_tissues(lists: Sequence[Any], *, where: str) -> None:
    """Refuse a rule without curves, tissues that are no list of names, and a tissue with two curves."""
    if not lists or not all(isinstance(names, list) and names for names in lists):
        raise BedValueError(f'{where}: each curve has a list of tissues, such as tissues = ["SpinalCord"]')
    tissues = [str(name).lower() for names in lists for name in names]
    twice = sorted({name for name in tissues if tissues.count(name) > 1})
    if twice:
        raise BedValueError(f"{where}: two curves for {', '.join(twice)}")


def _steps(curve: Mapping[str, Any]) -> RecoverySteps:
    for step in curve["steps"]:
        value = "fraction" if step.get("no_value") is not True else "no_value"
        _check_keys(step, needed=("from_months", value), where="a step of a recovery rule")
    return RecoverySteps(
        edges_days=tuple(_days(step, "from_months") for step in curve["steps"]),
        fractions=tuple(
            None if "no_value" in step else one_number(step["fraction"], "fraction")
            for step in curve["steps"]
        ),
    )


def _points(curve: Mapping[str, Any]) -> RecoveryPoints:
    for point in curve["points"]:
        _check_keys(point, needed=("months", "fraction"), where="a point of a recovery rule")
    return RecoveryPoints(
        days=tuple(_days(point, "months") for point in curve["points"]),
        fractions=tuple(one_number(point["fraction"], "fraction") for point in curve["points"]),
    )


def _days(entry: Mapping[str, Any], key: str) -> float:
    return one_number(entry[key], key) * DAYS_PER_MONTH


def _linear(curve: Mapping[str, Any]) -> LinearRecovery:
    return LinearRecovery(**_numbers(curve, ("start_days", "fraction_per_year", "largest_fraction")))


def _damage_decay(curve: Mapping[str, Any]) -> DamageDecay:
    return DamageDecay(**_numbers(curve, ("permanent_fraction", "time_constant_days")))


def _numbers(curve: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    return {name: one_number(curve[name], name) for name in names}


_KINDS: Final[dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], RecoveryCurve]]]] = {
    "steps": (("steps",), _steps),
    "points": (("points",), _points),
    "linear": (("start_days", "fraction_per_year", "largest_fraction"), _linear),
    "damage-decay": (("permanent_fraction", "time_constant_days"), _damage_decay),
}
"""The kinds of curve: what each needs beside its tissues, and the curve that it makes."""
