"""The exported EQD2 sum, read back from its bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from bed.lq import eqd2
from dicom_io.errors import DicomValueError
from dicom_io.objects import GridField, GridGeometry
from dicom_io.readers import grid_geometry, read_dose, read_dose_header
from dicom_io.study import load_study
from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.export.sum_dose import covered_box, level_structures


def words(folder: Path, out: Path, *more: str, **changes: Any) -> list[str]:
    options: dict[str, Any] = {
        "--new": str(folder / "second-course"),
        "--prior": str(folder / "first-course"),
        "--prior-ended": "2023-06-01",
        "--new-starts": "2024-02-05",
        "--registration": str(folder / "registration.dcm"),
        "--tissue": "Bladder=3",
        "--metric": "Mean[Gy]",
        "--export-dose": str(out),
    }
    options |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    flat = ["reirradiate", "--json"]
    for option, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            flat += [] if one is None else [option, str(one)]
    return [*flat, *more]


def stored(path: Path) -> tuple[Any, np.ndarray, GridGeometry]:
    dataset = pydicom.dcmread(path)
    values = dataset.pixel_array * float(dataset.DoseGridScaling)
    return dataset, values, grid_geometry(dataset)[0]


@pytest.fixture(scope="module")
def exported(two_courses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "sum.dcm"
    assert main(words(two_courses, out, "--tag-physical", recovery="michigan-2019")) == 0
    return out


def test_the_stored_sum_is_that_of_both_doses_at_each_voxel(two_courses: Path, exported: Path) -> None:
    _, values, geometry = stored(exported)
    folder = (
        load_study(two_courses / "second-course").select(),
        load_study(two_courses / "first-course").select(),
    )
    (registration,) = load_study(two_courses / "registration.dcm").registrations
    (transform,) = [t for t in registration.transforms if t.source != "identity"][:1]
    new, old = (one.dose for one in folder)
    assert new is not None
    assert old is not None
    if transform.maps_from != new.frame_of_reference_uid:
        transform = transform.inverse()
    random = np.random.default_rng(3)
    index = np.stack([random.integers(0, size, 2000) for size in geometry.shape], axis=1)
    points = geometry.to_patient(index)
    here = np.asarray(eqd2(GridField.of(new).sample(points), 5, 3.0))
    there = np.asarray(eqd2(GridField.of(old).sample(transform.apply(points)), 28, 3.0))
    assert np.isfinite(here + there).all()
    assert values[tuple(index.T)] == pytest.approx(here + there, abs=1e-4)


def test_it_is_effective_names_both_plans_and_says_what_it_is(two_courses: Path, exported: Path) -> None:
    dataset, values, _ = stored(exported)
    assert (dataset.DoseType, dataset.DoseSummationType, dataset.DoseUnits) == (
        "EFFECTIVE",
        "MULTI_PLAN",
        "GY",
    )
    named = {item.ReferencedSOPInstanceUID for item in dataset.ReferencedRTPlanSequence}
    plans = {
        load_study(two_courses / f"{which}-course").plans[0].sop_instance_uid for which in ("first", "second")
    }
    assert named == plans
    assert "DVHSequence" not in dataset
    assert (
        dataset.FrameOfReferenceUID
        == load_study(two_courses / "second-course").doses[0].frame_of_reference_uid
    )
    assert "not physical dose" in dataset.DerivationDescription
    assert "a/b 3 Gy" in dataset.DerivationDescription
    said = json.loads(dataset.ImageComments)
    assert (said["quantity"], said["alpha_beta_gy"], said["recovery"]) == ("EQD2", 3.0, "none")
    assert len(said["courses"]) == 2
    assert "left out" in dataset.DerivationDescription.lower()
    assert np.isfinite(values).all()
    with pytest.raises(DicomValueError, match="EFFECTIVE"):
        read_dose(exported)


def test_recovery_is_in_a_file_of_its_own(exported: Path) -> None:
    _, plain, _ = stored(exported)
    dataset, recovered, _ = stored(exported.with_name("sum_recovered.dcm"))
    assert "michigan-2019" in dataset.DerivationDescription
    assert np.all(recovered <= plain + 1e-4)
    assert np.any(recovered < plain - 1.0)
    # Outside the organs that the rule speaks of nothing is taken off.
    assert np.mean(np.abs(recovered - plain) < 1e-4) > 0.5


def test_a_tagged_file_is_refused_as_physical_dose(exported: Path) -> None:
    tagged = exported.with_name("sum_tagged_physical.dcm")
    dataset, values, _ = stored(tagged)
    assert dataset.DoseType == "PHYSICAL"
    assert dataset.SeriesDescription.startswith("EQD2 NOT PHYSICAL")
    assert dataset.DoseComment.startswith("EQD2 NOT PHYSICAL")
    assert values == pytest.approx(stored(exported)[1], abs=1e-4)
    assert read_dose_header(tagged).not_physical == "EQD2 at alpha/beta 3 Gy"
    with pytest.raises(DicomValueError, match="marked as not physical"):
        read_dose(tagged)


def test_two_exports_give_the_same_bytes(two_courses: Path, exported: Path, tmp_path: Path) -> None:
    again = tmp_path / "sum.dcm"
    assert main(words(two_courses, again, recovery="michigan-2019")) == 0
    assert again.read_bytes() == exported.read_bytes()
    assert main(words(two_courses, again, tissue="Bladder=4")) == 2  # other content, not overwritten
    assert again.read_bytes() == exported.read_bytes()


def test_an_organ_outside_the_covered_box_is_refused_unless_zero_is_wanted(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sum.dcm"
    given = words(two_courses, out, tissue="SpinalCord=2")
    assert main(given) == 2
    assert "does not hold SpinalCord" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main([*given, "--uncovered-as-zero"]) == 0
    _, values, geometry = stored(out)
    (dose,) = load_study(two_courses / "second-course").doses
    assert dose.geometry is not None
    assert geometry.shape == dose.geometry.shape
    (structures,) = load_study(tmp_path / "sum_NOT_COVERED.dcm").structure_sets
    (unknown,) = structures.structure_set.structures
    assert unknown.name == "NOT_COVERED"
    assert unknown.contours
    assert values.min() == 0.0


@pytest.mark.parametrize(
    ("changes", "more", "message"),
    [
        ({"tissue": ["Bladder=3", "Rectum=4"]}, (), "export-alpha-beta"),
        ({"export_dose": "sum.txt"}, (), ".dcm"),
        ({"export_dose": None}, ("--tag-physical",), "--tag-physical needs --export-dose"),
        ({"registration": None}, (), "no EQD2 sum to export"),
        ({"prior": "50.4Gy/28"}, (), "no EQD2 sum to export"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_the_reason(
    two_courses: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    more: tuple[str, ...],
    message: str,
) -> None:
    assert main(words(two_courses, tmp_path / "sum.dcm", *more, **changes)) == 2
    printed = capsys.readouterr()
    refusal = json.loads(printed.out)
    assert refusal["schema"] == "rtplan.refusal/1"
    assert message in refusal["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_sum_of_one_plan_object_is_refused(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = tmp_path / "first.toml"
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "RTDOSE.dcm").write_bytes((two_courses / "first-course" / "RTDOSE.dcm").read_bytes())
    course.write_text('[[phases]]\nfolder = "bare"\nn_fractions = 28\nmodality = "photon"\n')
    out = tmp_path / "sum.dcm"
    assert main(words(two_courses, out, prior=course)) == 2
    assert "at least two plans" in capsys.readouterr().err
    assert not out.exists()


def test_the_box_holds_no_uncovered_voxel_and_little_is_lost() -> None:
    z, y, x = np.indices((12, 20, 30))
    mask = (y + x > 6) & (z > 1)
    box = covered_box(mask)
    assert mask[box].all()
    assert mask[box].sum() > 0.75 * mask.sum()
    with pytest.raises(RtplanValueError, match="no voxel"):
        covered_box(np.zeros((2, 2, 2), dtype=bool))


def test_iso_levels_enclose_what_lies_above_them() -> None:
    grid = GridGeometry.axial(shape=(3, 41, 41), origin=(-40, -40, 0), spacing=(5.0, 2.0, 2.0))
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    cone = 40.0 - np.hypot(points[..., 0], points[..., 1])
    outer, inner = level_structures(grid, cone, [10.0, 30.0], names=["10", "30"], frame="1.2")
    for structure, radius in ((outer, 30.0), (inner, 10.0)):
        assert len(structure.contours) == 3
        for contour in structure.contours:
            assert np.hypot(*contour.points[:, :2].T) == pytest.approx(radius, abs=0.2)


def test_the_remaining_map_is_an_array_with_levels_and_no_dose(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words(two_courses, tmp_path / "unused.dcm", export_dose=None, remaining_map=tmp_path / "left.npz")
    assert main(given) == 2
    assert "--remaining-limit" in capsys.readouterr().err
    more = ["--remaining-limit", "90", "--remaining-alpha-beta", "3", "--fractions", "5"]
    assert main([*given, *more, "--remaining-level", "25"]) == 0
    with np.load(tmp_path / "left.npz") as read:
        assert np.nanmax(read["remaining_dose_gy"]) > 25
    (structures,) = load_study(tmp_path / "left_levels.dcm").structure_sets
    assert structures.structure_set.names == ("Remaining_max_25Gy_5fx",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["left.npz", "left_levels.dcm"]
