from __future__ import annotations

import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image as Picture

from rtplan.courses import CourseSource, read_course
from rtplan.errors import RtplanError
from rtplan.export import ExportChoice, sum_files
from rtplan.page.texts import load_catalogue
from rtplan.page.viewer import Scene, scene_of, view_answer
from rtplan.page.viewer.pictures import dose_step_gy
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues


def asked(scene: Scene, what: str, **query: object) -> Any:
    view = view_answer(scene, what, {key: str(value) for key, value in query.items()})
    return json.loads(view.content) if view.media_type == "application/json" else view.content


def trilinear(path: Path, points: np.ndarray) -> np.ndarray:
    """Values of an RTDOSE by pydicom and NumPy alone; NaN outside the voxel centres' hull."""
    stored = pydicom.dcmread(path)
    values = stored.pixel_array.astype(np.float64) * float(stored.DoseGridScaling)
    cosines = np.array(stored.ImageOrientationPatient, dtype=float)
    normal = np.cross(cosines[:3], cosines[3:])
    away = points - np.array(stored.ImagePositionPatient, dtype=float)
    offsets = np.array(stored.GridFrameOffsetVector, dtype=float)
    index = np.stack(
        [
            (away @ normal - offsets[0]) / (offsets[1] - offsets[0]),
            away @ cosines[3:] / float(stored.PixelSpacing[0]),
            away @ cosines[:3] / float(stored.PixelSpacing[1]),
        ],
        axis=1,
    )
    last = np.array(values.shape) - 1
    inside = np.all((index >= 0) & (index <= last), axis=1)
    below = np.clip(np.floor(index).astype(int), 0, last - 1)
    part = index - below
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        total += weight * values[tuple((below + corner).T)]
    return np.where(inside, total, np.nan)


def earlier_points(registration: Path, frame: str, points: np.ndarray) -> np.ndarray:
    """Points of a frame of reference carried into the other one of a registration, by pydicom alone."""
    ways = {}
    for item in pydicom.dcmread(registration).RegistrationSequence:
        matrix = np.eye(4)
        for one in item.MatrixRegistrationSequence[0].MatrixSequence:
            matrix = matrix @ np.array(one.FrameOfReferenceTransformationMatrix, dtype=float).reshape(4, 4)
        ways[str(item.FrameOfReferenceUID)] = matrix
    (other,) = (uid for uid in ways if uid != frame)
    matrix = np.linalg.inv(ways[other]) @ ways[frame]
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def test_the_cursor_says_what_the_files_say(two_courses: Path, scene: Scene) -> None:
    """At 1,000 random points within 1e-3 Gy of a trilinear sampling of the files; not covered is said so."""
    random = np.random.default_rng(17)
    axes = scene.axes
    points = axes.patient(random.uniform(axes.low + 20, axes.high - 20, (1000, 3)))
    frame = scene.answer.joined.frame_of_reference_uid
    new = trilinear(two_courses / "second-course" / "RTDOSE.dcm", points)
    there = earlier_points(two_courses / "registration.dcm", frame, points)
    earlier = trilinear(two_courses / "first-course" / "RTDOSE.dcm", there)
    lost = 0
    for point, first, second in zip(points, earlier, new, strict=True):
        said = asked(scene, "cursor", x=point[0], y=point[1], z=point[2], alpha_beta=3)
        for course, value in zip(said["courses"], (first, second), strict=True):
            if np.isnan(value):
                assert course["physical_gy"] is None
                assert course["letter"] in said["not_covered"]
            else:
                assert course["physical_gy"] == pytest.approx(value, abs=1e-3)
        if np.isnan(first) or np.isnan(second):
            lost += 1
            assert said["sum_eqd2_gy"] is None
        else:
            total = first * (first / 28 + 3) / 5 + second * (second / 5 + 3) / 5
            assert said["sum_eqd2_gy"] == pytest.approx(total, abs=2e-3)
    assert 100 < lost < 900


ROWS = {
    "HFS": (1, 0, 0, 0, 1, 0),
    "FFS": (-1, 0, 0, 0, 1, 0),
    "HFP": (-1, 0, 0, 0, -1, 0),
    "oblique": (0.9848077530122080, 0.1736481776669303, 0, -0.1736481776669303, 0.9848077530122080, 0),
}


def oriented(boxes: ModuleType, folder: Path, position: str) -> Reirradiation:
    """Two courses whose dose grids lie as a patient in this position is scanned."""
    rows = np.array(ROWS[position], dtype=float)
    normal = np.cross(rows[:3], rows[3:])
    reach = np.array([70.0, 70.0, 44.0])
    origin = -reach[0] * rows[:3] - reach[1] * rows[3:] - reach[2] * normal
    grid = {"origin": origin, "spacing": (4.0, 5.0, 4.0), "shape": (23, 29, 36), "rows_along": ROWS[position]}
    boxes.write_course(
        folder / "old",
        boxes.along((0.1, 0.05, 0.2), 40.0),
        n=25,
        prescription=50,
        tail="1",
        date="20230101",
        **grid,
    )
    boxes.write_course(
        folder / "new",
        boxes.along((-0.2, 0.1, 0.1), 25.0),
        n=5,
        prescription=30,
        tail="2",
        date="20240101",
        **grid,
    )
    old = read_course(CourseSource(source=str(folder / "old"), ended=date(2023, 3, 1)), role="prior")
    new = read_course(CourseSource(source=str(folder / "new")), role="new")
    return reirradiate(
        new, [old], new_starts=date(2024, 2, 1), tissues=parse_tissues(["Rectum=3"]), same_patient=True
    )


@pytest.mark.parametrize("position", ROWS)
def test_colours_read_back_agree_with_the_exported_sum(
    boxes: ModuleType, tmp_path: Path, position: str
) -> None:
    """Within half a colour step of the stored EQD2, at the stored voxel's own place within half a pixel."""
    answer = oriented(boxes, tmp_path, position)
    files = sum_files(
        answer,
        answer.new.folders,
        ExportChoice(
            path=tmp_path / "sum.dcm",
            alpha_beta=3.0,
            uncovered_as_zero=True,
            tag_physical=False,
            overwrite=True,
        ),
    )
    stored = pydicom.dcmread(io.BytesIO(files.contents[tmp_path / "sum.dcm"]))
    values = stored.pixel_array.astype(np.float64) * float(stored.DoseGridScaling)
    cosines = np.array(stored.ImageOrientationPatient, dtype=float)
    normal = np.cross(cosines[:3], cosines[3:])
    scene = scene_of(answer, no_image="drawn without one")
    top = 200.0
    for frame in (4, 11, 19):
        start = np.array(stored.ImagePositionPatient, dtype=float)
        start = start + float(stored.GridFrameOffsetVector[frame]) * normal
        rows, columns = np.indices(values.shape[1:]).reshape(2, -1)
        points = (
            start
            + np.outer(columns * float(stored.PixelSpacing[1]), cosines[:3])
            + np.outer(rows * float(stored.PixelSpacing[0]), cosines[3:])
        )
        plane = scene.axes.plane("axial", float(scene.axes.along(start)[2]))
        content = asked(scene, "dose", plane="axial", at=plane.at_mm, alpha_beta=3, top=top, low=0)
        drawn = np.asarray(Picture.open(io.BytesIO(content))).astype(int)
        pixel = plane.to_pixel(points)
        nearest = np.round(pixel).astype(int)
        assert np.abs(pixel - nearest).max() < 0.01
        gy = (drawn[nearest[:, 0], nearest[:, 1]] - 1) * dose_step_gy(top)
        assert values[frame].max() > 40
        assert np.abs(gy - values[frame].ravel()).max() <= dose_step_gy(top) / 2 + 1e-3


def test_facts_name_what_there_is(scene: Scene) -> None:
    facts = asked(scene, "facts")
    assert [course["letter"] for course in facts["courses"]] == ["A", "B"]
    assert facts["no_sum"] is None
    assert facts["image"] == "CT"
    assert facts["start_organ"] == "SacralPlex"
    assert facts["planes"]["coronal"]["letters"] == {"right": "L", "left": "R", "top": "H", "bottom": "F"}


def test_the_hot_spot_is_where_the_cursor_says_the_same(scene: Scene) -> None:
    spot = asked(scene, "hot", organ="SacralPlex")
    x, y, z = spot["point_mm"]
    said = asked(scene, "cursor", x=x, y=y, z=z, alpha_beta=3)
    assert said["sum_eqd2_gy"] == pytest.approx(spot["eqd2_gy"], abs=0.5)
    assert "may be hotter" in asked(scene, "hot", organ="SpinalCord")["reason"]


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_lines_lie_where_their_dose_is(scene: Scene, plane: str) -> None:
    """Along a 60 Gy line of the sum the cursor says 60 Gy."""
    facts = asked(scene, "facts")
    across = facts["planes"][plane]["across"]
    at = scene.axes.along(facts["start_mm"])[across]
    layers = asked(scene, "lines", plane=plane, at=at, levels="60", alpha_beta=3)["layers"]
    (line,) = [layer for layer in layers if layer["kind"] == "isodose"]
    drawn = scene.axes.plane(plane, at)
    places = [
        tuple(map(float, pair.split())) for pair in line["path"].strip("M").replace("M", "L").split("L")
    ]
    for place in places[:: max(len(places) // 12, 1)]:
        x, y, z = drawn.to_patient(place)
        said = asked(scene, "cursor", x=x, y=y, z=z, alpha_beta=3)
        assert said["sum_eqd2_gy"] == pytest.approx(60.0, abs=1.5)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_contours_enclose_the_structure_that_is_computed(scene: Scene, plane: str) -> None:
    """Of points a millimetre to both sides of a drawn line one lies inside the solid and one outside."""
    organ = next(one for one in scene.organs if one.organ == "Bag_Bowel")
    points = np.concatenate([contour.points for contour in organ.structure.contours])
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    across = asked(scene, "facts")["planes"][plane]["across"]
    at = float(scene.axes.along(middle)[across]) + 0.7
    layers = asked(scene, "lines", plane=plane, at=at, contours="B")["layers"]
    layer = next(one for one in layers if one["name"] == "Bag_Bowel")
    drawn, mask = scene.axes.plane(plane, at), scene.mask(organ.structure)
    agreed = tested = 0
    for part in layer["path"].split("M")[1:]:
        line = np.array([list(map(float, pair.split())) for pair in part.strip("Z").split("L")])
        for start, end in itertools.pairwise(line):
            along = end - start
            if (length := float(np.hypot(*along))) < 2:
                continue
            aside = np.array([-along[1], along[0]]) / length
            both = drawn.to_patient(np.stack([(start + end) / 2 + aside, (start + end) / 2 - aside]))
            tested += 1
            agreed += int(mask.holds(both).sum() == 1)
    assert tested > 10
    assert agreed >= 0.95 * tested


def test_pictures_and_pages_without_script_are_whole(scene: Scene) -> None:
    svg = ET.fromstring(asked(scene, "picture", plane="coronal").decode())
    words = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"L", "R", "H", "F", "5 cm"} <= set(words)
    box = scene.axes.plane("coronal", 0.0).box_mm
    assert float(svg.attrib["width"]) / float(svg.attrib["height"]) == pytest.approx(
        box[2] / box[3], abs=1e-4
    )
    assert any("EQD2 of A + B, α/β 3" in str(word) for word in words)
    html = asked(scene, "page", plane="sagittal", at="12.5").decode()
    assert "<script" not in html
    assert "style=" not in html
    assert 'name="at"' in html
    for what in ("ct?", "dose?", "picture?"):
        assert f'src="{what}plane=sagittal&amp;at=12.5' in html


def test_what_is_tried_moves_dose_curves_and_rows_together(scene: Scene) -> None:
    tried = json.dumps({"shift": [0, 0, 6], "recovered": 0.5, "alpha_beta": [["SacralPlex", 3.0, 2.0]]})
    stated = asked(scene, "whatif", organ="SacralPlex")
    assert stated["is_stated"]
    found = asked(scene, "whatif", organ="SacralPlex", **{"try": tried})
    row = next(one for one in found["rows"] if one["organ"] == "SacralPlex")
    assert row["alpha_beta_gy"] == 2.0
    assert row["tried_gy"] != pytest.approx(row["stated_gy"], abs=1.0)
    assert found["curves"]["tried"] is not None
    assert stated["curves"]["tried"] is None
    x, y, z = 0.0, 46.0, 7.5
    there = asked(scene, "cursor", x=x, y=y, z=z, alpha_beta=3, **{"try": tried})
    unmoved = asked(scene, "cursor", x=x, y=y, z=z - 6, alpha_beta=3)
    assert there["courses"][0]["physical_gy"] == pytest.approx(unmoved["courses"][0]["physical_gy"], abs=1e-6)
    assert there["courses"][0]["eqd2_gy"] == pytest.approx(unmoved["courses"][0]["eqd2_gy"] / 2, abs=1e-6)
    plain, moved = (
        asked(scene, "dose", plane="sagittal", alpha_beta=3, top=110, **more) for more in ({}, {"try": tried})
    )
    assert plain != moved


def test_what_remains_is_solved_at_the_point(scene: Scene) -> None:
    """The remaining dose, added to the earlier one, meets the limit: its closed form."""
    said = asked(scene, "cursor", x=0, y=46, z=7.5, alpha_beta=3, quantity="remaining", limit=70, fractions=5)
    left = said["remaining_gy"]
    assert said["courses"][0]["eqd2_gy"] + left * (left / 5 + 3) / 5 == pytest.approx(70.0, abs=1e-6)


def test_curves_are_those_of_the_answer(scene: Scene, answer: Reirradiation) -> None:
    record = asked(scene, "dvh", organ="CaudaEquina")
    dvhs = next(d for d in answer.dvhs if d.organ == "CaudaEquina")
    assert dvhs.total is not None
    total = next(curve for curve in record["curves"] if curve["kind"] == "sum")
    assert total["dose_gy"][-1] == pytest.approx(dvhs.total.max_gy, abs=1e-3)
    assert [limit["gy"] for limit in record["limits"]] == [60.0]
    bounds = record["bounds"]
    for percent, low, high in zip(bounds["volume_percent"], bounds["low_gy"], bounds["high_gy"], strict=True):
        volume = percent / 100 * (dvhs.total.volume_cc or 0.0)
        at = float(dvhs.total.dose_at_volume(min(volume, dvhs.total.covered_cc or 0.0)))
        assert low - 1.0 <= at <= high + 1.0


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("nothing", {}),
        ("dose", {"plane": "frontal"}),
        ("dose", {"at": "north"}),
        ("dose", {"course": "7"}),
        ("dose", {"quantity": "physical"}),
        ("dose", {"alpha_beta": "0"}),
        ("dose", {"quantity": "remaining"}),
        ("dose", {"try": "[1]"}),
        ("dose", {"try": '{"other": 1}'}),
        ("dose", {"try": '{"shift": [1, 2]}'}),
        ("dose", {"try": '{"alpha_beta": [["SacralPlex", "x", 2]]}'}),
        ("lines", {"levels": ",".join(["1"] * 50)}),
        ("cursor", {"x": "1", "y": "2"}),
        ("cursor", {"x": "nan", "y": "2", "z": "1"}),
        ("dvh", {"organ": "Nose"}),
        ("ct", {"window": "-5"}),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(scene: Scene, what: str, query: dict[str, str]) -> None:
    with pytest.raises(RtplanError):
        view_answer(scene, what, query)


def test_every_text_of_the_template_is_in_the_catalogue() -> None:
    template = Path("rtplan/page/viewer/templates/viewer.html")
    source = (Path(__file__).resolve().parents[4] / template).read_text(encoding="utf-8")
    keys = re.findall(r"t\('([a-z_.]+)'", source)
    assert len(keys) > 50
    catalogue = load_catalogue()
    assert [key for key in keys if not catalogue.has(key)] == []


@pytest.mark.parametrize(
    "query",
    [{"alpha_beta": "1e-300"}, {"alpha_beta": "0.09"}, {"course": "0.9"}, {"fractions": "2.5"}],
    ids=str,
)
def test_a_number_that_no_page_would_ask_for_is_refused(scene: Scene, query: dict[str, str]) -> None:
    with pytest.raises(RtplanError, match=f"{next(iter(query))}|alpha/beta"):
        asked(scene, "dose", plane="coronal", **query)
