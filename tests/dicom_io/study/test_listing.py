"""Files of a folder with what each is: objects by UID, everything else without a kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import dicom_objects as made

from dicom_io.errors import NoSuchFolderError
from dicom_io.study import list_files


def test_objects_have_kind_uid_and_plans_and_other_files_have_none(tmp_path: Path) -> None:
    plan = made.plan(prescription=30.0, groups={1: (5, (1, 2))})
    folder = made.write(tmp_path / "set", plan=plan, dose=made.dose(), record=made.treatment_record([1]))
    (folder / "notes.txt").write_text("nothing of use")
    listed = {one.kind: one for one in list_files(folder)}
    assert set(listed) == {"plan", "dose", "record", ""}
    assert listed["plan"].uid == plan.SOPInstanceUID
    assert listed["dose"].plan_uids == listed["record"].plan_uids == (plan.SOPInstanceUID,)
    assert listed[""].uid == ""
    assert listed[""].data_set_sha256 == ""
    assert all(len(one.sha256) == 64 for one in listed.values())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFolderError):
        list_files(tmp_path / "nowhere")
