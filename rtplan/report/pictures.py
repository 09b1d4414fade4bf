"""The pictures of a report: curves and planes taken from results, drawn by `rtplan.plotting`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from dicom_io import DVH, GridGeometry, ImageSeries, ScalarField, Structure
from rtplan.organ_row import OrganDvhs
from rtplan.plotting import Curve, SliceView, figure_svg, new_figure, plain_text, plot_dvhs, plot_slice

__all__ = ["axial_view", "dvh_figure_svg", "hottest_plane_mm", "isodose_levels", "slices_figure_svg"]

FloatArray = NDArray[np.float64]

_CURVE_POINTS = 401
_PANELS_PER_ROW = 3
_SOFT_TISSUE_WINDOW = (-160.0, 240.0)
_PICTURE_STEP_MM = 2.0
_NEAR_HOTTEST = 0.995


def _curve(dvh: DVH, label: str) -> Curve | None:
    """Return a DVH ready to draw; None where nothing of the structure is covered."""
    if dvh.max_gy is None:
        return None
    dose_gy = np.linspace(0, dvh.max_gy, _CURVE_POINTS)
    return Curve(
        label=label, dose_gy=dose_gy, volume=np.asarray(dvh.volume_at_dose(dose_gy), dtype=np.float64)
    )


def dvh_figure_svg(organs: Sequence[OrganDvhs]) -> str:
    """Draw one panel for each organ and alpha/beta: the EQD2 of each course and of the sum.

    Parameters
    ----------
    organs : sequence of OrganDvhs
        At least one.

    Returns
    -------
    str
        An SVG document.
    """
    rows = -(-len(organs) // _PANELS_PER_ROW)
    figure = new_figure(width=11.5, height=2.9 * rows + 0.4)
    panels = figure.subplots(rows, _PANELS_PER_ROW, squeeze=False)
    for number, panel in enumerate(panels.flat):
        if number >= len(organs):
            panel.set_visible(False)
            continue
        _draw_organ(panel, organs[number])
    handles, labels = panels.flat[0].get_legend_handles_labels()
    for panel in panels.flat[1 : len(organs)]:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            if label not in labels:
                handles.append(handle)
                labels.append(label)
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), frameon=False)
    return figure_svg(figure)


def _draw_organ(panel: Axes, organ: OrganDvhs) -> None:
    """Draw the curves of one organ, or say that there is none."""
    curves = [_curve(dvh, plain_text(label)) for label, dvh in organ.eqd2.items()]
    if organ.total is not None:
        curves.append(_curve(organ.total, "sum, voxel by voxel"))
    drawn = [curve for curve in curves if curve is not None]
    plot_dvhs(
        panel,
        drawn,
        dose_label=f"EQD2 (alpha/beta {organ.alpha_beta:g} Gy), Gy",
        volume_label="volume, cc",
    )
    panel.set_title(plain_text(organ.organ), fontsize=10)
    if not drawn:
        panel.text(0.5, 0.5, "no curve: nothing covered", ha="center", va="center", transform=panel.transAxes)


def hottest_plane_mm(field: ScalarField, *, structures: Iterable[Structure] = ()) -> float | None:
    """Return z of the axial plane through the hottest part of a field, mm; None where nothing is covered.

    Parameters
    ----------
    field : ScalarField
        Asked at the voxel centres of its own grid.
    structures : iterable of Structure
        With any, only their contour planes are candidates, so that the outlines are in the picture.
    """
    geometry = field.geometry
    index = np.indices(geometry.shape).reshape(3, -1).T[::3]
    points = geometry.to_patient(index)
    values = field.sample(points)
    if not np.isfinite(values).any():
        return None
    hot = points[values >= _NEAR_HOTTEST * np.nanmax(values), 2]
    middle = float(np.median(hot))
    planes = np.array(
        sorted({float(c.points[0, 2]) for s in structures for c in s.contours if _is_axial(c.points)})
    )
    return middle if planes.size == 0 else float(planes[np.argmin(np.abs(planes - middle))])


def _is_axial(points: FloatArray) -> bool:
    """Whether a contour lies in a plane of constant z."""
    return len(points) >= 3 and bool(np.ptp(points[:, 2]) < 0.01)


def axial_view(
    field: ScalarField,
    *,
    z_mm: float,
    structures: Iterable[Structure],
    images: ImageSeries | None,
    dose_label: str,
) -> SliceView:
    """Return the axial plane at z: the field in steps of 2 mm, the nearest image, the nearest outlines.

    Parameters
    ----------
    field : ScalarField
    z_mm : float
    structures : iterable of Structure
        In the field's frame of reference.
    images : ImageSeries or None
        Drawn behind where it is axial and in the same frame.
    dose_label : str
    """
    left, right, top, bottom = _window(field.geometry, images, z_mm)
    x = np.arange(left + _PICTURE_STEP_MM / 2, right, _PICTURE_STEP_MM)
    y = np.arange(top + _PICTURE_STEP_MM / 2, bottom, _PICTURE_STEP_MM)
    grid = np.stack([*np.meshgrid(x, y), np.full((len(y), len(x)), z_mm)], axis=-1)
    values = field.sample(grid.reshape(-1, 3)).reshape(grid.shape[:2])
    edges = (left, left + len(x) * _PICTURE_STEP_MM, top + len(y) * _PICTURE_STEP_MM, top)
    return SliceView(
        image=_image_on(images, grid, field.frame_of_reference_uid),
        image_window=_SOFT_TISSUE_WINDOW,
        dose=values,
        extent_mm=edges,
        outlines={s.name: found for s in structures if (found := _outlines_at(s, z_mm))},
        dose_label=dose_label,
    )


def _window(
    geometry: GridGeometry, images: ImageSeries | None, z_mm: float
) -> tuple[float, float, float, float]:
    """Return left, right, top and bottom of the picture: the image where there is one, else the dose grid."""
    shown = images.geometry if images is not None and images.geometry is not None else geometry
    corners = np.array([[f, r, c] for f in (0, 1) for r in (0, 1) for c in (0, 1)]) * (
        np.array(shown.shape) - 1
    )
    x, y, _ = shown.to_patient(corners).T
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


def _outlines_at(structure: Structure, z_mm: float) -> list[FloatArray]:
    """Return the closed contours on the plane nearest to z, at most 3 mm away, as x and y."""
    closed = [
        c.points for c in structure.contours if c.geometric_type.startswith("CLOSED") and _is_axial(c.points)
    ]
    if not closed:
        return []
    away = np.array([abs(points[0, 2] - z_mm) for points in closed])
    nearest = away.min()
    if nearest > 3:
        return []
    return [points[:, :2] for points, distance in zip(closed, away, strict=True) if distance < nearest + 0.01]


def _image_on(images: ImageSeries | None, grid: FloatArray, frame_of_reference_uid: str) -> FloatArray | None:
    """Return the nearest image's values at the picture's pixels; None where none can be drawn."""
    if images is None or images.geometry is None or images.frame_of_reference_uid != frame_of_reference_uid:
        return None
    geometry = images.geometry
    if abs(geometry.normal[2]) < 0.999:
        return None
    frame, row, column = np.moveaxis(geometry.to_index(grid), -1, 0)
    if not np.isfinite(frame[0, 0]):
        return None
    values = images.slice_values(round(float(frame[0, 0])))
    rows = np.clip(np.round(row), 0, values.shape[0] - 1).astype(int)
    columns = np.clip(np.round(column), 0, values.shape[1] - 1).astype(int)
    shown: FloatArray = values[rows, columns].astype(np.float64)
    return shown


def isodose_levels(highest_gy: float) -> list[float]:
    """Return about six round levels below the highest dose, Gy."""
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if highest_gy / s <= 9 or s == 500)
    return [float(level) for level in np.arange(step, highest_gy, step)]


def slices_figure_svg(views: Sequence[SliceView]) -> str:
    """Draw planes side by side, each with its own isodoses, and one legend for all outlines."""
    figure = new_figure(width=11.5, height=5.4)
    panels = figure.subplots(1, len(views), squeeze=False)[0]
    for panel, view in zip(panels, views, strict=True):
        highest = float(np.nanmax(view.dose)) if np.isfinite(view.dose).any() else 0.0
        plot_slice(panel, view, isodose_levels_gy=isodose_levels(highest) if highest > 0 else [])
        panel.set_title(view.dose_label, fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=min(6, len(labels)), frameon=False)
    return figure_svg(figure)
