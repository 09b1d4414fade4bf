"""The catalogue: every text that a page asks for is there, and no text is there for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rtplan.page
from rtplan.errors import RtplanLookupError
from rtplan.page.texts import load_catalogue

ROOM = Path(rtplan.page.__file__).parent
KEY = re.compile(r"""\bt\(\s*'([a-z_]+(?:\.[a-z_]+)+)'|(?<!`)"([a-z]+(?:\.[a-z_]+)+)\"""")


NO_WORDS = r"\{% block layout %\}\w+\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"


def asked_keys() -> set[str]:
    files = [*ROOM.rglob("*.html"), *(p for p in ROOM.rglob("*.py") if "texts" not in p.parts)]
    found = {
        first or second for path in files for first, second in KEY.findall(path.read_text(encoding="utf-8"))
    }
    return {
        key for key in found if key.partition(".")[0] in {k.partition(".")[0] for k in load_catalogue().texts}
    }


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = {key for key in asked_keys() if not key.endswith((".html", ".css", ".json"))}
    assert {key for key in asked if not load_catalogue().has(key)} == set()


def test_no_template_holds_words_of_its_own() -> None:
    """What a person reads comes from the catalogue; between tags of a template there are no words."""
    for path in (ROOM / "templates").glob("*.html"):
        text = re.sub(NO_WORDS, "", path.read_text(encoding="utf-8"), flags=re.S)
        words = re.findall(r">[^<>]*[A-Za-z]{4,}[^<>]*<", re.sub(r"<title>.*?</title>", "", text, flags=re.S))
        assert [w for w in words if w not in (">photon<", ">electron<")] == [], path.name


def test_a_text_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(RtplanLookupError, match="no text"):
        load_catalogue()("nowhere.nothing")


def test_gaps_are_filled_in() -> None:
    assert load_catalogue()("courses.files", n=3) == "3 files"
