"""How good probabilities are: one number from outcomes, probabilities and row weights.

Nothing here knows what a score, a grid or a model is. A double weight is a repeated row.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
NAN = float("nan")
_TINY = 1e-15


class Metric(Protocol):
    """A figure of outcomes `y` and probabilities `p`, rows weighted."""

    def __call__(self, y: Float, p: Float, *, weight: Float | None = None) -> float:
        """Return the figure; NaN where it has no meaning."""
        ...


def log_loss(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Mean negative log probability of what happened. Lower is better, in [0, inf)."""
    y, p, w = checked(y, p, weight)
    p = np.clip(p, _TINY, 1 - _TINY)
    return float(-(w @ np.where(y > 0, np.log(p), np.log1p(-p))) / w.sum())


def brier(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Mean squared distance of probability and outcome. Lower is better, in [0, 1]."""
    y, p, w = checked(y, p, weight)
    return float(w @ (y - p) ** 2 / w.sum())


def roc_auc(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Chance that a won row ranks above a lost one, ties half. Higher is better, in [0, 1].

    Depends on the order of `p` only. NaN where all rows have one outcome.
    """
    won, lost, _ = _by_score(*checked(y, p, weight))
    if won.sum() <= 0 or lost.sum() <= 0:
        return NAN
    lost_below = lost.sum() - np.cumsum(lost)
    return float(won @ (lost_below + lost / 2) / (won.sum() * lost.sum()))


def average_precision(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Mean precision over the won rows, best first. Higher is better, in [0, 1].

    A score without order reaches the base rate. NaN where nothing was won.
    """
    won, lost, _ = _by_score(*checked(y, p, weight))
    if won.sum() <= 0:
        return NAN
    above = np.cumsum(won + lost)
    precision = np.divide(np.cumsum(won), above, out=np.zeros_like(above), where=above > 0)
    return float(won @ precision / won.sum())


def precision_at(y: Float, p: Float, *, capacity: float, weight: Float | None = None) -> float:
    """Share won among the best `capacity` rows. Higher is better, in [0, 1].

    Rows tied at the edge count by the share of them that still fits. A capacity above the number
    of rows takes all. NaN where there are no rows.
    """
    won, lost, _ = _by_score(*checked(y, p, weight))
    both = won + lost
    taken = np.clip(capacity - (np.cumsum(both) - both), 0, both)
    share = np.divide(taken, both, out=np.zeros_like(both), where=both > 0)
    return float(share @ won / taken.sum()) if taken.sum() > 0 else NAN


def lift_at(y: Float, p: Float, *, share: float, weight: Float | None = None) -> float:
    """Win rate of the best `share` of rows over the win rate of all. Higher is better; 1 is chance.

    At most ``1 / share``. NaN where nothing was won.
    """
    y, p, w = checked(y, p, weight)
    rate = float(w @ y / w.sum())
    if rate <= 0:
        return NAN
    return precision_at(y, p, capacity=share * float(w.sum()), weight=w) / rate


def ece(y: Float, p: Float, *, n_bins: int = 10, weight: Float | None = None) -> float:
    """Mean distance of win rate and mean probability over bins of equal mass. Lower is better.

    In [0, 1]. Equal probabilities share a bin. Noise keeps it above 0 even for the true
    probabilities, the more so the fewer rows a bin has; resampling adds noise again, so its
    bootstrap interval lies too high: read the calibration table instead.
    """
    y, p, w = checked(y, p, weight)
    won, lost, level = _by_score(y, p, w)
    both = won + lost
    middle = (np.cumsum(both) - both / 2) / both.sum()
    gap = np.bincount(np.minimum((middle * n_bins).astype(int), n_bins - 1), won - both * level)
    return float(np.abs(gap).sum() / both.sum())


def calibration_ratio(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Wins observed over wins expected. 1 is right, below 1 the probabilities promise too much."""
    y, p, w = checked(y, p, weight)
    return float(w @ y / (w @ p)) if w @ p > 0 else NAN


def calibration_slope(y: Float, p: Float, *, weight: Float | None = None) -> float:
    """Slope of the logistic line of outcomes on log-odds. 1 is right, below 1 is overconfident.

    NaN where it has no finite value: one outcome, one probability, or perfect separation.
    """
    return calibration_line(y, p, weight=weight)[0]


def calibration_line(y: Float, p: Float, *, weight: Float | None = None) -> tuple[float, float]:
    """Return (slope, intercept) of the logistic line of outcomes on log-odds; (1, 0) is right."""
    y, p, w = checked(y, p, weight)
    x = np.log(np.clip(p, _TINY, 1)) - np.log(np.clip(1 - p, _TINY, 1))
    if w @ y <= 0 or w @ (1 - y) <= 0 or np.ptp(x[w > 0]) == 0:
        return NAN, NAN
    slope, intercept = 1.0, 0.0
    for _ in range(30):
        q = 1 / (1 + np.exp(-np.clip(intercept + slope * x, -40, 40)))
        g, h = w * (y - q), w * q * (1 - q)
        hx = h * x
        a, b, c = float(h.sum()), float(hx.sum()), float(hx @ x)
        if not (det := a * c - b * b) > 1e-12 * max(a * c, 1e-300):
            return NAN, NAN
        up, step = float(g.sum()), float(g @ x)
        d_intercept, d_slope = (c * up - b * step) / det, (a * step - b * up) / det
        scale = min(1.0, 4.0 / max(abs(d_slope), abs(d_intercept), _TINY))
        slope, intercept = slope + scale * d_slope, intercept + scale * d_intercept
        if max(abs(d_slope), abs(d_intercept)) < 1e-5:  # the next step would be about its square
            return slope, intercept
    return NAN, NAN


def checked(y: Float, p: Float, weight: Float | None) -> tuple[Float, Float, Float]:
    """Return outcomes, probabilities and weights as float64, refusing what no metric can read.

    Raises
    ------
    ValueError
        Lengths differ or are 0; an outcome is not 0 or 1; a probability is missing or outside
        [0, 1]; a weight is negative, or all are 0.
    """
    y, p = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(y) == len(p) == len(w) or len(y) == 0:
        raise ValueError(f"expected equal lengths above 0, got {len(y)}, {len(p)}, {len(w)}")
    if not bool(((y == 0) | (y == 1)).all()):
        raise ValueError("outcomes must be 0 or 1; a missing outcome is immature, not lost")
    if not (float(p.min()) >= 0 and float(p.max()) <= 1):
        raise ValueError("probabilities must lie in [0, 1], none missing")
    if not float(w.min()) >= 0 or not 0 < float(w.sum()) < math.inf:
        raise ValueError("weights must be finite, at least 0, and not all 0")
    return y, p, w


def _by_score(y: Float, p: Float, w: Float) -> tuple[Float, Float, Float]:
    """Return weight won, weight lost and probability of each distinct level, best first."""
    best = np.argsort(-p, kind="stable")  # nearly free on rows that are sorted already
    level = p[best]
    first = np.flatnonzero(np.concatenate([[True], level[1:] != level[:-1]]))
    won = np.add.reduceat((w * y)[best], first)
    return won, np.add.reduceat((w * (1 - y))[best], first), level[first]
