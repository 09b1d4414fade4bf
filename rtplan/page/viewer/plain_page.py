"""A page of one slice with a form, for a browser without script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

from rtplan.page.texts import load_catalogue
from rtplan.page.viewer.planes import PLANES
from rtplan.page.viewer.scene import Scene

__all__ = ["plain_page"]

_KEYS: Final = ("plane", "at", "quantity", "course", "alpha_beta")


def plain_page(scene: Scene, query: Mapping[str, str], *, at_mm: float, course: str) -> str:
    """Return the page: pictures laid over each other, and a form that asks for another slice.

    Parameters
    ----------
    scene : Scene
    query : mapping of str to str
        What the form said.
    at_mm : float
        Where the slice lies.
    course : str
        ``"sum"`` or the place of the course that is shown.
    """
    t = load_catalogue()
    said = {"plane": "axial", "quantity": "eqd2", **query, "at": f"{at_mm:.1f}", "course": course}
    said.setdefault("alpha_beta", f"{scene.organs[0].alpha_beta:g}")
    said = {key: said[key] for key in _KEYS}
    title = escape(t("viewer.plain.title"))
    pictures = "".join(
        f'<img src="{escape(f"{what}?{urlencode(said)}")}" class="{name}" alt="{title}">'
        for what, name in (("ct", "ct"), ("dose", "wash"), ("picture", "lines"))
        if what != "ct" or scene.image is not None
    )
    planes = _select("plane", said["plane"], {name: t(f"viewer.{name}") for name in PLANES})
    courses = {"sum": t("viewer.sum")} | {
        str(place): letter for place, letter in enumerate(scene.letters.values())
    }
    quantities = {"eqd2": "EQD2", "physical": t("viewer.physical_of", letter="…")}
    return (
        f'<!doctype html><html lang="{t.language}"><meta charset="utf-8"><title>{title}</title>'
        '<link rel="icon" href="/static/icon.svg">'
        '<link rel="stylesheet" href="/static/viewer/viewer.css"><body class="plain-slice">'
        f'<form method="get" action="page"><label>{escape(t("viewer.plain.plane"))} {planes}</label>'
        f'<label>{escape(t("viewer.plain.at"))} <input name="at" type="number" step="any" '
        f'value="{escape(said["at"])}"></label>'
        f"<label>{escape(t('viewer.plain.quantity'))} "
        f"{_select('quantity', said['quantity'], quantities)}</label>"
        f"<label>{escape(t('viewer.plain.course'))} {_select('course', said['course'], courses)}</label>"
        f'<label>α/β <input name="alpha_beta" type="number" step="any" min="0.1" max="100" '
        f'value="{escape(said["alpha_beta"])}"></label>'
        f"<button>{escape(t('viewer.plain.show'))}</button></form>"
        f'<div class="stack">{pictures}</div><p>{escape(t("viewer.plain.script"))} '
        f"{escape(scene.no_image)}</p></body></html>"
    )


def _select(name: str, chosen: str, options: Mapping[str, str]) -> str:
    choices = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<select name="{name}">{choices}</select>'
