"""Where a call begins to pay by each opinion, and in each segment: what one threshold for all leaves out.

A threshold holds for all leads. Where a segment's best cut lies elsewhere, its scores promise too much or too
little, and a lead of it is called too early or too late until the model has learned it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.domain.settings import ReviewSettings, ThresholdSettings
from leadscore.metrics import Figure, total, without_interval
from leadscore.review.cuts import cut_by_value
from leadscore.review.effect import profit_by_lead, stretches
from leadscore.review.evidence import Codes, Evidence
from leadscore.scoring.blend.pooling import Groups, pooled
from leadscore.scoring.calibration import Platt
from leadscore.scoring.line import log_odds, sigmoid
from leadscore.scoring.moving_line import Tracker
from leadscore.scoring.scale import Scale

OPINIONS = {
    "p_grid": "manual grid, calibrated", "p_logistic": "logistic part", "p_trees": "trees part",
    "p_model": "blend",
}  # fmt: skip
_TIERS = ("hot", "warm")
_DRAWS = 1_000
_PREFIX = "lead_"
_MIN_WON = 10  # and lost: as a proposal asks for
_Z = 1.959963984540054


@dataclass(frozen=True)
class CutsOf:
    """The best cuts of one opinion or of the leads of one segment.

    Attributes
    ----------
    kind
        ``opinion``, or the property that makes the segment.
    cut
        The best cut by tier, in points of the score's scale, with its 95 % interval.
    points
        The grid's own points that stand there, by tier; empty but for the grid.
    profit
        EUR a week (without dates per 1,000 leads) of calling each lead once from the hot cut on; None for segments.
    differs
        Whether the hot cut's interval leaves out the one of all leads; None for opinions.
    """

    kind: str
    name: str
    cut: Mapping[str, Figure]
    points: Mapping[str, int]
    profit: Figure | None
    differs: bool | None


@dataclass(frozen=True)
class _Pays:
    """At which chance a tier's cost is paid, and where that stands."""

    settings: ThresholdSettings
    scale: Scale
    seed: int

    def probability(self, tier: str) -> float:
        t = self.settings
        return (t.call_cost_eur if tier == "hot" else t.nurture_cost_eur) / t.win_value_eur


def cuts_by_opinion(
    evidence: pd.DataFrame, settings: ThresholdSettings, review: ReviewSettings, *, scale: Scale,
    prior: CalibrationSettings, seed: int,
) -> tuple[CutsOf, ...]:  # fmt: skip
    """Return the best cuts by what each opinion alone said, on the same scale, worked as hot from there on.

    Parameters
    ----------
    evidence
        As `review.proposal.propose` takes it, with columns of `OPINIONS`; those missing are left out.

    Returns
    -------
    tuple of CutsOf
        Empty where too few leads were won to tell.
    """
    pays, found = _Pays(settings, scale, seed), []
    for column, name in OPINIONS.items():
        if column not in evidence or evidence[column].isna().any():
            continue
        p = evidence[column].to_numpy(dtype=np.float64)
        table = evidence.assign(p_issued=p, score=scale.score(p))
        looks = Evidence.from_table(table, as_of=None, half_life_days=settings.half_life_days)
        if too_few(looks, review) or float(np.ptp(looks.p)) == 0:
            continue
        top = looks.peaks()
        line = Tracker.of(top.p, top.y, top.quarter, top.lead, prior).averaged(prior).latest
        best = {tier: _best(line, looks, pays, tier) for tier in _TIERS}
        at = {tier: _grid_points(table, best[tier].value) for tier in _TIERS}
        found.append(
            CutsOf("opinion", name, best, at if column == "p_grid" else {},
                   _profit(looks, best["hot"].value, settings, review, seed=seed), None)
        )  # fmt: skip
    return tuple(found)


def cuts_by_segment(
    evidence: pd.DataFrame, settings: ThresholdSettings, review: ReviewSettings, *, scale: Scale,
    prior: CalibrationSettings, seed: int,
) -> tuple[CutsOf, ...]:  # fmt: skip
    """Return the best cuts of the segments of `review.segments`, each pulled to that of all (partial pooling).

    A segment of fewer than `review.min_leads` leads is "too few".
    """
    looks = Evidence.from_table(evidence, as_of=None, half_life_days=settings.half_life_days)
    if too_few(looks, review) or float(np.ptp(looks.p)) == 0:
        return ()
    at = looks.peak_rows()
    top = looks.peaks()
    line = Tracker.of(top.p, top.y, top.quarter, top.lead, prior).averaged(prior).latest
    pays, found = _Pays(settings, scale, seed), []
    for name in review.segments:
        if _PREFIX + name not in evidence:
            continue
        code, values = pd.factorize(evidence[_PREFIX + name].iloc[at], sort=True)
        if len(values) > 1:
            found += _of_segments(name, np.asarray(code), values, top, line, pays, review)
    return tuple(found)


def too_few(looks: Evidence, review: ReviewSettings) -> bool:
    """Whether too few leads came, or were won or lost, for any cut."""
    won = looks.n_won
    return looks.n_leads < review.min_leads or min(won, looks.n_leads - won) < _MIN_WON


def _of_segments(
    name: str, code: Codes, values: pd.Index, top: Evidence, line: Platt, pays: _Pays,
    review: ReviewSettings,
) -> list[CutsOf]:  # fmt: skip
    """Return the cuts of a property's values, by what their leads win beyond the line of all."""
    z = line.intercept + line.slope * log_odds(top.p)
    part = np.unique(top.quarter, return_inverse=True)[1]
    groups = Groups.of([part.astype(np.float64), code.astype(np.float64)],
                       [int(part.max()) + 1, len(values)])  # fmt: skip
    told = pooled(groups, z, top.y, np.ones(len(z)), top.lead)
    first = int((groups.grouping == 0).sum())
    whole = {tier: _best(line, top, pays, tier).value for tier in _TIERS}
    found = []
    for i, value in enumerate(values):
        inside = code == i
        n = len(np.unique(top.lead[inside]))
        won = len(np.unique(top.lead[inside & (top.y == 1)]))
        if n < review.min_leads:
            few = without_interval(f"too few: {n} leads", n=n, n_won=won)
            found.append(CutsOf(name, str(value), dict.fromkeys(_TIERS, few), {}, None, None))
            continue
        offset = float(told.offset[first + i]), float(told.sd[first + i])
        cut = {
            tier: _shifted(line, offset, pays, tier, n=n, won=won, whole=whole[tier])
            for tier in _TIERS
        }
        hot = cut["hot"]
        differs = not hot.low <= whole["hot"] <= hot.high
        found.append(CutsOf(name, str(value), cut, {}, None, differs))
    return found


def _best(line: Platt, looks: Evidence, pays: _Pays, tier: str) -> Figure:
    best = cut_by_value(
        line, pays.scale, probability=pays.probability(tier), n_draws=_DRAWS, seed=pays.seed
    )
    low, high = (float(end) for end in np.percentile(best.draws, [2.5, 97.5]))
    return Figure(best.value, low, high, looks.n_leads, looks.n_won)


def _shifted(
    line: Platt, offset: tuple[float, float], pays: _Pays, tier: str, *, n: int, won: int,
    whole: float,
) -> Figure:  # fmt: skip
    """Return a segment's cut: that of all, shifted by what its leads have beyond the line.

    The interval is of the shift; how unsure the cut of all is, stands with it.
    """
    slope = max(line.slope, 1e-6)
    middle = float(log_odds(pays.scale.probability(whole)))
    ends = middle - (offset[0] + np.array([0.0, _Z, -_Z]) * offset[1]) / slope
    value, low, high = (float(at) for at in pays.scale.score(sigmoid(ends)))
    return Figure(value, low, high, n, won)


def _profit(
    looks: Evidence, cut: float, settings: ThresholdSettings, review: ReviewSettings, *, seed: int
) -> Figure:
    each = profit_by_lead(looks, cut, win=settings.win_value_eur, cost=settings.call_cost_eur)
    each /= stretches(looks)[1]
    return total(each, n_counted=looks.n_won, n_resamples=review.bootstrap, seed=seed)


def _grid_points(table: pd.DataFrame, score: float) -> int:
    """Return the least points of the grid that stand on or above a score; beyond all, one more than the most."""
    points = table["grid_points"].to_numpy(dtype=np.float64)
    above = points[table["score"].to_numpy(dtype=np.float64) >= score]
    return round(float(above.min())) if len(above) else round(float(points.max())) + 1
