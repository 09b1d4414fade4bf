"""CT and dose as PNG: what a pixel's colour means is written down and can be read back."""

from __future__ import annotations

import io
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rtplan.errors import RtplanValueError

__all__ = ["COLOURS", "colour_bar", "ct_png", "dose_png", "dose_step_gy"]

FloatArray = NDArray[np.float64]
Bytes = NDArray[np.uint8]

COLOURS: Final = 252
"""Colours of doses from 0 Gy to the top of the scale, both ends included."""
_COLD, _FIRST, _UNKNOWN_CLEAR, _UNKNOWN = 0, 1, 254, 255
_HATCH_PIXELS: Final = 9
_HATCH_COLOUR: Final = (150, 163, 178, 215)


@cache
def _palette() -> Bytes:
    """Red, green, blue and opacity of each of 256 values, shape (256, 4)."""
    from matplotlib import colormaps  # noqa: PLC0415 - matplotlib is heavy

    found = np.zeros((256, 4), dtype=np.uint8)
    shades = np.asarray(colormaps["plasma"](np.linspace(0.0, 1.0, COLOURS)))
    found[_FIRST : _FIRST + COLOURS] = np.round(shades * 255)
    found[_UNKNOWN] = _HATCH_COLOUR
    return found


def colour_bar() -> list[str]:
    """Return every 21st colour of the scale as ``#rrggbb``, from 0 Gy to its top."""
    shown = _palette()[_FIRST : _FIRST + COLOURS : 21, :3]
    top = _palette()[_FIRST + COLOURS - 1, :3]
    return ["#" + bytes(rgb.tolist()).hex() for rgb in (*shown, top)]


def dose_step_gy(top_gy: float) -> float:
    """Return the dose from one colour to the next, Gy."""
    return top_gy / (COLOURS - 1)


def ct_png(hounsfield: NDArray[np.float32], *, window: float, level: float) -> bytes:
    """Return a slice of a CT as 8-bit grey.

    Parameters
    ----------
    hounsfield : ndarray, shape (rows, columns)
        NaN outside the image: black.
    window, level : float
        Width and middle of the grey scale, HU.
    """
    if not window > 0:
        raise RtplanValueError(f"a window of {window} HU: above 0 is needed")
    scaled = (hounsfield - (level - window / 2)) * (255.0 / window)
    grey = np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
    return _png(grey, "L")


def dose_png(dose_gy: FloatArray, *, top_gy: float, low_gy: float) -> bytes:
    """Return a slice of dose as a picture to be laid over a CT.

    Colour number round(dose / step) of `COLOURS`, `dose_step_gy` apart; doses above the top have its colour.
    Below `low_gy` it is clear; where not covered it is hatched.

    Parameters
    ----------
    dose_gy : ndarray, shape (rows, columns)
        NaN where not covered.
    top_gy, low_gy : float
        Ends of what is coloured, Gy.
    """
    if not 0 <= low_gy < top_gy:
        raise RtplanValueError(f"colours from {low_gy} to {top_gy} Gy: the lower end before the upper one")
    known = np.isfinite(dose_gy)
    number = np.clip(np.round(np.nan_to_num(dose_gy) / dose_step_gy(top_gy)), 0, COLOURS - 1)
    index = np.where(known & (dose_gy >= low_gy), number + _FIRST, _COLD).astype(np.uint8)
    rows, columns = (np.arange(size) for size in dose_gy.shape)
    stripes = (rows[:, None] + columns) % _HATCH_PIXELS == 0
    index[~known] = np.where(stripes, _UNKNOWN, _UNKNOWN_CLEAR)[~known]
    return _png(index, "P")


def _png(pixels: Bytes, mode: str) -> bytes:
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib; only pictures need it

    picture = Image.fromarray(pixels, mode="L")
    buffer = io.BytesIO()
    if mode == "P":
        picture.putpalette(_palette()[:, :3].tobytes())
        picture.save(buffer, "PNG", compress_level=1, transparency=_palette()[:, 3].tobytes())
    else:
        picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
