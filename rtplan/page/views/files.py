"""The page's own style and script, and the viewer's pictures."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from rtplan.errors import RtplanLookupError
from rtplan.page.views.handling import book_of, page

__all__ = ["static_file", "trail"]

_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PLACES: Final = {"": ("rtplan.page", "static"), "viewer": ("rtplan.page", "viewer/static")}


def static_file(request: Request) -> Response:
    """Return a file of the page itself, by a name that is one of those it has."""
    part, name = request.path_params.get("part", ""), request.path_params["name"]
    if part not in _PLACES:
        raise RtplanLookupError("there is no such file")
    package, folder = _PLACES[part]
    place = files(package).joinpath(folder)
    found = next((one for one in place.iterdir() if one.name == name), None) if place.is_dir() else None
    suffix = f".{name.rpartition('.')[2]}"
    if found is None or suffix not in _MEDIA:
        raise RtplanLookupError("there is no such file")
    return Response(found.read_bytes(), media_type=_MEDIA[suffix])


def trail(request: Request) -> Response:
    """Show who changed what, the latest first."""
    book = book_of(request)
    return page(request, "trail.html", {"case": book.name, "trail": reversed(book.trail()), "step": ""})
