"""How much each part of the blend carries: weights in log-odds, at least 0, pulled to what usually works.

They are learned on predictions out of time (or of left-out leads), never on what the parts were
fitted on. Several looks at one lead are one piece of evidence: the pull weighs as much more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.metrics import dot
from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
GRID, LOGISTIC, TREES = 0, 1, 2
PARTS = ("grid", "logistic", "trees")
_MOST = 6.0  # log-odds that a part may claim: 1 in 400; beyond, it says nothing more
_MOST_STEPS = 100


@dataclass(frozen=True)
class Pull:
    """Where the weights come from, and how strongly.

    Attributes
    ----------
    to
        Weights of grid, logistic and trees before looking.
    strength
        Penalty of squared distance, in log-likelihood; `few_strength` below `few_won` won leads.
    intercept
        Penalty of the squared intercept.
    """

    to: tuple[float, float, float]
    strength: float
    few_strength: float
    few_won: int
    intercept: float


@dataclass(frozen=True)
class Weights:
    """``log-odds = intercept + sum of weight * log-odds of a part``.

    Attributes
    ----------
    weights
        Of grid, logistic and trees, each at least 0.
    n_leads, n_won
        Leads whose predictions they were learned from, and those won; 0: not learned.
    gain, gain_error
        Log loss saved against the grid part on the same predictions, and its standard error.
    """

    intercept: float
    weights: tuple[float, float, float]
    n_leads: int
    n_won: int
    gain: float
    gain_error: float

    def log_odds(self, z: Float) -> Float:
        """Return the blend's log-odds, float64[n_rows], from those of the parts, float64[n_rows, 3]."""
        held = np.clip(z, -_MOST, _MOST)
        out = np.full(len(z), self.intercept)
        for i, weight in enumerate(self.weights):
            if weight > 0:
                out += weight * held[:, i]
        return out

    def probability(self, z: Float) -> Float:
        """Return the blend's probability, float64[n_rows]."""
        return sigmoid(self.log_odds(z))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "weights": list(self.weights)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Weights:
        """Read what `to_dict` wrote."""
        a, b, c = plain["weights"]
        return cls(**{**plain, "weights": (float(a), float(b), float(c))})


GRID_ALONE = Weights(0.0, (1.0, 0.0, 0.0), 0, 0, 0.0, 0.0)
TREES_ALONE = Weights(0.0, (0.0, 0.0, 1.0), 0, 0, 0.0, 0.0)


def fit_weights(
    z: Float, y: Float, lead: npt.ArrayLike, pull: Pull, *, weight: Float | None = None,
    block: npt.NDArray[np.int64] | None = None,
) -> Weights:  # fmt: skip
    """Learn the weights.

    Parameters
    ----------
    z
        float64[n_rows, 3] log-odds of the parts where they were not fitted.
    y
        float64[n_rows] of 0 and 1, both among them.
    lead
        Lead of each row.
    weight
        Worth of each row, such as by age; None is 1.
    block
        Part of the past of each row. Then every part has a level of its own, which no weight must explain,
        and the blend keeps the mean level of its parts: how the market moved is for the recalibration
        to say. None: one level, learned.
    """
    code = np.unique(np.asarray(lead), return_inverse=True)[1]
    n_won = len(np.unique(code[y == 1]))
    w = np.ones(len(y)) if weight is None else weight * (len(y) / weight.sum())
    held = np.clip(z, -_MOST, _MOST)
    levels = np.ones((len(y), 1)) if block is None else _levels(block)
    x, n = np.concatenate([held, levels], axis=1), held.shape[1]
    to = np.array(pull.to)
    mean = np.concatenate([to / to.sum(), np.zeros(levels.shape[1])])
    strength = pull.few_strength if n_won < pull.few_won else pull.strength
    precision = 2 * np.array([strength] * n + [pull.intercept] * levels.shape[1])
    at = _least(x, y, w, mean, precision, n)
    effect = _design_effect(x, y, w, at, code)
    at = _least(x, y, w / effect, mean, precision, n)
    a, b, c = (float(v) for v in at[:n])
    intercept = float(at[n]) if block is None else _level(held, w, at[:n])
    compared = held[:, GRID] if block is None else held[:, GRID] + levels @ at[n:]
    gain, error = _gain(compared, x @ at, y, w, code)
    return Weights(intercept, (a, b, c), int(code.max()) + 1, n_won, gain, error)


def _levels(block: npt.NDArray[np.int64]) -> Float:
    return np.asarray(block[:, None] == np.unique(block)[None, :], dtype=np.float64)


def _level(held: Float, w: Float, weights: Float) -> float:
    """Return the intercept by which the blend's mean log-odds are those of its parts, by their weights."""
    total = float(weights.sum())
    return float(w @ (held @ weights) / w.sum()) * (1 / total - 1) if total > 0 else 0.0


def _least(x: Float, y: Float, w: Float, mean: Float, precision: Float, n: int) -> Float:
    """Return the minimum of loss and pull by Newton's method; the first `n` are held at 0 or above."""
    at = mean.copy()
    free = np.ones(len(at), dtype=np.bool_)
    now = _loss(x, y, w, at, mean, precision)
    for _ in range(_MOST_STEPS):
        q = sigmoid(x @ at)
        slope = x.T @ (w * (q - y)) + precision * (at - mean)
        free[:n] = (at[:n] > 0) | (slope[:n] < 0)
        curve = (x * (w * q * (1 - q))[:, None]).T @ x + np.diag(precision)
        step = np.zeros(len(at))
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        size, moved = 1.0, False
        while size > 1e-6:
            tried = at - size * step
            tried[:n] = np.maximum(tried[:n], 0.0)
            loss = _loss(x, y, w, tried, mean, precision)
            if loss < now - 1e-12 * abs(now):
                moved = True
                break
            size /= 2
        if not moved:
            break
        far, at, now = float(np.abs(tried - at).max()), tried, loss
        if far < 1e-9:
            break
    return at


def _loss(x: Float, y: Float, w: Float, at: Float, mean: Float, precision: Float) -> float:
    z = x @ at
    return float(dot(w, np.logaddexp(0, z) - y * z)) + float(dot(precision, (at - mean) ** 2)) / 2


def _design_effect(x: Float, y: Float, w: Float, at: Float, code: npt.NDArray[np.intp]) -> float:
    """Return the variance of the slope summed by lead over that of independent rows, at least 1."""
    g = x * (w * (y - sigmoid(x @ at)))[:, None]
    if len(np.unique(code)) == len(code):
        return 1.0
    leads = np.stack([np.bincount(code, column) for column in g.T], axis=1)
    rows = g.T @ g + 1e-9 * np.eye(x.shape[1])
    ratio = float(np.trace(np.linalg.solve(rows, leads.T @ leads)))
    return max(1.0, ratio / float(x.shape[1]))


def _gain(
    grid: Float, blend: Float, y: Float, w: Float, code: npt.NDArray[np.intp]
) -> tuple[float, float]:
    saved = (np.logaddexp(0, grid) - y * grid) - (np.logaddexp(0, blend) - y * blend)
    mean = float(w @ saved) / float(w.sum())
    by_lead = np.bincount(code, w * (saved - mean))
    return mean, float(np.sqrt((by_lead**2).sum())) / float(w.sum())


def parts_log_odds(*p: Float) -> Float:
    """Return log-odds of the parts' probabilities side by side: float64[n_rows, 3]."""
    return np.stack([log_odds(each) for each in p], axis=1)
