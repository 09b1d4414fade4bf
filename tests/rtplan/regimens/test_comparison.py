"""``rtplan compare`` and ``rtplan tissues``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from bed import alpha_beta_from_isoeffect, tissue_parameters
from bed.lq import eqd2
from bed.regimen import Regimen, parse_regimens
from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.regimens import ModelParameters, crossings, eqd2_curve, plot_regimens
from rtplan.regimens.comparison import sampled_alpha_betas

NONE_STATED = ModelParameters()


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    captured = capsys.readouterr()
    read: dict[str, Any] = json.loads(captured.out)
    return read


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_pair_crosses_where_lq_makes_it_isoeffective() -> None:
    pair = [Regimen.parse("41.6Gy/13"), Regimen.parse("50Gy/25")]
    (crossing,) = crossings(pair, NONE_STATED)
    assert crossing.alpha_beta == pytest.approx(alpha_beta_from_isoeffect(*pair))
    assert crossing.alpha_beta is not None
    first, second = (eqd2(r.total_dose, r.n_fractions, crossing.alpha_beta) for r in pair)
    assert first == pytest.approx(second)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("50Gy/25", "50Gy/10", "total doses are equal"),
        ("50Gy/25", "60Gy/15", "more effect at every alpha/beta"),
        ("50Gy/25", "39Gy/26 BID", "the BED of 39Gy/26 BID is not known"),
        ("40Gy/1 LDR", "39Gy/26 BID", "the BED of 40Gy/1 LDR and 39Gy/26 BID is not known"),
    ],
)
def test_a_pair_without_a_crossing_says_why(first: str, second: str, reason: str) -> None:
    (crossing,) = crossings([Regimen.parse(first), Regimen.parse(second)], NONE_STATED)
    assert crossing.alpha_beta is None
    assert reason in str(crossing.reason)


def test_sequences_cross_as_well() -> None:
    (sequence,) = parse_regimens("45Gy/25 + 15Gy/3").regimens
    (crossing,) = crossings([sequence, Regimen.parse("66Gy/33")], NONE_STATED)
    # 60 + (45 x 1.8 + 15 x 5) / x = 66 + 132 / x
    assert crossing.alpha_beta == pytest.approx((156 - 132) / 6)


def test_a_curve_is_nan_where_nothing_can_be_computed() -> None:
    assert np.all(np.isnan(eqd2_curve(Regimen.parse("39Gy/26 BID"), [3.0, 10.0], NONE_STATED)))


@pytest.mark.parametrize(("low", "high"), [(0, 10), (3, 3), (10, 3), (3, math.inf)])
def test_a_range_has_two_positive_ends_in_order(low: float, high: float) -> None:
    with pytest.raises(RtplanValueError, match="two different values above 0"):
        sampled_alpha_betas(low, high)


def test_the_plot_draws_each_regimen_with_its_values() -> None:
    axes = Figure().subplots()
    regimens = [Regimen.parse("25Gy/5"), Regimen.parse("50Gy/25")]
    plot_regimens(axes, regimens, alpha_beta_range=(1.0, 11.0), parameters=NONE_STATED)
    first, second = axes.get_lines()
    assert [line.get_label() for line in (first, second)] == ["25Gy/5", "50Gy/25"]
    np.testing.assert_allclose(np.asarray(second.get_ydata()), 50.0)
    ratios, doses = np.asarray(first.get_xdata()), np.asarray(first.get_ydata())
    np.testing.assert_allclose(doses, 25 * (5 + ratios) / (2 + ratios))
    assert axes.get_xlabel() == "alpha/beta [Gy]"
    assert axes.get_ylabel() == "EQD2 [Gy]"


def test_compare_gives_rows_and_crossings(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "compare", "50.4Gy/28", "25-40Gy/5", "--alpha-beta", "3", "10")
    assert found["schema"] == "rtplan.compare/1"
    assert [(row["regimen"], row["alpha_beta_gy"]) for row in found["rows"]] == [
        (regimen, ratio) for regimen in ("50.4Gy/28", "25Gy/5", "40Gy/5") for ratio in (3.0, 10.0)
    ]
    assert found["rows"][2]["eqd2_gy"] == pytest.approx(40)
    assert [(pair["first"], pair["second"]) for pair in found["crossings"]] == [
        ("50.4Gy/28", "25Gy/5"),
        ("50.4Gy/28", "40Gy/5"),
        ("25Gy/5", "40Gy/5"),
    ]
    # (25 x 5 - 50.4 x 1.8) / (50.4 - 25)
    assert found["crossings"][0]["alpha_beta_gy"] == pytest.approx(34.28 / 25.4)


def test_compare_prints_a_table_with_crossings_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "50.4Gy/28", "5x5", "39Gy/26 BID", "--alpha-beta", "3", "inf"]) == 0
    captured = capsys.readouterr()
    assert "50.4Gy/28 and 25Gy/5: at alpha/beta 1.35 Gy" in captured.out
    assert "not found, the BED of 39Gy/26 BID is not known" in captured.out
    assert "inf Gy" in captured.out
    assert "5x5" in captured.err


def test_compare_writes_the_same_plot_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plot.svg"
    words = ["compare", "50.4Gy/28", "25Gy/5", "--alpha-beta", "1", "15", "--plot", str(file)]
    assert main(words) == 0
    first = file.read_bytes()
    assert b"<svg" in first
    assert main(words) == 0
    assert file.read_bytes() == first
    capsys.readouterr()
    assert "is there already" in refusal(capsys, *words, "--plot-range", "2", "5")
    assert main([*words, "--plot-range", "2", "5", "--overwrite"]) == 0
    assert file.read_bytes() != first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["25Gy/5", "5x5"], "two or more different regimens"),
        (["25Gy/5", "50Gy/25", "--plot", "plot.png"], "ends in .svg"),
        (["25Gy/5", "50Gy/25", "--plot", "plot.svg"], "two different values above 0"),
        (["25Gy/5", "50Gy/25", "--plot", "plot.svg", "--plot-range", "0", "5"], "above 0 Gy"),
    ],
)
def test_compare_refusals(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refusal(capsys, "compare", "--alpha-beta", "3", *words)
    assert list(tmp_path.iterdir()) == []


def test_tissues_lists_the_whole_registry(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "tissues")
    assert found["schema"] == "rtplan.tissues/1"
    assert len(found["rows"]) == len(tissue_parameters())
    assert len(document(capsys, "tissues", "--parameter", "repair_half_time")["rows"]) == 16


def test_tissues_of_one_tissue_lists_every_choice_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "tissues", "rectal tumour")["rows"]
    assert [row["value"] for row in rows] == [5.06, 11.1, 10.0]
    assert all(row["source"] and row["how_verified"] for row in rows)
    (row,) = document(capsys, "tissues", "tonsil tumour")["rows"]
    assert row["high"] == "inf"


def test_tissues_narrows_by_parameter_endpoint_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    both = document(capsys, "tissues", "SpinalCord", "--endpoint", "myelopathy")["rows"]
    assert {row["parameter"] for row in both} == {"alpha_beta", "repair_half_time"}
    words = ["tissues", "SpinalCord", "--parameter", "alpha_beta", "--source", "kirkpatrick"]
    (row,) = document(capsys, *words)["rows"]
    assert (row["value"], row["tag"], row["bound"]) == (0.87, "R", None)


def test_tissues_prints_a_table_with_numbered_sources_and_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tissues", "rectal tumour"]) == 0
    printed = capsys.readouterr().out
    assert "5.06 Gy (95 % -0.1 to 10.3)" in printed
    assert "[1] Suwinski 2007" in printed
    assert "use it together with its time factor or not at all" in printed
    assert main(["tissues", "glioma"]) == 0
    assert "5 to 10 Gy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rektum"], "did you mean"),
        (["rectum", "--endpoint", "fistula"], "nothing for endpoint"),
        (["--endpoint", "myelopathy"], "name the tissue"),
        (["--source", "Nieder"], "name the tissue"),
        (["rectum", "--parameter", "beta"], "invalid choice"),
        (["glioma", "--parameter", "repair_half_time"], "no repair_half_time of"),
    ],
)
def test_tissues_refusals(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refusal(capsys, "tissues", *words)
