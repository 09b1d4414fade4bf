"""Items about the method: the class, how the courses were compared for each organ, the registration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dicom_io.objects import RigidTransform
from rtplan.record.courses import not_of_the_thorax
from rtplan.record.doses import uncertainties
from rtplan.record.entry import Basis, Finding, State, absent, idle, known
from rtplan.reirradiation.organ import Method

__all__ = [
    "class_item",
    "method_item",
    "method_reason",
    "methods_of_organs",
    "registration_judged",
    "registration_method",
    "thorax_registration",
]

_STATED_NAMES: Final[Mapping[Method, str]] = MappingProxyType(
    {Method.VOXEL_SUM: "voxel sum", Method.BOUNDS: "bounds"}
)
"""The answer's own methods by their names in a case file."""


def class_item(*classes: str) -> Callable[[Basis], Finding]:
    """Return the rule of one class of re-irradiation."""

    def found(basis: Basis) -> Finding:
        stated, measured = basis.case.record.reirradiation_class, basis.answer.rert_class
        decided = None if measured is None or measured.decided is None else measured.decided
        if decided and stated not in ("", "type 1"):
            assert measured is not None
            return absent(f"stated as {stated}, but {measured.reason}: which is it?")
        chosen = "type 1" if decided else stated
        if not chosen:
            return absent("the class: state it, or an isodose by which overlap is measured")
        why = measured.reason if decided and measured is not None else "as stated"
        return known(f"{chosen}: {why}") if chosen in classes else idle(f"the class is {chosen}: {why}")

    return found


def methods_of_organs(basis: Basis) -> dict[str, str]:
    """Return how the courses were compared for each organ: as stated, else as the answer did."""
    stated = {one.organ: one.method for one in basis.case.record.methods}
    found: dict[str, str] = {}
    for row in basis.answer.rows:
        own = "" if row.method is None else _STATED_NAMES.get(row.method, row.method.value)
        if row.name in stated or own:
            found.setdefault(row.name, stated.get(row.name, own))
    return found


def method_item(method: str) -> Callable[[Basis], Finding]:
    """Return the rule of one named method of comparing courses."""

    def found(basis: Basis) -> Finding:
        methods = methods_of_organs(basis)
        if not methods:
            return absent("by which method the courses were compared")
        organs = [organ for organ, used in methods.items() if used == method]
        if organs:
            return known(f"{method}: {', '.join(organs)}")
        others = "; ".join(dict.fromkeys(methods.values()))
        return idle(f"no organ was compared by it; used: {others}")

    return found


def method_reason(basis: Basis) -> Finding:
    """Why this method, for each organ."""
    of_all = basis.because("method")
    reasons = {one.organ: one.because for one in basis.case.record.methods}
    methods = methods_of_organs(basis)
    without = [] if of_all else [organ for organ in methods if organ not in reasons]
    if without or not methods:
        return absent(f"why the courses were compared this way for {', '.join(without) or 'any organ'}")
    said = [f"{organ}, {methods[organ]}: {reasons[organ]}" for organ in methods if organ in reasons]
    return known("; ".join([*said, *([of_all] if of_all else [])]))


def _how_registered(basis: Basis) -> list[str]:
    """Return what joins the courses, in words."""
    kinds = [
        f"{'rigid' if isinstance(one, RigidTransform) else 'deformable'}, from a {one.source}"
        for one in basis.answer.transforms
    ]
    return list(dict.fromkeys(kinds)) or ["a shared frame of reference, no registration"]


def registration_method(basis: Basis) -> Finding:
    """Rigid or deformable, from where, and why."""
    if all(row.registration is None for row in basis.answer.rows):
        return idle("no value rests on a registration")
    numbers = range(1, len(basis.case.registrations) + 1)
    reasons = [basis.case.record.registration_because, *(basis.because(f"registration {n}") for n in numbers)]
    why = "; ".join(text for text in reasons if text)
    how = "; ".join(_how_registered(basis))
    return known(f"{how}: {why}") if why else absent(f"why the courses were joined by {how}")


def registration_judged(basis: Basis) -> Finding:
    """Who judged the registration for each organ, and how."""
    resting = {row.name: row.registration for row in basis.answer.rows if row.registration is not None}
    if not resting:
        return idle("no value rests on a registration")
    open_organs = [organ for organ, standing in resting.items() if not standing.is_judged]
    if open_organs:
        return absent(f"registration not judged for {', '.join(open_organs)}")
    grouped: dict[str, list[str]] = {}
    for organ, standing in resting.items():
        said = "; ".join(f"{one.because} ({one.who})" for one in standing.judgements)
        grouped.setdefault(f"{standing.suitability.value}: {said}", []).append(organ)
    return known("; ".join(f"{', '.join(organs)} {said}" for said, organs in grouped.items()))


def thorax_registration(basis: Basis) -> Finding:
    """Registration of a thoracic case, with its uncertainty named."""
    elsewhere = not_of_the_thorax(basis)
    if elsewhere is not None:
        return elsewhere
    if all(row.registration is None for row in basis.answer.rows):
        return idle("no value rests on a registration")
    doubt = uncertainties(basis)
    return (
        doubt if doubt.state is State.MISSING else known(f"{'; '.join(_how_registered(basis))}; {doubt.text}")
    )
