"""What the command line says when it has no answer: one message, one document, one status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main
from rtplan.cli.commands import command_entries
from rtplan.cli.commands.typed import bed
from rtplan.errors import OutputExistsError

BED = ["bed", "50.4Gy/28", "--alpha-beta", "3"]


def refused(words: list[str], capsys: pytest.CaptureFixture[str], *, status: int = 2) -> dict[str, Any]:
    """Return the refusal document, which is all of standard output."""
    assert main([*words, "--json"]) == status
    printed = capsys.readouterr()
    document: dict[str, Any] = json.loads(printed.out)
    assert list(document) == ["schema", "version", "code", "message", "where", "missing"]
    assert document["schema"] == "rtplan.refusal/1"
    assert document["message"].splitlines()[0] in printed.err
    return document


@pytest.mark.parametrize(
    ("words", "code", "missing"),
    [
        ([], "not_understood", ["COMMAND"]),
        (["nonsense"], "not_understood", []),
        (["dvh"], "not_understood", ["folder"]),
        (["bed", "30Gy/5"], "not_understood", ["--alpha-beta"]),
        ([*BED, "--what"], "not_understood", []),
        (["check", "/nonexistent", "--constraints", "tg101-2010"], "no_such_folder", []),
        (["dvh", "/nonexistent"], "no_such_folder", []),
        (["dvh", str(Path(__file__).parent)], "missing_object", ["a DICOM-RT object"]),
        (["bed", "50.4Gy", "--alpha-beta", "3"], "bad_regimen", ["n_fractions"]),
        (["bed", "28 fractions", "--alpha-beta", "3"], "bad_regimen", ["dose"]),
        ([*BED, "--model", "mlq"], "not_stated", ["delta"]),
        (["constraints", "verify", "no-such.csv"], "not_found", []),
    ],
)
def test_a_refusal_has_a_code_and_names_what_is_missing(
    words: list[str], code: str, missing: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    document = refused(words, capsys)
    assert document["code"] == code
    assert document["missing"] == missing
    assert document["where"]


@pytest.mark.parametrize("command", sorted(command_entries()))
def test_every_command_refuses_words_it_does_not_know_with_a_document(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused([command, "--no-such-option"], capsys)["code"] == "not_understood"


def test_without_json_nothing_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "/nonexistent", "--constraints", "tg101-2010"]) == 2
    assert capsys.readouterr().out == ""


def test_json_may_be_shortened_as_any_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dvh", "/nonexistent", "--js"]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_folder"


def test_what_is_there_already_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set.csv").write_text("mine")
    document = refused(["constraints", "export", "tg101-2010", "--out", str(tmp_path / "set.csv")], capsys)
    assert (document["code"], document["where"]) == (OutputExistsError.code, "set.csv")


def test_a_mistyped_path_shows_its_last_part_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Folders are named after people."""
    for words in (
        ["dvh", "/home/Doe_Jane/plan.dcm"],
        ["bed", "/home/Doe_Jane/plan.dcm", "--alpha-beta", "3"],
        ["bed", "Doe_Jane/plans/plan.dcm", "--alpha-beta", "3"],
        [*BED, "--report=/home/Doe_Jane/plan.dcm"],
        ["constraints", "verify", "/home/Doe_Jane/plan.dcm"],
    ):
        assert "Doe" not in json.dumps(refused(words, capsys)), words
        assert main(words) == 2
        assert "Doe" not in capsys.readouterr().err


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command with a fault whose message names a patient."""

    def run(_: object) -> None:
        raise ZeroDivisionError("Doe^Jane")

    monkeypatch.setattr(bed, "run", run)


@pytest.mark.usefixtures("faulty")
def test_a_fault_of_the_program_is_status_seventy_and_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    document = refused(BED, capsys, status=70)
    assert document["code"] == "internal_fault"
    assert "ZeroDivisionError" in document["message"]
    assert "Doe" not in document["message"]


@pytest.mark.usefixtures("faulty")
def test_a_traceback_is_shown_to_those_who_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(BED) == 70
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("RTPLAN_TRACEBACK", "1")
    assert main(BED) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_told_as_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bed, "run", run)
    assert refused(BED, capsys, status=130)["code"] == "interrupted"


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (FileNotFoundError(2, "No such file or directory", "/home/Doe_Jane/x.csv"), "no_such_file"),
        (PermissionError(13, "Permission denied", "/home/Doe_Jane/x.csv"), "not_permitted"),
        (OSError(28, "No space left on device"), "system_refused"),
    ],
)
def test_what_the_system_refuses_is_a_refusal_too(
    failure: OSError, code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: object) -> None:
        raise failure

    monkeypatch.setattr(bed, "run", run)
    document = refused(BED, capsys)
    assert document["code"] == code
    assert "Doe" not in json.dumps(document)


def run_apart(words: list[bytes], *, encoding: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line where the terminal holds few letters; words are bytes as a shell passes them."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "LANG": "C", "PYTHONUTF8": "0"}
    command = [os.fsencode(sys.executable), b"-m", b"rtplan", *words]
    return subprocess.run(command, capture_output=True, env=environment, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "ascii:surrogateescape"])
@pytest.mark.parametrize("word", ["Dünndarm ∅".encode(), b"\xff\xe9", b"\xed\xa0\x80"])
@pytest.mark.parametrize("json_flag", [[], [b"--json"]])
def test_words_that_the_terminal_cannot_show_are_escaped(
    encoding: str, word: bytes, json_flag: list[bytes]
) -> None:
    done = run_apart([b"constraints", b"show", word, *json_flag], encoding=encoding)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    if json_flag:
        assert json.loads(done.stdout.decode(encoding.partition(":")[0]))["code"] == "not_found"


def test_an_answer_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    rows = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"
    rows += "Bowel_Small,5,D0.03cc,<=,30,Gy,Dünndarm ∅,own\n"
    (tmp_path / "set.csv").write_text(rows, encoding="utf-8")
    words = [b"constraints", b"show", os.fsencode(tmp_path / "set.csv")]
    text = run_apart(words, encoding="ascii")
    assert text.returncode == 0
    assert b"D\\xfcnndarm \\u2205" in text.stdout
    document = json.loads(run_apart([*words, b"--json"], encoding="latin-1").stdout.decode("latin-1"))
    assert document["rows"][0]["source"] == "Dünndarm ∅"


def test_the_streams_are_left_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout.errors
    assert main(BED) == 0
    assert capsys.readouterr().out
    assert sys.stdout.errors == before


def test_help_shows_the_commands_under_their_headings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith((" ", "usage"))]
    assert len([h for h in headings if h not in ("options:", "positional arguments:")]) == 3
    for command, entry in command_entries().items():
        assert any(line.split() == [command, *entry.summary.split()] for line in lines), command


def test_help_is_quick_because_it_loads_nothing_heavy() -> None:
    heavy = "{'scipy', 'pydicom', 'matplotlib'} & set(sys.modules)"
    code = f"import sys; from rtplan.cli import main; main(['--help']); print(len({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    "words", [*([name, "--help"] for name in command_entries()), ["protocol", "list"]], ids=" ".join
)
def test_what_draws_and_what_measures_is_loaded_only_where_it_is_used(words: list[str]) -> None:
    code = (
        f"import sys; from rtplan.cli import main; main({words!r});"
        "print(sorted({'scipy', 'matplotlib', 'pandas', 'openpyxl', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
