"""The two fits of a training: one judged on a window it never saw, one on every mature row.

Mature rows come sorted by (order, lead_id) and cut into ordered windows. A fit for a window knows of
the looks before it what was known when the window opened, of no other look anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.history.splits import CALIBRATE, FIT, TEST, Windows
from leadscore.scoring.blend import staleness
from leadscore.scoring.blend.lessons import Fold, Lesson, later_borders
from leadscore.scoring.blend.levels import Levels, fit_levels
from leadscore.scoring.blend.out_of_time import Followed, Predicted, followed, identity
from leadscore.scoring.blend.parts import Recipe, Teacher
from leadscore.scoring.blend.recipe import LeftOut, left_out, weights_of
from leadscore.scoring.blend.stack import Weights
from leadscore.scoring.blend.staleness import Step, aged
from leadscore.scoring.calibration import (
    GridCurve,
    Platt,
    fit_grid_curve,
    fit_platt,
    forgetting_weights,
)
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.immature import Known
from leadscore.scoring.scorer import Model

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Learned:
    """What left-out looks decided: recipe, weights of the parts, recalibration, and segments' levels."""

    recipe: Recipe
    weights: Weights
    recalibration: Followed
    platt: Platt
    levels: Levels


@dataclass(frozen=True)
class Judged:
    """Fits that saw nothing of the window they are judged on.

    Attributes
    ----------
    base_rate, curve
        Recent share of wins (calibrate window) and the grid's curve, both before the test window.
    learned
        The blend before the test window; None with `why_no_model`.
    z
        float64[n_rows, 3]: log-odds of the blend's parts out of time, else NaN.
    block
        int64[n_rows]: the part of the past that was predicted together, the test window last; -1: none.
    offset
        float64[n_rows]: log-odds that the levels of segments add after the recalibration.
    staleness
        What models lose by getting older, by the folds before the test window; empty without a model.
    """

    base_rate: float
    curve: GridCurve
    learned: Learned | None
    z: Float
    block: npt.NDArray[np.int64]
    offset: Float
    staleness: tuple[Step, ...]
    why_no_model: str | None

    @property
    def rows(self) -> Places:
        """Rows that were predicted out of time."""
        return np.flatnonzero(self.block >= 0)

    @property
    def raw(self) -> Float:
        """Return the blend's probability before its recalibration, float64[n_rows]; NaN where there is none."""
        out = np.full(len(self.z), np.nan)
        if self.learned is not None:
            out[self.rows] = self.learned.weights.probability(self.z[self.rows])
        return out

    @property
    def probability(self) -> Float:
        """Return the probability as the model would have issued it, float64[n_rows]; NaN where there is none."""
        return self.raw if self.learned is None else self.learned.platt.apply(self.raw, self.offset)


@dataclass(frozen=True)
class Work:
    """All looks, the mature ones first, windows of these, and how to fit on some of them.

    `until` is the moment of the export; None for a source without dates.
    """

    looks: pd.DataFrame
    features: tuple[Feature, ...]
    windows: Windows
    settings: Settings
    until: pd.Timestamp | None

    @cached_property
    def mature(self) -> pd.DataFrame:
        """The mature looks."""
        return self.looks.iloc[: len(self.windows.name)]

    @property
    def y(self) -> Float:
        """Labels, float64[n_rows]."""
        return self.mature["label"].to_numpy(dtype=np.float64)

    @property
    def points(self) -> Float:
        """Grid points, float64[n_rows]."""
        return self.mature["grid_points"].to_numpy(dtype=np.float64)

    def rows(self, *names: str) -> Places:
        """Return the row numbers of some windows."""
        return np.flatnonzero(np.isin(self.windows.name, names))

    def leads(self, rows: Places) -> npt.NDArray[np.object_]:
        """Return the lead of each row: what intervals resample."""
        return self.mature["lead_id"].to_numpy(dtype=object)[rows]

    def recent_rate(self, rows: Places, *, otherwise: Places) -> float:
        """Return the share of wins of recent rows, older ones weighing less: what a base rate knows.

        Rows without wins, or with nothing else, have no rate to score by: `otherwise` is asked.
        """
        asked = rows if len(np.unique(self.y[rows])) == 2 else otherwise
        return float(np.average(self.y[asked], weights=self._weight(asked)))

    def judged(self) -> Judged:
        """Learn on what was known before the test window, and predict the test window."""
        cal, test = self.rows(CALIBRATE), self.rows(TEST)
        known = np.flatnonzero(self.windows.known_before_test)
        base_rate = self.recent_rate(cal, otherwise=known)
        curve = self._recalibrated(self._curve(known), cal)
        z, block = np.full((len(self.mature), 3), np.nan), np.full(len(self.mature), -1)

        def none(why: str) -> Judged:
            return Judged(base_rate, curve, None, z, np.full(len(z), -1), np.zeros(len(z)), (), why)

        for name in (FIT, CALIBRATE, TEST):
            if len(np.unique(self.y[self.rows(name)])) < 2:
                return none(f"the {name} window holds one outcome class only")
        asked = Lesson(self.mature.iloc[known], self.y[known])
        found = left_out(self.teacher, list(self.folds(known)), asked)
        if found is None or (found.block[np.isin(known, cal)] < 0).any():
            return none("too few wins early on, or no feature that tells leads apart")
        z[known], block[known] = found.z, found.block
        rows = np.flatnonzero(block >= 0)
        parts = self.teacher.fit(self.lesson(known, before=self.windows.test_from), found.recipe)
        learned = self._learned(found.recipe, z, block, rows, parts.encoder)
        if np.ptp(learned.weights.log_odds(z[cal])) == 0:
            return none("the model says the same of every lead in the calibrate window")
        z[test] = parts.log_odds(
            self.mature.iloc[test], self.points[test], threads=self.settings.threads
        )
        block[test] = block.max() + 1
        offset = learned.levels.offset_of(parts.encoder, self.mature)
        older = self._staleness(found, asked, learned.weights)
        return Judged(base_rate, curve, learned, z, block, offset, older, None)

    def final(self, judged: Judged) -> tuple[Model | None, GridCurve]:
        """Run the recipe on all that is known; weigh and recalibrate by all that was predicted out of time.

        Levels of segments that were not in force before the test window are not after it: nobody judged them.
        """
        every = np.arange(len(self.mature))
        curve = self._recalibrated(self._curve(every), self.rows(CALIBRATE, TEST))
        before = judged.learned
        if before is None:
            return None, curve
        parts = self.teacher.fit(self.lesson(every, before=None), before.recipe)
        learned = self._learned(before.recipe, judged.z, judged.block, judged.rows, parts.encoder)
        in_force = before.levels.in_force and learned.levels.in_force
        levels = replace(learned.levels, in_force=in_force)
        return Model(parts, learned.weights, learned.platt, levels), curve

    def _staleness(self, found: LeftOut, asked: Lesson, weights: Weights) -> tuple[Step, ...]:
        """Ask the folds of several ages what a model loses by getting older."""
        old = aged(found.taught, asked, found.recipe, threads=self.settings.threads)
        order, stretches = asked.looks["order"].to_numpy()[found.rows], len(found.taught)
        days = None if self.until is None else float(np.ptp(order)) / DAY / stretches
        return staleness.curve(
            old, found.z, asked.y, asked.lead, found.block, weights, stretch_days=days
        )

    @cached_property
    def teacher(self) -> Teacher:
        """By which lessons are taught."""
        return Teacher(self.features, self.settings, is_ordered=True)

    def _learned(
        self, recipe: Recipe, z: Float, block: npt.NDArray[np.int64], rows: Places, encoder: Encoder
    ) -> Learned:
        """Learn weights, recalibration and levels from rows predicted out of time."""
        order = self.mature["order"].to_numpy()[rows]
        weights = weights_of(
            z[rows], self.y[rows], self.leads(rows), self.settings, block=block[rows]
        )
        seen = Predicted(
            weights.probability(z[rows]), self.y[rows], order, order + self._purge, block[rows],
            self.leads(rows),
        )  # fmt: skip
        s = self.settings
        line = followed(seen, s.calibration, half_life_blocks=s.blend.half_life_blocks)
        levels = fit_levels(seen, self.mature.iloc[rows], encoder, line, s)
        platt = line.track.platt if line.track else identity(seen)
        return Learned(recipe, weights, line, platt, levels)

    def folds(self, known: Places) -> Iterator[Fold]:
        """Yield later parts of some rows, each with what was known when it began."""
        every, order = self.mature["order"].to_numpy(), self.mature["order"].to_numpy()[known]
        begins = later_borders(order, n_blocks=self.settings.blend.folds)
        for begin, end in zip(begins, [*begins[1:], int(order.max()) + 1], strict=True):
            before = np.flatnonzero(every + self._purge <= begin)
            later = np.flatnonzero((order >= begin) & (order < end))
            if len(before):
                yield Fold(self.lesson(before, before=begin), later)

    @property
    def _purge(self) -> int:
        return self.settings.label.horizon_days * DAY if self.until is not None else 0

    @property
    def infers(self) -> bool:
        """Whether looks whose horizon is not over teach as well."""
        return self.until is not None and self.settings.label.immature == "inferred"

    def lesson(self, rows: Places, *, before: int | None) -> Lesson:
        """Return mature rows, or what was known at a moment of all looks before (None: the export's)."""
        if self.until is None or not self.infers:
            return Lesson(self.mature.iloc[rows], self.y[rows])
        moment = self.until if before is None else pd.Timestamp(before, unit="s", tz="UTC")
        looks = self.looks.loc[self.looks["as_of"] < moment]
        known = Known.at(looks, moment, horizon_days=self.settings.label.horizon_days)
        return Lesson(looks, known.y, known)

    def _platt(self, p: Float, rows: Places) -> Platt:
        c = self.settings.calibration
        return fit_platt(
            p, self.y[rows], slope_sd=c.slope_sd, intercept_sd=c.intercept_sd,
            weight=self._weight(rows), cluster=self.leads(rows),
        )  # fmt: skip

    def _curve(self, rows: Places) -> GridCurve:
        return fit_grid_curve(
            self.points[rows], self.y[rows],
            slope_sd=self.settings.calibration.grid_slope_sd, cluster=self.leads(rows),
        )  # fmt: skip

    def _recalibrated(self, curve: GridCurve, rows: Places) -> GridCurve:
        """Hold the curve against recent rows, as the model is, or the comparison would be unfair."""
        p = curve.apply(self.points[rows])
        has_line = np.ptp(p) > 0 and len(np.unique(self.y[rows])) == 2
        return curve.then(self._platt(p, rows)) if has_line else curve

    def _weight(self, rows: Places) -> Float:
        """Weigh rows by age in dated sources; a rank has no distances, so there all weigh one."""
        if self.until is None:
            return np.ones(len(rows))
        order = self.mature["order"].to_numpy()[rows]
        half_life = self.settings.calibration.half_life_days
        return forgetting_weights(order, now_seconds=int(order.max()), half_life_days=half_life)
