"""The protocol files that are carried, and what a protocol author is told about mistakes."""

from __future__ import annotations

import copy
import csv
import hashlib
import re
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.published import tissue_parameters
from rtplan.errors import RtplanLookupError
from rtplan.plan_check import distance_rules
from rtplan.protocols import (
    Protocol,
    TimelineChoices,
    build_timeline,
    load_protocol,
    patient_of_tables,
    protocol_ids,
    read_protocol_file,
    regimen_sheet,
    screen,
)
from rtplan.protocols.condition import _READERS, DistanceIs, EarlierDose, EarlierInterval, NoneWithin, leaves
from rtplan.protocols.patient_file import PatientFileError
from rtplan.protocols.protocol_file import ProtocolFileError, _of_tables
from rtplan.protocols.sheet import sheet_tissues
from rtplan.regimens.trial_rules import point_rules

REGISTRIES = {
    "torch-r": "NCT05628038",
    "sparkle": "NCT06767007",
    "tracer": "NCT06751394",
    "toripalimab-sbrt-oligomet": "not stated",
}

MINIMAL = """
format = 1
id = "own"
version = "1"
name = "Own"
title = "A clinic's own protocol"
registry = "none"
registry_note = "none"
phase = "none"
design = "none"
sponsor = "none"
status = "none"
record_date = "2025-01-01"
treatment = "30Gy/5"
[facts."laboratory.ldh"]
kind = "quantity"
label = "LDH"
unit = "U/L"
[[records]]
id = "p1"
title = "protocol"
date = "2025-01-01"
how_verified = "own"
[[criteria]]
id = "ldh"
kind = "exclusion"
text = "LDH above 500 U/L"
source = "p1, page 3"
excludes = { number = "laboratory.ldh", is = ">", limit = 500, unit = "U/L" }
"""


@pytest.fixture(params=protocol_ids())
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return load_protocol(request.param)


def plain(text: str) -> str:
    """A text without the escapes of the record files and without line breaks."""
    return re.sub(r"\s+", " ", text.replace("\\", ""))


def test_four_trials_are_carried_under_their_registry_numbers() -> None:
    assert {name: load_protocol(name).registry for name in protocol_ids()} == REGISTRIES
    assert load_protocol("nct05628038").id == "torch-r"
    assert load_protocol("TRACER").id == "tracer"


def test_every_text_stands_in_the_records_word_for_word(protocol: Protocol, shared_data: Path) -> None:
    folder = shared_data.parent / "reference" / "records"
    files = [folder / f"{record.id}.txt" for record in protocol.records]
    words = plain(" ".join(path.read_text(encoding="utf-8") for path in files if path.is_file()))
    texts = [c.text for c in protocol.criteria]
    texts += [part for e in protocol.endpoints for part in (e.text, e.horizon) if part]
    texts += [s.text for s in protocol.steps]
    texts += [r.text for r in protocol.regimens if r.in_record]
    texts += [protocol.title, protocol.treatment]
    for text in texts:
        stem = plain(text).removesuffix(".")  # the record may go on after a clause
        assert stem in words, text


CONFLICTS = {
    ("003", "re-irradiation fractionation"): ("tracer", "reirradiation-fractionation"),
    ("003", "distant metastasis"): ("tracer", "distant-metastasis"),
    ("003", "arm structure"): ("tracer", "arm-structure"),
    ("003", "interval wording"): ("tracer", "interval-wording"),
    ("003", "status"): ("tracer", "status"),
    ("000/001", "age"): ("torch-r", "age"),
    ("000/001", "who gets which dose"): ("torch-r", "who-gets-which-dose"),
    ("000/001", '"treatment naive" vs prior RT'): ("torch-r", "treatment-naive"),
    ("000/001", "metastases"): ("torch-r", "metastases"),
    ("001", "3 mm cord and brain size"): ("torch-r", "not-dose-limits"),
    ("000/001", "SABR for metastases"): ("torch-r", "sabr-dose"),
    ("002", "registry number"): ("sparkle", "registry-number"),
    ("002", "prior dose"): ("sparkle", "previous-dose"),
    ("002", "interval"): ("sparkle", "interval"),
    ("002", "dose/drug missing"): ("sparkle", "dose-and-drug"),
    ("002", '"without distant metastasis / oligometastases controllable"'): ("sparkle", "metastases"),
    ("002", "late toxicity"): ("sparkle", "late-toxicity"),
    ("000-002", "upper re-RT dose in 5 fx"): ("torch-r", "reirradiation-upper-dose"),
    ("004", "missing data"): ("toripalimab-sbrt-oligomet", "missing"),
}


def test_every_recorded_conflict_is_a_note_that_surfaces_somewhere(shared_data: Path) -> None:
    table = shared_data.parent / "reference" / "trial_record_conflicts.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert {(row["record"], row["issue"]) for row in rows} == set(CONFLICTS)
    for name, note_id in CONFLICTS.values():
        (note,) = [note for note in load_protocol(name).notes if note.id == note_id]
        assert note.concerns
        assert note.handling


def test_the_numbers_of_the_records_are_in_the_data() -> None:
    bands = {name: [r.label for r in load_protocol(name).regimens] for name in protocol_ids()}
    assert bands == {
        "torch-r": ["25-40Gy/5", "15-30Gy/5"],
        "sparkle": ["25-40Gy/5", "15-25Gy/5"],
        "tracer": ["45-50Gy/25", "30Gy/15Fx", "30Gy/25f"],
        "toripalimab-sbrt-oligomet": [],
    }
    assert [r.in_record for r in load_protocol("sparkle").regimens] == [False, False]
    assert any("dose" in text for text in load_protocol("toripalimab-sbrt-oligomet").not_specified)


def test_rules_told_elsewhere_are_the_same_rules() -> None:
    """The rules beside `rtplan sum` and the distance rule of `rtplan check` say what the protocols say."""
    beside = {(rule.protocol_id, rule.kind, rule.comparator, rule.value) for rule in point_rules()}
    found = set()
    for protocol in map(load_protocol, protocol_ids()):
        for leaf in (leaf for c in protocol.criteria for leaf in leaves(c.condition)):
            if isinstance(leaf, NoneWithin):
                found.add((protocol.registry, "interval", ">=", float(leaf.period.count)))
            elif isinstance(leaf, EarlierInterval):
                found.add((protocol.registry, "interval", leaf.comparison, float(leaf.period.count)))
            elif isinstance(leaf, EarlierDose):
                found.add((protocol.registry, "prior_total_dose", leaf.comparison, leaf.limit_gy))
            elif isinstance(leaf, DistanceIs):
                (rule,) = distance_rules()
                assert (leaf.target, leaf.organ, leaf.limit_mm) == (
                    rule.from_target,
                    rule.to_organ,
                    rule.limit_mm,
                )
                assert (leaf.comparison, rule.comparator) == ("<=", ">")
    assert found == beside


def test_the_sheets_alpha_betas_are_rows_of_the_tissue_table() -> None:
    known = {(row.value, row.doi) for row in tissue_parameters() if row.doi}
    for tissue in sheet_tissues():
        doi = re.search(r"doi:(\S+?)(?:[ ;)]|$)", tissue.source)
        if doi is not None:
            assert (tissue.alpha_beta, doi[1]) in known
    assert [t.alpha_beta for t in sheet_tissues()] == [10.0, 5.06, 3.0, 2.0]


def test_the_hash_is_that_of_the_file(protocol: Protocol) -> None:
    file = resources.files("rtplan.protocols").joinpath(f"data/trials/{protocol.id}.toml")
    assert protocol.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_ids_and_sources_are_there(protocol: Protocol) -> None:
    records = {record.id for record in protocol.records}
    for criterion in protocol.criteria:
        assert any(f"record {record}" in criterion.source for record in records)


def test_a_protocol_shows_itself(protocol: Protocol) -> None:
    assert protocol.name in repr(protocol)
    page = protocol._repr_html_()
    assert page.startswith("<table>")
    assert all(note.text.split("'")[0][:30].replace("<", "&lt;") in page for note in protocol.notes)


def test_an_own_file_with_a_key_of_its_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    own = read_protocol_file(path)
    assert own.criterion("ldh").required == "must not hold: LDH > 500 U/L"
    assert load_protocol(str(path)).sha256 == own.sha256
    assert own.keys_asked == ("laboratory.ldh",)


def test_a_changed_file_has_another_hash(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    first = read_protocol_file(path).sha256
    path.write_text(MINIMAL.replace("limit = 500", "limit = 600"), encoding="utf-8")
    assert read_protocol_file(path).sha256 != first


def mistakes(tmp_path: Path, text: str) -> str:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolFileError) as caught:
        read_protocol_file(path)
    assert str(tmp_path) not in str(caught.value)
    return str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = MINIMAL.replace("format = 1", "format = 7").replace('version = "1"\n', "")
    text = text.replace('kind = "exclusion"', 'kind = "exlusion"').replace('is = ">"', 'is = "over"')
    text += """
[[criteria]]
id = "ldh"
kind = "inclusion"
text = "twice"
source = "p1"
needs = { number = "laboratory.lhd", is = "<", limit = 1 }
[[notes]]
id = "n"
text = "t"
source = "s"
concerns = ["nothing"]
conflict = false
[[regimens]]
id = "r"
regimen = "30Gy"
for = "primary"
text = "t"
source = "s"
how_verified = "own"
in_record = true
"""
    told = mistakes(tmp_path, text)
    assert "7 mistakes" in told
    for part in (
        "format = 7",
        "version: a text is needed",
        "kind 'exlusion'",
        "is = 'over'",
        "'laboratory.lhd', which is no key",
        "concerns nothing",
        "regimens r",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "U/L" }', 'unit = "mg" }', "unit 'mg'"),
        ("limit = 500", 'limit = "500"', "limit = '500': a number is needed"),
        ("excludes = {", 'needs = { judgement = "?" }\nexcludes = {', "exactly one of needs and excludes"),
        ("excludes = {", "exclude = {", "unknown entry: exclude"),
        ('source = "p1, page 3"', 'source = ""', "missing: source"),
        ('kind = "quantity"', 'kind = "amount"', "kind 'amount' is not one of"),
        ('how_verified = "own"', 'how_verified = "trust me"', "how_verified 'trust me'"),
        ("number =", "nummer =", "exactly one of number, yes, no"),
        ("title =", "titel =", "titel: unknown entry"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in mistakes(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_step_must_follow_one_above_it(tmp_path: Path) -> None:
    step = '[[steps]]\nid = "a"\nkind = "day"\nlabel = "a"\ntext = "a"\nsource = "p1"\nafter = "b"\n'
    assert "after = 'b' is neither start nor a step above it" in mistakes(tmp_path, MINIMAL + step)


def test_no_toml_and_no_file_are_refused(tmp_path: Path) -> None:
    assert "cannot be read as TOML" in mistakes(tmp_path, "id = ")
    with pytest.raises(RtplanLookupError, match="no protocol file 'gone"):
        load_protocol(str(tmp_path / "gone.toml"))
    with pytest.raises(RtplanLookupError, match="no protocol 'torch'; there are: sparkle"):
        load_protocol("torch")


def test_the_documented_examples_are_read(tmp_path: Path) -> None:
    """The blocks of the format's page, put together, are a protocol file."""
    page = Path(__file__).parents[3] / "docs" / "protocol_format.md"
    text = page.read_text(encoding="utf-8").partition("# Patient files")[0]
    blocks = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    whole = "\n".join(blocks).replace("duration = { weeks = 18 }", "").replace("every = { months = 3 }", "")
    (tmp_path / "own.toml").write_text(whole, encoding="utf-8")
    found = read_protocol_file(tmp_path / "own.toml")
    assert (len(found.criteria), len(found.regimens), len(found.steps), len(found.notes)) == (1, 1, 1, 1)
    assert found.facts["laboratory.ldh"].also == {"ukat/L": 60.0}


def test_every_condition_of_the_page_is_one_and_every_kind_is_on_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocol_format.md").read_text(encoding="utf-8")
    table = page.partition("### Conditions")[2].partition("Periods are")[0]
    for kind in _READERS:
        assert f"{{ {kind} = " in table


def test_the_documented_patient_file_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocol_format.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page.partition("# Patient files")[2], flags=re.DOTALL)
    patient = patient_of_tables(tomllib.loads(block), load_protocol("torch-r").facts)
    assert patient.earlier is not None
    assert patient.earlier[0].regimen is not None
    assert patient.earlier[0].regimen.total_dose == 50.4
    assert patient.metastases == ()


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just([1, "a"]), st.just({"months": "six"}), st.just(date(2025, 1, 1)),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of nested tables."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, part in steps:
        found += places(part, (*path, key))
    return found


def put(tables: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(tables)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


@given(name=st.sampled_from(protocol_ids()), data=st.data(), value=ODD)
def test_whatever_stands_in_a_file_it_is_read_or_refused_with_its_mistakes(
    name: str, data: st.DataObject, value: Any
) -> None:
    """No entry of a protocol file makes anything but a protocol or a message."""
    file = resources.files("rtplan.protocols").joinpath(f"data/trials/{name}.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    changed = put(tables, data.draw(st.sampled_from(places(tables))), value)
    try:
        found = _of_tables(changed, "changed", "0" * 64)
    except ProtocolFileError:
        pass
    else:
        screen(found, patient_of_tables({}, found.facts))
        repr(regimen_sheet(found))
        build_timeline(found, date(2025, 1, 6), TimelineChoices(cycle_days=21))


@given(data=st.data(), value=ODD)
def test_whatever_stands_in_a_patient_file_it_is_read_or_refused(data: st.DataObject, value: Any) -> None:
    """No entry of a patient file makes anything but a screening or a message."""
    path = Path(__file__).with_name("protocol_patients") / "torch-r.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    changed = put(tables, data.draw(st.sampled_from(places(tables))), value)
    protocol = load_protocol("torch-r")
    try:
        patient = patient_of_tables(changed, protocol.facts)
    except PatientFileError:
        pass
    else:
        screen(protocol, patient)
