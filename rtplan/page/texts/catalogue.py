"""The catalogue: a text by its key, with its gaps filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from rtplan.errors import RtplanLookupError

__all__ = ["Catalogue", "load_catalogue"]

_PARTS: Final = ("texts/{language}.toml", "viewer/texts.{language}.toml")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Texts of one language.

    Attributes
    ----------
    language : str
    texts : mapping of str to str
        By dotted key.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text, its gaps filled in.

        Raises
        ------
        RtplanLookupError
            No such key: a text that was forgotten is no text.
        """
        if key not in self.texts:
            raise RtplanLookupError(f"no text {key!r} in the catalogue {self.language!r}")
        text = self.texts[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts


@cache
def load_catalogue(language: str = "en") -> Catalogue:
    """Return the catalogue of a language.

    Examples
    --------
    >>> load_catalogue()("steps.answer")
    'Answer'
    """
    texts: dict[str, str] = {}
    for name in _PARTS:
        file = files("rtplan.page").joinpath(name.format(language=language))
        if file.is_file():
            texts |= _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    return Catalogue(language=language, texts=texts)


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Return nested tables under dotted keys."""
    found: dict[str, str] = {}
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        found |= _flat(value, name) if isinstance(value, Mapping) else {name: str(value)}
    return found
