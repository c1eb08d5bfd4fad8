"""What other thresholds would have meant for the same leads: volume, wins caught, profit, moves.

It replays the evidence; it does not guess how a call changes the chance of winning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import Thresholds, ThresholdSettings
from leadscore.metrics import Figure, Resamples
from leadscore.review.evidence import Evidence, Float
from leadscore.scoring.thresholds import tier


@dataclass(frozen=True)
class Effect:
    """One consequence under the thresholds in force and under those considered.

    `difference` is considered minus in force, on the same resamples of leads.
    """

    what: str
    unit: str
    in_force: Figure
    considered: Figure
    difference: Figure


@dataclass(frozen=True)
class Move:
    """Leads that go from one tier to another, by their last look."""

    tier_in_force: str
    tier_considered: str
    n: int
    n_won: int


def expected_effect(
    evidence: Evidence, settings: ThresholdSettings, *, in_force: Thresholds,
    considered: Thresholds, n_resamples: int, seed: int,
) -> tuple[Effect, ...]:  # fmt: skip
    """Replay the evidence under both pairs of thresholds.

    A lead is worked once, at its first look on or above the threshold: the cost falls due once, and
    the win counts if it came within the horizon of that look or of a later one of its quarter. Volumes
    count a lead once in every week in which it stands in the tier; without dates they are per 1,000 leads.

    Returns
    -------
    tuple of Effect
        Hot leads, warm leads, share of won leads that were hot, share that were warm or hot,
        profit of calling the hot, profit of nurturing those warm or hotter.
    """
    before, after = (_per_lead(evidence, settings, at) for at in (in_force, considered))
    standing, flowing = stretches(evidence)
    won = evidence.by_lead(evidence.y)
    resamples = Resamples(
        won, cluster=np.arange(evidence.n_leads), n_resamples=n_resamples, seed=seed
    )  # fmt: skip
    both = np.ascontiguousarray(np.concatenate([before, after, won[:, np.newaxis]], axis=1).T)
    k = before.shape[1]

    def ratios(sums: Float) -> Float:
        below = np.array([standing] * 2 + [sums[-1]] * 2 + [flowing] * 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            divided: Float = sums[:-1] / np.tile(below, 2)
        return divided

    value = ratios(both.sum(axis=1))
    draws = np.array([ratios(np.einsum("ij,j->i", both, times)) for times in resamples])
    figure = resamples.figure
    return tuple(
        Effect(
            what, unit, figure(value[i], draws[:, i]), figure(value[k + i], draws[:, k + i]),
            figure(value[k + i] - value[i], draws[:, k + i] - draws[:, i]),
        )
        for i, (what, unit) in enumerate(_names(evidence))
    )  # fmt: skip


def migration(
    evidence: Evidence, *, in_force: Thresholds, considered: Thresholds
) -> tuple[Move, ...]:
    """Count leads by tier before and after, at their last look; nine moves, hot to cold first."""
    rank = np.lexsort((evidence.order, evidence.lead))
    last = rank[np.concatenate([np.diff(evidence.lead[rank]) != 0, [True]])]
    before, after = (tier(evidence.score[last], at) for at in (in_force, considered))
    won = evidence.y[last] == 1
    return tuple(
        Move(a, b, int(moved.sum()), int((moved & won).sum()))
        for a in TIERS
        for b in TIERS
        for moved in [(before == a) & (after == b)]
    )


def stretches(evidence: Evidence) -> tuple[float, float]:
    """Return what volumes, and money, are divided by: weeks looked at and weeks spanned.

    Without dates both are thousands of leads. A resample has as many leads, so they hold there too.
    """
    if not evidence.is_dated:
        return evidence.n_leads / 1000, evidence.n_leads / 1000
    return float(evidence.n_weeks), evidence.weeks_spanned


def _names(evidence: Evidence) -> list[tuple[str, str]]:
    per = "a week" if evidence.is_dated else "per 1,000 leads"
    return [
        ("hot leads", f"leads {per}"),
        ("warm leads", f"leads {per}"),
        ("won leads that were hot", "share of won leads"),
        ("won leads that were warm or hot", "share of won leads"),
        ("profit of calling the hot", f"EUR {per}"),
        ("profit of nurturing the warm or hotter", f"EUR {per}"),
    ]


def _per_lead(evidence: Evidence, settings: ThresholdSettings, at: Thresholds) -> Float:
    """Return what each lead adds to each effect, float64[n_leads, 6]."""
    lead, _, best = evidence.best_of_week()
    won, top = evidence.by_lead(evidence.y), evidence.by_lead(evidence.score)
    is_hot, is_warm = best >= at.hot, (best >= at.warm) & (best < at.hot)

    def weeks(stands: np.ndarray) -> Float:
        return np.bincount(lead[stands], minlength=evidence.n_leads).astype(np.float64)

    return np.stack(
        [
            weeks(is_hot),
            weeks(is_warm),
            won * (top >= at.hot),
            won * (top >= at.warm),
            profit_by_lead(
                evidence, at.hot, win=settings.win_value_eur, cost=settings.call_cost_eur
            ),
            profit_by_lead(
                evidence, at.warm, win=settings.win_value_eur, cost=settings.nurture_cost_eur
            ),
        ],
        axis=1,
    )


def profit_by_lead(evidence: Evidence, cut: float, *, win: float, cost: float) -> Float:
    """Return win value less cost of each lead, at its first look on or above the cut; 0 without one."""
    above = np.flatnonzero(evidence.score >= cut)
    rank = above[np.lexsort((evidence.order[above], evidence.lead[above]))]
    lead = evidence.lead[rank]
    first = rank[np.concatenate([[True], np.diff(lead) != 0])] if len(rank) else rank
    out = np.zeros(evidence.n_leads)
    out[evidence.lead[first]] = win * evidence.won_from[first] - cost
    return out
