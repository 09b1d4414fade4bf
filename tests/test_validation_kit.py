"""The validation kit is what its sources say now, names tests that exist, and shows nobody's machine."""

from __future__ import annotations

import importlib.util
import json
import platform
import re
import socket
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
KIT = ROOT / "docs" / "validation"
TOOL = ROOT / "tools" / "validation"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
RUNTIME = {"numpy", "scipy", "pydicom", "matplotlib", "dicompyler-core"}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The command's module; its neighbours are found beside it."""
    if not TOOL.is_dir():
        pytest.skip("needs tools/validation beside the tests")
    sys.path.insert(0, str(TOOL))
    spec = importlib.util.spec_from_file_location("validation_kit", TOOL / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def day() -> str:
    """The date that the committed kit carries."""
    found = re.search(r"Made (\d{4}-\d\d-\d\d) ", (KIT / "index.md").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def assert_same_but_for_last_digits(name: str, made: str) -> None:
    """Words are those of the committed page; numbers are within what a last digit may change."""
    kept = (KIT / name).read_text(encoding="utf-8")
    assert NUMBER.sub("#", made) == NUMBER.sub("#", kept), f"{name}: make validation DATE=..."
    pairs = zip(NUMBER.findall(made), NUMBER.findall(kept), strict=True)
    apart = [(a, b) for a, b in pairs if float(a) != pytest.approx(float(b), rel=0.02, abs=0.01)]
    assert not apart, f"{name}: make validation DATE=..."


# --- the pages


def test_pages_made_of_data_files_are_those_that_the_command_makes_now(tool: ModuleType, day: str) -> None:
    for name, text in tool.stated_pages(tool.sources(day)).items():
        assert text == (KIT / name).read_text(encoding="utf-8"), f"{name}: make validation DATE=..."


def test_computed_pages_have_the_numbers_that_are_computed_now(tool: ModuleType, day: str) -> None:
    given = tool.sources(day)
    for pages in (tool.kit_evidence.oracle_pages(given.made), tool.kit_evidence.seeded_page(given.made)):
        for name, text in pages.items():
            assert_same_but_for_last_digits(name, text)


def test_the_accuracy_page_has_the_numbers_that_are_computed_now(
    tool: ModuleType, day: str, shared_data: Path
) -> None:
    assert_same_but_for_last_digits(
        "dvh-accuracy.md", tool.computed_accuracy(tool.sources(day))["dvh-accuracy.md"]
    )


def test_without_the_real_data_the_page_says_that_they_are_not_here(tool: ModuleType, tmp_path: Path) -> None:
    assert tool.kit_evidence.nelms_part(tmp_path).startswith("**Not here**")


def test_the_summary_of_the_accuracy_benchmark_is_taken_from_its_page(
    tool: ModuleType, tmp_path: Path
) -> None:
    page = tmp_path / "dvh_accuracy.md"
    assert "No full run is recorded" in tool.kit_evidence.many_solids(page)
    heading = tool.kit_evidence.EXACT_SECTION
    page.write_text(f"# A\n\nMade by `c` on D.\n\n{heading}\n\nAll hold.\n\n### By solid, linear\n\nx\n")
    taken = tool.kit_evidence.many_solids(page)
    assert taken == "Made by `c` on D. All tables are on [its page](../dvh_accuracy.md).\n\nAll hold."
    page.write_text("# Another page\n")
    with pytest.raises(ValueError, match="Made by"):
        tool.kit_evidence.many_solids(page)


def test_the_coverage_of_sums_is_taken_from_its_page(tool: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "sum_coverage.md"
    assert "No full run is recorded" in tool.kit_evidence.sums_covered(page)
    page.write_text("# A\n\nMade by `c` on D.\n\n| family |\n| --- |\n| rigid |\n")
    assert tool.kit_evidence.sums_covered(page) == "Made by `c` on D.\n\n| family |\n| --- |\n| rigid |"
    page.write_text("# A\n\nMade by `c` on D.\n")
    with pytest.raises(ValueError, match="no table"):
        tool.kit_evidence.sums_covered(page)


def test_every_page_carries_the_date_that_was_passed_in(day: str) -> None:
    pages = sorted(KIT.glob("*.md"))
    assert len(pages) == 12
    for path in pages:
        assert f"*Made {day} from rtplan " in path.read_text(encoding="utf-8"), path.name
    assert json.loads((KIT / "bom.cdx.json").read_text())["metadata"]["timestamp"].startswith(day)


def test_no_page_names_a_path_of_a_machine() -> None:
    for path in sorted(KIT.iterdir()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:home|tmp|root|Users|work)/\w", text), path.name
        assert str(ROOT) not in text, path.name


def test_what_is_told_of_the_machine_names_no_host_and_no_user(
    tool: ModuleType, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canaries for host, user and home reach no page that is made of the machine."""
    monkeypatch.setattr(platform, "node", lambda: "canary-host")
    monkeypatch.setattr(socket, "gethostname", lambda: "canary-host")
    for name in ("USER", "LOGNAME", "USERNAME", "HOME", "HOSTNAME"):
        monkeypatch.setenv(name, "canary-name")
    told = "".join(tool.machine_pages(tool.sources(day), day).values())
    assert platform.python_version() in told
    assert "canary" not in told
    assert str(ROOT) not in told


def test_the_hospital_finds_what_is_left_to_it(day: str) -> None:
    text = (KIT / "index.md").read_text(encoding="utf-8")
    assert "not a medical device" in text
    for word in (
        "rtplan selftest",
        "--seeded-errors",
        "rtplan dvh",
        "rtplan reirradiate",
        "medical physicist",
    ):
        assert word in text, word
    form = text.partition("## Form")[2].split("|---|---|")[1]
    lines = [line for line in form.splitlines() if line.startswith("|")]
    assert len(lines) > 10
    assert all(re.search(r" \| \.+ \|$", line) for line in lines), "the form is blank"


# --- requirements


def test_every_test_that_a_requirement_names_exists(tool: ModuleType, day: str) -> None:
    found = tool.sources(day).found
    assert tool.mistakes(found, ROOT) == []
    assert sum(requirement.area == "Hazards" for requirement in found) == 30


def test_a_test_that_does_not_exist_is_told(tool: ModuleType) -> None:
    wrong = [
        tool.Requirement(id="R-1", area="x", text="x", tests=("tests/test_validation_kit.py::test_no_such",)),
        tool.Requirement(id="R-1", area="x", text="x", tests=("tests/no_such_file.py",)),
    ]
    assert tool.mistakes(wrong, ROOT) == [
        "R-1 is used twice",
        "R-1: there is no test tests/test_validation_kit.py::test_no_such",
        "R-1: there is no test tests/no_such_file.py",
    ]


@pytest.mark.parametrize(
    ("tests", "measured", "not_shown", "word"),
    [
        ((), (), "", "not shown"),
        (("a",), (), "", "tests"),
        (("a",), (), "something", "in part"),
        ((), ("good",), "", "measured"),
        (("a",), ("good",), "", "tests and measured"),
        (("a",), ("absent",), "", "in part"),
        ((), ("absent",), "", "not shown"),
        (("a",), ("good", "bad"), "", "NOT MET"),
        ((), ("bad",), "", "NOT MET"),
        ((), ("good",), "something", "in part"),
    ],
)
def test_what_shows_a_requirement_is_said_plainly(
    tool: ModuleType, tests: tuple[str, ...], measured: tuple[str, ...], not_shown: str, word: str
) -> None:
    asked = tool.Requirement(
        id="R-1", area="x", text="x", tests=tests, measured=measured, not_shown=not_shown
    )
    rows = {"good": {"holds": "yes"}, "bad": {"holds": "no"}}
    assert tool.kit_pages.shown_by(asked, rows) == word


def test_a_run_counts_what_passed_failed_and_skipped(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2, 3])\n"
        "def test_three(n): assert n < 3\n"
        "def test_skips(): pytest.skip('not here')\n"
        "def test_other(): pass\n"
    )
    one = tool.Requirement(id="R-1", area="x", text="x", tests=("tests/test_a.py::test_three",))
    all_of_it = tool.Requirement(id="R-2", area="x", text="x", tests=("tests/test_a.py",))
    assert tool.run_tests([one, all_of_it], tmp_path) == {
        "R-1": {"passed": 2, "failed": 1, "skipped": 0},
        "R-2": {"passed": 3, "failed": 1, "skipped": 1},
    }


# --- risks and anomalies


def test_a_hazard_without_cause_and_harm_stops_the_command(tool: ModuleType) -> None:
    listed = tool.listed_hazards()
    with pytest.raises(ValueError, match="H30"):
        tool.kit_pages.risk_page("", KIT / "risks.toml", listed[:-1])


def test_an_unknown_kind_of_anomaly_is_refused(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "anomalies.toml").write_text('[[anomaly]]\nid = "A-01"\nkind = "feature"\n')
    with pytest.raises(ValueError, match="A-01"):
        tool.kit_pages.anomaly_page("", tmp_path / "anomalies.toml")


# --- measurements


def test_a_recorded_measurement_is_added_and_the_last_one_counts(tool: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "measured.csv"
    common = ["record", "--file", str(file), "--id", "fuzz", "--what", "w", "--command", "c, d"]
    for result, holds in (("3 hang", "no"), ("none hang", "yes")):
        ended = ["--result", result, "--holds", holds, "--date", "2026-11-21", "--seed", "1"]
        assert tool.main([*common, *ended]) == 0
    given = tool.sources("2026-11-21", folder=tmp_path)
    assert [row["result"] for row in given.measurements] == ["3 hang", "none hang"]
    assert given.latest["fuzz"]["holds"] == "yes"
    assert given.latest["fuzz"]["command"] == "c, d"


def benchmark_results(file: Path, *, size: str, ratio: float) -> Path:
    """Results as benchmarks/run.py writes them, every ratio the same."""
    names = [("DVH", 4.0), ("voxel sum", 3.0), ("voxel sum", None), ("band", 1.0), ("EQD2 of a grid", 2.0)]
    rows = [
        {
            "name": n,
            "other": "x",
            "wall": {"median": ratio},
            "cpu": {"median": 2 * ratio},
            "required_at_most": r,
            "ours_peak_mb": 99.0,
            "turns": 5,
        }
        for n, r in names
    ]
    file.write_text(json.dumps({"size": size, "comparisons": rows}), encoding="utf-8")
    return file


def test_ratios_of_the_benchmarks_are_recorded_and_one_that_misses_fails_its_row(
    tool: ModuleType, tmp_path: Path
) -> None:
    results = benchmark_results(tmp_path / "benchmarks.json", size="full", ratio=1.5)
    file = tmp_path / "measured.csv"
    assert tool.main(["record-benchmarks", str(results), "--file", str(file), "--date", "2026-11-21"]) == 0
    found = tool.sources("2026-11-21", folder=tmp_path).latest
    held = {name: row["holds"] for name, row in found.items()}
    assert held == {"speed-dvh": "yes", "speed-voxel-sum": "no", "speed-eqd2": "yes"}
    assert "band / x 1.5, by processor time 3 (at most 1)" in found["speed-voxel-sum"]["result"]


def test_a_quick_run_of_the_benchmarks_is_not_recorded(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = benchmark_results(tmp_path / "benchmarks.json", size="quick", ratio=0.1)
    file = tmp_path / "measured.csv"
    assert tool.main(["record-benchmarks", str(results), "--file", str(file), "--date", "2026-11-21"]) == 2
    assert not file.exists()
    assert "quick" in capsys.readouterr().err


def test_a_date_is_asked_for_and_none_is_made_up(
    tool: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["build"], ["build", "--date", "today"]):
        with pytest.raises(SystemExit) as refusal:
            tool.main(arguments)
        assert refusal.value.code == 2
    assert "--date" in capsys.readouterr().err


# --- bill of materials


def bills(tool: ModuleType) -> list[dict]:
    """The committed bill and that of this machine."""
    here = tool.kit_materials.cyclonedx(tool.kit_materials.components(), version="0.1.0", date="2026-11-21")
    return [json.loads((KIT / "bom.cdx.json").read_text(encoding="utf-8")), json.loads(here)]


def test_the_bill_has_the_structure_of_the_standard(tool: ModuleType) -> None:
    """CycloneDX 1.6: what the schema requires of what is used here."""
    for bill in bills(tool):
        assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", bill["serialNumber"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", bill["metadata"]["timestamp"])
        own = bill["metadata"]["component"]
        entries = [own, *bill["components"]]
        references = [entry["bom-ref"] for entry in entries]
        assert len(set(references)) == len(references)
        for entry in entries:
            assert entry["type"] in ("application", "library")
            assert entry["name"]
            assert entry["purl"] == f"pkg:pypi/{entry['name']}@{entry['version']}"
            assert entry.get("scope", "required") in ("required", "optional")
            (licence,) = entry["licenses"]
            assert licence.keys() in ({"expression"}, {"license"})
            for one in entry.get("hashes", ()):
                assert one["alg"] == "SHA-256"
                assert re.fullmatch(r"[0-9a-f]{64}", one["content"])
            for one in entry.get("properties", ()):
                assert one.keys() == {"name", "value"}
        graph = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
        assert list(graph) == references
        assert {name for needed in graph.values() for name in needed} <= set(references)


def test_the_bill_holds_what_runs_and_nothing_that_only_developers_need(tool: ModuleType) -> None:
    for bill in bills(tool):
        scopes = {entry["name"]: entry["scope"] for entry in bill["components"]}
        assert {name for name in RUNTIME if scopes.get(name) == "required"} == RUNTIME
        assert not {"pytest", "mypy", "ruff", "hypothesis", "rtplan"} & scopes.keys()


def test_the_bill_states_the_installed_versions_and_licences(tool: ModuleType) -> None:
    for component in tool.kit_materials.components():
        assert component.version == metadata.version(component.name)
        assert component.licence not in ("", "UNKNOWN")
        assert re.fullmatch(r"[0-9a-f]{64}", component.files_sha256)


def test_the_same_installation_gives_the_same_bill(tool: ModuleType) -> None:
    first, again = (
        tool.kit_materials.cyclonedx(tool.kit_materials.components(), version="1", date="2026-11-21")
        for _ in range(2)
    )
    assert first == again


def test_the_hash_of_the_sources_shows_a_changed_and_a_renamed_file(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = tool.package_sha256(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x")
    assert tool.package_sha256(tmp_path) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    renamed = tool.package_sha256(tmp_path)
    (tmp_path / "b.py").write_text("2")
    assert len({first, renamed, tool.package_sha256(tmp_path)}) == 3
