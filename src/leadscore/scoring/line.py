"""A logistic line with normal priors: posterior mode by Newton's method, covariance by Laplace.

Several looks at one lead share its outcome; their evidence is divided by the design effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from leadscore.metrics import dot

Float = npt.NDArray[np.float64]
Covariance = tuple[tuple[float, float], tuple[float, float]]
Line = tuple[float, float, Covariance]
_TINY = 1e-12


def row_sums(terms: Float) -> Float:
    """Return the sum of each row, float64[n_rows], its terms added one after the other.

    NumPy's own sum adds in another order where there is one row alone, so that a lead's last bits would depend
    on who is scored beside it.

    Examples
    --------
    >>> row_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 7.])
    """
    total = np.zeros(len(terms))
    for column in terms.T:
        total += column
    return total


def log_odds(p: npt.ArrayLike) -> Float:
    """Return ``log(p / (1 - p))``, finite also at 0 and 1."""
    q = np.clip(np.asarray(p, dtype=np.float64), _TINY, 1 - _TINY)
    return np.log(q) - np.log1p(-q)


def levelled(p: Float, y: Float) -> Float:
    """Return the log-odds of probabilities after the best shift (Newton, from none): at the level of `y`."""
    z = log_odds(p)
    shift = 0.0
    for _ in range(4):
        q = sigmoid(z + shift)
        shift -= float((q - y).sum() / max(float((q * (1 - q)).sum()), 1e-9))
    return z + shift


def sigmoid(z: npt.ArrayLike) -> Float:
    """Return ``1 / (1 + exp(-z))`` without overflow."""
    return 1 / (1 + np.exp(-np.clip(np.asarray(z, dtype=np.float64), -500, 500)))


@dataclass(frozen=True)
class Prior:
    """Normal prior of (slope, intercept)."""

    mean: tuple[float, float]
    covariance: Covariance

    @classmethod
    def independent(
        cls, *, slope: float, slope_sd: float, intercept: float, intercept_sd: float
    ) -> Self:
        """Return a prior that knows nothing of one from the other."""
        return cls((slope, intercept), ((slope_sd**2, 0.0), (0.0, intercept_sd**2)))


def fit_line(
    x: Float, y: Float, w: Float, prior: Prior, *, min_slope: float,
    cluster: npt.ArrayLike | None,
) -> tuple[Line, Float]:  # fmt: skip
    """Return the posterior line and the weights it rests on.

    Fit, measure what repeated looks at a lead are worth, fit again with that much evidence. The
    slope is at least `min_slope`.
    """
    line = _fit(x, y, w, prior, min_slope=min_slope)
    if cluster is not None:
        w = w / design_effect(x, y, w, line, cluster)
        line = _fit(x, y, w, prior, min_slope=min_slope)
    return line, w


def _fit(x: Float, y: Float, w: Float, prior: Prior, *, min_slope: float) -> Line:
    slope, intercept, covariance = _newton(x, y, w, prior, slope_is_free=True)
    if slope >= min_slope:
        return slope, intercept, covariance
    pinned = Prior((min_slope, prior.mean[1]), prior.covariance)
    return _newton(x, y, w, pinned, slope_is_free=False)


def _newton(x: Float, y: Float, w: Float, prior: Prior, *, slope_is_free: bool) -> Line:
    """Posterior mode and Laplace covariance of (slope, intercept), with halved steps if needed."""
    mean = np.array(prior.mean)
    precision = np.linalg.inv(np.array(prior.covariance))
    free = np.array([slope_is_free, True])

    def loss(at: Float) -> float:
        return _misfit(x, y, w, at, prior)

    at = mean.copy()
    now = loss(at)
    for _ in range(100):
        q = sigmoid(at[1] + at[0] * x)
        g, h = w * (q - y), w * q * (1 - q)
        slope_now = np.array([dot(g, x), g.sum()]) + precision @ (at - mean)
        curve = _outer(np.stack([x, np.ones_like(x)]), h) + precision
        step = np.zeros(2)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope_now[free])
        size = 1.0
        while (tried := loss(at - size * step)) > now + 1e-12 * abs(now) and size > 1e-6:
            size /= 2
        at, now = at - size * step, tried
        if float(np.abs(size * step).max()) < 1e-9:
            break
    covariance = np.zeros((2, 2))
    covariance[np.ix_(free, free)] = np.linalg.inv(curve[np.ix_(free, free)])
    return float(at[0]), float(at[1]), pairs(covariance)


def _misfit(x: Float, y: Float, w: Float, at: Float, prior: Prior) -> float:
    """Return minus the log posterior of (slope, intercept), up to a constant."""
    z, off = at[1] + at[0] * x, at - np.array(prior.mean)
    pull = float(off @ np.linalg.solve(np.array(prior.covariance), off)) / 2
    return dot(w, np.logaddexp(0, z) - y * z) + pull


def log_evidence(x: Float, y: Float, w: Float, line: Line, prior: Prior) -> float:
    """Return the log probability of the outcomes under the prior, by Laplace about its posterior `line`."""
    spread = (
        np.linalg.slogdet(np.array(line[2]))[1] - np.linalg.slogdet(np.array(prior.covariance))[1]
    )
    return float(spread) / 2 - _misfit(x, y, w, np.array(line[:2]), prior)


def design_effect(x: Float, y: Float, w: Float, line: Line, cluster: npt.ArrayLike) -> float:
    """Variance of the score summed by lead over that of independent rows, at least 1."""
    code = np.unique(np.asarray(cluster), return_inverse=True)[1]
    g = w * (y - sigmoid(line[1] + line[0] * x))
    rows = np.stack([g * x, g])
    leads = np.stack([np.bincount(code, part).astype(np.float64) for part in rows])
    ratio = np.linalg.inv(_outer(rows) + 1e-9 * np.eye(2)) @ _outer(leads)
    return max(1.0, float(np.trace(ratio)) / 2)


def _outer(rows: Float, weight: Float | None = None) -> Float:
    """Return the 2 x 2 sum of outer products over columns."""
    w = np.ones(rows.shape[1]) if weight is None else weight
    products = [[dot(w * a, b) for b in rows] for a in rows]
    return np.array(products, dtype=np.float64)


def pairs(matrix: npt.ArrayLike) -> Covariance:
    """Return a 2 x 2 matrix as nested tuples."""
    (a, b), (c, d) = np.asarray(matrix, dtype=np.float64).tolist()
    return (a, b), (c, d)


def log_loss_rows(z: Float, y: Float) -> Float:
    """Return the log loss of each row by its log-odds: float64[n_rows]."""
    return np.asarray(np.logaddexp(0.0, z) - y * z, dtype=np.float64)
