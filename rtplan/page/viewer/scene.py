"""What is looked at: an answer with its image, axes and sampled organs, made once for a case."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack
from dicom_io.objects import Structure
from rtplan.errors import RtplanLookupError
from rtplan.page.viewer.doses import CoursePoints, by_letter, sampled, tried_course_parts
from rtplan.page.viewer.image import Image, image_of
from rtplan.page.viewer.planes import Axes, SlicePlane
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import target_structures
from rtplan.sums import OrganMask
from rtplan.what_if import StatedOrgan, Tried, stated_organs

__all__ = ["Scene", "scene_of"]

FloatArray = NDArray[np.float64]

_KEPT: Final = 48
"""Slices whose doses are remembered: a slider of alpha/beta samples nothing anew."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """An answer ready to be looked at.

    Attributes
    ----------
    answer : Reirradiation
    image : Image or None
    no_image : str
        Why there is none.
    axes : Axes
    organs : tuple of StatedOrgan
    centre_mm : (float, float, float)
        What a tried turn is about: the middle of the new course's targets, else of its dose grid.
    """

    answer: Reirradiation
    image: Image | None
    no_image: str
    axes: Axes
    organs: tuple[StatedOrgan, ...]
    centre_mm: tuple[float, float, float]
    _kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict, repr=False)

    @property
    def letters(self) -> dict[str, str]:
        """The letter of each course, by label."""
        return dict(by_letter(self.answer))

    def organ(self, name: str, alpha_beta: float | None) -> StatedOrgan:
        """Return an organ at its stated alpha/beta, which may be left out where it has one."""
        found = [o for o in self.organs if o.organ == name and alpha_beta in (None, o.alpha_beta)]
        if len(found) != 1:
            there = ", ".join(f"{o.organ} at {o.alpha_beta:g}" for o in self.organs)
            raise RtplanLookupError(f"{len(found)} organs {name!r} at this alpha/beta; there are: {there}")
        return found[0]

    def moved_organ(self, organ: StatedOrgan, tried: Tried) -> StatedOrgan:
        """Return an organ on samples moved by what is tried."""
        if organ.samples is None or tried.motion.is_none:
            return organ
        samples = organ.samples
        moved = self._remembered(
            (organ.organ, tried.motion), lambda: samples.moved(tried.motion, courses=organ.priors)
        )
        return organ.with_samples(moved)

    def doses_on(self, plane: SlicePlane, tried: Tried, *, without_repair: bool = False) -> CoursePoints:
        """Return the doses of all courses at the pixels of a slice, of a tried regimen and recovery too."""
        joined = self.answer.joined.without_repair() if without_repair else self.answer.joined
        parts = tried_course_parts(joined, tried)
        unscaled = tried_course_parts(joined, Tried(motion=tried.motion))
        key = (plane.name, round(plane.at_mm, 4), tried.motion)
        found: CoursePoints = self._remembered(key, lambda: sampled(unscaled, plane.pixel_points()))
        scale = tried.regimen.dose_factor
        doses = (*found.dose_gy[:-1], found.dose_gy[-1] if scale == 1 else found.dose_gy[-1] * scale)
        return CoursePoints(parts=parts, dose_gy=doses)

    def mask(self, structure: Structure) -> OrganMask:
        """Return a structure's slabs as pixels, made once."""
        found: OrganMask = self._remembered(("mask", id(structure)), lambda: OrganMask.of(structure))
        return found

    def stack(self, structure: Structure) -> SlabStack:
        """Return a structure's slabs, made once."""
        found: SlabStack = self._remembered(("stack", id(structure)), lambda: SlabStack.of(structure))
        return found

    def remembered_curves(self, organ: StatedOrgan, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the stated curves of an organ, made once."""
        found: dict[str, Any] = self._remembered(("curves", organ.organ, organ.alpha_beta), make)
        return found

    def _remembered(self, key: Any, make: Callable[[], Any]) -> Any:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = self._kept[key] = make()
        slices = [k for k in self._kept if k[0] not in ("mask", "stack", "curves")]
        for old in slices[:-_KEPT]:
            del self._kept[old]
        return found


def scene_of(answer: Reirradiation, *, image: Image | None = None, no_image: str = "") -> Scene:
    """Return what is looked at; the image is read from where the new course lies unless it is given.

    Parameters
    ----------
    answer : Reirradiation
    image : Image, optional
    no_image : str
        Why there is none: nothing is then read.
    """
    if image is None and not no_image:
        image, no_image = image_of(answer.new)
    geometry = answer.joined.geometry if image is None else image.geometry
    return Scene(
        answer=answer,
        image=image,
        no_image=no_image,
        axes=Axes.of(geometry),
        organs=stated_organs(answer),
        centre_mm=_centre(answer),
    )


def _centre(answer: Reirradiation) -> tuple[float, float, float]:
    drawn = [contour.points for one in target_structures(answer.new) for contour in one.contours]
    if drawn:
        points = np.concatenate(drawn)
        middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    else:
        geometry = answer.joined.geometry
        middle = geometry.to_patient((np.array(geometry.shape) - 1) / 2)
    return float(middle[0]), float(middle[1]), float(middle[2])
