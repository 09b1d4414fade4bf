"""The regimens of a protocol in BED and EQD2, other fractionations of the same effect, and their sums.

All numbers hold at a point that receives the prescribed dose in full; they say nothing about an organ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bed import Regimen, isoeffective_dose
from rtplan.files import shipped_file
from rtplan.protocols.condition import EarlierDose, leaves
from rtplan.protocols.protocol_file import Protocol, ProtocolRegimen
from rtplan.regimens import ModelParameters, regimen_effect, sum_courses
from rtplan.text import frame_of, table_html

__all__ = [
    "AfterEarlier",
    "EarlierTreatment",
    "RegimenRow",
    "RegimenSheet",
    "SheetTissue",
    "regimen_sheet",
    "sheet_tissues",
]


@dataclass(frozen=True, kw_only=True)
class SheetTissue:
    """A tissue of the sheet with its alpha/beta in Gy and where that comes from."""

    name: str
    kind: str
    alpha_beta: float
    source: str


@dataclass(frozen=True, kw_only=True)
class EarlierTreatment:
    """An earlier pelvic treatment that the sheet adds to."""

    label: str
    regimen: str


@dataclass(frozen=True, kw_only=True)
class RegimenRow:
    """One end of a band in one tissue.

    Attributes
    ----------
    entry : ProtocolRegimen
    regimen : Regimen
    end : str
        ``"low"``, ``"high"``, or empty where it is no band.
    tissue : SheetTissue
    bed_gy, eqd2_gy : float
    isoeffective : tuple of (int, float)
        Number of fractions and total dose in Gy with the same effect on this tissue.
    notes : tuple of str
    """

    entry: ProtocolRegimen
    regimen: Regimen
    end: str
    tissue: SheetTissue
    bed_gy: float
    eqd2_gy: float
    isoeffective: tuple[tuple[int, float], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AfterEarlier:
    """One end of a band in one late tissue after an earlier treatment.

    Attributes
    ----------
    earlier : EarlierTreatment
    entry : ProtocolRegimen
    regimen : Regimen
    end : str
    tissue : SheetTissue
    earlier_eqd2_gy, cumulative_bed_gy, cumulative_eqd2_gy : float or None
        Without recovery.
    given_after_pelvic_radiotherapy : bool
        Whether the protocol gives this regimen to such a patient.
    """

    earlier: EarlierTreatment
    entry: ProtocolRegimen
    regimen: Regimen
    end: str
    tissue: SheetTissue
    earlier_eqd2_gy: float | None
    cumulative_bed_gy: float | None
    cumulative_eqd2_gy: float | None
    given_after_pelvic_radiotherapy: bool


@dataclass(frozen=True, kw_only=True)
class RegimenSheet:
    """The sheet of one protocol.

    Attributes
    ----------
    protocol : Protocol
    rows : tuple of RegimenRow
    after : tuple of AfterEarlier
    rules : tuple of str
        What the protocol's own rule on earlier dose says of each earlier treatment.
    tissues : tuple of SheetTissue
    """

    protocol: Protocol
    rows: tuple[RegimenRow, ...]
    after: tuple[AfterEarlier, ...]
    rules: tuple[str, ...]
    tissues: tuple[SheetTissue, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each regimen, end and tissue, ready for a data frame."""
        return [
            {
                "regimen": row.entry.label,
                "for": _who(row.entry),
                "end": row.end or None,
                "total_dose_gy": row.regimen.total_dose,
                "n_fractions": row.regimen.n_fractions,
                "dose_per_fraction_gy": row.regimen.dose_per_fraction,
                "tissue": row.tissue.name,
                "alpha_beta_gy": row.tissue.alpha_beta,
                "bed_gy": row.bed_gy,
                "eqd2_gy": row.eqd2_gy,
                **{f"isoeffective_gy_in_{n}": dose for n, dose in row.isoeffective},
            }
            for row in self.rows
        ]

    def __repr__(self) -> str:
        regimens = (
            ", ".join(dict.fromkeys(row.entry.label for row in self.rows)) or "not specified by the record"
        )
        return f"<RegimenSheet of {self.protocol.name}: {regimens}>"

    def to_frame(self) -> Any:
        """Return `records` as a pandas frame; needs pandas."""
        return frame_of(self.records())

    def _repr_html_(self) -> str:
        records = self.records()
        columns = [name.replace("_", " ") for name in records[0]] if records else ["regimen"]
        rows = [[_cell(value) for value in record.values()] for record in records]
        return table_html(repr(self).strip("<>"), columns, rows, notes=self.rules)


def _cell(value: Any) -> str | None:
    return f"{value:.2f}" if isinstance(value, float) else None if value is None else str(value)


def _who(entry: ProtocolRegimen) -> str:
    return "re-irradiation" if entry.after_pelvic_radiotherapy else "primary"


@cache
def _sheet_data() -> dict[str, Any]:
    return shipped_file("rtplan.protocols", "protocol_sheet.toml").toml()


def sheet_tissues() -> tuple[SheetTissue, ...]:
    """Return the tissues that regimens are shown for.

    Examples
    --------
    >>> [(tissue.name, tissue.alpha_beta) for tissue in sheet_tissues()]
    [('tumour', 10.0), ('rectal tumour', 5.06), ('late tissue', 3.0), ('cord and nerve', 2.0)]
    """
    return tuple(SheetTissue(**table) for table in _sheet_data()["tissues"])


def regimen_sheet(protocol: Protocol) -> RegimenSheet:
    """Compute the regimen sheet of a protocol.

    Parameters
    ----------
    protocol : Protocol

    Returns
    -------
    RegimenSheet
        Empty where the record gives no dose.

    Examples
    --------
    >>> from rtplan.protocols import load_protocol
    >>> sheet = regimen_sheet(load_protocol("torch-r"))
    >>> row = next(r for r in sheet.rows if r.regimen.total_dose == 30 and r.tissue.alpha_beta == 3)
    >>> row.bed_gy, row.eqd2_gy, row.isoeffective
    (90.0, 54.0, ((5, 30.0), (15, 45.0), (25, 52.8)))
    """
    tissues = sheet_tissues()
    ends = [(entry, end, regimen) for entry in protocol.regimens for end, regimen in _ends(entry)]
    earlier = [EarlierTreatment(**table) for table in _sheet_data()["earlier"]]
    late = [tissue for tissue in tissues if tissue.kind == "late"]
    return RegimenSheet(
        protocol=protocol,
        rows=tuple(_row(entry, end, regimen, tissue) for entry, end, regimen in ends for tissue in tissues),
        after=tuple(
            _after(before, entry, end, regimen, tissue)
            for before in earlier
            for entry, end, regimen in ends
            for tissue in late
        ),
        rules=tuple(_rules(protocol, earlier)),
        tissues=tissues,
    )


def _ends(entry: ProtocolRegimen) -> list[tuple[str, Regimen]]:
    if entry.low == entry.high:
        return [("", entry.low)]
    return [("low", entry.low), ("high", entry.high)]


def _row(entry: ProtocolRegimen, end: str, regimen: Regimen, tissue: SheetTissue) -> RegimenRow:
    effect = regimen_effect(regimen, model="lq", alpha_beta=tissue.alpha_beta, parameters=ModelParameters())
    if effect.bed_gy is None or effect.eqd2_gy is None:
        raise AssertionError(f"{regimen}: {effect.reason}")  # once-daily external beam always has both
    return RegimenRow(
        entry=entry,
        regimen=regimen,
        end=end,
        tissue=tissue,
        bed_gy=effect.bed_gy,
        eqd2_gy=effect.eqd2_gy,
        isoeffective=tuple((n, _isoeffective(regimen, n, tissue)) for n in _sheet_data()["fractions"]),
        notes=effect.notes,
    )


def _isoeffective(regimen: Regimen, n_fractions: int, tissue: SheetTissue) -> float:
    return float(
        isoeffective_dose(
            regimen.total_dose, regimen.n_fractions, tissue.alpha_beta, new_n_fractions=n_fractions
        )
    )


def _after(
    earlier: EarlierTreatment, entry: ProtocolRegimen, end: str, regimen: Regimen, tissue: SheetTissue
) -> AfterEarlier:
    (row,) = sum_courses([earlier.regimen, str(regimen)], alpha_betas=[tissue.alpha_beta]).rows
    return AfterEarlier(
        earlier=earlier,
        entry=entry,
        regimen=regimen,
        end=end,
        tissue=tissue,
        earlier_eqd2_gy=row.effects[0].eqd2_gy,
        cumulative_bed_gy=row.cumulative_bed_gy,
        cumulative_eqd2_gy=row.cumulative_eqd2_gy,
        given_after_pelvic_radiotherapy=entry.after_pelvic_radiotherapy,
    )


def _rules(protocol: Protocol, earlier: Sequence[EarlierTreatment]) -> list[str]:
    """What a rule on the earlier dose says of the earlier treatments that are shown."""
    told = []
    for criterion in protocol.criteria:
        for leaf in leaves(criterion.condition):
            if isinstance(leaf, EarlierDose):
                told += [_rule_text(leaf, before) for before in earlier]
    return told


def _rule_text(rule: EarlierDose, earlier: EarlierTreatment) -> str:
    total = Regimen.parse(earlier.regimen).total_dose
    difference = rule.limit_gy - total
    kept = total <= rule.limit_gy if rule.comparison == "<=" else total < rule.limit_gy
    where = f"{difference:.4g} Gy below" if difference > 0 else f"{-difference:.4g} Gy above"
    return (
        f"after {earlier.regimen}: earlier dose {rule.comparison} {rule.limit_gy:g} Gy is "
        f"{'met' if kept else 'not met'} ({where if difference else 'exactly at'} the limit)"
    )
