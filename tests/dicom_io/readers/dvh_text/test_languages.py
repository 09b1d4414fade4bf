"""Numbers with commas and headings in five languages give the same export; other languages are named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io.errors import DicomReadError
from dicom_io.readers import read_dvh_text
from dicom_io.readers.dvh_text.fields import NumberForm

LANGUAGES = {
    "English": (
        "Type: Cumulative Dose Volume Histogram", "Prescribed dose", "% for dose (%)", "Structure", "Plan",
        "Volume", "Dose Cover.", "Min Dose", "Max Dose", "Mean Dose", "Dose", "Relative dose",
        "Ratio of Total Structure Volume", "Structure Volume",
    ),
    "German": (
        "Typ: Kumulatives Dosis-Volumen-Histogramm", "Verordnete Dosis", "% für Dosis (%)", "Struktur",
        "Plan", "Volumen", "Dosisabdeckung", "Min. Dosis", "Max. Dosis", "Mittlere Dosis", "Dosis",
        "Relative Dosis", "Verhältnis zum Gesamtvolumen", "Strukturvolumen",
    ),
    "French": (
        "Type: Histogramme dose-volume cumulé", "Dose totale", "% pour la dose (%)", "Structure", "Plan",
        "Volume", "Couverture de dose", "Dose min.", "Dose max.", "Dose moyenne", "Dose", "Dose relative",
        "Rapport de volume total de structure", "Volume de structure",
    ),
    "Spanish": (
        "Tipo: Histograma dosis-volumen acumulativo", "Dosis prescrita", "% para dosis (%)", "Estructura",
        "Plan", "Volumen", "Cobertura de dosis", "Dosis mín.", "Dosis máx.", "Dosis media", "Dosis",
        "Dosis relativa", "Relación del volumen total de estructura", "Volumen de estructura",
    ),
    "Italian": (
        "Tipo: Istogramma dose-volume cumulativo", "Dose totale", "% per dose (%)", "Struttura", "Piano",
        "Volume", "Copertura dose", "Dose min.", "Dose max.", "Dose media", "Dose", "Dose relativa",
        "Rapporto del volume totale della struttura", "Volume struttura",
    ),
}  # fmt: skip


def written(language: str, *, cover: str = "100.0", mean: str = "15.0", in_cc: bool = False) -> str:
    kind, total, percent, organ, plan, volume, covered, low, high, middle, dose, relative, ratio, cc = (
        LANGUAGES[language]
    )
    share = 0.2 if in_cc else 1.0
    column = f"{cc} [cm³]" if in_cc else f"{ratio} [%]"
    rows = "".join(
        f"{d:.1f} {2 * d:.1f} {share * v:.2f}\n" for d, v in ((0, 100), (10, 75), (20, 25), (30, 0))
    )
    return (
        f"{kind}\n\n{plan}: P1\n{total} [Gy]: 50.0\n{percent}: 100.0\n\n{organ}: Cord\n{plan}: P1\n"
        f"{volume} [cm³]: 20.0\n{covered} [%]: {cover}\n{low} [Gy]: 0.0\n{high} [Gy]: 30.0\n"
        f"{middle} [Gy]: {mean}\n\n{dose} [Gy]   {relative} [%] {column}\n{rows}\n"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("in_cc", [False, True])
@pytest.mark.parametrize("commas", [False, True])
def test_the_same_export_in_each_language(language: str, in_cc: bool, commas: bool) -> None:
    text = written(language, in_cc=in_cc)
    export = read_dvh_text((re.sub(r"(?<=\d)\.(?=\d)", ",", text) if commas else text).encode("cp1252"))
    cord = export.named("Cord")
    assert (cord.plan, cord.volume_cc, cord.min_gy, cord.mean_gy, cord.max_gy, cord.prescription_gy) == (
        "P1", 20.0, 0.0, 15.0, 30.0, 50.0,
    )  # fmt: skip
    assert cord.metric("D10%[Gy]").value == pytest.approx(26.0)
    assert cord.findings == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_coverage_and_contradictions_are_seen_in_each_language(language: str) -> None:
    partly = read_dvh_text(written(language, cover="60.0").encode()).named("Cord")
    assert "60.0 % of the structure" in (partly.metric("D10%[Gy]").reason or "")
    wrong = read_dvh_text(written(language, mean="28.0").encode()).named("Cord")
    assert "mean of 28 Gy contradicts" in (wrong.reason or "")


def test_a_language_that_is_not_read_is_named_with_its_headings() -> None:
    portuguese = (
        written("Spanish").replace("Estructura", "Estrutura").replace("Dosis relativa", "Dose relativa")
    )
    with pytest.raises(DicomReadError, match=r"in Portuguese that are not read: .*'Dose relativa'.*English"):
        read_dvh_text(portuguese.encode())
    with pytest.raises(DicomReadError, match=r"'Annos \(x\)'.*English, French, German, Italian, Spanish"):
        read_dvh_text(written("English").replace("Relative dose", "Annos (x)").encode())


@pytest.mark.parametrize("language", ["German", "Spanish", "Italian", "French"])
def test_differential_exports_are_refused_in_each_language(language: str) -> None:
    words = {"German": "Differenzielles", "Spanish": "diferencial", "Italian": "differenziale"}
    kind = LANGUAGES[language][0]
    changed = f"{kind} {words.get(language, 'différentiel')}"
    with pytest.raises(DicomReadError, match="cumulative"):
        read_dvh_text(written(language).replace(kind, changed).encode())


@given(value=st.decimals(0, 99999, places=2), mark=st.sampled_from(".,"))
def test_a_number_with_two_decimals_is_read_in_either_form(value: object, mark: str) -> None:
    """Law: two decimals are decimals whatever the mark and whatever else the file holds."""
    text = str(value).replace(".", mark)
    for form in (NumberForm.of([]), NumberForm.of([f"Volume [cc]: {text}"])):
        assert form.number(text) == float(str(value))


@pytest.mark.parametrize(
    ("beside", "text", "number"),
    [
        ("x: 1", "1,250", None),
        ("x: 20,5", "1,250", 1.25),
        ("x: 0,125", "1,250", 1.25),
        ("x: 20,5", "1.250", None),
        ("x: 20.5", "1,250", None),
        ("x: 20.5", "1.250", 1.25),
        ("x: 1", "1.250", 1.25),
        ("x: 1", "1,250.5", None),
        ("x: 1", "1_000", None),
        ("x: 1", "nan", None),
        ("x: 1", "N/A", None),
    ],
)
def test_a_mark_that_may_be_one_of_thousands_is_read_only_beside_a_clear_one(
    beside: str, text: str, number: float | None
) -> None:
    assert NumberForm.of([beside]).number(text) == number
