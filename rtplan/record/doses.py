"""Items about doses: what was summed, at which alpha/beta, and what is known of organs and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtplan.record.entry import Basis, Finding, absent, idle, known
from rtplan.reirradiation.organ import OrganRow
from rtplan.text import range_text, value_text

__all__ = [
    "alpha_beta",
    "conservative_sum",
    "cumulative_organs",
    "cumulative_targets",
    "means_from_3d",
    "no_physical_sum",
    "one_alpha_beta",
    "rescaled",
    "uncertainties",
    "worst_case",
]

_PLACEHOLDERS: Final = ("stated on the command line", "")
"""Where a value is from when nobody said where."""


def _computed(basis: Basis) -> list[OrganRow]:
    return [row for row in basis.answer.rows if row.alpha_beta_gy is not None]


def _names(rows: Sequence[OrganRow]) -> str:
    return ", ".join(dict.fromkeys(f"{row.name} {row.metric}" for row in rows))


def value_of(row: OrganRow) -> str:
    """Return what is known of a row's cumulative EQD2; empty where nothing is."""
    if row.voxel_sum.value is not None:
        return f"{value_text(row.voxel_sum.value, row.voxel_sum.uncertainty)} Gy"
    if row.bounds.low is None and row.bounds.high is None:
        return ""
    return f"{range_text(row.bounds.low, row.bounds.high)} Gy"


def cumulative_organs(basis: Basis) -> Finding:
    """Cumulative EQD2 of organs at risk: sums, or bounds where there is no sum."""
    unknown = [row for row in basis.answer.rows if not value_of(row)]
    if unknown:
        return absent(f"nothing is known of {_names(unknown)}")
    said = dict.fromkeys(f"{row.name} {row.metric} {value_of(row)}" for row in basis.answer.rows)
    return known(f"EQD2: {'; '.join(said)}")


def cumulative_targets(basis: Basis) -> Finding:
    """Cumulative dose of the targets."""
    if basis.case.target_alpha_beta is None:
        return absent("an alpha/beta of the tumour: without one the targets have no cumulative dose")
    targets = basis.answer.targets
    unknown = [f"{dose.name} {dose.metric}" for dose in targets if dose.total_gy.value is None]
    if unknown or not targets:
        return absent(f"no cumulative dose of {', '.join(unknown) or 'any target: none is drawn'}")
    return known(
        "; ".join(
            f"{dose.name} {dose.metric} {value_text(dose.total_gy.value, dose.total_gy.uncertainty)} Gy EQD2"
            for dose in targets
        )
    )


def rescaled(basis: Basis) -> Finding:
    """Whether each course is rescaled before anything is summed."""
    if not _computed(basis):
        return absent("nothing was summed: no organ has an alpha/beta")
    return known(
        "each course is converted to EQD2 by itself, each voxel by its own dose per fraction, before any sum"
    )


def no_physical_sum(basis: Basis) -> Finding:
    """Whether physical dose is summed."""
    if not _computed(basis):
        return absent("nothing was summed: no organ has an alpha/beta")
    return known("no sum of physical dose is made: a sum takes EQD2 of one alpha/beta only")


def alpha_beta(basis: Basis) -> Finding:
    """Alpha/beta of every organ."""
    without = [row.name for row in basis.answer.rows if row.alpha_beta_gy is None]
    if without:
        return absent(f"alpha/beta of {', '.join(dict.fromkeys(without))}")
    stated = dict.fromkeys(f"{row.name} {row.alpha_beta_gy:g} Gy" for row in basis.answer.rows)
    return known("; ".join(stated))


def one_alpha_beta(basis: Basis) -> Finding:
    """Alpha/beta of every organ, the same for all courses, and where each is from."""
    without = [row.name for row in basis.answer.rows if row.alpha_beta_gy is None]
    unsourced = [row.name for row in _computed(basis) if (row.alpha_beta_source or "") in _PLACEHOLDERS]
    missing = [f"alpha/beta of {', '.join(dict.fromkeys(without))}"] if without else []
    missing += [f"the source of alpha/beta of {', '.join(dict.fromkeys(unsourced))}"] if unsourced else []
    if missing:
        return absent("; ".join(missing))
    stated = dict.fromkeys(
        f"{row.name} {row.alpha_beta_gy:g} Gy ({row.alpha_beta_source})" for row in _computed(basis)
    )
    return known(f"for all courses: {'; '.join(stated)}")


def means_from_3d(basis: Basis) -> Finding:
    """Whether means are values of a voxel sum."""
    means = [row for row in basis.answer.rows if row.metric.startswith("Mean")]
    if not means:
        return idle("no mean and no volume was asked for")
    bounded = [row for row in means if row.voxel_sum.value is None]
    summed = [row for row in means if row.voxel_sum.value is not None]
    said = [f"values of the voxel sum of EQD2: {_names(summed)}"] if summed else []
    said += [f"without a 3D sum no value is given, bounds only: {_names(bounded)}"] if bounded else []
    return known("; ".join(said))


def _unfit(basis: Basis) -> list[OrganRow]:
    """Rows that no registration serves: there is none, or a person found it not suitable."""
    return [
        row
        for row in basis.answer.rows
        if row.voxel_sum.value is None
        or (row.registration is not None and row.registration.suitability.value == "not suitable")
    ]


def conservative_sum(basis: Basis) -> Finding:
    """What stands in where registration is unfit or data are lacking."""
    open_rows = [row for row in basis.answer.rows if row.registration and not row.registration.is_judged]
    if open_rows:
        names = ", ".join(dict.fromkeys(row.name for row in open_rows))
        return absent(f"whether the registration will do for {names} is not judged")
    unfit = _unfit(basis)
    if not unfit:
        return idle("a registration judged suitable, or none needed, serves every organ")
    unknown = [row for row in unfit if row.sum_of_point_maxima_gy is None and row.bounds.high is None]
    if unknown:
        return absent(f"no conservative sum is known of {_names(unknown)}")
    said = dict.fromkeys(_conservative_text(row) for row in unfit)
    instead = dict.fromkeys(one.instead for one in basis.case.record.registrations if one.instead)
    return known("; ".join([*said, *(f"instead: {text}" for text in instead)]))


def _conservative_text(row: OrganRow) -> str:
    maxima = value_text(row.sum_of_point_maxima_gy, absent="unknown")
    high = value_text(row.bounds.high, absent="unknown")
    return f"{row.name} {row.metric}: at most {high} Gy, sum of point maxima {maxima} Gy"


def worst_case(basis: Basis) -> Finding:
    """The upper end without any registration."""
    unknown = [row for row in basis.answer.rows if row.bounds.high is None]
    if unknown:
        return absent(f"no upper bound is known of {_names(unknown)}")
    said = dict.fromkeys(
        f"{row.name} {row.metric} at most {row.bounds.high:.2f} Gy" for row in _computed(basis)
    )
    return known(f"without any registration: {'; '.join(said)}")


def uncertainties(basis: Basis) -> Finding:
    """Uncertainty of the registration and of the doses."""
    stated = basis.case.record.uncertainty
    doubt = basis.answer.question.registration_uncertainty
    widest = max(
        (row.voxel_sum.uncertainty or row.bounds_uncertainty_gy for row in basis.answer.rows), default=0.0
    )
    numerics = f"numerics: 95 % half-widths up to {widest:.2f} Gy"
    if doubt is not None:
        shift = f"registration: {doubt.shift_mm:g} mm and {doubt.rotation_degrees:g} degrees (95 %)"
        return known("; ".join(text for text in (shift, numerics, stated) if text))
    if stated:
        return known(f"{stated}; {numerics}")
    if all(row.registration is None for row in basis.answer.rows):
        return known(f"no value rests on a registration; {numerics}")
    return absent("uncertainty of the registration")
