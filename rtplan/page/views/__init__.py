"""What each address answers: a sheet is read, a form is applied, a page is made. No medicine here."""

from __future__ import annotations

from rtplan.page.views.handling import refused
from rtplan.page.views.routes import page_routes

__all__ = ["page_routes", "refused"]
