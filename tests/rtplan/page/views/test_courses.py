"""Courses over HTTP: dropped, sent by a form, chosen by path, typed; what is wrong with them is a message."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import socket
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pydicom
import pytest

Visitor = Any
"""As tests/rtplan/page/conftest.py has it."""


@pytest.fixture
def case(visitor: Visitor) -> str:
    """The address of a new case without anything in it."""
    nonce = secrets.token_hex(8)
    return str(visitor.send("/new", {"nonce": nonce}).url.path.removesuffix("/courses"))


CLINIC = """
name = "Example clinic"
[[alpha_beta]]
organ = "Bladder"
alpha_beta_gy = 2.5
source = "clinic, 2024"
[[cumulative_limit]]
organ = "Bladder"
metric = "D0.03cc[Gy]"
comparator = "<="
eqd2_gy = 80
alpha_beta_gy = 2.5
includes_recovery = false
source = "clinic, 2024"
"""


def drop(visitor: Visitor, case: str, folder: Path, group: str) -> list[str]:
    """Send a folder as the script does, file by file, and return its sources."""
    sources = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            address = f"{case}/drop?group={group}&name=file{path.suffix}"
            answer = visitor.client.post(address, content=path.read_bytes())
            assert answer.status_code == 200, answer.text
            sources.append(answer.json()["source"])
    return list(dict.fromkeys(sources))


def without_images(folder: Path, target: Path) -> Path:
    """Copy a course without its images: what matters here is quicker to send."""
    target.mkdir()
    for path in folder.iterdir():
        if not path.name.startswith("CT"):
            shutil.copy(path, target / path.name)
    return target


@pytest.fixture
def small(two_courses: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The two courses of the synthetic patient without images."""
    names = ("first-course", "second-course")
    first, second = (without_images(two_courses / name, tmp_path / name) for name in names)
    return first, second


def test_two_dropped_folders_are_an_earlier_and_a_new_course(
    visitor: Visitor, case: str, small: tuple[Path, Path]
) -> None:
    sources = [source for n, folder in enumerate(small) for source in drop(visitor, case, folder, f"d{n}")]
    assert sources == ["courses/d0", "courses/d1"]
    text = visitor.send(f"{case}/dropped", {"source": sources}).text
    assert "2023-04-24" in text
    assert 'class="card prior"' in text
    assert 'class="card new"' in text
    assert "on which day was its last fraction?" in text, "no day is ever taken from a plan's date"


def test_a_resend_of_what_was_dropped_changes_nothing(
    visitor: Visitor, case: str, small: tuple[Path, Path]
) -> None:
    sources = drop(visitor, case, small[0], "d0")
    for _ in range(2):
        drop(visitor, case, small[0], "d0")
        text = visitor.send(f"{case}/dropped", {"source": sources}).text
    assert text.count("<fieldset") == 1


def test_a_zip_archive_is_a_course(
    visitor: Visitor, case: str, small: tuple[Path, Path], tmp_path: Path
) -> None:
    packed = tmp_path / "course.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in small[0].iterdir():
            archive.write(path, f"../../{path.name}")
    answer = visitor.client.post(f"{case}/drop?group=z1&name=a.zip", content=packed.read_bytes())
    text = visitor.send(f"{case}/dropped", {"source": [answer.json()["source"]]}).text
    assert "50.4 Gy" in text


def test_a_form_without_script_takes_more_than_a_thousand_files(visitor: Visitor, case: str) -> None:
    """Two courses with images are more than the thousand files that a form usually may have."""
    files = [("folder", (f"course/{n}.dcm", f"no DICOM, {n}".encode())) for n in range(1001)]
    answer = visitor.client.post(f"{case}/upload", data={"nonce": "a1"}, files=files)
    assert answer.status_code == 200
    assert "1001 files" in answer.text
    assert "no DICOM-RT object found" in answer.text


def test_a_form_without_script_tells_two_folders_apart(
    visitor: Visitor, case: str, small: tuple[Path, Path]
) -> None:
    files = [
        ("folder", (f"{folder.name}/{path.name}", path.read_bytes()))
        for folder in small
        for path in folder.iterdir()
    ]
    text = visitor.client.post(f"{case}/upload", data={"nonce": "a1"}, files=files).text
    assert text.count("<fieldset") == 2
    assert "first-course" not in text, "names of folders are not kept"


def test_the_wrong_patient_stops_here(
    visitor: Visitor, case: str, small: tuple[Path, Path], tmp_path: Path
) -> None:
    for path in small[1].iterdir():
        dataset = pydicom.dcmread(path)
        dataset.PatientID = "SOMEBODY-ELSE"
        dataset.save_as(path)
    sources = [source for n, folder in enumerate(small) for source in drop(visitor, case, folder, f"d{n}")]
    text = visitor.send(f"{case}/dropped", {"source": sources}).text
    assert "carry different patient ID" in text
    assert "SOMEBODY-ELSE" not in text
    assert "carry different patient ID" in visitor.read(f"{case}/answer").text


def test_a_folder_of_this_machine_is_read_where_it_lies(
    visitor: Visitor, case: str, two_courses: Path
) -> None:
    text = visitor.send(f"{case}/path", {"path": str(two_courses / "first-course")}).text
    assert "50.4 Gy" in text
    relative = visitor.send(f"{case}/path", {"path": "first-course"})
    assert relative.status_code == 404
    assert "write its whole path" in relative.text


def test_a_prescription_and_a_record_are_courses(visitor: Visitor, case: str) -> None:
    assert "prescription only" in visitor.send(f"{case}/typed", {"regimen": "50.4Gy/28"}).text
    record = {"label": "2019, printed", "n_fractions": "28", "modality": "photon"}
    organs = {"organ-0": "Bladder", "Dmax-0": "51,0", "Dmean-0": "30.2", "volume_cc-0": "118"}
    text = visitor.send(f"{case}/table", {**record, **organs}).text
    assert "organ doses from a record" in text
    wrong = visitor.send(f"{case}/table", {**record, "n_fractions": "", "organ-0": "Bladder", "Dmax-0": "x"})
    assert wrong.status_code == 400
    assert "fractions delivered are missing" in wrong.text


@pytest.mark.parametrize("regimen", ["", "50.4", "hello", "../../etc/passwd", "/etc/passwd"])
def test_what_is_no_regimen_is_refused_or_said_on_its_card(visitor: Visitor, case: str, regimen: str) -> None:
    answer = visitor.send(f"{case}/typed", {"regimen": regimen})
    assert answer.status_code in (200, 400, 404)
    assert answer.status_code != 200 or 'class="refusal"' in answer.text


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".dcm", b""),
        (".dcm", b"\x00" * 128 + b"DICM" * 100),
        (".zip", b"PK\x03\x04broken"),
        (".toml", b"[organs\x00"),
        (".json", b"{}"),
        (".txt", b"\xff\xfe no export"),
    ],
)
def test_a_damaged_file_is_a_message_and_the_page_lives(
    visitor: Visitor, case: str, ending: str, content: bytes
) -> None:
    answer = visitor.client.post(f"{case}/drop?group=x1&name=a{ending}", content=content)
    assert answer.status_code == 200
    text = visitor.send(f"{case}/dropped", {"source": [answer.json()["source"]]}).text
    assert 'class="refusal"' in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "source", ["../../x", "/etc", "courses/../..", "case.toml", "courses/none", "courses", "courses/g1/.."]
)
def test_a_source_that_was_not_dropped_is_no_course(visitor: Visitor, case: str, source: str) -> None:
    visitor.client.post(f"{case}/drop?group=g1&name=a.dcm", content=b"no DICOM")
    assert visitor.send(f"{case}/dropped", {"source": [source]}).status_code == 404
    assert "<fieldset" not in visitor.read(f"{case}/courses").text


def test_no_name_and_no_id_of_a_patient_is_on_a_page_or_in_the_case(
    visitor: Visitor, case: str, small: tuple[Path, Path]
) -> None:
    for folder in small:
        for path in folder.iterdir():
            dataset = pydicom.dcmread(path)
            dataset.PatientName, dataset.PatientID = "CANARY^BIRD", "CANARY-ID"
            dataset.PatientBirthDate = "19010203"
            dataset.save_as(path)
    sources = [source for n, folder in enumerate(small) for source in drop(visitor, case, folder, f"d{n}")]
    visitor.send(f"{case}/dropped", {"source": sources})
    shown = [visitor.read(f"{case}/{step}").text for step in ("courses", "organs", "registration", "trail")]
    folder = visitor.work / "cases" / case[6:]
    kept = [(folder / "case.toml").read_text(), (folder / "state.sqlite").read_bytes().decode("latin-1")]
    for text in [*shown, *kept, json.dumps(sources)]:
        assert "CANARY" not in text
        assert "19010203" not in text


def test_a_connection_lost_half_way_leaves_nothing(visitor: Visitor, case: str) -> None:
    """A file of which only a part arrived is no file, and the page lives."""
    host, _, port = visitor.client.base_url.netloc.decode().partition(":")
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    head = (
        f"POST {case}/drop?group=g1&name=a.dcm HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
        f"Origin: http://{host}:{port}\r\nContent-Length: 100000\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"half of it")
    assert visitor.read(f"{case}/courses").status_code == 200
    kept = visitor.work / "cases" / case[6:] / "objects"
    assert [path for path in kept.rglob("*") if path.is_file()] == []


def test_folders_given_at_the_start_are_offered_and_the_clinic_counts(
    serving: Callable[..., Any], visitor: Visitor, two_courses: Path, tmp_path: Path
) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(CLINIC, encoding="utf-8")
    words = ["--clinic", str(clinic)]
    for name in ("first-course", "second-course"):
        words += ["--folder", str(two_courses / name)]
    page = serving(tmp_path / "work", *words)
    with contextlib.closing(page.client()) as client:
        here = type(visitor)(client=client, work=page.work)
        text = here.read("/").text
        assert "The clinic&#39;s file is in use" in text
        nonce = re.search(r'name="nonce" value="(\w+)">\s*<input type="hidden" name="offered"', text)
        assert nonce
        begun = here.send("/new", {"nonce": nonce[1], "offered": "1"})
        assert begun.text.count("<fieldset") == 2
        stated = (page.work / "cases" / begun.url.path.split("/")[2] / "case.toml").read_text()
        assert f'clinic = "{clinic}"' in stated
        assert "clinic&#39;s: 2.5 Gy" in here.read(begun.url.path.replace("courses", "organs")).text
        assert "Bladder:D0.03cc[Gy]&lt;=80" in here.read(begun.url.path.replace("courses", "limits")).text


EXPORT = """Type : Cumulative Dose Volume Histogram

Plan: P1
Prescribed dose [cGy]: 5000.0
% for dose (%): 100.0

Structure: Blase
Plan: P1
Volume [cc]: 120.0

Dose [cGy]   Ratio of Total Structure Volume [%]
0 100
4000 60
5000 0
"""


def test_a_dvh_export_asks_for_its_fractions_and_is_then_a_course(visitor: Visitor, case: str) -> None:
    answer = visitor.client.post(f"{case}/drop?group=x1&name=plan.txt", content=EXPORT.encode())
    text = visitor.send(f"{case}/dropped", {"source": [answer.json()["source"]]}).text
    assert "states no number of fractions" in text
    card = re.search(r'name="n_fractions-(\w+)"', text)
    assert card
    page = f"{case}/courses"
    text = visitor.fill(page, page, **{f"n_fractions__{card[1]}": "25"}).text
    assert "DVH export of a planning system" in text
    assert 'class="card prior"' in text


def test_a_folder_of_two_plans_gives_both_courses(
    visitor: Visitor, case: str, small: tuple[Path, Path], tmp_path: Path
) -> None:
    both = tmp_path / "both"
    both.mkdir()
    for n, folder in enumerate(small):
        for path in folder.iterdir():
            shutil.copy(path, both / f"{n}-{path.name}")
    (source,) = drop(visitor, case, both, "d0")
    text = visitor.send(f"{case}/dropped", {"source": [source]}).text
    assert 'class="refusal"' in text, "which of the two plans is a question"
    options = re.search(r'<select name="plan-(\w+)">(.*?)</select>', text, re.S)
    assert options
    plans = re.findall(r'value="([\d.]+)"', options[2])
    page = f"{case}/courses"
    visitor.fill(page, page, **{f"plan__{options[1]}": plans[0]})
    text = visitor.fill(page, page).text
    revision = re.search(r'name="revision" value="(\d+)"', text)
    assert revision
    text = visitor.send(f"{case}/other-plan", {"revision": revision[1], "card": options[1]}).text
    assert text.count("<fieldset") == 2
    assert 'class="refusal"' not in text
    assert "50.4 Gy" in text
    assert "30 Gy" in text


@pytest.mark.parametrize("revision", ["\N{SUPERSCRIPT TWO}", "9" * 5000, "-1", ""])
def test_a_form_of_no_revision_changes_nothing(visitor: Visitor, case: str, revision: str) -> None:
    answer = visitor.send(f"{case}/courses", {"revision": revision, "title": "other", "who": "A"})
    assert answer.status_code == 409
    assert "other" not in visitor.read(f"{case}/courses").text


@pytest.mark.parametrize("address", ["/new", "/demo", "/check"])
def test_a_form_that_begins_a_case_sent_twice_at_once_begins_one(visitor: Visitor, address: str) -> None:
    """A double click: whichever is later finds the case begun."""
    nonce = secrets.token_hex(8)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: visitor.send(address, {"nonce": nonce}), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.url.path for answer in answers}) == 1
