"""Every option of the command from files on disk to its document, against arithmetic on boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.cli import main
from rtplan.selftest import known_cumulative

Dose = Callable[[np.ndarray], np.ndarray]

BODY_CC = 80 * 80 * 40 / 1000
RECTUM_CC = 20 * 20 * 24 / 1000
CORD_CC = 16 * 16 * 24 / 1000
PTV_CC = 16 * 16 * 16 / 1000


def write(
    boxes: ModuleType, folder: Path, before: tuple[Any, int, float], now: tuple[Any, int, float]
) -> Path:
    """Write two courses, each given as dose, fractions and prescription."""
    for name, (dose, n, prescription), tail, date in (
        ("before", before, "11", "20230401"),
        ("now", now, "22", "20240129"),
    ):
        boxes.write_course(folder / name, dose, n=n, prescription=prescription, tail=tail, date=date)
    return folder


def words(folder: Path, *more: str) -> list[str]:
    return [
        *("reirradiate", "--json", "--new", str(folder / "now"), "--new-starts", "2024-02-05"),
        *("--prior", str(folder / "before"), "--prior-ended", "2023-06-01", *more),
    ]


def said(capsys: pytest.CaptureFixture[str], given: list[str], *, status: int = 0) -> Any:
    assert main(given) == status
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def flat(boxes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 Gy in 20 everywhere, then 14 Gy in 2 everywhere, in one frame."""
    folder = tmp_path_factory.mktemp("flat")
    return write(boxes, folder, (boxes.uniform(40.0), 20, 40.0), (boxes.uniform(14.0), 2, 14.0))


def both(alpha_beta: float, *, kept: float = 1.0) -> float:
    return float(kept * eqd2(40.0, 20, alpha_beta) + eqd2(14.0, 2, alpha_beta))


def test_cord_rules_have_their_closed_form(flat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = said(capsys, words(flat, "--tissue", "SpinalCord=2", "--cord-rules"), status=1)
    nieder, sahgal = document["cord_rules"]
    assert sahgal["verdict"] == "exceeds"
    values = {one["name"]: (one["value"], one["verdict"]) for one in sahgal["conditions"]}
    # At alpha/beta 2: 14 (7 + 2)/4 = 31.5 and 40 (2 + 2)/4 = 40.
    assert values["SBRT EQD2"] == (pytest.approx(31.5, abs=1e-4), "exceeds")
    assert values["cumulative EQD2"][0] == pytest.approx(71.5, abs=1e-4)
    assert values["SBRT share of the cumulative EQD2"][0] == pytest.approx(31.5 / 71.5, abs=1e-6)
    assert values["interval"] == (pytest.approx(249 / 30.4375, abs=1e-3), "within")
    assert {one["name"]: one["value"] for one in nieder["conditions"]}["cumulative BED"] == pytest.approx(
        40 * 2 + 14 * 4.5, abs=1e-3
    )
    assert sahgal["source"]
    missing = said(capsys, words(flat, "--tissue", "Rectum=3", "--cord-rules"), status=1)["cord_rules"]
    assert [(rule["verdict"], rule["organ"]) for rule in missing] == [("not_evaluable", None)]
    wrong = said(capsys, words(flat, "--tissue", "SpinalCord=3", "--cord-rules"), status=1)["cord_rules"]
    assert all("alpha/beta 2 Gy, not 3 Gy" in rule["statement"] for rule in wrong)


def test_the_body_outside_named_organs_has_its_closed_form(
    flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--tissue", "Rectum=3", "--tissue", "SpinalCord=2", "--body-alpha-beta", "3"]
    total = both(3.0)
    levels = ["--body-level", f"{total - 1:.3f}", "--body-level", f"{total + 1:.3f}"]
    below, above = said(capsys, words(flat, *given, *levels))["body_outside_named_organs"]
    assert below["volume_cc"] == pytest.approx(
        BODY_CC - RECTUM_CC - CORD_CC, abs=max(below["uncertainty_cc"], 0.02 * BODY_CC)
    )
    assert below["in_targets_cc"] == pytest.approx(PTV_CC, rel=0.1)
    assert (above["volume_cc"], above["not_covered_cc"], above["alpha_beta_gy"]) == (0.0, 0.0, 3.0)


def test_targets_have_cumulative_bed_and_eqd2_without_recovery(
    flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--tissue", "Rectum=3", "--target-alpha-beta", "10", "--recovery", "michigan-2019"]
    found = said(capsys, words(flat, *given))["targets"]
    assert {one["name"] for one in found} == {"PTV"}
    assert [one["metric"] for one in found] == ["D98%[Gy]", "D50%[Gy]", "D2%[Gy]", "Mean[Gy]"]
    for one in found:
        assert one["total_bed_gy"] == pytest.approx(40 * 1.2 + 14 * 1.7, abs=1e-3)
        assert one["total_eqd2_gy"] == pytest.approx(both(10.0), abs=1e-3)
        assert one["new_eqd2_gy"] == pytest.approx(14 * 17 / 12, abs=1e-3)


def test_intervals_of_alpha_beta_and_recovery_give_bands(
    flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--tissue", "Rectum=3", "--metric", "Max[Gy]"]
    given += ["--alpha-beta-interval", "Rectum=2,5", "--recovery-interval", "Rectum=0.1,0.4"]
    (row,) = said(capsys, words(flat, *given))["organs"]
    # 14 Gy in 2 loses more EQD2 from alpha/beta 2 to 5 than 40 Gy in 20 (which has none to lose).
    assert row["alpha_beta_band_gy"] == pytest.approx([both(5.0), both(2.0)], abs=1e-3)
    assert row["recovery_band_gy"] == pytest.approx([both(3.0, kept=0.6), both(3.0, kept=0.9)], abs=1e-3)


def test_overlap_of_isodoses_decides_the_class_or_leaves_it_to_the_clinician(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def beyond(x: float, gy: float, *, to_the_left: bool) -> Dose:
        return lambda points: np.where((points[..., 0] < x) == to_the_left, gy, 0.0)

    apart = write(
        boxes,
        tmp_path / "apart",
        (beyond(-11.0, 40.0, to_the_left=True), 20, 40.0),
        (beyond(11.0, 14.0, to_the_left=False), 2, 14.0),
    )
    found = said(capsys, words(apart, "--tissue", "Rectum=3", "--isodose", "50%"))["rert_class"]
    assert found["decided"] is None
    assert (found["overlap_cc"], found["not_covered_cc"]) == (0.0, 0.0)
    assert [one["class"] for one in found["candidates"]] == [
        "Re-irradiation type 2",
        "Repeat organ irradiation",
        "Repeat irradiation",
    ]
    assert all(one["definition"] for one in found["candidates"])
    assert found["informing"]
    assert any(item["item"] == "Reporting: timing" and item["source"] for item in found["to_report"])
    meeting = write(
        boxes,
        tmp_path / "meeting",
        (beyond(11.0, 40.0, to_the_left=True), 20, 40.0),
        (beyond(-11.0, 14.0, to_the_left=False), 2, 14.0),
    )
    found = said(capsys, words(meeting, "--tissue", "Rectum=3", "--isodose", "20Gy"))["rert_class"]
    assert (found["decided"], found["overlap_cc"]) == (None, 0.0)  # 14 Gy never reach 20 Gy
    found = said(capsys, words(meeting, "--tissue", "Rectum=3", "--isodose", "50%"))["rert_class"]
    assert found["decided"] == "Re-irradiation type 1"
    # Voxels of 2 x 3 x 4 mm at x = -10, -8 ... 10 of 41 rows and 21 frames.
    assert found["overlap_cc"] == pytest.approx(11 * 41 * 21 * 24 / 1000)


HEADER = "organ,metric,comparator,eqd2_gy,alpha_beta_gy,includes_recovery,source\n"


def test_limits_come_from_a_file_with_their_source(
    flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = tmp_path / "limits.csv"
    low, high = both(3.0) - 5, both(3.0) + 5
    limits.write_text(
        HEADER + f"Rectum,Max[Gy],<=,{high},3,no,ours\nSpinalCord,Max[Gy],<=,{both(2.0) + 5},2,no,ours too\n"
    )
    given = ["--tissue", "Rectum=3", "--tissue", "SpinalCord=2", "--limits", str(limits), "--fractions", "3"]
    document = said(capsys, words(flat, *given))
    rows = {row["name"]: row for row in document["organs"] if row["limit_gy"] is not None}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "Rectum": "within",
        "SpinalCord": "within",
    }
    assert rows["Rectum"]["limit_source"] == "ours"
    assert any(record["role"] == "limit file" and record["sha256"] for record in document["inputs"])
    left = next(one for one in rows["Rectum"]["remaining"] if one["basis"] == "point")
    assert eqd2(left["total_dose_gy"], 3, 3.0) == pytest.approx(high - eqd2(40.0, 20, 3.0), abs=1e-4)
    limits.write_text(HEADER + f"Rectum,Max[Gy],<=,{low},3,no,ours\n")
    (row, _) = said(
        capsys, words(flat, "--tissue", "Rectum=3", "--limits", str(limits), "--metric", "Mean[Gy]"), status=1
    )["organs"]
    assert row["verdict"] == "exceeds"


def test_the_point_reading_returns_to_the_limit_to_1e_9(
    flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--tissue", "Rectum=3", "--limit", "Rectum:Max[Gy]<=100", "--metric", "Max[Gy]"]
    given += [word for n in (1, 3, 5, 10, 25) for word in ("--fractions", str(n))]
    (row,) = said(capsys, words(flat, *given, "--recovery", "michigan-2019"))["organs"]
    earlier = row["courses"][0]["eqd2_gy"]
    kept = {"none": 1.0, "michigan-2019": 0.75}
    points = [one for one in row["remaining"] if one["basis"] == "point"]
    assert [(one["recovery"], one["n_fractions"]) for one in points] == [
        (rule, n) for rule in kept for n in (1, 3, 5, 10, 25)
    ]
    for one in points:
        again = kept[one["recovery"]] * earlier + eqd2(one["total_dose_gy"], one["n_fractions"], 3.0)
        # The courses' curve stands for its bounds, which are read to 1e-9 of the volume.
        assert again == pytest.approx(100.0, abs=1e-9)


TILT = np.radians(20.0)
OBLIQUE = (np.cos(TILT), np.sin(TILT), 0.0, -np.sin(TILT), np.cos(TILT), 0.0)
LYING = (1.0, 0.0, 0.0, 0.0, np.cos(TILT), np.sin(TILT))


@pytest.mark.parametrize("rows_along", [(1, 0, 0, 0, 1, 0), OBLIQUE, LYING])
@pytest.mark.parametrize("spacing", [(2.0, 3.0, 4.0), (1.5, 2.5, 5.0)])
def test_sums_agree_with_their_closed_form_on_any_grid(
    boxes: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rows_along: tuple[float, ...],
    spacing: tuple[float, float, float],
) -> None:
    """Doses linear in the patient on a turned, anisotropic grid: interpolation adds no error of its own."""
    boxes.write_course(
        tmp_path / "before",
        boxes.along((-1.0, 0.3, 0), 40.0),
        n=28,
        prescription=50.4,
        tail="11",
        date="20230401",
    )
    right, down = np.array(rows_along[:3]), np.array(rows_along[3:])
    shape = (int(100 / spacing[2]), int(160 / spacing[1]), int(160 / spacing[0]))
    middle = [(shape[2] - 1) / 2, (shape[1] - 1) / 2, (shape[0] - 1) / 2]
    origin = -(
        middle[0] * spacing[0] * right
        + middle[1] * spacing[1] * down
        + middle[2] * spacing[2] * np.cross(right, down)
    )
    boxes.write_course(
        tmp_path / "now",
        boxes.along((0.5, 0, 0), 20.0),
        n=5,
        prescription=25.0,
        tail="22",
        date="20240129",
        origin=origin,
        spacing=spacing,
        shape=shape,
        rows_along=rows_along,
    )
    given = ["--tissue", "Rectum=3", "--metric", "Mean[Gy]", "--metric", "D5cc[Gy]", "--metric", "D50%[Gy]"]
    rows = {row["metric"]: row for row in said(capsys, words(tmp_path, *given))["organs"]}
    edges = (np.arange(2000) + 0.5) / 2000 * 20 - 10
    x, y = np.meshgrid(edges, edges)
    exact = np.asarray(eqd2(40.0 - x + 0.3 * y, 28, 3.0)) + np.asarray(eqd2(20.0 + 0.5 * x, 5, 3.0))
    for metric, expected in (
        ("Mean[Gy]", exact.mean()),
        ("D5cc[Gy]", np.quantile(exact, 1 - 5 / RECTUM_CC)),
        ("D50%[Gy]", np.median(exact)),
    ):
        row = rows[metric]
        assert row["voxel_sum_gy"] == pytest.approx(expected, abs=row["voxel_sum_uncertainty_gy"] + 2e-3)
        assert row["covered_fraction"] == pytest.approx(1.0)


def test_a_part_that_an_earlier_grid_leaves_out_has_no_sum_and_no_pass(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes.write_course(
        tmp_path / "before",
        boxes.uniform(40.0),
        n=20,
        prescription=40.0,
        tail="11",
        date="20230401",
        shape=(21, 41, 33),  # its last column lies at x = 4 mm
    )
    boxes.write_course(
        tmp_path / "now", boxes.uniform(14.0), n=2, prescription=14.0, tail="22", date="20240129"
    )
    given = ["--tissue", "Rectum=3", "--limit", "Rectum:Max[Gy]<=200", "--metric", "Max[Gy]"]
    (row,) = said(capsys, words(tmp_path, *given), status=1)["organs"]
    assert row["covered_fraction"] == pytest.approx(14 / 20, abs=1e-6)
    assert (row["voxel_sum_gy"], row["bounds_gy"][1]) == (None, None)
    assert row["voxel_sum_reason"] == "not covered: 2.88 cc outside the dose grid"
    assert row["verdict"] == "not_evaluable"


def test_three_courses_add_up_voxel_by_voxel(
    boxes: ModuleType, flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes.write_course(
        tmp_path / "first",
        boxes.along((-1.0, 0, 0), 30.0),
        n=25,
        prescription=45.0,
        tail="33",
        date="20190301",
    )
    given = words(flat, "--prior", str(tmp_path / "first"), "--prior-ended", "2019-05-01")
    given += ["--tissue", "Rectum=3", "--metric", "Mean[Gy]", "--recovery", "michigan-2019"]
    document = said(capsys, given)
    (row,) = document["organs"]
    x = (np.arange(100_000) + 0.5) / 100_000 * 20 - 10
    first = float(np.mean(np.asarray(eqd2(30.0 - x, 25, 3.0))))
    assert row["voxel_sum_gy"] == pytest.approx(both(3.0) + first, abs=row["voxel_sum_uncertainty_gy"] + 2e-3)
    assert [one["days"] for one in document["intervals"]] == [249, 1741]
    taken = [course["recovered_fraction"] for course in row["courses"]]
    assert taken[:2] == [pytest.approx(0.25), pytest.approx(0.5)]
    expected = 0.75 * eqd2(40.0, 20, 3.0) + 0.5 * first + eqd2(14.0, 2, 3.0)
    assert row["with_recovery_gy"] == pytest.approx(expected, abs=0.02)
    assert any("fold" in statement or "loose" in statement for statement in row["bounds_assume"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--body-level", "50"), "--body-level needs --body-alpha-beta"),
        (("--body-alpha-beta", "3"), "--body-alpha-beta needs --body-level"),
        (("--body-level", "-5", "--body-alpha-beta", "3"), "above 0 Gy"),
        (("--body-level", "5", "--body-alpha-beta", "0"), "above 0 Gy"),
        (("--target-alpha-beta", "0"), "targets: alpha/beta 0 Gy"),
        (("--isodose", "50"), "write 50% (of the prescription) or 20Gy"),
        (("--isodose", "0%"), "above 0 is needed"),
        (("--isodose", "3000Gy"), "did you type cGy?"),
        (("--alpha-beta-interval", "Rectum=5,2"), "low before high"),
        (("--alpha-beta-interval", "Rectum"), "write ORGAN=LOW,HIGH"),
        (("--alpha-beta-interval", "Bladder=2,5"), "whose tissue was not stated"),
        (("--recovery-interval", "Rectum=10,40"), "low before high"),
        (("--limits", "nowhere.csv"), "no limit file"),
        (("--limit", "Rectum:Max[Gy]<=9000"), "did you type cGy?"),
        (
            ("--limit", "Rectum:Max[Gy]<=90 including recovery from 6 months", "--recovery", "michigan-2019"),
            "twice",
        ),
        (("--metric", "V20Gy[cc]"), "cumulative metrics are doses in Gy"),
        (("--metric", "D2xx"), "no metric"),
        (("--fractions", "0"), "at least 1"),
        (("--new-delivered", "2"), "2 fractions given of 2"),
        (("--new-delivered", "1", "--new-delivered", "1"), "one for each is needed"),
        (("--shift-steps", "3"), "--shift-steps needs --shift-mm"),
        (("--rotation-degrees", "3"), "--rotation-degrees needs --shift-mm"),
        (("--shift-mm", "3", "--shift-steps", "4"), "odd number"),
        (("--shift-mm", "-3"), "above 0"),
        (("--remaining-limit", "90"), "--remaining-limit needs --remaining-map"),
        (("--remaining-level", "9"), "--remaining-level needs --remaining-map"),
        (("--remaining-map", "m.npz"), "--remaining-map needs --remaining-limit"),
        (("--export-alpha-beta", "3"), "--export-alpha-beta needs --export-dose"),
        (("--prior-fractions", "21"), "21 fractions delivered of 20 planned"),
        (("--prior-fractions", "x"), "a whole number"),
        (("--prior-fractions", "1", "--prior-fractions", "2"), "one for each, in order"),
        (("--prior-plan", "X"), "no plan is called 'X'"),
        (("--new-plan", "X"), "no plan is called 'X'"),
        (("--prior", "50Gy/25"), "one for each is needed"),
        (("--match", "Rectum"), "is no match"),
        (("--match", "Rectum=Rektum,Rectum"), "no structure is named 'Rektum'"),
        (("--match", "Bladder=Rectum,Rectum"), "matched but without alpha/beta"),
        (("--recovery", "magic"), "no recovery rule"),
        (("--protocol", "tert"), "go together"),
        (("--constraints", "nobodys-2099"), "nobodys-2099"),
        (("--report", "x.doc"), "can be written"),
        (("--report-date", "2024-01-01"), "--report-date needs --report"),
        (("--identity", "A. Patient"), "--identity needs --report"),
        (("--identity", " ", "--report", "x.html"), "identity of a report is empty"),
        (("--registration", "nowhere.dcm"), "does not exist"),
    ],
)
def test_a_mistake_in_an_argument_gets_one_line_and_status_2(
    flat: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    assert main(words(flat, "--tissue", "Rectum=3", *more)) == 2
    printed = capsys.readouterr()
    assert message in json.loads(printed.out)["message"]
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert str(flat) not in printed.err


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        ("50Gy/25", ("--prior-plan", "X"), "only a DICOM folder or archive has plans"),
        ("50Gy/25", ("--prior-fractions", "20"), "a course file states its own"),
        ("record.toml", ("--prior-fractions", "20"), "a course file states its own"),
        ("export.txt", (), "a DVH export states no number of fractions"),
    ],
)
def test_what_belongs_to_another_kind_of_source_is_not_passed_over(
    boxes: ModuleType,
    flat: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    source: str,
    more: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "record.toml").write_text(
        'label = "x"\nunit = "Gy"\nn_fractions = 5\nmodality = "photon"\n[organs.Rectum]\nDmax = 30\n'
    )
    (tmp_path / "export.txt").write_text(EXPORT.format(patient="", name="Rectum"))
    prior = str(tmp_path / source) if (tmp_path / source).is_file() else source
    given = ["reirradiate", "--new", str(flat / "now"), "--new-starts", "2024-02-05", "--tissue", "Rectum=3"]
    assert main([*given, "--prior", prior, "--prior-ended", "2023-06-01", *more]) == 2
    assert message in capsys.readouterr().err


EXPORT = (
    "Patient ID           : {patient}\nType                 : Cumulative Dose Volume Histogram\n\nPlan: P1\n"
    "Prescribed dose [cGy]: 4000.0\n% for dose (%): 100.0\n\nStructure: {name}\nPlan: P1\n"
    "Volume [cc]: 9.6\n\nDose [cGy]   Ratio of Total Structure Volume [%]\n0 100\n4000 100\n4001 0\n"
)


def test_a_match_reaches_the_curves_of_a_dvh_export(
    flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.txt"
    export.write_text(EXPORT.format(patient="", name="Enddarm links"))
    given = ["reirradiate", "--json", "--new", str(flat / "now"), "--new-starts", "2024-02-05"]
    given += ["--tissue", "Rectum=3", "--metric", "Max[Gy]", "--prior", str(export)]
    given += ["--prior-ended", "2023-06-01", "--prior-fractions", "20"]
    unmatched = said(capsys, given)
    assert unmatched["organs"][0]["bounds_gy"] == [None, None]
    assert any("there are: Enddarm links" in warning for warning in unmatched["warnings"])
    document = said(capsys, [*given, "--match", "Rectum=Rectum,Enddarm links"])
    (row,) = document["organs"]
    assert row["bounds_gy"][0] == pytest.approx(both(3.0), abs=1e-3)
    assert row["bounds_gy"][1] == pytest.approx(eqd2(40.01, 20, 3.0) + eqd2(14.0, 2, 3.0), abs=1e-3)
    assert document["matches"][0]["evidence"][1] == "curve Enddarm links: chosen by hand"
    assert any("modality not stated" in warning for warning in document["warnings"])


def test_an_export_of_another_patient_is_refused(
    boxes: ModuleType, flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.txt"
    given = ["reirradiate", "--json", "--new", str(flat / "now"), "--new-starts", "2024-02-05"]
    given += ["--tissue", "Rectum=3", "--prior", str(export), "--prior-ended", "2023-06-01"]
    given += ["--prior-fractions", "20"]
    export.write_text(EXPORT.format(patient="SOMEONE-ELSE", name="Rectum"))
    assert main(given) == 2
    refusal = capsys.readouterr().err
    assert "different patient ID" in refusal
    assert "SOMEONE" not in refusal
    assert any(
        "stated to be the same patient" in warning
        for warning in said(capsys, [*given, "--same-patient"])["warnings"]
    )
    export.write_text(EXPORT.format(patient=boxes.made.PATIENT["PatientID"], name="Rectum"))
    assert not any("could not be compared" in warning for warning in said(capsys, given)["warnings"])


def test_the_new_course_may_be_a_file_of_phases(
    boxes: ModuleType, flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """15 Gy in 5, then 14 Gy in 2 of a boost: 3 and 1 of them given, one prescription each."""
    boxes.write_course(
        tmp_path / "pelvis", boxes.uniform(15.0), n=5, prescription=15.0, tail="44", date="20240129"
    )
    course = tmp_path / "now.toml"
    course.write_text(
        f'label = "pelvis and boost"\n[[phases]]\nfolder = "pelvis"\n[[phases]]\nfolder = "{flat / "now"}"\n'
    )
    given = ["reirradiate", "--json", "--new", str(course), "--new-starts", "2024-02-05"]
    given += ["--prior", str(flat / "before"), "--prior-ended", "2023-06-01", "--tissue", "Rectum=3"]
    given += ["--metric", "Max[Gy]", "--limit", "Rectum:Max[Gy]<=110"]
    document = said(capsys, [*given, "--new-delivered", "3", "--new-delivered", "1"])
    (row,) = document["organs"]
    total = eqd2(40.0, 20, 3.0) + eqd2(15.0, 5, 3.0) + eqd2(14.0, 2, 3.0)
    assert row["voxel_sum_gy"] == pytest.approx(total, abs=1e-3)
    left = {one["basis"]: one for one in row["remaining"]}
    so_far = eqd2(40.0, 20, 3.0) + eqd2(9.0, 3, 3.0) + eqd2(7.0, 1, 3.0)
    plan = left["rest of the course, plan"]
    assert plan["n_fractions"] == 3
    rest = eqd2(plan["factor"] * 6.0, 2, 3.0) + eqd2(plan["factor"] * 7.0, 1, 3.0)
    assert so_far + rest == pytest.approx(110.0, abs=1e-3)
    assert plan["total_dose_gy"] == pytest.approx(plan["factor"] * 13.0, abs=1e-6)
    point = left["rest of the course, point"]
    assert so_far + eqd2(point["total_dose_gy"], 3, 3.0) == pytest.approx(110.0, abs=1e-4)
    out = tmp_path / "sum.dcm"
    assert main([*given, "--export-dose", str(out)]) == 0
    assert out.is_file()


def test_a_published_set_is_checked_beside_and_counts_for_the_status(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    given = ["reirradiate", "--json", "--new", str(two_courses / "second-course")]
    given += ["--new-starts", "2024-02-05", "--prior", "50.4Gy/28", "--prior-ended", "2023-06-01"]
    given += ["--tissue", "Bladder=3", "--metric", "Mean[Gy]"]
    assert "check" not in said(capsys, given)
    document = said(capsys, [*given, "--constraints", "timmerman-2021", "--report", str(page)], status=1)
    assert document["check"]["constraints"]["set"] == "timmerman-2021"
    assert document["check"]["verdicts"]
    assert any(record["role"] == "constraints" for record in document["inputs"])
    assert "timmerman-2021" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("shift_mm", [3, 15])
def test_free_the_search_passes_the_sum_of_maxima_and_kept_inside_it_never_does(
    two_courses: Path, capsys: pytest.CaptureFixture[str], shift_mm: int
) -> None:
    """On the phantom: the earlier dose behind the sacral plexus is hotter than anywhere inside it."""
    given = ["reirradiate", "--json", "--new", str(two_courses / "second-course")]
    given += ["--new-starts", "2024-02-05", "--prior", str(two_courses / "first-course")]
    given += ["--prior-ended", "2023-06-01", "--registration", str(two_courses / "registration.dcm")]
    given += ["--tissue", "SacralPlex=3", "--tissue", "CaudaEquina=2", "--metric", "Max[Gy]"]
    given += ["--shift-mm", str(shift_mm), "--shift-steps", "3"]
    rows = said(capsys, given)["organs"]
    for row in rows:
        assert row["band_gy"] is not None
        assert row["band_gy"][0] <= row["voxel_sum_gy"] <= row["band_gy"][1] + 1e-9
        # A maximum of the sum is read from a curve; 0.1 Gy is far inside its stated half-width.
        assert row["ellipsoid_restricted_gy"] <= row["sum_of_point_maxima_gy"] + 0.1
        assert row["ellipsoid_restricted_gy"] <= row["ellipsoid_free_gy"] + 1e-6
        assert row["ellipsoid_restricted_uncertainty_gy"] > 0.1
    plexus = next(row for row in rows if row["name"] == "SacralPlex")
    if shift_mm == 15:
        assert plexus["ellipsoid_free_gy"] > plexus["sum_of_point_maxima_gy"] + 0.5
    known = known_cumulative("pelvis-two-courses", "SacralPlex", alpha_beta=3.0)
    crude = sum(known.eqd2[label].maximum for label in ("first-course", "second-course"))
    assert plexus["sum_of_point_maxima_gy"] == pytest.approx(crude, abs=0.05)


@pytest.mark.parametrize(
    ("organ", "curve"), [("Bladder", None), ("Rectum", None), ("Femur_Head_L", "Femoral Head Lt")]
)
def test_a_real_export_says_the_same_as_its_own_dicom_files(
    two_courses: Path,
    shared_data: Path,
    capsys: pytest.CaptureFixture[str],
    organ: str,
    curve: str | None,
) -> None:
    """Eclipse's own DVH export of the pelvis phantom beside its plan, structures and dose."""
    folder = shared_data / "dicom" / "eclipse81_rando_prostate"
    given = ["reirradiate", "--json", "--new", str(two_courses / "second-course"), "--same-patient"]
    given += ["--new-starts", "2024-02-05", "--prior-ended", "2020-06-01", "--tissue", f"{organ}=3"]
    given += ["--metric", "D2cc[Gy]", "--metric", "D50%[Gy]"]
    by_hand = [] if curve is None else ["--match", f"{organ}={organ},{curve}"]
    export = folder / "DVH_Eclipse_export.txt"
    exported = said(capsys, [*given, "--prior", str(export), "--prior-fractions", "23", *by_hand])
    dicom = said(capsys, [*given, "--prior", str(folder), *by_hand])
    assert exported["courses"][0]["n_fractions"] == dicom["courses"][0]["n_fractions"] == 23
    for mine, theirs in zip(dicom["organs"], exported["organs"], strict=True):
        one, other = mine["courses"][0], theirs["courses"][0]
        # Eclipse draws no end caps and its export rounds to 0.1 cGy; the curves agree to 0.3 Gy here.
        assert one["eqd2_gy"] == pytest.approx(other["eqd2_gy"], abs=0.3)
        # The lower bound rests on the coldest part, which is where the end caps are.
        assert mine["bounds_gy"][1] <= theirs["bounds_gy"][1] + 0.3
        assert theirs["grade"] == "DVH export of a planning system"


def test_a_trial_protocol_is_screened_beside(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protocol", "template", "torch-r"]) == 0
    patient = tmp_path / "patient.toml"
    patient.write_text(capsys.readouterr().out, encoding="utf-8")
    given = ["reirradiate", "--json", "--new", str(two_courses / "second-course")]
    given += ["--new-starts", "2024-02-05", "--prior", str(two_courses / "first-course")]
    given += ["--prior-ended", "2023-06-01", "--tissue", "Bladder=3", "--metric", "Mean[Gy]"]
    page = tmp_path / "report.html"
    document = said(
        capsys,
        [*given, "--protocol", "torch-r", "--patient", str(patient), "--report", str(page)],
        status=1,
    )
    assert document["screening"]["criteria"]
    assert any(record["role"] == "patient" for record in document["inputs"])
    assert any(record["role"] == "protocol torch-r" for record in document["inputs"])
    assert "torch-r" in page.read_text(encoding="utf-8").lower()
