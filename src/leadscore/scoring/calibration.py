"""From a score or a drifted probability to a probability: Platt lines with priors, in log-odds.

A line moves level and spread and never the order; it refuses evidence with one outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from leadscore.domain.errors import InputError

Float = npt.NDArray[np.float64]
Covariance = tuple[tuple[float, float], tuple[float, float]]
_DAY = 86_400
_TINY = 1e-12


@dataclass(frozen=True)
class Platt:
    """``log-odds = intercept + slope * log-odds of the given probability``; (1, 0) changes nothing.

    Attributes
    ----------
    covariance
        2 x 2 posterior covariance of (slope, intercept).
    n, n_won, effective_weight
        Rows, how many of them were won, and the independent rows of full weight they are worth.
    """

    slope: float
    intercept: float
    covariance: Covariance
    n: int
    n_won: int
    effective_weight: float

    def apply(self, p: npt.ArrayLike) -> Float:
        """Return the recalibrated probabilities."""
        return sigmoid(self.intercept + self.slope * log_odds(p))

    def draws(self, n: int, *, seed: int) -> Float:
        """Return float64[n, 2] posterior draws of (slope, intercept), slopes at least 0."""
        generator = np.random.default_rng(seed)
        normal = generator.standard_normal((n, 2)) @ _root(np.array(self.covariance)).T
        drawn = np.array([self.slope, self.intercept]) + normal
        drawn[:, 0] = np.maximum(drawn[:, 0], 0.0)
        return drawn

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also through JSON."""
        return cls(**{**fields, "covariance": _pairs(fields["covariance"])})


@dataclass(frozen=True)
class GridCurve:
    """Probability of winning by points of a grid: a logistic line with slope >= 0.

    `slope` is per `spread` points, at `centre` the log-odds are `intercept`. Slope 0 is the base
    rate for everybody: the points order nothing, or order it the wrong way round.
    """

    centre: float
    spread: float
    slope: float
    intercept: float
    covariance: Covariance
    n: int
    n_won: int
    effective_weight: float

    def apply(self, points: npt.ArrayLike) -> Float:
        """Return probabilities; more points never give a lower one."""
        standard = (np.asarray(points, dtype=np.float64) - self.centre) / self.spread
        return sigmoid(self.intercept + self.slope * standard)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also through JSON."""
        return cls(**{**fields, "covariance": _pairs(fields["covariance"])})


def fit_platt(
    p: npt.ArrayLike, y: npt.ArrayLike, *, slope_sd: float, intercept_sd: float,
    weight: npt.ArrayLike | None = None, cluster: npt.ArrayLike | None = None,
    min_slope: float = 0.0,
) -> Platt:  # fmt: skip
    """Fit a Platt line with priors slope ~ N(1, slope_sd), intercept ~ N(0, intercept_sd).

    The posterior mode by Newton's method, its covariance by Laplace.

    Parameters
    ----------
    p, y
        Probabilities given before, and outcomes (0 or 1), one row per look at a lead.
    weight
        Worth of each row, for example `forgetting_weights`; None is 1.
    cluster
        Lead id of each row. Several looks at one lead share its outcome, so the evidence is
        divided by the measured design effect; the mix of rows stays as it is.
    min_slope
        Lowest slope. With 0 the order can be lost but never turned.

    Raises
    ------
    InputError
        ``one-class``, ``constant-scores``, ``no-weight``: nothing to learn from.
    ValueError
        Missing or impossible values.

    References
    ----------
    Platt 1999, Probabilistic outputs for support vector machines.
    """
    x = log_odds(p)
    y_, w = _evidence(x, y, weight)
    if float(np.ptp(x[w > 0])) == 0:
        raise InputError(
            "constant-scores", f"all {int((w > 0).sum())} probabilities are the same",
            fix="a constant has no line; use the base rate",
        )  # fmt: skip
    prior = _Prior(slope=1.0, slope_sd=slope_sd, intercept=0.0, intercept_sd=intercept_sd)
    line, w = _fit_clustered(x, y_, w, prior, min_slope=min_slope, cluster=cluster)
    return Platt(*line, n=len(y_), n_won=int(y_.sum()), effective_weight=float(w.sum()))


def fit_grid_curve(
    points: npt.ArrayLike, y: npt.ArrayLike, *, slope_sd: float,
    weight: npt.ArrayLike | None = None, cluster: npt.ArrayLike | None = None,
) -> GridCurve:  # fmt: skip
    """Fit the probability of winning by points, for scores that are no probabilities.

    The slope per standard deviation of the points has a prior N(0, slope_sd) and is at least 0.
    Constant points give the base rate. Other parameters and errors as in `fit_platt`.
    """
    x = np.asarray(points, dtype=np.float64)
    y_, w = _evidence(x, y, weight)
    centre = float(w @ x / w.sum())
    spread = float(np.sqrt(w @ (x - centre) ** 2 / w.sum()))
    if spread < 1e-9:
        return base_rate_curve(y_, weight=w)
    rate = float(w @ y_ / w.sum())
    prior = _Prior(slope=0.0, slope_sd=slope_sd, intercept=float(log_odds(rate)), intercept_sd=10.0)
    line, w = _fit_clustered((x - centre) / spread, y_, w, prior, min_slope=0.0, cluster=cluster)
    return GridCurve(
        centre, spread, *line, n=len(y_), n_won=int(y_.sum()), effective_weight=float(w.sum())
    )


def base_rate_curve(y: npt.ArrayLike, *, weight: npt.ArrayLike | None = None) -> GridCurve:
    """Return the curve that gives everybody the base rate of `y`."""
    y_, w = _evidence(np.zeros(len(np.asarray(y))), y, weight)
    rate = float(w @ y_ / w.sum())
    variance = 1 / (w.sum() * rate * (1 - rate))
    return GridCurve(
        centre=0.0, spread=1.0, slope=0.0, intercept=float(log_odds(rate)),
        covariance=((0.0, 0.0), (0.0, float(variance))),
        n=len(y_), n_won=int(y_.sum()), effective_weight=float(w.sum()),
    )  # fmt: skip


def forgetting_weights(
    order_seconds: npt.ArrayLike, *, now_seconds: int, half_life_days: float
) -> Float:
    """Return ``2 ** (-age / half-life)``, in (0, 1], for times in epoch seconds.

    Raises
    ------
    ValueError
        A time lies after `now_seconds`.
    """
    age = now_seconds - np.asarray(order_seconds, dtype=np.int64)
    if bool((age < 0).any()):
        raise ValueError(f"{int((age < 0).sum())} rows lie after now ({now_seconds})")
    return np.exp2(-age / (half_life_days * _DAY))


def log_odds(p: npt.ArrayLike) -> Float:
    """Return ``log(p / (1 - p))``, finite also at 0 and 1."""
    q = np.clip(np.asarray(p, dtype=np.float64), _TINY, 1 - _TINY)
    return np.log(q) - np.log1p(-q)


def sigmoid(z: npt.ArrayLike) -> Float:
    """Return ``1 / (1 + exp(-z))`` without overflow."""
    return 1 / (1 + np.exp(-np.clip(np.asarray(z, dtype=np.float64), -500, 500)))


@dataclass(frozen=True)
class _Prior:
    slope: float
    slope_sd: float
    intercept: float
    intercept_sd: float


_Line = tuple[float, float, Covariance]


def _fit_clustered(
    x: Float, y: Float, w: Float, prior: _Prior, *, min_slope: float,
    cluster: npt.ArrayLike | None,
) -> tuple[_Line, Float]:  # fmt: skip
    """Fit, measure what repeated looks at a lead are worth, fit again with that much evidence."""
    line = _fit(x, y, w, prior, min_slope=min_slope)
    if cluster is not None:
        w = w / _design_effect(x, y, w, line, cluster)
        line = _fit(x, y, w, prior, min_slope=min_slope)
    return line, w


def _fit(x: Float, y: Float, w: Float, prior: _Prior, *, min_slope: float) -> _Line:
    slope, intercept, covariance = _newton(x, y, w, prior, slope_is_free=True)
    if slope >= min_slope:
        return slope, intercept, covariance
    pinned = _Prior(min_slope, prior.slope_sd, prior.intercept, prior.intercept_sd)
    return _newton(x, y, w, pinned, slope_is_free=False)


def _newton(x: Float, y: Float, w: Float, prior: _Prior, *, slope_is_free: bool) -> _Line:
    """Posterior mode and Laplace covariance of (slope, intercept), with halved steps if needed."""
    mean = np.array([prior.slope, prior.intercept])
    precision = np.array([prior.slope_sd, prior.intercept_sd]) ** -2.0
    free = np.array([slope_is_free, True])

    def loss(at: Float) -> float:
        z = at[1] + at[0] * x
        return float(w @ (np.logaddexp(0, z) - y * z) + precision @ (at - mean) ** 2 / 2)

    at = mean.copy()
    now = loss(at)
    for _ in range(100):
        q = sigmoid(at[1] + at[0] * x)
        g, h = w * (q - y), w * q * (1 - q)
        slope_now = np.array([g @ x, g.sum()]) + precision * (at - mean)
        curve = np.array([[h @ (x * x), h @ x], [h @ x, h.sum()]]) + np.diag(precision)
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
    return float(at[0]), float(at[1]), _pairs(covariance)


def _design_effect(x: Float, y: Float, w: Float, line: _Line, cluster: npt.ArrayLike) -> float:
    """Variance of the score summed by lead over that of independent rows, at least 1."""
    code = np.unique(np.asarray(cluster), return_inverse=True)[1]
    g = w * (y - sigmoid(line[1] + line[0] * x))
    rows = np.stack([g * x, g])
    leads = np.stack([np.bincount(code, part) for part in rows])
    ratio = np.linalg.solve(rows @ rows.T + 1e-9 * np.eye(2), leads @ leads.T)
    return max(1.0, float(np.trace(ratio)) / 2)


def _evidence(x: Float, y: npt.ArrayLike, weight: npt.ArrayLike | None) -> tuple[Float, Float]:
    """Return outcomes and weights, refusing what no line can be learned from."""
    y_ = np.asarray(y, dtype=np.float64)
    w = np.ones(len(y_)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(x) == len(y_) == len(w):
        raise ValueError(f"expected equal lengths, got {len(x)}, {len(y_)}, {len(w)}")
    if not (np.isfinite(x).all() and np.isin(y_, (0, 1)).all() and np.isfinite(w).all()):
        raise ValueError("scores and weights must be finite, outcomes 0 or 1")
    if not ((w >= 0).all() and w.sum() > 0):
        raise InputError("no-weight", "every row has weight 0 or less, so there is no evidence")
    if not 0 < w @ y_ < w.sum():
        outcome = "won" if w @ y_ > 0 else "lost"
        raise InputError(
            "one-class", f"expected won and lost rows, all {int((w > 0).sum())} are {outcome}",
            fix="take a longer window, or check the outcome column's mapping",
        )  # fmt: skip
    return y_, w


def _pairs(matrix: npt.ArrayLike) -> Covariance:
    (a, b), (c, d) = np.asarray(matrix, dtype=np.float64).tolist()
    return (a, b), (c, d)


def _root(covariance: Float) -> Float:
    """Return a matrix square root that also takes a covariance with a zero variance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
