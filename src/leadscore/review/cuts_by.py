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
from leadscore.review.cuts import N_DRAWS, THRESHOLDS, Tier, curve_of, cut_by_value, refusal
from leadscore.review.effect import profit_by_lead, stretches
from leadscore.review.evidence import Codes, Evidence
from leadscore.scoring.blend.pooling import Groups, pooled
from leadscore.scoring.calibration import Platt
from leadscore.scoring.line import log_odds, sigmoid
from leadscore.scoring.scale import Scale

OPINIONS = {
    "p_grid": "manual grid, calibrated", "p_logistic": "logistic part", "p_trees": "trees part",
    "p_model": "blend",
}  # fmt: skip
_PREFIX = "lead_"
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
    cut: Mapping[Tier, Figure]
    points: Mapping[Tier, int]
    profit: Figure | None
    differs: bool | None


@dataclass(frozen=True)
class _Pays:
    """Where a tier's cost is paid: settings, scale, and the seed of the curve's draws."""

    settings: ThresholdSettings
    scale: Scale
    seed: int

    def best(self, curve: Platt, looks: Evidence) -> dict[Tier, Figure]:
        """Return the best cut of each tier by a curve."""
        draws = {"n_draws": N_DRAWS, "seed": self.seed}
        return {
            tier: cut_by_value(
                curve, self.scale, probability=self.settings.worth(tier), **draws
            ).figure(looks)
            for tier in THRESHOLDS
        }


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
        Empty where the evidence teaches no cut.
    """
    pays, found = _Pays(settings, scale, seed), []
    for column, name in OPINIONS.items():
        if column not in evidence or evidence[column].isna().any():
            continue
        p = evidence[column].to_numpy(dtype=np.float64)
        table = evidence.assign(p_issued=p, score=scale.score(p))
        looks = Evidence.from_table(table, as_of=None, half_life_days=settings.half_life_days)
        if refusal(looks, min_leads=review.min_leads) is not None:
            continue
        best = pays.best(curve_of(looks, prior), looks)
        at = {tier: _grid_points(table, cut.value) for tier, cut in best.items()}
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
    if refusal(looks, min_leads=review.min_leads) is not None:
        return ()
    at, top, line = looks.peak_rows(), looks.peaks, curve_of(looks, prior)
    pays, found = _Pays(settings, scale, seed), []
    for name in review.segments:
        if _PREFIX + name not in evidence:
            continue
        code, values = pd.factorize(evidence[_PREFIX + name].iloc[at], sort=True)
        if len(values) > 1:
            found += _of_segments(name, np.asarray(code), values, top, line, pays, review)
    return tuple(found)


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
    whole = {tier: cut.value for tier, cut in pays.best(line, top).items()}
    found = []
    for i, value in enumerate(values):
        inside = code == i
        n = len(np.unique(top.lead[inside]))
        won = len(np.unique(top.lead[inside & (top.y == 1)]))
        if n < review.min_leads:
            few = without_interval(f"too few: {n} leads", n=n, n_won=won)
            found.append(CutsOf(name, str(value), dict.fromkeys(THRESHOLDS, few), {}, None, None))
            continue
        offset = float(told.offset[first + i]), float(told.sd[first + i])
        cut = {
            tier: _shifted(line, offset, pays.scale, at, n=n, won=won) for tier, at in whole.items()
        }
        hot = cut["hot"]
        differs = not hot.low <= whole["hot"] <= hot.high
        found.append(CutsOf(name, str(value), cut, {}, None, differs))
    return found


def _shifted(
    line: Platt, offset: tuple[float, float], scale: Scale, whole: float, *, n: int, won: int
) -> Figure:
    """Return a segment's cut: that of all, shifted by what its leads have beyond the line.

    The interval is of the shift; how unsure the cut of all is, stands with it.
    """
    slope = max(line.slope, 1e-6)
    middle = float(log_odds(scale.probability(whole)))
    ends = middle - (offset[0] + np.array([0.0, _Z, -_Z]) * offset[1]) / slope
    value, low, high = (float(at) for at in scale.score(sigmoid(ends)))
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
