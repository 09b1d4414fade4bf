from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.errors import RtplanValueError
from rtplan.reirradiation.organ import TissueChoice, parse_tissue, parse_tissues, read_tissue_file


def test_an_organ_may_come_with_several_alpha_beta() -> None:
    found = parse_tissues(["Bladder=3", "Bladder=5.5", "SpinalCord=2"])
    assert [(choice.organ, choice.alpha_beta) for choice in found] == [
        ("Bladder", 3.0),
        ("Bladder", 5.5),
        ("SpinalCord", 2.0),
    ]


@pytest.mark.parametrize(
    "text", ["Bladder", "Bladder=", "=3", "Bladder=three", "Bladder=0", "Bladder=-2", "B=nan"]
)
def test_what_gives_no_alpha_beta_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError):
        parse_tissue(text)


def test_the_same_value_twice_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="stated twice"):
        parse_tissues(["Bladder=3", "Bladder=3.0"])


def test_a_tissue_file_names_a_source_for_each_organ(tmp_path: Path) -> None:
    path = tmp_path / "tissues.toml"
    path.write_text('[Bladder]\nalpha_beta = [3, 5]\nsource = "local protocol"\n')
    assert read_tissue_file(path) == (
        TissueChoice(organ="Bladder", alpha_beta=3.0, source="local protocol"),
        TissueChoice(organ="Bladder", alpha_beta=5.0, source="local protocol"),
    )


def test_all_mistakes_of_a_tissue_file_come_in_one_message(tmp_path: Path) -> None:
    path = tmp_path / "tissues.toml"
    path.write_text(
        '[Bladder]\nalpha_beta = 3\n[Rectum]\nalpha_beta = "3"\nsource = "x"\n'
        '[Cord]\nalpha_beta = 2\nsource = " "\n[Bowel]\nalpha_beta = 0\nsource = "x"\n'
    )
    with pytest.raises(RtplanValueError) as refusal:
        read_tissue_file(path)
    assert all(organ in str(refusal.value) for organ in ("Bladder", "Rectum", "Cord", "Bowel"))
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[Bladder", "Bladder = 3"])
def test_a_file_without_tissues_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tissues.toml"
    path.write_text(content)
    with pytest.raises(RtplanValueError, match=r"tissues\.toml"):
        read_tissue_file(path)


@pytest.mark.parametrize(("given", "meant"), [("30", "3"), ("300", "3"), ("25.5", "2.55")])
def test_an_alpha_beta_beyond_any_published_is_challenged_unless_it_is_stated_to_be_meant(
    given: str, meant: str
) -> None:
    with pytest.raises(RtplanValueError, match=f"alpha/beta {given} Gy; did you type {meant}\\?"):
        parse_tissue(f"Bladder={given}")
    assert parse_tissue(f"Bladder={given} unusual").alpha_beta == float(given)
    assert parse_tissue("Bladder=inf").alpha_beta == float("inf")
    assert parse_tissue("Bladder=25").unusual is False


def test_a_tissue_file_states_an_unusual_alpha_beta_by_a_key(tmp_path: Path) -> None:
    path = tmp_path / "tissues.toml"
    path.write_text('[Bladder]\nalpha_beta = 30\nsource = "a paper"\n')
    with pytest.raises(RtplanValueError, match="did you type 3"):
        read_tissue_file(path)
    path.write_text('[Bladder]\nalpha_beta = 30\nsource = "a paper"\nunusual = true\n')
    assert read_tissue_file(path)[0].alpha_beta == 30.0
    path.write_text('[Bladder]\nalpha_beta = 30\nsource = "a paper"\nunusual = "yes"\n')
    with pytest.raises(RtplanValueError, match="true or false"):
        read_tissue_file(path)
