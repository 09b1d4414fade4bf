"""What a command refuses the library refuses, with the same message: a notebook passes no command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bed import BedError
from bed.kinetics import LateTissue, RepopulatingTumour
from bed.published import select_tissue_parameters
from dicom_io import DicomIoError
from dicom_io.phantom import write_phantom, write_phantoms
from rtplan.case import CheckCase, ScreenCase, save_case
from rtplan.cli import main
from rtplan.documents import refusal_of, write_constraint_set
from rtplan.errors import RtplanError
from rtplan.files import shipped_file
from rtplan.interval import parse_date
from rtplan.limits import Acceptance, load_constraint_set
from rtplan.names import NameDictionary
from rtplan.plan_check import (
    PlanCheckRequest,
    PlanChoice,
    RiskMargin,
    check_plan,
    choice_by_hand,
    plan_choices,
    questions_about,
)
from rtplan.protocols import (
    Folders,
    ScreeningQuestion,
    TimelineChoices,
    build_timeline,
    load_protocol,
    patient_template,
    read_patient_file,
    screen,
)
from rtplan.regimens import (
    GapQuestion,
    ModelParameters,
    answer_gap,
    compare_regimens,
    effects_of_regimens,
    find_isoeffects,
    parse_days,
    write_comparison_plot,
)
from rtplan.report import check_report_paths, write_timeline_picture
from rtplan.structures import (
    IN_DOSE_FILE,
    DvhQuestion,
    GeometryQuestion,
    NamesQuestion,
    dvhs_of_folder,
    geometry_of_folder,
    names_of_folder,
    write_proposal,
)

OWN_ERRORS = (BedError, DicomIoError, RtplanError)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one plan, and beside it what commands are asked to write into."""
    folder = tmp_path_factory.mktemp("refusals")
    write_phantom("sphere", folder / "sphere")
    write_phantom("spine-sabr-2mm", folder / "spine")
    (folder / "known.toml").write_text("[[earlier_radiotherapy]]\nregimen = '50.4Gy/28'\n")
    (folder / "wrong.toml").write_text("[patient]\necog = 9\nage = 'old'\n")
    (folder / "folder.toml").write_text("[planned_radiotherapy]\nfolder = 'spine'\n")
    (folder / "typed.toml").write_text("[planned_radiotherapy]\nregimen = '25Gy/5'\n")
    (folder / "empty").mkdir()
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("mine")
    return folder


def assert_both_refuse(words: list[str], call: Callable[[], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Ask the command and the library; both say no, and say the same."""
    with pytest.raises(OWN_ERRORS) as refused:
        call()
    message = refusal_of(refused.value, words=words).message
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"rtplan: {message}\n"


REGIMENS: list[tuple[str, Callable[[], Any]]] = [
    ("bed 50.4Gy --alpha-beta 3", lambda: effects_of_regimens(["50.4Gy"], alpha_betas=["3"])),
    ("bed 30Gy/0 --alpha-beta 3", lambda: effects_of_regimens(["30Gy/0"], alpha_betas=["3"])),
    ("bed 30Gy/5 --alpha-beta 0", lambda: effects_of_regimens(["30Gy/5"], alpha_betas=["0"])),
    ("bed 30Gy/5 --alpha-beta three", lambda: effects_of_regimens(["30Gy/5"], alpha_betas=["three"])),
    (
        "bed 30Gy/5 --alpha-beta 3 --model lql",
        lambda: effects_of_regimens(["30Gy/5"], alpha_betas=[3], models=["lql"]),
    ),
    (
        "bed 30Gy/5 --alpha-beta 3 --param delta=-1",
        lambda: effects_of_regimens(
            ["30Gy/5"], alpha_betas=[3], parameters=ModelParameters.parse(["delta=-1"])
        ),
    ),
    (
        "bed 30Gy/5 --alpha-beta 3 --param n=1",
        lambda: ModelParameters.parse(["n=1"]),
    ),
    ("isoeffect 25Gy/5 --alpha-beta 3", lambda: find_isoeffects("25Gy/5", alpha_betas=[3])),
    (
        "isoeffect 25Gy/5 --alpha-beta 3 --fractions 0",
        lambda: find_isoeffects("25Gy/5", alpha_betas=[3], n_fractions=["0"]),
    ),
    (
        "isoeffect 25Gy/5 --alpha-beta 3 --fractions 2.5",
        lambda: find_isoeffects("25Gy/5", alpha_betas=[3], n_fractions=["2.5"]),
    ),
    (
        "isoeffect 25Gy/5 --alpha-beta 3 --dose-per-fraction inf",
        lambda: find_isoeffects("25Gy/5", alpha_betas=[3], doses_per_fraction=["inf"]),
    ),
    ("compare 25Gy/5 5x5Gy --alpha-beta 3", lambda: compare_regimens(["25Gy/5", "5x5Gy"], alpha_betas=[3])),
    ("tissues --endpoint fibrosis", lambda: select_tissue_parameters(endpoint="fibrosis")),
    ("tissues blader", lambda: select_tissue_parameters("blader")),
    ("tissues bladder --source Nobody", lambda: select_tissue_parameters("bladder", source="Nobody")),
    ("constraints show no-such-set", lambda: load_constraint_set("no-such-set")),
    ("constraints verify no-such-file.csv", lambda: load_constraint_set("no-such-file.csv")),
]


@pytest.mark.parametrize(("line", "call"), REGIMENS, ids=[line for line, _ in REGIMENS])
def test_typed_questions_are_refused_by_the_library_too(
    line: str, call: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert_both_refuse(line.split(), call, capsys)


GAP = GapQuestion(
    regimen="70Gy/35",
    first_day=date(2024, 1, 1),
    missed=(date(2024, 1, 22),),
    tumour=RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28),
    late=LateTissue(alpha_beta=3, repair_half_time_h=1.5),
    hours_between=6,
)
BIOLOGY = (
    "--tumour-alpha-beta 10 --repopulation-rate 0.9 --kick-off 28 --late-alpha-beta 3 "
    "--repair-half-time 1.5 --hours-between 6"
)
GAPS: list[tuple[str, Callable[[], Any]]] = [
    ("70Gy/35 --missed 2024-01-20", lambda: answer_gap(replace(GAP, missed=parse_days(["2024-01-20"])))),
    ("70Gy/35 --missed 2024-03-04", lambda: answer_gap(replace(GAP, missed=parse_days(["2024-03-04"])))),
    ("70Gy/35 --missed 2024-01-01", lambda: answer_gap(replace(GAP, missed=parse_days(["2024-01-01"])))),
    ("70Gy/35 --missed 22.1.2024", lambda: parse_days(["22.1.2024"])),
    ("70Gy/35 --missed 2024-01-24..2024-01-22", lambda: parse_days(["2024-01-24..2024-01-22"])),
    (
        "70Gy/35 --missed 2024-01-22 --resumes 2024-01-22",
        lambda: answer_gap(replace(GAP, resumes=date(2024, 1, 22))),
    ),
    ("70Gy/35 --missed 2024-01-22 --category 7", lambda: answer_gap(replace(GAP, category=7))),
    ("45Gy/30bid --missed 2024-01-22", lambda: answer_gap(replace(GAP, regimen="45Gy/30bid"))),
    ("45Gy/25+5.4Gy/3 --missed 2024-01-22", lambda: answer_gap(replace(GAP, regimen="45Gy/25+5.4Gy/3"))),
]


@pytest.mark.parametrize(("line", "call"), GAPS, ids=[line for line, _ in GAPS])
def test_interruptions_are_refused_by_the_library_too(
    line: str, call: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["gap", *line.split(), "--start", "2024-01-01", *BIOLOGY.split()]
    assert_both_refuse(words, call, capsys)


FOLDERS: list[tuple[str, Callable[[Path], Any]]] = [
    ("dvh {}/nothing", lambda top: dvhs_of_folder(DvhQuestion(folder=top / "nothing"))),
    ("dvh {}/empty", lambda top: dvhs_of_folder(DvhQuestion(folder=top / "empty"))),
    (
        "dvh {}/sphere --structure Spere",
        lambda top: dvhs_of_folder(DvhQuestion(folder=top / "sphere", structures=["Spere"])),
    ),
    (
        "dvh {}/sphere --metric D0.03",
        lambda top: dvhs_of_folder(DvhQuestion(folder=top / "sphere", metrics=["D0.03"])),
    ),
    (
        "dvh {}/sphere --plan other",
        lambda top: dvhs_of_folder(DvhQuestion(folder=top / "sphere", plan="other")),
    ),
    (
        "dvh {}/sphere --dose other",
        lambda top: dvhs_of_folder(DvhQuestion(folder=top / "sphere", dose="other")),
    ),
    (
        "dvh {}/sphere --stored {}/nothing.txt",
        lambda top: dvhs_of_folder(DvhQuestion(folder=top / "sphere", stored=str(top / "nothing.txt"))),
    ),
    (
        "geometry {}/sphere --structure Spere",
        lambda top: geometry_of_folder(GeometryQuestion(folder=top / "sphere", structures=["Spere"])),
    ),
    (
        "geometry {}/sphere --between Sphere Spere",
        lambda top: geometry_of_folder(
            GeometryQuestion(folder=top / "sphere", between=[("Sphere", "Spere")])
        ),
    ),
    ("geometry {}/nothing", lambda top: geometry_of_folder(GeometryQuestion(folder=top / "nothing"))),
    ("names {}/empty", lambda top: names_of_folder(NamesQuestion(folder=top / "empty"))),
    (
        "names {}/sphere --names {}/nothing.csv",
        lambda top: names_of_folder(NamesQuestion(folder=top / "sphere", dictionary=top / "nothing.csv")),
    ),
    ("names {}/sphere --names {}/nothing.csv", lambda top: NameDictionary.read(top / "nothing.csv")),
    ("phantom --out {}/full", lambda top: write_phantoms("pelvis-two-courses", top / "full")),
    ("phantom --out {}/new --case cube", lambda top: write_phantoms("cube", top / "new")),
    (
        "compare 25Gy/5 50Gy/25 --alpha-beta 3 --plot {}/plot.png",
        lambda top: write_comparison_plot(
            compare_regimens(["25Gy/5", "50Gy/25"], alpha_betas=[3]), top / "plot.png"
        ),
    ),
    (
        "compare 25Gy/5 50Gy/25 --alpha-beta 3 --plot {}/plot.svg --plot-range 0 10",
        lambda top: write_comparison_plot(
            compare_regimens(["25Gy/5", "50Gy/25"], alpha_betas=[3]),
            top / "plot.svg",
            alpha_beta_range=["0", "10"],
        ),
    ),
    (
        "check {}/sphere --constraints tg101-2010 --report {}/report.docx",
        lambda top: check_report_paths([top / "report.docx"]),
    ),
    (
        "check {}/sphere --constraints tg101-2010 --report {}/nothing/report.html",
        lambda top: check_report_paths([top / "nothing" / "report.html"]),
    ),
]


@pytest.mark.parametrize(("line", "call"), FOLDERS, ids=[line for line, _ in FOLDERS])
def test_folders_and_files_are_refused_by_the_library_too(
    line: str, call: Callable[[Path], Any], patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word.replace("{}", str(patient)) for word in line.split()]
    assert_both_refuse(words, lambda: call(patient), capsys)


def test_dvhs_that_the_dose_file_does_not_store_are_said(patient: Path) -> None:
    answer = dvhs_of_folder(DvhQuestion(folder=patient / "sphere", stored=IN_DOSE_FILE))
    assert "the dose file stores no DVHs" in answer.findings


def checked(*folders: Path, **stated: Any) -> Any:
    """Check plans as a notebook does: read what is stated, then the folders, then answer."""
    chosen = {option: stated.pop(option, ()) for option in ("plans", "doses", "structures")}
    request = PlanCheckRequest(**({"constraints": "tg101-2010"} | stated))
    return [check_plan(question) for question in questions_about(request, plan_choices(folders, **chosen))]


CHECKS: list[tuple[str, Callable[[Path], Any]]] = [
    ("{}/nothing", lambda top: checked(top / "nothing")),
    ("{}/empty", lambda top: checked(top / "empty")),
    ("{}/spine --constraints tg-101", lambda top: checked(top / "spine", constraints="tg-101")),
    ("{}/spine --constraints {}/no.csv", lambda top: checked(top / "spine", constraints=f"{top}/no.csv")),
    ("{}/spine --clinic {}/no.toml", lambda top: checked(top / "spine", clinic=top / "no.toml")),
    ("{}/spine --names {}/no.csv", lambda top: checked(top / "spine", names=top / "no.csv")),
    ("{}/spine --require Cord", lambda top: checked(top / "spine", required_organs=("Cord",))),
    ("{}/spine --organ SpinalCord", lambda _: choice_by_hand("SpinalCord")),
    (
        "{}/spine --organ SpinalCrd=SpinalCord",
        lambda top: checked(top / "spine", by_hand=(("SpinalCrd", "SpinalCord"),)),
    ),
    (
        "{}/spine {}/sphere --organ SpinalCrd=SpinalCord",
        lambda top: checked(top / "spine", top / "sphere", by_hand=(("SpinalCrd", "SpinalCord"),)),
    ),
    ("{}/spine --distance-rule 5mm", lambda top: checked(top / "spine", rules=("5mm",))),
    ("{}/spine --distance-from GTV9", lambda top: checked(top / "spine", distance_from=("GTV9",))),
    ("{}/spine --convert-fractions guess", lambda top: checked(top / "spine", conversion="guess")),
    ("{}/spine --convert-fractions eqd2:0", lambda top: checked(top / "spine", conversion="eqd2:0")),
    ("{}/spine --accept SpinalCord:D0.035cc=", lambda _: Acceptance.parse("SpinalCord:D0.035cc=")),
    ("{}/spine --prv-margin wide", lambda _: RiskMargin.parse("wide")),
    ("{}/spine --prv-margin SpinalCord=0", lambda _: RiskMargin.parse("SpinalCord=0")),
    ("{}/spine --plan other", lambda top: checked(top / "spine", plans=["other"])),
    ("{}/spine --dose other", lambda top: checked(top / "spine", doses=["other"])),
    ("{}/spine --structures other", lambda top: checked(top / "spine", structures=["other"])),
    ("{}/spine {}/spine", lambda top: checked(top / "spine", top / "spine")),
    ("{}/spine {}/nothing", lambda top: checked(top / "spine", top / "nothing")),
    (
        "{}/spine {}/sphere --plan x --plan y --plan z",
        lambda top: checked(top / "spine", top / "sphere", plans=["x", "y", "z"]),
    ),
    ("{}/spine --protocol nothing", lambda _: load_protocol("nothing")),
    (
        "{}/spine --patient {}/known.toml",
        lambda top: CheckCase(
            request=PlanCheckRequest(constraints="tg101-2010"),
            choices=plan_choices([top / "spine"]),
            patient=top / "known.toml",
        ),
    ),
    (
        "{}/spine {}/sphere --protocol torch-r",
        lambda top: CheckCase(
            request=PlanCheckRequest(constraints="tg101-2010"),
            choices=plan_choices([top / "spine", top / "sphere"]),
            protocol="torch-r",
        ),
    ),
]


@pytest.mark.parametrize(("line", "call"), CHECKS, ids=[line for line, _ in CHECKS])
def test_plan_checks_are_refused_by_the_library_too(
    line: str, call: Callable[[Path], Any], patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", *(word.replace("{}", str(patient)) for word in line.split())]
    words += [] if "--constraints" in words else ["--constraints", "tg101-2010"]
    assert_both_refuse(words, lambda: call(patient), capsys)


def test_a_check_without_a_set_is_refused_by_the_library_too(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_both_refuse(["check", str(patient / "spine")], PlanCheckRequest, capsys)


def screened(file: Path, **folders: Any) -> Any:
    """Screen as a notebook does."""
    trial = load_protocol("torch-r")
    where = Folders(base=file.parent, **folders)
    return screen(ScreeningQuestion.of(trial, read_patient_file(file, trial.facts), folders=where))


def timed(start: str = "2025-01-06", **choices: Any) -> Any:
    """Lay a protocol out in time as a notebook does."""
    return build_timeline(load_protocol("tracer"), parse_date(start), TimelineChoices.of_words(**choices))


START = "timeline tracer --start 2025-01-06"
PROTOCOLS: list[tuple[str, Callable[[Path], Any]]] = [
    ("show torch", lambda _: load_protocol("torch")),
    ("show {}/gone.toml", lambda top: load_protocol(f"{top}/gone.toml")),
    ("show {}/wrong.toml", lambda top: load_protocol(f"{top}/wrong.toml")),
    ("template torch", lambda _: patient_template(load_protocol("torch"))),
    ("screen torch-r --patient {}/gone.toml", lambda top: screened(top / "gone.toml")),
    ("screen torch-r --patient {}/wrong.toml", lambda top: screened(top / "wrong.toml")),
    (
        "screen torch-r --patient {}/known.toml --plan {}/nothing",
        lambda top: screened(top / "known.toml", plan=top / "nothing"),
    ),
    (
        "screen torch-r --patient {}/known.toml --plan {}/spine --plan-label other",
        lambda top: screened(top / "known.toml", plan=top / "spine", plan_label="other"),
    ),
    (
        "screen torch-r --patient {}/folder.toml --plan {}/spine",
        lambda top: screened(top / "folder.toml", plan=top / "spine"),
    ),
    (
        "screen torch-r --patient {}/typed.toml --plan {}/spine",
        lambda top: screened(top / "typed.toml", plan=top / "spine"),
    ),
    (
        "screen torch-r --patient {}/known.toml --prior {}/spine",
        lambda top: screened(top / "known.toml", earlier=(top / "spine",)),
    ),
    (
        "screen torch-r --patient {}/typed.toml --prior {}/spine --prior-label a --prior-label b",
        lambda top: ScreenCase(
            protocol="torch-r",
            patient=top / "typed.toml",
            earlier=(top / "spine",),
            earlier_labels=("a", "b"),
        ),
    ),
    ("timeline tracer --start 06.01.2025", lambda _: timed("06.01.2025")),
    (f"{START} --cycle-days 0", lambda _: timed(cycle_days=0)),
    (f"{START} --cycles induction", lambda _: timed(cycles=["induction"])),
    (f"{START} --cycles induction=99", lambda _: timed(cycles=["induction=99"])),
    (f"{START} --fractions radiotherapy=x", lambda _: timed(fractions=["radiotherapy=x"])),
    (f"{START} --at x=2025-01-06", lambda _: timed(at=["x=2025-01-06"])),
    (f"{START} --break induction=3", lambda _: timed(breaks=["induction=3"])),
    (f"{START} --prior-ended soon", lambda _: timed(earlier_ended="soon")),
    (f"{START} --closed monday", lambda _: timed(closed=["monday"])),
    (f"{START} --picture {{}}/t.png", lambda top: write_timeline_picture(timed(), top / "t.png")),
    (f"{START} --picture {{}}/no/t.svg", lambda top: write_timeline_picture(timed(), top / "no" / "t.svg")),
]


@pytest.mark.parametrize(("line", "call"), PROTOCOLS, ids=[line for line, _ in PROTOCOLS])
def test_protocols_are_refused_by_the_library_too(
    line: str, call: Callable[[Path], Any], patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["protocol", *(word.replace("{}", str(patient)) for word in line.split())]
    assert_both_refuse(words, lambda: call(patient), capsys)


def saved_check(top: Path, **stated: Any) -> None:
    """Save a check's case over the file that it names, as a notebook would."""
    request = PlanCheckRequest(**{"constraints": "tg101-2010", **stated})
    save_case(
        CheckCase(request=request, choices=(PlanChoice(folder=top / "spine"),)),
        top / "ours.toml",
        overwrite=True,
    )


OUTPUTS_OVER_INPUTS: list[tuple[str, Callable[[Path], Any]]] = [
    (
        "check {}/spine --constraints {}/ours.toml --save-case {}/ours.toml --overwrite",
        lambda top: saved_check(top, constraints=str(top / "ours.toml")),
    ),
    (
        "check {}/spine --constraints tg101-2010 --clinic {}/ours.toml --save-case {}/ours.toml --overwrite",
        lambda top: saved_check(top, clinic=top / "ours.toml"),
    ),
    (
        "constraints export {}/ours.toml --out {}/ours.toml --overwrite",
        lambda top: write_constraint_set(
            load_constraint_set(f"{top}/ours.toml"), top / "ours.toml", overwrite=True
        ),
    ),
    (
        "names {}/spine --clinic {}/ours.toml --propose {}/ours.toml --overwrite",
        lambda top: write_proposal(
            names_of_folder(NamesQuestion(folder=top / "spine", clinic=top / "ours.toml")),
            top / "ours.toml",
            overwrite=True,
        ),
    ),
    (
        "protocol timeline {}/own.toml --start 2025-01-06 --picture {}/own.svg --overwrite",
        lambda top: write_timeline_picture(
            build_timeline(
                load_protocol(f"{top}/own.toml"), parse_date("2025-01-06"), TimelineChoices.of_words()
            ),
            top / "own.svg",
            overwrite=True,
        ),
    ),
]


@pytest.mark.parametrize(
    ("line", "call"), OUTPUTS_OVER_INPUTS, ids=[line.split()[0] for line, _ in OUTPUTS_OVER_INPUTS]
)
def test_no_output_takes_the_place_of_an_input_through_the_library_either(
    line: str, call: Callable[[Path], Any], patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, own = patient / "ours.toml", patient / "own.toml"
    ours.write_text(
        '[[constraint]]\norgan = "SpinalCord"\nn_fractions = "3"\nmetric = "Dmax"\ncomparator = "<"\n'
        'limit = "20"\nunit = "Gy"\nsource = "ours"\nhow_verified = "own"\n',
        encoding="utf-8",
    )
    own.write_bytes(shipped_file("rtplan.protocols", "trials/tracer.toml").content)
    (patient / "own.svg").unlink(missing_ok=True)
    (patient / "own.svg").symlink_to(own)
    before = {path: path.read_bytes() for path in (ours, own)}
    assert_both_refuse(
        [word.replace("{}", str(patient)) for word in line.split()], lambda: call(patient), capsys
    )
    assert before == {path: path.read_bytes() for path in before}
