"""Two manual grids on the same looks: which orders and predicts better, and which leads would move.

Each grid's points become probabilities by a curve learned on earlier looks; both are judged on later
ones, on the same resamples of leads. It recommends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.model_settings import CalibrationSettings
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.log import DAY, Float, Int
from leadscore.history.splits import CALIBRATE, TEST, Windows, ordered_windows
from leadscore.metrics import (
    Difference,
    Figure,
    Resamples,
    log_loss,
    precision_at,
    roc_auc,
    row_rate,
    too_few,
)
from leadscore.scoring.calibration import fit_grid_curve, fit_platt, forgetting_weights
from leadscore.scoring.grid.points import GridScore, tiers

TIERS = ("hot", "warm", "cold")
METRICS = {"roc_auc": False, "log_loss": True, "precision": False}
"""What grids are compared by -> whether lower is better."""

_Z95 = 1.959963984540054
_OF_UNDATED = 0.1  # share of the looks called best where there are no weeks to count calls in


@dataclass(frozen=True)
class GridComparison:
    """Two grids on the later window.

    Attributes
    ----------
    figures
        Metric -> figure of grid a and of grid b.
    differences
        Metric -> a minus b on the same resamples.
    correlation
        Of the points (Pearson), as if each lead were one look.
    other_tier
        Share of the looks whose tier differs.
    n_looks, n_best, best
        Looks of the window, how many of them `precision` calls, and why so many.
    first, last
        When the window's first and last look were; null without dates.
    """

    figures: dict[str, tuple[Figure, Figure]]
    differences: dict[str, Difference]
    correlation: Figure
    other_tier: Figure
    n_looks: int
    n_best: int
    best: str
    first: pd.Timestamp
    last: pd.Timestamp


@dataclass(frozen=True)
class Mover:
    """One lead that the other grid sees otherwise: points and tiers before and after, and which rules."""

    lead_id: str
    points: tuple[float, float]
    tiers: tuple[str, str]
    rules: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Migration:
    """How leads move from one grid to another.

    `counts` is int64[3, 3]: tier before (rows) by tier after, in the order of `TIERS`. `moved` is the
    share of leads with another tier; `movers` the leads whose points change most, most first.
    """

    counts: Int
    moved: Figure
    movers: tuple[Mover, ...]


def compare_grids(
    looks: pd.DataFrame,
    grids: tuple[Grid, Grid],
    scores: tuple[GridScore, GridScore],
    settings: Settings,
    *,
    is_dated: bool,
) -> GridComparison:
    """Compare two grids on the mature looks of the later window.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, order, label, is_mature; grain (lead_id, as_of).
    scores
        What each grid says of every look, in the rows' order.

    Raises
    ------
    GateError
        ``no-matured-rows``, or ``no-window``: too little history to learn on earlier looks.
    InputError
        ``one-class``: the earlier looks hold one outcome only.
    """
    mature = np.flatnonzero(looks["is_mature"].to_numpy(dtype=np.bool_))
    if not len(mature):
        raise GateError("no-matured-rows", "no look's horizon is over", fix="wait for outcomes")
    rows = looks.iloc[mature]
    order = rows["order"].to_numpy(dtype=np.int64)
    windows = ordered_windows(
        order,
        calibrate_share=settings.split.calibrate_share,
        test_share=settings.split.test_share,
        purge=settings.label.horizon_days * DAY if is_dated else 0,
    )
    test = windows.rows(TEST)
    lead = pd.factorize(rows["lead_id"])[0].astype(np.int64)
    y = rows["label"].to_numpy(dtype=np.float64)
    n_best, best = _best(order[test], settings, is_dated=is_dated)
    n = settings.review.bootstrap
    draws = Resamples(y[test], cluster=lead[test], n_resamples=n, seed=settings.seed)
    points = [score.points[mature] for score in scores]
    times, measured = order if is_dated else None, []
    for given in points:
        p = _probabilities(given, y, lead, windows, times, settings.calibration)
        measured.append(_measured(draws, given[test] / 100.0, p, n_best))
    figures, differences = _told(draws, *measured, min_leads=settings.review.min_leads)
    named = [tiers(grid, given[test]) for grid, given in zip(grids, points, strict=True)]
    when = rows["as_of"].iloc[test]
    return GridComparison(
        figures, differences,
        correlation=_correlation(points[0][test], points[1][test], draws.n, draws.n_won),
        other_tier=row_rate(named[0] != named[1], cluster=lead[test]),
        n_looks=len(test), n_best=n_best, best=best, first=when.min(), last=when.max(),
    )  # fmt: skip


def migration(
    lead_id: npt.NDArray[np.object_],
    grids: tuple[Grid, Grid],
    scores: tuple[GridScore, GridScore],
    *,
    n_movers: int = 5,
) -> Migration:
    """Return how leads move from the first grid to the second, one look a lead."""
    before, after = (tiers(g, s.points) for g, s in zip(grids, scores, strict=True))
    counts = np.array(
        [[int(((before == old) & (after == new)).sum()) for new in TIERS] for old in TIERS],
        dtype=np.int64,
    )
    gain = scores[1].points - scores[0].points
    most = np.lexsort((lead_id.astype(str), -np.abs(gain)))[:n_movers]
    movers = tuple(
        Mover(
            str(lead_id[i]),
            (float(scores[0].points[i]), float(scores[1].points[i])),
            (str(before[i]), str(after[i])),
            tuple(_rules_between(scores, int(i))),
        )
        for i in most
        if gain[i] != 0
    )
    return Migration(counts, row_rate(before != after, cluster=lead_id), movers)


def _probabilities(
    points: Float, y: Float, lead: Int, windows: Windows, order: Int | None,
    settings: CalibrationSettings,
) -> Float:  # fmt: skip
    """Return the test window's probabilities: a curve of all looks known before, levelled on the latest."""
    known, late = np.flatnonzero(windows.known_before_test), windows.rows(CALIBRATE)
    curve = fit_grid_curve(
        points[known], y[known], slope_sd=settings.grid_slope_sd, cluster=lead[known]
    )
    p = curve.apply(points[late])
    if np.ptp(p) > 0 and len(np.unique(y[late])) == 2:
        weight = None
        if order is not None:
            newest = int(order[late].max())
            half_life = settings.half_life_days
            weight = forgetting_weights(order[late], now_seconds=newest, half_life_days=half_life)
        curve = curve.then(
            fit_platt(
                p,
                y[late],
                slope_sd=settings.slope_sd,
                intercept_sd=settings.intercept_sd,
                weight=weight,
                cluster=lead[late],
            )  # fmt: skip
        )
    return curve.apply(points[windows.rows(TEST)])


def _best(order: Int, settings: Settings, *, is_dated: bool) -> tuple[int, str]:
    """Return how many looks sales would have called in the window, and why so many."""
    n = len(order)
    if not is_dated:
        return max(1, round(n * _OF_UNDATED)), f"{_OF_UNDATED:.0%} of the looks"
    weeks = int(order.max() - order.min()) // (7 * DAY) + 1
    calls = settings.thresholds.hot_calls_per_week
    return min(n, max(1, round(calls * weeks))), f"{calls:g} a week, {weeks} weeks"


def _told(
    draws: Resamples,
    a: dict[str, tuple[float, Float]],
    b: dict[str, tuple[float, Float]],
    *,
    min_leads: int,
) -> tuple[dict[str, tuple[Figure, Figure]], dict[str, Difference]]:
    """Return figures and differences of what was measured; none of a window with too few leads."""
    if draws.n < min_leads:
        few = too_few(draws.n, draws.n_won, min_leads=min_leads)
        return dict.fromkeys(METRICS, (few, few)), dict.fromkeys(METRICS, Difference(few, np.nan))
    figures = {m: (draws.figure(*a[m]), draws.figure(*b[m])) for m in METRICS}
    differences = {
        m: draws.difference(a[m], b[m], lower_is_better=lower) for m, lower in METRICS.items()
    }
    return figures, differences


def _measured(
    draws: Resamples, order_by: Float, p: Float, n_best: int
) -> dict[str, tuple[float, Float]]:
    """Return each metric's value and draws; the order is that of the points, also where it is wrong."""
    auc, precision = draws.of((roc_auc, precision_at(n_best)), order_by)
    return {"roc_auc": auc, "log_loss": draws.of((log_loss,), p)[0], "precision": precision}


def _correlation(a: Float, b: Float, n: int, n_won: int) -> Figure:
    """Return the correlation with Fisher's interval over leads.

    References
    ----------
    Fisher 1921, On the probable error of a coefficient of correlation.
    """
    if np.ptp(a) == 0 or np.ptp(b) == 0 or n <= 3:
        return Figure(np.nan, np.nan, np.nan, n, n_won, "points are all the same, or too few leads")
    r = float(np.corrcoef(a, b)[0, 1])
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) + np.array([-1, 1]) * _Z95 / np.sqrt(n - 3)
    low, high = np.tanh(z)
    return Figure(r, float(low), float(high), n, n_won)


def _rules_between(scores: Sequence[GridScore], i: int) -> list[tuple[str, float]]:
    """Return the rules whose points differ between two grids at a look, the largest change first."""
    change: dict[str, float] = {}
    for score, sign in zip(scores, (-1.0, 1.0), strict=True):
        for rule, given in zip(score.rule_ids, score.trace[i], strict=True):
            change[rule] = change.get(rule, 0.0) + sign * float(given)
    changed = [(rule, d) for rule, d in change.items() if abs(d) >= 0.5]
    stops = [
        (stop, sign * 100.0)
        for score, sign in zip(scores, (1.0, -1.0), strict=True)
        for stop, holds in zip(score.disqualifier_ids, score.stopped_by[i], strict=True)
        if holds and scores[0].disqualified[i] != scores[1].disqualified[i]
    ]
    return sorted([*stops, *changed], key=lambda pair: -abs(pair[1]))
