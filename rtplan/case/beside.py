"""The new plan alone beside a re-irradiation: against a published set, and against a trial protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rtplan.case.plan_check import CheckCase
from rtplan.case.reirradiation import ReirradiationCase
from rtplan.courses import Course
from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord, input_of_file, input_of_source
from rtplan.limits import load_constraint_set
from rtplan.plan_check import PlanCheck, check_plan
from rtplan.protocols import (
    Folders,
    Screening,
    ScreeningQuestion,
    load_protocol,
    patient_of_tables,
    radiotherapy_only,
    read_patient_file,
    screen,
)
from rtplan.reirradiation import ReirradiationQuestion

__all__ = ["CheckBeside", "check_beside", "protocol_beside"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckBeside:
    """What was asked of the new plan alone.

    Attributes
    ----------
    check : PlanCheck or None
    screening : Screening or None
    inputs : tuple of InputRecord
    """

    check: PlanCheck | None = None
    screening: Screening | None = None
    inputs: tuple[InputRecord, ...] = field(default=())

    @property
    def warnings(self) -> list[str]:
        """What was found on the way."""
        found = [] if self.check is None else list(self.check.findings)
        return found if self.screening is None else [*found, *self.screening.findings]

    @property
    def limit_failed(self) -> bool:
        """Whether a limit or a criterion is not kept for certain."""
        if self.check is not None and not self.check.all_within:
            return True
        return self.screening is not None and any(r.status != "met" for r in self.screening.results)


def check_beside(case: ReirradiationCase, question: ReirradiationQuestion) -> CheckBeside:
    """Check and screen the new plan as far as that is asked for."""
    check, inputs = (None, []) if case.constraints is None else _check(case.constraints, question.new)
    screening, its_inputs = _screening(case)
    return CheckBeside(check=check, screening=screening, inputs=(*inputs, *its_inputs))


def _check(name: str, new: Course) -> tuple[PlanCheck, list[InputRecord]]:
    """Hold the new plan alone against a published set, whose limits of a first course are not judged."""
    treatments = {id(phase.treatment): phase.treatment for phase in new.phases}
    if len(treatments) != 1:
        raise RtplanValueError("--constraints checks one plan: --new has to be its folder")
    treatment = next(iter(treatments.values()))
    constraint_set = load_constraint_set(name).after_earlier_course()
    inputs = [input_of_source(i) for i in treatment.inputs]
    inputs.append(InputRecord(role="constraints", sha256=constraint_set.sha256))
    return check_plan(treatment, constraint_set), inputs


def _screening(case: ReirradiationCase) -> tuple[Screening | None, list[InputRecord]]:
    """Do what ``rtplan protocol screen`` does, with the folders of this command."""
    if case.protocol is None and case.patient is None:
        return None, []
    if case.protocol is None or case.patient is None:
        raise RtplanValueError("--protocol ID and --patient FILE.toml go together")
    if not case.new.is_dir():
        raise RtplanValueError("--protocol screens one plan: --new has to be its folder")
    protocol = load_protocol(case.protocol)
    patient = read_patient_file(case.patient, protocol.facts)
    earlier = [(prior.path, prior.plan) for prior in case.priors if prior.path.is_dir()]
    folders = Folders(
        base=case.patient.parent,
        plan=case.new,
        plan_label=case.new_plan,
        earlier=tuple(folder for folder, _ in earlier),
        earlier_labels=tuple(label for _, label in earlier),
    )
    screening = screen(ScreeningQuestion.of(protocol, patient, folders=folders))
    inputs = [
        InputRecord(role=f"protocol {protocol.id}", sha256=protocol.sha256),
        input_of_file(case.patient, role="patient"),
        *(input_of_source(i) for i in screening.inputs),
    ]
    return screening, inputs


def protocol_beside(case: CheckCase) -> CheckBeside:
    """Hold a trial protocol against the one plan of a check, and against the patient file if there is one."""
    if case.protocol is None:
        return CheckBeside()
    protocol = load_protocol(case.protocol)
    if case.patient is None:
        patient, base = patient_of_tables({}, protocol.facts), Path()
    else:
        patient, base = read_patient_file(case.patient, protocol.facts), case.patient.parent
    folders = Folders(base=base, plan=case.choices[0].folder, plan_label=case.choices[0].plan)
    screening = radiotherapy_only(screen(ScreeningQuestion.of(protocol, patient, folders=folders)))
    return CheckBeside(screening=screening, inputs=_further_inputs(screening, case))


def _further_inputs(screening: Screening, case: CheckCase) -> tuple[InputRecord, ...]:
    """Protocol, patient file and the plans of earlier courses; the new plan is listed already."""
    protocol = screening.protocol
    records = [InputRecord(role=f"protocol {protocol.id}", sha256=protocol.sha256)]
    records += [input_of_file(case.patient, role="patient")] if case.patient else []
    earlier = [i for i in screening.inputs if i.role.startswith("earlier")]
    return (*records, *(input_of_source(i) for i in earlier))
