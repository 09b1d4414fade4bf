"""The viewer as the page serves it: pictures and numbers of an answered case, refusals in words."""

from __future__ import annotations

import io
import re
from typing import Any

import pydicom


def test_the_viewer_looks_at_an_answered_case_only(visitor: Any) -> None:
    case = visitor.demo()
    early = visitor.read(f"{case}/view/facts")
    assert early.status_code == 404
    assert "no answer yet" in early.json()["message"]
    visitor.answered(case)
    facts = visitor.read(f"{case}/view/facts").json()
    assert [organ["organ"] for organ in facts["organs"]][:2] == ["Bladder", "Rectum"]
    x, y, z = facts["start_mm"]
    said = visitor.read(f"{case}/view/cursor?x={x}&y={y}&z={z}&alpha_beta=3").json()
    assert said["sum_eqd2_gy"] > 90
    picture = visitor.read(f"{case}/view/dose?plane=coronal")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"\x89PNG")
    refused = visitor.read(f"{case}/view/dose?quantity=physical")
    assert refused.status_code == 400
    assert "not added" in refused.json()["message"]
    page = visitor.read(f"{case}/view/page")
    assert "<script" not in page.text
    answer = visitor.read(f"{case}/answer").text
    assert re.search(rf'src="{case}/view/[0-9a-f]{{16}}/page"', answer)
    assert "/static/viewer/viewer.js" in answer
    for name in ("viewer.js", "pane.js", "curves.js", "whatif.js", "asking.js", "viewer.css"):
        assert visitor.read(f"/static/viewer/{name}").status_code == 200


def test_what_is_tried_leaves_case_and_answer_as_they_are(visitor: Any) -> None:
    case = visitor.demo()
    visitor.answered(case)
    before = visitor.read(f"{case}/answer/report.json").content
    tried = visitor.read(
        f'{case}/view/whatif?organ=SacralPlex&try={{"recovered":0.5,"shift":[0,0,5]}}'
    ).json()
    assert not tried["is_stated"]
    assert visitor.read(f"{case}/answer/report.json").content == before
    assert visitor.read(f"{case}/answer/state").json()["state"] == "done"


def test_a_file_that_changes_after_the_answer_voids_answer_views_and_signature(visitor: Any) -> None:
    case = visitor.demo()
    visitor.answered(case)
    before = visitor.read(f"{case}/answer/report.json").json()
    (state,) = set(
        re.findall(rf'data-view="({case}/view/[0-9a-f]{{16}})"', visitor.read(f"{case}/answer").text)
    )
    assert visitor.read(f"{state}/facts").status_code == 200
    said = {"name": "A. Person", "role": "physicist", "signed_on": "2024-02-12", "agreed": "1"}
    shown = visitor.read(f"{case}/sign").text
    looked_at = re.search(r'name="report_sha256" value="([0-9a-f]{64})"', shown)
    assert looked_at is not None
    said["report_sha256"] = looked_at[1]
    for path in visitor.work.rglob(f"*{case.rsplit('/', 1)[1]}*/**/*"):
        if path.is_file() and b"DICM" in (content := path.read_bytes())[:132]:
            stored = pydicom.dcmread(io.BytesIO(content))
            if stored.Modality == "RTDOSE":
                stored.DoseGridScaling = float(stored.DoseGridScaling) * 1.04
                stored.save_as(path)
    late = visitor.read(f"{state}/facts")
    assert late.status_code == 409
    assert "load the page again" in late.json()["message"]
    assert visitor.send(f"{case}/sign", said).status_code == 404
    visitor.wait(case)
    after = visitor.read(f"{case}/answer/report.json").json()
    assert after["organs"][0]["voxel_sum_gy"] > before["organs"][0]["voxel_sum_gy"] * 1.03
    refused = visitor.send(f"{case}/sign", said)
    assert refused.status_code >= 400
    assert "not any more" in refused.text
