"""The two fits of a training: one judged on a window it never saw, one on every mature row.

Mature rows come sorted by (order, lead_id) and cut into ordered windows. A fit for a window knows of
the looks before it what was known when the window opened, of no other look anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.splits import CALIBRATE, FIT, TEST, Windows
from leadscore.scoring.calibration import (
    GridCurve,
    Platt,
    fit_grid_curve,
    fit_platt,
    forgetting_weights,
)
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.immature import Known
from leadscore.scoring.model import Rows, Trees, fitted, stopped_rounds
from leadscore.scoring.scorer import Model

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Fit = Callable[[Rows], Trees]


@dataclass(frozen=True)
class Judged:
    """Fits that saw nothing of the window they are judged on.

    Attributes
    ----------
    base_rate, curve
        Recent share of wins (calibrate window) and the grid's curve, both before the test window.
    learned, platt
        Trees stopped on the calibrate window, and their recalibration; None with `why_no_model`.
    raw
        float64[n_rows]: the trees' own probability out of time on calibrate and test, else NaN.
    """

    base_rate: float
    curve: GridCurve
    learned: Learned | None
    platt: Platt | None
    raw: Float
    why_no_model: str | None


@dataclass(frozen=True)
class Learned:
    """Trees, and the first trees that inferred the looks whose horizon was not over (None: left out)."""

    trees: Trees
    first: Trees | None


@dataclass(frozen=True)
class Lesson:
    """Looks to learn from: what is known of them, or final labels `y` where nothing is inferred."""

    looks: pd.DataFrame
    y: Float
    known: Known | None


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
        """Fit on the fit window, stop and calibrate on the next, predict the test window."""
        fit, cal, test = self.rows(FIT), self.rows(CALIBRATE), self.rows(TEST)
        known = np.flatnonzero(self.windows.known_before_test)
        base_rate = self.recent_rate(cal, otherwise=known)
        curve = self._recalibrated(self._curve(known), cal)
        raw = np.full(len(self.mature), np.nan)

        def none(why: str) -> Judged:
            return Judged(base_rate, curve, None, None, np.full(len(raw), np.nan), why)

        for name in (FIT, CALIBRATE, TEST):
            if len(np.unique(self.y[self.rows(name)])) < 2:
                return none(f"the {name} window holds one outcome class only")
        lesson = self._lesson(fit, before=self.windows.calibrate_from)
        encoder = self._encoder(lesson.looks)
        if not encoder.features:
            return none("every feature is constant")
        threads = self.settings.threads
        learned = self._stopped(encoder, lesson, self._rows(encoder, cal))
        raw[cal] = learned.trees.predict(self._rows(encoder, cal).x, threads=threads)
        if np.ptp(raw[cal]) == 0:
            return none("the model says the same of every lead in the calibrate window")
        lesson = self._lesson(known, before=self.windows.test_from)
        refit = self._refit(encoder, lesson, learned)
        raw[test] = refit.predict(self._rows(encoder, test).x, threads=threads)
        return Judged(base_rate, curve, learned, self._platt(raw[cal], cal), raw, None)

    def final(self, judged: Judged) -> tuple[Model | None, GridCurve]:
        """Run the recipe on all that is known; recalibrate on what was predicted out of time."""
        every = np.arange(len(self.mature))
        later = self.rows(CALIBRATE, TEST)
        curve = self._recalibrated(self._curve(every), later)
        if judged.learned is None:
            return None, curve
        lesson = self._lesson(every, before=None)
        encoder = self._encoder(lesson.looks)
        platt = self._platt(judged.raw[later], later)
        return Model(encoder, self._refit(encoder, lesson, judged.learned), platt), curve

    @property
    def infers(self) -> bool:
        """Whether looks whose horizon is not over teach as well."""
        return self.until is not None and self.settings.label.immature == "inferred"

    def _lesson(self, rows: Places, *, before: int | None) -> Lesson:
        """Return mature rows, or what was known at a moment of all looks before (None: the export's)."""
        if self.until is None or not self.infers:
            return Lesson(self.mature.iloc[rows], self.y[rows], None)
        moment = self.until if before is None else pd.Timestamp(before, unit="s", tz="UTC")
        looks = self.looks.loc[self.looks["as_of"] < moment]
        known = Known.at(looks, moment, horizon_days=self.settings.label.horizon_days)
        return Lesson(looks, known.y, known)

    def _stopped(self, encoder: Encoder, lesson: Lesson, later: Rows) -> Learned:
        s = self.settings

        def fit(rows: Rows) -> Trees:
            return stopped_rounds(encoder, rows, later, s.model, seed=s.seed, threads=s.threads)

        return _taught(encoder, lesson, fit, fit, threads=s.threads)

    def _refit(self, encoder: Encoder, lesson: Lesson, stopped: Learned) -> Trees:
        s = self.settings

        def fit(rows: Rows, model: Trees | None) -> Trees:
            rounds = round(model.rounds * s.model.refit_factor) if model else 1
            return fitted(encoder, rows, s.model, rounds=rounds, seed=s.seed, threads=s.threads)

        first, last = partial(fit, model=stopped.first), partial(fit, model=stopped.trees)
        return _taught(encoder, lesson, first, last, threads=s.threads).trees

    def _encoder(self, looks: pd.DataFrame) -> Encoder:
        f = self.settings.features
        return Encoder.learn(
            looks, self.features, min_rows=f.min_level_rows, max_levels=f.max_levels
        )

    def _rows(self, encoder: Encoder, places: Places) -> Rows:
        return Rows(encoder.matrix(self.mature.iloc[places]), self.y[places], places)

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


def _taught(encoder: Encoder, lesson: Lesson, first: Fit, last: Fit, *, threads: int) -> Learned:
    """Fit trees; where looks are not over, on what first trees and the time gone by say of them."""
    x, rank, known = encoder.matrix(lesson.looks), np.arange(len(lesson.looks)), lesson.known
    if known is None:
        return Learned(last(Rows(x, lesson.y, rank)), None)
    told = known.answered
    guess = first(Rows(x[told], known.y[told], rank[told], known.weight))
    return Learned(last(Rows(x, known.inferred(guess.predict(x, threads=threads)), rank)), guess)
