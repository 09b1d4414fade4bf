"""From the pieces of a structure to its cumulative curve and the uncertainty along it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import FloatArray, IntArray
from dicom_io.contours import Coverage, tally
from dicom_io.dvh.bulk import Bulk, SpreadTable
from dicom_io.dvh.cells import Cells, cells_at, divided, outline_doses
from dicom_io.dvh.interpolation import ComposedField, interpolation_shift, joint_shift, lattice_shift
from dicom_io.dvh.lattice import Lattice, Nodes, spacing_of
from dicom_io.dvh.spread import cumulative_below
from dicom_io.objects import ScalarField

__all__ = ["Curve", "Integration", "curve_of"]


KNOTS = 4096
"""Steps of the curve between its lowest and highest dose."""
SPIKE_PART = 0.002
"""Part of the volume that a step holds beyond those around it, above which it is looked at more finely."""
SPIKE_KNOTS = 64
"""Into which such a step, and those beside it, are cut."""
MOST_SPIKES = 8
MOST_CORNERS = 500
"""Cells whose outline is looked at for the lowest, and for the highest dose."""
MARGIN = 4
"""Knots beyond both ends."""
CLASS_WIDTH = 1.13
"""The mean of a class of spreads over its smallest, at most."""
TAIL_CC = 0.1
"""Hottest and coldest volume that is looked at more finely: where near-maximum metrics are read."""
TAIL_CELL_CC = 5e-4
"""Largest cell there: 60 of them make 0.03 cc."""
TAIL_CELL_GY = 0.75
"""Largest range of doses within a cell there."""
MOST_TAIL_PARTS = 60_000
MOST_TAIL_TIMES = 12
MOST_TAIL_CELLS = 4000
"""More cells than this in a tail are a plateau, where no single one matters."""
FLAT_GY = 0.002
"""Cells whose dose varies less than this need no division."""
SAMPLE = 2000
"""Cells at which the interpolation error is estimated: of the middle, of each tail, of whole cells."""
WIDEST = 8
"""Most dose levels to either side that an interpolation error is carried to."""
TAIL_PART = 0.02
"""Part of the cells that is a tail in this."""
HOT_PART, HOT_TIMES = 0.02, 4.0
"""Where the hottest dose is more than 4 x 4 times that of the hottest fiftieth, it has a scale of its own."""
FALL_PART = 0.75
"""Most of a dose that a straight line between two nodes may have added: beside a source, falls are steep."""
LEAST_PART = 1e-5
"""Range of all but the hottest fiftieth over the whole range, below which it is a plateau."""
LEVELS = 160
"""Dose levels at which the uncertainties are averaged."""

_GOLDEN = 0.6180339887498949
"""Multiples of the golden section fill an interval evenly."""

SUBCELL_PART = 0.03
"""Error of a dose at a volume over the half-width of the doses within cells at that dose: the accuracy
benchmark has a median below 0.002 and stays below this in more than 95 % of its rows."""
STEP_PART = 0.1
"""Error of a straight line between two knots of the curve, over their distance."""
MEAN_SUBCELL_PART = 0.001
"""The same for the mean, which is exact but for rounding."""
SHIFT_PART = 1.25
"""What the estimated interpolation error is multiplied with: the next order of the expansion."""
ROUNDING = 2.0**-23
"""Half-width over the dose that its storage as float32 alone leaves, where nothing else does."""
SCATTER_PART = 0.25
"""Part of its mean size that stays where errors of both signs cancel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Integration:
    """All that the curve of one structure is made of.

    Attributes
    ----------
    cells : Cells
        Pieces that are covered.
    bulk : Bulk or None
        Whole node cells that `cells` leaves out.
    lattice, coverage, nodes, field
        What they were made from.
    """

    cells: Cells
    bulk: Bulk | None
    lattice: Lattice
    coverage: Coverage
    nodes: Nodes
    field: ScalarField

    @property
    def volume_cc(self) -> float:
        """Covered volume, cc."""
        return float(self.cells.volume_cc.sum()) + (0.0 if self.bulk is None else self.bulk.volume_cc)

    @property
    def mean_gy(self) -> float:
        """Mean dose of the covered volume, Gy."""
        total = float(np.sum(self.cells.volume_cc * self.cells.dose_gy))
        return (total + (0.0 if self.bulk is None else self.bulk.dose_volume)) / self.volume_cc


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A cumulative curve with uncertainties.

    Attributes
    ----------
    dose_gy : ndarray, shape (knots,)
        Increasing, from the minimum to the maximum.
    volume_cc : ndarray, shape (knots,)
        Volume at or above each dose, from all to 0.
    uncertainty_gy : ndarray, shape (knots,)
        Half-width (95 %) of the dose at that volume.
    mean_uncertainty_gy : float
    """

    dose_gy: FloatArray
    volume_cc: FloatArray
    uncertainty_gy: FloatArray
    mean_uncertainty_gy: float


@dataclass(frozen=True, kw_only=True)
class _Bins:
    """Equidistant doses."""

    start: float
    step: float
    count: int

    @classmethod
    def over(cls, low: float, high: float, count: int) -> _Bins:
        """Bins from just below `low` to just above `high`."""
        step = max(high - low, 1e-6 * max(1.0, abs(high))) / (count - 2 * MARGIN)
        return cls(start=low - MARGIN * step, step=step, count=count)

    @property
    def knots(self) -> FloatArray:
        return self.start + self.step * np.arange(self.count + 1, dtype=np.float64)

    def index(self, dose: NDArray[np.floating[Any]]) -> IntArray:
        index: IntArray = ((dose - self.start) / self.step).astype(np.int64).clip(0, self.count - 1)
        return index


def curve_of(whole: Integration) -> Curve:
    """Return the curve of a structure; its hottest and coldest parts from finer cells."""
    cells, in_bulk = _with_fine_tails(whole)
    low, high = _with_corners(whole, cells, *_range(cells, whole.bulk, in_bulk))
    # the even distribution that stands for a cell may reach a little beyond its doses
    bins = _Bins.over(*_reach(cells, whole.bulk), KNOTS)
    below = cumulative_below(
        cells.dose_gy, cells.spread_gy, cells.volume_cc, start=bins.start, step=bins.step, count=bins.count
    )
    table = None
    if whole.bulk is not None:
        table = SpreadTable.of(whole.bulk, in_bulk, start=bins.start, step=bins.step, count=bins.count)
        below += table.cumulative_below(bins.step)
    knots, below = _with_spikes(bins.knots, below, whole.bulk, cells, in_bulk)
    dose, volume = _between(knots, below / below[-1], whole.volume_cc, (low, high))
    stretches = _stretches((dose, volume), bins.step)
    if len(stretches) > 1:
        finer = np.linspace(bins.start, stretches[0][1], KNOTS + 1)
        knots, below = _with_finer(knots, below, finer, _exactly_below(finer, whole.bulk, cells, in_bulk))
        dose, volume = _between(knots, below / below[-1], whole.volume_cc, (low, high))
    uncertainty, of_mean = _uncertainties(whole, cells, table, bins, (dose, volume))
    return Curve(dose_gy=dose, volume_cc=volume, uncertainty_gy=uncertainty, mean_uncertainty_gy=of_mean)


def _with_spikes(
    knots: FloatArray, below: FloatArray, bulk: Bulk | None, cells: Cells, in_bulk: IntArray | slice
) -> tuple[FloatArray, FloatArray]:
    """The curve with more knots where a single step holds much more volume than those around it.

    Where a dose has a summit between two equal nodes, whole layers of cells have one and the same dose. The
    lowest step is left as it is: the cold rest of a body ends in one, and no dose is read there.
    """
    part = np.diff(below) / below[-1]
    around = np.maximum(part[:-4], part[4:])
    spikes = 2 + np.flatnonzero(part[2:-2] - around > SPIKE_PART)
    spikes = spikes[(spikes > MARGIN + 1) & (np.diff(spikes, prepend=-9) > 3)]
    if not 0 < len(spikes) <= MOST_SPIKES:
        return knots, below
    for start, stop in zip(knots[spikes - 1], knots[spikes + 2], strict=True):
        finer = np.linspace(start, stop, 3 * SPIKE_KNOTS + 1)
        knots, below = _with_finer(knots, below, finer, _exactly_below(finer, bulk, cells, in_bulk))
    return knots, np.maximum.accumulate(below)


def _with_finer(
    knots: FloatArray, below: FloatArray, finer: FloatArray, exact: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A curve with finer knots in place of those that it has there."""
    outside = (knots < finer[0]) | (knots > finer[-1])
    order = np.argsort(np.concatenate([knots[outside], finer]), kind="stable")
    return np.concatenate([knots[outside], finer])[order], np.concatenate([below[outside], exact])[order]


def _exactly_below(
    knots: FloatArray, bulk: Bulk | None, cells: Cells, in_bulk: IntArray | slice
) -> FloatArray:
    """Volume below equidistant knots, of cells one by one."""
    exact = _below(cells.dose_gy, cells.spread_gy, cells.volume_cc, knots)
    if bulk is None:
        return exact
    return exact + _below(bulk.dose_gy[in_bulk], bulk.spread_gy[in_bulk], bulk.weights(in_bulk), knots)


def _below(
    dose: NDArray[np.floating[Any]],
    spread: NDArray[np.floating[Any]],
    weight: FloatArray | float,
    knots: FloatArray,
) -> FloatArray:
    """Weight below equidistant knots, of cells even over dose - spread to dose + spread; few reach them."""
    first, step = float(knots[0]), float(knots[1] - knots[0])
    colder = dose + spread <= first
    near = np.flatnonzero(~colder & (dose - spread < knots[-1]))
    if isinstance(weight, float):
        base, share = float(weight * np.count_nonzero(colder)), np.full(len(near), weight)
    else:
        base, share = float(weight[colder].sum()), weight[near]
    middle, half_width = dose[near].astype(np.float64), spread[near].astype(np.float64)
    half_width = np.maximum(half_width, 0.5 * step)
    before = share * ((first - middle + half_width) / (2 * half_width)).clip(0, 1)
    within = cumulative_below(middle, half_width, share, start=first, step=step, count=len(knots) - 1)
    total: FloatArray = base + before.sum() + within
    return total


def _range(cells: Cells, bulk: Bulk | None, which: IntArray | slice) -> tuple[float, float]:
    """Lowest and highest dose that cells may hold."""
    low = float(np.min(cells.low_gy, initial=np.inf))
    high = float(np.max(cells.high_gy, initial=-np.inf))
    if bulk is not None:
        dose, spread = bulk.dose_gy[which], bulk.spread_gy[which]
        low = min(low, max(bulk.corner_low_gy, float(np.min(dose - spread, initial=np.inf))))
        high = max(high, min(bulk.corner_high_gy, float(np.max(dose + spread, initial=-np.inf))))
    return low, high


def _with_corners(whole: Integration, cells: Cells, low: float, high: float) -> tuple[float, float]:
    """The lowest and highest dose, with those attained on the outline: sharp corners reach beyond a cell."""
    if whole.lattice.grid_axes is None:  # between nodes of its own the field may be anything
        return low, high
    colder, hotter = 2 * cells.low_gy - cells.dose_gy < low, 2 * cells.high_gy - cells.dose_gy > high
    ends = []
    for chosen, nearest in ((colder, cells.low_gy), (hotter, -cells.high_gy)):
        which = np.flatnonzero(chosen & (cells.cut >= 0))
        ends.append(which[np.argsort(nearest[which], kind="stable")][:MOST_CORNERS])
    which = np.concatenate(ends)
    if not len(which):
        return low, high
    attained = outline_doses(whole.lattice, whole.coverage, whole.nodes, cells.layer[which], cells.cut[which])
    attained = attained[np.isfinite(attained)]
    return float(np.min(attained, initial=low)), float(np.max(attained, initial=high))


def _reach(cells: Cells, bulk: Bulk | None) -> tuple[float, float]:
    """Ends of the even distributions that stand for cells: a little beyond their doses."""
    low = float(np.min(cells.dose_gy - cells.spread_gy, initial=np.inf))
    high = float(np.max(cells.dose_gy + cells.spread_gy, initial=-np.inf))
    if bulk is not None:
        low = min(low, float(np.min(bulk.dose_gy - CLASS_WIDTH * bulk.spread_gy)))
        high = max(high, float(np.max(bulk.dose_gy + CLASS_WIDTH * bulk.spread_gy)))
    return low, high


def _with_fine_tails(whole: Integration) -> tuple[Cells, IntArray | slice]:
    """The cells, those of the hottest and coldest volume divided; and which of the bulk are left."""
    cold, hot = _tail_doses(whole)
    cells, bulk = whole.cells, whole.bulk
    in_tail = (cells.high_gy > hot) | (cells.low_gy < cold)
    in_tail &= (cells.high_gy - cells.low_gy > FLAT_GY) & (cells.volume_cc > TAIL_CELL_CC)
    parents = [cells[in_tail]]
    in_bulk: IntArray | slice = slice(None)
    if bulk is not None:
        of_bulk = bulk.tails(whole.lattice, whole.nodes, cold=cold, hot=hot, least=FLAT_GY)
        if 0 < np.count_nonzero(of_bulk) <= MOST_TAIL_CELLS:
            in_bulk = np.flatnonzero(~of_bulk)
            layer, pixel = bulk.position(np.flatnonzero(of_bulk))
            parents.append(cells_at(whole.lattice, whole.coverage, whole.nodes, layer, pixel))
    chosen = Cells.joined(parents)
    if 0 < len(chosen.dose_gy) <= MOST_TAIL_CELLS:
        chosen = divided(chosen, _tail_times(chosen), whole.lattice, whole.coverage, whole.nodes)
    return _asked_again(Cells.joined([cells[~in_tail], chosen]), whole, (cold, hot)), in_bulk


def _asked_again(cells: Cells, whole: Integration, tails: tuple[float, float]) -> Cells:
    """Ask a field that is no grid at the tails' cells themselves: between nodes it is not trilinear."""
    which = np.flatnonzero((cells.low_gy < tails[0]) | (cells.high_gy > tails[1]))
    if whole.lattice.grid_axes is not None or len(which) > MOST_TAIL_PARTS:
        return cells
    asked = whole.field.sample(whole.lattice.points(cells.x[which], cells.y[which], cells.z[which]))
    if getattr(whole.field, "jumps", False):
        # A search kept inside an organ: above its nodes it is not sure, below them it is seen too high.
        asked = np.minimum(asked, cells.dose_gy[which])
    dose = cells.dose_gy.copy()
    dose[which] = np.where(np.isfinite(asked), asked, dose[which])
    # what was asked is attained, and so are the nodes' own values
    return replace(
        cells, dose_gy=dose, low_gy=np.minimum(cells.low_gy, dose), high_gy=np.maximum(cells.high_gy, dose)
    )


def _tail_times(cells: Cells) -> int:
    """How finely tails are divided: by size of the cells and by range of their doses."""
    by_size = np.cbrt(cells.volume_cc.max() / TAIL_CELL_CC)
    by_dose = np.max(cells.high_gy - cells.low_gy) / TAIL_CELL_GY
    affordable = np.cbrt(MOST_TAIL_PARTS / len(cells.dose_gy))
    return int(min(np.ceil(max(by_size, by_dose)), affordable).clip(2, MOST_TAIL_TIMES))


def _tail_doses(whole: Integration) -> tuple[float, float]:
    """Dose below which the coldest and above which the hottest tail lies, by cells' means."""
    bins = _Bins.over(*_range(whole.cells, whole.bulk, slice(None)), KNOTS)
    volume = tally(bins.index(whole.cells.dose_gy), whole.cells.volume_cc, bins.count)
    if whole.bulk is not None:
        index = bins.index(whole.bulk.dose_gy)
        weights = whole.bulk.weights(slice(None))
        if isinstance(weights, float):
            volume += weights * np.bincount(index, minlength=bins.count).astype(np.float64)
        else:
            volume += tally(index, weights, bins.count)
    below = np.cumsum(volume)
    tail = min(TAIL_CC, 0.05 * below[-1])
    cold = bins.knots[np.searchsorted(below, tail)]
    hot = bins.knots[np.searchsorted(below, below[-1] - tail) + 1]
    # a plateau that ends on the border of a bin must not get in by rounding
    margin = 0.01 * bins.step + 1e-6 * max(abs(cold), abs(hot))
    return float(cold - margin), float(hot + margin)


def _between(
    dose: FloatArray, below: FloatArray, whole: float, ends: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """The curve between its ends, from the part below each dose: `whole` at the low end, then down to 0."""
    low, high = ends
    volume = whole * (1 - below)
    inner = (volume < whole) & (volume > 0) & (dose > low) & (dose < high)
    return (
        np.concatenate([[low], dose[inner], [max(high, low)]]),
        np.concatenate([[whole], volume[inner], [0.0]]),
    )


def _uncertainties(
    whole: Integration,
    cells: Cells,
    table: SpreadTable | None,
    bins: _Bins,
    curve: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, float]:
    """Half-widths along the curve and of the mean: size of the cells and curvature of the field."""
    levels = _Bins(start=bins.start, step=bins.step * bins.count / LEVELS, count=LEVELS)
    spread = _LevelMeans(levels)
    spread.add(cells.dose_gy, cells.volume_cc, cells.spread_gy)
    if table is not None:
        middle = bins.start + bins.step * (np.arange(bins.count, dtype=np.float64) + 0.5)
        spread.add_totals(middle, table.volume_cc.sum(axis=0), table.spread_gy @ table.volume_cc)
    dose, weight, shifts = _shifts(whole, cells)
    # where grids err in opposite directions, what they leave open together is not small, nor is their sum
    together = [joint_shift(shifts)] if len(shifts) == 1 else [joint_shift(shifts), shifts.sum(axis=0)]
    of_dose = SUBCELL_PART * spread.at(curve[0]) + STEP_PART * bins.step
    together = [_plausible(dose, shift) for shift in together]
    for low, high, step in _stretches(curve, levels.step):
        at = np.linspace(low, high, LEVELS + 1)
        volume = np.interp(at, *curve) / curve[1][0]
        curves = [_moved_curve(dose, weight, shift, volume) for shift in together]
        size = curves[0][1]
        moved = _widened(np.max([one for one, _ in curves], axis=0), np.ceil(size.max() / step))
        here = (curve[0] >= low) & (curve[0] <= high)
        of_dose[here] += np.interp(curve[0][here], at, SHIFT_PART * moved + SCATTER_PART * size)
    of_dose += ROUNDING * np.abs(curve[0])
    of_mean = SHIFT_PART * max(abs(np.sum(weight * shift)) for shift in together)
    of_mean += SCATTER_PART * np.sum(weight * np.abs(together[0]))
    rounding = ROUNDING * float(np.max(np.abs(curve[0])))
    return of_dose, of_mean / weight.sum() + MEAN_SUBCELL_PART * spread.overall + rounding


def _plausible(dose: FloatArray, shift: FloatArray) -> FloatArray:
    """Shifts that leave of a dose what a steep fall leaves: second differences know no bounds."""
    return np.where(dose > 0, np.maximum(shift, -FALL_PART * dose), shift)


def _stretches(curve: tuple[FloatArray, FloatArray], step: float) -> list[tuple[float, float, float]]:
    """Ranges of dose whose levels are looked at each on a scale of its own: ends and step.

    Beside a brachytherapy source a few cells have a hundred times the dose of all others: on one scale, what
    is open there would be carried to every dose of the organ.
    """
    low, high = float(curve[0][0]), float(curve[0][-1])
    hot = float(np.interp(-HOT_PART * curve[1][0], -curve[1], curve[0]))
    border = low + HOT_TIMES * (hot - low)
    # of a plateau with a spike on it there is no range below the spike that had a scale of its own
    if (high - low) <= HOT_TIMES * (border - low) or hot - low < LEAST_PART * (high - low):
        return [(low, high, step)]
    return [(low, border, (border - low) / LEVELS), (np.nextafter(border, high), high, step)]


def _moved_curve(
    dose: FloatArray, weight: FloatArray, shift: FloatArray, volume: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far a shift of each cell's dose moves the dose at (relative) volumes, and their size."""
    plain, moved = np.argsort(-dose, kind="stable"), np.argsort(-(dose + shift), kind="stable")
    at_plain, at_moved = (np.cumsum(weight[order]) - 0.5 * weight[order] for order in (plain, moved))
    before = np.interp(volume * at_plain[-1], at_plain, dose[plain])
    after = np.interp(volume * at_plain[-1], at_moved, (dose + shift)[moved])
    return np.abs(after - before), np.interp(volume * at_plain[-1], at_plain, np.abs(shift[plain]))


def _widened(values: FloatArray, reach: float) -> FloatArray:
    """The largest value within `reach` places on both sides: shifted doses change places."""
    places = int(np.clip(reach, 1, WIDEST))
    padded = np.pad(values, places, mode="edge")
    widened: FloatArray = np.lib.stride_tricks.sliding_window_view(padded, 2 * places + 1).max(axis=1)
    return widened


class _LevelMeans:
    """Weighted means of a quantity by dose level."""

    def __init__(self, levels: _Bins) -> None:
        self.levels = levels
        self.weight = np.zeros(levels.count)
        self.total = np.zeros(levels.count)

    def add(self, dose: FloatArray, weight: FloatArray, quantity: FloatArray) -> None:
        self.add_totals(dose, weight, weight * quantity)

    def add_totals(self, dose: FloatArray, weight: FloatArray, weighted: FloatArray) -> None:
        index = self.levels.index(dose)
        self.weight += tally(index, weight, self.levels.count)
        self.total += tally(index, weighted, self.levels.count)

    def at(self, dose: FloatArray) -> FloatArray:
        """Means at doses, linear between the levels that have any."""
        some = np.flatnonzero(self.weight > 0)
        middle = self.levels.start + self.levels.step * (some + 0.5)
        return np.interp(dose, middle, self.total[some] / self.weight[some])

    @property
    def overall(self) -> float:
        return float(self.total.sum() / self.weight.sum())


def _shifts(whole: Integration, cells: Cells) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Dose, weight and estimated errors, by grid, of a sample of all cells, denser in the tails."""
    ends = (
        np.quantile(cells.dose_gy, [TAIL_PART, 1 - TAIL_PART]) if len(cells.dose_gy) > SAMPLE else (0.0, 0.0)
    )
    strata = [cells.dose_gy < ends[0], cells.dose_gy > ends[1]]
    strata.append(~(strata[0] | strata[1]))
    samples = [_every(cells[stratum], stratum.sum() // SAMPLE) for stratum in strata if stratum.any()]
    if whole.bulk is not None:
        every = max(1, len(whole.bulk.dose_gy) // SAMPLE)
        layer, pixel = whole.bulk.position(np.arange(0, len(whole.bulk.dose_gy), every))
        of_bulk = cells_at(whole.lattice, whole.coverage, whole.nodes, layer, pixel)
        samples.append((of_bulk, whole.bulk.volume_cc / of_bulk.volume_cc.sum()))
    sample = Cells.joined([part for part, _ in samples])
    weight = np.concatenate([part.volume_cc * factor for part, factor in samples])
    points = whole.lattice.points(sample.x, sample.y, sample.z)
    # each sampled cell stands at one place of its range of doses, so that equal cells do not act as one
    place = 2 * np.mod(np.arange(1, len(weight) + 1) * _GOLDEN, 1.0) - 1
    dose = sample.dose_gy + place * sample.spread_gy
    # nodes between the field's own add an error of the same kind
    resampled = 1.0
    if whole.lattice.oblique:
        resampled += float((whole.lattice.step.max() / np.nanmax(spacing_of(whole.field))) ** 2)
    width = np.cbrt(1000 * sample.volume_cc)
    if isinstance(whole.field, ComposedField):
        of_grids = whole.field.interpolation_shifts(points, width)
        shifts = np.vstack([of_grids, lattice_shift(whole.field, points, sample.dose_gy)])
    else:
        shifts = resampled * interpolation_shift(whole.field, points, width)[None]
    return dose, weight, shifts


def _every(cells: Cells, nth: int) -> tuple[Cells, float]:
    """Every nth cell, and what their volume is to be multiplied with to stand for all."""
    some = cells[slice(None, None, max(1, nth))]
    return some, float(cells.volume_cc.sum() / some.volume_cc.sum())
