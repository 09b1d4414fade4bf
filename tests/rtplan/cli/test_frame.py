"""The command line's frame: statuses, documents, refusals."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest

from rtplan._version import __version__
from rtplan.cli import CommandResult, main, to_json
from rtplan.cli.commands import command_entries
from rtplan.cli.progress import Progress
from rtplan.documents import document_body as document
from rtplan.files import InputRecord, input_of_file


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_every_document_has_schema_version_inputs_and_warnings() -> None:
    result = CommandResult(
        schema="x/1", body={"rows": []}, text="", inputs=[InputRecord(role="r", sha256="00")], warnings=["w"]
    )
    assert json.loads(to_json(result)) == {
        "schema": "x/1",
        "version": __version__,
        "inputs": [{"role": "r", "sha256": "00", "uid": None, "data_set_sha256": None}],
        "warnings": ["w"],
        "rows": [],
    }


def test_a_nan_never_reaches_a_document() -> None:
    result = CommandResult(schema="x/1", body={"value": float("nan")}, text="")
    with pytest.raises(ValueError, match="Out of range float"):
        to_json(result)


def test_a_failed_limit_is_status_one() -> None:
    assert CommandResult(schema="x/1", body={}, text="", limit_failed=True).exit_status == 1
    assert CommandResult(schema="x/1", body={}, text="").exit_status == 0


def test_an_input_is_recorded_by_its_bytes_not_its_path(tmp_path: Path) -> None:
    file = tmp_path / "Doe^Jane.dcm"
    file.write_bytes(b"abc")
    record = input_of_file(file, role="new RTDOSE", uid="1.2")
    assert record.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert "Doe" not in json.dumps(document(CommandResult(schema="x/1", body={}, text="", inputs=[record])))


@pytest.mark.parametrize("words", [[], ["nonsense"], ["bed"], ["dvh"], ["bed", "--what"]])
def test_words_not_understood_are_status_two_with_one_line_on_stderr(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1


@pytest.mark.parametrize("command", sorted(command_entries()))
def test_every_command_has_help_and_its_module(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"rtplan {command}" in capsys.readouterr().out


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"rtplan {__version__}"


def test_progress_is_quiet_when_nobody_looks() -> None:
    stream = io.StringIO()
    progress = Progress(stream=stream, quiet_seconds=0)
    progress("reading")
    progress.done()
    assert stream.getvalue() == ""


def test_progress_is_quiet_in_the_first_second_and_clears_its_line() -> None:
    stream, now = Terminal(), [0.0]
    progress = Progress(stream=stream, clock=lambda: now[0])
    progress("reading")
    assert stream.getvalue() == ""
    now[0] = 1.5
    progress("computing")
    assert "computing ..." in stream.getvalue()
    progress.done()
    assert stream.getvalue().endswith("\r\x1b[K")
