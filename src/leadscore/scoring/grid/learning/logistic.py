"""A small ridge logistic regression for a handful of columns, and what each column is worth.

Newton's method with halved steps; intervals are sandwiches over leads, since several looks at one
lead share its outcome. It refuses nothing: a column without variation gets the coefficient 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.metrics.figures import Z95
from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_STEPS = 50
_SETTLED = 1e-6


@dataclass(frozen=True)
class Logit:
    """Log-odds ``intercept + x @ slopes``; `slopes` float64[k]."""

    intercept: float
    slopes: Float

    def log_odds(self, x: Float) -> Float:
        """Return log-odds of float64[n, k] rows."""
        return np.asarray(self.intercept + x @ self.slopes, dtype=np.float64)


def fit(
    x: Float, y: Float, *, ridge: float, towards: Float | None = None, start: Logit | None = None
) -> Logit:
    """Return the posterior mode under slopes ~ N(towards, 1 / ridge), a free intercept.

    Parameters
    ----------
    x, y
        float64[n, k] columns and float64[n] outcomes of 0 and 1, both outcomes present.
    ridge
        Precision of the slopes' prior, above 0; what keeps a rule that all winners share finite.
    towards
        Means of the slopes; None is 0.
    start
        Where Newton begins; None begins at the base rate.
    """
    k = x.shape[1]
    mean = np.zeros(k + 1)
    if towards is not None:
        mean[1:] = towards
    at = np.concatenate([[float(log_odds(y.mean()))], mean[1:]])
    if start is not None:
        at = np.concatenate([[start.intercept], start.slopes])
    pull = np.concatenate([[0.0], np.full(k, ridge)])
    now = _loss(x, y, at, mean, pull)
    for _ in range(_STEPS):
        q = sigmoid(at[0] + x @ at[1:])
        slope, curve = _slope_and_curve(x, q - y, q * (1 - q))
        step = np.linalg.solve(curve + np.diag(pull + 1e-9), slope + pull * (at - mean))
        size = 1.0
        while (tried := _loss(x, y, at - size * step, mean, pull)) > now + 1e-9 and size > 1e-4:
            size /= 2
        at, now = at - size * step, min(tried, now)
        if float(np.abs(size * step).max()) < _SETTLED:
            break
    return Logit(float(at[0]), at[1:])


def spread(model: Logit, x: Float, y: Float, *, lead: Codes, ridge: float) -> Float:
    """Return the standard error of each slope, leads being the independent pieces: float64[k].

    Parameters
    ----------
    lead
        int64[n] number of each row's lead, from 0.
    """
    q = sigmoid(model.log_odds(x))
    _, curve = _slope_and_curve(x, q - y, q * (1 - q))
    bread = np.linalg.inv(curve + np.diag([1e-9, *np.full(x.shape[1], ridge)]))
    ones = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    by_lead = np.stack([np.bincount(lead, column) for column in (ones * (q - y)[:, None]).T])
    meat = by_lead @ by_lead.T
    return np.asarray(np.sqrt(np.diag(bread @ meat @ bread))[1:], dtype=np.float64)


def losses(z: Float, y: Float) -> Float:
    """Return each row's log loss at log-odds `z`."""
    return np.asarray(np.logaddexp(0, z) - y * z, dtype=np.float64)


def mean_by_lead(rows: Float, lead: Codes) -> tuple[float, float]:
    """Return the mean over rows and its standard error with leads as the independent pieces."""
    mean = float(rows.mean())
    summed = np.bincount(lead, rows - mean)
    return mean, float(np.sqrt((summed**2).sum())) / len(rows)


def interval(value: float, error: float) -> tuple[float, float]:
    """Return the 95 % interval of an estimate with a normal error."""
    return value - Z95 * error, value + Z95 * error


def _loss(x: Float, y: Float, at: Float, mean: Float, pull: Float) -> float:
    z = at[0] + x @ at[1:]
    return float(losses(z, y).sum() + (pull * (at - mean) ** 2).sum() / 2)


def _slope_and_curve(x: Float, g: Float, h: Float) -> tuple[Float, Float]:
    weighted = x * h[:, None]
    inner = x.T @ weighted
    edge = weighted.sum(axis=0)
    curve = np.block([[np.array([[h.sum()]]), edge[None, :]], [edge[:, None], inner]])
    return np.concatenate([[g.sum()], x.T @ g]), curve
