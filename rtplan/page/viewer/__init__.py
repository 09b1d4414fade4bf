"""The viewer: slices, doses, outlines, curves and the value under the cursor, drawn from our own geometry.

Pure functions of an answer and of what is asked; they know neither HTTP nor files but for the image's.
"""

from __future__ import annotations

from rtplan.page.viewer.image import Image, image_of
from rtplan.page.viewer.planes import Axes, SlicePlane
from rtplan.page.viewer.scene import Scene, scene_of
from rtplan.page.viewer.views import View, view_answer

__all__ = ["Axes", "Image", "Scene", "SlicePlane", "View", "image_of", "scene_of", "view_answer"]
