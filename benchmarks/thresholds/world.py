"""Quarters whose chances are known: leads come with a promise, and win by a line of it that may move.

Log-odds promised are N(-2.5, 1.5); a lead is worth its call from a chance of 20 % on. A cut is what the
review of the quarters before said; the regret of a quarter is the share of the profit of the best cut that
is lost. No quarter's cut knows of the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
MEAN, SPREAD = -2.5, 1.5
WORTH = 0.2  # chance at which a win pays the call
START = float(log_odds(WORTH))  # the cut in force at first: right where promises hold
QUARTERS = 10
SCENARIOS = {
    "stable": "promises hold",
    "miscalibrated": "promises are too far apart: slope 0.68",
    "drift": "the level moves by 0.25 a quarter, up or down",
    "shock": "from the sixth quarter on the level is 1.37 higher",
    "shock down": "from the sixth quarter on the level is 0.66 lower",
}
_MANY = 20_000


@dataclass(frozen=True)
class Run:
    """One history: float64[QUARTERS, n_leads] promised log-odds and outcomes, and the true line of each quarter."""

    z: Float
    y: Float
    slope: Float
    level: Float


def run(scenario: str, n: int, seed: int) -> Run:
    """Draw a history of a scenario; the same seed draws the same leads in all of them."""
    draw = np.random.default_rng([seed, n])
    slope, level = np.ones(QUARTERS), np.zeros(QUARTERS)
    if scenario == "miscalibrated":
        slope[:] = 0.68
    if scenario == "drift":
        level = np.cumsum(draw.normal(0, 0.25, QUARTERS))
    if scenario.startswith("shock"):
        level[QUARTERS // 2 :] = -0.66 if scenario.endswith("down") else 1.37
    z = draw.normal(MEAN, SPREAD, (QUARTERS, n))
    chance = sigmoid(slope[:, None] * z + level[:, None])
    return Run(z, (draw.random((QUARTERS, n)) < chance).astype(np.float64), slope, level)


LEADS = np.sort(np.random.default_rng(5).normal(MEAN, SPREAD, _MANY))[::-1]


def regret(cut: float, slope: float, level: float) -> float:
    """Return the share of the best cut's profit that a cut loses in a quarter, 0 at best."""
    profit = np.concatenate([[0.0], np.cumsum(sigmoid(slope * LEADS + level) - WORTH)])
    called = int(np.searchsorted(-LEADS, -cut, side="right"))
    return float(1 - profit[called] / profit.max())


def hot_share(cut: float) -> npt.NDArray[np.bool_]:
    """Return which of many leads stand on or above a cut."""
    return np.asarray(cut <= LEADS)


@dataclass(frozen=True)
class Followed:
    """What came of one way in one history.

    Attributes
    ----------
    regret
        Mean over quarters.
    reversals
        Moves against the direction of the move before.
    churn
        Mean share of the hot list that changes at a review, of those hot before or after.
    """

    regret: float
    reversals: int
    churn: float


def judged(cuts: Float, history: Run) -> Followed:
    """Judge the cuts of the quarters, float64[QUARTERS]."""
    lost = [regret(*each) for each in zip(cuts.tolist(), history.slope, history.level, strict=True)]
    moves = np.diff(cuts)
    turns = np.sign(moves[np.abs(moves) > 1e-9])
    hot = [hot_share(cut) for cut in cuts]
    changed = [
        float((a ^ b).sum() / max((a | b).sum(), 1)) for a, b in zip(hot[:-1], hot[1:], strict=True)
    ]
    return Followed(
        float(np.mean(lost)), int((turns[1:] != turns[:-1]).sum()), float(np.mean(changed))
    )
