"""What is drawn on a slice: contours of each course and isodose lines, with names and colours beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np

from dicom_io.objects import Structure, identity
from rtplan.names import target_of
from rtplan.page.viewer.outlines import Outline, isodose_lines, outline_of
from rtplan.page.viewer.planes import SlicePlane
from rtplan.page.viewer.scene import Scene
from rtplan.reirradiation.organ import CourseDose

__all__ = ["Layer", "contour_layers", "isodose_layers", "layers_svg", "round_levels"]

LINE_COLOURS: Final = ("#56b4e9", "#009e73", "#f0e442", "#e69f00", "#d55e00", "#cc79a7", "#ffffff")
"""Okabe and Ito 2008, seen apart by the colour-blind; for isodoses from low to high."""
ORGAN_COLOURS: Final = (
    "#8ecdf7",
    "#7fe0bb",
    "#f5ec8a",
    "#f6c56b",
    "#ff9d66",
    "#e6b1d2",
    "#c9d4e0",
    "#b7a6f2",
)
_TARGET_COLOUR: Final = "#ffffff"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One line with its name.

    Attributes
    ----------
    kind : {"contour", "isodose"}
    course : str
        Letter of the course; empty for isodoses.
    name : str
    outline : Outline
    colour : str
    is_earlier : bool
        Dashed: drawn for an earlier course.
    """

    kind: str
    course: str
    name: str
    outline: Outline
    colour: str
    is_earlier: bool

    @property
    def label_mm(self) -> tuple[float, float] | None:
        """Where its name is written: isodoses are named at their left, contours at their right."""
        return self.outline.label_mm(at_left=self.kind == "isodose")

    def record(self) -> dict[str, Any]:
        """Return the layer as JSON has it."""
        label = self.label_mm
        return {
            "kind": self.kind,
            "course": self.course,
            "name": self.name,
            "colour": self.colour,
            "earlier": self.is_earlier,
            "path": self.outline.path,
            "label_mm": None if label is None else [round(part, 1) for part in label],
        }


def isodose_layers(dose_gy: Any, plane: SlicePlane, levels_gy: Sequence[float]) -> list[Layer]:
    """Return the isodose lines of a slice, those of low doses first."""
    levels = sorted(set(levels_gy))
    colours = [LINE_COLOURS[min(place, len(LINE_COLOURS) - 1)] for place in range(len(levels))]
    return [
        Layer(kind="isodose", course="", name=f"{level:g} Gy", outline=line, colour=colour, is_earlier=False)
        for level, line, colour in zip(levels, isodose_lines(dose_gy, plane, levels), colours, strict=True)
    ]


def contour_layers(scene: Scene, plane: SlicePlane, *, courses: Sequence[str], every: bool) -> list[Layer]:
    """Return the contours of some courses on a slice.

    Parameters
    ----------
    scene : Scene
    plane : SlicePlane
    courses : sequence of str
        Letters.
    every : bool
        All structures, not only those that stand for the answer's organs, and targets.
    """
    found = []
    for place, one in enumerate(scene.answer.joined.courses):
        letter = chr(ord("A") + place)
        if letter not in courses:
            continue
        is_earlier = place < len(scene.answer.joined.priors)
        for name, structure, colour in _structures(scene, place, one, every=every):
            way = _way(scene, one, structure)
            if way is None:
                continue
            outline = outline_of(scene, structure, way, plane)
            if outline.lines:
                found.append(
                    Layer(
                        kind="contour",
                        course=letter,
                        name=name,
                        outline=outline,
                        colour=colour,
                        is_earlier=is_earlier,
                    )
                )
    return found


def _structures(
    scene: Scene, place: int, one: CourseDose, *, every: bool
) -> Iterator[tuple[str, Structure, str]]:
    """Yield the structures of a course that are drawn, with name and colour."""
    shown = set()
    for number, match in enumerate(scene.answer.matches):
        own = (*match.priors, match.new)[place]
        if own is not None and own.contours:
            shown.add(own.number)
            yield match.organ, own, ORGAN_COLOURS[number % len(ORGAN_COLOURS)]
    for structure in one.course.structures:
        if structure.number in shown or not structure.contours:
            continue
        if target_of(structure) is not None:
            yield structure.name, structure, _TARGET_COLOUR
        elif every:
            yield structure.name, structure, "#9fb0c2"


def _way(scene: Scene, one: CourseDose, structure: Structure) -> Any:
    """What leads from the slice to a structure; None where nothing does."""
    frame = scene.answer.joined.frame_of_reference_uid
    if structure.frame_of_reference_uid == frame:
        return identity(frame)
    return next((t for t in one.transforms if t.maps_to == structure.frame_of_reference_uid), None)


def layers_svg(layers: Sequence[Layer], plane: SlicePlane, caption: str) -> bytes:
    """Return lines with names as an SVG picture in millimetres, to be laid over a slice."""
    x, y, width, height = plane.box_mm
    size = max(width, height) / 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:.2f} {y:.2f} {width:.2f} {height:.2f}" '
        f'width="{2 * width:.2f}" height="{2 * height:.2f}" font-family="sans-serif" font-size="{size:.1f}">'
        f"<title>{escape(caption)}</title>"
    ]
    taken: list[tuple[float, float]] = []
    for layer in layers:
        dash = f' stroke-dasharray="{size / 2.4:.2f} {size / 4:.2f}"' if layer.is_earlier else ""
        parts.append(
            f'<path d="{layer.outline.path}" fill="none" stroke="{layer.colour}" '
            f'stroke-width="{size / 9:.2f}"{dash}/>'
        )
        label = layer.label_mm
        if label is not None:
            named = escape(f"{layer.course} {layer.name}".strip())
            label = _free_place(label, taken, size)
            parts.append(
                f'<text x="{label[0]:.1f}" y="{label[1]:.1f}" fill="{layer.colour}" stroke="#000" '
                f'text-anchor="{"end" if layer.kind == "isodose" else "start"}" '
                f'stroke-width="{size / 7:.2f}" paint-order="stroke">{named}</text>'
            )
    parts += _frame_svg(plane, size, caption)
    return "".join([*parts, "</svg>"]).encode()


def _free_place(
    place: tuple[float, float], taken: list[tuple[float, float]], size: float
) -> tuple[float, float]:
    """Return a place for a name, moved down until no other name is there, and note it as taken."""
    x, y = place
    while any(abs(x - a) < 5 * size and abs(y - b) < size for a, b in taken):
        y += size
    taken.append((x, y))
    return x, y


def _frame_svg(plane: SlicePlane, size: float, caption: str) -> list[str]:
    """Letters of the patient's directions, a scale bar, and what is drawn."""
    x, y, width, height = plane.box_mm
    ends = {
        "left": (x + size * 0.7, y + height / 2),
        "right": (x + width - size * 0.7, y + height / 2),
        "top": (x + width / 2, y + size * 2.6),
        "bottom": (x + width / 2, y + height - size * 0.5),
    }
    style = 'fill="#fff" stroke="#000" stroke-width=".4" paint-order="stroke"'
    found = [
        f'<text x="{a:.1f}" y="{b:.1f}" text-anchor="middle" {style}>{plane.letters[side]}</text>'
        for side, (a, b) in ends.items()
    ]
    right, bottom = x + width - size, y + height - size
    found.append(
        f'<path d="M{right - 50:.1f} {bottom:.1f}h50" stroke="#fff" stroke-width="{size / 6:.2f}"/>'
        f'<text x="{right - 25:.1f}" y="{bottom - size / 2:.1f}" text-anchor="middle" {style}>5 cm</text>'
        f'<text x="{x + size / 2:.1f}" y="{y + size * 1.2:.1f}" {style}>{escape(caption)}</text>'
    )
    return found


def round_levels(top_gy: float) -> list[float]:
    """Return six levels that a person would choose below a dose."""
    step = next(s for s in (1, 2, 5, 10, 15, 20, 25, 50, 100, 200, 500, 1000) if top_gy / s <= 6.99)
    return [float(level) for level in np.arange(step, top_gy + 1e-9, step)][-6:]
