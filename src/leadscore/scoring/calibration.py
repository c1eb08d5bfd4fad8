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
from leadscore.metrics import dot
from leadscore.scoring.line import Covariance, Prior, fit_line, log_odds, pairs, sigmoid

__all__ = [
    "GridCurve",
    "Platt",
    "base_rate_curve",
    "fit_grid_curve",
    "fit_platt",
    "forgetting_weights",
    "log_odds",
    "sigmoid",
]

Float = npt.NDArray[np.float64]
_DAY = 86_400


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

    def apply(self, p: npt.ArrayLike, offset: npt.ArrayLike = 0.0) -> Float:
        """Return the recalibrated probabilities; `offset` is added to the line in log-odds."""
        return sigmoid(self.moved(log_odds(p), offset))

    def moved(self, z: Float, offset: npt.ArrayLike = 0.0) -> Float:
        """Return recalibrated log-odds from log-odds."""
        return np.asarray(self.intercept + self.slope * z + np.asarray(offset))

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
        return cls(**{**fields, "covariance": pairs(fields["covariance"])})


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

    def then(self, platt: Platt) -> GridCurve:
        """Return the curve followed by a Platt line: again a line; the doubt is the Platt line's."""
        turn = np.array([[self.slope, 0.0], [self.intercept, 1.0]])
        return GridCurve(
            self.centre, self.spread,
            platt.slope * self.slope, platt.intercept + platt.slope * self.intercept,
            pairs(turn @ np.array(platt.covariance) @ turn.T),
            n=platt.n, n_won=platt.n_won, effective_weight=platt.effective_weight,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also through JSON."""
        return cls(**{**fields, "covariance": pairs(fields["covariance"])})


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
    prior = Prior.independent(
        slope=1.0, slope_sd=slope_sd, intercept=0.0, intercept_sd=intercept_sd
    )
    line, w = fit_line(x, y_, w, prior, min_slope=min_slope, cluster=cluster)
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
    centre = dot(w, x) / float(w.sum())
    spread = float(np.sqrt(dot(w, (x - centre) ** 2) / w.sum()))
    if spread < 1e-9:
        return base_rate_curve(y_, weight=w)
    rate = dot(w, y_) / float(w.sum())
    prior = Prior.independent(
        slope=0.0, slope_sd=slope_sd, intercept=float(log_odds(rate)), intercept_sd=10.0
    )
    line, w = fit_line((x - centre) / spread, y_, w, prior, min_slope=0.0, cluster=cluster)
    return GridCurve(
        centre, spread, *line, n=len(y_), n_won=int(y_.sum()), effective_weight=float(w.sum())
    )


def base_rate_curve(y: npt.ArrayLike, *, weight: npt.ArrayLike | None = None) -> GridCurve:
    """Return the curve that gives everybody the base rate of `y`."""
    y_, w = _evidence(np.zeros(len(np.asarray(y))), y, weight)
    rate = dot(w, y_) / float(w.sum())
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
    if not 0 < (won := dot(w, y_)) < w.sum():
        outcome = "won" if won > 0 else "lost"
        raise InputError(
            "one-class", f"expected won and lost rows, all {int((w > 0).sum())} are {outcome}",
            fix="take a longer window, or check the outcome column's mapping",
        )  # fmt: skip
    return y_, w


def _root(covariance: Float) -> Float:
    """Return a matrix square root that also takes a covariance with a zero variance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
