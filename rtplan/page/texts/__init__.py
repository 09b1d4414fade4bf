"""Every text of the page in one catalogue; another language is another file."""

from __future__ import annotations

from rtplan.page.texts.catalogue import Catalogue, load_catalogue

__all__ = ["Catalogue", "load_catalogue"]
