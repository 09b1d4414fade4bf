"""Errors planted in otherwise good data, to see on the user's machine that each is caught.

One for each of the thirty ways in which software of this kind is known to go wrong (H01 to H30 of the
hazard table). Data are synthetic patients; each replay says what it saw, or that nothing caught it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from bed import EQD2, BedError, PhysicalDose, eqd2
from dicom_io import DicomIoError
from dicom_io.dvh import MetricValue, compute_dvh
from dicom_io.objects import GridField, identity
from dicom_io.phantom import write_phantom, write_planted
from dicom_io.study import TreatmentSet, load_study
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments, read_course_file
from rtplan.errors import RtplanError
from rtplan.interval import Interval
from rtplan.limits import (
    PlanFractions,
    PublishedMetric,
    Verdict,
    check_constraints,
    constraints_from_rows,
    evaluate_set,
    load_constraint_set,
    parse_limits,
)
from rtplan.names import assign
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import join, parse_tissues
from rtplan.sums import DosePart, Ellipsoid, accumulate, ellipsoid_maximum

__all__ = ["SEEDED_ERRORS", "Replay", "SeededError", "replay_seeded_errors"]

_OWN = (BedError, DicomIoError, RtplanError)
_CASE: Final = "spine-sabr-2mm"
_DOSE, _PLAN = "RTDOSE.dcm", "RTPLAN.dcm"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What became of one planted error.

    Attributes
    ----------
    id : str
        ``"H01"`` to ``"H30"``.
    planted : str
        What was done to good data.
    caught : bool
    how : str
        What the guard said or gave; where nothing caught it, what came out instead.
    """

    id: str
    planted: str
    caught: bool
    how: str


@dataclass(frozen=True, kw_only=True, eq=False)
class SeededError:
    """A planted error and the guard that should see it.

    Attributes
    ----------
    id : str
    planted : str
    replay : callable
        Plants the error; returns whether it was caught, and how. An error of the package's own that holds
        `told` is the guard, too.
    told : str
        Words of the guard's message; empty where the guard gives a value or a warning instead.
    """

    id: str
    planted: str
    replay: Callable[[_Ground], tuple[bool, str]]
    told: str = ""

    def run(self, ground: _Ground) -> Replay:
        """Plant the error and see."""
        try:
            caught, how = self.replay(ground)
        except _OWN as refusal:
            caught, how = bool(self.told) and self.told in str(refusal), f"refused: {refusal}"
        except Exception as stray:  # a guard that breaks in another way is none
            caught, how = False, f"broke with {type(stray).__name__}"
        return Replay(id=self.id, planted=self.planted, caught=caught, how=how)


class _Ground:
    """A temporary folder with the synthetic patients that errors are planted in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def planted(self, changes: Mapping[str, Mapping[str, Any]], case: str = _CASE) -> TreatmentSet:
        """Return the treatment set of a patient with changed files."""
        self._made += 1
        place = self.folder / f"planted-{self._made}"
        write_planted(case, place, changes=changes, images=1)
        return load_study(place).select()

    @cached_property
    def sound(self) -> TreatmentSet:
        """The same patient without any error."""
        return self.planted({})

    @cached_property
    def two_courses(self) -> tuple[Course, Course]:
        """The earlier and the new course of a patient, in two frames of reference."""
        place = self.folder / "two-courses"
        write_phantom("pelvis-two-courses", place)
        earlier, new = (load_study(place / f"{word}-course").select() for word in ("first", "second"))
        return (
            course_of_treatments([(earlier, Delivery())], role="prior"),
            course_of_treatments([(new, Delivery())], role="new"),
        )

    def cumulative(self, *, tissue: str, prior: Course | None = None, **more: Any) -> Reirradiation:
        """Return the cumulative answer of the two courses, or of another earlier one."""
        earlier, new = self.two_courses
        interval = Interval(ended=date(2023, 6, 8), starts=date(2024, 2, 12))
        return reirradiate(
            new, [prior or earlier], intervals=[interval], tissues=parse_tissues([tissue]), **more
        )


def replay_seeded_errors(report: Callable[[str], None] = lambda _: None) -> tuple[Replay, ...]:
    """Plant every error and return what became of each, in order.

    Parameters
    ----------
    report : callable, optional
        Called with what is being done.

    Examples
    --------
    >>> len(SEEDED_ERRORS)
    30
    """
    replays = []
    with tempfile.TemporaryDirectory(prefix="rtplan-seeded-") as name:
        ground = _Ground(Path(name))
        for error in SEEDED_ERRORS:
            report(f"{error.id}: {error.planted}")
            replays.append(error.run(ground))
    return tuple(replays)


def _is(caught: bool, how: str) -> tuple[bool, str]:
    return bool(caught), how


def _not_refused(result: object) -> tuple[bool, str]:
    """Say that nothing stopped an error that should have been refused."""
    return False, f"accepted: {result!r}"[:200]


def _course(treatment: TreatmentSet, **delivery: Any) -> Course:
    return course_of_treatments([(treatment, Delivery(**delivery))], role="prior")


def _plant(changes: Mapping[str, Mapping[str, Any]]) -> Callable[[_Ground], tuple[bool, str]]:
    """Return a replay in which selecting the changed files must be refused."""
    return lambda ground: _not_refused(ground.planted(changes))


# One replay for each error, where a refusal is not all there is to see ------------------------------------


def _h01(ground: _Ground) -> tuple[bool, str]:
    dose = ground.sound.dose
    assert dose is not None
    field = GridField(
        geometry=dose.geometry, values=np.full(dose.geometry.shape, 12.0), frame_of_reference_uid="1.2"
    )
    part = DosePart(course="50 Gy in 5", dose=field, n_fractions=5, transform=identity("1.2"))
    value = float(accumulate([part], alpha_beta=2.0).sample(dose.geometry.to_patient([[1.0, 1.0, 1.0]]))[0])
    return _is(
        abs(value - 13.2) < 1e-6, f"12 Gy in 5 fractions is {value:.1f} Gy EQD2; at 10 Gy each it were 36"
    )


def _h02(ground: _Ground) -> tuple[bool, str]:
    return _not_refused(ground.planted({_DOSE: {"DoseGridScaling": 1e-3 / 5}}))


def _h03(ground: _Ground) -> tuple[bool, str]:
    return _not_refused(
        _course(ground.planted({_PLAN: {"FractionGroupSequence[0].NumberOfFractionsPlanned": None}}))
    )


_STALE: Final = {"DVHType": "CUMULATIVE", "DoseUnits": "GY", "DVHMaximumDose": 99, "DVHMeanDose": 98}


def _h05(ground: _Ground) -> tuple[bool, str]:
    stale = ground.planted({_DOSE: {"DVHSequence": [_STALE]}})
    told = [finding for finding in stale.findings if "stored DVHs" in finding]
    return _is(bool(told), told[0] if told else "the stored histogram went unmentioned")


def _h06(ground: _Ground) -> tuple[bool, str]:
    found = ground.cumulative(tissue="Rectum=3")
    computed = {row.name for row in found.rows}
    return _is(
        "Bladder" in found.unassigned and "Bladder" not in computed,
        f"without alpha/beta and not computed: {', '.join(found.unassigned)}",
    )


def _h10(ground: _Ground) -> tuple[bool, str]:
    treatment = ground.sound
    assert treatment.dose is not None
    assert treatment.structure_set is not None
    dose = treatment.dose
    half = dose.geometry.shape[0] // 2
    covered = np.zeros(dose.geometry.shape, dtype=np.bool_)
    covered[:half] = True
    field = GridField(
        geometry=dose.geometry,
        values=dose.dose_gy,
        frame_of_reference_uid=dose.frame_of_reference_uid,
        covered=covered,
    )
    cord = next(s for s in treatment.structure_set.structures if s.name == "SpinalCord")
    dvh = compute_dvh(cord, field)
    coldest = dvh.metric("Min[Gy]")
    part = dvh.covered_fraction or 0.0
    return _is(
        0 < part < 1 and coldest.value is None, f"{100 * part:.0f} % covered; minimum: {coldest.reason}"
    )


def _h11(ground: _Ground) -> tuple[bool, str]:
    dose = ground.planted({_DOSE: {"PixelSpacing": [2, 3]}}).dose
    assert dose is not None
    step = dose.geometry.to_patient([[0, 1, 0], [0, 0, 1]]) - dose.geometry.to_patient([0, 0, 0])
    lengths = np.linalg.norm(step, axis=1)
    return _is(
        np.allclose(lengths, [2, 3]), f"{lengths[0]:g} mm between rows, {lengths[1]:g} mm between columns"
    )


def _h13(ground: _Ground) -> tuple[bool, str]:
    values = []
    for treatment in (ground.sound, ground.planted({}, f"{_CASE}-ffp")):
        assert treatment.dose is not None
        assert treatment.structure_set is not None
        cord = next(s for s in treatment.structure_set.structures if s.name == "SpinalCord")
        values.append(compute_dvh(cord, GridField.of(treatment.dose)).metric("D0.03cc[Gy]"))
    supine, prone = values
    assert supine.value is not None
    assert prone.value is not None
    room = (supine.uncertainty or 0) + (prone.uncertainty or 0)
    return _is(
        abs(supine.value - prone.value) <= room,
        f"cord D0.03cc {supine.value:.2f} Gy supine head first, {prone.value:.2f} Gy prone feet first",
    )


def _h14(ground: _Ground) -> tuple[bool, str]:
    treatment = ground.sound
    assert treatment.dose is not None
    assert treatment.structure_set is not None
    cord = next(s for s in treatment.structure_set.structures if s.name == "SpinalCord")
    dvh = compute_dvh(cord, GridField.of(treatment.dose))
    small, large = dvh.metric("D0.03cc[Gy]"), dvh.metric("D5000cc[Gy]")
    return _is(
        large.value is None and bool(large.reason) and small.uncertainty is not None,
        f"D5000cc: {large.reason}; D0.03cc comes with +/- {small.uncertainty:.2f} Gy",
    )


def _h15(_: _Ground) -> tuple[bool, str]:
    texts = ["Dmax", "D0.03cc", "D0.035cc", "D0.1cc", "D0.5cc"]
    asked = {PublishedMetric.parse(text, unit="Gy").dvh for text in texts}
    return _is(len(asked) == len(texts), f"{len(asked)} near-maxima are {len(asked)} different questions")


def _h16(ground: _Ground) -> tuple[bool, str]:
    row = ground.cumulative(tissue="Rectum=3").row("Rectum", "D0.03cc[Gy]")
    return _is(
        row.voxel_sum.value is None and row.bounds.high is not None, f"bounds only: {row.voxel_sum.reason}"
    )


def _h17(ground: _Ground) -> tuple[bool, str]:
    prior = _course(ground.sound)
    new = course_of_treatments([(ground.sound, Delivery())], role="new")
    found = ellipsoid_maximum(
        join(new, [prior], []).total(2.0),
        new.structure("SpinalCord"),
        moved=[prior.label],
        ellipsoid=Ellipsoid(half_axes_mm=(3.0, 3.0, 3.0), steps=3),
    )
    free, inside = (which.metric("D0.03cc[Gy]").value for which in (found.free, found.restricted))
    shown = f"worst case {free:.1f} Gy searched freely, {inside:.1f} Gy inside the organ: both are shown"
    return _is(free is not None and inside is not None and free > inside, shown)


def _h18(ground: _Ground) -> tuple[bool, str]:
    paper = course_of_regimen("50.4Gy/28", role="prior", ended=date(2023, 6, 8))
    limits = parse_limits(["Rectum:Max[Gy]<=120"])
    row = ground.cumulative(tissue="Rectum=3", prior=paper, limits=limits).row("Rectum", "Max[Gy]")
    return _is(
        row.verdict is Verdict.NOT_EVALUABLE and row.bounds.high is None, f"not evaluable: {row.reason}"
    )


def _h19(ground: _Ground) -> tuple[bool, str]:
    limits = parse_limits(["Rectum:D0.03cc[Gy]<=100 including recovery from 12 months"])
    return _not_refused(ground.cumulative(tissue="Rectum=3", limits=limits, recovery="michigan-2019"))


_LIMIT: Final = {
    "organ": "Rectum",
    "n_fractions": "5",
    "metric": "D0.035cc",
    "comparator": "<=",
    "unit": "Gy",
    "source": "planted",
    "how_verified": "own",
}


def _h20(_: _Ground) -> tuple[bool, str]:
    swapped = [{"limit": "37", "priority": "optimal"}, {"limit": "30", "priority": "mandatory"}]
    found = check_constraints(constraints_from_rows([_LIMIT | row for row in swapped], name="planted"))
    return _is([f.rule for f in found] == ["priority order"], f"found by the rule: {[f.rule for f in found]}")


def _h21(_: _Ground) -> tuple[bool, str]:
    limits = load_constraint_set("tg101-2010")
    found = evaluate_set(
        limits,
        assign(list(enumerate(dict.fromkeys(limits.organs), start=1))),
        fractions=PlanFractions(n_fractions=4, dose_per_fraction_gy=None),
        metric_of=lambda _, text: MetricValue(text=text, value=1.0, unit="Gy", uncertainty=0.0),
        volume_of=lambda _: 1000.0,
    )
    judged = [row for row in found.evaluations if row.verdict is not Verdict.NOT_EVALUABLE]
    return _is(not judged and bool(found.evaluations), f"{len(judged)} limits judged; {found.findings[0]}")


def _h22(ground: _Ground) -> tuple[bool, str]:
    course = _course(replace(ground.sound, n_fractions_delivered=3))
    told = [finding for finding in course.findings if "3 of 5 planned" in finding]
    return _is(course.n_fractions == 3 and bool(told), told[0] if told else f"{course.n_fractions} fractions")


def _h23(ground: _Ground) -> tuple[bool, str]:
    return _not_refused(_course(ground.planted({_PLAN: {"BeamSequence[*].RadiationType": "PROTON"}})))


def _h24(ground: _Ground) -> tuple[bool, str]:
    assert ground.sound.plan is not None
    plan = replace(ground.sound.plan, is_brachytherapy=True, radiation_types=())
    return _not_refused(_course(replace(ground.sound, plan=plan)))


def _h25(ground: _Ground) -> tuple[bool, str]:
    earlier, new = ground.two_courses
    again = course_of_treatments([(phase.treatment, Delivery()) for phase in earlier.phases], role="prior 2")
    day = Interval(ended=date(2023, 6, 8), starts=date(2024, 2, 12))
    found = reirradiate(new, [earlier, again], intervals=[day, day], tissues=parse_tissues(["Rectum=3"]))
    told = [warning for warning in found.warnings if "same files" in warning]
    labels = {course.label for course in (earlier, again, new)}
    return _is(len(labels) == 3 and bool(told), told[0] if told else f"labels: {sorted(labels)}")


def _h27(ground: _Ground) -> tuple[bool, str]:
    organ = {
        "DoseReferenceSequence[0].DoseReferenceType": "ORGAN_AT_RISK",
        "DoseReferenceSequence[0].TargetPrescriptionDose": None,
        "DoseReferenceSequence[0].OrganAtRiskMaximumDose": 45,
    }
    treatment = ground.planted({_PLAN: organ})
    assert treatment.plan is not None
    told = [finding for finding in treatment.findings if "maximum for an organ" in finding]
    return _is(
        treatment.plan.prescription_gy is None and bool(told),
        told[0] if told else "taken for the prescription",
    )


def _h28(_: _Ground) -> tuple[bool, str]:
    impostors = ["Kidney_R", "Kidney", "Kidney_L_PRV05", "PTV_Kidney_L"]
    taken = [name for name in impostors if assign([(1, name)]).of("Kidney_L")]
    return _is(not taken, f"taken for Kidney_L: {', '.join(taken) or 'none'} of {', '.join(impostors)}")


def _h29(ground: _Ground) -> tuple[bool, str]:
    record = ground.folder / "printed.toml"
    record.write_text(
        'label = "printed"\nunit = "Gy"\nn_fractions = 4\nmodality = "photon"\n'
        "[organs.SpinalCord]\nDmax = 7.2\nEQD2 = 52.0\n",
        encoding="utf-8",
    )
    return _not_refused(read_course_file(record, role="prior", ended=None))


SEEDED_ERRORS: Final[Sequence[SeededError]] = (
    SeededError(id="H01", planted="a 12 Gy voxel in a course of 50 Gy in 5", replay=_h01),
    SeededError(
        id="H02",
        planted="a dose grid of one fraction",
        replay=_h02,
        told="the dose of one fraction, not of all",
    ),
    SeededError(
        id="H03",
        planted="a plan that states no fractions",
        replay=_h03,
        told="does not say how many fractions",
    ),
    SeededError(
        id="H04",
        planted="one beam's dose beside a plan of nine beams",
        replay=_plant({_DOSE: {"DoseSummationType": "BEAM"}}),
        told="beam",
    ),
    SeededError(id="H05", planted="an old histogram inside the dose file", replay=_h05),
    SeededError(id="H06", planted="alpha/beta stated for one organ only", replay=_h06),
    SeededError(
        id="H07",
        planted="50 Gy in 0 fractions",
        replay=lambda _: _not_refused(eqd2(50, 0, 3)),
        told="fractions",
    ),
    SeededError(
        id="H08",
        planted="EQD2 added to physical dose",
        replay=lambda _: _not_refused(EQD2(gy=40.0, alpha_beta=3.0) + PhysicalDose(gy=10.0)),
        told="physical dose",
    ),
    SeededError(
        id="H09",
        planted="EQD2 of alpha/beta 3 added to EQD2 of alpha/beta 10",
        replay=lambda _: _not_refused(EQD2(gy=40.0, alpha_beta=3.0) + EQD2(gy=40.0, alpha_beta=10.0)),
        told="alpha/beta differ",
    ),
    SeededError(id="H10", planted="a dose grid that ends in mid-organ", replay=_h10),
    SeededError(id="H11", planted="a grid of 2 by 3 mm", replay=_h11),
    SeededError(
        id="H12",
        planted="frame offsets that are neither relative nor absolute",
        replay=_plant({_DOSE: {"GridFrameOffsetVector": [7.5 + 2.0 * k for k in range(31)]}}),
        told="where the frames lie cannot be told",
    ),
    SeededError(id="H13", planted="the patient turned prone and feet first", replay=_h13),
    SeededError(id="H14", planted="a metric larger than the organ", replay=_h14),
    SeededError(id="H15", planted="near-maxima of five volumes", replay=_h15),
    SeededError(id="H16", planted="two frames of reference and no registration", replay=_h16),
    SeededError(id="H17", planted="a hot spot beside the organ", replay=_h17),
    SeededError(id="H18", planted="an earlier course known by its prescription only", replay=_h18),
    SeededError(
        id="H19",
        planted="recovery on top of a limit that includes it",
        replay=_h19,
        told="already includes recovery",
    ),
    SeededError(id="H20", planted="optimal and mandatory swapped", replay=_h20),
    SeededError(id="H21", planted="limits for 1, 3 and 5 fractions, a plan of 4", replay=_h21),
    SeededError(id="H22", planted="3 of 5 fractions delivered", replay=_h22),
    SeededError(
        id="H23", planted="a proton plan without a word on RBE", replay=_h23, told="contains the RBE"
    ),
    SeededError(
        id="H24", planted="a brachytherapy plan without its dose rate", replay=_h24, told="whether it was HDR"
    ),
    SeededError(id="H25", planted="the same course given twice", replay=_h25),
    SeededError(
        id="H26",
        planted="a dose in percent",
        replay=_plant({_DOSE: {"DoseUnits": "RELATIVE"}}),
        told="RELATIVE, not in Gy",
    ),
    SeededError(id="H27", planted="an organ's maximum where the prescription is kept", replay=_h27),
    SeededError(id="H28", planted="names that look like the left kidney's", replay=_h28),
    SeededError(id="H29", planted="7.2 Gy in 4 with a printed EQD2 of 52 Gy", replay=_h29, told="EQD2"),
    SeededError(
        id="H30",
        planted="a dose of another patient",
        replay=_plant({_DOSE: {"PatientID": "SOMEBODY-ELSE"}}),
        told="two patients",
    ),
)
"""Every planted error, in the order of the hazard table."""
