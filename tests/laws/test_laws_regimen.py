"""Laws of writing and reading regimens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.errors import RegimenError
from bed.notation import MODALITY_WORDS
from bed.regimen import Regimen, RegimenSequence, parse_regimens

CENTIGRAY = st.integers(min_value=1, max_value=30_000)


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    """Any regimen that the limits allow."""
    n = draw(st.integers(min_value=1, max_value=120))
    total = draw(st.floats(min_value=1e-6, max_value=min(300.0, 50.0 * n)))
    return Regimen(
        total_dose=total,
        n_fractions=n,
        fractions_per_day=draw(st.integers(min_value=1, max_value=min(n, 6))),
        modality=draw(st.sampled_from(sorted(MODALITY_WORDS))),
    )


@given(regimens())
def test_law_a_printed_regimen_reads_back_as_itself(regimen: Regimen) -> None:
    """parse(print(regimen)) == regimen, for every regimen."""
    assert Regimen.parse(str(regimen)) == regimen


@given(st.lists(regimens(), min_size=2, max_size=4))
def test_law_a_printed_sequence_reads_back_as_itself(phases: list[Regimen]) -> None:
    """parse(print(sequence)) == sequence, for every sequence."""
    sequence = RegimenSequence(phases=tuple(phases))
    assert parse_regimens(str(sequence)).regimens == (sequence,)


@given(n=st.integers(min_value=1, max_value=60), each_cgy=st.integers(min_value=1, max_value=500))
def test_law_all_ways_to_write_a_regimen_mean_the_same(n: int, each_cgy: int) -> None:
    """Total/n, n x dose, dose x n, words and cGy read as one regimen, without rounding."""
    total, each = f"{n * each_cgy // 100}.{n * each_cgy % 100:02d}", f"{each_cgy // 100}.{each_cgy % 100:02d}"
    ways = (
        f"{total}Gy/{n}",
        f"{total} Gy in {n} fractions",
        f"{total} Gy in {n} fractions of {each} Gy",
        f"{n} x {each} Gy",
        f"{each}Gy × {n}",
        f"{n * each_cgy}cGy/{n}",
        f"{total}/{n}",
        f"{n}x{each}",
    )
    assert {Regimen.parse(way) for way in ways} == {Regimen(total_dose=float(total), n_fractions=n)}


@given(low=CENTIGRAY, high=CENTIGRAY, n=st.integers(min_value=6, max_value=60), dash=st.sampled_from("-–—−"))
def test_law_a_band_is_its_two_ends_whatever_the_dash(low: int, high: int, n: int, dash: str) -> None:
    """`a-bGy/n` reads as aGy/n and bGy/n for a < b, and is refused otherwise."""
    text = f"{low / 100:.2f}{dash}{high / 100:.2f}Gy/{n}"
    if low < high:
        ends = tuple(Regimen.parse(f"{dose / 100:.2f}Gy/{n}") for dose in (low, high))
        assert parse_regimens(text).regimens == ends
    else:
        with pytest.raises(RegimenError, match="low to its high"):
            parse_regimens(text)


@given(st.text(max_size=30))
def test_law_any_text_is_either_read_or_refused_with_one_error_type(text: str) -> None:
    """No text makes the parser fail in any other way than RegimenError."""
    try:
        parsed = parse_regimens(text)
    except RegimenError:
        return
    for regimen in parsed.regimens:
        assert parse_regimens(str(regimen)).regimens == (regimen,)


@given(st.text(alphabet="0123456789.xX/ -–+GgyYcfxBIDinof%#@=()", max_size=24))
def test_law_texts_made_of_the_notation_are_read_or_refused(text: str) -> None:
    """The same for texts made of the notation's own characters."""
    try:
        parsed = parse_regimens(text)
    except RegimenError:
        return
    for regimen in parsed.regimens:
        assert parse_regimens(str(regimen)).regimens == (regimen,)


@given(st.integers(min_value=1, max_value=40), CENTIGRAY.filter(lambda dose: dose <= 700))
def test_law_a_glued_regimen_reads_as_the_spaced_one(n: int, centigray: int) -> None:
    """5 x 8 Gy glued to 8Gyx5, its total in brackets or over some weeks are one regimen."""
    each, total = centigray / 100, centigray * n / 100
    spaced = Regimen.parse(f"{n} x {each:.2f} Gy")
    for glued in (
        f"{each:.2f}Gyx{n}",
        f"{total:.2f}Gy({n}x{each:.2f}Gy)",
        f"{total:.2f} Gy ({n} fractions of {each:.2f} Gy) over 6 weeks",
    ):
        assert Regimen.parse(glued) == spaced
