"""Pages from templates: every value is escaped, texts are from the catalogue, a missing name fails."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from rtplan._version import __version__
from rtplan.page.texts import Catalogue

__all__ = ["Pages"]

_VIEWER: Final = Path(__file__).parent / "viewer" / "templates"
_TIME: Final = "%Y-%m-%d %H:%M"


class _Absent(StrictUndefined):
    """Something that is not there: it may be asked for, and fails where it would be shown."""

    def __bool__(self) -> bool:  # type: ignore[override]  # its parent says that it only raises
        return False


class Pages:
    """The page's templates.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._environment = Environment(
            loader=ChoiceLoader(
                [
                    PackageLoader("rtplan.page", "templates"),
                    PrefixLoader({"viewer": FileSystemLoader(_VIEWER)}),
                ]
            ),
            autoescape=True,
            undefined=_Absent,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "t": catalogue,
            "version": __version__,
            "language": catalogue.language,
            "drawing": Markup,  # of SVG that this package made
        }
        self._environment.filters |= {"moment": _moment, "gy": _gy}

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """Return a page."""
        return self._environment.get_template(template).render(dict(values))


def _moment(seconds: float) -> str:
    return time.strftime(_TIME, time.localtime(seconds))


def _gy(value: float | str | None) -> str:
    """Return a dose as the forms show it; nothing where there is none."""
    return f"{value:g}" if isinstance(value, int | float) else value or ""
