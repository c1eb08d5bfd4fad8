"""Where a threshold would best lie, with its uncertainty: by value, or by capacity.

By value it reads the recalibrated curve, never the window's own best profit, which chases noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.metrics import Figure, without_interval
from leadscore.review.evidence import Evidence, Float
from leadscore.scoring import cutting
from leadscore.scoring.calibration import Platt, log_odds, sigmoid
from leadscore.scoring.moving_line import Tracker
from leadscore.scoring.scale import Scale

Tier = Literal["hot", "warm"]
THRESHOLDS: tuple[Tier, ...] = ("hot", "warm")
N_DRAWS = 1_000  # of the curve behind a cut
MIN_WON = 10  # fewer won leads teach no cut
_MOST_OPEN = (
    2 / 3
)  # of the leads: of those looked at weekly for months, a quarter's looks are fewer
_MOST_LOOKS = 2_000  # behind a probability of gaining, spread evenly: it settles long before


@dataclass(frozen=True)
class Optimum:
    """The best cut in score points.

    Attributes
    ----------
    value, draws
        The cut, and draws of it.
    impossible
        Why there is none.
    lines
        float64[n, 2]: drawn recalibration lines by which it pays; None: volumes decide, and a draw of the cut
        says on which side of another it lies.
    probability
        Chance of winning at which a lead pays its cost; NaN without lines.
    sure
        Probability that the cut keeps what it promises; None where it promises nothing.
    """

    value: float
    draws: Float
    impossible: str | None = None
    lines: Float | None = None
    probability: float = math.nan
    sure: float | None = None

    def figure(self, evidence: Evidence) -> Figure:
        """Return the cut with the 95 % interval of its draws; one that keeps a promise is an end by itself."""
        if self.sure is not None:
            told = f"a bound by itself, with a confidence of {self.sure:.0%}"
            return without_interval(
                told, n=evidence.n_leads, n_won=evidence.n_won, value=self.value
            )
        low, high = (float(end) for end in np.percentile(self.draws, [2.5, 97.5]))
        return Figure(self.value, low, high, evidence.n_leads, evidence.n_won)

    def gain_probability(self, evidence: Evidence, scale: Scale, *, at: float) -> float:
        """Return the probability that moving from `at` to this cut gains, 0 to 1."""
        if (
            self.sure is not None
        ):  # a promise is kept at once, and loosened only as far as it is sure
            return self.sure if self.value < at else 1.0
        if self.lines is None:
            below = float(np.mean((self.draws < at) + 0.5 * (self.draws == at)))
            return below if self.value < at else 1 - below
        evidence = evidence.peaks
        some = slice(None, None, -(-len(evidence.p) // _MOST_LOOKS))
        before, after = (float(log_odds(scale.probability(score))) for score in (at, self.value))
        return cutting.gain_probability(
            self.lines, log_odds(evidence.p[some]), self.probability, at=before, to=after,
            weight=evidence.weight[some],
        )  # fmt: skip


def refusal(evidence: Evidence, *, min_leads: int, min_won: int = MIN_WON) -> str | None:
    """Say why the evidence teaches no cut, or None."""
    n_leads = evidence.n_leads
    if n_leads < min_leads or evidence.n_won < min_won:
        return (
            f"too few: {n_leads} leads with {evidence.n_won} won; "
            f"{min_leads} leads and {min_won} won are needed"
        )
    if evidence.y.all():
        return f"all {n_leads} leads were won: no threshold can be judged"
    if float(np.ptp(evidence.p)) == 0:
        return "every lead has the same score: no threshold can tell them apart"
    if evidence.is_dated and evidence.still_open > _MOST_OPEN:
        return (
            f"too early: {evidence.still_open:.0%} of {n_leads} leads were still open at the last look, so their "
            "best look may be to come"
        )
    return None


def curve_of(evidence: Evidence, prior: CalibrationSettings) -> Platt:
    """Return the last quarter's curve of a line followed through the quarters, by each lead's best look of each."""
    top = evidence.peaks
    return Tracker.of(top.p, top.y, top.quarter, top.lead, prior).averaged(prior).latest


def cut_by_value(
    curve: Platt, scale: Scale, *, probability: float, n_draws: int, seed: int
) -> Optimum:
    """Return the score at which the recalibrated probability reaches `probability`, on the mean over lines.

    Uncertainty is the curve's posterior. Where every score is worth it, or none, the cut is an end of the scale:
    a shock may leave it there for a while, and a step towards it is still right.
    """
    lines = curve.draws(n_draws, seed=seed)
    ends = np.append(cutting.cuts(lines, probability), cutting.best_cut(lines, probability))
    points = scale.score(sigmoid(np.clip(ends, -700, 700)))
    return Optimum(float(points[-1]), points[:-1], None, lines, probability)


def cut_by_precision(
    curve: Platt, evidence: Evidence, scale: Scale, *, target: float, confidence: float, n_draws: int,
    seed: int,
) -> Optimum:  # fmt: skip
    """Return the lowest whole score above which at least `target` of the leads win, with `confidence`.

    The leads are those of the evidence, each at its best look of a quarter; uncertainty is the curve's.
    """
    top = evidence.peaks
    some = slice(None, None, -(-len(top.p) // _MOST_LOOKS))
    lines, z = curve.draws(n_draws, seed=seed), log_odds(top.p[some])
    cut = cutting.precision_cut(lines, z, target, confidence, weight=top.weight[some])
    best, value = (float(scale.score(sigmoid(min(at, 700.0)))) for at in (float(z.max()), cut))
    value = float(np.ceil(value))
    if value > best or not math.isfinite(cut):
        return _none(
            f"no threshold keeps {target:.0%} won with a confidence of {confidence:.0%}: not even at {best:.0f} "
            "points, the highest seen"
        )
    return Optimum(value, np.array([]), sure=confidence)


def cut_by_capacity(evidence: Evidence, *, per_week: float, n_resamples: int, seed: int) -> Optimum:
    """Return the lowest score above which no more than `per_week` leads stand in a mean week.

    Weeks weigh less the older they are; uncertainty resamples whole weeks.
    """
    if not evidence.is_dated:
        return _none("without dates there are no weeks to count calls in")
    _, week, score = evidence.best_of_week()
    order = np.argsort(-score, kind="stable")
    score, week = score[order], np.unique(week[order], return_inverse=True)[1]
    n_weeks = evidence.n_weeks
    worth = np.zeros(n_weeks)
    np.maximum.at(worth, np.unique(evidence.week, return_inverse=True)[1], evidence.weight)
    if n_weeks < 4:
        return _none(f"too few: {n_weeks} weeks, 4 needed to see how volumes vary")
    if np.bincount(week) @ worth / worth.sum() <= per_week:
        return _none(f"capacity {per_week:g} a week is above all open leads")
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(n_weeks, np.full(n_weeks, 1 / n_weeks), size=n_resamples)
    cuts = [_cut(score, week, times * worth, per_week) for times in (np.ones(n_weeks), *drawn)]
    value = float(cuts[0])
    outside = None if 0 < value < 100 else "the best cut lies at the end of the scale"
    return Optimum(value, np.array(cuts[1:]), outside)


def _cut(score: Float, week: np.ndarray, worth: Float, per_week: float) -> float:
    """Lowest score, best first, up to which the weighted mean week stays within capacity."""
    volume = np.cumsum(worth[week]) / worth.sum()
    fits = int(np.searchsorted(volume, per_week, side="right"))
    return float(score[min(max(fits - 1, 0), len(score) - 1)])


def _none(reason: str) -> Optimum:
    return Optimum(math.nan, np.array([]), reason)
