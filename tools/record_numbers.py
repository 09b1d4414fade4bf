"""Record what the commands answer on synthetic patients, and hold one record against another, value by value.

    python tools/record_numbers.py record OUT.json [--real FOLDER]
    python tools/record_numbers.py compare OLD.json NEW.json

A change that only moves code must leave every number where it was: record before, record after, compare.
The record holds the JSON documents of the demo and its re-irradiation, of ``check``, ``dvh`` and ``names`` on
every phantom, of the published examples, and with ``--real`` of every folder of real sets below FOLDER.
``compare`` prints each place where the two differ, and ends with status 1 where one does.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dicom_io.phantom import CASES
from rtplan.cli import main as rtplan

SETS = ("timmerman-2021", "uk-sabr-2022", "tg101-2010")

SUM = [
    *("sum", "50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01", "--alpha-beta", "3", "--alpha-beta", "10"),
    *("--limit", "90", "--fractions", "5", "--fractions", "15"),
]
REGIMENS = ["25-40Gy/5fx", "15-30Gy/5", "45-50Gy/25", "30Gy/15", "50.4Gy/28", "30x1.5Gy bid"]

REIRRADIATION = [
    *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12", "--fractions", "5", "--fractions", "1"),
    *(
        "--tissue",
        "Bladder=3",
        "--tissue",
        "Rectum=3",
        "--tissue",
        "SacralPlex=3",
        "--tissue",
        "CaudaEquina=2",
    ),
    *("--limit", "Bladder:D0.03cc[Gy]<=85", "--limit", "SacralPlex:D0.03cc[Gy]<=70"),
    *("--limit", "CaudaEquina:D0.03cc[Gy]<=60", "--limit", "Rectum:Mean[Gy]<=30", "--cord-rules"),
    *("--shift-mm", "2", "--shift-steps", "3", "--target-alpha-beta", "10", "--isodose", "50%"),
    *("--body-level", "40", "--body-alpha-beta", "3", "--alpha-beta-interval", "Bladder=2,5"),
]


def answer_of(words: Sequence[str]) -> dict[str, Any]:
    """Return what a command ends with and the document that it prints."""
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        status = rtplan([*words, "--json"])
    text = printed.getvalue()
    return {"status": status, "document": json.loads(text) if text.strip() else None}


def of_folder(folder: Path, plans: Sequence[str] = ()) -> dict[str, Any]:
    """Return what is said of one folder with a plan."""
    choice = [word for plan in plans for word in ("--plan", plan)]
    found = {
        f"check {name}": answer_of(["check", str(folder), "--constraints", name, *choice]) for name in SETS
    }
    found["dvh"] = answer_of(
        ["dvh", str(folder), "--metric", "D0.03cc[Gy]", "--metric", "V10Gy[cc]", *choice]
    )
    return found | {"names": answer_of(["names", str(folder)])}


def treatment_folders(folder: Path) -> list[Path]:
    """Return the folders below one that hold DICOM files themselves."""
    return sorted({path.parent for path in folder.rglob("*.dcm")})


def record(real: Path | None) -> Iterator[tuple[str, Any]]:
    """Compute everything, piece by piece."""
    yield "selftest", answer_of(["selftest"])
    yield "bed", answer_of(["bed", *REGIMENS, "--alpha-beta", "3", "--alpha-beta", "10"])
    yield "isoeffect", answer_of(["isoeffect", "50.4Gy/28", "--alpha-beta", "3", "--fractions", "5"])
    yield "sum", answer_of(SUM)
    yield "tissues", answer_of(["tissues"])
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "demo"
        demo = answer_of(["demo", "--out", str(out)])
        yield "demo", demo | {"report": json.loads((out / "report.json").read_text(encoding="utf-8"))}
        patient = out / "patient"
        courses = ["--new", str(patient / "second-course"), "--prior", str(patient / "first-course")]
        registration = ["--registration", str(patient / "registration.dcm")]
        yield "reirradiate", answer_of(["reirradiate", *courses, *registration, *REIRRADIATION])
        place = REIRRADIATION.index("--shift-mm")
        bounds = [*REIRRADIATION[:place], *REIRRADIATION[place + 4 :]]
        yield "reirradiate, bounds", answer_of(["reirradiate", *courses, *bounds])
    for case in CASES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / case
            rtplan(["phantom", "--out", str(folder), "--case", case, "--json"])
            for each in treatment_folders(folder):
                if not each.relative_to(folder).match("*ct*"):
                    yield f"{case} {each.relative_to(folder)}", of_folder(each)
    for each in treatment_folders(real) if real else ():
        yield f"real {each.relative_to(real or each)}", of_folder(each)


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Yield each place where two documents differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in old or key not in new:
                yield f"{place}/{key}: {'came' if key in new else 'went'}"
            else:
                yield from differences(old[key], new[key], f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif old != new:
        yield f"{place}: {old!r} became {new!r}"


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("out", type=Path)
    recording.add_argument("--real", type=Path)
    comparing = commands.add_parser("compare")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    args = parser.parse_args()
    if args.command == "record":
        with contextlib.redirect_stdout(io.StringIO()):
            found = dict(record(args.real))
        args.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
        return 0
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (args.old, args.new))
    found = list(differences(old, new))
    print("\n".join(found) if found else "equal, value by value")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
