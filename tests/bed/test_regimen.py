from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import numpy as np
import pytest

from bed.errors import BedValueError, RegimenError
from bed.notation import format_number, read_phase, split_sequence
from bed.regimen import Regimen, RegimenSequence, parse_regimens


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("50.4Gy/28", "50.4Gy/28"),
        ("50.4 Gy in 28 fractions", "50.4Gy/28"),
        ("28 x 1.8 Gy", "50.4Gy/28"),
        ("28 × 1.8Gy", "50.4Gy/28"),
        ("28*1.8 gy", "50.4Gy/28"),
        ("5x5", "25Gy/5"),
        ("25/5", "25Gy/5"),
        ("39Gy/26 1.5Gy BID", "39Gy/26 BID"),
        ("39 Gy/26 fx (1.5 Gy/fx) b.i.d.", "39Gy/26 BID"),
        ("39Gy in 26 fractions, 1.5 Gy twice daily", "39Gy/26 BID"),
        ("1.2 Gy x 34 BID", "40.8Gy/34 BID"),
        ("39Gy/26BID", "39Gy/26 BID"),
        ("1.5 Gy BID x 26", "39Gy/26 BID"),
        ("45 Gy/30 2/day", "45Gy/30 BID"),
        ("54Gy/36 TID", "54Gy/36 TID"),
        ("54 Gy/36 three times a day", "54Gy/36 TID"),
        ("60Gy/40 4 x/day", "60Gy/40 4/day"),
        ("50 Gy in 25 # once daily", "50Gy/25"),
        ("50Gy/25 QD", "50Gy/25"),
        ("5040cGy/28", "50.4Gy/28"),
        ("28 x 180 cGy", "50.4Gy/28"),
        ("28 x 1.8 Gy = 50.4 Gy", "50.4Gy/28"),
        ("1.8 Gy x 28 = 50.4 Gy total", "50.4Gy/28"),
        ("60Gy at 2Gy/fx", "60Gy/30"),
        ("60 Gy in 2 Gy fractions", "60Gy/30"),
        ("45Gy/1.8Gy", "45Gy/25"),
        ("25 fractions of 2 Gy", "50Gy/25"),
        ("5 x 5 fx", "25Gy/5"),
        ("40Gy/15 2.67Gy", "40Gy/15"),
        ("20Gy/5.", "20Gy/5"),
        (".5Gy x 2", "1Gy/2"),
        ("35Gy/5 SBRT", "35Gy/5"),
        ("28Gy/4 HDR", "28Gy/4 HDR"),
        ("7 Gy x 4 HDR brachytherapy", "28Gy/4 HDR"),
        ("30Gy/60 PDR", "30Gy/60 PDR"),
        ("40Gy/1 LDR", "40Gy/1 LDR"),
        ("145Gy/1 permanent implant", "145Gy/1 permanent implant"),
        ("28Gy/4 radionuclide", "28Gy/4 radionuclide"),
        ("8Gyx5", "40Gy/5"),
        ("8Gy x5", "40Gy/5"),
        ("30Gy10fx", "30Gy/10"),
        ("70Gy 35#", "70Gy/35"),
        ("70Gy35#", "70Gy/35"),
        ("5040cGy 28 fx", "50.4Gy/28"),
        ("50.4 Gy (28 x 1.8 Gy)", "50.4Gy/28"),
        ("50.4 Gy (1.8 Gy x 28)", "50.4Gy/28"),
        ("50.4 Gy (28 fractions of 1.8 Gy)", "50.4Gy/28"),
        ("50.4 Gy (28 fractions)", "50.4Gy/28"),
        ("60 Gy in 30 fractions over 6 weeks", "60Gy/30"),
        ("60Gy/30 over 5-6 wks", "60Gy/30"),
        ("7Gyx4 HDR", "28Gy/4 HDR"),
    ],
)
def test_what_people_write_is_read_and_printed_in_one_form(text: str, canonical: str) -> None:
    assert str(Regimen.parse(text)) == canonical
    assert str(Regimen.parse(canonical)) == canonical


@pytest.mark.parametrize(
    ("text", "band", "ends"),
    [
        ("25-40Gy/5fx", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("25–40Gy/5fx", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("25 — 40 Gy / 5 fx", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("25 Gy to 40 Gy in 5 fractions", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("45-50 Gy/25fx", "45-50Gy/25", ["45Gy/25", "50Gy/25"]),
        ("2500-4000 cGy/5", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("5 x 5-8 Gy", "25-40Gy/5", ["25Gy/5", "40Gy/5"]),
        ("30Gy/15-17", "30Gy/15-17", ["30Gy/15", "30Gy/17"]),
        ("36-45Gy at 1.8Gy/fx", "36-45Gy/20-25", ["36Gy/20", "45Gy/25"]),
        ("45-50.4Gy/25-28", "45-50.4Gy/25-28", ["45Gy/25", "50.4Gy/28"]),
        ("39-45Gy/30 BID", "39-45Gy/30 BID", ["39Gy/30 BID", "45Gy/30 BID"]),
        ("45Gy/25 + 5.4-9Gy/3", "45Gy/25 + 5.4-9Gy/3", ["45Gy/25 + 5.4Gy/3", "45Gy/25 + 9Gy/3"]),
    ],
)
def test_a_band_is_its_two_ends(text: str, band: str, ends: list[str]) -> None:
    parsed = parse_regimens(text)
    assert parsed.band == band
    assert [str(regimen) for regimen in parsed.regimens] == ends
    assert parse_regimens(band).regimens == parsed.regimens


@pytest.mark.parametrize(
    ("text", "phases", "total", "n"),
    [
        ("45Gy/25 + 5.4Gy/3", ["45Gy/25", "5.4Gy/3"], 50.4, 28),
        ("45Gy/25 then 7Gy x 4 HDR", ["45Gy/25", "28Gy/4 HDR"], 73, 29),
        ("45Gy/25 followed by 14.4Gy/12 BID", ["45Gy/25", "14.4Gy/12 BID"], 59.4, 37),
    ],
)
def test_a_sequence_keeps_its_phases_apart(text: str, phases: list[str], total: float, n: int) -> None:
    (sequence,) = parse_regimens(text).regimens
    assert isinstance(sequence, RegimenSequence)
    assert [str(phase) for phase in sequence.phases] == phases
    assert (sequence.total_dose, sequence.n_fractions) == (pytest.approx(total), n)
    assert not hasattr(sequence, "dose_per_fraction")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("5x5", "'5x5' has no unit: read as 5 fractions of 5 Gy"),
        ("2x25", "'2x25' has no unit: read as 2 fractions of 25 Gy"),
        ("25/5", "'25/5' has no unit: read as 25 Gy in 5 fractions"),
        ("12x4", "'12x4' has no unit: read as 12 fractions of 4 Gy"),
        ("30Gy10fx", "'30Gy10fx' is read as 30 Gy in 10 fractions, in all"),
        (
            "60Gy/30 over 6 weeks",
            "'60Gy/30 over 6 weeks': the overall time of 6 weeks is no part of the regimen and is not used",
        ),
    ],
)
def test_a_text_without_a_unit_is_echoed(text: str, note: str) -> None:
    assert parse_regimens(text).notes == (note,)


def test_a_text_with_a_unit_needs_no_echo() -> None:
    assert parse_regimens("50.4Gy/28").notes == ()
    assert parse_regimens("50.4Gy/28").band is None


def test_decimals_are_exact() -> None:
    assert Regimen.parse("28 x 1.8 Gy").total_dose == 50.4
    assert Regimen.parse("3 x 0.1 Gy").total_dose == 0.3


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("30Gy", "does not say in how many fractions"),
        ("25-40Gy", "does not say in how many fractions"),
        ("5fx", "does not say which dose"),
        ("30Gy/0", "above zero"),
        ("0Gy/5", "above zero"),
        ("0x5", "above zero"),
        ("1800/5", "did you pass cGy"),
        ("5040 in 28", "did you pass cGy"),
        ("400Gy/40", r"400 Gy in total exceeds the 300 Gy"),
        ("60Gy/1", r"60 Gy per fraction exceeds the 50 Gy.*is 1 the number of fractions"),
        ("50.4 Gy in 28 fractions of 2 Gy", r"28 x 2 Gy is 56 Gy, not 50.4 Gy"),
        ("28 x 1.8 Gy = 54 Gy", r"28 x 1.8 Gy is 50.4 Gy, not 54 Gy"),
        ("39Gy/26 1.6Gy BID", "contradicts itself"),
        ("50Gy at 1.8Gy/fx", "no whole number of fractions"),
        ("5Gy/99999999999999999999", "no course has more than 1000"),
        ("30Gy/5.5", "5.5 fractions is not a whole number$"),
        ("45/1.8", r"did you mean 45Gy in fractions of 1.8Gy, that is 45Gy/25\?"),
        ("1.8x28", r"did you mean 28 x 1.8 Gy\?"),
        ("1.8x2.8", "1.8 fractions is not a whole number$"),
        ("-5Gy/3", "negative"),
        ("5x-5", "negative"),
        ("25Gy/-5", "negative"),
        ("nanGy/5", "finite"),
        ("infGy/5", "finite"),
        ("25Gy/NaN", "finite"),
        ("40-25Gy/5", "from its low to its high end"),
        ("27-40Gy/15-22", "two bands at once"),
        ("25Gy-4000cGy/5", "one unit"),
        ("50,4Gy/28", "decimal point"),
        ("50.4Gy(RBE)/28", "RBE-weighted"),
        ("44.4 GyE/24", "RBE-weighted"),
        ("44.4 CGE/24", "RBE-weighted"),
        ("25Gy/5 weekly", "not understood"),
        ("25Gy/5/2", "not understood"),
        ("50.4 Gy/28 1.8", "not understood"),
        ("1e3Gy/4", "not understood"),
        ("banana", "not understood"),
        ("70 35#", "not understood"),
        ("70Gy 35", "not understood"),
        ("50.4 Gy (28 x 1.9 Gy)", "28 x 1.9 Gy is 53.2 Gy, not 50.4 Gy"),
        ("8Gy 10fx", "8 Gy in all, or 10 fractions of 8 Gy"),
        ("70Gy/35 SIB", "one regimen for each dose level"),
        ("66Gy/30 simultaneous integrated boost", "one regimen for each dose level"),
        ("66Gy/30 + 54Gy/30 SIB", "one regimen for each dose level"),
        ("28 x 1.8 Gy BID TID", "2 and 3 fractions a day"),
        ("28Gy/4 HDR PDR", "two modalities"),
        ("25Gy/1 BID", "2 fractions a day contradict 1 fraction"),
        ("", "a regimen is missing"),
        ("25Gy/5 +", "a regimen is missing"),
        ("45Gy/25 + 5.4Gy", "does not say in how many fractions"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_likely_mistake(text: str, mistake: str) -> None:
    with pytest.raises(RegimenError, match=mistake) as caught:
        parse_regimens(text)
    if text:
        assert repr(text) in str(caught.value) or repr(text.rpartition("+")[2].strip()) in str(caught.value)


def test_a_dose_per_fraction_rounded_to_a_hundredth_is_no_contradiction() -> None:
    assert Regimen.parse("42.56Gy/16 2.66Gy").dose_per_fraction == pytest.approx(2.66)
    assert str(Regimen.parse("50Gy/15 3.33Gy")) == "50Gy/15"


def test_a_dose_per_fraction_written_to_more_digits_allows_less_rounding() -> None:
    # 30 x 1.234 Gy is 37.02 Gy; half a last digit of the dose is 30 x 0.0005 = 0.015 Gy of the total
    assert Regimen.parse("37.03Gy/30 1.234Gy").total_dose == pytest.approx(37.03)
    with pytest.raises(RegimenError, match="contradicts itself"):
        Regimen.parse("37.04Gy/30 1.234Gy")


@pytest.mark.parametrize("text", ["145Gy/1 permanent implant", "400Gy/4 radionuclide", "320Gy/2 LDR"])
def test_implants_and_radionuclides_are_exempt_from_the_plausibility_limits(text: str) -> None:
    assert str(Regimen.parse(text)) == text


def test_pitfall_5_25_cgy_is_recognised_only_when_written() -> None:
    assert Regimen.parse("180cGy/1").total_dose == 1.8
    with pytest.raises(RegimenError):
        Regimen.parse("5040Gy/28")
    with pytest.raises(RegimenError, match="contradicts itself"):
        Regimen.parse("54/30 of 180Gy")


def test_parse_of_one_regimen_sends_bands_and_sequences_elsewhere() -> None:
    with pytest.raises(RegimenError, match=r"a band of regimens.*parse_regimens\(\)"):
        Regimen.parse("25-40Gy/5")
    with pytest.raises(RegimenError, match=r"a sequence of regimens.*parse_regimens\(\)"):
        Regimen.parse("45Gy/25 + 5.4Gy/3")


@pytest.mark.parametrize("text", [None, 50.4, b"50.4Gy/28"])
def test_only_text_is_parsed(text: object) -> None:
    with pytest.raises(RegimenError, match="a regimen is text"):
        parse_regimens(text)  # type: ignore[arg-type]


def test_a_text_of_absurd_length_is_refused_at_once() -> None:
    with pytest.raises(RegimenError, match="a regimen of 5000 characters"):
        parse_regimens("9" * 5000)


@pytest.mark.parametrize("dose", [0, -1, float("nan"), float("inf"), 301, 1800])
def test_a_total_dose_is_positive_finite_and_plausible(dose: float) -> None:
    with pytest.raises(RegimenError):
        Regimen(total_dose=dose, n_fractions=28)


@pytest.mark.parametrize("n", [0, -1, 2.5, float("nan"), float("inf")])
def test_fraction_numbers_are_whole_and_positive(n: float) -> None:
    with pytest.raises(RegimenError, match="n_fractions must be whole"):
        Regimen(total_dose=50, n_fractions=n)  # type: ignore[arg-type]
    with pytest.raises(RegimenError, match="fractions_per_day must be whole"):
        Regimen(total_dose=50, n_fractions=25, fractions_per_day=n)  # type: ignore[arg-type]


def test_numbers_of_any_kind_are_stored_as_plain_ones() -> None:
    regimen = Regimen(total_dose=np.float32(25), n_fractions=np.int64(5))  # type: ignore[arg-type]
    assert (type(regimen.total_dose), type(regimen.n_fractions)) == (float, int)
    assert Regimen(total_dose=25, n_fractions=5.0) == regimen  # type: ignore[arg-type]


def test_a_misspelt_modality_lists_the_known_ones() -> None:
    with pytest.raises(RegimenError, match="HDR brachytherapy"):
        Regimen(total_dose=28, n_fractions=4, modality="brachy")


def test_regimens_are_frozen_and_refusals_are_value_errors() -> None:
    regimen = Regimen.parse("25Gy/5")
    with pytest.raises(FrozenInstanceError):
        regimen.total_dose = 30  # type: ignore[misc]
    with pytest.raises(BedValueError):
        Regimen.parse("30Gy")
    with pytest.raises(ValueError, match="30Gy"):
        Regimen.parse("30Gy")


def test_a_sequence_has_two_phases_or_more() -> None:
    five = Regimen.parse("25Gy/5")
    assert RegimenSequence.of((five,)) is five
    assert five.phases == (five,)
    with pytest.raises(RegimenError, match="two or more"):
        RegimenSequence(phases=(five,))


@pytest.mark.parametrize(
    ("value", "text"),
    [(50.4, "50.4"), (25.0, "25"), (1e-7, "0.0000001"), (300.0, "300"), (Decimal("45.00"), "45")],
)
def test_numbers_print_in_full_without_trailing_zeros(value: float | Decimal, text: str) -> None:
    assert format_number(value) == text


def test_notation_hands_out_exact_numbers() -> None:
    phase = read_phase("25-40Gy/5fx")
    assert [(end.total_dose, end.n_fractions) for end in phase.ends] == [(25, 5), (40, 5)]
    assert (phase.fractions_per_day, phase.modality, phase.notes) == (1, None, ())
    assert split_sequence("a then b FOLLOWED BY c") == ("a", "b", "c")
