"""What the controls of the viewer list: courses, organs, planes, scales, and what cannot be shown and why."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from rtplan.page.viewer.curves import hot_spot_record
from rtplan.page.viewer.doses import dose_at, sampled, tried_course_parts
from rtplan.page.viewer.layers import round_levels
from rtplan.page.viewer.pictures import colour_bar
from rtplan.page.viewer.planes import PLANES, SlicePlane
from rtplan.page.viewer.query import Quantity
from rtplan.page.viewer.scene import Scene
from rtplan.what_if import Tried

__all__ = ["facts_record", "plane_record", "start_of", "top_of"]

_SOFT_TISSUE: Final = (400.0, 40.0)


def top_of(scene: Scene, alpha_beta: float, *, course: int | None = None, kind: str = "eqd2") -> float:
    """Return the dose at which a colour scale ends, Gy: what the hottest sample receives, rounded up."""
    quantity = Quantity(kind=kind, course=course, alpha_beta=alpha_beta)
    grid = scene.answer.joined.geometry
    index = np.stack(np.unravel_index(np.arange(np.prod(grid.shape)), grid.shape), axis=-1)
    every = max(len(index) // 60_000, 1)
    parts = tried_course_parts(scene.answer.joined, Tried())
    found = dose_at(scene.answer, quantity, sampled(parts, grid.to_patient(index[::every])))
    hottest = float(np.nanmax(found)) if np.isfinite(found).any() else 1.0
    return max(float(np.ceil(hottest / 5) * 5), 5.0)


def start_of(scene: Scene) -> tuple[list[float], str]:
    """Return where the viewer starts: the hot spot of the gravest organ, else the middle of the dose."""
    order = {"exceeds": 0, "borderline": 1, "within": 2}

    def gravity(place: int) -> int:
        verdicts = [row.verdict.value for row in scene.organs[place].rows if row.verdict is not None]
        return min((order.get(verdict, 3) for verdict in verdicts), default=4)

    for place in sorted(range(len(scene.organs)), key=gravity):
        spot = hot_spot_record(scene, scene.organs[place], Tried())
        if spot["point_mm"] is not None:
            return spot["point_mm"], scene.organs[place].organ
    grid = scene.answer.joined.geometry
    middle = grid.to_patient((np.array(grid.shape) - 1) / 2)
    return [float(part) for part in middle], scene.organs[0].organ


def plane_record(plane: SlicePlane) -> dict[str, Any]:
    """Return where a plane's pictures lie, in millimetres as drawn, and what its sides are."""
    axes = plane.axes
    return {
        "box_mm": [round(part, 3) for part in plane.box_mm],
        "pixels": [plane.shape[1], plane.shape[0]],
        "letters": plane.letters,
        "across": plane.across,
        "right": plane.right,
        "down": plane.down,
        "down_sign": plane.down_sign,
        "low_mm": float(axes.low[plane.across]),
        "high_mm": float(axes.high[plane.across]),
        "step_mm": float(axes.step[plane.across]),
    }


def facts_record(scene: Scene) -> dict[str, Any]:
    """Return what the controls list."""
    answer = scene.answer
    joined = answer.joined
    start, organ = start_of(scene)
    chosen = next(one for one in scene.organs if one.organ == organ)
    usable = joined.new.reason is None
    last = len(joined.courses) - 1
    course = None if joined.reason is None else last
    top = top_of(scene, chosen.alpha_beta, course=course) if usable else 5.0
    return {
        "courses": [
            {
                "letter": chr(ord("A") + place),
                "label": one.course.label,
                "is_new": place == last,
                "n_fractions": one.course.n_fractions,
                "n_phases": len(one.course.phases),
                "prescription_gy": one.course.prescription_gy,
                "reason": one.reason,
            }
            for place, one in enumerate(joined.courses)
        ],
        "organs": [
            {
                "organ": one.organ,
                "alpha_beta_gy": one.alpha_beta,
                "structure": one.structure.name,
                "reason": one.reason,
            }
            for one in scene.organs
        ],
        "no_sum": joined.reason,
        "image": None if scene.image is None else scene.image.label,
        "no_image": scene.no_image,
        "axes": scene.axes.directions.tolist(),
        "oblique_degrees": round(scene.axes.oblique_degrees, 1),
        "planes": {name: plane_record(scene.axes.plane(name, 0.0)) for name in PLANES},
        "start_mm": start,
        "start_organ": organ,
        "start_alpha_beta_gy": chosen.alpha_beta,
        "top_gy": top,
        "levels_gy": round_levels(top),
        "colours": colour_bar(),
        "window": list(_SOFT_TISSUE),
        "recovery": answer.recovery,
        "centre_mm": [round(part, 1) for part in scene.centre_mm],
        "several_a_day": joined.most_per_day > 1,
        "remaining_fractions": list(answer.question.n_fractions),
    }
