"""How good probabilities are: one number from outcomes, probabilities and row weights.

Every metric is a function of the weight won and lost at each distinct probability, best first.
Nothing here knows what a score, a grid or a model is. A double weight is a repeated row.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Kernel = Callable[[Float, Float, Float], float]
NAN = float("nan")
_TINY = 1e-15


class Metric:
    """A figure of outcomes and probabilities; call it as ``metric(y, p, weight=None)``.

    Parameters of the call
    ----------------------
    y
        float64[n] of 0 and 1, one row per look at a lead.
    p
        float64[n] probabilities in [0, 1].
    weight
        float64[n] at least 0; None weighs every row 1.

    Attributes
    ----------
    kernel
        The figure from (weight won, weight lost, probability) per distinct level, best first.

    Raises
    ------
    ValueError
        Something is missing, out of range or of another length.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        functools.update_wrapper(self, kernel)

    def __call__(self, y: npt.ArrayLike, p: npt.ArrayLike, *, weight: Float | None = None) -> float:
        """Return the figure; NaN where it has no meaning on these rows."""
        outcome, probability, w = checked(y, p, weight)
        return self.kernel(*Ranking(outcome, probability).levels(w))


class Ranking:
    """Rows sorted once, best first, and then weighed as often as needed."""

    def __init__(self, y: Float, p: Float) -> None:
        self.best = np.argsort(-p, kind="stable")
        level = p[self.best]
        self.first = np.flatnonzero(np.concatenate([[True], level[1:] != level[:-1]]))
        self.is_won, self.level = y[self.best], level[self.first]

    def levels(self, w: Float) -> tuple[Float, Float, Float]:
        """Return weight won, weight lost and probability of each distinct level."""
        sorted_w = w[self.best]
        both = np.add.reduceat(sorted_w, self.first)
        won = np.add.reduceat(sorted_w * self.is_won, self.first)
        return won, both - won, self.level


@Metric
def log_loss(won: Float, lost: Float, p: Float) -> float:
    """Mean negative log probability of what happened. Lower is better, in [0, inf)."""
    q = np.clip(p, _TINY, 1 - _TINY)
    return -(dot(won, np.log(q)) + dot(lost, np.log1p(-q))) / float(won.sum() + lost.sum())


@Metric
def brier(won: Float, lost: Float, p: Float) -> float:
    """Mean squared distance of probability and outcome. Lower is better, in [0, 1]."""
    return (dot(won, (1 - p) ** 2) + dot(lost, p**2)) / float(won.sum() + lost.sum())


@Metric
def roc_auc(won: Float, lost: Float, _p: Float) -> float:
    """Chance that a won row ranks above a lost one, ties half. Higher is better, in [0, 1].

    Depends on the order of the probabilities only. NaN where all rows have one outcome.
    """
    pairs = float(won.sum() * lost.sum())
    return dot(won, lost.sum() - np.cumsum(lost) + lost / 2) / pairs if pairs > 0 else NAN


@Metric
def average_precision(won: Float, lost: Float, _p: Float) -> float:
    """Mean precision over the won rows, best first. Higher is better, in [0, 1].

    A score without order reaches the base rate. NaN where nothing was won.
    """
    above = np.cumsum(won + lost)
    precision = np.divide(np.cumsum(won), above, out=np.zeros_like(above), where=above > 0)
    return dot(won, precision) / float(won.sum()) if won.sum() > 0 else NAN


def precision_at(capacity: float) -> Metric:
    """Share won among the best `capacity` rows. Higher is better, in [0, 1].

    Rows tied at the edge count by the share of them that still fits. A capacity above the number
    of rows takes all.
    """

    def precision(won: Float, lost: Float, _p: Float) -> float:
        both = won + lost
        taken = np.clip(capacity - (np.cumsum(both) - both), 0, both)
        return _won_of(taken, won, both)

    return Metric(precision)


def precision_of_best(share: float) -> Metric:
    """Share won among the best `share` of rows. Higher is better, in [0, 1].

    Rows tied at the edge count by the part of them that still fits.
    """

    def precision(won: Float, lost: Float, _p: Float) -> float:
        both = won + lost
        taken = np.clip(share * both.sum() - (np.cumsum(both) - both), 0, both)
        return _won_of(taken, won, both)

    return Metric(precision)


def lift_at(share: float) -> Metric:
    """Win rate of the best `share` of rows over the win rate of all. Higher is better; 1 is chance.

    At most ``1 / share``. NaN where nothing was won.
    """
    best = precision_of_best(share).kernel

    def lift(won: Float, lost: Float, p: Float) -> float:
        rate = float(won.sum() / (won.sum() + lost.sum()))
        return best(won, lost, p) / rate if rate > 0 else NAN

    return Metric(lift)


@Metric
def ece(won: Float, lost: Float, p: Float) -> float:
    """Mean distance of win rate and mean probability over ten bins of equal mass. Lower is better.

    In [0, 1]. Equal probabilities share a bin. Noise keeps it above 0 even for the true
    probabilities, the more so the fewer rows a bin has; resampling adds noise again, so its
    bootstrap interval lies too high: read the calibration table instead.
    """
    both = won + lost
    middle = (np.cumsum(both) - both / 2) / both.sum()
    gap = np.bincount(np.minimum((middle * 10).astype(int), 9), won - both * p)
    return float(np.abs(gap).sum() / both.sum())


@Metric
def calibration_ratio(won: Float, lost: Float, p: Float) -> float:
    """Wins observed over wins expected. 1 is right, below 1 the probabilities promise too much."""
    expected = dot(won + lost, p)
    return float(won.sum()) / expected if expected > 0 else NAN


@Metric
def calibration_slope(won: Float, lost: Float, p: Float) -> float:
    """Slope of the logistic line of outcomes on log-odds. 1 is right, below 1 is overconfident.

    NaN where it has no finite value: one outcome, one probability, or perfect separation.
    """
    return level_line(won, lost, p)[0]


def calibration_line(
    y: npt.ArrayLike, p: npt.ArrayLike, *, weight: Float | None = None
) -> tuple[float, float]:
    """Return (slope, intercept) of the logistic line of outcomes on log-odds; (1, 0) is right."""
    outcome, probability, w = checked(y, p, weight)
    return level_line(*Ranking(outcome, probability).levels(w))


def level_line(won: Float, lost: Float, p: Float) -> tuple[float, float]:
    """Return (slope, intercept) from weight won and lost per level; NaN where there is none.

    Newton's method on two parameters, steps kept short.
    """
    both = won + lost
    x = np.log(np.clip(p, _TINY, 1)) - np.log(np.clip(1 - p, _TINY, 1))
    if won.sum() <= 0 or lost.sum() <= 0 or np.ptp(x[both > 0]) == 0:
        return NAN, NAN
    slope, intercept = 1.0, 0.0
    for _ in range(30):
        q = 1 / (1 + np.exp(-np.clip(intercept + slope * x, -40, 40)))
        g, h = won - both * q, both * q * (1 - q)
        hx = h * x
        a, b, c = float(h.sum()), float(hx.sum()), dot(hx, x)
        if not (det := a * c - b * b) > 1e-12 * max(a * c, 1e-300):
            return NAN, NAN
        up, step = float(g.sum()), dot(g, x)
        d_intercept, d_slope = (c * up - b * step) / det, (a * step - b * up) / det
        short = min(1.0, 4.0 / max(abs(d_slope), abs(d_intercept), _TINY))
        slope, intercept = slope + short * d_slope, intercept + short * d_intercept
        if max(abs(d_slope), abs(d_intercept)) < 1e-4:  # the next step would be about its square
            return slope, intercept
    return NAN, NAN


def checked(
    y: npt.ArrayLike, p: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> tuple[Float, Float, Float]:
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


def dot(a: Float, b: Float) -> float:
    """Return the inner product without BLAS: its threads spin, and reorder the sum."""
    return float(np.einsum("i,i->", a, b))


def _won_of(taken: Float, won: Float, both: Float) -> float:
    share = np.divide(taken, both, out=np.zeros_like(both), where=both > 0)
    return dot(share, won) / float(taken.sum()) if taken.sum() > 0 else NAN
