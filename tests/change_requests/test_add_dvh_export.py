"""A DVH text export is one module."""

from __future__ import annotations

from typing import Any

EXPORT = "Exempla cumulative DVH\nPatient: 4711\nPlan: P1\nOrgan: Cord\nDose unit: cGy\nMean: 1500\n{rows}"
ASK = """
from dicom_io.readers import read_dvh_text
export = read_dvh_text({content!r})
stored = export.named("Cord")
print(export.system, stored.metric("D50%[Gy]").value, stored.reason)
"""


def test_the_module_of_the_page_reads_an_export_and_holds_it_against_its_words(
    package_copy: Any, blocks_of: Any
) -> None:
    (module,) = blocks_of("add-dvh-export.md")
    room = package_copy.root / "dicom_io" / "readers" / "dvh_text"
    (room / "exempla.py").write_text(module, encoding="utf-8")
    sound = EXPORT.format(rows="0 100\n1000,0 75\n2000 25\n3000 0\n").encode()
    assert package_copy.python(ASK.format(content=sound)) == "Exempla 15.0 None"
    contradicted = EXPORT.format(rows="0 100\n300 50\n600 0\n").encode()
    assert "mean of 15 Gy contradicts its curve" in package_copy.python(ASK.format(content=contradicted))


def test_a_file_that_two_systems_claim_is_refused(package_copy: Any, blocks_of: Any) -> None:
    (module,) = blocks_of("add-dvh-export.md")
    room = package_copy.root / "dicom_io" / "readers" / "dvh_text"
    for name in ("Exempla", "Twin"):
        (room / f"{name.lower()}.py").write_text(module.replace("Exempla", name), encoding="utf-8")
    twin = (room / "twin.py").read_text(encoding="utf-8").replace('"Twin cumulative', '"Exempla cumulative')
    (room / "twin.py").write_text(twin, encoding="utf-8")
    asked = ASK.format(content=EXPORT.format(rows="0 100\n3000 0\n").encode())
    words = (
        f"try:\n{asked.replace(chr(10), chr(10) + '    ')}\nexcept Exception as refused:\n    print(refused)"
    )
    assert "may be one of Exempla or of Twin" in package_copy.python(words)
