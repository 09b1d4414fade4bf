"""Items about the courses: what was given, when, how well it is known, and how the new one is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rtplan.courses import Course, Grade
from rtplan.record.entry import Basis, Finding, absent, idle, known

__all__ = [
    "complete_dicom",
    "earlier_complete",
    "first_treatment",
    "interval",
    "new_course",
    "thorax_coverage",
    "thorax_imaging",
    "thorax_margin",
]


def _earlier_courses(basis: Basis) -> Iterator[tuple[int, Course]]:
    return enumerate(basis.answer.priors, start=1)


def _delivered(course: Course) -> str:
    """Return dose and fractions of a course; empty where one of them is not known."""
    dose = course.prescription_gy
    if dose is None and course.prescription is not None:
        dose = course.prescription.total_dose
    if course.n_fractions is None or dose is None:
        return ""
    return f"{dose:g} Gy in {course.n_fractions}"


def _intent(course: Course) -> str:
    """Return the intent that the plans themselves state."""
    plans = [phase.treatment.plan for phase in course.phases]
    return ", ".join(dict.fromkeys(plan.intent.lower() for plan in plans if plan is not None and plan.intent))


def _joined(values: Iterable[str]) -> str:
    return "; ".join(value for value in values if value)


def first_treatment(basis: Basis) -> Finding:
    """Intent, technique, dose and fractions of each earlier course."""
    said, missing = [], []
    for number, course in _earlier_courses(basis):
        stated = basis.case.record.of_prior(number)
        parts = {
            "intent": stated.intent or _intent(course),
            "technique": stated.technique,
            "dose and fractions": _delivered(course),
        }
        missing += [f"{name} of earlier course {number}" for name, value in parts.items() if not value]
        toxicity = f"toxicity: {stated.toxicity}" if stated.toxicity else ""
        said.append(f"{number}: {', '.join(value for value in (*parts.values(), toxicity) if value)}")
    return absent(", ".join(missing)) if missing else known(_joined(said))


def new_course(basis: Basis) -> Finding:
    """Dose, fractions, modality and technique of the new course."""
    delivered, technique = _delivered(basis.answer.new), basis.case.record.treatment.technique
    missing = [] if delivered else ["dose and fractions of the new course"]
    missing += [] if technique else ["its technique"]
    if missing:
        return absent(" and ".join(missing))
    return known(f"{delivered} fractions, {basis.answer.new.modality}, {technique}")


def interval(basis: Basis) -> Finding:
    """From the last fraction of each earlier course to the first of the new one."""
    gaps = [f"{n}: {gap}" for n, gap in enumerate(basis.answer.intervals, start=1)]
    return known(_joined(gaps))


def complete_dicom(basis: Basis) -> Finding:
    """Whether the earlier courses are used as complete DICOM data, and why where they are not."""
    said, missing = [], []
    for number, course in _earlier_courses(basis):
        why = basis.case.record.of_prior(number).completeness
        if course.grade is Grade.DICOM:
            said.append(f"{number}: {course.grade.value}")
        elif why:
            said.append(f"{number}: {course.grade.value}, {why}")
        else:
            missing.append(f"earlier course {number} is known from {course.grade.value}: why not more?")
    return absent(_joined(missing)) if missing else known(_joined(said))


def earlier_complete(basis: Basis) -> Finding:
    """How complete the earlier data are, and whether they are of all courses."""
    record = basis.case.record
    if not record.all_courses_known:
        return absent("whether these are all earlier courses, and how that is known")
    grades = [
        f"{number}: {course.grade.value}"
        + (f", {why}" if (why := record.of_prior(number).completeness) else "")
        for number, course in _earlier_courses(basis)
    ]
    return known(_joined([*grades, record.all_courses_known]))


def not_of_the_thorax(basis: Basis) -> Finding | None:
    """Return why a consensus on the thorax does not speak of this case, or that nobody said where it is."""
    region = basis.case.record.treatment.region
    if not region:
        return absent("the region is not stated, so whether a consensus on the thorax speaks of it is open")
    if region != "thorax":
        return idle(f"a consensus on the thorax; the region is stated as {region}")
    return None


def thorax_margin(basis: Basis) -> Finding:
    """The margin from CTV to PTV."""
    margin = basis.case.record.treatment.ctv_to_ptv_mm
    found = absent("the margin") if margin is None else known(_margin_text(margin))
    return not_of_the_thorax(basis) or found


def _margin_text(margin_mm: float) -> str:
    return f"{margin_mm:g} mm" + ("" if margin_mm >= 5 else ", less than the 5 mm of the consensus")


def thorax_coverage(basis: Basis) -> Finding:
    """Whether coverage yields to organs at risk."""
    said = basis.case.record.treatment.coverage
    return not_of_the_thorax(basis) or (known(said) if said else absent("whether coverage yields to organs"))


def thorax_imaging(basis: Basis) -> Finding:
    """Image guidance."""
    said = basis.case.record.treatment.image_guidance
    return not_of_the_thorax(basis) or (known(said) if said else absent("the image guidance"))
