"""Published tissue parameters as they are asked for."""

from __future__ import annotations

import pytest

from bed import BedValueError, TissueLookupError
from bed.published import find_tissue_parameters, select_tissue_parameters, tissue_parameters


def test_nothing_asked_is_everything() -> None:
    assert select_tissue_parameters() == tuple(tissue_parameters())


def test_a_tissue_has_all_its_parameters_and_no_other_tissues() -> None:
    for tissue in {row.tissue for row in tissue_parameters()}:
        rows = select_tissue_parameters(tissue)
        assert set(rows) >= {row for row in tissue_parameters() if row.tissue == tissue}
        names = [{name.casefold() for name in (row.tissue, *row.organs)} for row in rows]
        assert all(tissue.casefold() in each for each in names)


def test_one_parameter_of_a_tissue_is_what_the_register_finds() -> None:
    assert select_tissue_parameters("bladder", parameter="alpha_beta") == find_tissue_parameters(
        "bladder", parameter="alpha_beta"
    )


def test_an_endpoint_without_a_tissue_is_refused() -> None:
    with pytest.raises(BedValueError, match="name the tissue") as refused:
        select_tissue_parameters(endpoint="fibrosis")
    assert refused.value.missing == ("tissue",)


def test_an_unknown_tissue_names_its_neighbours() -> None:
    with pytest.raises(TissueLookupError, match="bladder"):
        select_tissue_parameters("blader")
