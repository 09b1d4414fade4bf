"""The application: guard, routes, templates and office put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from rtplan.errors import RtplanLookupError
from rtplan.page.guard import HEADERS, Guard, Keys
from rtplan.page.office import Office
from rtplan.page.rendering import Pages
from rtplan.page.texts import load_catalogue
from rtplan.page.views import page_routes, refused

__all__ = ["page_app"]


def page_app(office: Office, keys: Keys) -> Starlette:
    """Return the page as an ASGI application.

    Parameters
    ----------
    office : Office
        Started and stopped with the application.
    keys : Keys
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        office.start()
        yield
        office.stop()

    app = Starlette(
        routes=page_routes(),
        middleware=[Middleware(Guard, keys=keys)],
        exception_handlers={404: _not_there, Exception: _fault},
        lifespan=lifespan,
    )
    app.state.office = office
    app.state.pages = Pages(load_catalogue())
    return app


async def _not_there(request: Request, _: Exception) -> Response:
    return refused(request, RtplanLookupError("there is no such page; go back to the list of cases"))


async def _fault(request: Request, error: Exception) -> Response:
    """Say that the program is at fault; the guard, which adds the headers elsewhere, is not passed here."""
    response = refused(request, error)
    response.headers.update(HEADERS)
    return response
