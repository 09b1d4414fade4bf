"""A registration that was given is used, refused or named; one that lies beside the files is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dicom_io import ContradictionError
from dicom_io.objects import PatientIdentity, identity
from rtplan.cli import main
from rtplan.courses import CourseSource, read_earlier_courses, read_new_course
from rtplan.errors import RtplanValueError
from rtplan.reirradiation import Reirradiation, accumulate, reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import CumulativeField, read_registrations

THIRD, FOURTH = "1.2.826.0.1.303", "1.2.826.0.1.304"
ENDED, STARTS = date(2023, 6, 1), date(2024, 2, 5)
NO_EFFECT, NOT_NAMED = "was given and has no effect", "lies beside its files and was not named"


@pytest.fixture(scope="module")
def patient(boxes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An earlier course in the new one's frame (`same`) and in another (`before`), and the new one."""
    folder = tmp_path_factory.mktemp("patient")
    earlier: dict[str, Any] = {"n": 20, "prescription": 40.0, "date": "20230401"}
    boxes.write_course(folder / "same", boxes.uniform(40.0), tail="11", **earlier)
    boxes.write_course(folder / "before", boxes.uniform(40.0), tail="12", frame=boxes.OLD_FRAME, **earlier)
    boxes.write_course(
        folder / "now", boxes.uniform(14.0), n=2, prescription=14.0, tail="22", date="20240129"
    )
    return folder


def registered(boxes: ModuleType, folder: Path, ends: tuple[str, str], **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shift = np.eye(4)
    shift[0, 3] = 3.0
    written = boxes.made.registration([(ends[0], [shift])], FrameOfReferenceUID=ends[1], **changes)
    path = folder / f"registration-{ends[0][-1]}-{ends[1][-1]}.dcm"
    path.write_bytes(boxes.made.as_bytes(written))
    return path


def asked(folder: Path, earlier: str, registrations: Sequence[Path], **stated: Any) -> Reirradiation:
    return reirradiate(
        read_new_course(folder / "now"),
        read_earlier_courses([CourseSource(source=str(folder / earlier), ended=ENDED)]),
        new_starts=STARTS,
        tissues=parse_tissues(["Rectum=3"]),
        registrations=[one for path in registrations for one in read_registrations(path)],
        **stated,
    )


def typed(folder: Path, earlier: str, registrations: Sequence[Path]) -> list[str]:
    named = [word for path in registrations for word in ("--registration", str(path))]
    return [
        *("reirradiate", "--new", str(folder / "now"), "--new-starts", str(STARTS)),
        *("--prior", str(folder / earlier), "--prior-ended", str(ENDED), "--tissue", "Rectum=3", *named),
    ]


def about(warnings: Sequence[str], what: str) -> list[str]:
    return [said for said in warnings if what in said]


def test_one_of_other_frames_is_named_at_both_doors_where_the_courses_share_one(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = registered(boxes, tmp_path, (boxes.NEW_FRAME, boxes.OLD_FRAME))
    found = asked(patient, "same", [given])
    (said,) = about(found.warnings, NO_EFFECT)
    assert found.transforms == ()
    # Through the identity: 40 Gy / 20 + 14 Gy / 2, alpha/beta 3.
    assert found.row("Rectum", "Mean[Gy]").voxel_sum.value == pytest.approx(40 + 14 * 10 / 5, abs=1e-3)
    assert main([*typed(patient, "same", [given]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == list(found.warnings)
    assert main(typed(patient, "same", [given])) == 0
    printed = capsys.readouterr()
    assert said in printed.err
    assert "shared frame of reference, no registration, on Rectum" in printed.out


def test_one_that_is_used_is_not_named_and_one_beside_it_is(
    boxes: ModuleType, patient: Path, tmp_path: Path
) -> None:
    used = registered(boxes, tmp_path, (boxes.NEW_FRAME, boxes.OLD_FRAME))
    other = registered(boxes, tmp_path, (THIRD, FOURTH), SOPInstanceUID="1.2.826.0.1.9.8888")
    found = asked(patient, "before", [used, other])
    assert len(found.transforms) == 1
    (said,) = about(found.warnings, NO_EFFECT)
    assert said.startswith("registration object …8888")


def test_a_notebook_sum_names_it_too(boxes: ModuleType, patient: Path, tmp_path: Path) -> None:
    given = read_registrations(registered(boxes, tmp_path, (THIRD, FOURTH)))
    (earlier,) = read_earlier_courses([CourseSource(source=str(patient / "same"), ended=ENDED)])
    found = accumulate([earlier, read_new_course(patient / "now")], alpha_beta=3, registrations=given)
    assert not isinstance(found, CumulativeField)
    assert len(about(found.warnings, NO_EFFECT)) == 1


def test_one_in_a_course_folder_is_named_once_unless_it_is_given(
    boxes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, tail, frame in (("before", "12", boxes.OLD_FRAME), ("now", "22", boxes.NEW_FRAME)):
        boxes.write_course(
            tmp_path / name,
            boxes.uniform(20.0),
            n=10,
            prescription=20.0,
            tail=tail,
            date="20230401",
            frame=frame,
        )
        lying = registered(boxes, tmp_path / name, (boxes.NEW_FRAME, boxes.OLD_FRAME))
    found = asked(tmp_path, "before", [])
    (said,) = about(found.warnings, NOT_NAMED)
    assert "registration" in said
    assert found.joined.reason is not None
    assert main(typed(tmp_path, "before", [])) == 0
    assert said in capsys.readouterr().err
    assert about(asked(tmp_path, "before", [lying]).warnings, NOT_NAMED) == []
    (tmp_path / "phases.toml").write_text('[[phases]]\nfolder = "before"\n')
    assert len(about(asked(tmp_path, "phases.toml", []).warnings, NOT_NAMED)) == 1


def test_one_of_another_patient_is_refused_at_every_door(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = (boxes.NEW_FRAME, boxes.OLD_FRAME)
    strange = registered(boxes, tmp_path, ends, PatientID="SOMEBODY-ELSE")
    with pytest.raises(RtplanValueError, match="a registration object carry different patient ID") as refused:
        asked(patient, "before", [strange])
    (earlier,) = read_earlier_courses([CourseSource(source=str(patient / "before"), ended=ENDED)])
    courses, given = [earlier, read_new_course(patient / "now")], read_registrations(strange)
    with pytest.raises(RtplanValueError, match="different patient ID"):
        accumulate(courses, alpha_beta=3, registrations=given)
    assert main(typed(patient, "before", [strange])) == 2
    printed = capsys.readouterr().err
    assert printed.strip() == f"rtplan: {refused.value}"
    assert "SOMEBODY" not in printed.upper()
    told = asked(patient, "before", [strange], same_patient=True)
    assert len(about(told.warnings, "stated to be the same patient")) == 1


def test_one_without_a_patient_is_used_and_said(boxes: ModuleType, patient: Path, tmp_path: Path) -> None:
    blank = registered(boxes, tmp_path, (boxes.NEW_FRAME, boxes.OLD_FRAME), PatientID="")
    found = asked(patient, "before", [blank])
    assert len(found.transforms) == 1
    assert len(about(found.warnings, "a registration object carries no patient ID")) == 1


def test_an_object_that_joins_no_two_frames_is_refused(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = boxes.made.registration([(boxes.NEW_FRAME, [np.eye(4)])], FrameOfReferenceUID=boxes.NEW_FRAME)
    path = tmp_path / "registration.dcm"
    path.write_bytes(boxes.made.as_bytes(written))
    with pytest.raises(RtplanValueError, match="joins no two frames of reference"):
        read_registrations(path)
    assert main(typed(patient, "same", [path])) == 2
    assert "joins no two frames of reference" in capsys.readouterr().err


def test_one_that_moves_a_frame_within_itself_is_refused(
    boxes: ModuleType, patient: Path, tmp_path: Path
) -> None:
    within = (boxes.NEW_FRAME, boxes.NEW_FRAME)
    with pytest.raises(ContradictionError, match="within itself"):
        read_registrations(registered(boxes, tmp_path, within))
    moved = np.eye(4)
    moved[0, 3] = 3.0
    by_hand = replace(identity(boxes.NEW_FRAME), matrix=moved, source="matrix file")
    (earlier,) = read_earlier_courses([CourseSource(source=str(patient / "same"), ended=ENDED)])
    new = read_new_course(patient / "now")
    with pytest.raises(RtplanValueError, match="moves a frame of reference within itself"):
        accumulate([earlier, new], alpha_beta=3, registrations=[by_hand])
    with pytest.raises(RtplanValueError, match="moves a frame of reference within itself"):
        reirradiate(
            new,
            [earlier],
            new_starts=STARTS,
            tissues=parse_tissues(["Rectum=3"]),
            registrations=[by_hand],
        )


def test_whose_a_registration_is_is_never_in_its_words(boxes: ModuleType, tmp_path: Path) -> None:
    (found,) = read_registrations(registered(boxes, tmp_path, (THIRD, FOURTH), PatientID="SOMEBODY-ELSE"))
    assert isinstance(found.patient, PatientIdentity)
    assert found.patient.patient_id == "somebody-else"
    assert "somebody" not in repr(found).lower()
