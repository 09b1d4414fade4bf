"""Published tissue parameters as they are asked for: all of them, or those of one tissue."""

from __future__ import annotations

from bed.errors import BedValueError
from bed.published.tissues import (
    TISSUE_PARAMETERS,
    TissueParameter,
    find_tissue_parameters,
    tissue_parameters,
)

__all__ = ["select_tissue_parameters"]


def select_tissue_parameters(
    tissue: str | None = None,
    *,
    parameter: str | None = None,
    endpoint: str | None = None,
    source: str | None = None,
) -> tuple[TissueParameter, ...]:
    """Return published values, of one tissue or of all, of one parameter or of every one that is published.

    Parameters
    ----------
    tissue : str, optional
        Plain English or TG-263 name, in any case; all tissues when not given.
    parameter : str, optional
        One of `TISSUE_PARAMETERS`; all that the tissue has when not given.
    endpoint, source : str, optional
        Narrow one tissue down, as in `find_tissue_parameters`.

    Returns
    -------
    tuple of TissueParameter

    Raises
    ------
    BedValueError
        An endpoint or a source without a tissue.
    TissueLookupError
        Nothing fits; the message lists what there is.

    Examples
    --------
    >>> {row.tissue for row in select_tissue_parameters("rectal tumour")}
    {'rectal tumour'}
    """
    if tissue is None:
        if endpoint or source:
            raise BedValueError(
                "--endpoint and --source narrow a tissue down: name the tissue", missing=("tissue",)
            )
        return tuple(row for row in tissue_parameters() if parameter in (None, row.parameter))
    wanted = _published_for(tissue) if parameter is None else [parameter]
    return tuple(
        row
        for name in wanted
        for row in find_tissue_parameters(tissue, parameter=name, endpoint=endpoint, source=source)
    )


def _published_for(tissue: str) -> list[str]:
    """Return the parameters published for a tissue; alpha/beta, to be refused, where there is none."""
    name = tissue.strip().casefold()
    published = {
        row.parameter
        for row in tissue_parameters()
        if name in {written.casefold() for written in (row.tissue, *row.organs)}
    }
    return [parameter for parameter in TISSUE_PARAMETERS if parameter in published] or ["alpha_beta"]
