"""Every view by its name: a scene and what is asked give bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rtplan.errors import RtplanLookupError
from rtplan.page.viewer.curves import curves_record, hot_spot_record, tried_record
from rtplan.page.viewer.doses import dose_at, sampled, tried_course_parts
from rtplan.page.viewer.facts import facts_record, start_of, top_of
from rtplan.page.viewer.layers import contour_layers, isodose_layers, layers_svg, round_levels
from rtplan.page.viewer.pictures import ct_png, dose_png
from rtplan.page.viewer.plain_page import plain_page
from rtplan.page.viewer.planes import PLANES, SlicePlane
from rtplan.page.viewer.query import Quantity, number, numbers, quantity_of, tried_of
from rtplan.page.viewer.scene import Scene
from rtplan.what_if import StatedOrgan, Tried

__all__ = ["View", "view_answer"]

FloatArray = NDArray[np.float64]
Query = Mapping[str, str]

_PNG: Final = "image/png"
_MOST_LEVELS: Final = 12


@dataclass(frozen=True, kw_only=True)
class View:
    """What a request is answered with.

    Attributes
    ----------
    media_type : str
    content : bytes
    """

    media_type: str
    content: bytes = field(repr=False)


def view_answer(scene: Scene, what: str, query: Query) -> View:
    """Return one view of a scene.

    Parameters
    ----------
    scene : Scene
    what : str
        ``facts``, ``ct``, ``dose``, ``lines``, ``picture`` (lines as SVG), ``page`` (a slice with a form),
        ``cursor``, ``dvh``, ``hot`` or ``whatif``.
    query : mapping of str to str
        As `rtplan.page.viewer.query` reads it: ``plane``, ``at``, ``quantity``, ``course``, ``alpha_beta``,
        ``levels``, ``top``, ``low``, ``window``, ``level``, ``organ``, ``x``, ``y``, ``z``, ``try``.

    Raises
    ------
    RtplanLookupError, RtplanValueError
        What is asked does not exist or means nothing.
    """
    if what not in _VIEWS:
        raise RtplanLookupError(f"no view {what!r}; there are: {', '.join(_VIEWS)}")
    return _VIEWS[what](scene, query)


def _json(record: Mapping[str, Any]) -> View:
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    return View(media_type="application/json", content=text.encode())


def _plane(scene: Scene, query: Query) -> SlicePlane:
    """The slice that is asked for; without a position that of where the viewer starts."""
    name = query.get("plane", "axial")
    if name not in PLANES:
        raise RtplanLookupError(f"no plane {name!r}; there are: {', '.join(PLANES)}")
    across = PLANES[name][3]
    start = None if query.get("at", "").strip() else start_of(scene)[0]
    at = number(query, "at") if start is None else float(scene.axes.along(start)[across])
    return scene.axes.plane(name, at)


def _quantity(scene: Scene, query: Query) -> Quantity:
    said = dict(query)
    joined = scene.answer.joined
    if joined.reason is not None and "course" not in said and said.get("quantity") != "remaining":
        said["course"] = str(len(joined.courses) - 1)  # the new course alone can be shown
    default = scene.organs[0].alpha_beta
    return quantity_of(said, alpha_beta=default, n_courses=len(joined.courses))


def _tried(scene: Scene, query: Query) -> Tried:
    return tried_of(query, centre_mm=scene.centre_mm)


def _organ(scene: Scene, query: Query) -> StatedOrgan:
    name = query.get("organ", "")
    return scene.organ(name, number(query, "stated") if "stated" in query else None)


def _facts(scene: Scene, _: Query) -> View:
    return _json(facts_record(scene))


def _ct(scene: Scene, query: Query) -> View:
    if scene.image is None:
        raise RtplanLookupError(scene.no_image)
    window, level = number(query, "window", 400.0), number(query, "level", 40.0)
    grey = ct_png(scene.image.on(_plane(scene, query)), window=window, level=level)
    return View(media_type=_PNG, content=grey)


def _dose_on(scene: Scene, query: Query, plane: SlicePlane) -> tuple[Quantity, FloatArray]:
    quantity, tried = _quantity(scene, query), _tried(scene, query)
    found = scene.doses_on(plane, tried, without_repair=quantity.kind == "remaining")
    return quantity, dose_at(scene.answer, quantity, found).reshape(plane.shape)


def _top(scene: Scene, query: Query, quantity: Quantity) -> float:
    if "top" in query:
        return number(query, "top")
    if quantity.kind == "remaining":
        return max(quantity.limit_gy, 5.0)
    return top_of(scene, quantity.alpha_beta, course=quantity.course, kind=quantity.kind)


def _dose(scene: Scene, query: Query) -> View:
    quantity, dose = _dose_on(scene, query, _plane(scene, query))
    top = _top(scene, query, quantity)
    low = number(query, "low", 0.1 * top if quantity.kind != "remaining" else 0.0)
    return View(media_type=_PNG, content=dose_png(dose, top_gy=top, low_gy=low))


def _layers(scene: Scene, query: Query, plane: SlicePlane) -> list[Any]:
    courses = [letter for letter in query.get("contours", "").split(",") if letter]
    layers = contour_layers(scene, plane, courses=courses, every=query.get("every") == "1")
    levels = numbers(query, "levels", most=_MOST_LEVELS)
    if levels:
        _, dose = _dose_on(scene, query, plane)
        layers += isodose_layers(dose, plane, levels)
    return layers


def _lines(scene: Scene, query: Query) -> View:
    plane = _plane(scene, query)
    return _json({"layers": [layer.record() for layer in _layers(scene, query, plane)]})


def _picture(scene: Scene, query: Query) -> View:
    """The lines as one SVG, for a page without script: levels and contours are chosen where none are said."""
    said = {"contours": ",".join(scene.letters.values()), **query}
    plane = _plane(scene, said)
    quantity = _quantity(scene, said)
    if "levels" not in said:
        top = _top(scene, said, quantity)
        said["levels"] = ",".join(f"{level:g}" for level in round_levels(top))
    layers = _layers(scene, said, plane)
    caption = f"{plane.name} at {plane.at_mm:.1f} mm · {_in_words(scene, quantity)}"
    return View(media_type="image/svg+xml", content=layers_svg(layers, plane, caption))


def _in_words(scene: Scene, quantity: Quantity) -> str:
    letters = list(scene.letters.values())
    of = " + ".join(letters) if quantity.course is None else letters[quantity.course]
    if quantity.kind == "physical":
        return f"physical dose of {of}"
    if quantity.kind == "remaining":
        return (
            f"dose left in {quantity.n_fractions} fractions below {quantity.limit_gy:g} Gy EQD2, "
            f"α/β {quantity.alpha_beta:g}"
        )
    return f"EQD2 of {of}, α/β {quantity.alpha_beta:g}"


def _page(scene: Scene, query: Query) -> View:
    """The slice with a form, for a browser without script."""
    plane, quantity = _plane(scene, query), _quantity(scene, query)
    course = "sum" if quantity.course is None else str(quantity.course)
    html = plain_page(scene, query, at_mm=plane.at_mm, course=course)
    return View(media_type="text/html; charset=utf-8", content=html.encode())


def _cursor(scene: Scene, query: Query) -> View:
    """The value at a point, from the engine that makes every number of the answer."""
    point = np.array([[number(query, axis) for axis in "xyz"]])
    quantity, tried = _quantity(scene, query), _tried(scene, query)
    found = sampled(tried_course_parts(scene.answer.joined, Tried(motion=tried.motion)), point)
    parts = tried_course_parts(scene.answer.joined, tried)
    scale = tried.regimen.dose_factor
    doses = (*found.dose_gy[:-1], found.dose_gy[-1] * scale)
    found = type(found)(parts=parts, dose_gy=doses)
    each = [
        _known(found.eqd2_of(place, quantity.alpha_beta)) if of_course else None
        for place, of_course in enumerate(parts)
    ]
    courses = [
        {
            "letter": chr(ord("A") + place),
            "physical_gy": _known(found.physical_of(place)) if of_course else None,
            "eqd2_gy": each[place],
            "reason": None if of_course else scene.answer.joined.courses[place].reason,
        }
        for place, of_course in enumerate(parts)
    ]
    record = {
        "point_mm": point[0].tolist(),
        "alpha_beta_gy": quantity.alpha_beta,
        "courses": courses,
        "sum_eqd2_gy": None if None in each else sum(value for value in each if value is not None),
        "not_covered": [chr(ord("A") + place) for place, value in enumerate(each) if value is None],
        "hounsfield": None if scene.image is None else _known(scene.image.at(point)),
    }
    if quantity.kind == "remaining":
        unrepaired = tried_course_parts(scene.answer.joined.without_repair(), tried)
        left = dose_at(scene.answer, quantity, type(found)(parts=unrepaired, dose_gy=found.dose_gy))
        record["remaining_gy"] = _known(left)
    return _json(record)


def _known(values: FloatArray) -> float | None:
    return float(values[0]) if np.isfinite(values[0]) else None


def _dvh(scene: Scene, query: Query) -> View:
    return _json(curves_record(scene, _organ(scene, query), _tried(scene, query)))


def _hot(scene: Scene, query: Query) -> View:
    return _json(hot_spot_record(scene, _organ(scene, query), _tried(scene, query)))


def _whatif(scene: Scene, query: Query) -> View:
    shown = _organ(scene, query) if query.get("organ") else None
    return _json(tried_record(scene, _tried(scene, query), shown))


_VIEWS: Final[Mapping[str, Callable[[Scene, Query], View]]] = MappingProxyType(
    {
        "facts": _facts,
        "ct": _ct,
        "dose": _dose,
        "lines": _lines,
        "picture": _picture,
        "page": _page,
        "cursor": _cursor,
        "dvh": _dvh,
        "hot": _hot,
        "whatif": _whatif,
    }
)
