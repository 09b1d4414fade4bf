"""The viewer as the page serves it: pictures and numbers of an answered case, refusals in words."""

from __future__ import annotations

from typing import Any


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
    assert f'src="{case}/view/page"' in answer
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
