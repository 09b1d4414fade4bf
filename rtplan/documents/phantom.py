"""Synthetic patients that were written as a document, with their answers in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dicom_io.phantom import KnownOrgan, PhantomCase, WrittenPhantom, known_organs
from rtplan.documents.document import Document
from rtplan.text import cell, columns

__all__ = ["phantoms_document"]

_NEAR_MAXIMUM_CC: Final = 0.03


def phantoms_document(written: Sequence[tuple[PhantomCase, WrittenPhantom]], *, base: Path) -> Document:
    """Return what was written, and what is known of it, as data and text.

    Parameters
    ----------
    written : sequence of (PhantomCase, WrittenPhantom)
    base : Path
        File names are told from here.
    """
    rows = [_row(case, files, base=base) for case, files in written]
    return Document(
        schema="rtplan.phantom/1",
        body={"cases": rows},
        text="\n\n".join(_text(row) for row in rows),
        files_written=[name for row in rows for name in row["files"]],
    )


def _row(case: PhantomCase, written: WrittenPhantom, *, base: Path) -> dict[str, Any]:
    relative = written.folder.relative_to(base).as_posix()
    prefix = "" if relative == "." else f"{relative}/"
    return {
        "case": case.name,
        "summary": case.summary,
        "folder": relative,
        "files": [prefix + name for name in written.files],
        "courses": [_course_row(case, label) for label in (course.label for course in case.courses)],
        "structures": [_structure_row(organ) for organ in known_organs(case)],
        "distances": [
            {
                "from": gap.from_name,
                "to": gap.to_name,
                "distance_mm": gap.as_slabs_mm,
                "between_planes_mm": gap.as_planes_mm,
            }
            for gap in case.gaps
        ],
        "ideal": _ideal_row(case),
    }


def _course_row(case: PhantomCase, label: str) -> dict[str, Any]:
    course = case.course(label)
    return {
        "course": label,
        "plan": course.plan_label,
        "n_fractions": course.n_fractions,
        "prescription_gy": course.prescription_gy,
        "patient_position": course.patient_position,
    }


def _structure_row(organ: KnownOrgan) -> dict[str, Any]:
    return {
        "name": organ.name,
        "drawn_in": list(organ.drawn_in),
        "volume_cc": organ.volume_cc,
        "doses": [_dose_row(organ, label) for label in organ.doses],
    }


def _dose_row(organ: KnownOrgan, label: str) -> dict[str, Any]:
    """Return one course's dose in one organ; over the covered part where not all of it is covered."""
    covered = organ.covered_cc(label)
    row: dict[str, Any] = dict.fromkeys(("min_gy", "mean_gy", "max_gy", "d0_03cc_gy"))
    row = {"course": label, "covered_cc": covered, **row, "reason": organ.reason(label)}
    if row["reason"] is None:
        dose = organ.physical(label, covered_only=True)
        row |= {
            "min_gy": dose.minimum,
            "mean_gy": dose.mean,
            "max_gy": dose.maximum,
            "d0_03cc_gy": dose.value_at_hottest(_NEAR_MAXIMUM_CC),
        }
    return row


def _ideal_row(case: PhantomCase) -> dict[str, Any] | None:
    """Return the smooth solid's values, which the contours only approach; None where no case draws one."""
    if case.ideal is None:
        return None
    dose = case.courses[0].dose
    along = ["x", "y", "z"].index(case.ideal.gradient_axis)
    hottest = [0.0, 0.0, 0.0]
    hottest[along] = case.ideal.coordinate_at_hottest(_NEAR_MAXIMUM_CC)
    return {
        "shape": case.ideal.shape,
        "volume_cc": case.ideal.volume_cc,
        "d0_03cc_gy": float(dose.at(hottest)),
    }


def _text(row: dict[str, Any]) -> str:
    """Return one case for a person."""
    lines = [f"{row['case']}: {row['summary']}", f"{len(row['files'])} files written"]
    table = [["structure", "course", "cc", "covered cc", "min Gy", "mean Gy", "max Gy", "D0.03cc Gy"]]
    for structure in row["structures"]:
        for dose in structure["doses"]:
            own = len(structure["drawn_in"]) < len(row["courses"])
            name = f"{structure['name']} of {structure['drawn_in'][0]}" if own else structure["name"]
            table.append(_table_row(name, structure, dose))
    lines += columns(table)
    for gap in row["distances"]:
        lines.append(
            f"{gap['from']} to {gap['to']}: {gap['distance_mm']:g} mm between slabs, "
            f"{gap['between_planes_mm']:g} mm between contour planes"
        )
    if row["ideal"] is not None:
        lines.append(
            f"the smooth {row['ideal']['shape']}: {row['ideal']['volume_cc']:.3f} cc, "
            f"D0.03cc {row['ideal']['d0_03cc_gy']:.3f} Gy"
        )
    return "\n".join(lines)


def _table_row(name: str, structure: dict[str, Any], dose: dict[str, Any]) -> list[str]:
    numbers = [cell(dose[key], digits=3) for key in ("min_gy", "mean_gy", "max_gy", "d0_03cc_gy")]
    return [
        name,
        dose["course"] or "-",
        cell(structure["volume_cc"], digits=3),
        cell(dose["covered_cc"], digits=3),
        *numbers,
    ]
