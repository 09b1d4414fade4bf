"""A signature speaks of one report and one case; of any other it does not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rtplan.errors import NotStatedError, RtplanContradictionError
from rtplan.page.signing import Signature, sign_lines, signed_document, unsigned_sha256


def signature(**changed: str) -> Signature:
    said = {
        "name": "A. Person",
        "role": "physicist",
        "signed_on": "2024-02-12",
        "statement": "I have read this report.",
        "report_sha256": "ab" * 32,
        "case_sha256": "cd" * 32,
    }
    return Signature(**{**said, **changed})


@pytest.mark.parametrize("key", ["name", "role", "signed_on"])
def test_who_signs_says_name_role_and_day(key: str) -> None:
    with pytest.raises(NotStatedError, match=key):
        signature(**{key: "  "})


def test_a_report_that_was_not_looked_at_is_not_signed() -> None:
    with pytest.raises(RtplanContradictionError, match="look at it again"):
        signature().refuse_other("ef" * 32)
    signature().refuse_other("ab" * 32)


def test_a_change_of_the_case_or_of_the_report_voids_it() -> None:
    assert signature().is_of("cd" * 32, "ab" * 32)
    assert not signature().is_of("00" * 32, "ab" * 32)
    assert not signature().is_of("cd" * 32, "00" * 32)


def test_the_signed_document_holds_the_report_as_it_was() -> None:
    report = {"schema": "rtplan.reirradiate/1", "organs": [1, 2]}
    signed = signed_document(report, [signature()])
    assert signed["report"] == report
    assert signed["signatures"][0]["report_sha256"] == "ab" * 32


def test_the_hash_is_of_the_unsigned_report_as_it_lies_there(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b"{}\n")
    assert unsigned_sha256(tmp_path) == hashlib.sha256(b"{}\n").hexdigest()


def test_two_who_sign_one_report_print_its_hash_once() -> None:
    lines = sign_lines([signature(), signature(name="B. Doctor", role="oncologist")])
    assert lines[1].startswith("B. Doctor, oncologist, on 2024-02-12")
    assert len(lines) == 3
