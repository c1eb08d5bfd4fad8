"""The two fits of a training: one judged on a window it never saw, one on every mature row.

Mature rows come sorted by (order, lead_id) and cut into ordered windows; nothing here looks past them.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.model import Trees, fitted, stopped_rounds
from leadscore.scoring.scorer import Model

Float = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Judged:
    """Fits that saw nothing of the window they are judged on.

    Attributes
    ----------
    base_rate, curve
        Recent share of wins (calibrate window) and the grid's curve, both before the test window.
    trees, platt
        Stopped on the calibrate window; None with `why_no_model`.
    raw
        float64[n_rows]: the trees' own probability out of time on calibrate and test, else NaN.
    """

    base_rate: float
    curve: GridCurve
    trees: Trees | None
    platt: Platt | None
    raw: Float
    why_no_model: str | None


@dataclass(frozen=True)
class Work:
    """Mature rows, their windows and how to fit on some of them."""

    mature: pd.DataFrame
    features: tuple[Feature, ...]
    windows: Windows
    settings: Settings
    is_dated: bool

    @property
    def y(self) -> Float:
        """Labels, float64[n_rows]."""
        return self.mature["label"].to_numpy(dtype=np.float64)

    @property
    def points(self) -> Float:
        """Grid points, float64[n_rows]."""
        return self.mature["grid_points"].to_numpy(dtype=np.float64)

    def rows(self, *names: str) -> Rows:
        """Return the row numbers of some windows."""
        return np.flatnonzero(np.isin(self.windows.name, names))

    def leads(self, rows: Rows) -> npt.NDArray[np.object_]:
        """Return the lead of each row: what intervals resample."""
        return self.mature["lead_id"].to_numpy(dtype=object)[rows]

    def recent_rate(self, rows: Rows, *, otherwise: Rows) -> float:
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
        encoder = self._encoder(fit)
        if not encoder.features:
            return none("every feature is constant")
        s = self.settings
        trees = stopped_rounds(
            encoder, self._xyr(encoder, fit), self._xyr(encoder, cal), s.model,
            seed=s.seed, threads=s.threads,
        )  # fmt: skip
        raw[cal] = trees.predict(self._xyr(encoder, cal)[0], threads=s.threads)
        if np.ptp(raw[cal]) == 0:
            return none("the model says the same of every lead in the calibrate window")
        raw[test] = self._refit(encoder, known, trees).predict(
            self._xyr(encoder, test)[0], threads=s.threads
        )
        return Judged(base_rate, curve, trees, self._platt(raw[cal], cal), raw, None)

    def final(self, judged: Judged) -> tuple[Model | None, GridCurve]:
        """Run the recipe on every mature row; recalibrate on what was predicted out of time."""
        every = np.arange(len(self.mature))
        later = self.rows(CALIBRATE, TEST)
        curve = self._recalibrated(self._curve(every), later)
        if judged.trees is None:
            return None, curve
        encoder = self._encoder(every)
        platt = self._platt(judged.raw[later], later)
        return Model(encoder, self._refit(encoder, every, judged.trees), platt), curve

    def _refit(self, encoder: Encoder, rows: Rows, stopped: Trees) -> Trees:
        s = self.settings
        rounds = round(stopped.rounds * s.model.refit_factor)
        return fitted(
            encoder, self._xyr(encoder, rows), s.model,
            rounds=rounds, seed=s.seed, threads=s.threads,
        )  # fmt: skip

    def _encoder(self, rows: Rows) -> Encoder:
        f = self.settings.features
        table = self.mature.iloc[rows]
        return Encoder.learn(
            table, self.features, min_rows=f.min_level_rows, max_levels=f.max_levels
        )

    def _xyr(self, encoder: Encoder, rows: Rows) -> tuple[Matrix, Float, npt.NDArray[np.int64]]:
        return encoder.matrix(self.mature.iloc[rows]), self.y[rows], rows.astype(np.int64)

    def _platt(self, p: Float, rows: Rows) -> Platt:
        c = self.settings.calibration
        return fit_platt(
            p, self.y[rows], slope_sd=c.slope_sd, intercept_sd=c.intercept_sd,
            weight=self._weight(rows), cluster=self.leads(rows),
        )  # fmt: skip

    def _curve(self, rows: Rows) -> GridCurve:
        return fit_grid_curve(
            self.points[rows], self.y[rows],
            slope_sd=self.settings.calibration.grid_slope_sd, cluster=self.leads(rows),
        )  # fmt: skip

    def _recalibrated(self, curve: GridCurve, rows: Rows) -> GridCurve:
        """Hold the curve against recent rows, as the model is, or the comparison would be unfair."""
        p = curve.apply(self.points[rows])
        has_line = np.ptp(p) > 0 and len(np.unique(self.y[rows])) == 2
        return curve.then(self._platt(p, rows)) if has_line else curve

    def _weight(self, rows: Rows) -> Float:
        """Weigh rows by age in dated sources; a rank has no distances, so there all weigh one."""
        if not self.is_dated:
            return np.ones(len(rows))
        order = self.mature["order"].to_numpy()[rows]
        half_life = self.settings.calibration.half_life_days
        return forgetting_weights(order, now_seconds=int(order.max()), half_life_days=half_life)
