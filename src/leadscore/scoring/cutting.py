"""Where a score is worth its cost, and how far to go there: a partial step on the posterior of the moving line.

The cut comes from the recalibrated line, never from the window's own best profit, which chases noise. A step
goes as far as the evidence is sure: not at all where a move gains as often as it loses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
_UNSEEN = 1.3
"""A promise is for leads to come: the line does not yet know how the market moves next."""
_MOST = 30.0  # log-odds either side of 0: beyond, no lead stands


@dataclass(frozen=True)
class StepRule:
    """When a cut moves, and how far.

    Attributes
    ----------
    min_gain_probability
        Least probability that the whole move gains.
    dead_band, largest
        Smaller steps are none, longer ones are cut short; in the unit of the cut.
    """

    min_gain_probability: float
    dead_band: float
    largest: float


@dataclass(frozen=True)
class Stepped:
    """A step from the cut in force.

    Attributes
    ----------
    to
        The cut after the step; the one in force where it does not move.
    gain_probability
        Probability that the move all the way to the best cut gains, 0 to 1.
    share
        How much of the way is gone before dead band and largest step: ``2 P - 1``, at least 0.
    why_not
        ``unsure`` or ``small`` where it does not move.
    was_cut_short
        Whether the largest step ended it.
    is_up
        Whether the best cut lies above the one in force.
    """

    to: float
    gain_probability: float
    share: float
    why_not: str | None
    was_cut_short: bool
    is_up: bool


def best_cut(lines: Float, probability: float) -> float:
    """Return the predicted log-odds at which the mean chance over drawn lines reaches `probability`.

    Parameters
    ----------
    lines
        float64[n, 2]: slopes, at least 0, and intercepts.

    Returns
    -------
    float
        -inf or inf where every lead, or none, is worth it.
    """

    def mean(at: float) -> float:
        return float(sigmoid(lines[:, 1] + lines[:, 0] * at).mean())

    low, high = -_MOST, _MOST
    if mean(low) >= probability:
        return -np.inf
    if mean(high) < probability:
        return np.inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if mean(middle) >= probability else (middle, high)
    return high


def cuts(lines: Float, probability: float) -> Float:
    """Return the predicted log-odds at which each line reaches `probability`: float64[n], infinite without slope."""
    gap = float(log_odds(probability)) - lines[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lines[:, 0] > 0, gap / lines[:, 0], np.where(gap > 0, np.inf, -np.inf))


def precision_cut(
    lines: Float, z: Float, target: float, confidence: float, *, weight: Float | None = None
) -> float:
    """Return the lowest cut above which a share of at least `target` wins, as surely as asked for.

    Parameters
    ----------
    z
        float64[n_leads] predicted log-odds of leads as they come.
    target
        Share of the leads on or above the cut that must win.
    confidence
        Least probability that they do, over drawn lines whose doubt is widened by `_UNSEEN`.

    Returns
    -------
    float
        inf where there is none.
    """
    lines = lines.mean(axis=0) + _UNSEEN * (lines - lines.mean(axis=0))
    best = np.argsort(-z, kind="stable")
    x, w = z[best], np.ones(len(z)) if weight is None else weight[best]
    above, last = np.cumsum(w), np.append(x[1:] < x[:-1], True)  # equal leads stand on one side
    kept = np.zeros(len(x))
    for slope, intercept in lines:
        kept += last & (np.cumsum(sigmoid(intercept + max(slope, 0.0) * x) * w) >= target * above)
    sure = np.flatnonzero(kept >= confidence * len(lines))
    return float(x[sure[-1]]) if len(sure) else np.inf


def gain_probability(
    lines: Float, z: Float, probability: float, *, at: float, to: float, weight: Float | None = None
) -> float:
    """Return the probability, over drawn lines, that moving a cut gains on the leads between.

    Parameters
    ----------
    z
        float64[n_leads] predicted log-odds of leads as they come.
    probability
        Chance of winning at which a lead is worth its cost.
    weight
        Worth of each lead; None is 1.

    Returns
    -------
    float
        0.5 where no lead lies between: nothing is gained or lost.
    """
    between = (z >= min(at, to)) & (z < max(at, to))
    if not between.any():
        return 0.5
    x = z[between]
    w = np.ones(len(x)) if weight is None else weight[between]
    more = (sigmoid(lines[:, 1:] + lines[:, :1] * x) - probability) @ w
    gains = more > 0 if to < at else more < 0
    return float(gains.mean())


def step(at: float, to: float, gain_probability: float, rule: StepRule, *, unit: float) -> Stepped:
    """Return the step from the cut in force towards the best one, in whole units.

    Parameters
    ----------
    at, to
        Cut in force and best cut, finite.
    unit
        The cut's grain: a step is rounded to it.
    """
    share = max(0.0, 2 * gain_probability - 1)
    wanted = share * (to - at)
    short = abs(wanted) > rule.largest
    moved = float(np.clip(wanted, -rule.largest, rule.largest))
    moved = round((at + moved) / unit) * unit - at
    if gain_probability < rule.min_gain_probability:
        return Stepped(at, gain_probability, share, "unsure", was_cut_short=False, is_up=to > at)
    if abs(moved) < rule.dead_band:
        return Stepped(at, gain_probability, share, "small", was_cut_short=False, is_up=to > at)
    return Stepped(at + moved, gain_probability, share, None, short, to > at)
