from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Picture

from dicom_io.objects import GridField, GridGeometry
from dicom_io.phantom import write_phantom
from rtplan.courses import CourseSource, read_course
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.page.viewer import Axes, Image, image_of
from rtplan.page.viewer.pictures import COLOURS, colour_bar, ct_png, dose_png, dose_step_gy
from rtplan.page.viewer.planes import PLANES

TILT = np.radians(9.0)
ORIENTATIONS = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "oblique": ((np.cos(TILT), np.sin(TILT), 0), (-np.sin(TILT), np.cos(TILT), 0)),
    "sagittal rows": ((0, 1, 0), (0, 0, -1)),
}


def geometry(position: str) -> GridGeometry:
    right, down = ORIENTATIONS[position]
    return GridGeometry(
        shape=(9, 14, 12),
        origin=[-20.0, 12.0, 30.0],
        row_direction=right,
        column_direction=down,
        row_spacing=1.5,
        column_spacing=1.25,
        frame_offsets=np.arange(9) * 3.0,
    )


@pytest.mark.parametrize("name", PLANES)
@pytest.mark.parametrize("position", ORIENTATIONS)
def test_a_pixel_goes_to_the_patient_and_back(position: str, name: str) -> None:
    axes = Axes.of(geometry(position))
    plane = axes.plane(name, 0.5 * float(axes.low[PLANES[name][3]] + axes.high[PLANES[name][3]]))
    rows, columns = np.indices(plane.shape).reshape(2, -1)
    back = plane.to_pixel(plane.pixel_points())
    assert back[:, 0] == pytest.approx(rows, abs=1e-6)
    assert back[:, 1] == pytest.approx(columns, abs=1e-6)
    assert plane.to_drawn(plane.pixel_points())[:, 2] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("position", ORIENTATIONS)
def test_the_patient_s_left_back_and_head_are_where_the_letters_say(position: str) -> None:
    """Towards a side's letter the patient's coordinate grows or falls as LPS has it."""
    grows = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "H": (2, 1), "F": (2, -1)}
    axes = Axes.of(geometry(position))
    for name in PLANES:
        plane = axes.plane(name, 0.0)
        middle = np.zeros(2)
        for side, step in {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}.items():
            moved = plane.to_patient(middle + step) - plane.to_patient(middle)
            axis, sign = grows[plane.letters[side]]
            assert sign * moved[axis] == pytest.approx(1.0, abs=0.02)
    assert axes.oblique_degrees == pytest.approx(9.0 if position == "oblique" else 0.0, abs=1e-6)


@pytest.mark.parametrize("name", PLANES)
@pytest.mark.parametrize("position", ORIENTATIONS)
def test_a_slice_of_an_image_is_its_trilinear_values(position: str, name: str) -> None:
    grid = geometry(position)
    values = np.random.default_rng(3).integers(-900, 1500, grid.shape).astype(np.int16)
    image = Image(geometry=grid, values=values, label="CT")
    field = GridField(geometry=grid, values=values.astype(np.float64), frame_of_reference_uid="1.2")
    axes = Axes.of(grid)
    at = float(axes.low[PLANES[name][3]]) + 4.3
    plane = axes.plane(name, at)
    expected = field.sample(plane.pixel_points())
    assert np.isfinite(expected).all()
    assert image.on(plane).ravel() == pytest.approx(expected, abs=0.05)
    assert image.at(plane.pixel_points()) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("position", ORIENTATIONS)
def test_a_marker_is_drawn_on_its_own_pixel(position: str) -> None:
    """The brightest pixel of the picture lies within half a pixel of the marker, in all planes."""
    grid = geometry(position)
    values = np.full(grid.shape, -1000, dtype=np.int16)
    index = (2, 9, 4)
    values[index] = 1000
    point = grid.to_patient(index)
    axes = Axes.of(grid)
    for name, (_, _, _, across) in PLANES.items():
        plane = axes.plane(name, float(axes.along(point)[across]))
        content = ct_png(Image(geometry=grid, values=values, label="CT").on(plane), window=2000, level=0)
        drawn = np.asarray(Picture.open(io.BytesIO(content)))
        row, column = np.unravel_index(np.argmax(drawn), drawn.shape)
        assert plane.to_pixel(point) == pytest.approx([row, column], abs=0.5)


@pytest.mark.parametrize("name", ["spine-sabr-2mm", "spine-sabr-2mm-ffs", "spine-sabr-2mm-hfp"])
def test_an_axial_slice_is_the_stored_image(name: str, tmp_path: Path) -> None:
    """Each stored pixel, placed by pydicom and NumPy alone, is drawn within half a pixel of its place."""
    write_phantom(name, tmp_path / "patient")
    folder = next(path.parent for path in (tmp_path / "patient").rglob("CT*.dcm"))
    image, why = image_of(read_course(CourseSource(source=str(folder)), role="new"))
    assert image is not None, why
    axes = Axes.of(image.geometry)
    for path in sorted(folder.glob("CT*.dcm"))[::7]:
        stored = pydicom.dcmread(path)
        hounsfield = stored.pixel_array * float(stored.RescaleSlope) + float(stored.RescaleIntercept)
        cosines = np.array(stored.ImageOrientationPatient, dtype=float)
        position = np.array(stored.ImagePositionPatient, dtype=float)
        rows, columns = np.indices(hounsfield.shape).reshape(2, -1)
        step = [float(part) for part in stored.PixelSpacing]
        points = position + np.outer(columns * step[1], cosines[:3]) + np.outer(rows * step[0], cosines[3:])
        plane = axes.plane("axial", float(axes.along(position)[2]))
        pixel = plane.to_pixel(points)
        nearest = np.round(pixel).astype(int)
        assert np.abs(pixel - nearest).max() < 0.01
        drawn = image.on(plane)[nearest[:, 0], nearest[:, 1]]
        assert drawn == pytest.approx(hounsfield.ravel(), abs=0.6)


def test_colours_say_the_dose_within_half_a_step() -> None:
    """A picture's colours, read back by another program, are the doses within half a colour step."""
    dose = np.linspace(0.0, 80.0, 4000).reshape(40, 100)
    dose[3, 5] = np.nan
    content = dose_png(dose, top_gy=80.0, low_gy=8.0)
    picture = Picture.open(io.BytesIO(content))
    index = np.asarray(picture).astype(int)
    rgba = np.asarray(picture.convert("RGBA"))
    shown = (dose >= 8.0) & np.isfinite(dose)
    assert (
        np.abs((index[shown] - 1) * dose_step_gy(80.0) - dose[shown]).max() <= dose_step_gy(80.0) / 2 + 1e-9
    )
    assert np.all(rgba[shown][:, 3] == 255)
    assert np.all(rgba[~shown & np.isfinite(dose)][:, 3] == 0)
    assert index[3, 5] >= COLOURS + 1
    assert len(colour_bar()) == 13


def test_every_colour_is_another_one() -> None:
    """Doses can be read back from the colours alone."""
    step = dose_step_gy(100.0)
    picture = Picture.open(io.BytesIO(dose_png(np.arange(COLOURS)[None] * step, top_gy=100.0, low_gy=0.0)))
    colours = {tuple(pixel) for pixel in np.asarray(picture.convert("RGBA"))[0].tolist()}
    assert len(colours) >= COLOURS - 4


def test_a_plane_or_a_scale_that_means_nothing_is_refused() -> None:
    axes = Axes.of(geometry("HFS"))
    with pytest.raises(RtplanLookupError, match="axial, coronal, sagittal"):
        axes.plane("frontal", 0.0)
    with pytest.raises(RtplanValueError):
        axes.plane("axial", np.nan)
    with pytest.raises(RtplanValueError):
        dose_png(np.zeros((2, 2)), top_gy=1.0, low_gy=2.0)
    with pytest.raises(RtplanValueError):
        ct_png(np.zeros((2, 2), dtype=np.float32), window=0.0, level=0.0)
