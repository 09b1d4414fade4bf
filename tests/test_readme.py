"""The README does what it says: its commands run and print what it shows, its Python examples hold."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from rtplan.cli import main

README = Path(__file__).resolve().parents[1] / "README.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def console_examples() -> list[tuple[str, str]]:
    """Return each ``$ rtplan ...`` line of the console blocks with the output shown under it."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    pairs = [re.findall(r"^\$ (rtplan .*)\n((?:(?!\$ ).*\n)*)", block, flags=re.M) for block in blocks]
    return [pair for block in pairs for pair in block]


def test_the_readme_shows_commands() -> None:
    assert len(console_examples()) >= 4


def test_commands_run_in_order_and_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One folder, in reading order: later commands use what earlier ones wrote."""
    monkeypatch.chdir(tmp_path)
    for command, shown in console_examples():
        status = main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert status in (0, 1), f"{command}: {printed.err}"
        if shown.strip():
            assert doctest.OutputChecker().check_output(shown, printed.out, FLAGS), (
                f"{command} printed:\n{printed.out}"
            )


def test_python_examples_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main(["phantom", "--out", "patient"])
    text = "\n".join(re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S))
    examples = doctest.DocTestParser().get_doctest(text, {}, "README", str(README), 0)
    assert len(examples.examples) >= 5
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(examples, out=report.append)
    assert results.failed == 0, "".join(report)


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
