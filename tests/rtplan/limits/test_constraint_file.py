"""A clinic's own limits: every row is read or refused with its place, whatever it is written in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import load_constraint_set, read_constraint_file
from rtplan.limits.constraint_file import ConstraintFileError

REQUIRED = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


def write(folder: Path, text: str, name: str = "clinic.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clinic_writes_csv(tmp_path: Path) -> None:
    path = write(tmp_path, REQUIRED + "Rectum,5,D0.035cc,<=,38,Gy,physics group 2025,own\n")
    found = read_constraint_file(path)
    assert found.name == "clinic"
    assert found.constraints[0].describe() == "Rectum D0.035cc <= 38 Gy (5 fx)"
    assert found.constraints[0].verification == "the clinic's own limit"
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_clinic_writes_toml(tmp_path: Path) -> None:
    text = """
        [[constraint]]
        organ = "SpinalCord"
        n_fractions = "1-5"
        metric = "D0.035cc"
        comparator = "<"
        limit = "10-15"
        unit = "Gy"
        priority = "mandatory"
        source = "physics group 2025"
        how_verified = "own"
    """
    found = load_constraint_set(write(tmp_path, text, "clinic.toml"))
    assert found.constraints[0].describe() == "SpinalCord D0.035cc < 10-15 Gy (1-5 fx, mandatory)"


def test_a_clinic_writes_a_spreadsheet(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(REQUIRED.strip().split(","))
    book.active.append(["Rectum", 5, "D0.035cc", "<=", 38.0, "Gy", "physics group 2025", "own"])
    book.save(tmp_path / "clinic.xlsx")
    found = read_constraint_file(tmp_path / "clinic.xlsx")
    assert found.constraints[0].describe() == "Rectum D0.035cc <= 38 Gy (5 fx)"


def test_a_spreadsheet_that_made_a_date_of_a_range_is_refused(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    import datetime  # noqa: PLC0415 - needed here only

    book = openpyxl.Workbook()
    book.active.append(REQUIRED.strip().split(","))
    book.active.append(["Rectum", datetime.date(2025, 5, 1), "Dmax", "<=", 38, "Gy", "physics", "own"])
    book.save(tmp_path / "clinic.xlsx")
    with pytest.raises(ConstraintFileError, match="format its column as text"):
        read_constraint_file(tmp_path / "clinic.xlsx")


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = "\ufeff" + REQUIRED.replace(",", ";") + "Rectum;5;D5cc;<;25;Gy;physics group;own\n"
    assert read_constraint_file(write(tmp_path, text)).constraints[0].metric.text == "D5cc"


def test_line_ends_do_not_change_the_hash_but_a_number_does(tmp_path: Path) -> None:
    text = REQUIRED + "Rectum,5,D5cc,<,25,Gy,physics group,own\n"
    unix = read_constraint_file(write(tmp_path, text)).sha256
    (tmp_path / "windows.csv").write_bytes(text.replace("\n", "\r\n").encode())
    assert read_constraint_file(tmp_path / "windows.csv").sha256 == unix
    assert read_constraint_file(write(tmp_path, text.replace("25", "26"))).sha256 != unix


def test_all_mistakes_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    text = REQUIRED + (
        "Rectum,5,D0.035cc,<=,3800,Gy,physics group,own\n"
        "Rectum,,D5,=<,38,Gy,physics group,own\n"
        ",5,Dmax,<=,38,Gy,physics group,own\n"
        "Rectum,5,Dmax,<=,38,Gy,,own\n"
        "Rectum,5,Dmax,<=,38,Gy,physics group,trust me\n"
        "Rectum,5,V20Gy,<=,120,%,physics group,own\n"
        "Rectum,5,V20Gy,<=,10,Gy,physics group,own\n"
        "Rectum,5,Dmax,<=,thirty,Gy,physics group,own\n"
        "Rectum,5,Dmax,<=,38,cGy,physics group,own\n"
    )
    with pytest.raises(ConstraintFileError) as caught:
        read_constraint_file(write(tmp_path, text))
    mistakes = caught.value.mistakes
    assert [mistake.partition(":")[0] for mistake in mistakes] == [
        "row 1",
        "row 2",
        "row 2",
        "row 2",
        "row 3",
        "row 4",
        "row 5",
        "row 6",
        "row 7",
        "row 8",
        "row 9",
    ]
    assert "did you pass cGy?" in mistakes[0]
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there are no rows"),
        (REQUIRED, "there are no rows"),
        ("organ,limit\nRectum,38\n", "columns missing: n_fractions, metric"),
        (REQUIRED.strip() + ",colour\n" + "a,5,Dmax,<,3,Gy,s,own,red\n", "column 'colour' is not known"),
        (REQUIRED + "a,5,Dmax,<,3,Gy,s,own,extra,fields\n", "more fields than the header"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConstraintFileError, match=words):
        read_constraint_file(write(tmp_path, text))


def test_a_file_that_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.csv").write_bytes(
        REQUIRED.encode() + "Rectum,5,Dmax,<=,3,Gy,Prüfung,own".encode("latin-1")
    )
    with pytest.raises(ConstraintFileError, match="line 2 is not UTF-8; save it as UTF-8"):
        read_constraint_file(tmp_path / "clinic.csv")


def test_toml_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConstraintFileError, match="cannot be read"):
        read_constraint_file(write(tmp_path, "[[constraint", "clinic.toml"))
    with pytest.raises(ConstraintFileError, match=r"list of \[\[constraint\]\]"):
        read_constraint_file(write(tmp_path, "constraint = 3", "clinic.toml"))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RtplanValueError, match="ends in"):
        read_constraint_file(write(tmp_path, "x", "clinic.docx"))
    with pytest.raises(RtplanLookupError, match="no constraint file"):
        read_constraint_file(tmp_path / "absent.csv")


def book_of(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook whose sheets hold rows below the required columns."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


HEADER = REQUIRED.strip().split(",")


def test_every_sheet_of_a_workbook_is_read_or_named(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "clinic.xlsx",
        one=[HEADER, ["Bladder", 5, "D0.03cc", "<=", 30, "Gy", "c", "own"]],
        five=[HEADER, [], ["Rectum", 5, "D0.03cc", "<=", 1, "Gy", "c", "own"]],
        notes=[["made by", "AB"], ["in", "2025"]],
        empty=[],
    )
    found = read_constraint_file(path)
    assert [c.describe() for c in found.constraints] == [
        "Bladder D0.03cc <= 30 Gy (5 fx)",
        "Rectum D0.03cc <= 1 Gy (5 fx)",
    ]
    assert found.findings == ("sheet 'notes' has no column of limits and was not read",)


def test_a_mistake_in_a_workbook_names_sheet_and_row_as_its_owner_counts(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "clinic.xlsx",
        one=[HEADER, ["Bladder", 5, "D0.03cc", "<=", 30, "Gy", "c", "own"]],
        five=[HEADER, [], ["Rectum", "5.5", "D0.03cc", "<=", 1, "Gy", "c", "own"]],
    )
    with pytest.raises(ConstraintFileError, match=r"sheet 'five' row 2: n_fractions '5.5' is none"):
        read_constraint_file(path)


def test_a_percent_cell_is_what_its_owner_sees(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = book_of(
        tmp_path / "clinic.xlsx",
        one=[
            HEADER,
            ["Rectum", 5, "V20Gy", "<=", 0.3, "%", "seen as 30%", "own"],
            ["Rectum", 5, "V10Gy", "<=", 0.3, "%", "seen as 0.3", "own"],
            ["Rectum", 5, "V5Gy", "<=", 0.305, "", "seen as 30.5%", "own"],
        ],
    )
    book = openpyxl.load_workbook(path)
    book.active["E2"].number_format = "0%"
    book.active["E4"].number_format = "0.0%"
    book.save(path)
    limits = [(c.limit.low, c.unit) for c in read_constraint_file(path).constraints if c.limit]
    assert limits == [(30.0, "%"), (0.3, "%"), (30.5, "%")]
    book.active["F4"].value = "cc"
    book.save(path)
    with pytest.raises(ConstraintFileError, match=r"row 3: limit '30\.5%'"):
        read_constraint_file(path)


def test_a_formula_without_its_saved_value_is_refused(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "clinic.xlsx",
        one=[HEADER, ["Rectum", 5, "V20Gy", "<=", "=3*10", "%", "c", "own"]],
    )
    with pytest.raises(ConstraintFileError, match="cell E2: the formula has no saved value"):
        read_constraint_file(path)


def test_a_second_limit_of_one_source_is_a_question_and_of_another_source_a_row(tmp_path: Path) -> None:
    first = "Rectum,5,D0.035cc,<=,38,Gy,physics,own\n"
    with pytest.raises(ConstraintFileError, match="row 2: a second limit beside row 1"):
        read_constraint_file(write(tmp_path, REQUIRED + first + first.replace("38", "40")))
    with pytest.raises(ConstraintFileError, match="row 2: a second limit beside row 1"):
        read_constraint_file(write(tmp_path, REQUIRED + first + first.replace(",5,", ",5 fx,")))
    both = read_constraint_file(write(tmp_path, REQUIRED + first + first.replace("physics", "board")))
    assert [c.source for c in both.constraints] == ["physics", "board"]


def test_an_unknown_table_of_a_toml_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConstraintFileError, match="'constraints' is not known; is 'constraint' meant"):
        read_constraint_file(write(tmp_path, "[[constraints]]\norgan = 'Rectum'\n", "clinic.toml"))


CELLS = st.fixed_dictionaries(
    {
        "organ": st.sampled_from(["Rectum", "Bladder", "", "Harnblase"]),
        "n_fractions": st.sampled_from(
            [
                "5",
                "5 fx",
                "5.0",
                "Any",
                "all",
                "<=5",
                "25-28 fx",
                "1 - 5",
                "5.5",
                "five",
                "",
                "Conventional",
                "0",
            ]
        ),
        "metric": st.sampled_from(
            ["D0.03cc", "D0.03cc[Gy]", "Dmax", "Mean[Gy]", "V20Gy", "V95%", "D5", "max"]
        ),
        "comparator": st.sampled_from(["<=", "<", ">=", "≤", "=<", ""]),
        "limit": st.sampled_from(["30", "30%", "10-15", "thirty", "", "3000", "95"]),
        "unit": st.sampled_from(["Gy", "%", "cc", "", "cGy"]),
        "source": st.sampled_from(["physics", "board", ""]),
        "how_verified": st.sampled_from(["own", "own", "trust me"]),
    }
)


@given(rows=st.lists(CELLS, min_size=1, max_size=12))
def test_law_of_n_rows_given_n_are_read_or_named(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file of n rows is n limits, or it is refused and every row that was no limit is named."""
    lines = [",".join(row[column] for column in HEADER) for row in rows]
    path = write(tmp_path_factory.mktemp("law"), REQUIRED + "\n".join(lines))
    alone = []
    for number, line in enumerate(lines, start=1):
        try:
            read_constraint_file(write(path.parent, REQUIRED + line, "one.csv"))
        except ConstraintFileError:
            alone.append(f"row {number}")
    try:
        found = read_constraint_file(path)
    except ConstraintFileError as refused:
        named = {mistake.partition(":")[0] for mistake in refused.mistakes}
        assert set(alone) <= named
        return
    assert alone == []
    assert [c.row for c in found.constraints] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("file", "described"),
    [
        ("mixed_fx.csv", ["D0.03cc <= 30 Gy (5 fx)", "V4Gy <= 1 % (5 fx)", "Dmean <= 1 Gy (1-5 fx)"]),
        (
            "any_caps.csv",
            ["D0.03cc <= 30 Gy (5 fx)", "V4Gy <= 1 % (any fx)", "Dmean <= 1 Gy (any fx)",
             "Dmax <= 1 Gy (1-5 fx)", "D2cc <= 1 Gy (5 fx)"],
        ),
        (
            "conv_caps.csv",
            ["D0.03cc <= 60 Gy (28 fx)", "V40Gy <= 1 % (Conventional fx)", "Dmean <= 1 Gy (conventional fx)",
             "D2cc <= 1 Gy (25-28 fx)", "D5cc <= 1 Gy (20 or more fx)"],
        ),
    ],
)  # fmt: skip
def test_files_that_lost_rows_keep_them(shared_data: Path, file: str, described: list[str]) -> None:
    found = read_constraint_file(shared_data.parent / "cases" / "files" / file)
    assert [c.describe() for c in found.constraints] == [f"Bladder {text}" for text in described]
