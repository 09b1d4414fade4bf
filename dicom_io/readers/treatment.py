"""Treatment records: which fractions of a plan were delivered."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from dicom_io.readers.dataset import (
    Origin,
    Source,
    check_class,
    code,
    date,
    integer,
    items,
    open_dataset,
    reading,
    referenced_uids,
)

__all__ = ["TREATMENT_RECORD", "TreatmentRecord", "read_treatment_record"]

TREATMENT_RECORD = {
    "1.2.840.10008.5.1.4.1.1.481.4": "RTRECORD",
    "1.2.840.10008.5.1.4.1.1.481.6": "RTRECORD",
    "1.2.840.10008.5.1.4.1.1.481.7": "RTRECORD",
    "1.2.840.10008.5.1.4.1.1.481.9": "RTRECORD",
}
"""Beams, brachytherapy, summary and ion beams treatment records."""

_SESSIONS = (
    "TreatmentSessionBeamSequence",
    "TreatmentSessionIonBeamSequence",
    "TreatmentSessionApplicationSetupSequence",
)


@dataclass(frozen=True, kw_only=True)
class TreatmentRecord:
    """One treatment record.

    Attributes
    ----------
    plan_uid : str
        Empty when it refers to none.
    date : str
        TreatmentDate (YYYYMMDD) or empty.
    fraction_numbers : tuple of int
        CurrentFractionNumber of the beams or applicators treated, each once.
    interrupted : bool
        Whether a beam or applicator did not end normally.
    n_fractions_delivered : int or None
        Stated by a summary record only; the sum over its fraction groups.
    source_sha256, source_data_set_sha256 : str
    """

    plan_uid: str
    date: str
    fraction_numbers: tuple[int, ...]
    interrupted: bool
    n_fractions_delivered: int | None
    source_sha256: str = ""
    source_data_set_sha256: str = ""


def read_treatment_record(source: Source) -> TreatmentRecord:
    """Return which fractions one treatment record says were delivered.

    Parameters
    ----------
    source : path, bytes or Dataset
    """
    with reading("treatment record"):
        dataset, origin = open_dataset(source)
        check_class(dataset, TREATMENT_RECORD, what="a treatment record")
        return _record(dataset, origin)


def _record(dataset: Dataset, origin: Origin) -> TreatmentRecord:
    treated = [item for keyword in _SESSIONS for item in items(dataset, keyword)]
    fractions = {integer(item, "CurrentFractionNumber") for item in treated}
    endings = {code(item, "TreatmentTerminationStatus") for item in treated}
    summaries = [
        integer(item, "NumberOfFractionsDelivered") for item in items(dataset, "FractionGroupSummarySequence")
    ]
    told = [delivered for delivered in summaries if delivered is not None]
    return TreatmentRecord(
        plan_uid=(referenced_uids(dataset, "ReferencedRTPlanSequence") or ("",))[0],
        date=date(dataset, "TreatmentDate"),
        fraction_numbers=tuple(sorted(fraction for fraction in fractions if fraction is not None)),
        interrupted=bool(endings - {"NORMAL", ""}),
        n_fractions_delivered=sum(told) if told else None,
        source_sha256=origin.sha256,
        source_data_set_sha256=origin.data_set_sha256,
    )
