"""Hand-written grid, learned grid and model on the same later window: figures, intervals, differences.

Points become probabilities by a curve that saw nothing of the window, the same way for every grid.
It judges recipes on outcomes; it chooses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.rules import Bands as Tiers
from leadscore.domain.settings import Settings, Thresholds
from leadscore.history.splits import CALIBRATE, TEST
from leadscore.metrics import Difference, Figure, log_loss, roc_auc
from leadscore.metrics.figures import Resamples
from leadscore.scoring.calibration import (
    GridCurve,
    fit_grid_curve,
    fit_platt,
    forgetting_weights,
)
from leadscore.scoring.grid.learning.looks import Looks
from leadscore.scoring.scale import Scale

Float = npt.NDArray[np.float64]
_WEEK = 7 * 86_400
_SHARE_CALLED = 0.1  # of leads without dates: nobody can say how many come in a week


@dataclass(frozen=True)
class Judgement:
    """One opinion on the later window; `precision` is the share won of those sales has time to call."""

    name: str
    log_loss: Figure
    auc: Figure
    precision: Figure


@dataclass(frozen=True)
class Gap:
    """Opinion `a` less opinion `b` on the same leads."""

    a: str
    b: str
    log_loss: Difference
    auc: Difference
    precision: Difference


def curve_of(points: Float, looks: Looks, settings: Settings) -> GridCurve:
    """Return the curve from points to probability by what was known before the later window.

    As in training: fitted on all of it, then held against the latest part, older outcomes weighing
    less.
    """
    known = np.flatnonzero(looks.windows.known_before_test)
    recent, y, c = looks.windows.rows(CALIBRATE), looks.y, settings.calibration
    curve = fit_grid_curve(
        points[known], y[known], slope_sd=c.grid_slope_sd, cluster=looks.lead[known]
    )
    p = curve.apply(points[recent])
    if np.ptp(p) == 0 or len(np.unique(y[recent])) < 2:
        return curve
    weight = None
    if looks.is_dated:
        order = looks.table["order"].to_numpy()[recent]
        weight = forgetting_weights(
            order, now_seconds=int(order.max()), half_life_days=c.half_life_days
        )
    return curve.then(
        fit_platt(
            p, y[recent], slope_sd=c.slope_sd, intercept_sd=c.intercept_sd,
            weight=weight, cluster=looks.lead[recent],
        )
    )  # fmt: skip


def judgements(
    opinions: Mapping[str, Float], looks: Looks, settings: Settings
) -> tuple[list[Judgement], list[Gap]]:
    """Return figures of each opinion and the gaps of each later opinion to each before it.

    Parameters
    ----------
    opinions
        Name -> float64[n_test] probabilities of the looks of the later window.
    """
    test = looks.windows.rows(TEST)
    y, lead = looks.y[test], looks.lead[test]
    draws = Resamples(y, cluster=lead, n_resamples=settings.review.bootstrap, seed=settings.seed)
    measured = {}
    for name, p in opinions.items():
        loss, auc = draws.of((log_loss, roc_auc), p)
        called = called_share(p, looks.table.iloc[test], settings, is_dated=looks.is_dated)
        measured[name] = (loss, auc, _precision(called, y, draws))
    figures = [
        Judgement(name, draws.figure(*loss), draws.figure(*auc), draws.figure(*precision))
        for name, (loss, auc, precision) in measured.items()
    ]
    names = list(measured)
    gaps = []
    for i, a in enumerate(names):
        for b in names[:i]:
            parts = [
                draws.difference(one, other, lower_is_better=lower)
                for one, other, lower in zip(
                    measured[a], measured[b], (True, False, False), strict=True
                )
            ]
            gaps.append(Gap(a, b, *parts))
    return figures, gaps


def called_share(p: Float, looks: pd.DataFrame, settings: Settings, *, is_dated: bool) -> Float:
    """Return how much of each look sales would call: the best so many of every week, ties shared.

    Parameters
    ----------
    looks
        Columns lead_id and order. A lead is called at most once a week, at its best look.

    Returns
    -------
    float64[n] in [0, 1]. Without dates the best tenth of all.
    """
    if not is_dated:
        return _best(p, _SHARE_CALLED * len(p))
    week = looks["order"].to_numpy() // _WEEK
    rows = pd.DataFrame({"week": week, "lead": looks["lead_id"].to_numpy(), "p": p})
    best = rows.sort_values(["p", "lead"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates(["week", "lead"])
    called = np.zeros(len(p))
    for _, at in best.groupby("week").groups.items():
        places = np.asarray(at)
        called[places] = _best(p[places], settings.thresholds.hot_calls_per_week)
    return called


def tiers_of(
    curve: GridCurve, settings: Settings, thresholds: Thresholds, *, anchor: float, reach: int
) -> tuple[Tiers, str]:
    """Return the points from which the chance is that of the score thresholds, and how they came.

    Parameters
    ----------
    anchor
        Probability of score 50.
    reach
        Most points a lead can have; hot is never above.
    """
    scale = Scale(settings.scale.points_to_double, anchor)
    step = settings.grid.learn.round_to
    p_hot, p_warm = (float(scale.probability(s)) for s in (thresholds.hot, thresholds.warm))
    steps = np.arange(step, 100 + step, step).clip(max=100)
    chance = curve.apply(steps)

    def first(wanted: float) -> int:
        reached = np.flatnonzero(chance >= wanted)
        return int(steps[reached[0]]) if len(reached) else 100

    hot = min(max(first(p_hot), 2), reach)
    warm = max(1, min(first(p_warm), hot - 1))
    told = (
        f"hot from {hot} points, where the chance is that of score {thresholds.hot:g} ({p_hot:.1%}); "
        f"warm from {warm}, as score {thresholds.warm:g} ({p_warm:.1%})"
    )
    if chance[-1] < p_hot:
        told += f"; even 100 points mean {float(chance[-1]):.1%}, so few leads will be hot"
    return Tiers(hot=hot, warm=warm), told


def _best(p: Float, capacity: float) -> Float:
    """Return the share of each row among the best `capacity`; rows tied at the edge share what is left."""
    order = np.argsort(-p, kind="stable")
    _, first, size = np.unique(-p[order], return_index=True, return_counts=True)
    taken = np.clip((capacity - first) / size, 0.0, 1.0)
    called = np.zeros(len(p))
    called[order] = np.repeat(taken, size)
    return called


def _precision(called: Float, y: Float, draws: Resamples) -> tuple[float, Float]:
    """Return the share won of the called, and its draws: the list of calls stays, leads are redrawn."""
    calls = np.bincount(draws.code, called, draws.n)
    won = np.bincount(draws.code, called * y, draws.n)
    drawn = np.array([float(times @ won) / max(float(times @ calls), 1e-12) for times in draws])
    return float(won.sum() / calls.sum()), drawn
