"""Ways to learn from looks at a cut-off date, as rows for LightGBM, and back to a probability.

`mature` takes looks whose horizon is over; `weighted` every look whose answer is known, weighing one
over the share of looks observed as long; `hazard` a row for each look and period observed to its end;
`imputed` every look, with the chance that a hazard model gives it where its answer is not known;
`inferred` the same by Bayes' rule from a model of the answered looks, as the product does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from leadscore.scoring import immature
from leadscore.scoring.calibration import sigmoid

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
STEP = 10  # rounds between two probabilities


@dataclass(frozen=True)
class Known:
    """Some looks as they were known at a cut: `seen` days after each are observed."""

    x: Float
    wait: Float
    won: Mask
    seen: Float

    def in_time(self, horizon: float) -> immature.Known:
        """Return the same as the product knows it."""
        return immature.Known(self.seen, self.wait, self.won, horizon)


@dataclass(frozen=True)
class Rows:
    """What is given to LightGBM: target 0 or 1, or per period 0 none, 1 won, 2 lost."""

    x: Float
    target: Float
    weight: Float


def mature_rows(k: Known, horizon: float, _n_periods: int) -> Rows:
    """Return the looks whose horizon is over."""
    over = k.seen >= horizon
    y = (k.won & (k.wait <= horizon)).astype(float)
    return Rows(k.x[over], y[over], np.ones(int(over.sum())))


def weighted_rows(k: Known, horizon: float, _n_periods: int) -> Rows:
    """Return the looks whose answer is known, weighing one over the share observed as long."""
    told = k.in_time(horizon)
    return Rows(k.x[told.answered], told.y[told.answered], told.weight)


def hazard_rows(k: Known, horizon: float, n_periods: int) -> Rows:
    """Return a row for each look and period that was observed to its end and begun without outcome."""
    length = horizon / n_periods
    observed = np.minimum(k.seen // length, n_periods).astype(int)
    # An outcome at the very end of a period belongs to it: (start, end].
    ends_in = np.where(np.isfinite(k.wait), np.ceil(k.wait / length) - 1, n_periods).astype(int)
    n_rows = np.minimum(observed, np.maximum(ends_in, 0) + 1)
    look = np.repeat(np.arange(len(n_rows)), n_rows)
    period = np.arange(len(look)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
    target = np.where(period == ends_in[look], np.where(k.won[look], 1, 2), 0).astype(float)
    return Rows(np.column_stack([k.x[look], period]), target, np.ones(len(look)))


def imputed_rows(k: Known, teacher: lgb.Booster, horizon: float, n_periods: int) -> Rows:
    """Return every look: its answer where known, else its chance of a win in the days not yet seen."""
    needed = np.minimum(k.wait, horizon)
    y = (k.won & (k.wait <= horizon)).astype(float)
    open_ = np.flatnonzero(k.seen < needed)
    over = np.minimum(k.seen[open_] // (horizon / n_periods), n_periods - 1).astype(int)
    share = _shares(_asked(teacher, k.x[open_], n_periods), n_periods)
    survived = np.cumprod(share[:, :, 0], axis=1)
    begun = np.column_stack([np.ones(len(survived)), survived[:, :-1]])
    ahead = np.arange(n_periods) >= over[:, None]
    still = begun[np.arange(len(over)), over]
    y[open_] = (begun * share[:, :, 1] * ahead).sum(axis=1) / still
    return Rows(k.x, y, np.ones(len(y)))


def inferred_rows(k: Known, p: Float, horizon: float) -> Rows:
    """Return every look: its answer where known, else what is left of its chance `p` of a win."""
    return Rows(k.x, k.in_time(horizon).inferred(p), np.ones(len(p)))


ROWS = {"mature": mature_rows, "hazard": hazard_rows, "weighted": weighted_rows}


def chances(label: str, booster: lgb.Booster, x: Float, n_periods: int) -> Iterator[Float]:
    """Yield P(won within the horizon) of each look after every `STEP` rounds."""
    asked = _by_period(x, n_periods) if label == "hazard" else x
    raw: Float | float = 0.0
    for start in range(0, booster.current_iteration(), STEP):
        raw = raw + np.asarray(
            booster.predict(asked, start_iteration=start, num_iteration=STEP, raw_score=True)
        )
        yield sigmoid(raw) if label != "hazard" else _won_by_then(raw, n_periods)


def _by_period(x: Float, n_periods: int) -> Float:
    period = np.tile(np.arange(n_periods, dtype=float), len(x))
    return np.column_stack([np.repeat(x, n_periods, axis=0), period])


def _asked(teacher: lgb.Booster, x: Float, n_periods: int) -> Float:
    return np.asarray(teacher.predict(_by_period(x, n_periods), raw_score=True))


def _shares(raw: Float, n_periods: int) -> Float:
    share = np.exp(raw - raw.max(axis=1, keepdims=True))
    return (share / share.sum(axis=1, keepdims=True)).reshape(-1, n_periods, 3)


def _won_by_then(raw: Float, n_periods: int) -> Float:
    share = _shares(raw, n_periods)
    survived = np.cumprod(share[:, :, 0], axis=1)
    begun = np.column_stack([np.ones(len(survived)), survived[:, :-1]])
    return np.asarray((begun * share[:, :, 1]).sum(axis=1))
