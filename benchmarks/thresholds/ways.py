"""The ways to set a cut after each quarter: ours, and those in use."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.isotonic import IsotonicRegression

from benchmarks.thresholds.world import MEAN, QUARTERS, START, WORTH, Float, Run
from leadscore.domain.settings import Settings
from leadscore.scoring import cutting
from leadscore.scoring.line import Line, Prior, fit_line
from leadscore.scoring.moving_line import Tracker

OURS, ARGMAX, KEEP, FORGET = "ours", "best profit of the quarter", "keep", "forgetting, dead band"
_BINS = 96  # of promises in a quarter's evidence: a line needs no more, and peers are given all
_DRAWS = 600
_SURE = 0.9
Way = Callable[[Run, Settings], Float]


def _each(step: Callable[[Float, Float], float]) -> Way:
    """Return the way that looks at the last quarter alone: cut by its promises and outcomes."""

    def way(history: Run, _settings: Settings) -> Float:
        later = [step(z, y) for z, y in zip(history.z[:-1], history.y[:-1], strict=True)]
        return np.array([START, *later])

    return way


def _argmax(z: Float, y: Float) -> float:
    best = np.argsort(-z)
    profit = np.cumsum(y[best] - WORTH)
    k = int(profit.argmax())
    return float(z[best][k]) if profit[k] > 0 else float(z.max()) + 1e-6


def _isotonic(z: Float, y: Float) -> float:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(z, y)
    at = np.sort(z)
    worth = fitted.predict(at) >= WORTH
    return float(at[int(worth.argmax())]) if worth.any() else float(z.max()) + 1e-6


def _max_f1(z: Float, y: Float) -> float:
    best = np.argsort(-z)
    caught = np.cumsum(y[best])
    f1 = 2 * caught / (np.arange(1, len(z) + 1) + max(y.sum(), 1))
    return float(z[best][int(f1.argmax())])


def _line(z: Float, y: Float, w: Float) -> Line:
    prior = Prior.independent(slope=1.0, slope_sd=0.3, intercept=0.0, intercept_sd=1.0)
    return fit_line(z, y, w, prior, min_slope=0.02, cluster=None)[0]


def _platt(z: Float, y: Float) -> float:
    slope, intercept, _ = _line(z, y, np.ones(len(z)))
    return (START - intercept) / slope


def _forgetting(history: Run, settings: Settings) -> Float:
    """Move to the cut of a Platt line on all quarters, each older one weighing half, where 9 of 10 draws gain."""
    cuts, draw = [START], np.random.default_rng(settings.seed)
    n = history.z.shape[1]
    for q in range(QUARTERS - 1):
        z, y = history.z[: q + 1].ravel(), history.y[: q + 1].ravel()
        line = _line(z, y, np.repeat(np.exp2(-np.arange(q, -1.0, -1)), n))
        to = (START - line[1]) / line[0]
        lines = draw.multivariate_normal(line[:2], np.array(line[2]), _DRAWS)
        sure = cutting.gain_probability(lines, history.z[q], WORTH, at=cuts[-1], to=to)
        cuts.append(to if sure >= _SURE else cuts[-1])
    return np.array(cuts)


def _tracker(history: Run, settings: Settings) -> Tracker:
    """Return the product's tracker of a history, promises of a quarter gathered in bins."""
    pieces, c = [], settings.calibration
    for z, y in zip(history.z, history.y, strict=True):
        if len(z) <= 2 * _BINS:
            pieces.append((z - MEAN, y, np.ones(len(z))))
            continue
        own = np.argsort(np.argsort(z)) * _BINS // len(z)
        n, won = np.bincount(own), np.bincount(own, y)
        x = np.bincount(own, z) / n - MEAN
        rows = np.concatenate([x, x]), np.repeat([1.0, 0.0], _BINS), np.concatenate([won, n - won])
        pieces.append(rows)
    return Tracker(tuple(pieces), MEAN, (c.slope_sd, c.intercept_sd))


def lines_of(history: Run, settings: Settings) -> list[Float]:
    """Return what the product holds for possible of each quarter's line, at the quarter's end: float64[n, 2] each."""
    steps = _tracker(history, settings).averaged(settings.calibration).steps
    return [step.found.draws(_DRAWS, seed=settings.seed + q) for q, step in enumerate(steps)]


def ours(history: Run, settings: Settings) -> Float:
    """Follow the product's line and take the product's steps, in score points."""
    return stepped(history, settings, lines_of(history, settings))


def stepped(history: Run, settings: Settings, lines_by_quarter: list[Float]) -> Float:
    """Take the product's steps on lines followed."""
    t, unit = settings.thresholds, np.log(2.0) / settings.scale.points_to_double
    rule = cutting.StepRule(t.min_step_probability, t.dead_band_points, t.largest_step_points)
    cuts = [START]
    for q, lines in enumerate(lines_by_quarter[:-1]):
        to, at = cutting.best_cut(lines, WORTH), cuts[-1]
        if np.isfinite(to):
            sure = cutting.gain_probability(lines, history.z[q], WORTH, at=at, to=to)
            gone = cutting.step((at - START) / unit, (to - START) / unit, sure, rule, unit=1.0)
            at = START + gone.to * unit
        cuts.append(at)
    return np.array(cuts)


WAYS: dict[str, Way] = {
    OURS: ours,
    FORGET: _forgetting,
    "Platt line of the quarter": _each(_platt),
    ARGMAX: _each(_argmax),
    "isotonic of the quarter": _each(_isotonic),
    "best F1 of the quarter": _each(_max_f1),
    "best quarter of leads": _each(lambda z, _y: float(np.quantile(z, 0.75))),
    KEEP: lambda _history, _settings: np.full(QUARTERS, START),
}
