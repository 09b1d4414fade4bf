"""Constraint sets: what is shipped, what a clinic writes, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.limits import COLUMNS, VERIFICATION, Role, Scope, constraint_sets, load_constraint_set
from rtplan.limits.constraint import ConstraintFileError, read_constraint_file
from rtplan.names import structure_names

ALL_SETS = [entry.name for entry in constraint_sets()]
REQUIRED = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


@pytest.fixture
def build() -> ModuleType:
    """The committed script that builds the sets."""
    path = Path(__file__).resolve().parents[3] / "tools" / "build_constraints.py"
    spec = importlib.util.spec_from_file_location("build_constraints", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def count_rows(path: Path) -> int:
    return len(list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())))


def write(folder: Path, text: str, name: str = "clinic.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_promised_sets_are_shipped() -> None:
    promised = {
        "tg101-2010",
        "timmerman-2021",
        "uk-sabr-2018",
        "uk-sabr-2022",
        "hytec",
        "quantec",
        "pelvis-conventional",
        "reirradiation-cord",
    }
    assert promised <= set(ALL_SETS)


def test_the_shipped_sets_are_what_the_script_builds_from_the_shared_tables(
    build: ModuleType, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = Path(build.TARGET)
    monkeypatch.setattr(build, "TARGET", tmp_path)
    build.main(shared_data)
    built = sorted(tmp_path.glob("*.csv"))
    assert {path.stem for path in built} == {*ALL_SETS, "sets"}
    for path in built:
        assert path.read_bytes() == (shipped / path.name).read_bytes(), path.name


def test_every_shared_row_is_in_exactly_one_set(build: ModuleType, shared_data: Path) -> None:
    shared = sum(count_rows(path) for path in (shared_data / "constraints").glob("*.csv"))
    shipped = sum(count_rows(Path(build.TARGET) / f"{name}.csv") for name in ALL_SETS)
    assert shipped == shared


@pytest.mark.parametrize("name", ALL_SETS)
def test_every_row_says_its_source_and_how_it_was_checked(name: str) -> None:
    for constraint in load_constraint_set(name).constraints:
        assert constraint.source
        assert constraint.verification in VERIFICATION.values()


@pytest.mark.parametrize("name", ALL_SETS)
def test_a_shipped_set_is_the_released_one(name: str) -> None:
    assert load_constraint_set(name).findings == ()


def test_a_changed_set_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from rtplan.limits import constraint as module  # noqa: PLC0415 - the module itself is patched

    shipped = module._shipped_text
    monkeypatch.setattr(module, "_shipped_text", lambda file: shipped(file).replace("<=,38,", "<=,83,"))
    found = load_constraint_set("tg101-2010")
    assert "differs from the released one" in found.findings[0]


@pytest.mark.parametrize(
    ("name", "organ", "fractions", "metric", "comparator", "limit"),
    [
        ("tg101-2010", "Rectum", "5", "D0.035cc", "<=", "38"),
        ("timmerman-2021", "Rectum", "5", "D0.035cc", "<=", "55"),
        ("hytec", "SpinalCord", "1", "Dmax", "<=", "12.4-14"),
        ("hytec", "SpinalCord", "5", "Dmax", "<=", "25.3"),
        ("uk-sabr-2022", "Brain", "1", "V12Gy", "<", "10-15"),
        ("quantec", "Rectum", "conventional (1.8-2 Gy/fx)", "V50Gy", "<", "50"),
        ("reirradiation-cord", "ThecalSac", "1-5", "Dmax cumulative EQD2", "<=", "70"),
        ("reirradiation-thorax-2021", "Esophagus", "any", "Dmax cumulative EQD2", "<=", "75-100"),
    ],
)
def test_limits_are_those_of_the_publication(
    name: str, organ: str, fractions: str, metric: str, comparator: str, limit: str
) -> None:
    found = [
        (c.comparator, str(c.limit))
        for c in load_constraint_set(name).constraints
        if c.organ_label == organ
        and c.fractions.text == fractions
        and c.metric.text == metric
        and c.role.is_enforced
    ]
    assert (comparator, limit) in found


def test_observations_risk_points_and_alternates_are_never_limits() -> None:
    roles = {
        name: [c for c in load_constraint_set(name).constraints if not c.role.is_enforced]
        for name in ("reirradiation-observed", "quantec", "tg101-2010", "hytec", "reirradiation-cord")
    }
    assert len(roles["reirradiation-observed"]) == 12
    assert {c.role for c in roles["quantec"]} == {Role.RISK_POINT}
    assert len(roles["quantec"]) == 15
    assert [c.role for c in roles["tg101-2010"]] == [Role.ALTERNATE] * 4
    assert [c.role for c in roles["hytec"]] == [Role.ALTERNATE] * 3
    assert [c.limit_as_published for c in roles["reirradiation-cord"]] == ["120"]


def test_no_pelvic_organ_has_a_cumulative_limit() -> None:
    pelvic = {"Rectum", "Bladder", "Bowel", "Ureter_L", "SacralPlex", "Colon_Sigmoid"}
    for name in ALL_SETS:
        if not name.startswith("reirradiation"):
            continue
        for constraint in load_constraint_set(name).constraints:
            assert not (constraint.role.is_enforced and pelvic & set(constraint.organs)), constraint


def test_a_subvolume_is_not_the_organ() -> None:
    subvolumes = [c for c in load_constraint_set("tg101-2010").constraints if c.scope is Scope.OWN_CONTOUR]
    assert len(subvolumes) == 6
    assert all(not c.organs for c in subvolumes)


def test_rows_after_an_earlier_course_are_marked() -> None:
    for constraint in load_constraint_set("reirradiation-cord").constraints:
        assert constraint.scope is not Scope.PLAN
    assert {c.scope for c in load_constraint_set("mdacc-3fx-reirradiation-template").constraints} == {
        Scope.AFTER_EARLIER_COURSE
    }


def test_every_organ_of_every_set_is_a_name_that_matching_knows() -> None:
    known = structure_names()
    organs = {organ for name in ALL_SETS for organ in load_constraint_set(name).organs}
    assert sorted(organ for organ in organs if known.standard_of(organ) != organ) == []


def test_rows_with_different_near_maximum_volumes_are_never_one_limit() -> None:
    keys = [c.key for name in ALL_SETS for c in load_constraint_set(name).constraints]
    assert len(keys) == len(set(keys))


def test_an_unknown_set_lists_the_sets() -> None:
    with pytest.raises(RtplanLookupError, match="tg101-2010"):
        load_constraint_set("tg-101")


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
        (REQUIRED.strip() + ",colour\n" + "a,5,Dmax,<,3,Gy,s,own,red\n", "columns not known: colour"),
        (REQUIRED + "a,5,Dmax,<,3,Gy,s,own,extra,fields\n", "more fields than the header"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConstraintFileError, match=words):
        read_constraint_file(write(tmp_path, text))


def test_a_file_that_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.csv").write_bytes(b"\xff\xfe\x00organ")
    with pytest.raises(ConstraintFileError, match="cannot be read"):
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


def test_the_columns_of_shipped_and_clinic_files_are_the_same() -> None:
    assert set(REQUIRED.strip().split(",")) <= set(COLUMNS)
